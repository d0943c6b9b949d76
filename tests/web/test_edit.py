"""Correcting on the page: only with `--edit`, with a token, and nothing that was typed is lost."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from itudocs.archive import disk
from itudocs.archive.archive import Archive
from itudocs.archive.folder import LOCK
from tests.web.conftest import Connect

if TYPE_CHECKING:
    from litestar.testing import TestClient

pytest.importorskip("litestar", reason="install the server: pip install --group test")

Send = dict[str, str]


@pytest.fixture
def editor(own_archive: Archive, connect: Connect) -> TestClient[Any]:
    """A client that may correct."""
    return connect(own_archive, edit=True)


@pytest.fixture
def key(own_archive: Archive) -> str:
    """Of a letter with a date, events and addressees."""
    return own_archive.get("tsb-circular/2013-2016/71/cor1").key


def fields(html: str, form: int = 0) -> Send:
    """What a browser would send of a form, untouched and without a button."""
    body = re.findall(r"<form method=\"post\".*?</form>", html, re.DOTALL)[form]
    found = {}
    for name, text in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', body, re.DOTALL):
        found[name] = unescape(text).removeprefix("\n")
    for tag in re.findall(r"<input [^>]*>", body):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") != "checkbox":
            found[attributes["name"]] = unescape(attributes.get("value", ""))
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', body, re.DOTALL):
        chosen = re.search(r"<option selected>(.*?)</option>", options)
        found[name] = chosen[1] if chosen else ""
    return found


def ask(editor: TestClient[Any], key: str, path: str) -> Send:
    """A form, to be filled in."""
    answer = editor.get(f"/letters/{key}/correct", params={"path": path})
    assert answer.status_code == 200
    return {**fields(answer.text), "by": "A. Archivist", "why": "date stamp"}


def send(editor: TestClient[Any], key: str, form: Send, action: str = "correct") -> Any:
    return editor.post(f"/letters/{key}/corrections", data={**form, "action": action})


def test_without_edit_there_is_no_form_and_no_way_to_write(archive: Archive, client: TestClient[Any]) -> None:
    record = next(iter(archive))
    assert client.get(f"/letters/{record.key}/correct", params={"path": "date"}).status_code == 404
    assert client.post(f"/letters/{record.key}/corrections", data={"path": "date", "action": "none"}).status_code == 405
    html = client.get(f"/letters/{record.key}").text
    assert "correct?path" not in html
    assert "edit.js" not in html


def test_every_value_has_a_form(editor: TestClient[Any], key: str) -> None:
    html = editor.get(f"/letters/{key}").text
    links = {unescape(link) for link in re.findall(r'href="([^"]*/correct\?[^"]*)"', html)}
    assert len(links) > 20
    for link in links:
        assert editor.get(link).status_code == 200, link


def test_a_correction_is_kept_and_shown(editor: TestClient[Any], own_archive: Archive, key: str) -> None:
    form = ask(editor, key, "date") | {"value": "2014-02-15", "quote": "14 February 2014"}
    answer = send(editor, key, form)
    assert answer.status_code == 303
    said = own_archive.corrections(key)
    assert [(one.path, one.value, one.by, one.why, one.quote) for one in said] == [
        ("date", "2014-02-15", "A. Archivist", "date stamp", "14 February 2014")
    ]
    html = editor.get(answer.headers["location"]).text
    anchor = answer.headers["location"].partition("#")[2]
    shown = re.search(rf'id="{anchor}".*?</dd>', html, re.DOTALL)
    assert shown
    assert "15 February 2014" in shown[0]
    assert "corrected by A. Archivist" in shown[0]
    assert "date stamp" in shown[0]


def test_a_value_is_confirmed(editor: TestClient[Any], own_archive: Archive, key: str) -> None:
    before = own_archive.get(key).subject
    assert send(editor, key, ask(editor, key, "subject"), "confirm").status_code == 303
    assert own_archive.corrections(key)[0].confirms
    assert own_archive.get(key).subject == before
    assert "confirmed by A. Archivist" in editor.get(f"/letters/{key}").text


def test_a_letter_may_have_none(editor: TestClient[Any], own_archive: Archive, key: str) -> None:
    assert send(editor, key, ask(editor, key, "deadlines"), "none").headers["location"].endswith("#missing")
    assert own_archive.get(key).deadlines == ()
    missing = re.search(r'id="missing".*?</section>', editor.get(f"/letters/{key}").text, re.DOTALL)
    assert missing
    assert "corrected by A. Archivist" in missing[0]


def test_events_are_corrected_as_a_whole(editor: TestClient[Any], own_archive: Archive, key: str) -> None:
    form = ask(editor, key, "events") | {"value/0/drop": "1", "value/1/place": "Lusaka"}
    assert send(editor, key, form).status_code == 303
    assert [event.place for event in own_archive.get(key).events] == ["Lusaka"]


def test_a_correction_is_taken_back(editor: TestClient[Any], own_archive: Archive, key: str) -> None:
    send(editor, key, ask(editor, key, "date") | {"value": "2014-02-15"})
    html = editor.get(f"/letters/{key}/correct", params={"path": "date"}).text
    form = fields(html, form=1) | {"by": "B. Archivist", "why": "misread"}
    assert send(editor, key, form, "withdraw").status_code == 303
    assert str(own_archive.get(key).date) == "2014-02-14"
    page = editor.get(f"/letters/{key}").text
    assert "Taken back by B. Archivist" in page
    assert "misread" in page


@pytest.mark.parametrize(
    ("path", "change", "told"),
    [
        ("date", {"value": "15 February"}, "write a day as 2009-09-03"),
        ("date", {"value": "2014-02-15", "by": " "}, "a name"),
        ("date", {"value": "2014-02-15", "why": ""}, "the grounds"),
        ("date", {"value": "2014-02-15", "quote": "no such words"}, "does not stand in the text"),
        ("date", {"value": "2014-02-15", "start": "x"}, "no place in the text"),
        ("date", {"value": "2014-02-15", "start": "1"}, "both the start and the end"),
        ("events/0/start", {"value": "2019-01-01"}, "before it starts"),
        ("events/0/status", {"value": "<script>"}, "one of announced"),
    ],
)
def test_what_cannot_be_kept_is_told_beside_the_form_as_it_was_filled_in(
    editor: TestClient[Any], own_archive: Archive, key: str, path: str, change: Send, told: str
) -> None:
    form = ask(editor, key, path) | change
    answer = send(editor, key, form)
    assert answer.status_code == 400
    assert told in unescape(answer.text)
    again = fields(answer.text)
    assert {name: again[name] for name in form if name != "value" or "<" not in form[name]} == {
        name: text for name, text in form.items() if name != "value" or "<" not in text
    }
    assert "<script>" not in answer.text
    assert own_archive.corrections(key) == ()


def test_another_writer_is_told_of_and_nothing_typed_is_lost(
    editor: TestClient[Any], own_archive: Archive, key: str
) -> None:
    form = ask(editor, key, "date") | {"value": "2014-02-15"}
    with disk.WriterLock(own_archive.folder / LOCK).held("adding letters"):
        answer = send(editor, key, form)
    assert answer.status_code == 503
    assert "adding letters" in unescape(answer.text)
    assert fields(answer.text)["value"] == "2014-02-15"
    assert send(editor, key, form).status_code == 303


@pytest.mark.parametrize("path", ["zones", "key", "evidence", "places", "nonsense", "events/99", "events/0/nonsense"])
def test_there_is_no_form_for_what_cannot_be_corrected(editor: TestClient[Any], key: str, path: str) -> None:
    assert editor.get(f"/letters/{key}/correct", params={"path": path}).status_code == 404


def test_a_form_without_its_token_is_refused(editor: TestClient[Any], own_archive: Archive, key: str) -> None:
    form = ask(editor, key, "date") | {"value": "2014-02-15"}
    assert send(editor, key, {**form, "csrf": "0" * 64}).status_code == 403
    assert send(editor, key, {name: text for name, text in form.items() if name != "csrf"}).status_code == 403
    assert own_archive.corrections(key) == ()


def test_a_form_that_does_not_say_what_to_do_does_nothing(
    editor: TestClient[Any], own_archive: Archive, key: str
) -> None:
    assert send(editor, key, ask(editor, key, "date"), "explode").status_code == 400
    assert own_archive.corrections(key) == ()


def test_what_people_say_is_text_and_no_markup(editor: TestClient[Any], key: str) -> None:
    evil = "<img src=x onerror=alert(1)>"
    form = ask(editor, key, "subject") | {"value": evil, "by": evil, "why": evil}
    assert send(editor, key, form).status_code == 303
    for path in ("", "/correct?path=subject", "/relations"):
        assert "<img" not in editor.get(f"/letters/{key}{path}").text
