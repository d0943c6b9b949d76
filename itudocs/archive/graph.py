"""Who cites, corrects, revises and replaces whom, and what follows from it for a letter on a given day.

A `Graph` is a picture of an archive at the moment it was made (`linking` makes it, `Archive.graph` keeps it): works and
typed edges, each with the places that say so. It answers from memory; it never reads the archive again. What edges mean
and how a state follows from them is told in docs/graph.md. Written out as GraphML or for networkx by `graphml`.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, TextIO

import msgspec

from itudocs.errors import ArchiveError, NotInArchive
from itudocs.lexicon.identities import identity, named, numbered
from itudocs.model import Language, Record

if TYPE_CHECKING:
    import networkx

EdgeKind = Literal["cites", "corrects", "adds-to", "revises", "replaces", "cancels", "answers"]
How = Literal["identity", "id", "number", "date"]
State = Literal["in-force", "revised", "replaced", "cancelled", "lapsed", "not-yet", "unknown"]
ENDS: Mapping[str, State] = {"replaces": "replaced", "cancels": "cancelled", "revises": "revised"}
"""The edges that end a letter, and what it is then."""
CHANGES = frozenset({"corrects", "adds-to"})
"""The edges that change a letter which stays in force."""
PASSIVE: Mapping[EdgeKind, str] = {
    "cites": "cited by", "corrects": "corrected by", "adds-to": "added to by", "revises": "revised by",
    "replaces": "replaced by", "cancels": "cancelled by", "answers": "answered by",
}  # fmt: skip
"""What is done to a letter, in words; what it does is the edge's own name."""
MEANINGS = 12
"""Letters that an error about an ambiguous reference names at most."""

_PREFIX = re.compile(r"[0-9a-f]{4,64}")


class Mention(Record, frozen=True, kw_only=True, gc=False):
    """A place that says so: a value of a record (`citations/3`, or `ids/0` where the letter's own number says it), as
    printed, with the date printed there. `spans` count in that letter's text; none where a file's name said it.
    """

    key: str
    path: str
    text: str
    date: dt.date | None = None
    spans: tuple[tuple[int, int], ...] = ()


class Edge(Record, frozen=True, kw_only=True, gc=False):
    """One letter does something to another. `target` may be a letter that the archive lacks.

    `how` tells how sure the target is: its number is the source's own (`identity`), it was cited by a reference that
    names one letter (`id`), or by a `number` or a `date` that exactly one letter of the archive fits. `said` has every
    place in every language version.
    """

    source: str
    target: str
    kind: EdgeKind
    how: How
    said: tuple[Mention, ...]


class Unresolved(Record, frozen=True, kw_only=True):
    """A citation that leads to no letter of the archive.

    `why`: the letter it names is `absent`, several letters would fit (`ambiguous`), or none does (`unknown`). `id` is that
    of the absent letter, `candidates` are those that would fit.
    """

    source: str
    kind: EdgeKind
    why: Literal["absent", "ambiguous", "unknown"]
    id: str | None = None
    candidates: tuple[str, ...] = ()
    said: tuple[Mention, ...] = ()


class Version(Record, frozen=True, kw_only=True, gc=False):
    """One letter (a language, format or printing) of a work: what a list shows of it."""

    key: str
    language: Language | None = None
    date: dt.date | None = None
    ref: str | None = None
    subject: str | None = None


class Work(Record, frozen=True, kw_only=True, gc=False):
    """A letter as a work: all its versions in the archive, none where it is only cited.

    `id` is the canonical identity or, for a letter without one, its key; `date` is that of most versions, the earliest of
    those that are equally frequent.
    """

    id: str
    series: str | None = None
    date: dt.date | None = None
    versions: tuple[Version, ...] = ()

    @property
    def held(self) -> bool:
        """Whether the archive has it."""
        return bool(self.versions)


class Status(Record, frozen=True, kw_only=True):
    """What a letter is on a day (None: by all that the archive knows).

    `state` is `in-force`, `revised`, `replaced`, `cancelled`, `lapsed` (a supplement to a letter that is no longer in
    force), `not-yet` (the day is before the letter's date) or `unknown` (the archive lacks the letter and nothing ends
    it). `by` are the edges that count on that day, oldest first: those that ended the letter and those that changed it.
    `successor` stands in its place at the end of the chain. `doubts` say what was left out, and why.
    """

    id: str
    on: dt.date | None
    state: State
    by: tuple[Edge, ...] = ()
    successor: str | None = None
    doubts: tuple[str, ...] = ()


class Graph:
    """Works and edges. A letter is asked for by id, key, first digits of a key, or reference (`CR/387`)."""

    def __init__(
        self, works: Mapping[str, Work], edges: Iterable[Edge], unclear: Iterable[Unresolved] = (),
        names: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """`works` by id, one for every end of an edge; `names` are further ids of joint letters."""
        self._works = works
        self._names = names or {}
        self._keys = sorted((v.key, w.id) for w in works.values() for v in w.versions)
        self._out: dict[str, list[Edge]] = {}
        self._in: dict[str, list[Edge]] = {}
        for edge in edges:
            self._out.setdefault(edge.source, []).append(edge)
            self._in.setdefault(edge.target, []).append(edge)
        absent = (
            Unresolved(source=e.source, kind=e.kind, why="absent", id=e.target, said=e.said)
            for e in self.edges
            if not works[e.target].held
        )
        self._unresolved = (*absent, *unclear)

    # -- what there is ---------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many works, those included that are only cited."""
        return len(self._works)

    def __contains__(self, ref: object) -> bool:
        try:
            return isinstance(ref, str) and bool(self.resolve(ref))
        except NotInArchive:
            return False

    @property
    def works(self) -> Iterable[Work]:
        """All works, in the order in which the archive took them in, those that are only cited last."""
        return self._works.values()

    @property
    def edges(self) -> Iterator[Edge]:
        """All edges, by source."""
        for some in self._out.values():
            yield from some

    def resolve(self, ref: str) -> str:
        """The id of a letter given by id, key, first digits of a key (four at least), or reference.

        Raises:
            NotInArchive: none answers to it, or several do; the message names them.
        """
        wanted = ref.strip()
        for name in (wanted, wanted.lower()):
            if found := self._names.get(name, name if name in self._works else None):
                return found
        if _PREFIX.fullmatch(wanted.lower()):
            begin = wanted.lower()
            first, last = (bisect_left(self._keys, (edge,)) for edge in (begin, begin + "g"))
            fits = {ident for _, ident in self._keys[first:last]}
        else:
            words = named(wanted)
            known = (self._names.get(i, i) for i in numbered(words)) if words else ()
            fits = {i for i in known if i in self._works}
        if len(fits) == 1:
            return fits.pop()
        if fits:
            some = ", ".join(sorted(fits)[:MEANINGS])
            raise NotInArchive(f"{ref!r} may be {some}{' ...' if len(fits) > MEANINGS else ''}. Give one of these ids.")
        raise NotInArchive(
            f"no letter, held or cited, answers to {ref!r}. Give an id such as cr/387, a reference such as CR/387, or four "
            f"or more digits of a key."
        )

    def work(self, ref: str) -> Work:
        """A work.

        Raises:
            NotInArchive: see `resolve`.
        """
        return self._works[self.resolve(ref)]

    # -- who cites whom --------------------------------------------------------------------------------------------

    def cites(self, ref: str) -> tuple[Edge, ...]:
        """What a letter cites, corrects, replaces ..., in the order of its text."""
        return tuple(self._out.get(self.resolve(ref), ()))

    def cited_by(self, ref: str) -> tuple[Edge, ...]:
        """Who cites, corrects, replaces ... a letter: oldest first, letters without a date last."""
        return tuple(sorted(self._in.get(self.resolve(ref), ()), key=self._when))

    def unresolved(self, ref: str | None = None) -> tuple[Unresolved, ...]:
        """The citations that lead to no letter of the archive; with `ref` those of one letter."""
        only = self.resolve(ref) if ref is not None else None
        return tuple(u for u in self._unresolved if only in (None, u.source))

    def _when(self, edge: Edge) -> tuple[dt.date, str]:
        return self._works[edge.source].date or dt.date.max, edge.source

    # -- what is in force ------------------------------------------------------------------------------------------

    def in_force(self, ref: str, *, on: dt.date | None = None) -> bool:
        """Whether a letter that the archive has is in force on a day. See `status`."""
        return self.status(ref, on=on).state == "in-force"

    def status(self, ref: str, *, on: dt.date | None = None) -> Status:
        """What a letter is on a day, and by which letters; without a day, by all that the archive knows.

        Raises:
            NotInArchive: see `resolve`.
        """
        own = self._works[self.resolve(ref)]
        if on and own.date and on < own.date:
            return Status(id=own.id, on=on, state="not-yet")
        acts, doubts = self._acts(own, on)
        ending = [e for e in acts if e.kind in ENDS]
        by = [e for e in acts if e.kind in ENDS or not self._ended(e.source, on)]
        if ending:
            successor, more = self._successor(own.id, ending[-1], on)
            state = ENDS[ending[-1].kind]
            return Status(id=own.id, on=on, state=state, by=tuple(by), successor=successor, doubts=(*doubts, *more))
        lapse = self._lapse(own, on)
        if lapse:
            return Status(id=own.id, on=on, state="lapsed", by=(*by, lapse), doubts=doubts)
        return Status(id=own.id, on=on, state="in-force" if own.held else "unknown", by=tuple(by), doubts=doubts)

    def _acts(self, own: Work, on: dt.date | None) -> tuple[list[Edge], tuple[str, ...]]:
        """The edges that end or change a letter up to a day, oldest first, and what about them cannot be."""
        acts, doubts = [], []
        for edge in sorted(self._in.get(own.id, ()), key=self._when):
            if edge.kind not in ENDS and edge.kind not in CHANGES:
                continue
            day = self._works[edge.source].date
            if edge.source == own.id:
                doubts.append(f"it says of itself that it {edge.kind} it")
            elif day is None and on:
                doubts.append(f"{edge.source} {edge.kind} it on a day that is not known")
            elif day and own.date and day < own.date:
                doubts.append(f"{edge.source} {edge.kind} it but is older, of {day}")
            elif day is None or on is None or day <= on:
                acts.append(edge)
        return acts, tuple(doubts)

    def _ended(self, ident: str, on: dt.date | None) -> bool:
        return any(edge.kind in ENDS for edge in self._acts(self._works[ident], on)[0])

    def _lapse(self, own: Work, on: dt.date | None) -> Edge | None:
        """What ended the letter that this one is a supplement to, on its own day or later."""
        parts = identity(own.id)
        while parts and parts.base and parts.base in self._works:
            for edge in self._acts(self._works[parts.base], on)[0]:
                day = self._works[edge.source].date
                late = own.date is None or day is None or day >= own.date
                if edge.kind in ENDS and edge.source != own.id and late:
                    return edge
            parts = identity(parts.base)
        return None

    def _successor(self, ident: str, edge: Edge | None, on: dt.date | None) -> tuple[str | None, tuple[str, ...]]:
        """Who stands at the end of the chain that begins with an edge; nobody where it ends in a withdrawal or a circle."""
        seen = {ident}
        while edge and edge.kind != "cancels":
            if edge.source in seen:
                return None, (f"{' and '.join(sorted(seen))} replace one another",)
            seen.add(edge.source)
            last = edge.source
            edge = next((e for e in reversed(self._acts(self._works[last], on)[0]) if e.kind in ENDS), None)
            if edge is None:
                return last, ()
        return None, ()

    # -- parts and exports -----------------------------------------------------------------------------------------

    def neighbourhood(self, ref: str, *, depth: int = 1) -> Graph:
        """The graph of all letters that lead to or from a letter in at most `depth` steps, and of all edges among them.

        Raises:
            NotInArchive: see `resolve`.
            ArchiveError: `depth` is negative.
        """
        if depth < 0:
            raise ArchiveError(f"depth is {depth}. Give 0 or more.")
        first = self.resolve(ref)
        steps = {first: 0}
        todo = deque([first])
        while todo:
            here = todo.popleft()
            if steps[here] == depth:
                continue
            for edge in (*self._out.get(here, ()), *self._in.get(here, ())):
                for there in (edge.source, edge.target):
                    if there not in steps:
                        steps[there] = steps[here] + 1
                        todo.append(there)
        works = {ident: self._works[ident] for ident in steps}
        edges = [e for ident in steps for e in self._out.get(ident, ()) if e.target in steps]
        names = {name: ident for name, ident in self._names.items() if ident in steps}
        return Graph(works, edges, [u for u in self._unresolved if u.why != "absent" and u.source in steps], names)

    def to_networkx(self) -> networkx.MultiDiGraph[str]:
        """A networkx graph: works as nodes, edges keyed by their kind; attributes as in GraphML.

        Raises:
            ArchiveError: networkx is not installed.
        """
        from itudocs.archive.graphml import to_networkx

        return to_networkx(self)

    def write_graphml(self, file: TextIO) -> None:
        """Write GraphML, which Gephi, yEd, Cytoscape and networkx read."""
        from itudocs.archive.graphml import lines

        for line in lines(self):
            file.write(line + "\n")

    def to_dict(self) -> dict[str, Any]:
        """Works, edges and unresolved citations as plain values, dates as ISO strings."""
        plain: dict[str, Any] = msgspec.to_builtins(
            {"works": list(self.works), "edges": list(self.edges), "unresolved": self.unresolved()}
        )
        return plain

    def __repr__(self) -> str:
        return f"Graph({len(self)} works, {sum(map(len, self._out.values()))} edges)"
