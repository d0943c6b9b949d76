"""Word documents (.docx, .docm, .dotx): a package of XML parts, of which the text's are read as streams.

What the first page shows comes first: its header, then body, notes, footers and the headers of later pages, each distinct
text once. Tracked changes are read as accepted, fields as their results, links with their targets, lists with the numbers
that Word would print. Pages are those of the breaks that Word left. Macros, embedded objects, comments and linked contents
are neither read nor run. Sources: ECMA-376, part 1, section 17 (WordprocessingML); part 2 (packages).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import NamedTuple

from itudocs.model import Issue, Part
from itudocs.reading.decoding import Decoded
from itudocs.reading.docxlists import Lists, Styles
from itudocs.reading.links import NESTED, OPEN_FIELD, beside, field_target
from itudocs.reading.markup import Attributes, Handler, walk
from itudocs.reading.numbering import Counter
from itudocs.reading.packages import Package
from itudocs.reading.source import Limits
from itudocs.reading.symbols import symbol
from itudocs.reading.typesetting import Line, Typesetter

WHAT = "a Word document (.docx)"
_OFFICE = "http://schemas.openxmlformats.org"
_STRICT = "http://purl.oclc.org/ooxml"
_PREFIXES = {
    f"{_OFFICE}/wordprocessingml/2006/main": "w",
    f"{_STRICT}/wordprocessingml/main": "w",
    f"{_OFFICE}/officeDocument/2006/relationships": "r",
    f"{_STRICT}/officeDocument/relationships": "r",
    f"{_OFFICE}/officeDocument/2006/math": "m",
    f"{_STRICT}/officeDocument/math": "m",
    f"{_OFFICE}/markup-compatibility/2006": "mc",
    f"{_OFFICE}/package/2006/relationships": "rel",
}
_OFF = frozenset({"0", "false", "off"})


class WordDocument:
    """Word's format since 2007."""

    name = "docx"
    extensions = frozenset({".docx", ".docm", ".dotx"})
    isolated = True

    def sniff(self, data: bytes, name: str) -> float:
        """A zip file that names Word's main part, or has relations and Word's ending."""
        if not data.startswith(b"PK\x03\x04"):
            return 0.0
        if b"word/document" in data:
            return 0.95
        return 0.6 if b"_rels/.rels" in data and name.lower().endswith(tuple(self.extensions)) else 0.0

    def to_text(self, data: bytes, *, name: str, limits: Limits) -> Decoded:
        """The text of a document. Where a field has no end, what follows its code is text (issue `open-field`).

        Raises:
            ReadError: as `Package` and `markup.walk` say; the text is larger than the limits allow (`too-large`).
        """

        def document(unended: frozenset[_Mark]) -> _Document:
            return _Document(
                Package(data, what=WHAT, name=name, limits=limits), name=name, limits=limits, unended=unended
            )

        first = document(frozenset())
        decoded = first.read()
        # Only its end would tell a code from the words behind a field that has none: those are known now.
        return document(frozenset(first.open_fields)).read(issues=(OPEN_FIELD,)) if first.open_fields else decoded


class _Relation(NamedTuple):
    kind: str
    target: str
    external: bool


_Mark = tuple[str, int]
"""A field: the part that it begins in, and how many begin there before it."""


class _Section(NamedTuple):
    """What a section's pages bear: (`header` or `footer`, `first`, `default` or `even`, relation) each."""

    bears: list[tuple[str, str, str]]
    first_differs: list[bool]


class _Document:
    """The parts of one document.

    Args:
        unended: fields that are none, for nothing ends them or their code.
    """

    def __init__(self, package: Package, *, name: str, limits: Limits, unended: frozenset[_Mark]) -> None:
        self.package = package
        self.name = name
        self.unended = unended
        self.open_fields: set[_Mark] = set()
        self.setter = Typesetter(name=name, limits=limits)
        self.counter = Counter()
        self.lists = Lists()
        self.styles = Styles()

    def read(self, *, issues: tuple[Issue, ...] = ()) -> Decoded:
        main = next((r.target for r in self.relations("").values() if r.kind == "officeDocument"), "word/document.xml")
        relations = self.relations(main)
        by_kind = {r.kind: r.target for r in relations.values() if r.target in self.package}
        for kind, handler in (("numbering", self.lists), ("styles", self.styles)):
            if kind in by_kind:
                self.walk(by_kind[kind], handler)
        story, body = self.story(main, "body", page=1)
        ahead: list[list[Line]] = []
        behind: list[list[Line]] = []
        for (kind, relation), on_top in _on_pages(story.sections).items():
            target = relations[relation].target if relation in relations else ""
            if target in self.package:
                part: Part = "header" if kind == "header" else "footer"
                (ahead if on_top else behind).append(self.story(target, part)[1])
        notes = [
            self.story(by_kind[kind], "note", only=referred)[1]
            for kind, referred in (("footnotes", story.footnotes), ("endnotes", story.endnotes))
            if kind in by_kind and referred
        ]
        return self.setter.decoded([*ahead, body, *notes, *behind], issues=issues)

    def story(
        self, part: str, role: Part, *, page: int | None = None, only: set[str] | None = None
    ) -> tuple[_Story, list[Line]]:
        """Set a part. `only` are the notes of it that are wanted, by id."""
        lines = self.setter.story(role)
        self.setter.page = page
        handler = _Story(self, part, self.relations(part), only=only)
        self.walk(part, handler)
        handler.leave_fields()
        self.setter.end()
        return handler, lines

    def walk(self, part: str, handler: Handler) -> None:
        walk(self.package.chunks(part), handler, prefixes=_PREFIXES, what=WHAT, name=self.name)

    def relations(self, part: str) -> dict[str, _Relation]:
        """What a part refers to, by id."""
        folder, file = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{file}.rels")
        found = _Relations(folder)
        if path in self.package:
            self.walk(path, found)
        return found.known


def _on_pages(sections: list[_Section]) -> dict[tuple[str, str], bool]:
    """Headers and footers in order, each once, and whether it stands above the text: the first page's header does."""
    out: dict[tuple[str, str], bool] = {}
    for number, section in enumerate(sections):
        top = "first" if section.first_differs else "default"
        for kind, page, relation in sorted(section.bears, key=lambda bears: (bears[0] != "header", bears[1] != top)):
            if page == "first" and not section.first_differs:
                continue  # kept by Word, shown on no page
            out.setdefault((kind, relation), number == 0 and kind == "header" and page == top)
    return out


class _Relations:
    """Handler of a `.rels` part."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.known: dict[str, _Relation] = {}

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "rel:Relationship":
            target = attributes.get("Target", "")
            external = attributes.get("TargetMode") == "External"
            if not external:
                target = posixpath.normpath(posixpath.join("/", self.folder, target)).lstrip("/")
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.known[attributes.get("Id", "")] = _Relation(kind, target, external)

    def end(self, tag: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


class _Field:
    """A field, from its beginning to its end: its code until `told`, then its result."""

    def __init__(self, number: int) -> None:
        self.number = number  # of the part's
        self.code: list[str] = []
        self.told = False
        self.visible: list[str] = []
        self.element = False  # it ends with its element, and no mark ends it


class _State:
    """What ends where a text box begins, and goes on behind it."""

    def __init__(self) -> None:
        self.fields: list[_Field] = []
        self.elements: list[_Field] = []  # of them, those that are elements
        self.codes = 0  # of them, those whose result has not begun
        self.links: list[tuple[str, list[str]]] = []
        self.hidden = False  # of the run
        self.joined = False  # the paragraph's end is deleted
        self.style = ""
        self.list_id: str | None = None
        self.level: int | None = None


class _Cell:
    def __init__(self) -> None:
        self.span = 1
        self.keep = True
        self.opened = True


class _Row:
    def __init__(self) -> None:
        self.keep = True
        self.skip = 0


class _Story:
    """Handler of a part that holds text."""

    def __init__(
        self, document: _Document, part: str, relations: dict[str, _Relation], *, only: set[str] | None
    ) -> None:
        self.document = document
        self.part = part
        self.begun = 0  # fields
        self.setter = document.setter
        self.relations = relations
        self.only = only
        self.sections: list[_Section] = []
        self.footnotes: set[str] = set()
        self.endnotes: set[str] = set()
        self.state = _State()
        self.states: list[_State] = []
        self.rows: list[_Row] = []
        self.cells: list[_Cell] = []
        self.taken: list[bool] = []  # whether an alternative was taken, for each choice we are in
        self.within = ""  # pPr, trPr, tcPr
        self.taking: Callable[[str], None] | None = None
        self.placeholder = False
        self.broken = False  # a page has just been broken, and nothing said on it

    def start(self, tag: str, attributes: Attributes) -> bool | None:
        if tag in _LEFT_OUT:
            return False
        act = _STARTS.get(tag)
        return act(self, attributes) if act else None

    def end(self, tag: str) -> None:
        act = _ENDS.get(tag)
        if act:
            act(self)

    def text(self, text: str) -> None:
        if self.taking:
            self.taking(text)

    # -- words ---------------------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        state = self.state
        if state.hidden or state.codes:
            return
        self.broken = False
        for field in state.fields[-NESTED:]:
            field.visible.append(text)
        for _, visible in state.links[-NESTED:]:
            visible.append(text)
        self.setter.say(text)

    def words(self, attributes: Attributes) -> None:
        self.taking = self.say

    def code(self, attributes: Attributes) -> None:
        if self.state.fields and not self.state.fields[-1].told:
            self.taking = self.state.fields[-1].code.append

    def stop(self) -> None:
        self.taking = None

    def symbol(self, attributes: Attributes) -> None:
        code = attributes.get("w:char", "")
        if re.fullmatch(r"[0-9A-Fa-f]{4}", code):
            self.say(symbol(int(code, 16)))

    def tab(self, attributes: Attributes) -> None:
        if self.within != "pPr":  # there it is a stop
            self.say("\t")

    def line_break(self, attributes: Attributes) -> None:
        if attributes.get("w:type") == "page":
            self.setter.close_line()
            self.next_page(attributes)
            self.broken = True
        else:
            self.say("\n")

    def next_page(self, attributes: Attributes) -> None:
        if self.setter.page is not None and not self.broken:  # Word tells a break and where it fell
            self.setter.page += 1
        self.broken = False

    def page_before(self, attributes: Attributes) -> None:
        if _on(attributes):
            self.next_page(attributes)
            self.broken = True

    # -- runs, fields, links -------------------------------------------------------------------------------------------

    def run(self, attributes: Attributes) -> None:
        self.state.hidden = False

    def end_run(self) -> None:
        self.state.hidden = False

    def vanish(self, attributes: Attributes) -> None:
        if self.within != "pPr":
            self.state.hidden = _on(attributes)

    def field(self, attributes: Attributes) -> None:
        fields = self.state.fields
        kind = attributes.get("w:fldCharType")
        if kind == "begin":
            self.begun += 1
            if (self.part, self.begun) not in self.document.unended:
                fields.append(_Field(self.begun))
                self.state.codes += 1
        elif kind == "separate" and fields and not fields[-1].told:
            fields[-1].told = True
            self.state.codes -= 1
        elif kind == "end" and fields and not fields[-1].element:
            done = fields.pop()
            self.state.codes -= not done.told
            self.tell_target(done)

    def tell_target(self, field: _Field) -> None:
        if words := beside("".join(field.visible), field_target("".join(field.code))):
            self.say(words)

    def simple_field(self, attributes: Attributes) -> None:
        """A field as an element: its code is an attribute, its result is in it."""
        made = _Field(0)
        made.code.append(attributes.get("w:instr", ""))
        made.told = made.element = True
        self.state.fields.append(made)
        self.state.elements.append(made)

    def end_simple_field(self) -> None:
        if self.state.elements:
            done = self.state.elements.pop()
            while self.state.fields[-1] is not done:
                self.leave_field()
            self.state.fields.pop()
            self.tell_target(done)

    def leave_field(self) -> None:
        """A field that nothing ended ends with what it stands in."""
        left = self.state.fields.pop()
        if not left.told:
            self.state.codes -= 1
            self.document.open_fields.add((self.part, left.number))

    def leave_fields(self) -> None:
        while self.state.fields:
            self.leave_field()

    def link(self, attributes: Attributes) -> None:
        relation = self.relations.get(attributes.get("r:id", ""))
        self.state.links.append((relation.target if relation and relation.external else "", []))

    def end_link(self) -> None:
        if self.state.links:
            target, visible = self.state.links.pop()
            if words := beside("".join(visible), target):
                self.say(words)

    def deleted(self, attributes: Attributes) -> bool | None:
        if self.within == "pPr":
            self.state.joined = True
        elif self.within == "trPr":
            if self.rows:
                self.rows[-1].keep = False
        else:
            return False
        return None

    def footnote(self, attributes: Attributes) -> None:
        self.footnotes.add(attributes.get("w:id", ""))

    def endnote(self, attributes: Attributes) -> None:
        self.endnotes.add(attributes.get("w:id", ""))

    def note(self, attributes: Attributes) -> bool:
        kind = attributes.get("w:type", "normal")
        return kind == "normal" and (self.only is None or attributes.get("w:id", "") in self.only)

    # -- paragraphs ----------------------------------------------------------------------------------------------------

    def paragraph(self, attributes: Attributes) -> None:
        state = self.state
        state.joined, state.style, state.list_id, state.level = False, "", None, None

    def properties(self, attributes: Attributes) -> None:
        self.within = "pPr"

    def end_properties(self) -> None:
        self.within = ""
        state, document = self.state, self.document
        list_id, level = document.styles.list_of(state.style)
        if state.list_id is not None:
            list_id = state.list_id
        level = state.level if state.level is not None else level
        if list_id is not None and (told := document.lists.label(list_id, level or 0, document.counter)):
            self.setter.say(told)

    def style(self, attributes: Attributes) -> None:
        self.state.style = attributes.get("w:val", "")

    def list_id(self, attributes: Attributes) -> None:
        self.state.list_id = attributes.get("w:val", "")

    def level(self, attributes: Attributes) -> None:
        self.state.level = _number(attributes)

    def end_paragraph(self) -> None:
        if not self.state.joined:
            self.setter.line()

    def box(self, attributes: Attributes) -> None:
        self.states.append(self.state)
        self.state = _State()
        self.setter.open_box()

    def end_box(self) -> None:
        self.leave_fields()
        self.setter.close_box()
        self.state = self.states.pop()

    # -- tables --------------------------------------------------------------------------------------------------------

    def table(self, attributes: Attributes) -> None:
        self.setter.open_table()

    def end_table(self) -> None:
        self.setter.close_table()

    def row(self, attributes: Attributes) -> None:
        self.rows.append(_Row())
        self.setter.open_row()

    def row_properties(self, attributes: Attributes) -> None:
        self.within = "trPr"

    def skipped(self, attributes: Attributes) -> None:
        if self.rows:
            self.rows[-1].skip = _number(attributes) or 0

    def end_row(self) -> None:
        if self.rows:
            self.setter.close_row(keep=self.rows.pop().keep)

    def cell(self, attributes: Attributes) -> None:
        row = self.rows[-1] if self.rows else _Row()
        self.cells.append(_Cell())
        self.setter.open_cell(skip=row.skip)
        row.skip = 0

    def span(self, attributes: Attributes) -> None:
        if self.cells:
            self.cells[-1].span = min(_number(attributes) or 1, 1000)

    def merged(self, attributes: Attributes) -> None:
        if self.cells and attributes.get("w:val", "continue") != "restart":
            self.cells[-1].keep = False

    def cell_deleted(self, attributes: Attributes) -> None:
        if self.cells:
            self.cells[-1].keep = False

    def end_cell(self) -> None:
        if self.cells:
            done = self.cells.pop()
            self.setter.close_cell(span=done.span, keep=done.keep)

    def out_of_properties(self) -> None:
        self.within = ""

    # -- the rest ------------------------------------------------------------------------------------------------------

    def section(self, attributes: Attributes) -> None:
        self.sections.append(_Section([], []))

    def bears(self, attributes: Attributes, kind: str) -> None:
        if self.sections:
            self.sections[-1].bears.append((kind, attributes.get("w:type", "default"), attributes.get("r:id", "")))

    def first_differs(self, attributes: Attributes) -> None:
        if self.sections and _on(attributes):
            self.sections[-1].first_differs.append(True)

    def alternatives(self, attributes: Attributes) -> None:
        self.taken.append(False)

    def alternative(self, attributes: Attributes) -> bool | None:
        if self.taken and self.taken[-1]:
            return False
        if self.taken:
            self.taken[-1] = True
        return None

    def end_alternatives(self) -> None:
        if self.taken:
            self.taken.pop()

    def control(self, attributes: Attributes) -> None:
        self.placeholder = False

    def shows_placeholder(self, attributes: Attributes) -> None:
        self.placeholder = _on(attributes)

    def control_content(self, attributes: Attributes) -> bool:
        shown, self.placeholder = not self.placeholder, False
        return shown


def _on(attributes: Attributes) -> bool:
    return attributes.get("w:val", "1").lower() not in _OFF


def _number(attributes: Attributes) -> int | None:
    value = attributes.get("w:val", "")
    return int(value) if re.fullmatch(r"\d{1,6}", value) else None


_LEFT_OUT = frozenset({
    "w:moveFrom", "w:delText", "w:delInstrText", "w:rt", "w:pPrChange", "w:rPrChange", "w:sectPrChange", "w:tblPrChange",
    "w:trPrChange", "w:tcPrChange", "w:tblGridChange", "w:numberingChange",
})  # fmt: skip
_STARTS: dict[str, Callable[[_Story, Attributes], bool | None]] = {
    "w:t": _Story.words, "m:t": _Story.words, "w:instrText": _Story.code, "w:sym": _Story.symbol,
    "w:tab": _Story.tab, "w:ptab": _Story.tab, "w:br": _Story.line_break, "w:cr": _Story.line_break,
    "w:noBreakHyphen": lambda story, _: story.say("\u2011"), "w:softHyphen": lambda story, _: story.say("\u00ad"),
    "w:lastRenderedPageBreak": _Story.next_page, "w:pageBreakBefore": _Story.page_before,
    "w:r": _Story.run, "w:vanish": _Story.vanish, "w:fldChar": _Story.field, "w:fldSimple": _Story.simple_field, "w:hyperlink": _Story.link,
    "w:del": _Story.deleted, "w:footnoteReference": _Story.footnote, "w:endnoteReference": _Story.endnote,
    "w:footnote": _Story.note, "w:endnote": _Story.note,
    "w:p": _Story.paragraph, "w:pPr": _Story.properties, "w:pStyle": _Story.style, "w:numId": _Story.list_id,
    "w:ilvl": _Story.level, "w:txbxContent": _Story.box,
    "w:tbl": _Story.table, "w:tr": _Story.row, "w:trPr": _Story.row_properties, "w:gridBefore": _Story.skipped,
    "w:tc": _Story.cell, "w:gridSpan": _Story.span, "w:vMerge": _Story.merged, "w:hMerge": _Story.merged,
    "w:cellDel": _Story.cell_deleted,
    "w:sectPr": _Story.section, "w:headerReference": lambda story, a: story.bears(a, "header"),
    "w:footerReference": lambda story, a: story.bears(a, "footer"), "w:titlePg": _Story.first_differs,
    "mc:AlternateContent": _Story.alternatives, "mc:Choice": _Story.alternative, "mc:Fallback": _Story.alternative,
    "w:sdtPr": _Story.control, "w:showingPlcHdr": _Story.shows_placeholder, "w:sdtContent": _Story.control_content,
}  # fmt: skip
_ENDS: dict[str, Callable[[_Story], None]] = {
    "w:t": _Story.stop, "m:t": _Story.stop, "w:instrText": _Story.stop, "w:r": _Story.end_run,
    "w:fldSimple": _Story.end_simple_field, "w:hyperlink": _Story.end_link, "w:p": _Story.end_paragraph, "w:pPr": _Story.end_properties,
    "w:txbxContent": _Story.end_box, "w:tbl": _Story.end_table, "w:tr": _Story.end_row,
    "w:trPr": _Story.out_of_properties, "w:tc": _Story.end_cell, "mc:AlternateContent": _Story.end_alternatives,
}  # fmt: skip
