"""Patterns that look only where one of their matches can begin.

Python's `re` tries a pattern at every character unless it begins with a literal; most of the lexicon's begin with a look
behind or with one of many words, and cost 30-100 ns a character. A `Scanner` works out from the parsed pattern how its
matches can begin (at most three characters), looks for those with small patterns that `re` is fast at, and tries the
whole pattern only there: 3-20 times as fast over letters (2026-11). Its matches are the pattern's own, always. Between
the lexicon, which writes patterns, and everything that looks for them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from re import _parser  # type: ignore[attr-defined]  # how `re` itself reads a pattern
from typing import Any

from itudocs.lexicon.patterns import expand

_LONGEST = 3
_MOST = 600
"""More beginnings than these are not told apart; shorter ones are tried instead."""

_OFTEN = 0.07
"""Where more of the sample's characters than this may begin a match, the pattern is used as it is."""

_SAMPLE = (
    "Dear Sir/Madam,\n\n1 At its meeting (Geneva, 12-16 May 2003), Study Group 15 agreed that the draft new Recommendation be sent, by 30 "
    "June 2003 at the latest, to the Member States and Sector Members of ITU. Tel: +41 22 730 5989, e-mail: tsbsg15@itu.int; see "
    "http://www.itu.int/ITU-T/.\n- En vertu de la Résolution 1, les Membres sont invités à répondre avant le 30 juin. La Oficina agradece "
    "la información recibida de los Estados Miembros.\n2 Бюро просит Государства-Члены сообщить до 30 июня 2003 года, утверждают ли они этот "
    "проект Рекомендации.\nويُرجى من الدول الأعضاء إبلاغ المكتب قبل 30 يونيو بموافقتها على مشروع التوصية\n第15研究组会议于2003年5月12日至16日在日内瓦召开,"
    "同意将建议书草案送交各成员国。"
)

_WARM = 6
_FEW_WORDS = 6
_FEW = 32
"""A range of so many characters is written out."""

_ALIKE = 12
"""So many characters that go on in the same way are looked for as one class."""

Head = tuple[str, ...]
"""How a match may begin: the body of a character class for each of its first characters."""


class Scanner:
    """A compiled pattern that is looked for where its matches can begin; the same matches as the pattern's own.

    Attributes:
        regex: the pattern.
        pattern: its source.
    """

    def __init__(self, pattern: str, flags: int = 0, *, often: float = _OFTEN) -> None:
        """`often` is the share of the sample's characters up to which looking for beginnings is worth its while."""
        self.regex = re.compile(pattern, flags)
        self.pattern = pattern
        self._often = often
        self._uses = 0
        self._needs: tuple[str, ...] = ()
        self._starts: tuple[re.Pattern[str], ...] = ()

    def prepare(self) -> None:
        """Work out where matches begin; done by itself at the sixth use, so that a single letter does not wait for it."""
        self._uses = _WARM
        tree = _parser.parse(self.pattern, self.regex.flags & ~re.UNICODE)
        nodes = [(node, tree.state.flags) for node in tree]
        self._needs = _held(nodes)
        self._starts = tuple(re.compile(source) for source in _starts(nodes, self._often))

    def finditer(self, text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
        """As the pattern's own."""
        if (self._needs or self._uses < _WARM) and not self._possible(text, start, end):
            return iter(())
        return self._matches(text, start, end) if self._starts else self.regex.finditer(text, start, end)

    def _possible(self, text: str, start: int, end: int) -> bool:
        """Whether the text holds one of the words of which every match holds one."""
        if self._uses < _WARM:
            self._uses += 1
            if self._uses == _WARM:
                self.prepare()
        for word in self._needs:
            if text.find(word, start, end) >= 0:
                return True
        return not self._needs

    def _may_begin(self, text: str, start: int, end: int) -> bool:
        """Whether a match may begin there."""
        if self._uses < _WARM:
            self._uses += 1
            if self._uses == _WARM:
                self.prepare()
        for one in self._starts:
            if one.match(text, start, end):
                return True
        return not self._starts

    def _matches(self, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
        match_at = self.regex.match
        starts = self._starts
        if len(starts) == 1:
            begins = starts[0].finditer(text, start, end)
        else:
            begins = _merged(starts[0].finditer(text, start, end), starts[1].finditer(text, start, end))
        at = start
        for begin in begins:
            position = begin.start()
            if position >= at and (match := match_at(text, position, end)):
                yield match
                at = match.end()

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As the pattern's own."""
        if (self._needs or self._uses < _WARM) and not self._possible(text, start, end):
            return None
        starts = self._starts
        if len(starts) != 1:
            return next(self._matches(text, start, end), None) if starts else self.regex.search(text, start, end)
        match_at = self.regex.match
        for begin in starts[0].finditer(text, start, end):
            if match := match_at(text, begin.start(), end):
                return match
        return None

    def match(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As the pattern's own."""
        return self.regex.match(text, start, end) if self._may_begin(text, start, end) else None

    def fullmatch(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As the pattern's own."""
        return self.regex.fullmatch(text, start, end) if self._may_begin(text, start, end) else None

    def findall(self, text: str, start: int = 0, end: int = sys.maxsize) -> list[Any]:
        """As the pattern's own."""
        groups = self.regex.groups
        found = self.finditer(text, start, end)
        return [m[0] if not groups else m[1] or "" if groups == 1 else m.groups("") for m in found]


class Anchored(Scanner):
    """A pattern that begins with a run of certain characters, at most `reach`, and then has one certain other: the `anchor`.

    Looked for by its anchor; the same matches as the pattern's own.
    """

    def __init__(self, pattern: str, *, anchor: str, run: str, reach: int) -> None:
        super().__init__(pattern)
        self._uses = _WARM
        self._needs = (anchor,)
        self._starts = (re.compile(f"[{re.escape(run)}]"),)
        self._anchor = anchor
        self._run = frozenset(run)
        self._reach = reach

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As the pattern's own."""
        return next(self._matches(text, start, end), None)

    def _matches(self, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
        end = min(end, len(text))
        at = start
        anchor = text.find(self._anchor, start, end)
        while anchor >= 0:
            begin, low = anchor, max(at, anchor - self._reach)
            while begin > low and text[begin - 1] in self._run:
                begin -= 1
            while begin < anchor and not (match := self.regex.match(text, begin, end)):
                begin += 1
            if begin < anchor and match:
                yield match
                at = match.end()
            anchor = text.find(self._anchor, max(at, anchor + 1), end)


def _merged(first: Iterator[re.Match[str]], second: Iterator[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Both in the order of the text; none is looked for before it is asked for."""
    one, other = next(first, None), next(second, None)
    while one and other:
        if one.start() <= other.start():
            yield one
            one = next(first, None)
        else:
            yield other
            other = next(second, None)
    if one:
        yield one
        yield from first
    elif other:
        yield other
        yield from second


@cache
def scanner(pattern: str, flags: int = 0) -> Scanner:
    """The scanner of a pattern as the lexicon writes them, made once."""
    return Scanner(expand(pattern), flags)


def _starts(nodes: list[tuple[Any, int]], often: float) -> tuple[str, ...]:
    """Patterns that match wherever a match may begin; none where nothing can be said, or where that is everywhere."""
    for longest in range(_LONGEST, 0, -1):
        try:
            heads = _heads(nodes, longest)
        except _TooManyError:
            continue
        if () in heads:
            return ()
        sources = _sources(heads)
        hits = sum(len(re.findall(source, _SAMPLE)) for source in sources)
        return sources if hits <= often * len(_SAMPLE) else ()
    return ()


class _TooManyError(Exception):
    """There are too many beginnings to tell apart."""


def _heads(nodes: list[tuple[Any, int]], longest: int) -> set[Head]:
    """How a sequence may begin; an empty one says that it may begin anyhow, or be empty."""
    if not nodes or not longest:
        return {()}
    ((op, value), flags), rest = nodes[0], nodes[1:]
    name = str(op)
    out: set[Head]
    if name in ("LITERAL", "IN"):
        body = _class(name, value, flags)
        return {()} if body is None else _checked({(body, *head) for head in _heads(rest, longest - 1)})
    if name in ("ASSERT", "ASSERT_NOT", "AT"):  # they only forbid beginnings
        return _heads(rest, longest)
    if name == "SUBPATTERN":
        _, added, removed, inner = value
        return _heads([(node, (flags | added) & ~removed) for node in inner] + rest, longest)
    if name == "ATOMIC_GROUP":
        return _heads([(node, flags) for node in value] + rest, longest)
    if name == "BRANCH":
        out = set()
        for inner in value[1]:
            out |= _heads([(node, flags) for node in inner] + rest, longest)
            _checked(out)
        return out
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = value
        out = _heads(rest, longest) if low == 0 else set()
        if high and inner.getwidth()[0]:
            again = [((op, (max(0, low - 1), high - 1, inner)), flags)] if high > 1 else []
            out |= _heads([*((node, flags) for node in inner), *again, *rest], longest)
        elif high:
            return {()}
        return _checked(out)
    return {()}


def _held(nodes: Iterable[tuple[Any, int]]) -> tuple[str, ...]:
    """Words of which every match of a sequence holds one: the longest, as few as can be; none where there are too many."""
    found: list[tuple[str, ...]] = []
    run = ""
    for (op, value), flags in nodes:
        name = str(op)
        if name == "LITERAL" and not flags & re.IGNORECASE:
            run += chr(value)
            continue
        found.append((run,))
        run = ""
        if name == "SUBPATTERN":
            _, added, removed, inner = value
            found.append(_held((node, (flags | added) & ~removed) for node in inner))
        elif name == "ATOMIC_GROUP":
            found.append(_held((node, flags) for node in value))
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and value[0]:
            found.append(_held((node, flags) for node in value[2]))
        elif name == "BRANCH":
            branches = [_held((node, flags) for node in inner) for inner in value[1]]
            if all(branches):
                found.append(tuple(dict.fromkeys(word for words in branches for word in words)))
    found.append((run,))
    known = [words for words in found if 0 < len(words) <= _FEW_WORDS and min(map(len, words)) > 1]
    return max(known, key=lambda words: (min(map(len, words)), -len(words)), default=())


def _checked(heads: set[Head]) -> set[Head]:
    if len(heads) > _MOST:
        raise _TooManyError
    return heads


def _class(name: str, value: Any, flags: int) -> str | None:
    """The body of a character class; None for one that is wide."""
    ignoring = bool(flags & re.IGNORECASE)
    items = [("LITERAL", value)] if name == "LITERAL" else [(str(op), v) for op, v in value]
    out = []
    for kind, item in items:
        if kind == "LITERAL":
            out.append(_cases(chr(item)) if ignoring else re.escape(chr(item)))
        elif kind == "RANGE":
            low, high = item
            if high - low > 64 or ignoring:
                return None
            if high - low <= _FEW:
                out += [re.escape(chr(c)) for c in range(low, high + 1)]
            else:
                out.append(f"{re.escape(chr(low))}-{re.escape(chr(high))}")
        elif kind == "CATEGORY" and str(item) == "CATEGORY_DIGIT" and not flags & re.ASCII:
            out.append(r"\d")
        elif kind == "CATEGORY" and str(item) == "CATEGORY_SPACE" and not flags & re.ASCII:
            out.append(r"\s")
        else:
            return None
    return "".join(sorted(out))


@cache
def _cased() -> str:
    """All characters that have case."""
    return "".join(c for c in map(chr, range(0x1F000)) if c.lower() != c or c.upper() != c)


@cache
def _cases(character: str) -> str:
    """The body of a class of the characters that are the same where case is ignored, as `re` sees it."""
    same = re.compile(re.escape(character), re.IGNORECASE).findall(_cased())
    return "".join(re.escape(c) for c in sorted({character, *same}))


def _sources(heads: set[Head]) -> tuple[str, ...]:
    """Patterns of all beginnings: one of those that begin with single characters, one of those that begin with a range.

    An alternation of which each branch begins with a literal is what `re` looks for fastest, then one class.
    """
    tails: dict[str, set[Head]] = {}
    wide: dict[str, set[Head]] = {}
    for first, *rest in heads:
        members = _members(first)
        for one in members or (first,):
            (tails if members else wide).setdefault(one, set()).add(tuple(rest))
    alike: dict[str, list[str]] = {}
    for one, ends in tails.items():
        alike.setdefault(_ahead(ends), []).append(one)
    for many in alike.values():
        if len(many) >= _ALIKE:  # one class instead of as many branches
            for one in many:
                wide[one] = tails.pop(one)
    out = []
    if tails:
        out.append("|".join(f"{first}{_ahead(ends)}" for first, ends in sorted(tails.items())))
    if wide:
        known: dict[str, list[str]] = {}
        for first, ends in sorted(wide.items()):
            known.setdefault(_ahead(ends), []).append(first)
        every = "".join(sorted(wide))
        tests = "|".join(f"(?<=[{''.join(firsts)}]){ahead}" for ahead, firsts in sorted(known.items()))
        out.append(f"[{every}](?:{tests})" if len(known) > 1 else f"[{every}]{next(iter(known))}")
    return tuple(out)


def _ahead(tails: set[Head]) -> str:
    """What must stand behind the first character, as a look ahead; nothing where anything may."""
    if () in tails:
        return ""
    return f"(?={'|'.join(''.join(f'[{body}]' for body in tail) for tail in sorted(tails))})"


@cache
def _members(body: str) -> tuple[str, ...]:
    """The characters of a class, escaped; none where it holds a range or a kind of characters."""
    parts = re.findall(r"\\?.", body, re.DOTALL)
    return () if any(part in (r"\d", r"\s", "-") for part in parts) else tuple(dict.fromkeys(parts))
