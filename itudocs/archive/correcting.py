"""Correcting a letter of the archive: a correction checked and entered, taken back, listed with what became of it.

Joins `itudocs.corrections` (what may be said, and what it does to a record) with the store. Stands beside `ingest`: both
are called by `archive`, which has the lock.
"""

from __future__ import annotations

import msgspec

from itudocs import corrections
from itudocs.archive import disk
from itudocs.archive.store import Store
from itudocs.corrections import FIRST, Correction, State
from itudocs.errors import CorrectionError
from itudocs.paths import within


def correct(
    writer: Store,
    key: str,
    path: str,
    value: object,
    *,
    by: str,
    why: str,
    start: int | None = None,
    end: int | None = None,
    quote: str | None = None,
) -> Correction:
    """Enter a correction and make the letter's record anew, inside a transaction.

    Raises:
        CorrectionError: it does not fit the record or its text.
    """
    record, text = writer.letter(key)
    place, plain = corrections.checked(record, path, value)
    at = corrections.words(text, place, start=start, end=end, quote=quote)
    # What is remembered is what stands without the corrections that this one supersedes: so it is found again.
    own, _ = writer.uncorrected(key)
    others = [one for one in writer.ledger.standing(key) if not within(one.path, place)]
    beneath = corrections.apply(own, others, text).record
    made = writer.ledger.enter(
        Correction(
            number=0, key=key, path=place, value=plain, was=corrections.noted(beneath, place), by=by, why=why,
            at=disk.now(), start=at and at[0], end=at and at[1], quote=at and text[slice(*at)],
        )
    )  # fmt: skip
    applied = writer.correct_anew(key)
    if made.number in applied.missed:  # checked against this very record: only a fault of ours comes here
        raise CorrectionError(f"{place}: cannot be applied: {applied.missed[made.number]}.", path=path)
    return made


def withdraw(writer: Store, key: str, path: str, *, by: str, why: str) -> tuple[Correction, ...]:
    """Mark corrections as withdrawn and make the letter's record anew, inside a transaction.

    Raises:
        CorrectionError: none stands at the path or below it.
    """
    standing = writer.ledger.standing(key)
    place = path.strip("/ ")
    # `ref` and `id` are corrected under the names of the lists whose first they are
    listed = FIRST.get(place, place)
    gone = writer.ledger.withdraw(key, listed, by=by, at=disk.now(), why=why)
    if not gone:
        there = ", ".join(dict.fromkeys(one.path for one in standing))
        hint = f"Corrections stand at {there}." if there else "No correction of this letter stands."
        raise CorrectionError(f"{path}: no correction stands there. {hint}", path=path)
    if key in writer:
        writer.correct_anew(key)
    return tuple(msgspec.structs.replace(one, state="withdrawn") for one in gone)


def listed(reader: Store, key: str) -> tuple[Correction, ...]:
    """The corrections of a letter with what became of each."""
    said = reader.ledger.of(key)
    applied = reader.applied(key) if said and key in reader else None
    missed = applied.missed if applied else {}

    def state(one: Correction) -> State:
        if one.withdrawn_at is not None:
            return "withdrawn"
        if one.superseded_by is not None:
            return "superseded"
        if applied is None:
            return "letter-absent"
        return "not-applied" if one.number in missed else "applied"

    return tuple(
        msgspec.structs.replace(one, state=state(one), remark=missed.get(one.number, "") if one.stands else "")
        for one in said
    )
