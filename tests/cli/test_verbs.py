"""The verbs: data on stdout, talk on stderr, exit codes, errors in one line."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

import pytest

from itudocs import fields
from itudocs.model import Circular
from tests.cli.cli_fakes import CORPUS
from tests.cli.conftest import LETTERS, Run
from tests.reading.made_containers import mail, zipped

ONE = "en-004-tsb-circular-column-wise"
ID = "tsb-circular/2001-2004/54"


# -- parse -------------------------------------------------------------------------------------------------------------


def test_one_file_is_printed_as_one_record_with_evidence(run: Run, letters: Path) -> None:
    result = run("parse", letters / f"{ONE}.txt")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.startswith('{\n  "key"')
    record = Circular.from_json(result.stdout)
    assert record.id == ID
    assert record.evidence["date"] if "date" in record.evidence else record.evidence["refs/0"]


def test_many_files_are_printed_a_record_a_line_in_order(run: Run, letters: Path) -> None:
    result = run("parse", letters)
    names = [json.loads(row)["source"]["name"] for row in result.stdout.splitlines()]
    assert names == sorted(f"{name}.txt" for name in LETTERS)
    assert run("parse", *sorted(letters.iterdir())).stdout == result.stdout


def test_many_records_as_json_are_an_array(run: Run, letters: Path) -> None:
    assert len(json.loads(run("parse", letters, "--format", "json").stdout)) == len(LETTERS)


def test_a_table_in_a_pipe_has_tabs_and_one_line_a_letter(run: Run, letters: Path) -> None:
    rows = [row.split("\t") for row in run("parse", letters, "--format", "table").stdout.splitlines()]
    assert rows[0] == ["Source", *(field.label for field in fields.COLUMNS)]
    assert len(rows) == 1 + len(LETTERS)
    assert {len(row) for row in rows} == {len(rows[0])}


def test_failures_go_to_stderr_and_the_rest_is_printed(run: Run, letters: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.txt"
    broken.symlink_to("nowhere")
    result = run("parse", letters / f"{ONE}.txt", broken)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    assert "broken.txt is a link to nowhere, which does not exist." in result.stderr


def test_where_nothing_can_be_parsed_the_exit_code_is_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "random.txt").write_bytes(bytes(range(256)) * 4)
    result = run("parse", tmp_path / "random.txt", tmp_path / "none.txt")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 3


@pytest.mark.parametrize("form", ["json", "jsonl", "table"])
def test_a_letter_full_of_escapes_prints_none(run: Run, tmp_path: Path, form: str, real_parser: None) -> None:
    text = "Ref: CR/387\nGeneva, 25 February 2004\nSubject: \x1b[31mMinutes\x9b2J \u202egnp\nDear Sir/Madam,\nDear \x1b]0;x\x07."
    evil = tmp_path / "evil\x1b[31m\u202e.txt"
    evil.write_text(text, encoding="utf-8")
    for verb in (["parse", evil, "--format", form], ["show", evil], ["show", evil, "--text"]):
        result = run(*verb)
        assert result.exit_code == 0
        assert not set(result.output) & {"\x1b", "\x9b", "\u202e", "\x07"}
    assert "evil" in run("parse", evil, "--format", form).stdout


def test_the_text_of_a_letter_keeps_its_length(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a\u202eb\u200f", encoding="utf-8")
    assert run("show", tmp_path / "a.txt", "--text").stdout == "a\ufffdb\ufffd\n"


# -- add, verify, rebuild, remove, backup, restore ---------------------------------------------------------------------


def test_the_life_of_an_archive(run: Run, letters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("add", letters).stdout.startswith(f"added {len(LETTERS)}, unchanged 0, failed 0")
    assert (tmp_path / "archive").is_dir()
    again = run("add", letters, "--json")
    assert json.loads(again.stdout)["unchanged"] == len(LETTERS)
    assert again.exit_code == 0
    assert f"{len(LETTERS)} letters" in run("verify").stderr

    saved = run("backup", "saved")
    assert saved.stdout == "saved\n"
    removed = run("remove", ID)
    assert removed.exit_code == 0
    assert len(removed.stdout) == 65
    assert run("show", ID).exit_code == 1
    assert run("remove", ID).exit_code == 1

    assert run("rebuild").stdout.startswith(f"added 0, unchanged {len(LETTERS) - 1}")
    restored = run("restore", "saved", "-a", "second")
    assert restored.exit_code == 0, restored.stderr
    assert json.loads(run("show", ID, "--archive", "second", "--json").stdout)["id"] == ID
    assert run("restore", "saved", "-a", "second").exit_code == 2


def test_adding_nothing_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "table.csv").write_text("a", encoding="utf-8")
    result = run("add", tmp_path / "letters", "-a", tmp_path / "a")
    assert result.exit_code == 1
    assert "skipped 1" in result.stdout
    assert result.stderr == "itudocs: No letter was taken in.\n"


def test_the_archive_is_named_by_the_environment(run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITUDOCS_ARCHIVE", str(archive))
    assert run("search", "--limit", "0").exit_code == 0


def test_damage_is_exit_code_3_and_named(run: Run, letters: Path, tmp_path: Path) -> None:
    place = tmp_path / "a"
    run("add", letters, "-a", place)
    generation = next(p for p in (place / "index").iterdir() if p.is_dir())
    victim = max((p for p in generation.iterdir() if p.name != "manifest.json"), key=lambda p: p.stat().st_size)
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    result = run("verify", "-a", place)
    assert result.exit_code == 3
    assert victim.name in result.stdout
    store = place / "archive.db"
    store.write_bytes(b"SQLite format 3\0" + b"x" * 4096)
    result = run("search", "x", "-a", place)
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1
    assert "archive.db" in result.stderr


def test_a_locked_archive_is_one_line_with_the_next_step(run: Run, letters: Path, tmp_path: Path) -> None:
    place = tmp_path / "a"
    run("add", letters, "-a", place)
    with open(place / "archive.lock", "rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = run("add", letters, "-a", place)
    assert result.exit_code == 2
    assert result.stderr.startswith("itudocs: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output


@pytest.mark.parametrize("verb", [["search", "x"], ["verify"], ["rebuild"], ["show", "cr/1"], ["backup", "b"]])
def test_where_no_archive_is_the_next_step_is_told(
    verb: list[str], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*verb)
    assert result.exit_code == 2
    assert (
        result.stderr
        == "itudocs: archive: holds no archive. Add letters to create one there, or name another folder.\n"
    )


# -- search ------------------------------------------------------------------------------------------------------------


def test_hits_and_facets_go_to_stdout_and_the_count_to_stderr(run: Run, archive: Path) -> None:
    result = run("search", "meeting", "bureau:TSB", "-a", archive)
    assert result.exit_code == 0
    assert result.stdout.startswith("1. ")
    assert ID in result.stdout
    assert "\nbureau " in result.stdout
    assert "\x1b" not in result.output
    assert "[Meeting]" in result.stdout or "[meeting]" in result.stdout
    assert result.stderr.startswith("3 letters in ")


def test_a_facet_narrows_and_is_marked(run: Run, archive: Path) -> None:
    result = run("search", "--facet", "language=ar", "-a", archive)
    assert "\nlanguage    en 5, >ar 1, fr 1, zh 1\n" in result.stdout
    assert "1 letter in" in result.stderr
    two = run("search", "--facet", "language=ar", "--facet", "lang=zh", "-a", archive)
    assert "2 letters in" in two.stderr


def test_results_as_json_are_the_librarys(run: Run, archive: Path) -> None:
    found = json.loads(run("search", "meeting", "-a", archive, "--json", "--limit", "1").stdout)
    assert {"total", "hits", "facets"} <= found.keys()
    assert len(found["hits"]) == 1
    assert {facet["field"] for facet in found["facets"]} == {field.name for field in fields.FACETS}


def test_pages_follow_one_another(run: Run, archive: Path) -> None:
    whole = [h["key"] for h in json.loads(run("search", "--sort", "date", "-a", archive, "--json").stdout)["hits"]]
    pages = [
        json.loads(run("search", "--sort", "date", "--limit", "3", "--page", n, "-a", archive, "--json").stdout)["hits"]
        for n in (1, 2, 3)
    ]
    assert [hit["key"] for page in pages for hit in page] == whole
    assert run("search", "--limit", "3", "--page", "2", "-a", archive).stdout.startswith("4. ")
    beyond = run("search", "--page", "9", "-a", archive)
    assert beyond.exit_code == 1
    assert "beyond" in beyond.stderr


def test_where_nothing_is_found_the_exit_code_is_1(run: Run, archive: Path) -> None:
    result = run("search", "zzyzx", "-a", archive)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Nothing found for 'zzyzx'." in result.stderr


def test_a_word_with_a_dash_is_left_out(run: Run, archive: Path) -> None:
    everything = int(run("search", "-a", archive).stderr.split()[0])
    without = int(run("search", "-meeting", "-a", archive).stderr.split()[0])
    with_ = int(run("search", "meeting", "-a", archive).stderr.split()[0])
    assert without + with_ == everything
    assert run("search", "--sort", "-date", "-meeting", "-a", archive).exit_code == 0


@pytest.mark.parametrize(
    ("query", "column", "hint"),
    [("meeting subjekt:x", 8, "subject"), ("a (b", 2, ")"), ("日内瓦 (b", 7, ")"), ("date:2004-13", 5, "")],
)
def test_a_malformed_query_is_pointed_at(query: str, column: int, hint: str, run: Run, archive: Path) -> None:
    result = run("search", query, "-a", archive)
    assert result.exit_code == 2
    assert result.stdout == ""
    message, shown, caret, *rest = result.stderr.splitlines()
    assert message.startswith("itudocs: ")
    assert shown == f"  {query}"
    assert caret == f"  {' ' * column}^"
    assert hint in "".join(rest)


@pytest.mark.parametrize("facet", ["bureau", "bureau=", "subject=x", "\x1b[31mx=1"])
def test_a_facet_that_makes_no_sense_is_a_usage_error(facet: str, run: Run, archive: Path) -> None:
    result = run("search", "x", "--facet", facet, "-a", archive)
    assert result.exit_code == 2
    assert "series, bureau, language" in result.stderr.replace("\n", " ")
    assert "\x1b" not in result.stderr


# -- show, fields, evaluate, demo --------------------------------------------------------------------------------------


def test_a_letter_is_shown_by_id_by_key_and_as_a_file(run: Run, archive: Path, letters: Path) -> None:
    shown = run("show", ID, "-a", archive)
    key = json.loads(run("show", ID, "-a", archive, "--json").stdout)["key"]
    assert run("show", key[:10], "-a", archive).stdout == shown.stdout
    assert run("show", letters / f"{ONE}.txt").stdout == shown.stdout
    assert "Reference       TSB Circular 54\n" in shown.stdout
    assert "[salutation: Dear Sir/Madam,]" in shown.stdout
    assert run("show", ID, "-a", archive, "--text").stdout.strip() in (CORPUS / f"{ONE}.txt").read_text(
        encoding="utf-8"
    )


def test_the_other_versions_of_a_letter_are_told(run: Run, archive: Path) -> None:
    result = run("show", "cr/433", "-a", archive)
    assert "Language        fr\n" in result.stdout
    assert result.stderr.startswith("Also: ar ")


def test_what_cannot_be_shown_is_told(run: Run, archive: Path, tmp_path: Path) -> None:
    assert run("show", "cr/9999", "-a", archive).exit_code == 1
    missing = run("show", tmp_path / "none.txt")
    assert missing.exit_code == 2
    assert "none.txt does not exist" in missing.stderr
    assert run("show", ID, "--json", "--text", "-a", archive).exit_code == 2


def test_the_fields_are_those_of_the_table_of_contents(run: Run) -> None:
    rows = [row.split("\t")[0] for row in run("fields").stdout.splitlines()]
    assert rows == ["Field", *(field.name for field in fields.FIELDS)]
    assert [row["field"] for row in json.loads(run("fields", "--json").stdout)] == rows[1:]


def test_records_are_evaluated_and_compared(run: Run, tmp_path: Path) -> None:
    records = tmp_path / "records.jsonl"
    records.write_text(run("parse", CORPUS).stdout, encoding="utf-8")
    result = run("evaluate", CORPUS, records)
    assert result.exit_code == 0
    assert "micro F1 strict 1.0000 soft 1.0000" in result.stdout
    worse = tmp_path / "worse.jsonl"
    worse.write_text("\n".join(records.read_text(encoding="utf-8").splitlines()[1:]), encoding="utf-8")
    assert "LOSS" in run("evaluate", CORPUS, worse, "--against", records).stdout
    assert json.loads(run("evaluate", CORPUS, worse, "--json").stdout)["unparsed"] == ["ar-001-cr-lines.txt"]
    assert run("evaluate", CORPUS, "--json").stdout == run("evaluate", CORPUS, records, "--json").stdout
    assert run("evaluate", tmp_path).exit_code == 2


def test_the_demo_shows_commands_that_work(run: Run, letters: Path, tmp_path: Path) -> None:
    result = run("demo", letters, "--archive", tmp_path / "a")
    assert result.exit_code == 0, result.output
    commands = [row.removeprefix("$ itudocs ") for row in result.stdout.splitlines() if row.startswith("$ itudocs ")]
    assert [command.split()[0] for command in commands] == ["add", "show", "search", "search", "search"]
    assert f"added {len(LETTERS)}" in result.stdout
    assert "bureau" in result.stdout
    assert (tmp_path / "a" / "archive.db").exists()


def test_the_demo_finds_the_corpus_and_leaves_nothing(
    run: Run, letters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "Name a folder of letters" in run("demo").stderr
    (tmp_path / "corpus").symlink_to(letters)
    assert run("demo").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]
    (tmp_path / "empty").mkdir()
    assert run("demo", "empty").exit_code == 2


# -- containers --------------------------------------------------------------------------------------------------------


def test_letters_in_containers_are_parsed_listed_and_shown(run: Run, letters: Path, tmp_path: Path) -> None:
    files = [(path.name, path.read_bytes()) for path in sorted(letters.iterdir())]
    (tmp_path / "all.zip").write_bytes(zipped([*files, ("../evil.txt", b"x")]))
    result = run("parse", tmp_path / "all.zip")
    assert [json.loads(row)["source"]["name"] for row in result.stdout.splitlines()] == [name for name, _ in files]
    assert "evil.txt is refused: its name leads out of its container" in result.stderr
    mailed = tmp_path / "one.eml"
    mailed.write_bytes(mail("See attached.", files[0]))
    assert json.loads(run("parse", mailed).stdout)["source"]["name"] == files[0][0]
    assert run("show", mailed).stdout == run("show", letters / files[0][0]).stdout
    assert run("issues", tmp_path / "all.zip").exit_code in (0, 1)
