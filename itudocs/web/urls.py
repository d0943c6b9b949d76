"""Links between pages, and the state of a search, which is its address.

One search has one address: parameters stand in a fixed order, values sorted, what is as by default is left out. Whatever
spelling of it comes in, `parse_state` reads it and `search_url` writes that one. The template of the search page holds no
address that was not made here. What a search means is the search page's to say.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Self, get_args
from urllib.parse import quote, urlencode

import msgspec

from itudocs.errors import QueryError
from itudocs.fields import FACETS
from itudocs.model import Record
from itudocs.search.engine import Sort

SORTS: tuple[Sort, ...] = get_args(Sort)
FIELDS = tuple(field.name for field in FACETS)
"""The fields whose values may be chosen and excluded, each a parameter of its name."""
NAMED = frozenset({"series", "language", "group"})
"""Fields whose values are few, and codes that people see by name: they are looked for by either, on the page."""
NOT, FIND = "not.", "find."
"""What stands before the name of a field: an excluded value, a search among its values."""
MAX_PAGE = 100_000
MAX_VALUES = 200
"""Values chosen and excluded, all together."""
STATE = (
    "q", *FIELDS, *(NOT + field for field in FIELDS), "from", "to", "sort", "collapse", "page",
    *(FIND + field for field in FIELDS), "more",
)  # fmt: skip
"""The parameters of a search, in their order."""

_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_DAY_HINT = "Write a year (2003), a month (2003-07) or a day (2003-07-09)."

Values = Mapping[str, tuple[str, ...]]


class SearchState(Record, frozen=True, kw_only=True):
    """A search as a page shows it. Make one from an address by `parse_state`, and others from it by its methods.

    Attributes:
        q: the query as typed, white space tidied.
        chosen: facet field -> the values of which a letter must have one.
        excluded: facet field -> the values of which a letter may have none.
        since, until: first and last day of the letters' dates.
        sort: in what order, where that is not the usual one: by relevance, or newest first where there is no query.
        collapse: one hit a work, its languages and printings folded together; otherwise one a letter.
        page: from 1.
        find: facet field -> what is looked for among its values.
        more: facet fields of which more values are shown.
    """

    q: str = ""
    chosen: Values = {}
    excluded: Values = {}
    since: dt.date | None = None
    until: dt.date | None = None
    sort: Sort | None = None
    collapse: bool = True
    page: int = 1
    find: Mapping[str, str] = {}
    more: tuple[str, ...] = ()

    @property
    def order(self) -> Sort:
        """What hits are sorted by."""
        return self.sort or usual_order(self.q)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the query keeps letters out."""
        return bool(self.chosen or self.excluded or self.since or self.until)

    @property
    def blank(self) -> bool:
        """Whether it asks for everything."""
        return not self.q and not self.narrowed

    def _with(self, **changes: object) -> Self:
        return msgspec.structs.replace(self, **{"page": 1, **changes})

    def toggle(self, field: str, value: str) -> Self:
        """With a value chosen, or chosen no more."""
        chosen = _toggled(self.chosen, field, value)
        return self._with(chosen=chosen, excluded=_less(self.excluded, field, value))

    def exclude(self, field: str, value: str) -> Self:
        """With a value excluded, or excluded no more."""
        excluded = _toggled(self.excluded, field, value)
        return self._with(excluded=excluded, chosen=_less(self.chosen, field, value))

    def without(self, field: str) -> Self:
        """With nothing of a field chosen or excluded."""
        return self._with(
            chosen={f: v for f, v in self.chosen.items() if f != field},
            excluded={f: v for f, v in self.excluded.items() if f != field},
        )

    def between(self, since: dt.date | None, until: dt.date | None) -> Self:
        """With letters of these days alone; None is open."""
        return self._with(since=since, until=until)

    def asking(self, q: str) -> Self:
        """With another query."""
        return self._with(q=_tidy(q), sort=None if self.sort == usual_order(q) else self.sort)

    def sorted_by(self, sort: Sort) -> Self:
        """In another order."""
        return self._with(sort=None if sort == usual_order(self.q) else sort)

    def collapsed(self, collapse: bool) -> Self:
        """With one hit a work, or one a letter."""
        return self._with(collapse=collapse)

    def at(self, page: int) -> Self:
        """Another page of the same search."""
        return self._with(page=page)

    def showing(self, field: str) -> Self:
        """With more values of a field, or no more of them."""
        shown = set(self.more) ^ {field}
        return self._with(page=self.page, more=tuple(f for f in FIELDS if f in shown))

    def finding(self, field: str, text: str) -> Self:
        """With a search among the values of a field; an empty text ends it."""
        sought = {f: text if f == field else self.find.get(f, "") for f in FIELDS}
        return self._with(page=self.page, find={f: t for f, t in sought.items() if t})

    def unnarrowed(self) -> Self:
        """The query alone."""
        return self._with(chosen={}, excluded={}, since=None, until=None)


def usual_order(q: str) -> Sort:
    """What hits are sorted by where nothing is said."""
    return "relevance" if q.strip() else "-date"


def parse_state(items: Iterable[tuple[str, str]]) -> SearchState:
    """The search of a query string; parameters that it does not know are passed over (pages refuse them: `itudocs.web.asked`).

    Where one that is single stands twice, the last counts; a value that is both chosen and excluded is excluded.

    Raises:
        QueryError: a sort order, page or day that is none, a span that ends before it begins, or more than 200 values.
    """
    single: dict[str, str] = {}
    chosen: dict[str, set[str]] = {}
    excluded: dict[str, set[str]] = {}
    find: dict[str, str] = {}
    more: set[str] = set()
    for name, value in items:
        value = _tidy(value)
        if name in FIELDS and value:
            chosen.setdefault(name, set()).add(value)
        elif name.removeprefix(NOT) in FIELDS and value:
            excluded.setdefault(name.removeprefix(NOT), set()).add(value)
        elif name.removeprefix(FIND) in FIELDS and value:
            find[name.removeprefix(FIND)] = value
        elif name == "more":
            more.add(value)
        else:
            single[name] = value
    if sum(map(len, (*chosen.values(), *excluded.values()))) > MAX_VALUES:
        raise QueryError(f"More than {MAX_VALUES} values are chosen or excluded.", hint="Choose fewer.")
    since, until = (edge_day(single.get(end, ""), last=end == "to") for end in ("from", "to"))
    if since and until and until < since:
        raise QueryError("The span of dates ends before it begins.", hint="Exchange the two ends.")
    q = single.get("q", "")
    state = SearchState(
        q=q,
        chosen=_ordered({f: v - excluded.get(f, set()) for f, v in chosen.items()}),
        excluded=_ordered(excluded),
        since=since,
        until=until,
        collapse=single.get("collapse") != "0",
        page=_page(single.get("page", "")),
        find={f: find[f] for f in FIELDS if f in find},
        more=tuple(f for f in FIELDS if f in more),
    )
    return state.sorted_by(_sort(single["sort"])).at(state.page) if single.get("sort") else state


def state_items(state: SearchState) -> list[tuple[str, str]]:
    """The parameters of a search, in their order; none that is as by default."""
    items = [("q", state.q)]
    items += [(field, value) for field in FIELDS for value in state.chosen.get(field, ())]
    items += [(NOT + field, value) for field in FIELDS for value in state.excluded.get(field, ())]
    items += [("from", day_text(state.since)), ("to", day_text(state.until, last=True))]
    items += [("sort", state.sort or ""), ("collapse", "" if state.collapse else "0")]
    items += [("page", str(state.page) if state.page > 1 else "")]
    items += [(FIND + field, state.find[field]) for field in FIELDS if field in state.find]
    items += [("more", field) for field in state.more]
    return [(name, value) for name, value in items if value]


def search_url(state: SearchState, form: str = "") -> str:
    """The address of a search, or of its data (`form="json"`)."""
    query = urlencode(state_items(state), safe="/:,")
    return (f"/search.{form}" if form else "/") + (f"?{query}" if query else "")


def day_text(day: dt.date | None, *, last: bool = False) -> str:
    """A day as the shortest text that stands for it: `2003` is also the first day of 2003, or the last one."""
    if day is None:
        return ""
    if day.day != (calendar.monthrange(day.year, day.month)[1] if last else 1):
        return day.isoformat()
    return f"{day.year:04d}" if day.month == (12 if last else 1) else f"{day.year:04d}-{day.month:02d}"


def query_url(q: str) -> str:
    """The address of a search for a query alone."""
    return search_url(SearchState(q=_tidy(q)))


def value_url(field: str, value: str) -> str:
    """The address of a search for all letters that have a value of a facet field."""
    return search_url(SearchState(chosen={field: (value,)}))


def letter_url(key: str, form: str = "") -> str:
    """A letter's page, or a form of it (`json`, `txt`, `ics`, `bib`, `ris`)."""
    return f"/letters/{quote(key, safe='')}" + (f".{form}" if form else "")


def work_url(identity: str, language: str | None = None) -> str:
    """The way to the letter of an identity, as `tsb-circular/2001-2004/221`; in a language, where it has that."""
    return f"/works/{quote(identity)}" + (f"?{urlencode({'lang': language})}" if language else "")


def series_url(slug: str) -> str:
    """A series with its gaps."""
    return f"/series/{quote(slug, safe='')}"


def neighbourhood_url(identity: str) -> str:
    """Who cites whom around a letter."""
    return f"/neighbourhood/{quote(identity)}"


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _ordered(values: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {field: tuple(sorted(values[field])) for field in FIELDS if values.get(field)}


def _toggled(values: Values, field: str, value: str) -> dict[str, tuple[str, ...]]:
    sets = {f: set(v) for f, v in values.items()}
    sets[field] = sets.get(field, set()) ^ {value}
    return _ordered(sets)


def _less(values: Values, field: str, value: str) -> dict[str, tuple[str, ...]]:
    return _ordered({f: set(v) - {value} if f == field else set(v) for f, v in values.items()})


def _sort(text: str) -> Sort:
    for sort in SORTS:
        if text == sort:
            return sort
    raise QueryError(f"There is no sort order {text!r}.", hint=f"Sort by {', '.join(SORTS)}.")


def _page(text: str) -> int:
    if not text:
        return 1
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= MAX_PAGE:
        raise QueryError(f"There is no page {text[:40]!r}.", hint="Pages are numbered from 1.")
    return int(text)


def edge_day(text: str, *, last: bool) -> dt.date | None:
    """A day, or the first or last one of a month or year; None of nothing.

    Raises:
        QueryError: it is none.
    """
    if not text:
        return None
    match = _DAY.fullmatch(text)
    if not match:
        raise QueryError(f"{text[:40]!r} is no date.", hint=_DAY_HINT)
    year = int(match[1])
    month = int(match[2] or (12 if last else 1))
    try:
        return dt.date(year, month, int(match[3] or (calendar.monthrange(year, month)[1] if last else 1)))
    except (ValueError, calendar.IllegalMonthError):
        raise QueryError(f"{text[:40]!r} is not in the calendar.", hint=_DAY_HINT) from None
