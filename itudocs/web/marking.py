"""A letter's text with its evidence: cut at every boundary, each piece with the values whose words it bears.

Values lie within one another and cross one another; a piece lies in all of them or none. What is shown is bounded,
whatever the letter: so many characters, so many marks, so many marks at one place, and what is left out is counted.
`pages.letter` decides what is marked; the markup of pieces is made here too, since templates are slow at thousands of them.
"""

from __future__ import annotations

import heapq
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from markupsafe import Markup, escape

from itudocs.model import Place, Record, Zone, ZoneKind

LONGEST = 200_000
"""Characters of a letter's text that are shown."""
MOST = 3_000
"""Marks that are shown."""
DEEPEST = 12
"""Marks that may lie on the same character."""
BREAKS = 2_000
"""Ends of zones and pages that are shown; turned characters likewise: at the next one the text is cut."""

TURNED = {"\u202d": "LRO", "\u202e": "RLO"}
"""Characters that override the direction of all text behind them: shown by name, and not obeyed."""
_TURNED = re.compile("[\u202d\u202e]+")


class Mark(Record, frozen=True, kw_only=True):
    """Characters of the text that belong to something of a name: a value's number, or `i` and an issue's."""

    name: str
    start: int
    end: int


class Piece(Record, frozen=True, kw_only=True):
    """Characters that lie in the same marks throughout, one zone and one page.

    Attributes:
        start: where it begins; it ends where the next one begins.
        text: the characters as they are.
        marks: the names of the marks it lies in, the outermost first.
        begins: those of them that have no piece before this one.
        turned: whether it consists of characters that override the direction of text.
        fixed: whether it stands in a table, whose columns only letters of one width keep.
        zone, page: the zone and the page that begin with it, if any do.
    """

    start: int
    text: str
    marks: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    turned: bool = False
    fixed: bool = False
    zone: ZoneKind | None = None
    page: int | None = None


class Marked(Record, frozen=True, kw_only=True):
    """A text in pieces.

    Attributes:
        pieces: joined, their characters are the text up to `shown`.
        shown, length: characters that are here, and that the text has.
        unmarked: marks that are left out: too many, too deep, or behind the end of what is shown.
        marked: the names of marks that some piece bears.
    """

    pieces: tuple[Piece, ...]
    shown: int
    length: int
    unmarked: int
    marked: frozenset[str]

    @property
    def cut(self) -> bool:
        """Whether some of the text is left out."""
        return self.shown < self.length


def cut(
    text: str,
    marks: Iterable[Mark],
    *,
    zones: Sequence[Zone] = (),
    places: Sequence[Place] = (),
    longest: int = LONGEST,
) -> Marked:
    """A text in pieces, with as many marks as can be shown."""
    shown = _end(text, longest)
    turned = [found.span() for found in _TURNED.finditer(text, 0, shown)]
    wanted = sorted(marks, key=lambda mark: (mark.start, -mark.end))
    kept = _kept([mark for mark in wanted if 0 <= mark.start < mark.end and mark.start < shown])
    zone_at = {zone.start: zone.kind for zone in zones[:BREAKS] if zone.start < zone.end and zone.start < shown}
    page_at = _pages(places, shown)
    tables = _tables(text[:shown])
    edges = sorted(
        {0, shown, *zone_at, *page_at, *(edge for span in tables for edge in span)}
        | {edge for mark in kept for edge in (mark.start, min(mark.end, shown))}
        | {edge for span in turned for edge in span}
    )
    pieces = []
    ends = [end for _, end in tables]
    begun = 0
    lying: list[Mark] = []
    known: set[str] = set()
    for start, end in pairwise(edges):
        lying = [mark for mark in lying if mark.end > start]
        fresh: list[str] = []
        while begun < len(kept) and kept[begun].start == start:
            lying.append(kept[begun])
            if kept[begun].name not in known:
                fresh.append(kept[begun].name)
                known.add(kept[begun].name)
            begun += 1
        pieces.append(
            Piece(
                start=start, text=text[start:end], marks=tuple(mark.name for mark in lying),
                begins=tuple(fresh), turned=text[start] in TURNED,
                fixed=(k := bisect_right(ends, start)) < len(tables) and tables[k][0] <= start,
                zone=zone_at.get(start), page=page_at.get(start),
            )
        )  # fmt: skip
    return Marked(
        pieces=tuple(pieces), shown=shown, length=len(text), unmarked=len(wanted) - len(kept),
        marked=frozenset(mark.name for mark in kept),
    )  # fmt: skip


def _end(text: str, longest: int) -> int:
    """Where the text is cut: at its end, else behind a line or a word near the limit."""
    end = len(text)
    if end > longest:
        near = max(longest - 2_000, longest // 2)
        at = max(text.rfind("\n", near, longest), 0) or max(text.rfind(" ", near, longest), 0)
        end = at + 1 if at else longest
    for n, found in enumerate(_TURNED.finditer(text, 0, end)):
        if n == BREAKS:
            return found.start()
    return end


def _kept(marks: Sequence[Mark]) -> list[Mark]:
    """The first marks in the order of the text, without those that would lie too deep."""
    kept: list[Mark] = []
    ends: list[int] = []
    for mark in marks:
        while ends and ends[0] <= mark.start:
            heapq.heappop(ends)
        if len(ends) < DEEPEST:
            heapq.heappush(ends, mark.end)
            kept.append(mark)
            if len(kept) == MOST:
                break
    return kept


_COLUMNS = re.compile(r"\S(?: {3,}|\t+)\S.*?\S(?: {3,}|\t+)\S|^ *\|.* {3}.*\|\s*$")
"""A line of a table that was set with spaces: words that stand far apart twice, or between bars."""


def _tables(text: str) -> list[tuple[int, int]]:
    """Where lines with columns stand, two and more in a row; lines with nothing but white space between them count."""
    found: list[tuple[int, int]] = []
    start = end = lines = at = 0
    for row in text.split("\n")[: 4 * BREAKS]:
        if len(row) < 400 and _COLUMNS.search(row):
            if not lines:
                start = at
            lines += 1
            end = at + len(row)
        elif row.strip():
            if lines > 1:
                found.append((start, end))
            lines = 0
        at += len(row) + 1
    return [*found, (start, end)] if lines > 1 else found


def _pages(places: Sequence[Place], shown: int) -> dict[int, int]:
    """Where pages begin, but for the first."""
    found: dict[int, int] = {}
    last = None
    for place in places:
        if place.start >= shown or len(found) >= BREAKS:
            break
        if place.page is not None and place.page != last:
            if last is not None:
                found[place.start] = place.page
            last = place.page
    return found


# -- markup ------------------------------------------------------------------------------------------------------------


def lettered(marked: Marked) -> Markup:
    """The pieces as HTML.

    An element around all of a mark has the id `e` and its name, so that a link can point at it; what marks share stands in
    the innermost. Every piece tells where it begins (`data-s`) and its marks (`data-e`), and leads to its innermost
    value (`#v` and its name). Zones are elements around all else. Elements that cross are closed and opened again.
    """
    out: list[str] = []
    opened: list[str] = []
    zoned = False
    for piece in marked.pieces:
        if piece.zone is not None:
            out += ["</span>"] * len(opened)
            opened = []
            out.append(f'{"</span>" if zoned else ""}<span class="zone" data-zone="{piece.zone}">')
            zoned = True
        same = next((k for k, (a, b) in enumerate(zip(opened, piece.marks, strict=False)) if a != b), None)
        same = min(len(opened), len(piece.marks)) if same is None else same
        out += ["</span>"] * (len(opened) - same)
        if piece.page is not None:
            out.append(f'<span class="page-mark" data-page="{piece.page}"></span>')
        for name in piece.marks[same:]:
            label = f' id="e{name}"' if name in piece.begins else ""
            out.append(f'<span class="mark{" odd" if name.startswith("i") else ""}"{label}>')
        opened = list(piece.marks)
        out.append(_piece(piece))
    out += ["</span>"] * (len(opened) + zoned)
    return Markup("".join(out))  # noqa: S704 (what is not of this module is escaped)


def _piece(piece: Piece) -> str:
    at = f'data-s="{piece.start}"'
    if piece.marks:
        at += f' data-e="{" ".join(piece.marks)}"'
    if piece.fixed:
        at += ' class="fixed"'
    if piece.turned:
        names = " ".join(TURNED[character] for character in piece.text[:8])
        more = f" and {len(piece.text) - 8} more" if len(piece.text) > 8 else ""
        return f'<span {at} class="turned" data-sign="{names}{more}"></span>'
    text = escape(piece.text)
    if piece.marks and piece.text.strip():
        return f'<a {at} href="#v{piece.marks[-1]}" draggable="false">{text}</a>'
    return f"<span {at}>{text}</span>"
