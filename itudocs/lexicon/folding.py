"""Folding: one character for many, never more, never fewer, so that offsets in folded and original text are the same.

Patterns of the lexicon are written against folded text: plain spaces, "-" for every hyphen and dash, straight quotes,
half-width forms, Western digits, Arabic presentation forms as their base letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_SPACES = (
    "\t\x0b\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f"
)
_SPACES += "\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2066\u2067\u2068\u2069\u3000\ufeff\u061c"
_HYPHENS = "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d\u2500\u0640"
_BULLETS = "\u2023\u25aa\u25a0\u25cf\u25cb\u25e6\u27a2\uf0a7\uf0b7\uf0d8\uf0fc"
"""The last are those of symbol fonts, which conversions leave in the private use area."""
_SINGLES = "\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc"
_DOUBLES = "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"
_OTHERS = {
    "،": ",", "؛": ";", "؟": "?", "٫": ".", "٬": ",", "\u3001": ",", "\u3002": ".", "\u300a": "\u300a", "\u2215": "/", "\u2044": "/",
    "\u3008": "<", "\u3009": ">", "\u3010": "[", "\u3011": "]", "\u2236": ":", "\ufe55": ":", "\ufe30": ":", "\x0c": "\n",
}  # fmt: skip


@cache
def _table() -> dict[int, str]:
    table = {ord(c): " " for c in _SPACES}
    table |= {ord(c): "-" for c in _HYPHENS}
    table |= {ord(c): "•" for c in _BULLETS}
    table |= {ord(c): "'" for c in _SINGLES}
    table |= {ord(c): '"' for c in _DOUBLES}
    table |= {ord(c): to for c, to in _OTHERS.items()}
    table |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width ASCII
    table[0xFF0D] = "-"
    for zero in (0x0660, 0x06F0, 0xFF10):
        table |= {zero + d: str(d) for d in range(10)}
    for code in (*range(0xFB50, 0xFDFE), *range(0xFE70, 0xFEFD)):  # Arabic presentation forms, one letter each
        letter = unicodedata.normalize("NFKC", chr(code))
        if len(letter) == 1:
            table[code] = letter
    return table


def fold(text: str) -> str:
    """The folded text: same length, same offsets."""
    table = _table()
    for odd in "\t\x0b\x0c" if text.isascii() else set(_odd().findall(text)):
        text = text.replace(odd, table[ord(odd)])  # few are odd: ten times as fast as translate()
    return text


@cache
def _odd() -> re.Pattern[str]:
    """The characters that become others."""
    return re.compile(f"[{''.join(re.escape(chr(code)) for code, to in _table().items() if to != chr(code))}]")


def tidy(value: str) -> str:
    """A value for people: white space runs become one space, invisible characters go, ends are trimmed."""
    if not value.isascii():
        value = _INVISIBLE.sub("", value)
    return " ".join(value.split())


_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u061c\u00ad]")


_LOST_SPACE = re.compile(r"(?<=[^\W\d_])\ufffd(?=\d)|(?<=\d)\ufffd(?=[^\W\d_])|(?<=[.,;:§°])\ufffd(?=\w)")


def spaced(view: str) -> str:
    """The view with spaces for the replacement characters that stand for no-break spaces (guide 9): beside a digit or a
    point; elsewhere they stand for a letter.
    """
    return _LOST_SPACE.sub(" ", view) if "\ufffd" in view else view
