"""The views of an archive's store: what SQLite, DuckDB or Datasette show of it, drawn from the tables of `schema`.

Every record is JSON in one column; a view takes it apart, so that nothing is stored twice and nothing can disagree.
docs/sql.md is their documentation, with examples. A view may get columns; those it has keep their names and meaning.

DuckDB does not ask SQLite but runs a view's text itself, so they are written in what both take alike: `->>` for values
(`json_extract` gives DuckDB JSON, in quotes), casts (without one DuckDB sees a column of no type), `json_each` for lists.
"""

from __future__ import annotations

import sqlite3


def _of_record(*columns: str) -> str:
    return ",\n        ".join(columns)


def _field(path: str, name: str, kind: str = "TEXT") -> str:
    return f"CAST(records.record ->> '$.{path}' AS {kind}) AS {name}"


def _item(path: str, name: str, kind: str = "TEXT") -> str:
    return f"CAST(item.value ->> '$.{path}' AS {kind}) AS {name}"


_LETTER = ("records.key AS key", _field("id", "id"))
_N = "CAST(item.key AS INTEGER) AS n"


def _items(path: str, *columns: str) -> str:
    """A view with a row an item of a list in the record."""
    return f"SELECT {_of_record(*_LETTER, _N, *columns)} FROM records, json_each(records.record, '$.{path}') AS item"


def _texts(path: str, name: str) -> str:
    """A list's items that are texts. (Of `item.value` SQLite makes text, and DuckDB JSON.)"""
    return f"CAST(records.record ->> ('$.{path}[' || item.key || ']') AS TEXT) AS {name}"


_TRUTH = "CASE CAST(item.value ->> '$.{path}' AS TEXT) WHEN '1' THEN 1 WHEN 'true' THEN 1 ELSE 0 END AS {path}"

VIEWS: dict[str, str] = {
    "letters": "SELECT "
    + _of_record(
        *_LETTER, _field("ref", "ref"), _field("date", "date"), _field("bureau", "bureau"), _field("series", "series"),
        _field("language", "language"), _field("subject", "subject"), _field("salutation", "salutation"),
        _field("signatory.name", "signatory"), _field("source.name", "name"),
        "CAST((SELECT size FROM contents WHERE contents.key = records.key) AS INTEGER) AS size",
        "CAST(json_array_length(records.record, '$.issues') AS INTEGER) AS issues", "records.added_at AS added_at",
        "records.parser AS parser",
    )
    + " FROM records",
    "events": _items(
        "events", _item("name", "name"), _item("place", "place"), _item("start", "start"), _item("end", '"end"'),
        _item("time", "time"), _item("status", "status"), _item("body", "body"), _item("number", "number", "INTEGER"),
    ),
    "deadlines": _items(
        "deadlines", _item("date", "date"), _item("time", "time"), _item("what", "what"), _TRUTH.format(path="computed")
    ),
    "citations": _items(
        "citations", _item("text", "text"), _item("kind", "kind"), _item("id", "cites"), _item("date", "date"),
        _item("relation", "relation"),
    ),
    "addressees": _items("addressees", _texts("addressees", "text")),
    "copies": _items("copies", _texts("copies", "text")),
    "addressee_groups": _items("addressee_groups", _texts("addressee_groups", "code")),
    "urls": _items("urls", _texts("urls", "url")),
    "emails": _items("emails", _texts("emails", "email")),
    "annexes": _items("annexes", _texts("annexes", "text")),
    "issues": _items("issues", _item("code", "code"), _item("severity", "severity"), _item("message", "message"),
                     _item("start", "start", "INTEGER"), _item("end", '"end"', "INTEGER")),
    "contacts": " UNION ALL ".join(
        f"SELECT {_of_record(*_LETTER, repr(kind) + ' AS kind', _N, _texts('contact.' + path, 'value'))} "
        f"FROM records, json_each(records.record, '$.contact.{path}') AS item"
        for kind, path in (("name", "names"), ("tel", "tel"), ("fax", "fax"), ("email", "emails"))
    ),
    "evidence": f"""SELECT {_of_record(
        *_LETTER, "CAST(field.key AS TEXT) AS path", _N, _item("start", "start", "INTEGER"), _item("end", '"end"', "INTEGER"),
        _item("quote", "quote"), _item("rule", "rule"), _item("origin", "origin"))}
        FROM records, json_each(records.record, '$.evidence') AS field, json_each(field.value) AS item""",
    # Which letters of the archive a citation leads to: one row each, in all its languages; none where it is not held.
    "citation_letters": """SELECT citations.key AS key, citations.id AS id, citations.n AS n, citations.text AS text,
        citations.cites AS cites, identities.key AS cited_key,
        CAST(cited.record ->> '$.language' AS TEXT) AS cited_language,
        CAST(cited.record ->> '$.date' AS TEXT) AS cited_date,
        CAST(cited.record ->> '$.subject' AS TEXT) AS cited_subject
        FROM citations JOIN identities ON identities.id = citations.cites JOIN records AS cited ON cited.key = identities.key""",
    "missing_letters": """SELECT cites AS id, count(DISTINCT key) AS letters, min(text) AS text FROM citations
        WHERE cites IS NOT NULL AND cites NOT IN (SELECT id FROM identities) GROUP BY cites""",
}  # fmt: skip


def draw(connection: sqlite3.Connection) -> None:
    """Put these views in the place of all views there are."""
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
        connection.execute(f'DROP VIEW "{name}"')
    for name, query in VIEWS.items():
        connection.execute(f'CREATE VIEW "{name}" AS {query}')
