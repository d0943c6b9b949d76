"""Making the file of a segment from what is known of its letters, whether they come fresh or from older segments.

`Part` is the terms of some letters as columns, `Letters` everything else. Parts are put together by `combine`, which
makes one segment of the fields of a batch and of several segments alike; `write` packs the result into a file.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from itudocs.fields import FIELDS
from itudocs.search.embedded import postings, schema
from itudocs.search.embedded.pages import PageWriter, as_bytes, narrow

Numbers = NDArray[np.uint32]

LEVEL = 4
"""How hard texts are compressed: level 6 takes three times as long for 3 % less."""
_SAMPLE = 256
"""Letters from which the words are taken that the compressor is told beforehand: a letter alone is too short to learn
from (0.45 of the text; 0.37 with them).
"""
_PRESET = 1 << 15
_WORD = re.compile(r"\w{3,}")
_KEY = re.compile(r"[0-9a-f]{64}")


class Notes(msgspec.Struct, frozen=True, array_like=True):
    """What a segment's file says of itself: letters, fields in the order of their numbers, and their lengths in sum."""

    letters: int
    fields: tuple[str, ...]
    lengths: dict[str, int]
    kinds: dict[str, str]


class Combinations(msgspec.Struct, frozen=True, array_like=True):
    """The values of a facet, and the combinations of them that letters have."""

    values: list[str]
    combinations: list[list[int]]


class Part(NamedTuple):
    """Terms as columns. An entry is a term in a field; entries are in order of term, then field; the postings of all
    entries follow one another, and so do the bytes of their positions.
    """

    terms: list[bytes]
    entry_terms: Numbers
    entry_fields: NDArray[np.uint8]
    sizes: Numbers
    """Postings of each entry."""
    ids: Numbers
    counts: Numbers
    positions: bytes | memoryview
    position_sizes: Numbers
    """Bytes of the positions of each entry; 0 for all entries of a field without."""


class Letters:
    """What is kept of letters beside their terms, in the order of their numbers."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.cards: list[bytes] = []
        self.orders: list[bytes] = []
        self.texts = Texts()
        self.facets: dict[str, list[bytes]] = {f.name: [] for f in FIELDS if f.facet}
        self.days: dict[str, list[tuple[int, int, int]]] = {f.name: [] for f in FIELDS if f.kind in schema.DAYS}
        self.lengths: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return len(self.keys)


class Texts:
    """Texts compressed one by one, with the frequent words of the first ones told to the compressor beforehand."""

    def __init__(self) -> None:
        self.preset = b""
        self.rows: list[bytes] = []
        self._waiting: list[bytes] = []
        self._primed: Any = None

    def add(self, text: bytes) -> None:
        """One more text, in UTF-8."""
        if self.preset:
            self.rows.append(self._pack(text))
            return
        self._waiting.append(text)
        if len(self._waiting) == _SAMPLE:
            self.preset = _preset(self._waiting)
            self._primed = None
            self.finish()

    def finish(self) -> None:
        """Pack what waits."""
        self.rows += map(self._pack, self._waiting)
        self._waiting = []

    def _pack(self, text: bytes) -> bytes:
        if self._primed is None:
            # Raw: pages vouch for the bytes, and a checksum of its own would take a quarter of the time of unpacking
            more: dict[str, Any] = {"zdict": self.preset} if self.preset else {}
            self._primed = zlib.compressobj(LEVEL, zlib.DEFLATED, -15, **more)
        packer: Any = self._primed.copy()  # telling it the words again takes 50 µs
        return bytes(packer.compress(text) + packer.flush())


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


def combine(parts: Sequence[Part]) -> Part:
    """The parts as one. Where two have a term in the same field, the letters of the first come first: their numbers must
    be the lower ones.
    """
    terms = sorted({t for part in parts for t in part.terms})
    numbers = {term: i for i, term in enumerate(terms)}
    codes = [
        np.fromiter(map(numbers.__getitem__, part.terms), np.int64, len(part.terms))[part.entry_terms] << 8
        | part.entry_fields
        for part in parts
    ]
    code = np.concatenate(codes) if codes else np.zeros(0, np.int64)
    order = np.argsort(code, kind="stable")
    sizes = np.concatenate([p.sizes for p in parts]) if parts else np.zeros(0, np.uint32)
    bytes_ = np.concatenate([p.position_sizes for p in parts]) if parts else np.zeros(0, np.uint32)
    new = np.ones(len(order), bool)
    new[1:] = code[order[1:]] != code[order[:-1]]
    firsts = np.flatnonzero(new)
    entries = code[order[firsts]]

    def summed(values: NDArray[Any]) -> Numbers:
        return np.add.reduceat(values[order], firsts).astype(np.uint32) if len(firsts) else values[:0]

    owners = np.repeat(np.arange(len(parts)), [len(p.sizes) for p in parts])[order].tolist()
    return Part(
        terms, (entries >> 8).astype(np.uint32), (entries & 255).astype(np.uint8), summed(sizes),
        np.frombuffer(_gathered([p.ids for p in parts], [p.sizes for p in parts], owners, order, 4), np.uint32),
        np.frombuffer(_gathered([p.counts for p in parts], [p.sizes for p in parts], owners, order, 4), np.uint32),
        _gathered([p.positions for p in parts], [p.position_sizes for p in parts], owners, order, 1), summed(bytes_),
    )  # fmt: skip


def _gathered(columns: list[Any], sizes: list[Numbers], owners: list[int], order: NDArray[Any], width: int) -> bytes:
    """The stretches of several columns in a new order."""
    starts, stops = [], []
    for own in sizes:
        ends = np.cumsum(own, dtype=np.int64) * width
        starts.append(ends - own.astype(np.int64) * width)
        stops.append(ends)
    if not starts:
        return b""
    first = np.concatenate(starts)[order].tolist()
    last = np.concatenate(stops)[order].tolist()
    views = [as_bytes(column) for column in columns]
    return b"".join(views[o][a:b] for o, a, b in zip(owners, first, last, strict=True) if a < b)


def write(path: Path, letters: Letters, part: Part) -> int:
    """Write a segment. Returns the checksum of the file's directory."""
    file = PageWriter(path)
    try:
        kinds: dict[str, str] = {}
        _write_terms(file, part, kinds)
        _write_letters(file, letters, kinds)
        lengths = {name: int(values.sum()) for name, values in letters.lengths.items()}
        return file.finish(Notes(len(letters), schema.indexed(), lengths, kinds))
    except BaseException:
        file.abandon()
        raise


def _write_terms(file: PageWriter, part: Part, kinds: dict[str, str]) -> None:
    def numbers(name: str, values: NDArray[Any]) -> None:
        kinds[name], data = narrow(values)
        file.add(name, data)

    sizes = part.sizes.astype(np.int64)
    starts = np.cumsum(sizes) - sizes
    position_starts = np.cumsum(part.position_sizes, dtype=np.int64) - part.position_sizes
    tops = np.maximum.reduceat(part.counts, starts) if len(starts) else sizes
    long = (sizes >= postings.LONG) | (tops > 255)
    lists, places, at = [], [], 0
    pieces, done = [], 0
    position_sizes = part.position_sizes.astype(np.int64)
    for entry in np.flatnonzero(long).tolist():
        a, n = int(starts[entry]), int(sizes[entry])
        b, m = int(position_starts[entry]), int(position_sizes[entry])
        packed, coded = postings.pack(part.ids[a : a + n], part.counts[a : a + n], part.positions[b : b + m])
        lists.append(packed)
        places.append(at // 4)
        at += len(packed)
        if m:
            pieces += [part.positions[done:b], coded]
            done = b + m
            position_sizes[entry] = len(coded)
    pieces.append(part.positions[done:])
    places_ = np.flatnonzero(long)
    file.add("terms", b"".join(part.terms))
    numbers("terms.sizes", np.fromiter(map(len, part.terms), np.int64, len(part.terms)))
    numbers("terms.entries", np.bincount(part.entry_terms, minlength=len(part.terms)))
    file.add("entries.fields", part.entry_fields)
    numbers("entries.sizes", np.where(long, 0, sizes))
    numbers("entries.positions", np.where(long, 0, position_sizes))
    numbers("long.entries", places_)
    numbers("long.starts", np.asarray(places, np.int64))
    numbers("long.positions", position_sizes[places_])
    short = np.repeat(~long, sizes)
    numbers("short.ids", part.ids[short])
    numbers("short.counts", part.counts[short])
    file.add("long", b"".join(lists))
    file.add("positions", b"".join(pieces))


def _write_letters(file: PageWriter, letters: Letters, kinds: dict[str, str]) -> None:
    def numbers(name: str, values: Any) -> None:
        kinds[name], data = narrow(np.asarray(values, np.int64))
        file.add(name, data)

    def rows(name: str, values: Iterable[bytes]) -> None:
        values = list(values)
        file.add(name, b"".join(values))
        numbers(f"{name}.ends", np.cumsum(np.fromiter(map(len, values), np.int64, len(values))))

    letters.texts.finish()
    rows("key", map(pack_key, letters.keys))
    file.add("keys.beginnings", np.fromiter(map(beginning, letters.keys), np.uint64, len(letters.keys)))
    rows("card", letters.cards)
    rows("order", letters.orders)
    rows("text", letters.texts.rows)
    file.add("text.preset", letters.texts.preset)
    for field, combinations in letters.facets.items():
        known: dict[bytes, int] = {}
        codes = [known.setdefault(c, len(known)) for c in combinations]
        values: dict[str, int] = {}
        table = [
            [values.setdefault(v, len(values)) for v in c.decode().split(schema.SEPARATOR)] if c else [] for c in known
        ]
        numbers(f"facet:{field}", codes)
        file.add(f"facet:{field}.values", msgspec.msgpack.encode(Combinations(list(values), table)))
    for field, found in letters.days.items():
        file.add(f"days:{field}", np.asarray(found, "<i4").reshape(-1, 3))
    for field, lengths in letters.lengths.items():
        if lengths.any():
            numbers(f"length:{field}", lengths)


def slices(data: bytes | memoryview, ends: NDArray[Any]) -> list[bytes]:
    """The rows of a column."""
    whole = bytes(data)
    return [whole[a:b] for a, b in pairwise([0, *ends.tolist()])]
