"""Corrections: what may be said of a record, what it does to one, and how it finds its value in a later one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import itudocs
from itudocs.assemble import circular
from itudocs.corrections import FIELDS, Applied, Correction, apply, checked, noted, said, words
from itudocs.errors import CorrectionError
from itudocs.evidence import complaints
from itudocs.model import CORRECTED, Circular, Citation, Contact, Event, Issue, Signatory
from itudocs.paths import leaves, lookup
from itudocs.reading import Source, read

CORPUS = Path(__file__).parent.parent / "corpus" / "open"
SOURCE = read(CORPUS / "en-104-tsb-circular-lines.txt")
RECORD = circular(SOURCE)
LETTERS = {path: circular(read(path)) for path in sorted(CORPUS.glob("*.txt"))[::12]}


def said_of(
    record: Circular, path: str, value: object, *, number: int = 1, source: Source = SOURCE, quote: str | None = None
) -> Correction:
    """A correction as the archive makes it."""
    place, plain = checked(record, path, value)
    at = words(source.text, place, quote=quote)
    return Correction(
        number=number, key=record.key, path=place, value=plain, was=noted(record, place), by="A", at="2026-01-01T00:00:00Z",
        why="so it is", start=at and at[0], end=at and at[1], quote=at and source.text[slice(*at)],
    )  # fmt: skip


def corrected(record: Circular, *changes: tuple[str, object], source: Source = SOURCE) -> Applied:
    """A record after several corrections, each made for the record as the ones before had left it."""
    made: list[Correction] = []
    for number, (path, value) in enumerate(changes, 1):
        now = apply(record, made, source.text).record
        made.append(said_of(now, path, value, number=number, source=source))
    return apply(record, made, source.text)


# -- what may be said --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("foo", "x", "'foo' is no field of a record. Correct one of id, ids, language"),
        ("zones", [], "'zones' is made with the record"),
        ("key", "x", "'key' is made with the record"),
        ("", "x", "'' is no field"),
        ("date", "2009-02-31", r'date: cannot be "2009-02-31": it is no day; write a day as 2009-09-03'),
        ("date", "3 September 2009", "it is no day"),
        ("date/x", "x", "date/x: date has no parts"),
        ("language", "de", "language: .*one of en, fr, es, ru, ar, zh"),
        ("events/0/status", "gone", "events/0/status: .*one of announced, mentioned, past, cancelled"),
        ("events/5/start", "2009-01-01", "there is no events/5; the letter has events/0 to events/1.*as a whole"),
        ("addressees/-1", "x", "there is no addressees/-1; the letter has addressees/0 alone"),
        ("markings/0", "x", "the letter has no markings"),
        ("events/0/foo", "x", "events/0 has no 'foo'. It has name, place, start, end"),
        ("events/0/end", "2001-01-01", "events/0: it would end on 2001-01-01, before it starts on 2010-03-08"),
        ("events", [{"start": "2009-01-01"}], "events/0: .*missing required field `end`"),
        ("deadlines", [{"what": "x"}], "deadlines/0: .*missing required field `date`"),
        ("date", 3, "it is no day"),
        ("contact", {"phone": ["1"]}, "contact: there is no 'phone' in it. It has names, tel, fax, emails"),
        ("events/0", {"start": "2009-01-01", "end": "2009-01-01", "town": "x"}, "events/0: there is no 'town'"),
        ("subject", "", "subject: is empty. For nothing give null"),
        ("addressees", ["x", "  "], "addressees/1: is empty"),
        ("subject", 3, "subject: cannot be 3: expected `str | null`, got `int`"),
        ("subject", {"a"}, "subject: cannot be"),
        ("subject", object(), "the value is no JSON"),
        ("subject", "\ud800", "the value is no JSON"),
        ("subject", float("nan"), "the value is no JSON"),
        ("refs/0", None, "refs/0: cannot be null"),
        ("deadlines/0/computed", "yes", "deadlines/0/computed: cannot be"),
        ("date" + "/date" * 500, "x", "date has no parts"),
    ],
)  # fmt: skip
def test_what_no_record_can_have_is_refused_by_name(path: str, value: object, told: str) -> None:
    with pytest.raises(CorrectionError, match=told) as error:
        checked(RECORD, path, value)
    assert error.value.path == path
    assert len(str(error.value)) < 6000


def test_a_letter_without_signatory_has_no_parts_of_one_to_correct() -> None:
    bare = msgspec.structs.replace(RECORD, signatory=None)
    with pytest.raises(CorrectionError, match=r"the letter has no signatory\. Correct 'signatory' as a whole"):
        checked(bare, "signatory/name", "A. Person")
    assert checked(bare, "signatory", Signatory(name="A. Person")) == (
        "signatory", {"name": "A. Person", "titles": [], "person": None},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "plain"),
    [
        ("date", dt.date(2009, 9, 4), "2009-09-04"),
        ("date", None, None),
        ("/date/", "2009-09-04", "2009-09-04"),
        ("contact", Contact(tel=("1",)), {"names": [], "tel": ["1"], "fax": [], "emails": []}),
        ("events/0/number", 3, 3),
        ("markings", (), []),
        ("deadlines/0/computed", False, False),
    ],
)
def test_values_may_be_plain_or_the_records_own_types(path: str, value: object, plain: Any) -> None:
    assert checked(RECORD, path, value) == (path.strip("/"), plain)


def test_the_reference_and_the_identity_are_the_first_of_their_lists() -> None:
    two = msgspec.structs.replace(RECORD, refs=("A/1", "B/2"), ref="A/1")
    none = msgspec.structs.replace(RECORD, refs=(), ref=None)
    assert checked(RECORD, "ref", "CR/1") == ("refs", ["CR/1"])
    assert checked(none, "ref", "CR/1") == ("refs", ["CR/1"])
    assert checked(two, "ref", "CR/1") == ("refs/0", "CR/1")
    assert checked(two, "ref", None) == ("refs", ["B/2"])
    assert checked(RECORD, "id", None) == ("ids", [])


def test_the_words_it_rests_on_must_stand_where_it_says() -> None:
    text = SOURCE.text
    assert words(text, "date") is None
    assert words(text, "date", quote="3 September\n 2009") == (124, 140)
    assert words(text, "date", start=124, end=140) == (124, 140)
    assert words(text, "date", start=124, end=140, quote="3 September 2009") == (124, 140)
    for start, end, quote, told in [
        (0, 5, "3 September 2009", "at 0-5 stands"), (None, None, "4 September 2009", "does not stand in the text"),
        (None, None, "Circular", r"stands \d+ times in the text, at \d+-\d+, "), (4, 4, None, "has no characters 4-4"),
        (-3, 4, None, "no characters -3-4"), (0, 10**9, None, "it has .* characters"), (4, None, None, "both"), (None, None, " ", "empty"), (0, 900, "x", "stands .{80,120} and not"),
    ]:  # fmt: skip
        with pytest.raises(CorrectionError, match=told):
            words(text, "date", start=start, end=end, quote=quote)


def test_who_and_why_must_be_said_and_come_to_one_line_each() -> None:
    assert said("date", by=" A.\nPerson ", why="x\ty\udcff") == ("A. Person", r"x y\udcff")
    for by, why in (("", "x"), ("x", " \n")):
        with pytest.raises(CorrectionError, match="is empty"):
            said("date", by=by, why=why)


# -- what it does ------------------------------------------------------------------------------------------------------


def test_a_value_without_words_has_evidence_that_says_so() -> None:
    record = corrected(RECORD, ("date", "2009-09-04")).record
    (piece,) = record.evidence["date"]
    assert (record.date, piece.origin, piece.start, piece.end, piece.quote) == (
        dt.date(2009, 9, 4),
        "correction",
        0,
        0,
        "",
    )
    assert piece.rule == f"{CORRECTED}1"
    assert list(complaints(record, SOURCE.text)) == []


def test_a_value_with_words_points_at_them() -> None:
    one = said_of(RECORD, "events/1/start", "2009-03-25", quote="24 March to 2 April 2009")
    record = apply(RECORD, [one], SOURCE.text).record
    (piece,) = record.evidence["events/1/start"]
    assert SOURCE.text[piece.start : piece.end] == piece.quote == "24 March\nto 2 April 2009"
    assert (piece.origin, record.events[1].start) == ("text", dt.date(2009, 3, 25))
    assert list(complaints(record, SOURCE.text)) == []


def test_words_that_another_reading_moved_are_found_again_or_given_up() -> None:
    one = said_of(RECORD, "date", "2009-09-04", quote="3 September 2009")
    moved = apply(RECORD, [one], f"..{SOURCE.text}").record.evidence["date"][0]
    assert (moved.start, moved.end, moved.quote) == (126, 142, "3 September 2009")
    lost = apply(RECORD, [one], SOURCE.text.replace("3 September 2009", "3-IX-2009")).record.evidence["date"][0]
    assert (lost.origin, lost.quote) == ("correction", "")


def test_the_checker_sees_through_a_correction_that_quotes_other_words() -> None:
    one = said_of(RECORD, "date", "2009-09-04", quote="3 September 2009")
    record = apply(RECORD, [one], SOURCE.text).record
    (piece,) = record.evidence["date"]
    for wrong in (
        msgspec.structs.replace(piece, start=3, end=9),
        msgspec.structs.replace(piece, origin="correction"),
    ):
        assert list(
            complaints(msgspec.structs.replace(record, evidence={**record.evidence, "date": (wrong,)}), SOURCE.text)
        )


def test_a_confirmed_value_keeps_the_parsers_words_unless_a_person_names_some() -> None:
    same = corrected(RECORD, ("date", "2009-09-03"), ("events", RECORD.events)).record
    assert same == RECORD
    named = apply(RECORD, [said_of(RECORD, "date", "2009-09-03", quote="3 September 2009")], SOURCE.text).record
    assert named.evidence["date"][0].rule == f"{CORRECTED}1"


def test_nothing_has_no_evidence() -> None:
    record = corrected(RECORD, ("date", None), ("addressees", []), ("signatory", None)).record
    assert (record.date, record.addressees, record.signatory) == (None, (), None)
    assert not [path for path in record.evidence if path.startswith(("date", "addressees/", "signatory"))]
    assert list(complaints(record, SOURCE.text)) == []


def test_items_that_stay_keep_their_evidence_where_others_go_and_come() -> None:
    new = Event(name="a briefing", start=dt.date(2009, 5, 1), end=dt.date(2009, 5, 1))
    record = corrected(RECORD, ("events", [new, RECORD.events[1]])).record
    assert record.events == (new, RECORD.events[1])
    assert record.evidence["events/1/place"] == RECORD.evidence["events/1/place"]
    assert record.evidence["events/0/name"][0].origin == "correction"
    assert list(complaints(record, SOURCE.text)) == []


def test_what_was_computed_from_an_item_that_moved_says_where_it_is_now() -> None:
    pieces = tuple(msgspec.structs.replace(p, origin="events/1/start") for p in RECORD.evidence["events/1/start"])
    own = msgspec.structs.replace(RECORD, evidence={**RECORD.evidence, "deadlines/0/date": pieces})
    record = corrected(own, ("events", own.events[1:])).record
    assert record.evidence["deadlines/0/date"][0].origin == "events/0/start"


def test_a_later_correction_of_a_part_refines_an_earlier_one_of_the_whole() -> None:
    record = corrected(RECORD, ("events", RECORD.events[1:]), ("events/0/place", "Montreux")).record
    assert [e.place for e in record.events] == ["Montreux"]


def test_identity_series_and_bureau_follow_a_corrected_reference() -> None:
    record = corrected(RECORD, ("ref", "CR/387")).record
    assert (record.ref, record.id, record.ids, record.series, record.bureau) == (
        "CR/387",
        "cr/387",
        ("cr/387",),
        "cr",
        "BR",
    )
    assert {record.evidence[p][0].origin for p in ("id", "ids/0", "series", "bureau")} == {"refs/0"}
    assert list(complaints(record, SOURCE.text)) == []
    odd = corrected(RECORD, ("ref", "Nobody's 7")).record
    assert (odd.ids, odd.id, odd.series) == ((), None, RECORD.series)
    assert list(complaints(odd, SOURCE.text)) == []


def test_the_identity_follows_a_corrected_date_into_another_study_period() -> None:
    assert corrected(RECORD, ("date", "2004-09-03")).record.id == "tsb-circular/2001-2004/61"
    assert corrected(RECORD, ("date", "2009-09-04")).record.ids == RECORD.ids
    named = msgspec.structs.replace(RECORD, ids=("tsb-circular/2005-2008/9",), id="tsb-circular/2005-2008/9")
    assert corrected(named, ("date", "2004-09-03")).record.ids == named.ids, "it came from elsewhere than the reference"


def test_confirming_a_reference_that_says_too_little_by_itself_keeps_the_identity() -> None:
    partial = msgspec.structs.replace(RECORD, refs=("61",), ref="61")
    assert corrected(partial, ("ref", "61"), ("date", RECORD.date)).record.ids == RECORD.ids


def test_an_identity_that_followed_can_be_corrected_in_turn() -> None:
    record = corrected(
        RECORD, ("date", "2004-09-03"), ("ids/0", "tsb-circular/2001-2004/60"), ("date", "1999-09-03")
    ).record
    assert record.ids == ("tsb-circular/2001-2004/60",)


def test_what_a_person_said_of_the_identity_itself_stays() -> None:
    made = corrected(RECORD, ("id", "cr/1"), ("series", "cr"), ("ref", "TSB Circular 7")).record
    assert (made.id, made.series, made.ref) == ("cr/1", "cr", "TSB Circular 7")


def test_an_issue_is_settled_by_the_value_that_was_missing() -> None:
    missing = Issue(code="no-date", message="no date")
    other = Issue(code="repaired-date", message="lost dash")
    own = msgspec.structs.replace(RECORD, date=None, issues=(missing, other))
    assert corrected(own, ("date", "2009-09-03")).record.issues == (other,)
    assert corrected(own, ("subject", "Another")).record.issues == (missing, other)


# -- a later record ----------------------------------------------------------------------------------------------------


def test_a_correction_follows_its_item_to_another_place() -> None:
    one = said_of(RECORD, "events/1/start", "2009-03-25")
    first = Event(name="new", start=dt.date(2011, 1, 1), end=dt.date(2011, 1, 1))
    later = msgspec.structs.replace(RECORD, events=(first, *RECORD.events), evidence={})
    made = apply(later, [one], SOURCE.text)
    assert made.paths == {1: "events/2/start"}
    assert [e.start for e in made.record.events] == [first.start, RECORD.events[0].start, dt.date(2009, 3, 25)]


def test_a_correction_that_the_parser_has_learned_changes_nothing() -> None:
    one = said_of(RECORD, "events/1/start", "2009-03-25")
    learned = msgspec.structs.replace(RECORD.events[1], start=dt.date(2009, 3, 25), name="the meeting of Study Group 2")
    later = msgspec.structs.replace(RECORD, events=(RECORD.events[0], learned))
    made = apply(later, [one], SOURCE.text)
    assert (made.record, made.missed) == (later, {})


@pytest.mark.parametrize(
    ("path", "value", "changes", "told"),
    [
        ("events/1/start", "2009-03-25", {"events": ()}, "it has no events"),
        ("events/1/start", "2009-03-25", {"events": RECORD.events[:1]}, "none of its 1 events is the one"),
        (
            "events/1/start", "2009-03-25",
            {"events": (msgspec.structs.replace(RECORD.events[1], start=dt.date(2009, 9, 1), end=dt.date(2009, 9, 2)),)},
            "none of its 1 events is the one",
        ),
        ("addressees/0", "Member States", {"addressees": ("Academia",)}, "none of its 1 addressees is the one"),
        ("signatory/name", "M. Johnson", {"signatory": None}, "no signatory now"),
        ("contact/tel/0", "+41 22 730 1", {"contact": Contact()}, "it has no contact/tel"),
    ],
)  # fmt: skip
def test_what_is_not_there_any_more_is_reported_and_not_guessed(
    path: str, value: str, changes: dict[str, Any], told: str
) -> None:
    one = said_of(RECORD, path, value)
    later = msgspec.structs.replace(RECORD, **changes, evidence={})
    made = apply(later, [one], SOURCE.text)
    assert told in made.missed[1]
    assert made.paths == {}
    (issue,) = made.record.issues
    assert issue.code == "correction-not-applied"
    assert all(word in issue.message for word in ("correction 1", "by A", path, value, told))
    assert msgspec.structs.replace(made.record, issues=()) == later


CITED = tuple(Citation(text=f"Resolution {n} (Rev. Johannesburg, 2008)", kind="resolution") for n in (20, 21))
TWICE = tuple(
    Event(name="meeting of Study Group 2", place="Geneva", start=day, end=day, body="ITU-T SG2")
    for day in (dt.date(2009, 3, 24), dt.date(2009, 9, 7))
)


@pytest.mark.parametrize(
    ("field", "items", "path", "value"),
    [
        ("emails", ("tsbsg2@itu.int", "tsbsg3@itu.int"), "emails/0", "tsbsg4@itu.int"),
        ("refs", ("TSB Circular 61", "TSB Circular 62"), "refs/0", "TSB Circular 63"),
        ("contact/tel", ("+41 22 730 51 11", "+41 22 730 51 12"), "contact/tel/0", "+41 22 730 51 13"),
        ("citations", CITED, "citations/0/id", "cr/1"),
        ("citations", CITED, "citations/0/text", "Resolution 22"),
        ("citations", CITED, "citations/0", {"text": "Resolution 20", "kind": "resolution"}),
        ("events", TWICE, "events/0/time", "0930 hours"),
        ("events", TWICE, "events/0/start", "2009-03-20"),
        ("events", TWICE, "events/0/name", "meeting of Study Group 3"),
    ],
)  # fmt: skip
def test_a_correction_goes_to_no_other_item_however_much_it_resembles_its_own(
    field: str, items: tuple[Any, ...], path: str, value: object
) -> None:
    def having(kept: tuple[Any, ...]) -> Circular:
        changes = {"contact": Contact(tel=kept)} if field == "contact/tel" else {field: kept}
        return msgspec.structs.replace(RECORD, evidence={}, **changes)

    one = said_of(having(items), path, value)
    swapped = apply(having(items[::-1]), [one], SOURCE.text)
    assert swapped.paths == {1: path.replace("/0", "/1")}
    assert apply(having(items[1:]), [one], SOURCE.text).paths == {}


def test_a_correction_that_would_turn_an_event_round_is_reported() -> None:
    one = said_of(RECORD, "events/1/start", "2009-03-30")
    short = msgspec.structs.replace(RECORD.events[1], end=RECORD.events[1].start)
    made = apply(msgspec.structs.replace(RECORD, events=(RECORD.events[0], short)), [one], SOURCE.text)
    assert "before it starts" in made.missed[1]
    assert made.record.events[1] == short


def test_a_field_that_records_lost_is_reported() -> None:
    one = msgspec.structs.replace(said_of(RECORD, "subject", "x"), path="title")
    assert "no title now" in apply(RECORD, [one], SOURCE.text).missed[1]
    wrong_type = msgspec.structs.replace(one, path="date")
    assert "no day" in apply(RECORD, [wrong_type], SOURCE.text).missed[1]


def test_superseded_and_withdrawn_corrections_do_nothing() -> None:
    one = said_of(RECORD, "subject", "x")
    for gone in (
        msgspec.structs.replace(one, superseded_by=2),
        msgspec.structs.replace(one, withdrawn_at="2026-01-02T00:00:00Z"),
    ):
        assert not gone.stands
        assert apply(RECORD, [gone], SOURCE.text).record == RECORD


def test_a_correction_says_what_was_there_and_whether_it_confirms() -> None:
    assert said_of(RECORD, "events/1/start", "2009-03-25").before == "2009-03-24"
    assert said_of(RECORD, "addressees/0", "x").before == RECORD.addressees[0]
    assert not said_of(RECORD, "date", "2009-09-04").confirms
    assert said_of(RECORD, "date", "2009-09-03").confirms


# -- any correction of any letter --------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(LETTERS)), st.data())
def test_every_record_that_corrections_make_has_evidence_that_holds_and_takes_them_again(
    path: Path, data: st.DataObject
) -> None:
    source, own = read(path), LETTERS[path]
    made: list[Correction] = []
    for number in range(1, data.draw(st.integers(1, 4)) + 1):
        now = apply(own, made, source.text).record
        plain = msgspec.json.decode(msgspec.json.encode({name: getattr(now, name) for name in FIELDS}))
        place, old = data.draw(st.sampled_from([*leaves(plain), *((name, plain[name]) for name in FIELDS)]))
        if isinstance(old, list):
            value: Any = data.draw(st.permutations(old))[: data.draw(st.integers(0, len(old)))]
        elif isinstance(old, str) and old[:4].isdecimal() and old.count("-") == 2:
            value = data.draw(st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)))
        else:
            value = data.draw(st.one_of(st.just(old), st.text(max_size=20)))
        start = data.draw(st.integers(0, max(0, len(source.text) - 2)))
        quote = data.draw(st.sampled_from([None, source.text[start : start + 9]]))
        try:
            made.append(said_of(now, place, value, number=number, source=source, quote=quote))
        except CorrectionError:
            continue
        applied = apply(own, made, source.text)
        assert list(complaints(applied.record, source.text)) == []
        assert number in applied.paths
        assert Circular.from_json(applied.record.to_json()) == applied.record
        again = {path: lookup(applied.record.to_dict(), path) for path in applied.record.evidence}
        assert None not in again.values()


def test_the_public_names_are_there() -> None:
    assert itudocs.Correction is Correction
    assert itudocs.CorrectionError is CorrectionError
