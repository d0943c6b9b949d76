"""Which found value stands for which gold one: one to one, the most alike first.

How alike two values are is `itudocs.evaluate.measures`'s, what is counted `itudocs.evaluate.scores`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from itudocs.evaluate.measures import Measure
from itudocs.evaluate.scores import Outcome, Score


def outcome(measure: Measure, gold: Sequence[Any], found: Sequence[Any]) -> Outcome:
    """The scores of one field of one letter, with the values for people."""
    return Outcome(
        strict=_pair(gold, found, measure.strict, 1.0),
        soft=_pair(gold, found, measure.soft, measure.floor),
        gold=tuple(map(_shown, gold)),
        found=tuple(map(_shown, found)),
    )


def _pair(gold: Sequence[Any], found: Sequence[Any], alike: Callable[[Any, Any], float], floor: float) -> Score:
    """Pair values one to one, the most alike first."""
    pairs = sorted(((alike(g, f), i, j) for i, g in enumerate(gold) for j, f in enumerate(found)), reverse=True)
    taken_gold: set[int] = set()
    taken_found: set[int] = set()
    for score, i, j in pairs:
        if score >= floor and i not in taken_gold and j not in taken_found:
            taken_gold.add(i)
            taken_found.add(j)
    right = len(taken_gold)
    return Score(right=right, false=len(found) - right, missed=len(gold) - right)


def _shown(value: object) -> str:
    """A value for people."""
    if isinstance(value, Mapping):
        days = "..".join(dict.fromkeys(str(d) for d in (value.get("start"), value.get("end")) if d))
        parts = (days or value.get("date"), value.get("name") or value.get("what"))
        return " ".join(str(part) for part in parts if part)
    if isinstance(value, tuple):
        key, text = value
        owner = "..".join(dict.fromkeys(map(str, key))) if isinstance(key, tuple) else str(key)
        return f"{owner} {text}"
    return str(value)
