"""A function applied to many items in processes of their own: lazily, in order, and whatever happens to a process.

Knows nothing about letters; `itudocs.parse` brings the function. Each worker is a fresh interpreter at the end of a
socket, with one item at a time in its hands, so that when it dies the item it died of is known. Fresh interpreters
rather than forks: threads and large parents are safe. They do not import the caller's `__main__`: scripts need no
`if __name__ == "__main__"`, but the function must live in a module that can be imported.

Beside the way of the data: only speed and safety depend on it.
"""

from __future__ import annotations

import pickle
import queue
import socket
import subprocess
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar, cast

from itudocs.errors import ItuDocsError
from itudocs.wire import Wire, launch

T = TypeVar("T")
R = TypeVar("R")

_BOOT = "import sys; from itudocs.workers import serve; serve(int(sys.argv[1]))"
_AHEAD = 4  # items begun ahead of the consumer, a worker: enough to even out long and short letters


class Died(Generic[T]):
    """In place of a result: a fresh worker, given nothing but `item`, died of it.

    `status` is the exit status as `subprocess` gives it: negative for a signal.
    """

    def __init__(self, item: T, status: int | None) -> None:
        self.item = item
        self.status = status


def ordered(
    task: Callable[[T], R], items: Iterable[T], *, workers: int, ahead: int | None = None
) -> Generator[R | Died[T], None, None]:
    """`task(item)` for every item, in the order of the items.

    Args:
        task: picklable by name: a function of a module, or a `functools.partial` of one.
        items: pulled as results are taken, never more than `ahead` of them.
        workers: how many processes.
        ahead: how many items may be begun whose results are not yet taken; four a worker by default.

    Yields:
        Each result, or `Died`. An exception that `task` or `items` raises is raised here, in its turn.

    Raises:
        ItuDocsError: a worker cannot start.
    """
    if workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    return _ordered(pickle.dumps(task), iter(items), workers, ahead or _AHEAD * workers)


def _ordered(task: bytes, items: Iterator[T], workers: int, ahead: int) -> Generator[R | Died[T], None, None]:
    crew = [_Worker(task) for _ in range(workers)]
    idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
    for worker in crew:
        idle.put(worker)

    def work(item: T) -> R | Died[T]:
        worker = idle.get()
        try:
            return cast("R | Died[T]", worker.run(item))
        finally:
            idle.put(worker)

    # A thread waits on each worker, so that results are taken off its hands while the consumer is busy.
    threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="itudocs-worker")
    begun: deque[Future[R | Died[T]]] = deque()
    end: Exception | None = None
    try:
        while True:
            while end is None and len(begun) < ahead and not (begun and begun[0].done()):
                try:
                    begun.append(threads.submit(work, next(items)))
                except Exception as error:  # StopIteration, or the caller's, raised in its turn
                    end = error
            if begun:
                yield begun.popleft().result()
            elif isinstance(end, StopIteration):
                return
            elif end is not None:
                raise end
    finally:
        for worker in crew:
            worker.kill()
        threads.shutdown(wait=True, cancel_futures=True)
        for worker in crew:
            worker.reap()


class _Worker:
    """One process and the wire to it, renewed when it dies.

    `run` and `reap` are called by one thread at a time, `kill` by any.
    """

    def __init__(self, task: bytes) -> None:
        self._task = task
        self._lock = threading.Lock()  # of the next two, against a kill during a start
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False
        self._wire: _Pickles | None = None

    def run(self, item: object) -> object:
        while True:
            fresh = self._wire is None
            wire = self._wire or self._start()
            try:
                wire.send(item)
                done, value = wire.receive()
            except (EOFError, ConnectionError):
                status = self.reap()
                if fresh or self._killed:
                    return Died(item, status)
                continue  # it may have been at its end before this item: a fresh one tells
            if not done:
                raise value
            return value

    def kill(self) -> None:
        with self._lock:
            self._killed = True
            process = self._process
        if process is not None:
            process.kill()

    def reap(self) -> int | None:
        """Put away a dead process and its wire; its exit status."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None
        if self._process is None:
            return None
        try:
            # A process that closed its end of the wire is on its way out.
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._process = None
        return status

    def _start(self) -> _Pickles:
        try:
            wire = self._launch()
        except OSError as error:
            raise ItuDocsError(f"a worker process could not start ({error}): use fewer workers.") from error
        try:
            wire.send(self._task)
            wire.receive()
        except (EOFError, ConnectionError):
            status = self.reap()
            raise ItuDocsError(
                f"a worker process could not start (exit status {status}); its own message is on standard error. "
                "Parse with workers=1, in this process."
            ) from None
        return wire

    def _launch(self) -> _Pickles:
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            self._wire = _Pickles(ours)
            if self._killed:
                raise ItuDocsError("the workers have been stopped")
            self._process = launch(_BOOT, theirs)
            return self._wire


class _Pickles:
    """Values over a wire, pickled; the other end is a process of ours and no one else."""

    def __init__(self, end: socket.socket) -> None:
        self._wire = Wire(end)

    def send(self, value: object) -> None:
        self._wire.send(pickle.dumps(value, protocol=5))  # pickled first: what cannot be is not half sent

    def receive(self) -> Any:
        return pickle.loads(self._wire.receive())  # noqa: S301  (see above)

    def close(self) -> None:
        self._wire.close()


def serve(descriptor: int) -> None:
    """The life of a worker: take the task, say so, then answer each item until the wire closes."""
    wire = _Pickles(socket.socket(fileno=descriptor))
    task = pickle.loads(wire.receive())  # noqa: S301  (from the parent process)
    wire.send(None)
    while True:
        try:
            item = wire.receive()
        except (EOFError, ConnectionError):
            return
        try:
            reply = True, task(item)
        except Exception as error:
            error.add_note(f"In a worker process:\n{traceback.format_exc()}")
            reply = False, error
        try:
            wire.send(reply)
        except ConnectionError:
            return
        except Exception as error:
            answer = repr(reply[1])[:200]
            wire.send((False, ItuDocsError(f"a worker's answer cannot be sent ({error}): {answer}")))
