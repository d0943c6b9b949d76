"""The files of an index, read without trusting them and written without touching those that exist.

Whoosh keeps its table of contents, term indexes, posting blocks and stored rows as pickles, and a crafted pickle runs
code when it is loaded. Everything that reads a pickle from an index file goes through `load` here, which knows the
handful of harmless classes that a real index names and refuses all others. Nothing global is patched: the classes of
this module and of `codec` stand where Whoosh's would. Whoosh has no checksums either (a flipped bit made words vanish
without a sound): the table of contents and each file packed into a segment get one, checked when it is first opened
(2.5 GB a second). Files are created under new names or in place of unlinked ones, never opened for writing as they are,
since other generations of the index may share them by hard link.
"""

# Whoosh's classes are typed in part only, and these stand among them.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import collections
import io
import os
import pickle
import struct
import threading
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile, StructFile

_SUM = struct.Struct("<I")


class UnsafePickleError(Exception):
    """A pickle in an index file names something that no index of ours holds."""


def _latin1(text: str, encoding: str = "latin1") -> bytes:
    """How pickles of protocol 2 spell bytes (`_codecs.encode`), and nothing else that `encode` could do."""
    if not isinstance(text, str) or encoding != "latin1":
        raise UnsafePickleError("a pickle encodes something other than bytes")
    return text.encode("latin1")


class _Unpickler(pickle.Unpickler):
    """An unpickler that can build the objects of a real index only."""

    def find_class(self, module: str, name: str) -> Any:
        wanted = (module, name)
        if wanted == ("_codecs", "encode"):
            return _latin1
        if wanted == ("collections", "defaultdict"):
            return collections.defaultdict
        if wanted in (("builtins", "int"), ("__builtin__", "bytes")):
            return int if name == "int" else bytes
        if wanted in (
            ("itudocs.search.embedded.codec", "GuardedSegment"),
            ("itudocs.search.embedded.codec", "GuardedCodec"),
        ):
            from itudocs.search.embedded import codec

            return getattr(codec, name)
        raise UnsafePickleError(f"a pickle names {module}.{name}, which no index holds")


def load(file: Any) -> Any:
    """Read one pickle from a file, leaving it behind the last byte used.

    Raises:
        UnsafePickleError: it names a class or function that is not on the list.
    """
    return _Unpickler(file).load()


def loads(data: bytes) -> Any:
    """Read one pickle from bytes. Raises as `load` does."""
    return _Unpickler(io.BytesIO(data)).load()


def checksum(data: bytes | memoryview) -> int:
    """CRC-32: notices damage, not malice. Malice is what `load` and the archive's manifest are for."""
    return zlib.crc32(data)


class View:
    """A read-only file over a buffer, without the copy that `io.BytesIO` makes."""

    __slots__ = ("_at", "_buffer", "closed")

    def __init__(self, buffer: memoryview) -> None:
        self._buffer = buffer
        self._at = 0
        self.closed = False

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: len(self._buffer)}[whence]
        if base + offset < 0:
            raise ValueError("a position before the start of the file")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        end = len(self._buffer) if size is None or size < 0 else self._at + size
        data = bytes(self._buffer[self._at : end])
        self._at += len(data)
        return data

    def readline(self) -> bytes:
        line = bytes(self._buffer[self._at :]).partition(b"\n")
        return self.read(len(line[0]) + len(line[1]))

    def close(self) -> None:
        self._buffer = memoryview(b"")
        self.closed = True


class GuardedFile(StructFile):
    """A file on disk whose pickles are read by `load`."""

    def read_pickle(self) -> Any:
        return load(self.file)


class GuardedBuffer(BufferFile):
    """A part of a memory-mapped file whose pickles are read by `load`."""

    def __init__(self, buffer: memoryview, name: str | None = None, onclose: Any = None) -> None:
        self._buf = buffer
        self._name = name
        self.file = cast(BinaryIO, View(buffer))
        self.onclose = onclose
        self.is_real = False
        self.is_closed = False

    def close(self) -> None:
        if not self.is_closed:
            self.file.close()
            if isinstance(self._buf, memoryview):
                self._buf.release()
            self.is_closed = True

    def read_pickle(self) -> Any:
        return load(self.file)

    def subset(self, position: int, length: int, name: str | None = None) -> GuardedBuffer:
        return GuardedBuffer(memoryview(self._buf)[position : position + length], name=name or self._name)


class TocFile(GuardedFile):
    """A table of contents being written; its checksum follows it."""

    def __init__(self, path: str, name: str) -> None:
        super().__init__(io.BytesIO(), name=name)
        self._path = path

    def close(self) -> None:
        if not self.is_closed:
            data = cast(io.BytesIO, self.file).getvalue()
            with open(self._path, "xb") as file:
                file.write(data + _SUM.pack(checksum(data)))
            super().close()


class GuardedCompound(CompoundStorage):
    """The files of a segment, packed into one and memory-mapped. Each is checked when it is first opened.

    Raises:
        ValueError: the directory, or a file when it is opened, is not what `pack` wrote.
    """

    def __init__(self, file: GuardedFile, *, directory: int) -> None:
        file.seek(0, os.SEEK_END)
        size = file.tell()
        file.seek(0)
        start, length = file.read_long(), file.read_int()
        if length < 0 or start + length != size or checksum(file.get(start, length)) != directory:
            raise ValueError("its directory is not what was written")
        file.seek(0)
        super().__init__(file)
        self._checked: set[str] = set()

    def open_file(self, name: str, *args: Any, **kwargs: Any) -> GuardedBuffer:
        offset, length = self.range(name)
        if self._source is None or offset < 0 or length < 0 or offset + length > len(self._source):
            raise ValueError(f"{name} lies outside the file")
        data = memoryview(self._source)[offset : offset + length]
        if name not in self._checked:
            if checksum(data) != self._options["checksums"][name]:
                raise ValueError(f"{name} is not what was written")
            self._checked.add(name)
        return GuardedBuffer(data, name=name)


def pack(folder: GuardedStorage, names: list[str], target: str) -> int:
    """Pack files into one, with their checksums, and remove them. Returns the checksum of its directory."""
    checksums = {name: checksum(Path(folder.folder, name).read_bytes()) for name in names}
    CompoundStorage.assemble(folder.create_file(target), folder, names, checksums=checksums)
    for name in names:
        folder.delete_file(name)
    with open(Path(folder.folder, target), "rb") as file:
        file.seek(int.from_bytes(file.read(8), "big"))
        return checksum(file.read())


class GuardedStorage(FileStorage):
    """The folder of an index."""

    def create_file(self, name: str, excl: bool = False, mode: str = "wb", **kwargs: Any) -> GuardedFile:
        """A new file; one of the same name is unlinked first, so that its other links keep their bytes."""
        path = self._fpath(name)
        if os.path.lexists(path):
            os.unlink(path)
        if ".toc" in name:
            return TocFile(path, name)
        return GuardedFile(cast(BinaryIO, open(path, mode.replace("w", "x"))), name=name, **kwargs)

    def open_file(self, name: str, **kwargs: Any) -> GuardedFile | GuardedBuffer:
        if name.endswith(".toc"):  # read whole, since Whoosh leaves it open when it cannot make sense of it
            data = Path(self.folder, name).read_bytes()
            if len(data) < _SUM.size or _SUM.unpack(data[-_SUM.size :]) != (checksum(data[: -_SUM.size]),):
                raise ValueError("it is not what was written")
            return GuardedBuffer(memoryview(data)[: -_SUM.size], name=name)
        return GuardedFile(cast(BinaryIO, open(self._fpath(name), "rb")), name=name, **kwargs)

    def lock(self, name: str) -> Any:
        """A lock of this process alone, without a file: the archive lets one writer at a time into a folder."""
        return self.locks.setdefault(name, threading.Lock())

    def temp_storage(self, name: str | None = None) -> GuardedStorage:
        storage = GuardedStorage(self._fpath(name or "work.tmp"))
        storage.create()
        return storage
