"""One hit a work: held against the same search without it, letter by letter."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.fields import FACETS
from itudocs.search.embedded import WhooshEngine, collapse
from itudocs.search.engine import Entry, Request, Searcher, Sort
from itudocs.search.query import parse_query
from tests.search.engine_contract import values
from tests.search.search_letters import WORDS, entry, many

NAMES = tuple(f.name for f in FACETS)


def letters() -> list[Entry]:
    """Letters of which some share an id, as versions in other languages or as printings in one; some have none."""
    chance = random.Random(3)
    found = []
    for letter in many(200, seed=9):
        ident = chance.choice([None, *(f"cr/{n}" for n in range(70))])
        language = chance.choice(["en", "en", "fr", "zh", None])
        found.append(
            msgspec.structs.replace(
                letter,
                record=msgspec.structs.replace(
                    letter.record, id=ident, ids=(ident,) if ident else (), language=language
                ),
            )
        )
    return found


LETTERS = letters()
BY_KEY = {e.record.key: e for e in LETTERS}


def work(key: str) -> str:
    return BY_KEY[key].record.id or key


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """An index of several segments, with letters deleted."""
    folder = tmp_path_factory.mktemp("collapse")
    engine = WhooshEngine()
    stale = many(30, seed=77)
    engine.update(folder, add=[*stale, *LETTERS[:120]], remove=())
    engine.update(folder, add=LETTERS[120:], remove=[e.record.key for e in stale])
    opened = engine.open(folder)
    yield opened
    opened.close()


QUERIES = st.none() | st.sampled_from([*WORDS, "amber OR kelp", "-birch", "bureau:TSB cedar"])
FILTERS = st.dictionaries(
    st.sampled_from(["bureau", "language", "group", "year"]),
    st.sampled_from([("TSB",), ("en", "fr"), ("academia",), ("2003",)]),
    max_size=2,
)


@settings(max_examples=150, deadline=None)
@given(
    text=QUERIES, filters=FILTERS, sort=st.sampled_from(["relevance", "date", "-date", "ref"]), offset=st.integers(0, 30),
    limit=st.integers(0, 40),
)  # fmt: skip
def test_collapsed_results_are_the_first_hits_of_each_work(
    searcher: Searcher, text: str | None, filters: dict[str, tuple[str, ...]], sort: Sort, offset: int, limit: int
) -> None:
    request = Request(
        query=parse_query(text) if text else None,
        filters=filters,
        facets=NAMES,
        facet_size=1000,
        sort=sort,
        limit=1000,
        snippets=0,
    )
    plain = searcher.search(request)
    folded = searcher.search(msgspec.structs.replace(request, collapse=True, offset=offset, limit=limit))
    first = list({work(h.key): h.key for h in reversed(plain.hits)}.values())
    order = [h.key for h in plain.hits]
    expected = sorted(first, key=order.index)
    assert (folded.total, folded.letters) == (len(expected), plain.total)
    assert [h.key for h in folded.hits] == expected[offset : offset + limit]
    scores = {h.key: h.score for h in plain.hits}
    assert [h.score for h in folded.hits] == [scores[h.key] for h in folded.hits]
    for facet in folded.facets:
        matching = searcher.search(
            msgspec.structs.replace(request, filters={f: v for f, v in filters.items() if f != facet.field}, facets=())
        )
        pairs = {(work(h.key), v) for h in matching.hits for v in values(BY_KEY[h.key], facet.field)}
        assert {v.value: v.count for v in facet.values if v.count} == dict(Counter(v for _, v in pairs))


def test_a_hit_lists_all_languages_of_its_work_whether_they_match_or_not(searcher: Searcher) -> None:
    found = searcher.search(Request(query=parse_query("amber"), limit=1000, snippets=0, collapse=True))
    for hit in found.hits:
        same = [e.record.language for e in LETTERS if work(e.record.key) == work(hit.key)]
        assert hit.versions == len(same)
        assert hit.languages == tuple(sorted({s for s in same if s}, key=["en", "fr", "zh"].index))
    assert max(h.versions for h in found.hits) > 2


def test_without_collapsing_nothing_is_said_of_versions(searcher: Searcher) -> None:
    found = searcher.search(Request(limit=5))
    assert found.letters is None
    assert {(h.versions, h.languages) for h in found.hits} == {(1, ())}


def test_of_versions_that_sort_alike_the_least_key_stands_for_the_work_however_alike_keys_begin(tmp_path: Path) -> None:
    engine = WhooshEngine()
    alike = [entry("0" * 40 + f"{n:024x}", "amber", id="cr/1", ids=("cr/1",), language="en") for n in (5, 3, 4)]
    engine.update(tmp_path, add=alike, remove=())
    opened = engine.open(tmp_path)
    found = opened.search(Request(sort="date", collapse=True))
    opened.close()
    assert (found.total, found.letters, [h.key[-1] for h in found.hits]) == (1, 3, ["3"])


def test_facets_with_very_many_values_are_counted_the_other_way(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(facets=NAMES, facet_size=1000, collapse=True, snippets=0)
    marked = searcher.search(request)
    monkeypatch.setattr(collapse, "_ROOM", 0)
    assert searcher.search(request).facets == marked.facets
