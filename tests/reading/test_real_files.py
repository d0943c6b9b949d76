"""One letter in files that real programs made: every format gives the same record, and says where its words stood.

The files were made by `benchmarks.filemaker` from one text, with python-docx 1.2 and LibreOffice 7.4.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from itudocs import parse
from itudocs.reading import read

FILES = sorted((Path(__file__).parent / "files").glob("letter*"))
OPTIONAL = {".html": "lxml", ".doc": "olefile", ".pdf": "pypdfium2"}
EXTRA = "install the extra: pip install 'itudocs[formats]'"


def there(path: Path) -> Path:
    if path.suffix in OPTIONAL:
        pytest.importorskip(OPTIONAL[path.suffix], reason=EXTRA)
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_record_is_the_same_from_every_program(path: Path) -> None:
    letter = parse(there(path))
    assert letter.source.format == path.suffix[1:]
    assert letter.id == "tsb-circular/2013-2016/151"
    assert (letter.date, letter.bureau, letter.language) == (dt.date(2015, 3, 3), "TSB", "en")
    assert letter.addressees == (
        "Administrations of Member States of the Union",
        "ITU-T Sector Members",
        "ITU Academia",
    )
    assert letter.copies == ("the Chairman and Vice-Chairmen of Study Group 17",)
    assert letter.contact.tel == ("+41 22 730 5899",)
    assert letter.contact.emails == ("tsbsg17@itu.int",)
    assert letter.subject is not None
    assert " ".join(letter.subject.split()) == "Workshop on trust in the Internet of things, Geneva, 24 – 25 June 2015"
    assert letter.signatory is not None
    assert letter.signatory.name == "Chaesub Lee"
    assert [deadline.date for deadline in letter.deadlines] == [dt.date(2015, 4, 24), dt.date(2015, 6, 8)]
    assert "http://www.itu.int/reg/tmisc/3000799" in letter.urls
    assert "http://www.itu.int/en/ITU-T/Workshops/trust" in letter.urls
    assert not letter.issues


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix != ".pdf"], ids=lambda path: path.name)
def test_evidence_says_in_which_cell_it_stands(path: Path) -> None:
    letter = parse(there(path))
    cells = [letter.place(letter.evidence[key][0].start) for key in ("ref", "contact/tel/0", "contact/fax/0")]
    positions = [place.cell for place in cells if place and place.cell]
    assert len(positions) == 3
    assert len({table for table, _, _ in positions}) == 1
    assert [column for _, _, column in positions] == [positions[0][2]] * 3
    rows = [row for _, row, _ in positions]
    assert rows == sorted(set(rows))


@pytest.mark.parametrize("name", ["letter.docx", "letter.odt", "letter.rtf", "letter.doc"])
def test_the_letterhead_is_a_header_and_the_last_line_a_footer(name: str) -> None:
    source = read(there(Path(__file__).parent / "files" / name))
    parts = {source.text[place.start : place.end].strip(): place.part for place in source.places}
    assert next(iter(parts.values())) == "header"
    assert parts[next(words for words in parts if "Place des Nations" in words)] == "footer"
