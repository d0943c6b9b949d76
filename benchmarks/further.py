"""What the rest of searching costs: suggestions, likeness, completion, late pages, on an index of made-up letters.

    python -m benchmarks.further --letters 10000

Prints a table of medians and the slowest of many, in milliseconds of processor time, each asked for the first time in
the process.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from benchmarks import letters
from itudocs.search.embedded import WhooshEngine
from itudocs.search.engine import Entry, Request, Searcher, Sort
from itudocs.search.query import parse_query

SORTS: tuple[Sort, ...] = ("relevance", "-date", "ref")


def misprinted(words: list[str], chance: random.Random) -> Iterator[str]:
    """Words with one letter changed."""
    for word in words:
        at = chance.randrange(len(word))
        yield word[:at] + chance.choice("qxyz") + word[at + 1 :]


def suggestion(searcher: Searcher, query: str) -> Callable[[], object]:
    """The time beyond that of the search itself is what a suggestion costs; a search that finds nothing takes 0.3 ms."""
    return lambda: searcher.search(Request(query=parse_query(query), suggestions=3, snippets=0))


def page(searcher: Searcher, query: str | None, sort: Sort, offset: int) -> Callable[[], object]:
    request = Request(query=parse_query(query) if query else None, sort=sort, offset=offset, limit=20)
    return lambda: searcher.search(request)


def questions(searcher: Searcher, sample: list[Entry], count: int) -> Iterator[tuple[str, list[Callable[[], object]]]]:
    """Kinds of questions, each with what to time."""
    chance = random.Random(5)
    texts = [e.text.split() for e in sample]
    words = [chance.choice([w for w in text if w.isalpha() and len(w) > 4]) for text in texts]
    yield "did you mean: words", [suggestion(searcher, w) for w in misprinted(words, chance)]
    refs = [f"CR/{chance.randrange(count)}x" for _ in sample]
    yield "did you mean: references", [suggestion(searcher, ref) for ref in refs]
    yield "did you mean: values", [suggestion(searcher, f"series:seri-{chance.randrange(30)}") for _ in sample]
    yield "more like this", [partial(searcher.like, e, limit=10, reasons=5) for e in sample]
    yield "complete: words", [partial(searcher.complete, w[:3].lower(), limit=10) for w in words]
    yield "complete: values", [partial(searcher.complete, f"{w} bureau:", limit=10) for w in words]
    for query, said in (("the", "a common word"), (None, "everything")):
        total = searcher.search(Request(query=parse_query(query) if query else None, limit=0)).total
        for sort in SORTS:
            for name, offset in (("first", 0), ("last", total - 20)):
                yield f"{said} by {sort}: {name} page", [page(searcher, query, sort, offset)] * 20


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--letters", type=int, default=10_000)
    arguments.add_argument("--index", type=Path, help="an index of these letters, made before")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = asked.index or Path(made)
        if asked.index is None:
            WhooshEngine().update(folder, add=letters.letters(asked.letters), remove=())
        searcher = WhooshEngine().open(folder)
        searcher.search(Request(query=parse_query("the OR tehs~1"), facets=("bureau",)))  # what any search loads
        sample = list(islice(letters.letters(400), 0, 400, 10))
        print(f"| {asked.letters:,} letters | median ms | slowest ms |\n|---|---|---|")
        for kind, actions in questions(searcher, sample, asked.letters):
            times = []
            for action in actions:
                began = time.process_time()
                action()
                times.append(1000 * (time.process_time() - began))
            print(f"| {kind} | {statistics.median(times):.1f} | {max(times):.1f} |", flush=True)
        searcher.close()


if __name__ == "__main__":
    main()
