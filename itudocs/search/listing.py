"""What engines say alike of a request: whether it can be answered, which values a choice means, how a facet is listed.

Engines count; what is made of the counts is the same everywhere, and is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from itudocs.errors import QueryError
from itudocs.fields import FACETS
from itudocs.search.embedded.analysis import fold
from itudocs.search.engine import Facet, FacetValue, Request
from itudocs.search.query import YEAR_FIELDS

NEWEST_FIRST = YEAR_FIELDS | {"month"}
"""Facets that are listed by their values, not by their counts."""
FEW = 3
"""Letters up to which a query is taken for one that may be mistyped."""
_FACETS = frozenset(f.name for f in FACETS)


def check(request: Request) -> None:
    """Make sure that a request can be answered.

    Raises:
        QueryError: a filter or facet is no facet field, or a number is negative.
    """
    for field in (*request.filters, *request.facets, *request.facet_find):
        if field not in _FACETS:
            raise QueryError(f"{field} is no facet", hint=f"the facets are {', '.join(sorted(_FACETS))}")
    numbers = (request.offset, request.limit, request.facet_size, request.snippets, request.suggestions)
    if min(numbers) < 0:
        raise QueryError("a negative page, number of facet values or number of snippets", hint="use 0 or more")


def meant(known: Mapping[str, int], value: str) -> tuple[str, ...]:
    """The values of a facet that a choice means: the one so written, else those that differ in case alone."""
    if value in known:
        return (value,)
    return tuple(one for one in known if one.casefold() == value.casefold())


def facet(
    field: str, counts: Mapping[str, int], *, request: Request, chosen: Iterable[str], absent: Iterable[str]
) -> Facet:
    """A facet as it is listed.

    Args:
        counts: its values, with the letters that have each; those chosen are among them, with 0 if need be.
        chosen: the values that are chosen.
        absent: choices that mean none.
    """
    chosen = set(chosen)
    present = [value for value, count in counts.items() if count or value in chosen]
    sought = fold(request.facet_find.get(field, ""))
    if sought:
        present = [value for value in present if value in chosen or sought in fold(value)]
    if field in NEWEST_FIRST:
        present.sort(reverse=True)
    else:
        present.sort(key=lambda value: (-counts[value], value))
    size = request.facet_size
    listed = present[:size] + [value for value in present[size:] if value in chosen]
    values = [FacetValue(value=value, count=counts[value], chosen=value in chosen) for value in listed]
    values += [FacetValue(value=value, count=0, chosen=True) for value in absent]
    return Facet(field=field, values=tuple(values), distinct=sum(count > 0 for count in counts.values()))
