"""Whatever is typed, and whatever a letter is made of: every page answers, and nothing of it becomes markup.

What a browser makes of these pages is for the tests of the browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itudocs.archive.archive import Archive, open_archive
from itudocs.reading import Document
from tests.web.conftest import _client

if TYPE_CHECKING:
    from litestar.testing import TestClient

pytest.importorskip("litestar", reason="install the server: pip install --group test")

BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
NASTY = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'><svg onload=alert(1)>", "</title></textarea><b>",
    "{{7*7}}", "{% raw %}", "&lt;&#x3c;", "\u202e\u2066<b>\u2069", "\u200f\u061c", "javascript:alert(1)", "<!--", "]]>",
    "\x00", "\x1b]0;x\x07", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "\u2028\u2029", "%00%0d%0aX: y", "../../etc/passwd",
)  # fmt: skip
SEARCHED = ("q", "bureau", "not.place", "find.body", "more", "sort", "page", "from", "to", "collapse")
TEXT = st.one_of(
    st.text(max_size=60),
    st.sampled_from(NASTY),
    st.lists(st.sampled_from([*NASTY, "a", '"', "(", ")", "OR", "~2", "*", ":", "-", "date:", "2003"])).map(" ".join),
)
PATHS = {
    "/": SEARCHED, "/search.json": SEARCHED, "/complete.json": ("q",),
    "/calendar": ("month", "from", "to", "on", "status", "language", "bureau", "page"), "/calendar.json": ("month", "from", "on"),
    "/series": ("x",), "/about": ("x",), "/letters/{}": ("zones",), "/works/{}": ("lang",), "/series/{}": ("page",),
    "/neighbourhood/{}": ("depth",),
}  # fmt: skip
"""Pages, and names of parameters, nearly all of which they have."""

SCRIPTS = re.compile(r"/static/[\w-]+\.js\?v=[0-9a-f]+")


class Markup(HTMLParser):
    """What a page is made of: how often each tag, and whatever could run or load."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            value = value or ""
            if name.startswith("on") or name == "style" or name == "srcdoc":
                self.wrong.append(f"<{tag} {name}>")
            if name in ("href", "src", "action", "formaction") and re.match(
                r"\s*(javascript|data|vbscript):", value, re.I
            ):
                self.wrong.append(f"<{tag} {name}={value[:40]}>")
            if tag in ("script", "link") and name in ("src", "href") and not value.startswith("/"):
                self.wrong.append(f"<{tag} {name}={value[:40]}>")
        if tag in ("iframe", "object", "embed", "base", "style") or (
            tag == "script" and not SCRIPTS.fullmatch(dict(attrs).get("src") or "")
        ):
            self.wrong.append(f"<{tag}>")
        if tag == "img" and dict(attrs).get("src") == "x":
            self.wrong.append("<img src=x>")


def wrong_in(html: str) -> list[str]:
    """What of a page could run."""
    parser = Markup()
    parser.feed(html)
    parser.close()
    return parser.wrong


def test_what_could_run_is_found_in_markup() -> None:
    """Else the tests below could not fail."""
    for html in (
        "<script>1</script>",
        "<img src=x onerror=1>",
        "<a href=' javascript:1'>",
        "<p style='x'>",
        "<svg onload=1>",
    ):
        assert wrong_in(html)
    assert not wrong_in("<p>&lt;script&gt;</p><a href='/x'>x</a>")


def check(client: TestClient[Any], address: str) -> None:
    """An address has an answer that breaks nothing."""
    answer = client.get(address)
    assert answer.status_code in (200, 302, 303, 400, 404, 414, 503), (address, answer.status_code)
    if answer.headers["content-type"].startswith("text/html") and answer.status_code not in (302, 303):
        assert answer.text.count("<main") == 1
        assert not wrong_in(answer.text), address
    elif answer.headers["content-type"] == "application/json" and answer.content:
        json.loads(answer.content)
    for value in answer.headers.values():
        assert value.isprintable()


@BOUNDED
@given(path=st.sampled_from(list(PATHS)), name=TEXT, data=st.data())
def test_no_address_breaks_a_page(client: TestClient[Any], path: str, name: str, data: st.DataObject) -> None:
    from urllib.parse import quote

    items = data.draw(st.lists(st.tuples(st.sampled_from(PATHS[path]), TEXT), max_size=6))
    items += data.draw(st.just([]) | st.just([]) | st.lists(st.tuples(TEXT, TEXT), max_size=1))  # what no page has
    check(client, f"{path.format(quote(name, errors='replace'))}?{urlencode(items, errors='replace')}")


@BOUNDED
@given(raw=st.binary(max_size=80), query=st.binary(max_size=80))
def test_no_bytes_in_an_address_break_a_page(client: TestClient[Any], raw: bytes, query: bytes) -> None:
    check(client, "/" + "".join(f"%{b:02x}" for b in raw) + "?q=" + "".join(f"%{b:02x}" for b in query))


# --- letters ---

HEAD = "Geneva, 3 May 2004\nRef: TSB Circular {}\nSubject: {}\nDear Sir/Madam,\n"
BODY = "{} https://x.int/{} {}@b.int (see TSB Circular 9 of 20 December 2003) {}\nYours faithfully,\n{}\nDirector\n"


def letter(number: int, nasty: str) -> str:
    return HEAD.format(number, nasty) + BODY.format(nasty, nasty, nasty, nasty, nasty)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Letters made of markup, scripts, controls and megabytes, under names made of them too."""
    made = [Document(name=f"{nasty[:40]}.txt", data=letter(n, nasty).encode()) for n, nasty in enumerate(NASTY, 1)]
    made.append(Document(name="long line.txt", data=letter(90, "<b>" * 100_000).encode()))
    made.append(Document(name="marks.txt", data=letter(91, "e" + "\u0301" * 50_000).encode()))
    made.append(Document(name="turns.txt", data=letter(92, "\u202e\u2067\u202a" * 20_000).encode()))
    made.append(Document(name="all of them.txt", data=letter(93, " ".join(NASTY) * 2_000).encode()))
    with open_archive(tmp_path_factory.mktemp("hostile") / "a", create=True) as archive:
        report = archive.add_documents(made)
        assert report.added >= len(made) - 2  # what holds a NUL may be taken for no text
        yield archive


@pytest.fixture(scope="module")
def beset(hostile: Archive) -> Iterator[TestClient[Any]]:
    with _client(hostile) as client:
        yield client


def test_no_letter_breaks_a_page_or_becomes_markup(hostile: Archive, beset: TestClient[Any]) -> None:
    for record in hostile:
        for end in (
            "",
            ".json",
            ".txt",
            ".bib",
            ".ris",
            ".ics",
            "/explain/date",
            "/explain/subject",
            "/relations",
            "?zones=1",
        ):
            check(beset, f"/letters/{record.key}{end}")
        if record.id:
            for path in ("works", "neighbourhood"):
                check(beset, f"/{path}/{record.id}")
            check(beset, f"/neighbourhood/{record.id}.svg")
        original = beset.get(f"/letters/{record.key}/original")
        assert original.headers["content-disposition"].startswith("attachment")
        assert original.headers["content-type"] == "application/octet-stream"
        assert original.headers["x-content-type-options"] == "nosniff"
        assert original.content == hostile.data(record.key)


@pytest.mark.parametrize("query", ["", "script", "alert", "dear", '"dear sir"', "img*", "TSB Circular 9", "onerror~1"])
def test_no_list_of_such_letters_breaks_or_becomes_markup(beset: TestClient[Any], query: str) -> None:
    for extra in ({}, {"collapse": "0"}, {"page": "2"}):
        check(beset, f"/?{urlencode({'q': query} | extra)}")


@pytest.mark.parametrize(
    "path", ["/calendar", "/calendar.json", "/calendar.ics", "/series", "/series/tsb-circular", "/about", "/about.json"]
)
def test_no_overview_of_such_letters_breaks_or_becomes_markup(beset: TestClient[Any], path: str) -> None:
    check(beset, path)


def test_the_files_of_the_page_are_all_that_is_served(client: TestClient[Any]) -> None:
    for name in (
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/app.py",
        "....//app.py",
        "app.py",
        ".gitignore",
        "style.css/",
        "style.css%00",
    ):
        answer = client.get(f"/static/{name}")
        assert b"import" not in answer.content or "text/css" in answer.headers["content-type"]
        assert answer.status_code in (200, 404)
