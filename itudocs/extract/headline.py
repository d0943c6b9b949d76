"""The meetings of a letter's subject: "Workshop on ...; Meeting of Study Group 5, Geneva, 20-29 April 2015".

Each date of a subject takes the name and place before it; the words are the lexicon's. Source: guide section 8.
"""

from __future__ import annotations

import re
from functools import cache

from itudocs.extract.phrases import alternatives
from itudocs.extract.scene import Scene
from itudocs.flow import Span
from itudocs.model import Language

_EDGE = " \n\t,;:()-/|.*"
_LOOSE = re.compile(r"[,;(]\s{0,3}((?:[A-ZÀ-Þ][\w'-]+\s?){1,3}(?:[,(]\s?(?:[A-ZÀ-Þ][\w'-]+\s?){1,3}\)?)?)$")
"""A place that no list knows: the last words in capitals behind a comma."""
_SPLIT = re.compile(r";\s|\s-{1,2}\s|\n\s*-\s|:\s(?=[A-ZÀ-Þ\"-])|\.\s(?=[A-Z])")


class _Words:
    def __init__(self, code: Language) -> None:
        codes: list[Language] = [code] if code == "en" else [code, "en"]
        edge = r"(?<![^\W\d_])"
        self.last = re.compile(rf"(?:^|[\s,(])(?:{alternatives(codes, 'events', 'before_date')})\s{{0,3}}$")
        self.lead = re.compile(f"(?:{alternatives(codes, 'events', 'joined')})(?=[^a-zа-я])")
        self.during = re.compile(rf"\s(?:{alternatives(codes, 'events', 'during')})\s(?:the\s)?(?=[A-Z])")
        settings = alternatives(codes, "events", "settings")
        self.setting = re.compile(rf"{edge}(?:{settings})\s(?:the\s|la\s|l'|el\s)?$")


@cache
def _words(code: Language) -> _Words:
    return _Words(code)


def segment(scene: Scene, start: int, stop: int) -> tuple[Span | None, Span | None]:
    """Name and place before a date that begins at `stop`, in a subject or behind its last date from `start` on."""
    view, grammar, words = scene.view, scene.grammar, _words(scene.letter.language)
    opened = view.count("(", start, stop) > view.count(")", start, stop)
    end, place = _place(scene, words, start, _edge(view, words, start, stop))
    begin = start
    while begin < end and (view[begin] in _EDGE or (view[begin] == '"' and view.count('"', begin, end) % 2)):
        begin += 1
    lead = words.lead.match(view, begin, end)
    begin = lead.end() if lead else begin
    during = words.during.search(view, begin, end)
    if opened and during and not grammar.find(view, during.end(), end):
        return (during.end(), end), place
    begin = _piece(scene, begin, end)
    named = grammar.find(view, begin, end)
    if not named:
        colon = view.rfind(": ", begin, end)
        if colon >= 0 and 6 < end - colon - 2 < 60:
            return (colon + 2, end), place
        return ((begin, end) if end > begin else None), place
    last = named[-1]
    if len(named) > 1 and last[1] >= end - 1 and words.setting.search(view, max(begin, last[0] - 16), last[0]):
        return last, place  # "draft Recommendation ..., proposed for approval at the meeting of ..."
    return named[0], place


def _place(scene: Scene, words: _Words, start: int, end: int) -> tuple[int, Span | None]:
    """The place that ends a stretch, and where the stretch ends without it."""
    view = scene.view
    for found in reversed(scene.places_in(start, end)):
        if not view[found.end : end].strip(_EDGE):
            return _edge(view, words, start, found.start), (found.start, found.end)
    loose = _LOOSE.search(view, start, end)
    if loose and not scene.grammar.noun.search(loose[1]) and not any(c.isdigit() for c in loose[1]):
        return _edge(view, words, start, loose.start()), loose.span(1)
    return end, None


def _piece(scene: Scene, begin: int, end: int) -> int:
    """Where the last of a subject's several items begins."""
    view = scene.view
    for split in reversed([m.end() for m in _SPLIT.finditer(view, begin, end)]):
        item = view[split - 2 : split].strip() in ("-", ";") and end - split > 6
        if not item and not scene.grammar.find(view, split, end):
            continue
        if view[split - 2] == ":" and split - begin < 30:
            continue
        return split
    return begin


def _edge(view: str, words: _Words, start: int, end: int) -> int:
    """`end` without trailing punctuation and linking words."""
    while True:
        while end > start and view[end - 1] in _EDGE:
            if view[end - 1] == ")" and "(" in view[start:end]:
                break
            end -= 1
        last = words.last.search(view, max(start, end - 26), end)
        if not last:
            return end
        end = last.start()
