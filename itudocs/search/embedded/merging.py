"""One segment of several: terms put together range by range, all else copied as it is, without deleted letters.

Texts stay packed, beside what their compressor was told; only those packed without (they were few) are packed anew. Which
segments are merged, and when, is the writer's to say.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from itudocs.search.embedded import build, columns, contents, schema, segments
from itudocs.search.embedded.columns import Letters
from itudocs.search.embedded.contents import Described

Mask = NDArray[np.bool_]


def merge(folder: Path, group: Sequence[tuple[segments.Segment, Described]]) -> Described:
    """One segment of several, without the letters that are deleted by now."""
    with closing(Letters(folder)) as letters:
        sources = []
        for segment, described in group:
            live = np.ones(segment.size, bool)
            live[list(described.deleted)] = False
            sources.append(_Living(segment, live, len(letters)))
            with segments.reading(segment.file):
                _take(letters, segment, live)
        name = f"{contents.NAME}_{secrets.token_hex(8)}"
        checksum = build.write(folder / f"{name}.seg", letters, sources)
        return Described(name, len(letters), frozenset(), checksum)


class _Living(NamedTuple):
    """The living letters of a segment as a source of terms; they are numbered from `base`."""

    segment: segments.Segment
    live: Mask
    base: int

    def reach(self) -> NDArray[np.int64]:
        return self.segment.reach()

    def term(self, number: int) -> bytes:
        return self.segment.term(number)

    def find(self, term: bytes) -> int:
        return self.segment.find(term)

    def part(self, first: int, last: int) -> build.Part:
        part = self.segment.part(first, last)
        with segments.reading(self.segment.file):
            numbers = (np.cumsum(self.live) - 1 + self.base).astype(np.uint32)
            return (
                part._replace(ids=numbers[part.ids]) if self.live.all() else _without_deleted(part, self.live, numbers)
            )


def _without_deleted(part: build.Part, live: Mask, numbers: build.Numbers) -> build.Part:
    keep = live[part.ids]
    owners = np.repeat(np.arange(len(part.sizes)), part.sizes)
    sizes = np.bincount(owners[keep], minlength=len(part.sizes)).astype(np.uint32)
    # Bytes of positions: kept where the posting that they belong to is
    positioned = np.repeat(part.position_sizes > 0, part.sizes)
    raw = np.frombuffer(part.positions, np.uint8)
    ends = np.flatnonzero(raw < 128) + 1
    lasts = np.cumsum(part.counts[positioned], dtype=np.int64)
    widths = np.diff(ends[lasts - 1], prepend=0) if len(lasts) else lasts
    kept = keep[positioned]
    data = raw[np.repeat(kept, widths)].tobytes()
    position_sizes = np.bincount(owners[positioned][kept], weights=widths[kept], minlength=len(sizes))
    some = sizes > 0
    used, entry_terms = np.unique(part.entry_terms[some], return_inverse=True)
    return build.Part(
        [part.terms[n] for n in used.tolist()], entry_terms.astype(np.uint32), part.entry_fields[some], sizes[some],
        numbers[part.ids[keep]], part.counts[keep], data, position_sizes[some].astype(np.uint32),
    )  # fmt: skip


def _take(letters: Letters, segment: segments.Segment, live: Mask) -> None:
    """What a segment keeps of its living letters."""
    rows = np.flatnonzero(live)
    numbers = np.cumsum(live) - 1 + len(letters)
    for name, column in (("key", letters.keys), ("card", letters.cards), ("order", letters.orders)):
        column.extend(*_rows(segment, name, 0, live))
    starts = [*segment.presets[1], segment.size]
    for n, preset in enumerate(segment.presets[0]):
        first, last = starts[n], starts[n + 1]
        if len(preset):
            letters.texts.take(bytes(preset), *_rows(segment, "text", first, live[first:last]))
        else:
            for row in (np.flatnonzero(live[first:last]) + first).tolist():
                letters.texts.add(segment.text(row).encode())
    for field, values in letters.facets.items():
        codes, known = segment.facet(field)
        joined = [schema.SEPARATOR.join(known.values[v] for v in c).encode() for c in known.combinations]
        used, own = np.unique(codes[rows], return_inverse=True)
        values.extend([joined[c] for c in used.tolist()], own)
    for field, days in letters.days.items():
        table = segment.days(field)
        table = table[live[table[:, 0]]]
        days.frombytes(np.column_stack((numbers[table[:, 0]], table[:, 1:])).astype("<i4").tobytes())
    for field, lengths in letters.lengths.items():
        lengths.append(segment.lengths(field)[rows])
    letters.beginnings.frombytes(segment.beginnings()[rows].tobytes())


def _rows(segment: segments.Segment, column: str, first: int, live: Mask) -> tuple[bytes | memoryview, NDArray[Any]]:
    """Of a stretch of letters, from `first`, what a column holds of those that live, and the size of each row."""
    ends = segment.ends(column)[max(first - 1, 0) : first + len(live)].astype(np.int64)
    ends = np.concatenate((np.zeros(1, np.int64), ends)) if not first else ends
    data, sizes = segment.pages.view(column, int(ends[0]), int(ends[-1])), np.diff(ends)
    if live.all():
        return data, sizes
    found = columns.slices(data, ends[1:] - ends[0])
    return b"".join([found[i] for i in np.flatnonzero(live).tolist()]), sizes[live]
