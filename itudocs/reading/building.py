"""Pieces of a document -> one clean text and the places its pieces stood in.

For formats that know pages, cells, headers. Every piece is cleaned before it is counted, so that no offset moves later.
Which pieces there are, and what stands between them, is the format's own. Used by the modules of `formats`.
"""

from __future__ import annotations

import msgspec

from itudocs.errors import ReadError
from itudocs.model import Issue, Part, Place
from itudocs.reading.cleaning import clean
from itudocs.reading.decoding import Decoded
from itudocs.reading.source import Limits


class TextBuilder:
    """Grows a text piece by piece.

    Args:
        name: of the source, for errors.
        limits: text beyond `limits.max_text` characters is refused.
    """

    def __init__(self, *, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._pieces: list[str] = []
        self._places: list[Place] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def write(
        self, text: str, *, page: int | None = None, cell: tuple[int, int, int] | None = None, part: Part = "body"
    ) -> None:
        """Append a piece as it stands; newlines and tabs are the caller's. Pieces of one place are joined.

        Raises:
            ReadError: the text has grown beyond the limit (`too-large`).
        """
        text, _ = clean(text)
        if not text:
            return
        start, self._length = self._length, self._length + len(text)
        if self._length > self._limits.max_text:
            raise too_long(self._name, self._limits)
        self._pieces.append(text)
        place = Place(start=start, end=self._length, page=page, cell=cell, part=part)
        if place == Place(start=start, end=self._length):  # nothing to say
            return
        if self._places:
            last = self._places[-1]
            if last.end == start and (last.page, last.cell, last.part) == (page, cell, part):
                self._places[-1] = msgspec.structs.replace(last, end=self._length)
                return
        self._places.append(place)

    def decoded(self, *, encoding: str = "utf-8", issues: tuple[Issue, ...] = ()) -> Decoded:
        """The whole."""
        return Decoded(text="".join(self._pieces), encoding=encoding, issues=issues, places=tuple(self._places))


def too_long(name: str, limits: Limits) -> ReadError:
    """The error for a text beyond the limit."""
    return ReadError(
        f"{name} holds more than {limits.max_text:,} characters: split it, or raise Limits(max_text=...).",
        name=name,
        reason="too-large",
    )
