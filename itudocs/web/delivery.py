"""How answers travel: whether they have changed since, and how tightly they are packed; and the files of the page itself.

Every answer that comes in one piece bears a tag of its bytes, and is not sent again to whoever has it (RFC 9110, 13.1.2).
Text is compressed, but not where the page bears a secret (with `--edit`): what an attacker can add to it would then tell,
by its length, what else is in it. The page's own files are read once, into memory; under an address with their hash they
may be kept for ever.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from itudocs.web.asgi import App, Message, Receive, Scope, Send
from itudocs.web.asked import PARAMETERS

STATIC = Path(__file__).parent / "static"
LEVEL = 5
"""Of gzip: level 9 takes three times as long for 2 % less of a page."""
LEAST = 600
"""Bytes that are worth packing."""
_TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml")
_FOREVER = "public, max-age=31536000, immutable"


class File(NamedTuple):
    """One of the page's own files."""

    data: bytes
    kind: str
    digest: str


@functools.cache
def files() -> dict[str, File]:
    """The page's own files by name; nothing else is ever served from the disk."""
    found = {}
    for path in sorted(STATIC.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0] or ""
            data = path.read_bytes()
            found[path.name] = File(data, kind or "application/octet-stream", _digest(data))
    return found


def static(name: str) -> str:
    """Where a file of the page lies, under its hash. For templates."""
    return f"/static/{name}?v={files()[name].digest}"


@get("/static/{name:str}", include_in_schema=False, sync_to_thread=False, opt={PARAMETERS: ("v",)})
def static_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A file of the page."""
    file = files().get(name)
    if file is None:
        raise NotFoundException
    hashed = request.query_params.get("v") == file.digest
    return Response(file.data, media_type=file.kind, headers={"cache-control": _FOREVER if hashed else "no-cache"})


@get("/favicon.ico", include_in_schema=False, sync_to_thread=False)
def favicon() -> Response[bytes]:
    """Where browsers look for the icon of what names none: data, pictures, plain text."""
    return Response(files()["icon.svg"].data, media_type="image/svg+xml", headers={"cache-control": _FOREVER})


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=10).hexdigest()


class Delivery:
    """Tags answers, leaves out what the reader has, and packs the rest.

    Args:
        pack: whether text may be compressed.
    """

    def __init__(self, app: App, *, pack: bool) -> None:
        self._app = app
        self._pack = pack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = {name.lower(): value for name, value in scope["headers"]}
        held: list[Any] = []

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                held.append(message)
                return
            if not held:  # a long answer goes on
                await send(message)
                return
            start = held.pop()
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self._finish(start, message, asked)
            await send(start)
            await send(message)

        await self._app(scope, receive, hold)

    def _finish(self, start: Any, message: Any, asked: dict[bytes, bytes]) -> None:
        """Tag and pack an answer in one piece, or empty it."""
        headers = {name.lower(): value for name, value in start["headers"] if name.lower() != b"set-cookie"}
        cookies = [(name, value) for name, value in start["headers"] if name.lower() == b"set-cookie"]
        data: bytes = message.get("body", b"")
        if start["status"] == 200:
            tag = b'W/"' + _digest(data).encode() + b'"'
            headers[b"etag"] = tag
            if tag in [one.strip() for one in asked.get(b"if-none-match", b"").split(b",")]:
                start["status"], data = 304, b""
                headers.pop(b"content-length", None)
                headers.pop(b"content-type", None)
        if self._pack and headers.get(b"content-type", b"").decode("latin-1").startswith(_TEXT):
            headers[b"vary"] = b"Accept-Encoding"
            if len(data) >= LEAST and _takes_gzip(asked.get(b"accept-encoding", b"").decode("latin-1")):
                data = gzip.compress(data, LEVEL, mtime=0)
                headers[b"content-encoding"] = b"gzip"
        if data:
            headers[b"content-length"] = str(len(data)).encode()
        message["body"] = data
        start["headers"] = [*headers.items(), *cookies]


def _takes_gzip(accepted: str) -> bool:
    for one in accepted.lower().split(","):
        coding, _, weight = one.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
