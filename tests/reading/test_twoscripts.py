"""Of two readings of a page each word is taken from the one that knows its script."""

from __future__ import annotations

import pytest

from itudocs.reading import twoscripts
from itudocs.reading.recognition import Row, Word
from itudocs.reading.twoscripts import agreed, recognised_by_script

Placed = tuple[str, int, int, int]


def row(base: float, *words: Placed) -> Row:
    return Row(tuple(Word(*word) for word in words), base, 0.0, 42.0)


def said(own: list[Row], latin: list[Row]) -> list[str]:
    """The words of each row from left to right."""
    return [" ".join(word.text for word in found.words) for found in agreed(own, latin)]


def test_letters_of_the_own_script_stay_and_addresses_are_taken_from_the_latin_reading() -> None:
    own = [row(500, ("البريد:", 800, 900, 92), ("51258206©11611.1126]", 300, 700, 0))]
    latin = [row(500, ("al!", 800, 900, 79), ("tsbsg20@itu.int", 300, 700, 45))]
    assert said(own, latin) == ["tsbsg20@itu.int البريد:"]


def test_a_number_that_lost_its_first_digits_is_whole_again() -> None:
    own = [row(500, ("4)", 800, 900, 65), ("سبتمبر", 600, 780, 92), ("17", 500, 540, 93))]
    latin = [row(500, ("(2004", 800, 900, 96), ("yo", 600, 780, 30), ("11", 500, 540, 82))]
    assert said(own, latin) == ["17 سبتمبر (2004"]


def test_letters_that_were_taken_for_numbers_are_believed_and_single_ones_among_letters_are_not() -> None:
    own = [row(500, ("/001.", 100, 200, 85), ("月", 300, 340, 95), ("日", 400, 440, 40), ("ظ2", 500, 640, 11))]
    latin = [row(500, ("COM", 100, 200, 64), ("A", 300, 340, 90), ("A", 400, 440, 90), ("SG20/CB", 500, 640, 66))]
    assert said(own, latin) == ["COM 月 日 SG20/CB"]


def test_words_that_do_not_stand_in_the_same_place_are_not_exchanged() -> None:
    own = [row(500, ("12", 100, 140, 50), ("至", 300, 340, 95))]
    latin = [row(500, ("12345", 100, 400, 95)), row(700, ("WRS-18", 100, 400, 95)), row(800, ("xx", 100, 140, 40))]
    assert said(own, latin) == ["12 至", "WRS-18"]


def test_of_the_same_characters_the_reading_with_more_words_is_kept() -> None:
    own = [row(500, ("+41", 160, 240, 82), ("22", 100, 145, 96))]
    latin = [row(500, ("2241+", 100, 240, 99))]
    assert said(own, latin) == ["22 +41"]


def test_a_mark_of_a_list_is_taken_where_it_is_sure() -> None:
    own = [row(500, ("1", 900, 912, 57), ("أعضاء", 700, 850, 92))]
    assert said(own, [row(500, ("-", 900, 912, 92))]) == ["أعضاء -"]
    assert said(own, [row(500, ("-", 900, 912, 50))]) == ["أعضاء 1"]


@pytest.mark.parametrize(
    ("languages", "read"),
    [
        ("eng+fra", ["eng+fra"]),
        ("rus+eng", ["rus+eng"]),
        ("ara", ["ara"]),
        ("eng+ara+fra", ["ara", "eng+fra"]),
        ("chi_sim+eng", ["chi_sim", "eng"]),
        ("--help", ["--help"]),
    ],
)
def test_scripts_that_do_not_go_together_are_read_apart(
    languages: str, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def recognised(width: int, height: int, grey: bytes, *, languages: str, dots: float, name: str) -> list[Row]:
        asked.append(languages)
        return [row(500, ("30", 100, 140, 90))]

    monkeypatch.setattr(twoscripts, "recognised", recognised)
    (found,) = recognised_by_script(1, 1, b"\0", languages=languages, dots=300, name="a.pdf")
    assert asked == read
    assert [word.text for word in found.words] == ["30"]
