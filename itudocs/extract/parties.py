"""Whom a letter goes to: addressees and copies, as printed and as normalised groups.

Splits the party sections that zoning found into groups. Sources: guide sections 4.2, 6.
"""

from __future__ import annotations

import re
from functools import cache

from itudocs.extract.letter import EvidenceMap, Finding, Letter
from itudocs.extract.people import offices
from itudocs.flow import Span
from itudocs.landmarks import grammar
from itudocs.lexicon import expand, fold, language, tidy
from itudocs.model import Evidence, Issue, Language
from itudocs.zoning import party_extent

_BULLET = re.compile(r"(?:^|(?<=[\s;.,)]))[-•·*](?=\s{0,3}\S)|\s{3,80}(?=\S)|¾")
_SEMICOLON = re.compile(r";(?:\s{0,3}(?:and|et|y|и|و|以及)(?![^\W\d_]))?")
_TRIM = " \n\t/|_=¾"


def _items(letter: Letter, section_kind: str) -> list[list[Span]]:
    """The groups of a party section, each as its stretches in the flow."""
    view = letter.view
    labels = {a.start: a for a in letter.layout.atoms if a.kind == "label"}
    stretches: list[Span] = []
    for section in letter.layout.sections:
        if section.kind != section_kind:
            continue
        start = section.start
        label = labels.get(start) or None
        if label:
            start = label.end
        else:
            printed = letter.rules.labels.match(view, start, section.end)
            if printed and letter.rules.label_kind(printed[1]) in ("copy", "distribution", "to"):
                start = printed.end()
        stop = _list_end(letter, start, section.end)
        if start >= letter.layout.body[1] and "\n" not in view[start:stop].strip():
            stop = _last_group_end(letter, start, stop)
        stretches.append((start, stop))
    items: list[list[Span]] = []
    for start, end in stretches:
        cuts = _cuts(letter, start, end)
        at = start
        for a, b in [*cuts, (end, end)]:
            span = _trimmed(letter, at, a)
            if span:
                continues = items and a == cuts[0][0] if cuts and at == start else bool(items) and at == start
                pieces = _without_offices(letter, span)
                if continues and items and _unfinished(letter, items[-1][-1], span):
                    items[-1].extend(pieces)
                else:
                    items.append(pieces)
            at = b
    kept = [
        i
        for i in items
        if re.search(r"\w{2}", view[i[0][0] : i[-1][1]]) and not _ADDRESS.fullmatch(view, i[0][0], i[-1][1])
    ]
    for item in items if len(kept) < len(items) else ():
        if item not in kept:
            why = "a lone web address, no party" if _ADDRESS.fullmatch(view, *item[0]) else "no words"
            letter.consider(section_kind, *item[0], f"{section_kind}.section", why)
    return kept


def _without_offices(letter: Letter, span: Span) -> list[Span]:
    """A group without the office codes that reading across columns put at the head of its lines (guide 4.2)."""
    view = letter.view
    pieces: list[Span] = []
    at = span[0]
    for a, b in offices(view, *span):
        if at < a and view[:a].endswith("\n"):
            pieces.append((at, a))
            at = b
    pieces.append((at, span[1]))
    return [p for a, b in pieces if (p := _trimmed(letter, a, b))] or [span]


_ADDRESS_LINE = re.compile(r"\n\s{0,80}(?:https?://|www\.)\S+[ ]*(?=\n|$)")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+")
"""A lone web address behind a list is the page's footer, no party."""


_PARAGRAPH = re.compile(r"\n[ ]*\n\s*")


def _list_end(letter: Letter, start: int, end: int) -> int:
    """Where a list of groups stops: what stands below its last group, behind a blank line, is the page's."""
    view, rules = letter.view, letter.rules
    stop: int | None = None
    for gap in _PARAGRAPH.finditer(view, start + 3, end):
        if not view[start : gap.start()].strip() or gap.end() >= end:
            continue
        line = view[gap.end() : gap.end() + 80]
        marks = "-•·*" if view.find("\n*", start, gap.start()) >= 0 or view.startswith("*", start) else "-•·"
        known = (
            line[:1] in marks
            or line[:1].islower()
            or rules.head.match(view, gap.end())
            or rules.to_before.search(line[:6])
        )
        if known:
            stop = None
        elif stop is None:
            stop = gap.start()
    return end if stop is None else stop


_ANNEX = 80
"""What runs on behind the last group is an annex's only if it is longer than a name, in characters."""


def _last_group_end(letter: Letter, start: int, end: int) -> int:
    """Where the last group of a list behind the signature stops in a text without lines: what is not made of the words
    of groups is the annex's. Scripts without capitals do not show it.
    """
    if letter.language in ("ar", "zh"):
        return end
    last = max((b for _, b in _cuts(letter, start, end)), default=start)
    extent = max(last, party_extent(letter.rules, letter.view, last, end))
    if end - extent < _ANNEX or letter.rules.head.search(letter.view, extent, end):
        return end  # a name no lexicon has, or groups glued together
    return extent


def _cuts(letter: Letter, start: int, end: int) -> list[Span]:
    """Separators between groups: bullets, semicolons, line breaks before a new group."""
    view = letter.view
    cuts: list[Span] = []
    for match in _BULLET.finditer(view, start, end):
        before = view[max(start, match.start() - 2) : match.start()]
        after = view[match.end() : match.end() + 40].lstrip()
        at_line_start = match.start() == start or "\n" in before or not before.strip()
        if match[0].isspace():
            if letter.rules.head.match(view, match.end()):
                cuts.append(match.span())
            continue
        inline = match.start() > start and "\n" not in before and before[-1:] == " "
        if (
            inline
            and view[match.end() : match.end() + 1] == " "
            and letter.language == "ru"
            and not letter.rules.head.match(view, match.end() + 1)
        ):
            continue  # Russian sets a spaced dash inside terms: Государств - Членов
        parted = (
            inline and letter.language != "ru" and letter.rules.head.match(view, _past_lead(letter, match.end(), end))
        )
        if at_line_start or match[0] == "•" or before[-1:] in ";.,)" or after[:2] in ("To", "to") or parted:
            cuts.append(match.span())
    cuts += [m.span() for m in _SEMICOLON.finditer(view, start, end)]
    for match in re.finditer(r"\n+\s*", view[start:end]):
        a, b = start + match.start(), start + match.end()
        rest = view[b : b + 60]
        to = re.match(r"(?:To|to)\s(?=\S)", rest)
        if to and letter.rules.head.match(view, b + to.end()):
            cuts.append((a, b))
            continue
        head = letter.rules.head.match(view, b) or to
        if head and rest[:1].islower() and view[a - 1 : a] not in (";", ",", ".", ":", ")"):
            continue  # the line goes on with the group above it
        if (
            head
            and not re.search(
                r"(?:\b(?:of|the|and|in|to|for|de|la|los|et|des|и|aux|du)|,|-)\s*$", view[max(start, a - 8) : a]
            )
        ) or (
            match[0].count("\n") > 1
            and rest[:1].isupper()
            and not re.search(r"(?:\b(?:of|the|and|de|des|la)|,)\s*$", view[max(start, a - 8) : a])
        ):
            cuts.append((a, b))
    cuts += [m.span() for m in _ADDRESS_LINE.finditer(view, start, end)]
    cuts.sort()
    out: list[Span] = []
    for cut in cuts:
        if out and cut[0] <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], cut[1]))
        else:
            out.append(cut)
    return out


@cache
def _lead(code: Language) -> re.Pattern[str]:
    """The word that says "to" before a group; French contractions (`Aux`) are part of the group and stay."""
    return re.compile(rf"(?:{_patterns(code, 'lead')})\s{{0,3}}")


def _patterns(code: Language, key: str) -> str:
    """The party patterns of a language and English as one alternation."""
    codes: list[Language] = [code] if code == "en" else [code, "en"]
    return "|".join(expand(p) for c in codes for p in language(c).list("parties", key)) or "(?!)"


def _past_lead(letter: Letter, start: int, end: int) -> int:
    """Behind white space, the word that says "to" and its article."""
    match = _article(letter.language).match(letter.view, start, end)
    return match.end() if match else start


@cache
def _article(code: Language) -> re.Pattern[str]:
    return re.compile(rf"\s{{0,3}}(?:(?:{_patterns(code, 'lead')})\s{{0,3}})?(?:(?:the|las|los|les)\s)?")


def _trimmed(letter: Letter, start: int, end: int) -> Span | None:
    view = letter.view
    changed = True
    while changed and start < end:
        changed = False
        while start < end and (view[start] in _TRIM or view[start] in "-•·*;,:"):
            start += 1
        lead = _lead(letter.language).match(view, start, end)
        if lead and lead.end() < end:
            start, changed = lead.end(), True
    while end > start and (
        view[end - 1] in _TRIM or view[end - 1] in ";,-•:" or (view[end - 1] == "." and not view[:end].endswith("..."))
    ):
        end -= 1
    tail = re.search(r"[;,\s](?:and|et|y|и)$", view[start:end])
    if tail:
        end = start + tail.start()
    while end > start and (view[end - 1] in _TRIM or view[end - 1] in ";,"):
        end -= 1
    return (start, end) if end > start else None


def _unfinished(letter: Letter, before: Span, span: Span) -> bool:
    """Whether a group that another cell interrupted goes on here (guide 4.2, 6)."""
    first = letter.view[span[0]]
    ends = letter.view[before[0] : before[1]]
    return (first.islower() and not letter.rules.head.match(letter.view, span[0])) or bool(
        re.search(r"\b(?:of|the|and|to|in|for)$", ends)
    )


def _party(letter: Letter, section_kind: str, key: str) -> Finding:
    values: list[str] = []
    evidence: EvidenceMap = {}
    for item in _items(letter, section_kind):
        value = tidy(" ".join(letter.text[a:b] for a, b in item))
        pieces: tuple[Evidence, ...] = ()
        for a, b in item:
            pieces += letter.evidence(a, b, f"{key}.section")
        evidence[f"{key}/{len(values)}"] = pieces
        values.append(value)
    why = "" if values else f"no part of the header was read as {key}: no label of them, no known group's first words"
    return Finding(value=tuple(values), evidence=evidence, why=why)


def addressees(letter: Letter) -> Finding:
    """Whom it is addressed to, one string a group."""
    found = _party(letter, "addressees", "addressees")
    if found.empty:
        multi = re.compile(_patterns(letter.language, "multi")).search(letter.view, 0, letter.layout.header_end)
        if multi:
            return Finding(
                value=(letter.value(*multi.span()),),
                evidence={"addressees/0": letter.evidence(*multi.span(), "addressees.multi")},
            )
    doubtful = [
        k for k, value in enumerate(found.value)
        if k and re.match(r"(?:the )?(?:Secretary-General|Director)", value) and not letter.layout.of("copies")
    ]  # fmt: skip
    issues: tuple[Issue, ...] = ()
    if doubtful:
        first = found.evidence[f"addressees/{doubtful[0]}"]
        last = found.evidence[f"addressees/{doubtful[-1]}"]
        issues = (
            Issue(
                code="copies-or-addressees", message="these groups usually get a copy; the label Copy may be lost",
                start=first[0].start, end=last[-1].end,
            ),
        )  # fmt: skip
    return Finding(value=found.value, evidence=found.evidence, issues=issues, why=found.why)


def copies(letter: Letter) -> Finding:
    """Who gets a copy, one string a group; the Radiocommunication Bureau's distribution list."""
    return _party(letter, "copies", "copies")


@cache
def _group_patterns(code: Language, capitals: bool) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The first words of every group, by its code; those of letters in capitals (1993-94) without regard to case."""
    codes: list[Language] = [code] if code == "en" else [code, "en"]
    return tuple(
        (group, re.compile("|".join(f"(?:{expand(p)})" for p in patterns), re.IGNORECASE if capitals else 0))
        for c in codes
        for group, patterns in language(c).raw["groups"].items()
        if group != "vocabulary"
    )


@cache
def _joint(code: Language) -> re.Pattern[str]:
    """What stands before a further group in one addressee: a comma or an "and", perhaps with its own "to"."""
    apart = "" if code == "zh" else r"(?<![^\W\d_])"
    return re.compile(
        rf"(?:^|[,;(]|{apart}(?:{_patterns(code, 'joint')}))\s{{0,3}}(?:(?:to|aux?|a)\s)?(?:the |las |los |les |la )?$",
        re.IGNORECASE,
    )


@cache
def _within(code: Language) -> re.Pattern[str]:
    """A word behind which a capital goes on with the phrase: `of`, `the`."""
    return re.compile(rf"(?<![^\W\d_])(?:{_patterns(code, 'within')})[\s'-]{{1,3}}$", re.IGNORECASE)


def _begins(code: Language, view: str, at: int, last: int) -> str:
    """How a further group may begin there: `joint` behind an "and", `bare` right behind another or at a capital of its own,
    else empty.
    """
    if at == 0 or _joint(code).search(view, max(0, at - 16), at):
        return "joint"
    if not view[last:at].strip(" -•·*/"):
        return "bare"
    return "bare" if last and view[at].isupper() and not _within(code).search(view, max(0, at - 12), at) else ""


def addressee_groups(letter: Letter) -> Finding:
    """Addressees as sorted normalised codes; the evidence is the addressee that carries the code."""
    found = letter.finding("addressees")
    where: dict[str, tuple[Evidence, ...]] = {}
    for k, value in enumerate(found.value):
        pieces = found.evidence[f"addressees/{k}"]
        codes = group_codes(value, letter.language)
        for code in codes or ("other",):
            where.setdefault(code, pieces)
    values = tuple(sorted(where))
    why = "" if values else "the letter has no addressees whose groups could be told"
    return Finding(value=values, evidence={f"addressee_groups/{k}": where[v] for k, v in enumerate(values)}, why=why)


def group_codes(value: str, code: Language) -> list[str]:
    """The group codes an addressee names: at its head, behind each "and", and where the bullets of a list are lost."""
    view = fold(value)
    patterns = _group_patterns(code, view.isupper())
    head = grammar(code).head_capitals if view.isupper() else grammar(code).head  # all of them as one
    out: list[str] = []
    at = last = 0
    while at < len(view):
        if at and view[at].islower() and view[at - 1].isalpha():
            at += 1  # inside a word
            continue
        found: list[tuple[int, str]] = []
        begins = _begins(code, view, at, last)
        if begins and head.match(view, at):
            found = [
                (match.end(), group)
                for group, pattern in patterns
                if (begins == "joint" or group != "meeting-participants") and (match := pattern.match(view, at))
            ]  # "Sector Members participating in the work" are no participants of a meeting
        end = max((e for e, _ in found), default=at)
        if end > at:
            out.append(next(group for e, group in found if e == end))
            at = last = end
        else:
            at += 1
    return list(dict.fromkeys(out))
