"""A coverage-guided fuzz run of the readers of formats, by atheris: bytes are changed towards code not yet run.

    python -m benchmarks.fuzz_readers --minutes 15 --keep findings/
    python -m benchmarks.fuzz_readers --minutes 3 --formats pdf doc --keep findings/

Each format is fuzzed in a process of its own, one after the other, from files of the corpus as `benchmarks.filemaker` makes
them. Promises: a reader gives a text or a `ReadError`; the text is clean and not larger than the limits allow, its places
lie in it in order; no input of some kilobytes takes seconds. What breaks one is written to the folder `--keep` with the
traceback. Formats that are packages are fuzzed whole and, with `-inner`, by their main part, which a mutated zip file would
seldom let through. Reduced findings live on in `tests/reading/test_reader_findings.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

KINDS: dict[str, tuple[str, str]] = {  # name: the kind of files that it begins with, and the part that is fuzzed
    "pdf": ("pdf", ""),
    "doc": ("doc", ""),
    "rtf": ("rtf", ""),
    "html": ("html", ""),
    "docx": ("docx", ""),
    "docx-inner": ("docx", "word/document.xml"),
    "odt": ("odt", ""),
    "odt-inner": ("odt", "content.xml"),
}
LONGEST = 48 * 1024
SLOW = 3.0  # seconds
_SEEDS = 12


def seeds(folder: Path) -> dict[str, list[bytes]]:
    """What each run begins with: small files of letters in all languages."""
    from benchmarks.damaging import load
    from benchmarks.filemaker import ROOT, make

    letters = load(ROOT / "corpus" / "open")
    made = make(letters[:: max(1, len(letters) // _SEEDS)], folder, kinds=sorted({kind for kind, _ in KINDS.values()}))
    out: dict[str, list[bytes]] = {}
    for name, (kind, part) in KINDS.items():
        files = [path.read_bytes() for path in made.files.get(kind, {}).values()]
        out[name] = [inner(data, part) if part else data for data in files]
    return out


def inner(data: bytes, part: str) -> bytes:
    """A part of a package."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(part)


def around(data: bytes, part: str, name: str) -> bytes:
    """A package with one part."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        if name == "odt":
            package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        package.writestr(part, data)
    return buffer.getvalue()


def promise(kind: str, part: str, keep: Path) -> Callable[[bytes], None]:
    """The function that is fuzzed: it notes what breaks a promise and goes on."""
    from itudocs.errors import ReadError
    from itudocs.reading.cleaning import clean
    from itudocs.reading.formats import FORMATS
    from itudocs.reading.source import Limits

    form = next(form for form in FORMATS if form.name == kind)
    limits = Limits(max_text=2_000_000, max_unpacked=16 * 1024 * 1024, max_members=500)
    known: set[str] = set()

    def note(what: str, data: bytes, told: str) -> None:
        if what not in known:
            known.add(what)
            path = keep / f"{kind}-{hashlib.sha256(what.encode()).hexdigest()[:8]}"
            path.with_suffix(".bin").write_bytes(data)
            path.with_suffix(".txt").write_text(f"{what}\n{told}\n", "utf-8")
            print(f"finding: {what} ({path}.bin)", file=sys.stderr, flush=True)

    def target(data: bytes) -> None:
        whole = around(data, part, kind) if part else data
        begun = time.process_time()
        try:
            form.sniff(whole, "a")
            decoded = form.to_text(whole, name="a", limits=limits)
        except ReadError as error:
            if not str(error).startswith("a "):
                note(f"a refusal that does not name its file: {error}", whole, "")
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            note(f"{type(error).__name__} {Path(frame.filename).name}:{frame.lineno}", whole, traceback.format_exc())
        else:
            if len(decoded.text) > limits.max_text:
                note("a text beyond the limit", whole, "")
            if decoded.places and clean(decoded.text, keep_length=True)[0] != decoded.text:
                note("a text that is not clean", whole, repr(decoded.text[:2000]))
            last = 0
            for place in decoded.places:
                if not last <= place.start < place.end <= len(decoded.text):
                    note("places out of order", whole, repr(place))
                last = place.end
        if (spent := time.process_time() - begun) > SLOW:
            note(f"slow: {spent:.0f} s", whole, f"{len(whole)} bytes")

    return target


def run_one(name: str, corpus: Path, seconds: int, keep: Path) -> None:
    """Fuzz one format in this process, which ends with it."""
    import atheris  # type: ignore[import-not-found,unused-ignore]  # of the group `bench`, on machines that have it

    kind, part = KINDS[name]
    with atheris.instrument_imports(include=["itudocs.reading", "olefile"]):
        target = promise(kind, part, keep)
        import itudocs.reading.isolated  # noqa: F401  (all of the package under instrumentation)
    options = [sys.argv[0], f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=60", "-rss_limit_mb=4096",
               "-print_final_stats=1", f"-artifact_prefix={keep}/{name}-", str(corpus)]  # fmt: skip
    fuzzer: Any = atheris
    fuzzer.Setup(options, target)
    fuzzer.Fuzz()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=15.0, help="for all formats together")
    parser.add_argument("--formats", nargs="+", choices=sorted(KINDS), default=list(KINDS), metavar="FORMAT")
    parser.add_argument("--keep", type=Path, required=True, help="folder for findings")
    parser.add_argument("--one", choices=sorted(KINDS), help=argparse.SUPPRESS)
    parser.add_argument("--corpus", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    chosen.keep.mkdir(parents=True, exist_ok=True)
    seconds = int(chosen.minutes * 60)
    if chosen.one:
        run_one(chosen.one, chosen.corpus, seconds, chosen.keep)
        return 0
    share = max(1, seconds // len(chosen.formats))
    with tempfile.TemporaryDirectory() as folder:
        begin = seeds(Path(folder, "files"))
        for name in chosen.formats:
            corpus = Path(folder, name)
            corpus.mkdir()
            for n, data in enumerate(begin[name]):
                if len(data) <= LONGEST:
                    (corpus / f"seed-{n}").write_bytes(data)
            end = time.monotonic() + share
            runs = 0
            # A process that died of an input is followed by another until its time is over.
            while (left := end - time.monotonic()) > 1:
                command = [sys.executable, "-m", "benchmarks.fuzz_readers", "--one", name, "--corpus", str(corpus),
                           "--minutes", str(left / 60), "--keep", str(chosen.keep)]  # fmt: skip
                made = subprocess.run(command, capture_output=True, text=True, check=False)
                told = made.stderr.splitlines()
                runs += sum(int(line.split()[-1]) for line in told if "number_of_executed_units" in line)
                for line in told:
                    if line.startswith(("finding:", "SUMMARY:")):
                        print(f"{name}: {line}", flush=True)
            covered = next((line for line in reversed(told) if "cov:" in line), "")
            print(f"{name}: {runs:,} runs in {share} s; {covered.strip()}", flush=True)
    return 1 if any(chosen.keep.iterdir()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
