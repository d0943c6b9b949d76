"""What may be said of a record: paths, values and words held against it before they are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from itudocs.corrections.nouns import FIELDS, FIRST, ITEM, OURS, converted, plain_values
from itudocs.errors import CorrectionError
from itudocs.model import Circular
from itudocs.paths import joined, leaves, lookup, replaced


def checked(record: Circular, path: str, value: object) -> tuple[str, Any]:
    """A correction's path and plain value, if they fit a record.

    Args:
        path: a record path; `ref` and `id` mean the first of `refs` and `ids`.
        value: plain JSON values or the record's own types (a `date`, an `Event`); None for nothing.

    Raises:
        CorrectionError: the field, item or part does not exist, or the value is none that it can have.
    """
    given = path.strip("/ ")
    plain = plain_values(record)
    try:
        written = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, allow_nan=False)
        value = json.loads(written.encode())
    except (TypeError, ValueError, RecursionError) as fault:
        raise CorrectionError(f"{given}: the value is no JSON ({fault}). Give plain values.", path=path) from fault
    if given in FIRST:
        given, value = _first(plain, FIRST[given], value)
    _walk(plain, given)
    for leaf, said in leaves(value, given):
        if isinstance(said, str) and not said.strip():
            raise CorrectionError(f"{leaf}: is empty. For nothing give null, and for no items [].", path=path)
    after = converted(replaced(plain, given, value), given, value)
    got = lookup(after, given)
    _same_names(value, got, given)
    return given, got


def _first(plain: Mapping[str, Any], items: str, value: Any) -> tuple[str, Any]:
    """What `ref` or `id` means: the first item of the list behind it, and all of the list where it has no second."""
    rest = plain[items][1:]
    return (
        (joined(items, 0), value)
        if rest and value is not None
        else (items, [*([] if value is None else [value]), *rest])
    )


def _walk(plain: Mapping[str, Any], path: str) -> None:
    """Follow a path through a record.

    Raises:
        CorrectionError: it leads nowhere.
    """
    head, *parts = path.split("/")
    if head not in FIELDS:
        why = "is made with the record and cannot be corrected" if head in OURS else "is no field of a record"
        raise CorrectionError(f"{head!r} {why}. Correct one of {', '.join(FIELDS)}.", path=path)
    at, value = head, plain[head]
    for part in parts:
        if isinstance(value, list):
            if not part.isdecimal() or int(part) >= len(value):
                last = f" to {at}/{len(value) - 1}" if len(value) > 1 else " alone"
                there = f"has {at}/0{last}" if value else f"has no {at}"
                raise CorrectionError(
                    f"{path}: there is no {at}/{part}; the letter {there}. To add or take away one, correct {at!r} as "
                    f"a whole.", path=path,
                )  # fmt: skip
            value = value[int(part)]
        elif isinstance(value, dict):
            if part not in value:
                raise CorrectionError(f"{path}: {at} has no {part!r}. It has {', '.join(value)}.", path=path)
            value = value[part]
        elif value is None and head == "signatory":
            raise CorrectionError(f"{path}: the letter has no {at}. Correct {at!r} as a whole.", path=path)
        else:
            raise CorrectionError(f"{path}: {at} has no parts. Correct {at!r}.", path=path)
        at = joined(at, part)


def _same_names(value: Any, got: Any, path: str) -> None:
    """Refuse names that the record does not know: they would be lost in silence."""
    if isinstance(value, dict) and isinstance(got, dict):
        for name, inner in value.items():
            if name not in got:
                raise CorrectionError(f"{path}: there is no {name!r} in it. It has {', '.join(got)}.", path=path)
            _same_names(inner, got[name], joined(path, name))
    elif isinstance(value, list):
        for k, inner in enumerate(value):
            _same_names(inner, got[k], joined(path, k))


def words(
    text: str, path: str, *, start: int | None = None, end: int | None = None, quote: str | None = None
) -> tuple[int, int] | None:
    """Where the words stand that a correction rests on; None where it names none.

    Args:
        start, end: characters of the text.
        quote: the words themselves, however their spaces and lines are broken; alone, they must stand there once.

    Raises:
        CorrectionError: there are no such characters, or others, or the words stand in several places.
    """
    if (start is None) != (end is None):
        raise CorrectionError(f"{path}: give both the start and the end of the words.", path=path)
    if quote is not None and not quote.split():
        raise CorrectionError(f"{path}: the words are empty. Give some of the text, or none.", path=path)
    pattern = re.compile(r"\s+".join(map(re.escape, quote.split()))) if quote else None
    if start is not None and end is not None:
        if not 0 <= start < end <= len(text):
            raise CorrectionError(
                f"{path}: the text has no characters {start}-{end}; it has {len(text)} characters.", path=path
            )
        if pattern and not pattern.fullmatch(text[start:end]):
            there = text[start:end] if end - start <= 80 else f"{text[start : start + 79]}…"
            raise CorrectionError(f"{path}: at {start}-{end} stands {there!r} and not {quote!r}.", path=path)
        return start, end
    if pattern is None:
        return None
    found = [match.span() for match in pattern.finditer(text)]
    if len(found) == 1:
        return found[0]
    places = ", ".join(f"{a}-{b}" for a, b in found[:8])
    there = f"stands {len(found)} times in the text, at {places}; say which by start and end" if found else (
        "does not stand in the text; copy the words as they stand in it"
    )  # fmt: skip
    raise CorrectionError(f"{path}: {quote!r} {there}.", path=path)


def said(path: str, *, by: str, why: str) -> tuple[str, str]:
    """Who corrects and why, on one line each.

    Raises:
        CorrectionError: one of them is missing.
    """
    told = [" ".join(text.encode("utf-8", "backslashreplace").decode().split()) for text in (by, why)]
    for name, text, hint in zip(("by", "why"), told, ("a name", "the grounds"), strict=True):
        if not text:
            raise CorrectionError(f"{path}: {name!r} is empty. A correction needs {hint}.", path=path)
    return told[0], told[1]


def noted(record: Circular, path: str) -> Any:
    """What a correction remembers of the value it is made for: the value at its path, or the item that is part of."""
    item = ITEM.fullmatch(path)
    return lookup(plain_values(record), joined(item["items"], item["n"]) if item else path)
