"""The rows of an agenda, and as much of a record as is needed to make them. Types; what computes stands after them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator

import msgspec

from itudocs.errors import ArchiveDamaged
from itudocs.model import Bureau, Circular, Deadline, Event, EventStatus, Language, Record


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
            yield decode(_head(record))
        except msgspec.MsgspecError as fault:
            raise ArchiveDamaged(
                f"A stored record is damaged ({fault}). `itudocs verify` names it; `itudocs rebuild --reparse` makes it anew "
                f"from its letter's bytes."
            ) from fault


def _head(record: bytes) -> bytes:
    """A record without its zones and evidence, three quarters of it, where what is needed stands before them.

    `Circular.to_json` has always written it so; of a record in another order nothing is left out. No text can hold these
    marks: in JSON its quotation marks have backslashes in front.
    """
    at = record.find(b',"zones":[')
    if at > 0 and record.find(b',"deadlines":[', 0, at) > 0 and record.find(b',"events":[', 0, at) > 0:
        return record[:at] + b"}"
    return record


_SUPPLEMENT = re.compile(r"(.+?)/((?:add|cor|rev)\d+(?:/.*)?)")


def base_of(identity: str) -> str:
    """An identity without its supplements: `cr/387` of `cr/387/cor1`."""
    found = _SUPPLEMENT.fullmatch(identity)
    return found[1] if found else identity


def corrects(identity: str) -> bool:
    """Whether an identity is that of a corrigendum or revision: `cr/387/cor1`."""
    return re.search(r"/(?:cor|rev)\d+$", identity) is not None
