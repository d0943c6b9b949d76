"""The search page: every count is the archive's, every link does what it says, what fails teaches."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

pytest.importorskip("litestar", reason="install the server: pip install --group test")

from itudocs.archive.archive import Archive, open_archive
from itudocs.web.asking import SIZE
from itudocs.web.facets import FEW, Panel, PanelValue, labelled
from itudocs.web.pages.search import SearchPage, search_page
from itudocs.web.settings import Settings
from itudocs.web.urls import SearchState, parse_state, search_url

if TYPE_CHECKING:
    from litestar.testing import TestClient

SETTINGS = Settings()


def page_of(archive: Archive, address: str) -> SearchPage:
    return search_page(
        archive, parse_state(parse_qsl(urlsplit(address).query, keep_blank_values=True)), settings=SETTINGS
    )


def panel_of(page: SearchPage, field: str) -> Panel:
    return next(panel for panel in page.panels if panel.field == field)


def value_of(page: SearchPage, field: str, value: str) -> PanelValue:
    return next(one for one in panel_of(page, field).values if one.value == value)


def test_the_start_page_shows_the_newest_letters_facets_and_examples_that_find_something(archive: Archive) -> None:
    page = page_of(archive, "/")
    assert page.start
    assert page.holds == page.letters == len(archive)
    dates = [hit.date for hit in page.hits if hit.date]
    assert dates == sorted(dates, reverse=True)
    assert {panel.field for panel in page.panels} >= {"bureau", "series", "language"}
    assert len(page.examples) >= 5
    for example in page.examples:
        assert page_of(archive, example.url).total > 0, example.query


@pytest.mark.parametrize("address", ["/", "/?q=meeting", "/?q=meeting&bureau=TSB", "/?collapse=0&not.language=en"])
def test_every_facet_link_finds_what_its_count_says(archive: Archive, address: str) -> None:
    page = page_of(archive, address)
    looked = 0
    for panel in page.panels:
        for value in panel.values:
            if not value.chosen and not value.excluded and not any(v.chosen for v in panel.values):
                assert page_of(archive, value.url).total == value.count, (panel.field, value.value)
                looked += 1
    assert looked > 8


@pytest.mark.parametrize(
    "address", ["/?collapse=0", "/?q=meeting&collapse=0", "/?q=meeting&from=2003&to=2010&collapse=0"]
)
def test_what_is_excluded_and_what_is_chosen_make_up_the_whole(archive: Archive, address: str) -> None:
    page = page_of(archive, address)
    for panel in page.panels:
        for value in panel.values:
            assert value.count is not None
            assert page_of(archive, value.exclude_url).total == page.total - value.count, (panel.field, value.value)


def test_values_of_one_field_widen_and_a_chosen_value_can_be_given_up(archive: Archive) -> None:
    page = page_of(archive, "/?bureau=TSB")
    both = page_of(archive, value_of(page, "bureau", "BR").url)
    assert dict(both.state.chosen) == {"bureau": ("BR", "TSB")}
    assert both.total == (value_of(page, "bureau", "TSB").count or 0) + (value_of(page, "bureau", "BR").count or 0)
    assert page_of(archive, value_of(both, "bureau", "TSB").url).url == "/?bureau=BR"
    assert page_of(archive, "/?bureau=tsb").total == page.total
    assert value_of(page_of(archive, "/?bureau=tsb"), "bureau", "TSB").url == "/"


def test_a_value_with_several_words_and_accents_is_excluded_exactly(archive: Archive) -> None:
    places = archive.search(facets=("place",), facet_size=500, limit=0).facets[0].values
    named = [value for value in places if " " in value.value or not value.value.isascii()]
    assert named, "no place of several words among the letters"
    everything = archive.search(limit=0).total
    for value in named:
        assert archive.search(exclude={"place": value.value}, limit=0).total == everything - value.count, value.value


def test_an_excluded_value_is_listed_as_such_and_let_in_again_by_its_link(archive: Archive) -> None:
    page = page_of(archive, "/?not.bureau=TSB")
    excluded = value_of(page, "bureau", "TSB")
    assert excluded.excluded
    assert excluded.count is None
    assert excluded.url == "/"
    assert [(chip.kind, chip.value, chip.url) for chip in page.chips] == [("excluded", "TSB", "/")]
    assert all(hit.bureau != "TSB" for hit in page.hits)


def test_a_reference_is_found_first_also_where_something_is_excluded_or_dates_are_chosen(archive: Archive) -> None:
    hit = next(
        h for h in archive.search(limit=50, collapse=True).hits if h.ref and h.id and h.date and h.bureau == "BR"
    )
    address = search_url(SearchState(q=hit.ref or "").exclude("bureau", "SG").between(hit.date, dt.date(2030, 1, 1)))
    assert page_of(archive, address).hits[0].id == hit.id


def test_values_of_a_long_facet_are_looked_for_and_listed_in_full(archive: Archive) -> None:
    page = page_of(archive, "/")
    long = next(panel for panel in page.panels if panel.distinct > FEW + 1)
    assert long.searchable
    assert len(long.values) == FEW
    assert long.more_url is not None
    more = panel_of(page_of(archive, long.more_url), long.field)
    assert len(more.values) == long.distinct
    assert more.more_url == "/"
    sought = more.values[-1].value
    found = panel_of(page_of(archive, search_url(SearchState(find={long.field: sought.upper()}))), long.field)
    assert sought in [value.value for value in found.values]
    assert len(found.values) < long.distinct
    nothing = panel_of(page_of(archive, search_url(SearchState(find={long.field: "xqzw"}))), long.field)
    assert nothing.values == ()


def test_values_that_have_a_name_are_looked_for_by_it_and_by_their_code(archive: Archive) -> None:
    for text in ("DM letter", "dm"):
        found = panel_of(page_of(archive, search_url(SearchState(find={"series": text}))), "series")
        assert "dm" in [value.value for value in found.values], text
        assert len(found.values) < found.distinct
    kept = panel_of(page_of(archive, "/?series=cr&find.series=dm"), "series")
    assert [value.value for value in kept.values if value.chosen] == ["cr"]


def test_bars_add_up_to_the_dated_letters_and_each_finds_what_it_says(archive: Archive) -> None:
    page = page_of(archive, "/?collapse=0")
    assert page.timeline is not None
    assert page.timeline.unit == "year"
    undated = archive.search("-has:date", limit=0).total
    assert sum(bar.count for bar in page.timeline.bars) == page.total - undated
    assert max(bar.height for bar in page.timeline.bars) == 48
    busiest = max(page.timeline.bars, key=lambda bar: bar.count)
    year = page_of(archive, busiest.url)
    assert year.total == busiest.count
    assert year.timeline is not None
    assert year.timeline.unit == "month"
    assert len(year.timeline.bars) == 12
    assert sum(bar.count for bar in year.timeline.bars) == year.total
    month = max(year.timeline.bars, key=lambda bar: bar.count)
    assert page_of(archive, month.url).total == month.count
    assert year.timeline.all_url == page.url


def test_a_range_of_years_keeps_the_bars_beside_it_with_their_counts(archive: Archive) -> None:
    everything, some = page_of(archive, "/?q=meeting"), page_of(archive, "/?q=meeting&from=2008&to=2012")
    assert everything.timeline is not None
    assert some.timeline is not None
    assert [bar.count for bar in some.timeline.bars] == [bar.count for bar in everything.timeline.bars]
    chosen = [bar for bar in some.timeline.bars if bar.chosen]
    assert [bar.label for bar in chosen] == ["2008", "2009", "2010", "2011", "2012"]
    assert sum(bar.count for bar in chosen) == some.total < everything.total
    assert [chip.value for chip in some.chips] == ["2008 to 2012"]


def test_versions_are_one_hit_with_a_link_to_each_language(archive: Archive) -> None:
    page = page_of(archive, "/")
    six = next(hit for hit in page.hits if len(hit.siblings) == 6)
    assert six.versions >= 6
    assert [one.language for one in six.siblings] == ["en", "fr", "es", "ru", "ar", "zh"]
    assert [one.url for one in six.siblings if one.current] == [six.url]
    assert all(one.url.startswith(f"/works/{six.id}?lang=") for one in six.siblings if not one.current)
    assert page.fold is not None
    apart = page_of(archive, page.fold.url)
    assert apart.total == page.letters > page.total
    assert apart.fold is not None
    assert apart.fold.url == page.url


def test_the_link_of_a_language_leads_to_that_version(client: TestClient[Any], archive: Archive) -> None:
    six = next(hit for hit in page_of(archive, "/").hits if len(hit.siblings) == 6)
    for one in six.siblings:
        if not one.current:
            key = client.get(one.url).headers["location"].removeprefix("/letters/")
            assert archive.get(key).language == one.language
    assert (
        client.get(f"/works/{six.id}?lang=xx").headers["location"] == client.get(f"/works/{six.id}").headers["location"]
    )


def test_pages_lead_from_the_first_hit_to_the_last_and_none_is_left_out(archive: Archive) -> None:
    keys: list[str] = []
    page = page_of(archive, "/?collapse=0&sort=ref")
    while True:
        keys += [hit.key for hit in page.hits]
        assert page.pager is not None
        assert page.hits[-1].number == page.pager.last == len(keys)
        if page.pager.next_url is None:
            break
        page = page_of(archive, page.pager.next_url)
    assert len(keys) == len(set(keys)) == page.total > SIZE
    beyond = page_of(archive, "/?collapse=0&page=99")
    assert beyond.hits == ()
    assert beyond.pager is not None
    assert page_of(archive, beyond.pager.previous_url or "").pager == page_of(archive, "/?collapse=0&page=3").pager


def test_a_mistyped_query_is_answered_with_what_was_meant(archive: Archive) -> None:
    page = page_of(archive, "/?q=meetng")
    assert page.meant[0].query == "meeting"
    assert page_of(archive, page.meant[0].url).letters == page.meant[0].letters
    narrowed = page_of(archive, "/?q=meetng&not.bureau=BR")
    assert narrowed.meant[0].query == "meeting"
    assert narrowed.meant[0].letters is None
    assert narrowed.meant[0].url == "/?q=meeting&not.bureau=BR"


@pytest.mark.parametrize(
    ("address", "whats"),
    [
        ("/?q=meeting+zzxqy", {"zzxqy"}),
        ("/?q=meeting&bureau=BR&from=1970&to=1971", {"dates: 1970 to 1971", "all that narrows it"}),
        ("/?q=zzxqy+meeting+yyqxz", {"meeting"}),
    ],
)
def test_where_nothing_is_found_the_page_says_what_would_help(archive: Archive, address: str, whats: set[str]) -> None:
    page = page_of(archive, address)
    assert page.total == 0
    assert {one.what for one in page.relaxed} == whats
    for one in page.relaxed:
        assert page_of(archive, one.url).total == one.letters > 0
    assert page.examples


@pytest.mark.parametrize(
    ("query", "before", "at", "after"),
    [
        ("a sbject:tariff b", "a ", "sbject:tariff", " b"),
        ("date:2003-02-30", "date:", "2003-02-30", ""),
        ('draft "open', "draft ", '"open', ""),
        ("tariff OR", "tariff ", "OR", ""),
    ],
)
def test_a_query_that_is_not_understood_is_shown_where_it_stumbles(
    client: TestClient[Any], archive: Archive, query: str, before: str, at: str, after: str
) -> None:
    page = search_page(archive, SearchState(q=query), settings=SETTINGS)
    assert page.error is not None
    assert (page.error.before, page.error.at, page.error.after) == (before, at, after)
    assert page.error.hint
    assert page.hits == ()
    assert page.examples
    answer = client.get("/", params={"q": query})
    assert answer.status_code == 400
    assert "<mark>" in answer.text
    data = client.get("/search.json", params={"q": query})
    assert data.status_code == 400
    assert data.json()["error"]["position"] == page.error.position


def test_a_parameter_that_makes_no_sense_is_told_on_the_page_and_in_the_data(client: TestClient[Any]) -> None:
    page = client.get("/?q=meeting&sort=sideways")
    assert page.status_code == 400
    assert "no sort order" in page.text
    assert 'value="meeting"' in page.text
    assert client.get("/search.json?page=0").json()["error"]["code"] == "query"


def test_another_address_of_a_search_leads_to_its_own(client: TestClient[Any]) -> None:
    moved = client.get("/?sort=relevance&q=+wsis++summit&to=&collapse=1")
    assert moved.status_code == 302
    assert moved.headers["location"] == "/?q=wsis+summit"
    assert client.get("/search?q=wsis").headers["location"] == "/?q=wsis"
    page = client.get("/?q=wsis&bureau=SG&from=2003&to=2005-07&find.place=g")
    assert page.status_code == 200
    assert (
        '<link rel="canonical" href="/?q=wsis&amp;bureau=SG&amp;from=2003&amp;to=2005-07&amp;find.place=g">'
        in page.text
    )


def test_page_and_data_tell_the_same(client: TestClient[Any], archive: Archive) -> None:
    data = client.get("/search.json?q=meeting&bureau=TSB").json()
    page = page_of(archive, "/?q=meeting&bureau=TSB")
    assert data["total"] == page.total
    assert [hit["key"] for hit in data["hits"]] == [hit.key for hit in page.hits]
    assert data["state"]["chosen"] == {"bureau": ["TSB"]}
    html = client.get("/?q=meeting&bureau=TSB").text
    assert all(hit.url in html for hit in page.hits)
    assert page.data_url.replace("&", "&amp;") in html


def test_what_is_typed_is_completed_and_what_is_malformed_or_endless_does_no_harm(client: TestClient[Any]) -> None:
    fields = client.get("/complete.json", params={"q": "burea"}).json()["completions"]
    assert [one["value"] for one in fields if one["kind"] == "field"] == ["bureau:"]
    values = client.get("/complete.json", params={"q": "bureau:T"}).json()["completions"]
    assert [one["query"] for one in values] == ["bureau:TSB"]
    for q in ('"(((', "a" * 20_000, "\x00", "subject:(", "*", ""):
        assert client.get("/complete.json", params={"q": q}).status_code == 200, q[:20]


HOSTILE = (
    '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onfocus='alert(1)", "{{7*7}}",
    "\u202egnp.exe", "a\u0000b", "%00", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "(" * 100,
    "*" * 500, "a " * 900, "x~2 " * 20,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["q", "bureau", "not.place", "find.body", "sort", "page", "from", "more"])
def test_no_text_in_an_address_breaks_or_becomes_markup(client: TestClient[Any], name: str, text: str) -> None:
    answer = client.get("/", params={name: text}, follow_redirects=True)
    assert answer.status_code in (200, 400)
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert "onfocus='alert" not in answer.text
    assert "49" not in answer.text.split("<title>")[1].split("</title>")[0]
    assert " style=" not in answer.text
    assert "onclick=" not in answer.text


def test_an_archive_without_letters_says_how_to_add_some(tmp_path: Path, connect: Any) -> None:
    with open_archive(tmp_path / "a", create=True) as empty:
        page = search_page(empty, SearchState(), settings=SETTINGS)
        assert page.total == page.holds == 0
        assert page.examples == ()
        client = connect(empty)
        assert "itudocs add" in client.get("/").text
        assert client.get("/?q=wsis").status_code == 200
        assert client.get("/?q=(").status_code == 400


def test_letters_full_of_markup_and_bidi_controls_are_shown_as_text(tmp_path: Path, connect: Any) -> None:
    letter = (
        "INTERNATIONAL TELECOMMUNICATION UNION\nTELECOMMUNICATION STANDARDIZATION BUREAU\nGeneva, 3 May 2004\n"
        "Ref: TSB Circular 221\nSubject: <b onclick=alert(1)>Workshop</b> \u202e<script>alert(2)</script> &amp;\n"
        "Dear Sir/Madam,\n1 A workshop \u202eon <img src=x onerror=alert(3)> accounting takes place in Geneva.\n"
        "Yours faithfully,\nA. Nobody\nDirector\n"
    )
    (tmp_path / "letter.txt").write_text(letter, encoding="utf-8")
    with open_archive(tmp_path / "a", create=True) as archive:
        archive.add([tmp_path / "letter.txt"])
        text = connect(archive).get("/?q=workshop").text
    assert "<mark>workshop</mark>" in text.lower()
    assert "\u202e" not in text
    for markup in ("<b onclick", "<script>alert", "<img src=x"):
        assert markup not in text


def test_a_search_that_costs_too_much_is_given_up_and_said_to_be(archive: Archive) -> None:
    page = search_page(archive, SearchState(q="meeting"), settings=Settings(seconds=1e-9))
    assert page.error is not None
    assert page.hits == ()
    assert page.error.message
    assert not page.error.points


@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        ("language", "fr", "French"), ("language", "tlh", "tlh"), ("series", "tsb-circular", "TSB Circular"),
        ("series", "no-such", "no-such"), ("group", "itu-t-sector-members", "ITU-T sector members"),
        ("group", "member-states", "member states"), ("body", "ITU-T SG13", "ITU-T SG13"),
        ("place", "A\u202eB\nC", "AB C"),
    ],
)  # fmt: skip
def test_values_are_shown_by_names_for_people(field: str, value: str, label: str) -> None:
    assert labelled(field, value) == label
