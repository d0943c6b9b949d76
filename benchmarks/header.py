"""The header block of a letter, told cell by cell from its gold: what the damages of the header's table work on.

    Letter ─ gold values above the subject, labels and places before them ─▶ Header, its Rows in order

A letter whose cells are already mixed up is none of its business: `Unfit` says how. The damages themselves are
`benchmarks.cells`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from benchmarks.damaging import Frame, Letter, Unfit, date_printed, frame, inside, is_flat, touches
from itudocs.lexicon import fold, language
from itudocs.lexicon import squash as squash_label
from itudocs.model import Language

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


def header(letter: Letter) -> Header:
    """The header block of a letter whose cells still stand in the order of its template, on lines or in one.

    Raises:
        Unfit: the cells are already mixed up; the message says how.
    """
    text, gold = letter.text, letter.gold
    found = frame(letter)
    if found.subject == (0, 0):
        raise Unfit("no subject in one piece above the salutation")
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
    if any(b.start < a.end for a, b in pairwise(items)):
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
    # A value on the line below its label is still one cell with it.
    below = [(item.begin, item.start + 1) for item in items if item.kind in (*_LABELLED, "subject")]
    breaks = {m.end() for m in re.finditer("\n", text[:end]) if m.end() > start and not inside(below, m.end())}
    label = re.compile(rf"(?<![^\W\d_])(?:{_label_forms(letter.lang)})\s?\.?:")
    for one in label.finditer(fold(text), start, end):
        if not touches(spans, *one.span()):
            cuts.add(one.start())
    # What follows a reference in its line is the office code.
    cuts |= {item.end for item in items if item.kind == "ref" and item.end < end}
    order = [*sorted(cuts | breaks), end]
    rows: list[Row] = []
    for a, b in pairwise(order):
        line = text[a:b].strip().replace("\n", " ")
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
