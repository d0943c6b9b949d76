"""Letters as documents: the terms that a cluster is sent are those of the analysis, where it has them."""

from __future__ import annotations

from collections import Counter, defaultdict
from fnmatch import fnmatch
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.fields import FIELDS
from itudocs.search.embedded import analysis, schema
from itudocs.search.engine import Entry
from itudocs.search.opensearch import mapping
from itudocs.search.opensearch.documents import document, with_terms
from itudocs.search.opensearch.mapping import HOLE, PIECE, POSITION
from tests.search.search_letters import LETTERS, entry, many

SAMPLE = [*LETTERS, *many(30)]
TEXTS = st.text(alphabet="abé éÉ1 2-–/.'’ \n第国際电йёاتِﷺ⑴½_(~", max_size=60)


def exact(lines: list[str]) -> dict[str, list[int]]:
    """The terms of a field with their positions, as the cluster's analyzer reads the lines."""
    found = defaultdict(list)
    position = 0
    for line in lines:
        slots = [slot for slot in line.split(POSITION) if slot]
        for slot in slots:
            for piece in slot.split(PIECE):
                found[piece].append(position)
            position += 1
        position += analysis.GAP
    return dict(found)


@given(
    values=st.lists(TEXTS, min_size=1, max_size=3), language=st.sampled_from(["en", "fr", "es", "ru", "ar", "zh", None])
)
@settings(max_examples=300, deadline=None)
def test_terms_stand_where_the_analysis_has_them(values: list[str], language: str | None) -> None:
    made = document(entry("k", "x", language=language, addressees=tuple(values)), born=1)
    kept = list(dict.fromkeys(v for v in values if v))
    expected = analysis.terms(kept, language if language in analysis.STEMMED else None)
    assert exact(made.get("x_addressees", [])) == dict(expected.exact)
    assert made.get("w_addressees", []) == sorted(expected.exact)
    assert made.get("n_addressees", 0) == expected.length
    told = Counter(made.get("s_addressees", "").split(POSITION)) - Counter([""])
    stems = {term: n for term, n in told.items() if term in expected.stems}
    assert stems == {stem: n for stem, n in expected.stems.items() if stem in told}
    assert HOLE not in expected.exact


@pytest.mark.parametrize("letter", SAMPLE, ids=lambda letter: letter.record.key)
def test_what_is_kept_of_a_letter_makes_its_terms_again(letter: Entry) -> None:
    made = document(letter, born=7)
    excluded = mapping.template(shards=1, replicas=1)["mappings"]["_source"]["excludes"]
    kept = {name: value for name, value in made.items() if not any(fnmatch(name, shape) for shape in excluded)}
    assert kept != made
    assert with_terms(kept) == made


@pytest.mark.parametrize("letter", SAMPLE, ids=lambda letter: letter.record.key)
def test_a_document_has_the_fields_of_the_mapping_and_no_others(letter: Entry) -> None:
    made = document(letter, born=7)
    assert made.keys() <= mapping.properties().keys()
    for field in FIELDS:
        values = [v for v in field.of(letter.record) if isinstance(v, str)]
        if field.facet:
            assert made.get(f"v_{field.name}", []) == values
        if field.kind == "keyword":
            assert made.get(f"k_{field.name}", []) == list(dict.fromkeys(map(analysis.keyword, values)))


def test_every_field_that_can_be_asked_for_has_a_place() -> None:
    known = mapping.properties()
    for name in (*schema.POSITIONED, schema.TEXT):
        assert {f"x_{name}", f"w_{name}", f"n_{name}"} <= known.keys()
        assert (f"s_{name}" in known) == (name in schema.STEMMED_FIELDS)
    days = {f.name for f in FIELDS if f.kind in schema.DAYS}
    assert {name.removeprefix("d_") for name in known if name.startswith("d_")} == days


def test_versions_of_a_letter_are_one_work_and_letters_without_identity_their_own() -> None:
    def work(**fields: Any) -> int:
        found: int = document(entry(**fields), born=1)["work"]
        return found

    assert (
        work(key="a", text="x", id="cr/1") == work(key="b", text="y", id="cr/1") != work(key="a", text="x", id="cr/2")
    )
    assert work(key="a", text="x") != work(key="b", text="x")
    assert 0 <= work(key="a", text="x") < 1 << 63


def test_the_schemas_version_changes_with_the_fields_and_the_mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    before = mapping.version()
    assert before == mapping.version()
    monkeypatch.setattr(schema, "version", lambda: "another")
    assert mapping.version() != before
    monkeypatch.undo()
    monkeypatch.setattr(mapping, "properties", dict)
    assert mapping.version() != before
