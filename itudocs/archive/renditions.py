"""The same letter in several formats: which letters are renditions of one, how alike they are, and which is read.

Candidates share an id and the language; letters without id, the very same words. Of candidates the texts are held against
one another: what they are made of, less case, accents, spaces and signs, in runs of nine characters, and their numbers.
Two texts are one letter's if most runs of the shorter one are in the other, nearly all numbers too, and their dates, where
both have one, are the same: a letter repeated in another year shares the words but not the numbers.
Worked out when asked for: candidates are few, in an archive of any size. Between the store and `archive`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from itudocs.lexicon import fold
from itudocs.model import Circular, Record

if TYPE_CHECKING:
    from itudocs.archive.store import Store

RUN = 9
ALIKE, NUMBERS = 0.75, 0.95
"""Least shares of runs and of numbers that both texts have. Measured 2026-11-22 on the open corpus: 42 letters held against
their own .docx, .odt, .rtf, .doc, .html and .pdf have 0.93 and 1.0 at least, different letters of one language 0.59 of the
runs at most, and the 210 letters with years and days moved, as in a letter repeated the next year, 0.88 of the numbers."""
_MOST = 64  # candidates held against one another: more letters of one id and language are no renditions but a wrong id
_LEAST = 0.25  # of the longer text: less of a letter is a fragment, which may stand in many
_DIGITS = re.compile(r"\d+")
_SIGNS = re.compile(r"[\W_]+")

ORDER = ("text", "docx", "odt", "rtf", "doc", "html", "pdf")
"""Formats, those first that lose least of a letter's text on the way; recognised characters (OCR) come last."""
_FIELDS = (
    "id", "date", "addressees", "contact", "subject", "salutation", "signatory", "events", "deadlines", "citations", "annexes"
)  # fmt: skip


class Rendition(Record, frozen=True, kw_only=True):
    """One of the forms in which the archive has a letter.

    Attributes:
        key: of the letter in this form.
        name: the name of its source: of several, the first.
        format: what it was read from.
        alike: the share of the shorter text's runs of nine characters that is in the other, 0 to 1, this text held against
            the chosen one; 1 for that one itself.
        chosen: whether this is the form that stands for the letter.
    """

    key: str
    name: str
    format: str
    alike: float
    chosen: bool


class Print(NamedTuple):
    """What of a text is compared."""

    runs: frozenset[int]
    numbers: Counter[str]


def words_of(text: str) -> str:
    """A text without case, accents, spaces and signs."""
    folded = fold(text).casefold()
    # Accents become characters of their own, which are signs.
    return _SIGNS.sub("", folded if folded.isascii() else unicodedata.normalize("NFKD", folded))


def digest(text: str) -> str:
    """A SHA-256 of what is left: the same for texts that differ in line breaks, spaces and signs alone."""
    return hashlib.sha256(words_of(text).encode("utf-8", "surrogatepass")).hexdigest()


def print_of(text: str) -> Print:
    """What of a text is compared."""
    bare = words_of(text)
    runs = frozenset(hash(bare[at : at + RUN]) for at in range(max(1, len(bare) - RUN + 1)))
    return Print(runs, Counter(number.lstrip("0") or "0" for number in _DIGITS.findall(fold(text))))


def likeness(one: Print, other: Print) -> tuple[float, float]:
    """The shares of runs, and of numbers, that the text with fewer of them has in common with the other, 0 to 1."""
    few, many = sorted((one.runs, other.runs), key=len)
    if len(few) < _LEAST * len(many):
        return 0.0, 0.0
    return len(few & many) / len(few), _shared(*sorted((one.numbers, other.numbers), key=Counter.total))


def _shared(few: Counter[str], many: Counter[str]) -> float:
    """The share of numbers that are among others. Conversions glue numbers: `200412` has 2004 and 12."""
    if not few:
        return 1.0
    left, over = few - many, [number for number in many - few if len(number) > 1]
    glued = sum(count for number, count in left.items() if any(_glued(number, other) for other in over))
    return ((few & many).total() + glued) / few.total()


def _glued(number: str, other: str) -> bool:
    """Whether one of two numbers is part of the other. A day is no part of a year: four digits are not glued."""
    short, long = sorted((number, other), key=len)
    return 1 < len(short) < len(long) > 4 and short in long


def same_letter(one: Circular, one_print: Print, other: Circular, other_print: Print) -> bool:
    """Whether two letters of one id and language are renditions of one."""
    if one.language != other.language or (one.date and other.date and one.date != other.date):
        return False
    runs, numbers = likeness(one_print, other_print)
    return runs >= ALIKE and numbers >= NUMBERS


class _Candidate(NamedTuple):
    key: str
    record: Circular
    print: Print


def renditions(reader: Store, key: str) -> tuple[Rendition, ...]:
    """The forms of a letter, the chosen one first, the others by how alike they are; a letter in one form has one.

    Raises:
        KeyError: no such letter.
        ArchiveDamaged: a letter is not what was written.
    """
    keys = _candidates(reader, key)
    group = (
        _alike(reader, key, keys)
        if len(keys) > 1
        else [_Candidate(key, reader.letter(key)[0], Print(frozenset(), Counter()))]
    )
    best = min(group, key=lambda c: preference(c.record))
    found = [
        Rendition(
            key=c.key,
            name=next((source.name for source in reader.sources(c.key)), c.record.source.name),
            format=c.record.source.format,
            alike=1.0 if c is best else round(likeness(c.print, best.print)[0], 3),
            chosen=c is best,
        )
        for c in group
    ]
    return tuple(sorted(found, key=lambda r: (not r.chosen, -r.alike, r.key)))


def preference(record: Circular) -> tuple[int, int, int]:
    """What the forms of a letter are chosen by, the lowest first: fields that are empty, issues, the format's place.

    The format decides where records are equally full and equally free of warnings: `ORDER`.
    """
    empty = sum(not getattr(record, field) for field in _FIELDS)
    issues = sum(issue.severity != "info" for issue in record.issues)
    form = record.source.format
    return empty, issues, ORDER.index(form) if form in ORDER else len(ORDER)


def _candidates(reader: Store, key: str) -> tuple[str, ...]:
    """The letters of the same id and language; of a letter without id, those of the same words."""
    own = reader.rows("SELECT record ->> '$.id', record ->> '$.language' FROM records WHERE key = ?", key)
    if not own:
        raise KeyError(key)
    identity, language = own[0]
    if identity is None:
        rows = reader.rows(
            "SELECT key FROM prints WHERE digest = (SELECT digest FROM prints WHERE key = ?) ORDER BY key LIMIT ?", key, _MOST
        )  # fmt: skip
    else:
        rows = reader.rows(
            "SELECT key FROM identities JOIN records USING (key) WHERE identities.id = ? AND record ->> '$.language' IS ? "
            "ORDER BY number LIMIT ?", identity, language, _MOST,
        )  # fmt: skip
    found = tuple(dict.fromkeys(one for (one,) in rows))
    return found if key in found else (key, *found)


def _alike(reader: Store, key: str, keys: Iterable[str]) -> list[_Candidate]:
    """Of the candidates, those that are renditions of a letter, or of a rendition of it ..."""
    waiting: list[_Candidate] = []
    for candidate in keys:
        try:
            record, text = reader.letter(candidate)
        except KeyError:  # removed meanwhile
            continue
        waiting.append(_Candidate(candidate, record, print_of(text)))
    order = {c.key: n for n, c in enumerate(waiting)}
    group, waiting = [c for c in waiting if c.key == key], [c for c in waiting if c.key != key]
    for one in group:  # it grows
        same = [c for c in waiting if same_letter(one.record, one.print, c.record, c.print)]
        group += same
        waiting = [c for c in waiting if c not in same]
    return sorted(group, key=lambda c: order[c.key])
