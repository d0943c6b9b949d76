"""The damages do what they say: the same for a seed, gold carried along, and nothing that parsing cannot bear."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from functools import cache
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from benchmarks import damage as instrument
from benchmarks.damages import BY_NAME, DAMAGES, SINGLE, Damage, apply
from benchmarks.damaging import Letter, Places, Unfit, load, squash
from benchmarks.header import header
from benchmarks.heatmap import heatmap
from itudocs.assemble import circular
from itudocs.evaluate import LetterScore, Outcome, Score
from itudocs.evidence import complaints
from itudocs.reading import read

ROOT = Path(__file__).parent.parent

each_damage = pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.name)


@cache
def letters() -> tuple[Letter, ...]:
    return tuple(load(ROOT / "corpus" / "open"))


@cache
def damaged(damage: Damage) -> tuple[tuple[Letter, Letter], ...]:
    """Pairs of a letter and what the damage made of it, for the open letters that it fits."""
    pairs = []
    for letter in letters():
        with contextlib.suppress(Unfit):
            pairs.append((letter, apply(damage, letter)))
    return tuple(pairs)


def sample(damage: Damage, count: int) -> list[tuple[Letter, Letter]]:
    pairs = list(damaged(damage))
    return Random(damage.name).sample(pairs, min(count, len(pairs)))


TEXT = """Telecommunication Standardization Bureau

Geneva, 24 January 2014

Ref: TSB Circular 71
COM 12/MA
Tel: +41 22 730 5235
Fax: +41 22 730 5853
E-mail: tsbsg12@itu.int

- To Administrations of Member States of the Union;
- To ITU-T Sector Members

Copy:
- To the Chairman of Study Group 12

Subject: Meeting of Study Group 12, Nairobi, 19-20 May 2014

Dear Sir/Madam,

1 The meeting opens on 19 May 2014. It is described in Resolution ITU-R 1-6.

Yours faithfully,

Malcolm Johnson
Director
"""
GOLD = {
    "id": None, "ids": [], "language": "en", "bureau": "TSB", "series": "tsb-circular", "ref": "TSB Circular 71",
    "refs": ["TSB Circular 71"], "date": "2014-01-24",
    "addressees": ["Administrations of Member States of the Union", "ITU-T Sector Members"],
    "copies": ["the Chairman of Study Group 12"], "addressee_groups": [],
    "contact": {"names": [], "tel": ["+41 22 730 5235"], "fax": ["+41 22 730 5853"], "emails": ["tsbsg12@itu.int"]},
    "subject": "Meeting of Study Group 12, Nairobi, 19-20 May 2014", "markings": [], "salutation": "Dear Sir/Madam,",
    "signatory": {"name": "Malcolm Johnson", "titles": ["Director"]}, "events": [], "deadlines": [],
    "citations": [{"text": "Resolution ITU-R 1-6", "kind": "resolution", "id": None, "date": None}],
    "urls": [], "emails": ["tsbsg12@itu.int"], "annexes": [],
}  # fmt: skip
LETTER = Letter(name="model", text=TEXT, lang="en", gold=GOLD)


def made(name: str, seed: int = 1) -> Letter:
    return apply(BY_NAME[name], LETTER, seed=seed)


# -- every damage, over the open letters -------------------------------------------------------------------------------


@each_damage
def test_a_damage_is_the_same_for_the_same_seed(damage: Damage) -> None:
    for letter, first in sample(damage, 6):
        again = apply(damage, letter)
        assert (again.text, again.gold, again.cut) == (first.text, first.gold, first.cut)


@each_damage
def test_a_damage_fits_letters_of_several_languages(damage: Damage) -> None:
    fits = damaged(damage)
    assert len(fits) >= 5
    assert len({letter.lang for letter, _ in fits}) >= 2


@each_damage
def test_a_damage_leaves_the_letter_it_was_given_alone(damage: Damage) -> None:
    fresh = {letter.name: letter for letter in load(ROOT / "corpus" / "open")}
    for letter, _ in damaged(damage):
        assert letter == fresh[letter.name]


def findable(letter: Letter) -> set[tuple[str, str]]:
    """(field, value) of printed gold values that stand in the text; of torn fields, their words."""
    gold, text = letter.gold, squash(letter.text)
    signer = gold["signatory"] or {}
    values = {
        "ref": gold["refs"], "subject": [gold["subject"]], "salutation": [gold["salutation"]],
        "addressees": gold["addressees"], "copies": gold["copies"], "contact": [*gold["contact"]["tel"], *gold["contact"]["fax"]],
        "signatory": [signer.get("name")], "citations": [c["text"] for c in gold["citations"]],
    }  # fmt: skip
    out: set[tuple[str, str]] = set()
    for field, some in values.items():
        for value in filter(None, some):
            parts = re.findall(r"\w+", value) if field in letter.torn else [value]
            if field not in letter.cut and all(squash(part) in text for part in parts):
                out.add((field, squash(value)))
    for field in ("urls", "emails"):
        out |= {(field, squash(value)) for value in gold[field] if field not in letter.cut and value in letter.text}
    return out


@each_damage
def test_gold_values_that_are_not_cut_still_stand_in_the_text(damage: Damage) -> None:
    for letter, broken in damaged(damage):
        lost = {
            (field, value) for field, value in findable(letter) - findable(broken)
            if field not in broken.cut and value in {squash(v) for v in _values(broken, field)}
        }  # fmt: skip
        assert not lost, (letter.name, lost)


def _values(letter: Letter, field: str) -> list[str]:
    gold = letter.gold
    values = {
        "ref": gold["refs"], "contact": [*gold["contact"]["tel"], *gold["contact"]["fax"]],
        "signatory": [(gold["signatory"] or {}).get("name")], "citations": [c["text"] for c in gold["citations"]],
    }.get(field, gold.get(field))  # fmt: skip
    return [v for v in (values if isinstance(values, list) else [values]) if v]


@each_damage
def test_new_gold_values_stand_in_the_text_as_they_are_given(damage: Damage) -> None:
    for letter, broken in damaged(damage):
        for field in ("urls", "emails"):
            new = set(broken.gold[field]) - set(letter.gold[field])
            whole = "".join(broken.text.split())  # the corpus has addresses that are broken over a line
            assert all(value in whole for value in new), (letter.name, new)


@each_damage
def test_damaged_letters_are_parsed_and_their_evidence_holds(damage: Damage) -> None:
    for _, broken in sample(damage, 8):
        source = read(broken.text.encode(), name=f"{broken.name}.txt")
        record = circular(source)
        assert list(complaints(record, source.text)) == [], broken.name


# -- single damages on one plain letter --------------------------------------------------------------------------------


def test_the_header_is_told_cell_by_cell() -> None:
    rows = [(row.kind, row.label, row.value) for row in header(LETTER).rows]
    assert rows == [
        ("date", "", "Geneva, 24 January 2014"),
        ("ref", "Ref:", "TSB Circular 71"),
        ("office", "", "COM 12/MA"),
        ("tel", "Tel:", "+41 22 730 5235"),
        ("fax", "Fax:", "+41 22 730 5853"),
        ("email", "E-mail:", "tsbsg12@itu.int"),
        ("addressee", "", "- To Administrations of Member States of the Union;"),
        ("addressee", "", "- To ITU-T Sector Members"),
        ("copy", "Copy:", ""),
        ("copy", "", "- To the Chairman of Study Group 12"),
        ("subject", "Subject:", "Meeting of Study Group 12, Nairobi, 19-20 May 2014"),
    ]


def test_the_header_of_a_text_without_lines_is_told_too() -> None:
    flat = made("flattened")
    assert [row.kind for row in header(flat).rows if row.value] == [
        row.kind for row in header(LETTER).rows if row.value
    ]


def test_slash_cells_stand_as_sharing_sites_print_them() -> None:
    text = made("slash cells").text
    assert "Ref: / TSB Circular 71\nCOM 12/MA / - To Administrations of Member States of the Union;\n" in text
    assert "E-mail: / tsbsg12@itu.int / Copy:\n- To the Chairman of Study Group 12\n" in text


def test_labels_come_first_in_one_of_the_forms_seen() -> None:
    seen = {
        tuple(re.findall(r"Ref:|Fax:|TSB Circular 71|\+41 22 730 5853", made("labels first", seed).text))
        for seed in range(9)
    }
    assert seen == {("Ref:", "Fax:", "TSB Circular 71", "+41 22 730 5853")}


def test_the_third_column_of_a_pipe_table_runs_on_by_itself() -> None:
    lines = [line for line in made("pipe table").text.split("\n") if line.startswith("|")]
    assert {line.count("|") for line in lines if "Subject" not in line} == {4}
    row = next(line for line in lines if "5853" in line)
    assert [cell.strip() for cell in row.split("|")[1:3]] == ["Fax:", "+41 22 730 5853"]
    assert row.split("|")[3].strip()


def test_glued_cells_have_nothing_between_them() -> None:
    text = made("glued cells").text
    assert "BureauGeneva, 24 January 2014Ref: TSB Circular 71COM 12/MATel: +41 22 730 5235Fax:" in text
    assert "May 2014Dear Sir/Madam,1 The meeting" in text


def test_lost_hyphens_change_text_and_gold_alike() -> None:
    letter = made("hyphens lost")
    assert letter.gold["addressees"][1] == "ITUT Sector Members"
    assert all(squash(v) in squash(letter.text) and v in letter.text for v in letter.gold["addressees"])
    assert {c["text"] for c in letter.gold["citations"]} <= {
        "Resolution ITUR 1-6",
        "Resolution ITUR 16",
        "Resolution ITU-R 16",
    }
    assert "19-20 May" in letter.text


def test_only_ranges_that_can_still_be_told_lose_their_dash() -> None:
    letter = made("range dashes lost")
    assert letter.gold["subject"].endswith("1920 May 2014")
    doubtful = LETTER.now(TEXT.replace("19-20 May", "1-3 May"))
    with pytest.raises(Unfit):
        apply(BY_NAME["range dashes lost"], doubtful)


def test_masked_addresses_leave_the_gold() -> None:
    letter = made("masked e-mail")
    assert "@" not in letter.text
    assert letter.gold["emails"] == letter.gold["contact"]["emails"] == []


def test_a_footer_brings_its_addresses_into_the_gold() -> None:
    letter = made("footer in text")
    assert letter.gold["emails"] == ["tsbsg12@itu.int", "itumail@itu.int"]
    assert letter.gold["urls"] == ["www.itu.int"]
    assert GOLD["urls"] == []


def test_without_its_header_a_letter_is_cut_where_words_are_gone() -> None:
    text = TEXT.replace("Yours", "The host has asked that all delegates write their names. " * 8 + "\n\nYours")
    letter = apply(BY_NAME["header missing"], LETTER.now(text))
    assert {"ref", "date", "subject", "addressees", "copies", "contact"} <= letter.cut
    assert "TSB Circular 71" not in letter.text
    assert letter.gold["emails"] == []


def test_print_marks_are_dated_after_the_letter() -> None:
    text = made("print marks").text
    years = [int(y) for y in re.findall(r"\d{1,2}[./]\d{1,2}[./](\d{2,4})\b", text)]
    assert years
    assert all((y if y > 100 else 2000 + y) > dt.date(2014, 1, 24).year for y in years)


def test_a_pair_does_one_damage_after_the_other() -> None:
    pair = next(d for d in DAMAGES if d.name == "hyphens lost + flattened")
    text = apply(pair, LETTER).text
    assert "\n" not in text
    assert "ITUT" in text


def test_a_table_of_bars_is_not_damaged_again() -> None:
    for name in ("slash cells", "labels first", "pipe table", "glued cells"):
        with pytest.raises(Unfit):
            apply(BY_NAME[name], made("pipe table"))


def test_a_number_is_not_found_inside_a_longer_one() -> None:
    assert Places("CR/433 and CR/43").first("CR/43") == (11, 16)


# -- the measure -------------------------------------------------------------------------------------------------------


def score(**fields: Score) -> LetterScore:
    return LetterScore(name="a", language="en", fields={name: Outcome(soft=s, strict=s) for name, s in fields.items()})


def test_a_field_that_is_cut_counts_neither_before_nor_after() -> None:
    run = instrument.Run(
        part="open", damage="d", letter="a", lang="en",
        before=score(ref=Score(right=1), date=Score(right=1)), after=score(date=Score(missed=1)),
    )  # fmt: skip
    assert instrument.cell([run], ["ref"]).empty
    assert instrument.cell([run], ["ref", "date"]).drop == 1.0


def test_a_fall_counts_only_where_there_are_values_enough() -> None:
    few = instrument.Cell(before=Score(right=4), after=Score(right=2, missed=2))
    many = instrument.Cell(before=Score(right=40), after=Score(right=20, missed=20))
    assert (few.too_low, many.too_low) == (False, True)


def test_the_page_and_the_picture_tell_the_same_cells() -> None:
    some = letters()[:4]
    damages = [BY_NAME["flattened"], BY_NAME["site chrome"]]
    done = list(instrument.runs("open", some, damages, seed=1))
    assert done == list(instrument.runs("open", some, damages, seed=1))
    page = instrument.page(done, damages, seed=1, picture="a.svg")
    svg = ElementTree.fromstring(instrument.picture(done, [d.name for d in damages]))
    shown = [element.text for element in svg.iter() if element.text and re.fullmatch(r"[01]\.\d\d", element.text)]
    assert "| site chrome | 4 |" in page
    assert f"{instrument.cell([r for r in done if r.damage == 'flattened'], ['ref']).after.f1:.2f}" in shown


def test_the_picture_is_well_formed_whatever_the_names() -> None:
    assert ElementTree.fromstring(heatmap([[None, (0.5, 0.3)]], down=["<a> & b"], across=["x", "y"], gap=1)) is not None


def test_every_single_damage_has_a_sentence_for_readers() -> None:
    assert all(d.what.endswith(".") for d in SINGLE)
    assert len({d.name for d in DAMAGES}) == len(DAMAGES)
