"""What comes from a letter does nothing to a terminal, and loses nothing else."""

from __future__ import annotations

import json
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.screen import harmless_json, line, pictured, plain

BIDI = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}


def dangerous(text: str) -> list[str]:
    return [c for c in text if c in BIDI or (unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("\x1b[2J\x1b[1;1Hx", "x"),
        ("\x1b[38:2::255:0:0mx", "x"),
        ("\x1b]0;a new title\x07x", "x"),
        ("\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0;2;0;0;0\x1b\\x", "x"),
        ("\x9b31mx \x9d0;title\x9cy", "x y"),
        ("\x1b(Bx\x1bcy\x1b7z", "xyz"),
        ("a\bb\rc\x00d\x7fe", "abcde"),
        ("\u202egnp\u202c.exe \u2067x\u2069 \u200fשלום", "gnp.exe x שלום"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("Genève, 日内瓦, Женева\n\tend", "Genève, 日内瓦, Женева\n\tend"),
        ("the [bold]name[/bold] of :smile:", "the [bold]name[/bold] of :smile:"),
    ],
)
def test_escapes_controls_and_bidi_marks_are_taken_out_and_nothing_else(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_an_escape_that_is_never_closed_hides_no_text() -> None:
    assert plain("\x1b]0;then the letter goes on\nand on") == "]0;then the letter goes on\nand on"
    assert plain("\x9bé") == "é"


@given(st.text() | st.text(alphabet="\x1b\x9b[]0;mP\\\x07\x9c\u202ea\n"))
def test_no_text_gets_anything_dangerous_through(text: str) -> None:
    assert dangerous(plain(text)) == []
    assert dangerous(line(text)) == []
    assert "\n" not in line(text)


@given(st.text() | st.text(alphabet="\x1b\x9b[m\x7f\u202ea\n\t"))
def test_pictures_keep_the_length_so_that_offsets_count(text: str) -> None:
    assert len(pictured(text)) == len(text)
    assert dangerous(pictured(text)) == []
    assert all(a == b for a, b in zip(text, pictured(text), strict=True) if not dangerous(a))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_json_keeps_its_values_and_shows_nothing_dangerous(text: str) -> None:
    shown = harmless_json(json.dumps({"subject": text}, ensure_ascii=False))
    assert json.loads(shown) == {"subject": text}
    assert dangerous(shown) == []


@pytest.mark.parametrize("text", ["\x1b]", "\x1b[", "\x9d", "\x1b[0", "\x1bP" + "x" * 255, "\x1b "])
def test_cleaning_takes_time_linear_in_the_length(text: str) -> None:
    began = time.perf_counter()
    plain(text * (1_000_000 // len(text)))
    assert time.perf_counter() - began < 2


def test_a_line_is_one_line_and_can_be_cut() -> None:
    assert line(" a\n b\t c ") == "a b c"
    assert line("abcdef", longest=4) == "abc…"
    assert line("abcd", longest=4) == "abcd"
