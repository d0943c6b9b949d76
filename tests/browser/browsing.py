"""A browser before the page: a server in a thread, Chromium by Playwright, and a watch over every page that is opened.

A message in the console that is an error, a violation of the Content-Security-Policy, an uncaught exception, a dialog, a
request to another host, or an answer that is the server's own fault (500 and above) is a fault of the page, whatever else
a test looks at. The tests' fixtures and `screenshots.py` stand on this.
"""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, Protocol

from itudocs.archive.archive import Archive

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

Scheme = Literal["light", "dark"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 15_000
"""Milliseconds that a page may take to come to what a test waits for."""
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""The rules of axe-core that are run: WCAG 2.0 to 2.2, levels A and AA."""


@contextmanager
def served(archive: Archive, **options: Any) -> Iterator[str]:
    """A server of an archive in a thread; gives its address. `options` are those of `Settings`.

    It is patient: that the machine is busy with other tests is no fault of the page.
    """
    import uvicorn

    from itudocs.web.app import create_app
    from itudocs.web.settings import Settings

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        app = create_app(archive, settings=Settings(**{"seconds": 30.0, **options}))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="server")
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
    assert not thread.is_alive(), "the server does not stop"


def executable() -> str | None:
    """The system's Chromium; None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """A running browser, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield running
        finally:
            running.close()


class Watch:
    """What went wrong on pages, in words.

    Args:
        site: what requests may be for.
    """

    def __init__(self, site: str) -> None:
        self._site = site
        self._faults: list[str] = []
        self._unloaded: list[tuple[str, str]] = []  # address and words of what could not be loaded
        self._asked: set[str] = set()  # addresses a test went to, which may well answer 404

    def follow(self, page: Page) -> None:
        """Watch a page from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda fault: self._faults.append(f"uncaught: {fault}"))
        page.on("crash", lambda _: self._faults.append("the page crashed"))
        page.on("dialog", self._dialog)
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type != "error":
            return
        address = message.location.get("url", "")
        if address == f"{self._site}/favicon.ico":
            return  # browsers ask for it by themselves beside a picture
        if message.text.startswith("Failed to load resource"):
            self._unloaded.append((address, message.text))
        else:
            self._faults.append(f"console: {message.text} ({address})")

    def _dialog(self, dialog: Any) -> None:
        self._faults.append(f"a dialog opened: {dialog.message!r}")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        if not request.url.startswith((f"{self._site}/", "data:")):
            self._faults.append(f"a request went elsewhere: {request.url}")

    def _response(self, response: Any) -> None:
        if response.request.is_navigation_request():
            self._asked.add(response.url)
        if response.status >= 500:
            self._faults.append(f"{response.url} answers {response.status}")

    def faults(self) -> list[str]:
        """All of them, until now."""
        return [*self._faults, *(f"{text} ({url})" for url, text in self._unloaded if url not in self._asked)]


class Opener(Protocol):
    """Makes a page, watched; addresses are relative to the site's."""

    def __call__(
        self, *, javascript: bool = True, width: int = 1280, scheme: Scheme = "light", touch: bool = False
    ) -> Page: ...


@contextmanager
def pages_of(browser: Browser, site: str) -> Iterator[tuple[Opener, Watch]]:
    """Makes pages of a site; they are closed in the end. What was wrong with them is the watch's to tell."""
    watch = Watch(site)
    contexts: list[BrowserContext] = []

    def opener(*, javascript: bool = True, width: int = 1280, scheme: Scheme = "light", touch: bool = False) -> Page:
        context = browser.new_context(
            base_url=site, java_script_enabled=javascript, color_scheme=scheme, reduced_motion="reduce", locale="en-GB",
            viewport={"width": width, "height": 800}, has_touch=touch, is_mobile=touch,
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        watch.follow(page)
        return page

    try:
        yield opener, watch
    finally:
        for context in contexts:
            context.close()


class Axe:
    """axe-core: holds a page, as it stands in the browser, against WCAG 2.2 AA.

    The script comes in by the browser's debugging protocol, so that the page keeps its Content-Security-Policy. For pages
    with JavaScript.
    """

    def __init__(self) -> None:
        self._script = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")

    def __call__(self, page: Page) -> None:
        """Fails with all that was found wrong."""
        page.evaluate(self._script)
        found = page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", list(WCAG)
        )
        assert found["passes"] or found["violations"], "axe-core looked at nothing"
        wrong = [
            f"{rule['id']} ({rule['impact']}): {rule['help']}; {len(rule['nodes'])} times, first\n"
            f"    {rule['nodes'][0]['html'][:200]}\n    {rule['nodes'][0]['failureSummary']}"
            for rule in found["violations"]
        ]
        assert not wrong, f"{page.url}\n" + "\n".join(wrong)
