"""What an archive can know that it does not know: absent letters, holes, dates that cannot be, conflicts."""

from __future__ import annotations

import datetime as dt
import time
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.archive.gaps import SLACK, Gaps, Hole, Misdated, _Numbered, gaps, misfits
from itudocs.errors import ArchiveError
from itudocs.model import Circular
from tests.archive.archive_fakes import documents
from tests.archive.conftest import Open
from tests.archive.knows_letters import cited, graph, record


def found(*records: Circular) -> Gaps:
    return gaps(graph(*records))


def run(*dates: str | None, first: int = 1, series: str = "cr") -> list[Circular]:
    return [record(f"{series}/{n}", date) for n, date in enumerate(dates, first)]


def spans(some: Gaps) -> list[tuple[str, int, int, str | None, str | None]]:
    return [
        (h.run, h.first, h.last, str(h.earliest) if h.earliest else None, str(h.latest) if h.latest else None)
        for h in some.holes
    ]


# -- absent --------------------------------------------------------------------------------------------------------------


def test_a_letter_cited_and_not_held_is_absent_with_its_dates_and_who_cites_it() -> None:
    some = found(
        record("cr/5", "2005-01-01", cited("CR/3 of 2 May 2004", "cr/3", date="2004-05-02")),
        record("cr/6", "2006-01-01", cited("CR/3 of 2 May 2004", "cr/3", date="2004-05-02"), cited("CR/3", "cr/3")),
        record("cr/7", "2007-01-01", cited("CR/3 of 3 May 2004", "cr/3", date="2004-05-03"), "cr/5"),
    )
    (one,) = some.absent
    assert (one.id, one.cited_by) == ("cr/3", ("cr/5", "cr/6", "cr/7"))
    assert one.dates == (dt.date(2004, 5, 2), dt.date(2004, 5, 3))
    assert [m.text for m in one.said] == ["CR/3 of 2 May 2004", "CR/3 of 2 May 2004", "CR/3", "CR/3 of 3 May 2004"]


def test_the_letter_that_a_corrigendum_corrects_is_absent_too() -> None:
    (one,) = found(record("cr/3/cor1", "2005-01-01")).absent
    assert (one.id, one.dates, one.cited_by) == ("cr/3", (), ("cr/3/cor1",))


# -- holes ---------------------------------------------------------------------------------------------------------------


def test_a_hole_lies_between_the_dates_of_its_neighbours() -> None:
    some = found(*run("2001-01-01", "2001-02-01", first=10), record("cr/15", "2001-06-01", "cr/13", "cr/99"))
    assert some.holes == (
        Hole(
            run="cr/*", first=12, last=14, after="cr/11", before="cr/15", earliest=dt.date(2001, 2, 1),
            latest=dt.date(2001, 6, 1), cited=("cr/13",),
        ),
    )  # fmt: skip
    assert some.holes[0].count == 3


def test_a_run_of_a_study_period_begins_at_1_on_its_first_day() -> None:
    some = found(
        record("tsb-circular/2001-2004/3", "2000-11-01"), record("tsb-collective/2001-2004/2/13", "2001-02-14")
    )
    assert spans(some) == [
        ("tsb-circular/2001-2004/*", 1, 2, "2000-10-06", "2000-11-01"),
        ("tsb-collective/2001-2004/*/13", 1, 1, "2000-10-06", "2001-02-14"),
    ]
    assert some.holes[0].after is None


def test_where_a_run_begins_elsewhere_nothing_is_said_of_what_came_before() -> None:
    assert found(record("cr/300", "2009-01-01"), record("dm/2005/1171", "2005-06-01")).holes == ()


def test_supplements_are_numbered_from_1_after_their_letter() -> None:
    some = found(record("cr/3", "2005-01-01"), record("cr/3/cor3", "2005-09-01"), record("cr/4/add1", "2005-01-01"))
    assert spans(some) == [("cr/3/cor*", 1, 2, "2005-01-01", "2005-09-01")]


def test_a_letter_with_a_misread_date_bounds_no_hole() -> None:
    some = found(*run("2001-01-01", "2001-02-01", "1991-03-01"), *run("2001-05-01", "2001-06-01", first=6))
    assert [m.id for m in some.misdated] == ["cr/3"]
    assert spans(some) == [("cr/*", 4, 5, "2001-02-01", "2001-05-01")]


def test_a_letter_without_a_date_fills_its_number_and_bounds_no_hole() -> None:
    some = found(*run("2001-01-01", None, "2001-03-01"), record("cr/5", "2001-05-01"))
    assert spans(some) == [("cr/*", 4, 4, "2001-03-01", "2001-05-01")]
    assert spans(found(record("cr/1", None), record("cr/3", None))) == [("cr/*", 2, 2, None, None)]


# -- dates that cannot be --------------------------------------------------------------------------------------------------


def test_a_date_against_the_run_stands_out_with_the_dates_between_which_it_should_lie() -> None:
    some = found(*run("2009-11-01", "2010-12-14", "2009-12-20", "2010-01-30", first=79))
    assert some.misdated == (
        Misdated(
            id="cr/80", date=dt.date(2010, 12, 14), earliest=dt.date(2009, 11, 1), latest=dt.date(2009, 12, 20), certain=True
        ),
    )  # fmt: skip


def test_a_few_days_against_the_run_are_usual() -> None:
    assert found(*run("1994-01-18", "1994-03-15", "1994-03-09", "1994-05-01")).misdated == ()


def test_of_two_letters_that_contradict_one_another_nothing_tells_which_is_wrong() -> None:
    some = found(record("tsb-circular/2009-2012/80", "2010-12-14"), record("tsb-circular/2009-2012/179", "2010-03-24"))
    assert [(m.id, m.certain, m.against) for m in some.misdated] == [
        ("tsb-circular/2009-2012/80", False, ("tsb-circular/2009-2012/179",)),
        ("tsb-circular/2009-2012/179", False, ("tsb-circular/2009-2012/80",)),
    ]


def test_a_misread_number_stands_out_as_a_misread_date_does() -> None:
    some = found(
        *run("2019-01-01", "2019-02-01", "2019-03-01", first=244),
        record("cr/24624", "2019-04-04"),
        record("cr/300", "2022-01-01"),
    )
    assert [m.id for m in some.misdated] == ["cr/300", "cr/24624"]
    assert {m.certain for m in some.misdated} == {False}


def test_a_run_that_falls_all_the_way_is_judged_in_time() -> None:
    falling = [_Numbered(n, dt.date.fromordinal(800_000 - 40 * n), f"cr/{n}") for n in range(5_000)]
    began = time.perf_counter()
    off = misfits(falling)
    assert time.perf_counter() - began < 5
    assert len(off) == 5_000
    assert max(len(m.against) for m in off) == 8


DAYS = st.lists(st.integers(0, 400).map(lambda n: dt.date(2001, 1, 1) + dt.timedelta(days=n)), max_size=9)


@settings(max_examples=300, deadline=None)
@given(DAYS)
def test_what_is_wrong_for_certain_is_in_no_longest_rising_sequence(days: list[dt.date]) -> None:
    members = [_Numbered(n, day, f"cr/{n}") for n, day in enumerate(days)]
    rising = [
        c
        for size in range(len(days) + 1)
        for c in combinations(range(len(days)), size)
        if all(days[a] <= days[b] for a, b in pairwise(c))
    ]
    longest = max(map(len, rising))
    best = [set(c) for c in rising if len(c) == longest]
    off = {int(m.id[3:]): m for m in misfits(members)}
    for n, day in enumerate(days):
        trusted = set.intersection(*best)
        believed = set.union(*best)
        low = [days[k] for k in trusted if k < n]
        high = [days[k] for k in trusted if k > n]
        outside = any(d - day > SLACK for d in low) or any(day - d > SLACK for d in high)
        against = [k for k in believed - {n} if (days[k] - day if k < n else day - days[k]) > SLACK]
        if n in trusted:
            assert n not in off
        elif n in believed:
            assert (n in off) == bool(against)
            assert n not in off or not off[n].certain
        else:
            assert (n in off) == outside
            assert n not in off or off[n].certain


# -- conflicts -------------------------------------------------------------------------------------------------------------


def test_one_id_with_two_dates_is_a_conflict_with_the_letters_of_each() -> None:
    versions = [
        record("cl/1997/56", date, language=code)
        for code, date in (("en", "1997-09-01"), ("fr", "1997-09-01"), ("es", "1997-09-09"))
    ]
    (one,) = found(*versions).conflicts
    assert (one.id, one.field) == ("cl/1997/56", "date")
    assert [(c.value, c.keys) for c in one.claims] == [
        ("1997-09-01", (versions[0].key, versions[1].key)), ("1997-09-09", (versions[2].key,)),
    ]  # fmt: skip


def test_two_letters_that_claim_one_id_differ_in_their_subjects() -> None:
    one = record("cr/1", "2001-01-01", subject="Minutes of the 12th meeting of the Board")
    other = record("cr/1", "2001-01-01", subject="Satellite networks in planned bands")
    (conflict,) = found(one, other).conflicts
    assert (conflict.field, [c.keys for c in conflict.claims]) == ("subject", [(one.key,), (other.key,)])


def test_subjects_in_other_languages_or_with_other_damage_are_no_conflict() -> None:
    some = found(
        record("cr/1", "2001-01-01", subject="Meeting of Study Group 13, Seoul, 17-28 February 1997"),
        record("cr/1", "2001-01-01", subject="Meeting of Study Group 13Seoul, 1728 February 1997 -"),
        record("cr/1", "2001-01-01", subject="Réunion de la Commission d'études 13", language="fr"),
    )
    assert some.conflicts == ()


def test_a_letter_cited_with_a_date_that_is_not_its_own_is_a_conflict() -> None:
    letter = record("cr/80", "2009-12-14")
    wrong = record("cr/90", "2011-01-01", cited("CR/80 of 14 December 2010", "cr/80", date="2010-12-14"))
    right = record("cr/91", "2011-01-02", cited("CR/80 of 14 December 2009", "cr/80", date="2009-12-14"))
    (one,) = found(letter, wrong, right).conflicts
    assert one.field == "cited-date"
    assert [(c.value, c.keys) for c in one.claims] == [("2009-12-14", (letter.key,)), ("2010-12-14", (wrong.key,))]


# -- the whole -------------------------------------------------------------------------------------------------------------


def test_of_one_series_only_its_own_is_given() -> None:
    some = found(
        *run("2001-01-01", None, "2001-01-01"),
        record("ca/1", "2001-01-01", "cr/9", "ca/7"),
        record("ca/3", "2001-01-01"),
    )
    assert [a.id for a in some.of("cr").absent] == ["cr/9"]
    assert [h.run for h in some.of("CA/").holes] == ["ca/*"]
    assert not some.of("cace")
    with pytest.raises(ArchiveError, match="there is no series 'crr'"):
        some.of("crr")


def test_impossible_dates_are_dates_that_do_not_fit() -> None:
    some = found(*run("2001-01-01", "0001-01-01", "2001-03-01", "9999-12-31", "2001-05-01"))
    assert [(m.id, m.certain) for m in some.misdated] == [("cr/2", True), ("cr/4", True)]


def test_nothing_is_missing_from_an_archive_that_is_whole(opened: Open) -> None:
    archive = opened()
    archive.add_documents(documents(range(1, 6), date="2001-01-01"))
    assert not archive.gaps()
    archive.remove("cr/3")
    assert [(h.first, h.last) for h in archive.gaps("cr").holes] == [(3, 3)]
    assert archive.gaps() is archive.gaps()
