"""Word documents of 1997 to 2003 (.doc): text from the piece table of a compound file, by olefile and `docpieces`.

Fields are read as their results, links with their targets; tables keep their cells; headers, footers, notes and text boxes
are told apart; deleted and hidden words, comments, pictures and macros are left out. What comes where is as in `docx`. The
numbers of numbered lists are not kept: the file holds rules for them, not numbers. Word 6 and 95 are told and refused.
Source: Microsoft, [MS-DOC].
"""

from __future__ import annotations

import io
import itertools
import re
import struct
from collections.abc import Iterator

from itudocs.errors import ReadError
from itudocs.libraries import for_reading
from itudocs.model import Part
from itudocs.reading.decoding import Decoded
from itudocs.reading.docpieces import (
    CELL,
    GONE,
    INNER_CELL,
    INNER_ROW_END,
    ROW_END,
    Encrypted,
    OldWord,
    Pieces,
    TooLarge,
    depth,
    pieces_of,
    version,
)
from itudocs.reading.links import OPEN_FIELD, beside, field_target
from itudocs.reading.rtftables import Tables
from itudocs.reading.source import Limits
from itudocs.reading.typesetting import Line, Typesetter

WHAT = "a Word document (.doc)"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DOCUMENT = "WordDocument".encode("utf-16-le")
_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_DEEPEST_FIELD = 200
# In the file: 07 ends a cell or row, 0B a line, 0C a page, 0D a paragraph, 0E a column; 13, 14, 15 bound a field; 1E and 1F
# are hyphens, cleaned with those of all formats; the others stand for what is no text.
_FIELD_MARKS = re.compile("[\x13\x14\x15]")
_PARTS = re.compile("[\x07\x0b\x0c\x0d\x0e\x13\x14\x15]|[\x00-\x06\x08\x0f-\x12\x16-\x1d]+|[^\x00-\x08\x0b-\x1d]+")


class OldWordDocument:
    """Word's format from 1997 to 2003."""

    name = "doc"
    extensions = frozenset({".doc", ".dot"})
    isolated = True

    def sniff(self, data: bytes, name: str) -> float:
        """A compound file with Word's stream, or with an encrypted package, which may be of a newer Word."""
        if not data.startswith(_COMPOUND):
            return 0.0
        if _DOCUMENT in data:
            return 0.9
        if _PACKAGE in data:
            return 0.8
        return 0.6 if name.lower().endswith(tuple(self.extensions)) else 0.0

    def to_text(self, data: bytes, *, name: str, limits: Limits) -> Decoded:
        """The text of a document. A field that has no end ends with its paragraph (issue `open-field`).

        Raises:
            ReadError: it is encrypted (`encrypted`), of Word 6 or 95 (`format`), damaged or cut off (`damaged`), larger
                than the limits allow (`too-large`); olefile is not installed (`library`).
        """
        olefile = for_reading("olefile", source=name)
        try:
            with olefile.OleFileIO(io.BytesIO(data)) as compound:
                if compound.exists("EncryptedPackage"):
                    raise Encrypted
                main = compound.openstream("WordDocument").read()
                side = compound.openstream("1Table" if version(main) else "0Table").read()
            pieces = pieces_of(main, side, most=limits.max_text)
        except Encrypted:
            raise ReadError(
                f"{name} is encrypted: open it with its password and save it without.", name=name, reason="encrypted"
            ) from None
        except OldWord:
            raise ReadError(
                f"{name} is {WHAT} of Word 6 or 95, which cannot be read: open it in LibreOffice or Word and save it as .docx.",
                name=name,
                reason="format",
            ) from None
        except TooLarge:
            raise ReadError(
                f"{name} holds more than {limits.max_text:,} characters: split it, or raise Limits(max_text=...).",
                name=name,
                reason="too-large",
            ) from None
        except (
            ValueError,
            OSError,
            struct.error,
            IndexError,
            KeyError,
            OverflowError,
            TypeError,
            AttributeError,
        ) as error:
            why = str(error)[:100] or type(error).__name__
            raise ReadError(
                f"{name} is {WHAT} that is damaged or cut off ({why}): get it anew, or open it in the program that made it "
                "and save it.",
                name=name,
                reason="damaged",
            ) from error
        return _Document(pieces, name=name, limits=limits).read()


class _Field:
    """A field: its code until its result begins."""

    def __init__(self, *, ends: bool) -> None:
        self.ends = ends  # or its result begins; else it ends with its paragraph
        self.code: list[str] = []
        self.visible: list[str] = []
        self.told = False


class _Document:
    """Sets the stories of a document."""

    def __init__(self, pieces: Pieces, *, name: str, limits: Limits) -> None:
        self.pieces = pieces
        self.open_fields = False
        self.hung: list[tuple[int, int]] = []  # text boxes that have been set
        self.setter = Typesetter(name=name, limits=limits)

    def read(self) -> Decoded:
        ahead: list[list[Line]] = []
        behind: list[list[Line]] = []
        for part, on_top, start, end in self._headers():
            (ahead if on_top else behind).append(self._story(part, start, end))
        stories = self.pieces.stories
        body = self._story("body", *stories["body"])
        boxes = [self._story("text-box", start, end) for start, end in self._left_boxes()]
        notes = [self._story("note", *stories[name]) for name in ("notes", "endnotes")]
        behind.append(self._story("header", *stories["header boxes"]))
        issues = (OPEN_FIELD,) if self.open_fields else ()
        return self.setter.decoded([*ahead, body, *boxes, *notes, *behind], issues=issues)

    def _left_boxes(self) -> Iterator[tuple[int, int]]:
        """Text boxes of the body that hang on none of its characters, from one that does to the next."""
        at, end = self.pieces.stories["boxes"]
        for first, behind in sorted(self.hung):
            yield at, first
            at = behind
        yield at, end

    def _headers(self) -> Iterator[tuple[Part, bool, int, int]]:
        """Headers and footers, the first page's first, and whether they stand above the text: the first section's does."""
        bounds = self.pieces.headers[6:]  # before them, what parts notes from the text
        stories = list(itertools.pairwise(bounds))
        for section in range(0, len(stories) - 5, 6):
            even, odd, even_foot, odd_foot, first, first_foot = stories[section : section + 6]
            tops = [story for story in (first, odd, even) if self._says(*story)]
            for n, (start, end) in enumerate(tops):
                yield "header", section == 0 and n == 0, start, end
            for start, end in (first_foot, odd_foot, even_foot):
                if self._says(start, end):
                    yield "footer", False, start, end

    def _says(self, start: int, end: int) -> bool:
        return start < end and bool(self.pieces.text[start:end].strip("\r\x07 "))

    def _story(self, part: Part, start: int, end: int) -> list[Line]:
        lines = self.setter.story(part)
        self.write(start, end, whole=part == "body")
        self.setter.end()
        return lines

    def write(self, start: int, end: int, *, whole: bool = False) -> None:
        while not whole and end > start and self.pieces.text[end - 1] == "\r":
            end -= 1  # each story ends with a paragraph of its own
        story = _Story(self)
        story.write(start, end)
        self.open_fields |= bool(story.unended)

    def hang(self, at: int) -> None:
        """Set the text box that hangs on a character."""
        box = self.pieces.boxes[at]
        self.hung.append(box)
        if not self.pieces.flags[at] & GONE:
            self.setter.open_box()
            self.write(*box)
            self.setter.close_box()


class _Story:
    """Writes a stretch of characters."""

    def __init__(self, document: _Document) -> None:
        self.document = document
        self.setter = document.setter
        self.pieces = document.pieces
        self.fields: list[_Field] = []
        self.unended: frozenset[int] = frozenset()
        self.tables = Tables(document.setter)

    def write(self, start: int, end: int) -> None:
        flags = self.pieces.flags
        self.unended = _unended(self.pieces.text, start, end)
        at = start
        for match in _PARTS.finditer(self.pieces.text, start, end):
            at = match.start()
            if "\x08" in match[0] and self.pieces.boxes:
                for place in range(at, match.end()):
                    if place in self.pieces.boxes:
                        self._place(flags[place])
                        self.document.hang(place)
            if match[0][0] >= " " or match[0][0] in "\t\n\x1e\x1f":
                self._place(flags[at])
                self._say(_kept(match[0], flags, at))
            elif not flags[at] & GONE or match[0] in "\x07\x13\x14\x15":
                self._mark(match[0], flags[at], at)
        self.tables.close()

    def _place(self, flag: int) -> None:
        """Enter or leave tables, as a character's flags say."""
        if flag & ROW_END:
            return
        self.tables.leave()
        if flag & CELL:
            self.tables.inside(depth(flag))
        self.tables.enter()

    def _mark(self, mark: str, flag: int, at: int) -> None:
        if mark == "\x13":
            if len(self.fields) < _DEEPEST_FIELD:
                self.fields.append(_Field(ends=at not in self.unended))
        elif mark == "\x14":
            if self.fields:
                self.fields[-1].told = True
        elif mark == "\x15":
            if self.fields:
                done = self.fields.pop()
                self._say(beside("".join(done.visible), field_target("".join(done.code))))
        elif mark == "\x07":
            self._end_paragraph()
            if flag & ROW_END:
                self.tables.end_row(1)
            else:
                self.tables.leave()
                self.tables.end_cell(1)
        elif mark in "\x0b\x0c\x0d\x0e":
            if mark == "\x0d":
                self._end_paragraph()
            if mark == "\x0d" and flag & INNER_ROW_END:
                self.tables.end_row(depth(flag))
            elif mark == "\x0d" and flag & INNER_CELL:
                self.tables.leave()
                self.tables.end_cell(depth(flag))
            else:
                self._place(flag)
                if not self._hidden():
                    self.setter.line()

    def _end_paragraph(self) -> None:
        if self.unended:
            self.fields = [field for field in self.fields if field.ends]

    def _hidden(self) -> bool:
        return any(not field.told for field in self.fields)

    def _say(self, text: str) -> None:
        if not text:
            return
        if self._hidden():
            if not self.fields[-1].told:
                self.fields[-1].code.append(text)
            return
        for field in self.fields:
            field.visible.append(text)
        self.setter.say(text)


def _unended(text: str, start: int, end: int) -> frozenset[int]:
    """Where fields begin whose result never does, and which nothing ends."""
    begun: list[tuple[int, bool]] = []
    for match in _FIELD_MARKS.finditer(text, start, end):
        if match[0] == "\x13":
            if len(begun) < _DEEPEST_FIELD:
                begun.append((match.start(), False))
        elif not begun:
            continue
        elif match[0] == "\x14":
            begun[-1] = begun[-1][0], True
        else:
            begun.pop()
    return frozenset(at for at, told in begun if not told)


def _kept(text: str, flags: bytearray, at: int) -> str:
    """Characters without those that are deleted or hidden; halves of pairs as the characters they are."""
    if any(flag & GONE for flag in flags[at : at + len(text)]):
        text = "".join(char for char, flag in zip(text, flags[at : at + len(text)], strict=True) if not flag & GONE)
    if re.search("[\ud800-\udfff]", text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
