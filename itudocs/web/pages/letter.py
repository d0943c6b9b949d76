"""A letter: its record beside its text, every value with its words, and what may be taken away of both."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.params import PathParameter, QueryParameter
from litestar.response import Redirect

from itudocs.archive.agenda import Agenda
from itudocs.archive.archive import Archive
from itudocs.corrections import Correction
from itudocs.export.bibliography import bibtex, ris
from itudocs.export.calendar import calendar
from itudocs.export.citing import cite, name
from itudocs.export.harmless import line
from itudocs.model import Circular, Language, Record, Severity, ZoneKind
from itudocs.web.handed import TheArchive, TheSettings
from itudocs.web.heavy import light
from itudocs.web.marking import Mark, Marked, cut
from itudocs.web.render import render
from itudocs.web.sheet import MANY, Missing, Section, labelled, language_name, sheet
from itudocs.web.urls import letter_url

ZONES: dict[ZoneKind, str] = {
    "letterhead": "Letterhead", "reference": "Reference", "contact": "Contact", "addressees": "Addressees",
    "copies": "Copies", "subject": "Subject", "salutation": "Salutation", "body": "Body", "closing": "Closing",
    "signature": "Signature", "annexes": "Annexes", "furniture": "Headers, footers, page marks",
}  # fmt: skip

Key = Annotated[
    str, PathParameter(description="The letter's key, the SHA-256 of its bytes, or four or more of its first digits.")
]

Zones = Annotated[bool, QueryParameter(name="zones", description="Tint the zones of the text.")]
Work = Annotated[str, PathParameter(description="An identity: cr/433.", max_length=200)]
Lang = Annotated[str, QueryParameter(name="lang", description="The language to prefer: fr.", max_length=20)]


class Version(Record, frozen=True, kw_only=True):
    """A letter that is the same work: another language, format or printing of it, or the letter itself (`this`).

    `label` is its language, with a number from the second in that language on, and its format if that is not text.
    """

    key: str
    label: str
    language: Language | None
    format: str
    name: str
    this: bool = False


class Letter(Record, frozen=True, kw_only=True):
    """A letter of the archive.

    Attributes:
        record: what was read from it, with evidence, corrections applied.
        cite: the citation string.
        versions: all letters that are the same work, this one among them.
        corrections: what people said of it, with the history.
    """

    record: Circular
    cite: str
    versions: tuple[Version, ...]
    corrections: tuple[Correction, ...]


class ShownIssue(Record, frozen=True, kw_only=True):
    """Something odd about the letter; `name` is that of its mark in the text, if it has words there (`marked`)."""

    name: str
    code: str
    severity: Severity
    message: str
    marked: bool


class Past(Record, frozen=True, kw_only=True):
    """A correction in words: what stood there and what stands there now, and what became of it (`after`)."""

    state: str
    label: str
    path: str
    before: str
    value: str
    confirms: bool
    by: str
    at: str
    why: str
    quote: str
    after: str


class LetterPage(Record, frozen=True, kw_only=True):
    """A letter laid out.

    Attributes:
        title: the subject, or what else it is called by.
        sections, missing: its record (`itudocs.web.sheet`).
        issues, more_issues: what is odd about it, and how much more there is than shown.
        text: its text, cut at the ends of every value's words.
        legend: the kinds of zones that the text has, with their names.
        zones: whether these are to be tinted.
    """

    letter: Letter
    title: str
    called: str
    sections: tuple[Section, ...]
    missing: tuple[Missing, ...]
    issues: tuple[ShownIssue, ...]
    more_issues: int
    text: Marked
    legend: tuple[tuple[ZoneKind, str], ...]
    zones: bool

    @property
    def record(self) -> Circular:
        """The letter's."""
        return self.letter.record

    @property
    def history(self) -> tuple[Past, ...]:
        """What people said of the letter, the latest first."""
        return tuple(map(_past, reversed(self.letter.corrections[-MANY:])))

    @property
    def file_name(self) -> str:
        """The name that its bytes came under, harmless."""
        return line(self.record.source.name)


def letter(archive: Archive, key: str) -> Letter:
    """A letter of the archive by its key, or the first digits of it.

    Raises:
        NotInArchive: no letter, or more than one, answers to it.
    """
    return _letter(archive, archive.get(key))


def _letter(archive: Archive, record: Circular) -> Letter:
    several = record.id is not None and len(archive.keys(record.id)) > 1
    return Letter(
        record=record, cite=cite(record), corrections=archive.corrections(record.key),
        versions=tuple(_versions(record, archive.versions(record.id) if several and record.id else (record,))),
    )  # fmt: skip


def _versions(record: Circular, all_versions: Iterable[Circular]) -> Iterator[Version]:
    count: Counter[str | None] = Counter()
    for one in all_versions:
        count[one.language] += 1
        label = language_name(one.language)
        if count[one.language] > 1:
            label += f" {count[one.language]}"
        if one.source.format != "text":
            label += f", {one.source.format}"
        yield Version(
            key=one.key, label=label, language=one.language, format=one.source.format, name=line(one.source.name),
            this=one.key == record.key,
        )  # fmt: skip


def letter_page(archive: Archive, key: str, *, zones: bool = False) -> LetterPage:
    """A letter laid out.

    Raises:
        NotInArchive: no letter, or more than one, answers to it.
        TooHeavy: its record is heavier than is laid out while somebody waits.
    """
    light(archive, key)
    record, words = archive.read(key)
    found = _letter(archive, record)
    cited = {one.id for one in record.citations[:MANY] if one.id}
    laid = sheet(record, found.corrections, works={ident for ident in cited if ident in archive})
    odd = [
        Mark(name=f"i{n}", start=issue.start, end=issue.end)
        for n, issue in enumerate(record.issues[:MANY], 1)
        if issue.start < issue.end
    ]
    text = cut(words, [*laid.marks, *odd], zones=record.zones, places=record.places)
    kinds = {zone.kind for zone in record.zones if zone.start < zone.end and zone.start < text.shown}
    return LetterPage(
        letter=found, title=line(record.subject or "") or called(record), called=called(record),
        sections=laid.sections, missing=laid.missing,
        issues=tuple(
            ShownIssue(
                name=f"i{n}", code=issue.code, severity=issue.severity, message=line(issue.message),
                marked=f"i{n}" in text.marked,
            )
            for n, issue in enumerate(record.issues[:MANY], 1)
        ),
        more_issues=len(record.issues[MANY:]), text=text,
        legend=tuple((kind, words) for kind, words in ZONES.items() if kind in kinds), zones=zones,
    )  # fmt: skip


def _past(one: Correction) -> Past:
    after = line(one.remark)
    if one.withdrawn_at:
        after = f"Taken back by {one.withdrawn_by} on {one.withdrawn_at[:10]}: {one.withdrawn_why}"
    elif one.superseded_by is not None:
        after = f"Correction {one.superseded_by} took its place."
    return Past(
        state=one.state, label=labelled(one.path), path=one.path, before=_told(one.before), value=_told(one.value),
        confirms=one.confirms, by=one.by, at=one.at, why=one.why, quote=_told(one.quote) if one.quote else "", after=after,
    )  # fmt: skip


def _told(value: object, longest: int = 300) -> str:
    """A plain value on one line."""
    if value is None or value == []:
        return "nothing"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = "; ".join(value)
    text = line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def called(record: Circular) -> str:
    """What a letter is called where it has no subject: its reference, its identity, or its file's name."""
    return name(record) or line(record.source.name) or record.key[:16]


# -- handlers ----------------------------------------------------------------------------------------------------------


@get("/json/letters/{key:str}", sync_to_thread=True, summary="A letter's record", tags=["letters"])
def letter_json(key: Key, archive: TheArchive) -> Letter:
    """Its record with evidence, its citation, its versions, and what people corrected."""
    return letter(archive, key)


@get("/letters/{key:str}", sync_to_thread=True, media_type=MediaType.HTML, include_in_schema=False)
def letter_html(
    key: Key, request: Request[None, None, State], archive: TheArchive, settings: TheSettings, zones: Zones = False
) -> Response[str]:
    """The page; of a part of a key the way to it."""
    page = letter_page(archive, key, zones=zones)
    if page.record.key != key:
        return Redirect(letter_url(page.record.key), status_code=303)
    return Response(render("letter.html", page, settings=settings, path=request.url.path), media_type=MediaType.HTML)


def _file(content: bytes, media_type: str, file_name: str = "") -> Response[bytes]:
    """Bytes as they are; with a file's name they are for keeping and not for showing."""
    headers = {"X-Content-Type-Options": "nosniff"}
    if file_name:
        plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in file_name)
        headers["Content-Disposition"] = (
            f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
        )
    return Response(content, media_type=media_type, headers=headers)


@get(
    "/txt/letters/{key:str}", sync_to_thread=True, summary="A letter's text", tags=["letters"], media_type="text/plain"
)
def letter_txt(key: Key, archive: TheArchive) -> Response[bytes]:
    """The text in which the record's offsets count characters, in UTF-8."""
    return _file(archive.text(archive.get(key).key).encode(), "text/plain")


@get(
    "/bib/letters/{key:str}",
    sync_to_thread=True,
    summary="A letter for BibTeX",
    tags=["letters"],
    media_type="text/plain",
)
def letter_bib(key: Key, archive: TheArchive) -> Response[bytes]:
    """One entry."""
    record = archive.get(key)
    return _file(bibtex(record).encode(), "application/x-bibtex; charset=utf-8", f"{file_stem(record)}.bib")


@get(
    "/ris/letters/{key:str}", sync_to_thread=True, summary="A letter for RIS", tags=["letters"], media_type="text/plain"
)
def letter_ris(key: Key, archive: TheArchive) -> Response[bytes]:
    """One reference."""
    record = archive.get(key)
    return _file(ris(record).encode(), "application/x-research-info-systems; charset=utf-8", f"{file_stem(record)}.ris")


@get(
    "/ics/letters/{key:str}",
    sync_to_thread=True,
    summary="A letter's days",
    tags=["letters"],
    media_type="text/calendar",
)
def letter_ics(key: Key, request: Request[None, None, State], archive: TheArchive) -> Response[bytes]:
    """Its events and deadlines as iCalendar, as this letter alone tells them."""
    record = archive.get(key)
    days = Agenda([record])
    link = f"{str(request.base_url).rstrip('/')}/letters/{{key}}"
    pieces = calendar(days.events(status=None), days.deadlines(), title=called(record), link=link)
    return _file(b"".join(pieces), "text/calendar", f"{file_stem(record)}.ics")


@get(
    "/letters/{key:str}/original",
    sync_to_thread=True,
    summary="A letter's bytes",
    tags=["letters"],
    media_type="application/octet-stream",
)
def letter_original(key: Key, archive: TheArchive) -> Response[bytes]:
    """The file as it came in, under its name."""
    record = archive.get(key)
    stem = line(PurePath(record.source.name.replace("\\", "/")).name).strip(". ")[-150:] or f"{record.key[:16]}.txt"
    return _file(archive.data(record.key), "application/octet-stream", stem)


@get("/works/{work:path}", sync_to_thread=True, include_in_schema=False)
def work_html(work: Work, archive: TheArchive, lang: Lang = "") -> Redirect:
    """From an identity to the page of the letter that has it: in the language, or else the English version first."""
    return Redirect(letter_url(_version(archive, work, lang)), status_code=303)


@get("/json/works/{work:path}", sync_to_thread=True, summary="The way to a letter", tags=["letters"], status_code=303)
def work_json(work: Work, archive: TheArchive, lang: Lang = "") -> Redirect:
    """From an identity to the data of the letter that has it: in the language, or else the English version first."""
    return Redirect(letter_url(_version(archive, work, lang), "json"), status_code=303)


def _version(archive: Archive, work: str, lang: str) -> str:
    """The key of a work's version in a language; of its first one, where it has none in that."""
    versions = archive.versions(work.strip("/"))
    return next((one.key for one in versions if one.language == lang), versions[0].key)


def file_stem(record: Circular) -> str:
    """A file's name for something about a letter, without what it ends in."""
    return f"{(record.id or 'letter').replace('/', '-')}-{record.key[:8]}"


HANDLERS = [
    letter_json,
    letter_html,
    letter_txt,
    letter_bib,
    letter_ris,
    letter_ics,
    letter_original,
    work_html,
    work_json,
]
