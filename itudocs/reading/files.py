"""Paths -> bytes: one file with every reason it cannot be read, and the files below folders in a lasting order.

What the bytes mean is left to `formats` and `decoding`. The outermost layer of reading.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from itudocs.errors import ReadError
from itudocs.model import Failure
from itudocs.reading import containers
from itudocs.reading.formats import claimed
from itudocs.reading.source import DEFAULT_LIMITS, Limits

_CHUNK = 1 << 16


def printable(path: str | os.PathLike[str]) -> str:
    """A path as text that can be stored: bytes of its name that are not UTF-8 are spelt `\\xe9`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def read_bytes(path: str | os.PathLike[str], *, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes of a file; pipes and devices named explicitly are read as well, up to the limit.

    Raises:
        ReadError: with reason `missing`, `directory`, `unreadable` or `too-large`.
    """
    try:
        # The size counts before the first byte is read, and again while reading: a file may grow, a pipe has none.
        about = os.stat(path)
        if stat.S_ISDIR(about.st_mode):
            raise _error(path, "directory", "is a folder: name the files in it, or walk it.")
        if about.st_size > limits.max_bytes:
            raise _too_large(path, limits)
        return _read(path, about.st_size, limits)
    except (OSError, ValueError) as error:
        raise _explained(path, error) from error


def walk(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    limits: Limits = DEFAULT_LIMITS,
    on_skip: Callable[[Path], None] | None = None,
) -> Iterator[Path | Failure]:
    """The files named, and those below the folders named, to be read in this order.

    A file named is always given. Below a folder, files come in the order of their names, folders among them; only files
    that some format or container claims are given (`.txt`, `.zip`, no extension, ...): a corpus holds letters beside gold
    files, tables and notes. Whatever is not given is no failure: it goes to `on_skip`. Hidden files and folders, notes of
    office programs (`~$letter.docx`), and what is neither file nor folder, are passed over in silence. Containers are given
    as the files they are: `opened` and `expand` go into them. Links are followed; a folder is entered once, however many
    links lead to it. A link that leads nowhere, a folder that cannot be listed and a file beyond the limit are
    `Failure`s.
    """
    entered: set[tuple[int, int]] = set()
    for path in [paths] if isinstance(paths, (str, os.PathLike)) else paths:
        start = Path(path)
        try:
            about = start.stat()
        except (OSError, ValueError) as error:
            yield _failure(_explained(start, error))
            continue
        if stat.S_ISDIR(about.st_mode):
            yield from _below(start, about, entered, limits, on_skip)
        else:
            yield start


def _below(
    folder: Path,
    about: os.stat_result,
    entered: set[tuple[int, int]],
    limits: Limits,
    on_skip: Callable[[Path], None] | None,
) -> Iterator[Path | Failure]:
    # A stack of listings rather than recursion: folders may be nested deeper than Python's calls.
    stack: list[Iterator[Path]] = []

    def enter(folder: Path, about: os.stat_result) -> Failure | None:
        if (about.st_dev, about.st_ino) in entered:
            return None
        entered.add((about.st_dev, about.st_ino))
        try:
            names = sorted(name for name in os.listdir(folder) if not passed_over(name))
        except OSError as error:
            return _failure(_explained(folder, error))
        stack.append(folder / name for name in names)
        return None

    if failure := enter(folder, about):
        yield failure
    while stack:
        path = next(stack[-1], None)
        if path is None:
            stack.pop()
            continue
        try:
            about = path.stat()
        except (OSError, ValueError) as error:
            yield _failure(_explained(path, error))
            continue
        if stat.S_ISDIR(about.st_mode):
            if failure := enter(path, about):
                yield failure
        elif stat.S_ISREG(about.st_mode):
            if not taken(path.name):
                if on_skip:
                    on_skip(path)
            elif about.st_size > limits.max_bytes:
                yield _failure(_too_large(path, limits))
            else:
                yield path


def taken(name: str) -> bool:
    """Whether a file of this name is taken from a folder: some format or container claims it."""
    return claimed(name) or containers.claims(name)


def passed_over(name: str) -> bool:
    """Whether a file or folder below a folder is passed over in silence: hidden, or a program's note that it has a file open."""
    return name.startswith((".", "~$"))


def _read(path: str | os.PathLike[str], size: int, limits: Limits) -> bytes:
    with open(path, "rb", buffering=0) as file:
        data = bytearray()
        while chunk := file.read(max(size - len(data) + 1, _CHUNK)):
            data += chunk
            if len(data) > limits.max_bytes:
                raise _too_large(path, limits)
    return bytes(data)


def _explained(path: str | os.PathLike[str], error: Exception) -> ReadError:
    if isinstance(error, ReadError):
        return error
    if os.path.islink(path) and isinstance(error, FileNotFoundError):
        return _error(path, "missing", f"is a link to {printable(os.readlink(path))}, which does not exist.")
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return _error(path, "missing", "does not exist: check the path and the current folder.")
    if isinstance(error, PermissionError):
        return _error(path, "unreadable", "may not be read by this user: change its permissions.")
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _error(path, "unreadable", f"cannot be read ({why}): check the path and the disk.")


def _too_large(path: str | os.PathLike[str], limits: Limits) -> ReadError:
    return _error(path, "too-large", too_large(limits))


def too_large(limits: Limits) -> str:
    """The end of a sentence about a source beyond the limit."""
    return f"is larger than {limits.max_bytes:,} bytes: split it, or raise Limits(max_bytes=...)."


def _error(path: str | os.PathLike[str], reason: str, what: str) -> ReadError:
    name = printable(path)
    return ReadError(f"{name} {what}", name=name, reason=reason)


def _failure(error: ReadError) -> Failure:
    return Failure(name=error.name, reason=error.reason, message=str(error))
