"""A record with corrections in place: values found again, evidence kept or given, identities that follow."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from itudocs.corrections.nouns import FIRST, ITEM, Applied, Correction, converted, plain_values
from itudocs.errors import CorrectionError
from itudocs.model import Circular, Evidence, Issue
from itudocs.paths import joined, kept, leaves, likeness, lookup, replaced, within

if TYPE_CHECKING:
    from itudocs.extract.identity import Reference

_SETTLED = {"no-date": "date", "no-identity": "ids"}  # issues that a value where there was none settles
_WEAK = ("status", "kind", "computed")  # too common to tell items apart
_ALIKE = 0.8  # from here on an item is taken for the one that was corrected
_ALIKE_REST = 2 / 3  # likewise where the part corrected has the value it had, or the corrected one


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
            after = {**plain, **converted(replaced(plain, path, one.value), path, one.value)}
        except (_Lost, CorrectionError) as why:
            missed[one.number] = str(why)
            continue
        evidence = _evidence(plain, after, evidence, one, path, text)
        done.append((one, path))
        if (after["refs"], after["date"]) != (plain["refs"], plain["date"]):
            after, evidence = _followed(plain, after, evidence, done, text)
        plain = after
    for name, items in FIRST.items():
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
    item = ITEM.fullmatch(one.path)
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
