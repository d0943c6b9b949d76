"""What is compared of a record, and how: one row a measure.

A measure takes values from a record, gold or found, as plain JSON values, and says how alike two of them are: strictly
(the same, marks and case aside) and softly (the same for the most part, and every number the same). Knows older forms
of gold too. How scores are made of it is `itudocs.evaluate.scores`'s.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from itudocs.model import Record

Plain = Mapping[str, Any]
"""A record, or a gold record, as plain JSON values."""

# -- how alike two values are ------------------------------------------------------------------------------------------

_HAN = "\u3400-\u9fff\uf900-\ufaff"
_WORDS = re.compile(rf"[{_HAN}]|[^\W{_HAN}]+")
_RUNS = re.compile(r"[^\W_]+")
_LINKING = frozenset({"the", "to", "and", "a", "las", "los", "y", "aux", "et", "и"})


@lru_cache(maxsize=16384)
def _bare(text: str) -> str:
    """Letters and digits alone, but `1-2` is not `12`."""
    out = ""
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).casefold()):
        out += f"-{run}" if out[-1:].isdecimal() and run[0].isdecimal() else run
    return out


@lru_cache(maxsize=16384)
def _words(text: str) -> tuple[str, ...]:
    """Words, case folded; a Chinese character is a word."""
    return tuple(_WORDS.findall(unicodedata.normalize("NFKC", text).casefold()))


def _numbers(text: str) -> list[str]:
    return re.findall(r"\d+", unicodedata.normalize("NFKC", text))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _same(gold: str, found: str) -> float:
    return float(_bare(gold) == _bare(found) != "")


def _characters(gold: str, found: str) -> float:
    """Share of characters in common, in order: 0 to 1."""
    if _same(gold, found):
        return 1.0
    a, b = _bare(gold), _bare(found)
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() if a and b else 0.0


def _shared_words(gold: str, found: str) -> float:
    """F1 of the words, in any order: 0 to 1."""
    if _same(gold, found):
        return 1.0
    a, b = _words(gold), _words(found)
    return 2 * (Counter(a) & Counter(b)).total() / (len(a) + len(b)) if a and b else 0.0


def _same_numbers(gold: str, found: str) -> float:
    """The same numbers, and for the most part the same words around them."""
    if _same(gold, found):
        return 1.0
    return float(_numbers(gold) == _numbers(found) and max(_shared_words(gold, found), _characters(gold, found)) >= 0.6)


def _equal(gold: object, found: object) -> float:
    return float(gold == found)


def _alike(gold: str, found: str) -> float:
    return max(_shared_words(gold, found), _characters(gold, found))


def _same_url(gold: str, found: str) -> float:
    def bare(url: str) -> str:
        return re.sub(r"^https?://", "", url.strip().casefold()).removesuffix("/")

    return float(bare(gold) == bare(found))


def _same_address(gold: str, found: str) -> float:
    return float(gold.casefold() == found.casefold())


def _days(event: Plain) -> tuple[object, object]:
    return event.get("start"), event.get("end") or event.get("start")


def _same_event(gold: Plain, found: Plain) -> float:
    return float(_days(gold) == _days(found) and _shared_words(gold.get("name") or "", found.get("name") or "") >= 0.7)


def _similar_event(gold: Plain, found: Plain) -> float:
    """1 and a little more for a closer name, so that the closest of several events on the same days is taken."""
    if _days(gold) != _days(found):
        return 0.0
    alike = _shared_words(gold.get("name") or "", found.get("name") or "")
    return 1 + 0.1 * alike if alike >= 0.4 else 0.0


def _same_day(gold: Plain, found: Plain) -> float:
    return float(gold.get("date") == found.get("date"))


Keyed = tuple[object, str]
"""A text that belongs to something: a place to an event's days, a kind to a citation."""


def _keyed(compare: Callable[[str, str], float], floor: float = 1.0) -> Callable[[Keyed, Keyed], float]:
    return lambda gold, found: float(gold[0] == found[0] and compare(gold[1], found[1]) >= floor)


def _same_hour(gold: str, found: str) -> float:
    """`0930 hours` and `9.30` are the same hour."""
    a, b = _digits(gold).lstrip("0"), _digits(found).lstrip("0")
    return float(a == b if a or b else _same(gold, found))


# -- what is compared --------------------------------------------------------------------------------------------------


def _list(value: object) -> list[Any]:
    """One value or several as a list without empty ones."""
    return [v for v in (value if isinstance(value, (list, tuple)) else [value]) if v]


def _dict(value: object) -> Plain:
    """The value, or the first of several, as a mapping."""
    first: object = next(iter(_list(value)), None)
    return first if isinstance(first, Mapping) else {}


def _dicts(record: Plain, key: str) -> list[Plain]:
    return [v for v in _list(record.get(key)) if isinstance(v, Mapping)]


def _party(items: object) -> list[str]:
    """Addressees or copies as one value: how they are split does not count, nor do linking words."""
    text = " ".join(map(_text, _list(items)))
    kept = " ".join(word for word in _words(text) if word not in _LINKING)
    return [kept] if kept else []


def _contact(record: Plain, key: str) -> list[str]:
    return [d for d in map(_digits, _list(_dict(record.get("contact")).get(key))) if d]


def _citations(record: Plain) -> list[str]:
    cited = record.get("citations", record.get("cited"))
    return [_text(c) for c in (cited if isinstance(cited, (list, tuple)) else _list(cited))]  # an empty one is false


def _text(value: object) -> str:
    """What a citation or a group says, told plainly or under a key."""
    if isinstance(value, Mapping):
        return str(value.get("text") or value.get("name") or "")
    return str(value or "")


def _references(record: Plain) -> list[str]:
    refs = record.get("refs")
    return _list(record.get("ref") if refs is None else refs)


def _events(record: Plain) -> list[Plain]:
    return [e for e in _dicts(record, "events") if e.get("start") and e.get("status") != "cancelled"]


def _deadlines(record: Plain) -> list[Plain]:
    return [d for d in _dicts(record, "deadlines") if d.get("date")]


def _said(key: str) -> Callable[[Plain], list[Any] | None]:
    """The values under a key; `None` where the record has no such key, so that gold which is silent is not held."""
    return lambda record: _list(record[key]) if key in record else None


def _if_full(values: Callable[[Plain], list[Any]]) -> Callable[[Plain], list[Any] | None]:
    """For what only gold in the form of a record says: older gold has printed names in place of codes, and no ids."""
    return lambda record: values(record) if "ids" in record else None


def _names(record: Plain) -> list[Any] | None:
    contact = _dict(record.get("contact"))
    return _list(contact["names"]) if "names" in contact else None


def _contact_emails(record: Plain) -> list[Any]:
    contact = _dict(record.get("contact"))
    return _list(contact.get("emails", contact.get("email")))


def _places(record: Plain) -> list[Keyed]:
    return [(_days(e), e["place"]) for e in _events(record) if e.get("place")]


def _times(record: Plain) -> list[Keyed]:
    events: list[Keyed] = [(("event", e["start"]), e["time"]) for e in _events(record) if e.get("time")]
    return events + [(("deadline", d["date"]), d["time"]) for d in _deadlines(record) if d.get("time")]


def _titles(record: Plain) -> list[str]:
    return _list(_dict(record.get("signatory")).get("titles"))


def _statuses(record: Plain) -> list[Keyed]:
    return [(_days(e), e.get("status") or "announced") for e in _dicts(record, "events")]


def _citation_ids(record: Plain) -> list[str]:
    return list(dict.fromkeys(c["id"] for c in _dicts(record, "citations") if c.get("id")))


def _kinds(record: Plain) -> list[Keyed]:
    return [(c.get("kind"), c["text"]) for c in _dicts(record, "citations") if c.get("text")]


class Measure(Record, frozen=True, kw_only=True):
    """One row of the scores.

    Attributes:
        name: of the field.
        values: the comparable values of a record; `None` where it does not speak of them.
        strict: how alike a gold and a found value are; from 1 they may be paired.
        soft: likewise, from `floor`.
        cut: entries of a gold file's `cut` that excuse it.
    """

    name: str
    values: Callable[[Plain], Sequence[Any] | None]
    strict: Callable[[Any, Any], float]
    soft: Callable[[Any, Any], float]
    floor: float
    cut: frozenset[str]


def _measure(
    name: str,
    values: Callable[[Plain], Sequence[Any] | None],
    strict: Callable[[Any, Any], float],
    soft: Callable[[Any, Any], float] | None = None,
    floor: float = 1.0,
    *,
    cut: str = "",
) -> Measure:
    """A row; `cut` lists entries beside the measure's own name."""
    return Measure(
        name=name, values=values, strict=strict, soft=soft or strict, floor=floor, cut=frozenset({name, *cut.split()})
    )


CORE: tuple[Measure, ...] = (
    _measure("ref", _references, _same, _same_numbers),
    _measure("bureau", lambda r: [b for b in _list(r.get("bureau")) if b != "other"], _same),
    _measure("date", lambda r: _list(r.get("date")), _equal),
    _measure("subject", lambda r: _list(r.get("subject")), _same, _shared_words, 0.8),
    _measure("addressees", lambda r: _party(r.get("addressees")), _same, _shared_words, 0.85),
    _measure("copies", lambda r: _party(r.get("copies")), _same, _shared_words, 0.85),
    _measure("tel", lambda r: _contact(r, "tel"), _equal, cut="contact"),
    _measure("fax", lambda r: _contact(r, "fax"), _equal, cut="contact"),
    _measure("signatory", lambda r: _list(_dict(r.get("signatory")).get("name")), _same, _characters, 0.8),
    _measure("events", _events, _same_event, _similar_event),
    _measure("deadlines", lambda r: [d for d in _deadlines(r) if not d.get("computed")], _same_day),
    _measure("citations", _citations, _same, _same_numbers, cut="cited"),
    _measure("urls", lambda r: _list(r.get("urls")), _same_url),
    _measure("emails", lambda r: _list(r.get("emails")), _same_address),
    _measure("salutation", lambda r: _list(r.get("salutation")), _same, _characters, 0.85),
)
"""The fields that make the totals."""

FURTHER: tuple[Measure, ...] = (
    _measure("id", _said("ids"), _equal, cut="ref"),
    _measure("language", _if_full(lambda r: _list(r.get("language"))), _equal),
    _measure("series", _if_full(lambda r: _list(r.get("series"))), _equal),
    _measure("groups", _said("addressee_groups"), _equal, cut="addressees"),
    _measure("names", _names, _same, _characters, 0.8, cut="contact"),
    _measure("contact_emails", _contact_emails, _same_address, cut="contact contact.email"),
    _measure("markings", _said("markings"), _same),
    _measure("titles", _titles, _same, _alike, 0.8, cut="signatory"),
    _measure("places", _places, _keyed(_same), _keyed(_shared_words, 0.5), cut="events"),
    _measure("times", _times, _keyed(_same), _keyed(_same_hour), cut="events deadlines"),
    _measure("event_status", _if_full(_statuses), _keyed(_same), cut="events"),
    _measure(
        "computed_deadlines",
        _if_full(lambda r: [d for d in _deadlines(r) if d.get("computed")]),
        _same_day,
        cut="deadlines",
    ),
    _measure("citation_ids", _if_full(_citation_ids), _equal, cut="citations cited"),
    _measure("citation_kinds", _if_full(_kinds), _keyed(_same), _keyed(_same_numbers), cut="citations cited"),
    _measure("annexes", _said("annexes"), _same, _alike, 0.8),
)
"""What is measured beside them."""

MEASURES: tuple[Measure, ...] = CORE + FURTHER
