"""Gold against records: how much of what stands in the letters was found, field by field.

    evaluate(Path("corpus/heldout")).table()
    compare(evaluate(gold, read_records(before)), evaluate(gold, read_records(after))).table()

One gold value is paired with one found value at most; what is left over counts as false (found, not in the letter) or
missed. Records are known only as plain JSON values, so that those of earlier versions and other programs can be
measured too. Parsing, where it is asked for, is `itudocs.parse`'s. Stands at the end of the way of the data.

measures   what is compared of a record, and how
pairing    which found value stands for which gold one
corrected  what people corrected, as gold
scores     the counts, their sums, their layout
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from itudocs.errors import ItuDocsError
from itudocs.evaluate.corrected import evaluate_corrected
from itudocs.evaluate.measures import MEASURES, Plain
from itudocs.evaluate.pairing import outcome
from itudocs.evaluate.scores import Change, Comparison, Evaluation, FieldScore, LetterScore, Outcome, Score, compare
from itudocs.model import Circular, Failure, Record

__all__ = [
    "Change", "Comparison", "Evaluation", "FieldScore", "LetterScore", "Outcome", "Score", "compare", "evaluate",
    "evaluate_corrected", "read_records",
]  # fmt: skip


class _Gold(Record, frozen=True, kw_only=True):
    """A gold file: the letter beside it, its language, what is true of it, and what is not scored."""

    letter: Path
    language: str
    record: Plain
    cut: frozenset[str]


def evaluate(gold: Path, records: Iterable[Circular | Plain] | None = None, *, workers: int = 1) -> Evaluation:
    """Measure records against gold.

    Args:
        gold: a folder of gold files (`NAME.gold.json` or `NAME.json`, each beside its `NAME.txt`), or one such file.
            A gold file holds `gold`, a record's JSON or an older form of it (`cited`, lists under `ref`), `lang`, and
            in `cut` the fields that its excerpt cannot show, which are not scored.
        records: records, or their plain JSON values, told apart by `source.name`; those of other letters are passed
            over. Without them the letters are parsed now.
        workers: how many processes parse; 0 is one a processor.

    Raises:
        ItuDocsError: there is no gold, or a file of it is malformed.
    """
    golden = _gold(Path(gold))
    found = _parsed(golden, workers) if records is None else _by_name(records)
    letters = tuple(_letter(g, found.get(g.letter.name)) for g in golden)
    return Evaluation(letters=letters, unparsed=tuple(g.letter.name for g in golden if g.letter.name not in found))


def read_records(path: Path) -> list[dict[str, Any]]:
    """The records of a file as plain values: JSON Lines, a JSON array, or one record.

    Raises:
        ItuDocsError: it cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ItuDocsError(f"{path}: cannot be read ({error.strerror}). Name a file of records.") from error
    try:
        whole = msgspec.json.decode(data, type=list[dict[str, Any]] | dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [_record(path, number, line) for number, line in enumerate(data.splitlines(), 1) if line.strip()]
    return whole if isinstance(whole, list) else [whole]


def _record(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ItuDocsError(
            f"{path}, line {number}: is no record ({error}). `itudocs parse FOLDER --format jsonl` makes such files."
        ) from error


def _gold(place: Path) -> list[_Gold]:
    """The gold of a folder in the order of its files' names."""
    files = [place] if place.is_file() else sorted(place.glob("*.json"))
    if not files:
        below = sorted({path.parent for path in place.glob("*/*.json")})
        hint = f"Name one of its folders, as {below[0]}." if below else "Name a folder of NAME.txt and NAME.gold.json."
        raise ItuDocsError(f"{place}: holds no gold files. {hint}")
    return [_gold_file(path) for path in files]


def _gold_file(path: Path) -> _Gold:
    try:
        plain = msgspec.json.decode(path.read_bytes())
        record = plain["gold"]
        return _Gold(
            letter=path.with_name(re.sub(r"(\.gold)?\.json$", ".txt", path.name)),
            language=plain.get("lang") or plain.get("language") or record.get("language") or "",
            record=record,
            cut=frozenset(plain.get("cut") or record.get("cut") or ()),
        )
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise ItuDocsError(f"{path}: cannot be read as gold ({error}). Correct it, or move it away.") from error
    except (KeyError, TypeError, AttributeError) as error:
        form = '{"lang": ..., "gold": {...}, "cut": [...]}'
        raise ItuDocsError(f"{path}: is no gold file, which holds {form}. Correct it, or move it away.") from error


def _parsed(golden: Sequence[_Gold], workers: int) -> dict[str, Plain]:
    from itudocs.parse import parse_many  # late: records that are given need no parser

    outcomes = zip(golden, parse_many((g.letter for g in golden), workers=workers), strict=True)
    return {g.letter.name: made.to_dict() for g, made in outcomes if not isinstance(made, Failure)}


def _by_name(records: Iterable[Circular | Plain]) -> dict[str, Plain]:
    """Records by the name of their source; of several the last."""
    found: dict[str, Plain] = {}
    for record in records:
        plain = record.to_dict() if isinstance(record, Circular) else record
        source = plain.get("source")
        if isinstance(source, Mapping) and source.get("name"):  # a failure has none
            found[Path(source["name"]).name] = plain
    return found


def _letter(gold: _Gold, record: Plain | None) -> LetterScore:
    fields: dict[str, Outcome] = {}
    for measure in MEASURES:
        wanted = measure.values(gold.record) if measure.cut.isdisjoint(gold.cut) else None
        if wanted is not None:
            fields[measure.name] = outcome(measure, wanted, measure.values(record or {}) or ())
    return LetterScore(name=gold.letter.name, language=gold.language, fields=fields)
