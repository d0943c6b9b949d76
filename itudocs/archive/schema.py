"""The tables of an archive's store, and the steps from each version of them to the next.

`archive.db` is an SQLite file that any SQLite tool, DuckDB or Datasette opens. To read it, use the views: `letters`, and
`events`, `deadlines`, `citations`, `addressees` and others with a row for each thing that a letter has many of. They are
made in `itudocs.archive.views` and documented, with examples, in docs/sql.md.

They are drawn from the tables, which the library alone writes:

| table | a row is |
|---|---|
| `records` | a letter: `record` is its JSON, `parser` the version that made it, `digest` a SHA-256 of it all |
| `contents` | its original bytes (`data`) and the text read from them (`text`, UTF-8), both compressed with zlib |
| `identities` | one of the letter's `ids` |
| `sources` | a name (a file's absolute path) the bytes came under, when it was first added and when it last changed |
| `changes` | the last thing that happened to a key, numbered by `seq`: how far an index has come |
| `generations` | an index generation made from this store |
| `corrections` | what a person said of a letter, with `value` and `was` as JSON: docs/corrections.md; kept also when the \
letter goes, should it come back |
| `uncorrected` | of a letter that has corrections the record as the parser made it; `records` has the corrected one |
| `runs`, `failures` | the ingest log; a run without `finished_at` was interrupted |
| `searches` | a saved search: `filters` is JSON, `asked_at` is when its owner was last told what is new |
| `seen` | a letter (`number` of `records`) that a saved search has shown |
| `containers` | a zip file, mail ... that has been gone through: the SHA-256 of its bytes, how many `sources` are in it \
(`stored`), their names (zlib, JSON), the parser's version |
| `failing` | a file, or a member of one, that failed when it was last tried |
| `prints` | of a letter without identity a SHA-256 of its words, by which the same letter in other formats is found |
| `meta` | `store`: the store's own random name |

Times are UTC in ISO 8601. `user_version` is the version of the schema; `application_id` marks the file as an archive.
"""

from __future__ import annotations

import secrets
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress

from itudocs.archive import views
from itudocs.archive.renditions import digest

APPLICATION_ID = 0x49545544  # "ITUD"

Migration = Callable[[sqlite3.Connection], None]

_VERSION_1 = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE records (
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE CHECK (length(key) = 64),
        parser TEXT NOT NULL,
        parsed_at TEXT NOT NULL,
        added_at TEXT NOT NULL,
        digest TEXT NOT NULL,
        record TEXT NOT NULL
    ) STRICT
    """,
    # Apart from the records, so that reading those does not walk over the letters' bytes.
    """
    CREATE TABLE contents (
        key TEXT PRIMARY KEY REFERENCES records (key) ON DELETE CASCADE,
        size INTEGER NOT NULL,
        data BLOB NOT NULL,
        text BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE identities (
        id TEXT NOT NULL,
        key TEXT NOT NULL REFERENCES records (key) ON DELETE CASCADE,
        PRIMARY KEY (id, key)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX identities_by_key ON identities (key)",
    """
    CREATE TABLE sources (
        name TEXT PRIMARY KEY,
        key TEXT NOT NULL REFERENCES records (key) ON DELETE CASCADE,
        size INTEGER NOT NULL,
        added_at TEXT NOT NULL,
        changed_at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX sources_by_key ON sources (key)",
    """
    CREATE TABLE changes (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('upsert', 'delete'))
    ) STRICT
    """,
    "CREATE TABLE generations (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, made_at TEXT NOT NULL) STRICT",
    """
    CREATE TABLE runs (
        run INTEGER PRIMARY KEY AUTOINCREMENT,
        verb TEXT NOT NULL,
        version TEXT NOT NULL,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT,
        added INTEGER NOT NULL DEFAULT 0,
        updated INTEGER NOT NULL DEFAULT 0,
        duplicates INTEGER NOT NULL DEFAULT 0,
        unchanged INTEGER NOT NULL DEFAULT 0,
        removed INTEGER NOT NULL DEFAULT 0,
        failed INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    """
    CREATE TABLE failures (
        run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
        name TEXT NOT NULL,
        reason TEXT NOT NULL,
        message TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX failures_by_run ON failures (run)",
    """
    CREATE VIEW letters AS SELECT
        key,
        json_extract(record, '$.id') AS id,
        json_extract(record, '$.ref') AS ref,
        json_extract(record, '$.date') AS date,
        json_extract(record, '$.bureau') AS bureau,
        json_extract(record, '$.series') AS series,
        json_extract(record, '$.language') AS language,
        json_extract(record, '$.subject') AS subject,
        json_extract(record, '$.signatory.name') AS signatory,
        json_extract(record, '$.source.name') AS name,
        (SELECT size FROM contents WHERE contents.key = records.key) AS size,
        added_at,
        parser
    FROM records
    """,
    """
    CREATE VIEW events AS SELECT
        records.key,
        json_extract(records.record, '$.id') AS id,
        item.key AS n,
        json_extract(item.value, '$.name') AS name,
        json_extract(item.value, '$.place') AS place,
        json_extract(item.value, '$.start') AS start,
        json_extract(item.value, '$.end') AS "end",
        json_extract(item.value, '$.time') AS time,
        json_extract(item.value, '$.status') AS status
    FROM records, json_each(records.record, '$.events') AS item
    """,
    """
    CREATE VIEW deadlines AS SELECT
        records.key,
        json_extract(records.record, '$.id') AS id,
        item.key AS n,
        json_extract(item.value, '$.date') AS date,
        json_extract(item.value, '$.time') AS time,
        json_extract(item.value, '$.what') AS what,
        json_extract(item.value, '$.computed') AS computed
    FROM records, json_each(records.record, '$.deadlines') AS item
    """,
    """
    CREATE VIEW citations AS SELECT
        records.key,
        json_extract(records.record, '$.id') AS id,
        item.key AS n,
        json_extract(item.value, '$.text') AS text,
        json_extract(item.value, '$.kind') AS kind,
        json_extract(item.value, '$.id') AS cites,
        json_extract(item.value, '$.date') AS date
    FROM records, json_each(records.record, '$.citations') AS item
    """,
)


def _to_1(connection: sqlite3.Connection) -> None:
    for statement in _VERSION_1:
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES ('store', ?)", (secrets.token_hex(16),))


def _add_corrections(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE corrections (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL CHECK (length(key) = 64),
            path TEXT NOT NULL,
            value TEXT NOT NULL,
            was TEXT NOT NULL,
            by TEXT NOT NULL,
            at TEXT NOT NULL,
            why TEXT NOT NULL,
            start INTEGER,
            "end" INTEGER,
            quote TEXT,
            superseded_by INTEGER REFERENCES corrections (number),
            withdrawn_at TEXT,
            withdrawn_by TEXT,
            withdrawn_why TEXT,
            digest TEXT NOT NULL
        ) STRICT
        """
    )
    connection.execute("CREATE INDEX corrections_by_key ON corrections (key)")
    connection.execute(
        """
        CREATE TABLE uncorrected (
            key TEXT PRIMARY KEY REFERENCES records (key) ON DELETE CASCADE,
            digest TEXT NOT NULL,
            record TEXT NOT NULL
        ) STRICT
        """
    )


_SEARCHES = (
    """
    CREATE TABLE searches (
        search INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        query TEXT NOT NULL,
        filters TEXT NOT NULL,
        saved_at TEXT NOT NULL,
        asked_at TEXT NOT NULL
    ) STRICT
    """,
    # Letters by number: ten bytes each, where a key takes seventy.
    """
    CREATE TABLE seen (
        search INTEGER NOT NULL REFERENCES searches (search) ON DELETE CASCADE,
        number INTEGER NOT NULL REFERENCES records (number) ON DELETE CASCADE,
        PRIMARY KEY (search, number)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX seen_by_number ON seen (number)",
)


def _add_searches(connection: sqlite3.Connection) -> None:
    for statement in _SEARCHES:
        connection.execute(statement)


_INTAKE = (
    """
    CREATE TABLE containers (
        name TEXT PRIMARY KEY,
        key TEXT NOT NULL,
        stored INTEGER NOT NULL,
        skipped INTEGER NOT NULL,
        members BLOB NOT NULL,
        parser TEXT NOT NULL,
        opened_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE failing (
        name TEXT PRIMARY KEY,
        reason TEXT NOT NULL,
        message TEXT NOT NULL,
        since TEXT NOT NULL,
        last TEXT NOT NULL,
        tries INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE prints (
        key TEXT PRIMARY KEY REFERENCES records (key) ON DELETE CASCADE,
        digest TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX prints_by_digest ON prints (digest)",
)


def _add_intake(connection: sqlite3.Connection) -> None:
    for statement in _INTAKE:
        connection.execute(statement)
    nameless = "SELECT key, text FROM contents WHERE key NOT IN (SELECT key FROM identities)"
    for key, packed in connection.execute(nameless).fetchall():
        with suppress(zlib.error, ValueError):  # damaged: `verify` says so
            connection.execute("INSERT INTO prints VALUES (?, ?)", (key, digest(zlib.decompress(packed).decode())))


MIGRATIONS: tuple[Migration, ...] = (_to_1, _add_corrections, _add_searches, views.draw, _add_intake)
"""`MIGRATIONS[n]` turns a store of version n into one of version n + 1; 0 is an empty file."""


def version_of(connection: sqlite3.Connection) -> int:
    """The version a store's schema has."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Bring a store to the newest version, each step in a transaction: done whole or not at all."""
    while (version := version_of(connection)) < len(migrations):
        connection.execute("BEGIN IMMEDIATE")
        try:
            migrations[version](connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
