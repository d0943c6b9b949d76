"""Does the evidence hold? Checks a record against its text: every quote stands where it says, and bears its value out.

A value equals its quotes under the normaliser of its path: words (letters and digits alone), numbers (groups of digits in any
order, for text that a conversion turned round), a date (its month and day can be read in the words quoted), a name (its
words are all quoted). Codes such as language or bureau only need evidence. For a value that a person corrected, that
person answers: words it was given must stand where it says, whatever they are. Used by tests.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from itudocs.dategrammar import find_dates
from itudocs.lexicon import fold, tidy
from itudocs.lexicon.folding import spaced
from itudocs.lexicon.names import normal_person
from itudocs.lexicon.ordinals import ordinals
from itudocs.lexicon.plain import plain as flat
from itudocs.model import CORRECTED, Circular, Language
from itudocs.paths import lookup


def _squash(value: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", fold(tidy(value)))).casefold()


def _words(value: str, quotes: str, code: Language) -> bool:
    return _squash(value) == _squash(quotes) or _squash(value) in _squash(quotes)


def _numbers(value: str, quotes: str, code: Language) -> bool:
    return sorted(re.sub(r"\D", "", fold(value))) == sorted(re.sub(r"\D", "", fold(quotes)))


def _date(value: str, quotes: str, code: Language) -> bool:
    wanted = (int(value[5:7]), int(value[8:10]))
    view = spaced(fold(quotes))  # as in the flow
    # a date that lost its characters is one only before the end of a line and in Chinese text
    found = [m for m in find_dates(f"{view}\n月", code) if m.first[2]]
    if not found:  # a month's name that only dateparser knows
        return re.search(rf"(?<!\d)0?{wanted[1]}\D.*{value[:4]}", view) is not None
    return any(wanted in (m.first[1:], m.last[1:]) for m in found)


def _name(value: str, quotes: str, code: Language) -> bool:
    known = _squash(quotes)
    if code == "zh":  # no spaces between words: every character is quoted
        return all(c in known for c in _squash(value))
    return all(_squash(w)[:5] in known for w in value.split() if len(_squash(w)) > 3)


def _person(value: str, quotes: str, code: Language) -> bool:
    return normal_person(tidy(quotes)) == value


def _ordinal(value: str, quotes: str, code: Language) -> bool:
    """An ordinal in words or digits, or the last figure of `CPM19-2`."""
    quotes = flat(tidy(quotes))  # superscripts are figures too
    read = {str(n) for *_, n in ordinals(quotes, code)}
    lost_hyphen = re.search(rf"[A-Z][ -]?\d\d{value}(?!\d)", quotes)
    figures = {n.lstrip("0") for n in re.findall(r"\d{1,3}(?!\d)", quotes)}
    return value in read | figures or lost_hyphen is not None


def _code(value: str, quotes: str, code: Language) -> bool:
    return bool(quotes.strip())


Normaliser = Callable[[str, str, Language], bool]

NORMALISERS: tuple[tuple[str, Normaliser], ...] = (
    (r"contact/(?:tel|fax)/\d+", _numbers),
    (r"date|events/\d+/(?:start|end)|deadlines/\d+/date|citations/\d+/date", _date),
    (r"events/\d+/name", _name),
    (r"events/\d+/number", _ordinal),
    (r"signatory/person", _person),
    (
        r"language|bureau|series|ids?|ids/\d+|addressee_groups/\d+|events/\d+/body|citations/\d+/(?:id|kind|relation)",
        _code,
    ),
    (r".*", _words),
)
"""Path patterns and what makes a value equal to its quotes; the first that fits counts."""


def complaints(record: Circular, text: str) -> Iterator[str]:
    """Everything about a record's evidence that does not hold, in words; nothing for an honest record."""
    plain = record.to_dict()
    for path, pieces in record.evidence.items():
        value = lookup(plain, path)
        if value is None:
            yield f"{path}: evidence for a value that is not there"
            continue
        for piece in pieces:
            base = record.source.name if piece.origin == "name" else text
            if base[piece.start : piece.end] != piece.quote:
                yield f"{path}: the text at {piece.start}-{piece.end} is not {piece.quote!r}"
        if any(p.origin == "correction" and p.start != p.end for p in pieces):
            yield f"{path}: a correction without words quotes some"
        if any(p.origin not in ("text", "name") or p.rule.startswith(CORRECTED) for p in pieces):
            continue  # computed: what is quoted is what it was computed from; corrected: a person answers for it
        normaliser = next(n for p, n in NORMALISERS if re.fullmatch(p, path))
        quotes = " ".join(p.quote for p in pieces)
        if not normaliser(str(value), quotes, record.language or "en"):
            yield f"{path}: {value!r} is not borne out by {quotes!r}"
    for path in values(plain):
        if path not in record.evidence:
            yield f"{path}: no evidence"
    at = 0
    for zone in record.zones:
        if zone.start != at:
            yield f"zones: a gap or overlap at {at}"
        at = zone.end
    if at != len(text):
        yield f"zones: they end at {at}, the text at {len(text)}"


def values(plain: dict[str, Any]) -> Iterator[str]:
    """Paths of all values of a record that must have evidence."""
    for key in ("id", "ref", "language", "bureau", "series", "date", "subject", "salutation"):
        if plain.get(key):
            yield key
    for key in ("ids", "refs", "addressees", "copies", "addressee_groups", "markings", "urls", "emails", "annexes"):
        yield from (f"{key}/{k}" for k in range(len(plain.get(key) or ())))
    for key in ("names", "tel", "fax", "emails"):
        yield from (f"contact/{key}/{k}" for k in range(len(plain["contact"][key])))
    if plain.get("signatory"):
        yield from (f"signatory/{part}" for part in ("name", "person") if plain["signatory"].get(part))
        yield from (f"signatory/titles/{k}" for k in range(len(plain["signatory"]["titles"])))
    for key, parts in (
        ("events", ("name", "place", "start", "end", "time", "body", "number")), ("deadlines", ("date", "time", "what")),
        ("citations", ("text", "id", "date", "relation")),
    ):  # fmt: skip
        for k, row in enumerate(plain.get(key) or ()):
            yield from (f"{key}/{k}/{part}" for part in parts if row.get(part))
