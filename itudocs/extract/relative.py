"""Deadlines that a letter gives only as a period before its meeting: "two months before the meeting", computed and marked so.

The period's words, numbers and units are the lexicon's; the arithmetic is here. A period beside which the letter prints the day
itself ("i.e. not later than 5 June 2002") is left to the printed day. Source: guide section 10.4.
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Iterator

from itudocs.flow import Span
from itudocs.lexicon import compiled, language
from itudocs.lexicon.scanning import scanner
from itudocs.model import Language, Record

_LESS = re.compile(r"(?:less than|moins de|menos de|менее чем за|менее)\s{0,3}$", re.IGNORECASE)


_REACH = 40
_BEHIND = 200
"""How far before its unit a period may begin and how far behind the beginning of its unit it may end, in characters."""


class Period(Record, frozen=True, kw_only=True):
    """A period before a meeting: so many days, working days, weeks or months, and the words that say so."""

    number: int
    unit: str
    span: Span

    def before(self, day: dt.date) -> dt.date:
        """The day that lies this period before another.

        Months go back to the same day of the month or to the month's last; working days skip Saturdays and Sundays.
        """
        if self.unit == "months":
            months = day.year * 12 + day.month - 1 - self.number
            year, month = divmod(months, 12)
            return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        if self.unit == "working":
            left = self.number
            while left:
                day -= dt.timedelta(days=1)
                left -= day.weekday() < 5
            return day
        return day - dt.timedelta(days=self.number * (7 if self.unit == "weeks" else 1))


def periods(view: str, start: int, end: int, code: Language) -> Iterator[Period]:
    """Periods before a meeting between two positions of folded text."""
    for lexicon in dict.fromkeys((code, "en")):
        data = language(lexicon).raw["deadlines"]
        for pattern in data["relative"]:
            for match in _found(pattern, view, start, end):
                number = _number(match["n"], data["numbers"])
                unit = next((u for part, u in data["units"].items() if part in (match["unit"] or match["n"])), None)
                if number and unit and not _LESS.search(view, max(start, match.start() - 20), match.start()):
                    yield Period(number=number, unit=unit, span=match.span())


def _found(pattern: str, view: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The matches of a pattern; one that begins with any word is looked for by its unit, a few words before which it begins."""
    if not pattern.startswith("(?P<n>"):
        yield from compiled(pattern).finditer(view, start, end)
        return
    at = start
    for unit in scanner(pattern[pattern.index("(?P<unit>") :]).finditer(view, start, end):
        match = compiled(pattern).search(view, max(at, unit.start() - _REACH), min(end, unit.start() + _BEHIND))
        if match and match.start() < unit.start():
            yield match
            at = match.end()


def _number(printed: str, words: dict[str, int]) -> int | None:
    if printed.isdigit():
        return int(printed)
    return words.get(printed.casefold())
