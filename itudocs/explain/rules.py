"""What each rule looks for, in a few words: for people who ask why a value was taken.

A rule is known by its id, as evidence names it; where there is no such row, by the longest row that ends in a point and
begins the id. Patterns of the lexicon have ids of their own, which these rows cover by family.
"""

from __future__ import annotations

from itudocs.model import CORRECTED

RULES: dict[str, str] = {
    CORRECTED: "what a person says of the letter",
    # who it is
    "ref.": "a reference of a series of the lexicon, in the header, not cited",
    "ref.labelled": "what stands behind a label of references",
    "ref.office-code": "an office's code behind a label of references",
    "id.file-name": "ITU's own file name",
    "series.file-name": "ITU's own file name",
    "bureau.letterhead": "a bureau's name that heads the letter",
    "bureau.letterhead-last": "a bureau's name as the letter's last words",
    "bureau.vacancy-sector": "the sector that a vacancy notice names",
    "language.words": "its letters and function words",
    # when and about what
    "date.header": "a date that stands in the header by itself",
    "date.dateparser": "a line of the header with the shape of a date, read by dateparser",
    "subject.labelled": "the words behind the label of the subject",
    "subject.before-salutation": "the words before the salutation that nothing else claims",
    "subject.vacancy-title": "the title above a vacancy notice's number",
    "markings.known": "a marking in brackets or alone on its line",
    "salutation.formula": "a formula of address",
    # from whom to whom
    "addressees.section": "a group in the part of the header that addresses the letter",
    "addressees.multi": "the words of a letter with many addressees",
    "copies.section": "a group behind a label of copies, or in a distribution list",
    "group.code": "an addressee's group by its first words",
    "contact.name": "a name behind a label of contacts",
    "contact.name-line": "a person's name alone on a line beside the numbers, or behind a form of address",
    "contact.tel": "a number in the contact block, behind a label of telephones or first",
    "contact.fax": "a number in the contact block, behind a label of telefax or second",
    "contact.email": "an address in the contact block",
    "contact.other-copy": "the whole number, from another copy on the page",
    "contact.last-paragraph": "the paragraph of the body that says whom to ask, where the header names nobody",
    "contact.": "a number or an address",
    "signatory.after-closing": "the name behind the closing, or behind the label From:",
    "signatory.from-label": "the name behind the label From:",
    "signatory.title": "a post behind the name",
    "signatory.person": "an official of the lexicon by one of the forms of the name",
    # what happens
    "event.name": "the words that name the meeting",
    "event.owner": "the body whose meeting it is",
    "event.place": "the place named nearest to the date",
    "event.time": "the time of opening in the date's sentence, or in one that speaks of the opening",
    "event.date": "a date in the subject or the body with a meeting named near it",
    "deadline.date": "a date behind words that set a term, or in a table of deadlines",
    "deadline.what": "the words of the clause before the date, or of the table's row",
    "deadline.computed": "a term told from another date, such as so many weeks before a meeting",
    "deadline.period": "the words that say how long before",
    "event.body": "a body of the lexicon by one of its names",
    "event.number": "the ordinal or number in the meeting's name",
    "deadline.time": "the time of day beside the date",
    "has.feature": "a field of the record that is not empty",
    # what it points to
    "none.observer": "an observer's status, which no document is cited by",
    "none.own-annex": "the letter's own annex",
    "none.working-party": "the number of a working party",
    "none.frequency": "a frequency",
    "none.phone": "a telephone number",
    "none.address": "an address",
    "none.": "a false positive that the lexicon knows",
    "url.pattern": "the shape of a web address",
    "url.bare": "the shape of a web address without http:// or www.",
    "email.pattern": "the shape of an e-mail address",
    "email.masked": "the words of a site that masks addresses",
    "annexes.labelled": "an item of the list behind a label of annexes",
}  # fmt: skip

# What a rule of another field means where its value decides this one.
BORROWED: dict[tuple[str, str], str] = {
    ("id", "ref."): "the series and number of the letter's reference, with the period or year of its date",
    ("series", "ref."): "the series that the form of the letter's reference belongs to",
    ("bureau", "ref."): "the bureau whose series it is",
    ("bureau", "signatory."): "a bureau in the signatory's titles",
    ("bureau", "series."): "the bureau whose series it is, by the file's name",
    ("group", "addressees."): "the addressee's words, by the groups of the lexicon",
    ("citation", "relation."): "words beside a citation that say what the letter does to the other",
    ("citation", ""): "a form of citation of the lexicon",
}


def described(rule: str, field: str = "") -> str:
    """What a rule looks for, of a field where that matters; empty for a rule without a row."""
    for (name, family), words in BORROWED.items():
        if name == field and rule.startswith(family):
            return words
    if rule in RULES:
        return RULES[rule]
    family = max((row for row in RULES if row.endswith(".") and rule.startswith(row)), key=len, default="")
    if not family and field in ("citation", "cites", "mentions"):
        return "a form of citation of the lexicon"
    return RULES.get(family, "")


def told(rule: str, field: str) -> str:
    """`described`, or the rule's id where it has no row."""
    return described(rule, field) or f"the rule {rule}"
