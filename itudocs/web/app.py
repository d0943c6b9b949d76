"""The application: routes, and what they share.

Every page is at a path of its own; its data are at the same path with `.json`, and some pages have further forms
(`.ics`, `.txt` ...). A path `/letters/0a1b.json` is answered by the route `/json/letters/{key}`: `Suffixes` moves the
suffix to the front, where routes can begin with it, and the OpenAPI document names the paths as users write them.
"""

from __future__ import annotations

from pathlib import Path

from litestar import Litestar
from litestar.di import Provide
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp, Receive, Scope, Send

from itudocs.archive.archive import Archive
from itudocs.web.aside import Aside
from itudocs.web.pages import about, calendar
from itudocs.web.settings import Settings

FORMS = ("json", "ics", "txt", "bib", "ris", "svg")
"""What a path may end in, behind a full stop."""

STATIC = Path(__file__).parent / "static"


class Suffixes:
    """`/a/b.json` -> `/json/a/b`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        stem, stop, form = path.rpartition(".")
        if stop and form in FORMS and not path.startswith("/static/"):
            scope["path"] = f"/{form}{stem}"
            scope["raw_path"] = scope["path"].encode()
        await self._app(scope, receive, send)


def create_app(archive: Archive, *, settings: Settings | None = None) -> ASGIApp:
    """An ASGI application that serves an archive, which stays the caller's to close."""
    chosen = settings or Settings()
    aside = Aside(archive, seconds=chosen.seconds)
    routed = Litestar(
        route_handlers=[
            *about.HANDLERS,
            *calendar.HANDLERS,
            create_static_files_router("/static", directories=[STATIC]),
        ],
        dependencies={
            "archive": Provide(lambda: archive, sync_to_thread=False),
            "settings": Provide(lambda: chosen, sync_to_thread=False),
            "aside": Provide(lambda: aside, sync_to_thread=False),
        },
        openapi_config=None,
        logging_config=None,
    )
    return Suffixes(routed)
