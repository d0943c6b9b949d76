"""What is left of the limits while one file is unpacked, and the names that its members get.

One `Unpacking` goes with a file through all containers within it, so that members and bytes are counted over the whole.
Nothing is ever written to a disk; a member whose name leads out of its container is refused all the same, for the name
is kept, shown and handed on. Which members there are is the containers' own (`zips`, `tars`, `mails`, `outlook`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from itudocs.errors import ReadError
from itudocs.model import Failure
from itudocs.reading.decoding import decode
from itudocs.reading.formats import claimed
from itudocs.reading.packages import Meter
from itudocs.reading.source import Limits

INSIDE = "!/"
"""Parts a container's name from that of a member: `letters.zip!/2004/letter.txt`."""
_DRIVE = re.compile(r"[A-Za-z]:")
_LONGEST_NAME = 1024
_CONTROLS = dict.fromkeys((*range(0x20), 0x7F), "_")


class Exhausted(ReadError):
    """A limit that holds for the whole file is reached: nothing more is taken out of it."""


class Unpacking:
    """How far the unpacking of one file is.

    Args:
        name: of the outermost file.
        claims: whether a file of a name is some container's.
        on_skip: told of members that no format claims.
    """

    def __init__(
        self,
        *,
        name: str,
        limits: Limits,
        claims: Callable[[str], bool],
        on_skip: Callable[[str], None] | None = None,
    ) -> None:
        self.limits = limits
        self._name = name
        self._claims = claims
        self._on_skip = on_skip
        self._meter = Meter(name=name, limits=limits)
        self._members = 0
        self._given: dict[str, int] = {}  # names, and the last number that one of them got

    def count(self) -> None:
        """One more member, whether it is read or not.

        Raises:
            Exhausted: they are too many (`too-many`).
        """
        self._members += 1
        if self._members > self.limits.max_members:
            raise self.too_many()

    def too_many(self) -> Exhausted:
        """The error for a file of too many members."""
        return Exhausted(
            f"{self._name} holds more than {self.limits.max_members:,} files: unpack it and add the folder, or raise "
            "Limits(max_members=...).",
            name=self._name,
            reason="too-many",
        )

    def named(self, container: str, member: str, *, label: bool = False) -> str | None:
        """What a member shall be called; None where it is passed over.

        Hidden files and folders, and those that macOS keeps beside others, are passed over in silence; what no format
        claims goes to `on_skip`. A name that comes twice gets a number.

        Args:
            label: the name is one for people, not a path: a slash in it parts no folders (`Circular CR/387.doc`). Of a path
                that leads elsewhere, as old programs send it (`C:\\letters\\387.doc`), the last part is the name.

        Raises:
            ReadError: the name leads out of the container, or is none (`traversal`).
        """
        if label:
            member = _last_of(member)
        parts = member.replace("\\", "/").split("/")
        full = f"{container}{INSIDE}{member.translate(_CONTROLS)[:_LONGEST_NAME]}"
        if "\0" in member or parts[0] == "" or ".." in parts or _DRIVE.match(member) or len(member) > _LONGEST_NAME:
            raise ReadError(
                f"{full} is refused: its name leads out of its container. Unpack it with a tool that you trust, look at "
                "the file, and add it by itself.",
                name=full,
                reason="traversal",
            )
        parts = [part.translate(_CONTROLS) for part in parts if part not in ("", ".")]
        if not parts or any(part.startswith((".", "~$")) or part == "__MACOSX" for part in parts):
            return None
        tidy = ("-" if label else "/").join(parts)
        full = f"{container}{INSIDE}{tidy}"
        if not (claimed(parts[-1]) or self._claims(parts[-1])):
            if self._on_skip:
                self._on_skip(full)
            return None
        return self._once(full)

    def _once(self, full: str) -> str:
        if full not in self._given:
            self._given[full] = 1
            return full
        stem, stop, extension = full.rpartition(".")
        name = full
        while name in self._given:
            self._given[full] += 1
            number = self._given[full]
            name = f"{stem} ({number}).{extension}" if stop and "/" not in extension else f"{full} ({number})"
        self._given[name] = 1
        return name

    def chunks(self, pieces: Iterator[bytes], *, packed: int) -> Iterator[bytes]:
        """Pieces that `packed` bytes unpack to, as long as ratio and sum keep to the limits.

        Raises:
            Exhausted: all that the file unpacks to is too much (`too-large`).
            ReadError: this is too much for its packed size (`bomb`).
        """
        try:
            yield from self._meter.measured(pieces, packed=packed)
        except ReadError as error:
            if self._meter.total > self.limits.max_unpacked:
                raise Exhausted(str(error), name=self._name, reason=error.reason) from error
            raise

    def whole(self, pieces: Iterator[bytes], *, name: str, packed: int) -> bytes:
        """A member as it unpacks, never more of it in memory than `limits.max_bytes`.

        Raises:
            Exhausted, ReadError: as `chunks`; `too-large` also where the member is larger than one source may be.
        """
        data = bytearray()
        try:
            for piece in self.chunks(pieces, packed=packed):
                data += piece
                if len(data) > self.limits.max_bytes:
                    raise too_large(name, self.limits)
        except Exhausted:
            raise
        except ReadError as error:
            if error.reason == "bomb":
                raise ReadError(
                    f"{name} unpacks to more than {self.limits.max_ratio} times its size, as files made to do harm do: "
                    "if it is honest, raise Limits(max_ratio=...).",
                    name=name,
                    reason="bomb",
                ) from error
            raise
        return bytes(data)


def _last_of(path: str) -> str:
    """The file's own name in a path that leads elsewhere; any other name as it is."""
    parts = path.replace("\\", "/").split("/")
    if parts[0] != "" and ".." not in parts and not _DRIVE.match(path):
        return path
    return parts[-1][2:] if _DRIVE.match(parts[-1]) else parts[-1]


def too_large(name: str, limits: Limits) -> ReadError:
    """The error for a member beyond `max_bytes`."""
    return ReadError(
        f"{name} is larger than {limits.max_bytes:,} bytes: split it, or raise Limits(max_bytes=...).",
        name=name,
        reason="too-large",
    )


def damaged(name: str, why: object, *, reason: str = "damaged") -> ReadError:
    """The error for a container, or a member, that does not hold what it says it does."""
    return ReadError(f"{name} is damaged or cut off ({why}): get it anew.", name=name, reason=reason)


def refused(name: str, what: str, advice: str, *, reason: str) -> ReadError:
    """The error for a member that is never read."""
    return ReadError(f"{name} is {what}, which is not read: {advice}", name=name, reason=reason)


def failure(error: ReadError) -> Failure:
    """What is said of a member or container in its place."""
    return Failure(name=error.name, reason=error.reason, message=str(error))


def names_of(raw: list[bytes], *, fallback: str) -> list[str]:
    """Names whose encoding nothing tells: UTF-8 where all of them are, else guessed from all of them together.

    Args:
        fallback: the encoding where the guess has nothing to go by.
    """
    joined = b"\n".join(raw)
    try:
        return joined.decode().split("\n") if raw else []
    except UnicodeDecodeError:
        pass
    guess = decode(joined)
    if guess and not guess.lost and not any(issue.severity == "warning" for issue in guess.issues):
        names = guess.text.split("\n")
        if len(names) == len(raw):
            return names
    return [name.decode(fallback, "replace") for name in raw]
