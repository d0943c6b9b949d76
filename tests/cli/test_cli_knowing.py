"""graph, gaps and versions on the command line: what is printed, in which form, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from itudocs.archive.archive import open_archive
from tests.cli.cli_fakes import CORPUS
from tests.cli.conftest import Run

RUN = "tsb-circular/2022-2024"
BASE = f"{RUN}/31"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The letters of the corpus that speak of each other."""
    folder = tmp_path_factory.mktemp("knowing") / "a"
    with open_archive(folder, create=True) as opened:
        assert opened.add(sorted(CORPUS.glob("*-40[1-5]-*.txt"))).added == 10
    return folder


def test_a_letter_is_shown_with_its_state_and_its_neighbours(run: Run, archive: Path) -> None:
    result = run("graph", "TSB Circular 31", "-a", archive)
    rows = result.stdout.splitlines()
    assert result.exit_code == 0
    assert rows[0] == f"{BASE} · TSB Circular 31 · 2023-02-06 · en"
    assert rows[2:6] == [
        f"replaced; {RUN}/34 stands in its place", f"  added to by {BASE}/add1 of 2023-03-03",
        f"  corrected by {BASE}/cor1 of 2023-03-20", f"  replaced by {RUN}/34 of 2023-05-05",
    ]  # fmt: skip
    assert f"replaced by\t{RUN}/34\t2023-05-05\tTSB Circular 31 of 6 February 2023" in rows
    assert f"{BASE}/cor1\tcites\t{BASE}/add1\tAddendum 1 to TSB Circular 31" in rows


def test_a_day_may_be_named(run: Run, archive: Path) -> None:
    rows = run("graph", BASE, "--on", "2023-03-10", "-a", archive).stdout.splitlines()
    assert rows[2:5] == ["in force on 2023-03-10", f"  added to by {BASE}/add1 of 2023-03-03", ""]
    result = run("graph", BASE, "--on", "10 March", "-a", archive)
    assert result.exit_code == 2
    assert "write a day as 2004-07-13" in result.stderr


def test_the_neighbourhood_as_json_and_as_graphml(run: Run, archive: Path) -> None:
    plain = json.loads(run("graph", BASE, "--format", "json", "--depth", "2", "-a", archive).stdout)
    assert plain["status"]["state"] == "replaced"
    assert {w["id"] for w in plain["works"]} == {BASE, f"{BASE}/add1", f"{BASE}/cor1", f"{RUN}/34", f"{RUN}/32"}
    assert plain["edges"][0]["said"][0]["spans"]
    xml = run("graph", BASE, "--format", "graphml", "-a", archive).stdout
    assert len(list(ElementTree.fromstring(xml).iter("{http://graphml.graphdrawing.org/xmlns}node"))) == 4


def test_without_a_letter_the_whole_archive_and_what_leads_nowhere(run: Run, archive: Path) -> None:
    rows = run("graph", "-a", archive).stdout.splitlines()
    assert rows[0] == "5 letters, 2 more cited"
    assert f"{RUN}/34\tabsent\t{RUN}/32\t" in rows


def test_a_letter_that_nobody_knows_is_an_error_in_one_line(run: Run, archive: Path) -> None:
    result = run("graph", "CR/77", "-a", archive)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("itudocs: no letter, held or cited, answers to 'CR/77'")
    assert run("graph", BASE, "--depth", "-1", "-a", archive).exit_code == 2


def test_gaps_are_rows(run: Run, archive: Path) -> None:
    result = run("gaps", "tsb-circular", "-a", archive)
    rows = result.stdout.splitlines()
    assert result.exit_code == 0
    assert f"absent\t{RUN}/32\tcited by {RUN}/34, with the date 2023-04-03" in rows
    assert f"missing\t{RUN}/32\tafter 2023-02-06 ({BASE}), before 2023-04-17 ({RUN}/33), cited: {RUN}/32" in rows
    assert any(row.startswith(f"conflict: date\t{RUN}/33\t2023-04-17 (") for row in rows)
    assert result.stderr == "2 letters cited and absent, 31 numbers missing, 0 dates that do not fit, 1 conflicts.\n"
    plain = json.loads(run("gaps", "--json", "-a", archive).stdout)
    assert plain["holes"][1]["earliest"] == "2023-02-06"


def test_no_gaps_and_no_such_series(run: Run, archive: Path) -> None:
    assert run("gaps", "cr", "-a", archive).exit_code == 1
    result = run("gaps", "crr", "-a", archive)
    assert result.exit_code == 2
    assert "there is no series 'crr'" in result.stderr


def test_versions_are_listed_with_what_they_say_differently(run: Run, archive: Path) -> None:
    result = run("versions", f"{RUN}/33", "-a", archive)
    rows = [row.split("\t") for row in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [row[0] for row in rows[1:7]] == ["en", "fr", "es", "ru", "ar", "zh"]
    said = {(row[1], row[2][:2]): row[3] for row in rows[9:]}
    assert (said["date", "en"], said["date", "es"]) == ("2023-04-17", "2023-04-24")
    assert (said["deadlines", "en"], said["deadlines", "fr"]) == ("2023-07-17", "2023-07-18")
    assert len(json.loads(run("versions", f"{RUN}/33", "--json", "-a", archive).stdout)["versions"]) == 6


def test_without_a_letter_all_that_differ(run: Run, archive: Path) -> None:
    result = run("versions", "-a", archive)
    assert {row.split("\t")[0] for row in result.stdout.splitlines()[1:]} == {f"{RUN}/33"}
    one = run("versions", f"{RUN}/34", "-a", archive)
    assert (one.exit_code, one.stderr) == (0, "0 differences.\n")


@pytest.mark.parametrize("form", ["text", "json", "graphml"])
def test_a_letter_full_of_escapes_prints_none(run: Run, tmp_path: Path, form: str, real_parser: None) -> None:
    (tmp_path / "evil.txt").write_text(
        "Ref: CR/387\nGeneva, 25 February 2004\nSubject: \x1b[31mMinutes\x9b2J \u202egnp\n\nSee CR/\x1b]0;x\x07300 and TSB Circular 13.\n",
        encoding="utf-8",
    )
    with open_archive(tmp_path / "a", create=True) as opened:
        opened.add(tmp_path / "evil.txt")
    for verb in (["graph", "CR/387"], ["graph"]):
        result = run(*verb, "--format", form, "-a", tmp_path / "a")
        assert result.exit_code == 0
        assert not set(result.output) & {"\x1b", "\x9b", "\u202e", "\x07"}


def test_versions_found_are_collapsed_to_one_hit_on_request(run: Run, archive: Path) -> None:
    result = run("search", "K.15", "--collapse", "-a", archive)
    assert result.exit_code == 0
    (head,) = (row for row in result.stdout.splitlines() if row[:3] == "1. ")
    assert head.endswith(" · TSB · en fr es ru ar zh")
    assert result.stderr.startswith("1 work (6 letters) in ")
    assert run("search", "K.15", "-a", archive).stderr.startswith("6 letters in ")
    assert json.loads(run("search", "K.15", "--collapse", "--json", "-a", archive).stdout)["hits"][0]["versions"] == 6
