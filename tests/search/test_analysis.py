"""From words to index terms, the same for letters and for queries."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.search.embedded import analysis
from itudocs.search.embedded.analysis import find, fold, glued, keyword, parts, sequence, stem, terms


def exact(text: str) -> dict[str, list[int]]:
    return dict(terms([text], None).exact)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Numbering Plan", {"numbering": [0], "plan": [1]}),
        ("4/LCCE/71*", {"4": [0], "lcce": [1], "71": [2], "4/lcce/71": [0]}),
        ("ITU‑R 1–7", {"itu": [0], "r": [1], "itu-r": [0], "itur": [0], "1": [2], "7": [3], "1-7": [2]}),
        ("M.1036-5.", {"m": [0], "1036": [1], "5": [2], "m.1036-5": [0]}),
        ("647 (Rev.WRC-23)", {"647": [0], "rev": [1], "wrc": [2], "23": [3], "rev.wrc-23": [1]}),
        ("2005To", {"2005": [0], "to": [1], "2005to": [0]}),
        ("l’Union", {"l": [0], "union": [1], "l'union": [0]}),
        ("a_b", {"a": [0], "b": [1], "a_b": [0]}),
        ("第63号通函", {"第": [0], "63": [1], "号": [2], "号通": [2], "通": [3], "通函": [3], "函": [4]}),
        ("x@y.int, z", {"x": [0], "y": [1], "int": [2], "x@y.int": [0], "z": [3]}),
        ("…—!", {}),
    ],
)
def test_compounds_are_kept_whole_and_in_parts(text: str, expected: dict[str, list[int]]) -> None:
    assert exact(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NUMÉROTATION", "numerotation"), ("e\u0301tude", "étude"), ("Straße", "STRASSE"), ("ＩＴＵ", "itu"), ("ﬁn", "fin"),
        ("Ёлка", "елка"), ("٢٠٠٤", "2004"), ("الاتِّحَاد", "الاتحاد"), ("إتحاد", "اتحاد"), ("ٱلاتحاد", "الاتحاد"), ("لجنة", "لجنه"),
        ("منتدى", "منتدي"), ("الـــدولي", "الدولي"), ("co\u00adoperate", "cooperate"), ("ITU‑T", "itu-t"), ("ITU−T", "itu-t"),
    ],
)  # fmt: skip
def test_variants_fold_to_the_same_form(one: str, other: str) -> None:
    assert (
        fold(one)
        == fold(other)
        == other.casefold().replace("ё", "е").replace("é", "e").replace("ة", "ه").replace("ى", "ي")
    )


def test_the_short_i_of_russian_is_a_letter_of_its_own() -> None:
    assert fold("Май") == "май" != fold("Маи")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["number", "numbers", "numbering", "numbered"]),
        ("fr", ["réunion", "réunions", "REUNIONS"]),
        ("es", ["numeración", "numeraciones", "numeracion"]),
        ("ru", ["комиссия", "комиссии", "комиссий", "КОМИССИЮ"]),
        ("ar", ["اتحاد", "الاتحاد", "والاتحاد", "للاتحاد"]),
    ],
)
def test_forms_of_a_word_share_a_stem_in_their_language(language: str, words: list[str]) -> None:
    assert len({stem(fold(w), language) for w in words}) == 1


@pytest.mark.parametrize("word", ["itu", "wsis", "м1036", "itu-r", "1036"])
def test_words_in_another_script_are_not_stemmed(word: str) -> None:
    assert stem(word, "ru") == stem(word, "ar") == word


def test_stems_are_counted_only_where_they_differ_from_the_word() -> None:
    found = terms(["numbers number numbering ITU"], "en")
    assert found.stems == {"en:number": 2}
    assert found.length == 4
    assert terms(["numbers"], None).stems == {}
    assert terms(["numbers"], "zh").stems == {}


def test_values_stand_too_far_apart_for_a_quotation() -> None:
    found = terms(["a b", "c"], None)
    assert found.exact == {"a": [0], "b": [1], "c": [2 + analysis.GAP]}
    assert found.length == 3


@pytest.mark.parametrize(
    ("text", "quoted", "expected"),
    [
        ("CR/387", False, ((0, "cr"), (1, "387"))),
        ("l'Union", False, ((0, "union"),)),
        ("l'Union", True, ((0, "l"), (1, "union"))),
        ("Union's", False, ((0, "union"),)),
        ("d'", False, ((0, "d"),)),
        ("l's", False, ((0, "l"), (1, "s"))),
        ("会", False, ((0, "会"),)),
        ("会议", False, ((0, "会议"),)),
        ("第63号通函", False, ((0, "第"), (1, "63"), (2, "号通"), (3, "通函"))),
        ("…", False, ()),
    ],
)
def test_a_query_word_is_a_sequence_of_parts(text: str, quoted: bool, expected: tuple[tuple[int, str], ...]) -> None:
    assert sequence(text, quoted=quoted) == expected


def test_only_words_joined_by_hyphens_alone_have_a_glued_form() -> None:
    assert [glued(t) for t in ("ITU-T", "e‑mail", "Vice-Chairmen", "CR/387", "WRC-23", "a b", "word")] == [
        "itut", "email", "vicechairmen", "", "", "", "",
    ]  # fmt: skip


def test_references_without_punctuation_are_equal_however_written() -> None:
    assert parts("DM-05/1171") == parts("DM 05 1171") == parts("dm‑05 / 1171") == "dm 05 1171"


def test_whole_values_fold_and_keep_their_punctuation() -> None:
    assert keyword(" TSB‑Circular/2001–2004/221 ") == "tsb-circular/2001-2004/221"


LANGUAGES = st.sampled_from(["en", "fr", "es", "ru", "ar", "zh", None])
TEXTS = st.text(max_size=60) | st.lists(
    st.sampled_from(["ITU-R", "1–7", "l’Union", "第63号通函", "numéro", "الاتّحاد", "Ёлка", "4/LCCE/71", " ", "", "_", "a\u0301b", "2004", "²", "İstanbul"])
).map(" ".join)  # fmt: skip


@given(TEXTS, LANGUAGES)
@settings(max_examples=300, deadline=None)
def test_any_text_gives_terms_that_its_own_words_find(text: str, language: str | None) -> None:
    found = terms([text], language)
    for distance, term in sequence(text, quoted=True):
        assert term in found.exact
        assert distance >= 0
    for term, positions in found.exact.items():
        assert term
        assert len(term) <= analysis.MAX_TERM
        assert positions == sorted(set(positions))


@given(TEXTS, LANGUAGES)
@settings(max_examples=300, deadline=None)
def test_terms_are_found_again_at_their_characters_and_positions(text: str, language: str | None) -> None:
    found = terms([text], language)
    again = list(find(text, language, {*found.exact, *found.stems}))
    assert {(t.term, t.position) for t in again} == {(term, p) for term, ps in found.exact.items() for p in ps}
    for token in again:
        assert 0 <= token.start < token.end <= len(text)
        if len(token.term) < 20:
            assert fold(text[token.start : token.end]).replace("-", "") == token.term.replace("-", "")
