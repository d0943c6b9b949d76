"""An archive's folder: what lies in it, how it is made, and how a checked copy of it is.

archive.db      the store, the truth
archive.lock    held by the one process that writes
index/          generations of the search index
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from itudocs.archive import disk, store
from itudocs.archive.store import Store
from itudocs.errors import ArchiveDamaged, NotAnArchive

STORE = "archive.db"
LOCK = "archive.lock"
INDEX = "index"


def make(folder: Path) -> None:
    """Make an empty archive unless the folder holds one, or anything else."""
    with disk.told(folder, "creating the archive"):
        if not vacant(folder):
            return
        folder.mkdir(parents=True, exist_ok=True)
    with disk.WriterLock(folder / LOCK).held("creating the archive"):
        if vacant(folder):  # still: another process may have come first
            store.create(folder / STORE)


def vacant(folder: Path) -> bool:
    """Whether an archive may be made here: nothing there, or the remains of a creation that was interrupted."""
    if not folder.exists():
        return True
    if not folder.is_dir():
        raise NotAnArchive(f"{folder}: is a file. Name a folder.")
    ours = {LOCK, STORE, f"{STORE}-wal", f"{STORE}-shm", f"{STORE}-journal"}
    entries = {entry for entry in os.listdir(folder) if not entry.startswith(".")}
    return entries <= ours and (STORE not in entries or store.is_blank(folder / STORE))


def copy(source: Store, target: Path, doing: str) -> Path:
    """A checked copy of a store in a folder of its own; the folder holds it whole or not at all."""
    with disk.told(target, doing):
        if not vacant(target):
            raise NotAnArchive(f"{target}: is not empty. Name a new or empty folder.")
        target.mkdir(parents=True, exist_ok=True)
    with disk.WriterLock(target / LOCK).held(doing), disk.told(target, doing):
        if not vacant(target):
            raise NotAnArchive(f"{target}: is not empty. Name a new or empty folder.")
        fresh = target / f".{STORE}.new"
        fresh.unlink(missing_ok=True)
        try:
            source.copy_to(fresh)
            with closing(Store(fresh)) as copy:
                problems = list(copy.check())
            if problems:
                more = f" and {len(problems) - 1} more problems" if len(problems) > 1 else ""
                raise ArchiveDamaged(f"{source.path}: is damaged and was not copied: {problems[0].message}{more}")
            os.replace(fresh, target / STORE)
        finally:
            fresh.unlink(missing_ok=True)
        disk.sync(target)
    return target
