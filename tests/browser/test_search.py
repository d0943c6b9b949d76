"""The search page in a browser: searching, narrowing, brushing, completing, going back; with and without JavaScript."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.browsing import Axe, Opener, Scheme

if TYPE_CHECKING:
    from playwright.sync_api import Page


def count(page: Page) -> int:
    """Letters found, as the page says."""
    found = re.search(r"([\d,]+) letters?", page.locator("#results-title").inner_text())
    assert found
    return int(found[1].replace(",", ""))


def search(page: Page, query: str) -> None:
    page.goto("/")
    page.get_by_role("button", name="Search", exact=True).scroll_into_view_if_needed()
    page.locator("#q").fill(query)
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url(lambda address: "q=" in address)


def value(field: str, name: str) -> str:
    """What finds a value of a facet."""
    return f'section[aria-labelledby="panel-{field}"] .value:has(bdi:text-is("{name}"))'


def test_a_search_is_narrowed_by_facets_and_widened_again(either_page: Page) -> None:
    page = either_page
    search(page, "meeting")
    everything = count(page)
    page.locator(value("bureau", "TSB")).locator("a.choose").click()
    page.wait_for_url("**/?q=meeting&bureau=TSB")
    some = count(page)
    assert 0 < some < everything
    page.locator(value("bureau", "BR")).locator("a.choose").click()
    page.wait_for_url("**/?q=meeting&bureau=BR&bureau=TSB")
    assert some < count(page) < everything
    page.locator(".chips a", has_text="TSB").click()
    page.wait_for_url("**/?q=meeting&bureau=BR")
    page.locator(".chips a", has_text="BR").click()
    page.wait_for_url("**/?q=meeting")
    assert count(page) == everything


def test_a_value_is_excluded_and_let_in_again(either_page: Page) -> None:
    page = either_page
    search(page, "meeting")
    everything = count(page)
    row = page.locator(value("bureau", "TSB"))
    row.hover()
    row.get_by_role("link", name="Exclude TSB").click()
    page.wait_for_url("**/?q=meeting&not.bureau=TSB")
    assert 0 < count(page) < everything
    assert "TSB" not in page.locator(".meta").all_inner_texts()[0]
    page.get_by_role("link", name="let in again: TSB").click()
    page.wait_for_url("**/?q=meeting")
    assert count(page) == everything


def test_a_bar_and_the_dates_form_choose_days(either_page: Page) -> None:
    page = either_page
    page.goto("/?collapse=0")
    bar = page.locator('.bar[data-since="2018"]')
    said = int(bar.locator(".tip").inner_text().rsplit(" ", 1)[1])
    bar.locator("a").click()
    page.wait_for_url("**/?from=2018&to=2018&collapse=0")
    assert page.locator(".bar").count() == 12
    assert count(page) == said
    page.get_by_label("Dated from").fill("2016-07")
    page.get_by_label("to", exact=True).fill("2018-12-31")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**/?from=2016-07&to=2018&collapse=0")
    assert page.locator(".chips").inner_text().count("2016-07 to 2018") == 1
    page.get_by_role("link", name="All dates").click()
    page.wait_for_url("**/?collapse=0")


def test_bars_are_brushed_to_a_range(page: Page) -> None:
    page.goto("/?q=meeting")
    first, last = page.locator('.bar[data-since="2012"]'), page.locator('.bar[data-since="2016"]')
    first.scroll_into_view_if_needed()
    begin, end = first.bounding_box(), last.bounding_box()
    assert begin
    assert end
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 30)
    page.mouse.down()
    page.mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + 40, steps=6)
    assert page.locator(".bar.brushed").count() == 5
    page.mouse.up()
    page.wait_for_url("**/?q=meeting&from=2012&to=2016")
    assert page.locator(".bar.chosen").count() == 5


class Finger:
    """One finger on a page, as the browser's debugging protocol has it: it scrolls as a finger does."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)

    def _touch(self, what: str, *at: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in at]
        self._session.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": points})

    def drag(self, begin: tuple[float, float], end: tuple[float, float], *, hold: int = 0, lift: bool = True) -> None:
        """From one place to another, after having rested for so many milliseconds."""
        self._touch("touchStart", begin)
        self._page.wait_for_timeout(hold)
        for step in range(1, 9):
            part = step / 8
            self._touch("touchMove", (begin[0] + part * (end[0] - begin[0]), begin[1] + part * (end[1] - begin[1])))
            self._page.wait_for_timeout(20)
        if lift:
            self.lift()

    def lift(self) -> None:
        self._touch("touchEnd")


def middle(page: Page, since: str) -> tuple[float, float]:
    box = page.locator(f'.bar[data-since="{since}"]').bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + 30


def scrolled(page: Page) -> tuple[float, float]:
    """How far the page is down, and the bars are across."""
    found = page.evaluate("[scrollY, document.querySelector('ol.bars').scrollLeft]")
    return found[0], found[1]


def test_bars_that_fit_are_brushed_by_a_finger_that_goes_across(open_page: Opener) -> None:
    page = open_page(width=1280, touch=True)
    page.goto("/?q=meeting")
    page.locator("ol.bars.fits").wait_for()
    finger = Finger(page)
    finger.drag(middle(page, "2016"), middle(page, "2012"), lift=False)
    assert page.locator(".bar.brushed").count() == 5
    finger.lift()
    page.wait_for_url("**/?q=meeting&from=2012&to=2016")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_finger_that_goes_up_on_the_bars_scrolls_the_page(open_page: Opener, width: int) -> None:
    page = open_page(width=width, touch=True)
    page.goto("/?q=meeting")
    before = scrolled(page)
    x, y = middle(page, "2016")
    Finger(page).drag((x, y), (x, y - 250))
    page.wait_for_timeout(500)
    assert scrolled(page)[0] > 100
    assert scrolled(page)[1] == before[1]
    assert page.locator(".bar.brushed").count() == 0
    assert page.url.endswith("/?q=meeting")


def test_bars_that_do_not_fit_are_scrolled_across_and_brushed_when_held(open_page: Opener) -> None:
    page = open_page(width=360, touch=True)
    page.goto("/?q=meeting")
    begin = scrolled(page)[1]
    assert begin > 100
    x, y = middle(page, "2012")
    finger = Finger(page)
    finger.drag((x, y), (x + 150, y))
    page.wait_for_timeout(500)
    assert scrolled(page)[1] < begin - 80
    assert page.locator(".bar.brushed").count() == 0
    page.goto("/?q=meeting")
    finger.drag(middle(page, "2012"), middle(page, "2016"), hold=450, lift=False)
    assert page.locator(".bar.brushed").count() == 5
    finger.lift()
    page.wait_for_url("**/?q=meeting&from=2012&to=2016")


def test_a_finger_that_taps_a_bar_opens_it(open_page: Opener) -> None:
    page = open_page(width=360, touch=True)
    page.goto("/?q=meeting")
    page.touchscreen.tap(*middle(page, "2016"))
    page.wait_for_url("**/?q=meeting&from=2016&to=2016")


def test_a_query_is_completed_by_keyboard(page: Page) -> None:
    page.goto("/")
    box = page.locator("#q")
    assert box.get_attribute("role") == "combobox"
    box.press_sequentially("burea")
    page.get_by_role("option", name="bureau:").wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    box.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    box.press("Enter")
    page.get_by_role("option", name="bureau:TSB").wait_for()
    assert box.input_value() == "bureau:"
    box.press("ArrowUp")
    box.press("ArrowUp")
    chosen = box.input_value()
    assert chosen.startswith("bureau:")
    box.press("Escape")
    assert box.input_value() == "bureau:"
    assert box.get_attribute("aria-expanded") == "false"
    box.press_sequentially("TS")
    page.get_by_role("option", name="bureau:TSB").wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    assert box.input_value() == "bureau:TSB "
    box.press("Enter")
    page.wait_for_url("**/?q=bureau:TSB")


def test_hits_are_reached_and_opened_by_keys_and_back_leads_to_the_search(page: Page) -> None:
    page.goto("/?q=meeting&bureau=BR")
    page.locator("body").press("j")
    page.locator("body").press("j")
    page.locator("body").press("k")
    title = page.locator("a[data-hit]").first
    assert title.evaluate("link => link === document.activeElement")
    href = title.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{href}")
    page.go_back()
    page.wait_for_url("**/?q=meeting&bureau=BR")
    page.locator("body").press("/")
    assert page.locator("#q").evaluate("box => box === document.activeElement")
    page.keyboard.press("Escape")
    page.locator("body").press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog", name="Keys").is_visible()


def test_a_letter_is_opened_and_back_leads_to_the_search(either_page: Page) -> None:
    page = either_page
    search(page, "meeting")
    title = page.locator("a[data-hit]").first
    href = title.get_attribute("href")
    title.click()
    page.wait_for_url(f"**{href}")
    page.go_back()
    page.wait_for_url("**/?q=meeting")
    assert count(page) > 0


def test_a_language_of_a_letter_is_a_link_to_that_version(either_page: Page) -> None:
    page = either_page
    page.goto("/?language=zh&language=fr")
    hit = page.locator(".hit:has(.tag:nth-of-type(6))").first
    hit.get_by_role("link", name="In Arabic").click()
    page.wait_for_url("**/letters/*")
    assert page.locator('[lang="ar"][dir="rtl"]').count() > 0


def test_values_of_a_long_facet_are_looked_for(either_page: Page) -> None:
    page = either_page
    page.goto("/")
    page.get_by_label("Look for a value: Event place").fill("gen")
    page.get_by_label("Look for a value: Event place").press("Enter")
    page.wait_for_url("**/?find.place=gen")
    assert page.locator('section[aria-labelledby="panel-place"] .value').all_inner_texts()[0].startswith("Geneva")


def test_values_are_sifted_while_typing(page: Page) -> None:
    page.goto("/")
    panel = page.locator('section[aria-labelledby="panel-place"]')
    listed = panel.locator(".value:visible").count()
    page.get_by_label("Look for a value: Event place").press_sequentially("gene")
    assert 0 < panel.locator(".value:visible").count() < listed


def test_the_place_on_the_page_is_kept_when_a_facet_is_chosen(page: Page) -> None:
    page.goto("/?q=meeting")
    choice = page.locator(value("place", "Geneva")).locator("a.choose")
    choice.scroll_into_view_if_needed()
    choice.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=meeting&place=Geneva")
    page.wait_for_function("document.activeElement.textContent.includes('Geneva')")


@pytest.mark.parametrize(
    ("query", "says"), [("date:2003-02-30", "is not a day of the calendar"), ("sbject:tariff", "did you mean subject")]
)
def test_a_query_that_is_not_understood_is_explained(either_page: Page, query: str, says: str) -> None:
    page = either_page
    search(page, query)
    told = page.get_by_role("alert")
    assert says.lower() in told.inner_text().lower()
    assert told.locator("mark").inner_text() in query
    page.locator(".tried a").first.click()
    assert count(page) > 0


def test_what_was_meant_is_a_link(either_page: Page) -> None:
    page = either_page
    search(page, "meetng")
    page.locator(".meant a").first.click()
    page.wait_for_url("**/?q=meeting")
    assert count(page) > 0


@pytest.mark.parametrize("width", [360, 768, 1280, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_of_the_page_is_accessible_and_as_wide_as_the_window(
    open_page: Opener, axe: Axe, width: int, scheme: Scheme
) -> None:
    page = open_page(width=width, scheme=scheme)
    for address in (
        "/", "/?q=meeting&bureau=TSB&not.place=Geneva&from=2010&to=2016", "/?language=ar&language=zh", "/?q=zzxq+meeting",
        "/?q=date:2003-02-30", "/?from=2018&to=2018&find.place=g&more=series",
    ):  # fmt: skip
        page.goto(address)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (address, width)
