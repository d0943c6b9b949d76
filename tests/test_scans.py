"""Scanned letters: the same file gives the same pictures; how they are recognised is measured on a sample that stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("pypdfium2")
pytest.importorskip("PIL", reason="Pillow puts pictures into PDF files: pip install pillow")

from benchmarks import recognition
from benchmarks.damaging import load
from benchmarks.recognition import LETTERS, PDF, TRAINED, Scanned, sample, section
from benchmarks.roundtrip import LANGUAGES, PAGE, PARTS, SCANS, TEXT, trip
from benchmarks.scans import scanned
from itudocs.errors import ReadError
from itudocs.reading import Limits, read
from itudocs.reading.recognition import PROGRAM
from tests.conftest import ROOT
from tests.reading.pdfs import Words, pdf

OPEN = ROOT / "corpus" / "open"
DRAWN = pdf([Words(72, 700, "TSB Circular 31", size=14), Words(72, 640, "Geneva, 6 February 2023", size=14)], [])


def test_a_scan_holds_pictures_of_all_pages_and_no_text() -> None:
    import pypdfium2

    made = scanned(DRAWN, "a")
    with pytest.raises(ReadError) as refused:
        read(made, name="a.pdf")
    assert refused.value.reason == "scanned"
    before, after = pypdfium2.PdfDocument(DRAWN), pypdfium2.PdfDocument(made)
    assert len(after) == len(before) == 2
    assert after[0].get_size() == pytest.approx(before[0].get_size(), abs=1.0)
    before.close()
    after.close()


def test_the_same_letter_is_scanned_the_same_way_and_others_are_not() -> None:
    assert scanned(DRAWN, "a") == scanned(DRAWN, "a")
    assert scanned(DRAWN, "a") != scanned(DRAWN, "b")


@pytest.mark.skipif(not shutil.which(PROGRAM), reason="tesseract is not installed (Debian: tesseract-ocr)")
@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_what_was_scanned_can_be_recognised(name: str) -> None:
    source = read(scanned(DRAWN, name), name="a.pdf", limits=Limits(ocr="eng", seconds=600))
    assert source.text.splitlines() == ["TSB Circular 31", "Geneva, 6 February 2023"]


def test_the_sample_is_the_same_every_time() -> None:
    letters = load(OPEN)
    for language in TRAINED:
        chosen = sample(letters, language, 10)
        assert chosen == sample(load(OPEN), language, 10)
        assert len(chosen) == len({letter.name for letter in chosen}) == 10
        assert {letter.lang for letter in chosen} == {language}
    assert len(sample(letters, "fr", 1000)) == sum(letter.lang == "fr" for letter in letters)
    assert tuple(TRAINED) == LANGUAGES


def test_the_section_tells_each_language_and_all_of_them() -> None:
    letters = sample(load(OPEN), "fr", 2)
    text = trip("open", TEXT, OPEN, {}, letters)
    one = Scanned(part="open", language="fr", trips=dict.fromkeys((TEXT, PDF, "scan"), text), pages=4, seconds=10.0)
    told = section([one])
    score = f"{text.scores.micro.soft.f1:.3f} | {text.scores.micro.strict.f1:.3f}"
    assert f"| fr | 2 | {score} | {score} | {score} | 2.5 |" in told
    assert f"| all | 2 | {score} | {score} | {score} | 2.5 |" in told
    assert "Held-out" not in told
    assert "All files were read." in told


def test_the_published_section_is_of_the_whole_sample() -> None:
    found = SCANS.search(PAGE.read_text("utf-8"))
    assert found, "write it anew: python -m benchmarks.recognition --write"
    rows = [line.split(" | ") for line in found[0].splitlines() if line.startswith("| all |")]
    assert [int(row[1]) for row in rows] == [count * len(LANGUAGES) for count in LETTERS]
    assert len(rows) == len(PARTS)


def test_what_is_written_is_measured_over_the_sample(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit):
        recognition.main(["--write", "--letters", "1", "0"])
    assert "--write takes the whole sample" in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(tmp_path))
    assert recognition.main([]) == 1
    assert "tesseract is not installed" in capsys.readouterr().err
