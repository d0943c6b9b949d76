"""A page of many letters without sorting them all: the hundred-thousandth hit costs what the first does.

Letters are ordered by a number of theirs (a date, a score), and among equals by their keys, of which the beginnings
are at hand as numbers. What stands before the page or behind it is told apart by partitions, in one pass each.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_FEW = 64
"""Rows beyond the page that the caller may as well put in order."""


class Window(NamedTuple):
    """Rows that hold all places of a page and few others; `start` is the place of the first of them once sorted."""

    rows: Ints
    start: int


def window(first: NDArray[Any], second: NDArray[Any], start: int, stop: int) -> Window:
    """The rows that stand from `start` to `stop` in the order by `first` and then `second`.

    Rows that are equal in both to the first or last of them are among them: only the caller can tell those apart.
    """
    stop = min(stop, len(first))
    if start >= stop:
        return Window(np.zeros(0, np.int64), start)
    rows = np.arange(len(first))
    if start == 0:
        return Window(rows if stop == len(first) else _beginning(first, second, stop), 0)
    low, high = _bounds(first, start, stop)
    before = int(np.count_nonzero(first < low))
    rows = rows[(first >= low) & (first <= high)]
    at_low = rows[first[rows] == low]
    # Of letters with one date, or without scores, there may be as many as there are letters
    if low == high:
        a, b = _bounds(second[at_low], start - before, stop - before)
        keep = (second[at_low] >= a) & (second[at_low] <= b)
        return Window(at_low[keep], before + int(np.count_nonzero(second[at_low] < a)))
    at_high = rows[first[rows] == high]
    between = rows[(first[rows] > low) & (first[rows] < high)]
    a, _ = _bounds(second[at_low], start - before, len(at_low))
    _, b = _bounds(second[at_high], 0, stop - before - len(at_low) - len(between))
    return Window(
        np.concatenate((at_low[second[at_low] >= a], between, at_high[second[at_high] <= b])),
        before + int(np.count_nonzero(second[at_low] < a)),
    )


def _beginning(first: NDArray[Any], second: NDArray[Any], stop: int) -> Ints:
    """The rows of a first page: half the work of a later one, and by far the most asked for."""
    high = np.partition(first, stop - 1)[stop - 1]
    rows = np.flatnonzero(first <= high)
    if len(rows) <= stop + _FEW:
        return rows
    before, tied = rows[first[rows] < high], rows[first[rows] == high]
    last = np.partition(second[tied], stop - len(before) - 1)[stop - len(before) - 1]
    return np.concatenate((before, tied[second[tied] <= last]))


def _bounds(values: NDArray[Any], start: int, stop: int) -> tuple[Any, Any]:
    """The values at the first and last of some places once sorted."""
    parted = np.partition(values, (start, stop - 1))
    return parted[start], parted[stop - 1]
