"""Who a letter is: its reference, series, canonical identity, bureau, language.

A printed reference is a claim among others: the letter's own stands in the header, cited ones in the body, and the head
of an annex repeats the own one. Canonical ids follow the lexicon's form for the series, with study period or year taken
from the letter's date. Sources: guide sections 3, 15, 17.5.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from functools import cache

from itudocs.extract.letter import EvidenceMap, Finding, Letter
from itudocs.landmarks import Atom, references
from itudocs.lexicon import expand, fold, language, series_of, table, words
from itudocs.lexicon.identities import canonical, parts_of
from itudocs.lexicon.scanning import Scanner
from itudocs.model import Evidence, Issue, Language, Record


class Reference(Record, frozen=True, kw_only=True):
    """A reference of the letter itself, in flow characters; `id` is None where its date is needed and unknown."""

    text: str
    slug: str | None
    id: str | None
    start: int
    end: int
    rule: str


def number_of(atom: Atom) -> tuple[str, dict[str, str]]:
    """Series slug and named parts (n, g, y, path) of a reference landmark."""
    pattern, match = atom.data
    parts = parts_of(match)
    if "n" in parts:  # a number glued to a date was cut by zoning
        shown = match[0][: atom.end - atom.start]
        digits = re.findall(r"\d+", shown)
        if digits and parts["n"] not in digits and parts["n"].startswith(digits[-1]):
            parts["n"] = digits[-1]
    return pattern.slug, parts


@cache
def _supplement() -> Scanner:
    """A supplement's words right before the circular they belong to: `Corrigendum 1 to the`."""
    data = table("series.toml")["supplements"]
    kinds = "|".join(f"(?P<{kind}>{expand(words(forms))})" for kind, forms in data["kinds"].items())
    return Scanner(
        rf"(?:{kinds})s?\s{{0,3}}(?:N[°o.]{{1,2}}\s{{0,2}})?(?:(?P<k>\d{{1,2}})[\s/]{{1,5}}|(?<=[^\W\d_])[\s/]{{1,5}}(?=(?:{data['to']})\s))"
        rf"(?:(?:{data['to']})\s{{1,3}}(?:the\s|la\s|l')?(?:[A-ZА-Яa-zà-ÿа-я\u0621-\u064a-]+\s{{1,2}}){{0,3}})?$"
    )


@cache
def _supplement_after() -> re.Pattern[str]:
    """A supplement's words behind the circular: `(Add.1)`, `补遗1`, `第1号补遗`."""
    data = table("series.toml")["supplements"]
    forms = {kind: expand(words([*long, *data["short"][kind]])) for kind, long in data["kinds"].items()}
    behind = "|".join(f"(?P<{kind}>{form})" for kind, form in forms.items())
    before = "|".join(f"(?P<{kind}2>{form})" for kind, form in forms.items())
    return re.compile(
        rf"\s{{0,4}}[-,(/]?\s{{0,3}}(?:的?(?:{behind})\s{{0,3}}(?:N[°o.]{{1,2}}\s{{0,2}})?第?(?P<k>\d{{1,2}})(?!\.?\d)号?\)?"
        rf"|的?第\s?(?P<k2>\d{{1,2}})\s?号(?:{before}))"
    )


def supplement(view: str, start: int, end: int) -> tuple[int, int, str]:
    """The reference at `start:end` with a supplement before or after it: new span and id suffix (`/add1`) or ""."""
    before = _supplement().search(view, max(0, start - 60), start)
    if before:
        kind = next(k for k in ("add", "cor", "rev") if before[k])
        return before.start(), end, f"/{kind}{int(before['k'] or 1)}"
    after = _supplement_after().match(view, end)
    if after:
        kind = next(k for k in ("add", "cor", "rev") if after[k] or after[f"{k}2"])
        return start, after.end(), f"/{kind}{int(after['k'] or after['k2'])}"
    return start, end, ""


_MASKED_CITATION = re.compile(
    r"(?:\bsee|\bof|\bto|\bin|véase|voir|см\.|см|летter)\s{1,3}(?:the |la |our |my )?$", re.IGNORECASE
)
_OFFICE = re.compile(
    r"(?<![\w/-])[A-Z]{2,6}(?: ?\d{1,2})?(?:[/\\](?:P\.R\.|[A-Z]{1,6}(?![a-z])|[a-z]{1,4}(?![a-z])|[A-Z][a-z]{1,3}(?![a-z])))"
    r"{1,4}(?![\w/]*/)"
)
_SUFFIX = re.compile(r"-[EFSRAC]$")
_VALUE_AFTER_LABEL = re.compile(r"[ \n/|]*([^\n|]{2,60})")


def _own(letter: Letter) -> tuple[list[Reference], list[Issue]]:
    """The letter's own references, and issues."""
    layout, view = letter.layout, letter.view
    labels = [a for a in layout.atoms if a.kind == "label" and a.what == "ref"]
    scored: list[tuple[float, Atom]] = []
    for atom in layout.atoms:
        if atom.kind != "ref" or atom.start >= layout.header_end:
            continue
        section = letter.in_section(atom.start)
        if section in ("subject", "body", "annexes", "copies"):
            letter.consider(
                "ref", atom.start, atom.end, f"ref.{atom.what}", f"stands in the {section}: another letter's"
            )
            continue
        score = 3.0 if section == "reference" else 1.0 if section in ("contact", "letterhead") else 0.0
        if any(0 <= atom.start - a.end < 160 for a in labels):
            score += 2.0
        pattern = atom.data[0]
        if pattern.partial:
            score -= 1.5
        if pattern.slug == "vacancy":
            score += 2.0
        if view.startswith("Collective", atom.start):
            score -= 0.5
        scored.append((score - atom.start / 20000, atom))
    if not scored:
        scored = [
            (0.5, a)
            for a in references(view, 0, len(view))
            if re.search(r"\((?:to|а la|à la|к|al?)\s{1,3}$", view[max(0, a.start - 10) : a.start])
        ][:1]
    issues: list[Issue] = []
    if not scored:
        return _unlisted(letter), issues
    scored.sort(key=lambda s: -s[0])
    best = scored[0][1]
    best_slug, best_parts = number_of(best)
    chosen: list[Atom] = [best]
    for _score, atom in scored[1:]:
        slug, parts = number_of(atom)
        if slug == best_slug == "lcce" and parts != best_parts and abs(atom.start - best.start) < 60:
            chosen.append(atom)
        elif slug == best_slug and best.data[0].partial and parts.get("n") == best_parts.get("n") and parts.get("g"):
            chosen = [atom]
            issues.append(
                letter.issue(
                    "partial-reference",
                    "the reference cell prints only a part; completed from the running head",
                    best.start,
                    best.end,
                    severity="info",
                )
            )
    chosen.sort(key=lambda a: a.start)
    own = [_reference(letter, atom) for atom in chosen]
    for score, atom in scored:
        why = "" if atom in chosen else _why_not(atom, best_slug, best_parts)
        letter.consider("ref", atom.start, atom.end, f"ref.{atom.what}", why, round(score, 2))
    return own, issues


def _why_not(atom: Atom, slug: str, parts: dict[str, str]) -> str:
    other, number = number_of(atom)
    if other == slug and number.get("n") == parts.get("n"):
        return "repeats the letter's own number, as a running head does"
    return "another reference stands in a better place"


def _reference(letter: Letter, atom: Atom) -> Reference:
    slug, parts = number_of(atom)
    one = series_of(slug)
    start, end, suffix = supplement(letter.view, atom.start, atom.end)
    if atom.data[0].partial and "g" not in parts:
        office = re.match(r"\s{1,4}([A-Z]{2,6}\d{0,2})/", letter.view[atom.end : atom.end + 16])
        if office:
            parts = {**parts, "g": re.sub(r"^SG(?=\d+$)", "", office[1])}
    if atom.data[0].value:
        start, end = atom.data[1].span(atom.data[0].value)
    text = letter.value(start, end)
    if slug == "cr":
        text = _SUFFIX.sub("", text)
    text = re.sub(r"\s?/\s?", "/", text) if one.number_only else text
    identity = canonical(slug, parts, letter.date)
    return Reference(
        text=text, slug=slug, id=identity + suffix if identity else None, start=start, end=end, rule=f"ref.{atom.what}"
    )


def read_reference(text: str, date: dt.date | None) -> Reference | None:
    """A reference that stands by itself, as a person gives it; None where it is of no series of the lexicon.

    Example: `read_reference("TSB Circular 221", date(2004, 2, 25))` has id `tsb-circular/2001-2004/221`.
    """
    view = fold(text)
    atom = max(references(view, 0, len(view)), key=lambda a: a.end - a.start, default=None)
    if atom is None:
        return None
    slug, parts = number_of(atom)
    start, end, suffix = supplement(view, atom.start, atom.end)
    identity = canonical(slug, parts, date)
    return Reference(
        text=text, slug=slug, id=identity + suffix if identity else None, start=start, end=end, rule=f"ref.{atom.what}"
    )


def _unlisted(letter: Letter) -> list[Reference]:
    """A labelled reference of no series: an office code or an unknown form."""
    view = letter.view
    for atom in letter.layout.atoms:
        if atom.kind == "label" and atom.what == "ref":
            stop = min([a.start for a in letter.layout.atoms if a.start >= atom.end], default=letter.layout.header_end)
            office = _OFFICE.search(view, atom.end, max(atom.end, min(len(view), max(stop, atom.end + 40))))
            if office:
                code = re.sub(r"[^a-z0-9]+", "-", office[0].lower()).strip("-")
                identity = f"office-code/{letter.date.isoformat()}/{code}" if letter.date else None
                return [Reference(text=letter.value(*office.span()), slug="office-code", id=identity, start=office.start(), end=office.end(), rule="ref.office-code")]  # fmt: skip
            shown = _VALUE_AFTER_LABEL.match(view, atom.end, stop)
            if shown and re.search(r"\d", shown[1]) and len(shown[1].split()) <= 6:
                return [Reference(text=letter.value(*shown.span(1)), slug=None, id=None, start=shown.start(1), end=shown.end(1), rule="ref.labelled")]  # fmt: skip
    return []


def _references(letter: Letter) -> tuple[list[Reference], list[Issue]]:
    found = letter.__dict__.get("_own_references")
    if found is None:
        found = letter.__dict__["_own_references"] = _own(letter)
    return found


def refs(letter: Letter) -> Finding:
    """The letter's own references, as printed."""
    own, issues = _references(letter)
    evidence: EvidenceMap = {f"refs/{k}": letter.evidence(r.start, r.end, r.rule) for k, r in enumerate(own)}
    if own:
        evidence["ref"] = evidence["refs/0"]
    return Finding(
        value=tuple(r.text for r in own), evidence=evidence, issues=tuple(issues),
        why="" if own else "no reference of a known series stands in the header, and no label of a reference has a code "
        "or number behind it",
    )  # fmt: skip


_FILE = re.compile(
    r"(?<![A-Za-z0-9])([RTDS])(\d\d)-([A-Z0-9]{2,8})-(CIR|COL)-(\d{3,5})(?:!([ACR]\d+)?!(?:[A-Z]{3}-([EFSRAC]))?)?"
)
_PLAIN_FILE = re.compile(r"(?<![A-Za-z])(DM|CL)[-_ ](\d\d)[_-](\d{2,4})(?!\d)")


def from_name(name: str) -> tuple[str, str, tuple[int, int]] | None:
    """Series slug, canonical id and span in a file name of ITU's own (`R00-CR-CIR-0025!!TXT-E`); None for others."""
    match = _FILE.search(name)
    if match:
        sector, year, code, kind, number, part, _ = match.groups()
        suffix = {"A": "/add", "C": "/cor", "R": "/rev"}[part[0]] + part[1:] if part else ""
        short = int(year)
        full = 1900 + short if short >= 80 else 2000 + short
        slug: str | None = None
        parts = {"n": number}
        date = dt.date(full, 12, 31)
        if sector == "R" and code.lower() in ("ca", "cace", "car", "cr", "ccrr"):
            slug = code.lower()
        elif sector == "T" and kind == "COL":
            slug, parts = "tsb-collective", {"n": number, "g": re.sub(r"^SG", "", code)}
        elif sector == "T" and code == "TSB":
            slug = "tsb-circular"
        elif sector == "S" and code in ("DM", "SG"):
            slug = "dm" if code == "DM" else "cl"
        identity = canonical(slug, parts, date) if slug else None
        if slug and identity:
            return slug, identity + suffix, match.span()
    match = _PLAIN_FILE.search(name)
    if match:
        identity = canonical(match[1].lower(), {"n": match[3], "y": match[2]}, None)
        return (match[1].lower(), identity, match.span()) if identity else None
    return None


def ids(letter: Letter) -> Finding:
    """Canonical identities: from the printed references, else from ITU's own file name."""
    own, _ = _references(letter)
    values = tuple(dict.fromkeys(r.id for r in own if r.id))
    evidence: EvidenceMap = {}
    for r in own:
        if r.id:
            evidence[f"ids/{values.index(r.id)}"] = letter.evidence(r.start, r.end, r.rule)
    issues: list[Issue] = []
    if not values:
        named = from_name(letter.source.name)
        if named:
            _, identity, (a, b) = named
            values = (identity,)
            evidence["ids/0"] = (
                Evidence(start=a, end=b, quote=letter.source.name[a:b], rule="id.file-name", origin="name"),
            )
        elif own:
            issues.append(
                letter.issue(
                    "no-identity",
                    "the reference's run cannot be told without the letter's date",
                    own[0].start,
                    own[0].end,
                )
            )
    if values:
        evidence["id"] = evidence["ids/0"]
    why = ""
    if not values:
        why = (
            "the letter's own reference does not name one circular: its series is unknown, or its numbers begin anew and "
            "no date tells in which run"
            if own
            else "the letter has no reference, and its source's name is none of ITU's own file names"
        )
    return Finding(value=values, evidence=evidence, issues=tuple(issues), why=why)


def series(letter: Letter) -> Finding:
    """Slug of the series."""
    own, _ = _references(letter)
    if own and own[0].slug:
        return Finding(value=own[0].slug, evidence={"series": letter.evidence(own[0].start, own[0].end, own[0].rule)})
    named = from_name(letter.source.name)
    if named and not own:
        slug, _, (a, b) = named
        quote = letter.source.name[a:b]
        return Finding(
            value=slug,
            evidence={"series": (Evidence(start=a, end=b, quote=quote, rule="series.file-name", origin="name"),)},
        )
    why = (
        "the letter's own reference is of no series of the lexicon"
        if own
        else "the letter has no reference, and its source's name is none of ITU's own file names"
    )
    return Finding(value=None, why=why)


def bureau(letter: Letter) -> Finding:
    """Who issued it: by series first, then letterhead, then signatory."""
    found = letter.finding("series")
    if found.value:
        one = series_of(found.value).bureau if found.value != "office-code" else None
        if one:
            return Finding(value=one, evidence={"bureau": found.evidence["series"]})
    for atom in letter.layout.atoms:
        if atom.kind == "issuer" and atom.what != "union":
            return Finding(
                value=atom.what, evidence={"bureau": letter.evidence(atom.start, atom.end, "bureau.letterhead")}
            )
    if found.value == "vacancy":
        sector = re.search(r"Sector:\s{0,3}(BR|BDT|TSB|SG|GS)\b", letter.view)
        if sector:
            value = "SG" if sector[1] == "GS" else sector[1]
            return Finding(value=value, evidence={"bureau": letter.evidence(*sector.span(1), "bureau.vacancy-sector")})
    signed = letter.finding("signatory")
    if signed.value:
        for k, title in enumerate(signed.value.titles):
            for data in letter.rules.data:
                for code in ("TSB", "BR", "BDT"):
                    if any(form in title for form in data.list("issuers", code)):
                        return Finding(value=code, evidence={"bureau": signed.evidence[f"signatory/titles/{k}"]})
            if re.match(
                r"(?:Deputy )?Secretary-?\s?General|Secrétaire général|Secretari[oa] General|Генеральный секретарь|秘书长|الأمين العام",
                title,
            ):
                return Finding(value="SG", evidence={"bureau": signed.evidence[f"signatory/titles/{k}"]})
    late = _late_letterhead(letter)
    why = "neither series, letterhead, signatory's titles nor the last line names a bureau"
    return late or Finding(value=None, why=why)


def _late_letterhead(letter: Letter) -> Finding | None:
    """Union and bureau names may come last (guide 17.6, 1): a bureau's name alone on its line, or at the very end."""
    for code in ("TSB", "BR", "BDT", "SG"):
        for data in letter.rules.data:
            for form in data.list("issuers", code):
                at = letter.text.rfind(form)
                if at >= 0 and not letter.view[at + len(form) :].strip(" \n()BRTSD"):
                    return Finding(
                        value=code, evidence={"bureau": letter.evidence(at, at + len(form), "bureau.letterhead-last")}
                    )
    return None


def detect(view: str) -> Language:
    """The language of folded text, by script first, then by function words; English where nothing tells."""
    sample = view[:20000]
    cyrillic = arabic = chinese = 0
    if not sample.isascii():
        cyrillic = sum(map(len, re.findall(r"[а-яА-Я]+", sample)))
        arabic = sum(map(len, re.findall(r"[\u0621-\u064a]+", sample)))
        chinese = sum(map(len, re.findall(r"[\u4e00-\u9fff]+", sample))) * 3
    scripts: list[tuple[int, Language]] = [(cyrillic, "ru"), (arabic, "ar"), (chinese, "zh")]
    best = max(scripts)
    if best[0] > 40 and best[0] > sum(map(len, re.findall(r"[A-Za-z]+", sample))) * 0.4:
        return best[1]
    counts = function_words(sample)
    winner = max(counts, key=lambda c: counts[c])
    return winner if counts[winner] else "en"


def function_words(sample: str) -> dict[Language, int]:
    """How many words of the text are function words of each language in Latin letters."""
    tokens = Counter(re.findall(r"[a-zà-ÿ]+", sample))
    codes: tuple[Language, ...] = ("en", "fr", "es")
    return {code: sum(tokens[word] for word in _function_words(code)) for code in codes}


@cache
def _function_words(code: Language) -> frozenset[str]:
    return frozenset(language(code).list("language", "words"))


def language_of(letter: Letter) -> Finding:
    """The language of the letter, recognised from its text; its evidence is a line of body in that language."""
    start, end = letter.layout.body
    line = re.compile(r"[^\W\d_][^\n]{19,119}")
    match = (
        line.search(letter.view, start, max(start, end))
        or line.search(letter.view)
        or re.search(r"\S[^\n]{0,119}", letter.view)
    )
    if not match:
        return Finding(value=None, why="the text has no word")
    return Finding(value=letter.language, evidence={"language": letter.evidence(*match.span(), "language.words")})
