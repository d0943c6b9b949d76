"""What `search` does beside searching: keeping searches, telling what is new, answering a table of queries.

Few lines each around a library call, as in `app`, which has the options.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from itudocs.cli.frame import FOUND, NOTHING, USAGE
from itudocs.cli.terminal import line, out, out_json, plain, say

if TYPE_CHECKING:
    from itudocs.archive.archive import Archive
    from itudocs.search.engine import Results
    from itudocs.search.questions import Answer


def check_together(given: Mapping[str, bool]) -> None:
    """Refuse options that exclude each other."""
    names = [name for name, there in given.items() if there]
    if len(names) > 1:
        raise typer.BadParameter(f"choose one of {' and '.join(names)}")


def tell_news(opened: Archive, name: str, *, as_json: bool) -> None:
    """Print what is new to a saved search; only what has been written counts as seen. Leaves with 1 if nothing is."""
    news = opened.news(name)
    for notice in news.notices:
        say(line(notice))
    if as_json:
        import msgspec

        out_json(msgspec.json.format(msgspec.json.encode(news), indent=2).decode())
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


def answer_all(opened: Archive, table: Path, form: Literal["csv", "jsonl"], *, limit: int) -> None:
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
