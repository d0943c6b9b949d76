"""Hits by year or month, as bars that are links: what the search page shows of time, and lets be brushed to a range.

A search that spans two years at most is shown by months, one of more than sixty by decades. Where a range of dates is
chosen, the bars beside it keep their counts, so that the range can be moved: counts obey everything but the range.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from itudocs.model import Record
from itudocs.search.engine import Facet
from itudocs.web.urls import SearchState, day_text, search_url

MONTHS_OF = 2
"""Years up to which months are shown."""
MAX_YEARS = 60
HEIGHT = 48
"""Units of the highest bar."""
FACETS = ("year", "month")
VALUES = 2_000
"""Values of these that are asked for: months of a hundred and sixty years."""

Unit = Literal["month", "year", "decade"]


class Bar(Record, frozen=True, kw_only=True):
    """
    Attributes:
        label: 2003, 2003-07 or 1990s; `short` is what there is room for beneath the bar, perhaps nothing.
        since, until: its first and last day, as addresses write them.
        height: of 48; one at least where there is a letter.
        chosen: whether its days are within the range of the search, or there is none.
        url: the search in this range; where it is the range already, without it.
    """

    label: str
    short: str
    count: int
    since: str
    until: str
    height: int
    chosen: bool
    url: str


class Timeline(Record, frozen=True, kw_only=True):
    """
    Attributes:
        highest: the count of the highest bar.
        since, until: the range of the search; empty where open.
        all_url: the search without its range; None where it has none.

    Letters that match and have no date are not among the bars.
    """

    unit: Unit
    bars: tuple[Bar, ...]
    highest: int
    since: str
    until: str
    all_url: str | None


def timeline(state: SearchState, facets: Iterable[Facet]) -> Timeline | None:
    """The bars of a search.

    Args:
        facets: of years and months, counted without the search's range. None comes of none.
    """
    counts = {facet.field: {v.value: v.count for v in facet.values if v.count} for facet in facets}
    years = {int(year): n for year, n in counts.get("year", {}).items()}
    if not years:
        return None
    low, high = _years(state, years)
    if high - low < MONTHS_OF:
        unit: Unit = "month"
        bars = list(_months(state, low, high, counts.get("month", {})))
    elif high - low < MAX_YEARS:
        unit = "year"
        bars = [
            _bar(state, f"{year:04d}", dt.date(year, 1, 1), dt.date(year, 12, 31), years.get(year, 0))
            for year in range(low, high + 1)
        ]
    else:
        unit = "decade"
        bars = list(_decades(state, years))
    highest = max(bar.count for bar in bars)
    return Timeline(
        unit=unit,
        bars=tuple(_raised(bar, highest, n, len(bars), unit) for n, bar in enumerate(bars)),
        highest=highest,
        since=day_text(state.since),
        until=day_text(state.until, last=True),
        all_url=search_url(state.between(None, None)) if state.since or state.until else None,
    )


def _years(state: SearchState, years: Mapping[int, int]) -> tuple[int, int]:
    """First and last year that are shown: those of a short range, else those that have letters."""
    low, high = min(years), max(years)
    if state.since and state.until and state.until.year - state.since.year < MONTHS_OF:
        within = [year for year in years if state.since.year <= year <= state.until.year]
        if within:
            return state.since.year, state.until.year
    return low, high


def _months(state: SearchState, low: int, high: int, counts: Mapping[str, int]) -> Iterator[Bar]:
    for year in range(low, high + 1):
        for month in range(1, 13):
            last = calendar.monthrange(year, month)[1]
            label = f"{year:04d}-{month:02d}"
            yield _bar(state, label, dt.date(year, month, 1), dt.date(year, month, last), counts.get(label, 0))


def _decades(state: SearchState, years: Mapping[int, int]) -> Iterator[Bar]:
    for decade in range(min(years) // 10, max(years) // 10 + 1):
        first, last = max(decade * 10, 1), decade * 10 + 9
        count = sum(years.get(year, 0) for year in range(first, last + 1))
        yield _bar(state, f"{decade}0s", dt.date(first, 1, 1), dt.date(last, 12, 31), count)


def _bar(state: SearchState, label: str, since: dt.date, until: dt.date, count: int) -> Bar:
    is_range = (state.since, state.until) == (since, until)
    return Bar(
        label=label, short="", count=count, since=day_text(since), until=day_text(until, last=True), height=0,
        chosen=(state.since is None or state.since <= since) and (state.until is None or until <= state.until),
        url=search_url(state.between(None, None) if is_range else state.between(since, until)),
    )  # fmt: skip


def _raised(bar: Bar, highest: int, number: int, bars: int, unit: Unit) -> Bar:
    height = max(1, round(bar.count * HEIGHT / highest)) if bar.count else 0
    return Bar(
        label=bar.label, short=_short(bar.label, number, bars, unit), count=bar.count, since=bar.since, until=bar.until,
        height=height, chosen=bar.chosen, url=bar.url,
    )  # fmt: skip


def _short(label: str, number: int, bars: int, unit: Unit) -> str:
    """What stands beneath a bar: every year where there are few, else round ones; of months, January and July."""
    if unit == "month":
        return label if label.endswith("-01") or (label.endswith("-07") and bars > 1) else ""
    every = 1 if bars <= 14 or unit == "decade" else 5
    return label if int(label[:4]) % every == 0 else ""
