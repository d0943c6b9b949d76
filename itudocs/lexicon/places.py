"""Towns and countries: where a letter says something takes place, under one English name, however it is printed.

`places.csv` holds the towns where ITU meets (capitals, towns of conferences, assemblies and workshops) and what stands
for one (venues of the headquarters, `online`); `member_states.csv` holds the countries. Both give names in the six
languages, Russian ones in their cases. A form that begins with `?` is also another word (`Nice`, `Mexico`, the Arabic
for Tunis, which is Tunisia's too): it counts only with its country, or with a date or year behind a comma.
Whether a town is an event's place, a date line's or a resolution's is for the caller to say. Used by extraction.

A candidate is looked up by its first letters and then matched by a small pattern of the names that share them. One
pattern of all 11,000 spellings took 0.9 s to compile and 30 ms for 3,000 characters; this takes 0.04 s to load and
0.13-0.35 ms on one core.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from importlib import resources
from typing import NamedTuple

from itudocs.errors import LexiconError
from itudocs.lexicon.folding import fold, tidy
from itudocs.model import Record

LANGUAGES = ("en", "fr", "es", "ru", "zh", "ar")

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĪĮİĽŁŃŇŌŐŘŚŞŠŤŪŮŰŹŻŽȘȚА-ЯЁ"
_LOWER = "a-zß-öø-ÿāăąćčďđēėęěğīįıľłńňōőřśşšťūůűźżžșțа-яё"
_ARABIC = "\u0621-\u063a\u0641-\u0652\u0671-\u06d3"
_HAN = "\u3400-\u9fff"
_ARABIC_PREFIXES = "وبلفك"  # and, in, to, so, as: written together with the next word

# Spelling of Arabic in print is loose about hamza, final ta and final ya. One character for one: offsets stay.
_LOOSE = tuple(zip("أإآٱةى", "ااااهي", strict=True))


class PlaceMatch(Record, frozen=True, kw_only=True):
    """A town in a folded text: `view[start:end]` is the town with the country or region printed with it, if any.

    `in_revision` says that it is printed as the place of a resolution's text (`Rev. Dubai, 2018`, `Marrakesh, 2002`):
    behind a mark of revision, or with nothing but a year behind it.
    """

    start: int
    end: int
    town_en: str
    with_country: bool
    in_revision: bool


class _Town(NamedTuple):
    name: str
    iso: str
    regions: tuple[str, ...]


class _Entry(NamedTuple):
    town: _Town | None  # None: a name that holds a town's name but is none (a country, a convention)
    ambiguous: bool


def _rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a file of the lexicon; names are folded as the letters are, Arabic spelling made uniform."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    yield from csv.DictReader(_loose(fold(text)).splitlines())


def _loose(text: str) -> str:
    """The text with Arabic spelling made uniform: same length."""
    for printed, plain in _LOOSE:  # six times replace() is ten times as fast as translate()
        text = text.replace(printed, plain)
    return text


_ANY_ARABIC = re.compile(f"[{_ARABIC}]")
_ARABIC_WORD = re.compile(f"[{_ARABIC}]+")
_CASELESS = "\u0600"  # Arabic and Chinese lie above, Latin and Cyrillic below
_SQUASHED = re.compile(r"[\s-]+")


def _squash(name: str) -> str:
    """How a printed form is looked up: case, spaces and hyphens do not count, accents do."""
    return _SQUASHED.sub("", name).casefold()


def _bare(name: str) -> str:
    """How a country is looked up: neither do accents and points."""
    decomposed = unicodedata.normalize("NFD", re.sub(r"[\s.,'\-]+", "", name).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _spellings(form: str) -> list[str]:
    """A folded form as it may stand in a letter: in capitals, or with the Arabic lam-alef swapped by a conversion."""
    if form[0] >= _CASELESS:
        return [form, form.replace("لا", "ال")] if "لا" in form else [form]
    capitals = form.upper()
    return [form] if capitals == form else [form, capitals]


def _pattern(form: str) -> str:
    """The form's pattern: white space is elastic, Chinese may be broken by it, and the word must end."""
    if re.search(f"[{_HAN}]", form):
        return form[:2] + "".join(r"\s{0,2}" + re.escape(c) for c in form[2:])
    elastic = re.sub(r"(?:\\ |\\-)+", r"[\\s-]{0,4}", re.escape(form))
    if _ANY_ARABIC.search(form):
        end = f"(?![{_ARABIC}])"
    elif form.isupper():
        end = r"(?![^\W\d]|_)" if form[-1].isalpha() else ""
    else:
        end = f"(?![{_LOWER}_@])" if form[-1].isalpha() else ""
    return elastic + end


def _head(form: str) -> str:
    """The characters with which every match of a form's pattern begins: up to where white space may vary."""
    if re.search(f"[{_HAN}]", form):
        return form[:2]
    return _VARIES.split(form, maxsplit=1)[0]


_VARIES = re.compile(r"[ -]")


def _heads(forms: Iterable[str]) -> tuple[str, ...]:
    """With what some spelling of the forms begins."""
    return tuple({_head(spelling) for form in forms for spelling in _spellings(form)})


def _union(forms: Iterable[str]) -> str:
    """An alternation, longest first, of all spellings of the forms."""
    every = {s for form in forms for s in _spellings(form)}
    return "|".join(_pattern(f) for f in sorted(every, key=lambda f: (-len(f), f)))


class _Countries:
    """Countries by name and by code."""

    def __init__(self) -> None:
        self.forms: dict[str, tuple[str, ...]] = {}
        self.han: dict[str, tuple[str, ...]] = {}
        self.english: dict[str, str] = {}
        self.former: list[str] = []
        self._by_name: dict[str, str] = {}
        for row in _rows("member_states.csv"):
            iso = row["iso"]
            self.english[iso] = row["en"].split("|")[0]
            self.forms[iso] = tuple(dict.fromkeys(f for code in LANGUAGES for f in row[code].split("|") if f))
            self.han[iso] = tuple(filter(None, row["zh"].split("|")))
            if row["status"] == "former":
                self.former += self.forms[iso]
            for form in self.forms[iso]:
                for spelling in _spellings(form):
                    other = self._by_name.setdefault(_bare(spelling), iso)
                    if other != iso:
                        raise LexiconError(f"member_states.csv: {form!r} names both {other} and {iso}")

    def find(self, name: str) -> str | None:
        view = _loose(fold(tidy(name))).strip(" .,;:")
        for shorter in (view, _ARTICLE.sub("", view, count=1), _FORMAL.sub("", view, count=1)):
            iso = self._by_name.get(_bare(shorter))
            if iso:
                return iso
        return None


_ARTICLE = re.compile(r"^(?:(?:the|las?|les?|el|los) |l')", re.IGNORECASE)
_FORMAL = re.compile(
    r"^(?:(?:the )?(?:(?:federal |federative )?republic|kingdom|state|principality|grand duchy|commonwealth) of "
    r"(?:the )?"
    r"|(?:république|royaume|principauté|grand-duché|état) (?:de la |de l'|du |des |de |d')"
    r"|(?:república|reino|principado|gran ducado|estado) (?:de la |de los |de |del )"
    r"|(?:республика|королевство|княжество) |(?:جمهوريه|مملكه|اماره|دوله) )"
    r"|(?:共和国|王国|公国)$| \((?:republic|rep\.|kingdom|state) of(?: the)?\)$",
    re.IGNORECASE,
)


class _Gazetteer:
    """All of both files, arranged for lookup."""

    def __init__(self, countries: _Countries) -> None:
        self.countries = countries
        self.by_name: dict[str, list[_Entry]] = {}
        self.forms: dict[str, set[str]] = {}
        self.stand_ins: dict[str, list[str]] = {"seat": [], "online": [], "same": [], "hall": []}
        self.seat = ""
        self.regions: set[str] = set()
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._heads: dict[str, tuple[str, ...]] = {}
        self._tails: dict[tuple[_Town, bool], re.Pattern[str]] = {}
        self._behind: dict[_Town, tuple[str, ...]] = {}
        for row in _rows("places.csv"):
            names = [form for code in LANGUAGES for form in row[code].split("|") if form]
            kind = row["kind"]
            if kind == "town":
                town = _Town(row["town"], row["country"], tuple(filter(None, row["region"].split("|"))))
                self.regions.update(town.regions)
                doubtful = {form[1:] for form in names if form.startswith("?")}
                for form in dict.fromkeys(name.removeprefix("?") for name in names):
                    self._enter(form, _Entry(town, form in doubtful))
            elif kind == "never":
                for form in names:
                    self._enter(form, _Entry(None, False))
            elif kind in self.stand_ins:
                self.stand_ins[kind] += names
                self.seat = row["town"] if kind == "seat" else self.seat
            else:
                raise LexiconError(f"places.csv: {kind!r} is no kind of place")
        for forms in countries.forms.values():
            for form in forms:
                if len(form) > 3 or form[0] >= _CASELESS:  # `US` begins no town's name
                    self._enter(form, _Entry(None, False))

    def _enter(self, form: str, entry: _Entry) -> None:
        for spelling in _spellings(form):
            entries = self.by_name.setdefault(_squash(spelling), [])
            if entry not in entries:
                entries.append(entry)
            self.forms.setdefault(self._prefix(spelling), set()).add(spelling)

    @staticmethod
    def _prefix(form: str) -> str:
        """The letters under which a form is filed: its first, up to a place where white space may vary.

        Two in Chinese; one more in Arabic than elsewhere behind the article, with which a third of all words begin.
        """
        if "\u3400" <= form[0] <= "\u9fff":
            return form[:2]
        head = form[: 4 if form.startswith("ال") else 3]
        return head[: next((i for i, c in enumerate(head) if c in " -"), len(head))]

    @cached_property
    def starts(self) -> re.Pattern[str]:
        """Where a name may begin: at a capital that no capital precedes, or at a Chinese name's first character.

        Capitals may follow lower-case letters and digits, since conversions lose spaces.
        """
        han = "".join(sorted({p[0] for p in self.forms if "\u3400" <= p[0] <= "\u9fff"}))
        return re.compile(f"[{_UPPER}{han}](?<![{_UPPER}_@].)", re.DOTALL)

    @cached_property
    def _pairs(self) -> frozenset[str]:
        """What the letters begin with under which forms are filed: most words are ruled out by their first two."""
        return frozenset(prefix[:2] for prefix in self.forms)

    def candidates(self, view: str) -> list[int]:
        """Where letters stand that some name begins with, in order."""
        forms = self.forms
        pairs = self._pairs
        starts = [m.start() for m in self.starts.finditer(view)]
        words = [m.start() for m in _ARABIC_WORD.finditer(view)]
        if words:
            starts += words
            starts += [w + 1 for w in words if view[w] in _ARABIC_PREFIXES]
            starts.sort()
        return [
            a for a in starts
            if view[a : a + 2] in pairs
            and (view[a : a + 3] in forms or view[a : a + 2] in forms or view[a : a + 4] in forms)
        ]  # fmt: skip

    def match(self, view: str, at: int) -> re.Match[str] | None:
        """The longest name that begins there."""
        forms = self.forms
        for prefix in (view[at : at + 4], view[at : at + 3], view[at : at + 2]):
            if prefix in forms:
                heads = self._heads.get(prefix)
                if heads is None:
                    heads = self._heads[prefix] = tuple({_head(form) for form in forms[prefix]})
                if not view.startswith(heads, at):  # few of the words that begin like a name are one
                    continue
                pattern = self._patterns.get(prefix)
                if pattern is None:
                    ordered = sorted(forms[prefix], key=lambda f: (-len(f), f))
                    pattern = self._patterns[prefix] = re.compile("|".join(_pattern(f) for f in ordered))
                match = pattern.match(view, at)
                if match:
                    return match
        return None

    @cached_property
    def _former(self) -> tuple[str, ...]:
        """What names of former countries begin with; they may stand behind any town."""
        return _heads(self.countries.former)

    def tail(self, view: str, end: int, town: _Town) -> re.Match[str] | None:
        """What follows the town: its region, its country in brackets or behind a comma, or both; None for neither.

        The patterns take milliseconds to compile: only a town that its country seems to follow gets one.
        """
        own = self.countries.forms.get(town.iso, ())
        heads = self._behind.get(town)
        if heads is None:
            heads = self._behind[town] = _heads((*own, *town.regions))
        at = end
        while view[at : at + 1].isspace() or view[at : at + 1] in (",", "("):
            at += 1
        begins = (at, at + 4) if view.startswith(("the", "The"), at) else (at,)
        former = any(view.startswith(self._former, begin) for begin in begins)
        if not former and not any(view.startswith(heads, begin) for begin in begins):
            return None
        former = former or bool(town.regions)  # behind a region too
        pattern = self._tails.get((town, former))
        if pattern is None:
            region = f"(?P<region>{_union(town.regions)})" if town.regions else "(?P<region>(?!))"
            country = _union((*own, *self.countries.former) if former else own) or "(?!)"
            pattern = self._tails[town, former] = re.compile(
                rf"(?:\s{{0,3}},?\s{{0,3}}\(?{region}\)?)?"
                r"(?P<country>\s{0,3}(?:(?P<open>\(\s{0,2})|,?\s{0,3})(?:[Tt]he\s)?"
                rf"(?:{country})(?(open)\s{{0,2}}\)))?"
            )
        match = pattern.match(view, end)
        return match if match and match.end() > end else None

    def resolve(self, view: str, match: re.Match[str]) -> PlaceMatch | None:
        """The town that a name means: the one whose country stands with it, else one that the name alone tells."""
        start, end = match.span()
        entries = self.by_name[_squash(match.group())]
        plain: _Town | None = None
        doubtful: _Town | None = None
        for town, ambiguous in entries:
            if town is None:
                continue
            tail = self.tail(view, end, town)
            if tail:
                before = self._country_before(view, start, town)
                return _place(view, before or start, tail.end(), town, bool(tail["country"] or before))
            before = self._country_before(view, start, town)
            if before is not None:
                return _place(view, before, end, town, True)
            if ambiguous:
                doubtful = doubtful or town
            else:
                plain = plain or town
        if plain:
            return _place(view, start, end, plain, False)
        if doubtful and (_DATE_BEHIND.match(view, end) or _REVISION_BEFORE.search(view, max(0, start - 24), start)):
            return _place(view, start, end, doubtful, False)
        return None

    def _country_before(self, view: str, start: int, town: _Town) -> int | None:
        """Where the country begins that Chinese prints before the town (`中国杭州`, with a province between)."""
        if not ("\u3400" <= view[start : start + 1] <= "\u9fff"):
            return None
        low = max(0, start - 16)
        before = view[low:start].rstrip()
        cuts = [len(before)]
        if before.endswith("省"):  # a province's name has two characters or three
            cuts += [max(0, len(before) - 3), max(0, len(before) - 4)]
        for name in self.countries.han.get(town.iso, ()):
            for cut in cuts:
                if before.endswith(name, 0, cut):
                    return low + cut - len(name)
        return None

    @cached_property
    def cues(self) -> dict[str, re.Pattern[str]]:
        """What stands for a town or for none, in a place in lower case."""
        return {kind: re.compile("|".join(map(_cue, forms))) for kind, forms in self.stand_ins.items()}


def _cue(form: str) -> str:
    """A cue's pattern in lower case: whole words, but for Chinese, which has none, and Arabic prefixes."""
    spelled = "|".join(dict.fromkeys(re.escape(s.casefold()) for s in _spellings(form)))
    elastic = re.sub(r"(?:\\ |\\-)+", r"[\\s-]{0,3}", spelled)
    if "\u3400" <= form[0] <= "\u9fff":
        return f"(?:{elastic})"
    prefix = rf"(?:(?<!\w)|(?<=(?<!\w)[{_ARABIC_PREFIXES}]))" if form[0] >= _CASELESS else r"(?<!\w)"
    return rf"{prefix}(?:{elastic})(?!\w)"


_DATE_BEHIND = re.compile(r"\s{0,2},\s{0,3}\d")
_REVISION_BEFORE = re.compile(
    r"(?:(?<![^\W\d])R(?:ev|év|EV|ÉV)[\s.,]{0,4}(?:(?:de|à|en|at)\s{1,3})?"
    r"|[Пп](?:ересм|ЕРЕСМ)[\s.,]{0,4}(?:[Вв]\s{1,3})?"
    r"|المراج\u064e?ع\u064e?ه?\s{0,3}(?:في)?\s{0,3})$"
)
_YEAR_BEFORE = re.compile(r"\(\s{0,2}(?:19|20)\d\d\s{0,2}年?\s{0,2},\s{0,2}$")
_YEAR_BEHIND = re.compile(
    r"\s{0,2},\s{0,3}(?:19|20)\d\d(?![\d:]|\s{0,2}(?:年\s{0,2}\d|hours|UTC|час|horas|heures)|\s?[-/.]\s?\d)"
)
_CLOSED = re.compile(r"\s{0,2}[,)]")


def _place(view: str, start: int, end: int, town: _Town, with_country: bool) -> PlaceMatch:
    low = max(0, start - 24)
    revision = bool(
        _YEAR_BEHIND.match(view, end)
        or _REVISION_BEFORE.search(view, low, start)
        or (_CLOSED.match(view, end) and _YEAR_BEFORE.search(view, low, start))
    )
    return PlaceMatch(start=start, end=end, town_en=town.name, with_country=with_country, in_revision=revision)


@cache
def _countries() -> _Countries:
    return _Countries()


@cache
def _gazetteer() -> _Gazetteer:
    return _Gazetteer(_countries())


def country(name: str) -> str | None:
    """The ISO 3166 code of a country by a name of it in any of the six languages; None where it is none.

    Two letters; four (ISO 3166-3: `SUHH`) for states that are no more.
    """
    return _countries().find(name)


def find_places(view: str) -> list[PlaceMatch]:
    """All towns in a folded text, in order; spans count its characters and do not overlap."""
    gazetteer = _gazetteer()
    view = _loose(view)
    out: list[PlaceMatch] = []
    done = 0
    for at in gazetteer.candidates(view):
        match = gazetteer.match(view, at) if at >= done else None
        if match is None:
            continue
        place = gazetteer.resolve(view, match)
        done = match.end()
        if place and place.start >= (out[-1].end if out else 0):
            out.append(place)
            done = place.end
    return out


def town(place: str) -> str | None:
    """The town of an event's place as printed in any language, in English where it is known.

    `ITU headquarters, Geneva` and `国际电联总部` give `Geneva`; a virtual meeting gives `online`; an unknown place its
    last part that is neither country nor hall; a mere country its English name; `the same venue` and the like None.
    """
    gazetteer = _gazetteer()
    view = _loose(fold(tidy(place))).strip(" ,;:")
    if not view:
        return None
    found = find_places(view)
    if found:
        outside = [m for m in found if view.count("(", 0, m.start) <= view.count(")", 0, m.start)]
        return max(outside or found, key=lambda m: (m.with_country, m.start)).town_en
    lowered, cues = view.casefold(), gazetteer.cues
    parts, land = _parts(view)
    rooms = [p for p in parts if cues["hall"].search(p.casefold())]
    named = [(p, t) for p in (*parts, land[0] if land else "") if (t := _alone(p))]
    # A name that is a town's and its country's (`Kuwait`) is the country where another town may stand before it.
    if named and (named[-1][0] in parts or len(rooms) == len(parts)):
        return named[-1][1]
    if cues["seat"].search(lowered):
        return gazetteer.seat
    if cues["online"].search(lowered):
        return "online"
    if cues["same"].match(lowered):
        return None
    towns = [p for p in parts if p not in gazetteer.regions] or parts
    rest = [p for p in towns if p not in rooms] or towns
    if rest:
        return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", rest[-1]) or None
    return _countries().english[land[1]] if land else None


def _alone(part: str) -> str | None:
    """The town that a whole part names, even by a form that is doubtful in running text."""
    entries = _gazetteer().by_name.get(_squash(part), ())
    return next((e.town.name for e in entries if e.town), None)


def _parts(view: str) -> tuple[list[str], tuple[str, str] | None]:
    """The parts of a place between commas and brackets, and the country at its end: as printed, and its code."""
    cuts = [0, *(m.end() for m in re.finditer(r"[,;()]", view))]
    land: tuple[str, str] | None = None
    for cut in cuts:
        name = view[cut:].strip(" ,;")
        iso = country(name) or country(name.removesuffix(")"))
        if iso:
            land, view = (name.removesuffix(")") if "(" not in name else name, iso), view[:cut]
            break
    parts = (p.strip(" .:-\"'") for p in re.split(r"[,;()]", view))
    return [p for p in parts if p and country(p) is None], land
