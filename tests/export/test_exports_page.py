"""docs/exports.md tells of every format, table and column, and its ways to undo the CSV's guard work."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from itudocs.export.tables import TABLES
from itudocs.export.writing import FORMATS, export
from tests.export.test_delimited import LETTERS

PAGE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text("utf-8")


def test_every_format_is_told_of() -> None:
    told = re.findall(r"^\| (`[a-z`, ]+`) \| `\.", PAGE, re.MULTILINE)
    assert {name for row in told for name in re.findall(r"[a-z]+", row)} == set(FORMATS)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_told_of(name: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}`"))
    told = re.findall(r"[a-z]+", " ".join(re.findall(r"`([a-z ]+)`", row.partition("|")[2].partition("|")[2])))
    assert told == [column.name for column in TABLES[name].columns if column.name not in ("key", "id", "n")]


@pytest.mark.parametrize("library", ["pandas", "Polars", "DuckDB"])
def test_the_lines_that_undo_the_guard_give_the_subjects_back(library: str, tmp_path: Path) -> None:
    module = pytest.importorskip(library.lower(), reason="install the extra: pip install 'itudocs[tables]' duckdb")
    f = tmp_path / "letters.csv"
    export(LETTERS, f)
    line = re.findall(rf"^\| {library} \| `(.*)` \|$", PAGE, re.MULTILINE)[0]
    if library == "DuckDB":
        rows = module.execute(line.replace("letters.csv", str(f))).fetchall()
        subjects = [subject for (subject,) in rows]
    else:
        frame = eval(line, {"pd": module, "pl": module, "f": f})
        subjects = [None if value != value else value for value in frame["subject"]]
    letters = TABLES["letters"]
    assert subjects == [row[7] for record in LETTERS for row in letters.rows(record)]


def test_the_line_for_python_gives_the_table_back() -> None:
    stream = io.BytesIO()
    export(LETTERS, stream, form="csv", table="events")
    from itudocs.export.delimited import read_table

    text = io.StringIO(stream.getvalue().decode(), newline="")
    rows = [row for record in LETTERS for row in TABLES["events"].rows(record)]
    assert list(read_table(text, TABLES["events"])) == rows
