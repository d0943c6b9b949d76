"""Bytes -> characters: which encoding, and how sure.

Tried in this order: a byte order mark (UTF-8, UTF-16, UTF-32); UTF-16 and UTF-32 without a mark, told by their NULs;
strict UTF-8; UTF-8 with a few broken bytes; chardet, asked about the encodings that the Union's six languages were
written in. Chardet's answer is checked (`plausibility`): read in the right encoding, a letter consists of letters its
script has, in words that neither mix scripts nor have capitals in their middle. Where the first answer fails and
another of chardet's answers passes clearly better, that one is taken. What no method can tell is a letter with one to
three characters beyond ASCII; such guesses, and doubtful ones, bear the issue `guessed-encoding`.

Control characters and newlines are left to `cleaning`. The first step of reading plain text.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter

from itudocs.model import Issue, Place, Record
from itudocs.reading.cleaning import REPLACEMENT, control_share

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Windows, ISO, DOS and Macintosh code pages of the six languages. ISO 8859-15 is left out: the euro sign is its one
# gain, and it takes the section sign from Macintosh texts.
CANDIDATES: tuple[str, ...] = (
    "cp1252", "iso8859-1", "cp850", "cp437", "mac-roman",
    "cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic",
    "cp1256", "iso8859-6", "cp720", "cp864",
    "gb18030", "big5hkscs",
)  # fmt: skip
_WINDOW = 200_000  # bytes that are looked at to tell an encoding; chardet's own default
# Escapes colour terminals, bells part Word's cells, 1A ends a DOS file: they occur in honest text.
_CONTROL_BYTES = bytes(sorted({*range(0x20), 0x7F} - {*b"\t\n\x0b\x0c\r\x07\x1a\x1b"}))
_BINARY = 0.05  # random bytes have 0.1, letters none

# The first answer is doubted below this plausibility, and another must be better by this much.
_DOUBTFUL, _CLEARLY = 0.9, 0.1
_FEW_CHARACTERS, _LOW_CONFIDENCE = 4, 0.1


class Decoded(Record, frozen=True, kw_only=True):
    """Characters; the codec's name as Python spells it; how sure that is (0 to 1); how many were lost; issues; places, where
    the format tells them: then the characters are clean already, lest cleaning move them."""

    text: str
    encoding: str
    confidence: float = 1.0
    lost: int = 0
    issues: tuple[Issue, ...] = ()
    places: tuple[Place, ...] = ()


def decode(data: bytes) -> Decoded | None:
    """The characters of a text file; `None` where its bytes are no text in any encoding known here."""
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
        return None if looks_binary(data) else _utf8(data, certain=True)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _wide(data[len(mark) :], encoding)
    if looks_binary(data):
        return _unmarked(data) if b"\0" in data else None
    return _utf8(data) or _legacy(data)


def looks_binary(data: bytes) -> bool:
    """Whether control characters are more than a text of single bytes can have (UTF-16 and UTF-32 have them too)."""
    window = data[:_WINDOW]
    controls = len(window) - len(window.translate(None, _CONTROL_BYTES))
    return controls > 1 and controls > _BINARY * len(window)


def _utf8(data: bytes, *, certain: bool = False) -> Decoded | None:
    """UTF-8, also with a few broken bytes; `None` where it is something else."""
    try:
        return Decoded(text=data.decode("utf-8"), encoding="utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    lost = text.count(REPLACEMENT) - data.count(REPLACEMENT.encode())
    whole = len(text) - len(text.encode("ascii", "ignore")) - lost
    # Whole sequences of two bytes and more hardly come about by chance: four to a break mean damage, not another code.
    return _damaged(text, "utf-8", lost=lost) if certain or whole >= 4 * lost else None


def _wide(data: bytes, encoding: str) -> Decoded | None:
    """UTF-16 or UTF-32; `None` where too much of it is no character of any script, as in sound and pictures."""
    text = data.decode(encoding, "replace")
    lost = text.count(REPLACEMENT) - data.count(REPLACEMENT.encode(encoding))
    window = text[:_WINDOW]
    strange = sum(map(_unassigned, window))
    # The last unit may be cut off.
    if strange > max(1.0, 0.01 * len(window)) or control_share(window) > _BINARY:
        return None
    return _damaged(text, encoding, lost=lost) if lost > 0 else Decoded(text=text, encoding=encoding)


def _unassigned(character: str) -> bool:
    category = unicodedata.category(character)
    # U+F000 to U+F0FF: characters of Word's symbol fonts.
    return category == "Cn" or (category == "Co" and not "\uf000" <= character <= "\uf0ff") or character == REPLACEMENT


def _unmarked(data: bytes) -> Decoded | None:
    """UTF-16 or UTF-32 without a byte order mark: ASCII, of which every letter has some, leaves NULs on one side."""
    window = data[: _WINDOW // 4 * 4]
    sides = [window[i::4].count(0) for i in range(4)]
    quarter = len(window) / 4
    if min(sides[2:]) > 0.9 * quarter and sides[0] < 0.5 * quarter:
        return _wide(data, "utf-32-le")
    if min(sides[:2]) > 0.9 * quarter and sides[3] < 0.5 * quarter:
        return _wide(data, "utf-32-be")
    even, odd = sides[0] + sides[2], sides[1] + sides[3]
    # A tenth on the other side: U+4E00, "one", ends in a zero byte.
    if max(even, odd) < 0.04 * len(window) / 2 or min(even, odd) > 0.1 * max(even, odd):
        return None
    return _wide(data, "utf-16-le" if odd > even else "utf-16-be")


def _damaged(text: str, encoding: str, *, lost: int, confidence: float = 1.0) -> Decoded:
    what = "A character was" if lost == 1 else f"{lost} characters were"
    issue = Issue(code="damaged-encoding", message=f"{what} not valid {encoding} and replaced by {REPLACEMENT}.")
    return Decoded(text=text, encoding=encoding, confidence=confidence, lost=lost, issues=(issue,))


def _legacy(data: bytes) -> Decoded:
    """A code page, by chardet and `plausibility`."""
    import chardet

    high = _HIGH.search(data)
    start = high.start() if high and len(data) > _WINDOW else 0
    window = data[start : start + _WINDOW]
    answers = chardet.detect_all(window, ignore_threshold=True, include_encodings=CANDIDATES)
    floor = 0.2 * answers[0]["confidence"]
    best: tuple[float, Decoded] | None = None
    for answer in answers:
        confidence = answer["confidence"]
        # A rival that chardet finds nearly as likely (cp437 and cp850) needs no lead but must read better.
        near = best is not None and confidence > 0.7 * answers[0]["confidence"]
        if best is not None and (best[0] == 1.0 or (best[0] >= _DOUBTFUL and not near) or confidence < floor):
            break
        if answer["encoding"] is None:
            continue
        encoding = codecs.lookup(answer["encoding"]).name
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        merit = plausibility(text[:_WINDOW])
        if best is None or merit > best[0] + (0.0 if near else _CLEARLY):
            best = merit, Decoded(text=text, encoding=encoding, confidence=round(confidence, 4))
    if best is None:  # no code page has all these bytes: cp1252 has nearly all, and says which are lost
        text = data.decode("cp1252", "replace")
        return _damaged(text, "cp1252", lost=text.count(REPLACEMENT), confidence=0.0)
    merit, decoded = best
    beyond = len(_HIGH.findall(window))
    if merit >= _DOUBTFUL and beyond >= _FEW_CHARACTERS and decoded.confidence >= _LOW_CONFIDENCE:
        return decoded
    issue = Issue(
        code="guessed-encoding",
        message=f"The encoding is a guess: {decoded.encoding} ({beyond} bytes beyond ASCII, {merit:.0%} plausible).",
        severity="info" if merit >= _DOUBTFUL else "warning",
    )
    return Decoded(text=decoded.text, encoding=decoded.encoding, confidence=decoded.confidence, issues=(issue,))


_HIGH = re.compile(rb"[\x80-\xff]")
_BEYOND = re.compile(r"[^\W\d_]*[^\W\d_a-zA-Z][^\W\d_]*|[^\x00-\x7f]")
_LATIN = frozenset("àâäáãåæçéèêëíìîïñóòôöõøœßúùûüýÿÀÂÄÁÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜÝŸªº")
_LATIN_WORDS = frozenset("àÀâéÉèóÓúáÁêÊªº")  # of one letter
_RUN = re.compile(
    "(?P<latin>[a-zA-Z\u00aa\u00ba\u00c0-\u024f]+)|(?P<cyrillic>[а-яёА-ЯЁ]+)"
    "|(?P<arabic>[\u0621-\u063a\u0640-\u0652\u0660-\u0669\u0670\ufb50-\ufefc]+)"
    "|(?P<han>[\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+)|(?P<other>.)"
)
# Two words whose space was lost have a capital after a small letter, then small letters; KOI8-R read as cp1251 has not.
_MIXED_CASE = re.compile("[a-zß-öø-ÿ][A-ZÀ-ÖØ-Þ](?![a-zß-öø-ÿ])|[а-яё][А-ЯЁ](?![а-яё])")
_SIGNS = frozenset(
    "\u00a0\u00ad‘’‚“”„–—‑•…«»°º§©®™€£¿¡·´¨²³¹½¼¾×÷±µ¶†‰ª№⁄−¦"  # typography of the Latin and Cyrillic pages
    "،؛؟٪\u200c\u200d\u200e\u200f"
)
_OPENING = frozenset("‚„“«¿¡")
_BETWEEN_LETTERS = frozenset("\u00a0\u00ad‘’–—‑·…×÷⁄\u200c\u200d\u200e\u200f")


def plausibility(text: str) -> float:
    """The share of characters beyond ASCII that stand as in a letter of the six languages; 1 where there are none.

    A letter counts where its word is of one script (or two, one after the other, glued), has no stray capital, and
    holds only letters that the languages use; a word of one letter only among longer words of its script. A sign counts
    where it is a usual one that does not stand between two letters nor, if it opens a quotation, after one.
    """
    seen = good = 0
    lone: Counter[str] = Counter()
    longer: Counter[str] = Counter()
    for match in _BEYOND.finditer(text):
        word = match[0]
        if word[0].isalpha():
            beyond = sum(c > "\x7f" for c in word)
            seen += beyond
            script = _script(word)
            if script is None:
                continue
            if len(word) > 1 or script in {"latin", "han"}:
                good += beyond
                longer[script] += 1
            else:
                lone[script] += 1
            continue
        seen += 1
        if "\u3000" <= word <= "\u301f" or "\uff00" <= word <= "\uff5e" or "\u064b" <= word <= "\u0669":
            good += 1
        elif word in _SIGNS:
            after_letter = text[max(match.start() - 1, 0) : match.start()].isalpha()
            between = after_letter and text[match.end() : match.end() + 1].isalpha()
            good += not (after_letter and word in _OPENING) and (not between or word in _BETWEEN_LETTERS)
    good += sum(count for script, count in lone.items() if longer[script])
    return good / seen if seen else 1.0


def _script(word: str) -> str | None:
    """The script of a word beyond ASCII; `None` where it is no word of the six languages."""
    runs = [(str(m.lastgroup), m[0]) for m in _RUN.finditer(word)]
    scripts = [script for script, _ in runs if script != "latin"] or ["latin"]
    if len(scripts) > 1 or scripts[0] == "other" or len(runs) > 2 or _MIXED_CASE.search(word):
        return None
    if len(runs) == 2 and scripts[0] != "han" and any(len(run) == 1 for _, run in runs):
        return None
    for script, run in runs:
        beyond = [c for c in run if c > "\x7f"]
        if script == "latin" and beyond:
            # More accents than plain letters is another script read as Latin.
            if not _LATIN.issuperset(beyond) or (len(run) > 1 and len(beyond) > 0.7 * len(run)):
                return None
            if len(run) == 1 and run not in _LATIN_WORDS:
                return None
    return scripts[0]
