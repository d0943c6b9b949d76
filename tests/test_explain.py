"""Why: for every field what won, what lost and for which reason, why nothing was found, all with offsets that hold."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import itudocs
from itudocs.explain import MOST, Candidate, Explanation, explain
from itudocs.explain.overlooked import OVERLOOKED
from itudocs.explain.rules import described
from itudocs.fields import BY_PREFIX, FIELDS
from itudocs.reading import Document, Source, read

LETTERS = sorted((Path(__file__).parent.parent / "corpus" / "open").glob("*.txt"))

LETTER = """\
INTERNATIONAL TELECOMMUNICATION UNION
Telecommunication Standardization Bureau
Place des Nations CH-1211 Geneva 20 Switzerland Telephone +41 22 730 51 11 Fax: +41 22 733 72 56

Geneva, 25 February 2004

Ref: TSB Circular 221
Contact: Ms Anna Example
Tel: +41 22 730 5126
Fax: +41 22 730 5853
E-mail: [email protected]

- To Administrations of Member States of the Union;
- To ITU-T Sector Members;

Copy:
- To the Chairmen of Study Group 3;
- To the Director of the Radiocommunication Bureau
- To the members of the group of Resolution 146

Subject: (URGENT) Workshop on numbering, Geneva, 67 July 2004

Dear Sir/Madam,

1 The Workshop on numbering will be held at ITU headquarters, Geneva, from 6 to 7 July 2004, as Circular CR/387 of 3 March 2003 told. The next workshop is planned for May 2005.

2 The meeting of Study Group 3 will take place in Geneva from 12 to 16 July 2004, see Recommendation E.164. This letter, TSB Circular 221, repeats Recommendation E.164. Observers (Resolution 99) may attend.

3 Registration forms should reach TSB by 1 June 2004, by e-mail at workshop@itu.int or workshop@itu.int or at http://www.itu.int/numbering and itu.int/ITU-T/numbering or http://www.itu.int/numbering. The hotel has the number +33 450 12 34 56 and speaks (URGENT) French.

Yours faithfully,

Houlin Zhao
Director of the Telecommunication
Standardization Bureau
Room 404, first floor

Annexes: 2

ANNEX 1
(to TSB Circular 221)

Subject: Form
Dear Madam, see Recommendation E.212.

Document 5/61-E
3 May 2004
"""


@pytest.fixture(scope="module")
def source() -> Source:
    return read(LETTER, name="T01-TSB-CIR-0221!!TXT-E.txt")


def losers(answer: Explanation) -> dict[str, str]:
    return {one.value: one.why for one in answer.lost}


WON = {
    "id": "tsb-circular/2001-2004/221", "ref": "TSB Circular 221", "series": "tsb-circular", "bureau": "TSB",
    "language": "en", "date": "2004-02-25", "year": "2004-02-25", "markings": "URGENT",
    "subject": "Workshop on numbering, Geneva, 67 July 2004",
    "addressees": "Administrations of Member States of the Union", "group": "member-states",
    "copies": "the Director of the Radiocommunication Bureau", "contact": "+41 22 730 5126",
    "salutation": "Dear Sir/Madam,", "signatory": "Houlin Zhao", "event": "2004-07-06", "event_name": "Workshop on numbering",
    "event_year": "2004-07-12", "place": "ITU headquarters, Geneva", "deadline": "2004-06-01", "citation": "Circular CR/387 of 3 March 2003",
    "cites": "cr/387", "url": "http://www.itu.int/numbering", "email": "workshop@itu.int",
}  # fmt: skip


@pytest.mark.parametrize("field", WON)
def test_what_won_is_named_with_its_rule_and_its_words(field: str, source: Source) -> None:
    answer = explain(source, field)
    assert WON[field] in [one.value for one in answer.won]
    assert all(one.rule and one.path and one.evidence and one.why for one in answer.won)
    assert answer.value


LOST = [
    ("id", "tsb-circular/2001-2004/221", "surer than the file's name; both agree"),
    ("ref", "CR/387", "stands in the body: cited"),
    ("ref", "TSB Circular 221", "repeats the letter's own number over an annex"),
    ("series", "tsb-circular", "surer than the file's name; both agree"),
    ("bureau", "TSB", "the series is surer than the letterhead; both agree"),
    ("language", "fr", "of its function words"),
    ("language", "ru", "0 letters of its script"),
    ("date", "2004-07-12..2004-07-16", "stands in the body: the days of the event of 2004-07-12 to 2004-07-16"),
    ("date", "2004-06-01", "stands in the body: a day by which something is due"),
    ("date", "2003-03-03", "stands in the body: belongs to a document that is cited"),
    ("subject", "Form", "its label stands in the annexes: another document's subject"),
    ("subject", "(URGENT)", "a marking, not part of the subject"),
    ("markings", "URGENT", "stands below the header"),
    ("addressees", "Director of the Radiocommunication Bureau", "stands among the copies"),
    ("group", "chairmen", "a group that gets a copy"),
    ("copies", "ITU-T Sector Members;", "stands among the addressees"),
    ("contact", "+41 22 730 51 11", "stands in a footer"),
    ("contact", "+33 450 12 34 56", "stands in the body: a venue's"),
    ("contact", "[email protected]", "masked by the site"),
    ("contact", "workshop@itu.int", "stands in the body"),
    ("salutation", "Dear Madam,", "stands in the annexes; another formula"),
    ("signatory", "Room 404, first floor", "goes on with no title and begins none"),
    ("event", "2004-02-25", "stands in the reference: only subject and body"),
    (
        "event",
        "2004-07-06..2004-07-07",
        "merged: the days of the event of 2004-07-06 to 2004-07-07, Workshop on numbering",
    ),
    ("event", "2004-06-01", "a day by which something is due"),
    ("event", "2003-03-03", "belongs to a document that is cited"),
    ("event", "May 2005", "a month, no day"),
    (
        "deadline",
        "2004-07-12..2004-07-16",
        "the days of the event of 2004-07-12 to 2004-07-16, meeting of Study Group 3",
    ),
    ("citation", "TSB Circular 221", "the letter's own reference"),
    ("citation", "Recommendation E.164", "the same words were cited before"),
    ("citation", "Observers (Resolution 99)", "a false positive that the lexicon knows: an observer's status"),
    ("citation", "Resolution 99", "part of an observer's status"),
    ("citation", "Resolution 146", "stands in the copies, which are not read"),
    ("citation", "Document 5/61-E", "the head of an annex"),
    ("url", "itu.int/ITU-T/numbering", "has neither http:// nor www."),
    ("url", "http://www.itu.int/numbering", "given before"),
    ("email", "workshop@itu.int", "given before"),
    ("email", "[email protected]", "masked by the site"),
    ("annexes", "2", "a mere count"),
    ("annexes", "ANNEX 1", "the head of an annex itself"),
]


@pytest.mark.parametrize(("field", "value", "why"), LOST, ids=lambda part: part if len(part) < 30 else part[:30])
def test_what_lost_says_why(field: str, value: str, why: str, source: Source) -> None:
    answer = explain(source, field)
    assert any(one.value == value and why in one.why for one in answer.lost), losers(answer)


def test_every_row_with_an_extractor_has_losers_here() -> None:
    assert {field for field, _, _ in LOST} == {row.name for row in FIELDS if row.extractor} == set(OVERLOOKED)


EMPTY = {
    "id": "no reference", "ref": "no reference of a known series", "series": "no reference", "bureau": "names a bureau",
    "date": "no date stands in the header", "year": "computed from date: no date", "subject": "no label of a subject",
    "markings": "no marking", "addressees": "no label of them", "group": "no addressees", "copies": "no label of them",
    "contact": "no contact block", "salutation": "no formula of address", "signatory": "no name stands behind the body",
    "event": "name a meeting", "event_name": "computed from event", "event_year": "computed from event",
    "place": "computed from event", "deadline": "set a term", "citation": "no citation form", "url": "web address",
    "cites": "computed from citation", "email": "an e-mail address", "annexes": "no list of annexes",
}  # fmt: skip


@pytest.mark.parametrize("field", EMPTY)
def test_where_nothing_was_found_it_says_what_was_looked_for(field: str) -> None:
    answer = explain("the weather was fine and nobody wrote to anybody", field)
    assert answer.won == ()
    assert EMPTY[field] in answer.why


def test_it_says_where_looking_stopped() -> None:
    text = LETTER.replace("Geneva, 25 February 2004\n", "")
    assert f"(looked at 0-{text.index('Dear Sir')}, up to the salutation)" in explain(text, "date").why.replace(
        f"{text.index('Dear Sir') - 2}, up", f"{text.index('Dear Sir')}, up"
    )


def test_a_text_without_a_word_has_no_language() -> None:
    assert explain("", "language").why == "the text has no word"


def test_places_and_identities_that_no_value_bears_say_so() -> None:
    letter = "Ref: CR/387\nGeneva, 25 February 2004\nSubject: X\n\nDear Sir,\n\nSee Recommendation E.164.\n"
    assert "computed from citation: no citation names a circular" in explain(letter, "cites").why


def test_every_field_has_an_explanation_whose_offsets_hold(source: Source) -> None:
    for row in FIELDS:
        answer = explain(source, row.name)
        assert answer.field == row.name
        assert answer.why
        _hold(answer, source)


def _hold(answer: Explanation, source: Source) -> None:
    for one in (*answer.won, *answer.lost):
        assert one.value
        assert one.why
        for piece in one.evidence:
            base = source.name if piece.origin == "name" else source.text
            assert base[piece.start : piece.end] == piece.quote != ""


@pytest.mark.parametrize("path", LETTERS[::7], ids=lambda p: p.stem)
def test_offsets_hold_and_rules_are_described_on_letters_of_every_kind(path: Path) -> None:
    source = read(path)
    for row in FIELDS:
        answer = explain(source, row.name)
        _hold(answer, source)
        for one in answer.won:
            assert described(one.rule, row.name), f"{one.rule} needs a row in itudocs/explain/rules.py"


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=300))
def test_explaining_never_raises_on_any_text(text: str) -> None:
    source = read(text)
    for row in FIELDS:
        _hold(explain(source, row.name), source)


def test_the_value_is_the_records() -> None:
    record = itudocs.parse(LETTER)
    assert explain(LETTER, "date").value == record.date
    assert explain(LETTER, "events").value == record.events
    assert explain(LETTER, "has").value == BY_PREFIX["has"].of(record)


def test_nothing_that_won_is_among_the_losers(source: Source) -> None:
    for name in ("event", "deadline", "citation", "ref", "contact", "date"):
        answer = explain(source, name)
        won = {(p.start, p.end) for one in answer.won for p in one.evidence}
        assert not won & {(p.start, p.end) for one in answer.lost for p in one.evidence}


def test_a_field_may_be_named_by_attribute_prefix_or_path(source: Source) -> None:
    assert explain(source, "citations").field == explain(source, "citation").field == "citation"
    assert explain(source, "to").field == "addressees"
    assert explain(source, "addressee_groups").field == "group"
    place = explain(source, "events/0/place")
    assert [(one.path, one.value) for one in place.won] == [("events/0/place", "ITU headquarters, Geneva")]
    assert place.value == "ITU headquarters, Geneva"
    assert {one.path for one in explain(source, "contact/tel").won} == {"contact/tel/0"}
    assert {one.path.split("/")[1] for one in explain(source, "events/1").won} == {"1"}
    assert explain(source, "events/9/place").value is None


@pytest.mark.parametrize("field", ["dates", "", "zones", "place/0", "/"])
def test_an_unknown_field_is_an_error_that_lists_the_fields(field: str) -> None:
    with pytest.raises(ValueError, match="is no field: ask for one of id, ref"):
        explain(LETTER, field)


def test_a_letter_may_be_a_path_bytes_or_a_document(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(LETTER, encoding="utf-8")
    document = Document(name="a.txt", data=LETTER.encode())
    assert explain(path, "date") == explain(LETTER.encode(), "date") == explain(document, "date")
    assert itudocs.explain(path, "date") == explain(LETTER, "date")


def test_the_files_name_gives_an_identity_where_none_is_printed() -> None:
    answer = explain("Dear Sir,\n\nWe write to you.\n", "id", name="R00-CR-CIR-0025!!TXT-E.txt")
    assert [(one.value, one.rule, one.evidence[0].origin) for one in answer.won] == [("cr/25", "id.file-name", "name")]


def test_another_copy_on_the_page_is_heard_and_named() -> None:
    digest = LETTER.replace("Ref: TSB Circular 221", "Ref: TSB Circular 212").split("Yours")[0]
    page = f"{digest}\nEmbed Size (px)\nCitation preview\nTRANSCRIPT\n{LETTER}"
    answer = explain(page, "ref")
    assert answer.value == ("TSB Circular 221",)
    assert "another copy of the letter on the page" in losers(answer)["TSB Circular 212"]


def test_an_explanation_reads_line_by_line(source: Source) -> None:
    rows = explain(source, "date").text().splitlines()
    at = LETTER.index("25 February")
    assert rows[0].startswith("date: a date that stands in the header by itself; ")
    assert rows[1].startswith(f'  won   date = 2004-02-25 ("25 February 2004" at {at}-{at + 16}); date.header, score ')
    assert all(row.startswith("  lost  ") for row in rows[2:])


def test_long_lists_of_losers_are_cut_for_people_only() -> None:
    lost = tuple(Candidate(value=str(k), rule="r", why="w") for k in range(MOST + 5))
    answer = Explanation(field="x", value=None, lost=lost, why="y")
    assert answer.text().splitlines()[-1] == "  lost  and 5 more"
    assert len(answer.text().splitlines()) == MOST + 2


def test_an_explanation_survives_json(source: Source) -> None:
    answer = explain(source, "url")
    again = msgspec.json.decode(msgspec.json.encode(answer), type=Explanation)
    assert (again.won, again.lost, again.why) == (answer.won, answer.lost, answer.why)


def test_every_row_without_an_extractor_says_what_it_is_computed_from(source: Source) -> None:
    for row in FIELDS:
        if not row.extractor and row.name != "has":
            assert explain(source, row.name).why.startswith("computed from")


def test_a_rule_is_described_by_its_own_row_or_its_family() -> None:
    assert described("ref.labelled") == "what stands behind a label of references"
    assert described("ref.tsb-circular.en").startswith("a reference of a series")
    assert described("ref.tsb-circular.en", "bureau") == "the bureau whose series it is"
    assert described("no-such-rule") == ""


HEAD = "Ref: CR/387\nGeneva, 25 February 2004\n\nTo Administrations of Member States of the Union\n"
SAYS = [
    ("date", "12.03.04", "stands in a footer, a print mark",
     f"{HEAD}Subject: X\n\nDear Sir,\n\nWe write.\nP:\\BR\\TSD\\CIR\\387E.DOC (98765) 12.03.04\nYours faithfully,\n"),
    ("ref", "CR/387", "stands in the body: cited",
     f"{HEAD}Subject: X\n\nDear Sir,\n\nWe write.\n\nSee Circular Letter CR/387 of May.\n\nYours faithfully,\n"),
    ("date", "25 February", "no year is printed",
     "Ref: CR/387\nGeneva, 25 February\nSubject: X\n\nDear Sir,\n\nWe write.\n"),
    ("copies", "www.itu.int/x", "a lone web address",
     f"{HEAD}Copy:\n- Directors of the Bureaux\n- www.itu.int/x\n\nSubject: X\n\nDear Sir,\n\nWe write.\n"),
    ("event", "2004-05-03", "no meeting is named near it",
     f"{HEAD}Subject: X\n\nDear Sir,\n\nA form was found on 3 May 2004.\n\nYours faithfully,\n"),
    ("deadline", "2004-05-03", "told before",
     f"{HEAD}Subject: X\n\nDear Sir,\n\nReplies should reach us by 3 May 2004.\n\nReplies should reach us by 3 May 2004.\n\n"
     "Yours faithfully,\n"),
    ("signatory", "Director", "a title in the body",
     f"{HEAD}Subject: X\n\nDear Sir,\n\nThe Bureau and its Director have met.\n\nYours faithfully,\n\nFrançois Rancy\nDirector\n"),
    ("salutation", "Dear Colleague,", "stands in the body; another formula",
     f"{HEAD}Subject: X\n\nDear Sir,\n\nWrite so:\n\nDear Colleague,\n\nYours faithfully,\n"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "why", "letter"), SAYS, ids=lambda part: part[:24].split("\n")[0])
def test_smaller_letters_say_why_as_well(field: str, value: str, why: str, letter: str) -> None:
    answer = explain(letter, field)
    assert any(one.value == value and why in one.why for one in answer.lost), losers(answer)


def test_what_a_letter_does_to_another_is_explained_by_its_words() -> None:
    answer = explain(
        Path(__file__).parent.parent / "corpus/open/en-404-tsb-circular-replaces-slash-cells.txt",
        "citations/0/relation",
    )
    assert "relation.replaces.en: words beside a citation that say what the letter does to the other" in answer.text()
