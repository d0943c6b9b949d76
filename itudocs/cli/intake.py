"""The verb that takes letters in: `add`, once or for as long as it is let, with its report.

As all verbs a few lines around library calls; `app` gives it its name.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itudocs.cli.frame import NOTHING, leave, progress_bar
from itudocs.cli.options import IN, Archive, Json, LimitValues, Workers, limits
from itudocs.cli.terminal import line, out, out_json, out_pretty, say

if TYPE_CHECKING:
    from types import FrameType

    from itudocs.archive.archive import Archive as Opened
    from itudocs.archive.ingest import Progress, Report
    from itudocs.errors import ArchiveLocked
    from itudocs.reading import Limits


def add(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH...]", help="Files and folders, of folders the whole tree; of containers what is in them."
        ),
    ] = None,
    archive: Archive = IN,
    workers: Workers = 1,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Read and parse on the Dask cluster with this scheduler; PATH may then be a URL (s3://bucket/letters).",
            show_default=False,
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on taking in what comes or changes, until interrupted.")
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Instead of paths: the files in which something failed the last time.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Then delete the letters whose files below these folders are gone.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --prune: also where a folder is missing or empty.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write what was added, changed and failed, and why: as JSON if FILE ends in .json, else as text.",
            show_default=False,
        ),
    ] = None,
    limit: LimitValues = None,
    as_json: Json = False,
) -> None:
    """Take letters into an archive, which is made if need be. Known files cost a glance; nothing is deleted unasked."""
    from itudocs.archive import pruning
    from itudocs.archive.archive import open_archive

    named = [Path(path) for path in paths or ()]
    _check(bool(named), watch=watch, retry=retry, prune=prune, force=force)
    chosen = context.get_parameter_source("workers")
    if dask and (watch or prune or (chosen is not None and chosen.name != "DEFAULT")):
        raise typer.BadParameter(
            "it goes with none of --watch, --prune and --workers: the cluster has its own workers", param_hint="--dask"
        )
    if prune:
        pruning.check(named, force=force)  # before anything is done
    bounds = limits(limit)
    with open_archive(archive, create=True) as opened:
        keep = _Keeper(archive, paths or (), report)
        if watch:
            _watch(opened, named, workers, bounds, keep, as_json=as_json)
            return
        with progress_bar() as progress:
            if dask:
                done = _on_dask(opened, paths or (), dask, bounds, progress, retry=retry)
            elif retry:
                done = opened.retry(workers=workers, progress=progress, limits=bounds)
            else:
                # A folder that is gone altogether is nothing to add from.
                there = [path for path in named if path.exists()] if force else named
                done = opened.add(there, workers=workers, progress=progress, limits=bounds)
        if prune:
            done = _pruned(opened, named, done, force=force)
    keep(done)
    print_report(done, as_json)
    if not (done.added + done.updated + done.duplicates + done.unchanged) and not (
        prune or (retry and not done.failed)
    ):
        leave("No letter was taken in.", NOTHING)


def _on_dask(
    opened: Opened,
    sources: Sequence[str],
    scheduler: str,
    bounds: Limits,
    progress: Callable[[Progress], None] | None,
    *,
    retry: bool,
) -> Report:
    from itudocs import distributed

    with distributed.connected(scheduler) as client:
        if retry:
            return distributed.retry(opened, client, limits=bounds, progress=progress)
        return distributed.add(opened, sources, client, limits=bounds, progress=progress)


def _check(named: bool, *, watch: bool, retry: bool, prune: bool, force: bool) -> None:
    if named == retry:
        raise typer.BadParameter("give files or folders, or --retry alone", param_hint="PATH...")
    if watch and (retry or prune):
        raise typer.BadParameter("it goes with neither --retry nor --prune", param_hint="--watch")
    if prune and retry:
        raise typer.BadParameter("it needs folders to look below", param_hint="--prune")
    if force and not prune:
        raise typer.BadParameter("it goes with --prune alone", param_hint="--force")


class _Keeper:
    """Writes the run's report where it is wanted."""

    def __init__(self, archive: Path, paths: Sequence[str], path: Path | None) -> None:
        from itudocs.archive import disk

        self._archive, self._paths, self._path = archive, paths, path
        self._started = disk.now()

    def __call__(self, report: Report) -> None:
        from itudocs.archive.reporting import run_report, write_report

        if self._path is not None:
            write_report(self._path, run_report(self._archive, self._paths, self._started, report))


def _pruned(opened: Opened, folders: Sequence[Path], done: Report, *, force: bool) -> Report:
    import msgspec

    pruned = opened.prune(folders, force=force)
    for name in pruned.names:
        say(f"gone: {line(name)}")
    return msgspec.structs.replace(done, pruned=pruned.names, removed=done.removed + len(pruned.keys))


def _watch(
    opened: Opened, paths: Sequence[Path], workers: int, bounds: Limits, keep: _Keeper, *, as_json: bool
) -> None:
    import sys

    from itudocs.archive.ingest import Report
    from itudocs.archive.watching import both

    total = Report()
    locked = False

    def told(report: Report) -> None:
        nonlocal total, locked
        total, locked = both(total, report), False
        print_report(report, as_json, pretty=False)
        sys.stdout.flush()
        keep(total)

    def on_locked(fault: ArchiveLocked) -> None:
        nonlocal locked
        if not locked:
            say(f"{line(fault)} What has come waits.")
        locked = True

    def on_missing(path: str, fault: OSError) -> None:
        say(f"{line(path)}: {fault.strerror}. What it holds is taken in when it comes.")

    with _until_told() as stop:
        say(f"Watching {', '.join(line(path) for path in paths)}; interrupt to end.")
        done = opened.watch(
            paths, stop=stop, workers=workers, limits=bounds, told=told, on_locked=on_locked, on_missing=on_missing
        )
        keep(done)
    say("No longer watching.")


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """An event that the first interrupt or request to end sets; the next interrupt ends at once."""
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def print_report(report: Report, as_json: bool, *, pretty: bool = True) -> None:
    """What became of the files: failures as talk, the rest as data."""
    from itudocs.cli.views import failure_line, report_line

    for failure in report.failed:
        say(failure_line(failure))
    if as_json and pretty:
        out_pretty(report)
    elif as_json:
        import msgspec

        out_json(msgspec.json.encode(report).decode())
    else:
        out(report_line(report))
