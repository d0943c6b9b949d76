"""The embedded engine: Whoosh's files, read and counted as arrays.

engine     what an archive drives: `WhooshEngine`
analysis   text -> terms, for index and query alike
schema     which fields and columns there are (`fieldtypes`: what Whoosh knows of them)
writer     letters -> segments -> a commit: `batch` inverts letters, `columns` keeps what else they have, `build` makes
           files, `merging` makes one of several, `shard` does it in processes
pages      the file of a segment; postings: how lists lie in it; contents: the table of contents
codec      segments as Whoosh's own readers see them, over the folder that `storage` opens
segments   a segment, open (`lists`: what its posting lists share); snapshot: an index as arrays
plan       query -> what to look up; execute: doing it; snippets: showing why; searcher: a request from end to end
paging     a page without sorting everything
suggest    what may have been meant; alike: letters like one, and why; complete: how a query being typed can go on
"""

from __future__ import annotations

from itudocs.search.embedded.engine import WhooshEngine

__all__ = ["WhooshEngine"]
