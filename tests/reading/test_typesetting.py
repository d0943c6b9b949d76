"""Whatever is opened and closed, every word that was said is set once, in its part; and numbers are counted as printed."""

from __future__ import annotations

from typing import Literal, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from itudocs.errors import ReadError
from itudocs.reading import Limits
from itudocs.reading.links import address, beside, field_target
from itudocs.reading.markup import Attributes, walk
from itudocs.reading.numbering import Counter, Level, spelt
from itudocs.reading.symbols import symbol
from itudocs.reading.typesetting import DEEPEST, Typesetter

Act = Literal["say", "line", "table", "/table", "row", "/row", "cell", "/cell", "box", "/box"]
ACTS = st.lists(st.sampled_from(get_args(Act)), max_size=40)


@example(["table", "cell", "say", "/cell"])
@example(["box", "table", "row", "cell", "say", "/cell"])
@given(ACTS)
def test_every_word_is_set_once_however_badly_nested(acts: list[Act]) -> None:
    setter = Typesetter(name="a", limits=Limits())
    body = setter.story("body")
    told = []
    for number, act in enumerate(acts):
        match act:
            case "say":
                told.append(f"w{number}")
                setter.say(f"w{number} ")
            case "line":
                setter.line()
            case "table":
                setter.open_table()
            case "/table":
                setter.close_table()
            case "row":
                setter.open_row()
            case "/row":
                setter.close_row()
            case "cell":
                setter.open_cell()
            case "/cell":
                setter.close_cell()
            case "box":
                setter.open_box()
            case "/box":
                setter.close_box()
    setter.end()
    assert sorted(setter.decoded([body]).text.split()) == sorted(told)


def set_of(*cells: list[str]) -> str:
    setter = Typesetter(name="a", limits=Limits())
    body = setter.story("body")
    setter.open_table()
    setter.open_row()
    for lines in cells:
        setter.open_cell()
        for line in lines:
            setter.say(line)
            setter.line()
        setter.close_cell()
    setter.close_row()
    setter.close_table()
    return setter.decoded([body]).text


def test_a_row_is_a_line_where_its_cells_are() -> None:
    assert set_of(["Ref:"], ["CR/387"], []) == "Ref:\tCR/387\n"
    assert set_of(["Tel:", "Fax:"], ["1", "2", ""]) == "Tel:\t1\nFax:\t2\n"
    assert set_of(["Tel:", "", "E-mail:"], ["1", "", "a@b"]) == "Tel:\t1\n\nE-mail:\ta@b\n"
    assert set_of(["Tel:", "Fax:"], ["- To all"]) == "Tel:\nFax:\n- To all\n"


def test_tables_are_nested_so_deep_and_no_deeper() -> None:
    setter = Typesetter(name="a", limits=Limits())
    body = setter.story("body")
    for _ in range(DEEPEST + 5):
        setter.open_table()
        setter.open_row()
        setter.open_cell()
        setter.say("x")
    setter.end()
    made = setter.decoded([body])
    assert made.text.split() == ["x"] * (DEEPEST + 5)
    assert max(place.cell[0] for place in made.places if place.cell) == DEEPEST


def test_words_are_counted_while_they_are_said() -> None:
    setter = Typesetter(name="a.odt", limits=Limits(max_text=10))
    setter.say("0123456789")
    with pytest.raises(ReadError, match=r"a\.odt holds more than 10 characters"):
        setter.say("x")


# -- what it is used with ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visible", "target", "written"),
    [
        ("here", "https://www.itu.int/x", " <https://www.itu.int/x>"),
        ("www.itu.int/x", "http://www.itu.int/x/", ""),
        ("at http://www.itu.int/X.", "http://www.itu.int/x", ""),
        ("A. Keller", "mailto:a%40itu.int?subject=x", ""),
        ("A. Keller", "mailto:a@itu.int?subject=x", " <a@itu.int>"),
        ("x", "file:///etc/passwd", ""),
        ("x", "javascript:alert(1)", ""),
        ("x", "#annex", ""),
        ("x", "http://itu.int/<script>", ""),
        ("x", "http://" + "a" * 3000, ""),
        ("", "", ""),
    ],
)
def test_a_target_is_written_where_the_words_do_not_show_it(visible: str, target: str, written: str) -> None:
    assert beside(visible, target) == written


def test_a_fields_code_may_hold_a_target() -> None:
    assert field_target(' HYPERLINK \\l "http://itu.int/x" \\h ') == "http://itu.int/x"
    assert field_target("PAGE") == ""
    assert address("ftp://itu.int/x ") == "ftp://itu.int/x"


@pytest.mark.parametrize(
    ("number", "style", "printed"),
    [
        (3, "decimal", "3"), (3, "letter", "c"), (28, "LETTER", "BB"), (14, "roman", "xiv"), (1994, "ROMAN", "MCMXCIV"),
        (0, "letter", "0"), (6000, "roman", "6000"), (10**9, "letter", "1000000000"),
    ],
)  # fmt: skip
def test_numbers_are_spelt_as_lists_print_them(number: int, style: str, printed: str) -> None:
    assert spelt(number, style) == printed


def test_levels_count_by_themselves_and_anew_below_each_item() -> None:
    levels = {0: Level("decimal", "%1."), 1: Level("letter", "%1.%2"), 2: Level("none", "%3")}
    counter = Counter()
    told = [counter.label("a", levels, level) for level in (0, 1, 1, 2, 0, 1, 7, 1)]
    assert told == ["1.", "1.a", "1.b", "", "2.", "2.a", "", "2.b"]
    assert counter.label("b", levels, 1) == "1.a"  # the level above has not been counted yet


def test_symbols_that_letters_have_become_characters() -> None:
    assert (symbol(0xF0B7), symbol(0xB7), symbol(0xF061)) == ("•", "•", "\uf061")


class Heard:
    """Hears what a document consists of."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def start(self, tag: str, attributes: Attributes) -> bool | None:
        self.heard.append(f"<{tag} {attributes}>")
        return not tag.endswith("skip")

    def end(self, tag: str) -> None:
        self.heard.append(f"</{tag}>")

    def text(self, text: str) -> None:
        self.heard.append(text)


def hear(document: bytes) -> list[str]:
    handler = Heard()
    walk([document[:5], document[5:]], handler, prefixes={"urn:x": "x"}, what="a thing", name="a.x")
    return handler.heard


def test_names_bear_the_prefix_of_their_namespace_and_elements_may_be_left_out() -> None:
    document = b'<q:a xmlns:q="urn:x" xmlns:z="urn:z" q:b="1" c="2">t<q:skip><d/>u</q:skip><z:e/>&amp;</q:a>'
    assert hear(document) == [
        "<x:a {'x:b': '1', 'c': '2'}>", "t", "<x:skip {}>", "<:e {}>", "</:e>", "&", "</x:a>",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [b"<a><b></a>", b"", b"<a>&nbsp;</a>", b'<?xml version="1.0" encoding="x-none"?><a/>', b"\0\0", b"<a/><b/>"],
)
def test_what_is_not_well_formed_is_damaged(document: bytes) -> None:
    with pytest.raises(ReadError, match=r"a\.x is a thing that is damaged") as caught:
        hear(document)
    assert caught.value.reason == "damaged"


def test_a_fault_of_a_handler_is_not_taken_for_damage() -> None:
    class Faulty(Heard):
        def text(self, text: str) -> None:
            raise IndexError("a fault")

    with pytest.raises(IndexError):
        walk([b"<a>t</a>"], Faulty(), prefixes={}, what="a thing", name="a.x")
