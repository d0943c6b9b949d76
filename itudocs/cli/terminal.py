"""What reaches the terminal: made harmless (`itudocs.screen`), data on stdout, talk on stderr, colours where they are seen.

The lowest layer of the command line.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from itudocs.screen import harmless_json, line, pictured, plain

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = [
    "close_quietly", "coloured", "data_console", "harmless_json", "line", "out", "out_json", "out_pretty", "out_table",
    "pictured", "plain", "prepare", "say", "show", "talk_console",
]  # fmt: skip


def say(message: str) -> None:
    """A line of talk."""
    print(message, file=sys.stderr)


def out(text: str) -> None:
    """Lines of data."""
    print(text)


def out_json(text: str) -> None:
    """A line, or a document, of JSON: UTF-8, whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(harmless_json(text).encode() + b"\n")


def out_pretty(value: object) -> None:
    """A value as a JSON document for people: indented."""
    import msgspec

    out_json(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def out_table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Rows of data: a table on a terminal, elsewhere lines of values with tabs between them."""
    console = data_console()
    if not console.is_terminal:
        for row in (heads, *rows):
            out("\t".join(line(value) for value in row))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head)
    for row in rows:
        table.add_row(*(Text(line(value)) for value in row))
    show(table)


def show(*renderables: RenderableType) -> None:
    """Something of rich's as data. Where no terminal is, it must be text, and goes out unwrapped and unstyled."""
    console = data_console()
    for renderable in renderables:
        if console.is_terminal:
            console.print(renderable)
        else:
            out(str(renderable))


def data_console() -> Console:
    """A console on stdout. It prints no markup, and colours only on a terminal that is not told `NO_COLOR`."""
    return _console(sys.stdout)


def talk_console() -> Console:
    """A console on stderr, for progress."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    from rich.console import Console  # late: 40 ms that a verb which prints JSON does not need

    return Console(file=stream, force_terminal=stream.isatty(), markup=False, emoji=False, highlight=False)


def coloured(console: Console) -> bool:
    """Whether colours are seen on a console, and may carry meaning."""
    return console.is_terminal and console.color_system is not None and not console.no_color


def prepare() -> None:
    """Let no character that a stream's encoding lacks end a verb: it comes out as a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def close_quietly() -> None:
    """After a reader has gone or a disk is full: let nothing be written any more, not even at the interpreter's end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
