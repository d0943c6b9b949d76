"""Every page, in both themes and at two widths, held against WCAG 2.2 AA; and it fits."""

from __future__ import annotations

import pytest

from itudocs.archive.archive import Archive
from tests.browser.browsing import Axe, Opener, Scheme
from tests.browser.screenshots import PAGES, WIDTHS


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_used_by_everyone(
    open_page: Opener, axe: Axe, letters: Archive, name: str, width: int, scheme: Scheme
) -> None:
    page = open_page(width=width, scheme=scheme)
    page.goto(PAGES[name].replace("{key}", letters.get("tsb-circular/2022-2024/31").key))
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "it does not fit"
    axe(page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_wide_screen_and_one_without_javascript(open_page: Opener, letters: Archive, name: str) -> None:
    address = PAGES[name].replace("{key}", letters.get("tsb-circular/2022-2024/31").key)
    wide, plain = open_page(width=1600), open_page(width=360, javascript=False)
    for page, width in ((wide, 1600), (plain, 360)):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "it does not fit"


def test_a_dialog_of_keys_and_completions_can_be_used_by_everyone(open_page: Opener, axe: Axe) -> None:
    page = open_page()
    page.goto("/")
    page.keyboard.press("Escape")
    page.locator("h1").click(force=True)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    axe(page)
    page.keyboard.press("Escape")
    page.locator("#q").press_sequentially("regul", delay=20)
    page.get_by_role("option").first.wait_for()
    axe(page)
