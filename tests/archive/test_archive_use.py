"""Letters go in, records and results come out: the archive as its user sees it."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from itudocs.archive import ingest
from itudocs.archive.archive import Archive
from itudocs.archive.ingest import Progress
from itudocs.distributed.work import Letter
from itudocs.errors import (
    ArchiveDamaged,
    ArchiveError,
    ArchiveLocked,
    NotAnArchive,
    NotInArchive,
    QueryError,
)
from itudocs.model import Failure
from itudocs.parse import parse_documents
from itudocs.reading.source import Document
from tests.archive.archive_fakes import FakeEngine, documents, letter, write_letters
from tests.archive.conftest import Open


def key_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def found(archive: Archive, query: str | None = None) -> int:
    return archive.search(query, limit=0).total


def test_letters_of_a_folder_are_stored_and_found(opened: Open, tmp_path: Path) -> None:
    write_letters(tmp_path / "in" / "deep", range(3))
    write_letters(tmp_path / "in", range(3, 5))
    archive = opened()
    report = archive.add(tmp_path / "in")
    assert (report.added, report.updated, report.unchanged, report.failed) == (5, 0, 0, ())
    assert len(report.added_names) == 5
    assert len(archive) == 5
    assert [r.ref for r in archive] == ["CR/3", "CR/4", "CR/0", "CR/1", "CR/2"]
    results = archive.search("number3", facets=("series",))
    assert [h.ref for h in results.hits] == ["CR/3"]
    assert [(v.value, v.count) for v in results.facets[0].values] == [("cr", 1)]
    assert results.notices == ()
    assert results.took > 0
    assert archive.verify() == []


def test_a_letter_is_found_by_key_prefix_and_id(opened: Open) -> None:
    archive = opened()
    archive.add_documents(documents([1]))
    data = letter(1)
    for name in (key_of(data), key_of(data)[:4], key_of(data)[:12].upper(), "cr/1", "CR/1"):
        assert archive.get(name).ref == "CR/1"
        assert name in archive
    assert archive.data("cr/1") == data
    assert archive.text("cr/1") == data.decode()
    assert archive.get("cr/1").source.name == "1.txt"


def test_an_unknown_letter_is_told_with_the_next_step(opened: Open) -> None:
    archive = opened()
    archive.add_documents(documents([1]))
    for name in ("cr/2", "abcd", "abc", "", "f" * 64, "x" * 100_000):
        with pytest.raises(NotInArchive, match="itudocs search"):
            archive.get(name)
        assert name not in archive
    assert 3 not in archive
    with pytest.raises(LookupError):
        archive.sources("cr/2")


def test_an_ambiguous_prefix_is_refused(opened: Open) -> None:
    archive = opened()
    datas = [letter(n) for n in range(600)]
    keys = [key_of(d) for d in datas]
    starts = [k[:4] for k in keys]
    twice = next(s for s in starts if starts.count(s) > 1)
    both = [d for d, k in zip(datas, keys, strict=True) if k.startswith(twice)]
    archive.add_documents(Document(name=str(i), data=d) for i, d in enumerate(both))
    with pytest.raises(NotInArchive, match="more digits"):
        archive.get(twice)


def test_versions_of_an_id_come_english_first(opened: Open) -> None:
    archive = opened()
    for language in ("zh", "fr", "en"):
        archive.add_documents([Document(name=language, data=letter(7, language=language))])
    assert [r.language for r in archive.versions("cr/7")] == ["en", "fr", "zh"]
    assert archive.get("cr/7").language == "en"
    assert archive.data("cr/7") == letter(7, language="en")
    assert {s.name for s in archive.sources("cr/7")} == {"en", "fr", "zh"}
    assert len(archive) == 3


def test_adding_again_changes_nothing_and_costs_no_parsing(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_letters(tmp_path / "in", range(70))
    archive = opened()
    archive.add(tmp_path / "in")

    def no_parsing(documents: Iterable[Document], *_: object) -> Iterable[object]:
        assert list(documents) == []
        return iter(())

    monkeypatch.setattr("itudocs.archive.archive._parse", no_parsing)
    before = sorted(os.listdir(tmp_path / "a" / "index"))
    report = archive.add([tmp_path / "in", str(tmp_path / "in" / "000001.txt")])
    assert (report.added, report.unchanged) == (0, 70)
    assert sorted(os.listdir(tmp_path / "a" / "index")) == before


def test_the_same_bytes_under_two_names_are_one_record_with_two_sources(opened: Open, tmp_path: Path) -> None:
    (a,) = write_letters(tmp_path / "x", [1])
    (b,) = write_letters(tmp_path / "y", [1])
    archive = opened()
    report = archive.add([a, b])
    assert (report.added, report.duplicates) == (1, 1)
    assert len(archive) == found(archive) == 1
    sources = archive.sources("cr/1")
    assert [s.name for s in sources] == [str(a), str(b)]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", s.added) for s in sources)
    assert {s.size for s in sources} == {len(letter(1))}
    report = archive.add([a, b])
    assert (report.unchanged, report.duplicates) == (2, 0)


def test_other_bytes_under_a_name_replace_the_letter(opened: Open, tmp_path: Path) -> None:
    (path,) = write_letters(tmp_path / "in", [1])
    archive = opened()
    archive.add(path)
    path.write_bytes(letter(2))
    report = archive.add(path)
    assert (report.added, report.updated, report.removed) == (0, 1, 1)
    assert report.updated_names == (str(path),)
    assert [r.ref for r in archive] == ["CR/2"]
    assert found(archive, "number1") == 0
    assert found(archive, "number2") == 1
    assert archive.verify() == []


def test_a_letter_that_another_file_still_names_stays_when_one_changes(opened: Open, tmp_path: Path) -> None:
    a, b = tmp_path / "a.txt", tmp_path / "b.txt"
    for path in (a, b):
        path.write_bytes(letter(1))
    archive = opened()
    archive.add([a, b])
    a.write_bytes(letter(2))
    report = archive.add([a, b])
    assert (report.updated, report.unchanged, report.removed) == (1, 1, 0)
    assert sorted(r.ref or "" for r in archive) == ["CR/1", "CR/2"]


@pytest.mark.parametrize("batch", [1, 64])
def test_two_files_that_swap_their_bytes_lose_nothing(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(ingest, "BATCH", batch)
    a, b = tmp_path / "a.txt", tmp_path / "b.txt"
    a.write_bytes(letter(1))
    b.write_bytes(letter(2))
    archive = opened()
    archive.add([a, b])
    a.write_bytes(letter(2))
    b.write_bytes(letter(1))
    report = archive.add([a, b])
    assert report.updated == 2
    assert {s.name for s in archive.sources("cr/1")} == {str(b)}
    assert {s.name for s in archive.sources("cr/2")} == {str(a)}
    assert found(archive) == len(archive) == 2
    assert archive.verify() == []


@pytest.mark.parametrize("batch", [1, 2, 3, 64])
def test_one_name_given_several_times_ends_with_its_last_bytes(
    opened: Open, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(ingest, "BATCH", batch)
    archive = opened()
    contents = [("n", 1), ("n", 2), ("m", 1), ("n", 1), ("m", 3), ("n", 2), ("o", 3), ("n", 2)]
    report = archive.add_documents(Document(name=name, data=letter(n)) for name, n in contents)
    counted = report.added + report.updated + report.duplicates + report.unchanged + len(report.failed)
    assert counted == len(contents)
    assert {name: r.ref for r in archive for s in archive.sources(r.key) for name in [s.name]} == {
        "n": "CR/2", "m": "CR/3", "o": "CR/3",
    }  # fmt: skip
    assert found(archive) == 2
    assert archive.verify() == []


def test_what_cannot_be_read_is_reported_logged_and_keeps_what_it_was(opened: Open, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_bytes(letter(1))
    bad.write_bytes(letter(2))
    archive = opened()
    archive.add([good, bad])
    bad.write_bytes(b"unreadable")
    (tmp_path / "twin.txt").write_bytes(b"unreadable")
    os.symlink(tmp_path / "nowhere", tmp_path / "broken.txt")
    report = archive.add([good, bad, tmp_path / "twin.txt", tmp_path / "broken.txt", tmp_path / "missing.txt"])
    assert report.unchanged == 1
    assert [(Path(f.name).name, f.reason) for f in report.failed] == [
        ("broken.txt", "missing"), ("missing.txt", "missing"), ("bad.txt", "binary"), ("twin.txt", "binary"),
    ] or {(Path(f.name).name, f.reason) for f in report.failed} == {
        ("bad.txt", "binary"), ("twin.txt", "binary"), ("broken.txt", "missing"), ("missing.txt", "missing"),
    }  # fmt: skip
    assert archive.get("cr/2").ref == "CR/2"
    run = archive.log()[0]
    assert run.verb == "add"
    assert run.failed == 4
    assert set(run.failures) == set(report.failed)
    assert run.finished is not None
    assert archive.verify() == []


def test_a_folder_with_other_files_tells_how_many_it_passed_over(opened: Open, tmp_path: Path) -> None:
    write_letters(tmp_path / "in", [1])
    (tmp_path / "in" / "table.csv").write_text("x")
    report = opened().add(tmp_path / "in")
    assert (report.added, report.skipped) == (1, 1)


def test_an_archive_does_not_take_itself_in(opened: Open, tmp_path: Path) -> None:
    archive = opened(tmp_path / "in" / "archive")
    write_letters(tmp_path / "in", range(2))
    write_letters(tmp_path / "in" / "archive" / "notes", [9])
    report = archive.add(tmp_path / "in")
    assert (report.added, report.failed) == (2, ())


def test_a_file_is_known_by_its_absolute_path(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_letters(tmp_path / "in", [1])
    archive = opened()
    archive.add(tmp_path / "in")
    monkeypatch.chdir(tmp_path / "in")
    assert archive.add("000001.txt").unchanged == 1
    assert archive.add([Path("../in")]).unchanged == 1
    assert archive.get("cr/1").source.name == "000001.txt"


def test_a_file_name_that_is_no_utf8_is_kept_in_escapes(opened: Open, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(name, "wb") as file:
        file.write(letter(1))
    archive = opened()
    assert archive.add(Path(os.fsdecode(name))).added == 1
    assert archive.sources("cr/1")[0].name.endswith("caf\\xe9.txt")
    assert archive.add(Path(os.fsdecode(name))).unchanged == 1
    archive.add_documents([Document(name="half \ud800 character", data=letter(2))])
    assert archive.verify() == []


def test_progress_names_what_is_durable(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "BATCH", 10)
    write_letters(tmp_path / "in", range(25))
    archive = opened()
    durable: list[str] = []
    stages: list[str] = []

    def progress(step: Progress) -> None:
        stages.append(step.stage)
        assert step.total == 25
        with closing(sqlite3.connect(tmp_path / "a" / "archive.db")) as other:
            held = {name for (name,) in other.execute("SELECT name FROM sources")}
        assert set(step.names) <= held
        assert step.done == step.added == len(held)
        durable.extend(step.names)

    archive.add(tmp_path / "in", progress=progress)
    assert len(durable) == 25
    assert stages == ["letters", "letters", "letters", "index"]


def test_the_index_is_caught_up_while_a_long_ingest_runs(
    opened: Open, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "BATCH", 10)
    monkeypatch.setattr(ingest, "INDEX_EVERY", 20)
    opened().add_documents(documents(range(50)))
    assert engine.updates == [("new", 20, ()), ("update", 20, ()), ("update", 10, ())]


def test_what_failed_by_its_url_stays_listed_and_retry_says_what_to_do(opened: Open) -> None:
    archive = opened()
    name = "s3://bucket/a.zip!/b.docx"
    archive.add_parsed([Failure(name=name, reason="damaged", message="It is cut off.")])
    (failure,) = archive.retry().failed
    assert (failure.name, failure.reason) == (name, "damaged")
    assert failure.message.startswith("It is cut off. ")
    assert "itudocs add --retry --dask ADDRESS" in failure.message
    (failing,) = archive.failing()
    assert (failing.name, failing.message, failing.tries) == (name, "It is cut off.", 1)


def test_files_are_intact_until_something_of_them_is_removed_or_fails(opened: Open) -> None:
    archive = opened()
    archive.add_documents(documents(range(3)))
    names = [archive.sources(record.key)[0].name for record in archive]
    assert archive.intact([*names, "none"]) == dict.fromkeys(names, 1)
    archive.remove(next(iter(archive)).key)
    archive.add_parsed([Failure(name=names[1], reason="damaged", message="It is cut off.")])
    assert archive.intact(names) == {names[2]: 1}


def test_letters_that_come_parsed_are_indexed_by_the_many(
    opened: Open, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "BATCH", 10)
    monkeypatch.setattr(ingest, "INDEX_EVERY", 20)
    some = documents(range(50))
    parsed = parse_documents(some)
    letters = [
        Letter(name=document.name, data=document.data, parsed=answer)
        for document, answer in zip(some, parsed, strict=True)
        if not isinstance(answer, Failure)
    ]
    assert opened().add_parsed(letters).added == 50
    assert engine.updates == [("new", 50, ())]


def test_a_slow_batch_is_committed_in_time(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "BATCH_SECONDS", 0.0)
    steps: list[Progress] = []
    opened().add_documents(documents(range(3)), progress=steps.append)
    assert [len(s.names) for s in steps if s.stage == "letters"] == [1, 1, 1, 0]


def test_letters_are_removed_by_key_prefix_or_id(opened: Open, engine: FakeEngine) -> None:
    archive = opened()
    archive.add_documents([*documents(range(4)), Document(name="fr", data=letter(3, language="fr"))])
    gone = archive.remove(["cr/3", key_of(letter(0))[:10]])
    assert set(gone) == {key_of(letter(0)), key_of(letter(3)), key_of(letter(3, language="fr"))}
    assert found(archive) == len(archive) == 2
    assert set(engine.updates[-1][2]) == set(gone)
    with pytest.raises(NotInArchive):
        archive.remove(["cr/1", "cr/0"])
    assert len(archive) == 2
    assert archive.log()[0].removed == 3
    assert archive.verify() == []
    assert archive.add_documents(documents([0])).added == 1
    assert found(archive) == 3


def test_rebuild_makes_the_index_anew(opened: Open, engine: FakeEngine) -> None:
    archive = opened()
    archive.add_documents(documents(range(5)))
    report = archive.rebuild()
    assert report.unchanged == 5
    assert engine.updates[-1] == ("new", 5, ())
    assert found(archive) == 5


def test_reparse_reads_all_bytes_again_and_updates_what_changed(
    opened: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = opened()
    archive.add_documents(documents(range(70)))
    first = archive.rebuild(reparse=True)
    assert (first.updated, first.unchanged) == (0, 70)

    from itudocs.parse import Parsed
    from tests.archive.archive_fakes import record_of

    def better(documents: Iterable[Document], *_: object) -> Iterable[Parsed | Failure]:
        for d in documents:
            if d.name == "3.txt":
                yield Failure(name=d.name, reason="internal-error", message="too hard")
            else:
                changed = d if d.name != "5.txt" else Document(name=d.name, data=d.data + b"language: fr\n")
                import msgspec

                record = msgspec.structs.replace(record_of(changed), key=key_of(d.data))
                yield Parsed(record=record, text=d.data.decode())

    monkeypatch.setattr("itudocs.archive.archive._parse", better)
    monkeypatch.setattr("itudocs.archive.archive._parser_version", lambda: "fake-2")
    second = archive.rebuild(reparse=True)
    assert (second.updated, second.unchanged, len(second.failed)) == (1, 68, 1)
    assert archive.get("cr/5").language == "fr"
    assert archive.get("cr/3").ref == "CR/3"
    assert archive.search(filters={"language": "fr"}).total == 1
    with closing(sqlite3.connect(tmp_path / "a" / "archive.db")) as other:
        parsers = dict(other.execute("SELECT parser, count(*) FROM letters GROUP BY parser"))
    assert parsers == {"fake-1": 1, "fake-2": 69}
    assert archive.verify() == []


def test_a_record_of_other_bytes_is_refused(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from itudocs.parse import Parsed
    from tests.archive.archive_fakes import record_of

    def confused(documents: Iterable[Document], *_: object) -> Iterable[Parsed]:
        for d in documents:
            yield Parsed(record=record_of(Document(name=d.name, data=b"other")), text="other")

    monkeypatch.setattr("itudocs.archive.archive._parse", confused)
    archive = opened()
    report = archive.add_documents(documents([1]))
    assert [f.reason for f in report.failed] == ["internal-error"]
    assert len(archive) == 0


def test_a_search_says_what_it_does_not_understand(opened: Open) -> None:
    archive = opened()
    with pytest.raises(QueryError) as fault:
        archive.search(facets=("colour",))
    assert "series" in fault.value.hint
    wrongs: list[dict[str, Any]] = [
        {"sort": "size"}, {"limit": -1}, {"offset": -1}, {"filters": {"subject": "x"}}, {"query": "(a"},
    ]  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(QueryError):
            archive.search(**wrong)


def test_filters_take_one_value_or_several_and_prefixes_of_fields(opened: Open) -> None:
    archive = opened()
    for language in ("en", "fr", "es"):
        archive.add_documents([Document(name=language, data=letter(7, language=language))])
    assert archive.search(filters={"lang": "fr"}).total == 1
    assert archive.search(filters={"language": ["fr", "es"]}).total == 2
    assert archive.search(filters={"language": []}).total == 3
    assert archive.search(" ").total == 3


def test_an_empty_archive_finds_nothing(opened: Open) -> None:
    archive = opened()
    assert (len(archive), found(archive), list(archive), archive.verify()) == (0, 0, [], [])


def test_two_writers_at_once_are_not_let_in(opened: Open, tmp_path: Path) -> None:
    first, second = opened(), opened()

    def while_adding(step: Progress) -> None:
        with pytest.raises(ArchiveLocked, match=rf"process {os.getpid()} on .*adding letters"):
            second.add_documents(documents([2]))
        with pytest.raises(ArchiveLocked, match="this process"):
            first.remove("cr/1")
        result = subprocess.run(
            [sys.executable, "-c", _OTHER_WRITER, str(tmp_path / "a")], capture_output=True, text=True, check=False
        )
        assert result.stdout == f"ArchiveLocked {os.getpid()} True\n", result.stderr

    first.add_documents(documents([1]), progress=while_adding)
    assert second.add_documents(documents([2])).added == 1


_OTHER_WRITER = """
import sys
from itudocs.archive.archive import open_archive
from itudocs.errors import ArchiveLocked
import socket, re
archive = open_archive(sys.argv[1])
try:
    archive.remove([])
except ArchiveLocked as fault:
    print(type(fault).__name__, re.search(r"process (\\d+)", str(fault))[1], socket.gethostname() in str(fault))
"""


def test_a_reader_searches_what_was_there_while_a_writer_writes(opened: Open) -> None:
    writer, reader = opened(), opened()
    writer.add_documents(documents([1]))
    seen: list[tuple[int, tuple[str, ...]]] = []

    def while_adding(step: Progress) -> None:
        if step.names:
            results = reader.search()
            seen.append((results.total, results.notices))
            assert len(reader) == 2

    writer.add_documents(documents([2]), progress=while_adding)
    assert seen[0][0] == 1
    assert "lacks the last 1 changed" in seen[0][1][0]
    after = reader.search()
    assert (after.total, after.notices) == (2, ())


def test_without_any_index_a_reader_is_told_to_wait(opened: Open) -> None:
    writer, reader = opened(), opened()

    def while_adding(step: Progress) -> None:
        if step.names:
            with pytest.raises(ArchiveLocked, match="no index to search yet"):
                reader.search()

    writer.add_documents(documents([1]), progress=while_adding)


def test_a_search_in_the_midst_of_the_same_archives_add_does_not_block(opened: Open) -> None:
    archive = opened()
    archive.add_documents(documents([1]))
    totals: list[int] = []
    archive.add_documents(documents([2]), progress=lambda step: totals.append(archive.search().total))
    assert totals == [1, 1]
    assert found(archive) == 2


def test_an_index_left_behind_is_caught_up_by_the_next_search(opened: Open, engine: FakeEngine) -> None:
    archive = opened()
    archive.add_documents(documents(range(3)))

    def no_index(folder: Path) -> None:
        raise KeyboardInterrupt

    engine.before_write = no_index
    with pytest.raises(KeyboardInterrupt):
        archive.add_documents(documents(range(3, 5)))
    engine.before_write = None
    assert len(archive) == 5
    assert archive.verify() == []
    other = opened()
    assert found(other) == 5
    assert engine.updates[-1] == ("update", 2, ())


def test_another_engine_or_version_or_other_fields_make_a_new_index(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(engine=FakeEngine()).add_documents(documents(range(3)))
    for other in (FakeEngine(version="2"), FakeEngine(name="other")):
        assert found(opened(engine=other)) == 3
        assert other.updates == [("new", 3, ())]
    monkeypatch.setattr("itudocs.archive.index.fields_fingerprint", lambda: "changed")
    last = FakeEngine(name="other")
    assert found(opened(engine=last)) == 3
    assert last.updates == [("new", 3, ())]


def test_an_engine_that_loses_letters_is_found_out(opened: Open, engine: FakeEngine, tmp_path: Path) -> None:
    archive = opened()
    archive.add_documents(documents(range(3)))
    engine.lose = 1
    with pytest.raises(ArchiveDamaged, match=r"indexed 4 of 5 letters.*letters of this run are stored and safe"):
        archive.add_documents(documents(range(3, 5)))
    assert (len(archive), found_with_notice(archive)) == (5, 3)
    engine.lose = 0
    assert found(archive) == 5


def found_with_notice(archive: Archive) -> int:
    results = archive.search()
    assert "lacks the last 2" in results.notices[0]
    return results.total


def test_the_store_opens_in_any_sqlite_tool(opened: Open, tmp_path: Path) -> None:
    archive = opened()
    more = {"date": "2015-03-01", "event": "2015-06-01", "due": "2015-05-01", "cites": "CR/1", "signed": "A. Director"}
    archive.add_documents(documents([387], **more))
    archive.close()
    key = key_of(letter(387, **more))
    with closing(sqlite3.connect(tmp_path / "a" / "archive.db")) as db:
        db.row_factory = sqlite3.Row
        (row,) = db.execute("SELECT * FROM letters")
        assert dict(row) | {"added_at": ""} == {
            "key": key, "id": "cr/387", "ref": "CR/387", "date": "2015-03-01", "bureau": "BR", "series": "cr",
            "language": None, "subject": "Subject 387", "salutation": None, "issues": 0, "signatory": "A. Director", "name": "387.txt",
            "size": len(letter(387, **more)), "added_at": "", "parser": "fake-1",
        }  # fmt: skip
        (row,) = db.execute("SELECT * FROM events")
        assert tuple(row) == (
            key,
            "cr/387",
            0,
            None,
            "Geneva",
            "2015-06-01",
            "2015-06-01",
            None,
            "announced",
            None,
            None,
        )
        (row,) = db.execute("SELECT * FROM deadlines")
        assert tuple(row) == (key, "cr/387", 0, "2015-05-01", None, "reply", 1)
        (row,) = db.execute("SELECT * FROM citations")
        assert tuple(row) == (key, "cr/387", 0, "CR/1", "circular", "cr/1", None, None)
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_backup_is_an_archive_and_restores(opened: Open, tmp_path: Path, engine: FakeEngine) -> None:
    archive = opened()
    archive.add_documents(documents(range(5)))
    assert archive.backup(tmp_path / "b") == tmp_path / "b"
    assert sorted(os.listdir(tmp_path / "b")) == ["archive.db", "archive.lock"]
    archive.remove("cr/0")
    with Archive.restore(tmp_path / "b", tmp_path / "c", engine=engine) as restored:
        assert found(restored) == len(restored) == 5
        assert restored.verify() == []
        assert restored.add_documents(documents([9])).added == 1
        assert [s.name for s in restored.sources("cr/3")] == ["3.txt"]
    backup = opened(tmp_path / "b", create=False)
    assert found(backup) == 5
    assert found(archive) == 4


def test_a_backup_can_be_made_while_letters_go_in(opened: Open, tmp_path: Path) -> None:
    archive = opened()
    archive.add_documents(documents([1]))

    def while_adding(step: Progress) -> None:
        if step.names:
            archive.backup(tmp_path / "b")

    archive.add_documents(documents([2]), progress=while_adding)
    assert len(opened(tmp_path / "b")) == 2


def test_a_backup_never_overwrites(opened: Open, tmp_path: Path) -> None:
    archive = opened()
    archive.add_documents(documents([1]))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x")
    for target in (tmp_path / "full", tmp_path / "a"):
        with pytest.raises(NotAnArchive, match="not empty"):
            archive.backup(target)
        with pytest.raises(NotAnArchive, match="not empty"):
            Archive.restore(tmp_path / "a", target)
    with pytest.raises(NotAnArchive, match="no archive"):
        Archive.restore(tmp_path / "full", tmp_path / "d")
    assert not (tmp_path / "d").exists()


def test_an_older_store_put_in_place_of_the_newer_makes_the_index_anew(
    opened: Open, tmp_path: Path, engine: FakeEngine
) -> None:
    archive = opened()
    archive.add_documents(documents(range(3)))
    archive.backup(tmp_path / "b")
    archive.remove("cr/0")
    archive.add_documents(documents([7]))
    archive.close()
    for name in ("archive.db-wal", "archive.db-shm"):
        (tmp_path / "a" / name).unlink(missing_ok=True)
    os.replace(tmp_path / "b" / "archive.db", tmp_path / "a" / "archive.db")
    older = opened()

    def no_index(folder: Path) -> None:
        raise KeyboardInterrupt

    # It even comes as far as the newer one was, by another way: the same number of changes, other letters.
    engine.before_write = no_index
    with pytest.raises(KeyboardInterrupt):
        older.add_documents(documents([8, 9]))
    engine.before_write = None
    assert [found(older, f"number{n}") for n in (0, 7, 8, 9)] == [1, 0, 1, 1]
    assert engine.updates[-1] == ("new", 5, ())


def test_a_closed_archive_says_so(opened: Open) -> None:
    archive = opened()
    archive.close()
    archive.close()
    for use in (lambda: len(archive), archive.search, archive.verify, lambda: archive.add_documents([])):
        with pytest.raises(ArchiveError, match="has been closed"):
            use()


def test_an_archive_closes_at_the_end_of_a_with(opened: Open) -> None:
    with opened() as archive:
        archive.add_documents(documents([1]))
    with pytest.raises(ArchiveError, match="closed"):
        len(archive)
    assert repr(archive).startswith("Archive('")


def test_many_threads_search_one_archive_while_it_grows(opened: Open) -> None:
    from concurrent.futures import ThreadPoolExecutor

    archive = opened()
    archive.add_documents(documents([0]))

    def look(_: int) -> int:
        return archive.search("body").total + len(archive)

    with ThreadPoolExecutor(4) as threads:
        looks = [threads.submit(look, i) for i in range(40)]
        for n in range(1, 6):
            for _ in range(50):
                try:
                    archive.add_documents(documents([n]))
                    break
                except ArchiveLocked:  # a search is bringing the index up to date
                    pass
        assert all(1 <= look.result() <= 12 for look in looks)
    assert found(archive) == len(archive)


def test_opening_and_reading_an_archive_loads_no_parser_and_no_engine(opened: Open, tmp_path: Path) -> None:
    opened().add_documents(documents([1]))
    code = (
        "import sys; from itudocs.archive import open_archive; a = open_archive(sys.argv[1]); a.get('cr/1'); "
        "print([m for m in ('spacy', 'whoosh', 'numpy', 'dateparser', 'itudocs.parse', 'itudocs.search.query') "
        "if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], capture_output=True, text=True, check=True)
    assert out.stdout == "[]\n"


def test_the_engine_is_told_which_indices_there_are_after_each_switch(opened: Open, engine: FakeEngine) -> None:
    archive = opened()
    for batch in (range(3), range(3, 5), range(5, 6)):
        archive.add_documents(documents(batch))
        assert engine.retained == sorted(folder.name for folder in (archive.folder / "index").glob("0*"))
    assert len(engine.retained) == 2


def test_an_engine_that_cannot_give_anything_back_now_stops_nothing(
    opened: Open, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folders: Iterable[Path]) -> None:
        raise ArchiveError("not now")

    monkeypatch.setattr(engine, "retain", fail)
    archive = opened()
    archive.add_documents(documents(range(3)))
    assert found(archive) == 3
    assert archive.verify() == []
