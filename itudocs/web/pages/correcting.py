"""Corrections, with `--edit`: a form for every value, and the one way to write.

What may be said, and what follows from it, is `itudocs.corrections`'s; who may ask is `safety`'s. What cannot be kept is
told beside the form, with all that was filled in still in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import MediaType, Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import QueryParameter
from litestar.response import Redirect

from itudocs.archive.archive import Archive
from itudocs.corrections import FIELDS, FIRST, Correction, plain_values
from itudocs.errors import ArchiveError, CorrectionError, NotInArchive
from itudocs.export.harmless import line
from itudocs.model import Language, Record
from itudocs.paths import lookup, within
from itudocs.web.forms import Group, filled, groups
from itudocs.web.handed import TheArchive, TheSettings
from itudocs.web.pages.letter import Key, called
from itudocs.web.render import render
from itudocs.web.safety import csrf_token
from itudocs.web.settings import Settings
from itudocs.web.sheet import labelled, sheet
from itudocs.web.urls import letter_url

Path = Annotated[
    str, QueryParameter(name="path", description="A record path: `date`, `events/0/start`.", max_length=200)
]

SHOWN = 400
"""Characters of a value that the form shows beside its fields."""


class CorrectPage(Record, frozen=True, kw_only=True):
    """The form for a value.

    Attributes:
        path, label: the value's, as a record path and in words.
        now: the value that stands, on one line; empty where there is none.
        groups: its fields.
        by, why, quote, start, end: as filled in: who says so, on what grounds, and by which words.
        standing: corrections that stand at the path or below it, which may be withdrawn.
        error: what was wrong with what was filled in.
        csrf: the token that the form sends along.
    """

    key: str
    called: str
    language: Language | None
    path: str
    label: str
    now: str
    groups: tuple[Group, ...]
    by: str = ""
    why: str = ""
    quote: str = ""
    start: str = ""
    end: str = ""
    standing: tuple[Correction, ...] = ()
    error: str = ""
    csrf: str = ""


def correct_page(
    archive: Archive, key: str, path: str, *, typed: Mapping[str, str] | None = None, error: str = "", csrf: str = ""
) -> CorrectPage:
    """The form for a value of a letter, with what was filled in before.

    Raises:
        NotInArchive: no letter, or more than one, answers to the key, or there is no such value to be corrected.
    """
    record = archive.get(key)
    plain = plain_values(record)
    path = path.strip("/ ")
    path = FIRST.get(path, path)
    value = lookup(plain, path)
    above = lookup(plain, path.rpartition("/")[0])
    if path.partition("/")[0] not in FIELDS or (value is None and not isinstance(above, dict)):
        raise NotInArchive(f"{path[:80]!r}: the letter has no such value that could be corrected.")
    try:
        fields = groups(path, plain, typed)
    except CorrectionError as fault:
        raise NotInArchive(str(fault)) from fault
    said = typed or {}
    return CorrectPage(
        key=record.key, called=called(record), language=record.language, path=path, label=labelled(path),
        now=_shown(value), groups=fields, by=said.get("by", ""), why=said.get("why", ""), quote=said.get("quote", ""),
        start=said.get("start", ""), end=said.get("end", ""), error=error, csrf=csrf,
        standing=tuple(one for one in archive.corrections(record.key) if one.stands and within(one.path, path)),
    )  # fmt: skip


def _shown(value: Any) -> str:
    """A value without parts, on one line; the parts of others stand in the form."""
    if value is None or isinstance(value, dict | list):
        return ""
    text = line(str(value))
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def said(archive: Archive, key: str, typed: Mapping[str, str]) -> str:
    """Keep what a form says. Returns the path of what was corrected.

    Raises:
        CorrectionError, ArchiveLocked, ArchiveError: as `Archive.correct` and `Archive.withdraw`.
        NotInArchive: no letter, or more than one, answers to the key.
    """
    record = archive.get(key)
    path, by, why = (typed.get(name, "") for name in ("path", "by", "why"))
    action = typed.get("action", "")
    if action == "withdraw":
        archive.withdraw(record.key, path, by=by, why=why)
        return path
    start, end = (_number(path, typed.get(name, "")) for name in ("start", "end"))
    if action == "confirm":
        value = lookup(plain_values(record), path)
    elif action == "none":
        value = [] if isinstance(lookup(plain_values(record), path), list) else None
    elif action == "correct":
        value = filled(path, typed)
    else:
        raise CorrectionError("The form does not say what to do. Use one of its buttons.", path=path)
    quote = typed.get("quote", "").strip() or None
    return archive.correct(record.key, path, value, by=by, why=why, start=start, end=end, quote=quote).path


def _number(path: str, text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 12:
        raise CorrectionError(f"{path}: {text[:40]!r} is no place in the text. Give a number of characters.", path=path)
    return int(text)


def anchor(archive: Archive, key: str, path: str) -> str:
    """Where on a letter's page a value stands now."""
    for section in sheet(archive.get(key)).sections:
        for row in section.rows:
            for value in row.values:
                if within(value.path, path):
                    return f"v{value.name}"
    return "missing"


# -- handlers ----------------------------------------------------------------------------------------------------------


@get("/letters/{key:str}/correct", sync_to_thread=True, media_type=MediaType.HTML, include_in_schema=False)
def correct_html(
    key: Key, path: Path, request: Request[None, None, State], archive: TheArchive, settings: TheSettings
) -> Response[str]:
    """The form."""
    if not settings.edit:
        raise NotFoundException
    page = correct_page(archive, key, path, csrf=csrf_token(request.scope))
    return _answer(page, settings, request, 200)


@post("/letters/{key:str}/corrections", media_type=MediaType.HTML, include_in_schema=False)
async def corrections_post(
    key: Key, request: Request[None, None, State], archive: TheArchive, settings: TheSettings
) -> Response[Any]:
    """Keep what the form says, and show the letter; or the form again, and why it cannot be kept."""
    if not settings.edit:
        raise NotFoundException
    form = await request.form()
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    return await sync_to_thread(_kept, key, typed, request, archive, settings)


def _kept(
    key: str, typed: dict[str, str], request: Request[None, None, State], archive: Archive, settings: Settings
) -> Response[Any]:
    try:
        path = said(archive, key, typed)
    except NotInArchive:
        raise
    except (CorrectionError, ArchiveError) as fault:
        status = 400 if isinstance(fault, CorrectionError) else 503
        page = correct_page(
            archive, key, typed.get("path", ""), typed=typed, error=str(fault), csrf=csrf_token(request.scope)
        )
        return _answer(page, settings, request, status)
    return Redirect(f"{letter_url(archive.get(key).key)}#{anchor(archive, key, path)}", status_code=303)


def _answer(page: CorrectPage, settings: Settings, request: Request[None, None, State], status: int) -> Response[str]:
    return Response(
        render("correct.html", page, settings=settings, path=request.url.path), media_type=MediaType.HTML,
        status_code=status,
    )  # fmt: skip


HANDLERS = [correct_html, corrections_post]
