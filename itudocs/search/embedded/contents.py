"""The table of contents of an index: which segments it has, which of their letters are deleted. Read without Whoosh.

It is Whoosh's own file, so that Whoosh finds the segments too: a head, the schema as a pickle (which is never loaded),
the list of segments as a pickle, and a checksum of ours behind it. A crafted pickle runs code when it is loaded;
everything that reads one goes through `load` here, which knows the two harmless classes that a real table names and
refuses all others. Importing Whoosh takes 0.1 s, a quarter of what a search from the terminal may take: hence `Described`.
"""

from __future__ import annotations

import io
import pickle
import re
import struct
import zlib
from pathlib import Path
from typing import Any, NamedTuple

NAME = "MAIN"
"""Of the index, in Whoosh's file names."""
_TOC = re.compile(rf"_{NAME}_(\d{{1,18}})\.toc", re.ASCII)
_ID = re.compile(r"[0-9a-z]{1,64}", re.ASCII)
SUM = struct.Struct("<I")
_MODULE = "itudocs.search.embedded.codec"


class UnsafePickleError(Exception):
    """A pickle in an index file names something that no index of ours holds."""


def checksum(data: bytes | memoryview) -> int:
    """CRC-32 of a table of contents."""
    return zlib.crc32(data)


class _Plain:
    """Stands for a segment or a codec where Whoosh is not loaded: nothing but its values."""


class _Unpickler(pickle.Unpickler):
    """An unpickler that can build the objects of a real index only."""

    def __init__(self, file: Any, *, plain: bool) -> None:
        super().__init__(file)
        self._plain = plain

    def find_class(self, module: str, name: str) -> Any:
        if module == _MODULE and name in ("GuardedSegment", "GuardedCodec"):
            if self._plain:
                return _Plain
            from itudocs.search.embedded import codec

            return getattr(codec, name)
        raise UnsafePickleError(f"a pickle names {module}.{name}, which no index holds")


def load(file: Any, *, plain: bool = False) -> Any:
    """Read one pickle from a file, leaving it behind the last byte used; with `plain`, without loading Whoosh.

    Raises:
        UnsafePickleError: it names a class or function that is not on the list.
    """
    return _Unpickler(file, plain=plain).load()


def loads(data: bytes) -> Any:
    """Read one pickle from bytes. Raises as `load` does."""
    return load(io.BytesIO(data))


class Described(NamedTuple):
    """A segment as the table of contents has it."""

    name: str
    size: int
    deleted: frozenset[int]
    checksum: int
    """Of the directory of its file."""

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name}.seg"

    @property
    def live(self) -> int:
        """Letters that are not deleted."""
        return self.size - len(self.deleted)


class Contents(NamedTuple):
    """A table of contents."""

    generation: int
    segments: tuple[Described, ...]


def file_name(generation: int) -> str:
    """Of a table of contents."""
    return f"_{NAME}_{generation}.toc"


def newest(folder: Path) -> int:
    """The number of the newest table of contents in a folder; -1 if there is none."""
    found = [int(m[1]) for file in folder.iterdir() if (m := _TOC.fullmatch(file.name))]
    return max(found, default=-1)


def is_of_index(name: str) -> bool:
    """Whether a file belongs to an index, by its name."""
    return bool(_TOC.fullmatch(name) or re.fullmatch(rf"{NAME}_[0-9a-z]{{1,64}}\.seg", name))


def read(folder: Path, generation: int) -> Contents:
    """Read a table of contents.

    Raises:
        OSError: it cannot be read.
        ValueError and others: it is damaged.
    """
    data = (folder / file_name(generation)).read_bytes()
    if len(data) < SUM.size or SUM.unpack(data[-SUM.size :]) != (checksum(data[: -SUM.size]),):
        raise ValueError("it is not what was written")
    file = io.BytesIO(data[: -SUM.size])
    if file.read(3) != b"\x04\x08\x04" or _int(file) != -12345:
        raise ValueError("it was written on another kind of machine")
    _int(file)
    for _ in range(3):
        _varint(file)
    file.seek(_varint(file), io.SEEK_CUR)
    if _int(file) != generation:
        raise ValueError("it is that of another generation")
    _int(file)
    segments = load(file, plain=True)
    if not isinstance(segments, list):
        raise ValueError("no list of segments")
    return Contents(generation, tuple(map(_described, segments)))


def _int(file: Any) -> int:
    found: int = struct.unpack("!i", file.read(4))[0]
    return found


def _varint(file: Any) -> int:
    value = shift = 0
    while True:
        byte: int = file.read(1)[0]
        value |= (byte & 127) << shift
        if byte < 128:
            return value
        shift += 7
        if shift > 35:
            raise ValueError("a number without an end")


def _described(segment: Any) -> Described:
    if not isinstance(segment, _Plain):
        raise ValueError("something that is no segment")
    values = vars(segment)
    size, deleted, sum_ = values.get("_doccount"), values.get("_deleted") or set(), values.get("checksum")
    sound = (
        isinstance(values.get("segid"), str) and _ID.fullmatch(values["segid"]) and values.get("indexname") == NAME
        and isinstance(size, int) and 0 <= size < 2**31 and isinstance(sum_, int)
        and isinstance(deleted, set) and all(isinstance(d, int) and 0 <= d < size for d in deleted)
    )  # fmt: skip
    if not sound or not isinstance(size, int) or not isinstance(sum_, int):
        raise ValueError("a segment that contradicts itself")
    return Described(f"{NAME}_{values['segid']}", size, frozenset(deleted), sum_)
