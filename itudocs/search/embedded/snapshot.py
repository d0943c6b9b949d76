"""An opened index as arrays: posting lists, columns and dictionaries of all segments, each read once when first needed.

Letters are numbered through, segment after segment; deleted ones keep their numbers and appear in no posting list.
Nothing here knows queries; `execute` computes with these arrays.
"""

# Whoosh's classes are typed in part only.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import zlib
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from itudocs.errors import ArchiveDamaged
from itudocs.search.embedded import schema, segments
from itudocs.search.embedded.codec import Postings
from itudocs.search.embedded.storage import GuardedStorage

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_CACHED_NUMBERS = 8_000_000
"""Numbers in cached posting lists (8 bytes each) before all are dropped."""
_MAX_TEXT = 1 << 28
"""Bytes that a compressed text may unpack to: four times the largest letter that is read by default."""
_NONE = Postings(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))


class FacetColumn(NamedTuple):
    """The values of a facet. `codes` gives each letter its combination of values; the next two list, pair by pair,
    which combination holds which value; `values` are the values themselves.
    """

    codes: Ints
    combinations: Ints
    members: Ints
    values: tuple[str, ...]
    size: int

    def tally(self, letters: Mask) -> Ints:
        """Of the letters given, how many have each value."""
        combined = np.bincount(self.codes[letters], minlength=self.size)
        counted = np.bincount(self.members, weights=combined[self.combinations], minlength=len(self.values))
        return counted.astype(np.int64)

    def having(self, chosen: tuple[int, ...]) -> Mask:
        """The letters that have any of the values given by number."""
        wanted = np.zeros(self.size, bool)
        wanted[self.combinations[np.isin(self.members, np.asarray(chosen, np.int64))]] = True
        return wanted[self.codes]


class Periods(NamedTuple):
    """The days of a field: the letter, first and last day of each period (proleptic ordinals)."""

    letters: Ints
    first: Ints
    last: Ints


class Lexicon(NamedTuple):
    """The terms of a field, and, by length, their numbers and characters (one row a term)."""

    terms: tuple[str, ...]
    by_length: dict[int, tuple[Ints, NDArray[np.uint32]]]


class Snapshot:
    """A consistent view of one index.

    Raises:
        ArchiveDamaged: from any method, when bytes are not those that were written.
    """

    def __init__(self, folder: Path) -> None:
        storage = GuardedStorage(str(folder))
        toc = segments.contents(folder, storage, schema.whoosh_schema())
        if toc is None:
            raise ArchiveDamaged(f"{folder}: there is no index. It can be rebuilt from the archive's letters.")
        self.folder = folder
        self._segments: list[segments.Segment] = []
        try:
            for segment in toc.segments:
                self._segments.append(segments.Segment(folder, storage, segment))
        except BaseException:
            self.close()
            raise
        self._bases = np.cumsum([0, *(s.size for s in self._segments)]).tolist()
        self.size: int = self._bases[-1]
        self.live: Mask = np.ones(self.size, bool)
        for segment, base in zip(self._segments, self._bases, strict=False):
            self.live[[base + d for d in segment.deleted]] = False
        self.count = int(self.live.sum())
        self._postings: dict[tuple[str, str, bool], Postings] = {}
        self._cached = 0
        self._lengths: dict[str, tuple[Floats, float]] = {}
        self._facets: dict[str, FacetColumn] = {}
        self._periods: dict[str, Periods] = {}
        self._lexicons: dict[str, Lexicon] = {}

    def close(self) -> None:
        """Release files and memory."""
        for segment in self._segments:
            segment.close()
        self._segments = []

    def postings(self, field: str, term: str, *, positions: bool = False) -> Postings:
        """The letters that have a term, rising, with counts and, if asked for, positions; empty if none has."""
        key = (field, term, positions)
        found = self._postings.get(key)
        if found is None:
            found = self._read_postings(field, term, positions=positions)
            self._cached += len(found.ids) * 2 + (0 if found.positions is None else len(found.positions)) + 16
            if self._cached > _CACHED_NUMBERS:
                self._postings.clear()
                self._cached = 0
            self._postings[key] = found
        return found

    def _read_postings(self, field: str, term: str, *, positions: bool) -> Postings:
        parts = []
        for segment, base in zip(self._segments, self._bases, strict=False):
            part = segment.postings(field, term, positions=positions)
            if part is None:
                continue
            ids = part.ids + base
            alive = self.live[ids]
            if alive.all():
                parts.append(Postings(ids, part.counts, part.positions))
                continue
            places = None if part.positions is None else part.positions[np.repeat(alive, part.counts)]
            parts.append(Postings(ids[alive], part.counts[alive], places))
        if not parts:
            return _NONE
        ids, counts = np.concatenate([p.ids for p in parts]), np.concatenate([p.counts for p in parts])
        return Postings(ids, counts, np.concatenate([p.positions for p in parts]) if positions else None)

    def lexicon(self, field: str, prefix: str) -> list[str]:
        """The terms of a field that begin with `prefix`, sorted. Terms of deleted letters may be among them."""
        found: set[str] = set()
        for segment in self._segments:
            found.update(segment.lexicon(field, prefix))
        return sorted(found)

    def whole_lexicon(self, field: str) -> Lexicon:
        """All terms of a field, ready to be compared with a word all at once."""
        found = self._lexicons.get(field)
        if found is None:
            terms = tuple(self.lexicon(field, ""))
            numbers: dict[int, list[int]] = {}
            for i, term in enumerate(terms):
                numbers.setdefault(len(term), []).append(i)
            by_length = {}
            for length, members in numbers.items():
                packed = "".join(terms[i] for i in members).encode("utf-32-le")
                by_length[length] = (
                    np.asarray(members, np.int64),
                    np.frombuffer(packed, np.uint32).reshape(len(members), length),
                )
            found = self._lexicons[field] = Lexicon(terms, by_length)
        return found

    def lengths(self, field: str) -> tuple[Floats, float]:
        """Words of a field in each letter, and their mean over the letters that have the field."""
        found = self._lengths.get(field)
        if found is None:
            read = [segment.lengths(field) for segment in self._segments]
            lengths = np.concatenate(read).astype(np.float64) if read else np.zeros(0)
            having = lengths[self.live & (lengths > 0)]
            found = self._lengths[field] = (lengths, float(having.mean()) if len(having) else 1.0)
        return found

    def _column(self, name: str) -> list[bytes]:
        return [value for segment in self._segments for value in segment.column(name)]

    def facet(self, field: str) -> FacetColumn:
        """The values of a facet field."""
        found = self._facets.get(field)
        if found is None:
            rows = self._column(schema.facet(field))
            numbers: dict[bytes, int] = {}
            codes = np.asarray([numbers.setdefault(row, len(numbers)) for row in rows], np.int64)
            values: dict[str, int] = {}
            pairs = [
                (number, values.setdefault(value, len(values)))
                for combination, number in numbers.items()
                for value in self._split(combination)
            ]
            table = np.asarray(pairs, np.int64).reshape(-1, 2)
            found = FacetColumn(codes, table[:, 0], table[:, 1], tuple(values), len(numbers))
            self._facets[field] = found
        return found

    def _split(self, combination: bytes) -> list[str]:
        with segments.reading(self.folder):
            return combination.decode().split(schema.SEPARATOR) if combination else []

    def speaking(self, language: str) -> Mask:
        """The letters in a language."""
        column = self.facet("language")
        if language not in column.values:
            return np.zeros(self.size, bool)
        return column.having((column.values.index(language),))

    def periods(self, field: str) -> Periods:
        """The days of a date field, deleted letters included."""
        found = self._periods.get(field)
        if found is None:
            rows = self._column(schema.days(field))
            with segments.reading(self.folder):
                days = np.frombuffer(b"".join(rows), "<i4").reshape(-1, 2).astype(np.int64)
                counts = np.asarray([len(row) // 8 for row in rows], np.int64)
                letters = np.repeat(np.arange(self.size, dtype=np.int64), counts)
                found = self._periods[field] = Periods(letters, days[:, 0], days[:, 1])
        return found

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the letters."""
        return tuple(sorted(self.facet("language").values))

    @cached_property
    def keys(self) -> NDArray[np.object_]:
        """The key of each letter."""
        return np.asarray(self._column("c_key"), object)

    @cached_property
    def orders(self) -> NDArray[np.object_]:
        """What each letter's reference sorts by; empty where it has none."""
        return np.asarray(self._column("c_order"), object)

    def _value(self, name: str, letter: int) -> tuple[bytes, Path]:
        number = int(np.searchsorted(self._bases, letter, side="right")) - 1
        segment = self._segments[number]
        return segment.value(name, letter - self._bases[number]), segment.file

    def card(self, letter: int) -> schema.Card:
        """What a list shows of a letter."""
        data, file = self._value("c_card", letter)
        with segments.reading(file):
            return msgspec.msgpack.decode(data, type=schema.Card)

    def text(self, letter: int) -> str:
        """The text of a letter."""
        data, file = self._value("c_text", letter)
        with segments.reading(file):
            unpacker = zlib.decompressobj()
            text = unpacker.decompress(data, _MAX_TEXT)
            if not unpacker.eof:
                raise ValueError("a text that does not end")
            return text.decode()
