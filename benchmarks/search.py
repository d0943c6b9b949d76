"""How fast the embedded engine is, beside Tantivy, SQLite's FTS5 and Whoosh as it comes, in one run on one machine.

    python -m benchmarks.search --sizes 10000 --table docs/search-benchmark.md --plot docs/search-benchmark.svg

Every index is made in a process of its own, and every engine is asked in one of its own; questions are put to the
engines in turn, one by one, so that what else the machine does falls on all alike. Times of searches are CPU times of
the process, which other work on the machine changes least; all else is by the clock. Ratios within one run count.

With `--data FOLDER --reuse`, indexes that an earlier run left in the folder are searched again, and not made anew; with
`--results FILE`, the table shows what that file holds of other sizes too.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import platform
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import letters
from benchmarks.search_engines import CONTENDERS, KINDS, Question
from benchmarks.search_report import plot, table

STOCK_LIMIT = 10_000
"""Letters beyond which Whoosh as it comes is left out: it would take most of the time."""
STOCK_QUESTIONS = 3
"""Questions of a kind that Whoosh as it comes is asked: some take it many seconds."""
COLD = 5
CLI_LIMIT = 10_000
"""Letters beyond which no archive is made for the command line: storing them takes longer than indexing."""


def main() -> None:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--engines", nargs="+", default=list(CONTENDERS), choices=list(CONTENDERS))
    parser.add_argument("--questions", type=int, default=30, help="a kind")
    parser.add_argument("--data", type=Path, help="folder for letters and indexes; a temporary one by default")
    parser.add_argument("--table", type=Path, help="Markdown file to write")
    parser.add_argument("--plot", type=Path, help="SVG file to write")
    parser.add_argument("--results", type=Path, help="JSON file to write")
    parser.add_argument("--reuse", action="store_true", help="search the indexes that --data holds already")
    parser.add_argument("--do", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.do:
        _child(*options.do)
        return
    with tempfile.TemporaryDirectory() as temporary:
        data = options.data or Path(temporary)
        data.mkdir(parents=True, exist_ok=True)
        results = json.loads(options.results.read_text()) if options.results and options.results.exists() else []
        for count in options.sizes:
            measured = measure(count, options.engines, data, options.questions, reuse=options.reuse)
            results = sorted(
                [r for r in results if r["letters"] != count] + [measured], key=lambda r: int(r["letters"])
            )
            shown = table(results)  # written after each size: the last may take a quarter of an hour
            if options.table:
                options.table.write_text(shown)
            if options.plot:
                options.plot.write_text(plot(results))
            if options.results:
                options.results.write_text(json.dumps(results, indent=1))
    print(shown)


# --- in processes of their own ---


def _child(what: str, engine: str, folder: str, *more: str) -> None:
    contender = CONTENDERS[engine]()
    if what == "build":
        started = time.perf_counter()
        contender.build(Path(folder), Path(more[0]), int(more[1]))
        seconds = time.perf_counter() - started
        cpu = sum(sum(resource.getrusage(w)[:2]) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        own, children = (resource.getrusage(w).ru_maxrss for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": (own + children * (int(more[1]) - 1)) / 1024}))
    elif what == "archive":
        _archive(Path(folder), Path(more[0]))
    elif what == "once":
        contender.open(Path(folder))
        print(contender.ask(Question(*json.loads(more[0])), full=more[1] == "full").total, flush=True)
    else:
        contender.open(Path(folder))
        for line in sys.stdin:
            question, full = json.loads(line)
            clock, cpu = time.perf_counter(), time.process_time()
            answer = contender.ask(Question(*question), full=full)
            spent = {"cpu": time.process_time() - cpu, "clock": time.perf_counter() - clock}
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(json.dumps({**spent, "answer": answer, "peak": peak}), flush=True)


def _archive(folder: Path, source: Path) -> None:
    """An archive of letters that come with their records, so that none has to be parsed."""
    from itudocs import open_archive
    from itudocs.archive.archive import STORE
    from itudocs.archive.store import Store, StoredLetter

    open_archive(folder, create=True).close()
    with closing(Store(folder / STORE, write=True)) as store, store.transaction():
        for entry in letters.read(source):
            data = entry.text.encode()
            key = hashlib.sha256(data).hexdigest()
            replace = msgspec.structs.replace
            record = replace(entry.record, key=key, source=replace(entry.record.source, sha256=key))
            store.put(StoredLetter.of(key, data, record, entry.text, parser="made up"))
            store.name(record.source.name, key, len(data))
    with open_archive(folder) as archive:
        archive.search("the")


def _start(*arguments: str, **more: Any) -> subprocess.Popen[str]:
    return _run(["-m", "benchmarks.search", "--do", *arguments], stdout=subprocess.PIPE, text=True, **more)


def _run(arguments: list[str], **more: Any) -> subprocess.Popen[Any]:
    root = Path(__file__).parents[1]
    paths = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen([sys.executable, *arguments], cwd=root, env={**environment, "PYTHONPATH": paths}, **more)


def _output(*arguments: str) -> str:
    process = _start(*arguments)
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return out


# --- measuring ---


def questions(source: Path, count: int, *, seed: int = 7) -> list[Question]:
    """`count` questions of each kind, none twice, about words that the letters have."""
    chance = random.Random(seed)
    from itudocs.search.embedded.analysis import stem

    words = letters.Words().words.tolist()
    plain = [w for w in words if len(w) > 3]
    frequent = set(words[:1_000])
    # What is typed wrongly is a word that is its own stem: engines that index stems alone would not find others
    own_stems = [w for w in plain[100:20_000] if len(w) >= 6 and stem(w, "en") == w]
    texts = []
    for i, entry in enumerate(letters.read(source)):
        if i % 7 == 0:
            texts.append(entry.text)
        if len(texts) > 200:
            break
    found: list[Question] = []
    for n in range(count):
        body = re.findall(r"[a-z]{2,}", chance.choice(texts))
        pairs = [(a, b) for a, b in pairwise(body) if a in frequent and b in frequent and (len(a) > 3 or len(b) > 3)]
        typed = chance.choice(own_stems)
        wrong = chance.randrange(1, len(typed))
        first = chance.randrange(1996, 2020)
        found += [
            Question("common", (plain[20 + 5 * n],)),
            Question("rare", (chance.choice(plain[5_000:30_000]),)),
            Question("and", tuple(chance.sample(plain[20:1_500], 2))),
            Question("or", tuple(chance.sample(plain[50:5_000], 3))),
            Question("phrase", chance.choice(pairs)),
            Question("prefix", (chance.choice(plain[100:10_000])[: chance.choice((4, 5))],)),
            Question("fuzzy", (typed[:wrong] + chance.choice("aeinrst") + typed[wrong + 1 :],)),
            Question("filter", (chance.choice(plain[20:500]),), chance.choice(("TSB", "BR", "BDT")), first, first + 3),
        ]
    return found


def measure(count: int, engines: list[str], data: Path, each: int, *, reuse: bool) -> dict[str, Any]:
    """All figures for one number of letters."""
    source = data / f"letters-{count}.bin"
    size = letters.write(source, count)
    engines = [e for e in engines if e != "whoosh" or count <= STOCK_LIMIT]
    result: dict[str, Any] = {
        "letters": count, "text": size, "date": f"{dt.date.today():%Y-%m-%d}", "questions": each, "machine": machine(),
        "engines": {e: {} for e in engines},
    }  # fmt: skip
    for engine in engines:
        for workers in (1, 2):
            if workers == 2 and engine in ("fts5", "whoosh"):
                continue
            result["engines"][engine][f"build{workers}"] = _build(engine, count, workers, data, size, reuse=reuse)
    folders = {e: data / f"{e}-{count}-{2 if e in ('ours', 'tantivy') else 1}" for e in engines}
    asked = questions(source, each)
    for engine in engines:
        for how in ("plain", "full"):
            result["engines"][engine][f"cold {how}"] = _cold(
                ["-m", "benchmarks.search", "--do", "once", engine, str(folders[engine]), json.dumps(question), how]
                for question in asked[:COLD]
            )
    if "ours" in engines and count <= CLI_LIMIT:
        folder = data / f"archive-{count}"
        if not (reuse and folder.exists()):
            shutil.rmtree(folder, ignore_errors=True)
            _output("archive", "ours", str(folder), str(source))
        result["cli"] = _cold(
            ["-m", "itudocs", "search", question.words[0], "--archive", str(folder)] for question in asked[:COLD]
        )
    _search(result, folders, asked)
    return result


def _build(engine: str, count: int, workers: int, data: Path, size: int, *, reuse: bool) -> dict[str, Any]:
    folder = data / f"{engine}-{count}-{workers}"
    noted = folder.with_suffix(".json")
    if reuse and folder.exists() and noted.exists():
        known: dict[str, Any] = json.loads(noted.read_text())
        return known
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    made = json.loads(_output("build", engine, str(folder), str(data / f"letters-{count}.bin"), str(workers)))
    stored = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    found = {
        "rate": count / made["seconds"], "cpu": 1000 * made["cpu"] / count, "peak": made["peak"], "size": stored / size,
        "date": f"{dt.date.today():%Y-%m-%d}",
    }  # fmt: skip
    noted.write_text(json.dumps(found))
    print(f"{count} letters, {engine}, {workers} workers: {count / made['seconds']:.0f} a second", file=sys.stderr)
    return found


def _cold(commands: Iterable[list[str]]) -> float:
    """From process start to process end, in seconds: the median, after one that may have to compile modules."""
    times = []
    for n, command in enumerate(commands):
        for _ in range(2 if not n else 1):
            started = time.perf_counter()
            _run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait()
            took = time.perf_counter() - started
        times.append(took)
    return statistics.median(times)


def machine() -> str:
    """What the figures were measured on and with."""
    versions = ", ".join(f"{p} {metadata.version(p)}" for p in ("tantivy", "whoosh3", "numpy"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores and {memory:.0f} GB, Python {platform.python_version()}; {versions}"


def _search(result: dict[str, Any], folders: dict[str, Path], asked: list[Question]) -> None:
    servers = {e: _start("serve", e, str(f), stdin=subprocess.PIPE) for e, f in folders.items()}
    times: dict[str, dict[str, list[float]]] = {e: {} for e in folders}
    totals: dict[str, list[int]] = {e: [] for e in folders}

    def ask(engine: str, question: Question, full: bool) -> dict[str, Any]:
        server = servers[engine]
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps([question, full]) + "\n")
        server.stdin.flush()
        answer: dict[str, Any] = json.loads(server.stdout.readline())
        return answer

    try:
        for full in (True, False):
            for warm in (
                Question("common", ("the",)),
                Question("fuzzy", ("recomendation",)),
                Question("phrase", ("of", "the")),
            ):
                for engine in servers:
                    ask(engine, warm, full)
            for n, question in enumerate(asked):
                turn = n % len(servers)  # whoever comes after a slow engine finds caches cold: each in its turn
                for engine in [*list(servers)[turn:], *list(servers)[:turn]]:
                    if engine == "whoosh" and n >= STOCK_QUESTIONS * len(KINDS):
                        continue
                    answer = ask(engine, question, full)
                    if answer["answer"][0] >= 0:
                        kind = f"{question.kind} {'full' if full else 'plain'}"
                        times[engine].setdefault(kind, []).append(answer["cpu"] * 1000)
                    totals[engine].append(answer["answer"][0])
                    result["engines"][engine]["peak"] = answer["peak"]
    finally:
        for server in servers.values():
            server.kill()
            server.wait()
    for engine, kinds in times.items():
        figures = {k: {"median": statistics.median(v), "p95": _p95(v)} for k, v in kinds.items()}
        for how in ("full", "plain"):
            every = [t for k, v in kinds.items() if k.endswith(how) for t in v]
            figures[f"all {how}"] = {"median": statistics.median(every), "p95": _p95(every)}
        result["engines"][engine]["search"] = figures
        result["engines"][engine]["matches"] = statistics.mean(totals[engine])


def _p95(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, round(0.95 * (len(times) - 1)))]


if __name__ == "__main__":
    main()
