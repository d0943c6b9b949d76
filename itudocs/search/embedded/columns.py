"""What is kept of letters beside their terms: keys, texts, facets, days and lengths, letter by letter or wholesale.

Letters come one by one when they are fresh, and by the segment when segments are merged; both end in the same columns.
Texts, which are most of it, are spooled to a nameless file as they come, so that memory does not grow with them.
"""

from __future__ import annotations

import re
import tempfile
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from itudocs.fields import FIELDS
from itudocs.search.embedded import schema
from itudocs.search.embedded.pages import PageWriter, narrow

LEVEL = 4
"""How hard texts are compressed: level 6 takes three times as long for 3 % less."""
_SAMPLE = 256
"""Letters from which the words are taken that the compressor is told beforehand: a letter alone is too short to learn
from (0.45 of the text; 0.37 with them).
"""
_RENEWED = 10_000
"""Letters after which other words are taken."""
_PRESET = 1 << 15
_WORD = re.compile(r"\w{3,}")
_KEY = re.compile(r"[0-9a-f]{64}")
_IN_MEMORY = 1 << 22
_CHUNK = 1 << 20


class Combinations(msgspec.Struct, frozen=True, array_like=True):
    """The values of a facet, and the combinations of them that letters have."""

    values: list[str]
    combinations: list[list[int]]


class Column:
    """Rows of bytes, one after the other."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.sizes = array("I")

    def add(self, row: bytes) -> None:
        """One more row."""
        self.data += row
        self.sizes.append(len(row))

    def extend(self, data: bytes | memoryview, sizes: NDArray[Any]) -> None:
        """Rows of the given sizes."""
        self.data += data
        self.sizes.frombytes(sizes.astype(np.uint32).tobytes())


class Values:
    """The values of a facet: for each letter the number of its combination."""

    def __init__(self) -> None:
        self.known: dict[bytes, int] = {}
        self.codes = array("I")

    def add(self, combination: bytes) -> None:
        """The values of one more letter, joined by `schema.SEPARATOR`."""
        self.codes.append(self.known.setdefault(combination, len(self.known)))

    def extend(self, combinations: Iterable[bytes], codes: NDArray[Any]) -> None:
        """Letters with the combinations of the given numbers."""
        table = np.fromiter((self.known.setdefault(c, len(self.known)) for c in combinations), np.uint32)
        self.codes.frombytes(table[codes].tobytes())


class Texts:
    """Texts compressed one by one, with the frequent words of some of them told to the compressor beforehand."""

    def __init__(self, folder: Path) -> None:
        self.spool: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder))  # noqa: SIM115  # `close` closes it
        self.sizes = array("I")
        self.presets: list[bytes] = []
        self.firsts: list[int] = []
        """The first text that each preset is for."""
        self._waiting: list[bytes] = []
        self._primed: Any = None

    def add(self, text: bytes) -> None:
        """One more text, in UTF-8."""
        if self._primed is not None and self.presets[-1] and len(self.sizes) - self.firsts[-1] < _RENEWED:
            self._pack(text)
            return
        self._waiting.append(text)
        if len(self._waiting) == _SAMPLE:
            self._begin(_preset(self._waiting))
            self.finish()

    def take(self, preset: bytes, data: bytes | memoryview, sizes: NDArray[Any]) -> None:
        """Texts of the given sizes that are packed already."""
        self.finish()
        self._primed = None
        if not self.presets or self.presets[-1] != preset:
            self.presets.append(preset)
            self.firsts.append(len(self.sizes))
        self.spool.write(data)
        self.sizes.frombytes(sizes.astype(np.uint32).tobytes())

    def finish(self) -> None:
        """Pack what waits."""
        if self._waiting and self._primed is None:
            self._begin(b"")
        for text in self._waiting:
            self._pack(text)
        self._waiting = []

    def _begin(self, preset: bytes) -> None:
        self.presets.append(preset)
        self.firsts.append(len(self.sizes))
        # Raw: pages vouch for the bytes, and a checksum of its own would take a quarter of the time of unpacking
        more: dict[str, Any] = {"zdict": preset} if preset else {}
        self._primed = zlib.compressobj(LEVEL, zlib.DEFLATED, -15, **more)

    def _pack(self, text: bytes) -> None:
        packer: Any = self._primed.copy()  # telling it the words again takes 50 µs
        packed = packer.compress(text) + packer.flush()
        self.spool.write(packed)
        self.sizes.append(len(packed))

    def packed(self) -> Iterator[bytes]:
        """All that was packed."""
        self.spool.seek(0)
        while data := self.spool.read(_CHUNK):
            yield data


class Letters:
    """What is kept of letters beside their terms, in the order of their numbers. Texts are spooled to `folder`."""

    def __init__(self, folder: Path) -> None:
        self.keys = Column()
        self.beginnings = array("Q")
        self.cards = Column()
        self.orders = Column()
        self.texts = Texts(folder)
        self.facets = {f.name: Values() for f in FIELDS if f.facet}
        self.days = {f.name: array("i") for f in FIELDS if f.kind in schema.DAYS}
        """Letter, first and last day; and so on."""
        self.lengths: dict[str, list[NDArray[Any]]] = {field: [] for field in schema.POSITIONED}

    def __len__(self) -> int:
        return len(self.beginnings)

    def close(self) -> None:
        """Release the spooled texts."""
        self.texts.spool.close()

    def write(self, file: PageWriter, kinds: dict[str, str]) -> dict[str, int]:
        """Write the sections of a segment. Adds the kinds of their numbers; returns the words of each field in sum."""

        def numbers(name: str, values: NDArray[Any]) -> None:
            kinds[name], data = narrow(values)
            file.add(name, data)

        def ends(name: str, sizes: array[int]) -> None:
            numbers(f"{name}.ends", np.cumsum(np.asarray(sizes, np.int64)))

        for name, column in (("key", self.keys), ("card", self.cards), ("order", self.orders)):
            file.add(name, column.data)
            ends(name, column.sizes)
        file.add("keys.beginnings", np.asarray(self.beginnings, "<u8"))
        self.texts.finish()
        with file.section("text") as extend:
            for data in self.texts.packed():
                extend(data)
        ends("text", self.texts.sizes)
        file.add("text.presets", b"".join(self.texts.presets))
        numbers("text.presets.ends", np.cumsum(np.fromiter(map(len, self.texts.presets), np.int64)))
        numbers("text.presets.firsts", np.asarray(self.texts.firsts, np.int64))
        for field, found in self.facets.items():
            values: dict[str, int] = {}
            table = [
                [values.setdefault(v, len(values)) for v in c.decode().split(schema.SEPARATOR)] if c else []
                for c in found.known
            ]
            numbers(f"facet:{field}", np.asarray(found.codes, np.uint32))
            file.add(f"facet:{field}.values", msgspec.msgpack.encode(Combinations(list(values), table)))
        for field, days in self.days.items():
            file.add(f"days:{field}", np.asarray(days, "<i4"))
        sums = {}
        for field, lengths in self.lengths.items():
            joined = np.concatenate(lengths) if lengths else np.zeros(0, np.int64)
            sums[field] = int(joined.sum())
            if sums[field]:
                numbers(f"length:{field}", joined)
        return sums


def _preset(texts: list[bytes]) -> bytes:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text.decode(errors="replace")))
    frequent = [w for w, n in counts.most_common(6_000) if n > 1]
    return (" ".join(reversed(frequent)) or " ").encode()[-_PRESET:]


def unpack(data: bytes | memoryview, preset: bytes | memoryview, *, limit: int) -> bytes:
    """A text that `Texts` packed.

    Raises:
        ValueError, zlib.error: it is none, or longer than `limit` bytes.
    """
    unpacker = zlib.decompressobj(-15, zdict=preset) if len(preset) else zlib.decompressobj(-15)
    text = unpacker.decompress(data, limit)
    if not unpacker.eof:
        raise ValueError("a text that does not end")
    return text


def pack_key(key: str) -> bytes:
    """A key as it is kept: a SHA-256 in hexadecimal takes half its length."""
    return b"\x01" + bytes.fromhex(key) if _KEY.fullmatch(key) else b"\x00" + key.encode()


def unpack_key(data: bytes) -> str:
    """The key that `pack_key` was given."""
    return data[1:].hex() if data[:1] == b"\x01" else data[1:].decode()


def beginning(key: str) -> int:
    """The first characters of a key as a number: keys sort as these do, and then by the rest."""
    return int.from_bytes(key.encode()[:8].ljust(8, b"\0"), "big")


def slices(data: bytes | memoryview, ends: NDArray[Any]) -> list[bytes]:
    """The rows of a column."""
    whole = bytes(data)
    return [whole[a:b] for a, b in pairwise([0, *ends.tolist()])]
