"""What narrows a search, as links: facets with their counts, the chips of what is chosen, the orders hits can be in.

Counts are the engine's: exact, and of each field under every filter but its own, so that a choice can be widened. Made
for the search page, out of a state and the results of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from itudocs import lexicon
from itudocs.export.harmless import line
from itudocs.fields import BY_NAME
from itudocs.model import Record
from itudocs.search.engine import Facet, FacetValue, Sort
from itudocs.web.sheet import LANGUAGES
from itudocs.web.urls import FIELDS, NAMED, SearchState, day_text, search_url, state_items

SHOWN = ("bureau", "series", "language", "body", "place", "group", "event_year")
"""The facets of the page, in their order; years and months of the date are the timeline's."""
FEW, MANY = 7, 60
"""Values of a facet that are listed, at first and when more are asked for."""

ORDERS: tuple[tuple[Sort, str], ...] = (
    ("relevance", "Best match"),
    ("-date", "Newest first"),
    ("date", "Oldest first"),
    ("ref", "By reference"),
)


class Choice(Record, frozen=True, kw_only=True):
    """A link that changes the search in one respect; `chosen` where it is as the link says."""

    name: str
    label: str
    url: str
    chosen: bool = False


class PanelValue(Record, frozen=True, kw_only=True):
    """
    Attributes:
        value: as it is in records and addresses; `label` is for people.
        count: letters (works, where versions are folded) that have it; None of an excluded one.
        url: chooses it, or gives the choice up.
        exclude_url: excludes it, or lets it in again.
    """

    value: str
    label: str
    count: int | None
    url: str
    exclude_url: str
    chosen: bool = False
    excluded: bool = False


class Panel(Record, frozen=True, kw_only=True):
    """A facet.

    Attributes:
        distinct: how many values there are.
        find: what is looked for among them.
        searchable: whether there are more than are listed, so that looking for one makes sense.
        more_url: lists more of them, or fewer again (`more`).
        kept: the other parameters of the search, for a form that looks for values.
    """

    field: str
    label: str
    values: tuple[PanelValue, ...]
    distinct: int
    find: str
    searchable: bool
    more: bool
    more_url: str | None
    kept: tuple[tuple[str, str], ...]


class Chip(Record, frozen=True, kw_only=True):
    """Something that narrows the search; its link takes it away."""

    kind: Literal["chosen", "excluded", "dates"]
    label: str
    value: str
    url: str


def panels(state: SearchState, facets: Iterable[Facet]) -> tuple[Panel, ...]:
    """The facets of the page; those that have no value are left out."""
    counted = {facet.field: facet for facet in facets}
    made = (_panel(state, counted[field]) for field in SHOWN if field in counted)
    return tuple(panel for panel in made if panel.values or panel.find)


def _panel(state: SearchState, facet: Facet) -> Panel:
    field = facet.field
    more = field in state.more
    find = state.find.get(field, "")
    counted = [value for value in facet.values if value.chosen or field not in NAMED or _is_called(field, value, find)]
    size = MANY if more else FEW
    if len(counted) == size + 1:  # a link to one more takes the place of that one
        size += 1
    listed = [v for v in counted[:size] if v.count or v.chosen]
    listed += [v for v in counted[size:] if v.chosen]
    excluded = state.excluded.get(field, ())
    long = facet.distinct > size
    values = [_value(state, field, value) for value in listed if value.value not in excluded]
    values += [_excluded(state, field, value) for value in excluded]
    return Panel(
        field=field,
        label=BY_NAME[field].label,
        values=tuple(values),
        distinct=facet.distinct,
        find=find,
        searchable=long or more or bool(find),
        more=more,
        more_url=search_url(state.showing(field)) if more or len(counted) > size else None,
        kept=tuple(state_items(state.finding(field, ""))),
    )


def _is_called(field: str, value: FacetValue, sought: str) -> bool:
    """Whether a value, or its name, contains what is looked for."""
    return any(sought.casefold() in text.casefold() for text in (value.value, labelled(field, value.value)))


def _value(state: SearchState, field: str, value: FacetValue) -> PanelValue:
    return PanelValue(
        value=value.value, label=labelled(field, value.value), count=value.count, chosen=value.chosen,
        url=search_url(_chosen(state, field, value)), exclude_url=search_url(state.exclude(field, value.value)),
    )  # fmt: skip


def _chosen(state: SearchState, field: str, value: FacetValue) -> SearchState:
    """The state with a value chosen, or no more; one may have been chosen in other capitals."""
    written = [v for v in state.chosen.get(field, ()) if v.casefold() == value.value.casefold()]
    if not value.chosen or value.value in written:
        return state.toggle(field, value.value)
    for one in written:
        state = state.toggle(field, one)
    return state


def _excluded(state: SearchState, field: str, value: str) -> PanelValue:
    again = search_url(state.exclude(field, value))
    return PanelValue(
        value=value, label=labelled(field, value), count=None, excluded=True, url=again, exclude_url=again
    )


def labelled(field: str, value: str) -> str:
    """How a value of a facet is shown: languages and series by their names, codes with spaces."""
    if field == "language":
        return LANGUAGES.get(value, line(value))
    if field == "series":
        return series_name(value)
    if field == "group":
        return re.sub(r"\bitu ([drt])\b", lambda found: f"ITU-{found[1].upper()}", line(value.replace("-", " ")))
    return line(value)


def series_name(slug: str) -> str:
    """The name of a series; a slug that the lexicon does not know stands for itself."""
    return next((series.name for series in lexicon.series() if series.slug == slug), line(slug))


def chips(state: SearchState) -> tuple[Chip, ...]:
    """What narrows the search besides its words."""
    return tuple(_chips(state))


def _chips(state: SearchState) -> Iterator[Chip]:
    for field in FIELDS:
        for value in state.chosen.get(field, ()):
            yield Chip(
                kind="chosen", label=BY_NAME[field].label, value=labelled(field, value),
                url=search_url(state.toggle(field, value)),
            )  # fmt: skip
    if state.since or state.until:
        yield Chip(kind="dates", label="Dated", value=span(state), url=search_url(state.between(None, None)))
    for field in FIELDS:
        for value in state.excluded.get(field, ()):
            yield Chip(
                kind="excluded", label=BY_NAME[field].label, value=labelled(field, value),
                url=search_url(state.exclude(field, value)),
            )  # fmt: skip


def span(state: SearchState) -> str:
    """The days of a search in words."""
    since, until = day_text(state.since), day_text(state.until, last=True)
    if not until:
        return f"{since} or later"
    if not since:
        return f"{until} or earlier"
    return since if since == until else f"{since} to {until}"


def orders(state: SearchState) -> tuple[Choice, ...]:
    """The orders that hits can be in; by relevance only where there is a query."""
    return tuple(
        Choice(name=sort, label=label, url=search_url(state.sorted_by(sort)), chosen=state.order == sort)
        for sort, label in ORDERS
        if state.q or sort != "relevance"
    )


def kept_items(state: SearchState, *, without: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The parameters of a search that a form must send along, the first page and the form's own parameters aside."""
    own = {*without, "page"}
    return tuple((name, value) for name, value in state_items(state) if name not in own)
