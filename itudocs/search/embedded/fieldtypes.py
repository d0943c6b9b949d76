"""The two kinds of Whoosh field that an index has. Both take what `analysis` made: nothing is analysed twice."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from whoosh.columns import VarBytesColumn
from whoosh.fields import FieldType
from whoosh.formats import Existence

from itudocs.search.embedded.analysis import Terms
from itudocs.search.embedded.codec import Positions

COLUMN_KIND: Any = VarBytesColumn()  # type: ignore[no-untyped-call]  # whoosh leaves its columns untyped
"""The kind of all columns: bytes of any length."""


class Positioned(FieldType):
    """Terms with positions; its length, in words, counts for the ranking."""

    analyzer: Any = None
    format: Any = Positions()
    scorable = True

    def __init__(self) -> None:
        """Nothing to configure: what Whoosh's own constructor sets is set above."""

    def index(self, value: Terms, **kwargs: Any) -> Generator[tuple[bytes, int, float, bytes], Any, None]:
        encode = self.format.encode
        # Whoosh adds the second items up to the field's length: a reference kept whole and in parts counts once.
        length = value.length
        for term, positions in value.exact.items():
            yield term.encode(), length, float(len(positions)), encode(positions)
            length = 0


class Listed(FieldType):
    """Terms with counts and nothing else: stems, whole values, keys."""

    analyzer: Any = None
    format: Any = Existence()
    scorable = False

    def __init__(self) -> None:
        """Nothing to configure: what Whoosh's own constructor sets is set above."""

    def index(self, value: Mapping[str, int], **kwargs: Any) -> Generator[tuple[bytes, int, float, bytes], Any, None]:
        for term, count in value.items():
            yield term.encode(), count, float(count), b""
