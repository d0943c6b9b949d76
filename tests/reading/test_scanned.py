"""Words recognised on a picture stand where they stood: crooked pages are straightened, cells are told by gaps."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.reading.pages import Line
from itudocs.reading.recognition import Row, Word, rows_of
from itudocs.reading.scanned import lines_of_rows

DOTS = 300
HOCR = """\
   <div class='ocr_carea' id='block_1_1' title="bbox 100 300 900 360">
    <p class='ocr_par' id='par_1_1' lang='eng' title="bbox 100 300 900 360">
     <span class='ocr_line' id='line_1_1' title="bbox 100 300 900 360; baseline 0.01 -12; x_size 42.5; x_descenders 9">
      <span class='ocrx_word' id='word_1_1' title='bbox 100 300 300 350; x_wconf 96'>R&amp;D</span>
      <span class='ocrx_word' id='word_1_2' title='bbox 320 300 900 360; x_wconf 41' lang='fra'><strong>et l&#39;avis</strong></span>
      <span class='ocrx_word' id='word_1_3' title='bbox 950 300 960 360; x_wconf 95'> </span>
     </span>
     <span class='ocr_line' id='line_1_2' title="bbox 100 400 900 460">
     </span>
     <span class='ocr_header' id='line_1_3' title="bbox 200 500 900 560">
      <span class='ocrx_word' id='word_1_4' title='bbox 200 500 300 560; x_wconf 90'>Annex</span>
     </span>
"""


def row(base: float, *words: tuple[str, int, int], slope: float = 0.0, size: float = 42.0) -> Row:
    return Row(tuple(Word(*word) for word in words), base, slope, size)


def lines(*rows: Row, from_right: bool = False) -> list[Line]:
    return lines_of_rows(rows, dots=DOTS, height=842.0, from_right=from_right)


def said(*rows: Row, from_right: bool = False) -> list[str]:
    return [" | ".join(span.text for span in line.spans) for line in lines(*rows, from_right=from_right)]


def test_what_the_program_writes_becomes_rows_of_words() -> None:
    assert list(rows_of(HOCR)) == [
        Row((Word("R&D", 100, 300, 96), Word("et l'avis", 320, 900, 41)), 360 - 12 - 0.01 * 100, 0.01, 42.5),
        Row((Word("Annex", 200, 300, 90),), 560.0, 0.0, 1.0),
    ]
    assert list(rows_of("")) == []


def test_places_are_points_from_the_lower_left_corner() -> None:
    (line,) = lines(row(300, ("Annex", 300, 600)))
    assert (line.spans[0].start, line.spans[0].end) == (72.0, 144.0)
    assert line.base == pytest.approx(842 - 72)
    assert line.size == pytest.approx(42 * 72 / 300)


def test_a_row_is_cut_at_the_gap_between_cells_and_not_between_words() -> None:
    words = ("Tel:", 300, 380), ("+41", 700, 770), ("22", 785, 830), ("730", 845, 920)
    assert said(row(500, *words)) == ["Tel: | +41 22 730"]


def test_a_row_set_to_fill_its_width_is_one() -> None:
    words = [(f"word{n}", 300 + 200 * n, 460 + 200 * n) for n in range(8)]
    assert said(row(500, *words)) == [" ".join(text for text, _, _ in words)]


def test_cells_beside_each_other_are_a_line_though_they_were_taken_for_columns() -> None:
    left = row(500, ("Ref:", 300, 380)), row(560, ("Tel:", 300, 380))
    right = row(503, ("CR/387", 700, 860)), row(561, ("+41", 700, 770))
    assert said(*left, *right) == ["Ref: | CR/387", "Tel: | +41"]


def test_a_crooked_page_is_straightened() -> None:
    slope = 0.0075  # 15 dots over a page: a third of a line
    long = row(900, *((f"w{n}", 300 + 150 * n, 420 + 150 * n) for n in range(12)), slope=slope)
    left = row(500, ("Ref:", 300, 380), slope=slope)
    right = row(500, ("CR/387", 2100, 2260), slope=slope)
    unsure = row(500 + slope * 2300, ("of", 2275, 2325), slope=0.0)  # short ones do not show it
    found = lines(long, left, right, unsure)
    assert [" | ".join(span.text for span in line.spans) for line in found] == [
        "Ref: | CR/387 of",
        " ".join(f"w{n}" for n in range(12)),
    ]
    assert len({round(span.base, 6) for span in found[0].spans}) == 1


def test_arabic_keeps_the_order_in_which_it_was_read_and_its_cells_begin_at_the_right() -> None:
    line = row(500, ("المرجع:", 2000, 2120), ("الرسالة", 1600, 1700), ("7/20", 1500, 1585))
    assert said(line, from_right=True) == ["المرجع: | الرسالة 7/20"]


def test_chinese_is_not_spaced() -> None:
    line = row(500, ("国际", 300, 384), ("电信", 390, 470), ("联盟", 480, 560), ("ITU", 575, 640), ("of", 655, 690))
    assert said(line) == ["国际电信联盟ITU of"]


def test_type_of_nearly_one_size_is_of_one() -> None:
    sizes = [line.size for line in lines(*(row(500 + 60 * n, ("word", 300, 400), size=40 + n % 3) for n in range(9)))]
    assert len(set(sizes)) == 1
    large = lines(row(500, ("ANNEX", 300, 500), size=90), *(row(600 + 60 * n, ("word", 300, 400)) for n in range(5)))
    assert large[0].size > 2 * large[1].size


def test_a_page_without_words_has_no_lines() -> None:
    assert lines() == []


def test_among_arabic_latin_words_and_numbers_are_put_in_the_order_in_which_they_are_read() -> None:
    words = [("17", 300, 340), ("COM", 200, 290), ("الوثيقة", 500, 620)]
    latin = [Word(*word, latin=word[0].isascii()) for word in words]
    assert said(Row(tuple(latin), 500, 0.0, 42.0), from_right=True) == ["الوثيقة | COM 17"]
    shown = [Word(text, 300 + 60 * n, 350 + 60 * n, latin=True) for n, text in enumerate(("5853", "730", "22", "41+"))]
    assert said(Row(tuple(shown), 500, 0.0, 42.0), from_right=True) == ["+41 22 730 5853"]


def test_a_number_whose_plus_stands_left_of_it_is_read_from_the_left() -> None:
    shown = [
        Word(text, 300 + 100 * n, 390 + 100 * n, latin=True)
        for n, text in enumerate(("17/GF", "+41", "22", "730", "6206", "+41", "22", "730", "5853"))
    ]
    told = Word("هاتف", 1210, 1280)
    assert said(Row((*shown, told), 500, 0.0, 42.0), from_right=True) == ["هاتف 17/GF +41 22 730 6206 +41 22 730 5853"]


def test_marks_that_recognition_takes_for_latin_ones_are_those_of_the_script() -> None:
    assert said(row(500, ("2019", 300, 390), ("جنيف,", 400, 500)), from_right=True) == ["جنيف، 2019"]
    assert said(row(500, ("图埃.", 300, 400), ("哈玛德", 405, 500), ("3.5", 515, 560))) == ["图埃•哈玛德3.5"]
    assert said(row(500, ("3,5", 300, 390), ("Mr.", 400, 450), ("Li", 460, 500))) == ["3,5 Mr. Li"]


def test_punctuation_between_chinese_words_may_be_wide() -> None:
    assert said(row(500, ("系统)", 300, 400), (";航空", 450, 540), ("业务", 550, 640))) == ["系统);航空业务"]


def test_specks_of_dirt_are_no_words() -> None:
    def sure(text: str, sure: int, base: float) -> Row:
        return Row((Word(text, 300, 400, sure),), base, 0.0, 42.0)

    assert said(sure("ie", 30, 500), sure("Le", 96, 600), sure("connaissance", 30, 700)) == ["Le", "connaissance"]


WORDS = st.builds(
    lambda text, left, width, latin: Word(text, left, left + width, latin=latin),
    st.text("abc019+/(-ابت国际", min_size=1, max_size=6),
    st.integers(0, 2000), st.integers(1, 500), st.booleans(),
)  # fmt: skip
ROWS = st.builds(
    lambda words, base, slope: Row(tuple(words), base, slope, 42.0),
    st.lists(WORDS, min_size=1, max_size=6), st.integers(0, 3300), st.sampled_from([0.0, 0.007, -0.03]),
)  # fmt: skip


@given(st.lists(ROWS, max_size=6), st.booleans())
def test_whatever_stands_where_no_character_is_lost(rows: list[Row], from_right: bool) -> None:
    told = "".join(said(*rows, from_right=from_right))
    kept = Counter(char for char in told if char not in " |()")  # brackets may turn round
    assert kept == Counter(char for row in rows for word in row.words for char in word.text if char not in "()")
