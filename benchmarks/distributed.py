"""Parsing on a Dask cluster beside `parse_many`: letters a second by number of workers, what a task costs, a worker killed.

    python -m benchmarks.distributed --data dask-letters --output docs/dask-benchmark.md

Letters are those of the parse benchmark (3,000 characters, six languages), each with a line of its own, as files below
`--data`, made where they are missing. All rates are by the clock, of whole runs, in one run of this module; nothing else
should run. The cluster is of this machine: what the network between machines costs is not in the figures.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.parse import fixed_set
from itudocs import distributed
from itudocs.archive.archive import Archive, open_archive
from itudocs.archive.ingest import Progress
from itudocs.distributed.work import Letter
from itudocs.model import Failure
from itudocs.parse import parse_documents, parse_many
from itudocs.reading import Document, walk

A_FOLDER = 1000


def make_letters(folder: Path, count: int) -> None:
    """So many letters, no two alike, a thousand a folder."""
    texts = [text for _, text in fixed_set()]
    for n in range(count):
        path = folder / f"{n // A_FOLDER:04}" / f"{n:07}.txt"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{texts[n % len(texts)]}\nPrinted copy {n}\n", "utf-8")


def files(folder: Path, count: int) -> list[Path]:
    """The first so many."""
    return [path for path in islice(walk(folder), count) if not isinstance(path, Failure)]


def fresh(folder: Path) -> Archive:
    shutil.rmtree(folder, ignore_errors=True)
    return open_archive(folder, create=True)


def clocked(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def cluster(workers: int) -> Any:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", silence_logs=50,
        memory_limit="4GiB",
    )  # fmt: skip


def parsed_alone(paths: list[Path], workers: int) -> float:
    return clocked(lambda: [None for _ in parse_many(paths, workers=workers)])


def added(paths: list[Path], data: Path, workers: int) -> float:
    with fresh(data / "archive") as archive:
        return clocked(lambda: archive.add(paths, workers=workers))


def distributed_rates(paths: list[Path], data: Path, workers: int, batch: int) -> tuple[float, float]:
    """Seconds for all letters into an archive, workers warm; and with an archive that has them all, nothing to parse."""
    from distributed import Client

    with cluster(workers) as crew, Client(crew) as client:
        with fresh(data / "warm") as archive:
            distributed.add(archive, paths[: 256 * workers], client)
        with fresh(data / "archive") as archive:
            took = clocked(lambda: distributed.add(archive, paths, client, batch=batch))
            again = clocked(lambda: distributed.add(archive, paths, client, batch=batch))
            assert len(archive) == len(paths)
    return took, again


def stored_alone(paths: list[Path], data: Path) -> float:
    """Seconds that the archive takes for letters that come parsed: what no number of workers can pass."""
    documents = [Document(name=path.name, data=path.read_bytes()) for path in paths]
    letters = [
        Letter(name=str(path), data=document.data, parsed=answer)
        for path, document, answer in zip(paths, documents, parse_documents(documents, workers=2), strict=True)
        if not isinstance(answer, Failure)
    ]
    with fresh(data / "archive") as archive:
        return clocked(lambda: archive.add_parsed(letters))


def killed_on_the_way(folder: Path, data: Path, count: int) -> tuple[float, int, int, int]:
    """Seconds, documents in the store and in the index, and failures, of a run that loses a worker halfway."""
    from distributed import Client

    state = {"killed": False}

    with cluster(2) as crew, Client(crew) as client, fresh(data / "archive") as archive:

        def kill(progress: Progress) -> None:
            if progress.added >= count // 2 and not state["killed"]:
                state["killed"] = True
                victim = next(iter(client.run(os.getpid).values()))
                threading.Thread(target=os.kill, args=(victim, signal.SIGKILL)).start()

        began = time.perf_counter()
        report = distributed.add(archive, files(folder, count), client, progress=kill)
        took = time.perf_counter() - began
        assert state["killed"]
        return took, len(archive), archive.search(limit=0).total, len(report.failed)


def report(folder: Path, data: Path, sample: int, count: int) -> Iterator[str]:
    paths = files(folder, sample)
    parsed_alone(paths[:300], 1)
    alone = {n: sample / parsed_alone(paths, n) for n in (1, 2)}
    whole = {n: sample / added(paths, data, n) for n in (1, 2)}
    dask = {}
    again = 0.0
    for n in (1, 2):
        took, again = distributed_rates(paths, data, n, 64)
        dask[n] = sample / took
    small = sample / distributed_rates(paths, data, 2, 8)[0]
    store = sample / stored_alone(paths, data)
    yield "# Parsing on Dask: figures"
    yield ""
    yield (
        f"Made by `python -m benchmarks.distributed` with {sample:,} letters of 3,000 characters in six languages, Python "
        f"{platform.python_version()}, {os.cpu_count()} processors; by the clock, in one run."
    )
    yield ""
    yield "| letters a second | 1 worker | 2 workers |"
    yield "|---|---|---|"
    yield f"| `parse_many`, records only | {alone[1]:.0f} | {alone[2]:.0f} |"
    yield f"| `Archive.add`: parsed, stored, indexed | {whole[1]:.0f} | {whole[2]:.0f} |"
    yield f"| `distributed.add`: the same on Dask | {dask[1]:.0f} | {dask[2]:.0f} |"
    yield ""
    yield f"- Dask's share: two workers of it reach {dask[2] / whole[2]:.2f} of `Archive.add(workers=2)` on the same machine."
    yield f"- Batches of 8 files instead of 64: {small:.0f} letters a second with two workers."
    yield f"- A second run over {sample:,} files that are all stored: {again:.1f} s; only names are listed."
    yield f"- Letters that come parsed are stored and indexed (in one process) at {store:.0f} a second: the work of {store / alone[1]:.1f} workers."
    if count:
        took, stored, found, failed = killed_on_the_way(folder, data, count)
        yield (
            f"- {count:,} letters with two workers, one of them killed (SIGKILL) halfway: {stored:,} letters in the store, "
            f"{found:,} in the index, {failed} failures, {took / 60:.1f} minutes ({count / took:.0f} a second)."
        )
    yield ""
    yield "## Ten million letters, on paper"
    yield ""
    hours = 10_000_000 / 3600
    yield (
        f"One worker parses {alone[1]:.0f} letters a second: {hours / alone[1]:.0f} hours of one core, {hours / alone[1] / 16:.1f} hours "
        f"of 16 cores (about 500 MB of memory each). The one writer stores and indexes them in {hours / store:.1f} hours with one "
        "process that indexes, the time of storing included; docs/distributed.md tells how to make that less."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=6000)
    parser.add_argument("--letters", type=int, default=100_000, help="of the run that loses a worker; 0 leaves it out")
    parser.add_argument("--output", type=Path)
    chosen = parser.parse_args(arguments)
    folder = chosen.data / "letters"
    make_letters(folder, max(chosen.sample, chosen.letters))
    lines = []
    for line in report(folder, chosen.data, chosen.sample, chosen.letters):
        print(line, flush=True)
        lines.append(line)
    if chosen.output:
        chosen.output.write_text("\n".join(lines) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
