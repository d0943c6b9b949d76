"""Source -> Circular: finds the letter's flows, zones them, runs the extractors of `itudocs.fields`, builds the record.

A page may hold several copies of the letter. The copy with the most landmarks speaks first; what it lacks is asked of the
others. This is the only place that decides between copies.
"""

from __future__ import annotations

from typing import Any

from itudocs.extract import Letter, detect
from itudocs.fields import FIELDS
from itudocs.flow import copies, flow
from itudocs.lexicon import fold
from itudocs.model import Circular, Evidence, Issue
from itudocs.reading.source import Source
from itudocs.zoning import Layout, zone, zones


def letters(source: Source) -> list[Letter]:
    """The copies of the letter in a source, zoned, best first; always at least one."""
    view = fold(source.text)
    code = detect(view)
    stretches, chrome = copies(view)
    layouts = [zone(flow(source.text, view, stretch, chrome), code) for stretch in stretches[:8]]
    layouts.sort(key=_quality, reverse=True)
    return [Letter(source, layout) for layout in layouts]


def _quality(layout: Layout) -> float:
    """How much of a letter a layout shows: kinds of landmarks, then lines, then length."""
    kinds = {(a.kind, a.what if a.kind in ("label", "issuer") else "") for a in layout.atoms if a.kind != "party"}
    sections = {s.kind for s in layout.sections}
    score = len(kinds) + 2.0 * len(sections)
    score += 4.0 * (layout.salutation is not None) + 3.0 * (layout.closing is not None)
    score += layout.flow.view.count("\n") >= 12  # of two whole copies the one with lines is easier to read
    return score + min(len(layout.flow.view), 4000) / 2000


def circular(source: Source) -> Circular:
    """The record of one letter. Never raises, whatever the text."""
    return record(source, letters(source))


def record(source: Source, found: list[Letter]) -> Circular:
    """The record that the copies of the letter in a source give, best copy first."""
    best = found[0]
    values: dict[str, Any] = {}
    evidence: dict[str, tuple[Evidence, ...]] = {}
    issues: list[Issue] = list(source.issues)
    for field in FIELDS:
        if not field.extractor:
            continue
        finding = speaker(found, field.name).finding(field.name)
        values[field.attribute or field.name] = finding.value
        evidence.update(finding.evidence)
        issues.extend(finding.issues)
    values["id"] = next(iter(values["ids"]), None)
    values["ref"] = next(iter(values["refs"]), None)
    values["events"] = tuple(values["events"])
    return Circular(
        key=source.provenance.sha256,
        source=source.provenance,
        zones=zones(len(source.text), [best.layout]) if source.text else (),
        places=source.places,
        evidence={path: pieces for path, pieces in sorted(evidence.items()) if pieces},
        issues=tuple(dict.fromkeys(issues)),
        **values,
    )


def speaker(found: list[Letter], name: str) -> Letter:
    """The copy whose finding of a field stands: the best that has one."""
    if len(found) == 1:
        return found[0]
    return next((letter for letter in found if not letter.finding(name).empty), found[0])
