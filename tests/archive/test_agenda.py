"""What is announced when: versions merged, supplements applied, rows that say which letter told and which changed them."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
import sqlite3
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import itudocs
from itudocs.archive.agenda import Agenda, AgendaEvent
from itudocs.archive.occasions import Note, base_of, notes
from itudocs.errors import ArchiveDamaged, QueryError
from itudocs.model import Circular, Event
from tests.archive.archive_fakes import documents
from tests.archive.conftest import Open
from tests.made_letters import day, due, event, made

CORPUS = Path(__file__).parents[2] / "corpus" / "open"


def only(*letters: Circular) -> AgendaEvent:
    rows = Agenda(letters).events(status=None)
    assert len(rows) == 1, [(row.name, row.start, row.end) for row in rows]
    return rows[0]


# -- one row an event of a work ------------------------------------------------------------------------------------------


def test_a_letter_alone_gives_a_row_an_event_with_the_place_of_its_evidence() -> None:
    letter = made(
        "cr/387", "2015-10-01", ref="CR/387", bureau="BR", subject="Meetings",
        events=(event("2015-11-02..2015-11-06", "Seminar", place="Geneva", time="0930 hours"), event("2016-01-05", "Forum")),
    )  # fmt: skip
    first, second = Agenda([letter]).events()
    assert (first.id, first.bureau, first.subject, first.name) == ("cr/387", "BR", "Meetings", "Seminar")
    assert (first.start, first.end, first.time, first.place) == (
        day("2015-11-02"),
        day("2015-11-06"),
        "0930 hours",
        "Geneva",
    )
    assert [(told.key, told.ref, told.n) for told in second.letters] == [(letter.key, "CR/387", 1)]
    assert (first.changes, first.sequence, first.disputed) == ((), 0, False)


def test_language_versions_of_a_letter_give_one_row_in_the_words_of_the_first_language() -> None:
    versions = [
        made("cr/433", "2018-04-20", language=code, events=(event("2018-07-16..2018-07-20", name, place=place),))
        for code, name, place in (
            ("zh", "第78次会议", "日内瓦"), ("fr", "78e réunion du Comité", "Genève"), ("en", "78th meeting of the Board", "Geneva"),
        )
    ]  # fmt: skip
    row = only(*versions)
    assert (row.name, row.place) == ("78th meeting of the Board", "Geneva")
    assert [told.language for told in row.letters] == ["en", "fr", "zh"]
    (french,) = Agenda(versions).events(language="fr")
    assert (french.name, french.place, french.uid) == ("78e réunion du Comité", "Genève", row.uid)
    (russian,) = Agenda(versions).events(language="ru")
    assert russian.name == "78th meeting of the Board"


def test_versions_that_disagree_about_the_days_of_a_numbered_meeting_are_one_row_that_says_so() -> None:
    english = made("cr/433", language="en", events=(event("2018-07-16..2018-07-20", "Board", body="RRB", number=78),))
    french = made("cr/433", language="fr", events=(event("2018-07-16..2018-07-26", "Comité", body="RRB", number=78),))
    row = only(english, french)
    assert (row.end, row.disputed, len(row.letters)) == (day("2018-07-20"), True, 2)


def test_two_meetings_on_the_same_days_stay_two_in_every_version() -> None:
    versions = [
        made("cl/2018/4", language=code, events=tuple(event("2018-05-01", name, body=body) for name, body in names))
        for code, names in (
            ("en", [("Meeting of SG 2", "ITU-T SG2"), ("Workshop", None)]),
            ("fr", [("Atelier", None), ("Réunion de la CE 2", "ITU-T SG2")]),
        )
    ]  # fmt: skip
    rows = Agenda(versions).events()
    assert sorted((row.letters[0].name, row.letters[1].name) for row in rows) == [
        ("Meeting of SG 2", "Réunion de la CE 2"), ("Workshop", "Atelier"),
    ]  # fmt: skip


def test_the_same_letter_in_two_printings_is_told_of_twice_and_shown_once() -> None:
    twice = [made("dm/2003/1046", salt=salt, events=(event("2003-07-13", "Consultation"),)) for salt in "ab"]
    assert len(only(*twice).letters) == 2


def test_letters_without_an_identity_are_never_merged() -> None:
    apart = [made(None, salt=salt, events=(event("2003-07-13", "Consultation"),)) for salt in "ab"]
    assert len(Agenda(apart).events()) == 2


# -- supplements ---------------------------------------------------------------------------------------------------------

BASE = made(
    "tsb-circular/2013-2016/71", "2013-12-18", ref="TSB Circular 71",
    events=(
        event("2014-05-19..2014-05-20", "Workshop on Quality of Service", place="Dakar"),
        event("2014-05-21", "Meeting of Study Group 12"),
    ),
)  # fmt: skip


def supplement(kind: str, *events: Event, date: str = "2014-02-14") -> Circular:
    return made(f"tsb-circular/2013-2016/71/{kind}", date, ref=f"{kind} to TSB Circular 71", events=events)


def test_a_corrigendum_moves_the_event_of_the_same_name_and_is_named() -> None:
    moving = supplement("cor1", event("2014-05-20..2014-05-21", "WORKSHOP on Quality of Service"))
    for letters in ([BASE, moving], [moving, BASE]):
        workshop, meeting = Agenda(letters).events()
        assert (workshop.start, workshop.end) == (day("2014-05-20"), day("2014-05-21"))
        assert [(c.id, c.key, c.field, c.before, c.after) for c in workshop.changes] == [
            (moving.id, moving.key, "dates", "2014-05-19..2014-05-20", "2014-05-20..2014-05-21")
        ]
        assert workshop.id == BASE.id
        assert [told.id for told in workshop.letters] == [BASE.id, moving.id]
        assert (workshop.sequence, meeting.changes, meeting.start) == (1, (), day("2014-05-21"))


def test_the_last_of_two_corrections_wins_and_both_are_told() -> None:
    second = supplement("cor2", event("2014-06-10", "Workshop on Quality of Service"), date="2014-04-01")
    first = supplement("cor1", event("2014-06-03", "Workshop on Quality of Service"), date="2014-03-01")
    row = Agenda([second, BASE, first]).events()[-1]
    assert (row.start, row.sequence, [c.id for c in row.changes]) == (day("2014-06-10"), 2, [first.id, second.id])


def test_a_revision_in_another_language_moves_the_numbered_meeting() -> None:
    letter = made(
        "ca/200", "2018-01-10", events=(event("2018-03-19..2018-03-23", "77th meeting", body="RRB", number=77),)
    )
    revised = made(
        "ca/200/rev1", "2018-02-01", language="fr",
        events=(event("2018-03-26..2018-03-30", "77e réunion", body="RRB", number=77),),
    )  # fmt: skip
    row = only(letter, revised)
    assert (row.start, row.name, row.changes[0].id) == (day("2018-03-26"), "77th meeting", "ca/200/rev1")


def test_the_only_meeting_of_a_body_is_moved_whatever_it_is_called() -> None:
    letter = made(
        "tsb-collective/2009-2012/5/13",
        "2010-01-10",
        events=(event("2010-04-19..2010-04-30", "SG 13", body="ITU-T SG13"),),
    )
    moved = made("tsb-collective/2009-2012/5/13/cor1", "2010-02-01", events=(event("2010-05-03..2010-05-14", "Meeting of Study Group 13", body="ITU-T SG13"),))  # fmt: skip
    assert only(letter, moved).start == day("2010-05-03")


def test_old_days_that_the_corrigendum_repeats_do_not_stand_against_the_new_ones() -> None:
    both = supplement(
        "cor1",
        event("2014-05-19..2014-05-20", "Workshop on Quality of Service", status="mentioned"),
        event("2014-06-03..2014-06-04", "Workshop on Quality of Service"),
    )
    rows = Agenda([BASE, both]).events(status=None)
    assert [(row.start, row.name) for row in rows] == [
        (day("2014-05-21"), "Meeting of Study Group 12"), (day("2014-06-03"), "Workshop on Quality of Service"),
    ]  # fmt: skip


def test_a_supplement_that_repeats_an_event_changes_nothing() -> None:
    same = supplement("add1", *BASE.events)
    assert [(row.sequence, len(row.letters)) for row in Agenda([BASE, same]).events()] == [(0, 2), (0, 2)]


def test_what_an_addendum_adds_is_a_row_of_the_letter_it_belongs_to() -> None:
    row = Agenda([BASE, supplement("add1", event("2014-05-22", "Tutorial"))]).events()[-1]
    assert (row.name, row.id, row.letters[0].id) == ("Tutorial", BASE.id, f"{BASE.id}/add1")


def test_another_place_or_time_is_a_change_and_another_spelling_is_none() -> None:
    letter = made("cr/500", "2020-01-01", events=(event("2020-06-01", "Seminar", place="Geneva", time="0930 hours"),))
    same = made("cr/500/cor1", "2020-02-01", events=(event("2020-06-01", "Seminar", place="Genève", time="09:30"),))
    other = made("cr/500/cor2", "2020-03-01", events=(event("2020-06-01", "Seminar", place="Dakar", time="10:00"),))
    assert only(letter, same).changes == ()
    row = only(letter, same, other)
    assert [(c.field, c.before, c.after) for c in row.changes] == [
        ("place", "Geneva", "Dakar"),
        ("time", "0930 hours", "10:00"),
    ]
    assert (row.place, row.time, row.sequence) == ("Dakar", "10:00", 1)


def test_a_corrigendum_that_cancels_marks_the_event() -> None:
    row = Agenda(
        [BASE, supplement("cor1", event("2014-05-21", "Meeting of Study Group 12", status="cancelled"))]
    ).events()[-1]
    assert (row.status, row.changes[0].field, row.changes[0].before) == ("cancelled", "status", "announced")


def test_a_later_letter_of_another_number_cancels_what_it_names_by_body_or_name_and_days() -> None:
    by_body = made("dm/2020/1", "2020-02-01", events=(event("2020-10-08..2020-10-09", "réunion du Groupe", body="CWG-FHR", status="cancelled"),))  # fmt: skip
    letter = made(
        "dm/2020/9", "2020-01-01", events=(event("2020-10-08..2020-10-09", "Meeting of the Group", body="CWG-FHR"),)
    )
    earlier = made("dm/2020/0", "2020-03-01", events=letter.events)
    another = made("dm/2020/8", "2020-01-01", events=(event("2020-10-08..2020-10-09", "Meeting", body="CWG-COP"),))
    status = {row.id: row.status for row in Agenda([by_body, letter, earlier, another]).events()}
    assert status == {
        "dm/2020/1": "cancelled",
        "dm/2020/9": "cancelled",
        "dm/2020/0": "announced",
        "dm/2020/8": "announced",
    }
    workshop = made("cl/2014/1", "2014-04-14", events=(event("2014-05-19..2014-05-20", "Workshop on Quality of Service", status="cancelled"),))  # fmt: skip
    row = next(row for row in Agenda([BASE, workshop]).events() if row.id == BASE.id)
    assert (row.status, row.changes[0].id) == ("cancelled", "cl/2014/1")


def test_a_supplement_whose_letter_is_not_there_stands_for_itself() -> None:
    row = only(supplement("cor1", event("2014-05-20", "Workshop")))
    assert (row.id, row.letters[0].id) == (BASE.id, f"{BASE.id}/cor1")


def test_a_correction_of_either_identity_of_a_joint_letter_counts() -> None:
    joint = made("ca/10", "2010-01-01", events=(event("2010-05-05", "Joint seminar"),))
    joint = Circular.from_json(joint.to_json().replace('"ids":["ca/10"]', '"ids":["ca/10","lcce/4/71"]'))
    moved = made("lcce/4/71/cor1", "2010-02-01", events=(event("2010-05-12", "Joint seminar"),))
    assert only(moved, joint).start == day("2010-05-12")


@pytest.mark.parametrize(
    ("identity", "base"),
    [("cr/387", "cr/387"), ("cr/387/cor1", "cr/387"), ("cr/387/add2/cor1", "cr/387"), ("bdt/2012/add", "bdt/2012/add")],
)
def test_the_base_of_an_identity_lacks_its_supplements(identity: str, base: str) -> None:
    assert base_of(identity) == base


def test_a_corrigendum_that_mentions_a_telling_name_with_other_days_moves_it_and_an_addendum_does_not() -> None:
    letter = made(
        "cr/7", "2014-01-24", events=(event("2014-05-21..2014-05-22", "Regional Group for Africa", place="Accra"),)
    )
    mention = (event("2014-05-22..2014-05-23", "meeting of the Regional Group for Africa", status="mentioned"),)
    row = only(letter, made("cr/7/cor1", "2014-02-14", events=mention))
    assert (row.start, row.status, row.changes[0].id) == (day("2014-05-22"), "announced", "cr/7/cor1")
    assert len(Agenda([letter, made("cr/7/add1", "2014-02-14", events=mention)]).events(status=None)) == 2
    short = made("cr/8", "2014-01-24", events=(event("2014-05-21", "Meeting"),))
    other = made("cr/8/cor1", "2014-02-14", events=(event("2013-05-21", "Meeting", status="mentioned"),))
    assert len(Agenda([short, other]).events(status=None)) == 2


def test_the_one_deadline_that_a_corrigendum_does_not_repeat_is_the_one_it_replaces() -> None:
    letter = made(
        "cr/9",
        "2014-01-24",
        deadlines=(due("2014-04-07", "interpretation"), due("2014-04-04", "The form should reach us by")),
    )
    words = (
        due("2014-04-11", "the last day for fellowship requests has been put back to"),
        due("2014-04-07", "interpretation is asked for by"),
    )
    rows = Agenda([letter, made("cr/9/cor1", "2014-02-14", deadlines=words)]).deadlines()
    assert [(row.date, row.sequence) for row in rows] == [(day("2014-04-07"), 0), (day("2014-04-11"), 1)]
    assert len(Agenda([letter, made("cr/9/add1", "2014-02-14", deadlines=words)]).deadlines()) == 3


def test_deadlines_on_one_day_are_not_doubled_by_a_corrigendum_in_other_words() -> None:
    letter = made("cr/9", "2014-01-24", deadlines=(due("2014-04-07", "visa"), due("2014-04-07", "fellowships")))
    again = made(
        "cr/9/cor1", "2014-02-14", deadlines=(due("2014-04-07", "requests for visas"), due("2014-04-07", "requests"))
    )
    assert len(Agenda([letter, again]).deadlines()) == 2


# -- letters of the corpus, parsed ---------------------------------------------------------------------------------------


def test_the_chain_of_letters_in_the_corpus_gives_what_a_reader_makes_of_it() -> None:
    """A workshop announced, moved by a corrigendum, and put off by a third letter; the minutes in six languages."""
    names = ("en-001-*", "en-002-*", "en-003-*", "en-030-*", "fr-001-*", "es-001-*", "ru-001-*", "ar-001-*", "zh-001-*")
    paths = [path for name in names for path in CORPUS.glob(f"{name}.txt")]
    agenda = Agenda(record for record in itudocs.parse_many(paths) if isinstance(record, Circular))
    told = {(row.id, row.start): row for row in agenda.events(status=None) if "Workshop" in (row.name or "")}
    circular, later = "tsb-circular/2013-2016/71", "tsb-circular/2013-2016/86"
    assert {key: row.status for key, row in told.items()} == {
        (circular, day("2014-05-20")): "cancelled", (later, day("2014-05-20")): "cancelled", (later, day("2014-09-08")): "announced",
    }  # fmt: skip
    assert [(c.id, c.field, c.before, c.after) for c in told[circular, day("2014-05-20")].changes] == [
        (f"{circular}/cor1", "dates", "2014-05-19..2014-05-20", "2014-05-20..2014-05-21"), (later, "status", "announced", "cancelled"),
    ]  # fmt: skip
    (group,) = (row for row in agenda.events(status=None) if "SG12RG-AFR" in (row.name or ""))
    assert (group.start, group.end, group.sequence) == (day("2014-05-22"), day("2014-05-23"), 1)
    deadlines = {row.date for row in agenda.deadlines() if row.id == circular}
    assert deadlines == {day("2014-04-07"), day("2014-04-11"), day("2014-05-05")}  # the fellowships' put back by a week
    (minutes,) = (row for row in agenda.events(status=None) if row.body == "RRB")
    assert [told.language for told in minutes.letters] == ["en", "fr", "es", "ru", "ar", "zh"]
    assert (minutes.start, minutes.end, minutes.number, minutes.disputed) == (
        day("2018-03-19"),
        day("2018-03-23"),
        77,
        False,
    )


# -- stable names --------------------------------------------------------------------------------------------------------


def test_the_name_of_a_row_is_the_same_in_every_run_and_outlives_corrections_and_further_versions() -> None:
    def uids(*letters: Circular) -> set[str]:
        return {row.uid for row in Agenda(letters).events()}

    moving = supplement("cor1", event("2014-05-20..2014-05-21", "Workshop on Quality of Service"))
    french = made(BASE.id, "2013-12-18", language="fr", events=(event("2014-05-21", "Réunion"), event("2014-05-19..2014-05-20", "Atelier")))  # fmt: skip
    assert uids(BASE) == uids(BASE, moving) == uids(BASE, moving, french) == uids(french)
    numbered = made("ca/1", events=(event("2018-03-19", body="RRB", number=77),))
    revised = made("ca/1/rev1", events=(event("2018-03-26", body="RRB", number=77),))
    assert uids(numbered) == uids(revised) == uids(numbered, revised)


def test_the_names_that_calendars_know_rows_by_are_those_of_earlier_versions_of_itudocs() -> None:
    letter = made("cr/1", events=(event("2018-03-19", "A"), event("2018-03-26", body="RRB", number=77)))
    assert [row.uid for row in Agenda([letter]).events()] == [
        "6ec77f5ce2c0e971434d16c05a7641aa",
        "36c106cb968419ff2a3328d69d11def7",
    ]


def test_rows_of_one_letter_on_one_day_have_names_of_their_own() -> None:
    letter = made(
        "cr/1", events=(event("2018-03-19", "A"), event("2018-03-19", "B")), deadlines=(due("2018-03-19", "C"),)
    )
    agenda = Agenda([letter])
    assert len({row.uid for row in agenda.events()} | {row.uid for row in agenda.deadlines()}) == 3


# -- asking --------------------------------------------------------------------------------------------------------------

WHOLE = Agenda(
    made(
        f"cr/{n}", "2018-01-01",
        events=(event(f"2018-{n:02}-10..2018-{n:02}-14", f"Meeting {n}", status="announced" if n % 2 else "mentioned"),),
        deadlines=(due(f"2018-{n:02}-01", f"reply {n}"),),
    )
    for n in range(1, 13)
)  # fmt: skip


def test_a_span_includes_both_its_ends_and_touches_ranges() -> None:
    def names(since: str, until: str) -> list[str | None]:
        return [row.name for row in WHOLE.events(since=since, until=until, status=None)]

    assert names("2018-03-14", "2018-04-10") == ["Meeting 3", "Meeting 4"]
    assert names("2018-03-15", "2018-04-09") == []
    assert len(WHOLE.events(status=None)) == 12
    assert [row.name for row in WHOLE.events(since=dt.date(2018, 11, 1))] == ["Meeting 11"]
    assert [row.name for row in WHOLE.events(until=dt.datetime(2018, 1, 31, 12))] == ["Meeting 1"]


def test_what_is_merely_mentioned_is_shown_only_when_asked_for() -> None:
    assert {row.status for row in WHOLE.events()} == {"announced"}
    assert len(WHOLE.events(status="mentioned")) == 6
    assert len(WHOLE.events(status=["mentioned", "announced"])) == 12


def test_a_misread_event_of_many_years_is_found_in_the_middle() -> None:
    agenda = Agenda([made("cr/1", events=(event("1950-01-01..2050-01-01", "Long"), event("2000-06-01", "Short")))])
    assert [row.name for row in agenda.events(since="2000-01-01", until="2000-12-31")] == ["Long", "Short"]


def test_deadlines_open_on_a_day_have_been_told_of_and_have_not_passed() -> None:
    assert [row.what for row in WHOLE.deadlines(open_on="2018-11-01")] == ["reply 11", "reply 12"]
    assert WHOLE.deadlines(open_on="2017-12-31") == ()
    assert [row.what for row in WHOLE.deadlines(open_on="2018-03-01", until="2018-04-30")] == ["reply 3", "reply 4"]
    assert [row.what for row in WHOLE.deadlines(since="2018-03-01", until="2018-04-30")] == ["reply 3", "reply 4"]


def test_a_deadline_of_an_undated_letter_is_open_until_it_passes() -> None:
    agenda = Agenda([made("cr/1", None, deadlines=(due("2018-03-01", "reply"),))])
    assert len(agenda.deadlines(open_on="1990-01-01")) == 1
    assert agenda.deadlines(open_on="2018-03-02") == ()


def test_a_deadline_that_a_corrigendum_moves_is_open_longer() -> None:
    letter = made(
        "cr/9", "2018-01-01", deadlines=(due("2018-02-01", "Comments on the draft"), due("2018-02-01", "Visa"))
    )
    longer = made("cr/9/cor1", "2018-01-20", deadlines=(due("2018-03-01", "comments on the draft"),))
    rows = Agenda([letter, longer]).deadlines(open_on="2018-02-15")
    assert [(row.what, row.date, row.opened, row.changes[0].id) for row in rows] == [
        ("Comments on the draft", day("2018-03-01"), day("2018-01-01"), "cr/9/cor1")
    ]


def test_versions_of_a_letter_tell_a_deadline_once() -> None:
    versions = [made("cr/9", "2018-01-01", language=code, deadlines=(due("2018-02-01", what),)) for code, what in (("en", "reply"), ("fr", "réponse"))]  # fmt: skip
    (row,) = Agenda(versions).deadlines()
    assert (row.what, len(row.letters)) == ("reply", 2)
    assert Agenda(versions).deadlines(language="fr")[0].what == "réponse"


@pytest.mark.parametrize("wrong", ["2018", "2018-02-30", "tomorrow", ""])
def test_a_day_that_is_none_is_refused_with_a_hint(wrong: str) -> None:
    with pytest.raises(QueryError) as refused:
        WHOLE.events(since=wrong)
    assert "2018-03-26" in refused.value.hint


def test_an_unknown_status_or_language_is_refused_by_name() -> None:
    with pytest.raises(QueryError, match="postponed"):
        WHOLE.events(status="postponed")  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="de"):
        WHOLE.deadlines(language="de")  # type: ignore[arg-type]


# -- odd letters ---------------------------------------------------------------------------------------------------------


def test_an_event_that_ends_before_it_begins_lasts_a_day() -> None:
    assert only(made("cr/1", events=(event("2018-05-10..2018-05-01"),))).end == day("2018-05-10")


def test_the_first_and_last_days_there_are_can_be_asked_for() -> None:
    agenda = Agenda([made("cr/1", events=(event("0001-01-01"), event("9999-12-31")), deadlines=(due("9999-12-31"),))])
    assert len(agenda.events(since=dt.date.min, until=dt.date.max)) == 2
    assert len(agenda.events(since=dt.date.max)) == 1
    assert len(agenda.deadlines(open_on=dt.date.max)) == 1


@pytest.mark.parametrize("kind", ["same days", "other days", "other names", "one name"])
def test_thousands_of_events_in_a_letter_and_its_corrigendum_are_told_in_time(kind: str) -> None:
    first, last = dt.date(2000, 1, 1), dt.date(2000, 1, 2)
    events = [
        Event(start=first + dt.timedelta(n), end=last + dt.timedelta(n), name=f"Meeting {n}") for n in range(1500)
    ]
    other = {
        "same days": events,
        "other days": [Event(start=e.start + dt.timedelta(5000), end=e.end + dt.timedelta(5000), name=e.name) for e in events],
        "one name": [Event(start=e.start + dt.timedelta(5000), end=e.end + dt.timedelta(5000), name="Meeting 7") for e in events],
        "other names": [Event(start=first, end=last, name=f"Workshop {n}") for n in range(1500)],
    }[kind]  # fmt: skip
    letters = [made("cr/1", "2000-01-01", events=tuple(events)), made("cr/1/cor1", "2000-02-01", events=tuple(other))]
    began = time.process_time()
    rows = Agenda(letters).events()
    assert len(rows) == {"same days": 1500, "other days": 1500, "other names": 3000, "one name": 2999}[kind]
    assert time.process_time() - began < 10


DAYS = st.dates(dt.date(2018, 1, 1), dt.date(2018, 3, 1))
EVENTS = st.lists(
    st.builds(
        lambda start, length, name, body, number, status: Event(
            start=start, end=start + dt.timedelta(length), name=name, body=body, number=number, status=status
        ),
        DAYS, st.integers(0, 5), st.sampled_from(["Meeting", "Workshop", "Réunion", None]),
        st.sampled_from(["RRB", "SG2", None]), st.sampled_from([1, 2, None]), st.sampled_from(["announced", "mentioned", "cancelled"]),
    ), max_size=4,
).map(tuple)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["cr/1", "cr/1/cor1", "cr/1/rev1"]), st.sampled_from(["en", "fr"]), EVENTS),
        max_size=5,
    ),
    st.randoms(),
)
def test_every_event_of_every_letter_is_told_of_in_exactly_one_row_whatever_the_order(
    letters: list[tuple[str, str, tuple[Event, ...]]], chance: random.Random
) -> None:
    records = [
        made(identity, "2018-01-01", language=code, salt=str(n), events=events)
        for n, (identity, code, events) in enumerate(letters)
    ]
    rows = Agenda(records).events(status=None)
    told = sorted((letter.key, letter.n) for row in rows for letter in row.letters)
    assert told == sorted((r.key, n) for r in records for n in range(len(r.events)))
    shuffled = records[:]
    chance.shuffle(shuffled)
    assert Agenda(shuffled).events(status=None) == rows
    spans = [(row.start, row.end) for row in rows]
    assert spans == sorted(spans)
    for since, until in itertools.combinations(sorted({d for span in spans for d in span}), 2):
        assert list(Agenda(records).events(since=since, until=until, status=None)) == [
            row for row in rows if row.end >= since and row.start <= until
        ]


def test_all_that_an_agenda_needs_of_a_record_stands_before_its_zones() -> None:
    keys = list(made("cr/1").to_dict())
    assert set(Note.__struct_fields__) <= set(keys[: keys.index("zones")])


def test_records_are_understood_whatever_the_order_of_their_keys_and_whatever_they_say() -> None:
    said = 'zones":[] ,"zones":[{"deadlines":'
    letter = made(
        "cr/1",
        "2018-01-01",
        subject=said,
        ref=said,
        events=(event("2018-05-01", said),),
        deadlines=(due("2018-04-01", said),),
    )
    backwards = dict(reversed(letter.to_dict().items()))
    for record in (
        letter.to_json().encode(),
        json.dumps(backwards, separators=(",", ":")).encode(),
        json.dumps(backwards).encode(),
    ):
        assert list(notes([record])) == [Note.of(letter)]


# -- of an archive -------------------------------------------------------------------------------------------------------


def test_an_archive_tells_what_its_letters_announce_and_follows_its_changes(opened: Open) -> None:
    archive = opened()
    archive.add_documents(documents([1], event="2018-05-01", due="2018-04-01", date="2018-01-01"))
    (row,) = archive.events(since="2018-01-01")
    assert (row.id, row.place, row.start) == ("cr/1", "Geneva", day("2018-05-01"))
    assert archive.agenda() is archive.agenda()
    archive.add_documents(documents([2], event="2018-06-01"))
    assert [row.id for row in archive.events()] == ["cr/1", "cr/2"]
    assert [row.id for row in archive.deadlines(open_on="2018-02-01")] == ["cr/1"]
    archive.remove("cr/1")
    assert [row.id for row in archive.events()] == ["cr/2"]
    assert archive.deadlines(open_on="2018-02-01") == ()


def test_a_stored_event_without_a_start_is_damage_and_not_a_missing_event(opened: Open, tmp_path: Path) -> None:
    archive = opened()
    archive.add_documents(documents([1], event="2018-05-01"))
    with sqlite3.connect(tmp_path / "a" / "archive.db") as connection:
        connection.execute("UPDATE records SET record = replace(record, '\"start\":\"2018-05-01\",', '')")
    connection.close()
    with pytest.raises(ArchiveDamaged, match="rebuild --reparse"):
        archive.events()


@pytest.mark.parametrize("impossible", ["2018-02-30", "0000-01-01", "2018-13-01", "soon"])
def test_an_impossible_date_in_the_store_is_damage(opened: Open, tmp_path: Path, impossible: str) -> None:
    archive = opened()
    archive.add_documents(documents([1], event="2018-05-01"))
    with sqlite3.connect(tmp_path / "a" / "archive.db") as connection:
        connection.execute("UPDATE records SET record = replace(record, '2018-05-01', ?)", (impossible,))
    connection.close()
    with pytest.raises(ArchiveDamaged, match="damaged"):
        archive.events()


def test_asking_again_costs_a_fraction_of_building(opened: Open) -> None:
    letters = [made(f"cr/{n}", "2018-01-01", events=(event("2018-05-01", f"Meeting {n}"),)) for n in range(20_000)]
    began = time.perf_counter()
    agenda = Agenda(letters)
    built = time.perf_counter() - began
    began = time.perf_counter()
    assert agenda.events(since="2018-06-01") == ()
    assert time.perf_counter() - began < built / 5
