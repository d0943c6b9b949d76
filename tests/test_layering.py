"""Who may import whom: one direction, no circles, heavy libraries behind one door each.

The tables are the design. A new module gets a row, and its place in the order with it.
"""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import itudocs

# Each part of the package and the parts it may import. A part is a module or folder at the top of the package.
MAY_IMPORT: dict[str, str] = {
    "_version": "",
    "errors": "",
    "model": "",
    "paths": "",
    "screen": "",
    "libraries": "errors",
    "lexicon": "errors model",
    "wire": "",
    "reading": "errors lexicon libraries model wire",
    "flow": "errors lexicon model reading",
    "dategrammar": "errors lexicon model",
    "landmarks": "dategrammar flow lexicon model",
    "zoning": "dategrammar errors flow landmarks lexicon model reading",
    "fields": "errors lexicon model",
    "extract": "dategrammar errors fields flow landmarks lexicon model reading zoning",
    "assemble": "dategrammar errors extract fields flow lexicon model reading zoning",
    "evidence": "dategrammar lexicon model paths",
    "corrections": "errors model paths",
    "workers": "errors wire",
    "parse": "_version assemble errors model reading workers",
    "pipeline": "errors model parse reading",
    "search": "errors fields lexicon model",
    "archive": "_version corrections errors fields lexicon model paths screen",
    "evaluate": "corrections errors fields model paths",
    "explain": "assemble corrections dategrammar evidence extract fields landmarks lexicon model paths reading",
    "review": "model",
    "export": "_version errors lexicon libraries model",
}
# What these may import beyond that, but only inside functions: what is not used is not loaded.
MAY_IMPORT_LATE: dict[str, str] = {
    "archive.archive": "export parse reading search",  # the one that joins parsing and searching
    "archive.asking": "search",
    "archive.index": "search",
    "archive.intake": "reading",
    "archive.watching": "reading",
    "corrections": "extract lexicon",  # what follows from a corrected reference
    "evaluate": "parse reading",
}
# These stand above all others: they may import everything, and nothing imports them.
TOP = {"__init__", "__main__", "cli", "web", "demo", "distributed"}
# Heavy or replaceable libraries, and the only modules that may import them.
DOORS: dict[str, set[str]] = {
    "spacy": {"pipeline"},
    "whoosh": {"search.embedded"},
    "numpy": {"search.embedded"},
    "chardet": {"reading.decoding"},
    "dateparser": {"dategrammar", "extract"},
    "opensearchpy": {"search.opensearch"},
    "typer": {"cli"},
    "jinja2": {"web"},
    "litestar": {"web"},
    "uvicorn": {"web"},
    "icalendar": {"export.calendar"},
    "networkx": {"archive.graphml"},
    "pandas": {"export.columnar"},
    "polars": {"export.columnar"},
    "pyarrow": {"export.columnar"},
    "lxml": {"reading.html"},
    "olefile": {"reading.doc"},
    "pypdfium2": {"reading.pdf"},
}
# These libraries are never imported when a module is: only inside functions, or in modules that are imported late.
NEVER_AT_IMPORT = {
    "chardet",
    "dateparser",
    "icalendar",
    "lxml",
    "networkx",
    "olefile",
    "pandas",
    "polars",
    "pyarrow",
    "pypdfium2",
}

ROOT = Path(itudocs.__file__).parent


class Import(NamedTuple):
    importer: str  # dotted, below the package: `archive.archive`
    target: str  # dotted, from the top: `itudocs.parse`, `numpy`
    late: bool
    typing: bool
    line: int


def imports_of(path: Path) -> Iterator[Import]:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    is_package = parts[-1] == "__init__"
    importer = ".".join(parts[:-1] if is_package and len(parts) > 1 else parts)

    def visit(node: ast.AST, late: bool, typing: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(importer, alias.name, late, typing, child.lineno)
            elif isinstance(child, ast.ImportFrom):
                assert not child.level, f"{path}:{child.lineno}: a relative import hides where it leads"
                for alias in child.names:
                    base = child.module or ""
                    # `from itudocs import fields` names a part; `from itudocs.model import Circular` a name in one.
                    yield Import(
                        importer, f"itudocs.{alias.name}" if base == "itudocs" else base, late, typing, child.lineno
                    )
            else:
                function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                guard = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
                yield from visit(child, late or function, typing or guard)

    yield from visit(ast.parse(path.read_text(encoding="utf-8")), late=False, typing=False)


IMPORTS = [i for path in sorted(ROOT.rglob("*.py")) for i in imports_of(path)]


def part_of(module: str) -> str:
    return module.removeprefix("itudocs.").split(".")[0]


def told(found: Import) -> str:
    return f"{found.importer} imports {found.target} (line {found.line}){' late' if found.late else ''}"


def within(module: str, doors: set[str]) -> bool:
    return any(module == door or module.startswith(f"{door}.") for door in doors)


def test_every_part_of_the_package_has_its_place() -> None:
    parts = {
        p.stem if p.is_file() else p.name for p in ROOT.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()
    }
    assert parts - TOP - set(MAY_IMPORT) == set()


def test_the_order_has_no_circles() -> None:
    tuple(graphlib.TopologicalSorter({part: row.split() for part, row in MAY_IMPORT.items()}).static_order())


def test_no_module_imports_what_stands_after_it() -> None:
    wrong = []
    for found in IMPORTS:
        part, target = part_of(found.importer), part_of(found.target)
        if not found.target.startswith("itudocs") or part in TOP or target == part or found.typing:
            continue
        allowed = set(MAY_IMPORT.get(part, "").split())
        if found.late:
            allowed |= set(MAY_IMPORT_LATE.get(part, "").split()) | set(MAY_IMPORT_LATE.get(found.importer, "").split())
        if target not in allowed:
            wrong.append(told(found))
    assert wrong == []


def test_nothing_imports_the_command_line_or_the_web_page() -> None:
    tops = TOP - {"__init__"}
    wrong = [
        told(i)
        for i in IMPORTS
        if part_of(i.target) in tops and part_of(i.importer) not in TOP and i.target.startswith("itudocs")
    ]
    assert wrong == []


@pytest.mark.parametrize("library", DOORS)
def test_a_heavy_library_has_one_door(library: str) -> None:
    wrong = [
        told(i)
        for i in IMPORTS
        if within(i.target, {library}) and not within(i.importer, DOORS[library]) and not i.typing
    ]
    assert wrong == []


@pytest.mark.parametrize("library", sorted(NEVER_AT_IMPORT))
def test_some_libraries_are_imported_late_everywhere(library: str) -> None:
    assert [told(i) for i in IMPORTS if within(i.target, {library}) and not (i.late or i.typing)] == []


def test_parsing_never_leads_to_searching_not_even_by_name() -> None:
    """Types too: nothing on the way from bytes to record knows that records are searched."""
    way = {"model", "errors", "lexicon", "reading", "flow", "dategrammar", "zoning", "extract", "assemble", "parse"}
    wrong = [
        told(i) for i in IMPORTS
        if part_of(i.importer) in way and i.target.startswith("itudocs") and part_of(i.target) in {"search", "archive"}
    ]  # fmt: skip
    assert wrong == []
