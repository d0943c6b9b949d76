"""events, export, cite: what they print and write, and what they say when there is nothing or something is wrong."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from pathlib import Path

import pytest

import itudocs
from itudocs.archive.archive import open_archive
from itudocs.export.schema import schema_json
from tests.cli.cli_fakes import CORPUS, on_terminal, spawn
from tests.cli.conftest import LETTERS, Run


@pytest.fixture
def name(archive: Path) -> str:
    return str(archive)


# -- events --------------------------------------------------------------------------------------------------------------


def test_events_of_a_span_are_listed_by_day(name: str, archive: Path, run: Run) -> None:
    with open_archive(archive) as opened:
        rows = opened.events(since="2001-01-01", until="2018-12-31")
    result = run("events", "--from", "2001-01-01", "--until", "2018-12-31", "-a", name)
    assert (result.exit_code, result.stderr) == (0, f"{len(rows)} events, 0 deadlines.\n")
    head, *lines = result.stdout.splitlines()
    assert head == "Days\tStatus\tWhat\tPlace\tLetter\tChanged by"
    assert len(lines) == len(rows) > 0
    assert lines == sorted(lines, key=lambda line: line.split("\t")[0])


def test_deadlines_come_with_them_and_those_of_a_day_alone(name: str, archive: Path, run: Run) -> None:
    with open_archive(archive) as opened:
        deadlines = opened.deadlines()
        day = deadlines[0].date
        open_then = opened.deadlines(open_on=day)
    both = run("events", "--deadlines", "--json", "-a", name)
    told = json.loads(both.stdout)
    assert [row["uid"] for row in told["deadlines"]] == [row.uid for row in deadlines]
    assert told["events"]
    alone = json.loads(run("events", "--open-on", day, "--json", "-a", name).stdout)
    assert alone["events"] == []
    assert [row["uid"] for row in alone["deadlines"]] == [row.uid for row in open_then]


def test_events_in_other_states_are_listed_when_asked_for(name: str, archive: Path, run: Run) -> None:
    with open_archive(archive) as opened:
        every, mentioned = len(opened.events(status=None)), len(opened.events(status="mentioned"))
    assert len(json.loads(run("events", "--status", "all", "--json", "-a", name).stdout)["events"]) == every
    assert len(json.loads(run("events", "--status", "mentioned", "--json", "-a", name).stdout)["events"]) == mentioned
    assert every > mentioned


def test_a_calendar_is_written_to_a_file_or_to_stdout(name: str, archive: Path, run: Run, tmp_path: Path) -> None:
    icalendar = pytest.importorskip("icalendar", reason="install the extra: pip install 'itudocs[calendar]'")
    path = tmp_path / "meetings.ics"
    result = run("events", "--deadlines", "--ics", path, "--link", "https://x.example/{key}", "-a", name)
    assert (result.exit_code, result.stdout) == (0, "")
    with open_archive(archive) as opened:
        uids = {row.uid for row in opened.events()} | {row.uid for row in opened.deadlines()}
    components = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert {str(component["uid"]) for component in components} == uids
    assert all(component["url"].startswith("https://x.example/") for component in components)
    piped = run("events", "--deadlines", "--ics", "-", "--link", "https://x.example/{key}", "-a", name)
    assert piped.stdout_bytes == path.read_bytes()


def test_a_missing_calendar_library_is_a_line_that_names_the_command(
    name: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    result = run("events", "--ics", "-", "-a", name)
    assert result.exit_code == 2
    assert "pip install 'itudocs[calendar]'" in result.stderr


def test_a_span_without_events_is_nothing_found(name: str, run: Run) -> None:
    result = run("events", "--from", "1900-01-01", "--until", "1900-12-31", "-a", name)
    assert (result.exit_code, result.stdout) == (1, "")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["--from", "2018"], "no day"), (["--until", "2018-02-30"], "no day"), (["--open-on", "today"], "no day"),
        (["--status", "postponed"], "no status"), (["--language", "de"], "no language"),
    ],
)  # fmt: skip
def test_what_is_no_day_status_or_language_is_a_usage_error(args: list[str], why: str, name: str, run: Run) -> None:
    result = run("events", *args, "-a", name)
    assert result.exit_code == 2
    assert why in result.stderr


# -- export --------------------------------------------------------------------------------------------------------------


def test_all_letters_go_out_as_json_lines(name: str, archive: Path, run: Run) -> None:
    result = run("export", "-a", name)
    assert (result.exit_code, result.stderr) == (0, f"{len(LETTERS)} letters.\n")
    with open_archive(archive) as opened:
        assert [itudocs.Circular.from_json(line) for line in result.stdout.splitlines()] == list(opened)


def test_the_hits_of_a_search_go_out_all_of_them(name: str, archive: Path, run: Run, tmp_path: Path) -> None:
    with open_archive(archive) as opened:
        found = opened.search("radio", filters={"bureau": "BR"}, limit=100)
        assert 0 < found.total < len(LETTERS)
    path = tmp_path / "found.csv"
    assert run("export", "radio", "--facet", "bureau=BR", "-o", path, "-a", name).exit_code == 0
    with open(path, newline="", encoding="utf-8-sig") as file:
        assert [row["key"] for row in csv.DictReader(file)] == [hit.key for hit in found.hits]


def test_a_search_goes_out_in_its_order(name: str, run: Run) -> None:
    result = run("export", "has:date", "--sort", "date", "--format", "csv", "-a", name)
    dates = [row["date"] for row in csv.DictReader(io.StringIO(result.stdout.removeprefix("\ufeff"), newline=""))]
    assert dates == sorted(dates)
    assert len(dates) > 3


def test_one_table_or_all_of_them(name: str, run: Run, tmp_path: Path) -> None:
    events = run("export", "--format", "csv", "--table", "events", "-a", name)
    assert events.stdout.startswith("\ufeffkey,id,n,name,body,")
    assert run("export", "--format", "csv", "--table", "all", "-o", tmp_path / "t", "-a", name).exit_code == 0
    assert (tmp_path / "t" / "events.csv").read_bytes() == events.stdout_bytes


def test_the_schema_is_printed_and_written(name: str, run: Run, tmp_path: Path) -> None:
    assert run("export", "--format", "schema").stdout == schema_json()
    run("export", "--format", "schema", "-o", tmp_path / "schema.json")
    assert (tmp_path / "schema.json").read_text("utf-8") == schema_json()


def test_nothing_found_is_an_empty_export(name: str, run: Run) -> None:
    result = run("export", "nosuchword", "--format", "csl", "-a", name)
    assert (result.exit_code, json.loads(result.stdout)) == (1, [])


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["(a b"], "never closed"), (["--facet", "bureau"], "FIELD=VALUE"), (["-o", "x.docx"], "tells no format"),
        (["--format", "bibtex", "--table", "events"], "holds no tables"), (["--format", "csv", "--table", "all"], "folder"),
    ],
)  # fmt: skip
def test_an_export_that_makes_no_sense_is_a_usage_error(args: list[str], why: str, name: str, run: Run) -> None:
    result = run("export", *args, "-a", name)
    assert result.exit_code == 2
    assert why in result.stderr


def test_parquet_does_not_go_to_a_terminal(name: str) -> None:
    code, said = on_terminal("export", "--format", "parquet", "-a", name, columns=100)
    assert code == 2
    assert "name a file" in " ".join(said.split())


def test_what_goes_to_a_terminal_is_harmless(tmp_path: Path) -> None:
    letter = tmp_path / "evil\x1b[31m.txt"
    letter.write_text((CORPUS / "en-015-cr-2015-footer-first.txt").read_text("utf-8"), "utf-8")
    with open_archive(tmp_path / "a", create=True) as opened:
        opened.add(letter)
    for form in ("csv", "jsonl", "bibtex"):
        code, said = on_terminal("export", "--format", form, "-a", tmp_path / "a", columns=200)
        assert code == 0
        assert "\x1b[31m" not in said


def test_a_reader_that_leaves_ends_the_export_quietly(name: str) -> None:
    process = spawn("export", "-a", name, stdout=-1, stderr=-1)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    assert "Traceback" not in said


def test_a_full_disk_is_told(name: str) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    with open("/dev/full", "wb") as full:
        process = spawn("export", "-a", name, stdout=full, stderr=-1)
    assert process.stderr
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(timeout=60) == 2
    assert "cannot write" in said


# -- cite ----------------------------------------------------------------------------------------------------------------


def test_a_letter_is_cited_in_all_its_versions(name: str, archive: Path, run: Run) -> None:
    with open_archive(archive) as opened:
        identity = next(record.id for record in opened if record.id and len(opened.versions(record.id)) > 1)
        expected = [itudocs.cite(record) for record in opened.versions(identity)]
    assert run("cite", identity, "-a", name).stdout.splitlines() == expected


def test_a_file_is_cited_and_shown_with_its_citation(run: Run) -> None:
    path = CORPUS / "en-015-cr-2015-footer-first.txt"
    said = run("cite", path).stdout.strip()
    assert said.startswith("ITU Radiocommunication Bureau, CR/")
    assert f"Cite as         {said}" in run("show", path).stdout


@pytest.mark.parametrize(
    ("form", "begins"), [("bibtex", "@techreport{itu-cr-"), ("ris", "TY  - RPRT"), ("csl", '{"id": "itu-cr-')]
)
def test_a_letter_is_cited_for_reference_managers(form: str, begins: str, run: Run) -> None:
    assert run("cite", CORPUS / "en-015-cr-2015-footer-first.txt", "--format", form).stdout.startswith(begins)


def test_a_letter_that_is_not_there_cannot_be_cited(name: str, run: Run) -> None:
    assert run("cite", "cr/99999", "-a", name).exit_code == 1
