"""Record paths: what stands at one, what a copy with another value holds, which items of two lists are the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.paths import aligned, joined, kept, leaves, likeness, lookup, replaced, within

PLAIN = {"date": "2009-09-03", "events": [{"name": "a", "start": None}, {"name": "b", "start": "2010-01-01"}]}

values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.integers(0, 9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("date", "2009-09-03"), ("events/1/name", "b"), ("events/0/start", None), ("events/2", None), ("events/x", None),
        ("date/0", None), ("none/0/x", None), ("", PLAIN), ("events/-1", None),
    ],
)  # fmt: skip
def test_a_path_leads_to_a_value_or_to_nothing(path: str, value: Any) -> None:
    assert lookup(PLAIN, path) == value


@given(values)
def test_what_was_put_at_a_path_stands_there_and_all_else_as_before(plain: Any) -> None:
    for path, value in leaves(plain):
        changed = replaced(plain, path, "put")
        assert lookup(plain, path) == value
        assert dict(leaves(changed)) == {**dict(leaves(plain)), path: "put"}


def test_a_path_lies_within_itself_and_those_above_it() -> None:
    assert within("events/1/start", "events")
    assert within("events/1", "events/1")
    assert not within("events/11", "events/1")
    assert not within("events", "events/1")
    assert joined("events", 1, "", "start") == "events/1/start"


@given(values, values)
def test_likeness_is_the_same_both_ways_for_equal_things_and_never_beyond_its_bounds(a: Any, b: Any) -> None:
    assert 0 <= likeness(a, b) <= 1
    assert likeness(a, a) == 1


def test_days_are_the_same_or_not_however_alike_their_figures_are() -> None:
    assert likeness("2009-09-03", "2009-09-04") == 0
    assert likeness("Meeting of Study Group 2", "Meeting of Study Group 12") > 0.9
    assert likeness({"a": 1, "b": None, "c": "x"}, {"a": 1, "b": None, "c": None}) == 0.5


def test_items_that_moved_or_changed_a_little_are_told_from_those_that_came_and_went() -> None:
    old = ["first", "second item", "third", "gone"]
    new = ["third", "brand new!", "second items", "first"]
    assert aligned(old, new) == [(2, 0), (None, 1), (1, 2), (0, 3), (3, None)]
    assert aligned(["a", "a", "a"], ["a", "a"]) == [(0, 0), (1, 1), (2, None)]


@given(st.lists(st.text(max_size=3), max_size=8), st.lists(st.text(max_size=3), max_size=8))
def test_every_item_is_aligned_once(old: list[str], new: list[str]) -> None:
    pairs = aligned(old, new)
    assert [j for _, j in pairs if j is not None] == list(range(len(new)))
    assert sorted(i for i, _ in pairs if i is not None) == list(range(len(old)))


def test_aligning_long_lists_that_share_nothing_does_not_compare_all_with_all() -> None:
    old, new = [f"{k} old" * 40 for k in range(3000)], [f"{k} new" * 40 for k in range(3000)]
    began = dt.datetime.now()
    assert aligned(old, new)[7] == (7, 7)
    assert (dt.datetime.now() - began).total_seconds() < 5


def test_kept_values_are_found_where_they_moved_to() -> None:
    new = {"date": "2009-09-04", "events": [{"name": "b", "start": "2010-01-02"}]}
    assert list(kept(PLAIN, new)) == [("events/1/name", "events/0/name")]
    assert ("events/1/start", "events/0/start") in list(kept(PLAIN, {"events": PLAIN["events"][1:]}))
