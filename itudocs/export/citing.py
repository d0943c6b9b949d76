"""A letter's citation string: the same for the same file, readable, and enough to find and to check the file again.

    ITU Telecommunication Standardization Bureau, TSB Circular 12, 2009-03-11 (en): Meeting of Study Group 2.
    SHA-256 3fae86528dc86694

Bureau, reference, date, language, subject, and the first 16 digits of the SHA-256 of the file's bytes, which are also the
letter's key in an archive: `itudocs show 3fae86528dc86694`. All but the digits are as parsed: a better parser may better
them, the digits never change. Formats for reference managers are `bibliography`'s.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from itudocs.export.harmless import line
from itudocs.lexicon import language
from itudocs.model import Bureau, Language

DIGITS = 16
"""Of the key. Two of a hundred million letters share as many by a chance of 1 in 3,700."""


class Citable(Protocol):
    """What can be cited: a `Circular`, or a letter that an agenda's row names."""

    @property
    def key(self) -> str: ...
    @property
    def id(self) -> str | None: ...
    @property
    def ref(self) -> str | None: ...
    @property
    def bureau(self) -> Bureau | None: ...
    @property
    def language(self) -> Language | None: ...
    @property
    def date(self) -> dt.date | None: ...
    @property
    def subject(self) -> str | None: ...


def cite(letter: Citable, *, digits: int = DIGITS) -> str:
    """The citation string, on one line; what the letter lacks is left out, its date is then `n.d.`

    Example: `ITU Radiocommunication Bureau, CR/387, 2015-10-01 (en): Radio Regulations Board. SHA-256 9f86d081884c7d65`.
    """
    said = ", ".join(filter(None, (issuer(letter), name(letter), letter.date.isoformat() if letter.date else "n.d.")))
    if letter.language:
        said += f" ({letter.language})"
    if subject := line(letter.subject or ""):
        said += f": {subject}"
    return f"{said.rstrip('.')}. SHA-256 {letter.key[:digits]}"


def issuer(letter: Citable) -> str:
    """Who issued it: `ITU Radiocommunication Bureau`, or `ITU` where that is unknown."""
    office = bureau_name(letter.bureau)
    return f"ITU {office}" if office else "ITU"


def bureau_name(bureau: Bureau | None) -> str | None:
    """A bureau's English name."""
    return str(language("en").raw["issuers"][bureau][0]) if bureau else None


def name(letter: Citable) -> str | None:
    """How the letter calls itself: its reference as printed, else its identity."""
    return line(letter.ref or letter.id or "") or None
