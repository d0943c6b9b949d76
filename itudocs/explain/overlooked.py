"""What resembles a field's value and was never in the running: cited references, footers' numbers, dates of the body.

Extractors remember what they weighed (`Letter.tried`); what their field's place in the letter rules out beforehand is looked
for here, with their own patterns, and only when somebody asks. Dates and citations of the body are `mentions`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from itudocs.dategrammar import DateMention, find_dates
from itudocs.explain.mentions import citations, days_of, deadlines, events, judged
from itudocs.extract import Letter, Tried
from itudocs.extract.content import MARKING
from itudocs.extract.identity import from_name, function_words, number_of
from itudocs.extract.parties import group_codes
from itudocs.landmarks import EMAIL, MASK, PHONE, references
from itudocs.lexicon import fold
from itudocs.model import Circular

Overlooked = Callable[[Letter, Circular], Iterator[Tried]]

FURNITURE = "stands in a footer, a print mark or the page's chrome, which are no part of the letter"


def _dropped(letter: Letter) -> Iterator[tuple[int, str]]:
    """Where each piece of furniture stands in the source, and its folded text."""
    for start, end in letter.flow.dropped:
        yield start, fold(letter.source.text[start:end])


def _line(letter: Letter, start: int, end: int, longest: int = 160) -> tuple[int, int] | None:
    """The first words between two positions, to the end of their line."""
    match = re.compile(r"\S[^\n]*").search(letter.view, start, end)
    return (match.start(), min(match.end(), match.start() + longest)) if match else None


# -- who it is ---------------------------------------------------------------------------------------------------------


def _refs(letter: Letter, record: Circular) -> Iterator[Tried]:
    own = {number for atom in letter.layout.atoms if atom.kind == "ref" and (number := number_of(atom)[1].get("n"))}
    for atom in references(letter.view, 0, len(letter.view)):
        section = letter.in_section(atom.start)
        if section == "annexes" and number_of(atom)[1].get("n") in own:
            why = "repeats the letter's own number over an annex"
        elif section in ("subject", "body", "annexes"):
            why = f"stands in the {section}: cited, not the letter's own"
        else:
            why = f"stands in the {section}, as part of another landmark or behind the header"
        yield Tried(atom.start, atom.end, f"ref.{atom.what}", why)
    for at, view in _dropped(letter):
        for atom in references(view, 0, len(view)):
            yield Tried(at + atom.start, at + atom.end, f"ref.{atom.what}", FURNITURE, where="text")


def _file_name(letter: Letter, record: Circular, *, rule: str, index: int, value: str | None) -> Iterator[Tried]:
    named = from_name(letter.source.name)
    if named and value:
        agrees = "; both agree" if named[index] == value else ""
        why = f"the printed reference is surer than the file's name{agrees}"
        yield Tried(*named[2], rule, why, None, str(named[index]), "name")


def _ids(letter: Letter, record: Circular) -> Iterator[Tried]:
    yield from _file_name(letter, record, rule="id.file-name", index=1, value=record.id)
    for tried in letter.tried.get("ref", ()):
        if tried.why:
            yield tried


def _series(letter: Letter, record: Circular) -> Iterator[Tried]:
    yield from _file_name(letter, record, rule="series.file-name", index=0, value=record.series)
    slugs = {atom.start: number_of(atom)[0] for atom in letter.layout.atoms if atom.kind == "ref"}
    for tried in letter.tried.get("ref", ()):
        if tried.why and slugs.get(tried.start) not in (None, record.series):
            yield tried._replace(value=slugs[tried.start], score=None)


def _bureau(letter: Letter, record: Circular) -> Iterator[Tried]:
    by = record.evidence["bureau"][0].rule if record.bureau else ""
    for atom in letter.layout.atoms:
        if atom.kind == "issuer":
            value = None if atom.what == "union" else atom.what
            agrees = "; both agree" if value == record.bureau else ""
            if value is None:
                why = "names the Union, no bureau"
            elif by.startswith(("ref.", "series.")):
                why = f"the series is surer than the letterhead{agrees}"
            else:
                why = f"stands behind the name that counts{agrees}"
            yield Tried(atom.start, atom.end, "bureau.letterhead", why, None, value)


def _language(letter: Letter, record: Circular) -> Iterator[Tried]:
    sample = letter.view[:20000]
    scripts = {"ru": "[а-яА-Я]", "ar": "[\u0621-\u064a]", "zh": "[\u4e00-\u9fff]"}
    for code, letters in scripts.items():
        count = len(re.findall(letters, sample))
        yield Tried(0, 0, "language.words", f"{count} letters of its script", count, code)
    for latin, count in function_words(sample).items():
        yield Tried(0, 0, "language.words", f"{count} of its function words", count, latin)


# -- when and about what -----------------------------------------------------------------------------------------------

_NUMERIC = re.compile(r"(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d)")


def _dates(letter: Letter, record: Circular) -> Iterator[Tried]:
    verdicts = {mention.start: why for mention, _, why in judged(letter, record)}
    for mention in letter.dates:
        why = _no_date_line(letter, mention, verdicts)
        yield Tried(mention.start, mention.end, "date.header", why, None, days_of(mention))
    for at, view in _dropped(letter):
        spans = [(m.start, m.end) for m in find_dates(view, letter.language)]
        spans += [m.span() for m in _NUMERIC.finditer(view)]
        for start, end in spans:
            yield Tried(at + start, at + end, "date.header", FURNITURE, where="text")


def _no_date_line(letter: Letter, mention: DateMention, verdicts: dict[int, str]) -> str:
    section = letter.in_section(mention.start)
    if section in ("subject", "body"):
        return f"stands in the {section}: {verdicts.get(mention.start, 'not the date of the letter')}"
    if mention.start >= letter.layout.header_end:
        return f"stands in the {section}, behind the header"
    if not mention.first[2]:
        return "a month, no day"
    if mention.first[1:] != mention.last[1:]:
        return "a range of days is no date line"
    return "part of another landmark, such as a reference or a number"


def _subject(letter: Letter, record: Circular) -> Iterator[Tried]:
    layout = letter.layout
    taken = layout.of("subject")
    for start, end, form in letter.rules.find_labels(letter.view, 0, len(letter.view)):
        if letter.rules.label_kind(form) == "subject" and not any(s.start <= start < s.end for s in taken):
            span = _line(letter, end, len(letter.view))
            if span:
                where = letter.in_section(start)
                yield Tried(*span, "subject.labelled", f"its label stands in the {where}: another document's subject")
    if layout.salutation and layout.labelled_subject:
        last = [s for s in layout.sections if s.end <= layout.salutation[0]][-1:]
        if last and last[0].kind not in ("subject", "copies", "addressees") and (span := _line(letter, *last[0][1:])):
            why = "stands before the salutation, where a subject without a label would; the labelled one is surer"
            yield Tried(*span, "subject.before-salutation", why)


def _markings(letter: Letter, record: Circular) -> Iterator[Tried]:
    for match in MARKING.finditer(letter.view, letter.layout.header_end):
        group = 1 if match[1] else 2
        yield Tried(*match.span(group), "markings.known", "stands below the header: a word of the text")


def _salutation(letter: Letter, record: Circular) -> Iterator[Tried]:
    won = letter.layout.salutation or (0, 0)
    for match in letter.rules.salutation.finditer(letter.view):
        if not won[0] <= match.start() < won[1]:
            section = letter.in_section(match.start())
            why = f"stands in the {section}; another formula stands earlier, or has the punctuation of an address"
            yield Tried(*match.span(), "salutation.formula", why)


# -- from whom to whom -------------------------------------------------------------------------------------------------


def _parties(letter: Letter, record: Circular, *, kind: str, other: str, told: str) -> Iterator[Tried]:
    floor = 0
    for atom in letter.layout.atoms:
        section = letter.in_section(atom.start)
        if atom.kind == "party" and section != kind and atom.start >= floor:
            span = _line(letter, atom.start, letter.layout.header_end, 80) or (atom.start, atom.end)
            floor = span[1]
            why = told if section == other else f"stands in the {section}, where nobody is addressed"
            yield Tried(*span, f"{kind}.section", why)


def _addressees(letter: Letter, record: Circular) -> Iterator[Tried]:
    told = "stands among the copies, behind their label"
    yield from _parties(letter, record, kind="addressees", other="copies", told=told)


def _copies(letter: Letter, record: Circular) -> Iterator[Tried]:
    told = "stands among the addressees: no label of copies before it"
    yield from _parties(letter, record, kind="copies", other="addressees", told=told)


def _groups(letter: Letter, record: Circular) -> Iterator[Tried]:
    for k, value in enumerate(record.copies):
        piece = record.evidence[f"copies/{k}"][0]
        for code in group_codes(value, letter.language):
            if code not in record.addressee_groups:
                why = "a group that gets a copy, no addressee"
                yield Tried(piece.start, piece.end, "group.code", why, None, code, "text")


def _contact(letter: Letter, record: Circular) -> Iterator[Tried]:
    kinds = (("contact.tel", PHONE), ("contact.email", EMAIL), ("contact.email", MASK))
    for rule, pattern in kinds:
        for match in pattern.finditer(letter.view):
            section = letter.in_section(match.start())
            if section in ("body", "annexes", "signature", "copies", "closing"):
                why = f"stands in the {section}: a venue's, a registration's or another's, not the letter's own contact"
            else:
                why = f"stands in the {section}, outside the contact block"
            if pattern is MASK:
                why = "masked by the site that hosts the page"
            yield Tried(*match.span(), rule, why)
        for at, view in _dropped(letter):
            for match in pattern.finditer(view):
                yield Tried(at + match.start(), at + match.end(), rule, FURNITURE, where="text")


def _signatory(letter: Letter, record: Circular) -> Iterator[Tried]:
    layout = letter.layout
    for k, atom in enumerate(layout.atoms):
        if atom.kind == "label" and atom.what == "from":
            stop = min([a.start for a in layout.atoms[k + 1 :]], default=layout.header_end)
            if span := _line(letter, atom.end, stop):
                yield Tried(*span, "signatory.from-label", "the name behind the closing is surer than a label From:")
    for match in letter.rules.title.finditer(letter.view, *layout.body):
        why = "a title in the body: of somebody the letter speaks of"
        yield Tried(*match.span(), "signatory.title", why)


# -- what it points to -------------------------------------------------------------------------------------------------

_BARE = re.compile(
    r"(?<![\w@./:-])[a-z0-9-]{2,40}(?:\.[a-z0-9-]{2,40}){1,4}/[^\s<>\"]{1,200}|(?<![\w@./:-])itu\.int(?!\w)"
)


def _urls(letter: Letter, record: Circular) -> Iterator[Tried]:
    for match in _BARE.finditer(letter.source.text):
        why = "has neither http:// nor www.: as likely a path or a name as an address"
        yield Tried(*match.span(), "url.bare", why, where="text")


def _emails(letter: Letter, record: Circular) -> Iterator[Tried]:
    for match in MASK.finditer(fold(letter.source.text)):
        yield Tried(*match.span(), "email.masked", "masked by the site that hosts the page", where="text")


def _annexes(letter: Letter, record: Circular) -> Iterator[Tried]:
    for section in letter.layout.of("annexes"):
        for match in letter.rules.annex_head.finditer(letter.view, section.start, section.end):
            span = _line(letter, match.start(), section.end)
            if span:
                yield Tried(*span, "annexes.labelled", "the head of an annex itself, no item of the letter's list")


OVERLOOKED: dict[str, Overlooked] = {
    "id": _ids, "ref": _refs, "series": _series, "bureau": _bureau, "language": _language, "date": _dates,
    "subject": _subject, "markings": _markings, "addressees": _addressees, "group": _groups, "copies": _copies,
    "contact": _contact, "salutation": _salutation, "signatory": _signatory, "event": events, "deadline": deadlines,
    "citation": citations, "url": _urls, "email": _emails, "annexes": _annexes,
}  # fmt: skip
"""By the names of `itudocs.fields`; what they give may have won or been weighed already, which the caller leaves out."""
