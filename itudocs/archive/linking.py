"""Records into a graph: one pass over them, then every citation led to its letter, where exactly one can be meant.

Of a record only what is needed is decoded. Which letter a citation means is certain where the parser gave it an id; what
else may be meant is decided here, from what the archive holds. Stands between the store and `graph`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple, get_args

import msgspec

from itudocs.archive.graph import Edge, EdgeKind, Graph, How, Mention, Unresolved, Version, Work
from itudocs.errors import ArchiveDamaged
from itudocs.lexicon.identities import Named, canonical, identity, named, numbered
from itudocs.model import Language, Relation

SLACK = dt.timedelta(days=31)
"""By how much a letter may be older than one it cites: numbers are given before letters are signed (guide 3.3)."""
_RANK: dict[Language | None, int] = {language: n for n, language in enumerate(get_args(Language))}
_CITED = frozenset({"circular", "letter"})
_SUPPLEMENTED = re.compile(r"/(?:add|cor|rev)\d+$")
_EDGES: dict[str, EdgeKind] = {"cor": "corrects", "add": "adds-to", "rev": "revises"}


class _Span(msgspec.Struct, gc=False):
    start: int
    end: int
    origin: str = "text"


class _Citation(msgspec.Struct, gc=False):
    text: str
    kind: str
    id: str | None = None
    date: dt.date | None = None
    relation: Relation | None = None


_Spans = tuple[_Span, ...]
_MOST = 24
_PATHS = ["ids/0", *(f"citations/{n}/{value}" for n in range(_MOST) for value in ("text", "relation"))]
_Evidence: Any = msgspec.defstruct(
    "_Evidence", [(f"p{n}", _Spans, ()) for n in range(len(_PATHS))],
    rename=dict(zip((f"p{n}" for n in range(len(_PATHS))), _PATHS, strict=True)), gc=False, frozen=True,
)  # fmt: skip
"""The evidence of the first citations, by name: half the time of decoding all evidence into a dict (2026-11)."""
_PLACES = {path: f"p{n}" for n, path in enumerate(_PATHS)}


class _Letter(msgspec.Struct, gc=False):
    """What is decoded of a record."""

    key: str
    id: str | None = None
    ids: tuple[str, ...] = ()
    language: Language | None = None
    series: str | None = None
    ref: str | None = None
    date: dt.date | None = None
    subject: str | None = None
    citations: tuple[_Citation, ...] = ()
    evidence: _Evidence = _Evidence()


class _Long(msgspec.Struct, gc=False):
    """The evidence of a record with more citations than are decoded by name."""

    evidence: dict[str, _Spans] = {}


Spans = Callable[[str], tuple[tuple[int, int], ...]]


class _Claim(NamedTuple):
    """A citation whose letter is not yet known."""

    source: str
    letter: Version
    series: str | None
    relation: Relation | None
    kind: str
    mention: Mention


class _Linker:
    def __init__(self) -> None:
        # Tuples, where lists would keep Python's garbage collector busy: they are short
        self.versions: dict[str, tuple[Version, ...]] = {}
        self.series: dict[str, str | None] = {}
        self.names: dict[str, str] = {}
        self.links: dict[tuple[str, str, EdgeKind], tuple[Mention, ...]] = {}
        self.hows: dict[tuple[str, str, EdgeKind], How] = {}  # where it is not by id
        self.claims: list[_Claim] = []
        self.works: dict[str, Work] = {}

    # -- the pass --------------------------------------------------------------------------------------------------

    def take(self, letter: _Letter, spans: Spans) -> None:
        """A record: a version of a work, and what it says; `spans` gives those of a path."""
        ident = letter.id or letter.key
        version = Version(
            key=letter.key, language=letter.language, date=letter.date, ref=letter.ref, subject=letter.subject
        )
        self.versions[ident] = (*self.versions.get(ident, ()), version)
        self.series.setdefault(ident, letter.series)
        for other in letter.ids:
            if other != ident:
                self.names.setdefault(other, ident)
        own = identity(ident) if _SUPPLEMENTED.search(ident) else None
        if own and own.base and own.supplement:
            said = Mention(
                key=letter.key, path="ids/0", text=letter.ref or ident, date=letter.date, spans=spans("ids/0")
            )
            self.link(ident, own.base, _EDGES[own.supplement], "identity", said)
        for n, citation in enumerate(letter.citations):
            if citation.kind not in _CITED:
                continue
            where = spans(f"citations/{n}/text")
            if citation.relation:
                where = (*spans(f"citations/{n}/relation"), *where)
            mention = Mention(
                key=letter.key, path=f"citations/{n}", text=citation.text, date=citation.date, spans=where
            )
            if citation.id:
                self.link(ident, citation.id, citation.relation or "cites", "id", mention)
            else:
                self.claims.append(_Claim(ident, version, letter.series, citation.relation, citation.kind, mention))

    def link(self, source: str, target: str, kind: EdgeKind, how: How, mention: Mention) -> None:
        """Note an edge, or another place that says it."""
        one = (source, target, kind)
        before = self.links.get(one, ())
        self.links[one] = (*before, mention)
        if how != "id" and not before:
            self.hows[one] = how

    # -- after the pass --------------------------------------------------------------------------------------------

    def finish(self) -> Graph:
        self.works = {i: _work(i, self.series[i], versions) for i, versions in self.versions.items()}
        self.versions.clear()
        by_day: dict[dt.date, list[str]] = {}
        for ident, work in self.works.items():
            if work.date and work.series:
                by_day.setdefault(work.date, []).append(ident)
        unclear: dict[Any, tuple[_Claim, tuple[str, ...], list[Mention]]] = {}
        for claim in self.claims:
            target, how, candidates = self._meant(claim, by_day)
            if target and how:
                self.link(claim.source, target, claim.relation or "cites", how, claim.mention)
                continue
            about = named_in(claim.mention.text)
            what = (about.series, *about.parts.values(), about.supplement) if about else claim.mention.text
            place = (claim.source, claim.relation, what, claim.mention.date)
            unclear.setdefault(place, (claim, candidates, []))[2].append(claim.mention)
        self._rename()
        self._chain_revisions()
        edges = list(self._edges())
        for edge in edges:
            if edge.target not in self.works:
                parts = identity(edge.target)
                self.works[edge.target] = Work(id=edge.target, series=parts.series if parts else None)
        return Graph(
            self.works,
            edges,
            (
                Unresolved(
                    source=claim.source, kind=claim.relation or "cites", why="ambiguous" if candidates else "unknown",
                    candidates=candidates, said=tuple(said),
                )
                for claim, candidates, said in unclear.values()
            ),
            {name: ident for name, ident in self.names.items() if name not in self.works},
        )  # fmt: skip

    def _meant(self, claim: _Claim, by_day: dict[dt.date, list[str]]) -> tuple[str | None, How | None, tuple[str, ...]]:
        """The letter that a citation without an id means, how that is known, and else those that would fit."""
        about = named_in(claim.mention.text)
        day = claim.mention.date
        if day:
            some = [i for i in by_day.get(day, ()) if i != claim.source]
            if about:
                fits = [i for i in some if i in may_be(claim.mention.text)]
            elif claim.kind == "circular":
                number = re.search(r"\d+", claim.mention.text)
                fits = [i for i in some if number and _number(i) == int(number[0])]
            elif claim.relation == "answers":
                fits = []  # "your letter of 3 May" came from outside
            else:
                fits = [i for i in some if claim.series and self.works[i].series == claim.series]
            return (fits[0], "date", ()) if len(fits) == 1 else (None, None, tuple(fits))
        if about is None:
            return None, None, ()
        written = claim.letter.date
        likely = canonical(about.series, about.parts, written) if written else None
        if likely and written:
            work = self.works.get(self.names.get(likely, likely))
            if work and (work.date is None or work.date <= written + SLACK):
                return likely + about.supplement, "number", ()
        return None, None, tuple(i for i in may_be(claim.mention.text) if self.names.get(i, i) in self.works)

    def _rename(self) -> None:
        """One name for a joint letter, whichever of its numbers is cited."""
        for one in [o for o in self.links if o[1] in self.names and o[1] not in self.works]:
            how = self.hows.pop(one, "id")
            for mention in self.links.pop(one):
                self.link(one[0], self.names[one[1]], one[2], how, mention)

    def _chain_revisions(self) -> None:
        """A revision takes the place of the one before it too."""
        for source, target, kind in list(self.links):
            own = identity(source) if kind == "revises" and "/rev" in source else None
            if own is None or own.supplement != "rev" or own.base != target:
                continue
            earlier = (f"{target}/rev{n}" for n in range(own.number - 1, 0, -1))
            before = next((i for i in earlier if i in self.works), None)
            if before and (source, before, kind) not in self.links:
                self.links[source, before, kind] = self.links[source, target, kind]
                self.hows[source, before, kind] = "identity"

    def _edges(self) -> Iterator[Edge]:
        typed = {(source, target): kind for source, target, kind in self.links if kind != "cites"}
        for (source, target, kind), said in self.links.items():
            does = typed.get((source, target)) if typed else None
            if does and kind == "cites":
                continue
            if does == kind:  # a plain citation beside it is one more place that speaks of the letter
                said = (*said, *self.links.get((source, target, "cites"), ()))
            yield Edge(
                source=source, target=target, kind=kind, how=self.hows.get((source, target, kind), "id"), said=said
            )


def _work(ident: str, series: str | None, versions: tuple[Version, ...]) -> Work:
    days = Counter(v.date for v in versions if v.date)
    day = min(days, key=lambda d: (-days[d], d)) if days else None
    if len(versions) > 1:
        versions = tuple(sorted(versions, key=lambda v: _RANK.get(v.language, len(_RANK))))
    return Work(id=ident, series=series, date=day, versions=versions)


@lru_cache(maxsize=4096)
def named_in(text: str) -> Named | None:
    """`named`, remembered: letters cite in few words."""
    return named(text)


def _number(ident: str) -> int | None:
    parts = identity(ident)
    return parts.number if parts and not parts.supplement else None


@lru_cache(maxsize=4096)
def may_be(text: str) -> tuple[str, ...]:
    """Every identity that a citation may mean by its number."""
    about = named_in(text)
    return tuple(numbered(about)) if about else ()


def link(records: Iterable[bytes]) -> Graph:
    """The graph of records, given as JSON.

    Raises:
        ArchiveDamaged: one is no record.
    """
    linker = _Linker()
    decode = msgspec.json.Decoder(_Letter).decode
    decode_long = msgspec.json.Decoder(_Long).decode
    for record in records:
        try:
            letter = decode(record)
            long = decode_long(record).evidence if len(letter.citations) > _MOST else None
        except msgspec.MsgspecError as fault:
            raise ArchiveDamaged(
                f"a stored record is damaged ({fault}). `itudocs verify` names it; `itudocs rebuild --reparse` makes it anew."
            ) from fault

        def spans(
            path: str, letter: _Letter = letter, long: dict[str, _Spans] | None = long
        ) -> tuple[tuple[int, int], ...]:
            found = getattr(letter.evidence, _PLACES[path]) if long is None else long.get(path, ())
            return tuple((s.start, s.end) for s in found if s.origin == "text")

        linker.take(letter, spans)
    return linker.finish()
