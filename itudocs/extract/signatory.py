"""Who signed, and as what: the lines behind the closing, or a telefax form's `From:`. Sources: guide sections 2.3, 13."""

from __future__ import annotations

import re
from functools import cache

from itudocs.extract.letter import EvidenceMap, Finding, Letter
from itudocs.extract.people import uncourteous
from itudocs.flow import Span
from itudocs.lexicon import LANGUAGES, expand, fold, language, officials, tidy, words
from itudocs.lexicon.names import normal_person
from itudocs.model import Evidence, Issue, Language, Signatory


@cache
def _signed(code: Language) -> re.Pattern[str]:
    """The word that stands for a signature, in the letter's language or another: `(signed)`."""
    forms = [f for c in dict.fromkeys((code, *LANGUAGES)) for f in language(c).list("closings", "signed")]
    return re.compile(rf"(?:{expand(words(forms))})\s{{0,4}}")


_SECOND_LINE = re.compile(r"\n[ ]{0,3}((?:[A-ZÀ-ÞА-Я][\w'’.-]*[ ]?){1,3})[ ]{0,3}(?=\n)")
_BRACKETED = re.compile(r"\s{0,6}(?:\[[^\]\n]{3,40}\]|\([^)\n]{3,40}\)|[^\W\d_][^\]\n]{3,30}\])\s{0,4}")
"""A remark in brackets that stands for the signature, in words no lexicon foresees."""
_FOOTNOTE = re.compile(r"\s\d{1,2}\s+(?=[^\W\d_a-zà-ÿа-я][^\s]*\s)")
"""The mark and the first word of a footnote behind a title, in text without lines."""
_CELL = re.compile(r"\s/\s[\s\S]*")


def signatory(letter: Letter) -> Finding:
    """Who signed, and as what: the lines after the closing, or a telefax form's `From:`."""
    sections = letter.layout.of("signature")
    found = _signature(letter, sections[0].start, sections[0].end) if sections else None
    if found is None:
        found = _from_label(letter)
    if found is None:
        behind = "what stands behind the closing is no name" if sections else "no name stands behind the body"
        return Finding(value=None, why=f"{behind}, and no label From: stands in the header")
    issues = _term(letter, found)
    return Finding(value=found.value, evidence=found.evidence, issues=issues)


def _signature(letter: Letter, start: int, end: int) -> Finding | None:
    view, rules = letter.view, letter.rules
    signed = _signed(letter.language).search(view, start, end)
    if signed:
        start = signed.end()
    bracket = _BRACKETED.match(view, start, end)
    if bracket:
        start = bracket.end()
    cell = _CELL.search(view, start, end)
    if cell:
        end = cell.start()
    while start < end and not (view[start].isalpha() or view[start] == "("):
        start += 1
    if letter.language == "zh" and (title := rules.title.match(view, start, end)):
        name_start = title.end()
        while name_start < end and view[name_start] in " \n:,":
            name_start += 1
        line_end = view.find("\n", name_start, end)
        name_end = end if line_end < 0 else line_end
        return _signatory(letter, (name_start, name_end), [[(title.start(), title.end())]])
    if above := _title_above(letter, start, end):
        return above
    title = next((m for m in rules.title.finditer(view, start, end) if m.start() > start), None)
    first_line = view.find("\n", start, end)
    name_end = title.start() if title else (first_line if first_line >= 0 else end)
    if title and first_line >= 0 and first_line < title.start():
        # a name alone on its line; what stands between it and the title is the title's beginning
        name_end = first_line
    if name_end == first_line and " " not in view[start:name_end].strip():
        second = _SECOND_LINE.match(view, name_end, end)
        if second and not rules.title.match(view, second.start(1)):
            name_end = second.end(1)  # a name wrapped over two lines
    name = _clean(letter, start, name_end)
    if not name or len(view[name[0] : name[1]].split()) > 7 or re.search(r"\d|:", view[name[0] : name[1]]):
        if name:
            why = "no name: it has a digit, a colon or more than seven words"
            letter.consider("signatory", *name, "signatory.after-closing", why)
        return None
    titles: list[list[Span]] = []
    if title or first_line >= 0:
        at = max(name_end, name[1])
        titles = _titles(letter, at, end)
    return _signatory(letter, name, titles)


_NAME_LINE = re.compile(r"[^\W\d_a-zà-ÿа-я][\w'.-]*(?:\s[^\W\d_a-zà-ÿа-я][\w'.-]*){1,3}")


def _title_above(letter: Letter, start: int, end: int) -> Finding | None:
    """A title on a line of its own, and the name on the line below it."""
    view, rules = letter.view, letter.rules
    lines = [s for m in re.compile(r"[^\n]+").finditer(view, start, end) if (s := _clean(letter, *m.span()))][:2]
    if len(lines) < 2 or letter.language == "zh" or not rules.title.match(view, lines[0][0]):
        return None
    post, name = lines
    named = _NAME_LINE.fullmatch(view, *name) and not rules.title.match(view, name[0])
    return (
        _signatory(letter, name, [[post]])
        if named and not _goes_on(letter, view[slice(*post)], view[slice(*name)])
        else None
    )


def _clean(letter: Letter, start: int, end: int) -> Span | None:
    view = letter.view
    while start < end and view[start] in " \n\t/|,-_":
        start += 1
    while end > start and view[end - 1] in " \n\t/|,-_*":
        end -= 1
    return (start, end) if end > start else None


def _titles(letter: Letter, start: int, end: int) -> list[list[Span]]:
    """Titles behind a name: a line that begins with a title's head starts one, other lines go on with it."""
    view, rules = letter.view, letter.rules
    out: list[list[Span]] = []
    blanks = 0
    for line in re.compile(r"[^\n]*(?:\n|$)").finditer(view, start, end):
        if line.start() >= end:
            break
        span = _clean(letter, line.start(), min(line.end(), end))
        if span is None:
            blanks += 1
            if blanks > 1 and out:
                break
            continue
        text = view[span[0] : span[1]]
        head = rules.title.match(view, span[0])
        note = _FOOTNOTE.search(view, span[0], span[1])
        if note:
            span = (span[0], note.start())
            text = view[span[0] : span[1]]
        if len(text) > 160:
            stop = re.compile(r"[.;:]|\s(?=International|Place|Union)").search(view, span[0] + 20, span[1])
            span = (span[0], stop.start() if stop else span[0] + 100)
        before = view[out[-1][-1][0] : out[-1][-1][1]] if out else ""
        if (
            before
            and _goes_on(letter, before, text)
            and not (blanks and not _unfinished(letter.language).search(before))
        ):
            out[-1].append(span)
        elif head or not out:
            if not head and not rules.title.search(text) and not _units(letter.language).match(text):
                letter.consider("signatory", *span, "signatory.title", "behind the name, but no post that is known")
                break
            out.append([span])
        elif blanks:
            letter.consider("signatory", *span, "signatory.title", "an empty line parts it from the titles")
            break
        else:
            letter.consider("signatory", *span, "signatory.title", "goes on with no title and begins none")
            break
        blanks = 0
    return out


@cache
def _units(code: Language) -> re.Pattern[str]:
    """What a person who signs belongs to, in place of a post."""
    forms = [f for c in dict.fromkeys((code, "en")) for f in language(c).list("titles", "units")]
    return re.compile(rf"(?:{expand(words(forms))})(?![^\W\d_])")


@cache
def _unfinished(code: Language) -> re.Pattern[str]:
    """The last word of a line that goes on: a connecting word or a comma."""
    linking = [p for key in ("within", "joint") for p in language(code).list("parties", key)]
    return re.compile(rf"(?:(?<![^\W\d_])(?:{'|'.join(map(expand, linking)) or '(?!)'})|,)$")


@cache
def _bureaux(code: Language) -> tuple[tuple[str, ...], ...]:
    """The words of the names of the Union, its bureaux and its secretariat, folded."""
    codes = dict.fromkeys((code, "en"))
    names = [f for c in codes for key in ("union", "TSB", "BR", "BDT", "SG") for f in language(c).list("issuers", key)]
    return tuple(tuple(fold(name).split()) for name in names)


def _goes_on(letter: Letter, before: str, after: str) -> bool:
    """Whether a title's line goes on in the next: an open end, or a bureau's name that begins or goes on there."""
    if _unfinished(letter.language).search(before) or after[0].islower():
        return True
    for name in _bureaux(letter.language):
        for k in range(len(name)):
            tail = " ".join(name[k:])
            if after.startswith(tail) and (not k or before.endswith(" ".join(name[:k]))):
                return True
        if before == "".join(name) and letter.rules.title.match(after):
            return True  # Chinese prints the bureau first
    return False


def _signatory(letter: Letter, name: Span, titles: list[list[Span]]) -> Finding | None:
    if letter.language in ("ru", "ar"):
        name = uncourteous(letter.language, letter.view, *name)
    shown = letter.value(*name)
    shown = re.sub(r"^(?:Mr|Mrs|Ms)\.?\s", "", shown)
    if not re.search(r"[^\W\d_]{2}", shown):
        return None
    evidence: EvidenceMap = {"signatory/name": letter.evidence(*name, "signatory.after-closing")}
    values = []
    for k, spans in enumerate(titles):
        pieces: tuple[Evidence, ...] = ()
        for a, b in spans:
            pieces += letter.evidence(a, b, "signatory.title")
        evidence[f"signatory/titles/{k}"] = pieces
        values.append(tidy(" ".join(letter.text[a:b] for a, b in spans)).rstrip(" *,"))
    person = normal_person(shown)
    if person:
        evidence["signatory/person"] = letter.evidence(*name, "signatory.person")
    return Finding(value=Signatory(name=shown, titles=tuple(values), person=person), evidence=evidence)


def _from_label(letter: Letter) -> Finding | None:
    """The telefax form names its author behind `From:`: name, comma, post (guide 2.3)."""
    atoms = letter.layout.atoms
    for k, atom in enumerate(atoms):
        if atom.kind == "label" and atom.what == "from" and atom.start < letter.layout.header_end:
            stop = min([a.start for a in atoms[k + 1 :]], default=letter.layout.header_end)
            line = re.compile(r"[^\n]*\S[^\n]*").search(letter.view, atom.end, stop)
            if not line:
                return None
            comma = letter.view.find(",", line.start(), line.end())
            name = _clean(letter, line.start(), comma if comma > 0 else line.end())
            if not name:
                return None
            title = _clean(letter, comma + 1, line.end()) if comma > 0 else None
            return _signatory(letter, name, [[title]] if title else [])
    return None


def _term(letter: Letter, found: Finding) -> tuple[Issue, ...]:
    """Cross-check: an official who signs outside every term of office."""
    date = letter.date
    if date is None:
        return ()
    known = [o for o in officials() if o.name == found.value.person]
    if known and not any(o.begins <= date <= o.ends for o in known):
        piece = found.evidence["signatory/name"]
        terms = ", ".join(f"{o.post} {o.begins.year}-{o.ends.year}" for o in known)
        return (
            Issue(
                code="term-of-office", message=f"{known[0].name} held office as {terms}, the letter is of {date.isoformat()}",
                start=piece[0].start, end=piece[-1].end,
            ),
        )  # fmt: skip
    return ()
