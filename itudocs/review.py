"""What a person should look at first: the issues of many letters, the gravest first, with the words concerned.

Issues are found while reading and parsing (docs/issues.md lists them); here they are only put in order. Takes records with
their texts, from files or from an archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from itudocs.model import Circular, Record, Severity

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""The gravest first."""


class Remark(Record, frozen=True, kw_only=True):
    """One issue of one letter.

    Attributes:
        severity: `error`, `warning` or `info`.
        code: what kind of issue; see docs/issues.md.
        letter: the source's name.
        key: the record's key.
        message: the issue in words.
        words: the characters concerned; empty where there are none.
        start, end: where they stand in the letter's text.
    """

    severity: Severity
    code: str
    letter: str
    key: str
    message: str
    words: str = ""
    start: int = 0
    end: int = 0


def remarks(record: Circular, text: str) -> Iterator[Remark]:
    """The issues of one letter, in the record's order."""
    for issue in record.issues:
        yield Remark(
            severity=issue.severity, code=issue.code, letter=record.source.name, key=record.key, message=issue.message,
            words=text[issue.start : issue.end], start=issue.start, end=issue.end,
        )  # fmt: skip


def worklist(letters: Iterable[tuple[Circular, str]], *, least: Severity = "info") -> list[Remark]:
    """The issues of many letters: errors, then warnings, then remarks of interest; within these by letter and place.

    Args:
        letters: records with their texts.
        least: leaves out what is less grave.
    """
    wanted = SEVERITIES[: SEVERITIES.index(least) + 1]
    found = [one for record, text in letters for one in remarks(record, text) if one.severity in wanted]
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one.letter, one.start))
