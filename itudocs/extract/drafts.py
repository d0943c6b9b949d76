"""Events in the making: mentions of one meeting merged, a subject's meeting told from those that the body names.

Knows nothing of texts and languages but names: `timeline` makes drafts, `events` makes records of them.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import Any

import msgspec

from itudocs.extract.scene import GROUP_NUMBER
from itudocs.flow import Span
from itudocs.lexicon import LANGUAGES, language
from itudocs.model import EventStatus, Record


class Draft(Record, frozen=True, kw_only=True):
    """An event in the making; spans count folded characters.

    `generic` names tell no meeting from another, `many` meetings are named at once, `one` is a group by its number.
    """

    start: dt.date
    end: dt.date
    when: Span
    until: Span | None = None
    repair: str = ""
    name: str | None = None
    named: Span | None = None
    owner: Span | None = None
    place: str | None = None
    placed: Span | None = None
    time: str | None = None
    timed: Span | None = None
    status: EventStatus = "mentioned"
    subject: bool = False
    generic: bool = False
    many: bool = False
    one: bool = False
    weekday: int | None = None

    def but(self, **changes: Any) -> Draft:
        """The same with some attributes changed."""
        return msgspec.structs.replace(self, **changes)

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """First and last day."""
        return self.start, self.end

    @property
    def single(self) -> bool:
        """Whether it lasts a day."""
        return self.start == self.end

    def named_by(self, other: Draft) -> Draft:
        """The same under another's name."""
        return self.but(name=other.name, named=other.named, owner=other.owner, generic=other.generic)

    def placed_by(self, other: Draft) -> Draft:
        """The same, at another's place if it has none."""
        return self if self.place else self.but(place=other.place, placed=other.placed)


_NEAR = 64
"""A day joins a range, or a range a day, among so many events told just before it, and those of the subject."""


def merged(main: list[Draft], body: list[Draft]) -> list[Draft]:
    """One draft a meeting: those of the subject, then those of the body.

    Mentions of the same days join, a single day joins the range that it opens or lies in.
    """
    out = [d.but(many=d.many or _told_apart(d, body)) for d in main]
    for joint in list(out):
        parts = _parts(joint, body)
        if parts:  # a subject that spans several meetings of the body is none itself
            out.remove(joint)
            body = [d.but(status="announced").placed_by(joint) if d in parts else d for d in body]
    same: dict[tuple[dt.date, dt.date], int] = {}
    for i, d in enumerate(out):
        same.setdefault(d.days, i)
    for draft in body:
        k = same.get(draft.days)
        if k is not None and not _apart(out[k], draft):
            out[k] = _joined(out[k], draft)
            continue
        near = [*range(min(len(main), len(out))), *range(max(len(main), len(out) - _NEAR), len(out))]
        if k is None and draft.single and any(_within(draft, out[i]) for i in near):
            continue
        day = next((i for i in near if _opens(out[i], draft)), None) if k is None and not draft.single else None
        if day is not None:
            known = out[day]
            whole = known.but(start=draft.start, end=draft.end, when=draft.when, until=draft.until).placed_by(draft)
            out[day] = whole.named_by(draft) if known.generic else whole
            same.pop(known.days, None)
            same.setdefault(draft.days, day)
            continue
        same[draft.days] = len(out)
        out.append(draft)
    return out


def _parts(joint: Draft, body: list[Draft]) -> list[Draft]:
    """The meetings of the body that make up one of the subject; none where it is a meeting of its own."""
    parts = [
        d for d in body if joint.start <= d.start and d.end <= joint.end and not d.generic and d.days != joint.days
    ]
    alike = [akin(joint.name, d.name) for d in parts]
    if len(parts) < 2 or not (joint.many or (any(alike) and not all(alike)) or _shared_out(joint, parts)):
        return []
    tiled = min(d.start for d in parts) == joint.start and max(d.end for d in parts) == joint.end
    return parts if tiled else []


def _shared_out(joint: Draft, parts: list[Draft]) -> bool:
    """Whether each part has some of the groups that the joint name numbers, and none all of them."""
    numbers = designations(joint.name or "")
    return all(own and own < numbers for own in (designations(d.name or "") for d in parts))


def _within(day: Draft, known: Draft) -> bool:
    """Whether a single day is one of a known meeting's."""
    return known.start <= day.start <= known.end and not known.single and (day.generic or akin(known.name, day.name))


def _opens(day: Draft, whole: Draft) -> bool:
    """Whether a known single day is one of a meeting told behind it."""
    alike = whole.generic or day.generic or akin(day.name, whole.name)
    return day.single and whole.start <= day.start <= whole.end and (day.subject or day.generic) and alike


def _joined(known: Draft, draft: Draft) -> Draft:
    """Two mentions of one meeting."""
    if draft.status == "cancelled":
        known = known.but(status="cancelled")
    if known.many and draft.one and not draft.generic:
        known = known.named_by(draft).but(many=False)
    if known.generic and not draft.generic:
        known = known.named_by(draft)
    if draft.place and (known.place is None or len(draft.place) > len(known.place)):
        known = known.but(place=draft.place, placed=draft.placed)
    if known.status == "mentioned" and draft.status == "announced":
        known = known.but(status="announced")
    return known


def _told_apart(joint: Draft, body: list[Draft]) -> bool:
    """Whether the body gives several of the groups that a subject names together days of their own."""
    numbers = designations(joint.name or "")
    groups = {d.name for d in body if d.one and d.name and designations(d.name) and designations(d.name) <= numbers}
    return len(numbers) > 1 and len(groups) > 1


def _apart(known: Draft, draft: Draft) -> bool:
    """Whether two of the same days are two meetings: one called off and another held instead, or two groups by number."""
    if known.generic or draft.generic or not known.name or not draft.name:
        return False
    if (known.status == "cancelled") != (draft.status == "cancelled"):
        return not akin(known.name, draft.name)
    numbered = known.one and draft.one and known.name != draft.name
    return numbered and not designations(known.name) & designations(draft.name)


_WORD = re.compile(r"[^\W\d_]{4,}|\d+[A-Z]?(?:/\d+)?|[A-Z]{2,}")


def designations(name: str) -> set[str]:
    """The numbers of groups in a name: `3K`, `1/2`."""
    return set(GROUP_NUMBER.findall(name))


def akin(a: str | None, b: str | None) -> bool:
    """Whether two names share what makes a name: a number, an acronym, half of the words. No name is akin to any."""
    if not a or not b:
        return True
    first, second = content_words(a), content_words(b)
    return not first or not second or len(first & second) >= 0.5 * min(len(first), len(second))


def content_words(name: str) -> set[str]:
    """What tells a meeting's name from another's: its longer words, numbers and acronyms, without the word meeting."""
    plain = {w.casefold() for w in _WORD.findall(name)}
    return {w for w in plain if not _plain().match(w)}


@cache
def _plain() -> re.Pattern[str]:
    """Nouns that tell no meeting from another, in all languages."""
    return re.compile("|".join(p for code in LANGUAGES for p in language(code).list("events", "plain")))
