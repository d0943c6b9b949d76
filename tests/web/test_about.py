"""What the archive is, and whether all is well."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from itudocs.archive.archive import Archive, open_archive
from itudocs.reading import Document
from itudocs.web.pages.about import about_page, health_page
from tests.web.conftest import Connect


def test_letters_are_counted_by_bureau_language_series_and_year(archive: Archive) -> None:
    page = about_page(archive)
    assert page.letters == len(archive)
    assert [one.field for one in page.counts] == ["bureau", "language", "series", "year"]
    for one in page.counts:
        assert sum(count.letters for count in one.values) + one.none == len(archive)
    years = [int(count.value) for count in page.counts[3].values]
    assert years == sorted(years)
    assert (page.first, page.last) == (years[0], years[-1])
    assert page.problems == ()


def test_letters_read_by_another_parser_are_counted(own_archive: Archive) -> None:
    import sqlite3

    key = next(iter(own_archive)).key
    assert own_archive.health().behind == 0
    with sqlite3.connect(own_archive.folder / "archive.db") as store:
        store.execute("UPDATE records SET parser = '0.0.1+old' WHERE key = ?", (key,))
    store.close()
    health = own_archive.health()
    assert health.behind == 1
    assert {read.parser: read.letters for read in health.parsers} == {
        health.parser: len(own_archive) - 1,
        "0.0.1+old": 1,
    }


def test_the_index_is_said_to_be_behind_until_a_search_takes_letters_in(own_archive: Archive, connect: Connect) -> None:
    client = connect(own_archive)
    assert client.get("/health").json()["status"] == "ok"
    own_archive.correct(next(iter(own_archive)).key, "subject", "Another", by="me", why="test")
    assert own_archive.health().index.behind == 0  # a correction brings the index along
    assert client.get("/health").json()["status"] == "ok"


def test_an_archive_without_an_index_or_letters_is_no_fault(tmp_path: Path) -> None:
    with open_archive(tmp_path / "new", create=True) as archive:
        page = health_page(archive)
        assert (page.status, page.letters, page.problems) == ("behind", 0, ())
        assert page.index is not None
        assert page.index.generation is None
        about = about_page(archive)
        assert (about.letters, about.first, about.last) == (0, None, None)


def test_an_index_that_cannot_be_read_is_told_to_monitors(own_archive: Archive, connect: Connect) -> None:
    (own_archive.folder / "index" / "CURRENT").write_text("nonsense")
    answer = connect(own_archive).get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "damaged")
    assert connect(own_archive).get("/health.json").status_code == 503
    assert "CURRENT" in answer.json()["problems"][0]


def test_a_store_that_is_gone_is_told_to_monitors(own_archive: Archive, connect: Connect) -> None:
    client = connect(own_archive)
    own_archive.close()
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"], answer.json()["letters"]) == (503, "damaged", None)


def test_health_has_its_data_at_the_address_that_all_pages_have_theirs(client: Any) -> None:
    data = client.get("/health.json")
    assert (data.status_code, data.headers["content-type"]) == (200, "application/json")
    assert data.json() == client.get("/health").json()
    told = client.get("/openapi.json").json()["paths"]["/health.json"]["get"]["responses"]
    for status in ("200", "503"):
        assert told[status]["content"]["application/json"]["schema"]["$ref"].endswith("HealthPage")


def test_failures_of_the_last_run_are_named_and_harm_no_page(own_archive: Archive, connect: Connect) -> None:
    own_archive.add_documents(
        [Document(name=f"<b>bad\u202e{n}</b>.txt", data=b"\x00\x01\x02\xff" * 50) for n in range(12)]
    )
    page = connect(own_archive).get("/about")
    assert page.status_code == 200
    assert "could not take in 12 files" in page.text
    assert "<b>bad" not in page.text
    assert "\u202e" not in page.text
    assert "and 2 more" in page.text
    assert own_archive.log(limit=1)[0].failed == 12


def test_the_page_names_the_commands_that_look_at_every_byte(client: Any, archive: Archive) -> None:
    text = html.unescape(client.get("/about").text)
    assert f"itudocs verify --archive {archive.folder}" in text
