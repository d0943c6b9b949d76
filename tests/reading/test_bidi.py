"""What a page shows from right to left is put in the order in which it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.reading.bidi import in_reading_order, plain_forms, rightward


def read(shown: str, *, from_right: bool = True) -> str:
    return "".join(text for _, text in in_reading_order(list(shown), from_right=from_right))


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("2001 ربمتبس 20 ،فينج", "جنيف، 20 سبتمبر 2001"),
        ("5887 730 22 41+ :فتاهلا", "الهاتف: +41 22 730 5887"),
        ("tsbsg2@itu.int :ديربلا", "البريد: tsbsg2@itu.int"),
        ("E.330و E.126 نيتيصوتلا", "التوصيتين E.126 وE.330"),
        ("ITU-R 1-7 رارقلا", "القرار ITU-R 1-7"),
        ("RRB16-3/12 ةقيثولا", "الوثيقة RRB16-3/12"),
        ("LCCE/74/7 ةلاسرلا", "الرسالة 7/LCCE/74"),
        ("11-4 ربوتكأ", "أكتوبر 4-11"),  # a range behind Arabic is shown with its days exchanged
        ("MHz 800 3-400 3 قاطنلا", "النطاق 3 400-3 800 MHz"),  # only so are its digits grouped as thousands
        ("TSB 241 12 وينوي", "يونيو 12 TSB 241"),
        (".8.9 ةرقفلا", "الفقرة 8.9."),
        ("09:30 ةعاسلا", "الساعة 09:30"),
    ],
)
def test_arabic_lines_are_read_from_the_right_and_what_is_latin_in_them_from_the_left(shown: str, text: str) -> None:
    assert read(shown) == text


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("(2000 ،لايرتنوم)", "(مونتريال، 2000)"),
        (")2000 ،لايرتنوم(", "(مونتريال، 2000)"),  # by the other glyph, as some programs store it
        (".(WRS-18) ةودنلا", "الندوة (WRS-18)."),
    ],
)
def test_brackets_open_before_words_and_close_behind_them(shown: str, text: str) -> None:
    assert read(shown) == text


def test_numbers_shown_as_a_run_of_their_own_come_first() -> None:
    shown = list("SG3RG/2 ةلاسر")
    runs = [1] * 5 + [2, 3] + [4] * 6
    assert "".join(t for _, t in in_reading_order(shown, from_right=True, runs=runs)) == "رسالة 2/SG3RG"


def test_a_line_without_arabic_stays_as_it_is() -> None:
    text = "Place des Nations, CH-1211 Geneva 20 (41 22)"
    assert read(text) == text
    assert read(text, from_right=False) == text


def test_only_numbers_are_read_in_the_direction_of_the_page() -> None:
    assert read("5887 730 22 41+") == "+41 22 730 5887"
    assert read("+41 22 730 5887", from_right=False) == "+41 22 730 5887"


def test_arabic_in_a_latin_line_is_turned_alone() -> None:
    assert read("Signed: واج نيلوه, Geneva", from_right=False) == "Signed: هولين جاو, Geneva"


def test_forms_of_letters_become_letters() -> None:
    assert plain_forms("\ufef7\ufb01\ufefb") == "\u0644\u0623fi\u0644\u0627"
    assert plain_forms("№ … ½") == "№ … ½"


def test_letters_tell_the_direction() -> None:
    assert rightward("جنيف 2001 ITU") == 1
    assert rightward("2001") == 0


@given(st.text(alphabet="ab1 2-/().،عربي\u064b", max_size=30), st.booleans())
def test_every_piece_is_read_once(shown: str, from_right: bool) -> None:
    order = in_reading_order(list(shown), from_right=from_right)
    assert sorted(i for i, _ in order) == list(range(len(shown)))
