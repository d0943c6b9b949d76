"""Ordinals in six languages: `77th`, `77-е`, `vigésimo quinta`, `第七十一次`, `السابع والسبعون` are numbers.

The words are data (`bodies.toml`), their putting together is here. Works on the plain text of `itudocs.lexicon.names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from itudocs.lexicon import LANGUAGES, table
from itudocs.lexicon.plain import plain
from itudocs.model import Language

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")}
_CHINESE = re.compile(r"第([一二三四五六七八九十百零]{1,5})(?:次|届|屆|期|轮|阶段)")


class _Words(NamedTuple):
    digits: re.Pattern[str]
    words: re.Pattern[str] | None
    values: dict[str, int]


def ordinals(text: str, language: Language | None) -> Iterator[tuple[int, int, int]]:
    """Start, end and value of the ordinals of a plain text, in order; without a language, of all languages."""
    small = text.casefold()
    found: list[tuple[int, int, int]] = []
    for code in (language,) if language else LANGUAGES:
        data = _ordinals(code)
        found += [(*m.span(), int(m[1])) for m in data.digits.finditer(small)]
        if code == "zh":
            found += [(*m.span(), _chinese(m[1])) for m in _CHINESE.finditer(small)]
        elif data.words:
            found += [(*m.span(), value) for m in data.words.finditer(small) if (value := _value(m, data.values))]
    yield from sorted(set(found), key=lambda f: (f[0], -f[1]))


def _value(match: re.Match[str], values: dict[str, int]) -> int:
    """The sum of what the groups `tens`, `unit` and `round` say."""
    groups = match.groupdict()
    teen = 10 if groups.get("teen") else 0
    return teen + sum(values[f"{kind}:{groups[kind]}"] for kind in ("tens", "unit", "round") if groups.get(kind))


@cache
def _ordinals(code: Language) -> _Words:
    data: dict[str, Any] = table("bodies.toml")["ordinals"][code]

    def flat(form: str) -> str:
        return plain(form).casefold()

    units = {flat(f): n for n, forms in enumerate(data.get("units", ()), 1) for f in forms.split("|")}
    tens = {flat(f): n for f, n in data.get("tens", {}).items()}
    rounds = {flat(f): n for f, n in data.get("round", {}).items()}
    behind = units | {flat(f): n for f, n in data.get("behind", {}).items()}
    values = {f"unit:{f}": n for f, n in behind.items()} | {f"tens:{f}": n for f, n in tens.items()}
    values |= {f"round:{f}": n for f, n in rounds.items()}
    digits = re.compile(rf"(?<![\w/]){data['digits']}(?![^\W_])" if code not in ("zh", "ar") else data["digits"])
    words = None
    if code == "ar":  # a unit, a teen, a round number, or unit and tens joined by "and": `السابع والسبعون`
        values |= {f"round:{f}": n for f, n in tens.items()}
        words = re.compile(
            rf"(?<![^\W\d_])[وفبلك]?(?:(?P<unit>{_any(units)})(?: (?P<teen>عشره?)| و(?P<tens>{_any(tens)}))?|(?P<round>{_any(tens)}))(?![^\W\d_])"
        )
    elif units:
        end = f"{data['ending']}(?![^\\W\\d_])"
        words = re.compile(
            rf"(?<![^\W\d_])(?:(?:(?P<tens>{_any(tens)}){data['between']})?(?P<unit>{_any(behind)})|(?P<round>{_any(rounds)})){end}"
        )
    return _Words(digits, words, values)


def _any(forms: Any) -> str:
    return "|".join(sorted((re.escape(f) for f in forms), key=lambda f: (-len(f), f)))


def _chinese(numeral: str) -> int:
    """`七十一` is 71."""
    total = digit = 0
    for c in numeral:
        if c in _DIGITS:
            digit = _DIGITS[c]
        else:
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
    return total + digit
