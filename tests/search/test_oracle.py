"""The engine against brute force: the same letters, counts and facets for any query, over any history of an index.

The oracle reads raw records and texts. It shares no code with the engine's analysis: it lowers and strips accents in its
own way, knows which words are forms of one another from a table, splits on what is not a letter or digit, and walks over
every letter. `ITUDOCS_ORACLE_EXAMPLES` sets how many queries are tried (thousands: `ITUDOCS_ORACLE_EXAMPLES=5000`).
"""

from __future__ import annotations

import datetime as dt
import os
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.model import Citation, Deadline, Event, Signatory
from itudocs.search.embedded import WhooshEngine
from itudocs.search.engine import Entry, Request, Searcher
from itudocs.search.query import parse_query
from tests.search.search_letters import entry

EXAMPLES = int(os.environ.get("ITUDOCS_ORACLE_EXAMPLES", "250"))

FORMS = {
    "en": [["number", "numbers", "numbered", "numbering"], ["meeting", "meetings"], ["tariff", "tariffs"]],
    "fr": [["réunion", "réunions"], ["étude", "études"], ["numérotation", "numérotations"]],
    "ru": [["комиссия", "комиссии", "комиссий"], ["собрание", "собрания"]],
}
"""Words that are forms of one another, by the language that they occur in."""
FIXED = ["itu", "wsis", "geneva", "amber", "kelp", "spectrum", "2004", "63", "x"]
"""Words of any language, each a form of itself alone."""
TOWNS = ("Geneva", "Tunis", "Seoul")
GROUPS = ("academia", "associates", "member-states")
FACETS = ("bureau", "series", "year", "month", "language", "group", "place", "event_year")
UNNAMED = ("text", "subject", "ref", "signatory", "citation", "place")
"""The fields of these letters in which a word without a field is looked up."""


# --- letters ---


def letters(count: int, seed: int) -> list[Entry]:
    chance = random.Random(seed)
    return [_letter(n, chance) for n in range(count)]


def _letter(number: int, chance: random.Random) -> Entry:
    language = chance.choice(["en", "en", "fr", "ru", "zh", None])
    own = [w for forms in FORMS.get(language or "", []) for w in forms]
    words = [*FIXED, *own, *own]

    def some(low: int, high: int) -> str:
        picked = [chance.choice(words) for _ in range(chance.randint(low, high))]
        picked = [
            w.upper() if chance.random() < 0.1 else w.capitalize() if chance.random() < 0.2 else w for w in picked
        ]
        for i in range(len(picked)):
            if chance.random() < 0.05:
                picked[i] = f"CR/{chance.randint(1, 9)}"
        return "".join(w + chance.choice([" ", " ", " ", ", ", ". ", "\n"]) for w in picked)

    day = dt.date(2000, 1, 1) + dt.timedelta(chance.randrange(1500)) if chance.random() < 0.9 else None
    events = tuple(
        Event(place=chance.choice(TOWNS), start=start, end=start + dt.timedelta(chance.randrange(20)))
        for start in (dt.date(2000, 1, 1) + dt.timedelta(chance.randrange(1500)) for _ in range(chance.randrange(3)))
    )
    ref = f"CR/{number}" if chance.random() < 0.7 else None
    return entry(
        f"{chance.getrandbits(80):020x}", some(3, 40), language=language, bureau=chance.choice(["TSB", "BR", None]),
        series=chance.choice(["cr", "dm", "tsb-circular"]), ref=ref, refs=(ref,) if ref else (), date=day,
        subject=some(1, 4).strip() if chance.random() < 0.6 else None, events=events,
        addressee_groups=tuple(chance.sample(GROUPS, chance.randrange(3))),
        signatory=Signatory(name="Amber Kelp") if chance.random() < 0.1 else None,
        citations=(Citation(text=f"CR/{chance.randint(1, 9)}", kind="circular", id=f"cr/{chance.randint(1, 9)}"),)
        if chance.random() < 0.2
        else (),
        deadlines=(Deadline(date=dt.date(2003, 5, chance.randint(1, 28))),) if chance.random() < 0.2 else (),
    )  # fmt: skip


# --- the oracle ---

Judge = Callable[[Entry], bool]


def plain(word: str) -> str:
    """Lower case, without accents, but with a short i."""
    decomposed = unicodedata.normalize("NFD", word.lower()).replace("и\u0306", "й")
    return "".join(c for c in decomposed if not unicodedata.combining(c))


GROUP_OF = {
    (language, plain(word)): n for language, groups in FORMS.items() for n, forms in enumerate(groups) for word in forms
}


def parts(text: str) -> list[str]:
    return [plain(w) for w in re.findall(r"[^\W_]+", text)]


def values(letter: Entry, field: str) -> list[str]:
    record = letter.record
    found: dict[str, list[str | None]] = {
        "text": [letter.text], "subject": [record.subject], "ref": [*record.refs],
        "signatory": [record.signatory.name] if record.signatory else [], "citation": [c.text for c in record.citations],
        "place": [*dict.fromkeys(e.place for e in record.events)], "bureau": [record.bureau], "series": [record.series],
        "language": [record.language], "year": [str(record.date.year)] if record.date else [],
        "month": [record.date.isoformat()[:7]] if record.date else [],
        "group": [*record.addressee_groups], "event_year": [*dict.fromkeys(str(e.start.year) for e in record.events)],
        "cites": [c.id for c in record.citations],
    }  # fmt: skip
    return [v for v in found[field] if v]


def words(letter: Entry, field: str) -> list[list[str]]:
    return [parts(v) for v in values(letter, field)]


def terms(letter: Entry, field: str) -> set[str]:
    """Single words and whole references."""
    return {w for ws in words(letter, field) for w in ws} | {
        plain(w) for v in values(letter, field) for w in re.findall(r"CR/\d+", v)
    }


def is_form(word: str, wanted: str, language: str | None) -> bool:
    group = GROUP_OF.get((language or "", wanted))
    return word == wanted or (group is not None and GROUP_OF.get((language or "", word)) == group)


def stemmed(field: str) -> bool:
    return field in ("text", "subject")


def has_word(wanted: str, fields: tuple[str, ...]) -> Judge:
    sought = plain(wanted)

    def judge(letter: Entry) -> bool:
        return any(
            is_form(w, sought, letter.record.language) if stemmed(f) else w == sought
            for f in fields for ws in words(letter, f) for w in ws
        )  # fmt: skip

    return judge


def has_phrase(wanted: list[str], slop: int, fields: tuple[str, ...]) -> Judge:
    sought = [plain(w) for w in wanted]

    def near(ws: list[str]) -> bool:
        if not slop:
            return any(ws[i : i + len(sought)] == sought for i in range(len(ws)))
        need = Counter(sought)
        return any(not need - Counter(ws[i : i + len(sought) + slop]) for i in range(len(ws)))

    return lambda letter: any(near(ws) for f in fields for ws in words(letter, f))


def has_term(accept: Callable[[str], bool], fields: tuple[str, ...]) -> Judge:
    return lambda letter: any(accept(t) for f in fields for t in terms(letter, f))


def edits(a: str, b: str) -> int:
    """Insertions, deletions, changes and swaps of neighbours."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y)))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[j] = min(row[j], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


# --- queries: what is typed, and what it means ---

ALL_WORDS = [*FIXED, *(w for groups in FORMS.values() for forms in groups for w in forms)]
WORD = st.sampled_from(ALL_WORDS)
DAY = st.dates(dt.date(1999, 12, 1), dt.date(2004, 6, 1))


@st.composite
def leaf(draw: st.DrawFn) -> tuple[str, Judge]:
    kind = draw(st.sampled_from(
        ["word", "word", "phrase", "slop", "prefix", "wildcard", "fuzzy", "ref", "keyword", "date", "event", "years", "has", "field"]
    ))  # fmt: skip
    word = draw(WORD)
    if kind == "word":
        return word, has_word(word, UNNAMED)
    if kind == "field":
        field = draw(st.sampled_from(["subject", "signatory", "place", "citation"]))
        return f"{field}:{word}", has_word(word, (field,))
    if kind in ("phrase", "slop"):
        some = draw(st.lists(WORD, min_size=1 if kind == "phrase" else 2, max_size=3))
        slop = draw(st.integers(1, 4)) if kind == "slop" else 0
        return f'"{" ".join(some)}"' + (f"~{slop}" if slop else ""), has_phrase(some, slop, UNNAMED)
    if kind == "prefix":
        start = plain(word)[: draw(st.integers(1, 5))]
        return f"{start}*", has_term(lambda t: t.startswith(start), UNNAMED)
    if kind == "wildcard":
        at = draw(st.integers(0, len(word) - 1))
        pattern = f"{word[:at]}?{word[at + 1 :]}" if len(word) > 2 else f"?{word}*"
        if pattern.endswith("?"):
            pattern += "*"
        shape = re.compile("".join({"?": ".", "*": ".*"}.get(c) or re.escape(c) for c in plain(pattern)))
        return pattern, has_term(lambda t: bool(shape.fullmatch(t)), UNNAMED)
    if kind == "fuzzy":
        distance = draw(st.integers(1, 2))
        at = draw(st.integers(0, len(word) - 1))
        typed = draw(st.sampled_from([word, word[:at] + word[at + 1 :] or "ab", word[:at] + "q" + word[at:]]))
        sought = plain(typed)
        return f"{typed}~{distance}", has_term(lambda t: edits(t, sought) <= distance, UNNAMED)
    if kind == "ref":
        number = draw(st.integers(1, 30))
        return f"CR/{number}", has_phrase(["cr", str(number)], 0, UNNAMED)
    if kind == "keyword":
        field, value = draw(st.sampled_from([
            ("bureau", "TSB"), ("series", "cr"), ("series", "DM"), ("language", "fr"), ("group", "academia"), ("year", "2002"),
            ("cites", "cr/3"), ("event_year", "2001"), ("bureau", "SG"),
        ]))  # fmt: skip
        return f"{field}:{value}", lambda e: value.lower() in [v.lower() for v in values(e, field)]
    if kind == "years":
        low = draw(st.integers(1999, 2005))
        high = low + draw(st.integers(0, 2))
        return f"year:{low}..{high}", lambda e: e.record.date is not None and low <= e.record.date.year <= high
    if kind == "has":
        what = draw(st.sampled_from(["event", "deadline", "subject", "ref"]))
        attribute = {"event": "events", "deadline": "deadlines", "ref": "refs"}.get(what, what)
        return f"has:{what}", lambda e: bool(getattr(e.record, attribute))
    first = draw(DAY)
    last = first + dt.timedelta(draw(st.integers(0, 500)))
    if kind == "date":
        return f"date:{first}..{last}", lambda e: e.record.date is not None and first <= e.record.date <= last
    return f"event:{first}..{last}", lambda e: any(v.start <= last and v.end >= first for v in e.record.events)


def _combined(children: st.SearchStrategy[tuple[str, Judge]]) -> st.SearchStrategy[tuple[str, Judge]]:
    def both(pair: tuple[tuple[str, Judge], tuple[str, Judge]]) -> tuple[str, Judge]:
        (a, f), (b, g) = pair
        return f"({a}) ({b})", lambda e: f(e) and g(e)

    def either(pair: tuple[tuple[str, Judge], tuple[str, Judge]]) -> tuple[str, Judge]:
        (a, f), (b, g) = pair
        return f"({a}) OR ({b})", lambda e: f(e) or g(e)

    def none(one: tuple[str, Judge]) -> tuple[str, Judge]:
        return f"-({one[0]})", lambda e: not one[1](e)

    pairs = st.tuples(children, children)
    return pairs.map(both) | pairs.map(either) | children.map(none)


QUERIES = st.none() | st.recursive(leaf(), _combined, max_leaves=5)
FILTERS = st.dictionaries(
    st.sampled_from(FACETS),
    st.lists(
        st.sampled_from(["TSB", "BR", "cr", "dm", "2001", "2003", "Geneva", "Tunis", "academia", "en", "ru", "absent"]),
        min_size=1, max_size=3, unique=True,
    ).map(tuple),
    max_size=2,
)  # fmt: skip


# --- indexes of the same letters, come about in different ways ---

LETTERS = letters(240, seed=5)


def _at_once(folder: Path) -> None:
    WhooshEngine().update(folder, add=LETTERS, remove=())


def _bit_by_bit(folder: Path) -> None:
    engine, chance = WhooshEngine(), random.Random(1)
    stale = [Entry(record=e.record, text="amber kelp " * 9) for e in chance.sample(LETTERS, 60)]
    engine.update(folder, add=[*stale, *letters(30, seed=77)], remove=())
    cuts = sorted({0, len(LETTERS), *chance.sample(range(len(LETTERS)), 25)})
    for a, b in pairwise(cuts):
        engine.update(folder, add=LETTERS[a:b], remove=[e.record.key for e in letters(30, seed=77)] if a == 0 else ())


def _in_processes(folder: Path) -> None:
    WhooshEngine().update(folder, add=[*LETTERS[:50], *LETTERS], remove=(), workers=2)


@pytest.fixture(
    scope="module", params=[_at_once, _bit_by_bit, _in_processes], ids=lambda make: make.__name__.strip("_")
)
def searcher(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder = tmp_path_factory.mktemp("oracle")
    request.param(folder)
    opened = WhooshEngine().open(folder)
    yield opened
    opened.close()


@given(asked=QUERIES, filters=FILTERS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_the_engine_finds_and_counts_what_brute_force_does(
    searcher: Searcher, asked: tuple[str, Judge] | None, filters: dict[str, tuple[str, ...]]
) -> None:
    judge: Judge = asked[1] if asked else lambda _: True
    matching = [e for e in LETTERS if judge(e)]

    def passing(but: str = "") -> list[Entry]:
        return [
            e for e in matching if all(set(values(e, f)) & set(wanted) for f, wanted in filters.items() if f != but)
        ]  # fmt: skip

    results = searcher.search(
        Request(
            query=parse_query(asked[0]) if asked else None, filters=filters, facets=FACETS, facet_size=1000, limit=1000,
            sort="-date",
        )
    )  # fmt: skip
    expected = sorted(passing(), key=lambda e: (-(e.record.date or dt.date.min).toordinal(), e.record.key))
    assert [h.key for h in results.hits] == [e.record.key for e in expected]
    assert results.total == len(expected)
    for facet in results.facets:
        counted = Counter(v for e in passing(but=facet.field) for v in values(e, facet.field))
        assert {v.value: v.count for v in facet.values if v.count} == dict(counted)
        assert facet.distinct == len(counted)


@given(asked=leaf(), limit=st.integers(1, 30), offset=st.integers(0, 40))
@settings(max_examples=EXAMPLES // 3, deadline=None)
def test_a_page_is_a_part_of_the_whole(searcher: Searcher, asked: tuple[str, Judge], limit: int, offset: int) -> None:
    query = parse_query(asked[0])
    whole = searcher.search(Request(query=query, limit=1000, snippets=0))
    page = searcher.search(Request(query=query, limit=limit, offset=offset, snippets=0))
    assert page.hits == whole.hits[offset : offset + limit]
    assert page.total == whole.total
