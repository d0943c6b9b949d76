"""What an archive can know that it does not know: letters it lacks, numbers that are missing, dates that cannot be.

Works on a `Graph`, which has every letter's number, date and citations. A misread date stands out against the run of
its series: numbers rise with their dates, and the longest rising sequence of a run is taken for the truth. What each
finding means is told in docs/graph.md.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice, pairwise
from typing import Any, NamedTuple

import msgspec

from itudocs.archive.graph import Graph, Mention, Version, Work
from itudocs.errors import ArchiveError
from itudocs.lexicon import series as all_series
from itudocs.lexicon.identities import Identity, begins, identity
from itudocs.model import Record

SLACK = dt.timedelta(days=31)
"""By how much a date may go against the run: numbers are given before letters are signed (guide 3.3: six days seen)."""
ALIKE = 0.8
"""Share of characters in common above which two subjects are one, damaged differently."""
_COMPARED = 300
AGAINST = 8
"""Letters that are named as contradicting another, at most."""
FOUNDED = dt.date(1865, 5, 17)
_NEVER = (-(10**9), 10**9)


class Absent(Record, frozen=True, kw_only=True):
    """A letter that others cite and the archive lacks. `dates` are those that citations print, most frequent first."""

    id: str
    dates: tuple[dt.date, ...]
    cited_by: tuple[str, ...]
    said: tuple[Mention, ...]


class Hole(Record, frozen=True, kw_only=True):
    """Numbers from `first` to `last` of a run that no letter bears (the run's `*` stands for the number).

    They must lie between the dates of two letters: `after`, the last below them, and `before`, the first above them
    (`earliest` and `latest`, with None where nothing is known). For a run that begins with a study period, `earliest` is
    its first day where no letter is below. `cited` are those of the numbers that other letters cite.
    """

    run: str
    first: int
    last: int
    after: str | None = None
    before: str | None = None
    earliest: dt.date | None = None
    latest: dt.date | None = None
    cited: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many numbers are missing."""
        return self.last - self.first + 1


class Misdated(Record, frozen=True, kw_only=True):
    """A letter whose number and date do not fit its run: one of the two is probably misread, or misprinted.

    By its number its date should lie from `earliest` to `latest` (None: no bound). Where `certain` is false, it or a letter
    of `against` is wrong, and nothing tells which.
    """

    id: str
    date: dt.date
    earliest: dt.date | None
    latest: dt.date | None
    certain: bool
    against: tuple[str, ...] = ()


class Claim(Record, frozen=True, kw_only=True):
    """A value, and the keys of the letters that bear it."""

    value: str
    keys: tuple[str, ...]


class Conflict(Record, frozen=True, kw_only=True):
    """An id whose letters do not agree in a field: `date` (in any language), `subject` (in one language), or `cited-date`:
    the date with which others cite it, its own first.
    """

    id: str
    field: str
    claims: tuple[Claim, ...]


class Gaps(Record, frozen=True, kw_only=True):
    """Everything an archive can know that it does not know, each in the order of its ids."""

    absent: tuple[Absent, ...] = ()
    holes: tuple[Hole, ...] = ()
    misdated: tuple[Misdated, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.absent or self.holes or self.misdated or self.conflicts)

    def of(self, series: str) -> Gaps:
        """Those of one series, given by slug or by the beginning of ids: `cr`, `tsb-circular`, `tsb-circular/2001-2004`.

        Raises:
            ArchiveError: there is no such series.
        """
        wanted = series.strip().lower().rstrip("/")
        slugs = [s.slug for s in all_series()]
        if wanted.split("/")[0] not in slugs:
            raise ArchiveError(f"there is no series {series!r}. Series are {', '.join(slugs)}.")

        def own(ident: str) -> bool:
            return ident.startswith(f"{wanted}/")

        return Gaps(
            absent=tuple(a for a in self.absent if own(a.id)),
            holes=tuple(h for h in self.holes if own(h.run)),
            misdated=tuple(m for m in self.misdated if own(m.id)),
            conflicts=tuple(c for c in self.conflicts if own(c.id)),
        )

    def to_dict(self) -> dict[str, Any]:
        """All as plain values, dates as ISO strings."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


class _Numbered(NamedTuple):
    number: int
    day: dt.date | None
    id: str


def gaps(graph: Graph) -> Gaps:
    """What the letters of a graph tell about letters that are missing or wrong."""
    runs: dict[str, list[_Numbered]] = {}
    absent: list[Absent] = []
    wanted: dict[str, list[Identity]] = {}
    conflicts: list[Conflict] = []
    for work in graph.works:
        parts = identity(work.id)
        if not work.held:
            absent.append(_absent(graph, work))
            if parts:
                wanted.setdefault(parts.run, []).append(parts)
            continue
        if parts:
            runs.setdefault(parts.run, []).append(_Numbered(parts.number, work.date, work.id))
        conflicts += _conflicts(graph, work)
    holes: list[Hole] = []
    misdated: list[Misdated] = []
    for run, members in runs.items():
        members.sort()
        off = misfits(members)
        misdated += off
        holes += _holes(run, members, {m.id for m in off}, wanted.get(run, ()), graph)
    return Gaps(
        absent=tuple(sorted(absent, key=lambda a: _order(a.id))),
        holes=tuple(sorted(holes, key=lambda h: (*_order(h.run), h.first))),
        misdated=tuple(sorted(misdated, key=lambda m: _order(m.id))),
        conflicts=tuple(sorted(conflicts, key=lambda c: (*_order(c.id), c.field))),
    )


def _order(ident: str) -> tuple[str, int, str]:
    parts = identity(ident)
    return (parts.run, parts.number, ident) if parts else (ident, 0, ident)


def _absent(graph: Graph, work: Work) -> Absent:
    edges = graph.cited_by(work.id)
    said = tuple(m for e in edges for m in e.said)
    # The number of a supplement names its base; the date there is the supplement's own
    days = Counter(m.date for m in said if m.date and m.path.startswith("citations/"))
    dates = tuple(sorted(days, key=lambda d: (-days[d], d)))
    return Absent(id=work.id, dates=dates, cited_by=tuple(dict.fromkeys(e.source for e in edges)), said=said)


# -- holes ---------------------------------------------------------------------------------------------------------------


def _holes(
    run: str, members: Sequence[_Numbered], off: set[str], wanted: Iterable[Identity], graph: Graph
) -> Iterator[Hole]:
    """The numbers that are missing between those of a run, and before the first where a run begins at 1."""
    asked = sorted(wanted, key=lambda i: i.number)
    start = begins(run)
    base = run.rpartition("/")[0] if run.endswith(("/add*", "/cor*", "/rev*")) else None
    if base is not None:  # supplements are numbered from 1, and follow their letter
        start = graph.work(base).date if base in graph else None
    low = _Numbered(0, start, "")
    first = [low] if base is not None or start is not None else []
    good = [m for m in members if m.id not in off and m.day]
    numbers = [m.number for m in good]
    for below, above in pairwise([*first, *members]):
        if above.number - below.number < 2:
            continue
        k = bisect_right(numbers, below.number)
        under = good[k - 1] if k else low if first else None
        over = good[k] if k < len(good) else None
        cited = tuple(i.id for i in asked if below.number < i.number < above.number)
        yield Hole(
            run=run, first=below.number + 1, last=above.number - 1, after=(under.id or None) if under else None,
            before=over.id if over else None, earliest=under.day if under else None, latest=over.day if over else None,
            cited=cited,
        )  # fmt: skip


# -- dates that cannot be ------------------------------------------------------------------------------------------------


def misfits(members: Sequence[_Numbered]) -> list[Misdated]:
    """The members of a run, sorted by number, whose dates go against it by more than `SLACK`.

    Of all longest sequences whose dates never fall, a member may belong to all (it is trusted), to some, or to none.
    Those of none are wrong for certain, and so are days before the Union was and in the far future. Of two that contradict one another and of which each belongs to some, one is
    wrong. n log n in time.
    """
    dated = [(m, m.day) for m in members if m.day and _possible(m.day)]
    days = [day.toordinal() for _, day in dated]
    up = _rising(days)  # how long the longest sequence is that ends here, and below that begins here
    down = _rising([-day for day in reversed(days)])[::-1]
    longest = max(up, default=0)
    some = [u + d - 1 == longest for u, d in zip(up, down, strict=True)]
    places = Counter(u for u, s in zip(up, some, strict=True) if s)
    trusted = [s and places[u] == 1 for u, s in zip(up, some, strict=True)]
    floors, roofs = _bounds(days, trusted)
    lows, highs = _bounds(days, some)
    found = [
        Misdated(id=m.id, date=m.day, earliest=None, latest=None, certain=True)
        for m in members
        if m.day and not _possible(m.day)
    ]
    for k, (one, day) in enumerate(dated):
        low, high = (lows[k], highs[k]) if some[k] else (floors[k], roofs[k])
        if trusted[k] or (low - days[k] <= SLACK.days and days[k] - high <= SLACK.days):
            continue
        against = islice(_against(days, some, k), AGAINST) if some[k] else ()
        found.append(
            Misdated(
                id=one.id, date=day, earliest=_day(floors[k]), latest=_day(roofs[k]), certain=not some[k],
                against=tuple(dated[n][0].id for n in against),
            )
        )  # fmt: skip
    return found


def _possible(day: dt.date) -> bool:
    """Whether a letter may be of that day: the Union is older, and next year's letters are not yet written."""
    return day >= FOUNDED and day.year <= dt.date.today().year + 1


def _rising(days: Sequence[int]) -> list[int]:
    """For each day the length of the longest sequence that ends with it and never falls."""
    ends: list[int] = []
    lengths = []
    for day in days:
        k = bisect_right(ends, day)
        ends[k : k + 1] = [day]
        lengths.append(k + 1)
    return lengths


def _bounds(days: Sequence[int], believed: Sequence[bool]) -> tuple[list[int], list[int]]:
    """For each day the latest before it in the run and the earliest after it, of those that are believed."""
    floors, roofs = [], []
    best = _NEVER[0]
    for day, yes in zip(days, believed, strict=True):
        floors.append(best)
        best = max(best, day) if yes else best
    best = _NEVER[1]
    for day, yes in zip(reversed(days), reversed(believed), strict=True):
        roofs.append(best)
        best = min(best, day) if yes else best
    return floors, roofs[::-1]


def _day(ordinal: int) -> dt.date | None:
    return None if ordinal in _NEVER else dt.date.fromordinal(ordinal)


def _against(days: Sequence[int], some: Sequence[bool], k: int) -> Iterator[int]:
    """The members that contradict one, of those that some longest sequence has."""
    for n, day in enumerate(days):
        if some[n] and n != k and (day - days[k] if n < k else days[k] - day) > SLACK.days:
            yield n


# -- conflicts -----------------------------------------------------------------------------------------------------------


def _conflicts(graph: Graph, work: Work) -> Iterator[Conflict]:
    """The fields in which the letters of one id, or those that cite it, do not agree."""
    own = {v.date for v in work.versions if v.date}
    if len(own) > 1:
        yield Conflict(id=work.id, field="date", claims=_days(work))
    by_language: dict[str | None, list[Version]] = {}
    if len(work.versions) > 1:
        for version in work.versions:
            by_language.setdefault(version.language, []).append(version)
    for some in by_language.values():
        kept: list[tuple[str, str]] = []
        for version in some:
            if version.subject:
                same = next((s for s, _ in kept if _alike(s, version.subject)), version.subject)
                kept.append((same, version.key))
        if len({subject for subject, _ in kept}) > 1:
            yield Conflict(id=work.id, field="subject", claims=_claims(kept))
    wrong = [
        (m.date.isoformat(), m.key)
        for e in (graph.cited_by(work.id) if own else ())
        for m in e.said
        if m.date and m.date not in own and m.path.startswith("citations/")
    ]
    if wrong:
        yield Conflict(id=work.id, field="cited-date", claims=(*_days(work), *_claims(wrong)))


def _days(work: Work) -> tuple[Claim, ...]:
    return _claims((v.date.isoformat(), v.key) for v in work.versions if v.date)


def _claims(pairs: Iterable[tuple[str, str]]) -> tuple[Claim, ...]:
    keys: dict[str, list[str]] = {}
    for value, key in pairs:
        keys.setdefault(value, []).append(key)
    return tuple(Claim(value=value, keys=tuple(dict.fromkeys(some))) for value, some in keys.items())


def _alike(one: str, other: str) -> bool:
    """Whether two subjects are one, printed or damaged differently."""
    a, b = ("".join(filter(str.isalnum, text.casefold()))[:_COMPARED] for text in (one, other))
    return a in b or b in a or SequenceMatcher(None, a, b, autojunk=False).ratio() > ALIKE
