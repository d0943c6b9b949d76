"""A letter's evidence is marked where it stands, and the text around it stays as it is."""

from __future__ import annotations

import datetime as dt
import re

from hypothesis import given
from hypothesis import strategies as st

from itudocs.archive.ingest import Report
from itudocs.cli.views import Span, bracketed, failure_line, painted, record_lines, report_line, spans
from itudocs.model import (
    Circular,
    Citation,
    Contact,
    Deadline,
    Event,
    Evidence,
    Failure,
    Issue,
    Place,
    Provenance,
    Signatory,
)  # fmt: skip

TEXT = "Geneva, 25 February 2004 TSB Circular 221"


def record(**values: object) -> Circular:
    source = Provenance(name="a\x1b[31m.txt", sha256="0" * 64)
    return Circular(key="0" * 64, source=source, **values)  # type: ignore[arg-type]  # any values


def at(quote: str, origin: str = "text") -> tuple[Evidence, ...]:
    start = TEXT.index(quote)
    return (Evidence(start=start, end=start + len(quote), quote=quote, rule="test", origin=origin),)


def test_spans_are_named_by_their_paths_without_numbers_and_places_told_once() -> None:
    found = record(
        evidence={"ref": at("TSB Circular 221"), "refs/0": at("TSB Circular 221"), "events/3/start": at("25")}
    )
    assert spans(found, len(TEXT)) == [(8, 10, "events.start"), (25, 41, "ref, refs")]


def test_evidence_from_elsewhere_and_beyond_the_text_is_not_marked() -> None:
    found = record(
        evidence={"ref": at("TSB", "name"), "date": at("25", "events/0/start"), "subject": at("Circular 221")}
    )
    assert spans(found, 30) == []


def test_brackets_nest_where_values_do() -> None:
    marks = [(0, 24, "subject"), (8, 24, "date"), (25, 41, "ref")]
    assert bracketed(TEXT, marks) == "[subject: Geneva, [date: 25 February 2004]] [ref: TSB Circular 221]"


def test_a_value_that_crosses_anothers_end_is_marked_in_two_pieces() -> None:
    assert bracketed("abcdef", [(0, 3, "x"), (2, 5, "y")]) == "[x: ab[y: c]][y: de]f"


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(st.text(alphabet="abc \n", max_size=30))
    places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda p: p[0] < p[1])
    found = draw(st.lists(places, max_size=8, unique=True)) if text else []
    return text, [(a, b, f"f{n}") for n, (a, b) in enumerate(sorted(found, key=lambda p: (p[0], -p[1])))]


@given(marked_texts())
def test_marking_keeps_the_text_and_marks_every_character_of_every_value(sample: tuple[str, list[Span]]) -> None:
    text, marks = sample
    shown = bracketed(text, marks)
    assert re.sub(r"\[f\d: |\]", "", shown) == text
    assert shown.count("[") == shown.count("]") >= len(marks)
    covered: dict[str, list[int]] = {name: [] for _, _, name in marks}
    stack: list[str] = []
    position = 0
    for piece in re.findall(r"\[f\d: |\]|[^\[\]]", shown):
        if piece.startswith("["):
            stack.append(piece[1:-2])
        elif piece == "]":
            stack.pop()
        else:
            for name in stack:
                covered[name].append(position)
            position += 1
    assert covered == {name: list(range(start, end)) for start, end, name in marks}
    assert painted(text, marks).plain == text


def test_escapes_in_a_letter_are_taken_out_of_the_marked_letter() -> None:
    text = "Subject: \x1b[31mMinutes\u202e of"
    assert bracketed(text, [(9, len(text), "subject")]) == "Subject: [subject: Minutes of]"
    assert painted(text, [(9, len(text), "subject")]).plain == "Subject: Minutes of"


def test_a_record_is_shown_with_all_it_has() -> None:
    day = dt.date(2004, 7, 12)
    found = record(
        ids=("cr/1",), refs=("CR/1",), date=day, subject="A\x1b[2J subject", addressees=("A", "B"),
        contact=Contact(names=("Anna Keller",), tel=("+41 22 1",), fax=("+41 22 2",), emails=("a@itu.int",)),
        signatory=Signatory(name="H. Zhao", titles=("Director",)),
        events=(Event(name="TSAG", place="Geneva", start=day, end=dt.date(2004, 7, 16), time="0930", status="past"),),
        deadlines=(Deadline(date=day, what="replies", computed=True),),
        citations=(
            Citation(text="CR/2", kind="circular", id="cr/2", relation="replaces"),
            Citation(text="Resolution 1", kind="resolution"),
        ),
        issues=(Issue(code="x", message="no date line"),),
    )  # fmt: skip
    lines = list(record_lines(found))
    assert ("Source", "a.txt (text, utf-8)") in lines
    assert ("Subject", "A subject") in lines
    assert ("Addressees", "A") in lines
    assert ("", "B") in lines
    assert [value for _, value in lines if "41" in value] == ["tel +41 22 1", "fax +41 22 2"]
    assert ("Event dates", "2004-07-12..2004-07-16 TSAG, Geneva, 0930 (past)") in lines
    assert ("Deadline", "2004-07-12 replies (computed)") in lines
    assert ("Citations", "replaces: CR/2 (cr/2)") in lines
    assert ("", "Resolution 1 (resolution)") in lines
    assert ("Issues", "warning: no date line") in lines


def test_values_of_a_file_with_places_are_shown_with_theirs() -> None:
    def at(start: int, origin: str = "text") -> tuple[Evidence, ...]:
        return (Evidence(start=start, end=start + 2, quote="ab", rule="r", origin=origin),)

    found = record(
        refs=("CR/1",), subject="S", addressees=("A", "B"), contact=Contact(names=("Anna",), emails=("a@itu.int",)),
        events=(Event(name="TSAG", start=dt.date(2004, 7, 12), end=dt.date(2004, 7, 12)),),
        places=(
            Place(start=0, end=10, page=1, cell=(1, 2, 2)), Place(start=10, end=20, page=2),
            Place(start=20, end=30, page=2, part="header"),
        ),
        evidence={
            "refs/0": at(4), "subject": at(0, "name"), "addressees/1": at(12), "contact/names/0": at(22),
            "contact/emails/0": at(40), "events/0/name": at(15), "events/0/start": at(1),
        },
    )  # fmt: skip
    lines = list(record_lines(found))
    assert ("Reference", "CR/1 · page 1, table 1, row 2, column 2") in lines
    assert ("Subject", "S") in lines  # from the name
    assert [value for _, value in lines if value[0] in "AB"] == ["A", "B · page 2", "Anna · page 2, header"]
    assert ("", "a@itu.int") in lines  # stands nowhere in particular
    assert ("Event dates", "2004-07-12 TSAG · page 1, table 1, row 2, column 2") in lines


def test_a_report_tells_what_happened_and_no_more() -> None:
    failed = (Failure(name="a", reason="binary", message="a is binary"),)
    assert report_line(Report(added=1200, failed=failed, took=2.0)) == "added 1,200, unchanged 0, failed 1 (2.0 s)"
    assert "skipped 3" in report_line(Report(skipped=3))


def test_a_failure_is_named_once_and_without_escapes() -> None:
    assert failure_line(Failure(name="a.txt", reason="x", message="a.txt is\n binary")) == "a.txt is binary"
    assert failure_line(Failure(name="b\x1b[1m.txt", reason="x", message="broke")) == "b.txt: broke"
