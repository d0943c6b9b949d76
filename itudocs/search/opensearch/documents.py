"""Letters as documents: what a cluster is sent of a letter, and what can be made again of what it keeps.

Terms are sent but not kept (`mapping`). To note that a letter has died its document is written anew, so `with_terms` makes
them of the text and values that are kept; that they come out alike is the same analysis's doing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from itudocs.fields import FIELDS
from itudocs.model import Circular
from itudocs.search.embedded import analysis, schema
from itudocs.search.engine import Entry
from itudocs.search.opensearch.mapping import ANALYSED, BARE, HOLE, PIECE, POSITION

Document = dict[str, Any]
_REMEMBERED = 200_000


def document(entry: Entry, *, born: int) -> Document:
    """The document of a letter that is there from version `born` of the index on, terms included."""
    record = entry.record
    values: dict[str, list[str]] = {}
    found: Document = {
        "key": record.key,
        "born": born,
        "work": _work(record),
        "order": schema.order(record.ref) or None,
        "text": entry.text,
        "card": _card(record),
        "values": values,
        f"k_{schema.REFERENCES}": _distinct(map(analysis.parts, record.refs)),
        f"k_{BARE}": _distinct(analysis.parts(ref).replace(" ", "") for ref in record.refs),
    }
    if record.date:
        found["day"] = record.date.toordinal()
    for field in FIELDS:
        if field.kind in schema.DAYS:
            days = list(schema.periods(field, record))
            if field.kind == "period":
                found[f"d_{field.name}"] = [{"gte": first, "lte": last} for first, last in days]
                found[f"p_{field.name}"] = _distinct(f"{first}-{last}" for first, last in days)
            else:
                found[f"d_{field.name}"] = [first for first, _ in days]
            continue
        own = [v for v in field.of(record) if isinstance(v, str)]
        if field.facet:
            found[f"v_{field.name}"] = own
        if field.kind == "keyword":
            found[f"k_{field.name}"] = _distinct(map(analysis.keyword, own))
        elif own:
            values[field.name] = own
    return with_terms({name: value for name, value in found.items() if value not in (None, [], {})})


def with_terms(kept: Document) -> Document:
    """What is kept of a document, with its terms."""
    language = kept["card"].get("language")
    found = dict(kept)
    for name in ANALYSED:
        values = [kept.get("text", "")] if name == schema.TEXT else kept.get("values", {}).get(name, ())
        if not values:
            continue
        stemmed = name in schema.STEMMED_FIELDS
        runs = _runs(language if stemmed and language in analysis.STEMMED else None)
        lines: list[str] = []
        stems: list[str] = []
        terms: set[str] = set()
        length = 0
        for value in values:
            slots: list[str] = []
            for run in analysis.RUN.findall(value):
                known = runs[run]
                slots += known.slots
                stems += known.stems
                terms |= known.terms
            length += len(slots)
            lines.append(POSITION.join(slots))
        if not length:
            continue
        found[f"x_{name}"], found[f"w_{name}"], found[f"n_{name}"] = lines, sorted(terms), length
        if stemmed:
            tag = schema.bucket(language)
            found[f"s_{name}"] = POSITION.join(f"{tag}:{stem}" for stem in stems)
    return found


class _Known(NamedTuple):
    """A run of characters: the terms of each position, its stems, and the different terms."""

    slots: tuple[str, ...]
    stems: tuple[str, ...]
    terms: frozenset[str]


class _Runs(dict[str, _Known]):
    """Runs met so far in one language: letters repeat their words."""

    def __init__(self, language: str | None) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, run: str) -> _Known:
        width, pieces = analysis.analyse(run, self._language)
        slots: list[list[str]] = [[] for _ in range(width)]
        for piece in pieces:
            slots[piece.offset].append(piece.term)
        known = _Known(
            slots=tuple(PIECE.join(slot) or HOLE for slot in slots),
            stems=tuple(p.stem or p.term for p in pieces if p.role in ("word", "glued")),
            terms=frozenset(p.term for p in pieces),
        )
        if len(self) >= _REMEMBERED:
            self.clear()
        self[run] = known
        return known


@cache
def _runs(language: str | None) -> _Runs:
    return _Runs(language)


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, values)))


def _card(record: Circular) -> Document:
    body = min((z.start for z in record.zones if z.kind == "body"), default=0)
    card = {
        "id": record.id, "ref": record.ref, "date": record.date.isoformat() if record.date else None,
        "bureau": record.bureau, "series": record.series, "language": record.language, "subject": record.subject,
        "name": record.source.name, "body": body,
    }  # fmt: skip
    return {name: value for name, value in card.items() if value is not None}


def _work(record: Circular) -> int:
    """A number for the letter's work, its own if it has no identity: 63 bits of a hash, alike for its versions."""
    named = f"id:{record.id}" if record.id else f"key:{record.key}"
    return int.from_bytes(hashlib.blake2b(named.encode(), digest_size=8).digest(), "big") >> 1
