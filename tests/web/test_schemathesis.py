"""Requests made up from the OpenAPI document, against a server: none fails it, and every answer is as the document says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from itudocs.archive.archive import Archive

EXAMPLES = 40
"""Requests a path and kind."""


def test_no_made_up_request_fails_the_server_or_gets_what_is_not_documented(
    archive: Archive, served: Callable[..., str]
) -> None:
    schemathesis = pytest.importorskip("schemathesis", reason="install it: pip install --group schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis.errors import Unsatisfiable
    from schemathesis import checks

    schema: Any = schemathesis.openapi.from_url(f"{served(archive)}openapi.json")
    held = [
        checks.not_a_server_error,
        *(getattr(schemathesis.specs.openapi.checks, name) for name in (
            "status_code_conformance", "content_type_conformance", "response_schema_conformance",
            "response_headers_conformance",
        )),
    ]  # fmt: skip
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            if mode is schemathesis.GenerationMode.NEGATIVE and not any(operation.iter_parameters()):
                continue  # there is no other way to ask for it
            cases = operation.as_strategy(generation_mode=mode)

            @given(case=cases)
            @settings(
                max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
                phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            def ask(case: Any) -> None:
                nonlocal tried
                tried += 1
                case.call_and_validate(checks=held, timeout=30)

            try:
                ask()
            except Unsatisfiable:
                assert mode is schemathesis.GenerationMode.NEGATIVE  # whatever one asks it is right
    assert tried >= len(list(schema.get_all_operations()))
