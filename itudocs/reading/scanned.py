"""Words recognised on the picture of a page, with their places -> the page's lines, as if it had shown characters.

    Rows of a picture in dots ─ straightened ─▶ rows across the page ─ cut at columns' gaps ─▶ Lines of Spans in points

The program that recognises words takes a cell for a line as often as a row of cells: here baselines alone say what stands
side by side. What the lines make is `columns`'; who recognises is `recognition`.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Iterable, Iterator, Sequence
from itertools import filterfalse
from typing import NamedTuple

from itudocs.reading.bidi import in_reading_order, rightward
from itudocs.reading.pages import Line, Span, wide
from itudocs.reading.recognition import Row, Word

_JUMP = 0.8  # of the size: a gap that parts cells, where the words of the row stand closer
_WIDER = 1.8  # times the usual gap of a row that is set to fill its width
_SAME_SIZE = 0.25  # that measured sizes of the same type differ by, at most
_SAME_BASE = 0.35  # of the size, that baselines of a row differ by, at most
_UNSURE, _SHORT = 50, 6  # of 100, and characters: a row of these is a speck of dirt
_COUNTRY = re.compile(r"\+\d")
_DOT = re.compile(r"(?<=[\u4e00-\u9fff])\.(?=[\u4e00-\u9fff])")  # in Chinese: parts of a foreign name
_COMMA = re.compile(r",(?=\s|$)")  # in Arabic: what recognises it knows the Latin one only


class _Placed(NamedTuple):
    """A row's words on the straight page: in points, y grows upwards."""

    words: tuple[tuple[Word, float, float], ...]
    base: float
    size: float


def lines_of_rows(rows: Sequence[Row], *, dots: float, height: float, from_right: bool) -> list[Line]:
    """The lines of a page from top to bottom.

    Args:
        dots: of the picture, to an inch.
        height: of the page, in points.
        from_right: whether the page is read from right to left.
    """
    placed = sorted(_straight(rows, dots, height), key=lambda row: -row.base)
    lines: list[list[_Placed]] = []
    for row in placed:
        if lines and lines[-1][0].base - row.base <= _SAME_BASE * min(row.size, lines[-1][0].size):
            lines[-1].append(row)
        else:
            lines.append([row])
    out = []
    for line in lines:
        base, size = statistics.median([row.base for row in line]), max(row.size for row in line)
        spans = sorted((span for row in line for span in _spans(row, base, from_right)), key=lambda span: span.start)
        out.append(Line(tuple(_closed(spans)), base, size))
    return out


def text_of_rows(rows: Iterable[Row]) -> str:
    """All that was recognised, to judge and count by."""
    return "\n".join(" ".join(word.text for word in row.words) for row in rows)


def _straight(rows: Sequence[Row], dots: float, height: float) -> Iterator[_Placed]:
    """Rows turned as far as the page lies crooked; sizes that are nearly the usual one are that."""
    if not rows:
        return
    slope = _slope(rows)
    usual = statistics.median([row.size for row in rows for _ in row.words])
    point = 72 / dots
    for row in filterfalse(_is_speck, rows):
        size = usual if abs(row.size - usual) <= _SAME_SIZE * usual else row.size
        middle = (row.words[0].left + row.words[-1].right) / 2
        base = row.base + (row.slope - slope) * middle
        aside = slope * base
        words = tuple((word, (word.left + aside) * point, (word.right + aside) * point) for word in row.words)
        yield _Placed(words, height - base * point, max(size * point, 1.0))


def _is_speck(row: Row) -> bool:
    """Whether a row is dirt that was taken for a word: real ones as short as these are read with 70 and more."""
    return max(word.sure for word in row.words) < _UNSURE and sum(len(word.text) for word in row.words) <= _SHORT


def _slope(rows: Sequence[Row]) -> float:
    """How crooked a page lies: the median of its rows' slopes, the long ones' more than the short ones'."""
    slopes = sorted((row.slope, max(w.right for w in row.words) - min(w.left for w in row.words)) for row in rows)
    left = sum(length for _, length in slopes) / 2
    for slope, length in slopes:
        left -= length
        if left <= 0:
            return slope
    return 0.0


def _spans(row: _Placed, base: float, from_right: bool) -> Iterator[Span]:
    """A row cut where it jumps."""
    across = sorted(range(len(row.words)), key=lambda n: row.words[n][1])
    gaps = sorted(max(0.0, row.words[b][1] - row.words[a][2]) for a, b in itertools.pairwise(across))
    jump = max(_JUMP * row.size, _WIDER * gaps[(len(gaps) - 1) // 2] if len(gaps) > 3 else 0.0)
    piece: list[int] = []
    reach = 0.0
    for n in across:
        _, left, right = row.words[n]
        if piece and left - reach > jump + _blank(row.words[piece[-1]][0], row.words[n][0]) * row.size:
            yield _span(row, piece, base, from_right)
            piece = []
        reach = max(reach, right) if piece else right
        piece.append(n)
    if piece:
        yield _span(row, piece, base, from_right)


def _blank(one: Word, other: Word) -> float:
    """Sizes that punctuation between two Chinese words leaves blank; it may have been taken for Latin."""
    if _spaced(one.text, other.text):
        return 0.0
    return 0.5 * sum(not char.isalnum() for char in (one.text[-1], other.text[0]))


def _spaced(one: str, other: str) -> bool:
    """Whether words are parted by a space: not beside Chinese and its punctuation, be it taken for Latin."""
    ends = one[-1:] if one[-1].isalnum() else one[-2:]
    begins = other[:1] if other[0].isalnum() else other[:2]
    return not any(map(wide, ends + begins))


def _span(row: _Placed, piece: Sequence[int], base: float, from_right: bool) -> Span:
    left = min(row.words[n][1] for n in piece)
    right = max(row.words[n][2] for n in piece)
    start, end = (-right, -left) if from_right else (left, right)
    return Span(_said([row.words[n][0] for n in piece], from_right), start, end, base, row.size)


def _said(words: Sequence[Word], from_right: bool) -> str:
    """Words from left to right as a text; Chinese has no spaces."""
    pieces: list[str] = []
    before: Word | None = None
    for word in _from_left(words):
        if before and _spaced(before.text, word.text):
            pieces.append(" ")
        # What is not Arabic stands as the page shows it, the rest as it is read.
        if word.latin and not _COUNTRY.search(word.text):
            pieces += word.text
        else:
            pieces.append(word.text)
        before = word
    text = "".join(piece for _, piece in in_reading_order(pieces, from_right=from_right))
    return _COMMA.sub("،", text) if rightward(text) > 0 else _DOT.sub("•", text)


def _from_left(words: Sequence[Word]) -> Iterator[Word]:
    """Latin words, with those around a number whose plus stands left of it as one: all of them are read from the left."""
    for latin, some in itertools.groupby(words, key=lambda word: word.latin):
        group = list(some)
        plus = next((n for n, word in enumerate(group) if _COUNTRY.match(word.text)), None)
        if not latin or plus is None:
            yield from group
            continue
        while plus and any(char.isalpha() for char in group[plus - 1].text):
            plus -= 1
        yield from group[:plus]
        text = " ".join(word.text for word in group[plus:])
        yield group[plus]._replace(text=text, right=group[-1].right, sure=min(word.sure for word in group[plus:]))


def _closed(spans: Sequence[Span]) -> Iterator[Span]:
    """Spans of a line; those of different rows that nearly touch are one."""
    open_one: Span | None = None
    for span in spans:
        if open_one and span.start - open_one.end <= _JUMP / 2 * span.size:
            between = " " if _spaced(open_one.text, span.text) else ""
            open_one = Span(
                f"{open_one.text}{between}{span.text}",
                open_one.start,
                max(open_one.end, span.end),
                span.base,
                span.size,
            )
            continue
        if open_one:
            yield open_one
        open_one = span
    if open_one:
        yield open_one
