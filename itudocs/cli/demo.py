"""A tour in the verbs' own words: letters taken in, one record with its evidence, a search with facets.

Every step prints the command that a user would type and then runs that very command.
"""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable
from pathlib import Path

from itudocs.cli.terminal import line, out, say
from itudocs.errors import ItuDocsError
from itudocs.model import Circular

Run = Callable[[list[str]], object]
"""Runs a command line without its first word."""


def tour(run: Run, folder: Path | None, archive: Path | None) -> None:
    """Take the letters of a folder into an archive, one that is gone afterwards where none is named, and look around.

    Raises:
        ItuDocsError: there is no such folder, or it holds no letters.
    """
    letters = folder or _corpus()
    if not letters.is_dir():
        raise ItuDocsError(f"{letters}: is no folder. Name a folder of letters.")
    if archive is not None:
        _steps(run, letters, archive)
        say(f"The archive stays: itudocs search --archive {shlex.quote(line(archive))} ...")
        return
    with tempfile.TemporaryDirectory(prefix="itudocs-demo-") as place:
        _steps(run, letters, Path(place, "archive"))
    say("The archive of this tour is gone; itudocs demo --archive DIR keeps one.")


def _corpus() -> Path:
    """The corpus here or beside here, of it the letters to demonstrate with."""
    for place in (Path("corpus"), Path("..", "corpus")):
        if place.is_dir():
            return place / "open" if (place / "open").is_dir() else place
    raise ItuDocsError("corpus/: is not here. Name a folder of letters: itudocs demo FOLDER.")


def _steps(run: Run, letters: Path, archive: Path) -> None:
    from itudocs.archive.archive import open_archive

    def step(title: str, *command: str) -> None:
        args = [*shlex.split(" ".join(command)), "--archive", str(archive)]
        out(f"\n# {title}\n$ itudocs {line(shlex.join(args))}\n")
        run(args)

    step("Letters go in; known files cost a glance.", "add", shlex.quote(str(letters)))
    with open_archive(archive) as opened:
        if not len(opened):
            raise ItuDocsError(f"{letters}: holds no letters. Name a folder of letters.")
        sample = max(opened, key=_telling)
        alone = sample.id and len(opened.versions(sample.id)) == 1
        name = (alone and sample.id) or sample.key[:12]
    step("A letter as a record, and in it the words that every value came from.", "show", name)
    step("What the archive holds: all letters, counted by facet.", "search --limit 0")
    step("Words and a facet; the other counts say how to go on.", "search 'study group' --facet bureau=TSB --limit 3")
    step("Days of an event, and what a letter has.", "search 'event:1990..2030 has:deadline' --sort -date --limit 3")


def _telling(record: Circular) -> tuple[bool, int, int]:
    """How well a record shows what there is: in English, many fields, short."""
    values = (
        record.ref, record.date, record.addressees, record.copies, record.contact.tel, record.subject,
        record.signatory, record.events, record.deadlines, record.citations, record.urls, record.emails,
    )  # fmt: skip
    length = max((zone.end for zone in record.zones), default=0)
    return record.language == "en", sum(map(bool, values)), -length
