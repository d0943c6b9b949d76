"""Numbers that word processors put before paragraphs without storing them: counted again as they count.

Which list a paragraph belongs to, and how its levels look, is the formats' own. Used by `docx` and `odt`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

DEEPEST = 10
"""Levels of a list; both formats have at most so many."""
_LARGEST = 1_000_000  # beyond, a number is not spelt in letters or Roman figures
_ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    )
)


class Level(NamedTuple):
    """How a level of a list is numbered: `style` is decimal, letter, roman (`LETTER`, `ROMAN` in capitals), bullet or
    none; `pattern` is what is printed, `%1` being the number of the first level."""

    style: str
    pattern: str
    start: int = 1


class Counter:
    """Counts the paragraphs of the lists of a document."""

    def __init__(self) -> None:
        self._counts: dict[object, list[int | None]] = {}

    def label(self, key: object, levels: dict[int, Level], level: int) -> str:
        """What stands before the next paragraph at a level (0 for the first) of the list `key`; empty for nothing."""
        if not 0 <= level < DEEPEST or level not in levels:
            return ""
        counts = self._counts.setdefault(key, [None] * DEEPEST)
        before = counts[level]
        counts[level] = levels[level].start if before is None else before + 1
        counts[level + 1 :] = [None] * (DEEPEST - level - 1)
        made = levels[level]
        if made.style == "none":
            return ""
        if made.style == "bullet":
            return made.pattern

        def number(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            told = levels.get(at, Level("decimal", ""))
            count = counts[at]
            return spelt(told.start if count is None else count, told.style)

        return re.sub(r"%([1-9])", number, made.pattern)


def spelt(number: int, style: str) -> str:
    """A number as a list prints it."""
    if not 0 < number < _LARGEST:
        return str(number)
    kind = style.lower()
    if kind == "letter":
        # a to z, then aa, bb
        out = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 40)
    elif kind == "roman" and number < 5000:
        out, left = "", number
        for value, letters in _ROMAN:
            out += letters * (left // value)
            left %= value
    else:
        return str(number)
    return out.upper() if style.isupper() else out
