"""Lines of a page -> paragraphs, and tables where spans stand in columns, in reading order.

    Lines ─ columns of text, one after the other ──────┐
          ├ regions: lines whose spans line up ─▶ tables ┤
          └ the rest ────────────────────────────────────┴▶ Blocks

Lines that the page's width broke are joined: a line was broken where the first word of the next one would not have fitted
on it. What stands on a line is `pages`'; what a file holds is `pdf`'s.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from itudocs.reading.pages import Line, Span, wide

_MARKER = re.compile(r"[-–—•●▪◦*·§]|[(]?(?:\d{1,2}(?:\.\d{1,2}){0,3}|[a-zа-я]|[ivx]{1,4})[).]{0,2}")
_HANGING = 4.5  # sizes of type that words may stand behind their mark or number
_BULLET = re.compile(r"[-–—•●▪◦·]\s")
_HEAD = re.compile(r"([^\W\d_]{2,})[-\u2010]$")
_TAIL = re.compile(r"[^\W\d_A-ZÀ-ÞА-Я]{2,}")
_ENDED = re.compile(r"[.!?。！？؟][\"'”’»)]?$")
_LONG_CELL = 24  # characters: a line of so many may have been broken by its cell
_FEWEST_COLUMN_LINES = 6  # that a page set in columns has beside each other
_MOST_LINES = 300  # of a page, that are looked at for columns from any one
_LOOSE = 2.5  # sizes, from a line of a column to the next of another paragraph, at most
_MOST_BETWEEN = 12  # lines of other columns


class Paragraph(NamedTuple):
    """Words of a paragraph; the lines it stood on, first to last."""

    text: str
    first: Span
    last: Span
    lines: int = 1


class Table(NamedTuple):
    """Rows of cells of paragraphs."""

    rows: tuple[tuple[tuple[str, ...], ...], ...]


Block = Paragraph | Table


class Measure(NamedTuple):
    """What a page's lines have in common: where they end at most, and how far apart those of a paragraph are; how often
    each word stands in the file, in small letters."""

    edge: float
    pitch: float
    words: Mapping[str, int] = MappingProxyType({})


def measure(lines: Sequence[Line]) -> Measure:
    """The measure of lines of one page, or of all pages of a file."""
    spans = [line.spans[0] for line in lines if len(line.spans) == 1]
    long = [span.end for span in spans if len(span.text) >= 40] or [line.spans[-1].end for line in lines]
    gaps = sorted(
        (above.base - below.base) / max(below.size, 1.0)
        for above, below in _one_below_the_other(lines)
        if 0.8 * below.size < above.base - below.base < 3 * below.size and abs(above.size - below.size) < 1
    )
    pitch = gaps[len(gaps) // 4] if gaps else 1.2
    return Measure(max(long, default=0.0), min(max(pitch, 1.15), 2.2))


def _one_below_the_other(lines: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
    """Each line and the next that has words below its own: beside columns, lines of others may come between."""
    for n, above in enumerate(lines):
        for below in lines[n + 1 : n + 1 + _MOST_BETWEEN]:
            if _meet(above, below):
                yield above, below
                break


def _meet(one: Line, other: Line) -> bool:
    """Whether words of two lines stand above each other."""
    return any(a.start < b.end and b.start < a.end for a in one.spans for b in other.spans)


def blocks_of(lines: Sequence[Line], within: Measure) -> Iterator[Block]:
    """The blocks of one page."""
    lines = [_marked(line) for line in lines]
    at = 0
    waiting: list[Span] = []
    beside: _Beside | None = None
    while at < len(lines):
        if beside is None or at >= beside.end:
            beside = _columns_of_text(lines, at, within)
        if beside and at == beside.start:
            yield from joined(waiting, within)
            waiting = []
            yield from _in_turn(lines[at : beside.end], beside.columns, within)
            at = beside.end
            continue
        end, columns = _region(lines, at, beside.start if beside else len(lines))
        if end == at:
            waiting.append(_whole(lines[at]))
            at += 1
            continue
        region = lines[at:end]
        at = end
        listed = _as_list(region, columns)
        if listed is not None:
            waiting += listed
            continue
        yield from joined(waiting, within)
        waiting = []
        yield from _set(region, columns, within)
    yield from joined(waiting, within)


# -- paragraphs --------------------------------------------------------------------------------------------------------


def joined(spans: Iterable[Span], within: Measure) -> Iterator[Paragraph]:
    """Paragraphs from lines of one column."""
    open_one: Paragraph | None = None
    for span in spans:
        if open_one and follows(open_one.last, span, within):
            open_one = Paragraph(
                together(open_one.text, span.text, within.words), open_one.first, span, open_one.lines + 1
            )
            continue
        if open_one:
            yield open_one
        open_one = Paragraph(span.text, span, span)
    if open_one:
        yield open_one


def follows(above: Span, below: Span, within: Measure, *, new_page: bool = False) -> bool:
    """Whether a line goes on in the next one, which is on the same page or on top of a new one."""
    size = max(above.size, below.size, 1.0)
    if abs(above.size - below.size) > 0.12 * size or _BULLET.match(below.text) or _is_label(above.text):
        return False
    gap = above.base - below.base
    if not new_page and not 0 < gap <= 1.28 * within.pitch * size:
        return False
    if below.start - above.start > 3.5 * size and "\t" not in above.text:
        return False
    return not _fits(above, below, within.edge)


def _fits(above: Span, below: Span, edge: float) -> bool:
    """Whether the first word of the line below would have had room on the line above."""
    text = below.text
    first = text[0] if wide(text[0]) else re.split(r"[\s\u4e00-\u9fff]|(?<=[-/])", text, maxsplit=1)[0] or text[0]
    share = (below.end - below.start) / max(len(text), 1)
    needed = len(first) * share + (0 if wide(text[0]) else 0.25 * above.size)
    return above.end + needed < edge - 0.02 * above.size


def together(above: str, below: str, words: Mapping[str, int]) -> str:
    """Two lines of a paragraph as one."""
    if above[-1] == "\u00ad" or _divided(above, below, words):
        return above[:-1] + below
    if wide(above[-1]) or wide(below[0]):
        return above + below
    if above[-1] in "-\u2010\u2011/" and len(above) > 1 and not above[-2].isspace() and below[0].isalnum():
        return above + below
    return f"{above} {below}"


def _divided(above: str, below: str, words: Mapping[str, int]) -> bool:
    """Whether the hyphen at the end of a line divides a word: one that stands whole elsewhere, or else two halves of which
    neither stands elsewhere."""
    head, tail = _HEAD.search(above), _TAIL.match(below)
    if not (head and tail):
        return False
    one, other = head[1].casefold(), tail[0]
    if words.get(one + other):
        return True
    return words.get(one, 0) < 2 and words.get(other, 0) < 2


def _whole(line: Line) -> Span:
    """A line as one span, tabs between what stands apart on it."""
    if len(line.spans) == 1:
        return line.spans[0]
    text = "\t".join(span.text for span in line.spans)
    return Span(text, line.spans[0].start, line.spans[-1].end, line.base, line.spans[-1].size)


def _marked(line: Line) -> Line:
    """A line whose marks and numbers of lists stand with their words."""
    out: list[Span] = []
    for span in line.spans:
        if out and _MARKER.fullmatch(out[-1].text) and span.start - out[-1].start < _HANGING * span.size:
            out[-1] = Span(f"{out[-1].text}\t{span.text}", out[-1].start, span.end, span.base, span.size)
        else:
            out.append(span)
    return line if len(out) == len(line.spans) else line._replace(spans=tuple(out))


# -- columns of text ---------------------------------------------------------------------------------------------------


_Interval = tuple[float, float]


class _Beside(NamedTuple):
    """Lines from `start` to before `end` in columns of text, each of which is read to its end."""

    start: int
    end: int
    columns: list[_Interval]


def _columns_of_text(lines: Sequence[Line], start: int, within: Measure) -> _Beside | None:
    """The columns of text that the lines from `start` on show, until a line lies across them."""
    near = lines[start : start + _MOST_BETWEEN]
    if not any(len(line.spans) > 1 for line in near) and all(itertools.starmap(_meet, itertools.pairwise(near))):
        return None
    columns: list[_Interval] = []
    end = start
    for at in range(start, min(len(lines), start + _MOST_LINES)):
        wider = _with(columns, lines[at].spans)
        if wider is None or (at > start and _apart(lines[at - 1], lines[at])):
            break
        columns, end = wider, at + 1
    if len(columns) < 2 or end - start < _FEWEST_COLUMN_LINES:
        return None
    region = lines[start:end]
    first, last = _reach(region, columns, within)
    region = region[first:last]
    columns = _columns(region)
    if len(columns) < 2 or not all(_fills(column, within) for column in _by_column(region, columns)):
        return None
    return _Beside(start + first, start + last, columns)


def _apart(above: Line, below: Line) -> bool:
    """Whether lines are too far from each other for paragraphs that are one below the other."""
    return above.base - below.base > 3 * max(above.size, below.size)


def _by_column(region: Sequence[Line], columns: Sequence[_Interval]) -> list[list[Span]]:
    return [[span for span in column if span] for column in _cells(region, columns)]


def _fills(column: Sequence[Span], within: Measure) -> bool:
    """Whether lines are of text that fills its column."""
    if len(column) < _FEWEST_COLUMN_LINES or statistics.mean(len(span.text) for span in column) < 20:
        return False
    its = within._replace(edge=max(span.end for span in column))
    broken = sum(follows(above, below, its) for above, below in itertools.pairwise(column))
    return broken >= 0.5 * (len(column) - 1)


def _reach(region: Sequence[Line], columns: Sequence[_Interval], within: Measure) -> tuple[int, int]:
    """From which to before which line columns of text reach: from the first paragraph that its column broke to the last,
    and what stands with them. What else is above or below may be of the whole width."""
    first, last = len(region), -1
    cells = _cells(region, columns)
    for column, (_, edge) in zip(cells, columns, strict=True):
        its = within._replace(edge=edge)
        filled = [(n, span) for n, span in enumerate(column) if span]
        for (n, above), (m, below) in itertools.pairwise(filled):
            if follows(above, below, its):
                first, last = min(first, n), max(last, m)
    if last < 0:
        return 0, 0
    top, size = region[first].base, region[first].size
    while first and (
        region[first - 1].base - top < 0.95 * within.pitch * size  # columns may begin on different heights
        or (len(region[first - 1].spans) > 1 and region[first - 1].base - region[first].base < _LOOSE * size)
    ):
        first -= 1
    return first, _below(region, cells, columns, first, last, within)


def _below(
    region: Sequence[Line],
    cells: Sequence[Sequence[Span | None]],
    columns: Sequence[_Interval],
    first: int,
    last: int,
    within: Measure,
) -> int:
    """Before which line columns end whose broken paragraphs end with line `last`: behind lines that stand close below these,
    beside each other, or go on in the next column."""
    heads = [next((span for span in column[first : last + 1] if span), None) for column in cells]
    ends = [next((span for span in reversed(column[first : last + 1]) if span), None) for column in cells]
    for n in range(last + 1, len(region)):
        for span in region[n].spans:
            m = _column(columns, span)
            end, ahead = ends[m], heads[m + 1] if m + 1 < len(columns) else None
            tied = len(region[n].spans) > 1 or (ahead and _turns(span, ahead, columns[m], columns[m + 1], within))
            if not end or end.base - span.base > (_LOOSE if tied else 1.28 * within.pitch) * span.size:
                return n
            ends[m] = span
    return len(region)


def _turns(above: Span, below: Span, column: _Interval, following: _Interval, within: Measure) -> bool:
    """Whether the last line of a column goes on in the first of the next one; a sentence that ends may end a paragraph."""
    if _ENDED.search(above.text) and not below.text[0].islower():
        return False
    aside = following[0] - column[0]
    below = below._replace(start=below.start - aside, end=below.end - aside)
    return follows(above, below, within._replace(edge=column[1]), new_page=True)


def _in_turn(region: Sequence[Line], columns: Sequence[_Interval], within: Measure) -> Iterator[Paragraph]:
    """The paragraphs of one column after the other; one may run over columns."""
    open_one: Paragraph | None = None
    for n, column in enumerate(_by_column(region, columns)):
        for i, paragraph in enumerate(joined(column, within._replace(edge=columns[n][1]))):
            if open_one and not i and _turns(open_one.last, paragraph.first, columns[n - 1], columns[n], within):
                text = together(open_one.text, paragraph.text, within.words)
                open_one = Paragraph(text, open_one.first, paragraph.last, open_one.lines + paragraph.lines)
                continue
            if open_one:
                yield open_one
            open_one = paragraph
    if open_one:
        yield open_one


# -- regions -----------------------------------------------------------------------------------------------------------


def _region(lines: Sequence[Line], start: int, stop: int) -> tuple[int, list[_Interval]]:
    """The end of the lines from `start` to before `stop` whose spans line up in columns, and these; `start` where there
    are none."""
    if len(lines[start].spans) < 2 and not (start + 1 < stop and _beside(lines[start], lines[start + 1])):
        return start, []
    columns: list[_Interval] = []
    end = start
    for at in range(start, stop):
        line = lines[at]
        if at > start and lines[at - 1].base - line.base > 6 * line.size:
            break
        wider = _with(columns, line.spans)
        if wider is None or (len(wider) < 2 and at > start):
            break
        columns = wider
        # Lines of the first column alone may be the text below.
        if len(line.spans) > 1 or _column(columns, line.spans[0]) > 0 or (at > start and _beside(lines[at - 1], line)):
            end = at + 1
    return end, _columns(lines[start:end])


def _columns(lines: Iterable[Line]) -> list[_Interval]:
    """The columns of lines whose spans line up."""
    out: list[_Interval] = []
    for line in lines:
        out = _with(out, line.spans) or out
    return out


def _beside(above: Line, below: Line) -> bool:
    """Whether two lines are less than a line apart and in each other's gaps: in cells that are set in their middle."""
    size = max(above.size, below.size)
    return above.base - below.base < 0.85 * size and not _meet(above, below)


def _with(columns: list[_Interval], spans: Sequence[Span]) -> list[_Interval] | None:
    """The columns with more spans in them; `None` where a span lies across two of them, or two spans in one."""
    out = list(columns)
    for i, span in enumerate(spans):
        met = [n for n, (start, end) in enumerate(out) if span.start < end and start < span.end]
        if len(met) > 1:
            return None
        if met:
            start, end = out[met[0]]
            out[met[0]] = (min(start, span.start), max(end, span.end))
        else:
            out.append((span.start, span.end))
            out.sort()
        if i and _column(out, span) == _column(out, spans[i - 1]):
            return None
    for one, other in itertools.pairwise(out):
        if one[1] > other[0]:
            return None
    return out


def _column(columns: Sequence[_Interval], span: Span) -> int:
    return next((n for n, (start, end) in enumerate(columns) if span.start < end and start < span.end), 0)


def _as_list(region: Sequence[Line], columns: Sequence[_Interval]) -> list[Span] | None:
    """A single line that has a tab."""
    if len(region) == 1 and len(columns) == 2 and not _is_label(region[0].spans[0].text):
        return [_whole(region[0])]
    return None


def _is_label(text: str) -> bool:
    return text.endswith((":", "："))


def _set(region: Sequence[Line], columns: Sequence[_Interval], within: Measure) -> Iterator[Block]:
    """The blocks of a region: row by row, but columns that run on by themselves behind the others."""
    cells = _cells(region, columns)
    filled = [within._replace(edge=end) for _, end in columns]
    # A cell reaches as far as its longest line; one that has none, to where the next column begins.
    size = region[0].size
    reaches = [start - 0.4 * size for start, _ in columns[1:]] + [max(within.edge, columns[-1][1] + 4 * size)]
    measures = [
        its
        if any(span and len(span.text) >= _LONG_CELL for span in column)
        else its._replace(edge=max(reach, its.edge))
        for column, reach, its in zip(cells, reaches, filled, strict=True)
    ]
    apart = [n for n in range(1, len(columns)) if _independent(cells, n, measures[n])]
    tied = [n for n in range(len(columns)) if n not in apart]
    if apart and (cut := _end_beside([cells[n] for n in apart], region)) < len(region):
        for part in (region[:cut], region[cut:]):
            yield from _set(part, _columns(part), within)
        return
    if len(tied) > 1:
        yield Table(tuple(_table([cells[n] for n in tied], [measures[n] for n in tied])))
    else:
        yield from joined((span for span in cells[0] if span), measures[0])
    for n in apart:
        yield from joined((span for span in cells[n] if span), measures[n])


def _cells(region: Sequence[Line], columns: Sequence[_Interval]) -> list[list[Span | None]]:
    """What each column has on each line."""
    cells: list[list[Span | None]] = [[None] * len(region) for _ in columns]
    for n, line in enumerate(region):
        for span in line.spans:
            cells[_column(columns, span)][n] = span
    return cells


def _end_beside(cells: Sequence[Sequence[Span | None]], region: Sequence[Line]) -> int:
    """Where a region ends that stands beside columns of their own: at the first gap below these."""
    last = max(n for column in cells for n, span in enumerate(column) if span)
    for n in range(last + 1, len(region)):
        if region[n - 1].base - region[n].base > 2.5 * region[n].size:
            return n
    return len(region)


def _independent(cells: Sequence[Sequence[Span | None]], n: int, its: Measure) -> bool:
    """Whether a column runs on beside the rows of the first: addressees beside reference, telephone and fax."""
    first, column = cells[0], cells[n]
    labels = [span for span in first if span and _is_label(span.text)]
    filled = [span for span in first if span]
    if n > 1 and labels and 2 * len(labels) >= len(filled):
        return not any(span and _is_label(span.text) and len(span.text) < 20 for span in column[:1])
    above: Span | None = None
    for label, span in zip(first, column, strict=True):
        if span and above and label and n > 1 and follows(above, span, its):
            return True
        above = span or above
    return False


class _Stretch(NamedTuple):
    """A paragraph of a cell, its column, and from where to where it stands, downwards."""

    text: str
    column: int
    top: float
    bottom: float


def _table(
    cells: Sequence[Sequence[Span | None]], measures: Sequence[Measure]
) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Rows of a table: what stands side by side, however many lines it has."""
    stretches = sorted(
        (
            _Stretch(
                block.text, n, -block.first.base - 0.7 * block.first.size, -block.last.base + 0.1 * block.last.size
            )
            for n, (column, its) in enumerate(zip(cells, measures, strict=True))
            for block in joined((span for span in column if span), its)
        ),
        key=lambda stretch: stretch.top,
    )
    row: list[list[str]] = []
    bottom = -1e9
    for stretch in stretches:
        if not row or stretch.top > bottom - 0.15 * (stretch.bottom - stretch.top):
            if row:
                yield tuple(map(tuple, row))
            row = [[] for _ in cells]
        row[stretch.column].append(stretch.text)
        bottom = max(bottom, stretch.bottom)
    if row:
        yield tuple(map(tuple, row))
