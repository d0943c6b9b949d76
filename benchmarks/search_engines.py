"""The engines that `benchmarks.search` holds side by side, each behind the same four methods.

All index the same letters, answer the same questions over text and subject with stemmed words, count the same four
facets, and cut snippets for the same ten hits. Each is asked in its own best way.
"""

# Neither Whoosh nor Tantivy's binding is typed throughout.
# mypy: disable-error-code="attr-defined,no-untyped-call,arg-type,list-item,misc,unused-ignore"

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from benchmarks import letters

FACETS = ("bureau", "series", "year", "group")
KINDS = ("common", "rare", "and", "or", "phrase", "prefix", "fuzzy", "filter")


class Question(NamedTuple):
    """What is asked: words, and for `filter` a bureau and years."""

    kind: str
    words: tuple[str, ...]
    bureau: str = ""
    first: int = 0
    last: int = 0

    def days(self) -> tuple[int, int]:
        """The first and last day of its years, as ordinals."""
        return dt.date(self.first, 1, 1).toordinal(), dt.date(self.last, 12, 31).toordinal()


class Answer(NamedTuple):
    """How many letters match, and how many values and snippets came with them."""

    total: int
    facets: int = 0
    snippets: int = 0


class Contender(Protocol):
    """An engine."""

    def build(self, folder: Path, source: Path, workers: int) -> None:
        """Index the letters of a file in an empty folder."""

    def open(self, folder: Path) -> None:
        """Open the index."""

    def ask(self, question: Question, *, full: bool) -> Answer:
        """Ten hits; with `full`, four facets and ten snippets too."""


class Ours:
    """The embedded engine of this project."""

    def build(self, folder: Path, source: Path, workers: int) -> None:
        from itudocs.search.embedded import WhooshEngine

        WhooshEngine().update(folder, add=letters.read(source), remove=(), workers=workers)

    def open(self, folder: Path) -> None:
        from itudocs.search.embedded import WhooshEngine

        self.searcher = WhooshEngine().open(folder)

    def ask(self, question: Question, *, full: bool) -> Answer:
        from itudocs.search.engine import Request
        from itudocs.search.query import parse_query

        words = question.words
        text = {
            "or": " OR ".join(words), "phrase": f'"{" ".join(words)}"', "prefix": f"{words[0]}*", "fuzzy": f"{words[0]}~1",
            "filter": f"{words[0]} date:{question.first}..{question.last}",
        }.get(question.kind, " ".join(words))  # fmt: skip
        filters = {"bureau": (question.bureau,)} if question.bureau else {}
        found = self.searcher.search(
            Request(query=parse_query(text), filters=filters, facets=FACETS if full else (), snippets=int(full))
        )
        return Answer(found.total, sum(len(f.values) for f in found.facets), sum(len(h.snippets) for h in found.hits))


class Tantivy:
    """Tantivy, by its Python binding."""

    def build(self, folder: Path, source: Path, workers: int) -> None:
        import tantivy

        schema = self._schema()
        index = tantivy.Index(schema, path=str(folder))
        writer = index.writer(256_000_000, workers)
        for entry in letters.read(source):
            record = entry.record
            document = tantivy.Document(
                key=record.key, ref=record.ref or "", subject=record.subject or "", body=entry.text,
                bureau=record.bureau or "", series=record.series or "",
            )  # fmt: skip
            if record.date:
                document.add_integer("date", record.date.toordinal())
                document.add_text("year", str(record.date.year))
            for group in record.addressee_groups:
                document.add_text("group", group)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def _schema(self) -> Any:
        import tantivy

        builder = tantivy.SchemaBuilder()
        for name in ("key", "ref"):
            builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
        for name in ("subject", "body"):
            builder.add_text_field(name, stored=True, tokenizer_name="en_stem")
        for name in FACETS:
            builder.add_text_field(name, stored=True, fast=True, tokenizer_name="raw", index_option="basic")
        builder.add_integer_field("date", stored=True, indexed=True, fast=True)
        return builder.build()

    def open(self, folder: Path) -> None:
        import tantivy

        self.index = tantivy.Index.open(str(folder))
        self.searcher = self.index.searcher()

    def ask(self, question: Question, *, full: bool) -> Answer:
        import tantivy

        words, kind = question.words, question.kind
        schema = self.index.schema
        fields, boosts = ["body", "subject"], {"subject": 4.0}
        query: Any
        if kind == "prefix":
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Should, tantivy.Query.regex_query(schema, f, f"{words[0]}.*")) for f in fields]
            )
        elif kind == "fuzzy":
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Should, tantivy.Query.fuzzy_term_query(schema, f, words[0], 1)) for f in fields]
            )
        else:
            text = {"or": " OR ".join(words), "phrase": f'"{" ".join(words)}"'}.get(kind, " AND ".join(words))
            query = self.index.parse_query(text, fields, boosts)
        if kind == "filter":
            first, last = question.days()
            query = tantivy.Query.boolean_query([
                (tantivy.Occur.Must, query),
                (tantivy.Occur.Must, tantivy.Query.term_query(schema, "bureau", question.bureau)),
                (tantivy.Occur.Must, tantivy.Query.range_query(schema, "date", tantivy.FieldType.Integer, first, last)),
            ])  # fmt: skip
        found = self.searcher.search(query, limit=10)
        documents = [self.searcher.doc(address) for _, address in found.hits]
        if not full:
            return Answer(found.count or 0)
        wanted = {f: {"terms": {"field": f, "size": 10}} for f in FACETS}
        counted = self.searcher.aggregate(query, wanted)
        maker = tantivy.SnippetGenerator.create(self.searcher, query, schema, "body")
        maker.set_max_num_chars(240)
        snippets = [maker.snippet_from_doc(d).to_html() for d in documents]
        return Answer(found.count or 0, sum(len(counted[f]["buckets"]) for f in FACETS), len(snippets))


class Sqlite:
    """SQLite's FTS5, with facets in tables beside it."""

    def build(self, folder: Path, source: Path, workers: int) -> None:
        with sqlite3.connect(folder / "fts.db") as base:
            base.executescript(
                """
                CREATE VIRTUAL TABLE letters USING fts5(subject, body, tokenize='porter unicode61', prefix='4');
                CREATE TABLE facts (id INTEGER PRIMARY KEY, key TEXT, ref TEXT, bureau TEXT, series TEXT, year TEXT, date INT);
                CREATE TABLE groups (id INTEGER, name TEXT, PRIMARY KEY (id, name)) WITHOUT ROWID;
                """
            )
            for i, entry in enumerate(letters.read(source)):
                r = entry.record
                base.execute("INSERT INTO letters (rowid, subject, body) VALUES (?, ?, ?)", (i, r.subject, entry.text))
                base.execute(
                    "INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        i,
                        r.key,
                        r.ref,
                        r.bureau,
                        r.series,
                        str(r.date.year) if r.date else None,
                        r.date and r.date.toordinal(),
                    ),
                )
                base.executemany("INSERT INTO groups VALUES (?, ?)", [(i, g) for g in r.addressee_groups])

    def open(self, folder: Path) -> None:
        self.base = sqlite3.connect(folder / "fts.db")

    def ask(self, question: Question, *, full: bool) -> Answer:
        words, kind = question.words, question.kind
        if kind == "fuzzy":
            return Answer(-1)
        match = {"or": " OR ".join(words), "phrase": f'"{" ".join(words)}"', "prefix": f"{words[0]}*"}.get(
            kind, " AND ".join(words)
        )
        where = "letters MATCH ?"
        values: list[str | int] = [match]
        if kind == "filter":
            where += " AND bureau = ? AND date BETWEEN ? AND ?"
            values += [question.bureau, *question.days()]
        joined = "letters JOIN facts ON facts.id = letters.rowid"
        total = self.base.execute(f"SELECT count(*) FROM {joined} WHERE {where}", values).fetchone()[0]
        cut = ", snippet(letters, 1, '<b>', '</b>', '…', 32)" if full else ""
        hits = self.base.execute(
            f"SELECT key, ref{cut} FROM {joined} WHERE {where} ORDER BY bm25(letters, 4.0, 1.0) LIMIT 10", values
        ).fetchall()
        if not full:
            return Answer(total)
        counted: dict[str, Counter[str]] = {f: Counter() for f in FACETS}
        ids = f"SELECT letters.rowid FROM {joined} WHERE {where}"
        for f in FACETS[:3]:
            counted[f].update(
                dict(self.base.execute(f"SELECT {f}, count(*) FROM facts WHERE id IN ({ids}) GROUP BY 1", values))
            )
        counted["group"].update(
            dict(self.base.execute(f"SELECT name, count(*) FROM groups WHERE id IN ({ids}) GROUP BY 1", values))
        )
        return Answer(total, sum(map(len, counted.values())), len(hits))


class StockWhoosh:
    """Whoosh as it comes."""

    def build(self, folder: Path, source: Path, workers: int) -> None:
        from whoosh import fields, index
        from whoosh.analysis import StemmingAnalyzer

        schema = fields.Schema(
            key=fields.ID(stored=True), ref=fields.ID(stored=True), bureau=fields.ID(stored=True, sortable=True),
            series=fields.ID(stored=True, sortable=True), year=fields.ID(stored=True, sortable=True),
            group=fields.KEYWORD(stored=True, sortable=True), date=fields.NUMERIC(int, stored=True),
            subject=fields.TEXT(StemmingAnalyzer(), stored=True, field_boost=4.0),
            body=fields.TEXT(StemmingAnalyzer(), stored=True),
        )  # fmt: skip
        writer = index.create_in(folder, schema).writer(limitmb=256)
        for entry in letters.read(source):
            r = entry.record
            writer.add_document(
                key=r.key, ref=r.ref, bureau=r.bureau, series=r.series, year=str(r.date.year) if r.date else None,
                group=" ".join(r.addressee_groups), date=r.date.toordinal() if r.date else None, subject=r.subject,
                body=entry.text,
            )  # fmt: skip
        writer.commit()

    def open(self, folder: Path) -> None:
        from whoosh import index
        from whoosh.qparser import FuzzyTermPlugin, MultifieldParser

        self.index = index.open_dir(folder)
        self.searcher = self.index.searcher()
        self.parser = MultifieldParser(["body", "subject"], self.index.schema)
        self.parser.add_plugin(FuzzyTermPlugin())

    def ask(self, question: Question, *, full: bool) -> Answer:
        from whoosh import sorting

        words, kind = question.words, question.kind
        text = {
            "or": " OR ".join(words), "phrase": f'"{" ".join(words)}"', "prefix": f"{words[0]}*", "fuzzy": f"{words[0]}~1/1",
        }.get(kind, " ".join(words))  # fmt: skip
        query = self.parser.parse(text)
        if kind == "filter":
            from whoosh.query import And, NumericRange, Term

            first, last = question.days()
            query = And([query, Term("bureau", question.bureau), NumericRange("date", first, last)])
        if not full:
            found = self.searcher.search(query, limit=10)
            return Answer(len(found))
        groups = sorting.Facets()
        for f in FACETS:
            # Groups are counted as combinations: one by one (`allow_overlap`) a common word takes it 16 seconds
            groups.add_facet(f, sorting.FieldFacet(f, maptype=sorting.Count))
        found = self.searcher.search(query, limit=10, groupedby=groups)
        snippets = [hit.highlights("body") for hit in found]
        return Answer(len(found), sum(len(found.groups(f)) for f in FACETS), len(snippets))


CONTENDERS: dict[str, type[Contender]] = {"ours": Ours, "tantivy": Tantivy, "fts5": Sqlite, "whoosh": StockWhoosh}
