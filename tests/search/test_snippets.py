"""Passages: where they are cut and what they mark."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.search.embedded.execute import Marks, windows
from itudocs.search.embedded.snippets import WIDTH, snippets
from itudocs.search.engine import Snippet

FILLER = "Lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor. " * 6


def cut(text: str, *words: str, language: str | None = "en", body: int = 0, count: int = 1) -> tuple[Snippet, ...]:
    return snippets(text, language=language, marks=Marks(set(words), []), body=body, count=count)


def test_a_passage_begins_with_its_sentence() -> None:
    (snippet,) = cut(f"{FILLER}The tariff group meets. {FILLER}", "tariff")
    assert snippet.text.startswith("The tariff group meets.")
    assert snippet.marks == ((4, 10),)


def test_a_passage_in_a_long_sentence_begins_with_a_word() -> None:
    (snippet,) = cut("word " * 100 + "tariff " + "word " * 100, "tariff")
    assert snippet.text.startswith("word")
    assert snippet.text.endswith("word")
    assert len(snippet.text) <= WIDTH


def test_a_passage_in_chinese_needs_no_spaces() -> None:
    text = "国际" * 200 + "。电信会议。" + "联盟" * 200
    (snippet,) = cut(text, "电信", language="zh")
    assert snippet.text.startswith("电信会议。")
    assert [snippet.text[a:b] for a, b in snippet.marks] == ["电信"]
    (snippet,) = cut("国际" * 200 + "电信" + "联盟" * 200, "电信", language="zh")
    assert len(snippet.text) <= WIDTH
    assert [snippet.text[a:b] for a, b in snippet.marks] == ["电信"]


def test_the_passage_with_most_of_the_words_is_chosen() -> None:
    text = f"tariff tariff tariff. {FILLER} tariff and plan. {FILLER} plan"
    (snippet,) = cut(text, "tariff", "plan")
    assert snippet.text.startswith("tariff and plan.")


def test_several_passages_come_in_the_order_of_the_text_and_do_not_overlap() -> None:
    text = f"{FILLER}First plan. {FILLER}Second tariff plan. {FILLER}Third plan."
    found = cut(text, "tariff", "plan", count=3)
    assert [s.text[:5] for s in found] == ["First", "Secon", "Third"]
    assert all(a.start + len(a.text) <= b.start for a, b in pairwise(found))


def test_without_matches_the_beginning_of_the_body_is_shown() -> None:
    text = "Letterhead\nRef: 1\n\nThe body begins here. " + FILLER
    (snippet,) = cut(text, body=text.index("The body"))
    assert snippet.text.startswith("The body begins here.")
    assert snippet.marks == ()


@pytest.mark.parametrize("text", ["", " \n "])
def test_an_empty_letter_has_no_passages(text: str) -> None:
    assert cut(text, "tariff") == ()


@given(
    st.lists(st.sampled_from(["tariff", "plan", "x", ". ", "\n", "国际电信", "，", "e\u0301", "a" * 300, " "])).map(
        " ".join
    ),
    st.integers(0, 4),
    st.integers(0, 50),
)
@settings(max_examples=300, deadline=None)
def test_passages_are_cut_from_any_text_and_marks_lie_within(text: str, count: int, body: int) -> None:
    marks = Marks({"tariff", "电信"}, [(((0, "plan"), (1, "x")), 0), (((0, "x"), (1, "tariff")), 3)])
    found = snippets(text, language="zh", marks=marks, body=body, count=count)
    assert len(found) <= count
    end = 0
    for snippet in found:
        assert snippet.text
        assert text[snippet.start : snippet.start + len(snippet.text)] == snippet.text
        assert snippet.start >= end
        end = snippet.start + len(snippet.text)
        before = 0
        for a, b in snippet.marks:
            assert before <= a < b <= len(snippet.text)
            before = b


def test_windows_are_the_shortest_and_do_not_overlap() -> None:
    events = [(0, "a"), (3, "b"), (4, "a"), (5, "a"), (20, "b"), (21, "a")]
    assert windows(events, ["a", "b"], 3) == [(0, 3), (20, 21)]
    assert windows(events, ["a", "b"], 1) == [(3, 4), (20, 21)]
    assert windows([(p, t) for p, t in events if t == "a"], ["a", "a"], 2) == [(4, 5)]
