"""How a posting list becomes bytes and comes back as arrays, without a Python object a posting.

A short list is a stretch of two columns that all short lists share (document numbers and counts), so that a list, or
the lists of a whole range of terms, is a slice. A long one is packed: gaps between document numbers in one or two
bytes, with a bit for "occurs once", then the counts of those that occur more often. Positions lie apart, as differences
in bytes of seven bits. What belongs to long lists is also Huffman-coded (by zlib, which looks for no repeats then): a
third smaller, and unpacked at 300 MB a second; positions are so by blocks of postings, each found without the others.
"""

from __future__ import annotations

import struct
import zlib
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
_HEAD = struct.Struct("<IIIIII")


class Postings(NamedTuple):
    """A posting list: document numbers (rising), occurrences in each, and positions if asked for."""

    ids: Ints
    counts: Ints
    positions: Ints | None


def pack(ids: NDArray[Any], counts: NDArray[Any], places: bytes | memoryview) -> tuple[bytes, bytes]:
    """A long list as bytes, and its positions, given as `step_bytes` makes them (or nothing), as bytes of their own."""
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
    coded = _coded(body)
    stride = max(1, BLOCK * len(ids) // len(places)) if len(places) else 1
    blocks = _blocks(places, counts, stride) if len(places) else []
    marks = np.cumsum([0, *map(len, blocks)])[:-1].astype("<u4").tobytes()
    head = _HEAD.pack(
        len(ids), len(many), len(rare), len(coded) << 2 | (len(coded) < len(body)) << 1 | (kind == "<u2"), len(blocks),
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


def _blocks(places: bytes | memoryview, counts: NDArray[Any], stride: int) -> list[bytes]:
    """Positions by blocks of so many postings; the first byte says whether a block is coded."""
    ends = np.flatnonzero(np.frombuffer(places, np.uint8) < 128) + 1
    lasts = np.append(np.cumsum(counts, dtype=np.int64)[stride - 1 : -1 : stride], len(ends)) - 1
    blocks, before = [], 0
    for end in ends[lasts].tolist():
        raw = bytes(places[before:end])
        coded = _coded(raw)
        blocks.append(b"\1" + coded if len(coded) < len(raw) else b"\0" + raw)
        before = end
    return blocks


def unblock(data: bytes | memoryview) -> bytes:
    """The positions of a block."""
    raw = bytes(data)
    return zlib.decompress(raw[1:], -15) if raw[:1] == b"\1" else raw[1:]


class Packed:
    """A long list in its bytes.

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
    """The differences that `step_bytes` wrote, all at once."""
    return np.diff(sums(data), prepend=0)


def sums(data: bytes | memoryview) -> Ints:
    """The differences that `step_bytes` wrote, added up on the way."""
    raw = np.frombuffer(data, np.uint8)
    more = raw > 127
    if not more.any():
        return np.cumsum(raw, dtype=np.int64)
    if more[-1]:
        raise ValueError("positions end in the middle of a number")
    values = (raw & 127).astype(np.int32)
    values[1:][more[:-1]] <<= 7
    longer = np.flatnonzero(more[:-1] & more[1:])
    if len(longer):  # numbers of three bytes and more
        starts = np.flatnonzero(np.concatenate((np.ones(1, bool), ~more[:-1])))
        index = np.arange(len(raw)) - np.repeat(starts, np.diff(starts, append=len(raw)))
        if int(index.max()) > 4:
            raise ValueError("a position of too many bytes")
        wide = (raw & 127).astype(np.int64) << (7 * index)
        return np.cumsum(wide)[~more]
    added: Ints = np.cumsum(values, dtype=np.int64)[~more]
    return added


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


def positions(data: bytes | memoryview, counts: Ints) -> Ints:
    """The positions of several postings: each posting's first counts from 0.

    Raises:
        ValueError: there are more or fewer of them than `counts` says.
    """
    added = sums(data)
    ends = np.cumsum(counts)
    if not len(ends) or len(added) != ends[-1]:
        raise ValueError("positions that do not match their counts")
    bases = np.zeros(len(counts), np.int64)
    bases[1:] = added[ends[:-1] - 1]
    added -= np.repeat(bases, counts)
    return added
