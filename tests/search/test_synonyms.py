"""A name in a query finds the letters that say it in another language, and the explanation tells so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from itudocs.lexicon import names
from itudocs.lexicon.plain import plain
from itudocs.model import Citation, Event, Signatory
from itudocs.search.embedded import engine
from itudocs.search.engine import Request, Results, Searcher
from itudocs.search.query import Keyword, Or, Term, explain, parse_query
from itudocs.search.synonyms import with_names
from tests.search.search_letters import entry

DAY = dt.date(2012, 1, 23)
CONFERENCES = {
    "en": "World Radiocommunication Conference (WRC-12)",
    "fr": "Conférence mondiale des radiocommunications de 2012 (CMR-12)",
    "es": "Conferencia Mundial de Radiocomunicaciones (CMR-12)",
    "ru": "Всемирная конференция радиосвязи 2012 года (ВКР-12)",
    "zh": "2012年世界无线电通信大会",
    "ar": "المؤتمر العالمي للاتصالات الراديوية لعام 2012",
}
SIGNED = {"en": "François Rancy", "ru": "Франсуа Ранси", "zh": "弗朗索瓦•朗西", "ar": "فرانسوا رانسي"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder: Path = tmp_path_factory.mktemp("names")
    letters = [
        entry(
            code, f"{name}.", language=code, bureau="BR", events=(Event(name=name, start=DAY, end=DAY, body="WRC-12"),),
            signatory=Signatory(name=SIGNED[code], person="François Rancy") if code in SIGNED else None,
        )
        for code, name in CONFERENCES.items()
    ]  # fmt: skip
    cited = "Resolution 647 (Rev.WRC-15)"
    letters.append(entry("cites", cited, language="en", citations=(Citation(text=cited, kind="resolution"),)))
    letters.append(entry("other", "A conference of the world on radiocommunication", language="en"))
    engine.WhooshEngine().update(folder, add=letters, remove=())
    searcher = engine.WhooshEngine().open(folder)
    yield searcher
    searcher.close()


def answer(archive: Searcher, query: str) -> Results:
    return archive.search(Request(query=parse_query(query), limit=20, facets=("body",)))


def found(archive: Searcher, query: str) -> set[str]:
    return {hit.key for hit in answer(archive, query).hits}


@pytest.mark.parametrize("query", ["WRC-12", "CMR-12", "cmr-12", "ВКР-12", *CONFERENCES.values()])
def test_a_conference_is_found_in_all_languages_by_its_name_in_any(archive: Searcher, query: str) -> None:
    query = query.replace("(", "").replace(")", "")
    assert found(archive, query) == set(CONFERENCES)


@pytest.mark.parametrize("query", ["WRC", "CMR", "ВКР", "世界无线电通信大会", "Всемирной конференции радиосвязи"])
def test_a_conference_without_a_year_is_all_its_conferences(archive: Searcher, query: str) -> None:
    assert found(archive, query) == {*CONFERENCES, "cites"}


def test_words_side_by_side_that_are_no_name_as_a_whole_stay_as_typed(archive: Searcher) -> None:
    assert found(archive, "world radiocommunication conference") == {*CONFERENCES, "cites", "other"}
    assert found(archive, "radiocommunication world") == {"en", "other"}


def test_quotations_are_exact(archive: Searcher) -> None:
    assert found(archive, '"CMR"') == {"fr", "es"}


def test_excluding_a_name_excludes_it_in_all_languages(archive: Searcher) -> None:
    assert found(archive, "-CMR") == {"other"}


def test_the_facet_and_the_field_of_bodies_hold_the_normal_name(archive: Searcher) -> None:
    facet = answer(archive, "CMR").facets[0]
    assert [(v.value, v.count) for v in facet.values] == [("WRC-12", 6)]
    assert found(archive, "body:WRC-12") == found(archive, "body:CMR") == set(CONFERENCES)
    assert found(archive, "mentions:WRC-15") == {"cites"}


@pytest.mark.parametrize("query", ["Rancy", "Ранси", "Франсуа Ранси", "朗西", "رانسي", "from:Rancy", "from:Ранси"])
def test_an_official_is_found_in_every_script(archive: Searcher, query: str) -> None:
    assert found(archive, query) == set(SIGNED)


def test_what_follows_from_a_name_is_explained_and_its_absence_is_not_complained_of(archive: Searcher) -> None:
    results = answer(archive, "ВКР-12 conference")
    assert results.explanation == "Letters with (“ВКР-12” or body named “WRC-12”) and “conference” in any form"
    assert results.notices == ()
    assert answer(archive, "RRB").notices == ("no letter matches RRB",)


def test_the_tree_keeps_what_was_typed_beside_what_follows() -> None:
    root = parse_query("CMR").root
    implied = Keyword(field="mentions", value="WRC", implied=True)
    assert with_names(root) == Or(children=(Term(text="CMR"), implied))
    unnamed = parse_query('tariff -(draft OR "CMR") subject:CMR').root
    assert with_names(unnamed) == unnamed


def test_the_longest_query_is_read_for_names_quickly() -> None:
    assert explain(parse_query("international " * 64))


def test_the_quick_look_for_names_says_no_of_nothing_that_is_one() -> None:
    forms = [form for row in names._rows().values() for form in names._forms(row)]
    assert len(forms) > 300
    for form in forms:
        for text in (form, form.lower(), f"about {form} now", f"{form}-12", f"5{form}", form.replace("-", " ")):
            flat = plain(text)
            assert names._begins_name(flat) or not names._bodies(flat, any_case=True), text
    assert not any(map(names._begins_name, ("tariff", "numbering plan 2004", "réponse")))
