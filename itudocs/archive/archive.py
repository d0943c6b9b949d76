"""The archive a user opens: letters go in, records and search results come out.

Joins the store (the truth), the index generations (disposable) and, late, the parser and the search engine: opening an
archive loads neither spaCy nor Whoosh. One process writes at a time; any number read, and none of them waits.

    with open_archive("letters.archive", create=True) as archive:
        archive.add(["letters/"])
        archive.search("wsis summit", facets=("year",))
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import msgspec

from itudocs import corrections
from itudocs.archive import correcting, disk, ingest, known, pruning, schema, searches, watching
from itudocs.archive.asking import KEY_PREFIX, as_request, newest_first, not_negative, resolve, resolve_one
from itudocs.archive.folder import INDEX, LOCK, STORE, copy, make, vacant
from itudocs.archive.index import Answer, Index
from itudocs.archive.ingest import Brought, Candidate, Ingest, Progress, Report
from itudocs.archive.intake import Intake, Offered, again, is_url
from itudocs.archive.known import Failing, Opened
from itudocs.archive.pruning import Pruned
from itudocs.archive.renditions import Rendition, renditions
from itudocs.archive.searches import SavedSearch
from itudocs.archive.store import Problem, Run, Store, StoredSource, storable
from itudocs.corrections import Corrected, Correction
from itudocs.errors import ArchiveError, ArchiveLocked, NotAnArchive, NotInArchive
from itudocs.model import Circular, EventStatus, Failure, Language

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from itudocs.archive.agenda import Agenda, AgendaDeadline, AgendaEvent
    from itudocs.archive.gaps import Gaps
    from itudocs.archive.graph import Graph
    from itudocs.archive.health import Health
    from itudocs.archive.versions import Difference
    from itudocs.export.columnar import Tables
    from itudocs.parse import Parsed
    from itudocs.reading.source import Document, Limits
    from itudocs.search.engine import Completion, Engine, Hit, Likeness, News, Results, Searcher, Sort
    from itudocs.search.opensearch import Address
    from itudocs.search.query import Query

_LANGUAGES = get_args(Language)

_BY_URL = "It was not tried now, since it came from a URL: itudocs add --retry --dask ADDRESS does."

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def open_archive(path: str | os.PathLike[str], *, create: bool = False, engine: Engine | None = None) -> Archive:
    """Open the archive in a folder; with `create`, make one where the folder is missing or empty.

    Args:
        path: the folder, or an address: `opensearch://host:9200/letters?store=FOLDER` keeps the index on a cluster and
            the letters in a folder (docs/opensearch.md).
        engine: what indexes and searches; the embedded one where none is given and the path is a folder.

    Raises:
        NotAnArchive: the folder holds no archive, or something else.
        ArchiveVersion: a newer itudocs made it.
        ArchiveDamaged: its store is damaged or gone.
        ArchiveError: the folder cannot be read, or written to where that is needed; or the address cannot.
    """
    folder, address = _located(path)
    if create:
        make(folder)
    return Archive(folder, engine=engine, address=address)


def _located(path: str | os.PathLike[str]) -> tuple[Path, Address | None]:
    """The folder that a path means, and the address if it is one."""
    if os.fspath(path).startswith(("opensearch:/", "opensearchs:/")):
        from itudocs.search import opensearch

        address = opensearch.address(path)
        return address.store, address
    return Path(path), None


class Archive:
    """Letters in a folder: stored, recorded, searchable. Made by `open_archive`; may be shared by threads.

    A letter is one file's bytes and has a `key`, their SHA-256. Letters in several languages, formats or printings
    share an `id`. Methods that take a key also take its first hexadecimal digits (four at least) or an id.
    """

    def __init__(self, folder: Path, *, engine: Engine | None = None, address: Address | None = None) -> None:
        self.folder = folder
        self._engine = engine
        self._address = address
        self._lock = disk.WriterLock(folder / LOCK)
        self._index = Index(folder / INDEX, engine=self._the_engine)
        self._closed = False
        self._agenda: tuple[int, Agenda] | None = None  # and the store's state that it shows
        self._agenda_mutex = threading.Lock()
        self._graph: tuple[int, Graph] | None = None  # as of a change's number
        self._gaps: tuple[Graph, Gaps] | None = None
        self._formats: tuple[int, dict[str, tuple[str, ...]]] = (0, {})  # of letters, as of a change's number
        self._graph_mutex = threading.RLock()
        self._store = self._open_store()

    def _open_store(self) -> Store:
        try:
            opened = Store(self.folder / STORE)
        except NotAnArchive as fault:
            if (self.folder / INDEX).exists():  # it was one
                raise disk.damaged_store(self.folder / STORE, "it is gone, or no longer a store") from fault
            if self.folder.is_dir() and not vacant(self.folder) and not (self.folder / STORE).exists():
                raise NotAnArchive(
                    f"{self.folder}: holds no archive but other files. Name an archive, or a new or empty folder."
                ) from fault
            raise
        if opened.version < len(schema.MIGRATIONS):
            opened.close()
            with self._lock.held("migrating the store"):
                Store(self.folder / STORE, write=True).close()
            opened = Store(self.folder / STORE)
        return opened

    # -- letters in ------------------------------------------------------------------------------------------------

    def add(
        self,
        paths: Paths,
        *,
        workers: int = 1,
        progress: Callable[[Progress], None] | None = None,
        limits: Limits | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Report:
        """Take in files, and the files of folders, whole trees of them, and what is in containers (.zip, mails ...). Files
        already in cost one hash.

        Letters are committed in batches and are safe once `progress` names them; the index follows. A file is known by
        its absolute path, a member of a container by that and its name there: other bytes under the same name replace the
        letter that came from it. Nothing is ever deleted because its file is gone: that is `prune`'s. See docs/intake.md.

        Args:
            workers: processes that parse.
            progress: called after every batch, and now and then between.
            limits: how large files may be and what containers may unpack to.
            stop: asked before every file; once it says so the run ends with what it has.

        Raises:
            ArchiveLocked: another process is writing.
            ArchiveError: the disk is full or cannot be written to. What was reported as stored is safe.
        """
        intake = self._intake(limits, stop)
        found = intake.files(paths, self.folder.resolve())
        report = self._ingest(
            lambda writer: intake.of_files(found, writer), len(found), self._parsing(workers, limits), progress
        )
        return msgspec.structs.replace(report, skipped=intake.skipped)

    def retry(
        self,
        *,
        workers: int = 1,
        progress: Callable[[Progress], None] | None = None,
        limits: Limits | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Report:
        """Try again, alone, the files in which something failed the last time; arguments as of `add`.

        Of a container in which something failed all is looked at again. What came from memory cannot be had again. What
        came from a URL is not tried but reported with its last failure: `itudocs.distributed.retry` is for such.
        """
        failing = self.failing()
        paths = again(one.name for one in failing)
        report = self.add(paths, workers=workers, progress=progress, limits=limits, stop=stop)
        elsewhere = tuple(
            Failure(name=one.name, reason=one.reason, message=f"{one.message} {_BY_URL}")
            for one in failing
            if is_url(one.name)
        )
        return msgspec.structs.replace(report, failed=report.failed + elsewhere)

    def watch(
        self,
        paths: Paths,
        *,
        stop: threading.Event,
        pause: float = watching.PAUSE,
        workers: int = 1,
        limits: Limits | None = None,
        progress: Callable[[Progress], None] | None = None,
        told: Callable[[Report], None] | None = None,
        on_locked: Callable[[ArchiveLocked], None] | None = None,
        on_missing: Callable[[str, OSError], None] | None = None,
    ) -> Report:
        """Take in what folders hold and whatever comes to them or changes in them, until `stop` is set.

        A file goes in once it has stayed the same from one look to the next; one that failed, again when it changes. The
        archive is locked only while letters go in.

        Args:
            pause: seconds between two looks, at least.
            told: called with the report of every addition.
            on_locked: called when another process is writing; what is due goes in later.
            on_missing: called with a path, absolute, and the reason when it is not there, or may not be read, at first, and
                whenever it goes later; once each. It is taken in when it comes.

        Returns:
            The reports of all additions as one.
        """
        named = (paths,) if isinstance(paths, (str, os.PathLike)) else paths
        watcher = watching.Watcher(named, own=self.folder.resolve())
        return watching.watch(
            watcher,
            lambda due: self.add(due, workers=workers, limits=limits, progress=progress, stop=stop.is_set),
            stop=stop, pause=pause, told=told, on_locked=on_locked, on_missing=on_missing,
        )  # fmt: skip

    def prune(self, folders: Paths, *, force: bool = False, pretend: bool = False) -> Pruned:
        """Delete the letters whose files below these folders, or whose places in containers there, are gone.

        A letter stays that has another name. Files that cannot be looked at count as there, and so does what was in a
        container whose present bytes the archive has not been through.

        Args:
            force: also where a folder is missing or empty, as that of a disk is that is not mounted.
            pretend: only say what would go: no keys then.

        Raises:
            ArchiveError: a folder is a file, or without `force` missing or empty. Nothing is deleted then.
        """
        named = (folders,) if isinstance(folders, (str, os.PathLike)) else tuple(folders)
        roots = pruning.check(named, force=force)
        if pretend:
            return Pruned(names=pruning.gone(self._reader(), roots))
        with self._writing("deleting letters whose files are gone") as writer:
            names = pruning.gone(writer, roots)
            run = writer.begin_run("prune")
            with writer.transaction():
                pruned = pruning.forget(writer, roots, names)
                writer.log(run, (), finished=True, removed=len(pruned.keys))
            self._catch_up(writer)
        return pruned

    def failing(self) -> tuple[Failing, ...]:
        """What could not be taken in when it was last tried, by name."""
        return known.failing(self._reader())

    def intact(self, names: Iterable[str]) -> dict[str, int]:
        """Of files, by the names they were taken in under, those in which there is nothing to look for again, each with
        the number of its letters: all that it gave is still there, and it did not fail the last time. No file is read."""
        return known.intact(self._reader(), names)

    def add_documents(
        self,
        documents: Iterable[Document],
        *,
        workers: int = 1,
        progress: Callable[[Progress], None] | None = None,
        limits: Limits | None = None,
    ) -> Report:
        """Take in letters from memory; a document's name is what a path is to `add`."""
        intake = self._intake(limits)
        report = self._ingest(
            lambda writer: intake.of_documents(documents, writer), None, self._parsing(workers, limits), progress
        )
        return msgspec.structs.replace(report, skipped=intake.skipped)

    def add_parsed(
        self, letters: Iterable[Brought | Failure | Opened], *, progress: Callable[[Progress], None] | None = None
    ) -> Report:
        """Take in letters that were parsed elsewhere, by this version of the parser; `itudocs.distributed` brings such.

        Args:
            letters: pulled one by one, the next when the one before is settled; a letter's name is what a path is to `add`.
                After what is in a container, what was found there (`Opened`).
            progress: as of `add`.

        Raises:
            ArchiveLocked, ArchiveError: as of `add`.
        """
        from itudocs.reading import Document

        at_hand: list[Parsed] = []

        def candidates(_: Store) -> Iterator[Candidate | Failure | Opened]:
            for one in letters:
                if isinstance(one, (Failure, Opened)):
                    yield one
                else:
                    at_hand[:] = [one.parsed]
                    document = Document(name=one.parsed.record.source.name, data=one.data)
                    yield Candidate(name=storable(one.name), document=document, container=one.container)

        return self._ingest(
            candidates,
            None,
            lambda documents: (at_hand[0] for _ in documents),
            progress,
            index_every=ingest.INDEX_SELDOM,
        )

    def _intake(self, limits: Limits | None, stop: Callable[[], bool] | None = None) -> Intake:
        from itudocs.reading import Limits

        self._reader()
        return Intake(limits=limits or Limits(), parser=_parser_version(), stop=stop)

    def _parsing(self, workers: int, limits: Limits | None) -> ingest.Parse:
        from itudocs.reading import Limits

        return lambda documents: _parse(documents, workers, limits or Limits())

    def _ingest(
        self,
        candidates: Callable[[Store], Iterable[Offered]],
        total: int | None,
        parse: ingest.Parse,
        progress: Callable[[Progress], None] | None,
        *,
        index_every: int | None = None,
    ) -> Report:
        with self._writing("adding letters") as writer:
            run = Ingest(
                writer,
                verb="add",
                parse=parse,
                parser=_parser_version(),
                index=lambda: self._catch_up(writer),
                progress=progress,
                total=total,
                index_every=index_every,
            )
            return run.run(candidates(writer))

    def remove(self, letters: str | Iterable[str]) -> tuple[str, ...]:
        """Delete letters by key, prefix or id (an id: in all its versions). Returns the keys deleted.

        Raises:
            NotInArchive: one of them is unknown or ambiguous; then nothing is deleted.
        """
        names = [letters] if isinstance(letters, str) else list(letters)
        with self._writing("removing letters") as writer:
            keys = list(dict.fromkeys(key for name in names for key in resolve(writer, self.folder, name)))
            run = writer.begin_run("remove")
            with writer.transaction():
                gone = writer.drop(keys)
                writer.log(run, (), finished=True, removed=len(gone))
            self._catch_up(writer)
        return gone

    def rebuild(
        self, *, reparse: bool = False, workers: int = 1, progress: Callable[[Progress], None] | None = None
    ) -> Report:
        """Make the index anew from the store; with `reparse`, first parse all stored bytes again.

        The report counts letters whose record changed as updated. Letters that no longer parse keep their record.
        """
        from itudocs.reading import Document

        with self._writing("rebuilding the index") as writer:
            report = Report(unchanged=len(writer))
            began = time.monotonic()
            if reparse:
                report = ingest.reparse(
                    writer,
                    parse=lambda documents: _parse(documents, workers),
                    parser=_parser_version(),
                    document=lambda name, data: Document(name=name, data=data),
                    progress=progress,
                )
            self._index.rebuild(writer)
            return msgspec.structs.replace(report, took=time.monotonic() - began)

    # -- letters out -----------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._reader())

    def __iter__(self) -> Iterator[Circular]:
        """All records, in the order they were added."""
        for record, _ in self._reader().every_letter():
            yield record

    def __contains__(self, letter: object) -> bool:
        if not isinstance(letter, str):
            return False
        try:
            return bool(resolve(self._reader(), self.folder, letter))
        except NotInArchive:
            return False

    def get(self, letter: str) -> Circular:
        """A record by key, prefix or id. Of an id with several versions, the first of `versions`.

        Raises:
            NotInArchive: no letter, or with a prefix more than one, answers to it.
            ArchiveDamaged: the stored record is not what was written.
        """
        return self._records(letter)[0]

    def versions(self, letter: str) -> tuple[Circular, ...]:
        """All records of an id: in the order English, French, Spanish, Russian, Arabic, Chinese, of each language the chosen
        rendition first, then as added."""
        return self._records(letter)

    def renditions(self, letter: str) -> tuple[Rendition, ...]:
        """The forms in which the archive has a letter (.docx, .pdf ...), the one that stands for it first.

        Letters of one id and language are renditions of one where their texts are nearly the same; of letters without id
        those of the same words. Which form is chosen: `itudocs.archive.renditions.preference`; see docs/intake.md.

        Raises:
            NotInArchive: no letter, or with a prefix more than one, answers to it.
        """
        return renditions(self._reader(), self.get(letter).key)

    def _records(self, letter: str) -> tuple[Circular, ...]:
        reader = self._reader()
        records = [reader.letter(key)[0] for key in resolve(reader, self.folder, letter)]
        rank = {language: i for i, language in enumerate(_LANGUAGES)}
        several = Counter(record.language for record in records)
        chosen = {r.key: renditions(reader, r.key)[0].key == r.key for r in records if several[r.language] > 1}
        return tuple(sorted(records, key=lambda r: (rank.get(r.language, len(rank)), not chosen.get(r.key, True))))

    def read(self, letter: str) -> tuple[Circular, str]:
        """A record, as `get` gives it, and its text, as `text` does: for one reading of both.

        Raises:
            NotInArchive, ArchiveDamaged: as `get`.
        """
        reader = self._reader()
        keys = resolve(reader, self.folder, letter)
        return reader.letter(keys[0] if len(keys) == 1 else self.get(letter).key)

    def keys(self, letter: str) -> tuple[str, ...]:
        """The keys of all versions of an id, in no order; of a key or a prefix, the one.

        Raises:
            NotInArchive: no letter, or with a prefix more than one, answers to it.
        """
        return tuple(resolve(self._reader(), self.folder, letter))

    def weight(self, letter: str) -> int:
        """Bytes of a record as JSON (of an id's versions the heaviest), for those who would know before they read it.

        Raises:
            NotInArchive: no letter, or with a prefix more than one, answers to it.
        """
        reader = self._reader()
        return max(map(reader.weight, resolve(reader, self.folder, letter)))

    def text(self, letter: str) -> str:
        """A letter's text, in which the offsets of its record count."""
        reader = self._reader()
        keys = resolve(reader, self.folder, letter)
        return reader.letter(keys[0] if len(keys) == 1 else self.get(letter).key)[1]

    def data(self, letter: str) -> bytes:
        """A letter's original bytes."""
        reader = self._reader()
        keys = resolve(reader, self.folder, letter)
        return reader.data(keys[0] if len(keys) == 1 else self.get(letter).key)

    def sources(self, letter: str) -> tuple[StoredSource, ...]:
        """The names under which a letter's bytes came in, and when; of an id, those of all its versions."""
        reader = self._reader()
        return tuple(s for key in resolve(reader, self.folder, letter) for s in reader.sources(key))

    def log(self, *, limit: int = 20) -> tuple[Run, ...]:
        """The last runs of `add`, `remove`, `prune` and `rebuild(reparse=True)`, newest first, each with what failed and why."""
        return self._reader().runs(limit)

    # -- corrections -----------------------------------------------------------------------------------------------

    def correct(
        self,
        letter: str,
        path: str,
        value: object,
        *,
        by: str,
        why: str,
        start: int | None = None,
        end: int | None = None,
        quote: str | None = None,
    ) -> Correction:
        """Give a value of a letter's record another value, or confirm the one it has. See docs/corrections.md.

        The value wins over the parser's, now and whenever the letter is parsed again; the parser's own record is kept
        (`uncorrected`). Takes the place of earlier corrections of the same value and of its parts.

        Args:
            letter: a key, the first digits of one, or an id that one letter alone has.
            path: a field of the record (`date`, `events`), an item (`addressees/0`) or a part (`events/1/start`).
            value: plain JSON values or the record's own types; None or an empty list where the letter has none.
            by, why: who says so, and on what grounds.
            start, end: the characters of the text it rests on, if any.
            quote: their words; without `start` and `end` these must stand in the text once.

        Raises:
            CorrectionError: the field, item or part does not exist, the value is none that it can have, the words stand
                elsewhere, or `by` or `why` is missing.
            NotInArchive: no letter, or more than one, answers to the name.
            ArchiveLocked: another process is writing.
        """
        by, why = corrections.said(path, by=by, why=why)
        with self._writing("correcting a letter") as writer:
            key = resolve_one(writer, self.folder, letter)
            with writer.transaction():
                made = correcting.correct(
                    writer, key, path, value, by=by, why=why, start=start, end=end, quote=quote
                )  # fmt: skip
            self._follow(writer)
        return made

    def withdraw(self, letter: str, path: str, *, by: str, why: str) -> tuple[Correction, ...]:
        """Take back the corrections that stand at a path and below it: the parser's values stand there again.

        They are kept, marked with who withdrew them, when and why. The letter may have left the archive; its key then
        names it.

        Returns:
            The corrections withdrawn.

        Raises:
            CorrectionError: none stands there; the message says where some do.
            NotInArchive: no letter, or more than one, answers to the name.
        """
        by, why = corrections.said(path, by=by, why=why)
        with self._writing("withdrawing a correction") as writer:
            key = self._corrected_key(writer, letter)
            with writer.transaction():
                gone = correcting.withdraw(writer, key, path, by=by, why=why)
            self._follow(writer)
        return gone

    def corrections(self, letter: str | None = None) -> tuple[Correction, ...]:
        """The corrections of a letter, or of all, with their history and what became of each, in the order made.

        Those of letters that have left the archive are kept and listed, should the letters come back.
        """
        reader = self._reader()
        keys = reader.ledger.keys() if letter is None else (self._corrected_key(reader, letter),)
        found = [one for key in keys for one in correcting.listed(reader, key)]
        return tuple(sorted(found, key=lambda one: one.number))

    def corrected(self) -> Iterator[Corrected]:
        """The letters that have corrections, each as the parser made it and as it is corrected."""
        reader = self._reader()
        for key in reader.ledger.keys(standing=True):
            if key in reader:
                made = reader.applied(key)
                standing = [
                    msgspec.structs.replace(one, path=made.paths[one.number])
                    for one in reader.ledger.standing(key)
                    if one.number in made.paths
                ]
                yield Corrected(own=reader.uncorrected(key)[0], record=made.record, corrections=tuple(standing))

    def uncorrected(self, letter: str) -> Circular:
        """A record as the parser made it, without corrections; `letter` as for `get`."""
        return self._reader().uncorrected(self.get(letter).key)[0]

    def reparsed(self, *, workers: int = 1) -> Iterator[tuple[Circular, Circular | Failure]]:
        """Every record beside what `rebuild(reparse=True)` would make of it now, corrections applied; writes nothing.

        In the order they were added. See `itudocs.archive.diff` for what differs.

        Args:
            workers: processes that parse; 0 is one a processor.

        Raises:
            ArchiveDamaged: a letter is not what was written.
        """
        from itudocs.reading import Document

        reader = self._reader()
        in_hand: deque[Circular] = deque()

        def documents() -> Iterator[Document]:
            for key in reader.every_key():
                with suppress(KeyError):  # removed meanwhile
                    record, data = reader.letter(key)[0], reader.data(key)
                    in_hand.append(record)
                    yield Document(name=record.source.name, data=data)

        for answer in _parse(documents(), workers):
            record = in_hand.popleft()
            if isinstance(answer, Failure):
                yield record, answer
            else:
                standing = reader.ledger.standing(record.key)
                yield (
                    record,
                    corrections.apply(answer.record, standing, answer.text).record if standing else answer.record,
                )

    def _corrected_key(self, reader: Store, letter: str) -> str:
        """A letter's key, also of one that has left its corrections behind."""
        try:
            return resolve_one(reader, self.folder, letter)
        except NotInArchive:
            wanted = letter.strip().lower()
            left = reader.ledger.with_prefix(wanted) if KEY_PREFIX.fullmatch(wanted) else ()
            if len(left) != 1:
                raise
            return left[0]

    def _follow(self, writer: Store) -> None:
        try:
            self._catch_up(writer)
        except ArchiveError as fault:
            raise type(fault)(f"{fault} What was said is stored and safe; the index takes it in later.") from fault

    # -- search ----------------------------------------------------------------------------------------------------

    def search(
        self,
        query: str | Query | None = None,
        *,
        filters: Mapping[str, str | Iterable[str]] | None = None,
        exclude: Mapping[str, str | Iterable[str]] | None = None,
        facets: Iterable[str] = (),
        facet_size: int = 10,
        facet_find: Mapping[str, str] | None = None,
        sort: Sort = "relevance",
        offset: int = 0,
        limit: int = 10,
        snippets: int = 1,
        suggestions: int = 3,
        collapse: bool = False,
        seconds: float | None = None,
    ) -> Results:
        """Search words and facets; without a query, everything.

        Args:
            query: the query language's text, or a query built by hand.
            filters: facet field -> value or values chosen; of one field any, of several fields all.
            exclude: facet field -> value or values that no letter found may have.
            facets: facet fields to count, `facet_size` values each.
            facet_find: facet field -> what its values must contain to be listed, case and accents aside.
            sort: `relevance`, `date` (oldest first), `-date` or `ref`.
            snippets: passages a hit.
            suggestions: how many other queries are proposed at most where this one finds few letters or none.
            collapse: one hit a work, its languages and formats listed; total and facets count works.
            seconds: what the search may cost before it is given up; waiting for other searches is not counted.

        Raises:
            QueryError: the query, a field's name or a number makes no sense; it says where and what to write instead.
            QueryTimeout: it costs more than `seconds`.
            ArchiveDamaged: the index is damaged and could not be made anew.
        """
        began = time.perf_counter()
        request = as_request(
            query, filters or {}, facets, facet_size, sort, offset, limit, snippets, suggestions, collapse,
            exclude=exclude, facet_find=facet_find,
        )  # fmt: skip
        request = msgspec.structs.replace(request, seconds=seconds)
        results, notices = self._index.search(request, reader=self._reader(), writing=self._writing)
        hits = tuple(map(self._with_formats, results.hits)) if collapse else results.hits
        took = time.perf_counter() - began
        return msgspec.structs.replace(results, hits=hits, notices=(*notices, *results.notices), took=took)

    def _with_formats(self, hit: Hit) -> Hit:
        reader = self._reader()
        seq = reader.seq()
        if self._formats[0] != seq:
            self._formats = seq, {}
        known_formats = self._formats[1]
        if hit.key not in known_formats:
            with suppress(KeyError):  # removed meanwhile
                found = renditions(reader, hit.key)
                known_formats |= dict.fromkeys((r.key for r in found), tuple(dict.fromkeys(r.format for r in found)))
        return msgspec.structs.replace(hit, formats=known_formats.get(hit.key, ()))

    def like(self, letter: str, *, limit: int = 10, reasons: int = 5, seconds: float | None = None) -> Likeness:
        """The letters most like one, given by key, prefix or id, and the weightiest reasons of each likeness.

        Args:
            seconds: as of `search`.

        Raises:
            NotInArchive: no letter, or with a prefix more than one, answers to it.
            QueryError: a number is negative.
            QueryTimeout: it costs more than `seconds`.
            ArchiveDamaged: the index is damaged and could not be made anew.
        """
        from itudocs.search.engine import Entry, Likeness

        began = time.perf_counter()
        not_negative(limit=limit, reasons=reasons)
        record, text = self.read(letter)
        entry = Entry(record=record, text=text)
        found, notices = self._ask(lambda s: s.like(entry, limit=limit, reasons=reasons, seconds=seconds))
        return Likeness(key=record.key, letters=found, notices=notices, took=time.perf_counter() - began)

    def complete(self, text: str, *, limit: int = 10, seconds: float | None = None) -> tuple[Completion, ...]:
        """Ways to complete the last word, value or field of a query that is being typed, the likeliest first.

        Args:
            seconds: as of `search`.

        Raises:
            QueryError: the number is negative.
            QueryTimeout: it costs more than `seconds`.
            ArchiveDamaged: the index is damaged and could not be made anew.
        """
        not_negative(limit=limit)
        return self._ask(lambda searcher: searcher.complete(text, limit=limit, seconds=seconds))[0]

    # -- saved searches --------------------------------------------------------------------------------------------

    def save_search(
        self, name: str, query: str = "", *, filters: Mapping[str, str | Iterable[str]] | None = None
    ) -> SavedSearch:
        """Keep a search; whatever matches now counts as seen, and `news` tells what comes to match later.

        Raises:
            QueryError: the query or a filter makes no sense.
            ArchiveError: the name is taken or is none, or the archive cannot be written to.
        """
        tidy = searches.check_name(name)
        request = as_request(query, filters or {}, (), 0, "relevance", 0, 0, 0, 0, False)
        keys, _ = self._ask(lambda searcher: searcher.matching(request))
        with self._noting() as writer:
            searches.save(writer, tidy, query.strip(), request.filters, keys)
            return searches.find(writer, tidy)[1]

    def saved_searches(self) -> tuple[SavedSearch, ...]:
        """All saved searches, by name."""
        return searches.every(self._reader())

    def news(self, name: str) -> News:
        """What a saved search finds and has not shown yet. It stays news until `mark_seen` is told of it.

        Raises:
            ArchiveError: no search has that name.
            QueryError: the query is one that this itudocs no longer understands.
            ArchiveDamaged: the index is damaged and could not be made anew.
        """
        from itudocs.search.engine import News

        began = time.perf_counter()
        reader = self._reader()
        number, saved = searches.find(reader, name)
        request = as_request(saved.query, saved.filters, (), 0, "relevance", 0, 0, 0, 0, False)
        keys, notices = self._ask(lambda searcher: searcher.matching(request))
        hits = sorted(self._hits(searches.unseen(reader, number, keys)), key=newest_first)
        return News(
            name=saved.name, search=number, query=saved.query, since=saved.asked, hits=tuple(hits), notices=notices,
            took=time.perf_counter() - began,
        )  # fmt: skip

    def mark_seen(self, news: News) -> None:
        """Note that somebody has got the news: to be called once they are written where they are wanted.

        Works while another process adds letters; those are news the next time.

        Raises:
            ArchiveError: the archive cannot be written to.
        """
        with self._noting() as writer:
            searches.see(writer, news.search, [hit.key for hit in news.hits])

    def forget_search(self, name: str) -> None:
        """Remove a saved search.

        Raises:
            ArchiveError: no search has that name, or the archive cannot be written to.
        """
        with self._noting() as writer:
            searches.forget(writer, name)

    def _hits(self, keys: Iterable[str]) -> Iterator[Hit]:
        """Letters as hits without a score; those that are gone by now are passed over."""
        from itudocs.search.engine import Hit

        reader = self._reader()
        for key in keys:
            try:
                record, _ = reader.letter(key)
            except KeyError:
                continue
            yield Hit(
                key=key, score=0.0, id=record.id, ref=record.ref, date=record.date, bureau=record.bureau,
                series=record.series, language=record.language, subject=record.subject, name=record.source.name,
            )  # fmt: skip

    # -- out to where people work ----------------------------------------------------------------------------------

    def records(
        self,
        query: str | Query | None = None,
        *,
        filters: Mapping[str, str | Iterable[str]] | None = None,
        sort: Sort = "relevance",
    ) -> Iterator[Circular]:
        """The records of all letters that a search finds, however many, one at a time; arguments as of `search`.

        Without query and filters, all records in the order they were added. Memory holds a hit a letter found, less than
        1 kB, and one record. Letters removed while this goes on are left out.

        Raises:
            QueryError, ArchiveDamaged: as of `search`; the first also before any record is given.
        """
        if not filters and sort == "relevance" and (query is None or (isinstance(query, str) and not query.strip())):
            return iter(self)
        found = self.search(query, filters=filters, sort=sort, limit=max(1, len(self)), snippets=0)
        return self._letters_of([hit.key for hit in found.hits])

    def _letters_of(self, keys: Iterable[str]) -> Iterator[Circular]:
        for key in keys:
            try:
                yield self._reader().letter(key)[0]
            except KeyError:  # removed meanwhile
                continue

    def to_arrow(
        self, query: str | Query | None = None, *, filters: Mapping[str, str | Iterable[str]] | None = None
    ) -> Tables[pa.Table]:
        """Letters, events, deadlines, citations and addressees as Arrow tables, joined by `key` and `id`.

        Args:
            query, filters: as of `search`: only of the letters it finds.

        Raises:
            QueryError: as of `search`.
            MissingLibrary: the extra `itudocs[tables]` is not installed.
        """
        from itudocs.export import columnar

        return columnar.to_arrow(self.records(query, filters=filters))

    def to_polars(
        self, query: str | Query | None = None, *, filters: Mapping[str, str | Iterable[str]] | None = None
    ) -> Tables[pl.DataFrame]:
        """The same as Polars DataFrames: `archive.to_polars().events`."""
        from itudocs.export import columnar

        return columnar.to_polars(self.records(query, filters=filters))

    def to_pandas(
        self, query: str | Query | None = None, *, filters: Mapping[str, str | Iterable[str]] | None = None
    ) -> Tables[pd.DataFrame]:
        """The same as pandas DataFrames, with Arrow's types."""
        from itudocs.export import columnar

        return columnar.to_pandas(self.records(query, filters=filters))

    # -- what is announced when ------------------------------------------------------------------------------------

    def agenda(self) -> Agenda:
        """The events and deadlines of all letters; made anew when the store has changed, else at hand.

        Making it takes about 5 s for 100,000 letters (docs/agenda-benchmark.md).

        Raises:
            ArchiveDamaged: a stored record is none.
        """
        from itudocs.archive.agenda import Agenda, notes

        reader = self._reader()
        with self._agenda_mutex:
            seq = reader.seq()
            if self._agenda is None or self._agenda[0] != seq:
                self._agenda = None  # two at a time are one too many for memory
                self._agenda = seq, Agenda(notes(reader.every_record()))
            return self._agenda[1]

    def events(
        self,
        *,
        since: dt.date | str | None = None,
        until: dt.date | str | None = None,
        status: EventStatus | Iterable[EventStatus] | None = ("announced", "cancelled"),
        language: Language | None = None,
    ) -> tuple[AgendaEvent, ...]:
        """What letters announce for a span of days: one row an event, corrections applied. See `Agenda.events`."""
        return self.agenda().events(since=since, until=until, status=status, language=language)

    def deadlines(
        self,
        *,
        open_on: dt.date | str | None = None,
        since: dt.date | str | None = None,
        until: dt.date | str | None = None,
        language: Language | None = None,
    ) -> tuple[AgendaDeadline, ...]:
        """The deadlines of a span, or those open on a day: told of and not passed. See `Agenda.deadlines`."""
        return self.agenda().deadlines(open_on=open_on, since=since, until=until, language=language)

    # -- what the letters know of each other -------------------------------------------------------------------------

    def graph(self) -> Graph:
        """Who cites, corrects, revises and replaces whom, as the archive stands now; made anew when that has changed.

        Raises:
            ArchiveDamaged: a stored record is no record.
        """
        from itudocs.archive.linking import link

        reader = self._reader()
        with self._graph_mutex:  # who comes while it is made waits, and does not make another
            seq = reader.seq()
            if self._graph is None or self._graph[0] != seq:
                self._graph = (seq, link(reader.every_record()))
            return self._graph[1]

    def gaps(self, series: str | None = None) -> Gaps:
        """Letters that others cite and the archive lacks, holes in the numbering, dates that do not fit, conflicting fields.

        Args:
            series: only those of a series, by slug or by the beginning of ids (`tsb-circular/2001-2004`).

        Raises:
            ArchiveError: there is no such series.
        """
        from itudocs.archive.gaps import gaps

        with self._graph_mutex:
            graph = self.graph()
            if self._gaps is None or self._gaps[0] is not graph:
                self._gaps = (graph, gaps(graph))
            found = self._gaps[1]
        return found.of(series) if series is not None else found

    def differences(self, letter: str | None = None) -> Iterator[Difference]:
        """What the versions of a letter, given by key, prefix or id, do not say alike; without one, those of all letters.

        Raises:
            NotInArchive, ArchiveDamaged: as `versions`.
        """
        from itudocs.archive.versions import differences

        if letter is None:
            for identity in self._reader().shared_ids():
                records = self.versions(identity)
                if records[0].id == identity:  # once for a joint letter
                    yield from differences(records)
            return
        records = self.versions(letter)
        yield from differences(self.versions(records[0].id) if records[0].id else records)

    # -- care ------------------------------------------------------------------------------------------------------

    def health(self, *, runs: int = 10) -> Health:
        """How the archive is, at a glance: letters, versions of the parser, the index, the last runs. Reads no letter.

        Raises:
            ArchiveDamaged: the store cannot be read.
        """
        from itudocs.archive.health import Health, Read

        reader = self._reader()
        parser, parsers = _parser_version(), reader.parsers()
        return Health(
            letters=len(reader), schema=reader.version, size=reader.size(), parser=parser,
            parsers=tuple(Read(parser=name, letters=count) for name, count in parsers.items()),
            behind=sum(parsers.values()) - parsers.get(parser, 0), index=self._index.state(reader),
            runs=reader.runs(runs),
        )  # fmt: skip

    def verify(self) -> list[Problem]:
        """Hold everything against everything: the store's pages, all bytes against their keys, records against their
        digests, the files of the index against its manifest. Repairs nothing; an empty list means all is well.

        An index that is merely behind the store, after an ingest was killed, is no problem: the next search sees to it.
        """
        self._reader()
        try:
            apart = Store(self.folder / STORE)
        except ArchiveError as fault:  # damaged since it was opened
            return [Problem(where=str(self.folder / STORE), code="store-damaged", message=str(fault))]
        with closing(apart), apart.snapshot():
            problems = list(apart.check())
            try:
                problems += self._index.check(apart)
            except ArchiveError as fault:  # the store is too damaged to judge an index by
                problems.append(Problem(where=str(self.folder / INDEX), code="index-unchecked", message=str(fault)))
        return problems

    def backup(self, target: str | os.PathLike[str]) -> Path:
        """Copy the last committed state of the store into a new or empty folder, and check the copy.

        Others may read and write meanwhile. The copy is an archive of its own; its index is made at its first search.

        Raises:
            NotAnArchive: the target holds something.
            ArchiveDamaged: the copy has problems: so has this archive.
        """
        folder, address = _located(target)
        if address is not None:
            raise ArchiveError(f"{address}: a backup is a folder of files. Name a new or empty folder.")
        return copy(self._reader(), folder, "backing up")

    @classmethod
    def restore(
        cls, backup: str | os.PathLike[str], target: str | os.PathLike[str], *, engine: Engine | None = None
    ) -> Archive:
        """Make an archive in a new or empty folder from a backup, checked, and index it.

        Raises:
            NotAnArchive: there is no backup, or the target holds something.
            ArchiveDamaged: the backup is damaged.
        """
        with closing(Store(Path(backup) / STORE)) as source:
            copy(source, _located(target)[0], "restoring")
        archive = open_archive(target, engine=engine)
        try:
            archive.rebuild()
        except BaseException:
            archive.close()
            raise
        return archive

    def close(self) -> None:
        """Release all files. May be called twice."""
        self._closed = True
        self._index.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Archive({str(self.folder)!r})"

    # -- inside ----------------------------------------------------------------------------------------------------

    def _reader(self) -> Store:
        if self._closed:
            raise ArchiveError(f"{self.folder}: this archive has been closed. Open it again.")
        return self._store

    @contextmanager
    def _writing(self, doing: str) -> Iterator[Store]:
        self._reader()
        with self._lock.held(doing), closing(Store(self.folder / STORE, write=True)) as writer:
            self._index.clean()
            yield writer

    @contextmanager
    def _noting(self) -> Iterator[Store]:
        """A store to note small things in. SQLite lets one process write at a time: the archive's lock, which keeps
        letters and index together, is not needed, and an ingest that holds it for hours is not in the way."""
        self._reader()
        with closing(Store(self.folder / STORE, write=True)) as writer:
            yield writer

    def _ask(self, question: Callable[[Searcher], Answer]) -> tuple[Answer, tuple[str, ...]]:
        return self._index.ask(question, reader=self._reader(), writing=self._writing)

    def _catch_up(self, writer: Store) -> None:
        self._index.catch_up(writer)

    def _the_engine(self) -> Engine:
        if self._engine is None and self._address is not None:
            from itudocs.search.opensearch import OpenSearchEngine

            self._engine = OpenSearchEngine(self._address, owner=self._store.id)
        elif self._engine is None:
            from itudocs.search.embedded import WhooshEngine

            self._engine = WhooshEngine()
        return self._engine


def _parse(documents: Iterable[Document], workers: int, limits: Limits | None = None) -> Iterator[Parsed | Failure]:
    from itudocs.parse import parse_documents
    from itudocs.reading import Limits

    # Without limits given, these are bytes that are in memory, or in the store, already.
    return parse_documents(documents, workers=workers, limits=limits or Limits(max_bytes=sys.maxsize))


def _parser_version() -> str:
    from itudocs.parse import parser_version

    return parser_version()
