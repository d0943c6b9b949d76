"""A process of ours at the other end of a socket, and messages of bytes to and from it.

Each message is its length and its bytes; what they mean is its users': `itudocs.workers` (which parse) and
`itudocs.reading.isolated` (which read). The process is a fresh interpreter rather than a fork: threads and large
parents are safe. It does not import the caller's `__main__`.

Beside the way of the data: only speed and safety depend on it.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import time

_LENGTH = struct.Struct("!Q")


class Wire:
    """Messages over a socket.

    Not `multiprocessing.Connection`: collected with the generator that closes it, that closes its descriptor twice.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def send(self, data: bytes, *, until: float | None = None) -> None:
        """Send a message.

        Args:
            until: the moment of `time.monotonic` to give up at.

        Raises:
            ConnectionError: the other end is gone.
            TimeoutError: it has not taken the message in time.
        """
        for piece in (_LENGTH.pack(len(data)), data):
            self._wait(until)
            self._end.sendall(piece)

    def receive(self, *, until: float | None = None, most: int | None = None) -> bytearray:
        """The next message.

        Args:
            most: bytes that a message may have.

        Raises:
            EOFError, ConnectionError: the other end is gone, or sends more than it may.
            TimeoutError: no message has come in time.
        """
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size, until))
        if most is not None and length > most:
            raise EOFError(f"a message of {length:,} bytes")
        return self._exactly(length, until)

    def close(self) -> None:
        self._end.close()

    def _exactly(self, length: int, until: float | None) -> bytearray:
        data = bytearray(length)
        rest = memoryview(data)
        while rest:
            self._wait(until)
            count = self._end.recv_into(rest)
            if not count:
                raise EOFError("the process at the other end is gone")
            rest = rest[count:]
        return data

    def _wait(self, until: float | None) -> None:
        if until is not None:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._end.settimeout(left)


def launch(boot: str, end: socket.socket) -> subprocess.Popen[bytes]:
    """Start a process whose program is `boot`; `sys.argv[1]` tells it the descriptor of its end of the wire.

    Its standard input and output lead nowhere; errors go where the parent's go. It leads a process group of its own, so
    that an interrupt from the keyboard is the parent's to handle.

    Raises:
        OSError: it cannot be started.
    """
    return subprocess.Popen(
        # -P: modules are not looked for among the letters of the current folder.
        [sys.executable, "-P", "-c", boot, str(end.fileno())],
        pass_fds=[end.fileno()],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        process_group=0,
    )
