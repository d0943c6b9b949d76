"""Landmarks of a letter: labels, references, dates, numbers, addressee heads, salutation and closing formulas.

The patterns of a language's lexicon, compiled once, and the scan that finds the header's landmarks by their characters alone.
What the stretches between landmarks are is decided in `itudocs.zoning`. Sources: guide sections 2-7.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from itudocs.dategrammar import DateMention
from itudocs.flow import Span
from itudocs.lexicon import LanguageData, SeriesPattern, expand, language, series, squash, words
from itudocs.lexicon.scanning import Anchored, Scanner
from itudocs.model import Language

_LABEL_MARK = re.compile(r":|/(?=\s)|\.{4,80}")


class Atom(NamedTuple):
    """A landmark: `kind` label, ref, date, phone, email, mask, issuer, party; `what` says more."""

    kind: str
    start: int
    end: int
    what: str = ""
    data: Any = None


class Grammar:
    """The landmark patterns of one language, with English beside it."""

    def __init__(self, code: Language) -> None:
        codes: list[Language] = [code] if code == "en" else [code, "en"]
        self.data: list[LanguageData] = [language(c) for c in codes]
        self.labels = self._labels()
        self.kinds = {form: kind for d in reversed(self.data) for form, kind in d.labels.items()}
        self.salutation = self._union("salutations", "patterns")
        self.closing = self._union("closings", "patterns")
        heads = [
            p for d in self.data for group in d.raw["groups"].items() if group[0] != "vocabulary" for p in group[1]
        ]
        self.head = Scanner("|".join(f"(?:{expand(p)})" for p in heads))
        self.head_capitals = Scanner(self.head.pattern, re.IGNORECASE)
        lead = words([w for d in self.data for w in d.list("labels", "to")] + ["To", "TO"])
        self.to_before = re.compile(
            rf"(?:^|[\n/|;.,)\d\s:-]|[a-zà-ÿа-я\]])\s{{0,3}}[-•·*]?\s{{0,3}}(?:{expand(lead)})\s{{0,3}}(?:(?:the|las|los|les)\s)?$"
        )
        article = r"\s{0,4}(?:(?:the|las|los|les)\s{1,2})?(?=\S)"
        self.first_place = re.compile(article)
        self.party_place = Scanner(
            rf"(?:\n|[-•·*/]|\s{{3}}|(?:(?<=[\n/|;.,)\d\s:-])|(?<=[a-zà-ÿа-я\]])|(?<=^))(?:{expand(lead)})){article}",
            often=1.0,
        )
        self.bullet_before = re.compile(r"(?:^|\n|[-•·*/]\s{0,3}|\s{3})$")
        self.openers = self._openers()
        self.annex_head = self._annex_head()
        headings = words([h for d in self.data for h in d.list("body", "headings")])
        self.heading = re.compile(
            rf"(?:(?<=\s)|(?<=[a-zа-я)])|^)\d{{0,2}}\.?\s{{0,3}}(?:{expand(headings)})(?=\s|[A-ZА-Я\u4e00-\u9fff])"
            rf"|(?<![\d第])\d{{1,2}}\.?\s{{0,3}}(?:{expand(headings)})(?=\s|[A-ZА-Я\u4e00-\u9fff])"
        )
        self.vocabulary = {w for d in self.data for w in d.list("groups", "vocabulary")}
        self.title = Scanner(
            rf"(?<![A-ZА-ЯÀ-Þ-])(?<!the )(?<!du )(?<!del )(?<!от )(?:{expand(words([t for d in self.data for t in d.list('titles', 'heads')]))})(?![a-zà-ÿа-я-])"
            if code not in ("zh", "ar")
            else rf"(?:{expand(words([t for d in self.data for t in d.list('titles', 'heads')]))})"
        )
        annexes = words([f for d in self.data for f in d.list("labels", "annex")])
        self.numbered_annex = Scanner(rf"(?:{expand(annexes)})\s?\d{{1,2}}\s?[:.-](?!\d)\s{{0,3}}")
        annex = rf"(?:{expand(words([f for d in self.data for f in d.list('body', 'annex_heads')]))})"
        self.annex_word = re.compile(annex if code == "zh" else rf"(?<![^\W\d_]){annex}(?![^\W\d_])")
        self.inside = {f for d in self.data for f in d.list("body", "inside")}
        sure = [f for d in self.data for f in d.list("body", "sure")]
        self.sure = re.compile(expand(words(sure)) if sure else r"(?!)")
        self.meetings = {n[0].upper() + n[1:] for d in self.data for n in d.list("events", "nouns")}
        self.signed = [s for d in self.data for s in d.list("closings", "signed")]

    def _union(self, section: str, key: str) -> Scanner:
        patterns = [p for d in self.data for p in d.list(section, key)]
        return Scanner("|".join(f"(?:{expand(p)})" for p in patterns))

    def _labels(self) -> Scanner:
        forms = sorted(
            {f for d in self.data for group in d.raw["labels"].values() for f in group}, key=len, reverse=True
        )
        out = []
        for form in forms:
            plain = re.sub(r"[\s.-]", "", form)
            if len(plain) >= 6 and " " not in form and "-" not in form:
                body = r"\s?".join(map(re.escape, form))  # run boundaries split words: "Subje ct"
            else:
                body = re.escape(form).replace(r"\ ", r"\s{0,3}").replace(r"\-", r"\s?-?\s?")
            if form[0].isupper():
                # conversions glue cells ("ITUSubject:"): a capital before is no hindrance to the longer labels
                out.append(body if len(plain) >= 5 and not form.isupper() else rf"(?<![A-ZА-ЯÀ-Þ]){body}")
                if form.isascii() and len(plain) > 3 and not form.isupper():
                    out.append(rf"(?<![A-Z]){re.escape(form.upper()).replace(chr(92) + ' ', ' ')}")
            elif form[0].isascii():
                out.append(rf"(?:(?<![^\W\d_])|(?<=\.int)|(?<=\.org)|(?<=\.com)|(?<=[A-Z]{{2}})){body}")
            else:
                out.append(body)
        self.label_end = Scanner(rf"(?:{'|'.join(out)})$")
        tail = r"\s{0,2}\.?\s{0,2}(?::(?:\s?\.{3,80})?(?:\s{0,2}/(?=\s))?|/(?=\s)|\.{4,80})"
        return Scanner(rf"({'|'.join(out)}){tail}")

    def _openers(self) -> Scanner:
        forms = [f for d in self.data for f in d.list("body", "openers")]
        latin = [f for f in forms if f[0].isupper()]
        other = [f for f in forms if not f[0].isupper()]
        parts = [rf"(?:{expand(words(latin))})(?![a-zà-ÿа-я])"] if latin else []
        if other:
            parts.append(rf"(?:{expand(words(other))})")
        return Scanner("|".join(parts))

    def _annex_head(self) -> Scanner:
        forms = [f for d in self.data for f in d.list("body", "annex_heads")]
        upper = [f for f in forms if (f.isupper() and f.isascii()) or f == "ПРИЛОЖЕНИЕ"]
        other = [f for f in forms if f not in upper]
        number = r"\s?(?:\d{1,2}|[A-Z]|[IVX]{1,4})?"
        parts = (
            [rf"(?<![A-ZА-Я])(?:{'|'.join(map(re.escape, upper))})(?:ES?|S)?{number}(?![a-z]|\s?:)"] if upper else []
        )
        parts.append(rf"(?:(?<=\n)|^)\s{{0,3}}(?:{'|'.join(map(re.escape, other))}){number}\s{{0,2}}(?=\n|\(|$|-)")
        return Scanner("|".join(parts))

    def find_labels(self, view: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Labels between two positions: start, end behind the colon, the words as printed.

        Looks for what ends a label first and reads backwards from there: far cheaper than trying every form everywhere.
        """
        at = start
        for mark in _LABEL_MARK.finditer(view, start, end):
            stop = mark.start()
            low = max(at, stop - 4)
            while stop > low and view[stop - 1] in " .\n":
                stop -= 1
            match = self.label_end.search(view, max(at, stop - 32), stop)
            if match:
                whole = self.labels.match(view, match.start())
                if whole and whole.end() >= mark.end() and whole.end() <= end:
                    yield match.start(), whole.end(), match[0]
                    at = whole.end()

    def label_kind(self, printed: str) -> str:
        """The kind of a label as printed."""
        key = squash(printed)
        return self.kinds.get(key) or self.kinds.get(squash(printed.lower()), "other")


@cache
def grammar(code: Language) -> Grammar:
    """The landmark patterns of a language, compiled once."""
    return Grammar(code)


PHONE = Scanner(
    r"(?<![\d/])\+? ?\(?41\)?[ .\n-]{0,2}\(?22\)?[ .\n-]{0,2}7\d\d[ .\n-]{0,2}\d\d[ .\n-]?\d\d(?: ?/\s?(?:\+41[ .-]?22[ .-]?)?(?:7\d\d )?\d\d ?\d\d(?!\d))*"
    r"|(?<![\d/])\+ ?\d{1,3}(?:[ .()-]{1,3}\d{1,5}){2,6}(?: ?/ ?\d{2,5}(?!\d))?"
    r"|(?<![\d/])\+ ?\d{9,14}"
)
PHONE_REVERSED = Scanner(r"(?<!\d)\d\d ?\d\d 7\d\d 22 41 ?\+?")
EMAIL = Anchored(
    r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\.(?:(?:int|org|com|net|edu|gov|info)(?=cc ?:)|[a-z]{2,12}(?![a-z]))"
    r"|[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,12}(?![A-Za-z])",
    anchor="@", run=string.ascii_letters + string.digits + "._%+-", reach=64,
)  # fmt: skip
MASK = re.compile(r"\[email\s?protected\]")
_CAPITALS = re.compile(r"[A-ZА-Я]{4} [A-ZА-Я]{4}")
_PLACE = re.compile(
    r"((?:Gen[eè]va?|GENEVA|Genève|GENÈVE|Ginebra|Женева|جنيف|日内瓦) ?,? ?(?:le |el |LE )?)$|(?<![^\n])([A-Z][a-zé]{2,14} ?, ?(?:le |el )?)$"
)
_PLACE_AFTER = re.compile(r" ?,? ?(?:日内瓦|جنيف)")


def _issuers(data: Sequence[LanguageData], view: str, end: int) -> Iterator[Atom]:
    """Union and bureau names that head a letter, not those inside a phrase ("the Director of the ... Bureau")."""
    for what in ("union", "TSB", "BR", "BDT", "SG"):
        forms = [f for d in data for f in d.list("issuers", what)]
        if not forms:
            continue
        for match in _issuer_pattern(tuple(forms)).finditer(view, 0, end):
            before = view[max(0, match.start() - 14) : match.start()]
            if re.search(
                r"(?:\bthe|\bof|\bdu|\bde|\bdes|\bdel|\bla|\bl'|\bDirector,?|\bDirecteur,?|of the|директор[а-я]*|Директор[а-я]*)\s{1,3}$",
                before,
            ):
                continue
            yield Atom("issuer", match.start(), match.end(), what)


@cache
def _issuer_pattern(forms: tuple[str, ...]) -> re.Pattern[str]:
    out = []
    for form in sorted(forms, key=len, reverse=True):
        if form.isascii() and form.isupper():  # small capitals split: "I NTERNATIONAL T ELECOMMUNICATION U NION"
            out.append(r"\s{1,3}".join(rf"{re.escape(w[0])}\s?{re.escape(w[1:])}" for w in form.split()))
        else:
            out.append(re.escape(form).replace(r"\ ", r"\s{0,3}"))
    return re.compile("(?:" + "|".join(out) + r")(?:\s{0,2}\((?:SG|BR|TSB|BDT|БР|БСЭ|БРЭ|GS)\))?")


def references(view: str, start: int, end: int) -> Iterator[Atom]:
    """Every printed reference of a circular; overlapping readings are resolved by the order of the series."""
    taken: list[Span] = []  # sorted, disjoint
    for pattern in _possible(view):
        for match in pattern.finditer(view, start, end):
            a, b = match.span(pattern.value or 0)
            k = bisect_right(taken, (a, b))
            if (k and taken[k - 1][1] > a) or (k < len(taken) and taken[k][0] < b):
                continue
            taken.insert(k, (a, b))
            yield Atom("ref", a, b, pattern.id, (pattern, match))


@lru_cache(maxsize=2)
def _possible(view: str) -> tuple[SeriesPattern, ...]:
    """The patterns that may match somewhere in folded text: a letter is asked stretch by stretch."""
    return tuple(pattern for one in series() for pattern in one.patterns if pattern.possible(view))


def find_atoms(rules: Grammar, view: str, limit: int, dates: Sequence[DateMention]) -> list[Atom]:
    """Landmarks of the header, in order, the more specific winning where they overlap."""
    found: list[Atom] = [a for a in references(view, 0, limit) if a.end <= limit]
    found += [Atom("phone", m.start(), m.end()) for m in PHONE.finditer(view, 0, limit)]
    found += [Atom("phone", m.start(), m.end(), "reversed") for m in PHONE_REVERSED.finditer(view, 0, limit)]
    phones = [(a.start, a.end) for a in found if a.kind == "phone"]
    for match in EMAIL.finditer(view, 0, limit):
        start = max([match.start(), *(e for s, e in phones if match.start() < e < match.end())])
        found.append(Atom("email", start, match.end()))
    found += [Atom("mask", m.start(), m.end()) for m in MASK.finditer(view, 0, limit)]
    for mention in dates:
        if mention.end > limit:
            break
        if not mention.first[2] or mention.first[1:] != mention.last[1:]:
            continue
        place = _PLACE.search(view, max(0, mention.start - 24), mention.start)
        after = _PLACE_AFTER.match(view, mention.end)
        start = place.start() if place else mention.start
        end = after.end() if after else mention.end
        found.append(Atom("date", start, end, "placed" if place or after else "", mention))
    found += list(_issuers(rules.data, view, limit))
    found += [Atom("label", a, b, rules.label_kind(form)) for a, b, form in rules.find_labels(view, 0, limit)]
    order = {"ref": 0, "email": 1, "mask": 1, "phone": 2, "date": 3, "label": 4, "issuer": 5}
    found.sort(key=lambda a: (order[a.kind], a.start))
    kept: list[Atom] = []
    for atom in found:
        clash = [k for k in kept if atom.start < k.end and atom.end > k.start]
        if not clash:
            kept.append(atom)
        elif atom.kind == "date" and all(k.kind == "ref" for k in clash) and atom.data.glued:
            kept = [k for k in kept if k not in clash]
            for k in clash:
                kept.append(k._replace(end=min(k.end, atom.start)))
            kept.append(atom)
    kept.sort()
    kept.sort(key=lambda a: a.start)
    firm = [k for k in kept if k.kind != "issuer"]
    first = rules.first_place.match(view, 0, limit)
    at = first.end() if first else 0
    places = {0, at, *(m.end() for m in rules.party_place.finditer(view, at, limit))}
    for k in kept:
        behind = k.end
        while behind < limit and view[behind] in " \n/|-•·*":
            behind += 1
        places.add(behind)
    heads = [m for at in sorted(places) if (m := rules.head.match(view, at, limit))]
    if _CAPITALS.search(view, 0, limit):  # letters of 1993-94 address in capitals
        heads += [
            m
            for at in sorted(places)
            if (m := rules.head_capitals.match(view, at, limit)) and m[0].isupper() and len(m[0]) > 6
        ]
        heads.sort(key=lambda m: m.start())
    parties = [
        Atom("party", m.start(), m.end(), what)
        for m in heads
        if m.end() > m.start() and not any(m.start() < k.end and m.end() > k.start for k in firm)
        and (what := _party_context(rules, view, m.start(), kept))
    ]  # fmt: skip
    # "致国际电联各成员国主管部门": the Union's name inside an addressee heads no letter
    kept = [k for k in kept if k.kind != "issuer" or not any(k.start < p.end and k.end > p.start for p in parties)]
    return sorted([*kept, *parties], key=lambda a: a.start)


def _party_context(rules: Grammar, view: str, start: int, kept: Sequence[Atom]) -> str:
    """`to` behind a To, `bare` at the head of a line, a bullet or right behind another landmark, else nothing."""
    before = view[max(0, start - 24) : start]
    if rules.to_before.search(before):
        return "to"
    if start == 0 or rules.bullet_before.search(before):
        return "bare"
    ends = [k.end for k in kept if k.end <= start]
    if ends and not view[max(ends) : start].strip(" \n/|-•·*"):
        return "bare"
    return ""
