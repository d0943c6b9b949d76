"""Noun phrases of meetings: from "meeting" in a sentence to "third meeting of the Council Working Group".

Works on folded text with the event words of a language's lexicon; no tagger, no model. English and Russian modify before and
after the noun, French, Spanish and Arabic after it, Chinese before it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from itudocs.flow import Span
from itudocs.lexicon import LanguageData, language, table, words
from itudocs.lexicon.patterns import expand
from itudocs.lexicon.scanning import Scanner
from itudocs.model import Language

_TOKEN = re.compile(r"\"[^\"\n]{1,160}\"|\([^()\n]{1,60}\)|[^\W_][\w/.&'+\u064b-\u0652-]*|[,;:.!?]|\n{2,}|\S")
_QUOTED = re.compile(r"(?<![\w\"])\"(?=\w)[^\"\n]{1,160}(?<=[\w?!.)])\"(?![\w\"])")
_DESIGNATION = re.compile(r"\d{1,2}[A-Z]")
_ADJECTIVE = re.compile(
    r"[а-яё-]{3,20}(?:н|ск|в|ш|ч)(?:ый|ий|ой|ое|ее|ая|яя|ые|ие|ого|его|ому|ему|ых|их|ом|ем|ым|им|ую|юю|ей)"
)
"""A Russian adjective by its ending; participles that are verbs of a sentence stand in `stop_left`."""
_PARAGRAPH = re.compile(r"(?:^|\n|[.;:]\s)\s?$")
_ACRONYM = re.compile(r"\([A-Z][\w/ -]{1,14}\)")


class _Grammar:
    """The small words that all languages share a table of."""

    def __init__(self) -> None:
        forms: dict[str, list[str]] = table("grammar.toml")
        one = {name: "|".join(patterns) for name, patterns in forms.items()}
        self.day = re.compile(rf"\d{{1,2}}[^\s,;]{{0,3}}\s?(?:{one['day_tails']})")
        self.group_word = re.compile(rf"(?:{one['group_words']})\s*$")
        self.venue = re.compile(one["venue_tails"])
        self.ordinal = re.compile(one["ordinals"])
        self.titled = re.compile(one["titled"])
        self.ands = frozenset(forms["and"])
        self.inside = frozenset(forms["inside"])
        self.not_inside = frozenset(forms["not_inside"])
        self.articles = one["articles"]
        self.abbreviation = re.compile(rf"\b(?:{one['abbreviations']})\.$")
        self.enumeration = re.compile(
            rf"\s\d{{1,2}}[A-Z]?(?:/\d+)?(?:, \d{{1,2}}[A-Z]?)*,? (?:{one['and']}) \d"
            rf"|\s(?:the |la |les )?[A-Z][\w-]*(?:\s[\w-]+){{0,3}}\s(?:{one['and']})\s(?:the )?[A-Z]"
        )
        self.boundary = re.compile(
            r"(?<=[a-zà-ÿа-я\d)\"'\]][.!?])\s+(?=[A-ZА-ЯÀ-Þ\"(\d])|(?<=[a-z)][.])(?=[A-Z][a-z])"
            r"|\n\s*\n|\n\s*[-•·*]\s|\n\s*\d{1,2}[.)]?\s+(?=[A-ZА-Я])"
            r"|(?<=[A-ZА-Я]{3}[.])\s+(?=[A-ZА-ЯÀ-Þ][a-zа-яà-ÿ])|(?<=-[RTDРТ][.])\s+(?=[A-ZА-Я])"
            r"|(?<=[\u4e00-\u9fff)][.!?;])|(?<=[\u0621-\u064a)][.!?])\s|(?<=\d[.])\s+(?=[\u0621-\u064a]{3})"
            rf"|\s(?=\d{{1,2}}\s(?:{one['heads']})\s)"
        )


@cache
def _grammar() -> _Grammar:
    return _Grammar()


def alternatives(codes: list[Language], section: str, key: str) -> str:
    """The patterns of some languages as one alternation; one that matches nothing where there are none."""
    return "|".join(expand(p) for c in codes for p in language(c).list(section, key)) or "(?!)"


class Phrases:
    """The event grammar of one language, with English beside it where the letter may mix the two."""

    def __init__(self, code: Language) -> None:
        self.code = code
        self.shared = shared = _grammar()
        data = language(code)
        self.data = data
        self.chinese = code == "zh"
        bound = r"(?!(?<=年会)议)" if self.chinese else r"(?![^\W\d_])"
        left = "" if self.chinese else r"(?<![^\W\d_])"
        nouns = list(data.list("events", "nouns"))
        if code != "en":
            nouns += [n for n in ("Workshop", "Forum", "Symposium", "PrepCom", "Seminar") if n not in nouns]
        self.nouns = frozenset(nouns)
        capital = [n[0].upper() + n[1:] for n in nouns]
        self.noun = Scanner(
            f"{left}(?:{expand(words([*nouns, *capital, *(n.upper() for n in nouns if n.isascii() and len(n) > 4)]))}){bound}"
        )
        self.stop_left = {w.casefold() for w in data.list("events", "stop_left")}
        self.link = {w.casefold() for w in data.list("events", "link_right")}
        glued = "[\u0648\u0641]?" if code == "ar" else ""  # "and", "so" are written to the next word
        codes: list[Language] = [code] if code == "en" else [code, "en"]
        days = "|".join(expand(words([n for d in language(c).raw["dates"]["weekdays"] for n in d])) for c in codes)
        stops = expand(words(data.list("events", "stop_right")))
        self.stop_right = re.compile(rf"{glued}(?:(?:{stops}){bound}|(?:{days})(?=,?\s{{0,3}}\d))")
        context = alternatives([code], "events", "context")
        self.context = re.compile(
            rf"(?<![^\W\d_])(?:{context})\s{{1,3}}(?:(?:{shared.articles})\s?)?$",
            re.IGNORECASE,
        )
        self.bare = frozenset(data.list("events", "bare"))
        self.bare_always = self.bare if self.chinese else frozenset[str]()
        self.set = Scanner(alternatives(codes, "events", "set"), re.IGNORECASE)
        self.topic = set(data.list("events", "topic"))
        self.to = re.compile(
            rf"\s*(?:{alternatives(codes, 'dates', 'to')}|{alternatives(codes, 'events', 'to')})\s*", re.IGNORECASE
        )
        self.moved = cue(data, "events", "moved")
        verbs = [w for w in data.list("events", "stop_right") if w not in self.link]
        self.verbs = re.compile(f"{left}(?:{expand(words(verbs))}){bound}")
        heads = alternatives([code], "events", "heads")
        self.holder = re.compile(
            rf"(?:\d{{1,2}}(?:\.\d{{1,2}})?[.)]?\s{{1,3}})?(?:{heads})(?P<name>[^,;:()\n]{{4,110}}?(?:\s?\([^()\d]{{2,16}}\))?)\s{{1,3}}$"
        )
        possessives = alternatives([code], "events", "possessives")
        self.possessive = re.compile(rf"(?<![^\W\d_])(?:{possessives})\s{{1,3}}$", re.IGNORECASE)
        self.suffixes = tuple(data.list("events", "suffixes"))
        self.sequel = re.compile(rf"(?:{alternatives([code], 'events', 'sequels')})\s{{0,3}}$", re.IGNORECASE)
        self.held = re.compile(f"{left}(?:{alternatives([code], 'events', 'held')}){bound}")
        column, rows = (alternatives(codes, s, k) for s, k in (("deadlines", "column"), ("events", "rows")))
        self.schedule = Scanner(rf"(?:{rows})[^.\d]{{0,90}}?(?:{column})[^.\d]{{0,70}}", re.IGNORECASE)
        self.openings = re.compile(rf"(?:the )?(?:{alternatives(codes, 'events', 'openings')})")
        self.generic = {w.casefold() for w in data.list("events", "generic")} | {n.casefold() for n in nouns}
        self.announce = cue(data, "events", "announce")
        self.past = cue(data, "events", "past")
        self.cancelled = cue(data, "events", "cancelled")
        self.meets = cue(data, "events", "meets")
        self.opening = cue(data, "times", "opening")
        self.registration = cue(data, "times", "registration")
        self.placed = re.compile(rf"[\s,]{{1,3}}(?:(?:{alternatives(codes, 'events', 'before_place')})\s)?(?:the\s)?$")
        self.linked = re.compile(rf"(?<![^\W\d_])(?:{alternatives(codes, 'events', 'before_part')})\s$")
        self.group = Scanner("|".join(f"(?:{expand(p)})" for p in table("bodies.toml")["groups"]["patterns"]))
        self.greedy_right = code in ("fr", "es", "ru", "ar")

    def find(self, view: str, start: int, end: int) -> list[Span]:
        """The meeting phrases between two positions, in order, without overlaps."""
        out: list[Span] = []
        idle = [m.span() for m in self.set.finditer(view, start, end)]
        for match in self.noun.finditer(view, start, end):
            if any(a <= match.start() < b for a, b in idle):
                continue
            if (out and match.start() < out[-1][1]) or self.shared.venue.match(view, match.end()):
                continue
            if self.chinese:
                out.append(self._chinese(view, start, match))
                continue
            b = self._right(view, match.start(), match.end(), end)
            if self.code == "ar" and out and match[0].startswith("ل") and view[out[-1][1] : match.start()] == " ":
                out[-1] = (out[-1][0], b)  # "the second session of the preparatory meeting" is one name
                continue
            a = self._left(view, max(start, out[-1][1] if out else start), match.start())
            out.append((a, b))
        return out

    def _chinese(self, view: str, start: int, match: re.Match[str]) -> Span:
        low = max(start, match.start() - 40)
        cut = low
        for stop in re.finditer(r"[,.;:!?\s]", view[low : match.start()]):
            cut = low + stop.end()
        floor = cut  # the same for every word: a set has no order
        for word in self.stop_left:
            at = view.rfind(word, floor, match.start())
            if at >= 0:
                cut = max(cut, at + len(word))
        end = match.end()
        bracket = _ACRONYM.match(view, end)
        if bracket:
            end = bracket.end()
        while cut < match.start() and view[cut] in "的":
            cut += 1
        return cut, end

    def _left(self, view: str, low: int, at: int) -> int:
        """Where the words before a noun that belong to it begin."""
        low = max(low, at - 160)
        tokens = list(_TOKEN.finditer(view, low, at))
        begin = at
        limit = 9 if not self.greedy_right else (3 if self.code != "ru" else 4)
        count = 0
        k = len(tokens) - 1
        while k >= 0 and count < limit:
            token = tokens[k]
            word = token[0]
            if word[0] == "(":
                if not _ACRONYM.fullmatch(word) and len(word) > 60:
                    break
                k -= 1
                continue
            if word in ",;:.!?" or word.startswith("\n") or not (word[0].isalnum() or word[0] == '"'):
                break
            if (
                view[token.end() : begin].count("\n")
                and not view[token.end() : begin].strip()
                and view[token.end() : begin].count("\n") > 1
            ):
                break
            bare = word.casefold().strip(".'")
            if bare in self.stop_left:
                inner = (
                    k > 0
                    and bare in self.shared.inside
                    and self._proper(tokens[k - 1][0])
                    and self._linked_left(tokens, k)
                )
                if not inner:
                    break
            elif self.greedy_right and not (
                word[0].isupper()
                or re.match(r"\d", word)
                or self.shared.ordinal.match(bare)
                or (self.code == "ru" and _ADJECTIVE.fullmatch(bare))
            ):
                break
            begin = token.start()
            count += 1
            k -= 1
        while begin < at:  # a phrase does not begin with a linking word
            first = _TOKEN.match(view, begin)
            if (
                first
                and re.fullmatch(r"\d{1,2}(?:\.\d{1,2})?", first[0])
                and _PARAGRAPH.search(view, max(0, begin - 3), begin)
            ):
                begin = first.end()  # a paragraph number
                while begin < at and view[begin].isspace():
                    begin += 1
                continue
            if first and (first[0].casefold() in self.stop_left or first[0][0] in "(,;:-"):
                begin = first.end()
                while begin < at and view[begin].isspace():
                    begin += 1
                continue
            break
        return min(begin, at)

    def _linked_left(self, tokens: list[re.Match[str]], k: int) -> bool:
        """`JCA on Software-Defined Networking (JCA-SDN) meeting`: a link inside a name that an acronym repeats."""
        return any(_ACRONYM.fullmatch(t[0]) for t in tokens[k:]) or all(
            self._proper(t[0]) or t[0] in self.shared.inside for t in tokens[k + 1 :]
        )

    @staticmethod
    def _proper(word: str) -> bool:
        return word[:1].isupper() or word[:1].isdigit()

    def _right(self, view: str, begin: int, at: int, end: int) -> int:
        """Where the words after a noun that belong to it end."""
        stop = at
        previous_link = chain = topic = False
        count = 0
        end = min(end, at + 260)
        for token in _TOKEN.finditer(view, at, end):
            word = token[0]
            if word[0] == '"' and len(word) > 2:
                stop = token.end()
                previous_link = False
                continue
            if word[0] == "(":
                if _ACRONYM.fullmatch(word):
                    stop = token.end()
                    continue
                if count and not re.search(r"\d{4}|\d\s?[A-Z][a-z]{2}", word) and self._again(view, token.end(), end):
                    continue
                break
            if word == ":" and re.match(r"\s?\"[^\"\n]{4,160}\"", view[token.end() : token.end() + 170]):
                continue
            if word == "," and self._enumeration(view, token.end(), end):
                previous_link = True
                continue
            if not word[0].isalnum():
                break
            indefinite = self.code == "ar" and view.startswith("ال", begin) and not word.startswith("ال")
            if indefinite and self.noun.match(view, token.start()):
                break  # what is definite ends before what is not: another meeting
            if self.cancelled.match(view, token.start()):
                break
            if self.stop_right.match(view, token.start()) and not (
                previous_link and word.casefold() in ("la", "el", "les", "las")
            ):
                break
            if (
                not _DESIGNATION.fullmatch(word)
                and self._date_begins(view, token)
                and (
                    previous_link or not self.shared.group_word.search(view, max(0, token.start() - 14), token.start())
                )
            ):
                break
            bare = word.casefold()
            if (
                bare in self.shared.ands
                and count > 1
                and self.noun.search(view, token.end(), min(end, token.end() + 44))
            ):
                break  # another meeting begins
            if bare in self.link:
                if self.greedy_right and (self._proper(word) or len(bare) > 4):
                    stop = token.end()  # a noun or adjective that names go on with
                previous_link = chain = True
                topic = topic or bare in self.topic
                count += 1
                continue
            if self._proper(word) or previous_link or self.greedy_right:
                chain = chain and not self._proper(word)
                stop = token.end()
                previous_link = False if not self.greedy_right else previous_link and False
                count += 1
                if count > 24:
                    break
                continue
            if self.shared.titled.fullmatch(bare):
                continue
            if self.noun.match(view, token.start()):
                stop = token.end()
                continue
            if chain and re.match(r"[a-z]+\.?$", word) and (topic or self._lower_tail(view, token.end(), end)):
                stop = token.end()
                continue
            break
        while stop > at and view[stop - 1] in ".'+&-/":
            stop -= 1
        return stop

    def _date_begins(self, view: str, token: re.Match[str]) -> bool:
        """A number that is the day of a date, not the number of a group."""
        return bool(
            re.match(r"\d{1,2}(?!\d)", token[0])
            and self.shared.day.match(view, token.start(), token.start() + 24)
            and not re.match(r"\d{1,2}(?:-?[йеям]|ª|º|e|th|st|nd|rd)\b", token[0])
        )

    def _lower_tail(self, view: str, at: int, end: int) -> bool:
        """A lower-case word inside a name: `on human exposure to`, `of information society`."""
        following = _TOKEN.match(view, at + 1, end) if at + 1 < end else None
        return bool(
            following
            and (following[0].casefold() in self.link or self._proper(following[0]))
            and following[0].casefold() not in self.shared.not_inside
        )

    def _enumeration(self, view: str, at: int, end: int) -> bool:
        """A comma inside a name: `ICTs, the Environment and Climate Change`."""
        return self.shared.enumeration.match(view, at, min(end, at + 80)) is not None

    def _again(self, view: str, at: int, end: int) -> bool:
        """Whether the name goes on behind a long parenthesis."""
        following = _TOKEN.search(view, at, min(end, at + 20))
        return bool(following and following[0].casefold() in self.link)

    def is_generic(self, phrase: str) -> bool:
        """A phrase that names no meeting by itself: "the meeting", "opening session"."""
        text = phrase.casefold().strip(" .,")
        if self.openings.match(text):
            return True
        text = re.sub(r"^(?:the|this|our|its|la|le|les|el|las|los|cette|esta|этого|это)\s", "", text)
        return text in self.generic or (
            not re.search(r"[A-ZА-ЯÀ-Þ\d\"]", phrase)
            and len(text.split()) <= 3
            and self.code in ("en", "fr", "es", "ru")
        )


LONGEST = 1500
"""No sentence is longer, in characters."""


@cache
def cue(data: LanguageData, section: str, key: str) -> Scanner:
    """Any of a list of cue words, bounded by non-letters except in Chinese; matches nothing where there are none."""
    forms = data.list(section, key)
    if not forms:
        return Scanner(r"(?!)")
    if data.code == "zh":
        return Scanner(expand(words(forms)))
    capital = [f[0].upper() + f[1:] for f in forms]
    glued = (
        r"|(?<=(?<![^\W\d_])[\u0648\u0641])" if data.code == "ar" else ""
    )  # "and", "so" are written to the next word
    return Scanner(rf"(?:(?<![^\W\d_]){glued})(?:{expand(words([*forms, *capital]))})(?![^\W\d_])")


@cache
def phrases(code: Language) -> Phrases:
    """The event grammar of a language, compiled once."""
    return Phrases(code)


_MAYBE = re.compile(r"[\s.!?;](?:(?<=[\n.!?;])|(?<=[.!?]\s)|(?=\d))")
"""Where a boundary may begin, or right behind it if that is a stop: three times as fast as trying everywhere."""


def _boundaries(view: str, start: int, end: int) -> Iterator[re.Match[str]]:
    at = start
    boundary = _grammar().boundary
    for maybe in _MAYBE.finditer(view, start, end):
        for position in (maybe.start(), maybe.end()) if maybe[0] in ".!?;" else (maybe.start(),):
            if position >= at and (match := boundary.match(view, position, end)):
                yield match
                at = match.end()


def sentences(view: str, start: int, end: int, whole: Sequence[Span] = ()) -> list[Span]:
    """Sentences and list items between two positions; they tile it and cut none of the spans that are to stay whole."""
    cuts = [start]
    begins = [a for a, _ in whole]
    quoted = [m.span() for m in _QUOTED.finditer(view, start, end)]
    quotes = [a for a, _ in quoted]
    abbreviation = _grammar().abbreviation
    for match in _boundaries(view, start, end):
        before = view[max(start, match.start() - 6) : match.start()]
        if abbreviation.search(before):
            continue
        k = bisect_right(begins, match.end()) - 1
        if k >= 0 and begins[k] < match.end() < whole[k][1]:
            continue  # a day at the head of a line is no paragraph number
        k = bisect_right(quotes, match.start()) - 1
        if k >= 0 and match.start() < quoted[k][1] - 1:
            continue  # a title in quotes is one name, whatever it asks
        cuts.append(match.end())
    cuts.append(end)
    return [piece for a, b in pairwise(cuts) if b > a for piece in _pieces(view, a, b)]


def _pieces(view: str, start: int, end: int) -> Iterator[Span]:
    """A stretch without a boundary for longer than any sentence is cut at white space: what is asked of a sentence is
    asked for each of its dates.
    """
    while end - start > LONGEST:
        cut = max(
            view.rfind(" ", start + LONGEST // 2, start + LONGEST),
            view.rfind("\n", start + LONGEST // 2, start + LONGEST),
        )
        cut = cut + 1 if cut >= 0 else start + LONGEST
        yield start, cut
        start = cut
    yield start, end
