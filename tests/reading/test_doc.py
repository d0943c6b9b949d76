"""Word 97-2003 files are read from their piece table, with tables, fields, headers and notes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("olefile")

from benchmarks.damaging import load
from benchmarks.filemaker import OFFICE, make
from itudocs.errors import ReadError
from itudocs.parse import parse
from itudocs.reading import Limits, read
from itudocs.reading.decoding import Decoded
from itudocs.reading.doc import OldWordDocument
from tests.conftest import ROOT
from tests.reading.docs import Run, compound, word

IN_TABLE, ROW_END = (0x2416, 1), (0x2417, 1)
DELETED, HIDDEN = (0x0800, 1), (0x083C, 1)


def decoded(data: bytes, limits: Limits | None = None) -> Decoded:
    return OldWordDocument().to_text(data, name="a.doc", limits=limits or Limits())


def text_of(data: bytes) -> str:
    return decoded(data).text


def reason_of(data: bytes) -> str | None:
    """Why a document was refused; `None` where it was read."""
    try:
        decoded(data)
    except ReadError as error:
        return error.reason
    return None


def refusal(data: bytes, limits: Limits | None = None) -> ReadError:
    with pytest.raises(ReadError) as caught:
        decoded(data, limits)
    assert str(caught.value).startswith("a.doc ")
    return caught.value


@pytest.mark.parametrize("single_bytes", [True, False])
def test_characters_of_one_byte_and_of_two(single_bytes: bool) -> None:
    assert text_of(word("Genève, 4–14 “Téléfax” €\r", single_bytes=single_bytes)) == "Genève, 4–14 “Téléfax” €\n"


def test_all_scripts_and_characters_of_two_units() -> None:
    text = "Женева 日内瓦 جنيف \U0001f4dd\U00020000"
    units = text.encode("utf-16-le").decode("utf-16-le", "surrogatepass")
    split = "".join(
        chr(int.from_bytes(units.encode("utf-16-le", "surrogatepass")[i : i + 2], "little"))
        for i in range(0, len(units.encode("utf-16-le", "surrogatepass")), 2)
    )
    assert len(split) == len(text) + 2
    # The writer takes units as characters, as the file does.
    data = word("x" * len(split) + "\r")
    old, new = ("x" * len(split)).encode("utf-16-le"), text.encode("utf-16-le")
    assert text_of(data.replace(old, new)) == f"{text}\n"


def test_lines_columns_hyphens_and_pictures() -> None:
    assert text_of(word("one\x0btwo\x0cthree\x01\x08\x02 non\x1ebreaking soft\x1fhyphen\r")) == (
        "one\ntwo\nthree non\u2011breaking soft\u00adhyphen\n"
    )


def test_a_field_is_its_result_and_a_link_tells_where_it_leads() -> None:
    link = '\x13 HYPERLINK "http://www.itu.int/form" \x14the form\x15'
    shown = '\x13 HYPERLINK "mailto:tsbmail@itu.int" \x14tsbmail@itu.int\x15'
    page = "\x13 PAGE \x142\x15"
    assert text_of(word(f"See {link}, {shown}, page {page}.\r")) == (
        "See the form <http://www.itu.int/form>, tsbmail@itu.int, page 2.\n"
    )


def test_fields_within_fields_and_fields_that_never_end() -> None:
    assert text_of(word('\x13 IF \x13 PAGE \x141\x15 = 1 \x14yes\x15 \x13 HYPERLINK "x\r')) == "yes \n"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('See \x13 HYPERLINK "x" the form.\rDear Sir,\r', "See \nDear Sir,\n"),
        ("\x13 IF \x13 PAGE \x141\x15 = 1\rDear \x13 DATE \x144 May\x15\r", "\nDear 4 May\n"),
        ("\x13 IF \x13 PAGE \x141 \x14yes\x15\rSir,\r", "\nSir,\n"),
    ],
    ids=["a link", "around a whole one", "an inner one"],
)  # fmt: skip
def test_behind_the_paragraph_of_a_field_that_is_not_ended_nothing_is_lost(body: str, words: str) -> None:
    source = read(word(body), name="a.doc")
    assert source.text.lstrip() == words.lstrip()
    assert [issue.code for issue in source.issues] == ["open-field"]


def test_a_field_without_an_end_hides_no_other_cell() -> None:
    table, runs = rows("Ref:|\x13 PAGE|/Tel:|1|/")
    assert text_of(word(table + "Sir,\r", paragraphs=runs)) == "Ref:\nTel:\t1\nSir,\n"


def test_a_code_of_several_paragraphs_that_ends_is_no_text() -> None:
    source = read(word("\x13 IF a\rb \x14yes\x15\rSir,\x13 PAGE\x15\r"), name="a.doc")
    assert (source.text.strip(), source.issues) == ("yes\nSir,", ())


def rows(text: str) -> tuple[str, list[Run]]:
    """A table: `|` ends a cell, `/` a row, a newline a paragraph in a cell."""
    runs: list[Run] = []
    out = ""
    for char in text:
        if char == "/":
            runs.append((len(out), len(out) + 1, [IN_TABLE, ROW_END]))
            out += "\x07"
        else:
            start = runs.pop()[0] if runs and runs[-1][1] == len(out) and len(runs[-1][2]) == 1 else len(out)
            out += {"|": "\x07", "\n": "\r"}.get(char, char)
            runs.append((start, len(out), [IN_TABLE]))
    return out, runs


def test_cells_keep_their_row_and_column() -> None:
    table, runs = rows("Ref:|TSB Circular 68|/Tel:|+41 22\n- To Members\n- To all|/")
    before = "Geneva, 25 October 2001\r"
    after = "Dear Sir,\r"
    shifted: Sequence[Run] = [(a + len(before), b + len(before), what) for a, b, what in runs]
    found = decoded(word(before + table + after, paragraphs=shifted))
    assert found.text == (
        "Geneva, 25 October 2001\nRef:\tTSB Circular 68\nTel:\n+41 22\n- To Members\n- To all\nDear Sir,\n"
    )
    cell = next(p.cell for p in found.places if p.start <= found.text.index("+41") < p.end)
    assert cell == (1, 2, 2)
    assert all(p.end <= found.text.index("Dear") for p in found.places if p.cell)


def test_a_table_within_a_cell_keeps_its_rows() -> None:
    inner, end_of_cell, end_of_row = (0x2416, 1), (0x244B, 1), (0x244C, 1)
    runs: list[Run] = []
    text = ""
    for words, what in (
        ("Ref:\x07", [IN_TABLE]), ("n00\r", [inner, end_of_cell]), ("n01\r", [inner, end_of_cell]),
        ("\r", [inner, end_of_row]), ("n10\r", [inner, end_of_cell]), ("two\r", [inner]), ("lines\r", [inner, end_of_cell]),
        ("\r", [inner, end_of_row]), ("after\x07", [IN_TABLE]), ("\x07", [IN_TABLE, ROW_END]), ("Sir,\r", []),
    ):  # fmt: skip
        deep = (
            [(0x6649, 2)] if inner in what and (end_of_cell in what or end_of_row in what or words == "two\r") else []
        )
        if what:
            runs.append((len(text), len(text) + len(words), [*what, *deep]))
        text += words
    found = decoded(word(text, paragraphs=runs))
    assert found.text == "Ref:\nn00\tn01\nn10\ntwo\nlines\nafter\nSir,\n"
    cells = {found.text[p.start : p.end].strip(): p.cell for p in found.places}
    assert (cells["Ref:"], cells["n01"], cells["lines"], cells["after"]) == ((1, 1, 1), (2, 1, 2), (2, 2, 2), (1, 1, 2))
    assert "Sir," not in cells


def test_a_text_box_stands_before_the_paragraph_that_it_hangs_on() -> None:
    body = "Geneva\rDear \x08Sir,\rend\x08\r"
    at, later = (body.index("\x08"), body.rindex("\x08"))
    found = decoded(word(body, boxes=[(None, "Logo\r\r"), (at, "Place des\rNations\r\r"), (later, "CR/387\r\r")]))
    assert found.text == "Geneva\nPlace des\nNations\nDear Sir,\nCR/387\nend\nLogo\n"
    boxes = "".join(found.text[p.start : p.end] for p in found.places if p.part == "text-box")
    assert boxes == "Place des\nNations\nCR/387\nLogo\n"
    deleted = word(body, boxes=[(at, "gone\r"), (later, "CR/387\r")], characters=[(at, at + 1, [DELETED])])
    assert text_of(deleted) == "Geneva\nDear Sir,\nCR/387\nend\n"


def test_a_text_box_that_hangs_in_itself_or_nowhere_is_read_once() -> None:
    body = "Dear Sir,\r"
    for at in (len(body) + 1, 10**6):
        assert text_of(word(body, boxes=[(at, "\x08\x08ITU\r")])) == "Dear Sir,\nITU\n"


def test_a_text_box_in_a_cell_keeps_the_table_whole() -> None:
    table, runs = rows("Ref:|\x08CR 387|/Tel:|1|/")
    found = text_of(word(table + "Sir,\r", paragraphs=runs, boxes=[(table.index("\x08"), "ITU\r")]))
    assert found == "Ref:\nITU\nCR 387\nTel:\t1\nSir,\n"


@pytest.mark.parametrize("what", [DELETED, HIDDEN])
def test_deleted_and_hidden_words_are_left_out(what: tuple[int, int]) -> None:
    assert text_of(word("on 4 5 May\r", characters=[(5, 7, [what])])) == "on 4 May\n"


def test_headers_footers_and_notes_are_told_apart() -> None:
    headers = ["", "CR/141-E\r\r", "", "- 2 -\r\r", "Radiocommunication Bureau\r\r", "Place des Nations\r\r", "\r"]
    found = decoded(word("Dear Sir,\r", notes="\x02 See Annex 1.\r", headers=headers))
    assert found.text == ("Radiocommunication Bureau\nDear Sir,\n See Annex 1.\nCR/141-E\nPlace des Nations\n- 2 -\n")
    parts = [(found.text[p.start : p.end].split("\n")[0].strip(), p.part) for p in found.places]
    assert parts == [
        ("Radiocommunication Bureau", "header"), ("See Annex 1.", "note"), ("CR/141-E", "header"),
        ("Place des Nations", "footer"),
    ]  # fmt: skip


# -- what cannot be read -----------------------------------------------------------------------------------------------


def test_an_encrypted_document_is_reported() -> None:
    error = refusal(word("secret\r", flags=0x0300))
    assert (error.reason, "password" in str(error)) == ("encrypted", True)


def test_an_encrypted_document_of_a_newer_word_is_reported() -> None:
    data = compound({"EncryptionInfo": b"\4\0\4\0", "EncryptedPackage": b"?" * 5000})
    assert OldWordDocument().sniff(data, "a.docx") > 0.5
    assert refusal(data).reason == "encrypted"


def test_a_document_of_word_95_is_refused_by_name() -> None:
    error = refusal(word("Dear Sir,\r", ident=0xA5DC))
    assert (error.reason, "Word 6 or 95" in str(error)) == ("format", True)


def test_more_text_than_the_limits_allow_is_refused() -> None:
    assert refusal(word("word " * 100), Limits(max_text=400)).reason == "too-large"


def test_another_compound_file_is_no_word_document() -> None:
    data = compound({"Workbook": b"\x09\x08"})
    assert OldWordDocument().sniff(data, "a.xls") == 0
    with pytest.raises(ReadError) as caught:
        read(data, name="a.xls")
    assert caught.value.reason == "binary"


_TABLE, _RUNS = rows("Ref:|TSB Circular 68|/")
WHOLE = word(
    f"{_TABLE}Dear \x08Sir,\r", paragraphs=_RUNS, headers=["a\r"] * 7, boxes=[(len(_TABLE) + 5, "ITU\r"), (None, "b\r")]
)


@pytest.mark.parametrize("sector", range(1, 12))
def test_a_chain_of_sectors_that_bites_its_tail_comes_to_an_end(sector: int) -> None:
    """Whichever chain it is, of the document, of its table or of the directory: it is read or refused."""
    data = bytearray(WHOLE)
    data[512 + 4 * sector : 512 + 4 * (sector + 1)] = sector.to_bytes(4, "little")
    assert reason_of(bytes(data)) in {None, "damaged"}


@pytest.mark.parametrize("size", [8, 100, 512, 700, 1500, 3000, len(WHOLE) - 600])
def test_a_document_that_is_cut_off_is_refused(size: int) -> None:
    assert refusal(WHOLE[:size]).reason == "damaged"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(WHOLE) - 4), st.binary(min_size=1, max_size=4))
def test_whatever_is_damaged_is_read_or_refused_by_name(at: int, data: bytes) -> None:
    assert reason_of(WHOLE[:at] + data + WHOLE[at + len(data) :]) in {
        None,
        "damaged",
        "encrypted",
        "format",
        "too-large",
    }


@pytest.mark.skipif(not any(map(shutil.which, OFFICE)), reason="LibreOffice is not installed")
def test_a_letter_comes_back_from_libreoffice(tmp_path: Path) -> None:
    letter = next(letter for letter in load(ROOT / "corpus" / "open") if letter.name == "ar-003-tsb-circular-lines")
    made = make([letter], tmp_path, kinds=["docx", "doc"]).files
    old, new = (read(made[kind][letter.name]).text for kind in ("doc", "docx"))
    assert parse(old).contact == parse(new).contact
    assert parse(old).contact.tel == ("+41 22 730 5887",)
    assert "وفقاً لأحكام الفقرة 8.9 من القسم 9" in old
