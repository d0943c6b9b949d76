"""Pieces become one clean text, and every place holds the piece that was written there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.errors import ReadError
from itudocs.model import Place
from itudocs.reading import Limits
from itudocs.reading.building import TextBuilder
from itudocs.reading.cleaning import clean

CELL = st.none() | st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
Piece = tuple[str, int | None, tuple[int, int, int] | None]
PIECES: st.SearchStrategy[list[Piece]] = st.lists(
    st.tuples(st.text(max_size=12), st.none() | st.integers(1, 4), CELL), max_size=12
)


@given(PIECES)
def test_each_character_has_the_place_it_was_written_with(pieces: list[Piece]) -> None:
    builder = TextBuilder(name="a", limits=Limits())
    wanted: list[Piece] = []
    for text, page, cell in pieces:
        builder.write(text, page=page, cell=cell)
        wanted += [(c, page, cell) for c in clean(text)[0]]
    made = builder.decoded()
    assert made.text == "".join(c for c, *_ in wanted)
    assert len(builder) == len(made.text)
    told: list[Place | None] = [None] * len(made.text)
    for place in made.places:
        told[place.start : place.end] = [place] * (place.end - place.start)
    assert [(p.page, p.cell) if p else (None, None) for p in told] == [(page, cell) for _, page, cell in wanted]


def test_a_text_beyond_the_limit_is_refused_by_name() -> None:
    builder = TextBuilder(name="big.docx", limits=Limits(max_text=10))
    builder.write("0123456789")
    with pytest.raises(ReadError, match=r"big\.docx holds more than 10 characters") as caught:
        builder.write("x")
    assert caught.value.reason == "too-large"


def test_a_place_says_for_people_where_it_is() -> None:
    assert str(Place(start=0, end=1, page=2, cell=(1, 3, 2))) == "page 2, table 1, row 3, column 2"
    assert str(Place(start=0, end=1, page=1, part="header")) == "page 1, header"
