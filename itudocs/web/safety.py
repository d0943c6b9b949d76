"""What stands before every page: who may ask, for what, how much; and what a browser may make of the answer.

A page on this machine can be reached by every web site that its reader visits: by a name that is made to point here
(DNS rebinding), by forms and by images. So only known names are answered, nothing is shared with other origins, what comes
from a page of another site is refused unless it is a link that was followed, and nothing can be written without a token
that only a page of this process holds. The outermost layer: nothing behind it sees a request that it refuses.

Rules: the Host header (RFC 9110, 7.2), fetch metadata (W3C Fetch Metadata Request Headers), Content Security Policy
Level 3. What an answer weighs, and whether it has changed, is `delivery`'s.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from itudocs.web.asgi import App, Message, Receive, Scope, Send
from itudocs.web.settings import Settings

MAX_PATH = 1_024
MAX_QUERY = 32_768
"""Bytes of a query string: a query of 2,000 characters, each of four bytes and three signs a byte, and some filters."""
MAX_PARAMETERS = 200
MAX_HEADERS = 32_768
MAX_BODY = 65_536

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # `no-referrer` would make browsers say `Origin: null` with forms of this very page
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "private, no-cache",
}
"""What every answer says, unless its page says otherwise."""

COOKIE = "itudocs-session"
FIELD = "csrf"
"""The name of the form's field that holds the token; in a script, the header `X-CSRF-Token`."""
_SESSION = re.compile(r"[A-Za-z0-9_-]{43}")
_SCOPE = "itudocs.csrf"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#\\\s]+)(?::\d{0,5})?", re.ASCII)
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,252}[a-z0-9])?")


class Refused(NamedTuple):
    """Why a request is not answered: a status, and what to do, in words."""

    status: int
    message: str


Refuse = Callable[[Scope, Send, Refused], Awaitable[None]]


def csrf_token(scope: Mapping[str, Any]) -> str:
    """What a form that writes must send along as `csrf`; empty where nothing can be written. `request.scope` has it."""
    token: str = scope.get(_SCOPE, "")
    return token


def host_name(host: str) -> str | None:
    """The name in a Host header or a setting, without port, in one form however it is written; `None` where it is none.

    >>> host_name("LocalHost.:8000"), host_name("[0:0::1]:80"), host_name("evil@localhost")
    ('localhost', '::1', None)
    """
    found = _HOST.fullmatch(host.strip())
    if found is None or "@" in host:
        return None
    name = found[1].lower()
    if name.startswith("["):
        try:
            return str(ipaddress.IPv6Address(name[1:-1]))
        except ValueError:
            return None
    name = name.removesuffix(".")
    return name if _NAME.fullmatch(name) else None


class Safety:
    """Refuses what it should and marks all answers.

    Args:
        app: sees only requests that may be answered.
        refuse: answers the others.
    """

    def __init__(self, app: App, *, settings: Settings, refuse: Refuse) -> None:
        self._app = app
        self._refuse = refuse
        self._edit = settings.edit
        self._hosts = frozenset(name for host in settings.hosts if (name := host_name(host)) is not None)
        self._secret = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":  # there is none
                await send({"type": "websocket.close", "code": 1008, "reason": ""})
            else:
                await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        session = self._session(headers)
        fresh = session is None and self._edit
        if fresh:
            session = secrets.token_urlsafe(32)
        marked = _marking(send, cookie=session if fresh else None)
        refused = self._refused(scope, headers)
        body = b""
        if refused is None:
            body, refused = await _body(headers, receive)
        if refused is None and scope["method"] not in ("GET", "HEAD"):
            refused = self._forged(session if not fresh else None, headers, body)
        if refused is not None:
            await self._refuse(scope, marked, refused)
            return
        if session is not None:
            scope[_SCOPE] = self._token(session)
        await self._app(scope, _replay(body, receive), marked)

    def _refused(self, scope: Scope, headers: dict[str, list[str]]) -> Refused | None:
        """What the first lines of a request are enough to refuse it for."""
        hosts = headers.get("host", [])
        name = host_name(hosts[0]) if len(hosts) == 1 else None
        if name is None:
            return Refused(400, "The request names no host, or a strange one. Open the address that itudocs printed.")
        if name not in self._hosts:
            return Refused(
                421,
                f"This page is not served under the name {name}. Open the address that itudocs printed, or start it "
                f"with --allow-host {name}.",
            )
        if len(scope["path"]) > MAX_PATH:
            return Refused(414, f"The address is too long: a path has at most {MAX_PATH:,} characters.")
        query = scope.get("query_string", b"")
        if len(query) > MAX_QUERY:
            return Refused(414, f"The address is too long: its query has at most {MAX_QUERY:,} characters.")
        if query.count(b"&") >= MAX_PARAMETERS:
            return Refused(400, f"The address has too many parameters: at most {MAX_PARAMETERS}.")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            return Refused(431, f"The request's headers are too long: at most {MAX_HEADERS:,} bytes in all.")
        method = scope["method"]
        if method not in (("GET", "HEAD", "POST") if self._edit else ("GET", "HEAD")):
            why = "" if self._edit else " Start it with --edit to make corrections."
            return Refused(405, f"This page is for reading: it takes no {method[:20]}.{why}")
        return self._foreign(scope, headers, hosts[0])

    def _foreign(self, scope: Scope, headers: dict[str, list[str]], host: str) -> Refused | None:
        """Refuse what a page of another site asks for: only links from there may be followed."""
        site = _one(headers, "sec-fetch-site")
        if scope["method"] in ("GET", "HEAD"):
            followed = _one(headers, "sec-fetch-mode") == "navigate" and _one(headers, "sec-fetch-dest") == "document"
            if site in ("cross-site", "same-site") and not followed:
                return Refused(403, "Another site's page may link to this one, and nothing else.")
            return None
        origin = _one(headers, "origin")
        if site not in (None, "same-origin") or (origin is not None and not _same(origin, host)):
            return Refused(403, "Corrections are taken only from this page itself. Open the letter here and try again.")
        return None

    def _forged(self, session: str | None, headers: dict[str, list[str]], body: bytes) -> Refused | None:
        """Refuse what does not bear the token of its session."""
        token = _one(headers, "x-csrf-token") or _field(headers, body)
        if session is None or token is None or not hmac.compare_digest(token, self._token(session)):
            return Refused(
                403, "This form is not from this page, or from before it was last started. Open the letter again."
            )
        return None

    def _session(self, headers: dict[str, list[str]]) -> str | None:
        try:
            cookies = SimpleCookie("; ".join(headers.get("cookie", [])))
        except CookieError:
            return None
        cookie = cookies.get(COOKIE)
        return cookie.value if cookie is not None and _SESSION.fullmatch(cookie.value) else None

    def _token(self, session: str) -> str:
        return hmac.new(self._secret, session.encode(), hashlib.sha256).hexdigest()


# --- a request's parts ---


def _headers(scope: Scope) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _one(headers: dict[str, list[str]], name: str) -> str | None:
    return headers[name][0].strip().lower() if name in headers else None


def _same(origin: str, host: str) -> bool:
    """Whether an origin is the one that this request was sent to."""
    try:
        return urlsplit(origin).netloc == host.strip().lower() and urlsplit(origin).scheme in ("http", "https")
    except ValueError:
        return False


def _field(headers: dict[str, list[str]], body: bytes) -> str | None:
    if not (_one(headers, "content-type") or "").startswith("application/x-www-form-urlencoded"):
        return None
    try:
        return parse_qs(body.decode("ascii"), max_num_fields=MAX_PARAMETERS).get(FIELD, [None])[0]
    except ValueError:
        return None


async def _body(headers: dict[str, list[str]], receive: Receive) -> tuple[bytes, Refused | None]:
    """All of a request's body, or the refusal to read it."""
    refused = Refused(413, f"The request is too long: at most {MAX_BODY:,} bytes are read.")
    announced = headers.get("content-length", ["0"])[0]
    if not announced.isdecimal() or len(announced) > 9 or int(announced) > MAX_BODY:
        return b"", refused
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body), None  # whoever asked has gone
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            return b"", refused
        if not message.get("more_body"):
            return bytes(body), None


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body that has been read."""
    waiting = [body]

    async def again() -> Any:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return again


def _marking(send: Send, *, cookie: str | None) -> Send:
    """A `send` that adds what every answer says, and the session's cookie."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            said = [(name.lower(), value) for name, value in message.get("headers", [])]
            known = {name for name, _ in said}
            said += [(n.encode(), v.encode()) for n, v in HEADERS.items() if n.encode() not in known]
            if cookie is not None:
                said.append((b"set-cookie", f"{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Strict".encode()))
            message["headers"] = said
        await send(message)

    return marked
