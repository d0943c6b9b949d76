"""The verbs and their options: each a few lines around a library call, in the library's words.

Modules of the library are imported inside the verbs: searching loads no parser, and help loads neither. Errors are
`frame`'s, layout is `views`'.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from itudocs._version import __version__
from itudocs.cli import correcting, intake, knowing, outward, searching, serving
from itudocs.cli.frame import DAMAGED, FOUND, NOTHING, SearchCommand, Verbs, leave, point_at, progress_bar
from itudocs.cli.options import (
    IN,
    Archive,
    Facets,
    Json,
    LimitValues,
    Paths,
    Query,
    Workers,
    filters,
    limits,
    names_file,
    query_text,
)  # fmt: skip
from itudocs.cli.terminal import line, out, out_json, out_pretty, out_table, plain, say
from itudocs.errors import QueryError

if TYPE_CHECKING:
    from itudocs.archive.renditions import Rendition
    from itudocs.corrections import Correction
    from itudocs.model import Circular, Failure
    from itudocs.reading import Document, Limits
    from itudocs.search.engine import Results

app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    help="Reads ITU circular letters: records with evidence out of raw text, stored and searchable.",
    epilog="Exit codes: 0 found, 1 nothing found, 2 usage or trouble, 3 damaged archive.",
)


def _version(asked: bool) -> None:
    if asked:
        out(f"itudocs {__version__}")
        raise typer.Exit(FOUND)


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """The options before the verb."""


# -- letters in --------------------------------------------------------------------------------------------------------


@app.command(epilog="Example: itudocs parse letters/ --format jsonl > records.jsonl")
def parse(
    paths: Paths,
    form: Annotated[
        Literal["json", "jsonl", "table"] | None,
        typer.Option("--format", help="By default json for one letter, jsonl for more.", show_default=False),
    ] = None,
    workers: Workers = 1,
    limit: LimitValues = None,
) -> None:
    """Print the records of letters, with their evidence."""
    from itudocs.reading.containers import may_be_container

    one = len(paths) == 1 and not paths[0].is_dir() and not may_be_container(paths[0])
    form = form or ("json" if one else "jsonl")
    records = _records(paths, workers, limits(limit))
    if form == "table":
        from itudocs import fields

        rows = ([r.source.name, *(_cell(column.of(r)) for column in fields.COLUMNS)] for r in records)
        out_table(["Source", *(column.label for column in fields.COLUMNS)], rows)
    else:
        _print_json(records, form, one)


def _records(paths: Sequence[Path], workers: int, bounds: Limits) -> Iterator[Circular]:
    """Records as they are made; failures go to stderr. Leaves with 1 in the end where there was no record."""
    from itudocs.cli.views import failure_line
    from itudocs.model import Failure
    from itudocs.parse import parse_many
    from itudocs.reading import walk

    nothing = True
    for answer in parse_many(walk(paths, limits=bounds), workers=workers, limits=bounds):
        if isinstance(answer, Failure):
            say(failure_line(answer))
        else:
            nothing = False
            yield answer
    if nothing:
        leave("No letter could be parsed.", NOTHING)


def _print_json(records: Iterator[Circular], form: str, one: bool) -> None:
    if form == "jsonl":
        for record in records:
            out_json(record.to_json())
    elif one:
        for record in records:
            out_pretty(record)
    else:
        out_pretty(list(records))


def _cell(values: Sequence[object]) -> str:
    return line("; ".join(map(str, values)), longest=160)


app.command(epilog="Example: itudocs add letters/ --archive letters.archive --workers 0")(intake.add)


# -- letters out -------------------------------------------------------------------------------------------------------


@app.command(
    cls=SearchCommand,
    epilog="Example: itudocs search 'wsis summit -draft date:2003..2004' --facet bureau=TSB --sort=-date",
)
def search(
    query: Query = None,
    facet: Facets = None,
    sort: Annotated[
        Literal["relevance", "date", "-date", "ref"], typer.Option(help="date: oldest first; -date: newest first.")
    ] = "relevance",
    page: Annotated[int, typer.Option(min=1, metavar="N", help="Which page of hits.")] = 1,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Hits a page; 0 counts only.")] = 10,
    collapse: Annotated[
        bool, typer.Option("--collapse", help="One hit a letter, its languages listed; counts are of such.")
    ] = False,
    save: Annotated[
        str | None, typer.Option(metavar="NAME", help="Keep this search, to ask later what is new.", show_default=False)
    ] = None,
    new: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Only what a saved search has not shown yet; exit code 1 if nothing.",
            show_default=False,
        ),
    ] = None,
    batch: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Answer every row of a table with a column `query`.", show_default=False),
    ] = None,
    form: Annotated[Literal["csv", "jsonl"], typer.Option("--format", help="Of the answers to --batch.")] = "csv",
    archive: Archive = IN,
    as_json: Json = False,
) -> None:
    """Find letters by words and facets."""
    from itudocs import fields
    from itudocs.archive.archive import open_archive

    text = query_text(query)
    chosen = filters(facet)
    searching.check_together(
        {"QUERY or --facet": bool(text or chosen), "--new": new is not None, "--batch": batch is not None}
    )
    searching.check_together({"--save": save is not None, "--new": new is not None, "--batch": batch is not None})
    first = (page - 1) * limit
    try:
        with open_archive(archive) as opened:
            if new is not None:
                searching.tell_news(opened, new, as_json=as_json)
            if batch is not None:
                searching.answer_all(opened, batch, "jsonl" if as_json else form, limit=limit)
                return
            if save is not None:
                saved = opened.save_search(save, text, filters=chosen)
                say(
                    f"Saved as {line(saved.name)!r}; itudocs search --new {shlex.quote(line(saved.name))} tells what comes to match."
                )
            results = opened.search(
                text, filters=chosen, facets=[f.name for f in fields.FACETS], facet_size=6,
                sort=sort, offset=first, limit=limit, collapse=collapse,
            )  # fmt: skip
    except QueryError as error:
        point_at(text, error)
    for notice in results.notices:
        say(line(notice))
    if as_json:
        out_pretty(results)
    elif results.total:
        from itudocs.cli.views import print_results

        print_results(results, first=first + 1)
    say(_summary(results, first, text))
    searching.tell_suggestions(results)
    if not results.total or (limit and not results.hits):
        raise typer.Exit(NOTHING)


def _summary(results: Results, first: int, text: str) -> str:
    total, shown = results.total, len(results.hits)
    if not total:
        return f"Nothing found for {line(text)!r}." if text else "Nothing found."
    said = f"{total:,} letter{'s' * (total != 1)}"
    if results.letters is not None:
        said = f"{total:,} work{'s' * (total != 1)} ({results.letters:,} letter{'s' * (results.letters != 1)})"
    said += f" in {results.took * 1000:.0f} ms"
    if shown:
        said += f", {first + 1:,} to {first + shown:,} shown"
    elif first:
        said += "; the page is beyond them"
    return said + "."


app.command(epilog="Example: itudocs searches --forget spectrum")(searching.searches)
app.command(epilog="Example: itudocs like cr/387 --limit 5")(searching.like)
app.command(epilog="Example: itudocs complete 'wsis bureau:T'")(searching.complete)


@app.command(epilog="Example: itudocs show tsb-circular/2001-2004/221")
def show(
    letter: Annotated[
        str, typer.Argument(metavar="KEY|ID|FILE", help="A letter of the archive, or any letter's file.")
    ],
    archive: Archive = IN,
    as_json: Json = False,
    as_text: Annotated[bool, typer.Option("--text", help="Print the letter's text only.")] = False,
) -> None:
    """Show a record, and its letter with the evidence marked."""
    if as_json and as_text:
        raise typer.BadParameter("choose one of --json and --text")
    record, text = _letter(letter, archive)
    if as_json:
        out_pretty(record)
    elif as_text:
        from itudocs.cli.terminal import pictured

        out(pictured(text))
    else:
        from itudocs.cli.views import print_letter, print_record

        print_record(record)
        out("")
        print_letter(record, text)


def _letter(letter: str, archive: Path) -> tuple[Circular, str]:
    """The record and text of a file, else of a letter in the archive."""
    if names_file(letter):
        from itudocs.parse import parse_source
        from itudocs.reading import read

        source = read(Path(letter))
        return parse_source(source), source.text
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        first, *others = opened.versions(letter)
        forms = opened.renditions(first.key)
        if others := [other for other in others if other.key not in {form.key for form in forms}]:
            say("Also: " + ", ".join(f"{other.language or other.source.name} {other.key[:12]}" for other in others))
        if len(forms) > 1:
            say("Renditions: " + ", ".join(line(_rendition(form, first.key)) for form in forms))
        return first, opened.text(first.key)


def _rendition(form: Rendition, shown: str) -> str:
    about = [*(["chosen"] if form.chosen else [f"{form.alike:.0%} alike"]), *(["shown"] if form.key == shown else [])]
    return f"{form.format} {form.key[:12]} ({', '.join(about)})"


@app.command("fields", epilog="Example: itudocs fields --json")
def fields_(as_json: Json = False) -> None:
    """List the fields of records and queries."""
    from itudocs import fields

    rows = [
        {"field": f.name, "kind": f.kind, "facet": f.facet, "also": list(f.prefixes), "meaning": f.meaning}
        for f in fields.FIELDS
    ]
    if as_json:
        out_pretty(rows)
    else:
        heads = ("Field", "Also", "Kind", "Facet", "Meaning")
        table = ((f.name, " ".join(f.prefixes), f.kind, "facet" if f.facet else "", f.meaning) for f in fields.FIELDS)
        out_table(heads, table)


# -- care --------------------------------------------------------------------------------------------------------------


@app.command(epilog="Example: itudocs verify --archive letters.archive")
def verify(archive: Archive = IN, as_json: Json = False) -> None:
    """Hold every byte of an archive against its checksum. Repairs nothing."""
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        problems = opened.verify()
        letters = len(opened) if not problems else 0
    if as_json:
        out_pretty(problems)
    else:
        for problem in problems:
            out(line(f"{problem.code}: {problem.message}"))
    if problems:
        raise typer.Exit(DAMAGED)
    say(f"All is well: {letters:,} letters.")


@app.command(epilog="Example: itudocs rebuild --reparse --workers 0")
def rebuild(
    archive: Archive = IN,
    reparse: Annotated[bool, typer.Option("--reparse", help="First parse all letters again.")] = False,
    workers: Workers = 1,
    as_json: Json = False,
) -> None:
    """Make the index of an archive anew from its store."""
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened, progress_bar() as progress:
        report = opened.rebuild(reparse=reparse, workers=workers, progress=progress)
    intake.print_report(report, as_json)


@app.command(epilog="Example: itudocs remove cr/387")
def remove(
    letters: Annotated[list[str], typer.Argument(metavar="KEY|ID...", help="Letters; an id in all its versions.")],
    archive: Archive = IN,
) -> None:
    """Delete letters from an archive, and print their keys. Their files stay."""
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        for key in opened.remove(letters):
            out(key)


@app.command(epilog="Example: itudocs backup /mnt/backups/letters-2024-05-17")
def backup(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="A new or empty folder.")], archive: Archive = IN
) -> None:
    """Copy an archive, checked, while others use it."""
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        out(line(opened.backup(target)))


@app.command(epilog="Example: itudocs restore /mnt/backups/letters-2024-05-17 --archive letters.archive")
def restore(
    saved: Annotated[Path, typer.Argument(metavar="BACKUP", help="The backup's folder.")], archive: Archive = IN
) -> None:
    """Make an archive from a backup, in a new or empty folder."""
    from itudocs.archive import archive as archives

    with archives.Archive.restore(saved, archive) as opened:
        say(f"{line(archive)}: {len(opened):,} letters.")


# -- corrections -------------------------------------------------------------------------------------------------------

app.command(
    epilog="Example: itudocs correct cr/387 date 2015-09-14 --by 'A. Archivist' --why 'the stamp says so'",
)(correcting.correct)
app.command(epilog="Example: itudocs withdraw cr/387 date --by 'A. Archivist' --why 'misread'")(correcting.withdraw)
app.command(epilog="Example: itudocs corrections cr/387")(correcting.corrections)
app.command(epilog="Example: itudocs diff /mnt/backups/letters-2024-05-17 letters.archive")(correcting.diff)


# -- what the letters know of each other ---------------------------------------------------------------------------------

app.command(epilog="Example: itudocs graph tsb-circular/2001-2004/221 --depth 2 --on 2004-07-13")(knowing.graph)
app.command(epilog="Example: itudocs gaps tsb-circular")(knowing.gaps)
app.command(epilog="Example: itudocs versions cl/1997/56")(knowing.versions)


# -- out to where people work ------------------------------------------------------------------------------------------

app.command(epilog="Example: itudocs events --from 2018-01-01 --until 2018-12-31 --deadlines --ics meetings.ics")(
    outward.events
)
app.command(
    cls=SearchCommand,
    epilog="Example: itudocs export 'wsis date:2003..2004' --facet bureau=TSB --format csv --output wsis.csv",
)(outward.export)
app.command(epilog="Example: itudocs cite tsb-circular/2001-2004/221 --format bibtex")(outward.cite)


# -- measures ----------------------------------------------------------------------------------------------------------


@app.command(epilog="Example: itudocs evaluate corpus/heldout after.jsonl --against before.jsonl")
def evaluate(
    gold: Annotated[
        Path | None,
        typer.Argument(metavar="[GOLD_DIR]", help="A folder of NAME.txt and NAME.gold.json; or give --archive."),
    ] = None,
    records: Annotated[
        Path | None,
        typer.Argument(metavar="[RECORDS]", help="What `parse` printed; without it the letters are parsed now."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="RECORDS", help="Show gains and losses against these records.", show_default=False),
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(
            "--archive",
            "-a",
            metavar="DIR",
            help="Take what was corrected in this archive for gold.",
            show_default=False,
        ),
    ] = None,
    differences: Annotated[bool, typer.Option("--differences", help="Show every field that is not right.")] = False,
    workers: Workers = 1,
    as_json: Json = False,
) -> None:
    """Measure records against gold, field by field."""
    from itudocs import evaluate as measure
    from itudocs.evaluate import compare, read_records

    if (gold is None) == (archive is None) or (archive and (records or against)):
        raise typer.BadParameter("give a folder of gold, or --archive alone", param_hint="GOLD_DIR")
    if gold is None:
        _evaluate_archive(archive or IN, differences, as_json)
        return
    after = measure(gold, read_records(records) if records else None, workers=workers)
    if against is None:
        out_json(after.to_json()) if as_json else out(plain(after.table(differences=differences)))
        return
    comparison = compare(measure(gold, read_records(against)), after)
    out_json(comparison.to_json()) if as_json else out(plain(comparison.table()))


def _evaluate_archive(archive: Path, differences: bool, as_json: bool) -> None:
    """The parser's own records against what people corrected or confirmed."""
    from itudocs.archive.archive import open_archive
    from itudocs.evaluate import evaluate_corrected

    with open_archive(archive) as opened:
        scores = evaluate_corrected(opened.corrected())
    if not scores.letters:
        leave("No value of a letter of this archive was corrected or confirmed: `itudocs correct` does.", NOTHING)
    out_json(scores.to_json()) if as_json else out(plain(scores.table(differences=differences)))


app.command(epilog="Example: itudocs serve --archive letters.archive --open")(serving.serve)


@app.command(epilog="Example: itudocs demo corpus/ --archive demo-archive")
def demo(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="Letters; by default those of corpus/ here.")
    ] = None,
    archive: Annotated[
        Path | None, typer.Option("--archive", "-a", metavar="DIR", help="An archive to keep.", show_default=False)
    ] = None,
) -> None:
    """Show what itudocs does, command by command."""
    from itudocs.cli.demo import tour

    tour(lambda args: app(args, prog_name="itudocs", standalone_mode=False), folder, archive)


# -- questions ---------------------------------------------------------------------------------------------------------


@app.command(epilog="Example: itudocs explain letter.txt date")
def explain(
    letter: Annotated[str, typer.Argument(metavar="FILE|KEY|ID", help="A letter's file, or a letter of the archive.")],
    field: Annotated[
        str, typer.Argument(metavar="FIELD", help="A field (see `fields`), or a path such as events/0/place.")
    ],
    archive: Archive = IN,
    as_json: Json = False,
) -> None:
    """Say why a field has its value: which rule won, what lost and why, or why nothing was found."""
    from itudocs.explain import explain as explained

    source, corrections = _readable(letter, archive)
    try:
        answer = explained(source, field, corrections=corrections)
    except ValueError as error:
        raise typer.BadParameter(line(error), param_hint="FIELD") from None
    if as_json:
        out_pretty(answer)
    else:
        for row in answer.text().split("\n"):
            out(f"{row[: len(row) - len(row.lstrip())]}{line(row)}")
    if not answer.won:
        raise typer.Exit(NOTHING)


def _readable(letter: str, archive: Path) -> tuple[Path | Document, Sequence[Correction]]:
    """A file, else the bytes of a letter in the archive with its corrections."""
    if names_file(letter):
        return Path(letter), ()
    from itudocs.archive.archive import open_archive
    from itudocs.reading import Document

    with open_archive(archive) as opened:
        first, *_ = opened.versions(letter)
        return Document(name=first.source.name, data=opened.data(first.key)), opened.corrections(first.key)


@app.command(epilog="Example: itudocs issues letters/ --least warning")
def issues(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH...]", help="Files and folders; without any, the archive.")
    ] = None,
    archive: Archive = IN,
    least: Annotated[Literal["error", "warning", "info"], typer.Option(help="Leave out what is less grave.")] = "info",
    workers: Workers = 1,
    as_json: Json = False,
) -> None:
    """List what a person should look at first: issues, the gravest first, with the words concerned."""
    from itudocs.review import worklist

    found = worklist(_with_texts(paths, workers) if paths else _stored(archive), least=least)
    if as_json:
        out_pretty(found)
    else:
        rows = ((r.severity, r.letter, r.code, r.message, line(r.words, longest=80)) for r in found)
        out_table(("Severity", "Letter", "Code", "Message", "Words"), rows)
    if not found:
        leave("No issues.", NOTHING)


def _with_texts(paths: Sequence[Path], workers: int) -> Iterator[tuple[Circular, str]]:
    """Records of files with their texts; failures go to stderr."""
    from itudocs.cli.views import failure_line
    from itudocs.model import Failure
    from itudocs.parse import parse_documents

    for answer in parse_documents(_documents(paths), workers=workers):
        if isinstance(answer, Failure):
            say(failure_line(answer))
        else:
            yield answer.record, answer.text


def _documents(paths: Sequence[Path]) -> Iterator[Document | Failure]:
    from itudocs.errors import ReadError
    from itudocs.model import Failure
    from itudocs.reading import Document, opened, read_bytes, walk

    for source in opened(walk(paths)):
        if isinstance(source, Path):
            try:
                yield Document(name=source.name, data=read_bytes(source))
            except ReadError as error:
                yield Failure(name=error.name, reason=error.reason, message=str(error))
        elif isinstance(source, (Document, Failure)):
            yield source


def _stored(archive: Path) -> Iterator[tuple[Circular, str]]:
    """Records of an archive that have issues, with their texts."""
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        for record in opened:
            if record.issues:
                yield record, opened.text(record.key)
