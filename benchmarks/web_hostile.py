"""Searches made to take long: what the query language allows, at its limits."""

from __future__ import annotations

from itertools import islice, permutations, product

_CONSONANTS, _VOWELS = "bcdfghlmnprstv", "aeiou"
_COMMON = ("the", "of", "and", "to", "in", "a")
_MORE = ("for", "on", "is", "be", "that", "by", "with", "as", "at", "this", "which", "from", "are", "will", "or")


def _any(parts: list[str]) -> str:
    """As many of the parts as a query may have."""
    found = " OR ".join(parts[:64])
    while len(found) > 2_000:
        found = found.rpartition(" OR ")[0]
    return found


HOSTILE: dict[str, str] = {
    "64 beginnings of two letters": _any([f"{a}{b}*" for a, b in product(_CONSONANTS, _VOWELS)]),
    "64 beginnings of three letters": _any(
        [f"{a}{b}{c}*" for a, b, c in islice(product(_CONSONANTS, _VOWELS, "bcdn"), 64)]
    ),
    "64 shapes with a star at both ends": _any(
        [f"*{a}{b}{c}*" for a, b, c in islice(product(_CONSONANTS, _VOWELS, _CONSONANTS), 64)]
    ),
    "64 shapes of many stars": _any([f"*{a}*{b}*{c}*q" for a, b, c in islice(product("abcdefg", repeat=3), 64)]),
    "one word of 500 stars": "*a" * 500,
    "shapes of question marks": _any(
        ["?" * (5 + n % 3) + letter + "?" for n, letter in enumerate("bcdfghjklmnpqrstvwxz" * 3)]
    ),
    "64 words with two changes": _any([f"{a}{b}rani~2" for a, b in product(_CONSONANTS, _VOWELS)]),
    "a long word with two changes": f"{'a' * 1_990}~2",
    "a quotation of 490 words": f'"{" ".join(["the"] * 490)}"',
    "a quotation of two words, 100 apart": '"the of"~100',
    "a quotation of five words, 100 apart": '"the of and to in"~100',
    "a quotation of 480 words, 100 apart": f'"{" ".join(_COMMON * 80)}"~100',
    "30 quotations, 100 apart": _any([f'"{a} {b}"~100' for a, b in permutations(_COMMON, 2)]),
    "60 quotations of six words, 100 apart": _any([f'"the of and to in {word}"~100' for word in _MORE * 4]),
    "60 quotations of three words": _any([f'"{a} {b} the"' for a, b in permutations((*_COMMON, *_MORE), 2)]),
    "30 parentheses": "(" * 30 + "the" + ")" * 30,
    "60 exclusions": " ".join(f"-{word}" for word in _COMMON * 10) + " x",
    "60 common words": _any([*_COMMON, *_MORE] * 3),
    "60 words that no letter has": " ".join(f"xqzranit{n}dz" for n in range(60)),
    "60 references that no letter bears": _any([f"CR/9{n}9" for n in range(60)]),
    "60 ranges of days": _any([f"date:19{n:02}..2020" for n in range(60)]),
    "60 ranges of years": _any([f"year:1{n:03}..2020" for n in range(60)]),
    "60 shapes of a value": _any([f"series:*{n % 10}*" for n in range(60)]),
    "compounds of twelve words": _any(["-".join(["the"] * 12)] * 20),
    "a compound of 490 words": "-".join(["the"] * 490),
    "2,000 Chinese characters": "\u5e74" * 1_990,
    "accents upon accents": "e" + "\u0301" * 1_900,
    "ligatures that grow": "\ufdfa" * 1_990,
    "10,000 words": " ".join(f"word{n}" for n in range(10_000))[:30_000],
    "100,000 words apart": '"a b"~100000',
    "deep parentheses": "(" * 900 + "the" + ")" * 900,
    "bidirectional marks": "\u202e\u2066the\u2069" * 200,
}
"""By what they are; some are over a limit of the language, and refused at once."""
