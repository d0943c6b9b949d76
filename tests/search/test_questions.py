"""Tables of queries: read whatever a spreadsheet writes, answered row by row, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.errors import ItuDocsError
from itudocs.search.engine import Request, Results, Searcher
from itudocs.search.query import Query
from itudocs.search.questions import (
    COLUMNS,
    Answer,
    Question,
    answers,
    csv_lines,
    json_lines,
    read_questions,
    spreadsheet_safe,
)


@pytest.mark.parametrize(
    "text",
    [
        "query,name\nwsis summit,one\nbureau:TSB,two\n",
        "\ufeffname;Query\r\none;wsis summit\r\ntwo;bureau:TSB\r\n",
        'note\tquery\tname\nx\t"wsis summit"\tone\n\t\t\ny\tbureau:TSB\ttwo',
        "\n\nQUERY , NAME\nwsis summit,one\n  bureau:TSB , two \n,\n",
    ],
)
def test_a_table_is_read_with_any_delimiter_and_order_of_columns(text: str) -> None:
    assert [(q.query, q.name) for q in read_questions(text)] == [("wsis summit", "one"), ("bureau:TSB", "two")]


def test_names_may_be_left_out_and_rows_keep_their_numbers() -> None:
    assert read_questions('query\na\n\n"""exactly this"""\n') == [
        Question(row=1, query="a"), Question(row=3, query='"exactly this"'),
    ]  # fmt: skip
    assert read_questions("name,query\nlonely\n") == [Question(row=1, query="", name="lonely")]
    assert read_questions("query\n") == []


@pytest.mark.parametrize("text", ["", "\n", "name,search\na,b\n", 'query\n"never closed\n'])
def test_a_table_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ItuDocsError, match="The table of queries"):
        read_questions(text)


@pytest.fixture
def answered(sample: Searcher) -> list[Answer]:
    def ask(query: Query) -> Results:
        return sample.search(Request(query=query, limit=2, snippets=0))

    rows = ["CR/387", "zyzzyva", "(open", "", "-numbering lang:en"]
    return list(answers([Question(row=n, query=q, name=f"q{n}") for n, q in enumerate(rows, 1)], ask))


def test_every_row_is_answered_or_says_why_not(answered: list[Answer]) -> None:
    assert [a.letters for a in answered] == [2, 0, None, None, 2]
    assert [h.key for h in answered[0].hits] == ["c", "b"]
    assert answered[1].notices == ("no letter matches zyzzyva",)
    assert answered[2].error is not None
    assert (answered[2].error.message, answered[2].error.position) == ("a parenthesis is never closed", 0)
    assert answered[3].error is not None
    assert answered[3].error.hint


def test_answers_as_csv_have_a_row_a_query(answered: list[Answer]) -> None:
    heads, *rows = csv.reader(io.StringIO("\n".join(csv_lines(answered))))
    assert tuple(heads) == COLUMNS
    assert rows[0] == ["1", "q1", "CR/387", "2", "CR/387 (2015-12-17); DM-05/1171 (2005-11-02)", "c; b", ""]
    assert rows[1] == ["2", "q2", "zyzzyva", "0", "", "", ""]
    assert rows[2][3:] == ["", "", "", "a parenthesis is never closed (at 1)"]
    assert rows[4][2] == "'-numbering lang:en"


def test_answers_as_json_have_a_line_a_query(answered: list[Answer]) -> None:
    rows = [json.loads(line) for line in json_lines(answered)]
    assert [row["letters"] for row in rows] == [2, 0, None, None, 2]
    assert rows[0]["hits"][0]["ref"] == "CR/387"
    assert rows[2]["error"]["position"] == 0
    assert rows[4]["query"] == "-numbering lang:en"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+41 22 730 5887", "+41 22 730 5887"),
        ("+41 22 730 5989/5887", "+41 22 730 5989/5887"),
        ("-4.5", "-4.5"),
        ("2003-07-09", "2003-07-09"),
        ("CR/387", "CR/387"),
        ("", ""),
        ("-draft", "'-draft"),
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1+1", "'＝1+1"),
        ("\x00=1", "'=1"),
        ("a=1", "a=1"),
    ],
)
def test_a_cell_is_no_formula_and_a_telephone_number_stays_one(text: str, shown: str) -> None:
    assert spreadsheet_safe(text) == shown


@given(st.text(alphabet="=+-@\t\r\n '\"1aA;,|!()\x00\x1b＝", max_size=12))
def test_no_text_becomes_a_formula_that_could_call_or_name_anything(text: str) -> None:
    safe = spreadsheet_safe(text)
    begins = safe.lstrip()[:1]
    assert begins not in ("=", "@", "＝")
    if begins in ("+", "-"):
        assert not any(c.isalpha() or c in "!|" for c in safe)
    (row,) = csv.reader(io.StringIO(list(csv_lines([Answer(row=1, name=text, query="x")]))[1], newline=""), strict=True)
    assert row[1] == safe
