"""The server: a socket on this machine, within bounds of time and number, until it is told to stop.

What a page is and who may see it is decided behind it (`app`, `safety`). Imported only where the extra `itudocs[web]` is
installed; `itudocs.web.serve` sees to that.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import uvicorn
from litestar.concurrency import set_asyncio_executor
from uvicorn.protocols.http.h11_impl import H11Protocol

from itudocs.archive.archive import Archive
from itudocs.errors import ItuDocsError
from itudocs.web.app import create_app
from itudocs.web.safety import host_name
from itudocs.web.settings import LOOPBACK, Settings

MAX_HEADERS = 65_536
"""Bytes of a request's first line and headers."""
MAX_CONNECTIONS = 200
"""At a time; more are told to come again (503)."""
MAX_AT_WORK = 4
"""Pages made at a time. They take turns with one processor and one index, and each holds some memory: more at a time
would make none of them sooner."""
PATIENCE = 10.0
"""Seconds within which a request must have come, once a connection or its first byte has."""
KEPT_OPEN = 5
GRACE = 3
"""Seconds that pages under way have when the server is told to stop."""
_NEARBY = 50


class Hasty(H11Protocol):
    """HTTP for requests that come in time: whoever sends a header a minute is cut off."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._late = self.loop.call_later(PATIENCE, self._cut_off)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._answering():
            self._stop_waiting()
        elif self._late is None:
            self._late = self.loop.call_later(PATIENCE, self._cut_off)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut_off(self) -> None:
        self._late = None
        if not self._answering():
            self.transport.close()


def serve(
    archive: Archive,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    allow_hosts: Iterable[str] = (),
    settings: Settings | None = None,
    on_ready: Callable[[str], None] | None = None,
    on_made: Callable[[uvicorn.Server], None] | None = None,
) -> None:
    """Serve the page of an archive until SIGINT (Ctrl-C) or SIGTERM.

    Args:
        host: an address or name of this machine; whatever is no loopback lets others read the archive.
        port: 0 takes any that is free.
        allow_hosts: names beside `host` and those of loopback under which the page may be asked for.
        settings: see `Settings`; its `hosts` are added to.
        on_ready: called with the page's address once it is served.
        on_made: called before with the server, so that a thread can stop it by `should_exit`.

    Raises:
        ItuDocsError: the port is taken or may not be used, or there is no such host.
    """
    chosen = settings or Settings()
    listening = bind(host, port)
    named = () if _everywhere(host) else (f"[{host}]" if ":" in host else host,)
    hosts = tuple(dict.fromkeys([*chosen.hosts, *LOOPBACK, *named, *allow_hosts]))
    wrong = [name for name in hosts if host_name(name) is None]
    if wrong:
        listening.close()
        raise ItuDocsError(f"{wrong[0]!r}: is no name of a host. Write a name such as archive.example.org.")
    app = create_app(archive, settings=msgspec.structs.replace(chosen, hosts=hosts))
    set_asyncio_executor(ThreadPoolExecutor(MAX_AT_WORK, thread_name_prefix="itudocs-page"))
    config = uvicorn.Config(
        app, http=Hasty, ws="none", lifespan="off", loop="asyncio", interface="asgi3",
        log_config=None, access_log=False, server_header=False, proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS, backlog=MAX_CONNECTIONS, timeout_keep_alive=KEPT_OPEN,
        timeout_graceful_shutdown=GRACE, h11_max_incomplete_event_size=MAX_HEADERS,
    )  # fmt: skip
    server = _Server(config, lambda: on_ready and on_ready(address(host, listening.getsockname()[1])))
    if on_made is not None:
        on_made(server)
    with listening:
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:  # how one stops it
            return


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        ItuDocsError: it cannot be had; where the port is taken, the message names one that is free.
    """
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError, OverflowError) as fault:
        raise ItuDocsError(f"{host}: is no address of this machine. Serve on 127.0.0.1.") from fault
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(MAX_CONNECTIONS)
    except OSError as fault:
        listening.close()
        raise ItuDocsError(_why(fault, host, port, where)) from fault
    return listening


def _why(fault: OSError, host: str, port: int, where: tuple[Any, ...]) -> str:
    if fault.errno == errno.EADDRINUSE:
        free = _next_free(host, where)
        other = f"--port {free} (the next that is free) or " if free else ""
        return f"{host}:{port}: the port is taken. Use {other}--port 0 (any that is free)."
    if fault.errno == errno.EACCES:
        return f"{host}:{port}: this port is for administrators. Use one from 1024 on, or --port 0."
    if fault.errno == errno.EADDRNOTAVAIL:
        return f"{host}: is no address of this machine. Serve on 127.0.0.1."
    return f"{host}:{port}: cannot be served on ({fault.strerror}). Use --port 0."


def _next_free(host: str, where: tuple[Any, ...]) -> int:
    for port in range(where[1] + 1, min(where[1] + _NEARBY, 65_536)):
        with socket.socket(socket.AF_INET6 if ":" in str(where[0]) else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((where[0], port, *where[2:]))
            except OSError:
                continue
            return port
    return 0


def address(host: str, port: int) -> str:
    """Where a browser on this machine finds the page."""
    name = "127.0.0.1" if host in ("", "0.0.0.0") else "::1" if host == "::" else host  # noqa: S104  # compared with
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _everywhere(host: str) -> bool:
    try:
        return not host or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
