"""Canonical identities: made from a series and the parts of a number, and taken apart again.

The forms are the `id` of `series.toml`. Finding references in a letter is `itudocs.extract.identity`'s; this module is
below it, so that an archive can follow a citation without a parser. Sources: guide sections 3 and 15.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Literal

from itudocs.lexicon import expand, fold, period_of, periods, series, series_of, table, words
from itudocs.model import Record

_YEARS = (1960, 2060)
"""In which a number may have been given, where the year is not known."""

Supplement = Literal["add", "cor", "rev"]


class Identity(Record, frozen=True, kw_only=True):
    """What an identity says.

    Attributes:
        id: the identity itself.
        series: its slug.
        run: where its number counts: the identity with `*` in place of the number, as `tsb-circular/2001-2004/*`,
            `cr/*`, `lcce/4/*`; of a supplement the identity with `*` in place of its own number (`cr/387/cor*`).
        number: of the letter or, for a supplement, of the supplement.
        base: the identity of the letter a supplement belongs to; None for others.
        supplement: `add`, `cor` or `rev`; None for others.
    """

    id: str
    series: str
    run: str
    number: int
    base: str | None = None
    supplement: Supplement | None = None


class Named(Record, frozen=True, kw_only=True):
    """A reference in words: its series, the parts of its number, and its supplement as the end of an identity."""

    series: str
    parts: dict[str, str]
    supplement: str = ""


def parts_of(match: re.Match[str]) -> dict[str, str]:
    """The named parts (n, g, y, path) of a match of one of the series' patterns."""
    return {name.rstrip("0123456789"): re.sub(r"\s", "", value) for name, value in match.groupdict().items() if value}


_GROUPS = {"кгсэ": "tsag", "gcnt": "tsag", "gant": "tsag"}


def canonical(slug: str, parts: dict[str, str], date: dt.date | None) -> str | None:
    """The canonical id, or None where the series restarts and no date says in which run.

    Example: `canonical("tsb-circular", {"n": "221"}, date(2004, 2, 25))` is `tsb-circular/2001-2004/221`.
    """
    one = series_of(slug)
    number = str(int(parts["n"])) if parts.get("n") else ""
    if one.restarts == "period":
        period = period_of(date) if date else None
        if period is None:
            return None
        group = parts.get("g", "").lower()
        group = re.sub(r"^sg(\d+)rg-?([a-z]+)$", r"sg\1rg-\2", _GROUPS.get(group, group))
        if "{g}" in one.id and not group:
            return None
        return one.id.format(period=period.name, n=number, g=group)
    year = ""
    if parts.get("y"):
        short = int(parts["y"])
        year = str(short if short > 1900 else 2000 + short if short < 80 else 1900 + short)
    elif date:
        year = str(date.year)
    if "{year}" in one.id and not year:
        return None
    path = "/".join(re.sub(r"(?<=-)0+(?=\d)|^0+(?=\d)", "", p) for p in parts.get("path", "").lower().split("/") if p)
    return one.id.format(
        n=number, g=str(int(parts["g"])) if parts.get("g", "").isdigit() else parts.get("g", ""), year=year, path=path
    )


_HOLES = {
    "period": r"\d{4}-\d{4}",
    "year": r"\d{4}",
    "g": r"[^/]+",
    "n": r"(?P<n>\d+)",
    "path": r"(?:.+?[/-])??(?P<n>\d+)",
}


@cache
def _forms() -> dict[str, re.Pattern[str]]:
    """The forms of identities by slug, with which all of them begin."""
    return {
        one.slug: re.compile(re.sub(r"\\\{(\w+)\\\}", lambda m: _HOLES[m[1]], re.escape(one.id))) for one in series()
    }


_SUPPLEMENT = re.compile(r"(?P<base>.+)/(?P<kind>add|cor|rev)(?P<k>\d{1,9})")
_SUPPLEMENTS: dict[str, Supplement] = {"add": "add", "cor": "cor", "rev": "rev"}
_DEEPEST = 9
"""Supplements to supplements that are followed: a corrigendum to an addendum is known, more is not."""


def identity(text: str) -> Identity | None:
    """An identity taken apart; None for one of no series with numbers (an office code), or of another form.

    Example: `identity("tsb-circular/2001-2004/221/cor1")` has run `tsb-circular/2001-2004/221/cor*`, number 1 and base
    `tsb-circular/2001-2004/221`.
    """
    root = text
    for _ in range(_DEEPEST):
        if not (more := _SUPPLEMENT.fullmatch(root)):
            break
        root = more["base"]
    slug = root.partition("/")[0]
    form = _forms().get(slug)
    match = form.fullmatch(root) if form else None
    if match is None or len(match["n"]) > 9:
        return None
    if more := _SUPPLEMENT.fullmatch(text):
        kind = _SUPPLEMENTS[more["kind"]]
        run = f"{more['base']}/{kind}*"
        return Identity(id=text, series=slug, run=run, number=int(more["k"]), base=more["base"], supplement=kind)
    run = f"{root[: match.start('n')]}*{root[match.end('n') :]}"
    return Identity(id=text, series=slug, run=run, number=int(match["n"]))


def begins(run: str) -> dt.date | None:
    """The first day of a run that begins at 1 with a study period; None for other runs."""
    name = next((part for part in run.split("/") if re.fullmatch(_HOLES["period"], part)), "")
    return next((p.begins for p in periods() if p.name == name), None)


@cache
def _worded() -> re.Pattern[str]:
    kinds = "|".join(
        f"(?P<{kind}>{expand(words(forms))})" for kind, forms in table("series.toml")["supplements"]["kinds"].items()
    )
    return re.compile(rf"(?:{kinds})\s{{0,3}}(?P<k>\d{{1,2}})(?!\d)")


def named(text: str) -> Named | None:
    """The circular that words name, whatever else they say; None where they name none, or two.

    Example: `named("Corrigendum 1 to TSB Circular 71 of 3 May 2013")` is series `tsb-circular`, parts `{"n": "71"}` and
    supplement `/cor1`.
    """
    view = fold(text)
    found = {}
    for one in series():
        for pattern in one.patterns:
            if pattern.possible(view):
                for match in pattern.finditer(view):
                    found[match.start(), -match.end()] = Named(series=one.slug, parts=parts_of(match))
    if not found:
        return None
    # of two patterns that begin at one place the longer is meant, and of two that overlap the first
    first = min(found)
    if any(start >= -first[1] for start, _ in found):
        return None
    more = _worded().search(view)
    supplement = f"/{next(kind for kind in _SUPPLEMENTS if more[kind])}{int(more['k'])}" if more else ""
    return Named(series=found[first].series, parts=found[first].parts, supplement=supplement)


def numbered(words: Named) -> Iterator[str]:
    """Every identity that a reference may stand for: one, or one a run where the series begins anew."""
    one = series_of(words.series)
    days: Iterable[dt.date | None] = (None,)
    if one.restarts == "period":
        days = (p.begins + dt.timedelta(days=1) for p in periods())
    elif one.restarts == "year" and not words.parts.get("y"):
        days = (dt.date(year, 1, 1) for year in range(*_YEARS))
    for day in days:
        found = canonical(words.series, words.parts, day)
        if found:
            yield found + words.supplement
