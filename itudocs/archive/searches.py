"""Saved searches: what matches now and did not when it was last asked for.

A saved search is a query with its filters, and the letters it has shown: all that matched when it was saved, and later
those that its owner has been told of (`see`). Whatever else matches is news, however it came to match; a letter that is
parsed again stays seen, and one that was removed and comes back is news again. The tables are `schema`'s; the searching
is the archive's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from itudocs.archive import disk
from itudocs.archive.store import Store
from itudocs.errors import ArchiveError
from itudocs.model import Record

LONGEST = 100
"""Characters of a name."""


class SavedSearch(Record, frozen=True, kw_only=True):
    """A search that an archive keeps.

    Attributes:
        name: what its owner calls it.
        query: as typed; empty for every letter.
        filters: facet field -> values chosen.
        saved, asked: when it was saved, and when its owner was last told what is new (UTC, ISO 8601).
        seen: how many letters of the archive it has shown.
    """

    name: str
    query: str
    filters: dict[str, tuple[str, ...]]
    saved: str
    asked: str
    seen: int


def check_name(name: str) -> str:
    """A name as it is kept.

    Raises:
        ArchiveError: it is empty, too long, or holds characters that cannot be seen.
    """
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy or len(tidy) > LONGEST or any(unicodedata.category(c)[0] == "C" for c in tidy):
        raise ArchiveError(f"{name!r} is no name for a search. Give 1 to {LONGEST} printable characters.")
    return tidy


def every(store: Store) -> tuple[SavedSearch, ...]:
    """All saved searches, by name."""
    rows = store.rows(
        "SELECT name, query, filters, saved_at, asked_at, (SELECT count(*) FROM seen WHERE seen.search = searches.search) "
        "FROM searches ORDER BY name"
    )
    return tuple(
        SavedSearch(name=n, query=q, filters=_filters(store, f), saved=s, asked=a, seen=seen)
        for n, q, f, s, a, seen in rows
    )


def find(store: Store, name: str) -> tuple[int, SavedSearch]:
    """A saved search, and its number.

    Raises:
        ArchiveError: none has that name.
    """
    known = every(store)
    tidy = check_name(name)
    for saved in known:
        if saved.name == tidy:
            number = store.rows("SELECT search FROM searches WHERE name = ?", tidy)
            if number:
                return int(number[0][0]), saved
    names = ", ".join(repr(s.name) for s in known) or "none"
    raise ArchiveError(f"No search is saved as {tidy!r}. Saved ones are: {names}.")


def save(store: Store, name: str, query: str, filters: Mapping[str, tuple[str, ...]], keys: Iterable[str]) -> None:
    """Keep a search under a checked name; letters with these keys are seen.

    Raises:
        ArchiveError: the name is taken.
    """
    with store.transaction():
        for (taken,) in store.rows("SELECT query FROM searches WHERE name = ?", name):
            raise ArchiveError(
                f"A search is saved as {name!r} already ({taken!r}). Forget that one first, or give another name."
            )
        moment = disk.now()
        written = msgspec.json.encode(dict(filters)).decode()
        store.execute(
            "INSERT INTO searches (name, query, filters, saved_at, asked_at) VALUES (?, ?, ?, ?, ?)",
            [(name, query, written, moment, moment)],
        )
        ((number,),) = store.rows("SELECT search FROM searches WHERE name = ?", name)
        _see(store, number, keys)


def unseen(store: Store, number: int, keys: Iterable[str]) -> tuple[str, ...]:
    """Those of the keys that a search has not shown, in their order."""
    seen = {k for (k,) in store.rows("SELECT key FROM seen JOIN records USING (number) WHERE search = ?", number)}
    return tuple(key for key in keys if key not in seen)


def see(store: Store, number: int, keys: Iterable[str]) -> None:
    """Note that a search has shown letters. Those that are gone, and a search that is forgotten, are passed over."""
    with store.transaction():
        store.execute("UPDATE searches SET asked_at = ? WHERE search = ?", [(disk.now(), number)])
        if store.rows("SELECT 1 FROM searches WHERE search = ?", number):
            _see(store, number, keys)


def _see(store: Store, number: int, keys: Iterable[str]) -> None:
    store.execute(
        "INSERT OR IGNORE INTO seen (search, number) SELECT ?, number FROM records WHERE key = ?",
        [(number, key) for key in keys],
    )


def forget(store: Store, name: str) -> None:
    """Remove a saved search. Raises as `find` does."""
    number, _ = find(store, name)
    with store.transaction():
        store.execute("DELETE FROM searches WHERE search = ?", [(number,)])


def _filters(store: Store, written: Any) -> dict[str, tuple[str, ...]]:
    try:
        return msgspec.json.decode(written, type=dict[str, tuple[str, ...]])
    except msgspec.MsgspecError as fault:
        raise disk.damaged_store(store.path, f"the filters of a saved search: {fault}") from fault
