"""What the archive knows of a letter through other letters: who cites whom, what is in force, how versions differ.

A page of its own and a panel of the letter's, which loads it when it comes into sight: the first reader after a change
of the archive waits for the graph (docs/graph.md), and no page of a letter should.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State

from itudocs.archive.archive import Archive
from itudocs.archive.graph import PASSIVE, Edge, EdgeKind, Graph, How
from itudocs.archive.graph import State as Force
from itudocs.archive.versions import Difference
from itudocs.errors import ArchiveDamaged, QueryTimeout
from itudocs.export.harmless import line
from itudocs.fields import BY_NAME
from itudocs.model import Circular, Language, Record
from itudocs.search.engine import Alike, Reason
from itudocs.web.handed import TheArchive, TheAside, TheSettings
from itudocs.web.heavy import light
from itudocs.web.pages.letter import Key, called
from itudocs.web.render import render
from itudocs.web.settings import Settings
from itudocs.web.sheet import MANY
from itudocs.web.urls import letter_url

LITTLE = 0.1
"""Share of the time of a page that is left for letters like it at least."""
ALIKE = 6
"""Letters that are shown as being like one."""

STATES: dict[Force, str] = {
    "in-force": "in force",
    "revised": "revised",
    "replaced": "replaced",
    "cancelled": "cancelled",
    "lapsed": "lapsed with the letter that it supplements",
    "not-yet": "not yet issued",
    "unknown": "not in the archive",
}


class Other(Record, frozen=True, kw_only=True):
    """Another letter as a work. `url` is empty where the archive lacks it; `state`, in words `in_words`, is what it is by
    all that is known.
    """

    id: str
    called: str
    url: str = ""
    date: dt.date | None = None
    subject: str = ""
    language: Language | None = None
    state: Force = "unknown"
    in_words: str = ""


class Relation(Record, frozen=True, kw_only=True):
    """What one letter does to another: in words (`is replaced by`), how surely it is that one, and the words printed."""

    kind: EdgeKind
    does: str
    how: How
    other: Other
    said: tuple[str, ...] = ()


class Unclear(Record, frozen=True, kw_only=True):
    """A citation that several letters of the archive fit, or none: as printed, and those that would fit."""

    text: str
    candidates: tuple[Other, ...] = ()


class Like(Record, frozen=True, kw_only=True):
    """A letter like the one that is read, and what both have, the weightiest first."""

    key: str
    called: str
    date: dt.date | None = None
    subject: str = ""
    language: str | None = None
    because: tuple[str, ...] = ()


class Relations(Record, frozen=True, kw_only=True):
    """A letter among others.

    Attributes:
        state: whether it is in force by all that the archive knows; `in_words` says it.
        by: what made it so, oldest first; `successor` stands in its place now.
        doubts: what was left out of this, and why.
        cites, cited_by: in the order of its text; oldest first. At most `MANY` each, of so many (`cites_all`, ...).
        unclear: its citations that lead to no one letter.
        differences: in what its versions do not say the same.
        alike: letters like it, and why.
        notices: what could not be told, and why.
    """

    key: str
    id: str
    called: str
    title: str
    state: Force
    in_words: str
    by: tuple[Relation, ...]
    successor: Other | None
    doubts: tuple[str, ...]
    cites: tuple[Relation, ...]
    cites_all: int
    cited_by: tuple[Relation, ...]
    cited_by_all: int
    unclear: tuple[Unclear, ...]
    differences: tuple[Difference, ...]
    alike: tuple[Like, ...]
    notices: tuple[str, ...]


def relations(archive: Archive, graph: Graph, key: str, *, settings: Settings) -> Relations:
    """A letter among others. Looking for letters like it is given up where it takes too long, and that is said.

    Raises:
        NotInArchive: no letter, or more than one, answers to the key; or it came in after the graph was made.
        TooHeavy: its record is heavier than is read while somebody waits.
    """
    began = time.thread_time()
    light(archive, key)
    record = archive.get(key)
    teller = _Teller(graph, record.language)
    own = graph.resolve(record.key)
    status = graph.status(own)
    cites, cited_by = graph.cites(own), graph.cited_by(own)
    several = record.id is not None and len(archive.keys(record.id)) > 1
    differences = tuple(archive.differences(record.key)) if several else ()
    spent = time.thread_time() - began
    alike, notices = _alike(archive, record, max(settings.seconds - spent, LITTLE * settings.seconds))
    return Relations(
        key=record.key, id=own, called=called(record), title=line(record.subject or "") or called(record),
        state=status.state, in_words=STATES[status.state],
        by=teller.incoming(edge for edge in status.by if edge.target == own),
        successor=teller.other(status.successor) if status.successor else None, doubts=status.doubts,
        cites=teller.outgoing(cites[:MANY]), cites_all=len(cites),
        cited_by=teller.incoming(cited_by[:MANY]), cited_by_all=len(cited_by),
        unclear=tuple(
            Unclear(
                text=line(one.said[0].text) if one.said else "",
                candidates=tuple(teller.other(ident) for ident in one.candidates[:MANY]),
            )
            for one in graph.unresolved(own)[:MANY]
            if one.why != "absent"
        ),
        differences=differences, alike=alike, notices=notices,
    )  # fmt: skip


def _alike(archive: Archive, record: Circular, seconds: float) -> tuple[tuple[Like, ...], tuple[str, ...]]:
    """Letters like one that are other works; an index that cannot answer takes nothing else away."""
    try:
        found = archive.like(record.key, limit=ALIKE + 12, reasons=3, seconds=seconds)
    except QueryTimeout:
        return (), (
            f"Letters like it are not shown: looking for them takes too long here, not for `itudocs like {record.key[:12]}`.",
        )
    except ArchiveDamaged as fault:
        return (), (f"Letters like it cannot be told: {fault}",)
    others = [one for one in found.letters if one.hit.id is None or one.hit.id != record.id]
    return tuple(map(_like, others[:ALIKE])), found.notices


def _like(one: Alike) -> Like:
    hit = one.hit
    return Like(
        key=hit.key, called=line(hit.ref or hit.id or hit.name), date=hit.date, subject=line(hit.subject or ""),
        language=hit.language, because=tuple(map(_because, one.reasons)),
    )  # fmt: skip


def _because(reason: Reason) -> str:
    value = line(reason.value)
    if reason.kind == "cites":
        return f"it is cited as {value}"
    if reason.kind == "cited":
        return f"it cites this one as {value}"
    if reason.kind == "term":
        return f"“{value}”"
    return f"both cite {value}" if reason.field == "cites" else f"{BY_NAME[reason.field].label.lower()} {value}"


class _Teller:
    """Edges in words, other letters in the language of the one that is read."""

    def __init__(self, graph: Graph, language: Language | None) -> None:
        self._graph = graph
        self._language = language
        self._known: dict[str, Other] = {}

    def outgoing(self, edges: Sequence[Edge]) -> tuple[Relation, ...]:
        return tuple(self._relation(edge, edge.target, edge.kind.replace("-", " ")) for edge in edges)

    def incoming(self, edges: Iterable[Edge]) -> tuple[Relation, ...]:
        return tuple(self._relation(edge, edge.source, f"is {PASSIVE[edge.kind]}") for edge in edges)

    def _relation(self, edge: Edge, ident: str, does: str) -> Relation:
        said = tuple(dict.fromkeys(line(mention.text) for mention in edge.said))[:6]
        return Relation(kind=edge.kind, does=does, how=edge.how, other=self.other(ident), said=said)

    def other(self, ident: str) -> Other:
        if ident not in self._known:
            work = self._graph.work(ident)
            told = next((v for v in work.versions if v.language == self._language), next(iter(work.versions), None))
            state = self._graph.status(ident).state
            self._known[ident] = Other(
                id=ident, called=line((told and told.ref) or ident), url=letter_url(told.key) if told else "",
                date=work.date, subject=line((told and told.subject) or ""), language=told.language if told else None,
                state=state, in_words=STATES[state],
            )  # fmt: skip
        return self._known[ident]


@get("/json/letters/{key:str}/relations", sync_to_thread=True, summary="A letter among others", tags=["letters"])
def relations_json(key: Key, archive: TheArchive, aside: TheAside, settings: TheSettings) -> Relations:
    """What it cites and is cited by, whether it is in force, how its versions differ, what is like it."""
    return relations(archive, aside.graph(), key, settings=settings)


@get("/letters/{key:str}/relations", sync_to_thread=True, media_type=MediaType.HTML, include_in_schema=False)
def relations_html(
    key: Key, request: Request[None, None, State], archive: TheArchive, aside: TheAside, settings: TheSettings
) -> Response[str]:
    """The page."""
    page = relations(archive, aside.graph(), key, settings=settings)
    return Response(render("relations.html", page, settings=settings, path=request.url.path), media_type=MediaType.HTML)


HANDLERS = [relations_json, relations_html]
