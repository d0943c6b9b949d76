"""Names of persons: every pattern is held to its examples; forms of address and office codes do not belong to a name."""

from __future__ import annotations

import re
from typing import Any

import pytest

from itudocs.extract.people import courteous, name_at, offices
from itudocs.lexicon import fold, table
from itudocs.model import Language

NAMES: list[dict[str, Any]] = table("people.toml")["name"]


@pytest.mark.parametrize("row", NAMES, ids=lambda row: row["id"])
def test_a_pattern_of_names_matches_the_marked_words_of_its_examples(row: dict[str, Any]) -> None:
    for example in row["examples"]:
        text = fold(example)
        start, end = text.index("[["), text.index("]]") - 2
        bare = text.replace("[[", "").replace("]]", "")
        assert (start, end) in [m.span() for m in re.finditer(row["regex"], bare)], example


@pytest.mark.parametrize("row", NAMES, ids=lambda row: row["id"])
def test_a_pattern_of_names_leaves_its_never_examples_alone(row: dict[str, Any]) -> None:
    for example in row["never"]:
        assert not re.search(row["regex"], fold(example)), example


@pytest.mark.parametrize(
    ("code", "text", "names"),
    [
        ("en", "please contact Ms Irene Valsecchi, BDT, or Mr. A. Petrov (Head)", ["Irene Valsecchi", "A. Petrov"]),
        ("fr", "en la personne de M. Aurélien Massardier (tél.", ["Aurélien Massardier"]),
        ("es", "se enviará al Sr. Julián Ocampo, Oficina", ["Julián Ocampo"]),
        ("ru", "просьба обращаться к г-ну Олегу Вершинину (тел.", ["Олегу Вершинину"]),
        ("ar", "يرجى الاتصال بالسيدة رانية الشامي في المكتب الإقليمي", ["رانية الشامي"]),
        ("zh", "请与东道国联系人中岛由香女士联络", ["中岛由香"]),
        ("zh", "联系人:Nora Feldt女士 电话", ["Nora Feldt"]),
        ("en", "Dear Sir or Madam, the secretariat will help you", []),
    ],
)
def test_a_name_stands_behind_a_form_of_address_which_is_no_part_of_it(
    code: Language, text: str, names: list[str]
) -> None:
    view = fold(text)
    assert [text[a:b] for a, b in courteous(code, view, 0, len(view))] == names


def test_a_name_stops_before_a_post() -> None:
    view = "Alexandre Fournier Counsellor, Study Group 9"
    assert name_at("en", view, 0, len(view)) == (0, len("Alexandre Fournier"))


@pytest.mark.parametrize("code", ["SPU/RS", "CONF/BN", "TSB Workshops/M.A.", "SPU\\EA\\KB\\ml", "COM 2/RH"])
def test_an_office_code_is_found_whole(code: str) -> None:
    view = f"DM-1119 {code} Robert Salgado"
    assert [view[a:b] for a, b in offices(view, 8, len(view))] == [code]
