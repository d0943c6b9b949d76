"""Records for the tests of what letters know of each other: short to write, as the parser would give them."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from itudocs.archive.graph import Graph
from itudocs.archive.linking import link
from itudocs.lexicon.identities import identity
from itudocs.model import Circular, Citation, Evidence, Provenance


def cited(
    text: str, ident: str | None = None, *, date: str | None = None, relation: Any = None, kind: Any = "circular"
) -> Citation:
    day = dt.date.fromisoformat(date) if date else None
    return Citation(text=text, kind=kind, id=ident, date=day, relation=relation)


def record(ident: str | None, date: str | None = None, *citations: Citation | str, **more: Any) -> Circular:
    """A record. A citation given as text is that of an id; every value that edges rest on has evidence."""
    some = tuple(cited(c, c) if isinstance(c, str) else c for c in citations)
    key = hashlib.sha256(repr((ident, date, some, sorted(more.items(), key=str))).encode()).hexdigest()
    parts = identity(ident) if ident else None
    evidence = {}
    for n, one in enumerate(some):
        evidence[f"citations/{n}/text"] = (
            Evidence(start=100 * n, end=100 * n + len(one.text), quote=one.text, rule="r"),
        )
        if one.relation:
            evidence[f"citations/{n}/relation"] = (
                Evidence(start=100 * n - 9, end=100 * n - 1, quote="replaces", rule="r"),
            )
    if ident:
        evidence["ids/0"] = (Evidence(start=3, end=9, quote="CR/387", rule="r"),)
    values: dict[str, Any] = {
        "key": key, "id": ident, "ids": (ident,) if ident else (), "source": Provenance(name="a.txt", sha256=key),
        "language": "en", "series": parts.series if parts else None, "ref": ident and ident.upper(),
        "date": dt.date.fromisoformat(date) if date else None, "citations": some, "evidence": evidence,
    }  # fmt: skip
    return Circular(**values | more)


def graph(*records: Circular) -> Graph:
    return link(r.to_json().encode() for r in records)
