"""The file of a segment: named sections, memory-mapped, in pages that each bear a checksum.

| part | holds |
|---|---|
| magic | 8 bytes |
| sections | one after the other, each from a multiple of 8 bytes |
| directory | MessagePack: where each section lies, the CRC-32 of every page of 16 KB before it, and notes of the writer |
| tail | where the directory lies, and its length |

The directory's own checksum is kept in the table of contents, so that every byte of a file is vouched for. A page is
checked when it is first touched (2 GB a second). Sections that every search needs are views of the mapped file; what one
search needs a little of is read, since each touch of a mapping keeps 64 KB in the process. There is nothing in a file that
could run: no pickles. Meaning is given to the sections by `columns`, `postings` and `build`.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

MAGIC = b"ITUDOCS2"
PAGE = 1 << 14
_TAIL = struct.Struct("<QI")


def checksum(data: bytes | memoryview) -> int:
    """CRC-32: notices damage, not malice. Malice is what the archive's manifest is for."""
    return zlib.crc32(data)


class Directory(msgspec.Struct, frozen=True, array_like=True):
    """Where the sections are (first byte, length), a checksum a page, and whatever the writer noted."""

    sections: dict[str, tuple[int, int]]
    pages: bytes
    notes: msgspec.Raw


class PageWriter:
    """Writes a file section by section. The file must not exist yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = open(path, "xb")  # noqa: SIM115  # closed by `finish` or `abandon`
        self._file.write(MAGIC)
        self._at = len(MAGIC)
        self._sections: dict[str, tuple[int, int]] = {}
        self._sums: list[int] = []
        self._pending = bytearray(MAGIC)

    def add(self, name: str, data: bytes | bytearray | memoryview | NDArray[Any]) -> None:
        """Append a section."""
        with self.section(name) as extend:
            extend(as_bytes(data))

    @contextmanager
    def section(self, name: str) -> Iterator[Callable[[bytes | memoryview], None]]:
        """Append a section piece by piece, by calling what this gives."""
        self._put(bytes(-self._at % 8))
        start = self._at
        yield self._put
        self._sections[name] = (start, self._at - start)

    def _put(self, data: bytes | memoryview) -> None:
        self._file.write(data)
        self._at += len(data)
        done = 0
        if self._pending or len(data) < PAGE:
            done = min(len(data), PAGE - len(self._pending))
            self._pending += data[:done]
            if len(self._pending) < PAGE:
                return
            self._sums.append(checksum(bytes(self._pending)))
            self._pending.clear()
        view = memoryview(data)
        while len(data) - done >= PAGE:
            self._sums.append(checksum(view[done : done + PAGE]))
            done += PAGE
        self._pending += data[done:]

    def finish(self, notes: object) -> int:
        """Write the directory and close the file. Returns the directory's checksum."""
        if self._pending:
            self._sums.append(checksum(bytes(self._pending)))
        pages = np.asarray(self._sums, "<u4").tobytes()
        data = msgspec.msgpack.encode(Directory(self._sections, pages, msgspec.Raw(msgspec.msgpack.encode(notes))))
        with self._file as file:
            file.write(data + _TAIL.pack(self._at, len(data)))
        return checksum(data)

    def abandon(self) -> None:
        """Close and remove the file."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class Pages:
    """A file of sections, open for reading.

    Raises:
        ValueError: from any method, when bytes are not those that were written.
    """

    def __init__(self, path: Path, *, directory: int) -> None:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < len(MAGIC) + _TAIL.size:
                raise ValueError("the file ends too soon")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._descriptor = os.dup(file.fileno())
        self._view = memoryview(self._map)
        try:
            self._open(size, directory)
        except BaseException:
            os.close(self._descriptor)
            raise

    def _open(self, size: int, directory: int) -> None:
        start, length = _TAIL.unpack(self._view[-_TAIL.size :])
        if start + length + _TAIL.size != size or checksum(self._view[start : start + length]) != directory:
            raise ValueError("its directory is not what was written")
        self._directory = msgspec.msgpack.decode(self._view[start : start + length], type=Directory)
        self._sums = np.frombuffer(self._directory.pages, "<u4")
        self._end = start
        self._seen = bytearray(len(self._sums))
        if len(self._sums) != -(-start // PAGE) or any(
            a < 0 or n < 0 or a + n > start for a, n in self._directory.sections.values()
        ):
            raise ValueError("its directory contradicts itself")

    @property
    def notes(self) -> msgspec.Raw:
        """What the writer noted."""
        return self._directory.notes

    def __contains__(self, name: str) -> bool:
        return name in self._directory.sections

    def size(self, name: str) -> int:
        """Bytes of a section."""
        return self._directory.sections[name][1]

    def view(self, name: str, start: int = 0, stop: int | None = None) -> memoryview:
        """Bytes of a section, from `start` to `stop`, checked."""
        at, length = self._directory.sections[name]
        stop = length if stop is None else stop
        if not 0 <= start <= stop <= length:
            raise ValueError(f"a place outside {name}")
        if start < stop:
            self._check((at + start) // PAGE, (at + stop - 1) // PAGE + 1)
        return self._view[at + start : at + stop]

    def read(self, name: str, start: int, stop: int) -> bytes:
        """A copy of bytes of a section, from `start` to `stop`, checked."""
        at, length = self._directory.sections[name]
        if not 0 <= start <= stop <= length:
            raise ValueError(f"a place outside {name}")
        if start == stop:
            return b""
        first, last = (at + start) // PAGE, (at + stop - 1) // PAGE + 1
        if self._seen.find(0, first, last) < 0:
            return os.pread(self._descriptor, stop - start, at + start)
        data = os.pread(self._descriptor, min(last * PAGE, self._end) - first * PAGE, first * PAGE)
        view = memoryview(data)
        for page in range(first, last):
            if not self._seen[page]:
                begin = (page - first) * PAGE
                self._compare(page, view[begin : begin + PAGE])
        begin = at + start - first * PAGE
        return data[begin : begin + stop - start]

    def array(self, name: str, kind: str, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Items of a section of numbers of one kind (`<u4`), from number `start` to `stop`; a view."""
        width = int(kind[-1])
        return np.frombuffer(self.view(name, start * width, None if stop is None else stop * width), kind)

    def _check(self, first: int, last: int) -> None:
        page = self._seen.find(0, first, last)
        while page >= 0:
            self._compare(page, self._view[page * PAGE : min((page + 1) * PAGE, self._end)])
            page = self._seen.find(0, page + 1, last)

    def _compare(self, page: int, data: memoryview) -> None:
        if checksum(data) != int(self._sums[page]):
            raise ValueError(f"page {page} is not what was written")
        self._seen[page] = 1

    def close(self) -> None:
        """Release the file; the memory goes with the last array that shows it."""
        os.close(self._descriptor)
        self._view.release()
        try:
            self._map.close()
        except BufferError:  # an array still shows a part of it
            return


def as_bytes(data: bytes | bytearray | memoryview | NDArray[Any]) -> memoryview:
    """The bytes of an array, or of bytes, without a copy."""
    if isinstance(data, np.ndarray):
        return np.ascontiguousarray(data).reshape(-1).view(np.uint8).data
    return memoryview(data)


def narrow(values: NDArray[Any]) -> tuple[str, NDArray[Any]]:
    """Numbers from 0 in the smallest kind that holds them, and its name."""
    top = int(values.max()) if len(values) else 0
    kind = "<u1" if top < 1 << 8 else "<u2" if top < 1 << 16 else "<u4" if top < 1 << 32 else "<u8"
    return kind, values.astype(kind)
