"""What is announced when: events and deadlines of many letters, one row each, with later corrections applied.

    records ─ a family: a letter in its languages, its supplements ─▶ drafts ─ supplements applied ─▶ Agenda ─▶ rows

A family is all that shares an identity, addenda, corrigenda and revisions (`.../add1`, `.../cor1`, `.../rev1`) included.
Its language versions are merged, its supplements applied in the order of their dates, and every row says which letters
tell of it and which changed it. `Archive` keeps an agenda for as long as its store does not change; calendars are
`itudocs.export.calendar`'s. Knows nothing of files.

What counts as the same event or deadline is in `itudocs.archive.drafts`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar, get_args

import msgspec

from itudocs.archive.drafts import Draft, amend, versions_merged
from itudocs.errors import ArchiveDamaged, QueryError
from itudocs.lexicon.plain import plain
from itudocs.model import Bureau, Circular, Deadline, Event, EventStatus, Language, Record

SHOWN: tuple[EventStatus, ...] = ("announced", "cancelled")
"""The states of events that are shown where none is asked for: what letters announce, and what became of it."""


class Told(Record, frozen=True, kw_only=True, gc=False):
    """A letter that tells of an event or deadline: as much of it as `itudocs.cite` needs.

    `n` is the place in that record's `events` or `deadlines`, so that `events/n/start` is the path of its evidence; `name`
    (of a deadline: what is due) and `place` are as that letter prints them.
    """

    key: str
    id: str | None
    bureau: Bureau | None
    ref: str | None
    language: Language | None
    date: dt.date | None
    subject: str | None
    n: int
    name: str | None = None
    place: str | None = None


class Change(Record, frozen=True, kw_only=True, gc=False):
    """What a later letter changed. `field` is dates, place, time or status, `before` and `after` are as they were and became."""

    key: str
    id: str | None
    date: dt.date | None
    field: str
    before: str | None
    after: str | None


class AgendaEvent(Record, frozen=True, kw_only=True, gc=False):
    """An event, in its latest known state.

    Attributes:
        uid: stays the same when the archive is opened again, when further language versions come, when dates change.
        id: identity of the letter that announced it first, without supplements; None where that has none.
        bureau, subject: of that letter.
        start, end: first and last day, both included; `start <= end`.
        letters: those that tell of it: English first, then French, Spanish, Russian, Arabic, Chinese; then supplements.
        changes: what supplements, or a later letter that cancels it, changed; in the order of their dates.
        disputed: language versions of a letter disagree about its days.
        sequence: how often a later letter changed it.
    """

    uid: str
    id: str | None
    bureau: Bureau | None
    subject: str | None
    name: str | None
    place: str | None
    start: dt.date
    end: dt.date
    time: str | None
    status: EventStatus
    body: str | None
    number: int | None
    letters: tuple[Told, ...]
    changes: tuple[Change, ...] = ()
    disputed: bool = False

    @property
    def sequence(self) -> int:
        return len({change.key for change in self.changes})


class AgendaDeadline(Record, frozen=True, kw_only=True, gc=False):
    """A day by which something is due, in its latest known state; attributes as of `AgendaEvent`.

    `opened` is the date of the first letter that tells of it; None where no letter that does bears a date.
    """

    uid: str
    id: str | None
    bureau: Bureau | None
    subject: str | None
    date: dt.date
    time: str | None
    what: str | None
    computed: bool
    opened: dt.date | None
    letters: tuple[Told, ...]
    changes: tuple[Change, ...] = ()

    @property
    def sequence(self) -> int:
        return len({change.key for change in self.changes})


class Note(msgspec.Struct, frozen=True, gc=False):
    """What an agenda needs of a record: a record's JSON decodes to it in a third of the time."""

    key: str
    id: str | None = None
    ids: tuple[str, ...] = ()
    language: Language | None = None
    bureau: Bureau | None = None
    ref: str | None = None
    date: dt.date | None = None
    subject: str | None = None
    events: tuple[Event, ...] = ()
    deadlines: tuple[Deadline, ...] = ()

    @classmethod
    def of(cls, record: Circular) -> Note:
        """Of a record."""
        return cls(
            key=record.key, id=record.id, ids=record.ids, language=record.language, bureau=record.bureau, ref=record.ref,
            date=record.date, subject=record.subject, events=record.events, deadlines=record.deadlines,
        )  # fmt: skip


def notes(records: Iterable[bytes]) -> Iterator[Note]:
    """Of records as JSON.

    Raises:
        ArchiveDamaged: one is no record: it lacks what every record has, or holds a date that is none.
    """
    decode = msgspec.json.Decoder(Note).decode
    for record in records:
        try:
            yield decode(record)
        except msgspec.MsgspecError as fault:
            raise ArchiveDamaged(
                f"A stored record is damaged ({fault}). `itudocs verify` names it; `itudocs rebuild --reparse` makes it anew "
                f"from its letter's bytes."
            ) from fault


_SUPPLEMENT = re.compile(r"(.+?)/((?:add|cor|rev)\d+(?:/.*)?)")
_SPACE = "itudocs agenda\n"  # what these names are hashed behind; to change it is to change every calendar
_LAST = dt.date.max
_RANK = {language: n for n, language in enumerate(("en", "fr", "es", "ru", "ar", "zh"))}


def base_of(identity: str) -> str:
    """An identity without its supplements: `cr/387` of `cr/387/cor1`."""
    found = _SUPPLEMENT.fullmatch(identity)
    return found[1] if found else identity


Row = TypeVar("Row", AgendaEvent, AgendaDeadline)


_Keyed = tuple[int, int, str, str, Row]


class _Line(Generic[Row]):
    """Rows by their days, so that a span is cut out and not looked for. Rows of many days, mostly misread, lie apart.

    Days are ordinals: half a million of them are sorted in half the time that dates take.
    """

    def __init__(self, rows: Iterable[Row], days: Callable[[Row], tuple[dt.date, dt.date]], *, long: int) -> None:
        self._long_days = long
        keyed: list[_Keyed[Row]] = []
        for row in rows:
            first, last = days(row)
            keyed.append((first.toordinal(), last.toordinal(), row.id or "", row.uid, row))
        keyed.sort()
        self.rows: list[Row] = [one[4] for one in keyed]
        self._long: list[_Keyed[Row]] = [one for one in keyed if one[1] - one[0] > long]
        self._short: list[_Keyed[Row]] = [one for one in keyed if one[1] - one[0] <= long] if self._long else keyed
        self._starts: list[int] = [one[0] for one in self._short]

    def between(self, since: dt.date | None, until: dt.date | None) -> list[Row]:
        """The rows that touch a span, by first day."""
        if since is None and until is None:
            return self.rows
        first = (since or dt.date.min).toordinal()
        last = (until or dt.date.max).toordinal()
        low = bisect_left(self._starts, first - self._long_days)
        high = bisect_right(self._starts, last)
        found: list[_Keyed[Row]] = [one for one in self._short[low:high] if one[1] >= first]
        more: list[_Keyed[Row]] = [one for one in self._long if one[1] >= first and one[0] <= last]
        if more:
            found = sorted(found + more)
        return [one[4] for one in found]


class Agenda:
    """All events and deadlines of some letters. Unchangeable; may be shared by threads.

    Args:
        letters: records, or as much of them as is needed.
    """

    def __init__(self, letters: Iterable[Circular | Note]) -> None:
        notes = [one if isinstance(one, Note) else Note.of(one) for one in letters]
        events: list[AgendaEvent] = []
        deadlines: list[AgendaDeadline] = []
        for family, members in _families(notes).items():
            _rows_of(family, members, events, deadlines)
        self._events = _Line(_called_off(events), lambda row: (row.start, row.end), long=62)
        self._deadlines = _Line(deadlines, lambda row: (row.date, row.date), long=0)
        self._due = [row.date.toordinal() for row in self._deadlines.rows]
        self._opened = [row.opened.toordinal() if row.opened else 0 for row in self._deadlines.rows]

    def events(
        self,
        *,
        since: dt.date | str | None = None,
        until: dt.date | str | None = None,
        status: EventStatus | Iterable[EventStatus] | None = SHOWN,
        language: Language | None = None,
    ) -> tuple[AgendaEvent, ...]:
        """The events that touch a span of days, both ends included, by first day.

        Args:
            status: those in these states only; None for all, also those that letters merely mention or look back on.
            language: give name and place in the words of a letter in this language, where there is one.

        Raises:
            QueryError: a day, status or language is none.
        """
        wanted = _statuses(status)
        first, last = day(since), day(until)
        rows = [row for row in self._events.between(first, last) if wanted is None or row.status in wanted]
        return tuple(_in_words(row, _language(language)) for row in rows) if language else tuple(rows)

    def deadlines(
        self,
        *,
        open_on: dt.date | str | None = None,
        since: dt.date | str | None = None,
        until: dt.date | str | None = None,
        language: Language | None = None,
    ) -> tuple[AgendaDeadline, ...]:
        """The deadlines of a span of days, both ends included, or those that were open on a day.

        Raises:
            QueryError: a day or language is none.
        """
        on, first, last = day(open_on), day(since), day(until)
        if on is None:
            rows = self._deadlines.between(first, last)
        else:
            low = bisect_left(self._due, max(on, first or on).toordinal())
            high = len(self._due) if last is None else bisect_right(self._due, last.toordinal())
            told = zip(self._deadlines.rows[low:high], self._opened[low:high], strict=True)
            rows = [row for row, opened in told if opened <= on.toordinal()]
        return tuple(_due_in_words(row, _language(language)) for row in rows) if language else tuple(rows)


def day(value: dt.date | str | None) -> dt.date | None:
    """A day as a date.

    Raises:
        QueryError: it is none.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if value is None or isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise QueryError(f"{value!r} is no day.", hint="Write it as 2018-03-26.") from None


def _statuses(status: EventStatus | Iterable[EventStatus] | None) -> frozenset[str] | None:
    known = get_args(EventStatus)
    if status is None:
        return None
    wanted = frozenset((status,) if isinstance(status, str) else status)
    if wrong := sorted(wanted - set(known)):
        raise QueryError(f"There is no status {wrong[0]!r}.", hint=f"Events are {', '.join(known)}.")
    return wanted


def _language(code: Language) -> Language:
    if code not in _RANK:
        raise QueryError(f"There is no language {code!r}.", hint=f"Languages are {', '.join(_RANK)}.")
    return code


def _in_words(row: AgendaEvent, language: Language) -> AgendaEvent:
    told = next((t for t in reversed(row.letters) if t.language == language), None)
    if told is None:
        return row
    return msgspec.structs.replace(row, name=told.name or row.name, place=told.place or row.place)


def _due_in_words(row: AgendaDeadline, language: Language) -> AgendaDeadline:
    told = next((t for t in reversed(row.letters) if t.language == language and t.name), None)
    return msgspec.structs.replace(row, what=told.name) if told else row


# -- families ----------------------------------------------------------------------------------------------------------


def _families(notes: Iterable[Note]) -> dict[str, list[Note]]:
    """Letters by the identity that they share without supplements; by their key where they have none.

    A joint letter belongs to its first identity, and so does a supplement to any of its identities.
    """
    first: dict[str, str] = {}
    listed = list(notes)
    for note in listed:
        if len(note.ids) > 1 and note.id:
            for other in note.ids:
                first.setdefault(base_of(other), base_of(note.id))
    families: dict[str, list[Note]] = defaultdict(list)
    for note in listed:
        base = base_of(note.id) if note.id else note.key
        families[first.get(base, base)].append(note)
    return families


def _rows_of(family: str, members: list[Note], events: list[AgendaEvent], deadlines: list[AgendaDeadline]) -> None:
    """Append a family's rows."""
    if len(members) == 1:
        _rows_of_one(family, members[0], events, deadlines)
        return
    happening: list[Draft] = []
    due: list[Draft] = []
    letters = _in_order(members)
    for versions in letters:
        told = [[Draft.of_event(note, n, event) for n, event in enumerate(note.events)] for note in versions]
        asked = [[Draft.of_deadline(note, n, d) for n, d in enumerate(note.deadlines)] for note in versions]
        for drafts, found in ((happening, versions_merged(told)), (due, versions_merged(asked))):
            if versions is letters[0]:
                drafts.extend(found)
            else:
                amend(drafts, found)
    head = letters[0][0]
    uids = _Uids(family)
    events.extend(_event_row(draft, head, uids) for draft in happening)
    deadlines.extend(_deadline_row(draft, head, uids) for draft in due)


def _rows_of_one(family: str, note: Note, events: list[AgendaEvent], deadlines: list[AgendaDeadline]) -> None:
    """The rows of a letter that is alone, as nearly all are: what `_rows_of` would give, in a third of the time."""
    if not (note.events or note.deadlines):
        return
    uids = _Uids(family)
    base = _base(note)

    def told(n: int, name: str | None, place: str | None) -> tuple[Told]:
        return (_teller(note, n, name, place),)

    for n, e in enumerate(note.events):
        known = f"{e.body} {e.number}" if e.body and e.number is not None else e.start.isoformat()
        events.append(
            AgendaEvent(
                uid=uids.of("event", known), id=base, bureau=note.bureau, subject=note.subject, name=e.name, place=e.place,
                start=e.start, end=max(e.start, e.end), time=e.time, status=e.status, body=e.body, number=e.number,
                letters=told(n, e.name, e.place),
            )
        )  # fmt: skip
    for n, d in enumerate(note.deadlines):
        deadlines.append(
            AgendaDeadline(
                uid=uids.of("deadline", d.date.isoformat()), id=base, bureau=note.bureau, subject=note.subject,
                date=d.date, time=d.time, what=d.what, computed=d.computed, opened=note.date, letters=told(n, d.what, None),
            )
        )  # fmt: skip


def _in_order(members: list[Note]) -> list[list[Note]]:
    """The letters of a family, each in its versions: the letter itself, then its supplements by date and number."""
    letters: dict[str, list[Note]] = defaultdict(list)
    for note in sorted(members, key=lambda note: (_RANK.get(note.language or "", 9), note.key)):
        letters[note.id or ""].append(note)

    def place(identity: str) -> tuple[bool, dt.date, str]:
        dates = [note.date for note in letters[identity] if note.date]
        return base_of(identity) != identity, min(dates, default=_LAST), identity

    return [letters[identity] for identity in sorted(letters, key=place)]


class _Uids:
    """Names for the rows of a family: from its identity and what is least likely to change about an event."""

    def __init__(self, family: str) -> None:
        self._family = family
        self._seen: dict[str, int] = {}

    def of(self, kind: str, what: str) -> str:
        name = f"{kind}\n{what}"
        nth = self._seen[name] = self._seen.get(name, -1) + 1
        return hashlib.sha256(f"{_SPACE}{self._family}\n{name}\n{nth}".encode()).hexdigest()[:32]


def _event_row(draft: Draft, head: Note, uids: _Uids) -> AgendaEvent:
    # A numbered meeting keeps its name whatever becomes of its days; others are known by the day first announced.
    known = f"{draft.body} {draft.number}" if draft.body and draft.number is not None else draft.first.isoformat()
    return AgendaEvent(
        uid=uids.of("event", known), id=_base(head), bureau=head.bureau, subject=head.subject,
        name=draft.name, place=draft.place, start=draft.start, end=draft.end, time=draft.time, status=draft.status,
        body=draft.body, number=draft.number, letters=_told(draft), changes=_changes(draft), disputed=draft.disputed,
    )  # fmt: skip


def _deadline_row(draft: Draft, head: Note, uids: _Uids) -> AgendaDeadline:
    told = _told(draft)
    dates = [letter.date for letter in told if letter.date]
    return AgendaDeadline(
        uid=uids.of("deadline", draft.first.isoformat()), id=_base(head), bureau=head.bureau, subject=head.subject,
        date=draft.start, time=draft.time, what=draft.name, computed=draft.computed,
        opened=min(dates, default=None), letters=told, changes=_changes(draft),
    )  # fmt: skip


def _base(head: Note) -> str | None:
    return base_of(head.id) if head.id else None


def _told(draft: Draft) -> tuple[Told, ...]:
    return tuple(_teller(*told) for told in draft.told)


def _teller(note: Note, n: int, name: str | None, place: str | None) -> Told:
    return Told(
        key=note.key, id=note.id, bureau=note.bureau, ref=note.ref, language=note.language, date=note.date,
        subject=note.subject, n=n, name=name, place=place,
    )  # fmt: skip


def _changes(draft: Draft) -> tuple[Change, ...]:
    return tuple(
        Change(key=note.key, id=note.id, date=note.date, field=field, before=before, after=after)
        for note, field, before, after in draft.changes
    )


def _called_off(rows: Sequence[AgendaEvent]) -> Iterable[AgendaEvent]:
    """The rows, with those cancelled that a later letter of another number cancels: same body or name, same days."""
    cancelling: dict[tuple[dt.date, dt.date], list[AgendaEvent]] = defaultdict(list)
    for row in rows:
        if row.status == "cancelled":
            cancelling[row.start, row.end].append(row)
    return (
        _cancelled(row, cancelling.get((row.start, row.end), ())) if row.status == "announced" else row for row in rows
    )


_TELLING = 16  # characters from which a name is no mere "Meeting"


def _cancelled(row: AgendaEvent, by: Iterable[AgendaEvent]) -> AgendaEvent:
    for other in by:
        letter, first = other.letters[-1], row.letters[0]
        if not (letter.date and first.date and letter.date > first.date):
            continue
        both = row.body is not None and other.body is not None
        if row.body == other.body and None in (row.number, other.number) and both:
            same = True
        elif both:
            same = (row.body, row.number) == (other.body, other.number)
        else:
            same = any(len(name) >= _TELLING for name in _names(row) & _names(other))
        if same:
            change = Change(
                key=letter.key, id=letter.id, date=letter.date, field="status", before=row.status, after="cancelled"
            )
            return msgspec.structs.replace(row, status="cancelled", changes=(*row.changes, change))
    return row


def _names(row: AgendaEvent) -> set[str]:
    return {plain(told.name).casefold() for told in row.letters if told.name}
