"""A letter that can be damaged: its text, its gold, where the gold's values stand, and how its header block is built.

    corpus letter ─ Letter ─▶ damages (what conversions do) ─▶ damaged Letter with its gold carried along

Everything is recognised from gold values and their places in the text, never by the rules of extraction, so that the
instrument does not share their mistakes. What the damages are is `benchmarks.damages`'s; measuring is
`benchmarks.damage`'s.
"""

from __future__ import annotations

import copy
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from itudocs.lexicon import fold, language
from itudocs.lexicon import squash as squash_label
from itudocs.model import Language, Record

Span = tuple[int, int]
Gold = dict[str, Any]
"""The `gold` of a gold file: a record's values as plain JSON."""


class Unfit(Exception):
    """A damage cannot happen to a letter; the message says why, in a few words."""


class Letter(Record, frozen=True, kw_only=True):
    """A letter of the corpus, or what a damage made of it.

    Attributes:
        name: of its file, without ending.
        text: as it would be read.
        lang: its language.
        gold: what is true of the text.
        cut: fields that the text cannot show any more, in the words of gold files; not scored.
        torn: fields whose words stand in the text, but no longer in one piece.
    """

    name: str
    text: str
    lang: Language
    gold: Gold
    cut: frozenset[str] = frozenset()
    torn: frozenset[str] = frozenset()

    def to_json(self) -> str:
        """A gold file for the letter."""
        plain = {"lang": self.lang, "gold": self.gold, "cut": sorted(self.cut)}
        return json.dumps(plain, ensure_ascii=False, indent=1)

    def now(self, text: str, **changes: Any) -> Letter:
        """The letter with another text, and other changes."""
        return msgspec.structs.replace(self, text=text, **changes)


def load(folder: Path) -> list[Letter]:
    """The letters of a corpus folder by name."""
    letters = []
    for path in sorted(folder.glob("*.gold.json")):
        plain = json.loads(path.read_text("utf-8"))
        name = path.name.removesuffix(".gold.json")
        letter = Letter(
            name=name,
            text=path.with_name(f"{name}.txt").read_text("utf-8"),
            lang=plain["lang"],
            gold=plain["gold"],
            cut=frozenset(plain["cut"]),
            torn=frozenset(plain.get("torn", ())),
        )
        letters.append(letter)
    return letters


# -- the gold ----------------------------------------------------------------------------------------------------------

_PRINTED: tuple[tuple[str, ...], ...] = (
    ("ref",), ("refs", "*"), ("addressees", "*"), ("copies", "*"), ("contact", "names", "*"), ("contact", "tel", "*"),
    ("contact", "fax", "*"), ("contact", "emails", "*"), ("subject",), ("markings", "*"), ("salutation",),
    ("signatory", "name"), ("signatory", "titles", "*"), ("events", "*", "name"), ("events", "*", "place"),
    ("events", "*", "time"), ("deadlines", "*", "what"), ("deadlines", "*", "time"), ("citations", "*", "text"),
    ("urls", "*"), ("emails", "*"), ("annexes", "*"),
)  # fmt: skip
"""Paths of the values that are given as printed; `*` is every item of a list."""


def carry(gold: Gold, change: Callable[[str], str]) -> Gold:
    """The gold with every printed value changed as the text was."""

    def at(value: Any, path: Sequence[str]) -> Any:
        if not path:
            return change(value) if isinstance(value, str) else value
        if path[0] == "*":
            return [at(item, path[1:]) for item in value]
        if isinstance(value, dict):
            value[path[0]] = at(value.get(path[0]), path[1:])
        return value

    out = copy.deepcopy(gold)
    for path in _PRINTED:
        at(out, path)
    for key in ("refs", "urls", "emails"):
        out[key] = list(dict.fromkeys(out[key]))
    return out


def printed(gold: Gold) -> Iterator[str]:
    """Every value of the gold that is given as printed."""
    values: list[str] = []

    def keep(value: str) -> str:
        values.append(value)
        return value

    carry(gold, keep)
    return iter(dict.fromkeys(v for v in values if v))


# -- where values stand ------------------------------------------------------------------------------------------------


def squash(value: str) -> str:
    """Letters and digits alone: conversions move spaces and marks."""
    return "".join(c for c in unicodedata.normalize("NFKC", fold(value)).casefold() if c.isalnum())


class Places:
    """Finds values in a text whatever stands between their letters."""

    def __init__(self, text: str) -> None:
        self.text = text
        squashed = [(c, i) for i, char in enumerate(fold(text)) for c in squash(char)]
        self._squashed = "".join(c for c, _ in squashed)
        self._at = [i for _, i in squashed]

    def each(self, value: str) -> Iterator[Span]:
        """Every place of a value; a number is not found inside a longer one."""
        wanted = squash(value)
        i = self._squashed.find(wanted) if wanted else -1
        while i >= 0:
            start, end = self._at[i], self._at[i + len(wanted) - 1] + 1
            inside = (wanted[0].isdigit() and self.text[start - 1 : start].isdigit()) or (
                wanted[-1].isdigit() and self.text[end : end + 1].isdigit()
            )
            if not inside:
                yield start, end
            i = self._squashed.find(wanted, i + 1)

    def first(self, value: str | None, start: int = 0, end: int | None = None) -> Span | None:
        """The first place of a value between two offsets."""
        limit = len(self.text) if end is None else end
        return next((s for s in self.each(value or "") if s[0] >= start and s[1] <= limit), None)


class Frame(NamedTuple):
    """Where the letter's parts lie. `salutation` and `subject` are empty spans at 0 where there is none."""

    places: Places
    subject: Span
    salutation: Span
    body: Span


def frame(letter: Letter) -> Frame:
    """The parts of a letter.

    Raises:
        Unfit: neither subject nor salutation is where it can be found.
    """
    places = Places(letter.text)
    salutation = places.first(letter.gold["salutation"])
    limit = salutation[0] if salutation else len(letter.text)
    subjects = [s for s in places.each(letter.gold["subject"] or "") if s[1] <= limit]
    # Without a salutation the subject may come again, as the title of an annex.
    subject = (subjects[-1] if salutation else subjects[0]) if subjects else None
    if not (salutation or subject):
        raise Unfit("neither subject nor salutation stands in one piece")
    start = max(s[1] for s in (salutation, subject) if s)
    signer = places.first((letter.gold["signatory"] or {}).get("name"), start)
    end = signer[0] if signer else len(letter.text)
    return Frame(places, subject or (0, 0), salutation or (0, 0), (start, end))


def kept_whole(letter: Letter, places: Places | None = None) -> list[Span]:
    """Places of all gold values, in order: nothing may be put inside them."""
    places = places or Places(letter.text)
    found = [s for value in printed(letter.gold) if len(squash(value)) > 2 for s in places.each(value)]
    found += [m.span() for m in re.finditer(r"\S+@\S+|https?://\S+|www\.\S+", letter.text)]
    return sorted(set(found))


def inside(spans: Iterable[Span], offset: int) -> bool:
    """Whether a point between two characters lies inside a span."""
    return any(a < offset < b for a, b in spans)


def touches(spans: Iterable[Span], start: int, end: int) -> bool:
    """Whether a stretch shares a character with a span."""
    return any(a < end and start < b for a, b in spans)


_SENTENCE = re.compile(r"(?<=[^\W\d_]{4}[.!?؟])\s+(?=[^\W_])|(?<=[。！])\s*(?=\S)|(?<=[.!?؟])[ \t]*\n+(?=\S)")


def joints(letter: Letter) -> list[int]:
    """Offsets in the body where a sentence begins; no gold value lies across them.

    Raises:
        Unfit: there are none.
    """
    found = frame(letter)
    whole = kept_whole(letter, found.places)
    out = [m.end() for m in _SENTENCE.finditer(letter.text, *found.body) if not inside(whole, m.end())]
    if not out:
        raise Unfit("no place between two sentences of the body")
    return out


def splice(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """A text with stretches replaced; they must not overlap."""
    out, at = "", 0
    for start, end, new in sorted(edits):
        out += text[at:start] + new
        at = end
    return out + text[at:]


# -- the header block --------------------------------------------------------------------------------------------------

ONE_LINE = 4
"""A text with fewer line breaks than this has lost its lines."""

_LABELLED = ("ref", "tel", "fax", "email", "name")
_KIND_OF_LABEL = {"contact": "name"}


class Row(NamedTuple):
    """A cell of the header block, or a line of one.

    `kind` is ref, office, date, tel, fax, email, name, addressee, copy, subject or other; `joined` says that it goes on
    with what the line before began. `label` and `value` are trimmed; `label` is empty where there is none.
    """

    kind: str
    label: str
    value: str
    line: str
    joined: bool

    @property
    def labelled(self) -> bool:
        return bool(self.label) and self.kind in _LABELLED

    @property
    def left(self) -> bool:
        """Whether it belongs in the table's left columns: reference and contact."""
        return self.kind in (*_LABELLED, "office") or (self.kind == "other" and bool(self.label))

    @property
    def right(self) -> bool:
        """Whether it belongs in the table's right column: addressees and copies."""
        return self.kind in ("addressee", "copy")


class Header(NamedTuple):
    """The header block: `text[start:end]` is made of its cells, from the first of date and reference to the subject."""

    start: int
    end: int
    rows: list[Row]

    def of(self, *kinds: str) -> list[Row]:
        return [row for row in self.rows if row.kind in kinds]


def is_flat(text: str) -> bool:
    return text.strip().count("\n") < ONE_LINE


def header(letter: Letter) -> Header:
    """The header block of a letter whose cells still stand in the order of its template, on lines or in one.

    Raises:
        Unfit: the cells are already mixed up; the message says how.
    """
    text, gold = letter.text, letter.gold
    found = frame(letter)
    if found.subject == (0, 0):
        raise Unfit("no subject in one piece above the salutation")
    if gold["salutation"] and sum(1 for _ in found.places.each(gold["salutation"])) > 1:
        raise Unfit("the page stands twice already")
    again = found.places.first(gold["ref"], found.subject[1])
    if again and date_printed(letter, found.subject[1], len(text)):
        raise Unfit("the page stands twice already")
    if gold["ref"] and sum(1 for span in found.places.each(gold["ref"]) if span[1] <= found.subject[0]) > 1:
        raise Unfit("the reference stands twice above the subject")
    if re.search(r"^\||(?:^|\s)/\s", text[: found.subject[1]], re.MULTILINE):
        raise Unfit("the header is already a table of bars")
    items = _items(letter, found)
    if not {"ref", "date"} & {item.kind for item in items}:
        raise Unfit("no reference and no date above the subject")
    if any(b.start < a.end for a, b in zip(items, items[1:], strict=False)):
        raise Unfit("its cells lie across each other")
    start = _start(text, items)
    if re.search(rf"(?:{_label_forms(letter.lang)})\s?\.?:\s*$", fold(text[max(0, start - 60) : start])):
        raise Unfit("labels and values are parted already")
    end = found.subject[1]
    if not is_flat(text):
        end = min(text.find("\n", end) % (len(text) + 1), found.salutation[0] if gold["salutation"] else len(text))
    rows = _rows(letter, items, start, end)
    parted = {row.kind for row in rows if row.kind in _LABELLED and row.label and not row.value}
    if parted & {row.kind for row in rows if row.value and not row.label}:
        raise Unfit("labels and values are parted already")
    return Header(start, end, rows)


class _Item(NamedTuple):
    """A gold value in the header: where its label or bullet begins, where the value does, where it ends."""

    kind: str
    begin: int
    start: int
    end: int


def _items(letter: Letter, found: Frame) -> list[_Item]:
    """Gold values down to the subject, in order."""
    gold, places = letter.gold, found.places
    top = found.subject[0]
    wanted = [("ref", v) for v in gold["refs"]]
    wanted += [("tel", v) for v in gold["contact"]["tel"]] + [("fax", v) for v in gold["contact"]["fax"]]
    wanted += [("email", v) for v in gold["contact"]["emails"]] + [("name", v) for v in gold["contact"]["names"]]
    spans = [(kind, span) for kind, value in wanted if (span := places.first(value, 0, top))]
    # BR's direct fax stands in brackets under the letterhead and is no cell.
    spans = [(k, s) for k, s in spans if not re.search(r"\([^)\n]*$", letter.text[: s[0]][-40:])]
    spans += [("date", span) for span in [date_printed(letter, 0, top)] if span]
    at = 0
    for kind in ("addressee", "copy"):
        for value in gold["addressees" if kind == "addressee" else "copies"]:
            span = places.first(value, at, top)
            if span:
                spans.append((kind, span))
                at = span[1]
            elif kind == "addressee":
                raise Unfit("the addressees do not stand in one piece above the subject")
    spans.sort(key=lambda pair: pair[1])
    items: list[_Item] = []
    before = 0
    for kind, (start, end) in [*spans, ("subject", found.subject)]:
        items.append(_Item(kind, _begin(letter, kind, before, start), start, end))
        before = end
    return items


def _begin(letter: Letter, kind: str, before: int, start: int) -> int:
    """Where the label, place or bullet in front of a value begins."""
    gap = fold(letter.text[max(before, start - 60) : start])
    if kind == "date":
        match = re.search(r"(?:Geneva|Genève|Ginebra|Женева|日内瓦|جنيف)\s*,?\s*(?:le\s)?$", gap, re.IGNORECASE)
    elif kind in ("addressee", "copy"):
        match = re.search(
            rf"(?:(?:{_label_forms(letter.lang)})\s?:\s*)?[-•*]?\s*(?:(?:To|TO|致|إلى|A|À)\b:?)?\s*$", gap
        )
    else:
        match = re.search(rf"(?:{_label_forms(letter.lang, kind)})\s{{0,2}}\.?:[\s.]*[^:\n]{{0,14}}$", gap)
    found = start - len(gap) + (match.start() if match else len(gap.rstrip("+(")))
    return found + len(letter.text[found:start]) - len(letter.text[found:start].lstrip())


@cache
def _label_forms(code: Language, kind: str = "") -> str:
    """An alternation of a language's labels, of one kind or all, longest first."""
    labels: dict[str, list[str]] = language(code).raw["labels"]
    kept = [forms for key, forms in labels.items() if not kind or _KIND_OF_LABEL.get(key, key) == kind]
    return "|".join(re.escape(form) for form in sorted({f for forms in kept for f in forms}, key=len, reverse=True))


def _start(text: str, items: Sequence[_Item]) -> int:
    """Where the block begins: with its first cell, or with the kind that BR prints on the line above the number."""
    first = items[0].begin
    ref = next((item for item in items if item.kind == "ref"), None)
    if ref and ref.begin == ref.start and ref in items[:2] and not is_flat(text):
        above = text[: ref.start].rstrip().rsplit("\n", 1)
        line_start = len(above[0]) + 1 if len(above) > 1 else 0
        if 3 < len(above[-1].strip()) < 40 and line_start < first and ")" not in above[-1]:
            return line_start
    return first


def _rows(letter: Letter, items: Sequence[_Item], start: int, end: int) -> list[Row]:
    """The cells: cut where a line ends, a value with its label begins, or another label stands."""
    text = letter.text
    cuts = {start, *(item.begin for item in items if item.begin > start)}
    spans = [(item.start, item.end) for item in items]
    breaks = {m.end() for m in re.finditer("\n", text[:end]) if m.end() > start}
    label = re.compile(rf"(?<![^\W\d_])(?:{_label_forms(letter.lang)})\s?\.?:")
    for match in label.finditer(fold(text), start, end):
        if not touches(spans, *match.span()):
            cuts.add(match.start())
    # What follows a reference in its line is the office code.
    cuts |= {item.end for item in items if item.kind == "ref" and item.end < end}
    order = sorted(cuts | breaks) + [end]
    rows: list[Row] = []
    for a, b in zip(order, order[1:], strict=False):
        line = text[a:b].strip()
        if not any(c.isalnum() for c in line):
            if rows and line:
                rows[-1] = rows[-1]._replace(value=f"{rows[-1].value}{line}", line=f"{rows[-1].line}{line}")
            continue
        kind = next((item.kind for item in items if item.start < b and a < item.end), "other")
        joined = a in breaks and inside(spans, a)
        match = None if joined or kind in ("addressee", "copy") else label.match(fold(text[a:b].lstrip()))
        name = line[: match.end()].strip() if match else ""
        said = _kind_of(letter.lang, name) if match else kind
        if said == "subject" != kind:
            raise Unfit("the subject is displaced already")
        if kind == "other":
            kind = said
        elif said in _LABELLED and kind != said:
            raise Unfit("labels and values are parted already")
        rows.append(Row(kind, name, line[match.end() :].strip(" .\t") if match else line, line, joined))
    return _named(rows)


def _kind_of(code: Language, label: str) -> str:
    kind = language(code).labels.get(squash_label(label.rstrip(" :：")), "other")
    kind = _KIND_OF_LABEL.get(kind, kind)
    if kind in (*_LABELLED, "copy", "subject"):
        return kind
    return "addressee" if kind == "to" else "other"


def _named(rows: list[Row]) -> list[Row]:
    """Rows that no gold value told: an office code under the reference."""
    out: list[Row] = []
    for row in rows:
        office = row.kind == "other" and not row.label and out and out[-1].kind == "ref"
        out.append(row._replace(kind="office") if office else row)
    return out


# -- dates -------------------------------------------------------------------------------------------------------------


def month_words(code: Language) -> str:
    """An alternation of a language's month names, longest first."""
    names = sorted(language(code).months, key=len, reverse=True)
    return "|".join(re.escape(name) for name in names)


def date_printed(letter: Letter, start: int, end: int) -> Span | None:
    """The line that bears the letter's own date between two offsets, from its first word to the year's end."""
    if not letter.gold["date"]:
        return None
    year, month, day = (int(part) for part in letter.gold["date"].split("-"))
    view = fold(letter.text[start:end])
    if letter.lang == "zh":
        pattern = rf"{year}\s?年\s?0?{month}\s?月\s?0?{day}\s?日(?:\s?,\s?日内瓦)?"
    else:
        names = [n for n, number in language(letter.lang).months.items() if number == month]
        names = sorted((re.escape(n) for n in names), key=len, reverse=True)
        pattern = (
            rf"(?<!\d)0?{day}\W{{0,2}}(?:de )?(?:{'|'.join(names)})\W{{0,3}}(?:de )?{year}(?!\d)(?:\s?(?:года|г\.))?"
        )
    match = re.search(pattern, view, re.IGNORECASE)
    return (start + match.start(), start + match.end()) if match else None
