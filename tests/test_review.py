"""Issues: every code of the source is documented with its severity, and the gravest come first."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import itudocs
from itudocs.model import Circular, Issue, Provenance
from itudocs.review import SEVERITIES, remarks, worklist

SOURCE = Path(itudocs.__file__).parent
DOCUMENT = Path(__file__).parent.parent / "docs" / "issues.md"


def _constants(node: ast.expr | None) -> list[str]:
    """The strings an expression may be: a literal, or either side of a condition."""
    if isinstance(node, ast.IfExp):
        return _constants(node.body) + _constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _issues(path: Path) -> Iterator[tuple[str, str]]:
    """Code and severity of every issue that a module makes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called not in ("Issue", "issue", "_counted"):
            continue
        named = {k.arg: k.value for k in node.keywords}
        codes = _constants(named.get("code") or (node.args[0] if node.args else None))
        for code in codes:
            for severity in _constants(named.get("severity")) or ["warning"]:
                yield code, severity


MADE = {found for path in SOURCE.rglob("*.py") for found in _issues(path)}
DOCUMENTED = {
    (code, severity)
    for code, severities in re.findall(r"^\| `([a-z-]+)` \| ([a-z, ]+) \|", DOCUMENT.read_text(encoding="utf-8"), re.M)
    if code not in SEVERITIES
    for severity in severities.split(", ")
}


def test_every_issue_of_the_source_is_documented_with_its_severity() -> None:
    assert set() == MADE - DOCUMENTED


def test_every_documented_issue_is_made_somewhere() -> None:
    assert set() == DOCUMENTED - MADE


def test_every_severity_is_documented() -> None:
    assert {severity for _, severity in MADE} == set(SEVERITIES)
    assert all(f"| `{severity}` |" in DOCUMENT.read_text(encoding="utf-8") for severity in SEVERITIES)


def _record(name: str, *issues: Issue) -> Circular:
    return Circular(key=name * 8, source=Provenance(name=name, sha256=name * 8), issues=issues)


DASH = Issue(code="repaired-date", message="lost dash in 67", start=4, end=11)
GLANCE = Issue(code="unlabelled-subject", message="no label", severity="info")
NOTHING = Issue(code="empty", message="no text", severity="error")


def test_the_gravest_comes_first_then_letters_by_name_and_issues_by_place() -> None:
    late = Issue(code="weekday-mismatch", message="no Monday", start=40, end=46)
    letters = [(_record("b", GLANCE, late, DASH), "on  67 June"), (_record("a", DASH), ""), (_record("c", NOTHING), "")]
    found = [(r.severity, r.letter, r.code) for r in worklist(letters)]
    assert found == [
        ("error", "c", "empty"), ("warning", "a", "repaired-date"), ("warning", "b", "repaired-date"),
        ("warning", "b", "weekday-mismatch"), ("info", "b", "unlabelled-subject"),
    ]  # fmt: skip


def test_what_is_less_grave_can_be_left_out() -> None:
    letters = [(_record("b", GLANCE, DASH, NOTHING), "")]
    assert [r.code for r in worklist(letters, least="warning")] == ["empty", "repaired-date"]
    assert [r.code for r in worklist(letters, least="error")] == ["empty"]


def test_a_remark_has_the_words_concerned() -> None:
    text = "on  67 June 2019"
    (remark,) = remarks(_record("b", DASH), text)
    assert remark.words == text[4:11] == "67 June"


def test_a_letter_that_is_parsed_gives_remarks_with_its_own_words() -> None:
    text = (
        "Ref: CR/387\nGeneva, 25 February 2004\nSubject: Meeting of Study Group 3, Geneva, 67 June 2004\n\n"
        "Dear Sir/Madam,\n\n1 The meeting of Study Group 3 will be held in Geneva on 67 June 2004.\n\nYours faithfully,\n"
    )
    (remark,) = worklist([(itudocs.parse(text), text)], least="warning")
    assert (remark.code, remark.words) == ("repaired-date", "67 June 2004")
