"""Writing an index: letters in, a new state of the folder out, the old files left as they were.

One call is one commit: new segments, a new table of contents, files that nothing names any more unlinked. Letters are
gathered in memory up to a budget, which bounds memory however many come; each budgetful is laid aside, and all together
become a segment. Small and much-deleted segments are merged on the way: every letter is copied a few times in its life,
and what has been replaced takes at most a third of what is there. With several workers, each makes whole segments (`shard`). Generations, the archive's manifest and syncing are the archive's.
"""

# Whoosh's classes are typed in part only.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from itudocs.search.embedded import batch, columns, contents, merging, schema, segments
from itudocs.search.embedded.contents import Described
from itudocs.search.engine import Entry

MEMORY = 128.0
"""Megabytes that letters may take, tokens and all, before their terms are laid aside."""
FANOUT = 8
"""Segments of about one size that become one."""
MAX_MERGED = 100_000
"""Letters of a segment: up to a kilobyte of each is in memory while it is made."""
MAX_DELETED = 0.2
"""The share of deleted letters from which a segment is written anew."""


class Fresh(NamedTuple):
    """A segment just made: its letters' places in the order in which they came."""

    described: Described
    places: list[int]


def update(folder: Path, *, add: Iterable[Entry], remove: Iterable[str], workers: int = 1) -> None:
    """See `itudocs.search.engine.Engine.update`. Of letters with the same key in `add`, the last one stays.

    Args:
        workers: processes that index, this one among them.
    """
    table = segments.table(folder)
    before = {f.name for f in folder.iterdir()}
    try:
        if workers > 1:
            from itudocs.search.embedded import shard

            fresh = shard.index(folder, add, workers=workers, memory=MEMORY)
        else:
            fresh = list(index(folder, enumerate(add), memory=MEMORY))
        old = table.segments if table else ()
        with ExitStack() as stack:
            opened = {
                d.name: stack.enter_context(closing(segments.Segment(folder, d)))
                for d in (*old, *(f.described for f in fresh))
            }
            kept = _without_replaced(opened, old, fresh, remove)
            kept = _merged(folder, opened, kept, stack)
        _commit(folder, table.generation + 1 if table else 0, kept)
    except BaseException:
        for name in {f.name for f in folder.iterdir()} - before:
            (folder / name).unlink(missing_ok=True)
        raise


def index(folder: Path, letters: Iterable[tuple[int, Entry]], *, memory: float) -> Iterator[Fresh]:
    """Make segments of letters, each of which comes with its place among all that are added."""
    limit = batch.tokens_within(memory)
    rest = iter(letters)
    vocabulary = batch.Vocabulary()
    while True:
        places: list[int] = []
        with closing(batch.Batch(folder, vocabulary)) as gathered:
            for place, letter in islice(rest, MAX_MERGED):
                if gathered.tokens >= limit:
                    gathered.lay_aside()
                gathered.add(letter)
                places.append(place)
            if not places:
                return
            name = f"{contents.NAME}_{secrets.token_hex(8)}"
            checksum = gathered.write(folder / f"{name}.seg")
            yield Fresh(Described(name, len(places), frozenset(gathered.dropped), checksum), places)
            vocabulary = gathered.vocabulary


def _without_replaced(
    opened: dict[str, segments.Segment], old: Iterable[Described], fresh: list[Fresh], remove: Iterable[str]
) -> list[Described]:
    """All segments, with the letters marked as deleted that were to be removed or have a newer version."""
    removed = set(remove)
    deleted: dict[str, set[int]] = defaultdict(set)
    beginnings = {name: segment.beginnings() for name, segment in opened.items()}

    def among(name: str, wanted: np.ndarray) -> Iterator[tuple[int, str]]:
        """Letters of a segment whose keys may be among those that begin so."""
        places = (
            np.flatnonzero(beginnings[name] == wanted[0])
            if len(wanted) == 1
            else np.flatnonzero(np.isin(beginnings[name], wanted))
        )
        return ((letter, opened[name].key(letter)) for letter in places.tolist())

    new = [f.described.name for f in fresh]
    added = np.unique(np.concatenate([beginnings[n] for n in new])) if new else np.zeros(0, np.uint64)
    gone = np.fromiter(map(columns.beginning, removed), np.uint64, len(removed))
    wanted = np.union1d(added, gone)
    if len(wanted):
        candidates = {d.name: list(among(d.name, wanted)) for d in old}
        fresh_keys = _keys_among(opened, new, beginnings, candidates) if new else set()
        for name, found in candidates.items():
            deleted[name].update(letter for letter, key in found if key in removed or key in fresh_keys)
    if len(new) > 1:
        every = np.sort(np.concatenate([beginnings[n] for n in new]))
        twice = np.unique(every[1:][every[1:] == every[:-1]])
        latest: dict[str, tuple[int, str, int]] = {}
        for segment in fresh if len(twice) else ():
            name = segment.described.name
            for letter, key in among(name, twice):
                if letter in segment.described.deleted:
                    continue
                here = (segment.places[letter], name, letter)
                other = latest.get(key)
                if other is not None:
                    loser = min(here, other)
                    deleted[loser[1]].add(loser[2])
                latest[key] = here if other is None else max(here, other)
    return [d._replace(deleted=d.deleted | deleted[d.name]) for d in (*old, *(f.described for f in fresh))]


def _keys_among(
    opened: dict[str, segments.Segment],
    new: list[str],
    beginnings: dict[str, np.ndarray],
    candidates: dict[str, list[tuple[int, str]]],
) -> set[str]:
    """Keys of new segments that letters of old ones may have."""
    wanted = np.fromiter({columns.beginning(key) for found in candidates.values() for _, key in found}, np.uint64)
    if not len(wanted):
        return set()
    return {
        opened[name].key(letter)
        for name in new
        for letter in np.flatnonzero(np.isin(beginnings[name], wanted)).tolist()
    }


def _merged(
    folder: Path, opened: dict[str, segments.Segment], kept: list[Described], stack: ExitStack
) -> list[Described]:
    """The segments after merging: `FANOUT` of about one size become one, and what is much deleted is written anew."""
    kept = [d for d in kept if d.live]
    while True:
        levels: dict[int, list[Described]] = defaultdict(list)
        for d in kept:
            levels[max(d.live, 1).bit_length() // 3].append(d)
        group = next((g for _, g in sorted(levels.items()) if len(g) >= FANOUT), [])
        group = _fitting(sorted(group, key=lambda d: d.live))
        if len(group) < 2:
            worn = [d for d in kept if len(d.deleted) > MAX_DELETED * d.size]
            if not worn:
                return kept
            group = worn[:1]
        described = merging.merge(folder, [(opened[d.name], d) for d in group])
        opened[described.name] = stack.enter_context(closing(segments.Segment(folder, described)))
        kept = [d for d in kept if d not in group] + [described]


def _fitting(group: list[Described]) -> list[Described]:
    total = 0
    fitting: list[Described] = []
    for d in group:
        total += d.live
        if fitting and total > MAX_MERGED:
            break
        fitting.append(d)
    return fitting


def _commit(folder: Path, generation: int, kept: list[Described]) -> None:
    """Write the table of contents, and remove what it does not name."""
    from whoosh.index import TOC

    from itudocs.search.embedded.codec import GuardedSegment
    from itudocs.search.embedded.storage import GuardedStorage

    toc = TOC(schema.whoosh_schema(), [GuardedSegment.of(d) for d in kept], generation)
    toc.write(GuardedStorage(str(folder)), contents.NAME)
    named = {contents.file_name(generation), *(d.file for d in kept)}
    for file in list(folder.iterdir()):
        if contents.is_of_index(file.name) and file.name not in named:
            file.unlink()
