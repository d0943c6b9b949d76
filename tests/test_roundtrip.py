"""Letters come back from files as they went in, and the published tables say what the command measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import filemaker, roundtrip
from benchmarks.roundtrip import PAGE, SAID, TEXT, differences, page, shown, table, trips
from itudocs.reading.formats import FORMATS

ROOT = Path(__file__).parent.parent
SOFT = 0.95


def test_letters_come_back_from_files_that_need_no_office(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("docx", reason="python-docx makes the files")
    pytest.importorskip("lxml", reason="install the extra: pip install 'itudocs[formats]'")
    done, missing = trips(ROOT / "corpus", ["docx", "html"], every=15, parts=("open",))
    assert missing == {}
    scores = {trip.kind: trip.scores.micro.soft.f1 for trip in done}
    assert set(scores) == {TEXT, "docx", "html"}
    assert min(scores.values()) >= SOFT
    assert all(trip.letters == 14 and not trip.failed for trip in done)
    told = table(done)
    assert [line.split(" | ")[0] for line in told.splitlines()[2:]] == ["| text", "| docx", "| html"]
    assert f"{scores['docx']:.3f}" in told
    for line in differences(done, "docx"):
        assert line


def test_kinds_without_a_maker_or_a_reader_are_left_out_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("docx", reason="python-docx makes the files")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(roundtrip, "FORMATS", tuple(form for form in FORMATS if form.name != "rtf"))
    done, missing = trips(ROOT / "corpus", ["odt", "rtf"], every=200, parts=("open",))
    assert [trip.kind for trip in done] == [TEXT]
    assert missing == {"rtf": "no reader is installed", "odt": "LibreOffice is not installed"}


def test_the_readme_shows_the_table_of_the_page() -> None:
    told = shown((ROOT / "README.md").read_text("utf-8"))
    assert told in PAGE.read_text("utf-8"), "write both anew: python -m benchmarks.roundtrip --write"
    rows = {line.split(" | ")[0].strip("| "): line.split(" | ") for line in told.splitlines()[2:]}
    assert {TEXT, "docx", "odt", "rtf", "html"} <= set(rows)
    assert all(float(rows[kind][2]) >= SOFT for kind in ("docx", "odt", "rtf", "html"))


def test_every_kind_that_is_made_has_its_maker_told() -> None:
    assert set(SAID) == {TEXT, *filemaker.WITH_TEXT}


def test_the_page_names_what_was_left_out() -> None:
    done, _ = trips(ROOT / "corpus", [], every=70, parts=roundtrip.PARTS)
    assert "Left out: pdf (Chromium is not installed)." in page(done, {"pdf": "Chromium is not installed"})


def test_what_is_written_is_measured_over_all(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        roundtrip.main(["--write", "--every", "2"])
    assert "--write takes all letters and all kinds" in capsys.readouterr().err
