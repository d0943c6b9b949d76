"""What a correction is, and what a record with corrections is; records as plain values.

The lowest module of its package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec

from itudocs.errors import CorrectionError
from itudocs.model import CORRECTED, Bureau, Circular, CitationKind, EventStatus, Language, Record
from itudocs.paths import joined, lookup, within

State = Literal["applied", "not-applied", "superseded", "withdrawn", "letter-absent"]

OURS = (
    "key",
    "source",
    "zones",
    "places",
    "evidence",
    "issues",
)  # made with the record, and no statements about the letter
FIELDS: tuple[str, ...] = tuple(name for name in Circular.__struct_fields__ if name not in OURS)
"""The fields of a record that a person may correct."""


ITEM = re.compile(r"(?P<items>.+?)/(?P<n>\d+)(?:/(?P<part>.+))?")
FIRST = {"id": "ids", "ref": "refs"}  # the record gives the first of these by a name of its own
_CHOICES = {"language": Language, "bureau": Bureau, "status": EventStatus, "kind": CitationKind}


class Correction(Record, frozen=True, kw_only=True):
    """What a person said of one value of one letter.

    Attributes:
        number: its number in the archive, in the order they were made.
        key: of the letter: the SHA-256 of its bytes.
        path: of the value: a field (`date`, `events`), an item (`addressees/0`) or a part (`events/1/start`).
        value: the right value, as plain JSON; null or `[]` where the letter has none.
        was: what stood there; of an item, or a part of one, the whole item, by which it is found again.
        by, why: who said it, and on what grounds.
        at: when (UTC, ISO 8601).
        start, end, quote: the words of the letter it rests on, where it names any.
        superseded_by: number of the later correction that took its place.
        withdrawn_at, withdrawn_by, withdrawn_why: when, by whom and why it was taken back.
        state: `applied`; `not-applied`, if the parser's record has no such value any more; `superseded`; `withdrawn`;
            `letter-absent`, if the archive has no such letter now.
        remark: why it is not applied.
    """

    number: int
    key: str
    path: str
    value: Any
    was: Any = None
    by: str
    at: str
    why: str
    start: int | None = None
    end: int | None = None
    quote: str | None = None
    superseded_by: int | None = None
    withdrawn_at: str | None = None
    withdrawn_by: str | None = None
    withdrawn_why: str | None = None
    state: State = "applied"
    remark: str = ""

    @property
    def stands(self) -> bool:
        """Whether it is neither superseded nor withdrawn."""
        return self.superseded_by is None and self.withdrawn_at is None

    @property
    def before(self) -> Any:
        """The value that stood at its path when it was made."""
        item = ITEM.fullmatch(self.path)
        return lookup(self.was, item["part"] or "") if item else self.was

    @property
    def confirms(self) -> bool:
        """Whether it says that the value was right."""
        return bool(self.before == self.value)

    @property
    def rule(self) -> str:
        """The rule of the evidence it stands for."""
        return f"{CORRECTED}{self.number}"


class Applied(Record, frozen=True, kw_only=True):
    """A record with corrections in place.

    Attributes:
        record: the corrected record.
        paths: by the corrections' numbers, where their values stand in it.
        missed: by the numbers of those that could not be applied, why.
    """

    record: Circular
    paths: dict[int, str] = {}
    missed: dict[int, str] = {}


class Corrected(Record, frozen=True, kw_only=True):
    """A corrected letter: the parser's own record, the record with the corrections, and those that are applied."""

    own: Circular
    record: Circular
    corrections: tuple[Correction, ...]


def plain_values(value: object) -> Any:
    """A record, or values of one, as plain JSON values: `to_dict` without tuples."""
    return msgspec.json.decode(msgspec.json.encode(value))


def converted(plain: Mapping[str, Any], path: str, value: Any) -> Any:
    """A record's plain values once a value is put at a path of it.

    Raises:
        CorrectionError: they are not those of a record, or an event would end before it begins.
    """
    try:
        record = msgspec.convert({**plain, "zones": [], "evidence": {}, "issues": []}, Circular)
    except msgspec.ValidationError as fault:
        reason, _, place = str(fault).partition(" - at `$.")
        where = re.sub(r"\[(\d+)\]", r"/\1", place.rstrip("`")).replace(".", "/") or path
        if re.match("Invalid RFC3339|Expected `date", reason):
            reason = "it is no day; write a day as 2009-09-03"
        elif reason.startswith("Invalid enum"):
            reason = f"it is one of {', '.join(get_args(_CHOICES[where.rpartition('/')[2]]))}"
        shown = json.dumps(value, ensure_ascii=False)
        shown = shown if len(shown) <= 80 else f"{shown[:79]}…"
        raise CorrectionError(f"{where}: cannot be {shown}: {reason[:1].lower()}{reason[1:]}.", path=path) from fault
    for k, event in enumerate(record.events if within(path, "events") else ()):
        if event.end < event.start:
            raise CorrectionError(
                f"{joined('events', k)}: it would end on {event.end}, before it starts on {event.start}. Correct the later "
                f"of the two first, or the whole event.", path=path,
            )  # fmt: skip
    return plain_values(record)
