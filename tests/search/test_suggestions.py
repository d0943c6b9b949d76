"""Did you mean: the nearest word, reference or value is named, as letters print it, and only if it finds more."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.errors import QueryError
from itudocs.search.embedded import WhooshEngine
from itudocs.search.engine import Entry, Request, Results, Searcher, Suggestion
from itudocs.search.query import Query, Term, parse_query
from tests.search.search_letters import LETTERS, entry, many


def ask(searcher: Searcher, query: str, **options: object) -> Results:
    request = {"suggestions": 3, "snippets": 0, **options}
    return searcher.search(Request(query=parse_query(query), **request))  # type: ignore[arg-type]  # a request's own


def only(results: Results) -> Suggestion:
    (suggestion,) = results.suggestions
    return suggestion


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("sumit", "summit"),
        ("wsis sumit", "wsis summit"),
        ("wsis AND sumit", "wsis summit"),
        ("(sumit OR zyzzyva) wsis", "(summit OR zyzzyva) wsis"),
        ('"informal consultaton"', '"informal consultation"'),
        ('"consultaton sumit"~5', '"consultation summit"~5'),
        ("subject:numbring", "subject:numbering"),
        ("sumit -draft", "summit -draft"),
        ("réunon", "réunions"),
        ("numeratoin lang:es", "numeración language:es"),
        ("иследовательской", "исследовательской"),
        ("للاتصلات", "للاتصالات"),
        ("CR/378", "CR/387"),
        ("CR/387x", "CR/387"),
        ("CR/387x workshop", "CR/387 workshop"),
        ("cr 378", "CR/387"),
        ("ref:CR/378", "ref:CR/387"),
        ("TSB Circular 212", "TSB Circular 221"),
        ("DM-05/1711", "DM-05/1171"),
        ("id:cr/378", "id:cr/387"),
        ("cites:tsb-circular/2001-2004/212", "cites:tsb-circular/2001-2004/221"),
        ("M.1036-6", "M.1036‑5"),
        ("bureau:TBS", "bureau:TSB"),
        ("series:tsb-circlar", "series:tsb-circular"),
        ("series:circular", "series:tsb-circular"),
        ("place:Gneva", "place:Geneva"),
        ("has:deadlin", "has:deadline"),
        ("group:academy", "group:academia"),
        ("year:2030", "year:2003"),
    ],
)
def test_what_is_mistyped_is_answered_with_what_letters_have(sample: Searcher, asked: str, meant: str) -> None:
    results = ask(sample, asked)
    best = results.suggestions[0]
    assert best.query == meant
    assert best.letters == ask(sample, best.query).total > results.total
    for part in best.mistyped:
        assert asked[part.position :].startswith(part.asked)
        assert part.meant in best.query


def test_a_correction_says_what_was_asked_where_and_of_what_kind(sample: Searcher) -> None:
    found = [(c.kind, c.asked, c.position, c.meant) for c in ask(sample, "sumit bureau:SGG").suggestions[0].mistyped]
    assert found == [("word", "sumit", 0, "summit"), ("value", "SGG", 13, "SG")]
    (part,) = only(ask(sample, "TSB Circular 212")).mistyped
    assert (part.kind, part.asked, part.position) == ("reference", "TSB Circular 212", 0)
    (part,) = only(ask(sample, 'subject:"numbring plan"')).mistyped
    assert (part.kind, part.asked, part.position) == ("word", "numbring", 9)


@pytest.mark.parametrize(
    "query",
    ["summit", "wsis", "-sumit", "summ*", "sumit~1", "zyzzyva", "bureau:TSB", "函会", "x", "date:1999", "CR/999999"],
)
def test_nothing_is_suggested_where_nothing_is_near_or_nothing_is_wrong(sample: Searcher, query: str) -> None:
    assert ask(sample, query).suggestions == ()


def test_nothing_is_suggested_unless_asked_for(sample: Searcher) -> None:
    assert ask(sample, "sumit", suggestions=0).suggestions == ()
    with pytest.raises(QueryError):
        ask(sample, "sumit", suggestions=-1)


def test_a_suggestion_obeys_the_filters(sample: Searcher) -> None:
    assert only(ask(sample, "sumit", filters={"bureau": ("SG",)})).letters == 1
    assert ask(sample, "sumit", filters={"bureau": ("BR",)}).suggestions == ()


def test_a_query_built_by_hand_gets_suggestions_too(sample: Searcher) -> None:
    request = Request(query=Query(text="", root=Term(text="sumit")), suggestions=1)
    assert only(sample.search(request)).query == "summit"


@pytest.fixture(scope="module")
def misprints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """Letters of which one has a misprint, and some a word two changes away."""
    letters = [entry(f"{n:02}", "Spectrum allocation.", language="en") for n in range(50)]
    letters += [
        entry("x", "Alocation here.", language="en"),
        entry("y", "Allegations!", language="en"),
        entry("z", "ALLOCATOR"),
    ]
    folder = tmp_path_factory.mktemp("misprints")
    WhooshEngine().update(folder, add=letters, remove=())
    searcher = WhooshEngine().open(folder)
    yield searcher
    searcher.close()


def test_a_misprint_that_a_letter_has_is_answered_with_the_common_word(misprints: Searcher) -> None:
    results = ask(misprints, "alocation")
    assert results.total == 1
    assert (only(results).query, only(results).letters) == ("allocation", 50)
    assert ask(misprints, "allegations").suggestions == ()  # rare, but nothing common is one change away


def test_a_word_that_letters_print_in_capitals_alone_is_given_so(misprints: Searcher) -> None:
    assert only(ask(misprints, "allocatr")).query == "ALLOCATOR"


def test_the_longest_nonsense_costs_little(random_words: tuple[Searcher, list[Entry]]) -> None:
    searcher, _ = random_words
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefgh", k=7)) + "zz" for _ in range(64)]
    for query in (" ".join(words), f'"{" ".join(words)}"', " OR ".join(words), " ".join(f"ref:{w}1" for w in words)):
        began = time.process_time()
        ask(searcher, query)
        assert time.process_time() - began < 0.5


# --- against brute force ---

VOCABULARY = sorted({"".join(random.Random(n).choices("abcdefgh", k=4 + n % 4)) for n in range(300)})


@pytest.fixture(scope="module")
def random_words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Searcher, list[Entry]]]:
    chance = random.Random(7)
    letters = [entry(f"{n:03}", " ".join(chance.choices(VOCABULARY, k=20))) for n in range(200)]
    folder = tmp_path_factory.mktemp("random")
    for at in (0, 90, 180):  # in segments, and with letters replaced
        WhooshEngine().update(folder, add=[*letters[at : at + 90], *letters[:5]], remove=())
    searcher = WhooshEngine().open(folder)
    yield searcher, letters
    searcher.close()


def changes(one: str, other: str) -> int:
    """Insertions, deletions, changes and swaps of neighbours (optimal string alignment), by the textbook."""
    table = [[max(i, j) if not i * j else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            table[i][j] = min(
                table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (one[i - 1] != other[j - 1])
            )
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(word=st.text(alphabet="abcdefghij", min_size=3, max_size=9))
@settings(max_examples=60, deadline=None)
def test_the_nearest_words_are_those_of_brute_force(random_words: tuple[Searcher, list[Entry]], word: str) -> None:
    searcher, letters = random_words
    having = Counter(w for e in letters for w in set(e.text.split()))
    results = ask(searcher, word, suggestions=5)
    if having[word]:
        return  # letters have it
    expected: list[str] = []
    away = {w: changes(w, word) for w in VOCABULARY if having[w] and abs(len(w) - len(word)) < 3}
    for distance in (1,) if len(word) < 5 else (1, 2):
        near = [w for w, n in away.items() if n == distance]
        expected = expected or sorted(near, key=lambda w: (-having[w], w))[:5]
    assert [s.query for s in results.suggestions] == expected
    assert [s.letters for s in results.suggestions] == [having[w] for w in expected]


@given(number=st.integers(0, 1_200), more=st.sampled_from(["", "x", "bis"]))
@settings(max_examples=60, deadline=None)
def test_the_nearest_references_are_those_of_brute_force(numbered: Searcher, number: int, more: str) -> None:
    asked = f"cr{number}{more}"
    borne = [n for n in range(300) if n % 3]
    if not more and number in borne:
        return
    expected: list[int] = []
    away = {n: changes(f"cr{n}", asked) for n in borne}
    for distance in (1, 2) if len(asked) > 4 else (1,):
        near = [n for n in borne if away[n] == distance]
        expected = expected or sorted(near, key=lambda n: (sorted(f"cr{n}") != sorted(asked), n))[:3]
    assert [s.query for s in ask(numbered, f"CR/{number}{more}").suggestions] == [f"CR/{n}" for n in expected]


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder = tmp_path_factory.mktemp("numbered")
    WhooshEngine().update(folder, add=many(300), remove=())
    searcher = WhooshEngine().open(folder)
    yield searcher
    searcher.close()


def test_every_letter_of_the_sample_is_suggested_for_its_reference_with_two_digits_swapped(sample: Searcher) -> None:
    swapped = {"CR/378": "c", "TSB Circular 212": "a", "DM-05/1711": "b"}
    for asked, key in swapped.items():
        assert sample.search(Request(query=parse_query(only(ask(sample, asked)).query))).hits[0].key == key
    assert {e.record.key for e in LETTERS} >= set(swapped.values())
