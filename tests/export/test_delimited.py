"""CSV: what a spreadsheet would run is held back, telephone numbers are not, and reading it back gives the same table."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.errors import ItuDocsError
from itudocs.export import delimited
from itudocs.export.delimited import guarded, read_table, unguarded
from itudocs.export.harmless import cell
from itudocs.export.tables import TABLES, Table
from itudocs.model import Circular, Citation, Contact, Signatory
from tests.made_letters import HOSTILE, due, event, made

LETTERS = [
    made(
        f"cr/{n}", "2018-03-26" if n % 2 else None, subject=text, ref=text, addressees=(text, ""), copies=(text,),
        contact=Contact(names=(text,), tel=("+41 22 730 5989/5887",)), urls=(text,), bureau="BR",
        signatory=Signatory(name=text, titles=(text, "Director")), events=(event("2018-05-01", text, number=n, place=text),),
        deadlines=(due("2018-04-01", text, computed=bool(n % 2)),), citations=(Citation(text=text, kind="other"),),
    )
    for n, text in enumerate(HOSTILE)
] + [made(None, subject=""), made(None, salt="x")]  # fmt: skip


def written(table: Table, records: list[Circular]) -> str:
    return delimited.header(table) + "".join(delimited.lines(table, records))


@pytest.mark.parametrize("name", TABLES)
def test_reading_gives_the_same_table_back(name: str) -> None:
    table = TABLES[name]
    text = written(table, LETTERS)
    rows = [row for record in LETTERS for row in table.rows(record)]
    assert len(rows) >= len(HOSTILE)
    assert list(read_table(io.StringIO(text, newline=""), table)) == rows
    assert list(read_table(io.StringIO(text.removeprefix("\ufeff"), newline=""), table)) == rows


@pytest.mark.parametrize("name", TABLES)
def test_no_cell_begins_as_a_formula_does(name: str) -> None:
    text = written(TABLES[name], LETTERS).removeprefix("\ufeff")
    cells = [value for row in csv.reader(io.StringIO(text, newline="")) for value in row]
    risky = {value for value in cells if value.lstrip()[:1] in tuple("=+-@＝＋－＠") or value[:1] in tuple("\t\r\n")}
    assert risky <= {"", "+41 22 730 5111"}  # the telephone number stays as it is


@pytest.mark.parametrize(
    "number",
    ["+41 22 730 5111", "+41 22 730 5989/5887", "+1 202 555 0143", "+7 495 777 77 77", "+41 22 730 51 11 - 12"],
)
def test_telephone_numbers_stay_as_they_are(number: str) -> None:
    assert guarded(number) == number


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1+1", "+41227305111", "+41-22-730-5111", "-1", "@SUM(A1)", " =1", "\t=1", "\n=1", "＝1", "+41 22 730 5111+cmd|' /C calc'!A0",
        "+1 2 2003", "+41 22 730 5111*2", "'", "'=1", "",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_might_run_is_held_back_and_can_be_had_back(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@given(st.text())
def test_undoing_gives_any_text_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)


@given(st.lists(st.text(), max_size=4), st.text(), st.one_of(st.none(), st.text()))
def test_any_texts_come_back_as_the_table_has_them(groups: list[str], subject: str, ref: str | None) -> None:
    table = TABLES["letters"]
    record = made("cr/1", subject=subject, ref=ref, addressee_groups=tuple(groups))
    (row,) = read_table(io.StringIO(written(table, [record]), newline=""), table)
    assert row == next(table.rows(record))
    assert row[7] == cell(subject)


def test_it_is_what_spreadsheets_expect_of_csv() -> None:
    text = written(TABLES["letters"], LETTERS[:1])
    assert text.startswith("\ufeffkey,id,ref,date,")
    assert text.endswith("\r\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "first line"), ("key,id\r\n", "first line"), ("{head}a,b\r\n", "Line 2: has 2 cells, not 7"),
        ("{head}k,i,one,2018-04-01,,,true\r\n", "Line 2: 'one' is no int for n"),
        ("{head}k,i,1,2018-02-30,,,true\r\n", "'2018-02-30' is no date"), ("{head}k,i,1,2018-04-01,,,yes\r\n", "no bool"),
        ('{head}k,i,1,2018-04-01,,"open,true\r\n', "no CSV"),
    ],
)  # fmt: skip
def test_what_is_no_such_table_is_refused_with_its_line(text: str, why: str) -> None:
    table = TABLES["deadlines"]
    with pytest.raises(ItuDocsError, match=why):
        list(read_table(io.StringIO(text.replace("{head}", delimited.header(table)), newline=""), table))
