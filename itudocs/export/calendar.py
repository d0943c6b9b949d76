"""Events and deadlines as iCalendar (RFC 5545), written by the `icalendar` library: a calendar subscribes to an archive.

| in the agenda | in the calendar |
|---|---|
| `uid` | `UID`: the same in every run, so that an event that a corrigendum moves is moved and not doubled |
| days | all-day, `DTEND` the day after the last, as the standard has it |
| a printed time | of an event or deadline of one day a moment without an end, which letters seldom tell; of several days from that \
moment to the end of the last day. Floating, that is local time wherever it is read, as letters mean it; in UTC where the \
letter names UTC, Geneva time or another zone that `lexicon/clock.toml` knows; 24:00 is 23:59, which is on the day itself |
| changes | `SEQUENCE`, raised by every letter that changed the event; the description names them |
| cancelled | `STATUS:CANCELLED`; a letter that merely mentions an event leaves it `TENTATIVE` |
| letters | the description cites each; `URL` where `link` says how a letter's page is found |
| newest date of a letter | `DTSTAMP`: the same letters give the same bytes |

The library is that of the extra `calendar`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from itudocs._version import __version__
from itudocs.export.citing import Citable, cite, name
from itudocs.export.harmless import cell, line
from itudocs.lexicon.clock import clock
from itudocs.libraries import library

if TYPE_CHECKING:
    from collections.abc import Sequence

_STATUS = {"announced": "CONFIRMED", "past": "CONFIRMED", "mentioned": "TENTATIVE", "cancelled": "CANCELLED"}
_DAY = dt.timedelta(1)


class Change(Protocol):
    """What a later letter changed (`itudocs.archive.occasions.Change`)."""

    @property
    def key(self) -> str: ...
    @property
    def id(self) -> str | None: ...
    @property
    def date(self) -> dt.date | None: ...
    @property
    def field(self) -> str: ...
    @property
    def before(self) -> str | None: ...
    @property
    def after(self) -> str | None: ...


class _Dated(Protocol):
    @property
    def uid(self) -> str: ...
    @property
    def subject(self) -> str | None: ...
    @property
    def time(self) -> str | None: ...
    @property
    def letters(self) -> Sequence[Citable]: ...
    @property
    def changes(self) -> Sequence[Change]: ...
    @property
    def sequence(self) -> int: ...


class EventRow(_Dated, Protocol):
    """An event (`itudocs.archive.occasions.AgendaEvent`)."""

    @property
    def name(self) -> str | None: ...
    @property
    def place(self) -> str | None: ...
    @property
    def start(self) -> dt.date: ...
    @property
    def end(self) -> dt.date: ...
    @property
    def status(self) -> str: ...


class DeadlineRow(_Dated, Protocol):
    """A deadline (`itudocs.archive.occasions.AgendaDeadline`)."""

    @property
    def what(self) -> str | None: ...
    @property
    def date(self) -> dt.date: ...
    @property
    def computed(self) -> bool: ...


def calendar(
    events: Iterable[EventRow],
    deadlines: Iterable[DeadlineRow] = (),
    *,
    title: str = "ITU circular letters",
    link: str | None = None,
) -> Iterator[bytes]:
    """The calendar in pieces, one a component; joined they are the file.

    Args:
        title: what calendars show it as.
        link: address of a letter's page, with `{key}` where its key belongs.

    Raises:
        MissingLibrary: icalendar is not installed.
    """
    icalendar = library("icalendar", "calendar")
    whole = icalendar.Calendar()
    whole.add("prodid", f"-//itudocs//itudocs {__version__}//EN")
    whole.add("version", "2.0")
    whole.add("x-wr-calname", line(title))
    begin, end, _ = whole.to_ical().partition(b"END:VCALENDAR")
    yield begin
    for event in events:
        yield _event(icalendar, event, link).to_ical()
    for deadline in deadlines:
        yield _deadline(icalendar, deadline, link).to_ical()
    yield end + b"\r\n"


def _event(icalendar: Any, row: EventRow, link: str | None) -> Any:
    component = _component(icalendar, row, row.start, row.end, link)
    component.add("summary", line(row.name or row.subject or "") or _called(row))
    if row.place:
        component.add("location", line(row.place))
    component.add("status", _STATUS[row.status])
    component.add("categories", ["EVENT"])
    return component


def _deadline(icalendar: Any, row: DeadlineRow, link: str | None) -> Any:
    component = _component(icalendar, row, row.date, row.date, link)
    component.add("summary", f"Deadline: {line(row.what or row.subject or '') or _called(row)}")
    component.add("status", "CONFIRMED")
    component.add("transp", "TRANSPARENT")
    component.add("categories", ["DEADLINE"])
    return component


def _called(row: _Dated) -> str:
    return (row.letters and name(row.letters[0])) or "Circular letter"


def _component(icalendar: Any, row: _Dated, start: dt.date, end: dt.date, link: str | None) -> Any:
    component = icalendar.Event()
    component.add("uid", row.uid)
    dates = [*(letter.date for letter in row.letters), *(change.date for change in row.changes)]
    newest = max((date for date in dates if date), default=start)
    component.add("dtstamp", dt.datetime(newest.year, newest.month, newest.day, tzinfo=dt.UTC))
    for field, value in zip(("dtstart", "dtend"), _span(row.time, start, end), strict=True):
        if value is not None:
            component.add(field, value)
    component.add("sequence", row.sequence)
    component.add("description", "\n".join(_description(row)))
    if link and row.letters:
        component.add("url", link.replace("{key}", row.letters[0].key))
    return component


def _span(time: str | None, start: dt.date, end: dt.date) -> tuple[dt.date | dt.datetime, dt.date | dt.datetime | None]:
    """When it begins and when it is over. At the end of time there is no day after the last."""
    after = end + _DAY if end < dt.date.max else None
    printed = clock(time) if time else None
    if printed is None:
        return start, after
    try:
        zone = ZoneInfo(printed.zone) if printed.zone else None
        opening = dt.datetime(start.year, start.month, start.day, tzinfo=zone)
        # 24:00 is the next day's 00:00, where nobody looks for it
        opening += dt.timedelta(minutes=min(printed.hour * 60 + printed.minute, 24 * 60 - 1))
        closing = None
        if end > start and after:
            closing = dt.datetime(after.year, after.month, after.day, tzinfo=zone)
        if zone is None:
            return opening, closing
        return opening.astimezone(dt.UTC), closing and closing.astimezone(dt.UTC)
    except OverflowError:  # the first or last day there is
        return start, after


def _description(row: _Dated) -> Iterator[str]:
    if row.subject:
        yield line(row.subject)
    if row.time:
        yield f"Time as printed: {line(row.time)}"
    for change in row.changes:
        by = change.id or change.key[:16]
        yield cell(f"Changed by {by}: {change.field} {line(change.before or '-')} -> {line(change.after or '-')}")
    for letter in row.letters:
        yield cite(letter)
