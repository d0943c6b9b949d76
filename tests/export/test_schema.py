"""The record's promise: its JSON Schema holds for every record, and changes only with its version."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

import itudocs
from itudocs.export.schema import RECORD_VERSION, record_schema, schema_json
from itudocs.export.writing import export
from itudocs.model import Circular, Failure
from tests.made_letters import HOSTILE, due, event, made

ROOT = Path(__file__).parents[2]


def test_the_schema_in_the_documentation_is_that_of_the_record() -> None:
    told = (ROOT / "docs" / "record.schema.json").read_text("utf-8")
    assert told == schema_json(), (
        "The record has changed: raise RECORD_VERSION as docs/record.md says, note the change there, and write "
        "docs/record.schema.json anew with `itudocs export --format schema --output docs/record.schema.json`."
    )


def test_the_documentation_tells_the_version_and_every_attribute() -> None:
    text = (ROOT / "docs" / "record.md").read_text("utf-8")
    assert f"version {RECORD_VERSION}" in text
    missing = [name for name in Circular.__struct_fields__ if f"`{name}`" not in text]
    assert missing == []


def test_every_line_of_json_lines_obeys_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="install the validator: pip install --group test")
    validator = jsonschema.Draft202012Validator(record_schema())
    validator.check_schema(record_schema())
    parsed = [
        r
        for r in itudocs.parse_many(sorted((ROOT / "corpus" / "open").glob("en-00*.txt")))
        if not isinstance(r, Failure)
    ]
    hostile = [made(f"cr/{n}", subject=text.encode("utf-8", "replace").decode(), events=(event("2018-05-01"),), deadlines=(due("2018-04-01"),)) for n, text in enumerate(HOSTILE)]  # fmt: skip
    stream = io.BytesIO()
    count = export([*parsed, *hostile], stream, form="jsonl")
    lines = stream.getvalue().decode().split("\n")
    assert lines.pop() == ""
    assert len(lines) == count == len(parsed) + len(hostile) > 20
    for line, record in zip(lines, [*parsed, *hostile], strict=True):
        validator.validate(json.loads(line))
        assert Circular.from_json(line) == record


def test_what_is_no_record_fails_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="install the validator: pip install --group test")
    validator = jsonschema.Draft202012Validator(record_schema())
    good = made("cr/1").to_dict()
    for wrong in ({"key": 5}, {"language": "de"}, {"events": [{"name": "no start"}]}):
        assert not validator.is_valid(good | wrong)
