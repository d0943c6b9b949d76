"""Corrections in an archive: kept apart, above the parser, through everything that happens to a letter."""

from __future__ import annotations

import datetime as dt
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from itudocs.archive import archive as archive_module
from itudocs.archive.archive import Archive
from itudocs.corrections import Correction
from itudocs.errors import ArchiveDamaged, ArchiveLocked, CorrectionError, NotInArchive
from itudocs.evidence import complaints
from itudocs.model import Circular, Event
from itudocs.parse import Parsed
from itudocs.reading.source import Document
from tests.archive.archive_fakes import FakeEngine, documents, fake_parse, letter
from tests.archive.conftest import Open

KILLS = int(os.environ.get("ITUDOCS_TORTURE") or 10)
CORRECTING = Path(__file__).with_name("correcting.py")
ROOT = Path(__file__).parents[2]


def say(archive: Archive, name: str, path: str, value: object, **more: Any) -> Correction:
    return archive.correct(name, path, value, by="A. Person", why="the stamp", **more)


def states(archive: Archive, name: str | None = None) -> list[tuple[str, str]]:
    return [(one.path, one.state) for one in archive.corrections(name)]


@pytest.fixture
def archive(opened: Open) -> Archive:
    made = opened()
    made.add_documents(documents(range(3), date="2015-03-02", event="2015-06-01"))
    return made


def parse_as(monkeypatch: pytest.MonkeyPatch, change: Callable[[Circular], Circular]) -> None:
    """Another parser from now on."""

    def parse(documents: Iterable[Document], *more: object) -> Iterator[object]:
        for answer in fake_parse(documents):
            record = change(answer.record) if isinstance(answer, Parsed) else None
            yield msgspec.structs.replace(answer, record=record) if record else answer

    monkeypatch.setattr(archive_module, "_parse", parse)
    monkeypatch.setattr(archive_module, "_parser_version", lambda: "fake-2")


def test_a_correction_wins_in_the_record_in_searches_and_in_the_views(archive: Archive) -> None:
    made = say(archive, "cr/1", "subject", "Another matter")
    assert archive.get("cr/1").subject == "Another matter"
    assert [r.subject for r in archive] == ["Subject 0", "Another matter", "Subject 2"]
    assert [h.subject for h in archive.search("number1").hits] == ["Another matter"]
    with closing(sqlite3.connect(archive.folder / "archive.db")) as plain:
        assert plain.execute("SELECT subject FROM letters WHERE id = 'cr/1'").fetchall() == [("Another matter",)]
    assert archive.uncorrected("cr/1").subject == "Subject 1"
    assert (made.before, made.value, made.by, made.why) == ("Subject 1", "Another matter", "A. Person", "the stamp")
    assert dt.datetime.fromisoformat(made.at).tzinfo == dt.UTC
    assert archive.corrections("cr/1") == archive.corrections() == (made,)
    assert archive.verify() == []


def test_a_corrected_reference_gives_the_letter_another_identity(archive: Archive) -> None:
    say(archive, "cr/1", "ref", "CR/7")
    assert archive.get("cr/7").ref == "CR/7"
    assert "cr/1" not in archive
    assert archive.search("number1").hits[0].id == "cr/7"
    assert archive.verify() == []
    archive.withdraw("cr/7", "ref", by="B", why="no")
    assert archive.get("cr/1").ref == "CR/1"
    assert "cr/7" not in archive


def test_withdrawing_gives_back_what_the_parser_said_and_keeps_the_history(archive: Archive) -> None:
    before = archive.get("cr/1")
    say(archive, "cr/1", "subject", "First")
    say(archive, "cr/1", "subject", "Second")
    assert states(archive) == [("subject", "superseded"), ("subject", "applied")]
    (gone,) = archive.withdraw("cr/1", "subject", by="B", why="misread")
    assert archive.get("cr/1") == before
    assert gone.value == "Second"
    first, second = archive.corrections("cr/1")
    assert (first.superseded_by, first.state, second.state) == (second.number, "superseded", "withdrawn")
    assert (second.withdrawn_by, second.withdrawn_why) == ("B", "misread")
    assert second.withdrawn_at is not None
    assert archive.search("number1").hits[0].subject == "Subject 1"
    with pytest.raises(CorrectionError, match="No correction of this letter stands"):
        archive.withdraw("cr/1", "subject", by="B", why="again")
    assert archive.verify() == []


def test_a_correction_of_the_whole_takes_the_place_of_those_of_its_parts(archive: Archive) -> None:
    say(archive, "cr/1", "events/0/place", "Montreux")
    say(archive, "cr/1", "subject", "Other")
    say(archive, "cr/1", "events", [Event(start=dt.date(2015, 7, 1), end=dt.date(2015, 7, 2))])
    say(archive, "cr/1", "events/0/place", "Accra")
    assert states(archive) == [
        ("events/0/place", "superseded"), ("subject", "applied"), ("events", "applied"), ("events/0/place", "applied"),
    ]  # fmt: skip
    assert archive.get("cr/1").events[0].place == "Accra"
    with pytest.raises(
        CorrectionError, match=r"deadlines: no correction stands there\. Corrections stand at subject, events, "
    ):
        archive.withdraw("cr/1", "deadlines", by="B", why="no")
    gone = archive.withdraw("cr/1", "events", by="B", why="no")
    assert [one.path for one in gone] == ["events", "events/0/place"]
    assert archive.get("cr/1").events == archive.uncorrected("cr/1").events


def test_a_refused_correction_changes_nothing(archive: Archive) -> None:
    before = archive.get("cr/1")
    for path, value in (("foo", 1), ("date", "soon"), ("events/3/start", "2015-01-01")):
        with pytest.raises(CorrectionError):
            say(archive, "cr/1", path, value)
    with pytest.raises(CorrectionError, match="why"):
        archive.correct("cr/1", "date", None, by="A", why="")
    with pytest.raises(CorrectionError, match="does not stand"):
        say(archive, "cr/1", "date", None, quote="nowhere")
    with pytest.raises(NotInArchive):
        say(archive, "cr/77", "date", None)
    assert archive.get("cr/1") == before
    assert archive.corrections() == ()
    assert archive.verify() == []


def test_a_letter_in_two_languages_is_corrected_by_its_key(archive: Archive) -> None:
    archive.add_documents([Document(name="fr", data=letter(1, language="fr"))])
    with pytest.raises(NotInArchive, match=r"several letters are 'cr/1' \(.*Name one by its key"):
        say(archive, "cr/1", "subject", "x")
    french = next(r for r in archive.versions("cr/1") if r.language == "fr")
    say(archive, french.key[:12], "subject", "Objet")
    assert {r.subject for r in archive.versions("cr/1")} == {"Subject 1", "Objet"}


def test_corrections_survive_reparsing_and_follow_what_they_correct(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(archive, "cr/1", "events/0/place", "Montreux")
    say(archive, "cr/1", "subject", "Another matter")
    early = Event(start=dt.date(2015, 5, 1), end=dt.date(2015, 5, 1), name="a briefing")
    parse_as(
        monkeypatch,
        lambda r: msgspec.structs.replace(r, subject=f"{r.subject} as read anew", events=(early, *r.events)),
    )
    archive.rebuild(reparse=True)
    record = archive.get("cr/1")
    assert record.subject == "Another matter"
    assert [e.place for e in record.events] == [None, "Montreux"]
    assert archive.uncorrected("cr/1").subject == "Subject 1 as read anew"
    assert archive.get("cr/2").subject == "Subject 2 as read anew"
    assert {state for _, state in states(archive)} == {"applied"}
    assert archive.verify() == []
    archive.withdraw("cr/1", "subject", by="B", why="no")
    assert archive.get("cr/1").subject == "Subject 1 as read anew"


def test_what_cannot_be_applied_is_reported_and_comes_back_with_what_it_corrects(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(archive, "cr/1", "events/0/place", "Montreux")
    with monkeypatch.context() as patch:
        parse_as(patch, lambda r: msgspec.structs.replace(r, events=()))
        archive.rebuild(reparse=True)
        (one,) = archive.corrections("cr/1")
        assert one.state == "not-applied"
        assert "no events" in one.remark
        assert [i.code for i in archive.get("cr/1").issues] == ["correction-not-applied"]
        assert archive.verify() == []
    archive.rebuild(reparse=True)
    assert archive.get("cr/1").events[0].place == "Montreux"
    assert archive.get("cr/1").issues == ()
    assert states(archive) == [("events/0/place", "applied")]


def test_corrections_wait_for_a_letter_that_was_removed(archive: Archive) -> None:
    say(archive, "cr/1", "ref", "CR/7")
    (key,) = archive.remove("cr/7")
    assert states(archive) == [("refs", "letter-absent")]
    assert states(archive, key[:8]) == [("refs", "letter-absent")]
    assert list(archive.corrected()) == []
    assert archive.verify() == []
    archive.add_documents(documents([1], date="2015-03-02", event="2015-06-01"))
    assert archive.get("cr/7").key == key
    archive.remove(key)
    (gone,) = archive.withdraw(key, "ref", by="B", why="no")
    assert gone.state == "withdrawn"
    archive.add_documents(documents([1], date="2015-03-02", event="2015-06-01"))
    assert archive.get(key).id == "cr/1"
    with pytest.raises(NotInArchive):
        archive.corrections("f" * 64)


def test_corrections_go_with_backup_and_restore(archive: Archive, tmp_path: Path) -> None:
    say(archive, "cr/1", "subject", "Another matter", quote="Subject 1")
    say(archive, "cr/2", "date", None)
    archive.withdraw("cr/2", "date", by="B", why="no")
    archive.backup(tmp_path / "saved")
    with Archive.restore(tmp_path / "saved", tmp_path / "b", engine=FakeEngine()) as other:
        assert other.corrections() == archive.corrections()
        assert other.get("cr/1") == archive.get("cr/1")
        assert other.uncorrected("cr/1") == archive.uncorrected("cr/1")
        assert [h.subject for h in other.search("number1").hits] == ["Another matter"]
        assert other.verify() == []


def test_an_older_archive_is_given_its_tables(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from itudocs.archive import schema

    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", tuple(m for m in schema.MIGRATIONS if m is not schema._add_corrections))
        with closing(sqlite3.connect(":memory:")) as old:
            schema.migrate(old, schema.MIGRATIONS)
            tables = {name for (name,) in old.execute("SELECT name FROM sqlite_master")}
    assert "corrections" not in tables
    with closing(sqlite3.connect(":memory:")) as new:
        schema.migrate(new, schema.MIGRATIONS)
        assert {"corrections", "uncorrected"} <= {name for (name,) in new.execute("SELECT name FROM sqlite_master")}


def test_corrected_letters_come_with_both_records(archive: Archive) -> None:
    say(archive, "cr/1", "subject", "Another matter")
    say(archive, "cr/2", "date", "2015-03-02")
    first, second = archive.corrected()
    assert (first.own.subject, first.record.subject) == ("Subject 1", "Another matter")
    assert second.own == second.record
    assert [c.confirms for c in (*first.corrections, *second.corrections)] == [False, True]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE corrections SET value = '\"Forged\"'", "correction-damaged"),
        ("UPDATE corrections SET withdrawn_at = 'now'", "correction-damaged"),
        ("UPDATE corrections SET by = 'Somebody else'", "correction-damaged"),
        ("DELETE FROM uncorrected", "correction-damaged"),
        ("DELETE FROM corrections", "correction-damaged"),
        ("UPDATE uncorrected SET record = replace(record, 'Subject', 'Sobject')", "record-damaged"),
    ],
)
def test_what_is_changed_behind_its_back_is_found(archive: Archive, change: str, code: str) -> None:
    say(archive, "cr/1", "subject", "Another matter")
    with closing(sqlite3.connect(archive.folder / "archive.db")) as other:
        other.executescript(change)
    problems = archive.verify()
    assert any(p.code == code for p in problems), problems
    if "SET value" in change:
        with pytest.raises(ArchiveDamaged, match=r"correction 1 .* is damaged"):
            archive.corrections()


def test_who_writes_waits_for_nobody_and_is_told(archive: Archive, opened: Open) -> None:
    other = opened(archive.folder)
    with archive._lock.held("a test"), pytest.raises(ArchiveLocked):
        say(other, "cr/1", "subject", "x")
    assert archive.corrections() == ()


def test_many_who_correct_at_once_lose_nothing(archive: Archive, opened: Open) -> None:
    stored: list[Correction] = []

    def correct(n: int) -> None:
        mine = opened(archive.folder, engine=FakeEngine())
        for k in range(5):
            while True:
                try:
                    stored.append(
                        say(mine, "cr/1", ("subject", "salutation", "date")[n], None if n == 2 else f"{n}/{k}")
                    )
                    break
                except ArchiveLocked:
                    time.sleep(0.01)

    threads = [threading.Thread(target=correct, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.number for one in archive.corrections()] == list(range(1, 16))
    assert len(stored) == 15
    record = archive.get("cr/1")
    assert (record.subject, record.salutation, record.date) == ("0/4", "1/4", None)
    assert sum(state == "applied" for _, state in states(archive)) == 3
    assert archive.verify() == []


def test_what_was_reported_as_corrected_survives_kills(opened: Open, tmp_path: Path) -> None:
    with opened() as made:
        made.add_documents(documents(range(8)))
    chance = random.Random(2004)
    said: dict[tuple[str, str], tuple[int, str | None]] = {}
    for _ in range(KILLS):
        command = [sys.executable, str(CORRECTING), str(tmp_path / "a"), str(chance.random())]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0, 0.4))
            writer.kill()
            lines = writer.stdout.read().split("\n")[:-1]
        for line in lines:
            number, key, what = line.split(" ")
            path, given, value = what.partition("=")
            said[key, path] = (int(number), value if given else None)
        with opened() as archive:
            assert archive.verify() == []
            kept = {one.number: one for one in archive.corrections()}
            assert list(kept) == list(range(1, len(kept) + 1))
            for (key, path), (last, given_value) in said.items():
                later = [one for one in kept.values() if (one.key, one.path) == (key, path) and one.number > last]
                if given_value is None:
                    assert kept[last].state in ("withdrawn", "superseded")
                elif not later:
                    # at most one call had not returned: it may have withdrawn this one, and nobody was told
                    assert kept[last].state in ("applied", "withdrawn")
                    if kept[last].state == "applied":
                        assert getattr(archive.get(key), path) == given_value
            for record in archive:
                found = [h.subject for h in archive.search(filters=None, limit=99).hits if h.key == record.key]
                assert found == [record.subject]
    assert said, "the writer was killed before it could do anything"


def test_evidence_holds_for_corrected_letters_of_the_corpus(opened: Open, real_parser: None) -> None:
    archive = opened()
    archive.add([ROOT / "corpus" / "open" / f"{name}.txt" for name in ("en-104-tsb-circular-lines", "zh-001-cr-flat")])
    for record in archive:
        say(archive, record.key, "date", "2009-09-04")
        say(archive, record.key, "events", record.events[::-1])
        say(archive, record.key, "ref", "CR/999")
    for record in archive:
        assert list(complaints(record, archive.text(record.key))) == []
        assert record.ids == ("cr/999",)
    assert len(archive.versions("cr/999")) == 2
    archive.rebuild(reparse=True)
    assert len(archive.versions("cr/999")) == 2


def test_a_confirmation_is_kept_and_costs_the_index_nothing(archive: Archive) -> None:
    generation = (archive.folder / "index" / "CURRENT").read_bytes()
    made = say(archive, "cr/1", "subject", "Subject 1")
    assert made.confirms
    assert archive.get("cr/1") == archive.uncorrected("cr/1")
    assert (archive.folder / "index" / "CURRENT").read_bytes() == generation
    assert states(archive) == [("subject", "applied")]
