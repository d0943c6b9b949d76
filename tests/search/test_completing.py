"""A query that is being typed: what can follow, with exact counts, and what finds nothing is not offered."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.fields import BY_NAME, FIELDS
from itudocs.model import Event
from itudocs.search.embedded import WhooshEngine
from itudocs.search.engine import Request, Searcher
from itudocs.search.query import parse_query
from itudocs.search.typed import typed
from tests.search.search_letters import entry, many


@pytest.mark.parametrize(
    ("text", "word", "field", "quoted", "rest"),
    [
        ("", "", None, False, None),
        ("wsi", "wsi", None, False, None),
        ("wsis su", "su", None, False, "wsis"),
        ("wsis ", "", None, False, "wsis"),
        ("bureau:", "", "bureau", False, None),
        ("wsis lang:f", "f", "language", False, "wsis"),
        ("wsis -BUREAU:T", "T", "bureau", False, "wsis"),
        ("subject:(tariff num", "num", "subject", False, None),
        ("subject:(tariff) num", "num", None, False, "subject:(tariff)"),
        ('wsis "informal cons', "informal cons", None, True, "wsis"),
        ('place:"New Y', "New Y", "place", True, None),
        ('"informal consultation" su', "su", None, False, '"informal consultation"'),
        ("http://www", "http://www", None, False, None),
        ("url:http://www", "http://www", "url", False, None),
        ("nofield:x", "nofield:x", None, False, None),
        ("a OR b", "b", None, False, None),
        ("(a) b", "b", None, False, "(a)"),
        ("“informal cons", "informal cons", None, True, None),
        ("wsis（su", "su", None, False, None),
    ],
)
def test_what_is_being_typed_is_told_from_what_stands_before_it(
    text: str, word: str, field: str | None, quoted: bool, rest: str | None
) -> None:
    end = typed(text)
    assert (end.word, end.field.name if end.field else None, end.quoted) == (word, field, quoted)
    assert (end.rest.text.strip() if end.rest else None) == rest
    assert text[end.start :].strip('"“') == word


@given(st.text(alphabet='ab:"()- ~*.“OR\u3000bureau', max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_string_can_be_completed(sample: Searcher, text: str) -> None:
    for found in sample.complete(text, limit=5):
        end = typed(text)
        assert found.query.startswith(text[: end.start])
        assert found.letters is None or found.letters > 0


def shown(searcher: Searcher, text: str, limit: int = 20) -> list[tuple[str, int | None]]:
    return [(found.query, found.letters) for found in searcher.complete(text, limit=limit)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bur", [("bureau:", None)]),
        ("bureau:", [("bureau:TSB", 4), ("bureau:SG", 3), ("bureau:BR", 1)]),
        ("bureau:t", [("bureau:TSB", 4)]),
        ("-bureau:T", [("-bureau:TSB", 4)]),
        ("summit bureau:", [("summit bureau:SG", 1), ("summit bureau:TSB", 1)]),
        ("summit bureau:B", []),
        ("series:circ", [("series:tsb-circular", 3)]),
        ("place:g", [("place:Geneva", 2)]),
        ('place:"gen', [('place:"Geneva"', 2)]),
        ("id:ts", [("id:tsb-circular/2001-2004/221", 1)]),
        ("has:dea", [("has:deadline", 1)]),
        ("date:2003", [("date:2003", 1), ("date:2003-07", 1)]),
        ("event:", [("event:2005", 1), ("event:2004", 1), ("event:2003", 1)]),
        ("deadline:", []),
        ("subject:num", [("subject:numbering", 1)]),
        ("subject:(tariff OR numb", [("subject:(tariff OR numbering", 1)]),
        ('"informal cons', [('"informal consultation', 2)]),
        ("wsis su", [("wsis subject:", None), ("wsis summit", 1), ("wsis summits", 1)]),
        ("réun", [("reuniones", 1), ("réunions", 1)]),
        ("会", [("会", 1), ("会议", 1)]),
        ("اج", [("اجتماع", 1)]),
        ("m.10", [("M.1036‑5", 1)]),
        ("date:2003..", []),
        ("telec*", []),
        ("x", []),
    ],
)
def test_these_ways_to_go_on_are_offered(sample: Searcher, text: str, expected: list[tuple[str, int | None]]) -> None:
    assert shown(sample, text) == expected


def test_before_anything_is_typed_the_fields_are_listed(sample: Searcher) -> None:
    assert [f.value for f in sample.complete("", limit=100)] == [f"{f.name}:" for f in FIELDS]
    assert len(sample.complete("", limit=3)) == 3
    assert sample.complete("wsis ", limit=100)[0].query == "wsis id:"


def test_a_value_of_several_words_is_put_in_quotes(tmp_path: Path) -> None:
    day = dt.date(2004, 1, 1)
    letter = entry("1", "x", events=(Event(place="New Delhi", start=day, end=day),))
    WhooshEngine().update(tmp_path, add=[letter], remove=())
    searcher = WhooshEngine().open(tmp_path)
    for text in ("place:n", 'place:"n', 'place:"new d', "place:del"):
        assert shown(searcher, text) == [('place:"New Delhi"', 1)]
    assert searcher.search(Request(query=parse_query('place:"New Delhi"'))).total == 1
    searcher.close()


# --- against brute force ---

MANY = many(200, seed=12)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder = tmp_path_factory.mktemp("completing")
    WhooshEngine().update(folder, add=MANY[:120], remove=())
    WhooshEngine().update(folder, add=[*MANY[120:], *MANY[:30]], remove=())
    opened = WhooshEngine().open(folder)
    yield opened
    opened.close()


@pytest.mark.parametrize("field", [f.name for f in FIELDS if f.facet])
@pytest.mark.parametrize("rest", ["", "amber ", "-birch date:2001..2003 "])
def test_values_are_counted_as_a_search_counts_them(searcher: Searcher, field: str, rest: str) -> None:
    offered = {c.value: c.letters for c in searcher.complete(f"{rest}{field}:", limit=1000)}
    query = parse_query(rest) if rest else None
    facet = searcher.search(Request(query=query, facets=(field,), facet_size=1000, limit=0)).facets[0]
    assert offered == {v.value: v.count for v in facet.values if v.count}
    assert set(offered) <= {str(v) for e in MANY for v in BY_NAME[field].of(e.record)}


@pytest.mark.parametrize("prefix", ["am", "bi", "ke", "j", "li", "inl", "zz"])
def test_words_are_counted_by_the_letters_that_have_them(searcher: Searcher, prefix: str) -> None:
    words = {w for e in MANY for w in e.text.split() if w.startswith(prefix) and len(prefix) > 1}
    expected = {w: sum(w in e.text.split() for e in MANY) for w in words}
    assert {c.value: c.letters for c in searcher.complete(prefix, limit=50) if c.kind == "word"} == expected
    cedar = [e for e in MANY if "cedar" in e.text.split() or "cedar" in (e.record.subject or "").split()]
    within = {w: n for w in words if (n := sum(w in e.text.split() for e in cedar))}
    assert {c.value: c.letters for c in searcher.complete(f"cedar {prefix}", limit=50) if c.kind == "word"} == within


def test_the_commonest_come_first(searcher: Searcher) -> None:
    chance = random.Random(1)
    for text in ("series:", "place:", "group:", f"{chance.choice('abc')}{chance.choice('aie')}"):
        counts = [c.letters or 0 for c in searcher.complete(text, limit=50) if c.kind != "field"]
        assert counts == sorted(counts, reverse=True)
