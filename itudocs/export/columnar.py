"""Tables as Arrow, and from there as Parquet, pandas and Polars: the same columns, the same types in all of them.

| kind | Arrow | Polars | pandas | DuckDB |
|---|---|---|---|---|
| text | string | String | string[pyarrow] | VARCHAR |
| date | date32 | Date | date32[pyarrow] | DATE |
| int | int64 | Int64 | int64[pyarrow] | BIGINT |
| bool | bool | Boolean | bool[pyarrow] | BOOLEAN |
| texts | list<string> | List(String) | list<string>[pyarrow] | VARCHAR[] |

pandas gets Arrow's types, not its own: its own know no days and no lists, and turn absent numbers into floats. The
libraries are those of the extra `tables`; each is loaded when it is first used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from itudocs.export.schema import RECORD_VERSION
from itudocs.export.tables import TABLES, Row, Table
from itudocs.libraries import library
from itudocs.model import Circular

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

BATCH = 2048
"""Letters that are turned into columns at a time."""

Frame = TypeVar("Frame")


class Tables(NamedTuple, Generic[Frame]):
    """The five tables, joined by `key` (the file) and `id` (the work)."""

    letters: Frame
    events: Frame
    deadlines: Frame
    citations: Frame
    addressees: Frame


def arrow_schema(table: Table) -> pa.Schema:
    """A table's columns as Arrow types; its metadata name the table and the version of the record."""
    arrow = library("pyarrow", "tables")
    types = {
        "text": arrow.string(), "date": arrow.date32(), "int": arrow.int64(), "bool": arrow.bool_(), "texts": arrow.list_(arrow.string()),
    }  # fmt: skip
    return arrow.schema(
        [arrow.field(column.name, types[column.kind]) for column in table.columns],
        metadata={"itudocs.table": table.name, "itudocs.record": RECORD_VERSION},
    )


def record_batch(table: Table, rows: Iterable[Row], schema: pa.Schema) -> pa.RecordBatch:
    """Some rows as columns."""
    arrow = library("pyarrow", "tables")
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [arrow.array(values, type=field.type) for values, field in zip(columns, schema, strict=True)]
    return arrow.RecordBatch.from_arrays(arrays, schema=schema)


def batches(records: Iterable[Circular], size: int = BATCH) -> Iterator[list[Circular]]:
    """Records in lists of some length."""
    waiting = iter(records)
    while batch := list(islice(waiting, size)):
        yield batch


def to_arrow(records: Iterable[Circular]) -> Tables[pa.Table]:
    """All five tables.

    Raises:
        MissingLibrary: pyarrow is not installed.
    """
    arrow = library("pyarrow", "tables")
    schemas = {name: arrow_schema(table) for name, table in TABLES.items()}
    made: dict[str, list[pa.RecordBatch]] = {name: [] for name in TABLES}
    for batch in batches(records):
        for name, table in TABLES.items():
            rows = [row for record in batch for row in table.rows(record)]
            made[name].append(record_batch(table, rows, schemas[name]))
    return Tables(*(arrow.Table.from_batches(made[name], schema=schemas[name]) for name in TABLES))


def to_polars(records: Iterable[Circular]) -> Tables[pl.DataFrame]:
    """All five tables as Polars DataFrames.

    Raises:
        MissingLibrary: polars or pyarrow is not installed.
    """
    polars = library("polars", "tables")
    return Tables(*(polars.from_arrow(table) for table in to_arrow(records)))


def to_pandas(records: Iterable[Circular]) -> Tables[pd.DataFrame]:
    """All five tables as pandas DataFrames, with Arrow's types.

    Raises:
        MissingLibrary: pandas or pyarrow is not installed.
    """
    pandas = library("pandas", "tables")
    return Tables(*(table.to_pandas(types_mapper=pandas.ArrowDtype) for table in to_arrow(records)))


class ColumnarFile:
    """A Parquet or Arrow file that takes a batch of records at a time. Memory holds a batch, whatever the file's size."""

    def __init__(self, stream: object, table: Table, form: str) -> None:
        self._table = table
        self._schema = arrow_schema(table)
        if form == "parquet":
            parquet = library("pyarrow.parquet", "tables")
            self._writer = parquet.ParquetWriter(stream, self._schema, compression="zstd")
        else:
            self._writer = library("pyarrow.ipc", "tables").new_file(stream, self._schema)

    def write(self, records: Iterable[Circular]) -> None:
        """Append the rows of some records."""
        rows = [row for record in records for row in self._table.rows(record)]
        if rows:
            self._writer.write_batch(record_batch(self._table, rows, self._schema))

    def close(self) -> None:
        """Write the file's end, without which it is none."""
        self._writer.close()
