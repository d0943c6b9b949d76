"""Opening the parts of an index, and saying so when they are not what was written.

A folder holds a table of contents and segments, each packed into one file. Whatever goes wrong while their bytes are
read becomes `ArchiveDamaged` with the file's name: an index that cannot be read is never an index without hits.
"""

# Whoosh's classes are typed in part only.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whoosh.index import TOC

from itudocs.errors import ArchiveDamaged, ItuDocsError
from itudocs.search.embedded.codec import GuardedSegment, Positions, Postings
from itudocs.search.embedded.fieldtypes import COLUMN_KIND
from itudocs.search.embedded.storage import GuardedStorage

NAME = "MAIN"
_ID = re.compile(r"[0-9a-z]{1,64}", re.ASCII)
_GONE = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
_POSITIONS = Positions()


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Turns whatever a damaged file makes Whoosh raise (it raises anything) into `ArchiveDamaged`.

    What the machine refuses (no permission, no space, no more open files) stays the `OSError` that it is.
    """
    try:
        yield
    except ItuDocsError:
        raise
    except OSError as error:
        if not isinstance(error, _GONE) and error.errno != errno.EIO:
            raise
        what = "the file is missing" if isinstance(error, _GONE) else str(error)
        raise ArchiveDamaged(
            f"{file}: the index is damaged ({what}). It can be rebuilt from the archive's letters."
        ) from error
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise ArchiveDamaged(
            f"{file}: the index is damaged ({what}). It can be rebuilt from the archive's letters."
        ) from error


def contents(folder: Path, storage: GuardedStorage, whoosh_schema: Any) -> Any:
    """The table of contents of the index in a folder; `None` if it holds none.

    Raises:
        ArchiveDamaged: there is one that cannot be read.
    """
    generation = TOC._latest_generation(storage, NAME)
    if generation < 0:
        return None
    with reading(folder / TOC._filename(NAME, generation)):
        toc = TOC.read(storage, NAME, gen=generation, schema=whoosh_schema)
        if not isinstance(toc.segments, list):
            raise ValueError("no list of segments")
        for segment in toc.segments:
            _check(segment)
    return toc


def _check(segment: Any) -> None:
    if not isinstance(segment, GuardedSegment):
        raise ValueError("something that is no segment")
    size, deleted = segment._doccount, segment._deleted or set()
    sound = (
        isinstance(segment.segid, str) and _ID.fullmatch(segment.segid) and segment.indexname == NAME
        and isinstance(size, int) and 0 <= size < 2**31 and segment.compound is True
        and isinstance(segment.checksum, int)
        and isinstance(deleted, set) and all(isinstance(d, int) and 0 <= d < size for d in deleted)
    )  # fmt: skip
    if not sound:
        raise ValueError("a segment that contradicts itself")


class Segment:
    """An open segment: its terms and its columns."""

    def __init__(self, folder: Path, storage: GuardedStorage, segment: Any) -> None:
        self.file = folder / segment.make_filename(segment.COMPOUND_EXT)
        self.size: int = segment.doc_count_all()
        self.deleted: tuple[int, ...] = tuple(segment.deleted_docs())
        with reading(self.file):
            self._files = segment.open_compound_file(storage)
            codec = segment.codec()
            self._terms = codec.terms_reader(self._files, segment)
            self._documents = codec.per_document_reader(self._files, segment)

    def postings(self, field: str, term: str, *, positions: bool = False) -> Postings | None:
        """The posting list of a term, deleted letters included; `None` if there is no such term."""
        with reading(self.file):
            found: Postings | None = self._terms.postings(
                field, term, _POSITIONS, positions=positions, documents=self.size
            )
            return found

    def lexicon(self, field: str, prefix: str) -> list[str]:
        """The terms of a field that begin with `prefix`, in order."""
        with reading(self.file):
            return list(self._terms.lexicon(field, prefix))

    def lengths(self, field: str) -> Any:
        """Words of a field in each letter."""
        with reading(self.file):
            return self._documents.lengths(field)

    def column(self, name: str) -> list[bytes]:
        """A column, row by row."""
        with reading(self.file):
            found: list[bytes] = self._documents.values(name, COLUMN_KIND)
            return found

    def value(self, name: str, row: int) -> bytes:
        """One value of a column."""
        with reading(self.file):
            found: bytes = self._documents.value(name, COLUMN_KIND, row)
            return found

    def close(self) -> None:
        """Release the file and the memory it is mapped to."""
        self._documents.close()
        self._terms.close()
        self._files.close()
