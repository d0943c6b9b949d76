"""Relations: every pattern is held to its examples; what a whole letter says, in six languages; whose act it is."""

from __future__ import annotations

import re
import time
import typing

import pytest

from itudocs.assemble import letters
from itudocs.evidence import complaints
from itudocs.extract.relations import RelationPattern, relation, relation_patterns
from itudocs.lexicon import fold
from itudocs.model import Citation, Relation
from itudocs.parse import parse, parse_source
from itudocs.reading import read

MARKS = ("{{", "}}", "[[", "]]")


def _marked(example: str) -> tuple[str, dict[str, int]]:
    """An example without its marks, and where each of them stood."""
    text, places = "", {}
    rest = fold(example)
    while rest:
        mark = next((m for m in MARKS if rest.startswith(m)), "")
        if mark:
            places[mark] = len(text)
        text += "" if mark else rest[0]
        rest = rest[len(mark) or 1 :]
    return text, places


def test_pattern_ids_are_unique_and_kinds_are_the_models() -> None:
    patterns = relation_patterns()
    assert len({p.id for p in patterns}) == len(patterns)
    assert {p.kind for p in patterns} == set(typing.get_args(Relation))
    assert all(p.examples and p.never and p.keys and p.side in ("before", "after") for p in patterns)


@pytest.mark.parametrize("pattern", relation_patterns(), ids=lambda p: p.id)
def test_a_pattern_finds_the_marked_words_of_its_examples(pattern: RelationPattern) -> None:
    for example in pattern.examples:
        text, at = _marked(example)
        found = relation(text, at["{{"], at["}}"], 0)
        assert found is not None, example
        assert (found.kind, found.rule) == (pattern.kind, f"relation.{pattern.id}"), example
        assert (found.start, found.end) == (at["[["], at["]]"]), (example, text[found.start : found.end])


@pytest.mark.parametrize("pattern", relation_patterns(), ids=lambda p: p.id)
def test_a_pattern_leaves_its_never_examples_alone(pattern: RelationPattern) -> None:
    for example in pattern.never:
        text, at = _marked(example)
        found = relation(text, at["{{"], at["}}"], 0)
        assert found is None or found.rule != f"relation.{pattern.id}", example


HEADS = {
    "en": "TSB Circular 71\nGeneva, 24 January 2014\n\nDear Sir/Madam,\n\n",
    "fr": "Circulaire TSB 71\nGenève, le 24 janvier 2014\n\nMadame, Monsieur,\n\n",
    "es": "Circular TSB 71\nGinebra, 24 de enero de 2014\n\nMuy señora mía/Muy señor mío:\n\n",
    "ru": "Циркуляр 71 БСЭ\nЖенева, 24 января 2014 года\n\nУважаемая госпожа,\nуважаемый господин,\n\n",
    "zh": "电信标准化局第71号通函\n2014年1月24日,日内瓦\n\n尊敬的先生/女士:\n\n",
    "ar": "الرسالة المعممة 71 لمكتب تقييس الاتصالات\nجنيف، 24 يناير 2014\n\nتحية طيبة وبعد،\n\n",
}


def _cited(language: str, body: str) -> tuple[Citation, ...]:
    return parse(HEADS[language] + body + "\n\nMalcolm Johnson\n").citations


@pytest.mark.parametrize(
    ("language", "body", "expected"),
    [
        ("en", "1 This circular cancels and supersedes TSB Circular 5 of 3 May 2013, which you received.", "replaces"),
        ("fr", "1 La présente circulaire annule et remplace la Circulaire TSB 5 du 3 mai 2013 que vous avez reçue.", "replaces"),
        ("es", "1 La presente circular anula y sustituye a la Circular TSB 5 de 3 de mayo de 2013 que ha recibido.", "replaces"),
        ("ru", "1 Настоящий циркуляр отменяет и заменяет Циркуляр 5 БСЭ от 3 мая 2013 года, который был вам направлен.", "replaces"),
        ("zh", "1 本通函取消并取代电信标准化局2013年5月3日第5号通函。请各成员国主管部门注意。", "replaces"),
        ("ar", "1 وهذه الرسالة تلغي وتحل محل الرسالة المعممة 5 لمكتب تقييس الاتصالات المؤرخة 3 مايو 2013 التي تلقيتموها.", "replaces"),
        ("en", "1 TSB Circular 5 of 3 May 2013 is hereby withdrawn and no reply is expected.", "cancels"),
        ("en", "1 The workshop announced in TSB Circular 5 of 3 May 2013 is cancelled for want of a host.", None),
        ("en", "1 In reply to TSB Circular 5 of 3 May 2013, twelve administrations wrote to us.", "answers"),
        ("en", "1 The comments received in response to TSB Circular 5 of 3 May 2013 were many.", None),
        ("en", "1 This letter corrects TSB Circular 5 of 3 May 2013 in two places.", "corrects"),
    ],
)  # fmt: skip
def test_a_letter_says_what_it_does_to_another(language: str, body: str, expected: str | None) -> None:
    (one,) = _cited(language, body)
    assert (one.id, one.relation) == ("tsb-circular/2013-2016/5", expected)


def test_the_words_are_the_evidence() -> None:
    source = read(
        HEADS["en"] + "1 It replaces, from today on, TSB Circular 5 of 3 May 2013.\n\nMalcolm Johnson\n", name="a"
    )
    record = parse_source(source)
    (piece,) = record.evidence["citations/0/relation"]
    assert (piece.quote, piece.rule) == ("replaces", "relation.replaces.en")
    assert list(complaints(record, source.text)) == []


def test_one_word_may_govern_two_citations() -> None:
    found = _cited(
        "en",
        "1 It replaces TSB Circular 5 of 3 May 2013 and TSB Circular 9 of 4 June 2013; see also TSB Circular 10 of 5 June 2013.",
    )
    assert [c.relation for c in found] == ["replaces", "replaces", None]


def test_what_another_letter_did_is_not_this_letters_act() -> None:
    found = _cited(
        "en", "1 See TSB Circular 9 of 4 June 2013, which replaces TSB Circular 5 of 3 May 2013, for the forms."
    )
    assert [c.relation for c in found] == [None, None]


def test_a_letter_cited_twice_in_the_same_words_keeps_what_is_said_the_second_time() -> None:
    found = _cited(
        "en", "1 You received TSB Circular 5 of 3 May 2013.\n2 This letter replaces TSB Circular 5 of 3 May 2013."
    )
    assert [(c.id, c.relation) for c in found] == [("tsb-circular/2013-2016/5", "replaces")]


def test_a_resolution_bears_no_relation() -> None:
    (one,) = _cited("en", "1 This circular replaces Resolution 1 (Rev. Dubai, 2012) in no way at all.")
    assert one.relation is None


def test_looking_for_relations_costs_little_in_a_letter_full_of_them() -> None:
    words = "It cancels and replaces, " * 8 + "TSB Circular 5 of 3 May 2013. "
    letter = letters(read(HEADS["en"] + "1 " + words * 500, name="a"))[0]
    assert letter.finding("citation").value[0].relation == "replaces"
    view = letter.view
    places = [m.span() for m in re.finditer("TSB Circular 5", view)]
    began = time.perf_counter()
    assert all(relation(view, start, end, 0) for start, end in places[1:])
    assert time.perf_counter() - began < 2
