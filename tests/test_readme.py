"""What the README shows is what happens."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

from benchmarks import scores
from itudocs.fields import FIELDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_first_example_prints_what_stands_under_it() -> None:
    code, printed = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", README, re.DOTALL)[0]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), {})
    assert out.getvalue() == printed


def test_the_table_of_fields_is_the_table_of_fields() -> None:
    for field in FIELDS:
        prefixes = ", ".join(f"`{p}:`" for p in (field.name, *field.prefixes))
        row = f"| {field.label} | {field.meaning} | {prefixes} | {'yes' if field.facet else ''} |"
        assert row in README, f"README lacks the row: {row}"


def test_every_file_the_readme_names_is_there() -> None:
    for name in re.findall(r"\]\(([\w./-]+)\)", README) + re.findall(
        r"`((?:itudocs|tests|corpus|docs)/[\w./-]+)`", README
    ):
        assert (ROOT / name).exists(), name


def test_every_test_that_the_page_on_durability_names_is_there() -> None:
    page = (ROOT / "docs" / "durability.md").read_text("utf-8")
    names = re.findall(r"`(tests/[\w./-]+)`", page)
    assert len(names) > 10
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_the_command_lines_shown_print_what_stands_under_them() -> None:
    shown = re.findall(r"^\$ itudocs (explain \S+ \S+)\n(.*?)(?=^```|^\$)", README, re.DOTALL | re.MULTILINE)
    assert shown
    for command, printed in shown:
        run = subprocess.run(
            [sys.executable, "-m", "itudocs", *command.split()], capture_output=True, text=True, cwd=ROOT, check=True
        )
        assert run.stdout.strip() == printed.strip(), command


def test_the_session_shown_with_an_archive_is_what_a_terminal_shows(tmp_path: Path) -> None:
    session = re.search(r"^```\n(\$ itudocs add .*?)^```", README, re.DOTALL | re.MULTILINE)
    assert session
    steps = re.split(r"^\$ ", session[1], flags=re.MULTILINE)[1:]
    assert len(steps) > 2
    for step in steps:
        command, _, printed = step.partition("\n")
        words = [str(tmp_path / word) if word == "my-archive" else word for word in shlex.split(command)]
        run = subprocess.run(
            [sys.executable, "-m", "itudocs", *words[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
        )
        assert _untimed(run.stdout) == _untimed(printed), command


def _untimed(printed: str) -> list[str]:
    """Lines without how long it took."""
    return [re.sub(r"[\d.,]+ m?s\b", "some time", line).rstrip() for line in printed.strip().splitlines()]


def test_the_scores_shown_are_those_of_this_parser() -> None:
    assert scores.shown(README) == scores.measured(), "write them anew: python -m benchmarks.scores --write"
