"""OpenDocument texts become lines in the order of the page, with what changed accepted and what is hidden left out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.errors import ReadError
from itudocs.reading import read
from tests.reading.packing import ODF, odt, zipped


def p(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>' if style else f"<text:p>{text}</text:p>"


def cell(*paragraphs: str) -> str:
    return f"<table:table-cell>{''.join(map(p, paragraphs))}</table:table-cell>"


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def style(name: str, properties: str, *, family: str = "paragraph", more: str = "") -> str:
    return f'<style:style style:name="{name}" style:family="{family}" {more}>{properties}</style:style>'


def test_paragraphs_are_lines_with_their_white_space_collapsed() -> None:
    body = p("Tel:<text:tab/>+41\n   22<text:s text:c='2'/>730<text:line-break/> ITU ") + "<text:h>Annex</text:h>"
    source = read(odt(body), name="a.odt")
    assert source.text == "Tel:\t+41 22  730\nITU \nAnnex\n"
    assert source.provenance.format == "odt"


def test_cells_stand_side_by_side_and_covered_ones_are_left_out() -> None:
    wide = '<table:table-cell table:number-columns-spanned="2"><text:p>both</text:p></table:table-cell>'
    covered = "<table:covered-table-cell><text:p>beneath</text:p></table:covered-table-cell>"
    body = f"<table:table>{row(cell('Ref:'), cell('CR/387'), cell('x'))}{row(wide, covered, cell('y'))}</table:table>"
    source = read(odt(body), name="a")
    assert source.text == "Ref:\tCR/387\tx\nboth\ty\n"
    told = {source.text[place.start : place.end]: place.cell for place in source.places}
    assert (told["both"], told["y"]) == ((1, 2, 1), (1, 2, 3))


def test_tracked_changes_comments_and_hidden_words_are_left_out() -> None:
    tracked = "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes>"
    body = tracked + p(
        "kept<office:annotation><text:p>a comment</text:p></office:annotation>"
        '<text:span text:style-name="H">secret</text:span> words'
    ) + p("unseen", "H2") + '<text:section text:display="none"><text:p>nor this</text:p></text:section>'  # fmt: skip
    automatic = style("H", '<style:text-properties text:display="none"/>', family="text") + style(
        "H2", "", more='style:parent-style-name="H"'
    )
    assert read(odt(body, automatic=automatic)).text == "kept words\n"


def test_links_tell_their_targets_and_notes_stand_at_the_end() -> None:
    body = p(
        'see <text:a xlink:href="https://www.itu.int/x">here</text:a>, <text:a xlink:href="mailto:a@itu.int">a@itu.int</text:a>'
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>See CR/1.</text:p></text:note-body></text:note>."
    ) + p("Yours")
    source = read(odt(body), name="a")
    assert source.text == "see here <https://www.itu.int/x>, a@itu.int.\nYours\nSee CR/1.\n"
    assert source.places[-1].part == "note"


def test_a_text_box_stands_by_its_paragraph() -> None:
    body = p("<draw:frame><draw:text-box><text:p>Place des Nations</text:p></draw:text-box></draw:frame>below")
    source = read(odt(body), name="a")
    assert source.text == "Place des Nations\nbelow\n"
    assert source.places[0].part == "text-box"


MASTERS = (
    '<style:master-page style:name="Standard"><style:header><text:p>- 2 -</text:p></style:header></style:master-page>'
    '<style:master-page style:name="First" style:next-style-name="Standard"><style:header><text:p>ITU</text:p></style:header>'
    "<style:footer><text:p>Place des Nations</text:p></style:footer>"
    '<style:header-left style:display="false"><text:p>off</text:p></style:header-left></style:master-page>'
    '<style:master-page style:name="Unused"><style:header><text:p>never</text:p></style:header></style:master-page>'
)


def test_the_first_pages_header_stands_first_and_all_else_that_pages_bear_last() -> None:
    automatic = style("P1", "", more='style:master-page-name="First"')
    source = read(odt(p("Geneva", "P1") + p("Dear Sir"), automatic=automatic, masters=MASTERS), name="a")
    assert source.text == "ITU\nGeneva\nDear Sir\nPlace des Nations\n- 2 -\n"
    assert [place.part for place in source.places] == ["header", "body", "footer", "header"]


def test_pages_are_counted_by_breaks_of_styles_and_soft_ones() -> None:
    automatic = style("B", '<style:paragraph-properties fo:break-before="page"/>')
    body = p("one", "B") + p("still one<text:soft-page-break/> two") + p("three", "B")
    source = read(odt(body, automatic=automatic), name="a")
    assert [(place.page, source.text[place.start : place.end].strip()) for place in source.places] == [
        (1, "one\nstill one"), (2, "two"), (3, "three"),
    ]  # fmt: skip


def test_numbers_of_lists_are_those_that_a_writer_prints() -> None:
    lists = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
        '<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")" text:display-levels="2"/>'
        '</text:list-style><text:list-style style:name="M"><text:list-level-style-bullet text:level="1" text:bullet-char="–"/>'
        '</text:list-style><text:outline-style><text:outline-level-style text:level="1" style:num-format="I" style:num-suffix=":"/>'
        "</text:outline-style>"
    )
    inner = "<text:list><text:list-item><text:p>below</text:p></text:list-item><text:list-item><text:p>also</text:p></text:list-item></text:list>"
    body = (
        f'<text:list text:style-name="L" xml:id="one"><text:list-item><text:p>first</text:p><text:p>more</text:p>{inner}</text:list-item></text:list>'
        '<text:list text:style-name="L" text:continue-numbering="true"><text:list-item><text:p>second</text:p></text:list-item></text:list>'
        '<text:list text:style-name="L"><text:list-item><text:p>anew</text:p></text:list-item></text:list>'
        '<text:list text:style-name="L" text:continue-list="one"><text:list-item><text:p>third</text:p></text:list-item></text:list>'
        '<text:list text:style-name="M"><text:list-item><text:p>To all</text:p></text:list-item></text:list>'
        '<text:h text:outline-level="1">Annex</text:h><text:h text:outline-level="2">bare</text:h>'
    )
    assert read(odt(body, styles=lists)).text.splitlines() == [
        "1. first", "more", "1.a) below", "1.b) also", "2. second", "1. anew", "3. third", "– To all", "I: Annex", "bare",
    ]  # fmt: skip


def test_indexes_keep_their_words_and_lose_their_making() -> None:
    body = (
        "<text:table-of-content><text:table-of-content-source><text:index-title-template>never</text:index-title-template>"
        "</text:table-of-content-source><text:index-body><text:p>Annex 1</text:p></text:index-body></text:table-of-content>"
    )
    assert read(odt(body)).text == "Annex 1\n"


def test_an_encrypted_document_says_so() -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(ReadError, match=r"a\.odt is encrypted") as caught:
        read(odt("", parts={"META-INF/manifest.xml": manifest}), name="a.odt")
    assert caught.value.reason == "encrypted"


def test_entities_are_refused() -> None:
    content = f'<!DOCTYPE d [<!ENTITY a "ha">]><office:document-content {ODF}/>'
    data = zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})
    with pytest.raises(ReadError) as caught:
        read(data, name="a.odt")
    assert caught.value.reason == "entities"


def test_nesting_without_end_is_read() -> None:
    depth = 5_000
    frame = "<text:p><draw:frame><draw:text-box><table:table><table:table-row><table:table-cell>"
    close = "</table:table-cell></table:table-row></table:table></draw:text-box></draw:frame></text:p>"
    assert read(odt(frame * depth + p("deep") + close * depth)).text.strip() == "deep"


ELEMENTS = (
    "text:p", "text:h", "text:list", "text:list-item", "text:span", "text:a", "text:note", "table:table", "table:table-row",
    "table:table-cell", "table:covered-table-cell", "draw:text-box", "text:section",
)  # fmt: skip
TREES: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(["words", "<text:tab/>", "<text:s text:c='3'/>", "<text:soft-page-break/>", "<style:header/>"]),
    lambda inner: st.tuples(st.sampled_from(ELEMENTS), st.lists(inner, max_size=4)).map(
        lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0]}>"
    ),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None)
@given(TREES)
def test_elements_in_any_order_are_read(tree: str) -> None:
    source = read(odt(tree), name="a.odt")
    assert all(0 <= place.start < place.end <= len(source.text) for place in source.places)
