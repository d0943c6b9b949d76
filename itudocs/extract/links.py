"""Web and e-mail addresses of the whole text, footers included: cut at the right character, joined over a line break.

They are looked for in the source's text, not in the flow, so that none is lost; masked ones (`[email protected]`) are no
addresses. Sources: guide sections 7, 9, 16, 17.6.
"""

from __future__ import annotations

import re

from itudocs.extract.letter import EvidenceMap, Finding, Letter
from itudocs.landmarks import EMAIL
from itudocs.lexicon import fold
from itudocs.lexicon.scanning import Scanner
from itudocs.model import Evidence

_BODY = r"[!#$%&()*+,\-./0-9:;=?@A-Z\[\]_a-z~\u2010-\u2015\u2212]"
URL = Scanner(
    rf"(?:https?|ftp)://{_BODY}{{3,400}}|(?<![A-Za-z0-9_@.-])www\.[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}}){{0,4}}(?:/{_BODY}{{0,400}})?"
)
_CLOSING = ".,;:!?'\"-_\u2013\u2014"
_BROKEN = re.compile(r"[ ]{0,2}\n[ ]{0,8}(?=([a-z0-9_%#?&=.-][^\s<>\"'|]{0,200}))")
_GLUED = re.compile(
    r"\.(?:html?|aspx?|pdf|php|int|org|com|net|docx?)(?=[A-Z][a-z])|(?<=[a-z0-9/])(?=(?:Subject|Tel|Fax|Dear|The|This|Yours|Contact|If|For|In)[: ]?)"
)


def _trim(view: str, start: int, end: int) -> int:
    """Where an address ends: closing punctuation and unmatched brackets do not belong to it."""
    while end > start:
        last = view[end - 1]
        if (last in _CLOSING and not (last in "-_" and end < len(view) and view[end].isalnum())) or (
            last in ")]" and view.count("([".__getitem__(")]".index(last)), start, end) < view.count(last, start, end)
        ):
            end -= 1
        else:
            break
    return end


def _links(letter: Letter, key: str, spans: list[list[tuple[int, int]]], rule: str) -> Finding:
    text = letter.source.text
    values: list[str] = []
    seen: set[str] = set()
    evidence: EvidenceMap = {}
    for pieces in spans:
        value = "".join(text[a:b] for a, b in pieces)
        plain = value.rstrip("/").casefold()
        if plain in seen:
            name = key.removesuffix("s")
            letter.consider(name, *pieces[0], rule, "the same address was given before", None, value, "text")
            continue
        seen.add(plain)
        evidence[f"{key}/{len(values)}"] = tuple(
            Evidence(start=a, end=b, quote=text[a:b], rule=rule) for a, b in pieces
        )
        values.append(value)
    why = "" if values else f"nothing in the whole text, footers included, has the shape of {_SHAPES[key]}"
    return Finding(value=tuple(values), evidence=evidence, why=why)


_SHAPES = {"urls": "a web address", "emails": "an e-mail address"}


def urls(letter: Letter) -> Finding:
    """Every web address, each once."""
    view = letter.source.text
    found: list[list[tuple[int, int]]] = []
    floor = 0
    for match in URL.finditer(view):
        start, end = match.span()
        if start < floor:
            continue
        glued = _GLUED.search(view, start + 8, end)
        if glued:
            end = glued.end()
        second = re.compile(r"https?://").search(view, start + 8, end)
        if second:
            end = second.start()
        sentence = re.compile(r"\.[A-Z][a-z]{2,}$").search(view, start + 12, end)
        if sentence and "/" in view[start + 8 : sentence.start()]:
            end, glued = sentence.start(), sentence
        pieces = [(start, end)]
        if not glued and end == match.end() and view[end - 1] in "/-_=&?.%":
            more = _BROKEN.match(view, end)
            if more and _continues(view[start:end], more[1]):
                tail = more.end()
                tail_end = _trim(view, tail, tail + len(more[1]))
                pieces.append((tail, tail_end))
        a, b = pieces[-1]
        pieces[-1] = (a, _trim(view, a, b))
        if pieces[0][1] - pieces[0][0] > 8 and "." in view[start : pieces[0][1]]:
            found.append(pieces)
            floor = pieces[-1][1]
        else:
            letter.consider("url", start, end, "url.pattern", "too short, or without a dot: no whole address", None, None, "text")  # fmt: skip
    return _links(letter, "urls", found, "url.pattern")


def _continues(head: str, tail: str) -> bool:
    """Whether the next line goes on with an address: a word of a path, not a sentence."""
    if head.endswith(".") and not tail[0].isalpha():  # a sentence ends with an address, a numbered paragraph follows
        return False
    if head.endswith(("/", ".")):
        return bool(re.search(r"[/._=-]|\d", tail)) and not re.match(r"[a-z]+[.,;]?$", tail)
    return head[-1] in "-_=&?%"


def emails(letter: Letter) -> Finding:
    """Every e-mail address, each once."""
    view = fold(letter.source.text)
    found: list[list[tuple[int, int]]] = []
    for match in EMAIL.finditer(view):
        start, end = match.span()
        glued = re.match(r"[\d ]{4,}(?=[a-z])", view[start:end])
        if glued and re.search(r"\+[\d ]{6,}$", view[max(0, start - 24) : start + glued.end()]):
            start += glued.end()
        found.append([(start, _trim(view, start, end))])
    return _links(letter, "emails", found, "email.pattern")
