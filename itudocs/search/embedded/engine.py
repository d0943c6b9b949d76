"""The embedded engine as an archive sees it. Loads NumPy only when an index is opened, Whoosh when it is written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from itudocs.search.embedded import schema
from itudocs.search.engine import Entry, Searcher


class WhooshEngine:
    """An index in a folder, by Whoosh. See `itudocs.search.engine.Engine` for what each method promises."""

    def __init__(self) -> None:
        self.name = "whoosh"
        self.version = schema.version()

    def update(self, folder: Path, *, add: Iterable[Entry], remove: Iterable[str], workers: int = 1) -> None:
        """Write to the index in `folder`, creating it where there is none. Of letters with one key the last stays.

        Args:
            workers: processes that index, this one among them; worth their start from a few thousand letters.

        Raises:
            ArchiveError: one of several processes died.
            ArchiveDamaged: the index that is there cannot be read.
            OSError: the disk is full or the folder cannot be written to; nothing new is then left in it.
        """
        from itudocs.search.embedded import writer

        writer.update(folder, add=add, remove=remove, workers=workers)

    def open(self, folder: Path) -> Searcher:
        """Open the index in `folder` for reading.

        Raises:
            ArchiveDamaged: the folder holds no readable index.
        """
        from itudocs.search.embedded.searcher import WhooshSearcher

        return WhooshSearcher(folder)

    def retain(self, folders: Iterable[Path]) -> None:
        """Nothing: an index is what its folder holds."""
