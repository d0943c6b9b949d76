"""Versions of a letter held together: what must be alike in all languages, and what every version says where it is not."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from itudocs.archive.versions import differences, signature
from itudocs.model import Circular, Citation, Contact, Deadline, Event, Evidence, Signatory
from tests.archive.archive_fakes import documents
from tests.archive.conftest import Open
from tests.archive.knows_letters import cited, record


def days(start: str, end: str | None = None) -> Event:
    return Event(start=dt.date.fromisoformat(start), end=dt.date.fromisoformat(end or start))


def due(date: str, *, computed: bool = False) -> Deadline:
    return Deadline(date=dt.date.fromisoformat(date), computed=computed)


def told(*versions: Circular) -> list[tuple[str, str, list[tuple[str, ...]]]]:
    return [(d.field, d.kind, [s.values for s in d.sides]) for d in differences(versions)]


def test_versions_that_say_the_same_do_not_differ() -> None:
    same = {"events": (days("2001-05-01", "2001-05-04"),), "deadlines": (due("2001-04-01"),)}
    assert told(record("cr/1", "2001-01-01", **same), record("cr/1", "2001-01-01", language="fr", **same)) == []
    assert told(record("cr/1", "2001-01-01")) == told() == []


def test_dates_that_differ_are_shown_with_the_evidence_of_every_version() -> None:
    one = record(
        "cr/1", "1997-09-01", evidence={"date": (Evidence(start=3, end=19, quote="1 September 1997", rule="r"),)}
    )
    other = record(
        "cr/1",
        "1997-09-09",
        language="es",
        evidence={"date": (Evidence(start=5, end=26, quote="9 de septiembre de 1997", rule="r"),)},
    )
    (found,) = differences([one, other])
    assert (found.id, found.field, found.kind) == ("cr/1", "date", "differs")
    assert [(s.language, s.values, s.evidence[0][0].quote) for s in found.sides] == [
        ("en", ("1997-09-01",), "1 September 1997"), ("es", ("1997-09-09",), "9 de septiembre de 1997"),
    ]  # fmt: skip


def test_a_date_that_one_version_lacks_is_no_difference() -> None:
    assert told(record("cr/1", "1997-09-01"), record("cr/1", None, language="fr")) == []


def test_only_days_that_not_all_versions_have_are_shown() -> None:
    both = days("2001-05-01", "2001-05-04")
    found = told(
        record("cr/1", None, events=(both, days("2001-06-01"))),
        record("cr/1", None, events=(days("2001-06-02"), both), language="fr"),
        record("cr/1", None, events=(both, days("2001-06-01"), both), language="es"),
    )
    assert found == [("event days", "differs", [("2001-06-01",), ("2001-06-02",), ("2001-06-01",)])]


def test_a_deadline_that_one_version_lacks_is_missing_and_comes_after_contradictions() -> None:
    found = told(
        record("cr/1", "2001-01-01", deadlines=(due("2001-02-01"), due("2001-03-01"))),
        record("cr/1", "2001-01-02", deadlines=(due("2001-02-01"), due("2001-05-01", computed=True)), language="fr"),
    )
    assert found == [
        ("date", "differs", [("2001-01-01",), ("2001-01-02",)]), ("deadlines", "missing", [("2001-03-01",), ()]),
    ]  # fmt: skip


def test_numbers_are_the_same_however_they_are_grouped_or_turned_round() -> None:
    one = record("cr/1", None, contact=Contact(fax=("+41 22 730 57 85",)))
    turned = record("cr/1", None, contact=Contact(fax=("85 57 730 22 41+",)), language="ar")
    wrong = record("cr/1", None, contact=Contact(fax=("+41 22 730 57 86",)), language="ru")
    assert told(one, turned) == []
    assert told(one, turned, wrong) == [
        ("fax", "differs", [("+41 22 730 57 85",), ("85 57 730 22 41+",), ("+41 22 730 57 86",)])
    ]


def test_a_signatory_is_the_same_person_in_every_script() -> None:
    one = record("cr/1", None, signatory=Signatory(name="François Rancy", person="François Rancy"))
    other = record("cr/1", None, signatory=Signatory(name="Франсуа Ранси", person="François Rancy"), language="ru")
    third = record("cr/1", None, signatory=Signatory(name="Mario Maniewicz", person="Mario Maniewicz"), language="es")
    assert told(one, other) == []
    assert [field for field, _, _ in told(one, third)] == ["signatory"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Resolution 1 (Rev. Hammamet, 2016)", "第1号决议(2016年,哈马马特,修订版)", True),
        ("No. 13.18 of the Radio Regulations", "الرقم 18.13 من لوائح الراديو", True),
        ("Resolution 1 (Rev. Geneva, 2022)", "第1号决议(2022年,日内瓦,修订版)第9.8节", True),
        ("Resolution 1 (Rev. Geneva, 2022)", "Резолюция 1 (Пересм. Хаммамет, 2016 г.)", False),
        ("Resolution 44 (Rev. Dubai, 2012)", "Résolution 45 (Rév. Dubaï, 2012)", False),
    ],
)
def test_citations_are_compared_by_their_numbers(one: str, other: str, same: bool) -> None:
    found = told(
        record("cr/1", None, cited(one, kind="resolution")),
        record("cr/1", None, cited(other, kind="resolution"), language="zh"),
    )
    assert found == ([] if same else [("numbers cited", "differs", [(one,), (other,)])])


def test_a_citation_without_numbers_is_not_compared() -> None:
    assert signature(Citation(text="the Radio Regulations", kind="treaty")) == ""


def test_circulars_cited_are_compared_by_identity() -> None:
    one = record("cr/2", None, cited("TSB Circular 13 of 3 May 2005", "tsb-circular/2005-2008/13"))
    other = record(
        "cr/2", None, cited("Circular TSB 13 de 3 de mayo de 2006", "tsb-circular/2005-2008/13"), language="es"
    )
    assert told(one, other) == []


def test_an_archive_compares_the_versions_of_one_letter_or_of_all(opened: Open) -> None:
    archive = opened()
    for language, day in (("en", "2001-01-01"), ("fr", "2001-01-02")):
        for n, date in ((1, "2001-01-01"), (3, day)):
            (one,) = documents([n], language=language, date=date)
            archive.add_documents([msgspec.structs.replace(one, name=f"{n}-{language}.txt")])
    (found,) = archive.differences("cr/3")
    assert found.field == "date"
    assert list(archive.differences(archive.versions("cr/3")[0].key)) == [found]
    assert list(archive.differences("cr/1")) == []
    assert list(archive.differences()) == [found]
