"""Pages and their data lie at paths that differ by a suffix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from itudocs.archive.archive import Archive

if TYPE_CHECKING:
    from litestar.testing import TestClient

pytest.importorskip("litestar", reason="install the server: pip install --group test")


def test_a_page_and_its_json_tell_the_same(client: TestClient[Any], archive: Archive) -> None:
    data = client.get("/about.json")
    page = client.get("/about")
    assert data.json()["letters"] == len(archive)
    assert data.headers["content-type"] == "application/json"
    assert f"{len(archive)} letters" in page.text
    assert page.headers["content-type"].startswith("text/html")
