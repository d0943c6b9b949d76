"""How fast an archive tells what is announced when, and how fast it goes out: 100,000 letters, time and memory.

    python -m benchmarks.agenda                                    # a table on stdout
    python -m benchmarks.agenda --output docs/agenda-benchmark.md  # and in the documentation

The letters are the records that the parser makes of `corpus/open`, over and over: every round has numbers of its own, and
its dates are moved by some weeks, so that families of language versions and corrigenda stay together and records have
their real size. They are stored without parsing. Each measurement is a process of its own; memory is its peak.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from itudocs import Circular, open_archive, parse_many
from itudocs.archive import store
from itudocs.archive.store import Store, StoredLetter

CORPUS = Path(__file__).parent.parent / "corpus" / "open"
TEXT = "Text of a letter, which no measurement here reads.\n" * 40


def rounds(records: list[Circular], count: int) -> Iterator[Circular]:
    """So many records, the same for the same corpus."""
    for n in range(count):
        turn, which = divmod(n, len(records))
        yield moved(records[which], turn)


def moved(record: Circular, turn: int) -> Circular:
    """A record of another round: its numbers end in the round's, its days are moved by so many weeks."""
    shift = dt.timedelta(weeks=turn % 800)
    key = hashlib.sha256(f"{record.key} {turn}".encode()).hexdigest()

    def renamed(identity: str) -> str:
        head, *tail = identity.split("/")
        return "/".join((f"{head}.{turn}", *tail))

    replace = msgspec.structs.replace
    return replace(
        record, key=key, id=record.id and renamed(record.id), ids=tuple(map(renamed, record.ids)),
        date=record.date and record.date + shift,
        events=tuple(replace(e, start=e.start + shift, end=e.end + shift) for e in record.events),
        deadlines=tuple(replace(d, date=d.date + shift) for d in record.deadlines),
    )  # fmt: skip


def fill(folder: Path, count: int) -> None:
    """An archive of so many letters."""
    parsed = [
        r for r in parse_many(sorted(CORPUS.glob("*.txt")), workers=os.cpu_count() or 1) if isinstance(r, Circular)
    ]
    open_archive(folder, create=True).close()
    with closing(Store(folder / "archive.db", write=True)) as writer:
        waiting = rounds(parsed, count)
        for _ in range(0, count, 5000):
            with writer.transaction():
                for _, record in zip(range(5000), waiting, strict=False):
                    data = record.key.encode()
                    letter = StoredLetter(
                        key=record.key, ids=store.identities(record), record=record.to_json(), text=TEXT.encode(),
                        data=data, parser="benchmark",
                    )  # fmt: skip
                    writer.put(letter)
                    writer.name(f"/{record.key}", record.key, len(data))


def timed(call: Callable[[], Any], *, times: int = 1) -> tuple[float, Any]:
    """The median processor time in seconds, and the last answer."""
    took = []
    answer = None
    for _ in range(times):
        began = time.process_time()
        answer = call()
        took.append(time.process_time() - began)
    return statistics.median(took), answer


def peak() -> float:
    """Most memory this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_agenda(folder: Path) -> dict[str, Any]:
    with open_archive(folder) as archive:
        before = peak()
        built, agenda = timed(archive.agenda)
        month, in_month = timed(lambda: archive.events(since="2018-03-01", until="2018-03-31"), times=9)
        year, in_year = timed(lambda: archive.events(since="2018-01-01", until="2018-12-31"), times=9)
        open_on, due = timed(lambda: archive.deadlines(open_on="2018-03-01"), times=9)
        every, rows = timed(lambda: agenda.events(status=None), times=9)
        return {
            "letters": len(archive), "events": len(rows), "deadlines": len(agenda.deadlines()), "build": built,
            "month": (month, len(in_month)), "year": (year, len(in_year)), "open": (open_on, len(due)),
            "every": (every, len(rows)), "memory": peak(), "memory before": before,
        }  # fmt: skip


def measure_export(folder: Path, form: str) -> dict[str, Any]:
    from itudocs import export

    with open_archive(folder) as archive, tempfile.TemporaryDirectory() as place:
        if form == "polars":
            took, tables = timed(archive.to_polars)
            size = sum(int(table.estimated_size()) for table in tables)
        else:
            path = Path(place, f"letters.{SUFFIXES.get(form, form)}")
            took, _ = timed(lambda: export(archive.records(), path))
            size = path.stat().st_size
        return {"took": took, "size": size, "memory": peak()}


SUFFIXES = {"bibtex": "bib", "csl": "json"}
FORMS = ("jsonl", "csv", "parquet", "bibtex", "ris", "csl", "polars")


def in_a_process(folder: Path, what: str) -> dict[str, Any]:
    """A measurement in a fresh interpreter."""
    command = [sys.executable, "-m", "benchmarks.agenda", "--measure", what, "--archive", str(folder)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    answer: dict[str, Any] = json.loads(said)
    return answer


def table(folder: Path, letters: int) -> str:
    """The results as Markdown."""
    size = (folder / "archive.db").stat().st_size
    agenda = in_a_process(folder, "agenda")
    lines = [
        f"An archive of {letters:,} letters ({size / 1e6:,.0f} MB), {agenda['events']:,} events and {agenda['deadlines']:,} deadlines.",
        "", "| | time | rows |", "|---|---|---|", f"| build the agenda, once for a state of the archive | {agenda['build']:.2f} s | |",
    ]  # fmt: skip
    for key, words in (
        ("month", "events of a month"), ("year", "events of a year"), ("open", "deadlines open on a day"), ("every", "all events"),
    ):  # fmt: skip
        took, rows = agenda[key]
        lines.append(f"| ask: {words} | {took * 1000:.1f} ms | {rows:,} |")
    lines += [
        "", f"Memory: {agenda['memory']:.0f} MB at most, of which {agenda['memory before']:.0f} MB before the agenda was built.",
        "", "All letters out:", "", "| format | time | letters a second | size | memory at most |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for form in FORMS:
        result = in_a_process(folder, form)
        name = "Polars, five tables" if form == "polars" else form
        lines.append(
            f"| {name} | {result['took']:.1f} s | {letters / result['took']:,.0f} | {result['size'] / 1e6:,.0f} MB "
            f"| {result['memory']:.0f} MB |"
        )
    return "\n".join(lines) + "\n"


HEAD = """# Events, deadlines and exports: time and memory

`python -m benchmarks.agenda --output docs/agenda-benchmark.md` makes this page. The letters are records of `corpus/open`, repeated under
other numbers and moved days. Times are processor time, of questions the median of 9. {machine}

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--letters", type=int, default=100_000)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--archive", type=Path, help="where the archive is kept, and taken from if it is there")
    parser.add_argument("--measure", choices=("agenda", *FORMS), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        found = measure_agenda(args.archive) if args.measure == "agenda" else measure_export(args.archive, args.measure)
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory() as place:
        folder = args.archive or Path(place, "archive")
        if not (folder / "archive.db").exists():
            fill(folder, args.letters)
        text = table(folder, args.letters)
    print(text, end="")
    if args.output:
        machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, {dt.date.today()}."
        args.output.write_text(HEAD.format(machine=machine) + text, "utf-8")


if __name__ == "__main__":
    main()
