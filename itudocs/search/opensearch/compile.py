"""From a plan to OpenSearch's query language; pure, so that what is asked can be read and tested.

`itudocs.search.embedded.plan` says what to look up, in words that no engine owns. `matching` says it as a filter, `scoring` as a
query whose scores are those of the embedded engine: BM25F, computed from counts (`mapping`) by scripts that are told how
rare each part of the query is and how long letters are on average. `vocabulary` finds out what is told here as `Known`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from itudocs.fields import BY_NAME
from itudocs.search.embedded import analysis, schema
from itudocs.search.embedded import plan as p
from itudocs.search.opensearch.mapping import HOLE, PIECE, POSITION

Dsl = dict[str, Any]
Terms = Mapping[p.Expansion, tuple[str, ...]]
"""The terms that each expansion stands for."""

K1, B = 1.2, 0.75
NOTHING: Dsl = {"match_none": {}}
ALL: Dsl = {"match_all": {}}
_WEIGHTED = f"_score * params.weight / ({1 - B} + {B} * doc[params.length].value / params.mean)"
_SATURATED = f"params.rarity * _score / ({K1} + _score)"


class Known(NamedTuple):
    """What ranking needs to know of the letters of an index.

    Attributes:
        letters: how many there are.
        means: the mean number of words of each field, over letters that have it.
        having: how many letters match each part of the query.
        terms: as `Terms`.
    """

    letters: int
    means: Mapping[str, float]
    having: Mapping[p.Lookup, int]
    terms: Terms


def lookups(step: p.Step, *, negated: bool = False) -> Iterator[tuple[p.Lookup, bool]]:
    """The parts of a plan that are looked up, left to right, each with whether it is what letters must not have."""
    if isinstance(step, p.Both | p.Either):
        for part in step.steps:
            yield from lookups(part, negated=negated)
    elif isinstance(step, p.Except):
        yield from lookups(step.step, negated=True)
    elif isinstance(step, p.Lookup):
        yield step, negated


def visible(number: int) -> list[Dsl]:
    """Filters that let through what version `number` of the index holds."""
    return [
        {"range": {"born": {"lte": number}}},
        {"bool": {"must_not": [{"range": {"died": {"lte": number}}}]}},
    ]


def matching(step: p.Step, terms: Terms) -> Dsl:
    """The letters of a step, as a filter."""
    if isinstance(step, p.Both):
        return _all_of([matching(s, terms) for s in step.steps])
    if isinstance(step, p.Either):
        return any_of(matching(s, terms) for s in step.steps)
    if isinstance(step, p.Except):
        return {"bool": {"must_not": [matching(step.step, terms)]}}
    if isinstance(step, p.Words):
        return any_of(_word(field, step) for field in step.fields)
    if isinstance(step, p.Sequence):
        return any_of(part for field in step.fields for part in _sequence(field, step, _word))
    if isinstance(step, p.Expansion):
        return any_of(_expansion(field, terms[step]) for field in step.fields if terms[step])
    if isinstance(step, p.Whole):
        return {"term": {f"k_{step.field}": step.value}}
    if isinstance(step, p.Years):
        return {"range": {f"k_{step.field}": {"gte": f"{step.first:04d}", "lte": f"{step.last:04d}"}}}
    if isinstance(step, p.Days):
        return {"range": {f"d_{step.field}": {"gte": step.first, "lte": step.last}}}
    return NOTHING if isinstance(step, p.Nothing) else ALL


def scoring(plan: p.Plan, known: Known) -> Dsl | None:
    """The letters of a plan with their scores; `None` where all of them score nothing."""
    found = _scored(plan.step, known)
    if found is None:
        return None
    if not plan.reference:
        return found
    # More than any letter scores, so that the one that bears the reference comes first
    most = sum(rarity(known, s) * (K1 + 1) for s, negated in lookups(plan.step) if not negated)
    bearing = {"term": {f"k_{schema.REFERENCES}": plan.reference}}
    favoured = {"constant_score": {"filter": bearing, "boost": float(math.ceil(most) + 1)}}
    return {"bool": {"must": [found], "should": [favoured]}}


def rarity(known: Known, step: p.Lookup) -> float:
    """What a part of a query counts that so many of the letters have (as BM25 has it)."""
    having = known.having[step]
    return math.log(1 + (known.letters - having + 0.5) / (having + 0.5))


def any_of(queries: Iterable[Dsl]) -> Dsl:
    """What any of some queries finds; scores add up."""
    some = list(queries)
    if len(some) == 1:
        return some[0]
    return {"bool": {"should": some, "minimum_should_match": 1}} if some else NOTHING


def _all_of(queries: list[Dsl]) -> Dsl:
    return {"bool": {"filter": queries}}


# --- scores ---


def _scored(step: p.Step, known: Known) -> Dsl | None:
    """A step with its scores, `None` where it has none: then it is a filter."""
    if isinstance(step, p.Both):
        parts = [(_scored(s, known), s) for s in step.steps]
        if all(scored is None for scored, _ in parts):
            return None
        found: Dsl = {"must": [scored for scored, _ in parts if scored is not None]}
        filters = [matching(s, known.terms) for scored, s in parts if scored is None]
        return {"bool": {**found, "filter": filters} if filters else found}
    if isinstance(step, p.Either):
        parts = [(_scored(s, known), s) for s in step.steps]
        if all(scored is None for scored, _ in parts):
            return None
        return any_of(
            {"bool": {"filter": [matching(s, known.terms)]}} if scored is None else scored for scored, s in parts
        )
    if isinstance(step, p.Words):
        return _ranked(step, {field: _counted(field, step) for field in step.fields}, known)
    if isinstance(step, p.Sequence):
        queries = {}
        for field in step.fields:
            ways = list(_sequence(field, step, _counted))
            queries[field] = ways[0] if len(ways) == 1 else {"dis_max": {"queries": ways}}
        return _ranked(step, queries, known)
    if isinstance(step, p.Expansion) and (step.leaf.field is None or BY_NAME[step.leaf.field].kind in schema.ANALYSED):
        terms = known.terms[step]
        return _ranked(step, {field: _together(field, terms) for field in step.fields} if terms else {}, known)
    return None


def _ranked(step: p.Lookup, queries: Mapping[str, Dsl], known: Known) -> Dsl:
    """BM25F: what fields add, each by its weight and length, summed up before it saturates."""
    if not known.having[step]:
        return NOTHING
    weighted = [
        _scripted(
            query,
            _WEIGHTED,
            weight=schema.WEIGHTS.get(field, 1.0),
            length=f"n_{field}",
            mean=known.means[field],
        )
        for field, query in queries.items()
        if field in known.means
    ]
    return _scripted(any_of(weighted), _SATURATED, rarity=rarity(known, step) * (K1 + 1))


def _scripted(query: Dsl, source: str, **params: float | str) -> Dsl:
    script: Dsl = {"source": source, "params": params} if params else {"source": source}
    return {"script_score": {"query": query, "script": script}}


# --- words and sequences in one field ---


def _word(field: str, step: p.Words) -> Dsl:
    """The letters that have a word in a field, by stem or exactly."""
    if not step.stems or field not in schema.STEMMED_FIELDS:
        return {"term": {f"x_{field}": step.term}}
    return {"terms": {f"s_{field}": tagged(step)}}


def _counted(field: str, step: p.Words) -> Dsl:
    """The same, counting how often: terms of one position are counted together."""
    if not step.stems or field not in schema.STEMMED_FIELDS:
        return {"term": {f"x_{field}": step.term}}
    return {"match": {f"s_{field}": {"query": PIECE.join(tagged(step)), "analyzer": "itudocs_terms"}}}


def _together(field: str, terms: Iterable[str]) -> Dsl:
    """Letters that have any of some terms in a field, counting how often they have one."""
    return {"match": {f"x_{field}": {"query": PIECE.join(terms), "analyzer": "itudocs_terms"}}}


def tagged(step: p.Words) -> list[str]:
    """The stems of a word, each with its language; in other letters, the word itself."""
    stems = {language: stem for language, stem, _ in step.stems}
    return [f"{language}:{stems.get(language, step.term)}" for language in (*analysis.STEMMED, schema.OTHER)]


def _sequence(field: str, step: p.Sequence, word: Callable[[str, p.Words], Dsl]) -> Iterator[Dsl]:
    """The ways in which a field may have a sequence."""
    if step.slop:
        intervals = [{"match": {"query": term, "analyzer": "itudocs_sequence"}} for _, term in step.terms]
        gaps = step.terms[-1][0] + step.slop + 1 - len(step.terms)
        yield {"intervals": {f"x_{field}": {"all_of": {"ordered": False, "max_gaps": gaps, "intervals": intervals}}}}
    else:
        yield sequence_in(field, step.terms)
    if step.glued is not None:
        yield word(field, step.glued)


def sequence_in(field: str, terms: tuple[tuple[int, str], ...]) -> Dsl:
    """The letters that have terms at their distances in a field; what is left out between them may be anything."""
    places = dict(terms)
    line = POSITION.join(places.get(i, HOLE) for i in range(terms[-1][0] + 1))
    return {"match_phrase": {f"x_{field}": {"query": line, "analyzer": "itudocs_sequence"}}}


def _expansion(field: str, terms: tuple[str, ...]) -> Dsl:
    analysed = field == schema.TEXT or BY_NAME[field].kind in schema.ANALYSED
    return {"terms": {f"x_{field}" if analysed else f"k_{field}": list(terms)}}
