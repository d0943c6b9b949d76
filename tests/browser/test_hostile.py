"""Letters made of markup, scripts, marks that turn text round, and megabytes: nothing runs, nothing breaks, all fits.

Every page that shows such letters is opened with scripts on. That nothing was run is told by the watch over the page
(dialogs, requests to elsewhere, violations of the policy, exceptions) and by marks that the letters' scripts would leave.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from itudocs.archive.archive import Archive, open_archive
from itudocs.reading import Document
from tests.browser.browsing import Axe, Watch, pages_of, served
from tests.made_letters import HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCRIPTS = (
    "<script>window.ran = 1</script>",
    "\"><img src=x onerror='window.ran = 1'>",
    "'-alert(1)-'",
    "</title><svg onload=alert(1)>",
    "</textarea></bdi></a></li></table></main><iframe src=javascript:alert(1)>",
    "{{ 7*7 }}{% raw %} ${7*7} #{7*7}",
    "<!--<base href=http://198.51.100.1/><link rel=stylesheet href=//198.51.100.1/x.css>",
    "&lt;script&gt;alert(1)&lt;/script&gt;&#x202e;",
    "\u202e\u2066evil\u2069 txt.exe \u200f\u061c\u202d",
    "<mark class=lit id=main data-e=date style=position:fixed;inset:0>",
    "javascript:alert(document.domain)",
    *(text for text in HOSTILE if "\ud800" not in text and "\x00" not in text),
)
SECONDS = 15
"""What the worst page may take from the click to the last byte shown, here, beside everything else that runs."""


def letter(number: int, words: str) -> str:
    """A circular in which a person who means harm wrote all that can be written."""
    return f"""INTERNATIONAL TELECOMMUNICATION UNION
Radiocommunication Bureau
Circular Letter
CR/{number}
1 March 2018

To {words}

Subject: {words}

Dear Sir/Madam, {words}

1 The seminar {words} will be held in Geneva, {words}, from 26 to 29 March 2018. Contributions about {words} must be sent not
later than 20 March 2018 to <{words}@example.org>, see http://www.example.org/{words.replace(" ", "")} and CR/{number - 1}.

2 This circular replaces Circular Letter CR/{number - 2}. See also CR/{number - 1} {words}.

Yours faithfully,

{words}
Director {words}

Annexes: 1 {words}
"""


def documents() -> Iterator[Document]:
    """Letters of everything that hurts."""
    for number, words in enumerate(SCRIPTS, 400):
        name = f"<b onclick=alert(1)>{number}\u202e.txt\n\"'--></b>"
        yield Document(name=name, data=letter(number, words).encode())
    yield Document(name="words.txt", data=letter(500, "endless").encode() + b"\n" + b"x" * 2_000_000)
    yield Document(name="lines.txt", data=letter(501, "lines").encode() + b"<b>line &amp; more</b>\n" * 60_000)
    cited = "\n".join(
        f"See Circular Letter CR/{n} of 1 March 2018 and http://example.org/{n}?a=<b>" for n in range(4000)
    )
    yield Document(name="citing.txt", data=letter(502, "citing").encode() + b"\n" + cited.encode())
    turned = "\u202e\u202d\u2066\u2067" * 20_000 + "العربية" * 20_000
    yield Document(name="turned.txt", data=(letter(503, "turned") + "\n" + turned).encode())


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive of them."""
    with open_archive(tmp_path_factory.mktemp("hostile") / "archive", create=True) as archive:
        report = archive.add_documents(documents())
        assert report.failed == ()
        yield archive


@pytest.fixture(scope="module")
def hostile_site(browser: Browser, hostile: Archive) -> Iterator[str]:
    """A server of it."""
    with served(hostile) as address:
        yield address


@pytest.fixture
def watched(browser: Browser, hostile_site: str) -> Iterator[tuple[Page, Watch]]:
    """A narrow page of it, and the watch over it."""
    with pages_of(browser, hostile_site) as (opener, watch):
        yield opener(width=360), watch
    assert watch.faults() == []


def opened(page: Page, address: str, *, status: int = 200) -> None:
    """Open a page and look whether anything was run or burst its bounds."""
    began = time.monotonic()
    answer = page.goto(address)
    assert answer
    assert answer.status == status, address
    page.wait_for_load_state("networkidle")
    assert time.monotonic() - began < SECONDS, address
    assert page.evaluate("window.ran") is None, address
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, f"{address} does not fit"
    assert page.locator("main#main").count() == 1, address
    assert page.locator("main footer, main iframe, main [onclick], main [onload], main [style], main base").count() == 0
    assert page.evaluate("getComputedStyle(document.querySelector('footer.site')).direction") == "ltr"


@pytest.mark.parametrize(
    "address",
    [
        "/", "/?q=seminar", "/?q=seminar&collapse=0", "/?q=script", "/?sort=ref&more=place&more=body", "/about", "/series",
        "/series/cr", "/calendar?month=2018-03", "/calendar?month=2018-03&status=mentioned&status=announced",
        "/neighbourhood/cr/502", "/neighbourhood/cr/502?depth=2", "/neighbourhood/cr/405",
    ],
)  # fmt: skip
def test_lists_of_hostile_letters_are_harmless(watched: tuple[Page, Watch], address: str) -> None:
    opened(watched[0], address)


def test_hostile_letters_are_read_without_harm(watched: tuple[Page, Watch], hostile: Archive) -> None:
    page, _ = watched
    for record in hostile:
        opened(page, f"/letters/{record.key}")
        page.locator(".record .value").first.hover()
    assert len(hostile) > 25


def test_what_hostile_letters_say_is_shown_as_it_is(watched: tuple[Page, Watch], hostile: Archive) -> None:
    page, _ = watched
    for number, words in enumerate(SCRIPTS[:4], 400):
        opened(page, f"/letters/{hostile.get(f'cr/{number}').key}")
        assert words in page.locator("h1").inner_text()
        assert words in page.locator("#letter-text").inner_text()


@pytest.mark.parametrize("field", ["subject", "addressees", "events", "citations", "signatory", "urls"])
def test_why_a_value_was_found_is_told_without_harm(watched: tuple[Page, Watch], hostile: Archive, field: str) -> None:
    for number in (400, 401, 403, 408, 501):
        opened(watched[0], f"/letters/{hostile.get(f'cr/{number}').key}/explain/{field}")


def test_a_picture_of_hostile_letters_opened_by_itself_is_harmless(watched: tuple[Page, Watch]) -> None:
    page, _ = watched
    for address in ("/neighbourhood/cr/402.svg", "/neighbourhood/cr/403.svg?depth=2"):
        answer = page.goto(address)
        assert answer
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert page.evaluate("window.ran") is None


def test_files_of_hostile_letters_are_not_shown_as_pages(watched: tuple[Page, Watch], hostile: Archive) -> None:
    page, _ = watched
    key = hostile.get("cr/400").key
    for form, kind in (
        ("/original", "application/octet-stream"),
        (".txt", "text/plain"),
        (".json", "application/json"),
    ):
        answer = page.request.get(f"/letters/{key}{form}")
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert (
            "sandbox" in answer.headers["content-security-policy"]
            or "default-src 'none'" in (answer.headers["content-security-policy"])
        )
        disposition = answer.headers.get("content-disposition", "")
        assert "\n" not in disposition
        assert "<" not in disposition


@pytest.mark.parametrize(
    "words", [*SCRIPTS, "a" * 1_900, "(" * 500, '"' * 99, "x~2 y~2 z~2 *a* *b*", "date:" * 50, "\u202e"]
)
def test_whatever_is_typed_is_answered_in_words(watched: tuple[Page, Watch], words: str) -> None:
    page, _ = watched
    answer = page.goto(f"/?q={quote(words)}")
    assert answer
    assert answer.status in (200, 400)
    assert page.evaluate("window.ran") is None
    assert page.locator("#q").input_value().split() == " ".join(words.replace("\u202e", "\u202e").split()).split()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_hostile_letter_can_be_used_by_everyone(watched: tuple[Page, Watch], hostile: Archive, axe: Axe) -> None:
    page, _ = watched
    for number in (400, 408):
        opened(page, f"/letters/{hostile.get(f'cr/{number}').key}")
        axe(page)
