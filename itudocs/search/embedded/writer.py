"""Writing an index: letters in, a new state of the folder out, the old files left as they were.

One call is one commit: a new segment, a new table of contents, files that nothing names any more unlinked. Small and
much-deleted segments are merged on the way. Generations, checksums and syncing are the archive's.
"""

# Whoosh's classes are typed in part only.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from whoosh.index import FileIndex
from whoosh.reading import SegmentReader
from whoosh.writing import MERGE_SMALL, PostingPool, SegmentWriter

from itudocs.search.embedded import schema, segments, storage
from itudocs.search.embedded.codec import GuardedCodec
from itudocs.search.engine import Entry

MEMORY = 256
"""Megabytes of postings gathered before they are sorted on disk."""
_POSTING_SIZE = 200
"""Bytes that a posting takes in memory beside its term and positions."""
_RUN_BLOCK = 10_000


def update(folder: Path, *, add: Iterable[Entry], remove: Iterable[str]) -> None:
    """See `itudocs.search.engine.Engine.update`. Of letters with the same key in `add`, the last one stays."""
    files = storage.GuardedStorage(str(folder))
    whoosh_schema = schema.whoosh_schema()
    before = set(files.list())
    if segments.contents(folder, files, whoosh_schema) is None:
        index = FileIndex.create(files, whoosh_schema, segments.NAME)
    else:
        index = FileIndex(files, whoosh_schema, segments.NAME)
    writer = SegmentWriter(index, codec=GuardedCodec(), limitmb=MEMORY)
    writer.pool = _Pool(writer._tempstorage, writer.newsegment, limitmb=MEMORY)
    try:
        _write(folder, writer, add=add, remove=remove)
        writer.commit(mergetype=partial(_merge, folder))
    except BaseException:
        if not writer.is_closed:
            writer.cancel()
        for name in set(files.list()) - before:
            if (folder / name).is_file():
                (folder / name).unlink()
        raise


def _write(folder: Path, writer: Any, *, add: Iterable[Entry], remove: Iterable[str]) -> None:
    with ExitStack() as stack:
        old = [
            (segment, stack.enter_context(closing(segments.Segment(folder, writer.storage, segment))))
            for segment in writer.segments
        ]

        def drop(key: str) -> None:
            for segment, opened in old:
                found = opened.postings("key", key)
                for row in found.ids.tolist() if found else ():
                    segment.delete_document(row)

        for key in remove:
            drop(key)
        rows: dict[str, int] = {}
        for entry in add:
            key = entry.record.key
            if key in rows:  # Whoosh would keep both, one of them for ever
                writer.newsegment.delete_document(rows[key])
            else:
                drop(key)
            rows[key] = writer.docnum
            writer.add_document(**schema.document(entry))


def _merge(folder: Path, writer: Any, old: list[Any]) -> list[Any]:
    """Which segments stay as they are; the others are copied into the new one, without their deleted letters."""
    kept = []
    with segments.reading(folder):
        for segment in old:
            if segment.deleted_count() * 4 < segment.doc_count_all():
                kept.append(segment)
            elif segment.doc_count():
                with closing(SegmentReader(writer.storage, writer.schema, segment)) as reader:
                    writer.add_reader(reader)
        remaining: list[Any] = MERGE_SMALL(writer, kept)
        return remaining


class _Pool(PostingPool):
    """Whoosh's external sort of postings, with runs written in blocks and read back without trusting them."""

    def add(self, item: Any) -> None:
        self.fieldnames.add(item[0])
        self.currentsize += _POSTING_SIZE + len(item[1]) + len(item[4] or b"")
        if self.currentsize > self.limit:
            self.save()
        self.current.append(item)

    def _write_run(self, f: Any, items: Iterable[Any]) -> None:
        rest = iter(items)
        while block := list(islice(rest, _RUN_BLOCK)):
            pickle.dump(block, f, 5)
        f.close()

    def _read_run(self, path: str) -> Iterator[Any]:
        file = self._open_run(path)
        try:
            while True:
                yield from storage.load(file)
        except EOFError:
            return
        finally:
            file.close()
            Path(self.tempstore.folder, path).unlink(missing_ok=True)
