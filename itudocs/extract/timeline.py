"""A letter's dates sorted into deadlines, meetings and others.

Every date of subject and body is judged once: does it belong to a document cited, to a deadline, to a meeting, or to none of
them? Meetings get name, place, hour and status; mentions of one meeting are merged. The way: `scene` (what stands around a
date), `terms` (deadlines), `headline` and `naming` (names), `whereabouts` (places, hours), `drafts` (merging); `events` makes
records of it. Sources: guide sections 8, 10, 16, 17.4.
"""

from __future__ import annotations

import re
from bisect import insort

from itudocs.dategrammar import DateMention
from itudocs.extract.drafts import Draft, content_words, merged
from itudocs.extract.headline import segment
from itudocs.extract.letter import Letter
from itudocs.extract.naming import Naming
from itudocs.extract.scene import Scene
from itudocs.extract.terms import Kind, Terms
from itudocs.extract.whereabouts import Whereabouts
from itudocs.flow import Span
from itudocs.model import EventStatus

Verdict = tuple[DateMention, Kind, Draft | None]
"""A date of the body, what it was taken for, and the event it gave before mentions were merged."""

_CLAUSE_END = re.compile(r"[;.]\s")
_STATUS_REACH = 90
_TIME_REACH = 60
_MOVED_REACH = 30
"""How far from a date words may call its meeting off, an hour may be its, and words may give it another day, in characters."""


class Timeline:
    """A letter's dates sorted into deadlines, events and others; computed once a letter.

    `deadlines` are days with their sentence, `tables` days of tables with what is due, `drafts` the events.
    """

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.view = letter.view
        self.scene = Scene(letter)
        self.grammar = self.scene.grammar
        self.where = Whereabouts(self.scene)
        self.terms = Terms(self.scene, self.where.hours)
        self.naming = Naming(self.scene)
        self.deadlines: list[tuple[DateMention, Span]] = []
        self.verdicts: list[Verdict] = []
        mentions = [m for m in letter.dates if m.whole and m.dates()]
        self.tables = self.terms.key_table(mentions)
        self.drafts = merged(self._subject_events(mentions), self._body_events(mentions))
        self._times()
        self._places()

    def _subject_events(self, mentions: list[DateMention]) -> list[Draft]:
        """The meetings of the subject, each with the name and place before its date."""
        scene = self.scene
        out: list[Draft] = []
        labels = {a.start: a.end for a in self.letter.layout.atoms if a.kind == "label" and a.what == "subject"}
        for section in self.letter.layout.of("subject"):
            at = labels.get(section.start, section.start)
            for mention in mentions:
                if not section.start <= mention.start < section.end or scene.is_cited(mention.start):
                    continue
                named, placed = segment(scene, at, mention.start)
                placed = placed or self.where.place_after(mention.end, section.end)
                name = scene.shown(named)
                draft = _draft(mention).but(
                    name=name,
                    named=named,
                    place=scene.shown(placed),
                    placed=placed,
                    status="announced",
                    subject=True,
                    generic=name is None or self.grammar.is_generic(name),
                    many=named is not None and len(self.grammar.find(self.view, at, mention.start)) > 1,
                )
                out.append(draft)
                at = mention.end
        return out

    def _body_events(self, mentions: list[DateMention]) -> list[Draft]:
        """The meetings of the body; deadlines found on the way are kept."""
        begin, end = self.scene.body
        tabled = {m.start for m, _ in self.tables}
        meeting: DateMention | None = None
        out: list[Draft] = []
        for mention in mentions:
            if not begin <= mention.start < end or mention.start in tabled:
                continue
            if mention.first == mention.last and self.scene.is_cited(mention.start):
                continue  # a document has one day, a meeting named in its title may have several
            term = self.deadlines[-1][0] if self.deadlines else None
            kind = self.terms.kind(mention, meeting, term)
            draft = None
            if kind == "deadline":
                self.deadlines.append((mention, self.scene.sentence(mention.start)))
            elif kind == "row":
                if meeting and self._opens_a_group(mention, meeting, out):
                    continue
                self.tables.append((mention, [self.terms.row_item(mention)]))
            elif kind == "event":
                meeting = mention
                draft = self._event(mention)
                if draft:
                    out.append(draft)
            elif kind == "end" and out and out[-1].single:
                last = _draft(mention).end
                if out[-1].start < last:
                    out[-1] = out[-1].but(end=last, until=mention.span)
            self.verdicts.append((mention, kind, draft))
        return out

    def _opens_a_group(self, mention: DateMention, meeting: DateMention, known: list[Draft]) -> bool:
        """Whether a day of a schedule stands in a further column: the day on which one of its groups opens."""
        further = self.tables and self.tables[-1][0].start > meeting.start
        groups = [d for d in known if d.one and not d.single]
        opening = meeting.first == meeting.last and len(self.tables) >= len(groups)  # the column of deadlines is full
        return bool(further or opening) and any(d.start == _draft(mention).start for d in known)

    def _event(self, mention: DateMention) -> Draft | None:
        draft = _draft(mention)
        past = bool(self.letter.date and draft.end < self.letter.date)
        name = self.naming.name(mention, past=past)
        if name is None:
            return None
        placed = self.where.place_near(name.clause, mention)
        _, end = self.scene.sentence(mention.start)
        return draft.but(
            name=name.text,
            named=name.span,
            owner=name.owner,
            generic=name.generic,
            one=name.one,
            place=self.scene.shown(placed),
            placed=placed,
            status=self._status(name.clause[0], end, mention, past=past),
        )

    def _status(self, start: int, end: int, mention: DateMention, *, past: bool) -> EventStatus:
        grammar, view = self.grammar, self.view
        clause = _CLAUSE_END.search(view, mention.end, end)
        low = max(start, mention.start - _STATUS_REACH)
        if grammar.moved.search(view, low, mention.start):
            return "announced"
        off = grammar.cancelled.search(view, low, clause.start() if clause else end)
        if not off and self._moved_on(mention, end):
            return "cancelled"
        if off:
            old = self.scene.dates_in(off.end(), mention.start)  # "postponed from 5-7 May to 9-11 September"
            return "announced" if old and grammar.to.fullmatch(view, old[-1].end, mention.start) else "cancelled"
        if past:
            return "past"
        return "announced" if grammar.announce.search(view, start, end) else "mentioned"

    def _moved_on(self, mention: DateMention, end: int) -> bool:
        """Whether the words behind a date give the meeting another: "planned for 4-8 May will now be held from 11 to 15"."""
        moved = self.grammar.moved.search(self.view, mention.end, min(end, mention.end + _MOVED_REACH))
        later = self.scene.dates_in(moved.end(), min(end, moved.end() + _STATUS_REACH)) if moved else []
        return bool(moved and later and not self.scene.dates_in(mention.end, moved.start()))

    def _times(self) -> None:
        """The hour beside an event's date, or in a sentence that speaks of its opening."""
        scene, drafts = self.scene, self.drafts
        for k, draft in enumerate(drafts):
            if scene.body[0] <= draft.when[0] < scene.body[1]:
                a, b = scene.sentence(draft.when[0])
                low, high = max(a, draft.when[0] - _TIME_REACH), min(b, draft.when[1] + _TIME_REACH)
                found = self.where.time_in(low, high, draft.when)
                if found and draft.time is None:
                    drafts[k] = draft.but(time=scene.shown(found), timed=found)
        for a, b in scene.sentences:
            if not self.grammar.opening.search(self.view, a, b) or not (found := self.where.time_in(a, b, None)):
                continue
            starts = {days[0] for m in scene.dates_in(a, b) if m.whole and (days := m.dates())}
            target = next((k for k, d in enumerate(drafts) if d.start in starts and d.time is None), None)
            if target is None and not starts:
                target = next((k for k, d in enumerate(drafts) if d.status == "announced"), None)
            if target is not None and drafts[target].time is None:
                drafts[target] = drafts[target].but(time=scene.shown(found), timed=found)

    def _places(self) -> None:
        """An event without a place is where the longer one is that it falls into."""
        drafts = self.drafts
        hosts = [k for k, d in enumerate(drafts) if d.place and not d.single]
        for k, draft in enumerate(drafts):
            if draft.place is not None:
                continue
            around = (d for d in map(drafts.__getitem__, hosts) if d.start <= draft.start and draft.end <= d.end)
            host = next(around, None)
            if host:
                drafts[k] = draft.placed_by(host)
                if not draft.single:
                    insort(hosts, k)

    def means(self, name: str, subject: str) -> bool:
        """Whether a name that names nothing by itself may mean the subject's meeting: "the Assembly" is no workshop."""
        words = content_words(name)
        return not words or name in self.grammar.bare or bool(words & content_words(subject)) or name[0].islower()


def _draft(mention: DateMention) -> Draft:
    """An event of a date, nameless."""
    days = mention.dates()
    if days is None:
        raise ValueError("a draft needs whole dates")
    return Draft(
        start=days[0], end=max(days), when=mention.span, repair=mention.repair, weekday=mention.weekday
    )  # fmt: skip
