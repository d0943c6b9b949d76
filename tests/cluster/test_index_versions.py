"""An archive on a cluster: its indices are made, named, kept and deleted with its generations, and nobody else's are touched."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from itudocs.archive.archive import Archive, open_archive
from itudocs.errors import ArchiveDamaged, ArchiveError, QueryError
from itudocs.reading import Document
from itudocs.search.engine import Entry, Request
from itudocs.search.opensearch import address, mapping, searcher, view
from itudocs.search.opensearch.cluster import Cluster
from itudocs.search.opensearch.writing import read_pointer
from tests.cluster.conftest import MakeEngine, everything_in
from tests.cluster.nodes import Nodes
from tests.search.search_letters import many

LETTERS = many(30)


@pytest.fixture
def place(nodes: Nodes, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of an archive of the test's own."""
    return nodes.address(request.node.name.replace("test_", "")[:60].rstrip("_"), tmp_path / "store", shards=2)


@pytest.fixture
def archive(place: str) -> Iterator[Archive]:
    with open_archive(place, create=True) as opened:
        opened.add_documents(letters(range(5)))
        yield opened


def letters(numbers: range) -> list[Document]:
    return [
        Document(name=f"{n}.txt", data=f"Circular Letter\nCR/{n}\n\nGeneva, 9 July 2003\n\ntariff number{n}".encode())
        for n in numbers
    ]


def named(nodes: Nodes, place: str) -> list[str]:
    """The indices that the archive's alias names."""
    return sorted(nodes.ask(f"/_alias/{address(place).index}"))


def existing(nodes: Nodes, place: str) -> list[str]:
    return sorted(nodes.ask(f"/{address(place).index}-*/_settings"))


def test_one_index_is_kept_up_to_date_and_another_follows_a_rebuild(archive: Archive, nodes: Nodes, place: str) -> None:
    first = named(nodes, place)
    assert (len(first), existing(nodes, place)) == (1, first)
    archive.remove("cr/2")
    archive.add_documents(letters(range(3, 9)))
    assert existing(nodes, place) == first
    assert archive.search("tariff", facets=("series",)).total == len(archive) == 8
    archive.rebuild()
    second = named(nodes, place)
    assert second != first
    assert existing(nodes, place) == sorted([*first, *second])  # the last good one stays
    archive.remove("cr/3")
    assert existing(nodes, place) == named(nodes, place) == second
    assert archive.verify() == []
    folders = sorted((archive.folder / "index").glob("0*"))
    assert len(folders) == 2
    assert all({f.name for f in folder.iterdir()} == {"opensearch.json", "manifest.json"} for folder in folders)


def test_letters_that_no_generation_shows_are_deleted(archive: Archive, nodes: Nodes) -> None:
    for _ in range(3):
        archive.remove("cr/1")
        archive.add_documents(letters(range(1, 2)))
    archive.search("tariff")
    current = sorted((archive.folder / "index").glob("0*"))[-1]
    assert len(everything_in(nodes, current)) <= 6  # the letters, and those of the generation before


def test_a_new_schema_is_indexed_beside_the_old_one_which_goes_on_answering(
    make_engine: MakeEngine, nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = nodes.address("schema")
    one, two = tmp_path / "1", tmp_path / "2"
    one.mkdir()
    two.mkdir()
    engine = make_engine("schema")
    engine.update(one, add=LETTERS[:20], remove=())
    old = engine.open(one)
    before = named(nodes, place)
    monkeypatch.setattr(mapping, "version", lambda: "f" * 16)
    newer = make_engine("schema")
    assert newer.version != engine.version

    def meanwhile() -> Iterator[Entry]:
        for letter in LETTERS:
            assert old.search(Request()).total == 20
            assert named(nodes, place) == before
            yield letter

    newer.update(two, add=meanwhile(), remove=())
    after = named(nodes, place)
    assert "schema-ffffffff-" in after[0]
    assert existing(nodes, place) == sorted([*before, *after])
    assert (old.search(Request()).total, newer.open(two).search(Request()).total) == (20, 30)
    newer.retain([two])
    assert existing(nodes, place) == after
    with pytest.raises(ArchiveDamaged):
        old.search(Request())


def test_an_archive_with_an_index_of_an_older_schema_makes_a_new_one(
    archive: Archive, nodes: Nodes, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = named(nodes, place)
    archive.close()
    monkeypatch.setattr(mapping, "version", lambda: "e" * 16)
    with open_archive(place) as newer:
        assert newer.search("tariff").total == 5
    assert named(nodes, place) == existing(nodes, place) != before


def test_what_is_another_archives_or_nobodys_is_left_alone(
    archive: Archive, nodes: Nodes, place: str, tmp_path: Path
) -> None:
    index = address(place).index
    with open_archive(nodes.address(index, tmp_path / "other"), create=True) as other:
        with pytest.raises(ArchiveError, match="belongs to another archive"):
            other.add_documents(letters(range(2)))
        assert len(other) == 2  # the letters are stored all the same
    assert archive.search("tariff").total == 5
    plain = f"{index[:20]}-plain"
    Cluster(address(place)).call("PUT", f"/{plain}", {})
    with (
        open_archive(nodes.address(plain, tmp_path / "third"), create=True) as third,
        pytest.raises(ArchiveError, match="not made by itudocs"),
    ):
        third.add_documents(letters(range(2)))
    assert plain in nodes.ask(f"/{plain}")


def test_an_index_that_is_gone_or_lacks_letters_is_made_anew(archive: Archive, nodes: Nodes, place: str) -> None:
    cluster = Cluster(address(place))
    (first,) = named(nodes, place)
    cluster.call("DELETE", f"/{first}")
    assert archive.search("tariff").total == 5
    (second,) = named(nodes, place)
    assert second != first
    lost = nodes.ask(f"/{second}/_search?q=_exists_:key&size=1&_source=work")["hits"]["hits"][0]
    cluster.call("DELETE", f"/{second}/_doc/{lost['_id']}", params={"routing": lost["_routing"], "refresh": "true"})
    with open_archive(place) as other:
        assert [p.code for p in other.verify()] == ["index-damaged"]
        assert other.search("tariff").total == 5
        assert other.verify() == []


def test_a_view_of_which_letters_were_thrown_away_says_so(make_engine: MakeEngine, tmp_path: Path) -> None:
    engine = make_engine("superseded")
    engine.update(tmp_path, add=LETTERS[:10], remove=())
    old = engine.open(tmp_path)
    engine.update(tmp_path, add=LETTERS[10:20], remove=[LETTERS[0].record.key])
    middle = engine.open(tmp_path)
    engine.update(tmp_path, add=LETTERS[20:], remove=[LETTERS[1].record.key])
    assert [s.search(Request()).total for s in (old, middle)] == [10, 19]
    engine.retain([tmp_path])
    for replaced in (old, middle):
        with pytest.raises(ArchiveDamaged, match="replaced by a newer one"):
            replaced.search(Request())
    assert engine.open(tmp_path).search(Request()).total == 28


def test_pages_go_on_beyond_what_one_answer_may_reach(
    make_engine: MakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine("pages", shards=3)
    letters = many(150)
    engine.update(tmp_path, add=letters, remove=())
    opened = engine.open(tmp_path)
    for sort in ("date", "-date", "ref", "relevance"):
        whole = [h.key for h in opened.search(Request(sort=sort, limit=200, snippets=0)).hits]
        assert len(whole) == len(letters)
        with monkeypatch.context() as small:
            small.setattr(searcher, "WINDOW", 20)
            small.setattr(view, "WINDOW", 7)
            for offset, limit in ((0, 150), (13, 30), (19, 5), (55, 9), (140, 50), (150, 1)):
                page = opened.search(Request(sort=sort, offset=offset, limit=limit, snippets=0))
                assert [h.key for h in page.hits] == whole[offset : offset + limit]
            assert opened.matching(Request()) == tuple(sorted(whole))


def test_pages_of_collapsed_versions_end_where_they_are_said_to(
    make_engine: MakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine("collapsed", shards=2)
    engine.update(tmp_path, add=LETTERS, remove=())
    opened = engine.open(tmp_path)
    monkeypatch.setattr(searcher, "COLLAPSED_WINDOW", 20)
    assert len(opened.search(Request(collapse=True, limit=20)).hits) == 20
    assert len(opened.search(Request(collapse=True, offset=15, limit=5)).hits) == 5
    assert opened.search(Request(collapse=True, offset=40, limit=5)).hits == ()
    assert opened.search(Request(collapse=True, limit=0)).total == 30
    for offset, limit in ((0, 21), (18, 5), (25, 5)):
        with pytest.raises(QueryError, match="collapsed for the first 20 works"):
            opened.search(Request(collapse=True, offset=offset, limit=limit))


def test_facets_of_more_values_than_one_answer_brings_are_exact(
    make_engine: MakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine("values", shards=3)
    engine.update(tmp_path, add=many(150), remove=())
    request = Request(facets=("month", "place", "series"), facet_size=1000, filters={"series": ("cr", "dm")})
    whole = [engine.open(tmp_path).search(r).facets for r in (request, Request(facets=("month",), collapse=True))]
    monkeypatch.setattr(view, "VALUES", 2)
    cut = [engine.open(tmp_path).search(r).facets for r in (request, Request(facets=("month",), collapse=True))]
    assert cut == whole


def test_the_command_line_takes_an_address_for_an_archive(nodes: Nodes, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    for document in letters(range(3)):
        (folder / document.name).write_bytes(document.data)
    place = nodes.address("by-command", tmp_path / "store")

    def run(*words: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "itudocs", *words, "--archive", place], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    code, _, _ = run("add", str(folder))
    assert code == 0
    code, out, talk = run("search", "number1", "--json")
    assert (code, "CR/1" in out) == (0, True), talk
    assert run("search", "absent")[0] == 1
    assert run("verify")[0] == 0
    pointer = read_pointer(sorted((tmp_path / "store" / "index").glob("0*"))[-1])
    assert pointer is not None
    assert pointer.letters == 3
