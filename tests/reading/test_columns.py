"""Pages set in columns are read column by column, however these stand beside each other."""

from __future__ import annotations

import textwrap

import pytest

from itudocs.reading.columns import Paragraph, Table, blocks_of, measure
from itudocs.reading.pages import Glyph, lines_of
from itudocs.reading.pdf import PdfDocument
from itudocs.reading.source import DEFAULT_LIMITS
from tests.reading.pdfs import Words, lines, pdf

pytest.importorskip("pypdfium2")

ONE = (
    "The study group examined the contributions that had reached the secretariat before the meeting and agreed on "
    "the text of the draft, which will be sent to the membership when the editors have finished with it."
)
TWO = (
    "Those who wish to take part in the work of the focus group should please write to its chairman, and to say "
    "which of the questions they would like to answer during the study period that begins in October."
)
THREE = (
    "Rooms near the centre have been set aside for delegates until the end of June, after which none can be guaranteed "
    "by the host, since the week of the meeting is also that of the music festival of the town."
)
LEFT, RIGHT, PITCH = 60, 310, 14


_THOUSANDTHS = {char: width for chars, width in (
    ("ijl", 222), (" ft.,", 278), ("r", 333), ("ckszvxy", 500), ("w", 722), ("mW", 833), ("TR", 690),
) for char in chars}  # fmt: skip


def width(text: str, size: float = 11) -> float:
    """How wide words are in Helvetica, in points."""
    return size / 1000 * sum(_THOUSANDTHS.get(char, 556) for char in text)


def broken(text: str, column: float = 195) -> list[str]:
    """Lines of a column, as full as they may be."""
    out: list[str] = []
    for word in text.split():
        if out and width(f"{out[-1]} {word}") <= column:
            out[-1] += f" {word}"
        else:
            out.append(word)
    return out


def column(x: float, top: float, *paragraphs: str, between: float = 8) -> list[Words]:
    """Paragraphs one below the other, each broken by its column."""
    out: list[Words] = []
    for text in paragraphs:
        its = broken(text)
        out += lines(x, top, *its, pitch=PITCH)
        top -= len(its) * PITCH + between
    return out


def below(words: list[Words]) -> float:
    return min(word.y for word in words)


def text_of(*words: Words) -> list[str]:
    data = pdf(words)
    return PdfDocument().to_text(data, name="a.pdf", limits=DEFAULT_LIMITS).text.splitlines()


@pytest.mark.parametrize("aside", [0, 3.5, 5, 7, 9])
def test_columns_whose_lines_are_not_on_the_same_heights_are_read_one_after_the_other(aside: float) -> None:
    found = text_of(*column(LEFT, 700, ONE, TWO), *column(RIGHT, 700 - aside, THREE, ONE))
    assert found == [ONE, TWO, THREE, ONE]


def test_a_column_that_begins_above_the_others_is_read_after_them() -> None:
    assert text_of(*column(LEFT, 700, ONE, TWO), *column(RIGHT, 711, THREE, ONE)) == [ONE, TWO, THREE, ONE]


@pytest.mark.parametrize("aside", [0, 6])
def test_what_is_left_of_a_first_column_below_the_end_of_the_second_is_read_before_it(aside: float) -> None:
    found = text_of(*column(LEFT, 700, ONE, TWO, THREE), *column(RIGHT, 700 - aside, TWO))
    assert found == [ONE, TWO, THREE, TWO]


def test_a_first_column_that_ends_above_the_others_is_read_first() -> None:
    assert text_of(*column(LEFT, 700, ONE), *column(RIGHT, 700, TWO, THREE)) == [ONE, TWO, THREE]


def test_a_paragraph_runs_over_columns() -> None:
    first, rest = broken(ONE)[:3], broken(ONE)[3:]
    head = [*column(LEFT, 700, TWO), *lines(LEFT, 700 - 14 * len(broken(TWO)) - 8, *first)]
    tail = [*lines(RIGHT, 704, *rest), *column(RIGHT, 704 - 14 * len(rest) - 8, THREE)]
    assert text_of(*head, *tail) == [TWO, ONE, THREE]


def test_a_line_of_a_paragraph_alone_at_the_end_of_a_column_goes_on_in_the_next() -> None:
    first, rest = broken(ONE)[:1], broken(ONE)[1:]
    head = [*column(LEFT, 700, TWO), *lines(LEFT, 700 - 14 * len(broken(TWO)) - 8, *first)]
    tail = [*lines(RIGHT, 704, *rest), *column(RIGHT, 704 - 14 * len(rest) - 8, THREE)]
    assert text_of(*head, *tail) == [TWO, ONE, THREE]


def test_headings_in_columns_stay_with_their_text() -> None:
    left = [*column(LEFT, 700, ONE), Words(LEFT, 592, "Focus group", 13), *column(LEFT, 572, TWO)]
    right = [Words(RIGHT, 697, "Hotels", 13), *column(RIGHT, 678, THREE)]
    assert text_of(*left, *right) == [ONE, "Focus group", TWO, "Hotels", THREE]


def test_three_columns_of_which_each_is_shorter_are_read_one_after_the_other() -> None:
    def narrow(x: float, top: float, *paragraphs: str) -> list[Words]:
        return lines(x, top, *(line for text in paragraphs for line in broken(text, 150)))

    found = text_of(*narrow(50, 700, ONE, TWO), *narrow(230, 695, THREE), *narrow(410, 702, TWO[:150]))
    assert [text.split()[0] for text in found] == ["The", "Those", "Rooms", "Those"]


def test_what_stands_above_and_below_columns_keeps_its_place() -> None:
    left, right = column(LEFT, 640, ONE, TWO), column(RIGHT, 634, THREE)
    under = below(left)
    found = text_of(
        Words(LEFT, 700, "TSB Circular 68"), Words(RIGHT + 60, 672, "Geneva, 12 June 2009"), *left, *right,
        Words(LEFT, under - 28, "Yours faithfully,"), *lines(LEFT, under - 90, "Malcolm Johnson", "Director of the Bureau"),
    )  # fmt: skip
    assert found == [
        "TSB Circular 68", "Geneva, 12 June 2009", ONE, TWO, THREE,
        "Yours faithfully,", "Malcolm Johnson", "Director of the Bureau",
    ]  # fmt: skip


def test_lines_across_the_page_part_columns() -> None:
    across = "What follows was agreed by the second working party, whose report stands in document 14 of the group"
    found = text_of(
        *column(LEFT, 760, ONE), *column(RIGHT, 755, TWO), Words(LEFT, 640, across), *column(LEFT, 610, TWO),
        *column(RIGHT, 617, THREE),
    )  # fmt: skip
    assert found == [ONE, TWO, across, TWO, THREE]


def test_rows_of_a_table_beside_each_other_are_not_columns_of_text() -> None:
    found = text_of(*column(LEFT, 700, "Study Group 2", "Study Group 3"), *column(RIGHT, 700, "Geneva", "Kyoto"))
    assert found == ["Study Group 2\tGeneva", "Study Group 3\tKyoto"]


# -- from right to left ------------------------------------------------------------------------------------------------

FIRST = (
    "تود لجنة الدراسات أن تشكر جميع الأعضاء على مساهماتهم في العمل وعلى ما قدموه من وثائق قبل الاجتماع وبعده في جنيف "
    "كما تود أن تذكرهم بأن آخر موعد لتقديم المساهمات هو نهاية شهر يونيو من هذه السنة وأن الترجمة تحتاج إلى وقت طويل."
)
SECOND = (
    "ويرجى من المندوبين الراغبين في المشاركة أن يسجلوا أسماءهم لدى الأمانة وأن يحجزوا غرفهم في الفنادق القريبة قبل "
    "بداية فصل الصيف لأن المدينة تستقبل في ذلك الأسبوع عددا كبيرا من الزوار بسبب مهرجان الموسيقى السنوي فيها."
)


def shown(right: float, top: float, text: str) -> list[Glyph]:
    """Lines whose first letters stand on the right, letters five points wide."""
    return [
        Glyph(char, right - 5 * (n + 1), right - 5 * n, top - PITCH * row, 11)
        for row, line in enumerate(textwrap.wrap(text, 38))
        for n, char in enumerate(line)
    ]


@pytest.mark.parametrize("aside", [0, 6, -6])
def test_columns_of_arabic_are_read_from_the_right(aside: float) -> None:
    found = lines_of([*shown(540, 700, FIRST), *shown(290, 700 - aside, SECOND)], from_right=True)
    blocks = list(blocks_of(found, measure(found)))
    assert [block.text for block in blocks if isinstance(block, Paragraph)] == [FIRST, SECOND]
    assert not any(isinstance(block, Table) for block in blocks)


def test_the_pitch_of_columns_is_that_of_each() -> None:
    one = shown(540, 700, FIRST)
    alone = measure(lines_of(one, from_right=True))
    beside = measure(lines_of([*one, *shown(290, 694, SECOND)], from_right=True))
    assert beside.pitch == pytest.approx(alone.pitch) == pytest.approx(14 / 11)
