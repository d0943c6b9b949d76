"""The embedded engine: Whoosh's files, read and counted as arrays.

engine     what an archive drives: `WhooshEngine`
analysis   text -> terms, for index and query alike
schema     record -> Whoosh fields and columns (`fieldtypes`: the kinds of fields)
writer     letters -> segments
storage    the files, opened without trusting them; codec: what is in them; segments: one of them, open
snapshot   an index as arrays
plan       query -> what to look up; execute: doing it; snippets: showing why; searcher: a request from end to end
"""

from __future__ import annotations

from itudocs.search.embedded.engine import WhooshEngine

__all__ = ["WhooshEngine"]
