"""Pieces of a line as the eye meets them, left to right -> the order in which they are read.

Pages show Arabic from right to left, with Latin words and numbers from left to right in it; files of pages hold what they
show. This undoes, for the cases that letters have, what the Unicode bidirectional algorithm (UAX 9) did when the page was
set. Where two texts look the same, the more frequent is taken: a number beside a Latin word belongs to it.

Knows neither pages nor files. Used by `pages`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_PRESENTATION = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufefc]")
_OPENING, _CLOSING = "([{«‹", ")]}»›"
_MIRRORED = {**dict(zip(_OPENING, _CLOSING, strict=True)), **dict(zip(_CLOSING, _OPENING, strict=True))}
_SPACES = frozenset({"WS", "B", "S"})


def rightward(text: str) -> int:
    """How many of its letters are written from right to left, less those from left to right."""
    kinds = [unicodedata.bidirectional(char) for char in text]
    return sum(kind in _RIGHT_TO_LEFT for kind in kinds) - sum(kind == "L" for kind in kinds)


def plain_forms(text: str) -> str:
    """Ligatures and the forms that Arabic letters take in words, as the letters they stand for."""
    if not _PRESENTATION.search(text):
        return text
    # Marks come on a space or a stroke of their own, which the page did not show.
    return _PRESENTATION.sub(lambda m: unicodedata.normalize("NFKC", m[0]).lstrip(" \u0640") or m[0], text)


def in_reading_order(
    pieces: Sequence[str], *, from_right: bool, runs: Sequence[int] | None = None
) -> list[tuple[int, str]]:
    """Put pieces of a line in order.

    Args:
        pieces: what stands at each place, from left to right; a ligature's letters are one piece, in their own order.
        from_right: whether the text around is written from right to left, where the line itself cannot tell.
        runs: pieces that were shown in one go have the same number, where that is known.

    Returns:
        The number of each piece and its text, with brackets the way round that they are read.
    """
    kinds = [_kind(piece) for piece in pieces]
    line = _Visual(pieces, kinds, list(range(len(pieces))) if runs is None else runs)
    if not any(kind in _RIGHT_TO_LEFT or kind == "AN" for kind in kinds):
        numbers_only = from_right and not any(kind == "L" for kind in kinds)
        if not numbers_only:
            return list(enumerate(pieces))
    if from_right:
        return _bracketed(_from_right(line, 0, len(pieces)), pieces)
    order: list[tuple[int, bool]] = []
    at = 0
    while at < len(kinds):
        end = _arabic_span(kinds, at) if kinds[at] in _RIGHT_TO_LEFT else at
        if end > at:
            order += _from_right(line, at, end)
            at = end
        else:
            order.append((at, False))
            at += 1
    return _bracketed(order, pieces)


class _Visual(NamedTuple):
    pieces: Sequence[str]
    kinds: Sequence[str]
    runs: Sequence[int]


def _kind(piece: str) -> str:
    """The bidirectional class of a piece: its first letter's, or its first character's."""
    kinds = [unicodedata.bidirectional(char) for char in piece] or ["ON"]
    return next((kind for kind in kinds if kind in ("L", "R", "AL", "EN", "AN")), kinds[0])


def _arabic_span(kinds: Sequence[str], start: int) -> int:
    """The end of a stretch of Arabic in a line that goes from left to right."""
    end = start + 1
    for at in range(start + 1, len(kinds)):
        if kinds[at] in _RIGHT_TO_LEFT:
            end = at + 1
        elif kinds[at] == "L":
            break
    return end


def _from_right(line: _Visual, start: int, stop: int) -> list[tuple[int, bool]]:
    """Pieces from right to left, but runs of Latin and numbers from left to right; whether each is of Arabic."""
    order: list[tuple[int, bool]] = []
    at = stop - 1
    while at >= start:
        if line.kinds[at] == "EN" and (groups := _thousands(line, start, at)):
            order += [(i, False) for group in groups for i in group]
            at = groups[-1][0] - 1
        elif line.kinds[at] in ("L", "EN", "AN"):
            first = _first(line, start, at)
            cut = _led(line.pieces, first, at)
            read = range(first, at + 1) if cut == first else (*range(cut, at + 1), cut - 1, *range(first, cut - 1))
            order += [(i, False) for i in read]
            at = first - 1
        else:
            order.append((at, True))
            at -= 1
    return order


_OF_NUMBERS = frozenset("0123456789 \u00a0-\u2013")
_THOUSANDS = re.compile(r"(?:\d{3}[ \u00a0])+[1-9]\d?[-\u2013](?:\d{3}[ \u00a0])+[1-9]\d?")


def _thousands(line: _Visual, start: int, last: int) -> list[range]:
    """The groups of digits, and what stands between them, of a range of numbers that ends at `last` behind Arabic, as they
    are read: `3 400-3 800` is shown as 800 3-400 3, in which the thousands stand behind the rest. Else none."""
    first = last
    while first > start and line.pieces[first - 1] in _OF_NUMBERS:
        first -= 1
    while line.pieces[first].isspace():
        first += 1
    text = "".join(line.pieces[first : last + 1])
    if not (_THOUSANDS.fullmatch(text) and _follows_arabic(line.kinds, last)):
        return []
    return [range(first + m.start(), first + m.end()) for m in re.finditer(r"\d+|\D", text)][::-1]


_LED = re.compile(r"[A-Z]{2,}/\d+/(\d+)")


def _led(pieces: Sequence[str], first: int, last: int) -> int:
    """Where the number begins that is read first: `7/LCCE/74` behind Arabic is shown as LCCE/74/7."""
    at = first
    while at <= last and any(len(piece) != 1 for piece in pieces[at : last + 1]):
        at += 1
    found = _LED.search("".join(pieces[at : last + 1]))
    return at + found.start(1) if found and at + found.end() == last + 1 and found.start() + at == first else first


def _first(line: _Visual, start: int, last: int) -> int:
    """Where the run from left to right begins that ends at `last`."""
    kinds, runs = line.kinds, line.runs
    first = last
    after_arabic = _follows_arabic(kinds, last)
    while True:
        gap = first - 1
        while gap >= start and kinds[gap] not in ("L", "EN", "AN", "R", "AL"):
            gap -= 1
        if gap < start or kinds[gap] in _RIGHT_TO_LEFT:
            return first
        between = kinds[gap + 1 : first]
        left, right = kinds[gap], kinds[first]
        apart = (
            line.pieces[gap + 1] == "/" and runs[gap + 1] not in (runs[gap], runs[first])
            and kinds[max(gap - 1, start)] in ("L", "EN") and runs[max(gap - 1, start)] == runs[gap]
        )  # fmt: skip
        if not between:
            joined = True
        elif len(between) == 1 and apart and right != "L":
            joined = False  # shown as three: what is to the right is read first
        elif left == "L":
            joined = True  # a number after a Latin word is set as part of it
        elif right == "L":
            joined = not any(kind in _SPACES for kind in between) and len(between) == 1
        else:
            joined = between == ["CS"] or (between == ["ES"] and not (after_arabic and _alone(kinds, start, gap)))
        if not joined:
            return first
        first = gap


def _alone(kinds: Sequence[str], start: int, at: int) -> bool:
    """Whether a number stands by no Latin letters: then it is of the Arabic around it."""
    return next((kind != "L" for kind in reversed(kinds[start:at]) if kind in ("L", "R", "AL")), True)


def _follows_arabic(kinds: Sequence[str], at: int) -> bool:
    """Whether the nearest letter to the right, which is read before, is Arabic."""
    return next((kind == "AL" for kind in kinds[at + 1 :] if kind in ("L", "R", "AL")), False)


def _bracketed(order: Sequence[tuple[int, bool]], pieces: Sequence[str]) -> list[tuple[int, str]]:
    """Brackets among Arabic are shown by either glyph: what stands around them tells which they are."""
    out: list[tuple[int, str]] = []
    for n, (i, arabic) in enumerate(order):
        piece = pieces[i]
        if arabic and piece in _MIRRORED:
            before = pieces[order[n - 1][0]] if n else " "
            behind = pieces[order[n + 1][0]] if n + 1 < len(order) else " "
            opens = (before.isspace() or before in _MIRRORED) and not behind.isspace()
            closes = (behind.isspace() or behind in ".,:;،؛" or behind in _MIRRORED) and not before.isspace()
            if opens != closes and opens != (piece in _OPENING):
                piece = _MIRRORED[piece]
        out.append((i, piece))
    return out
