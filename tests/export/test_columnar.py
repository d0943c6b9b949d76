"""Arrow, Parquet, pandas, Polars, DuckDB: the same tables with the same types, and the CSV as each of them reads it."""

from __future__ import annotations

import datetime as dt
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from itudocs.errors import MissingLibrary
from itudocs.export.columnar import to_arrow, to_pandas, to_polars
from itudocs.export.schema import RECORD_VERSION
from itudocs.export.tables import TABLES
from itudocs.export.writing import export
from tests.export.test_delimited import LETTERS

EXTRA = "install the extra: pip install 'itudocs[tables]' duckdb"
pa = pytest.importorskip("pyarrow", reason=EXTRA)
pd = pytest.importorskip("pandas", reason=EXTRA)
pl = pytest.importorskip("polars", reason=EXTRA)

ARROW = {"text": "string", "date": "date32[day]", "int": "int64", "bool": "bool", "texts": "list<element: string>"}
POLARS: dict[str, Any] = {
    "text": pl.String,
    "date": pl.Date,
    "int": pl.Int64,
    "bool": pl.Boolean,
    "texts": pl.List(pl.String),
}
DUCKDB = {"text": "VARCHAR", "date": "DATE", "int": "BIGINT", "bool": "BOOLEAN", "texts": "VARCHAR[]"}


def kinds(name: str) -> list[str]:
    return [column.kind for column in TABLES[name].columns]


def expected(name: str) -> list[tuple[Any, ...]]:
    """A table's rows with lists for tuples, as all these libraries give them."""
    return [
        tuple(list(v) if isinstance(v, tuple) else v for v in row) for r in LETTERS for row in TABLES[name].rows(r)
    ]  # fmt: skip


def by_row(columns: dict[str, list[Any]]) -> list[tuple[Any, ...]]:
    return list(zip(*columns.values(), strict=True))


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parquet")
    export(LETTERS, folder, form="parquet", table="all")
    return folder


@pytest.mark.parametrize("name", TABLES)
def test_frames_hold_the_values_of_the_table(name: str) -> None:
    assert by_row(getattr(to_arrow(LETTERS), name).to_pydict()) == expected(name)
    frame = getattr(to_polars(LETTERS), name)
    assert frame.rows() == expected(name)
    assert frame.dtypes == [POLARS[kind] for kind in kinds(name)]
    panda = getattr(to_pandas(LETTERS), name)
    assert [str(t.pyarrow_dtype).replace("item", "element") for t in panda.dtypes] == [
        ARROW[kind] for kind in kinds(name)
    ]
    assert pa.Table.from_pandas(panda).to_pylist() == getattr(to_arrow(LETTERS), name).to_pylist()


@pytest.mark.parametrize("name", TABLES)
def test_parquet_reads_in_pandas_and_polars_with_the_same_values_and_types(name: str, parquet: Path) -> None:
    frame = pl.read_parquet(parquet / f"{name}.parquet")
    assert frame.rows() == expected(name)
    assert frame.dtypes == [POLARS[kind] for kind in kinds(name)]
    panda = pd.read_parquet(parquet / f"{name}.parquet", dtype_backend="pyarrow")
    assert [str(t.pyarrow_dtype) for t in panda.dtypes] == [ARROW[kind] for kind in kinds(name)]
    assert by_row(pa.Table.from_pandas(panda).to_pydict()) == expected(name)


@pytest.mark.parametrize("name", TABLES)
def test_parquet_reads_in_duckdb_with_the_same_values_and_types(name: str, parquet: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason=EXTRA)
    with duckdb.connect() as connection:
        answer = connection.execute(f"SELECT * FROM '{parquet / f'{name}.parquet'}'")
        assert [str(column[1]) for column in answer.description] == [DUCKDB[kind] for kind in kinds(name)]
        assert answer.fetchall() == expected(name)


def test_the_tables_join_by_key(parquet: Path) -> None:
    letters, events = to_polars(LETTERS)[:2]
    joined = events.join(letters, on="key", suffix="_of_letter")
    assert joined.height == events.height
    assert (joined["id"] == joined["id_of_letter"]).all()


def test_an_arrow_file_is_read_as_it_was_written_and_names_the_version_of_the_record(tmp_path: Path) -> None:
    path = tmp_path / "events.arrow"
    export(LETTERS, path, table="events")
    with pa.OSFile(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
    assert by_row(table.to_pydict()) == expected("events")
    assert table.schema.metadata == {b"itudocs.table": b"events", b"itudocs.record": RECORD_VERSION.encode()}


def test_no_letters_give_empty_tables_with_all_columns(tmp_path: Path) -> None:
    assert [frame.shape for frame in to_polars([])] == [(0, len(table.columns)) for table in TABLES.values()]
    export([], tmp_path / "none.parquet")
    assert pl.read_parquet(tmp_path / "none.parquet").dtypes == [POLARS[kind] for kind in kinds("letters")]


# -- CSV as others read it -----------------------------------------------------------------------------------------------


def undone(name: str, rows: list[list[str | None]]) -> list[tuple[Any, ...]]:
    """What docs/exports.md says to do with cells read as text: one apostrophe off, dates, numbers and lists as such."""
    import json

    def value(kind: str, text: str | None) -> Any:
        if text is None:
            return None
        read: dict[str, Callable[[str], Any]] = {
            "date": dt.date.fromisoformat,
            "int": int,
            "bool": "true".__eq__,
            "texts": json.loads,
        }
        return read[kind](text) if kind in read else text.removeprefix("'")

    return [tuple(value(kind, text) for kind, text in zip(kinds(name), row, strict=True)) for row in rows]


@pytest.mark.parametrize("name", TABLES)
def test_the_csv_reopened_in_pandas_polars_and_duckdb_is_the_same_table(name: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    export(LETTERS, path, table=name)
    panda = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    rows = panda.astype(object).where(panda.notna(), None).values.tolist()
    assert undone(name, rows) == expected(name)
    frame = pl.read_csv(path, infer_schema=False)
    assert frame.columns == [column.name for column in TABLES[name].columns]
    assert undone(name, [list(row) for row in frame.rows()]) == expected(name)
    duckdb = pytest.importorskip("duckdb", reason=EXTRA)
    with duckdb.connect() as connection:
        read = f"SELECT * FROM read_csv('{path}', all_varchar = true, header = true, strict_mode = true, delim = ',', quote = '\"', escape = '\"')"  # fmt: skip
        assert undone(name, [list(row) for row in connection.execute(read).fetchall()]) == expected(name)


# -- without the libraries -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["pyarrow", "polars", "pandas"])
def test_a_missing_library_is_named_with_its_command(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingLibrary, match=rf"{missing} is not installed.*itudocs\[tables\]"):
        to_pandas(LETTERS) if missing == "pandas" else to_polars(LETTERS)
    if missing == "pyarrow":
        with pytest.raises(MissingLibrary):
            export(LETTERS, io.BytesIO(), form="arrow")
