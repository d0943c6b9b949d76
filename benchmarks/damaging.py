"""A letter that can be damaged: its text, its gold, and where the gold's values stand.

    corpus letter ─ Letter ─▶ damages (what conversions do) ─▶ damaged Letter with its gold carried along

Everything is recognised from gold values and their places in the text, never by the rules of extraction, so that the
instrument does not share their mistakes. The header block is `benchmarks.header`'s, the damages are
`benchmarks.damages`'s, measuring is `benchmarks.damage`'s.
"""

from __future__ import annotations

import copy
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from itudocs.lexicon import fold, language
from itudocs.model import Language, Record

Span = tuple[int, int]
Gold = dict[str, Any]
"""The `gold` of a gold file: a record's values as plain JSON."""


class Unfit(Exception):
    """A damage cannot happen to a letter; the message says why, in a few words."""


class Letter(Record, frozen=True, kw_only=True):
    """A letter of the corpus, or what a damage made of it.

    Attributes:
        name: of its file, without ending.
        text: as it would be read.
        lang: its language.
        gold: what is true of the text.
        cut: fields that the text cannot show any more, in the words of gold files; not scored.
        torn: fields whose words stand in the text, but no longer in one piece.
    """

    name: str
    text: str
    lang: Language
    gold: Gold
    cut: frozenset[str] = frozenset()
    torn: frozenset[str] = frozenset()

    def to_json(self) -> str:
        """A gold file for the letter."""
        plain = {"lang": self.lang, "gold": self.gold, "cut": sorted(self.cut)}
        return json.dumps(plain, ensure_ascii=False, indent=1)

    def now(self, text: str, **changes: Any) -> Letter:
        """The letter with another text, and other changes."""
        return msgspec.structs.replace(self, text=text, **changes)


def load(folder: Path) -> list[Letter]:
    """The letters of a corpus folder by name."""
    letters = []
    for path in sorted(folder.glob("*.gold.json")):
        plain = json.loads(path.read_text("utf-8"))
        name = path.name.removesuffix(".gold.json")
        letter = Letter(
            name=name,
            text=path.with_name(f"{name}.txt").read_text("utf-8"),
            lang=plain["lang"],
            gold=plain["gold"],
            cut=frozenset(plain["cut"]),
            torn=frozenset(plain.get("torn", ())),
        )
        letters.append(letter)
    return letters


# -- the gold ----------------------------------------------------------------------------------------------------------

_PRINTED: tuple[tuple[str, ...], ...] = (
    ("ref",), ("refs", "*"), ("addressees", "*"), ("copies", "*"), ("contact", "names", "*"), ("contact", "tel", "*"),
    ("contact", "fax", "*"), ("contact", "emails", "*"), ("subject",), ("markings", "*"), ("salutation",),
    ("signatory", "name"), ("signatory", "titles", "*"), ("events", "*", "name"), ("events", "*", "place"),
    ("events", "*", "time"), ("deadlines", "*", "what"), ("deadlines", "*", "time"), ("citations", "*", "text"),
    ("urls", "*"), ("emails", "*"), ("annexes", "*"),
)  # fmt: skip
"""Paths of the values that are given as printed; `*` is every item of a list."""


def carry(gold: Gold, change: Callable[[str], str]) -> Gold:
    """The gold with every printed value changed as the text was."""

    def at(value: Any, path: Sequence[str]) -> Any:
        if not path:
            return change(value) if isinstance(value, str) else value
        if path[0] == "*":
            return [at(item, path[1:]) for item in value]
        if isinstance(value, dict):
            value[path[0]] = at(value.get(path[0]), path[1:])
        return value

    out = copy.deepcopy(gold)
    for path in _PRINTED:
        at(out, path)
    for key in ("refs", "urls", "emails"):
        out[key] = list(dict.fromkeys(out[key]))
    return out


def printed(gold: Gold) -> Iterator[str]:
    """Every value of the gold that is given as printed."""
    values: list[str] = []

    def keep(value: str) -> str:
        values.append(value)
        return value

    carry(gold, keep)
    return iter(dict.fromkeys(v for v in values if v))


# -- where values stand ------------------------------------------------------------------------------------------------


def squash(value: str) -> str:
    """Letters and digits alone: conversions move spaces and marks."""
    return "".join(c for c in unicodedata.normalize("NFKC", fold(value)).casefold() if c.isalnum())


class Places:
    """Finds values in a text whatever stands between their letters."""

    def __init__(self, text: str) -> None:
        self.text = text
        squashed = [(c, i) for i, char in enumerate(fold(text)) for c in squash(char)]
        self._squashed = "".join(c for c, _ in squashed)
        self._at = [i for _, i in squashed]

    def each(self, value: str) -> Iterator[Span]:
        """Every place of a value; a number is not found inside a longer one."""
        wanted = squash(value)
        i = self._squashed.find(wanted) if wanted else -1
        while i >= 0:
            start, end = self._at[i], self._at[i + len(wanted) - 1] + 1
            inside = (wanted[0].isdigit() and self.text[start - 1 : start].isdigit()) or (
                wanted[-1].isdigit() and self.text[end : end + 1].isdigit()
            )
            if not inside:
                yield start, end
            i = self._squashed.find(wanted, i + 1)

    def first(self, value: str | None, start: int = 0, end: int | None = None) -> Span | None:
        """The first place of a value between two offsets."""
        limit = len(self.text) if end is None else end
        return next((s for s in self.each(value or "") if s[0] >= start and s[1] <= limit), None)


class Frame(NamedTuple):
    """Where the letter's parts lie. `salutation` and `subject` are empty spans at 0 where there is none."""

    places: Places
    subject: Span
    salutation: Span
    body: Span


def frame(letter: Letter) -> Frame:
    """The parts of a letter.

    Raises:
        Unfit: neither subject nor salutation is where it can be found.
    """
    places = Places(letter.text)
    salutation = places.first(letter.gold["salutation"])
    limit = salutation[0] if salutation else len(letter.text)
    subjects = [s for s in places.each(letter.gold["subject"] or "") if s[1] <= limit]
    # Without a salutation the subject may come again, as the title of an annex.
    subject = (subjects[-1] if salutation else subjects[0]) if subjects else None
    if not (salutation or subject):
        raise Unfit("neither subject nor salutation stands in one piece")
    start = max(s[1] for s in (salutation, subject) if s)
    signer = places.first((letter.gold["signatory"] or {}).get("name"), start)
    end = signer[0] if signer else len(letter.text)
    return Frame(places, subject or (0, 0), salutation or (0, 0), (start, end))


def kept_whole(letter: Letter, places: Places | None = None) -> list[Span]:
    """Places of all gold values, in order: nothing may be put inside them."""
    places = places or Places(letter.text)
    found = [s for value in printed(letter.gold) if len(squash(value)) > 2 for s in places.each(value)]
    found += [m.span() for m in re.finditer(r"\S+@\S+|https?://\S+|www\.\S+", letter.text)]
    return sorted(set(found))


def inside(spans: Iterable[Span], offset: int) -> bool:
    """Whether a point between two characters lies inside a span."""
    return any(a < offset < b for a, b in spans)


def touches(spans: Iterable[Span], start: int, end: int) -> bool:
    """Whether a stretch shares a character with a span."""
    return any(a < end and start < b for a, b in spans)


_SENTENCE = re.compile(r"(?<=[^\W\d_]{4}[.!?؟])\s+(?=[^\W_])|(?<=[。！])\s*(?=\S)|(?<=[.!?؟])[ \t]*\n+(?=\S)")


def joints(letter: Letter) -> list[int]:
    """Offsets in the body where a sentence begins; no gold value lies across them.

    Raises:
        Unfit: there are none.
    """
    found = frame(letter)
    whole = kept_whole(letter, found.places)
    out = [m.end() for m in _SENTENCE.finditer(letter.text, *found.body) if not inside(whole, m.end())]
    if not out:
        raise Unfit("no place between two sentences of the body")
    return out


ONE_LINE = 4
"""A text with fewer line breaks than this has lost its lines."""


def is_flat(text: str) -> bool:
    return text.strip().count("\n") < ONE_LINE


def needs_lines(letter: Letter) -> None:
    """Raises `Unfit` where the text has lost its lines."""
    if is_flat(letter.text):
        raise Unfit("the text has no lines")


def splice(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """A text with stretches replaced; they must not overlap."""
    out, at = "", 0
    for start, end, new in sorted(edits):
        out += text[at:start] + new
        at = end
    return out + text[at:]


# -- dates -------------------------------------------------------------------------------------------------------------


def month_words(code: Language) -> str:
    """An alternation of a language's month names, longest first."""
    names = sorted(language(code).months, key=len, reverse=True)
    return "|".join(re.escape(name) for name in names)


def date_printed(letter: Letter, start: int, end: int) -> Span | None:
    """The line that bears the letter's own date between two offsets, from its first word to the year's end."""
    if not letter.gold["date"]:
        return None
    year, month, day = (int(part) for part in letter.gold["date"].split("-"))
    view = fold(letter.text[start:end])
    if letter.lang == "zh":
        pattern = rf"{year}\s?年\s?0?{month}\s?月\s?0?{day}\s?日(?:\s?,\s?日内瓦)?"
    else:
        names = [n for n, number in language(letter.lang).months.items() if number == month]
        names = sorted((re.escape(n) for n in names), key=len, reverse=True)
        pattern = (
            rf"(?<!\d)0?{day}\W{{0,2}}(?:de )?(?:{'|'.join(names)})\W{{0,3}}(?:de )?{year}(?!\d)(?:\s?(?:года|г\.))?"
        )
    match = re.search(pattern, view, re.IGNORECASE)
    return (start + match.start(), start + match.end()) if match else None
