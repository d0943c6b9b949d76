"""A record as a sheet for people: its values with labels and grounds, grouped, in reading order.

Labels of fields come from `itudocs.fields`, those of their parts from `PARTS`. Every value has a number on its page, by
which it and its words in the text point at each other. What a letter can be made to hold without end is shown up to a
number; the record's JSON has it all. Nothing is decided here about letters.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterable, Iterator
from typing import Any, Literal, get_args

import msgspec

from itudocs.corrections import Correction
from itudocs.corrections.nouns import plain_values
from itudocs.explain.rules import told
from itudocs.export.citing import bureau_name
from itudocs.export.harmless import line
from itudocs.fields import BY_NAME, FIELDS
from itudocs.lexicon import series, tidy
from itudocs.model import CORRECTED, Circular, Record
from itudocs.paths import joined, leaves, lookup, within
from itudocs.web.days import day
from itudocs.web.marking import Mark
from itudocs.web.urls import work_url

MANY = 200
"""Values of a field, or items of a list, that are shown."""
LONG = 1_500
"""Characters of one value that are shown."""

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Identity", ("ref", "id", "series", "bureau", "language", "date")),
    ("Parties", ("addressees", "group", "copies", "salutation", "signatory")),
    ("Subject", ("subject", "markings")),
    ("Events", ("event",)),
    ("Deadlines", ("deadline",)),
    ("Citations", ("citation",)),
    ("Contact", ("contact",)),
    ("Links", ("url", "email")),
    ("Annexes", ("annexes",)),
)
"""Every field of `itudocs.fields` that is found in the letter, once."""

PARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "contact": (("names", "Name"), ("tel", "Telephone"), ("fax", "Fax"), ("emails", "E-mail")),
    "signatory": (("name", "Name"), ("titles", "Title"), ("person", "Known as")),
    "events": (
        ("name", "Name"), ("start", "First day"), ("end", "Last day"), ("time", "Time"), ("place", "Place"),
        ("status", "State"), ("body", "Body"), ("number", "Number"),
    ),
    "deadlines": (("date", "Day"), ("time", "Time"), ("what", "What"), ("computed", "Computed")),
    "citations": (("text", "As printed"), ("relation", "What it does"), ("id", "Letter"), ("kind", "Kind"), ("date", "Date")),
}  # fmt: skip
"""The parts of a field's values, with labels, in reading order."""

ITEMS = {"events": "Event", "deadlines": "Deadline", "citations": "Citation"}
"""Lists whose items have parts, and what one item is called."""

LANGUAGES = {"en": "English", "fr": "French", "es": "Spanish", "ru": "Russian", "ar": "Arabic", "zh": "Chinese"}
RELATIONS = {
    "replaces": "replaces it", "cancels": "cancels it", "revises": "revises it", "corrects": "corrects it",
    "adds-to": "adds to it", "answers": "answers it",
}  # fmt: skip

Kind = Literal["text", "code", "day", "url", "email", "work"]
Ground = Literal["text", "name", "computed", "correction", "none"]
_WEB = re.compile(r"(?:https?|ftp)://\S+\Z", re.IGNORECASE)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[/:?#]\S*)?\Z")
_EMAIL = re.compile(r"[^\s@<>\"'?&]+@[\w.-]+\Z")


class Shown(Record, frozen=True, kw_only=True):
    """A value as it is shown.

    Attributes:
        name: its number on the page: `v3` is its place on the sheet, `e3` its first words in the text.
        path: of the record.
        label: of a part; empty where the row's label says it.
        text: for people, on one line.
        kind: how it is laid out: words of the letter, a code of ours, a day, an address, the identity of a letter.
        iso: of a day, as machines read it.
        href: where it leads, for addresses and for letters that the archive holds.
        ground: what it rests on: `text`, the file's `name`, `computed` from another value, a `correction` without
            words, or `none` for what has no evidence of its own.
        rule, how: the id of the rule that found it, and what that looks for.
        source: the label of the value it was computed from.
        quote: its words, where they are not the value itself.
        place: where in the file its words stood.
        corrected: what a person said of it.
    """

    name: str
    path: str
    label: str
    text: str
    kind: Kind = "text"
    iso: str = ""
    href: str = ""
    ground: Ground = "none"
    rule: str = ""
    how: str = ""
    source: str = ""
    quote: str = ""
    place: str = ""
    corrected: Correction | None = None


class Row(Record, frozen=True, kw_only=True):
    """A field, or an item of one, with its values. `field` is what `explain` calls it; `more` counts what is left out."""

    label: str
    path: str
    field: str
    values: tuple[Shown, ...]
    item: bool = False
    more: int = 0


class Section(Record, frozen=True, kw_only=True):
    """Rows of one kind. `slug` is its anchor; `more` counts items that are left out."""

    title: str
    slug: str
    rows: tuple[Row, ...]
    more: int = 0


class Missing(Record, frozen=True, kw_only=True):
    """A field that has no value: nothing was found, or a person said so. Its path is where one may be given."""

    label: str
    field: str
    path: str
    corrected: Correction | None = None


class Sheet(Record, frozen=True, kw_only=True):
    """A record laid out. `marks` are where values stand in the text, named by the values' numbers."""

    sections: tuple[Section, ...]
    missing: tuple[Missing, ...]
    marks: tuple[Mark, ...]


def sheet(record: Circular, corrections: Iterable[Correction] = (), *, works: Container[str] = ()) -> Sheet:
    """A record laid out.

    Args:
        corrections: what people said of it (`Archive.corrections`).
        works: the identities that the archive holds, of those the letter cites.
    """
    maker = _Maker(record, corrections, works)
    sections = tuple(filter(None, (maker.section(title, fields) for title, fields in SECTIONS)))
    return Sheet(sections=sections, missing=tuple(maker.missing), marks=tuple(maker.marks))


class _Maker:
    """Numbers values as they come."""

    def __init__(self, record: Circular, corrections: Iterable[Correction], works: Container[str]) -> None:
        self._record = record
        bare = msgspec.structs.replace(record, evidence={}, zones=(), places=(), issues=())  # the bulk of a long letter
        self._plain = plain_values(bare)
        self._said = [one for one in corrections if one.state == "applied"]
        self._by_rule = {one.rule: one for one in self._said}
        self._works = works
        self._count = 0
        self.marks: list[Mark] = []
        self.missing: list[Missing] = []

    def section(self, title: str, fields: Iterable[str]) -> Section | None:
        """The rows of some fields; None where none has a value."""
        rows: list[Row] = []
        more = 0
        for field in fields:
            path = BY_NAME[field].attribute or field
            value = self._plain[path]
            if not any(True for _ in leaves(value)):
                said = next((one for one in reversed(self._said) if within(path, one.path) and not one.value), None)
                self.missing.append(Missing(label=BY_NAME[field].label, field=field, path=path, corrected=said))
            elif path in ITEMS:
                rows += [self._item(field, path, n) for n in range(len(value[:MANY]))]
                more += len(value[MANY:])
            else:
                rows.append(self._row(field, path, value))
        return Section(title=title, slug=title.lower(), rows=tuple(rows), more=more) if rows else None

    def _row(self, field: str, path: str, value: Any) -> Row:
        unread = len(value[MANY:]) if isinstance(value, list) else 0
        paths = list(_paths(path, value[:MANY] if unread else value, path))
        return Row(
            label=BY_NAME[field].label, path=path, field=field, more=len(paths[MANY:]) + unread,
            values=tuple(self._shown(field, one) for one in paths[:MANY]),
        )  # fmt: skip

    def _item(self, field: str, path: str, n: int) -> Row:
        at = joined(path, n)
        values = (self._shown(field, one) for one in _paths(at, self._plain[path][n], path))
        return Row(label=f"{ITEMS[path]} {n + 1}", path=at, field=field, values=tuple(values), item=True)

    def _shown(self, field: str, path: str) -> Shown:
        self._count += 1
        name = str(self._count)
        pieces = self._record.evidence.get(path, ())
        first = pieces[0] if pieces else None
        in_text = [p for p in pieces if p.origin not in ("name", "correction") and p.start < p.end]
        self.marks += [Mark(name=name, start=p.start, end=p.end) for p in in_text]
        kind, text, href = _read(path, lookup(self._plain, path))
        iso = text if kind == "day" else ""
        if kind == "work" and text in self._works:
            href = work_url(text, self._record.language)
        ground = _ground(first.origin) if first else "none"
        words = tidy(" ".join(piece.quote for piece in pieces))
        place = self._record.place(in_text[0].start) if in_text else None
        return Shown(
            name=name, path=path, label=_label(path), text=day(dt.date.fromisoformat(iso)) if iso else _short(text), kind=kind, href=href, ground=ground,
            rule=first.rule if first else "",
            how=told(first.rule, field) if first and not first.rule.startswith(CORRECTED) else "",
            source=labelled(first.origin) if first and ground == "computed" else "",
            quote=_short(line(words), 200) if words != text else "", iso=iso, place=str(place) if place else "",
            corrected=self._by_rule.get(first.rule if first else "") or self._confirmed(path),
        )  # fmt: skip

    def _confirmed(self, path: str) -> Correction | None:
        """Who said that a value is right: its evidence is then as it was."""
        said = (one for one in reversed(self._said) if one.confirms and within(path, one.path))
        return next((one for one in said if lookup(self._plain, one.path) == one.value), None)


def _ground(origin: str) -> Ground:
    return next((known for known in get_args(Ground) if known == origin), "computed")


def _paths(path: str, value: Any, table: str) -> Iterator[str]:
    """The paths of a value's parts in reading order; of those that have no parts the value's own."""
    if isinstance(value, dict):
        for part, _ in PARTS[table]:
            for inner, found in leaves(value[part], joined(path, part)):
                if found is not False:
                    yield inner
    else:
        yield from (inner for inner, _ in leaves(value, path))


def labelled(path: str) -> str:
    """A path in words: `Event 2, first day`; a path that there is no label for is itself."""
    head, *rest = path.split("/")
    parts = dict(PARTS.get(head, ()))
    if head in ITEMS and rest and rest[0].isdecimal():
        words = [f"{ITEMS[head]} {int(rest[0]) + 1}"]
        rest = rest[1:]
    else:
        words = (
            [f"{ITEMS[head]}s"]
            if head in ITEMS
            else [next((row.label for row in FIELDS if row.extractor and head in (row.name, row.attribute)), head)]
        )
    words += [parts[part].lower() for part in rest if part in parts]
    words += [str(int(part) + 1) for part in rest if part.isdecimal() and part != "0"]
    return ", ".join(words)


def language_name(code: str | None) -> str:
    """A language by its English name."""
    return LANGUAGES.get(code or "", "Language unknown")


def _label(path: str) -> str:
    head, *rest = path.split("/")
    parts = dict(PARTS.get(head, ()))
    return next((parts[part] for part in rest if part in parts), "")


def _short(text: str, longest: int = LONG) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


_CODES = re.compile(
    r"contact/(?:tel|fax)/|signatory/person\Z|addressee_groups/|events/\d+/(?:status|body|number)\Z|citations/\d+/kind\Z"
)
_DAYS = re.compile(r"date\Z|events/\d+/(?:start|end)\Z|(?:deadlines|citations)/\d+/date\Z")
_WORKS = re.compile(r"ids/\d+\Z|citations/\d+/id\Z")


def _read(path: str, value: Any) -> tuple[Kind, str, str]:
    """How a value is laid out, its words, and where it leads."""
    text = line(str(value))
    kind: Kind = "code"
    href = ""
    if path == "bureau":
        text = f"{text} – {bureau_name(value)}"
    elif path == "language":
        text = language_name(value)
    elif path == "series":
        text = next((one.name for one in series() if one.slug == value), text)
    elif path.endswith("/computed"):
        text = "from another date"
    elif path.endswith("/relation"):
        text = RELATIONS[value]
    elif _DAYS.match(path):
        kind = "day"
    elif path.startswith("urls/"):
        kind, href = "url", text if _WEB.match(text) else f"http://{text}" if _HOST.match(text) else ""
    elif path.startswith(("emails/", "contact/emails/")):
        kind, href = "email", f"mailto:{text}" if _EMAIL.match(text) else ""
    elif _WORKS.match(path):
        kind = "work"
    elif not _CODES.match(path):
        kind = "text"
    return kind, text, href
