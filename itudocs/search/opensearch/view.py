"""One version of an index, as its searchers see it: asked for letters, counts and terms, and always of that version.

A version never changes, so what is found out about it is remembered. Every answer is followed by a look at the note on
what the writer has thrown away (`writing`): a version of which letters are gone is damaged, and never answers with fewer.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from itudocs.errors import ArchiveDamaged
from itudocs.search.opensearch.cluster import Cluster
from itudocs.search.opensearch.compile import Dsl, visible
from itudocs.search.opensearch.mapping import ANALYSED, WINDOW

STATE = "@state"
"""The document that notes what a writer has thrown away."""
WORKS: Dsl = {
    "scripted_metric": {
        "init_script": "state.seen = new HashSet()",
        "map_script": "state.seen.add(doc['work'].value)",
        "combine_script": "return state.seen.size()",
        "reduce_script": "long sum = 0; for (count in states) { if (count != null) { sum += count } } return sum",
    }
}
"""Counts different works, exactly: all letters of a work lie in one part of the index."""
VALUES = 10_000
"""Values of a facet that come in one answer; more are asked for in turn."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Which versions of an index are whole: those from `oldest` on that lie within no gap (after the first, before the last)."""

    oldest: int = 0
    gaps: tuple[tuple[int, int], ...] = ()

    def holds(self, number: int) -> bool:
        """Whether a version is whole."""
        return number >= self.oldest and not any(after < number < before for after, before in self.gaps)


class View:
    """Version `number` of an index on a cluster, of so many letters. Threads may share one."""

    def __init__(self, cluster: Cluster, index: str, number: int) -> None:
        self.cluster = cluster
        self.index = index
        self.number = number
        self._facets: dict[str, dict[str, int]] = {}
        self._mutex = threading.Lock()

    @property
    def _missing(self) -> str:
        return f"the index {self.index} is not there"

    def check(self) -> None:
        """Make sure that no letter of the version has been thrown away.

        Raises:
            ArchiveDamaged: some have.
        """
        if not state(self.cluster, self.index).holds(self.number):
            raise ArchiveDamaged(
                f"{self.cluster.address}: version {self.number} of the index {self.index} has been replaced by a newer one."
            )

    def narrowed(self, *filters: Dsl) -> Dsl:
        """A query for the letters of this version that pass all filters."""
        return {"bool": {"filter": [*visible(self.number), *filters]}}

    def ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Search the index; the query must be `narrowed`.

        Raises:
            ClusterUnavailable, ArchiveDamaged, QueryError: as `Cluster.search`.
        """
        return self.cluster.search(self.index, body, missing=self._missing)

    def count(self, *filters: Dsl) -> int:
        """How many letters pass all filters."""
        found = self.ask({"size": 0, "query": self.narrowed(*filters), "track_total_hits": True})
        total: int = found["hits"]["total"]["value"]
        return total

    def counts(self, filters: Sequence[Dsl]) -> list[int]:
        """How many letters pass each of some filters."""
        if not filters:
            return []
        named = {str(n): one for n, one in enumerate(filters)}
        found = self.aggregated({"counts": {"filters": {"filters": named}}})["counts"]["buckets"]
        return [found[name]["doc_count"] for name in named]

    def aggregated(self, aggregations: Dsl, *filters: Dsl) -> dict[str, Any]:
        """Aggregations over the letters that pass all filters."""
        answer = self.ask({"size": 0, "query": self.narrowed(*filters), "aggs": aggregations})
        found: dict[str, Any] = answer["aggregations"]
        return found

    def rewritten(self, query: Dsl) -> list[str] | None:
        """What each part of the index makes of a query, terms looked up; `None` where they are too many.

        Raises:
            ClusterUnavailable: a part does not answer.
        """
        told = self.cluster.call(
            "POST",
            f"/{self.index}/_validate/query",
            {"query": query},
            params={"rewrite": "true", "all_shards": "true"},
            missing=self._missing,
        )
        failures = [str(one["reason"]["type"]) for one in told["_shards"].get("failures", ())]
        if any("too_many" in kind for kind in failures):
            return None
        if told["_shards"]["failed"] or not told["valid"]:
            raise self.cluster.unavailable(f"could not look up words in all of the index ({', '.join(failures)})")
        return [part["explanation"] for part in told["explanations"]]

    @cached_property
    def _told(self) -> dict[str, Any]:
        """What every search needs to know, in one answer that the cluster remembers too."""
        averages: Dsl = {name: {"avg": {"field": f"n_{name}"}} for name in ANALYSED}
        body = {"aggs": {**averages, "languages": counting("language", ())}, "track_total_hits": True}
        return self.ask({"size": 0, "query": self.narrowed(), **body})

    @property
    def letters(self) -> int:
        """How many letters there are."""
        total: int = self._told["hits"]["total"]["value"]
        return total

    @cached_property
    def means(self) -> dict[str, float]:
        """The mean number of words of each field that letters have, over those."""
        found = {name: self._told["aggregations"][name]["value"] for name in ANALYSED}
        return {name: value for name, value in found.items() if value is not None}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the letters."""
        return tuple(sorted(self.whole("language", self._told["aggregations"]["languages"], ())))

    def values(self, facet: str) -> dict[str, int]:
        """The values of a facet, with the letters that have each."""
        with self._mutex:
            found = self._facets.get(facet)
        if found is None:
            found = self.tally([facet], {})[facet]
            with self._mutex:
                self._facets[facet] = found
        return found

    def tally(self, facets: Iterable[str], filters: Mapping[str, Sequence[Dsl]]) -> dict[str, dict[str, int]]:
        """The values of some facets with the letters that have each and pass the facet's filters. Exact."""
        names = list(facets)
        found = self.aggregated({name: counting(name, filters.get(name, ())) for name in names})
        return {name: self.whole(name, found[name], filters.get(name, ())) for name in names}

    def whole(
        self, facet: str, answer: Mapping[str, Any], filters: Sequence[Dsl], *, collapse: bool = False
    ) -> dict[str, int]:
        """What `counting` found, and where that is not all, the rest. Filters are those of the query too."""
        told = answer["values"]
        if not told["sum_other_doc_count"] and not told["doc_count_error_upper_bound"]:
            return {bucket["key"]: counted_in(bucket) for bucket in told["buckets"]}
        counts: dict[str, int] = {}
        after: Dsl = {}
        while True:
            source = {"value": {"terms": {"field": f"v_{facet}"}}}
            pages: Dsl = {"composite": {"size": VALUES, "sources": [source], **after}}
            if collapse:
                pages["aggs"] = {"works": WORKS}
            page = self.aggregated({"pages": pages}, *filters)["pages"]
            counts.update((bucket["key"]["value"], counted_in(bucket)) for bucket in page["buckets"])
            if "after_key" not in page:
                return counts
            after = {"after": page["after_key"]}

    def walk(self, body: Mapping[str, Any], *, skip: int, take: int, chunk: int = WINDOW) -> list[dict[str, Any]]:
        """Hits of a sorted search from number `skip` on, however far: from the last one of each answer to the next.

        Args:
            chunk: hits in one answer; those that are skipped bring nothing with them.
        """
        found: list[dict[str, Any]] = []
        passed = 0
        after: Dsl = {}
        while passed < skip + take:
            passing = passed < skip
            size = min(WINDOW, skip - passed) if passing else min(chunk, skip + take - passed)
            page = self.ask({**body, "size": size, **after, **({"_source": False} if passing else {})})["hits"]["hits"]
            passed += len(page)
            if not passing:
                found += page
            if len(page) < size:
                break
            after = {"search_after": page[-1]["sort"]}
        return found


def counting(facet: str, filters: Sequence[Dsl], *, collapse: bool = False) -> Dsl:
    """An aggregation that counts the values of a facet over letters that pass filters, for `View.whole` to read.

    Args:
        collapse: works are counted, not letters.
    """
    values: Dsl = {"terms": {"field": f"v_{facet}", "size": VALUES}}
    if collapse:
        values["aggs"] = {"works": WORKS}
    return {"filter": {"bool": {"filter": list(filters)}}, "aggs": {"values": values}}


def counted_in(bucket: Mapping[str, Any]) -> int:
    """What a bucket counts: works where that was asked for, else letters."""
    count: int = bucket["works"]["value"] if "works" in bucket else bucket["doc_count"]
    return count


def state(cluster: Cluster, index: str) -> State:
    """What a writer has noted of an index.

    Raises:
        ArchiveDamaged: the index is not there, or was not written to its end.
    """
    found = cluster.call(
        "GET", f"/{index}/_doc/{STATE}", params={"_source": "state"}, missing=f"the index {index} is not there"
    )
    return msgspec.convert(found["_source"]["state"], State)
