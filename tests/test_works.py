"""What the corpus's letters say of each other, parsed in earnest, against hand-made gold: graph, gaps, versions."""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from itudocs import Archive, open_archive
from itudocs.cli.app import app

CORPUS = Path(__file__).parent.parent / "corpus"
GOLD: dict[str, Any] = json.loads((CORPUS / "works.gold.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive of the letters that the gold names."""
    with open_archive(tmp_path_factory.mktemp("works") / "a", create=True) as opened:
        report = opened.add(CORPUS / "open" / f"{name}.txt" for name in GOLD["letters"])
        assert report.added == len(GOLD["letters"])
        yield opened


def iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def test_every_edge_is_found_and_no_other(archive: Archive) -> None:
    found = [[e.source, e.kind, e.target, e.how] for e in archive.graph().edges]
    assert sorted(found) == sorted(GOLD["edges"])


def test_every_mention_points_at_words_that_name_the_letter(archive: Archive) -> None:
    for edge in archive.graph().edges:
        for mention in edge.said:
            text = archive.text(mention.key)
            assert mention.spans, edge
            quoted = " ".join(text[start:end] for start, end in mention.spans)
            squashed = "".join(filter(str.isalnum, quoted))
            assert "".join(filter(str.isalnum, mention.text)) in squashed, (edge.source, quoted)


def test_all_six_languages_say_an_edge(archive: Archive) -> None:
    (edge,) = archive.graph().cites("tsb-circular/2022-2024/33")
    assert len(edge.said) == 6
    assert {archive.get(m.key).language for m in edge.said} == {"en", "fr", "es", "ru", "ar", "zh"}


def test_what_leads_nowhere_is_listed_with_the_reason(archive: Archive) -> None:
    found = [[u.source, u.why, u.id or u.said[0].text] for u in archive.graph().unresolved()]
    assert sorted(found) == sorted(GOLD["unresolved"])


@pytest.mark.parametrize(("ident", "on", "state", "by", "successor"), GOLD["states"])
def test_a_letter_is_in_force_from_its_date_until_another_ends_it(
    archive: Archive, ident: str, on: str | None, state: str, by: list[str], successor: str | None
) -> None:
    status = archive.graph().status(ident, on=dt.date.fromisoformat(on) if on else None)
    assert (status.state, [e.source for e in status.by], status.successor) == (state, by, successor)
    assert status.doubts == ()


def test_letters_cited_and_absent_are_known(archive: Archive) -> None:
    found = [[a.id, [d.isoformat() for d in a.dates], list(a.cited_by)] for a in archive.gaps().absent]
    assert found == GOLD["absent"]


def test_missing_numbers_are_known_with_the_dates_between_which_they_lie(archive: Archive) -> None:
    found = [[h.run, h.first, h.last, iso(h.earliest), iso(h.latest), list(h.cited)] for h in archive.gaps().holes]
    assert found == GOLD["holes"]


def test_dates_that_do_not_fit_and_ids_in_conflict_are_known(archive: Archive) -> None:
    gaps = archive.gaps()
    assert [[m.id, m.date.isoformat(), m.certain, list(m.against)] for m in gaps.misdated] == GOLD["misdated"]
    assert [[c.id, c.field, [claim.value for claim in c.claims]] for c in gaps.conflicts] == GOLD["conflicts"]


@pytest.mark.parametrize(("ident", "field", "words"), GOLD["differences"])
def test_where_languages_differ_every_version_shows_its_words(
    archive: Archive, ident: str, field: str, words: dict[str, str]
) -> None:
    (one,) = (d for d in archive.differences(ident) if d.field == field)
    assert one.kind == "differs"
    assert {side.language: side.evidence[0][0].quote for side in one.sides} == words
    assert all(
        archive.text(s.key)[e.start : e.end] == e.quote for s in one.sides for pieces in s.evidence for e in pieces
    )


def test_a_letter_is_found_by_any_of_its_names(archive: Archive) -> None:
    for ref in ("TSB Circular 34", "tsb-circular/2022-2024/34", archive.get("tsb-circular/2022-2024/34").key[:10]):
        assert archive.graph().resolve(ref) == "tsb-circular/2022-2024/34"


def test_the_commands_shown_in_the_documentation_print_what_stands_under_them(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITUDOCS_ARCHIVE", str(archive.folder))
    page = (CORPUS.parent / "docs" / "graph.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```\n\$ itudocs (.+?)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(shown) == 2
    for command, printed in shown:
        assert CliRunner().invoke(app, shlex.split(command)).stdout == printed, command
