"""The verbs of corrections: correct, withdraw, corrections; what explain, show and evaluate make of them."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from itudocs.archive.archive import open_archive
from tests.cli.cli_fakes import CORPUS, ROOT
from tests.cli.conftest import Run

ID = "tsb-circular/2001-2004/54"


@pytest.fixture
def own(archive: Path, tmp_path: Path) -> Path:
    """A copy of the archive, to be written to."""
    return Path(shutil.copytree(archive, tmp_path / "a"))


def said(*more: object) -> list[object]:
    return ["--by", "A. Person", "--why", "the stamp", *more]


def test_the_life_of_a_correction(run: Run, own: Path) -> None:
    assert run("corrections", "-a", own).exit_code == 1
    before = json.loads(run("show", ID, "--json", "-a", own).stdout)["subject"]
    made = run("correct", ID, "subject", "Another matter", *said("-a", own))
    assert (made.exit_code, made.stdout) == (0, f"1. subject: {before} -> Another matter\n")
    assert made.stderr == ""
    assert json.loads(run("show", ID, "--json", "-a", own).stdout)["subject"] == "Another matter"
    assert "Corrected       subject\n" in run("show", ID, "-a", own).stdout
    assert "Another matter" in run("search", "-a", own).stdout
    heads, row = (line.split("\t") for line in run("corrections", ID, "-a", own).stdout.splitlines())
    assert dict(zip(heads, row, strict=True)).items() >= {
        ("Letter", ID), ("Path", "subject"), ("Value", "Another matter"), ("By", "A. Person"), ("State", "applied"),
        ("Why", "the stamp"),
    }  # fmt: skip
    assert json.loads(run("corrections", "--json", "-a", own).stdout)[0]["value"] == "Another matter"
    gone = run("withdraw", ID, "subject", *said("-a", own))
    assert (gone.exit_code, gone.stdout) == (0, f"1. subject: {before} -> Another matter withdrawn\n")
    assert json.loads(run("show", ID, "--json", "-a", own).stdout)["subject"] == before
    assert "withdrawn" in run("corrections", "-a", own).stdout
    assert run("withdraw", ID, "subject", *said("-a", own)).exit_code == 2


def test_a_new_identity_is_told(run: Run, own: Path) -> None:
    made = run("correct", ID, "ref", "CR/999", *said("-a", own))
    assert made.stderr == f"The letter is now cr/999; it was {ID}.\n"
    assert run("show", "cr/999", "-a", own).exit_code == 0


@pytest.mark.parametrize(
    ("path", "value", "stored"),
    [
        ("date", "null", None),
        ("markings", '["(URGENT)"]', ["(URGENT)"]),
        ("subject", "[Draft] report", "[Draft] report"),
        ("subject", '"null"', "null"),
        ("subject", "387", "387"),
        ("signatory", '{"name": "B. Person"}', {"name": "B. Person", "titles": [], "person": None}),
    ],
)
def test_a_value_is_json_where_it_looks_like_it(run: Run, own: Path, path: str, value: str, stored: object) -> None:
    made = run("correct", ID, path, value, "--json", *said("-a", own))
    assert made.exit_code == 0, made.stderr
    assert json.loads(made.stdout)["value"] == stored


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        ((ID, "foo", "x"), 2, "itudocs: 'foo' is no field of a record"),
        ((ID, "date", "soon"), 2, "it is no day"),
        ((ID, "date", "2004-01-01", "--at", "x"), 2, "write two numbers, as 124:140"),
        ((ID, "date", "2004-01-01", "--at", "5:999999"), 2, "has no characters 5-999999"),
        ((ID, "date", "2004-01-01", "--words", "no such words"), 2, "does not stand in the text"),
        (("cr/99999", "date", "2004-01-01"), 1, "holds no letter"),
    ],
)
def test_what_cannot_be_corrected_is_one_line(run: Run, own: Path, args: tuple[str, ...], code: int, told: str) -> None:
    result = run("correct", *args, *said("-a", own))
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr
    assert run("corrections", "-a", own).exit_code == 1


def test_hostile_words_are_stripped_from_what_is_printed(run: Run, own: Path) -> None:
    evil = "\x1b]0;x\x07\x1b[31mA\u202e"
    made = run("correct", ID, "subject", f"B{evil}", "--by", evil, "--why", f"{evil} C\nD", "-a", own)
    assert made.exit_code == 0
    for verb in (["corrections"], ["show", ID], ["search"], ["explain", ID, "subject"], ["evaluate", "--differences"]):
        result = run(*verb, "-a", own)
        assert result.exit_code == 0, result.output
        assert not set(result.output) & {"\x1b", "\x07", "\u202e", "\x9b"}


def test_explain_names_who_corrected_and_what_the_parser_had(
    run: Run, letters: Path, tmp_path: Path, real_parser: None
) -> None:
    place = tmp_path / "b"
    run("add", letters, "-a", place)
    won = json.loads(run("explain", ID, "date", "--json", "-a", place).stdout)["won"][0]
    words = won["evidence"][0]
    run("correct", ID, "date", "2002-01-01", "--at", f"{words['start']}:{words['end']}", *said("-a", place))
    told = run("explain", ID, "date", "-a", place).stdout
    assert told.startswith("date: corrected by A. Person on 20")
    assert f'won date = 2002-01-01 ("{" ".join(words["quote"].split())}" at' in told
    assert f"lost {won['value']}" in told
    assert "a person corrected it; it was taken as" in told
    key = json.loads(run("show", ID, "--json", "-a", place).stdout)["key"]
    run("correct", key, "date", "null", *said("-a", place))  # without which the reference names no one circular
    gone = run("explain", key, "date", "-a", place)
    assert gone.exit_code == 1
    assert gone.stdout.startswith("date: corrected by A. Person on 20")


def test_corrections_are_gold_for_evaluate(run: Run, own: Path) -> None:
    assert run("evaluate", "-a", own).exit_code == 1
    run("correct", ID, "subject", "Something else entirely", *said("-a", own))
    scores = json.loads(run("evaluate", "-a", own, "--json").stdout)
    assert scores["fields"]["subject"]["strict"]["missed"] == 1
    assert list(scores["fields"]) == ["subject"]
    assert "Something else entirely" in run("evaluate", "-a", own, "--differences").stdout
    for wrong in (["evaluate"], ["evaluate", own, "-a", own]):
        assert run(*wrong).exit_code == 2


def test_what_the_documentation_shows_is_what_happens(
    run: Run, tmp_path: Path, real_parser: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for page in ("README.md", "docs/corrections.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        place = re.findall(r"itudocs correct .* -a (\S+)", text)[0]
        run("add", CORPUS / "en-104-tsb-circular-lines.txt", "-a", place)
        for command, printed in re.findall(r"^\$ itudocs ((?:correct|withdraw) .*)\n(.*)$", text, re.M):
            result = run(*shlex.split(command))
            assert (result.exit_code, result.stdout) == (0, f"{printed}\n"), result.stderr
        shutil.rmtree(place)
    run("add", CORPUS / "en-104-tsb-circular-lines.txt", "-a", "letters.archive")
    code, printed = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", text, re.S)[0]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "corrections.md", "exec"), {"open_archive": open_archive})
    assert out.getvalue() == printed
