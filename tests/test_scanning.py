"""A scanner finds what its pattern finds, only sooner."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from benchmarks.fuzz import mutated
from itudocs.dategrammar import _grammar
from itudocs.extract.citations import citation_patterns
from itudocs.extract.phrases import phrases
from itudocs.landmarks import EMAIL, PHONE, grammar
from itudocs.lexicon import LANGUAGES, fold, series
from itudocs.lexicon.scanning import Anchored, Scanner, scanner

CORPUS = Path(__file__).parent.parent / "corpus" / "open"


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Some letters in every language, whole and mutated, folded."""
    letters = [path.read_text(encoding="utf-8") for path in sorted(CORPUS.glob("*.txt"))]
    chosen = Random(1).sample(letters, 10)
    return [fold(text) for text in [*chosen, *(mutated(seed, letters)[:4000] for seed in range(10))]]


def scanners() -> list[Scanner]:
    """The scanners of every grammar, and one of every series and way to cite."""
    owners = [make(code) for code in LANGUAGES for make in (grammar, phrases, _grammar)]
    found = [value for owner in owners for value in vars(owner).values() if isinstance(value, Scanner)]
    found += [pattern.regex for one in series() for pattern in one.patterns]
    found += [scanner(pattern.source) for pattern in citation_patterns()]
    return [*found, PHONE, EMAIL]


def test_scanners_find_what_their_patterns_find(texts: list[str]) -> None:
    for one in scanners():
        if not isinstance(one, Anchored):
            one.prepare()
        for text in texts:
            wanted = [m.span() for m in one.regex.finditer(text)]
            assert [m.span() for m in one.finditer(text)] == wanted, one.pattern[:200]
            first = one.search(text, len(text) // 3)
            expected = one.regex.search(text, len(text) // 3)
            assert (first and first.span()) == (expected and expected.span()), one.pattern[:200]
        for k in range(0, len(texts[0]), 7):
            at, wanted_at = one.match(texts[0], k), one.regex.match(texts[0], k)
            assert (at and at.span()) == (wanted_at and wanted_at.span()), one.pattern[:200]


@pytest.mark.parametrize(
    ("pattern", "flags", "text"),
    [
        (r"(?<!x)(?:ab|cd)+e?", 0, "abcdex abab xcd e"), (r"(?i:straße|kilo)", 0, "STRASSE Straße \u212alo \u212aILO kilo"), (r"sail", re.IGNORECASE, "ſail SAİL SAIL"),
        (r"\d{1,2}-\d", 0, "12-3 ٣-٤ 1-"), (r"a*", 0, "aab"), (r"(?:a|)b", 0, "ab b"), (r"[^x]y", 0, "ayxyy"), (r"(?:Mr|Ms)? ?[A-Z]\w+", 0, "Mr Smith Ms A Bob"),
        (r"(?=ab)a|b", 0, "abba"), (r"(a)(b)?", 0, "aba"), (r"(?>ab|a)c", 0, "abc ac"), (r"\bword\b", 0, "a word, words"), (r"x{2,}+y", 0, "xxxy xy"),
    ],
)  # fmt: skip
def test_odd_patterns_are_found_too(pattern: str, flags: int, text: str) -> None:
    one = Scanner(pattern, flags, often=1.0)
    one.prepare()
    assert [m.span() for m in one.finditer(text)] == [m.span() for m in re.finditer(pattern, text, flags)]
    assert one.findall(text) == re.findall(pattern, text, flags)
    assert [bool(one.fullmatch(w)) for w in text.split()] == [
        bool(re.fullmatch(pattern, w, flags)) for w in text.split()
    ]


def test_a_stretch_is_looked_through_as_by_the_pattern() -> None:
    text = "ab ab ab"
    one = Scanner(r"(?<=\s)ab(?=\s|$)")
    one.prepare()
    for start in range(len(text)):
        for end in range(start, len(text) + 1):
            wanted = [m.span() for m in one.regex.finditer(text, start, end)]
            assert [m.span() for m in one.finditer(text, start, end)] == wanted
