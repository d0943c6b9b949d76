"""Days in English words, for pages; machines read the ISO form beside them."""

from __future__ import annotations

import calendar
import datetime as dt


def day(date: dt.date, *, weekday: bool = False) -> str:
    """`5 June 2012`, `Tuesday 5 June 2012`."""
    words = f"{date.day} {month(date)}"
    return f"{calendar.day_name[date.weekday()]} {words}" if weekday else words


def month(date: dt.date) -> str:
    """`June 2012`."""
    return f"{calendar.month_name[date.month]} {date.year}"


def span(first: dt.date, last: dt.date) -> str:
    """`5 June 2012`, `5\N{EN DASH}8 June 2012`, `30 May \N{EN DASH} 2 June 2012`."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}\N{EN DASH}{day(last)}"
    begin = f"{first.day} {calendar.month_name[first.month]}" if first.year == last.year else day(first)
    return f"{begin} \N{EN DASH} {day(last)}"
