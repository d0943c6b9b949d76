"""More like this, asked of a cluster: one query of the letter's rare words and values, each with what it counts.

What is looked for is the embedded engine's (`traits`, `words`), and so is what each counts, but for one thing: a word counts
the same in every letter that has it, however often. The weights of the parts that matched make the score.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from itudocs.search.embedded import schema
from itudocs.search.embedded.alike import MAX_TERMS, MAX_TEXT, Days, Trait, Word, rarity, traits, words
from itudocs.search.embedded.execute import K1
from itudocs.search.engine import Entry, Reason
from itudocs.search.opensearch.compile import Dsl, any_of, sequence_in
from itudocs.search.opensearch.mapping import POSITION
from itudocs.search.opensearch.view import View

_CANDIDATES = 3 * MAX_TERMS
"""Words that the nodes think rare, of which the rarest are taken."""

Found = tuple[dict[str, Any], float, tuple[Reason, ...]]
"""What is kept of a letter, its score, and the weightiest reasons."""


class _Feature(NamedTuple):
    """Something a letter has, what finds the letters that have it too, and what it counts but for its rarity."""

    kind: Literal["value", "term", "cites", "cited"]
    field: str
    value: str
    strength: float
    query: Dsl


def alike(view: View, letter: Entry, *, limit: int, reasons: int) -> list[Found]:
    """The letters that have most in common with one, best first; ties are broken by key."""
    if not limit:
        return []
    features = [*(_feature(trait) for trait in traits(letter.record)), *_terms(view, letter)]
    counts = view.counts([feature.query for feature in features])
    own = view.count({"term": {"key": letter.record.key}})
    weighed = [
        (round(feature.strength * rarity(view.letters, having), 4), feature)
        for feature, having in zip(features, counts, strict=True)
        if having > (own if feature.kind == "term" else 0)
    ]
    values = [(weight, f) for weight, f in weighed if f.kind != "term" and weight > 0]
    terms = sorted(
        ((w, f) for w, f in weighed if f.kind == "term" and w > 0), key=lambda pair: (-pair[0], pair[1].value)
    )
    chosen = [*values, *terms[:MAX_TERMS]]
    if not chosen:
        return []
    parts: list[Dsl] = [
        {"constant_score": {"filter": feature.query, "boost": weight, "_name": str(number)}}
        for number, (weight, feature) in enumerate(chosen)
    ]
    query = {"must": [any_of(parts)], "must_not": [{"term": {"key": letter.record.key}}], "filter": [view.narrowed()]}
    body: Dsl = {
        "query": {"bool": query},
        "size": limit,
        "sort": [{"_score": "desc"}, {"key": "asc"}],
        "_source": ["key", "card"],
    }
    found = []
    for hit in view.ask(body)["hits"]["hits"]:
        why = [
            Reason(kind=f.kind, field=f.field, value=f.value, weight=weight)
            for weight, f in (chosen[int(name)] for name in hit["matched_queries"])
        ]
        why.sort(key=lambda r: (-r.weight, r.field, r.value))
        found.append((hit["_source"], math.fsum(r.weight for r in why), tuple(why[:reasons])))
    return found


def _feature(trait: Trait) -> _Feature:
    if isinstance(trait.what, str):
        query: Dsl = {"term": {f"k_{trait.where}": trait.what}}
    elif isinstance(trait.what, Days):
        query = {"term": {f"p_{trait.where}": f"{trait.what.first}-{trait.what.last}"}}
    else:
        query = sequence_in(trait.where, trait.what)
    return _Feature(trait.kind, trait.field, trait.value, trait.strength, query)


def _terms(view: View, letter: Entry) -> Iterator[_Feature]:
    """The words that tell a letter from others, and a few more."""
    counts, shown = words(letter.record.language, letter.text[:MAX_TEXT])
    in_subject, _ = words(letter.record.language, letter.record.subject or "")
    boost = schema.WEIGHTS.get("subject", 1.0)
    tag = schema.bucket(letter.record.language)
    places = {_place(word, tag): word for word in counts}
    for place in _rare(view, list(places)):
        word = places[place]
        often = counts[word] + boost * in_subject[word]
        field, term = place
        subject = f"{field[0]}_subject"
        query = any_of([{"term": {field: term}}, {"term": {subject: term}}])
        yield _Feature("term", schema.TEXT, shown[word], often / (often + K1), query)


def _place(word: Word, tag: str) -> tuple[str, str]:
    """The field and form in which the index has a word of a text."""
    if word.text == schema.TEXT:
        return f"x_{schema.TEXT}", word.term
    return f"s_{schema.TEXT}", f"{tag}:{word.term}"


def _rare(view: View, places: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of some terms that one part of the index thinks rare."""
    if len(places) <= _CANDIDATES:
        return places
    fields = sorted({field for field, _ in places})
    asked = {field: POSITION.join(term for one, term in places if one == field) for field in fields}
    told = view.cluster.call(
        "POST",
        f"/{view.index}/_termvectors",
        {
            "doc": asked,
            "fields": fields,
            "positions": False,
            "offsets": False,
            "field_statistics": False,
            "term_statistics": True,
            "filter": {"max_num_terms": _CANDIDATES, "min_doc_freq": 1},
        },
        params={"routing": "0"},
    )["term_vectors"]
    return [(field, term) for field, vector in sorted(told.items()) for term in sorted(vector["terms"])]
