"""The engine on a real cluster keeps the contract of all engines."""

from __future__ import annotations

import pytest

from itudocs.search.engine import Engine
from tests.cluster.conftest import MakeEngine
from tests.search.engine_contract import EngineContract


class TestOpenSearchEngine(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, make_engine: MakeEngine) -> Engine:
        return make_engine("contract", shards=2)
