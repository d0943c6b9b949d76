"""Word documents become lines in the order of the page, with what changed accepted and what is hidden left out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.errors import ReadError
from itudocs.reading import Limits, Source, read
from tests.reading.packing import SPACES, docx, p, relations, tbl, tc, zipped


def text(body: str, **more: Any) -> str:
    return read(docx(body, **more), name="a.docx").text


def places(source: Source) -> list[tuple[str, str]]:
    return [(str(place), source.text[place.start : place.end]) for place in source.places]


def test_paragraphs_are_lines_and_the_format_is_told() -> None:
    source = read(docx(p("Geneva") + p("") + p("") + p("Dear Sir,")), name="a.docx")
    assert source.text == "Geneva\n\nDear Sir,\n"
    assert (source.provenance.format, source.issues) == ("docx", ())


def test_a_renamed_document_is_known_by_its_content() -> None:
    assert read(docx(p("Geneva")), name="a.txt").provenance.format == "docx"


def test_runs_are_joined_and_special_characters_kept() -> None:
    runs = (
        '<w:p><w:r><w:t>Tel:</w:t><w:tab/><w:t xml:space="preserve">+41 </w:t></w:r><w:r><w:t>22</w:t><w:br/>'
        '<w:t>ITU</w:t><w:noBreakHyphen/><w:t>T</w:t><w:sym w:font="Wingdings" w:char="F028"/></w:r></w:p>'
    )
    assert text(runs) == "Tel:\t+41 22\nITU\u2011T☎\n"


def test_cells_of_one_line_stand_side_by_side_with_their_positions() -> None:
    source = read(docx(tbl(tc("Ref:") + tc("CR/387"), tc("Tel:") + tc("+41 22"))), name="a")
    assert source.text == "Ref:\tCR/387\nTel:\t+41 22\n"
    cells = [(told, words) for told, words in places(source) if "table" in told]
    assert cells == [
        ("page 1, table 1, row 1, column 1", "Ref:"), ("page 1, table 1, row 1, column 2", "CR/387"),
        ("page 1, table 1, row 2, column 1", "Tel:"), ("page 1, table 1, row 2, column 2", "+41 22"),
    ]  # fmt: skip


def test_labels_and_values_of_as_many_lines_are_set_side_by_side() -> None:
    assert text(tbl(tc("Tel:|Fax:") + tc("1|2") + tc(""))) == "Tel:\t1\nFax:\t2\n"


def test_cells_of_other_lengths_stand_one_below_the_other() -> None:
    assert text(tbl(tc("Tel:|Fax:") + tc("1|2") + tc("- To all|- To some|- To none"))) == (
        "Tel:\nFax:\n1\n2\n- To all\n- To some\n- To none\n"
    )


def test_merged_cells_are_told_once_and_count_their_columns() -> None:
    rows = [
        tc("a", '<w:gridSpan w:val="2"/>') + tc("b", '<w:vMerge w:val="restart"/>'),
        tc("c") + tc("d") + tc("again", "<w:vMerge/>"),
    ]
    source = read(docx(tbl(*rows)), name="a")
    assert source.text == "a\tb\nc\td\n"
    assert source.places[2].cell == (1, 1, 3)


def test_a_table_within_a_cell_keeps_its_own_positions() -> None:
    inner = tbl(tc("x") + tc("y"))
    source = read(
        docx(f"<w:tbl><w:tr><w:tc>{p('before')}{inner}{p('after')}</w:tc>{tc('beside')}</w:tr></w:tbl>"), name="a"
    )
    assert source.text == "before\nx\ty\nafter\nbeside\n"
    told = {source.text[place.start : place.end].strip(): place.cell for place in source.places}
    assert (told["before"], told["y"], told["beside"]) == ((1, 1, 1), (2, 1, 2), (1, 1, 2))


def test_tracked_changes_are_read_as_accepted() -> None:
    body = (
        "<w:p><w:r><w:t>The meeting</w:t></w:r><w:del><w:r><w:delText> of May</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t> of June</w:t></w:r></w:ins><w:moveFrom><w:r><w:t> here</w:t></w:r></w:moveFrom>"
        "<w:moveTo><w:r><w:t> there</w:t></w:r></w:moveTo></w:p>"
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>one </w:t></w:r></w:p>" + p("line")
    )
    deleted = f"<w:tbl><w:tr><w:trPr><w:del/></w:trPr>{tc('gone')}</w:tr><w:tr>{tc('kept')}</w:tr></w:tbl>"
    assert text(body + deleted) == "The meeting of June there\none line\nkept\n"


def test_fields_are_read_as_their_results() -> None:
    field = (
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r><w:r><w:t>never</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>2</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
        '<w:fldSimple w:instr=" DATE "><w:r><w:t> May</w:t></w:r></w:fldSimple></w:p>'
    )
    assert text(field) == "2 May\n"


def test_a_link_tells_its_target_where_its_words_do_not() -> None:
    body = (
        '<w:p><w:hyperlink r:id="a"><w:r><w:t>the page</w:t></w:r></w:hyperlink><w:r><w:t>, </w:t></w:r>'
        '<w:hyperlink r:id="b"><w:r><w:t>brmail@itu.int</w:t></w:r></w:hyperlink>'
        '<w:hyperlink w:anchor="x"><w:r><w:t>, below</w:t></w:r></w:hyperlink></w:p>'
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>HYPERLINK "http://itu.int/c" \\h</w:instrText>'
        '<w:fldChar w:fldCharType="separate"/><w:t>there</w:t><w:fldChar w:fldCharType="end"/><w:t>.</w:t></w:r></w:p>'
    )
    source = text(body, links={"a": "https://www.itu.int/a", "b": "mailto:brmail@itu.int"})
    assert source == "the page <https://www.itu.int/a>, brmail@itu.int, below\nthere <http://itu.int/c>.\n"


def test_a_text_box_is_told_once_and_stands_by_its_paragraph() -> None:
    box = f"<w:txbxContent>{p('Place des Nations')}</w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>be</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'>"
        f"{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>side</w:t></w:r></w:p>"
    )
    source = read(docx(body), name="a")
    assert source.text == "Place des Nations\nbeside\n"
    assert source.places[0].part == "text-box"


def test_hidden_words_and_placeholders_are_left_out() -> None:
    body = (
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r><w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>shown</w:t></w:r>"
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>Click here</w:t></w:r></w:sdtContent></w:sdt>"
        "<w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t>, filled in</w:t></w:r></w:sdtContent></w:sdt></w:p>"
    )
    assert text(body) == "shown, filled in\n"


HEADERS = {
    "h1": ("header", "header1.xml"),
    "h2": ("header", "header2.xml"),
    "f1": ("footer", "footer1.xml"),
    "n": ("footnotes", "footnotes.xml"),
}
PARTS = {
    "header1.xml": f"<w:hdr {{}}>{p('ITU')}</w:hdr>",
    "header2.xml": f"<w:hdr {{}}>{p('- 2 -')}</w:hdr>",
    "footer1.xml": f"<w:ftr {{}}>{p('Place des Nations')}</w:ftr>",
    "footnotes.xml": f'<w:footnotes {{}}><w:footnote w:type="separator" w:id="0">{p("---")}</w:footnote>'
    f'<w:footnote w:id="1">{p("See CR/1.")}</w:footnote><w:footnote w:id="2">{p("of nothing")}</w:footnote></w:footnotes>',
}
NOTED = '<w:p><w:r><w:t>Dear Sir</w:t><w:footnoteReference w:id="1"/></w:r></w:p>'


def test_the_first_pages_header_stands_first_and_all_else_that_pages_bear_last() -> None:
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="h2"/><w:headerReference w:type="first" r:id="h1"/>'
        '<w:footerReference w:type="first" r:id="f1"/><w:titlePg/></w:sectPr>'
    )
    source = read(docx(NOTED + section, parts=PARTS, related=HEADERS), name="a")
    assert source.text == "ITU\nDear Sir\nSee CR/1.\n- 2 -\nPlace des Nations\n"
    assert [place.part for place in source.places] == ["header", "body", "note", "header", "footer"]


def test_a_header_of_all_pages_stands_first_and_is_told_once() -> None:
    section = '<w:sectPr><w:headerReference w:type="default" r:id="h2"/></w:sectPr>'
    again = '<w:sectPr><w:headerReference w:type="default" r:id="h3"/></w:sectPr>'
    parts = {**PARTS, "header3.xml": PARTS["header2.xml"]}
    related = {**HEADERS, "h3": ("header", "header3.xml")}
    body = p("one", section) + p("two") + again
    assert text(body, parts=parts, related=related) == "- 2 -\none\ntwo\n"


def test_a_first_pages_header_that_is_switched_off_is_not_read() -> None:
    section = '<w:sectPr><w:headerReference w:type="first" r:id="h1"/></w:sectPr>'
    assert text(p("one") + section, parts=PARTS, related=HEADERS) == "one\n"


def test_pages_are_counted_by_breaks_each_once() -> None:
    body = (
        p("one") + '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
        "<w:p><w:r><w:lastRenderedPageBreak/><w:t>two</w:t></w:r></w:p>"
        "<w:p><w:r><w:t>still two </w:t></w:r><w:r><w:lastRenderedPageBreak/><w:t>three</w:t></w:r></w:p>"
        + p("four", "<w:pageBreakBefore/>")
    )
    source = read(docx(body), name="a")
    assert [(place.page, source.text[place.start : place.end].strip()) for place in source.places] == [
        (1, "one"), (2, "two\nstill two"), (3, "three"), (4, "four"),
    ]  # fmt: skip


NUMBERING = (
    '<w:numbering {}><w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
    '<w:lvlText w:val="%1"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/>'
    '<w:lvlText w:val="%1.%2)"/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0">'
    '<w:numFmt w:val="bullet"/><w:lvlText w:val="–"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    "</w:numbering>"
)
STYLES = (
    '<w:styles {}><w:style w:styleId="Item"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    '<w:style w:styleId="Sub"><w:basedOn w:val="Item"/></w:style><w:style w:styleId="Loop"><w:basedOn w:val="Loop"/></w:style></w:styles>'
)


def test_numbers_of_lists_are_those_that_word_prints() -> None:
    def item(words: str, number: int, level: int = 0) -> str:
        return p(words, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')

    body = (
        item("first", 1) + item("below", 1, 1) + item("also", 1, 1) + item("second", 1) + item("below", 1, 1)
        + item("To all", 2) + item("anew", 3) + p("styled", '<w:pStyle w:val="Sub"/>')
        + p("none", '<w:pStyle w:val="Item"/><w:numPr><w:numId w:val="0"/></w:numPr>') + p("loop", '<w:pStyle w:val="Loop"/>')
    )  # fmt: skip
    related = {"n": ("numbering", "numbering.xml"), "s": ("styles", "styles.xml")}
    made = docx(body, parts={"numbering.xml": NUMBERING, "styles.xml": STYLES}, related=related)
    assert read(made).text.splitlines() == [
        "1 first", "1.a) below", "1.b) also", "2 second", "2.a) below", "– To all", "5 anew", "3 styled", "none", "loop",
    ]  # fmt: skip


# -- hostile and damaged -----------------------------------------------------------------------------------------------


def test_entities_are_refused_and_nothing_outside_is_fetched() -> None:
    laughs = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    document = f"{laughs}<w:document {SPACES}><w:body>{p('&b;')}</w:body></w:document>"
    data = zipped(
        {"_rels/.rels": relations({"m": ("officeDocument", "word/document.xml")}), "word/document.xml": document}
    )
    with pytest.raises(ReadError, match="defines entities of its own") as caught:
        read(data, name="a.docx")
    assert caught.value.reason == "entities"


def test_an_external_document_type_is_not_followed() -> None:
    document = (
        f'<!DOCTYPE w SYSTEM "file:///etc/passwd"><w:document {SPACES}><w:body>{p("Geneva")}</w:body></w:document>'
    )
    data = zipped(
        {"_rels/.rels": relations({"m": ("officeDocument", "word/document.xml")}), "word/document.xml": document}
    )
    assert read(data).text == "Geneva\n"


def test_tables_within_tables_without_end_are_read_as_lines() -> None:
    depth = 20_000
    body = "<w:tbl><w:tr><w:tc>" * depth + p("deep") + "</w:tc></w:tr></w:tbl>" * depth
    assert text(body + p("after")) == "deep\nafter\n"


def test_text_boxes_within_text_boxes_without_end_are_read() -> None:
    depth = 12_000
    body = "<w:p><w:r><w:txbxContent>" * depth + p("deep") + "</w:txbxContent></w:r></w:p>" * depth
    assert text(body).strip() == "deep"


def test_fields_within_fields_without_end_are_read_in_no_time() -> None:
    begin = '<w:fldChar w:fldCharType="begin"/><w:fldChar w:fldCharType="separate"/>'
    words = "<w:t>x</w:t><w:tab/>" * 5_000
    assert text(f"<w:p><w:r>{begin * 5_000}{words}</w:r></w:p>") == "x\t" * 5_000 + "\n"


def test_a_bomb_is_given_up_while_it_unpacks() -> None:
    with pytest.raises(ReadError) as caught:
        read(docx(p(" " * 30_000_000)), name="a.docx")
    assert caught.value.reason == "bomb"


def test_a_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ReadError, match="holds more than 10 characters") as caught:
        read(docx(p("0123456789") + p("x")), name="a.docx", limits=Limits(max_text=10))
    assert caught.value.reason == "too-large"


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_document_that_is_cut_off_says_so(share: float) -> None:
    data = docx(p("Geneva"))
    with pytest.raises(ReadError) as caught:
        read(data[: int(share * len(data))], name="a.docx")
    assert caught.value.reason == "damaged"
    assert str(caught.value).startswith("a.docx is a Word document (.docx) that is damaged")


ELEMENTS = (
    "p",
    "r",
    "t",
    "tbl",
    "tr",
    "tc",
    "txbxContent",
    "hyperlink",
    "fldSimple",
    "sdt",
    "sdtPr",
    "sdtContent",
    "del",
    "pPr",
    "trPr",
)
EMPTY = (
    '<w:br w:type="page"/>', '<w:fldChar w:fldCharType="begin"/>', '<w:fldChar w:fldCharType="end"/>', "<w:vMerge/>",
    '<w:fldChar w:fldCharType="separate"/>', '<w:gridSpan w:val="3"/>', "<w:del/>", "<w:showingPlcHdr/>", "<w:tab/>",
    '<w:headerReference r:id="x"/>', "<w:lastRenderedPageBreak/>", '<w:numId w:val="1"/>', "<mc:Choice/>",
)  # fmt: skip
TREES: st.SearchStrategy[str] = st.recursive(
    st.sampled_from([*EMPTY, "words", "<w:t>more</w:t>"]),
    lambda inner: st.tuples(st.sampled_from(ELEMENTS), st.lists(inner, max_size=4)).map(
        lambda made: f"<w:{made[0]}>{''.join(made[1])}</w:{made[0]}>"
    ),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None)
@given(TREES)
def test_elements_in_any_order_are_read(tree: str) -> None:
    source = read(docx(tree), name="a.docx")
    assert all(0 <= place.start < place.end <= len(source.text) for place in source.places)


# -- fields that are not as they should be -----------------------------------------------------------------------------


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def code(words: str) -> str:
    return f"<w:r><w:instrText>{words}</w:instrText></w:r>"


def runs(*inner: str) -> str:
    return f"<w:p>{''.join(inner)}</w:p>"


def r(words: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r>'


LINK = code('HYPERLINK "https://itu.int/a"')


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (p("Geneva") + runs(r("See "), mark("begin"), LINK, r("the form.")) + p("Dear Sir,"), "Geneva\nSee the form.\nDear Sir,\n"),
        (runs(mark("begin"), code("PAGE")) + tbl(tc("Ref:") + tc("CR/387")), "\nRef:\tCR/387\n"),
        # another field within its code, whole
        (runs(mark("begin"), mark("begin"), LINK, mark("separate"), r("here"), mark("end"), r(".")), "here <https://itu.int/a>.\n"),
        # the inner one has no end: that of the outer one is taken for it, and of the outer one the result is kept
        (runs(mark("begin"), mark("begin"), mark("separate"), r("1"), mark("separate"), r("yes"), mark("end")) + p("Sir,"), "1yes\nSir,\n"),
        (f'<w:p><w:r><w:t>a</w:t></w:r><w:r><w:txbxContent>{runs(mark("begin"), r("ITU"))}</w:txbxContent></w:r></w:p>' + p("b"), "ITU\na\nb\n"),
        (f'<w:p><w:fldSimple w:instr="DATE">{mark("begin")}{r("4 May")}</w:fldSimple></w:p>' + p("b"), "4 May\nb\n"),
    ],
    ids=["a paragraph", "a table", "around a whole one", "an inner one", "a text box", "in an element"],
)  # fmt: skip
def test_behind_a_field_that_is_not_ended_nothing_is_lost(body: str, words: str) -> None:
    source = read(docx(body), name="a.docx")
    assert source.text.lstrip("\n") == words.lstrip("\n")
    assert [issue.code for issue in source.issues] == ["open-field"]


def test_numbers_of_lists_and_places_are_not_counted_twice_for_a_field_without_end() -> None:
    body = tbl(tc("Ref:") + tc("CR/387")) + runs(mark("begin"), r("See")) + tbl(tc("Tel:") + tc("1"))
    told = [str(place) for place in read(docx(body), name="a").places]
    assert (told[0], told[-1]) == ("page 1, table 1, row 1, column 1", "page 1")
    assert {"page 1, table 2, row 1, column 2"} <= set(told)
    assert not any("table 3" in place for place in told)


def test_a_field_whose_result_has_no_end_loses_nothing_and_is_no_issue() -> None:
    source = read(docx(runs(mark("begin"), LINK, mark("separate"), r("here")) + p("Sir,")), name="a")
    assert (source.text, source.issues) == ("here\nSir,\n", ())


def test_a_field_that_is_an_element_tells_its_target_too() -> None:
    link = "<w:fldSimple w:instr=' HYPERLINK \"https://itu.int/a\" '>{}</w:fldSimple>"
    assert text(runs(link.format(r("the form")), r("."))) == "the form <https://itu.int/a>.\n"
    assert text(runs(link.format(r("itu.int/a")), r("."))) == "itu.int/a.\n"
    page = mark("begin") + code("PAGE") + mark("separate") + r("2") + mark("end")
    assert text(runs(link.format(page + mark("end") + r(" pages")), r("."))) == "2 pages <https://itu.int/a>.\n"
    assert text(runs(mark("begin"), link.format(r("never")), mark("separate"), r("2"), mark("end"))) == "2\n"
