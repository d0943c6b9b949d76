"""Persons named in a stretch of folded text: behind a form of address, or by the shape of a name alone.

How names are printed is `lexicon/people.toml`, forms of address are the languages' own. Which person is the letter's
contact or its signatory is left to `itudocs.extract.contact` and `itudocs.extract.signatory`. Sources: guide sections 7, 13.
"""

from __future__ import annotations

import re
from functools import cache

from itudocs.flow import Span
from itudocs.landmarks import grammar
from itudocs.lexicon import expand, language, table, words
from itudocs.model import Language

_OFFICE = re.compile(
    r"(?<![\w/\\-])[A-Z]{2,8}(?: ?\d{1,2}| (?:Workshops?|Events?))?(?: ?[/\\] ?(?:[A-Z]\.){1,3}[A-Z]?|[/\\][A-Za-z]{1,8}(?![\w]|[/\\]\d)){1,5}"
)
"""An office code (guide 3.1, 3.5): an office and initials, with bars between them."""


@cache
def _courtesy(code: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A form of address before a name, and one behind it (Chinese)."""
    codes = [code] if code == "en" else [code, "en"]
    forms = words([f for c in codes for f in language(c).list("titles", "courtesy")])
    before = rf"(?<![^\W\d_])(?:{expand(forms)})(?:\.\s{{0,2}}|\s{{1,2}})"
    behind = rf"\s?(?:{expand(words(language('zh').list('titles', 'courtesy')))})"
    return re.compile(before), re.compile(behind)


@cache
def _name() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{row['regex']})" for row in table("people.toml")["name"]))


def offices(view: str, start: int, end: int) -> list[Span]:
    """Office codes between two positions (`SPU/RS`, `TSB Workshops/M.A.`), which look like names and are none."""
    return [m.span() for m in _OFFICE.finditer(view, start, end)]


def courteous(code: Language, view: str, start: int, end: int) -> list[Span]:
    """Names with a form of address before them, in Chinese behind them; the form itself does not belong to the name."""
    before, behind = _courtesy(code)
    found: list[Span] = []
    for match in before.finditer(view, start, end):
        name = name_at(code, view, match.start(), end)
        if name and (not found or name[0] >= found[-1][1]):
            found.append(name)
    if code == "zh":
        names = _name().finditer(view, start, end)
        found += [m.span() for m in names if behind.match(view, m.end(), end)]
    return sorted(set(found))


def courtesy_ends(code: Language, view: str, at: int) -> bool:
    """Whether a form of address ends there: its point ends no sentence."""
    before, _ = _courtesy(code)
    return any(m.end() >= at for m in before.finditer(view, max(0, at - 24), at + 1))


def shaped(code: Language, view: str, start: int, end: int) -> list[Span]:
    """Names by their shape alone, before a bracket, a comma or the end of a line; none of addressees' words or posts."""
    rules = grammar(code)
    found: list[Span] = []
    for match in _name().finditer(view, start, end):
        parts = match[0].split()
        if view[match.end() : match.end() + 2].lstrip(" ")[:1] not in ("(", ",", "\n") or not 2 <= len(parts) <= 4:
            continue
        if not any(part in rules.vocabulary or rules.title.fullmatch(part) for part in parts):
            found.append(match.span())
    return found


def uncourteous(code: Language, view: str, start: int, end: int) -> Span:
    """A name without the forms of address before it."""
    before, _ = _courtesy(code)
    while (courtesy := before.match(view, start, end)) and courtesy.end() < end:
        start = courtesy.end()
    return start, end


def name_at(code: Language, view: str, start: int, end: int) -> Span | None:
    """The name that begins at `start`, behind any forms of address; None where there is none.

    It stops before a word that is no name: a post, or a word addressees are made of.
    """
    start, _ = uncourteous(code, view, start, end)
    match = _name().match(view, start, end)
    if not match:
        return None
    rules = grammar(code)
    words_of_it = list(re.compile(r"\S+").finditer(view, start, match.end()))
    kept = 0
    for word in words_of_it:
        if word[0] in rules.vocabulary or rules.title.fullmatch(word[0]):
            break
        kept += 1
    return (start, words_of_it[kept - 1].end()) if kept > 1 or kept == len(words_of_it) else None
