"""Which words of two letters tell of the same event or deadline, and what the later one changes.

Drafts are events and deadlines on their way from records to the rows of `itudocs.archive.occasions`: the versions of one
letter are merged first, then its supplements are applied. Days decide before names do, since names differ between
languages and days do not.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from itudocs.lexicon.clock import clock
from itudocs.lexicon.places import town
from itudocs.lexicon.plain import plain
from itudocs.model import Deadline, Event, EventStatus

if TYPE_CHECKING:
    from itudocs.archive.occasions import Note

_STRENGTH: dict[EventStatus, int] = {"cancelled": 3, "announced": 2, "past": 1, "mentioned": 0}


class Draft(msgspec.Struct, kw_only=True):
    """An event, or with `due` a deadline, in the making. `first` is the first day as first told; `told`, `changes` as the rows'."""

    name: str | None
    place: str | None = None
    first: dt.date
    start: dt.date
    end: dt.date
    time: str | None
    status: EventStatus = "announced"
    body: str | None = None
    number: int | None = None
    due: bool = False
    computed: bool = False
    told: list[tuple[Note, int, str | None, str | None]]
    changes: list[tuple[Note, str, str | None, str | None]]
    disputed: bool = False

    @classmethod
    def of_event(cls, note: Note, n: int, event: Event) -> Draft:
        """An event as one letter tells it. One that ends before it begins is taken to last a day."""
        return cls(
            name=event.name, place=event.place, first=event.start, start=event.start, end=max(event.start, event.end),
            time=event.time, status=event.status, body=event.body, number=event.number,
            told=[(note, n, event.name, event.place)], changes=[],
        )  # fmt: skip

    @classmethod
    def of_deadline(cls, note: Note, n: int, deadline: Deadline) -> Draft:
        """A deadline as one letter tells it: an event of one day, whose name is what is due."""
        return cls(
            name=deadline.what, first=deadline.date, start=deadline.date, end=deadline.date, time=deadline.time,
            due=True, computed=deadline.computed, told=[(note, n, deadline.what, None)], changes=[],
        )  # fmt: skip

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        return self.start, self.end

    def names(self) -> frozenset[str]:
        """Its names in all letters, as names are compared."""
        return frozenset(plain(name).casefold() for _, _, name, _ in self.told if name)


# -- versions of one letter --------------------------------------------------------------------------------------------


def versions_merged(versions: Sequence[list[Draft]]) -> list[Draft]:
    """What a letter tells in all its versions, each thing once, in the words of the first version that tells it."""
    merged = list(versions[0])
    for further in versions[1:]:
        pairs = _paired(merged, further, (_same_days_and_meeting, _same_days), key=lambda d: d.days)
        joined = {id(draft) for pair in pairs for draft in pair}
        pairs += _paired(
            [d for d in merged if id(d) not in joined],
            [d for d in further if id(d) not in joined],
            (_same_meeting,), key=lambda d: (d.body, d.number),
        )  # fmt: skip
        for draft, version in pairs:
            _join(draft, version)
        joined = {id(version) for _, version in pairs}
        merged += [draft for draft in further if id(draft) not in joined]
    return merged


Rule = Callable[[Draft, Draft], bool]


def _paired(
    drafts: Iterable[Draft], later: Iterable[Draft], rules: Iterable[Rule], *, key: Callable[[Draft], object]
) -> list[tuple[Draft, Draft]]:
    """Drafts and what tells of the same later, each in one pair at most; first by the first rule. All need equal keys."""
    before: dict[object, list[Draft]] = defaultdict(list)
    for draft in drafts:
        before[key(draft)].append(draft)
    waiting = list(later)
    pairs = []
    for rule in rules:
        left = []
        for new in waiting:
            among = before.get(key(new), [])
            place = next((n for n, old in enumerate(among) if rule(old, new)), None)
            if place is None:
                left.append(new)
            else:
                pairs.append((among.pop(place), new))
        waiting = left
    return pairs


def _same_days(a: Draft, b: Draft) -> bool:
    return a.days == b.days and not _other_meeting(a, b)


def _same_days_and_meeting(a: Draft, b: Draft) -> bool:
    """On the same days, by a name, a number or a body that both have."""
    if a.days != b.days or _other_meeting(a, b):
        return False
    return (a.body is not None and a.body == b.body) or bool(a.names() & b.names())


def _same_meeting(a: Draft, b: Draft) -> bool:
    """The same number of the same body: certain in any language."""
    return a.body is not None and a.number is not None and (a.body, a.number) == (b.body, b.number)


def _other_meeting(a: Draft, b: Draft) -> bool:
    """Two bodies, or two numbers of one: certainly not the same."""
    return None not in (a.body, b.body) and (
        a.body != b.body or (None not in (a.number, b.number) and a.number != b.number)
    )


def _join(draft: Draft, version: Draft) -> None:
    """Add what a version says; where it differs, the draft stays as it is."""
    draft.disputed = draft.disputed or draft.days != version.days
    if _STRENGTH[version.status] > _STRENGTH[draft.status]:
        draft.status = version.status
    draft.name = draft.name or version.name
    draft.place = draft.place or version.place
    draft.time = draft.time or version.time
    if draft.body is None or (draft.number is None and draft.body == version.body):
        draft.body, draft.number = version.body or draft.body, version.number
    draft.told += version.told


# -- supplements -------------------------------------------------------------------------------------------------------


def amend(drafts: list[Draft], later: Sequence[Draft], *, corrects: bool) -> None:
    """Apply a supplement: what it tells anew replaces what was told, what it adds is added.

    An event is moved where one of the same name, or the same number of the same body, has other days; where the
    supplement also repeats the old days, as "the meeting announced for ... will be held ...", the newly announced ones
    win. Of a body that meets once in the letter and once in the supplement, the meeting is the same. The one deadline
    that a corrigendum does not repeat as it was is the one that it puts in its place.

    Args:
        corrects: it is a corrigendum or revision, and no addendum: its mere mention of an event with a telling name, or a
            number, moves it too.
    """
    known = _Known(drafts, later)
    second = _same_days if known.due else _alone_on_its_days(drafts, later)
    met = _paired(drafts, later, (_same_days_and_meeting, second), key=lambda d: d.days)
    repeated = {id(old): new for old, new in met}
    waiting = {id(new): new for new in later} | {id(new): None for _, new in met}
    moved: dict[int, tuple[Draft, Draft]] = {}

    def move(old: Draft, new: Draft) -> None:
        moved[id(old)] = (old, new)
        waiting[id(new)] = None

    for new in [w for w in waiting.values() if w]:
        if new.status in ("announced", "cancelled"):
            alike = [d for d in known.alike(new) if id(d) not in moved]
            untold = [d for d in alike if id(d) not in repeated]
            looked_back = [d for d in alike if id(d) in repeated and repeated[id(d)].status != "announced"]
            old = _nearest(new, untold) or _nearest(new, looked_back)
            if old is None and (only := known.only(new)) and id(only) not in moved and id(only) not in repeated:
                old = only
        else:
            old = None
        if old is None and corrects and (named := known.named(new)) and id(named) not in moved | repeated:
            old = named
        if old is not None:
            move(old, new)
    if known.due and corrects and met:
        left = [d for d in drafts if id(d) not in moved and id(d) not in repeated]
        fresh = [new for new in waiting.values() if new]
        if len(left) == 1 == len(fresh):
            move(left[0], fresh[0])
    for old, new in met:
        if id(old) in moved:
            old.told += new.told
        else:
            _apply(old, new)
    for old, new in moved.values():
        _apply(old, new)
    drafts += [new for new in waiting.values() if new]


def _alone_on_its_days(drafts: Iterable[Draft], later: Iterable[Draft]) -> Rule:
    """Two that are the only ones on their days, on either side, and are not certainly others."""
    before, after = Counter(d.days for d in drafts), Counter(d.days for d in later)
    return lambda a, b: before[a.days] == 1 == after[a.days] and _same_days(a, b)


TELLING = 16
"""Characters from which a name is no mere "Meeting"."""
_MANY = 200  # events from which names are compared only where they are equal


class _Known:
    """What has been told, by what a supplement may call it."""

    def __init__(self, drafts: Sequence[Draft], later: Sequence[Draft]) -> None:
        self.due = any(d.due for d in (*drafts[:1], *later[:1]))
        self._by_name: dict[str, list[Draft]] = defaultdict(list)
        self._by_body: dict[str, list[Draft]] = defaultdict(list)
        for draft in drafts:
            for name in draft.names():
                self._by_name[name].append(draft)
            if draft.body:
                self._by_body[draft.body].append(draft)
        self._later = Counter(draft.body for draft in later)
        self._later_names = Counter(name for draft in later for name in draft.names())

    def alike(self, new: Draft) -> list[Draft]:
        """Those of the same name, or the same number of the same body."""
        found = {id(d): d for name in new.names() for d in self._by_name.get(name, ()) if not _other_meeting(d, new)}
        if new.number is not None:
            found |= {id(d): d for d in self._by_body.get(new.body or "", ()) if d.number == new.number}
        return list(found.values())

    def named(self, new: Draft) -> Draft | None:
        """The only one of a telling name, whatever words stand before it ("meeting of the ..."), or of the same number."""
        if new.number is not None and new.body is not None:
            found = [d for d in self._by_body.get(new.body, ()) if d.number == new.number]
            return found[0] if len(found) == 1 else None
        if self.due or len(self._by_name) > _MANY:
            return None
        names = [name for name in new.names() if self._later_names[name] == 1]
        alike = {
            id(d): d
            for known, drafts in self._by_name.items()
            for name in names
            if min(len(known), len(name)) >= TELLING
            and (f" {known}".endswith(f" {name}") or f" {name}".endswith(f" {known}"))
            for d in drafts
            if not _other_meeting(d, new)
        }
        return next(iter(alike.values())) if len(alike) == 1 else None

    def only(self, new: Draft) -> Draft | None:
        """The only meeting of a body in the letter, for the only one in the supplement."""
        of_body = self._by_body.get(new.body or "", [])
        if len(of_body) != 1 or self._later[new.body] != 1 or _other_meeting(of_body[0], new):
            return None
        return of_body[0]


def _nearest(new: Draft, among: Iterable[Draft]) -> Draft | None:
    return min(among, key=lambda d: abs((d.start - new.start).days), default=None)


def _apply(old: Draft, new: Draft) -> None:
    """Bring a draft to what a supplement says, and note what changed."""
    by = new.told[0][0]
    if old.days != new.days:
        old.changes.append((by, "dates", _span(old), _span(new)))
        old.start, old.end = new.days
    if new.place and old.place and town(new.place) != town(old.place):
        old.changes.append((by, "place", old.place, new.place))
        old.place = new.place
    if new.time and old.time and (clock(new.time) or new.time) != (clock(old.time) or old.time):
        old.changes.append((by, "time", old.time, new.time))
        old.time = new.time
    if new.status == "cancelled" != old.status:
        old.changes.append((by, "status", old.status, new.status))
        old.status = "cancelled"
    elif new.status == "announced" and old.status in ("mentioned", "past"):
        old.status = "announced"
    old.name, old.place, old.time = old.name or new.name, old.place or new.place, old.time or new.time
    old.body, old.number = (old.body, old.number) if old.number is not None else (new.body or old.body, new.number)
    old.computed = old.computed and new.computed
    old.told += new.told


def _span(draft: Draft) -> str:
    return str(draft.start) if draft.start == draft.end else f"{draft.start}..{draft.end}"
