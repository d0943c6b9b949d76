"""Small Word and OpenDocument files, written element by element for the tests."""

from __future__ import annotations

import io
import zipfile

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SPACES = f'xmlns:w="{W}" xmlns:r="{R}" xmlns:mc="{MC}"'

ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for name, long in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"), ("draw", "drawing"),
        ("fo", "xsl-fo-compatible"),
    )
) + ' xmlns:xlink="http://www.w3.org/1999/xlink"'  # fmt: skip


def zipped(parts: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else None)
    return buffer.getvalue()


def relations(rows: dict[str, tuple[str, str]], *, external: tuple[str, ...] = ()) -> str:
    """A `.rels` part: id, then kind and target."""
    lines = [
        f'<Relationship Id="{key}" Type="{R}/{kind}" Target="{target}"{" TargetMode=" + chr(34) + "External" + chr(34) if key in external else ""}/>'
        for key, (kind, target) in rows.items()
    ]
    return f'<Relationships xmlns="{PACKAGE}">{"".join(lines)}</Relationships>'


def docx(
    body: str,
    *,
    parts: dict[str, str] | None = None,
    related: dict[str, tuple[str, str]] | None = None,
    links: dict[str, str] | None = None,
) -> bytes:
    """A .docx.

    Args:
        body: what stands in `w:body`.
        parts: further parts of the folder `word/` by name, as elements of `w:`, with `{}` for the namespaces.
        related: relations of the main part, by id; links are added to them.
        links: targets outside, by id.
    """
    rows = {**(related or {}), **{key: ("hyperlink", target) for key, target in (links or {}).items()}}
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations({"m": ("officeDocument", "word/document.xml")}),
        "word/document.xml": f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": relations(rows, external=tuple(links or {})),
        **{f"word/{name}": part.replace("{}", SPACES) for name, part in (parts or {}).items()},
    }
    return zipped(files)


def p(text: str, properties: str = "") -> str:
    """A paragraph of one run."""
    inner = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f"<w:p>{inner}<w:r><w:t>{text}</w:t></w:r></w:p>"


def tc(text: str, properties: str = "") -> str:
    """A cell; a bar parts its paragraphs."""
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{''.join(map(p, text.split('|')))}</w:tc>"


def tbl(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def odt(
    body: str, *, automatic: str = "", styles: str = "", masters: str = "", parts: dict[str, str] | None = None
) -> bytes:
    """An .odt: the elements of the text, of the automatic styles, of named styles, and the master pages."""
    content = (
        f"<office:document-content {ODF}><office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    named = (
        f"<office:document-styles {ODF}><office:styles>{styles}</office:styles>"
        f"<office:master-styles>{masters}</office:master-styles></office:document-styles>"
    )
    mimetype = "application/vnd.oasis.opendocument.text"
    return zipped({"mimetype": mimetype, "content.xml": content, "styles.xml": named, **(parts or {})})
