"""Who may ask for what: hosts, methods, sizes, other sites, tokens; and what every answer tells the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from itudocs.archive.archive import Archive
from itudocs.web.safety import (
    COOKIE,
    HEADERS,
    MAX_BODY,
    MAX_HEADERS,
    MAX_PARAMETERS,
    MAX_PATH,
    MAX_QUERY,
    Refused,
    Safety,
    csrf_token,
    host_name,
)
from itudocs.web.settings import LOOPBACK, Settings
from tests.web.conftest import Connect

if TYPE_CHECKING:
    from litestar.testing import TestClient

pytest.importorskip("litestar", reason="install the server: pip install --group test")


# --- names ---


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", "localhost"), ("LOCALHOST:80", "localhost"), ("localhost.", "localhost"),
        ("localhost.:8000", "localhost"), ("127.0.0.1:8000", "127.0.0.1"), ("[::1]", "::1"), ("[0:0:0::1]:99", "::1"),
        ("archive.example.org", "archive.example.org"), (" localhost ", "localhost"), ("localhost:", "localhost"),
    ],
)  # fmt: skip
def test_a_host_is_known_however_it_is_written(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    "host",
    [
        "", " ", ":80", "localhost@evil.example", "evil.example/localhost", "localhost:80:80", "::1", "[::1", "[::g]",
        "localhost#x", "local host", "localhost..", "localhost\\evil", "localhost:99999999", "ⅼocalhost", "localhost,evil.example",
    ],
)  # fmt: skip
def test_what_is_no_host_is_none(host: str) -> None:
    assert host_name(host) is None


@pytest.mark.parametrize("host", [*LOOPBACK, "127.0.0.1:1234", "Localhost.:80", "[0:0::1]:8000"])
def test_loopback_is_answered_on_any_port(client: TestClient[Any], host: str) -> None:
    assert client.get("/about", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "0.0.0.0"])
def test_a_foreign_name_is_misdirected_and_told_so(client: TestClient[Any], host: str) -> None:
    answer = client.get("/about", headers={"host": host})
    assert answer.status_code == 421
    assert f"--allow-host {host_name(host)}" in answer.text
    assert "letters" not in answer.text


def test_a_strange_or_missing_host_is_a_bad_request(client: TestClient[Any]) -> None:
    assert client.get("/about", headers={"host": "localhost@evil.example"}).status_code == 400
    assert client.get("/about", headers=[("host", "localhost"), ("host", "evil.example")]).status_code == 400
    assert _bare({}).status == 400


def test_a_host_that_was_allowed_is_answered(archive: Archive, connect: Connect) -> None:
    client = connect(archive, hosts=("Archive.Example.org.",))
    assert client.get("/about", headers={"host": "archive.example.org:8000"}).status_code == 200
    assert client.get("/about").status_code == 421  # loopback was not named


# --- what is asked ---


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X" * 50])
def test_nothing_but_reading_is_allowed(client: TestClient[Any], method: str) -> None:
    answer = client.request(method, "/about")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert "access-control-allow-origin" not in answer.headers


def test_head_is_get_without_the_body(client: TestClient[Any]) -> None:
    answer = client.head("/about")
    assert answer.status_code in (200, 405)
    assert answer.content == b""


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/complete.json?q={'a' * (MAX_QUERY - 2)}", 200), (f"/about?q={'a' * MAX_QUERY}", 414),
        (f"/{'a' * MAX_PATH}", 414), (f"/{'a' * (MAX_PATH - 1)}", 404),
        (f"/search.json?{'&'.join(['more=b'] * MAX_PARAMETERS)}", 200),
        (f"/search.json?{'&'.join(['more=b'] * (MAX_PARAMETERS + 1))}", 400),
    ],
    ids=["query", "long query", "long path", "path", "parameters", "many parameters"],
)  # fmt: skip
def test_addresses_have_a_greatest_length(client: TestClient[Any], path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_headers_have_a_greatest_length() -> None:
    assert _bare({"host": "localhost", "a": "a" * MAX_HEADERS}).status == 431
    assert _bare({"host": "localhost", "a": "a" * (MAX_HEADERS - 100)}).status == 200


def test_a_large_body_is_refused_before_it_is_read() -> None:
    sent = _bare({"host": "localhost", "content-length": str(MAX_BODY + 1)})
    assert (sent.status, sent.read) == (413, 0)


def test_a_body_that_is_larger_than_it_said_is_refused() -> None:
    sent = _bare({"host": "localhost"}, chunks=[b"x" * 40_000] * 10)
    assert (sent.status, sent.read) == (413, 2)


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "9" * 5_000])
def test_a_strange_content_length_is_refused(length: str) -> None:
    assert _bare({"host": "localhost", "content-length": length}).status == 413


def test_there_are_no_web_sockets() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    _run(_safety()({"type": "websocket", "headers": [], "path": "/"}, _nothing, send))
    assert [m["type"] for m in sent] == ["websocket.close"]


# --- other sites ---


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_may_link_here_and_nothing_else(client: TestClient[Any], site: str) -> None:
    link = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/about", headers=link).status_code == 200
    for other in ({"sec-fetch-dest": "iframe"}, {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}):
        assert client.get("/about", headers=link | other).status_code == 403


def test_no_answer_is_shared_with_another_origin(client: TestClient[Any]) -> None:
    answer = client.get("/about.json", headers={"origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/about", "/about.json", "/nowhere", "/static/style.css", f"/{'a' * MAX_PATH}"])
def test_every_answer_bears_the_headers(client: TestClient[Any], path: str) -> None:
    answer = client.get(path)
    told = {name: answer.headers.get(name) for name in HEADERS}
    assert told | {"cache-control": ""} == HEADERS | {"cache-control": ""}
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers


# --- tokens ---


def test_a_form_needs_the_token_of_its_own_session() -> None:
    safety = _safety(edit=True)
    first, token = _opened(safety)
    _, other = _opened(safety)
    cookie = {"host": "localhost", "cookie": first}
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert _bare({**cookie, **kind}, safety=safety, method="POST", chunks=[f"a=b&csrf={token}".encode()]).status == 200
    assert _bare({**cookie, "x-csrf-token": token}, safety=safety, method="POST").status == 200
    wrong = [
        ({**cookie, **kind}, b""),
        ({**cookie, **kind}, f"csrf={other}".encode()),
        ({**cookie, **kind}, f"csrf={token[:-1]}".encode()),
        ({**cookie, **kind}, "csrf=\u00e9".encode()),
        ({**kind, "host": "localhost"}, f"csrf={token}".encode()),
        ({**cookie, "content-type": "text/plain"}, f"csrf={token}".encode()),
        ({**cookie, **kind, "cookie": f"{COOKIE}=short"}, f"csrf={token}".encode()),
    ]
    for headers, body in wrong:
        assert _bare(headers, safety=safety, method="POST", chunks=[body]).status == 403, (headers, body)


def test_the_token_of_another_process_is_worth_nothing() -> None:
    cookie, token = _opened(_safety(edit=True))
    headers = {"host": "localhost", "cookie": cookie, "x-csrf-token": token}
    assert _bare(headers, safety=_safety(edit=True), method="POST").status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200), ({"sec-fetch-site": "same-origin"}, 200), ({"origin": "http://localhost"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403), ({"sec-fetch-site": "same-site"}, 403), ({"sec-fetch-site": "none"}, 403),
        ({"origin": "null"}, 403), ({"origin": "http://localhost:9999"}, 403), ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://[::bad"}, 403),
    ],
)  # fmt: skip
def test_a_form_of_another_site_is_refused_even_with_the_token(headers: dict[str, str], status: int) -> None:
    safety = _safety(edit=True)
    cookie, token = _opened(safety)
    own = {"host": "localhost", "cookie": cookie, "x-csrf-token": token}
    assert _bare({**own, **headers}, safety=safety, method="POST").status == status


def test_the_session_is_for_this_site_and_for_no_script(archive: Archive, connect: Connect) -> None:
    client = connect(archive, edit=True)
    cookie = client.get("/about").headers["set-cookie"]
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Strict")
    assert "set-cookie" not in client.get("/about").headers  # it has one


# --- without a server ---


class _Sent:
    def __init__(self) -> None:
        self.status = 0
        self.read = 0
        self.headers: dict[str, str] = {}
        self.seen: Any = None


async def _nothing() -> Any:
    return {"type": "http.disconnect"}


async def _refuse(scope: Any, send: Any, refused: Refused) -> None:
    await send({"type": "http.response.start", "status": refused.status, "headers": []})
    await send({"type": "http.response.body", "body": refused.message.encode()})


def _safety(*, edit: bool = False) -> Safety:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        status = 200 if (await receive())["type"] == "http.request" else 500
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": csrf_token(scope).encode()})

    return Safety(app, settings=Settings(edit=edit), refuse=_refuse)


def _run(asked: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: the tests of the browser, run before these, keep a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, asked).result()


def _bare(
    headers: dict[str, str], *, safety: Safety | None = None, method: str = "GET", chunks: list[bytes] | None = None
) -> _Sent:
    """A request without a client, which would tidy it."""
    sent = _Sent()
    parts = list(chunks or [b""])

    async def receive() -> Any:
        sent.read += 1
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.status = message.get("status", sent.status)
        sent.headers |= {name.decode(): value.decode() for name, value in message.get("headers", [])}
        sent.seen = message.get("body", sent.seen)

    scope = {
        "type": "http", "method": method, "path": "/", "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    _run((safety or _safety())(scope, receive, send))
    return sent


def _opened(safety: Safety) -> tuple[str, str]:
    """The cookie and the token that a page comes with."""
    sent = _bare({"host": "localhost"}, safety=safety)
    return sent.headers["set-cookie"].split(";")[0], sent.seen.decode()
