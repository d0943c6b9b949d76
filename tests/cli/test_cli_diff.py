"""The verb `diff`: what differs on stdout, the sums, exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import LETTERS, Run

ID = "tsb-circular/2001-2004/54"


@pytest.fixture
def changed(run: Run, archive: Path, tmp_path: Path) -> Path:
    """A copy of the archive in which a subject was corrected, by somebody hostile."""
    place = Path(shutil.copytree(archive, tmp_path / "a"))
    run("correct", ID, "subject", "A\x1b[31m new\u202e matter", "--by", "A", "--why", "x", "-a", place)
    return place


def test_what_differs_is_printed_with_the_words_of_both_sides(run: Run, archive: Path, changed: Path) -> None:
    before = json.loads(run("show", ID, "--json", "-a", archive).stdout)
    result = run("diff", archive, changed)
    assert result.exit_code == 0
    rows = result.stdout.splitlines()
    at = rows.index(next(row for row in rows if row.startswith(f"{ID} · {before['key'][:12]} · ")))
    assert rows[at + 1] == f"  subject: {before['subject']} -> A new matter (correction.1)"
    assert rows[-2:] == ["Field\tLetters", "subject\t1"]
    assert result.stderr == f"{len(LETTERS)} letters: changed 1, same {len(LETTERS) - 1}.\n"


def test_as_json_every_letter_is_a_line_and_the_sums_the_last(run: Run, archive: Path, changed: Path) -> None:
    *letters, sums = map(json.loads, run("diff", archive, changed, "--json").stdout.splitlines())
    assert sums["summary"]["fields"] == {"subject": 1}
    (letter,) = letters
    assert letter["changes"][0]["after"]["evidence"][0]["origin"] == "correction"


def test_no_differences_are_exit_code_1(run: Run, archive: Path) -> None:
    result = run("diff", archive, archive)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"itudocs: No differences in {len(LETTERS)} letters.\n"
    assert json.loads(run("diff", archive, archive, "--json").stdout)["summary"]["same"] == len(LETTERS)


def test_the_present_parser_differs_from_a_foreign_record(run: Run, archive: Path, real_parser: None) -> None:
    result = run("diff", archive, "--parser")
    assert result.exit_code == 0
    assert "events" in result.stdout
    assert run("diff", archive, "--parser", "--json").exit_code == 0


def test_usage_is_told(run: Run, archive: Path, tmp_path: Path) -> None:
    assert run("diff", archive).exit_code == 2
    assert run("diff", archive, archive, "--parser").exit_code == 2
    missing = run("diff", archive, tmp_path / "none")
    assert missing.exit_code == 2
    assert "holds no archive" in missing.stderr
