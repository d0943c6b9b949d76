"""A letter's dates sorted into deadlines, meetings and others.

Every date mention of subject and body is judged once: does it belong to a document cited, to a deadline, to a meeting, or to
none of them? Meetings get the name that stands nearest, places and opening times from their sentences; mentions of one
meeting are merged. `itudocs.extract.events` makes events and deadlines of it. Sources: guide sections 8, 10, 16, 17.4.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right, insort
from functools import cache
from typing import Any

import msgspec

from itudocs.dategrammar import DateMention
from itudocs.extract.citations import citation_spans
from itudocs.extract.letter import Letter
from itudocs.extract.phrases import Phrases, cue, phrases, sentences
from itudocs.extract.relative import periods
from itudocs.flow import Span
from itudocs.lexicon import LanguageData, tidy
from itudocs.lexicon.patterns import compiled, expand
from itudocs.lexicon.places import PlaceMatch, find_places
from itudocs.lexicon.scanning import Scanner
from itudocs.model import EventStatus, Issue, Record


class Draft(Record, frozen=True, kw_only=True):
    """An event in the making, in flow characters."""

    start: dt.date
    end: dt.date
    when: Span
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
    weekday: int | None = None

    def but(self, **changes: Any) -> Draft:
        """The same with some attributes changed."""
        return msgspec.structs.replace(self, **changes)


# What joins a day to a noun such as "closing date" further off, right before the day; and a beginning, which is no term.
_LINK = re.compile(
    r"(?:\b(?:is|was|are|to|on|at|for|until|est|fixée?|au|le|es|el|hasta|до|на|будет|заверш[а-я]{3,9}|законч[а-я]{2,5}"
    r"|истек[а-я]{2,5}|هو|في|يوم|بتاريخ|حتى)|[:：于为是至到]|[-–])\s{0,3}(?:therefore |now )?(?:[A-Z][a-z]+day,? )?$"
)
_BEGINNING = re.compile(
    r"\b(?:start|beg[aiu]n|commen[cç]|à (?:compter|partir)|inici|comien|empie|начин|нача|تبدأ|يبدأ)|[自从起]"
)

Verdict = tuple[DateMention, str, Draft | None]
"""A date mention of the body, what `Timeline` took it for, and the event it gave before mentions were merged."""


@cache
def _times(code: str) -> Scanner:
    from itudocs.lexicon import LANGUAGES, language

    data = [language(c) for c in LANGUAGES if c == code] + ([language("en")] if code != "en" else [])
    return Scanner("|".join(f"(?:{expand(p)})" for d in data for p in d.list("times", "patterns")))


class Timeline:
    """A letter's dates sorted into deadlines, events and others; computed once a letter."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.view = letter.view
        self.grammar: Phrases = phrases(letter.language)
        self.data: LanguageData = letter.rules.data[0]
        start, end = letter.layout.body
        self.body = (start, end)
        self.sentences = sentences(self.view, start, end, [(m.start, m.end) for m in letter.layout.dates])
        self._starts = [s[0] for s in self.sentences]
        self.cited = citation_spans(letter)
        self._cited_starts = [a for a, _ in self.cited]
        self.times = _times(letter.language)
        self.places = find_places(self.view)
        self._place_starts = [p.start for p in self.places]
        self._date_starts = [m.start for m in letter.dates]
        self._named: dict[Span, list[Span]] = {}
        self.deadline_cue = cue(self.data, "deadlines", "cues")
        self.never = cue(self.data, "deadlines", "never")
        self.weak = {w.casefold() for d in letter.rules.data for w in d.list("deadlines", "weak")}
        items = "|".join(self.data.list("deadlines", "items")) or "(?!)"
        self.due = re.compile(
            rf"(?:^|\n|[-•/|]\s|\s{{2}})(?:\d{{1,2}}(?:\.\d{{1,2}}){{0,2}}\.?\s)?(?:{items})[^\n.:/|]{{0,60}}\s?[:/|]\s?$"
        )
        self.deadlines: list[tuple[DateMention, Span]] = []
        self.tables: list[tuple[DateMention, list[Span]]] = []
        self.issues: list[Issue] = []
        self.drafts: list[Draft] = []
        self.verdicts: list[Verdict] = []
        self._read()

    def sentence(self, position: int) -> Span:
        """The sentence of a body position."""
        k = bisect_right(self._starts, position) - 1
        return self.sentences[k] if k >= 0 else (position, position)

    def _is_cited(self, position: int) -> bool:
        """Whether a character belongs to a document cited."""
        k = bisect_right(self._cited_starts, position) - 1
        return k >= 0 and position < self.cited[k][1]

    def _places_in(self, start: int, end: int) -> list[PlaceMatch]:
        """The places between two positions."""
        inside = self.places[bisect_left(self._place_starts, start) : bisect_left(self._place_starts, end)]
        return [p for p in inside if p.end <= end]

    def dates_in(self, start: int, end: int) -> list[DateMention]:
        """The dates that begin between two positions."""
        return self.letter.dates[bisect_left(self._date_starts, start) : bisect_left(self._date_starts, end)]

    def _phrases(self, sentence: Span) -> list[Span]:
        """The meetings a sentence names; it is asked for each of its dates."""
        found = self._named.get(sentence)
        if found is None:
            found = self._named[sentence] = self.grammar.find(self.view, *sentence)
        return found

    def _read(self) -> None:
        subject = [(s.start, s.end) for s in self.letter.layout.of("subject")]
        mentions = [m for m in self.letter.dates if m.whole and m.dates()]
        self._key_table(mentions)
        tabled = {m.start for m, _ in self.tables}
        main = self._subject_events([m for m in mentions if any(a <= m.start < b for a, b in subject)], subject)
        body: list[Draft] = []
        previous: DateMention | None = None
        for mention in mentions:
            if not self.body[0] <= mention.start < self.body[1] or mention.start in tabled:
                continue
            if self._is_cited(mention.start):
                continue
            kind = self._kind(mention, previous)
            draft = None
            if kind == "deadline":
                self.deadlines.append((mention, self.sentence(mention.start)))
            elif kind == "row":  # a cell of a schedule's column of deadlines
                near = self.grammar.group.findall(self.view[max(self.body[0], mention.start - 160) : mention.start])
                at = self.view.rfind(near[-1], self.body[0], mention.start) if near else mention.start
                span = (at, at + len(near[-1])) if near else (mention.start, mention.end)
                self.tables.append((mention, [span]))
            elif kind == "event":
                draft = self._body_event(mention, main, body)
                if draft is not None:
                    body.append(draft)
                previous = mention
            self.verdicts.append((mention, kind, draft))
        self.drafts = _merged(main, body)
        self._fill()

    # -- which kind ------------------------------------------------------------------------------------------------

    def _kind(self, mention: DateMention, previous: DateMention | None) -> str:
        """`deadline`, `event` or `none`."""
        view = self.view
        a, b = self.sentence(mention.start)
        before = view[max(a, mention.start - 70) : mention.start]
        after = view[mention.end : min(b, mention.end + 40)]
        never = self.never.search(before[-36:])
        if never:  # "as of", "published on": no deadline, and a meeting only if one is named right before
            near = self.grammar.find(view, a, mention.start)
            return "event" if near and mention.start - near[-1][1] < 8 else "none"
        single = mention.first == mention.last
        if single and self.deadlines and self.deadlines[-1][0].end > a:
            gap = view[self.deadlines[-1][0].end : mention.start]
            if re.fullmatch(r",?\s(?:or|and|ou|et|o|y|или|и)\s(?:by\s|le\s|el\s)?", gap):
                return "deadline"
        if single and self.due.search(view, max(a, mention.start - 90), mention.start):
            return "deadline"
        for hour in list(self.times.finditer(before)):  # "by 2400 hours UTC on" is still "by"
            before = before[: hour.start()] + " " * len(hour[0]) + before[hour.end() :]
        clause = re.split(r"[;]|\.\s|,\s(?=which|who|and the)", before)[-1]
        cues = list(self.deadline_cue.finditer(clause))
        if single and cues:
            gap = clause[cues[-1].end() :]
            weak = cues[-1][0].casefold() in self.weak
            if weak and _SPAN_BEFORE.search(clause[: cues[-1].start()]):
                return "event"  # "the evening before"
            if weak and (len(gap.split()) > 4 or re.search(r"[A-ZА-ЯÀ-Þ](?!TC|MT|[a-z]{2,9}day|ES?T)|\bit\b", gap)):
                cues = []
            if cues and len(gap) < 46 and not self.grammar.noun.search(gap) and not re.search(r"\d{1,2} [A-Z]", gap):
                return "deadline"
        if (single and self._strong(clause)) or (single and self._after_period(a, mention.start)):
            return "deadline"
        if single and self.grammar.latest.match(after):
            return "deadline"
        if (
            single
            and previous is not None
            and previous.end <= mention.start < previous.end + 160
            and self._schedule_before(previous.start)
        ):
            day, meeting = mention.dates(), previous.dates()
            if day and meeting and day[0] < meeting[0]:
                return "row"
        return "event"

    def _strong(self, clause: str) -> bool:
        """A noun such as "closing date" further off, with what links it to the day right before the day."""
        found = list(self.grammar.strong.finditer(clause))
        if not found:
            return False
        gap = clause[found[-1].end() :]
        return (
            len(gap) < 110
            and not re.search(r"\d{4}|\d{1,2} [A-Z][a-z]{2}", gap)
            and not _BEGINNING.search(gap)
            and _LINK.search(gap) is not None
        )

    def _after_period(self, start: int, position: int) -> bool:
        """The day that a period before the meeting amounts to: "two months before the meeting, i.e. 7 February"."""
        return any(position - p.span[1] < 40 for p in periods(self.view, start, position, self.letter.language))

    @property
    def _schedule(self) -> Span | None:
        """The head of a schedule table that has a column of deadlines, if the letter has one."""
        found = self.__dict__.get("_schedule_head", False)
        if found is False:
            match = self.grammar.schedule.search(self.view, *self.body)
            found = match.span() if match else None
            self.__dict__["_schedule_head"] = found
        return found  # type: ignore[no-any-return]  # a memo

    def _schedule_before(self, position: int) -> bool:
        head = self._schedule
        return head is not None and head[0] < position < head[1] + 1500

    def _key_table(self, mentions: list[DateMention]) -> None:
        """A table of key deadlines: a date, then one or more items (guide 10.4)."""
        head = self.grammar.table.search(self.view, *self.body)
        if not head:
            return
        rows = [
            m
            for m in mentions
            if head.end() <= m.start < self.body[1] and m.first == m.last and not self._is_cited(m.start)
        ]
        at = head.end()
        table: list[tuple[DateMention, int]] = []
        for k, mention in enumerate(rows):
            gap = self.view[at : mention.start]
            if k and (len(gap) > 420 or re.search(r"\n[^\S\n]*\n\s*+[A-ZА-Я][^\n]{90}", gap)):
                break
            if k == 0 and len(gap.strip()) > 60:
                break
            if _PREPOSITION.search(gap):
                break  # a date in a sentence below the table
            table.append((mention, mention.end))
            at = mention.end
        for k, (mention, begin) in enumerate(table):
            last = k + 1 == len(table)
            stop = table[k + 1][0].start if not last else self._table_end(begin)
            items: list[Span] = []
            pieces = _DASH.split(self.view[begin:stop])
            at = begin
            for piece in pieces:
                text = piece.strip(" \n/|-:;")
                if len(text) > 3:
                    first = at + piece.index(text)
                    items.append((first, first + len(text)))
                at += len(piece)
            self.tables.append((mention, items or [(mention.start, mention.end)]))

    def _table_end(self, begin: int) -> int:
        blank = re.compile(r"\n\s*\n(?!\s*-)").search(self.view, begin + 4, self.body[1])
        stop = re.compile(r"(?<=[a-z)])\s(?=(?:Practical|The|A|I|In|For|Please|Information)\s)|\.\s").search(
            self.view, begin + 12, self.body[1]
        )
        ends = [m.start() for m in (blank, stop) if m]
        return min([*ends, begin + 260, self.body[1]])

    # -- events ----------------------------------------------------------------------------------------------------

    def _subject_events(self, mentions: list[DateMention], stretches: list[Span]) -> list[Draft]:
        out: list[Draft] = []
        labels = {a.start: a.end for a in self.letter.layout.atoms if a.kind == "label" and a.what == "subject"}
        for start, end in stretches:
            at = labels.get(start, start)
            for mention in mentions:
                if not start <= mention.start < end:
                    continue
                if self._is_cited(mention.start):
                    continue
                days = mention.dates()
                if days is None:
                    continue
                name, place = self._segment(at, mention.start)
                many = name is not None and len(self.grammar.find(self.view, at, mention.start)) > 1
                if place is None:
                    place = self._place_after(mention.end, end)
                shown = self.shown(name) if name else None
                out.append(
                    self._draft(
                        mention, name=shown, named=name, place=self.shown(place) if place else None, placed=place,
                        status="announced", subject=True, generic=shown is None or self.grammar.is_generic(shown), many=many,
                    )
                )  # fmt: skip
                at = mention.end
        return out

    def _draft(self, mention: DateMention, **more: Any) -> Draft:
        days = mention.dates()
        if days is None:
            raise ValueError("a draft needs whole dates")
        when = mention.span
        return Draft(start=days[0], end=max(days), when=when, repair=mention.repair, weekday=mention.weekday, **more)

    def shown(self, span: Span | None) -> str | None:
        if span is None:
            return None
        return tidy(self.letter.text[span[0] : span[1]]) or None

    _EDGE = " \n\t,;:()-/|.*"
    _LAST_WORDS = re.compile(
        r"(?:^|[\s,(])(?:from|on|the|in|at|of|du|le|les|del?|el|los|días|с|на|в|من|في|يوم|于|自|to be held|held|que se celebrará|qui se tiendra)\s{0,3}$"
    )

    def _segment(self, start: int, stop: int) -> tuple[Span | None, Span | None]:
        """Name and place before a date in the subject."""
        view = self.view
        opened = view[start:stop].count("(") > view[start:stop].count(")")
        end = self._edge(start, stop)
        place: Span | None = None
        for found in reversed(self._places_in(start, end)):
            if not view[found.end : end].strip(self._EDGE):
                a = found.start
                place = (a, found.end)
                end = self._edge(start, a)
                break
        if place is None:
            loose = re.compile(
                r"[,;(]\s{0,3}((?:[A-ZÀ-Þ][\w'-]+\s?){1,3}(?:[,(]\s?(?:[A-ZÀ-Þ][\w'-]+\s?){1,3}\)?)?)$"
            ).search(view, start, end)
            if loose and not self.grammar.noun.search(loose[1]) and not re.search(r"\d", loose[1]):
                place = (loose.start(1), loose.end(1))
                end = self._edge(start, loose.start())
        begin = start
        while begin < end and (view[begin] in self._EDGE or (view[begin] == '"' and view.count('"', begin, end) % 2)):
            begin += 1
        during = re.compile(r"\s(?:during|at|in conjunction with|lors de|durante)\s(?:the\s)?(?=[A-Z])").search(
            view, begin, end
        )
        if opened and during and not self.grammar.find(view, during.end(), end):
            return (during.end(), end), place
        splits = [
            m.end()
            for m in re.compile(r";\s|\s-{1,2}\s|\n\s*-\s|:\s(?=[A-ZÀ-Þ\"-])|\.\s(?=[A-Z])").finditer(view, begin, end)
        ]
        for split in reversed(splits):
            piece = (split, end)
            if self.grammar.find(view, *piece) or (view[split - 2 : split].strip() in ("-", ";") and end - split > 6):
                if view[split - 2] == ":" and split - begin < 30:
                    continue
                begin = split
                break
        named = self.grammar.find(view, begin, end)
        if named:
            return self._whole(named[0], begin, end), place
        return ((begin, end) if end > begin else None), place

    def _whole(self, phrase: Span, begin: int, end: int) -> Span:
        """A phrase of a subject; what stands before and after it on the same breath belongs to a name in capitals."""
        return phrase

    def _edge(self, start: int, end: int) -> int:
        """`end` without trailing punctuation and linking words."""
        view = self.view
        while True:
            while end > start and view[end - 1] in self._EDGE:
                if view[end - 1] == ")" and "(" in view[start:end]:
                    break
                end -= 1
            last = self._LAST_WORDS.search(view, max(start, end - 26), end)
            if not last:
                return end
            end = last.start()

    def _place_after(self, at: int, end: int) -> Span | None:
        found = next((p for p in self._places_in(at, end) if p.start <= at + 6), None)
        return (found.start, found.end) if found else None

    def _body_event(self, mention: DateMention, main: list[Draft], body: list[Draft]) -> Draft | None:
        view, grammar = self.view, self.grammar
        a, b = self.sentence(mention.start)
        found = self._phrases((a, b))
        left = [p for p in found if p[1] <= mention.start]
        right = [p for p in found if p[0] >= mention.end]
        span: Span | None = None
        left = self._foremost(a, left)
        meets = grammar.meets.search(view, max(a, mention.start - 140), mention.start)
        agent = self._agent(a, meets.start()) if meets else None
        if agent is None and not left:
            held = grammar.announce.search(view, max(a, mention.start - 180), mention.start)
            agent = self._agent(a, held.start()) if held else None
        group = next(
            (
                g
                for g in reversed(list(grammar.group.finditer(view, max(a, mention.start - 90), mention.start)))
                if mention.start - g.end() < 60
            ),
            None,
        )
        paren = _OPEN.search(view, max(a, mention.start - 64), mention.start)
        if paren:
            named = self._beside(a, paren.start(), left)
            if named:
                left, agent, group = [named], None, None
        if (
            group
            and (self._schedule_before(mention.start) or not left or left[-1][1] < group.start())
            and not (agent and agent[1] >= group.end())
        ):
            span = group.span()
            if (
                view[span[0] - 1] == "(" and view[span[1] : span[1] + 1] == ")"
            ):  # an acronym behind the name it stands for
                named = left[-1] if left and span[0] - left[-1][1] < 90 else self._agent(a, span[0] - 1)
                span = (named[0], span[1] + 1) if named else span
        elif left:
            span = left[-1]
            bracket = re.compile(r"\([^()]*$").search(view, span[1], mention.start)
            if not bracket and agent and agent[1] > span[1]:
                span = agent
        elif agent:
            span = agent
        elif right and (right[0][0] - mention.end < 12 or (right[0][0] - mention.end < 90 and mention.start - a < 26)):
            span = right[0]
        if span is None and mention.start - a < 44:
            behind = self.grammar.group.search(view, mention.end, min(b, mention.end + 40))
            span = behind.span() if behind else None
        if mention.relative and (span is None or not 0 <= mention.start - span[1] < 26):
            return None
        if span is None:
            span = self._line_above(a, mention) or self._spoken_of(a, mention)
        if span is None:
            return None
        span = self._without_place(span)
        name = self.shown(span)
        owner: Span | None = None
        possessive = re.search(r"(?:\b(?:its|their|sa|son|su|своё|свое|свою)\s)$", view[max(a, span[0] - 8) : span[0]])
        article = _INDEFINITE.search(view, max(a, span[0] - 6), span[0]) and name not in grammar.bare
        generic = name is None or (grammar.is_generic(name) and not article)
        if possessive and name:
            owner = self._agent(a, span[0] - 4, anywhere=True)
            if grammar.openings.match(name.casefold()):
                owner = None
            if owner and self.letter.language == "en":
                the = "" if grammar.group.match(view, owner[0]) else "the "
                name = f"{name} of {the}{self.shown(owner)}"
                generic = False
        if generic and name and owner is None and not article and not _opening(grammar, name):
            owned = (
                possessive
                or len(name.split()) > 1
                or self._status(a, b, mention) == "past"
                or self.letter.language == "zh"
            )
            spoken = self._spoken_body(a, span[0], mention.start) if owned else None
            if spoken and not (spoken[0] >= span[0] and spoken[1] <= span[1]):
                owner = spoken
                name, generic = self._of(name, self.shown(spoken) or ""), False
        ordinal = self._ordinals(a, span, mention)
        if ordinal:
            name, lead = ordinal
            span, generic = (lead, span[1]), False
        place = self._place_near(a, b, mention)
        status = self._status(a, b, mention)
        return self._draft(
            mention, name=name, named=span, owner=owner, place=self.shown(place) if place else None, placed=place, status=status,
            generic=generic,
        )  # fmt: skip

    def _without_place(self, span: Span) -> Span:
        """A meeting's name ends where its place begins: `regional seminar in Port of Spain`."""
        for place in self.places[bisect_right(self._place_starts, span[0] + 4) :]:
            if place.start >= span[1]:
                break
            if span[0] + 4 < place.start < span[1]:
                before = re.compile(r"[\s,]{1,3}(?:(?:in|at|à|en|au|в|held in)\s)?(?:the\s)?$").search(
                    self.view, span[0], place.start
                )
                linked = re.compile(r"(?:of|de|du|des|del|la|and|et|y)\s$").search(self.view, span[0], place.start)
                if before and before.start() > span[0] + 4 and not linked:
                    return span[0], before.start()
        return span

    _AGENT = re.compile(
        r"[A-ZА-ЯÀ-Þ][\w.&/'-]*(?:\s(?:(?:of|on|for|and|the|de|des|la|las|los|du|et|y|sur|по|и)\s){0,2}(?:[A-ZА-ЯÀ-Þ][\w.&/'-]*|\d+[A-Z]?(?:/\d+)?))*(?:\s?\([A-Z][\w -]{1,14}\))?"
    )

    def _spoken_body(self, start: int, phrase: int, position: int) -> Span | None:
        """The group a bare "meeting" belongs to: the last one named in its sentence, shortly before, or in the subject."""
        group = self.grammar.group
        for low, high in ((start, position), (max(self.body[0], start - 400), start)):
            found = [g.span() for g in group.finditer(self.view, low, high) if not _CONFERENCE.fullmatch(g[0])]
            if found:
                return found[-1]
        for section in self.letter.layout.of("subject"):
            named = group.search(self.view, section.start, section.end)
            if named:
                return named.span()
        return None

    def _of(self, noun: str, body: str) -> str:
        """A meeting of a body, as the letter's language puts it."""
        code = self.letter.language
        if code == "en":
            return f"{noun} of {'' if re.search(r'[0-9]', body) else 'the '}{body}"
        if code == "fr":
            return f"{noun} {'du' if body.startswith('G') else 'de la'} {body}"
        if code == "es":
            return f"{noun} {'del' if body.startswith('G') else 'de la'} {body}"
        if code == "zh":
            return f"{body}{noun}"
        if code == "ar":
            noun = noun.removesuffix("ها").removesuffix("ه") if noun.removesuffix("ها") in self.grammar.nouns else noun
        return f"{noun} {body}"

    def _foremost(self, start: int, left: list[Span]) -> list[Span]:
        """Phrases without those that are only the setting of another: "a tutorial ..., during the meeting, on 22 October"."""
        kept = [p for p in left if not self.grammar.context.search(self.view, max(start, p[0] - 34), p[0])]
        return kept or left

    def _agent(self, start: int, stop: int, *, anywhere: bool = False) -> Span | None:
        """Who meets: the last name in capitals before a verb, a parenthesis after it skipped; `anywhere` also behind "by"."""
        text = self.view[start:stop]
        plain = re.search(
            r"(?:^|\s)(?:[Tt]he|[Aa]n?|[Tt]his) ((?:[a-z-]+ ){0,3}(?:group|committee|team|panel|board|party)(?: of (?:[a-z]+ ?){1,2})?)\s*$",
            text,
        )
        if plain:
            return start + plain.start(1), start + plain.end(1)
        text = (
            re.sub(r"\([^()]{0,120}\)\s*(?:,\s*which\s*)?$", lambda m: " " * len(m[0]), text.rstrip())
            if text.rstrip().endswith(")") and not re.search(r"\([A-Z][\w -]{1,14}\)$", text.rstrip())
            else text
        )
        found = [m for m in self._AGENT.finditer(text) if len(m[0]) > 3 and (len(m[0].split()) > 1 or m[0].isupper())]
        if not found:
            return None
        last = found[-1]
        prepositions = r"\b(?:at|in) (?:the )?$" if anywhere else r"\b(?:at|in|invitation of|by) (?:the )?$"
        if len(text.rstrip()) - last.end() > 26 or re.search(prepositions, text[: last.start()]):
            return None
        first_word = last[0].split()[0]
        begin = last.start()
        if first_word in (
            "The",
            "This",
            "These",
            "It",
            "At",
            "In",
            "A",
            "An",
            "As",
            "La",
            "Le",
            "El",
            "Les",
            "Los",
            "I",
        ):
            begin += len(first_word) + 1
        return (start + begin, start + last.end()) if last.end() > begin + 2 else None

    def _beside(self, start: int, bracket: int, left: list[Span]) -> Span | None:
        """The name right before a bracket that holds place and date: `CITEL (Guadalajara, 23-26 January 2007)`."""
        edge = bracket
        while edge > start and self.view[edge - 1].isspace():
            edge -= 1
        near = [p for p in left if p[1] >= edge - 1 and not self.grammar.is_generic(self.shown(p) or "")]
        if near:
            return near[-1]
        agent = self._agent(start, edge)
        return agent if agent and agent[1] >= edge - 1 else None

    def _spoken_of(self, start: int, mention: DateMention) -> Span | None:
        """The meeting of the sentence before, where this one says only that "it" will take place."""
        if not _PRONOUN.search(self.view, start, mention.start) or not self.grammar.announce.search(
            self.view, start, mention.start
        ):
            return None
        low = max(self.body[0], start - 300)
        before = self.grammar.find(self.view, low, start) + [
            g.span() for g in self.grammar.group.finditer(self.view, low, start)
        ]
        return max(before, key=lambda p: p[1]) if before else None

    def _line_above(self, start: int, mention: DateMention) -> Span | None:
        """`Date : 4-15 April 2016` under a line that names the meeting; a cell of a schedule."""
        if self.view[start : mention.start].strip(" \n-•·*:/|").count(" ") > 5:
            return None
        low = max(self.body[0], start - 240)
        above = self.grammar.find(self.view, low, start)
        label = re.match(
            r"\s*+[-•·*]?\s*+(?:Dates?|Fechas?|Даты?|日期|时间|التاريخ|When)\b", self.view[start : mention.start]
        )
        if (
            above
            and (label or self._schedule_before(mention.start))
            and not re.search(r"\n\s*\n\s*\n", self.view[above[-1][1] : start])
        ):
            return above[-1]
        cell = re.compile(
            r"(?:^|[\n/|])\s*((?:Study Group|Working Party|SG|WP|Task Group|Commission d'études|Comisión de Estudio|Grupo de Trabajo|Groupe de travail|Исследовательская комиссия|Рабочая группа|第|لجنة الدراسات|فرقة العمل)[^\n/|]{0,30}?)\s*[/|]?\s*$"
        ).search(self.view, max(self.body[0], mention.start - 60), mention.start)
        if cell:
            return cell.span(1)
        if self._schedule_before(mention.start):
            group = re.compile(
                r"((?:Study Group|Working Party|SG|WP|Task Group)\s?\d{0,2}[A-Z]?(?:/\d+)?)\s*[/|]?\s*$"
            ).search(self.view, max(self.body[0], mention.start - 40), mention.start)
            if group:
                return group.span(1)
        return None

    _ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

    def _ordinals(self, start: int, span: Span, mention: DateMention) -> tuple[str, int] | None:
        """`the first and second meetings held from A and B`: the k-th date belongs to the k-th ordinal."""
        lead = re.search(r"\b(" + "|".join(self._ORDINALS) + r") and $", self.view[start : span[0]])
        name = self.shown(span)
        if not lead or not name or name.split()[0] not in self._ORDINALS:
            return None
        dates = [m for m in self.letter.dates if m.whole and span[1] <= m.start < self.sentence(mention.start)[1]]
        k = dates.index(mention) if mention in dates else 0
        ordinal = lead[1] if k == 0 else name.split()[0]
        rest = name.split(" ", 1)[1]
        rest = re.sub(r"s(?=\)?$|\s\()", "", rest)
        return f"{ordinal} {rest}", start + lead.start()

    def _place_near(self, start: int, end: int, mention: DateMention) -> Span | None:
        """Headquarters, or the town nearest to the date in its sentence."""
        pattern = self.data.text("places", "headquarters")
        if pattern:
            match = compiled(pattern).search(self.view, start, end)
            if match:
                k = bisect_left(self._place_starts, match.end())
                town = next((p for p in self.places[k : k + 1] if p.start < match.end() + 5), None)
                return match.start(), town.end if town else match.end()
        near: list[tuple[int, PlaceMatch]] = []
        for found in self._places_in(start, end):
            if not found.in_revision:
                distance = mention.start - found.end if found.end <= mention.start else found.start - mention.end + 5
                near.append((abs(distance), found))
        if not near:
            return None
        best = min(near, key=lambda n: n[0])
        if best[0] > 120:
            return None
        venue = re.compile(
            r"(?:at|in) (?:the )?((?:[A-Z][\w'-]+ ){1,6}(?:[Hh]otel|Centre|Center|Hall|Palace|University|Auditorium|[Bb]uilding)),? (?:in )?$"
        ).search(self.view, max(start, best[1].start - 90), best[1].start)
        return (venue.start(1) if venue else best[1].start), best[1].end

    def _status(self, start: int, end: int, mention: DateMention) -> EventStatus:
        grammar, view = self.grammar, self.view
        clause_end = re.compile(r"[;.]\s").search(view, mention.end, end)
        stop = clause_end.start() if clause_end else end
        if grammar.cancelled.search(view, max(start, mention.start - 90), stop):
            return "cancelled"
        days = mention.dates()
        if self.letter.date and days and days[1] < self.letter.date:
            return "past"
        if grammar.announce.search(view, start, end):
            return "announced"
        return "mentioned"

    # -- times, places, names from other sentences ------------------------------------------------------------------------

    def _fill(self) -> None:
        view, grammar = self.view, self.grammar
        drafts = self.drafts
        for k, draft in enumerate(drafts):  # the time in the event's own sentence
            if self.body[0] <= draft.when[0] < self.body[1]:
                a, b = self.sentence(draft.when[0])
            else:
                continue
            found = self.time_in(max(a, draft.when[0] - 60), min(b, draft.when[1] + 60), draft.when)
            if found and draft.time is None:
                drafts[k] = draft.but(time=self.shown(found), timed=found)
        for a, b in self.sentences:
            if not grammar.opening.search(view, a, b):
                continue
            days = [m.dates() for m in self.dates_in(a, b) if m.whole]
            found = self.time_in(a, b, None)
            if not found:
                continue
            starts = {d[0] for d in days if d}
            target = next((k for k, d in enumerate(drafts) if d.start in starts and d.time is None), None)
            if target is None and not starts:
                target = next((k for k, d in enumerate(drafts) if d.status == "announced"), None)
            if target is not None and drafts[target].time is None:
                drafts[target] = drafts[target].but(time=self.shown(found), timed=found)
        hosts = [k for k, d in enumerate(drafts) if d.place and d.start < d.end]
        for k, draft in enumerate(drafts):
            if draft.place is None:
                host = next(
                    (d for d in map(drafts.__getitem__, hosts) if d.start <= draft.start and draft.end <= d.end), None
                )
                if host:
                    drafts[k] = draft.but(place=host.place, placed=host.placed)
                    if draft.start < draft.end:
                        insort(hosts, k)

    def time_in(self, start: int, end: int, near: Span | None) -> Span | None:
        """The first time of day that is no registration hour."""
        for match in self.times.finditer(self.view, start, end):
            if near and match.start() < near[1] and match.end() > near[0]:
                continue
            before = self.view[max(start, match.start() - 44) : match.start()]
            if self.grammar.registration.search(before):
                continue
            if near and match.start() < near[0] and not re.search(r"(?:at|from|à|a las|в|с|الساعة|于)\s*$", before):
                continue
            return match.span()
        return None


_DASH = re.compile(
    r"((?:^|[\s/|])-\s?(?=[^\W\d_])|(?<=[a-zа-яà-ÿ)])-(?=[A-ZА-ЯÀ-Þ])|(?<=[\u4e00-\u9fff)])-(?=[\u4e00-\u9fff]))"
)
"""The dash before an item of a table's cell, also where conversions glued it to the item before."""
_SPAN_BEFORE = re.compile(r"\b(?:evening|day|days|week|weeks|months?|night|afternoon|Saturday|Sunday)\s$")
_CONFERENCE = re.compile(r"\S{2,5} ?-? ?(?:19|20)?\d{2}(?:-\d)?")
_OPEN = re.compile(r"\((?=[^()]{0,60}$)")
_PREPOSITION = re.compile(r"(?<![^\W\d_])(?:on|of|for|from|at|du|le|del?|el|con|от|с|на)\s{1,3}$")
_PRONOUN = re.compile(r"(?<![^\W\d_])(?:[Ii]t|[Tt]hey|[Ee]lles?|[Ii]ls?|[Оо]н[аои]?)\s")
_INDEFINITE = re.compile(r"(?<![^\W\d_])(?:[Aa]n?|[Uu]ne?|[Uu]n|[Uu]na)\s$")
"""An indefinite article introduces a meeting of its own: "A demonstration will be given"."""


def _merged(main: list[Draft], body: list[Draft]) -> list[Draft]:
    """One draft a meeting: mentions of the same days join, a single day joins the range that opens on it."""
    out: list[Draft] = list(main)
    for draft in main:  # a subject that spans several meetings of the body is none itself
        parts = [
            d
            for d in body
            if draft.start <= d.start
            and d.end <= draft.end
            and not d.generic
            and (d.start, d.end) != (draft.start, draft.end)
        ]
        alike = [_akin(draft.name, d.name) for d in parts]
        if not draft.many and not (any(alike) and not all(alike)):
            continue
        if len(parts) > 1 and min(d.start for d in parts) == draft.start and max(d.end for d in parts) == draft.end:
            out.remove(draft)
            body = [
                d.but(status="announced", place=d.place or draft.place, placed=d.placed or draft.placed)
                if d in parts
                else d
                for d in body
            ]
    same: dict[tuple[dt.date, dt.date], int] = {}
    for i, d in enumerate(out):
        same.setdefault((d.start, d.end), i)
    for draft in body:
        k = same.get((draft.start, draft.end))
        near = [*range(min(len(main), len(out))), *range(max(len(main), len(out) - _NEAR), len(out))]
        if k is None and draft.start == draft.end:
            k = next(
                (
                    i
                    for i, d in ((i, out[i]) for i in near)
                    if d.start <= draft.start <= d.end
                    and d.start < d.end
                    and (draft.generic or _akin(d.name, draft.name))
                ),
                None,
            )
            if k is not None:
                continue
        if k is None and draft.start < draft.end:
            k = next(
                (
                    i
                    for i, d in ((i, out[i]) for i in near)
                    if d.start == d.end
                    and draft.start <= d.start <= draft.end
                    and (d.subject or d.generic)
                    and (draft.generic or d.generic or _akin(d.name, draft.name))
                ),
                None,
            )
            if k is not None:
                known = out[k]
                out[k] = known.but(
                    start=draft.start,
                    end=draft.end,
                    when=draft.when,
                    name=known.name if not known.generic else draft.name,
                    named=known.named if not known.generic else draft.named,
                    owner=known.owner if not known.generic else draft.owner,
                    place=known.place or draft.place,
                    placed=known.placed or draft.placed,
                )
                same = {}
                for i, d in enumerate(out):
                    same.setdefault((d.start, d.end), i)
                continue
        if k is not None:
            known = out[k]
            if draft.status == "cancelled":
                known = known.but(status="cancelled")
            if known.generic and not draft.generic:
                known = known.but(name=draft.name, named=draft.named, owner=draft.owner, generic=False)
            if draft.place and (known.place is None or len(draft.place) > len(known.place)):
                known = known.but(place=draft.place, placed=draft.placed)
            if known.status == "mentioned" and draft.status == "announced":
                known = known.but(status="announced")
            out[k] = known
            continue
        same[draft.start, draft.end] = len(out)
        out.append(draft)
    return out


_NEAR = 64
"""A day joins a range, or a range a day, among so many events told just before it, and those of the subject."""


def _opening(grammar: Phrases, name: str | None) -> bool:
    """Whether a name is that of a part of a meeting: its opening, its first plenary."""
    return name is not None and grammar.openings.match(name.casefold()) is not None


def _akin(a: str | None, b: str | None) -> bool:
    """Whether two names share what makes a name: a number, an acronym, half of the words."""
    if not a or not b:
        return True
    first, second = content_words(a), content_words(b)
    return not first or not second or len(first & second) >= 0.5 * min(len(first), len(second))


def content_words(name: str) -> set[str]:
    """What tells a meeting's name from another's: its longer words, numbers and acronyms, without the word meeting."""
    plain = {w.casefold() for w in re.findall(r"[^\W\d_]{4,}|\d+[A-Z]?(?:/\d+)?|[A-Z]{2,}", name)}
    return {
        w
        for w in plain
        if not re.match(r"(?:meeting|workshop|session|conference|réunion|reuni|собрани|atelier|taller)", w)
    }
