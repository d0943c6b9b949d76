"""How fast the page is, and how it bears many readers and hostile ones: a real server on loopback, asked from elsewhere.

    python -m benchmarks.web                                   # a table on stdout
    python -m benchmarks.web --output docs/web-benchmark.md    # and in the documentation

The letters are those of `benchmarks.letters`, the questions those of `benchmarks.search`, as addresses of the search page
with all its facets. The server is `itudocs serve` in a process of its own, the readers are in another. Times are the
server's processor time, which what else the machine does changes least, and the clock of a reader, from the request to the
last byte; pages are compressed, as browsers ask for it.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import gzip
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

from benchmarks import letters
from benchmarks.search import questions
from benchmarks.web_hostile import HOSTILE
from itudocs.web.settings import Settings

READERS = 50
SECONDS = 60
ROOT = Path(__file__).parents[1]


class Answer(NamedTuple):
    """What came back: the status, the bytes as they travelled, what they hold, and seconds."""

    status: int
    size: int
    content: bytes
    took: float


class Reader:
    """A browser's connection: HTTP/1.1, kept open, taking gzip."""

    def __init__(self, address: str) -> None:
        self.where = urlsplit(address)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        began = time.perf_counter()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.where.hostname, self.where.port, limit=1 << 20)
        reader, writer = self._streams
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {self.where.netloc}\r\nAccept-Encoding: gzip\r\n"
            f"Accept: text/html\r\nSec-Fetch-Site: same-origin\r\n\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = re.search(r"\r\ncontent-length: (\d+)", head)
        body = await reader.readexactly(int(length[1]) if length else 0)
        took = time.perf_counter() - began
        packed = "\r\ncontent-encoding: gzip" in head
        if "\r\nconnection: close" in head:
            await self.close()
        return Answer(int(head.split()[1]), len(body), gzip.decompress(body) if packed else body, took)

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            await self._streams[1].wait_closed()
            self._streams = None


# --- what is asked ---


def pages(source: Path, each: int) -> list[tuple[str, str]]:
    """Kind and address of searches: `each` of every kind."""
    found = []
    for question in questions(source, each):
        words = question.words
        text = {
            "or": " OR ".join(words), "phrase": f'"{" ".join(words)}"', "prefix": f"{words[0]}*", "fuzzy": f"{words[0]}~1",
            "filter": f"{words[0]} date:{question.first}..{question.last}",
        }.get(question.kind, " ".join(words))  # fmt: skip
        state = {"q": text} | ({"bureau": question.bureau} if question.bureau else {})
        found.append((question.kind, f"/?{urlencode(state)}"))
    return found


async def time_pages(address: str, asked: list[tuple[str, str]], pid: int) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds by kind, of the server's processor and by the clock: one reader, one page after the other."""
    reader = Reader(address)
    times: dict[str, list[tuple[float, float]]] = {}
    for _, path in asked[:40]:  # what is read once and kept is read now
        await reader.get(path)
    for kind, path in asked:
        before = processor(pid)
        answer = await reader.get(path)
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
        times.setdefault(kind, []).append((1000 * (processor(pid) - before), 1000 * answer.took))
    await reader.close()
    return times


async def weigh(address: str, path: str) -> dict[str, tuple[int, int]]:
    """Bytes of a page and of all that it loads, as they are and as they travel."""
    reader = Reader(address)
    waiting, weights = [path], {}
    while waiting:
        one = waiting.pop()
        if one in weights:
            continue
        answer = await reader.get(one)
        weights[one] = (len(answer.content), answer.size)
        text = answer.content.decode("utf-8", "replace")
        if one == path:
            waiting += re.findall(r'<link [^>]*href="(/static/[^"]+)"', text)
            waiting += re.findall(r'<script [^>]*src="(/static/[^"]+)"', text)
            waiting += re.findall(r'<img [^>]*src="(/[^"]+)"', text)
        elif ".js" in one:
            waiting += [urljoin(one, found) for found in re.findall(r'(?:from|import) *"([./][^"]+)"', text)]
    await reader.close()
    return weights


async def read_along(address: str, asked: list[str], *, readers: int, seconds: float, seed: int) -> list[Answer]:
    """Many readers, each asking for the next page as soon as it has one. Contents are dropped."""
    end = time.perf_counter() + seconds
    answers: list[Answer] = []

    async def one(chance: random.Random) -> None:
        reader = Reader(address)
        while time.perf_counter() < end:
            try:
                answer = await asyncio.wait_for(reader.get(chance.choice(asked)), 30)
            except (OSError, EOFError, TimeoutError):
                answer = Answer(0, 0, b"", 30.0)
                reader = Reader(address)
            answers.append(answer._replace(content=b""))
        await reader.close()

    await asyncio.gather(*(one(random.Random(seed + n)) for n in range(readers)))
    return answers


async def attack(address: str, pid: int) -> list[tuple[str, int, float, float, bool]]:
    """Hostile searches: name, status, seconds of the processor and by the clock, whether the page says that it was given up."""
    reader = Reader(address)
    found = []
    for name, query in HOSTILE.items():
        before = processor(pid)
        answer = await reader.get(f"/?{urlencode({'q': query})}")
        spent = processor(pid) - before
        found.append((name, answer.status, spent, answer.took, b"given up" in answer.content))
    await reader.close()
    return found


# --- the server ---


@contextmanager
def serving(archive: Path) -> Iterator[tuple[str, int]]:
    """A server's address and process number."""
    process = subprocess.Popen(
        [sys.executable, "-m", "itudocs", "serve", "--archive", str(archive), "--port", "0"],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def memory(pid: int) -> float:
    """Megabytes that a process holds now."""
    said = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", said)
    return int(found[1]) / 1024 if found else 0.0


def processor(pid: int) -> float:
    """Seconds of processor time that the threads of a process have used."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def _child(*arguments: str) -> Any:
    """A reader's part, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.web", "--do", *arguments], stdout=subprocess.PIPE, text=True, check=True,
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return json.loads(done.stdout)


def _do(what: str, address: str, *more: str) -> None:
    if what == "time":
        print(json.dumps(asyncio.run(time_pages(address, json.loads(Path(more[0]).read_text()), int(more[1])))))
    elif what == "weigh":
        print(json.dumps(asyncio.run(weigh(address, more[0]))))
    elif what == "attack":
        print(json.dumps(asyncio.run(attack(address, int(more[0])))))
    else:
        asked = [path for _, path in json.loads(Path(more[0]).read_text())]
        answers = asyncio.run(
            read_along(address, asked, readers=int(more[1]), seconds=float(more[2]), seed=int(more[3]))
        )
        print(json.dumps([(a.status, 1000 * a.took) for a in answers]))


def archive_of(count: int, data: Path) -> tuple[Path, Path]:
    """An archive of so many letters, and the file they come from; made where it is not there."""
    source, folder = data / f"letters-{count}.bin", data / f"archive-{count}"
    if not source.exists():
        letters.write(source, count)
    if not folder.exists():
        subprocess.run(
            [sys.executable, "-m", "benchmarks.search", "--do", "archive", "ours", str(folder), str(source)],
            check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    return folder, source


def measure(count: int, data: Path, *, each: int, seconds: float, readers: int) -> dict[str, Any]:
    """All figures."""
    folder, source = archive_of(count, data)
    asked = pages(source, each)
    listed = data / "asked.json"
    listed.write_text(json.dumps(asked))
    with serving(folder) as (address, pid):
        first = _child("weigh", address, "/")
        searched = _child("weigh", address, asked[0][1])
        times = _child("time", address, str(listed), str(pid))
        busy = processor(pid)
        warm = _child("read", address, str(listed), str(readers), str(max(5.0, seconds / 6)), "1")
        early = memory(pid)
        began = time.perf_counter()
        long = _child("read", address, str(listed), str(readers), str(seconds), "2")
        lasted, late = time.perf_counter() - began, memory(pid)
        busy = processor(pid) - busy
        hostile = _child("attack", address, str(pid))
        after = memory(pid)
    return {
        "letters": count, "first": first, "searched": searched, "times": times, "many": long, "lasted": lasted,
        "busy": 1000 * busy / (len(warm) + len(long)), "early": early, "late": late, "after": after, "hostile": hostile,
        "readers": readers, "failed": sum(status != 200 for status, _ in [*warm, *long]),
    }  # fmt: skip


# --- the report ---


def p95(times: list[float]) -> float:
    return sorted(times)[round(0.95 * (len(times) - 1))]


def table(found: dict[str, Any]) -> str:
    """The report as Markdown."""
    every = [t for times in found["times"].values() for t in times]
    many = [took for _, took in found["many"]]
    versions = ", ".join(f"{name} {_version(name)}" for name in ("litestar", "uvicorn", "jinja2"))
    rows = []
    for kind, times in [*found["times"].items(), ("all", every)]:
        work, clock = [t for t, _ in times], [t for _, t in times]
        rows.append(
            f"| {kind} | {len(times)} | {statistics.median(work):.1f} | {p95(work):.1f} | {statistics.median(clock):.1f} | "
            f"{p95(clock):.1f} |"
        )
    weights = [
        f"| {what} | {len(parts)} | {sum(w for w, _ in parts.values()) / 1000:.1f} | {sum(p for _, p in parts.values()) / 1000:.1f} |"
        for what, parts in (("`/`", found["first"]), ("a search", found["searched"]))
    ]
    worst = [
        f"| {name} | {status} | {work:.2f} | {clock:.2f} | {'yes' if given_up else 'no'} |"
        for name, status, work, clock, given_up in sorted(found["hostile"], key=lambda h: -h[2])[:12]
    ]
    return "\n".join(
        [
            "# The page, measured", "",
            f"Written by `make bench-web` on {dt.date.today():%Y-%m-%d}: {found['letters']:,} made-up letters, `itudocs serve` in "
            f"one process, the readers in another, both on {os.cpu_count()} cores, Python {platform.python_version()}, {versions}. "
            f"Load of the machine over 15 minutes: {os.getloadavg()[2]:.1f}.", "",
            "## One reader", "",
            "Milliseconds a search page, with all facets, snippets and timeline: the server's processor time, and a reader's clock "
            "from the request to the last byte. Aims: median 30, 95th percentile 100.", "",
            "| search | pages | work: median | 95th percentile | clock: median | 95th percentile |", "|---|--:|--:|--:|--:|--:|",
            *rows, "",
            "## What a page weighs", "",
            "Kilobytes of the page and all that it loads. Aim: the first page under 100.", "",
            "| page | files | as it is | as it travels |", "|---|--:|--:|--:|", *weights, "",
            f"## {found['readers']} readers at once", "",
            f"Each asks for its next page as soon as it has one, for {found['lasted']:.0f} s after a while of the same: "
            f"{len(many):,} pages, {len(many) / found['lasted']:.0f} a second, **{found['failed']} errors**; median "
            f"{statistics.median(many):.0f} ms, 95th percentile {p95(many):.0f} ms, slowest {max(many):.0f} ms, waiting for "
            f"the others included. A page takes {found['busy']:.1f} ms of the server's processor time. The server held "
            f"{found['early']:.0f} MB before and {found['late']:.0f} MB after.", "",
            "## Hostile searches", "",
            f"{len(found['hostile'])} searches made to take long (`benchmarks/web_hostile.py`), one after the other; the slowest "
            f"are shown. A search is given up after {Settings().seconds:g} s of work. Afterwards the server held {found['after']:.0f} MB.", "",
            "| search | status | work, s | clock, s | given up, and said so |", "|---|--:|--:|--:|---|", *worst, "",
        ]
    )  # fmt: skip


def _version(name: str) -> str:
    from importlib import metadata

    return metadata.version(name)


def main() -> None:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=30, help="a kind")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="that the many readers read")
    parser.add_argument("--readers", type=int, default=READERS)
    parser.add_argument("--data", type=Path, help="folder for letters and archive; a temporary one by default")
    parser.add_argument("--output", type=Path, help="Markdown file to write")
    parser.add_argument("--do", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.do:
        _do(*options.do)
        return
    with tempfile.TemporaryDirectory() as temporary:
        data = options.data or Path(temporary)
        data.mkdir(parents=True, exist_ok=True)
        shown = table(
            measure(
                options.letters, data, each=options.questions, seconds=options.seconds,
                readers=min(options.readers, READERS * 2),
            )
        )  # fmt: skip
    if options.output:
        options.output.write_text(shown)
    print(shown)


if __name__ == "__main__":
    main()
