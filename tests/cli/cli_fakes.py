"""A parser that knows the corpus by heart: records from the gold files, so that these tests are of the command line.

A letter without gold gets a record with its source alone. Evidence is where a value's words stand in the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from itudocs.model import Circular, Evidence
from itudocs.reading import Source

CORPUS = Path(__file__).parents[2] / "corpus" / "open"


def golden(source: Source) -> Circular:
    """What the parser would make of a letter of the corpus."""
    path = CORPUS / f"{Path(source.name).stem}.gold.json"
    plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["gold"] if path.exists() else {}
    evidence = {
        found: (Evidence(start=at, end=at + len(value), quote=value, rule="test"),)
        for found, value in _strings("", plain)
        if value and (at := source.text.find(value)) >= 0
    }
    record = msgspec.convert(
        plain | {"key": source.provenance.sha256, "source": {"name": source.name, "sha256": source.provenance.sha256}},
        Circular,
    )
    return msgspec.structs.replace(record, source=source.provenance, issues=source.issues, evidence=evidence)


def _strings(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(f"{path}/{key}" if path else key, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _strings(f"{path}/{number}", inner)
    elif isinstance(value, str):
        yield path, value
