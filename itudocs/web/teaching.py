"""What the search page says where a search cannot be understood or finds nothing: where it stumbles, what would help.

Examples are made from the archive's own letters, so that each of them finds something there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from itudocs.errors import QueryError, QueryTimeout
from itudocs.export.harmless import line
from itudocs.fields import BY_NAME
from itudocs.model import Record
from itudocs.search.engine import Facet, Hit
from itudocs.search.query import And, Query, Tree, parse_query, to_text
from itudocs.web.facets import labelled, span
from itudocs.web.urls import FIELDS, SearchState, query_url, search_url

MAX_WIDER = 8
"""How many wider searches of a kind are counted where one finds nothing."""


class Stumble(Record, frozen=True, kw_only=True):
    """A query that is not understood: it stumbles over `at`, which stands between `before` and `after`.

    `points` is false where nothing in the query is to blame.
    """

    message: str
    hint: str
    position: int
    before: str
    at: str
    after: str
    points: bool = True


class Example(Record, frozen=True, kw_only=True):
    """A query that finds something in this archive, and what it shows."""

    query: str
    shows: str
    url: str


class Relaxed(Record, frozen=True, kw_only=True):
    """A wider search, and the letters (works, where versions are folded) it finds.

    `what` is left out of the search or, with `only`, all that is left of its words.
    """

    what: str
    only: bool = False
    letters: int
    url: str


_PART = re.compile(r'"[^"]*"?|[^\s()"]+|[()]')


def stumble(q: str, error: QueryError) -> Stumble:
    """Where a query is not understood. At the end of it there is nothing to point at, and `at` is empty."""
    position = min(max(error.position, 0), len(q))
    found = _PART.match(q, position)
    end = found.end() if found else position
    return Stumble(
        message=f"{str(error)[:1].upper()}{str(error)[1:]}", hint=error.hint, position=position, before=q[:position],
        at=q[position:end], after=q[end:], points=bool(q) and not isinstance(error, QueryTimeout),
    )  # fmt: skip


def examples(hit: Hit | None, facets: tuple[Facet, ...]) -> tuple[Example, ...]:
    """Queries that find a letter and its like; of an empty archive none."""
    if hit is None:
        return ()
    return tuple(Example(query=q, shows=shows, url=query_url(q)) for q, shows in dict(_examples(hit, facets)).items())


def _examples(hit: Hit, facets: tuple[Facet, ...]) -> Iterator[tuple[str, str]]:
    words = re.findall(r"[^\W\d_]{5,}", line(hit.subject or ""))
    plain = [word for word in words if word.isascii()] or words
    top = {facet.field: facet.values[0].value for facet in facets if facet.values}
    if hit.ref and re.search(r"\d", hit.ref):
        yield _quoted(line(hit.ref)), "a letter by its reference, and those that cite it"
    if plain:
        word = max(plain, key=len)
        yield f"subject:{word.lower()}", "a word in the subject"
        yield f"{word[:6].lower()}*", "words that begin so"
    if hit.bureau and hit.date:
        yield f"bureau:{hit.bureau} date:{hit.date.isoformat()[:7]}", "who issued it, and when"
    for field, shows in (("body", "who meets, by one name in six languages"), ("place", "where an event takes place")):
        if field in top:
            yield f"{field}:{_quoted(line(top[field]))}", shows
    if hit.date:
        yield f"date:{max(hit.date.year - 1, 1):04d}..{hit.date.year:04d}", "letters of two years"


def _quoted(value: str) -> str:
    """A value as a query writes it: in quotes where it is more than a word."""
    return (
        value
        if re.fullmatch(r"[\w/.-]*\w", value) and not value.startswith("-")
        else f'"{value.replace(chr(34), " ")}"'
    )


def relaxed(state: SearchState, count: Callable[[SearchState], int]) -> tuple[Relaxed, ...]:
    """What would find something in place of a search that finds nothing: the search without one of its parts or, where
    that does not help either, each of its words alone.

    Args:
        count: how many letters a search finds.
    """

    def those(wider: Iterator[tuple[str, SearchState]], *, only: bool) -> tuple[Relaxed, ...]:
        counted = [(what, one, count(one)) for what, one in islice(wider, MAX_WIDER)]
        return tuple(
            Relaxed(what=what, only=only, letters=letters, url=search_url(one))
            for what, one, letters in counted
            if letters
        )

    return those(_without(state), only=False) or those(_alone(state), only=True)


def _without(state: SearchState) -> Iterator[tuple[str, SearchState]]:
    """What can be left out of a search, in words, and the search without it."""
    for field in FIELDS:
        if field in state.chosen or field in state.excluded:
            values = [labelled(field, value) for value in state.chosen.get(field, ())]
            values += [f"not {labelled(field, value)}" for value in state.excluded.get(field, ())]
            yield f"{BY_NAME[field].label.lower()}: {', '.join(values)}", state.without(field)
    if state.since or state.until:
        yield f"dates: {span(state)}", state.between(None, None)
    parts = _parts(state.q)
    for n, part in enumerate(parts):
        rest = parts[:n] + parts[n + 1 :]
        root = rest[0] if len(rest) == 1 else And(children=rest)
        yield to_text(Query(text="", root=part)), state.asking(to_text(Query(text="", root=root)))
    if state.narrowed and state.q:
        yield "all that narrows it", state.unnarrowed()


def _alone(state: SearchState) -> Iterator[tuple[str, SearchState]]:
    """Each part of a query, and the search for nothing else."""
    for part in _parts(state.q):
        text = to_text(Query(text="", root=part))
        yield text, state.asking(text)


def _parts(q: str) -> tuple[Tree, ...]:
    root = parse_query(q).root if q else None
    return root.children if isinstance(root, And) else ()
