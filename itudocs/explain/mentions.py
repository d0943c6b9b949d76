"""What became of every date and every document that a letter mentions: events, deadlines, citations, and what lost.

Reads the timeline's verdicts and lets the readings of citations compete once more, with the losers kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from itudocs.dategrammar import DateMention
from itudocs.explain.rules import described
from itudocs.extract import Letter, Tried
from itudocs.extract.citations import Beaten, cited_in, regions
from itudocs.extract.drafts import Draft
from itudocs.extract.events import timeline
from itudocs.model import Circular

Judged = tuple[DateMention, str, str]
"""A mention, what it was taken for (`event`, `deadline`, `none`), and why in words."""


_ITS_DAYS = ("the days", "among the days")


def judged(letter: Letter, record: Circular) -> Iterator[Judged]:
    """Every date mention of the flow, in order, with its verdict."""
    line = timeline(letter)
    subject = letter.layout.of("subject")
    tabled = {mention.start for mention, _ in line.tables}
    verdicts = {mention.start: (kind, draft) for mention, kind, draft in line.verdicts}
    for mention in letter.dates:
        in_subject = any(s.start <= mention.start < s.end for s in subject)
        in_body = line.scene.body[0] <= mention.start < line.scene.body[1]
        if mention.start in tabled:
            yield mention, "deadline", "a row of a table of deadlines"
        elif not in_subject and not in_body:
            section = letter.in_section(mention.start)
            yield mention, "none", f"stands in the {section}: only subject and body tell of meetings and terms"
        elif not mention.first[2]:
            yield mention, "none", "a month, no day"
        elif not mention.whole:
            yield (
                mention,
                "none",
                "no year is printed, and none can be lent from the words around it or the letter's date",
            )
        elif mention.dates() is None:
            yield mention, "none", "there is no such day"
        elif mention.first == mention.last and line.scene.is_cited(mention.start):
            yield mention, "none", "belongs to a document that is cited"
        elif in_subject:
            yield mention, "event", _meeting(record, mention) or "the subject names no meeting for it"
        else:
            yield _verdict(record, mention, *verdicts.get(mention.start, ("none", None)))


def _verdict(record: Circular, mention: DateMention, kind: str, draft: Draft | None) -> Judged:
    if kind in ("deadline", "row"):
        return mention, "deadline", "a day by which something is due"
    if kind == "event" and draft is None:
        return mention, "none", "no meeting is named near it"
    if kind == "event":
        return mention, "event", _meeting(record, mention) or "gave an event that no words name"
    return mention, "none", "stands behind words that tell of neither meeting nor term"


def _meeting(record: Circular, mention: DateMention) -> str:
    """Which event of the record a mention belongs to, in words; empty if to none."""
    days = mention.dates()
    if days is None:
        return ""
    within = [event for event in record.events if event.start <= days[0] and days[1] <= event.end]
    exact = [event for event in within if (event.start, event.end) == days]
    for event in (*exact, *within):
        when = f"{event.start}" if event.start == event.end else f"{event.start} to {event.end}"
        return f"{_ITS_DAYS[0] if exact else _ITS_DAYS[1]} of the event of {when}, {event.name}"
    return ""


def days_of(mention: DateMention) -> str | None:
    """The day or days of a mention, as ISO dates; None where they are not known."""
    days = mention.dates()
    if days is None:
        return None
    return f"{days[0]}" if days[0] == days[1] else f"{days[0]}..{days[1]}"


def events(letter: Letter, record: Circular) -> Iterator[Tried]:
    """The mentions that are no event of their own."""
    for mention, kind, why in judged(letter, record):
        start, end = mention.printed or (mention.start, mention.end)
        if kind == "event" and why.startswith(_ITS_DAYS):
            why = f"merged: {why}"
        yield Tried(start, end, "event.date", why, None, days_of(mention))


def deadlines(letter: Letter, record: Circular) -> Iterator[Tried]:
    """The mentions that are no deadline; those that were told twice the extractor has remembered."""
    for mention, _, why in judged(letter, record):
        yield Tried(mention.start, mention.end, "deadline.date", why, None, days_of(mention))


def citations(letter: Letter, record: Circular) -> Iterator[Tried]:
    """The readings that longer ones or known false positives beat, and what stands where no citation is looked for."""
    beaten: Beaten = []
    looked = regions(letter)
    cited_in(letter.view, letter.dates, looked, beaten)
    for reading, over in beaten:
        if over is None:
            why = f"a false positive that the lexicon knows: {described(reading.rule)}"
        elif over.kind == "none":
            why = f"part of {described(over.rule)}: {letter.value(over.start, over.end)}"
        else:
            why = f"a longer reading has these words: {letter.value(over.start, over.end)}"
        yield Tried(reading.start, reading.end, reading.rule, why)
    for section in letter.layout.of("addressees", "copies", "annexes", "closing"):
        if not any(a < section.end and b > section.start for a, b in looked):
            why = f"stands in the {section.kind}, which are not read for citations"
            for reading in cited_in(letter.view, letter.dates, [(section.start, section.end)]):
                yield Tried(reading.start, reading.end, reading.rule, why)
