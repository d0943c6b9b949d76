"""How good the ranking is: the embedded engine against Tantivy's BM25 on judged questions, on the same analysis.

    python -m benchmarks.relevance cranfield/

The folder holds the Cranfield collection: `cran.all.1400`, `cran.qry` and `cranqrel`. Both engines get the same terms:
Tantivy is given texts and questions that this project's analysis has already turned into stems, split at spaces.
Abstracts are indexed as letters, their titles as subjects. Any word of a question may match.
"""

from __future__ import annotations

import argparse
import math
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from itudocs.model import Circular, Provenance
from itudocs.search.embedded import WhooshEngine, analysis
from itudocs.search.engine import Entry, Request
from itudocs.search.query import Or, Query, Term

DEPTH = 100
_GAINS = {1: 4, 2: 3, 3: 2, 4: 1}
"""What a document is worth, by its grade: 1 is a complete answer, 4 of least interest; -1, which each question has once
and nothing explains, is worth nothing.
"""


class Collection(NamedTuple):
    """Documents (title and text) and questions by their numbers, and the worth of documents for questions."""

    documents: dict[int, tuple[str, str]]
    questions: dict[int, str]
    judged: dict[int, dict[int, int]]


class Scores(NamedTuple):
    """Means over the questions."""

    ndcg10: float
    average_precision: float
    recall100: float


def read(folder: Path) -> Collection:
    """A collection in the form of Cranfield's files."""
    documents = {}
    for number, parts in _records(folder / "cran.all.1400"):
        documents[number] = (parts.get("T", ""), parts.get("W", ""))
    # Judgements count questions in the order of the file, whatever the numbers in it say
    questions = {i: parts["W"] for i, (_, parts) in enumerate(_records(folder / "cran.qry"), 1)}
    judged: dict[int, dict[int, int]] = defaultdict(dict)
    for line in (folder / "cranqrel").read_text().splitlines():
        if line.strip():
            question, document, grade = map(int, line.split()[:3])
            judged[question][document] = _GAINS.get(grade, 0)
    return Collection(documents, questions, {q: {d: g for d, g in js.items() if g} for q, js in judged.items()})


def _records(path: Path) -> list[tuple[int, dict[str, str]]]:
    found = []
    for record in re.split(r"^\.I ", path.read_text(), flags=re.MULTILINE)[1:]:
        number, _, rest = record.partition("\n")
        parts = re.split(r"^\.([A-Z])\n", rest, flags=re.MULTILINE)
        found.append((int(number), {k: " ".join(v.split()) for k, v in zip(parts[1::2], parts[2::2], strict=True)}))
    return found


def judge(collection: Collection, search: Callable[[str], list[int]]) -> Scores:
    """The scores of a way to search: nDCG at 10, mean average precision and recall at 100."""
    rows = []
    for number, question in collection.questions.items():
        worth = collection.judged.get(number)
        if not worth:
            continue
        found = search(question)[:DEPTH]
        gained = sum(worth.get(d, 0) / math.log2(i + 2) for i, d in enumerate(found[:10]))
        ideal = sum(g / math.log2(i + 2) for i, g in enumerate(sorted(worth.values(), reverse=True)[:10]))
        hits = [i for i, d in enumerate(found) if d in worth]
        precision = sum((n + 1) / (i + 1) for n, i in enumerate(hits)) / len(worth)
        rows.append((gained / ideal, precision, len(hits) / len(worth)))
    return Scores(*(sum(column) / len(rows) for column in zip(*rows, strict=True)))


def words(text: str) -> list[str]:
    """The distinct words of a text that can be typed as such."""
    return list(dict.fromkeys(w for w in re.findall(r"[a-z0-9]+", text.lower())))


def ours(collection: Collection, folder: Path) -> Callable[[str], list[int]]:
    """The embedded engine."""
    engine = WhooshEngine()
    engine.update(
        folder,
        add=(
            Entry(
                record=Circular(
                    key=f"{n:06d}", source=Provenance(name="", sha256=""), language="en", subject=title or None
                ),
                text=text,
            )
            for n, (title, text) in collection.documents.items()
        ),
        remove=(),
    )
    searcher = engine.open(folder)

    def search(question: str) -> list[int]:
        leaves = tuple(Term(text=w) for w in words(question))
        query = Query(text=question, root=Or(children=leaves) if len(leaves) > 1 else leaves[0])
        return [int(h.key) for h in searcher.search(Request(query=query, limit=DEPTH, snippets=0)).hits]

    return search


def tantivy_of(collection: Collection, folder: Path, *, subject: float = 4.0) -> Callable[[str], list[int]]:
    """Tantivy on terms of the same analysis; `subject` is the weight of titles, 0 for none."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("number", stored=True)
    for name in ("subject", "body"):
        builder.add_text_field(name, tokenizer_name="whitespace")
    index = tantivy.Index(builder.build(), path=str(folder))
    writer = index.writer(50_000_000, 1)
    for n, (title, text) in collection.documents.items():
        writer.add_document(tantivy.Document(number=n, subject=_stemmed(title), body=_stemmed(text)))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(question: str) -> list[int]:
        terms: list[Any] = []
        for word in words(question):
            stem = analysis.stem(analysis.fold(word), "en")
            for name, boost in (("body", 1.0), ("subject", subject)):
                if not boost:
                    continue
                query = tantivy.Query.term_query(index.schema, name, stem)
                terms.append((tantivy.Occur.Should, tantivy.Query.boost_query(query, boost)))
        found = searcher.search(tantivy.Query.boolean_query(terms), limit=DEPTH)
        return [searcher.doc(address)["number"][0] for _, address in found.hits]

    return search


def _stemmed(text: str) -> str:
    return " ".join(
        analysis.stem(analysis.fold(part), "en")
        for run in analysis.RUN.findall(text)
        for part in re.findall(r"[^\W_]+", run)
    )


CONTENDERS: dict[str, Callable[[Collection, Path], Callable[[str], list[int]]]] = {
    "itudocs": ours,
    "Tantivy, texts alone": partial(tantivy_of, subject=0.0),
    "Tantivy, titles as heavy as texts": partial(tantivy_of, subject=1.0),
    "Tantivy, titles four times as heavy": tantivy_of,
}
"""Tantivy in three ways, since it adds up the scores of fields where we weigh words before they saturate."""


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    collection = read(parser.parse_args().folder)
    print("| | nDCG@10 | MAP | recall@100 |\n|---|---:|---:|---:|")
    for name, make in CONTENDERS.items():
        with tempfile.TemporaryDirectory() as folder:
            scores = judge(collection, make(collection, Path(folder)))
        print(f"| {name} | {scores.ndcg10:.4f} | {scores.average_precision:.4f} | {scores.recall100:.4f} |")


if __name__ == "__main__":
    main()
