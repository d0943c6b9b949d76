"""The folder of an index as Whoosh sees it: pickles are read by `contents.load`, files are never written as they are.

Files are created under new names or in place of unlinked ones, never opened for writing, since other generations of the
index may share them by hard link. Only writing and Whoosh's own readers need this module; a search does not.
"""

# Whoosh's classes are typed in part only, and these stand among them.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import io
import os
import threading
from pathlib import Path
from typing import Any, BinaryIO, cast

from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile

from itudocs.search.embedded import contents


class GuardedFile(StructFile):
    """A file whose pickles are read by `contents.load`."""

    def read_pickle(self) -> Any:
        return contents.load(self.file)


class TocFile(GuardedFile):
    """A table of contents being written; its checksum follows it."""

    def __init__(self, path: str, name: str) -> None:
        super().__init__(io.BytesIO(), name=name)
        self._path = path

    def close(self) -> None:
        if not self.is_closed:
            data = cast(io.BytesIO, self.file).getvalue()
            with open(self._path, "xb") as file:
                file.write(data + contents.SUM.pack(contents.checksum(data)))
            super().close()


class GuardedStorage(FileStorage):
    """The folder of an index."""

    def create_file(self, name: str, excl: bool = False, mode: str = "wb", **kwargs: Any) -> GuardedFile:
        """A new table of contents; one of the same name is unlinked first, so that its other links keep their bytes."""
        path = self._fpath(name)
        if ".toc" not in name:
            raise ValueError(f"{name}: only tables of contents are written by Whoosh")
        if os.path.lexists(path):
            os.unlink(path)
        return TocFile(path, name)

    def open_file(self, name: str, **kwargs: Any) -> GuardedFile:
        data = Path(self.folder, name).read_bytes()
        size = contents.SUM.size
        if len(data) < size or contents.SUM.unpack(data[-size:]) != (contents.checksum(data[:-size]),):
            raise ValueError("it is not what was written")
        return GuardedFile(cast(BinaryIO, io.BytesIO(data[:-size])), name=name)

    def lock(self, name: str) -> Any:
        """A lock of this process alone, without a file: the archive lets one writer at a time into a folder."""
        return self.locks.setdefault(name, threading.Lock())
