"""What conversions do to letters: the catalogue of damages, each a seeded function from a letter to a damaged one.

    damaged = apply(BY_NAME["slash cells"], letter, seed=1)      # a Letter with its gold carried along, or Unfit

A damage changes the gold only where the printed form changes (lost hyphens, masked addresses) and cuts the fields whose
words it takes away. The forms are those met on sharing sites, in old web pages and in what PDF readers make of the
header's table. Recognising a letter's parts is `benchmarks.damaging`'s.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
import textwrap
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from benchmarks import chrome
from benchmarks.cells import glued_cells, labels_first, pipe_table, slash_cells
from benchmarks.damaging import (
    Gold,
    Letter,
    Places,
    Unfit,
    carry,
    frame,
    inside,
    is_flat,
    joints,
    kept_whole,
    month_words,
    needs_lines,
    splice,
    touches,
)
from itudocs.lexicon import tidy


class Damage(NamedTuple):
    """One thing that a conversion does.

    Attributes:
        name: for tables.
        what: one sentence for readers.
        do: makes the damaged letter; raises `Unfit` where the damage cannot happen.
    """

    name: str
    what: str
    do: Callable[[Letter, Random], Letter]


def apply(damage: Damage, letter: Letter, *, seed: int = 1) -> Letter:
    """A letter damaged; the same for the same seed.

    Raises:
        Unfit: the damage cannot happen to this letter.
    """
    # A seed of text is hashed by Random itself and does not change between runs.
    damaged = damage.do(letter, Random(f"{seed}/{damage.name}/{letter.name}"))
    if damaged.text == letter.text:
        raise Unfit("nothing to change")
    return damaged


# -- lines -------------------------------------------------------------------------------------------------------------


def flattened(letter: Letter, rng: Random) -> Letter:
    needs_lines(letter)
    if letter.text.count("\n|") > 3:
        raise Unfit("a table of bars cannot be read without its lines")
    return letter.now(" ".join(letter.text.split()), cut=letter.cut | _broken(letter))


def wrapped(letter: Letter, rng: Random) -> Letter:
    lines: list[str] = []
    for line in letter.text.split("\n"):
        # Lines of tables are not wrapped: the printer's page was wide enough.
        keep = len(line) <= 70 or line.startswith("|")
        lines += [line] if keep else _wrapped_line(line, letter.lang == "zh")
    return letter.now("\r\n".join(lines))


def _wrapped_line(line: str, anywhere: bool) -> list[str]:
    if anywhere:  # Chinese breaks between any two characters, but not in an address or a number
        bits = re.findall(r"[!-~]+|.", line)
        out = [""]
        for bit in bits:
            if len(out[-1]) + len(bit) > 35 and out[-1]:
                out.append("")
            out[-1] += bit
        return out
    return textwrap.wrap(line, 70, break_long_words=False, break_on_hyphens=False, expand_tabs=False)


def double_spaced(letter: Letter, rng: Random) -> Letter:
    needs_lines(letter)
    text = re.sub(r"\n+", lambda m: "\n" * (len(m[0]) + 1), letter.text)
    return letter.now(text, cut=letter.cut | _broken(letter))


def _broken(letter: Letter) -> frozenset[str]:
    """Fields with an address that is broken over a line: who loses the line cannot join it with certainty."""
    flat = letter.text
    return frozenset(key for key in ("urls", "emails") if any(value not in flat for value in letter.gold[key]))


# -- characters --------------------------------------------------------------------------------------------------------

_HYPHENS = "-\u2010\u2011"
_COMPOUND = re.compile(
    rf"(?<![A-Za-zА-я0-9])(?:[A-ZА-Я0-9]{{2,}}(?:[{_HYPHENS}][A-ZА-Я0-9]+)+(?![A-Za-zА-я0-9])"
    rf"|(?:Vice|Secretary|Secrétaire|Collective|Circular|Вице|вице)[{_HYPHENS}][^\W\d_]+"
    rf"|(?<=ITU-R )\d{{1,2}}[{_HYPHENS}]\d{{1,2}}\b(?![-/.]))"
)


def hyphens_lost(letter: Letter, rng: Random) -> Letter:
    """No-break hyphens stand in set terms (`ITU-T`, `Vice-Chairmen`); a term loses them wherever it stands."""
    terms = {m[0] for m in _COMPOUND.finditer(letter.text)}
    # Telephone numbers and dates have hyphens of their own; those of years and days are another damage.
    terms = {t for t in terms if not re.fullmatch(r"[\d\W]+", t) or f"ITU-R {t}" in letter.text}
    if letter.gold["series"] in ("bdt", "office-code", "br-correspondence"):  # whose id is the reference as printed
        terms = {t for t in terms if t not in (letter.gold["ref"] or "")}
    lost = {t for t in sorted(terms) if t.startswith(("ITU", "UIT", "МСЭ")) or rng.random() < 0.8}
    if not lost:
        raise Unfit("no term with a hyphen")

    def change(value: str) -> str:
        return _COMPOUND.sub(lambda m: re.sub(f"[{_HYPHENS}]", "", m[0]) if m[0] in lost else m[0], value)

    return letter.now(change(letter.text), gold=carry(letter.gold, change))


def dashes_lost(letter: Letter, rng: Random) -> Letter:
    """`19-20 May` becomes `1920 May`, where what is left has but one reading as two days."""
    if letter.lang == "zh":
        pattern = re.compile(r"(?<![\d-])(\d{1,2})([-–−―~～])(\d{1,2})(?=\s?日)")
    else:
        months = month_words(letter.lang)
        pattern = re.compile(rf"(?<![\d-])(\d{{1,2}})([-–−‑])(\d{{1,2}})(?=\s(?:de )?(?:{months})\b)", re.IGNORECASE)
    turned = letter.lang == "ar"  # ranges may be printed last day first

    def change(value: str) -> str:
        return pattern.sub(lambda m: m[1] + m[3] if _one_reading(m[1], m[3], turned) else m[0], value)

    text = change(letter.text)
    if text == letter.text:
        raise Unfit("no range of days that can be told without its dash")
    return letter.now(text, gold=carry(letter.gold, change))


def _one_reading(first: str, last: str, turned: bool) -> bool:
    glued = first + last
    if int(glued) <= 31:
        return False  # a valid day by itself
    readings = [(int(glued[:k]), int(glued[k:])) for k in range(1, len(glued)) if glued[k] != "0"]
    readings = [(a, b) for a, b in readings if 1 <= a <= 31 and 1 <= b <= 31 and (a < b or (turned and a != b))]
    return readings == [(int(first), int(last))]


def no_break_spaces(letter: Letter, rng: Random) -> Letter:
    """All spaces beside digits, a fifth of the others, half of the empty lines."""

    def change(match: re.Match[str]) -> str:
        beside = any(c.isdigit() for c in letter.text[max(0, match.start() - 1) : match.end() + 1])
        return rng.choice("\u00a0\u00a0\u202f") if beside or rng.random() < 0.2 else " "

    text = re.sub("(?<=[^ \n]) (?=[^ \n])", change, letter.text)
    text = re.sub(r"(?<=\n)(?=\n)", lambda m: "\u00a0" if rng.random() < 0.5 else "", text)
    return letter.now(text)


_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’‚", "'"))


def quotes_straightened(letter: Letter, rng: Random) -> Letter:
    def change(value: str) -> str:
        return value.translate(_QUOTES)

    return letter.now(change(letter.text), gold=carry(letter.gold, change))


def glued_and_split(letter: Letter, rng: Random) -> Letter:
    """About one place in forty loses or gains a space, in the body and once in the subject; names stay whole."""
    found = frame(letter)
    whole = kept_whole(letter, found.places)
    start, end = found.body
    edits: list[tuple[int, int, str]] = []
    for match in re.finditer(r"(?<=[\w,.;:)]) (?=\w)", letter.text[start:end]):
        at = start + match.start()
        numbers = letter.text[at - 1].isdigit() and letter.text[at + 1].isdigit()
        if not numbers and not touches(whole, at, at + 1) and rng.random() < 0.025:
            edits.append((at, at + 1, ""))
    split = (
        r"(?<=\d)(?=[年月日])|(?<=[年月])(?=\d)" if letter.lang == "zh" else r"(?<=[^\W\d_A-Z]{4})(?=[^\W\d_A-Z]{4})"
    )
    for match in re.finditer(split, letter.text[start:end]):
        at = start + match.start()
        if not inside(whole, at) and rng.random() < (0.3 if letter.lang == "zh" else 0.004):
            edits.append((at, at, " "))
    gold = letter.gold
    gaps = [
        found.subject[0] + m.start()
        for m in re.finditer(r"(?<=[^\W\d_]) (?=[^\W\d_])", letter.text[slice(*found.subject)])
    ]
    if gaps and found.subject[1] <= start:
        at = rng.choice(gaps)
        before = len(letter.text[found.subject[0] : at])
        printed_as = letter.text[slice(*found.subject)]
        gold = copy.deepcopy(gold)
        gold["subject"] = tidy(printed_as[:before] + printed_as[before + 1 :])
        edits.append((at, at + 1, ""))
    if not edits:
        raise Unfit("no words to glue or to split outside gold values")
    return letter.now(splice(letter.text, edits), gold=gold)


def capitals_split(letter: Letter, rng: Random) -> Letter:
    """`INTERNATIONAL` set with a large initial comes out as `I NTERNATIONAL`."""
    head = letter.text[: max(frame(letter).subject[0], 200)]
    names = r"(?:INTERNATIONAL TELECOMMUNICATION UNION|UNION INTERNATIONALE DES T[EÉ]L[EÉ]COMMUNICATIONS"
    names += r"|UNI[OÓ]N INTERNACIONAL DE (?:LAS )?TELECOMUNICACIONES|МЕЖДУНАРОДНЫЙ СОЮЗ ЭЛЕКТРОСВЯЗИ)"
    match = re.search(names, head, re.IGNORECASE)
    if not match:
        raise Unfit("no letterhead with the Union's name in letters that have capitals")
    spaced = re.sub(r"\b(\w)(\w{2,})", r"\1 \2", match[0].upper())
    return letter.now(splice(letter.text, [(*match.span(), spaced)]))


def masked(letter: Letter, rng: Random) -> Letter:
    """A host hides addresses, often glued to what stands before."""
    # Addresses known from the gold first: where one is glued to a number, no pattern tells where it begins.
    known = sorted({*letter.gold["emails"], *letter.gold["contact"]["emails"]}, key=len, reverse=True)
    any_address = r"[\w.+-]+(?:@|\(at\))[\w-]+(?:\.[\w-]+)+"
    if not (known or re.search(any_address, letter.text)):
        raise Unfit("no e-mail address")

    def change(match: re.Match[str]) -> str:
        return ("" if rng.random() < 0.3 else match["gap"]) + "[email\u00a0protected]"

    text = letter.text
    for form in (*map(re.escape, known), any_address):
        text = re.sub(f"(?P<gap> ?){form}", change, text, flags=re.IGNORECASE)
    gold = copy.deepcopy(letter.gold)
    gold["emails"] = []
    gold["contact"]["emails"] = []
    return letter.now(text, gold=gold)


# -- what is lost -------------------------------------------------------------------------------------------------------


def header_missing(letter: Letter, rng: Random) -> Letter:
    """The page begins at the salutation or below it; what stood above is cut."""
    found = frame(letter)
    saluted = found.salutation != (0, 0) and rng.random() < 0.5
    text = letter.text[found.salutation[0] if saluted else found.body[0] :].lstrip(" ,:;،：，.\n")
    if len(text) < 300:
        raise Unfit("nothing would be left")
    gold: Gold = copy.deepcopy(letter.gold)
    left = Places(text)

    def stands(value: str | None) -> bool:
        return left.first(value) is not None

    cut = {"ref", "date", "subject", "bureau", "series", "addressees", "contact", "markings"}
    cut |= set() if saluted else {"salutation"}
    if gold["copies"] and not all(map(stands, gold["copies"])):
        cut.add("copies")
    if gold["signatory"] and not stands(gold["signatory"]["name"]):
        cut.add("signatory")  # a telefax names its author above
    for key in ("urls", "emails"):
        gold[key] = [value for value in gold[key] if value in "".join(text.split())]
    gold["citations"] = [c for c in gold["citations"] if stands(c["text"])]
    # Events and deadlines go where the header lent them their name or their year.
    events = gold["events"]
    if not all(event["start"][:4] in text and stands(event["name"]) for event in events):
        cut.add("events")
    if not all(d["date"][:4] in text for d in gold["deadlines"] if not d["computed"]) or "events" in cut:
        cut.add("deadlines")
    return letter.now(text, gold=gold, cut=letter.cut | cut)


# -- what pages and printers add ---------------------------------------------------------------------------------------


def footer_in_text(letter: Letter, rng: Random) -> Letter:
    """The footer of page 1 between two sentences, or in the middle of one, before the mark of page 2."""
    gold = copy.deepcopy(letter.gold)
    year = int((gold["date"] or "2005")[:4])
    if year >= 2011:
        lines: Sequence[str] = (chrome.NEW_FOOTER[letter.lang],)
    else:
        lines = chrome.OLD_FOOTER_ROWS if rng.random() < 0.6 else chrome.OLD_FOOTER_COLUMNS
        web, x400 = (chrome.WEB, "") if year >= 2000 else ("", chrome.X400)
        lines = [line.format(web=web, x400=x400) for line in lines]
    places = joints(letter)
    middles = _sentence_middles(letter)
    if middles and rng.random() < 0.3:
        at, lines = rng.choice(middles), [*lines, "- 2 -"]
    else:
        at = rng.choice(places)
    for key, value in (("emails", chrome.FOOTER_EMAIL), ("urls", chrome.FOOTER_URL)):
        if value in " ".join(lines) and value not in gold[key]:
            gold[key].append(value)
    return letter.now(_put(letter.text, at, lines), gold=gold)


def _sentence_middles(letter: Letter) -> list[int]:
    """Offsets between two words of the body, in a sentence without digits and gold values."""
    found = frame(letter)
    whole = kept_whole(letter, found.places)
    out = []
    for match in re.finditer(r"[^.!?。؟\n\d]{80,}[.。]", letter.text[slice(*found.body)]):
        start, end = (found.body[0] + k for k in match.span())
        if not touches(whole, start, end):
            out += [start + m.end() for m in re.finditer(r"(?<=\w\w) (?=\w\w)", letter.text[start:end])]
    return out


def _put(text: str, at: int, lines: Sequence[str]) -> str:
    """Lines between two stretches of a text; in one that has no lines they become one stretch themselves."""
    if is_flat(text):
        return f"{text[:at].rstrip()} {' '.join(lines)} {text[at:]}"
    return text[:at].rstrip() + "\n" + "\n".join(lines) + "\n" + text[at:]


def _after(letter: Letter, rng: Random) -> dt.date:
    """A day on which a page may have been printed or uploaded: years after the letter."""
    base = dt.date.fromisoformat(letter.gold["date"] or "2005-01-01")
    return base + dt.timedelta(days=rng.randrange(400, 4000))


def print_marks(letter: Letter, rng: Random) -> Letter:
    """A file path and the days of saving and printing, under the first page or at the end."""
    saved, day = sorted((_after(letter, rng), _after(letter, rng)))
    number = rng.randrange(11, 999)
    path = rng.choice(chrome.PATHS).format(n=number, y=day.year)
    forms = ("{d.month}/{d.day}/{d:%y}", "{d:%d.%m.%y}", "{d:%d.%m.%Y}")
    one, other = rng.choice(forms), rng.choice(forms)
    marks = [f"{path} {one.format(d=saved)} {one.format(d=day)}", other.format(d=day)][: rng.randrange(1, 3)]
    at = rng.choice([*joints(letter), len(letter.text.rstrip())])
    return letter.now(_put(letter.text, at, marks))


def page_marks(letter: Letter, rng: Random) -> Letter:
    """The number of pages on top, `- 2 -` between two sentences or glued to the word behind it."""
    at = rng.choice(joints(letter))
    mark = rng.choice(("- 2 -", "-2-", "-2 -", "- 2 -"))
    pages = f"- {rng.randrange(2, 9)} -"
    lines = not is_flat(letter.text)
    if rng.random() < 0.5:
        text = f"{letter.text[:at].rstrip()}{chr(10) if lines else ' '}{mark}{letter.text[at:]}"
    else:
        text = _put(letter.text, at, [mark])
    return letter.now(f"{pages}{chr(10) if lines else ' '}{text}" if rng.random() < 0.5 else text)


def _chrome(letter: Letter, rng: Random, lines: Sequence[str]) -> list[str]:
    day = _after(letter, rng)
    title = tidy(letter.gold["subject"] or letter.gold["ref"] or "Circular")[:60].rsplit(" ", 1)[0]
    values = {
        "title": title, "day": f"{day:%d-%b-%Y}", "iso": day.isoformat(), "year": day.year,
        "views": rng.randrange(3, 900), "pages": rng.randrange(2, 30),
    }  # fmt: skip
    return [line.format(**values) for line in lines]


def _around(letter: Letter, head: Sequence[str], tail: Sequence[str]) -> Letter:
    return letter.now("\n".join([*head, letter.text.strip("\n"), *tail, ""]))


def mojibake(letter: Letter, rng: Random) -> Letter:
    head = _chrome(letter, rng, [rng.choice(chrome.MOJIBAKE_HEADS)])
    return _around(letter, head, _chrome(letter, rng, [rng.choice(chrome.MOJIBAKE_TAILS)]))


def site_chrome(letter: Letter, rng: Random) -> Letter:
    head = _chrome(letter, rng, rng.choice(chrome.SITE_HEADS))
    return _around(letter, head, _chrome(letter, rng, rng.choice(chrome.SITE_TAILS)))


def twice(letter: Letter, rng: Random) -> Letter:
    """A flattened digest, words of the site, then the page with its lines."""
    needs_lines(letter)
    title = tidy(letter.gold["subject"] or letter.gold["ref"] or "Circular")[:60]
    digest = " ".join(letter.text.split())
    if rng.random() < 0.4:  # digests may be shortened, here at the end of a sentence
        stops = [m.end() for m in re.finditer(r"(?<=[^\W\d_]{4})[.。]\s", digest) if m.end() > len(digest) // 2]
        digest = digest[: stops[0]].strip() if stops else digest
    head = _chrome(letter, rng, rng.choice(chrome.SITE_HEADS[:3]))
    between = list(chrome.BETWEEN_COPIES[: rng.randrange(1, 5)])
    page = _around(letter, [*head, digest, *between, f"Page 1: {title}"], [])
    return page.now(page.text, cut=letter.cut | _broken(letter))


# -- the catalogue -----------------------------------------------------------------------------------------------------

SINGLE: tuple[Damage, ...] = (
    Damage("flattened", "All line breaks become spaces.", flattened),
    Damage(
        "hyphens lost", "No-break hyphens vanish from set terms: `ITU-T` is `ITUT`, in addresses too.", hyphens_lost
    ),
    Damage("range dashes lost", "`19-20 May` is `1920 May`.", dashes_lost),
    Damage("labels first", "The header's labels stand together, then their values.", labels_first),
    Damage("slash cells", "The header's cells are divided by ` / `, others appended to them.", slash_cells),
    Damage("pipe table", "The header is a table of bars whose third column runs on by itself.", pipe_table),
    Damage("glued cells", "The header's cells follow each other with nothing between.", glued_cells),
    Damage("split capitals", "`I NTERNATIONAL T ELECOMMUNICATION U NION`.", capitals_split),
    Damage("footer in text", "The page's footer stands in the body.", footer_in_text),
    Damage("print marks", "File paths and days of printing stand in the body or at the end.", print_marks),
    Damage("page marks", "`- 2 -` in the body, alone or glued; the number of pages on top.", page_marks),
    Damage("mojibake chrome", "Wrongly decoded language links above and below.", mojibake),
    Damage("no-break spaces", "Spaces are U+00A0 or U+202F; empty lines hold one.", no_break_spaces),
    Damage("masked e-mail", "Addresses are `[email protected]`, some glued to the word before.", masked),
    Damage("site chrome", "A sharing site's words and dates above and below.", site_chrome),
    Damage("twice", "A flattened digest, then the page.", twice),
    Damage("header missing", "The page begins at the salutation or below it.", header_missing),
    Damage("glued and split", "A few words are glued to the next or split.", glued_and_split),
    Damage("wrapped at 70", "Long lines are wrapped at 70 columns with CR LF (Chinese at 35).", wrapped),
    Damage("double spaced", "An empty line more between any two lines.", double_spaced),
    Damage("quotes straightened", "Typographic quotes and apostrophes are straight.", quotes_straightened),
)
BY_NAME = {damage.name: damage for damage in SINGLE}


def _pair(first: str, second: str) -> Damage:
    def do(letter: Letter, rng: Random) -> Letter:
        once = BY_NAME[first].do(letter, rng)
        if once.text == letter.text:
            raise Unfit("nothing to change")
        return BY_NAME[second].do(once, rng)

    return Damage(f"{first} + {second}", f"First {first}, then {second}.", do)


PAIRS: tuple[Damage, ...] = (
    _pair("hyphens lost", "flattened"),
    _pair("footer in text", "flattened"),
    _pair("labels first", "flattened"),
    _pair("hyphens lost", "slash cells"),
    _pair("masked e-mail", "site chrome"),
    _pair("wrapped at 70", "double spaced"),
    _pair("glued cells", "no-break spaces"),
)
DAMAGES: tuple[Damage, ...] = SINGLE + PAIRS
