"""The record's promise: a version, and its JSON Schema. What may change from one version to the next: docs/record.md."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from itudocs.model import Circular

RECORD_VERSION = "1.1"
"""MAJOR.MINOR of the record as JSON. MINOR grows when something is added, MAJOR when a reader may have to change."""


def record_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a record as `Circular.to_json` and `itudocs export --format jsonl` write it."""
    schema = msgspec.json.schema(Circular)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:itudocs:record:{RECORD_VERSION}",
        "title": f"itudocs record {RECORD_VERSION}",
        **schema,
    }


def schema_json() -> str:
    """The same as text: what docs/record.schema.json holds."""
    return json.dumps(record_schema(), indent=2, ensure_ascii=False) + "\n"
