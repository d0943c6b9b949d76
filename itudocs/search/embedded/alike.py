"""More like this: letters with the same rare words and the same values, and which of these made the likeness.

A letter is taken apart into features: its words by stem, Chinese by bigrams, compounds with digits whole (`M.1036-5`);
the values of its fields; the days of its events; what it cites and who cites it. Each feature counts for more the rarer
it is. The words are weighed as a search does (BM25 over text and subject), but only the `MAX_TERMS` weightiest by
tf-idf. Letters in other languages share values alone, so a translation is found by identity, events and citations.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np

from itudocs.fields import FIELDS
from itudocs.model import Circular
from itudocs.search.embedded import analysis, schema
from itudocs.search.embedded.budget import UNBOUNDED, Budget
from itudocs.search.embedded.execute import K1, B
from itudocs.search.embedded.lists import united
from itudocs.search.embedded.paging import window
from itudocs.search.embedded.snapshot import Floats, Ints, Snapshot
from itudocs.search.engine import Entry, Reason

MAX_TERMS = 25
"""Words of a letter that are looked up."""
MAX_VALUES = 20
"""Values of a field that are."""
MAX_TEXT = 200_000
"""Characters of a letter that are read for its words."""
_LOOKED_UP, _ANALYSED = 10, 2
"""Microseconds that it takes to look a word up and to analyse a character, more or less."""
STRENGTH = {"id": 10.0, "cites": 2.0}
"""How much a value of some fields counts, so that a translation comes first; one of the others counts 1."""
_SAYS_LITTLE = frozenset({"language", "year", "month", "event_year", "has", "markings", "ref"})


class Feature(NamedTuple):
    """Something a letter has, the letters that have it too, rising, and what it adds to the score of each."""

    kind: Literal["value", "term", "cites", "cited"]
    field: str
    value: str
    letters: Ints
    weights: Floats


class Like(NamedTuple):
    """A letter by number, its score, and the weightiest reasons."""

    letter: int
    score: float
    reasons: tuple[Reason, ...]


def alike(snapshot: Snapshot, letter: Entry, *, limit: int, reasons: int) -> list[Like]:
    """The letters that have most in common with one, best first; ties are broken by key.

    Raises:
        QueryTimeout: the snapshot's budget is used up.
    """
    snapshot.budget.check()
    same = [i for i in _beginning_alike(snapshot, letter.record.key) if snapshot.key(i) == letter.record.key]
    features = [*_values(snapshot, letter), *_terms(snapshot, letter, own=bool(snapshot.live[same].any()))]
    scores = np.zeros(snapshot.size)
    for feature in features:
        scores[feature.letters] += feature.weights
    scores[same] = 0
    letters = np.flatnonzero(scores)
    found = window(-scores[letters], snapshot.beginnings[letters], 0, limit)
    best = sorted((-scores[i], snapshot.key(i), i) for i in letters[found.rows].tolist())[:limit]
    return [Like(i, float(scores[i]), _reasons(features, i, reasons)) for _, _, i in best]


def _beginning_alike(snapshot: Snapshot, key: str) -> list[int]:
    from itudocs.search.embedded.columns import beginning

    found: list[int] = np.flatnonzero(snapshot.beginnings == np.uint64(beginning(key))).tolist()
    return found


def _reasons(features: list[Feature], letter: int, count: int) -> tuple[Reason, ...]:
    found = []
    for feature in features:
        at = int(np.searchsorted(feature.letters, letter))
        if at < len(feature.letters) and feature.letters[at] == letter and feature.weights[at] > 0:
            weight = round(float(feature.weights[at]), 6)
            found.append(Reason(kind=feature.kind, field=feature.field, value=feature.value, weight=weight))
    return tuple(sorted(found, key=lambda r: (-r.weight, r.field, r.value))[:count])


def rarity(letters: int, having: int) -> float:
    """What a word or value counts that so many of the letters have (as BM25 has it)."""
    return math.log(1 + (letters - having + 0.5) / (having + 0.5))


# --- values ---


class Days(NamedTuple):
    """The first and last day of an event, as proleptic ordinals."""

    first: int
    last: int


class Trait(NamedTuple):
    """A value of a letter, and where others are looked for that have it too.

    `what` is a whole value of the keyword field `where`, a sequence of terms of an analysed one, or an event's days.
    """

    kind: Literal["value", "cites", "cited"]
    field: str
    value: str
    strength: float
    where: str
    what: str | tuple[tuple[int, str], ...] | Days


def traits(record: Circular) -> Iterator[Trait]:
    """The values of a letter that make others like it. Knows no index."""
    for field in FIELDS:
        if field.name in _SAYS_LITTLE or field.kind not in ("keyword", "name"):
            continue
        strength = STRENGTH.get(field.name, 1.0)
        for value in islice((v for v in field.of(record) if isinstance(v, str)), MAX_VALUES):
            what = analysis.keyword(value) if field.kind == "keyword" else analysis.sequence(value, quoted=True)
            if what:
                yield Trait("value", field.name, value, strength, field.name, what)
    for identity in dict.fromkeys(record.ids):
        yield Trait("cites", "cites", identity, STRENGTH["cites"], "cites", analysis.keyword(identity))
    for identity in islice(dict.fromkeys(c.id for c in record.citations if c.id), MAX_VALUES):
        yield Trait("cited", "cites", identity, STRENGTH["cites"], "id", analysis.keyword(identity))
    for first, last in dict.fromkeys((e.start, e.end) for e in record.events[:MAX_VALUES]):
        yield Trait("value", "event", f"{first}..{last}", 1.0, "event", Days(first.toordinal(), last.toordinal()))


def _values(snapshot: Snapshot, letter: Entry) -> Iterator[Feature]:
    for trait in traits(letter.record):
        letters = _bearers(snapshot, trait)
        if len(letters):
            weight = trait.strength * rarity(snapshot.count, len(letters))
            yield Feature(trait.kind, trait.field, trait.value, letters, np.full(len(letters), weight))


def _bearers(snapshot: Snapshot, trait: Trait) -> Ints:
    """The letters that have a value."""
    if isinstance(trait.what, str):
        return snapshot.postings(trait.where, trait.what).ids
    if isinstance(trait.what, Days):
        days = snapshot.periods(trait.where)
        letters: Ints = np.unique(days.letters[(days.first == trait.what.first) & (days.last == trait.what.last)])
        living: Ints = letters[snapshot.live[letters]]
        return living
    if len(trait.what) == 1:
        return snapshot.postings(trait.where, trait.what[0][1]).ids
    found = snapshot.adjacent(trait.where, trait.what)
    return np.zeros(0, np.int64) if found is None else found[0]


# --- words ---


class Word(NamedTuple):
    """A word of a letter: the field of the index that holds it for texts, the one for subjects if any, and its form there."""

    text: str
    subject: str
    term: str


def _terms(snapshot: Snapshot, letter: Entry, *, own: bool) -> Iterator[Feature]:
    """The words that tell a letter from others; `own` says whether it is one of those in the index."""
    budget = snapshot.budget
    counts, shown = words(letter.record.language, letter.text[:MAX_TEXT], budget=budget)
    in_subject, _ = words(letter.record.language, letter.record.subject or "", budget=budget)
    boost = schema.WEIGHTS.get("subject", 1.0)
    weighed = []
    for term, count in counts.items():
        budget.spend(_LOOKED_UP)
        having = snapshot.frequency(term.text, term.term)
        if having > own:
            often = count + boost * in_subject[term]
            weighed.append((often / (often + K1) * rarity(snapshot.count, having), term))
    weighed.sort(key=lambda pair: (-pair[0], pair[1]))
    for weight, term in weighed[:MAX_TERMS]:
        letters, saturated = _occurrences(snapshot, term)
        yield Feature("term", schema.TEXT, shown[term], letters, weight * saturated)


def words(language: str | None, text: str, *, budget: Budget = UNBOUNDED) -> tuple[Counter[Word], dict[Word, str]]:
    """The words of a text with their counts, and how each is printed: in small letters where it ever is."""
    bucket = schema.bucket(language)
    own = language if language in analysis.STEMMED else None
    stemmed, subject = schema.stems(schema.TEXT, bucket), schema.stems("subject", bucket)
    counts: Counter[Word] = Counter()
    shown: dict[Word, str] = {}
    for run, often in Counter(analysis.RUN.findall(text)).items():
        budget.spend(_ANALYSED * len(run))
        for piece in analysis.analyse(run, own).pieces:
            if piece.role == "word" and len(piece.term) > 2:
                term = Word(stemmed, subject, piece.stem or piece.term)
            elif piece.role == "bigram" or (piece.role == "whole" and re.search(r"\d", piece.term)):
                term = Word(schema.TEXT, "subject", piece.term)
            else:
                continue
            counts[term] += often
            form = run[piece.start : piece.end]
            if term not in shown or (form.islower() and not shown[term].islower()):
                shown[term] = form
    return counts, shown


def _occurrences(snapshot: Snapshot, term: Word) -> tuple[Ints, Floats]:
    """The letters that have a word in their text or subject, and how much of it, saturating, as BM25F has it."""
    lists = [(f, w, snapshot.postings(i, term.term)) for f, w, i in _indexed(term)]
    letters = united([found.ids for _, _, found in lists], snapshot.size)
    total = np.zeros(len(letters))
    for field, weight, found in lists:
        total[np.searchsorted(letters, found.ids)] += found.counts / snapshot.norm(field, B, weight)[found.ids]
    return letters, (K1 + 1) * (total / (K1 + total))


def _indexed(term: Word) -> Iterable[tuple[str, float, str]]:
    """The fields of letters in which a word counts, with their weights and where the index has it."""
    yield schema.TEXT, schema.TEXT_WEIGHT, term.text
    yield "subject", schema.WEIGHTS.get("subject", 1.0), term.subject
