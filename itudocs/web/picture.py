"""Where the letters of a neighbourhood lie in its picture, and the picture as SVG.

Columns are years, oldest first; letters whose year is not known, most of which the archive lacks, come before them. A
line leads from the letter that does something to the one to which it is done. Nothing here knows what letters are.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice

from itudocs.model import Record

WIDTH, HEIGHT = 176, 48
"""Of a box, in pixels."""
GAP_X, GAP_Y, MARGIN, HEAD = 104, 16, 16, 32
WIDEST = 112
"""How far a line within a column swings out: the farther it leads, up to about the gap beside it."""
TALLEST = 9
"""Boxes in a column; a year with more has several columns."""
FITS = 22
"""Characters of Latin that a line of a box holds."""


class Box(Record, frozen=True, kw_only=True):
    """A letter to be drawn. `title` is shown where the pointer rests."""

    id: str
    name: str
    title: str
    date: dt.date | None
    held: bool
    middle: bool


class Placed(Record, frozen=True, kw_only=True):
    """A letter in the picture: its left upper corner, its name as far as it fits, and whether that is all of it."""

    x: int
    y: int
    box: Box
    label: str


class Line(Record, frozen=True, kw_only=True):
    """An edge in the picture: `path` is SVG's; `x` and `y` are where its `kind` is written.

    It passes behind the boxes on its way, and shines through them, lest it seem to end there.
    """

    source: str
    target: str
    kind: str
    path: str
    x: int
    y: int


class Column(Record, frozen=True, kw_only=True):
    """The head of a column: a year, or nothing where none is known."""

    x: int
    year: int | None


class Picture(Record, frozen=True, kw_only=True):
    """Everything in its place, in pixels."""

    width: int
    height: int
    columns: tuple[Column, ...]
    boxes: tuple[Placed, ...]
    lines: tuple[Line, ...]


def picture(boxes: Sequence[Box], edges: Iterable[tuple[str, str, str]]) -> Picture:
    """Give boxes and edges (source, target, kind) their places. The order of the boxes does not count."""
    columns = _columns(boxes)
    tallest = max((len(some) for _, some in columns), default=0)
    height = HEAD + tallest * (HEIGHT + GAP_Y) + MARGIN
    placed: dict[str, Placed] = {}
    at: dict[str, int] = {}
    heads = []
    for n, (year, some) in enumerate(columns):
        x = MARGIN + n * (WIDTH + GAP_X)
        heads.append(Column(x=x, year=year))
        top = HEAD + (tallest - len(some)) * (HEIGHT + GAP_Y) // 2
        for k, box in enumerate(some):
            placed[box.id] = Placed(x=x, y=top + k * (HEIGHT + GAP_Y), box=box, label=fitting(box.name))
            at[box.id] = n
    lines = tuple(
        _line(placed[source], placed[target], at[source] - at[target], kind, n)
        for n, (source, target, kind) in enumerate(edges)
        if source != target and source in placed and target in placed
    )
    width = MARGIN * 2 + len(columns) * (WIDTH + GAP_X) - (0 if _within_last(lines, at, len(columns) - 1) else GAP_X)
    return Picture(
        width=max(width, WIDTH), height=height, columns=tuple(heads), boxes=tuple(placed.values()), lines=lines
    )


def fitting(text: str, *, room: int = FITS) -> str:
    """As much of a text as a line holds; wide characters take the room of two."""
    used = 0
    for n, character in enumerate(text):
        used += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used > room:
            return text[: max(0, n - 1)].rstrip() + "…"
    return text


def _columns(boxes: Iterable[Box]) -> list[tuple[int | None, list[Box]]]:
    """Years and what lies in them, by date; of the year in the middle the letter in the middle of its column."""
    years: dict[int, list[Box]] = {}
    for box in sorted(boxes, key=lambda one: (one.date or dt.date.min, one.id)):
        years.setdefault(box.date.year if box.date else 0, []).append(box)
    columns: list[tuple[int | None, list[Box]]] = []
    for year in sorted(years):
        rest = iter(years[year])
        while some := list(islice(rest, TALLEST)):
            columns.append((year or None, some))
    return columns


def _line(source: Placed, target: Placed, ahead: int, kind: str, n: int) -> Line:
    """From a side of the source to a side of the target: the sides that face one another, in one column the right ones.

    Where many lines meet they end a few pixels apart.
    """
    apart = (n % 5 - 2) * 4
    y1, y2 = source.y + HEIGHT // 2 + apart, target.y + HEIGHT // 2 + apart
    if ahead > 0:
        x1, x2 = source.x, target.x + WIDTH
        c1, c2 = x1 - GAP_X * 2 // 3, x2 + GAP_X * 2 // 3
    elif ahead < 0:
        x1, x2 = source.x + WIDTH, target.x
        c1, c2 = x1 + GAP_X * 2 // 3, x2 - GAP_X * 2 // 3
    else:
        x1 = x2 = source.x + WIDTH
        c1 = c2 = x1 + 8 + min(WIDEST, 34 * abs(source.y - target.y) // (HEIGHT + GAP_Y))
    middle = (x1 + 3 * c1 + 3 * c2 + x2) // 8, (y1 * 4 + y2 * 4) // 8
    return Line(
        source=source.box.id, target=target.box.id, kind=kind, path=f"M{x1} {y1}C{c1} {y1} {c2} {y2} {x2} {y2}",
        x=middle[0], y=middle[1],
    )  # fmt: skip


def _within_last(lines: Iterable[Line], at: dict[str, int], last: int) -> bool:
    """Whether a line needs room to the right of the last column."""
    return any(at[line.source] == at[line.target] == last for line in lines)


def standalone(drawn: Picture, title: str) -> str:
    """The picture as an SVG file."""
    from itudocs.web.render import environment

    return environment().get_template("picture.svg").render(picture=drawn, title=title, standalone=True)
