"""About: what the archive holds, which parser read it, whether all is well."""

from __future__ import annotations

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State

from itudocs._version import __version__
from itudocs.archive.archive import Archive
from itudocs.model import Record
from itudocs.web.handed import TheArchive, TheSettings
from itudocs.web.render import render


class AboutPage(Record, frozen=True, kw_only=True):
    """What the archive is."""

    version: str
    letters: int


def about_page(archive: Archive) -> AboutPage:
    """Counts come from the store."""
    return AboutPage(version=__version__, letters=len(archive))


@get("/json/about", sync_to_thread=True, summary="About the archive", tags=["about"])
def about_json(archive: TheArchive) -> AboutPage:
    """The page as JSON."""
    return about_page(archive)


@get("/about", sync_to_thread=True, media_type=MediaType.HTML, include_in_schema=False)
def about_html(request: Request[None, None, State], archive: TheArchive, settings: TheSettings) -> Response[str]:
    """The page."""
    return Response(
        render("about.html", about_page(archive), settings=settings, path=request.url.path), media_type=MediaType.HTML
    )


HANDLERS = [about_json, about_html]
