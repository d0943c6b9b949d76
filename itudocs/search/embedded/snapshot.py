"""An opened index as arrays: posting lists, facets, days and lengths of all segments, each read when first needed.

Letters are numbered through, segment after segment; deleted ones keep their numbers and appear in no posting list.
Nothing here knows queries; `execute` computes with these arrays.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from itudocs.errors import ArchiveDamaged
from itudocs.search.embedded import schema, segments
from itudocs.search.embedded.budget import STEPS, Budget
from itudocs.search.embedded.pages import narrow
from itudocs.search.embedded.postings import Postings

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_CACHED_NUMBERS = 2_000_000
"""Numbers in cached posting lists (8 bytes each) before all are dropped."""
_NONE = Postings(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))
_UNDATED = 2**40


class FacetColumn(NamedTuple):
    """The values of a facet. `codes` gives each letter its combination of values; the next two list, pair by pair,
    which combination holds which value; `values` are the values themselves, `numbers` where each stands.
    """

    codes: NDArray[np.integer]
    combinations: Ints
    members: Ints
    values: tuple[str, ...]
    numbers: dict[str, int]
    size: int

    def tally(self, letters: Ints | None) -> Ints:
        """Of the letters given by number (`None`: all, deleted ones too), how many have each value."""
        codes = self.codes if letters is None else self.codes[letters]
        combined = np.bincount(codes, minlength=self.size)
        counted = np.bincount(self.members, weights=combined[self.combinations], minlength=len(self.values))
        return counted.astype(np.int64)

    def having(self, chosen: tuple[int, ...], letters: Ints) -> Ints:
        """Those of some letters that have any of the values given by number."""
        wanted = np.zeros(self.size, bool)
        wanted[self.combinations[np.isin(self.members, np.asarray(chosen, np.int64))]] = True
        found: Ints = letters[wanted[self.codes[letters]]]
        return found


class Periods(NamedTuple):
    """The days of a field: the letter, first and last day of each period (proleptic ordinals)."""

    letters: Ints
    first: Ints
    last: Ints
    single: bool
    """Whether no letter has more than one, and they are in the order of their letters."""


class Snapshot:
    """A consistent view of one index.

    Raises:
        ArchiveDamaged: from any method, when bytes are not those that were written.
    """

    def __init__(self, folder: Path) -> None:
        table = segments.table(folder)
        if table is None:
            raise ArchiveDamaged(f"{folder}: there is no index. It can be rebuilt from the archive's letters.")
        self.folder = folder
        self.budget = Budget()
        """Of the question at hand: whoever asks sets it."""
        self._segments: list[segments.Segment] = []
        try:
            for described in table.segments:
                self._segments.append(segments.Segment(folder, described))
        except BaseException:
            self.close()
            raise
        self._bases: list[int] = np.cumsum([0, *(s.size for s in self._segments)]).tolist()
        self.size: int = self._bases[-1]
        self.live: Mask = np.ones(self.size, bool)
        for segment, base in zip(self._segments, self._bases, strict=False):
            self.live[[base + d for d in segment.described.deleted]] = False
        self.count = int(self.live.sum())
        self._worn = self.count < self.size
        self._entries: dict[str, list[dict[int, int]]] = {}
        self._numbers = {name: i for i, name in enumerate(schema.indexed())}
        self._postings: dict[tuple[str, str], Postings] = {}
        self._cached = 0
        self._norms: dict[tuple[str, float], Floats] = {}
        self._facets: dict[str, FacetColumn] = {}
        self._periods: dict[str, Periods] = {}

    def close(self) -> None:
        """Release files and memory."""
        for segment in self._segments:
            segment.close()
        self._segments = []

    @cached_property
    def everything(self) -> Ints:
        """The numbers of all letters but deleted ones."""
        return np.flatnonzero(self.live)

    # --- terms ---

    def entries(self, term: str) -> list[dict[int, int]]:
        """Segment by segment, the entries of a term by the number of their field."""
        found = self._entries.get(term)
        if found is None:
            if len(self._entries) > 5_000:
                self._entries.clear()
            encoded = term.encode()
            found = self._entries[term] = [segment.entries(encoded) for segment in self._segments]
        return found

    @property
    def parts(self) -> int:
        """How many segments there are."""
        return len(self._segments)

    def numbers(self, fields: Iterable[str]) -> list[int]:
        """The numbers of fields."""
        return [self._numbers[f] for f in fields]

    def has(self, field: str, term: str) -> bool:
        """Whether a field has a term, be it in deleted letters alone."""
        number = self._numbers[field]
        return any(number in entries for entries in self.entries(term))

    def postings(self, field: str, term: str) -> Postings:
        """The letters that have a term, rising, with counts; empty if none has."""
        number = self._numbers[field]
        places = self.entries(term)
        if not any(number in entries for entries in places):
            return _NONE
        found = self._postings.get((field, term))
        if found is None:
            self.budget.check()
            parts = [
                self._living(segment.postings(entries[number]), base)
                for segment, base, entries in zip(self._segments, self._bases, places, strict=False)
                if number in entries
            ]
            found = _joined(parts)
            self._cached += 2 * len(found.ids) + 16
            if self._cached > _CACHED_NUMBERS:
                self._postings.clear()
                self._cached = 0
            self._postings[field, term] = found
        return found

    def frequency(self, field: str, term: str) -> int:
        """How many letters have a term."""
        if self._worn:
            return len(self.postings(field, term).ids)
        number = self._numbers[field]
        return sum(
            int(segment.frequencies(np.asarray([entries[number]]))[0])
            for segment, entries in zip(self._segments, self.entries(term), strict=False)
            if number in entries
        )

    def commonest(self, field: str, prefix: str, count: int) -> list[str]:
        """The terms of a field that begin with `prefix` and that most letters, deleted ones included, have."""
        number = self._numbers[field]
        found: dict[bytes, int] = {}
        for segment in self._segments:
            terms, entries = segment.beginning([number], prefix.encode())
            for term, letters in zip(self._names(segment, terms), segment.frequencies(entries).tolist(), strict=True):
                found[term] = found.get(term, 0) + letters
        return [term.decode() for term in heapq.nsmallest(count, found, key=lambda term: (-found[term], term))]

    def _living(self, part: Postings, base: int) -> Postings:
        ids = part.ids + base if base else part.ids
        if self._worn:
            alive = self.live[ids]
            if not alive.all():
                places = None if part.positions is None else part.positions[np.repeat(alive, part.counts)]
                return Postings(ids[alive], part.counts[alive], places)
        return Postings(ids, part.counts, part.positions)

    def positions(self, field: str, term: str, letters: Ints) -> tuple[Ints, Ints]:
        """How often some letters, given in order, have a term, and at which positions. All of them must have it."""
        number = self._numbers[field]
        counts, places = [], []
        cuts = np.searchsorted(letters, self._bases).tolist()
        for segment, base, entries, (a, b) in zip(
            self._segments, self._bases, self.entries(term), pairwise(cuts), strict=False
        ):
            if a < b:
                self.budget.check()
                some, where = segment.positions(entries[number], letters[a:b] - base)
                counts.append(some)
                places.append(where)
        return np.concatenate(counts), np.concatenate(places)

    def adjacent(self, field: str, terms: tuple[tuple[int, str], ...]) -> tuple[Ints, Ints] | None:
        """The letters in which terms stand at their distances from the first, and how often; `None` if there are none."""
        number = self._numbers[field]
        encoded = tuple((distance, term.encode()) for distance, term in terms)
        letters, counts = [], []
        for n, (segment, base) in enumerate(zip(self._segments, self._bases, strict=False)):
            if not all(number in self.entries(term)[n] for _, term in terms):
                continue
            self.budget.check()
            found = segment.adjacent(number, encoded)
            if found is not None:
                alive = self.live[found[0] + base]
                letters.append(found[0][alive] + base)
                counts.append(found[1][alive])
        if not any(map(len, letters)):
            return None
        return np.concatenate(letters), np.concatenate(counts)

    def beginning(self, fields: Iterable[str], prefix: str) -> list[tuple[list[bytes], Ints]]:
        """Segment by segment, the terms of some fields that begin with `prefix`, and all their entries."""
        numbers = self.numbers(fields)
        found = []
        for segment in self._segments:
            self.budget.check()
            terms, entries = segment.beginning(numbers, prefix.encode())
            found.append((self._names(segment, terms), entries))
        return found

    def _names(self, segment: segments.Segment, terms: list[int]) -> list[bytes]:
        names: list[bytes] = []
        for start in range(0, len(terms), STEPS):
            self.budget.check()
            names += segment.names(terms[start : start + STEPS])
        return names

    def like(self, word: str, distance: int) -> set[str]:
        """Terms of any field, among them all that lie within a distance of a word."""
        self.budget.check()
        marks, length = segments.signature(word)
        found = {term for segment in self._segments for term in segment.like(marks, length, distance)}
        return {term.decode() for term in found}

    def together(self, field: str, entries: list[Ints]) -> tuple[Ints, Ints]:
        """The letters that have any of the terms whose entries are given, segment by segment, and how often."""
        number = self._numbers[field]
        letters, counts = [], []
        for segment, base, some in zip(self._segments, self._bases, entries, strict=False):
            own = some[segment.fields_of(some) == number] if len(some) else some
            if not len(own):
                continue
            self.budget.check()
            ids, often = segment.together(own)
            if 16 * len(ids) < segment.size:
                here, places = np.unique(ids, return_inverse=True)
                summed = np.bincount(places, weights=often)
            else:
                summed = np.bincount(ids, weights=often, minlength=segment.size)
                here = np.flatnonzero(summed > 0)
                summed = summed[here]
            found = self._living(Postings(here, summed.astype(np.int64), None), base)
            letters.append(found.ids)
            counts.append(found.counts)
        if not letters:
            return _NONE.ids, _NONE.counts
        return np.concatenate(letters), np.concatenate(counts)

    def lexicon(self, field: str) -> list[str]:
        """All terms of a field, sorted. Terms of deleted letters may be among them."""
        return sorted({term.decode() for segment in self._segments for term in segment.lexicon(field)})

    def norm(self, field: str, b: float, weight: float) -> Floats:
        """For each letter, by how much a word in a field counts less: for the field's length and its small weight.

        At the mean length, which is that of the letters that have the field, and a weight of 1, it is 1.
        """
        found = self._norms.get((field, weight))
        if found is None:
            read = [segment.lengths(field) for segment in self._segments]
            lengths = np.concatenate(read).astype(np.float64) if read else np.zeros(0)
            having = lengths[self.live & (lengths > 0)] if self._worn else lengths[lengths > 0]
            mean = float(having.mean()) if len(having) else 1.0
            found = self._norms[field, weight] = (1 - b + b * lengths / mean) / weight
        return found

    # --- letters ---

    def facet(self, field: str) -> FacetColumn:
        """The values of a facet field."""
        found = self._facets.get(field)
        if found is None:
            numbers: dict[tuple[str, ...], int] = {}
            codes = []
            for segment in self._segments:
                local, known = segment.facet(field)
                with segments.reading(segment.file):
                    table = [
                        numbers.setdefault(tuple(known.values[v] for v in c), len(numbers)) for c in known.combinations
                    ]
                    codes.append(np.asarray(table, np.int64)[local] if table else np.zeros(0, np.int64))
            values: dict[str, int] = {}
            pairs = [(n, values.setdefault(v, len(values))) for c, n in numbers.items() for v in c]
            table_ = np.asarray(pairs, np.int64).reshape(-1, 2)
            joined = np.concatenate(codes) if codes else np.zeros(0, np.int64)
            found = FacetColumn(
                narrow(joined)[1], table_[:, 0].copy(), table_[:, 1].copy(), tuple(values), values, max(len(numbers), 1)
            )
            self._facets[field] = found
        return found

    def periods(self, field: str) -> Periods:
        """The days of a date field, deleted letters included."""
        found = self._periods.get(field)
        if found is None:
            tables = [
                segment.days(field).astype(np.int64) + np.asarray([base, 0, 0])
                for segment, base in zip(self._segments, self._bases, strict=False)
            ]
            table = np.concatenate(tables) if tables else np.zeros((0, 3), np.int64)
            letters, first, last = (column.copy() for column in table.T)
            single = bool((letters[1:] > letters[:-1]).all())
            found = self._periods[field] = Periods(letters, first, last, single)
        return found

    @cached_property
    def dates(self) -> Ints:
        """The date of each letter, as a proleptic ordinal; a number above all dates where it has none."""
        periods = self.periods("date")
        dates = np.full(self.size, _UNDATED, np.int64)
        dates[periods.letters] = periods.first
        return dates

    @cached_property
    def newest_first(self) -> Ints:
        """As `dates`, with the newest lowest; undated letters come last in this order too."""
        return np.where(self.dates == _UNDATED, _UNDATED, -self.dates)

    @cached_property
    def ranks(self) -> Ints:
        """By which letters sort by reference; those without one come last."""
        rows = [row for segment in self._segments for row in segment.rows("order")]
        numbers = {row: i for i, row in enumerate(sorted(set(rows)))}
        return np.asarray([numbers[row] if row else _UNDATED for row in rows], np.int64)

    @cached_property
    def works(self) -> Ints:
        """The number of each letter's work; a letter without an identity is a work of its own."""
        decode = msgspec.msgpack.Decoder(schema.CardId).decode
        numbers: dict[str | int, int] = {}
        rows = [row for segment in self._segments for row in segment.rows("card")]
        ids = (decode(row).id or letter for letter, row in enumerate(rows))
        return np.fromiter((numbers.setdefault(one, len(numbers)) for one in ids), np.int64, len(rows))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the letters."""
        return tuple(sorted(self.facet("language").values))

    @cached_property
    def buckets(self) -> tuple[str, ...]:
        """The names under which the stems of the letters are kept (`schema.bucket`)."""
        return tuple(sorted({schema.OTHER, *map(schema.bucket, self.languages)}))

    @cached_property
    def beginnings(self) -> NDArray[np.uint64]:
        """The beginning of each letter's key: keys sort as these do, and then by the rest."""
        read = [segment.beginnings() for segment in self._segments]
        return np.concatenate(read) if read else np.zeros(0, np.uint64)

    def _place(self, letter: int) -> tuple[segments.Segment, int]:
        number = bisect_right(self._bases, letter) - 1
        return self._segments[number], letter - self._bases[number]

    def key(self, letter: int) -> str:
        """The key of a letter."""
        segment, row = self._place(letter)
        return segment.key(row)

    def card(self, letter: int) -> schema.Card:
        """What a list shows of a letter beside its key."""
        segment, row = self._place(letter)
        return segment.card(row)

    def text(self, letter: int) -> str:
        """The text of a letter."""
        self.budget.check()
        segment, row = self._place(letter)
        return segment.text(row)


def _joined(parts: list[Postings]) -> Postings:
    if len(parts) == 1:
        return parts[0]
    return Postings(np.concatenate([p.ids for p in parts]), np.concatenate([p.counts for p in parts]), None)
