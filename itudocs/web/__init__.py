"""The page: an archive in a browser, on this machine.

    request ─ safety ─ delivery ─ app: routes ─▶ pages: a page's data ─▶ JSON as it is, or HTML by `render`

A page is a struct and a function that makes it from an archive; the same struct is its `.json` and what its template shows.
Nothing is decided here about letters or searches: pages ask `Archive` and lay out what it says. Nothing imports this
package. Needs the extra `itudocs[web]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from itudocs.errors import MissingLibrary
from itudocs.web.settings import Settings

if TYPE_CHECKING:
    from itudocs.archive.archive import Archive

__all__ = ["Settings", "check_libraries", "serve"]


def serve(
    archive: Archive,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    allow_hosts: Iterable[str] = (),
    settings: Settings | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the page of an archive until Ctrl-C. See `itudocs.web.server.serve`.

    Raises:
        MissingLibrary: the extra `itudocs[web]` is not installed.
        ItuDocsError: the port is taken or may not be used, or there is no such host.
    """
    check_libraries()
    from itudocs.web import server

    server.serve(archive, host=host, port=port, allow_hosts=allow_hosts, settings=settings, on_ready=on_ready)


def check_libraries() -> None:
    """
    Raises:
        MissingLibrary: one of the libraries that the page needs is not installed.
    """
    import importlib

    for name in ("litestar", "jinja2", "uvicorn"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise MissingLibrary(f"{name} is not installed. Install it with: pip install 'itudocs[web]'") from error
