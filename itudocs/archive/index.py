"""Keeping an archive's search index in step with its store.

Between the store (the truth), the generations (bytes, checked) and an engine (what the bytes mean). Chooses which
generation may be searched, brings it up to date from the log of changes, and makes it anew where it is damaged or was
made by another engine or for other fields. A damaged index is never searched, and never taken for "no hits".
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from itudocs import fields
from itudocs.archive import disk
from itudocs.archive.generations import CURRENT, MANIFEST, Generation, Generations, Origin
from itudocs.archive.store import Problem, Store
from itudocs.errors import ArchiveDamaged, ArchiveError
from itudocs.model import Circular, Record

if TYPE_CHECKING:
    from itudocs.search.engine import Engine, Entry, Request, Results, Searcher

MANY = 5_000
"""Letters from which several processes index them: starting one takes as long as indexing a few hundred."""
MOST_WORKERS = 4
"""Each takes some 400 MB."""

_log = logging.getLogger("itudocs.archive")

Answer = TypeVar("Answer")
Writing = Callable[[str], AbstractContextManager[Store]]
"""Takes the archive's lock for a purpose and gives a store to write to, or raises `ArchiveError`."""


def fields_fingerprint() -> str:
    """Changes whenever `itudocs.fields` asks for another index."""
    rows = [[f.name, f.kind, f.facet, f.weight > 0, list(f.prefixes)] for f in fields.FIELDS]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


class IndexState(Record, frozen=True, kw_only=True):
    """
    Attributes:
        generation: in use; None where there is no index yet: the first search makes one.
        made: when, UTC in ISO 8601.
        letters: how many it holds; `behind` counts those that changed since: the next search takes them in.
        current: made by this engine, for these fields and this store; if not, the next search makes it anew.
        fault: why it cannot be read; then it is made anew.
    """

    generation: str | None = None
    made: str | None = None
    engine: str | None = None
    engine_version: str | None = None
    letters: int = 0
    behind: int = 0
    current: bool = False
    fault: str | None = None


class _Open:
    """An open generation, and how many threads it answers."""

    def __init__(self, name: str, searcher: Searcher) -> None:
        self.name = name
        self.searcher = searcher
        self.readers = 0
        self.dropped = False


class Index:
    """The index of one archive. May be shared by threads.

    Args:
        folder: `index/` of the archive.
        engine: gives the engine; called when it is first needed.
    """

    def __init__(self, folder: Path, *, engine: Callable[[], Engine]) -> None:
        self._generations = Generations(folder)
        self._get_engine = engine
        self._mutex = threading.RLock()
        self._open: _Open | None = None

    # -- searching -------------------------------------------------------------------------------------------------

    def search(self, request: Request, *, reader: Store, writing: Writing) -> tuple[Results, tuple[str, ...]]:
        """Answer a request as `ask` does."""
        return self.ask(lambda searcher: searcher.search(request), reader=reader, writing=writing)

    def ask(
        self, question: Callable[[Searcher], Answer], *, reader: Store, writing: Writing
    ) -> tuple[Answer, tuple[str, ...]]:
        """Answer from the store's last commit; from an earlier one, with a notice, where a writer is in the way.

        Raises:
            ArchiveDamaged: the index is damaged and cannot be made anew now.
            ArchiveError: there is no index yet and none can be made.
        """
        notices: list[str] = []
        for attempt in range(3):
            try:
                with self._searcher(reader, writing, notices) as searcher:
                    return question(searcher), tuple(notices)
            except ArchiveDamaged as fault:
                # First doubt the files: a writer may have removed them under us, or the disk may have changed them.
                # If they are what was written and the engine still balks, only a new index will do.
                notices.clear()
                _log.info("%s", fault)
                with self._mutex:
                    self._distrust()
                    if attempt == 2:
                        raise
                    if attempt == 1:
                        try:
                            with writing("making a damaged index anew") as writer:
                                self.rebuild(writer, keep_last=False)
                        except ArchiveError as why:
                            raise _hopeless(fault, why) from why
        raise AssertionError("unreachable")

    @contextmanager
    def _searcher(self, reader: Store, writing: Writing, notices: list[str]) -> Iterator[Searcher]:
        """A searcher for one question. Threads wait for one another while it is chosen, and not while it answers."""
        with self._mutex:
            opened = self._choose(reader, writing, notices)
            opened.readers += 1
        try:
            yield opened.searcher
        finally:
            with self._mutex:
                opened.readers -= 1
                if opened.dropped and not opened.readers:
                    opened.searcher.close()

    def _choose(self, reader: Store, writing: Writing, notices: list[str]) -> _Open:
        generation, fault = self._best(reader)
        if fault or generation is None or generation.origin.seq != reader.seq():
            try:
                with writing("bringing the index up to date") as writer:
                    generation = self.catch_up(writer)
                if fault:
                    notices.append(f"The index was damaged and has been made good. {fault}")
            except ArchiveError as why:
                if generation is None:
                    raise _hopeless(fault, why) from why
                if fault:
                    notices.append(f"Answered from an earlier index, since the last one is damaged. {fault}")
                changes = reader.changes(after=generation.origin.seq)
                behind = len(changes.upserts) + len(changes.deletes)
                if behind:
                    notices.append(f"The index lacks the last {behind} changed letters. {why}")
        if self._open is None or self._open.name != generation.name:
            self._drop()
            try:
                self._open = _Open(generation.name, self._engine.open(generation.folder))
            except FileNotFoundError as gone:
                raise ArchiveDamaged(f"{gone.filename}: the index is damaged (the file is missing).") from gone
        return self._open

    @property
    def _engine(self) -> Engine:
        return self._get_engine()

    def _distrust(self) -> None:
        if self._open:
            self._generations.forget(self._open.name)
        self._drop()

    def _drop(self) -> None:
        """Close what is open; while it answers, its last reader does."""
        if self._open:
            self._open.dropped = True
            if not self._open.readers:
                self._open.searcher.close()
        self._open = None

    def close(self) -> None:
        """Release the open index."""
        with self._mutex:
            self._drop()

    # -- choosing --------------------------------------------------------------------------------------------------

    def _best(self, store: Store) -> tuple[Generation | None, ArchiveDamaged | None]:
        """The newest generation that may be searched, checked, and what is wrong with the one that CURRENT names."""
        for _ in range(5):
            fault = None
            name: str | None = None
            try:
                name = self._generations.current()
                if name is not None and (generation := self._checked(name, store)):
                    return generation, None
            except ArchiveDamaged as found:
                if name is not None and name != self._current_or_none():
                    continue  # a writer has switched meanwhile, and removed what we were looking at
                fault = found
            break
        for other in self._generations.names():
            if other == name:
                continue
            try:
                if generation := self._checked(other, store):
                    return generation, fault
            except ArchiveDamaged as found:
                _log.info("%s", found)
        return None, fault

    def _current_or_none(self) -> str | None:
        try:
            return self._generations.current()
        except ArchiveDamaged:
            return None

    def _checked(self, name: str, store: Store) -> Generation | None:
        """A generation whose bytes are right; `None` if it was made by or for something else."""
        generation = self._generations.load(name)
        origin = generation.origin
        if origin != self._origin(store, seq=origin.seq, letters=origin.letters):
            return None
        if origin.seq > store.seq() or not store.knows_generation(name):
            return None  # made from another state of the store, which a backup has replaced
        self._generations.check(generation)
        return generation

    def _origin(self, store: Store, *, seq: int, letters: int) -> Origin:
        return Origin(
            engine=self._engine.name, engine_version=self._engine.version, fields=fields_fingerprint(),
            store=store.id, seq=seq, letters=letters,
        )  # fmt: skip

    def state(self, store: Store) -> IndexState:
        """Which generation is in use and how far it is, as its manifest tells; its files are not looked at."""
        try:
            name = self._generations.current()
            if name is None:
                return IndexState(behind=len(store))
            manifest = self._generations.load(name).manifest
        except ArchiveDamaged as fault:
            return IndexState(behind=len(store), fault=str(fault))
        origin = manifest.origin
        changes = store.changes(after=origin.seq)
        return IndexState(
            generation=name, made=manifest.made, engine=origin.engine, engine_version=origin.engine_version,
            letters=origin.letters, behind=len(changes.upserts) + len(changes.deletes),
            current=origin == self._origin(store, seq=origin.seq, letters=origin.letters),
        )  # fmt: skip

    # -- writing, under the archive's lock -------------------------------------------------------------------------

    def catch_up(self, writer: Store) -> Generation:
        """Bring the index to the store's last commit, from the last good generation if there is one."""
        base, fault = self._best(writer)
        if (
            base is not None
            and fault is None
            and base.origin.seq == writer.seq()
            and base.name == self._current_or_none()
        ):
            return base
        if base is not None:
            try:
                return self._publish(writer, base=base, keep=[base.name])
            except ArchiveDamaged as found:
                # The engine cannot go on from it, or lost letters: what is left is the store.
                _log.info("%s", found)
        return self._publish(writer, base=None, keep=[base.name] if base else [])

    def rebuild(self, writer: Store, *, keep_last: bool = True) -> Generation:
        """Make the index anew from the store."""
        base = self._best(writer)[0] if keep_last else None
        return self._publish(writer, base=None, keep=[base.name] if base else [])

    def _publish(self, writer: Store, *, base: Generation | None, keep: list[str]) -> Generation:
        seq, letters = writer.seq(), len(writer)
        adding: Iterable[tuple[Circular, str]]
        removing: tuple[str, ...]
        new = letters
        if base is None:
            if letters:
                _log.info("indexing %d letters", letters)
            adding, removing = writer.every_letter(), ()
        else:
            changes = writer.changes(after=base.origin.seq)
            adding, removing, new = _changed(writer, changes.upserts), changes.deletes, len(changes.upserts)
        workers = min(len(os.sched_getaffinity(0)), MOST_WORKERS) if new >= MANY else 1

        def write(folder: Path) -> None:
            self._engine.update(folder, add=_entries(adding), remove=removing, workers=workers)
            with closing(self._engine.open(folder)) as searcher:
                count = searcher.count()
            if count != letters:
                raise ArchiveDamaged(
                    f"{folder.parent}: the engine {self._engine.name} indexed {count} of {letters} letters; the index "
                    f"in use stays as it is. Run `itudocs rebuild`."
                )

        generation = self._generations.publish(
            write,
            origin=self._origin(writer, seq=seq, letters=letters),
            base=base,
            keep=keep,
            announce=lambda name: writer.remember_generation(name, seq, keep),
        )
        try:
            self._engine.retain(self._generations.folder / name for name in self._generations.names())
        except ArchiveError as fault:  # the next time will do
            _log.info("%s", fault)
        return generation

    def clean(self) -> None:
        """Remove what killed writers left behind."""
        self._generations.clean()

    # -- verifying -------------------------------------------------------------------------------------------------

    def check(self, store: Store) -> Iterator[Problem]:
        """Hold all generations' files against their manifests, and the one in use against the store."""
        try:
            current = self._generations.current()
        except ArchiveDamaged as fault:
            current = None
            yield Problem(where=str(self._generations.folder / CURRENT), code="index-damaged", message=str(fault))
        for name in dict.fromkeys([*([current] if current else []), *self._generations.names()]):
            found = list(self._check_one(name, store, in_use=name == current))
            if (self._generations.folder / name).is_dir() or name == self._current_or_none():
                yield from found  # else a writer has removed it meanwhile

    def _check_one(self, name: str, store: Store, *, in_use: bool) -> Iterator[Problem]:
        try:
            generation = self._generations.load(name)
        except ArchiveDamaged as fault:
            where = self._generations.folder / name / MANIFEST
            yield Problem(where=str(where), code="index-damaged", message=str(fault))
            return
        sound = True
        for path, what in self._generations.faults(generation):
            sound = False
            yield Problem(where=str(path), code="index-damaged", message=f"{path}: {what}")
        try:
            if sound and in_use and self._checked(name, store) and generation.origin.seq == store.seq():
                with (
                    disk.told(generation.folder, "opening the index"),
                    closing(self._engine.open(generation.folder)) as s,
                ):
                    count = s.count()
                if count != len(store):
                    message = f"the index holds {count} letters and the store {len(store)}"
                    yield Problem(where=str(generation.folder), code="index-incomplete", message=message)
        except ArchiveError as fault:
            yield Problem(where=str(generation.folder), code="index-damaged", message=str(fault))


def _changed(store: Store, keys: Iterable[str]) -> Iterator[tuple[Circular, str]]:
    for key in keys:
        try:
            yield store.letter(key)
        except KeyError as fault:
            raise disk.damaged_store(store.path, f"letter {key} is in its log of changes alone") from fault


def _entries(letters: Iterable[tuple[Circular, str]]) -> Iterator[Entry]:
    from itudocs.search.engine import Entry

    for record, text in letters:
        yield Entry(record=record, text=text)


def _hopeless(fault: ArchiveDamaged | None, why: ArchiveError) -> ArchiveError:
    if fault is None:
        return type(why)(f"There is no index to search yet, and none can be made now. {why}")
    return ArchiveDamaged(f"{fault} It cannot be made anew now: {why}")
