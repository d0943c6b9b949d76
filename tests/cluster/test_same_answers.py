"""Two hundred queries find the same letters on both engines, and count the same in facets; orders differ little."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import pytest

from itudocs.errors import QueryError
from itudocs.fields import FACETS
from itudocs.parse import Parsed, parse_documents
from itudocs.reading import Document
from itudocs.search.embedded import WhooshEngine
from itudocs.search.engine import Entry, Request, Results, Searcher, Sort
from itudocs.search.query import parse_query
from tests.cluster.conftest import MakeEngine
from tests.cluster.same_queries import Asked, queries, tau
from tests.search.search_letters import LETTERS, many

COUNT = 200


@pytest.fixture(scope="module")
def letters(corpus: Path) -> list[Entry]:
    """The corpus' letters in six languages, those made for the tests of searching, and many simple ones."""
    files = sorted((corpus / "open").glob("*.txt"))
    documents = (Document(name=file.name, data=file.read_bytes()) for file in files)
    parsed = [one for one in parse_documents(documents, workers=2) if isinstance(one, Parsed)]
    assert len(parsed) == len(files)
    return [*(Entry(record=one.record, text=one.text) for one in parsed), *LETTERS, *many(100)]


@pytest.fixture(scope="module")
def searchers(
    letters: list[Entry], make_engine: MakeEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Searcher, Searcher]]:
    opened = []
    for engine in (WhooshEngine(), make_engine("same", shards=3)):
        folder = tmp_path_factory.mktemp(engine.name)
        engine.update(folder, add=letters, remove=())
        opened.append(engine.open(folder))
    yield opened[0], opened[1]
    for searcher in opened:
        searcher.close()


def answer(searcher: Searcher, asked: Asked, sort: Sort = "relevance") -> Results | str:
    """What is found, or what is said of a query that is refused."""
    request = Request(
        query=parse_query(asked.query), filters=asked.filters, collapse=asked.collapse, sort=sort, limit=1000,
        facets=tuple(f.name for f in FACETS), facet_size=1000,
    )  # fmt: skip
    try:
        return searcher.search(request)
    except QueryError as refused:
        return f"refused at {refused.position}"


def test_the_same_letters_are_found_and_counted(letters: list[Entry], searchers: tuple[Searcher, Searcher]) -> None:
    taus, tops, found = [], [], 0
    for asked in queries(letters, COUNT):
        one, other = (answer(searcher, asked) for searcher in searchers)
        if isinstance(one, str) or isinstance(other, str):
            assert one == other, asked
            continue
        assert (other.total, other.letters, other.notices) == (one.total, one.letters, one.notices), asked
        assert other.facets == one.facets, asked
        if not asked.collapse:
            assert {h.key for h in other.hits} == {h.key for h in one.hits}, asked
        for sort in ("date", "-date", "ref"):
            dated, redated = (answer(searcher, asked, sort) for searcher in searchers)
            assert isinstance(dated, Results)
            assert isinstance(redated, Results)
            assert [h.key for h in redated.hits] == [h.key for h in dated.hits], (asked, sort)
            if sort == "ref":
                assert [(h.versions, h.languages) for h in redated.hits] == [
                    (h.versions, h.languages) for h in dated.hits
                ]
        found += one.total > 0
        if one.total > 1 and not asked.collapse:
            keys, other_keys = ([h.key for h in r.hits] for r in (one, other))
            taus.append(tau(keys, other_keys))
            tops.append(len(set(keys[:10]) & set(other_keys[:10])) / min(10, len(keys)))
    assert found > COUNT * 0.6  # or they ask for nothing
    print(
        f"\n{len(taus)} orders: mean tau {mean(taus):.4f}, least {min(taus):.3f}, same {taus.count(1.0)}; "
        f"mean top-10 overlap {mean(tops):.4f}, least {min(tops):.2f}"
    )
    assert mean(taus) > 0.95
    assert mean(tops) > 0.97


def test_what_was_meant_and_how_a_query_goes_on_are_told_alike(
    letters: list[Entry], searchers: tuple[Searcher, Searcher]
) -> None:
    mistyped = [
        "meetng",
        "consultatoin",
        "tarif",
        "CR/4333",
        "bureau:TBS",
        "place:Genve",
        "cites:cr/386",
        "numbring plan",
    ]
    for text in mistyped:
        request = Request(query=parse_query(text), suggestions=5, limit=0)
        meant = [[(s.query.lower(), s.letters) for s in each.search(request).suggestions] for each in searchers]
        assert meant[0] == meant[1], text
    begun = [
        "num",
        "wor",
        "study gr",
        "amber series:",
        "bureau:",
        "lang:",
        "year:20",
        "cites:cr",
        "to:adm",
        '"informal c',
        "éta",
    ]
    for text in begun:
        one, other = (
            {(c.query.lower(), c.letters) for c in searcher.complete(text, limit=8)} for searcher in searchers
        )
        assert one == other, text


def test_letters_like_one_are_much_the_same(letters: list[Entry], searchers: tuple[Searcher, Searcher]) -> None:
    shared = []
    for letter in letters[:200:10]:
        one, other = (searcher.like(letter, limit=5, reasons=1000) for searcher in searchers)
        assert letter.record.key not in {a.hit.key for a in other}
        for alike in other:
            assert abs(sum(r.weight for r in alike.reasons) - alike.hit.score) < 1e-4
        assert [a.hit.score for a in other] == sorted((a.hit.score for a in other), reverse=True)
        shared.append(len({a.hit.key for a in one} & {a.hit.key for a in other}) / len(one))
    print(f"\nof the five most alike, {mean(shared):.0%} are the same")
    assert mean(shared) > 0.7
