"""What fuzzing the readers has found, reduced."""

from __future__ import annotations

import pytest

from itudocs.reading.formats import choose
from itudocs.reading.source import Limits
from tests.reading.pdfs import Words, pdf


def text_of(data: bytes, name: str) -> str:
    return choose(data, name).to_text(data, name=name, limits=Limits()).text


def test_a_page_without_words_before_one_with_words() -> None:
    pytest.importorskip("pypdfium2")
    assert text_of(pdf([], [Words(72, 700, "Dear Sir,")]), "a.pdf") == "Dear Sir,\n"


@pytest.mark.parametrize("before", [b"", b"<b>Sir</b>"])
def test_control_characters_behind_what_is_taken_out_of_a_page(before: bytes) -> None:
    pytest.importorskip("lxml")
    page = b"<html><body><main><p>Dear %b<script>1</script>\x01 Madam</p></main></body></html>" % before
    assert text_of(page, "a.html").split()[-1] == "Madam"
