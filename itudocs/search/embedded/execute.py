"""Carrying out a plan: which letters match, and how well, on arrays over all letters.

Ranking is BM25F: the occurrences of a word in all fields are weighted, each by its field's weight and length, and
added up before they saturate, so that a word in the subject counts for more but not twice. Nothing depends on how the
index came about: deleted letters and the division into segments change no score.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from itudocs.errors import QueryError
from itudocs.fields import BY_NAME
from itudocs.search import query as q
from itudocs.search.embedded import plan as p
from itudocs.search.embedded import schema
from itudocs.search.embedded.snapshot import Floats, Ints, Lexicon, Mask, Snapshot

K1 = 1.2
B = 0.75
MAX_EXPANSION = 1_000
"""Terms that one wildcard, prefix or fuzzy word may stand for."""
_SUGGESTED_FROM = 5_000
"""Values of a field among which a mistyped one is looked for."""


class Marks(NamedTuple):
    """What to highlight: exact terms and tagged stems, and sequences with their slop."""

    terms: set[str]
    sequences: list[tuple[tuple[tuple[int, str], ...], int]]


class Found(NamedTuple):
    """The letters that match and the score of each letter."""

    letters: Mask
    scores: Floats


class Executor:
    """Carries out one plan on a snapshot; afterwards holds what to highlight and what to tell the searcher."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.marks = Marks(set(), [])
        self.notices: list[str] = []
        self._negated = 0

    def run(self, plan: p.Plan) -> Found:
        """The letters of a plan.

        Raises:
            QueryError: a wildcard or fuzzy word stands for more terms than its budget.
            ArchiveDamaged: bytes of the index are not those that were written.
        """
        letters, scores = self._run(plan.step)
        if plan.reference:
            bearing = self.snapshot.postings(schema.REFERENCES, plan.reference).ids
            bearing = bearing[letters[bearing]]
            if len(bearing):
                scores = scores.copy()
                scores[bearing] += scores[letters].max() + 1.0
        return Found(letters, scores)

    def _run(self, step: p.Step) -> Found:
        if isinstance(step, p.Both):
            found = [self._run(s) for s in step.steps]
            letters = np.logical_and.reduce([f.letters for f in found])
            return Found(letters, sum_of(f.scores for f in found) * letters)
        if isinstance(step, p.Either):
            found = [self._run(s) for s in step.steps]
            return Found(np.logical_or.reduce([f.letters for f in found]), sum_of(f.scores for f in found))
        if isinstance(step, p.Except):
            self._negated += 1
            letters = self.snapshot.live & ~self._run(step.step).letters
            self._negated -= 1
            return Found(letters, np.zeros(self.snapshot.size))
        if isinstance(step, p.Lookup):
            result = self._look_up(step)
            if not result.letters.any():
                self._tell(step)
            return result
        return Found(self.snapshot.live.copy(), np.zeros(self.snapshot.size))

    def _look_up(self, step: p.Lookup) -> Found:
        if isinstance(step, p.Words):
            self._mark(step)
            return self._rank({f: tf for f in step.fields if (tf := self._words(f, step)) is not None})
        if isinstance(step, p.Sequence):
            return self._sequence(step)
        if isinstance(step, p.Expansion):
            return self._expansion(step)
        letters = np.zeros(self.snapshot.size, bool)
        if isinstance(step, p.Whole):
            letters[self.snapshot.postings(step.field, step.value).ids] = True
        elif isinstance(step, p.Years):
            for year in self.snapshot.lexicon(step.field, ""):
                if year.isdigit() and step.first <= int(year) <= step.last:
                    letters[self.snapshot.postings(step.field, year).ids] = True
        elif isinstance(step, p.Days):
            periods = self.snapshot.periods(step.field)
            touching = (periods.first <= step.last) & (periods.last >= step.first)
            letters[periods.letters[touching]] = True
            letters &= self.snapshot.live
        return Found(letters, np.zeros(self.snapshot.size))

    # --- words and sequences ---

    def _words(self, field: str, step: p.Words) -> Floats | None:
        """Occurrences of a word, by stem or exactly, in a field of each letter."""
        found: Floats | None = None
        stems = step.stems if field in schema.STEMMED_FIELDS else ()
        for language, stem, own in stems:
            found = self._add(found, schema.stems(field), f"{language}:{stem}")
            if own:
                found = self._add(found, field, stem, only=language)
        return self._add(found, field, step.term, but=tuple(s[0] for s in stems))

    def _add(
        self, found: Floats | None, field: str, term: str, *, only: str = "", but: tuple[str, ...] = ()
    ) -> Floats | None:
        ids, counts, _ = self.snapshot.postings(field, term)
        if not len(ids):
            return found
        if only or but:
            keep = self.snapshot.speaking(only)[ids] if only else np.ones(len(ids), bool)
            for language in but:
                keep &= ~self.snapshot.speaking(language)[ids]
            ids, counts = ids[keep], counts[keep]
        if found is None:
            found = np.zeros(self.snapshot.size)
        found[ids] += counts
        return found

    def _sequence(self, step: p.Sequence) -> Found:
        occurrences: dict[str, Floats] = {}
        for field in step.fields:
            found = self._near(field, step) if step.slop else self._adjacent(field, step.terms)
            if step.glued is not None:
                glued = self._words(field, step.glued)
                found = glued if found is None else found if glued is None else np.maximum(found, glued)
            if found is not None:
                occurrences[field] = found
        if not self._negated:
            self.marks.sequences.append((step.terms, step.slop))
            if step.glued is not None:
                self._mark(step.glued)
        return self._rank(occurrences)

    def _adjacent(self, field: str, terms: tuple[tuple[int, str], ...]) -> Floats | None:
        """How often the terms stand at their distances: positions less distance, with the letter, must all agree."""
        if any(not len(self.snapshot.postings(field, term).ids) for _, term in terms):
            return None
        places: Ints | None = None
        for distance, term in sorted(terms, key=lambda t: len(self.snapshot.postings(field, t[1]).ids)):
            ids, counts, positions = self.snapshot.postings(field, term, positions=True)
            here = (np.repeat(ids, counts) << 32) + (_some(positions) - distance)
            places = here if places is None else np.intersect1d(places, here, assume_unique=True)
            if not len(places):
                return None
        found = np.zeros(self.snapshot.size)
        np.add.at(found, _some(places) >> 32, 1.0)
        return found

    def _near(self, field: str, step: p.Sequence) -> Floats | None:
        """How often all terms meet, in any order, with no more than `slop` other words among them."""
        terms = [term for _, term in step.terms]
        lists = {term: self.snapshot.postings(field, term, positions=True) for term in terms}
        common: Ints | None = None
        for ids, _, _ in lists.values():
            common = ids if common is None else np.intersect1d(common, ids, assume_unique=True)
        if common is None or not len(common):
            return None
        found = np.zeros(self.snapshot.size)
        ends = {term: np.cumsum(counts) for term, (_, counts, _) in lists.items()}
        for letter in common.tolist():
            events = []
            for term, (ids, counts, positions) in lists.items():
                row = int(np.searchsorted(ids, letter))
                stop = int(ends[term][row])
                events += [(place, term) for place in _some(positions)[stop - int(counts[row]) : stop].tolist()]
            found[letter] = len(windows(sorted(events), terms, step.terms[-1][0] + step.slop))
        return found if found.any() else None

    def _mark(self, step: p.Words) -> None:
        if not self._negated:
            self.marks.terms.add(step.term)
            for language, stem, own in step.stems:
                self.marks.terms.add(f"{language}:{stem}")
                if own:
                    self.marks.terms.add(stem)

    # --- expansions ---

    def _expansion(self, step: p.Expansion) -> Found:
        expanded: dict[str, list[str]] = {field: self._expand(field, step) for field in step.fields}
        distinct = {term for terms in expanded.values() for term in terms}
        if len(distinct) > MAX_EXPANSION:
            raise QueryError(
                f"{q.to_text(q.Query(text='', root=step.leaf))} stands for {len(distinct):,} different words, "
                f"more than the {MAX_EXPANSION:,} that are looked up",
                position=step.leaf.position,
                hint="write more letters of the word",
            )
        if not self._negated:
            self.marks.terms.update(distinct)
        occurrences = {}
        for field, terms in expanded.items():
            found: Floats | None = None
            for term in terms:
                found = self._add(found, field, term)
            if found is not None:
                occurrences[field] = found
        ranked = self._rank(occurrences)
        words = step.leaf.field is None or BY_NAME[step.leaf.field].kind in schema.ANALYSED
        return ranked if words else Found(ranked.letters, np.zeros(self.snapshot.size))

    def _expand(self, field: str, step: p.Expansion) -> list[str]:
        if step.how == "prefix":
            return self.snapshot.lexicon(field, step.text)
        if step.how == "wildcard":
            literal = re.match(r"[^*?]*", step.text)
            # `translate` writes a pattern that never backtracks from one star into another
            shape = re.compile(fnmatch.translate(step.text.replace("[", "[[]")))
            return [t for t in self.snapshot.lexicon(field, literal[0] if literal else "") if shape.fullmatch(t)]
        return nearly(self.snapshot.whole_lexicon(field), step.text, step.distance)

    # --- scores ---

    def _rank(self, occurrences: dict[str, Floats]) -> Found:
        """BM25F over the fields, the letters counted once however many fields they have the word in."""
        size = self.snapshot.size
        if not occurrences:
            return Found(np.zeros(size, bool), np.zeros(size))
        total = np.zeros(size)
        for field, counts in occurrences.items():
            lengths, mean = self.snapshot.lengths(field)
            total += schema.WEIGHTS.get(field, 1.0) * counts / (1 - B + B * lengths / mean)
        letters = total > 0
        having = int(letters.sum())
        rarity = np.log(1 + (self.snapshot.count - having + 0.5) / (having + 0.5))
        return Found(letters, rarity * total * (K1 + 1) / (K1 + total))

    def _tell(self, step: p.Lookup) -> None:
        """A notice that a part of the query matches nothing, with what may have been meant."""
        if self._negated or step.leaf.implied:
            return
        said = q.to_text(q.Query(text="", root=step.leaf))
        meant = ""
        if isinstance(step, p.Whole):
            values = self.snapshot.lexicon(step.field, "")
            close = difflib.get_close_matches(step.value, values, n=1) if len(values) <= _SUGGESTED_FROM else []
            meant = f"; did you mean {step.leaf.field}:{close[0]}?" if close else ""
        self.notices.append(f"no letter matches {said}{meant}")


def sum_of(arrays: Iterable[Floats]) -> Floats:
    """The sum of arrays, element by element."""
    total: Floats = np.sum(list(arrays), axis=0)
    return total


def _some(values: Ints | None) -> Ints:
    if values is None:
        raise ValueError("positions were not read")
    return values


def windows(events: list[tuple[int, str]], terms: list[str], width: int) -> list[tuple[int, int]]:
    """Stretches of positions, not overlapping, that hold all terms (as often as given) and span at most `width`.

    `events` are the positions of these terms and no others, sorted.
    """
    wanted = {term: terms.count(term) for term in terms}
    found = []
    held: dict[str, int] = dict.fromkeys(wanted, 0)
    first = 0
    for last, (place, term) in enumerate(events):
        held[term] += 1
        while held[events[first][1]] > wanted[events[first][1]]:
            held[events[first][1]] -= 1
            first += 1
        if all(held[t] >= n for t, n in wanted.items()):
            if place - events[first][0] <= width:
                found.append((events[first][0], place))
                held = dict.fromkeys(wanted, 0)
                first = last + 1
            else:
                held[events[first][1]] -= 1
                first += 1
    return found


def nearly(lexicon: Lexicon, word: str, distance: int) -> list[str]:
    """The terms that at most `distance` insertions, deletions, changes or swaps of neighbours turn `word` into.

    All terms of one length are compared at once, column by column of the usual table (optimal string alignment).
    """
    target = np.frombuffer(word.encode("utf-32-le"), np.uint32)
    found = []
    for length in range(max(1, len(word) - distance), len(word) + distance + 1):
        if length not in lexicon.by_length:
            continue
        numbers, letters = lexicon.by_length[length]
        rows = [np.full(len(numbers), i, np.int64) for i in range(length + 1)]
        before: list[Ints] = []
        for j in range(1, len(target) + 1):
            column = [np.full(len(numbers), j, np.int64)]
            for i in range(1, length + 1):
                same = letters[:, i - 1] == target[j - 1]
                cost = np.minimum(np.minimum(column[i - 1], rows[i]) + 1, rows[i - 1] + ~same)
                if i > 1 and j > 1:
                    swapped = (letters[:, i - 1] == target[j - 2]) & (letters[:, i - 2] == target[j - 1])
                    cost = np.where(swapped, np.minimum(cost, before[i - 2] + 1), cost)
                column.append(cost)
            before, rows = rows, column
        found += [lexicon.terms[n] for n in numbers[rows[length] <= distance].tolist()]
    return sorted(found)
