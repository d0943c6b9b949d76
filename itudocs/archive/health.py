"""How an archive is: what a glance at its store and its index's manifest tells.

Made by `Archive.health`, in milliseconds. That every byte is the one that was written is `verify`'s to say.
"""

from __future__ import annotations

from itudocs.archive.index import IndexState
from itudocs.archive.store import Run
from itudocs.model import Record


class Read(Record, frozen=True, kw_only=True):
    """A version of the parser, and how many letters have the record that it made."""

    parser: str
    letters: int


class Health(Record, frozen=True, kw_only=True):
    """
    Attributes:
        letters: in the store.
        schema: version of its tables.
        size: bytes of the store on the disk.
        parser: the version of the parser that is installed.
        parsers: the versions that have read the letters, most letters first.
        behind: letters that another version has read; `itudocs rebuild --reparse` reads them again.
        runs: the last lines of the log, newest first.
    """

    letters: int
    schema: int
    size: int
    parser: str
    parsers: tuple[Read, ...]
    behind: int
    index: IndexState
    runs: tuple[Run, ...]
