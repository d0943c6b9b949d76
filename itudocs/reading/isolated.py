"""A format's reader in a process of its own, which may take too long, take too much memory, or die: nothing else does.

Readers are fresh interpreters (`itudocs.wire`) that live on from file to file; starting one takes some tenths of a
second, a file through it less than a millisecond beside the reading. They are given a file's bytes and answer with its
text or the reason why there is none, as MessagePack: an answer is data, whatever became of the process. A container's
members they send one after the other, as they are taken. What they may use is set anew for each file from its
`Limits`; they can write no file and leave no core. A reader that has grown, or has read many files, is replaced, and one
that dies of a file it was not fresh for is replaced and asked again, so that no file suffers for one before it.

Which formats are read so is their own to say (`Format.isolated`), what is in a container is `containers`'; what to do with
a text is `itudocs.reading.read`'s.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import math
import os
import resource
import signal
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from itudocs.errors import ItuDocsError, ReadError
from itudocs.model import Failure, Record
from itudocs.reading.decoding import Decoded
from itudocs.reading.formats import Format
from itudocs.reading.source import Document, Limits
from itudocs.wire import Wire, launch

_BOOT = "import sys; from itudocs.reading.isolated import serve; serve(int(sys.argv[1]))"
_START_SECONDS = 60.0  # for a fresh interpreter on a busy machine; measured 0.2 s on an idle one
_FILES = 2000  # that one reader reads: what leaks little by little does not add up
_GROWN: Final = 4  # a reader that has grown by this part of what it may use is replaced
_DESCRIPTORS = 64
_MUCH: Final = 0.7  # of the memory it may use: one that dies with more has died of it
_DYING_SECONDS = 0.2  # that a process gets to die by itself
_LEAST_SECONDS = 0.001  # none at all would switch the alarm off
_GRACE = 1.0  # seconds that a reader may take beyond its own alarm before it is killed from outside
_PLACE_BYTES = 64  # of a place in an answer, at most

_Trouble = Literal["refused", "memory", "depth", "fault"]


class _Task(Record, frozen=True, kw_only=True):
    """To read a file in the format of a class, or where none is named, to take the members out of a container."""

    name: str
    data: bytes
    limits: Limits
    module: str = ""
    format: str = ""


class _Answer(Record, frozen=True, kw_only=True):
    """A text; or of a container the next member, one that cannot be had, or the name of one that is passed over, with
    `more` to follow. In `trouble` why there is none; and whether the reader shall be replaced.
    """

    decoded: Decoded | None = None
    member: Document | None = None
    failure: Failure | None = None
    passed: str | None = None
    more: bool = False
    trouble: _Trouble | None = None
    reason: str = ""
    message: str = ""
    last: bool = False


def to_text(form: Format, data: bytes, *, name: str, limits: Limits) -> Decoded:
    """What `form.to_text` gives, from another process. May be called by several threads at once: each has a reader.

    Args:
        form: of a class that can be imported and made without arguments.
        limits: `seconds` and `max_memory` bound the process, beside the format's own limits.

    Raises:
        ReadError: the format's own, or with one of the reasons

            - `timeout`: it took longer than `limits.seconds`, of the clock or of a processor;
            - `memory`: it needed more than `limits.max_memory` bytes;
            - `reader-died`: the process died of it;
            - `damaged`: it is nested too deeply;
            - `internal-error`: the reader has a fault.
        ItuDocsError: a reader cannot start.
    """
    kind = type(form)
    task = _Task(module=kind.__module__, format=kind.__qualname__, name=name, data=data, limits=limits)
    for answer in _crew(os.getpid()).run(task):
        if answer.decoded is not None:
            return answer.decoded
    raise ItuDocsError(f"{name} had neither a text nor a reason from its reader: please report this.")


def members(document: Document, *, limits: Limits) -> Iterator[Document | Failure | str]:
    """What `containers.unpack` gives, from another process, and as a `str` what it would tell `on_skip`, in its order.

    `limits.seconds` bounds the work on all members together, not the time between them in which others work.

    Raises:
        ReadError: as `to_text`, after what came before it.
        ItuDocsError: a reader cannot start.
    """
    for answer in _crew(os.getpid()).run(_Task(name=document.name, data=document.data, limits=limits)):
        found = answer.member or answer.failure or answer.passed
        if found is not None:
            yield found


class _Crew:
    """The readers of this process that have nothing to do."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._idle: list[_Reader] = []

    def run(self, task: _Task) -> Iterator[_Answer]:
        """The answers to a task, each once, up to the one that says that there are no more."""
        given = 0
        while True:
            with self._lock:
                reader = self._idle.pop() if self._idle else None
            fresh = reader is None
            reader = reader or _Reader()
            keep = False
            try:
                reader.ask(task)
                count = 0
                while (answer := reader.answer(task)).more:
                    count += 1
                    if count > given:  # else it came before, from one that has died since
                        given = count
                        yield answer
                keep = not answer.last
            except TimeoutError:
                raise _timeout(task) from None
            except (EOFError, ConnectionError, msgspec.DecodeError):
                status = reader.end()
                if status in (-signal.SIGALRM, -signal.SIGXCPU):
                    raise _timeout(task) from None
                if fresh:
                    # Libraries that get no memory end their process.
                    much = reader.peak > _MUCH * task.limits.max_memory
                    raise (_memory(task) if much else _died(task, status)) from None
                continue
            finally:
                if keep:
                    with self._lock:
                        self._idle.append(reader)
                else:
                    reader.end()
            if answer.trouble == "memory" and not fresh:
                continue
            if answer.trouble is not None:
                raise _trouble(task, answer)
            yield answer
            return

    def close(self) -> None:
        if os.getpid() != self._process:  # a fork that ends
            return
        with self._lock:
            readers, self._idle = self._idle, []
        for reader in readers:
            reader.end()


@functools.cache
def _crew(process: int) -> _Crew:
    """The crew of a process: a fork does not share its parent's readers."""
    crew = _Crew(process)
    atexit.register(crew.close)
    return crew


class _Reader:
    """One process and the wire to it; used by one thread at a time. `peak` is the most memory that it
    took, known once it has ended; 0 where that was less than its parent's.

    Raises:
        ItuDocsError: it cannot start.
    """

    def __init__(self) -> None:
        self.peak = 0
        self._first_peak = 0
        ours, theirs = socket.socketpair()
        self._wire = Wire(ours)
        try:
            with theirs:
                self._process = launch(_BOOT, theirs)
        except OSError as error:
            self._wire.close()
            raise ItuDocsError(f"a process to read files in could not start ({error}): free memory.") from error
        try:
            self._first_peak = int(self._wire.receive(until=time.monotonic() + _START_SECONDS))
        except BaseException as error:
            status = self.end()
            if not isinstance(error, (EOFError, OSError)):
                raise
            raise ItuDocsError(
                f"a process to read files in could not start (exit status {status}); its own message is on standard "
                "error."
            ) from None

    def ask(self, task: _Task) -> None:
        """Give it a task.

        Raises:
            TimeoutError: it does not take it in time.
            ConnectionError: it is gone.
        """
        self._wire.send(msgspec.msgpack.encode(task), until=time.monotonic() + task.limits.seconds + _GRACE)

    def answer(self, task: _Task) -> _Answer:
        """The next answer to a task.

        Raises:
            TimeoutError: it has not come in time.
            EOFError, ConnectionError, msgspec.DecodeError: it has not come at all, or makes no sense.
        """
        until = time.monotonic() + task.limits.seconds + _GRACE
        # Four bytes a character at most, and no more places than characters.
        most = (4 + _PLACE_BYTES) * task.limits.max_text + task.limits.max_bytes + (1 << 20)
        return msgspec.msgpack.decode(self._wire.receive(until=until, most=most), type=_Answer)

    def end(self) -> int | None:
        """Put it away, dead or alive, with whatever it has started; its exit status, negative for a signal."""
        self._wire.close()
        if self._process.returncode is None:
            # One that closed its end of the wire is on its way out, and its status tells why. It is looked at first and
            # reaped last, so that its number is still its group's: programs it ran are in that.
            dead = functools.partial(os.waitid, os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            end = time.monotonic() + _DYING_SECONDS
            while dead() is None and time.monotonic() < end:
                time.sleep(0.005)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            _, status, usage = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            # A new process begins with its parent's peak: only a higher one is its own.
            self.peak = usage.ru_maxrss * 1024 if usage.ru_maxrss > self._first_peak else 0
        return self._process.returncode


def _timeout(task: _Task) -> ReadError:
    return ReadError(
        f"{task.name} could not be read within {task.limits.seconds:g} seconds, as files made to do harm cannot: if it is "
        "honest, raise Limits(seconds=...).",
        name=task.name,
        reason="timeout",
    )


def _memory(task: _Task) -> ReadError:
    return ReadError(
        f"{task.name} could not be read within {task.limits.max_memory:,} bytes of memory, as files made to do harm "
        "cannot: if it is honest, raise Limits(max_memory=...).",
        name=task.name,
        reason="memory",
    )


def _died(task: _Task, status: int | None) -> ReadError:
    if status is not None and status < 0:
        try:
            why = f"signal {signal.Signals(-status).name}"
        except ValueError:
            why = f"signal {-status}"
    else:
        why = f"exit status {status}"
    return ReadError(
        f"{task.name} could not be read: the process that read it died of it ({why}). It is damaged, or needs more memory "
        "than Limits(max_memory=...) allows: open it in the program that made it and save it anew.",
        name=task.name,
        reason="reader-died",
    )


def _trouble(task: _Task, answer: _Answer) -> ReadError:
    if answer.trouble == "refused":
        return ReadError(answer.message, name=task.name, reason=answer.reason)
    if answer.trouble == "memory":
        return _memory(task)
    if answer.trouble == "depth":
        return ReadError(
            f"{task.name} is nested too deeply to be read: open it in the program that made it and save it anew.",
            name=task.name,
            reason="damaged",
        )
    return ReadError(
        f"{task.name} could not be read: {answer.message}. This is a fault of itudocs: please report it.",
        name=task.name,
        reason="internal-error",
    )


def serve(descriptor: int) -> None:
    """The life of a reader: say that it has started, then answer each task until the wire closes or it has had enough."""
    wire = Wire(socket.socket(fileno=descriptor))
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
    ):
        _set_limit(kind, most)
    wire.send(b"%d" % resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)  # libraries speak of what they find in files; the answer says what is of use
    os.close(silence)
    start = _size()
    for count in range(1, _FILES + 1):
        try:
            task = msgspec.msgpack.decode(wire.receive(), type=_Task)
            for answer in _answers(task, start):
                last = (
                    count == _FILES or answer.trouble == "memory" or _size() - start > task.limits.max_memory // _GROWN
                )
                try:
                    packed = msgspec.msgpack.encode(msgspec.structs.replace(answer, last=last))
                except MemoryError:
                    packed = msgspec.msgpack.encode(_Answer(trouble="memory", last=True))
                del answer
                wire.send(packed)
                del packed
            del task
        except (EOFError, ConnectionError):
            return


def _answers(task: _Task, start: int) -> Iterator[_Answer]:
    """A task's answers within its limits; `start` is the memory the reader had before its first.

    The time between them, in which the caller has other things to do, is not counted.
    """
    limits = task.limits
    spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _set_limit(resource.RLIMIT_CPU, math.ceil(spent + limits.seconds) + 1)
    left = limits.seconds
    work = _work(task)
    more = True
    while more:
        begun = time.monotonic()
        _set_limit(resource.RLIMIT_AS, start + len(task.data) + limits.max_memory)
        # Its default action ends the process wherever it is, also where no one is left who could kill it.
        signal.setitimer(signal.ITIMER_REAL, left)
        try:
            answer = next(work)
        except ReadError as error:
            answer = _Answer(trouble="refused", reason=error.reason, message=str(error))
        except MemoryError:
            answer = _Answer(trouble="memory")
        except RecursionError:
            answer = _Answer(trouble="depth")
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{os.path.basename(frame.filename)}, line {frame.lineno}, in {frame.name}"
            answer = _Answer(trouble="fault", message=f"{type(error).__name__}: {str(error)[:500]} ({where})")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            _set_limit(resource.RLIMIT_AS, resource.RLIM_INFINITY)
        left = max(left - (time.monotonic() - begun), _LEAST_SECONDS)
        more = answer.more
        yield answer


def _work(task: _Task) -> Iterator[_Answer]:
    if task.format:
        form: Format = getattr(importlib.import_module(task.module), task.format)()
        yield _Answer(decoded=form.to_text(task.data, name=task.name, limits=task.limits))
        return
    from itudocs.reading.containers import unpack  # which has it done here

    passed: list[str] = []
    for found in unpack(Document(name=task.name, data=task.data), limits=task.limits, on_skip=passed.append):
        yield from _passed(passed)
        if isinstance(found, Failure):
            yield _Answer(failure=found, more=True)
        else:
            yield _Answer(member=found, more=True)
    yield from _passed(passed)
    yield _Answer()


def _passed(names: list[str]) -> Iterator[_Answer]:
    while names:
        yield _Answer(passed=names.pop(0), more=True)


def _set_limit(kind: int, most: int) -> None:
    """The soft limit, which may be raised again: for another file, or for a program that needs more."""
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY and (most == resource.RLIM_INFINITY or most > hard):
        most = hard
    resource.setrlimit(kind, (most, hard))


def _size() -> int:
    """Bytes of address space."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
