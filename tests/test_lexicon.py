"""The lexicon keeps its own promises: patterns match their examples and nothing they must never match."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from itudocs import lexicon
from itudocs.lexicon import LANGUAGES, fold, language, period_of, series, series_of, tidy
from itudocs.lexicon.patterns import compiled, expand
from itudocs.model import Language

PATTERNS = [(s.slug, p) for s in series() for p in s.patterns]


def marked(example: str) -> tuple[str, int, int]:
    """An example without its marks, and the span between them."""
    folded = fold(example)
    start, end = folded.index("[["), folded.index("]]") - 2
    return folded.replace("[[", "").replace("]]", ""), start, end


@pytest.mark.parametrize(("slug", "pattern"), PATTERNS, ids=[p.id for _, p in PATTERNS])
def test_every_series_pattern_matches_its_examples_where_they_are_marked(
    slug: str, pattern: lexicon.SeriesPattern
) -> None:
    assert pattern.examples, slug
    for example in pattern.examples:
        text, start, end = marked(example)
        assert (start, end) in [m.span(pattern.value or 0) for m in pattern.finditer(text)], example


@pytest.mark.parametrize(("slug", "pattern"), PATTERNS, ids=[p.id for _, p in PATTERNS])
def test_no_series_pattern_matches_what_it_never_may(slug: str, pattern: lexicon.SeriesPattern) -> None:
    for never in pattern.never:
        assert [m[0] for m in pattern.finditer(fold(never))] == [], (slug, never)


def test_pattern_ids_are_unique() -> None:
    ids = [p.id for _, p in PATTERNS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_the_sections_of_english(code: Language) -> None:
    english, other = language("en").raw, language(code).raw
    assert set(english) <= set(other)
    for section in ("dates", "labels", "salutations", "closings", "issuers", "events", "deadlines"):
        missing = set(english[section]) - set(other[section])
        assert not missing, (code, section, missing)
    assert len(other["dates"]["months"]) == 12
    assert len(other["dates"]["weekdays"]) == 7
    assert set(english["groups"]) == set(other["groups"])


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_pattern_of_a_language_compiles_and_is_folded(code: Language) -> None:
    raw = language(code).raw
    for section, keys in (("salutations", ("patterns",)), ("closings", ("patterns",)), ("times", ("patterns",))):
        for key in keys:
            for pattern in raw[section][key]:
                compiled(pattern)
                assert fold(pattern) == pattern
    for group, patterns in raw["groups"].items():
        if group != "vocabulary":
            for pattern in patterns:
                compiled(pattern)


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_label_of_a_language_means_two_things(code: Language) -> None:
    raw = language(code).raw["labels"]
    seen: dict[str, str] = {}
    for kind, forms in raw.items():
        for form in forms:
            key = lexicon.squash(form)
            assert seen.setdefault(key, kind) == kind or {seen[key], kind} <= {"clock", "other"}, (
                form,
                seen[key],
                kind,
            )


def test_folding_keeps_every_offset() -> None:
    text = "ＡＢ：\u00a0“x”\u2011\u2013٣\ufefb\u200f年"
    assert len(fold(text)) == len(text)
    assert fold("ＡＢ：") == "AB:"
    assert fold("7\u20119") == "7-9"
    assert fold("٣") == "3"


def test_tidying_drops_what_nobody_sees() -> None:
    assert tidy(" a\u00a0 b\n\u200fc ") == "a b c"


def test_a_space_in_a_pattern_may_be_lost_doubled_or_wrapped() -> None:
    pattern = re.compile(expand(r"TSB Circular (\d+)"))
    for text in ("TSB Circular 68", "TSBCircular68", "TSB  Circular\n 68"):
        match = pattern.fullmatch(text)
        assert match
        assert match[1] == "68"


@pytest.mark.parametrize(
    ("date", "period"),
    [
        (dt.date(1996, 11, 1), "1997-2000"), (dt.date(2000, 3, 3), "1997-2000"), (dt.date(2000, 11, 9), "2001-2004"),
        (dt.date(2004, 2, 25), "2001-2004"), (dt.date(2004, 12, 20), "2005-2008"), (dt.date(2016, 8, 15), "2013-2016"),
        (dt.date(2016, 11, 14), "2017-2021"), (dt.date(2018, 3, 16), "2017-2021"),
    ],
)  # fmt: skip
def test_numbers_restart_after_each_assembly(date: dt.date, period: str) -> None:
    found = period_of(date)
    assert found is not None
    assert found.name == period


def test_before_the_first_assembly_there_is_no_period() -> None:
    assert period_of(dt.date(1990, 1, 1)) is None


def test_a_number_far_off_the_run_of_its_series_is_implausible() -> None:
    ca = series_of("ca")
    assert ca.plausible(246, dt.date(2019, 4, 24))
    assert not ca.plausible(2462, dt.date(2019, 4, 4))
