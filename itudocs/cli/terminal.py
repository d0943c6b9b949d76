"""What reaches the terminal: made harmless, data on stdout, talk on stderr, colours only where they are seen.

A letter, a file's name or a query may hold terminal escapes that recolour, retitle or rewrite the screen, and
bidirectional marks that show words in another order than they have. `plain` and its sisters take them out of what
people read; JSON keeps them, spelt as escapes of its own. The lowest layer of the command line.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROLS = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}\ud800-\udfff]")
# Whole escape sequences (ECMA-48, 5.4 and 5.6), so that no remains such as `[31m` are left. Lengths are bounded: what
# opens a string and never closes it loses the opening alone, and hides no text.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x00-\x1f\x7f-\x9f]{0,256}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]{0,16}[0-Z\\`-~]"
)
_UNSAFE_IN_JSON = re.compile(rf"[\x7f-\x9f{_BIDI}\u2028\u2029]")


def plain(text: str) -> str:
    """Text without terminal escapes, control characters (but newline and tab) and bidirectional marks."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def line(text: object, *, longest: int = 0) -> str:
    """`plain` on one line; with `longest`, cut to so many characters."""
    short = " ".join(plain(str(text)).split())
    return f"{short[: longest - 1].rstrip()}…" if longest and len(short) > longest else short


def pictured(text: str) -> str:
    """Text of the same length in which pictures stand for control characters, so that offsets still count."""
    return _CONTROLS.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def harmless_json(text: str) -> str:
    """JSON with the same values that a terminal shows as it is. (Encoders escape the characters below U+0020 only.)"""
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


# -- out ---------------------------------------------------------------------------------------------------------------


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
