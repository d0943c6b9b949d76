"""Calendar: what letters announce for a month or another span of days, and the deadlines open on a day.

Rows are the agenda's (`itudocs.archive.agenda`): one an event, language versions merged, corrigenda applied. A page that is
asked for no span shows the month of today or, where letters tell of nothing then, the nearest month of which they do.
"""

from __future__ import annotations

import calendar as months
import datetime as dt
import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Annotated, Literal, TypeVar, get_args
from urllib.parse import urlencode

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.params import QueryParameter
from litestar.response import Stream

from itudocs.archive.agenda import SHOWN, Agenda, AgendaDeadline, AgendaEvent, Change, Told
from itudocs.errors import QueryError
from itudocs.export.calendar import calendar
from itudocs.export.harmless import line
from itudocs.model import Bureau, EventStatus, Language, Record
from itudocs.web.asked import NoSuchPage
from itudocs.web.handed import TheAside, TheSettings
from itudocs.web.render import render
from itudocs.web.settings import Settings
from itudocs.web.urls import edge_day

PAGE = 200
"""Rows a page shows."""
OPEN = 50
"""Open deadlines that it lists."""
IN_FILE = 2_000
"""Rows of a calendar file at most: some 5,000 are written in a second."""
NAMES = 3
"""Names that a day of the month's table shows."""
NEAR = dt.timedelta(days=366)
"""How far ahead of today something is looked for."""

Kind = Literal["event", "deadline"]
Some = TypeVar("Some", AgendaEvent, AgendaDeadline)


class Wanted(Record, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """What a calendar is asked for; every value as it stands in the address, None or empty where nothing does.

    Attributes:
        month: `2018-03`; wins over `since` and `until`, first and last day: `2018-03-26`, `2018-03` or `2018`.
        on: the day by which open deadlines are reckoned; today without.
        status: states of events; announced and cancelled ones without.
        language: in whose words names and places are given, where a letter in it has them.
        bureau: only what letters of these bureaux announce.
    """

    month: str | None = None
    since: str | None = None
    until: str | None = None
    on: str | None = None
    status: tuple[EventStatus, ...] = ()
    language: Language | None = None
    bureau: tuple[Bureau, ...] = ()
    page: int = 1

    def url(self, form: str = "", **changes: object) -> str:
        """The one address of this calendar, or of the same with changes; `form` is `.json`, `.ics` or nothing."""
        plain = msgspec.to_builtins(msgspec.structs.replace(self, **{"page": 1, **changes}))
        pairs = [(name, value) for name, value in plain.items() if value and (name, value) != ("page", 1)]
        return f"/calendar{form}" + (f"?{urlencode(pairs, doseq=True)}" if pairs else "")


class Teller(Record, frozen=True, kw_only=True):
    """A letter that tells of an event or deadline; `path` is that of the value in its record."""

    key: str
    name: str
    language: Language | None
    date: dt.date | None
    path: str


class Row(Record, frozen=True, kw_only=True):
    """An event or a deadline, in its latest known state.

    Attributes:
        title: name of the event or what is due, else the letter's subject or number; in the language `words`.
        start, end: first and last day; of a deadline the day itself, twice.
        opened: of a deadline, the date of the first letter that tells of it.
        computed: of a deadline, whether it was worked out ("two months before the meeting").
        disputed: language versions disagree about the days.
    """

    kind: Kind
    uid: str
    title: str
    words: Language | None
    place: str | None
    start: dt.date
    end: dt.date
    time: str | None
    status: EventStatus | None
    bureau: Bureau | None
    opened: dt.date | None = None
    computed: bool = False
    disputed: bool = False
    letters: tuple[Teller, ...]
    changes: tuple[Change, ...]


class ListedDay(Record, frozen=True, kw_only=True):
    """A day of the list, and what begins or is due on it (on the first day also what began earlier)."""

    date: dt.date
    rows: tuple[Row, ...]


class GridDay(Record, frozen=True, kw_only=True):
    """A day of the month's table: how much there is on it, and the first few names."""

    date: dt.date
    inside: bool
    listed: bool
    events: int = 0
    deadlines: int = 0
    first: tuple[Row, ...] = ()


class Choice(Record, frozen=True, kw_only=True):
    """A value that can be chosen, and whether it is."""

    value: str
    chosen: bool


class CalendarPage(Record, frozen=True, kw_only=True):
    """
    Attributes:
        wanted: what was asked for, with the month filled in where one is shown.
        month: first day of the month that is shown; None where another span is.
        since, until: first and last day; None where the span has no such end.
        today: the day by which deadlines are open.
        elsewhere: nothing was asked for, and this is not the month of today but the nearest that has something.
        events, deadlines: how many there are in the span; `days` are one page of them, of `pages`.
        weeks: the month's table, weeks of seven days from Monday; empty where no month is shown.
        open: deadlines told of and not passed on `today`, the next first; `open_total` counts them all.
        earlier, later: the months beside this one; of an empty span the nearest that have something.
        statuses, languages, bureaux: what can be chosen.
    """

    wanted: Wanted
    month: dt.date | None
    since: dt.date | None
    until: dt.date | None
    today: dt.date
    elsewhere: bool
    events: int
    deadlines: int
    pages: int
    days: tuple[ListedDay, ...]
    weeks: tuple[tuple[GridDay, ...], ...]
    open: tuple[Row, ...]
    open_total: int
    earlier: str | None
    later: str | None
    statuses: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    bureaux: tuple[Choice, ...]


class _Span(Record, frozen=True, kw_only=True):
    wanted: Wanted
    month: dt.date | None
    since: dt.date | None
    until: dt.date | None
    elsewhere: bool = False


def calendar_page(agenda: Agenda, wanted: Wanted, *, settings: Settings) -> CalendarPage:
    """The calendar of a span.

    Raises:
        QueryError: a day or month is none.
        NoSuchPage: it has not so many pages.
    """
    today = edge_day(wanted.on or "", last=False) or settings.today or dt.date.today()
    span = _span(agenda, wanted, today)
    events, deadlines = _within(agenda, wanted, span.since, span.until)
    count = len(events) + len(deadlines)
    pages = max(1, -(-count // PAGE))
    if not 1 <= wanted.page <= pages:
        raise NoSuchPage(wanted.page, pages)
    # Both are sorted by first day, and so by the day they are listed under: a page costs what lies before it, no sorting
    rows: Iterator[AgendaEvent | AgendaDeadline] = heapq.merge(
        events, deadlines, key=lambda one: (_listed(one, span.since), not _is_event(one), _first(one))
    )
    shown = islice(rows, (wanted.page - 1) * PAGE, wanted.page * PAGE)
    days = tuple(
        ListedDay(date=day, rows=tuple(_row(one, wanted.language) for one in some))
        for day, some in groupby(shown, key=lambda one: _listed(one, span.since))
    )
    still_open = _of(agenda.deadlines(open_on=today, language=wanted.language), wanted)
    earlier, later = _beside(agenda, span, empty=not count)
    return CalendarPage(
        wanted=span.wanted, month=span.month, since=span.since, until=span.until, today=today, elsewhere=span.elsewhere,
        events=len(events), deadlines=len(deadlines), pages=pages, days=days,
        weeks=_weeks(span.month, events, deadlines, {day.date for day in days}, wanted.language) if span.month else (),
        open=tuple(_row(one, wanted.language) for one in still_open[:OPEN]), open_total=len(still_open),
        earlier=earlier, later=later,
        statuses=_choices(get_args(EventStatus), wanted.status or SHOWN),
        languages=_choices(get_args(Language), (wanted.language,)),
        bureaux=_choices(get_args(Bureau), wanted.bureau),
    )  # fmt: skip


def calendar_file(agenda: Agenda, wanted: Wanted, *, settings: Settings, link: str) -> Iterator[bytes]:
    """The same span as iCalendar, all pages of it, in pieces.

    Args:
        link: address of a letter's page, with `{key}` in it.

    Raises:
        QueryError: a day or month is none, or there is more than a file may hold.
        MissingLibrary: icalendar is not installed.
    """
    span = _span(agenda, wanted, settings.today or dt.date.today())
    events, deadlines = _within(agenda, wanted, span.since, span.until)
    if len(events) + len(deadlines) > IN_FILE:
        raise QueryError(
            f"That is a calendar of {len(events) + len(deadlines):,} entries; {IN_FILE:,} are given at once.",
            hint="Ask for a shorter span, or for all of it with `itudocs events --ics FILE`.",
        )
    return calendar(events, deadlines, link=link)


# -- what is asked for ---------------------------------------------------------------------------------------------------


def _span(agenda: Agenda, wanted: Wanted, today: dt.date) -> _Span:
    if wanted.month:
        first, last = edge_day(wanted.month or "", last=False), edge_day(wanted.month or "", last=True)
        if first is None or last is None or (first.year, first.month) != (last.year, last.month):
            raise QueryError(f"{wanted.month!r} is no month.", hint="Write it as 2018-03.")
        return _month(wanted, first.replace(day=1))
    if wanted.since or wanted.until:
        since, until = edge_day(wanted.since or "", last=False), edge_day(wanted.until or "", last=True)
        if since and until and since > until:
            raise QueryError("The span ends before it begins.", hint="Give the earlier day as `from`.")
        return _Span(wanted=wanted, month=None, since=since, until=until)
    now = today.replace(day=1)
    nearest = _nearest(agenda, wanted, now)
    return msgspec.structs.replace(_month(wanted, nearest or now), elsewhere=nearest not in (None, now))


def _month(wanted: Wanted, first: dt.date) -> _Span:
    last = first.replace(day=months.monthrange(first.year, first.month)[1])
    asked = msgspec.structs.replace(wanted, month=_named(first), since=None, until=None)
    return _Span(wanted=asked, month=first, since=first, until=last)


def _nearest(agenda: Agenda, wanted: Wanted, now: dt.date) -> dt.date | None:
    """The first day of the nearest month, from this one on and then backwards, of which letters tell something."""
    if ahead := _days(*_within(agenda, wanted, now, now + NEAR)):
        return max(min(ahead), now).replace(day=1)
    for span in (NEAR, 10 * NEAR, None):  # most archives end not long ago
        since = now - span if span and now.toordinal() > span.days else None
        if behind := _days(*_within(agenda, wanted, since, now)):
            return max(behind).replace(day=1)
    return None


def _days(events: Iterable[AgendaEvent], deadlines: Iterable[AgendaDeadline]) -> list[dt.date]:
    return [*(one.start for one in events), *(one.date for one in deadlines)]


def _beside(agenda: Agenda, span: _Span, *, empty: bool) -> tuple[str | None, str | None]:
    """The months before and after; of an empty month the nearest that have something."""
    if span.month is None or span.since is None or span.until is None:
        return None, None
    before = span.since - dt.timedelta(1) if span.since > dt.date.min else None
    after = span.until + dt.timedelta(1) if span.until < dt.date.max else None
    if empty:
        before = max(_days(*_within(agenda, span.wanted, None, before)), default=None) if before else None
        after = min(_days(*_within(agenda, span.wanted, after, None)), default=None) if after else None
    return _named(before) if before else None, _named(after) if after else None


def _named(day: dt.date) -> str:
    """A day's month: `2018-03`."""
    return day.isoformat()[:7]


def _within(
    agenda: Agenda, wanted: Wanted, since: dt.date | None, until: dt.date | None
) -> tuple[list[AgendaEvent], list[AgendaDeadline]]:
    events = agenda.events(since=since, until=until, status=wanted.status or SHOWN, language=wanted.language)
    deadlines = agenda.deadlines(since=since, until=until, language=wanted.language)
    return _of(events, wanted), _of(deadlines, wanted)


def _of(rows: Iterable[Some], wanted: Wanted) -> list[Some]:
    return [row for row in rows if row.bureau in wanted.bureau] if wanted.bureau else list(rows)


def _choices(values: Iterable[str], chosen: Iterable[str | None]) -> tuple[Choice, ...]:
    some = set(chosen)
    return tuple(Choice(value=value, chosen=value in some) for value in values)


# -- rows ----------------------------------------------------------------------------------------------------------------


def _is_event(one: AgendaEvent | AgendaDeadline) -> bool:
    return isinstance(one, AgendaEvent)


def _first(one: AgendaEvent | AgendaDeadline) -> dt.date:
    return one.start if isinstance(one, AgendaEvent) else one.date


def _listed(one: AgendaEvent | AgendaDeadline, since: dt.date | None) -> dt.date:
    """The day under which it stands in a list that begins on a day."""
    return max(_first(one), since) if since else _first(one)


def _row(one: AgendaEvent | AgendaDeadline, language: Language | None) -> Row:
    field = "events" if isinstance(one, AgendaEvent) else "deadlines"
    own = one.name if isinstance(one, AgendaEvent) else one.what
    title, words = _title(one, own, language)
    letters = tuple(
        Teller(key=told.key, name=line(told.ref or told.id or "") or told.key[:12], language=told.language, date=told.date,
               path=f"{field}/{told.n}")
        for told in one.letters
    )  # fmt: skip
    if isinstance(one, AgendaEvent):
        return Row(
            kind="event", uid=one.uid, title=title, words=words, place=line(one.place or "") or None, start=one.start,
            end=one.end, time=line(one.time or "") or None, status=one.status, bureau=one.bureau, disputed=one.disputed,
            letters=letters, changes=one.changes,
        )  # fmt: skip
    return Row(
        kind="deadline", uid=one.uid, title=title, words=words, place=None, start=one.date, end=one.date,
        time=line(one.time or "") or None, status=None, bureau=one.bureau, opened=one.opened, computed=one.computed,
        letters=letters, changes=one.changes,
    )  # fmt: skip


def _title(
    one: AgendaEvent | AgendaDeadline, own: str | None, language: Language | None
) -> tuple[str, Language | None]:
    """What a row is called, and the language that is in: of the letter whose words they are."""
    first: Told | None = one.letters[0] if one.letters else None
    if own and line(own):
        teller = next((told for told in reversed(one.letters) if told.language == language and told.name), None)
        teller = teller or next((told for told in one.letters if told.name == own), first)
        return line(own), teller.language if teller else None
    if one.subject and line(one.subject):
        teller = next((told for told in one.letters if told.subject == one.subject), first)
        return line(one.subject), teller.language if teller else None
    return line((first and (first.ref or first.id)) or one.id or one.uid), None


def _weeks(
    month: dt.date, events: list[AgendaEvent], deadlines: list[AgendaDeadline], listed: set[dt.date],
    language: Language | None,
) -> tuple[tuple[GridDay, ...], ...]:  # fmt: skip
    """The month's table. An event of several days stands on each."""
    length = months.monthrange(month.year, month.month)[1]
    on: dict[int, list[AgendaEvent | AgendaDeadline]] = {day: [] for day in range(1, length + 1)}
    last = month.replace(day=length)
    for event in events:
        for day in range(max(event.start, month).day, min(event.end, last).day + 1):
            on[day].append(event)
    for due in deadlines:
        on[due.date.day].append(due)
    days = []
    for ordinal in range(-month.weekday(), length + (-(month.weekday() + length) % 7)):
        try:
            date = dt.date.fromordinal(month.toordinal() + ordinal)
        except (ValueError, OverflowError):  # beside the first or last day there is
            date = month if ordinal < 0 else last
        some = on[ordinal + 1] if 0 <= ordinal < length else []
        days.append(
            GridDay(
                date=date, inside=0 <= ordinal < length, listed=date in listed, events=sum(map(_is_event, some)),
                deadlines=sum(not _is_event(one) for one in some),
                first=tuple(_row(one, language) for one in some[:NAMES]),
            )
        )  # fmt: skip
    return tuple(tuple(days[at : at + 7]) for at in range(0, len(days), 7))


# -- handlers ------------------------------------------------------------------------------------------------------------

_Text = str | None
Month = Annotated[_Text, QueryParameter(name="month", description="A month: 2018-03.", max_length=40)]
From = Annotated[_Text, QueryParameter(name="from", description="First day, or year or month.", max_length=40)]
To = Annotated[_Text, QueryParameter(name="to", description="Last day, or year or month.", max_length=40)]
On = Annotated[_Text, QueryParameter(name="on", description="Day by which open deadlines are reckoned.", max_length=40)]
Status = Annotated[
    list[EventStatus] | None,
    QueryParameter(name="status", description="States of events; announced and cancelled without."),
]
Words = Annotated[
    Literal["", "en", "fr", "es", "ru", "ar", "zh"] | None,
    QueryParameter(name="language", description="In the words of letters in this language."),
]
Bureaux = Annotated[list[Bureau] | None, QueryParameter(name="bureau", description="Of these bureaux only.")]
Page = Annotated[int, QueryParameter(name="page", ge=1, le=1_000_000, description="Page of the list.")]


def _wanted(
    month: _Text, since: _Text, until: _Text, on: _Text, status: list[EventStatus] | None, language: str | None,
    bureau: list[Bureau] | None, page: int,
) -> Wanted:  # fmt: skip
    """What stands in the address, empty fields of a form left out, choices in their own order and defaults as nothing."""
    states = tuple(one for one in get_args(EventStatus) if one in (status or ()))
    return Wanted(
        month=month or None, since=since or None, until=until or None, on=on or None,
        status=() if set(states) == set(SHOWN) else states,
        language=next((one for one in get_args(Language) if one == language), None),
        bureau=tuple(one for one in get_args(Bureau) if one in (bureau or ())), page=page,
    )  # fmt: skip


@get("/json/calendar", sync_to_thread=True, summary="Events and deadlines of a month or span", tags=["calendar"])
def calendar_json(
    aside: TheAside, settings: TheSettings, month: Month = None, since: From = None, until: To = None, on: On = None,
    status: Status = None, language: Words = None, bureau: Bureaux = None, page: Page = 1,
) -> CalendarPage:  # fmt: skip
    """The page as JSON."""
    wanted = _wanted(month, since, until, on, status, language, bureau, page)
    return calendar_page(aside.agenda(), wanted, settings=settings)


@get(
    "/ics/calendar", sync_to_thread=True, media_type="text/calendar", summary="The same as iCalendar", tags=["calendar"]
)
def calendar_ics(
    request: Request[None, None, State], aside: TheAside, settings: TheSettings, month: Month = None, since: From = None,
    until: To = None, on: On = None, status: Status = None, language: Words = None, bureau: Bureaux = None,
) -> Stream:  # fmt: skip
    """All of the span, whatever page of it is shown."""
    wanted = _wanted(month, since, until, on, status, language, bureau, 1)
    link = f"{request.base_url}letters/{{key}}"
    pieces = calendar_file(aside.agenda(), wanted, settings=settings, link=link)
    return Stream(
        pieces, media_type="text/calendar; charset=utf-8", headers={"Content-Disposition": 'attachment; filename="itudocs.ics"'}
    )  # fmt: skip


@get("/calendar", sync_to_thread=True, media_type=MediaType.HTML, include_in_schema=False)
def calendar_html(
    request: Request[None, None, State], aside: TheAside, settings: TheSettings, month: Month = None, since: From = None,
    until: To = None, on: On = None, status: Status = None, language: Words = None, bureau: Bureaux = None,
    page: Page = 1,
) -> Response[str]:  # fmt: skip
    """The page."""
    wanted = _wanted(month, since, until, on, status, language, bureau, page)
    made = calendar_page(aside.agenda(), wanted, settings=settings)
    return Response(render("calendar.html", made, settings=settings, path=request.url.path), media_type=MediaType.HTML)


HANDLERS = [calendar_json, calendar_ics, calendar_html]
