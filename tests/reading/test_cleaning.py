"""The text that offsets count in holds one newline and no character that breaks terminals, JSON or regexes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.reading.cleaning import clean, control_share

FORBIDDEN = re.compile("[\0\r\x0b\x0c\x85\u2028\u2029\ud800-\udfff\x01-\x08\x0e-\x1f\x7f-\x9f]")
anything = st.text(
    alphabet=st.characters() | st.sampled_from("\r\n\0\x0b\x0c\x85\u2028\ud83d\ude00\x1b\x07\x1e\ufeff\ufffd")
)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029", "\x0b", "\x0c"])
def test_every_newline_becomes_one(newline: str) -> None:
    assert clean(f"Geneva,{newline}1 July 2016") == ("Geneva,\n1 July 2016", ())


def test_blank_lines_are_kept() -> None:
    assert clean("a\r\n\r\nb\r\rc")[0] == "a\n\nb\n\nc"


@pytest.mark.parametrize(
    ("text", "cleaned", "code"),
    [
        ("CR\x00476", "CR\ufffd476", "nul-characters"),
        ("CR\udc2d476", "CR\ufffd476", "lone-surrogates"),
        ("CR\x1b[1m476", "CR [1m476", "control-characters"),
        ("Ref:\x07CR/476", "Ref: CR/476", "control-characters"),
        ("COM\x1e2", "COM\u20112", "control-characters"),
        ("tele\x1fcom", "tele\u00adcom", "control-characters"),
        ("CR\x7f476", "CR 476", "control-characters"),
        ("CR\x9b476", "CR 476", "control-characters"),
        ("Article\ufffd3", "Article\ufffd3", "lost-characters"),
    ],
)
def test_a_replaced_character_is_reported_where_it_stood(text: str, cleaned: str, code: str) -> None:
    result, issues = clean(text)
    assert result == cleaned
    assert [i.code for i in issues] == [code]
    (at,) = (i for i, (a, b) in enumerate(zip(text, cleaned, strict=True)) if a != b or a == "\ufffd")
    assert (issues[0].start, issues[0].end) == (at, at + 1)


def test_one_issue_counts_all_characters_of_a_kind() -> None:
    _, issues = clean("\0a\0b\0\r\n\x01\x02")
    assert [(i.code, i.message) for i in issues] == [
        ("nul-characters", "3 NULs were replaced by \ufffd."),
        ("control-characters", "2 control characters were replaced by spaces."),
    ]


def test_two_halves_of_a_surrogate_pair_become_their_character() -> None:
    assert clean("\ud83d\ude00!") == ("\U0001f600!", ())


def test_the_byte_order_mark_is_dropped_at_the_start_only() -> None:
    assert clean("\ufeffa\ufeffb")[0] == "a\ufeffb"


def test_known_losses_are_not_reported_again() -> None:
    assert clean("a\ufffd", losses_known=True)[1] == ()


def test_tabs_and_ordinary_text_stay_as_they_are() -> None:
    text = "Tel:\t+41 22 730 5111\nمرحبا 第63号 «Ж»\u00a0– …"
    assert clean(text) == (text, ())


@given(anything)
def test_no_forbidden_character_survives(text: str) -> None:
    cleaned, issues = clean(text)
    assert not FORBIDDEN.search(cleaned)
    assert all(0 <= i.start < i.end <= len(cleaned) for i in issues)


@given(anything)
def test_cleaning_a_clean_text_changes_nothing(text: str) -> None:
    cleaned, _ = clean(text)
    if not cleaned.startswith("\ufeff"):
        assert clean(cleaned)[0] == cleaned


@given(anything)
def test_no_offset_moves_where_the_length_is_kept(text: str) -> None:
    cleaned, _ = clean(text, keep_length=True)
    assert not FORBIDDEN.search(cleaned)
    assert len(cleaned) == len(text)
    assert all(a == b for a, b in zip(text, cleaned, strict=True) if a.isalnum())


def test_terminal_escapes_alone_do_not_make_a_text_binary() -> None:
    assert control_share("\x1b[31mURGENT\x1b[0m" * 5) == 0
    assert control_share("ab\x01\x02") == 0.5
