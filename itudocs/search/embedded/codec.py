"""Segments as Whoosh sees them: its readers and matchers over the arrays of `segments`.

An index can be opened by Whoosh like any other, with its own queries, collectors and matchers on top; the engine's own
searches do without (`snapshot` reads the same arrays directly). Segments are made by `build` and merged by `writer`, so
that the half of a codec that writes is not there.
"""

# Whoosh's classes are typed in part only, and these stand among them.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec import base
from whoosh.codec.whoosh3 import W3Segment
from whoosh.columns import ColumnReader
from whoosh.matching.mcore import ListMatcher
from whoosh.reading import TermInfo, TermNotFound

from itudocs.search.embedded import contents, schema
from itudocs.search.embedded.segments import Segment


class GuardedCodec(base.Codec):
    """Reads segments for Whoosh."""

    def per_document_writer(self, storage: Any, segment: Any) -> Any:
        raise NotImplementedError("segments are written by itudocs.search.embedded.writer")

    field_writer = per_document_writer

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> Any:
        raise NotImplementedError("segments are written by itudocs.search.embedded.writer")

    def postings_reader(self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None) -> Any:
        return Matcher.over(dbfile, terminfo, format_, term, scorer)

    def automata(self, storage: Any, segment: Any) -> Any:
        from whoosh.codec.base import Automata

        return Automata()

    def terms_reader(self, storage: Any, segment: Any) -> Any:
        return TermsReader(self, segment.opened(storage))

    def per_document_reader(self, storage: Any, segment: Any) -> Any:
        return PerDocReader(segment.opened(storage))

    def new_segment(self, storage: Any, indexname: str) -> Any:
        return GuardedSegment(self, indexname)


class GuardedSegment(W3Segment):
    """A segment in the table of contents; `checksum` is that of its file's directory."""

    checksum = 0

    @classmethod
    def of(cls, described: contents.Described) -> GuardedSegment:
        """The entry of a segment."""
        segment = cls(
            GuardedCodec(), contents.NAME, doccount=described.size, segid=described.name.removeprefix(f"{contents.NAME}_"),
            deleted=set(described.deleted),
        )  # fmt: skip
        segment.checksum = described.checksum
        return segment

    def opened(self, storage: Any) -> Segment:
        """The segment in a folder, open."""
        name, deleted = self.segment_id(), frozenset(self.deleted_docs())
        return Segment(Path(storage.folder), contents.Described(name, self.doc_count_all(), deleted, self.checksum))


class Matcher(ListMatcher):
    """Whoosh's matcher over a posting list; `Info` says what it needs to rank."""

    @classmethod
    def over(cls, segment: Segment, info: Any, format_: Any, term: Any, scorer: Any) -> Matcher:
        """A matcher of the entry that a term's description names."""
        positioned = term is not None and term[0] in schema.POSITIONED
        found = segment.postings(info.entry, positions=positioned)
        values: list[bytes] | None = None
        if positioned and found.positions is not None:
            cuts = [0, *np.cumsum(found.counts).tolist()]
            places = found.positions.tolist()
            values = [encoded(places[a:b]) for a, b in pairwise(cuts)]
        weights = found.counts.astype(float).tolist()
        return cls(found.ids.tolist(), weights, values, format_, scorer=scorer, term=term, terminfo=info)


def encoded(places: list[int]) -> bytes:
    """The positions of one posting as `fieldtypes.Positions` reads them."""
    from itudocs.search.embedded.postings import step_bytes

    return step_bytes(np.diff(np.asarray(places, np.int64), prepend=0))[0].tobytes()


class Info(TermInfo):
    """What Whoosh ranks a term by, and the entry it is."""

    entry = 0


class TermsReader(base.TermsReader):
    """Terms of a segment, in order of field and term."""

    def __init__(self, codec: GuardedCodec, segment: Segment) -> None:
        self._codec = codec
        self._segment = segment

    def _entry(self, field: str, term: bytes) -> int | None:
        number = self._segment.fields.get(field)
        return None if number is None else self._segment.entries(term).get(number)

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return self._entry(*term) is not None

    def indexed_field_names(self) -> list[str]:
        return list(self._segment.fields)

    def terms(self) -> Iterator[tuple[str, bytes]]:
        for field in sorted(self._segment.fields):
            yield from ((field, term) for term in self._segment.lexicon(field))

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        return ((field, term) for field, term in self.terms() if (field, term) >= (fieldname, prefix))

    def items(self) -> Iterator[tuple[tuple[str, bytes], Any]]:
        return ((item, self.term_info(*item)) for item in self.terms())

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], Any]]:
        return ((item, self.term_info(*item)) for item in self.terms_from(fieldname, prefix))

    def cursor(self, fieldname: str, fieldobj: Any) -> Any:
        return Cursor(self._segment.lexicon(fieldname), lambda term: self.term_info(fieldname, term))

    def term_info(self, fieldname: str, tbytes: bytes) -> Any:
        entry = self._entry(fieldname, tbytes)
        if entry is None:
            raise TermNotFound(f"no term {fieldname}:{tbytes!r}")
        found = self._segment.postings(entry)
        lengths = self._segment.lengths(fieldname)[found.ids]
        info = Info(
            weight=float(found.counts.sum()), df=len(found.ids), minlength=int(lengths.min()),
            maxlength=int(lengths.max()), maxweight=float(found.counts.max()), minid=int(found.ids[0]),
            maxid=int(found.ids[-1]),
        )  # fmt: skip
        info.entry = entry
        return info

    def frequency(self, fieldname: str, tbytes: bytes) -> float:
        return float(self.term_info(fieldname, tbytes).weight())

    def doc_frequency(self, fieldname: str, tbytes: bytes) -> int:
        return int(self.term_info(fieldname, tbytes).doc_frequency())

    def matcher(self, fieldname: str, tbytes: bytes, format_: Any, scorer: Any = None) -> Any:
        info = self.term_info(fieldname, tbytes)
        return self._codec.postings_reader(self._segment, info, format_, term=(fieldname, tbytes), scorer=scorer)

    def close(self) -> None:
        self._segment.close()


class Cursor(base.FieldCursor):
    """Walks the terms of a field."""

    def __init__(self, terms: list[bytes], describe: Any) -> None:
        self._terms = terms
        self._describe = describe
        self._at = 0

    def first(self) -> str | None:
        self._at = 0
        return self.text()

    def find(self, term: str | bytes) -> str | None:
        from bisect import bisect_left

        self._at = bisect_left(self._terms, term if isinstance(term, bytes) else term.encode())
        return self.text()

    def next(self) -> str | None:
        self._at += 1
        return self.text()

    def text(self) -> str | None:
        return self._terms[self._at].decode() if self.is_valid() else None

    term = text

    def term_info(self) -> Any:
        return self._describe(self._terms[self._at]) if self.is_valid() else None

    def is_valid(self) -> bool:
        return self._at < len(self._terms)


class PerDocReader(base.PerDocumentReader):
    """Columns and lengths of a segment; rows of stored fields there are none."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment

    def close(self) -> None:
        self._segment.close()

    def doc_count(self) -> int:
        return self._segment.described.live

    def doc_count_all(self) -> int:
        return self._segment.size

    def has_deletions(self) -> bool:
        return bool(self._segment.described.deleted)

    def is_deleted(self, docnum: int) -> bool:
        return docnum in self._segment.described.deleted

    def deleted_docs(self) -> frozenset[int]:
        return self._segment.described.deleted

    def supports_columns(self) -> bool:
        return True

    def has_column(self, fieldname: str) -> bool:
        return fieldname.removeprefix("c_") in schema.COLUMNS

    def list_columns(self) -> list[str]:
        return [f"c_{name}" for name in schema.COLUMNS]

    def column_reader(self, fieldname: str, column: Any) -> Any:
        return Rows(self._segment.rows(fieldname.removeprefix("c_")))

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        return int(self._segment.lengths(fieldname)[docnum]) or default

    def field_length(self, fieldname: str) -> int:
        return self._segment.notes.lengths.get(fieldname, 0)

    def min_field_length(self, fieldname: str) -> int:
        return int(min(self._segment.lengths(fieldname), default=0))

    def max_field_length(self, fieldname: str) -> int:
        return int(max(self._segment.lengths(fieldname), default=0))

    def has_vector(self, docnum: int, fieldname: str) -> bool:
        return False

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        return {}


class Rows(ColumnReader):
    """A column in memory."""

    def __init__(self, rows: list[bytes]) -> None:
        self._rows = rows

    def __getitem__(self, docnum: int) -> bytes:
        return self._rows[docnum]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
