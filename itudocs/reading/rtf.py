"""Rich Text Format (.rtf, and many a .doc): a stream of tokens, its groups on a stack of our own.

Characters are read by the code pages of their fonts or as Unicode. Tables keep their cells, headers and footers are told
apart, fields are read as their results, links with their targets; deleted and hidden words, pictures, objects and unknown
groups are left out. What comes where is as in `docx`. Source: Microsoft, Rich Text Format Specification 1.9.1.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

from itudocs.errors import ReadError
from itudocs.model import Issue, Part
from itudocs.reading.decoding import Decoded
from itudocs.reading.links import NESTED, OPEN_FIELD, beside, field_target
from itudocs.reading.rtfcodes import CHARSETS, HEADERS, KNOWN, SIGNS, SKIPPED, SYMBOL, WORDS, code_page
from itudocs.reading.rtftables import Tables
from itudocs.reading.source import Limits
from itudocs.reading.symbols import symbol
from itudocs.reading.typesetting import Line, Typesetter

_TOKEN = re.compile(
    rb"\\(?P<word>[A-Za-z]{1,40})(?P<number>-?[0-9]{1,10})? ?|\\'(?P<hex>[0-9A-Fa-f]{2})|\\(?P<sign>[\s\S])"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n\0]+)|[\r\n\0]+|\\"
)
_SKIPPING = re.compile(rb"\\bin(?P<size>[0-9]{1,10}) ?|\\[\s\S]|[{}]")
_DEEPEST = 5000
"""Groups within groups; the deepest that programs write are some thirty."""


class RichText:
    """Microsoft's exchange format of 1987 to 2008."""

    name = "rtf"
    extensions = frozenset({".rtf"})
    isolated = True

    def sniff(self, data: bytes, name: str) -> float:
        """Its first word."""
        return 0.95 if re.match(rb"(?:\xef\xbb\xbf)?\s{0,64}\{\\rtf", data) else 0.0

    def to_text(self, data: bytes, *, name: str, limits: Limits) -> Decoded:
        """The text of a document. One that is cut off is read as far as it goes, and has the issue `cut-off`; where it is for a
        field's code that has no end, the code ends with its paragraph (issue `open-field`).

        Raises:
            ReadError: groups are nested too deeply (`nesting`); the text is larger than the limits allow (`too-large`).
        """
        reader = _Reader(data, name=name, limits=limits, unended=frozenset())
        decoded = reader.read()
        if not reader.open_codes:
            return decoded
        # Only its end would tell a code from the words behind one that has none: those are known now.
        return _Reader(data, name=name, limits=limits, unended=frozenset(reader.open_codes)).read()


class _Group:
    """What holds until the group's end."""

    def __init__(self) -> None:
        self.font = -1
        self.wide = False  # characters are of the East Asian font
        self.wide_font = -1
        self.uc = 1
        self.hidden = False
        self.deleted = False
        self.code = 0  # of a field: its number in the document
        self.label = False  # of a list
        self.font_table = False
        self.closing: Callable[[], None] | None = None


class _Field:
    def __init__(self, *, in_code: int) -> None:
        self.code: list[str] = []
        self.visible: list[str] = []
        self.in_code = in_code  # of another field


class _Reader:
    def __init__(self, data: bytes, *, name: str, limits: Limits, unended: frozenset[int]) -> None:
        self.data = data
        self.name = name
        self.unended = unended
        self.codes = 0  # of fields, begun
        self.hiding: set[int] = set()  # that went on behind a paragraph
        self.open_codes: set[int] = set()  # of them, those that nothing ended
        self.setter = Typesetter(name=name, limits=limits)
        self.body = self.setter.story("body")
        self.setter.page = 1
        self.tables = Tables(self.setter)
        self.held: list[Tables] = []
        self.group = _Group()
        self.groups: list[_Group] = []
        self.fonts: dict[int, str | None] = {}
        self.font_defined = -1
        self.default_font = -1
        self.encoding = "cp1252"
        self.fields: list[_Field] = []
        self.bytes = bytearray()  # characters not yet decoded, all of one code page
        self.codec = self.encoding
        self.units: list[str] = []  # characters not yet set; halves of pairs among them
        self.fallback = 0  # characters that stand for one of Unicode, still to be left out
        self.starred = False
        self.label = ""  # of a list, told before the paragraph that it stands in
        self.borne: list[tuple[str, str, bool, list[Line]]] = []
        self.title_page = False
        self.section = 0
        self.notes: list[Line] = []
        self.new_section = False
        self.runs_on = False  # the section goes on on the same page
        self.page_before = False

    # -- tokens --------------------------------------------------------------------------------------------------------

    def read(self) -> Decoded:
        data, at, end = self.data, 0, len(self.data)
        match = _TOKEN.match
        while at < end:
            found = match(data, at)
            if found is None:
                break
            at = found.end()
            kind = found.lastgroup
            if kind == "text":
                self.raw(found["text"])
            elif kind == "brace":
                if found["brace"] == b"{":
                    self.open()
                elif self.groups:
                    self.close()
                    if not self.groups:
                        break  # what follows the document is none of it
            elif kind == "hex":
                self.raw(bytes.fromhex(found["hex"].decode("ascii")))
            elif kind == "sign":
                at = self.sign(found["sign"], at)
            elif kind in ("word", "number"):
                number = found["number"]
                at = self.word(found["word"].decode("ascii"), int(number) if number else None, at)
        whole = not self.groups
        while self.groups:
            if self.group.code in self.hiding:
                self.open_codes.add(self.group.code)
            self.close()
        self.flush()
        self.tables.close()
        self.setter.end()
        issues = () if whole else (Issue(code="cut-off", message="This RTF document is cut off before its end."),)
        if self.unended:
            issues = (*issues, OPEN_FIELD)
        return self.setter.decoded(self.stories(), encoding=self.encoding, issues=issues)

    def stories(self) -> list[list[Line]]:
        ahead: list[list[Line]] = []
        behind: list[list[Line]] = []
        for part, page, on_top, lines in sorted(self.borne, key=lambda bears: bears[0] != "header"):
            (ahead if part == "header" and on_top and page != "left" else behind).append(lines)
        return [*ahead, self.body, self.notes, *behind]

    def open(self) -> None:
        self.flush()
        self.fallback = 0
        self.starred = False
        if len(self.groups) >= _DEEPEST:
            raise ReadError(
                f"{self.name} is an RTF document whose groups are nested too deeply: open it in the program that made it "
                "and save it anew.",
                name=self.name,
                reason="nesting",
            )
        self.groups.append(self.group)
        self.group = copy.copy(self.group)
        self.group.closing = None

    def close(self) -> None:
        self.flush()
        self.fallback = 0
        self.starred = False
        if self.group.closing:
            self.group.closing()
        self.group = self.groups.pop()

    def skip(self, at: int) -> int:
        """To the brace that ends the group, whatever is in it."""
        depth = 0
        while found := _SKIPPING.search(self.data, at):
            at = found.end()
            if found["size"]:
                at += int(found["size"])
            elif found[0] == b"{":
                depth += 1
            elif found[0] == b"}":
                if depth == 0:
                    return found.start()
                depth -= 1
        return len(self.data)

    # -- characters ----------------------------------------------------------------------------------------------------

    def raw(self, data: bytes) -> None:
        if self.fallback:
            left = min(self.fallback, len(data))
            self.fallback -= left
            data = data[left:]
        if not data:
            return
        if self.group.font_table:
            return
        codec = self.current()
        if codec != self.codec:
            self.decode()
            self.codec = codec
        self.bytes += data

    def current(self) -> str:
        group = self.group
        font = group.wide_font if group.wide and group.wide_font >= 0 else group.font
        return self.fonts.get(font if font >= 0 else self.default_font) or self.encoding

    def decode(self) -> None:
        if self.bytes:
            data, self.bytes = bytes(self.bytes), bytearray()
            if self.codec == SYMBOL:
                self.units += (symbol(byte) if byte != 0x20 else " " for byte in data)
            else:
                self.units.append(data.decode(self.codec, "replace"))

    def unicode(self, number: int) -> None:
        if self.group.font_table:
            return
        self.decode()
        number &= 0xFFFF
        self.units.append(symbol(number) if 0xF000 <= number <= 0xF0FF else chr(number))
        self.fallback = self.group.uc

    def character(self, text: str) -> None:
        if self.fallback:
            self.fallback -= 1
        elif not self.group.font_table:
            self.decode()
            self.units.append(text)

    def flush(self) -> None:
        """Set what has been read so far."""
        self.decode()
        if not self.units:
            return
        text = "".join(self.units).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        self.units = []
        group = self.group
        if group.code:
            if self.fields:
                self.fields[-1].code.append(text)
        elif group.label:
            self.label += text
        elif not (group.hidden or group.deleted):
            for field in self.fields[-NESTED:]:
                field.visible.append(text)
            self.begin()
            label, self.label = self.label.replace("\t", " "), ""
            self.setter.say(label + text)

    def begin(self) -> None:
        """Before words are set: the page and the cell that they stand in."""
        if self.setter.page is not None:
            if (self.new_section and not self.runs_on) or self.page_before:
                self.setter.close_line()
                self.setter.page += 1
            self.new_section = self.page_before = False
        self.tables.enter()

    # -- control words -------------------------------------------------------------------------------------------------

    def sign(self, sign: bytes, at: int) -> int:
        if sign == b"*":
            self.starred = True
        elif sign in SIGNS:
            self.character(SIGNS[sign])
        elif sign in b"\r\n":
            self.paragraph()
        return at

    def word(self, word: str, number: int | None, at: int) -> int:
        """Do what a control word says. Returns where to go on."""
        if word == "u":
            self.unicode(number or 0)
        elif word in WORDS:
            self.character(WORDS[word])
        elif word == "bin":
            return at + max(number or 0, 0)
        elif self.starred and word not in KNOWN:
            return self.skip(at)
        elif word in SKIPPED:
            if word != "upr":
                return self.skip(at)
            found = re.compile(rb"\{\\\*\\ud ?").search(self.data, at)  # the same words twice: plain, then in Unicode
            return found.start() if found else self.skip(at)
        elif word in HEADERS:
            self.flush()
            self.bearing(*HEADERS[word])
        elif act := _ACTS.get(word):
            self.flush()
            act(self, number)
        self.starred = False
        return at

    def paragraph(self, number: int | None = None) -> None:
        self.flush()
        self.end_code()
        if not self.group.deleted:
            self.begin()
            self.setter.line()

    def cell(self, level: int) -> None:
        self.end_code()
        self.tables.end_cell(level)

    def plain(self, number: int | None) -> None:
        group = self.group
        group.font, group.wide, group.wide_font = -1, False, -1
        group.hidden = group.deleted = False

    def pard(self, number: int | None) -> None:
        self.tables.leave()
        self.page_before = False

    def set_page_before(self, number: int | None) -> None:
        self.page_before = True

    def page(self, number: int | None) -> None:
        if self.setter.page is not None:
            self.setter.close_line()
            self.setter.page += 1

    def end_section(self, number: int | None) -> None:
        self.paragraph()
        self.new_section, self.runs_on = True, False
        self.section += 1
        self.title_page = False

    def continuous(self, number: int | None) -> None:
        self.runs_on = True

    def titled(self, number: int | None) -> None:
        self.title_page = number != 0
        if self.section == 0:  # told after the headers, it holds for them too
            self.borne = [
                (part, page, self._on_top(page), lines) if part == "header" else (part, page, top, lines)
                for part, page, top, lines in self.borne
            ]

    def _on_top(self, page: str) -> bool:
        return self.section == 0 and (page == "first") == self.title_page

    # -- fonts ---------------------------------------------------------------------------------------------------------

    def set_font(self, number: int | None) -> None:
        if self.group.font_table:
            self.font_defined = number or 0
        else:
            self.group.font = number or 0

    def set_wide_font(self, number: int | None) -> None:
        if self.group.wide:
            self.group.wide_font = number or 0

    def narrow(self, number: int | None) -> None:
        self.group.wide = False

    def widen(self, number: int | None) -> None:
        self.group.wide = True

    def charset(self, number: int | None) -> None:
        if self.group.font_table:
            self.fonts[self.font_defined] = CHARSETS.get(number or 0)

    def font_page(self, number: int | None) -> None:
        if self.group.font_table and (name := code_page(number or 0)):
            self.fonts[self.font_defined] = name

    def default(self, number: int | None) -> None:
        self.default_font = number or 0

    def font_table(self, number: int | None) -> None:
        self.group.font_table = True

    def ansi_page(self, number: int | None) -> None:
        self.encoding = code_page(number or 0) or self.encoding

    def unicode_fallback(self, number: int | None) -> None:
        self.group.uc = min(max(number or 0, 0), 100)

    # -- what is not shown ---------------------------------------------------------------------------------------------

    def hide(self, number: int | None) -> None:
        self.group.hidden = number != 0

    def delete(self, number: int | None) -> None:
        self.group.deleted = number != 0

    # -- fields --------------------------------------------------------------------------------------------------------

    def field(self, number: int | None) -> None:
        made = _Field(in_code=self.group.code)
        self.fields.append(made)

        def closing() -> None:
            if self.fields and self.fields[-1] is made:
                self.fields.pop()
            if words := beside("".join(made.visible), field_target("".join(made.code))):
                self.character(words)
                self.flush()

        self.group.closing = closing

    def field_code(self, number: int | None) -> None:
        self.codes += 1
        self.group.code = self.codes

    def end_code(self) -> None:
        """The end of a paragraph, or of its cell, ends a code that nothing else ends."""
        if self.group.code not in self.unended:
            if self.group.code:
                self.hiding.add(self.group.code)
            return
        self.group.code = 0
        for group in reversed(self.groups):
            if group.code not in self.unended:
                break
            group.code = 0
        if self.fields:
            self.fields[-1].code.clear()  # it tells no more

    def field_result(self, number: int | None) -> None:
        self.group.code = self.fields[-1].in_code if self.fields else 0

    def list_label(self, number: int | None) -> None:
        self.group.label = True

    # -- what stands apart ---------------------------------------------------------------------------------------------

    def apart(self, part: Part, into: list[Line] | None) -> None:
        """The group stands apart from the words around it, up to its end."""
        fields, self.fields = self.fields, []
        self.held.append(self.tables)
        self.tables = Tables(self.setter)
        self.setter.open_box(part)
        page = self.setter.page
        if part in ("header", "footer"):
            self.setter.page = None
        self.group.code = 0

        def closing() -> None:
            self.tables.close()
            self.setter.close_box(into)
            self.tables = self.held.pop()
            self.fields = fields
            self.setter.page = page

        self.group.closing = closing

    def bearing(self, part: str, page: str) -> None:
        lines: list[Line] = []
        if part == "header":
            self.borne.append(("header", page, self._on_top(page), lines))
            self.apart("header", lines)
        else:
            self.borne.append(("footer", page, False, lines))
            self.apart("footer", lines)

    def footnote(self, number: int | None) -> None:
        self.apart("note", self.notes)

    def box(self, number: int | None) -> None:
        self.apart("text-box", None)


def _encoding(name: str) -> Callable[[_Reader, int | None], None]:
    def act(reader: _Reader, number: int | None) -> None:
        reader.encoding = name

    return act


_ACTS: dict[str, Callable[[_Reader, int | None], None]] = {
    "par": _Reader.paragraph, "pard": _Reader.pard, "plain": _Reader.plain, "page": _Reader.page, "softpage": _Reader.page,
    "column": _Reader.paragraph, "sect": _Reader.end_section, "sbknone": _Reader.continuous, "pagebb": _Reader.set_page_before,
    "titlepg": _Reader.titled,
    "f": _Reader.set_font, "af": _Reader.set_wide_font, "loch": _Reader.narrow, "hich": _Reader.narrow, "dbch": _Reader.widen,
    "fcharset": _Reader.charset, "cpg": _Reader.font_page, "deff": _Reader.default, "fonttbl": _Reader.font_table,
    "ansicpg": _Reader.ansi_page, "mac": _encoding("mac-roman"), "pc": _encoding("cp437"), "pca": _encoding("cp850"),
    "uc": _Reader.unicode_fallback,
    "v": _Reader.hide, "deleted": _Reader.delete, "mvf": _Reader.delete,
    "field": _Reader.field, "fldinst": _Reader.field_code, "fldrslt": _Reader.field_result,
    "listtext": _Reader.list_label, "pntext": _Reader.list_label, "footnote": _Reader.footnote, "shptxt": _Reader.box, "dptxbxtext": _Reader.box,
    "trowd": lambda reader, _: reader.tables.define(), "cellx": lambda reader, _: reader.tables.define_cell(),
    "clvmrg": lambda reader, _: reader.tables.covered(), "clmrg": lambda reader, _: reader.tables.covered(),
    "intbl": lambda reader, _: reader.tables.inside(1), "itap": lambda reader, n: reader.tables.inside(n or 0),
    "cell": lambda reader, _: reader.cell(1), "row": lambda reader, _: reader.tables.end_row(1),
    "nestcell": lambda reader, _: reader.cell(2), "nestrow": lambda reader, _: reader.tables.end_row(2),
}  # fmt: skip
