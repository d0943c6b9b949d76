"""The embedded engine keeps the contract of all engines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from itudocs.search.embedded import WhooshEngine
from itudocs.search.engine import Engine
from tests.search.engine_contract import EngineContract
from tests.search.search_letters import LETTERS


class TestWhooshEngine(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> Engine:
        return WhooshEngine()


def test_the_engine_loads_whoosh_and_numpy_only_when_an_index_is_opened() -> None:
    code = (
        "import sys; from itudocs.search.embedded import WhooshEngine; from itudocs.search.query import parse_query;"
        "WhooshEngine().version; parse_query('a'); print([m for m in ('whoosh', 'numpy', 'spacy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_search_loads_numpy_but_not_whoosh(tmp_path: Path) -> None:
    WhooshEngine().update(tmp_path, add=LETTERS, remove=())
    code = (
        "import sys; from pathlib import Path; from itudocs.search.embedded import WhooshEngine;"
        "from itudocs.search.engine import Request; from itudocs.search.query import parse_query;"
        "found = WhooshEngine().open(Path(sys.argv[1])).search(Request(query=parse_query('summit'), facets=('year',)));"
        "print(found.total, [m for m in ('whoosh', 'numpy', 'spacy', 'Stemmer') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2 ['numpy', 'Stemmer']"
