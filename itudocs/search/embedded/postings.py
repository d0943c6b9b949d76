"""How a posting list becomes bytes and comes back as arrays, without a Python object a posting.

A short list is a stretch of two columns that all short lists share (document numbers and counts), so that a list, or
the lists of a whole range of terms, is a slice. A long one is packed: gaps between document numbers in one or two
bytes, with a bit for "occurs once", then the counts of those that occur more often. Positions lie apart, as differences
in bytes of seven bits; of a long list it is known where those of every 256th posting begin.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

LONG = 40
"""Postings from which a list is packed."""
STRIDE = 256
"""Postings of a long list that share one note of where their positions begin."""
_HEAD = struct.Struct("<IIIII")


class Postings(NamedTuple):
    """A posting list: document numbers (rising), occurrences in each, and positions if asked for."""

    ids: Ints
    counts: Ints
    positions: Ints | None


def pack(ids: NDArray[Any], counts: NDArray[Any], marks: NDArray[np.uint32] | None) -> bytes:
    """A long list as bytes. `marks` are where its positions begin, posting by posting from every `STRIDE`th one."""
    gaps = np.diff(ids.astype(np.int64), prepend=-1)
    once = counts == 1
    narrow, wide = len(gaps) + int((gaps // 127).sum()), 2 * (len(gaps) + int((gaps // 32767).sum()))
    kind, step = ("<u1", 127) if narrow <= wide else ("<u2", 32767)
    more = gaps // step
    stream = np.full(len(gaps) + int(more.sum()), 2 * step + 1, kind)
    stream[np.cumsum(more + 1) - 1] = (gaps - more * step) << 1 | once
    many = counts[~once].astype(np.int64) - 2
    rare = np.flatnonzero(many >= 255)
    parts = [
        _HEAD.pack(len(ids), stream.nbytes << 1 | (kind == "<u2"), len(many), len(rare), 0 if marks is None else len(marks)),
        stream.tobytes(), np.minimum(many, 255).astype(np.uint8).tobytes(),
        np.stack((rare, many[rare]), axis=1).astype("<u4").tobytes(), b"" if marks is None else marks.astype("<u4").tobytes(),
    ]  # fmt: skip
    data = b"".join(parts)
    return data + bytes(-len(data) % 4)


class Packed:
    """A long list in its bytes: `data` may go on behind it.

    Raises:
        ValueError: the bytes are no list.
    """

    __slots__ = ("_data", "_many", "_marks", "_rare", "_stream", "_wide", "count")
    HEAD = _HEAD.size

    def __init__(self, data: memoryview) -> None:
        self.count, stream, self._many, self._rare, self._marks = _HEAD.unpack(data[: _HEAD.size])
        self._stream, self._wide = stream >> 1, stream & 1
        self._data = data

    @classmethod
    def length(cls, head: memoryview) -> int:
        """How many bytes a list has, from its first `HEAD` ones."""
        _, stream, many, rare, marks = _HEAD.unpack(head)
        return int(_HEAD.size + (stream >> 1) + many + 8 * rare + 4 * marks)

    def decode(self) -> tuple[Ints, Ints]:
        """Document numbers and counts."""
        at = _HEAD.size + self._stream
        stream = np.frombuffer(self._data[_HEAD.size : at], "<u2" if self._wide else "<u1")
        ids = np.cumsum(stream >> 1, dtype=np.int64)
        once = stream & 1
        if len(ids) != self.count:
            keep = stream != (65535 if self._wide else 255)
            ids, once = ids[keep], once[keep]
        ids -= 1
        counts = np.ones(len(ids), np.int64)
        if self._many:
            many = np.frombuffer(self._data[at : at + self._many], np.uint8).astype(np.int64)
            if self._rare:
                at += self._many
                pairs = np.frombuffer(self._data[at : at + 8 * self._rare], "<u4").reshape(-1, 2)
                many[pairs[:, 0]] = pairs[:, 1]
            counts[once == 0] = many + 2
        if len(ids) != self.count:
            raise ValueError("a posting list that contradicts its own head")
        return ids, counts

    def marks(self) -> NDArray[np.uint32]:
        """Where the positions of every `STRIDE`th posting begin, counted from the list's first."""
        at = _HEAD.size + self._stream + self._many + 8 * self._rare
        return np.frombuffer(self._data[at : at + 4 * self._marks], "<u4")


def steps(data: bytes | memoryview) -> Ints:
    """The differences that `step_bytes` wrote, all at once."""
    raw = np.frombuffer(data, np.uint8)
    last = raw < 128
    ends = np.flatnonzero(last)
    if len(ends) == len(raw):
        return raw.astype(np.int64)
    if not last[-1]:
        raise ValueError("positions end in the middle of a number")
    starts = np.empty(len(ends), np.int64)
    starts[0] = 0
    np.add(ends[:-1], 1, out=starts[1:])
    numbers = (raw[starts] & 127).astype(np.int64)
    widths = ends - starts
    widest = int(widths.max())
    if widest > 8:
        raise ValueError("a position of too many bytes")
    for k in range(1, widest + 1):
        longer = np.flatnonzero(widths >= k)
        numbers[longer] |= (raw[starts[longer] + k] & 127).astype(np.int64) << (7 * k)
    return numbers


def step_bytes(values: NDArray[Any]) -> tuple[Bytes, NDArray[Any]]:
    """Differences (0 or more) as bytes of seven bits, and how many bytes each took."""
    widths = np.ones(len(values), np.uint8)
    for k in range(1, 5):
        longer = values >> (7 * k) > 0
        if not longer.any():
            break
        widths += longer
    if len(widths) == int(widths.sum(dtype=np.int64)):
        return values.astype(np.uint8), widths
    starts = np.cumsum(widths, dtype=np.int64) - widths
    out = np.zeros(int(starts[-1]) + int(widths[-1]), np.uint8)
    for k in range(int(widths.max())):
        having = np.flatnonzero(widths > k)
        part = (values[having] >> (7 * k)) & 127
        out[starts[having] + k] = part | (widths[having] > k + 1).astype(np.uint8) << 7
    return out, widths


def positions(numbers: Ints, counts: Ints) -> Ints:
    """Positions from the differences of several postings: each posting's first counts from 0."""
    sums = np.cumsum(numbers)
    firsts = np.cumsum(counts) - counts
    return sums - np.repeat(sums[firsts] - numbers[firsts], counts)
