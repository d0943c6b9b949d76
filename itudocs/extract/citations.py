"""Which documents a letter cites: circulars with their ids, Resolutions, Recommendations, documents, treaty points.

How citations are printed is `lexicon/citations.toml` and, for circulars, `lexicon/series.toml`; here readings compete,
the longest wins, dates are taken in, and what is the letter's own is dropped. `citation_spans` tells other extractors
which characters speak of another document, so that its date is no event's. Sources: guide sections 11, 16 and 17.5.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple, get_args

import msgspec

from itudocs.dategrammar import DateMention
from itudocs.extract.identity import number_of, supplement
from itudocs.extract.letter import EvidenceMap, Finding, Letter
from itudocs.extract.relations import Relation, joined, relation
from itudocs.flow import Span
from itudocs.landmarks import Atom, references
from itudocs.lexicon import bodies, compiled, expand, series_of, table, words
from itudocs.lexicon.identities import canonical
from itudocs.lexicon.scanning import Scanner, scanner
from itudocs.model import Citation, CitationKind

LEFT_REACH = 120
"""How far before its head a citation may begin (`§ 8.9 of Section 9 of the ...`), in characters."""

AFTER_REACH = 1500
"""How far back the words may stand that make a bare name a draft Recommendation's."""

_KINDS: dict[str, CitationKind] = {kind: kind for kind in get_args(CitationKind)}

CUE_REACH = 60
"""How far from the word that gives it away a reference may reach."""


class CitationPattern(NamedTuple):
    """One way to cite. The regular expressions are compiled on first use: a letter needs few of them."""

    id: str
    kind: str
    source: str
    keys: tuple[str, ...]
    left: tuple[str, ...]
    shed: tuple[str, ...]
    needs_left: bool
    dated: str
    each: str
    after: str
    examples: tuple[str, ...]
    never: tuple[str, ...]


class Reading(NamedTuple):
    """Flow characters that may be a citation; `core` ends before the date, `day` is the date's mention."""

    start: int
    end: int
    core: int
    kind: str
    rule: str
    day: DateMention | None = None
    slug: str | None = None
    parts: dict[str, str] | None = None
    suffix: str = ""
    block: Span | None = None  # the list it is an item of or the words it stands in, which compete as a whole

    @property
    def claim(self) -> Span:
        """The characters it competes for."""
        return self.block or (self.start, self.end)


# --- the lexicon ----------------------------------------------------------------------------------------------------

_PART = re.compile(r"\(\?&(\w+)\)")


@cache
def _part(name: str) -> str:
    if name == "bodies":
        return f"(?<![^\\W\\d_])(?:{words([form for forms in bodies().values() for form in forms])})"
    return f"(?:{_assembled(table('citations.toml')['parts'][name])})"


def _assembled(pattern: str) -> str:
    """The pattern with its fragments written out."""
    return _PART.sub(lambda m: _part(m[1]), pattern)


@cache
def citation_patterns() -> tuple[CitationPattern, ...]:
    """All patterns of the lexicon, in its order."""
    return tuple(
        CitationPattern(
            id=row["id"],
            kind=row["kind"],
            source=_assembled(row["regex"]),
            keys=tuple(row["keys"]),
            left=tuple(row.get("left", ())),
            shed=tuple(row.get("shed", ())),
            needs_left=row.get("needs_left", False),
            dated=row.get("dated", ""),
            each=row.get("each", ""),
            after=row.get("after", ""),
            examples=tuple(row["examples"]),
            never=tuple(row["never"]),
        )
        for row in table("citations.toml")["pattern"]
    )


@cache
def _keys() -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    """The keys of all patterns by their script: a letter has few of the scripts."""
    keys = {key for pattern in citation_patterns() for key in pattern.keys}
    scripts = [re.compile(f"[{letters}]") for letters in ("\u0400-\u04ff", "\u0621-\u064a", "\u3400-\u9fff")]
    rest = frozenset(key for key in keys if not any(script.search(key) for script in scripts))
    by_script = [(script, frozenset(filter(script.search, keys))) for script in scripts]
    return ((re.compile(""), rest), *by_script)


@cache
def _fragment(section: str, name: str) -> Scanner:
    return Scanner(expand(_assembled(table("citations.toml")[section][name])))


@cache
def _listed(name: str) -> re.Pattern[str]:
    return compiled(_part(name))


# --- readings -------------------------------------------------------------------------------------------------------


class _Text:
    """Folded text with the dates in it."""

    def __init__(self, view: str, dates: Sequence[DateMention]) -> None:
        self.view = view
        self.dates = [d for d in dates if d.first == d.last or d.first[2] == 0]
        self.starts = [d.start for d in self.dates]
        self.ends = {d.end: d for d in self.dates}

    def date_in(self, start: int, end: int) -> DateMention | None:
        """The single day between two positions."""
        k = bisect_left(self.starts, start)
        return self.dates[k] if k < len(self.dates) and self.dates[k].end <= end and self.dates[k].whole else None

    def date_before(self, end: int) -> DateMention | None:
        """The single day that ends there, white space and a line break aside."""
        while end > 0 and self.view[end - 1].isspace():
            end -= 1
        day = self.ends.get(end)
        return day if day and day.whole else None

    def date_at(self, start: int) -> DateMention | None:
        """The single day or month that begins there."""
        k = bisect_left(self.starts, start)
        return self.dates[k] if k < len(self.dates) and self.starts[k] == start else None


def _dated(text: _Text, start: int, end: int) -> tuple[int, int, DateMention | None]:
    """The citation with its date: `... of 3 August 1999`, `... (3 August 1999)`, `2017年7月21日...`."""
    joined = _fragment("date", "after").match(text.view, end)
    if joined and (day := text.date_at(joined.end())):
        return start, day.end, day
    bracket = _fragment("date", "paren").match(text.view, end)
    if bracket and (day := text.date_at(bracket.end())) and text.view[day.end : day.end + 1] in (")", "]"):
        return start, day.end + 1, day
    if "年" in text.view[max(0, start - 16) : start]:
        before = re.compile(_fragment("date", "before").pattern + "$").search(text.view, max(0, start - 8), start)
        day = text.ends.get(before.start()) if before else None
        if day:
            return day.start, end, day
    comma = re.compile(r"\s{0,2}[,-]\s{0,3}").match(text.view, end)
    if comma and (day := text.date_at(comma.end())) and day.whole:
        return start, day.end, day
    return start, end, None


def _trimmed(view: str, start: int, end: int) -> Span:
    """Without white space and closing punctuation; a bracket that nothing opens or closes goes."""
    while end > start and (view[end - 1].isspace() or view[end - 1] in ",;:-"):
        end -= 1
    while start < end and view[start].isspace():
        start += 1
    if view[end - 1 : end] == "(" and "(" not in view[start : end - 1] and ")" not in view[start : end - 1]:
        end -= 1
    return start, end


def _leftwards(names: tuple[str, ...], view: str, floor: int, start: int) -> tuple[int, bool]:
    """Where the words begin when what may stand before them is taken in, and whether a point was named."""
    pointed = False
    for _ in range(4):
        for name in names:
            match = _fragment("left", name).search(view, max(floor, start - LEFT_REACH), start)
            if match and match.start() < start:
                start = match.start()
                pointed = pointed or name.startswith("point")
                break
        else:
            break
    return start, pointed


def readings(text: _Text, start: int, end: int) -> Iterator[Reading]:
    """All readings of `start:end` by the patterns of the lexicon; they may overlap."""
    view = text.view
    region = view[start:end]
    present = {key for script, keys in _keys() if script.search(region) for key in keys if key in region}
    for pattern in citation_patterns():
        if present.isdisjoint(pattern.keys):
            continue
        floor = start
        if pattern.after:
            cue = scanner(pattern.after).search(view, max(0, start - AFTER_REACH), end)
            if not cue:
                continue
            floor = max(start, cue.end())
        for match in scanner(pattern.source).finditer(view, floor, end):
            if pattern.each:
                for item in _listed(pattern.each).finditer(view, *match.span()):
                    yield Reading(*item.span(), item.end(), pattern.kind, pattern.id, block=match.span())
                continue
            head, stop = match.span("cited") if "cited" in match.re.groupindex else match.span()
            a, pointed = _leftwards(pattern.left, view, floor, head)
            if pattern.needs_left and not pointed:
                continue
            a, b = _trimmed(view, a, stop)
            if b <= a:
                continue
            whole = min(match.start(), _leftwards(pattern.shed, view, floor, a)[0]) if pattern.shed else match.start()
            day = None
            core = b
            if pattern.dated:
                a, b, day = _dated(text, a, b)
                if day is None and pattern.dated == "must":
                    continue
            block = (whole, max(b, match.end())) if whole < a else None
            yield Reading(a, b, core, pattern.kind, pattern.id, day, block=block)


def _atoms(view: str, start: int, end: int) -> Iterator[Atom]:
    """References around the words that every one of them contains: looking everywhere costs five times as much."""
    low = high = start
    for cue in _fragment("circular", "cue").finditer(view, start, end):
        if cue.start() > high or high - low > 2000:  # short stretches: the cost of a stretch grows with its square
            yield from references(view, low, high)
            low = max(high, cue.start() - CUE_REACH)
        high = min(end, cue.end() + CUE_REACH)
        while high < end and view[high - 1].isalnum() and high < cue.end() + 2 * CUE_REACH:
            high += 1
    yield from references(view, low, high)


def circular_readings(text: _Text, start: int, end: int) -> Iterator[Reading]:
    """Circulars of all series: kind words and supplements before the number, dates around it."""
    view = text.view
    for atom in _atoms(view, start, end):
        if atom.what.startswith("vacancy"):
            continue
        a, b = atom.start, atom.end
        glued = text.date_at(b - 1) or text.date_at(b - 2)
        if glued and glued.glued:  # CA/24624 April 2019
            b = glued.start
            atom = atom._replace(end=b)
        slug, parts = number_of(atom)
        kind = _fragment("circular", "kind").search(view, max(start, a - 48), a)
        day = glued if glued and glued.start == b else text.date_in(a, b)
        if not kind and (earlier := text.date_before(a)):  # "Administrative Circular 24 June 2013 CA/211"
            kind = _fragment("circular", "kind").search(view, max(start, earlier.start - 48), earlier.start)
            day = earlier if kind else day
        if kind:
            a = kind.start()
        a, b, suffix = supplement(view, a, b)
        behind = _fragment("circular", "behind").match(view, b)
        if behind:
            a, b, suffix = (a, behind.end(), suffix) if suffix else supplement(view, a, behind.end())
        a, b = _trimmed(view, a, b)
        core = b
        with_all = _fragment("circular", "supplements")
        more = re.compile(with_all.pattern[:-1]).match(view, b)
        if day:
            b = max(b, day.end)
        elif more and (day := text.date_at(more.end())):
            b = day.end
            while (gap := re.compile(r" ?,? ?(?:and )?").match(view, b)) and (next_day := text.date_at(gap.end())):
                b = next_day.end
        else:
            a, b, day = _dated(text, a, b)
            issuer = (
                _fragment("circular", "issuer").search(view, max(start, a - 12), a) if day and day.start == a else None
            )
            if issuer:
                a, slug = issuer.start(), str(issuer.lastgroup).replace("_", "-")
        yield Reading(a, b, core, "circular", f"ref.{atom.what}", day, slug, parts, suffix)


def announced_readings(text: _Text, start: int, end: int) -> Iterator[Reading]:
    """Items of a list of documents that the line before announces: a title and a date."""
    view = text.view
    item = _fragment("announced", "item")
    for cue in _fragment("announced", "cue").finditer(view, start, end):
        at = cue.end()
        while bullet := item.match(view, at, end):
            k = bisect_left(text.starts, bullet.end())
            day = text.dates[k] if k < len(text.dates) else None
            title = view[bullet.end() : day.start] if day else ""
            if (
                not day
                or not day.whole
                or not 8 <= len(title) <= 160
                or "\n\n" in title
                or not title.rstrip().endswith((",", "("))
            ):
                break
            close = 1 if title.rstrip().endswith("(") and view[day.end : day.end + 1] == ")" else 0
            yield Reading(bullet.end(), day.end + close, day.start, "document", "document.announced", day)
            stop = re.compile(r"[.;,]?").match(view, day.end + close)
            at = stop.end() if stop else day.end


Beaten = list[tuple[Reading, Reading | None]]
"""Readings that lost, each with the one that beat it; None where it is a false positive itself."""


def winners(found: Sequence[Reading], beaten: Beaten | None = None) -> list[Reading]:
    """The readings that stand, in order: the longest win; false positives (`none`) drop what they beat.

    Those that lose are put into `beaten`, where one is given.
    """
    kept: list[Reading] = []
    taken: list[Span] = []  # in order, without overlaps
    blocks: set[tuple[str, Span]] = set()
    for one in sorted(found, key=lambda r: (r.claim[0] - r.claim[1], r.kind != "none", r.start)):
        if one.block and (one.rule, one.block) in blocks:
            kept.append(one)
            continue
        start, end = one.claim
        k = bisect_left(taken, (start, end))
        if (k < len(taken) and taken[k][0] < end) or (k and taken[k - 1][1] > start):
            if beaten is not None:
                over = next(o for o in kept if o.claim[0] < end and o.claim[1] > start)
                beaten.append((one, over))
            continue
        taken.insert(k, (start, end))
        kept.append(one)
        if beaten is not None and one.kind == "none":
            beaten.append((one, None))
        if one.block:
            blocks.add((one.rule, one.block))
    return sorted((k for k in kept if k.kind != "none"), key=lambda r: r.start)


def cited_in(
    view: str, dates: Sequence[DateMention], regions: Sequence[Span], beaten: Beaten | None = None
) -> list[Reading]:
    """The citations in these regions of folded text; the readings that lost are put into `beaten`."""
    text = _Text(view, dates)
    out: list[Reading] = []
    for start, end in regions:
        found = [
            *readings(text, start, end),
            *circular_readings(text, start, end),
            *announced_readings(text, start, end),
        ]
        out.extend(winners(found, beaten))
    return out


# --- the letter -----------------------------------------------------------------------------------------------------


def regions(letter: Letter) -> list[Span]:
    """Where a letter cites: subject, body, its list of references, footnotes below the signature, its annexes.

    Of copies only a list of attached documents counts: a Resolution named there is whom the letter goes to.
    """
    layout = letter.layout
    found = [(s.start, s.end) for s in layout.sections if s.kind in ("subject", "body", "signature")]
    found += [(s.start, s.end) for s in layout.sections if s.kind == "annexes" and s.start >= layout.header_end]
    for k, atom in enumerate(layout.atoms):
        if atom.kind == "label" and atom.what == "cited":
            after = [a.start for a in layout.atoms[k + 1 :] if a.kind == "label"]
            found.append((atom.end, min([*after, layout.header_end])))
    for section in layout.sections:
        if section.kind == "copies" or (section.kind == "annexes" and section.start < layout.header_end):
            cue = _fragment("attached", "cue").search(letter.view, section.start, section.end)
            if cue:
                blank = letter.view.find("\n\n", cue.end())
                found.append((cue.start(), min(section.end, cue.end() + 400, blank if blank > 0 else section.end)))
    out: list[Span] = []
    for start, end in sorted(found):
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        elif end > start:
            out.append((start, end))
    return out


def _found(letter: Letter) -> list[Reading]:
    found: list[Reading] | None = letter.__dict__.get("_citation_readings")
    if found is None:
        annexes = [s for s in letter.layout.sections if s.kind == "annexes" and s.start >= letter.layout.header_end]
        dates = {d.start for d in letter.dates}
        found = []
        numbers: set[tuple[str, ...]] = set()
        for reading in cited_in(letter.view, letter.dates, regions(letter)):
            number = tuple(re.findall(r"\d+", letter.view[reading.start : reading.core]))
            why = ""
            if reading.kind == "document" and any(s.start <= reading.start < s.end for s in annexes):
                if number in numbers:
                    why = "the same number was cited before, and this one stands in the annexes"
                elif _heads(letter.view, reading, dates):
                    why = "the head of an annex that is this document"
            if why:
                letter.consider("citation", reading.start, reading.end, reading.rule, why)
                continue
            found.append(reading)
            numbers.add(number)
        letter.__dict__["_citation_readings"] = found
    return found


_ALONE_BEFORE = re.compile(r"(?:^|\n)[ ]*$")
_HEAD_AFTER = re.compile(r"(?:-[EFSRAC](?![A-Za-z]))?(?:\s?\([^()\n]{3,20}\))?\s{0,3}")


def _heads(view: str, reading: Reading, dates: set[int]) -> bool:
    """Whether a document's number is the head of an annex that is this document: alone on its line, or before its date."""
    after = _HEAD_AFTER.match(view, reading.end)
    end = after.end() if after else reading.end
    alone = _ALONE_BEFORE.search(view, max(0, reading.start - 8), reading.start)
    return end in dates or bool(alone and "\n" in view[reading.end : end])


def citation_spans(letter: Letter) -> list[Span]:
    """Flow spans of everything cited, dates included, each time it is cited; ordered and without overlaps."""
    return [(r.start, r.end) for r in _found(letter)]


def _norm(text: str) -> str:
    """Letters and digits alone; a break between digits stays one."""
    text = re.sub(r"(?<=\d)[\W_]+(?=\d)", "\0", unicodedata.normalize("NFKC", text).casefold())
    return re.sub(r"[^\w\0]|_", "", text)


def _day(mention: DateMention | None) -> dt.date | None:
    days = mention.dates() if mention else None
    return days[0] if days else None


def _identity(reading: Reading, day: dt.date | None, base: str | None) -> str | None:
    """The canonical id where it is certain; `base` is the id of the circular cited just before."""
    if reading.rule.startswith("circular.supplement"):
        return None  # completed by its caller, who knows the words
    if reading.slug is None or reading.parts is None:
        return None
    one = series_of(reading.slug)
    if one.restarts and day is None and not reading.parts.get("y"):
        return None
    identity = canonical(reading.slug, reading.parts, day)
    return identity + reading.suffix if identity else None


@cache
def _supplement_kinds() -> re.Pattern[str]:
    kinds = table("series.toml")["supplements"]["kinds"]
    return re.compile("|".join(f"(?P<{kind}>{expand(words(forms))})" for kind, forms in kinds.items()))


def _supplement_id(words_: str, base: str | None) -> str | None:
    """`Corrigendum 1` of the circular cited before it."""
    kind = _supplement_kinds().search(words_)
    number = re.search(r"\d+", words_)
    if base is None or "/add" in base or "/cor" in base or "/rev" in base or not kind or not number:
        return None
    return f"{base}/{kind.lastgroup}{int(number[0])}"


def _office_id(words_: str, day: dt.date | None) -> str | None:
    return f"office-code/{day.isoformat()}/{re.sub(r'[^a-z0-9]+', '-', words_.lower()).strip('-')}" if day else None


def citations(letter: Letter) -> Finding:
    """Every document cited, as printed with its date, in order of appearance, each distinct printed form once."""
    own_ids = set(letter.finding("id").value)
    own_texts = {_norm(text) for text in letter.finding("ref").value}
    values: list[Citation] = []
    evidence: EvidenceMap = {}
    seen: dict[str, int] = {}
    said: dict[int, Relation] = {}
    base: tuple[int, str | None] = (-1000, None)
    last: tuple[int, Relation | None] = (0, None)
    for reading in _found(letter):
        text = letter.value(reading.start, reading.end)
        core = letter.value(reading.start, reading.core)
        day = _day(reading.day)
        kind = reading.kind
        if reading.rule.startswith("circular.supplement"):
            identity = _supplement_id(core, base[1] if reading.start - base[0] < 200 else None)
        elif reading.rule == "letter.office-code":
            identity = _office_id(core, day)
        else:
            identity = _identity(reading, day, base[1])
        if reading.slug == "br-correspondence":
            kind = "letter"
        if reading.slug:
            base = (reading.end, identity)
        does = None
        if kind in ("circular", "letter"):
            does = relation(letter.view, reading.start, reading.end, last[0])
            if does is None and last[1] and joined(letter.view, last[0], reading.start):
                does = last[1]
        last = (reading.end, does)
        plain = _norm(text)
        why = ""
        if reading.kind in ("circular", "letter") and _is_own(letter, identity, core, day, own_ids, own_texts):
            why = "the letter's own reference"
        elif plain in seen:
            why = "the same words were cited before"
            if does:
                said.setdefault(seen[plain], does)
        if why:
            letter.consider("citation", reading.start, reading.end, reading.rule, why)
        if why or not plain:
            continue
        seen[plain] = len(values)
        if does:
            said[len(values)] = does
        path = f"citations/{len(values)}"
        evidence[f"{path}/text"] = letter.evidence(reading.start, reading.end, reading.rule)
        if day and reading.day:
            evidence[f"{path}/date"] = letter.evidence(*reading.day.span, reading.rule)
        if identity:
            evidence[f"{path}/id"] = letter.evidence(reading.start, reading.end, reading.rule)
        values.append(Citation(text=text, kind=_KINDS[kind], id=identity, date=day))
    for k, does in said.items():
        values[k] = msgspec.structs.replace(values[k], relation=does.kind)
        evidence[f"citations/{k}/relation"] = letter.evidence(does.start, does.end, does.rule)
    why = "" if values else "no citation form of the lexicon matches in subject, body or lists of references"
    return Finding(value=tuple(values), evidence=evidence, why=why)


def _is_own(
    letter: Letter, identity: str | None, core: str, day: dt.date | None, own_ids: set[str], own_texts: set[str]
) -> bool:
    if identity is not None and identity in own_ids:
        return True
    if day is not None and day != letter.date:
        return False
    shown = _norm(core)
    return any(own and (shown == own or shown.endswith(own)) for own in own_texts)


__all__ = ["Beaten", "CitationPattern", "citation_patterns", "citation_spans", "citations", "cited_in", "regions"]
