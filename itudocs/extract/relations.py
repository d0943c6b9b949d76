"""What a letter says it does to a circular it cites: replaces, cancels, revises, corrects, adds to or answers it.

The words are `lexicon/relations.toml`; here they are looked for right beside a citation that `citations` has found. What
follows from it for the letter cited is `itudocs.archive.graph`'s.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from itudocs.lexicon import compiled, table
from itudocs.lexicon.scanning import Scanner, scanner

REACH = 120
"""How far from a citation the words may begin, in characters."""


class RelationPattern(NamedTuple):
    """One way to say it."""

    id: str
    kind: Any
    side: str
    keys: tuple[str, ...]
    regex: Scanner
    guards: tuple[re.Pattern[str], ...]
    then: re.Pattern[str] | None
    examples: tuple[str, ...]
    never: tuple[str, ...]


class Relation(NamedTuple):
    """What is said, and the flow characters that say it."""

    kind: Any
    start: int
    end: int
    rule: str


@cache
def relation_patterns() -> tuple[RelationPattern, ...]:
    """All patterns of the lexicon, in its order."""
    data = table("relations.toml")
    return tuple(
        RelationPattern(
            id=row["id"],
            kind=row["kind"],
            side=row["side"],
            keys=tuple(row["keys"]),
            regex=scanner(row["regex"]),
            guards=tuple(compiled(data["guards"][name]) for name in row.get("not_before", ())),
            then=compiled(data["guards"][row["not_then"]]) if "not_then" in row else None,
            examples=tuple(row["examples"]),
            never=tuple(row["never"]),
        )
        for row in data["pattern"]
    )


@cache
def _filler(name: str) -> re.Pattern[str]:
    return compiled(table("relations.toml")["filler"][name])


def relation(view: str, start: int, end: int, before: int) -> Relation | None:
    """What folded text says beside the citation `start:end`; `before` is where the last citation ended, or 0."""
    left = view[max(before, start - REACH) : start]
    right = view[end : end + REACH]
    for pattern in relation_patterns():
        region = left if pattern.side == "before" else right
        if any(key in region for key in pattern.keys):
            found = (
                _before(pattern, view, start, before) if pattern.side == "before" else _after(pattern, view, start, end)
            )
            if found and not (pattern.then and pattern.then.match(view, end)):
                return found
    return None


def _before(pattern: RelationPattern, view: str, start: int, before: int) -> Relation | None:
    for match in pattern.regex.finditer(view, max(before, start - REACH), start):
        if not _filler("words").fullmatch(view[match.end() : start]):
            continue
        if before and _filler("subject").fullmatch(view[before : match.start()]):
            continue  # the letter cited before is the one that does it
        if _guarded(pattern, view, match.start()):
            continue
        return Relation(pattern.kind, match.start(), match.end(), f"relation.{pattern.id}")
    return None


def _after(pattern: RelationPattern, view: str, start: int, end: int) -> Relation | None:
    match = pattern.regex.match(view, end)
    if match is None or _guarded(pattern, view, start):
        return None
    first = next(k for k in range(match.start(), match.end()) if view[k].isalnum())
    return Relation(pattern.kind, first, match.end(), f"relation.{pattern.id}")


def _guarded(pattern: RelationPattern, view: str, end: int) -> bool:
    left = view[max(0, end - REACH) : end].rstrip()
    return any(guard.search(left) for guard in pattern.guards)


def joined(view: str, before: int, start: int) -> bool:
    """Whether nothing but a word such as "and" stands between two citations."""
    return 0 < start - before < 24 and _filler("join").fullmatch(view[before:start]) is not None
