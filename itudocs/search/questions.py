"""Many queries at once: a table of questions in, a table of answers out.

Reads queries from CSV, asks them one after another and writes the answers as CSV or JSON Lines. A query that is refused
is an answer too, which says why. Whom the questions are put to is the caller's to say.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from itudocs.errors import ItuDocsError, QueryError
from itudocs.model import Record
from itudocs.search.engine import Hit, Results
from itudocs.search.query import Query, parse_query

COLUMNS = ("row", "name", "query", "letters", "hits", "keys", "error")
"""Of the table of answers as CSV; `hits` and `keys` hold one value a hit, the best first, with `; ` between."""
_DELIMITERS = ",;\t"


class Question(Record, frozen=True, kw_only=True):
    """A row of a table of queries. `row` counts from 1, the heading not counted."""

    row: int
    query: str
    name: str = ""


class Refusal(Record, frozen=True, kw_only=True):
    """Why a query was not understood, where, and what to write instead."""

    message: str
    position: int
    hint: str


class Answer(Record, frozen=True, kw_only=True):
    """What a question found: how many `letters`, and the best of them; or why it was refused."""

    row: int
    name: str
    query: str
    letters: int | None = None
    hits: tuple[Hit, ...] = ()
    notices: tuple[str, ...] = ()
    error: Refusal | None = None


def read_questions(text: str) -> list[Question]:
    """The queries of a CSV table with a column `query` and perhaps one `name`; commas, semicolons or tabs between.

    Rows that are empty altogether are passed over.

    Raises:
        ItuDocsError: there is no such column, or the text is no CSV.
    """
    head = text.lstrip("\ufeff\r\n").split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff\r\n"), newline=""), delimiter=delimiter, strict=True)
    try:
        heads = [cell.strip().casefold() for cell in next(reader, [])]
        rows = list(reader)
    except csv.Error as fault:
        raise ItuDocsError(f"The table of queries is no CSV: {fault}.") from fault
    if "query" not in heads:
        named = ", ".join(repr(h) for h in heads if h) or "none"
        raise ItuDocsError(f"The table of queries has no column 'query'. Its columns are: {named}.")
    places = {name: heads.index(name) for name in ("query", "name") if name in heads}
    found = []
    for number, row in enumerate(rows, 1):
        if any(cell.strip() for cell in row):
            cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
            found.append(Question(row=number, query=cells["query"], name=cells.get("name", "")))
    return found


def answers(questions: Iterable[Question], ask: Callable[[Query], Results]) -> Iterator[Answer]:
    """The answers, in order, each when it is there."""
    for question in questions:
        try:
            results = ask(parse_query(question.query))
        except QueryError as error:
            refused = Refusal(message=str(error), position=error.position, hint=error.hint)
            yield Answer(row=question.row, name=question.name, query=question.query, error=refused)
            continue
        yield Answer(
            row=question.row, name=question.name, query=question.query, letters=results.total, hits=results.hits,
            notices=results.notices,
        )  # fmt: skip


def csv_lines(found: Iterable[Answer]) -> Iterator[str]:
    """The answers as lines of CSV, the heading first (`COLUMNS`); safe to open in a spreadsheet."""
    yield _line(COLUMNS)
    for answer in found:
        yield _line(
            (
                str(answer.row), answer.name, answer.query, "" if answer.letters is None else str(answer.letters),
                "; ".join(_short(hit) for hit in answer.hits), "; ".join(hit.key for hit in answer.hits),
                "" if answer.error is None else f"{answer.error.message} (at {answer.error.position + 1})",
            )
        )  # fmt: skip


def json_lines(found: Iterable[Answer]) -> Iterator[str]:
    """The answers as JSON, a line each."""
    for answer in found:
        yield msgspec.json.encode(answer).decode()


def _short(hit: Hit) -> str:
    name = hit.ref or hit.id or hit.name or hit.key[:12]
    return f"{name} ({hit.date})" if hit.date else name


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([spreadsheet_safe(cell) for cell in cells])
    return line.getvalue().removesuffix("\r\n")


_OPENS_FORMULA = re.compile(r"\s*[=@＝＠]|\s*[+\-＋－]|[\t\r]")
# A number, a range of numbers, a telephone number: it may be added up, but can call nothing and name no cell
_NUMBER = re.compile(r"\s*[+-][\d\s().,/-]*")


def spreadsheet_safe(text: str) -> str:
    """A cell's text that a spreadsheet will not take for a formula: one that begins like a formula gets an apostrophe.

    What begins with a sign but is made of digits and their punctuation alone (`+41 22 730 5887`, `-4`) is left as it is.
    Control characters go. (OWASP, CSV Injection.)
    """
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "", text)
    return f"'{clean}" if _OPENS_FORMULA.match(clean) and not _NUMBER.fullmatch(clean) else clean
