"""The series, their numbers and their gaps."""

from __future__ import annotations

from typing import Any

import pytest

from itudocs.archive.gaps import Gaps, gaps
from itudocs.archive.linking import link
from itudocs.errors import NotInArchive
from itudocs.lexicon import series as all_series
from itudocs.model import Circular, Citation
from itudocs.web.asked import NoSuchPage
from itudocs.web.pages import series
from itudocs.web.pages.series import SeriesPage, all_series_page, series_page
from tests.made_letters import made


def cite(identity: str, date: str | None = None) -> Citation:
    return Citation(text=identity.upper(), kind="circular", id=identity)


LETTERS = (
    made("cr/10", "2010-01-01", series="cr", bureau="BR"),
    made("cr/10", "2010-01-01", series="cr", bureau="BR", language="fr"),
    made("cr/10/add1", "2010-02-01", series="cr", bureau="BR"),
    made("cr/15", "2010-06-01", series="cr", citations=(cite("cr/12"), cite("cr/99"))),
    made("cr/16", "1999-06-01", series="cr"),
    made("cr/17", "2010-08-01", series="cr"),
    made("cr/17", "2010-08-09", series="cr", salt="other"),
    made(None, "2010-08-01", series="cr", ref="a letter of CR"),
    made("dm/2010/5", "2010-08-01", series="dm"),
    made("dm/2011/3", "2011-08-01", series="dm"),
    made(None, "2010-08-01", salt="of no series"),
)


def page_of(slug: str, letters: tuple[Circular, ...] = LETTERS, **more: Any) -> SeriesPage:
    graph = link(letter.to_json().encode() for letter in letters)
    return series_page(graph, gaps(graph), slug, **more)


def cells(page: SeriesPage) -> list[tuple[str, str, int, int]]:
    return [(strip.run, c.state, c.first, c.last) for strip in page.strips for c in strip.cells]


def test_held_missing_and_cited_numbers_are_told_apart() -> None:
    page = page_of("cr")
    assert cells(page) == [
        ("cr/*", "held", 10, 10),
        ("cr/*", "missing", 11, 11),
        ("cr/*", "cited", 12, 12),
        ("cr/*", "missing", 13, 14),
        ("cr/*", "held", 15, 15),
        ("cr/*", "held", 16, 16),
        ("cr/*", "held", 17, 17),
        ("cr/*", "cited", 99, 99),
    ]
    strip = page.strips[0]
    assert (strip.held, strip.missing, strip.cited) == (4, 3, 2)
    first = strip.cells[0]
    assert (first.id, first.languages, first.supplements, first.misdated) == ("cr/10", 2, 1, False)
    assert [c.first for c in strip.cells if c.misdated] == [16]


def test_a_series_knows_its_letters_dates_and_doubts() -> None:
    page = page_of("cr")
    row = page.row
    assert (row.letters, row.works, row.cited, row.misdated, row.conflicts) == (8, 6, 2, 1, 1)
    assert (str(row.first), str(row.last)) == ("2010-01-01", "2010-08-01")  # 1999 does not fit its number
    assert [(one.language, one.letters) for one in row.languages] == [("en", 7), ("fr", 1)]
    assert [one.versions[0].ref for one in page.others] == ["a letter of CR"]
    assert page.counts == {"others": 1, "absent": 2, "holes": 1, "misdated": 1, "conflicts": 1}


def test_runs_stand_apart_the_newest_first() -> None:
    page = page_of("dm")
    assert [strip.run for strip in page.strips] == ["dm/2011/*", "dm/2010/*"]
    assert [(c.state, c.first) for c in page.strips[0].cells] == [("held", 3)]


def test_every_series_of_the_lexicon_is_listed() -> None:
    graph = link(letter.to_json().encode() for letter in LETTERS)
    page = all_series_page(graph, gaps(graph))
    assert [row.slug for row in page.series] == [one.slug for one in all_series()]
    assert page.unnumbered == 1
    empty = all_series_page(link(()), Gaps())
    assert {row.letters for row in empty.series} == {0}


def test_the_numbers_of_a_long_series_are_paged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "PAGE", 3)
    pages = [page_of("cr", page=n) for n in (1, 2, 3)]
    assert [page.pages for page in pages] == [3, 3, 3]
    assert [c[2] for page in pages for c in cells(page)] == [10, 11, 12, 13, 15, 16, 17, 99]
    assert {page.strips[0].held for page in pages} == {4}  # counts are the run's
    with pytest.raises(NoSuchPage, match="page 4"):
        page_of("cr", page=4)


def test_an_unknown_series_names_those_that_are_known() -> None:
    with pytest.raises(NotInArchive, match="tsb-circular"):
        page_of("nonesuch")


def test_the_pages_show_what_their_data_say(client: Any) -> None:
    data = client.get("/series.json").json()
    page = client.get("/series").text
    assert all(f'href="/series/{row["slug"]}"' in page for row in data["series"])
    one = client.get("/series/tsb-circular.json").json()
    text = client.get("/series/tsb-circular").text
    held = [c for strip in one["strips"] for c in strip["cells"] if c["state"] == "held"]
    assert held
    assert all(f'href="/works/{c["id"]}"' in text for c in held)
    missing = [c for strip in one["strips"] for c in strip["cells"] if c["state"] == "missing"]
    assert text.count('<span class="cell missing"><span class="unseen">missing') == len(missing) > 0
    assert client.get("/series/nonesuch").status_code == 404
