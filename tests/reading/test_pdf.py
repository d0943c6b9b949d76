"""PDF files are read in the order of reading: lines joined, tables by rows, columns one after the other."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("pypdfium2")

from benchmarks.damaging import load
from benchmarks.filemaker import BROWSER, OFFICE, make
from itudocs.errors import ReadError
from itudocs.parse import parse
from itudocs.reading import Limits, Source, read
from itudocs.reading import pdf as reader
from itudocs.reading.decoding import Decoded
from itudocs.reading.pages import Glyph, lines_of
from itudocs.reading.pdf import PdfDocument
from tests.conftest import ROOT
from tests.reading.pdfs import HEAD, Link, Words, assembled, lines, pdf, stream


def decoded(data: bytes, limits: Limits | None = None) -> Decoded:
    return PdfDocument().to_text(data, name="a.pdf", limits=limits or Limits())


def text_of(*pages: Sequence[Words | Link]) -> str:
    return decoded(pdf(*pages)).text


BODY = (
    "At the invitation of the Administration, the next meeting of the group will be held in Geneva",
    "at the headquarters of the Union, from 4 to 14 September 2001, and will open at 0930 hours.",
    "Registration begins at 0830 hours.",
)


def test_lines_that_the_page_broke_are_one_paragraph() -> None:
    assert text_of(lines(72, 700, *BODY)) == " ".join(BODY) + "\n"


def test_lines_that_had_room_left_are_paragraphs_of_their_own() -> None:
    assert text_of([*lines(72, 700, *BODY), *lines(72, 630, "Yours faithfully,", "Houlin Zhao", "Director")]).endswith(
        "0830 hours.\nYours faithfully,\nHoulin Zhao\nDirector\n"
    )


def test_a_word_that_a_line_divides_is_whole_again_and_a_compound_keeps_its_hyphen() -> None:
    text = text_of(lines(
        72, 700,
        "The Director of the Bureau and the chairman, the vice-chairman and the rapporteurs of telecommuni-",
        "cation groups meet again; the chairman is asked to speak on behalf of all of them, and the vice-",
        "chairman to follow.",
    ))  # fmt: skip
    assert "rapporteurs of telecommunication groups" in text
    assert "and the vice-chairman to follow." in text


def test_labels_stand_beside_their_values_and_the_addressees_behind_them() -> None:
    text = text_of([
        *lines(72, 700, "Ref:", "", "Tel:", "Fax:"),
        *lines(140, 700, "TSB Circular 68", "COM 2/RH", "+41 22 730 5887", "+41 22 730 5853"),
        *lines(330, 700, "- To Administrations of Member States of", "the Union", "- To ITU-T Sector Members"),
        *lines(72, 600, "Subject:"), *lines(140, 600, "Numbering"),
    ])  # fmt: skip
    assert text == (
        "Ref:\tTSB Circular 68\nCOM 2/RH\nTel:\t+41 22 730 5887\nFax:\t+41 22 730 5853\n"
        "- To Administrations of Member States of the Union\n- To ITU-T Sector Members\nSubject:\tNumbering\n"
    )


def test_cells_of_a_table_keep_their_row_and_column() -> None:
    found = decoded(
        pdf(
            [
                *lines(72, 700, "Group", "SG 2", "SG 3"),
                *lines(200, 700, "Dates", "4-14 September", "9-18 April"),
                *lines(380, 700, "Place", "Geneva", "Kyoto"),
            ]
        )
    )
    assert found.text == "Group\tDates\tPlace\nSG 2\t4-14 September\tGeneva\nSG 3\t9-18 April\tKyoto\n"
    at = found.text.index("9-18")
    place = next(place for place in found.places if place.start <= at < place.end)
    assert str(place) == "page 1, table 1, row 3, column 2"


def test_a_label_set_in_the_middle_of_its_cell_stands_before_its_value() -> None:
    value = ("Revision 1 to the circular of the Telecommunication Standardization", "Bureau, number 68")
    text = text_of([Words(140, 700, value[0]), Words(72, 693, "Ref:"), Words(140, 686, value[1])])
    assert text == f"Ref:\t{' '.join(value)}\n"


def test_columns_of_text_are_read_one_after_the_other() -> None:
    left = ("The first column has lines that", "reach to the edge of it, each one", "as columns of a journal do, and",
            "further lines below the others", "until the column ends, wherever", "that is.")  # fmt: skip
    right = ("The second column stands beside", "the first one, on the same lines", "whose words are read afterwards",
             "although they are on a line with", "other words, those that are read", "before.")  # fmt: skip
    text = text_of([*lines(60, 700, *left), *lines(310, 700, *right)])
    assert text == f"{' '.join(left)}\n{' '.join(right)}\n"


def test_pages_are_told_and_a_paragraph_runs_over_them() -> None:
    found = decoded(pdf(lines(72, 200, *BODY[:2]), lines(72, 780, "It will close on Friday.")))
    assert found.text == f"{BODY[0]} {BODY[1]} It will close on Friday.\n"
    assert [place.page for place in found.places] == [1, 2]


def test_running_heads_footers_and_page_marks_are_told_from_the_text() -> None:
    pages = [
        [Words(250, 810, f"- {n} -"), Words(72, 795, "CR/141-E"), Words(72, 700, f"Words of page {n}."),
         Words(72, 30, "Place des Nations, Geneva")]
        for n in (1, 2, 3)
    ]  # fmt: skip
    found = decoded(pdf(*pages))
    assert found.text.startswith("Words of page 1.\nWords of page 2.\nWords of page 3.\n")
    parts = [(found.text[p.start : p.end].split(), p.part, p.page) for p in found.places if p.part != "body"]
    assert parts == [
        *((["-", str(n), "-", "CR/141-E"], "header", n) for n in (1, 2, 3)),
        (["Place", "des", "Nations,", "Geneva"], "footer", 1),
    ]
    assert found.text.count("Place des Nations") == 1


def test_a_link_tells_where_it_leads_behind_its_words() -> None:
    words = "The form is here, on the web."
    start = 72 + 5 * 10.5
    page: list[Words | Link] = [Words(72, 700, words), Link(start, 696, start + 26, 712, "http://www.itu.int/form")]
    assert text_of(page) == "The form is here <http://www.itu.int/form>, on the web.\n"


def test_a_link_whose_words_show_its_address_is_left_as_it_is() -> None:
    page: list[Words | Link] = [Words(72, 700, "www.itu.int/form"), Link(70, 690, 200, 715, "http://www.itu.int/form")]
    assert text_of(page) == "www.itu.int/form\n"


def test_raised_letters_stay_in_their_line() -> None:
    page = [Words(72, 700, "the 70"), Words(102.8, 704, "th", 6.5), Words(111, 700, "session of the Council")]
    assert text_of(page) == "the 70th session of the Council\n"


def test_words_turned_on_the_page_are_read_and_behind_the_rest() -> None:
    turned = [Words(40, 100 + 200 * n, text, turn=(0, 1, -1, 0)) for n, text in enumerate(("CONFIRMED", "COPY"))]
    assert text_of([*turned, *lines(72, 700, *BODY)]) == " ".join(BODY) + "\nCONFIRMED\tCOPY\n"


def test_what_is_drawn_twice_to_look_bold_is_read_once() -> None:
    assert text_of([Words(72, 700, "Bold words"), Words(72.3, 700, "Bold words")]) == "Bold words\n"


def glyphs(text: str, x: float, y: float = 700, width: float = 6) -> list[Glyph]:
    return [Glyph(char, x + n * width, x + (n + 1) * width, y, 11) for n, char in enumerate(text)]


def told(glyphs: list[Glyph], *, from_right: bool = False) -> list[str]:
    return ["\t".join(span.text for span in line.spans) for line in lines_of(glyphs, from_right=from_right)]


def test_chinese_gets_no_spaces_that_are_not_written() -> None:
    apart = [Glyph(char, 72 + 13 * n, 83 + 13 * n, 700, 11) for n, char in enumerate("国际电联第2研究组")]
    assert told(apart) == ["国际电联第2研究组"]


def test_a_ligature_and_the_marks_on_letters_keep_their_place_in_arabic() -> None:
    shown = [
        Glyph("ل", 60, 66, 700, 11), Glyph("ا", 60, 64, 700, 11),  # one glyph of two letters
        Glyph("ا", 66, 69, 700, 11), Glyph("م", 69, 75, 700, 11), Glyph("\u064f", 71, 73, 704, 11),
    ]  # fmt: skip
    assert told(shown, from_right=True) == ["مُالا"]


def test_gaps_part_words_where_spaces_are_not_written() -> None:
    assert told([*glyphs("Study", 72), *glyphs("Group", 105)]) == ["Study Group"]


def arabic(words: Sequence[str], right: float, space: float, y: float = 700) -> list[Glyph]:
    """Words from the right; their letters join but for those behind an alif."""
    out = []
    for word in words:
        for char in word:
            out.append(Glyph(char, right - 5, right, y, 10))
            right -= 6.5 if char == "ا" else 5
        right -= 10 * space - 1.5 * word.endswith("ا")
    return out


@pytest.mark.parametrize("space", [0.2, 0.22, 0.26, 0.3])
def test_arabic_words_are_parted_by_as_much_as_the_numbers_of_the_line(space: float) -> None:
    row = arabic(("بشأن", "التوصية", "والقرار"), 500, space)
    number = [Glyph(char, 300 + 5 * n + 10 * space * (n > 2), 305 + 5 * n + 10 * space * (n > 2), 700, 10)
              for n, char in enumerate("ITU20")]  # fmt: skip
    gap = min(glyph.left for glyph in row) - number[-1].right - 10 * space
    number = [glyph._replace(left=glyph.left + gap, right=glyph.right + gap) for glyph in number]
    assert told([*row, *number], from_right=True) == ["بشأن التوصية والقرار ITU 20"]


def test_arabic_words_are_parted_by_as_much_as_the_numbers_of_the_page() -> None:
    numbers = [glyph._replace(base=650) for glyph in (*glyphs("TSB", 300), *glyphs("68", 320.4))]
    assert told([*arabic(("بشأن", "التوصية"), 500, 0.22), *numbers], from_right=True) == ["بشأن التوصية", "TSB 68"]


def test_letters_that_are_spaced_out_stay_together() -> None:
    spaced = [Glyph(char, 72 + 12 * n, 78 + 12 * n, 700, 11) for n, char in enumerate("INTERNATIONAL")]
    assert told(spaced) == ["INTERNATIONAL"]


# -- what cannot be read -----------------------------------------------------------------------------------------------


def refusal(data: bytes, limits: Limits | None = None) -> ReadError:
    with pytest.raises(ReadError) as caught:
        decoded(data, limits)
    assert str(caught.value).startswith("a.pdf ")
    return caught.value


def picture(data: bytes) -> bytes:
    """A file whose first page shows a grey square in place of its words."""
    return data.replace(
        b"BT /F1 11.0 Tf 1.000 0.000 0.000 1.000 72.00 700.00 Tm (x) Tj ET", b"0.5 g 72 72 400 600 re f".ljust(64)
    )


def test_a_scanned_file_is_reported() -> None:
    error = refusal(picture(pdf([Words(72, 700, "x")])))
    assert error.reason == "scanned"
    assert "OCR" in str(error)


def test_a_scanned_page_among_others_is_reported() -> None:
    found = decoded(picture(pdf([Words(72, 700, "x")], [Words(72, 700, "Annex 1")])))
    assert found.text == "Annex 1\n"
    assert found.places[0].page == 2
    assert [issue.code for issue in found.issues] == ["scanned-pages"]


def scan(*said: str | Words) -> bytes:
    """A file whose one page is a picture of words, by default one below the other: made from text, drawn, and the drawing
    put into a new file."""
    import pypdfium2.raw as pdfium

    placed = [
        Words(72, 700 - 40 * n, words, size=24) if isinstance(words, str) else words for n, words in enumerate(said)
    ]
    drawn = pdf(placed)
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(drawn, len(drawn), None)
    page = pdfium.FPDF_LoadPage(document, 0)
    width, height, grey, dots = reader._drawn(pdfium, page)
    assert dots == 300
    pdfium.FPDF_ClosePage(page)
    pdfium.FPDF_CloseDocument(document)
    image = stream(
        grey,
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray /BitsPerComponent 8".encode(),
    )
    return assembled([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>",
        stream(b"q 595 0 0 842 0 0 cm /I Do Q"),
        image,
    ])  # fmt: skip


@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed (Debian: tesseract-ocr)")
def test_pictures_of_pages_are_read_by_text_recognition_where_asked() -> None:
    data = scan("TSB Circular 31", "Geneva, 6 February 2023")
    assert refusal(data).reason == "scanned"
    source = read(data, name="scan.pdf", limits=Limits(ocr="eng"))
    assert source.text.split("\n")[0] == "TSB Circular 31"
    assert "6 February 2023" in source.text
    assert [issue.code for issue in source.issues] == ["recognised"]
    assert {place.page for place in source.places} == {1}


@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed (Debian: tesseract-ocr)")
def test_cells_and_broken_lines_of_a_picture_are_read_as_those_of_a_page() -> None:
    labels = [("Ref:", "CR/387"), ("Tel:", "+41 22 730 5235"), ("Fax:", "+41 22 730 5853")]
    cells = [
        Words(x, 760 - 22 * n, said) for n, row in enumerate(labels) for x, said in zip((72, 180), row, strict=True)
    ]
    body = [Words(72, 660 - 13 * n, line) for n, line in enumerate(BODY)]
    source = read(scan(*cells, *body), name="scan.pdf", limits=Limits(ocr="eng", seconds=600))
    assert source.text.splitlines() == ["\t".join(row) for row in labels] + [" ".join(BODY)]
    place = source.places[-1]
    assert (place.page, place.cell) == (1, None)
    at = [place.cell[1:] for place in source.places if place.cell]
    assert at == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)]


def test_recognition_that_cannot_be_had_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    data = scan("TSB Circular 31")
    with pytest.raises(ReadError, match="no languages of text recognition"):
        decoded(data, Limits(ocr="--help"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ReadError, match=r"tesseract is not installed.*apt-get install tesseract-ocr") as caught:
        decoded(data, Limits(ocr="eng"))
    assert caught.value.reason == "library"


def test_an_empty_page_is_no_scanned_one() -> None:
    assert decoded(pdf([], [Words(72, 700, "Annex 1")])).issues == ()
    assert [issue.code for issue in read(pdf([]), name="a.pdf").issues] == ["empty"]


def test_an_encrypted_file_is_reported() -> None:
    secret = b"<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>" % (b"ab" * 32, b"cd" * 32)
    data = assembled(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>", secret],
        trailer=b"/Root 1 0 R/Encrypt 3 0 R/ID[<%b><%b>]" % (b"00" * 16, b"00" * 16),
    )
    error = refusal(data)
    assert error.reason == "encrypted"
    assert "password" in str(error)


def test_a_damaged_file_is_reported() -> None:
    assert refusal(HEAD + b"1 0 obj\n<<").reason == "damaged"


def test_a_lost_table_of_contents_is_found_again() -> None:
    data = pdf(lines(72, 700, *BODY)).replace(b"0 n \n", b"7 n \n").replace(b"startxref\n", b"startxref\n9")
    assert decoded(data).text == " ".join(BODY) + "\n"


def test_more_text_than_the_limits_allow_is_refused() -> None:
    assert refusal(pdf(lines(72, 700, *BODY)), Limits(max_text=100)).reason == "too-large"


def test_a_page_tree_that_bites_its_tail_is_survived() -> None:
    kids = b"<</Type/Pages/Count 1000000/Kids[2 0 R 2 0 R]/Parent 2 0 R>>"
    assert refusal(assembled([b"<</Type/Catalog/Pages 2 0 R>>", kids])).reason == "too-large"
    kids = kids.replace(b"1000000", b"100")
    assert decoded(assembled([b"<</Type/Catalog/Pages 2 0 R>>", kids])).text == ""


def test_a_page_that_draws_itself_is_survived() -> None:
    form = stream(b"/X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>")
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 5 0 R/Resources<</XObject<</X 4 0 R>>>>>>"
    pages = b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
    data = assembled([b"<</Type/Catalog/Pages 2 0 R>>", pages, page, form, stream(b"/X Do")])
    assert refusal(data).reason == "scanned"


# -- files made by real programs ---------------------------------------------------------------------------------------


def reread(kind: str, name: str, tmp_path: Path) -> Source:
    letter = next(letter for letter in load(ROOT / "corpus" / "open") if letter.name == name)
    return read(make([letter], tmp_path, kinds=[kind]).files[kind][name])


@pytest.mark.skipif(not any(map(shutil.which, OFFICE)), reason="LibreOffice is not installed")
def test_a_letter_comes_back_from_libreoffice(tmp_path: Path) -> None:
    source = reread("pdf", "ar-003-tsb-circular-lines", tmp_path)
    assert "وفقاً لأحكام الفقرة 8.9 من القسم 9 من القرار 1 الصادر" in source.text
    record = parse(source.text)
    assert str(record.date) == "2001-09-20"
    assert record.contact.tel == ("+41 22 730 5887",)


@pytest.mark.skipif(not any(map(shutil.which, BROWSER)), reason="Chromium is not installed")
def test_a_letter_comes_back_from_chromium(tmp_path: Path) -> None:
    source = reread("pdf-chromium", "ar-003-tsb-circular-lines", tmp_path)
    assert "وفقاً لأحكام الفقرة 8.9 من القسم 9 من القرار 1 الصادر" in source.text
    assert source.provenance.format == "pdf"
