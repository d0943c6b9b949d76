"""The nouns: what a letter becomes.

Immutable records (`msgspec.Struct`), which give typed attributes, fast JSON and a JSON Schema. Nothing here computes;
the values come from `itudocs.extract`, put together by `itudocs.parse`. All offsets count characters of the decoded
text (`Source.text`), whose newlines are `\\n`; `text[start:end] == quote` holds for every piece of evidence.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

Language = Literal["en", "fr", "es", "ru", "ar", "zh"]
Bureau = Literal["TSB", "BR", "BDT", "SG"]
ZoneKind = Literal[
    "letterhead", "reference", "contact", "addressees", "copies", "subject", "salutation", "body", "closing",
    "signature", "annexes", "furniture",
]  # fmt: skip
EventStatus = Literal["announced", "mentioned", "past", "cancelled"]
CitationKind = Literal[
    "circular", "letter", "resolution", "decision", "opinion", "recommendation", "document", "question",
    "agenda-item", "treaty", "rules", "other",
]  # fmt: skip
Relation = Literal["replaces", "cancels", "revises", "corrects", "adds-to", "answers"]
Severity = Literal["info", "warning", "error"]
Part = Literal["body", "header", "footer", "note", "text-box"]
CORRECTED = "correction."  # begins the rule of evidence that a person's correction stands for; its number follows


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Parent of all nouns: immutable, keyword-only."""


class Evidence(Record, frozen=True, kw_only=True):
    """The characters a value came from.

    `rule` is the id of the rule that found it, or `correction.7` where correction number 7 of the archive put the value
    there. `origin` says what the offsets count in: `text` (the letter's text), `name` (the source's name, for values
    that only the file name gives), or the record path of the value that this one was computed from
    (`events/0/start`), whose characters in the text are then quoted. `correction` is the origin of a value that a
    person gave without naming words: nothing is quoted, and `start` and `end` are 0.
    """

    start: int
    end: int
    quote: str
    rule: str
    origin: str = "text"


class Issue(Record, frozen=True, kw_only=True):
    """Something odd about the letter itself, with the words concerned (`start == end` where there are none)."""

    code: str
    message: str
    start: int = 0
    end: int = 0
    severity: Severity = "warning"


class Zone(Record, frozen=True, kw_only=True):
    """A stretch of the letter with one role. The zones of a letter tile its text."""

    kind: ZoneKind
    start: int
    end: int


class Place(Record, frozen=True, kw_only=True):
    """Where a stretch of the text stood in its file.

    `page` counts from 1; `cell` is the table's, row's and column's number, each from 1, the tables counted through the
    file; `part` is what it stood in. Places are in order and do not overlap; text between them stood nowhere in
    particular.
    """

    start: int
    end: int
    page: int | None = None
    cell: tuple[int, int, int] | None = None
    part: Part = "body"

    def __str__(self) -> str:
        """For people: `page 2, table 1, row 3, column 2`."""
        said = [] if self.page is None else [f"page {self.page}"]
        if self.part != "body":
            said.append(self.part)
        if self.cell:
            said.append("table {}, row {}, column {}".format(*self.cell))
        return ", ".join(said)


class Provenance(Record, frozen=True, kw_only=True):
    """What a record was read from: name, SHA-256 of the bytes, format, encoding and how sure that guess is (0 to 1)."""

    name: str
    sha256: str
    format: str = "text"
    encoding: str = "utf-8"
    encoding_confidence: float = 1.0


class Contact(Record, frozen=True, kw_only=True):
    """The letter's own contact block: not the letterhead's footer, not a venue's."""

    names: tuple[str, ...] = ()
    tel: tuple[str, ...] = ()
    fax: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


class Signatory(Record, frozen=True, kw_only=True):
    """Who signed, and as what; `person` is the normal name of an elected official, in every language `François Rancy`."""

    name: str
    titles: tuple[str, ...] = ()
    person: str | None = None


class Event(Record, frozen=True, kw_only=True):
    """A meeting the letter announces or mentions. `end` equals `start` for one day; `time` is the opening, as printed.

    `body` is the normal name of who meets, the same in every language: `RRB`, `WRC-12`, `ITU-T SG13`, `Council`; `number`
    says which meeting, session or phase of it (77 of "the 77th meeting of the Radio Regulations Board").
    """

    name: str | None = None
    place: str | None = None
    start: dt.date
    end: dt.date
    time: str | None = None
    status: EventStatus = "announced"
    body: str | None = None
    number: int | None = None


class Deadline(Record, frozen=True, kw_only=True):
    """A day by which something is due; `computed` where it was derived ("two months before the meeting")."""

    date: dt.date
    time: str | None = None
    what: str | None = None
    computed: bool = False


class Citation(Record, frozen=True, kw_only=True):
    """A document the letter cites, as printed; `id` where it names a circular whose identity is certain.

    `relation` is what the letter says in words that it does to a circular: `replaces` it, `corrects` it ...; None where it
    only cites it.
    """

    text: str
    kind: CitationKind
    id: str | None = None
    date: dt.date | None = None
    relation: Relation | None = None


class Circular(Record, frozen=True, kw_only=True):
    """One letter as read from one source. See README, "The fields", for what each attribute means."""

    key: str
    id: str | None = None
    ids: tuple[str, ...] = ()
    source: Provenance
    language: Language | None = None
    bureau: Bureau | None = None
    series: str | None = None
    ref: str | None = None
    refs: tuple[str, ...] = ()
    date: dt.date | None = None
    addressees: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    addressee_groups: tuple[str, ...] = ()
    contact: Contact = Contact()
    subject: str | None = None
    markings: tuple[str, ...] = ()
    salutation: str | None = None
    signatory: Signatory | None = None
    events: tuple[Event, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    citations: tuple[Citation, ...] = ()
    urls: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    annexes: tuple[str, ...] = ()
    zones: tuple[Zone, ...] = ()
    places: tuple[Place, ...] = ()
    evidence: dict[str, tuple[Evidence, ...]] = {}
    issues: tuple[Issue, ...] = ()

    def place(self, offset: int) -> Place | None:
        """Where in its file the character at an offset of the text stood; None where the format has no places."""
        at = bisect.bisect_right(self.places, offset, key=lambda place: place.start) - 1
        return self.places[at] if at >= 0 and offset < self.places[at].end else None

    def stood(self, pieces: Iterable[Evidence]) -> Place | None:
        """Where in its file the first words of some evidence stood; None where none are the text's, as by `place`."""
        first = next((piece for piece in pieces if piece.quote and piece.origin != "name"), None)
        return self.place(first.start) if first else None

    def to_dict(self) -> dict[str, Any]:
        """The record as plain Python values, dates as ISO strings: what `to_json` writes."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    def to_json(self) -> str:
        """The record as one line of JSON."""
        return msgspec.json.encode(self).decode("utf-8")

    @classmethod
    def from_json(cls, data: str | bytes) -> Circular:
        """Read back what `to_json` wrote.

        Raises:
            msgspec.ValidationError: the data is no record.
        """
        return msgspec.json.decode(data, type=cls)


class Failure(Record, frozen=True, kw_only=True):
    """A source among many that could not be read or parsed, and why. `reason` is a short code, `message` a sentence."""

    name: str
    reason: str
    message: str
