"""Containers: files that hold files, and what comes out of them, whatever lies in whatever.

A container is one module with one class of the shape of `Container`, and one place in `CONTAINERS`. Content tells it, its
name is a hint: a Word document is a zip file too, and a format that is surer of a file than any container reads it.
Containers are taken apart in a process of their own (`isolated`). Nothing is written to a disk; no more than one member of
each container on the way to a document is in memory. Members are called `outer.zip!/inner.zip!/2004/letter.txt`. Limits
are `unpacking`'s, and the process's. Between the files and the formats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Protocol

from itudocs.errors import ReadError
from itudocs.model import Failure
from itudocs.reading.formats import FORMATS
from itudocs.reading.mailboxes import Mailbox
from itudocs.reading.mails import Mail
from itudocs.reading.outlook import Outlook, too_deep
from itudocs.reading.source import DEFAULT_LIMITS, Document, Limits
from itudocs.reading.tars import BZIP2, GZIP, XZ, Tar
from itudocs.reading.unpacking import Exhausted, Unpacking, damaged, failure
from itudocs.reading.zips import Zip


class Container(Protocol):
    """How the members of a file are had.

    Attributes:
        name: short and lasting.
        extensions: of such files, lower case, with their dot.
    """

    @property
    def name(self) -> str: ...
    @property
    def extensions(self) -> frozenset[str]: ...

    def sniff(self, data: bytes, name: str) -> float:
        """How sure it is, 0 to 1, that these bytes are such a container; cheap, and never raises."""
        ...

    def members(self, data: bytes, *, name: str, unpacking: Unpacking) -> Iterator[Document | Failure]:
        """The members that are to be read, one after the other as they are asked for, and those that cannot be.

        Raises:
            ReadError: the container itself cannot be read, or not to its end.
            Exhausted: a limit of the whole file is reached.
        """
        ...


CONTAINERS: tuple[Container, ...] = (Zip(), Tar(), GZIP, BZIP2, XZ, Mail(), Mailbox(), Outlook())
_LEAST = 0.5


def container_of(data: bytes, name: str) -> Container | None:
    """The container that these bytes are, unless some format is surer of them."""
    sureness, found = max(((c.sniff(data, name), c) for c in CONTAINERS), key=lambda pair: pair[0])
    if sureness < _LEAST or any(form.sniff(data, name) > sureness for form in FORMATS):
        return None
    return found


def claims(name: str) -> bool:
    """Whether a file of this name is taken from a folder for a container."""
    extension = PurePath(name).suffix.lower()
    return any(extension in container.extensions for container in CONTAINERS)


def called(name: str) -> str:
    """What a file's extension says that it is: `PDF`; empty where it says plain text, or nothing that is known here."""
    extension = PurePath(name).suffix.lower()
    known = any(extension in form.extensions for form in FORMATS if form.name != "text")
    return extension[1:].upper() if known or claims(name) else ""


def expand(
    document: Document, *, limits: Limits = DEFAULT_LIMITS, on_skip: Callable[[str], None] | None = None
) -> Iterator[Document | Failure]:
    """The documents in a document: in a container those within it and within containers in it, else itself.

    Whatever cannot be had is a `Failure` in its place, with one of `ReadError`'s reasons or `traversal`, `link`, `device`,
    `encrypted`, `method`, `overlap`, `truncated`, `damaged`, `bomb`, `too-many`, `too-deep`; the others come all the same,
    unless a limit of the whole file ends it (`too-many`, `too-large`, and those of its process: `timeout`, `memory`,
    `reader-died`).

    Args:
        on_skip: told the names of members that no format claims, and of containers in which there was nothing to read.

    Raises:
        ItuDocsError: a process to read containers in cannot start.
    """
    if container_of(document.data, document.name) is None:
        yield document
        return
    from itudocs.reading import isolated  # late: readers of plain text start no processes

    try:
        for found in isolated.members(document, limits=limits):
            if not isinstance(found, str):
                yield found
            elif on_skip:
                on_skip(found)
    except ReadError as error:
        yield failure(error)


def unpack(
    document: Document, *, limits: Limits, on_skip: Callable[[str], None] | None = None
) -> Iterator[Document | Failure]:
    """As `expand`, in this process: without limits of time and memory.

    Raises:
        MemoryError: there is not enough.
    """
    container = container_of(document.data, document.name)
    if container is None:
        yield document
        return
    unpacking = Unpacking(name=document.name, limits=limits, claims=claims, on_skip=on_skip)
    stack = [_Level(container, document, unpacking)]
    while stack:
        level = stack[-1]
        found = level.next()
        if isinstance(found, Exhausted):
            yield failure(found)
            return
        if found is None:
            stack.pop()
            if not level.gave and on_skip:
                on_skip(level.name)
        elif isinstance(found, Failure) or (inner := container_of(found.data, found.name)) is None:
            yield found
        elif len(stack) >= limits.max_depth:
            yield failure(too_deep(found.name, limits))
        else:
            stack.append(_Level(inner, found, unpacking))


class _Level:
    """A container on the way down, and how far it has been read."""

    def __init__(self, container: Container, document: Document, unpacking: Unpacking) -> None:
        self.name = document.name
        self.gave = False
        self._members = container.members(document.data, name=document.name, unpacking=unpacking)

    def next(self) -> Document | Failure | Exhausted | None:
        """The next member, or what is wrong; None at the end, and after what ends the container."""
        try:
            found: Document | Failure | None = next(self._members, None)
        except Exhausted as error:
            return error
        except ReadError as error:
            found = Failure(name=self.name, reason=error.reason, message=str(error))
        except MemoryError:
            raise
        except Exception as error:  # a file made to break its reader must not end a run over a million
            found = failure(damaged(self.name, f"{type(error).__name__}: {error}"))
        self.gave = self.gave or found is not None
        return found


def sole(document: Document, *, limits: Limits = DEFAULT_LIMITS) -> Document:
    """What a container holds that holds one document; else the document itself.

    Raises:
        ReadError: it holds none or several (`container`), or what it holds cannot be had.
    """
    if container_of(document.data, document.name) is None:
        return document
    first: Document | None = None
    for found in expand(document, limits=limits):
        if isinstance(found, Failure):
            raise ReadError(found.message, name=found.name, reason=found.reason)
        if first is not None:
            raise _container(
                document.name, "holds several letters: give it to `parse_many`, `itudocs parse` or an archive."
            )
        first = found
    if first is None:
        raise _container(document.name, "is a container in which there is nothing that can be read.")
    return first


def _container(name: str, what: str) -> ReadError:
    return ReadError(f"{name} {what}", name=name, reason="container")


_GLANCE = 4096
_OLE = b"\xd0\xcf\x11\xe0"
_PACKED = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", _OLE)


def may_be_container(path: Path) -> bool:
    """Whether it is worth reading a file to see; False also where that cannot be told."""
    if claims(path.name):
        return True
    try:
        if not path.is_file():
            return False
        with open(path, "rb", buffering=0) as file:
            head = file.read(_GLANCE)
    except (OSError, ValueError):
        return False
    return head.startswith(_PACKED) or container_of(head, path.name) is not None
