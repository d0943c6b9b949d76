"""What became of a run, as a file: JSON for programs, text for people.

The run itself is `ingest`'s; the archive's own log keeps it as well, without the names of what went in. Both forms are
harmless on a terminal: names stand in the text as the command line shows them, in JSON with escapes of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from itudocs._version import __version__
from itudocs.archive import disk
from itudocs.archive.ingest import Report
from itudocs.model import Failure, Record
from itudocs.screen import harmless_json, line


class RunReport(Record, frozen=True, kw_only=True):
    """A run: when (UTC, ISO 8601), by which version, into which archive, out of what, and what became of it."""

    archive: str
    version: str
    started: str
    finished: str
    paths: tuple[str, ...]
    report: Report


def run_report(archive: Path, paths: Iterable[str | os.PathLike[str]], started: str, report: Report) -> RunReport:
    """A run that ends now."""
    return RunReport(
        archive=_named(archive), version=__version__, started=started, finished=disk.now(),
        paths=tuple(map(_named, paths)), report=report,
    )  # fmt: skip


def _named(path: str | os.PathLike[str]) -> str:
    """A path as the names of letters are spelt: bytes that are no text as `\\xff`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def write_report(path: Path, run: RunReport) -> None:
    """Write a run to a file: JSON where its name ends in `.json`, else text. The file is replaced whole.

    Raises:
        ArchiveError: the file cannot be written.
    """
    text = _json(run) if path.suffix == ".json" else "\n".join(_lines(run)) + "\n"
    with disk.told(path, "writing the report"):
        disk.write_durably(path, text.encode())


def _json(run: RunReport) -> str:
    return harmless_json(msgspec.json.format(msgspec.json.encode(run), indent=2).decode())


def _lines(run: RunReport) -> Iterator[str]:
    report = run.report
    named = ", ".join(map(line, run.paths)) or "what had failed"
    yield f"itudocs {run.version}: letters from {named} into {line(run.archive)}"
    yield f"from {run.started} to {run.finished}"
    yield ""
    for name in ("added", "updated", "duplicates", "unchanged", "removed"):
        yield f"{name:<12}{getattr(report, name):>9,}"
    yield f"{'failed':<12}{len(report.failed):>9,}"
    yield f"{'skipped':<12}{report.skipped:>9,}"
    if report.formats:
        yield ""
        yield f"{'format':<12}{'added':>9}{'updated':>9}{'failed':>9}"
        for tally in report.formats:
            yield f"{tally.format:<12}{tally.added:>9,}{tally.updated:>9,}{tally.failed:>9,}"
    yield from _failures(report.failed)
    for title, names in (
        ("Gone (--prune)", report.pruned), ("Added", report.added_names), ("Updated", report.updated_names),
    ):  # fmt: skip
        if names:
            yield ""
            yield f"{title}:"
            yield from (f"  {line(name)}" for name in names)


def _failures(failed: tuple[Failure, ...]) -> Iterator[str]:
    reasons: dict[str, list[Failure]] = {}
    for failure in failed:
        reasons.setdefault(failure.reason, []).append(failure)
    for reason, failures in sorted(reasons.items(), key=lambda item: -len(item[1])):
        yield ""
        yield f"Failed, {reason} ({len(failures):,}):"
        for failure in failures:
            yield f"  {line(failure.message if failure.name in failure.message else f'{failure.name}: {failure.message}')}"
