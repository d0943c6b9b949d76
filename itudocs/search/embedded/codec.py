"""How postings and columns lie in the files: Whoosh's own codec, read safely and as arrays.

The files are those of `whoosh.codec.whoosh3`, with one difference: the positions of a block of postings are one run of
bytes instead of a tuple of strings, which is smaller and decodes at once. Whoosh's readers, matchers and merging work
on them as on any index. `postings` gives a whole posting list as arrays, which is what the executor counts on.
"""

# Whoosh's classes are typed in part only, and these stand among them.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.codec import whoosh3
from whoosh.formats import Format
from whoosh.reading import TermNotFound

from itudocs.search.embedded import storage

BLOCK = 1024
"""Postings a block."""


class Postings(NamedTuple):
    """A posting list of one segment: document numbers (rising), occurrences in each, and positions if asked for."""

    ids: NDArray[np.int64]
    counts: NDArray[np.int64]
    positions: NDArray[np.int64] | None


class Positions(Format):
    """Positions as differences in bytes of seven bits; the high bit says that another follows."""

    def word_values(self, value: Any, analyzer: Any, **kwargs: Any) -> Iterable[tuple[bytes, int, float, bytes]]:
        raise NotImplementedError("the fields of an index are analysed before they reach it")

    def encode(self, positions: Iterable[int]) -> bytes:
        out = bytearray()
        before = 0
        for position in positions:
            step = position - before
            before = position
            while step > 127:
                out.append(step & 127 | 128)
                step >>= 7
            out.append(step)
        return bytes(out)

    def decode_positions(self, data: bytes) -> list[int]:
        found: list[int] = np.cumsum(steps(data)).tolist()
        return found

    def decode_frequency(self, data: bytes) -> int:
        return sum(byte < 128 for byte in data)

    def decode_weight(self, data: bytes) -> float:
        return float(self.decode_frequency(data))


def steps(data: bytes) -> NDArray[np.int64]:
    """The numbers that `Positions.encode` wrote, all at once."""
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw < 128)
    if len(ends) == len(raw):
        return raw.astype(np.int64)
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    widths = ends - starts
    if len(ends) == 0 or ends[-1] != len(raw) - 1 or int(widths.max()) > 8:
        raise ValueError("positions end in the middle of a number")
    numbers = (raw[starts] & 127).astype(np.int64)
    for k in range(1, int(widths.max()) + 1):
        longer = widths >= k
        numbers[longer] |= (raw[starts[longer] + k] & 127).astype(np.int64) << (7 * k)
    return numbers


class GuardedCodec(whoosh3.W3Codec):
    """Whoosh's codec with this module's readers and writers."""

    def __init__(self) -> None:
        super().__init__(blocklimit=BLOCK)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> Any:
        return PostingsWriter(
            dbfile, self._blocklimit, byteids=byteids, compression=self._compression, inlinelimit=self._inlinelimit
        )

    def postings_reader(self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None) -> Any:
        if terminfo.is_inlined():
            raise ValueError("a term holds its postings inline, which this codec never writes")
        offset, length = terminfo.extent()
        return Matcher(dbfile, offset, length, format_, term=term, scorer=scorer)

    def per_document_reader(self, storage: Any, segment: Any) -> Any:
        return PerDocReader(storage, segment)

    def terms_reader(self, storage: Any, segment: Any) -> Any:
        name = segment.make_filename(self.TERMS_EXT)
        postings = segment.open_file(storage, self.POSTS_EXT)
        return TermsReader(self, storage.open_file(name), storage.file_length(name), postings)

    def new_segment(self, storage: Any, indexname: str) -> Any:
        return GuardedSegment(self, indexname)


class GuardedSegment(whoosh3.W3Segment):
    """A segment whose packed file is read safely; `checksum` is that of the file's directory."""

    checksum = 0

    def create_compound_file(self, folder: Any) -> None:
        target = self.make_filename(self.COMPOUND_EXT)
        self.checksum = storage.pack(folder, self.list_files(folder), target)
        self.compound = True

    def open_compound_file(self, folder: Any) -> Any:
        file = folder.open_file(self.make_filename(self.COMPOUND_EXT))
        try:
            return storage.GuardedCompound(file, directory=self.checksum)
        except BaseException:
            file.close()
            raise


class PostingsWriter(whoosh3.W3PostingsWriter):
    """Joins the positions of a block, which know their own ends."""

    def _mini_values(self) -> Any:
        return b"".join(self._values) or None


class Matcher(whoosh3.W3LeafMatcher):
    """Whoosh's matcher over a posting list, and the list as arrays."""

    _data: Any
    _values: Any
    _blocklength: Any

    def _read_data(self) -> None:
        data = self._postfile.get(self._dataoffset, self._nextoffset - self._dataoffset)
        self._data = storage.loads(zlib.decompress(data) if self._compression else data)

    def _read_values(self) -> None:
        if self._data is None:
            self._read_data()
        joined = self._data[2]
        if not joined:
            self._values = (b"",) * self._blocklength
            return
        ends = np.flatnonzero(np.frombuffer(joined, np.uint8) < 128) + 1
        cuts = [0, *ends[np.cumsum(self._block_counts()) - 1].tolist()]
        self._values = tuple(joined[a:b] for a, b in pairwise(cuts))

    def _block_counts(self) -> NDArray[np.int64]:
        weights = self._data[1]
        if weights is None or isinstance(weights, float):
            return np.full(self._blocklength, weights or 1.0).astype(np.int64)
        return np.asarray(weights, np.float64).astype(np.int64)

    def copy(self) -> Matcher:
        twin = Matcher(
            self._postfile, self._startoffset, self._length, self.format, term=self._term, scorer=self.scorer
        )
        if self.is_active():
            twin.skip_to(self.id())
        return twin

    def blocks(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], bytes]]:
        """Document numbers, counts and joined positions, a block at a time."""
        while True:
            self._read_data()
            ids, counts = np.cumsum(np.asarray(self._data[0], np.int64)), self._block_counts()
            if not len(ids) == len(counts) == self._blocklength or self._nextoffset <= self._dataoffset:
                raise ValueError("a block of postings contradicts its own head")
            yield ids, counts, self._data[2] or b""
            if self._lastblock:
                return
            self._next_block()


class TermsReader(whoosh3.W3TermsReader):
    """Terms of a segment; the descriptions of terms hold no pickles."""

    def term_info(self, fieldname: str, tbytes: bytes) -> Any:
        key = self._keycoder(fieldname, tbytes)
        value = self._tindex.get(key)
        if value is None:
            raise TermNotFound(f"no term {fieldname}:{tbytes!r}")
        return _term_info(value)

    def items(self) -> Iterator[tuple[Any, Any]]:
        return ((self._keydecoder(key), _term_info(value)) for key, value in self._tindex.items())

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[Any, Any]]:
        start = self._keycoder(fieldname, prefix)
        return ((self._keydecoder(key), _term_info(value)) for key, value in self._tindex.items_from(start))

    def cursor(self, fieldname: str, fieldobj: Any) -> Any:
        return FieldCursor(self._tindex, fieldname, self._keycoder, self._keydecoder, fieldobj)

    def postings(self, field: str, term: str, format_: Any, *, positions: bool, documents: int) -> Postings | None:
        """The posting list of a term; `None` if the segment has no such term. `documents` is the segment's size."""
        if field not in self._fieldmap:
            return None
        value = self._tindex.get(self._keycoder(field, term.encode()))
        if value is None:
            return None
        matcher = self._codec.postings_reader(self._postfile, _term_info(value), format_)
        blocks = list(matcher.blocks())
        ids = np.concatenate([b[0] for b in blocks])
        counts = np.concatenate([b[1] for b in blocks])
        if ids[0] < 0 or ids[-1] >= documents or (len(ids) > 1 and int(np.diff(ids).min()) < 1) or counts.min() < 1:
            raise ValueError(f"the postings of {field}:{term} are out of order")
        if not positions:
            return Postings(ids, counts, None)
        found = steps(b"".join(b[2] for b in blocks))
        if len(found) != int(counts.sum()):
            raise ValueError(f"the positions of {field}:{term} do not match their counts")
        sums = np.cumsum(found)
        firsts = np.cumsum(counts) - counts
        return Postings(ids, counts, sums - np.repeat(sums[firsts] - found[firsts], counts))

    def lexicon(self, field: str, prefix: str) -> Iterator[str]:
        """The terms of a field that begin with `prefix`, in order."""
        if field not in self._fieldmap:
            return
        start = prefix.encode()
        for name, term in self.terms_from(field, start):
            if name != field or not term.startswith(start):
                return
            yield term.decode()


def _term_info(data: bytes) -> Any:
    if data[0]:
        raise ValueError("a term holds its postings inline, which this codec never writes")
    return whoosh3.W3TermInfo.from_bytes(data)


class FieldCursor(whoosh3.W3FieldCursor):
    """Whoosh's cursor, with descriptions of terms that hold no pickles."""

    def term_info(self) -> Any:
        if self._pos is None:
            return None
        return _term_info(self._tindex.dbfile.get(self._datapos, self._datalen))


class PerDocReader(whoosh3.W3PerDocReader):
    """Columns and lengths of a segment; stored rows, which are pickles, are never used."""

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        return {}

    def lengths(self, field: str) -> NDArray[np.int64]:
        """The length of a field in each document, 0 where it has none, to the precision that Whoosh keeps."""
        return np.fromiter((self.doc_field_length(i, field) or 0 for i in range(self._doccount)), np.int64)

    def values(self, name: str, column: Any) -> list[bytes]:
        """A column, row by row."""
        found = list(self.column_reader(name, column))
        if len(found) != self._doccount:
            raise ValueError(f"the column {name} has {len(found)} rows for {self._doccount} letters")
        return found

    def value(self, name: str, column: Any, row: int) -> bytes:
        """One value of a column."""
        found: bytes = self._cached_reader(name, column)[row]
        return found
