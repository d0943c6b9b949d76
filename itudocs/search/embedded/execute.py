"""Carrying out a plan: which letters match, and how well, on arrays.

Ranking is BM25F: the occurrences of a word in all fields are weighted, each by its field's weight and length, and
added up before they saturate, so that a word in the subject counts for more but not twice. Nothing depends on how the
index came about: deleted letters and the division into segments change no score.
"""

from __future__ import annotations

import fnmatch
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from itudocs.errors import QueryError
from itudocs.fields import BY_NAME
from itudocs.search import query as q
from itudocs.search.embedded import plan as p
from itudocs.search.embedded import schema
from itudocs.search.embedded.budget import UNBOUNDED, Budget
from itudocs.search.embedded.lists import found_in, member_of, shared, united, within, without
from itudocs.search.embedded.snapshot import Floats, Ints, Snapshot

K1 = 1.2
B = 0.75
MAX_EXPANSION = 1_000
"""Terms that one wildcard, prefix or fuzzy word may stand for."""


class Marks(NamedTuple):
    """What to highlight: exact terms and tagged stems, and sequences with their slop."""

    terms: set[str]
    sequences: list[tuple[tuple[tuple[int, str], ...], int]]


Scores = Callable[[Ints], Floats]
"""Gives the scores of some of the letters that match: only those that are needed are ever computed."""


class Found(NamedTuple):
    """The letters that match, rising, and their scores; no scores means all 0."""

    letters: Ints
    scores: Scores | None

    def at(self, letters: Ints) -> Floats:
        """The scores of some of the letters, given in order."""
        return np.zeros(len(letters)) if self.scores is None else self.scores(letters)


class Occurrences(NamedTuple):
    """How often letters, given in order, have something."""

    letters: Ints
    counts: NDArray[np.integer] | Floats


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
            QueryTimeout: the snapshot's budget is used up.
            ArchiveDamaged: bytes of the index are not those that were written.
        """
        found = self._run(plan.step)
        if plan.reference and len(found.letters):
            bearing = within(found.letters, self.snapshot.postings(schema.REFERENCES, plan.reference).ids)
            if len(bearing):
                return Found(found.letters, _favouring(found, found.letters[bearing]))
        return found

    def matching(self, step: p.Step) -> Ints:
        """The letters of a step, rising. Raises as `run` does."""
        return self._run(step).letters

    def _run(self, step: p.Step) -> Found:
        self.snapshot.budget.check()
        if isinstance(step, p.Both):
            return self._both(step)
        if isinstance(step, p.Either):
            return self._either([self._run(s) for s in step.steps])
        if isinstance(step, p.Except):
            self._negated += 1
            letters = without(self.snapshot.everything, self._run(step.step).letters, self.snapshot.size)
            self._negated -= 1
            return Found(letters, None)
        if isinstance(step, p.Lookup):
            result = self._look_up(step)
            if not len(result.letters):
                self._tell(step)
            return result
        return Found(self.snapshot.everything, None)

    def _both(self, step: p.Both) -> Found:
        found, excluded = [], []
        for part in step.steps:
            if isinstance(part, p.Except):
                self._negated += 1
                excluded.append(self._run(part.step).letters)
                self._negated -= 1
            else:
                found.append(self._run(part))
        letters = self.snapshot.everything
        for part_ in sorted((f.letters for f in found), key=len):
            letters = part_ if letters is self.snapshot.everything else shared(letters, part_, self.snapshot.size)
        for gone in excluded:
            letters = without(letters, gone, self.snapshot.size)
        scored = [f.scores for f in found if f.scores is not None]
        return Found(letters, partial(_sum, scored) if scored else None)

    def _either(self, found: list[Found]) -> Found:
        letters = united([f.letters for f in found], self.snapshot.size)
        scored = [f for f in found if f.scores is not None]
        return Found(letters, partial(_sum_where, scored, self.snapshot.size) if scored else None)

    def _look_up(self, step: p.Lookup) -> Found:
        snapshot = self.snapshot
        if isinstance(step, p.Words):
            self._mark(step)
            return self._rank({f: o for f in step.fields if (o := self._words(f, step)) is not None})
        if isinstance(step, p.Sequence):
            return self._sequence(step)
        if isinstance(step, p.Expansion):
            return self._expansion(step)
        if isinstance(step, p.Whole):
            return Found(snapshot.postings(step.field, step.value).ids, None)
        if isinstance(step, p.Years):
            years = [y for y in snapshot.lexicon(step.field) if y.isdigit() and step.first <= int(y) <= step.last]
            return Found(united([snapshot.postings(step.field, y).ids for y in years], snapshot.size), None)
        if isinstance(step, p.Days):
            periods = snapshot.periods(step.field)
            touched = periods.letters[(periods.first <= step.last) & (periods.last >= step.first)]
            touched = touched if periods.single else np.unique(touched)
            return Found(touched if snapshot.count == snapshot.size else touched[snapshot.live[touched]], None)
        return Found(np.zeros(0, np.int64), None)

    # --- words and sequences ---

    def _words(self, field: str, step: p.Words) -> Occurrences | None:
        """Occurrences of a word, by stem or exactly, in a field of each letter."""
        if not step.stems or field not in schema.STEMMED_FIELDS:
            ids, counts, _ = self.snapshot.postings(field, step.term)
            return Occurrences(ids, counts) if len(ids) else None
        # A letter is in one language: these lists share no letter
        stems = {language: stem for language, stem, _ in step.stems}
        lists = [
            found
            for language in self.snapshot.buckets
            if len((found := self.snapshot.postings(schema.stems(field, language), stems.get(language, step.term))).ids)
        ]
        if len(lists) < 2:
            return Occurrences(lists[0].ids, lists[0].counts) if lists else None
        ids = np.concatenate([f.ids for f in lists])
        order = np.argsort(ids)
        return Occurrences(ids[order], np.concatenate([f.counts for f in lists])[order])

    def _sequence(self, step: p.Sequence) -> Found:
        occurrences: dict[str, Occurrences] = {}
        for field in step.fields:
            found: Occurrences | None
            if step.slop:
                found = self._near(field, step)
            else:
                adjacent = self.snapshot.adjacent(field, step.terms)
                found = Occurrences(*adjacent) if adjacent else None
            if step.glued is not None:
                glued = self._words(field, step.glued)
                found = glued if found is None else found if glued is None else self._larger(found, glued)
            if found is not None:
                occurrences[field] = found
        if not self._negated:
            self.marks.sequences.append((step.terms, step.slop))
            if step.glued is not None:
                self._mark(step.glued)
        return self._rank(occurrences)

    def _larger(self, one: Occurrences, other: Occurrences) -> Occurrences:
        letters = united([one.letters, other.letters], self.snapshot.size)
        counts = np.zeros(len(letters))
        counts[np.searchsorted(letters, one.letters)] = one.counts
        places = np.searchsorted(letters, other.letters)
        counts[places] = np.maximum(counts[places], other.counts)
        return Occurrences(letters, counts)

    def _common(self, field: str, terms: Iterable[str]) -> Ints | None:
        """The letters that have all terms."""
        distinct = dict.fromkeys(terms)
        if not all(self.snapshot.has(field, term) for term in distinct):
            return None
        lists = sorted((self.snapshot.postings(field, term).ids for term in distinct), key=len)
        common = lists[0]
        for ids in lists[1:]:
            common = shared(common, ids, self.snapshot.size)
        return common if len(common) else None

    def _near(self, field: str, step: p.Sequence) -> Occurrences | None:
        """How often all terms meet, in any order, with no more than `slop` other words among them."""
        terms = [term for _, term in step.terms]
        common = self._common(field, terms)
        if common is None:
            return None
        budget = self.snapshot.budget
        places: list[tuple[str, Ints, list[int]]] = []
        for term in dict.fromkeys(terms):
            counts, positions = self.snapshot.positions(field, term, common)
            places.append((term, positions, [0, *np.cumsum(counts).tolist()]))
        width = step.terms[-1][0] + step.slop
        found = np.zeros(len(common), np.int64)
        for n in range(len(common)):
            events: list[tuple[int, str]] = []
            for term, positions, cuts in places:
                budget.spend()
                events += [(place, term) for place in positions[cuts[n] : cuts[n + 1]].tolist()]
            found[n] = len(windows(sorted(events), terms, width, budget=budget))
        return Occurrences(common[found > 0], found[found > 0]) if found.any() else None

    def _mark(self, step: p.Words) -> None:
        if not self._negated:
            self.marks.terms.add(step.term)
            for language, stem, own in step.stems:
                self.marks.terms.add(f"{language}:{stem}")
                if own:
                    self.marks.terms.add(stem)

    # --- expansions ---

    def _expansion(self, step: p.Expansion) -> Found:
        literal = re.match(r"[^*?]*", step.text) if step.how == "wildcard" else None
        if step.how == "fuzzy":
            near = self.snapshot.like(step.text, step.distance)
            terms = nearly(near, step.text, step.distance, budget=self.snapshot.budget)
            numbers = set(self.snapshot.numbers(step.fields))
            terms = {t for t in terms if any(numbers & found.keys() for found in self.snapshot.entries(t))}
            entries = [self._entries_of(terms, step.fields, number) for number in range(self.snapshot.parts)]
        else:
            found = self.snapshot.beginning(step.fields, literal[0] if literal else step.text)
            entries = [some for _, some in found]
            # `translate` writes a pattern that never backtracks from one star into another
            shape = re.compile(fnmatch.translate(step.text.replace("[", "[[]"))) if step.how == "wildcard" else None
            terms = set()
            for names, _ in found:
                for name in names:
                    self.snapshot.budget.spend()
                    term = name.decode()
                    if shape is None or shape.fullmatch(term):
                        terms.add(term)
            if shape is not None and len(terms) <= MAX_EXPANSION:
                entries = [self._entries_of(terms, step.fields, number) for number in range(self.snapshot.parts)]
        if len(terms) > MAX_EXPANSION:
            raise QueryError(
                f"{q.to_text(q.Query(text='', root=step.leaf))} stands for {len(terms):,} different words, "
                f"more than the {MAX_EXPANSION:,} that are looked up",
                position=step.leaf.position,
                hint="write more letters of the word",
            )
        if not self._negated:
            self.marks.terms.update(terms)
        occurrences = {}
        for field in step.fields:
            letters, counts = self.snapshot.together(field, entries)
            if len(letters):
                occurrences[field] = Occurrences(letters, counts)
        ranked = self._rank(occurrences)
        words = step.leaf.field is None or BY_NAME[step.leaf.field].kind in schema.ANALYSED
        return ranked if words else Found(ranked.letters, None)

    def _entries_of(self, terms: Iterable[str], fields: Iterable[str], segment: int) -> Ints:
        numbers = set(self.snapshot.numbers(fields))
        return np.asarray(
            [e for t in sorted(terms) for f, e in self.snapshot.entries(t)[segment].items() if f in numbers], np.int64
        )

    # --- scores ---

    def _rank(self, occurrences: dict[str, Occurrences]) -> Found:
        """BM25F over the fields, the letters counted once however many fields they have the word in."""
        if not occurrences:
            return Found(np.zeros(0, np.int64), None)
        letters = united([o.letters for o in occurrences.values()], self.snapshot.size)
        return Found(letters, partial(self._score, occurrences, len(letters)))

    def _score(self, occurrences: dict[str, Occurrences], having: int, letters: Ints) -> Floats:
        if 8 * len(letters) >= having:  # adding up for all and taking the wanted is quicker than looking each up
            sums = np.zeros(self.snapshot.size)
            for n, (field, (ids, counts)) in enumerate(occurrences.items()):
                weighted = counts / self.snapshot.norm(field, B, schema.WEIGHTS.get(field, 1.0))[ids]
                sums[ids] = sums[ids] + weighted if n else weighted
            total = sums[letters]
        else:
            total = np.zeros(len(letters))
            for field, (ids, counts) in occurrences.items():
                here, places = found_in(letters, ids)
                own = letters[here]
                total[here] += counts[places] / self.snapshot.norm(field, B, schema.WEIGHTS.get(field, 1.0))[own]
        rarity = math.log(1 + (self.snapshot.count - having + 0.5) / (having + 0.5))
        scores: Floats = rarity * (K1 + 1) * (total / (K1 + total))
        return scores

    def _tell(self, step: p.Lookup) -> None:
        """A notice that a part of the query matches nothing."""
        if not self._negated and not step.leaf.implied:
            self.notices.append(f"no letter matches {q.to_text(q.Query(text='', root=step.leaf))}")


def _sum(scored: list[Scores], letters: Ints) -> Floats:
    total = scored[0](letters)
    for scores in scored[1:]:
        total = total + scores(letters)
    return total


def _sum_where(found: list[Found], size: int, letters: Ints) -> Floats:
    if sum(len(f.letters) for f in found) <= 4 * len(letters):
        sums = np.zeros(size)
        for f in found:
            sums[f.letters] += f.at(f.letters)
        wanted: Floats = sums[letters]
        return wanted
    total = np.zeros(len(letters))
    for f in found:
        here = member_of(letters, f.letters)
        total[here] += f.at(letters[here])
    return total


def _favouring(found: Found, bearing: Ints) -> Scores:
    """Scores that put some letters before all others."""
    top = float(found.at(found.letters).max()) + 1.0

    def scores(letters: Ints) -> Floats:
        own = found.at(letters).copy()
        own[within(letters, bearing)] += top
        return own

    return scores


def windows(
    events: list[tuple[int, str]], terms: list[str], width: int, *, budget: Budget = UNBOUNDED
) -> list[tuple[int, int]]:
    """Stretches of positions, not overlapping, that hold all terms (as often as given) and span at most `width`.

    `events` are the positions of these terms and no others, sorted.
    """
    wanted = Counter(terms)
    found = []
    held: dict[str, int] = dict.fromkeys(wanted, 0)
    first = 0
    for last, (place, term) in enumerate(events):
        budget.spend(len(wanted))
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


def nearly(terms: Iterable[str], word: str, distance: int, *, budget: Budget = UNBOUNDED) -> set[str]:
    """The terms that at most `distance` insertions, deletions, changes or swaps of neighbours turn `word` into.

    All terms of one length are compared at once, column by column of the usual table (optimal string alignment).
    """
    target = np.frombuffer(word.encode("utf-32-le"), np.uint32)
    by_length: dict[int, list[str]] = {}
    for term in terms:
        by_length.setdefault(len(term), []).append(term)
    found: set[str] = set()
    for length, some in by_length.items():
        budget.check()
        letters = np.frombuffer("".join(some).encode("utf-32-le"), np.uint32).reshape(len(some), length)
        if distance == 1:
            found.update(some[n] for n in np.flatnonzero(_one_off(letters, target)).tolist())
            continue
        rows = [np.full(len(some), i, np.int16) for i in range(length + 1)]
        before: list[NDArray[np.int16]] = []
        for j in range(1, len(target) + 1):
            budget.spend(len(some))
            column = [np.full(len(some), j, np.int16)]
            for i in range(1, length + 1):
                if abs(i - j) > distance:  # cannot be on a way that short
                    column.append(np.full(len(some), distance + 1, np.int16))
                    continue
                same = letters[:, i - 1] == target[j - 1]
                cost = np.minimum(np.minimum(column[i - 1], rows[i]) + 1, rows[i - 1] + ~same)
                if i > 1 and j > 1:
                    swapped = (letters[:, i - 1] == target[j - 2]) & (letters[:, i - 2] == target[j - 1])
                    cost = np.where(swapped, np.minimum(cost, before[i - 2] + 1), cost)
                column.append(cost)
            before, rows = rows, column
        found.update(some[n] for n in np.flatnonzero(rows[length] <= distance).tolist())
    return found


def _one_off(letters: NDArray[np.uint32], target: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which words (a row each, all of one length) one change at most leads to from `target`."""
    length, wanted = letters.shape[1], len(target)
    if length == wanted:
        differs = letters != target
        count = differs.sum(axis=1)
        swapped = differs[:, 1:] & differs[:, :-1]
        swapped &= (letters[:, 1:] == target[:-1]) & (letters[:, :-1] == target[1:])
        one: NDArray[np.bool_] = (count < 2) | ((count == 2) & swapped.any(axis=1))
        return one
    if abs(length - wanted) > 1:
        return np.zeros(len(letters), bool)
    # One is the other with a letter more: together, their common beginning and end reach over the shorter one
    shorter = min(length, wanted)
    ahead = letters[:, :shorter] == target[:shorter]
    behind = letters[:, length - shorter :] == target[wanted - shorter :]
    begins = np.logical_and.accumulate(ahead, axis=1).sum(axis=1)
    ends = np.logical_and.accumulate(behind[:, ::-1], axis=1).sum(axis=1)
    found: NDArray[np.bool_] = begins + ends >= shorter
    return found
