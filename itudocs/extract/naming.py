"""What the meeting of a date is called: the phrase, group or subject of the sentence that the date belongs to.

Candidates compete by how they stand to the date: a line's label, the name before a bracket, a group in a schedule's row, the
nearest phrase that is no mere setting, the subject of the verb, what follows the verb, the line above, the meeting spoken of
before. A bare noun gets its owner. Sources: guide sections 8, 10.1; the words are the lexicon's.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from itudocs.dategrammar import DateMention
from itudocs.extract.phrases import alternatives
from itudocs.extract.scene import GROUP_NUMBER, LIST_LABEL, Scene
from itudocs.flow import Span
from itudocs.lexicon import fold, language, tidy
from itudocs.lexicon.patterns import expand, words
from itudocs.lexicon.scanning import Scanner
from itudocs.model import Language, Record


class Name(Record, frozen=True, kw_only=True):
    """A meeting's name: its text, its words in the letter, those of its owner, and the stretch that speaks of it.

    `generic` names tell no meeting from another; `one` is a single group by its own designation.
    """

    text: str
    span: Span
    clause: Span
    owner: Span | None = None
    generic: bool = False
    one: bool = False


class _Around(NamedTuple):
    """A date in its sentence: phrases before it, those of them that are no setting, and phrases behind it."""

    mention: DateMention
    start: int
    end: int
    before: list[Span]
    left: list[Span]
    right: list[Span]


_OPEN = re.compile(r"\((?=[^()]{0,60}$)")
_OWNED = re.compile(r"\s{1,3}([^\W\d_][^.,;:()]{8,100})$")
_SPELLED = re.compile(r"\s{1,3}([^\W\d_][^.,;:()]{8,100})\($")
_OPENED = re.compile(r"\s?\([^()]*$")
_ACRONYM_FIRST = re.compile(r"\(([A-ZА-Я]{2,8}(?:[ -]?\d{2,4})?(?:-\d)?),\s")
_ACRONYM_LAST = re.compile(r"\([A-Z][\w -]{1,14}\)$")
_CAPITALS = re.compile(r"(?:\s[a-zà-ÿа-я]{1,12}){0,6}\s([A-ZА-ЯÀ-Þ][^.,;:()\n]{8,110})")
_CONFERENCE = re.compile(r"\S{2,5} ?-? ?(?:19|20)?\d{2}(?:-\d)?")
_PARENTHESIS = re.compile(r"\([^()]{0,120}\)\s*(?:,\s*which\s*)?$")
_PLURAL = re.compile(r"s(?=\)?$|\s\()")
_GAP = re.compile(r"\n\s*\n\s*\n")
_YEAR = re.compile(r"\d{4}")
_MARKS = " \n-•·*:/|"


class _Words:
    """The words of a language by which names are found, with English beside them where the letter may mix the two."""

    def __init__(self, code: Language) -> None:
        data = language(code)
        codes: list[Language] = [code] if code == "en" else [code, "en"]

        def literal(section: str, key: str) -> str:
            return expand(words([w for c in codes for w in language(c).list(section, key)])) or "(?!)"

        edge = r"(?<![^\W\d_])"
        capital = r"[A-ZА-ЯÀ-Þ][\w.&/'-]*"
        self.team = re.compile(rf"(?:^|\s)(?:[Tt]he|[Aa]n?|[Tt]his)\s({alternatives(codes, 'events', 'teams')})\s*$")
        small = literal("events", "particles")
        self.agent = re.compile(
            rf"{capital}(?:\s(?:(?:{small})\s){{0,2}}(?:{capital}|\d+[A-Z]?(?:/\d+)?))*(?:\s?\([A-Z][\w -]{{1,14}}\))?"
        )
        houses = alternatives(codes, "events", "houses")
        self.houses = re.compile(rf"{edge}(?:{houses})$")
        self.hosts = re.compile(rf"{edge}(?:{houses}|{alternatives(codes, 'events', 'hosts')})$")
        self.no_heads = {w.casefold() for c in codes for w in language(c).list("events", "stop_left")}
        self.pronoun = re.compile(rf"{edge}(?:{literal('events', 'pronouns')})\s", re.IGNORECASE)
        self.article = re.compile(rf"{edge}(?:{literal('events', 'articles')})\s$", re.IGNORECASE)
        self.holds = re.compile(rf"{edge}(?:{alternatives(codes, 'events', 'holds')})\s{{1,3}}$")
        self.label = re.compile(rf"\s*+[-•·*]?\s*+(?:{literal('labels', 'date')})(?![^\W\d_])", re.IGNORECASE)
        self.ordinals = [w for c in codes for w in language(c).list("events", "ordinals")]
        ands = alternatives(codes, "dates", "and")
        self.first = re.compile(rf"{edge}({'|'.join(self.ordinals) or '(?!)'})\s(?:{ands})\s$")
        self.of, self.of_bare = (
            [(re.compile(str(pattern)), str(form)) for pattern, form in data.raw["events"].get(key, ())]
            for key in ("of", "of_bare")
        )


@cache
def _words(code: Language) -> _Words:
    return _Words(code)


class Naming:
    """The names of the meetings that dates of the body belong to."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.view = scene.view
        self.grammar = scene.grammar
        self.words = _words(scene.letter.language)
        self.group: Scanner = scene.grammar.group

    def name(self, mention: DateMention, *, past: bool) -> Name | None:
        """What a date's meeting is called, if anything is.

        Args:
            past: whether the date lies before the letter's: who met then is looked for further off.
        """
        around, label = self._around(mention)
        bracket = _OPEN.search(self.view, max(around.start, mention.start - 64), mention.start)
        span = self._candidate(around, label, bracket.start() if bracket else None)
        if mention.relative and not self._sure(span, mention):
            return None
        if span is None:
            span = self._line_above(around.start, mention) or self._spoken_of(around.start, mention)
        if span is None:
            return None
        return self._worded(self._without_place(span), around, bracket.start() if bracket else None, past)

    def _sure(self, span: Span | None, mention: DateMention) -> bool:
        """Whether a date of "next" or "last" belongs to a name: right before it, or with a verb of meeting between them."""
        if span is None or span[1] > mention.start:
            return False
        verbs = (self.grammar.announce, self.grammar.held)
        return mention.start - span[1] < 26 or any(v.search(self.view, span[1], mention.start) for v in verbs)

    def _around(self, mention: DateMention) -> tuple[_Around, Span | None]:
        """A date's sentence; of a line that is labelled, the line, which speaks for itself."""
        a, b = self.scene.sentence(mention.start)
        line = max(a, self.view.rfind("\n", a, mention.start) + 1)
        label = self._label(line, mention)
        if label:
            below = self.view.find("\n", mention.end, b)
            a, b = line, below if below >= 0 else b
        found = self.scene.phrases(a, b)
        head = self.scene.schedule or (0, 0)
        before = [p for p in found if p[1] <= mention.start and not (p[0] < head[1] and p[1] > head[0])]
        # "a tutorial ..., during the meeting, on 22 October": what is only the setting does not compete
        left = [p for p in before if not self.grammar.context.search(self.view, max(a, p[0] - 34), p[0])]
        return _Around(mention, a, b, before, left, [p for p in found if p[0] >= mention.end]), label

    def _candidate(self, around: _Around, label: Span | None, bracket: int | None) -> Span | None:
        view, grammar = self.view, self.grammar
        mention, a, b, before, left, right = around
        if bracket is not None and (named := self._beside(a, bracket, before)):
            return self._unless_interrupted(named, None, mention)
        if label:
            return label
        if right and grammar.sequel.search(view, max(a, mention.start - 40), mention.start):
            return right[0]
        if left and self._dated(left[-1], mention):
            left = left if not (own := self._own(around)) else [own]
        inverted = self._inverted(mention, b, right) if not left else None
        left = left or ([] if inverted else before)
        meets = grammar.meets.search(view, max(a, mention.start - 140), mention.start)
        agent = (self._subject(a, meets.start()) or self._agent(a, meets.start())) if meets else None
        if agent is None and not left:
            held = grammar.held.search(view, max(a, mention.start - 180), mention.start)
            agent = self._subject(a, held.start()) if held else None
            told = grammar.announce.search(view, max(a, mention.start - 180), mention.start)
            agent = agent or (self._agent(a, told.start()) if told else None)
        group = self._group_before(around, left)
        foremost = group and (self.scene.in_schedule(mention.start) or not left or left[-1][1] < group[0])
        if group and foremost and not (agent and agent[1] >= group[1]):
            return self._spelled_out(group, a, left)
        if left:
            return self._unless_interrupted(left[-1], agent, mention)
        if agent:
            return agent
        if meets and (behind := self._behind_verb(meets.end(), mention.start)):
            return behind
        if inverted:
            return inverted
        if right and (right[0][0] - mention.end < 12 or (right[0][0] - mention.end < 90 and mention.start - a < 26)):
            return right[0]
        if mention.start - a < 44:
            after = self.group.search(view, mention.end, min(b, mention.end + 40))
            return after.span() if after else None
        return None

    def _dated(self, phrase: Span, mention: DateMention) -> bool:
        """Whether a meeting named before a date has another date between."""
        return any(m.whole for m in self.scene.dates_in(phrase[1], mention.start))

    def _own(self, around: _Around) -> Span | None:
        """The meeting named with a verb of its own between the date told last and this one, or behind this one: "... on
        9 May; on 8 May a dialogue will be held".
        """
        told = max(m.end for m in self.scene.dates_in(around.start, around.mention.start))
        verb = self.grammar.meets.search(self.view, told, around.mention.start)
        if verb and (behind := self._behind_verb(verb.end(), around.mention.start)):
            return behind
        clause = self.view.find(";", around.mention.end, around.end)
        return self._inverted(around.mention, clause if clause >= 0 else around.end, around.right)

    def _group_before(self, around: _Around, left: list[Span]) -> Span | None:
        """The group named last before a date; not one of a document's title where a meeting is named."""
        at = around.mention.start
        found = self.group.finditer(self.view, max(around.start, at - 90), at)
        near = [g.span() for g in found if at - g.end() < 60 and not (left and self.scene.is_cited(g.start()))]
        if near and left and _OPENED.match(self.view, left[-1][1], near[-1][0]):
            return None  # its acronym in the bracket behind the phrase
        settings = [p for p in around.before if p not in left] if left else []
        told = {
            p for p in settings if self.scene.dates_in(p[1], at)
        }  # "with the meeting of Study Group 2 (4-8 May), on 11 May"
        near = [g for g in near if not any(p[0] <= g[0] and g[1] <= p[1] for p in told)]
        return near[-1] if near else None

    def _spelled_out(self, group: Span, start: int, left: list[Span]) -> Span:
        """A group with the name before it, of which it is the acronym in brackets."""
        if self.view[group[0] - 1] != "(" or self.view[group[1] : group[1] + 1] != ")":
            return group
        named = left[-1] if left and group[0] - left[-1][1] < 90 else self._agent(start, group[0] - 1)
        verb = None if named else self.grammar.meets.search(self.view, max(start, group[0] - 140), group[0])
        spelled = _SPELLED.match(self.view, verb.end(), group[0]) if verb else None
        named = spelled.span(1) if spelled else named
        return (named[0], group[1] + 1) if named else group

    def _unless_interrupted(self, phrase: Span, agent: Span | None, mention: DateMention) -> Span:
        """A phrase before a date, or who meets where that stands nearer or holds the phrase."""
        if agent is None or _OPENED.search(self.view, phrase[1], mention.start):
            return phrase
        return agent if agent[1] > phrase[1] or (agent[0] <= phrase[0] and agent[1] == phrase[1]) else phrase

    # -- where names stand -----------------------------------------------------------------------------------------

    def _label(self, start: int, mention: DateMention) -> Span | None:
        """A line of a list, `TSAG: 2-5 June 2015`: who meets stands before the colon."""
        match = LIST_LABEL.match(self.view, start, mention.start)
        if not match:
            return None
        begin, end = match.span(1)
        known = self.group.search(self.view, begin, end) or self.grammar.find(self.view, begin, end)
        return (begin, end) if known or self.view[begin:end].isupper() else None

    def _beside(self, start: int, bracket: int, left: list[Span]) -> Span | None:
        """The name right before a bracket that holds place and date: `CITEL (Guadalajara, 23-26 January 2007)`."""
        edge = bracket
        while edge > start and self.view[edge - 1].isspace():
            edge -= 1
        near = [p for p in left if p[1] >= edge - 1 and not self.grammar.is_generic(self.scene.shown(p) or "")]
        if near:
            return near[-1]
        agent = self._agent(start, edge)
        return agent if agent and agent[1] >= edge - 1 else None

    def _subject(self, start: int, stop: int) -> Span | None:
        """The subject of a sentence that begins with it: all from the article to the verb, if no verb stands between."""
        match = self.grammar.holder.match(self.view, start, stop)
        if not match:
            return None
        begin, end = match.span("name")
        name = self.view[begin:end]
        if not 1 < len(name.split()) <= 16 or self.grammar.verbs.search(name) or self.scene.is_cited(begin):
            return None
        return None if _YEAR.search(name) else (begin, end)

    def _agent(self, start: int, stop: int, *, anywhere: bool = False) -> Span | None:
        """Who meets: the last name in capitals before a verb, a parenthesis after it skipped; `anywhere` also behind "by"."""
        text = self.view[start:stop]
        if team := self.words.team.search(text):
            return start + team.start(1), start + team.end(1)
        bare = text.rstrip()
        if bare.endswith(")") and not _ACRONYM_LAST.search(bare):
            text = _PARENTHESIS.sub(lambda m: " " * len(m[0]), bare)
        found = [m for m in self.words.agent.finditer(text) if len(m[0]) > 3 and (" " in m[0] or m[0].isupper())]
        if not found:
            return None
        begin, end = found[-1].span()
        hosts = self.words.houses if anywhere else self.words.hosts
        if len(text.rstrip()) - end > 26 or hosts.search(text, 0, begin) or self._no_agent(start + begin, start + end):
            return None
        first = text[begin:end].split()[0]
        if first.casefold() in self.words.no_heads:
            begin += len(first) + 1
        return (start + begin, start + end) if end > begin + 2 else None

    def _no_agent(self, begin: int, end: int) -> bool:
        """Whether a name in capitals is a document's or a place's."""
        return self.scene.is_cited(begin) or any(p.end >= end for p in self.scene.places_in(begin, end + 1))

    def _inverted(self, mention: DateMention, end: int, right: list[Span]) -> Span | None:
        """The meeting behind the verb behind the date: "el 13 de octubre se reunirá el Grupo Regional"."""
        for cues in (self.grammar.meets, self.grammar.announce):
            verb = cues.search(self.view, mention.end, min(end, mention.end + 80))
            if verb:
                near = min(end, verb.end() + 60)
                group = self.group.search(self.view, verb.end(), near)
                spans = [p for p in right if verb.end() <= p[0] < near] + ([group.span()] if group else [])
                named = _CAPITALS.match(self.view, verb.end(), end) if not spans else None
                if named and not self._no_agent(*named.span(1)):
                    return named.span(1)
                return min(spans, default=None)
        return None

    def _behind_verb(self, start: int, stop: int) -> Span | None:
        """Who meets where the verb comes first: "ستجتمع فرقة العمل 2/9 من 10 إلى 11"."""
        group = self.group.search(self.view, start, stop)
        if (
            group and self.view[group.start() - 1].isalpha()
        ):  # "of Study Group 2" is written as one: whose it is comes before
            owned = _OWNED.match(self.view, start, group.end())
            return owned.span(1) if owned else group.span()
        if group:
            return group.span()
        if self.grammar.code != "ar":
            return None
        end = self.grammar.stop_right.search(self.view, start + 1, stop)
        begin, last = start, end.start() if end else stop
        while begin < last and self.view[begin].isspace():
            begin += 1
        while last > begin and self.view[last - 1] in " \n,":
            last -= 1
        return (begin, last) if 6 < last - begin < 90 else None

    def _spoken_of(self, start: int, mention: DateMention) -> Span | None:
        """The meeting of the sentence before, where this one says only that "it" will take place."""
        grammar, view = self.grammar, self.view
        verbs = (grammar.announce, grammar.held, grammar.moved)
        if not self.words.pronoun.search(view, start, mention.start):
            return None
        if not any(verb.search(view, start, mention.start) for verb in verbs):
            return None
        low = max(self.scene.body[0], start - 300)
        before = grammar.find(view, low, start) + [g.span() for g in self.group.finditer(view, low, start)]
        return max(before, key=lambda p: p[1]) if before else None

    def _line_above(self, start: int, mention: DateMention) -> Span | None:
        """`Date : 4-15 April 2016` under a line that names the meeting; a cell of a schedule."""
        view, at = self.view, mention.start
        if view[start:at].strip(_MARKS).count(" ") > 5:
            return None
        above = self.grammar.find(view, max(self.scene.body[0], start - 240), start)
        labelled = self.words.label.match(view, start, at) or self.scene.in_schedule(at)
        if above and labelled and not _GAP.search(view, above[-1][1], start):
            return above[-1]
        cells = [g.span() for g in self.group.finditer(view, max(self.scene.body[0], at - 60), at)]
        return cells[-1] if cells and not view[cells[-1][1] : at].strip(_MARKS) else None

    def _without_place(self, span: Span) -> Span:
        """A meeting's name ends where its place begins: `regional seminar in Port of Spain`."""
        for place in self.scene.places_in(span[0] + 5, span[1] + 60):
            if place.start >= span[1]:
                break
            before = self.grammar.placed.search(self.view, span[0], place.start)
            linked = self.grammar.linked.search(self.view, span[0], place.start)
            if before and before.start() > span[0] + 4 and not linked:
                return span[0], before.start()
        return span

    # -- how names are worded --------------------------------------------------------------------------------------

    def _worded(self, span: Span, around: _Around, bracket: int | None, past: bool) -> Name | None:
        """A name made of the words at a stretch: with its owner, its ordinal, its group, its acronym."""
        view, grammar, scene = self.view, self.grammar, self.scene
        mention, a, b = around.mention, around.start, around.end
        text = scene.shown(span)
        if text is None:
            return None
        owner: Span | None = None
        article = text not in grammar.bare and self.words.article.search(view, max(a, span[0] - 6), span[0])
        possessive = grammar.possessive.search(view, max(a, span[0] - 24), span[0])
        owned_at = possessive.start() if possessive else None
        if owned_at is None and text.split()[0].endswith(grammar.suffixes):
            owned_at = span[0]
        if ordinal := self._ordinal(a, span, mention):
            text, lead = ordinal
            if owned_at is None and (possessive := grammar.possessive.search(view, max(a, lead - 24), lead)):
                owned_at = possessive.start()
            span = (lead, span[1])
        if own := self._respective(span, b, mention):
            text, owned_at = own, None
        generic = grammar.is_generic(text) and not article and not ordinal
        opening = grammar.openings.match(text.casefold()) is not None
        if owned_at is not None and not opening:
            owner = self._agent(a, owned_at, anywhere=True)
        lacking = generic and owner is None and not article and not opening
        if lacking and (owned_at is not None or " " in text or past or text in grammar.bare_always):
            spoken = self._spoken_body(a, mention.start, b)
            owner = spoken if spoken and not (spoken[0] >= span[0] and spoken[1] <= span[1]) else None
        if owner is None and grammar.is_generic(text):
            held = self.words.holds.search(view, max(a, span[0] - 40), span[0])
            owner = self._agent(a, held.start()) if held else None
        if owner:
            text, generic = self._of(text, scene.shown(owner) or ""), False
        elif bracket is not None and span[1] <= bracket <= span[1] + 2:
            inside = _ACRONYM_FIRST.match(view, bracket, mention.start)
            if inside and inside[1] not in text:
                text, span = f"{text} ({inside[1]})", (span[0], inside.end(1))
        one = owner is None and self.group.fullmatch(fold(text)) is not None
        beyond = next((p[0] for p in around.right if scene.dates_in(p[1], b)), b)
        return Name(text=text, span=span, clause=(a, beyond), owner=owner, generic=generic, one=one)

    def _of(self, noun: str, body: str) -> str:
        """A meeting of a body, as the letter's language puts it."""
        for suffix in self.grammar.suffixes:
            if noun.endswith(suffix) and noun.removesuffix(suffix) in self.grammar.nouns:
                noun = noun.removesuffix(suffix)
                break
        forms = self.words.of_bare if noun in self.grammar.bare and self.words.of_bare else self.words.of
        return next(form.format(noun=noun, body=body) for pattern, form in forms if pattern.search(body))

    def _spoken_body(self, start: int, position: int, end: int) -> Span | None:
        """The group a bare "meeting" belongs to: named last before it in its sentence, behind it, in the subject, before."""
        for low, high in ((start, position), (position, min(end, position + 90))):
            if found := self._groups(low, high):
                return found[0] if low == position else found[-1]
        for section in self.scene.letter.layout.of("subject"):
            named = self.group.search(self.view, section.start, section.end)
            if named:
                return named.span()
        found = self._groups(max(self.scene.body[0], start - 400), start)
        return found[-1] if found else None

    def _groups(self, start: int, end: int) -> list[Span]:
        """Groups that meet, conferences left out."""
        return [g.span() for g in self.group.finditer(self.view, start, end) if not _CONFERENCE.fullmatch(g[0])]

    def _ordinal(self, start: int, span: Span, mention: DateMention) -> tuple[str, int] | None:
        """`the first and second meetings held from A and B`: the k-th date belongs to the k-th ordinal."""
        lead = self.words.first.search(self.view, start, span[0])
        text = self.scene.shown(span)
        if not lead or not text or text.split()[0] not in self.words.ordinals or " " not in text:
            return None
        dates = [m for m in self.scene.dates_in(span[1], self.scene.sentence(mention.start)[1]) if m.whole]
        first = mention not in dates or dates.index(mention) == 0
        ordinal, rest = text.split(" ", 1)
        return f"{lead[1] if first else ordinal} {_PLURAL.sub('', rest)}", lead.start()

    def _respective(self, span: Span, end: int, mention: DateMention) -> str | None:
        """`Working Parties 8A and 8B ... from A and from B`: the k-th date belongs to the k-th group."""
        group = self.group.search(self.view, *span)
        if not group or span[1] > mention.start or _CONFERENCE.fullmatch(group[0]):
            return None
        bracket = self.view.find("(", group.start(), span[1])  # what it holds counts no groups
        numbers = list(GROUP_NUMBER.finditer(self.view, group.start(), bracket if bracket >= 0 else span[1]))
        dates = [m for m in self.scene.dates_in(span[1], end) if m.whole]
        if len(numbers) < 2 or len(numbers) != len(dates) or mention not in dates:
            return None
        if any(b.start() - a.end() > 5 for a, b in pairwise(numbers)) or dates[0].start - span[1] > 90:
            return None
        head = self.scene.letter.text[group.start() : numbers[0].start()]
        return tidy(head + numbers[dates.index(mention)][0])
