"""Flow -> Layout: which part of the letter is what.

Works from the landmarks that `itudocs.landmarks` finds by their characters alone, so that a letter with its line breaks and the same letter flattened to one line get the same zones; lines are only
a hint where they survived. A small state machine then gives every stretch between landmarks to a section. What the
values are is left to `itudocs.extract`. Sources: guide sections 2-4, 6-9, 13, 14.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from itudocs.dategrammar import DateMention, find_dates
from itudocs.flow import Flow, Span
from itudocs.landmarks import Atom, Grammar, find_atoms, grammar
from itudocs.model import Language, Zone, ZoneKind

HEADER_LIMIT = 6000
"""No header is longer; what looks like a landmark further down is not one."""


class Section(NamedTuple):
    """A stretch of the flow with one role."""

    kind: ZoneKind
    start: int
    end: int


class Layout(NamedTuple):
    """What zoning knows of one flow: landmarks, sections in order (they tile the flow), all dates."""

    flow: Flow
    language: Language
    atoms: tuple[Atom, ...]
    sections: tuple[Section, ...]
    dates: tuple[DateMention, ...]
    salutation: Span | None
    closing: Span | None
    header_end: int
    body: Span
    labelled_subject: bool

    def of(self, *kinds: ZoneKind) -> list[Section]:
        """The sections of these kinds, in order."""
        return [s for s in self.sections if s.kind in kinds]


def zone(flow: Flow, code: Language) -> Layout:
    """The layout of one flow."""
    view = flow.view
    rules = grammar(code)
    dates = find_dates(view, code)
    salutation = _salutation(rules, view)
    limit = salutation[0] if salutation else min(len(view), HEADER_LIMIT)
    atoms = find_atoms(rules, view, limit, dates)
    shaped = any((a.kind == "label" and a.what == "subject") or a.what.startswith("vacancy") for a in atoms)
    if salutation is None and not shaped:
        atoms = _leading(view, atoms)
    sections, header_end, labelled = _header(rules, view, atoms, limit, salutation is not None)
    tail_from = salutation[1] if salutation else header_end
    notice = next((a for a in atoms if a.what.startswith("vacancy")), None)
    if notice and not salutation:  # a vacancy notice is a list of labelled lines, not a letter
        header_end = notice.end
        sections = [s._replace(end=min(s.end, header_end)) for s in sections if s.start < header_end]
        tail_from = header_end
    closing, tail = _tail(rules, view, tail_from, salutation is not None)
    if salutation:
        sections.append(Section("salutation", *salutation))
    body_end = tail[0].start if tail else len(view)
    body = (tail_from, max(tail_from, body_end))
    sections.append(Section("body", *body))
    sections.extend(tail)
    return Layout(
        flow,
        code,
        tuple(atoms),
        _tiled(sections, len(view)),
        tuple(dates),
        salutation,
        closing,
        header_end,
        body,
        labelled,
    )


_SENTENCE_END = re.compile(r"[a-zà-ÿа-я)]{2}[.;:]\s+[A-ZА-ЯÀ-Þ]|[\u4e00-\u9fff][.;]|[\u0621-\u064a]\.\s")


def _leading(view: str, atoms: list[Atom]) -> list[Atom]:
    """The landmarks of a header where neither a salutation nor a subject shows its end: they stop where prose begins.

    A page may begin below its header; references and dates of its sentences are then no header (guide 4.2, 10).
    """
    out: list[Atom] = []
    at = 0
    for atom in atoms:
        gap = view[at : atom.start]
        if len(gap) > 160 or _SENTENCE_END.search(gap):
            break
        if (
            atom.kind in ("ref", "date")
            and atom.what != "placed"
            and _PROSE.search(view, max(at, atom.start - 16), atom.start)
        ):
            break
        out.append(atom)
        at = max(at, atom.end)
    return out


def _salutation(rules: Grammar, view: str) -> Span | None:
    """The best salutation: punctuated before bare, early before late."""
    best: tuple[float, Span] | None = None
    for match in rules.salutation.finditer(view, 0, HEADER_LIMIT + 2000):
        words_before = len(view[: match.start()].strip())
        score = 2.0 if view[match.end() - 1] in ",:!" else 0.0
        score += 1.0 if words_before else -0.5
        score -= match.start() / 4000
        if best is None or score > best[0]:
            best = (score, match.span())
    if best is None:
        return None
    start, end = best[1]
    second = rules.salutation.match(view, end + len(view[end:]) - len(view[end:].lstrip()))
    if second and second.start() - end < 6:  # two formulas in a row are one salutation
        end = second.end()
    while end > start and view[end - 1].isspace():
        end -= 1
    return start, end


_DIRECTOR = re.compile(r"\S{1,3} (?:the |al |au )?(?:Director|Directeur|Direct)[^\n]{0,12}\s*")
"""A line above the salutation of circular letters to administrations: "To the Director-General"."""
_PROSE = re.compile(r"(?:^|\s)(?!(?:le|el|о|г)\s)[a-zà-ÿа-я(][a-zà-ÿа-я]*\s{1,3}$|\($")
"""A lower-case word right before a date: the date belongs to a sentence, not to the header."""

_LEAD = re.compile(r"(?:[-•·*]\s{0,3})?(?:[A-ZÀА]\w{0,3}|致|إلى|a|à)?\s{0,3}(?:the |las |los |les )?$")


def _header(rules: Grammar, view: str, atoms: list[Atom], limit: int, saluted: bool) -> tuple[list[Section], int, bool]:
    """Gives every stretch of the header to a section. Returns the sections, where the header ends, and whether the
    subject was labelled.
    """
    sections: list[Section] = []
    current: ZoneKind = "letterhead"
    at = 0
    subject_label = -1
    displaced = False
    looked = 0
    ended = False
    last_party = -1

    def give(kind: ZoneKind, start: int, end: int) -> None:
        if end > start:
            sections.append(Section(kind, start, end))

    for k, atom in enumerate(atoms):
        if atom.start < at:
            continue
        gap = view[at : atom.start]
        if (
            not saluted
            and subject_label >= 0
            and current in ("addressees", "copies", "contact", "reference")
            and (len(gap) > 300 or _SENTENCE_END.search(gap))
        ):  # prose below the subject: the body has begun
            head = party_extent(rules, view, last_party, atom.start) if current in ("addressees", "copies") else at
            head = max(at, min(head, atom.start))
            give(current, at, head)
            at, ended = head, True
            break
        if current == "subject" and not saluted:
            seen = (
                looked - _AGAIN if looked - _AGAIN > max(at, subject_label) else at
            )  # not all of it for each landmark
            stop = _subject_end(rules, view, seen, atom.start, subject_label)
            looked = atom.start
            if stop is not None:
                give("subject", at, stop)
                at, ended = stop, True
                break
        if atom.kind == "label":
            if atom.what == "to" and current == "body":
                continue
            if atom.what == "subject" and any(s.kind == "subject" for s in sections) and current == "body":
                continue
            if current == "subject" and atom.what in ("web", "clock", "date", "other", "ref", "annex", "reply"):
                continue
            if current in ("addressees", "copies") and atom.what in ("clock", "other", "annex") and gap.strip():
                continue
            if atom.what == "subject" and saluted and not view[atom.end : limit].strip(" \n/|"):
                line = max(at, view.rfind("\n", at, atom.start) + 1)
                if len(view[line : atom.start].strip()) > 8:  # the words stand before their label (guide 17.6, 6)
                    give(current, at, line)
                    give("subject", line, limit)
                    at, subject_label, displaced, current = limit, atom.end, False, "subject"
                    break
            give(current, at, atom.start)
            at = atom.start
            if atom.what == "subject":
                current, subject_label, displaced = "subject", atom.end, False
                give("subject", at, atom.end)
            elif atom.what == "to":
                displaced = displaced or (current == "subject" and not view[subject_label : atom.start].strip(" \n/|-"))
                current = "addressees"
                give("addressees", at, atom.end)
            elif atom.what in ("copy", "distribution"):
                displaced = displaced or (current == "subject" and not view[subject_label : atom.start].strip(" \n/|-"))
                current = "copies"
                give("copies", at, atom.end)
            elif atom.what == "cited":
                if subject_label >= 0 and not saluted:  # cited letters under the subject: the body begins
                    ended = True
                    break
                current = "body"
                give(current, at, atom.end)
            elif atom.what in ("ref", "date", "clock"):
                current = "reference"
                give("reference", at, atom.end)
            elif atom.what == "annex":
                current = "annexes"
                give("annexes", at, atom.end)
            elif atom.what in ("contact", "tel", "fax", "email", "web", "from", "reply"):
                current = "contact"
                give("contact", at, atom.end)
            else:
                give(current, at, atom.end)
            at = atom.end
        elif atom.kind == "party":
            lead = _LEAD.search(view, max(at, atom.start - 14), atom.start)
            start = lead.start() if lead and atom.what == "to" else atom.start
            if current == "subject":
                text = view[subject_label:start].strip(" \n/|-")
                explicit = atom.what == "to" and re.search(
                    r"-\s{0,3}[^\s-]{1,4}\s{0,3}(?:the )?$|\n\s{0,3}[^\Wa-zа-я]\w{0,3}:?\s{1,3}(?:the )?$",
                    view[max(0, atom.start - 12) : atom.start],
                )
                if text and not explicit and not (saluted and _DIRECTOR.fullmatch(view, start, limit)):
                    continue
                displaced = displaced or not text
            if current in ("body", "annexes"):
                continue
            if saluted and _DIRECTOR.fullmatch(view, start, limit):
                give(current, at, start)  # "To the Director-General" above the salutation belongs to it
                give("salutation", start, limit)
                at = limit
                break
            give(current, at, start)
            current = "copies" if current == "copies" else "addressees"
            give(current, start, atom.end)
            at, last_party = atom.end, atom.end
        elif atom.kind in ("phone", "email", "mask"):
            if current in ("subject", "body", "annexes"):
                continue
            was = current
            give(current, at, atom.start)
            give("contact", atom.start, atom.end)
            at = atom.end
            follow = view[at : at + 40]
            resumes = re.match(r"\s{0,3}(?:-|•|·|of|and|to|in|who|de|et|y|и|в|的)\s", follow)
            if was in ("addressees", "copies"):
                current = was if resumes or _more_parties(atoms, k) else "contact"
            elif resumes and last_party >= 0 and re.match(r"\s{0,3}(?:of|and|to|in|de|et|y)\s", follow):
                current = "addressees"
            else:
                current = "contact"
        elif atom.kind in ("ref", "date"):
            if current in ("subject", "body", "annexes"):
                continue
            if current in ("addressees", "copies") and not _stands_alone(view, atom, atoms, k):
                continue
            if atom.kind == "date" and not atom.what and _PROSE.search(view, max(at, atom.start - 16), atom.start):
                continue
            give(current, at, atom.start)
            give("reference", atom.start, atom.end)
            at = atom.end
            current = (
                "reference"
                if current in ("letterhead", "reference", "addressees", "copies") or atom.kind == "ref"
                else current
            )
        elif atom.kind == "issuer":
            if current not in ("letterhead", "reference"):
                continue
            give(current, at, atom.start)
            give("letterhead", atom.start, atom.end)
            at, current = atom.end, "letterhead"
    if not ended:
        if current == "subject" and not saluted:
            stop = _subject_end(rules, view, at, limit, subject_label)
            stop = _first_break(view, max(at, subject_label), limit) if stop is None else stop
            give("subject", at, stop)
            at = stop
        elif saluted:
            at = _last_stretch(rules, view, sections, current, at, limit, subject_label, displaced)
            give("subject" if subject_label < 0 or displaced else current, at, limit) if at < limit else None
            at = limit
        else:
            last = max([s.end for s in sections if s.kind not in ("letterhead",)], default=0)
            if current in ("addressees", "copies", "contact", "reference") and last:
                stop = _subject_end(rules, view, at, limit, at) or at
                extent = party_extent(rules, view, at, stop) if current in ("addressees", "copies") else at
                give(current, at, extent)
                if extent < stop:
                    give("subject", extent, stop)
                at = stop
            elif current == "annexes":
                give("annexes", at, limit)
                at = limit
    return sections, at, subject_label >= 0


_BREAK = re.compile(r"\n(?=\s{0,3}[A-ZÀ-ÞА-Я\d][^\n]{60})|(?<=[a-zà-ÿа-я)])\.\s(?=[A-ZÀ-ÞА-Я])")


def _first_break(view: str, start: int, end: int) -> int:
    """Where a long subject without any sign of its end is cut: at a line that begins a paragraph, or after a sentence."""
    if end - start < 300:
        return end
    found = _BREAK.search(view, start + 20, end)
    return found.start() if found else end


def _last_stretch(
    rules: Grammar,
    view: str,
    sections: list[Section],
    current: ZoneKind,
    at: int,
    limit: int,
    label: int,
    displaced: bool,
) -> int:
    """The stretch before the salutation: whose it is, and where a subject without a label of its own begins in it."""
    has_subject = label >= 0 and not displaced
    if has_subject:
        if limit > at:
            sections.append(Section(current, at, limit))
        return limit
    if current in ("addressees", "copies"):
        begin = next((s.start for s in reversed(sections) if s.kind == current), at)
        printed = rules.labels.match(view, begin, limit)
        begin = printed.end() if printed else begin
        stop = max(at, party_extent(rules, view, begin, limit))
    else:
        stop = at
    if stop > at:
        sections.append(Section(current, at, stop))
    person = _PERSON.match(view, stop, limit)
    if person and not any(_in_vocabulary(rules, w) for w in person[1].split()):
        after = person.end()
        line_end = view.find("\n", after + 1, limit)
        if rules.title.match(view, after + 1, limit) and line_end > 0:
            after = line_end  # a name alone on its line, then what the person is: the contact, not the subject
        if view[after:limit].strip():
            sections.append(Section("contact", stop, after))
            return after
    return stop


_PERSON = re.compile(r"\s*((?:[A-ZÀ-ÞА-Я][\w'’-]+\.?[ ]){1,3}[A-ZÀ-ÞА-Я][\w'’-]+)[ ]*(?=\n)")


def _more_parties(atoms: Sequence[Atom], k: int) -> bool:
    """Whether, after the contact landmarks that follow, an addressee comes before the subject."""
    for atom in atoms[k + 1 : k + 6]:
        if atom.kind == "party":
            return True
        if atom.kind == "label" and atom.what in ("subject", "copy", "to"):
            return False
    return False


def _stands_alone(view: str, atom: Atom, atoms: Sequence[Atom], k: int) -> bool:
    """Whether a date or reference among addressees is a cell of its own and no part of their names."""
    before = view[max(0, atom.start - 3) : atom.start]
    after = view[atom.end : atom.end + 3]
    if "(" in before or ")" in after[:1]:
        return False
    own_line = ("\n" in before or "/" in before or atom.start == 0) and (
        not after.strip(" ") or "\n" in after or "/" in after
    )
    if atom.what == "placed" or own_line:
        return True
    return k + 1 < len(atoms) and atoms[k + 1].kind == "label" and not view[atom.end : atoms[k + 1].start].strip()


_AGAIN = 300
"""Of a subject in which no end was found, so many of the last characters are looked at again with those behind them."""
_NUMBERED = re.compile(r"(?:\n\s{0,3}|\s)1\.?(?:\)|\s|(?=[A-Z]))\s{0,3}(?=[A-ZА-Я])")
_PARTED = re.compile(r"[\n.]\s*$|[\u4e00-\u9fff\u300b]\s+$")
"""What parts a subject from a body that begins with a word which subjects have as well; Chinese has few white spaces."""
_CONNECTORS = re.compile(r"(?:\b(?:of|for|on|and|in|the|to|de|du|des|la|le|del|y|et|о|по|и|в|на|от)|[:,(/\"-])\s{0,3}$")


def _subject_end(rules: Grammar, view: str, start: int, end: int, label: int) -> int | None:
    """Where a subject that no salutation closes gives way to the body between `start` and `end`; None if it does not."""
    begin = max(start, label)
    text = view[begin:end]
    lead = len(text) - len(text.lstrip(" \n/|"))
    if lead >= len(text):
        return None
    stops: list[int] = []
    for blank in re.finditer(r"\n[ ]*\n\s*", text[lead:]):
        rest = text[lead + blank.end() : lead + blank.end() + 4]
        if rest[:1] in "-•·*" and rest[:1]:
            continue  # a list under the subject belongs to it
        if lead + blank.start() + begin > label:
            stops.append(begin + lead + blank.start())
            break
    numbered = _NUMBERED.search(text, lead + 6)
    if numbered:
        stops.append(begin + numbered.start())
    heading = rules.heading.search(text, lead + 6)
    if heading and not _CONNECTORS.search(text[max(0, heading.start() - 12) : heading.start()]):
        stops.append(begin + heading.start())
    rule = re.search(r"_{4,}|={4,}", text)
    if rule:
        stops.append(begin + rule.start())
    sure = rules.sure.search(text, lead + 8)
    if sure:
        stops.append(begin + sure.start())
    for match in rules.openers.finditer(text, lead + 8):
        before = text[max(0, match.start() - 12) : match.start()]
        if match[0] in rules.inside and not _PARTED.search(before):
            continue
        if _CONNECTORS.search(before) or (before and before[-1].isupper()):
            continue
        glued = before[-1:].islower() or before[-1:].isdigit() or before[-1:] in ").\"'"
        if before[-1:].isspace() or (glued and match[0][0].isupper()):
            stops.append(begin + match.start())
            break
    return min(stops) if stops else None


_WORD = re.compile(r"[^\s,;()/]+|[,;()/]|\n+")
_TERMINAL = {
    "Bureau",
    "Board",
    "IAEA",
    "ATIS",
    "Associates",
    "Members",
    "States",
    "Union",
    "ITU",
    "Academia",
    "Council",
    "Asociados",
    "UIT",
    "Union,",
    "МСЭ",
    "Союза",
}


def party_extent(rules: Grammar, view: str, start: int, end: int) -> int:
    """Where a run of addressees between `start` and `end` stops and something else begins."""
    text = view[start:end]
    if "\n" in text.strip():
        return start + _party_lines(rules, text)
    previous = ""
    depth = 0
    for match in _WORD.finditer(text):
        word = match[0]
        if word == "(":
            depth += 1
        elif word == ")":
            depth = max(0, depth - 1)
        elif depth == 0 and word[0].isalpha() and word[0].isupper():
            bare = word.strip(".:'\"")
            if bare in ("To", "Aux", "Al", "A") and rules.head.match(text, match.end() + 1):
                continue
            if (
                previous in _TERMINAL and bare in ("ITU", "UIT", "Meeting", "Meetings", "Conference", "Special")
            ) or not _in_vocabulary(rules, bare):
                if rules.head.match(text, match.start()):
                    previous = bare
                    continue
                return start + match.start()
        elif word[0] in "\"'" and depth == 0:
            return start + match.start()
        previous = word
    return end


def _in_vocabulary(rules: Grammar, word: str) -> bool:
    return word in rules.vocabulary or bool(re.fullmatch(r"[A-Z]{1,4}\d[\w-]*|\d\w*", word))


def _party_lines(rules: Grammar, text: str) -> int:
    """The same over lines: a line goes on with addressees if it is a bullet, continues a phrase or begins a group."""
    at = 0
    open_end = True
    for match in re.finditer(r"[^\n]*(?:\n|$)", text):
        line = match[0].strip()
        if not line:
            continue
        first = line.split()[0].strip("-•·*(").strip()
        bullet = line[0] in "-•·*"
        continues = bool(first) and (first[0].islower() or first[0].isdigit())
        known = first not in rules.meetings and all(
            _in_vocabulary(rules, w.strip(".,;:()'\"")) for w in line.split() if w[:1].isupper()
        )  # "Meeting of Study Group 17" is made of addressees' words, and none
        if bullet or continues or open_end or rules.head.match(line) or known:
            at = match.end()
            open_end = bool(re.search(r"(?:\b(?:of|the|and|in|to|for|de|la|los|et|des|и)|,|/|-)$", line))
            continue
        return at
    return len(text)


_NAME = r"(?:[A-ZÀ-ÞА-Я]\.|[A-ZÀ-ÞА-Я][\w'’-]+)"
_SIGNATURE = re.compile(
    rf"(?<![^\W\d_])(?:(?:Dr|Mr|Mrs|Ms|Prof)\.?\s)?(?:(?:[A-ZÀ-ÞА-Я]\.){{1,3}}\s{{0,3}}|{_NAME}\s{{1,3}}){{0,4}}{_NAME}\s{{0,80}}$"
)
_NAME_BELOW = re.compile(rf"\n[ ]{{0,8}}(?:{_NAME}[ ]){{1,3}}{_NAME}[ ]{{0,8}}(?=\n)")
_AFTER_TITLE = re.compile(
    r"\s(?:Annex(?:es?)?|ANNEX(?:ES?)?|Anexos?|Приложени[ея]|Distribution|Distribución|Рассылка|Attachments?|Enclosures?|Copy|Copie)\b"
)


def _tail(rules: Grammar, view: str, start: int, saluted: bool) -> tuple[Span | None, list[Section]]:
    """Closing, signature, lists of annexes and copies, annexes: everything behind the body."""
    annex = _annex_start(rules, view, start)
    letter_end = annex if annex is not None else len(view)
    sections: list[Section] = []
    closing: Span | None = None
    match = rules.closing.search(view, start, letter_end)
    if match:
        closing = match.span()
    labels = [
        Atom("label", a, b, kind)
        for a, b, form in rules.find_labels(view, closing[1] if closing else start, letter_end)
        if (kind := rules.label_kind(form)) in ("annex", "copy", "distribution")
        and (closing or kind != "copy" or view[max(0, a - 2) : a].strip(" ") in ("", "\n"))
    ]
    numbered = [  # "Annex 1: Titles and summaries"
        Atom("label", m.start(), m.end(), "annex")
        for m in rules.numbered_annex.finditer(view, closing[1] if closing else start, letter_end)
        if closing or _listlike(view, Atom("label", *m.span()))
    ]
    if closing:
        sections.append(Section("closing", *closing))
        at = closing[1]
        labels = sorted([*labels, *numbered, *_documents(rules, view, at, letter_end)], key=lambda a: a.start)
        end = labels[0].start if labels else min(letter_end, at + 400)
        sections.append(Section("signature", at, end))
    else:
        signature = _bare_signature(
            rules, view, start, sorted([*labels, *numbered], key=lambda a: a.start), letter_end, saluted
        )
        if signature:
            sections.append(Section("signature", *signature))
            labels = [*labels, *numbered, *_documents(rules, view, signature[1], letter_end)]
            labels = sorted((a for a in labels if a.start >= signature[1]), key=lambda a: a.start)
            end = labels[0].start if labels else signature[1]
        else:
            labels = [a for a in labels if a.what == "distribution" or _listlike(view, a)]
            end = labels[0].start if labels else letter_end
    for k, atom in enumerate(labels):
        stop = labels[k + 1].start if k + 1 < len(labels) else letter_end
        if atom.what in ("copy", "distribution") and stop == letter_end and annex is None:
            word = rules.annex_word.search(view, atom.end + 20, stop)
            if word:  # in a text without lines the last group runs on into the annex
                annex = stop = word.start()
        sections.append(Section("annexes" if atom.what in ("annex", "documents") else "copies", atom.start, stop))
        end = stop
    if annex is not None:
        sections.append(Section("annexes", max(annex, end) if sections else annex, len(view)))
    return closing, sections


def _documents(rules: Grammar, view: str, start: int, end: int) -> list[Atom]:
    """Labels of lists of documents below the signature; in the body they are words of a sentence."""
    found = rules.find_labels(view, start, end)
    return [Atom("label", a, b, "documents") for a, b, form in found if rules.label_kind(form) == "documents"]


def _listlike(view: str, atom: Atom) -> bool:
    """A label at the head of a line or behind a full stop: a list of annexes, no word of a sentence."""
    before = view[max(0, atom.start - 3) : atom.start].rstrip(" ")
    return not before or before[-1] in "\n.)" or before[-1].islower()


def _bare_signature(
    rules: Grammar, view: str, start: int, labels: Sequence[Atom], letter_end: int, saluted: bool
) -> Span | None:
    """A name and a title without a closing formula before them, as the Radiocommunication Bureau signs."""
    if rules.data[0].code == "zh":
        return _chinese_signature(rules, view, start, labels, letter_end)
    if rules.data[0].code == "ar":
        return _arabic_signature(rules, view, start, labels, letter_end)
    best: Span | None = None
    for match in rules.title.finditer(view, start, letter_end):
        if best and any(best[1] <= a.start < match.start() for a in labels):
            break  # posts in the list of copies sign nothing
        line_end = view.find("\n", match.end(), letter_end)
        line_end = letter_end if line_end < 0 else line_end
        next_label = next((a.start for a in labels if a.start >= match.end()), letter_end)
        end = min(line_end, next_label)
        after = _AFTER_TITLE.search(view, match.end(), end)
        end = after.start() if after else end
        rest = view[match.end() : end].strip()
        if len(rest) > 90 or (rest and re.match(r"(?:will|has|is|shall|may|and|to|that|in|who)\b", rest)):
            continue
        name = _SIGNATURE.search(view, max(start, match.start() - 140), match.start())
        if not name:
            below = _NAME_BELOW.match(view, line_end, letter_end)
            if below and not view[view.rfind("\n", 0, match.start()) + 1 : match.start()].strip():
                return match.start(), below.end()
            continue
        before = view[max(0, name.start() - 3) : name.start()]
        named = name[0].strip()
        if any(_in_vocabulary(rules, w) for w in named.split()):
            continue
        if saluted and "\n" not in before and (len(rest) > 60 or before.strip()[-1:] not in (".", ",")):
            continue
        if len(named.split()) < 2 and "\n" not in before and next_label > match.end() + 3:
            continue
        if before.strip(" ") and before.strip(" ")[-1] not in "\n.)" and not before.endswith(" "):
            continue
        best = (name.start(), end)
        if end == next_label or not rest:
            break
    return best


_CHINESE_NAME = re.compile(
    r"(?:^|[\n.)])\s{0,3}([\u4e00-\u9fff]{1,6}[•·][\u4e00-\u9fff]{1,8}(?:[•·-][\u4e00-\u9fff]{1,6})?|(?<=\n)[\u4e00-\u9fff]{2,4}(?=\n))\s{0,3}$"
)


def _chinese_signature(rules: Grammar, view: str, start: int, labels: Sequence[Atom], letter_end: int) -> Span | None:
    """Chinese letters print the title first and glue the name to it: 主任弗朗索瓦•朗西."""
    for match in rules.title.finditer(view, start, letter_end):
        before = _CHINESE_NAME.search(view, max(start, match.start() - 18), match.start())
        if before and not view[match.end() : match.end() + 3].strip(" ")[:1].strip("\n附分抄("):
            return before.start(1), match.end()  # name first, as on newer letters
        if view[max(0, match.start() - 1) : match.start()] not in ("\n", " ", ".", "", ")"):
            continue
        end = view.find("\n", match.end(), letter_end)
        next_label = next((a.start for a in labels if a.start >= match.end()), letter_end)
        end = min(letter_end if end < 0 else end, next_label)
        name = view[match.end() : end].strip(" :,")
        if not name:
            end = view.find("\n", end + 1, letter_end)
            end = letter_end if end < 0 else end
            name = view[match.end() : end].strip(" :,\n")
        if 2 <= len(name) <= 16 and re.fullmatch(r"[\u4e00-\u9fff•·.\s-]{2,16}|[A-Z][A-Za-z .'-]{3,30}", name):
            return match.start(), end
    return None


_ARABIC_NAME = re.compile(
    r"(?:^|[\n.])\s{0,3}([\u0621-\u064a]{2,12}(?:[ -]{1,2}[\u0621-\u064a]{2,14}){1,4})[ ]{0,3}\n?[ ]{0,3}$"
)


def _arabic_signature(rules: Grammar, view: str, start: int, labels: Sequence[Atom], letter_end: int) -> Span | None:
    """A name and, below or behind it, a title that ends the letter; Arabic has no capitals to know a name by."""
    for match in rules.title.finditer(view, start, letter_end):
        line_end = view.find("\n", match.end(), letter_end)
        end = min(
            letter_end if line_end < 0 else line_end,
            next((a.start for a in labels if a.start >= match.end()), letter_end),
        )
        if len(view[match.end() : end].strip()) > 60:
            continue
        name = _ARABIC_NAME.search(view, max(start, match.start() - 60), match.start())
        if name and not rules.head.search(name[1]):
            return name.start(1), end
    return None


def _annex_start(rules: Grammar, view: str, start: int) -> int | None:
    """Where the first annex begins; its head stands alone, after the letter's first words."""
    for match in rules.annex_head.finditer(view, start + 20):
        before = view[max(0, match.start() - 12) : match.start()]
        if re.search(r"(?:\b(?:in|see|the|of|to|and|See|l'|la|el|dans|en|в|به|及|见)\s{1,2})$", before):
            continue
        return match.start() + len(match[0]) - len(match[0].lstrip())
    return None


def _tiled(sections: list[Section], length: int) -> tuple[Section, ...]:
    """Sections in order without gaps or overlaps: neighbours of a kind join, gaps go to the section before."""
    out: list[Section] = []
    at = 0
    for section in sorted(sections, key=lambda s: (s.start, s.end)):
        start, end = max(at, section.start), section.end
        if end <= start:
            continue
        if start > at:
            if out:
                out[-1] = out[-1]._replace(end=start)
            else:
                out.append(Section("letterhead", at, start))
        if out and out[-1].kind == section.kind and section.kind not in ("salutation", "closing"):
            out[-1] = out[-1]._replace(end=end)
        else:
            out.append(Section(section.kind, start, end))
        at = end
    if at < length:
        if out:
            out[-1] = out[-1]._replace(end=length)
        else:
            out.append(Section("body", 0, length))
    return tuple(out)


def zones(length: int, layouts: Sequence[Layout]) -> tuple[Zone, ...]:
    """Zones of the source's text from its best layout: they tile it; what is outside the flow is furniture."""
    marks: list[tuple[int, int, ZoneKind]] = []
    best = layouts[0]
    for section in best.sections:
        marks.extend((a, b, section.kind) for a, b in best.flow.spans(section.start, section.end))
    marks.sort()
    out: list[Zone] = []
    dropped = sorted(best.flow.dropped)  # disjoint
    ends = [b for _, b in dropped]
    inside = (min((m[0] for m in marks), default=0), max((m[1] for m in marks), default=0))

    def push(kind: ZoneKind, start: int, end: int) -> None:
        if end <= start:
            return
        if out and out[-1].kind == kind:
            out[-1] = Zone(kind=kind, start=out[-1].start, end=end)
        else:
            out.append(Zone(kind=kind, start=start, end=end))

    at = 0
    for start, end, kind in marks:
        if start < at:
            start = at
        if start > at:
            k = bisect_right(ends, at)
            gap_dropped = k < len(dropped) and dropped[k][0] < start
            outside = at < inside[0]
            push("furniture" if outside or gap_dropped else (out[-1].kind if out else kind), at, start)
        push(kind, start, end)
        at = max(at, end)
    if at < length:
        push("furniture" if marks else "body", at, length)
    return tuple(out)
