"""What a user asks of an archive, checked: which letters are meant, and a search as engines take it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from itudocs import fields
from itudocs.archive.store import Store
from itudocs.errors import NotInArchive, QueryError

if TYPE_CHECKING:
    from itudocs.search.engine import Hit, Request, Sort
    from itudocs.search.query import Query, Tree

SORTS = ("relevance", "date", "-date", "ref")

KEY_PREFIX = re.compile(r"[0-9a-f]{4,64}")
"""The first digits of a key, four at least."""


def resolve(reader: Store, folder: Path, letter: str) -> tuple[str, ...]:
    """The keys that a key, a prefix of one, or an id stands for: several only for an id."""
    wanted = letter.strip()
    if KEY_PREFIX.fullmatch(wanted.lower()):
        found = reader.with_prefix(wanted.lower(), 3)
        if len(found) > 1:
            begin = ", ".join(key[: len(wanted) + 4] for key in found[:2])
            raise NotInArchive(
                f"{folder}: several letters begin with {wanted!r} ({begin} ...). Give more digits.",
                told=f"Several letters begin with {wanted!r} ({begin} ...). Give more digits.",
            )
    else:
        found = reader.with_id(wanted) or reader.with_id(wanted.lower())
    if not found:
        raise NotInArchive(
            f"{folder}: holds no letter {letter!r}. Give a key, four or more of its first digits, or an id such as "
            f"cr/387; `itudocs search` finds letters by their words.",
            told=f"This archive holds no letter {letter!r}. The address of one has its key, four or more of its first digits, or "
            f"an id such as cr/387.",
        )
    return found


def resolve_one(reader: Store, folder: Path, letter: str) -> str:
    """The one key that a key, a prefix of one, or an id stands for."""
    keys = resolve(reader, folder, letter)
    if len(keys) > 1:
        several = ", ".join(f"{reader.letter(key)[0].language or '?'} {key[:12]}" for key in keys)
        raise NotInArchive(f"{folder}: several letters are {letter!r} ({several}). Name one by its key.")
    return keys[0]


def as_request(
    query: str | Query | None,
    filters: Mapping[str, str | Iterable[str]],
    facets: Iterable[str],
    facet_size: int,
    sort: Sort,
    offset: int,
    limit: int,
    snippets: int,
    suggestions: int,
    collapse: bool,
    *,
    exclude: Mapping[str, str | Iterable[str]] | None = None,
    facet_find: Mapping[str, str] | None = None,
) -> Request:
    """A search as engines take it: the query parsed, names and numbers checked; what is excluded becomes part of the
    query, so that every engine can do it.
    """
    from itudocs.search.engine import Request
    from itudocs.search.query import also

    if sort not in SORTS:
        raise QueryError(f"There is no sort order {sort!r}.", hint=f"Sort by {', '.join(SORTS)}.")
    not_negative(facet_size=facet_size, offset=offset, limit=limit, snippets=snippets, suggestions=suggestions)
    if isinstance(query, str):
        from itudocs.search.query import parse_query

        query = parse_query(query) if query.strip() else None
    chosen = _values(filters)
    unwanted = [_without(name, value) for name, values in _values(exclude or {}).items() for value in values]
    query = also(query, *unwanted)
    return Request(
        query=query, filters=chosen, facet_find={facet(name): text for name, text in (facet_find or {}).items() if text}, facets=tuple(dict.fromkeys(facet(f) for f in facets)), facet_size=facet_size,
        sort=sort, offset=offset, limit=limit, snippets=snippets, suggestions=suggestions,
        collapse=collapse,
    )  # fmt: skip


def _values(choice: Mapping[str, str | Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Facet fields and the values said of them, those without any left out."""
    found = {facet(name): (values,) if isinstance(values, str) else tuple(values) for name, values in choice.items()}
    return {name: values for name, values in found.items() if values}


def _without(name: str, value: str) -> Tree:
    """Letters without a value of a facet field. Of a field whose values are made of words, those words next to each other."""
    from itudocs.search.query import Keyword, Not, Phrase

    if fields.BY_NAME[name].kind == "keyword":
        return Not(child=Keyword(value=value, field=name))
    return Not(child=Phrase(text=value, field=name))


def not_negative(**numbers: int) -> None:
    """
    Raises:
        QueryError: one of the numbers, named so, is negative.
    """
    for name, number in numbers.items():
        if number < 0:
            raise QueryError(f"{name} is {number}.", hint="Give 0 or more.")


def newest_first(hit: Hit) -> tuple[bool, int, str]:
    """A key that sorts hits by date, the newest first, those without one last."""
    return hit.date is None, -hit.date.toordinal() if hit.date else 0, hit.key


def facet(name: str) -> str:
    """A facet's own name, from it or from a query prefix of it."""
    row = fields.BY_PREFIX.get(name)
    if row is None or not row.facet:
        names = ", ".join(f.name for f in fields.FACETS)
        raise QueryError(f"There is no facet {name!r}.", hint=f"Facets are {names}.")
    return row.name
