"""A page recognised in two scripts, each apart -> one reading: every word as the script that it is written in reads it.

    Rows read as Arabic or Chinese ─┬─ words that stand in the same place ─▶ Rows
    Rows read as Latin ─────────────┘

A program that is given both at once tears words and loses digits of numbers among Arabic; given one, it is sure of that
script's words and unsure of all others. Who recognises is `recognition`. Cyrillic looks too much like Latin for this.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from itudocs.reading.recognition import Row, Word, recognised

_APART = re.compile(r"(?:ara|fas|urd|chi|jpn|kor|Arabic|Han|Japanese|Hangul)(?![a-z])\w*")
"""Names of tesseract's languages whose script does not go together with Latin letters."""

_SURE = 60  # of 100: a word
_VERY_SURE = 80  # a word that the other reading does not have; what may overrule a number
_ADDRESS = re.compile(r"@|://|www\.|\w\.\w+/", re.ASCII)
_MARKS = ("-", "–", "•")  # of lists
_UNSURE_ADDRESS = 30  # they are long, and in no dictionary
_MORE = 25  # that the Latin reading of letters of the own script must be surer
_LESS = 15  # that the Latin reading of Latin letters may be less sure than the other
_ASIDE = 0.6  # of the size: how far words that are one may begin or end apart
_NEAR = 0.5  # of the size: how far baselines of one row may be apart
_OVER = 0.3  # of the shorter of two words: what makes them stand in the same place


def recognised_by_script(width: int, height: int, grey: bytes, *, languages: str, dots: float, name: str) -> list[Row]:
    """The words of a picture, as `recognition.recognised` gives them; where Arabic or Chinese comes with languages in
    Latin letters, from two readings, in twice the time."""
    named = languages.split("+")
    own = "+".join(code for code in named if _APART.fullmatch(code))
    latin = "+".join(code for code in named if not _APART.fullmatch(code))
    first, *second = [
        recognised(width, height, grey, languages=some, dots=dots, name=name) for some in (own, latin) if some
    ]
    return agreed(first, second[0]) if second else first


def agreed(own: Sequence[Row], latin: Sequence[Row]) -> list[Row]:
    """One reading of a page from that in its own script and that in Latin ones, whose words are marked `latin`."""
    found: list[list[Word]] = [[] for _ in own]
    more: list[Row] = []
    for row in latin:
        words = [word._replace(latin=True) for word in row.words if _may_be_latin(word)]
        unplaced = []
        for word in words:
            place = _row_of(word, row, own)
            if place is None:
                unplaced.append(word)
            else:
                found[place].append(word)
        if unplaced and all(word.sure >= _VERY_SURE for word in unplaced) and len(unplaced) == len(row.words):
            more.append(row._replace(words=tuple(unplaced)))
    return [row._replace(words=tuple(_merged(row, words))) for row, words in zip(own, found, strict=True)] + more


def _may_be_latin(word: Word) -> bool:
    sure = _UNSURE_ADDRESS if _ADDRESS.search(word.text) else _SURE
    if word.text in _MARKS:
        return word.sure >= _VERY_SURE
    return word.sure >= sure and any(char.isalnum() for char in word.text) and not _own_letters(word.text)


def _own_letters(text: str) -> bool:
    """Whether a word has letters that are not Latin."""
    return any(char.isalpha() and not unicodedata.name(char, "LATIN").startswith("LATIN") for char in text)


def _row_of(word: Word, row: Row, own: Sequence[Row]) -> int | None:
    """The row in which a word of another reading stands."""
    middle = (word.left + word.right) / 2
    base = row.base + row.slope * middle
    apart = [(abs(other.base + other.slope * middle - base), n) for n, other in enumerate(own)]
    distance, n = min(apart, default=(0.0, -1))
    return n if n >= 0 and distance <= _NEAR * own[n].size else None


def _merged(row: Row, words: Sequence[Word]) -> Iterator[Word]:
    """The words of a row from left to right, each from the reading that is to be believed."""
    for group in _groups([*row.words, *words]):
        own, other = [word for word in group if not word.latin], [word for word in group if word.latin]
        yield from other if _believed(own, other, row.size) else own


def _groups(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words that stand in the same place, from left to right."""
    group: list[Word] = []
    for word in sorted(words, key=lambda word: (word.left, word.right)):
        if group and not any(_over(word, other) for other in group):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _over(one: Word, other: Word) -> bool:
    common = min(one.right, other.right) - max(one.left, other.left)
    return common > _OVER * max(min(one.right - one.left, other.right - other.left), 1)


def _believed(own: Sequence[Word], latin: Sequence[Word], size: float) -> bool:
    """Whether the Latin reading of a place is to be believed."""
    if not latin:
        return False
    if not own:
        return all(word.sure >= _VERY_SURE for word in latin)
    letters = [word for word in own if _own_letters(word.text)]
    if any(word.sure >= _SURE for word in letters):
        return False
    least = max((word.sure + _MORE for word in letters), default=0)
    if letters and not all(word.sure >= least and len(word.text) > 2 for word in latin):
        return False
    starts = min(word.left for word in own) - min(word.left for word in latin)
    ends = max(word.right for word in own) - max(word.right for word in latin)
    if max(abs(starts), abs(ends)) > _ASIDE * size:
        return False
    said, heard = "".join(word.text for word in own), "".join(word.text for word in latin)
    mine, its = min(word.sure for word in own), min(word.sure for word in latin)
    if sorted(said) == sorted(heard):
        return len(latin) >= len(own)  # in another order, among Arabic, or the words torn
    if sum(char.isalpha() for char in heard) > 1 and not any(char.isalpha() for char in said):
        return True  # how sure one is of letters that one does not know says nothing
    if any(char.isalpha() for char in said + heard):
        return its >= mine - _LESS
    return its >= _VERY_SURE and (len(heard) > len(said) or its > mine or heard in _MARKS)
