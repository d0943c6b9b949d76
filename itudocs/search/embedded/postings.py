"""How a posting list becomes bytes and comes back as arrays, without a Python object a posting.

A short list is a stretch of two columns that all short lists share (document numbers and counts), so that a list, or
the lists of a whole range of terms, is a slice. A long one is packed: gaps between document numbers in one or two
bytes, with a bit for "occurs once", then the counts of those that occur more often.

Positions lie apart, as differences. Those of short lists are in bytes of seven bits. Those of long ones are in planes: a
byte for each, and behind them the second bytes of those that need one, so that a number is found without the ones before
it. What belongs to long lists is also Huffman-coded (by zlib, which looks for no repeats then): a third smaller, and
unpacked at 300 MB a second; positions are so by blocks of postings, each found without the others. The positions of
words that stand in nearly every letter would be most of what a phrase has to unpack, and shrink least: they stay as they
are.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

LONG = 40
"""Postings from which a list is packed."""
BLOCK = 4000
"""Bytes of positions, more or less, that are coded together."""
_SMALL = 256
"""Bytes from which coding is worth while."""
_DENSE = 0.5
"""Occurrences a letter from which positions are not coded."""
_FREQUENT = 0.3
"""The share of the letters from which a list is not coded: such lists are few, long, and asked for often."""
_ONE, _TWO = 192, 63
"""Differences from `_ONE` take a second byte, which gives `_TWO` times 256 of them; those beyond take four bytes more."""
_MOST = _ONE + _TWO * 256
_HEAD = struct.Struct("<IIIIII")


class Postings(NamedTuple):
    """A posting list: document numbers (rising), occurrences in each, and positions if asked for."""

    ids: Ints
    counts: Ints
    positions: Ints | None


def pack(ids: NDArray[Any], counts: NDArray[Any], places: bytes | memoryview) -> tuple[bytes, bytes]:
    """A long list as bytes, and its positions, given as `step_bytes` makes them (or nothing), as bytes of their own.

    Of a dense list, these are planes; of any other, blocks of as many postings as its `stride` says, each with a byte
    in front that says whether its planes are coded.
    """
    gaps = ids.astype(np.int64)
    gaps[1:] -= gaps[:-1].copy()
    gaps[0] += 1
    once = counts == 1
    narrow, wide = len(gaps) + int((gaps // 127).sum()), 2 * (len(gaps) + int((gaps // 32767).sum()))
    kind, step = ("<u1", 127) if narrow <= wide else ("<u2", 32767)
    more = gaps // step
    stream = np.full(len(gaps) + int(more.sum()), 2 * step + 1, kind)
    stream[np.cumsum(more + 1) - 1] = (gaps - more * step) << 1 | once
    many = counts[~once].astype(np.int64) - 2
    rare = np.flatnonzero(many >= 255)
    pairs = np.stack((rare, many[rare]), axis=1).astype("<u4").tobytes()
    body = stream.tobytes() + np.minimum(many, 255).astype(np.uint8).tobytes() + pairs
    coded = body if len(ids) > _FREQUENT * (int(ids[-1]) + 1) else _coded(body)
    blocks, stride = _blocks(steps(places), counts, int(ids[-1]) + 1) if len(places) else ([], 1)
    marks = np.cumsum([0, *map(len, blocks)])[:-1].astype("<u4").tobytes() if stride else b""
    head = _HEAD.pack(
        len(ids), len(many), len(rare), len(coded) << 2 | (len(coded) < len(body)) << 1 | (kind == "<u2"), len(marks) // 4,
        stride,
    )  # fmt: skip
    data = head + coded + marks
    return data + bytes(-len(data) % 4), b"".join(blocks)


def _coded(data: bytes) -> bytes:
    if len(data) < _SMALL:
        return data
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
    coded = packer.compress(data) + packer.flush()
    return coded if len(coded) < len(data) else data


def _blocks(steps: Ints, counts: NDArray[Any], letters: int) -> tuple[list[bytes], int]:
    """Positions by blocks, and the postings of a block; 0 if there is but one, in plain planes."""
    if len(steps) > _DENSE * letters:
        return [planes(steps)], 0
    stride = max(1, BLOCK * len(counts) // len(steps))
    blocks, before = [], 0
    for end in (*np.cumsum(counts, dtype=np.int64)[stride - 1 : -1 : stride].tolist(), len(steps)):
        raw = planes(steps[before:end])
        coded = _coded(raw)
        blocks.append(b"\1" + coded if len(coded) < len(raw) else b"\0" + raw)
        before = end
    return blocks, stride


def unblock(data: bytes | memoryview) -> bytes:
    """The planes of a block."""
    raw = bytes(data)
    return zlib.decompress(raw[1:], -15) if raw[:1] == b"\1" else raw[1:]


class Packed:
    """A long list in its bytes; `stride` is 0 where its positions are not in blocks.

    Raises:
        ValueError, zlib.error: the bytes are no list.
    """

    __slots__ = ("_body", "_coded", "_many", "_marks", "_rare", "_wide", "count", "stride")
    HEAD = _HEAD.size

    def __init__(self, data: memoryview) -> None:
        self.count, self._many, self._rare, size, marks, self.stride = _HEAD.unpack(data[: _HEAD.size])
        end = _HEAD.size + (size >> 2)
        self._body = data[_HEAD.size : end]
        self._coded, self._wide = size & 2, size & 1
        self._marks = data[end : end + 4 * marks]

    @classmethod
    def length(cls, head: bytes | memoryview) -> int:
        """How many bytes a list has, from its first `HEAD` ones."""
        _, _, _, size, marks, _ = _HEAD.unpack(head)
        return int(_HEAD.size + (size >> 2) + 4 * marks)

    @classmethod
    def size(cls, head: bytes | memoryview) -> int:
        """How many postings a list has, from its first `HEAD` bytes."""
        return int(_HEAD.unpack(head)[0])

    def decode(self) -> tuple[Ints, Ints]:
        """Document numbers and counts."""
        body = memoryview(zlib.decompress(self._body, -15)) if self._coded else self._body
        at = len(body) - self._many - 8 * self._rare
        stream = np.frombuffer(body[:at], "<u2" if self._wide else "<u1")
        ids = np.cumsum(stream >> 1, dtype=np.int64)
        once = stream & 1
        if len(ids) != self.count:
            keep = stream != (65535 if self._wide else 255)
            ids, once = ids[keep], once[keep]
        ids -= 1
        counts = np.ones(len(ids), np.int64)
        if self._many:
            many = np.frombuffer(body[at : at + self._many], np.uint8).astype(np.int64)
            if self._rare:
                pairs = np.frombuffer(body[at + self._many :], "<u4").reshape(-1, 2)
                many[pairs[:, 0]] = pairs[:, 1]
            counts[once == 0] = many + 2
        if len(ids) != self.count:
            raise ValueError("a posting list that contradicts its own head")
        return ids, counts

    def marks(self) -> list[int]:
        """Where the blocks of its positions begin, counted from the first."""
        found: list[int] = np.frombuffer(self._marks, "<u4").tolist()
        return found


def steps(data: bytes | memoryview) -> Ints:
    """The differences that `step_bytes` wrote, all at once.

    Raises:
        ValueError: the bytes are not what it writes.
    """
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw < 128)
    if len(ends) == len(raw):
        return raw.astype(np.int64)
    if not len(ends) or ends[-1] != len(raw) - 1:
        raise ValueError("positions end in the middle of a number")
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    widths = ends - starts + 1
    found = (raw[starts] & 127).astype(np.int64)
    for k in range(1, int(widths.max())):
        if k > 4:
            raise ValueError("a position of too many bytes")
        longer = np.flatnonzero(widths > k)
        found[longer] |= (raw[starts[longer] + k] & 127).astype(np.int64) << 7 * k
    return found


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


def planes(steps: Ints) -> bytes:
    """Differences (0 or more) as bytes: the first of each, then the second of those that have one, then the longest."""
    firsts = steps.astype(np.uint8)
    wide = np.flatnonzero(steps >= _ONE)
    if not len(wide):
        return firsts.tobytes()
    rest = steps[wide] - _ONE
    longest = rest >= _TWO * 256
    firsts[wide] = np.where(longest, 255, _ONE + (rest >> 8))
    seconds = np.where(longest, 0, rest & 255).astype(np.uint8)
    return firsts.tobytes() + seconds.tobytes() + rest[longest].astype("<u4").tobytes()


def unplaned(data: Sequence[bytes], sizes: Sequence[int]) -> Ints:
    """The differences of several stretches of planes, of so many numbers each.

    Raises:
        ValueError: they are not of so many.
    """
    firsts = np.frombuffer(b"".join([raw[:size] for raw, size in zip(data, sizes, strict=True)]), np.uint8)
    if len(firsts) != sum(sizes):
        raise ValueError("positions that do not match their counts")
    seconds = np.frombuffer(b"".join([raw[size:] for raw, size in zip(data, sizes, strict=True)]), np.uint8)
    wide = np.flatnonzero(firsts >= _ONE)
    if len(seconds) > len(wide) and len(data) > 1:  # rare: a letter of many pages
        return np.concatenate([unplaned([raw], [size]) for raw, size in zip(data, sizes, strict=True)])
    found = firsts.astype(np.int64)
    if not len(wide):
        return found
    found[wide] = _widened(found[wide], seconds[: len(wide)])
    longest = wide[firsts[wide] == 255]
    if len(seconds) != len(wide) + 4 * len(longest):
        raise ValueError("positions that do not match their counts")
    found[longest] = np.frombuffer(seconds[len(wide) :].tobytes(), "<u4").astype(np.int64) + _ONE
    return found


def _widened(firsts: Ints, seconds: Bytes) -> Ints:
    return ((firsts - _ONE) << 8) + seconds + _ONE


def some_of(data: bytes, ends: Ints, counts: Ints, rows: Ints) -> Ints:
    """The differences that belong to some postings, in the planes of a dense list.

    Args:
        ends: for each posting, the number of occurrences up to and with it.
        counts: the occurrences of the wanted postings, whose numbers are `rows`.
    """
    total = int(ends[-1])
    firsts = np.frombuffer(data, np.uint8)
    own = np.cumsum(counts)
    take = np.repeat(ends[rows] - own, counts)
    take += np.arange(len(take))
    found = firsts[take].astype(np.int64)
    wide = np.flatnonzero(found >= _ONE)
    if len(wide):
        every = np.flatnonzero(firsts[:total] >= _ONE)
        if len(data) != total + len(every):
            return unplaned([data], [total])[take]
        found[wide] = _widened(found[wide], firsts[total + np.searchsorted(every, take[wide])])
    return found


def placed(steps: Ints, counts: Ints, bases: Ints | None = None) -> Ints:
    """The positions that differences lead to: those of each posting begin anew, from its base or from 0.

    Changes `steps`.

    Raises:
        ValueError: there are more or fewer of them than `counts` says.
    """
    ends = np.cumsum(counts)
    if not len(ends) or len(steps) != ends[-1]:
        raise ValueError("positions that do not match their counts")
    starts = ends - counts
    jumps = np.add.reduceat(steps, starts)
    jumps[1:] = -jumps[:-1]
    jumps[0] = 0
    if bases is not None:
        jumps += bases
        jumps[1:] -= bases[:-1]
    steps[starts] += jumps
    return np.cumsum(steps)
