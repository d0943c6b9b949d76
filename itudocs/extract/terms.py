"""Which of a letter's dates set a term: behind words that mean one, in lists and tables of deadlines, in schedules.

Judges a date by the words around it; what is due is worded by `itudocs.extract.events`. Sources: guide sections 10.1, 10.4.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from itudocs.dategrammar import DateMention
from itudocs.extract.phrases import alternatives, cue
from itudocs.extract.relative import periods
from itudocs.extract.scene import LIST_LABEL, Scene
from itudocs.flow import Span
from itudocs.lexicon import language
from itudocs.lexicon.patterns import expand, words
from itudocs.lexicon.scanning import Scanner
from itudocs.model import Language

Kind = Literal["deadline", "row", "event", "end", "none"]
"""`deadline`; `row`, one in a schedule's column; `event`; `end`, the last day of the event before; `none` of them."""

_REACH = 70
_FAR = 150
_TABLE_GAP = 420
_TABLE_HEAD_GAP = 60
_ITEM = 260
"""In characters: how far before a date words speak of it, and nouns such as "closing date" do; what may stand between two rows of a table, between its head and
its first row, and how long the last row's items may be."""

_OTHER_DATE = re.compile(r"\d{4}|\d{1,2} [A-Z][a-z]{2}")
_DAY_AND_CAPITAL = re.compile(r"\d{1,2} [A-Z]")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*+[A-ZА-Я][^\n]{90}")
_BLANK = re.compile(r"\n\s*\n(?!\s*-)")
_DASH = re.compile(
    r"((?:^|[\s/|])-\s?(?=[^\W\d_])|(?<=[a-zа-яà-ÿ)])-(?=[A-ZА-ЯÀ-Þ])|(?<=[\u4e00-\u9fff)])-(?=[\u4e00-\u9fff]))"
)
"""The dash before an item of a table's cell, also where conversions glued it to the item before."""


class _Cues:
    """The words of a language that set terms, with English beside them where the letter may mix the two."""

    def __init__(self, code: Language) -> None:
        data = language(code)
        codes: list[Language] = [code] if code == "en" else [code, "en"]
        both = [language(c) for c in codes]
        chinese = code == "zh"
        bound = "" if chinese else r"(?![^\W\d_])"
        self.cues = cue(data, "deadlines", "cues")
        self.never = cue(data, "deadlines", "never")
        self.weak = {w.casefold() for d in both for w in d.list("deadlines", "weak")}
        self.strong = re.compile(rf"(?:{alternatives(codes, 'deadlines', 'strong')})", re.IGNORECASE)
        self.beginnings = re.compile(rf"(?<![^\W\d_])(?:{alternatives(codes, 'deadlines', 'beginnings')})")
        days = "|".join(expand(words([n for names in d.raw["dates"]["weekdays"] for n in names])) for d in both)
        link = alternatives(codes, "deadlines", "link")
        self.link = re.compile(rf"(?:{link})\s{{0,3}}(?:therefore |now )?(?:(?:{days}),? ?)?$")
        self.clause = re.compile(rf"[;]|\.\s|,\s(?={alternatives(codes, 'deadlines', 'clauses')})")
        self.span = re.compile(rf"(?<![^\W\d_])(?:{alternatives(codes, 'deadlines', 'spans')})\s$")
        self.agent = re.compile(rf"\s(?:{alternatives(codes, 'deadlines', 'agents')})")
        self.busy = re.compile(rf"(?!{days}|UTC|GMT|CES?T|EST)(?<![^\W\d_])[A-ZА-ЯÀ-Þ]|\bit\b")
        joined = alternatives(codes, "deadlines", "joined")
        self.joined = re.compile(rf"\s?(?:\([^()]{{2,40}}\))?(?:,|,?\s?(?:{joined}))\s?")
        self.ends = re.compile(rf"(?:{alternatives([code], 'deadlines', 'ends')})\s{{0,3}}$")
        self.late = re.compile(rf"(?:{alternatives(codes, 'deadlines', 'late')})\s{{0,3}}$", re.IGNORECASE)
        self.beyond = re.compile(
            rf"(?<![^\W\d_])(?:{alternatives(codes, 'deadlines', 'beyond')})\s{{0,3}}$", re.IGNORECASE
        )
        self.refused = re.compile(rf"[^.;:]{{0,24}}?(?<![^\W\d_])(?:{alternatives(codes, 'deadlines', 'refused')})")
        self.prolonged = re.compile(rf"(?:{alternatives(codes, 'deadlines', 'prolonged')})\s{{0,3}}$", re.IGNORECASE)
        self.again = Scanner(alternatives(codes, "deadlines", "again"), re.IGNORECASE)
        self.listed = Scanner(alternatives(codes, "deadlines", "listed"), re.IGNORECASE)
        clock = r"(?:上午|下午|协调世界时|日内瓦时间|UTC|[\d:点时分\s()（）]){0,8}" if chinese else ""
        self.latest = re.compile(rf"[\s日]{{0,3}},?\s?\(?{clock}(?:{alternatives(codes, 'deadlines', 'after')})")
        self.table = Scanner(rf"(?:{alternatives(codes, 'deadlines', 'tables')}) ?:", re.IGNORECASE)
        items = "|".join(data.list("deadlines", "items")) or "(?!)"
        self.item = re.compile(
            rf"(?:^|\n|[-•/|]\s|\s{{2}})(?:\d{{1,2}}(?:\.\d{{1,2}}){{0,2}}\.?\s)?(?:{items})[^\n.:/|]{{0,60}}\s?[:/|]\s?$"
        )
        prepositions = expand(words([w for d in both for w in d.list("deadlines", "prepositions")]))
        self.preposition = re.compile(rf"(?<![^\W\d_])(?:{prepositions}){bound}\s{{1,3}}$")
        openers = [w for d in both for w in (*d.list("body", "openers"), *d.list("body", "headings"))]
        self.text = re.compile(rf"(?<=[a-zа-яà-ÿ)])\s(?=(?:{expand(words(openers))}|I|Practical)\s)|\.\s")


@cache
def _cues(code: Language) -> _Cues:
    return _Cues(code)


class Terms:
    """The terms that a letter's dates set."""

    def __init__(self, scene: Scene, times: Scanner) -> None:
        self.scene = scene
        self.view = scene.view
        self.cues = _cues(scene.letter.language)
        self.times = times

    def kind(self, mention: DateMention, meeting: DateMention | None, term: DateMention | None) -> Kind:
        """What a date of the body is; `meeting` and `term` are the last dates before it taken for these."""
        view, cues, scene = self.view, self.cues, self.scene
        a, b = scene.sentence(mention.start)
        told = max((m.end for m in scene.dates_in(a, mention.start)), default=a)  # what is said of another date
        recent = max(told, mention.start - _REACH // 2)
        never = cues.never.search(view, recent, mention.start)
        if never:  # "as of", "published on": no deadline, and a meeting only if one is named right before
            near = scene.phrases(a, b)
            named = [p for p in near if p[1] <= mention.start]
            near_by = named and (mention.start - named[-1][1] < 8 or named[-1][0] >= never.end())
            return "event" if near_by else "none"
        if mention.first != mention.last:  # "extended from 5 February to 15 February"
            moved = cues.prolonged.search(view, max(told, mention.start - 2 * _REACH), mention.start)
            return "deadline" if moved else "event"
        opened = scene.grammar.registration.search(view, recent, mention.start)
        if opened and cues.beginnings.search(view, opened.end(), mention.start):
            return "none"  # registration begins
        before = view[max(a, mention.start - _REACH) : mention.start]
        if meeting and a <= meeting.start and meeting.first == meeting.last and cues.ends.search(before):
            return "end"
        if self._in_list(mention, term, a) or self._cued(before) or self._after_period(a, mention.start):
            return "deadline"
        if mention.start - told > _REACH and self._cued(
            view[max(told, mention.start - _FAR) : mention.start], far=True
        ):
            return "deadline"
        if cues.latest.match(view, mention.end, min(b, mention.end + 40)):
            return "deadline"
        if cues.beyond.search(before) and cues.refused.match(view, mention.end, min(b, mention.end + 60)):
            return "deadline"
        if meeting and self._in_row(mention, meeting):
            return "row"
        return "event"

    def _in_list(self, mention: DateMention, term: DateMention | None, start: int) -> bool:
        """A day joined to another by "or", under the head of a list of deadlines, or behind the word for what is due."""
        view, at = self.view, mention.start
        if term and term.end > start and self.cues.joined.fullmatch(view, term.end, at):
            return True
        if LIST_LABEL.search(view, max(start, at - 64), at) and self._listed(at):
            return True
        return self.cues.item.search(view, max(start, at - 90), at) is not None

    def _listed(self, position: int) -> bool:
        """Whether a date stands in a list that its head says is one of deadlines."""
        low = max(self.scene.body[0], position - 600)
        heads = list(self.cues.listed.finditer(self.view, low, position))
        return bool(heads) and "\n\n\n" not in self.view[heads[-1].end() : position]

    def _cued(self, before: str, *, far: bool = False) -> bool:
        """Whether the words right before a day set a term; `far`: a noun further off that means one."""
        cues = self.cues
        for hour in list(self.times.finditer(before)):  # "by 2400 hours UTC on" is still "by"
            before = before[: hour.start()] + " " * len(hour[0]) + before[hour.end() :]
        clause = cues.clause.split(before)[-1]
        if far:
            return self._strong(clause)
        if cues.late.search(clause):
            return True  # "nothing will be accepted after"
        last = max(cues.cues.finditer(clause), key=lambda m: m.end(), default=None)
        if last:
            gap = clause[last.end() :]
            if last[0].casefold() in cues.weak:
                if cues.span.search(clause, 0, last.start()):
                    return False  # "the evening before"
                if len(gap.split()) > 4 or cues.agent.match(gap) or cues.busy.search(gap):
                    return self._strong(clause)
            if len(gap) < 46 and not self.scene.grammar.noun.search(gap) and not _DAY_AND_CAPITAL.search(gap):
                return True
        return self._strong(clause)

    def _strong(self, clause: str) -> bool:
        """A noun such as "closing date" further off, with what links it to the day right before the day."""
        found = list(self.cues.strong.finditer(clause))
        if not found:
            return False
        gap = clause[found[-1].end() :]
        linked = len(gap) < 110 and self.cues.link.search(gap)
        return bool(linked) and not _OTHER_DATE.search(gap) and not self.cues.beginnings.search(gap)

    def _after_period(self, start: int, position: int) -> bool:
        """The day that a period before the meeting amounts to: "two months before the meeting, i.e. 7 February"."""
        code = self.scene.letter.language
        return any(position - p.span[1] < 40 for p in periods(self.view, start, position, code))

    def _in_row(self, mention: DateMention, meeting: DateMention) -> bool:
        """A day of a schedule behind a meeting's dates and earlier than they."""
        day, days = mention.dates(), meeting.dates()
        beside = meeting.end <= mention.start < meeting.end + 160 and self.scene.in_schedule(meeting.start)
        return beside and day is not None and days is not None and day[0] < days[0]

    def row_item(self, mention: DateMention) -> Span:
        """What a day of a schedule's column is a deadline for: the group in its row, or else the day itself."""
        low = max(self.scene.body[0], mention.start - 160)
        groups = list(self.scene.grammar.group.finditer(self.view, low, mention.start))
        return groups[-1].span() if groups else mention.span

    def key_table(self, mentions: list[DateMention]) -> list[tuple[DateMention, list[Span]]]:
        """The rows of a table of key deadlines, each a day and what is due then (guide 10.4)."""
        scene = self.scene
        head = self.cues.table.search(self.view, *scene.body)
        if not head:
            return []
        rows: list[DateMention] = []
        at = head.end()
        for mention in mentions:
            outside = not head.end() <= mention.start < scene.body[1]
            if outside or mention.first != mention.last or scene.is_cited(mention.start):
                continue
            gap = self.view[at : mention.start]
            far = len(gap) > _TABLE_GAP or self._prose(at, mention) if rows else len(gap.strip()) > _TABLE_HEAD_GAP
            if far or self.cues.preposition.search(gap):
                break  # a date in a sentence below the table
            rows.append(mention)
            at = mention.end
        stops = [m.start for m in rows[1:]]
        by_line = len(rows) > 1 and all(
            "\n" not in self.view[m.end : stop].strip() for m, stop in zip(rows, stops, strict=False)
        )
        for last in rows[-1:]:
            line = self.view.find("\n", last.end + 4, scene.body[1]) if by_line else -1
            stops.append(line if line >= 0 else self._table_end(last.end))
        return [(m, self._items(m.end, stop) or [m.span]) for m, stop in zip(rows, stops, strict=True)]

    def _prose(self, start: int, mention: DateMention) -> bool:
        """Whether a paragraph of prose begins between a row and a date, more of it before the date than a weekday."""
        found = _PARAGRAPH.search(self.view, start, mention.end + 90)
        return found is not None and found.end() - 91 < mention.start - 20

    def _items(self, begin: int, stop: int) -> list[Span]:
        """The items between two positions, each behind a dash."""
        items: list[Span] = []
        at = begin
        for piece in _DASH.split(self.view[begin:stop]):
            text = piece.strip(" \n/|-:;")
            if len(text) > 3:
                first = at + piece.index(text)
                items.append((first, first + len(text)))
            at += len(piece)
        return items

    def _table_end(self, begin: int) -> int:
        end = self.scene.body[1]
        blank = _BLANK.search(self.view, begin + 4, end)
        text = self.cues.text.search(self.view, begin + 12, end)
        return min([*(m.start() for m in (blank, text) if m), begin + _ITEM, end])

    def again(self, start: int, end: int) -> bool:
        """Whether a sentence only speaks of a deadline again: "the above-mentioned deadline"."""
        return self.cues.again.search(self.view, start, end) is not None
