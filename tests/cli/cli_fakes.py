"""A parser that knows the corpus by heart, so that these tests are of the command line; the command in a process.

A letter without gold gets a record with its source alone. Evidence is where a value's words stand in the text.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from itudocs.model import Circular, Evidence
from itudocs.reading import Source

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "corpus" / "open"


def golden(source: Source) -> Circular:
    """What the parser would make of a letter of the corpus."""
    path = CORPUS / f"{Path(source.name).stem}.gold.json"
    plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["gold"] if path.exists() else {}
    evidence = {
        found: (Evidence(start=at, end=at + len(value), quote=value, rule="test"),)
        for found, value in _strings("", plain)
        if len(value) > 3 and (at := source.text.find(value)) >= 0
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


def spawn(*args: object, **options: Any) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "itudocs", *map(str, args)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)} | options.pop("env", {}), **options,
    )  # fmt: skip


def on_terminal(*args: object, columns: int, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Exit code and all output of the command on a terminal of so many columns."""
    ours, its = os.openpty()
    size = {"COLUMNS": str(columns), "LINES": "50", "TERM": "xterm-256color", "NO_COLOR": ""}
    process = spawn(*args, stdin=its, stdout=its, stderr=its, env=size | (env or {}))
    os.close(its)
    said = b""
    try:
        while chunk := os.read(ours, 65536):
            said += chunk
    except OSError:  # Linux's way to say that the other end is closed
        pass
    finally:
        os.close(ours)
    return process.wait(timeout=60), said.decode().replace("\r\n", "\n")
