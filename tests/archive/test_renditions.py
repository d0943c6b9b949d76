"""The same letter in several formats is one letter; letters that resemble each other are not."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from contextlib import closing
from itertools import combinations
from pathlib import Path

import msgspec
import pytest

from itudocs.archive import schema
from itudocs.archive.renditions import ALIKE, NUMBERS, Print, digest, likeness, preference, print_of, same_letter
from itudocs.model import Circular, Issue, Provenance
from itudocs.reading import Document, read
from tests.archive.archive_fakes import letter
from tests.archive.conftest import Open

CORPUS = Path(__file__).parents[2] / "corpus" / "open"
TEXTS = {path.stem: read(path).text for path in sorted(CORPUS.glob("*.txt"))}
PRINTS = {name: print_of(text) for name, text in TEXTS.items()}


def alike(one: Print, other: Print) -> bool:
    runs, numbers = likeness(one, other)
    return runs >= ALIKE and numbers >= NUMBERS


def paged(text: str) -> str:
    """As a PDF gives it: other line breaks, a head and a foot in its middle."""
    words = text.split()
    pages = [words[at : at + 180] for at in range(0, len(words), 180)]
    return "".join(
        "INTERNATIONAL TELECOMMUNICATION UNION\n"
        + "\n".join(" ".join(page[at : at + 11]) for at in range(0, len(page), 11))
        + f"\nPlace des Nations, Geneva - {number} -\f"
        for number, page in enumerate(pages, 1)
    )


def next_year(text: str) -> str:
    """As the letter is sent the next year: with years and days moved."""
    text = re.sub(r"(?<!\d)(?:19|20)\d\d(?!\d)", lambda m: str(int(m[0]) + 1), text)
    return re.sub(
        r"(?<![\d.+/-])(?:[1-9]|[12]\d|30)(?=\s*(?:[^\W\d]{2,}|日))", lambda m: str((int(m[0]) + 3) % 30 + 1), text
    )


# -- texts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_a_letter_is_like_itself_in_another_layout_and_unlike_itself_a_year_later(name: str) -> None:
    own = PRINTS[name]
    assert alike(own, print_of(paged(TEXTS[name])))
    assert alike(own, print_of(TEXTS[name].replace("\n", "").upper()))
    assert not alike(own, print_of(next_year(TEXTS[name])))


def test_no_two_letters_of_the_corpus_are_alike() -> None:
    """Language versions, addenda, corrigenda and letters of one series among them."""
    wrong = [(one, other) for one, other in combinations(PRINTS, 2) if alike(PRINTS[one], PRINTS[other])]
    assert wrong == []


def test_a_fragment_is_no_rendition() -> None:
    text = TEXTS["en-001-tsb-circular-clean"]
    assert alike(PRINTS["en-001-tsb-circular-clean"], print_of(text[: len(text) // 2]))
    assert not alike(PRINTS["en-001-tsb-circular-clean"], print_of(text[:300]))


def test_words_alone_decide_what_is_the_same_where_there_is_no_id() -> None:
    assert digest("Le 13 juillet 2004,\nGenève") == digest("LE 13 JUILLET 2004 — Geneve")
    assert digest("Le 13 juillet 2004") != digest("Le 14 juillet 2004")


def record(form: str, **values: object) -> Circular:
    source = Provenance(name=f"letter.{form}", sha256="0" * 64, format=form)
    return msgspec.convert(
        {"key": "0" * 64, "source": msgspec.to_builtins(source), "id": "cr/1", "subject": "S", **values}, Circular
    )


def test_letters_of_other_dates_or_languages_are_no_renditions() -> None:
    own = PRINTS["en-001-tsb-circular-clean"]
    first = record("docx", language="en", date="2004-07-13")
    assert same_letter(first, own, record("pdf", language="en", date="2004-07-13"), own)
    assert same_letter(first, own, record("pdf", language="en"), own)
    assert not same_letter(first, own, record("pdf", language="en", date="2004-07-14"), own)
    assert not same_letter(first, own, record("pdf", language="fr", date="2004-07-13"), own)


def test_the_format_decides_which_form_is_read_unless_its_record_is_poorer() -> None:
    forms = ["ocr", "pdf", "html", "doc", "rtf", "odt", "docx", "text"]
    assert [r.source.format for r in sorted(map(record, forms), key=preference)] == forms[::-1]
    fuller = record("pdf", date="2004-07-13")
    assert min(record("docx"), fuller, key=preference) is fuller
    odd = record("docx", issues=[msgspec.to_builtins(Issue(code="no-date", message="There is no date."))])
    assert min(odd, record("html"), key=preference).source.format == "html"
    told = record("docx", issues=[msgspec.to_builtins(Issue(code="x", message="By the way.", severity="info"))])
    assert min(told, record("html"), key=preference) is told


# -- an archive --------------------------------------------------------------------------------------------------------


def both(n: int, **more: str) -> tuple[bytes, bytes]:
    """A letter, and the same in another layout."""
    data = letter(n, language="en", **more)
    return data, data.replace(b"\n\nBody", b"\n \n- 2 -\nBody")


def test_an_archive_names_the_renditions_of_a_letter(opened: Open) -> None:
    archive = opened()
    one, other = both(1, date="2004-07-13")
    later = letter(1, language="en", date="2005-07-13")
    archive.add_documents([Document(name=n, data=d) for n, d in (("b", other), ("a", one), ("later", later))])
    found = archive.renditions("cr/1")
    assert [(r.name, r.chosen) for r in found] == [("b", True), ("a", False)]
    assert found[0].alike == 1.0
    assert 0.75 <= found[1].alike < 1.0
    assert archive.renditions(found[1].key) == found
    assert len(archive.renditions(key_of(later))) == 1


def key_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_letters_without_id_are_renditions_where_their_words_are_the_same(opened: Open) -> None:
    archive = opened()
    data = b"language: en\nsubject: A note\n\n" + b"Words without a reference. " * 9
    archive.add_documents([
        Document(name="a", data=data), Document(name="b", data=data.replace(b". ", b".\n")),
        Document(name="c", data=data.replace(b"note", b"nota")),
    ])  # fmt: skip
    names = {
        r.name: {o.name for o in archive.renditions(r.key)} for key in archive for r in archive.renditions(key.key)
    }
    assert names == {"a": {"a", "b"}, "b": {"a", "b"}, "c": {"c"}}


def test_letters_without_id_of_an_older_store_are_found_too(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = b"language: en\n\n" + b"Words without a reference. " * 9
    with opened() as archive:
        archive.add_documents([Document(name="a", data=data), Document(name="b", data=data + b"\n")])
    with closing(sqlite3.connect(tmp_path / "a" / "archive.db")) as older, older:
        for table in ("containers", "failing", "prints"):
            older.execute(f"DROP TABLE {table}")
        older.execute(f"PRAGMA user_version = {schema.MIGRATIONS.index(schema._add_intake)}")
    again = opened()
    (key, _) = (r.key for r in again)
    assert {r.name for r in again.renditions(key)} == {"a", "b"}


def test_a_collapsed_hit_lists_the_formats_of_its_letter(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = opened()
    one, other = both(1)
    archive.add_documents([Document(name="a.txt", data=one), Document(name="a.pdf", data=other)])
    with archive._writing("a test") as writer, writer.transaction():
        key = key_of(other)
        made = json.loads(writer.raw(key))
        made["source"]["format"] = "pdf"
        monkeypatch.setattr("itudocs.archive.store._digest", lambda *_: "same")
        writer.execute("UPDATE records SET digest = ?", [("same",)])
        writer.execute("UPDATE records SET record = ? WHERE key = ?", [(json.dumps(made), key)])
    assert {hit.formats for hit in archive.search("body", collapse=True).hits} == {("text", "pdf")}
    assert {hit.formats for hit in archive.search("body").hits} == {()}
    assert archive.get("cr/1").source.format == "text"


def test_many_letters_of_one_id_do_not_take_long(opened: Open) -> None:
    archive = opened()
    archive.add_documents(
        Document(name=str(n), data=letter(1, language="en", subject=f"{n} " * 40)) for n in range(100)
    )
    assert archive.renditions(next(iter(archive)).key)[0].chosen
