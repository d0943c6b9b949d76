"""`itudocs add`: its report, what failed, what is gone, limits, and a folder that is watched until a signal comes."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from itudocs.archive.archive import open_archive
from itudocs.reading import Limits
from tests.cli.cli_fakes import CORPUS, spawn
from tests.cli.conftest import LETTERS, Run
from tests.reading.made_containers import zipped


@pytest.fixture
def folder(letters: Path, tmp_path: Path) -> Path:
    """A folder of letters that may be changed."""
    return shutil.copytree(letters, tmp_path / "letters")


def test_a_run_is_reported_as_json_and_as_text(run: Run, folder: Path, tmp_path: Path) -> None:
    (folder / "bad.zip").write_bytes(zipped([("../evil\x1b[31m.txt", b"x")]))
    result = run("add", folder, "-a", tmp_path / "a", "--report", tmp_path / "run.json")
    assert f"added {len(LETTERS)}, unchanged 0, failed 1 (txt 1)" in result.stdout
    told = json.loads((tmp_path / "run.json").read_bytes())
    assert told["paths"] == [str(folder)]
    assert sorted(told["report"]["added_names"]) == sorted(str(path) for path in folder.glob("*.txt"))
    assert told["report"]["failed"][0]["reason"] == "traversal"
    assert {"format": "text", "added": len(LETTERS), "updated": 0, "failed": 0} in told["report"]["formats"]
    (folder / f"{LETTERS[0]}.txt").write_bytes((CORPUS / "en-030-cr-433-clean.txt").read_bytes())
    run("add", folder, "-a", tmp_path / "a", "--report", tmp_path / "run.txt")
    text = (tmp_path / "run.txt").read_text()
    assert f"Updated:\n  {folder / LETTERS[0]}.txt" in text
    assert "Failed, traversal (1):" in text
    assert "\x1b" not in text
    assert "updated             1\n" in text


@pytest.mark.parametrize(("name", "shown"), [("noise\x1b[2J.txt", "noise.txt"), ("gnp\u202e.txt", "gnp.txt")])
def test_a_report_names_a_file_as_the_terminal_does_and_harms_none(
    run: Run, tmp_path: Path, name: str, shown: str
) -> None:
    (tmp_path / "in\udcff").mkdir()
    (tmp_path / "in\udcff" / name).write_bytes(bytes(range(256)) * 9)
    for form in ("json", "txt"):
        said = run("add", tmp_path / "in\udcff", "-a", tmp_path / form, "--report", tmp_path / f"run.{form}").stderr
        assert f"in\\xff/{shown}: " in said
    text = (tmp_path / "run.txt").read_text(encoding="utf-8")
    assert f"letters from {tmp_path}/in\\xff into" in text
    assert said.splitlines()[0] in text
    data = (tmp_path / "run.json").read_text(encoding="utf-8")
    assert text.replace("\n", "").isprintable()
    assert data.replace("\n", "").isprintable()
    told = json.loads(data)
    assert told["paths"] == [f"{tmp_path}/in\\xff"]
    assert told["report"]["failed"][0]["name"] == f"{tmp_path}/in\\xff/{name}"


def test_a_report_that_cannot_be_written_is_said(run: Run, folder: Path, tmp_path: Path) -> None:
    result = run("add", folder, "-a", tmp_path / "a", "--report", tmp_path / "none" / "run.json")
    assert result.exit_code == 2
    assert "writing the report" in result.stderr
    assert run("add", folder, "-a", tmp_path / "a").stdout.startswith(f"added 0, unchanged {len(LETTERS)}")


def test_a_text_beyond_its_limit_and_an_empty_file_fail_by_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("Dear Sir, " * 500, encoding="utf-8")
    (tmp_path / "e0.docx").write_bytes(b"")
    result = run("add", tmp_path / "long.txt", tmp_path / "e0.docx", "-a", tmp_path / "a", "--limit", "max_text=1000")
    assert (result.exit_code, result.stdout.split(" (")[0]) == (1, "added 0, unchanged 0, failed 2")
    assert "long.txt holds more than 1,000 characters" in result.stderr
    assert f"{tmp_path / 'e0.docx'} is empty, it has no bytes" in result.stderr
    assert run("add", "--retry", "-a", tmp_path / "a").stdout.startswith("added 1, unchanged 0, failed 1")


def test_what_failed_is_tried_again_by_itself(run: Run, folder: Path, tmp_path: Path) -> None:
    bad = folder / "bad.txt"
    bad.write_bytes(bytes(range(256)) * 9)
    run("add", folder, "-a", tmp_path / "a")
    again = run("add", "--retry", "-a", tmp_path / "a")
    assert (again.exit_code, again.stdout.split(" (")[0]) == (1, "added 0, unchanged 0, failed 1")
    bad.write_bytes((CORPUS / "en-030-cr-433-clean.txt").read_bytes())
    assert run("add", "--retry", "-a", tmp_path / "a").stdout.startswith("added 1, unchanged 0, failed 0")
    nothing = run("add", "--retry", "-a", tmp_path / "a")
    assert (nothing.exit_code, nothing.stdout[:7]) == (0, "added 0")


def test_letters_whose_files_are_gone_go_when_asked_and_are_named(run: Run, folder: Path, tmp_path: Path) -> None:
    run("add", folder, "-a", tmp_path / "a")
    gone = folder / f"{LETTERS[0]}.txt"
    gone.unlink()
    assert run("add", folder, "-a", tmp_path / "a").stdout.startswith(
        f"added 0, unchanged {len(LETTERS) - 1}, failed 0"
    )
    result = run("add", folder, "-a", tmp_path / "a", "--prune", "--report", tmp_path / "r.json")
    assert result.stderr == f"gone: {gone}\n"
    assert "gone 1, removed 1" in result.stdout
    assert json.loads((tmp_path / "r.json").read_bytes())["report"]["pruned"] == [str(gone)]
    shutil.rmtree(folder)
    refused = run("add", folder, "-a", tmp_path / "a", "--prune")
    assert refused.exit_code == 2
    assert "as a disk is that is not mounted. Nothing was deleted" in refused.stderr
    assert run("add", folder, "-a", tmp_path / "a", "--prune", "--force").exit_code == 0
    with open_archive(tmp_path / "a") as archive:
        assert len(archive) == 0


@pytest.mark.parametrize(
    "args",
    [
        [], ["x", "--retry"], ["x", "--watch", "--prune"], ["--watch", "--retry"], ["--retry", "--prune"], ["x", "--force"],
        ["x", "--dask", "tcp://127.0.0.1:1", "--workers", "4"], ["x", "--dask", "tcp://127.0.0.1:1", "--watch"],
        ["x", "--dask", "tcp://127.0.0.1:1", "--prune"], ["x", "--retry", "--dask", "tcp://127.0.0.1:1"],
        ["x", "--limit", "max_bytes"], ["x", "--limit", "max_bytes=-1"], ["x", "--limit", "none=1"], ["x", "--limit", "max_depth=x"],
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_a_usage_error(run: Run, tmp_path: Path, args: list[str]) -> None:
    assert run("add", *args, "-a", tmp_path / "a").exit_code == 2
    assert not (tmp_path / "a").exists()


def test_limits_may_be_chosen(run: Run, folder: Path, tmp_path: Path) -> None:
    data = zipped([(path.name, path.read_bytes()) for path in sorted(folder.iterdir())])
    (tmp_path / "all.zip").write_bytes(data)
    few = run("parse", tmp_path / "all.zip", "--limit", "max_members=3")
    assert few.exit_code == 1
    assert "holds more than 3 files" in few.stderr
    result = run(
        "add", tmp_path / "all.zip", "-a", tmp_path / "a", "--limit", "max_unpacked=1k", "--limit", "max_depth=2"
    )
    assert "unpacks to more than 1,024 bytes" in result.stderr
    assert run("add", tmp_path / "all.zip", "-a", tmp_path / "a").stdout.startswith(f"added {len(LETTERS)}")


def test_every_limit_is_on_the_page_about_intake() -> None:
    page = (CORPUS.parents[1] / "docs" / "intake.md").read_text()
    assert [name for name in Limits.__struct_fields__ if f"`{name}`" not in page] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_folder_is_watched_until_a_signal_comes(folder: Path, tmp_path: Path, number: signal.Signals) -> None:
    report = tmp_path / "run.json"
    process = spawn(
        "add", "--watch", folder, "-a", tmp_path / "a", "--report", report, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"added {len(LETTERS)}".encode())
        (folder / "new.txt").write_bytes((CORPUS / "en-030-cr-433-clean.txt").read_bytes())
        assert process.stdout.readline().startswith(b"added 1")
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out) == (0, b"")
    assert b"No longer watching." in err
    assert json.loads(report.read_bytes())["report"]["added"] == len(LETTERS) + 1
    with open_archive(tmp_path / "a") as archive:
        assert len(archive) == len(LETTERS) + 1
        assert all(run.finished for run in archive.log())


def test_a_misspelt_folder_is_told_and_watched_for(folder: Path, tmp_path: Path) -> None:
    misspelt = tmp_path / "leters\x1b[2J"
    process = spawn(
        "add", "--watch", folder, misspelt, "-a", tmp_path / "a", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"added {len(LETTERS)}".encode())
        misspelt.mkdir()
        (misspelt / "new.txt").write_bytes((CORPUS / "en-030-cr-433-clean.txt").read_bytes())
        assert process.stdout.readline().startswith(b"added 1")
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=30)[1].decode()
    finally:
        process.kill()
    told = f"{tmp_path / 'leters'}: No such file or directory. What it holds is taken in when it comes.\n"
    assert err.count("No such file") == err.count(told) == 1


def test_the_renditions_of_a_letter_are_named(run: Run, tmp_path: Path) -> None:
    text = (CORPUS / "en-030-cr-433-clean.txt").read_bytes()
    (tmp_path / "en-030-cr-433-clean.txt").write_bytes(text)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "en-030-cr-433-clean.txt").write_bytes(text.replace(b"\n\n", b"\n\n\n"))
    run("add", tmp_path, "-a", tmp_path / "a")
    shown = run("show", "cr/433", "-a", tmp_path / "a")
    assert shown.stderr.startswith("Renditions: text ")
    assert "(chosen, shown), text " in shown.stderr
    assert "(100% alike)" in shown.stderr
