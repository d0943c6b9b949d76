"""What all tests share: where the corpus is, and the optional folder beside the project with annotated letters."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"

if str(ROOT) not in sys.path:  # the benchmarks are no part of the package, but some are tested
    sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The project's own letters."""
    return ROOT / "corpus"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Annotated letters beside the project; tests that need them are skipped where they are absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with annotated letters is not there")
    return SHARED
