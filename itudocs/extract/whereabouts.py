"""Where and at what hour the meeting of a date takes place. Sources: guide sections 10.2, 10.3; the words are the lexicon's."""

from __future__ import annotations

import re
from functools import cache

from itudocs.dategrammar import DateMention
from itudocs.extract.phrases import alternatives
from itudocs.extract.scene import LIST_LABEL, Scene
from itudocs.flow import Span
from itudocs.lexicon import LANGUAGES, language
from itudocs.lexicon.patterns import expand, words
from itudocs.lexicon.places import PlaceMatch
from itudocs.lexicon.scanning import Scanner
from itudocs.model import Language

_FAR = 120
"""No place further from a date than this is the date's, in characters."""

_BRACKET = re.compile(r"\s?\([^()]{4,60}\)")


class _Words:
    def __init__(self, code: Language) -> None:
        codes: list[Language] = [code] if code == "en" else [code, "en"]
        headquarters = language(code).text("places", "headquarters")
        self.headquarters = re.compile(expand(headquarters)) if headquarters else None
        self.venue = re.compile(rf"(?:{alternatives(codes, 'places', 'venues')})$")
        self.behind = tuple(language(code).list("places", "behind"))
        at = expand(words([w for c in codes for w in language(c).list("times", "at")]))
        self.at = re.compile(rf"(?:{at})\s*$")


@cache
def _words(code: Language) -> _Words:
    return _Words(code)


@cache
def hours(code: Language) -> Scanner:
    """Times of day of a language, and of English, which letters print beside it."""
    codes = [c for c in LANGUAGES if c == code] + ([] if code == "en" else ["en"])
    return Scanner("|".join(f"(?:{expand(p)})" for c in codes for p in language(c).list("times", "patterns")))


class Whereabouts:
    """The places and hours of a letter's dates."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.view = scene.view
        self.words = _words(scene.letter.language)
        self.hours = hours(scene.letter.language)

    def place_near(self, clause: Span, mention: DateMention) -> Span | None:
        """Headquarters, or the town nearest to a date in the stretch that speaks of it, with the house before it."""
        found = self.words.headquarters.search(self.view, *clause) if self.words.headquarters else None
        if found:
            town = self.scene.place_from(found.end())
            return found.start(), town.end if town and town.start < found.end() + 5 else found.end()
        after = 0 if self.words.behind and self.view.startswith(self.words.behind, mention.end) else 5
        near: list[tuple[int, PlaceMatch]] = []
        for place in self.scene.places_in(*clause):
            if not place.in_revision and not self._of_another(place, mention):
                before = place.end <= mention.start
                distance = mention.start - place.end if before else place.start - mention.end + after
                near.append((abs(distance), place))
        distance, best = min(near, key=lambda n: n[0], default=(_FAR + 1, None))
        if best is None or distance > _FAR:
            return None
        house = self.words.venue.search(self.view, max(clause[0], best.start - 90), best.start)
        named = [i for i in range(1, house.re.groups + 1) if house[i]] if house else []
        return (house.start(named[0]) if house and named else best.start), best.end

    def _of_another(self, place: PlaceMatch, mention: DateMention) -> bool:
        """Whether a place stands in brackets with another date, or right before the bracket of one."""
        low, high = sorted((place.start, mention.start))
        if not any(c in self.view[low:high] for c in "()"):
            return False
        behind = _BRACKET.match(self.view, place.end)
        if behind and not behind.start() < mention.start < behind.end() and self.scene.dates_in(*behind.span()):
            return True
        opened = self.view.rfind("(", max(0, place.start - 60), place.start)
        if opened < 0 or ")" in self.view[opened : place.start]:
            return False
        closed = self.view.find(")", place.end, place.end + 60)
        return closed >= 0 and not opened < mention.start < closed and bool(self.scene.dates_in(opened, closed))

    def place_after(self, at: int, end: int) -> Span | None:
        """The place that begins right behind a date of the subject."""
        found = next((p for p in self.scene.places_in(at, end) if p.start <= at + 6), None)
        return (found.start, found.end) if found else None

    def time_in(self, start: int, end: int, near: Span | None) -> Span | None:
        """The first time of day that is no registration hour; `near` a date, only one that belongs to it."""
        for match in self.hours.finditer(self.view, start, end):
            if near and match.start() < near[1] and match.end() > near[0]:
                continue
            if near and match.end() < near[0] and self._parted(match.end(), near[0]):
                continue
            before = self.view[max(start, match.start() - 44) : match.start()]
            if self.scene.grammar.registration.search(before):
                continue
            if near and match.start() < near[0] and not self.words.at.search(before):
                continue
            return match.span()
        return None

    def _parted(self, start: int, end: int) -> bool:
        """Whether an hour before a date is another's: a date or, on the line above, a group or a label stands between."""
        if self.scene.dates_in(start, end):
            return True
        if "\n" not in self.view[start:end]:
            return False
        return bool(self.scene.grammar.group.search(self.view, start, end) or LIST_LABEL.search(self.view, start, end))
