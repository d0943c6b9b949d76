"""A letter's text in pieces: nothing of it lost, every mark on the characters it is of, and bounds that hold."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.model import Place, Zone
from itudocs.web.marking import BREAKS, DEEPEST, LONGEST, MOST, Mark, Marked, cut, lettered

TEXT = "Geneva, 14 February 2014\nRef: TSB Circular 71\n"


def words(marked: Marked, name: str) -> str:
    """The characters of a mark."""
    return "".join(piece.text for piece in marked.pieces if name in piece.marks)


def mark(name: str, quote: str, text: str = TEXT) -> Mark:
    start = text.index(quote)
    return Mark(name=name, start=start, end=start + len(quote))


class Reader(HTMLParser):
    """What a browser makes of the markup: the text, and of every id the text within."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.within: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.seen.append(self.tags[-1])

    def handle_endtag(self, tag: str) -> None:
        assert self.tags.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for _, attributes in self.tags:
            if name := attributes.get("id"):
                self.within[name] = self.within.get(name, "") + data


def read(marked: Marked) -> Reader:
    reader = Reader()
    reader.feed(str(lettered(marked)))
    reader.close()
    assert reader.tags == []
    return reader


@given(st.data())
def test_pieces_are_the_text_and_marks_their_characters(data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet="ab<&\n\u202e\u0634 ", max_size=40))
    places = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(places, places), max_size=DEEPEST))
    marks = [Mark(name=str(n), start=min(span), end=max(span)) for n, span in enumerate(spans)]
    found = cut(text, marks)
    assert "".join(piece.text for piece in found.pieces) == text
    for one in marks:
        assert words(found, one.name) == text[one.start : one.end]
    assert found.unmarked == sum(one.start == one.end for one in marks)
    shown = read(found).text
    assert shown == re.sub("\u202e", "", text)


def test_marks_within_one_another_are_elements_within_one_another() -> None:
    reader = read(cut(TEXT, [mark("2", "14 February 2014"), mark("1", "February"), mark("3", "TSB Circular 71")]))
    assert reader.within == {"e2": "14 February 2014", "e1": "February", "e3": "TSB Circular 71"}


def test_marks_that_cross_are_cut_and_keep_their_names() -> None:
    found = cut("one two three", [Mark(name="1", start=0, end=7), Mark(name="2", start=4, end=13)])
    assert [(piece.text, piece.marks) for piece in found.pieces] == [
        ("one ", ("1",)), ("two", ("1", "2")), (" three", ("2",)),
    ]  # fmt: skip
    assert read(found).within == {"e1": "one two", "e2": "two"}


def test_a_value_in_several_stretches_is_one_target() -> None:
    found = cut("one two three", [Mark(name="1", start=0, end=3), Mark(name="1", start=8, end=13)])
    assert words(found, "1") == "onethree"
    assert [tag["id"] for _, tag in read(found).seen if "id" in tag] == ["e1"]


def test_zones_and_pages_begin_where_they_begin() -> None:
    zones = (Zone(kind="letterhead", start=0, end=25), Zone(kind="reference", start=25, end=len(TEXT)))
    places = (Place(start=0, end=25, page=1), Place(start=25, end=40, page=2), Place(start=40, end=45, page=2))
    found = cut(TEXT, [mark("1", "2014\nRef")], zones=zones, places=places)
    assert [(p.text, p.zone, p.page) for p in found.pieces] == [
        ("Geneva, 14 February ", "letterhead", None), ("2014\n", None, None), ("Ref", "reference", 2),
        (": TSB Circular 71\n", None, None),
    ]  # fmt: skip
    assert [tag["data-zone"] for _, tag in read(found).seen if "data-zone" in tag] == ["letterhead", "reference"]


def test_lines_of_a_table_are_set_in_letters_of_one_width() -> None:
    text = "Dear Sir,\n|Tel:    |+41 22 730 5235 |\n\nFax:    +41 22 730 5853    x@b.int\n|Words |in |cells |\nThe rest is words.\n"
    found = cut(text, [])
    assert [piece.text for piece in found.pieces if piece.fixed] == [text[10 : text.index("\n|Words")]]


def test_what_turns_the_direction_of_text_is_named_and_not_obeyed() -> None:
    found = cut("a\u202e\u202dtxt.exe", [])
    html = str(lettered(found))
    assert 'data-sign="RLO LRO"' in html
    assert not re.search("[\u202d\u202e]", html)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "</span></a><img src=x onerror=alert(1)>", "\"'&lt;"])
def test_markup_in_a_letter_is_text(hostile: str) -> None:
    reader = read(cut(hostile, [Mark(name="1", start=1, end=9)]))
    assert reader.text == hostile
    assert {tag for tag, _ in reader.seen} <= {"a", "span"}


def test_what_is_shown_is_bounded() -> None:
    long = "word " * LONGEST
    found = cut(long, [Mark(name="1", start=n, end=len(long)) for n in range(10_000)])
    assert found.cut
    assert 0.9 * LONGEST < found.shown <= LONGEST
    assert found.length == len(long)
    assert max(len(piece.marks) for piece in found.pieces) == DEEPEST
    assert found.unmarked == 10_000 - DEEPEST
    apart = cut(long, [Mark(name=str(n), start=5 * n, end=5 * n + 4) for n in range(2 * MOST)])
    assert len(apart.marked) == MOST
    assert apart.unmarked == MOST


def test_a_text_without_lines_and_words_is_cut_as_well() -> None:
    assert cut("x" * (LONGEST + 1), []).shown == LONGEST


def test_turned_characters_without_number_cut_the_text() -> None:
    found = cut("a\u202e" * (BREAKS + 10), [])
    assert found.shown == 2 * BREAKS + 1
    assert len(found.pieces) == 2 * BREAKS + 1
