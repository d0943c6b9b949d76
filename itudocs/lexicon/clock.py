"""Times of day as numbers: `0930 hours`, `9 h 30`, `下午3时`, `1600 hours UTC`.

Records keep times as printed; a calendar needs hours and minutes, and the zone where the letter names one. Which words
name a zone or an afternoon is data (`clock.toml`). Finding times in a letter is extraction's.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from itudocs.lexicon import fold, table
from itudocs.model import Record


class Clock(Record, frozen=True, kw_only=True):
    """A time of day: `hour` 0 to 24 (24 is the end of the day), `zone` an IANA name where the letter names one."""

    hour: int
    minute: int = 0
    zone: str | None = None


# The gap is a colon, a point, `h` or the word for hours; a dash would begin the second half of a range.
_PAIR = re.compile(r"(?<!\d)(\d{1,2})(?:[^\d\-]{1,8}?)([0-5]\d)(?!\d)")
_BLOCK = re.compile(r"(?<!\d)(\d{1,2})([0-5]\d)(?!\d)")
_HOUR = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")


@cache
def _forms(section: str) -> tuple[tuple[str, str], ...]:
    """Printed forms, folded, and what they mean; longer ones first."""
    rows = [(fold(form).casefold(), name) for name, forms in table("clock.toml")[section].items() for form in forms]
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


def _said(section: str, text: str) -> str | None:
    return next((name for form, name in _forms(section) if form in text), None)


@lru_cache(maxsize=4096)
def clock(printed: str) -> Clock | None:
    """The time that is printed, of a range its beginning; None where it is none.

    Example: `clock("1600 hours UTC")` is 16:00 in zone UTC, `clock("9 h 30")` is 9:30 in no zone: local time.
    """
    text = fold(printed).casefold()
    zone, part = _said("zones", text), _said("parts", text)
    minute = {"half": 30, "quarter": 15}.get(part or "", 0)
    pair = _BLOCK.search(text) or _PAIR.search(text)
    if pair:
        hour, minute = int(pair[1]), int(pair[2])
    elif alone := _HOUR.search(text):
        hour = int(alone[1])
    elif word := _said("hours", text):
        hour = int(word)
        part = next((name for form, name in _forms("parts") if name == "afternoon" and form in text), part)
    elif part in ("midnight", "noon"):
        return Clock(hour=24 if part == "midnight" else 12, zone=zone)
    else:
        return None
    if part == "afternoon" and hour < 12:
        hour += 12
    return Clock(hour=hour, minute=minute, zone=zone) if hour < 24 or (hour, minute) == (24, 0) else None
