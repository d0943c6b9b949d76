"""Who cites whom around a letter, as a table and as a picture."""

from __future__ import annotations

import itertools
from typing import Any
from xml.etree import ElementTree

import pytest

from itudocs.archive.archive import Archive
from itudocs.archive.linking import link
from itudocs.errors import NotInArchive
from itudocs.model import Circular, Citation
from itudocs.web.pages.neighbourhood import NeighbourhoodPage, neighbourhood_page
from itudocs.web.picture import HEIGHT, WIDTH, fitting, standalone
from tests.made_letters import HOSTILE, made
from tests.web.conftest import Connect


def cite(identity: str, **more: Any) -> Citation:
    return Citation(text=identity.upper(), kind="circular", id=identity, **more)


LETTERS = (
    made("cr/1", "2001-01-01", ref="CR/1", subject="One"),
    made("cr/2", "2002-01-01", ref="CR/2", citations=(cite("cr/1"), cite("cr/90"))),
    made("cr/2/cor1", "2002-02-01", ref="CR/2 Corrigendum 1"),
    made("cr/3", "2003-01-01", ref="CR/3", citations=(cite("cr/2", relation="replaces"), cite("cr/3"))),
    made("cr/4", "2004-01-01", ref="CR/4", citations=(cite("cr/3"),)),
    made("cr/5", "2005-01-01", ref="CR/5"),
)


def page_of(letter: str, letters: tuple[Circular, ...] = LETTERS, **more: Any) -> NeighbourhoodPage:
    return neighbourhood_page(link(one.to_json().encode() for one in letters), letter, **more)


def test_the_letter_stands_in_the_middle_of_its_neighbours() -> None:
    page = page_of("CR/2")
    assert page.middle.id == page.id == "cr/2"
    assert {(one.id, one.steps, one.held) for one in page.letters} == {
        ("cr/2", 0, True), ("cr/1", 1, True), ("cr/90", 1, False), ("cr/2/cor1", 1, True), ("cr/3", 1, True),
    }  # fmt: skip
    assert {(step.source, step.kind, step.target) for step in page.steps} == {
        ("cr/2", "cites", "cr/1"), ("cr/2", "cites", "cr/90"), ("cr/2/cor1", "corrects", "cr/2"),
        ("cr/3", "replaces", "cr/2"), ("cr/3", "cites", "cr/3"),
    }  # fmt: skip
    assert (page.state, page.successor) == ("replaced", "cr/3")
    assert {step.suffers for step in page.steps} == {"cited by", "corrected by", "replaced by"}


def test_two_steps_reach_farther() -> None:
    assert "cr/4" not in page_of("cr/2").by_id
    assert page_of("cr/2", depth=2).by_id["cr/4"].steps == 2


def test_a_letter_that_is_only_cited_has_a_neighbourhood_and_one_that_nobody_cites_is_alone() -> None:
    page = page_of("cr/90")
    assert (page.middle.held, [step.source for step in page.steps]) == (False, ["cr/2"])
    alone = page_of("cr/5")
    assert (alone.total, alone.steps) == (1, ())
    with pytest.raises(NotInArchive):
        page_of("cr/77")


def test_of_many_neighbours_the_nearest_are_shown_and_the_rest_is_counted() -> None:
    many = tuple(made(f"ca/{n}", "2010-01-01", citations=(cite("cr/2"),)) for n in range(1, 200))
    page = page_of("cr/2", (*LETTERS, *many), nodes=20)
    assert (page.shown, page.total) == (20, 204)
    assert {"cr/2", "cr/3", "cr/2/cor1"} <= set(page.by_id)  # what changes a letter comes before what cites it
    assert all({step.source, step.target} <= set(page.by_id) for step in page.steps)


def test_in_the_picture_no_two_letters_overlap_and_older_ones_stand_to_the_left() -> None:
    many = tuple(made(f"ca/{n}", f"20{n % 7 + 10}-01-01", citations=(cite("cr/2"),)) for n in range(1, 60))
    drawn = page_of("cr/2", (*LETTERS, *many)).picture
    for one, other in itertools.combinations(drawn.boxes, 2):
        assert abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= HEIGHT
    for box in drawn.boxes:
        assert 0 <= box.x <= drawn.width - WIDTH
        assert 0 <= box.y <= drawn.height - HEIGHT
    dated = sorted((b.box.date.year, b.x) for b in drawn.boxes if b.box.date)
    assert [x for _, x in dated] == sorted(x for _, x in dated)
    assert len(drawn.lines) == len([s for s in page_of("cr/2", (*LETTERS, *many)).steps if s.source != s.target])


def test_the_picture_alone_is_svg_with_a_title_and_links() -> None:
    page = page_of("cr/2")
    root = ElementTree.fromstring(standalone(page.picture, "Letters around CR/2"))
    svg = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{svg}title").text == "Letters around CR/2"  # type: ignore[union-attr]
    assert {link.get("href") for link in root.iter(f"{svg}a")} == {
        "/works/cr/1", "/works/cr/2", "/works/cr/2/cor1", "/works/cr/3", "/neighbourhood/cr/90",
    }  # fmt: skip
    assert root.get("style") is None
    assert not list(root.iter(f"{svg}style"))


def test_subjects_that_would_like_to_be_markup_are_text() -> None:
    texts = [*(t for t in HOSTILE if "\ud800" not in t), "</title><script>alert(1)</script>", "]]><!--"]
    letters = tuple(
        made(f"ca/{n}", "2010-01-01", ref=text, subject=text, citations=(cite("cr/2"),))
        for n, text in enumerate(texts, 1)
    )
    page = page_of("cr/2", (*LETTERS, *letters))
    written = standalone(page.picture, page.middle.name)
    ElementTree.fromstring(written)
    assert "<script" not in written


@pytest.mark.parametrize(
    ("text", "short"),
    [("CR/1", "CR/1"), ("a" * 30, "a" * 21 + "…"), ("第2022-2024/31号通函和补遗", "第2022-2024/31号通函…")],
)
def test_names_are_cut_to_what_a_box_holds(text: str, short: str) -> None:
    assert fitting(text) == short


def test_page_picture_and_data_agree(client: Any) -> None:
    path = "/neighbourhood/tsb-circular/2022-2024/31"
    data = client.get(f"{path}.json").json()
    page = client.get(path)
    assert page.status_code == 200
    kinds = {step["kind"] for step in data["steps"]}
    assert {"corrects", "adds-to", "replaces"} <= kinds
    assert all(f'class="edge {kind}' in page.text for kind in kinds)
    picture = client.get(f"{path}.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert len(ElementTree.fromstring(picture.text).findall(".//{*}a")) == data["shown"]
    assert client.get(f"{path}?depth=3").status_code == 400
    assert client.get("/neighbourhood/cr/99999").status_code == 404


def test_letters_without_a_number_are_reached_by_their_key(own_archive: Archive, connect: Connect) -> None:
    client = connect(own_archive)
    for record in itertools.islice(own_archive, 5):
        page = client.get(f"/neighbourhood/{record.key}.json").json()
        assert page["id"] == (record.id or record.key)
