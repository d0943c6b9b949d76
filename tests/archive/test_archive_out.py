"""Letters out of an archive: all that a search finds, one at a time, and as tables."""

from __future__ import annotations

import pytest

from itudocs.errors import ArchiveError, QueryError
from tests.archive.archive_fakes import FakeEngine, documents
from tests.archive.conftest import Open


def test_all_records_go_out_in_the_order_they_came_without_an_index(opened: Open, engine: FakeEngine) -> None:
    archive = opened()
    archive.add_documents(documents(range(30)))
    before = engine.opened
    for everything in (archive.records(), archive.records("  ")):
        assert [record.id for record in everything] == [f"cr/{n}" for n in range(30)]
    assert engine.opened == before


def test_every_hit_of_a_search_goes_out(opened: Open) -> None:
    archive = opened()
    archive.add_documents([*documents(range(300)), *documents(range(300, 340), bureau="TSB")])
    assert len(list(archive.records("body"))) == 340
    found = archive.records("body", filters={"bureau": "TSB"})
    assert {record.id for record in found} == {f"cr/{n}" for n in range(300, 340)}
    assert [record.key for record in archive.records("body")] == [h.key for h in archive.search("body", limit=999).hits]
    assert list(archive.records("number7000")) == []


def test_a_letter_removed_meanwhile_is_left_out(opened: Open) -> None:
    archive = opened()
    archive.add_documents(documents(range(3)))
    found = archive.records("body")
    first = next(found)
    gone = next(record for record in archive if record.key != first.key)
    archive.remove(gone.key)
    assert gone.key not in {record.key for record in found}


def test_what_is_wrong_with_a_query_is_told_before_the_first_record(opened: Open) -> None:
    archive = opened()
    with pytest.raises(QueryError):
        archive.records("(a b")
    with pytest.raises(QueryError):
        archive.records(filters={"subject": "x"})


def test_an_empty_archive_has_nothing_to_give(opened: Open) -> None:
    archive = opened()
    assert list(archive.records()) == list(archive.records("body")) == []
    assert archive.events() == ()
    assert archive.deadlines() == ()
    archive.close()
    for ask in (archive.events, archive.deadlines, archive.agenda):
        with pytest.raises(ArchiveError, match="closed"):
            ask()


@pytest.mark.parametrize("library", ["polars", "pandas", "arrow"])
def test_tables_are_of_all_letters_or_of_those_a_search_finds(library: str, opened: Open) -> None:
    pytest.importorskip("pyarrow", reason="install the extra: pip install 'itudocs[tables]'")
    pytest.importorskip("polars", reason="install the extra: pip install 'itudocs[tables]'")
    pytest.importorskip("pandas", reason="install the extra: pip install 'itudocs[tables]'")
    archive = opened()
    archive.add_documents([*documents(range(5)), *documents(range(5, 8), bureau="TSB", event="2018-05-01")])
    give = getattr(archive, f"to_{library}")
    assert [len(table) for table in give()] == [8, 3, 0, 0, 0]
    assert [len(table) for table in give("number6")] == [1, 1, 0, 0, 0]
    assert [len(table) for table in give(filters={"bureau": "BR"})] == [5, 0, 0, 0, 0]
