"""Making the file of a segment from what is known of its letters, whether they come fresh or from older segments.

`Part` is the terms of some letters as columns; what else is kept of them is in `columns`. Sources give parts for any
range of terms: `Run` from a nameless file of letters inverted before, `merging` from older segments. `write` goes through
all sources from the first term to the last, a few million postings at a time, puts them together by `combine` and packs
the result into a file: memory does not grow with the number of letters.
"""

from __future__ import annotations

import os
import tempfile
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from itudocs.search.embedded import postings, schema
from itudocs.search.embedded.columns import Letters
from itudocs.search.embedded.pages import PageWriter, as_bytes, narrow

Numbers = NDArray[np.uint32]

AT_ONCE = 2_000_000
"""Postings that are put together at a time, more or less."""
_SPOOLED = 1 << 22
_CHUNK = 1 << 20


class Notes(msgspec.Struct, frozen=True, array_like=True):
    """What a segment's file says of itself: letters, fields in the order of their numbers, and their lengths in sum."""

    letters: int
    fields: tuple[str, ...]
    lengths: dict[str, int]
    kinds: dict[str, str]


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


class Source(Protocol):
    """Terms of some letters, from the first to the last."""

    def reach(self) -> NDArray[np.int64]:
        """The postings up to and with each term."""

    def term(self, number: int) -> bytes:
        """A term."""

    def find(self, term: bytes) -> int:
        """The number of the first term that is not before another."""

    def part(self, first: int, last: int) -> Part:
        """The terms from one number up to another, with letters numbered as they shall be."""


class Run:
    """A part laid aside in a nameless file of `folder`; the numbers of its letters begin at `base`."""

    def __init__(self, folder: Path, part: Part, base: int) -> None:
        self._base = base
        self._terms = b"".join(part.terms)
        self._ends = np.cumsum(np.fromiter(map(len, part.terms), np.int64, len(part.terms))).astype(np.uint32)
        self._bounds = self._ends.data
        self._entries = np.searchsorted(part.entry_terms, np.arange(len(part.terms) + 1)).astype(np.uint32)
        self._fields = part.entry_fields
        self._starts = _starts(part.sizes)
        self._places = _starts(part.position_sizes)
        self._id_kind, ids = narrow(part.ids)
        self._count_kind, counts = narrow(part.counts)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # `close` closes it
        self._offsets = []
        for data in (ids, counts, part.positions):
            self._offsets.append(self._file.tell())
            self._file.write(as_bytes(data))
        self._file.flush()

    def reach(self) -> NDArray[np.int64]:
        """See `Source`."""
        return self._starts[self._entries[1:]].astype(np.int64)

    def term(self, number: int) -> bytes:
        """See `Source`."""
        return self._terms[self._bounds[number - 1] if number else 0 : self._bounds[number]]

    def find(self, term: bytes) -> int:
        """See `Source`."""
        return bisect_left(range(len(self._bounds)), term, key=self.term)

    def part(self, first: int, last: int) -> Part:
        """See `Source`."""
        entries = self._entries[first : last + 1].astype(np.int64)
        a, b = int(entries[0]), int(entries[-1])
        return Part(
            [self.term(n) for n in range(first, last)],
            np.repeat(np.arange(last - first, dtype=np.uint32), np.diff(entries)), self._fields[a:b],
            np.diff(self._starts[a : b + 1]).astype(np.uint32),
            self._numbers(0, self._id_kind, a, b) + np.uint32(self._base), self._numbers(1, self._count_kind, a, b),
            self._read(2, *self._places[[a, b]].tolist()), np.diff(self._places[a : b + 1]).astype(np.uint32),
        )  # fmt: skip

    def _numbers(self, column: int, kind: str, first: int, last: int) -> Numbers:
        start, stop = self._starts[[first, last]].tolist()
        width = int(kind[-1])
        return np.frombuffer(self._read(column, start * width, stop * width), kind).astype(np.uint32)

    def _read(self, column: int, start: int, stop: int) -> bytes:
        data = os.pread(self._file.fileno(), stop - start, self._offsets[column] + start)
        if len(data) != stop - start:
            raise OSError("what was laid aside while indexing cannot be read again")
        return data

    def close(self) -> None:
        """Release the file."""
        self._file.close()


class Whole:
    """A part in memory as a source."""

    def __init__(self, part: Part) -> None:
        self._part = part

    def reach(self) -> NDArray[np.int64]:
        """See `Source`. All at once, whatever it is."""
        return np.zeros(len(self._part.terms), np.int64)

    def term(self, number: int) -> bytes:
        """See `Source`."""
        return self._part.terms[number]

    def find(self, term: bytes) -> int:
        """See `Source`."""
        return bisect_left(self._part.terms, term)

    def part(self, first: int, last: int) -> Part:
        """See `Source`. Only all of it can be had."""
        if (first, last) != (0, len(self._part.terms)):
            raise ValueError("a part in memory is not divided")
        return self._part


def _starts(sizes: NDArray[Any]) -> Numbers:
    starts = np.zeros(len(sizes) + 1, np.uint32)
    np.cumsum(sizes, out=starts[1:])
    return starts


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

    places = [np.frombuffer(p.positions, np.uint8) for p in parts]
    return Part(
        terms, (entries >> 8).astype(np.uint32), (entries & 255).astype(np.uint8), summed(sizes),
        _gathered([p.ids for p in parts], sizes, order), _gathered([p.counts for p in parts], sizes, order),
        _gathered(places, bytes_, order).data, summed(bytes_),
    )  # fmt: skip


def _gathered(columns: list[NDArray[Any]], sizes: NDArray[Any], order: NDArray[Any]) -> NDArray[Any]:
    """The stretches of several columns, whose sizes are given, in a new order."""
    if not columns:
        return np.zeros(0, np.uint32)
    starts = np.cumsum(sizes, dtype=np.int64) - sizes
    own = sizes[order].astype(np.int64)
    take = np.repeat(starts[order] - (np.cumsum(own) - own), own)
    take += np.arange(len(take))
    found: NDArray[Any] = np.concatenate(columns)[take]
    return found


def combined(sources: Sequence[Source]) -> Iterator[Part]:
    """All terms of all sources in order, as parts of some `AT_ONCE` postings. Letters are numbered source by source."""
    reaches = [source.reach() for source in sources]
    postings_ = [int(reach[-1]) if len(reach) else 0 for reach in reaches]
    lead = max(range(len(sources)), key=postings_.__getitem__, default=0)
    times = 1 + sum(postings_) // AT_ONCE
    pivots: list[bytes] = []
    if times > 1:
        cuts = np.searchsorted(reaches[lead], np.arange(1, times) * (postings_[lead] // times))
        pivots = [sources[lead].term(n) for n in np.unique(cuts).tolist()]
    bounds = [
        [0, *(source.find(pivot) for pivot in pivots), len(reach)]
        for source, reach in zip(sources, reaches, strict=True)
    ]
    for n in range(len(pivots) + 1):
        parts = [
            source.part(own[n], own[n + 1]) for source, own in zip(sources, bounds, strict=True) if own[n] < own[n + 1]
        ]
        if parts:
            yield parts[0] if len(parts) == 1 else combine(parts)


def write(path: Path, letters: Letters, sources: Sequence[Source]) -> int:
    """Write a segment. Returns the checksum of the file's directory."""
    file = PageWriter(path)
    try:
        kinds: dict[str, str] = {}
        _write_terms(file, sources, kinds, path.parent)
        lengths = letters.write(file, kinds)
        return file.finish(Notes(len(letters), schema.indexed(), lengths, kinds))
    except BaseException:
        file.abandon()
        raise


def _write_terms(file: PageWriter, sources: Sequence[Source], kinds: dict[str, str], folder: Path) -> None:
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in _TERM_COLUMNS}
    names: list[bytes] = []
    entries = 0
    with tempfile.SpooledTemporaryFile(_SPOOLED, dir=str(folder)) as lists:
        with file.section("positions") as extend:
            for part in combined(sources):
                sizes, position_sizes = part.sizes.astype(np.int64), part.position_sizes.astype(np.int64)
                starts = np.cumsum(sizes) - sizes
                long = (sizes >= postings.LONG) | (np.maximum.reduceat(part.counts, starts) > 255)
                places, packed_starts = np.flatnonzero(long), []
                done = 0
                for entry, a, n, b, m in zip(
                    places.tolist(), starts[long].tolist(), sizes[long].tolist(),
                    (np.cumsum(position_sizes) - position_sizes)[long].tolist(), position_sizes[long].tolist(), strict=True,
                ):  # fmt: skip
                    packed, coded = postings.pack(
                        part.ids[a : a + n], part.counts[a : a + n], part.positions[b : b + m]
                    )
                    packed_starts.append(lists.tell() // 4)
                    lists.write(packed)
                    if m:
                        extend(part.positions[done:b])
                        extend(coded)
                        done = b + m
                        position_sizes[entry] = len(coded)
                extend(part.positions[done:])
                short = np.repeat(~long, sizes)
                found: tuple[NDArray[Any], ...] = (
                    np.fromiter(map(len, part.terms), np.int64, len(part.terms)),
                    np.bincount(part.entry_terms, minlength=len(part.terms)), part.entry_fields,
                    np.where(long, 0, sizes), np.where(long, 0, position_sizes), places + entries,
                    np.asarray(packed_starts, np.int64), position_sizes[places], part.ids[short], part.counts[short],
                )  # fmt: skip
                for name, values in zip(_TERM_COLUMNS, found, strict=True):
                    columns[name].append(narrow(values)[1])
                names.append(b"".join(part.terms))
                entries += len(sizes)
        with file.section("terms") as extend:
            for some in names:
                extend(some)
        for name, pieces in columns.items():
            kinds[name], data = narrow(np.concatenate(pieces) if pieces else np.zeros(0, np.uint8))
            file.add(name, data)
        lists.seek(0)
        with file.section("long") as extend:
            while chunk := lists.read(_CHUNK):
                extend(chunk)


_TERM_COLUMNS = (
    "terms.sizes", "terms.entries", "entries.fields", "entries.sizes", "entries.positions", "long.entries", "long.starts",
    "long.positions", "short.ids", "short.counts",
)  # fmt: skip
