"""Tables as CSV that no spreadsheet is harmed by, and back again without a loss.

RFC 4180: commas, quotes where needed, lines that end in CR LF; UTF-8 with a byte order mark, without which Excel takes it
for another encoding. An absent value is an empty cell, a list is JSON, a date is ISO, a truth value `true` or `false`.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` as a formula. Such text gets an apostrophe in front; so
does text that begins with an apostrophe itself and text that is empty. **To undo it, take one leading apostrophe off
every text.** Telephone numbers (`+41 22 730 5111`: a plus sign, digits in groups with spaces between them, nothing that
could call a function) stay as they are: no spreadsheet reads them as a formula, and they are what people look for.
`read_table` undoes it all; docs/exports.md has the line for pandas, Polars, DuckDB and R.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from itudocs.errors import ItuDocsError
from itudocs.export.tables import Column, Row, Table, Value
from itudocs.model import Circular

BOM = "\ufeff"
# White space in front is dropped by some importers; full-width signs are signs to others (OWASP, "CSV Injection").
_RISKY = re.compile(r"\s*[=+\-@＝＋－＠]|'|[\t\n]")
_TELEPHONE = re.compile(r"\+(?=(?:\D*\d){9})\d{1,3}(?: \d+){2,}(?: ?[/-] ?\d+)*")


def guarded(text: str) -> str:
    """Text as it stands in a cell. `unguarded` is its inverse, whatever the text."""
    if not text or (_RISKY.match(text) and not _TELEPHONE.fullmatch(text)):
        return f"'{text}"
    return text


def unguarded(text: str) -> str:
    """The text of a cell."""
    return text.removeprefix("'")


def header(table: Table) -> str:
    """The first line, with the byte order mark."""
    return BOM + _line([column.name for column in table.columns])


def lines(table: Table, records: Iterable[Circular]) -> Iterator[str]:
    """A line a row."""
    for record in records:
        for row in table.rows(record):
            yield _line([_written(value) for value in row])


def _written(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else str(value)


class _Echo:
    """A file for `csv.writer` that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


_writer = csv.writer(_Echo(), lineterminator="\r\n")


def _line(cells: list[str]) -> str:
    return str(_writer.writerow(cells))


def read_table(stream: TextIO, table: Table) -> Iterator[Row]:
    """The rows that were written: the same values of the same types.

    Args:
        stream: opened with `newline=""`, as text of UTF-8; the byte order mark may be there or not.

    Raises:
        ItuDocsError: it is no such table; it says which line and column.
    """
    reader = csv.reader(stream, strict=True)
    wanted = [column.name for column in table.columns]
    try:
        names = next(reader, [])
        if [name.removeprefix(BOM) for name in names] != wanted:
            raise ItuDocsError(f"The first line is not that of the table {table.name}: {','.join(wanted)}.")
        for cells in reader:
            if len(cells) != len(wanted):
                raise ItuDocsError(f"Line {reader.line_num}: has {len(cells)} cells, not {len(wanted)}.")
            yield tuple(_read(column, text, reader.line_num) for column, text in zip(table.columns, cells, strict=True))
    except csv.Error as error:
        raise ItuDocsError(f"Line {reader.line_num}: is no CSV ({error}).") from error


def _read(column: Column, text: str, number: int) -> Value:
    if not text:
        return None
    try:
        match column.kind:
            case "text":
                return unguarded(text)
            case "date":
                return dt.date.fromisoformat(text)
            case "int":
                return int(text)
            case "bool":
                return {"true": True, "false": False}[text]
            case "texts":
                return tuple(str(item) for item in json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise ItuDocsError(f"Line {number}: {text[:40]!r} is no {column.kind} for {column.name}.") from error
