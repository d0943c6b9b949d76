"""Series: every series of letters that itudocs knows, what the archive has of it and what it lacks.

Numbers, holes and misfits are `itudocs.archive.gaps`'s, letters the graph's; what a gap means is told in docs/graph.md.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Annotated, Literal

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.params import PathParameter, QueryParameter

from itudocs.archive.gaps import Absent, Conflict, Gaps, Hole, Misdated
from itudocs.archive.graph import Graph, Work
from itudocs.errors import NotInArchive
from itudocs.lexicon import LANGUAGES
from itudocs.lexicon import Series as Known
from itudocs.lexicon import series as all_series
from itudocs.lexicon.identities import Identity, identity
from itudocs.model import Language, Record
from itudocs.web.asked import NoSuchPage
from itudocs.web.handed import TheAside, TheSettings
from itudocs.web.render import render

PAGE = 1_000
"""Cells of the strips that a page shows."""
LISTED = 200
"""Findings of a kind that a page lists."""

CellState = Literal["held", "missing", "cited"]


class InLanguage(Record, frozen=True, kw_only=True):
    """A language, and the letters in it."""

    language: Language | None
    letters: int


class SeriesRow(Record, frozen=True, kw_only=True):
    """A series as a whole.

    Attributes:
        slug: its name in addresses and identities; `name` as people write it.
        works: letters as works; `letters` counts each language and printing.
        first, last: dates of the earliest and the latest letter whose date fits its number.
        missing: numbers that no letter bears; `cited` are letters that others cite and the archive lacks.
        misdated, conflicts: letters whose date or number cannot be; ids whose letters do not agree.
        languages: letters a language, in the order English, French, Spanish, Russian, Arabic, Chinese.
    """

    slug: str
    name: str
    bureau: str | None
    works: int
    letters: int
    first: dt.date | None
    last: dt.date | None
    missing: int
    cited: int
    misdated: int
    conflicts: int
    languages: tuple[InLanguage, ...]


class AllSeriesPage(Record, frozen=True, kw_only=True):
    """Every series of the lexicon, those without letters included; `unnumbered` are letters of no series."""

    series: tuple[SeriesRow, ...]
    unnumbered: int


class Cell(Record, frozen=True, kw_only=True):
    """A number of a run, or several that are missing one behind the other.

    `held`: the archive has the letter `id`. `cited`: it has not, and others cite it. `missing`: nothing is known of it.
    """

    state: CellState
    first: int
    last: int
    id: str | None = None
    date: dt.date | None = None
    languages: int = 0
    supplements: int = 0
    misdated: bool = False


class Strip(Record, frozen=True, kw_only=True):
    """The numbers of a run: a study period, a year, or all there is. `run` has `*` in place of the number.

    `held`, `missing` and `cited` count the whole run, `cells` may be a part of it, where a page ends in it.
    """

    run: str
    held: int
    missing: int
    cited: int
    cells: tuple[Cell, ...]


class SeriesPage(Record, frozen=True, kw_only=True):
    """One series.

    Attributes:
        strips: its runs, the newest first, as many as a page holds, of `pages`.
        others: letters of the series whose number is not known, or that are not numbered.
        absent, holes, misdated, conflicts: what the archive lacks or doubts, at most 200 of each; `gaps` has them all
            (`itudocs gaps SLUG`, `Archive.gaps`); `counts` says how many there are of each.
    """

    row: SeriesRow
    strips: tuple[Strip, ...]
    page: int
    pages: int
    others: tuple[Work, ...]
    absent: tuple[Absent, ...]
    holes: tuple[Hole, ...]
    misdated: tuple[Misdated, ...]
    conflicts: tuple[Conflict, ...]
    counts: dict[str, int]


def all_series_page(graph: Graph, gaps: Gaps) -> AllSeriesPage:
    """All series, in the order of the lexicon."""
    held = _held(graph)
    rows = tuple(_row(one, held.get(one.slug, []), gaps.of(one.slug)) for one in all_series())
    known = {row.slug for row in rows}
    return AllSeriesPage(
        series=rows, unnumbered=sum(len(w.versions) for s, some in held.items() if s not in known for w in some)
    )


def series_page(graph: Graph, gaps: Gaps, slug: str, *, page: int = 1) -> SeriesPage:
    """A series and its gaps.

    Raises:
        NotInArchive: there is no such series.
        NoSuchPage: it has not so many pages.
    """
    known = next((one for one in all_series() if one.slug == slug), None)
    if known is None:
        raise NotInArchive(f"There is no series {slug!r}. Series are {', '.join(s.slug for s in all_series())}.")
    works = _held(graph).get(slug, [])
    own = gaps.of(slug)
    numbered = [(parts, work) for work in works if (parts := identity(work.id))]
    strips = _strips(
        numbered, own, {work.id for work in graph.works if not work.held and work.id.startswith(f"{slug}/")}
    )
    pages = max(1, -(-sum(len(strip.cells) for strip in strips) // PAGE))
    if not 1 <= page <= pages:
        raise NoSuchPage(page, pages)
    return SeriesPage(
        row=_row(known, works, own), strips=tuple(_cut(strips, page)), page=page, pages=pages,
        others=tuple(work for work in works if identity(work.id) is None)[:LISTED],
        absent=own.absent[:LISTED], holes=own.holes[:LISTED], misdated=own.misdated[:LISTED],
        conflicts=own.conflicts[:LISTED],
        counts={
            "others": sum(identity(work.id) is None for work in works), "absent": len(own.absent), "holes": len(own.holes),
            "misdated": len(own.misdated), "conflicts": len(own.conflicts),
        },
    )  # fmt: skip


# -- counting ------------------------------------------------------------------------------------------------------------


def _held(graph: Graph) -> dict[str | None, list[Work]]:
    """The works that the archive has, by series."""
    found: dict[str | None, list[Work]] = {}
    for work in graph.works:
        if work.held:
            found.setdefault(work.series, []).append(work)
    return found


def _row(known: Known, works: list[Work], gaps: Gaps) -> SeriesRow:
    doubted = {one.id for one in gaps.misdated}
    days = [work.date for work in works if work.date and work.id not in doubted]
    spoken = Counter(version.language for work in works for version in work.versions)
    order: tuple[Language | None, ...] = (*LANGUAGES, None)
    return SeriesRow(
        slug=known.slug, name=known.name, bureau=known.bureau, works=len(works), letters=sum(spoken.values()),
        first=min(days, default=None), last=max(days, default=None), missing=sum(hole.count for hole in gaps.holes),
        cited=len(gaps.absent), misdated=len(gaps.misdated), conflicts=len(gaps.conflicts),
        languages=tuple(InLanguage(language=one, letters=spoken[one]) for one in order if spoken[one]),
    )  # fmt: skip


# -- strips --------------------------------------------------------------------------------------------------------------


def _strips(numbered: list[tuple[Identity, Work]], gaps: Gaps, absent: set[str]) -> list[Strip]:
    """The runs of a series, those of supplements apart: they are counted with their letters. The newest run first."""
    doubted = {one.id for one in gaps.misdated}
    supplements = Counter(parts.base for parts, _ in numbered if parts.base)
    runs: dict[str, dict[int, Cell]] = {}
    newest: dict[str, dt.date] = {}
    for parts, work in numbered:
        if parts.supplement:
            continue
        runs.setdefault(parts.run, {})[parts.number] = Cell(
            state="held", first=parts.number, last=parts.number, id=work.id, date=work.date,
            languages=len({version.language for version in work.versions}), supplements=supplements[work.id],
            misdated=work.id in doubted,
        )  # fmt: skip
        if work.date and work.id not in doubted:
            newest[parts.run] = max(work.date, newest.get(parts.run, dt.date.min))
    for ident in absent:
        own = identity(ident)
        if own and not own.supplement:
            cell = Cell(state="cited", first=own.number, last=own.number, id=ident)
            runs.setdefault(own.run, {}).setdefault(own.number, cell)
    for hole in gaps.holes:
        if hole.run in runs:
            runs[hole.run].update((cell.first, cell) for cell in _missing(hole, runs[hole.run]))
    strips = [_strip(run, [cells[number] for number in sorted(cells)]) for run, cells in runs.items()]
    return sorted(strips, key=lambda s: (newest.get(s.run, dt.date.min), _numerals(s.run)), reverse=True)


def _missing(hole: Hole, known: dict[int, Cell]) -> Iterator[Cell]:
    """A hole without the numbers in it that letters cite."""
    start = hole.first
    cited = sorted(number for number in known if hole.first <= number <= hole.last)
    for number in (*cited, hole.last + 1):
        if start < number:
            yield Cell(state="missing", first=start, last=number - 1)
        start = number + 1


def _strip(run: str, cells: list[Cell]) -> Strip:
    counts = Counter[CellState]()
    for cell in cells:
        counts[cell.state] += cell.last - cell.first + 1
    return Strip(
        run=run, held=counts["held"], missing=counts["missing"], cited=counts["cited"], cells=tuple(cells)
    )  # fmt: skip


def _numerals(run: str) -> tuple[int, ...]:
    return tuple(int(part) for part in run.split("/") if part.isdecimal() and len(part) < 10)


def _cut(strips: Iterable[Strip], page: int) -> Iterator[Strip]:
    """The strips of a page."""
    cells = ((strip, cell) for strip in strips for cell in strip.cells)
    some = (pair for n, pair in enumerate(cells) if n // PAGE == page - 1)
    for _, group in groupby(some, key=lambda pair: id(pair[0])):
        pairs = list(group)
        yield Strip(
            run=pairs[0][0].run, held=pairs[0][0].held, missing=pairs[0][0].missing, cited=pairs[0][0].cited,
            cells=tuple(cell for _, cell in pairs),
        )  # fmt: skip


# -- handlers ------------------------------------------------------------------------------------------------------------

Page = Annotated[int, QueryParameter(name="page", ge=1, le=1_000_000, description="Page of the numbers.")]
Slug = Annotated[str, PathParameter(description="Slug of a series: cr, tsb-circular ...", max_length=100)]


@get("/json/series", sync_to_thread=True, summary="All series of letters", tags=["series"])
def all_series_json(aside: TheAside) -> AllSeriesPage:
    """The page as JSON."""
    return all_series_page(aside.graph(), aside.gaps())


@get("/series", sync_to_thread=True, media_type=MediaType.HTML, include_in_schema=False)
def all_series_html(
    request: Request[None, None, State], aside: TheAside, settings: TheSettings
) -> Response[str]:  # fmt: skip
    """The page."""
    made = all_series_page(aside.graph(), aside.gaps())
    return Response(
        render("all_series.html", made, settings=settings, path=request.url.path), media_type=MediaType.HTML
    )


@get("/json/series/{slug:str}", sync_to_thread=True, summary="A series: its numbers and its gaps", tags=["series"])
def series_json(aside: TheAside, slug: Slug, page: Page = 1) -> SeriesPage:
    """The page as JSON."""
    return series_page(aside.graph(), aside.gaps(), slug, page=page)


@get("/series/{slug:str}", sync_to_thread=True, media_type=MediaType.HTML, include_in_schema=False)
def series_html(
    request: Request[None, None, State], aside: TheAside, settings: TheSettings, slug: Slug, page: Page = 1
) -> Response[str]:
    """The page."""
    made = series_page(aside.graph(), aside.gaps(), slug, page=page)
    return Response(render("series.html", made, settings=settings, path=request.url.path), media_type=MediaType.HTML)


HANDLERS = [all_series_json, all_series_html, series_json, series_html]
