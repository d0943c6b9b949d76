"""Sorting and paging: every letter once, ties stable, the last page as quick as the first."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.search.embedded import WhooshEngine
from itudocs.search.embedded.paging import window
from itudocs.search.engine import Request, Searcher, Sort
from itudocs.search.query import parse_query
from tests.search.search_letters import entry, many

LETTERS = many(700, seed=4)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder = tmp_path_factory.mktemp("paging")
    for at in range(0, 700, 100):
        WhooshEngine().update(folder, add=[*LETTERS[at : at + 100], *LETTERS[:3]], remove=())
    opened = WhooshEngine().open(folder)
    yield opened
    opened.close()


def page(searcher: Searcher, query: str | None, sort: Sort, offset: int, limit: int) -> list[str]:
    parsed = parse_query(query) if query else None
    found = searcher.search(Request(query=parsed, sort=sort, offset=offset, limit=limit, snippets=0))
    return [hit.key for hit in found.hits]


@pytest.mark.parametrize("sort", ["relevance", "date", "-date", "ref"])
@pytest.mark.parametrize("query", [None, "amber", "birch OR cedar", "bureau:TSB"])
def test_pages_put_together_are_the_whole(searcher: Searcher, query: str | None, sort: Sort) -> None:
    whole = page(searcher, query, sort, 0, 1000)
    assert len(set(whole)) == len(whole) > 50
    for limit in (1, 7, 64):
        pages = [page(searcher, query, sort, offset, limit) for offset in range(0, len(whole) + limit, limit)]
        assert [key for keys in pages for key in keys] == whole
        assert pages[-1] == []


@pytest.mark.parametrize(("sort", "sign"), [("date", 1), ("-date", -1)])
def test_dates_sort_by_day_then_key_and_letters_without_one_come_last(
    searcher: Searcher, sort: Sort, sign: int
) -> None:
    def place(number: int) -> tuple[bool, int, str]:
        record = LETTERS[number].record
        return record.date is None, sign * (record.date or dt.date.min).toordinal(), record.key

    assert page(searcher, None, sort, 0, 1000) == [LETTERS[n].record.key for n in sorted(range(700), key=place)]


def test_references_sort_as_people_number_them_and_letters_without_one_come_last(tmp_path: Path) -> None:
    refs = [
        "CR/2", "CR/9", "CR/10", "CR/100", "DM-04/1002", "DM-05/9", "DM-05/10", "TSB Circular 9", "TSB Circular 9 Add.1",
        "TSB Circular 10", "TSB Circular 123456789012", "TSB Circular 1234567890123", "Циркуляр 9", "Циркуляр 10", None, None,
    ]  # fmt: skip
    letters = [entry(f"{n:02}", "x", ref=ref, refs=(ref,) if ref else ()) for n, ref in enumerate(refs)]
    WhooshEngine().update(tmp_path, add=random.Random(2).sample(letters, len(letters)), remove=())
    searcher = WhooshEngine().open(tmp_path)
    assert page(searcher, None, "ref", 0, 100) == [f"{n:02}" for n in range(len(refs))]
    searcher.close()


@given(
    first=st.lists(st.integers(0, 4), min_size=1, max_size=60), second=st.randoms(use_true_random=False),
    start=st.integers(0, 60), size=st.integers(1, 20),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_a_window_holds_what_a_full_sort_puts_there(
    first: list[int], second: random.Random, start: int, size: int
) -> None:
    ranks, keys = np.asarray(first), np.asarray([second.randrange(5) for _ in first], np.uint64)
    order = np.lexsort((keys, ranks))
    found = window(ranks, keys, start, start + size)
    rows = sorted(found.rows.tolist(), key=lambda i: (ranks[i], keys[i]))
    cut = rows[start - found.start : start + size - found.start]
    expected = order[start : start + size].tolist()
    assert [(ranks[i], keys[i]) for i in cut] == [(ranks[i], keys[i]) for i in expected]
    assert len(set(found.rows.tolist())) == len(found.rows)


@pytest.mark.parametrize("spread", [1, 20, 10**9])
def test_a_deep_page_looks_at_few_letters_and_takes_no_longer_than_the_first(spread: int) -> None:
    chance = np.random.default_rng(1)
    ranks, keys = chance.integers(0, spread, 100_000), chance.permutation(100_000).astype(np.uint64)

    def least(start: int) -> float:
        def once() -> float:
            began = time.perf_counter()
            assert len(window(ranks, keys, start, start + 20).rows) <= 90
            return time.perf_counter() - began

        return min(once() for _ in range(7))

    assert least(99_960) < 5 * least(0) + 0.005
