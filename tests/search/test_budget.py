"""A question that costs more than it was given is given up and said to be; the index is none the worse for it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from itudocs.errors import QueryError, QueryTimeout
from itudocs.model import Circular, Provenance
from itudocs.search.embedded import WhooshEngine, budget
from itudocs.search.embedded.budget import Budget
from itudocs.search.embedded.execute import Marks
from itudocs.search.embedded.searcher import WhooshSearcher
from itudocs.search.embedded.snippets import snippets
from itudocs.search.engine import Entry, Request
from itudocs.search.query import parse_query

COMMON = ("the", "of", "and", "to", "in", "a")
STEMS = tuple(f"{a}{b}{c}" for a, b, c in itertools.product("bdglmn", "aeiou", "bdglmn"))
LETTERS = 80

HOSTILE = {
    "beginnings": " OR ".join(f"{stem[:2]}*" for stem in STEMS[::3][:60]),
    "shapes": " OR ".join(
        f"*{a}*{b}*{c}*q" for a, b, c in itertools.islice(itertools.product("abcdefg", repeat=3), 60)
    ),
    "nearly": " OR ".join(f"{stem}ring~2" for stem in STEMS[:60]),
    "wide phrases": " OR ".join(f'"{a} {b}"~100' for a, b in itertools.permutations(COMMON, 2)),
    "long phrase": '"' + " ".join(COMMON * 80) + '"~100',
    "phrases": " OR ".join(f'"{a} {b} the"' for a, b in itertools.permutations(COMMON, 2)),
    "deep": "(" * 30 + "the" + ")" * 30,
    "words": " OR ".join(STEMS[:60]),
    "typos": " ".join(f"xqz{stem}" for stem in STEMS[:60]),
    "compounds": " OR ".join("-".join([a, b] * 8) for a, b in itertools.permutations(COMMON, 2)),
}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WhooshSearcher]:
    folder = tmp_path_factory.mktemp("index")
    words = [stem + ending for stem in STEMS for ending in ("", "ring", "ration")]

    def letters() -> Iterator[Entry]:
        for n in range(LETTERS):
            own = [words[(n * 37 + i * 11) % len(words)] for i in range(200)]
            text = " ".join(w for pair in zip(own, itertools.cycle(COMMON), strict=False) for w in pair)
            record = Circular(key=f"{n:064x}", source=Provenance(name=f"{n}.txt", sha256=f"{n:064x}"), language="en")
            yield Entry(record=record, text=text)

    WhooshEngine().update(folder, add=letters(), remove=())
    searcher = WhooshSearcher(folder)
    yield searcher
    searcher.close()


class Clock:
    """Every look at it costs a second: time passes where it is looked at, and nowhere else."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return float(self.looks)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(budget, "clock", made)
    monkeypatch.setattr(budget, "STEPS", 100)  # the letters are few and short
    return made


def ask(query: str, seconds: float | None, *, suggestions: int = 3) -> Request:
    return Request(
        query=parse_query(query),
        facets=("language", "year"),
        snippets=2,
        limit=25,
        suggestions=suggestions,
        seconds=seconds,
    )


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_clock_is_looked_at_all_along(searcher: WhooshSearcher, clock: Clock, kind: str) -> None:
    """In proportion to the work: at every leaf at least."""
    searcher.search(ask(HOSTILE[kind], 1e9))
    leaves = HOSTILE[kind].count(" OR ") + 1
    assert clock.looks > leaves


def looks(searcher: WhooshSearcher, clock: Clock, query: str) -> int:
    clock.looks = 0
    searcher.search(ask(query, 1e9))
    return clock.looks


def test_loops_over_letters_and_words_look_at_it_too(searcher: WhooshSearcher, clock: Clock) -> None:
    assert looks(searcher, clock, '"the of"~100') - looks(searcher, clock, '"the of"') > LETTERS / 32
    every_word = looks(searcher, clock, "*nobody*wrote*this*") - looks(searcher, clock, "nobodywrotethis*")
    assert every_word >= len(STEMS) * 3 / budget.STEPS


LONG = {
    "words": " ".join(f"{stem}{n}" for n, stem in enumerate(STEMS * 10)),
    "one word": "the of " * 2_000,
    "Chinese": "\n".join(f"电信{chr(0x4E00 + n)}标准化局通函" for n in range(1_000)),
}


@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("marks", [Marks({"of"}, []), Marks(set(), [(((0, "the"), (1, "of")), 100)])])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_passages_of_a_long_letter_are_cut_with_the_clock_in_sight(
    clock: Clock, kind: str, marks: Marks, language: str
) -> None:
    limited = Budget(1e9)
    clock.looks = 0
    found = snippets(LONG[kind], language=language, marks=marks, body=0, count=1, budget=limited)
    assert found == snippets(LONG[kind], language=language, marks=marks, body=0, count=1)
    assert clock.looks >= 5
    with pytest.raises(QueryTimeout):
        snippets(LONG[kind], language=language, marks=marks, body=0, count=1, budget=Budget(3))


def test_a_run_without_end_is_not_read_for_passages(clock: Clock) -> None:
    endless = "电信" * 500_000
    limited = Budget(1e9)
    clock.looks = 0
    assert not snippets(endless, language="zh", marks=Marks({"电信"}, []), body=0, count=1, budget=limited)[0].marks
    assert clock.looks < 5


@pytest.mark.parametrize("kind", ["words", "Chinese"])
def test_likeness_has_its_time_too(searcher: WhooshSearcher, clock: Clock, kind: str) -> None:
    letter = Entry(record=Circular(key="f" * 64, source=Provenance(name="x", sha256="f" * 64)), text=LONG[kind])
    whole = searcher.like(letter, limit=5, reasons=3)
    clock.looks = 0
    assert searcher.like(letter, limit=5, reasons=3, seconds=1e9) == whole
    needed = clock.looks - 1
    assert needed >= 2
    for seconds in {0, needed // 2, needed - 1}:
        with pytest.raises(QueryTimeout, match=rf"more than {seconds} s of work"):
            searcher.like(letter, limit=5, reasons=3, seconds=seconds)
    assert searcher.like(letter, limit=5, reasons=3) == whole


@pytest.mark.parametrize("kind", HOSTILE)
def test_whenever_the_time_is_up_the_question_is_given_up(searcher: WhooshSearcher, clock: Clock, kind: str) -> None:
    whole = searcher.search(ask(HOSTILE[kind], None))
    clock.looks = 0
    searcher.search(ask(HOSTILE[kind], 1e9, suggestions=0))
    needed = clock.looks - 1
    for seconds in {0, needed // 4, needed // 2, needed - 1}:
        clock.looks = 0
        with pytest.raises(QueryTimeout, match=rf"more than {seconds} s of work") as caught:
            searcher.search(ask(HOSTILE[kind], seconds, suggestions=0))
        assert caught.value.hint
        assert clock.looks == seconds + 2  # at once, and never asked again
    again = searcher.search(ask(HOSTILE[kind], None))
    assert (again.total, again.hits, again.facets) == (whole.total, whole.hits, whole.facets)


def test_what_is_given_up_is_an_error_of_the_query() -> None:
    assert issubclass(QueryTimeout, QueryError)


def test_suggestions_that_would_cost_too_much_are_left_out(searcher: WhooshSearcher, clock: Clock) -> None:
    query = f"{STEMS[0]}rimg"
    meant = searcher.search(ask(query, None)).suggestions
    assert meant
    clock.looks = 0
    bare = Request(query=parse_query(query), limit=25, snippets=2, seconds=1e9)
    searcher.search(bare)
    found = searcher.search(ask(query, clock.looks))
    assert (found.total, found.suggestions) == (0, ())


def test_completing_has_its_time_too(searcher: WhooshSearcher, clock: Clock) -> None:
    typed = HOSTILE["wide phrases"].replace(" OR ", " ") + " mi"
    assert searcher.complete(typed, limit=5, seconds=None) == searcher.complete(typed, limit=5, seconds=1e9)
    with pytest.raises(QueryTimeout):
        searcher.complete(typed, limit=5, seconds=3)


def test_all_matching_letters_have_their_time_too(searcher: WhooshSearcher, clock: Clock) -> None:
    with pytest.raises(QueryTimeout):
        searcher.matching(ask(HOSTILE["shapes"], 3))


def test_a_turn_that_is_waited_for_costs_nothing(searcher: WhooshSearcher, clock: Clock) -> None:
    """Time begins when the turn has come."""
    clock.looks = 10**6
    searcher.search(ask("the", 100))


def test_without_a_limit_the_clock_is_not_looked_at(searcher: WhooshSearcher, clock: Clock) -> None:
    searcher.search(ask(HOSTILE["words"], None))
    assert clock.looks == 0
