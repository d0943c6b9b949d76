"""What all tests share: where the corpus is, and the optional folder beside the project with annotated letters."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


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
