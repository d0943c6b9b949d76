"""Batches -> answers, on a Dask cluster: as many tasks at a time as keep its workers busy, answers as they come.

Dask gives a task to another worker when one dies; a task that several died of is parsed once more in processes of its
own, which tells the letter to blame (`work.parse_batch`). Everything else that goes wrong ends the run with a sentence.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from itudocs.distributed import work
from itudocs.distributed.listing import Batch
from itudocs.distributed.work import Answer, Place
from itudocs.errors import DistributedError
from itudocs.libraries import library
from itudocs.model import Record
from itudocs.parse import parser_version
from itudocs.reading import Limits

if TYPE_CHECKING:
    from distributed import Client, Future

AHEAD = 3
"""Tasks a thread of the cluster that are under way or waiting: one in hand, one behind it, one on the wire."""
_GLANCE = 2.0  # seconds between two looks at whether there are workers
_AGAIN = "Everything reported so far is stored; the same command goes on from there."


class _Task(Record, frozen=True, kw_only=True):
    batch: Batch
    start: Place = Place()
    apart: bool = False


class Crew:
    """The workers of a client, for one run.

    Args:
        patience: seconds to wait for workers when there are none.
    """

    def __init__(self, client: Client, *, limits: Limits, storage_options: Mapping[str, Any], patience: float) -> None:
        self._distributed = library("distributed", "dask")
        self._client = client
        self._limits = msgspec.msgpack.encode(limits)
        self._options = dict(storage_options)
        self._patience = patience

    def check(self) -> None:
        """Wait for a worker, and hold all of them against this process.

        Raises:
            DistributedError: none comes, one has no itudocs, or another version of its parser.
        """
        try:
            self._client.wait_for_workers(1, timeout=self._patience)
        except Exception as error:  # TimeoutError, or the scheduler is gone
            raise DistributedError(
                f"{self._where}: no worker after {self._patience:g} seconds. Start some: dask worker {self._where}"
            ) from error
        own = parser_version()
        for address, found in self._client.run(work.version, on_error="return").items():
            if found != own:
                raise DistributedError(
                    f"{self._where}: the worker {address} has itudocs {found}, this process {own}: install the same on all."
                )

    @property
    def _where(self) -> str:
        scheduler = self._client.scheduler
        return str(scheduler.address) if scheduler is not None else "the cluster"

    def threads(self) -> int:
        """How many tasks the workers do at a time, now."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return sum(int(worker["nthreads"]) for worker in workers)

    def run(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Answer]]:
        """Each batch with what became of its files, as they are done; of a large one a part, and later the next.

        Raises:
            DistributedError: the scheduler is lost, there have been no workers for too long, or a task failed in a way
                that is no file's fault.
        """
        waiting = iter(batches)
        again: list[_Task] = []  # those that workers died of, and the rest of those that are not done
        under_way: dict[Future, _Task] = {}
        ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        exhausted = False
        try:
            while True:
                room = AHEAD * max(1, self.threads())
                while len(under_way) < room and (again or not exhausted):
                    if again:
                        task = again.pop()
                    elif (batch := next(waiting, None)) is not None:
                        task = _Task(batch=batch)
                    else:
                        exhausted = True
                        break
                    future = self._client.submit(
                        work.parse_batch,
                        msgspec.msgpack.encode(task.batch),
                        self._limits,
                        self._options,
                        msgspec.msgpack.encode(task.start),
                        task.apart,
                        pure=False,
                    )
                    under_way[future] = task
                    future.add_done_callback(ended.put)
                if not under_way:
                    return
                future = self._next(ended)
                task = under_way.pop(future)
                answer = self._answer(future, task)
                del future  # or its worker keeps the answer
                if answer is None:
                    again.append(msgspec.structs.replace(task, apart=True))
                    continue
                if answer.onward is not None:
                    again.append(msgspec.structs.replace(task, start=answer.onward))
                yield task.batch, answer
        finally:
            if under_way:
                self._client.cancel(list(under_way), force=True)

    def _next(self, ended: queue.SimpleQueue[Future]) -> Future:
        """The next task that has ended, however long it takes while there are workers."""
        since: float | None = None  # there were none
        while True:
            with suppress(queue.Empty):
                return ended.get(timeout=_GLANCE)
            if self._client.status not in ("running", "connecting"):
                raise DistributedError(f"{self._where}: the connection to the scheduler is lost. {_AGAIN}")
            if self.threads():
                since = None
                continue
            since = since or time.monotonic()
            if time.monotonic() - since > self._patience:
                raise DistributedError(
                    f"{self._where}: no workers for {self._patience:g} seconds. Start some: dask worker {self._where}. "
                    f"{_AGAIN}"
                )

    def _answer(self, future: Future, task: _Task) -> Answer | None:
        """A task's answer; None where workers died of it, so that it must be done again with care.

        Raises:
            DistributedError: it failed in a way that is no file's fault.
        """
        try:
            packed: bytes = future.result(timeout=self._patience)
        except self._distributed.scheduler.KilledWorker as error:
            if not task.apart:
                return None
            raise DistributedError(
                f"{self._where}: workers die of the {len(task.batch.files)} files from {task.batch.files[0].name} on although these "
                f"are parsed in processes of their own: give workers more memory. {_AGAIN}"
            ) from error
        except Exception as error:  # whatever the task, or the way to it, raised
            raise DistributedError(
                f"{self._where}: a task failed ({type(error).__name__}: {error}). {_AGAIN}"
            ) from error
        return msgspec.msgpack.decode(packed, type=Answer)
