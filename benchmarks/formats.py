"""How fast files of each format become records, and in how much memory, side by side.

    python -m benchmarks.formats                # the table of docs/formats.md, on stdout
    python -m benchmarks.formats --write        # into docs/formats.md
    python -m benchmarks.formats --every 10 --kinds pdf doc

Each kind is measured in a process of its own, over the same letters of corpus/open as `benchmarks.filemaker` makes them:
seconds of processor time, in the best of three passes, of reading and of parsing. What the process with limits adds that
files are read in is measured apart, with files that need no reading. Memory is the peak of a process that has read all
files of the kind, less what it had before the first.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from benchmarks.damaging import load
from benchmarks.filemaker import WITH_TEXT, make
from itudocs.model import Record

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "formats.md"
TEXT = "text"
_TABLE = re.compile(r"(?<=<!-- speed -->\n)[\s\S]*?(?=<!-- /speed -->)")
_PASSES = 3


class Speed(Record, frozen=True, kw_only=True):
    """Seconds a letter: its reading, its parsing; bytes a file; bytes of memory."""

    kind: str
    files: int
    size: float
    reading: float
    parsing: float
    memory: int


def measure(kind: str, folder: Path) -> Speed:
    """One kind, in this process, which has not read anything before."""
    from itudocs.parse import parse_source
    from itudocs.reading import DEFAULT_LIMITS, read
    from itudocs.reading.formats import choose

    files = [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]
    before = peak()

    def reading() -> None:
        for name, data in files:
            choose(data, name).to_text(data, name=name, limits=DEFAULT_LIMITS)

    taken = best(reading)
    memory = peak() - before
    sources = [read(data, name=name) for name, data in files]

    def parsing() -> None:
        for source in sources:
            parse_source(source)

    count = len(files)
    return Speed(
        kind=kind, files=count, size=sum(len(data) for _, data in files) / count, reading=taken / count,
        parsing=best(parsing) / count, memory=memory,
    )  # fmt: skip


def peak() -> int:
    """The most memory that this process has had, in bytes: not its parent's, as `getrusage` tells."""
    told = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(told[1]) * 1024 if told else 0


def overhead() -> float:
    """Seconds that a process with limits adds to a small file."""
    from itudocs.reading import DEFAULT_LIMITS, isolated
    from itudocs.reading.plain import PlainText

    form, data, times = PlainText(), b"x" * 5000, 500
    isolated.to_text(form, data, name="a", limits=DEFAULT_LIMITS)

    def work() -> None:
        for _ in range(times):
            isolated.to_text(form, data, name="a", limits=DEFAULT_LIMITS)

    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) / times


def best(work: Callable[[], None]) -> float:
    """Seconds of the quickest pass."""
    out = []
    for _ in range(_PASSES):
        begun = time.process_time()
        work()
        out.append(time.process_time() - begun)
    return min(out)


def table(speeds: Sequence[Speed]) -> str:
    """The rows, text first, everything beside what text takes."""
    text = next(speed for speed in speeds if speed.kind == TEXT)
    base = text.reading + text.parsing
    rows = [
        "| kind | kB a file | reading, ms | parsing, ms | letters a second | beside text | memory, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for speed in speeds:
        whole = speed.reading + speed.parsing
        rows.append(
            f"| {speed.kind} | {speed.size / 1e3:.0f} | {speed.reading * 1e3:.1f} | {speed.parsing * 1e3:.1f} "
            f"| {1 / whole:.0f} | {whole / base:.1f} x | {speed.memory / 1e6:.0f} |"
        )
    return "\n".join(rows) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--every", type=int, default=3, metavar="N", help="take every Nth letter only")
    parser.add_argument("--kinds", nargs="+", choices=WITH_TEXT, default=WITH_TEXT, metavar="KIND")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(ROOT)}")
    parser.add_argument("--one", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.one:
        sys.stdout.buffer.write(msgspec.json.encode(measure(chosen.one[0], Path(chosen.one[1]))))
        return 0
    letters = load(ROOT / "corpus" / "open")[:: chosen.every]
    speeds = []
    with tempfile.TemporaryDirectory() as folder:
        made = make(letters, Path(folder), kinds=chosen.kinds)
        for kind, why in made.missing.items():
            print(f"{kind}: left out, {why}", file=sys.stderr)
        texts = Path(folder, TEXT)
        texts.mkdir()
        for letter in letters:
            (texts / f"{letter.name}.txt").write_text(letter.text, "utf-8")
        for kind in (TEXT, *made.files):
            command = [sys.executable, "-m", "benchmarks.formats", "--one", kind, str(Path(folder, kind))]
            told = subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout
            speeds.append(msgspec.json.decode(told, type=Speed))
    rows = f"{table(speeds)}\nThe process that files are read in adds {overhead() * 1e3:.2f} ms to each.\n"
    print(rows)
    if chosen.write:
        PAGE.write_text(_TABLE.sub(lambda _: rows, PAGE.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
