"""What an archive asks of the disk: durable writes, one writer at a time, and faults told in words.

`write_durably` and `sync` put bytes where a power cut leaves them. `WriterLock` lets one process write. `told` turns
errors of the operating system and of SQLite into the archive's own, which name the folder and the next step. What is
written, and when, is up to `store` and `generations`, which stand on this module.
"""

from __future__ import annotations

import errno
import fcntl
import functools
import hashlib
import json
import os
import socket
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from itudocs.errors import ArchiveDamaged, ArchiveError, ArchiveLocked

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def now() -> str:
    """The time as stored: UTC, ISO 8601, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's entries, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file in one step: after a power cut it holds the old bytes or the new ones, never a mixture."""
    fresh = path.with_name(f".{path.name}.new")
    with open(fresh, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    sync(path.parent)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def told(place: Path, doing: str) -> Iterator[None]:
    """Turn faults of the machine into the archive's errors.

    Raises:
        ArchiveError: the disk is full, the folder cannot be written to, or another fault of input and output.
        ArchiveDamaged: SQLite finds the store's bytes to be no longer its own.
        ArchiveLocked: SQLite waited in vain for another process.
    """
    try:
        yield
    except sqlite3.Error as fault:
        raise _of_sqlite(fault, place, doing) from fault
    except UnicodeDecodeError as fault:  # SQLite quotes a damaged table's text, which Python cannot decode
        raise damaged_store(place, f"its tables are unreadable while {doing}") from fault
    except OSError as fault:
        raise _of_system(fault, place, doing) from fault


def _full(place: Path, doing: str) -> ArchiveError:
    return ArchiveError(
        f"{place}: the disk is full ({doing}). Everything reported as stored is safe; free some space and run the "
        f"same command again."
    )


def _forbidden(place: Path, doing: str, why: str) -> ArchiveError:
    return ArchiveError(
        f"{place}: cannot be written to ({doing}: {why}). Make the folder writable for this user, or use a copy of "
        f"the archive."
    )


def _of_system(fault: OSError, place: Path, doing: str) -> ArchiveError:
    why = fault.strerror or str(fault)
    if fault.errno in _FULL:
        return _full(place, doing)
    if fault.errno in _FORBIDDEN:
        return _forbidden(place, doing, why)
    named = f" ({os.fspath(fault.filename)!r})" if fault.filename else ""
    return ArchiveError(f"{place}: {why}{named} while {doing}. Check the disk, then run the same command again.")


def _of_sqlite(fault: sqlite3.Error, place: Path, doing: str) -> ArchiveError:
    # Errors that the sqlite3 module itself raises (a closed connection, a wrong type) carry no code.
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return _full(place, doing)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return _forbidden(place, doing, str(fault))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ArchiveLocked(f"{place}: another process is using it ({doing}). Wait until it has finished.")
    if code == sqlite3.SQLITE_IOERR:
        return ArchiveError(
            f"{place}: the disk refused to read or write ({doing}: {fault}); it may be full or failing. Everything "
            f"reported as stored is safe; check the disk and run the same command again."
        )
    return damaged_store(place, f"{fault} while {doing}")


def damaged_store(place: Path, what: str) -> ArchiveDamaged:
    """The error for a store whose bytes are wrong; the store being the truth, only a backup replaces it."""
    return ArchiveDamaged(
        f"{place}: the store is damaged ({what}). `itudocs verify` lists what is wrong; restore a backup, or add the "
        f"original files to a new archive."
    )


class WriterLock:
    """The right to write to an archive: held by one process at a time, given back by the system when that one dies.

    An advisory `flock` on a file that stays in the folder and names its last holder. Readers never take it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._here = threading.Lock()  # flock does not tell threads of one process, sharing this object, apart
        self._descriptor = -1

    @contextmanager
    def held(self, doing: str) -> Iterator[None]:
        """Hold the lock, or fail at once.

        Raises:
            ArchiveLocked: another holds it; the message names the process and the host.
            ArchiveError: the folder cannot be written to.
        """
        if not self._here.acquire(blocking=False):
            raise ArchiveLocked(f"{self.path.parent}: this process ({os.getpid()}) is already writing to it.")
        try:
            with told(self.path.parent, doing):
                self._take(doing)
            try:
                yield
            finally:
                self._release()
        finally:
            self._here.release()

    def _take(self, doing: str) -> None:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            holder = {"pid": os.getpid(), "host": socket.gethostname(), "doing": doing, "since": now()}
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(holder).encode() + b"\n", 0)
        except BlockingIOError:
            os.close(descriptor)
            raise ArchiveLocked(
                f"{self.path.parent}: another process is writing to it ({self.holder()}). Wait until it has finished; "
                f"the lock goes when that process ends."
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        _release_in_children()
        _held.add(self)

    def _release(self) -> None:
        _held.discard(self)
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def holder(self) -> str:
        """Who wrote last, or writes now, in words."""
        try:
            facts = json.loads(self.path.read_bytes())
            return f"process {facts['pid']} on {facts['host']}, {facts['doing']}, since {facts['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "its process is unknown"  # it has the lock but has not signed it yet


_held: weakref.WeakSet[WriterLock] = weakref.WeakSet()


@functools.cache
def _release_in_children() -> None:
    """A forked worker must not keep the lock alive when its parent is killed."""

    def let_go() -> None:
        for lock in list(_held):
            lock._release()

    os.register_at_fork(after_in_child=let_go)
