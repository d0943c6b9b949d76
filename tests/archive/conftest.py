"""What the archive's tests share: a cheap engine and a cheap parser in the place of the real ones."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)  # for tests.archive.archive_fakes, which a subprocess imports too

from itudocs.archive import archive as archive_module  # noqa: E402
from itudocs.archive.archive import Archive, open_archive  # noqa: E402
from tests.archive.archive_fakes import FakeEngine, fake_parse  # noqa: E402

Open = Callable[..., Archive]


@pytest.fixture(autouse=True)
def _cheap_parser(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "real_parser" not in request.fixturenames:
        monkeypatch.setattr(archive_module, "_parse", fake_parse)
        monkeypatch.setattr(archive_module, "_parser_version", lambda: "fake-1")


@pytest.fixture
def real_parser() -> None:
    """Asked for by tests that parse in earnest."""


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def opened(tmp_path: Path, engine: FakeEngine) -> Iterator[Open]:
    """Opens archives, by default in `tmp_path/a` and creating it, and closes them in the end."""
    all_opened: list[Archive] = []

    def open_(path: Path = tmp_path / "a", *, create: bool = True, engine: FakeEngine | None = engine) -> Archive:
        all_opened.append(open_archive(path, create=create, engine=engine))
        return all_opened[-1]

    yield open_
    for archive in all_opened:
        archive.close()
