"""Record paths: the values of a record as plain JSON values, by names such as `date`, `addressees/0`, `events/1/start`.

What stands at a path, a copy with another value there, and which items of two lists are the same thing though they moved
or changed a little. Knows nothing of letters; evidence, corrections and differences are built on it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PAIRS = 10_000  # comparisons that aligning two lists may cost


def lookup(plain: Any, path: str) -> Any:
    """The value at a path; None where there is none. The empty path is the whole."""
    value = plain
    for part in path.split("/") if path else ():
        if isinstance(value, list | tuple):
            value = value[int(part)] if part.isdecimal() and int(part) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


def replaced(plain: Any, path: str, value: Any) -> Any:
    """A copy of plain values with another value at a path, which must exist."""
    if not path:
        return value
    head, _, rest = path.partition("/")
    if isinstance(plain, dict):
        return {**plain, head: replaced(plain[head], rest, value)}
    return [replaced(one, rest, value) if k == int(head) else one for k, one in enumerate(plain)]


def joined(*parts: str | int) -> str:
    """A path of its parts; empty ones are left out."""
    return "/".join(str(part) for part in parts if part != "")


def within(path: str, other: str) -> bool:
    """Whether a path is another, or lies below it."""
    return path == other or path.startswith(f"{other}/")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Paths and values of all that has no parts and is not null."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, joined(path, name))
    elif isinstance(value, list | tuple):
        for k, inner in enumerate(value):
            yield from leaves(inner, joined(path, k))
    elif value is not None:
        yield path, value


def likeness(a: Any, b: Any) -> float:
    """How alike two plain values are, 0 to 1: of texts the characters in common, of the rest the parts that are equal."""
    if a == b:
        return 1.0
    if isinstance(a, dict) and isinstance(b, dict):
        names = [n for n in dict.fromkeys((*a, *b)) if a.get(n) is not None or b.get(n) is not None]
        return sum(likeness(a.get(n), b.get(n)) for n in names) / len(names) if names else 1.0
    if isinstance(a, str) and isinstance(b, str) and not (_DAY.fullmatch(a) and _DAY.fullmatch(b)):
        return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()
    return 0.0


def aligned(old: Sequence[Any], new: Sequence[Any], *, least: float = 0.5) -> list[tuple[int | None, int | None]]:
    """Which item of a list became which of another: equal ones first, then the most alike; the rest came or went.

    Returns:
        Pairs of places, None where an item has no other; in the order of the new list, with those that went at the end.
    """
    partner: dict[int, int] = {}
    waiting: dict[str, list[int]] = {}
    for i, one in enumerate(old):
        waiting.setdefault(repr(one), []).append(i)
    for j, one in enumerate(new):
        if places := waiting.get(repr(one)):
            partner[j] = places.pop(0)
    left = sorted(i for places in waiting.values() for i in places)
    fresh = [j for j in range(len(new)) if j not in partner]
    if len(left) * len(fresh) <= _PAIRS:
        pairs = [(likeness(old[i], new[j]), -abs(i - j), i, j) for i in left for j in fresh]
        pairs = sorted((pair for pair in pairs if pair[0] >= least), reverse=True)
    else:
        pairs = [(0.0, 0, i, i) for i in left if i in set(fresh)]
    taken: set[int] = set()
    for *_, i, j in pairs:
        if i not in taken and j not in partner:
            taken.add(i)
            partner[j] = i
    gone = [i for i in left if i not in taken]
    return [*((partner.get(j), j) for j in range(len(new))), *((i, None) for i in gone)]


def kept(old: Any, new: Any, old_path: str = "", new_path: str = "") -> Iterator[tuple[str, str]]:
    """Old and new paths of the values without parts that are the same in both."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in new:
            if name in old:
                yield from kept(old[name], new[name], joined(old_path, name), joined(new_path, name))
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
        for i, j in aligned(old, new):
            if i is not None and j is not None:
                yield from kept(old[i], new[j], joined(old_path, i), joined(new_path, j))
    elif new is not None and old == new:
        yield old_path, new_path
