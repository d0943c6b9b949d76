"""What people corrected or confirmed, as gold: how often the parser was right where somebody looked.

A correction vouches for its own value alone. So of a letter only the values corrected are compared, the parser's with
the person's: of `events` all of them, of `events/1` that event, of `events/1/place` its place. Where corrections come
from is the archive's; how values are compared is `itudocs.evaluate.measures`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from itudocs.corrections import Corrected
from itudocs.evaluate.measures import MEASURES
from itudocs.evaluate.pairing import outcome
from itudocs.evaluate.scores import Evaluation, LetterScore, Outcome
from itudocs.model import Circular
from itudocs.paths import lookup, within

_LIST = r"(?:/\d+)?"

SPEAKS: dict[str, str] = {
    "ref": rf"refs{_LIST}",
    "bureau": "bureau",
    "date": "date",
    "subject": "subject",
    "addressees": rf"addressees{_LIST}",
    "copies": rf"copies{_LIST}",
    "tel": rf"contact(?:/tel{_LIST})?",
    "fax": rf"contact(?:/fax{_LIST})?",
    "signatory": r"signatory(?:/name)?",
    "events": r"events(?:/\d+(?:/(?:start|end|name))?)?",
    "deadlines": r"deadlines(?:/\d+(?:/(?:date|computed))?)?",
    "citations": r"citations(?:/\d+(?:/text)?)?",
    "urls": rf"urls{_LIST}",
    "emails": rf"emails{_LIST}",
    "salutation": "salutation",
    "id": rf"ids{_LIST}",
    "language": "language",
    "series": "series",
    "groups": rf"addressee_groups{_LIST}",
    "names": rf"contact(?:/names{_LIST})?",
    "contact_emails": rf"contact(?:/emails{_LIST})?",
    "markings": rf"markings{_LIST}",
    "titles": rf"signatory(?:/titles{_LIST})?",
    "places": r"events(?:/\d+(?:/place)?)?",
    "times": r"(?:events|deadlines)(?:/\d+(?:/time)?)?",
    "event_status": r"events(?:/\d+(?:/status)?)?",
    "computed_deadlines": r"deadlines(?:/\d+(?:/(?:date|computed))?)?",
    "citation_ids": r"citations(?:/\d+(?:/id)?)?",
    "citation_kinds": r"citations(?:/\d+(?:/kind)?)?",
    "annexes": rf"annexes{_LIST}",
}
"""By measure: the paths whose correction tells what is right in it."""


def evaluate_corrected(letters: Iterable[Corrected]) -> Evaluation:
    """Measure the parser against what people said: `evaluate_corrected(archive.corrected())`.

    The scores are those of `evaluate`. Fields that nobody corrected or confirmed in any letter do not count.
    """
    scores = (_letter(one) for one in letters)
    return Evaluation(letters=tuple(score for score in scores if score.fields))


def _letter(one: Corrected) -> LetterScore:
    paths = [c.path for c in one.corrections]
    # What lies below another correction is part of its value.
    paths = sorted({path for path in paths if not any(path != above and within(path, above) for above in paths)})
    fields: dict[str, Outcome] = {}
    for measure in MEASURES:
        spoken = [path for path in paths if re.fullmatch(SPEAKS[measure.name], path)]
        if spoken:
            gold, found = (measure.values(_part(record, spoken)) or () for record in (one.record, one.own))
            fields[measure.name] = outcome(measure, gold, found)
    return LetterScore(name=one.own.source.name, language=one.record.language or "", fields=fields)


def _part(record: Circular, paths: Iterable[str]) -> dict[str, Any]:
    """Of a record only what some paths name, with lists that hold only those items; as plain values."""
    plain = record.to_dict()
    part: dict[str, Any] = {"ids": []}  # a record of today's form
    for path in paths:
        head, *rest = path.split("/")
        if head == "contact":
            contact = part.setdefault(head, {})
            for name in rest[:1] or plain[head]:
                items = lookup(plain, f"{head}/{name}")
                contact.setdefault(name, []).extend(items if len(rest) < 2 else [items[int(rest[1])]])
        elif rest and rest[0].isdecimal():
            part.setdefault(head, []).append(plain[head][int(rest[0])])
        elif len(rest) == 1:  # of a signatory the name, or all titles
            part.setdefault(head, {})[rest[0]] = lookup(plain, path)
        elif rest:  # one title
            part.setdefault(head, {}).setdefault(rest[0], []).append(lookup(plain, path))
        else:
            part[head] = plain[head]
    return part
