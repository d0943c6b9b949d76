"""What is known about letters, as data: series, study periods, bodies, languages. This package is its only code.

Loaded once, on first use; nothing is read at import time. Stands before reading, zoning and extraction, which choose
and calculate with what is here.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from functools import cache, cached_property
from importlib import resources
from typing import Any

from itudocs.errors import LexiconError
from itudocs.lexicon.folding import fold, tidy
from itudocs.lexicon.patterns import compiled, expand, words
from itudocs.lexicon.scanning import Scanner, scanner
from itudocs.model import Language, Record

LANGUAGES: tuple[Language, ...] = ("en", "fr", "es", "ru", "ar", "zh")

__all__ = [
    "LANGUAGES", "LanguageData", "Official", "Period", "Series", "SeriesPattern", "bodies", "compiled", "expand", "fold",
    "furniture", "language", "officials", "period_of", "series", "series_of", "table", "tidy", "words",
]  # fmt: skip


@cache
def table(name: str) -> dict[str, Any]:
    """One TOML file of the lexicon.

    Raises:
        LexiconError: it is no TOML.
    """
    try:
        return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"lexicon file {name} is no TOML: {error}") from error


class SeriesPattern(Record, frozen=True, kw_only=True):
    """One way to print a reference. `partial` ones lack a part of the identity that must be found elsewhere."""

    id: str
    slug: str
    regex: Scanner
    needs: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    partial: bool = False
    value: str | None = None
    examples: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def possible(self, text: str) -> bool:
        """Whether folded text has a word without which there is no match."""
        return not self.needs or any(word in text for word in self.needs)

    def finditer(self, text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
        """Matches in folded text that do not stand behind a forbidden word."""
        for match in self.regex.finditer(text, start, len(text) if end is None else end):
            before = text[max(0, match.start() - 24) : match.start()]
            if not any(before.endswith(word) for word in self.not_after):
                yield match


class Series(Record, frozen=True, kw_only=True):
    """A series of letters: who issues it, how its identity is written, numbers with known dates."""

    slug: str
    name: str
    bureau: str | None
    id: str
    restarts: str
    number_only: bool
    points: tuple[tuple[int, dt.date], ...]
    patterns: tuple[SeriesPattern, ...]

    def plausible(self, number: int, date: dt.date) -> bool:
        """Whether the number fits the run of the series at that date, as far as known points tell.

        Only for series that never restart: the number must not lie far outside the neighbouring points.
        """
        if self.restarts or len(self.points) < 2:
            return True
        before = [n for n, d in self.points if d <= date]
        after = [n for n, d in self.points if d > date]
        low = max(before) * 0.8 - 10 if before else 0
        high = min(after) * 1.2 + 10 if after else max(n for n, _ in self.points) * 1.5 + 30
        return low <= number <= high


@cache
def series() -> tuple[Series, ...]:
    """All series, in the order in which their patterns are tried."""
    out = []
    for row in table("series.toml")["series"]:
        patterns = tuple(
            SeriesPattern(
                id=p["id"],
                slug=row["slug"],
                regex=scanner(p["regex"]),
                needs=tuple(p.get("needs", ())),
                not_after=tuple(p.get("not_after", ())),
                partial=p.get("partial", False),
                value=p.get("value"),
                examples=tuple(p["examples"]),
                never=tuple(p["never"]),
            )
            for p in row["pattern"]
        )
        points = tuple((n, d) for n, d in row["points"])
        out.append(
            Series(
                slug=row["slug"], name=row["name"], bureau=row.get("bureau"), id=row["id"], restarts=row.get("restarts", ""),
                number_only=row.get("ref") == "number", points=points, patterns=patterns,
            )
        )  # fmt: skip
    return tuple(out)


@cache
def series_of(slug: str) -> Series:
    """The series of that slug."""
    return next(s for s in series() if s.slug == slug)


class Period(Record, frozen=True, kw_only=True):
    """A study period of ITU-T; it begins when the assembly before it has ended."""

    name: str
    begins: dt.date
    assembly: str
    file_year: int


@cache
def periods() -> tuple[Period, ...]:
    """Study periods, oldest first."""
    rows = table("study_periods.toml")["period"]
    return tuple(
        Period(name=r["name"], begins=r["begins"], assembly=r["assembly"], file_year=r["file_year"]) for r in rows
    )


def period_of(date: dt.date) -> Period | None:
    """The study period a letter of that date was numbered in; None before the first."""
    return next((p for p in reversed(periods()) if p.begins < date), None)


class Official(Record, frozen=True, kw_only=True):
    """An elected official, by normal name (`itudocs.lexicon.names.normal_person`), and a term of office."""

    post: str
    name: str
    begins: dt.date
    ends: dt.date


@cache
def officials() -> tuple[Official, ...]:
    """Elected officials, a cross-check only."""
    return tuple(
        Official(post=r["post"], name=r["name"], begins=r["from"], ends=r["to"])
        for r in table("bodies.toml")["official"]
    )


@cache
def bodies() -> dict[str, tuple[str, ...]]:
    """Names and acronyms, folded, of bodies whose acts are cited, in all languages, by normal acronym."""
    rows = (r for r in table("bodies.toml")["body"] if "kind" not in r)
    return {r["id"]: tuple(fold(n) for forms in r["names"].values() for n in forms) for r in rows}


@cache
def furniture() -> dict[str, Any]:
    """Patterns of letterhead footers, page marks and the page chrome of hosting sites."""
    return table("furniture.toml")


class LanguageData:
    """Labels, months, formulas and patterns of one language."""

    def __init__(self, code: Language) -> None:
        self.code = code
        self.raw = table(f"languages/{code}.toml")

    def list(self, section: str, key: str) -> tuple[str, ...]:
        """A list of the language's file; empty where the language has none."""
        value = self.raw.get(section, {}).get(key, ())
        return (value,) if isinstance(value, str) else tuple(value)

    def text(self, section: str, key: str) -> str:
        """A pattern of the language's file; empty where the language has none."""
        return str(self.raw.get(section, {}).get(key, ""))

    @cached_property
    def months(self) -> dict[str, int]:
        """Month names, case folded, to 1..12."""
        return {
            name.casefold(): number for number, names in enumerate(self.raw["dates"]["months"], 1) for name in names
        }

    @cached_property
    def weekdays(self) -> dict[str, int]:
        """Weekday names, case folded, to 0 (Monday)..6."""
        return {name.casefold(): number for number, names in enumerate(self.raw["dates"]["weekdays"]) for name in names}

    @cached_property
    def labels(self) -> dict[str, str]:
        """Label forms, squashed and case folded, to their kind."""
        return {squash(form): kind for kind, forms in self.raw["labels"].items() for form in forms}


def squash(form: str) -> str:
    """A form without spaces, hyphens and points, case folded: how labels are looked up."""
    return re.sub(r"[\s.\-()']", "", form).casefold()


@cache
def language(code: Language) -> LanguageData:
    """The data of one language."""
    return LanguageData(code)
