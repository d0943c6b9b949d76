"""What goes wrong has the right status, is told as a page or as JSON, and never shows what is behind the page."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from itudocs.archive.archive import Archive
from itudocs.errors import (
    ArchiveDamaged,
    ArchiveError,
    ArchiveLocked,
    CorrectionError,
    ItuDocsError,
    MissingLibrary,
    NotInArchive,
    QueryError,
)
from tests.web.conftest import Connect

if TYPE_CHECKING:
    from litestar.testing import TestClient

pytest.importorskip("litestar", reason="install the server: pip install --group test")

FAULTS: list[tuple[Exception, int, str]] = [
    (QueryError("a parenthesis is never closed", position=3, hint="add )"), 400, "query"),
    (NotInArchive("x: no letter answers to it"), 404, "not-in-archive"),
    (ArchiveDamaged("index/7: the index is damaged"), 503, "archive"),
    (ArchiveLocked("another process is writing"), 503, "archive"),
    (ArchiveError("the disk is full"), 503, "archive"),
    (MissingLibrary("networkx is not installed: pip install 'itudocs[graph]'"), 503, "archive"),
    (CorrectionError("there is no field x", path="x"), 400, "correction"),
    (ItuDocsError("that cannot be"), 400, "request"),
    (RuntimeError("secret \x1b[31m\n/home/somebody"), 500, "internal"),
    (RecursionError("secret"), 500, "internal"),
]


@pytest.mark.parametrize(("fault", "status", "code"), FAULTS, ids=lambda f: type(f).__name__)
def test_an_error_is_a_page_and_is_data(
    archive: Archive, connect: Connect, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, code: str
) -> None:
    from itudocs.web.pages import about

    def fails(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(about, "about_page", fails)
    client = connect(archive)
    data, page = client.get("/about.json"), client.get("/about")
    assert data.status_code == page.status_code == status
    told = data.json()["error"]
    assert told["code"] == code
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<main" in page.text
    assert ("secret" in page.text) is ("secret" in data.text) is False
    assert "Traceback" not in page.text + data.text
    if status != 500:
        assert told["message"] == str(fault)
    if isinstance(fault, QueryError):
        assert (told["position"], told["hint"]) == (3, "add )")


def test_a_bug_is_one_harmless_line_of_the_log(
    archive: Archive, connect: Connect, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from itudocs.web.pages import about

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("\x1b]0;owned\x07 a\nb \u202e" + "x" * 5_000)

    monkeypatch.setattr(about, "about_page", fails)
    with caplog.at_level(logging.INFO, "itudocs.web"):
        connect(archive).get("/about")
    (line,) = [r.getMessage() for r in caplog.records if r.name == "itudocs.web"]
    assert line.startswith("500 GET /about: RuntimeError: a b x")
    assert len(line) <= 400
    assert line.isprintable()


@pytest.mark.parametrize(
    "path", ["/nowhere", "/%00", "/%ff%fe", "/..%2f..%2fetc%2fpasswd", "/static/../app.py", "/a//b"]
)
def test_a_page_that_does_not_exist_is_said_to_be_none(client: TestClient[Any], path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "There is no such page." in answer.text


def test_data_that_do_not_exist_are_said_to_be_none_as_data(client: TestClient[Any]) -> None:
    answer = client.get("/nowhere.json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not-found")


def test_what_never_reaches_the_pages_is_told_as_data_too(client: TestClient[Any]) -> None:
    answer = client.post("/about.json")
    assert answer.json()["error"]["code"] == "method-not-allowed"
    refused = client.get("/about.json", headers={"host": "evil.example"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (421, "misdirected-request")


def test_a_letter_that_is_not_there_is_told_without_the_archives_place(
    client: TestClient[Any], archive: Archive
) -> None:
    for address in ("/letters/0000", "/letters/0000.json", "/works/cr/99999", "/letters/cr%2F99999"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert str(archive.folder) not in answer.text
        assert "`" not in answer.text
    assert "This archive holds no letter" in client.get("/letters/0000").text
