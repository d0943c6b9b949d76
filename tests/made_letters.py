"""Records made for tests of what comes after parsing, and letters that would like to break it."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from itudocs.model import Circular, Deadline, Event, Provenance

HOSTILE = (
    '=HYPERLINK("http://x.example","pay")',
    "+41 22 730 5111",
    "+41227305111+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "'already quoted",
    "\tbehind a tab",
    "line one\r\nEND:VEVENT\r\nBEGIN:VALARM",
    "line one\nER  - \nTY  - BOOK",
    "100% of $5 & #1_a ^b ~c {unbalanced \\input{/etc/passwd}",
    "} closing } first {",
    "back\\slash; comma, semicolon; \"quotes\" 'too'",
    "nul\x00 bell\x07 escape\x1b[31m del\x7f c1\x9b",
    "half \ud800 pair",
    "\u202eright to left\u202c \u2028 separator",
    "جلسة; الاجتماع, 会议；第3研究组 – Étude",
    "a" * 5000,
)
"""Subjects that a spreadsheet, a calendar, TeX, a terminal or a reference manager might obey."""


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def event(days: str, name: str | None = None, **more: Any) -> Event:
    """An event of a day, or of two with `..` between them."""
    first, _, last = days.partition("..")
    return Event(start=day(first), end=day(last or first), name=name, **more)


def due(date: str, what: str | None = None, **more: Any) -> Deadline:
    return Deadline(date=day(date), what=what, **more)


def made(
    identity: str | None, date: str | None = None, *, language: str | None = "en", salt: str = "", **more: Any
) -> Circular:
    """A record; its key is a hash of its identity, language and salt."""
    key = hashlib.sha256(f"{identity} {language} {salt}".encode()).hexdigest()
    values: dict[str, Any] = {
        "id": identity, "ids": (identity,) if identity else (), "language": language, "date": day(date) if date else None,
        "source": Provenance(name=f"{key[:6]}.txt", sha256=key),
    }  # fmt: skip
    return Circular(key=key, **(values | more))
