"""The characters of a Word 97-2003 file and what holds for them: its piece table, deleted words, rows of tables.

    WordDocument, 0Table or 1Table ─ FIB ─ piece table ─▶ characters; property pages ─▶ flags a character

What the characters say is `doc`'s. Numbers in brackets are sections of [MS-DOC], Microsoft's specification. A file is not
trusted: whatever lies outside its streams raises `ValueError` or `struct.error`, nothing is followed in circles, and what is
kept grows with the text, whose size is bounded.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

GONE, CELL, ROW_END, INNER_CELL, INNER_ROW_END = 1, 2, 4, 8, 16
"""Flags of a character: deleted or hidden; in a table's cell; the mark that ends a row; in a paragraph that ends a cell, or
a row, of a table within a cell. In how many tables it stands is `depth`'s to tell."""
_DEPTH, _DEEPEST = 5, 7  # bits that stand below, the most that those above can hold

_WORD97 = 0xA5EC
_ENCRYPTED, _TABLE_ONE = 0x0100, 0x0200  # [2.5.2]
_FIRST_STORY = 0x4C  # ccpText, followed by those of the other stories [2.5.4]
_STORIES = ("body", "notes", "headers", "", "comments", "endnotes", "boxes", "header boxes")
_PAIRS = 154  # fibRgFcLcb97 [2.5.6]
_CLX, _HEADERS, _CHARACTERS, _PARAGRAPHS, _SHAPES, _BOXES = 33, 11, 12, 13, 40, 56  # which pair
_SHAPE, _BOX, _BOX_SHAPE = 26, 22, 14  # bytes a shape, a text box; where in the latter the number of its shape is
_PAGE = 512
# Single property modifiers [2.6]
_DELETED, _HIDDEN = 0x0800, 0x083C
_IN_TABLE, _END_OF_ROW = 0x2416, 0x2417
_TABLE_DEPTH, _ENDS_INNER_CELL, _ENDS_INNER_ROW = 0x6649, 0x244B, 0x244C
_OPERANDS = (1, 1, 2, 4, 2, 2, 0, 3)  # bytes, by the three highest bits; 0: told by the next byte [2.2.5.1]
_TABLE_DEFINITION, _TABS = 0xD608, 0xC615


class OldWord(ValueError):
    """The file is of a Word before 97."""


class Encrypted(ValueError):
    """The file is encrypted."""


class TooLarge(ValueError):
    """The file has more text than is allowed."""


class _Piece(NamedTuple):
    start: int  # characters of the text
    end: int
    at: int  # its first byte
    width: int  # bytes a character


class Pieces(NamedTuple):
    """Text of all stories; a flag byte for each character; where each story lies; where each header and footer begins; of
    text boxes of the body, by the character that they hang on, where their words begin and end."""

    text: str
    flags: bytearray
    stories: dict[str, tuple[int, int]]
    headers: tuple[int, ...]
    boxes: dict[int, tuple[int, int]]


class Stream(NamedTuple):
    """A stream's bytes, of which only those that are there can be had."""

    data: bytes

    def part(self, at: int, size: int) -> bytes:
        if at < 0 or size < 0 or at + size > len(self.data):
            raise ValueError(f"{size} bytes at {at} of {len(self.data)}")
        return self.data[at : at + size]

    def number(self, at: int, size: int = 4) -> int:
        return int.from_bytes(self.part(at, size), "little")


def depth(flag: int) -> int:
    """In how many tables, each within a cell of the one before, a character stands whose flags say that it does: 1 to 7."""
    return flag >> _DEPTH or 1


def version(main: bytes) -> bool:
    """Which table stream a document has: 1 or 0.

    Raises:
        OldWord, Encrypted
    """
    document = Stream(main)
    kind = document.number(0, 2)
    if kind != _WORD97:
        if kind in (0xA5DC, 0xA5DB, 0xA59B, 0xA59C):
            raise OldWord
        raise ValueError(f"a document that begins with {kind:04x}")
    flags = document.number(0x0A, 2)
    if flags & _ENCRYPTED:
        raise Encrypted
    return bool(flags & _TABLE_ONE)


def pieces_of(main: bytes, side: bytes, *, most: int) -> Pieces:
    """The characters of a document, from its main stream and the table stream beside it.

    Args:
        most: characters that a text may have.

    Raises:
        TooLarge: it has more.
        ValueError, struct.error, IndexError: the file is damaged.
    """
    document, table = Stream(main), Stream(side)
    lengths = [document.number(_FIRST_STORY + 4 * n) for n in range(len(_STORIES))]
    if sum(lengths) > most:
        raise TooLarge
    pieces = list(_pieces(table.part(*_pair(document, _CLX)), sum(lengths) + 1))
    out = []
    for piece in pieces:
        data = document.part(piece.at, (piece.end - piece.start) * piece.width)
        if piece.width == 1:
            # latin-1 where Windows-1252 has no character, so that each byte gives one
            out.append("".join(map(_CP1252.__getitem__, data)))
        else:
            # A character beyond the first 65,536 counts as two, as in the file.
            out.append("".join(map(chr, struct.unpack(f"<{len(data) // 2}H", data))))
    text = "".join(out)
    flags = bytearray(len(text))
    by_byte = sorted(pieces, key=lambda piece: piece.at)
    for start, end, modifiers in _runs(document, table, _CHARACTERS):
        if modifiers and (modifiers.get(_DELETED) == 1 or modifiers.get(_HIDDEN) == 1):
            for first, last in _characters(by_byte, start, end):
                for at in range(first, last):
                    flags[at] |= GONE
    for start, end, modifiers in _runs(document, table, _PARAGRAPHS):
        deep = min(modifiers.get(_TABLE_DEPTH, 0), _DEEPEST)
        if deep or modifiers.get(_IN_TABLE) or modifiers.get(_END_OF_ROW):
            flag = CELL | deep << _DEPTH
            if deep > 1 and modifiers.get(_ENDS_INNER_ROW):
                flag |= INNER_ROW_END
            elif deep > 1 and modifiers.get(_ENDS_INNER_CELL):
                flag |= INNER_CELL
            for first, last in _characters(by_byte, start, end):
                for at in range(first, last):
                    flags[at] |= flag
                if modifiers.get(_END_OF_ROW) and last > first:
                    flags[last - 1] |= ROW_END
    stories: dict[str, tuple[int, int]] = {}
    at = 0
    for name, length in zip(_STORIES, lengths, strict=True):
        stories[name] = (at, min(at + length, len(text)))
        at += length
    boxes = dict(_boxes(document, table, stories["body"][1], stories["boxes"]))
    return Pieces(text, flags, stories, tuple(_headers(document, table, stories["headers"])), boxes)


def _pair(document: Stream, which: int) -> tuple[int, int]:
    return document.number(_PAIRS + 8 * which), document.number(_PAIRS + 8 * which + 4)


def _pieces(clx: bytes, most: int) -> Iterator[_Piece]:
    """The piece table [2.8.35], behind the modifiers that it may refer to [2.9.38]."""
    at = 0
    while at < len(clx) and clx[at] == 1:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if at >= len(clx) or clx[at] != 2:
        raise ValueError("no piece table")
    (size,) = struct.unpack_from("<I", clx, at + 1)
    table = Stream(clx[at + 5 : at + 5 + size])
    count = (min(size, len(table.data)) - 4) // 12
    for n in range(count):
        start, end = table.number(4 * n), table.number(4 * n + 4)
        where = table.number(4 * (count + 1) + 8 * n + 2)
        if start >= most:
            return
        end = min(end, most)
        if end < start:
            raise ValueError("a piece that ends before it begins")
        if where & 0x40000000:
            yield _Piece(start, end, (where & 0x3FFFFFFF) // 2, 1)
        else:
            yield _Piece(start, end, where & 0x3FFFFFFF, 2)


def _characters(by_byte: list[_Piece], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The characters that stand in a stretch of bytes."""
    n = max(bisect_right(by_byte, start, key=lambda piece: piece.at) - 1, 0)
    while n < len(by_byte) and by_byte[n].at < end:
        piece = by_byte[n]
        first = piece.start + max(0, start - piece.at) // piece.width
        last = min(piece.end, piece.start + max(0, end - piece.at) // piece.width)
        if first < last:
            yield first, last
        n += 1


def _runs(document: Stream, table: Stream, which: int) -> Iterator[tuple[int, int, dict[int, int]]]:
    """Stretches of bytes and the modifiers that hold for them, from pages of 512 bytes [2.8.5, 2.8.6, 2.9.32, 2.9.33]."""
    at, size = _pair(document, which)
    plc = Stream(table.part(at, size))
    count = (size - 4) // 8
    wide = which == _PARAGRAPHS
    seen: set[int] = set()
    for n in range(count):
        number = plc.number(4 * (count + 1) + 4 * n) & 0x3FFFFF
        if number in seen:
            continue
        seen.add(number)
        page = document.part(number * _PAGE, _PAGE)
        runs = page[-1]
        step = 13 if wide else 1
        if 4 * (runs + 1) + step * runs > _PAGE - 1:
            continue
        bounds = struct.unpack_from(f"<{runs + 1}I", page)
        for i in range(runs):
            offset = 2 * page[4 * (runs + 1) + step * i]
            if offset and bounds[i] < bounds[i + 1]:
                yield bounds[i], bounds[i + 1], _modifiers(page, offset, wide)


def _modifiers(page: bytes, offset: int, wide: bool) -> dict[int, int]:
    """The modifiers at a place of a page, those of paragraphs behind the number of their style."""
    size = page[offset]
    offset += 1
    if wide:
        if size:
            size = 2 * size - 1
        elif offset < _PAGE:
            size = 2 * page[offset]
            offset += 1
        offset, size = offset + 2, size - 2
    end = min(offset + max(size, 0), _PAGE - 1)
    out: dict[int, int] = {}
    while offset + 2 <= end:
        (code,) = struct.unpack_from("<H", page, offset)
        offset += 2
        length = _OPERANDS[code >> 13]
        if not length:
            if offset >= end:
                break
            if code == _TABLE_DEFINITION and offset + 2 <= end:
                length = struct.unpack_from("<H", page, offset)[0] + 1
            elif code == _TABS and page[offset] == 255:
                break
            else:
                length = 1 + page[offset]
        elif offset + length <= end:
            out[code] = int.from_bytes(page[offset : offset + length], "little")
        offset += length
    return out


def _headers(document: Stream, table: Stream, story: tuple[int, int]) -> Iterator[int]:
    """Where each header and footer begins; the end of the last one [2.8.22]."""
    at, size = _pair(document, _HEADERS)
    if size < 8 or at + size > len(table.data):
        return
    for n in range(size // 4):
        yield min(story[0] + table.number(at + 4 * n), story[1])


def _boxes(document: Stream, table: Stream, body: int, story: tuple[int, int]) -> Iterator[tuple[int, tuple[int, int]]]:
    """Text boxes by the places that their shapes hang on (PlcfSpa, PlcftxbxTxt); those of grouped shapes hang on none."""
    last = 0
    hangs = {int.from_bytes(shape[:4], "little"): at for at, _, shape in _plc(document, table, _SHAPES, _SHAPE)}
    for start, end, box in _plc(document, table, _BOXES, _BOX):
        at = hangs.pop(int.from_bytes(box[_BOX_SHAPE : _BOX_SHAPE + 4], "little"), None)
        if at is not None and at < body and last <= start < end <= story[1] - story[0]:
            last = end
            yield at, (story[0] + start, story[0] + end)


def _plc(document: Stream, table: Stream, which: int, width: int) -> Iterator[tuple[int, int, bytes]]:
    """A list of stretches of characters, each with so many bytes of data; none where it lies beyond the stream."""
    at, size = _pair(document, which)
    count = (size - 4) // (4 + width)
    if at + size > len(table.data):
        return
    for n in range(count):
        data = table.part(at + 4 * (count + 1) + width * n, width)
        yield table.number(at + 4 * n), table.number(at + 4 * n + 4), data


_CP1252 = [bytes([n]).decode("cp1252", "replace") for n in range(256)]
for _n in (0x81, 0x8D, 0x8F, 0x90, 0x9D):
    _CP1252[_n] = chr(_n)
