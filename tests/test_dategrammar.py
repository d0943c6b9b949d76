"""Dates and ranges are found and repaired in six languages."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.dategrammar import find_dates, with_years
from itudocs.lexicon import LANGUAGES, fold
from itudocs.model import Language

CASES: list[tuple[Language, str, list[tuple[str, str]]]] = [
    ("en", "from 4 to 14 September 2001", [("2001-09-04", "2001-09-14")]),
    ("en", "from 28 February to 10 March 2000 inclusive", [("2000-02-28", "2000-03-10")]),
    ("en", "7-18 February 2000", [("2000-02-07", "2000-02-18")]),
    ("en", "26 February–2 March 2018", [("2018-02-26", "2018-03-02")]),
    ("en", "from 27 (afternoon) to 29 June 2012", [("2012-06-27", "2012-06-29")]),
    ("en", "11 (afternoon) – 13 May 2005", [("2005-05-11", "2005-05-13")]),
    ("en", "planned from 30-31 January 2006", [("2006-01-30", "2006-01-31")]),
    ("en", "from 15 - 24 February 1993", [("1993-02-15", "1993-02-24")]),
    ("en", "17 and 18 July 1997", [("1997-07-17", "1997-07-18")]),
    ("en", "17 & 18 July 1997", [("1997-07-17", "1997-07-18")]),
    ("en", "13 and 15 April 2010", [("2010-04-13", "2010-04-13"), ("2010-04-15", "2010-04-15")]),
    ("en", "Tuesday, 7 February 2017", [("2017-02-07", "2017-02-07")]),
    ("en", "1-5 July, 2002", [("2002-07-01", "2002-07-05")]),
    ("en", "July 14, 2004", [("2004-07-14", "2004-07-14")]),
    ("en", "18th November 2005", [("2005-11-18", "2005-11-18")]),
    ("en", "29 to\n31 October 2013", [("2013-10-29", "2013-10-31")]),
    ("en", "than27 April 2005", [("2005-04-27", "2005-04-27")]),
    ("en", "16 March 2005To:", [("2005-03-16", "2005-03-16")]),
    ("en", "24 November 200523 May 20010808 CR/248", [("2005-11-24", "2005-11-24"), ("2001-05-23", "2001-05-23")]),
    ("en", "3-4 April and 17-18 July 1997", [("1997-04-03", "1997-04-04"), ("1997-07-17", "1997-07-18")]),
    ("en", "from 24 to 28 January and from 31 January to 3 February 2000", [("2000-01-24", "2000-01-28"), ("2000-01-31", "2000-02-03")]),
    ("en", "the preparation of WTSA-04, 13 July 2004", [("2004-07-13", "2004-07-13")]),
    ("en", "2123 October 1996", [("1996-10-21", "1996-10-23")]),
    ("en", "67 June 2019", [("2019-06-06", "2019-06-07")]),
    ("en", "CA/24624 April 2019", [("2019-04-24", "2019-04-24")]),
    ("en", "7/LCCE/7916 December 2020", [("2020-12-16", "2020-12-16")]),
    ("en", "28 December 2004 to 3 January 2005", [("2004-12-28", "2005-01-03")]),
    ("fr", "du 17 au 19 janvier 2010", [("2010-01-17", "2010-01-19")]),
    ("fr", "le 1er mai 2012", [("2012-05-01", "2012-05-01")]),
    ("fr", "les 8 et 9 mai 2012", [("2012-05-08", "2012-05-09")]),
    ("fr", "du 26 octobre au 6 novembre 2009", [("2009-10-26", "2009-11-06")]),
    ("es", "del 17 al 28 de febrero de 1997", [("1997-02-17", "1997-02-28")]),
    ("es", "del 24 de mayo al 4 de junio\nde 2010", [("2010-05-24", "2010-06-04")]),
    ("es", "1° de noviembre de 1996", [("1996-11-01", "1996-11-01")]),
    ("es", "1718 de julio de 1997", [("1997-07-17", "1997-07-18")]),
    ("es", "30 de abril – 4 de mayo de 2018", [("2018-04-30", "2018-05-04")]),
    ("ru", "с 14 по 23 сентября 2016 года включительно", [("2016-09-14", "2016-09-23")]),
    ("ru", "1−9 июня 2015 г.", [("2015-06-01", "2015-06-09")]),
    ("ru", "1620 мая 2011", [("2011-05-16", "2011-05-20")]),
    ("zh", "2015年 3月 11日,日内瓦", [("2015-03-11", "2015-03-11")]),
    ("zh", "2016年2月1-5日", [("2016-02-01", "2016-02-05")]),
    ("zh", "2018年4月30日至5月4日", [("2018-04-30", "2018-05-04")]),
    ("zh", "2012108日", [("2012-10-08", "2012-10-08")]),
    ("zh", "2012711日", [("2012-07-11", "2012-07-11")]),
    ("ar", "12 يناير 2024", [("2024-01-12", "2024-01-12")]),
    ("ar", "27-23 أكتوبر 2023", [("2023-10-23", "2023-10-27")]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "days"), CASES, ids=[c[1] for c in CASES])
def test_printed_dates_are_read(code: Language, text: str, days: list[tuple[str, str]]) -> None:
    found = [m.dates() for m in find_dates(fold(text), code)]
    assert [(a.isoformat(), b.isoformat()) for a, b in filter(None, found)] == days


@pytest.mark.parametrize(
    "text",
    [
        "5/31/16",
        "+41 22 730 5853",
        "DOC 31.05.2016",
        "Resolution ITUR 17",
        "2008-2011",
        "IMT-2020",
        "Member States may 3",
    ],
)
def test_what_is_no_date_is_left_alone(text: str) -> None:
    assert [m for m in find_dates(fold(text), "en") if m.first[2]] == []


def test_repairs_say_what_was_printed() -> None:
    (mention,) = find_dates("67 June 2019", "en")
    assert "67" in mention.repair


@pytest.mark.parametrize(
    ("text", "day", "why"),
    [
        ("on 17 May", "2000-05-17", "letter's date"),
        ("its 1997 session (18-27 June)", "1997-06-18", "words before"),
        ("on 21 April last", "1999-04-21", "relative"),
        ("on 4 January 2001 and again on 9 March", "2001-03-09", "date before"),
    ],
)
def test_years_are_borrowed_with_a_note(text: str, day: str, why: str) -> None:
    mention = with_years(text, find_dates(text, "en"), dt.date(2000, 3, 1))[-1]
    days = mention.dates()
    assert days is not None
    assert days[0].isoformat() == day
    assert why in mention.repair


def test_without_any_year_nothing_is_invented() -> None:
    (mention,) = with_years("on 17 May next to it", find_dates("on 17 May next to it", "en"), None)
    assert mention.dates() is None


@given(st.text(alphabet="0123456789 -–.,/年月日toandMayJune aldeмая\n", max_size=120), st.sampled_from(LANGUAGES))
def test_any_text_gives_ordered_spans_inside_it(text: str, code: Language) -> None:
    view = fold(text)
    found = with_years(view, find_dates(view, code), dt.date(2010, 6, 1))
    assert all(0 <= m.start < m.end <= len(view) for m in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
