"""What every search engine must do. Run it against one by subclassing `EngineContract` with a fixture `engine`.

The expectations are computed from the records by brute force and share no code with any engine.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itudocs.errors import ArchiveDamaged, QueryError
from itudocs.fields import BY_NAME, FACETS
from itudocs.search.engine import Engine, Entry, Facet, Request, Results, Searcher, Sort
from itudocs.search.query import parse_query
from tests.search.search_letters import LETTERS, WORDS, entry, many

FACET_NAMES = tuple(f.name for f in FACETS)
MANY = many(150)
RELAXED = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ask(searcher: Searcher, query: str | None = None, **options: object) -> Results:
    parsed = parse_query(query) if query is not None else None
    return searcher.search(Request(query=parsed, **options))  # type: ignore[arg-type]  # the options are a request's own


def keys(searcher: Searcher, query: str | None = None, **options: object) -> list[str]:
    return [hit.key for hit in ask(searcher, query, **{"limit": 1000, "snippets": 0, **options}).hits]


def words_of(letter: Entry) -> list[str]:
    return letter.text.split()


def has_word(letter: Entry, word: str) -> bool:
    return word in words_of(letter) or word in (letter.record.subject or "").split()


def has_phrase(letter: Entry, phrase: list[str]) -> bool:
    for words in (words_of(letter), (letter.record.subject or "").split()):
        if any(words[i : i + len(phrase)] == phrase for i in range(len(words))):
            return True
    return False


def values(letter: Entry, field: str) -> set[str]:
    return {str(v) for v in BY_NAME[field].of(letter.record)}


def counted(letters: list[Entry], field: str) -> dict[str, int]:
    return dict(Counter(v for letter in letters for v in values(letter, field)))


class EngineContract:
    """The tests. A subclass gives the engine."""

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> Engine:
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def folder(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return tmp_path_factory.mktemp("index")

    @pytest.fixture(scope="class")
    @classmethod
    def searcher(cls, engine: Engine, folder: Path) -> Iterator[Searcher]:
        """The generated letters, written in three goes with a removal and a replacement among them."""
        stale = entry(MANY[3].record.key, "obsolete " * 5)
        engine.update(folder, add=[*MANY[:3], stale, entry("gone", "obsolete")], remove=())
        engine.update(folder, add=MANY[3:60], remove=["gone", "never there"])
        engine.update(folder, add=MANY[60:], remove=())
        searcher = engine.open(folder)
        yield searcher
        searcher.close()

    @pytest.fixture(scope="class")
    @classmethod
    def languages(cls, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
        folder = tmp_path_factory.mktemp("languages")
        engine.update(folder, add=LETTERS, remove=())
        searcher = engine.open(folder)
        yield searcher
        searcher.close()

    # --- writing ---

    def test_an_empty_index_answers_with_nothing(self, engine: Engine, tmp_path: Path) -> None:
        engine.update(tmp_path, add=(), remove=())
        searcher = engine.open(tmp_path)
        assert searcher.count() == 0
        results = ask(searcher, 'word OR "a phrase" OR pre* OR date:2003 OR fuzzy~1 OR -x', facets=FACET_NAMES)
        assert (results.total, results.hits) == (0, ())
        assert all(facet.values == () for facet in results.facets)
        searcher.close()

    def test_a_folder_without_an_index_is_damaged_not_empty(self, engine: Engine, tmp_path: Path) -> None:
        with pytest.raises(ArchiveDamaged):
            engine.open(tmp_path)

    def test_all_letters_are_there_once_after_updates(self, searcher: Searcher) -> None:
        assert searcher.count() == len(MANY)
        assert sorted(keys(searcher)) == sorted(e.record.key for e in MANY)
        assert keys(searcher, "obsolete") == []

    def test_the_last_of_letters_with_one_key_stays(self, engine: Engine, tmp_path: Path) -> None:
        engine.update(tmp_path, add=[entry("k", "first"), entry("k", "second"), entry("k", "third")], remove=())
        searcher = engine.open(tmp_path)
        assert searcher.count() == 1
        assert keys(searcher, "third") == ["k"]
        assert keys(searcher, "first OR second") == []
        searcher.close()

    def test_an_open_searcher_does_not_see_later_writes(self, engine: Engine, tmp_path: Path) -> None:
        engine.update(tmp_path, add=[entry("a", "amber"), entry("b", "birch")], remove=())
        before = engine.open(tmp_path)
        engine.update(tmp_path, add=[entry("c", "cedar amber")], remove=["a"])
        after = engine.open(tmp_path)
        assert (keys(before, "amber"), before.count()) == (["a"], 2)
        assert (keys(after, "amber"), after.count()) == (["c"], 2)
        before.close()
        after.close()

    def test_files_shared_by_hard_link_keep_their_bytes(self, engine: Engine, tmp_path: Path) -> None:
        first, second = tmp_path / "1", tmp_path / "2"
        first.mkdir()
        engine.update(first, add=MANY[:20], remove=())
        before = {f.name: f.read_bytes() for f in first.iterdir()}
        for step, batch in enumerate((MANY[20:25], MANY[:5], [], MANY[25:28], MANY[28:60])):
            shutil.rmtree(second, ignore_errors=True)
            shutil.copytree(first, second, copy_function=os.link)
            engine.update(second, add=batch, remove=[MANY[step + 6].record.key])
            assert {f.name: f.read_bytes() for f in first.iterdir()} == before
            opened = engine.open(first)
            assert opened.count() == 20
            opened.close()

    def test_a_failing_source_of_letters_leaves_the_index_as_it_was(self, engine: Engine, tmp_path: Path) -> None:
        def failing() -> Iterator[Entry]:
            yield entry("new", "amber")
            raise ValueError("no more")

        engine.update(tmp_path, add=[entry("old", "amber")], remove=())
        before = {f.name: f.read_bytes() for f in tmp_path.rglob("*") if f.is_file()}
        with pytest.raises(ValueError, match="no more"):
            engine.update(tmp_path, add=failing(), remove=["old"])
        assert {f.name: f.read_bytes() for f in tmp_path.rglob("*") if f.is_file()} == before
        searcher = engine.open(tmp_path)
        assert keys(searcher, "amber") == ["old"]
        searcher.close()

    def test_how_an_index_came_about_changes_no_answer(
        self, engine: Engine, searcher: Searcher, tmp_path: Path
    ) -> None:
        engine.update(tmp_path, add=reversed(MANY), remove=())
        fresh = engine.open(tmp_path)
        for query in ("amber", "amber birch", '"amber birch"', "fjord OR kelp", "gr*", "hreon~1", "-amber", "CR/7"):
            for sort in ("relevance", "date", "-date", "ref"):
                one, other = (ask(s, query, sort=sort, limit=50, facets=FACET_NAMES) for s in (searcher, fresh))
                assert one.hits == other.hits
                assert (one.total, one.facets, one.notices) == (other.total, other.facets, other.notices)
        fresh.close()

    # --- matching, against brute force ---

    @RELAXED
    @given(data=st.data())
    def test_boolean_queries_find_what_brute_force_finds(self, searcher: Searcher, data: st.DataObject) -> None:
        word = st.sampled_from(WORDS)

        def build(depth: int) -> tuple[str, set[str]]:
            kind = data.draw(st.sampled_from(["word", "phrase", "not", "and", "or"] if depth else ["word", "phrase"]))
            if kind == "word":
                w = data.draw(word)
                return w, {e.record.key for e in MANY if has_word(e, w)}
            if kind == "phrase":
                ws = data.draw(st.lists(word, min_size=1, max_size=3))
                return f'"{" ".join(ws)}"', {e.record.key for e in MANY if has_phrase(e, ws)}
            left, found = build(depth - 1)
            if kind == "not":
                return f"-({left})", {e.record.key for e in MANY} - found
            right, more = build(depth - 1)
            if kind == "and":
                return f"({left}) ({right})", found & more
            return f"({left}) OR ({right})", found | more

        query, expected = build(data.draw(st.integers(0, 3)))
        assert set(keys(searcher, query)) == expected
        assert ask(searcher, query, limit=0).total == len(expected)

    @RELAXED
    @given(ws=st.lists(st.sampled_from(WORDS), min_size=2, max_size=3, unique=True), slop=st.integers(1, 6))
    def test_near_words_are_found_in_any_order(self, searcher: Searcher, ws: list[str], slop: int) -> None:
        width = len(ws) + slop
        expected = {
            e.record.key
            for e in MANY
            for words in (words_of(e), (e.record.subject or "").split())
            if any(set(ws) <= set(words[i : i + width]) for i in range(len(words)))
        }
        assert set(keys(searcher, f'"{" ".join(ws)}"~{slop}')) == expected

    @RELAXED
    @given(first=st.dates(dt.date(2000, 1, 1), dt.date(2006, 12, 31)), days=st.integers(0, 400))
    def test_ranges_find_dates_within_and_events_that_touch(
        self, searcher: Searcher, first: dt.date, days: int
    ) -> None:
        last = first + dt.timedelta(days)
        dated = {e.record.key for e in MANY if e.record.date and first <= e.record.date <= last}
        assert set(keys(searcher, f"date:{first}..{last}")) == dated
        touching = {e.record.key for e in MANY if any(v.start <= last and v.end >= first for v in e.record.events)}
        assert set(keys(searcher, f"event:{first}..{last}")) == touching

    # --- facets ---

    @RELAXED
    @given(
        query=st.sampled_from([None, "amber", "amber OR birch", "-cedar", "date:2001..2003", '"delta amber"']),
        chosen=st.dictionaries(
            st.sampled_from(FACET_NAMES),
            st.lists(
                st.sampled_from(["TSB", "BR", "cr", "dm", "2001", "2003", "Geneva", "Tunis", "academia", "en", "absent"]),
                min_size=1, max_size=3, unique=True,
            ).map(tuple),
            max_size=3,
        ),
    )  # fmt: skip
    def test_facet_counts_are_exact_and_ignore_their_own_filter(
        self, searcher: Searcher, query: str | None, chosen: dict[str, tuple[str, ...]]
    ) -> None:
        matching = set(keys(searcher, query))
        results = ask(searcher, query, filters=chosen, facets=FACET_NAMES, facet_size=1000, limit=1000, snippets=0)

        def passing(without: str = "") -> list[Entry]:
            return [
                e for e in MANY
                if e.record.key in matching
                and all(values(e, field) & set(wanted) for field, wanted in chosen.items() if field != without)
            ]  # fmt: skip

        assert {hit.key for hit in results.hits} == {e.record.key for e in passing()}
        assert results.total == len(passing())
        for facet in results.facets:
            expected = counted(passing(without=facet.field), facet.field)
            listed = {v.value: v.count for v in facet.values}
            assert {v: n for v, n in listed.items() if n} == expected
            assert facet.distinct == len(expected)
            assert {v.value for v in facet.values if v.chosen} == set(chosen.get(facet.field, ()))

    def test_chosen_values_are_listed_however_few_are_asked_for(self, searcher: Searcher) -> None:
        chosen = {"series": ("cr", "nothing"), "year": ("2000",)}
        results = ask(searcher, None, filters=chosen, facets=("series", "year", "bureau"), facet_size=0)
        listed = {f.field: [v.value for v in f.values] for f in results.facets}
        assert listed == {"series": ["cr", "nothing"], "year": ["2000"], "bureau": []}

    def test_facets_list_the_most_frequent_first_and_years_newest_first(self, searcher: Searcher) -> None:
        series, year = _facets(ask(searcher, None, facets=("series", "year"), facet_size=3), "series", "year")
        counts = [v.count for v in series.values]
        assert counts == sorted(counts, reverse=True)
        years = sorted(counted(MANY, "year"), reverse=True)
        assert [v.value for v in year.values] == years[:3]
        assert year.distinct == len(years)

    def test_months_are_counted_and_listed_newest_first(self, searcher: Searcher) -> None:
        (month,) = _facets(ask(searcher, None, facets=("month",), facet_size=1000), "month")
        expected = counted(MANY, "month")
        assert [(v.value, v.count) for v in month.values] == sorted(expected.items(), reverse=True)

    def test_values_of_a_facet_are_searched_for(self, searcher: Searcher) -> None:
        found = ask(searcher, "amber", facets=("place", "month"), facet_find={"place": "ÉN", "month": "2001-"})
        place, month = _facets(found, "place", "month")
        assert [v.value for v in place.values] == ["Geneva"]
        assert all(v.value.startswith("2001-") for v in month.values)
        assert place.distinct == 3
        chosen = ask(searcher, "amber", facets=("place",), facet_find={"place": "gen"}, filters={"place": ("Tunis",)})
        assert {(v.value, v.chosen) for v in chosen.facets[0].values} == {("Geneva", False), ("Tunis", True)}
        with pytest.raises(QueryError, match="subject"):
            ask(searcher, None, facet_find={"subject": "x"})

    def test_a_value_is_excluded_by_the_query(self, searcher: Searcher) -> None:
        results = ask(searcher, "-place:Geneva", facets=("place",), limit=1000, snippets=0)
        assert {h.key for h in results.hits} == {e.record.key for e in MANY if "Geneva" not in values(e, "place")}
        assert "Geneva" not in {v.value for v in results.facets[0].values}

    def test_a_filter_or_facet_on_another_field_is_refused(self, searcher: Searcher) -> None:
        with pytest.raises(QueryError, match="subject"):
            ask(searcher, None, facets=("subject",))
        with pytest.raises(QueryError, match="subject"):
            ask(searcher, None, filters={"subject": ("x",)})

    # --- order and pages ---

    @pytest.mark.parametrize("sort", ["date", "-date", "ref", "relevance"])
    def test_pages_together_are_the_whole_in_order(self, searcher: Searcher, sort: Sort) -> None:
        whole = keys(searcher, "amber", sort=sort)
        pages = [
            k
            for offset in range(0, len(whole) + 7, 7)
            for k in keys(searcher, "amber", sort=sort, offset=offset, limit=7)
        ]
        assert pages == whole
        assert len(set(whole)) == len(whole)

    @pytest.mark.parametrize("sort", ["date", "-date"])
    def test_sorting_by_date_puts_undated_letters_last(self, searcher: Searcher, sort: Sort) -> None:
        sign = -1 if sort == "-date" else 1
        expected = sorted(
            MANY, key=lambda e: (not e.record.date, sign * (e.record.date or dt.date.min).toordinal(), e.record.key)
        )
        assert keys(searcher, None, sort=sort) == [e.record.key for e in expected]

    def test_sorting_by_reference_reads_numbers_as_numbers(self, searcher: Searcher) -> None:
        expected = sorted(
            MANY, key=lambda e: (e.record.ref is None, int((e.record.ref or "/0").split("/")[1]), e.record.key)
        )
        assert keys(searcher, None, sort="ref") == [e.record.key for e in expected]

    def test_relevance_falls_and_ties_go_by_key(self, searcher: Searcher) -> None:
        hits = ask(searcher, "amber OR birch", limit=1000, snippets=0).hits
        assert [(-h.score, h.key) for h in hits] == sorted((-h.score, h.key) for h in hits)
        assert keys(searcher, "date:2001..2003") == sorted(keys(searcher, "date:2001..2003"))

    def test_a_word_in_the_subject_counts_for_more(self, engine: Engine, tmp_path: Path) -> None:
        letters = [
            entry("body", "amber " + "cedar " * 9, language="en", subject="birch"),
            entry("subject", "delta " + "cedar " * 9, language="en", subject="amber"),
            entry("neither", "cedar " * 10, language="en", subject="kelp"),
        ]
        engine.update(tmp_path, add=letters, remove=())
        searcher = engine.open(tmp_path)
        assert keys(searcher, "amber") == ["subject", "body"]
        searcher.close()

    def test_a_limit_of_nothing_only_counts(self, searcher: Searcher) -> None:
        results = ask(searcher, "amber", limit=0, facets=("bureau",))
        assert results.hits == ()
        assert results.total > 0
        assert results.facets[0].values

    # --- languages and references ---

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("number", "a"),
            ("plans", "a"),
            ('"plans"', ""),
            ("NUMEROTATIONS", "d"),
            ("réunion", "de"),  # the stem of both réunions and reuniones
            ("reunion", "de"),
            ("comisiones", "e"),
            ("numeracion", "e"),
            ("numeración", "e"),
            ("économies", "d"),
            ("l'union", "d"),
            ('"l\'Union"', "d"),
            ('"l’union"', "d"),
            ("циркуляры", "f"),
            ("комиссий", "f"),
            ("елка", "f"),
            ("СОБРАНИЕ", "f"),
            ("اتحاد", "g"),
            ("الإتحاد", "g"),
            ("2004 لجنة", "g"),
            ("国际电信联盟", "h"),
            ("电信", "h"),
            ("际电", "h"),
            ("函", "h"),
            ("会议", "h"),
            ("信电", ""),
            ("第63号", "h"),
            ('"63号通函"', "h"),
        ],
    )
    def test_each_language_is_searched_in_its_own_way(self, languages: Searcher, query: str, found: str) -> None:
        assert "".join(sorted(keys(languages, query))) == found

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("CR/387", "cb"),
            ("CR 387", "cb"),
            ("CR-387", "cb"),
            ("cr‑387", "cb"),
            ("TSB Circular 221", "ab"),
            ("Tsb-circular 221", "ab"),
            ("DM-05/1171", "b"),
            ("dm 05/1171", "b"),
            ("4/LCCE/71", "c"),
            ("LCCE/71", "c"),
            ("ITU-R 1-7", "a"),
            ("ITUR 1–7", "a"),
            ("ITU-T", "a"),
            ("ITUT", "a"),
            ("M.1036-5", "a"),
            ("M.1036", "a"),
            ("647 (Rev.WRC-23)", "b"),
            ('"Resolution 647 (Rev. WRC 23)"', "b"),
            ("WRC23", "b"),
            ("CR/38", ""),
            ("ref:CR/387", "c"),
            ("citation:CR/387", "b"),
            ("cites:cr/387", "b"),
            ("cites:CR/387", "b"),
            ("id:tsb-circular/2001-2004/221", "a"),
            ("第63号通函", "h"),
        ],
    )
    def test_a_reference_finds_its_bearer_first_then_who_cites_it(
        self, languages: Searcher, query: str, found: str
    ) -> None:
        assert "".join(keys(languages, query)) == found

    # --- beside searching ---

    @pytest.mark.parametrize("query", [None, "amber", "-amber", "cedar bureau:TSB", "zyzzyva"])
    def test_the_keys_of_all_that_matches_are_those_of_the_hits(self, searcher: Searcher, query: str | None) -> None:
        request = Request(query=parse_query(query) if query else None, filters={"series": ("cr", "dm")}, limit=1)
        assert list(searcher.matching(request)) == sorted(keys(searcher, query, filters={"series": ("cr", "dm")}))
        with pytest.raises(QueryError):
            searcher.matching(Request(filters={"subject": ("x",)}))

    def test_likeness_leaves_the_letter_out_and_has_reasons(self, searcher: Searcher) -> None:
        found = searcher.like(MANY[7], limit=5, reasons=3)
        assert len(found) == 5
        assert MANY[7].record.key not in {alike.hit.key for alike in found}
        assert all(1 <= len(alike.reasons) <= 3 for alike in found)

    def test_a_query_is_completed_with_what_finds_letters(self, searcher: Searcher) -> None:
        found = searcher.complete("amber series:", limit=9)
        assert {c.query: c.letters for c in found} == {
            f"amber series:{value}": n
            for value, n in counted([e for e in MANY if has_word(e, "amber")], "series").items()
        }
        assert [c.query for c in searcher.complete("seri", limit=1)] == ["series:"]

    def test_a_mistyped_word_is_answered_where_that_is_asked_for(self, languages: Searcher) -> None:
        assert [s.query for s in ask(languages, "sumit", suggestions=2).suggestions] == ["summit"]
        assert ask(languages, "sumit").suggestions == ()

    # --- what comes with the hits ---

    @pytest.mark.parametrize(
        "query",
        [
            "numbering",
            '"informal consultation"',
            "réunion",
            "комиссий",
            "电信",
            "函",
            "لجنة",
            "CR/387",
            "consul*",
            "-x",
            '"summit consultation"~4',
        ],
    )
    def test_snippets_are_cut_from_the_letter_and_marks_lie_within(self, languages: Searcher, query: str) -> None:
        texts = {e.record.key: e.text for e in LETTERS}
        results = ask(languages, query, snippets=2)
        assert results.hits
        for hit in results.hits:
            assert hit.snippets
            for snippet in hit.snippets:
                text = texts[hit.key]
                assert text[snippet.start : snippet.start + len(snippet.text)] == snippet.text
                assert all(0 <= a < b <= len(snippet.text) for a, b in snippet.marks)
                assert list(snippet.marks) == sorted(snippet.marks)

    @pytest.mark.parametrize(
        ("query", "key", "marked"),
        [
            ("number", "a", {"numbering", "Numbered"}),
            ('"informal consultation"', "a", {"informal consultation"}),
            ("CR/387", "b", {"CR/387"}),
            ("ITUR", "a", {"ITU‑R"}),
            ("réunion", "d", {"réunions"}),
            ("комиссия", "f", {"комиссии"}),
            ("电信", "h", {"电信"}),
            ("国际电信联盟", "h", {"国际电信联盟"}),
            ("summ*", "a", {"summit"}),
            ("summt~1", "a", {"summit"}),
            ("summit -CR", "a", {"summit"}),
            ('"summit before"~2', "a", {"summit", "before"}),
        ],
    )
    def test_marks_show_the_words_that_matched(
        self, languages: Searcher, query: str, key: str, marked: set[str]
    ) -> None:
        hit = next(h for h in ask(languages, query, snippets=3).hits if h.key == key)
        assert {s.text[a:b] for s in hit.snippets for a, b in s.marks} == marked

    def test_a_hit_says_what_the_record_says(self, languages: Searcher) -> None:
        hit = ask(languages, "ref:CR/387").hits[0]
        record = next(e.record for e in LETTERS if e.record.key == "c")
        for name in ("key", "id", "ref", "date", "bureau", "series", "language", "subject"):
            assert getattr(hit, name) == getattr(record, name)
        assert hit.name == record.source.name

    def test_an_answer_explains_itself_and_names_what_no_letter_has(self, languages: Searcher) -> None:
        results = ask(languages, "summit zyzzyva")
        assert results.explanation == "Letters with “summit” in any form and “zyzzyva” in any form"
        assert results.notices == ("no letter matches zyzzyva",)
        assert ask(languages, "series:tsb-circlar").notices == ("no letter matches series:tsb-circlar",)
        assert ask(languages, "summit -zyzzyva").notices == ()

    def test_a_wildcard_that_stands_for_too_much_is_refused(self, engine: Engine, tmp_path: Path) -> None:
        words = [f"q{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}{chr(97 + i // 676)}" for i in range(1100)]
        engine.update(tmp_path, add=[entry("k", " ".join(words))], remove=())
        searcher = engine.open(tmp_path)
        for query in ("x OR q*", "x OR q??*", "x OR *q*"):
            with pytest.raises(QueryError, match="1,000") as refused:
                ask(searcher, query)
            assert refused.value.position == 5
            assert refused.value.hint
        assert keys(searcher, "qaa*") == ["k"]
        searcher.close()

    def test_no_wildcard_takes_long(self, engine: Engine, tmp_path: Path) -> None:
        engine.update(tmp_path, add=[entry("k", " ".join("a" * n + "b" for n in range(20, 95)))], remove=())
        searcher = engine.open(tmp_path)
        started = time.perf_counter()
        assert keys(searcher, "*a" * 20 + "*c") == []
        assert keys(searcher, "*a" * 20 + "?" * 10 + "*b") == ["k"]
        assert time.perf_counter() - started < 1
        searcher.close()

    def test_versions_are_collapsed_to_one_hit_that_lists_their_languages(self, engine: Engine, tmp_path: Path) -> None:
        versions = [
            entry(f"{n:064x}", "amber birch", id="cr/1", ids=("cr/1",), language=code, bureau="BR")
            for n, code in enumerate(("fr", "en", "es"), 1)
        ]
        other = entry(f"{9:064x}", "amber cedar", language="en", bureau="TSB")
        engine.update(tmp_path, add=[*versions, other], remove=())
        opened = engine.open(tmp_path)
        try:
            found = ask(opened, "amber", collapse=True, facets=("bureau", "language"), sort="ref")
            assert (found.total, found.letters) == (2, 4)
            assert [(h.id, h.versions, h.languages) for h in found.hits] == [
                ("cr/1", 3, ("en", "fr", "es")),
                (None, 1, ("en",)),
            ]
            assert {f.field: {v.value: v.count for v in f.values} for f in found.facets} == {
                "bureau": {"BR": 1, "TSB": 1}, "language": {"en": 2, "fr": 1, "es": 1},
            }  # fmt: skip
        finally:
            opened.close()


def _facets(results: Results, *names: str) -> list[Facet]:
    found = {f.field: f for f in results.facets}
    return [found[name] for name in names]
