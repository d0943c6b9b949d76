"""A page answers what it knows how to answer: unknown parameters are refused by name, pages beyond the last are not there."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest

from itudocs.archive.archive import Archive
from itudocs.web.urls import STATE
from tests.web.conftest import Connect

if TYPE_CHECKING:
    from litestar.testing import TestClient

pytest.importorskip("litestar", reason="install the server: pip install --group test")

PAGES = (
    "/", "/?q=meeting", "/?q=meeting&bureau=TSB&not.language=fr&from=2001&to=2012&collapse=0&sort=date&more=bureau",
    "/?q=meetng", "/?q=zzxqy+meeting", "/?collapse=0&page=2", "/?q=a&sort=sideways", "/?collapse=0&page=99",
    "/calendar", "/calendar?from=2000&to=2020&status=past&bureau=TSB&language=fr&on=2004-01-01",
    "/series", "/series/tsb-circular", "/about", "/letters/KEY", "/letters/KEY?zones=1", "/letters/KEY/relations",
    "/letters/KEY/explain/date", "/neighbourhood/ID", "/neighbourhood/ID?depth=2", "/letters/KEY/correct?path=date",
)  # fmt: skip
"""Pages of every kind, KEY and ID those of a letter."""


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("/?zzz=1", "It has q, series, bureau, "), ("/?bureua=TSB", "Did you mean 'bureau'? It has q, "),
        ("/search?q=a&utm_source=x", "It has q, "), ("/search.json?zzz=1", "It has q, series, "),
        ("/search.json?q=a&not.burau=TSB", "Did you mean 'not.bureau'? "), ("/complete.json?p=x", "It has q."),
        ("/calendar?month=2018-03&bureaux=BR", "Did you mean 'bureau'? It has month, from, to, on, status, "),
        ("/calendar.json?since=2018", "from, to"), ("/calendar.ics?Month=2018-03", "Did you mean 'month'? "),
        ("/series.json?page=1", "It has none."), ("/series/cr?pge=1", "Did you mean 'page'? It has page."),
        ("/about?x", "It has none."), ("/health?x=1", "It has none."), ("/health.json?=", "It has none."),
        ("/works/cr/433.json?language=ar", "It has lang."), ("/neighbourhood/cr/433.svg?dept=2", "It has depth."),
        ("/openapi.json?v=3", "It has none."), ("/static/style.css?w=1", "It has v."),
    ],
)  # fmt: skip
def test_an_unknown_parameter_is_refused_and_those_that_there_are_named(
    client: TestClient[Any], address: str, hint: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    name = next(
        one for one, _ in parse_qsl(urlsplit(address).query, keep_blank_values=True) if one not in ("q", "month")
    )
    if ".json" in address or ".ics" in address or ".svg" in address:
        told = answer.json()["error"]
        assert (told["code"], told["message"]) == ("parameter", f"This page has no parameter {name!r}.")
        assert hint in told["hint"]
    else:
        text = html.unescape(answer.text)
        assert f"This page has no parameter {name!r}." in text
        assert hint in text


def test_a_parameter_that_would_like_to_be_markup_or_a_book_is_told_as_text(client: TestClient[Any]) -> None:
    answer = client.get("/about", params={"<script>alert(1)</script>" + "x" * 9_000: "1"})
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text
    assert len(answer.content) < 9_000


def test_a_search_has_the_parameters_that_the_openapi_document_says(client: TestClient[Any]) -> None:
    told = client.get("/openapi.json").json()["paths"]["/search.json"]["get"]["parameters"]
    assert tuple(one["name"] for one in told) == STATE
    for name in STATE:
        assert "has no parameter" not in client.get("/search.json", params={name: "1"}).text


def test_every_parameter_of_the_openapi_document_is_known(client: TestClient[Any], archive: Archive) -> None:
    record = next(one for one in archive if one.id)
    document = client.get("/openapi.json").json()
    for path, item in document["paths"].items():
        names = [one["name"] for one in item["get"].get("parameters", []) if one["in"] == "query"]
        address = path.format(
            key=record.key, field="date", work=record.id, letter=record.id, slug="tsb-circular",
        )  # fmt: skip
        assert client.get(address).status_code in (200, 303), address
        for name in names:
            assert "has no parameter" not in client.get(address, params={name: "1"}).text, (address, name)
        assert "has no parameter" in client.get(address, params={"zzz": "1"}).text, address


class Ways(HTMLParser):
    """The addresses to which a page leads: its links, and its forms as they are sent."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._action: str | None = None
        self._items: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found += [given[name] for name in ("href", "src") if name in given]
        if tag == "form" and given.get("method", "get") == "get":
            self._action, self._items = given.get("action", ""), []
        if tag in ("input", "select", "textarea", "button") and given.get("name") and self._action is not None:
            self._items.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._action is not None:
            self.found.append(f"{self._action}?{urlencode(self._items)}")
            self._action = None


@pytest.mark.parametrize("page", PAGES)
def test_no_link_and_no_form_of_a_page_sends_what_is_not_known(archive: Archive, connect: Connect, page: str) -> None:
    """Links of one shape (a path, its parameters' names) are followed once."""
    client = connect(archive, edit=True)
    record = next(one for one in archive if one.id and one.date and len(archive.keys(one.id)) > 1)
    address = page.replace("KEY", record.key).replace("ID", record.id or "")
    answer = client.get(address, follow_redirects=True)
    assert "has no parameter" not in answer.text
    ways = Ways()
    ways.feed(answer.text)
    shapes: dict[tuple[str, frozenset[str]], str] = {}
    for way in ways.found:
        parts = urlsplit(urljoin(address, way))
        if parts.query and not parts.netloc:
            names = frozenset(name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
            shapes.setdefault((re.sub(r"[0-9a-f]{64}", "KEY", parts.path), names), parts._replace(fragment="").geturl())
    assert shapes  # style sheets at least
    for way in shapes.values():
        assert "has no parameter" not in client.get(way).text, way


# -- pages beyond the last ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "last"),
    [
        ("/search.json?page=99999&q=meeting&collapse=0", r"/search\.json\?q=meeting&collapse=0(&page=\d)?"),
        ("/search.json?q=zzxqy&page=2", r"/search\.json\?q=zzxqy"),
        ("/calendar.json?from=2000&page=99999", r"/calendar\.json\?from=2000(&page=\d+)?"),
        ("/series/tsb-circular.json?page=9", r"/series/tsb-circular\.json"),
    ],
)
def test_data_of_a_page_beyond_the_last_are_not_there_and_the_last_is_named(
    client: TestClient[Any], address: str, last: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    told = answer.json()["error"]
    assert (told["code"], told["position"]) == ("no-such-page", None)
    assert re.fullmatch(r"The last is page \d+\.", told["hint"])
    assert re.fullmatch(last, told["url"])
    assert client.get(told["url"]).status_code == 200


@pytest.mark.parametrize(
    "address", ["/?collapse=0&page=99", "/calendar?from=2000&page=99", "/series/tsb-circular?page=9"]
)
def test_a_page_beyond_the_last_is_not_there_and_leads_to_the_last(client: TestClient[Any], address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    (last,) = re.findall(r'<p>(?:The last page is )?<a href="([^"]+)">(?:The last is )?page \d+\.?</a>', answer.text)
    assert client.get(html.unescape(last)).status_code == 200


def test_the_first_page_of_nothing_is_there(client: TestClient[Any]) -> None:
    assert client.get("/search.json?q=zzxqy").status_code == client.get("/?q=zzxqy").status_code == 200
    assert client.get("/?q=zzxqy&page=2").status_code == 404
