"""What an index on OpenSearch costs and how it differs from the embedded one: three nodes on this machine, one client.

Run it with `make bench-opensearch`; it writes `docs/opensearch-benchmark.md`. Nodes and client share the processors, so that
rates are those of a machine that does everything; what a letter costs a client or takes on disk is what can be carried
over to a larger cluster.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median, quantiles
from typing import NamedTuple

from benchmarks.letters import letters
from itudocs.errors import QueryError
from itudocs.search.embedded import WhooshEngine
from itudocs.search.engine import Entry, Request, Searcher
from itudocs.search.opensearch import OpenSearchEngine, address
from itudocs.search.opensearch.documents import document
from itudocs.search.opensearch.writing import read_pointer
from itudocs.search.query import parse_query
from tests.cluster.nodes import HEAP, NODES, Nodes, why_not
from tests.cluster.same_queries import Asked, queries, tau

FACETS = ("bureau", "series", "year", "language")
QUERIES = 200
UPDATED = 100
CLOCK = "by the clock: "
"""Begins what a machine that does other things too cannot tell."""


class Timed(NamedTuple):
    """Seconds by the clock, of this process's processor time, and of the nodes'."""

    seconds: float
    own: float
    nodes: float


def timed(do: object, nodes: Nodes) -> Timed:
    """How long something takes."""
    assert callable(do)
    clock, own, theirs = time.perf_counter(), time.process_time(), nodes.cpu()
    do()
    return Timed(time.perf_counter() - clock, time.process_time() - own, nodes.cpu() - theirs)


def request(asked: Asked, **options: object) -> Request:
    return Request(query=parse_query(asked.query), filters=asked.filters, **options)  # type: ignore[arg-type]


def latencies(searcher: Searcher, some: Sequence[Asked]) -> list[float]:
    """Milliseconds of a page of ten with four facets and snippets, for each query that is answered."""
    found = []
    for asked in some:
        began = time.perf_counter()
        try:
            searcher.search(request(asked, facets=FACETS))
        except QueryError:
            continue
        found.append((time.perf_counter() - began) * 1000)
    return found


def orders(
    one: Searcher, other: Searcher, some: Sequence[Asked], *, depth: int = 100
) -> tuple[list[float], list[float]]:
    """Kendall's tau of the first letters that both list, and how many of the first ten both list, query by query."""
    taus, tops = [], []
    for asked in some:
        try:
            keys, others = (
                [h.key for h in s.search(request(asked, limit=depth, snippets=0)).hits] for s in (one, other)
            )
        except QueryError:
            continue
        both = set(keys) & set(others)
        if len(keys) > 1 and both:
            taus.append(tau([k for k in keys if k in both], [k for k in others if k in both]))
            tops.append(len(set(keys[:10]) & set(others[:10])) / min(10, len(keys)))
    return taus, tops


def table(nodes: Nodes, place: Path, count: int) -> list[tuple[str, str]]:
    """What is measured, line by line."""
    some: list[Entry] = list(letters(count))
    text = sum(len(letter.text.encode()) for letter in some)
    embedded, cluster = place / "embedded", place / "cluster"
    for folder in (embedded, cluster):
        folder.mkdir()
    engine = OpenSearchEngine(address(nodes.address("benchmark", place / "store", shards=NODES)), owner="benchmark")
    ours = timed(lambda: WhooshEngine().update(embedded, add=some, remove=()), nodes)
    analysed = timed(lambda: [document(letter, born=1) for letter in some], nodes)
    loaded = timed(lambda: engine.update(cluster, add=some, remove=()), nodes)
    pointer = read_pointer(cluster)
    assert pointer is not None
    nodes.ask(f"/{pointer.index}/_flush")
    told = nodes.ask(f"/{pointer.index}/_stats/store")["_all"]
    primaries, whole = (told[kind]["store"]["size_in_bytes"] for kind in ("primaries", "total"))
    files = nodes.ask(f"/{pointer.index}/_stats/segments?include_segment_file_sizes=true")["_all"]["primaries"]
    documents = files["segments"]["file_sizes"]["fdt"]["size_in_bytes"]
    asked = queries(some, QUERIES)
    one, other = WhooshEngine().open(embedded), engine.open(cluster)
    for searcher in (one, other):
        latencies(searcher, asked[:40])  # warm
    quick = latencies(one, asked)
    slow: list[float] = []
    searched = timed(lambda: slow.extend(latencies(other, asked)), nodes)
    taus, tops = orders(one, other, asked)
    changed = [Entry(record=e.record, text=e.text + "\namended") for e in some[:UPDATED]]
    updated = timed(lambda: engine.update(cluster, add=changed, remove=()), nodes)
    nodes.kill(nodes.manager())
    began = time.perf_counter()
    assert other.search(Request(query=parse_query("the"), facets=FACETS)).total
    down = time.perf_counter() - began

    def spread(values: list[float]) -> str:
        return f"{median(values):.0f} / {quantiles(values, n=20)[-1]:.0f}"

    size = text / count
    return [
        ("letters, and kilobytes of text in each", f"{count:,}, {size / 1000:.1f}"),
        (f"{CLOCK}letters a second, cluster", f"{count / loaded.seconds:,.0f}"),
        (f"{CLOCK}letters a second, embedded engine, one process", f"{count / ours.seconds:,.0f}"),
        (
            "CPU ms a letter, client (of that, analysis)",
            f"{1000 * loaded.own / count:.2f} ({1000 * analysed.own / count:.2f})",
        ),
        ("CPU ms a letter, nodes together, both copies", f"{1000 * loaded.nodes / count:.2f}"),
        ("CPU ms a letter, embedded engine", f"{1000 * ours.own / count:.2f}"),
        ("index / text, primary copies", f"{primaries / text:.2f}"),
        ("of that, documents as they are kept and as they were sent", f"{documents / primaries:.0%}"),
        ("index / text, with one replica", f"{whole / text:.2f}"),
        (f"{CLOCK}a change of {UPDATED} letters until it can be searched, s", f"{updated.seconds:.2f}"),
        (f"{CLOCK}a search with four facets and ten snippets, ms, cluster (median / 95th percentile)", spread(slow)),
        (f"{CLOCK}the same, embedded engine", spread(quick)),
        (
            "a search with four facets and ten snippets, CPU ms, client and nodes, mean",
            f"{1000 * searched.own / len(slow):.0f} and {1000 * searched.nodes / len(slow):.0f}",
        ),
        (f"{CLOCK}the first answer after a node was killed, s", f"{down:.2f}"),
        (
            "order of the first 100, Kendall's tau to the embedded engine's, mean / least",
            f"{mean(taus):.4f} / {min(taus):.2f}",
        ),
        (f"orders that are the same, of {len(taus)}", f"{sum(t == 1.0 for t in taus)}"),
        ("letters that both have among the first ten, mean", f"{mean(tops):.2%}"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--cpu", action="store_true", help="leave out times by the clock: the machine is busy")
    options = parser.parse_args()
    reason = why_not()
    if reason:
        sys.exit(reason)
    with tempfile.TemporaryDirectory() as place:
        nodes = Nodes(Path(place) / "nodes")
        try:
            nodes.start()
            lines = table(nodes, Path(place), options.letters)
        finally:
            nodes.stop()
    if options.cpu:
        lines = [line for line in lines if not line[0].startswith(CLOCK)]
    cores, memory = os.cpu_count(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    page = [
        "# An index on OpenSearch, measured",
        "",
        f"By `benchmarks/opensearch.py` on {dt.date.today()}: {NODES} nodes of OpenSearch 2.19.1 with heaps of {HEAP}, {NODES} "
        f"shards and one replica, all on one machine with {cores} cores and {memory:.0f} GB beside the client (Python "
        f"{platform.python_version()}). Letters are made up, as for search-benchmark.md; the queries are {QUERIES} of the kinds that "
        "the tests ask both engines (`tests/cluster/same_queries.py`). CPU is the time of processors.",
        "",
        "| | |",
        "|---|---:|",
        *(f"| {name} | {value} |" for name, value in lines),
    ]
    print("\n".join(page))
    if options.output:
        options.output.write_text("\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
