"""What a letter says of itself: subject, markings, salutation, list of annexes. Sources: guide sections 8, 13, 14."""

from __future__ import annotations

import re

from itudocs.extract.letter import EvidenceMap, Finding, Letter
from itudocs.flow import Span
from itudocs.lexicon import tidy
from itudocs.model import Evidence

MARKING = re.compile(
    r"\((URGENT|URGENTE|СРОЧНО|紧急|عاجل|CONFIDENTIAL|REMINDER|RAPPEL|RECORDATORIO)\)|^\s*(URGENT|URGENTE|СРОЧНО|紧急|عاجل)\s*$",
    re.MULTILINE,
)
_TRIM = " \n\t/|*_=·•"


def _subject_spans(letter: Letter) -> list[Span]:
    """The subject's stretches in the flow, without label, cell bars and markings."""
    view = letter.view
    out: list[Span] = []
    labels = {a.start: a.end for a in letter.layout.atoms if a.kind == "label" and a.what == "subject"}
    for section in letter.layout.of("subject"):
        start = labels.get(section.start, section.start)
        cuts = [m.span() for m in MARKING.finditer(view, start, section.end)]
        cuts = sorted([*cuts, *(label for label in labels.items() if start < label[0] < section.end)])
        at = start
        for a, b in cuts:
            if a not in labels:
                letter.consider("subject", a, b, "subject.labelled", "a marking, not part of the subject")
        for a, b in [*cuts, (section.end, section.end)]:
            while at < a and view[at] in _TRIM:
                at += 1
            while a > at and view[a - 1] in _TRIM:
                a -= 1
            if a > at:
                out.append((at, a))
            at = b
    return out


def subject(letter: Letter) -> Finding:
    """The subject on one line, as printed."""
    if letter.finding("series").value == "vacancy":
        return _vacancy_title(letter)
    spans = _subject_spans(letter)
    value = tidy(" ".join(letter.text[a:b] for a, b in spans))
    value = re.sub(r"\s[/|]\s(?=\S)", " ", value)
    if not re.search(r"\w", value):
        why = (
            "the label of the subject has no words behind it"
            if letter.layout.labelled_subject
            else "no label of a subject stands in the header, and nothing stands unclaimed before the salutation"
        )
        return Finding(value=None, why=why)
    pieces: tuple[Evidence, ...] = ()
    rule = "subject.labelled" if letter.layout.labelled_subject else "subject.before-salutation"
    for a, b in spans:
        pieces += letter.evidence(a, b, rule)
    issues = (
        ()
        if letter.layout.labelled_subject
        else (
            letter.issue(
                "unlabelled-subject",
                "the subject bears no label; taken from its place before the salutation",
                *spans[0],
                severity="info",
            ),
        )
    )
    return Finding(value=value, evidence={"subject": pieces}, issues=issues)


_VACANCY = re.compile(r"(?:^|\n)[ ]*([^\n:]{3,90})\n+[^\n]*Vacancy notice n(?:o|umber)\b")


def _vacancy_title(letter: Letter) -> Finding:
    """A vacancy notice begins with the title of the post."""
    match = _VACANCY.search(letter.view)
    if not match:
        return Finding(value=None, why="a vacancy notice, but no title of a post stands above its number")
    return Finding(
        value=letter.value(*match.span(1)),
        evidence={"subject": letter.evidence(*match.span(1), "subject.vacancy-title")},
    )


def markings(letter: Letter) -> Finding:
    """(URGENT) and the like, in the header or just before the salutation."""
    values: list[str] = []
    evidence: EvidenceMap = {}
    for match in MARKING.finditer(letter.view, 0, letter.layout.header_end):
        group = 1 if match[1] else 2
        value = letter.value(*match.span(group))
        if value not in values:
            evidence[f"markings/{len(values)}"] = letter.evidence(*match.span(group), "markings.known")
            values.append(value)
        else:
            letter.consider("markings", *match.span(group), "markings.known", "printed before")
    why = "" if values else "no marking that the lexicon knows stands in the header, in brackets or alone on its line"
    return Finding(value=tuple(values), evidence=evidence, why=why)


def salutation(letter: Letter) -> Finding:
    """The form of address, as printed."""
    span = letter.layout.salutation
    if span is None:
        return Finding(value=None, why="no formula of address of the lexicon stands in the letter's first pages")
    value = letter.value(*span)
    return Finding(value=value, evidence={"salutation": letter.evidence(*span, "salutation.formula")})


_BULLET = re.compile(r"(?:^|\n)\s*(?:[-•·*]|\d{1,2}[.)](?!\d)|\d{1,2}(?=\s{1,3}[^\W\d_]))\s*")
_INLINE = re.compile(r"\s*\d{1,2}\s{1,3}[-•]\s{1,3}")
_COUNT = re.compile(r"\(?\d{1,2} ?[件份个]?\)?|\(?[a-z]+\)?|[IVX]+")
_BEYOND = re.compile(r"\s[•·]|\S+@\S+|https?://|www\.")
"""What a list of titles has no words like: the page's footer begins."""
LONGEST = 600
"""How far behind its label an item of the list may reach, in characters."""


def _items(letter: Letter, start: int, end: int) -> list[Span]:
    """The titles in one list of annexes: behind each label, bullet or number."""
    view, rules = letter.view, letter.rules
    marks = [(m.start(), m.end(), "annex") for m in rules.numbered_annex.finditer(view, start, end)]
    for a, b, form in rules.find_labels(view, start, end):
        if (kind := rules.label_kind(form)) in ("annex", "documents") and all(b <= m[0] or a >= m[1] for m in marks):
            marks.append((a, b, kind))
    marks.sort()
    out: list[Span] = []
    for k, (_, at, kind) in enumerate(marks):
        stop = marks[k + 1][0] if k + 1 < len(marks) else end
        stop = min(stop, at + LONGEST)
        blank = re.compile(r"\n[ ]*\n").search(view, at + 3, stop)
        beyond = _BEYOND.search(view, at, stop)
        stop = min([stop, *(m.start() for m in (blank, beyond) if m)])
        if kind == "documents":
            letter.consider("annexes", at, stop, "annexes.labelled", "documents, which are cited, and no annexes")
            continue
        bullets = [m.span() for m in _BULLET.finditer(view, at, stop)] or _counted(view, at, stop)
        inline = _INLINE.match(view, at, stop)
        if inline and not bullets:  # "Annexes: 3 - 2 draft new Questions"
            bullets = [(inline.start(), inline.end())]
        if bullets:
            first = re.compile(r"\s*(?:1[.)]\s*|1\s+(?=[^\W\d_]))?").match(view, at)
            begins = [first.end() if first else at, *(b for _, b in bullets)]
            out += zip(begins, [*(a for a, _ in bullets), stop], strict=True)
        else:
            out.append((at, stop))
    return out


def _counted(view: str, start: int, end: int) -> list[Span]:
    """The numbers of a list that runs on: `1 Draft programme 2 Registration form`; none unless it counts from 1."""
    out: list[Span] = []
    for match in re.compile(r"(?<![\w./-])(\d{1,2})[.)]?[ ]{1,3}(?=[^\W\d_]{2})").finditer(view, start, end):
        if int(match[1]) == len(out) + 1 and (out or not view[start : match.start()].strip()):
            out.append(match.span())
    return out if len(out) > 1 else []


def annexes(letter: Letter) -> Finding:
    """Titles in the letter's own list of annexes; a mere count gives none."""
    values: list[str] = []
    evidence: EvidenceMap = {}
    view = letter.view
    for section in letter.layout.of("annexes"):
        head = letter.rules.annex_head.search(view, section.start + 2, section.end)
        spans = _items(letter, section.start, head.start() if head else section.end)
        for a, b in spans:
            while a < b and view[a] in _TRIM + "-":
                a += 1
            while b > a and view[b - 1] in _TRIM + ";,":
                b -= 1
            value = letter.value(a, b)
            listed = view[:a].rstrip(" ")[-1:] in ("-", "•", "·", "*")
            if value and not _COUNT.fullmatch(value) and (listed or not re.match(r"\d{1,2}(?:\s|$)", value)):
                evidence[f"annexes/{len(values)}"] = letter.evidence(a, b, "annexes.labelled")
                values.append(value)
            elif value:
                letter.consider("annexes", a, b, "annexes.labelled", "a mere count of annexes, no title")
    why = "" if values else "no list of annexes with titles stands behind a label of annexes"
    return Finding(value=tuple(values), evidence=evidence, why=why)
