"""What takes long is made once, beside the requests, and who asks too early is told so."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from itudocs.archive.archive import Archive
from itudocs.errors import ArchiveDamaged
from itudocs.web.aside import AGAIN, Aside, NotYet
from tests.web.conftest import Connect


class Slow:
    """An archive whose agenda takes until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.made = 0

    def agenda(self) -> str:
        self.made += 1
        assert self.go.wait(10)
        return "agenda"

    def graph(self) -> str:
        raise ArchiveDamaged("a stored record is damaged")


def test_who_asks_too_early_is_told_and_the_work_is_done_once() -> None:
    slow = Slow()
    aside = Aside(cast(Archive, slow), seconds=0.01)
    for _ in range(3):
        with pytest.raises(NotYet, match="events and deadlines"):
            aside.agenda()
    slow.go.set()
    patient = Aside(cast(Archive, slow), seconds=10)
    assert cast(Any, patient.agenda()) == "agenda"
    assert slow.made == 2  # once each


def test_what_goes_wrong_there_is_told_here() -> None:
    aside = Aside(cast(Archive, Slow()), seconds=10)
    with pytest.raises(ArchiveDamaged, match="damaged"):
        aside.gaps()


def test_the_page_says_when_to_come_again(archive: Archive, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr(archive, "agenda", slow.agenda)
    client = connect(archive, seconds=0.01)
    for path in ("/calendar", "/calendar.json", "/calendar.ics"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == str(AGAIN)
        assert "being put together" in answer.text
    slow.go.set()
