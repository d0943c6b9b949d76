"""Files of every format from letters of the corpus, made by the programs that make them in offices.

    python -m benchmarks.filemaker OUT                          # all kinds, from corpus/open
    python -m benchmarks.filemaker OUT --kinds docx pdf --corpus corpus/open --every 10

    Letter ─ benchmarks.sheets ─▶ Sheet ─ python-docx ─▶ .docx ─ LibreOffice ─▶ .odt .rtf .doc .pdf .html
                                        │                                └ benchmarks.scans ─▶ .pdf of pictures
                                        └ pages of our own ─▶ .html ─ Chromium ─▶ .pdf

A kind whose program is missing is left out, and `make` says so. Texts and structure are the same at every run; bytes
are those of the programs, which put dates in.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import importlib.util
import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.damaging import Letter, load
from benchmarks.printing import printed
from benchmarks.scans import scanned
from benchmarks.sheets import Block, Sheet, draw, sheet
from itudocs.model import Record

ROOT = Path(__file__).parent.parent

FROM_DOCX = {
    "odt": "odt",
    "rtf": "rtf",
    "doc": "doc:MS Word 97",
    "pdf": "pdf",
    "html-libreoffice": "html:HTML (StarWriter)",
}
"""What LibreOffice makes of a .docx, and its name for the filter."""

WITH_TEXT: tuple[str, ...] = ("docx", "html", *FROM_DOCX, "pdf-chromium")
"""Kinds of files that hold the words of a letter."""

SCAN = "scan"
"""PDF files that hold pictures of a letter's pages."""

KINDS: tuple[str, ...] = (*WITH_TEXT, SCAN)

OFFICE = ("soffice", "libreoffice")
BROWSER = ("chromium", "chromium-browser", "google-chrome")
_MINUTES = 15 * 60
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"|]*[^\s<>\"|.,;:)\]]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class Made(Record, frozen=True, kw_only=True):
    """What was made: kind, then name of letter, then file. `missing` says why a kind was left out."""

    files: dict[str, dict[str, Path]]
    missing: dict[str, str]


def make(letters: Sequence[Letter], folder: Path, *, kinds: Sequence[str] = KINDS) -> Made:
    """Files of letters, each kind in a folder of its name.

    Args:
        letters: as `benchmarks.damaging.load` gives them.
        folder: where they go; made where it does not exist.
        kinds: some of `KINDS`.

    Raises:
        ValueError: there is no such kind.
    """
    if unknown := set(kinds) - set(KINDS):
        raise ValueError(f"no kind is called {', '.join(sorted(unknown))}; there are: {', '.join(KINDS)}")
    sheets = [sheet(letter) for letter in letters]
    files: dict[str, dict[str, Path]] = {}
    missing: dict[str, str] = {}
    office, browser = _program(OFFICE), _program(BROWSER)
    converted = [kind for kind in FROM_DOCX if kind in kinds or (kind == "pdf" and SCAN in kinds)]
    with contextlib.ExitStack() as stack:
        if "docx" in kinds or converted:
            if importlib.util.find_spec("docx") is None:
                missing |= dict.fromkeys(("docx", *converted), "python-docx is not installed")
                converted = []
            else:
                kept = folder if "docx" in kinds else Path(stack.enter_context(tempfile.TemporaryDirectory()))
                files["docx"] = {made.name: _written(kept, "docx", made, word(made)) for made in sheets}
        for kind in converted:
            if office is None:
                missing[kind] = "LibreOffice is not installed"
            else:
                into = folder if kind in kinds else Path(stack.enter_context(tempfile.TemporaryDirectory()))
                files[kind] = _converted(office, list(files["docx"].values()), into / kind, FROM_DOCX[kind])
        if SCAN in kinds:
            drawn_by = {"pypdfium2": "pypdfium2", "PIL": "Pillow"}
            if without := [name for module, name in drawn_by.items() if importlib.util.find_spec(module) is None]:
                missing[SCAN] = " and ".join(f"{name} is not installed" for name in without)
            elif "pdf" in missing:
                missing[SCAN] = missing["pdf"]
            else:
                files[SCAN] = {
                    name: _kept(folder / SCAN / f"{name}.pdf", scanned(path.read_bytes(), name))
                    for name, path in files["pdf"].items()
                }
    if "html" in kinds:
        files["html"] = {made.name: _written(folder, "html", made, page(made)) for made in sheets}
    if "pdf-chromium" in kinds:
        if browser is None:
            missing["pdf-chromium"] = "Chromium is not installed"
        else:
            pages = {made.name: _to_print(made) for made in sheets}
            files["pdf-chromium"] = {
                name: _kept(folder / "pdf-chromium" / f"{name}.pdf", data) for name, data in printed(browser, pages)
            }
    wanted = {kind: why for kind, why in missing.items() if kind in kinds}
    return Made(files={kind: files[kind] for kind in kinds if kind in files}, missing=wanted)


def _program(names: Sequence[str]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


def _written(folder: Path, kind: str, made: Sheet, data: bytes) -> Path:
    return _kept(folder / kind / f"{made.name}.{kind}", data)


def _kept(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


# -- Word --------------------------------------------------------------------------------------------------------------

_FONTS = {"ar": "Noto Naskh Arabic", "zh": "Noto Serif CJK SC"}


def word(made: Sheet) -> bytes:
    """A .docx by python-docx: letterhead in the first page's header or in a table, tables, links, bold, page breaks."""
    import docx
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    document = docx.Document()
    font = document.styles["Normal"].element.get_or_add_rPr().get_or_add_rFonts()
    if made.lang in _FONTS:
        for script in ("w:cs", "w:eastAsia"):
            font.set(qn(script), _FONTS[made.lang])
    section = document.sections[0]
    section.different_first_page_header_footer = True
    rtl = made.lang == "ar"

    def run(text: str, *, bold: bool) -> Any:
        element = OxmlElement("w:r")
        properties = OxmlElement("w:rPr")
        for name, wanted in (("w:b", bold), ("w:rtl", rtl)):
            if wanted:
                properties.append(OxmlElement(name))
        element.append(properties)
        for i, piece in enumerate(text.split("\t")):
            if i:
                element.append(OxmlElement("w:tab"))
            if piece:
                words = OxmlElement("w:t")
                words.text = piece
                words.set(qn("xml:space"), "preserve")
                element.append(words)
        return element

    def fill(paragraph: Any, text: str, *, bold: bool = False) -> None:
        """Runs are cut where Word cuts them: at links, and somewhere in the middle."""
        if rtl:
            paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
        at = 0
        for match in _LINK.finditer(text):
            paragraph._p.append(run(text[at : match.start()], bold=bold))
            target = (
                match[0] if "://" in match[0] else f"mailto:{match[0]}" if "@" in match[0] else f"http://{match[0]}"
            )
            link = OxmlElement("w:hyperlink")
            link.set(
                qn("r:id"),
                paragraph.part.relate_to(target, docx.opc.constants.RELATIONSHIP_TYPE.HYPERLINK, is_external=True),
            )
            link.append(run(match[0], bold=bold))
            paragraph._p.append(link)
            at = match.end()
        middle = at + len(text[at:]) // 2
        for piece in (text[at:middle], text[middle:]):
            if piece:
                paragraph._p.append(run(piece, bold=bold))

    def table(rows: Sequence[Sequence[Sequence[str]]], place: Any, **options: Any) -> None:
        width = max(map(len, rows))
        grid = place.add_table(len(rows), width, **options)
        for cells, line in zip(rows, grid.rows, strict=True):
            if 0 < len(cells) < width:
                line.cells[len(cells) - 1].merge(line.cells[width - 1])
            for i, paragraphs in enumerate(cells):
                for k, text in enumerate(paragraphs):
                    cell = line.cells[i]
                    fill(cell.paragraphs[0] if k == 0 else cell.add_paragraph(), text, bold=i == 0 and width > 1)

    lines = list(made.letterhead)
    if lines and made.letterhead_in == "header":
        top = section.first_page_header
        fill(top.paragraphs[0], lines[0], bold=True)
        for text in lines[1:]:
            fill(top.add_paragraph(), text)
    elif lines:
        table([(("",), lines)], document)
    for i, text in enumerate(made.footer):
        bottom = section.first_page_footer
        fill(bottom.paragraphs[0] if i == 0 else bottom.add_paragraph(), text)
    if made.running:
        fill(section.header.paragraphs[0], made.running)
    for block in made.blocks:
        if block.kind == "table":
            table(block.rows, document)
        elif block.kind == "page":
            document.add_page_break()
        else:
            fill(document.add_paragraph(), block.text, bold=block.bold)
    document.core_properties.title = made.name
    buffer = io.BytesIO()
    document.save(buffer)
    return _undated(buffer.getvalue())


def _undated(data: bytes) -> bytes:
    """A zip file whose members bear no time, so that the same parts give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename), old.read(info), zipfile.ZIP_DEFLATED)
    return out.getvalue()


# -- other programs ----------------------------------------------------------------------------------------------------


def _converted(office: str, paths: Sequence[Path], folder: Path, to: str) -> dict[str, Path]:
    """All files by one call of LibreOffice, with a profile of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        for some in _batches(paths, 100):
            subprocess.run(
                [office, f"-env:UserInstallation=file://{profile}", "--headless", "--norestore", "--convert-to", to,
                 "--outdir", str(folder), *map(str, some)],
                check=True, capture_output=True, timeout=_MINUTES,
            )  # fmt: skip
    ending = to.partition(":")[0]
    made = {path.stem: folder / f"{path.stem}.{ending}" for path in paths}
    if lost := [path.name for path in made.values() if not path.exists()]:
        raise RuntimeError(f"LibreOffice made no {', '.join(lost)}")
    return made


def _batches(paths: Sequence[Path], size: int) -> Iterator[Sequence[Path]]:
    for i in range(0, len(paths), size):
        yield paths[i : i + size]


def _to_print(made: Sheet) -> str:
    """The letter's page without what the site has around it."""
    return (
        f'<!DOCTYPE html><html lang="{made.lang}"{_direction(made)}><meta charset="utf-8"><title>{made.name}</title>'
        "<style>td { vertical-align: top; padding: 0 1em 0 0 }</style>"
        f"<body>{_content(made)}</body></html>"
    )


# -- web pages ---------------------------------------------------------------------------------------------------------

_CODE_PAGES = {"fr": "iso-8859-1", "es": "windows-1252", "ru": "windows-1251", "ar": "windows-1256", "zh": "gb2312"}
_NEW_SITE = (
    """<header role="banner"><a href="/"><img src="/logo.png" alt="ITU"></a>
<nav><ul><li><a href="/en/">Home</a></li><li><a href="/en/ITU-T/">Standardization</a></li><li><a href="/en/events/">Events</a></li></ul></nav>
<form role="search"><input type="search" placeholder="Search"><button>Search</button></form></header>
<div class="cookie-banner" style="display:none">This site uses cookies. <a href="/privacy">Learn more</a></div>
<ol class="breadcrumb"><li><a href="/">Home</a></li><li><a href="/circ">Circulars</a></li></ol>
<main>
""",
    """
</main>
<aside><h2>Related</h2><ul><li><a href="/circ/1">All circulars</a></li><li><a href="/rss">Subscribe</a></li></ul></aside>
<footer><a href="/contact">Contact us</a> | <a href="/copyright">© All rights reserved</a> | Updated: 2024-01-01</footer>
<script>var _paq = ["trackPageView 1 January 1999"];</script>""",
)
_OLD_SITE = (
    """<table width="100%" border="0"><tr><td colspan="2"><a href="/home/index.html"><img src="/i/logo.gif" alt=""></a>
<font size="1"><a href="/home/">Home</a> : <a href="/pub/">Publications</a> : <a href="/circ/">Circulars</a> : <a href="/search/">Search</a></font></td></tr>
<tr><td width="120" valign="top"><font size="1"><a href="/a">About us</a><br><a href="/b">Newsroom</a><br><a href="/c">Events</a><br><a href="/d">Publications</a></font></td>
<td valign="top">
""",
    """
</td></tr><tr><td colspan="2"><hr><font size="1"><a href="#top">Top</a> - <a href="/feedback">Feedback</a> - <a href="/contact">Contact Us</a> -
<a href="/copyright">Copyright © ITU 2006</a> All Rights Reserved</font></td></tr></table>
<script language="JavaScript"><!--
document.write("<p>Printed on 1 January 1999</p>");
//--></script>""",
)


def page(made: Sheet) -> bytes:
    """A page as a web site shows it, of either of two ages; some in the code pages of their language, by name."""
    old = draw(made.name, "site", 2) == 1
    before, after = _OLD_SITE if old else _NEW_SITE
    encoding = _CODE_PAGES.get(made.lang, "utf-8") if old and draw(made.name, "encoding", 2) else "utf-8"
    kind = "" if old else "<!DOCTYPE html>\n"
    meta = (
        f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">'
        if old
        else f'<meta charset="{encoding}">'
    )
    whole = (
        f'{kind}<html lang="{made.lang}"{_direction(made)}><head>{meta}<title>ITU circulars</title>'
        f"<style>p {{ margin: 0 }}</style></head>\n<body>{before}{_content(made)}{after}</body></html>\n"
    )
    return whole.encode("gb18030" if encoding == "gb2312" else encoding, "xmlcharrefreplace")


def _direction(made: Sheet) -> str:
    return ' dir="rtl"' if made.lang == "ar" else ""


def _content(made: Sheet) -> str:
    parts = [f"<h1>{_marked(made.letterhead[0])}</h1>"] if made.letterhead else []
    parts += [f"<p>{_marked(line)}</p>" for line in made.letterhead[1:]]
    parts += [_block(block) for block in made.blocks]
    parts += [f'<p class="footer"><small>{_marked(line)}</small></p>' for line in made.footer]
    return "\n".join(parts)


def _block(block: Block) -> str:
    if block.kind == "page":
        return '<p style="page-break-before: always"></p>'
    if block.kind == "paragraph":
        words = _marked(block.text).replace("\t", "&emsp;")
        return f"<p><b>{words}</b></p>" if block.bold else f"<p>{words}</p>"
    width = max(map(len, block.rows))
    rows = []
    for cells in block.rows:
        told = []
        for i, paragraphs in enumerate(cells):
            span = f' colspan="{width - i}"' if i == len(cells) - 1 and len(cells) < width else ""
            # an empty paragraph keeps its line, as in Word
            lines = "<br>\n".join(_marked(line) or "&nbsp;" for line in paragraphs)
            told.append(f"<td{span}>{lines}</td>")
        rows.append(f"<tr>{''.join(told)}</tr>")
    return '<table border="0">\n' + "\n".join(rows) + "\n</table>"


def _marked(text: str) -> str:
    """Text with its links."""
    out, at = "", 0
    for match in _LINK.finditer(text):
        target = match[0] if "://" in match[0] else f"mailto:{match[0]}" if "@" in match[0] else f"http://{match[0]}"
        out += html.escape(text[at : match.start()], quote=False)
        out += f'<a href="{html.escape(target)}">{html.escape(match[0], quote=False)}</a>'
        at = match.end()
    return out + html.escape(text[at:], quote=False)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("out", type=Path, help="folder for the files, a folder for each kind in it")
    parser.add_argument(
        "--corpus", type=Path, default=ROOT / "corpus" / "open", help="folder of letters with their gold"
    )
    parser.add_argument(
        "--kinds", nargs="+", choices=KINDS, default=KINDS, metavar="KIND", help=f"some of: {', '.join(KINDS)}"
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth letter only")
    chosen = parser.parse_args(arguments)
    made = make(load(chosen.corpus)[:: chosen.every], chosen.out, kinds=chosen.kinds)
    for kind, files in made.files.items():
        print(f"{kind}: {len(files)} files, {sum(path.stat().st_size for path in files.values()):,} bytes")
    for kind, why in made.missing.items():
        print(f"{kind}: left out, {why}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
