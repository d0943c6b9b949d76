"""What an extractor is given and what it gives: a `Letter` to look at, a `Finding` back.

A letter is one flow of a source with its layout. Findings are computed on demand and once, so that an extractor may ask
for another field (`letter.finding("date")`) whatever the order of the rows in `itudocs.fields`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import Any, NamedTuple

from itudocs.dategrammar import DateMention, with_years
from itudocs.fields import FIELDS
from itudocs.flow import Flow
from itudocs.landmarks import Grammar, grammar
from itudocs.lexicon import tidy
from itudocs.model import Evidence, Issue, Record
from itudocs.reading.source import Source
from itudocs.zoning import Layout

EvidenceMap = dict[str, tuple[Evidence, ...]]


class Tried(NamedTuple):
    """What was considered for a field, kept for `itudocs.explain`: cheap to make, for it is made while parsing.

    Attributes:
        start, end: flow characters, unless `where` says otherwise; equal where it stands on no characters.
        rule: the id of the rule that considered it.
        why: why it lost; empty where it won.
        score: what it competed with, where candidates are scored.
        value: what it would have become, where that is not the characters themselves.
        where: what the offsets count in: `flow`, `text` (the source's) or `name` (the source's name).
    """

    start: int
    end: int
    rule: str
    why: str = ""
    score: float | None = None
    value: str | None = None
    where: str = "flow"


class Finding(Record, frozen=True, kw_only=True):
    """What one extractor found.

    `value` is the record's attribute; `evidence` maps record paths (`date`, `addressees/0`) to the characters they came
    from. Where there is no value, `why` says what was looked for and where that stopped. What lost is among the letter's
    `tried`.
    """

    value: Any
    evidence: EvidenceMap = {}
    issues: tuple[Issue, ...] = ()
    why: str = ""

    @property
    def empty(self) -> bool:
        return self.value is None or self.value == ()


Extractor = Callable[["Letter"], Finding]


class Letter:
    """One flow of a source, zoned, with its findings so far."""

    def __init__(self, source: Source, layout: Layout) -> None:
        self.source = source
        self.layout = layout
        self.flow: Flow = layout.flow
        self.view: str = layout.flow.view
        self.text: str = layout.flow.text
        self.language = layout.language
        self.rules: Grammar = grammar(layout.language)
        self.tried: dict[str, list[Tried]] = {}
        self._findings: dict[str, Finding] = {}

    def finding(self, name: str) -> Finding:
        """The finding of a field, by its name in `itudocs.fields`."""
        found = self._findings.get(name)
        if found is None:
            found = self._findings[name] = extractor(name)(self)
        return found

    def consider(self, name: str, *one: Any) -> None:
        """Remember what was considered for a field; the arguments are those of `Tried`."""
        self.tried.setdefault(name, []).append(Tried(*one))

    def evidence(self, start: int, end: int, rule: str, origin: str = "text") -> tuple[Evidence, ...]:
        """Evidence for flow characters `start:end`: one piece for every stretch of the source they stand in."""
        text = self.source.text
        return tuple(
            Evidence(start=a, end=b, quote=text[a:b], rule=rule, origin=origin) for a, b in self.flow.spans(start, end)
        )

    def issue(self, code: str, message: str, start: int = 0, end: int = 0, **more: Any) -> Issue:
        """An issue about flow characters `start:end`."""
        spans = self.flow.spans(start, end) if end > start else []
        return Issue(
            code=code, message=message, start=spans[0][0] if spans else 0, end=spans[-1][1] if spans else 0, **more
        )

    def value(self, start: int, end: int) -> str:
        """The flow's own characters, tidied."""
        return tidy(self.text[start:end])

    @cached_property
    def date(self) -> dt.date | None:
        """The letter's date, once it is known."""
        found: dt.date | None = self.finding("date").value
        return found

    @cached_property
    def dates(self) -> list[DateMention]:
        """All date mentions with their years lent."""
        return with_years(self.view, self.layout.dates, self.date)

    def in_section(self, position: int) -> str:
        """The kind of the section a flow character stands in."""
        return next((s.kind for s in self.layout.sections if s.start <= position < s.end), "body")


_EXTRACTORS: dict[str, Extractor] = {}


def extractor(name: str) -> Extractor:
    """The function a row of `itudocs.fields` names."""
    if name not in _EXTRACTORS:
        path = next(f.extractor for f in FIELDS if f.name == name)
        module, _, function = path.partition(":")
        _EXTRACTORS[name] = getattr(import_module(module), function)
    return _EXTRACTORS[name]
