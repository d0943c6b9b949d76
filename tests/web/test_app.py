"""Pages and their data lie at paths that differ by a suffix."""

from __future__ import annotations

from pathlib import Path

import pytest

from itudocs.archive.archive import open_archive

pytest.importorskip("litestar", reason="install the server: pip install --group test")


def test_a_page_and_its_json_tell_the_same(tmp_path: Path) -> None:
    from litestar.testing import TestClient

    from itudocs.web.app import create_app

    with open_archive(tmp_path / "a", create=True) as archive, TestClient(create_app(archive)) as client:
        data = client.get("/about.json")
        page = client.get("/about")
    assert data.json()["letters"] == 0
    assert data.headers["content-type"] == "application/json"
    assert "0 letters" in page.text
    assert page.headers["content-type"].startswith("text/html")
