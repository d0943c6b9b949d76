"""Answering requests: a plan carried out, filters applied, facets counted, a page sorted and shown.

The last station of a search. Everything is counted on arrays over all letters that match, so that facets are exact
whatever the filters; only the letters of the page are read from the index one by one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np

from itudocs.errors import QueryTimeout
from itudocs.search import listing
from itudocs.search.embedded import collapse
from itudocs.search.embedded.budget import Budget
from itudocs.search.embedded.execute import Executor, Found, Marks
from itudocs.search.embedded.paging import window
from itudocs.search.embedded.plan import plan
from itudocs.search.embedded.snapshot import Floats, Ints, Snapshot
from itudocs.search.embedded.snippets import snippets
from itudocs.search.engine import Alike, Completion, Entry, Facet, Hit, Request, Results, Suggestion
from itudocs.search.query import Query, Tree, explain


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
        listing.check(request)
        with self._spending(request.seconds):
            executor = Executor(self._snapshot)
            found = executor.run(plan(request.query, languages=self._snapshot.languages))
            letters = filtered = self._narrowed(found.letters, request)
            matching = len(letters)
            if request.collapse:
                letters = collapse.first_of_each(letters, self._first(letters, found, request), self._snapshot)
            facets = tuple(self._facet(f, found.letters, filtered, request) for f in dict.fromkeys(request.facets))
            keys: dict[int, str] = {}
            page = self._page(letters, found, request, keys)
            scores = found.at(np.sort(page))[np.argsort(np.argsort(page))]
            hits = tuple(
                self._hit(letter, keys[letter], score, executor.marks, request.snippets)
                for letter, score in zip(page.tolist(), scores.tolist(), strict=True)
            )
            if request.collapse:
                hits = tuple(self._with_versions(hit, n) for hit, n in zip(hits, page.tolist(), strict=True))
            meant = self._suggestions(request, matching)
        return Results(
            total=len(letters),
            letters=matching if request.collapse else None,
            hits=hits,
            facets=facets,
            explanation=explain(request.query) if request.query else "All letters",
            notices=tuple(executor.notices),
            suggestions=meant,
            took=time.perf_counter() - started,
        )

    def matching(self, request: Request) -> tuple[str, ...]:
        """See `itudocs.search.engine.Searcher.matching`."""
        listing.check(request)
        with self._spending(request.seconds):
            found = Executor(self._snapshot).run(plan(request.query, languages=self._snapshot.languages))
            letters = self._narrowed(found.letters, request)
            return tuple(sorted(map(self._snapshot.key, letters.tolist())))

    def like(self, letter: Entry, *, limit: int, reasons: int, seconds: float | None = None) -> tuple[Alike, ...]:
        """See `itudocs.search.engine.Searcher.like`."""
        from itudocs.search.embedded.alike import alike

        with self._spending(seconds):
            return tuple(
                Alike(
                    hit=self._hit(found.letter, self._snapshot.key(found.letter), found.score, Marks(set(), []), 0),
                    reasons=found.reasons,
                )
                for found in alike(self._snapshot, letter, limit=limit, reasons=reasons)
            )

    def complete(self, text: str, *, limit: int, seconds: float | None = None) -> tuple[Completion, ...]:
        """See `itudocs.search.engine.Searcher.complete`."""
        from itudocs.search.embedded.complete import complete
        from itudocs.search.embedded.lexis import SnapshotLexis

        with self._spending(seconds):
            return complete(SnapshotLexis(self._snapshot), text, limit=limit)

    @contextmanager
    def _spending(self, seconds: float | None) -> Iterator[None]:
        """A turn, with so much to spend. It is counted from when the turn has come."""
        with self._turn:
            self._snapshot.budget = Budget(seconds)
            try:
                yield
            finally:
                self._snapshot.budget = Budget()

    def _suggestions(self, request: Request, found: int) -> tuple[Suggestion, ...]:
        query = request.query
        if query is None or not request.suggestions or found > listing.FEW:
            return ()
        from itudocs.search.embedded.lexis import SnapshotLexis
        from itudocs.search.embedded.suggest import suggestions

        def count(root: Tree) -> int:
            planned = plan(Query(text="", root=root), languages=self._snapshot.languages)
            return len(self._narrowed(Executor(self._snapshot).run(planned).letters, request))

        try:
            return suggestions(
                SnapshotLexis(self._snapshot), query, found=found, count=count, limit=request.suggestions
            )
        except QueryTimeout:  # the hits are there
            return ()

    def _narrowed(self, letters: Ints, request: Request, *, besides: str | None = None) -> Ints:
        """The letters that pass all filters but that on one field."""
        for field, values in request.filters.items():
            if values and field != besides:
                column = self._snapshot.facet(field)
                letters = column.having(
                    tuple(column.numbers[one] for value in values for one in listing.meant(column.numbers, value)),
                    letters,
                )
        return letters

    def _facet(self, field: str, found: Ints, letters: Ints, request: Request) -> Facet:
        """The counts of a field over letters that pass all filters but its own."""
        column = self._snapshot.facet(field)
        if request.filters.get(field):
            letters = self._narrowed(found, request, besides=field)
        tallied = collapse.tally(column, letters, self._snapshot) if request.collapse else column.tally(letters)
        wanted = request.filters.get(field, ())
        return listing.facet(
            field,
            dict(zip(column.values, tallied.tolist(), strict=True)),
            request=request,
            chosen=[one for value in wanted for one in listing.meant(column.numbers, value)],
            absent=[value for value in dict.fromkeys(wanted) if not listing.meant(column.numbers, value)],
        )

    def _page(self, letters: Ints, found: Found, request: Request, keys: dict[int, str]) -> Ints:
        """The letters of the page, in order; ties are broken by key. Adds their keys to `keys`."""
        stop = request.offset + request.limit
        if not request.limit or request.offset >= len(letters):
            return letters[:0]
        snapshot = self._snapshot
        first = self._first(letters, found, request)
        shown = window(first, snapshot.beginnings[letters], request.offset, stop)
        candidates = letters[shown.rows].tolist()
        for letter in candidates:
            keys[letter] = snapshot.key(letter)
        order = sorted(zip(first[shown.rows].tolist(), map(keys.__getitem__, candidates), candidates, strict=True))
        return np.asarray(
            [letter for _, _, letter in order[request.offset - shown.start : stop - shown.start]], np.int64
        )

    def _first(self, letters: Ints, found: Found, request: Request) -> Ints | Floats:
        """What letters sort by, the lowest first."""
        if request.sort == "relevance":
            return -found.at(letters)
        orders = {"date": "dates", "-date": "newest_first", "ref": "ranks"}
        first: Ints = getattr(self._snapshot, orders[request.sort])[letters]
        return first

    def _with_versions(self, hit: Hit, letter: int) -> Hit:
        count, languages = collapse.versions(letter, self._snapshot)
        return msgspec.structs.replace(hit, versions=count, languages=languages)

    def _hit(self, letter: int, key: str, score: float, marks: Marks, count: int) -> Hit:
        card = self._snapshot.card(letter)
        passages = (
            snippets(
                self._snapshot.text(letter),
                language=card.language,
                marks=marks,
                body=card.body,
                count=count,
                budget=self._snapshot.budget,
            )
            if count
            else ()
        )
        return Hit(
            key=key, score=round(float(score), 6), id=card.id, ref=card.ref, date=card.date, bureau=card.bureau,
            series=card.series, language=card.language, subject=card.subject, name=card.name, snippets=passages,
        )  # fmt: skip
