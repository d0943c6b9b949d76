"""The letter's own date: the one that stands in its header, by itself. Sources: guide sections 5 and 17.4."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

from itudocs.extract.letter import Finding, Letter
from itudocs.landmarks import Atom
from itudocs.model import Issue

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def letter_date(letter: Letter) -> Finding:
    """The date of the letter. Header dates compete; a place before it, a label and an early position count for one."""
    atoms = letter.layout.atoms
    scored: list[tuple[float, Atom, dt.date]] = []
    for k, atom in enumerate(atoms):
        if atom.kind != "date" or atom.start >= letter.layout.header_end:
            continue
        days = atom.data.dates()
        if days is None:
            why = "no year is printed, or there is no such day"
            letter.consider("date", atom.data.start, atom.data.end, "date.header", why)
            continue
        section = letter.in_section(atom.start)
        if section in ("subject", "body", "annexes"):
            score = -2.0
        elif section == "reference":
            score = 2.0
        else:
            score = 1.0 if section in ("letterhead", "contact") else -0.5
        if atom.what == "placed":
            score += 3.0
        before = letter.view[max(0, atom.start - 2) : atom.start]
        if "(" in before:
            score -= 3.0
        if k and atoms[k - 1].kind == "label" and atoms[k - 1].what == "date":
            score += 3.0
        if k and atoms[k - 1].kind == "ref" and atom.start - atoms[k - 1].end < 40:
            score += 1.0
        score -= atom.start / 5000
        scored.append((score, atom, days[0]))
    won = max(scored, key=lambda s: s[0], default=None)
    if won is not None and won[0] < 0:
        won = None
    for score, atom, day in scored:
        why = "" if won and atom is won[1] else _why_not(letter, atom, score)
        letter.consider("date", atom.data.start, atom.data.end, "date.header", why, round(score, 2), day.isoformat())
    if won is None:
        why = "no date stands in the header by itself" + ("; those that stand there look cited" if scored else "")
        return _unusual(letter) or Finding(value=None, issues=(_no_date(letter),), why=why)
    _, atom, day = won
    start, end = atom.data.span
    issues = weekday_issues(letter, atom, day)
    return Finding(
        value=day,
        evidence={"date": letter.evidence(start, end, "date.header")},
        issues=issues,
    )


def _why_not(letter: Letter, atom: Atom, score: float) -> str:
    section = letter.in_section(atom.start)
    if section in ("subject", "body", "annexes"):
        return f"stands in the {section}, not in the header"
    if "(" in letter.view[max(0, atom.start - 2) : atom.start]:
        return "stands in brackets, as the date of something else does"
    return "stands less like a date line" + (", not enough to be one" if score < 0 else "")


_DATELINE = re.compile(
    r"(?:(?<=\n)|^|(?<=[/|]))\s{0,3}(?:[^\W\d_][^\n,/|]{2,24},\s{0,3})?((?=[^\n/|]{0,40}\d{4})\d{1,2}[^\n/|\d]{2,16}(?:19|20)\d\d)(?!\d)"
)


@cache
def _dateparser(printed: str, language: str) -> dt.date | None:
    """A date string in words that the grammar does not know (abbreviations, misspellings), read by dateparser."""
    import dateparser

    languages = [language] if language == "en" else [language, "en"]
    found = dateparser.parse(printed, languages=languages, settings={"STRICT_PARSING": True, "DATE_ORDER": "DMY"})
    return found.date() if found else None


def _unusual(letter: Letter) -> Finding | None:
    """A line of the header that is a date by its shape, with a month's name the lexicon does not have."""
    for match in _DATELINE.finditer(letter.view, 0, letter.layout.header_end):
        printed = letter.value(*match.span(1))
        if not re.search(r"[^\W\d_]{3}", printed) or letter.in_section(match.start(1)) in ("subject", "body"):
            continue
        day = _dateparser(printed, letter.language)
        if day and str(day.year) in printed and re.match(rf"0?{day.day}\D", printed):
            issue = letter.issue(
                "unusual-date", f"{printed} was read as {day.isoformat()}", *match.span(1), severity="info"
            )
            return Finding(
                value=day, evidence={"date": letter.evidence(*match.span(1), "date.dateparser")}, issues=(issue,)
            )
    return None


def weekday_issues(letter: Letter, atom: Atom, day: dt.date) -> tuple[Issue, ...]:
    """A printed weekday that is not the day's own."""
    printed = atom.data.weekday
    if printed is None or printed == day.weekday():
        return ()
    message = f"{day.isoformat()} is a {WEEKDAYS[day.weekday()]}, the letter prints {WEEKDAYS[printed]}"
    return (letter.issue("weekday-mismatch", message, atom.data.start, atom.data.end),)


_CITED = re.compile(r"(?:\bof|\bdated|\bdu|\bdel?|от)\s{1,3}$")


def _no_date(letter: Letter) -> Issue:
    """No date line; what the letter cites and announces bounds the date from both sides."""
    after: dt.date | None = None
    before: dt.date | None = None
    for mention in letter.layout.dates:
        days = mention.dates()
        if days is None:
            continue
        if _CITED.search(letter.view, max(0, mention.start - 10), mention.start):
            after = max(after, days[0]) if after else days[0]
    if after:
        for mention in letter.layout.dates:
            days = mention.dates()
            if days and days[0] > after:
                before = min(before, days[0]) if before else days[0]
    bounds = (
        f"; it lies after {after}" + (f" and before {before}" if before else "") + ", by what it cites and announces"
        if after
        else ""
    )
    return Issue(code="no-date", message=f"no date line was found{bounds}", severity="warning")
