"""The verbs that take letters out to where people work: `events`, `export`, `cite`.

As all verbs a few lines around library calls; `app` gives them their names.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Literal, cast

import typer

from itudocs.cli.frame import NOTHING, point_at
from itudocs.cli.options import IN, Archive, Facets, Json, Query, filters, names_file, query_text
from itudocs.cli.terminal import harmless_json, line, out, out_json, out_table, plain, say
from itudocs.errors import QueryError

if TYPE_CHECKING:
    from itudocs.archive.agenda import AgendaDeadline, AgendaEvent
    from itudocs.model import Circular, EventStatus, Language


def events(
    since: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day, as 2018-03-26.", show_default=False)
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Last day, included.", show_default=False)] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATUS",
            show_default="announced, cancelled",
            help="Only events that are announced, cancelled, mentioned or past; may be given again; or all.",
        ),
    ] = None,
    deadlines: Annotated[bool, typer.Option("--deadlines", help="Deadlines too.")] = False,
    open_on: Annotated[
        str | None,
        typer.Option(
            metavar="DAY", help="Instead, the deadlines open on this day: told of, not passed.", show_default=False
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(metavar="LANG", help="In the words of letters in this language, if any.", show_default=False),
    ] = None,
    ics: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write a calendar (iCalendar) in place of the list; - is stdout.", show_default=False
        ),
    ] = None,
    link: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="In the calendar, where letters are shown: https://.../{key}.", show_default=False
        ),
    ] = None,
    archive: Archive = IN,
    as_json: Json = False,
) -> None:
    """List what letters announce for a span of days, later corrections applied."""
    from itudocs.archive.archive import open_archive

    states = None if status and "all" in status else cast("list[EventStatus]", status or ["announced", "cancelled"])
    code = cast("Language | None", language)
    happening: Sequence[AgendaEvent] = ()
    due: Sequence[AgendaDeadline] = ()
    with open_archive(archive) as opened:
        try:
            if open_on is None:
                happening = opened.events(since=since, until=until, status=states, language=code)
            if deadlines or open_on is not None:
                due = opened.deadlines(open_on=open_on, since=since, until=until, language=code)
        except QueryError as error:
            raise typer.BadParameter(line(f"{error} {error.hint}")) from None
    if ics is not None:
        _write_calendar(ics, happening, due, link)
    elif as_json:
        import msgspec

        out_json(msgspec.json.format(msgspec.json.encode({"events": happening, "deadlines": due}), indent=2).decode())
    elif happening or due:
        heads = ("Days", "Status", "What", "Place", "Letter", "Changed by")
        out_table(heads, (cells for _, cells in sorted([*_event_cells(happening), *_deadline_cells(due)])))
    say(f"{len(happening):,} events, {len(due):,} deadlines.")
    if not happening and not due:
        raise typer.Exit(NOTHING)


Cells = tuple[str, tuple[str, ...]]


def _event_cells(rows: Iterable[AgendaEvent]) -> Iterator[Cells]:
    for row in rows:
        days = f"{row.start}" if row.start == row.end else f"{row.start}..{row.end}"
        letter = row.letters[0]
        what = line(row.name or row.subject or "", longest=80)
        by = ", ".join(dict.fromkeys(change.id or change.key[:12] for change in row.changes))
        yield days, (days, row.status, what, line(row.place or "", longest=40), letter.id or letter.key[:12], by)


def _deadline_cells(rows: Iterable[AgendaDeadline]) -> Iterator[Cells]:
    for row in rows:
        letter = row.letters[0]
        what = line(row.what or row.subject or "", longest=80)
        by = ", ".join(dict.fromkeys(change.id or change.key[:12] for change in row.changes))
        yield f"{row.date}", (f"{row.date}", "deadline", what, "", letter.id or letter.key[:12], by)


def _write_calendar(
    path: Path, happening: Iterable[AgendaEvent], due: Iterable[AgendaDeadline], link: str | None
) -> None:
    from itudocs.export.calendar import calendar
    from itudocs.export.writing import written_whole

    pieces = calendar(happening, due, link=link)
    if str(path) == "-":
        with _stdout() as stream:
            stream.writelines(pieces)
        return
    with written_whole(path) as stream:
        stream.writelines(pieces)


def export(
    query: Query = None,
    form: Annotated[
        Literal["jsonl", "csv", "parquet", "arrow", "bibtex", "ris", "csl", "schema"] | None,
        typer.Option(
            "--format",
            show_default="as the output's name ends, else jsonl",
            help="schema is the JSON Schema of what jsonl writes, without letters.",
        ),
    ] = None,
    table: Annotated[
        Literal["letters", "events", "deadlines", "citations", "addressees", "all"],
        typer.Option(help="Of csv, parquet and arrow, which; all makes a folder with a file each."),
    ] = "letters",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="By default stdout.", show_default=False)
    ] = None,
    facet: Facets = None,
    sort: Annotated[
        Literal["relevance", "date", "-date", "ref"], typer.Option(help="date: oldest first; -date: newest first.")
    ] = "relevance",
    archive: Archive = IN,
) -> None:
    """Write the letters that a query finds, all of them, for other programs."""
    from itudocs.export.writing import BINARY, format_of, written_whole
    from itudocs.export.writing import export as write

    if form == "schema":
        from itudocs.export.schema import schema_json

        if output is None:
            out(schema_json().rstrip())
        else:
            with written_whole(output) as stream:
                stream.write(schema_json().encode())
        return
    chosen = form or ("jsonl" if output is None else format_of(output))
    if output is None and chosen in BINARY and sys.stdout.isatty():
        raise typer.BadParameter(f"{chosen} is no text for a terminal: name a file", param_hint="--output")
    text = query_text(query)
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        try:
            records = opened.records(text, filters=filters(facet), sort=sort)
        except QueryError as error:
            point_at(text, error)
        if output is not None:
            count = write(records, output, form=chosen, table=table)
        else:
            with _stdout(json=chosen in ("jsonl", "csl")) as stream:
                count = write(records, stream, form=chosen, table=table)
    say(f"{count:,} letter{'s' * (count != 1)}{f' to {line(output)}' if output else ''}.")
    if not count:
        raise typer.Exit(NOTHING)


class _Terminal:
    """A binary stream onto a terminal that lets nothing through that a terminal obeys."""

    def __init__(self, json: bool) -> None:
        self._harmless = harmless_json if json else plain

    def write(self, data: bytes) -> int:
        sys.stdout.write(self._harmless(data.decode()))
        return len(data)

    def writelines(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self.write(piece)

    def __enter__(self) -> _Terminal:
        return self

    def __exit__(self, *fault: object) -> None:
        sys.stdout.flush()


class _Pipe:
    """Stdout as bytes; flushed, not closed."""

    def __enter__(self) -> BinaryIO:
        sys.stdout.flush()
        return sys.stdout.buffer

    def __exit__(self, *fault: object) -> None:
        sys.stdout.buffer.flush()


def _stdout(*, json: bool = False) -> _Terminal | _Pipe:
    return _Terminal(json) if sys.stdout.isatty() else _Pipe()


def cite(
    letters: Annotated[
        list[str], typer.Argument(metavar="KEY|ID|FILE...", help="Letters of the archive, or any letters' files.")
    ],
    form: Annotated[Literal["text", "bibtex", "ris", "csl"], typer.Option("--format", help="How.")] = "text",
    archive: Archive = IN,
) -> None:
    """Say how letters are cited: bureau, reference, date, language, subject, hash of the file."""
    from itudocs.export.bibliography import bibtex, csl, ris
    from itudocs.export.citing import cite as cited

    write: dict[str, Callable[[Circular], str]] = {"text": cited, "bibtex": bibtex, "ris": ris}
    for letter in letters:
        for record in _records(letter, archive):
            if form == "csl":
                out_json(csl(record))
            else:
                out(plain(write[form](record)).rstrip("\n"))


def _records(letter: str, archive: Path) -> Iterator[Circular]:
    """The record of a file, else of a letter in the archive in all its versions."""
    if names_file(letter):
        from itudocs.parse import parse_source
        from itudocs.reading import read

        yield parse_source(read(Path(letter)))
        return
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        yield from opened.versions(letter)
