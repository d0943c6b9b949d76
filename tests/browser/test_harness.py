"""The browser's tests would notice: what must fail a test does.

Pages are given by hand here, in the place of the server's answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.browsing import Axe, Opener, pages_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'"


def answer(page: Page, body: str, *, status: int = 200) -> None:
    """Show a body as the answer to `/given`, under the site's policy."""

    def fulfil(route: Route) -> None:
        html = f"<!doctype html><html lang=en><title>Given</title><main>{body}</main></html>"
        route.fulfill(status=status, content_type="text/html", headers={"Content-Security-Policy": POLICY}, body=html)

    page.route("**/given", fulfil)
    page.goto("/given")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
def test_a_quiet_page_has_no_faults(browser: Browser, site: str, javascript: bool) -> None:
    with pages_of(browser, site) as (opener, watch):
        answer(opener(javascript=javascript), "<h1>Quiet</h1>")
    assert watch.faults() == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<script>document.title = 'ran'</script>", "Content Security Policy"),
        ("<p style='color: red'>Red</p>", "Content Security Policy"),
        ("<img src=/no-such.png alt=''>", "404"),
        ("<img src=http://127.0.0.1:9/x.png alt=''>", "went elsewhere"),
    ],
)
def test_what_a_page_does_wrong_is_noticed(browser: Browser, site: str, body: str, fault: str) -> None:
    with pages_of(browser, site) as (opener, watch):
        page = opener()
        answer(page, body)
        page.wait_for_load_state("networkidle")
        assert page.title() == "Given"
    assert any(fault in found for found in watch.faults()), watch.faults()


def test_an_uncaught_exception_is_noticed(browser: Browser, site: str) -> None:
    with pages_of(browser, site) as (opener, watch):
        page = opener()
        answer(page, "<h1>Quiet</h1>")
        page.evaluate("setTimeout(() => { throw new Error('mine') })")
        page.wait_for_timeout(100)
    assert any("mine" in found for found in watch.faults())


def test_a_page_that_says_not_found_is_no_fault_but_a_failing_server_is(browser: Browser, site: str) -> None:
    with pages_of(browser, site) as (opener, watch):
        answer(opener(), "<h1>Not found</h1>", status=404)
        assert watch.faults() == []
        answer(opener(), "<h1>Failed</h1>", status=503)
    assert any("503" in found for found in watch.faults())


def test_axe_finds_what_is_hard_to_use(open_page: Opener, axe: Axe) -> None:
    page = open_page()
    answer(page, "<h1>Good</h1><a href=/about>About</a>")
    axe(page)
    worse = open_page()
    answer(worse, "<h1>Bad</h1><a href=/about></a><input>")
    with pytest.raises(AssertionError, match="link-name"):
        axe(worse)


def test_the_site_answers_in_the_browser(either_page: Page) -> None:
    answered = either_page.goto("/about")
    assert answered is not None
    assert answered.status == 200
    assert either_page.locator("h1").inner_text()
