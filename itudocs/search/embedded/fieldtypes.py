"""The two kinds of Whoosh field that an index has: what Whoosh's readers know of the terms that `build` wrote."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from whoosh.columns import VarBytesColumn
from whoosh.fields import FieldType
from whoosh.formats import Existence, Format

from itudocs.search.embedded import postings

COLUMN_KIND: Any = VarBytesColumn()  # type: ignore[no-untyped-call]  # whoosh leaves its columns untyped
"""The kind of all columns: bytes of any length."""


class Positions(Format):
    """Positions as differences in bytes of seven bits; the high bit says that another follows."""

    def word_values(self, value: Any, analyzer: Any, **kwargs: Any) -> Iterable[tuple[bytes, int, float, bytes]]:
        raise NotImplementedError("the fields of an index are analysed before they reach it")

    def decode_positions(self, data: bytes) -> list[int]:
        found: list[int] = postings.steps(data).cumsum().tolist()
        return found

    def decode_frequency(self, data: bytes) -> int:
        return sum(byte < 128 for byte in data)

    def decode_weight(self, data: bytes) -> float:
        return float(self.decode_frequency(data))


class Positioned(FieldType):
    """Terms with positions; its length, in words, counts for the ranking."""

    analyzer: Any = None
    format: Any = Positions()
    scorable = True

    def __init__(self) -> None:
        """Nothing to configure: what Whoosh's own constructor sets is set above."""


class Listed(FieldType):
    """Terms with counts and nothing else: stems and whole values."""

    analyzer: Any = None
    format: Any = Existence()
    scorable = False

    def __init__(self) -> None:
        """Nothing to configure: what Whoosh's own constructor sets is set above."""
