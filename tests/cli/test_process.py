"""The command as a process: what it loads, terminals of all widths, readers that leave, Ctrl-C, a full disk."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.cli_fakes import CORPUS, ROOT, on_terminal, spawn

PARSER = {
    "itudocs.parse",
    "itudocs.assemble",
    "itudocs.extract",
    "itudocs.zoning",
    "itudocs.reading",
    "itudocs.pipeline",
}


def loaded_by(*args: object) -> set[str]:
    """Modules and packages that a command line loads."""
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from itudocs.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, args)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    names = done.stderr.splitlines()[-1].split()
    return {".".join(name.split(".")[:depth]) for name in names for depth in (1, 2)}


def test_help_loads_neither_spacy_nor_whoosh_nor_the_parser() -> None:
    heavy = {
        "spacy",
        "whoosh",
        "numpy",
        "chardet",
        "dateparser",
        "rich",
        "sqlite3",
        "itudocs.archive",
        "itudocs.search",
    }
    assert loaded_by("--help") & (PARSER | heavy) == set()
    assert loaded_by("search", "--help") & (PARSER | heavy) == set()


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_searching_loads_neither_spacy_nor_the_parser(archive: Path, form: list[str]) -> None:
    loaded = loaded_by("search", "meeting", "-a", archive, *form)
    assert loaded & (PARSER | {"spacy", "chardet", "dateparser"}) == set()
    assert "itudocs.search" in loaded


def test_showing_from_the_archive_loads_neither_the_parser_nor_whoosh(archive: Path) -> None:
    assert loaded_by("show", "cr/433", "-a", archive) & (PARSER | {"spacy", "whoosh"}) == set()


# -- terminals ---------------------------------------------------------------------------------------------------------


def plain_lines(output: str) -> list[str]:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output).splitlines()


def test_on_a_wide_terminal_the_facets_stand_beside_the_hits(archive: Path) -> None:
    code, output = on_terminal("search", "meeting", "-a", archive, columns=120)
    assert code == 0
    assert "\x1b[1;33m" in output  # words found
    first = plain_lines(output)[0]
    assert first.startswith("1. ")
    assert first.rstrip().endswith("series")
    assert max(map(len, plain_lines(output))) <= 120


def test_on_a_narrow_terminal_the_facets_stand_under_the_hits(archive: Path) -> None:
    _, output = on_terminal("search", "meeting", "-a", archive, columns=70)
    lines = plain_lines(output)
    assert "series" not in lines[0]
    assert any(row.startswith("series ") for row in lines)
    assert max(map(len, lines)) <= 70


def test_colours_mark_the_evidence_on_a_terminal_and_brackets_where_there_are_none(archive: Path) -> None:
    _, output = on_terminal("show", "tsb-circular/2001-2004/54", "-a", archive, columns=100)
    assert "\x1b[" in output
    assert "[salutation: " not in output
    _, output = on_terminal("show", "tsb-circular/2001-2004/54", "-a", archive, columns=100, env={"NO_COLOR": "1"})
    assert not re.search(r"\x1b\[(?:\d;)*[349]\d", output)
    assert "[salutation: " in output


def test_no_colour_leaves_a_terminal_even_if_it_is_forced(archive: Path) -> None:
    forced = {"FORCE_COLOR": "1", "PY_COLORS": "1", "GITHUB_ACTIONS": "1", "CLICOLOR_FORCE": "1"}
    with spawn(
        "search", "meeting", "-a", archive, env=forced, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        out, said = process.communicate(timeout=60)
    assert b"\x1b" not in out + said


def test_progress_is_shown_on_a_terminal_only(tmp_path: Path) -> None:
    _, output = on_terminal("add", CORPUS / "en-030-cr-433-clean.txt", "-a", tmp_path / "a", columns=80)
    assert "\x1b[2K" in output
    assert "added 1, " in output
    with spawn(
        "add", CORPUS / "fr-001-cr-clean.txt", "-a", tmp_path / "a", stderr=subprocess.PIPE, stdout=subprocess.PIPE
    ) as p:
        out, said = p.communicate(timeout=60)
    assert said == b""
    assert out.startswith(b"added 1, ")


# -- ends --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args", [["search", "--limit", "9"], ["search", "--json"], ["show", "cr/433"], ["show", "cr/433", "--json"]]
)
def test_a_reader_that_leaves_is_no_error(args: list[str], archive: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = spawn(*args, "-a", archive, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 141
    assert b"rror" not in said
    assert b"Traceback" not in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="/dev/full is not here")
@pytest.mark.parametrize("args", [["fields"], ["fields", "--json"], ["--help"]])
def test_output_on_a_full_disk_is_told_in_one_line(args: list[str]) -> None:
    with open("/dev/full", "wb") as full, spawn(*args, stdout=full, stderr=subprocess.PIPE) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.count(b"\n") == 1
    assert b"No space left" in said


def test_characters_that_an_encoding_lacks_do_not_end_a_verb(archive: Path) -> None:
    env = {"PYTHONIOENCODING": "ascii"}
    with spawn("search", "lang:zh", "-a", archive, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert b"???" in out
    with spawn(
        "search", "lang:zh", "--json", "-a", archive, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        out, _ = process.communicate(timeout=60)
    assert "国" in out.decode("utf-8")


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_a_verb_quietly_with_130(workers: int, tmp_path: Path) -> None:
    many = [CORPUS / "en-001-tsb-circular-clean.txt"] * 2000
    with open(tmp_path / "talk", "wb+") as talk:
        process = spawn(
            "parse", *many, "--workers", workers, stdout=subprocess.PIPE, stderr=talk, start_new_session=True
        )
        assert process.stdout
        assert process.stdout.readline()  # it is at work
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        talk.seek(0)
        assert (process.returncode, talk.read()) == (130, b"")
