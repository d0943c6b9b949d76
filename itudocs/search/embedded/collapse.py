"""One hit a work: the versions of a letter folded into the one that sorts first, and everything counted in works.

Exact, for it is done over all letters that match and not over a page: each letter has the number of its work, in an
array beside its other columns; of the matching letters of a work the first in the order asked for is kept, and a facet
counts the different works among the letters that have a value. Between the searcher and the snapshot's arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from itudocs.lexicon import LANGUAGES
from itudocs.search.embedded.snapshot import FacetColumn, Floats, Ints, Snapshot

_ROOM = 1 << 25
"""Pairs of work and value that may be marked: bytes."""


def first_of_each(letters: Ints, first: Ints | Floats, snapshot: Snapshot) -> Ints:
    """Of the letters, given in order with what they sort by, the first of each work; ties are broken by key."""
    own = snapshot.works[letters]
    best = _least(own, first)
    tied = np.flatnonzero(first == best[own])
    begins = snapshot.beginnings[letters[tied]]
    tied = tied[begins == _least(own[tied], begins)[own[tied]]]
    leads: Ints = letters[tied]
    if len(tied) > len(np.unique(own[tied])):  # keys that begin alike: all of each is looked at
        by_work: dict[int, int] = {}
        for letter in sorted(leads.tolist(), key=snapshot.key):
            by_work.setdefault(int(snapshot.works[letter]), letter)
        leads = np.sort(np.asarray(list(by_work.values()), np.int64))
    return leads


def _least(own: Ints, values: NDArray[Any]) -> NDArray[Any]:
    """The least value of each work."""
    top = np.inf if values.dtype.kind == "f" else np.iinfo(values.dtype).max
    least = np.full(int(own.max(initial=-1)) + 1, top, values.dtype)
    np.minimum.at(least, own, values)
    return least


def tally(column: FacetColumn, letters: Ints, snapshot: Snapshot) -> Ints:
    """How many works have each value of a facet, of the letters given."""
    codes = column.codes[letters].astype(np.int64)
    starts = np.searchsorted(column.combinations, np.arange(column.size + 1))
    held = np.diff(starts)[codes]  # how many values each letter has
    owners = np.repeat(snapshot.works[letters], held)
    within = np.arange(len(owners)) - np.repeat(np.cumsum(held) - held, held)
    values = column.members[np.repeat(starts[codes], held) + within]
    size = max(len(column.values), 1)
    pairs = owners * size + values
    room = (int(owners.max(initial=-1)) + 1) * size
    if room <= _ROOM:  # marking takes a tenth of the time of sorting
        marks = np.zeros(room, bool)
        marks[pairs] = True
        pairs = np.flatnonzero(marks)
    else:
        pairs = np.unique(pairs)
    return np.bincount(pairs % size, minlength=len(column.values)).astype(np.int64)


def versions(letter: int, snapshot: Snapshot) -> tuple[int, tuple[str, ...]]:
    """How many versions of a letter the index holds, and in which languages."""
    own = snapshot.works
    same: NDArray[Any] = np.flatnonzero((own == own[letter]) & snapshot.live)
    column = snapshot.facet("language")
    spoken = {column.values[n] for n in np.flatnonzero(column.tally(same)).tolist()}
    rank: dict[str, int] = {language: n for n, language in enumerate(LANGUAGES)}
    return len(same), tuple(sorted(spoken, key=lambda code: (rank.get(code, len(rank)), code)))
