"""Characters where a page shows them -> its lines and what stands on them, in reading order.

    Glyphs ─ baselines ─▶ Lines of Spans (words without a column's gap between them)

A span ends where the page jumps without a space: at a tab, at the edge of a cell. How spans make tables and paragraphs is
`columns`' and `paragraphs`'; what a file holds is `pdf`'s. Lengths are points (1/72 inch); y grows upwards.
"""

from __future__ import annotations

import itertools
import math
import re
import statistics
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from itudocs.reading.bidi import in_reading_order, plain_forms, rightward
from itudocs.reading.links import beside

_WIDE = re.compile(
    "[\u2e80-\u303f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)


_PLAIN = re.compile("[A-Za-z0-9]+")
_WORD = 0.16  # of the size: a gap that parts words where no space is written
_ARABIC_SPACE = 0.25  # of the size: the space of most Arabic fonts
_ARABIC_WORD, _LEAST_ARABIC_WORD = (
    0.23,
    0.18,
)  # and a gap that parts words of Arabic: in these, and where spaces are narrow


class Glyph(NamedTuple):
    """A character on a page: its text, from where to where it reaches, its baseline, its size; the run of characters that
    the page shows in one go; the link it is part of."""

    text: str
    left: float
    right: float
    base: float
    size: float
    run: int = 0
    link: int | None = None


class Span(NamedTuple):
    """Words on a line, in reading order. `start` and `end` count in the direction of reading."""

    text: str
    start: float
    end: float
    base: float
    size: float


class Line(NamedTuple):
    """Spans that stand side by side, in reading order."""

    spans: tuple[Span, ...]
    base: float
    size: float


def wide(char: str) -> bool:
    """Whether a character is Chinese, or of its punctuation: words of such are not spaced."""
    return bool(_WIDE.match(char))


def lines_of(glyphs: Iterable[Glyph], *, from_right: bool, targets: Sequence[str] = ()) -> list[Line]:
    """The lines of a page from top to bottom.

    Args:
        from_right: whether the page is read from right to left.
        targets: where each link leads; told behind its last word, where its words do not show it.
    """
    placed = _rows(glyphs)
    spaces = [space for row in placed for space in _spaces(row)] if from_right else []
    usual = statistics.median(spaces) if spaces else _ARABIC_SPACE
    rows = [[_read(piece, from_right) for piece in _parted(row, usual)] for row in placed]
    for row in rows:
        row.sort(key=lambda piece: piece.start)
    if targets:
        _tell(rows, targets)
    out = []
    for row in rows:
        spans = tuple(
            Span(text, piece.start, piece.end, piece.base, piece.size)
            for piece in row
            if (text := " ".join("".join(piece.words).split()))
        )
        if spans:
            out.append(Line(spans, spans[0].base, max(span.size for span in spans)))
    return out


class _Piece(NamedTuple):
    """A span whose words can still be added to; the link of each."""

    words: list[str]
    links: list[int | None]
    start: float
    end: float
    base: float
    size: float


def _tell(rows: Sequence[Sequence[_Piece]], targets: Sequence[str]) -> None:
    """Put the targets of links behind their words."""
    visible: dict[int, list[str]] = {}
    last: dict[int, tuple[_Piece, int]] = {}
    for row in rows:
        for piece in row:
            for i, link in enumerate(piece.links):
                if link is not None:
                    visible.setdefault(link, []).append(piece.words[i])
                    if piece.words[i].strip():
                        last[link] = piece, i
    for link, (piece, i) in last.items():
        piece.words[i] += beside("".join(visible[link]), targets[link])


def _rows(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    """Glyphs by baseline, from top to bottom, each row from left to right; raised and lowered ones in their row."""
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda g: (-g.base, g.left)):
        if rows and abs(rows[-1][0].base - glyph.base) <= 0.15 * max(glyph.size, rows[-1][0].size):
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    merged: list[list[Glyph]] = []
    for i, row in enumerate(rows):
        if all(unicodedata.category(glyph.text[0]) == "Mn" for glyph in row):
            near = [
                other
                for other in (*rows[i + 1 : i + 2], *merged[-1:])
                if abs(other[0].base - row[0].base) < 1.5 * row[0].size
            ]
            if near:
                home = min(near, key=lambda other: abs(other[0].base - row[0].base))
                home.extend(glyph._replace(base=home[0].base) for glyph in row)
                continue
        small = max(glyph.size for glyph in row)
        beside = None
        for other in (rows[i + 1] if i + 1 < len(rows) else None, merged[-1] if merged else None):
            if other and _raised(row, small, other):
                beside = other
                break
        if beside is None:
            merged.append(list(row))
        else:
            # Onto the other's baseline, so that the row has one.
            base = beside[0].base
            beside.extend(glyph._replace(base=base) for glyph in row)
    for row in merged:
        row.sort(key=lambda g: g.left)
    return merged


def _raised(row: Sequence[Glyph], size: float, other: Sequence[Glyph]) -> bool:
    """Whether a row is no line but raised or lowered: smaller than its neighbour or in a hole of it, and all of it beside it."""
    large = statistics.median([glyph.size for glyph in other])
    if abs(row[0].base - other[0].base) < 0.45 * large and _in_holes(row, other, 0.3 * large):
        return True
    if size > 0.85 * large or abs(row[0].base - other[0].base) > 0.6 * large:
        return False
    edges = sorted((glyph.left, glyph.right) for glyph in other if glyph.text.strip())
    reach = 0.3 * large
    for glyph in row:
        if glyph.text.strip() and not any(
            left - reach - size * 2 <= glyph.left and glyph.right <= right + reach + size * 2 for left, right in edges
        ):
            return False
    return True


def _in_holes(row: Sequence[Glyph], other: Sequence[Glyph], reach: float) -> bool:
    """Whether each glyph of a row has one of the other close on either side and none across it."""
    inked = [glyph for glyph in other if glyph.text.strip()]
    for glyph in row:
        middle = (glyph.left + glyph.right) / 2
        if not glyph.text.strip():
            continue
        if any(o.left < middle < o.right for o in inked):
            return False
        if not any(
            abs(o.left - glyph.right) < reach or abs(glyph.left - o.right) < reach
            for o in (*inked, *row)
            if o is not glyph
        ):
            return False
        if not any(abs(o.left - glyph.right) < 3 * reach or abs(glyph.left - o.right) < 3 * reach for o in inked):
            return False
    return True


def _parted(row: Sequence[Glyph], space: float) -> list[list[Glyph]]:
    """A row cut where it jumps: at gaps that no space fills and that its letters do not have among themselves. `space`: how
    many sizes wide spaces are on its page."""
    pieces: list[list[Glyph]] = []
    inked: list[Glyph] = []
    gaps = []
    spaces = 0  # that are written
    for glyph in row:
        if glyph.text.isspace():
            spaces += 1
            continue
        if inked:
            gaps.append(max(0.0, glyph.left - inked[-1].right) / max(glyph.size, 1.0))
        inked.append(glyph)
    usual = statistics.median(gaps) if gaps else 0.0
    # Where spaces are not written, or not all of them, gaps part words too.
    spaced = 3 * spaces >= 2 * sum(gap > max(0.16, 2 * usual) for gap in gaps)
    written = 12 * spaces >= len(inked)
    arabic = 0.45 if written else _arabic_word(min(_spaces(inked), default=space))
    jump = max(0.3, 2.5 * usual + 0.1) if spaced else max(0.65, 4 * usual)
    reach = -1e9
    piece: list[Glyph] = []
    blank: list[Glyph] = []
    for glyph in row:
        if glyph.text.isspace():
            blank.append(glyph)
            continue
        if piece:
            size = max(glyph.size, piece[-1].size, 1.0)
            # Of the gap, what no space covers: a tab is drawn as a jump, or as a space and a jump.
            open_gap = glyph.left - reach
            covered = sum(
                min(b.right, glyph.left) - max(b.left, reach) for b in blank if b.right > reach and b.left < glyph.left
            )
            left_open = open_gap - max(0.0, covered)
            if left_open > jump * size or open_gap > 2.2 * size:
                pieces.append(piece)
                piece = []
            else:
                if blank:
                    piece.append(blank[0])
                elif open_gap > max(_word_gap(piece[-1].text, glyph.text, arabic), 2 * usual) * size:
                    piece.append(Glyph(" ", reach, glyph.left, glyph.base, glyph.size, glyph.run))
        if not piece:
            reach = -1e9
        blank = []
        piece.append(glyph)
        reach = max(reach, glyph.right)
    if piece:
        pieces.append(piece)
    return pieces


def _word_gap(one: str, other: str, arabic: float) -> float:
    """How many sizes wide a gap between two characters is at least that parts words without a space; `arabic`: of two of
    Arabic."""
    if wide(one[-1]) or wide(other[0]):
        return math.inf  # Chinese is not spaced; what stands beside it is set a little apart
    if rightward(one[-1] + other[0]) == 2:
        return arabic
    return _WORD


def _arabic_word(space: float) -> float:
    """How many sizes wide a gap between Arabic words is at least: letters that do not join stand apart in them, but less than
    a space."""
    return min(_ARABIC_WORD, max(_LEAST_ARABIC_WORD, 0.92 * space))


def _spaces(row: Sequence[Glyph]) -> list[float]:
    """How many sizes wide the spaces are that part Latin words and numbers of a row without being written."""
    return [
        gap
        for one, other in itertools.pairwise(row)
        if _PLAIN.fullmatch(one.text) and _PLAIN.fullmatch(other.text)
        and _WORD < (gap := (other.left - one.right) / max(other.size, 1.0)) < 2 * _ARABIC_WORD
    ]  # fmt: skip


def _read(piece: Sequence[Glyph], from_right: bool) -> _Piece:
    clusters = _clusters(piece)
    texts = ["".join(glyph.text for glyph in cluster) for cluster in clusters]
    order = in_reading_order(texts, from_right=from_right, runs=[cluster[0].run for cluster in clusters])
    left = min(glyph.left for glyph in piece)
    right = max(glyph.right for glyph in piece)
    start, end = (-right, -left) if from_right else (left, right)
    return _Piece(
        [plain_forms(text) for _, text in order],
        [clusters[i][0].link for i, _ in order],
        start, end, piece[0].base, statistics.median([glyph.size for glyph in piece]),
    )  # fmt: skip


def _clusters(piece: Sequence[Glyph]) -> list[list[Glyph]]:
    """Glyphs that belong together: the letters of a ligature, a letter and the marks on it. What is drawn twice counts once."""
    out: list[list[Glyph]] = []
    marks: list[Glyph] = []
    for glyph in piece:
        if unicodedata.category(glyph.text[0]) == "Mn":
            marks.append(glyph)
            continue
        if out:
            before = out[-1][-1]
            if (
                before.text == glyph.text
                and abs(before.left - glyph.left) < 0.12 * glyph.size
                and before.right > glyph.left
            ):
                continue  # drawn twice, to look bold
            if abs(before.left - glyph.left) < 0.01 and not glyph.text.isspace() and not before.text.isspace():
                out[-1].append(glyph)
                continue
        out.append([glyph])
    for mark in marks:
        middle = (mark.left + mark.right) / 2
        home = min(out, key=lambda c: _distance(c[0], middle), default=None)
        if home is None:
            out.append([mark])
        else:
            home.append(mark)
    return out


def _distance(glyph: Glyph, x: float) -> float:
    if glyph.text.isspace():
        return 1e6
    return max(glyph.left - x, x - glyph.right, 0.0) + abs((glyph.left + glyph.right) / 2 - x) * 1e-3
