"""Nodes and writers are killed, and the whole cluster stopped: nothing is lost, nothing is twice, and errors are said."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from itudocs.archive.archive import open_archive
from itudocs.errors import ClusterUnavailable
from itudocs.reading import Document
from itudocs.search.engine import Entry, Request
from itudocs.search.opensearch import OpenSearchEngine, address
from itudocs.search.query import parse_query
from tests.cluster.conftest import MakeEngine, everything_in
from tests.cluster.nodes import NODES, Nodes
from tests.search.search_letters import many

LETTERS = many(4000, seed=3)


@pytest.fixture(autouse=True)
def _whole_again(nodes: Nodes) -> Iterator[None]:
    yield
    missing = set(range(NODES)) - set(nodes.running())
    if missing:
        nodes.start(*missing)


@pytest.mark.parametrize("manager", [True, False])
def test_a_node_is_killed_while_letters_are_indexed(
    nodes: Nodes, make_engine: MakeEngine, tmp_path: Path, manager: bool
) -> None:
    engine = make_engine(f"killed-{manager}".lower(), shards=3)
    managing = nodes.manager()
    victim = managing if manager else next(n for n in range(NODES) if n != managing)

    killing = threading.Timer(0.05, nodes.kill, [victim])  # in the middle of a request, more often than not

    def letters() -> Iterator[Entry]:
        for number, letter in enumerate(LETTERS):
            if number == len(LETTERS) // 3:
                killing.start()
            yield letter

    engine.update(tmp_path, add=letters(), remove=())
    killing.join()
    assert victim not in nodes.running()
    for _ in range(2):  # without the node, and with it again
        searcher = engine.open(tmp_path)
        found = searcher.search(Request(limit=len(LETTERS), snippets=0, facets=("bureau",)))
        assert found.total == searcher.count() == len(LETTERS)
        assert sorted(h.key for h in found.hits) == sorted(letter.record.key for letter in LETTERS)
        searcher.close()
        if victim not in nodes.running():
            nodes.start(victim)
    assert Counter(everything_in(nodes, tmp_path)) == Counter(letter.record.key for letter in LETTERS)


def test_a_node_is_killed_while_letters_are_searched(nodes: Nodes, make_engine: MakeEngine, tmp_path: Path) -> None:
    engine = make_engine("searched", shards=3)
    engine.update(tmp_path, add=LETTERS[:1000], remove=())
    searcher = engine.open(tmp_path)
    request = Request(query=parse_query("amber OR grove -kelp"), facets=("series", "year"), limit=1000, snippets=0)
    before = searcher.search(request)
    assert before.total > 100
    answers: list[tuple[float, int, frozenset[str], object] | ClusterUnavailable] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            began = time.monotonic()
            try:
                found = searcher.search(request)
                answers.append((began, found.total, frozenset(h.key for h in found.hits), found.facets))
            except ClusterUnavailable as fault:
                answers.append(fault)

    def answered(since: float) -> bool:
        """Whether some searches that began since have been answered, waiting for that."""
        until = time.monotonic() + 90
        while time.monotonic() < until:
            if sum(isinstance(answer, tuple) and answer[0] > since for answer in list(answers)) > 2:
                return True
            time.sleep(0.1)
        return False

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    try:
        assert answered(0)
        nodes.kill(nodes.manager())
        assert answered(time.monotonic())  # it goes on
    finally:
        done.set()
        for thread in asking:
            thread.join()
    told = [answer for answer in answers if isinstance(answer, tuple)]
    expected = (before.total, frozenset(h.key for h in before.hits), before.facets)
    assert {answer[1:] for answer in told} == {expected}  # whole, or none at all
    searcher.close()


def test_what_a_killed_writer_left_is_never_seen_and_taken_away(
    nodes: Nodes, make_engine: MakeEngine, tmp_path: Path
) -> None:
    class Killed(BaseException):
        """Stands for the end of the process: nothing is tidied up after it."""

    def letters() -> Iterator[Entry]:
        yield from LETTERS[5:1200]
        raise Killed

    engine = make_engine("writer", shards=2)
    engine.update(tmp_path, add=LETTERS[:10], remove=())
    before = engine.open(tmp_path)
    for _ in range(2):
        with pytest.raises(Killed):
            engine.update(tmp_path, add=letters(), remove=[LETTERS[0].record.key])
    assert (before.count(), before.search(Request()).total) == (10, 10)
    engine.update(tmp_path, add=LETTERS[8:20], remove=[LETTERS[1].record.key])
    after = engine.open(tmp_path)
    assert sorted(after.matching(Request())) == sorted(e.record.key for e in [LETTERS[0], *LETTERS[2:20]])
    assert sorted(before.matching(Request())) == sorted(e.record.key for e in LETTERS[:10])
    assert len(everything_in(nodes, tmp_path)) == 22  # two that were replaced stay for the older version
    engine.retain([tmp_path])
    assert sorted(everything_in(nodes, tmp_path)) == sorted(after.matching(Request()))


def test_a_stopped_cluster_is_said_in_time_and_loses_nothing(nodes: Nodes, tmp_path: Path) -> None:
    place = nodes.address("stopped", tmp_path / "store", shards=2, timeout=6)
    letters = [
        Document(name=f"{n}.txt", data=f"Circular Letter CR/{n}\n\nGeneva\n\nword{n} tariff".encode()) for n in range(6)
    ]
    with open_archive(place, create=True) as archive:
        archive.add_documents(letters[:5])
        assert archive.search("tariff").total == 5
        first, second = nodes.holding("stopped")
        nodes.kill(first)
        nodes.kill(second)
        with pytest.raises(ClusterUnavailable, match=r"opensearch://127\.0\.0\.1:.*/_cluster/health"):
            until(8, lambda: archive.search("tariff"))
        nodes.kill(*nodes.running())
        with pytest.raises(ClusterUnavailable, match="cannot be reached"):
            until(8, lambda: archive.search("tariff"))
        with pytest.raises(ClusterUnavailable, match="are safe"):
            until(12, lambda: archive.add_documents(letters[5:]))
        assert len(archive) == 6  # it is stored, and needs no index to be read
        assert archive.get("cr/5").ref == "CR/5"
        nodes.start(0, 1, 2)
        found = archive.search("tariff")
        assert (found.total, archive.verify()) == (6, [])


def until(seconds: float, ask: object) -> None:
    """Ask, which must come to an end within so many seconds."""
    began = time.monotonic()
    try:
        assert callable(ask)
        ask()
    finally:
        assert time.monotonic() - began < seconds


def test_hosts_that_are_not_there_are_named(tmp_path: Path) -> None:
    engine = OpenSearchEngine(address("opensearch://127.0.0.1:1/letters?timeout=1"))
    with pytest.raises(ClusterUnavailable, match=r"opensearch://127\.0\.0\.1:1/letters: .* cannot be reached"):
        until(3, lambda: engine.update(tmp_path, add=LETTERS[:1], remove=()))
    assert list(tmp_path.iterdir()) == []
