"""A letter in the browser: values and words light up together, and all of it works by links alone as well."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from itudocs.archive.archive import Archive, open_archive
from tests.browser.browsing import Axe, Opener, Scheme, pages_of, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHAINED = "tsb-circular/2013-2016/71/cor1"


@pytest.fixture
def chained(letters: Archive) -> str:
    """The address of a corrigendum that cites a circular of the archive."""
    return f"/letters/{letters.get(CHAINED).key}"


@pytest.fixture
def editable(browser: Browser, letters: Archive, tmp_path: Path) -> Iterator[tuple[Opener, Archive]]:
    """Pages of a copy of the archive that may be corrected."""
    with (
        open_archive(shutil.copytree(letters.folder, tmp_path / "own")) as archive,
        served(archive, edit=True) as site,
        pages_of(browser, site) as (opener, watch),
    ):
        yield opener, archive
    assert watch.faults() == []


def value(page: Page, label: str) -> str:
    """The number of the first value of a row."""
    row = page.locator(".record dl > div", has=page.locator("dt", has_text=re.compile(f"^{label}$"))).first
    number: str | None = row.locator(".value").first.get_attribute("data-e")
    assert number is not None
    return str(number)


def background(page: Page, selector: str) -> str:
    return str(page.locator(selector).first.evaluate("one => getComputedStyle(one).backgroundColor"))


def test_pointing_at_a_value_marks_its_words_and_the_other_way_round(page: Page, chained: str) -> None:
    page.goto(chained)
    number = value(page, "Date")
    words = page.locator(f'#letter-text a[data-e~="{number}"]')
    shown = page.locator(f"#v{number}")
    shown.hover()
    assert "lit" in (words.get_attribute("class") or "")
    assert words.inner_text() == "14 February 2014"
    page.locator("h1").hover()
    assert page.locator(".lit").count() == 0
    words.hover()
    assert "lit" in (shown.get_attribute("class") or "")
    page.locator("h1").hover()
    shown.locator("a").first.focus()
    assert "lit" in (words.get_attribute("class") or "")


def test_a_value_leads_to_its_words_and_back(either_page: Page, chained: str) -> None:
    page = either_page
    page.goto(chained)
    number = value(page, "Subject")
    page.locator(f"#v{number} .to-words").click()
    words = page.locator(f"#e{number}")
    assert words.inner_text().startswith("ITU Workshop on")
    page.wait_for_function(
        "id => { const box = document.getElementById(id).getBoundingClientRect(); return box.top > 0 && box.bottom < innerHeight }",
        arg=f"e{number}",
    )
    page.mouse.move(0, 0)
    plain = background(page, "#letter-text")
    piece = f'#letter-text [data-e~="{number}"]'
    assert background(page, piece) != plain or background(page, f"#e{number}") != plain
    page.locator(f"{piece}").last.click()
    back = page.evaluate("() => document.activeElement.closest('[id]')?.id") if page.url.endswith(chained) else page.url
    assert re.search(r"v\d+$", back)


def test_touching_words_marks_their_value(browser: Browser, site: str, chained: str) -> None:
    context = browser.new_context(
        base_url=site, has_touch=True, viewport={"width": 360, "height": 700}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(chained)
    number = value(page, "Date")
    page.locator(f'#letter-text a[data-e~="{number}"]').tap()
    assert "lit" in (page.locator(f"#v{number}").get_attribute("class") or "")
    context.close()


def test_a_citation_is_followed_and_the_way_back_is_there(either_page: Page, chained: str, letters: Archive) -> None:
    page = either_page
    page.goto(chained)
    page.locator('a[href^="/works/tsb-circular/2013-2016/71?"]').first.click()
    page.wait_for_url(f"**/letters/{letters.get('tsb-circular/2013-2016/71').key}")
    assert "19-20 May 2014" in page.locator("h1").inner_text()
    page.go_back()
    assert "20-21 May 2014" in page.locator("h1").inner_text()


def test_a_field_is_explained_in_its_place_or_on_a_page(either_page: Page, chained: str) -> None:
    page = either_page
    page.goto(chained)
    row = page.locator(".record dl > div", has=page.locator("dt", has_text=re.compile("^Date$"))).first
    row.locator("summary").click()
    row.locator("a[data-explain]").click()
    lost = page.locator(".explanation li", has_text="24 January 2014")
    lost.wait_for()
    assert "belongs to a document that is cited" in lost.inner_text()


def test_other_letters_come_when_they_are_wanted(page: Page, chained: str) -> None:
    page.goto(chained)
    page.locator("#relations").scroll_into_view_if_needed()
    page.locator('#relations-panel a:has-text("TSB Circular 71")').first.wait_for()


def test_other_letters_are_a_page_without_a_script(page_without_js: Page, chained: str) -> None:
    page_without_js.goto(chained)
    page_without_js.locator("#relations-panel a").click()
    page_without_js.wait_for_url(f"**{chained}/relations")
    page_without_js.locator('a:has-text("TSB Circular 71")').first.click()
    page_without_js.wait_for_url("**/letters/*")


def test_zones_are_shown_on_request(either_page: Page, chained: str) -> None:
    page = either_page
    page.goto(chained)
    assert not page.locator(".legend").is_visible()
    page.locator(".zones-switch").click()
    page.locator(".legend").wait_for()
    assert page.url.split("#")[0].endswith("?zones=1")
    reference = background(page, '.zone[data-zone="reference"]')
    assert reference != background(page, '.zone[data-zone="body"]')
    page.locator(".zones-switch").click()
    page.locator(".legend").wait_for(state="hidden")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
def test_a_value_is_corrected(editable: tuple[Opener, Archive], javascript: bool) -> None:
    opener, archive = editable
    key = archive.get(CHAINED).key
    page = opener(javascript=javascript)
    page.goto(f"/letters/{key}")
    number = value(page, "Date")
    page.locator(f"#v{number}").hover()
    page.locator(f"#v{number} a.edit").click()
    form = page.locator("#correction")
    form.locator('input[name="value"]').fill("15 February")
    form.locator('input[name="by"]').fill("A. Archivist")
    form.locator('input[name="why"]').fill("date stamp")
    if javascript:
        page.locator(f'#letter-text a[data-e~="{number}"]').select_text()
        page.wait_for_function("() => document.querySelector('[data-quote]').value")
    else:
        form.locator('textarea[name="quote"]').fill("14 February 2014")
    form.locator("button.primary").click()
    page.locator('[role="alert"]').wait_for()
    again = page.locator("#correction")
    assert again.locator('input[name="value"]').input_value() == "15 February"
    assert again.locator('textarea[name="quote"]').input_value() == "14 February 2014"
    again.locator('input[name="value"]').fill("2014-02-15")
    again.locator("button.primary").click()
    page.wait_for_url(f"**/letters/{key}#v*")
    assert "15 February 2014" in page.locator(f"#v{value(page, 'Date')}").inner_text()
    said = archive.corrections(key)[0]
    assert (said.value, said.quote, said.by) == ("2014-02-15", "14 February 2014", "A. Archivist")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ident", [CHAINED, "cr/433"])
def test_a_letter_is_accessible(open_page: Opener, letters: Archive, axe: Axe, ident: str, scheme: Scheme) -> None:
    for width in (360, 1280):
        page = open_page(scheme=scheme, width=width)
        page.goto(f"/letters/{letters.versions(ident)[-1].key}?zones=1")
        page.locator("#relations").scroll_into_view_if_needed()
        page.locator("#relations-panel h3").first.wait_for()
        axe(page)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_the_pages_around_a_letter_are_accessible(editable: tuple[Opener, Archive], axe: Axe) -> None:
    opener, archive = editable
    key = archive.get(CHAINED).key
    archive.correct(key, "date", "2014-02-15", by="A. Archivist", why="date stamp")
    page = opener()
    for path in ("", "/explain/date", "/relations", "/correct?path=events", "/correct?path=date"):
        page.goto(f"/letters/{key}{path}")
        axe(page)


def test_a_hostile_letter_does_nothing(browser: Browser, tmp_path: Path) -> None:
    from itudocs.reading import Document

    evil = (
        "CIRCULAR LETTER CR/77\n3 May 2004\n\nTo <script>document.title='ran'</script> Administrations\n\n"
        "Subject: \u202e<img src=/x onerror=\"document.title='ran'\"> \u2067</bdi></span></a><b>\n\nDear Sir,\n"
        'See http://x.int/"onmouseover=alert(1) and javascript:alert(1).\n' + "y" * 30_000 + "\n"
    )
    with open_archive(tmp_path / "a", create=True) as archive:
        archive.add_documents([Document(name="<b>\u202ename.txt", data=evil.encode())])
        key = next(iter(archive)).key
        with served(archive, edit=True) as site, pages_of(browser, site) as (opener, watch):
            page = opener(width=360)
            for path in ("", "/explain/subject", "/relations", "/correct?path=subject"):
                page.goto(f"/letters/{key}{path}")
                assert page.title() != "ran"
                assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
            assert watch.faults() == []
