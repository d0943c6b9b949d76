"""When things happen: events and deadlines, as records with evidence, from the letter's timeline. Sources: guide 10, 16."""

from __future__ import annotations

import datetime as dt
import re

import msgspec

from itudocs.dategrammar import DateMention
from itudocs.extract.drafts import Draft, content_words, designations
from itudocs.extract.letter import EvidenceMap, Finding, Letter
from itudocs.extract.relative import periods
from itudocs.extract.timeline import Timeline
from itudocs.flow import Span
from itudocs.lexicon.names import Body, normal_body
from itudocs.model import Deadline, Event, Issue


def timeline(letter: Letter) -> Timeline:
    """The letter's timeline, read once."""
    found = letter.__dict__.get("_timeline")
    if found is None:
        found = letter.__dict__["_timeline"] = Timeline(letter)
    return found


def _subject_name(line: Timeline) -> tuple[str, Span] | None:
    """The meeting the subject names, for mentions that only say "the meeting"."""
    for section in line.letter.layout.of("subject"):
        labels = {a.start: a.end for a in line.letter.layout.atoms if a.kind == "label" and a.what == "subject"}
        found = line.grammar.find(line.view, labels.get(section.start, section.start), section.end)
        for span in found:
            name = line.scene.shown(span)
            if name and not line.grammar.is_generic(name):
                return name, span
    return None


_MEANT = 500
"""How far before "the symposium" its full name is looked for, in characters."""


def _spoken_of(line: Timeline, draft: Draft) -> tuple[str, Span] | None:
    """The fuller name that the letter gave before to what it now calls by a noun alone."""
    if draft.named is None or draft.name is None or draft.owner:
        return None
    start, _ = line.scene.sentence(draft.named[0])
    noun = draft.name.casefold()
    for span in reversed(line.grammar.find(line.view, max(line.scene.body[0], start - _MEANT), start)):
        name = line.scene.shown(span)
        if name and not line.grammar.is_generic(name) and re.search(rf"\b{re.escape(noun)}\b", name.casefold()):
            return name, span
    return None


def events(letter: Letter) -> Finding:
    """Events announced or mentioned, announced ones first."""
    line = timeline(letter)
    named = _subject_name(line)
    drafts: list[Draft] = []
    for draft in line.drafts:
        if (
            named
            and draft.status != "past"
            and (draft.name is None or (draft.generic and line.means(draft.name, named[0])))
        ):
            draft = draft.but(
                name=named[0],
                named=named[1],
                owner=None,
                generic=False,
                status="announced" if draft.status == "mentioned" else draft.status,
            )
        elif named and not draft.subject and draft.name and _same_body(named[0], draft.name):
            draft = draft.but(name=named[0], named=named[1], owner=None)
        elif named is None and draft.generic and (meant := _spoken_of(line, draft)):
            draft = draft.but(name=meant[0], named=meant[1], generic=False)
        if draft.name:
            drafts.append(draft)
    order = {"announced": 0, "mentioned": 1, "past": 2, "cancelled": 3}
    drafts.sort(key=lambda d: order[d.status])
    evidence: EvidenceMap = {}
    values: list[Event] = []
    issues: list[Issue] = []
    for k, draft in enumerate(drafts):
        body = _body(letter, draft)
        values.append(
            Event(
                name=draft.name,
                place=draft.place,
                start=draft.start,
                end=draft.end,
                time=draft.time,
                status=draft.status,
                body=body.id if body else None,
                number=body.number if body else None,
            )
        )
        evidence[f"events/{k}/start"] = letter.evidence(*draft.when, "event.date")
        evidence[f"events/{k}/end"] = letter.evidence(*(draft.until or draft.when), "event.date")
        for key, span in (("name", draft.named), ("place", draft.placed), ("time", draft.timed)):
            if span and getattr(draft, key):
                evidence[f"events/{k}/{key}"] = letter.evidence(*span, f"event.{key}")
        if draft.owner and draft.name:
            evidence[f"events/{k}/name"] += letter.evidence(*draft.owner, "event.owner")
        if body:
            evidence |= _body_evidence(letter, k, draft, body)
        if draft.repair:
            issues += _repairs(letter, draft.repair, draft.when, f"{draft.start} to {draft.end}")
        if draft.weekday is not None and draft.weekday != draft.start.weekday():
            issues.append(letter.issue("weekday-mismatch", f"{draft.start} is not the weekday printed", *draft.when))
    why = "" if values else "no whole date of subject or body stands near words that name a meeting"
    return Finding(value=tuple(values), evidence=evidence, issues=tuple(issues), why=why)


def _repairs(letter: Letter, repair: str, when: Span, read_as: str) -> list[Issue]:
    """What was mended in a date, each mend an issue; a year lent by the words around it is the lesser one."""
    out: list[Issue] = []
    for one in repair.split("; "):
        message = f"{one}; read as {read_as}"
        if "year" in one:
            out.append(letter.issue("borrowed-year", message, *when, severity="info"))
        else:
            out.append(letter.issue("repaired-date", message, *when))
    return out


def _body(letter: Letter, draft: Draft) -> Body | None:
    """Who meets, by normal name: the same in every language."""
    if not draft.name:
        return None
    bureau = letter.finding("bureau").value
    return normal_body(draft.name, letter.language, bureau=bureau, date=draft.start)


def _body_evidence(letter: Letter, k: int, draft: Draft, body: Body) -> EvidenceMap:
    """The event's name, and its days where they gave a conference its year."""
    spans = [span for span in (draft.named, draft.owner) if span]
    out: EvidenceMap = {}
    if body.number:
        out[f"events/{k}/number"] = tuple(e for span in spans for e in letter.evidence(*span, "event.number"))
    if draft.name and normal_body(draft.name, letter.language, bureau=letter.finding("bureau").value) != body:
        spans.append(draft.when)  # without its date the name says less
    out[f"events/{k}/body"] = tuple(e for span in spans for e in letter.evidence(*span, "event.body"))
    return out


def _same_body(subject: str, name: str) -> bool:
    """A body that meets ("The Radiocommunication Advisory Group") and the subject's meeting of it alone."""
    if len(designations(subject)) > 1:
        return False
    words = set(re.findall(r"\w+", name.casefold()))
    return len(words) >= 2 and words <= set(re.findall(r"\w+", subject.casefold()))


_CLAUSE = re.compile(r"[;:]\s|\.\s|,\s(?=and |but |which )|\n\s*\n")


def deadlines(letter: Letter) -> Finding:
    """Days by which something is due: tables of key deadlines, then sentences; each told once."""
    line = timeline(letter)
    values: list[Deadline] = []
    evidence: EvidenceMap = {}
    issues: list[Issue] = []

    def keep(mention: DateMention, what: Span | None, time: Span | None) -> None:
        days = mention.dates()
        if days is None:
            return
        k = len(values)
        values.append(Deadline(date=max(days), time=line.scene.shown(time), what=line.scene.shown(what)))
        evidence[f"deadlines/{k}/date"] = letter.evidence(*mention.span, "deadline.date")
        if what:
            evidence[f"deadlines/{k}/what"] = letter.evidence(*what, "deadline.what")
        if time:
            evidence[f"deadlines/{k}/time"] = letter.evidence(*time, "deadline.time")
        if mention.repair:
            issues.extend(_repairs(letter, mention.repair, mention.span, f"{max(days)}"))

    for mention, items in line.tables:
        for item in items:
            keep(mention, item, None)
    tabled = {v.date for v in values}
    told: dict[dt.date, list[set[str]]] = {}
    for mention, (a, b) in line.deadlines:
        days = mention.dates()
        if days is None or days[0] in tabled:
            letter.consider(
                "deadline", mention.start, mention.end, "deadline.date", "a table of deadlines has this day"
            )
            continue
        content = {w for w in content_words(line.view[a : mention.start] + line.view[mention.end : b]) if w.isalpha()}
        if any(
            line.terms.again(a, b) or 3 * len(content & other) > len(content) for other in told.get(days[0], [])[-20:]
        ):
            letter.consider("deadline", mention.start, mention.end, "deadline.date", "told before", None, f"{days[0]}")
            continue
        told.setdefault(days[0], []).append(content)
        cuts = [m.end() for m in _CLAUSE.finditer(line.view, a, mention.start)]
        begin = cuts[-1] if cuts else a
        what: Span | None = (begin, mention.start)
        while what and what[0] < what[1] and line.view[what[1] - 1] in " \n,(":
            what = (what[0], what[1] - 1)
        while what and what[0] < what[1] and line.view[what[0]] in " \n,(-•":
            what = (what[0] + 1, what[1])
        if what and what[1] - what[0] > 200:
            what = (what[1] - 200, what[1])
        time = line.where.time_in(max(a, mention.start - 50), min(b, mention.end + 50), (mention.start, mention.end))
        keep(mention, what if what and what[1] > what[0] else None, time)
    why = "" if values else "no date of the body stands behind words that set a term, nor in a table of deadlines"
    _computed(letter, line, values, evidence)
    return Finding(value=tuple(values), evidence=evidence, issues=tuple(issues), why=why)


def _computed(letter: Letter, line: Timeline, values: list[Deadline], evidence: EvidenceMap) -> None:
    """Adds deadlines that are given as a period before the meeting the letter announces."""
    found = letter.finding("event")
    k = next((k for k, e in enumerate(found.value) if e.status == "announced"), None)
    if k is None:
        return
    known = {v.date for v in values}
    for period in periods(line.view, *line.scene.body, letter.language):
        a, b = line.scene.sentence(period.span[0])
        if any(m.whole for m in line.scene.dates_in(period.span[1], b)):
            continue  # the day itself is printed beside it
        try:
            day = period.before(found.value[k].start)
        except (ValueError, OverflowError):
            continue
        if day in known:
            continue
        known.add(day)
        n = len(values)
        cuts = [m.end() for m in _CLAUSE.finditer(line.view, a, period.span[0])]
        begin = cuts[-1] if cuts else a
        what = (max(begin, period.span[1] - 200), period.span[1])
        values.append(Deadline(date=day, what=line.scene.shown(what), computed=True))
        origin = f"events/{k}/start"
        evidence[f"deadlines/{n}/date"] = tuple(
            msgspec.structs.replace(piece, rule="deadline.computed", origin=origin) for piece in found.evidence[origin]
        ) + letter.evidence(*period.span, "deadline.period")
        evidence[f"deadlines/{n}/what"] = letter.evidence(*what, "deadline.what")
