"""The letter's own contact: names, telephone, fax, e-mail, assigned by type.

Conversions tear labels from values; a run of labels is a queue for the run of numbers that follows. The letterhead's footer and a
venue's numbers are no contact. Sources: guide sections 2.4, 4.2, 4.3, 7.
"""

from __future__ import annotations

import re

from itudocs.extract.letter import EvidenceMap, Finding, Letter
from itudocs.flow import Span
from itudocs.landmarks import EMAIL, PHONE, Atom
from itudocs.lexicon import fold
from itudocs.model import Contact, Evidence

_TELEX = re.compile(r"\b(?:Telex|TELEX|Tlx|Tg|Télex)\b")
_SWITCHBOARD = re.compile(r"22 ?733 72 ?56|22 ?730 51 ?11|22 ?730 65 ?00")
_FAX_BEFORE = re.compile(r"(?:[Ff]ax|FAX|فاكس|传真|[Фф]акс)[^\d+]{0,20}$")
_NAME_LINE = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|M|Mme|Sr|Sra|Г-н|Г-жа)\.?\s{1,2})?((?:[A-ZÀ-ÞА-Я][\w'’.-]*\s{1,2}){1,4}[A-ZÀ-ÞА-Я][\w'’-]+)(?=\s*(?:,|\n|/|$|\())"
)
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
        elif shown:
            letter.consider("contact", start, end, rule, "given before")

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
            if (
                _SWITCHBOARD.search(view, atom.start, atom.end)
                and not values["tel"]
                and not any(v for v in labelled.values() if v == "tel")
            ):
                why = "the Union's own number, from the letterhead"
                letter.consider("contact", atom.start, atom.end, f"contact.{kind}", why)
                continue  # the Union's own fax in an old letterhead
            masked = view.startswith("[email", atom.end)
            if not masked or len(re.sub(r"\D", "", view[atom.start : atom.end])) >= 11:
                keep(kind, atom.start, atom.end, f"contact.{kind}", _unreversed(letter, atom))
            else:
                why = "its last digits are masked by the site that hosts the page"
                letter.consider("contact", atom.start, atom.end, f"contact.{kind}", why)
        elif atom.kind == "mask":
            letter.consider("contact", atom.start, atom.end, "contact.email", "masked by the site that hosts the page")
            whole = _behind_mask(letter, atom, [*values["tel"], *values["fax"]])
            if whole:
                kind = "fax" if values["tel"] and not values["fax"] else "tel"
                if not values[kind]:
                    values[kind].append(letter.source.text[whole[0] : whole[1]])
                    quote = letter.source.text[whole[0] : whole[1]]
                    evidence[f"contact/{kind}/0"] = (
                        Evidence(start=whole[0], end=whole[1], quote=quote, rule="contact.other-copy"),
                    )
        elif atom.kind == "email":
            keep("emails", atom.start, atom.end, "contact.email")
    if not values["names"] and (values["tel"] or values["emails"]):
        _unlabelled_names(letter, keep)
    if not any(values.values()):
        _last_paragraph(letter, keep)
    value = Contact(**{k: tuple(v) for k, v in values.items()})
    why = (
        ""
        if any(values.values())
        else "the header has no contact block (a name behind a label, numbers, addresses), and the last paragraph names none"
    )
    return Finding(value=value, evidence=evidence, why=why)


_CUT_PHONE = re.compile(r"(\+ ?41 ?22 ?7\d\d)[ ]?\d{0,3}$")


def _behind_mask(letter: Letter, mask: Atom, known: list[str]) -> Span | None:
    """A number whose last digits a mask swallowed, if another copy of the page prints it whole (guide 7)."""
    cut = _CUT_PHONE.search(letter.view, max(0, mask.start - 20), mask.start)
    if not cut:
        return None
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
            chosen = (
                labels[-len(phones) :]
                if re.search(r"[^\W\d_]{3}", re.sub(r"[^\n:]{1,20}:", "", gap))
                else labels[: len(phones)]
            )
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
            match = _NAME_LINE.fullmatch(view, line.start(), line.end()) or _NAME_LINE.match(
                view, line.start(), line.end()
            )
            if (
                match
                and not re.search(r"\d", match[1])
                and not any(w in letter.rules.vocabulary for w in match[1].split())
            ):
                if letter.rules.title.search(match[1]) or len(match[1].split()) > 4:
                    continue
                if any(a.start <= match.start(1) < a.end for a in letter.layout.atoms):
                    continue
                keep("names", match.start(1), match.end(1), "contact.name-line")  # type: ignore[operator]
                return


_STOP = re.compile(r"(?<!\bM)(?<!\bMr)(?<!\bMs)(?<!\bMme)(?<!\bSr)(?<!\bSra)(?<!\bDr)\.\s")
_PARAGRAPH_CUE = re.compile(
    r"(?:contact|questions?|information|ask|assistance|renseignement|contacter|contactar|información|обращ|связ|联系|للاتصال|الاتصال|استفسار)",
    re.IGNORECASE,
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
    ends = [m.end() for m in _STOP.finditer(letter.view, max(start, anchor - 600), anchor)]
    begin = max([start, letter.view.rfind("\n", start, anchor), *ends])
    person = re.compile(r"(?:Mr|Mrs|Ms|Dr|Sr|Sra|M|Mme)\.?\s[^.,;\n]{4,50}[,(]\s{0,2}$").search(
        letter.view, begin, anchor
    )
    if not person and not _PARAGRAPH_CUE.search(letter.view, begin, anchor):
        return
    stop = min(end, anchor + 400)
    for match in phones:
        if match.start() < stop:
            before = [label for label in labels if label[1] <= match.start()]
            kind = before[-1][2] if before and match.start() - before[-1][1] < 4 else "tel"
            keep("fax" if kind == "fax" else "tel", match.start(), match.end(), "contact.last-paragraph")  # type: ignore[operator]
    for mail in EMAIL.finditer(letter.view, begin, stop):
        keep("emails", mail.start(), mail.end(), "contact.last-paragraph")  # type: ignore[operator]
    name = re.compile(
        r"(?:Mr|Mrs|Ms|Dr|Sr|Sra|M|Mme)\.?\s{1,2}((?:[A-ZÀ-Þ][\w'’.-]*\s{1,2}){1,3}[A-ZÀ-Þ][\w'’-]+)"
    ).search(letter.view, begin, anchor)
    if name:
        keep("names", name.start(1), name.end(1), "contact.last-paragraph")  # type: ignore[operator]
