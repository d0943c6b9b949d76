"""Indexing in several processes: each gets a share of the letters and makes whole segments of it.

Whoosh's own multi-process writer reports success when one of its processes has died; here every exit status is looked
at, and every process must say which letters its segments hold. Fresh interpreters rather than forks: threads and large
parents are safe. Letters go to whichever process has room, forty at a time, through a pipe.
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
            [sys.executable, "-c", _BOOT, str(folder), str(memory)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        for _ in range(workers)
    ]  # fmt: skip
    try:
        sent = _hand_out(crew, letters)
        made = [_answer(process) for process in crew]
    except BaseException:
        for process in crew:
            process.kill()
        raise
    finally:
        for process in crew:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except BrokenPipeError:
                        continue
            process.wait()
    fresh = [
        writer.Fresh(Described(m.name, m.size, frozenset(m.deleted), m.checksum), m.places)
        for found in made
        for m in found
    ]
    if sorted(p for f in fresh for p in f.places) != list(range(sent)):
        raise ArchiveError(f"{folder}: the processes that index lost letters; the index stays as it was. Try again.")
    return fresh


def _hand_out(crew: list[subprocess.Popen[bytes]], letters: Iterable[Entry]) -> int:
    """Send every letter to one of the processes. Returns how many there were."""
    encoder = msgspec.msgpack.Encoder()
    turn = threading.Condition()
    shares = _shares(letters, encoder)
    sent, faults = 0, list[BaseException]()

    def feed(process: subprocess.Popen[bytes]) -> None:
        nonlocal sent
        pipe = process.stdin
        try:
            while pipe is not None:
                with turn:  # the source of letters is read by one thread at a time
                    share = None if faults else next(shares, None)
                    if share is not None:
                        sent += share[0]
                if share is None:
                    break
                pipe.write(share[1])
            if pipe is not None:
                pipe.close()
        except BaseException as fault:
            with turn:
                faults.append(fault)

    threads = [threading.Thread(target=feed, args=(process,), name="itudocs-index") for process in crew[1:]]
    for thread in threads:
        thread.start()
    feed(crew[0])
    for thread in threads:
        thread.join()
    dead = [process for process in crew if process.poll()]
    if dead or any(isinstance(f, BrokenPipeError) for f in faults):
        raise _died(dead[0].returncode if dead else None)
    if faults:
        raise faults[0]
    return sent


def _shares(letters: Iterable[Entry], encoder: msgspec.msgpack.Encoder) -> Iterator[tuple[int, bytes]]:
    rest = enumerate(letters)
    while some := list(islice(rest, _SHARE)):
        parts = []
        for place, letter in some:
            # What a value was read from is not searched, and is half of a record
            if letter.record.evidence:
                letter = msgspec.structs.replace(letter, record=msgspec.structs.replace(letter.record, evidence={}))
            data = encoder.encode((place, letter))
            parts.append(len(data).to_bytes(4, "little") + data)
        yield len(some), b"".join(parts)


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
