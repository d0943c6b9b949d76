"""Opening the parts of an index, and saying so when they are not what was written.

A folder holds a table of contents (`contents`) and segments, a file each (`pages`, `build`). Whatever goes wrong while
their bytes are read becomes `ArchiveDamaged` with the file's name: an index that cannot be read is never an index
without hits. Letters are numbered here from 0 in each segment; `snapshot` numbers them through.
"""

from __future__ import annotations

import errno
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property, wraps
from itertools import pairwise
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from itudocs.errors import ArchiveDamaged, ItuDocsError
from itudocs.search.embedded import build, columns, contents, postings, schema
from itudocs.search.embedded.lists import distinct, on_strip, shared
from itudocs.search.embedded.pages import Pages
from itudocs.search.embedded.postings import Ints, Packed, Postings

P = ParamSpec("P")
R = TypeVar("R")
_GONE = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
_RECENT = 6
"""Lists kept as they are decoded: a phrase asks for the letters of its words, and then for their positions."""
_MAX_TEXT = 1 << 28
"""Bytes that a compressed text may unpack to: four times the largest letter that is read by default."""


def damaged(file: Path, error: Exception) -> ArchiveDamaged:
    """What a damaged file makes of any error. What the machine refuses (no permission, no memory) is raised as it is."""
    if isinstance(error, OSError) and not isinstance(error, _GONE) and error.errno != errno.EIO:
        raise error
    what = "the file is missing" if isinstance(error, _GONE) else f"{type(error).__name__}: {error}"
    return ArchiveDamaged(f"{file}: the index is damaged ({what}). It can be rebuilt from the archive's letters.")


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Turns whatever a damaged file makes its readers raise (they raise anything) into `ArchiveDamaged`."""
    try:
        yield
    except ItuDocsError:
        raise
    except Exception as error:
        raise damaged(file, error) from error


def table(folder: Path) -> contents.Contents | None:
    """The table of contents of the index in a folder; `None` if it holds none.

    Raises:
        ArchiveDamaged: there is one that cannot be read.
    """
    generation = contents.newest(folder)
    if generation < 0:
        return None
    with reading(folder / contents.file_name(generation)):
        return contents.read(folder, generation)


def _guarded(method: Callable[Concatenate[Segment, P], R]) -> Callable[Concatenate[Segment, P], R]:
    """As `reading`, for a method of `Segment` that is called often."""

    @wraps(method)
    def call(self: Segment, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except ItuDocsError:
            raise
        except Exception as error:
            raise damaged(self.file, error) from error

    return cast("Callable[Concatenate[Segment, P], R]", call)


class Segment:
    """An open segment: its terms and what it keeps of its letters."""

    def __init__(self, folder: Path, described: contents.Described) -> None:
        self.file = folder / described.file
        self.described = described
        self.size = described.size
        with reading(self.file):
            self.pages = Pages(self.file, directory=described.checksum)
            self.notes = msgspec.msgpack.decode(self.pages.notes, type=build.Notes)
            if self.notes.letters != self.size or self.notes.fields != schema.indexed():
                raise ValueError("it holds other letters or fields than it should")
        self.fields = {name: i for i, name in enumerate(self.notes.fields)}
        self._row_ends: dict[str, memoryview] = {}
        self._loaded = False

    def close(self) -> None:
        """Release the file."""
        self.__dict__.pop("presets", None)
        self._row_ends.clear()
        self.pages.close()

    def _numbers(self, name: str, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        return self.pages.array(name, self.notes.kinds[name], start, stop)

    def _some(self, name: str, start: int, stop: int) -> Ints:
        kind = self.notes.kinds[name]
        width = int(kind[-1])
        return np.frombuffer(self.pages.read(name, start * width, stop * width), kind).astype(np.int64)

    def _load(self) -> None:
        """Check and keep at hand what every look-up needs."""
        self._terms = self.pages.view("terms")
        self._term_ends = np.cumsum(self._numbers("terms.sizes"), dtype=np.uint32)
        entries = self._numbers("terms.entries")
        self._first_entries = np.zeros(len(entries) + 1, np.uint32)
        np.cumsum(entries, out=self._first_entries[1:])
        # A memory view gives Python's own numbers, four times as fast as an array
        self._ends, self._entries = self._term_ends.data, self._first_entries.data
        self._entry_fields = self.pages.array("entries.fields", "<u1")
        self._sizes = self._numbers("entries.sizes")
        long = self._numbers("long.entries")
        self._starts = np.cumsum(self._sizes, dtype=np.uint32)
        self._starts -= self._sizes
        self._starts[long] = self._numbers("long.starts")
        places = self._numbers("entries.positions").astype(np.uint32)
        places[long] = self._numbers("long.positions")
        self._places = np.zeros(len(places) + 1, np.int64)
        np.cumsum(places, out=self._places[1:])
        self._recent: dict[int, tuple[Ints, Ints, Packed | None]] = {}
        self._loaded = True

    # --- terms ---

    def _term(self, number: int) -> bytes:
        return bytes(self._terms[self._ends[number - 1] if number else 0 : self._ends[number]])

    def _find(self, term: bytes) -> int:
        if not self._loaded:
            self._load()
        return bisect_left(range(len(self._ends)), term, key=self._term)

    @_guarded
    def entries(self, term: bytes) -> dict[int, int]:
        """The entries of a term: the number of a field to the number of the entry."""
        number = self._find(term)
        if number == len(self._ends) or self._term(number) != term:
            return {}
        first, last = self._entries[number], self._entries[number + 1]
        return dict(zip(self._entry_fields[first:last].tolist(), range(first, last), strict=True))

    @_guarded
    def beginning(self, fields: Iterable[int], prefix: bytes) -> tuple[list[int], Ints]:
        """The terms, by number, of some fields that begin with `prefix`, and all their entries in these fields."""
        first = self._find(prefix)
        after = prefix.rstrip(b"\xff")
        last = self._find(after[:-1] + bytes([after[-1] + 1])) if after else len(self._ends)
        entries = np.arange(self._entries[first], self._entries[last], dtype=np.int64)
        here = self._entry_fields[entries[0] : entries[-1] + 1] if len(entries) else self._entry_fields[:0]
        entries = entries[np.isin(here, np.fromiter(fields, np.uint8))]
        return self._terms_of(entries), entries

    @_guarded
    def names(self, numbers: Iterable[int]) -> list[bytes]:
        """Terms by number."""
        return [self._term(number) for number in numbers]

    @_guarded
    def fields_of(self, entries: Ints) -> NDArray[np.uint8]:
        """The number of the field of each entry."""
        return self._entry_fields[entries]

    def _terms_of(self, entries: Ints) -> list[int]:
        """The numbers of the terms that entries are of, each once."""
        found: list[int] = np.unique(np.searchsorted(self._first_entries, entries, "right") - 1).tolist()
        return found

    @_guarded
    def like(self, marks: int, length: int, distance: int) -> list[bytes]:
        """Terms that may be within a distance of a word: those of about its length and characters.

        `marks` and `length` are those of `signature`.
        """
        if not self._loaded:
            self._load()
        signatures, lengths = self._signatures
        near = np.bitwise_count(signatures ^ np.uint32(marks)) <= 2 * distance
        near &= np.abs(lengths - np.int16(length)) <= distance
        return [self._term(number) for number in np.flatnonzero(near).tolist()]

    @cached_property
    def _signatures(self) -> tuple[NDArray[np.uint32], NDArray[np.int16]]:
        raw = np.frombuffer(self._terms, np.uint8)
        ends = self._term_ends.astype(np.int64)
        starts = np.concatenate((np.zeros(1, np.int64), ends[:-1]))
        if not len(ends):
            return np.zeros(0, np.uint32), np.zeros(0, np.int16)
        heads = (raw & 0xC0) != 0x80  # the first byte of each character
        bits = np.where(heads, np.uint32(1) << (raw & 31).astype(np.uint32), np.uint32(0)).astype(np.uint32)
        lengths = np.add.reduceat(heads, starts, dtype=np.int16)
        return np.bitwise_or.reduceat(bits, starts), lengths

    @_guarded
    def lexicon(self, field: str) -> list[bytes]:
        """All terms of a field, in order."""
        if not self._loaded:
            self._load()
        return [self._term(n) for n in self._terms_of(np.flatnonzero(self._entry_fields == self.fields[field]))]

    # --- postings ---

    @_guarded
    def postings(self, entry: int, *, positions: bool = False) -> Postings:
        """The posting list of an entry, deleted letters included."""
        ids, counts, packed = self._list(entry)
        if not positions:
            return Postings(ids, counts, None)
        return Postings(ids, counts, postings.placed(self._steps(entry, packed, counts), counts))

    def _list(self, entry: int) -> tuple[Ints, Ints, Packed | None]:
        known = self._recent.get(entry)
        if known is not None:
            return known
        size, start = int(self._sizes[entry]), int(self._starts[entry])
        packed = None
        if size:
            ids = self._some("short.ids", start, start + size)
            counts = self._some("short.counts", start, start + size)
        else:
            head = self.pages.read("long", 4 * start, 4 * start + Packed.HEAD)
            packed = Packed(memoryview(self.pages.read("long", 4 * start, 4 * start + Packed.length(head))))
            ids, counts = packed.decode()
        if ids[-1] >= self.size:
            raise ValueError("a posting of a letter that is not there")
        if len(self._recent) >= _RECENT:
            self._recent.clear()
        self._recent[entry] = (ids, counts, packed)
        return ids, counts, packed

    @_guarded
    def frequencies(self, entries: Ints) -> Ints:
        """How many letters, deleted ones included, have each of some entries; no list is decoded."""
        if not self._loaded:
            self._load()
        found = self._sizes[entries].astype(np.int64)
        for at in np.flatnonzero(found == 0).tolist():
            start = 4 * int(self._starts[entries[at]])
            found[at] = Packed.size(self.pages.read("long", start, start + Packed.HEAD))
        return found

    def _span(self, entry: int) -> tuple[int, int]:
        return int(self._places[entry]), int(self._places[entry + 1])

    def _steps(self, entry: int, packed: Packed | None, counts: Ints, rows: Ints | None = None) -> Ints:
        """The differences between positions of an entry, in all its postings or in some (by number, in order)."""
        start, stop = self._span(entry)
        if packed is None:
            steps = postings.steps(self.pages.read("positions", start, stop))
        elif not packed.stride:
            data = self.pages.read("positions", start, stop)
            if rows is not None and 3 * len(rows) < len(counts):
                return postings.some_of(data, np.cumsum(counts), counts[rows], rows)
            steps = postings.unplaned([data], [int(counts.sum())])
        else:
            blocks = self._blocks(packed, start, stop)
            sizes = np.add.reduceat(counts, np.arange(0, len(counts), packed.stride))
            if rows is not None:
                wanted = distinct(rows // packed.stride)
                inside = (wanted[:, None] * packed.stride + np.arange(packed.stride)).ravel()
                inside = inside[: np.searchsorted(inside, len(counts))]
                blocks, sizes = [blocks[b] for b in wanted.tolist()], sizes[wanted]
                rows, counts = np.searchsorted(inside, rows), counts[inside]
            steps = postings.unplaned(list(map(postings.unblock, blocks)), sizes.tolist())
        if rows is None or len(rows) == len(counts):
            return steps
        chosen = np.zeros(len(counts), bool)
        chosen[rows] = True
        own: Ints = steps[np.repeat(chosen, counts)]
        return own

    def _blocks(self, packed: Packed, start: int, stop: int) -> list[memoryview]:
        edges = [*(start + mark for mark in packed.marks()), stop]
        whole = memoryview(self.pages.read("positions", start, stop))
        return [whole[a - start : b - start] for a, b in pairwise(edges)]

    def _occurrences(self, entry: int, letters: Ints) -> tuple[Ints, Ints]:
        """Counts and differences of an entry in some of its letters, given in order."""
        ids, counts, packed = self._list(entry)
        if len(letters) == len(ids):
            return counts, self._steps(entry, packed, counts)
        sought = np.zeros(self.size, bool)
        sought[letters] = True
        rows = np.flatnonzero(sought[ids])
        return counts[rows], self._steps(entry, packed, counts, rows)

    @_guarded
    def positions(self, entry: int, letters: Ints) -> tuple[Ints, Ints]:
        """Counts and positions of an entry in some of its letters, given in order."""
        counts, steps = self._occurrences(entry, letters)
        return counts, postings.placed(steps, counts)

    @_guarded
    def adjacent(self, field: int, terms: tuple[tuple[int, bytes], ...]) -> tuple[Ints, Ints] | None:
        """The letters in which terms stand at their distances, and how often; `None` if there are none.

        Where the last term would stand, with the letter, must agree for all.
        """
        found = [(distance, self.entries(term).get(field)) for distance, term in terms]
        entries = [(distance, entry) for distance, entry in found if entry is not None]
        if len(entries) < len(terms):
            return None
        lists = {entry: self._list(entry)[0] for _, entry in entries}
        letters: Ints | None = None
        for ids in sorted(lists.values(), key=len):
            letters = ids if letters is None else shared(letters, ids, self.size)
        if letters is None or not len(letters):
            return None
        # `places` are where the last term would stand in `letters`, `counts` times in each
        (distance, entry), *others = sorted(entries, key=lambda e: len(lists[e[1]]))
        counts, steps = self._occurrences(entry, letters)
        places = postings.placed(steps, counts)
        places += terms[-1][0] - distance
        for distance, entry in others:
            often, steps = self._occurrences(entry, letters)
            shift = terms[-1][0] - distance
            # Letters lie one after the other on a strip, each as far as any of the two reaches
            lasts = np.add.reduceat(steps, np.cumsum(often) - often)
            lasts += shift
            ends = np.cumsum(np.maximum(lasts, places[np.cumsum(counts) - 1]) + 1)
            bases = np.concatenate((np.zeros(1, np.int64), ends[:-1]))
            here = postings.placed(steps, often, bases + shift)
            agreed = on_strip(places + np.repeat(bases, counts), here, int(ends[-1]))
            owners = np.repeat(np.arange(len(letters)), counts)[agreed]
            if not len(owners):
                return None
            places = places[agreed]
            starts = np.flatnonzero(np.diff(owners, prepend=-1))
            letters, counts = letters[owners[starts]], np.diff(starts, append=len(owners))
        return letters, counts

    @_guarded
    def together(self, entries: Ints) -> tuple[Ints, Ints]:
        """The letters and counts of several entries, one after the other; a letter may come more than once."""
        if not len(entries):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        sizes, starts = self._sizes[entries].astype(np.int64), self._starts[entries].astype(np.int64)
        short = sizes > 0
        ids, counts = [], []
        if short.any():
            first, last = int(starts[short].min()), int((starts + sizes)[short].max())
            if last - first <= 8 * int(sizes.sum()):
                take = np.repeat(starts[short] - first - (np.cumsum(sizes[short]) - sizes[short]), sizes[short])
                take += np.arange(len(take))
                ids.append(self._some("short.ids", first, last)[take])
                counts.append(self._some("short.counts", first, last)[take])
                entries = entries[~short]
        for entry in entries.tolist():
            some, often, _ = self._list(entry)
            ids.append(some)
            counts.append(often)
        return np.concatenate(ids), np.concatenate(counts)

    # --- letters ---

    @_guarded
    def row(self, column: str, letter: int) -> bytes:
        """What a column holds of a letter."""
        ends = self._row_ends.get(column)
        if ends is None:  # a memory view gives Python's own numbers
            ends = self._row_ends[column] = self.ends(column).data
        if not 0 <= letter < len(ends):
            raise ValueError("a letter that is not there")
        return self.pages.read(column, ends[letter - 1] if letter else 0, ends[letter])

    @_guarded
    def ends(self, column: str) -> NDArray[Any]:
        """Where the row of each letter ends in a column."""
        return self._numbers(f"{column}.ends")

    @_guarded
    def rows(self, column: str) -> list[bytes]:
        """A column."""
        return columns.slices(self.pages.view(column), self.ends(column))

    @_guarded
    def key(self, letter: int) -> str:
        """The key of a letter."""
        return columns.unpack_key(self.row("key", letter))

    @_guarded
    def text(self, letter: int) -> str:
        """The text of a letter."""
        row = self.row("text", letter)
        group = bisect_right(self.presets[1], letter) - 1
        return columns.unpack(row, self.presets[0][group], limit=_MAX_TEXT).decode()

    @cached_property
    def presets(self) -> tuple[list[memoryview], list[int]]:
        """What the compressor of texts was told beforehand, and the first letter that each is for."""
        ends = [0, *self._numbers("text.presets.ends").tolist()]
        return [self.pages.view("text.presets", a, b) for a, b in pairwise(ends)], self._numbers(
            "text.presets.firsts"
        ).tolist()

    @_guarded
    def card(self, letter: int) -> schema.Card:
        """What a list shows of a letter."""
        return msgspec.msgpack.decode(self.row("card", letter), type=schema.Card)

    @_guarded
    def beginnings(self) -> NDArray[np.uint64]:
        """The beginning of each letter's key (see `columns.beginning`)."""
        return self.pages.array("keys.beginnings", "<u8")

    @_guarded
    def facet(self, field: str) -> tuple[NDArray[Any], columns.Combinations]:
        """For each letter the number of its combination of values, and what the numbers mean."""
        known = msgspec.msgpack.decode(self.pages.view(f"facet:{field}.values"), type=columns.Combinations)
        return self._numbers(f"facet:{field}"), known

    @_guarded
    def days(self, field: str) -> NDArray[np.int32]:
        """Letter, first and last day of each period of a field."""
        return self.pages.array(f"days:{field}", "<i4").reshape(-1, 3)

    @_guarded
    def lengths(self, field: str) -> NDArray[Any]:
        """Words of a field in each letter."""
        name = f"length:{field}"
        return self._numbers(name) if name in self.pages else np.zeros(self.size, np.uint8)

    # --- merging ---

    @_guarded
    def reach(self) -> Ints:
        """The postings up to and with each term."""
        if not self._loaded:
            self._load()
        sizes = self._sizes.astype(np.int64)
        long = np.flatnonzero(sizes == 0)
        sizes[long] = np.frombuffer(self.pages.view("long"), "<u4")[self._starts[long]]
        ends = np.zeros(len(sizes) + 1, np.int64)
        np.cumsum(sizes, out=ends[1:])
        return ends[self._first_entries[1:]]

    @_guarded
    def term(self, number: int) -> bytes:
        """A term."""
        return self._term(number)

    @_guarded
    def find(self, term: bytes) -> int:
        """The number of the first term that is not before another."""
        return self._find(term)

    @_guarded
    def part(self, first: int, last: int) -> build.Part:
        """The terms from one number up to another, as they were handed to `build.write`."""
        if not self._loaded:
            self._load()
        a, b = self._entries[first], self._entries[last]
        sizes = self._sizes[a:b].astype(np.uint32)
        begins = self._sizes[:a].sum(dtype=np.int64)
        short_starts = begins + np.cumsum(sizes, dtype=np.int64) - sizes
        position_sizes = np.diff(self._places[a : b + 1]).astype(np.uint32)
        short_ids, short_counts = self._numbers("short.ids"), self._numbers("short.counts")
        lists, whole = self.pages.view("long"), self.pages.view("positions")
        ids, counts, at = [], [], int(begins)
        pieces: list[bytes | memoryview] = []
        done = int(self._places[a])
        for n in np.flatnonzero(sizes == 0).tolist():
            start = 4 * int(self._starts[a + n])
            packed = Packed(lists[start : start + Packed.length(lists[start : start + Packed.HEAD])])
            some, often = packed.decode()
            before = int(short_starts[n])
            ids += [short_ids[at:before], some]
            counts += [short_counts[at:before], often]
            at = before
            sizes[n] = len(some)
            if position_sizes[n]:
                place, stop = self._span(a + n)
                found = postings.step_bytes(self._steps(a + n, packed, often))[0].tobytes()
                pieces += [whole[done:place], found]
                done = stop
                position_sizes[n] = len(found)
        stop = int(begins + self._sizes[a:b].sum(dtype=np.int64))
        pieces.append(whole[done : int(self._places[b])])
        owned = np.diff(self._first_entries[first : last + 1])
        return build.Part(
            [self._term(n) for n in range(first, last)], np.repeat(np.arange(last - first, dtype=np.uint32), owned),
            self._entry_fields[a:b], sizes, np.concatenate([*ids, short_ids[at:stop]]).astype(np.uint32),
            np.concatenate([*counts, short_counts[at:stop]]).astype(np.uint32), b"".join(pieces), position_sizes,
        )  # fmt: skip


def signature(word: str) -> tuple[int, int]:
    """A bit for each character of a word (32 bits for all characters), and its length: see `Segment.like`."""
    marks = 0
    for character in word:
        marks |= 1 << (character.encode()[0] & 31)
    return marks, len(word)
