"""The query language: what it reads, refuses, says and writes."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.errors import QueryError
from itudocs.fields import BY_PREFIX
from itudocs.search.query import (
    And,
    DateRange,
    Fuzzy,
    Keyword,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Term,
    Tree,
    Wildcard,
    also,
    explain,
    leaves,
    parse_query,
    to_text,
    without_positions,
)

D = dt.date
A, B, C = Term(text="a"), Term(text="b"), Term(text="c")

READ: list[tuple[str, Tree]] = [
    ("wsis", Term(text="wsis")),
    ("a b", And(children=(A, B))),
    ("a AND b", And(children=(A, B))),
    ("a (b c)", And(children=(A, B, C))),
    ("a OR b", Or(children=(A, B))),
    ("a OR (b OR c)", Or(children=(A, B, C))),
    ("a b OR c", Or(children=(And(children=(A, B)), C))),
    ("a (b OR c)", And(children=(A, Or(children=(B, C))))),
    ("-a", Not(child=A)),
    ("NOT a", Not(child=A)),
    ("NOT -a", A),
    ("--a", A),
    ("a -b", And(children=(A, Not(child=B)))),
    ("−a", Not(child=A)),
    ("-(a b)", Not(child=And(children=(A, B)))),
    ("((a))", A),
    ("and or not", And(children=(Term(text="and"), Term(text="or"), Term(text="not")))),
    ('"a  b"', Phrase(text="a b")),
    ("“a b”", Phrase(text="a b")),
    ("« a b »", Phrase(text="a b")),
    ('"a b"~5', Phrase(text="a b", slop=5)),
    ('"a"b', And(children=(Phrase(text="a"), B))),
    ("telecom*", Prefix(text="telecom")),
    ("telecom**", Prefix(text="telecom")),
    ("t?lecom*", Wildcard(pattern="t?lecom*")),
    ("*com", Wildcard(pattern="*com")),
    ("where?", Term(text="where")),
    ("tariff~1", Fuzzy(text="tariff", distance=1)),
    ("tariff~", Fuzzy(text="tariff", distance=1)),
    ("tariff~2", Fuzzy(text="tariff", distance=2)),
    ("CR/387", Term(text="CR/387")),
    ("ITU-R 1-7,", And(children=(Term(text="ITU-R"), Term(text="1-7")))),
    ("647 (Rev.WRC-23)", And(children=(Term(text="647"), Term(text="Rev.WRC-23")))),
    ("a & b…", And(children=(A, B))),
    ("a – b", And(children=(A, B))),
    ("10:30", Term(text="10:30")),
    ("http://www.itu.int/x", Term(text="http://www.itu.int/x")),
    ("subject:a", Term(text="a", field="subject")),
    ("Subject:a", Term(text="a", field="subject")),
    ("subject：a", Term(text="a", field="subject")),
    ('subject:"a b"~2', Phrase(text="a b", slop=2, field="subject")),
    ("subject:(a OR -b)", Or(children=(Term(text="a", field="subject"), Not(child=Term(text="b", field="subject"))))),
    ("to:a*", Prefix(text="a", field="addressees")),
    ("lang:fr", Keyword(value="fr", field="language")),
    ("has:deadline", Keyword(value="deadline", field="has")),
    ("cites:tsb-circular/2001-2004/221", Keyword(value="tsb-circular/2001-2004/221", field="cites")),
    ('markings:"(URGENT)"', Keyword(value="(URGENT)", field="markings")),
    ("id:tsb*", Prefix(text="tsb", field="id")),
    ("year:2003", Keyword(value="2003", field="year")),
    ("year:2003..2004", DateRange(first=D(2003, 1, 1), last=D(2004, 12, 31), field="year")),
    ("event_year:..2004", DateRange(first=None, last=D(2004, 12, 31), field="event_year")),
    ("date:2003", DateRange(first=D(2003, 1, 1), last=D(2003, 12, 31), field="date")),
    ("date:2004-02", DateRange(first=D(2004, 2, 1), last=D(2004, 2, 29), field="date")),
    ("date:2003-7-9", DateRange(first=D(2003, 7, 9), last=D(2003, 7, 9), field="date")),
    ("date:2003..2004", DateRange(first=D(2003, 1, 1), last=D(2004, 12, 31), field="date")),
    ("date:2003-07..", DateRange(first=D(2003, 7, 1), last=None, field="date")),
    ("date:..2004", DateRange(first=None, last=D(2004, 12, 31), field="date")),
    ("event:2004-07-13", DateRange(first=D(2004, 7, 13), last=D(2004, 7, 13), field="event")),
    ("date:(2003 OR 2005-01)", Or(children=(
        DateRange(first=D(2003, 1, 1), last=D(2003, 12, 31), field="date"),
        DateRange(first=D(2005, 1, 1), last=D(2005, 1, 31), field="date"),
    ))),
]  # fmt: skip

REFUSED: list[tuple[str, int, str]] = [
    ("", 0, "nothing to search for"),
    ("  \t", 0, "nothing to search for"),
    ("…", 0, "nothing to search for"),
    ("-", 0, "minus sign"),
    ("a - b", 2, "minus sign"),
    ("OR", 0, "both sides"),
    ("a OR", 2, "both sides"),
    ("OR a", 0, "both sides"),
    ("a OR OR b", 2, "both sides"),
    ("a AND", 2, "both sides"),
    ("AND a", 0, "both sides"),
    ("NOT", 0, "excludes nothing"),
    ("a NOT OR b", 2, "excludes nothing"),
    ("a | b", 2, "no operator"),
    ("a || b", 2, "no operator"),
    ("(a", 0, "never closed"),
    ("a (b", 2, "never closed"),
    ("a)", 1, "without an opening"),
    ("a ()", 3, "nothing between"),
    ('a "b', 2, "never closed"),
    ('"…"', 0, "without words"),
    ('"a b"~', 5, "number of words"),
    ('"a b"~101', 5, "number of words"),
    ("*", 0, "no letters"),
    ("a ?*", 2, "no letters"),
    ("a~3", 1, "at most 2"),
    ("a~0", 1, "at most 2"),
    ("ab*~1", 0, "plain word"),
    ("sbject:a", 0, "no field sbject"),
    ("x a:b", 2, "no field a"),
    ("subject: a", 0, "nothing follows"),
    ("(subject:)", 1, "nothing follows"),
    ("subject:-a", 8, "minus sign inside"),
    ("subject:(date:2003)", 9, "field inside"),
    ("date:yesterday", 5, "no date"),
    ("date:2003-13", 5, "not a day"),
    ("date:2003-02-29", 5, "not a day"),
    ("date:2003..2003-02-30", 11, "not a day"),
    ("date:0000", 5, "not a day"),
    ("date:2004..2003", 5, "ends before"),
    ("date:..", 5, "without ends"),
    ("date:2003*", 5, "no date"),
    ("year:..", 5, "without ends"),
    ("year:2003..20", 11, "no year"),
    ("year:2004..2003", 5, "ends before"),
    ("series:cr~1", 7, "no meaning"),
    ('series:"cr"~1', 0, "no meaning"),
    ("a" * 2001, 2000, "2,001 characters"),
    ("(" * 33 + "a" + ")" * 33, 32, "more than 32"),
    ("NOT " * 33 + "a", 128, "more than 32"),
    ("a " * 65, 128, "more than 64"),
    ("a \ud800", 2, "half a character"),
]


@pytest.mark.parametrize(("text", "tree"), READ)
def test_a_query_is_read_as_this_tree(text: str, tree: Tree) -> None:
    query = parse_query(text)
    assert query.text == text
    assert without_positions(query.root) == tree


@pytest.mark.parametrize(("text", "position", "message"), REFUSED)
def test_a_query_is_refused_with_its_position_and_a_hint(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse_query(text)
    assert message in str(refused.value)
    assert refused.value.position == position
    assert refused.value.hint


@pytest.mark.parametrize(("typed", "meant"), [("sbject", "subject"), ("langauge", "language"), ("dates", "date")])
def test_a_mistyped_field_is_answered_with_the_right_one(typed: str, meant: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse_query(f"{typed}:x")
    assert f"did you mean {meant}:" in refused.value.hint


@pytest.mark.parametrize("prefix", sorted(BY_PREFIX))
def test_every_prefix_of_the_table_of_fields_is_a_field(prefix: str) -> None:
    value = "2003" if BY_PREFIX[prefix].kind in ("date", "period") else "x"
    ((leaf, negated),) = leaves(parse_query(f"{prefix}:{value}").root)
    assert leaf.field == BY_PREFIX[prefix].name
    assert not negated


def test_nodes_know_where_they_were_read() -> None:
    root = parse_query('a  subject:"b c" -(dd OR date:2003)').root
    assert isinstance(root, And)
    assert [(leaf.position, negated) for leaf, negated in leaves(root)] == [
        (0, False),
        (3, False),
        (19, True),
        (25, True),
    ]
    assert root.children[2].position == 17


def test_limits_are_what_just_passes() -> None:
    assert parse_query("a" * 2000)
    assert parse_query("(" * 32 + "a" + ")" * 32).root == Term(text="a", position=32)
    assert len(list(leaves(parse_query("a " * 64).root))) == 64


EXPLAINED = [
    ("summit CR/387", "Letters with “summit” in any form and “CR/387”"),
    ("CMR-12 tariff", "Letters with (“CMR-12” or body named “WRC-12”) and “tariff” in any form"),
    ('a OR -"b c"', "Letters with “a” in any form or not exactly “b c”"),
    ("subject:(a b) c", "Letters with “a” in any form in subject and “b” in any form in subject and “c” in any form"),
    ("(a OR b) tel*", "Letters with (“a” in any form or “b” in any form) and a word that begins with “tel”"),
    ("t?l id:cr/*", "Letters with a word like “t?l” and a value that begins with “cr/” in identity"),
    ("tariff~2", "Letters with a word at most 2 letters away from “tariff”"),
    ('"a b"~5', "Letters with “a b” (in any order, at most 5 other words among them)"),
    ("lang:fr has:deadline", "Letters with language “fr” and “deadline” recorded"),
    ("date:2003-07", "Letters with date from 2003-07-01 to 2003-07-31"),
    ("event:2004-07-13", "Letters with event dates on 2004-07-13"),
    ("date:2003.. year:..2004", "Letters with date 2003-01-01 or later and year 2004 or earlier"),
]


@pytest.mark.parametrize(("text", "said"), EXPLAINED)
def test_a_query_is_explained_in_words(text: str, said: str) -> None:
    assert explain(parse_query(text)) == said


# --- for any string ---

PIECES = st.sampled_from(
    [*'()"-~*?:|&,.…', " ", "OR", "AND", "NOT", "a", "bc", "CR/387", "subject:", "date:", "series:", "year:", "2003", "..", "2004-02", "“", "会议", "~1", "~5", "é", "-", "http://", "has:", "\u0301", "\n"]
)  # fmt: skip


@given(st.text(max_size=200) | st.lists(PIECES, max_size=40).map("".join) | st.lists(PIECES, max_size=40).map(" ".join))
@settings(max_examples=1500, deadline=None)
def test_any_string_parses_or_is_refused_and_what_parses_has_a_canonical_form(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError as error:
        refused = error
    else:
        check_canonical_form(text, query)
        return
    assert 0 <= refused.position <= len(text)
    assert refused.hint


def check_canonical_form(text: str, query: Query) -> None:
    assert explain(query).startswith("Letters with ")
    canonical = to_text(query)
    again = parse_query(canonical)
    assert without_positions(again.root) == without_positions(query.root)
    assert to_text(again) == canonical
    assert all(0 <= leaf.position < len(text) for leaf, _ in leaves(query.root))


WORD = st.from_regex(r"[a-z][a-z0-9/.-]{0,8}[a-z0-9]", fullmatch=True)
LEAF: st.SearchStrategy[Tree] = st.one_of(
    st.builds(Term, text=WORD, field=st.sampled_from([None, "subject", "ref"])),
    st.builds(Phrase, text=st.lists(WORD, min_size=1).map(" ".join), slop=st.integers(0, 100), field=st.none()),
    st.builds(Prefix, text=WORD, field=st.sampled_from([None, "id"])),
    st.builds(Fuzzy, text=WORD, distance=st.integers(1, 2)),
    st.builds(Keyword, value=st.text(st.characters(codec="utf-8", exclude_characters='"“”„«»＂（）：'), min_size=1)
              .map(lambda s: " ".join(s.split())).filter(lambda s: any(c.isalnum() for c in s)), field=st.just("series")),
    st.builds(lambda d: DateRange(first=d, last=None, field="event"), st.dates()),
)  # fmt: skip
TREE: st.SearchStrategy[Tree] = st.recursive(
    LEAF,
    lambda tree: st.one_of(
        tree.filter(lambda t: not isinstance(t, Not)).map(lambda t: Not(child=t)),
        st.lists(tree.filter(lambda t: not isinstance(t, And)), min_size=2, max_size=4).map(lambda c: And(children=tuple(c))),
        st.lists(tree.filter(lambda t: not isinstance(t, Or)), min_size=2, max_size=4).map(lambda c: Or(children=tuple(c))),
    ),
    max_leaves=12,
)  # fmt: skip


@given(TREE)
@settings(max_examples=300, deadline=None)
def test_any_tree_survives_being_written_and_read(tree: Tree) -> None:
    assert without_positions(parse_query(to_text(Query(text="", root=tree))).root) == tree


@pytest.mark.parametrize(
    "text", ["(" * 2000, ")" * 2000, '"' * 1999, "a" * 2000, "a" * 1999 + "~", "~1" * 1000, "|a" * 1000, "*a" * 1000, "-" * 2000, "a:" * 1000, "1.." * 600, "NOT " * 500, "subject:" * 250, "\u0301" * 2000]
)  # fmt: skip
def test_the_longest_strings_are_read_at_once(text: str) -> None:
    started = time.perf_counter()
    for _ in range(3):
        try:
            parse_query(text)
        except QueryError:
            continue
    assert time.perf_counter() - started < 0.5


def test_conditions_join_a_query_and_leave_what_was_typed_as_it_is() -> None:
    french = Not(child=Keyword(field="language", value="fr"))
    typed = parse_query("wsis summit")
    joined = also(typed, french)
    assert joined is not None
    assert joined.text == "wsis summit"
    assert isinstance(joined.root, And)
    assert isinstance(typed.root, And)
    assert joined.root.children == (*typed.root.children, french)
    either = also(parse_query("a OR b"), french)
    assert either is not None
    assert to_text(either) == "(a OR b) -language:fr"
    assert also(None, french) == Query(text="", root=french)
    assert also(typed) is typed
    assert also(None) is None
