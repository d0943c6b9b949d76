"""Taking letters in: tells new from known by one hash, parses what is new, and commits in small durable batches.

Between the files (`itudocs.reading`) and the store. It decides what is added, updated, a duplicate or unchanged; how a
letter is parsed and how an index catches up are given to it as functions. Killed at any moment it has lost nothing that
it reported; run again it takes up where it was, since whatever the store has costs one hash.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, Protocol

from itudocs.archive import known
from itudocs.archive.known import Opened
from itudocs.archive.store import Outcome, Store, StoredLetter, storable
from itudocs.errors import ArchiveError
from itudocs.model import Failure, Record

if TYPE_CHECKING:
    from itudocs.parse import Parsed
    from itudocs.reading.source import Document

BATCH = 64  # letters a commit: a commit costs some milliseconds of waiting for the disk
BATCH_SECONDS = 2.0
INDEX_EVERY = 4096  # letters between two index generations: each one hashes the whole index
INDEX_SELDOM = 50_000  # where letters come faster than they are indexed: so many are worth several processes
_HEARTBEAT = 256  # files between two calls of `progress` when there is nothing to commit

Parse = Callable[[Iterable["Document"]], Iterator["Parsed | Failure"]]


class Progress(Record, frozen=True, kw_only=True):
    """How far an ingest is. `names` are the sources made durable since the last call; `total` is unknown for data from
    memory. In the stage `index` the letters are safe and the index is being brought up to date.
    """

    stage: Literal["letters", "index"]
    done: int
    total: int | None
    added: int
    updated: int
    duplicates: int
    unchanged: int
    failed: int
    names: tuple[str, ...] = ()


class FormatTally(Record, frozen=True, kw_only=True):
    """Of one format, how many letters were added and updated, and how many sources failed.

    Failures go by the extension of the name (`pdf`), `none` without one: what they hold is not known.
    """

    format: str
    added: int = 0
    updated: int = 0
    failed: int = 0


class Report(Record, frozen=True, kw_only=True):
    """What became of the files given. `added + updated + duplicates + unchanged + len(failed)` is their number, of containers
    that of the letters and failures in them.

    Attributes:
        added: letters that the archive did not have.
        updated: files whose bytes differ from those that came under their name before.
        duplicates: new names of bytes that the archive has; noted as further sources of their letters.
        unchanged: files the archive has under this very name.
        removed: letters that went because their only source has other bytes now.
        failed: files that could not be read or parsed, or in which there is no word, and why; what they gave before stays.
        skipped: files below folders, and in containers, that no format claims (gold files, tables); not among the files
            given.
        added_names, updated_names: their names.
        formats: the same by format, the most frequent first.
        pruned: names that were forgotten because their files are gone, where that was asked for.
        took: seconds.
    """

    added: int = 0
    updated: int = 0
    duplicates: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: tuple[Failure, ...] = ()
    skipped: int = 0
    added_names: tuple[str, ...] = ()
    updated_names: tuple[str, ...] = ()
    formats: tuple[FormatTally, ...] = ()
    pruned: tuple[str, ...] = ()
    took: float = 0.0


class Candidate(Record, frozen=True, kw_only=True):
    """Bytes that may go into the archive. `name` says where they come from; `document` is what the parser is given.

    `container` is the file that they lie in, if any.
    """

    name: str
    document: Document
    container: str | None = None


class Known(Record, frozen=True, kw_only=True):
    """A container with so many members that the archive has as it is."""

    name: str
    members: int


class Brought(Protocol):
    """A letter that was parsed elsewhere: where it comes from, its bytes, its record and text; the file it lies in, if any."""

    @property
    def name(self) -> str: ...
    @property
    def data(self) -> bytes: ...
    @property
    def parsed(self) -> Parsed: ...
    @property
    def container(self) -> str | None: ...


class _Waiting(Record, frozen=True, kw_only=True):
    """A candidate on its way: with the bytes where it is being parsed, without where the letter is known already.

    Behind the members of a container comes the container itself, `opened`.
    """

    name: str
    key: str
    size: int
    data: bytes | None
    container: str | None = None
    opened: Opened | None = None


class _Entry(Record, frozen=True, kw_only=True):
    """A name to be written with the next batch, and its letter unless the store has it."""

    name: str
    key: str
    size: int
    letter: StoredLetter | None
    format: str | None = None


class Ingest:
    """One run over many candidates, writing to `store` under the archive's lock.

    Args:
        parse: documents in, one answer for each out, in order; lazy.
        parser: the parser's version.
        index: brings the index up to date with the store.
        total: the number of files, where known; members of containers are counted as they come.
        index_every: letters between two calls of `index`, `INDEX_EVERY` if not given; the last call comes at the end.
    """

    def __init__(
        self,
        store: Store,
        *,
        verb: str,
        parse: Parse,
        parser: str,
        index: Callable[[], None],
        progress: Callable[[Progress], None] | None = None,
        total: int | None = None,
        index_every: int | None = None,
    ) -> None:
        self._store = store
        self._parse = parse
        self._parser = parser
        self._index = index
        self._progress = progress
        self._total = total
        self._index_every = index_every or INDEX_EVERY
        self._began = time.monotonic()
        self._run = store.begin_run(verb)
        self._waiting: deque[_Waiting] = deque()
        self._batch: list[_Entry] = []
        self._batch_failures: list[Failure] = []
        self._batch_began = 0.0
        self._new: set[str] = set()  # keys being parsed or in the batch
        self._bad: dict[str, Failure] = {}  # keys that this run failed to parse
        self._claimed: dict[str, tuple[int, str | None]] = {}  # names on their way: how often, last with which key
        self._at_risk: set[str] = set()  # keys that may lose their last source in this run
        self._unindexed = 0
        self._idle = 0
        self._count = dict.fromkeys(("added", "updated", "duplicates", "unchanged", "removed"), 0)
        self._failed: list[Failure] = []
        self._failing = {one.name for one in known.failing(store)}  # before this run, or in it
        self._failed_names: set[str] = set()
        self._resolved: set[str] = set()  # of those that were failing, to be struck off with the next batch
        self._faulty: set[str] = set()  # containers with a member that is no letter
        self._opened: list[Opened] = []  # to be remembered with the next batch
        self._formats: dict[str, dict[str, int]] = {}
        self._names: dict[str, list[str]] = {"added": [], "updated": []}

    def run(self, candidates: Iterable[Candidate | Failure | Opened | Known]) -> Report:
        """Take all candidates in.

        Raises:
            ArchiveError: the store or the index could not be written. What was reported as stored is safe.
        """
        with closing(_as_generator(self._parse(self._to_be_parsed(candidates)))) as answers:
            for answer in answers:
                self._settle_known()
                self._settle(self._waiting.popleft(), answer)
                self._settle_known()
        self._settle_known()
        self._commit(finished=True)
        self._catch_up()
        return Report(
            added=self._count["added"],
            updated=self._count["updated"],
            duplicates=self._count["duplicates"],
            unchanged=self._count["unchanged"],
            removed=self._count["removed"],
            failed=tuple(self._failed),
            added_names=tuple(self._names["added"]),
            updated_names=tuple(self._names["updated"]),
            formats=self._tallies(),
            took=time.monotonic() - self._began,
        )

    def _to_be_parsed(self, candidates: Iterable[Candidate | Failure | Opened | Known]) -> Iterator[Document]:
        """Go through the candidates, hand out what the parser must see, and queue or count the rest."""
        for candidate in candidates:
            if isinstance(candidate, Failure):
                self._fail(candidate)
                continue
            if isinstance(candidate, Known):
                self._grow(candidate.members - 1)
                self._count["unchanged"] += candidate.members
                self._resolve_below(candidate.name)
                self._idled()
                continue
            if isinstance(candidate, Opened):
                self._grow(-1)
                self._waiting.append(_Waiting(name=candidate.name, key="", size=0, data=None, opened=candidate))
                if self._waiting[0].data is None:
                    self._settle_known()
                continue
            if candidate.container is not None:
                self._grow(1)
            name, data = storable(candidate.name), candidate.document.data
            key = hashlib.sha256(data).hexdigest()
            before = self._store.key_of(name)
            if before == key and name not in self._claimed:
                self._count["unchanged"] += 1
                self._resolve(name)
                self._idled()
                continue
            times, before = self._claimed.get(name, (0, before))
            if before is not None and before != key:
                self._at_risk.add(before)
            had = key in self._bad or (key not in self._at_risk and (key in self._new or key in self._store))
            self._claimed[name] = (times + 1, key)
            self._waiting.append(
                _Waiting(
                    name=name, key=key, size=len(data), data=None if had else data, container=candidate.container
                )
            )  # fmt: skip
            if not had:
                self._new.add(key)
                yield candidate.document
            elif self._waiting[0].data is None:
                self._settle_known()

    def _settle_known(self) -> None:
        """Take what needs no parsing, up to the first that does."""
        while self._waiting and self._waiting[0].data is None:
            item = self._waiting.popleft()
            if item.opened is not None:
                self._opened.append(item.opened)
                self._resolve_below(item.name)
                self._commit_if_due()
            elif item.key in self._bad:
                self._blame(item.container)
                self._unclaim(item.name)
                bad = self._bad[item.key]
                again = Failure(name=item.name, reason=bad.reason, message=bad.message)
                self._fail(_wordless(item.name, item.size) if bad.reason == "empty" else again)
            else:
                self._take(_Entry(name=item.name, key=item.key, size=item.size, letter=None))

    def _settle(self, item: _Waiting, answer: Parsed | Failure) -> None:
        """Take the parser's answer."""
        data = item.data
        assert data is not None
        if isinstance(answer, Failure) or answer.text.strip():
            letter = _stored(item.name, item.key, data, answer, self._parser)
        else:
            letter = _wordless(item.name, item.size)
        if isinstance(letter, Failure):
            self._blame(item.container)
            self._new.discard(item.key)
            self._unclaim(item.name)
            self._bad[item.key] = letter
            self._fail(letter)
        else:
            assert not isinstance(answer, Failure)
            form = answer.record.source.format
            self._take(_Entry(name=item.name, key=item.key, size=item.size, letter=letter, format=form))

    def _take(self, entry: _Entry) -> None:
        if not self._batch:
            self._batch_began = time.monotonic()
        self._batch.append(entry)
        self._resolve(entry.name)
        self._commit_if_due()

    def _fail(self, failure: Failure) -> None:
        self._failed.append(failure)
        self._failed_names.add(failure.name)
        self._resolved.discard(failure.name)
        self._batch_failures.append(failure)
        self._tally(_extension(failure.name), "failed")
        self._idled()

    def _blame(self, container: str | None) -> None:
        if container is not None:
            self._faulty.add(container)

    def _resolve(self, name: str) -> None:
        if name in self._failing:
            self._resolved.add(name)

    def _resolve_below(self, container: str) -> None:
        """A container has been gone through: of what had failed in it, what has not failed now did not remain."""
        if self._failing:
            first, beyond = known.below(container)
            found = {name for name in self._failing if name == container or first <= name < beyond}
            self._resolved |= found - self._failed_names

    def _grow(self, by: int) -> None:
        if self._total is not None:
            self._total += by

    def _tally(self, form: str, what: str) -> None:
        row = self._formats.setdefault(form, {})
        row[what] = row.get(what, 0) + 1

    def _tallies(self) -> tuple[FormatTally, ...]:
        rows = sorted(self._formats.items(), key=lambda item: (-sum(item[1].values()), item[0]))
        return tuple(FormatTally(format=form, **counts) for form, counts in rows)

    def _unclaim(self, name: str) -> None:
        times, key = self._claimed.pop(name)
        if times > 1:
            self._claimed[name] = (times - 1, key)

    def _idled(self) -> None:
        self._idle += 1
        if self._idle % _HEARTBEAT == 0:
            self._say("letters")
        self._commit_if_due()

    def _commit_if_due(self) -> None:
        if len(self._batch) >= BATCH or (self._batch and time.monotonic() - self._batch_began >= BATCH_SECONDS):
            self._commit()
            if self._unindexed >= self._index_every:
                self._catch_up()

    def _commit(self, *, finished: bool = False) -> None:
        """Make the batch durable, then report it."""
        batch, failures, opened, store = self._batch, self._batch_failures, self._opened, self._store
        outcomes: list[Outcome] = []
        count = dict(self._count)
        with store.transaction():
            left = []
            for entry in batch:
                existed = entry.key in store
                if entry.letter is not None and not existed:
                    store.put(entry.letter)
                before = store.name(entry.name, entry.key, entry.size)
                if before is None:
                    outcomes.append("duplicate" if existed else "added")
                elif before == entry.key:
                    outcomes.append("unchanged")
                else:
                    outcomes.append("updated")
                    left.append(before)
            # Only now: a letter that one file of the batch loses, another may have gained.
            gone = store.drop(left, unnamed_only=True)
            for outcome in outcomes:
                count["duplicates" if outcome == "duplicate" else outcome] += 1
            count["removed"] += len(gone)
            for one in opened:
                if one.whole and one.name not in self._faulty:
                    known.remember(store, one, self._parser)
                else:
                    known.forget(store, [one.name])
            known.note_failing(store, failures, self._resolved)
            store.log(self._run, failures, finished=finished, failed=len(self._failed), **count)
        self._batch, self._batch_failures, self._opened, self._count = [], [], [], count
        self._failing = self._failing - self._resolved | {failure.name for failure in failures}
        self._resolved = set()
        for entry, outcome in zip(batch, outcomes, strict=True):
            self._new.discard(entry.key)
            self._unclaim(entry.name)
            if outcome in self._names:
                self._names[outcome].append(entry.name)
                self._tally(entry.format or store.format_of(entry.key), outcome)
        self._unindexed += len(batch)
        self._say("letters", names=tuple(entry.name for entry in batch))

    def _catch_up(self) -> None:
        self._say("index")
        try:
            self._index()
        except ArchiveError as fault:
            stored = self._count["added"] + self._count["updated"]
            raise type(fault)(
                f"{fault} The {stored} letters of this run are stored and safe; the index takes them in at the next "
                f"search or add."
            ) from fault
        self._unindexed = 0

    def _say(self, stage: Literal["letters", "index"], names: tuple[str, ...] = ()) -> None:
        if self._progress is None:
            return
        count, failed = self._count, len(self._failed)
        self._progress(
            Progress(
                stage=stage,
                done=sum(count.values()) - count["removed"] + failed,
                total=self._total,
                added=count["added"],
                updated=count["updated"],
                duplicates=count["duplicates"],
                unchanged=count["unchanged"],
                failed=failed,
                names=names,
            )
        )


def reparse(
    store: Store,
    *,
    parse: Parse,
    parser: str,
    document: Callable[[str, bytes], Document],
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Parse all stored bytes again, committing in batches; letters whose bytes or parsing fail keep their record.

    Args:
        document: makes the parser's input of a name and bytes.
    """
    began = time.monotonic()
    run = store.begin_run("reparse")
    total = len(store)
    updated = unchanged = 0
    failed: list[Failure] = []
    unlogged: list[Failure] = []
    batch: list[StoredLetter] = []
    in_hand: deque[tuple[str, bytes]] = deque()

    def fail(failure: Failure) -> None:
        failed.append(failure)
        unlogged.append(failure)

    def documents() -> Iterator[Document]:
        for key in store.every_key():
            try:
                data = store.data(key)
            except ArchiveError as fault:
                fail(Failure(name=key, reason="damaged", message=str(fault)))
                continue
            in_hand.append((key, data))
            yield document(_known_name(store, key), data)

    def commit(*, finished: bool = False) -> None:
        nonlocal updated, unchanged
        with store.transaction():
            changed = sum(store.put(letter) for letter in batch)
            updated, unchanged = updated + changed, unchanged + len(batch) - changed
            store.log(run, unlogged, finished=finished, updated=updated, unchanged=unchanged, failed=len(failed))
        batch.clear()
        unlogged.clear()
        if progress:
            done = updated + unchanged + len(failed)
            progress(
                Progress(
                    stage="letters", done=done, total=total, added=0, updated=updated, duplicates=0,
                    unchanged=unchanged, failed=len(failed),
                )
            )  # fmt: skip

    with closing(_as_generator(parse(documents()))) as answers:
        for answer in answers:
            key, data = in_hand.popleft()
            letter = _stored(key, key, data, answer, parser)
            if isinstance(letter, Failure):
                fail(letter)
            else:
                batch.append(letter)
            if len(batch) >= BATCH:
                commit()
    commit(finished=True)
    took = time.monotonic() - began
    return Report(updated=updated, unchanged=unchanged, failed=tuple(failed), took=took)


def _stored(name: str, key: str, data: bytes, answer: Parsed | Failure, parser: str) -> StoredLetter | Failure:
    """The parser's answer as the store takes it."""
    if isinstance(answer, Failure):
        return Failure(name=name, reason=answer.reason, message=answer.message)
    try:
        return StoredLetter.of(key, data, answer.record, answer.text, parser=parser)
    except ValueError as fault:
        message = (
            f"The parser's record of {name} cannot be stored: {fault}. This is a fault of itudocs: please report it."
        )
        return Failure(name=name, reason="internal-error", message=message)


def _wordless(name: str, size: int) -> Failure:
    """A file that is read and says nothing is no letter: a download that never began, a form nobody filled in."""
    what = "there is no word in it" if size else "it has no bytes, as a download or copy that never began"
    return Failure(name=name, reason="empty", message=f"{name} is empty, {what}: get it anew.")


def _extension(name: str) -> str:
    return PurePath(name).suffix.lower().removeprefix(".") or "none"


def _known_name(store: Store, key: str) -> str:
    """The name under which a letter was parsed; its file's name where the record cannot tell."""
    try:
        return store.letter(key)[0].source.name
    except ArchiveError:
        return next((s.name.rpartition("/")[2] for s in store.sources(key)), key)


def _as_generator(answers: Iterator[Parsed | Failure]) -> Generator[Parsed | Failure, None, None]:
    """Something to close, so that a run that ends early lets go of the parser's processes."""
    yield from answers
