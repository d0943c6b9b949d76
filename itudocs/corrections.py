"""Corrections: what a person says of a letter, and the parser's record with it in place.

A correction gives a field of a letter, or a part of one, another value, or confirms the one it has. It is checked when
it is made, against the record's types and the letter's text, and applied to whatever the parser makes of the letter
later: an item of a list is found again by what it was, wherever it then stands, and what is not found is reported and
not guessed. Where corrections are kept, and their history, is `itudocs.archive`'s.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

from itudocs.errors import CorrectionError
from itudocs.model import (
    CORRECTED,
    Bureau,
    Circular,
    CitationKind,
    EventStatus,
    Evidence,
    Issue,
    Language,
    Record,
)
from itudocs.paths import joined, kept, leaves, likeness, lookup, replaced, within

if TYPE_CHECKING:
    from itudocs.extract.identity import Reference

State = Literal["applied", "not-applied", "superseded", "withdrawn", "letter-absent"]

_OURS = ("key", "source", "zones", "evidence", "issues")  # made with the record, and no statements about the letter
FIELDS: tuple[str, ...] = tuple(name for name in Circular.__struct_fields__ if name not in _OURS)
"""The fields of a record that a person may correct."""

_ITEM = re.compile(r"(?P<items>.+?)/(?P<n>\d+)(?:/(?P<part>.+))?")
_FIRST = {"id": "ids", "ref": "refs"}  # the record gives the first of these by a name of its own
_CHOICES = {"language": Language, "bureau": Bureau, "status": EventStatus, "kind": CitationKind}
_SETTLED = {"no-date": "date", "no-identity": "ids"}  # issues that a value where there was none settles
_WEAK = ("status", "kind", "computed")  # too common to tell items apart
_ALIKE = 0.8  # from here on an item is taken for the one that was corrected
_ALIKE_REST = 2 / 3  # likewise where the part corrected has the value it had, or the corrected one


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
        item = _ITEM.fullmatch(self.path)
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


# -- making ------------------------------------------------------------------------------------------------------------


def plain_values(value: object) -> Any:
    """A record, or values of one, as plain JSON values: `to_dict` without tuples."""
    return msgspec.json.decode(msgspec.json.encode(value))


def checked(record: Circular, path: str, value: object) -> tuple[str, Any]:
    """A correction's path and plain value, if they fit a record.

    Args:
        path: a record path; `ref` and `id` mean the first of `refs` and `ids`.
        value: plain JSON values or the record's own types (a `date`, an `Event`); None for nothing.

    Raises:
        CorrectionError: the field, item or part does not exist, or the value is none that it can have.
    """
    given = path.strip("/ ")
    plain = plain_values(record)
    try:
        written = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, allow_nan=False)
        value = json.loads(written.encode())
    except (TypeError, ValueError, RecursionError) as fault:
        raise CorrectionError(f"{given}: the value is no JSON ({fault}). Give plain values.", path=path) from fault
    if given in _FIRST:
        given, value = _first(plain, _FIRST[given], value)
    _walk(plain, given)
    for leaf, said in leaves(value, given):
        if isinstance(said, str) and not said.strip():
            raise CorrectionError(f"{leaf}: is empty. For nothing give null, and for no items [].", path=path)
    after = _converted(replaced(plain, given, value), given, value)
    got = lookup(after, given)
    _same_names(value, got, given)
    for k, event in enumerate(after["events"]):
        if within(given, "events") and event["end"] < event["start"]:
            raise CorrectionError(
                f"{joined('events', k)}: it would end on {event['end']}, before it starts on {event['start']}. Correct "
                f"the later of the two first, or the whole event.", path=path,
            )  # fmt: skip
    return given, got


def _first(plain: Mapping[str, Any], items: str, value: Any) -> tuple[str, Any]:
    """What `ref` or `id` means: the first item of the list behind it, and all of the list where it has no second."""
    rest = plain[items][1:]
    return (
        (joined(items, 0), value)
        if rest and value is not None
        else (items, [*([] if value is None else [value]), *rest])
    )


def _walk(plain: Mapping[str, Any], path: str) -> None:
    """Follow a path through a record.

    Raises:
        CorrectionError: it leads nowhere.
    """
    head, *parts = path.split("/")
    if head not in FIELDS:
        why = "is made with the record and cannot be corrected" if head in _OURS else "is no field of a record"
        raise CorrectionError(f"{head!r} {why}. Correct one of {', '.join(FIELDS)}.", path=path)
    at, value = head, plain[head]
    for part in parts:
        if isinstance(value, list):
            if not part.isdecimal() or int(part) >= len(value):
                last = f" to {at}/{len(value) - 1}" if len(value) > 1 else " alone"
                there = f"has {at}/0{last}" if value else f"has no {at}"
                raise CorrectionError(
                    f"{path}: there is no {at}/{part}; the letter {there}. To add or take away one, correct {at!r} as "
                    f"a whole.", path=path,
                )  # fmt: skip
            value = value[int(part)]
        elif isinstance(value, dict):
            if part not in value:
                raise CorrectionError(f"{path}: {at} has no {part!r}. It has {', '.join(value)}.", path=path)
            value = value[part]
        elif value is None and head == "signatory":
            raise CorrectionError(f"{path}: the letter has no {at}. Correct {at!r} as a whole.", path=path)
        else:
            raise CorrectionError(f"{path}: {at} has no parts. Correct {at!r}.", path=path)
        at = joined(at, part)


def _converted(plain: Mapping[str, Any], path: str, value: Any) -> Any:
    """A record's plain values, if they are those of a record."""
    try:
        record = msgspec.convert({**plain, "zones": [], "evidence": {}, "issues": []}, Circular)
    except msgspec.ValidationError as fault:
        reason, _, place = str(fault).partition(" - at `$.")
        where = re.sub(r"\[(\d+)\]", r"/\1", place.rstrip("`")).replace(".", "/") or path
        if "RFC3339" in reason or "date" in reason:
            reason = "it is no day; write a day as 2009-09-03"
        elif reason.startswith("Invalid enum"):
            reason = f"it is one of {', '.join(get_args(_CHOICES[where.rpartition('/')[2]]))}"
        shown = json.dumps(value, ensure_ascii=False)
        shown = shown if len(shown) <= 80 else f"{shown[:79]}…"
        raise CorrectionError(f"{where}: cannot be {shown}: {reason[:1].lower()}{reason[1:]}.", path=path) from fault
    return plain_values(record)


def _same_names(value: Any, got: Any, path: str) -> None:
    """Refuse names that the record does not know: they would be lost in silence."""
    if isinstance(value, dict) and isinstance(got, dict):
        for name, inner in value.items():
            if name not in got:
                raise CorrectionError(f"{path}: there is no {name!r} in it. It has {', '.join(got)}.", path=path)
            _same_names(inner, got[name], joined(path, name))
    elif isinstance(value, list):
        for k, inner in enumerate(value):
            _same_names(inner, got[k], joined(path, k))


def words(
    text: str, path: str, *, start: int | None = None, end: int | None = None, quote: str | None = None
) -> tuple[int, int] | None:
    """Where the words stand that a correction rests on; None where it names none.

    Args:
        start, end: characters of the text.
        quote: the words themselves, however their spaces and lines are broken; alone, they must stand there once.

    Raises:
        CorrectionError: there are no such characters, or others, or the words stand in several places.
    """
    if (start is None) != (end is None):
        raise CorrectionError(f"{path}: give both the start and the end of the words.", path=path)
    pattern = re.compile(r"\s+".join(map(re.escape, quote.split()))) if quote and quote.split() else None
    if start is not None and end is not None:
        if not 0 <= start < end <= len(text):
            raise CorrectionError(
                f"{path}: the text has no characters {start}-{end}; it has {len(text)} characters.", path=path
            )
        if pattern and not pattern.fullmatch(text[start:end]):
            raise CorrectionError(
                f"{path}: at {start}-{end} stands {text[start:end]!r} and not {quote!r}.", path=path
            )  # fmt: skip
        return start, end
    if pattern is None:
        return None
    found = [match.span() for match in pattern.finditer(text)]
    if len(found) == 1:
        return found[0]
    places = ", ".join(f"{a}-{b}" for a, b in found[:8])
    there = f"stands {len(found)} times in the text, at {places}; say which by start and end" if found else (
        "does not stand in the text; copy the words as they stand in it"
    )  # fmt: skip
    raise CorrectionError(f"{path}: {quote!r} {there}.", path=path)


def said(path: str, *, by: str, why: str) -> tuple[str, str]:
    """Who corrects and why, on one line each.

    Raises:
        CorrectionError: one of them is missing.
    """
    told = [" ".join(text.encode("utf-8", "backslashreplace").decode().split()) for text in (by, why)]
    for name, text, hint in zip(("by", "why"), told, ("a name", "the grounds"), strict=True):
        if not text:
            raise CorrectionError(f"{path}: {name!r} is empty. A correction needs {hint}.", path=path)
    return told[0], told[1]


def noted(record: Circular, path: str) -> Any:
    """What a correction remembers of the value it is made for: the value at its path, or the item that is part of."""
    item = _ITEM.fullmatch(path)
    return lookup(plain_values(record), joined(item["items"], item["n"]) if item else path)


# -- applying ----------------------------------------------------------------------------------------------------------


class _Lost(Exception):
    """A correction's value is not there any more; says why."""


def apply(record: Circular, corrections: Iterable[Correction], text: str) -> Applied:
    """The parser's record with the corrections that stand, in the order they were made.

    Values that a correction leaves as they were keep their evidence. Those it puts in have its words for evidence, or
    none (`Evidence.origin` is then `correction`). An identity, series or bureau that follows from a corrected reference
    or date follows it. What cannot be applied becomes an issue of the record.
    """
    standing = sorted((c for c in corrections if c.stands), key=lambda c: c.number)
    plain, evidence = plain_values(record), dict(record.evidence)
    done: list[tuple[Correction, str]] = []
    missed: dict[int, str] = {}
    for one in standing:
        try:
            path = _placed(plain, one)
            after = {**plain, **_converted(replaced(plain, path, one.value), path, one.value)}
        except (_Lost, CorrectionError) as why:
            missed[one.number] = str(why)
            continue
        evidence = _evidence(plain, after, evidence, one, path, text)
        done.append((one, path))
        if (after["refs"], after["date"]) != (plain["refs"], plain["date"]):
            after, evidence = _followed(plain, after, evidence, done, text)
        plain = after
    for name, items in _FIRST.items():
        if any(within(path, items) for _, path in done) or plain[items] != list(getattr(record, items)):
            plain[name] = next(iter(plain[items]), None)
            evidence.pop(name, None)
            if f"{items}/0" in evidence:
                evidence[name] = evidence[f"{items}/0"]
    bare = {**plain, "zones": (), "evidence": {}, "issues": ()}
    corrected = msgspec.structs.replace(
        msgspec.convert(bare, Circular),
        zones=record.zones,
        evidence=dict(sorted(evidence.items())),
        issues=(*_unsettled(record, plain), *(_issue(c, missed[c.number]) for c in standing if c.number in missed)),
    )
    return Applied(record=corrected, paths={c.number: path for c, path in done}, missed=missed)


def _placed(plain: Mapping[str, Any], one: Correction) -> str:
    """Where a correction's value stands now."""
    item = _ITEM.fullmatch(one.path)
    if item is None:
        above = one.path.rpartition("/")[0]
        if one.path.partition("/")[0] not in plain or (above and not isinstance(lookup(plain, above), dict)):
            raise _Lost(f"the record has no {above or one.path} now")
        return one.path
    items = lookup(plain, item["items"]) or ()
    scored = [(_fit(one, item["part"] or "", now), -abs(k - int(item["n"])), k) for k, now in enumerate(items)]
    fit, _, k = max(scored, default=(0.0, 0, 0))
    if not fit:
        there = f"none of its {len(items)} {item['items']} is" if items else f"it has no {item['items']}, and so not"
        raise _Lost(f"of what the parser finds now, {there} the one that was corrected")
    return joined(item["items"], k, item["part"] or "")


def _fit(one: Correction, part: str, now: Any) -> float:
    """How surely an item is the one that was corrected; 0 if it is taken for another."""
    if not part:
        best = max(_alike(now, one.was) or 0.0, _alike(now, one.value) or 0.0)
        return best if best >= _ALIKE else 0.0
    if not isinstance(now, dict) or not isinstance(one.was, dict):
        return 0.0
    known = now.get(part) in (one.was.get(part), one.value)
    rest = _alike({**now, part: None}, {**one.was, part: None})
    sure = rest == 1.0 or (known and (rest is None or rest >= _ALIKE_REST))
    return (rest or 0.0) + known if sure else 0.0


def _alike(a: Any, b: Any) -> float | None:
    """How alike two items are, 0 to 1; None where they have nothing to go by.

    Texts with other numbers are never alike (`Resolution 20` and `Resolution 21`), nor are two addresses or codes unless
    they are the same: what tells such apart is a character.
    """
    if isinstance(a, dict) and isinstance(b, dict):
        names = [n for n in a if n not in _WEAK and (a[n] is not None or b.get(n) is not None)]
        return sum(_alike(a[n], b.get(n)) or 0.0 for n in names) / len(names) if names else None
    if not isinstance(a, str) or not isinstance(b, str):
        return float(a == b)
    if re.sub(r"[\W_]", "", a).casefold() == re.sub(r"[\W_]", "", b).casefold():
        return 1.0
    if " " not in a.strip() or " " not in b.strip() or re.findall(r"\d+", a) != re.findall(r"\d+", b):
        return 0.0
    return likeness(a, b)


EvidenceMap = Mapping[str, tuple[Evidence, ...]]


def _evidence(
    before: Mapping[str, Any], after: Mapping[str, Any], evidence: EvidenceMap, one: Correction, path: str, text: str
) -> dict[str, tuple[Evidence, ...]]:
    """The record's evidence once a correction is in place."""
    pieces = _pieces(one, text)
    old, new = lookup(before, path), lookup(after, path)
    of_old = {there: here for here, there in kept(old, new, path, path)}
    if one.quote and not isinstance(new, dict | list):
        of_old = {}  # confirmed, and by words that a person named
    fresh = {where: found for where, found in evidence.items() if not within(where, path)}
    for leaf, _ in leaves(new, path):
        if leaf not in of_old:
            fresh[leaf] = pieces
        elif of_old[leaf] in evidence:
            fresh[leaf] = evidence[of_old[leaf]]
    moved = {was: now for now, was in of_old.items() if was != now}
    return {
        where: tuple(msgspec.structs.replace(p, origin=moved.get(p.origin, p.origin)) for p in found)
        if any(p.origin in moved for p in found)
        else found
        for where, found in fresh.items()
    }


def _pieces(one: Correction, text: str) -> tuple[Evidence, ...]:
    """A correction's words where they stand now: another reading of the bytes may have moved them."""
    if one.quote and one.start is not None:
        places = [m.start() for m in re.finditer(re.escape(one.quote), text)]
        if places:
            start = min(places, key=lambda place: abs(place - (one.start or 0)))
            return (Evidence(start=start, end=start + len(one.quote), quote=one.quote, rule=one.rule),)
    return (Evidence(start=0, end=0, quote="", rule=one.rule, origin="correction"),)


def _followed(
    before: Mapping[str, Any],
    after: dict[str, Any],
    evidence: dict[str, tuple[Evidence, ...]],
    done: Sequence[tuple[Correction, str]],
    text: str,
) -> tuple[dict[str, Any], dict[str, tuple[Evidence, ...]]]:
    """Identities, series and bureau after the last correction, of a reference or the date; what a person said stays."""
    from itudocs.extract.identity import read_reference  # late: few corrections need the lexicon
    from itudocs.lexicon import series_of

    cause, place = done[-1]
    said = {path.partition("/")[0] for _, path in done}
    old, new = (
        [read_reference(ref, dt.date.fromisoformat(plain["date"]) if plain["date"] else None) for ref in plain["refs"]]
        for plain in (before, after)
    )
    fresh: dict[str, Any] = {}
    # Identities that came from elsewhere, such as the file's name, do not follow the date.
    if "ids" not in said and (within(place, "refs") or _ids(old) == before["ids"]):
        fresh["ids"] = _ids(new)
    slug = next((one.slug for one in new if one and one.slug), None)
    if within(place, "refs") and slug:
        fresh |= {n: v for n, v in (("series", slug), ("bureau", series_of(slug).bureau)) if v and n not in said}
    fresh = {name: value for name, value in fresh.items() if value != after[name]}
    evidence = {path: e for path, e in evidence.items() if not any(within(path, name) for name in fresh)}
    for path, value in leaves(fresh):
        base = f"refs/{next((k for k, one in enumerate(new) if one and value in (one.id, one.slug)), 0)}"
        pieces = evidence.get(base) or _pieces(cause, text)
        evidence[path] = tuple(msgspec.structs.replace(piece, rule=cause.rule, origin=base) for piece in pieces)
    return {**after, **fresh}, evidence


def _ids(found: Iterable[Reference | None]) -> list[str]:
    return list(dict.fromkeys(one.id for one in found if one and one.id))


def _unsettled(record: Circular, plain: Mapping[str, Any]) -> Iterable[Issue]:
    was = plain_values(record)
    return (
        issue
        for issue in record.issues
        if issue.code not in _SETTLED or was[_SETTLED[issue.code]] or not plain[_SETTLED[issue.code]]
    )


def _issue(one: Correction, why: str) -> Issue:
    value = json.dumps(one.value, ensure_ascii=False)
    return Issue(
        code="correction-not-applied",
        message=f"correction {one.number} by {one.by}, {one.path} to {value}, is not applied: {why}",
    )
