"""What `search` does beside searching (saved searches, tables of queries), and its sisters: `searches`, `like`, `complete`.

Few lines each around a library call; `app` gives the verbs their names, and `search` its options.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from itudocs.cli.frame import FOUND, NOTHING, USAGE, leave
from itudocs.cli.options import IN, Archive, Json
from itudocs.cli.terminal import line, out, out_json, out_pretty, out_table, plain, say

if TYPE_CHECKING:
    from itudocs.archive import archive as archives
    from itudocs.search.engine import Results
    from itudocs.search.questions import Answer


def check_together(given: Mapping[str, bool]) -> None:
    """Refuse options that exclude each other."""
    names = [name for name, there in given.items() if there]
    if len(names) > 1:
        raise typer.BadParameter(f"choose one of {' and '.join(names)}")


def tell_news(opened: archives.Archive, name: str, *, as_json: bool) -> None:
    """Print what is new to a saved search; only what has been written counts as seen. Leaves with 1 if nothing is."""
    news = opened.news(name)
    for notice in news.notices:
        say(line(notice))
    if as_json:
        out_pretty(news)
    else:
        from itudocs.cli.views import print_results
        from itudocs.search.engine import Results

        print_results(Results(total=len(news.hits), hits=news.hits), first=1)
    sys.stdout.flush()
    say(f"{len(news.hits):,} new for {line(news.name)!r} since {news.since}.")
    opened.mark_seen(news)
    raise typer.Exit(FOUND if news.hits else NOTHING)


def tell_suggestions(results: Results) -> None:
    """Say what else might be asked."""
    for suggestion in results.suggestions:
        letters = f"{suggestion.letters:,} letter{'s' * (suggestion.letters != 1)}"
        say(f"Did you mean: {line(suggestion.query)} ({letters})")


def answer_all(opened: archives.Archive, table: Path, form: Literal["csv", "jsonl"], *, limit: int) -> None:
    """Print the answers to a table of queries (`-`: standard input). Leaves with 2 if one was refused, 1 if none found."""
    from itudocs.search.questions import answers, csv_lines, json_lines, read_questions

    data = sys.stdin.buffer.read() if str(table) == "-" else _data(table)
    try:
        questions = read_questions(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{line(table)}: is not UTF-8", param_hint="--batch") from None
    refused = found = 0

    def counted() -> Iterator[Answer]:
        nonlocal refused, found
        for answer in answers(questions, lambda q: opened.search(q, limit=limit, snippets=0, suggestions=0)):
            refused += answer.error is not None
            found += bool(answer.letters)
            if answer.error is not None:
                say(line(f"row {answer.row}: {answer.error.message} ({answer.error.hint})"))
            yield answer

    if form == "csv":
        for row in csv_lines(counted()):
            out(plain(row))
    else:
        for row in json_lines(counted()):
            out_json(row)
    say(f"{len(questions):,} queries: {found:,} found letters, {refused:,} refused.")
    if refused or not found:
        raise typer.Exit(USAGE if refused else NOTHING)


def _data(table: Path) -> bytes:
    try:
        return table.read_bytes()
    except OSError as fault:
        raise typer.BadParameter(f"{line(table)}: {fault.strerror}", param_hint="--batch") from None


def searches(
    forget: Annotated[
        str | None, typer.Option(metavar="NAME", help="Remove this one, and list the others.", show_default=False)
    ] = None,
    archive: Archive = IN,
    as_json: Json = False,
) -> None:
    """List the searches that an archive keeps (see `search --save`)."""
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        if forget is not None:
            opened.forget_search(forget)
        saved = opened.saved_searches()
    if as_json:
        out_pretty(saved)
    elif saved:
        rows = (
            (s.name, s.query, " ".join(f"{f}={v}" for f, vs in s.filters.items() for v in vs), f"{s.seen}", s.asked)
            for s in saved
        )
        out_table(("Name", "Query", "Facets", "Seen", "Last told"), rows)
    if not saved and forget is None:
        leave("No searches are saved. Keep one with itudocs search QUERY --save NAME.", NOTHING)


def like(
    letter: Annotated[str, typer.Argument(metavar="KEY|ID", help="A letter of the archive.")],
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Letters shown.")] = 10,
    reasons: Annotated[int, typer.Option(min=0, metavar="N", help="Reasons shown of each.")] = 5,
    archive: Archive = IN,
    as_json: Json = False,
) -> None:
    """Find letters like another one, and say what they share."""
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        found = opened.like(letter, limit=limit, reasons=reasons)
    for notice in found.notices:
        say(line(notice))
    if as_json:
        out_pretty(found)
    else:
        from itudocs.cli.views import print_alike

        print_alike(found.letters)
    if not found.letters:
        leave("No letter is like it.", NOTHING)


def complete(
    prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="A query that is being typed.")] = "",
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Ways shown.")] = 10,
    archive: Archive = IN,
    as_json: Json = False,
) -> None:
    """List how a query can go on: fields, values with the letters they find, words."""
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        found = opened.complete(prefix, limit=limit)
    if as_json:
        out_pretty(found)
    else:
        for way in found:
            out(line(way.query) if way.letters is None else f"{line(way.query)}\t{way.letters}")
    if not found:
        leave("Nothing goes on so.", NOTHING)
