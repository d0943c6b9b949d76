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


def first_of_each(letters: Ints, first: Ints | Floats, snapshot: Snapshot) -> Ints:
    """Of the letters, given in order with what they sort by, the first of each work; ties are broken by key."""
    own = snapshot.works[letters]
    order = np.lexsort((snapshot.beginnings[letters], first, own))
    sorted_works = own[order]
    leads = np.ones(len(order), bool)
    leads[1:] = sorted_works[1:] != sorted_works[:-1]
    return letters[np.sort(order[leads])]


def tally(column: FacetColumn, letters: Ints, snapshot: Snapshot) -> Ints:
    """How many works have each value of a facet, of the letters given."""
    pairs = _distinct(snapshot.works[letters], column.codes[letters].astype(np.int64), column.size)
    starts = np.searchsorted(column.combinations, np.arange(column.size + 1))
    held = np.diff(starts)[pairs % column.size]  # values of each letter's combination
    owners = np.repeat(pairs // column.size, held)
    offsets = np.arange(len(owners)) - np.repeat(np.cumsum(held) - held, held)
    values = column.members[np.repeat(starts[pairs % column.size], held) + offsets]
    size = max(len(column.values), 1)
    return np.bincount(_distinct(owners, values, size) % size, minlength=len(column.values)).astype(np.int64)


def _distinct(ones: Ints, others: Ints, size: int) -> Ints:
    """The different pairs of two numbers, the second below `size`, each as one number."""
    found: Ints = np.unique(ones * size + others)
    return found


def versions(letter: int, snapshot: Snapshot) -> tuple[int, tuple[str, ...]]:
    """How many versions of a letter the index holds, and in which languages."""
    own = snapshot.works
    same: NDArray[Any] = np.flatnonzero((own == own[letter]) & snapshot.live)
    column = snapshot.facet("language")
    spoken = {column.values[n] for n in np.flatnonzero(column.tally(same)).tolist()}
    rank: dict[str, int] = {language: n for n, language in enumerate(LANGUAGES)}
    return len(same), tuple(sorted(spoken, key=lambda code: (rank.get(code, len(rank)), code)))
