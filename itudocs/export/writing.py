"""Records to a file or stream, in any format: one pass over the records, a batch in memory, the file whole or not there.

What a format looks like is its own module's; which records go out is the caller's, and there may be any number of them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Literal, Protocol, get_args

from itudocs.errors import ItuDocsError
from itudocs.export import bibliography, delimited
from itudocs.export.columnar import ColumnarFile, batches
from itudocs.export.tables import TABLES, Table, table_of
from itudocs.model import Circular

Format = Literal["jsonl", "csv", "parquet", "arrow", "bibtex", "ris", "csl"]
FORMATS: tuple[Format, ...] = get_args(Format)
TABULAR: tuple[Format, ...] = ("csv", "parquet", "arrow")
"""Formats that hold one table each."""
BINARY: tuple[Format, ...] = ("parquet", "arrow")
ALL = "all"
_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl", ".csv": "csv", ".parquet": "parquet", ".arrow": "arrow", ".bib": "bibtex", ".ris": "ris", ".json": "csl",
}  # fmt: skip


class Stream(Protocol):
    """What bytes are written to; Arrow and Parquet also want `flush`, `close` and `closed`, as files have them."""

    def write(self, data: bytes, /) -> object: ...


class Sink(Protocol):
    """What takes records, batch by batch."""

    def write(self, records: Sequence[Circular]) -> None: ...

    def close(self) -> None: ...


class _Text:
    """Formats that are text: a beginning, pieces, an end."""

    def __init__(self, stream: Stream, form: Format, table: Table) -> None:
        self._stream = stream
        self._form = form
        self._table = table
        self._before = "\n"
        if form == "csv":
            self._put(delimited.header(table))
        elif form == "csl":
            self._put("[")

    def _put(self, text: str) -> None:
        self._stream.write(text.encode())

    def write(self, records: Sequence[Circular]) -> None:
        self._put("".join(self._pieces(records)))

    def _pieces(self, records: Sequence[Circular]) -> Iterator[str]:
        match self._form:
            case "csv":
                yield from delimited.lines(self._table, records)
            case "bibtex":
                yield from (f"{bibliography.bibtex(record)}\n" for record in records)
            case "ris":
                yield from (f"{bibliography.ris(record)}\r\n" for record in records)
            case "csl":
                for record in records:
                    yield self._before + bibliography.csl(record)
                    self._before = ",\n"
            case _:
                yield from (f"{record.to_json()}\n" for record in records)

    def close(self) -> None:
        if self._form == "csl":
            self._put("\n]\n")


def format_of(output: str | os.PathLike[str]) -> Format:
    """The format that a file's name asks for.

    Raises:
        ItuDocsError: it asks for none.
    """
    suffix = Path(output).suffix.lower()
    if suffix not in _SUFFIXES:
        raise ItuDocsError(
            f"{output}: its name tells no format. Name one of {', '.join(FORMATS)}, or end it in .csv, .bib ..."
        )
    return _SUFFIXES[suffix]


def export(
    records: Iterable[Circular],
    output: str | os.PathLike[str] | Stream,
    *,
    form: Format | None = None,
    table: str = "letters",
) -> int:
    """Write records, as many as there are. Returns their number.

    Args:
        output: a file's path, or a binary stream. A file appears under its name when it is complete, in the place of
            what was there. With `table="all"` a folder, made if need be, of one file a table: `letters.csv` ...
        form: the format; by default as the file's name ends.
        table: of csv, parquet and arrow the table to write: letters, events, deadlines, citations, addressees, or all.

    Raises:
        ItuDocsError: a format or table that there is not, an output that cannot be written.
        MissingLibrary: the format needs an extra that is not installed.
    """
    if form is None:
        if table == ALL or not isinstance(output, str | os.PathLike):
            raise ItuDocsError(f"No format is given. Name one of {', '.join(FORMATS)}.")
        form = format_of(output)
    if form not in FORMATS:
        raise ItuDocsError(f"There is no format {form!r}. Formats are {', '.join(FORMATS)}.")
    if form not in TABULAR and table != "letters":
        raise ItuDocsError(f"{form} holds no tables. Leave the table out, or choose one of {', '.join(TABULAR)}.")
    tables = list(TABLES.values()) if table == ALL else [table_of(table)]
    with ExitStack() as stack:
        sinks: list[Sink] = []
        if not isinstance(output, str | os.PathLike):
            if table == ALL:
                raise ItuDocsError("Five tables do not go into one stream. Name a folder as output.")
            sinks.append(_sink(output, form, tables[0]))
        elif table == ALL:
            _folder(Path(output))
            for one in tables:
                stream = stack.enter_context(written_whole(Path(output, f"{one.name}.{form}")))
                sinks.append(_sink(stream, form, one))
        else:
            sinks.append(_sink(stack.enter_context(written_whole(Path(output))), form, tables[0]))
        count = 0
        for batch in batches(records):
            for sink in sinks:
                sink.write(batch)
            count += len(batch)
        for sink in sinks:
            sink.close()
    return count


def _sink(stream: Stream, form: Format, table: Table) -> Sink:
    return ColumnarFile(stream, table, form) if form in BINARY else _Text(stream, form, table)


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ItuDocsError(f"{path}: cannot be made a folder ({error.strerror}). Name another.") from error


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` when all is written; when something fails, nothing has happened.

    Raises:
        ItuDocsError: it cannot be written.
    """
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise ItuDocsError(f"{path}: cannot be written ({error.strerror}). Name another file.") from error
    try:
        with open(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(draft, 0o666 & ~_umask())
        os.replace(draft, path)
    except OSError as error:
        raise ItuDocsError(f"{path}: cannot be written ({error.strerror or error}). Name another file.") from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft)


def _umask() -> int:
    mask = os.umask(0)  # it can only be read by setting it
    os.umask(mask)
    return mask
