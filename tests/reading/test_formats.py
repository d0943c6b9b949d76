"""A file that is no text says what it is and what to do; a new format needs one class."""

from __future__ import annotations

import io
import zipfile

import pytest

from itudocs.errors import ReadError
from itudocs.reading import Limits, formats, read
from itudocs.reading.decoding import Decoded
from itudocs.reading.formats import FORMATS, Format, choose, claimed


def office(folder: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/main.xml", "<w/>")
    return buffer.getvalue()


def open_document(kind: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "what", "reason"),
    [
        (office("xl"), ".xlsx", "binary"),
        (office("ppt"), ".pptx", "binary"),
        (office("letters"), "ZIP", "binary"),
        (open_document("spreadsheet"), "OpenDocument", "binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "Office", "binary"),
        (b"\xffWPC\x10\0", "WordPerfect", "binary"),
        (b"%!PS-Adobe-3.0\n", "PostScript", "format"),
        (b"\x28\xb5\x2f\xfd\0", "compressed", "binary"),
        (bytes(257) + b"ustar\0", "archive", "binary"),
        (b"\x89PNG\r\n\x1a\n", "picture", "binary"),
        (b"\xff\xd8\xff\xe0", "picture", "binary"),
        (b"GIF89a", "picture", "binary"),
        (b"II*\0", "picture", "binary"),
        (b"SQLite format 3\0", "SQLite", "binary"),
        (b"\x7fELF\x02", "program", "binary"),
        (b"RIFF\0\0\0\0WAVE", "sound", "binary"),
        (b"\0\0\0\x20ftypisom", "film", "binary"),
    ],
)
def test_a_known_format_is_refused_by_name_with_advice(data: bytes, what: str, reason: str) -> None:
    with pytest.raises(ReadError, match=what) as caught:
        read(data, name="letter.txt")
    assert caught.value.reason == reason
    assert caught.value.name == "letter.txt"
    assert str(caught.value).startswith("letter.txt is a")
    assert ": " in str(caught.value)


def test_bytes_of_no_known_format_are_refused_as_binary() -> None:
    with pytest.raises(ReadError, match=r"letter\.txt is binary") as caught:
        read(bytes(range(256)) * 8, name="letter.txt")
    assert caught.value.reason == "binary"


@pytest.mark.parametrize(
    "name", ["a.pdf", "a.DOCX", "a.zip", "a.tar", "a.eml", "a.msg", "a.doc", "a.rtf", "a.html", "a.odt", "b.zip!/a.pdf"]
)
def test_bytes_that_are_not_what_their_name_says_are_to_be_had_anew(name: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(bytes(range(256)) * 8, name=name)
    kind = name.rpartition(".")[2].upper()
    assert str(caught.value) == f"{name} is no {kind} file although it is called one, nor is it text: get it anew."
    assert (caught.value.reason, caught.value.name) == ("binary", name)


@pytest.mark.parametrize("name", ["a", "a.text", "a.xyz", "CR.387"])
def test_bytes_whose_name_promises_nothing_are_binary(name: str) -> None:
    with pytest.raises(ReadError, match=r" is binary and of no format that is known here"):
        read(bytes(range(256)) * 8, name=name)


def test_markup_of_no_known_format_is_read_as_text_and_says_so() -> None:
    source = read(b"<!DOCTYPE letter><p>CR/387")
    assert source.text == "<!DOCTYPE letter><p>CR/387"
    assert [i.code for i in source.issues] == ["markup"]


@pytest.mark.parametrize("text", ["BMW and RIFF: two words", "PK is a country code", "MZ", "II. Agenda", "<annex>"])
def test_a_letter_that_begins_like_a_format_is_still_a_letter(text: str) -> None:
    assert read(text.encode()).text == text


@pytest.mark.parametrize(
    "name",
    ["001.txt", "LETTER.TXT", "cr387", "CR.387", "DM-05.1171", "letter.text", "x.html", "x.DOCX", "x.odt", "x.rtf"],
)
def test_letters_are_taken_from_a_folder(name: str) -> None:
    assert claimed(name)


@pytest.mark.parametrize("name", ["001.gold.json", "README.md", "letter.xlsx", "t.csv", "letter.mp3"])
def test_other_files_are_left_in_their_folder(name: str) -> None:
    assert not claimed(name)


class Shouted:
    """A format for the test: text behind a mark."""

    name = "shouted"
    extensions = frozenset({".loud"})
    isolated = False

    def sniff(self, data: bytes, name: str) -> float:
        return 1.0 if data.startswith(b"%PDF-LOUD") else 0.0

    def to_text(self, data: bytes, *, name: str, limits: Limits) -> Decoded:
        return Decoded(text=data[9:].decode().lower() + "\r\n", encoding="utf-8")


def test_a_new_format_takes_its_files_before_any_signature_refuses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    loud: Format = Shouted()
    monkeypatch.setattr(formats, "FORMATS", (*FORMATS, loud))
    source = read(b"%PDF-LOUDCR/387")
    assert (source.text, source.provenance.format) == ("cr/387\n", "shouted")
    assert claimed("letter.loud")
    assert choose(b"plain", "x").name == "text"
