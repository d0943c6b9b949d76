"""Letters that share an identity, and the rows that they make together: versions merged, supplements applied.

A family is a letter in all its languages and printings, with its addenda, corrigenda and revisions. What counts as the
same event or deadline is decided in `drafts`; a row's name, its order and what other letters call off are settled here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from itudocs.archive.drafts import TELLING, Draft, amend, versions_merged
from itudocs.archive.occasions import AgendaDeadline, AgendaEvent, Change, Note, Told, base_of, corrects
from itudocs.lexicon import LANGUAGES
from itudocs.lexicon.plain import plain

_SPACE = "itudocs agenda\n"  # what rows' names are hashed behind; to change it is to change every calendar
_RANK: dict[str, int] = {language: n for n, language in enumerate(LANGUAGES)}


def rows_of(letters: Iterable[Note]) -> tuple[list[AgendaEvent], list[AgendaDeadline]]:
    """The events and deadlines of some letters, in no particular order."""
    events: list[AgendaEvent] = []
    deadlines: list[AgendaDeadline] = []
    for family, members in _families(letters).items():
        _rows_of(family, members, events, deadlines)
    return list(_called_off(events)), deadlines


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
                amend(drafts, found, corrects=corrects(versions[0].id or ""))
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
        return base_of(identity) != identity, min(dates, default=dt.date.max), identity

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
            same = any(len(name) >= TELLING for name in _names(row) & _names(other))
        if same:
            change = Change(
                key=letter.key, id=letter.id, date=letter.date, field="status", before=row.status, after="cancelled"
            )
            return msgspec.structs.replace(row, status="cancelled", changes=(*row.changes, change))
    return row


def _names(row: AgendaEvent) -> set[str]:
    return {plain(told.name).casefold() for told in row.letters if told.name}
