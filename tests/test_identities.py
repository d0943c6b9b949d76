"""Identities: what is made can be taken apart; words that name a circular name one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.lexicon import series
from itudocs.lexicon.identities import begins, canonical, identity, named


@pytest.mark.parametrize(
    ("text", "slug", "run", "number", "base"),
    [
        ("tsb-circular/2001-2004/221", "tsb-circular", "tsb-circular/2001-2004/*", 221, None),
        ("tsb-collective/2009-2012/8/5", "tsb-collective", "tsb-collective/2009-2012/*/5", 8, None),
        ("tsb-collective/2009-2012/9/sg3rg-lac", "tsb-collective", "tsb-collective/2009-2012/*/sg3rg-lac", 9, None),
        ("cr/387", "cr", "cr/*", 387, None),
        ("lcce/4/71", "lcce", "lcce/4/*", 71, None),
        ("dm/2005/1171", "dm", "dm/2005/*", 1171, None),
        ("bdt/2012/8", "bdt", "bdt/2012/*", 8, None),
        ("bdt/2015/ip/cstg-8", "bdt", "bdt/2015/ip/cstg-*", 8, None),
        ("bdt/2011/iee/rme/dm/77", "bdt", "bdt/2011/iee/rme/dm/*", 77, None),
        ("tsb-circular/2013-2016/71/cor2", "tsb-circular", "tsb-circular/2013-2016/71/cor*", 2, "tsb-circular/2013-2016/71"),
        ("cr/387/add1/cor2", "cr", "cr/387/add1/cor*", 2, "cr/387/add1"),
    ],
)  # fmt: skip
def test_an_identity_says_its_series_run_number_and_base(
    text: str, slug: str, run: str, number: int, base: str | None
) -> None:
    found = identity(text)
    assert found is not None
    assert (found.id, found.series, found.run, found.number, found.base) == (text, slug, run, number, base)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cr",
        "cr/",
        "cr/x",
        "office-code/1996-05-17/spu-ea-kb-ml",
        "cr/387/cor",
        "/cor1",
        "cr/12345678901",
        "cr/1" + "/cor1" * 5000,
    ],
)
def test_what_is_no_numbered_identity_is_none(text: str) -> None:
    assert identity(text) is None


@given(
    st.sampled_from(series()),
    st.integers(1, 9999),
    st.integers(1, 30),
    st.dates(dt.date(1993, 4, 1), dt.date(2030, 1, 1)),
)
def test_every_identity_that_is_made_can_be_taken_apart(one: object, number: int, group: int, day: dt.date) -> None:
    slug = getattr(one, "slug", "")
    made = canonical(slug, {"n": str(number), "g": str(group), "path": f"ip/cstg-{number}"}, day)
    assert made is not None
    found = identity(made)
    assert found is not None
    assert (found.series, found.number) == (slug, number)
    assert found.run.replace("*", str(number)) == made


@given(st.text(max_size=40))
def test_any_text_is_an_identity_or_none(text: str) -> None:
    found = identity(text)
    assert found is None or found.id == text


@pytest.mark.parametrize(
    ("words", "slug", "parts", "supplement"),
    [
        ("TSB Circular 71", "tsb-circular", {"n": "71"}, ""),
        ("Corrigendum 1 to TSB Circular 71 of 3 May 2013", "tsb-circular", {"n": "71"}, "/cor1"),
        (
            "Corrigendum 1 to TSB Collective letter 2/SG12RG-AFR",
            "tsb-collective",
            {"n": "2", "g": "SG12RG-AFR"},
            "/cor1",
        ),
        ("电信标准化局第163号通函补遗1", "tsb-circular", {"n": "163"}, "/add1"),
        ("Административный циркуляр CACE/856", "cace", {"n": "856"}, ""),
        ("DM-05/1171", "dm", {"y": "05", "n": "1171"}, ""),
    ],
)
def test_words_name_a_circular(words: str, slug: str, parts: dict[str, str], supplement: str) -> None:
    found = named(words)
    assert found is not None
    assert (found.series, found.parts, found.supplement) == (slug, parts, supplement)


@pytest.mark.parametrize(
    "words", ["", "letter dated 22 July 2013", "Resolution 1 (Rev. Dubai, 2012)", "CR/300 and CR/301"]
)
def test_words_that_name_none_or_two_name_none(words: str) -> None:
    assert named(words) is None


def test_a_run_of_a_study_period_begins_with_it() -> None:
    assert begins("tsb-circular/2001-2004/*") == dt.date(2000, 10, 6)
    assert begins("tsb-collective/2009-2012/*/5") == dt.date(2008, 10, 30)
    assert begins("cr/*") is None
    assert begins("dm/2005/*") is None
