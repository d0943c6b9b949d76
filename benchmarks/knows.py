"""How fast an archive knows what its letters say of each other: graph, gaps and versions over made-up letters.

    python -m benchmarks.knows --letters 100000

The letters are records of the corpus with other numbers, dates and citations, so that they are as large as real ones;
their runs have holes, misread dates, chains of supplements and replacements, and versions in several languages. Prints
a table: seconds to build from an archive on disk, milliseconds to ask, memory. Times are the processor's.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec

from itudocs import Archive, open_archive, parse_documents
from itudocs.archive.store import Store, StoredLetter
from itudocs.model import Circular, Citation, Evidence, Failure, Relation
from itudocs.reading import Document

CORPUS = Path(__file__).parent.parent / "corpus" / "open"
RUNS = (
    *((f"tsb-circular/{p}/*", "tsb-circular", y, 4, "TSB Circular {n}") for p, y in (("1997-2000", 1997), ("2001-2004", 2001), ("2005-2008", 2005), ("2009-2012", 2009), ("2013-2016", 2013), ("2017-2021", 2017))),
    *((f"dm/{y}/*", "dm", y, 1, "DM-{n}") for y in range(1997, 2021)),
    ("cr/*", "cr", 1994, 27, "CR/{n}"), ("cace/*", "cace", 1998, 23, "CACE/{n}"), ("ca/*", "ca", 1994, 27, "CA/{n}"),
    *((f"lcce/{g}/*", "lcce", 1996, 25, f"{g}/LCCE/{{n}}") for g in range(1, 10)),
)  # fmt: skip
LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh")


def templates() -> list[Circular]:
    """Records of the corpus, for their size."""
    documents = [Document(name=p.name, data=p.read_bytes()) for p in sorted(CORPUS.glob("*.txt"))]
    found = (answer for answer in parse_documents(documents) if not isinstance(answer, Failure))
    return [answer.record for answer in found]


def letters(count: int, *, seed: int = 5) -> Iterator[Circular]:
    """So many records, the same for the same seed."""
    chance = random.Random(seed)
    moulds = templates()
    made = 0
    before: list[tuple[str, str, dt.date]] = []
    each = count // 2 // len(RUNS) + 2  # two versions a work, on average
    for place in range(each):
        for form, series, year, years, words in RUNS:
            n = place + (1001 if series == "dm" else 1)
            if chance.random() < 0.02:
                continue  # a hole
            ident = form.replace("*", str(n))
            day = dt.date(year, 1, 1) + dt.timedelta(
                days=int((place + 1) / each * (years * 365 - 40)) + chance.randint(0, 3)
            )
            if chance.random() < 0.001:
                day = day.replace(year=max(1993, day.year - 2))  # misread
            ref = words.format(n=n)
            if place and chance.random() < 0.04:
                ident += f"/{chance.choice(('cor', 'add', 'rev'))}1"
            cited = [chance.choice(before) for _ in range(chance.randint(0, 3))] if before else []
            for language in LANGUAGES[: chance.choice((1, 1, 1, 1, 3, 6))]:
                if made == count:
                    return
                printed = day + dt.timedelta(days=7 * (language != "en" and chance.random() < 0.002))  # signed later
                yield _record(chance.choice(moulds), made, ident, series, ref, printed, language, cited)
                made += 1
            before.append((ident, ref, day))
    if made < count:
        yield from letters_more(count - made, made, moulds, chance, before)


_RELATIONS: tuple[Relation | None, ...] = ("replaces", "answers", None, None, None)


def letters_more(
    count: int, made: int, moulds: list[Circular], chance: random.Random, before: list[tuple[str, str, dt.date]]
) -> Iterator[Circular]:
    """What is missing to the number asked for: BDT circulars that cite what came before."""
    for n in range(count):
        day = dt.date(2021, 1, 1) + dt.timedelta(days=n * 300 // count)
        cited = [chance.choice(before)]
        yield _record(
            chance.choice(moulds), made + n, f"bdt/2021/{n + 1}", "bdt", f"Circular BDT/{n + 1}", day, "en", cited
        )


def _record(
    mould: Circular, made: int, ident: str, series: str, ref: str, day: dt.date, language: str,
    cited: list[tuple[str, str, dt.date]],
) -> Circular:  # fmt: skip
    key = hashlib.sha256(f"letter {made}".encode()).hexdigest()
    evidence = {path: pieces for path, pieces in mould.evidence.items() if not path.startswith("citations/")}
    others = [c for c in mould.citations if c.kind not in ("circular", "letter")]
    citations = [*others]
    for k, (target, words, written) in enumerate(cited):
        dated = made % 5 != k
        relation = _RELATIONS[made % 5] if not k else None
        text = f"{words} of {written:%-d %B %Y}" if dated else words
        citations.append(
            Citation(
                text=text,
                kind="circular",
                id=target if dated else None,
                date=written if dated else None,
                relation=relation,
            )
        )
    for k, citation in enumerate(citations):
        piece = (Evidence(start=1000 + 90 * k, end=1030 + 90 * k, quote=citation.text, rule="ref.tsb-circular.en"),)
        evidence[f"citations/{k}/text"] = piece
        if citation.id:
            evidence[f"citations/{k}/id"] = evidence[f"citations/{k}/date"] = piece
        if citation.relation:
            evidence[f"citations/{k}/relation"] = piece
    return msgspec.structs.replace(
        mould, key=key, id=ident, ids=(ident,), series=series, ref=ref, refs=(ref,), date=day, language=language,
        citations=tuple(citations), evidence=evidence,
    )  # fmt: skip


def fill(folder: Path, count: int) -> None:
    """An archive of so many letters, written past the parser."""
    open_archive(folder, create=True).close()
    with closing(Store(folder / "archive.db", write=True)) as store:
        batch: list[StoredLetter] = []
        for record in letters(count):
            data = record.key.encode()
            batch.append(
                StoredLetter(
                    key=record.key, ids=record.ids, record=record.to_json(), text=b"", data=data, parser="made-up"
                )
            )
            if len(batch) == 2000:
                _write(store, batch)
                batch = []
        _write(store, batch)


def _write(store: Store, batch: list[StoredLetter]) -> None:
    with store.transaction():
        for letter in batch:
            store.put(letter)
            store.name(f"{letter.key}.txt", letter.key, len(letter.data))


def memory() -> float:
    """Megabytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def took(action: Callable[[], object]) -> float:
    """Seconds of the processor, which others may be using too."""
    began = time.process_time()
    action()
    return time.process_time() - began


def seconds(action: Callable[[], object]) -> str:
    """Seconds, on the clock too."""
    began = time.perf_counter()
    spent = took(action)
    return f"{spent:.2f} s ({time.perf_counter() - began:.2f} s on the clock)"


def middle_and_worst(actions: list[Callable[[], object]]) -> str:
    """Milliseconds a question."""
    spent = [took(action) * 1000 for action in actions]
    return f"{statistics.median(spent):.2f} ms, worst {max(spent):.1f} ms"


def measure(archive: Archive, *, search: bool) -> Iterator[tuple[str, str]]:
    """What to print, row by row."""
    yield "letters", f"{len(archive):,}"
    yield "store", f"{(archive.folder / 'archive.db').stat().st_size / 1e6:,.0f} MB"
    before = memory()
    yield "build the graph", seconds(archive.graph)
    graph = archive.graph()
    yield "work out the gaps", seconds(archive.gaps)
    gaps = archive.gaps()
    yield "memory of both", f"{memory() - before:.0f} MB"
    yield "works, edges", f"{len(graph):,}, {sum(1 for _ in graph.edges):,}"
    yield "unresolved", f"{len(graph.unresolved()):,}"
    found = (sum(h.count for h in gaps.holes), len(gaps.absent), len(gaps.misdated), len(gaps.conflicts))
    yield "missing, absent, misdated, conflicts", ", ".join(f"{n:,}" for n in found)
    chance = random.Random(1)
    some = chance.sample([w.id for w in graph.works if w.held], 500)
    day = dt.date(2010, 1, 1)
    questions: dict[str, Callable[[str], object]] = {
        "cites": graph.cites,
        "cited by": graph.cited_by,
        "status on a day": lambda ident: graph.status(ident, on=day),
        "neighbourhood, depth 2": lambda ident: graph.neighbourhood(ident, depth=2),
        "found by digits of its key": lambda ident: graph.resolve(graph.work(ident).versions[0].key[:12]),
        "found by its reference": lambda ident: ident in graph,
        "gaps of its series": lambda ident: archive.gaps(ident.split("/")[0]),
        "differences of its versions": lambda ident: list(archive.differences(ident)),
    }
    for name, ask in questions.items():
        yield name, middle_and_worst([partial(ask, ident) for ident in some])
    yield "all unresolved", f"{took(graph.unresolved) * 1000:.0f} ms"
    yield "all gaps", f"{took(archive.gaps) * 1000:.0f} ms"
    if search:
        facets = ("bureau", "series", "language", "year", "group")
        for query in ("", "language:en", "geneva"):
            for collapse in (False, True):
                ask_all = partial(archive.search, query, facets=facets, collapse=collapse, snippets=0)
                first, again = took(ask_all), statistics.median(took(ask_all) for _ in range(5))
                name = f"search {query or 'everything'}{', one hit a work' if collapse else ''}"
                yield name, f"{again * 1000:.1f} ms, the first time {first * 1000:.0f} ms"


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--letters", type=int, default=100_000)
    arguments.add_argument("--archive", type=Path, help="an archive to keep, and to use again")
    arguments.add_argument("--search", action="store_true", help="index it, and measure searching for works too")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.archive or Path(scratch) / "a"
        if not (folder / "archive.db").exists():
            print(f"filling takes {took(lambda: fill(folder, chosen.letters)):.0f} s")
        with open_archive(folder) as archive:
            for name, value in measure(archive, search=chosen.search):
                print(f"{name:<38}  {value}", flush=True)


if __name__ == "__main__":
    main()
