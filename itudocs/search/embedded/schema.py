"""What is indexed of a letter, and as what: the table of fields turned into Whoosh fields and columns.

Every row of `itudocs.fields` becomes, by its kind, an analysed field with positions (`subject`), fields for the stems
of each language beside it (`subject_stems_en`), a field of whole values (`bureau`), or a table of days; facets get a
column of their own. The body is the field `text`. Analysis is `analysis`; the file is `build`'s. Adding a row to the
table is all that a new field needs: `version()` then differs, and the archive rebuilds the index.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec

from itudocs.fields import FIELDS, Field
from itudocs.model import Circular
from itudocs.search.embedded import analysis

FORMAT = "3"
"""Changes with this module, `pages`, `postings` or `build`: with whatever makes an index written before unreadable."""

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


OTHER = "other"
"""Stands for the language of letters whose words have no stems, or whose language is not known."""


class Card(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a list of hits shows of a letter beside its key, and where its body begins in its text."""

    id: str | None
    ref: str | None
    date: dt.date | None
    bureau: str | None
    series: str | None
    language: str | None
    subject: str | None
    name: str
    body: int


class CardId(msgspec.Struct, frozen=True, array_like=True):
    """The first value of a `Card`, for those who need no more of all letters."""

    id: str | None


def version() -> str:
    """Names this schema: the hash of the table of fields, the analyser's version and the format's."""
    rows = [(f.name, f.kind, f.facet) for f in FIELDS]
    return hashlib.sha256(repr((FORMAT, analysis.VERSION, rows)).encode()).hexdigest()[:16]


def bucket(language: str | None) -> str:
    """The language under which a letter's stems are kept."""
    return language if language in analysis.STEMMED else OTHER


@cache
def stems(field: str, language: str) -> str:
    """The name of the field that holds the stems of `field` in the letters of a language (see `bucket`).

    Every word of such a letter is in it: by its stem or, where it has none, as it is.
    """
    return f"{field}_stems_{language}"


@cache
def indexed() -> tuple[str, ...]:
    """The names of all fields that have terms, in the order in which they are numbered."""
    names = [REFERENCES]
    for field, kind in ((TEXT, "text"), *((f.name, f.kind) for f in FIELDS)):
        if kind in ANALYSED or kind == "keyword":
            names.append(field)
        if kind == "text":
            names += [stems(field, language) for language in (*analysis.STEMMED, OTHER)]
    return tuple(names)


POSITIONED = frozenset({TEXT, *(f.name for f in FIELDS if f.kind in ANALYSED)})
COLUMNS = ("key", "card", "text", "order")
"""What is kept of each letter, beside facets and days; names are not those of fields."""


def whoosh_schema() -> Any:
    """The Whoosh schema of an index."""
    from whoosh.fields import COLUMN, Schema

    from itudocs.search.embedded.fieldtypes import COLUMN_KIND, Listed, Positioned

    fields: dict[str, Any] = {name: Positioned() if name in POSITIONED else Listed() for name in indexed()}
    fields.update({f"c_{name}": COLUMN(COLUMN_KIND) for name in COLUMNS})
    return Schema(**fields)


def card(record: Circular) -> bytes:
    """A letter's `Card`, as it is kept."""
    body = min((z.start for z in record.zones if z.kind == "body"), default=0)
    return msgspec.msgpack.encode(
        Card(
            id=record.id, ref=record.ref, date=record.date, bureau=record.bureau, series=record.series,
            language=record.language, subject=record.subject, name=record.source.name, body=body,
        )
    )  # fmt: skip


def periods(field: Field, record: Circular) -> Iterator[tuple[int, int]]:
    """First and last days, as proleptic ordinals. A field of kind `period` gives them in turn, one of kind `date` single
    days.
    """
    found = [v.toordinal() for v in _dates(field.values(record))]
    if field.kind == "period":
        yield from zip(found[::2], found[1::2], strict=True)
    else:
        yield from ((day, day) for day in dict.fromkeys(found))


def _dates(values: Iterable[object]) -> Iterator[dt.date]:
    return (v for v in values if isinstance(v, dt.date))


def order(ref: str | None) -> str:
    """By which references sort: numbers by their value, `CR/9` before `CR/10`."""
    return re.sub(r"\d+", lambda m: m[0].zfill(8), analysis.keyword(ref)) if ref else ""
