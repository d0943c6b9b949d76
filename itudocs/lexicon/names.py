"""One normal name for bodies, conferences and officials, whatever the language: WRC = CMR = ВКР, Rancy = Ранси.

    normal_body("77-е собрание Радиорегламентарного комитета", "ru")       # Body(id="RRB", number=77)
    normal_body("2014 World Telecommunication Development Conference")     # Body(id="WTDC-14", number=None)
    normal_person("Франсуа Ранси")                                         # "François Rancy"

The names are data (`bodies.toml`); here they become matchers: Russian endings and Arabic prefixes give way, accents, case,
hyphens and lost spaces do not matter, acronyms keep their capitals. Extraction asks for the body of an event and the
person behind a signature, `itudocs.fields` for the bodies a letter names, search for what a query's words stand for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

from itudocs.lexicon import table
from itudocs.lexicon.ordinals import ordinals
from itudocs.lexicon.plain import HAN, plain
from itudocs.lexicon.scanning import Scanner
from itudocs.model import Language

JOINED = " + "
"""Between the groups of a joint meeting: `ITU-R WP4A + ITU-R WP6S`."""


class Body(NamedTuple):
    """Who meets: the normal name, and which meeting, session or phase it is where an ordinal says so."""

    id: str
    number: int | None = None


class Named(NamedTuple):
    """A name found in plain text: characters, normal name, and the session number of `CPM19-2`."""

    start: int
    end: int
    id: str
    number: int | None = None


# --- matchers -------------------------------------------------------------------------------------------------------

_ENDINGS = "[аеиоуыьюямхгв]{0,3}"
_ARABIC = re.compile("[\u0621-\u064a]+")
_TRIMMED = re.compile("[аеиоуыьюя]{1,2}$")
_LETTERS = "A-Za-z\u0400-\u04ff"
_YEAR = r"(?:[ -]?(?:(?P<full>(?:19|20)\d\d)|(?P<short>\d\d)))"


def _is_acronym(form: str) -> bool:
    return " " not in form and sum(c.isupper() for c in form) >= 2


def _is_han(form: str) -> bool:
    return re.search(f"[{HAN}]", form) is not None


def _elastic(form: str) -> str:
    """A name in plain, small letters as a pattern: Russian words with any ending, Arabic ones with any prefix."""
    words = plain(form).casefold().replace("-", " ").replace("/", " ").split()
    out = []
    for k, word in enumerate(words):
        if re.fullmatch("[а-я]{5,}", word):
            out.append(re.escape(_TRIMMED.sub("", word)) + _ENDINGS)
        elif k == 0 and _ARABIC.fullmatch(word):
            out.append(f"(?:[وفبلك]?(?:ال)?|و?لل){re.escape(word.removeprefix('ال'))}")
        else:
            out.append(re.escape(word))
    return "[ /-]{0,3}".join(out)


class _Matcher(NamedTuple):
    """An alternation with an empty group behind each form, so that `re` tells forms apart by their first letter; `ids`
    are the bodies of the groups."""

    pattern: Scanner
    ids: tuple[str, ...]

    def matches(self, text: str) -> Iterator[tuple[re.Match[str], str]]:
        for match in self.pattern.finditer(text):
            yield match, self.ids[(match.lastindex or 1) - 1]


def _matcher(before: str, forms: Iterable[tuple[str, str]], after: str) -> _Matcher:
    """A matcher of patterns (with their bodies), longest first."""
    ordered = sorted(dict.fromkeys(forms), key=lambda f: (-len(f[0]), f))
    alternation = "|".join(f"{form}()" for form, _ in ordered)
    return _Matcher(Scanner(f"{before}(?:{alternation}){after}"), tuple(body for _, body in ordered))


@cache
def _rows() -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in table("bodies.toml")["body"]}


def _forms(row: dict[str, Any]) -> Iterator[str]:
    for part in ("names", "also"):
        for forms in row.get(part, {}).values():
            yield from forms


@cache
def _written() -> _Matcher:
    """Names in letters, for small letters."""
    forms = [
        (_elastic(form), row["id"])
        for row in _rows().values()
        for form in _forms(row)
        if not _is_acronym(form) and not _is_han(form)
    ]
    return _matcher(r"(?<![^\W\d_])", forms, r"s?(?![^\W\d_])")


@cache
def _first_words() -> frozenset[str]:
    """What words begin with that a name may begin with, in small letters: enough to say that most words begin none."""
    found = set()
    for row in _rows().values():
        for form in _forms(row):
            words = [] if _is_han(form) else plain(form).casefold().replace("-", " ").replace("/", " ").split()
            if words:
                found.add(_TRIMMED.sub("", words[0]) if re.fullmatch("[а-я]{5,}", words[0]) else words[0])
    return frozenset(found)


_RUNS = re.compile(r"[^\W\d_]+")


def _begins_name(flat: str) -> bool:
    """Whether a name in `_written`, `_chinese` or `_acronyms` may begin in plain text: never wrong when it says no.

    The matchers need a tenth of a second to be made, which most searches from the terminal can do without.
    """
    if re.search(f"[{HAN}]", flat) or _ARABIC.search(flat):
        return True
    known = _first_words()
    return any(run[:n] in known for run in _RUNS.findall(flat.casefold()) for n in range(1, len(run) + 1))


@cache
def _chinese() -> _Matcher:
    forms = [(re.escape(plain(form)), row["id"]) for row in _rows().values() for form in _forms(row) if _is_han(form)]
    return _matcher("", forms, "")


@cache
def _acronyms() -> _Matcher:
    """Acronyms, which keep their capitals; those of two letters count only with a year (`PP-14`)."""
    forms = [(plain(f), row["id"]) for row in _rows().values() for f in _forms(row) if _is_acronym(f)]
    return _matcher(
        f"(?<![{_LETTERS}0-9])",
        [(re.escape(f) + (r"(?=-?\d)" if len(f) == 2 else ""), body) for f, body in forms],
        f"(?![{_LETTERS}])",
    )


# --- years and numbers of conferences ---------------------------------------------------------------------------------

_ATTACHED = re.compile(r"[ -]?(?P<year>(?:19|20)\d\d|\d\d)(?!\d)")
_PREPARING = re.compile(r"[ -]?(?P<year>\d\d)-?(?P<session>[12])(?!\d)|[ -]?(?P<only>\d\d)(?!\d)")
_SERIAL = re.compile(r"-(\d{1,3})(?![\d/-])")
_BEFORE = re.compile(r"((?:19|20)\d\d)(?:年| года?)? ?$")
_AFTER = re.compile(r"[ ,(]{0,2}(?:of |de |del |du |d |в |لعام |عام )?((?:19|20)\d\d)(?!\d)(?: ?года?(?!\w)| ?г\.)?")


def _dated(row: dict[str, Any], year: int | str) -> str:
    """The name of a conference of a year: the suffix has two digits."""
    return f"{row['id']}-{int(year) % 100:02d}"


def _known_year(row: dict[str, Any], year: int) -> str | None:
    """The conference that met in a year, as far as known years tell."""
    if "prepares" in row:
        return None
    held: list[int] = row.get("held", [])
    year = row.get("moved", {}).get(str(year), year)
    return _dated(row, year) if not held or year in held else None


def _resolved(text: str, start: int, end: int, row: dict[str, Any], *, acronym: bool) -> Named:
    """A match with the year or number that is attached to it."""
    if not row.get("dated"):
        serial = _SERIAL.match(text, end) if acronym else None
        return Named(start, serial.end() if serial else end, row["id"], int(serial[1]) if serial else None)
    if "prepares" in row and acronym and (match := _PREPARING.match(text, end)):
        number = int(match["session"]) if match["session"] else None
        return Named(start, match.end(), _dated(row, match["year"] or match["only"]), number)
    if acronym and (match := _ATTACHED.match(text, end)):
        return Named(start, match.end(), _dated(row, match["year"]))
    if "prepares" not in row:
        if before := _BEFORE.search(text, max(0, start - 9), start):
            return Named(before.start(), end, _dated(row, before[1]))
        if after := _AFTER.match(text, end):
            return Named(start, after.end(), _dated(row, after[1]))
    return Named(start, end, row["id"])


# --- numbered groups of the sectors -----------------------------------------------------------------------------------

_NUMBER = r"\d{1,2}[A-ZА-Я]{0,4}(?:/\d{1,2}[A-ZА-Я]?)?"
_AND = r"(?> ?(?:, ?(?:and |et |y |и |و ?)?|and |& ?|et |y |и |و ?|和|及) ?)"
_LIST = rf"(?P<NAME>{_NUMBER}(?:{_AND}{_NUMBER}){{0,5}})(?![\w/])"
_ALIKE = str.maketrans("АВСЕНКМОРТХ", "ABCEHKMOPTX")


@cache
def _units() -> Scanner:
    """`Study Group 13`, `SG13`, `CE 13`, `13-й Исследовательской комиссии`, `第13研究组`: a group for each kind and order."""
    out = []
    for row in table("bodies.toml")["unit"]:
        forms = [form for language in row["names"].values() for form in language]
        letters = [_elastic(f) for f in forms if len(f) > 4 and not _is_han(f)]
        short = [re.escape(plain(f)) for f in forms if len(f) <= 4 and not _is_han(f)]
        han = "|".join(re.escape(plain(f)) for f in forms if _is_han(f))
        heads = f"(?:(?i:{'|'.join(sorted(letters, key=len, reverse=True))})|(?:{'|'.join(short)}))"
        russian = "|".join(_elastic(f) for f in row["names"]["ru"] if len(f) > 4)
        name = row["id"]
        after = _LIST.replace("NAME", f"{name}_after")
        han_list = rf"(?P<{name}_han>{_NUMBER}(?:{_AND}(?:第)?{_NUMBER}){{0,5}})"
        numbered = r" ?(?P<Q_after>\d{1,2}/\d{1,2})(?!\d)" if name == "Q" else rf"[ .-]{{0,2}}{after}"
        out.append(rf"(?<![^\W\d_]){heads}{numbered}")
        out.append(rf"第?{han_list}号?(?:{han})")
        out.append(rf"(?<!\d)(?P<{name}_ru>{_NUMBER})(?: ?-? ?[а-я]{{1,3}})? (?i:{russian})(?![^\W\d_])")
    return Scanner("|".join(f"(?:{p})" for p in out))


_REGIONAL_ACRONYM = re.compile(r"(?<![A-Za-z])SG ?(\d{1,2}) ?RG ?-? ?([A-Z]{2,6})(?![A-Za-z])")
_OWN = re.compile(r"(?<![A-Za-z])(?:FG|JCA)-[A-Za-z0-9]{2,}(?:-[A-Za-z0-9]+)?")


_NUMBERED = re.compile(r"\d|FG-|JCA-")


@cache
def _regional() -> tuple[Scanner, tuple[tuple[re.Pattern[str], str], ...]]:
    data = table("bodies.toml")["regional"]
    regions = tuple(
        (re.compile("|".join(_elastic(f) for f in forms)), code) for code, forms in data.items() if code != "names"
    )
    return Scanner("|".join(_elastic(f) for f in data["names"])), regions


@cache
def _sectors() -> tuple[tuple[str, str, Scanner], ...]:
    return tuple(
        (row["id"], row["bureau"], Scanner("|".join(_elastic(f) for f in row["names"])))
        for row in table("bodies.toml")["sector"]
    )


def sector(text: str, bureau: str | None = None) -> str | None:
    """`ITU-T`, `ITU-R` or `ITU-D`: as the text names it, in any language, else as the bureau implies."""
    small = plain(text).casefold()
    for name, _, pattern in _sectors():
        if pattern.search(small):
            return name
    return next((name for name, own, _ in _sectors() if own == bureau), None)


def _groups(text: str, bureau: str | None) -> Iterator[Named]:
    """Numbered groups in plain text, each once; a regional group takes the place of its study group."""
    if not _NUMBERED.search(text):
        return
    small = text.casefold()
    own = sector(text, bureau)

    def named(match: re.Match[str], kind: str, number: str) -> Named:
        number = number.translate(_ALIKE)
        ours = "ITU-R" if kind in ("WP", "TG", "JTG") and re.match(r"\d+[A-Z]", number) else own
        return Named(match.start(), match.end(), f"{ours} {kind}{number}" if ours else f"{kind}{number}")

    regions = list(_REGIONAL_ACRONYM.finditer(text))
    for match in regions:
        yield Named(match.start(), match.end(), f"{own or 'ITU-T'} SG{match[1]}RG-{match[2]}")
    for match in _OWN.finditer(text):
        yield Named(match.start(), match.end(), f"ITU-T {match[0]}")
    heading, known = _regional()
    regional = not regions and heading.search(small) is not None
    for match in _units().finditer(text):
        kind, _, order = (match.lastgroup or "").partition("_")
        numbers = re.findall(_NUMBER, match[f"{kind}_{order}"])
        if any(r.start() <= match.start() < r.end() for r in regions):
            continue
        if kind == "SG" and numbers[0] in {r[1] for r in regions}:
            continue
        if kind == "SG" and regional:
            code = next((code for pattern, code in known if pattern.search(small)), None)
            yield named(match, "SG", f"{numbers[0]}RG{f'-{code}' if code else ''}")
            continue
        parent = numbers[-1].partition("/")[2]
        for number in numbers:
            whole = f"{number}/{parent}" if parent and "/" not in number else number
            yield named(match, kind, whole)


# --- finding --------------------------------------------------------------------------------------------------------


def _bodies(text: str, *, any_case: bool = False) -> list[Named]:
    """Bodies and conferences that plain text names, in order; a longer name wins over one within it."""
    small = text.casefold()
    found = [_resolved(text, *m.span(), _rows()[body], acronym=False) for m, body in _written().matches(small)]
    if re.search(f"[{HAN}]", text):
        found += [_resolved(text, *m.span(), _rows()[body], acronym=False) for m, body in _chinese().matches(text)]
    capitals = text.upper() if any_case and len(text.upper()) == len(text) else text
    found += [_resolved(capitals, *m.span(), _rows()[body], acronym=True) for m, body in _acronyms().matches(capitals)]
    out: list[Named] = []
    for name in sorted(found, key=lambda n: (n.start, -n.end)):
        if not out or name.start >= out[-1].end:
            out.append(name)
    return out


@cache
def _others() -> tuple[re.Pattern[str], re.Pattern[str]]:
    data = table("bodies.toml")["other"]

    def any_of(words: list[str]) -> re.Pattern[str]:
        latin = "|".join(re.escape(plain(w).casefold()) for w in words if not _is_han(w))
        han = "|".join(re.escape(w) for w in words if _is_han(w))
        return re.compile(rf"(?<![^\W\d_])(?:{latin})(?![^\W\d_])|{han}")

    return any_of(data["words"]), any_of([*data["words"], *data["about"]])


_CLAUSE = re.compile(r"[,;:(\"-]| (?:of|on|for|in|at|and|de|del|du|des|et|y|по|и|в|на|для) |[和及]")


def _meets(text: str, names: list[Named], row: dict[str, Any]) -> bool:
    """Whether a body is who meets, and not what the meeting is about (`workshop on WRC-12`).

    `names` are those of one body in the text; "(WRS-16)" in brackets names the occasion before it.
    """
    words, words_or_about = _others()
    small = text.casefold()
    for name in names:
        small = small[: name.start] + "#" * (name.end - name.start) + small[name.end :]
    name = names[0]
    if row.get("kind") == "event" and small[name.start - 1 : name.start] == "(":
        return True
    before, after = small[: name.start], small[name.end :]
    return not words_or_about.search(before) and not words.search(_CLAUSE.split(f"{after} ", maxsplit=1)[0])


def normal_body(
    text: str, language: Language | None = None, *, bureau: str | None = None, date: dt.date | None = None
) -> Body | None:
    """Who meets, by the printed name of a meeting; `None` where no known body does.

    Args:
        text: the name, as printed.
        language: of the name; ordinals are read in it. Names of bodies are known in all languages at once.
        bureau: who writes: gives a study group its sector, and the Board its name.
        date: when the meeting begins: gives a conference its year where none is printed.
    """
    body = _body(text, language, bureau)
    if body and date and (row := _rows().get(body.id)) and row.get("dated"):
        return Body(_known_year(row, date.year) or body.id, body.number)
    return body


@lru_cache(maxsize=4096)
def _body(text: str, language: Language | None, bureau: str | None) -> Body | None:
    """What the name alone says."""
    flat = plain(text)
    groups = list(_groups(flat, bureau))
    bodies = _bodies(flat)
    taken = [(n.start, n.end) for n in (*groups, *bodies)]
    free = (n for a, b, n in ordinals(flat, language) if not any(s < b and a < e for s, e in taken))
    chosen = bodies[-1] if bodies and language == "zh" else bodies[0] if bodies else None
    solid = [g for g in groups if not _QUESTION.search(g.id)] or groups
    if solid and (chosen is None or solid[0].start < chosen.start):
        return Body(JOINED.join(dict.fromkeys(g.id for g in solid)), next(free, None))
    if chosen is None:
        short = _short(flat, bureau)
        return Body(short, next(free, None)) if short else None
    row = _rows()[_family(chosen.id)]
    same = [n for n in bodies if _family(n.id) == row["id"]]
    if not _meets(flat, same, row):
        return None
    name = max(same, key=lambda n: (n.id != row["id"], n.number is not None))
    number = name.number or next(free, None)
    if name.id != row["id"] or not row.get("dated"):
        return Body(name.id, number)
    if "prepares" in row:
        prepared = next((n.id for n in bodies if n.id.startswith(f"{row['prepares']}-")), None)
        return Body(f"{row['id']}-{prepared[-2:]}" if prepared else row["id"], number)
    held: list[int] = row.get("held", [])
    if row.get("counted") and number and number <= len(held):
        return Body(_dated(row, held[number - 1]), number)
    return Body(row["id"], number)


_QUESTION = re.compile(r"(?:^| )Q\d")


def _family(body: str) -> str:
    """The row of a body: `WRC` of `WRC-12`."""
    return body if body in _rows() else body.rpartition("-")[0]


@cache
def _short_names() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple(
        (row["id"], row["short"]["bureau"], re.compile(rf"(?<![^\W\d_])(?:{'|'.join(_elastic(f) for k, v in row['short'].items() if k != 'bureau' for f in v)})(?![^\W\d_])"))
        for row in _rows().values()
        if "short" in row
    )  # fmt: skip


def _short(text: str, bureau: str | None) -> str | None:
    """`79th meeting of the Board` in a letter of the bureau that serves it: the last words of the name."""
    for body, own, pattern in _short_names():
        if own == bureau and (match := pattern.search(text.casefold())):
            rest = text.casefold()[match.end() :]
            if not _others()[1].search(text.casefold()[: match.start()]) and not rest.strip():
                return body
    return None


def wider(body: str) -> tuple[str, ...]:
    """A normal name and the wider ones it is found under: `WRC-12` also as `WRC`, `ITU-T SG13` also as `SG13`."""
    out = []
    for part in body.split(JOINED):
        family = _family(part)
        out += [part, family if family in _rows() else part, re.sub(r"^ITU-[TRD] ", "", part)]
    return tuple(dict.fromkeys(out))


def named_bodies(text: str, *, bureau: str | None = None) -> tuple[str, ...]:
    """The normal names of all bodies, conferences and numbered groups that a text names, in any language."""
    flat = plain(text)
    return tuple(dict.fromkeys(n.id for n in (*_bodies(flat), *_groups(flat, bureau))))


@lru_cache(maxsize=4096)
def whole_body(text: str) -> str | None:
    """The body that a text is a name of, with nothing else said; acronyms of three letters or more in any case.

    `cmr-12` is `WRC-12`, `ВКР` is `WRC`, `Commission d'études 13` is `SG13`; `wrc agenda` is none.
    """
    flat = plain(text)
    found = _bodies(flat, any_case=True) or list(_groups(flat, None))
    if len({n.id for n in found}) != 1:
        return None
    rest = flat
    for name in sorted(found, reverse=True):
        rest = rest[: name.start] + rest[name.end :]
    for _, _, pattern in _sectors():
        rest = pattern.regex.sub("", rest.casefold())
    return None if any(c.isalnum() for c in rest) else found[0].id


def names_any(text: str) -> bool:
    """Whether words of a text may be a name of a body or an official; quick, and never wrong when it says no."""
    flat = plain(text)
    if _begins_name(flat) and _bodies(flat, any_case=True):
        return True
    if any(True for _ in _groups(flat, None)):
        return True
    return not _families().isdisjoint(_words(text))


def is_dated(body: str) -> bool:
    """Whether a normal name stands for conferences told apart by year: `WRC`, not `WRC-12` or `RRB`."""
    return bool(_rows().get(body, {}).get("dated"))


# --- people ---------------------------------------------------------------------------------------------------------

_TOKENS = re.compile(rf"[{HAN}]+|[^\W\d_{HAN}]+")


class _Person(NamedTuple):
    name: str
    family: tuple[tuple[str, ...], ...]
    given: frozenset[str]


def _tokens(text: str) -> tuple[str, ...]:
    """Words, and runs of Chinese characters."""
    return tuple(_TOKENS.findall(plain(text).casefold()))


@cache
def _chinese_forms() -> re.Pattern[str]:
    data = table("bodies.toml")
    forms = {f for row in data["person"] for f in (*row["family"], *row["given"])} | set(data["persons"]["titles"])
    han = {t for f in forms for t in _tokens(f) if _is_han(t)}
    return re.compile("|".join(sorted(han, key=lambda f: (-len(f), f))))


def _words(text: str) -> tuple[str, ...]:
    """The tokens of a printed name, Chinese names written together taken apart where all of it is known."""
    out: list[str] = []
    for token in _tokens(text):
        parts = _chinese_forms().findall(token) if _is_han(token) else []
        out += parts if "".join(parts) == token else [token]
    return tuple(out)


@cache
def _persons() -> tuple[tuple[_Person, ...], frozenset[str]]:
    data = table("bodies.toml")
    persons = tuple(
        _Person(
            name=row["name"],
            family=tuple(sorted({_tokens(f) for f in row["family"]}, key=lambda f: (-len(f), f))),
            given=frozenset(t for form in (*row["given"], row["name"]) for t in _tokens(form)),
        )
        for row in data["person"]
    )
    return persons, frozenset(t for form in data["persons"]["titles"] for t in _tokens(form))


@cache
def _families() -> frozenset[str]:
    return frozenset(token for person in _persons()[0] for family in person.family for token in family)


@lru_cache(maxsize=4096)
def normal_person(text: str) -> str | None:
    """The elected official who bears a printed name; `None` for anybody else, be it of the same family name."""
    tokens = _words(text)
    if not tokens or len(tokens) > 10 or any(c.isdigit() for c in text):
        return None
    persons, titles = _persons()
    for person in persons:
        for family in person.family:
            width = len(family)
            at = next((i for i in range(len(tokens) - width + 1) if tokens[i : i + width] == family), None)
            if at is None:
                continue
            rest = tokens[:at] + tokens[at + width :]
            if all(t in person.given or t in titles or _initial(t, person.given) for t in rest):
                return person.name
    return None


def _initial(token: str, given: frozenset[str]) -> bool:
    """`h` of Houlin, `th` of Theodor."""
    return len(token) <= 2 and any(name.startswith(token) for name in given)


def says(text: str, name: str) -> bool:
    """Whether a normal name holds all words of a text, so that whoever looks for these finds it."""
    return set(_tokens(text)) <= set(_tokens(name))
