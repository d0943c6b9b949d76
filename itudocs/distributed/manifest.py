"""Which batches are stored: a file of one line each, appended and synced before anything relies on it.

The first line names the parser's version and the limits; a manifest of others is begun anew, so that letters are read
again. Whether the archive still has what a batch gave, and what failed in it, the archive alone knows.
A line cut off by a crash counts as not written: its batch is read once more, which costs time and changes nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from itudocs.errors import DistributedError
from itudocs.reading import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_KIND = "itudocs manifest "
_HEAD = f"{_KIND}2, parser "


class Manifest:
    """Open for one run.

    Raises:
        DistributedError: the file is something else, or cannot be written to.
    """

    def __init__(self, path: str | os.PathLike[str], *, parser: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = Path(path)
        self._done: set[bytes] = set()
        bounds = hashlib.sha256(msgspec.json.encode(limits)).hexdigest()[:12]
        head = f"{_HEAD}{parser}, limits {bounds}\n".encode()
        try:
            known = self.path.read_bytes() if self.path.exists() else b""
            if known and not known.startswith(_KIND.encode()):
                raise DistributedError(f"{self.path}: is no manifest of itudocs. Name another file.")
            whole = known[: known.rfind(b"\n") + 1]
            fresh = not whole.startswith(head)
            if not fresh:
                self._done = {bytes.fromhex(line.decode()) for line in whole[len(head) :].split()}
            self._file = open(self.path, "wb" if fresh else "r+b", buffering=0)  # noqa: SIM115  # closed by close()
        except OSError as error:
            raise DistributedError(f"{self.path}: the manifest cannot be written ({error.strerror}).") from error
        except ValueError as error:
            raise DistributedError(
                f"{self.path}: is damaged. Remove it: letters that are stored already are recognised."
            ) from error
        if fresh:
            self._append(head)
            self._sync_folder()
        else:
            self._file.truncate(len(whole))
            self._file.seek(0, os.SEEK_END)

    def __contains__(self, digest: str) -> bool:
        return bytes.fromhex(digest) in self._done

    def __len__(self) -> int:
        return len(self._done)

    def note(self, digests: Iterable[str]) -> None:
        """Add finished batches; on return they survive a loss of power.

        Raises:
            DistributedError: the file cannot be written to; the letters themselves are stored.
        """
        fresh = [raw for raw in map(bytes.fromhex, digests) if raw not in self._done]
        if not fresh:
            return
        self._append("".join(f"{digest.hex()}\n" for digest in fresh).encode())
        self._done.update(fresh)

    def _append(self, lines: bytes) -> None:
        left = memoryview(lines)
        try:
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise DistributedError(
                f"{self.path}: the manifest cannot be written ({error.strerror}). All letters so far are stored."
            ) from error

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
