"""What an archive knows of files beside the letters: containers that it has been through, and files that failed.

Rows of the store's tables `containers` and `failing`, written by `ingest` with the letters they belong to, so that a
kill leaves both or neither. A container that was taken in whole costs one hash the next time; what failed can be tried
again by itself. Which files there are is `intake`'s, which are gone `pruning`'s.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import msgspec

from itudocs.archive import disk
from itudocs.archive.store import Store
from itudocs.model import Failure, Record

INSIDE = "!/"
"""Parts a container's name from that of a member, as `itudocs.reading` has it."""


class Opened(Record, frozen=True, kw_only=True):
    """A container that has been gone through: its members' names below it, how many others no format claims.

    `whole` says that every member could be had; whether all of them were letters is `ingest`'s to find.
    """

    name: str
    key: str
    members: tuple[str, ...]
    skipped: int
    whole: bool


class Failing(Record, frozen=True, kw_only=True):
    """A file, or a member of one, that could not be taken in when it was last tried.

    Attributes:
        name: of the file; of a member `file!/member`.
        reason, message: as of a `Failure`, of the last time.
        since: when it first failed, `last`: when it last did (UTC, ISO 8601).
        tries: how often it has failed since it last went in.
    """

    name: str
    reason: str
    message: str
    since: str
    last: str
    tries: int


def below(name: str) -> tuple[str, str]:
    """The first name of what is within a container, and the first beyond."""
    return f"{name}{INSIDE}", f"{name}!0"  # 0 follows the slash


def unchanged(store: Store, name: str, key: str, parser: str) -> Opened | None:
    """A container, if the archive has been through these bytes with this parser and has all that was in them."""
    rows = store.rows("SELECT key, stored, skipped, members, parser FROM containers WHERE name = ?", name)
    if not rows or rows[0][0] != key or rows[0][4] != parser:
        return None
    _, stored, skipped, members, _ = rows[0]
    if stored != _stored(store, name):  # letters were removed since
        return None
    return Opened(name=name, key=key, members=_unpacked(members), skipped=skipped, whole=True)


def members_of(store: Store, name: str) -> frozenset[str] | None:
    """The names, in full, of what is in a container as it was last gone through; None where that is not known."""
    rows = store.rows("SELECT members FROM containers WHERE name = ?", name)
    return frozenset(f"{name}{INSIDE}{member}" for member in _unpacked(rows[0][0])) if rows else None


def intact(store: Store, names: Iterable[str]) -> dict[str, int]:
    """Of these files those in which there is nothing to look for again, each with the number of its letters.

    That is a letter under this very name, or a container of which the archive still has all that it gave; and the file did
    not fail when it was last tried. Whether its bytes are the same is not asked.
    """
    asked = msgspec.json.encode(list(names)).decode()
    rows = store.rows("SELECT name FROM sources WHERE name IN (SELECT value FROM json_each(?))", asked)
    found = {str(name): 1 for (name,) in rows}
    rows = store.rows("SELECT name, stored FROM containers WHERE name IN (SELECT value FROM json_each(?))", asked)
    found |= {name: stored for name, stored in rows if stored == _stored(store, name)}  # none was removed since
    for (name,) in store.rows("SELECT name FROM failing WHERE name IN (SELECT value FROM json_each(?))", asked):
        found.pop(name, None)
    return found


def remember(store: Store, opened: Opened, parser: str) -> None:
    """Note that a container is in whole; in the transaction that writes its last letter, or later."""
    members = zlib.compress(msgspec.json.encode(opened.members))
    row = (opened.name, opened.key, _stored(store, opened.name), opened.skipped, members, parser, disk.now())
    store.execute("INSERT OR REPLACE INTO containers VALUES (?, ?, ?, ?, ?, ?, ?)", [row])


def forget(store: Store, names: Iterable[str]) -> None:
    """Containers to go through again."""
    store.execute("DELETE FROM containers WHERE name = ?", [(name,) for name in names])


def _stored(store: Store, name: str) -> int:
    return int(store.rows("SELECT count(*) FROM sources WHERE name >= ? AND name < ?", *below(name))[0][0])


def _unpacked(members: bytes) -> tuple[str, ...]:
    return msgspec.json.decode(zlib.decompress(members), type=tuple[str, ...])


def failing(store: Store) -> tuple[Failing, ...]:
    """What failed when it was last tried, by name."""
    rows = store.rows("SELECT name, reason, message, since, last, tries FROM failing ORDER BY name")
    return tuple(Failing(name=n, reason=r, message=m, since=s, last=t, tries=k) for n, r, m, s, t, k in rows)


def note_failing(store: Store, failures: Iterable[Failure], resolved: Iterable[str]) -> None:
    """Write down what failed, and strike off what did not; inside a transaction."""
    now = disk.now()
    store.execute("DELETE FROM failing WHERE name = ?", [(name,) for name in resolved])
    store.execute(
        "INSERT INTO failing VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (name) DO UPDATE SET reason = excluded.reason, "
        "message = excluded.message, last = excluded.last, tries = tries + 1",
        [(f.name, f.reason, f.message, now, now) for f in failures],
    )
