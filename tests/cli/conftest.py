"""What the command line's tests share: a runner, an archive of letters of the corpus, a parser that knows them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from itudocs.archive.archive import open_archive  # noqa: E402
from itudocs.cli.app import app  # noqa: E402
from tests.cli.cli_fakes import CORPUS, golden  # noqa: E402

Run = Callable[..., Result]
PARSE = importlib.import_module("itudocs.parse")  # the module; `itudocs.parse` is the function

LETTERS = (
    "en-001-tsb-circular-clean", "en-004-tsb-circular-column-wise", "en-010-tsb-collective-footer-mid-text",
    "en-015-cr-2015-footer-first", "en-022-dm-glued", "ar-001-cr-lines", "zh-001-cr-flat", "fr-001-cr-clean",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _golden_parser(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.delenv("ITUDOCS_ARCHIVE", raising=False)
    if "real_parser" not in request.fixturenames:
        monkeypatch.setattr(PARSE, "parse_source", golden)


@pytest.fixture
def real_parser() -> None:
    """Asked for by tests that parse in earnest."""


@pytest.fixture
def run() -> Run:
    """Runs a command line in this process; its stdout and stderr are no terminals."""

    def run_(*args: object) -> Result:
        return CliRunner().invoke(app, [str(arg) for arg in args], prog_name="itudocs")

    return run_


@pytest.fixture(scope="session")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of letters of the corpus."""
    folder = tmp_path_factory.mktemp("letters")
    for name in LETTERS:
        (folder / f"{name}.txt").write_bytes((CORPUS / f"{name}.txt").read_bytes())
    return folder


@pytest.fixture(scope="session")
def archive(letters: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of them; not to be written to."""
    folder = tmp_path_factory.mktemp("archive") / "a"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PARSE, "parse_source", golden)
        with open_archive(folder, create=True) as opened:
            assert opened.add(letters).failed == ()
    return folder
