"""Differences between two states of an archive, and between its records and another parser's."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.archive import archive as archive_module
from itudocs.archive import schema, store
from itudocs.archive.archive import Archive
from itudocs.archive.diff import COMPARED, FieldChange, Side, Summary, changes, compare_archives, compare_parser
from itudocs.errors import ArchiveDamaged, NotAnArchive
from itudocs.model import Circular, Contact, Event, Evidence, Failure, Provenance, Signatory
from itudocs.parse import Parsed
from itudocs.paths import lookup, replaced
from itudocs.reading.source import Document
from tests.archive.archive_fakes import documents, fake_parse, letter
from tests.archive.conftest import Open

DAY = dt.date(2015, 3, 2)
WORDS = Evidence(start=3, end=9, quote="Geneva", rule="event.place")
RECORD = Circular(
    key="0" * 64,
    source=Provenance(name="a.txt", sha256="0" * 64),
    date=DAY,
    subject="A questionnaire on numbering",
    refs=("CR/1",),
    ref="CR/1",
    addressees=("Member States", "Sector Members"),
    contact=Contact(tel=("+41 22 730 5111",)),
    signatory=Signatory(name="A. Person"),
    events=(Event(name="meeting", place="Geneva", start=DAY, end=DAY), Event(name="another", start=DAY, end=DAY)),
    evidence={"events/0/place": (WORDS,)},
)


Told = tuple[str, str | None, Any, str | None, Any]


def told(found: Iterable[FieldChange]) -> list[Told]:
    """Field, path and value before, path and value after."""
    rows: list[Told] = []
    for c in found:
        old, new = ((side.path, side.value) if side else (None, None) for side in (c.before, c.after))
        rows.append((c.field, *old, *new))
    return rows


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"date": dt.date(2015, 3, 3)}, [("date", "date", "2015-03-02", "date", "2015-03-03")]),
        ({"subject": None}, [("subject", "subject", RECORD.subject, None, None)]),
        ({"salutation": "Dear Sir,"}, [("salutation", None, None, "salutation", "Dear Sir,")]),
        ({"refs": ("CR/2",), "ref": "CR/2"}, [("refs", "refs/0", "CR/1", "refs/0", "CR/2")]),
        ({"addressees": ("Academia", *RECORD.addressees)}, [("addressees", None, None, "addressees/0", "Academia")]),
        ({"addressees": RECORD.addressees[::-1]}, []),
        ({"signatory": None}, [("signatory", "signatory", {"name": "A. Person", "titles": [], "person": None}, None, None)]),
        ({"contact": Contact(tel=("+41 22 730 5112",))}, [
            ("contact", "contact/tel/0", "+41 22 730 5111", "contact/tel/0", "+41 22 730 5112"),
        ]),
        ({"events": (msgspec.structs.replace(RECORD.events[1], place="Accra"), RECORD.events[0])}, [
            ("events", None, None, "events/0/place", "Accra"),
        ]),
        ({"evidence": {}, "issues": ()}, []),
    ],
)  # fmt: skip
def test_a_value_that_differs_is_named_with_both_sides(change: dict[str, Any], expected: list[Any]) -> None:
    assert told(changes(RECORD, msgspec.structs.replace(RECORD, **change))) == expected


def test_each_side_has_its_own_evidence() -> None:
    gone = msgspec.structs.replace(RECORD, events=RECORD.events[1:], evidence={})
    (change,) = changes(RECORD, gone)
    assert change.before is not None
    assert (change.before.path, change.before.evidence, change.after) == ("events/0", (WORDS,), None)
    moved = msgspec.structs.replace(WORDS, start=4, end=9, quote="Accra")
    events = (msgspec.structs.replace(RECORD.events[0], place="Accra"), RECORD.events[1])
    other = msgspec.structs.replace(RECORD, events=events, evidence={"events/0/place": (moved,)})
    assert changes(RECORD, other) == (
        FieldChange(
            field="events",
            before=Side(path="events/0/place", value="Geneva", evidence=(WORDS,)),
            after=Side(path="events/0/place", value="Accra", evidence=(moved,)),
        ),
    )


@given(st.sampled_from(["subject", "events/0/name", "addressees/1", "contact/tel/0"]), st.text(min_size=1, max_size=9))
def test_every_changed_value_is_told_with_what_stands_at_its_paths(path: str, value: str) -> None:
    plain = msgspec.json.decode(msgspec.json.encode(RECORD))
    other = msgspec.convert(replaced(plain, path, value), Circular)
    found = changes(RECORD, other)
    assert bool(found) == (lookup(plain, path) != value)
    for change in found:
        for side, record in ((change.before, RECORD), (change.after, other)):
            assert side is None or lookup(msgspec.json.decode(record.to_json()), side.path) == side.value


@pytest.fixture
def archive(opened: Open) -> Archive:
    made = opened()
    made.add_documents(documents(range(20), date="2015-03-02", event="2015-06-01"))
    return made


def test_two_states_of_an_archive_differ_where_something_happened(archive: Archive, tmp_path: Path) -> None:
    saved = archive.backup(tmp_path / "saved")
    assert list(compare_archives(saved, archive)) == []
    archive.correct("cr/1", "events/0/place", "Accra", by="A", why="x")
    archive.correct("cr/2", "date", None, by="A", why="x")
    archive.correct("cr/2", "events/0/place", "Accra", by="A", why="x")
    archive.correct("cr/3", "date", "2015-03-02", by="A", why="confirmed")
    archive.remove("cr/4")
    archive.add_documents([Document(name="new", data=letter(77))])
    found = compare_archives(saved, archive)
    letters = {one.id: one for one in found}
    assert {i: one.state for i, one in letters.items()} == {
        "cr/1": "changed", "cr/2": "changed", "cr/4": "only-before", "cr/77": "only-after",
    }  # fmt: skip
    assert told(letters["cr/1"].changes) == [("events", "events/0/place", "Geneva", "events/0/place", "Accra")]
    after = letters["cr/1"].changes[0].after
    assert after is not None
    assert after.evidence[0].origin == "correction"
    assert found.summary == Summary(
        same=17, changed=2, only_before=1, only_after=1, fields={"date": 1, "events": 2}
    )  # fmt: skip
    assert (found.summary.letters, found.summary.different) == (21, 4)
    assert [one.key for one in compare_archives(saved, archive)] == sorted(one.key for one in letters.values())
    back = compare_archives(archive, saved)
    assert {one.id: one.state for one in back}["cr/77"] == "only-before"


def test_letters_stream_and_the_sums_grow_with_them(
    archive: Archive, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_PAGE", 3)
    empty = opened(tmp_path / "empty")
    found = compare_archives(archive, empty)
    assert next(found).state == "only-before"
    assert found.summary.letters == 1
    assert sum(1 for _ in found) == 19
    assert found.summary == Summary(only_before=20)


def test_both_sides_stay_as_they_were_at_the_first_letter(archive: Archive, opened: Open, tmp_path: Path) -> None:
    found = compare_archives(archive, opened(tmp_path / "empty"))
    next(found)
    archive.remove([record.key for record in archive])
    assert sum(1 for _ in found) == 19


def test_a_backup_of_an_older_version_is_read_as_it_is(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        store.create(old / "archive.db")
    with closing(sqlite3.connect(old / "archive.db")) as copy:
        copy.execute("ATTACH ? AS now", (str(archive.folder / "archive.db"),))
        for table in ("records", "contents"):
            copy.execute(f"INSERT INTO main.{table} SELECT * FROM now.{table}")
        copy.commit()
    archive.correct("cr/1", "date", None, by="A", why="x")
    assert [one.id for one in compare_archives(old, archive)] == ["cr/1"]
    with closing(sqlite3.connect(old / "archive.db")) as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (1,)


def test_no_archive_and_damage_are_told(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive):
        compare_archives(tmp_path / "none", archive)
    saved = archive.backup(tmp_path / "saved")
    with closing(sqlite3.connect(saved / "archive.db")) as other:
        other.execute("UPDATE records SET record = replace(record, 'Subject', 'Sobject'), digest = 'x'")
        other.commit()
    with pytest.raises(ArchiveDamaged):
        list(compare_archives(saved, archive))


def parse_as(monkeypatch: pytest.MonkeyPatch, change: Callable[[Circular], Circular | None]) -> None:
    def parse(documents: Iterable[Document], *more: object) -> Iterator[object]:
        for answer in fake_parse(documents):
            assert isinstance(answer, Parsed)
            record = change(answer.record)
            yield (
                Parsed(record=record, text=answer.text)
                if record
                else Failure(name="x", reason="binary", message="no letter")
            )

    monkeypatch.setattr(archive_module, "_parse", parse)


def test_another_parser_differs_where_a_reparse_would_change_the_record(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(compare_parser(archive)) == []
    archive.correct("cr/1", "subject", "Said", by="A", why="x")
    archive.correct("cr/2", "subject", "Said", by="A", why="x")

    def change(record: Circular) -> Circular | None:
        if record.id in ("cr/1", "cr/3"):
            return msgspec.structs.replace(record, subject="Read anew")
        return None if record.id == "cr/5" else record

    parse_as(monkeypatch, change)
    before = (archive.folder / "archive.db").read_bytes()
    found = compare_parser(archive, workers=1)
    letters = {one.id: one for one in found}
    assert {i: one.state for i, one in letters.items()} == {"cr/3": "changed", "cr/5": "unparsed"}
    assert told(letters["cr/3"].changes) == [("subject", "subject", "Subject 3", "subject", "Read anew")]
    assert letters["cr/5"].message == "no letter"
    assert found.summary == Summary(same=18, changed=1, unparsed=1, fields={"subject": 1})
    assert (archive.folder / "archive.db").read_bytes() == before
    saved = archive.backup(archive.folder.parent / "saved")
    archive.rebuild(reparse=True)
    assert {one.id for one in compare_archives(saved, archive)} == {"cr/3"}


def test_every_field_of_a_record_that_says_something_of_the_letter_is_compared() -> None:
    ours = {"key", "source", "zones", "places", "evidence", "issues", "id", "ref"}
    assert set(COMPARED) == set(Circular.__struct_fields__) - ours
