"""Web pages give the letter's words, without the site's, in the encoding that they are in."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.errors import ReadError
from itudocs.reading import Limits, read
from itudocs.reading.html import WebPage

pytest.importorskip("lxml", reason="install the extra: pip install 'itudocs[formats]'")

PROSE = "I have the honour to inform you that the meeting announced in the circular letter of last month will take place as planned in Geneva."


def text(body: str, *, head: str = "") -> str:
    return read(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode(), name="a.html").text


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><p>CR/387", b'<?xml version="1.0"?>\n<html lang="en"><p>CR/387</p></html>', b" <HTML>CR/387",
        b"\xef\xbb\xbf<!-- saved --><html>CR/387", "<html><p>CR/387".encode("utf-16"), b"<body>CR/387",
    ],
)  # fmt: skip
def test_a_page_is_known_by_its_beginning(data: bytes) -> None:
    source = read(data, name="letter.txt")
    assert (source.text, source.provenance.format) == ("CR/387\n", "html")


def test_a_fragment_is_known_by_its_ending_too() -> None:
    assert read(b"<p>CR/387</p>", name="a.htm").text == "CR/387\n"
    assert read(b"<p>CR/387</p>", name="a.txt").provenance.format == "text"


def test_blocks_are_lines_and_white_space_collapses() -> None:
    body = "<h1>ITU</h1>one\n  <b>two</b>\tthree<br>four<p>five &amp; six&nbsp;!</p><div><div>seven</div></div><pre>a\n  b</pre>"
    assert text(body) == "ITU\none two three\nfour\nfive & six\u00a0!\nseven\na\n  b\n"


def test_lines_of_chinese_that_the_page_breaks_go_on_without_a_space() -> None:
    assert text("<p>国际电信\n  联盟 and\nmore</p>") == "国际电信联盟 and more\n"


def test_tables_keep_their_cells_where_they_stand() -> None:
    body = (
        "<table><tr><td rowspan=2>Ref:</td><td colspan=2>CR/387</td><td>x</td></tr><tr><td>a<td>b<td>c</tr></table>"
        "<table><tr><td>Tel:<br>Fax:</td><td>1<br>2</td></tr></table>"
    )
    source = read(f"<html><body>{body}".encode())
    assert source.text == "Ref:\tCR/387\tx\na\tb\tc\nTel:\t1\nFax:\t2\n"
    told = {source.text[place.start : place.end]: place.cell for place in source.places}
    assert (told["x"], told["a"], told["c"], told["Tel:"]) == ((1, 1, 4), (1, 2, 2), (1, 2, 4), (2, 1, 1))


def test_tables_that_lay_out_a_page_are_none_to_the_reader() -> None:
    body = "<table><tr><td>ITU</td><td>BR<table><tr><td>Ref:</td><td>CR/387</td></tr></table></td></tr></table>"
    source = read(f"<html><body>{body}".encode())
    assert source.text == "ITU\nBR\nRef:\tCR/387\n"
    assert source.places[0].cell == (1, 1, 1)


def test_lists_bear_their_marks_unless_their_words_do() -> None:
    body = "<ul><li>To all</li><li>- To some</li></ul><ol start=3 type=a><li>x</li><li value=7>y<p>more</p></li></ol>"
    assert text(body).splitlines() == ["- To all", "- To some", "c. x", "g. y", "more"]


def test_links_tell_their_targets_where_their_words_do_not() -> None:
    body = (
        '<p>the <a href="https://www.itu.int/x">page</a>, <a href="http://www.itu.int/y/">www.itu.int/y</a>, '
        '<a href="mailto:a@itu.int?subject=b">a@itu.int</a>, <a href="/z">below</a>, <a href="javascript:alert(1)">print</a>, '
        '<a href="//itu.int/w">there</a>'
    )
    assert text(body) == (
        "the page <https://www.itu.int/x>, www.itu.int/y, a@itu.int, below, print, there <https://itu.int/w>\n"
    )
    based = text('<p><a href="/z">below</a>', head='<base href="http://www.itu.int/a/b">')
    assert based == "below <http://www.itu.int/z>\n"


def test_masked_addresses_are_unmasked_where_the_page_holds_them() -> None:
    key, address = 0x5A, "brmail@itu.int"
    hidden = bytes([key, *(byte ^ key for byte in address.encode())]).hex()
    body = f'<p>E-mail: <a class="__cf_email__" data-cfemail="{hidden}">[email&#160;protected]</a>, or call</p>'
    assert text(body) == "E-mail: brmail@itu.int, or call\n"
    assert text('<p><span data-cfemail="5a5b5c5d5e">[email protected]</span></p>') == "[email protected]\n"


def test_what_a_page_marks_as_its_own_goes() -> None:
    body = (
        "<header><a href='/'>ITU</a> Site</header><nav><a href='/a'>A</a></nav><div class='breadcrumb'>Home &gt; Circulars</div>"
        "<div style='color: red; DISPLAY : none'>hidden</div><p hidden>hidden</p><div role='search'>Search</div>"
        f"<article><header>Circular letter</header><p>{PROSE}</p></article><script>var a = 1;</script><style>p {{}}</style>"
        "<form><select><option>English</option></select><button>Go</button></form><noscript>no script</noscript>"
        "<aside>Related</aside><footer>© ITU</footer><template><p>t</p></template>"
    )
    assert text(body) == f"Circular letter\n{PROSE}\n"


def test_blocks_of_links_go_above_and_below_the_letter_only() -> None:
    links = "<a href='/a'>About us</a> | <a href='/b'>Newsroom</a> | <a href='/c'>Events</a>"
    inside = "<ul><li><a href='/d1'>Document 1</a><li><a href='/d2'>Document 2</a><li><a href='/d3'>Document 3</a></ul>"
    body = f"<table><tr><td>{links}</td></tr><tr><td><p>{PROSE}</p>{inside}<p>{PROSE}</p></td></tr></table><div>{links}</div>"
    assert text(body) == f"{PROSE}\n- Document 1\n- Document 2\n- Document 3\n{PROSE}\n"


def test_a_letter_made_of_addresses_is_no_navigation() -> None:
    body = "<p>".join(f"<a href='http://www.itu.int/{n}'>www.itu.int/{n}</a>" for n in range(4))
    assert text(body).split() == [f"www.itu.int/{n}" for n in range(4)]


def test_the_main_part_of_a_page_is_its_letter() -> None:
    assert text(f"<div>Site words</div><main><p>{PROSE}</p></main><div>more of them</div>") == f"{PROSE}\n"
    # but not where most words stand elsewhere
    assert PROSE in text(f"<main>ITU</main><p>{PROSE}</p>")


@pytest.mark.parametrize(
    ("declared", "codec", "words"),
    [
        ('<meta charset="windows-1251">', "cp1251", "Генеральный секретарь"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">', "cp1252", "“Genève” – été"),
        ("<meta charset=gb2312>", "gb18030", "国际电信联盟"),
        ('<meta charset="windows-1256">', "cp1256", "الاتحاد الدولي للاتصالات"),
        ("<meta charset=windows-1251>", "utf-8", "Генеральный секретарь"),  # its bytes say otherwise
        ("", "cp1251", "Генеральный секретарь Международного союза электросвязи сообщает администрациям"),
    ],
)
def test_the_encoding_is_what_the_bytes_allow_then_what_the_page_says(declared: str, codec: str, words: str) -> None:
    source = read(f"<html><head>{declared}</head><body><p>{words}</p>".encode(codec))
    assert source.text == f"{words}\n"
    assert source.provenance.encoding == codec


def test_an_unknown_encoding_is_guessed() -> None:
    source = read("<html><meta charset=x-unknown><p>Genève, été à la réunion".encode("cp1252"))
    assert source.text == "Genève, été à la réunion\n"


def test_entities_of_its_own_mean_nothing() -> None:
    data = b'<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "ha">]><html><p>&a;&b;Geneva</p>'
    assert "root:" not in read(data).text
    assert "Geneva" in read(data).text


def test_elements_that_are_nested_without_end_are_refused_by_name() -> None:
    with pytest.raises(ReadError, match=r"a\.html is a web page whose elements are nested too deeply") as caught:
        read(b"<html><body>" + b"<div>" * 100_000 + b"deep", name="a.html")
    assert caught.value.reason == "nesting"


def test_a_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ReadError, match="holds more than 10 characters"):
        read(b"<html><p>0123456789<p>x", limits=Limits(max_text=10))


@pytest.mark.parametrize("data", [b"<html>", b"<html></html>", b"<html><head><title>x</title></head></html>"])
def test_a_page_without_words_has_the_issue(data: bytes) -> None:
    assert [issue.code for issue in read(data).issues] == ["empty"]


def test_without_lxml_the_error_names_it_and_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lxml.etree", None)
    with pytest.raises(ReadError, match=r"a\.html cannot be read: lxml is not installed.*itudocs\[formats\]") as caught:
        WebPage().to_text(b"<html><p>CR/387", name="a.html", limits=Limits())
    assert caught.value.reason == "library"


def test_comments_without_end_are_sniffed_in_no_time() -> None:
    assert WebPage().sniff(b"<!---->" * 100_000, "x") == 0.0


TAGS = (
    "html", "body", "table", "tr", "td", "th", "ul", "ol", "li", "p", "div", "a", "br", "pre", "nav", "main", "header", "script",
    "span", "select", "b",
)  # fmt: skip
TREES = st.lists(
    st.sampled_from([*(f"<{t}>" for t in TAGS), *(f"</{t}>" for t in TAGS), "words ", "<td colspan=3 rowspan=2>"])
)


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_tags_in_any_order_are_read(tags: list[str]) -> None:
    source = read(f"<html>{''.join(tags)}".encode())
    assert all(0 <= place.start < place.end <= len(source.text) for place in source.places)
