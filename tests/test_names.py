"""The public names are there, load what they need and no more, and stay what they are whoever imports what."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import itudocs

HEAVY = {"spacy", "whoosh", "numpy", "chardet", "dateparser", "typer", "sqlite3", "multiprocessing", "msgspec"}


def run(program: str) -> str:
    root = Path(itudocs.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def loaded_by(statement: str) -> set[str]:
    return set(run(f"import sys\n{statement}\nprint(*{{m.split('.')[0] for m in sys.modules}})").split())


def test_importing_itudocs_loads_nothing_heavy() -> None:
    assert loaded_by("import itudocs") & HEAVY == set()


@pytest.mark.parametrize(
    "statement", ["import itudocs; itudocs.parse('CR/387')", "import itudocs; itudocs.read('CR/387')"]
)
def test_parsing_a_text_loads_neither_spacy_nor_whoosh_nor_a_detector(statement: str) -> None:
    assert loaded_by(statement) & {"spacy", "whoosh", "chardet", "sqlite3", "multiprocessing"} == set()


def test_naming_the_errors_and_nouns_loads_no_parser() -> None:
    assert "chardet" not in loaded_by("from itudocs import Circular, ReadError, QueryError")
    assert run(
        "import sys, itudocs; itudocs.Circular; print([m for m in sys.modules if m.startswith('itudocs.')])"
    ) == str(["itudocs._version", "itudocs.model"])


@pytest.mark.parametrize("name", itudocs.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(itudocs, name) is not None
    assert name in dir(itudocs)


def test_the_list_of_names_is_sorted_and_complete() -> None:
    assert itudocs.__all__ == sorted(itudocs.__all__)
    assert set(itudocs.__all__) == {*itudocs._EXPORTS, "__version__"}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'prase'"):
        _ = itudocs.prase


@pytest.mark.parametrize(
    "before",
    [
        "",
        "import itudocs.parse",
        "from itudocs.parse import parse_source",
        "from itudocs import parse",
        "import itudocs.workers, itudocs.pipeline",
        "itudocs.parse",
        "import importlib; importlib.import_module('itudocs.parse')",
    ],
)
def test_parse_is_the_function_whoever_imported_the_module_of_that_name(before: str) -> None:
    assert run(f"import itudocs\n{before}\nprint(itudocs.parse('CR/387').source.name)") == "<text>"


def test_every_name_can_be_imported_at_once() -> None:
    assert run("from itudocs import *; print(parse('CR/387').source.name, nlp.__name__)") == "<text> nlp"
