"""Who a letter is from and to: addressees, copies, contact, signatory.

Splits the party sections into groups, assigns the values of the contact block by type (label queues where the labels
come first), reads the signature. Sources: guide sections 4.2, 6, 7, 13.
"""

from __future__ import annotations

import re
from functools import cache

from itudocs.extract.letter import EvidenceMap, Finding, Letter
from itudocs.flow import Span
from itudocs.lexicon import LANGUAGES, expand, language, officials, tidy
from itudocs.model import Contact, Evidence, Issue, Signatory
from itudocs.zoning import EMAIL, PHONE, Atom

_BULLET = re.compile(r"(?:^|(?<=[\s;.,)]))[-•·*](?=\s{0,3}\S)|\s{3,}(?=\S)|¾")
_SEMICOLON = re.compile(r";(?:\s{0,3}(?:and|et|y|и|و|以及)(?![^\W\d_]))?")
_TRIM = " \n\t/|_=¾"


def _items(letter: Letter, section_kind: str) -> list[list[Span]]:
    """The groups of a party section, each as its stretches in the flow."""
    view = letter.view
    labels = {a.start: a for a in letter.layout.atoms if a.kind == "label"}
    stretches: list[Span] = []
    for section in letter.layout.sections:
        if section.kind != section_kind:
            continue
        start = section.start
        label = labels.get(start) or None
        if label:
            start = label.end
        else:
            printed = letter.rules.labels.match(view, start, section.end)
            if printed and letter.rules.label_kind(printed[1]) in ("copy", "distribution", "to"):
                start = printed.end()
        stretches.append((start, section.end))
    items: list[list[Span]] = []
    for start, end in stretches:
        cuts = _cuts(letter, start, end)
        at = start
        for a, b in [*cuts, (end, end)]:
            span = _trimmed(letter, at, a)
            if span:
                continues = items and a == cuts[0][0] if cuts and at == start else bool(items) and at == start
                if continues and items and _unfinished(letter, items[-1][-1], span):
                    items[-1].append(span)
                else:
                    items.append([span])
            at = b
    return [i for i in items if re.search(r"\w{2}", view[i[0][0] : i[-1][1]]) and not _ADDRESS.fullmatch(view, i[0][0], i[-1][1])]


_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+")
"""A lone web address behind a list is the page's footer, no party."""


def _cuts(letter: Letter, start: int, end: int) -> list[Span]:
    """Separators between groups: bullets, semicolons, line breaks before a new group."""
    view = letter.view
    cuts: list[Span] = []
    for match in _BULLET.finditer(view, start, end):
        before = view[max(start, match.start() - 2) : match.start()]
        after = view[match.end() : match.end() + 40].lstrip()
        at_line_start = match.start() == start or "\n" in before or not before.strip()
        if match[0].isspace():
            if letter.rules.head.match(view, match.end()):
                cuts.append(match.span())
            continue
        inline = match.start() > start and "\n" not in before and before[-1:] == " "
        if inline and view[match.end() : match.end() + 1] == " " and letter.language == "ru" and not letter.rules.head.match(view, match.end() + 1):
            continue  # Russian sets a spaced dash inside terms: Государств - Членов
        if at_line_start or before[-1:] in ";.,)" or after[:2] in ("To", "to"):
            cuts.append(match.span())
    cuts += [m.span() for m in _SEMICOLON.finditer(view, start, end)]
    for match in re.finditer(r"\n+\s*", view[start:end]):
        a, b = start + match.start(), start + match.end()
        rest = view[b : b + 60]
        to = re.match(r"(?:To|to)\s(?=\S)", rest)
        if to and letter.rules.head.match(view, b + to.end()):
            cuts.append((a, b))
            continue
        head = letter.rules.head.match(view, b) or to
        if head and not re.search(r"(?:\b(?:of|the|and|in|to|for|de|la|los|et|des|и|aux|du)|,|-)\s*$", view[max(start, a - 8) : a]):
            cuts.append((a, b))
        elif match[0].count("\n") > 1 and rest[:1].isupper() and not re.search(r"(?:\b(?:of|the|and|de|des|la)|,)\s*$", view[max(start, a - 8) : a]):
            cuts.append((a, b))
    cuts.sort()
    out: list[Span] = []
    for cut in cuts:
        if out and cut[0] <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], cut[1]))
        else:
            out.append(cut)
    return out


@cache
def _lead(code: str) -> re.Pattern[str]:
    """The word that says "to" before a group; French contractions (`Aux`) are part of the group and stay."""
    leads = {
        "en": r"(?:To|TO|to)\b:?",
        "fr": r"[AÀ]\s?:|À\b|A\b(?=\s+(?:l'|la|tous|toutes))",
        "es": r"(?:A|a)\b:?(?!l\b)",
        "ru": r"(?:Кому)\s?:",
        "zh": r"致\s?:?",
        "ar": r"إلى\b\s?:?",
    }
    return re.compile(rf"(?:{leads.get(code, leads['en'])}|{leads['en']})\s{{0,3}}")


def _trimmed(letter: Letter, start: int, end: int) -> Span | None:
    view = letter.view
    changed = True
    while changed and start < end:
        changed = False
        while start < end and (view[start] in _TRIM or view[start] in "-•·*;,:"):
            start += 1
        lead = _lead(letter.language).match(view, start, end)
        if lead and lead.end() < end:
            start, changed = lead.end(), True
    while end > start and (view[end - 1] in _TRIM or view[end - 1] in ";,-•:" or (view[end - 1] == "." and not view[:end].endswith("..."))):
        end -= 1
    tail = re.search(r"[;,\s](?:and|et|y|и)$", view[start:end])
    if tail:
        end = start + tail.start()
    while end > start and (view[end - 1] in _TRIM or view[end - 1] in ";,"):
        end -= 1
    return (start, end) if end > start else None


def _unfinished(letter: Letter, before: Span, span: Span) -> bool:
    """Whether a group that another cell interrupted goes on here (guide 4.2, 6)."""
    first = letter.view[span[0]]
    ends = letter.view[before[0] : before[1]]
    return first.islower() and not letter.rules.head.match(letter.view, span[0]) or bool(re.search(r"\b(?:of|the|and|to|in|for)$", ends))


def _party(letter: Letter, section_kind: str, key: str) -> Finding:
    values: list[str] = []
    evidence: EvidenceMap = {}
    for item in _items(letter, section_kind):
        value = tidy(" ".join(letter.text[a:b] for a, b in item))
        pieces: tuple[Evidence, ...] = ()
        for a, b in item:
            pieces += letter.evidence(a, b, f"{key}.section")
        evidence[f"{key}/{len(values)}"] = pieces
        values.append(value)
    return Finding(value=tuple(values), evidence=evidence)


def addressees(letter: Letter) -> Finding:
    """Whom it is addressed to, one string a group."""
    found = _party(letter, "addressees", "addressees")
    if found.empty:
        multi = re.search(r"Multi-?address", letter.view[: letter.layout.header_end])
        if multi:
            return Finding(value=("Multi-address",), evidence={"addressees/0": letter.evidence(*multi.span(), "addressees.multi")})
    doubtful = [
        k for k, value in enumerate(found.value)
        if k and re.match(r"(?:the )?(?:Secretary-General|Director)", value) and not letter.layout.of("copies")
    ]  # fmt: skip
    issues: tuple[Issue, ...] = ()
    if doubtful:
        first = found.evidence[f"addressees/{doubtful[0]}"]
        last = found.evidence[f"addressees/{doubtful[-1]}"]
        issues = (
            Issue(
                code="copies-or-addressees", message="these groups usually get a copy; the label Copy may be lost",
                start=first[0].start, end=last[-1].end,
            ),
        )  # fmt: skip
    return Finding(value=found.value, evidence=found.evidence, issues=issues)


def copies(letter: Letter) -> Finding:
    """Who gets a copy, one string a group; the Radiocommunication Bureau's distribution list."""
    return _party(letter, "copies", "copies")


@cache
def _group_patterns(code: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    codes = [code, "en"] if code != "en" else ["en"]
    out = []
    for c in codes:
        for group, patterns in language(next(x for x in LANGUAGES if x == c)).raw["groups"].items():
            if group != "vocabulary":
                out.append((group, re.compile("|".join(f"(?:{expand(p)})" for p in patterns))))
    return tuple(out)


_JOINT = re.compile(r"(?:^|,|;|\band\b|\bet\b|\by\b|\bи\b|و|和|及|以及)\s{0,3}(?:(?:to|aux?|a)\s)?(?:the |les |las |los |la )?$", re.IGNORECASE)


def addressee_groups(letter: Letter) -> Finding:
    """Addressees as sorted normalised codes; the evidence is the addressee that carries the code."""
    found = letter.finding("addressees")
    where: dict[str, tuple[Evidence, ...]] = {}
    for k, value in enumerate(found.value):
        pieces = found.evidence[f"addressees/{k}"]
        codes = group_codes(value, letter.language)
        for code in codes or ("other",):
            where.setdefault(code, pieces)
    values = tuple(sorted(where))
    return Finding(value=values, evidence={f"addressee_groups/{k}": where[v] for k, v in enumerate(values)})


def group_codes(value: str, code: str) -> list[str]:
    """The group codes an addressee names, at its head and behind each "and"."""
    from itudocs.lexicon import fold

    view = fold(value)
    out: list[str] = []
    at = 0
    while at < len(view):
        joint = at == 0 or _JOINT.search(view, max(0, at - 16), at)
        best: tuple[int, str] | None = None
        if joint:
            for group, pattern in _group_patterns(code):
                match = pattern.match(view, at)
                if match and (best is None or match.end() > best[0]):
                    best = (match.end(), group)
        if best:
            if best[1] not in out:
                out.append(best[1])
            at = max(best[0], at + 1)
        else:
            at += 1
    return out


_SWITCHBOARD = re.compile(r"22 ?733 72 ?56|22 ?730 51 ?11|22 ?730 65 ?00")
_FAX_BEFORE = re.compile(r"(?:[Ff]ax|FAX|فاكس|传真|[Фф]акс)[^\d+]{0,20}$")
_NAME_LINE = re.compile(r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|M|Mme|Sr|Sra|Г-н|Г-жа)\.?\s{1,2})?((?:[A-ZÀ-ÞА-Я][\w'’.-]*\s{1,2}){1,4}[A-ZÀ-ÞА-Я][\w'’-]+)(?=\s*(?:,|\n|/|$|\())")
_COURTESY = re.compile(r"^(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Mme|Mlle|Sr|Sra|Srta|Г-н|Г-жа|M)\b\.?|先生|女士|السيدة?)\s{0,3}")


def contact(letter: Letter) -> Finding:
    """The letter's own contact block, by type: label queues first, then order of telephone and fax."""
    view, layout = letter.view, letter.layout
    values: dict[str, list[str]] = {"names": [], "tel": [], "fax": [], "emails": []}
    evidence: EvidenceMap = {}

    def keep(kind: str, start: int, end: int, rule: str, value: str | None = None) -> None:
        shown = value or letter.value(start, end)
        if shown and shown not in values[kind]:
            evidence[f"contact/{kind}/{len(values[kind])}"] = letter.evidence(start, end, rule)
            values[kind].append(shown)

    atoms = [a for a in layout.atoms if a.start < layout.header_end]
    labelled = _phone_labels(letter, atoms)
    for k, atom in enumerate(atoms):
        if atom.kind == "label" and atom.what in ("contact", "from"):
            if letter.in_section(atom.start) == "contact":
                _names(letter, atoms, k, keep)
        elif letter.in_section(atom.start) != "contact":
            continue
        elif atom.kind == "phone":
            kind = labelled.get(atom.start, "")
            if not kind:
                if _FAX_BEFORE.search(view, max(0, atom.start - 30), atom.start):
                    kind = "fax"
                else:
                    kind = "fax" if values["tel"] and not values["fax"] else "tel"
            if _SWITCHBOARD.search(view, atom.start, atom.end) and not values["tel"] and not any(v for v in labelled.values() if v == "tel"):
                continue  # the Union's own fax in an old letterhead
            masked = view.startswith("[email", atom.end)
            if not masked or len(re.sub(r"\D", "", view[atom.start : atom.end])) >= 11:
                keep(kind, atom.start, atom.end, f"contact.{kind}", _unreversed(letter, atom))
        elif atom.kind == "mask":
            whole = _behind_mask(letter, atom, [*values["tel"], *values["fax"]])
            if whole:
                kind = "fax" if values["tel"] and not values["fax"] else "tel"
                if not values[kind]:
                    values[kind].append(letter.source.text[whole[0] : whole[1]])
                    quote = letter.source.text[whole[0] : whole[1]]
                    evidence[f"contact/{kind}/0"] = (Evidence(start=whole[0], end=whole[1], quote=quote, rule="contact.other-copy"),)
        elif atom.kind == "email":
            keep("emails", atom.start, atom.end, "contact.email")
    if not values["names"] and (values["tel"] or values["emails"]):
        _unlabelled_names(letter, keep)
    if not any(values.values()):
        _last_paragraph(letter, keep)
    value = Contact(**{k: tuple(v) for k, v in values.items()})
    return Finding(value=value, evidence=evidence)


_CUT_PHONE = re.compile(r"(\+ ?41 ?22 ?7\d\d)[ ]?\d{0,3}$")


def _behind_mask(letter: Letter, mask: Atom, known: list[str]) -> Span | None:
    """A number whose last digits a mask swallowed, if another copy of the page prints it whole (guide 7)."""
    cut = _CUT_PHONE.search(letter.view, max(0, mask.start - 20), mask.start)
    if not cut:
        return None
    from itudocs.lexicon import fold

    taken = {re.sub(r"\D", "", k) for k in known}
    for match in PHONE.finditer(fold(letter.source.text)):
        digits = re.sub(r"\D", "", match[0])
        if digits.startswith(re.sub(r"\D", "", cut[1])) and digits not in taken and len(digits) >= 11:
            return match.span()
    return None


def _phone_labels(letter: Letter, atoms: list[Atom]) -> dict[int, str]:
    """Which label each number answers to: labels and numbers come in runs, and a run of labels is a queue.

    With fewer numbers than labels, the last labels win if something stands between them (an empty `Fax:+` further up),
    else the first ones (`Tel: Fax: E-mail:` with a masked address).
    """
    out: dict[int, str] = {}
    labels: list[Atom] = []
    phones: list[Atom] = []

    def settle() -> None:
        if labels and phones:
            gap = letter.view[labels[0].end : labels[-1].start]
            chosen = labels[-len(phones) :] if re.search(r"[^\W\d_]{3}", re.sub(r"[^\n:]{1,20}:", "", gap)) else labels[: len(phones)]
            out.update({p.start: label.what for p, label in zip(phones, chosen, strict=False)})
        labels.clear()
        phones.clear()

    for atom in atoms:
        if atom.kind == "label" and atom.what in ("tel", "fax"):
            if phones:
                settle()
            labels.append(atom)
        elif atom.kind == "phone" and letter.in_section(atom.start) == "contact":
            phones.append(atom)
    settle()
    return out


def _unreversed(letter: Letter, atom: Atom) -> str | None:
    """Number groups of right-to-left text printed backwards: 85 57 730 22 41+ is +41 22 730 57 85."""
    if atom.what != "reversed":
        return None
    groups = re.findall(r"\d+", letter.view[atom.start : atom.end])
    return "+" + " ".join(reversed(groups))


def _names(letter: Letter, atoms: list[Atom], k: int, keep: object) -> None:
    """Names behind `Contact:` up to the next landmark; roles after a comma are dropped."""
    view = letter.view
    following = [a for a in atoms[k + 1 :] if a.kind != "label" or a.what != "contact"]
    stop = following[0].start if following else letter.layout.header_end
    start = atoms[k].end
    if not view[start:stop].strip(" \n/|") and following and following[0].kind == "label":
        # labels first, values after: the name stands between the last label and the first number
        labels = [a for a in following if a.kind == "label" and a.what in ("tel", "fax", "email", "web")]
        run = [a for a in following[: len(labels)] if a.kind == "label" and a.what in ("tel", "fax", "email", "web")]
        if not run:
            return
        start = run[-1].end
        after = [a for a in atoms if a.start >= start and a.kind != "label"]
        stop = after[0].start if after else start
        while after and after[0].kind == "ref" and len(after) > 1:
            start, stop = after[0].end, after[1].start
            after = after[1:]
    _keep_names(letter, start, stop, keep)


def _keep_names(letter: Letter, start: int, stop: int, keep: object) -> None:
    view = letter.view
    line = re.compile(r"[^\n]*\S[^\n]*").search(view, start, stop)
    if not line:
        return
    a, b = line.span()
    comma = view.find(",", a, b)
    if comma > 0:
        b = comma
    at = a
    for match in [*re.compile(r"\s?/\s?|\s(?:and|et|y|и)\s|;").finditer(view, a, b), None]:
        end = match.start() if match else b
        piece = view[at:end].strip(" -/|")
        start_piece = view.find(piece, at, end) if piece else at
        courtesy = _COURTESY.match(piece)
        if courtesy:
            start_piece += courtesy.end()
            piece = piece[courtesy.end() :]
        role = re.search(r"\s{2,}|\s(?=Multi-?address)", piece)
        if role:
            piece = piece[: role.start()]
        if piece and 2 <= len(piece) <= 60 and not re.search(r"\d", piece) and len(piece.split()) <= 6:
            keep("names", start_piece, start_piece + len(piece), "contact.name")  # type: ignore[operator]
        if match:
            at = match.end()


def _unlabelled_names(letter: Letter, keep: object) -> None:
    """A person's name alone on a line of the header (guide 4.2, 7)."""
    view = letter.view
    for section in letter.layout.of("reference", "contact"):
        for line in re.compile(r"[^\n]+").finditer(view, section.start, section.end):
            match = _NAME_LINE.fullmatch(view, line.start(), line.end()) or _NAME_LINE.match(view, line.start(), line.end())
            if match and not re.search(r"\d", match[1]) and not any(w in letter.rules.vocabulary for w in match[1].split()):
                if letter.rules.title.search(match[1]) or len(match[1].split()) > 4:
                    continue
                if any(a.start <= match.start(1) < a.end for a in letter.layout.atoms):
                    continue
                keep("names", match.start(1), match.end(1), "contact.name-line")  # type: ignore[operator]
                return


_PARAGRAPH_CUE = re.compile(
    r"(?:contact|questions?|information|ask|assistance|renseignement|contacter|contactar|información|обращ|связ|联系|للاتصال|الاتصال|استفسار)", re.IGNORECASE
)


def _last_paragraph(letter: Letter, keep: object) -> None:
    """Development Bureau letters name their contact in the last paragraph (guide 4.3)."""
    if letter.finding("bureau").value != "BDT":
        return
    start, end = letter.layout.body
    phones = list(PHONE.finditer(letter.view, start, end))
    labels = [
        (a, b, kind)
        for a, b, form in letter.rules.find_labels(letter.view, start, end)
        if (kind := letter.rules.label_kind(form)) in ("tel", "fax", "email")
    ]
    if not phones and not labels:
        return
    anchor = min([m.start() for m in phones] + [a for a, _, _ in labels])
    begin = max(letter.view.rfind(". ", start, anchor), letter.view.rfind("\n", start, anchor), start)
    if not _PARAGRAPH_CUE.search(letter.view, begin, anchor):
        return
    stop = min(end, anchor + 400)
    for match in phones:
        if match.start() < stop:
            before = [label for label in labels if label[1] <= match.start()]
            kind = before[-1][2] if before and match.start() - before[-1][1] < 4 else "tel"
            keep("fax" if kind == "fax" else "tel", match.start(), match.end(), "contact.last-paragraph")  # type: ignore[operator]
    for mail in EMAIL.finditer(letter.view, begin, stop):
        keep("emails", mail.start(), mail.end(), "contact.last-paragraph")  # type: ignore[operator]
    name = re.compile(r"(?:Mr|Mrs|Ms|Dr|Sr|Sra|M|Mme)\.?\s{1,2}((?:[A-ZÀ-Þ][\w'’.-]*\s{1,2}){1,3}[A-ZÀ-Þ][\w'’-]+)").search(letter.view, begin, anchor)
    if name:
        keep("names", name.start(1), name.end(1), "contact.last-paragraph")  # type: ignore[operator]


_SIGNED = re.compile(r"\(?\[?(?:signed|Signed|SIGNED|signé|Signé|firmado|Firmado|подпись|Подпись|签字|توقيع)\]?\)?\s{0,4}")
_CELL = re.compile(r"\s/\s[\s\S]*")


def signatory(letter: Letter) -> Finding:
    """Who signed, and as what: the lines after the closing, or a telefax form's `From:`."""
    sections = letter.layout.of("signature")
    found = _signature(letter, sections[0].start, sections[0].end) if sections else None
    if found is None:
        found = _from_label(letter)
    if found is None:
        return Finding(value=None)
    issues = _term(letter, found)
    return Finding(value=found.value, evidence=found.evidence, issues=issues)


def _signature(letter: Letter, start: int, end: int) -> Finding | None:
    view, rules = letter.view, letter.rules
    signed = _SIGNED.search(view, start, end)
    if signed:
        start = signed.end()
    cell = _CELL.search(view, start, end)
    if cell:
        end = cell.start()
    while start < end and not (view[start].isalpha() or view[start] == "(") :
        start += 1
    if letter.language == "zh" and (title := rules.title.match(view, start, end)):
        name_start = title.end()
        while name_start < end and view[name_start] in " \n:,":
            name_start += 1
        line_end = view.find("\n", name_start, end)
        name_end = end if line_end < 0 else line_end
        return _signatory(letter, (name_start, name_end), [[(title.start(), title.end())]])
    title = next(
        (m for m in rules.title.finditer(view, start, end) if m.start() > start), None
    )
    first_line = view.find("\n", start, end)
    name_end = title.start() if title else (first_line if first_line >= 0 else end)
    if title and first_line >= 0 and first_line < title.start():
        # a name alone on its line; what stands between it and the title is the title's beginning
        name_end = first_line
    name = _clean(letter, start, name_end)
    if not name or len(view[name[0] : name[1]].split()) > 7 or re.search(r"\d|:", view[name[0] : name[1]]):
        return None
    titles: list[list[Span]] = []
    if title or first_line >= 0:
        at = max(name_end, name[1])
        titles = _titles(letter, at, end)
    return _signatory(letter, name, titles)


def _clean(letter: Letter, start: int, end: int) -> Span | None:
    view = letter.view
    while start < end and view[start] in " \n\t/|,-_":
        start += 1
    while end > start and view[end - 1] in " \n\t/|,-_*":
        end -= 1
    return (start, end) if end > start else None


def _titles(letter: Letter, start: int, end: int) -> list[list[Span]]:
    """Titles behind a name: a line that begins with a title's head starts one, other lines go on with it."""
    view, rules = letter.view, letter.rules
    out: list[list[Span]] = []
    blanks = 0
    for line in re.compile(r"[^\n]*(?:\n|$)").finditer(view, start, end):
        if line.start() >= end:
            break
        span = _clean(letter, line.start(), min(line.end(), end))
        if span is None:
            blanks += 1
            if blanks > 1 and out:
                break
            continue
        text = view[span[0] : span[1]]
        head = rules.title.match(view, span[0])
        if len(text) > 160:
            stop = re.compile(r"[.;:]|\s(?=International|Place|Union)").search(view, span[0] + 20, span[1])
            span = (span[0], stop.start() if stop else span[0] + 100)
        if head or not out:
            if out and not head:
                break
            if not head and not out and not rules.title.search(text) and not _unit(text):
                break
            out.append([span])
        elif blanks and not _open(view[out[-1][-1][0] : out[-1][-1][1]]):
            break
        elif _open(view[out[-1][-1][0] : out[-1][-1][1]]) or text[0].islower() or _bureau_tail(text):
            out[-1].append(span)
        else:
            break
        blanks = 0
    return out


def _unit(text: str) -> bool:
    return bool(re.match(r"(?:Unit|Division|Department|Unité|Unidad|Отдел|Bureau|Strategic)", text))


def _open(text: str) -> bool:
    """A title line that goes on: it ends in a connecting word or in the first half of a bureau's name."""
    return bool(re.search(r"(?:\b(?:of|the|for|and|de|del|la|des|las|los|du|и)|,|Telecommunication|Radiocommunication|Development|Standardization|стандартизации|развития|радиосвязи|Бюро)$", text))


def _bureau_tail(text: str) -> bool:
    return bool(re.match(r"(?:Standardization|Development|Radiocommunication|Telecommunication|Standards|Bureau|of |de |des |las |электросвязи|стандартизации|развития)", text))


def _signatory(letter: Letter, name: Span, titles: list[list[Span]]) -> Finding | None:
    shown = letter.value(*name)
    shown = re.sub(r"^(?:Mr|Mrs|Ms)\.?\s", "", shown)
    if not re.search(r"[^\W\d_]{2}", shown):
        return None
    evidence: EvidenceMap = {"signatory/name": letter.evidence(*name, "signatory.after-closing")}
    values = []
    for k, spans in enumerate(titles):
        pieces: tuple[Evidence, ...] = ()
        for a, b in spans:
            pieces += letter.evidence(a, b, "signatory.title")
        evidence[f"signatory/titles/{k}"] = pieces
        values.append(tidy(" ".join(letter.text[a:b] for a, b in spans)).rstrip(" *,"))
    return Finding(value=Signatory(name=shown, titles=tuple(values)), evidence=evidence)


def _from_label(letter: Letter) -> Finding | None:
    """The telefax form names its author behind `From:`: name, comma, post (guide 2.3)."""
    atoms = letter.layout.atoms
    for k, atom in enumerate(atoms):
        if atom.kind == "label" and atom.what == "from" and atom.start < letter.layout.header_end:
            stop = min([a.start for a in atoms[k + 1 :]], default=letter.layout.header_end)
            line = re.compile(r"[^\n]*\S[^\n]*").search(letter.view, atom.end, stop)
            if not line:
                return None
            comma = letter.view.find(",", line.start(), line.end())
            name = _clean(letter, line.start(), comma if comma > 0 else line.end())
            if not name:
                return None
            title = _clean(letter, comma + 1, line.end()) if comma > 0 else None
            return _signatory(letter, name, [[title]] if title else [])
    return None


def _term(letter: Letter, found: Finding) -> tuple[Issue, ...]:
    """Cross-check: an official who signs outside every term of office."""
    date = letter.date
    if date is None:
        return ()
    known = [o for o in officials() if any(n in found.value.name for n in o.names)]
    if known and not any(o.begins <= date <= o.ends for o in known):
        piece = found.evidence["signatory/name"]
        terms = ", ".join(f"{o.post} {o.begins.year}-{o.ends.year}" for o in known)
        return (
            Issue(
                code="term-of-office", message=f"{known[0].name} held office as {terms}, the letter is of {date.isoformat()}",
                start=piece[0].start, end=piece[-1].end,
            ),
        )  # fmt: skip
    return ()


__all__ = ["addressee_groups", "addressees", "contact", "copies", "group_codes", "signatory"]
