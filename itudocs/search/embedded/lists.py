"""Lists of letters and of places, in order and without repeats, as arrays: what they share and what they have together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


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


def within(letters: Ints, wanted: Ints) -> Ints:
    """Where those of `wanted` that are there stand in a list."""
    return np.searchsorted(letters, wanted[member_of(wanted, letters)]) if len(letters) else wanted[:0]


def shared_places(one: Ints, other: Ints, size: int) -> Ints:
    """The numbers below `size` that both lists have."""
    fewer, more = (one, other) if len(one) <= len(other) else (other, one)
    if 8 * len(fewer) < len(more) or size > 64 * len(more):
        return fewer[member_of(fewer, more)]
    strip = np.zeros(size, bool)  # marking takes a fifth of the time of looking up one by one
    strip[more] = True
    return fewer[strip[fewer]]
