"""What stands around a letter's dates: sentences, documents cited, places, phrases of meetings, the schedule's head.

Read once a letter; `terms`, `naming` and `timeline` ask it about the surroundings of a date.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property

from itudocs.dategrammar import DateMention
from itudocs.extract.citations import citation_spans
from itudocs.extract.letter import Letter
from itudocs.extract.phrases import Phrases, phrases, sentences
from itudocs.flow import Span
from itudocs.lexicon import tidy
from itudocs.lexicon.places import PlaceMatch, find_places

LIST_LABEL = re.compile(r"\s*+(?:[-•·*]\s?|\d{1,2}[.)]\s)?([^\W\d_][^\n:;.]{2,60}): ?\(?$")
"""What a line of a list begins with, up to a date: `TSAG: `; the label is its group."""
GROUP_NUMBER = re.compile(r"\d{1,3}[A-Z]{0,2}(?:/\d{1,3})?")
"""The number of a group: `3K`, `1/2`."""
_SCHEDULE = 1500
"""How far a schedule reaches below its head, in characters."""


class Scene:
    """The surroundings of a letter's dates. All positions count folded characters."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.view = letter.view
        self.grammar: Phrases = phrases(letter.language)
        start, end = letter.layout.body
        self.body: Span = (start, end)
        self.sentences = sentences(self.view, start, end, [(m.start, m.end) for m in letter.layout.dates])
        self.places = find_places(self.view)
        self._starts = [s[0] for s in self.sentences]
        self._cited = citation_spans(letter)
        self._cited_starts = [a for a, _ in self._cited]
        self._place_starts = [p.start for p in self.places]
        self._date_starts = [m.start for m in letter.dates]
        self._phrases: dict[Span, list[Span]] = {}

    def sentence(self, position: int) -> Span:
        """The sentence of a body position."""
        k = bisect_right(self._starts, position) - 1
        return self.sentences[k] if k >= 0 else (position, position)

    def is_cited(self, position: int) -> bool:
        """Whether a character belongs to a document cited."""
        k = bisect_right(self._cited_starts, position) - 1
        return k >= 0 and position < self._cited[k][1]

    def places_in(self, start: int, end: int) -> list[PlaceMatch]:
        """The places that lie between two positions."""
        inside = self.places[bisect_left(self._place_starts, start) : bisect_left(self._place_starts, end)]
        return [p for p in inside if p.end <= end]

    def place_from(self, position: int) -> PlaceMatch | None:
        """The first place that begins at a position or behind it."""
        k = bisect_left(self._place_starts, position)
        return self.places[k] if k < len(self.places) else None

    def dates_in(self, start: int, end: int) -> list[DateMention]:
        """The dates that begin between two positions."""
        return self.letter.dates[bisect_left(self._date_starts, start) : bisect_left(self._date_starts, end)]

    def phrases(self, start: int, end: int) -> list[Span]:
        """The meetings named between two positions; asked for each date of a sentence, found once."""
        found = self._phrases.get((start, end))
        if found is None:
            found = self._phrases[start, end] = self.grammar.find(self.view, start, end)
        return found

    def shown(self, span: Span | None) -> str | None:
        """The letter's own characters at a stretch, tidied; absent for none."""
        return (tidy(self.letter.text[span[0] : span[1]]) or None) if span else None

    @cached_property
    def schedule(self) -> Span | None:
        """The head of a schedule table that has a column of deadlines, if the letter has one."""
        match = self.grammar.schedule.search(self.view, *self.body)
        return match.span() if match else None

    def in_schedule(self, position: int) -> bool:
        """Whether a position stands in a schedule table."""
        return self.schedule is not None and self.schedule[0] < position < self.schedule[1] + _SCHEDULE
