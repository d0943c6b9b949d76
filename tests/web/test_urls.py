"""One search has one address, and every address of it is read as that search."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.errors import QueryError
from itudocs.web.urls import (
    FIELDS,
    SORTS,
    SearchState,
    day_text,
    letter_url,
    parse_state,
    query_url,
    search_url,
    state_items,
    work_url,
)

TEXTS = st.text(max_size=12)
PAIRS = st.one_of(
    st.tuples(st.sampled_from(FIELDS), TEXTS),
    st.tuples(st.sampled_from([f"not.{f}" for f in FIELDS]), TEXTS),
    st.tuples(st.sampled_from([f"find.{f}" for f in FIELDS]), TEXTS),
    st.tuples(st.just("more"), st.sampled_from([*FIELDS, "none"])),
    st.tuples(st.just("q"), TEXTS),
    st.tuples(st.just("sort"), st.sampled_from(SORTS)),
    st.tuples(st.just("page"), st.integers(1, 100_000).map(str)),
    st.tuples(st.just("collapse"), st.sampled_from(["", "0", "1", "yes"])),
    st.tuples(st.just("from"), st.dates(max_value=dt.date(2000, 1, 1)).map(str)),
    st.tuples(st.just("to"), st.dates(min_value=dt.date(2000, 1, 2)).map(str)),
    st.tuples(st.text("abc", max_size=2), TEXTS),
)
STATES = st.lists(PAIRS, max_size=12).map(parse_state)


def read(address: str) -> SearchState:
    return parse_state(parse_qsl(urlsplit(address).query, keep_blank_values=True))


@given(STATES)
def test_a_search_is_read_back_from_its_address(state: SearchState) -> None:
    assert read(search_url(state)) == state
    assert search_url(read(search_url(state))) == search_url(state)


@given(STATES, st.data())
def test_the_order_of_parameters_does_not_matter(state: SearchState, data: st.DataObject) -> None:
    items = state_items(state)
    shuffled = data.draw(st.permutations(items))
    assert search_url(parse_state(shuffled)) == search_url(state)


@given(STATES, st.sampled_from(FIELDS), TEXTS.filter(lambda t: " ".join(t.split()) == t != ""))
def test_a_link_that_toggles_is_undone_by_the_link_behind_it(state: SearchState, field: str, value: str) -> None:
    first = state.at(1)
    if value not in state.excluded.get(field, ()):
        assert first.toggle(field, value).toggle(field, value) == first
    if value not in state.chosen.get(field, ()):
        assert first.exclude(field, value).exclude(field, value) == first
    chosen = first.exclude(field, value) if value not in first.excluded.get(field, ()) else first
    assert value not in chosen.chosen.get(field, ())
    for changed in (first.toggle(field, value), first.exclude(field, value), first.showing(field)):
        assert read(search_url(changed)) == changed


@given(STATES)
def test_whatever_narrows_or_widens_a_search_begins_at_its_first_page(state: SearchState) -> None:
    for changed in (state.toggle("bureau", "BR"), state.sorted_by("ref"), state.asking("x"), state.between(None, None)):
        assert changed.page == 1
    assert state.showing("bureau").page == state.page
    assert state.at(7).page == 7


@given(st.lists(st.tuples(st.sampled_from(["q", "sort", "page", "from", "to", "more", "bureau"]), TEXTS), max_size=6))
def test_any_query_string_is_read_or_refused_with_a_hint(items: list[tuple[str, str]]) -> None:
    try:
        state = parse_state(items)
    except QueryError as error:
        answer = error.hint
    else:
        answer = "read" if read(search_url(state)) == state else ""
    assert answer


@given(st.dates(), st.booleans())
def test_a_day_is_written_as_the_shortest_text_that_stands_for_it(day: dt.date, last: bool) -> None:
    text = day_text(day, last=last)
    state = parse_state([("to" if last else "from", text)])
    assert (state.until if last else state.since) == day


@pytest.mark.parametrize(
    ("items", "address"),
    [
        ([], "/"),
        ([("q", "")], "/"),
        ([("q", "  wsis   summit ")], "/?q=wsis+summit"),
        ([("sort", "relevance"), ("q", "a"), ("page", "1"), ("collapse", "1"), ("utm", "x")], "/?q=a"),
        ([("sort", "-date")], "/"),
        ([("sort", "-date"), ("q", "a")], "/?q=a&sort=-date"),
        ([("bureau", "TSB"), ("bureau", "BR"), ("bureau", "BR")], "/?bureau=BR&bureau=TSB"),
        ([("not.bureau", "TSB"), ("series", "cr"), ("bureau", "TSB")], "/?series=cr&not.bureau=TSB"),
        ([("from", "2003-01-01"), ("to", "2003-12-31")], "/?from=2003&to=2003"),
        ([("from", "2003-7"), ("to", "2004-2-29")], "/?from=2003-07&to=2004-02"),
        ([("collapse", "0")], "/?collapse=0"),
        ([("q", "id:cr/387"), ("page", "3")], "/?q=id:cr/387&page=3"),
        ([("find.place", "gen"), ("more", "body"), ("more", "x")], "/?find.place=gen&more=body"),
    ],
)
def test_spellings_of_a_search_come_to_one_address(items: list[tuple[str, str]], address: str) -> None:
    assert search_url(parse_state(items)) == address


@pytest.mark.parametrize(
    "item", [("sort", "up"), ("page", "0"), ("page", "-1"), ("page", "x"), ("page", "9999999"), ("from", "2003-02-30"),
             ("to", "next year"), ("from", "0000")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(item: tuple[str, str]) -> None:
    with pytest.raises(QueryError) as refused:
        parse_state([item])
    assert refused.value.hint


def test_a_span_that_ends_before_it_begins_and_too_many_values_are_refused() -> None:
    with pytest.raises(QueryError, match="ends before"):
        parse_state([("from", "2004"), ("to", "2003")])
    with pytest.raises(QueryError, match="200 values"):
        parse_state([("place", str(n)) for n in range(201)])


def test_without_a_query_the_newest_letters_come_first() -> None:
    assert SearchState().order == "-date"
    assert SearchState(q="wsis").order == "relevance"
    assert SearchState(q="wsis").sorted_by("-date").asking("").sort is None


def test_keys_and_identities_cannot_leave_their_place_in_an_address() -> None:
    assert letter_url("0a1b", "json") == "/letters/0a1b.json"
    assert letter_url("../x?y") == "/letters/..%2Fx%3Fy"
    assert work_url("tsb-circular/2001-2004/221") == "/works/tsb-circular/2001-2004/221"
    assert work_url('cr/"><b>', "fr") == "/works/cr/%22%3E%3Cb%3E?lang=fr"
    assert query_url('subject:"a & b"') == "/?q=subject:%22a+%26+b%22"
