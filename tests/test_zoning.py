"""The same letter gets the same zones with its line breaks, without them, in cells, and with labels torn off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.assemble import letters
from itudocs.reading import read
from itudocs.zoning import Layout, zones

LETTER = """INTERNATIONAL TELECOMMUNICATION UNION
Telecommunication Standardization Bureau
Geneva, 11 March 2009
Ref: TSB Circular 12
COM 2/RH
Tel: +41 22 730 5887
Fax: +41 22 730 5853
E-mail: tsbsg2@itu.int
- To Administrations of Member States of the Union;
- To ITU-T Sector Members
Copy:
- To the Director of the Radiocommunication Bureau
Subject: Meeting of Study Group 2, Geneva, 8-12 June 2009
Dear Sir/Madam,
1 I invite you to the next meeting of Study Group 2. It will open at 0930 hours.
Yours faithfully,
Malcolm Johnson
Director of the Telecommunication
Standardization Bureau
Annex: Draft agenda
"""
FLAT = " ".join(LETTER.split())
GLUED = "".join(LETTER.split("\n")).replace("BureauGeneva", "Bureau Geneva")
SLASHED = LETTER.replace("Ref: ", "Ref: / ").replace("Tel: ", "Tel: / ").replace("Fax: ", "Fax: / ").replace("Subject: ", "Subject: / ").replace("E-mail: ", "E-mail: / ")  # fmt: skip
LABELS_FIRST = FLAT.replace("Ref: TSB Circular 12 COM 2/RH Tel: +41 22 730 5887 Fax: +41 22 730 5853 E-mail:", "Ref: Tel: Fax: E-mail: TSB Circular 12 COM 2/RH +41 22 730 5887 +41 22 730 5853")  # fmt: skip
DISPLACED = FLAT.replace("Subject: ", "", 1).replace(
    "E-mail: tsbsg2@itu.int - To", "E-mail: tsbsg2@itu.int Subject: To: - To"
)


def layout(text: str) -> Layout:
    return letters(read(text))[0].layout


def shown(text: str, kind: str) -> str:
    found = layout(text)
    return " ".join(" ".join(found.flow.text[s.start : s.end].split()) for s in found.sections if s.kind == kind)


@pytest.mark.parametrize("text", [LETTER, FLAT, SLASHED], ids=["lines", "flat", "slashes"])
@pytest.mark.parametrize(
    ("kind", "has"),
    [
        ("letterhead", "Telecommunication Standardization Bureau"), ("reference", "Circular 12"), ("contact", "730 5887"),
        ("addressees", "To ITU-T Sector Members"), ("copies", "Director of the Radiocommunication Bureau"),
        ("subject", "Meeting of Study Group 2, Geneva, 8-12 June 2009"), ("salutation", "Dear Sir/Madam,"),
        ("body", "I invite you"), ("closing", "Yours faithfully,"), ("signature", "Malcolm Johnson Director"),
        ("annexes", "Annex: Draft agenda"),
    ],
)  # fmt: skip
def test_zones_do_not_depend_on_line_breaks(text: str, kind: str, has: str) -> None:
    assert has in shown(text, kind)


@pytest.mark.parametrize(
    "text", [LETTER, FLAT, GLUED, LABELS_FIRST, DISPLACED], ids=["lines", "flat", "glued", "labels first", "displaced"]
)
def test_every_layout_gives_the_same_values(text: str) -> None:
    letter = letters(read(text))[0]
    assert letter.finding("ref").value == ("TSB Circular 12",)
    assert str(letter.finding("date").value) == "2009-03-11"
    assert letter.finding("subject").value == "Meeting of Study Group 2, Geneva, 8-12 June 2009"
    assert letter.finding("contact").value.tel == ("+41 22 730 5887",)
    assert letter.finding("contact").value.fax == ("+41 22 730 5853",)
    assert letter.finding("group").value == ("itu-t-sector-members", "member-states")
    assert letter.finding("copies").value == ("the Director of the Radiocommunication Bureau",)


def test_a_letter_without_salutation_ends_its_subject_where_a_sentence_begins() -> None:
    text = "Radiocommunication Bureau (BR) Circular Letter CR/384 31 August 2015 To Administrations of Member States of the ITU Subject: Minutes of the 69th meeting of the Radio Regulations Board Under No. 13.18 of the Radio Regulations, the minutes are attached. François Rancy Director"  # fmt: skip
    assert shown(text, "subject").endswith("Radio Regulations Board")
    assert shown(text, "signature") == "François Rancy Director"


def test_the_subject_without_a_label_is_what_stands_before_the_salutation() -> None:
    text = "General Secretariat\nCircular-LC 176\nGeneva, 27 January 2014\nP. Novak\nAll administrations\n+41 22 730 5447\nInvitation to a forum\nDear Sir/Madam,\nText."
    assert shown(text, "subject") == "Invitation to a forum"


@given(st.text(max_size=300) | st.text(alphabet="Ref:TelSubjctoDar i/M,\n-1Annexdu+4 A", max_size=300))
def test_zones_tile_any_text(text: str) -> None:
    source = read(text)
    found = zones(len(source.text), [letter.layout for letter in letters(source)][:1])
    at = 0
    for zone in found:
        assert zone.start == at < zone.end
        at = zone.end
    assert at == len(source.text)
