"""Do the versions of a letter say the same? What its language versions, formats and printings must share, held together.

Dates, days of events, deadlines, numbers and addresses are the same in every language; words are not. Each difference
comes with what every version says, and the characters it says it with. Between an archive, which finds the versions, and
whoever has to decide which of them is right.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from itudocs.lexicon import fold
from itudocs.model import Circular, Citation, Evidence, Language, Record

_NUMBERED = frozenset(
    {"resolution", "decision", "opinion", "recommendation", "document", "question", "agenda-item", "treaty", "rules"}
)


class Side(Record, frozen=True, kw_only=True):
    """What one version says where versions differ; no values where it says nothing. Evidence is in the values' order."""

    key: str
    language: Language | None
    name: str
    values: tuple[str, ...] = ()
    evidence: tuple[tuple[Evidence, ...], ...] = ()


class Difference(Record, frozen=True, kw_only=True):
    """A field in which the versions of a letter do not say the same.

    `field`: `date`, `event days`, `deadlines`, `telephone`, `fax`, `e-mail`, `signatory`, `circulars cited` or `numbers
    cited`. `sides` has every version; its values are those that not all versions have. `kind` is `missing` where no two
    versions contradict one another but some lack what others have, else `differs`.
    """

    id: str
    field: str
    kind: Literal["differs", "missing"]
    sides: tuple[Side, ...]


class _Value(NamedTuple):
    """A value in a form that is the same in all languages, as people read it, and the record paths of its evidence."""

    same: str
    shown: str
    paths: tuple[str, ...]


def _plain(value: str, *paths: str) -> _Value:
    return _Value(value, value, paths)


def _dates(record: Circular) -> Iterator[_Value]:
    if record.date:
        yield _plain(record.date.isoformat(), "date")


def _event_days(record: Circular) -> Iterator[_Value]:
    for n, event in enumerate(record.events):
        yield _plain(_span(event.start, event.end), f"events/{n}/start", f"events/{n}/end")


def _span(start: dt.date, end: dt.date) -> str:
    return start.isoformat() if start == end else f"{start.isoformat()}..{end.isoformat()}"


def _deadlines(record: Circular) -> Iterator[_Value]:
    for n, deadline in enumerate(record.deadlines):
        if not deadline.computed:
            yield _plain(deadline.date.isoformat(), f"deadlines/{n}/date")


def _numbers(kind: Literal["tel", "fax"]) -> Callable[[Circular], Iterator[_Value]]:
    def values(record: Circular) -> Iterator[_Value]:
        for n, printed in enumerate(getattr(record.contact, kind)):
            # A conversion may turn the groups of an Arabic number round: they are compared in rising order
            groups = sorted(re.findall(r"\d+", fold(printed)))
            yield _Value(" ".join(groups), printed, (f"contact/{kind}/{n}",))

    return values


def _emails(record: Circular) -> Iterator[_Value]:
    for n, address in enumerate(record.contact.emails):
        yield _plain(address.casefold(), f"contact/emails/{n}")


def _signatory(record: Circular) -> Iterator[_Value]:
    if record.signatory and record.signatory.person:
        yield _plain(record.signatory.person, "signatory/person")


def _circulars(record: Circular) -> Iterator[_Value]:
    for n, citation in enumerate(record.citations):
        if citation.id and citation.kind in ("circular", "letter"):
            yield _plain(citation.id, f"citations/{n}/text")


def _cited_numbers(record: Circular) -> Iterator[_Value]:
    for n, citation in enumerate(record.citations):
        if citation.kind in _NUMBERED and (shown := signature(citation)):
            yield _Value(shown, citation.text, (f"citations/{n}/text",))


def signature(citation: Citation) -> str:
    """The numbers of a citation in an order that no language changes, behind its kind; empty where it has none.

    Example: `Resolution 1 (Rev. Hammamet, 2016)` and `第1号决议(2016年,哈马马特,修订版)` are both `resolution 1 2016`.
    """
    numbers = sorted(re.findall(r"\d+", fold(citation.text)), key=int)
    return " ".join([citation.kind, *(str(int(n)) for n in numbers)]) if numbers else ""


_FIELDS: tuple[tuple[str, Callable[[Circular], Iterator[_Value]]], ...] = (
    ("date", _dates),
    ("event days", _event_days),
    ("deadlines", _deadlines),
    ("telephone", _numbers("tel")),
    ("fax", _numbers("fax")),
    ("e-mail", _emails),
    ("signatory", _signatory),
    ("circulars cited", _circulars),
    ("numbers cited", _cited_numbers),
)
"""What is compared, and how it is read off a record."""


def differences(versions: Sequence[Circular]) -> tuple[Difference, ...]:
    """What the versions of one letter do not say alike, contradictions first; nothing for fewer than two versions."""
    if len(versions) < 2:
        return ()
    found = [d for name, read in _FIELDS for d in _compared(name, read, versions)]
    return tuple(sorted(found, key=lambda d: d.kind))


def _compared(
    field: str, read: Callable[[Circular], Iterable[_Value]], versions: Sequence[Circular]
) -> Iterator[Difference]:
    every = [_once(read(record)) for record in versions]
    if field == "numbers cited":
        every = _shortened(every)
    shared = set.intersection(*({v.same for v in some} for some in every))
    left = [[v for v in some if v.same not in shared] for some in every]
    if not any(left):
        return
    if field in ("date", "signatory") and len({v.same for some in left for v in some}) < 2:
        return  # a letter has one: it was cut off, not left out
    sides = tuple(
        Side(
            key=record.key, language=record.language, name=record.source.name, values=tuple(v.shown for v in some),
            evidence=tuple(tuple(e for path in v.paths for e in record.evidence.get(path, ())) for v in some),
        )
        for record, some in zip(versions, left, strict=True)
    )  # fmt: skip
    yield Difference(id=versions[0].id or versions[0].key, field=field, kind=_kind(left), sides=sides)


def _shortened(every: Sequence[Sequence[_Value]]) -> list[list[_Value]]:
    """Citations in their shortest form: Chinese keeps a paragraph's number behind a Resolution that others drop."""
    known = sorted({v.same for some in every for v in some}, key=len)
    bags = {same: Counter(same.split()) for same in known}
    short = {same: next(k for k in known if bags[k] <= bags[same]) for same in known}
    return [_once(v._replace(same=short[v.same]) for v in some) for some in every]


def _kind(left: Sequence[Sequence[_Value]]) -> Literal["differs", "missing"]:
    """Versions contradict one another where two of them each have a value that the other lacks."""
    sets = sorted(({v.same for v in some} for some in left), key=len)
    chain = all(a <= b for a, b in pairwise(sets))
    return "missing" if chain else "differs"


def _once(values: Iterable[_Value]) -> list[_Value]:
    """Each value once: a second mention of a day is no second event."""
    first: dict[str, _Value] = {}
    for value in values:
        first.setdefault(value.same, value)
    return list(first.values())
