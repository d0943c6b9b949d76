"""The OpenAPI document: every page's data and their schema, at the paths that users write.

Litestar describes the routes (`/json/letters/{key}`); here they get their names back (`/letters/{key}.json`), and what is
said instead of an answer when something is wrong. Made when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from itudocs._version import __version__
from itudocs.web.problems import ProblemAnswer, as_written

_REFERENCE = "#/components/schemas/{name}"
_WRONG = {
    "400": "The page has no such parameter; or the query, a parameter or a correction is not understood; `position` says where a query stumbles.",
    "404": "No letter of the archive, nothing of that name, or a page beyond the last.",
    "503": "The archive cannot be read now: it is damaged, or another process is in the way.",
}


def document(handlers: Sequence[ControllerRouterHandler], *, dependencies: Any) -> bytes:
    """The document as JSON."""
    described = Litestar(
        route_handlers=list(handlers),
        dependencies=dependencies,
        openapi_config=OpenAPIConfig(
            title="itudocs", version=__version__, use_handler_docstrings=True,
            description="An archive of ITU circular letters: searches, letters, calendar, series. For reading.",
        ),
        logging_config=None,
    )  # fmt: skip
    schema: dict[str, Any] = described.openapi_schema.to_schema()
    (_,), components = msgspec.json.schema_components([ProblemAnswer], ref_template=_REFERENCE)
    schema.setdefault("components", {}).setdefault("schemas", {}).update(components)
    schema["paths"] = {as_written(path): _operations(path, item) for path, item in sorted(schema["paths"].items())}
    schema.pop("servers", None)
    return msgspec.json.encode(schema)


def _operations(path: str, item: dict[str, Any]) -> dict[str, Any]:
    """What is said when something is wrong: data to whoever asks for data, else a page."""
    told = {"application/json": {"schema": {"$ref": _REFERENCE.format(name="ProblemAnswer")}}}
    wrong = told if as_written(path) != path else {"text/html": {"schema": {"type": "string"}}}
    for operation in item.values():
        if isinstance(operation, dict):
            for status, why in _WRONG.items():
                if status == "503" and status in operation["responses"]:
                    continue  # its own answer to that
                operation["responses"][status] = {"description": why, "content": wrong}
    return item
