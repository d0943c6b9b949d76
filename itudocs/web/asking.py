"""Searches for one page, which share its budget of time: what a state asks of the archive.

The range of dates narrows the query itself, and what is excluded does (by `Archive.search`), so that any engine can do it;
chosen values are filters, whose facets stay open to be widened.
"""

from __future__ import annotations

import time

from itudocs.archive.archive import Archive
from itudocs.errors import QueryError
from itudocs.search.engine import Results
from itudocs.search.query import DateRange, Query, also, parse_query
from itudocs.web.settings import Settings
from itudocs.web.timeline import VALUES
from itudocs.web.urls import NAMED, SearchState

SIZE = 20
"""Hits of a page."""


class Asking:
    """Asks an archive for as long as one page may take, or a `share` of that."""

    def __init__(self, archive: Archive, settings: Settings, *, share: float = 1.0) -> None:
        self._archive = archive
        # The thread's own time, as engines count it: a page is made by one thread, and others' pages are not its fault
        self._until = time.thread_time() + share * settings.seconds

    def search(
        self, state: SearchState, *, facets: tuple[str, ...] = (), limit: int = SIZE, suggestions: int = 0
    ) -> Results:
        """The answer to a search; at the page it stands at.

        Raises:
            QueryError: the query is not understood or, as `QueryTimeout`, the page's time is up.
            ArchiveDamaged: the index is damaged and could not be made anew.
        """
        return self._archive.search(
            dated(parsed(state), state),
            filters=state.chosen,
            exclude=state.excluded,
            facets=facets,
            facet_size=VALUES,
            facet_find={field: text for field, text in state.find.items() if field not in NAMED},
            sort=state.order,
            offset=(state.page - 1) * SIZE,
            limit=limit,
            suggestions=suggestions,
            collapse=state.collapse,
            seconds=max(self._until - time.thread_time(), 1e-6),
        )

    def count(self, state: SearchState) -> int:
        """Hits of a search; 0 also where it is not understood, or no time is left to count them."""
        try:
            return self.search(state, limit=0).total
        except QueryError:
            return 0


def parsed(state: SearchState) -> Query | None:
    """What was typed, read; None where nothing was.

    Raises:
        QueryError: it is not understood.
    """
    return parse_query(state.q) if state.q else None


def dated(query: Query | None, state: SearchState) -> Query | None:
    """A query for the days of a state alone."""
    if state.since is None and state.until is None:
        return query
    return also(query, DateRange(field="date", first=state.since, last=state.until))
