"""The command line's further ways to search: news, tables of queries, likeness, completion, did you mean."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from itudocs.archive.archive import Archive
from itudocs.errors import ArchiveError
from tests.cli.cli_fakes import CORPUS, spawn
from tests.cli.conftest import Run

ONE = "en-004-tsb-circular-column-wise"
ID = "tsb-circular/2001-2004/54"


@pytest.fixture
def own(archive: Path, tmp_path: Path) -> Path:
    """A copy of the archive, to be written to."""
    shutil.copytree(archive, tmp_path / "own")
    return tmp_path / "own"


# -- did you mean ------------------------------------------------------------------------------------------------------


def test_a_mistyped_query_is_answered_with_another_on_stderr(run: Run, archive: Path) -> None:
    result = run("search", "meetng", "bureau:TBS", "-a", archive)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Did you mean: meeting bureau:TSB (3 letters)\n" in result.stderr
    found = json.loads(run("search", "meetng", "-a", archive, "--json").stdout)
    assert found["suggestions"][0]["mistyped"][0] == {
        "kind": "word", "asked": "meetng", "position": 0, "meant": "meeting",
    }  # fmt: skip


# -- saved searches ----------------------------------------------------------------------------------------------------


def test_a_saved_search_tells_what_is_new_once(run: Run, own: Path, tmp_path: Path) -> None:
    saved = run("search", "meeting", "--save", "my meetings", "-a", own)
    assert saved.exit_code == 0
    assert "itudocs search --new 'my meetings'" in saved.stderr
    nothing = run("search", "--new", "my meetings", "-a", own)
    assert (nothing.exit_code, nothing.stdout) == (1, "")
    assert "0 new for 'my meetings' since 20" in nothing.stderr
    name = "en-006-tsb-collective-slash-cells"
    shutil.copy(CORPUS / f"{name}.txt", tmp_path / f"{name}.txt")
    assert run("add", tmp_path / f"{name}.txt", "-a", own).exit_code == 0
    news = run("search", "--new", "my meetings", "-a", own)
    assert news.exit_code == 0
    assert news.stdout.startswith("1. ")
    assert name in news.stdout
    assert run("search", "--new", "my meetings", "-a", own).exit_code == 1


def test_news_as_json_are_the_librarys(run: Run, own: Path) -> None:
    run("search", "--facet", "bureau=TSB", "--save", "tsb", "-a", own)
    run("remove", ID, "-a", own)
    run("add", CORPUS / f"{ONE}.txt", "-a", own)
    found = json.loads(run("search", "--new", "tsb", "--json", "-a", own).stdout)
    assert (found["name"], [hit["id"] for hit in found["hits"]]) == ("tsb", [ID])


def test_news_that_could_not_be_written_stay_news(run: Run, own: Path) -> None:
    run("search", "meeting", "--save", "meetings", "-a", own)
    run("remove", ID, "-a", own)
    run("add", CORPUS / f"{ONE}.txt", "-a", own)
    with open("/dev/full", "wb") as full:
        process = spawn("search", "--new", "meetings", "-a", own, stdout=full, stderr=subprocess.PIPE)
        assert b"cannot write" in process.communicate()[1]
    assert process.returncode == 2
    assert run("search", "--new", "meetings", "-a", own).exit_code == 0


def test_news_that_could_not_be_marked_stay_news_and_it_is_told(
    run: Run, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(self: Archive, news: object) -> None:
        raise ArchiveError("the disk is full")

    run("search", "meeting", "--save", "meetings", "-a", own)
    run("remove", ID, "-a", own)
    run("add", CORPUS / f"{ONE}.txt", "-a", own)
    with monkeypatch.context() as patch:
        patch.setattr(Archive, "mark_seen", failing)
        result = run("search", "--new", "meetings", "-a", own)
    assert result.exit_code == 2
    assert ID in result.stdout
    assert "the disk is full" in result.stderr
    assert run("search", "--new", "meetings", "-a", own).exit_code == 0


def test_saved_searches_are_listed_and_forgotten(run: Run, own: Path) -> None:
    empty = run("searches", "-a", own)
    assert empty.exit_code == 1
    assert "--save NAME" in empty.stderr
    run("search", "meeting", "--facet", "bureau=TSB", "--save", "meetings", "-a", own)
    run("search", "--save", "all", "-a", own)
    assert run("search", "x", "--save", "all", "-a", own).exit_code == 2
    rows = [row.split("\t") for row in run("searches", "-a", own).stdout.splitlines()]
    assert rows[0] == ["Name", "Query", "Facets", "Seen", "Last told"]
    assert [row[:4] for row in rows[1:]] == [["all", "", "", "8"], ["meetings", "meeting", "bureau=TSB", "3"]]
    assert [s["name"] for s in json.loads(run("searches", "--json", "-a", own).stdout)] == ["all", "meetings"]
    assert len(run("searches", "--forget", "all", "-a", own).stdout.splitlines()) == 2
    unknown = run("search", "--new", "all", "-a", own)
    assert unknown.exit_code == 2
    assert "Saved ones are: 'meetings'" in unknown.stderr
    assert run("searches", "--forget", "meetings", "-a", own).exit_code == 0


@pytest.mark.parametrize(
    "options",
    [("x", "--new", "n"), ("--facet", "bureau=TSB", "--new", "n"), ("--save", "n", "--new", "n"), ("x", "--batch", "f"), ("--new", "n", "--batch", "f")],
)  # fmt: skip
def test_options_that_exclude_each_other_are_a_usage_error(options: tuple[str, ...], run: Run, archive: Path) -> None:
    result = run("search", *options, "-a", archive)
    assert result.exit_code == 2
    assert "choose one of" in result.stderr


# -- tables of queries -------------------------------------------------------------------------------------------------


def test_a_table_of_queries_is_answered_row_by_row(run: Run, archive: Path, tmp_path: Path) -> None:
    table = tmp_path / "queries.csv"
    table.write_text("name,query\nmeetings,meeting\n-x,zzyzx\n", encoding="utf-8")
    result = run("search", "--batch", table, "--limit", "2", "-a", archive)
    assert result.exit_code == 0
    heads, *rows = csv.reader(io.StringIO(result.stdout))
    assert heads[:4] == ["row", "name", "query", "letters"]
    assert [row[1:4] for row in rows] == [["meetings", "meeting", "5"], ["'-x", "zzyzx", "0"]]
    assert len(rows[0][5].split("; ")) == 2
    assert "2 queries: 1 found letters, 0 refused." in result.stderr


def test_a_malformed_query_is_told_in_its_row_and_by_the_exit_code(run: Run, archive: Path, tmp_path: Path) -> None:
    table = tmp_path / "queries.csv"
    table.write_text("query\n(open\nmeeting\n\nsbject:x\n", encoding="utf-8")
    result = run("search", "--batch", table, "--format", "jsonl", "-a", archive)
    assert result.exit_code == 2
    rows = [json.loads(row) for row in result.stdout.splitlines()]
    assert [(row["row"], row["letters"], bool(row["error"])) for row in rows] == [
        (1, None, True),
        (2, 5, False),
        (4, None, True),
    ]
    assert "row 1: a parenthesis is never closed" in result.stderr
    table.write_text("query\nzzyzx\n", encoding="utf-8")
    assert run("search", "--batch", table, "-a", archive).exit_code == 1


def test_a_table_that_cannot_be_read_is_told(run: Run, archive: Path, tmp_path: Path) -> None:
    assert "No such file" in run("search", "--batch", tmp_path / "none.csv", "-a", archive).stderr
    table = tmp_path / "queries.csv"
    table.write_bytes("query\nréunion\n".encode("latin-1"))
    assert "is not UTF-8" in run("search", "--batch", table, "-a", archive).stderr
    table.write_text("name\nx\n", encoding="utf-8")
    result = run("search", "--batch", table, "-a", archive)
    assert result.exit_code == 2
    assert "no column 'query'" in result.stderr


def test_a_table_comes_from_standard_input_too(archive: Path) -> None:
    process = spawn(
        "search", "--batch", "-", "-a", archive, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    said, _ = process.communicate(b"query\nmeeting\n")
    assert said.decode().splitlines()[1].startswith("1,,meeting,5,")


# -- like, complete ----------------------------------------------------------------------------------------------------


def test_letters_like_one_are_listed_with_what_they_share(run: Run, archive: Path) -> None:
    result = run("like", ID, "-a", archive, "--limit", "3", "--reasons", "2")
    assert result.exit_code == 0
    assert result.stdout.startswith("1. ")
    assert ID not in result.stdout.splitlines()[0]
    found = json.loads(run("like", ID, "-a", archive, "--limit", "3", "--json").stdout)
    assert len(found["letters"]) == 3
    assert all(alike["reasons"] for alike in found["letters"])
    first = found["letters"][0]["reasons"][0]
    assert f"({first['weight']:.1f})" in result.stdout
    assert run("like", "cr/9999", "-a", archive).exit_code == 1


def test_ways_to_go_on_are_listed_with_their_letters(run: Run, archive: Path) -> None:
    assert run("complete", "bur", "-a", archive).stdout.startswith("bureau:\n")
    assert "meeting bureau:TSB\t3\n" in run("complete", "meeting bureau:", "-a", archive).stdout
    assert json.loads(run("complete", "lang:f", "--json", "-a", archive).stdout) == [
        {"kind": "value", "value": "fr", "query": "lang:fr", "letters": 1}
    ]
    assert run("complete", "zzyzx", "-a", archive).exit_code == 1
    assert run("complete", "-a", archive).stdout.splitlines()[0] == "id:"
