"""Differences: which value of which letter is another one in a second archive, or for the present parser.

    for letter in compare_archives("backup-2024", "letters.archive"):
        for change in letter.changes:
            print(letter.id, change.field, change.before, change.after)

Two states of an archive are compared letter by letter, by the letters' keys; `compare_parser` holds the stored records
against what a re-parse would make of them and writes nothing. Values count, not where they were found nor in what order
they stand; each side has the evidence for its own. Letters stream: memory does not grow with the archive.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Literal

from itudocs.archive.archive import Archive
from itudocs.archive.folder import STORE
from itudocs.archive.store import Store
from itudocs.corrections import FIELDS, plain_values
from itudocs.model import Circular, Evidence, Failure, Record
from itudocs.paths import aligned, joined, within

State = Literal["changed", "only-before", "only-after", "unparsed"]
Place = Archive | str | os.PathLike[str]

COMPARED: tuple[str, ...] = tuple(name for name in FIELDS if name not in ("id", "ref"))
"""The fields that are compared; `id` and `ref` are the first of `ids` and `refs`."""


class Side(Record, frozen=True, kw_only=True):
    """A value on one side: where it stands in its record, and the evidence for it and its parts."""

    path: str
    value: Any
    evidence: tuple[Evidence, ...] = ()


class FieldChange(Record, frozen=True, kw_only=True):
    """A value that differs: an item or a part where such alone does. A side is absent where it has no such value."""

    field: str
    before: Side | None = None
    after: Side | None = None


class LetterDiff(Record, frozen=True, kw_only=True):
    """A letter that differs.

    Attributes:
        key, id, name: which letter; its identity and its source's name as they are before, or else after.
        state: `changed`; `only-before` and `only-after`, of a letter that one side lacks; `unparsed`, where the present
            parser fails, so that a re-parse would leave the record as it is.
        changes: the values that differ.
        message: why it is unparsed.
    """

    key: str
    id: str | None
    name: str
    state: State
    changes: tuple[FieldChange, ...] = ()
    message: str = ""


class Summary(Record, frozen=True, kw_only=True):
    """How many letters were compared and what came of it; `fields` counts the letters that differ in each field."""

    same: int = 0
    changed: int = 0
    only_before: int = 0
    only_after: int = 0
    unparsed: int = 0
    fields: dict[str, int] = {}

    @property
    def letters(self) -> int:
        """All letters of either side."""
        return self.same + self.different

    @property
    def different(self) -> int:
        return self.changed + self.only_before + self.only_after + self.unparsed


class Diff:
    """The letters that differ, one after the other, and how many there were of which kind so far."""

    def __init__(self, letters: Iterator[LetterDiff | None]) -> None:
        self._letters = letters
        self._states = dict.fromkeys(("same", "changed", "only-before", "only-after", "unparsed"), 0)
        self._fields: dict[str, int] = {}

    def __iter__(self) -> Iterator[LetterDiff]:
        return self

    def __next__(self) -> LetterDiff:
        for letter in self._letters:
            self._states["same" if letter is None else letter.state] += 1
            if letter is not None:
                for name in dict.fromkeys(change.field for change in letter.changes):
                    self._fields[name] = self._fields.get(name, 0) + 1
                return letter
        raise StopIteration

    @property
    def summary(self) -> Summary:
        """What came of the letters that were asked for so far; of all, once the iteration has ended."""
        counts = {state.replace("-", "_"): n for state, n in self._states.items()}
        return Summary(**counts, fields={name: self._fields[name] for name in COMPARED if name in self._fields})


def compare_archives(before: Place, after: Place) -> Diff:
    """The differences between two archives, or backups of one, in the order of the letters' keys.

    Both are read as they are at the first letter, whoever writes meanwhile, and neither is written to. To be iterated in
    one thread.

    Raises:
        NotAnArchive: a folder holds no archive.
        ArchiveDamaged: a record that differs is not what was written.
    """
    return Diff(_between(_store(before), _store(after)))


def compare_parser(archive: Archive, *, workers: int = 1) -> Diff:
    """The differences between an archive's records and what `rebuild(reparse=True)` would make of them now.

    Corrections are applied to both. Nothing is written.

    Args:
        workers: processes that parse; 0 is one a processor.
    """
    return Diff(_reparsed(record, answer) for record, answer in archive.reparsed(workers=workers))


def _store(place: Place) -> Callable[[], Store]:
    path = (place.folder if isinstance(place, Archive) else Path(place)) / STORE
    with closing(Store(path)):  # so that a wrong folder is told at once
        return lambda: Store(path)


def _between(first: Callable[[], Store], second: Callable[[], Store]) -> Iterator[LetterDiff | None]:
    with ExitStack() as stack:
        one, two = (stack.enter_context(closing(opened())) for opened in (first, second))
        for store in (one, two):
            stack.enter_context(store.snapshot())
        left, right = one.digests(), two.digests()
        a, b = next(left, None), next(right, None)
        while a or b:
            if b is None or (a is not None and a[0] < b[0]):
                assert a is not None
                yield _alone(one.letter(a[0])[0], "only-before")
                a = next(left, None)
            elif a is None or b[0] < a[0]:
                yield _alone(two.letter(b[0])[0], "only-after")
                b = next(right, None)
            else:
                same = a[1] == b[1] or one.raw(a[0]) == two.raw(b[0])
                yield None if same else _changed(one.letter(a[0])[0], two.letter(b[0])[0])
                a, b = next(left, None), next(right, None)


def _reparsed(record: Circular, answer: Circular | Failure) -> LetterDiff | None:
    if isinstance(answer, Failure):
        return LetterDiff(
            key=record.key, id=record.id, name=record.source.name, state="unparsed", message=answer.message
        )  # fmt: skip
    return _changed(record, answer)


def _alone(record: Circular, state: State) -> LetterDiff:
    return LetterDiff(key=record.key, id=record.id, name=record.source.name, state=state)


def _changed(before: Circular, after: Circular) -> LetterDiff | None:
    found = changes(before, after)
    if not found:
        return None
    return LetterDiff(key=before.key, id=before.id, name=before.source.name, state="changed", changes=found)


def changes(before: Circular, after: Circular) -> tuple[FieldChange, ...]:
    """The values in which two records of a letter differ, field by field."""
    old, new = plain_values(before), plain_values(after)
    return tuple(
        FieldChange(
            field=name,
            before=None if i is None else _side(before, i, a),
            after=None if j is None else _side(after, j, b),
        )
        for name in COMPARED
        for i, a, j, b in _different(old[name], new[name], name, name)
    )


Difference = tuple[str | None, Any, str | None, Any]
"""Path and value before and after; no path where there is no value."""


def _different(old: Any, new: Any, before: str, after: str) -> Iterator[Difference]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in new:
            yield from _different(old.get(name), new[name], joined(before, name), joined(after, name))
    elif isinstance(old, list) and isinstance(new, list):
        for i, j in aligned(old, new):
            if i is not None and j is not None:
                yield from _different(old[i], new[j], joined(before, i), joined(after, j))
            elif i is not None:
                yield joined(before, i), old[i], None, None
            elif j is not None:
                yield None, None, joined(after, j), new[j]
    else:
        yield before if old is not None else None, old, after if new is not None else None, new


def _side(record: Circular, path: str, value: Any) -> Side:
    pieces = (piece for where, found in record.evidence.items() if within(where, path) for piece in found)
    return Side(path=path, value=value, evidence=tuple(dict.fromkeys(pieces)))
