"""Tar archives and compressed files as containers: read once from front to back, one member in memory.

A compressed file holds one file, which is called as itself without its extension; where that is a tar archive, its
members stand directly below the file (`letters.tar.gz!/2004/letter.txt`), and it is never unpacked as a whole. Reads
ustar, GNU's long names and pax headers (POSIX 1003.1-2001); links and devices are refused by name.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from itudocs.errors import ReadError
from itudocs.model import Failure
from itudocs.reading.source import Document
from itudocs.reading.unpacking import Exhausted, Unpacking, damaged, failure, names_of, refused, too_large

_BLOCK = 512
_CHUNK = 64 * 1024
_LONGEST = 64 * 1024  # bytes of a header that gives a name
_MEMORY = 128 * 1024 * 1024  # that xz may use: its highest preset takes 65 MiB
_FILES = (b"0", b"\0", b"7")
_LINKS = (b"1", b"2")
_OTHERS = {b"3": "a device", b"4": "a device", b"6": "a pipe"}


class Tar:
    """A tar archive."""

    name = "tar"
    extensions = frozenset({".tar"})

    def sniff(self, data: bytes, name: str) -> float:
        """By the checksum of its first header."""
        return 0.95 if is_tar(data[:_BLOCK]) else 0.0

    def members(self, data: bytes, *, name: str, unpacking: Unpacking) -> Iterator[Document | Failure]:
        """Its files. See `Container`."""
        # Counted as unpacked as well: a tar in a tar in a tar is read three times.
        pieces = (data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK))
        return _members(_Stream(unpacking.chunks(pieces, packed=len(data))), name, unpacking)


class Decompressor(Protocol):
    """What `bz2` and `lzma` give, and `_Inflate` does for `zlib`."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class Compressed:
    """A file compressed by itself.

    Args:
        name: of the method.
        extensions: with the extension that its content has: `.tgz` holds a `.tar`.
        magic: its first bytes.
        make: a fresh decompressor.
    """

    def __init__(self, name: str, extensions: dict[str, str], magic: bytes, make: Callable[[], Decompressor]) -> None:
        self.name = name
        self.extensions = frozenset(extensions)
        self._inner = extensions
        self._magic = magic
        self._make = make

    def sniff(self, data: bytes, name: str) -> float:
        """By its first bytes."""
        return 0.8 if data.startswith(self._magic) else 0.0

    def members(self, data: bytes, *, name: str, unpacking: Unpacking) -> Iterator[Document | Failure]:
        """Its file, or the files of the tar archive that it is. See `Container`."""
        pieces = unpacking.chunks(_unpacked(data, self._make, self._magic, name), packed=len(data))
        stream = _Stream(pieces)
        if is_tar(stream.peek(_BLOCK)):
            yield from _members(stream, name, unpacking)
            return
        unpacking.count()
        full = unpacking.named(name, self._stem(name))
        if full is None:
            return
        member = stream.read(unpacking.limits.max_bytes + 1)
        if len(member) > unpacking.limits.max_bytes:
            raise too_large(full, unpacking.limits)
        yield Document(name=full, data=member)

    def _stem(self, name: str) -> str:
        last = name.rpartition("/")[2]
        for extension, inner in self._inner.items():
            if last.lower().endswith(extension) and len(last) > len(extension):
                return last[: -len(extension)] + inner
        return last


class _Inflate:
    """zlib's decompressor of gzip data, in the shape of the others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not (self.eof or self._inner.unconsumed_tail or self._full)

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self._full = len(out) == max_length  # there may be more, even without further input
        return out


def _lzma() -> Decompressor:
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_MEMORY)


GZIP = Compressed("gzip", {".gz": "", ".tgz": ".tar"}, b"\x1f\x8b\x08", _Inflate)
BZIP2 = Compressed("bzip2", {".bz2": "", ".tbz2": ".tar", ".tbz": ".tar"}, b"BZh", bz2.BZ2Decompressor)
XZ = Compressed("xz", {".xz": "", ".txz": ".tar"}, b"\xfd7zXZ\x00", _lzma)


def _unpacked(data: bytes, make: Callable[[], Decompressor], magic: bytes, name: str) -> Iterator[bytes]:
    """What compressed data unpack to, at most `_CHUNK` bytes at a time; several streams in a row are one file."""
    rest = memoryview(data)
    while True:
        unpack = make()
        try:
            while not unpack.eof:
                given = b""
                if unpack.needs_input:
                    given, rest = bytes(rest[:_CHUNK]), rest[_CHUNK:]
                    if not given:
                        raise damaged(name, "it ends in its middle", reason="truncated")
                if piece := unpack.decompress(given, _CHUNK):
                    yield piece
        except (zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as error:
            raise damaged(name, error) from error
        # Behind the stream lies what the decompressor was given and did not use, and what it was not given.
        rest = memoryview(data)[len(data) - len(rest) - len(unpack.unused_data) :]
        if bytes(rest[: len(magic)]) != magic:  # padding, or nothing
            return


class _Stream:
    """Pieces as a file to be read forward."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        """The next bytes, fewer at the end, without taking them."""
        while len(self._ahead) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._ahead += piece
        return self._ahead[:size]

    def read(self, size: int) -> bytes:
        """The next bytes, fewer at the end."""
        out = io.BytesIO()
        for piece in self.pieces(size):
            out.write(piece)
        return out.getvalue()

    def pieces(self, size: int) -> Iterator[bytes]:
        """The next bytes in pieces."""
        while size > 0:
            piece = self._ahead or next(self._pieces, b"")
            if not piece:
                return
            self._ahead, piece = piece[size:], piece[:size]
            size -= len(piece)
            yield piece


def is_tar(header: bytes) -> bool:
    """Whether a block is the header of a member: its bytes add up to its checksum."""
    if len(header) < _BLOCK or not header[0]:
        return False
    told = _number(header[148:156])
    return bool(told) and told == sum(header[:148]) + sum(header[156:]) + 8 * 32


def _number(field: bytes) -> int | None:
    """A number as headers have it: octal digits, or where the first bit is set, base 256."""
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big") if field[0] == 0x80 else None
    digits = field.rstrip(b"\0 ").lstrip()
    try:
        return int(digits.partition(b"\0")[0] or b"0", 8)
    except ValueError:
        return None


def _members(stream: _Stream, name: str, unpacking: Unpacking) -> Iterator[Document | Failure]:
    longer: bytes | None = None
    pax: dict[bytes, bytes] = {}
    headers = 0
    while header := stream.read(_BLOCK):
        headers += 1
        if (
            headers > 4 * unpacking.limits.max_members + 1000
        ):  # folders, names, attributes: of each member a few at most
            raise unpacking.too_many()
        if not header.strip(b"\0"):  # the end; padding follows
            return
        size = _number(header[124:136])
        if not is_tar(header) or size is None:
            reason = "truncated" if len(header) < _BLOCK else "damaged"
            raise damaged(name, "what should be a member's header is none", reason=reason)
        kind = header[156:157]
        if kind in (b"L", b"K", b"x", b"g"):
            content = _content(stream, size, name)
            if kind == b"L":
                longer = content.rstrip(b"\0")
            elif kind == b"x":
                pax = _records(content)
            continue
        called = pax.get(b"path") or longer or _short(header)
        size = int(pax[b"size"]) if pax.get(b"size", b"").isdigit() else size
        longer, pax = None, {}
        if kind != b"5":
            unpacking.count()
            (text,) = names_of([called], fallback="latin-1")
            try:
                full = unpacking.named(name, text)
                if full is not None:
                    yield _member(stream, size, kind, full, unpacking)
                    continue
            except Exhausted:
                raise
            except ReadError as error:
                yield failure(error)
                if error.reason == "truncated":
                    return
        if kind not in _LINKS:  # whose size counts nothing
            _skip(stream, size)


def _member(stream: _Stream, size: int, kind: bytes, full: str, unpacking: Unpacking) -> Document:
    """A member's bytes. Nothing of them is read where this raises, but where they end too soon."""
    if kind in _LINKS:
        raise refused(full, "a link", "add the file that it leads to.", reason="link")
    if kind in _OTHERS:
        raise refused(full, _OTHERS[kind], "there is no letter in it.", reason="device")
    if kind not in _FILES:
        raise refused(full, f"a tar member of kind {kind!r}", "unpack it with tar and add the file.", reason="method")
    if size > unpacking.limits.max_bytes:
        raise too_large(full, unpacking.limits)
    data = stream.read(size)
    if len(data) < size:
        raise damaged(full, f"{len(data):,} of {size:,} bytes", reason="truncated")
    stream.read(-size % _BLOCK)
    return Document(name=full, data=data)


def _content(stream: _Stream, size: int, name: str) -> bytes:
    if size > _LONGEST:
        raise damaged(name, f"a header of {size:,} bytes")
    content = stream.read(size)
    stream.read(-size % _BLOCK)
    return content


def _skip(stream: _Stream, size: int) -> None:
    for _ in stream.pieces(size + -size % _BLOCK):
        pass


def _short(header: bytes) -> bytes:
    name, prefix = header[:100].partition(b"\0")[0], header[345:500].partition(b"\0")[0]
    return prefix + b"/" + name if prefix and header[257:263] == b"ustar\0" else name


def _records(content: bytes) -> dict[bytes, bytes]:
    """A pax header's `27 path=letters/cr-387.txt\\n` lines."""
    found: dict[bytes, bytes] = {}
    while content:
        length, space, _ = content.partition(b" ")
        if not space or not length.isdigit() or not len(length) < int(length) <= len(content):
            break
        key, _, value = content[len(length) + 1 : int(length) - 1].partition(b"=")
        found[key] = value
        content = content[int(length) :]
    return found
