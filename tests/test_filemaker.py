"""Sheets keep every word of a letter and tell its table; the same letter gives the same file."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.damaging import Letter, load
from benchmarks.filemaker import KINDS, make, page, word
from benchmarks.sheets import SHAPES, Sheet, draw, sheet

OPEN = Path(__file__).parent.parent / "corpus" / "open"
LETTERS = load(OPEN)
CLEAN = next(letter for letter in LETTERS if letter.name == "en-001-tsb-circular-clean")


def characters(text: str) -> Counter[str]:
    """What is printed, however words are glued or parted."""
    return Counter("".join(text.split()))


def said(made: Sheet) -> str:
    cells = [line for block in made.blocks for row in block.rows for cell in row for line in cell]
    return "\n".join([*made.letterhead, *(block.text for block in made.blocks), *cells, *made.footer])


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter.name)
def test_a_sheet_holds_the_words_of_its_letter(letter: Letter) -> None:
    told, printed = characters(said(sheet(letter))), characters(letter.text)
    assert not told - printed
    # marks of pages become breaks, bars and dots between cells nothing; a footer that comes on every page is told once
    gone = re.findall(
        r"^\s*[-–] ?\d+ ?[-–]\s*$|^.*Place des Nations.*$|\||\.(?=[. ])", letter.text, re.MULTILINE | re.IGNORECASE
    )
    assert printed - told <= characters("".join(gone))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_header_becomes_the_table_of_its_template(shape: str) -> None:
    name = next(name for name in map(str, range(99)) if SHAPES[draw(name, "shape", len(SHAPES))] == shape)
    made = sheet(Letter(name=name, text=CLEAN.text, lang="en", gold=CLEAN.gold))
    assert made.letterhead == ("International telecommunication union", "Telecommunication Standardization Bureau")
    tables = [block.rows for block in made.blocks if block.kind == "table"]
    if shape == "tabs":
        assert made.blocks[1].text == "Ref:\tTSB Circular 71"
    elif shape == "rows":
        assert (("Ref:",), ("TSB Circular 71",), ()) in tables[1]
        tel = next(row for row in tables[1] if row[0] == ("Tel:",))
        assert tel[1] == ("+41 22 730 5235",)
        assert tel[2][:2] == ("- To Administrations of Member States of the Union;", "- To ITU-T Sector Members;")
    else:
        assert tables[0][0][:2] == (("Ref:", ""), ("TSB Circular 71", "TSB Workshops/M.A."))
        assert tables[0][1][0] == ("Tel:", "Fax:", "E-mail:")


def test_days_with_what_is_due_on_them_and_rows_of_bars_become_tables() -> None:
    text = "Dear Sir,\nKey deadlines:\n2 May 2018\n- Papers\n- Visas\n9 May 2018\n- Rooms\n| a | b |\n| c |  |\nEnd on\n3 May 2018\n- 2 -\nmore"
    gold = {**CLEAN.gold, "subject": None, "salutation": None}
    made = sheet(Letter(name="x", text=text, lang="en", gold=gold))
    assert [block.kind for block in made.blocks] == [
        "paragraph", "paragraph", "table", "table", "paragraph", "paragraph", "page", "paragraph",
    ]  # fmt: skip
    assert made.blocks[2].rows == ((("2 May 2018",), ("- Papers", "- Visas")), (("9 May 2018",), ("- Rooms",)))
    assert made.blocks[3].rows == ((("a",), ("b",)), (("c",), ()))
    assert made.running == "- 2 -"


def test_the_same_letter_gives_the_same_word_file() -> None:
    pytest.importorskip("docx", reason="python-docx makes the files")
    made = sheet(CLEAN)
    assert word(made) == word(made)
    with zipfile.ZipFile(io.BytesIO(word(made))) as file:
        document = file.read("word/document.xml").decode()
    assert document.count(">- To") == 8
    assert "w:hyperlink" in document


def test_pages_have_a_site_around_them_and_say_their_encoding() -> None:
    pages = {letter.name: page(sheet(letter)) for letter in LETTERS}
    assert any(b"<nav>" in data for data in pages.values())
    encodings = {m[1] for data in pages.values() if (m := re.search(rb'charset="?([\w-]+)"', data))}
    assert {b"utf-8", b"windows-1251", b"windows-1256", b"gb2312"} <= encodings


def test_a_kind_without_its_program_is_left_out_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("docx", reason="python-docx makes the files")
    monkeypatch.setenv("PATH", "")
    made = make([CLEAN], tmp_path)
    assert list(made.files) == ["docx", "html"]
    assert made.files["html"][CLEAN.name].read_bytes() == page(sheet(CLEAN))
    assert set(made.missing) == set(KINDS) - {"docx", "html"}
    assert made.missing["odt"] == "LibreOffice is not installed"
    with pytest.raises(ValueError, match="no kind is called xls"):
        make([CLEAN], tmp_path, kinds=["xls"])
