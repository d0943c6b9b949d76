"""How fast the embedded engine is, beside Tantivy, SQLite's FTS5 and Whoosh as it comes, in one run on one machine.

    python -m benchmarks.search --sizes 10000 --table docs/search-benchmark.md --plot docs/search-benchmark.svg

Every index is made in a process of its own, and every engine is asked in one of its own; questions are put to the
engines in turn, one by one, so that what else the machine does falls on all alike. Times of searches are CPU times of
the process, which other work on the machine changes least; all else is by the clock. Ratios within one run count.
"""

from __future__ import annotations

import argparse
import datetime as dt
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
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import letters
from benchmarks.search_engines import CONTENDERS, KINDS, Question

NAMES = {"ours": "itudocs", "tantivy": "Tantivy", "fts5": "SQLite FTS5", "whoosh": "Whoosh"}
STOCK_LIMIT = 10_000
"""Letters beyond which Whoosh as it comes is left out: it would take most of the time."""
STOCK_QUESTIONS = 3
"""Questions of a kind that Whoosh as it comes is asked: some take it many seconds."""
COLD = 5


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
    parser.add_argument("--do", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.do:
        _child(*options.do)
        return
    with tempfile.TemporaryDirectory() as temporary:
        data = options.data or Path(temporary)
        data.mkdir(parents=True, exist_ok=True)
        results = []
        for count in options.sizes:
            results.append(measure(count, options.engines, data, options.questions))
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
        print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": (own + children * int(more[1])) / 1024}))
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


def _start(*arguments: str, **more: Any) -> subprocess.Popen[str]:
    root = Path(__file__).parents[1]
    paths = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.search", "--do", *arguments], cwd=root, env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE, text=True, **more,
    )  # fmt: skip


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


def measure(count: int, engines: list[str], data: Path, each: int) -> dict[str, Any]:
    """All figures for one number of letters."""
    source = data / f"letters-{count}.bin"
    size = letters.write(source, count)
    engines = [e for e in engines if e != "whoosh" or count <= STOCK_LIMIT]
    result: dict[str, Any] = {"letters": count, "text": size, "engines": {e: {} for e in engines}}
    for engine in engines:
        for workers in (1, 2):
            if workers == 2 and engine in ("fts5", "whoosh"):
                continue
            folder = data / f"{engine}-{count}-{workers}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            made = json.loads(_output("build", engine, str(folder), str(source), str(workers)))
            stored = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
            result["engines"][engine][f"build{workers}"] = {
                "rate": count / made["seconds"], "cpu": 1000 * made["cpu"] / count, "peak": made["peak"], "size": stored / size,
            }  # fmt: skip
            print(
                f"{count} letters, {engine}, {workers} workers: {count / made['seconds']:.0f} a second", file=sys.stderr
            )
    folders = {e: data / f"{e}-{count}-{2 if e in ('ours', 'tantivy') else 1}" for e in engines}
    asked = questions(source, each)
    for engine in engines:
        for how in ("plain", "full"):
            times = []
            for question in asked[:COLD]:
                started = time.perf_counter()
                _output("once", engine, str(folders[engine]), json.dumps(question), how)
                times.append(time.perf_counter() - started)
            result["engines"][engine][f"cold {how}"] = statistics.median(times)
    _search(result, folders, asked)
    return result


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


# --- showing ---


def table(results: list[dict[str, Any]]) -> str:
    """The figures in Markdown."""
    versions = ", ".join(f"{p} {metadata.version(p)}" for p in ("tantivy", "whoosh3", "numpy"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = [
        "# How fast searching is",
        "",
        f"Measured {dt.date.today():%Y-%m-%d} by `benchmarks/search.py` on {os.cpu_count()} cores and {memory:.0f} GB, Python "
        f"{platform.python_version()}; {versions}, SQLite of the standard library. Letters are made up, about "
        f"{letters.WORDS} words each. Searches are asked in turn, one engine after the other; times are CPU milliseconds, "
        "median and 95th percentile. “Full” means with four facets and ten snippets.",
    ]
    for result in results:
        engines = result["engines"]
        lines += ["", f"## {result['letters']:,} letters, {result['text'] / 2**20:.0f} MB of text", ""]
        lines += [f"| | {' | '.join(NAMES[e] for e in engines)} |", "|---|" + "---:|" * len(engines)]

        def row(label: str, cells: list[str]) -> None:
            lines.append(f"| {label} | {' | '.join(cells)} |")  # noqa: B023  # used within its turn

        for workers in (1, 2):
            key = f"build{workers}"
            row(
                f"letters a second, {workers} process{'es' * (workers > 1)}",
                [_cell(e.get(key), "rate", "{:,.0f}") for e in engines.values()],
            )
        row("CPU ms a letter, 1 process", [_cell(e.get("build1"), "cpu", "{:.2f}") for e in engines.values()])
        row("index / text", [_cell(e.get("build1"), "size", "{:.2f}") for e in engines.values()])
        row("peak memory while indexing, MB", [_cell(e.get("build1"), "peak", "{:,.0f}") for e in engines.values()])
        row("peak memory while searching, MB", [f"{e['peak']:,.0f}" for e in engines.values()])
        for how in ("plain", "full"):
            row(f"from process start to the result, {how}, s", [f"{e[f'cold {how}']:.2f}" for e in engines.values()])
        for how in ("full", "plain"):
            for kind in (*KINDS, "all"):
                found = [e["search"].get(f"{kind} {how}") for e in engines.values()]
                row(f"{kind}, {how}", [f"{f['median']:.1f} / {f['p95']:.1f}" if f else "–" for f in found])
        if "tantivy" in engines:
            lines += ["", f"Multiples of Tantivy: {_ratios(result)}."]
    return "\n".join(lines) + "\n"


def _cell(figures: dict[str, float] | None, name: str, shape: str) -> str:
    return shape.format(figures[name]) if figures else "–"


def _ratios(result: dict[str, Any]) -> str:
    ours, theirs = (result["engines"][e] for e in ("ours", "tantivy"))
    parts = [
        f"{k} {ours['search'][f'{k} full']['median'] / theirs['search'][f'{k} full']['median']:.2f}" for k in KINDS
    ]
    whole = [ours["search"]["all full"][m] / theirs["search"]["all full"][m] for m in ("median", "p95")]
    return (
        f"full searches {whole[0]:.2f} (median) and {whole[1]:.2f} (95th percentile) over all kinds; {', '.join(parts)}; "
        f"memory while searching {ours['peak'] / theirs['peak']:.2f}; letters a second "
        f"{ours['build1']['rate'] / theirs['build1']['rate']:.2f} with one process, "
        f"{ours['build2']['rate'] / theirs['build2']['rate']:.2f} with two; our two are "
        f"{ours['build2']['rate'] / ours['build1']['rate']:.2f} times our one"
    )


_COLOURS = {"ours": "#1f6fb4", "tantivy": "#e07b00", "fts5": "#6a9f58", "whoosh": "#a0a0a0"}


def plot(results: list[dict[str, Any]]) -> str:
    """Full searches by kind as bars on a logarithmic scale, a panel a size."""
    width, panel, left, bottom = 860, 300, 60, 40
    top = max(f["median"] for r in results for e in r["engines"].values() for f in e["search"].values())
    low = min(
        f["median"] for r in results for e in r["engines"].values() for k, f in e["search"].items() if "full" in k
    )
    import math

    floor, ceiling = math.floor(math.log10(low)), math.ceil(math.log10(top))
    height = panel * len(results) + 30
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">'
    ]
    out.append(f'<rect width="{width}" height="{height}" fill="white"/>')

    def y(base: int, value: float) -> float:
        share = (math.log10(value) - floor) / (ceiling - floor)
        return base + panel - bottom - share * (panel - bottom - 40)

    for n, result in enumerate(results):
        base = n * panel
        title = f"{result['letters']:,} letters: a search with four facets and ten snippets, CPU ms (median)"
        out.append(f'<text x="{left}" y="{base + 24}" font-weight="bold">{title}</text>')
        for power in range(floor, ceiling + 1):
            line = y(base, 10.0**power)
            out.append(f'<line x1="{left}" x2="{width - 10}" y1="{line:.1f}" y2="{line:.1f}" stroke="#ddd"/>')
            out.append(f'<text x="{left - 8}" y="{line + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
        step = (width - left - 10) / len(KINDS)
        for k, kind in enumerate(KINDS):
            engines = [e for e in result["engines"] if f"{kind} full" in result["engines"][e]["search"]]
            bar = step * 0.8 / len(result["engines"])
            for i, engine in enumerate(engines):
                value = result["engines"][engine]["search"][f"{kind} full"]["median"]
                x, at = left + k * step + i * bar + step * 0.1, y(base, value)
                out.append(
                    f'<rect x="{x:.1f}" y="{at:.1f}" width="{bar - 2:.1f}" height="{base + panel - bottom - at:.1f}" '
                    f'fill="{_COLOURS[engine]}"><title>{NAMES[engine]}, {kind}: {value:.2f} ms</title></rect>'
                )
            middle = left + (k + 0.5) * step
            out.append(f'<text x="{middle:.1f}" y="{base + panel - bottom + 16}" text-anchor="middle">{kind}</text>')
    for i, engine in enumerate(dict.fromkeys(e for r in results for e in r["engines"])):
        x = left + i * 130
        out.append(f'<rect x="{x}" y="{height - 22}" width="12" height="12" fill="{_COLOURS[engine]}"/>')
        out.append(f'<text x="{x + 18}" y="{height - 12}">{NAMES[engine]}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


if __name__ == "__main__":
    main()
