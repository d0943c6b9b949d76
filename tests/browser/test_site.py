"""A reader's way through the page, with and without JavaScript: search, narrow, brush, open, follow, see, go back.

Where a step works otherwise without JavaScript, both ways are here; all else is one test for both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from itudocs.archive.archive import Archive
from tests.browser.browsing import Opener

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def asked(page: Page) -> dict[str, list[str]]:
    """The query of the address."""
    return parse_qs(urlsplit(page.url).query)


def path(page: Page) -> str:
    return str(urlsplit(page.url).path)


def total(page: Page) -> int:
    """How many the page says it found: letters, or works where it folds the versions of a letter."""
    said = page.locator("#results-title").inner_text()
    found = re.search(r"in ([\d,]+) work", said) or re.match(r"([\d,]+) letter", said)
    assert found, said
    return int(found[1].replace(",", ""))


def value(page: Page, label: str) -> Locator:
    """The value of a field on a letter's page."""
    return page.locator(".record dl > div").filter(has=page.locator(f"dt:text-is('{label}')")).locator(".value").first


def search(page: Page, query: str) -> None:
    """Type a query into the box and send it off."""
    page.goto("/")
    page.get_by_role("searchbox", name="Search the letters").or_(page.get_by_role("combobox", name="Search")).fill(
        query
    )
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"[?&]q="))


def panel(page: Page, field: str) -> Locator:
    """The values of a facet field."""
    return page.locator(f"section[aria-labelledby=panel-{field}]")


def choose(page: Page, field: str, value: str) -> int:
    """Choose a value of a facet, or choose it no more. Gives the number of letters that stands beside it."""
    link = panel(page, field).locator("a.choose").filter(has_text=re.compile(rf"^\W*{re.escape(value)}\s"))
    count = int(link.locator(".count").inner_text().replace(",", ""))
    before = page.url
    link.click()
    page.wait_for_url(lambda url: url != before)
    return count


# -- searching -----------------------------------------------------------------------------------------------------------


def test_words_are_found_and_marked(either_page: Page) -> None:
    search(either_page, "radio regulations")
    assert total(either_page) > 3
    assert either_page.locator(".hits .hit").count() > 3
    assert either_page.locator(".snippet mark").count() > 3
    assert all(re.match(r"(?i)radio|regulat", mark) for mark in either_page.locator(".snippet mark").all_inner_texts())


def test_facets_are_chosen_combined_excluded_and_taken_away(either_page: Page) -> None:
    search(either_page, "date:2012..2019")
    everything = total(either_page)
    assert choose(either_page, "bureau", "BR") == total(either_page) < everything
    of_br = total(either_page)
    count = choose(either_page, "language", "English")
    assert total(either_page) == count < of_br
    assert asked(either_page)["bureau"] == ["BR"]
    choose(either_page, "language", "French")  # widens: one language or the other
    assert len(asked(either_page)["language"]) == 2
    assert count < total(either_page) <= of_br
    either_page.locator("a.chip", has_text="BR").click()
    either_page.wait_for_url(lambda url: "bureau=" not in url)
    assert total(either_page) > count
    panel(either_page, "bureau").locator("a.not[title='Exclude BR']").click()
    either_page.wait_for_url(re.compile(r"not\.bureau=BR"))
    assert not [t for t in either_page.locator(".hit .meta").all_inner_texts() if re.search(r"\bBR\b", t)]


def test_values_of_a_long_facet_are_looked_for(either_page: Page) -> None:
    either_page.goto("/")
    box = either_page.locator("#find-place")
    box.fill("gen")
    box.press("Enter")
    either_page.wait_for_url(re.compile(r"find\.place=gen"))
    values = panel(either_page, "place").locator(".name").all_inner_texts()
    assert values
    assert all("gen" in value.lower() for value in values)


def test_the_timeline_is_brushed(page: Page) -> None:
    search(page, "circular")
    everything = total(page)
    bars = page.locator("[data-brush] > li")
    first, last = bars.nth(bars.count() // 2), bars.nth(bars.count() // 2 + 2)
    since, until = first.get_attribute("data-since"), last.get_attribute("data-until")
    first.scroll_into_view_if_needed()
    here, there = first.bounding_box(), last.bounding_box()
    assert here
    assert there
    page.mouse.move(here["x"] + here["width"] / 2, here["y"] + here["height"] / 2)
    page.mouse.down()
    page.mouse.move(there["x"] + there["width"] / 2, there["y"] + there["height"] / 2, steps=5)
    page.mouse.up()
    page.wait_for_url(re.compile("from="))
    check_span(page, str(since), str(until), everything)


def test_the_timeline_leads_to_a_year_without_javascript(page_without_js: Page) -> None:
    page = page_without_js
    search(page, "circular")
    everything = total(page)
    bar = page.locator("[data-brush] > li:has(a)").nth(3)
    since, until = bar.get_attribute("data-since"), bar.get_attribute("data-until")
    bar.locator("a").click()
    page.wait_for_url(re.compile("from="))
    check_span(page, str(since), str(until), everything)


def check_span(page: Page, since: str, until: str, everything: int) -> None:
    """What is shown is dated in a span, and less than all."""
    assert 0 < total(page) < everything
    dates = [str(time.get_attribute("datetime")) for time in page.locator(".hit time").all()]
    assert dates
    assert all(since[:4] <= date[:4] <= until[:4] for date in dates)


def test_a_span_of_dates_is_typed(either_page: Page) -> None:
    search(either_page, "circular")
    either_page.locator("#from").fill("2018")
    either_page.locator("#to").fill("2018-06")
    either_page.locator("form.dates button").click()
    either_page.wait_for_url(re.compile("from=2018&to=2018-06"))
    dates = [str(time.get_attribute("datetime")) for time in either_page.locator(".hit time").all()]
    assert dates
    assert all("2018-01" <= date < "2018-07" for date in dates)


def test_hits_are_sorted_and_paged(either_page: Page) -> None:
    search(either_page, "circular")
    either_page.locator(".order a", has_text="Oldest").click()
    either_page.wait_for_url(re.compile("sort=date"))
    first = [str(time.get_attribute("datetime")) for time in either_page.locator(".hit time").all()]
    assert first == sorted(first)
    either_page.locator("a[rel=next].button").click()
    either_page.wait_for_url(re.compile("page=2"))
    second = [str(time.get_attribute("datetime")) for time in either_page.locator(".hit time").all()]
    assert second == sorted(second)
    assert first[-1] <= second[0]


def test_a_mistyped_query_is_answered_with_what_may_be_meant(either_page: Page) -> None:
    search(either_page, "regulatoins")
    meant = either_page.locator(".meant a").first
    meant.click()
    either_page.wait_for_url(re.compile("(?i)q=regulations"))
    assert total(either_page) > 0


def test_a_malformed_query_teaches_the_language(either_page: Page) -> None:
    search(either_page, "date:yesterday")
    alert = either_page.get_by_role("alert")
    assert "2003" in alert.inner_text()
    assert either_page.locator(".tried a").count() > 0
    either_page.locator(".tried a").first.click()
    either_page.wait_for_url(lambda url: "yesterday" not in url)
    assert total(either_page) > 0


def test_a_query_is_completed_while_it_is_typed(page: Page) -> None:
    page.goto("/")
    box = page.locator("#q")
    box.press_sequentially("regul", delay=20)
    option = page.get_by_role("option", name=re.compile("^regul")).first
    option.wait_for()  # and not for what "re" would have become
    box.press("ArrowDown")
    assert box.input_value().startswith("regul")
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    box.press("Escape")
    assert box.input_value() == "regul"


def test_the_keyboard_is_enough(page: Page) -> None:
    page.goto("/?q=radio")
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator(".hit h3 a").nth(1).get_attribute("href")
    assert page.evaluate("document.activeElement.getAttribute('href')") == second
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{second}")


# -- from search to letter and back --------------------------------------------------------------------------------------


def test_the_whole_way_and_back(either_page: Page, letters: Archive) -> None:
    page = either_page
    search(page, '"Quantum Key Distribution"')
    choose(page, "bureau", "TSB")
    narrowed, found = page.url, total(page)
    page.locator(".hit h3 a", has_text="new dates").click()
    page.wait_for_url(re.compile("/letters/"))
    letter = page.url
    assert letters.get("tsb-circular/2022-2024/34").key in letter
    assert "11-12 September 2023" in page.locator("h1").inner_text()
    # the citation of the letter that it replaces
    cited = page.locator("#record a[href^='/works/'], .record a[href^='/works/']").filter(has_text="31")
    target = cited.first
    target.scroll_into_view_if_needed()
    target.click()
    page.wait_for_url(re.compile(letters.get("tsb-circular/2022-2024/31").key))
    page.go_back()
    page.wait_for_url(letter)
    page.go_back()
    page.wait_for_url(narrowed)
    assert total(page) == found
    assert asked(page)["bureau"] == ["TSB"]


def test_the_words_behind_a_value_are_shown(page_without_js: Page, letters: Archive) -> None:
    page = page_without_js
    record = letters.get("tsb-circular/2022-2024/31")
    page.goto(f"/letters/{record.key}")
    value(page, "Date").locator("a.to-words").click()
    page.wait_for_url(re.compile("#e"))
    mark = page.locator(":target")
    assert mark.inner_text().strip() == record.evidence["date"][0].quote.split("\n")[0].strip()
    assert mark.is_visible()


def test_value_and_words_are_lit_together(page: Page, letters: Archive) -> None:
    record = letters.get("tsb-circular/2022-2024/31")
    page.goto(f"/letters/{record.key}")
    date = value(page, "Date")
    date.hover()
    lit = page.locator("#letter-text .lit")
    lit.first.wait_for()
    assert record.evidence["date"][0].quote in "".join(lit.all_inner_texts())
    page.mouse.move(0, 0)
    page.locator(f"#letter-text [data-e~='{date.get_attribute('data-e')}']").first.hover()
    assert "lit" in str(date.get_attribute("class"))
    page.mouse.move(0, 0)
    date.locator("a.to-words").focus()
    assert page.locator("#letter-text .lit").count() > 0  # the keyboard's way


def test_why_a_value_is_what_it_is(either_page: Page, letters: Archive) -> None:
    key = letters.get("tsb-circular/2022-2024/31").key
    either_page.goto(f"/letters/{key}/explain/date")
    assert "6 February 2023" in either_page.locator("main").inner_text()


def test_language_versions_lead_to_one_another(either_page: Page, letters: Archive) -> None:
    versions = letters.versions("cr/433")
    either_page.goto("/works/cr/433")
    either_page.wait_for_url(re.compile(versions[0].key))
    either_page.get_by_role("link", name="Arabic", exact=True).click()
    either_page.wait_for_url(re.compile("|".join(v.key for v in versions if v.language == "ar")))
    assert either_page.locator("#letter-text").get_attribute("lang") == "ar"
    assert either_page.evaluate("getComputedStyle(document.querySelector('#letter-text')).direction") == "rtl"


def test_a_hit_leads_to_its_other_languages(either_page: Page, letters: Archive) -> None:
    search(either_page, "CR/433")
    either_page.locator(".hit", has_text="CR/433").first.locator("a.tag[hreflang=zh]").click()
    either_page.wait_for_url(re.compile("|".join(v.key for v in letters.versions("cr/433") if v.language == "zh")))


@pytest.mark.parametrize(("form", "begins"), [("JSON", b"{"), ("BibTeX", b"@"), ("RIS", b"TY"), ("Original file", b"")])
def test_a_letter_is_downloaded(either_page: Page, letters: Archive, form: str, begins: bytes) -> None:
    key = letters.get("tsb-circular/2022-2024/31").key
    either_page.goto(f"/letters/{key}")
    address = either_page.locator(".downloads a", has_text=form).get_attribute("href")
    answer = either_page.request.get(str(address))
    assert answer.ok
    assert answer.body().lstrip().startswith(begins)
    if form == "Original file":
        assert answer.body() == letters.data(key)
        assert answer.headers["content-disposition"].startswith("attachment")


# -- the other pages -----------------------------------------------------------------------------------------------------


def test_the_calendar_leads_from_month_to_day_to_letter(either_page: Page) -> None:
    page = either_page
    page.goto("/calendar?month=2023-06")
    page.locator("table.month a.day", has_text="5").first.click()
    page.wait_for_url(re.compile("#d2023-06-05"))
    assert page.locator(":target .entry").count() >= 1
    page.locator("nav[aria-label=Months] a[rel=prev]").click()
    page.wait_for_url(re.compile("month=2023-05"))
    page.go_back()
    page.locator("#month").fill("2012-06")
    page.locator("nav[aria-label=Months] button").click()
    page.wait_for_url(re.compile("month=2012-06"))
    page.locator(".listed .letters a").first.click()
    page.wait_for_url(re.compile("/letters/"))


def test_the_calendar_is_narrowed_and_its_address_says_so(either_page: Page) -> None:
    page = either_page
    page.goto("/calendar?month=2018-06")
    page.locator("details.narrow summary").click()
    page.locator("input[name=from]").fill("2018-06")
    page.locator("input[name=to]").fill("2018-12")
    page.locator("input[name=bureau][value=BR]").check()
    page.locator("input[name=status][value=cancelled]").uncheck()
    page.locator("form.choices button").click()
    page.wait_for_url(re.compile("bureau=BR"))
    assert ("from", "2018-06") in parse_qsl(urlsplit(page.url).query)
    assert set(page.locator(".listed .facts > span", has_text=re.compile("^[A-Z]+$")).all_inner_texts()) == {"BR"}


def test_series_lead_to_their_letters_and_to_what_is_missing(either_page: Page) -> None:
    page = either_page
    page.goto("/series")
    page.get_by_role("link", name="TSB Circular").click()
    page.wait_for_url(re.compile("/series/tsb-circular"))
    assert page.locator(".strip .missing").count() > 3
    page.locator(".strip a.cited").first.click()
    page.wait_for_url(re.compile("/neighbourhood/"))
    assert "does not have this letter" in page.locator("main").inner_text()
    page.go_back()
    page.locator(".strip a.held", has_text="34").first.click()
    page.wait_for_url(re.compile("/letters/"))


def test_the_picture_of_a_neighbourhood_leads_to_its_letters(either_page: Page, letters: Archive) -> None:
    page = either_page
    page.goto("/neighbourhood/tsb-circular/2022-2024/31")
    assert page.locator("svg.picture a").count() == 4
    page.locator("svg.picture a", has_text="TSB Circular 34").click()
    page.wait_for_url(re.compile(letters.get("tsb-circular/2022-2024/34").key))
    page.go_back()
    page.get_by_role("link", name="Two steps").click()
    page.wait_for_url(re.compile("depth=2"))
    assert page.goto("/neighbourhood/tsb-circular/2022-2024/31.svg")


def test_what_the_archive_holds_leads_to_searches(either_page: Page, letters: Archive) -> None:
    page = either_page
    page.goto("/about")
    assert f"{len(letters)} letters" in page.locator("main").inner_text()
    row = page.locator("section.language tbody tr").filter(has_text="Arabic")
    count = int(row.locator(".num").inner_text())
    row.locator("a").click()
    page.wait_for_url(re.compile("language=ar"))
    assert page.locator("#results-title").inner_text().startswith(f"{count} letters")


def test_what_is_not_there_says_so(either_page: Page) -> None:
    for address in ("/nowhere", "/letters/0000", "/works/cr/99999", "/series/nonesuch", "/neighbourhood/cr/99999"):
        answer = either_page.goto(address)
        assert answer
        assert answer.status == 404, address
        assert either_page.get_by_role("alert").is_visible()
        assert either_page.get_by_role("link", name="Search the archive").is_visible()


def test_two_hundred_letters_come_to_less_than_a_hundred_kilobytes(open_page: Opener) -> None:
    page = open_page()
    weights: list[int] = []
    page.on("requestfinished", lambda request: weights.append(weight(request)))
    page.goto("/?q=radio")
    page.wait_for_load_state("networkidle")
    assert len(weights) >= 3  # the page, its stylesheets, its scripts
    assert sum(weights) < 100_000


def weight(request: Any) -> int:
    sizes = request.sizes()
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])


def test_a_picture_wider_than_the_page_is_shown_from_its_own_letter(open_page: Opener) -> None:
    page = open_page(width=360)
    page.goto("/neighbourhood/ca/158")
    frame = page.locator(".drawn")
    assert frame.evaluate("frame => frame.scrollWidth > frame.clientWidth + 100")
    outer, inner = frame.bounding_box(), page.locator(".box.middle rect").bounding_box()
    assert outer
    assert inner
    assert outer["x"] <= inner["x"]
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
