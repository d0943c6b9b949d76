"""A thousand files as they come, hostile ones among them, into one archive: what became of them, how soon, in how much memory.

    python -m benchmarks.mixed                  # the paragraph of docs/formats.md, on stdout
    python -m benchmarks.mixed --write          # into docs/formats.md
    python -m benchmarks.mixed --files 300 --workers 1

Letters of corpus/open in all formats with text that `benchmarks.filemaker` makes, alone, in .zip, .tar.gz and .eml files and
compressed, and one file in twenty from `tests.hostile` or of noise under some ending. The ingest runs in a process of its own,
by its clock; memory is what it and the processes that it has read and parse hold together, looked at ten times a second.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import itertools
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import msgspec

from benchmarks.damaging import load
from benchmarks.filemaker import WITH_TEXT, make
from itudocs.archive.archive import open_archive
from itudocs.model import Record
from tests import hostile
from tests.reading.made_containers import mail, tarred, zipped

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "formats.md"
_TEXT = re.compile(r"(?<=<!-- mixed -->\n)[\s\S]*?(?=<!-- /mixed -->)")
_HOSTILE = 20  # one file in so many
_PACKED = 5  # and one of the others in so many is in a container
_ENDINGS = ("docx", "doc", "pdf", "odt", "rtf", "html", "zip", "msg", "eml", "gz")


class Told(Record, frozen=True, kw_only=True):
    """What became of the files: letters stored, reasons of failures, seconds."""

    letters: int
    failed: dict[str, int]
    took: float


def files(count: int, folder: Path, *, seed: int) -> int:
    """Write so many files; how many of them should come in."""
    chance = Random(seed)
    letters = load(ROOT / "corpus" / "open")
    some = chance.sample(letters, min(len(letters), -(-count // (len(WITH_TEXT) + 1))))
    with tempfile.TemporaryDirectory() as made:
        kinds = make(some, Path(made), kinds=WITH_TEXT).files
        honest = [(path.name, path.read_bytes()) for paths in kinds.values() for path in paths.values()]
    honest += [(f"{letter.name}.txt", letter.text.encode()) for letter in some]
    chance.shuffle(honest)
    harmful = itertools.cycle(_harmful(chance))
    come = 0
    for number in range(count):
        place = folder / str(number % 9)
        place.mkdir(parents=True, exist_ok=True)
        if number % _HOSTILE == _HOSTILE - 1:
            name, data = next(harmful)
        else:
            name, data = honest[come % len(honest)]
            come += 1
            if number % _PACKED == 0:
                name, data = _packed(number // _PACKED, name, data)
        (place / f"{number:04}-{name}").write_bytes(data)
    return come


def _packed(number: int, name: str, data: bytes) -> tuple[str, bytes]:
    member = [(name, data)]
    return [
        (f"{name}.zip", zipped(member)), (f"{name}.tgz", tarred(member, mode="w:gz")),
        (f"{name}.gz", gzip.compress(data, mtime=0)), ("mail.eml", mail("Please find attached.", *member)),
    ][number % 4]  # fmt: skip


def _harmful(chance: Random) -> Iterator[tuple[str, bytes]]:
    for file in hostile.files():
        if file.reasons and "" not in file.reasons:
            yield file.name, file.make()
    for ending in _ENDINGS:
        yield f"noise.{ending}", chance.randbytes(5_000)


def ingest(folder: Path, archive: Path, *, workers: int) -> Told:
    """Take a folder in, in this process, which has done nothing before."""
    with open_archive(archive, create=True) as opened:
        report = opened.add(folder, workers=workers)
        letters = len(opened)
    return Told(letters=letters, failed=dict(Counter(f.reason for f in report.failed)), took=report.took)


def resident(process: int) -> int:
    """Bytes of memory that a process and all below it hold now."""
    below: dict[int, list[int]] = {}
    pages: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            fields = path.read_text().rpartition(")")[2].split()
            number = int(path.parent.name)
            below.setdefault(int(fields[1]), []).append(number)
            pages[number] = int(fields[21])
    held, some = 0, [process]
    while some:
        number = some.pop()
        held += pages.get(number, 0)
        some += below.get(number, [])
    return held * resource.getpagesize()


def paragraph(told: Told, *, count: int, come: int, workers: int, memory: int) -> str:
    """What is said of it."""
    reasons = ", ".join(
        f"{number} `{reason}`" for reason, number in sorted(told.failed.items(), key=lambda r: (-r[1], r[0]))
    )
    return (
        f"{count:,} files, {come} of them letters in all these formats, one in {_PACKED} of those packed, and {count - come} "
        f"hostile or noise: {told.letters} letters stored in {told.took:.0f} s with {workers} processes that parse "
        f"({told.letters / told.took:.0f} a second, indexed), {sum(told.failed.values())} failures by name ({reasons}). All processes "
        f"together held {memory / 1e6:.0f} MB at most.\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--files", type=int, default=1000, metavar="N")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(ROOT)}")
    parser.add_argument("--ingest", nargs=2, metavar=("FOLDER", "ARCHIVE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.ingest:
        folder, archive = map(Path, chosen.ingest)
        sys.stdout.buffer.write(msgspec.json.encode(ingest(folder, archive, workers=chosen.workers)))
        return 0
    with tempfile.TemporaryDirectory() as place:
        come = files(chosen.files, Path(place, "in"), seed=chosen.seed)
        command = [sys.executable, "-m", "benchmarks.mixed", "--workers", str(chosen.workers), "--ingest"]
        command += [str(Path(place, "in")), str(Path(place, "archive"))]
        memory = 0
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
            while process.poll() is None:
                memory = max(memory, resident(process.pid))
                time.sleep(0.1)
            assert process.stdout is not None
            told = msgspec.json.decode(process.stdout.read(), type=Told)
    text = paragraph(told, count=chosen.files, come=come, workers=chosen.workers, memory=memory)
    print(text, end="")
    if chosen.write:
        PAGE.write_text(_TEXT.sub(lambda _: text, PAGE.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
