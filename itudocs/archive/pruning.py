"""Letters whose files are gone: found, and forgotten when that is asked for. Nothing else ever deletes for that reason.

A letter stays while any name that it came under is there. A folder that is missing or empty is taken for a disk that is
not mounted, and a file that cannot be looked at for one that is there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from itudocs.archive import disk, known
from itudocs.archive.intake import file_of, is_there
from itudocs.archive.store import Store, storable
from itudocs.errors import ArchiveError
from itudocs.model import Record


class Pruned(Record, frozen=True, kw_only=True):
    """What went: names whose files are gone, and the keys of the letters that have no other name."""

    names: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


def check(folders: Iterable[str | os.PathLike[str]], *, force: bool) -> tuple[str, ...]:
    """The folders as names in the store begin with them.

    Raises:
        ArchiveError: one is no folder, or without `force` missing or empty.
    """
    roots = []
    for folder in map(Path, folders):
        if folder.exists() and not folder.is_dir():
            raise ArchiveError(
                f"{folder}: is a file. Only below a folder can files be found to be gone: name a folder."
            )
        if not force and not (folder.exists() and any(folder.iterdir())):
            what = "is empty" if folder.exists() else "does not exist"
            raise ArchiveError(
                f"{folder}: {what}, as a disk is that is not mounted. Nothing was deleted. If its letters are to go, say so "
                "with force (--force)."
            )
        roots.append(storable(os.path.abspath(folder)))
    return tuple(roots)


def gone(store: Store, roots: Iterable[str]) -> tuple[str, ...]:
    """The names below folders whose files, or whose places in containers, are no longer there."""
    return tuple(name for root in roots for name in _gone_below(store, root))


def _gone_below(store: Store, root: str) -> Iterator[str]:
    first, beyond = _below(root)
    members: dict[str, frozenset[str] | None] = {}
    for (name,) in store.rows("SELECT name FROM sources WHERE name >= ? AND name < ? ORDER BY name", first, beyond):
        if is_there(name):
            continue
        file = file_of(name)
        if not is_there(file):
            yield name
            continue
        if file not in members:
            members.clear()  # names of one container come one after the other
            members[file] = _members(store, file)
        known_members = members[file]
        if known_members is not None and name not in known_members:
            yield name


def _members(store: Store, file: str) -> frozenset[str] | None:
    """What is in a container now; None where the archive has not been through these bytes."""
    row = store.rows("SELECT key FROM containers WHERE name = ?", file)
    try:
        current = bool(row) and disk.sha256_of(Path(file)) == row[0][0]
    except OSError:
        return None
    return known.members_of(store, file) if current else None


def _below(root: str) -> tuple[str, str]:
    stem = root.rstrip("/")
    return f"{stem}/", f"{stem}0"  # 0 follows the slash


def forget(store: Store, roots: Iterable[str], names: tuple[str, ...]) -> Pruned:
    """Forget names, the letters that have no other, and what was known of files that are gone; in a transaction."""
    keys = [key for name in names for (key,) in store.rows("SELECT key FROM sources WHERE name = ?", name)]
    store.execute("DELETE FROM sources WHERE name = ?", [(name,) for name in names])
    for table in ("containers", "failing"):
        for root in roots:
            rows = store.rows(f"SELECT name FROM {table} WHERE name >= ? AND name < ?", *_below(root))  # noqa: S608
            lost = [(name,) for (name,) in rows if not is_there(file_of(name))]
            store.execute(f"DELETE FROM {table} WHERE name = ?", lost)  # noqa: S608  (table is one of two)
    return Pruned(names=names, keys=store.drop(keys, unnamed_only=True))
