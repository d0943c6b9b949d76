"""About: what the archive holds, which parser read it, whether all is well.

Counts are a search's, the rest is `Archive.health`'s, which reads no letter. That every byte is right is told by
`itudocs verify`, which reads them all; the page names that command and never runs it.
"""

from __future__ import annotations

import shlex
from typing import Literal

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.openapi import ResponseSpec

from itudocs._version import __version__
from itudocs.archive.archive import Archive
from itudocs.archive.health import Health
from itudocs.archive.index import IndexState
from itudocs.errors import ArchiveDamaged, ArchiveError
from itudocs.export.harmless import line
from itudocs.lexicon import LANGUAGES
from itudocs.lexicon import series as all_series
from itudocs.model import Failure, Record
from itudocs.web.facets import labelled
from itudocs.web.handed import TheArchive, TheSettings
from itudocs.web.render import render

RUNS = 8
FAILURES = 10
"""Failures of a run that the page names."""
COUNTED = ("bureau", "language", "series", "year")

Word = Literal["ok", "behind", "damaged"]


class Count(Record, frozen=True, kw_only=True):
    """A value, as it is stored and as it is called, and how many letters have it."""

    value: str
    label: str
    letters: int


class Counts(Record, frozen=True, kw_only=True):
    """Letters a value of `field`; `label` is the field's; those without a value are `none`."""

    field: str
    label: str
    values: tuple[Count, ...]
    none: int


class AboutPage(Record, frozen=True, kw_only=True):
    """What the archive is.

    Attributes:
        version: of itudocs.
        letters: files' bytes, each once.
        first, last: the years that letters are dated in.
        counts: by bureau, language, series and year; empty where the index cannot answer.
        health: of store and index; its runs name at most 10 failures each.
        problems: what is known to be wrong, in sentences; that none is listed does not mean that all bytes are right.
        verify, reparse: the commands that look at every byte, and that read again what an earlier parser read.
    """

    version: str
    letters: int
    first: int | None
    last: int | None
    counts: tuple[Counts, ...]
    health: Health
    problems: tuple[str, ...]
    verify: str
    reparse: str


class HealthPage(Record, frozen=True, kw_only=True):
    """For monitors, in some milliseconds.

    `status` is `ok`; `behind` where the next search will first bring the index up to date; `damaged` where store or index
    cannot be read (the answer is then 503).
    """

    status: Word
    version: str
    letters: int | None
    index: IndexState | None
    problems: tuple[str, ...]


def about_page(archive: Archive) -> AboutPage:
    """All of it.

    Raises:
        ArchiveDamaged: the store cannot be read.
    """
    health = archive.health(runs=RUNS)
    counts, problems = _counts(archive)
    years = [int(c.value) for c in _of(counts, "year") if c.value.isdecimal()]
    folder = shlex.quote(str(archive.folder))
    return AboutPage(
        version=__version__, letters=health.letters, first=min(years, default=None), last=max(years, default=None),
        counts=counts, health=_short(health), problems=(*problems, *_problems(health)),
        verify=f"itudocs verify --archive {folder}", reparse=f"itudocs rebuild --reparse --archive {folder}",
    )  # fmt: skip


def health_page(archive: Archive) -> HealthPage:
    """What a monitor wants to know; never raises."""
    try:
        health = archive.health(runs=1)
    except (ArchiveError, OSError) as fault:
        return HealthPage(status="damaged", version=__version__, letters=None, index=None, problems=(str(fault),))
    index = health.index
    late = index.behind or not index.current
    return HealthPage(
        status="damaged" if index.fault else "behind" if late else "ok", version=__version__, letters=health.letters,
        index=index, problems=tuple(_problems(health)),
    )  # fmt: skip


def _counts(archive: Archive) -> tuple[tuple[Counts, ...], tuple[str, ...]]:
    """Letters by field, in the order of the lexicon where there is one; what the index has to complain of."""
    from itudocs.fields import BY_PREFIX

    try:
        found = archive.search(facets=COUNTED, facet_size=1_000, limit=0)
    except ArchiveDamaged as fault:
        return (), (str(fault),)
    orders = {"language": LANGUAGES, "series": tuple(one.slug for one in all_series())}
    counts = []
    for facet in found.facets:
        place = {value: n for n, value in enumerate(orders.get(facet.field, ()))}
        values = [Count(value=v.value, label=labelled(facet.field, v.value), letters=v.count) for v in facet.values]
        values.sort(key=lambda c: (place.get(c.value, len(place)), c.value if facet.field == "year" else -c.letters))
        counts.append(
            Counts(
                field=facet.field, label=BY_PREFIX[facet.field].label, values=tuple(values),
                none=max(0, found.total - sum(c.letters for c in values)),
            )
        )  # fmt: skip
    return tuple(counts), found.notices


def _of(counts: tuple[Counts, ...], field: str) -> tuple[Count, ...]:
    return next((one.values for one in counts if one.field == field), ())


def _short(health: Health) -> Health:
    """With a few failures a run, in words that harm no page."""
    runs = []
    for run in health.runs:
        some = tuple(
            Failure(name=line(one.name), reason=one.reason, message=line(one.message))
            for one in run.failures[:FAILURES]
        )
        runs.append(msgspec.structs.replace(run, failures=some))
    return msgspec.structs.replace(health, runs=tuple(runs))


def _problems(health: Health) -> list[str]:
    found = []
    if health.index.fault:
        found.append(f"The index cannot be read and is made anew by the next search. {health.index.fault}")
    if health.runs and health.runs[0].failed:
        found.append(f"The last run could not take in {health.runs[0].failed:,} files.")
    return found


@get("/json/about", sync_to_thread=True, summary="About the archive", tags=["about"])
def about_json(archive: TheArchive) -> AboutPage:
    """The page as JSON."""
    return about_page(archive)


@get("/about", sync_to_thread=True, media_type=MediaType.HTML, include_in_schema=False)
def about_html(request: Request[None, None, State], archive: TheArchive, settings: TheSettings) -> Response[str]:
    """The page."""
    return Response(
        render("about.html", about_page(archive), settings=settings, path=request.url.path), media_type=MediaType.HTML
    )


def _told(archive: Archive) -> Response[HealthPage]:
    made = health_page(archive)
    return Response(made, status_code=503 if made.status == "damaged" else 200, media_type=MediaType.JSON)


_DAMAGED = {503: ResponseSpec(HealthPage, description="Store or index cannot be read.")}


@get("/health", sync_to_thread=True, summary="Whether all is well, for monitors", tags=["about"], responses=_DAMAGED)
def health(archive: TheArchive) -> Response[HealthPage]:
    """200, or 503 where store or index cannot be read. It is JSON under either name."""
    return _told(archive)


@get(
    "/json/health", sync_to_thread=True, summary="Whether all is well, for monitors", tags=["about"], responses=_DAMAGED
)  # fmt: skip
def health_json(archive: TheArchive) -> Response[HealthPage]:
    """The same as `/health`."""
    return _told(archive)


HANDLERS = [about_json, about_html, health, health_json]
