"""The page on searching further is run: every command ends as it says, and prints what it shows."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Run

PAGE = (Path(__file__).parents[2] / "docs" / "searching.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)


def commands(block: str) -> list[tuple[str, list[str], int]]:
    """Each command with the lines shown under it and its exit code."""
    found = []
    for part in re.split(r"^\$ itudocs ", block, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        codes = [int(m[1]) for line in shown if (m := re.fullmatch(r"\[exit code (\d)\]", line))]
        found.append((command, [line for line in shown if not line.startswith("[exit")], codes[0] if codes else 0))
    return found


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0][10:40])
def test_every_command_does_what_the_page_shows(
    block: str, run: Run, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(archive, tmp_path / "a")
    (tmp_path / "queries.csv").write_text("name,query\none,meeting\ntwo,bureau:TSB\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ITUDOCS_ARCHIVE", str(tmp_path / "a"))
    for command, shown, code in commands(block):
        result = run(*shlex.split(command))
        assert result.exit_code == code, (command, result.output)
        lines = [*result.stdout.splitlines(), *result.stderr.splitlines()]
        for line in shown:
            wanted = line.removesuffix("...").rstrip()
            assert any(one.startswith(wanted) if line.endswith("...") else one == wanted for one in lines), (
                line,
                lines,
            )


def test_the_page_has_commands() -> None:
    assert sum(len(commands(block)) for block in BLOCKS) >= 11
