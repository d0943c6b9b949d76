"""The calendar of a month or span, its file, and the deadlines open on a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import icalendar
import pytest

from itudocs.archive.agenda import Agenda
from itudocs.archive.archive import Archive
from itudocs.errors import QueryError
from itudocs.model import Circular
from itudocs.web import days
from itudocs.web.pages.calendar import IN_FILE, PAGE, CalendarPage, Wanted, calendar_file, calendar_page
from itudocs.web.settings import Settings
from tests.made_letters import HOSTILE, due, event, made
from tests.web.conftest import Connect

TODAY = dt.date(2018, 3, 15)
SETTINGS = Settings(today=TODAY)

LETTERS = (
    made("cr/1", "2018-01-02", bureau="BR", ref="CR/1", subject="First",
         events=(event("2018-03-26..2018-03-29", "Seminar", place="Geneva"), event("2018-03-05", "Old", status="past")),
         deadlines=(due("2018-03-20", "Register"),)),
    made("cr/1", "2018-01-02", language="fr", bureau="BR", ref="CR/1", subject="Premier",
         events=(event("2018-03-26..2018-03-29", "Séminaire", place="Genève"),)),
    made("tsb-circular/2017-2021/9", "2018-02-01", bureau="TSB", subject="Second",
         events=(event("2018-02-27..2018-03-02", "Workshop"), event("2018-05-01", "Called off", status="cancelled")),
         deadlines=(due("2018-04-02", computed=True),)),
)  # fmt: skip


def page_of(letters: tuple[Circular, ...] = LETTERS, **wanted: Any) -> CalendarPage:
    return calendar_page(Agenda(letters), Wanted(**wanted), settings=SETTINGS)


def titles(page: CalendarPage) -> list[tuple[str, list[str]]]:
    return [(str(day.date), [row.title for row in day.rows]) for day in page.days]


def test_a_month_lists_what_touches_it_by_day() -> None:
    page = page_of(month="2018-03")
    assert titles(page) == [
        ("2018-03-01", ["Workshop"]),  # which began in February
        ("2018-03-20", ["Register"]),
        ("2018-03-26", ["Seminar"]),
    ]
    assert (page.events, page.deadlines) == (2, 1)
    assert (page.earlier, page.later) == ("2018-02", "2018-04")


def test_the_table_of_a_month_has_whole_weeks_and_every_day_of_an_event() -> None:
    weeks = page_of(month="2018-03").weeks
    assert {len(week) for week in weeks} == {7}
    assert weeks[0][0].date == dt.date(2018, 2, 26)
    assert not weeks[0][0].inside
    cells = {cell.date.day: cell for week in weeks for cell in week if cell.inside}
    assert sorted(cells) == list(range(1, 32))
    assert [day for day, cell in cells.items() if cell.events] == [1, 2, 26, 27, 28, 29]
    assert [day for day, cell in cells.items() if cell.deadlines] == [20]
    assert [day for day, cell in cells.items() if cell.listed] == [1, 20, 26]


def test_without_a_span_the_month_of_today_is_shown_or_the_nearest_that_has_something() -> None:
    assert page_of().month == dt.date(2018, 3, 1)
    assert not page_of().elsewhere
    ahead = calendar_page(Agenda(LETTERS), Wanted(), settings=Settings(today=dt.date(2017, 10, 9)))
    assert (ahead.month, ahead.elsewhere) == (dt.date(2018, 2, 1), True)
    behind = calendar_page(Agenda(LETTERS), Wanted(), settings=Settings(today=dt.date(2026, 10, 9)))
    assert (behind.month, behind.elsewhere) == (dt.date(2018, 5, 1), True)
    empty = calendar_page(Agenda(()), Wanted(), settings=SETTINGS)
    assert (empty.month, empty.elsewhere, empty.earlier, empty.later) == (dt.date(2018, 3, 1), False, None, None)


def test_an_empty_month_leads_to_the_nearest_that_have_something() -> None:
    page = page_of(month="2018-01")
    assert (page.events, page.earlier, page.later) == (0, None, "2018-02")
    page = page_of(month="2020-01")
    assert (page.events, page.earlier, page.later) == (0, "2018-05", None)


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2018-03-03", "2018-03-25", ["Register"]),
        ("2018", "2018-02", ["Workshop"]),
        ("2018-03-27", None, ["Seminar", "Second", "Called off"]),
        (None, "2018", ["Workshop", "Register", "Seminar", "Second", "Called off"]),
    ],
)
def test_a_span_has_days_months_or_years_as_its_ends(since: str | None, until: str | None, found: list[str]) -> None:
    page = page_of(since=since, until=until)
    assert [title for _, some in titles(page) for title in some] == found
    assert page.weeks == ()


def test_states_bureaux_and_languages_are_chosen() -> None:
    assert [t for _, some in titles(page_of(month="2018-03", status=("past",))) for t in some] == ["Old", "Register"]
    assert [t for _, some in titles(page_of(month="2018-03", bureau=("TSB",))) for t in some] == ["Workshop"]
    row = page_of(month="2018-03", language="fr", bureau=("BR",)).days[-1].rows[0]
    assert (row.title, row.words, row.place) == ("Séminaire", "fr", "Genève")
    english = page_of(month="2018-03").days[-1].rows[0]
    assert (english.title, english.words, [letter.language for letter in english.letters]) == (
        "Seminar",
        "en",
        ["en", "fr"],
    )
    assert english.letters[0].path == "events/0"


def test_a_row_without_a_name_is_called_by_its_letter() -> None:
    page = page_of((made("cr/2", "2018-01-01", ref="CR/2", deadlines=(due("2018-03-01"),)),), month="2018-03")
    assert [row.title for day in page.days for row in day.rows] == ["CR/2"]


def test_open_deadlines_are_those_told_of_and_not_passed() -> None:
    assert [(row.title, row.computed) for row in page_of().open] == [("Register", False), ("Second", True)]
    assert page_of(on="2018-01-15").open_total == 1  # the other letter was not written
    assert page_of(on="2019").open_total == 0


@pytest.mark.parametrize(
    "wanted",
    [
        {"month": "March"}, {"month": "2018"}, {"month": "2018-13"}, {"since": "yesterday"},
        {"since": "0000"}, {"since": "2019", "until": "2018"}, {"on": "2018-02-30"},
    ],
)  # fmt: skip
def test_what_is_no_span_is_refused_with_a_hint(wanted: dict[str, Any]) -> None:
    with pytest.raises(QueryError) as told:
        page_of(**wanted)
    assert told.value.hint


@pytest.mark.parametrize("month", ["0001-01", "9999-12"])
def test_the_first_and_the_last_month_there_is_are_shown(month: str) -> None:
    letters = (made("cr/3", "2018-01-01", events=(event("0001-01-01", "First"), event("9999-12-31", "Last"))),)
    page = page_of(letters, month=month)
    assert page.events == 1
    assert {len(week) for week in page.weeks} == {7}


def test_a_long_list_has_pages() -> None:
    letters = tuple(
        made(f"cr/{n}", "2018-01-01", events=(event("2018-03-01", f"Event {n:03}"),)) for n in range(PAGE + 5)
    )
    first, second = page_of(letters, month="2018-03"), page_of(letters, month="2018-03", page=2)
    assert (first.pages, first.events) == (2, PAGE + 5)
    rows = [row.uid for page in (first, second) for day in page.days for row in day.rows]
    assert len(rows) == len(set(rows)) == PAGE + 5


def test_one_calendar_has_one_address() -> None:
    wanted = Wanted(month="2018-03", status=("past", "cancelled"), bureau=("BR",), language="fr")
    assert wanted.url() == "/calendar?month=2018-03&status=past&status=cancelled&language=fr&bureau=BR"
    assert (
        wanted.url(".ics", month=None, since="2018", status=(), bureau=(), language=None) == "/calendar.ics?from=2018"
    )
    assert Wanted(page=3).url() == "/calendar"
    assert Wanted().url(page=3) == "/calendar?page=3"


def test_the_file_has_exactly_what_is_shown() -> None:
    wanted = Wanted(month="2018-03")
    data = b"".join(calendar_file(Agenda(LETTERS), wanted, settings=SETTINGS, link="http://x/letters/{key}"))
    entries = list(icalendar.Calendar.from_ical(data).walk("VEVENT"))
    page = page_of(month="2018-03")
    assert {str(c["uid"]) for c in entries} == {row.uid for day in page.days for row in day.rows}
    assert all(str(c["url"]).startswith("http://x/letters/") for c in entries)


def test_a_file_of_too_much_is_refused() -> None:
    letters = tuple(made(f"cr/{n}", "2018-01-01", events=(event("2018-03-01"),)) for n in range(IN_FILE + 1))
    with pytest.raises(QueryError, match="2,001 entries") as told:
        calendar_file(Agenda(letters), Wanted(month="2018-03"), settings=SETTINGS, link="{key}")
    assert "itudocs events" in told.value.hint


def test_the_page_its_data_and_its_file_agree(client: Any) -> None:
    data = client.get("/calendar.json?month=2023-06").json()
    page = client.get("/calendar?month=2023-06")
    file = client.get("/calendar.ics?month=2023-06")
    assert (page.status_code, file.status_code) == (200, 200)
    rows = [row for day in data["days"] for row in day["rows"]]
    assert rows
    for row in rows:
        assert f'href="/letters/{row["letters"][0]["key"]}' in page.text
    assert file.headers["content-type"].startswith("text/calendar")
    assert file.headers["content-disposition"].startswith("attachment")
    uids = {str(c["uid"]) for c in icalendar.Calendar.from_ical(file.content).walk("VEVENT")}
    assert uids == {row["uid"] for row in rows}


def test_empty_fields_of_a_form_ask_for_nothing(client: Any) -> None:
    empty = client.get("/calendar.json?month=&from=&to=&on=&language=&status=announced&status=cancelled").json()
    assert empty == client.get("/calendar.json").json()


@pytest.mark.parametrize("query", ["month=x", "page=0", "status=none", "language=xx", "from=2019&to=2018"])
def test_a_wrong_question_is_a_400_that_says_why(client: Any, query: str) -> None:
    answer = client.get(f"/calendar.json?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert client.get(f"/calendar?{query}").status_code == 400


def test_names_that_would_like_to_be_markup_are_text(own_archive: Archive, connect: Connect, monkeypatch: Any) -> None:
    letters = [
        made(f"cr/{n}", "2018-01-01", subject=text, events=(event("2018-03-26", text, place=text, time=text),))
        for n, text in enumerate([*(text for text in HOSTILE if "\ud800" not in text), "<script>alert(1)</script>"])
    ]
    agenda = Agenda(letters)
    monkeypatch.setattr(own_archive, "agenda", lambda: agenda)
    page = connect(own_archive).get("/calendar?month=2018-03")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "\u202e" not in page.text


def test_days_are_told_in_words() -> None:
    first = dt.date(2012, 6, 5)
    assert days.day(first, weekday=True) == "Tuesday 5 June 2012"
    assert days.span(first, first) == "5 June 2012"
    assert days.span(first, dt.date(2012, 6, 8)) == "5–8 June 2012"
    assert days.span(dt.date(2012, 5, 30), first) == "30 May – 5 June 2012"
    assert days.span(dt.date(2011, 12, 30), first) == "30 December 2011 – 5 June 2012"
