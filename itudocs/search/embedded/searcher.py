"""Answering requests: a plan carried out, filters applied, facets counted, a page sorted and shown.

The last station of a search. Everything is counted on arrays over all letters, so that facets are exact whatever the
filters; only the letters of the page are read from the index one by one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from itudocs.errors import QueryError
from itudocs.fields import FACETS
from itudocs.search.embedded.execute import Executor, Found, Marks
from itudocs.search.embedded.plan import plan
from itudocs.search.embedded.snapshot import FacetColumn, Ints, Mask, Snapshot
from itudocs.search.embedded.snippets import snippets
from itudocs.search.engine import Facet, FacetValue, Hit, Request, Results
from itudocs.search.query import YEAR_FIELDS, explain

_FACETS = frozenset(f.name for f in FACETS)
_UNDATED = 2**40


class WhooshSearcher:
    """See `itudocs.search.engine.Searcher`. Threads may share one; they take turns."""

    def __init__(self, folder: Path) -> None:
        self._snapshot = Snapshot(folder)
        self._turn = threading.Lock()

    def count(self) -> int:
        """How many letters the index holds."""
        return self._snapshot.count

    def close(self) -> None:
        """Release files and memory."""
        with self._turn:
            self._snapshot.close()

    def search(self, request: Request) -> Results:
        """See `itudocs.search.engine.Searcher.search`. `took` is in seconds."""
        started = time.perf_counter()
        for field in (*request.filters, *request.facets):
            if field not in _FACETS:
                raise QueryError(f"{field} is no facet", hint=f"the facets are {', '.join(sorted(_FACETS))}")
        if request.offset < 0 or request.limit < 0 or request.facet_size < 0 or request.snippets < 0:
            raise QueryError("a negative page, number of facet values or number of snippets", hint="use 0 or more")
        with self._turn:
            executor = Executor(self._snapshot)
            found = executor.run(plan(request.query, languages=self._snapshot.languages))
            masks = {field: self._chosen(field, values) for field, values in request.filters.items() if values}
            letters = _narrowed(found.letters, masks)
            facets = tuple(self._facet(f, found.letters, masks, request) for f in dict.fromkeys(request.facets))
            page = self._page(Found(letters, found.scores), request)
            hits = tuple(self._hit(letter, found.scores[letter], executor.marks, request.snippets) for letter in page)
        return Results(
            total=int(letters.sum()),
            hits=hits,
            facets=facets,
            explanation=explain(request.query) if request.query else "All letters",
            notices=tuple(executor.notices),
            took=time.perf_counter() - started,
        )

    def _chosen(self, field: str, values: tuple[str, ...]) -> Mask:
        column = self._snapshot.facet(field)
        return column.having(tuple(i for value in values for i in _numbers(column, value)))

    def _facet(self, field: str, letters: Mask, masks: Mapping[str, Mask], request: Request) -> Facet:
        column = self._snapshot.facet(field)
        counts = column.tally(_narrowed(letters, {f: m for f, m in masks.items() if f != field}))
        wanted = request.filters.get(field, ())
        chosen = {i for value in wanted for i in _numbers(column, value)}
        present = [i for i in range(len(column.values)) if counts[i] or i in chosen]
        if field in YEAR_FIELDS:
            present.sort(key=lambda i: column.values[i], reverse=True)
        else:
            present.sort(key=lambda i: (-counts[i], column.values[i]))
        listed = present[: request.facet_size] + [i for i in present[request.facet_size :] if i in chosen]
        values = [FacetValue(value=column.values[i], count=int(counts[i]), chosen=i in chosen) for i in listed]
        absent = [value for value in dict.fromkeys(wanted) if not _numbers(column, value)]
        values += [FacetValue(value=value, count=0, chosen=True) for value in absent]
        return Facet(field=field, values=tuple(values), distinct=int((counts > 0).sum()))

    def _page(self, found: Found, request: Request) -> list[int]:
        """The letters of the page, in order; ties are broken by key."""
        rows = np.flatnonzero(found.letters)
        stop = request.offset + request.limit
        if not request.limit or request.offset >= len(rows):
            return []
        keys = self._snapshot.keys
        if request.sort == "relevance":
            rank = -found.scores[rows]
            if len(rows) > stop:  # what is worse than the last of the page need not be sorted
                rows = rows[rank <= np.partition(rank, stop - 1)[stop - 1]]
                rank = -found.scores[rows]
            order = sorted(range(len(rows)), key=lambda i: (rank[i], keys[rows[i]]))
        elif request.sort == "ref":
            orders = self._snapshot.orders
            order = sorted(range(len(rows)), key=lambda i: (not orders[rows[i]], orders[rows[i]], keys[rows[i]]))
        else:
            dates = self._dates(newest_first=request.sort == "-date")[rows]
            order = sorted(range(len(rows)), key=lambda i: (dates[i], keys[rows[i]]))
        return [int(rows[i]) for i in order[request.offset : stop]]

    def _dates(self, *, newest_first: bool) -> Ints:
        """By which letters sort by date; undated ones last in both directions."""
        periods = self._snapshot.periods("date")
        dates = np.full(self._snapshot.size, _UNDATED, np.int64)
        dates[periods.letters] = -periods.first if newest_first else periods.first
        return dates

    def _hit(self, letter: int, score: float, marks: Marks, count: int) -> Hit:
        card = self._snapshot.card(letter)
        passages = (
            snippets(self._snapshot.text(letter), language=card.language, marks=marks, body=card.body, count=count)
            if count
            else ()
        )
        return Hit(
            key=card.key, score=round(float(score), 6), id=card.id, ref=card.ref, date=card.date, bureau=card.bureau,
            series=card.series, language=card.language, subject=card.subject, name=card.name, snippets=passages,
        )  # fmt: skip


def _narrowed(letters: Mask, masks: Mapping[str, Mask]) -> Mask:
    for mask in masks.values():
        letters = letters & mask
    return letters


def _numbers(column: FacetColumn, value: str) -> tuple[int, ...]:
    """The values of a facet that a choice means: the one so written, else those that differ in case alone."""
    if value in column.values:
        return (column.values.index(value),)
    return tuple(i for i, known in enumerate(column.values) if known.casefold() == value.casefold())
