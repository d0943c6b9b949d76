"""Whatever comes in, `read` gives a clean text with its origin, or says why it cannot."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.errors import ReadError
from itudocs.reading import DEFAULT_LIMITS, Document, Limits, Source, read

FORBIDDEN = re.compile("[\0\r\x0b\x0c\x85\u2028\u2029\ud800-\udfff\x01-\x08\x0e-\x1f\x7f-\x9f]")
CODECS = ["utf-8", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp1251", "koi8-r", "cp1256", "gb18030", "big5", "cp850"]
encoded = st.builds(lambda text, codec: text.encode(codec, "ignore"), st.text(), st.sampled_from(CODECS))
fragments = st.sampled_from(
    [b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"PK\x03\x04", b"%PDF-1", b"\0\0\xfe\xff", b"\x00", b"\r\n"]
)
any_bytes = st.lists(st.binary() | encoded | fragments, max_size=6).map(b"".join)


def tried(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Source | ReadError:
    """What `read` gives or raises; anything but a `ReadError` fails the test."""
    try:
        return read(data, limits=limits)
    except ReadError as error:
        return error


def proper(source: Source) -> None:
    assert not FORBIDDEN.search(source.text)
    source.text.encode("utf-8")
    source.name.encode("utf-8")
    assert 0 <= source.provenance.encoding_confidence <= 1
    assert all(0 <= i.start <= i.end <= len(source.text) for i in source.issues)


def test_a_text_a_file_and_its_bytes_are_one_source(tmp_path: Path) -> None:
    text = "Женева, 1 июля 2016 года\n"
    path = tmp_path / "letter.txt"
    path.write_text(text, encoding="utf-8")
    sources = [read(text), read(path), read(text.encode()), read(Document(name=str(path), data=text.encode()))]
    assert {s.text for s in sources} == {text}
    assert {s.provenance.sha256 for s in sources} == {hashlib.sha256(text.encode()).hexdigest()}
    assert [s.name for s in sources] == ["<text>", "letter.txt", "<bytes>", "letter.txt"]


def test_the_name_can_be_given(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("CR/387")
    assert {read(s, name="dm/DM-05_1200-es.html").name for s in ("CR/387", b"CR/387", path)} == {
        "dm/DM-05_1200-es.html"
    }


def test_an_error_gives_the_whole_path(tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"%PDF-1.4")
    with pytest.raises(ReadError) as caught:
        read(path)
    assert caught.value.name == str(path)


def test_the_provenance_tells_encoding_and_confidence() -> None:
    guessed = read("Genève, le 11 décembre 2017. Réunion à l'Hôtel de Ville, été 2018".encode("cp1252")).provenance
    assert guessed.format == "text"
    assert guessed.encoding in {"iso8859-1", "cp1252"}  # which give the same text here
    assert 0 < guessed.encoding_confidence < 1
    sure = read("Genève").provenance
    assert (sure.encoding, sure.encoding_confidence) == ("utf-8", 1)


@pytest.mark.parametrize(
    "data",
    [b"x" * 1001, "\u00e9".encode() * 1001, ("x" * 1001).encode("utf-16"), b"{\\rtf1 " + b"x" * 1001 + b"}"],
    ids=["text", "of two bytes each", "UTF-16", "another format"],
)
def test_a_text_beyond_the_limit_is_refused_whatever_its_format(data: bytes) -> None:
    with pytest.raises(ReadError, match=r"a\.txt holds more than 1,000 characters") as caught:
        read(data, name="a.txt", limits=Limits(max_text=1000))
    assert (caught.value.reason, caught.value.name) == ("too-large", "a.txt")
    assert len(read(data, limits=Limits(max_text=1002)).text) >= 1001


def test_a_text_that_is_no_file_has_no_limit() -> None:
    assert len(read("x" * 1001, limits=Limits(max_text=1000)).text) == 1001
    assert len(read(b"x" * 1000, limits=Limits(max_text=1000)).text) == 1000


@pytest.mark.parametrize("nothing", ["", " \r\n\t", b"", b"\xef\xbb\xbf", b"\n", "\u3000\u00a0"])
def test_nothing_is_a_source_with_an_issue(nothing: str | bytes) -> None:
    source = read(nothing)
    assert source.text.strip() == ""
    assert [i.code for i in source.issues] == ["empty"]


@pytest.mark.parametrize("byte", range(256))
def test_any_single_byte_is_read(byte: int) -> None:
    source = read(bytes([byte]))
    proper(source)
    assert len(source.text) <= 1


def test_utf_16_from_a_notepad_is_read_with_its_newlines() -> None:
    source = read("Ref:\tCR/387\r\nGenève\r\n".encode("utf-16"))
    assert source.text == "Ref:\tCR/387\nGenève\n"
    assert source.provenance.encoding == "utf-16-le"


def test_the_name_of_a_file_given_as_a_text_is_noticed() -> None:
    assert [i.code for i in read("letters/cr387.txt").issues] == ["file-name"]
    assert read("See cr387.txt for\ndetails.").issues == ()


def test_what_is_neither_text_nor_bytes_nor_a_path_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="not int"):
        read(387)  # type: ignore[arg-type]


@given(st.text(alphabet=st.characters(exclude_categories=()) | st.sampled_from("\r\n\0\ud83d\ude00\x1b\ufeff")))
@settings(deadline=None)
def test_every_text_is_read(text: str) -> None:
    proper(read(text))


@given(any_bytes)
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_read_or_refused_with_a_reason(data: bytes) -> None:
    outcome = tried(data)
    if isinstance(outcome, ReadError):
        assert outcome.reason in {"binary", "format", "truncated", "damaged", "container", "library", "nesting"}
        assert outcome.name == "<bytes>"
    else:
        proper(outcome)
        assert outcome.provenance.sha256 == hashlib.sha256(data).hexdigest()


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1))
@settings(deadline=None)
def test_utf_8_comes_back_as_it_was(text: str) -> None:
    outcome = tried(text.encode())
    if isinstance(outcome, Source):  # unless it begins like a PDF file
        assert outcome.text == text.removeprefix("\ufeff")


@given(st.binary(max_size=50), st.integers(0, 60))
@settings(deadline=None)
def test_the_limit_holds_exactly(data: bytes, limit: int) -> None:
    outcome = tried(data, Limits(max_bytes=limit))
    assert (isinstance(outcome, ReadError) and outcome.reason == "too-large") == (len(data) > limit)
