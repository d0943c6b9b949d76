"""What is indexed of a letter, and as what: the table of fields turned into Whoosh fields and columns.

Every row of `itudocs.fields` becomes, by its kind, an analysed field with positions (`subject`), one for stems beside
it (`subject_stems`), a field of whole values (`bureau`), or a column of days; facets get a column of their own. The
body is the field `text`. Analysis is `analysis`; the files are `codec` and `storage`. Adding a row to the table is all
that a new field needs: `version()` then differs, and the archive rebuilds the index.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from itudocs.fields import FIELDS, Field
from itudocs.model import Circular
from itudocs.search.embedded import analysis
from itudocs.search.engine import Entry

FORMAT = "1"
"""Changes with this module, `codec` or `storage`: with whatever makes an index written before unreadable."""

TEXT = "text"
"""The field of the letter's body: all of its text."""
TEXT_WEIGHT = 1.0

ANALYSED = frozenset({"text", "name", "reference", "address"})
DAYS = frozenset({"date", "period"})
STEMMED_FIELDS = frozenset({TEXT, *(f.name for f in FIELDS if f.kind == "text")})
WEIGHTS = {TEXT: TEXT_WEIGHT, **{f.name: f.weight for f in FIELDS if f.kind in ANALYSED and f.weight > 0}}
"""The fields that a word without a field is looked up in, with their weights."""
REFERENCES = "ref_whole"
"""Whole references without punctuation (`dm 05 1171`): a query that is one puts the letter that bears it first."""
SEPARATOR = "\x1f"


class Card(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a list of hits shows of a letter, and where its body begins in its text."""

    key: str
    id: str | None
    ref: str | None
    date: dt.date | None
    bureau: str | None
    series: str | None
    language: str | None
    subject: str | None
    name: str
    body: int


def version() -> str:
    """Names this schema: the hash of the table of fields, the analyser's version and the format's."""
    rows = [(f.name, f.kind, f.facet) for f in FIELDS]
    return hashlib.sha256(repr((FORMAT, analysis.VERSION, rows)).encode()).hexdigest()[:16]


def stems(field: str) -> str:
    """The name of the field that holds the stems of `field`."""
    return f"{field}_stems"


def facet(field: str) -> str:
    """The name of the column that holds the values of a facet, joined by `SEPARATOR`."""
    return f"facet_{field}"


def days(field: str) -> str:
    """The name of the column that holds pairs of first and last days, as proleptic ordinals."""
    return f"days_{field}"


def whoosh_schema() -> Any:
    """The Whoosh schema of an index."""
    from whoosh.fields import COLUMN, Schema

    from itudocs.search.embedded.fieldtypes import COLUMN_KIND, Listed, Positioned

    fields: dict[str, Any] = {"key": Listed(), TEXT: Positioned(), stems(TEXT): Listed(), REFERENCES: Listed()}
    for field in FIELDS:
        if field.kind in ANALYSED:
            fields[field.name] = Positioned()
        elif field.kind == "keyword":
            fields[field.name] = Listed()
        if field.kind == "text":
            fields[stems(field.name)] = Listed()
    for column in columns():
        fields[column] = COLUMN(COLUMN_KIND)
    return Schema(**fields)


def columns() -> tuple[str, ...]:
    """The names of all columns. Each letter has a value, be it empty, in every one."""
    return (
        "c_key", "c_card", "c_text", "c_order",
        *(facet(f.name) for f in FIELDS if f.facet),
        *(days(f.name) for f in FIELDS if f.kind in DAYS),
    )  # fmt: skip


def document(entry: Entry) -> dict[str, Any]:
    """What Whoosh's writer is given for a letter: terms, already analysed, and the values of columns."""
    record, language = entry.record, entry.record.language
    body = analysis.terms([entry.text], language)
    out: dict[str, Any] = {
        "key": {record.key: 1},
        TEXT: body,
        stems(TEXT): body.stems,
        REFERENCES: dict.fromkeys(filter(None, map(analysis.parts, record.refs)), 1),
        "c_key": record.key.encode(),
        "c_card": msgspec.msgpack.encode(_card(record)),
        "c_text": zlib.compress(entry.text.encode(), 3),
        "c_order": _order(record.ref).encode(),
    }
    for field in FIELDS:
        if field.kind in DAYS:
            out[days(field.name)] = b"".join(struct.pack("<2i", *pair) for pair in _periods(field, record))
            continue
        values = [v for v in field.of(record) if isinstance(v, str)]
        if field.facet:
            out[facet(field.name)] = SEPARATOR.join(v.replace(SEPARATOR, " ") for v in values).encode()
        if field.kind == "keyword":
            out[field.name] = dict.fromkeys(filter(None, map(analysis.keyword, values)), 1)
        else:
            found = analysis.terms(values, language if field.kind == "text" else None)
            out[field.name] = found
            if field.kind == "text":
                out[stems(field.name)] = found.stems
    return out


def _card(record: Circular) -> Card:
    body = min((z.start for z in record.zones if z.kind == "body"), default=0)
    return Card(
        key=record.key, id=record.id, ref=record.ref, date=record.date, bureau=record.bureau, series=record.series,
        language=record.language, subject=record.subject, name=record.source.name, body=body,
    )  # fmt: skip


def _periods(field: Field, record: Circular) -> Iterator[tuple[int, int]]:
    """First and last days. A field of kind `period` gives them in turn, one of kind `date` gives single days."""
    found = [v.toordinal() for v in _dates(field.values(record))]
    if field.kind == "period":
        yield from zip(found[::2], found[1::2], strict=True)
    else:
        yield from ((day, day) for day in dict.fromkeys(found))


def _dates(values: Iterable[object]) -> Iterator[dt.date]:
    return (v for v in values if isinstance(v, dt.date))


def _order(ref: str | None) -> str:
    """By which references sort: numbers by their value, `CR/9` before `CR/10`."""
    return re.sub(r"\d+", lambda m: m[0].zfill(8), analysis.keyword(ref)) if ref else ""
