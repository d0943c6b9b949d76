"""Records: every value is borne out by its evidence, no text makes parsing raise, JSON keeps everything."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.assemble import circular
from itudocs.evidence import complaints
from itudocs.model import Circular, Evidence
from itudocs.reading import read

LETTERS = sorted((Path(__file__).parent.parent / "corpus").glob("*/*.txt"))


@pytest.mark.parametrize("path", LETTERS, ids=lambda p: p.stem)
def test_every_value_of_every_record_is_borne_out_by_its_evidence(path: Path) -> None:
    source = read(path)
    assert list(complaints(circular(source), source.text)) == []


@pytest.mark.parametrize("path", LETTERS[::6], ids=lambda p: p.stem)
def test_shifted_evidence_is_noticed(path: Path) -> None:
    source = read(path)
    record = circular(source)
    for name, pieces in record.evidence.items():
        if (
            pieces[0].origin != "text"
            or name in ("language", "bureau", "series")
            or name.startswith("addressee_groups")
        ):
            continue
        moved = tuple(msgspec.structs.replace(p, start=p.start + 9, end=p.end + 9) for p in pieces)
        wrong = msgspec.structs.replace(record, evidence={**record.evidence, name: moved})
        assert list(complaints(wrong, source.text)), name
        requoted = tuple(
            Evidence(start=p.start, end=p.end, quote=source.text[p.start : p.end], rule=p.rule) for p in moved
        )
        if name.startswith(("subject", "refs/", "addressees/", "date")) and all(p.quote.strip() for p in requoted):
            wrong = msgspec.structs.replace(record, evidence={**record.evidence, name: requoted})
            assert list(complaints(wrong, source.text)), name


@pytest.mark.parametrize("path", LETTERS[::9], ids=lambda p: p.stem)
def test_a_record_survives_json(path: Path) -> None:
    record = circular(read(path))
    assert Circular.from_json(record.to_json()) == record


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_parsing_never_raises_on_any_text(text: str) -> None:
    source = read(text)
    assert list(complaints(circular(source), source.text)) == []


PIECES = [
    "Ref: ", "TSB Circular 12 ", "CR/384", "\n", "Subject: ", "To ", "- To Administrations of Member States", ";", "Tel: ", "Fax:", "+41 22 730 5853",
    " Geneva, ", "9 May 2012", "67 June 2019 ", "from 3 to 5 ", "Dear Sir/Madam,", "Yours faithfully,", " / ", "|", "Annex 1", "[email protected]",
    "by 4 May 2011 ", "The meeting of Study Group 3 ", "Place des Nations ", "CH-1211 Geneva 20 ", "Page 1: x\n", "Embed Size (px)\n", "Distribution: ",
    "Key deadlines:", "Уважаемый господин,", "事由:", "الموضوع:", "2016年2月1-5日", "27-23 أكتوبر 2023", "H. Zhao", "Director ", "«", "\u202e", "(", ")", '"',
]  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=40).map("".join))
def test_parsing_never_raises_on_pieces_of_letters(text: str) -> None:
    source = read(text)
    assert list(complaints(circular(source), source.text)) == []


@pytest.mark.parametrize(
    "piece",
    [
        "A",
        "1",
        " ",
        "\n",
        "- ",
        "| ",
        "(",
        "+41 ",
        "9 May ",
        "TSB ",
        "a.",
        "To the ",
        "Annex ",
        "www.",
        "\\a",
        ": /",
        "年",
        "http://a/",
        "The Meeting of the ",
    ],
)
def test_cost_stays_bounded_on_monotonous_text(piece: str) -> None:
    text = (piece * 40_000)[:40_000]
    started = time.process_time()
    circular(read(text))
    assert time.process_time() - started < 5.0


def test_an_empty_text_is_a_record_that_says_so() -> None:
    record = circular(read(""))
    assert [i.code for i in record.issues if i.code == "empty"] == ["empty"]
    assert record.zones == ()


def test_the_file_name_gives_an_identity_where_the_text_has_none() -> None:
    record = circular(read("Dear Sir,\n\nPlease note.\n", name="R00-CR-CIR-0025!!TXT-E.txt"))
    assert (record.id, record.series, record.bureau, record.ref) == ("cr/25", "cr", "BR", None)
    assert record.evidence["id"][0].origin == "name"


def test_the_letters_own_annex_head_is_its_identity_and_no_citation() -> None:
    text = "Dear Sir/Madam,\n\nSee the annex.\n\nYours faithfully,\n\nH. Zhao\n\nANNEX 1\n(to TSB Circular 237)\nText"
    record = circular(read(text))
    assert record.ref == "TSB Circular 237"
    assert record.citations == ()


def test_weekdays_that_contradict_are_reported() -> None:
    text = "Geneva, 4 May 2012\nRef: TSB Circular 12\nSubject: Workshop, Geneva, Monday 12 June 2012\nDear Sir,\nText\n"
    assert "weekday-mismatch" in [i.code for i in circular(read(text)).issues]


def test_repaired_dates_leave_an_issue_with_what_was_printed() -> None:
    text = "Geneva, 4 May 2019\nRef: TSB Circular 12\nSubject: Meeting of Study Group 2, Geneva, 67 June 2019\nDear Sir,\nText\n"
    record = circular(read(text))
    assert (record.events[0].start, record.events[0].end) == (dt.date(2019, 6, 6), dt.date(2019, 6, 7))
    assert any(i.code == "repaired-date" and "67" in i.message for i in record.issues)
