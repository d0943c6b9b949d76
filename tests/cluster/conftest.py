"""A cluster for the tests of this folder; they are skipped, and say why, where none can be started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from itudocs.search.opensearch import OpenSearchEngine, address
from itudocs.search.opensearch.writing import read_pointer
from tests.cluster.nodes import Nodes, why_not

MakeEngine = Callable[..., OpenSearchEngine]


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Three nodes. A test that kills one starts it again."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    pytest.importorskip("opensearchpy")
    cluster = Nodes(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def make_engine(nodes: Nodes) -> MakeEngine:
    """Makes an engine on the cluster, by the name of its alias."""

    def make(alias: str, *, owner: str = "tests", **options: int) -> OpenSearchEngine:
        return OpenSearchEngine(address(nodes.address(alias, None, **options)), owner=owner)

    return make


def everything_in(nodes: Nodes, folder: Path) -> list[str]:
    """The keys of all documents of letters in the index that a folder points to, whatever version they belong to."""
    pointer = read_pointer(folder)
    assert pointer is not None
    nodes.ask(f"/{pointer.index}/_refresh")
    found = nodes.ask(f"/{pointer.index}/_search?q=_exists_:key&size=10000&_source=key")
    return [hit["_source"]["key"] for hit in found["hits"]["hits"]]
