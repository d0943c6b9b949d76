"""The corrections of an archive, as rows of its store: written once, then only marked superseded or withdrawn.

Rows are held against their digests whenever they are read. What a correction may say and what it does to a record is
`itudocs.corrections`'s; when records are made anew is `store`'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from itudocs.corrections import Correction
from itudocs.errors import ArchiveDamaged
from itudocs.paths import within

Ask = Callable[..., list[Any]]
"""Runs one statement with its values and gives all rows."""

_COLUMNS = (
    "number", "key", "path", "value", "was", "by", "at", "why", "start", "end", "quote", "superseded_by", "withdrawn_at",
    "withdrawn_by", "withdrawn_why",
)  # fmt: skip
_SELECT = "SELECT {}, digest FROM corrections".format(", ".join(f'"{name}"' for name in _COLUMNS))  # noqa: S608
_STANDS = "superseded_by IS NULL AND withdrawn_at IS NULL"


def _row(one: Correction) -> tuple[Any, ...]:
    plain = [getattr(one, name) for name in _COLUMNS]
    for place in (_COLUMNS.index("value"), _COLUMNS.index("was")):
        plain[place] = msgspec.json.encode(plain[place]).decode()
    return tuple(plain)


def _digest(row: tuple[Any, ...]) -> str:
    return hashlib.sha256(msgspec.json.encode(row)).hexdigest()


class Ledger:
    """The rows of one store.

    Args:
        path: of the store, for messages.
        ask: runs statements; those that write, inside the store's transaction.
    """

    def __init__(self, path: Path, ask: Ask) -> None:
        self._path = path
        self._ask = ask

    def of(self, key: str) -> tuple[Correction, ...]:
        """All corrections of a letter with their history, in the order they were made.

        Raises:
            ArchiveDamaged: one is not what was written.
        """
        return tuple(map(self._read, self._ask(f"{_SELECT} WHERE key = ? ORDER BY number", key)))

    def standing(self, key: str) -> tuple[Correction, ...]:
        """Those that are neither superseded nor withdrawn."""
        return tuple(map(self._read, self._ask(f"{_SELECT} WHERE key = ? AND {_STANDS} ORDER BY number", key)))

    def keys(self, *, standing: bool = False) -> tuple[str, ...]:
        """The letters that have corrections, in the order of their first; the archive may not hold all of them."""
        where = f"WHERE {_STANDS}" if standing else ""
        return tuple(k for (k,) in self._ask(f"SELECT key FROM corrections {where} GROUP BY key ORDER BY min(number)"))  # noqa: S608

    def with_prefix(self, prefix: str) -> tuple[str, ...]:
        """Keys of letters with corrections that begin with some hexadecimal digits."""
        rows = self._ask("SELECT DISTINCT key FROM corrections WHERE key >= ? AND key < ?", prefix, prefix + "g")
        return tuple(key for (key,) in rows)

    def _read(self, row: Any) -> Correction:
        *values, digest = row
        if _digest(tuple(values)) != digest:
            raise ArchiveDamaged(
                f"{self._path}: correction {values[0]} of letter {values[1]} is damaged (its digest differs). Restore a "
                f"backup."
            )
        plain = dict(zip(_COLUMNS, values, strict=True))
        return Correction(**plain | {name: msgspec.json.decode(plain[name]) for name in ("value", "was")})

    def enter(self, one: Correction) -> Correction:
        """Write a new correction, which gets its number and takes the place of those at its path and below it."""
        ((last,),) = self._ask("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'corrections'")
        made = msgspec.structs.replace(one, number=int(last) + 1)
        row = _row(made)
        marks = ", ".join("?" * (len(row) + 1))
        self._ask(f"INSERT INTO corrections VALUES ({marks})", *row, _digest(row))  # noqa: S608  (marks only)
        for other in self.standing(one.key):
            if other.number != made.number and within(other.path, made.path):
                self._mark(msgspec.structs.replace(other, superseded_by=made.number))
        return made

    def withdraw(self, key: str, path: str, *, by: str, at: str, why: str) -> tuple[Correction, ...]:
        """Mark the corrections that stand at a path or below it as taken back. Returns them."""
        found = [one for one in self.standing(key) if within(one.path, path)]
        marked = tuple(
            msgspec.structs.replace(one, withdrawn_at=at, withdrawn_by=by, withdrawn_why=why) for one in found
        )
        for one in marked:
            self._mark(one)
        return marked

    def _mark(self, one: Correction) -> None:
        self._ask(
            "UPDATE corrections SET superseded_by = ?, withdrawn_at = ?, withdrawn_by = ?, withdrawn_why = ?, digest = ? "
            "WHERE number = ?",
            one.superseded_by, one.withdrawn_at, one.withdrawn_by, one.withdrawn_why, _digest(_row(one)), one.number,
        )  # fmt: skip

    def check(self) -> Iterator[tuple[str, str]]:
        """Key and message of every row that is not what was written, or in a letter's way."""
        for row in self._ask(f"{_SELECT} ORDER BY number"):
            try:
                self._read(row)
            except ArchiveDamaged as fault:
                yield row[1], str(fault)
        wrong = self._ask(
            "SELECT key, 'is corrected, and the parser''s own record of it is missing' FROM records WHERE key IN "  # noqa: S608
            f"(SELECT key FROM corrections WHERE {_STANDS}) AND key NOT IN (SELECT key FROM uncorrected) UNION ALL "
            "SELECT key, 'has a second record, and no correction that stands' FROM uncorrected WHERE key NOT IN "
            f"(SELECT key FROM corrections WHERE {_STANDS})"
        )
        for key, what in wrong:
            yield key, f"{self._path}: letter {key} {what}. Run `itudocs rebuild --reparse`, or restore a backup."
