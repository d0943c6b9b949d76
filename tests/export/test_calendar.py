"""iCalendar: written by one library, read back by it and by another; what the standard asks for, hostile text included."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

import pytest

from itudocs.archive.agenda import Agenda
from itudocs.errors import MissingLibrary
from itudocs.export.calendar import calendar
from itudocs.export.citing import cite
from itudocs.export.harmless import line
from itudocs.model import Circular
from tests.made_letters import HOSTILE, day, due, event, made

icalendar = pytest.importorskip("icalendar", reason="install the extra: pip install 'itudocs[calendar]'")


def written(*letters: Circular, **options: Any) -> bytes:
    agenda = Agenda(letters)
    return b"".join(calendar(agenda.events(status=None), agenda.deadlines(), **options))


def components(data: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(data).walk("VEVENT"))


def one(*letters: Circular, **options: Any) -> Any:
    (component,) = components(written(*letters, **options))
    return component


def seen_by_another(data: bytes) -> dict[str, Any]:
    """The events by UID as vobject reads them."""
    vobject = pytest.importorskip("vobject", reason="install the second parser: pip install --group test")
    (whole,) = vobject.readComponents(data.decode())
    return {component.uid.value: component for component in whole.components()}


def test_days_are_all_day_and_the_end_is_the_day_after_the_last() -> None:
    data = written(made("cr/1", "2018-01-10", events=(event("2018-03-26..2018-03-30", "Board", place="Geneva"),)))
    (component,) = components(data)
    assert (component["dtstart"].dt, component["dtend"].dt) == (day("2018-03-26"), day("2018-03-31"))
    assert b"DTSTART;VALUE=DATE:20180326\r\nDTEND;VALUE=DATE:20180331\r\n" in data
    (other,) = seen_by_another(data).values()
    assert (other.dtstart.value, other.dtend.value) == (day("2018-03-26"), day("2018-03-31"))
    assert (other.summary.value, other.location.value, other.status.value) == ("Board", "Geneva", "CONFIRMED")


@pytest.mark.parametrize(
    ("days", "time", "start", "end"),
    [
        ("2018-03-26", "0930 hours", "DTSTART:20180326T093000", None),
        ("2018-03-26..2018-03-30", "9 h 30", "DTSTART:20180326T093000", "DTEND:20180331T000000"),
        ("2018-03-26", "1600 hours UTC", "DTSTART:20180326T160000Z", None),
        ("2018-01-26", "1200 hours (Geneva time)", "DTSTART:20180126T110000Z", None),
        ("2018-07-26", "1200 hours (Geneva time)", "DTSTART:20180726T100000Z", None),
        ("2018-07-26", "2400 hours UTC", "DTSTART:20180726T235900Z", None),
        ("2018-07-26", "in the morning", "DTSTART;VALUE=DATE:20180726", "DTEND;VALUE=DATE:20180727"),
    ],
)
def test_a_printed_time_is_floating_unless_the_letter_names_its_zone(
    days: str, time: str, start: str, end: str | None
) -> None:
    data = written(made("cr/1", events=(event(days, "Board", time=time),))).decode()
    lines = [row for row in data.split("\r\n") if row.startswith(("DTSTART", "DTEND"))]
    assert lines == [start, *([end] if end else [])]
    assert f"Time as printed: {time}" in data.replace("\r\n ", "").replace("\\", "")


LETTER = made(
    "ca/200",
    "2018-01-10",
    ref="CA/200",
    bureau="BR",
    subject="Meeting",
    events=(event("2018-03-19..2018-03-23", "77th meeting"),),
)
MOVED = made(
    "ca/200/cor1",
    "2018-02-01",
    ref="Corrigendum 1 to CA/200",
    bureau="BR",
    events=(event("2018-03-26..2018-03-30", "77th meeting"),),
)
CANCELLED = made(
    "ca/200/cor2", "2018-03-01", events=(event("2018-03-26..2018-03-30", "77th meeting", status="cancelled"),)
)


def test_a_correction_keeps_the_uid_and_raises_the_sequence() -> None:
    before, after, gone = one(LETTER), one(LETTER, MOVED), one(LETTER, MOVED, CANCELLED)
    assert before["uid"] == after["uid"] == gone["uid"]
    assert [c["sequence"] for c in (before, after, gone)] == [0, 1, 2]
    assert [c["status"] for c in (before, after, gone)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert after["dtstart"].dt == day("2018-03-26")
    assert [c["dtstamp"].dt for c in (before, after)] == [
        dt.datetime(2018, 1, 10, tzinfo=dt.UTC),
        dt.datetime(2018, 2, 1, tzinfo=dt.UTC),
    ]
    assert "Changed by ca/200/cor1: dates 2018-03-19..2018-03-23 -> 2018-03-26..2018-03-30" in after["description"]


def test_the_description_cites_every_letter_and_the_url_is_where_the_first_is_shown() -> None:
    component = one(LETTER, MOVED, link="https://letters.example/{key}")
    assert cite(LETTER) in component["description"]
    assert cite(MOVED) in component["description"]
    assert component["url"] == f"https://letters.example/{LETTER.key}"
    assert "url" not in one(LETTER)


def test_what_is_merely_mentioned_is_tentative() -> None:
    assert one(made("cr/1", events=(event("2018-03-19", "WRC", status="mentioned"),)))["status"] == "TENTATIVE"


def test_a_deadline_is_a_day_that_takes_no_time() -> None:
    component = one(made("cr/1", "2018-01-01", subject="Meeting", deadlines=(due("2018-03-19", "Registration"),)))
    assert (component["summary"], component["transp"]) == ("Deadline: Registration", "TRANSPARENT")
    assert (component["dtstart"].dt, component["dtend"].dt) == (day("2018-03-19"), day("2018-03-20"))


def test_the_same_letters_give_the_same_bytes_in_any_order() -> None:
    assert written(LETTER, MOVED) == written(MOVED, LETTER)


def test_hostile_text_stays_text_in_both_parsers() -> None:
    letters = [
        made(f"cr/{n}", "2018-01-01", subject=text, ref=text, events=(event("2018-05-01", text, place=text, time=text),), deadlines=(due("2018-04-01", text),))
        for n, text in enumerate(HOSTILE)
    ]  # fmt: skip
    data = written(*letters, title="Evil\r\nX-EVIL:1")
    names = {row.uid: line(row.name or "") for row in Agenda(letters).events()}
    mine = {str(component["uid"]): component for component in components(data)}
    others = seen_by_another(data)
    assert set(mine) == set(others)
    assert len(mine) == 2 * len(HOSTILE)
    for uid, name in names.items():
        assert str(mine[uid]["summary"]) == others[uid].summary.value == name
        assert str(mine[uid]["location"]) == others[uid].location.value == name
        assert not mine[uid].subcomponents
    starts = {row.split(b":")[0].split(b";")[0] for row in data.replace(b"\r\n ", b"").split(b"\r\n")}
    assert starts == {
        b"BEGIN", b"END", b"VERSION", b"PRODID", b"X-WR-CALNAME", b"SUMMARY", b"DTSTART", b"DTEND", b"DTSTAMP", b"UID", b"SEQUENCE",
        b"DESCRIPTION", b"LOCATION", b"STATUS", b"CATEGORIES", b"TRANSP", b"",
    }  # fmt: skip
    assert not any(code in data for code in (b"\x00", b"\x07", b"\x1b", b"\x7f"))


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("time", [None, "0000 hours", "2400 hours", "2400 hours (Geneva time)", "0000 hours UTC"])
def test_the_first_and_the_last_day_there_are_can_be_written(date: str, time: str | None) -> None:
    component = one(made("cr/1", events=(event(date, "Edge", time=time),)))
    start = component["dtstart"].dt
    assert (start.date() if isinstance(start, dt.datetime) else start) == day(date)


def test_an_empty_agenda_is_a_calendar_without_events() -> None:
    assert components(written()) == []
    assert written().endswith(b"END:VCALENDAR\r\n")


def test_a_missing_library_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(MissingLibrary, match=r"icalendar is not installed.*itudocs\[calendar\]"):
        written(LETTER)
