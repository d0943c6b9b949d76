"""Threads that read one archive do not wait for one another, and none is left with an index that was closed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from itudocs.search.engine import Request, Results
from tests.archive.archive_fakes import FakeEngine, FakeSearcher
from tests.archive.conftest import Open


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    (tmp_path / "1.txt").write_text("ref: CR/1\nsubject: tariffs\n")
    return tmp_path / "1.txt"


def test_searches_are_answered_at_the_same_time(opened: Open, letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = opened()
    archive.add([letter])
    archive.search("tariffs")
    together = threading.Barrier(4, timeout=10)
    search = FakeSearcher.search

    def meet(self: FakeSearcher, request: Request) -> Results:
        together.wait()  # breaks if one has to wait for another
        return search(self, request)

    monkeypatch.setattr(FakeSearcher, "search", meet)
    with ThreadPoolExecutor(4) as threads:
        assert [r.total for r in threads.map(lambda _: archive.search("tariffs"), range(4))] == [1] * 4


def test_an_index_is_closed_by_its_last_reader(
    opened: Open, letter: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = opened()
    archive.add([letter])
    archive.search("tariffs")
    inside, go_on = threading.Event(), threading.Event()
    seen: list[FakeSearcher] = []
    search = FakeSearcher.search

    def slow(self: FakeSearcher, request: Request) -> Results:
        seen.append(self)
        if len(seen) == 1:
            inside.set()
            assert go_on.wait(10)
        return search(self, request)

    monkeypatch.setattr(FakeSearcher, "search", slow)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(archive.search, "tariffs")
        assert inside.wait(10)
        (tmp_path / "2.txt").write_text("ref: CR/2\nsubject: tariffs\n")
        archive.add([tmp_path / "2.txt"])
        assert archive.search("tariffs").total == 2  # of another generation
        assert not seen[0].closed
        go_on.set()
        assert first.result(10).total == 1
    assert seen[0].closed
    assert not seen[1].closed
    archive.close()
    assert seen[1].closed


def test_damage_that_many_meet_is_mended_for_all(opened: Open, letter: Path, engine: FakeEngine) -> None:
    archive = opened()
    archive.add([letter])
    archive.search("tariffs")
    found = threading.Semaphore(2)  # a thread that meets both tries a third time
    engine.distrust = lambda folder: found.acquire(blocking=False)
    with ThreadPoolExecutor(4) as threads:
        assert [r.total for r in threads.map(lambda _: archive.search("tariffs"), range(4))] == [1] * 4


def test_the_graph_is_made_once_however_many_ask(opened: Open, letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from itudocs.archive import linking

    archive = opened()
    archive.add([letter])
    made = []
    link = linking.link

    def count(records: object) -> object:
        made.append(threading.get_ident())
        return link(records)  # type: ignore[arg-type]

    monkeypatch.setattr(linking, "link", count)
    with ThreadPoolExecutor(4) as threads:
        graphs = list(threads.map(lambda _: archive.graph(), range(8)))
    assert len(made) == 1
    assert all(graph is graphs[0] for graph in graphs)
