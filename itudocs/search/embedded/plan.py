"""From the tree of a query to what is looked up: which terms, in which fields, how combined.

Pure: it needs the languages of the index and nothing else of it, so that a plan can be read and tested. `execute`
carries it out. Here it is decided that a plain word is found by its stem in every language, that a compound
(`CR/387`, `ITU-R`) or anything quoted is a sequence of exact words, and that a query which is a reference word for
word favours the letter that bears it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from itudocs.fields import BY_NAME
from itudocs.search import query as q
from itudocs.search.embedded import analysis
from itudocs.search.embedded.schema import STEMMED_FIELDS, WEIGHTS
from itudocs.search.synonyms import with_names


class Step(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Parent of all steps."""


class Lookup(Step, frozen=True, kw_only=True):
    """A step that reads the index, for the leaf it was made from."""

    leaf: q.AnyLeaf


class Words(Lookup, frozen=True, kw_only=True):
    """A word in any of the fields: `term` exactly, or by stem where the letter's language has one.

    `stems` holds language, stem, and whether the stem is its own stem (then it is also looked up as a word, since a
    word that is its own stem is indexed once only).
    """

    fields: tuple[str, ...]
    term: str
    stems: tuple[tuple[str, str, bool], ...] = ()


class Sequence(Lookup, frozen=True, kw_only=True):
    """Exact terms at the given distances from the first; with `slop`, near one another in any order.

    `glued` finds a hyphenated word also where its hyphens were lost.
    """

    fields: tuple[str, ...]
    terms: tuple[tuple[int, str], ...]
    slop: int = 0
    glued: Words | None = None


class Expansion(Lookup, frozen=True, kw_only=True):
    """All terms of the fields that begin with, look like or nearly are `text`."""

    fields: tuple[str, ...]
    how: Literal["prefix", "wildcard", "fuzzy"]
    text: str
    distance: int = 0


class Whole(Lookup, frozen=True, kw_only=True):
    """A whole value of a keyword field."""

    field: str
    value: str


class Days(Lookup, frozen=True, kw_only=True):
    """Periods of a field that touch the days from `first` to `last` (proleptic ordinals)."""

    field: str
    first: int
    last: int


class Years(Lookup, frozen=True, kw_only=True):
    """Values of a year field from `first` to `last`."""

    field: str
    first: int
    last: int


class Nothing(Lookup, frozen=True, kw_only=True):
    """Words of which the analysis leaves none."""


class Everything(Step, frozen=True, kw_only=True):
    """All letters."""


class Except(Step, frozen=True, kw_only=True):
    """All letters but those of a step."""

    step: Step


class Both(Step, frozen=True, kw_only=True):
    """Letters of all steps; scores add up."""

    steps: tuple[Step, ...]


class Either(Step, frozen=True, kw_only=True):
    """Letters of any step; scores add up."""

    steps: tuple[Step, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do, and the reference that the query is, word for word, without punctuation (empty if it is none)."""

    step: Step
    reference: str = ""


def plan(query: q.Query | None, *, languages: tuple[str, ...]) -> Plan:
    """The plan of a query; of `None`, everything. `languages` are those of the letters in the index."""
    if query is None:
        return Plan(step=Everything())
    return Plan(step=_step(with_names(query.root), languages), reference=_reference(query.root))


def _step(node: q.Tree, languages: tuple[str, ...]) -> Step:
    if isinstance(node, q.And):
        return Both(steps=tuple(_step(c, languages) for c in node.children))
    if isinstance(node, q.Or):
        return Either(steps=tuple(_step(c, languages) for c in node.children))
    if isinstance(node, q.Not):
        return Except(step=_step(node.child, languages))
    if isinstance(node, q.DateRange):
        return _range(node)
    if isinstance(node, q.Keyword):
        return Whole(leaf=node, field=node.field or "", value=analysis.keyword(node.value))
    fields = (node.field,) if node.field else tuple(WEIGHTS)
    if isinstance(node, q.Prefix):
        return Expansion(leaf=node, fields=fields, how="prefix", text=analysis.fold(node.text))
    if isinstance(node, q.Wildcard):
        return Expansion(leaf=node, fields=fields, how="wildcard", text=analysis.fold(node.pattern))
    if isinstance(node, q.Fuzzy):
        return Expansion(leaf=node, fields=fields, how="fuzzy", text=analysis.fold(node.text), distance=node.distance)
    if isinstance(node, q.Phrase):
        terms = analysis.sequence(node.text, quoted=True)
        if len(terms) == 1:
            return Words(leaf=node, fields=fields, term=terms[0][1])
        return Sequence(leaf=node, fields=fields, terms=terms, slop=node.slop) if terms else Nothing(leaf=node)
    return _word(node, fields, languages)


def _word(node: q.Term, fields: tuple[str, ...], languages: tuple[str, ...]) -> Step:
    def words(term: str) -> Words:
        stemmed = STEMMED_FIELDS.intersection(fields)
        return Words(leaf=node, fields=fields, term=term, stems=analysis.stems(term, languages) if stemmed else ())

    terms = analysis.sequence(node.text, quoted=False)
    if not terms:
        return Nothing(leaf=node)
    if len(terms) == 1:
        return words(terms[0][1])
    glued = analysis.glued(node.text)
    return Sequence(leaf=node, fields=fields, terms=terms, glued=words(glued) if glued else None)


def _range(node: q.DateRange) -> Step:
    field = node.field or ""
    if BY_NAME[field].kind == "keyword":
        return Years(
            leaf=node,
            field=field,
            first=node.first.year if node.first else 0,
            last=node.last.year if node.last else 9999,
        )
    return Days(
        leaf=node,
        field=field,
        first=node.first.toordinal() if node.first else 0,
        last=node.last.toordinal() if node.last else 2**31 - 1,
    )


def _reference(root: q.Tree) -> str:
    found = []
    for node in root.children if isinstance(root, q.And) else (root,):
        if isinstance(node, q.Not | q.DateRange):  # these narrow, and say nothing of what is looked for
            continue
        if not isinstance(node, q.Term | q.Phrase) or node.field not in (None, "ref"):
            return ""
        found.append(analysis.parts(node.text))
    return " ".join(filter(None, found))
