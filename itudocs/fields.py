"""The table of contents: one row a field.

Index schema, facets, query prefixes, columns of the terminal, scores and documentation derive from these rows.
A row names the function that finds the field by a dotted path, so that searching loads no parser. Adding a field is
one row here, one attribute in `itudocs.model`, one function in `itudocs.extract`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from itudocs.model import Circular

Kind = Literal["text", "name", "keyword", "reference", "date", "period", "address"]
Value = str | dt.date


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One row.

    Attributes:
        name: the record's key, and the query prefix (`subject:numbering`).
        label: for people.
        meaning: one line for the documentation.
        kind: how it is indexed: `text` (analysed words), `name` (analysed words and the whole value), `keyword` (the
            value itself, case folded), `reference` (whole and in parts), `date`, `period` (`values` gives first and
            last days in turn), `address` (a URL or e-mail address).
        values: the searchable values of a record.
        prefixes: further query prefixes.
        facet: whether it is counted.
        weight: BM25F weight when a query names no field; 0 keeps it out of such queries.
        extractor: dotted path of the function that finds it; empty for derived rows.
        attribute: the record's key where it is not `name`.
        column: whether tables on the terminal show it.
    """

    name: str
    label: str
    meaning: str
    kind: Kind
    values: Callable[[Circular], Iterable[Value | None]]
    prefixes: tuple[str, ...] = ()
    facet: bool = False
    weight: float = 0.0
    extractor: str = ""
    attribute: str = ""
    column: bool = False

    def of(self, record: Circular) -> tuple[Value, ...]:
        """The field's values in a record: distinct, in order, empty ones dropped."""
        return tuple(dict.fromkeys(v for v in self.values(record) if v))


def _towns(record: Circular) -> Iterable[str | None]:
    from itudocs.lexicon import places  # late: only indexing needs it

    return (places.town(e.place) for e in record.events if e.place)


def _bodies(record: Circular) -> Iterable[str]:
    from itudocs.lexicon.names import JOINED

    return (body for e in record.events if e.body for body in e.body.split(JOINED))


def _mentions(record: Circular) -> Iterable[str]:
    """Bodies that subject, events and citations name, by normal name and the wider ones (`WRC-12`, `WRC`)."""
    from itudocs.lexicon.names import named_bodies, wider  # late: only indexing needs it

    printed = (record.subject, *(e.name for e in record.events), *(c.text for c in record.citations))
    named = named_bodies("\n;".join(filter(None, dict.fromkeys(printed))), bureau=record.bureau)
    return (name for body in (*_bodies(record), *named) for name in wider(body))


def _features(record: Circular) -> Iterable[str]:
    """Names of the fields that a record has (`has:deadline`)."""
    for name, present in (
        ("ref", record.refs), ("date", record.date), ("subject", record.subject), ("addressee", record.addressees),
        ("copy", record.copies), ("event", record.events), ("deadline", record.deadlines), ("citation", record.citations),
        ("url", record.urls), ("email", record.emails), ("annex", record.annexes), ("signatory", record.signatory),
        ("contact", record.contact.names or record.contact.tel or record.contact.emails), ("issue", record.issues),
        ("marking", record.markings),
    ):  # fmt: skip
        if present:
            yield name


FIELDS: tuple[Field, ...] = (
    Field(
        name="id", label="Identity", kind="keyword", prefixes=("ids",), values=lambda r: r.ids,
        meaning="the letter as a work, shared by its languages, formats and printings",
        extractor="itudocs.extract.identity:ids", attribute="ids",
    ),
    Field(
        name="ref", label="Reference", kind="reference", prefixes=("refs",), weight=6.0, column=True,
        values=lambda r: r.refs, meaning="the letter's own reference, as printed",
        extractor="itudocs.extract.identity:refs", attribute="refs",
    ),
    Field(
        name="series", label="Series", kind="keyword", facet=True, values=lambda r: (r.series,),
        meaning="slug of the series", extractor="itudocs.extract.identity:series",
    ),
    Field(
        name="bureau", label="Bureau", kind="keyword", facet=True, column=True, values=lambda r: (r.bureau,),
        meaning="who issued it: TSB, BR, BDT or SG", extractor="itudocs.extract.identity:bureau",
    ),
    Field(
        name="language", label="Language", kind="keyword", prefixes=("lang",), facet=True, values=lambda r: (r.language,),
        meaning="en, fr, es, ru, ar or zh", extractor="itudocs.extract.identity:language_of",
    ),
    Field(
        name="date", label="Date", kind="date", column=True, values=lambda r: (r.date,),
        meaning="the letter's own date", extractor="itudocs.extract.dates:letter_date",
    ),
    Field(
        name="year", label="Year", kind="keyword", facet=True,
        values=lambda r: (f"{r.date.year:04d}" if r.date else None,), meaning="year of the letter's date",
    ),
    Field(
        name="month", label="Month", kind="keyword", facet=True,
        values=lambda r: (f"{r.date:%Y-%m}" if r.date else None,), meaning="month of the letter's date, as 2003-07",
    ),
    Field(
        name="subject", label="Subject", kind="text", weight=4.0, column=True, values=lambda r: (r.subject,),
        meaning="the subject on one line", extractor="itudocs.extract.content:subject",
    ),
    Field(
        name="markings", label="Markings", kind="keyword", prefixes=("marking",), values=lambda r: r.markings,
        meaning="(URGENT) and the like", extractor="itudocs.extract.content:markings",
    ),
    Field(
        name="addressees", label="Addressees", kind="text", prefixes=("to", "addressee"), weight=0.5,
        values=lambda r: r.addressees, meaning="whom it is addressed to, as printed",
        extractor="itudocs.extract.parties:addressees",
    ),
    Field(
        name="group", label="Addressee group", kind="keyword", prefixes=("addressee_groups",), facet=True,
        values=lambda r: r.addressee_groups, meaning="addressees as normalised codes",
        extractor="itudocs.extract.parties:addressee_groups", attribute="addressee_groups",
    ),
    Field(
        name="copies", label="Copies", kind="text", prefixes=("cc", "copy"), weight=0.5, values=lambda r: r.copies,
        meaning="who gets a copy, as printed; the Radiocommunication Bureau's distribution list",
        extractor="itudocs.extract.parties:copies",
    ),
    Field(
        name="contact", label="Contact", kind="name", weight=0.5,
        values=lambda r: (*r.contact.names, *r.contact.emails, *r.contact.tel, *r.contact.fax),
        meaning="the letter's own contact: names, telephone, fax, e-mail", extractor="itudocs.extract.contact:contact",
    ),
    Field(
        name="salutation", label="Salutation", kind="text", values=lambda r: (r.salutation,),
        meaning="the form of address", extractor="itudocs.extract.content:salutation",
    ),
    Field(
        name="signatory", label="Signatory", kind="name", prefixes=("from", "signed"), weight=1.0,
        values=lambda r: (r.signatory.name, r.signatory.person, *r.signatory.titles) if r.signatory else (),
        meaning="who signed it, by printed and by normal name, and as what", extractor="itudocs.extract.signatory:signatory",
    ),
    Field(
        name="event", label="Event dates", kind="period", values=lambda r: [d for e in r.events for d in (e.start, e.end)],
        meaning="days of the events; a range matches any event that touches it",
        extractor="itudocs.extract.events:events", attribute="events",
    ),
    Field(
        name="event_name", label="Event", kind="text", weight=2.0, values=lambda r: [e.name for e in r.events],
        meaning="names of the events",
    ),
    Field(
        name="body", label="Event body", kind="keyword", facet=True, values=_bodies,
        meaning="who meets, by one name in all languages: RRB, WRC-12, ITU-T SG13",
    ),
    Field(
        name="mentions", label="Body named", kind="keyword", values=_mentions,
        meaning="bodies and conferences that subject, events or citations name, by one name in all languages",
    ),
    Field(
        name="event_year", label="Event year", kind="keyword", facet=True,
        values=lambda r: [f"{e.start.year:04d}" for e in r.events], meaning="years of the events",
    ),
    Field(
        name="place", label="Event place", kind="name", facet=True, weight=1.0, values=_towns,
        meaning="towns of the events",
    ),
    Field(
        name="deadline", label="Deadline", kind="date", values=lambda r: [d.date for d in r.deadlines],
        meaning="days by which something is due", extractor="itudocs.extract.events:deadlines", attribute="deadlines",
    ),
    Field(
        name="citation", label="Citations", kind="reference", weight=1.0, values=lambda r: [c.text for c in r.citations],
        meaning="documents cited, as printed", extractor="itudocs.extract.citations:citations", attribute="citations",
    ),
    Field(
        name="cites", label="Cites", kind="keyword", values=lambda r: [c.id for c in r.citations],
        meaning="identities of the circulars cited",
    ),
    Field(
        name="url", label="URLs", kind="address", prefixes=("urls",), values=lambda r: r.urls,
        meaning="web addresses", extractor="itudocs.extract.links:urls", attribute="urls",
    ),
    Field(
        name="email", label="E-mail", kind="address", prefixes=("emails",), values=lambda r: r.emails,
        meaning="e-mail addresses", extractor="itudocs.extract.links:emails", attribute="emails",
    ),
    Field(
        name="annexes", label="Annexes", kind="text", prefixes=("annex",), weight=0.5, values=lambda r: r.annexes,
        meaning="the letter's own list of annexes", extractor="itudocs.extract.content:annexes",
    ),
    Field(
        name="has", label="Has", kind="keyword", values=_features,
        meaning="features of the record: event, deadline, citation, url, ref, date, issue ...",
    ),
)  # fmt: skip

BY_NAME: dict[str, Field] = {f.name: f for f in FIELDS}
BY_PREFIX: dict[str, Field] = {p: f for f in FIELDS for p in (f.name, *f.prefixes)}
FACETS: tuple[Field, ...] = tuple(f for f in FIELDS if f.facet)
COLUMNS: tuple[Field, ...] = tuple(f for f in FIELDS if f.column)
