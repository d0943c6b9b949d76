"""Fixtures of the browser's tests. They skip with a reason where Playwright, axe-core or Chromium is not installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # for tests.browser.browsing

from itudocs.archive.archive import Archive, open_archive  # noqa: E402
from tests.browser.browsing import BROWSERS, Axe, Opener, chromium, executable, pages_of, served  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive of all open letters of the corpus; read only."""
    with open_archive(tmp_path_factory.mktemp("browser") / "archive", create=True) as archive:
        archive.add(sorted((ROOT / "corpus" / "open").glob("*.txt")))
        yield archive


@pytest.fixture(scope="session")
def site(browser: Browser, letters: Archive) -> Iterator[str]:
    """The address of a server of these letters."""
    with served(letters) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, of the system."""
    for library in ("playwright", "axe_playwright_python", "uvicorn", "litestar"):
        pytest.importorskip(library, reason=f"{library} is not installed: `make test-web` installs it")
    path = executable()
    if path is None:
        pytest.skip(f"no browser was found ({', '.join(BROWSERS)}): `make test-web` installs one on Debian, as root")
    with chromium(path) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Opener]:
    """Makes pages of the site; a test fails in the end if anything went wrong on one of them."""
    with pages_of(browser, site) as (opener, watch):
        yield opener
    assert watch.faults() == []


@pytest.fixture
def page(open_page: Opener) -> Page:
    """A page with JavaScript, 1280 px wide, light."""
    return open_page()


@pytest.fixture
def page_without_js(open_page: Opener) -> Page:
    """The same without JavaScript."""
    return open_page(javascript=False)


@pytest.fixture(params=[True, False], ids=["javascript", "no-javascript"])
def either_page(request: pytest.FixtureRequest, open_page: Opener) -> Page:
    """Both, one after the other: for what must work with and without JavaScript."""
    return open_page(javascript=request.param)


@pytest.fixture(scope="session")
def axe(browser: Browser) -> Axe:
    """Holds a page against WCAG 2.2 AA; see `Axe`."""
    return Axe()
