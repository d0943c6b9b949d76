"""Answers travel light: tagged, left out where the reader has them, packed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from itudocs.archive.archive import Archive
from itudocs.web.delivery import STATIC, static
from tests.web.conftest import Connect

if TYPE_CHECKING:
    from litestar.testing import TestClient

pytest.importorskip("litestar", reason="install the server: pip install --group test")


@pytest.mark.parametrize("path", ["/about", "/about.json", "/static/style.css"])
def test_what_the_reader_has_is_not_sent_again(client: TestClient[Any], path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"if-none-match": f'"other", {first.headers["etag"]}'})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_errors_bear_no_tag(client: TestClient[Any]) -> None:
    assert "etag" not in client.get("/nowhere").headers


def _packed(client: TestClient[Any], accepts: str) -> bool:
    answer = client.get("/about", headers={"accept-encoding": accepts})
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "<main" in answer.text  # the client unpacks
    return bool(answer.headers.get("content-encoding") == "gzip")


def test_text_is_packed_for_those_who_take_it(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("itudocs.web.delivery.LEAST", 1)
    assert _packed(client, "br, GZip;q=0.5")
    assert not _packed(client, "identity")
    assert not _packed(client, "gzip;q=0")


def test_a_page_with_a_secret_is_not_packed(
    archive: Archive, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("itudocs.web.delivery.LEAST", 1)
    assert (
        "content-encoding" not in connect(archive, edit=True).get("/about", headers={"accept-encoding": "gzip"}).headers
    )


def test_a_file_may_be_kept_for_ever_under_its_hash_and_no_other(client: TestClient[Any]) -> None:
    assert "immutable" in client.get(static("style.css")).headers["cache-control"]
    for other in ("/static/style.css", "/static/style.css?v=old"):
        assert client.get(other).headers["cache-control"] == "no-cache"


def test_every_file_is_served_as_it_is_with_its_type(client: TestClient[Any]) -> None:
    kinds = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
    for path in STATIC.iterdir():
        answer = client.get(f"/static/{path.name}")
        assert hashlib.sha256(answer.content).digest() == hashlib.sha256(path.read_bytes()).digest()
        assert answer.headers["content-type"] == kinds[path.suffix]
