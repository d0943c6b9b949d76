"""RTF documents are read by their fonts' code pages; what is deleted, hidden or no text is left out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.errors import ReadError
from itudocs.reading import Limits, read

FONTS = (
    rb"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset134 SimSun;}{\f3\fcharset178 Arial (Arabic);}"
    rb"{\f4\ftech\fcharset2 Symbol;}{\f5\fcharset1 Own;}}"
)


def rtf(body: bytes, head: bytes = rb"\ansi\ansicpg1252\deff0") -> bytes:
    return rb"{\rtf1" + head + FONTS + rb"{\colortbl;\red0\green0\blue0;}{\stylesheet{\s0 Normal;}}" + body + b"}"


def text(body: bytes) -> str:
    return read(rtf(body), name="a.rtf").text


def test_paragraphs_are_lines_and_the_format_is_told() -> None:
    source = read(rtf(rb"\pard Geneva,\line 5 May\par\par Dear {\b Sir},\par"), name="letter.doc")
    assert source.text == "Geneva,\n5 May\n\nDear Sir,\n"
    assert (source.provenance.format, source.provenance.encoding) == ("rtf", "cp1252")


LINK = rb'{\field{\*\fldinst HYPERLINK "https://itu.int/a"'


@pytest.mark.parametrize(
    ("body", "words", "codes"),
    [
        (b"See " + LINK + rb"\par Dear Sir,\par CR/387", "See \nDear Sir,\nCR/387\n", ["cut-off", "open-field"]),
        (b"See " + LINK + rb"{\fldrslt there}\par Dear Sir,\par", "See there\nDear Sir,\n", ["cut-off", "open-field"]),
        (LINK + rb"{\b\par Dear} Sir,\par", "Dear Sir,\n", ["cut-off", "open-field"]),
        (rb"\trowd\cellx1\cellx2\pard\intbl Ref: " + LINK + rb"\cell CR/387\cell\row\pard Sir,\par", "Ref: \tCR/387\nSir,\n", ["cut-off", "open-field"]),
        (b"See " + LINK + rb"}{\fldrslt there}\par Sir,\par", "See there\nSir,\n <https://itu.int/a>\n", ["cut-off"]),
        (b"Sir,\\par See " + LINK, "Sir,\nSee  <https://itu.int/a>\n", ["cut-off"]),
    ],
    ids=["a code", "a code around the result", "a group in it", "a cell", "a field", "the document's end"],
)  # fmt: skip
def test_behind_a_field_that_is_not_ended_nothing_is_lost(body: bytes, words: str, codes: list[str]) -> None:
    source = read(rtf(body)[:-1], name="a.rtf")
    assert source.text.lstrip() == words
    assert [issue.code for issue in source.issues] == codes


def test_a_code_of_several_paragraphs_that_ends_is_no_text() -> None:
    source = read(rtf(rb"{\field{\*\fldinst IF a\par b}{\fldrslt yes}}\par Sir,\par"))
    assert (source.text.strip(), source.issues) == ("yes\nSir,", ())


def test_line_breaks_of_the_file_are_none_of_the_text() -> None:
    assert text(b"Gen\r\neva\\\nnext") == "Geneva\nnext\n"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (rb"\'e9t\'e9", "été"),
        (rb"\f1 " + "Женева".encode("cp1251"), "Женева"),
        (rb"\f1 \'c6\'e5\f0 \'e9", "Жеé"),
        (rb"\f2 \'b9\'fa" + "际".encode("gb18030"), "国际"),
        (rb"\f3 \'c7\'e1", "ال"),
        (rb"\loch\f0\hich\f0\dbch\af2\dbch \'b9\'fa\loch x", "国x"),
        (rb"\f4\'b7\f0 x", "•x"),
        (rb"\u1046?\u8211\'96\uc0\u233 x\uc2\u22269\'b9\'fa.", "Ж–éx国."),
        (rb"\u-10179 ?\u-8704 ?", "😀"),
        (rb"\u-3913 ?", "•"),
        (rb"{\upr{Gen?ve}{\*\ud{Gen\u232?ve}}}", "Genève"),
        (rb"a\~b\_c\-d\emdash\ldblquote e\rdblquote\bullet \{x\}\\", "a\u00a0b\u2011c\u00add—“e”•{x}\\"),
    ],
)  # fmt: skip
def test_characters_are_those_of_the_font_or_of_unicode(body: bytes, words: str) -> None:
    assert text(body) == f"{words}\n"


def test_the_documents_own_code_page_holds_where_a_font_has_none() -> None:
    data = rtf(rb"\f5 \'c6\'e5", rb"\ansi\ansicpg1251\deff5")
    assert read(data).text == "Же\n"
    assert read(rtf(rb"\f9 \'8e", rb"\mac")).text == "é\n"


def test_cells_stand_side_by_side_with_their_positions() -> None:
    definition = rb"\trowd\cellx1\cellx2"
    body = (
        definition + rb"\pard\intbl Ref:\cell CR/387\cell\row" + definition
        + rb"\pard\intbl Tel:\par Fax:\cell\pard\intbl 1\par 2\cell\row\pard Dear Sir\par" + definition + rb"\pard\intbl x\cell\cell\row"
    )  # fmt: skip
    source = read(rtf(body))
    assert source.text == "Ref:\tCR/387\nTel:\t1\nFax:\t2\nDear Sir\nx\n"
    told = {source.text[place.start : place.end].strip(): place.cell for place in source.places}
    assert (told["CR/387"], told["1"], told["Dear Sir"], told["x"]) == ((1, 1, 2), (1, 2, 2), None, (2, 1, 1))


def test_merged_cells_are_told_once() -> None:
    body = (
        rb"\trowd\clvmgf\cellx1\cellx2\pard\intbl both\cell a\cell\row"
        rb"\trowd\clvmrg\cellx1\cellx2\pard\intbl beneath\cell b\cell\row"
    )
    assert text(body) == "both\ta\nb\n"


def test_a_table_within_a_cell_keeps_its_own_positions() -> None:
    body = (
        rb"\trowd\cellx1\cellx2\pard\intbl before\par\pard\intbl\itap2 x\nestcell y\nestcell"
        rb"{\*\nesttableprops\trowd\cellx1\cellx2\nestrow}{\nonesttables\par}\pard\intbl after\cell beside\cell\row"
    )
    source = read(rtf(body))
    assert source.text == "before\nx\ty\nafter\nbeside\n"
    told = {source.text[place.start : place.end].strip(): place.cell for place in source.places}
    assert (told["y"], told["after"], told["beside"]) == ((2, 1, 2), (1, 1, 1), (1, 1, 2))


def test_deleted_hidden_and_moved_words_are_left_out() -> None:
    assert text(rb"a{\deleted b}{\v c}\v d\v0 e{\revised f}{\*\mvf g}{\mvf h}\par") == "aef\n"
    assert text(rb"one {\deleted\par}line\par") == "one line\n"


def test_fields_are_read_as_their_results_and_links_with_their_targets() -> None:
    body = (
        rb'{\field{\*\fldinst HYPERLINK "https://www.itu.int/x" \\h}{\fldrslt here}}, {\field{\*\fldinst{PAGE}}{\fldrslt 2}}, '
        rb'{\field{\*\fldinst{HYPERLINK "mailto:a@itu.int"{\*\datafield 00ff}}}{\fldrslt{\ul a@itu.int}}}.\par'
    )
    assert text(body) == "here <https://www.itu.int/x>, 2, a@itu.int.\n"


def test_what_is_no_text_is_skipped() -> None:
    body = (
        rb"a{\pict\wmetafile8 0a0b{x}\bin5 }}}}}0c}b{\*\unknown c{d}}e{\info{\title f}}{\object{\*\objdata 00}{\result g}}"
        rb"{\shp{\*\shpinst{\sp{\sn n}{\sv v}}{\shptxt box\par}}{\shprslt again}}{\*\bkmkstart h}"
    )
    source = read(rtf(body))
    assert source.text == "box\nabeg\n"
    assert source.places[0].part == "text-box"


def test_the_first_pages_header_stands_first_and_all_else_that_pages_bear_last() -> None:
    bears = rb"{\header - 2 -\par}{\headerf ITU\par}{\footerf Place des Nations\par}"
    body = rb"\sectd\titlepg" + bears + rb"Dear{\footnote See CR/1.} Sir\par"
    source = read(rtf(body))
    assert source.text == "ITU\nDear Sir\nSee CR/1.\n- 2 -\nPlace des Nations\n"
    assert [place.part for place in source.places] == ["header", "body", "note", "header", "footer"]
    assert read(rtf(bears + rb"\titlepg Dear Sir\par")).text.startswith("ITU\nDear Sir\n")
    assert read(rtf(rb"{\header - 2 -\par}Dear Sir\par")).text == "- 2 -\nDear Sir\n"


def test_a_header_may_hold_a_table_in_the_midst_of_one() -> None:
    body = rb"\trowd\cellx1\cellx2\pard\intbl a{\header\trowd\cellx1\pard\intbl h\cell\row\pard}\cell b\cell\row"
    assert text(body) == "h\na\tb\n"


def test_pages_are_counted() -> None:
    body = rb"one\par\page two\sect\sectd three\sect\sectd\sbknone still three\par\pard\pagebb four\par"
    source = read(rtf(body))
    assert [(place.page, source.text[place.start : place.end].strip()) for place in source.places] == [
        (1, "one"), (2, "two"), (3, "three\nstill three"), (4, "four"),
    ]  # fmt: skip


def test_numbers_of_lists_are_kept_where_they_stand_in_a_table_too() -> None:
    body = rb"\trowd\cellx1\cellx2\pard\intbl a\cell{\listtext\pard\plain\f4 \'b7\tab}\pard\intbl\ls1 b\cell\row"
    assert text(body) == "a\t• b\n"


# -- hostile and damaged -----------------------------------------------------------------------------------------------


def test_a_document_that_is_cut_off_is_read_and_says_so() -> None:
    source = read(rtf(rb"Geneva\par Dear")[:-1])
    assert source.text == "Geneva\nDear\n"
    assert [issue.code for issue in source.issues] == ["cut-off"]


def test_groups_that_are_nested_without_end_are_refused_by_name() -> None:
    with pytest.raises(ReadError, match=r"a\.rtf is an RTF document whose groups are nested too deeply") as caught:
        read(rb"{\rtf1" + b"{" * 1_000_000, name="a.rtf")
    assert caught.value.reason == "nesting"


def test_a_picture_of_many_megabytes_is_skipped_in_no_time() -> None:
    assert text(rb"a{\pict " + b"0123456789abcdef" * 500_000 + b"}b") == "ab\n"


def test_a_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ReadError, match="holds more than 10 characters"):
        read(rtf(rb"0123456789\par x"), limits=Limits(max_text=10))


PIECES = (
    b"{", b"}", b"words", rb"\par", rb"\intbl", rb"\itap3", rb"\trowd", rb"\cellx9", rb"\cell", rb"\row", rb"\nestcell",
    rb"\nestrow", rb"\pard", rb"{\header", rb"{\footnote", rb"{\shptxt", rb"\u-9?", rb"\'8", rb"\'e9", rb"\bin3", rb"\uc9", rb"\f2 ",
    rb"{\field", rb"{\*\fldinst HYPERLINK ", rb"{\fldrslt", rb"{\*", rb"{\upr", rb"\sect", rb"{\listtext", rb"\deleted", rb"\titlepg",
    rb"{\fonttbl\f2\fcharset134",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_control_words_in_any_order_are_read(pieces: list[bytes]) -> None:
    source = read(rb"{\rtf1" + b"".join(pieces))
    assert all(0 <= place.start < place.end <= len(source.text) for place in source.places)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_behind_the_first_word_are_read(data: bytes) -> None:
    assert read(rb"{\rtf1 " + data).provenance.format == "rtf"
