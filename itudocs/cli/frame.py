"""What all verbs have in common: errors as one line and an exit code, a bar of progress, a dash in a query.

The verbs are `app`'s; how lines are made harmless is `terminal`'s.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from itudocs.cli.terminal import close_quietly, line, say, talk_console
from itudocs.errors import ArchiveDamaged, ItuDocsError, NotInArchive, QueryError

if TYPE_CHECKING:
    from itudocs.archive.ingest import Progress

FOUND, NOTHING, USAGE, DAMAGED, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 3, 130, 141


class Verbs(TyperGroup):
    """Runs a verb; what went wrong becomes one line on stderr and an exit code, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except NotInArchive as error:
            leave(error, NOTHING)
        except ArchiveDamaged as error:
            leave(error, DAMAGED)
        except ItuDocsError as error:
            leave(error, USAGE)
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            close_quietly()
            raise typer.Exit(BROKEN_PIPE) from None
        except OSError as error:  # of the output: the library's own are ItuDocsErrors
            close_quietly()
            leave(f"cannot write ({error.strerror or error}). Check the disk and the command line.", USAGE)
        return answer


def leave(why: object, code: int) -> NoReturn:
    """Say why, on one line, and end with an exit code."""
    say(f"itudocs: {line(why)}")
    raise typer.Exit(code)


class SearchCommand(TyperCommand):
    """Lets `-draft` be a word of the query: a single dash and several letters are no option here."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        takes_value = {name for p in self.params if not getattr(p, "is_flag", True) for name in p.opts}
        words: list[str] = []
        for before, word in zip(["", *args], args, strict=False):
            query = word[:1] == "-" and word[1:2] not in ("", "-") and len(word) > 2 and before not in takes_value
            words.append(f" {word}" if query else word)
        rest: list[str] = super().parse_args(ctx, words)
        return rest


def point_at(query: str, error: QueryError) -> NoReturn:
    """A query's error with a caret under its place."""
    from rich.cells import cell_len

    say(f"itudocs: {line(error)}")
    if query:
        before = line(query[: error.position] + "|")
        say(f"  {line(query)}")
        say(f"  {' ' * (cell_len(before) - 1)}^")
    if error.hint:
        say(f"  {line(error.hint)}")
    raise typer.Exit(USAGE)


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None] | None]:
    """A bar on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=talk_console(), transient=True) as bar:
        task = bar.add_task("letters", total=None)
        yield lambda now: bar.update(task, description=now.stage, completed=now.done, total=now.total)
