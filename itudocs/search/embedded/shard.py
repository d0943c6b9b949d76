"""Indexing in several processes, this one among them: each gets a share of the letters and makes whole segments of it.

Whoosh's own multi-process writer reports success when one of its processes has died; here every exit status is looked
at, and every process must say which letters its segments hold. Fresh interpreters rather than forks: threads and large
parents are safe. Letters go to whichever process has room, forty at a time, to others through a pipe.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from itudocs.errors import ArchiveError
from itudocs.search.embedded import writer
from itudocs.search.embedded.contents import Described
from itudocs.search.engine import Entry

_BOOT = "import sys; from itudocs.search.embedded.shard import serve; serve(sys.argv[1], float(sys.argv[2]))"
_SHARE = 40
_PIPE = 1 << 20
"""Bytes that may wait for a process (where the system lets them): this one has its own share to see to."""


class Made(msgspec.Struct, frozen=True, array_like=True):
    """What a process says of a segment that it made."""

    name: str
    size: int
    deleted: list[int]
    checksum: int
    places: list[int]


def index(folder: Path, letters: Iterable[Entry], *, workers: int, memory: float) -> list[writer.Fresh]:
    """Segments of all letters.

    Raises:
        ArchiveError: a process died or did not finish its share.
    """
    crew = [
        subprocess.Popen(
            [sys.executable, "-c", _BOOT, str(folder), str(memory)], pipesize=_PIPE,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        for _ in range(workers - 1)
    ]  # fmt: skip
    shares = _Shares(letters)
    threads = [threading.Thread(target=_feed, args=(shares, process), name="itudocs-index") for process in crew]
    try:
        for thread in threads:
            thread.start()
        fresh = list(writer.index(folder, shares.own(), memory=memory))
        for thread in threads:
            thread.join()
        shares.check()
        made = [_answer(process) for process in crew]
    except BaseException as fault:
        dead = [process for process in crew if process.poll()]
        for process in crew:
            process.kill()
        if isinstance(fault, BrokenPipeError) or (dead and not isinstance(fault, ArchiveError)):
            raise _died(dead[0].returncode if dead else None) from fault
        raise
    finally:
        for thread in threads:
            thread.join()
        for process in crew:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except BrokenPipeError:
                        continue
            process.wait()
    fresh += [
        writer.Fresh(Described(m.name, m.size, frozenset(m.deleted), m.checksum), m.places)
        for found in made
        for m in found
    ]
    if sorted(p for f in fresh for p in f.places) != list(range(shares.taken)):
        raise ArchiveError(f"{folder}: the processes that index lost letters; the index stays as it was. Try again.")
    return fresh


class _Shares:
    """The letters that are left, a share at a time, for threads that take turns."""

    def __init__(self, letters: Iterable[Entry]) -> None:
        self.taken = 0
        self.faults: list[BaseException] = []
        self._rest = enumerate(letters)
        self._turn = threading.Lock()

    def take(self) -> list[tuple[int, Entry]]:
        """The next share; nothing if there is none or something has failed."""
        with self._turn:
            if self.faults:
                return []
            try:
                share = list(islice(self._rest, _SHARE))
            except BaseException as fault:
                self.faults.append(fault)
                return []
            self.taken += len(share)
            return share

    def own(self) -> Iterator[tuple[int, Entry]]:
        """The shares of the calling thread, letter by letter."""
        while share := self.take():
            yield from share
        self.check()

    def check(self) -> None:
        """Raise what has failed, if anything has."""
        if self.faults:
            raise self.faults[0]


def _feed(shares: _Shares, process: subprocess.Popen[bytes]) -> None:
    """Send shares to a process until there are none."""
    encoder, pipe = msgspec.msgpack.Encoder(), process.stdin
    if pipe is None:
        return
    try:
        while share := shares.take():
            parts = []
            for place, letter in share:
                # What a value was read from is not searched, and is half of a record
                if letter.record.evidence:
                    letter = msgspec.structs.replace(letter, record=msgspec.structs.replace(letter.record, evidence={}))
                data = encoder.encode((place, letter))
                parts.append(len(data).to_bytes(4, "little") + data)
            pipe.write(b"".join(parts))
        pipe.close()
    except BaseException as fault:
        shares.faults.append(fault)


def _answer(process: subprocess.Popen[bytes]) -> list[Made]:
    data = process.stdout.read() if process.stdout else b""
    if process.wait():
        raise _died(process.returncode)
    return msgspec.msgpack.decode(data, type=list[Made])


def _died(status: int | None) -> ArchiveError:
    return ArchiveError(
        f"A process that indexes died (exit status {status}); the index stays as it was. Try again, with fewer workers if "
        f"memory is short."
    )


def serve(folder: str, memory: float) -> None:
    """Index the letters that come on standard input, and say on standard output what was made."""
    made = [
        Made(f.described.name, f.described.size, sorted(f.described.deleted), f.described.checksum, f.places)
        for f in writer.index(Path(folder), _received(sys.stdin.buffer), memory=memory)
    ]
    sys.stdout.buffer.write(msgspec.msgpack.encode(made))
    sys.stdout.buffer.flush()


def _received(pipe: BinaryIO) -> Iterator[tuple[int, Entry]]:
    decoder = msgspec.msgpack.Decoder(tuple[int, Entry])
    while head := pipe.read(4):
        data = pipe.read(int.from_bytes(head, "little"))
        yield decoder.decode(data)
