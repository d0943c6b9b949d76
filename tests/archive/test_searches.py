"""Saved searches: news is what matches and was not seen, whatever happens to letters, index and processes meanwhile."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from itudocs.archive import archive as archive_module
from itudocs.archive import disk, schema
from itudocs.archive.archive import Archive
from itudocs.archive.schema import MIGRATIONS
from itudocs.errors import ArchiveDamaged, ArchiveError, QueryError
from itudocs.reading.source import Document
from tests.archive.archive_fakes import FakeEngine, documents, fake_parse, letter
from tests.archive.conftest import ROOT, Open


def new(archive: Archive, name: str = "body") -> list[str]:
    """References of what is new; it is seen then."""
    news = archive.news(name)
    archive.mark_seen(news)
    return [str(hit.ref) for hit in news.hits]


def test_what_matches_when_a_search_is_saved_is_no_news_and_what_comes_is_news_once(opened: Open) -> None:
    archive = opened()
    archive.add_documents(documents(range(3)))
    saved = archive.save_search("body", "body")
    assert (saved.name, saved.query, saved.filters, saved.seen) == ("body", "body", {}, 3)
    assert new(archive) == []
    archive.add_documents(documents(range(5)))
    archive.add_documents([Document(name="other", data=b"id: x/1\n\nNothing.\n")])
    assert sorted(new(archive)) == ["CR/3", "CR/4"]
    assert new(archive) == []
    assert archive.saved_searches()[0].seen == 5


def test_news_stay_news_until_they_are_marked_as_seen(opened: Open) -> None:
    archive = opened()
    archive.save_search("body", "body")
    archive.add_documents(documents([1]))
    first = archive.news("body")
    archive.add_documents(documents([2]))
    assert [h.key for h in archive.news("body").hits if h.ref == "CR/1"] == [h.key for h in first.hits]
    archive.mark_seen(first)
    archive.mark_seen(first)  # twice does no harm
    assert new(archive) == ["CR/2"]  # it came after the first news were taken


def test_news_come_newest_first_and_undated_last(opened: Open) -> None:
    archive = opened()
    archive.save_search("all")
    for n, date in ((1, "2004-01-01"), (2, "2010-05-05"), (3, "1999-12-31")):
        archive.add_documents(documents([n], date=date))
    archive.add_documents(documents([4]))
    assert new(archive, "all") == ["CR/2", "CR/1", "CR/3", "CR/4"]


def test_filters_are_part_of_a_search(opened: Open) -> None:
    archive = opened()
    archive.save_search("TSB only", "body", filters={"bureau": "TSB"})
    archive.add_documents(documents([1]))
    archive.add_documents(documents([2], bureau="TSB"))
    assert archive.saved_searches()[0].filters == {"bureau": ("TSB",)}
    assert new(archive, "TSB only") == ["CR/2"]


def test_a_letter_that_is_parsed_again_is_no_news_unless_it_now_matches(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = opened()
    archive.save_search("TSB", filters={"bureau": "TSB"})
    archive.save_search("body", "body")
    archive.add_documents([*documents([1], bureau="TSB"), *documents([2])])
    assert new(archive, "TSB") == ["CR/1"]
    assert len(new(archive)) == 2
    archive.rebuild(reparse=True)  # to the same records
    assert new(archive, "TSB") == new(archive) == []

    def otherwise(documents_: list[Document], workers: int = 1, limits: object = None) -> object:
        changed = [Document(name=d.name, data=d.data.replace(b"bureau: BR", b"bureau: TSB")) for d in documents_]
        for answer, document in zip(fake_parse(changed), documents_, strict=True):
            yield _under_the_key_of(answer, document)

    monkeypatch.setattr(archive_module, "_parse", lambda d, *_: otherwise(list(d)))
    monkeypatch.setattr(archive_module, "_parser_version", lambda: "fake-2")
    archive.rebuild(reparse=True)  # to another record of the second letter
    assert new(archive, "TSB") == ["CR/2"]
    assert new(archive) == []


def _under_the_key_of(answer: object, document: Document) -> object:
    import hashlib

    import msgspec

    from itudocs.parse import Parsed

    assert isinstance(answer, Parsed)
    key = hashlib.sha256(document.data).hexdigest()
    record = msgspec.structs.replace(
        answer.record, key=key, source=msgspec.structs.replace(answer.record.source, sha256=key)
    )
    return Parsed(record=record, text=document.data.decode())


def test_a_letter_that_was_removed_and_comes_back_is_news_again(opened: Open) -> None:
    archive = opened()
    archive.add_documents(documents(range(3)))
    archive.save_search("body", "body")
    archive.remove("cr/2")
    assert archive.saved_searches()[0].seen == 2
    archive.add_documents(documents([7]))  # it may get the number of the one that went
    assert new(archive) == ["CR/7"]
    archive.add_documents(documents([2]))
    assert new(archive) == ["CR/2"]
    assert archive.verify() == []


def test_other_bytes_under_a_name_are_another_letter(opened: Open) -> None:
    archive = opened()
    archive.add_documents([Document(name="1", data=letter(1))])
    archive.save_search("body", "body")
    archive.add_documents([Document(name="1", data=letter(11))])
    assert new(archive) == ["CR/11"]


def test_news_that_vanish_before_they_are_marked_are_passed_over(opened: Open) -> None:
    archive = opened()
    archive.save_search("body", "body")
    archive.add_documents(documents(range(2)))
    news = archive.news("body")
    archive.remove("cr/1")
    archive.mark_seen(news)
    archive.forget_search("body")
    archive.mark_seen(news)
    assert archive.saved_searches() == ()
    assert archive.verify() == []


def test_an_index_that_lags_behind_loses_no_news(opened: Open, engine: FakeEngine) -> None:
    archive = opened()
    archive.add_documents(documents(range(2)))
    archive.save_search("body", "body")

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    engine.before_write = full
    with pytest.raises(ArchiveError):
        archive.add_documents(documents(range(3)))
    news = archive.news("body")
    assert news.hits == ()
    assert "lacks the last 1 changed letters" in news.notices[0]
    archive.mark_seen(news)
    engine.before_write = None
    assert new(archive) == ["CR/2"]


def test_news_are_told_and_marked_while_another_process_adds_letters(opened: Open) -> None:
    archive = opened()
    archive.save_search("body", "body")
    archive.add_documents(documents([1]))
    with disk.WriterLock(archive.folder / "archive.lock").held("adding letters"):
        assert new(archive) == ["CR/1"]
        archive.save_search("other", "body")
        archive.forget_search("other")
    assert new(archive) == []


def test_names_are_listed_tidied_taken_once_and_forgotten(opened: Open) -> None:
    archive = opened()
    for name in ("Zeta", "  spectrum \t watch ", "Ёлка"):
        archive.save_search(name, "body")
    assert [s.name for s in archive.saved_searches()] == ["Zeta", "spectrum watch", "Ёлка"]
    with pytest.raises(ArchiveError, match=r"saved as 'spectrum watch' already \('body'\). Forget that one first"):
        archive.save_search("spectrum watch", "other")
    archive.forget_search("spectrum  watch")
    with pytest.raises(ArchiveError, match=r"No search is saved as 'spectrum watch'\. Saved ones are: 'Zeta', 'Ёлка'"):
        archive.news("spectrum watch")
    with pytest.raises(ArchiveError, match="No search is saved as 'none'"):
        archive.forget_search("none")
    for name in ("", "  ", "a\x00b", "x" * 101, "\u202eevil"):
        with pytest.raises(ArchiveError, match="is no name for a search"):
            archive.save_search(name, "body")


def test_a_search_that_makes_no_sense_is_not_saved(opened: Open) -> None:
    archive = opened()
    with pytest.raises(QueryError):
        archive.save_search("open", '"open')
    with pytest.raises(QueryError, match="no facet"):
        archive.save_search("open", "x", filters={"subject": "x"})
    assert archive.saved_searches() == ()


def test_saved_searches_go_into_a_backup(opened: Open, tmp_path: Path, engine: FakeEngine) -> None:
    archive = opened()
    archive.add_documents(documents([1]))
    archive.save_search("body", "body")
    archive.backup(tmp_path / "b")
    archive.add_documents(documents([2]))
    copy = opened(tmp_path / "b", create=False)
    assert new(copy) == []
    assert new(archive) == ["CR/2"]


def test_a_store_from_before_saved_searches_takes_them(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(schema, "MIGRATIONS", MIGRATIONS[: MIGRATIONS.index(schema._add_searches)])
        opened().close()
    again = opened()
    assert again.saved_searches() == ()
    again.add_documents(documents([1]))
    assert again.save_search("body", "body").seen == 1
    assert again.verify() == []
    with closing(sqlite3.connect(tmp_path / "a" / "archive.db")) as other:
        assert other.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)


def test_filters_that_are_no_longer_what_was_written_are_damage(opened: Open, tmp_path: Path) -> None:
    archive = opened()
    archive.save_search("body", "body")
    with closing(sqlite3.connect(tmp_path / "a" / "archive.db")) as other, other:
        other.execute("UPDATE searches SET filters = '[1]'")
    with pytest.raises(ArchiveDamaged, match="the filters of a saved search"):
        archive.news("body")


_TELLING = """
import os, sys
sys.path.insert(0, sys.argv[1])
from itudocs.archive import open_archive
from tests.archive.archive_fakes import FakeEngine
archive = open_archive(sys.argv[2], engine=FakeEngine())
news = archive.news("body")
print(*[hit.ref for hit in news.hits], flush=True)
if sys.argv[3] == "wait":
    sys.stdin.readline()
archive.mark_seen(news)
print("marked", flush=True)
"""


def test_a_run_that_is_killed_before_it_marks_its_news_loses_none(opened: Open, tmp_path: Path) -> None:
    archive = opened()
    archive.save_search("body", "body")
    archive.add_documents(documents([1]))
    command = [sys.executable, "-c", _TELLING, ROOT, str(tmp_path / "a")]
    with subprocess.Popen([*command, "wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "CR/1\n"
        os.kill(killed.pid, signal.SIGKILL)
    done = subprocess.run([*command, "go on"], capture_output=True, text=True, check=True)
    assert done.stdout == "CR/1\nmarked\n"
    assert archive.news("body").hits == ()
