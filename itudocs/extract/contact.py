"""The letter's own contact: names, telephone, fax, e-mail, assigned by type.

Conversions tear labels from values; a run of labels is a queue for the run of numbers that follows. The letterhead's footer and a
venue's numbers are no contact. Sources: guide sections 2.4, 4.2, 4.3, 7.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Protocol

from itudocs.extract.letter import EvidenceMap, Finding, Letter
from itudocs.extract.people import courteous, courtesy_ends, name_at, offices, shaped
from itudocs.flow import Span
from itudocs.landmarks import EMAIL, MASK, PHONE, Atom
from itudocs.lexicon import LANGUAGES, expand, fold, language, words
from itudocs.model import Contact, Evidence, Language

_SWITCHBOARD = re.compile(r"22 ?733 ?72 ?56|22 ?730 ?51 ?11|22 ?730 ?65 ?00")
_LETTERHEAD = re.compile(r"22 ?730 ?51 ?11|22 ?730 ?65 ?00")
"""The Union's own numbers; those of the letterhead alone: its fax 733 72 56 is also that of offices."""


class Keep(Protocol):
    """Takes a value: of which kind, the flow characters it stands on, the rule, and what to show if not these."""

    def __call__(self, kind: str, start: int, end: int, rule: str, value: str | None = None) -> None: ...


def contact(letter: Letter) -> Finding:
    """The letter's own contact block, by type: label queues first, then order of telephone and fax."""
    view, layout = letter.view, letter.layout
    values: dict[str, list[str]] = {"names": [], "tel": [], "fax": [], "emails": []}
    evidence: EvidenceMap = {}

    def keep(kind: str, start: int, end: int, rule: str, value: str | None = None) -> None:
        shown = value or letter.value(start, end)
        if shown and shown not in values[kind]:
            evidence[f"contact/{kind}/{len(values[kind])}"] = letter.evidence(start, end, rule)
            values[kind].append(shown)
        elif shown:
            letter.consider("contact", start, end, rule, "given before")

    atoms = [a for a in layout.atoms if a.start < layout.header_end]
    labelled = _phone_labels(letter, atoms)
    telephones = any(
        labelled.get(a.start) == "tel" and not _LETTERHEAD.search(view, a.start, a.end)
        for a in atoms
        if a.kind == "phone"
    )
    for k, atom in enumerate(atoms):
        if atom.kind == "label" and atom.what == "contact":
            if letter.in_section(atom.start) == "contact":
                _names(letter, atoms, k, keep)
        elif letter.in_section(atom.start) != "contact":
            continue
        elif atom.kind == "phone":
            faxed = _fax_before(letter.language).search(view, max(0, atom.start - 30), atom.start)
            kind = labelled.get(atom.start, "")
            if faxed and (not kind or ":" not in faxed[0]):  # "(Direct Fax No. +41 ...": no label of a queue
                kind = "fax"
            elif not kind:
                kind = "fax" if values["tel"] and not values["fax"] else "tel"
            own = _SWITCHBOARD.search(view, atom.start, atom.end) and not values["tel"] and not telephones
            if own or _LETTERHEAD.search(view, atom.start, atom.end):
                why = "the Union's own number, from the letterhead"
                letter.consider("contact", atom.start, atom.end, f"contact.{kind}", why)
                continue  # the Union's own fax in an old letterhead
            masked = MASK.match(view, atom.end) or MASK.match(view, atom.end + 1)
            if not masked or len(re.sub(r"\D", "", view[atom.start : atom.end])) >= 11:
                keep(kind, atom.start, atom.end, f"contact.{kind}", _unreversed(letter, atom))
            else:
                why = "its last digits are masked by the site that hosts the page"
                letter.consider("contact", atom.start, atom.end, f"contact.{kind}", why)
        elif atom.kind == "mask":
            letter.consider("contact", atom.start, atom.end, "contact.email", "masked by the site that hosts the page")
            whole = _behind_mask(letter, atom, [*values["tel"], *values["fax"]])
            if whole:
                kind = "fax" if values["tel"] and not values["fax"] else "tel"
                if not values[kind]:
                    values[kind].append(letter.source.text[whole[0] : whole[1]])
                    quote = letter.source.text[whole[0] : whole[1]]
                    evidence[f"contact/{kind}/0"] = (
                        Evidence(start=whole[0], end=whole[1], quote=quote, rule="contact.other-copy"),
                    )
        elif atom.kind == "email":
            keep("emails", atom.start, atom.end, "contact.email")
    if not values["names"] and (values["tel"] or values["emails"]):
        _unlabelled_names(letter, keep)
    if not any(values.values()):
        _last_paragraph(letter, keep)
    value = Contact(**{k: tuple(v) for k, v in values.items()})
    why = (
        ""
        if any(values.values())
        else "the header has no contact block (a name behind a label, numbers, addresses), and no paragraph names one"
    )
    return Finding(value=value, evidence=evidence, why=why)


_CUT_PHONE = re.compile(r"(\+ ?41 ?22 ?7\d\d)[ ]?\d{0,3}$")


def _behind_mask(letter: Letter, mask: Atom, known: list[str]) -> Span | None:
    """A number whose last digits a mask swallowed, if another copy of the page prints it whole (guide 7)."""
    cut = _CUT_PHONE.search(letter.view, max(0, mask.start - 20), mask.start)
    if not cut:
        return None
    taken = {re.sub(r"\D", "", k) for k in known}
    for match in PHONE.finditer(fold(letter.source.text)):
        digits = re.sub(r"\D", "", match[0])
        if digits.startswith(re.sub(r"\D", "", cut[1])) and digits not in taken and len(digits) >= 11:
            return match.span()
    return None


def _phone_labels(letter: Letter, atoms: list[Atom]) -> dict[int, str]:
    """Which label each number answers to: labels and numbers come in runs, and a run of labels is a queue.

    With fewer numbers than labels, the last labels win if something stands between them (an empty `Fax:+` further up),
    else the first ones (`Tel: Fax: E-mail:` with a masked address).
    """
    out: dict[int, str] = {}
    labels: list[Atom] = []
    phones: list[Atom] = []

    def settle() -> None:
        if labels and phones:
            gap = letter.view[labels[0].end : labels[-1].start]
            chosen = (
                labels[-len(phones) :]
                if re.search(r"[^\W\d_]{3}", re.sub(r"[^\n:]{1,20}:", "", gap))
                else labels[: len(phones)]
            )
            out.update({p.start: label.what for p, label in zip(phones, chosen, strict=False)})
        labels.clear()
        phones.clear()

    for atom in atoms:
        if atom.kind == "label" and atom.what in ("tel", "fax"):
            if phones:
                settle()
            labels.append(atom)
        elif atom.kind == "phone" and letter.in_section(atom.start) == "contact":
            phones.append(atom)
    settle()
    return out


def _unreversed(letter: Letter, atom: Atom) -> str | None:
    """Number groups of right-to-left text printed backwards: 85 57 730 22 41+ is +41 22 730 57 85."""
    if atom.what != "reversed":
        return None
    groups = re.findall(r"\d+", letter.view[atom.start : atom.end])
    return "+" + " ".join(reversed(groups))


def _names(letter: Letter, atoms: list[Atom], k: int, keep: Keep) -> None:
    """Names behind `Contact:` up to the next landmark; what a person is, behind a comma, is dropped."""
    view = letter.view
    following = [a for a in atoms[k + 1 :] if a.kind != "label" or a.what != "contact"]
    stop = following[0].start if following else letter.layout.header_end
    start = atoms[k].end
    if not view[start:stop].strip(" \n/|") and following and following[0].kind == "label":
        # labels first, values after: the name stands between the last label and the first number
        labels = [a for a in following if a.kind == "label" and a.what in ("tel", "fax", "email", "web")]
        run = [a for a in following[: len(labels)] if a.kind == "label" and a.what in ("tel", "fax", "email", "web")]
        if not run:
            return
        start = run[-1].end
        after = [a for a in atoms if a.start >= start and a.kind != "label"]
        stop = after[0].start if after else start
        while after and after[0].kind == "ref" and len(after) > 1:
            start, stop = after[0].end, after[1].start
            after = after[1:]
    for a, b in _unmarked(start, stop, offices(view, start, stop)):
        if _keep_names(letter, a, b, keep):
            return


def _unmarked(start: int, stop: int, marked: list[Span]) -> list[Span]:
    """What the marked stretches leave of `start:stop`."""
    ends = [start, *(b for _, b in marked)]
    begins = [*(a for a, _ in marked), stop]
    return [(a, b) for a, b in zip(ends, begins, strict=True) if b > a]


def _codes(code: Language) -> list[Language]:
    """The language and English beside it."""
    return [code] if code == "en" else [code, "en"]


@cache
def _between(code: Language) -> re.Pattern[str]:
    """What parts two names: a bar, a semicolon, an "and"."""
    joint = words([f for c in _codes(code) for f in language(c).list("parties", "joint")])
    return re.compile(rf"\s?/\s?|;|\s(?:{expand(joint)})\s")


def _keep_names(letter: Letter, start: int, stop: int, keep: Keep) -> bool:
    """The names on the first line that has any, and on lines below it that begin with a form of address."""
    view = letter.view
    found = False
    for line in re.compile(r"[^\n]*\S[^\n]*").finditer(view, start, stop):
        a, b = line.span()
        courtesies = courteous(letter.language, view, a, b)
        if found and not courtesies:
            break
        parts = [m.span() for m in _between(letter.language).finditer(view, a, b)]
        named = [n for c, d in _unmarked(a, b, parts) if (n := _piece(letter, c, d))] or courtesies
        for name in named:
            keep("names", *name, "contact.name")
        found = found or bool(named)
    return found


_ALONE = re.compile(r"[^\W\d_][^\d,(:;/|]{1,58}")


def _piece(letter: Letter, start: int, stop: int) -> Span | None:
    """The name that one piece of a line is: by the shape of names, else its few words before a comma or a column."""
    view = letter.view
    while start < stop and view[start] in " -/|":
        start += 1
    name = name_at(letter.language, view, start, stop)
    if name:
        return name
    inside = courteous(letter.language, view, start, stop)
    if inside:
        return inside[0]
    match = _ALONE.match(view, start, stop)
    text = re.split(r"\s{2,}", match[0])[0].strip() if match else ""
    if len(text) < 2 or len(text.split()) > 6 or (text.isupper() and " " not in text):
        return None
    return start, start + len(text)


def _unlabelled_names(letter: Letter, keep: Keep) -> None:
    """A person's name alone on a line of the header, or behind a form of address (guide 4.2, 7)."""
    view, code = letter.view, letter.language
    sections = letter.layout.of("reference", "contact")
    for section in [*letter.layout.of("letterhead"), *sections]:
        courtesies = courteous(code, view, section.start, section.end)
        if courtesies:
            keep("names", *courtesies[0], "contact.name-line")
            return
    for section in sections:
        marked = offices(view, section.start, section.end)
        for line in re.compile(r"[^\n]+").finditer(view, section.start, section.end):
            start = line.start() + len(line[0]) - len(line[0].lstrip())
            name = name_at(code, view, start, line.end())
            if not name or view[name[1] : line.end()].strip()[:1] not in ("", ",", "/", "("):
                continue
            if len(view[name[0] : name[1]].split()) > 4 or letter.rules.title.search(view, *name):
                continue
            if any(a < name[1] and b > name[0] for a, b in marked):
                continue
            if any(w in letter.rules.vocabulary for w in view[name[0] : name[1]].split()):
                continue
            if any(a.start < name[1] and a.end > name[0] for a in letter.layout.atoms):
                continue
            keep("names", *name, "contact.name-line")
            return


@cache
def _fax_before(code: Language) -> re.Pattern[str]:
    """A word for telefax right before a number."""
    forms = [f for c in dict.fromkeys((code, *LANGUAGES)) for f in language(c).list("labels", "fax")]
    return re.compile(rf"(?:{expand(words(forms))})[^\d+]{{0,20}}$", re.IGNORECASE)


@cache
def _cue(code: Language) -> re.Pattern[str]:
    cues = [p for c in _codes(code) for p in language(c).list("contact", "cues")]
    return re.compile("|".join(f"(?:{expand(p)})" for p in cues), re.IGNORECASE)


_SENTENCE = re.compile(
    r"(?<=[a-zà-ÿа-я\d)\]\"]{2})[.!?]\s+(?=[^\Wa-zà-ÿа-я\d_])|(?<=[\u4e00-\u9fff)])[.!?;]|(?<=[\u0621-\u064a)])[.!?]\s|\n\s*\n"
)
_LOOSE = re.compile(r"\d\.(?=[A-Z])")
"""A sentence ends at a number and the next is glued to it."""
REACH = 400
"""How far from its number the words may stand that name the contact, in characters."""


def _last_paragraph(letter: Letter, keep: Keep) -> None:
    """A letter whose header has no contact names it in a paragraph of its body, mostly the last (guide 4.3).

    Of the sentences with a telephone number or an address, the one that names a person and says what to ask for wins,
    the later of equals.
    """
    view, code = letter.view, letter.language
    start, end = letter.layout.body
    values = [(m.start(), m.end(), "tel") for m in PHONE.finditer(view, start, end)]
    values += [(m.start(), m.end(), "emails") for m in EMAIL.finditer(view, start, end)]
    best: tuple[int, int, int] | None = None
    ours = letter.finding("bureau").value == "BDT"
    for a, _, _ in values:
        low = max(start, a - REACH)
        ends = [m.end() for m in _SENTENCE.finditer(view, low, a) if not courtesy_ends(code, view, m.end())]
        low = max([low, *ends, *(m.end() for m in _LOOSE.finditer(view, low, a))])
        stops = (m.start() for m in _SENTENCE.finditer(view, a, min(end, a + REACH)))
        high = next((s for s in stops if not courtesy_ends(code, view, s + 1)), min(end, a + REACH))
        phones = [v for v in values if low <= v[0] < high and v[2] == "tel"]
        persons = courteous(code, view, low, high)
        asked = bool(_cue(code).search(view, low, high))
        mailed = any(low <= v[0] < high and v[2] == "emails" for v in values)
        if not phones and not (ours and persons and asked):
            continue
        own = any(re.search(r"^\+?\s?41", view[p[0] : p[1]]) for p in phones)
        score = 2 * bool(persons) + 2 * asked + (len(phones) > 1) + mailed
        floor = 2 if ours else 4 + (not own)
        if score >= floor and (persons or asked) and (best is None or (score, low) >= (best[0], best[1])):
            best = (score, low, high)
    if best is None:
        return
    _, low, high = best
    for a, b, kind in sorted(v for v in values if low <= v[0] < high):
        faxed = kind == "tel" and _fax_before(code).search(view, max(low, a - 30), a)
        keep("fax" if faxed else kind, a, b, "contact.last-paragraph")
    first = min(v[0] for v in values if v[0] >= low)
    for person in courteous(code, view, low, high)[:1] or shaped(code, view, low, first)[-1:]:
        keep("names", *person, "contact.last-paragraph")
