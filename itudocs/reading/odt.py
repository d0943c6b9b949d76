"""OpenDocument texts (.odt, .ott): a package of XML parts, of which `content` and `styles` are read as streams.

What the first page shows comes first: its header, then body, notes, footers and the headers of later pages, each distinct
text once. Tracked changes are read as accepted, fields as their results, links with their targets, lists with their
numbers. Pages are told by the breaks that the writing program left. Macros, objects, comments and linked contents are
neither read nor run. Source: OASIS OpenDocument 1.3, part 3 (schema).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from itudocs.errors import ReadError
from itudocs.model import Part
from itudocs.reading.decoding import Decoded
from itudocs.reading.links import NESTED, beside
from itudocs.reading.markup import Attributes, walk
from itudocs.reading.odtstyles import Styles, repeated
from itudocs.reading.packages import Package
from itudocs.reading.source import Limits
from itudocs.reading.typesetting import Line, Typesetter

WHAT = "an OpenDocument text (.odt)"
_URN = "urn:oasis:names:tc:opendocument:xmlns:"
_PREFIXES = {
    **{f"{_URN}{name}:1.0": name for name in ("office", "text", "table", "style", "manifest")},
    f"{_URN}drawing:1.0": "draw",
    f"{_URN}xsl-fo-compatible:1.0": "fo",
    f"{_URN}svg-compatible:1.0": "svg",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
_MIMETYPE = b"mimetypeapplication/vnd.oasis.opendocument.text"
_SPACE = re.compile(r"[ \t\r\n]+")


class OpenDocument:
    """The format of LibreOffice Writer and its kin."""

    name = "odt"
    extensions = frozenset({".odt", ".ott"})
    isolated = True

    def sniff(self, data: bytes, name: str) -> float:
        """A zip file that begins with the format's own mark, or has its parts and ending."""
        if not data.startswith(b"PK\x03\x04"):
            return 0.0
        if _MIMETYPE in data[:256]:
            return 0.95
        return 0.6 if b"content.xml" in data and name.lower().endswith(tuple(self.extensions)) else 0.0

    def to_text(self, data: bytes, *, name: str, limits: Limits) -> Decoded:
        """The text of a document.

        Raises:
            ReadError: as `Package` and `markup.walk` say; it is encrypted (`encrypted`); the text is larger than the
                limits allow (`too-large`).
        """
        package = Package(data, what=WHAT, name=name, limits=limits)
        manifest = "META-INF/manifest.xml"
        if manifest in package and b"encryption-data" in package.part(manifest):
            raise ReadError(
                f"{name} is encrypted: open it with its password and save it without.", name=name, reason="encrypted"
            )
        setter = Typesetter(name=name, limits=limits)
        reader = _Reader(setter)
        for part in ("styles.xml", "content.xml"):
            if part in package or part == "content.xml":
                walk(package.chunks(part), reader, prefixes=_PREFIXES, what=WHAT, name=name)
        return setter.decoded(reader.stories())


class _Reader:
    """Handler of both parts: styles first, then content."""

    def __init__(self, setter: Typesetter) -> None:
        self.setter = setter
        self.styles = Styles()
        self.body: list[Line] = []
        self.notes: list[Line] = []
        self.borne: dict[str, list[tuple[str, list[Line]]]] = {}  # by master page: its headers and footers
        self.used: list[str] = []  # master pages in the order of the text
        self.master = ""
        self.telling = False  # within a story
        self.depth = 0  # of paragraphs: those of text boxes stand in others
        self.after_space = True
        self.links: list[tuple[str, list[str]]] = []
        self.lists: list[str] = []  # keys of the lists we are in
        self.fresh = False  # a list item has begun, and has no paragraph yet

    def stories(self) -> list[list[Line]]:
        """All stories in their order."""
        first = self.used[0] if self.used else "Standard"
        names = list(dict.fromkeys([first, *self.used]))
        for name in names:  # grows
            following = self.styles.following.get(name, "")
            if following and following not in names:
                names.append(following)
        ahead: list[list[Line]] = []
        behind: list[list[Line]] = []
        for name in names:
            bears = self.borne.get(name, [])
            kinds = {kind for kind, _ in bears}
            top = "style:header-first" if "style:header-first" in kinds else "style:header"
            for kind, lines in sorted(bears, key=lambda bears: "footer" in bears[0]):
                (ahead if name == first and kind == top else behind).append(lines)
        return [*ahead, self.body, self.notes, *behind]

    # -- the stream ----------------------------------------------------------------------------------------------------

    def start(self, tag: str, attributes: Attributes) -> bool | None:
        if tag in _LEFT_OUT or tag.endswith("-source"):
            return False
        act = _STARTS.get(tag)
        if act:
            return act(self, tag, attributes)
        if not self.telling:
            self.styles.start(tag, attributes)
        return None

    def end(self, tag: str) -> None:
        act = _ENDS.get(tag)
        if act:
            act(self)
        elif not self.telling:
            self.styles.end(tag)

    def text(self, text: str) -> None:
        if self.depth and self.telling:
            text = _SPACE.sub(" ", text)
            if self.after_space:
                text = text.removeprefix(" ")
            if text:
                self.say(text)
                self.after_space = text.endswith(" ")

    def say(self, text: str) -> None:
        self.after_space = False
        for _, visible in self.links[-NESTED:]:
            visible.append(text)
        self.setter.say(text)

    # -- stories -------------------------------------------------------------------------------------------------------

    def content(self, tag: str, attributes: Attributes) -> None:
        self.body = self.setter.story("body")
        self.setter.page = 1
        self.telling = True

    def master_page(self, tag: str, attributes: Attributes) -> None:
        self.master = attributes.get("style:name", "")
        self.styles.following[self.master] = attributes.get("style:next-style-name", "")

    def bearing(self, tag: str, attributes: Attributes) -> bool | None:
        if attributes.get("style:display") == "false":
            return False
        part: Part = "footer" if "footer" in tag else "header"
        self.borne.setdefault(self.master, []).append((tag, self.setter.story(part)))
        self.setter.page = None
        self.telling = True
        return None

    def end_story(self) -> None:
        self.setter.end()
        self.telling = False
        self.depth = 0

    # -- paragraphs ----------------------------------------------------------------------------------------------------

    def paragraph(self, tag: str, attributes: Attributes) -> bool | None:
        if not self.telling:
            return False
        style = attributes.get("text:style-name", "")
        if self.styles.hidden(style):
            return False
        self.page_of(style)
        self.depth += 1
        self.after_space = True
        label = ""
        if self.lists and self.fresh:
            label = self.styles.label(self.lists[0], len(self.lists) - 1)
        elif tag == "text:h" and not self.lists and attributes.get("text:is-list-header") != "true":
            label = self.styles.heading_label(repeated(attributes, "text:outline-level"))
        self.fresh = False
        if label:
            self.setter.say(f"{label} ")
        return None

    def end_paragraph(self) -> None:
        self.setter.line()
        self.depth = max(self.depth - 1, 0)

    def page_of(self, style: str) -> None:
        """The page that a paragraph or table begins on, and whose headers it bears."""
        if self.setter.page is None:
            return
        master, breaks = self.styles.page(style)
        if (master or breaks) and (self.body or not self.setter.empty):
            self.setter.page += 1
        if master or not self.used:
            self.used.append(master or "Standard")

    def next_page(self, tag: str, attributes: Attributes) -> None:
        if self.setter.page is not None:
            self.setter.page += 1

    def span(self, tag: str, attributes: Attributes) -> bool | None:
        return not self.styles.hidden(attributes.get("text:style-name", ""))

    def spaces(self, tag: str, attributes: Attributes) -> None:
        self.say(" " * repeated(attributes, "text:c"))

    def tab(self, tag: str, attributes: Attributes) -> None:
        self.say("\t")
        self.after_space = True

    def line_break(self, tag: str, attributes: Attributes) -> None:
        self.say("\n")
        self.after_space = True

    def link(self, tag: str, attributes: Attributes) -> None:
        self.links.append((attributes.get("xlink:href", ""), []))

    def end_link(self) -> None:
        if self.links:
            target, visible = self.links.pop()
            if words := beside("".join(visible), target):
                self.say(words)

    def section(self, tag: str, attributes: Attributes) -> bool | None:
        return attributes.get("text:display", "true") != "none"

    # -- boxes and notes -----------------------------------------------------------------------------------------------

    def box(self, tag: str, attributes: Attributes) -> None:
        self.setter.open_box()

    def end_box(self) -> None:
        self.setter.close_box()

    def note(self, tag: str, attributes: Attributes) -> None:
        self.setter.open_box("note")

    def end_note(self) -> None:
        self.setter.close_box(self.notes)

    # -- lists ---------------------------------------------------------------------------------------------------------

    def list(self, tag: str, attributes: Attributes) -> None:
        outer = self.lists[-1] if self.lists else None
        self.lists.append(outer or self.styles.open_list(attributes))

    def end_list(self) -> None:
        if self.lists:
            self.lists.pop()
        self.fresh = False

    def item(self, tag: str, attributes: Attributes) -> None:
        self.fresh = True

    # -- tables --------------------------------------------------------------------------------------------------------

    def table(self, tag: str, attributes: Attributes) -> bool | None:
        if not self.telling:
            return False
        self.page_of(attributes.get("table:style-name", ""))
        self.setter.open_table()
        return None

    def end_table(self) -> None:
        self.setter.close_table()

    def row(self, tag: str, attributes: Attributes) -> None:
        self.setter.open_row()

    def end_row(self) -> None:
        self.setter.close_row()

    def cell(self, tag: str, attributes: Attributes) -> None:
        self.setter.open_cell()

    def end_cell(self) -> None:
        self.setter.close_cell()

    def covered(self, tag: str, attributes: Attributes) -> bool:
        self.setter.open_cell()
        self.setter.close_cell(span=repeated(attributes, "table:number-columns-repeated"), keep=False)
        return False


Act = Callable[[_Reader, str, Attributes], bool | None]
_LEFT_OUT = frozenset({
    "text:tracked-changes", "office:annotation", "text:note-citation", "text:ruby-text", "text:hidden-text", "text:script",
    "text:placeholder", "office:forms", "office:scripts", "draw:object", "draw:object-ole", "svg:title", "svg:desc",
})  # fmt: skip
_BEARING = ("header", "header-first", "header-left", "footer", "footer-first", "footer-left")
_SHAPES = ("text-box", "custom-shape", "rect", "ellipse", "line", "polygon", "path")
_STARTS: dict[str, Act] = {
    "office:text": _Reader.content, "style:master-page": _Reader.master_page,
    **dict.fromkeys((f"style:{name}" for name in _BEARING), _Reader.bearing),
    "text:p": _Reader.paragraph, "text:h": _Reader.paragraph, "text:span": _Reader.span, "text:s": _Reader.spaces,
    "text:tab": _Reader.tab, "text:line-break": _Reader.line_break, "text:soft-page-break": _Reader.next_page,
    "text:a": _Reader.link, "text:section": _Reader.section, "text:note": _Reader.note,
    "text:list": _Reader.list, "text:list-item": _Reader.item,
    "table:table": _Reader.table, "table:table-row": _Reader.row, "table:table-cell": _Reader.cell,
    "table:covered-table-cell": _Reader.covered,
    **dict.fromkeys((f"draw:{name}" for name in _SHAPES), _Reader.box),
}  # fmt: skip
_ENDS: dict[str, Callable[[_Reader], None]] = {
    "office:text": _Reader.end_story, **dict.fromkeys((f"style:{name}" for name in _BEARING), _Reader.end_story),
    "text:p": _Reader.end_paragraph, "text:h": _Reader.end_paragraph, "text:a": _Reader.end_link,
    "text:note": _Reader.end_note, "text:list": _Reader.end_list,
    "table:table": _Reader.end_table, "table:table-row": _Reader.end_row, "table:table-cell": _Reader.end_cell,
    **dict.fromkeys((f"draw:{name}" for name in _SHAPES), _Reader.end_box),
}  # fmt: skip
