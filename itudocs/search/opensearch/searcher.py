"""Answering requests from a cluster: a plan compiled, counted, asked for, and what comes back made into hits.

The last station of a search. One request brings a page, the facets and the total: what is chosen in facets is a filter
after the query, so that each facet is counted under all of them but its own.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from itudocs.errors import QueryError, QueryTimeout
from itudocs.lexicon import LANGUAGES
from itudocs.search import listing
from itudocs.search import query as q
from itudocs.search.embedded import plan as p
from itudocs.search.embedded.execute import Marks
from itudocs.search.embedded.snippets import snippets
from itudocs.search.engine import Alike, Completion, Entry, Facet, Hit, Request, Results, Suggestion
from itudocs.search.opensearch.compile import NOTHING, Dsl, Known, lookups, matching, scoring, visible
from itudocs.search.opensearch.mapping import COLLAPSED_WINDOW, WINDOW
from itudocs.search.opensearch.view import WORKS, View, counted_in, counting
from itudocs.search.opensearch.vocabulary import Vocabulary

_WITH_TEXTS = 500
"""Letters in one answer that bring their texts."""
_ORDERS: Mapping[str, Any] = {
    "date": {"day": {"order": "asc", "missing": "_last"}},
    "-date": {"day": {"order": "desc", "missing": "_last"}},
    "ref": {"order": {"order": "asc", "missing": "_last"}},
    "relevance": {"_score": {"order": "desc"}},
}


class OpenSearchSearcher:
    """See `itudocs.search.engine.Searcher`. Threads may share one.

    All methods raise `ClusterUnavailable` beside what is promised there.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._vocabulary = Vocabulary(view)

    def count(self) -> int:
        """How many letters the index holds."""
        return self._view.letters

    def close(self) -> None:
        """Nothing is held on the cluster for a searcher."""

    def search(self, request: Request) -> Results:
        """See `itudocs.search.engine.Searcher.search`. `took` is in seconds."""
        with self._view.cluster.within(request.seconds):
            return self._search(request)

    def _search(self, request: Request) -> Results:
        started = time.perf_counter()
        listing.check(request)
        plan = p.plan(request.query, languages=self._view.languages)
        known = self._vocabulary.known(plan.step)
        chosen = self._chosen(request)
        first, hits = self._page(request, plan, known, chosen)
        facets = self._facets(request, plan, known, chosen, first)
        letters: int = first["hits"]["total"]["value"]
        shown = self._shown(hits, request, marks(plan.step, known))
        total = counted_in(first["aggregations"]["works"]) if request.collapse else letters
        try:
            suggested = self._suggestions(request, letters)
        except QueryTimeout:  # the hits are there
            suggested = ()
        self._view.check()
        return Results(
            total=total,
            letters=letters if request.collapse else None,
            hits=shown,
            facets=facets,
            explanation=q.explain(request.query) if request.query else "All letters",
            notices=tuple(_notices(plan.step, known)),
            suggestions=suggested,
            took=time.perf_counter() - started,
        )

    def matching(self, request: Request) -> tuple[str, ...]:
        """See `itudocs.search.engine.Searcher.matching`."""
        listing.check(request)
        plan = p.plan(request.query, languages=self._view.languages)
        known = self._vocabulary.known(plan.step)
        filters = [f for some in self._chosen(request).values() for f in some]
        body: Dsl = {
            "query": self._view.narrowed(matching(plan.step, known.terms), *filters),
            "sort": ["key"],
            "_source": False,
        }
        found = self._view.walk(body, skip=0, take=self._view.letters)
        self._view.check()
        return tuple(hit["sort"][0] for hit in found)

    def like(self, letter: Entry, *, limit: int, reasons: int, seconds: float | None = None) -> tuple[Alike, ...]:
        """See `itudocs.search.engine.Searcher.like`."""
        from itudocs.search.opensearch.alike import alike

        with self._view.cluster.within(seconds):
            found = tuple(
                Alike(hit=_hit(source, score, ()), reasons=why)
                for source, score, why in alike(self._view, letter, limit=limit, reasons=reasons)
            )
            self._view.check()
            return found

    def complete(self, text: str, *, limit: int, seconds: float | None = None) -> tuple[Completion, ...]:
        """See `itudocs.search.engine.Searcher.complete`."""
        from itudocs.search.embedded.complete import complete

        with self._view.cluster.within(seconds):
            found = complete(self._vocabulary, text, limit=limit)
            self._view.check()
            return found

    # --- what is asked ---

    def _chosen(self, request: Request) -> dict[str, list[Dsl]]:
        """The filter of each facet in which something is chosen."""
        filters: dict[str, list[Dsl]] = {}
        for field, values in request.filters.items():
            if values:
                known = self._view.values(field)
                meant = [one for value in values for one in listing.meant(known, value)]
                filters[field] = [{"terms": {f"v_{field}": meant}} if meant else NOTHING]
        return filters

    def _page(
        self, request: Request, plan: p.Plan, known: Known, chosen: Mapping[str, Sequence[Dsl]]
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The first answer, with total and facets, and the hits of the page."""
        scored = scoring(plan, known)
        wanted = matching(plan.step, known.terms)
        filters = [*visible(self._view.number), *([wanted] if scored is None else [])]
        order = [] if request.sort == "relevance" and scored is None else [_ORDERS[request.sort]]
        every = [f for some in chosen.values() for f in some]
        body: Dsl = {
            "query": {"bool": {"filter": filters, **({"must": [scored]} if scored else {})}},
            "sort": [*order, {"key": "asc"}],
            "track_scores": scored is not None,
            "_source": ["key", "work", "card", *(["text"] if request.snippets else [])],
        }
        if every:
            body["post_filter"] = {"bool": {"filter": every}}
        aggregations = {
            f"facet:{name}": counting(name, _besides(chosen, name), collapse=request.collapse)
            for name in dict.fromkeys(request.facets)
        }
        if request.collapse:
            body["collapse"] = {"field": "work"}
            aggregations["works"] = {"filter": {"bool": {"filter": every}}, "aggs": {"works": WORKS}}
        reach = COLLAPSED_WINDOW if request.collapse else WINDOW
        chunk = min(reach, _WITH_TEXTS) if request.snippets and not request.collapse else reach
        size = max(0, min(request.limit, chunk, reach - request.offset))
        start = request.offset if size else 0
        first = self._view.ask({**body, "aggs": aggregations, "track_total_hits": True, "size": size, "from": start})
        hits: list[dict[str, Any]] = first["hits"]["hits"]
        matched: int = first["hits"]["total"]["value"]
        lacking = min(request.limit, max(0, matched - request.offset)) - len(hits)
        if lacking > 0 and not request.collapse:
            if hits:
                body["search_after"] = hits[-1]["sort"]
            hits = hits + self._view.walk(body, skip=0 if hits else request.offset, take=lacking, chunk=chunk)
        elif request.collapse and len(hits) < min(
            request.limit, counted_in(first["aggregations"]["works"]) - request.offset
        ):
            raise QueryError(
                f"versions are collapsed for the first {COLLAPSED_WINDOW:,} works only", hint="ask for an earlier page"
            )
        return first, hits

    def _facets(
        self,
        request: Request,
        plan: p.Plan,
        known: Known,
        chosen: Mapping[str, Sequence[Dsl]],
        answer: Mapping[str, Any],
    ) -> tuple[Facet, ...]:
        found = []
        for name in dict.fromkeys(request.facets):
            filters = [matching(plan.step, known.terms), *_besides(chosen, name)]
            counts = self._view.whole(name, answer["aggregations"][f"facet:{name}"], filters, collapse=request.collapse)
            wanted = request.filters.get(name, ())
            values = self._view.values(name) if wanted else {}
            meant = [one for value in wanted for one in listing.meant(values, value)]
            found.append(
                listing.facet(
                    name,
                    {**dict.fromkeys(meant, 0), **counts},
                    request=request,
                    chosen=meant,
                    absent=[value for value in dict.fromkeys(wanted) if not listing.meant(values, value)],
                )
            )
        return tuple(found)

    def _suggestions(self, request: Request, found: int) -> tuple[Suggestion, ...]:
        query = request.query
        if query is None or not request.suggestions or found > listing.FEW:
            return ()
        from itudocs.search.embedded.suggest import suggestions

        filters = [f for some in self._chosen(request).values() for f in some]

        def count(root: q.Tree) -> int:
            return self._view.count(self._vocabulary.filter(q.Query(text="", root=root)), *filters)

        return suggestions(self._vocabulary, query, found=found, count=count, limit=request.suggestions)

    # --- what is shown ---

    def _shown(self, hits: Iterable[dict[str, Any]], request: Request, marked: Marks) -> tuple[Hit, ...]:
        shown = []
        works = []
        for hit in hits:
            source = hit["_source"]
            card = source["card"]
            passages = (
                snippets(
                    source["text"], language=card.get("language"), marks=marked, body=card.get("body", 0),
                    count=request.snippets,
                )
                if request.snippets
                else ()
            )  # fmt: skip
            shown.append(_hit(source, hit["_score"] or 0.0, passages))
            works.append(source["work"])
        if not request.collapse or not shown:
            return tuple(shown)
        versions = self._versions(works)
        return tuple(
            msgspec.structs.replace(hit, versions=versions[work][0], languages=versions[work][1])
            for hit, work in zip(shown, works, strict=True)
        )

    def _versions(self, works: Sequence[int]) -> dict[int, tuple[int, tuple[str, ...]]]:
        """How many versions of each work there are, and in which languages."""
        rank: dict[str, int] = {language: n for n, language in enumerate(LANGUAGES)}
        found: dict[int, tuple[int, tuple[str, ...]]] = {}
        for at in range(0, len(works), _WITH_TEXTS):
            some = list(works[at : at + _WITH_TEXTS])
            spoken = {"terms": {"field": "v_language", "size": 100}}
            asked: Dsl = {"works": {"terms": {"field": "work", "size": len(some)}, "aggs": {"languages": spoken}}}
            told = self._view.aggregated(asked, {"terms": {"work": some}})["works"]["buckets"]
            for bucket in told:
                languages = [one["key"] for one in bucket["languages"]["buckets"]]
                languages.sort(key=lambda code: (rank.get(code, len(rank)), code))
                found[bucket["key"]] = (bucket["doc_count"], tuple(languages))
        return found


def marks(step: p.Step, known: Known) -> Marks:
    """What to highlight of a plan."""
    found = Marks(set(), [])

    def words(part: p.Words) -> None:
        found.terms.add(part.term)
        for language, stem, own in part.stems:
            found.terms.update((f"{language}:{stem}", *((stem,) if own else ())))

    for part, negated in lookups(step):
        if negated:
            continue
        if isinstance(part, p.Words):
            words(part)
        elif isinstance(part, p.Sequence):
            found.sequences.append((part.terms, part.slop))
            if part.glued is not None:
                words(part.glued)
        elif isinstance(part, p.Expansion):
            found.terms.update(known.terms[part])
    return found


def _notices(step: p.Step, known: Known) -> Iterable[str]:
    for part, negated in lookups(step):
        if not negated and not part.leaf.implied and not known.having[part]:
            yield f"no letter matches {q.to_text(q.Query(text='', root=part.leaf))}"


def _besides(chosen: Mapping[str, Sequence[Dsl]], field: str) -> list[Dsl]:
    return [f for name, some in chosen.items() if name != field for f in some]


def _hit(source: Mapping[str, Any], score: float, passages: Sequence[Any]) -> Hit:
    card = dict(source["card"])
    card.pop("body", None)
    date = card.pop("date", None)
    return Hit(
        key=source["key"], score=score, snippets=tuple(passages),
        date=dt.date.fromisoformat(date) if date else None, **card,
    )  # fmt: skip
