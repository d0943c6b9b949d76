"""Queries made of what letters hold, as people would type them: the same ones every time, of every kind there is."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from itudocs.errors import QueryError
from itudocs.fields import BY_NAME, FACETS, FIELDS
from itudocs.search.engine import Entry
from itudocs.search.query import parse_query


class Asked(NamedTuple):
    """A query, what is chosen in facets, and whether versions are collapsed."""

    query: str
    filters: dict[str, tuple[str, ...]]
    collapse: bool


def queries(letters: Sequence[Entry], count: int, *, seed: int = 8) -> list[Asked]:
    """So many queries, as many of each kind."""
    rnd = random.Random(seed)
    made: list[Asked] = []
    kinds = _kinds(rnd, letters)
    while len(made) < count:
        text = kinds[len(made) % len(kinds)]()
        try:
            parse_query(text)
        except QueryError:  # words of letters are not always words of the query language
            continue
        filters = {}
        for field in rnd.sample(FACETS, rnd.choice([0, 0, 0, 1, 2])):
            values = [str(v) for v in field.of(rnd.choice(letters).record)]
            if values:
                filters[field.name] = tuple(rnd.sample(values, rnd.randint(1, min(2, len(values)))))
        made.append(Asked(text, filters, rnd.random() < 0.2))
    return made


def _kinds(rnd: random.Random, letters: Sequence[Entry]) -> list[Callable[[], str]]:
    def words(some: int = 1) -> list[str]:
        while True:
            found = _words(rnd.choice(letters).text)
            if len(found) >= some:
                at = rnd.randrange(len(found) - some + 1)
                return found[at : at + some]

    def word() -> str:
        return words()[0]

    def long() -> str:
        return next(w for w in iter(word, None) if len(w) > 3 and w.isalpha())

    def value(kinds: tuple[str, ...]) -> tuple[str, str]:
        while True:
            field = rnd.choice([f for f in FIELDS if f.kind in kinds])
            found = [str(v) for v in field.of(rnd.choice(letters).record)]
            if found:
                return field.name, rnd.choice(found).replace('"', " ")

    def within(field: str, text: str) -> str:
        return f"{field}:{rnd.choice(_words(text) or ['x'])}"

    def day() -> str:
        dates = [str(v) for name in ("date", "event", "deadline") for v in BY_NAME[name].of(rnd.choice(letters).record)]
        return rnd.choice(dates) if dates else "2010-05-06"

    def near(text: str) -> str:
        at = rnd.randrange(len(text))
        return text[:at] + rnd.choice(["", rnd.choice("aeinrst") + text[at:], rnd.choice("aeinrst")]) + text[at + 1 :]

    def span() -> str:
        first, last = sorted((day(), day()))
        return rnd.choice([first, first[:4], first[:7], f"{first}..{last}", f"{first[:7]}..", f"..{last[:4]}"])

    return [
        word,
        lambda: " ".join(words(2)),
        lambda: f"{word()} OR {word()}",
        lambda: f"{word()} -{word()}",
        lambda: f"({long()} OR {long()}) {word()}",
        lambda: f'"{" ".join(words(rnd.randint(2, 4)))}"',
        lambda: f'"{" ".join(rnd.sample(words(4), 2))}"~{rnd.randint(1, 8)}',
        lambda: f"{long()[: rnd.randint(3, 5)]}*",
        lambda: (lambda w: f"{w[:2]}{rnd.choice('?*')}{w[3:]}")(long()),
        lambda: f"{near(long())}~{rnd.randint(1, 2)}",
        lambda: within(*value(("text",))),
        lambda: (lambda pair: f'{pair[0]}:"{pair[1]}"')(value(("keyword", "name"))),
        lambda: (lambda pair: f"{pair[0]}:{pair[1][:3]}*")(value(("keyword",))),
        lambda: (lambda pair: f"{pair[0]}:{rnd.choice(pair[1].split())}")(value(("reference", "address"))),
        lambda: (lambda pair: pair[1])(value(("reference",))),
        lambda: f"{rnd.choice(['date', 'event', 'deadline'])}:{span()}",
        lambda: f"{word()} date:{span()}",
        lambda: (
            f"-{rnd.choice(['has', 'has', 'has'])}:{rnd.choice(['deadline', 'event', 'url', 'date', 'annex'])} {word()}"
        ),
        lambda: f"year:{rnd.randint(1995, 2010)}..{rnd.randint(2010, 2024)} {word()}",
        lambda: f"subject:({long()} OR {long()}) OR {long()[:4]}* -lang:{rnd.choice(['en', 'fr', 'zh'])}",
    ]


def _words(text: str) -> list[str]:
    return [w for w in re.split(r"[\s\"()“”«»*?~|:：（）]+", text) if any(c.isalnum() for c in w) and len(w) < 60]


def tau(one: Sequence[str], other: Sequence[str]) -> float:
    """Kendall's tau of two orders of the same things: 1 if they are the same, -1 if one is the other backwards."""
    place = {key: n for n, key in enumerate(other)}
    ranks = [place[key] for key in one]
    pairs = list(_pairs(ranks))
    return sum(1 if a < b else -1 for a, b in pairs) / len(pairs) if pairs else 1.0


def _pairs(ranks: Sequence[int]) -> Iterator[tuple[int, int]]:
    for i, a in enumerate(ranks):
        for b in ranks[i + 1 :]:
            yield a, b
