"""Letters of a whole cluster's parsing into one archive: listed here, read and parsed on Dask's workers, stored here.

    sources ─ listing: batches ─ manifest: which are done ─▶ crew: Dask ─ work: read, parse ─▶ Archive.add_parsed

For more files than one machine parses in the time there is; docs/distributed.md says from which number on that pays.
The archive stays one folder with one writer, whatever engine indexes it. Needs the extra `itudocs[dask]`, on the workers
too, and there the same version of itudocs. Nothing but the command line imports this package.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from itudocs.archive.archive import Archive
from itudocs.archive.ingest import Progress, Report
from itudocs.archive.intake import again, urls_again
from itudocs.archive.known import Opened
from itudocs.distributed.crew import Crew
from itudocs.distributed.listing import LARGE, MANY, Batch, batches, listed
from itudocs.distributed.manifest import Manifest
from itudocs.distributed.work import Answer, Letter
from itudocs.errors import DistributedError
from itudocs.libraries import library
from itudocs.model import Failure
from itudocs.parse import parser_version
from itudocs.reading import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["add", "connected", "retry"]

MANIFEST = "distributed.manifest"


@contextmanager
def connected(scheduler: str, *, patience: float = 15.0) -> Iterator[Client]:
    """A client of the cluster whose scheduler has this address (`tcp://scheduler:8786`), for as long as the block lasts.

    Args:
        patience: seconds to wait for an answer.

    Raises:
        DistributedError: nobody answers there.
        MissingLibrary: the extra `itudocs[dask]` is not installed.
    """
    distributed = library("distributed", "dask")
    try:
        client = distributed.Client(scheduler, timeout=patience, set_as_default=False)
    except (OSError, ValueError) as error:  # TimeoutError among them; or it is no address
        raise DistributedError(
            f"{scheduler}: no Dask scheduler answers ({str(error)[:200]}). Start one with: dask scheduler"
        ) from error
    with client:
        yield client


def add(
    archive: Archive,
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    client: Client,
    *,
    manifest: str | os.PathLike[str] | None = None,
    batch: int = MANY,
    patience: float = 60.0,
    progress: Callable[[Progress], None] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    storage_options: Mapping[str, Any] | None = None,
) -> Report:
    """Take files in, read and parsed by the workers of a Dask cluster.

    Killed and started again it goes on where it was: batches that the manifest lists as stored are neither read nor sent.
    A letter is known by the SHA-256 of its bytes, so that one that comes twice is there once. A file that kills the process
    that parses it becomes a `Failure` in the report; the other letters of its batch are parsed all the same.

    Args:
        sources: paths of files and folders that all workers see under the same names, and URLs that fsspec knows
            (`s3://bucket/letters`), of files, folders or with wildcards. A letter's name is its absolute path or its URL.
        client: of the cluster; it stays the caller's. Workers with one thread each serve best.
        manifest: the file that lists finished batches; by default `distributed.manifest` in the archive's folder.
        batch: files a task at most; a task takes no more than 8 MB unless one file alone does.
        patience: seconds to wait for workers when there are none.
        progress: as of `Archive.add`.
        limits: as of `Archive.add`.
        storage_options: what fsspec needs to open the URLs; sent to the workers. Credentials belong here or into the
            environment, never in a URL.

    Returns:
        What became of the files of this run. Files of batches that were finished before count as unchanged where the
        archive still has what they gave; what failed in them, or was removed since, is tried again.

    Raises:
        DistributedError: there are no workers, they have another version of itudocs, or the scheduler is lost. What was
            reported as stored is safe; the same call goes on from there.
        MissingLibrary: the extra is not installed.
        ArchiveError: as of `Archive.add`.
    """
    named = [sources] if isinstance(sources, (str, os.PathLike)) else sources
    crew = Crew(client, limits=limits, storage_options=storage_options or {}, patience=patience)
    crew.check()
    with Manifest(manifest or archive.folder / MANIFEST, parser=parser_version(), limits=limits) as done:
        flow = _Flow(archive, done, progress)
        files = listed(named, limits=limits, storage_options=storage_options, on_found=flow.found)
        waiting = flow.fresh(batches(files, most=batch, large=LARGE))
        report = archive.add_parsed(flow.letters(crew.run(waiting)), progress=flow.told)
    return flow.whole(report)


def retry(
    archive: Archive,
    client: Client,
    *,
    patience: float = 60.0,
    progress: Callable[[Progress], None] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    storage_options: Mapping[str, Any] | None = None,
) -> Report:
    """Try again, alone, the files and URLs in which something failed the last time; arguments and errors as of `add`.

    Of a container in which something failed all is looked at again. A file whose name holds `!/` cannot be told from a
    container by its URL: name it to `add`.
    """
    names = [one.name for one in archive.failing()]
    return add(
        archive,
        [*again(names), *urls_again(names)],
        client,
        patience=patience,
        progress=progress,
        limits=limits,
        storage_options=storage_options,
    )


class _Flow:
    """Counts what goes into the archive, and notes batches as finished once all that went in is durable.

    A finished batch is not taken at its word: what the archive has lost of it since, or what failed in it, goes in again.
    """

    def __init__(self, archive: Archive, manifest: Manifest, progress: Callable[[Progress], None] | None) -> None:
        self._archive = archive
        self._missing = {one.name for one in archive.failing() if one.reason == "missing"}
        self._found: list[str] = []  # of these
        self._manifest = manifest
        self._progress = progress
        self._finished: list[Batch] = []
        self._skipped = 0
        self._unlisted: list[Failure] = []

    def found(self, source: str) -> None:
        """Called when a file, folder or pattern was found that was asked for: it may have failed for being missing."""
        if source in self._missing:
            self._found.append(source)

    def fresh(self, every: Iterable[Batch | Failure]) -> Iterator[Batch]:
        """The batches that are not finished yet, and of finished ones the files to look at again."""
        for one in every:
            if isinstance(one, Failure):
                self._unlisted.append(one)
            elif one.digest in self._manifest:
                intact = self._archive.intact(file.name for file in one.files)
                self._skipped += sum(intact.values())
                if rest := tuple(file for file in one.files if file.name not in intact):
                    yield Batch(files=rest)
            else:
                yield one

    def letters(self, answered: Iterable[tuple[Batch, Answer]]) -> Iterator[Letter | Failure | Opened]:
        """What the archive takes in, one by one: it asks for a letter when it has settled the one before."""
        for batch, answer in answered:
            for outcome in answer.outcomes:
                yield outcome.either
            if answer.onward is None:
                self._finished.append(batch)
        yield from self._unlisted
        for name in self._found:  # nothing was ever in it; what became of the files there has been said
            yield Opened(name=name, key="", members=(), skipped=0, whole=False)

    def told(self, progress: Progress) -> None:
        """Called when letters are durable (they are named, or the index follows), and now and then between."""
        if self._finished and (progress.names or progress.stage == "index"):
            self._manifest.note(batch.digest for batch in self._finished)
            self._finished.clear()
        if self._progress:
            self._progress(progress)

    def whole(self, report: Report) -> Report:
        """The report with the files that were not looked at again."""
        return msgspec.structs.replace(report, unchanged=report.unchanged + self._skipped)
