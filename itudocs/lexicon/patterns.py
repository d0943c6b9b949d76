"""How the lexicon writes regular expressions.

In a pattern a space stands for up to four white-space characters: conversions lose spaces, double them and wrap lines
at them. Inside a character class it stands for any one white-space character. Everything else is Python's `re`.
All repetition is bounded or over disjoint classes, so that no text makes matching slow.
"""

from __future__ import annotations

import re
from functools import cache

GAP = r"\s{0,4}"


def expand(pattern: str) -> str:
    """The pattern with its spaces written out."""
    out: list[str] = []
    in_class = escaped = False
    for c in pattern:
        if escaped:
            escaped = False
        elif c == "\\":
            escaped = True
        elif c == "[" and not in_class:
            in_class = True
        elif c == "]" and in_class:
            in_class = False
        elif c == " ":
            out.append(r"\s" if in_class else GAP)
            continue
        out.append(c)
    # " ?" in a pattern would turn into a lazy gap and "{0,4}+" into a possessive one: a gap is optional by itself.
    return "".join(out).replace(GAP + "?", GAP)


@cache
def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The compiled pattern."""
    return re.compile(expand(pattern), flags)


def words(forms: list[str] | tuple[str, ...]) -> str:
    """An alternation of literal forms, longest first, with elastic spaces and optional hyphens inside."""
    ordered = sorted(dict.fromkeys(forms), key=lambda f: (-len(f), f))
    return "|".join(re.escape(f).replace(r"\ ", " ").replace(r"\-", " -? ") for f in ordered)
