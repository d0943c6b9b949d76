"""Values of a record as fields of a form, and back: what a person fills in to correct one.

A field's kind follows from the record's own types (`itudocs.model`), so that a new part of an event has its field here at
once: days, choices, numbers, lines of a list, parts of an event, items of a list of events. What is filled in is read
into plain JSON values, and checked where all corrections are (`itudocs.corrections`). Knows nothing of archives.
"""

from __future__ import annotations

import datetime as dt
import json
import types
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from itudocs.errors import CorrectionError
from itudocs.model import Circular, Record
from itudocs.paths import joined, lookup
from itudocs.web.sheet import PARTS

Kind = Literal["line", "text", "day", "number", "choice", "truth", "lines", "json"]

MOST = 120
"""Fields of one form; a list that needs more is given as JSON."""
NEW = "new"
"""What an item that is added is called, in the place of its number."""
DROP = "drop"
"""The field that takes an item away."""
WHOLE = "value"
"""The name of a field that is the whole value; those of parts follow it (`value/start`, `value/0/name`)."""

_LONG = ("subject", "what")


class Entry(Record, frozen=True, kw_only=True):
    """A field of a form. `text` is what stands in it; of a list that is a line an item; `options` are what may be chosen."""

    name: str
    label: str
    kind: Kind
    text: str = ""
    options: tuple[str, ...] = ()
    optional: bool = True


class Group(Record, frozen=True, kw_only=True):
    """Fields that belong together: a value, or an item of a list. `drop` is the name of the field that takes it away."""

    title: str
    entries: tuple[Entry, ...]
    drop: str = ""


class _Type:
    """A type of the model: what it is without `None`, and whether it may be that."""

    def __init__(self, hint: Any) -> None:
        parts = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
        self.optional = type(None) in parts
        self.plain = next(part for part in parts if part is not type(None))
        self.item = get_args(self.plain)[0] if get_origin(self.plain) is tuple else None

    @property
    def parts(self) -> Mapping[str, Any]:
        """Those of a noun, by name; empty for all else."""
        if isinstance(self.plain, type) and issubclass(self.plain, msgspec.Struct):
            return get_type_hints(self.plain)
        return {}

    @property
    def kind(self) -> Kind:
        """Of a value without parts."""
        if self.item is not None:
            return "lines"
        if get_origin(self.plain) is Literal:
            return "choice"
        kinds: dict[Any, Kind] = {dt.date: "day", int: "number", bool: "truth"}
        return kinds.get(self.plain, "line")


def _at(path: str) -> _Type:
    """The type of what stands at a record path.

    Raises:
        CorrectionError: there is no such path.
    """
    found = _Type(Circular)
    for part in path.split("/"):
        hint = found.item if found.item is not None and part.isdecimal() else found.parts.get(part)
        if hint is None:
            raise CorrectionError(f"{path}: there is no {part!r} in a record.", path=path)
        found = _Type(hint)
    return found


def groups(path: str, plain: Mapping[str, Any], typed: Mapping[str, str] | None = None) -> tuple[Group, ...]:
    """The fields of a form for a value.

    Args:
        plain: the record's plain values.
        typed: what was filled in before, which is kept.

    Raises:
        CorrectionError: there is no such path.
    """
    kind = _at(path)
    value = lookup(plain, path)
    made = tuple(_groups(kind, path, value))
    if sum(len(group.entries) for group in made) > MOST:
        text = json.dumps(value, ensure_ascii=False, indent=1)
        made = (Group(title="", entries=(Entry(name=WHOLE, label="As JSON", kind="json", text=text),)),)
    if typed is not None:
        made = tuple(
            msgspec.structs.replace(
                group,
                entries=tuple(msgspec.structs.replace(e, text=typed.get(e.name, e.text)) for e in group.entries),
            )
            for group in made
        )
    return made


def _groups(kind: _Type, path: str, value: Any) -> Iterator[Group]:
    table = path.split("/")[0]
    if kind.item is not None and _Type(kind.item).parts:
        item = _Type(kind.item)
        for n, one in enumerate(value or ()):
            name = joined(WHOLE, n)
            yield Group(title=str(n + 1), drop=joined(name, DROP), entries=tuple(_entries(item, name, table, one)))
        yield Group(title=NEW, entries=tuple(_entries(item, joined(WHOLE, NEW), table, None)))
    elif kind.parts:
        yield Group(title="", entries=tuple(_entries(kind, WHOLE, table, value)))
    else:
        yield Group(title="", entries=(_entry(kind, WHOLE, "Value", path.split("/")[-1], value),))


def _entries(kind: _Type, name: str, table: str, value: Any) -> Iterator[Entry]:
    for part, label in PARTS[table]:
        inner = _Type(kind.parts[part])
        yield _entry(inner, joined(name, part), label, part, (value or {}).get(part))


def _entry(kind: _Type, name: str, label: str, part: str, value: Any) -> Entry:
    shown: Kind = "text" if kind.kind == "line" and part in _LONG else kind.kind
    if shown == "lines":
        text = "\n".join(value or ())
    elif shown == "truth":
        text = "yes" if value else "no"
    else:
        text = "" if value is None else str(value)
    options = ("no", "yes") if shown == "truth" else get_args(kind.plain) if shown == "choice" else ()
    return Entry(name=name, label=label, kind=shown, text=text, options=options, optional=kind.optional)


def filled(path: str, typed: Mapping[str, str]) -> Any:
    """The plain value that a form was filled in with; None or an empty list for one that was left empty.

    Raises:
        CorrectionError: there is no such path, or JSON that is none.
    """
    kind = _at(path)
    if kind.item is not None and _Type(kind.item).parts:
        return _json(path, typed[WHOLE]) if WHOLE in typed else _items(_Type(kind.item), typed)
    return _read(kind, WHOLE, typed)


def _json(path: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise CorrectionError(f"{path}: this is no JSON ({fault}).", path=path) from fault


def _items(kind: _Type, typed: Mapping[str, str]) -> list[Any]:
    numbers = {name.split("/")[1] for name in typed if name.startswith(f"{WHOLE}/")}
    items = []
    for number in (*sorted((n for n in numbers if n.isdecimal()), key=int), *({NEW} & numbers)):
        name = joined(WHOLE, number)
        given = [part for part in kind.parts if _type_of(kind, part) not in ("choice", "truth")]
        if joined(name, DROP) in typed or not any(typed.get(joined(name, part), "").strip() for part in given):
            continue
        items.append(_read(kind, name, typed))
    return items


def _type_of(kind: _Type, part: str) -> Kind:
    return _Type(kind.parts[part]).kind


def _read(kind: _Type, name: str, typed: Mapping[str, str]) -> Any:
    if kind.parts:
        value = {part: _read(_Type(hint), joined(name, part), typed) for part, hint in kind.parts.items()}
        if "end" in value and not value["end"]:
            value["end"] = value.get("start")  # one day
        empty = not any(v for part, v in value.items() if _type_of(kind, part) not in ("choice", "truth"))
        return None if empty and kind.optional else value
    text = typed.get(name, "").strip()
    if kind.kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if kind.kind == "truth":
        return text == "yes"
    if kind.kind == "number" and text.isdecimal() and len(text) < 10:
        return int(text)
    return " ".join(text.split()) or None
