"""What an index knows of terms: those that a wildcard stands for, those that are near a word, and how rare they are.

Between a plan and its `compile`d query: the terms of expansions are looked up, since their number is limited and they are
what is marked in snippets; each part of the query is counted by itself, since that is what its rarity, and a notice
that no letter has it, come from.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from typing import Any

from itudocs.errors import QueryError
from itudocs.fields import BY_NAME
from itudocs.search import query as q
from itudocs.search.embedded import plan as p
from itudocs.search.embedded import schema
from itudocs.search.embedded.execute import MAX_EXPANSION, nearly
from itudocs.search.embedded.lexis import form
from itudocs.search.opensearch.compile import Dsl, Known, Terms, any_of, lookups, matching
from itudocs.search.opensearch.mapping import BARE
from itudocs.search.opensearch.view import View

_REMEMBERED = 10_000
_SUPERSET = 20_000
"""Terms looked at one by one for a pattern that is too intricate for the cluster."""
_INTRICATE = 6
"""Signs of a pattern up to which the cluster reads it: more may take it very long."""
_NEAR = 5_000
"""References near one that are weighed."""
_SHORT = 3
"""Characters of a word of which Lucene finds none that are two changes away: it takes their weight for negative."""
_COUNTED = 200
"""Terms that are counted in one answer."""


class Vocabulary:
    """The terms of one version of an index. What has been counted is remembered."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._counts: dict[p.Lookup, int] = {}

    def known(self, step: p.Step) -> Known:
        """What ranking and notices need of a plan.

        Raises:
            QueryError: a wildcard or fuzzy word stands for more terms than its budget.
            ClusterUnavailable, ArchiveDamaged: as `View.ask`.
        """
        parts = list(dict.fromkeys(part for part, _ in lookups(step)))
        terms = {part: self.expanded(part) for part in parts if isinstance(part, p.Expansion)}
        return Known(letters=self.view.letters, means=self.view.means, having=self._having(parts, terms), terms=terms)

    def _having(self, parts: list[p.Lookup], terms: Terms) -> dict[p.Lookup, int]:
        fresh = [part for part in parts if part not in self._counts]
        counted = dict(zip(fresh, self.view.counts([matching(part, terms) for part in fresh]), strict=True))
        if len(self._counts) > _REMEMBERED:
            self._counts.clear()
        found = {part: counted.get(part, self._counts.get(part, 0)) for part in parts}
        self._counts.update(counted)
        return found

    def expanded(self, step: p.Expansion) -> tuple[str, ...]:
        """The terms that an expansion stands for, sorted."""
        if step.how == "fuzzy":
            near = self._near(step.fields, step.text, step.distance)
            over = near is None or len(near) > MAX_EXPANSION
            found = near or set()
        else:
            found = self._like(step)
            over = len(found) > MAX_EXPANSION
        if over:
            raise QueryError(
                f"{q.to_text(q.Query(text='', root=step.leaf))} stands for more different words than the "
                f"{MAX_EXPANSION:,} that are looked up",
                position=step.leaf.position,
                hint="write more letters of the word",
            )
        return tuple(sorted(found))

    def _like(self, step: p.Expansion) -> set[str]:
        """Terms that begin with a text, or have the shape of a pattern; a few more than the budget if there are."""
        pattern = f"{step.text}*" if step.how == "prefix" else step.text
        literal = re.split(r"[*?]", pattern, maxsplit=1)[0]
        signs = sum(c in "*?" for c in pattern)
        exact = step.how == "prefix" or signs <= _INTRICATE
        shape = re.compile(fnmatch.translate(pattern.replace("[", "[[]")))
        size = MAX_EXPANSION + 1 if exact else _SUPERSET
        asked: Dsl = {
            field: {"terms": {"field": values_of(field), "include": _regex(pattern, exact=exact), "size": size}}
            for field in step.fields
        }
        beginning = [any_of({"prefix": {searched(f): literal}} for f in step.fields)] if literal else []
        found: set[str] = set()
        for told in self.view.aggregated(asked, *beginning).values():
            found |= {b["key"] for b in told["buckets"] if shape.fullmatch(b["key"])}
            if len(told["buckets"]) == size and not exact:
                raise QueryError(
                    f"{q.to_text(q.Query(text='', root=step.leaf))} is too intricate to be looked up among more than "
                    f"{_SUPERSET:,} words",
                    position=step.leaf.position,
                    hint="write fewer * and ?",
                )
        return found

    def near(self, fields: Iterable[str], word: str, distance: int) -> set[str]:
        """Terms of some fields that at most so many changes lead to from a word (two at most), it included if there.

        None at all where there are more than may be looked up.
        """
        found = self._near(fields, word, distance)
        return found if found is not None else set()

    def _near(self, fields: Iterable[str], word: str, distance: int) -> set[str] | None:
        """As `near`; `None` where a field has too many: the limit is that of the parts of a query, 1,024."""
        found = {word}
        if distance > 1 and len(word) <= _SHORT:
            return self._short(fields, word, distance)
        for field in fields:
            name = searched(field)
            fuzzy = {"value": word, "fuzziness": min(distance, 2), "transpositions": True}
            lines = self.view.rewritten({"fuzzy": {name: {**fuzzy, "rewrite": "constant_score_boolean"}}})
            if lines is None:
                return None
            # ConstantScore(x_text:tarif x_text:tariff), or x_text:tarif~1 where a part of the index has no such term
            found.update(term.rstrip(" )") for line in lines for term in line.split(f"{name}:")[1:])
        return nearly((term for term in found if "~" not in term), word, distance)

    def _short(self, fields: Iterable[str], word: str, distance: int) -> set[str] | None:
        """As `_near`, for words so short that Lucene's own search for near ones fails: all short terms are looked at."""
        length = {"include": f".{{1,{len(word) + distance}}}", "size": _SUPERSET}
        told = self.view.aggregated({field: {"terms": {"field": values_of(field), **length}} for field in fields})
        if any(len(one["buckets"]) == _SUPERSET for one in told.values()):
            return None
        return nearly({bucket["key"] for one in told.values() for bucket in one["buckets"]} | {word}, word, distance)

    # --- as `itudocs.search.embedded.lexis.Lexis` ---

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the letters."""
        return self.view.languages

    def filter(self, query: q.Query) -> Dsl:
        """A query as a filter.

        Raises:
            QueryError: it is over a budget.
        """
        step = p.plan(query, languages=self.view.languages).step
        parts = {part for part, _ in lookups(step) if isinstance(part, p.Expansion)}
        return matching(step, {part: self.expanded(part) for part in parts})

    def letters(self, root: q.Tree) -> int:
        """How many letters a query finds."""
        return self.view.count(self.filter(q.Query(text="", root=root)))

    def _within(self, query: q.Query | None) -> list[Dsl]:
        if query is None:
            return []
        try:
            return [self.filter(query)]
        except QueryError:
            return []

    def having(self, fields: Sequence[str], terms: Sequence[str]) -> dict[str, int]:
        """See `Lexis.having`."""
        found: dict[str, int] = {}
        for at in range(0, len(terms), _COUNTED):
            some = terms[at : at + _COUNTED]
            counts = self.view.counts([any_of({"term": {searched(f): term}} for f in fields) for term in some])
            found.update(zip(some, counts, strict=True))
        return found

    def references(self, reference: str, distance: int) -> list[str]:
        """See `Lexis.references`."""
        near = sorted(self.near((BARE,), reference.replace(" ", ""), distance))
        told = self.view.aggregated(
            {"borne": {"terms": {"field": f"k_{schema.REFERENCES}", "size": _NEAR}}}, {"terms": {f"k_{BARE}": near}}
        )
        borne = (bucket["key"] for bucket in told["borne"]["buckets"])
        return [one for one in borne if one.replace(" ", "") in near]

    def bearer(self, reference: str) -> str | None:
        """See `Lexis.bearer`."""
        hits = self._first({"term": {f"k_{schema.REFERENCES}": reference}}, 1, "card")
        return hits[0]["card"].get("ref", "") if hits else None

    def values(self, facet: str, within: q.Query | None) -> dict[str, int]:
        """See `Lexis.values`."""
        if within is None:
            return self.view.values(facet)
        return self.view.tally([facet], {facet: self._within(within)})[facet]

    def beginning(self, field: str, prefix: str, within: q.Query | None, count: int) -> dict[str, int]:
        """See `Lexis.beginning`."""
        asked: Dsl = {"terms": {"field": values_of(field), "include": _regex(f"{prefix}*", exact=True), "size": count}}
        filters = [*self._within(within), {"prefix": {searched(field): prefix}}]
        told = self.view.aggregated({"terms": asked}, *filters)["terms"]
        return {bucket["key"]: bucket["doc_count"] for bucket in told["buckets"]}

    def printed(self, term: str, *, letters: int) -> str:
        """See `Lexis.printed`."""
        hits = self._first({"term": {searched(schema.TEXT): term}}, letters, "text", "card")
        return form(term, ((hit["text"], hit["card"].get("language")) for hit in hits))

    def _first(self, query: Dsl, count: int, *wanted: str) -> list[dict[str, Any]]:
        """What is kept of the first letters that a query finds, by key."""
        body: Dsl = {"query": self.view.narrowed(query), "size": count, "sort": ["key"], "_source": list(wanted)}
        return [hit["_source"] for hit in self.view.ask(body)["hits"]["hits"]]


def searched(field: str) -> str:
    """Where a field's terms are looked up."""
    return f"x_{field}" if _analysed(field) else f"k_{field}"


def values_of(field: str) -> str:
    """Where a field's terms are listed."""
    return f"w_{field}" if _analysed(field) else f"k_{field}"


def _analysed(field: str) -> bool:
    return field == schema.TEXT or (field in BY_NAME and BY_NAME[field].kind in schema.ANALYSED)


def _regex(pattern: str, *, exact: bool) -> str:
    """A pattern as Lucene's regular expression; where it is not to be exact, one that finds more and is simple."""
    if not exact:
        literals = re.split(r"[*?]+", pattern)
        inside = max(literals[1:-1], key=len, default="")
        begins, ends = literals[0], literals[-1]
        return f"{escaped(begins)}(.*){escaped(inside)}(.*){escaped(ends)}"
    # Parentheses keep OpenSearch 2.19 from a short cut for beginnings that fails where no term is so late in the alphabet
    return "".join("(.*)" if c == "*" else "." if c == "?" else escaped(c) for c in pattern)


def escaped(text: str) -> str:
    """A text as Lucene's regular expression that it alone matches."""
    return "".join(c if c.isalnum() else f"\\{c}" for c in text)
