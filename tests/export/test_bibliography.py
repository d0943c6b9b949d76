"""Reference managers: what goes out comes back through parsers that others wrote, hostile text included."""

from __future__ import annotations

import io
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.export import bibliography
from itudocs.export.citing import cite
from itudocs.export.harmless import line
from itudocs.export.writing import Format, export
from itudocs.model import Circular
from tests.made_letters import HOSTILE, made

LETTERS = [
    made(
        "tsb-circular/2009-2012/12", "2009-03-11", ref="TSB Circular 12", bureau="TSB", language=code, subject=text,
        addressee_groups=("member-states", "itu-t-sector-members"), salt=str(n),
    )
    for n, text in enumerate(HOSTILE) for code in ("en", "ar")
] + [made(None, None, language=None)]  # fmt: skip
INSTALL = "install the parsers that these tests read with: pip install --group test"


def written(form: Format, letters: list[Circular] = LETTERS) -> str:
    stream = io.BytesIO()
    assert export(letters, stream, form=form) == len(letters)
    return stream.getvalue().decode()


def title(letter: Circular) -> str:
    return line(letter.subject or "") or letter.source.name


def test_bibtex_comes_back_through_bibtexparser() -> None:
    bibtexparser = pytest.importorskip("bibtexparser", reason=INSTALL)
    decode = bibtexparser.middlewares.LatexDecodingMiddleware()
    library = bibtexparser.parse_string(written("bibtex"), append_middleware=[decode])
    assert library.failed_blocks == []
    assert len(library.entries) == len(LETTERS)
    for entry, letter in zip(library.entries, LETTERS, strict=True):
        fields = {
            key: str(value).replace("\u02c6", "^") for key, value in entry.items()
        }  # its word for \textasciicircum
        assert entry.entry_type == "techreport"
        assert entry.key == bibliography.entry_key(letter)
        assert fields["title"] == title(letter)
        assert fields["note"] == cite(letter, digits=64)
        if letter.date:
            assert (fields["year"], fields["month"], fields["day"], fields["language"]) == (
                "2009",
                "mar",
                "11",
                letter.language,
            )
            assert fields["number"] == "TSB Circular 12"
            assert fields["author"] == "International Telecommunication Union, Telecommunication Standardization Bureau"
            assert fields["keywords"] == "member-states, itu-t-sector-members"


@settings(deadline=None)
@given(st.text())
def test_no_text_unbalances_bibtex_or_reaches_tex(text: str) -> None:
    escaped = bibliography.tex(text)
    assert "\n" not in escaped
    depth = 0
    for bracket in re.findall(r"[{}]", escaped):  # BibTeX counts them all, backslash or not
        depth += 1 if bracket == "{" else -1
        assert depth in (0, 1)
    assert depth == 0
    commands = re.findall(r"\\([a-z]+|.)", escaped)
    assert set(commands) <= {"textbackslash", "lbrace", "rbrace", "textasciitilde", "textasciicircum", *"$&#_%"}
    assert not re.search(r"(?<!\\)[$&#_%~^]", escaped)


def test_ris_comes_back_through_rispy() -> None:
    rispy = pytest.importorskip("rispy", reason=INSTALL)
    references = rispy.loads(written("ris"))
    assert len(references) == len(LETTERS)
    for reference, letter in zip(references, LETTERS, strict=True):
        assert reference["type_of_reference"] == "RPRT"
        assert reference["title"] == title(letter)
        assert reference["accession_number"] == letter.key
        assert reference["notes"] == [cite(letter)]
        if letter.date:
            assert (reference["year"], reference["date"], reference["language"]) == (
                "2009",
                "2009/03/11/",
                letter.language,
            )
            assert reference["issn"] == "TSB Circular 12"  # SN: of a report its number
            assert reference["keywords"] == list(letter.addressee_groups)


def test_every_line_of_ris_is_a_tag_of_ours() -> None:
    text = written("ris")
    assert set(re.findall(r"[^\r\n]+", text)) == {row for row in text.split("\r\n") if row}
    for row in filter(None, text.split("\r\n")):
        assert re.match(r"(TY|ID|AU|TI|PY|DA|SN|M3|PB|CY|LA|KW|N1|AN|ER)  - ", row), row
    assert text.count("TY  - ") == text.count("\r\nER  - ") == len(LETTERS)


def test_csl_json_comes_back_through_citeproc() -> None:
    source = pytest.importorskip("citeproc.source.json", reason=INSTALL)
    items = json.loads(written("csl"))
    bibliography_of = source.CiteProcJSON(items)
    assert len(bibliography_of) == len(LETTERS)
    for letter in LETTERS:
        item = bibliography_of[bibliography.entry_key(letter)]
        assert (item.type, str(item.title)) == ("report", title(letter))
        assert str(item.archive_location) == f"sha256:{letter.key}"
        if letter.date:
            assert (item.issued.year, item.issued.month, item.issued.day) == (2009, 3, 11)
            assert str(item.number) == "TSB Circular 12"


# Of the CSL-JSON schema 1.0.2 (github.com/citation-style-language/schema) what these items may hold.
_CSL = {
    "id": str, "type": str, "genre": str, "title": str, "publisher": str, "publisher-place": str, "archive_location": str,
    "note": str, "number": str, "language": str, "keyword": str, "author": list, "issued": dict,
}  # fmt: skip


def test_items_of_csl_json_hold_what_its_schema_knows() -> None:
    for item in json.loads(written("csl")):
        assert {key: type(value) for key, value in item.items()} == {key: _CSL[key] for key in item}
        assert set(item.get("issued", {})) <= {"date-parts"}
        assert [set(author) for author in item["author"]] == [{"literal"}]


def test_no_letters_make_an_empty_bibliography() -> None:
    assert json.loads(written("csl", [])) == []
    assert written("bibtex", []) == written("ris", []) == ""


def test_entries_are_known_by_plain_names_of_their_own() -> None:
    names = [bibliography.entry_key(letter) for letter in LETTERS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"itu(-[a-z0-9]+)+", name) for name in names)
    assert bibliography.entry_key(LETTERS[0]) == f"itu-tsb-circular-2009-2012-12-en-{LETTERS[0].key[:8]}"
    assert re.fullmatch(r"[a-z0-9-]+", bibliography.entry_key(made("x/{}%\\\n", language="en")))
