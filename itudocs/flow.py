"""Source -> Flow: the letter's own words in reading order, without what the page, the printer and the host added.

Finds copies of the same page (sharing sites print a digest and then the page), drops footers, page marks, print marks and
site chrome, and puts the cells of pipe tables in reading order. What is left is a `Flow`: a text that remembers, for each
character, where it stood. Zoning and extraction work on flows; their spans lead back to the source.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple

from itudocs.lexicon import expand, furniture
from itudocs.lexicon.folding import spaced
from itudocs.lexicon.scanning import Scanner

Span = tuple[int, int]


class Piece(NamedTuple):
    """`length` characters that stand at `at` in the flow and at `start` in the source's text."""

    at: int
    start: int
    length: int


class Flow:
    """A reading order over a source's text.

    Attributes:
        text: the flow's own text, as printed.
        view: the same, folded: what patterns run on.
        pieces: where its characters stood; between two pieces stands one newline that is nowhere in the source.
        dropped: spans of the source that are furniture.
    """

    def __init__(self, source: str, view: str, spans: Sequence[Span], dropped: Sequence[Span]) -> None:
        """`view` is the source's text, folded."""
        pieces: list[Piece] = []
        parts: list[str] = []
        folded: list[str] = []
        at = 0
        for start, end in spans:
            if end > start:
                pieces.append(Piece(at, start, end - start))
                parts.append(source[start:end])
                folded.append(view[start:end])
                at += end - start + 1
        self.source = source
        self.text = "\n".join(parts)
        self.view = spaced("\n".join(folded))
        self.pieces = pieces
        self.dropped = tuple(dropped)
        self._starts = [p.at for p in pieces]

    def spans(self, start: int, end: int) -> list[Span]:
        """The source spans of flow characters `start:end`, trimmed of white space; empty where there are none."""
        out: list[Span] = []
        source, pieces = self.source, self.pieces
        i = bisect_right(self._starts, start) - 1
        if i < 0:
            i = 0
        while i < len(pieces):
            at, begin, length = pieces[i]
            if at >= end:
                break
            a = begin + start - at if start > at else begin
            b = begin + (length if length < end - at else end - at)
            while a < b and source[a].isspace():
                a += 1
            while b > a and source[b - 1].isspace():
                b -= 1
            if b > a:
                out.append((a, b))
            i += 1
        return out


@cache
def _union(section: str, key: str) -> Scanner:
    return Scanner("|".join(f"(?:{expand(p)})" for p in furniture()[section][key]))


@cache
def _chrome_lines() -> tuple[Scanner, Scanner]:
    """Lines of hosting sites: those that are certain words, and those that hold some anywhere (`.*...*`)."""
    lines = furniture()["chrome"]["breaks"]
    anywhere = [p[2:-2] for p in lines if p.startswith(".*") and p.endswith(".*")]
    whole = [p for p in lines if not (p.startswith(".*") and p.endswith(".*"))]
    return Scanner("|".join(f"(?:{p})" for p in whole), often=1.0), Scanner("|".join(anywhere) or "(?!)")


_STRONG_CHROME = re.compile(
    r"Embed Size|Citation preview|TRANSCRIPT|Transcript of|Click here to load|Total Page|File Type|You might also like"
    r"|^Page 1: |Upload: ?|БЕСПЛАТНЫХ"
)
_HEAD_LINE = re.compile(r"Page (\d{1,3}): ?\S.*")
_LINE = re.compile(r"[^\n]+")


def copies(view: str) -> tuple[list[Span], list[Span]]:
    """Stretches of a page that may each hold the letter, and the spans of site chrome between them.

    A stretch ends where a run of lines of a hosting site begins; a page caption (`Page 1: TITLE`) begins a new one, and
    captions of later pages are chrome. A page without chrome is one stretch.
    """
    lines = [m.span() for m in _LINE.finditer(view)]
    whole, anywhere = _chrome_lines()
    words = anywhere.search(view) is not None  # most pages have none of them: no line need be asked
    chrome: list[Span] = []
    breaks: list[Span] = []
    run: list[Span] = []
    strong = False
    titles: set[str] = set()

    def flush() -> None:
        nonlocal run, strong
        # two lines of a site's own words below the middle of a page are its end, even without a word that only sites use
        if run and (strong or (len(run) > 1 and run[0][0] > len(view) * 0.5)):
            chrome.extend(run)
            breaks.append((run[0][0], run[-1][1]))
        run, strong = [], False

    for start, end in lines:
        line = view[start:end].strip()
        if not line:
            continue
        head = _HEAD_LINE.fullmatch(line)
        if head:
            if head[1] == "1":
                run.append((start, end))
                strong = True
            else:
                flush()
                chrome.append((start, end))
            continue
        if (
            whole.fullmatch(line)
            or (words and anywhere.search(line))
            or (run and strong and (line.isdigit() or line in titles))
        ):
            run.append((start, end))
            strong = strong or bool(_STRONG_CHROME.search(line))
            continue
        if run and not strong and len(line) < 40 and not breaks:
            run = []
            continue
        if len(line) < 200:
            titles.add(line)
        flush()
    flush()
    for match in _union("chrome", "quotes").finditer(view):
        breaks.append(match.span())
        chrome.append(match.span())
    breaks.sort()
    stretches: list[Span] = []
    at = 0
    for start, end in breaks:
        if view[at:start].strip():
            stretches.append((at, start))
        at = max(at, end)
    if view[at:].strip() or not stretches:
        stretches.append((at, len(view)))
    return [(a, _page_end(view, a, b)) for a, b in stretches], chrome


def _page_end(view: str, start: int, end: int) -> int:
    """Where a stretch stops because the site's own words follow, be they on lines of their own or run on."""
    tail = _union("chrome", "tails").search(view, start + (end - start) * 2 // 5, end)
    if tail and end - tail.start() < max(500, (end - start) // 3) and view[start : tail.start()].strip():
        return tail.start()
    return end


def flow(source: str, view: str, stretch: Span, chrome: Iterable[Span] = ()) -> Flow:
    """The flow of one stretch of a source's text."""
    start, end = stretch
    dropped = _furniture(view, start, end) + [c for c in chrome if c[0] < end and c[1] > start]
    dropped = _merged(dropped)
    spans: list[Span] = []
    at = start
    for a, b in dropped:
        if a > at:
            spans.append((at, min(a, end)))
        at = max(at, b)
    if at < end:
        spans.append((at, end))
    if _double_spaced(view, start, end):
        spans = [m.span() for a, b in spans for m in _LINE.finditer(view, a, b) if m[0].strip()]
    else:
        spans = [piece for a, b in spans for piece in _unindented(view, a, b)]
    if view.count("|", start, end) >= 6:
        spans = _reading_order(view, spans)
    return Flow(source, view, spans, dropped)


_SEPARATORS = re.compile(r"[\s,;•·|/*-]{0,8}")
_PAGE_COUNT = re.compile(r"\s*+(?:-? ?\d{1,3} ?-?)[ ]*(?=\n)")


def _furniture(view: str, start: int, end: int) -> list[Span]:
    """Footers, print marks and page marks between `start` and `end`."""
    out: list[Span] = []
    count = _PAGE_COUNT.match(view, start, end)
    if count:
        out.append(count.span())
    out.extend(m.span() for m in _union("pages", "marks").finditer(view, start, end))
    pieces = [(m.start(), m.end(), True) for m in _union("footer", "strong").finditer(view, start, end)]
    prints = [m.span() for m in _union("print", "patterns").finditer(view, start, end)]
    out += prints
    if not pieces:
        return out
    pieces += [(m.start(), m.end(), False) for m in _union("footer", "weak").finditer(view, start, end)]
    pieces += [(a, b, False) for a, b in prints]
    pieces.sort(key=lambda p: (p[0], -p[1]))
    run: list[tuple[int, int, bool]] = []
    for piece in [*pieces, (end + 99, end + 99, False)]:
        if run and (piece[0] > end or not _SEPARATORS.fullmatch(view, run[-1][1], max(run[-1][1], piece[0]))):
            if sum(p[2] for p in run) >= 1 and len(run) >= 2:
                out.append((run[0][0], run[-1][1]))
            run = []
        if run and piece[0] < run[-1][1]:
            run.append((piece[0], max(piece[1], run[-1][1]), piece[2]))
        else:
            run.append(piece)
    return out


def _merged(spans: list[Span]) -> list[Span]:
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def _double_spaced(view: str, start: int, end: int) -> bool:
    """Whether an empty line stands between any two lines, sentences running on across them: no line break means anything."""
    most = view.count("\n", start, end) + 1
    close = sum(1 for _ in islice(_CLOSE_LINES.finditer(view, start, end), most // 10 + 1))
    if most < 10 or close > most // 10:
        return False
    lines = [m[0] for m in _LINE.finditer(view, start, end) if m[0].strip()]
    if len(lines) < 10:
        return False
    running = sum(line.lstrip()[:1].islower() for line in lines)
    return close <= len(lines) // 10 and running >= len(lines) // 5


def _unindented(view: str, start: int, end: int) -> Iterator[Span]:
    """Without what indents lines or fills them up: a phrase goes on over a line break, not over many white spaces."""
    at = start
    line = view.find("\n", start, end)
    while line >= 0:
        before, after = line, line + 1
        while before > at and view[before - 1] == " ":
            before -= 1
        while after < end and view[after] == " ":
            after += 1
        if before > at and after < end and view[after] != "\n" and max(line - before, after - line - 1) > 2:
            yield at, before
            at = after
        line = view.find("\n", after, end)
    if end > at:
        yield at, end


_CLOSE_LINES = re.compile(r"\S[ ]*\n(?=[ ]*\S)")
_CELL = re.compile(r"[^|\n]+")
_FILLED = re.compile(r"[^|\s](?:[^|\n]*[^|\s])?")


def _reading_order(view: str, spans: list[Span]) -> list[Span]:
    """Cells of a table drawn with bars, in reading order: labels and values row by row, then the third column.

    Rows of three cells or more form a block; their last column runs on by itself (guide 4.2, 2).
    """
    out: list[Span] = []
    left: list[Span] = []
    right: list[Span] = []

    def flush() -> None:
        out.extend(left)
        out.extend(right)
        left.clear()
        right.clear()

    for start, end in spans:
        for match in _LINE.finditer(view, start, end):
            a, b = match.span()
            line = view[a:b]
            if "|" not in line:
                if not line.strip():
                    continue
                flush()
                out.append((a, b))
                continue
            bars = line.count("|")
            cells = [c.span() for c in _CELL.finditer(view, a, b)]
            if line.lstrip().startswith("|") and bars >= 4:
                left.extend(cells[:-1] if line.rstrip().endswith("|") else cells)
                if cells and line.rstrip().endswith("|"):
                    right.append(cells[-1])
            else:
                flush()
                out.extend(cells)
    flush()
    return [filled.span() for a, b in out if (filled := _FILLED.search(view, a, b))]
