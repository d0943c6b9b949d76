"""A value as fields of a form and back: what was not touched comes back as it was."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec
import pytest

from itudocs.corrections import FIELDS, checked, plain_values
from itudocs.errors import CorrectionError
from itudocs.model import Circular, Citation, Contact, Deadline, Event, Provenance, Signatory
from itudocs.paths import lookup
from itudocs.web.forms import Group, filled, groups

RECORD = Circular(
    key="0" * 64, source=Provenance(name="a.txt", sha256="0" * 64), ids=("cr/1",), id="cr/1", refs=("CR/1",), ref="CR/1",
    language="en", bureau="BR", date=dt.date(2003, 4, 1), subject="Plan", addressees=("Administrations", "Members"),
    contact=Contact(names=("A. Example",), tel=("+41 22 730 0000",)), signatory=Signatory(name="B. Example", titles=("Director",)),
    events=(
        Event(name="Seminar", start=dt.date(2003, 5, 1), end=dt.date(2003, 5, 2), number=3, status="mentioned"),
        Event(start=dt.date(2003, 6, 1), end=dt.date(2003, 6, 1)),
    ),
    deadlines=(Deadline(date=dt.date(2003, 4, 20), what="replies", computed=True),),
    citations=(Citation(text="CR/2", kind="circular", id="cr/2", relation="replaces"),),
)  # fmt: skip
PLAIN = plain_values(RECORD)


def typed(found: tuple[Group, ...], **changes: str) -> dict[str, str]:
    """What a browser sends for a form, with some fields changed."""
    names = {entry.name: entry.text for group in found for entry in group.entries}
    return {**names, **{name.replace("__", "/"): text for name, text in changes.items()}}


@pytest.mark.parametrize(
    "path",
    [*FIELDS, "events/0", "events/1", "events/0/start", "events/0/status", "events/0/number", "contact/tel", "contact/tel/0",
     "deadlines/0/computed", "citations/0/relation", "signatory/titles/0", "addressees/1"],
)  # fmt: skip
def test_an_untouched_form_gives_the_value_back(path: str) -> None:
    value = filled(path, typed(groups(path, PLAIN)))
    if path in ("id", "ref"):
        return  # corrected under the names of their lists
    assert checked(RECORD, path, value) == (path, lookup(PLAIN, path))


def test_kinds_of_fields_follow_from_the_model() -> None:
    event = {entry.name.rpartition("/")[2]: entry for entry in groups("events/0", PLAIN)[0].entries}
    assert {name: entry.kind for name, entry in event.items()} == {
        "name": "line", "start": "day", "end": "day", "time": "line", "place": "line", "status": "choice", "body": "line",
        "number": "number",
    }  # fmt: skip
    assert event["status"].options == ("announced", "mentioned", "past", "cancelled")
    assert not event["status"].optional
    assert groups("bureau", PLAIN)[0].entries[0].optional
    assert groups("addressees", PLAIN)[0].entries[0].text == "Administrations\nMembers"


def test_every_part_of_every_noun_has_a_field() -> None:
    for path, noun in (("events", Event), ("deadlines", Deadline), ("citations", Citation)):
        fields = {entry.name.rpartition("/")[2] for entry in groups(path, PLAIN)[0].entries}
        assert fields == set(noun.__struct_fields__)


def test_items_are_changed_taken_away_and_added() -> None:
    found = groups("events", PLAIN)
    assert [group.title for group in found] == ["1", "2", "new"]
    sent = typed(found, value__0__place="Geneva", value__new__name="Workshop", value__new__start="2003-07-01")
    sent |= {"value/1/drop": "1", "value/new/status": "announced"}
    value = filled("events", sent)
    assert [(event["name"], event["place"]) for event in value] == [("Seminar", "Geneva"), ("Workshop", None)]
    assert value[1]["end"] == "2003-07-01"  # one day where no last one is given
    assert checked(RECORD, "events", value)[1] == value


def test_a_form_left_empty_is_nothing() -> None:
    assert filled("date", {"value": "  "}) is None
    assert filled("addressees", {"value": "\n \n"}) == []
    assert filled("signatory", {"value/name": "", "value/titles": "", "value/person": ""}) is None


def test_what_was_typed_is_kept() -> None:
    found = groups("date", PLAIN, {"value": "1 April"})
    assert found[0].entries[0].text == "1 April"


@pytest.mark.parametrize("path", ["nonsense", "events/0/nonsense", "date/0", "", "key/0"])
def test_there_is_no_form_for_what_is_no_value(path: str) -> None:
    with pytest.raises(CorrectionError):
        groups(path, PLAIN)


def test_a_list_too_long_for_fields_is_json() -> None:
    many = msgspec.structs.replace(RECORD, citations=RECORD.citations * 60)
    found = groups("citations", plain_values(many))
    assert [entry.kind for group in found for entry in group.entries] == ["json"]
    value: Any = filled("citations", typed(found))
    assert value == json.loads(found[0].entries[0].text)
    assert len(value) == 60
    with pytest.raises(CorrectionError, match="no JSON"):
        filled("citations", {"value": "[{"})
