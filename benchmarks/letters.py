"""Made-up letters for measuring engines: as many as wanted, the same for the same seed.

Words follow Zipf's law with an exponent near that of English and are made of syllables, with English endings so that
stemming has something to do; each letter repeats words of a topic of its own, as letters do. Values of facets are
distributed as in a real archive: few bureaux, some thirty series, thirty years, several groups a letter.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from itudocs.model import Bureau, Circular, Event, Provenance, Zone
from itudocs.search.engine import Entry

WORDS = 800
"""Words of a letter, on average."""
VOCABULARY = 60_000
_TOPICS = 400
_FUNCTION = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "for",
    "on",
    "is",
    "be",
    "that",
    "by",
    "with",
    "as",
    "at",
    "this",
    "which",
    "from",
    "are",
    "will",
    "or",
    "an",
    "it",
    "not",
    "have",
    "has",
    "been",
    "its",
    "their",
    "may",
    "should",
    "can",
    "all",
    "other",
    "any",
    "these",
    "also",
    "each",
    "such",
    "per",
    "than",
    "under",
    "between",
    "within",
    "during",
    "before",
    "after",
    "through",
]
_SYLLABLES = [
    c + v + e
    for c in ["b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v"]
    for v in "aeiou"
    for e in ("", "n", "r", "l")
]
_ENDINGS = ("", "", "s", "ed", "ing", "ation", "al", "ly")
_BUREAUX: tuple[Bureau, ...] = ("TSB", "BR", "BDT", "SG")
_GROUPS = (
    "member-states", "itu-t-sector-members", "itu-r-sector-members", "itu-d-sector-members", "associates", "academia",
    "permanent-missions", "regional-organizations",
)  # fmt: skip
_TOWNS = ("Geneva", "Tunis", "Seoul", "Dubai", "Busan", "Hyderabad", "Doha", "Marrakesh", "Antalya", "Kyoto", "Kigali")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


class Words:
    """The vocabulary, most frequent first, and how often each word comes."""

    def __init__(self, seed: int = 1) -> None:
        chance = np.random.default_rng(seed)
        seen = dict.fromkeys(_FUNCTION)
        while len(seen) < VOCABULARY:
            count = int(chance.choice((1, 2, 3), p=(0.25, 0.6, 0.15)))
            base = "".join(_SYLLABLES[i] for i in chance.integers(0, len(_SYLLABLES), count))
            for ending in {_ENDINGS[i] for i in chance.integers(0, len(_ENDINGS), 3)}:
                if len(base) > 2:
                    seen.setdefault(base + ending)
        self.words = np.asarray(list(seen)[:VOCABULARY], object)
        weights = 1.0 / (np.arange(VOCABULARY) + 2.7) ** 1.02
        self.cumulative = np.cumsum(weights / weights.sum())
        self.topics = chance.integers(200, VOCABULARY, (_TOPICS, 40))


def letters(count: int, *, seed: int = 1) -> Iterator[Entry]:
    """`count` letters in English."""
    words = Words(seed)
    chance = np.random.default_rng(seed + 1)
    for number in range(count):
        yield _letter(number, words, chance)


def _letter(number: int, words: Words, chance: np.random.Generator) -> Entry:
    size = max(60, int(chance.normal(WORDS, 200)))
    picks = np.searchsorted(words.cumulative, chance.random(size))
    topic = words.topics[int(chance.integers(0, _TOPICS)) % _TOPICS]
    own = chance.random(size) < 0.2
    picks[own] = topic[np.minimum(chance.geometric(0.12, int(own.sum())) - 1, len(topic) - 1)]
    drawn = words.words[picks].tolist()
    bureau = _BUREAUX[min(int(chance.geometric(0.45)) - 1, 3)]
    series = f"series-{min(int(chance.geometric(0.15)), 30)}"
    day = dt.date(1995, 1, 1) + dt.timedelta(days=int(30 * 365 * chance.beta(2, 1.3)))
    ref = f"CR/{number}" if number % 2 else f"TSB Circular {number}"
    groups = tuple(
        _GROUPS[i] for i in sorted(set((chance.geometric(0.3, int(chance.integers(1, 5))) - 1).clip(0, 7).tolist()))
    )
    subject = " ".join(words.words[i] for i in topic[chance.integers(0, 12, 7)]).capitalize()
    events = tuple(
        Event(
            name=None, place=_TOWNS[min(int(chance.geometric(0.3)) - 1, 10)], start=start, end=start + dt.timedelta(2)
        )
        for start in (day + dt.timedelta(int(chance.integers(30, 300))) for _ in range(int(chance.integers(0, 3))))
    )
    head = f"{bureau} {ref}\nGeneva, {day.day} {_MONTHS[day.month - 1]} {day.year}\n\nSubject: {subject}\n\nDear Sir/Madam,\n\n"
    sentences = []
    at = 0
    for length in chance.integers(8, 30, size // 8):
        if at >= size:
            break
        sentences.append(" ".join(drawn[at : at + int(length)]).capitalize())
        at += int(length)
    marks = chance.integers(0, 8, len(sentences)).tolist()
    body = "".join(
        s
        + (
            f" (see Recommendation {m + 1}.{number % 997}).\n\n"
            if m == 0
            else ".\n"
            if m == 1
            else f", {m} of {number % 83}. "
            if m == 2
            else ". "
        )
        for s, m in zip(sentences, marks, strict=True)
    )
    text = head + body
    key = hashlib.sha256(f"{number} {text[:99]}".encode()).hexdigest()
    return Entry(
        record=Circular(
            key=key, id=f"letter/{number}", ids=(f"letter/{number}",), source=Provenance(name=f"{number}.txt", sha256=key),
            language="en", bureau=bureau, series=series, ref=ref, refs=(ref,), date=day, subject=subject,
            addressee_groups=groups, events=events,
            zones=(Zone(kind="letterhead", start=0, end=len(head)), Zone(kind="body", start=len(head), end=len(text))),
        ),
        text=text,
    )  # fmt: skip


def write(path: Path, count: int, *, seed: int = 1) -> int:
    """Letters in a file, a length and a MessagePack map each. Returns the bytes of their texts."""
    encoder, size = msgspec.msgpack.Encoder(), 0
    with path.open("wb") as file:
        for letter in letters(count, seed=seed):
            data = encoder.encode(letter)
            file.write(len(data).to_bytes(4, "little") + data)
            size += len(letter.text.encode())
    return size


def read(path: Path) -> Iterator[Entry]:
    """The letters of such a file."""
    decoder = msgspec.msgpack.Decoder(Entry)
    with path.open("rb") as file:
        while head := file.read(4):
            yield decoder.decode(file.read(int.from_bytes(head, "little")))
