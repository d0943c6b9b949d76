"""The store keeps what it was given, says what is damaged, and migrates."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from itudocs.archive import schema, store
from itudocs.archive.store import Store, StoredLetter
from itudocs.errors import ArchiveDamaged, ArchiveError, ArchiveVersion, NotAnArchive
from itudocs.model import Failure
from itudocs.reading.source import Document
from tests.archive.archive_fakes import letter, record_of
from tests.archive.conftest import Open


def stored(n: int, *, parser: str = "p1") -> StoredLetter:
    document = Document(name=f"{n}.txt", data=letter(n))
    record = record_of(document)
    return StoredLetter.of(record.key, document.data, record, document.data.decode(), parser=parser)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    store.create(tmp_path / "archive.db")
    return tmp_path / "archive.db"


@pytest.fixture
def writer(path: Path) -> Iterator[Store]:
    with closing(Store(path, write=True)) as opened:
        yield opened


def fill(writer: Store, count: int) -> list[str]:
    letters = [stored(n) for n in range(count)]
    with writer.transaction():
        for one in letters:
            writer.put(one)
            writer.name(f"/in/{one.key[:8]}", one.key, len(one.data))
    return [one.key for one in letters]


def test_a_store_gives_back_what_was_put_in(writer: Store) -> None:
    (key,) = fill(writer, 1)
    record, text = writer.letter(key)
    assert record == record_of(Document(name="0.txt", data=letter(0)))
    assert text.encode() == writer.data(key) == letter(0)
    assert key in writer
    assert (len(writer), list(writer.every_key()), writer.with_id("cr/0")) == (1, [key], (key,))
    assert list(writer.check()) == []
    for missing in (writer.letter, writer.data):
        with pytest.raises(KeyError):
            missing("0" * 64)


def test_every_commit_waits_for_the_disk(writer: Store) -> None:
    pragmas = {p: writer._one(f"PRAGMA {p}")[0] for p in ("journal_mode", "synchronous", "foreign_keys")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_transaction_that_fails_leaves_nothing(writer: Store) -> None:
    def half_a_batch() -> None:
        with writer.transaction():
            writer.put(stored(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_a_batch()
    assert len(writer) == 0
    assert writer.seq() == 0


def test_the_log_of_changes_holds_the_last_change_of_a_key_and_never_goes_back(writer: Store) -> None:
    keys = fill(writer, 3)
    assert writer.changes(0).upserts == tuple(keys)
    seq = writer.seq()
    with writer.transaction():
        assert writer.drop([keys[1], keys[1], "0" * 64]) == (keys[1],)
    after = writer.changes(seq)
    assert (after.upserts, after.deletes, after.seq) == ((), (keys[1],), 4)
    with writer.transaction():
        assert writer.put(stored(1))
        writer.name("again", keys[1], len(letter(1)))
        assert not writer.put(stored(0, parser="p2"))
    assert writer.changes(0).upserts == (keys[0], keys[2], keys[1])
    assert writer.changes(0).deletes == ()
    assert writer.seq() == 5
    with writer.transaction():
        writer.drop(keys)
    assert writer.seq() == 8
    assert writer.changes(8).seq == 8
    assert list(writer.check()) == []


def test_a_reader_cannot_write(path: Path) -> None:
    with closing(Store(path)) as reader, pytest.raises(ArchiveError, match="cannot be written to"):
        reader.begin_run("add")


def test_a_reader_sees_the_last_commit_and_a_snapshot_stays(path: Path, writer: Store) -> None:
    with closing(Store(path)) as reader:
        with reader.snapshot():
            assert len(reader) == 0
            fill(writer, 2)
            assert len(reader) == 0
        assert len(reader) == 2


def test_walking_the_store_goes_on_while_letters_come_and_go(writer: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_PAGE", 2)
    keys = fill(writer, 5)
    walk = writer.every_key()
    assert next(walk) == keys[0]
    with writer.transaction():
        writer.drop([keys[3]])
    assert list(walk) == [keys[1], keys[2], keys[4]]


def test_a_run_that_was_interrupted_has_no_end(writer: Store) -> None:
    first, second = writer.begin_run("add"), writer.begin_run("remove")
    with writer.transaction():
        writer.log(second, [Failure(name="x\udcff", reason="binary", message="no \ud800")], finished=True, failed=1)
    newest, oldest = writer.runs(10)
    assert (newest.run, oldest.run) == (second, first)
    assert oldest.finished is None
    assert newest.finished is not None
    assert newest.failures == (Failure(name="x\\xff", reason="binary", message="no \\xed\\xa0\\x80"),)
    assert len(writer.runs(1)) == 1


def test_a_record_of_other_bytes_is_refused() -> None:
    one = record_of(Document(name="a", data=b"a"))
    with pytest.raises(ValueError, match="other bytes"):
        StoredLetter.of("0" * 64, b"a", one, "a", parser="p")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ("UPDATE contents SET data = zeroblob(9)", "bytes-damaged", "original bytes"),
        ("UPDATE contents SET text = zeroblob(9)", "record-damaged", "record or text"),
        ("UPDATE contents SET size = 3", "bytes-damaged", "size noted"),
        ("UPDATE records SET record = replace(record, 'Subject 1', 'Subject 2')", "record-damaged", "digest"),
        ("UPDATE records SET record = '{'", "record-damaged", "digest"),
        ("UPDATE records SET parser = 'other'", "record-damaged", "digest"),
        ("UPDATE identities SET id = 'cr/2'", "record-damaged", "identities"),
        ("DELETE FROM contents", "bytes-missing", "lacks this letter's bytes"),
        ("DELETE FROM sources", "source-missing", "no source"),
        ("UPDATE sources SET size = 1", "source-damaged", "size"),
        ("DELETE FROM changes", "changes-damaged", "no index would hold it"),
        ("INSERT INTO changes (key, kind) VALUES ('x', 'upsert')", "changes-damaged", "does not hold it"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM records", "store-damaged", "lacks its row in records"),
    ],
)  # fmt: skip
def test_whatever_is_changed_behind_its_back_is_found(
    path: Path, writer: Store, change: str, code: str, message: str
) -> None:
    (key,) = fill_one(writer, 1)
    with closing(sqlite3.connect(path)) as other:
        other.executescript(change)
    problems = list(writer.check())
    assert any(p.code == code and message in p.message for p in problems), problems
    if message in ("original bytes", "record or text", "digest"):
        read = writer.data if message == "original bytes" else writer.letter
        with pytest.raises(ArchiveDamaged, match=rf"{key}.*backup"):
            read(key)


def fill_one(writer: Store, n: int) -> list[str]:
    one = stored(n)
    with writer.transaction():
        writer.put(one)
        writer.name("/in/1", one.key, len(one.data))
    return [one.key]


def test_flipped_bits_of_the_store_are_found_or_harmless(tmp_path: Path, path: Path) -> None:
    with closing(Store(path, write=True)) as writer:
        keys = fill(writer, 120)
        expected = _all_of(writer, keys)
    sound = path.read_bytes()
    chance = random.Random(7)
    found = 0
    for _ in range(120):
        data = bytearray(sound)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        try:
            with closing(Store(path)) as damaged:
                problems = list(damaged.check())
                if not problems:
                    assert _all_of(damaged, keys) == expected
                else:
                    found += 1
        except (ArchiveError, NotAnArchive):
            found += 1
    assert found > 60


def _all_of(opened: Store, keys: list[str]) -> list[object]:
    names = [[(s.name, s.size) for s in opened.sources(key)] for key in keys]
    return [[opened.letter(key), opened.data(key)] for key in keys] + [
        names,
        opened.changes(0),
        list(opened.every_key()),
    ]


def test_a_file_that_is_no_store_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive, match="no archive"):
        Store(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("Dear Sir/Madam,\n" * 100)
    with pytest.raises(NotAnArchive, match="not the store"):
        Store(tmp_path / "text.db")
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE t (x)")
    with pytest.raises(NotAnArchive, match="not the store"):
        Store(tmp_path / "other.db")


def test_a_store_of_a_newer_version_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")
    for write in (False, True):
        with pytest.raises(ArchiveVersion, match=rf"version 99.*knows up to {len(schema.MIGRATIONS)}.*Upgrade"):
            Store(path, write=write)


def _add_shelfmarks(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE records ADD COLUMN shelfmark TEXT")
    connection.execute("UPDATE records SET shelfmark = 'S' || number")


def _fail_half_way(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM changes")
    raise OSError(28, "No space left on device")


def test_an_older_store_migrates_when_its_archive_is_opened(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = opened()
    archive.add_documents([Document(name="1", data=letter(1))])
    archive.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, _add_shelfmarks))
    newer = opened()
    assert newer.get("cr/1").ref == "CR/1"
    assert newer.verify() == []
    with closing(sqlite3.connect(tmp_path / "a" / "archive.db")) as other:
        assert other.execute("SELECT shelfmark FROM records").fetchall() == [("S1",)]
        assert other.execute("PRAGMA user_version").fetchone()[0] == len(schema.MIGRATIONS)
    monkeypatch.undo()
    with pytest.raises(ArchiveVersion):
        opened()


def test_a_migration_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Store(path, write=True)) as writer:
        fill(writer, 2)
    now = len(schema.MIGRATIONS)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, _add_shelfmarks, _fail_half_way))
    with pytest.raises(ArchiveError, match="disk is full"):
        Store(path, write=True)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA user_version").fetchone()[0] == now + 1
        assert other.execute("SELECT count(*) FROM changes").fetchone()[0] == 2
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[: now + 1])
    with closing(Store(path, write=True)) as writer:
        assert list(writer.check()) == []


def test_a_copy_is_one_file_and_whole(writer: Store, tmp_path: Path) -> None:
    keys = fill(writer, 3)
    (tmp_path / "b").mkdir()
    writer.copy_to(tmp_path / "b" / "copy.db")
    assert [p.name for p in (tmp_path / "b").iterdir()] == ["copy.db"]
    with closing(Store(tmp_path / "b" / "copy.db")) as copy:
        assert _all_of(copy, keys) == _all_of(writer, keys)


def test_a_full_disk_is_told_and_leaves_the_last_commit(writer: Store) -> None:
    fill(writer, 2)
    pages = writer._one("PRAGMA page_count")[0]
    writer._one(f"PRAGMA max_page_count = {pages + 2}")
    noise = random.Random(1).randbytes(100_000)
    record = record_of(Document(name="big", data=noise))
    big = StoredLetter.of(record.key, noise, record, "x", parser="p")
    with pytest.raises(ArchiveError, match="disk is full"), writer.transaction():
        writer.put(big)
    assert len(writer) == 2
    assert list(writer.check()) == []
    writer._one("PRAGMA max_page_count = 100000")
    with writer.transaction():
        writer.put(big)
        writer.name("big", big.key, len(noise))
    assert writer.data(hashlib.sha256(noise).hexdigest()) == noise


def test_a_store_whose_making_was_killed_in_the_middle_of_a_write_is_blank(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "making.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")  # pages go to the file before the end of the transaction
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE sources (name BLOB)")
        connection.executemany("INSERT INTO sources VALUES (zeroblob(9000))", [()] * 20)
        for name in ("making.db", "making.db-journal"):
            (tmp_path / name.replace("making", "archive")).write_bytes((tmp_path / name).read_bytes())
    assert (tmp_path / "archive.db").stat().st_size > 0
    assert store.is_blank(tmp_path / "archive.db")
