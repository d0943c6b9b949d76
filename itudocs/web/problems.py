"""What went wrong, as a page or as JSON: the right status, what is the matter, and what to do next.

Whoever asked for data gets `{"error": {...}}`; whoever asked for a page, a page. What a bug raised is told to the log, in
one line, and never to the page.
"""

from __future__ import annotations

import http
import logging
import traceback
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from itudocs.cli.terminal import line
from itudocs.errors import (
    ArchiveError,
    CorrectionError,
    ItuDocsError,
    MissingLibrary,
    NotInArchive,
    QueryError,
)
from itudocs.model import Record
from itudocs.web.asgi import Scope, Send
from itudocs.web.aside import AGAIN, NotYet
from itudocs.web.asked import NoSuchPage, UnknownParameter
from itudocs.web.heavy import TooHeavy
from itudocs.web.render import render
from itudocs.web.safety import Refused
from itudocs.web.settings import Settings

log = logging.getLogger("itudocs.web")

JSON = "application/json"
DATA = ("json", "ics", "txt", "bib", "ris", "svg")
"""Beginnings of routes that give data and not pages; see `itudocs.web.app.Suffixes`."""


class Problem(Record, frozen=True, kw_only=True):
    """
    Attributes:
        code: a short word for programs: `query`, `not-in-archive`, `not-found` ...
        message: what is the matter, in a sentence.
        hint: what to do instead; may be empty.
        url: where to go instead; may be empty.
        position: of what a query stumbles over, its 0-based offset.
    """

    code: str
    message: str
    hint: str = ""
    url: str = ""
    position: int | None = None


class ProblemAnswer(Record, frozen=True, kw_only=True):
    """What comes in place of a page's data."""

    error: Problem


class ProblemPage(Record, frozen=True, kw_only=True):
    """What the page of an error shows."""

    status: int
    title: str
    problem: Problem


def problem_of(error: Exception) -> tuple[int, Problem]:
    """The status of an error, and what is said of it."""
    if isinstance(error, QueryError):
        return 400, Problem(code="query", message=str(error), hint=error.hint, position=error.position)
    if isinstance(error, NotInArchive):
        return 404, Problem(code="not-in-archive", message=error.told, hint="Search for it by its words or number.")
    if isinstance(error, CorrectionError):
        return 400, Problem(code="correction", message=str(error))
    if isinstance(error, UnknownParameter):
        return 400, Problem(code="parameter", message=str(error), hint=error.hint)
    if isinstance(error, NoSuchPage):
        return 404, Problem(code="no-such-page", message=str(error), hint=error.hint)
    if isinstance(error, TooHeavy):
        return 413, Problem(code="too-heavy", message=str(error))
    if isinstance(error, NotYet):
        return 503, Problem(code="not-yet", message=str(error))
    if isinstance(error, ArchiveError | MissingLibrary):  # damaged, locked, a full disk, a library that is not there
        return 503, Problem(code="archive", message=str(error))
    if isinstance(error, ItuDocsError):
        return 400, Problem(code="request", message=str(error))
    if isinstance(error, ValidationException):
        return 400, Problem(code="request", message=_which(error), hint="Correct the address, or begin with a search.")
    if isinstance(error, HTTPException) and error.status_code < 500:
        return error.status_code, of_status(error.status_code)
    return 500, Problem(
        code="internal",
        message="Something went wrong here, which is a mistake in itudocs.",
        hint="The terminal in which it runs says more.",
    )


def of_status(status: int, message: str = "") -> Problem:
    """What is said of a status."""
    told = {
        404: "There is no such page.",
        405: "This page is for reading only.",
        413: "The request is too long.",
        503: "Too many readers at once. Try again in a moment.",
    }
    phrase = http.HTTPStatus(status).phrase
    return Problem(code=phrase.lower().replace(" ", "-"), message=message or told.get(status, f"{phrase}."))


def _which(error: ValidationException) -> str:
    """Which parameter a request has wrong, and why."""
    extra: Any = error.extra
    wrong = [e for e in extra if isinstance(e, dict)] if isinstance(extra, list) else []
    said = "; ".join(f"{e.get('key', 'the request')}: {e.get('message', '')}" for e in wrong)
    return said or "The request is not understood."


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer with an error; to be told to Litestar."""
    status, problem = problem_of(error)
    if isinstance(error, NoSuchPage):
        problem = msgspec.structs.replace(problem, url=_page_of(request, error.last))
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if isinstance(error, NotYet):
        headers["retry-after"] = str(AGAIN)
    elif status >= 500:
        note(request.scope, status, error)
    settings: Settings = request.app.state.settings
    content, kind = body(status, problem, path=request.url.path, settings=settings)
    return Response(content, status_code=status, media_type=kind, headers=headers)


def _page_of(request: Request[Any, Any, Any], page: int) -> str:
    """Another page of what is asked for."""
    query = request.scope["query_string"].decode("latin-1")
    items = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "page"]
    items += [("page", str(page))] * (page > 1)
    return as_written(request.url.path) + (f"?{urlencode(items, safe='/:,')}" if items else "")


def as_written(path: str) -> str:
    """
    >>> as_written("/json/letters/{key}"), as_written("/letters/{key}/original")
    ('/letters/{key}.json', '/letters/{key}/original')
    """
    form, _, rest = path.removeprefix("/").partition("/")
    return f"/{rest}.{form}" if form in DATA and rest else path


def body(status: int, problem: Problem, *, path: str, settings: Settings) -> tuple[bytes, str]:
    """The bytes of an error's answer, and their media type."""
    if path.split("/")[1] in DATA:
        return msgspec.json.encode(ProblemAnswer(error=problem)), JSON
    page = ProblemPage(status=status, title=http.HTTPStatus(status).phrase, problem=problem)
    return render("problem.html", page, settings=settings, path=path).encode(), "text/html"


async def refuse(scope: Scope, send: Send, refused: Refused) -> None:
    """Answer a request that never reached the pages: in plain words, without anything that would have to be fetched."""
    content = f"{http.HTTPStatus(refused.status).phrase}\n\n{refused.message}\n".encode()
    kind = "text/plain; charset=utf-8"
    if scope["path"].endswith(".json"):
        content = msgspec.json.encode(ProblemAnswer(error=of_status(refused.status, refused.message)))
        kind = JSON
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode())]
    if refused.status == 405:
        headers.append((b"allow", b"GET, HEAD"))
    if refused.status == 413:
        headers.append((b"connection", b"close"))  # the rest of it is not read
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send(
        {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content, "more_body": False}
    )


def note(scope: Any, status: int, error: BaseException) -> None:
    """One line in the log: what was asked, what went wrong and where; never more, and nothing that a terminal obeys."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
    log.error(
        "%s", line(f"{status} {scope['method']} {scope['path']}: {type(error).__name__}: {error}{where}", longest=400)
    )
