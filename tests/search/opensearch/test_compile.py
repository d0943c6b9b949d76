"""Queries as OpenSearch is asked them: goldens, and what must hold of all."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.errors import QueryError
from itudocs.search.embedded import plan as p
from itudocs.search.embedded import schema
from itudocs.search.opensearch.compile import Dsl, Known, lookups, matching, rarity, scoring, visible
from itudocs.search.query import Term, parse_query

GOLDENS = Path(__file__).with_name("compiled.json")
QUERIES = (
    "numbering",
    "subject:第63号",
    'subject:"informal consultation"',
    'subject:"a b a"~5',
    "subject:ITU-T",
    "subject:telecom*",
    "series:ts*",
    "subject:tariff~1 OR place:Gen?va",
    "subject:report -bureau:TSB has:deadline",
    "-subject:draft",
    "date:2003..2004 OR lang:fr",
    "event:2004-07-13 year:2001..2005",
    "ref:CR/387",
    "subject:(amber OR birch) -(subject:cedar lang:fr)",
    "subject:a/l'union",
)
TERMS = ("alpha", "beta")
MEANS = dict.fromkeys(schema.POSITIONED, 10.0)


def known(step: p.Step, *, having: int = 7) -> Known:
    """As of an index of a hundred letters, of which each part finds a few."""
    parts = [part for part, _ in lookups(step)]
    terms = {part: TERMS for part in parts if isinstance(part, p.Expansion)}
    return Known(letters=100, means=MEANS, having=dict.fromkeys(parts, having), terms=terms)


def compiled(text: str) -> dict[str, Dsl | None]:
    planned = p.plan(parse_query(text), languages=("en", "fr", "zh"))
    told = known(planned.step)
    return {"filter": matching(planned.step, told.terms), "scores": scoring(planned, told)}


@pytest.mark.parametrize("text", QUERIES)
def test_queries_are_compiled_as_they_were_reviewed(text: str) -> None:
    goldens: dict[str, Any] = json.loads(GOLDENS.read_text(encoding="utf-8")) if GOLDENS.exists() else {}
    found = json.loads(json.dumps(compiled(text)))
    if text not in goldens:
        goldens[text] = found
        GOLDENS.write_text(json.dumps(goldens, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        pytest.fail(f"{text}: written to {GOLDENS.name}; review it")
    assert found == goldens[text]


def test_no_golden_is_left_over() -> None:
    assert set(json.loads(GOLDENS.read_text(encoding="utf-8"))) == set(QUERIES)


@given(st.text(alphabet='abé:"()-*?~. ORNT0129/第subjectdaeri', max_size=40))
@settings(max_examples=400, deadline=None)
def test_whatever_is_a_query_is_compiled_to_json(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError:
        return
    planned = p.plan(query, languages=("en", "ru"))
    told = known(planned.step)
    assert json.loads(json.dumps([matching(planned.step, told.terms), scoring(planned, told)]))


def test_what_nothing_has_finds_nothing_and_what_is_excluded_has_no_score() -> None:
    planned = p.plan(parse_query("absent"), languages=("en",))
    assert json.dumps(scoring(planned, known(planned.step, having=0))).count("match_none") == 1
    planned = p.plan(parse_query("-absent"), languages=("en",))
    assert scoring(planned, known(planned.step)) is None
    planned = p.plan(None, languages=())
    assert (scoring(planned, known(planned.step)), matching(planned.step, {})) == (None, {"match_all": {}})


def test_words_of_which_nothing_is_left_find_nothing() -> None:
    step = p.Nothing(leaf=Term(text="..."))
    assert matching(step, {}) == {"match_none": {}}
    assert scoring(p.Plan(step=step), known(step)) is None


def test_a_letter_that_bears_the_reference_asked_for_scores_above_all_others() -> None:
    planned = p.plan(parse_query("TSB Circular 221"), languages=("en",))
    told = known(planned.step, having=1)
    found = scoring(planned, told)
    assert found is not None
    (bearing,) = found["bool"]["should"]
    highest = sum(rarity(told, part) * 2.2 for part, _ in lookups(planned.step))
    assert bearing["constant_score"]["boost"] > highest > 0


def test_days_are_compared_as_numbers_and_years_as_they_are_written() -> None:
    first = dt.date(2004, 7, 13).toordinal()
    step = p.plan(parse_query("event:2004-07-13"), languages=()).step
    assert matching(step, {}) == {"range": {"d_event": {"gte": first, "lte": first}}}
    step = p.plan(parse_query("year:..2004"), languages=()).step
    assert matching(step, {}) == {"range": {"k_year": {"gte": "0000", "lte": "2004"}}}


def test_a_version_sees_what_was_born_by_then_and_had_not_died() -> None:
    assert visible(5) == [
        {"range": {"born": {"lte": 5}}},
        {"bool": {"must_not": [{"range": {"died": {"lte": 5}}}]}},
    ]
