"""What an index on OpenSearch is made of: fields, analyzers, and the version that a change of either makes.

Letters are analysed on our side, by the analysis of the embedded engine: what one engine finds, the other finds. The cluster is
sent terms and where they stand, one line a position; its analyzers only read these lines. One field of a letter becomes,
by its kind:

| field | holds |
|---|---|
| `x_subject` | exact terms with positions: words, phrases, what stands near |
| `s_subject` | stems, each with its language (`en:number`): one analyzer a language, in one field |
| `w_subject` | the different terms, as values: what a wildcard stands for, completions |
| `n_subject` | the number of words, for ranking |
| `k_bureau` | whole values, folded |
| `v_bureau` | values of a facet, as printed |
| `d_date`, `p_event` | days (proleptic ordinals); first and last day of a period as one value |

Beside them what is shown of a letter, its text, and in which versions of the index it is (`writing`).
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from itudocs.fields import FIELDS
from itudocs.search.embedded import analysis, schema

FORMAT = "1"
"""Changes with `documents`: with whatever makes an index written before unreadable."""
POSITION, PIECE, HOLE = "\n", "\x1f", "\x1e"
"""Between positions, between terms of one position, and in place of a term that may be any. None occurs in a term."""
BARE = "ref_bare"
"""Whole references without spaces, to be found where they are mistyped."""
WINDOW = 10_000
"""Letters that one answer may reach."""
COLLAPSED_WINDOW = 100_000
"""Works likewise: a cluster cannot go on from the last one of a page."""
ANALYSED = tuple(sorted(schema.POSITIONED))
KEYWORDS = (schema.REFERENCES, BARE, *(f.name for f in FIELDS if f.kind == "keyword"))
CARD = ("id", "ref", "date", "bureau", "series", "language", "subject", "name", "body")
"""What a list shows of a letter, beside its key."""

_KEPT: dict[str, Any] = {"type": "keyword", "index": False, "doc_values": False}
_OPAQUE: dict[str, Any] = {"type": "object", "enabled": False}


def properties() -> dict[str, Any]:
    """The fields of a letter's document."""
    found: dict[str, Any] = {
        "key": {"type": "keyword"},
        "born": {"type": "long"},
        "died": {"type": "long"},
        "work": {"type": "long"},
        "day": {"type": "integer"},
        "order": {"type": "keyword"},
        "text": _KEPT,
        "card": _OPAQUE,
        "values": _OPAQUE,
        "state": _OPAQUE,
    }
    terms = {"type": "text", "analyzer": "itudocs_terms", "norms": False, "similarity": "itudocs_count"}
    for name in ANALYSED:
        found[f"x_{name}"] = {**terms, "search_analyzer": "itudocs_sequence", "position_increment_gap": analysis.GAP}
        found[f"w_{name}"] = {"type": "keyword", "index": False}
        found[f"n_{name}"] = {"type": "integer", "index": False}
        if name in schema.STEMMED_FIELDS:
            found[f"s_{name}"] = {**terms, "index_options": "freqs"}
    for name in KEYWORDS:
        found[f"k_{name}"] = {"type": "keyword"}
    for field in FIELDS:
        if field.facet:
            found[f"v_{field.name}"] = {"type": "keyword"}
        if field.kind == "date":
            found[f"d_{field.name}"] = {"type": "integer"}
        if field.kind == "period":
            found[f"d_{field.name}"] = {"type": "integer_range"}
            found[f"p_{field.name}"] = {"type": "keyword"}
    return found


def template(*, shards: int, replicas: int) -> dict[str, Any]:
    """What a new index is made from.

    Terms are counted and no more (`itudocs_count`): how rare a word is and how long letters are is told by each search, of the
    letters that it sees, so that no score depends on how the index came about or on how it lies on the nodes.
    """
    return {
        "settings": {
            "number_of_shards": shards,
            "number_of_replicas": replicas,
            "refresh_interval": "-1",  # what is written shows when all of it is there
            "codec": "best_compression",
            "max_result_window": COLLAPSED_WINDOW,
            "max_regex_length": 10_000,
            "similarity": {
                "itudocs_count": {"type": "scripted", "script": {"source": "return query.boost * doc.freq;"}}
            },
            "analysis": {
                "tokenizer": {
                    "itudocs_positions": {
                        "type": "char_group",
                        "tokenize_on_chars": [POSITION],
                        "max_token_length": 10 * analysis.MAX_TERM,
                    }
                },
                "filter": {
                    "itudocs_pieces": {
                        "type": "pattern_capture",
                        "preserve_original": False,
                        "patterns": [f"([^{PIECE}]+)"],
                    },
                    "itudocs_holes": {"type": "stop", "stopwords": [HOLE]},
                },
                "analyzer": {
                    "itudocs_terms": {"type": "custom", "tokenizer": "itudocs_positions", "filter": ["itudocs_pieces"]},
                    "itudocs_sequence": {
                        "type": "custom",
                        "tokenizer": "itudocs_positions",
                        "filter": ["itudocs_pieces", "itudocs_holes"],
                    },
                },
            },
        },
        "mappings": {
            "dynamic": "strict",
            # Made from the rest whenever they are needed: three times the size of the text
            "_source": {"excludes": ["x_*", "s_*", "w_*"]},
            "properties": properties(),
        },
    }


def version() -> str:
    """Names this schema: changes with the table of fields, the analyser and the mapping."""
    made = msgspec.json.encode(template(shards=1, replicas=1), order="sorted")
    return hashlib.sha256(f"{FORMAT} {schema.version()} ".encode() + made).hexdigest()[:16]
