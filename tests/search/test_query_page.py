"""The page on the query language is run: every example parses, finds something, or is refused as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from itudocs.errors import QueryError
from itudocs.search.engine import Request, Searcher
from itudocs.search.query import parse_query, to_text, without_positions

PAGE = (Path(__file__).parents[2] / "docs" / "query-language.md").read_text(encoding="utf-8")
ACCEPTED, _, REST = PAGE.partition("## What is refused")
REFUSED, _, MISTYPED = REST.partition("## Did you mean")
ROW = re.compile(r"^\| `([^`]+)` \| (.*) \|$", re.MULTILINE)
EXAMPLES = [query for query, _ in ROW.findall(ACCEPTED)]
REFUSALS = ROW.findall(REFUSED)
SUGGESTIONS = ROW.findall(MISTYPED)


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) > 50
    assert len(REFUSALS) > 5
    assert len(SUGGESTIONS) > 5


@pytest.mark.parametrize("query", EXAMPLES)
def test_every_example_finds_a_letter(sample: Searcher, query: str) -> None:
    results = sample.search(Request(query=parse_query(query)))
    assert results.total, results.notices


@pytest.mark.parametrize("query", EXAMPLES)
def test_every_example_survives_its_canonical_form(query: str) -> None:
    parsed = parse_query(query)
    assert without_positions(parse_query(to_text(parsed)).root) == without_positions(parsed.root)


@pytest.mark.parametrize(("query", "message"), REFUSALS)
def test_every_refusal_says_what_the_page_says(query: str, message: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse_query(query)
    assert str(refused.value) == message
    assert refused.value.hint


@pytest.mark.parametrize(("query", "meant"), SUGGESTIONS)
def test_every_mistyped_query_is_answered_as_the_page_says(sample: Searcher, query: str, meant: str) -> None:
    results = sample.search(Request(query=parse_query(query), suggestions=1))
    assert results.total == 0
    assert [f"`{s.query}`" for s in results.suggestions] == [meant]


def test_queries_in_the_running_text_parse_too() -> None:
    for query in re.findall(r"`([^`\n]+)`", ACCEPTED):
        if query not in ("field:value", "?", "*", "~2", "-", "AND", "OR", "NOT", "event_year:"):
            parse_query(query)
