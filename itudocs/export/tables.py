"""The tables that records become, column by column: the one list that CSV, Parquet, Arrow and DataFrames derive from.

One row a letter in `letters`, and one each for what a letter has many of. All have the letter's `key` (its file, one row
of `letters`) and `id` (the work, shared by its language versions); `n` counts from 0 and is the place in the record, so
that `events/n/start` is the path of a value's evidence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from itudocs.errors import ItuDocsError
from itudocs.export.citing import cite
from itudocs.export.harmless import cell
from itudocs.model import Circular, Citation, Deadline, Event, Record

Kind = Literal["text", "date", "int", "bool", "texts"]
Value = str | dt.date | int | bool | tuple[str, ...] | None
Row = tuple[Value, ...]


class Column(Record, frozen=True, kw_only=True):
    """A column. `texts` is a list of texts, which may be empty but never absent; all others may be absent."""

    name: str
    kind: Kind
    meaning: str
    of: Callable[[Circular, int, Any], Value]


class Table(Record, frozen=True, kw_only=True):
    """A table: its columns, and the things of a record that are its rows."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    things: Callable[[Circular], Iterable[Any]]

    def rows(self, record: Circular) -> Iterator[Row]:
        """A record's rows. Text holds no control character but tab and newline."""
        for n, thing in enumerate(self.things(record)):
            yield tuple(_clean(column.of(record, n, thing)) for column in self.columns)


def _clean(value: Value) -> Value:
    if isinstance(value, str):
        return cell(value)
    return tuple(map(cell, value)) if isinstance(value, tuple) else value


def _column(name: str, kind: Kind, meaning: str, of: Callable[[Circular, int, Any], Value]) -> Column:
    return Column(name=name, kind=kind, meaning=meaning, of=of)


_KEY = _column("key", "text", "SHA-256 of the letter's file: a row of letters", lambda r, n, x: r.key)
_ID = _column("id", "text", "the letter as a work, shared by its language versions", lambda r, n, x: r.id)
_N = _column("n", "int", "place in the record, from 0", lambda r, n, x: n)


def _signed(record: Circular) -> str | None:
    return record.signatory.name if record.signatory else None


def _parties(record: Circular) -> Iterator[tuple[str, int, str]]:
    for role, printed in (("addressee", record.addressees), ("copy", record.copies)):
        for n, text in enumerate(printed):
            yield role, n, text


LETTERS = Table(
    name="letters",
    meaning="one row a letter, that is a file",
    things=lambda record: (record,),
    columns=(
        _KEY,
        _ID,
        _column("ref", "text", "the letter's own reference, as printed", lambda r, n, x: r.ref),
        _column("date", "date", "the letter's own date", lambda r, n, x: r.date),
        _column("bureau", "text", "who issued it: TSB, BR, BDT or SG", lambda r, n, x: r.bureau),
        _column("series", "text", "slug of the series", lambda r, n, x: r.series),
        _column("language", "text", "en, fr, es, ru, ar or zh", lambda r, n, x: r.language),
        _column("subject", "text", "the subject on one line", lambda r, n, x: r.subject),
        _column("salutation", "text", "the form of address", lambda r, n, x: r.salutation),
        _column("signatory", "text", "who signed it, as printed", lambda r, n, x: _signed(r)),
        _column("titles", "texts", "as what", lambda r, n, x: r.signatory.titles if r.signatory else ()),
        _column("ids", "texts", "all identities; a joint letter has two", lambda r, n, x: r.ids),
        _column("refs", "texts", "all references", lambda r, n, x: r.refs),
        _column("groups", "texts", "addressees as normalised codes", lambda r, n, x: r.addressee_groups),
        _column("markings", "texts", "URGENT and the like", lambda r, n, x: r.markings),
        _column("contact", "texts", "names of the letter's contact", lambda r, n, x: r.contact.names),
        _column("tel", "texts", "the contact's telephone numbers, as printed", lambda r, n, x: r.contact.tel),
        _column("fax", "texts", "the contact's fax numbers, as printed", lambda r, n, x: r.contact.fax),
        _column("urls", "texts", "web addresses anywhere in the letter", lambda r, n, x: r.urls),
        _column("emails", "texts", "e-mail addresses anywhere in the letter", lambda r, n, x: r.emails),
        _column("annexes", "texts", "the letter's own list of annexes", lambda r, n, x: r.annexes),
        _column("issues", "int", "how many oddities were noted", lambda r, n, x: len(r.issues)),
        _column("name", "text", "name of the file", lambda r, n, x: r.source.name),
        _column("citation", "text", "how to cite it", lambda r, n, x: cite(r)),
    ),
)


def _event(name: str, kind: Kind, meaning: str, of: Callable[[Event], Value]) -> Column:
    return _column(name, kind, meaning, lambda r, n, event: of(event))


def _deadline(name: str, kind: Kind, meaning: str, of: Callable[[Deadline], Value]) -> Column:
    return _column(name, kind, meaning, lambda r, n, deadline: of(deadline))


def _citation(name: str, kind: Kind, meaning: str, of: Callable[[Citation], Value]) -> Column:
    return _column(name, kind, meaning, lambda r, n, citation: of(citation))


def _town(event: Event) -> str | None:
    from itudocs.lexicon.places import town  # late: a gazetteer to load

    return town(event.place) if event.place else None


EVENTS = Table(
    name="events",
    meaning="one row an event of a letter, as that letter tells it",
    things=lambda record: record.events,
    columns=(
        _KEY,
        _ID,
        _N,
        _event("name", "text", "as printed", lambda e: e.name),
        _event("body", "text", "who meets, by one name in all languages", lambda e: e.body),
        _event("number", "int", "which meeting or session of it", lambda e: e.number),
        _event("place", "text", "as printed", lambda e: e.place),
        _event("town", "text", "the place's town in English, or online", _town),
        _event("start", "date", "first day", lambda e: e.start),
        _event("end", "date", "last day, included", lambda e: e.end),
        _event("time", "text", "time of opening, as printed", lambda e: e.time),
        _event("status", "text", "announced, mentioned, past or cancelled", lambda e: e.status),
    ),
)
DEADLINES = Table(
    name="deadlines",
    meaning="one row a deadline of a letter",
    things=lambda record: record.deadlines,
    columns=(
        _KEY,
        _ID,
        _N,
        _deadline("date", "date", "the last day", lambda d: d.date),
        _deadline("time", "text", "time of day, as printed", lambda d: d.time),
        _deadline("what", "text", "what is due, as printed", lambda d: d.what),
        _deadline("computed", "bool", "derived, as from 'two months before the meeting'", lambda d: d.computed),
    ),
)
CITATIONS = Table(
    name="citations",
    meaning="one row a document that a letter cites",
    things=lambda record: record.citations,
    columns=(
        _KEY,
        _ID,
        _N,
        _citation("text", "text", "as printed", lambda c: c.text),
        _citation("kind", "text", "circular, resolution, recommendation ...", lambda c: c.kind),
        _citation("cites", "text", "identity of the circular cited: id in letters", lambda c: c.id),
        _citation("date", "date", "its date, where printed", lambda c: c.date),
        _citation("relation", "text", "what the letter does to it: replaces, corrects ...", lambda c: c.relation),
    ),
)
ADDRESSEES = Table(
    name="addressees",
    meaning="one row a group that a letter is addressed or copied to",
    things=_parties,
    columns=(
        _KEY,
        _ID,
        _column("n", "int", "place among the record's addressees or copies, from 0", lambda r, n, party: party[1]),
        _column("role", "text", "addressee or copy", lambda r, n, party: party[0]),
        _column("text", "text", "as printed", lambda r, n, party: party[2]),
    ),
)

TABLES: dict[str, Table] = {t.name: t for t in (LETTERS, EVENTS, DEADLINES, CITATIONS, ADDRESSEES)}


def table_of(name: str) -> Table:
    """A table by its name.

    Raises:
        ItuDocsError: there is none.
    """
    if name not in TABLES:
        raise ItuDocsError(f"There is no table {name!r}. Tables are {', '.join(TABLES)}.")
    return TABLES[name]
