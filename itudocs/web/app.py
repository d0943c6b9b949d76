"""The application: routes, and what they share.

Every page is at a path of its own; its data are at the same path with `.json`, and some pages have further forms
(`.ics`, `.txt` ...). A path `/letters/0a1b.json` is answered by the route `/json/letters/{key}`: `Suffixes` moves the
suffix to the front, where routes can begin with it, and the OpenAPI document names the paths as users write them.

    request ─ Safety ─ Delivery ─ Suffixes ─ routes ─▶ pages
"""

from __future__ import annotations

import functools

from litestar import Litestar, MediaType, get
from litestar.datastructures import State
from litestar.di import Provide

from itudocs.archive.archive import Archive
from itudocs.web import problems
from itudocs.web.asgi import App, Receive, Scope, Send
from itudocs.web.aside import Aside
from itudocs.web.asked import known_parameters
from itudocs.web.delivery import Delivery, favicon, static_file
from itudocs.web.openapi import document
from itudocs.web.pages import (
    about,
    calendar,
    correcting,
    explaining,
    letter,
    neighbourhood,
    relations,
    search,
    series,
)
from itudocs.web.safety import Safety
from itudocs.web.settings import Settings

FORMS = problems.DATA
"""What a path may end in, behind a full stop."""


class Suffixes:
    """`/a/b.json` -> `/json/a/b`."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        stem, stop, form = path.rpartition(".")
        if stop and form in FORMS and not path.startswith("/static/"):
            scope["path"] = f"/{form}{stem}"
            scope["raw_path"] = scope["path"].encode()
        await self._app(scope, receive, send)


def create_app(archive: Archive, *, settings: Settings | None = None) -> App:
    """An ASGI application that serves an archive, which stays the caller's to close."""
    chosen = settings or Settings()
    aside = Aside(archive, seconds=chosen.seconds)
    dependencies = {
        "archive": Provide(lambda: archive, sync_to_thread=False),
        "settings": Provide(lambda: chosen, sync_to_thread=False),
        "aside": Provide(lambda: aside, sync_to_thread=False),
    }
    pages = [
        *search.HANDLERS,
        *letter.HANDLERS,
        *explaining.HANDLERS,
        *relations.HANDLERS,
        *correcting.HANDLERS,
        *calendar.HANDLERS,
        *series.HANDLERS,
        *neighbourhood.HANDLERS,
        *about.HANDLERS,
    ]

    @functools.cache
    def described() -> bytes:
        return document(pages, dependencies=dependencies)

    @get("/json/openapi", sync_to_thread=True, include_in_schema=False, media_type=MediaType.JSON)
    def openapi() -> bytes:
        return described()

    routed = Litestar(
        route_handlers=[*pages, static_file, favicon, openapi],
        dependencies=dependencies,
        guards=[known_parameters],
        exception_handlers={Exception: problems.handle},
        state=State({"settings": chosen}),
        openapi_config=None,
        logging_config=None,
    )
    return Safety(Delivery(Suffixes(routed), pack=not chosen.edit), settings=chosen, refuse=problems.refuse)
