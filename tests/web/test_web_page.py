"""docs/web.md tells what is so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from itudocs.cli.app import app
from itudocs.web.settings import Settings

if TYPE_CHECKING:
    from litestar.testing import TestClient

pytest.importorskip("litestar", reason="install the server: pip install --group test")

PAGE = (Path(__file__).parents[2] / "docs" / "web.md").read_text("utf-8")


def test_every_option_of_the_verb_is_told_and_no_other() -> None:
    command: Any = typer.main.get_command(app)
    options = {name for p in command.commands["serve"].params for name in p.opts if name.startswith("--")}
    told = set(re.findall(r"^\| `(--[a-z-]+)", PAGE, re.MULTILINE))
    assert told == options - {"--archive"}


def test_the_error_that_is_shown_is_what_is_answered(client: TestClient[Any]) -> None:
    shown = re.search(r"curl -s '127\.0\.0\.1:8000(/[^']+)'\n(\{.*\})\n", PAGE)
    assert shown
    assert client.get(shown[1]).json() == json.loads(shown[2])


def test_the_limits_that_are_told_hold() -> None:
    from itudocs.web import heavy, safety, server

    assert f"{safety.MAX_BODY // 1024} KB of body, {safety.MAX_QUERY // 1024} KB of query" in PAGE
    assert f"record has more than {heavy.HEAVIEST // 10**6} MB" in PAGE
    assert f"{safety.MAX_PATH:,} characters of path, {safety.MAX_HEADERS // 1024} KB of headers" in PAGE
    assert f"there are {server.MAX_CONNECTIONS} connections" in PAGE
    assert f"within {server.PATIENCE:g} s is closed" in " ".join(PAGE.split()).replace("has not come within", "within")
    assert f"given up after {Settings().seconds:g} s of work" in PAGE
    assert server.MAX_AT_WORK == 4
    assert "Four pages are made at a time" in PAGE
    assert f"for {server.GRACE} s" in PAGE


def test_the_bounds_of_long_letters_that_are_told_hold() -> None:
    from itudocs.web import heavy, marking, sheet
    from itudocs.web.pages import explaining

    page = " ".join((Path(__file__).parents[2] / "docs" / "page.md").read_text("utf-8").split())
    assert f"first {marking.LONGEST:,} characters, {marking.MOST:,} marks and {sheet.MANY} values of a field" in page
    assert f"up to {explaining.LARGEST:,} characters" in page
    assert f"more than {heavy.HEAVIEST // 10**6} MB" in page
