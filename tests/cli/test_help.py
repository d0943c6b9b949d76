"""Every verb and option says what it does; every verb shows how it is typed."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer.main

from itudocs._version import __version__
from itudocs.cli.app import app
from tests.cli.conftest import Run

GROUP: Any = typer.main.get_command(app)
VERBS: dict[str, Any] = GROUP.commands


def test_the_verbs_are_those_of_the_documentation() -> None:
    assert set(VERBS) == {
        "parse", "add", "search", "show", "fields", "verify", "rebuild", "remove", "backup", "restore", "evaluate", "demo",
        "explain", "issues", "correct", "corrections", "withdraw", "diff", "serve",
        "graph", "gaps", "versions", "searches", "like", "complete",
        "events", "export", "cite",
    }  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_one_line_of_help_and_an_example_that_parses(verb: str, run: Run) -> None:
    command = VERBS[verb]
    assert command.help, verb
    assert "\n" not in command.help.strip()
    example = re.fullmatch(rf"Example: itudocs {verb}( [^\n]+)?", command.epilog)
    assert example, verb
    shown = run(verb, "--help")
    assert shown.exit_code == 0
    assert f"Example: itudocs {verb}" in shown.output


@pytest.mark.parametrize("verb", VERBS)
def test_an_example_uses_only_options_that_exist(verb: str) -> None:
    options = {name for p in VERBS[verb].params for name in p.opts if name.startswith("-")}
    used = set(re.findall(r"(?<=\s)--?[a-z][a-z-]*", VERBS[verb].epilog.replace("-draft", "")))
    assert used <= options


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_and_argument_is_explained(verb: str) -> None:
    silent = [p.name for p in VERBS[verb].params if not getattr(p, "help", None)]
    assert silent == []


def test_the_exit_codes_are_told(run: Run) -> None:
    assert "0 found, 1 nothing found, 2 usage or trouble, 3 damaged" in run("--help").output


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").stdout == f"itudocs {__version__}\n"


def test_there_is_shell_completion(run: Run) -> None:
    assert "--install-completion" in run("--help").output


def test_an_unknown_verb_is_a_usage_error_with_a_suggestion(run: Run) -> None:
    result = run("serch", "x")
    assert result.exit_code == 2
    assert "Did you mean 'search'" in result.stderr
