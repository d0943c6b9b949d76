"""The citation string: who, which, when, in what language, about what, and which bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

import itudocs
from itudocs.archive.agenda import Agenda
from tests.made_letters import HOSTILE, event, made


def test_a_letter_is_cited_by_bureau_reference_date_language_subject_and_hash() -> None:
    letter = made(
        "tsb-circular/2009-2012/12",
        "2009-03-11",
        ref="TSB Circular 12",
        bureau="TSB",
        subject="Meeting of Study Group 2.",
    )
    assert itudocs.cite(letter) == (
        "ITU Telecommunication Standardization Bureau, TSB Circular 12, 2009-03-11 (en): Meeting of Study Group 2. "
        f"SHA-256 {letter.key[:16]}"
    )


def test_what_a_letter_lacks_is_left_out_and_its_date_is_told_as_lacking() -> None:
    assert (
        itudocs.cite(made("cr/387", language=None))
        == f"ITU, cr/387, n.d. SHA-256 {made('cr/387', language=None).key[:16]}"
    )
    assert itudocs.cite(made(None, language=None)).startswith("ITU, n.d. SHA-256 ")


def test_all_digits_can_be_had() -> None:
    letter = made("cr/387")
    assert itudocs.cite(letter, digits=64).endswith(letter.key)


@given(st.text() | st.sampled_from(HOSTILE))
def test_a_citation_is_one_line_whatever_the_letter_says(text: str) -> None:
    said = itudocs.cite(made("cr/1", ref=text, subject=text))
    assert said == " ".join(said.split())
    assert said.isprintable() or not any(c in said for c in "\x00\x07\x1b\x7f\x9b\u202e\u2028")


def test_a_letter_that_a_row_of_the_agenda_names_is_cited_as_its_record_is() -> None:
    letter = made(
        "cr/1", "2018-01-01", ref="CR/1", bureau="BR", subject="Seminar", events=(event("2018-05-01", "Seminar"),)
    )
    (row,) = Agenda([letter]).events()
    assert itudocs.cite(row.letters[0]) == itudocs.cite(letter)
