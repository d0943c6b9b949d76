"""A flow is the letter without the page: copies, footers, page marks and table cells are sorted out, offsets hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from itudocs.flow import Flow, copies, flow
from itudocs.lexicon import fold

FOOTER = (
    "Place des Nations Telephone +41 22 730 51 11 CH-1211 Geneva 20 Telefax Gr3: +41 22 733 72 56 Switzerland "
    "Gr4: +41 22 730 65 00 Telex 421 000 uit ch Telegram ITU GENEVE X.400 S=itumail; P=itu A=400net; C=ch"
)


def only(text: str) -> Flow:
    view = fold(text)
    stretches, chrome = copies(view)
    return flow(text, view, stretches[0], chrome)


def test_a_footer_in_the_middle_of_a_sentence_disappears() -> None:
    found = only(f"The meeting will be {FOOTER} -2- held in Geneva.")
    assert " ".join(found.text.split()) == "The meeting will be held in Geneva."


def test_the_contact_block_of_a_letter_is_no_footer() -> None:
    text = "Tel: +41 22 730 5884\nFax: +41 22 733 7256\nE-mail: tsbsg3@itu.int\nDear Sir/Madam,"
    assert only(text).text == text


def test_file_paths_and_print_dates_disappear() -> None:
    found = only(f"Dear Sir, {FOOTER} D:\\626097112.DOC 31.05.16 31.05.16 We meet on 4 May 2001.")
    assert "31.05.16" not in found.text
    assert "DOC" not in found.text
    assert "4 May 2001" in found.text


def test_page_marks_and_page_counts_disappear() -> None:
    assert only("46\nCircular Letter CR/384 - 2 - text").text.split() == ["Circular", "Letter", "CR/384", "text"]


def test_targets_of_links_disappear_and_addresses_in_brackets_stay() -> None:
    found = only("See Resolution 1 <https://www.itu.int/md/1> (Geneva), or write to A. Keller <a@itu.int>.")
    assert " ".join(found.text.split()) == "See Resolution 1 (Geneva), or write to A. Keller <a@itu.int>."


def test_a_range_of_days_is_no_page_mark() -> None:
    assert "7-18 February" in only("from 7-18 February 2000").text


def test_cells_of_a_pipe_table_come_in_reading_order() -> None:
    table = "|Ref: |TSB Circular 148 |- To Administrations of |\n\n| |TSB/P.R. |Member States; |\n\n|Tel: |+41 22 730 5235 |- To ITU-T Associates |\n"
    words = " ".join(only(table).text.split())
    assert (
        words
        == "Ref: TSB Circular 148 TSB/P.R. Tel: +41 22 730 5235 - To Administrations of Member States; - To ITU-T Associates"
    )


def test_a_sharing_sites_page_holds_two_copies_and_its_chrome_belongs_to_none() -> None:
    text = "digest of the letter\n\nUpload: lydang\n\nEmbed Size (px)\n\nCitation preview\n\nPage 1: TITLE\n\nthe letter itself\n"
    view = fold(text)
    stretches, chrome = copies(view)
    assert [view[a:b].strip() for a, b in stretches] == ["digest of the letter", "the letter itself"]
    assert any("Embed Size" in view[a:b] for a, b in chrome)


def test_a_letter_that_says_view_or_search_is_not_cut() -> None:
    text = "Documents\nView\nSearch\nOf this letter everything stays."
    stretches, _ = copies(text)
    assert stretches == [(0, len(text))]


@given(st.text(alphabet="ab|\n -2Place dNtiosCH1Gv0+473y5.:/\\DOC", max_size=200))
def test_flow_characters_lead_back_to_the_same_characters(text: str) -> None:
    view = fold(text)
    stretches, chrome = copies(view)
    for stretch in stretches:
        found = flow(text, view, stretch, chrome)
        assert len(found.view) == len(found.text)
        for start, end in found.spans(0, len(found.text)):
            assert text[start:end].strip() == text[start:end] != ""
        joined = "".join(text[a:b] for a, b in found.spans(0, len(found.text)))
        assert "".join(joined.split()) == "".join(found.text.split())
