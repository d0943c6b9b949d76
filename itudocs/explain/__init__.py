"""Why a field has its value: which rule won, which candidates lost and why, and why nothing was found.

Parses the letter as `itudocs.parse` does and asks the same data: the record's evidence for what won, what the extractors
weighed (`Letter.tried`) and what they never considered (`overlooked`) for what lost. Changes no record; nothing on the way
from bytes to records imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from itudocs import assemble
from itudocs.corrections import Correction, apply
from itudocs.evidence import values
from itudocs.explain.overlooked import OVERLOOKED
from itudocs.explain.rules import described, told
from itudocs.extract import Letter, Tried
from itudocs.fields import BY_PREFIX, FIELDS, Field
from itudocs.lexicon import tidy
from itudocs.model import Circular, Evidence, Record
from itudocs.paths import lookup, within
from itudocs.reading import DEFAULT_LIMITS, Limits, Readable, Source, read

__all__ = ["Candidate", "Explanation", "explain"]


MOST = 40
"""So many losers `Explanation.text` shows; all are in `Explanation.lost`."""


class Candidate(Record, frozen=True, kw_only=True):
    """A value that was considered for a field.

    Attributes:
        value: what it is, or would have become.
        rule: the id of the rule that considered it.
        why: what the rule looks for, of a winner; why it lost, of a loser.
        path: the record path of a winner (`events/0/start`); empty for losers and for features.
        score: what it competed with, where candidates are scored.
        evidence: the characters it stands on, one piece for every stretch; none for counts.
        place: where in its file the first of them stood (`page 2, table 1, row 3, column 2`), where its format has places.
    """

    value: str
    rule: str
    why: str
    path: str = ""
    score: float | None = None
    evidence: tuple[Evidence, ...] = ()
    place: str = ""

    @property
    def quote(self) -> str:
        """The characters it stands on; stretches are joined by ` ... `."""
        return " ... ".join(piece.quote for piece in self.evidence)


class Explanation(Record, frozen=True, kw_only=True):
    """Why a field of a letter has its value.

    Attributes:
        field: the field's name in `itudocs.fields`, or the record path that was asked for.
        value: the record's value.
        won: a candidate for every value and part of one; empty where nothing was found.
        lost: the others, in the order of the text.
        why: one sentence: what decided, or what was looked for and where that stopped.
    """

    field: str
    value: Any
    won: tuple[Candidate, ...] = ()
    lost: tuple[Candidate, ...] = ()
    why: str = ""

    def text(self) -> str:
        """The explanation for people: what won, why, and what lost, a line each."""
        lines = [f"{self.field}: {self.why}"]
        told: set[str] = set()
        for one in self.won:
            why = "" if one.why in told else f": {one.why}"
            told.add(one.why)
            named = f"{one.path} = " if one.path else ""
            lines.append(f"  won   {named}{_shown(one)}{why}")
        lines.extend(f"  lost  {_shown(one)}: {one.why}" for one in self.lost[:MOST])
        if len(self.lost) > MOST:
            lines.append(f"  lost  and {len(self.lost) - MOST} more")
        return "\n".join(lines)


def _shown(one: Candidate) -> str:
    quoted = [p for p in one.evidence if p.quote]  # a person's value may rest on no words
    where = ", ".join(f"{p.start}-{p.end}" + (" of the name" if p.origin == "name" else "") for p in quoted)
    where += f"; {one.place}" if where and one.place else ""
    shown = _short(one.value)
    if where:
        same = tidy(one.quote) == one.value
        shown += f" (at {where})" if same else f' ("{_short(one.quote)}" at {where})'
    return f"{shown}; {one.rule}" + (f", score {one.score:g}" if one.score is not None else "")


def _short(words: str, longest: int = 100) -> str:
    words = tidy(words)
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"


# Rows that have no extractor: the row they are computed from, and the part of its paths that counts.
_DERIVED: dict[str, tuple[str, str]] = {
    "year": ("date", ""),
    "event_name": ("event", "name"),
    "event_year": ("event", "start"),
    "place": ("event", "place"),
    "body": ("event", "body"),
    "cites": ("citation", "id"),
}
_PARTLESS = {
    "body": "no event's name has a body of the lexicon in it",
    "place": "no place that is known is named near an event's date",
    "id": "no citation names a circular by series, number and date, which an identity needs",
}
_ATTRIBUTES = {row.attribute or row.name: row for row in FIELDS}


def explain(
    source: Readable | Source,
    field: str,
    *,
    name: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    corrections: Sequence[Correction] = (),
) -> Explanation:
    """Why a field of a letter has its value, or has none.

    Args:
        source: as for `itudocs.parse`, or a `Source` that has been read.
        field: a name, prefix or attribute of `itudocs.fields` (`date`, `refs`, `event`), or a record path of one value
            (`events/0/place`, `contact/tel`).
        name: what to call the source; a reference may stand only in a file's name.
        limits: how large a file may be.
        corrections: what people said of this letter (`Archive.corrections`). It wins; what the parser found loses.

    Raises:
        ValueError: there is no such field.
        ReadError: the source cannot be read.
    """
    row, path = _asked(field)
    source = source if isinstance(source, Source) else read(source, name=name, limits=limits)
    found = assemble.letters(source)
    own = record = assemble.record(source, found)
    if corrections:
        record = apply(own, corrections, source.text).record
    if row.name == "has":
        return _features(record, row)
    base, part = (row, "") if row.extractor else _base(row)
    if not base.extractor:
        return Explanation(field=row.name, value=row.of(record), why="computed from other fields of the record")
    letter = assemble.speaker(found, base.name)
    won = tuple(_grounds(_winners(letter, record, base, path, part), corrections))
    lost = (*_corrected(letter, own, record, base, path, part), *_losers(found, letter, own, base))
    value = lookup(record.to_dict(), path) if path else _value(record, row)
    emptied = [
        c for c in corrections if c.stands and not c.value and within(path or base.attribute or base.name, c.path)
    ]
    if won:
        why = _why(won, lost)
    elif emptied:
        why = _ground(emptied[-1])
    else:
        why = letter.finding(base.name).why or _PARTLESS.get(part, f"no {field} was found")
        why += _where(letter, base.name)
    if letter is not found[0]:
        why += "; found in another copy of the letter on the page than the one that is read first"
    if base is not row:
        why = f"computed from {base.name}: {why}"
    return Explanation(
        field=path or row.name, value=value, won=_placed(record, won), lost=_placed(record, lost), why=why
    )


def _placed(record: Circular, some: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The same with the places in the file."""
    return tuple(
        msgspec.structs.replace(one, place=str(place)) if (place := record.stood(one.evidence)) else one for one in some
    )


def _features(record: Circular, row: Field) -> Explanation:
    """Why a record has the features it has: they are told from its fields, not from the letter."""
    rule = "has.feature"
    features = tuple(str(value) for value in row.of(record))
    won = tuple(Candidate(value=feature, rule=rule, why=described(rule)) for feature in features)
    why = f"{described(rule)}; ask for that field" if won else "no field of the record has a value"
    return Explanation(field=row.name, value=features, won=won, why=why)


def _asked(field: str) -> tuple[Field, str]:
    """The row that a field's name, prefix, attribute or record path means; the path, if it is one."""
    head, slash, _ = field.partition("/")
    row = BY_PREFIX.get(head) or _ATTRIBUTES.get(head)
    if row is None or (slash and not row.extractor):
        names = ", ".join(row.name for row in FIELDS)
        raise ValueError(f"{field!r} is no field: ask for one of {names}, or for a record path such as events/0/place")
    return row, f"{row.attribute or row.name}{field[len(head) :]}" if slash else ""


def _base(row: Field) -> tuple[Field, str]:
    name, part = _DERIVED.get(row.name, (row.name, ""))
    return BY_PREFIX[name], part


def _value(record: Circular, row: Field) -> Any:
    if not row.extractor:
        return row.of(record)
    return getattr(record, row.attribute or row.name)


def _why(won: tuple[Candidate, ...], lost: tuple[Candidate, ...]) -> str:
    rules = list(dict.fromkeys(one.why for one in won))
    said = "; ".join(rules[:3])
    return (
        f"{said}; {len(lost)} other candidate{'s' * (len(lost) != 1)} lost"
        if lost
        else f"{said}; nothing else came near"
    )


_IN_HEADER = {"ref", "date", "subject", "markings", "addressees", "copies", "contact"}
_IN_BODY = {"event", "deadline", "citation"}


def _where(letter: Letter, name: str) -> str:
    """Where a field was looked for and where that stopped, in characters of the source."""
    layout = letter.layout
    if name in _IN_HEADER:
        start, end = 0, layout.header_end
        stop = "up to the salutation" if layout.salutation else "no salutation: up to where the body seems to begin"
    elif name in _IN_BODY:
        start, end = layout.body
        stop = "the body" if layout.closing else "no closing: up to where the body seems to end"
    else:
        return ""
    spans = letter.flow.spans(start, end)
    if not spans:
        return " (no such part was found)"
    return f" (looked at {min(a for a, _ in spans)}-{max(b for _, b in spans)}, {stop})"


# -- winners -----------------------------------------------------------------------------------------------------------


def _winners(letter: Letter, record: Circular, row: Field, path: str, part: str) -> Iterator[Candidate]:
    """The values of a field with their evidence, in the record's order."""
    plain = record.to_dict()
    scores = {tuple(_spans(letter, tried)): tried.score for tried in letter.tried.get(row.name, ()) if not tried.why}
    wanted = path or (row.attribute or row.name)
    order = {place: k for k, place in enumerate(values(plain))}
    for place in sorted(record.evidence, key=lambda place: order.get(place, len(order))):
        if not (place == wanted or place.startswith(f"{wanted}/")) or (part and not place.endswith(f"/{part}")):
            continue
        pieces = record.evidence[place]
        spans = tuple((p.start, p.end) for p in pieces)
        rule = pieces[0].rule
        yield Candidate(
            value=str(lookup(plain, place)), rule=rule, why=told(rule, row.name), path=place,
            score=scores.get(spans), evidence=pieces,
        )  # fmt: skip


def _grounds(won: Iterator[Candidate], corrections: Sequence[Correction]) -> Iterator[Candidate]:
    """Winners, those that a person put there with that person's grounds."""
    by_rule = {one.rule: one for one in corrections}
    for candidate in won:
        said = by_rule.get(candidate.rule)
        if said is None:
            yield candidate
        else:
            yield Candidate(
                value=candidate.value, rule=said.rule, why=_ground(said), path=candidate.path,
                evidence=candidate.evidence,
            )  # fmt: skip


def _ground(said: Correction) -> str:
    return f"corrected by {said.by} on {said.at[:10]}: {said.why}"


# -- losers ------------------------------------------------------------------------------------------------------------


def _corrected(
    letter: Letter, own: Circular, record: Circular, row: Field, path: str, part: str
) -> Iterator[Candidate]:
    """What the parser found for a field and a person corrected."""
    kept = [(one.value, one.evidence) for one in _winners(letter, record, row, path, part)]
    for one in _winners(letter, own, row, path, part):
        if (one.value, one.evidence) not in kept:
            why = f"a person corrected it; it was taken as {one.why}"
            yield Candidate(value=one.value, rule=one.rule, why=why, score=one.score, evidence=one.evidence)


def _losers(found: list[Letter], letter: Letter, record: Circular, row: Field) -> Iterator[Candidate]:
    """What was weighed and lost, what was never weighed, what other copies say: each place once."""
    attribute = row.attribute or row.name
    taken = [
        (p.start, p.end)
        for path, pieces in record.evidence.items()
        if path.split("/")[0] in (attribute, row.name)
        for p in pieces
        if p.origin == "text"
    ]
    won = {_squashed(value) for value in _strings(lookup(record.to_dict(), attribute))}
    lost: dict[tuple[str, tuple[tuple[int, int], ...]], Candidate] = {}
    weighed = [tried for tried in letter.tried.get(row.name, ()) if tried.why]
    won_by = [tried for tried in letter.tried.get(row.name, ()) if not tried.why]
    known = [span for tried in (*weighed, *won_by) for span in _spans(letter, tried)]
    for k, tried in enumerate([*weighed, *OVERLOOKED[row.name](letter, record)]):
        spans = tuple(_spans(letter, tried))
        if any(a < d and c < b for a, b in spans for c, d in taken if tried.where != "name"):
            continue  # it won, or is part of what did
        if k >= len(weighed) and any(span in known for span in spans):
            continue
        one = _candidate(letter, tried, spans)
        if not spans and _squashed(one.value) in won:
            continue
        lost.setdefault((one.value if not spans else "", spans), one)
    yield from sorted(lost.values(), key=lambda one: (one.evidence[0].start if one.evidence else -1, -(one.score or 0)))
    for other in found:
        if other is not letter:
            for path, pieces in other.finding(row.name).evidence.items():
                why = "stands in another copy of the letter on the page, of which less is left"
                value = " ".join(piece.quote for piece in pieces)
                if not any(p.start < d and c < p.end for p in pieces for c, d in taken) and path != row.name:
                    yield Candidate(value=tidy(value), rule=pieces[0].rule, why=why, evidence=pieces)


def _spans(letter: Letter, tried: Tried) -> list[tuple[int, int]]:
    """Where it stands in the source, or in its name."""
    if tried.start >= tried.end:
        return []
    return letter.flow.spans(tried.start, tried.end) if tried.where == "flow" else [(tried.start, tried.end)]


def _candidate(letter: Letter, tried: Tried, spans: tuple[tuple[int, int], ...]) -> Candidate:
    origin = "name" if tried.where == "name" else "text"
    base = letter.source.name if origin == "name" else letter.source.text
    pieces = tuple(Evidence(start=a, end=b, quote=base[a:b], rule=tried.rule, origin=origin) for a, b in spans)
    value = tidy(" ".join(piece.quote for piece in pieces)) if tried.value is None else tried.value
    return Candidate(value=value, rule=tried.rule, why=tried.why, score=tried.score, evidence=pieces)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))


def _squashed(value: str) -> str:
    return tidy(value).casefold()
