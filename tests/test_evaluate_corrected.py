"""What people corrected, as gold: only what they spoke of counts."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import msgspec
import pytest

from itudocs.corrections import Corrected, Correction, apply, checked, noted
from itudocs.evaluate import Evaluation, evaluate_corrected
from itudocs.evaluate.corrected import SPEAKS
from itudocs.evaluate.measures import MEASURES
from itudocs.model import Circular, Contact, Deadline, Event, Provenance, Signatory

DAY, NEXT = dt.date(2015, 3, 2), dt.date(2015, 3, 3)
OWN = Circular(
    key="0" * 64,
    source=Provenance(name="a.txt", sha256="0" * 64),
    language="en",
    date=DAY,
    subject="A questionnaire on numbering",
    addressees=("Member States", "Sector Members"),
    contact=Contact(tel=("+41 22 730 5111", "+41 22 730 5222"), fax=("+41 22 730 5333",)),
    signatory=Signatory(name="A. Person", titles=("Director", "of the Bureau")),
    events=(
        Event(name="first meeting", place="Geneva", start=DAY, end=DAY, time="0930 hours"),
        Event(name="second meeting", place="Accra", start=NEXT, end=NEXT),
    ),
    deadlines=(Deadline(date=DAY, what="reply"),),
)


def scored(*changes: tuple[str, object], own: Circular = OWN) -> Evaluation:
    made: list[Correction] = []
    for number, (path, value) in enumerate(changes, 1):
        now = apply(own, made, "").record
        place, plain = checked(now, path, value)
        made.append(
            Correction(
                number=number, key=own.key, path=place, value=plain, was=noted(now, place), by="A", at="", why="x"
            )
        )
    applied = apply(own, made, "")
    standing = tuple(msgspec.structs.replace(c, path=applied.paths[c.number]) for c in made)
    return evaluate_corrected([Corrected(own=own, record=applied.record, corrections=standing)])


def counts(scores: Evaluation) -> dict[str, tuple[int, int, int]]:
    """Right, false and missed (strictly) of the measures that count."""
    return {
        name: (one.strict.right, one.strict.false, one.strict.missed) for name, one in scores.letters[0].fields.items()
    }


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("date", "2015-03-04", {"date": (0, 1, 1)}),
        ("date", DAY, {"date": (1, 0, 0)}),
        ("date", None, {"date": (0, 1, 0)}),
        ("subject", "A QUESTIONNAIRE on numbering.", {"subject": (1, 0, 0)}),
        ("salutation", "Dear Sir,", {"salutation": (0, 0, 1)}),
        ("events/1/place", "Montreux", {"places": (0, 1, 1)}),
        ("events/1/start", "2015-03-01", {"events": (0, 1, 1)}),
        ("events/0/time", "9.30 a.m.", {"times": (0, 1, 1)}),
        ("events/0/body", "RRB", {}),
        ("events", OWN.events[:1], {"events": (1, 1, 0), "places": (1, 1, 0), "times": (1, 0, 0), "event_status": (1, 1, 0)}),
        ("addressees/1", "Academia", {"addressees": (0, 1, 1)}),
        ("contact/tel/1", "+41 22 730 5999", {"tel": (0, 1, 1)}),
        ("contact/tel", ["+41 22 730 5111"], {"tel": (1, 1, 0)}),
        ("contact/fax/0", "+41 22 730 5333", {"fax": (1, 0, 0)}),
        ("signatory/name", "B. Person", {"signatory": (0, 1, 1)}),
        ("signatory/titles/1", "of the Office", {"titles": (0, 1, 1)}),
        ("deadlines/0/date", "2015-03-09", {"deadlines": (0, 1, 1), "computed_deadlines": (0, 0, 0)}),
        ("deadlines/0/computed", True, {"deadlines": (0, 1, 0), "computed_deadlines": (0, 0, 1)}),
    ],
)  # fmt: skip
def test_a_correction_speaks_of_its_own_value_alone(path: str, value: object, told: dict[str, Any]) -> None:
    scores = scored((path, value))
    assert (counts(scores) if scores.letters else {}) == told


def test_a_corrected_part_of_a_corrected_whole_counts_once() -> None:
    scores = scored(("events", [OWN.events[1]]), ("events/0/place", "Montreux"))
    assert counts(scores)["places"] == (0, 2, 1)
    assert counts(scores)["events"] == (1, 1, 0)


def test_several_corrections_of_a_letter_add_up() -> None:
    scores = scored(("contact/tel/0", "+41 22 730 5111"), ("contact/tel/1", "+41 22 730 5999"), ("date", DAY))
    assert counts(scores) == {"tel": (1, 1, 1), "date": (1, 0, 0)}
    assert scores.micro.strict.f1 == pytest.approx(2 / 3)
    assert scores.macro == pytest.approx((0.5 + 1) / 2)


def test_fields_that_nobody_spoke_of_are_not_shown() -> None:
    table = scored(("date", "2015-03-04")).table(differences=True)
    rows = re.findall(r"^(\w+) +\d\.\d{3} ", table, re.M)
    assert rows == ["date"]
    assert "further" not in table
    assert "2015-03-04" in table
    assert "2015-03-02" in table


def test_every_measure_is_spoken_of_by_some_path() -> None:
    assert set(SPEAKS) == {m.name for m in MEASURES}


def test_nothing_corrected_is_no_letter() -> None:
    assert evaluate_corrected([]).letters == ()
    assert scored(("events/0/body", "RRB")).letters == ()
