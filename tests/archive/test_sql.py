"""The archive as SQL: the views say what the records say, in sqlite3 and in DuckDB, and docs/sql.md tells of them all."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from itudocs.archive import schema
from itudocs.archive.archive import Archive, open_archive
from itudocs.archive.views import VIEWS
from itudocs.model import Circular

ROOT = Path(__file__).parents[2]
Rows = list[tuple[Any, ...]]
Ask = Callable[[str], Rows]


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("views")
    names = ("en-0*.txt", "zh-00*.txt", "en-2*.txt")
    with open_archive(folder / "a", create=True) as archive:
        archive.add([path for name in names for path in sorted((ROOT / "corpus" / "open").glob(name))])
        yield archive


def by_sqlite(archive: Archive) -> Ask:
    def ask(query: str) -> Rows:
        with closing(sqlite3.connect(f"file:{archive.folder / 'archive.db'}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    return ask


def by_duckdb(archive: Archive) -> Ask:
    duckdb = pytest.importorskip("duckdb", reason="pip install duckdb")

    def ask(query: str) -> Rows:
        with duckdb.connect() as connection:
            try:
                connection.execute("LOAD sqlite_scanner")
            except duckdb.Error:
                pytest.skip("DuckDB's sqlite extension is not here: INSTALL sqlite in DuckDB, with a network")
            connection.execute(f"ATTACH '{archive.folder / 'archive.db'}' AS a (TYPE sqlite, READ_ONLY)")
            connection.execute("USE a")
            answer: Rows = connection.execute(query).fetchall()
            return answer

    return ask


@pytest.fixture(params=[by_sqlite, by_duckdb], ids=["sqlite3", "duckdb"])
def ask(request: pytest.FixtureRequest, letters: Archive) -> Ask:
    made: Ask = request.param(letters)
    return made


def iso(value: object) -> str | None:
    return None if value is None else str(value)


# What a view's rows are of one record, after key and id.
SAYS: dict[str, tuple[str, Callable[[Circular], list[tuple[Any, ...]]]]] = {
    "letters": (
        "ref, date, bureau, series, language, subject, salutation, signatory, name, issues",
        lambda r: [
            (r.ref, iso(r.date), r.bureau, r.series, r.language, r.subject, r.salutation,
             r.signatory.name if r.signatory else None, r.source.name, len(r.issues))
        ],
    ),
    "events": (
        'n, name, place, start, "end", time, status, body, number',
        lambda r: [
            (n, e.name, e.place, iso(e.start), iso(e.end), e.time, e.status, e.body, e.number) for n, e in enumerate(r.events)
        ],
    ),
    "deadlines": (
        "n, date, time, what, computed",
        lambda r: [(n, iso(d.date), d.time, d.what, int(d.computed)) for n, d in enumerate(r.deadlines)],
    ),
    "citations": (
        "n, text, kind, cites, date, relation",
        lambda r: [(n, c.text, c.kind, c.id, iso(c.date), c.relation) for n, c in enumerate(r.citations)],
    ),
    "addressees": ("n, text", lambda r: list(enumerate(r.addressees))),
    "copies": ("n, text", lambda r: list(enumerate(r.copies))),
    "addressee_groups": ("n, code", lambda r: list(enumerate(r.addressee_groups))),
    "urls": ("n, url", lambda r: list(enumerate(r.urls))),
    "emails": ("n, email", lambda r: list(enumerate(r.emails))),
    "annexes": ("n, text", lambda r: list(enumerate(r.annexes))),
    "issues": (
        'n, code, severity, message, start, "end"',
        lambda r: [(n, i.code, i.severity, i.message, i.start, i.end) for n, i in enumerate(r.issues)],
    ),
    "contacts": (
        "kind, n, value",
        lambda r: [
            (kind, n, value)
            for kind, values in (("name", r.contact.names), ("tel", r.contact.tel), ("fax", r.contact.fax), ("email", r.contact.emails))
            for n, value in enumerate(values)
        ],
    ),
    "evidence": (
        'path, n, start, "end", quote, rule, origin',
        lambda r: [
            (path, n, e.start, e.end, e.quote, e.rule, e.origin) for path, pieces in r.evidence.items() for n, e in enumerate(pieces)
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("view", SAYS)
def test_a_view_says_what_the_records_say(view: str, letters: Archive, ask: Ask) -> None:
    columns, say = SAYS[view]
    expected = [(record.key, record.id, *row) for record in letters for row in say(record)]
    assert expected
    told = ask(f'SELECT key, id, {columns} FROM "{view}"')
    assert sorted(told, key=repr) == sorted(expected, key=repr)


def test_citations_lead_to_the_letters_that_the_archive_holds(letters: Archive, ask: Ask) -> None:
    held = {identity: record for record in letters for identity in record.ids}
    expected = {
        (r.key, n, c.id, held[c.id].key) for r in letters for n, c in enumerate(r.citations) if c.id and c.id in held
    }
    told = ask("SELECT key, n, cites, cited_key, cited_language, cited_date, cited_subject FROM citation_letters")
    assert expected
    assert {(key, n, cites, cited) for key, n, cites, cited, *_ in told} >= expected
    for _, _, _, cited, language, date, subject in told:
        record = letters.get(cited)
        assert (language, date, subject) == (record.language, iso(record.date), record.subject)


def test_letters_that_are_cited_and_not_held_are_listed(letters: Archive, ask: Ask) -> None:
    held = {identity for record in letters for identity in record.ids}
    cited = {c.id for record in letters for c in record.citations if c.id}
    told: dict[str, int] = dict(ask("SELECT id, letters FROM missing_letters"))
    assert set(told) == cited - held
    assert min(told.values()) >= 1


def test_every_view_is_held_against_the_records() -> None:
    assert set(VIEWS) - set(SAYS) == {"citation_letters", "missing_letters"}


def test_the_documentation_tells_of_every_view_and_column(letters: Archive) -> None:
    text = (ROOT / "docs" / "sql.md").read_text("utf-8")
    with closing(sqlite3.connect(letters.folder / "archive.db")) as connection:
        for view in VIEWS:
            row = next((line for line in text.splitlines() if line.startswith(f"| `{view}` |")), "")
            columns = [column[1] for column in connection.execute(f'PRAGMA table_info("{view}")')]
            assert [
                column for column in columns if f"`{column}`" not in row and column not in ("key", "id", "n")
            ] == [], view


def test_the_examples_of_the_documentation_run(ask: Ask) -> None:
    text = (ROOT / "docs" / "sql.md").read_text("utf-8")
    examples = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    assert len(examples) >= 4
    for example in examples:
        assert ask(example.strip().rstrip(";")), example


def test_an_archive_of_the_first_version_gets_the_views_when_it_is_opened(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as connection:
        schema.migrate(connection, schema.MIGRATIONS[:1])
        assert connection.execute("SELECT count(*) FROM letters").fetchone() == (0,)
        schema.migrate(connection, schema.MIGRATIONS)
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    assert names == set(VIEWS)
