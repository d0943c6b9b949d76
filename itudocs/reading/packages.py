"""What is packed, within limits: the parts of zip packages (.docx, .odt), and a meter for whatever else unpacks.

Parts are read by their exact names and in pieces, so that a part that unpacks to more than `Limits` allow is given up
when it does, not when it has; no name becomes a path. What the parts mean is the formats' own. Used by the modules of
`formats` and by containers.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator

from itudocs.errors import ReadError
from itudocs.reading.source import Limits

FREE = 1024 * 1024
"""Bytes that a part may unpack to whatever its ratio."""
_CHUNK = 64 * 1024
_ENTRY = b"PK\x01\x02"  # begins each entry of a zip's directory
DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError, OverflowError, KeyError,
    IndexError, NotImplementedError,
)  # fmt: skip


class Meter:
    """Counts what one file unpacks to, all its parts and members together.

    Args:
        name: of the file, for errors.
        limits: `max_ratio` holds for each part, `max_unpacked` for all of them.
    """

    def __init__(self, *, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self.total = 0

    def measured(self, chunks: Iterator[bytes], *, packed: int) -> Iterator[bytes]:
        """The chunks of one part of `packed` bytes, as long as they keep to the limits.

        Raises:
            ReadError: a part grows beyond its ratio (`bomb`), or all beyond their sum (`too-large`).
        """
        size = 0
        for chunk in chunks:
            size += len(chunk)
            self.total += len(chunk)
            if size > FREE and size > self._limits.max_ratio * packed:
                raise ReadError(
                    f"{self._name} unpacks to more than {self._limits.max_ratio} times its size, as files made to do harm "
                    "do: if it is honest, raise Limits(max_ratio=...).",
                    name=self._name,
                    reason="bomb",
                )
            if self.total > self._limits.max_unpacked:
                raise ReadError(
                    f"{self._name} unpacks to more than {self._limits.max_unpacked:,} bytes: split it, or raise "
                    "Limits(max_unpacked=...).",
                    name=self._name,
                    reason="too-large",
                )
            yield chunk


class Package:
    """A zip file as a set of named parts.

    Args:
        data: the bytes of the file.
        what: what it is, for errors: `a Word document (.docx)`.
        name, limits, meter: as for `Meter`; a meter is given where the file is itself a member of something.

    Raises:
        ReadError: it is no zip file, or cut off (`damaged`), or has more than `limits.max_members` parts (`too-large`).
    """

    def __init__(self, data: bytes, *, what: str, name: str, limits: Limits, meter: Meter | None = None) -> None:
        self._size = len(data)
        self._what = what
        self._name = name
        self._meter = meter or Meter(name=name, limits=limits)
        if data.count(_ENTRY) > limits.max_members:  # before they become objects
            raise ReadError(
                f"{name} holds more than {limits.max_members:,} parts: split it, or raise Limits(max_members=...).",
                name=name,
                reason="too-large",
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except DAMAGE as error:
            raise self._damaged(error) from error
        self._parts = {info.filename: info for info in self._zip.infolist()}

    def __contains__(self, part: str) -> bool:
        return part in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def chunks(self, part: str) -> Iterator[bytes]:
        """The bytes of a part in pieces.

        Raises:
            ReadError: there is no such part, or it is damaged (`damaged`), encrypted (`encrypted`), beyond the limits.
        """
        info = self._parts.get(part)
        if info is None:
            raise ReadError(
                f"{self._name} is {self._what} without its part {part}: it is damaged; open it in the program that made "
                "it and save it anew.",
                name=self._name,
                reason="damaged",
            )
        if info.flag_bits & 0x41:  # encrypted, in the plain or in the strong way
            raise ReadError(
                f"{self._name} is encrypted: open it with its password and save it without.",
                name=self._name,
                reason="encrypted",
            )
        return self._meter.measured(self._unpacked(info), packed=min(info.compress_size, self._size))

    def part(self, part: str) -> bytes:
        """All bytes of a part; errors as of `chunks`."""
        return b"".join(self.chunks(part))

    def _unpacked(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._zip.open(info) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except (*DAMAGE, RuntimeError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> ReadError:
        why = str(error) or type(error).__name__
        return ReadError(
            f"{self._name} is {self._what} that is damaged or cut off ({why}): get it anew, or open it in the program "
            "that made it and save it.",
            name=self._name,
            reason="damaged",
        )
