"""Letters gathered in memory and turned into a segment: tokens become numbers, and one sort of integers inverts them.

No Python object is made for a token. A run of characters is analysed once in a process, however often it comes; from
then on it is a number, and the stream of a field is an array of such numbers. `build` writes what comes out; what does
not fit into memory is inverted and laid aside until then.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from itudocs.fields import FIELDS
from itudocs.search.embedded import analysis, build, columns, postings, schema
from itudocs.search.embedded.columns import Letters
from itudocs.search.embedded.pages import narrow
from itudocs.search.engine import Entry

MAX_RUNS = 200_000
"""Runs remembered before all are forgotten."""
TOKEN_SIZE = 40
"""Bytes that a token takes, at most, while a batch is inverted."""
_TERM_BITS = 24
_GAP = 0
"""The run that stands between two values of a field."""
_BUCKETS = (*analysis.STEMMED, schema.OTHER)
_SPACED = {c: " " for c in range(128) if not (chr(c).isalnum() or chr(c) in "-/.@&'_")}
"""Makes spaces of all ASCII that stands in no run: splitting at spaces takes a quarter of the time of looking for runs."""


class Vocabulary:
    """Numbers for runs and terms, as one process has met them."""

    def __init__(self) -> None:
        self.terms: dict[str, int] = {}
        self.names: list[str] = []
        self.widths = array("I", [analysis.GAP])
        # Of the terms of run r: those from `exact_ends[r - 1]` to `exact_ends[r]`, each with its offset; stems likewise.
        self.exact_ends, self.exact_terms, self.exact_offsets = array("q", [0]), array("I"), array("I")
        self.stem_ends, self.stem_terms = array("q", [0]), array("I")
        self._runs: dict[str | None, _Runs] = {}

    def number(self, term: str) -> int:
        """The number of a term."""
        found = self.terms.get(term)
        if found is None:
            found = self.terms[term] = len(self.names)
            self.names.append(term)
        return found

    def runs(self, language: str | None) -> _Runs:
        """The numbers of runs in a language."""
        found = self._runs.get(language)
        if found is None:
            found = self._runs[language] = _Runs(self, language)
        return found

    def full(self) -> bool:
        """Whether it is time to begin with another."""
        return len(self.widths) > MAX_RUNS or len(self.names) > 1 << (_TERM_BITS - 1)


class _Runs(dict[str, int]):
    """Runs, and whatever else stands between spaces: a word with its full stop has a number of its own."""

    def __init__(self, vocabulary: Vocabulary, language: str | None) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._language = language

    def __missing__(self, run: str) -> int:
        known = self._vocabulary
        if run.isascii():
            bare = run.strip("-/.@&'_").lower()
            if bare != run:  # a word is the same in capitals and with a full stop
                number = self[run] = self[bare]
                return number
            if run.isalpha():  # as `analysis.analyse` has it, in a third of the time
                term = run[: analysis.MAX_TERM]
                known.exact_terms.append(known.number(term))
                known.exact_offsets.append(0)
                known.stem_terms.append(known.number(analysis.stem(term, self._language) if self._language else term))
                return self._added(run, 1)
        width = 0
        for one in analysis.RUN.findall(run):
            own, pieces = analysis.analyse(one, self._language)
            for piece in pieces:
                known.exact_terms.append(known.number(piece.term))
                known.exact_offsets.append(width + piece.offset)
                if piece.role in ("word", "glued"):
                    known.stem_terms.append(known.number(piece.stem or piece.term))
            width += own
        return self._added(run, width)

    def _added(self, run: str, width: int) -> int:
        known = self._vocabulary
        number = self[run] = len(known.widths)
        known.widths.append(width)
        known.exact_ends.append(len(known.exact_terms))
        known.stem_ends.append(len(known.stem_terms))
        return number


class _Stream:
    """The runs of one field, letter by letter."""

    def __init__(self) -> None:
        self.runs, self.letters, self.sizes = array("I"), array("I"), array("I")


class _Tokens(NamedTuple):
    """Terms with the letter and, unless they are stems, the position of each."""

    codes: NDArray[np.uint64]
    letters: NDArray[np.uint32]
    positions: NDArray[np.uint32] | None


class Batch:
    """Letters on their way into one segment. What would take too much memory is laid aside in nameless files of `folder`."""

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.letters = Letters(folder)
        self.tokens = 0
        """Of letters that are not laid aside."""
        self.dropped: set[int] = set()
        """Letters that a later one with the same key has replaced."""
        self._folder = folder
        self._rows: dict[str, int] = {}
        self._numbers = {name: i for i, name in enumerate(schema.indexed())}
        self._runs: list[build.Run] = []
        self._begin()

    def _begin(self) -> None:
        self._base = len(self.letters)
        self._streams: dict[str, _Stream] = {}
        self._buckets = array("B")
        self._listed = (array("Q"), array("I"))
        self.tokens = 0

    def close(self) -> None:
        """Release the files."""
        self.letters.close()
        for run in self._runs:
            run.close()

    def add(self, entry: Entry) -> None:
        """One more letter."""
        record, number = entry.record, len(self.letters)
        letter = number - self._base
        language = record.language if record.language in analysis.STEMMED else None
        kept = self.letters
        if record.key in self._rows:
            self.dropped.add(self._rows[record.key])
        self._rows[record.key] = number
        self._buckets.append(_BUCKETS.index(schema.bucket(language)))
        kept.keys.add(columns.pack_key(record.key))
        kept.beginnings.append(columns.beginning(record.key))
        kept.cards.add(schema.card(record))
        kept.orders.add(schema.order(record.ref).encode())
        kept.texts.add(entry.text.encode())
        self._analyse(schema.TEXT, letter, (entry.text,), language)
        self._list(schema.REFERENCES, letter, map(analysis.parts, record.refs))
        for field in FIELDS:
            if field.kind in schema.DAYS:
                for first, last in schema.periods(field, record):
                    kept.days[field.name].extend((number, first, last))
                continue
            values = [v for v in dict.fromkeys(field.values(record)) if v and isinstance(v, str)]  # as `of` has them
            if field.facet:
                joined = schema.SEPARATOR.join(v.replace(schema.SEPARATOR, " ") for v in values)
                kept.facets[field.name].add(joined.encode())
            if not values:
                continue
            if field.kind == "keyword":
                self._list(field.name, letter, map(analysis.keyword, values))
            else:
                self._analyse(field.name, letter, values, language if field.kind == "text" else None)

    def _list(self, field: str, letter: int, values: Iterable[str]) -> None:
        for value in dict.fromkeys(filter(None, values)):
            self._listed[0].append(self.vocabulary.number(value) << 8 | self._numbers[field])
            self._listed[1].append(letter)

    def _analyse(self, field: str, letter: int, values: Iterable[str], language: str | None) -> None:
        stream = self._streams.get(field)
        if stream is None:
            stream = self._streams[field] = _Stream()
        runs = self.vocabulary.runs(language)
        before = len(stream.runs)
        for i, value in enumerate(values):
            if i:
                stream.runs.append(_GAP)
            found = value.translate(_SPACED).split() if value.isascii() else analysis.RUN.findall(value)
            stream.runs.fromlist(list(map(runs.__getitem__, found)))
        stream.letters.append(letter)
        stream.sizes.append(len(stream.runs) - before)
        self.tokens += stream.sizes[-1]

    def lay_aside(self) -> None:
        """Invert the letters that are in memory and put their terms into a file."""
        base = self._base
        self._runs.append(build.Run(self._folder, self._part(), base))
        if self.vocabulary.full():
            self.vocabulary = Vocabulary()
        self._begin()

    def write(self, path: Path) -> int:
        """Write the segment. Returns the checksum of the file's directory; the batch is of no use afterwards."""
        if self._runs:
            self.lay_aside()
            return build.write(path, self.letters, self._runs)
        return build.write(path, self.letters, [build.Whole(self._part())])

    def _part(self) -> build.Part:
        lengths = {field: np.zeros(len(self.letters) - self._base, np.int64) for field in schema.POSITIONED}
        parts = [_inverted(self._tokens_listed())]
        for field, stream in self._streams.items():
            parts += self._invert(field, stream, lengths)
        for field, own in lengths.items():
            self.letters.lengths[field].append(narrow(own)[1])
        self._streams.clear()
        names = self.vocabulary.names
        return build.combine([_named(part, names) for part in parts if len(part.sizes)])

    def _tokens_listed(self) -> _Tokens:
        return _Tokens(np.asarray(self._listed[0], np.uint64), np.asarray(self._listed[1], np.uint32), None)

    def _invert(self, field: str, stream: _Stream, lengths: dict[str, NDArray[np.int64]]) -> Iterable[_Inverted]:
        known = self.vocabulary
        runs = np.asarray(stream.runs, np.uint32)
        sizes = np.asarray(stream.sizes, np.uint32)
        owners = np.repeat(np.asarray(stream.letters, np.uint32), sizes)
        places = self._places(lengths[field], runs, sizes, owners)
        items, sources = self._expanded(runs, known.exact_ends)
        terms = np.asarray(known.exact_terms, np.uint32)[items]
        places = places if sources is None else places[sources]
        places += np.asarray(known.exact_offsets, np.uint32)[items]
        del items
        letters = owners if sources is None else owners[sources]
        del sources
        yield _inverted(_Tokens(_codes(terms, self._numbers[field]), letters, places))
        del places
        if field in schema.STEMMED_FIELDS:
            items, sources = self._expanded(runs, known.stem_ends)
            terms = np.asarray(known.stem_terms, np.uint32)[items]
            letters = owners if sources is None else owners[sources]
            del items, sources, owners
            numbers = np.asarray([self._numbers[schema.stems(field, bucket)] for bucket in _BUCKETS], np.uint8)
            buckets = np.asarray(self._buckets, np.uint8)
            spoken = numbers[buckets[letters]] if len(set(self._buckets)) > 1 else int(numbers[buckets[0]])
            yield _inverted(_Tokens(_codes(terms, spoken), letters, None))

    def _places(
        self,
        lengths: NDArray[np.int64],
        runs: NDArray[np.uint32],
        sizes: NDArray[np.uint32],
        owners: NDArray[np.uint32],
    ) -> NDArray[np.uint32]:
        """The position of each run in its letter; the lengths of the field are added up on the way."""
        widths = np.asarray(self.vocabulary.widths, np.uint32)[runs]
        places = np.cumsum(widths, dtype=np.uint32)  # differences come out right even where sums overflow
        places -= widths
        ends = np.cumsum(sizes, dtype=np.int64)
        begun = sizes > 0
        bases = np.zeros(len(sizes), np.uint32)
        bases[begun] = places[(ends - sizes)[begun]]
        places -= np.repeat(bases, sizes)
        widths[runs == _GAP] = 0
        counted = (
            np.add.reduceat(widths, (ends - sizes)[begun], dtype=np.int64) if begun.any() else np.zeros(0, np.int64)
        )
        lengths[owners[(ends - sizes)[begun]]] += counted
        return places

    def _expanded(
        self, runs: NDArray[np.uint32], ends: array[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        """The terms of runs: numbers of `exact_terms` or `stem_terms`, and the run of each (`None`: one a run)."""
        bounds = np.asarray(ends, np.int64)
        firsts = np.zeros(len(bounds), np.int64)
        firsts[1:] = bounds[:-1]
        each = bounds - firsts
        small = len(each) and int(each.max()) < 256
        counts: NDArray[np.int64] = (each.astype(np.uint8) if small else each)[runs]  # type: ignore[assignment]  # or narrow
        if len(counts) and int(counts.max()) == int(counts.min()) == 1:
            return firsts[runs], None
        sources = np.repeat(np.arange(len(runs), dtype=np.int64), counts)
        items = np.repeat(firsts[runs] - (np.cumsum(counts, dtype=np.int64) - counts), counts)
        items += np.arange(len(sources))
        return items, sources


class _Inverted(NamedTuple):
    """As a `build.Part`, with the numbers of terms in the vocabulary instead of terms."""

    entries: NDArray[np.uint32]
    sizes: NDArray[np.uint32]
    ids: NDArray[np.uint32]
    counts: NDArray[np.uint32]
    positions: bytes
    position_sizes: NDArray[np.uint32]


def _codes(terms: NDArray[np.uint32], field: int | NDArray[np.uint8]) -> NDArray[np.uint64]:
    codes = terms.astype(np.uint64)
    codes <<= np.uint64(8)
    codes |= np.uint64(field) if isinstance(field, int) else field
    return codes


def _inverted(tokens: _Tokens) -> _Inverted:
    """Tokens, which come in the order of their letters and positions, in the order of their terms."""
    low = np.uint64((1 << 32) - 1)
    key = tokens.codes
    key <<= np.uint64(32)
    key |= tokens.letters if tokens.positions is None else np.arange(len(key), dtype=np.uint64)
    key.sort()
    entries = (key >> np.uint64(32)).astype(np.uint32)
    if tokens.positions is None:
        letters, places = (key & low).astype(np.uint32), None
    else:
        key &= low
        order = key.view(np.int64)
        letters, places = tokens.letters[order], tokens.positions[order]
    key = order = None  # type: ignore[assignment]  # neither is small
    first = np.ones(len(entries), bool)
    first[1:] = entries[1:] != entries[:-1]
    new = first.copy()
    new[1:] |= letters[1:] != letters[:-1]
    starts = np.flatnonzero(new)
    counts = np.diff(starts, append=len(entries)).astype(np.uint32)
    entry_starts = np.flatnonzero(first[starts])
    sizes = np.diff(entry_starts, append=len(starts)).astype(np.uint32)
    found = entries[starts[entry_starts]]
    if places is None:
        return _Inverted(found, sizes, letters[starts], counts, b"", np.zeros(len(found), np.uint32))
    steps = places.copy()
    steps[1:] -= places[:-1]
    steps[starts] = places[starts]
    data, widths = postings.step_bytes(steps)
    token_starts = starts[entry_starts]
    position_sizes = np.add.reduceat(widths, token_starts, dtype=np.uint32) if len(found) else np.zeros(0, np.uint32)
    return _Inverted(found, sizes, letters[starts], counts, data.tobytes(), position_sizes)


def _named(part: _Inverted, names: list[str]) -> build.Part:
    """The entries in the order of the terms themselves."""
    numbers = part.entries >> np.uint32(8)
    used, places = np.unique(numbers, return_inverse=True)
    terms = [names[n].encode() for n in used.tolist()]
    return build.Part(
        terms, places.astype(np.uint32), (part.entries & np.uint32(255)).astype(np.uint8), part.sizes, part.ids,
        part.counts, part.positions, part.position_sizes,
    )  # fmt: skip


def tokens_within(memory: float) -> int:
    """How many tokens may be gathered in so many megabytes."""
    return max(1, int(memory * (1 << 20) / TOKEN_SIZE))
