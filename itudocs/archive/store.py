"""The store: every letter's bytes, text and record in one SQLite file. It is the truth; indexes are made from it.

Commits are durable (WAL, synchronous=FULL). Bytes are held against their key, and text and record against their own
digest, whenever they are read, so that a damaged row is an error and not a strange letter. What to put in, and when to
commit, is decided by `ingest` and `archive`; the tables are described in `schema`, which an analyst may read directly.

Nothing in a process may open the file but SQLite: closing any descriptor of it drops the process's locks on it, and
another process then takes the log away under an open connection.
"""

from __future__ import annotations

import hashlib
import os
import socket
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from itudocs._version import __version__
from itudocs.archive import disk, renditions, schema
from itudocs.archive.ledger import Ledger
from itudocs.corrections import Applied, apply
from itudocs.errors import ArchiveDamaged, ArchiveError, ArchiveVersion, NotAnArchive
from itudocs.model import Circular, Failure, Record

Outcome = Literal["added", "updated", "duplicate", "unchanged"]


_PAGE = 256  # rows read at a time when walking the store: no cursor stays open between them


class StoredSource(Record, frozen=True, kw_only=True):
    """A name that a letter's bytes came under: a file's absolute path, or the name given with data from memory.

    `added` is when the name first came in, `changed` when its bytes last differed (UTC, ISO 8601); `size` in bytes.
    """

    name: str
    size: int
    added: str
    changed: str


class StoredLetter(Record, frozen=True, kw_only=True):
    """A letter as it is written: `record` is JSON, `text` UTF-8, `ids` its identities, each once."""

    key: str
    ids: tuple[str, ...]
    record: str
    text: bytes
    data: bytes
    parser: str

    @classmethod
    def of(cls, key: str, data: bytes, record: Circular, text: str, *, parser: str) -> StoredLetter:
        """What the parser made of `data`, whose SHA-256 is `key`.

        Raises:
            ValueError: it is the record of other bytes, or cannot be encoded.
        """
        if record.key != key:
            raise ValueError(f"it is the record of other bytes ({record.key})")
        return cls(
            key=key, ids=identities(record), record=record.to_json(), text=text.encode(), data=data, parser=parser
        )


class Run(Record, frozen=True, kw_only=True):
    """A line of the ingest log. `finished` is absent where the run was interrupted."""

    run: int
    verb: str
    version: str
    host: str
    pid: int
    started: str
    finished: str | None
    added: int
    updated: int
    duplicates: int
    unchanged: int
    removed: int
    failed: int
    failures: tuple[Failure, ...] = ()


class Problem(Record, frozen=True, kw_only=True):
    """Something that `verify` found. `where` is a file or a key, `code` a short word, `message` a sentence."""

    where: str
    code: str
    message: str


class Changes(Record, frozen=True, kw_only=True):
    """What an index must do to come from one `seq` to another: keys to write and keys to drop."""

    seq: int
    upserts: tuple[str, ...]
    deletes: tuple[str, ...]


def create(path: Path) -> None:
    """Make an empty store, or finish one whose making was interrupted."""
    with disk.told(path, "creating the store"), closing(_connect(path, "rwc")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        schema.migrate(connection, schema.MIGRATIONS)
    with disk.told(path, "creating the store"):
        disk.sync(path.parent)  # SQLite has synced the file itself


def _foreign(path: Path) -> NotAnArchive:
    return NotAnArchive(f"{path}: is not the store of an archive. Name another folder.")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}",
        uri=True, isolation_level=None, check_same_thread=False, timeout=30.0,
    )  # fmt: skip
    try:
        # synchronous is set per connection; cell_size_check finds damage early; a foreign file's views are not trusted.
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "cell_size_check = ON", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # opens the file, and its log, in earnest
    except BaseException:
        connection.close()
        raise
    return connection


def _digest(text: bytes, record: str, parser: str) -> str:
    return hashlib.sha256(b"\0".join((text, record.encode(), parser.encode()))).hexdigest()


class Store:
    """A connection to the store, for reading or (`write=True`, under the archive's lock) for writing.

    May be shared by threads. Reading sees the last commit; it neither blocks a writer nor is blocked.

    Raises:
        NotAnArchive: the file is missing or is not an archive's store.
        ArchiveVersion: a newer itudocs made it. An older version is migrated when opened for writing.
        ArchiveDamaged: its bytes are not those that were written.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        self.path = path
        self.write = write
        self._mutex = threading.RLock()
        self._parsers: tuple[int, dict[str, int]] | None = None  # as of a version of the data
        self._frozen: tuple[int, int] | None = None  # the file's size and time where it had to be opened as immutable
        with disk.told(path, "opening the store"):
            self._connection = self._open()
            try:
                self.version = self._admit()
            except BaseException:
                self._connection.close()
                raise
        self.ledger = Ledger(path, self._all)

    def _open(self) -> sqlite3.Connection:
        self._frozen = None
        if not self.path.is_file():
            raise NotAnArchive(
                f"{self.path.parent}: holds no archive. Add letters to create one there, or name another folder."
            )
        try:
            connection = _connect(self.path, "rw")  # falls back to read-only by itself where the file is protected
        except sqlite3.DatabaseError as fault:
            if fault.sqlite_errorcode & 0xFF == sqlite3.SQLITE_NOTADB:
                raise _foreign(self.path) from fault
            protected = fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
            if self.write or not protected or self._has_log():
                raise
            # A protected folder without a log: nothing can be pending, so the file is read as it stands.
            status = self.path.stat()
            connection = _connect(self.path, "ro&immutable=1")
            self._frozen = (status.st_size, status.st_mtime_ns)
        # A restored backup comes without a log.
        connection.execute("PRAGMA journal_mode = WAL" if self.write else "PRAGMA query_only = ON")
        return connection

    def _has_log(self) -> bool:
        log = self.path.with_name(self.path.name + "-wal")
        return log.exists() and log.stat().st_size > 0

    def _admit(self) -> int:
        """Refuse what is not a store of ours; migrate an older one."""
        mark = self._connection.execute("PRAGMA application_id").fetchone()[0]
        version = schema.version_of(self._connection)
        if mark != schema.APPLICATION_ID or version == 0:
            raise _foreign(self.path)
        newest = len(schema.MIGRATIONS)
        if version > newest:
            raise ArchiveVersion(
                f"{self.path}: has schema version {version}, and itudocs {__version__} knows up to {newest}. "
                f"Upgrade itudocs."
            )
        if self.write and version < newest:
            schema.migrate(self._connection, schema.MIGRATIONS)
            version = newest
        return version

    def close(self) -> None:
        """Release the file."""
        with self._mutex:
            self._connection.close()

    # -- reading ---------------------------------------------------------------------------------------------------

    def _all(self, sql: str, *values: object) -> list[Any]:
        with self._mutex, disk.told(self.path, "reading the store"):
            if self._frozen is not None:
                self._thaw()
            return self._connection.execute(sql, values).fetchall()

    def _one(self, sql: str, *values: object) -> Any:
        rows = self._all(sql, *values)
        return rows[0] if rows else None

    def rows(self, sql: str, *values: object) -> list[Any]:
        """What a question of the tables beside the letters' own gives (`searches`)."""
        return self._all(sql, *values)

    def execute(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Write rows of such tables, inside a transaction."""
        self._connection.executemany(sql, rows)

    def _thaw(self) -> None:
        """Open anew once another process, with more rights, has written to a file that was taken as immutable."""
        status = self.path.stat()
        if self._has_log() or self._frozen != (status.st_size, status.st_mtime_ns):
            self._connection.close()
            self._connection = self._open()

    @property
    def id(self) -> str:
        """The store's random name."""
        return str(self._one("SELECT value FROM meta WHERE name = 'store'")[0])

    def __len__(self) -> int:
        return int(self._one("SELECT count(*) FROM records")[0])

    def __contains__(self, key: object) -> bool:
        return self._one("SELECT 1 FROM records WHERE key = ?", key) is not None

    def size(self) -> int:
        """Its bytes on the disk, those that are yet to be moved from the log into the file included."""
        files = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def seq(self) -> int:
        """The number of the last change."""
        return int(self._one("SELECT coalesce(max(seq), 0) FROM changes")[0])

    def changes(self, after: int) -> Changes:
        """What happened after change number `after`."""
        rows = self._all("SELECT seq, key, kind FROM changes WHERE seq > ? ORDER BY seq", after)
        return Changes(
            seq=rows[-1][0] if rows else after,
            upserts=tuple(key for _, key, kind in rows if kind == "upsert"),
            deletes=tuple(key for _, key, kind in rows if kind == "delete"),
        )

    def key_of(self, name: str) -> str | None:
        """The key of the bytes that last came under a name."""
        row = self._one("SELECT key FROM sources WHERE name = ?", name)
        return str(row[0]) if row else None

    def with_prefix(self, prefix: str, limit: int) -> tuple[str, ...]:
        """Keys that begin with some hexadecimal digits."""
        rows = self._all(
            "SELECT key FROM records WHERE key >= ? AND key < ? ORDER BY key LIMIT ?", prefix, prefix + "g", limit
        )
        return tuple(key for (key,) in rows)

    def with_id(self, identity: str) -> tuple[str, ...]:
        """Keys of the letters of an identity, in the order they were added."""
        rows = self._all("SELECT key FROM identities JOIN records USING (key) WHERE id = ? ORDER BY number", identity)
        return tuple(key for (key,) in rows)

    def shared_ids(self) -> tuple[str, ...]:
        """The identities that several letters have, sorted."""
        return tuple(i for (i,) in self._all("SELECT id FROM identities GROUP BY id HAVING count(*) > 1 ORDER BY id"))

    def every_key(self) -> Iterator[str]:
        """All keys, in the order they were added; letters that come or go meanwhile may or may not be among them."""
        last = 0
        while rows := self._all(
            "SELECT number, key FROM records WHERE number > ? ORDER BY number LIMIT ?", last, _PAGE
        ):
            last = rows[-1][0]
            for _, key in rows:
                yield key

    def letter(self, key: str) -> tuple[Circular, str]:
        """A letter's record and text, held against their digest.

        Raises:
            KeyError: no such letter.
            ArchiveDamaged: they are not what was written.
        """
        row = self._one(
            "SELECT record, parser, digest, text FROM records LEFT JOIN contents USING (key) WHERE key = ?", key
        )
        if row is None:
            raise KeyError(key)
        return self._letter(key, *row)

    def uncorrected(self, key: str) -> tuple[Circular, str]:
        """As `letter`, but the record as the parser made it, without corrections."""
        row = self._one(
            "SELECT uncorrected.record, parser, uncorrected.digest, text FROM uncorrected JOIN records USING (key) "
            "LEFT JOIN contents USING (key) WHERE key = ?", key,
        )  # fmt: skip
        return self.letter(key) if row is None else self._letter(key, *row)

    def applied(self, key: str) -> Applied:
        """A letter's record as the parser made it with the corrections that stand, worked out anew."""
        record, text = self.uncorrected(key)
        return apply(record, self.ledger.standing(key), text)

    def digests(self) -> Iterator[tuple[str, str]]:
        """All keys, in their own order, each with the digest of its record, its text and its parser's version."""
        last = ""
        while rows := self._all("SELECT key, digest FROM records WHERE key > ? ORDER BY key LIMIT ?", last, _PAGE):
            last = rows[-1][0]
            yield from rows

    def raw(self, key: str) -> str:
        """A letter's record as JSON, unchecked: to see whether it is worth reading."""
        row = self._one("SELECT record FROM records WHERE key = ?", key)
        if row is None:
            raise KeyError(key)
        return str(row[0])

    def weight(self, key: str) -> int:
        """Bytes of a letter's record as JSON.

        Raises:
            KeyError: no such letter.
        """
        row = self._one("SELECT length(CAST(record AS BLOB)) FROM records WHERE key = ?", key)
        if row is None:
            raise KeyError(key)
        return int(row[0])

    def format_of(self, key: str) -> str:
        """The format that a letter was read from."""
        row = self._one("SELECT record ->> '$.source.format' FROM records WHERE key = ?", key)
        if row is None:
            raise KeyError(key)
        return str(row[0] or "text")

    def every_letter(self) -> Iterator[tuple[Circular, str]]:
        """All records and texts, as `every_key` and `letter` give them."""
        last = 0
        while rows := self._all(
            "SELECT number, key, record, parser, digest, text FROM records LEFT JOIN contents USING (key) "
            "WHERE number > ? ORDER BY number LIMIT ?", last, _PAGE // 8,
        ):  # fmt: skip
            last = rows[-1][0]
            for _, key, *row in rows:
                yield self._letter(key, *row)

    def every_record(self) -> Iterator[bytes]:
        """All records as JSON, in the order they were added, for those who decode only what they need of them.

        They are not held against their digests, which would take the texts too: that is what `letter` and `check` do.
        """
        last = 0
        while rows := self._all(
            "SELECT number, CAST(record AS BLOB) FROM records WHERE number > ? ORDER BY number LIMIT ?", last, _PAGE
        ):
            last = rows[-1][0]
            for _, record in rows:
                yield record

    def _letter(self, key: str, record: str, parser: str, digest: str, packed: bytes | None) -> tuple[Circular, str]:
        try:
            if packed is None:
                raise ValueError("its text is missing")
            text = zlib.decompress(packed)
            if _digest(text, record, parser) != digest:
                raise ValueError("its digest differs")
            circular = Circular.from_json(record)
            if circular.key != key:
                raise ValueError(f"its record is that of {circular.key}")
            return circular, text.decode()
        except (zlib.error, ValueError, msgspec.MsgspecError) as fault:
            raise ArchiveDamaged(
                f"{self.path}: the record or text of letter {key} is damaged ({fault}). Parse it again from its bytes "
                f"with `itudocs rebuild --reparse`, or restore a backup."
            ) from fault

    def data(self, key: str) -> bytes:
        """A letter's original bytes, held against its key.

        Raises:
            KeyError: no such letter.
            ArchiveDamaged: they are not what was written.
        """
        row = self._one("SELECT data FROM contents WHERE key = ?", key)
        if row is None:
            raise KeyError(key)
        try:
            data = zlib.decompress(row[0])
            if hashlib.sha256(data).hexdigest() != key:
                raise ValueError("their SHA-256 is not the key")
        except (zlib.error, ValueError) as fault:
            raise ArchiveDamaged(
                f"{self.path}: the original bytes of letter {key} are damaged ({fault}). Remove the letter and add its "
                f"file again, or restore a backup."
            ) from fault
        return data

    def sources(self, key: str) -> tuple[StoredSource, ...]:
        """The names a letter's bytes came under, first come first."""
        rows = self._all(
            "SELECT name, size, added_at, changed_at FROM sources WHERE key = ? ORDER BY added_at, name", key
        )
        return tuple(StoredSource(name=n, size=s, added=a, changed=c) for n, s, a, c in rows)

    def knows_generation(self, name: str) -> bool:
        """Whether an index generation was made from this very store: not from a later state that a backup replaced."""
        return self._one("SELECT 1 FROM generations WHERE name = ?", name) is not None

    def parsers(self) -> dict[str, int]:
        """How many letters each version of the parser has read, most first."""
        return dict(
            self._all("SELECT parser, count(*) FROM records GROUP BY parser ORDER BY count(*) DESC, parser DESC")
        )

    def runs(self, limit: int) -> tuple[Run, ...]:
        """The last lines of the ingest log, newest first."""
        rows = self._all(
            "SELECT run, verb, version, host, pid, started_at, finished_at, added, updated, duplicates, unchanged, "
            "removed, failed FROM runs ORDER BY run DESC LIMIT ?", limit,
        )  # fmt: skip
        names = [f for f in Run.__struct_fields__ if f != "failures"]
        return tuple(
            Run(**dict(zip(names, row, strict=True)), failures=self._failures(row[0])) for row in rows
        )  # fmt: skip

    def _failures(self, run: int) -> tuple[Failure, ...]:
        rows = self._all("SELECT name, reason, message FROM failures WHERE run = ? ORDER BY rowid", run)
        return tuple(Failure(name=n, reason=r, message=m) for n, r, m in rows)

    # -- writing ---------------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside is on the disk when this returns, or none of it ever was."""
        with self._mutex, disk.told(self.path, "writing to the store"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite has rolled back by itself where the disk is full
                    self._connection.execute("ROLLBACK")
                raise

    def _changed(self, key: str, kind: Literal["upsert", "delete"]) -> None:
        # One row a key: only the last change matters to an index, and AUTOINCREMENT never gives a number twice.
        self._connection.execute("DELETE FROM changes WHERE key = ?", (key,))
        self._connection.execute("INSERT INTO changes (key, kind) VALUES (?, ?)", (key, kind))

    def put(self, letter: StoredLetter) -> bool:
        """Write a letter, in place of what the store has under its key. Says whether an index has to be told.

        A letter needs a source before the transaction ends: see `name`.
        """
        moment = disk.now()
        execute = self._connection.execute
        old = execute(
            "SELECT record, text FROM records JOIN contents USING (key) WHERE key = ?", (letter.key,)
        ).fetchone()
        made = self._corrected(letter)
        text = zlib.compress(letter.text)
        same = old is not None and tuple(old) == (made.record, text)
        execute(
            "INSERT INTO records (key, parser, parsed_at, added_at, digest, record) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET parser = excluded.parser, parsed_at = excluded.parsed_at, "
            "digest = excluded.digest, record = excluded.record",
            (letter.key, letter.parser, moment, moment, _digest(letter.text, made.record, letter.parser), made.record),
        )
        execute(
            "INSERT INTO contents (key, size, data, text) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET size = excluded.size, data = excluded.data, text = excluded.text",
            (letter.key, len(letter.data), zlib.compress(letter.data), text),
        )
        self._note(letter, made)
        if same:
            return False
        self._changed(letter.key, "upsert")
        return True

    def correct_anew(self, key: str) -> Applied:
        """Make a letter's record anew from the parser's and the corrections that stand now; tells the index.

        Raises:
            KeyError: no such letter.
            ArchiveDamaged: its record, its text or a correction is not what was written.
        """
        record, text = self.uncorrected(key)
        ((parser, before),) = self._all("SELECT parser, record FROM records WHERE key = ?", key)
        letter = StoredLetter.of(key, b"", record, text, parser=parser)
        made = self._corrected(letter)
        self._connection.execute(
            "UPDATE records SET record = ?, digest = ? WHERE key = ?",
            (made.record, _digest(letter.text, made.record, parser), key),
        )
        self._note(letter, made)
        if made.record != before:
            self._changed(key, "upsert")
        return self.applied(key)

    def _corrected(self, letter: StoredLetter) -> StoredLetter:
        """A letter as the parser made it, with the corrections that stand; the same object where there are none."""
        standing = self.ledger.standing(letter.key)
        if not standing:
            return letter
        record = apply(Circular.from_json(letter.record), standing, letter.text.decode()).record
        return msgspec.structs.replace(letter, record=record.to_json(), ids=identities(record))

    def _note(self, own: StoredLetter, made: StoredLetter) -> None:
        """Write a letter's identities, what one without any is found by, and beside a corrected record the parser's own."""
        execute = self._connection.execute
        execute("DELETE FROM identities WHERE key = ?", (made.key,))
        self._connection.executemany(
            "INSERT INTO identities (id, key) VALUES (?, ?)", [(i, made.key) for i in made.ids]
        )
        execute("DELETE FROM prints WHERE key = ?", (made.key,))
        if not made.ids:
            execute("INSERT INTO prints VALUES (?, ?)", (made.key, renditions.digest(own.text.decode())))
        execute("DELETE FROM uncorrected WHERE key = ?", (own.key,))
        if made is not own:
            digest = _digest(own.text, own.record, own.parser)
            execute("INSERT INTO uncorrected (key, digest, record) VALUES (?, ?, ?)", (own.key, digest, own.record))

    def name(self, name: str, key: str, size: int) -> str | None:
        """Note that the bytes `key` came under a name. Returns the key that the name had before, if any."""
        before = self.key_of(name)
        moment = disk.now()
        self._connection.execute(
            "INSERT INTO sources (name, key, size, added_at, changed_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE "
            "SET key = excluded.key, size = excluded.size, changed_at = excluded.changed_at",
            (name, key, size, moment, moment),
        )
        return before

    def drop(self, keys: Iterable[str], *, unnamed_only: bool = False) -> tuple[str, ...]:
        """Delete letters with all that belongs to them; with `unnamed_only` those that no source names any more."""
        gone = []
        sql = "DELETE FROM records WHERE key = ?"
        if unnamed_only:
            sql += " AND NOT EXISTS (SELECT 1 FROM sources WHERE sources.key = records.key)"
        for key in dict.fromkeys(keys):
            if self._connection.execute(sql, (key,)).rowcount:
                self._changed(key, "delete")
                gone.append(key)
        return tuple(gone)

    def begin_run(self, verb: str) -> int:
        """Open a line in the ingest log."""
        with self.transaction():
            row = self._connection.execute(
                "INSERT INTO runs (verb, version, host, pid, started_at) VALUES (?, ?, ?, ?, ?) RETURNING run",
                (verb, __version__, socket.gethostname(), os.getpid(), disk.now()),
            ).fetchone()
        return int(row[0])

    def log(self, run: int, failures: Iterable[Failure], *, finished: bool = False, **counts: int) -> None:
        """Bring a line of the ingest log up to date, inside a transaction."""
        self._connection.executemany(
            "INSERT INTO failures (run, name, reason, message) VALUES (?, ?, ?, ?)",
            [(run, storable(f.name), f.reason, storable(f.message)) for f in failures],
        )
        self._connection.execute(
            "UPDATE runs SET added = :added, updated = :updated, duplicates = :duplicates, unchanged = :unchanged, "
            "removed = :removed, failed = :failed, finished_at = :finished WHERE run = :run",
            {
                **dict.fromkeys(("added", "updated", "duplicates", "unchanged", "removed", "failed"), 0),
                **counts, "run": run, "finished": disk.now() if finished else None,
            },
        )  # fmt: skip

    def remember_generation(self, name: str, seq: int, keep: Iterable[str]) -> None:
        """Note that an index generation is made from this store; forget those not to be kept."""
        kept = [name, *keep]
        with self.transaction():
            marks = ", ".join("?" * len(kept))
            self._connection.execute(f"DELETE FROM generations WHERE name NOT IN ({marks})", kept)  # noqa: S608  (marks only)
            self._connection.execute("INSERT INTO generations VALUES (?, ?, ?)", (name, seq, disk.now()))

    # -- the whole -------------------------------------------------------------------------------------------------

    def copy_to(self, path: Path) -> None:
        """Copy the last committed state into a new file, while others read and write."""
        with self._mutex, disk.told(path, "copying the store"):
            if self._frozen is not None:
                self._thaw()
            with closing(sqlite3.connect(path, isolation_level=None)) as copy:
                self._connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            disk.sync(path)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reading inside sees one and the same commit. For a connection of its own: it holds back the log."""
        with self._mutex:
            with disk.told(self.path, "reading the store"):
                self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("ROLLBACK")

    def check(self) -> Iterator[Problem]:
        """Hold everything against everything: pages, bytes, digests, sources, identities and the log of changes."""
        place = str(self.path)
        try:
            for (line,) in self._all("PRAGMA integrity_check"):
                if line != "ok":
                    yield Problem(where=place, code="store-damaged", message=f"SQLite's own check: {line}")
            for table, row, parent, _ in self._all("PRAGMA foreign_key_check"):
                yield Problem(
                    where=place, code="store-damaged", message=f"row {row} of {table} lacks its row in {parent}"
                )
            yield from self._check_rows()
            yield from self._check_corrections()
            for code, message, sql in _CROSS_CHECKS:
                for (key,) in self._all(sql):
                    yield Problem(where=key, code=code, message=message)
        except ArchiveError as fault:
            yield Problem(where=place, code="store-damaged", message=str(fault))

    def _check_rows(self) -> Iterator[Problem]:
        for key in self.every_key():
            try:
                size = self._one("SELECT size FROM contents WHERE key = ?", key)
                data = self.data(key)
                if len(data) != size[0]:
                    yield Problem(
                        where=key, code="bytes-damaged", message=f"the size noted is {size[0]}, not {len(data)}"
                    )
            except ArchiveDamaged as fault:
                yield Problem(where=key, code="bytes-damaged", message=str(fault))
            except KeyError:
                yield Problem(where=key, code="bytes-missing", message="the store lacks this letter's bytes")
                continue
            try:
                record, _ = self.letter(key)
                noted = {i for (i,) in self._all("SELECT id FROM identities WHERE key = ?", key)}
                if noted != set(identities(record)):
                    yield Problem(
                        where=key, code="record-damaged", message="its identities are not those of its record"
                    )
            except ArchiveDamaged as fault:
                yield Problem(where=key, code="record-damaged", message=str(fault))
            except KeyError:
                yield Problem(
                    where=key, code="store-damaged", message="the store lists this letter and does not find it"
                )

    def _check_corrections(self) -> Iterator[Problem]:
        for key, message in self.ledger.check():
            yield Problem(where=key, code="correction-damaged", message=message)
        for (key,) in self._all("SELECT key FROM uncorrected"):
            try:
                if key in self:  # else its row lacks that of its letter, which is told already
                    self.uncorrected(key)
            except ArchiveDamaged as fault:
                yield Problem(where=key, code="record-damaged", message=str(fault))


_CROSS_CHECKS = (
    (
        "source-damaged", "the size noted with one of its sources is not that of its bytes",
        "SELECT key FROM sources JOIN contents USING (key) WHERE sources.size != contents.size",
    ),
    (
        "source-missing", "no source names this letter",
        "SELECT key FROM records WHERE key NOT IN (SELECT key FROM sources)",
    ),
    (
        "changes-damaged", "the log of changes does not know this letter, so that no index would hold it",
        "SELECT key FROM records WHERE key NOT IN (SELECT key FROM changes WHERE kind = 'upsert')",
    ),
    (
        "changes-damaged", "the log of changes knows this letter, and the store does not hold it",
        "SELECT key FROM changes WHERE kind = 'upsert' AND key NOT IN (SELECT key FROM records)",
    ),
)  # fmt: skip


def identities(record: Circular) -> tuple[str, ...]:
    """A record's identities, each once."""
    return tuple(dict.fromkeys(i for i in (record.id, *record.ids) if i))


def storable(name: str) -> str:
    """A name that any database and terminal encoding takes: bytes that are no UTF-8 are written as `\\xff`."""
    try:
        raw = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = name.encode("utf-8", "surrogatepass")  # half a character that came from no file name
    return raw.decode("utf-8", "backslashreplace")


def is_blank(path: Path) -> bool:
    """Whether a file is an SQLite file without a table: what is left when the making of a store is interrupted."""
    if path.stat().st_size == 0:
        return True
    # A journal that a killed process left can be rolled back, and the file read, only by who may write.
    for mode in ("ro", "rw"):
        with suppress(sqlite3.Error), closing(_connect(path, mode)) as connection:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            return not tables and schema.version_of(connection) == 0
    return False
