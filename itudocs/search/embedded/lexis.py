"""What letters have, as suggesting and completing ask for it: words, values and references, and how many letters have them.

`suggest` and `complete` know how a query goes on, or what was meant by it; a `Lexis` knows what there is. Every engine has one
of its own: the embedded one reads arrays (`SnapshotLexis`), the other asks a cluster (`itudocs.search.opensearch.vocabulary`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from itudocs.errors import QueryError, QueryTimeout
from itudocs.search import query as q
from itudocs.search.embedded import analysis, schema
from itudocs.search.embedded.execute import Executor, nearly
from itudocs.search.embedded.lists import member_of, united
from itudocs.search.embedded.plan import plan
from itudocs.search.embedded.snapshot import Ints, Snapshot


class Lexis(Protocol):
    """The words, values and references of one index."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the letters."""
        ...

    def letters(self, root: q.Tree) -> int:
        """How many letters a query finds.

        Raises:
            QueryError: it is over a budget.
        """
        ...

    def having(self, fields: Sequence[str], terms: Sequence[str]) -> dict[str, int]:
        """How many letters have exactly each of some terms in any of the fields."""
        ...

    def near(self, fields: Sequence[str], word: str, distance: int) -> set[str]:
        """Terms that at most so many changes lead to from a word; all those of the fields, others may be among them."""
        ...

    def references(self, reference: str, distance: int) -> list[str]:
        """The references that letters bear, by their parts, which so many changes lead to from one, spaces aside."""
        ...

    def bearer(self, reference: str) -> str | None:
        """The first reference, as printed, of a letter that bears one given by its parts; `None` if no letter does.
        Empty if the letter has none that it is known by."""
        ...

    def values(self, facet: str, within: q.Query | None) -> dict[str, int]:
        """The values of a facet, with the letters of a query that have each; of all, where it is over a budget."""
        ...

    def beginning(self, field: str, prefix: str, within: q.Query | None, count: int) -> dict[str, int]:
        """The commonest terms of a field that begin so, with the letters of a query that have each, as `values` has it."""
        ...

    def printed(self, term: str, *, letters: int) -> str:
        """A word as so many letters that have it print it: see `form`."""
        ...


def form(term: str, texts: Iterable[tuple[str, str | None]]) -> str:
    """A word as texts, given with their languages, print it: in small letters where any of them does."""
    forms: Counter[str] = Counter()
    for text, language in texts:
        tokens = analysis.find(text, language, {term})
        forms.update(text[t.start : t.end].replace("\u00ad", "") for t in tokens if t.term == term)
    ranked = sorted(forms, key=lambda one: (one != one.lower(), -forms[one], one))
    return next((one for one in ranked if analysis.fold(one) == term), term)


class SnapshotLexis:
    """See `Lexis`. Reads the arrays of an index."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the letters."""
        return self._snapshot.languages

    def letters(self, root: q.Tree) -> int:
        """How many letters a query finds."""
        return len(self._found(q.Query(text="", root=root)))

    def _found(self, query: q.Query) -> Ints:
        step = plan(query, languages=self._snapshot.languages).step
        return Executor(self._snapshot).matching(step)

    def _within(self, query: q.Query | None) -> Ints | None:
        if query is None:
            return None
        try:
            return self._found(query)
        except QueryTimeout:
            raise
        except QueryError:
            return None

    def having(self, fields: Sequence[str], terms: Sequence[str]) -> dict[str, int]:
        """See `Lexis.having`."""
        snapshot = self._snapshot
        lists = {t: [snapshot.postings(f, t).ids for f in fields if snapshot.has(f, t)] for t in terms}
        return {term: len(united(some, snapshot.size)) for term, some in lists.items()}

    def near(self, fields: Sequence[str], word: str, distance: int) -> set[str]:
        """See `Lexis.near`; terms of all fields."""
        return nearly(self._snapshot.like(word, distance), word, distance, budget=self._snapshot.budget)

    def references(self, reference: str, distance: int) -> list[str]:
        """See `Lexis.references`."""
        joined: dict[str, list[str]] = {}
        for term in self._snapshot.like(reference, 3):
            joined.setdefault(term.replace(" ", ""), []).append(term)
        near = nearly(joined, reference.replace(" ", ""), distance, budget=self._snapshot.budget)
        terms = [term for one in near for term in joined[one]]
        return [term for term in terms if len(self._snapshot.postings(schema.REFERENCES, term).ids)]

    def bearer(self, reference: str) -> str | None:
        """See `Lexis.bearer`."""
        letters = self._snapshot.postings(schema.REFERENCES, reference).ids
        return (self._snapshot.card(int(letters[0])).ref or "") if len(letters) else None

    def values(self, facet: str, within: q.Query | None) -> dict[str, int]:
        """See `Lexis.values`."""
        column = self._snapshot.facet(facet)
        letters = self._within(within)
        counts = column.tally(self._snapshot.everything if letters is None else letters).tolist()
        return dict(zip(column.values, counts, strict=True))

    def beginning(self, field: str, prefix: str, within: q.Query | None, count: int) -> dict[str, int]:
        """See `Lexis.beginning`."""
        letters = self._within(within)
        found = {}
        for term in self._snapshot.commonest(field, prefix, count):
            ids = self._snapshot.postings(field, term).ids
            found[term] = len(ids) if letters is None else int(member_of(ids, letters).sum())
        return {term: n for term, n in found.items() if n}

    def printed(self, term: str, *, letters: int) -> str:
        """See `Lexis.printed`."""
        snapshot = self._snapshot
        some = snapshot.postings(schema.TEXT, term).ids[:letters].tolist()
        return form(term, ((snapshot.text(letter), snapshot.card(letter).language) for letter in some))
