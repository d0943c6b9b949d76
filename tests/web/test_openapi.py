"""The OpenAPI document tells of every page's data, at the paths that users write, and of nothing that is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from litestar.testing import TestClient

pytest.importorskip("litestar", reason="install the server: pip install --group test")


@pytest.fixture(scope="module")
def document(client: TestClient[Any]) -> Any:
    answer = client.get("/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()


def test_paths_are_written_as_users_write_them(document: Any) -> None:
    assert "/about.json" in document["paths"]
    assert not [path for path in document["paths"] if re.match(r"/(json|ics|txt|bib|ris|svg)/", path)]
    assert document["openapi"].startswith("3.1")


def test_every_path_is_for_reading_and_says_what_it_gives(document: Any) -> None:
    for path, item in document["paths"].items():
        assert set(item) <= {"get"}, path
        operation = item["get"]
        assert operation["summary"], path
        (wrong,) = operation["responses"]["404"]["content"]
        assert wrong == ("application/json" if re.search(r"\.[a-z]+$", path) else "text/html"), path
        if "303" in operation["responses"]:
            continue  # it leads to another
        (kind,) = operation["responses"]["200"]["content"]
        if path.endswith(".json"):
            assert kind == "application/json", path
            assert operation["responses"]["200"]["content"][kind]["schema"], path


def test_every_parameter_has_a_type(document: Any) -> None:
    for path, item in document["paths"].items():
        for parameter in item["get"].get("parameters", []):
            assert parameter["schema"], (path, parameter["name"])


def test_every_reference_leads_somewhere(document: Any) -> None:
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', str(document).replace("'", '"')))
    assert names <= set(document["components"]["schemas"])


def test_every_path_without_parameters_is_there(document: Any, client: TestClient[Any]) -> None:
    for path in document["paths"]:
        if "{" not in path:
            assert client.get(path).status_code == 200, path


def test_the_document_does_not_tell_of_itself_and_is_at_no_other_place(document: Any, client: TestClient[Any]) -> None:
    assert "/openapi.json" not in document["paths"]
    assert client.get("/schema").status_code == 404
