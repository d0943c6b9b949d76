"""The graph: which letter a citation means, what edges there are, what is in force on a day, and letters that lie."""

from __future__ import annotations

import datetime as dt
import io
import sys
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.archive.graph import Graph
from itudocs.archive.linking import link
from itudocs.errors import ArchiveDamaged, ArchiveError, NotInArchive
from itudocs.model import Circular, Citation
from tests.archive.archive_fakes import documents
from tests.archive.conftest import Open
from tests.archive.knows_letters import cited, graph, record


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def told(found: Graph) -> set[tuple[str, str, str, str]]:
    return {(e.source, e.kind, e.target, e.how) for e in found.edges}


def replaces(ident: str) -> Citation:
    return cited(ident, ident, relation="replaces")


# -- which letter is meant -----------------------------------------------------------------------------------------------


def test_a_citation_with_an_id_is_an_edge_whether_the_letter_is_held_or_not() -> None:
    found = graph(record("cr/1", "2001-01-01"), record("cr/2", "2002-01-01", "cr/1", "cr/9"))
    assert told(found) == {("cr/2", "cites", "cr/1", "id"), ("cr/2", "cites", "cr/9", "id")}
    assert [e.target for e in found.cites("cr/2")] == ["cr/1", "cr/9"]
    assert [e.source for e in found.cited_by("cr/9")] == ["cr/2"]
    assert not found.work("cr/9").held
    (absent,) = found.unresolved()
    assert (absent.source, absent.why, absent.id) == ("cr/2", "absent", "cr/9")


def test_an_edge_says_where_it_stands() -> None:
    one = record("cr/2", "2002-01-01", "cr/7", cited("CR/1", "cr/1", relation="replaces"))
    (edge,) = graph(record("cr/1", "2001-01-01"), one).cited_by("cr/1")
    (mention,) = edge.said
    assert (mention.key, mention.path, mention.text) == (one.key, "citations/1", "CR/1")
    assert mention.spans == ((91, 99), (100, 104))


def test_evidence_is_found_however_many_citations_a_letter_has() -> None:
    many = graph(record("cr/500", "2015-01-01", *(f"cr/{n}" for n in range(1, 60))))
    assert [e.said[0].spans for e in many.cites("cr/500")] == [
        ((100 * n, 100 * n + len(f"cr/{n + 1}")),) for n in range(59)
    ]


def test_the_versions_of_a_letter_are_one_work_and_say_an_edge_together() -> None:
    versions = [record("cr/2", "2002-01-01", "cr/1", language=code) for code in ("en", "fr", "es")]
    found = graph(record("cr/1", "2001-01-01"), *versions)
    assert len(found) == 2
    (edge,) = found.edges
    assert [m.key for m in edge.said] == [v.key for v in versions]


def test_a_supplement_acts_on_its_base_by_its_own_number() -> None:
    base = "tsb-circular/2013-2016/71"
    found = graph(
        record(base, "2014-01-24"), record(f"{base}/cor1", "2014-02-14"), record(f"{base}/add1", "2014-03-01"),
        record(f"{base}/rev1", "2014-04-01"), record(f"{base}/rev2", "2014-05-01"), record("cr/3/cor1", "2001-01-01"),
    )  # fmt: skip
    assert told(found) == {
        (f"{base}/cor1", "corrects", base, "identity"), (f"{base}/add1", "adds-to", base, "identity"),
        (f"{base}/rev1", "revises", base, "identity"), (f"{base}/rev2", "revises", base, "identity"),
        (f"{base}/rev2", "revises", f"{base}/rev1", "identity"), ("cr/3/cor1", "corrects", "cr/3", "identity"),
    }  # fmt: skip
    assert found.cited_by(base)[0].said[0].path == "ids/0"
    assert [u.id for u in found.unresolved()] == ["cr/3"]


def test_a_plain_citation_beside_a_stronger_one_is_only_another_mention() -> None:
    base = "cr/3"
    found = graph(
        record(base, "2001-01-01"), record("cr/3/cor1", "2001-02-01", base), record("cr/4", "2002-01-01", base)
    )
    assert told(found) == {("cr/3/cor1", "corrects", base, "identity"), ("cr/4", "cites", base, "id")}
    assert [m.path for m in found.cites("cr/3/cor1")[0].said] == ["ids/0", "citations/0"]


def test_a_joint_letter_is_one_work_under_both_numbers() -> None:
    joint = record("lcce/4/71", "2005-01-01", ids=("lcce/4/71", "lcce/6/15"))
    found = graph(record("cr/9", "2006-01-01", "lcce/6/15"), joint)
    assert [(e.source, e.target) for e in found.edges] == [("cr/9", "lcce/4/71")]
    assert found.work("lcce/6/15") is found.work("6/LCCE/15") is found.work("4/LCCE/71")


def test_a_number_without_a_date_means_the_letter_of_the_citing_letters_own_run() -> None:
    letters = [
        record(f"tsb-circular/{run}/13", date)
        for run, date in (("1997-2000", "1997-05-01"), ("2013-2016", "2013-02-15"))
    ]
    found = graph(*letters, record("cr/1", "2015-01-01", cited("TSB Circular 13")))
    assert told(found) == {("cr/1", "cites", "tsb-circular/2013-2016/13", "number")}
    assert found.unresolved() == ()


def test_a_number_without_a_date_that_no_letter_of_that_run_bears_stays_open() -> None:
    letters = [
        record(f"tsb-circular/{run}/13", date)
        for run, date in (("1997-2000", "1997-05-01"), ("2009-2012", "2009-05-01"))
    ]
    found = graph(*letters, record("cr/1", "2015-01-01", cited("TSB Circular 13"), cited("TSB Circular 14")))
    assert list(found.edges) == []
    ambiguous, unknown = found.unresolved()
    assert (ambiguous.why, ambiguous.candidates) == (
        "ambiguous",
        ("tsb-circular/1997-2000/13", "tsb-circular/2009-2012/13"),
    )
    assert (unknown.why, unknown.said[0].text) == ("unknown", "TSB Circular 14")


def test_a_letter_that_was_not_yet_written_is_not_meant() -> None:
    later = record("tsb-circular/2013-2016/200", "2016-02-01")
    found = graph(later, record("cr/1", "2013-02-01", cited("TSB Circular 200")))
    assert list(found.edges) == []
    assert found.unresolved()[0].candidates == ("tsb-circular/2013-2016/200",)


def test_a_date_and_a_series_mean_the_one_letter_that_fits() -> None:
    dms = [
        record("dm/2013/1005", "2013-07-22"),
        record("dm/2013/1006", "2013-07-23"),
        record("cl/2013/140", "2013-07-22"),
    ]
    asked = cited("invitation letter dated 22 July 2013", kind="letter", date="2013-07-22", relation="replaces")
    found = graph(*dms, record("dm/2013/1009", "2013-08-01", asked))
    assert told(found) == {("dm/2013/1009", "replaces", "dm/2013/1005", "date")}
    twice = graph(*dms, record("dm/2013/1007", "2013-07-22"), record("dm/2013/1009", "2013-08-01", asked))
    assert told(twice) == set()
    assert twice.unresolved()[0].candidates == ("dm/2013/1005", "dm/2013/1007")


def test_a_number_and_a_date_without_a_series_mean_the_one_letter_that_fits() -> None:
    held = [record("tsb-circular/2005-2008/123", "2005-05-03"), record("cr/240", "2005-05-03")]
    found = graph(*held, record("cr/300", "2009-05-03", cited("Circular 123 of 3 May 2005", date="2005-05-03")))
    assert told(found) == {("cr/300", "cites", "tsb-circular/2005-2008/123", "date")}


def test_a_letter_answered_by_its_date_alone_came_from_outside() -> None:
    asked = cited("letter of 3 May 2005", kind="letter", date="2005-05-03", relation="answers")
    found = graph(record("cr/240", "2005-05-03"), record("cr/241", "2005-05-04", asked))
    assert list(found.edges) == []
    assert found.unresolved()[0].why == "unknown"


def test_the_same_open_citation_in_six_languages_is_listed_once() -> None:
    texts = {"en": "TSB Circular 14", "es": "Circular TSB 14", "ru": "Циркуляр 14 БСЭ"}
    found = graph(*(record("cr/1", "2015-01-01", cited(t), language=c) for c, t in texts.items()))
    (one,) = found.unresolved()
    assert [m.text for m in one.said] == list(texts.values())


def test_resolutions_are_no_letters() -> None:
    found = graph(record("cr/1", "2015-01-01", cited("Resolution 1 (Rev. Dubai, 2012)", kind="resolution")))
    assert (list(found.edges), found.unresolved()) == ([], ())


# -- how a letter is asked for -------------------------------------------------------------------------------------------


def test_a_letter_is_asked_for_by_id_key_digits_or_reference() -> None:
    one = record("tsb-circular/2013-2016/71/cor1", "2014-02-14")
    found = graph(one, record(None, "2001-01-01"))
    for ref in (one.id, "TSB-CIRCULAR/2013-2016/71/COR1", one.key, one.key[:9], "Corrigendum 1 to TSB Circular 71"):
        assert ref
        assert found.resolve(ref) == one.id, ref
    with pytest.raises(NotInArchive, match="answers to 'CR/77'"):
        found.resolve("CR/77")
    assert "CR/77" not in found
    assert 77 not in found


def test_a_reference_that_several_letters_bear_is_an_error_that_names_them() -> None:
    found = graph(*(record(f"tsb-circular/{run}/13", None) for run in ("1997-2000", "2013-2016")))
    with pytest.raises(NotInArchive, match=r"tsb-circular/1997-2000/13, tsb-circular/2013-2016/13"):
        found.resolve("TSB Circular 13")


def test_a_letter_without_a_reference_goes_by_its_key() -> None:
    one = record(None, "2001-01-01", "cr/1")
    assert graph(one).cites(one.key[:8])[0].source == one.key


# -- what is in force ------------------------------------------------------------------------------------------------------

CHAIN = (
    record("cr/1", "2001-01-01"), record("cr/1/add1", "2001-02-01"), record("cr/1/cor1", "2001-03-01"),
    record("cr/2", "2002-01-01", cited("CR/1", "cr/1", relation="replaces")),
    record("cr/3", "2003-01-01", cited("CR/2", "cr/2", relation="replaces")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("ident", "on", "state", "by", "successor"),
    [
        ("cr/1", "2000-12-31", "not-yet", [], None),
        ("cr/1", "2001-01-01", "in-force", [], None),
        ("cr/1", "2001-02-01", "in-force", ["cr/1/add1"], None),
        ("cr/1", "2001-12-31", "in-force", ["cr/1/add1", "cr/1/cor1"], None),
        ("cr/1", "2002-01-01", "replaced", ["cr/1/add1", "cr/1/cor1", "cr/2"], "cr/2"),
        ("cr/1", "2003-01-01", "replaced", ["cr/1/add1", "cr/1/cor1", "cr/2"], "cr/3"),
        ("cr/1", None, "replaced", ["cr/1/add1", "cr/1/cor1", "cr/2"], "cr/3"),
        ("cr/1/cor1", "2001-12-31", "in-force", [], None),
        ("cr/1/cor1", "2002-01-01", "lapsed", ["cr/2"], None),
        ("cr/2", "2002-06-01", "in-force", [], None),
        ("cr/3", None, "in-force", [], None),
    ],
)  # fmt: skip
def test_what_a_letter_is_on_a_day_follows_from_the_letters_up_to_it(
    ident: str, on: str | None, state: str, by: list[str], successor: str | None
) -> None:
    status = graph(*CHAIN).status(ident, on=day(on) if on else None)
    assert (status.state, [e.source for e in status.by], status.successor) == (state, by, successor)
    assert status.doubts == ()
    assert graph(*CHAIN).in_force(ident, on=day(on) if on else None) == (state == "in-force")


def test_a_revision_takes_the_place_of_the_letter_and_of_the_revision_before() -> None:
    found = graph(
        record("cr/1", "2001-01-01"), record("cr/1/cor1", "2001-02-01"), record("cr/1/rev1", "2002-01-01"),
        record("cr/1/cor2", "2002-02-01"), record("cr/1/rev2", "2003-01-01"),
    )  # fmt: skip
    states = {
        i: (s.state, s.successor)
        for i in ("cr/1", "cr/1/cor1", "cr/1/rev1", "cr/1/rev2")
        for s in [found.status(i, on=day("2002-06-01"))]
    }
    assert states == {
        "cr/1": ("revised", "cr/1/rev1"), "cr/1/cor1": ("lapsed", None), "cr/1/rev1": ("in-force", None),
        "cr/1/rev2": ("not-yet", None),
    }  # fmt: skip
    assert found.status("cr/1/cor2", on=day("2002-06-01")).state == "in-force"
    assert found.status("cr/1").successor == found.status("cr/1/rev1").successor == "cr/1/rev2"


def test_a_letter_withdrawn_has_no_successor() -> None:
    found = graph(record("cr/1", "2001-01-01"), record("cr/2", "2002-01-01", cited("CR/1", "cr/1", relation="cancels")))
    status = found.status("cr/1")
    assert (status.state, status.successor) == ("cancelled", None)


def test_a_correction_that_was_itself_withdrawn_does_not_count() -> None:
    found = graph(
        record("cr/1", "2001-01-01"), record("cr/1/cor1", "2001-02-01"),
        record("cr/2", "2001-03-01", cited("Corrigendum 1 to CR/1", "cr/1/cor1", relation="cancels")),
    )  # fmt: skip
    assert [e.source for e in found.status("cr/1", on=day("2001-02-15")).by] == ["cr/1/cor1"]
    assert found.status("cr/1", on=day("2001-03-01")).by == ()


def test_of_a_letter_that_is_only_cited_nothing_is_known_unless_another_ended_it() -> None:
    found = graph(record("cr/5", "2002-01-01", "cr/1", cited("CR/2", "cr/2", relation="replaces")))
    assert found.status("cr/1").state == "unknown"
    assert not found.in_force("cr/1")
    assert (found.status("cr/2").state, found.status("cr/2").successor) == ("replaced", "cr/5")


# -- letters that lie ------------------------------------------------------------------------------------------------------


def test_letters_that_replace_one_another_in_a_circle_have_no_successor() -> None:
    found = graph(
        record("cr/1", "2001-01-01", cited("CR/2", "cr/2", relation="replaces")),
        record("cr/2", "2001-01-01", cited("CR/1", "cr/1", relation="replaces")),
    )
    status = found.status("cr/1")
    assert (status.state, status.successor) == ("replaced", None)
    assert status.doubts == ("cr/1 and cr/2 replace one another",)
    assert {w.id for w in found.neighbourhood("cr/1", depth=9).works} == {"cr/1", "cr/2"}


def test_a_circle_of_plain_citations_is_walked_once() -> None:
    ring = graph(*(record(f"cr/{n}", f"200{n}-01-01", f"cr/{(n + 1) % 5 + 5 * (n == 4)}") for n in range(1, 5)))
    assert len(ring.neighbourhood("cr/1", depth=99)) == 4 + 1


def test_a_letter_cannot_replace_a_younger_one() -> None:
    found = graph(
        record("cr/9", "2005-01-01"), record("cr/8", "2001-01-01", cited("CR/9", "cr/9", relation="replaces"))
    )
    status = found.status("cr/9")
    assert status.state == "in-force"
    assert status.doubts == ("cr/8 replaces it but is older, of 2001-01-01",)


def test_a_letter_that_cites_or_replaces_itself_stays_in_force() -> None:
    found = graph(
        record("cr/1", "2001-01-01", "cr/1"), record("cr/2", "2001-01-01", cited("CR/2", "cr/2", relation="replaces"))
    )
    assert [(e.source, e.target) for e in found.cites("cr/1")] == [("cr/1", "cr/1")]
    assert found.in_force("cr/1")
    assert found.status("cr/2").doubts == ("it says of itself that it replaces it",)
    assert found.in_force("cr/2")
    assert len(found.neighbourhood("cr/1", depth=3)) == 1


def test_a_letter_without_a_date_acts_only_where_no_day_is_asked_for() -> None:
    found = graph(record("cr/1", "2001-01-01"), record("cr/2", None, cited("CR/1", "cr/1", relation="replaces")))
    assert found.status("cr/1").state == "replaced"
    status = found.status("cr/1", on=day("2009-01-01"))
    assert (status.state, status.doubts) == ("in-force", ("cr/2 replaces it on a day that is not known",))


def test_two_letters_that_claim_one_id_are_versions_of_one_work() -> None:
    found = graph(
        record("cr/1", "2001-01-02", subject="a"),
        record("cr/1", "2001-01-01", "cr/7", subject="b"),
        record("cr/1", "2001-01-02", subject="c"),
    )
    assert len(found.work("cr/1").versions) == 3
    assert found.work("cr/1").date == day("2001-01-02")
    assert [e.target for e in found.cites("cr/1")] == ["cr/7"]


def test_days_at_the_ends_of_the_calendar_are_days() -> None:
    found = graph(
        record("cr/1", "0001-01-01", cited("CR", date="0001-01-01")),
        record("cr/2", "9999-12-31", cited("TSB Circular 3"), replaces("cr/1")),
    )
    assert found.status("cr/1", on=dt.date.max).state == "replaced"
    assert found.status("cr/2", on=dt.date.min).state == "not-yet"


def test_a_chain_of_ten_thousand_replacements_has_an_end() -> None:
    chain = [record(f"cr/{n}", "2001-01-01", replaces(f"cr/{n - 1}")) for n in range(2, 10_000)]
    assert len(chain) > sys.getrecursionlimit()
    assert graph(*chain).status("cr/1").successor == "cr/9999"


def test_a_damaged_record_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ArchiveDamaged, match="itudocs verify"):
        link([b'{"key": 5}'])


IDS = st.sampled_from([f"cr/{n}" for n in range(1, 5)] + ["cr/1/cor1", "cr/1/rev1", "cr/1/rev2", "cr/1/cor1/add1"])
DAYS = st.none() | st.dates(dt.date(2001, 1, 1), dt.date(2001, 1, 4)).map(str)
KINDS = st.sampled_from([None, "replaces", "cancels", "revises", "corrects", "adds-to", "answers"])
RECORDS = st.builds(
    lambda ident, date, some: record(ident, date, *(cited(i, i, relation=k) for i, k in some)),
    IDS, DAYS, st.lists(st.tuples(IDS, KINDS), max_size=3),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(RECORDS, max_size=8), st.none() | st.dates(dt.date(2000, 12, 31), dt.date(2001, 1, 5)))
def test_whatever_letters_say_every_one_of_them_has_one_state(letters: list[Circular], on: dt.date | None) -> None:
    found = graph(*letters)
    for work in found.works:
        status = found.status(work.id, on=on)
        assert (status.state == "in-force") == found.in_force(work.id, on=on)
        assert status.state not in ("replaced", "revised", "cancelled", "lapsed") or status.by
        if status.successor:
            assert status.successor != work.id
            assert found.status(status.successor, on=on).state not in ("replaced", "revised", "cancelled")
        assert all(e.target == work.id or status.state == "lapsed" for e in status.by)
    assert all(e.source in found and e.target in found for e in found.edges)


# -- parts and exports -----------------------------------------------------------------------------------------------------


def test_a_neighbourhood_has_what_is_near_in_both_directions_and_all_edges_within() -> None:
    found = graph(*CHAIN, record("cr/9", "2009-01-01", "cr/3", "cr/2"))
    near = found.neighbourhood("cr/3", depth=1)
    assert {w.id for w in near.works} == {"cr/3", "cr/2", "cr/9"}
    assert told(near) == {
        ("cr/3", "replaces", "cr/2", "id"),
        ("cr/9", "cites", "cr/3", "id"),
        ("cr/9", "cites", "cr/2", "id"),
    }
    assert [w.id for w in found.neighbourhood("cr/3", depth=0).works] == ["cr/3"]
    assert len(found.neighbourhood("cr/3", depth=3)) == len(found)
    with pytest.raises(ArchiveError, match="depth is -1"):
        found.neighbourhood("cr/3", depth=-1)


ODD = graph(
    record("cr/1", "2001-01-01", subject='A <"new"> & \x1b[31mplan\x00', language="fr"),
    record("cr/2", None, "cr/1", cited("CR/1", "cr/1", relation="replaces"), "cr/77"),
)


def test_graphml_is_xml_with_every_work_and_edge() -> None:
    file = io.StringIO()
    ODD.write_graphml(file)
    root = ElementTree.fromstring(file.getvalue())
    space = "{http://graphml.graphdrawing.org/xmlns}"
    keys = {k.get("id"): k.get("attr.name") for k in root.iter(f"{space}key")}
    nodes = {n.get("id"): {keys[d.get("key")]: d.text for d in n} for n in root.iter(f"{space}node")}
    assert nodes["cr/1"] == {
        "label": "CR/1", "series": "cr", "date": "2001-01-01", "year": "2001", "subject": 'A <"new"> & [31mplan',
        "languages": "fr", "versions": "1", "held": "true",
    }  # fmt: skip
    assert nodes["cr/77"] == {"label": "cr/77", "series": "cr", "versions": "0", "held": "false"}
    edges = [(e.get("source"), e.get("target"), e[0].text) for e in root.iter(f"{space}edge")]
    assert sorted(edges) == [("cr/2", "cr/1", "replaces"), ("cr/2", "cr/77", "cites")]


def test_networkx_reads_the_same_graph_from_graphml() -> None:
    networkx = pytest.importorskip("networkx")
    file = io.StringIO()
    ODD.write_graphml(file)
    made = ODD.to_networkx()
    read = networkx.parse_graphml(file.getvalue(), force_multigraph=True)
    made.nodes["cr/1"]["subject"] = 'A <"new"> & [31mplan'  # XML has no control characters
    assert dict(read.nodes(data=True)) == dict(made.nodes(data=True))
    assert [(a, b, d) for a, b, d in read.edges(data=True)] == [(a, b, d) for a, b, d in made.edges(data=True)]


def test_without_networkx_an_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(ArchiveError, match=r"pip install 'itudocs\[graph\]'"):
        ODD.to_networkx()


# -- in an archive -----------------------------------------------------------------------------------------------------------


def test_an_archive_keeps_its_graph_until_a_letter_comes_or_goes(opened: Open) -> None:
    archive = opened()
    archive.add_documents(documents(range(1, 4), cites="CR/9"))
    first = archive.graph()
    assert [e.source for e in first.cited_by("cr/9")] == ["cr/1", "cr/2", "cr/3"]
    assert archive.graph() is first
    archive.remove("cr/2")
    assert [e.source for e in archive.graph().cited_by("cr/9")] == ["cr/1", "cr/3"]
    assert len(first.cited_by("cr/9")) == 3


def test_an_empty_archive_has_an_empty_graph(opened: Open) -> None:
    found = opened().graph()
    assert (len(found), list(found.edges), found.unresolved()) == (0, [], ())
