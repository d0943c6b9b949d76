"""The verb that serves the page: `serve`. `app` gives it its name; what is served is `itudocs.web`'s."""

from __future__ import annotations

import logging
import sys
import webbrowser
from typing import Annotated

import typer

from itudocs.cli.options import IN, Archive
from itudocs.cli.terminal import line, out, say


def serve(
    archive: Archive = IN,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="0 takes any that is free.")] = 8000,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Of this machine; others can read the archive if it is not loopback.")
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A name the page may be asked for by; may be given again.", show_default=False
        ),
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", help="Let values be corrected on the page.")] = False,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Serve the archive as a page for the browser; Ctrl-C stops it."""
    from itudocs.archive.archive import open_archive
    from itudocs.web import Settings, check_libraries
    from itudocs.web import serve as serve_

    check_libraries()
    from itudocs.web.server import is_loopback

    _log_to_stderr()

    def ready(address: str) -> None:
        out(address)
        sys.stdout.flush()
        say(
            f"{len(opened):,} letters of {line(opened.folder)}{', open to corrections' if edit else ''}. Ctrl-C stops it."
        )
        if not is_loopback(host):
            _warn(host, edit=edit)
        if open_:
            webbrowser.open(address)

    with open_archive(archive) as opened:
        for notice in opened.search(limit=0).notices:  # what is wrong with the index shows now, and not to readers
            say(line(notice))
        serve_(
            opened, host=host, port=port, allow_hosts=allow_host or (), settings=Settings(edit=edit), on_ready=ready
        )  # fmt: skip
    say("Stopped.")


def _warn(host: str, *, edit: bool) -> None:
    say("")
    say(f"WARNING: {line(host)} is not loopback. Everyone who reaches this machine can read the whole archive,")
    say(f"without a password{', and change it: --edit is on' if edit else ''}. What is read travels unencrypted.")
    say("It is answered only under names that --allow-host gives, and its own.")
    say("")


def _log_to_stderr() -> None:
    """Lines of the server and of the page: short, on stderr, without the terminal's own signs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain())
    for name, level in (("itudocs", logging.WARNING), ("uvicorn", logging.WARNING)):
        log = logging.getLogger(name)
        log.handlers = [handler]
        log.setLevel(level)
        log.propagate = False


class _Plain(logging.Formatter):
    """One harmless line a record. No traces: what a bug raised has its line from `itudocs.web.problems`."""

    def format(self, record: logging.LogRecord) -> str:
        fault = record.exc_info[1] if record.exc_info else None
        why = f": {type(fault).__name__}: {fault}" if fault is not None else ""
        return line(f"itudocs: {record.getMessage()}{why}", longest=400)
