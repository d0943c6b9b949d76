"""Files, folders and documents -> candidates for an archive, with containers opened unless they are known.

Lazy: one file, and one member of it, is in memory at a time. What becomes of the candidates is `ingest`'s. A letter is
known by the absolute path of its file, or of the container that it lies in and its name there:
`/letters/2004.zip!/cr/387.txt`.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from itudocs.archive import known
from itudocs.archive.ingest import Candidate, Known
from itudocs.archive.known import Opened
from itudocs.archive.store import Store, storable
from itudocs.errors import ReadError
from itudocs.model import Failure

if TYPE_CHECKING:
    from itudocs.reading.source import Document, Limits

_ESCAPED = re.compile(rb"\\x([89a-f][0-9a-f])")

Offered = Candidate | Failure | Opened | Known


class Intake:
    """What is offered to one run.

    Args:
        parser: the parser's version: containers that another one has seen are opened again.
        stop: asked before every file; nothing more is offered once it says so.
    """

    def __init__(self, *, limits: Limits, parser: str, stop: Callable[[], bool] | None = None) -> None:
        self._limits = limits
        self._parser = parser
        self._stop = stop or (lambda: False)
        self.skipped = 0
        """Files below folders, and members of containers, that no format claims."""

    def skip(self, _: object) -> None:
        """Count one of them."""
        self.skipped += 1

    def files(
        self, paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], own: Path
    ) -> tuple[Path | Failure, ...]:
        """The files named and those below the folders named, each once, in order; not what lies in the folder `own`."""
        from itudocs import reading

        found: dict[Path | Failure, None] = {}
        for path in reading.walk(paths, limits=self._limits, on_skip=self.skip):
            if isinstance(path, Failure):
                found[path] = None
            elif not path.resolve().is_relative_to(own):  # an archive does not take itself in
                found[Path(os.path.abspath(path))] = None
        return tuple(found)

    def of_files(self, found: Iterable[Path | Failure], store: Store) -> Iterator[Offered]:
        """What files offer: themselves, or what is in them."""
        from itudocs import reading

        for path in found:
            if self._stop():
                return
            if isinstance(path, Failure):
                yield msgspec.structs.replace(path, name=os.path.abspath(path.name))
                continue
            name = storable(str(path))
            try:
                data = reading.read_bytes(path, limits=self._limits)
            except ReadError as fault:
                yield Failure(name=name, reason=fault.reason, message=str(fault))
                continue
            # The record names the file without its folders, which are nobody's business but the archive's.
            yield from self._of(reading.Document(name=name, data=data), storable(path.name), store)

    def of_documents(self, documents: Iterable[Document], store: Store) -> Iterator[Offered]:
        """What documents from memory offer."""
        for document in documents:
            if self._stop():
                return
            name = storable(document.name)
            yield from self._of(msgspec.structs.replace(document, name=name), name, store)

    def _of(self, document: Document, title: str, store: Store) -> Iterator[Offered]:
        """A document, called `title` in its record, or what is in it."""
        from itudocs.reading import expand
        from itudocs.reading.containers import container_of

        name = document.name
        if container_of(document.data, name) is None:
            yield Candidate(name=name, document=msgspec.structs.replace(document, name=title))
            return
        key = hashlib.sha256(document.data).hexdigest()
        if before := known.unchanged(store, name, key, self._parser):
            self.skipped += before.skipped
            yield Known(name=name, members=len(before.members))
            return
        skipped, whole, members = self.skipped, True, []
        for found in expand(document, limits=self._limits, on_skip=self.skip):
            if isinstance(found, Failure):
                whole = False
                yield msgspec.structs.replace(found, name=storable(found.name))
                continue
            full = storable(found.name)
            members.append(full.removeprefix(f"{name}{known.INSIDE}"))
            bare = msgspec.structs.replace(found, name=full.rpartition("/")[2])
            yield Candidate(name=full, document=bare, container=name)
        yield Opened(name=name, key=key, members=tuple(members), skipped=self.skipped - skipped, whole=whole)


def file_of(name: str) -> str:
    """The file that a letter's name means: of a member of a container, the container.

    A folder may be called `x!`: the longest beginning of the name that is there counts, else the shortest.
    """
    parts = name.split(known.INSIDE)
    for length in range(len(parts), 0, -1):
        path = known.INSIDE.join(parts[:length])
        if is_there(path):
            return path
    return parts[0]


def is_there(name: str) -> bool:
    """Whether there is a file of this name; also where that cannot be told (a folder that may not be entered)."""
    return any(_exists(path) for path in _spellings(name))


def _spellings(name: str) -> Iterator[str]:
    """A name in the store as a path: bytes of it that are not UTF-8 are stored as `\\xe9`."""
    yield name
    raw = _ESCAPED.sub(lambda m: bytes((int(m[1], 16),)), name.encode())
    if (path := os.fsdecode(raw)) != name:
        yield path


def _exists(path: str) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError:
        return True
    return True


def is_url(name: str | os.PathLike[str]) -> bool:
    """Whether it names a file that is to be had by a URL."""
    return isinstance(name, str) and "://" in name and not os.path.isabs(name)


def urls_again(names: Iterable[str]) -> tuple[str, ...]:
    """The URLs to be tried again for what failed, each once: of a member of a container the container's, up to the first
    `!/`."""
    return tuple(dict.fromkeys(name.partition(known.INSIDE)[0] for name in names if is_url(name)))


def again(names: Iterable[str]) -> tuple[str, ...]:
    """The files to be tried again for what failed: each once, and only those that have a path."""
    files = dict.fromkeys(file_of(name) for name in names if os.path.isabs(name))
    return tuple(next(filter(_exists, _spellings(file)), file) for file in files)
