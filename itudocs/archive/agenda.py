"""What is announced when: events and deadlines of many letters, one row each, with later corrections applied.

    records ─ families: a letter in its languages, its supplements ─▶ drafts ─ supplements applied ─▶ rows ─▶ Agenda

An agenda answers for spans and days; the rows are made in `families` and `drafts`, their types are in `occasions`.
`Archive` keeps an agenda for as long as its store does not change; calendars are `itudocs.export.calendar`'s.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar, get_args

import msgspec

from itudocs.archive.families import rows_of
from itudocs.archive.occasions import AgendaDeadline, AgendaEvent, Change, Note, Told, notes
from itudocs.errors import QueryError
from itudocs.lexicon import LANGUAGES
from itudocs.model import Circular, EventStatus, Language

__all__ = ["SHOWN", "Agenda", "AgendaDeadline", "AgendaEvent", "Change", "Note", "Told", "day", "notes"]

SHOWN: tuple[EventStatus, ...] = ("announced", "cancelled")
"""The states of events that are shown where none is asked for: what letters announce, and what became of it."""

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
        events, deadlines = rows_of(one if isinstance(one, Note) else Note.of(one) for one in letters)
        self._events = _Line(events, lambda row: (row.start, row.end), long=62)
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
        wanted, words = _statuses(status), _language(language)
        first, last = day(since), day(until)
        rows = [row for row in self._events.between(first, last) if wanted is None or row.status in wanted]
        return tuple(_in_words(row, words) for row in rows) if words else tuple(rows)

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
        words = _language(language)
        on, first, last = day(open_on), day(since), day(until)
        if on is None:
            rows = self._deadlines.between(first, last)
        else:
            low = bisect_left(self._due, max(on, first or on).toordinal())
            high = len(self._due) if last is None else bisect_right(self._due, last.toordinal())
            told = zip(self._deadlines.rows[low:high], self._opened[low:high], strict=True)
            rows = [row for row, opened in told if opened <= on.toordinal()]
        return tuple(_due_in_words(row, words) for row in rows) if words else tuple(rows)


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


def _language(code: Language | None) -> Language | None:
    if code is not None and code not in LANGUAGES:
        raise QueryError(f"There is no language {code!r}.", hint=f"Languages are {', '.join(LANGUAGES)}.")
    return code


def _in_words(row: AgendaEvent, language: Language) -> AgendaEvent:
    told = next((t for t in reversed(row.letters) if t.language == language), None)
    if told is None:
        return row
    return msgspec.structs.replace(row, name=told.name or row.name, place=told.place or row.place)


def _due_in_words(row: AgendaDeadline, language: Language) -> AgendaDeadline:
    told = next((t for t in reversed(row.letters) if t.language == language and t.name), None)
    return msgspec.structs.replace(row, what=told.name) if told else row
