"""Lists of letters and of places, in order and without repeats, as arrays: what they share and what they have together."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_STRIP = 1 << 20
"""Numbers that are marked at a time: as many as stay in a processor's cache."""


def distinct(values: Ints) -> Ints:
    """Each number of an ordered list once."""
    return values[np.flatnonzero(np.diff(values, prepend=-1))]


def shared(fewer: Ints, more: Ints, size: int) -> Ints:
    """The letters, of `size`, that both lists have. Lists are in order, here and below."""
    if 32 * len(fewer) < len(more):
        return fewer[member_of(fewer, more)]
    mask = np.zeros(size, bool)
    mask[more] = True
    return fewer[mask[fewer]]


def without(letters: Ints, gone: Ints, size: int) -> Ints:
    """The letters, of `size`, that are not in the second list."""
    if not len(gone):
        return letters
    mask = np.ones(size, bool)
    mask[gone] = False
    return letters[mask[letters]]


def united(lists: list[Ints], size: int) -> Ints:
    """The letters, of `size`, that any of the lists has."""
    lists = [ids for ids in lists if len(ids)]
    if len(lists) < 2:
        return lists[0] if lists else np.zeros(0, np.int64)
    if 16 * sum(map(len, lists)) < size:
        return np.unique(np.concatenate(lists))
    mask = np.zeros(size, bool)
    for ids in lists:
        mask[ids] = True
    return np.flatnonzero(mask)


def member_of(wanted: Ints, among: Ints) -> NDArray[np.bool_]:
    """Which numbers of a list another has."""
    if not len(among):
        return np.zeros(len(wanted), bool)
    places = np.searchsorted(among, wanted)
    places[places == len(among)] = 0
    found: NDArray[np.bool_] = among[places] == wanted
    return found


def found_in(wanted: Ints, among: Ints) -> tuple[Ints, Ints]:
    """Which numbers of a list, by their places in it, another has, and at which places."""
    if not len(among):
        return wanted[:0], wanted[:0]
    places = np.searchsorted(among, wanted)
    places[places == len(among)] = 0
    here = np.flatnonzero(among[places] == wanted)
    return here, places[here]


def within(letters: Ints, wanted: Ints) -> Ints:
    """Where those of `wanted` that are there stand in a list."""
    return np.searchsorted(letters, wanted[member_of(wanted, letters)]) if len(letters) else wanted[:0]


def on_strip(wanted: Ints, among: Ints, size: int) -> NDArray[np.bool_]:
    """Which numbers of a list another has, all of them below `size`; quicker than `member_of` if both are long."""
    if 8 * len(wanted) < len(among):
        return member_of(wanted, among)
    found = np.zeros(len(wanted), bool)
    strip = np.zeros(min(size, _STRIP), bool)
    edges = np.arange(0, size + _STRIP, _STRIP)
    ours, theirs = np.searchsorted(wanted, edges).tolist(), np.searchsorted(among, edges).tolist()
    for start, (a, b), (c, d) in zip(edges.tolist(), pairwise(ours), pairwise(theirs), strict=False):
        marked = among[c:d] - start
        strip[marked] = True
        found[a:b] = strip[wanted[a:b] - start]
        strip[marked] = False
    return found
