"""`explain` and `issues`: why a field has its value, and what to look at first."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from itudocs.archive.archive import open_archive
from tests.cli.conftest import Run
from tests.reading.packing import docx, p, tbl, tc

ODD = """\
Ref: TSB Circular 221
Geneva, 25 February 2004
Subject: Meeting of Study Group 3, Geneva, 67 June 2004

Dear Sir/Madam,

1 The meeting of Study Group 3 will be held in Geneva on 67 June 2004. See CR/387.

Yours faithfully,

Houlin Zhao
Director of the Telecommunication Standardization Bureau
"""

pytestmark = pytest.mark.usefixtures("real_parser")


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    path = tmp_path / "odd.txt"
    path.write_text(ODD, encoding="utf-8")
    return path


@pytest.fixture
def stored(odd: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    with open_archive(folder, create=True) as opened:
        assert opened.add([odd]).added == 1
    return folder


# -- explain -----------------------------------------------------------------------------------------------------------


def test_what_won_and_what_lost_are_printed_a_line_each(run: Run, odd: Path) -> None:
    result = run("explain", odd, "ref")
    assert (result.exit_code, result.stderr) == (0, "")
    rows = result.stdout.splitlines()
    assert rows[0].startswith("ref: ")
    assert rows[1].startswith("  won refs/0 = TSB Circular 221 (at 5-21); ref.tsb-circular.en")
    assert any(row.startswith("  lost CR/387 (at ") and "stands in the body: cited" in row for row in rows)


def test_where_nothing_was_found_the_reason_is_printed_and_the_exit_code_is_1(run: Run, odd: Path) -> None:
    result = run("explain", odd, "copies")
    assert result.exit_code == 1
    assert "no part of the header was read as copies" in result.stdout
    assert "up to the salutation" in result.stdout


def test_json_has_all_that_text_has(run: Run, odd: Path) -> None:
    answer = json.loads(run("explain", odd, "date", "--json").stdout)
    assert answer["value"] == "2004-02-25"
    (won,) = answer["won"]
    assert (won["path"], won["rule"], won["evidence"][0]["quote"]) == ("date", "date.header", "25 February 2004")
    assert {one["value"] for one in answer["lost"]} == {"2004-06-06..2004-06-07"}


def test_a_path_asks_for_one_value(run: Run, odd: Path) -> None:
    result = run("explain", odd, "events/0/start")
    assert "events/0/start = 2004-06-06" in result.stdout
    assert "events/0/name" not in result.stdout


def test_a_letter_of_the_archive_is_explained_by_id_or_key(run: Run, odd: Path, stored: Path) -> None:
    here = run("explain", odd, "date").stdout
    assert run("explain", "tsb-circular/2001-2004/221", "date", "--archive", stored).stdout == here


def test_an_unknown_field_is_a_usage_error_that_lists_the_fields(run: Run, odd: Path) -> None:
    result = run("explain", odd, "dates")
    assert result.exit_code == 2
    assert "is no field" in result.stderr


def test_a_missing_file_is_an_error_in_one_line(run: Run, tmp_path: Path) -> None:
    result = run("explain", tmp_path / "none.txt", "date")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_a_letter_full_of_escapes_prints_none(run: Run, tmp_path: Path) -> None:
    evil = tmp_path / "evil.txt"
    evil.write_text(
        "Ref: CR/387\nSubject: \x1b[31mMinutes\x9b2J \u202egnp\nDear Sir,\nDear \x1b]0;x\x07.", encoding="utf-8"
    )
    for field in ("subject", "ref", "salutation"):
        for more in ([], ["--json"]):
            assert not set(run("explain", evil, field, *more).output) & {"\x1b", "\x9b", "\u202e", "\x07"}
    assert not set(run("issues", evil).output) & {"\x1b", "\x9b", "\u202e", "\x07"}


def test_places_in_a_word_document_are_told_beside_offsets(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "letter.docx"
    head = tbl(tc("Ref:") + tc("CR/387"), tc("Date:") + tc("Geneva, 25 February 2004"))
    path.write_bytes(docx(head + p("Subject: Minutes") + p("Dear Sir/Madam,") + p("1 See CR/386 of 3 March 2003.")))
    said = run("explain", path, "date").stdout
    stood = "page 1, table 1, row 2, column 2"
    won = next(row for row in said.splitlines() if row.startswith("  won "))
    assert re.search(rf"\(.*at \d+-\d+; {stood}\)", won)
    told = json.loads(run("explain", path, "date", "--json").stdout)
    assert told["won"][0]["place"] == stood
    assert {one["place"] for one in told["lost"]} == {"page 1"}
    shown = run("show", path).stdout.splitlines()
    assert f"{'Date':<16}2004-02-25 · {stood}" in shown
    assert f"{'Subject':<16}Minutes · page 1" in shown


# -- issues ------------------------------------------------------------------------------------------------------------


def test_issues_are_listed_the_gravest_first_with_the_words_concerned(run: Run, odd: Path, tmp_path: Path) -> None:
    (tmp_path / "void.txt").write_text(" \n", encoding="utf-8")
    result = run("issues", tmp_path)
    rows = [row.split("\t") for row in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert rows[0] == ["Severity", "Letter", "Code", "Message", "Words"]
    assert rows[1][:3] == ["error", "void.txt", "empty"]
    assert ["warning", "odd.txt", "repaired-date"] in [row[:3] for row in rows]
    assert next(row for row in rows if row[2] == "repaired-date")[4] == "67 June 2004"
    order = ["error", "warning", "info"]
    assert [order.index(row[0]) for row in rows[1:]] == sorted(order.index(row[0]) for row in rows[1:])


def test_an_archive_gives_the_same_issues_as_its_files(run: Run, odd: Path, stored: Path) -> None:
    assert run("issues", "--archive", stored).stdout == run("issues", odd).stdout != ""


def test_what_is_less_grave_can_be_left_out(run: Run, odd: Path) -> None:
    assert "repaired-date" in run("issues", odd, "--least", "warning").stdout
    result = run("issues", odd, "--least", "error")
    assert (result.exit_code, result.stderr) == (1, "itudocs: No issues.\n")


def test_issues_as_json_have_offsets(run: Run, odd: Path) -> None:
    found = json.loads(run("issues", odd, "--json").stdout)
    assert all(ODD[one["start"] : one["end"]] == one["words"] for one in found if one["words"])
    assert {"severity", "code", "letter", "key", "message", "words", "start", "end"} == set(found[0])


def test_a_file_that_cannot_be_read_is_told_on_stderr(run: Run, odd: Path, tmp_path: Path) -> None:
    result = run("issues", odd, tmp_path / "none.txt")
    assert result.exit_code == 0
    assert "none.txt" in result.stderr
