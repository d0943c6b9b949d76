"""What a query is compiled to."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from itudocs.search.embedded.plan import plan
from itudocs.search.embedded.schema import WEIGHTS
from itudocs.search.query import parse_query


def steps(query: str | None, *, languages: tuple[str, ...] = ("en", "zh")) -> Any:
    """The plan as plain values, without leaves; the fields of a word without a field are `ALL`."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            shown = {k: plain(v) for k, v in value.items() if k != "leaf" and v not in (None, (), [], 0, "")}
            if tuple(value.get("fields", ())) == tuple(WEIGHTS):
                shown["fields"] = "ALL"
            return shown
        return [plain(v) for v in value] if isinstance(value, list | tuple) else value

    compiled = plan(parse_query(query) if query else None, languages=languages)
    return plain(msgspec.to_builtins(compiled.step))


def day(text: str) -> int:
    return dt.date.fromisoformat(text).toordinal()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (None, {"type": "Everything"}),
        ("numbers", {"type": "Words", "fields": "ALL", "term": "numbers", "stems": [["en", "number", True]]}),
        ("221", {"type": "Words", "fields": "ALL", "term": "221"}),
        ("会议", {"type": "Words", "fields": "ALL", "term": "会议"}),
        ('"numbers"', {"type": "Words", "fields": "ALL", "term": "numbers"}),
        ("subject:numbers", {"type": "Words", "fields": ["subject"], "term": "numbers", "stems": [["en", "number", True]]}),
        ("ref:numbers", {"type": "Words", "fields": ["ref"], "term": "numbers"}),
        ("CR/387", {"type": "Sequence", "fields": "ALL", "terms": [[0, "cr"], [1, "387"]]}),
        ("ITU-T", {
            "type": "Sequence", "fields": "ALL", "terms": [[0, "itu"], [1, "t"]],
            "glued": {"type": "Words", "fields": "ALL", "term": "itut", "stems": [["en", "itut", True]]},
        }),
        ('"a b"~3', {"type": "Sequence", "fields": "ALL", "terms": [[0, "a"], [1, "b"]], "slop": 3}),
        ("Télécom*", {"type": "Expansion", "fields": "ALL", "how": "prefix", "text": "telecom"}),
        ("CR/38?", {"type": "Sequence", "fields": "ALL", "terms": [[0, "cr"], [1, "38"]]}),
        ("C?/387", {"type": "Expansion", "fields": "ALL", "how": "wildcard", "text": "c?/387"}),
        ("Tariff~2", {"type": "Expansion", "fields": "ALL", "how": "fuzzy", "text": "tariff", "distance": 2}),
        ("bureau:TSB", {"type": "Whole", "field": "bureau", "value": "tsb"}),
        ("date:2003-07", {"type": "Days", "field": "date", "first": day("2003-07-01"), "last": day("2003-07-31")}),
        ("year:2003..2004", {"type": "Years", "field": "year", "first": 2003, "last": 2004}),
        ("-221", {"type": "Except", "step": {"type": "Words", "fields": "ALL", "term": "221"}}),
        ("1 OR 2 3", {"type": "Either", "steps": [
            {"type": "Words", "fields": "ALL", "term": "1"},
            {"type": "Both", "steps": [
                {"type": "Words", "fields": "ALL", "term": "2"}, {"type": "Words", "fields": "ALL", "term": "3"},
            ]},
        ]}),
    ],
)  # fmt: skip
def test_a_query_is_compiled_to_these_steps(query: str | None, expected: Any) -> None:
    assert steps(query) == expected


def test_a_word_is_stemmed_in_every_language_of_the_index_that_writes_so() -> None:
    stems = steps("nationales", languages=("ar", "en", "es", "fr", "ru", "zh"))["stems"]
    assert [s[0] for s in stems] == ["en", "es", "fr"]
    assert [s[0] for s in steps("комиссии", languages=("ar", "en", "ru"))["stems"]] == ["ru"]


@pytest.mark.parametrize(
    ("query", "reference"),
    [
        ("TSB Circular 221", "tsb circular 221"),
        ("CR/387", "cr 387"),
        ('"DM-05/1171"', "dm 05 1171"),
        ("ref:CR/387", "cr 387"),
        ("subject:CR/387", ""),
        ("CR/387 OR x", ""),
        ("CR/387 -x", "cr 387"),
    ],
)
def test_a_query_that_may_be_a_reference_is_taken_for_one(query: str, reference: str) -> None:
    assert plan(parse_query(query), languages=("en",)).reference == reference
