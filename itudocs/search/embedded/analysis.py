"""Text analysis: the one way from words, as printed or as typed, to index terms.

Index and query share it, so that what is typed meets what is printed. A word becomes its folded form (case, accents,
Arabic and width variants aside); in a letter's language also a stem. A reference or other compound is kept whole and
in parts: `4/LCCE/71` is `4/lcce/71`, `4`, `lcce`, `71`, each part at a position of its own, so that a quotation finds
it however it is hyphenated or spaced. Chinese becomes bigrams and single characters. It knows no engine and no field.

Two kinds of terms come out: exact ones with positions, and stems with counts. A stem is kept only where it differs
from the folded word, tagged with its language (`en:number`); a search adds the other half (see `plan`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from functools import cache
from itertools import pairwise
from typing import Literal, NamedTuple

from itudocs.search.embedded.budget import UNBOUNDED, Budget

VERSION = "2"
MAX_TERM = 100
"""Characters of a term; what is longer (a base64 block, a run of underscores) is cut in index and query alike."""
LONGEST_RUN = 20_000
"""Characters without a space, Chinese ones above all, that are read when words are looked for in a text."""
GAP = 200
"""Positions between two values of a field, so that no quotation reaches from one into the next."""
STEMMED = ("en", "fr", "es", "ru", "ar")
_SNOWBALL = {"en": "english", "fr": "french", "es": "spanish", "ru": "russian"}

_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Accents, vowel marks, tatweel, soft hyphens and joiners: inside words, but not part of their folded form.
_IGNORED = (
    "\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\u06ea-\u06ed\u200b-\u200f\u2060\ufe0f\ufeff"
)
_HYPHENS = "‐‑‒–−﹣－"
RUN = re.compile(rf"[\w{_IGNORED}]+(?:[-{_HYPHENS}/.@&'’_][\w{_IGNORED}]+)*")
_STRETCH = re.compile(rf"[{_HAN}]+|[^{_HAN}]+")
_PART = re.compile(rf"\d[\d{_IGNORED}]*|[^\W\d_][^\W\d_{_IGNORED}]*(?:[{_IGNORED}]+[^\W\d_{_IGNORED}]*)*")
_IGNORE = re.compile(f"[{_IGNORED}]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_NOT_ASCII_RUN = re.compile(r"[^\x00-\x7f]+")
_LETTERS = str.maketrans({
    **dict.fromkeys(_HYPHENS, "-"), "’": "'", "ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك",
})  # fmt: skip
_ELISIONS = frozenset(["l", "d", "j", "qu", "n", "s", "c", "m", "t", "jusqu", "lorsqu", "puisqu", "quoiqu"])
_CACHED = 200_000
_LONGEST_CACHED = 40


Role = Literal["word", "number", "character", "bigram", "whole", "glued"]


class Piece(NamedTuple):
    """A term of a run of characters: positions after the run's first, stem (or empty), characters, and what it is.

    `word`, `number` and `character` (a Chinese one) are the parts, each at a position of its own; `bigram`, `whole`
    (a compound with its punctuation) and `glued` (one without its hyphens) stand where their first part does.
    """

    offset: int
    term: str
    stem: str
    start: int
    end: int
    role: Role


class Run(NamedTuple):
    """What a run of characters without spaces becomes; it takes `width` positions."""

    width: int
    pieces: tuple[Piece, ...]


class Token(NamedTuple):
    """A term in a text: its position, its stem in the text's language (or empty) and its characters."""

    position: int
    term: str
    stem: str
    start: int
    end: int


class Terms(NamedTuple):
    """The terms of a field: exact ones with their positions, stems with their counts, and the number of words."""

    exact: dict[str, list[int]]
    stems: dict[str, int]
    length: int


def fold(text: str) -> str:
    """Case, accents, width, Arabic letter variants and digits folded; hyphens made one; nothing split."""
    if text.isascii():
        return text.lower()[:MAX_TERM]
    # й is a letter of its own, not an accented и: Russian stems depend on it
    text = unicodedata.normalize("NFKD", text.casefold()).replace("и\u0306", "й")
    text = _IGNORE.sub("", text).translate(_LETTERS)
    if not text.isascii():
        text = _NOT_ASCII.sub(lambda m: str(unicodedata.decimal(m[0], m[0])), text)
    return text[:MAX_TERM]


def folded(text: str) -> str | None:
    """A text folded character by character, so that offsets stay; `None` where that changes what its words are."""
    if text.isascii():
        return text.lower()
    if _IGNORE.search(text):
        return None
    return _NOT_ASCII_RUN.sub(lambda m: "".join(map(_characters_folded().__getitem__, m[0])), text).lower()


class _Folded(dict[str, str]):
    def __missing__(self, character: str) -> str:
        one = fold(character)
        self[character] = one if len(one) == 1 and len(one.lower()) == 1 else "\0"
        return self[character]


@cache
def _characters_folded() -> _Folded:
    return _Folded()


def keyword(value: str) -> str:
    """The form under which a whole value is found: folded, white space made single."""
    return fold(" ".join(value.split()))


def parts(text: str) -> str:
    """A reference without its punctuation: `DM-05/1171` and `DM 05 1171` are both `dm 05 1171`."""
    return " ".join(p.term for run in RUN.findall(text) for p in _runs(None)[run].pieces if p.role in _PARTS)


def terms(values: Iterable[str], language: str | None) -> Terms:
    """Analyse the values of a field for the index. `language` is the letter's, `None` for no stems."""
    exact: defaultdict[str, list[int]] = defaultdict(list)
    stems: defaultdict[str, int] = defaultdict(int)
    runs = _runs(language if language in STEMMED else None)
    position = length = 0
    for value in values:
        start = position
        for run in RUN.findall(value):
            width, pieces = runs[run]
            for offset, term, stem, _, _, _ in pieces:
                exact[term].append(position + offset)
                if stem:
                    stems[stem] += 1
            position += width
        length += position - start
        position += GAP
    return Terms(exact, {f"{language}:{stem}": count for stem, count in stems.items()}, length)


def find(text: str, language: str | None, wanted: Container[str], *, budget: Budget = UNBOUNDED) -> Iterator[Token]:
    """The terms of a text that are wanted, as themselves or by their stem (`en:number`), in order.

    Positions are as `terms` gives them to a field of one value. What stands behind `LONGEST_RUN` is not read.
    """
    runs = _runs(language if language in STEMMED else None)
    seen: dict[str, tuple[int, tuple[Piece, ...]]] = {}
    position = 0
    for match in RUN.finditer(text):
        known = seen.get(match[0])
        if known is None:
            if len(match[0]) > LONGEST_RUN:
                return
            budget.spend(1 + len(match[0]))
            width, pieces = runs[match[0]]
            hits = tuple(p for p in pieces if p.term in wanted or (p.stem and f"{language}:{p.stem}" in wanted))
            known = seen[match[0]] = (width, hits)
        budget.spend(1 + len(known[1]))
        for offset, term, stem, start, end, _ in known[1]:
            base = match.start()
            yield Token(position + offset, term, f"{language}:{stem}" if stem else "", base + start, base + end)
        position += known[0]


def sequence(text: str, *, quoted: bool) -> tuple[tuple[int, str], ...]:
    """The exact terms that a text must show, with their distances: `CR/387` is `cr` and, one further, `387`.

    Chinese is looked up by bigrams, or by the character where it stands alone. Unquoted, elided articles and a
    possessive `'s` are dropped: `l'Union` finds `union`.
    """
    found: list[tuple[int, str]] = []
    position = 0
    for run in RUN.findall(text):
        width, pieces = _runs(None)[run]
        dropped = set() if quoted else _elided(run, pieces)
        paired = {p.offset + i for p in pieces if p.role == "bigram" for i in (0, 1)}
        found.extend(
            (position + p.offset, p.term)
            for p in pieces
            if p.role == "bigram" or (p.role in _PARTS and p.offset not in dropped and p.offset not in paired)
        )
        position += width
    first = found[0][0] if found else 0
    return tuple((p - first, term) for p, term in found)


def glued(text: str) -> str:
    """A hyphenated word without its hyphens, as conversions print it (`ITU-T` is `itut`); else empty."""
    runs = RUN.findall(text)
    if len(runs) != 1:
        return ""
    return next((p.term for p in _runs(None)[runs[0]].pieces if p.role == "glued"), "")


def stem(word: str, language: str) -> str:
    """The stem of a folded word; the word itself where the language's stemmer does not apply to it."""
    if len(word) < 3 or not _script(language).fullmatch(word):
        return word
    stemmed = _stemmer(language)(word)
    return (stemmed if stemmed.isascii() else fold(stemmed)) or word


def stems(word: str, languages: Iterable[str]) -> tuple[tuple[str, str, bool], ...]:
    """Language, stem and whether the stem is its own, for each language whose stemmer applies to a folded word."""
    return tuple(
        (language, stemmed, stem(stemmed, language) == stemmed)
        for language in languages
        if language in STEMMED and len(word) >= 3 and _script(language).fullmatch(word)
        for stemmed in (stem(word, language),)
    )


_PARTS: frozenset[Role] = frozenset({"word", "number", "character"})


def _elided(run: str, pieces: tuple[Piece, ...]) -> set[int]:
    """Offsets of the parts that an apostrophe makes meaningless, unless nothing would be left."""
    if "'" not in run and "’" not in run:
        return set()
    words = [p for p in pieces if p.role in _PARTS]
    dropped = {p.offset for p in words if p.term in _ELISIONS and run[p.end : p.end + 1] in ("'", "’")}
    dropped |= {p.offset for p in words if p.term == "s" and run[max(p.start - 1, 0) : p.start] in ("'", "’")}
    return dropped if len(dropped) < len(words) else set()


class _Runs(dict[str, Run]):
    """Runs analysed so far in one language: letters repeat their words."""

    def __init__(self, language: str | None) -> None:
        super().__init__()
        self.language = language

    def __missing__(self, run: str) -> Run:
        analysed = analyse(run, self.language)
        if len(run) <= _LONGEST_CACHED:
            if len(self) >= _CACHED:
                self.clear()
            self[run] = analysed
        return analysed


@cache
def _runs(language: str | None) -> _Runs:
    return _Runs(language)


def analyse(run: str, language: str | None) -> Run:
    """What a run of characters becomes; for words met often, `terms` and `find` remember it."""
    if run.isascii() and run.isalpha():  # most are plain words
        term = fold(run)
        return Run(1, (Piece(0, term, _stem_of(term, language), 0, len(run), "word"),))
    pieces: list[Piece] = []
    offset = 0
    for stretch in _STRETCH.finditer(run):
        if _HAN_ONLY.match(stretch[0]):
            offset = _characters(stretch[0], stretch.start(), offset, pieces)
        else:
            offset = _compound(stretch[0], stretch.start(), offset, pieces, language)
    return Run(offset, tuple(pieces))


def _characters(text: str, start: int, offset: int, pieces: list[Piece]) -> int:
    folded = [fold(c) for c in text]
    for i, c in enumerate(folded):
        pieces.append(Piece(offset + i, c, "", start + i, start + i + 1, "character"))
        if i + 1 < len(folded):
            pieces.append(Piece(offset + i, c + folded[i + 1], "", start + i, start + i + 2, "bigram"))
    return offset + len(text)


def _compound(text: str, start: int, offset: int, pieces: list[Piece], language: str | None) -> int:
    found = [(m, term) for m in _PART.finditer(text) if (term := fold(m[0]))]
    if not found:
        return offset
    for i, (match, term) in enumerate(found):
        role: Role = "number" if term.isdigit() else "word"
        pieces.append(
            Piece(offset + i, term, _stem_of(term, language), start + match.start(), start + match.end(), role)
        )
    if len(found) > 1:
        first, last = found[0][0].start(), found[-1][0].end()
        whole = fold(text[first:last])
        pieces.append(Piece(offset, whole, "", start + first, start + last, "whole"))
        gaps = {text[a.end() : b.start()] for (a, _), (b, _) in pairwise(found)}
        if gaps <= _JOINING and all(term.isalpha() for _, term in found):
            term = whole.replace("-", "")
            pieces.append(Piece(offset, term, _stem_of(term, language), start + first, start + last, "glued"))
    return offset + len(found)


def _stem_of(term: str, language: str | None) -> str:
    if language is None:
        return ""
    stemmed = stem(term, language)
    return stemmed if stemmed != term else ""


_HAN_ONLY = re.compile(f"[{_HAN}]+")
_JOINING = frozenset("-" + _HYPHENS)


@cache
def _script(language: str) -> re.Pattern[str]:
    return re.compile({"ru": "[а-яё]+", "ar": "[ء-ي]+"}.get(language, "[a-z]+"))


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    if language == "ar":
        return _arabic_stem
    import Stemmer  # type: ignore[import-not-found,import-untyped,unused-ignore]  # PyStemmer has no types

    plain: Callable[[str], str] = Stemmer.Stemmer(_SNOWBALL[language], 0).stemWord  # runs are remembered here already
    if language != "es":
        return plain
    # Words reach the stemmer folded, so that accents never matter; the one it needs is put back.
    return lambda word: plain(word[:-2] + "ón" if word.endswith(("cion", "sion")) else word)


def _arabic_stem(word: str) -> str:
    """Larkey's light10: conjunction and article off the front, frequent endings off the back."""
    if word.startswith("و") and len(word) > 3:
        word = word[1:]
    for article in ("ال", "بال", "كال", "فال", "لل"):
        if word.startswith(article) and len(word) - len(article) >= 2:
            word = word[len(article) :]
            break
    for ending in ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي"):
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            word = word[: -len(ending)]
    return word
