"""What the tests of searching share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)  # for the modules that the tests share

from itudocs.search.embedded import WhooshEngine  # noqa: E402
from itudocs.search.engine import Searcher  # noqa: E402
from tests.search.search_letters import LETTERS  # noqa: E402


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """The letters of `search_letters`, indexed by the embedded engine."""
    folder = tmp_path_factory.mktemp("sample")
    engine = WhooshEngine()
    engine.update(folder, add=LETTERS, remove=())
    searcher = engine.open(folder)
    yield searcher
    searcher.close()
