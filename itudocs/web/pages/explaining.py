"""Why a field of a letter has its value: what won, what lost, and why; `itudocs explain` as a page.

The letter's stored text is parsed anew, as the parser of this version does, which costs a moment: a page of its own, and
loaded into the letter's when somebody asks.
"""

from __future__ import annotations

from typing import Annotated

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.params import PathParameter

from itudocs.archive.archive import Archive
from itudocs.errors import NotInArchive
from itudocs.explain import Candidate, Explanation, explain
from itudocs.export.harmless import line
from itudocs.model import Language, Record
from itudocs.reading import Source
from itudocs.web.handed import TheArchive, TheSettings
from itudocs.web.heavy import light
from itudocs.web.pages.letter import Key, called
from itudocs.web.render import render
from itudocs.web.sheet import labelled

LARGEST = 30_000
"""Characters of a letter's text that are parsed while a reader waits: 0.7 s where all of it is telephone numbers."""
MOST = 60
"""Candidates of each kind that are shown."""
WORDS = 300
"""Characters of a candidate's value or words that are shown."""

FieldOrPath = Annotated[
    str,
    PathParameter(description="A field's name (`date`, `event`), or a record path of one value (`events/0/place`)."),
]


class Weighed(Record, frozen=True, kw_only=True):
    """A candidate: its value and words on one line, the rule, why it won or lost, where its words begin in the text
    and, where its format has places, where they stood in the file."""

    value: str
    quote: str
    rule: str
    why: str
    label: str = ""
    score: float | None = None
    at: int | None = None
    end: int | None = None
    from_name: bool = False
    place: str = ""


class ExplainPage(Record, frozen=True, kw_only=True):
    """Why a field has its value.

    Attributes:
        label: the field in words.
        why: one sentence: what decided, or where looking stopped.
        won, lost: candidates, at most `MOST` each, of so many (`won_all`, `lost_all`).
        length, longest: characters of the text, and of one that is parsed while somebody waits.
        too_long: the text has more than that; then nothing else is told.
    """

    key: str
    called: str
    language: Language | None
    field: str
    label: str
    length: int
    longest: int
    why: str = ""
    won: tuple[Weighed, ...] = ()
    won_all: int = 0
    lost: tuple[Weighed, ...] = ()
    lost_all: int = 0
    too_long: bool = False


def explain_page(archive: Archive, key: str, field: str) -> ExplainPage:
    """Why a field of a letter has its value.

    Raises:
        NotInArchive: no letter, or more than one, answers to the key, or there is no such field.
        TooHeavy: its record is heavier than is read while somebody waits.
    """
    light(archive, key)
    record, text = archive.read(key)
    page = ExplainPage(
        key=record.key, called=called(record), language=record.language, field=field, label=labelled(field),
        length=len(text), longest=LARGEST, too_long=len(text) > LARGEST,
    )  # fmt: skip
    if page.too_long:
        return page
    source = Source(text=text, provenance=record.source, places=record.places)
    try:
        told = explain(source, field, corrections=archive.corrections(record.key))
    except ValueError as fault:
        raise NotInArchive(str(fault)) from fault
    return _page(page, told)


def _page(page: ExplainPage, told: Explanation) -> ExplainPage:
    return ExplainPage(
        key=page.key, called=page.called, language=page.language, field=page.field, label=page.label,
        length=page.length, longest=page.longest,
        why=line(told.why), won=tuple(map(_weighed, told.won[:MOST])), won_all=len(told.won),
        lost=tuple(map(_weighed, told.lost[:MOST])), lost_all=len(told.lost),
    )  # fmt: skip


def _weighed(one: Candidate) -> Weighed:
    standing = [piece for piece in one.evidence if piece.quote and piece.origin != "name"]
    return Weighed(
        value=_short(one.value), quote="" if line(one.quote) == line(one.value) else _short(one.quote),
        rule=one.rule, why=line(one.why), label=labelled(one.path) if one.path else "", score=one.score,
        at=standing[0].start if standing else None, end=standing[0].end if standing else None,
        from_name=any(piece.origin == "name" for piece in one.evidence), place=one.place,
    )  # fmt: skip


def _short(text: str) -> str:
    text = line(text)
    return text if len(text) <= WORDS else f"{text[: WORDS - 1].rstrip()}…"


@get(
    "/json/letters/{key:str}/explain/{field:path}", sync_to_thread=True, summary="Why a field has its value",
    tags=["letters"],
)  # fmt: skip
def explain_json(key: Key, field: FieldOrPath, archive: TheArchive) -> ExplainPage:
    """What won, what lost, and why."""
    return explain_page(archive, key, field.strip("/"))


@get("/letters/{key:str}/explain/{field:path}", sync_to_thread=True, media_type=MediaType.HTML, include_in_schema=False)
def explain_html(
    key: Key, field: FieldOrPath, request: Request[None, None, State], archive: TheArchive, settings: TheSettings
) -> Response[str]:
    """The page."""
    page = explain_page(archive, key, field.strip("/"))
    return Response(render("explain.html", page, settings=settings, path=request.url.path), media_type=MediaType.HTML)


HANDLERS = [explain_json, explain_html]
