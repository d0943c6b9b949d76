"""Passages that show why a letter was found: cut from its own text, with the matching words marked.

The words around are analysed as they were for the index, so that marks fall on what was indexed, in every language.
Where there may be such words is found by looking for the beginnings of the terms in the folded text, which takes a
twentieth of the time of analysing all of it; where that finds nothing (*dying* for *die*) or cannot be done (Chinese, soft
hyphens), the whole text is analysed. `text[snippet.start:][:len(snippet.text)] == snippet.text` holds for every snippet.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from itudocs.search.embedded import analysis
from itudocs.search.embedded.budget import UNBOUNDED, Budget
from itudocs.search.embedded.execute import Marks, windows
from itudocs.search.engine import Snippet

WIDTH = 240
"""Characters of a snippet, more or less."""
_LEAD = 80
"""How far before the first mark a snippet may begin."""
_HEAD = re.compile(r"\n|[.!?;؟]\s|[。！？；]")
_SPACE = re.compile(r"\s")
_NO_SPACE = re.compile(r"\s*")
_CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_MARKED = 2_000
"""Occurrences considered in one letter."""
_MANY = 300
"""Terms beyond which looking for each takes longer than analysing all of a text."""
_READ = 1 << 20
"""Characters of a letter in which words are looked for."""
_SCANNED = 1_000
"""Characters in which a word is looked for in a microsecond."""


class _Span(NamedTuple):
    start: int
    end: int
    what: str


def snippets(
    text: str, *, language: str | None, marks: Marks, body: int, count: int, budget: Budget = UNBOUNDED
) -> tuple[Snippet, ...]:
    """The best passages of a text, at most `count`, in the order of the text.

    Args:
        body: where the letter's body begins; without marks, the snippet is its beginning.

    Raises:
        QueryTimeout: the budget is used up.
    """
    if count < 1 or not text.strip():
        return ()
    spans = _spans(text[:_READ], language, marks, budget)
    chosen: list[tuple[int, int]] = []
    rest = spans
    while rest and len(chosen) < count:
        first, last = _densest(rest)
        start, end = _bounds(text, rest[first].start, rest[last].end)
        for other_start, other_end in chosen:  # never tell the same words twice
            start, end = (max(start, other_end), end) if other_start <= start else (start, min(end, other_start))
        chosen.append((start, end))
        rest = [s for s in rest if s.end <= start or s.start >= end]
    if not chosen:
        at = next(i for i in (*range(body, len(text)), *range(len(text))) if not text[i].isspace())
        chosen.append(_bounds(text, at, at, lead=0))
    return tuple(_cut(text, start, end, spans) for start, end in sorted(chosen))


def _spans(text: str, language: str | None, marks: Marks, budget: Budget) -> list[_Span]:
    """The words to mark, in order, none within another."""
    if not marks.terms and not marks.sequences:
        return []
    if language == "zh" or len(marks.terms) > _MANY or any(slop for _, slop in marks.sequences):
        spans = None
    else:
        spans = _nearby(text, language, marks, budget)
    tidy: list[_Span] = []
    for span in sorted(spans or _throughout(text, language, marks, budget), key=lambda s: (s.start, -s.end)):
        if tidy and span.start < tidy[-1].end:
            tidy[-1] = tidy[-1]._replace(end=max(span.end, tidy[-1].end))
        else:
            tidy.append(span)
    return tidy[:_MARKED]


def _throughout(text: str, language: str | None, marks: Marks, budget: Budget = UNBOUNDED) -> list[_Span]:
    """The words to mark, by analysing all of a text."""
    wanted = marks.terms | {term for terms, _ in marks.sequences for _, term in terms}
    spans: list[_Span] = []
    places: dict[str, dict[int, analysis.Token]] = {}
    for token in analysis.find(text, language, wanted, budget=budget):
        if token.term in marks.terms or token.stem in marks.terms:
            spans.append(_Span(token.start, token.end, token.stem or token.term))
        places.setdefault(token.term, {})[token.position] = token
    for terms, slop in marks.sequences:
        spans += _near(places, terms, slop, budget) if slop else _adjacent(places, terms, budget)
    return spans


def _nearby(text: str, language: str | None, marks: Marks, budget: Budget = UNBOUNDED) -> list[_Span] | None:
    """The words to mark, by analysing what stands around their beginnings; `None` where that does not do."""
    folded = analysis.folded(text)
    if folded is None:
        return None
    spans: list[_Span] = []
    terms_ = frozenset(marks.terms)
    for start, end in _words_around(folded, _literals(language, terms_), language, budget):
        budget.spend(end - start)
        for a, b, what in _marked(text[start:end], language, terms_):
            spans.append(_Span(start + a, start + b, what))
    for terms, _ in marks.sequences:
        wanted = {term for _, term in terms}
        if not all(term in folded for term in wanted):
            continue
        for start, end in _words_around(folded, {terms[0][1]}, language, budget):
            stop = end
            for _ in range(terms[-1][0]):  # each further word may be a word further on
                space = _SPACE.search(text, _NO_SPACE.match(text, stop).end())  # type: ignore[union-attr]  # it matches anything
                stop = space.start() if space else len(text)
            places: dict[str, dict[int, analysis.Token]] = {}
            for token in analysis.find(text[start:stop], language, wanted, budget=budget):
                places.setdefault(token.term, {})[token.position] = token
            spans += [_Span(start + s.start, start + s.end, s.what) for s in _adjacent(places, terms, budget)]
    return sorted(set(spans))


@lru_cache(1_000)
def _marked(word: str, language: str | None, terms: frozenset[str]) -> tuple[_Span, ...]:
    """What to mark in a stretch without white space."""
    return tuple(
        _Span(t.start, t.end, t.stem or t.term)
        for t in analysis.find(word, language, terms)
        if t.term in terms or t.stem in terms
    )


@lru_cache(64)
def _literals(language: str | None, terms: frozenset[str]) -> set[str]:
    """What folded words begin with that may be one of the terms, as themselves or by their stems."""
    found = set()
    for term in terms:
        of, _, stem = term.partition(":")
        if of in analysis.STEMMED and stem:
            if of == language:
                found.add(stem[:-1] if len(stem) > 3 else stem[:2])  # endings may change the last letter
        else:
            found.add(term)
    shortest: list[str] = []
    for one in sorted(found):  # what begins with another comes right behind it
        if not shortest or not one.startswith(shortest[-1]):
            shortest.append(one)
    return set(shortest)


def _words_around(folded: str, literals: Iterable[str], language: str | None, budget: Budget) -> list[tuple[int, int]]:
    """Stretches between spaces that contain a literal where a word may begin, each once, in order."""
    found: dict[int, int] = {}
    spaced = folded.replace("\n", " ")  # what other white space there is, is analysed with the words beside it
    for literal in literals:
        budget.spend(len(spaced) // _SCANNED)
        inside = language == "ar" or not literal[:1].isalpha()
        at = spaced.find(literal)
        while at >= 0 and len(found) < _MARKED:
            budget.spend()
            after = at + 1
            if inside or not at or not spaced[at - 1].isalpha():
                after = spaced.find(" ", at)
                if after < 0:
                    after = len(spaced)
                found.setdefault(spaced.rfind(" ", 0, at) + 1, after)
            at = spaced.find(literal, after)
    return sorted(found.items())


def _adjacent(
    places: dict[str, dict[int, analysis.Token]], terms: tuple[tuple[int, str], ...], budget: Budget
) -> Iterator[_Span]:
    held = [(distance, places.get(term, {})) for distance, term in terms]
    for position in held[0][1]:
        budget.spend(len(held))
        found = [tokens.get(position + distance) for distance, tokens in held]
        if None not in found:
            present = [t for t in found if t is not None]
            yield _Span(present[0].start, max(t.end for t in present), terms[0][1])


def _near(
    places: dict[str, dict[int, analysis.Token]], terms: tuple[tuple[int, str], ...], slop: int, budget: Budget
) -> Iterator[_Span]:
    words = [term for _, term in terms]
    events = sorted((position, term) for term in set(words) for position in places.get(term, {}))
    for first, last in windows(events, words, terms[-1][0] + slop, budget=budget):
        for position, term in events[bisect_left(events, (first, "")) : bisect_left(events, (last + 1, ""))]:
            token = places[term][position]
            yield _Span(token.start, token.end, term)


def _densest(spans: list[_Span]) -> tuple[int, int]:
    """The stretch of spans that fits a snippet and shows the most: different words first, then many."""
    best, chosen = (0, 0), (0, 0)
    held: dict[str, int] = {}
    first = 0
    for last, span in enumerate(spans):
        held[span.what] = held.get(span.what, 0) + 1
        while first < last and span.end - spans[first].start > WIDTH - _LEAD // 2:
            gone = spans[first].what
            held[gone] -= 1
            if not held[gone]:
                del held[gone]
            first += 1
        if (len(held), last - first) > best:
            best, chosen = (len(held), last - first), (first, last)
    return chosen


def _bounds(text: str, first: int, last: int, *, lead: int = _LEAD) -> tuple[int, int]:
    """A passage around the characters from `first` to `last`: from the start of a sentence or, failing that, a word."""
    start = max(0, first - lead)
    heads = [start + m.end() for m in _HEAD.finditer(text[start:first])]
    if heads:
        start = heads[-1]
    elif start:
        space = _SPACE.search(text, start, first)
        start = space.end() if space else start if _CJK.match(text, start) else _word_start(text, first)
    end = min(len(text), max(last, start + WIDTH))
    if end < len(text):
        stops = [m.end() for m in _HEAD.finditer(text, last, end)]
        if stops and stops[-1] - start >= WIDTH // 2:
            end = stops[-1]
        elif not _CJK.match(text, end - 1):
            spaces = [m.start() for m in _SPACE.finditer(text, last, end + 1)]
            end = spaces[-1] if spaces else end
    return start, max(end, last)


def _word_start(text: str, at: int) -> int:
    while at > 0 and not text[at - 1].isspace():
        at -= 1
        if _CJK.match(text, at):
            break
    return at


def _cut(text: str, start: int, end: int, spans: list[_Span]) -> Snippet:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    inside = [(max(s.start, start), min(s.end, end)) for s in spans if s.start < end and s.end > start]
    return Snippet(text=text[start:end], start=start, marks=tuple((a - start, b - start) for a, b in inside))
