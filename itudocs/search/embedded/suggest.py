"""Did you mean: what to ask instead of a query that finds few letters or none.

The parts of a query that no letter has, or hardly any, are held against what letters do have: words against the words
of the fields that are searched, references against the references that letters bear, values against the values of
their field. What the fewest changes lead to comes first, then what most letters have. A suggestion is a whole query, and
is made only if it finds more letters than the one that was asked. Chinese is looked up by characters, and has none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

import msgspec

from itudocs.errors import QueryError, QueryTimeout
from itudocs.fields import BY_NAME
from itudocs.search import query as q
from itudocs.search.embedded import analysis, schema
from itudocs.search.embedded.execute import nearly
from itudocs.search.embedded.lexis import Lexis
from itudocs.search.embedded.plan import plan
from itudocs.search.engine import Mistyped, Suggestion

RARE = 2
"""Letters up to which a word that letters do have may still be a misprint of theirs: of a word `COMMONER` times as common."""
COMMONER = 20
MAX_SPOTS = 4
"""Doubtful parts of a query that are corrected."""
MAX_LEAVES, MAX_WORDS = 8, 6
"""Leaves of a query, and words of a leaf, that are looked at: the first ones."""
SHOWN = 3
"""Letters that tell how a word is printed."""
MAX_NEAR = 200
"""Words near a word that are weighed; more are near short ones only."""
_IDENTITIES = frozenset({"id", "cites"})
_REFERENCES = frozenset({None, "ref", "citation"})

Count = Callable[[q.Tree], int]
"""How many letters a query finds, filters and all."""


class Spot(NamedTuple):
    """A doubtful part of the leaf with a number: all of it, or characters of its text; and what may have been meant."""

    leaf: int
    kind: Literal["word", "reference", "value"]
    asked: str
    position: int
    span: tuple[int, int] | None
    meant: list[str]


def suggestions(lexis: Lexis, query: q.Query, *, found: int, count: Count, limit: int) -> tuple[Suggestion, ...]:
    """At most `limit` suggestions for a query that found so many letters."""
    leaves = list(q.leaves(query.root))
    spots: list[Spot] = []
    for number in [n for n, (_, negated) in enumerate(leaves) if not negated][:MAX_LEAVES]:
        if len(spots) < MAX_SPOTS:
            spots += _spots(lexis, query, number, leaves[number][0], limit)
    made: dict[str, Suggestion] = {}

    def tried(root: q.Tree, mistyped: Iterable[Mistyped]) -> None:
        text = q.to_text(q.Query(text="", root=root))
        if len(made) < limit and text not in made:
            try:
                letters = count(root)
            except QueryTimeout:
                raise
            except QueryError:  # it is over a limit
                return
            if letters > found:
                made[text] = Suggestion(query=text, letters=letters, mistyped=tuple(mistyped))

    if len(leaves) > 1:
        for correction in _whole(lexis, query, limit):
            tried(_as_query(correction.meant, None), [correction])
    for choice in _choices(spots, limit):
        tried(
            _rebuilt(query.root, leaves, spots, choice), [_correction(s, n) for s, n in zip(spots, choice, strict=True)]
        )
    return tuple(made.values())


def _choices(spots: list[Spot], limit: int) -> Iterator[tuple[int, ...]]:
    """Which of what may have been meant is taken at each spot: first the best everywhere, then another at one of them."""
    if spots:
        yield (0,) * len(spots)
    for at, spot in enumerate(spots):
        for other in range(1, min(limit, len(spot.meant))):
            yield tuple(other if i == at else 0 for i in range(len(spots)))


def _correction(spot: Spot, choice: int) -> Mistyped:
    return Mistyped(kind=spot.kind, asked=spot.asked, position=spot.position, meant=spot.meant[choice])


# --- doubtful parts ---


def _spots(lexis: Lexis, query: q.Query, number: int, leaf: q.AnyLeaf, limit: int) -> Iterator[Spot]:
    def spot(
        kind: Literal["word", "reference", "value"], asked: str, meant: list[str], span: tuple[int, int] | None = None
    ) -> Iterator[Spot]:
        if meant:
            at = query.text.find(asked, leaf.position)
            yield Spot(number, kind, asked, max(at, leaf.position), span, meant)

    if isinstance(leaf, q.Keyword):
        if not lexis.letters(leaf):
            near = near_values(lexis, leaf.field or "", leaf.value, limit)
            yield from spot("reference" if leaf.field in _IDENTITIES else "value", leaf.value, near)
        return
    if not isinstance(leaf, q.Term | q.Phrase):
        return
    alone = lexis.letters(leaf)
    if alone > RARE:
        return
    words = list(_words(leaf.text))
    if isinstance(leaf, q.Term) and leaf.field in _REFERENCES and any(c.isdigit() for c in leaf.text):
        if not alone:
            yield from spot("reference", leaf.text, near_references(lexis, leaf.text, limit))
        return
    fields = (leaf.field,) if leaf.field else tuple(schema.WEIGHTS)
    for term, start, end in words[:MAX_WORDS]:
        having = alone if len(words) == 1 else lexis.having(fields, [term])[term]
        if having <= RARE:
            near = near_words(lexis, fields, term, having=having, limit=limit)
            yield from spot("word", leaf.text[start:end], near, (start, end))


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of a text, folded, with their characters."""
    for run in analysis.RUN.finditer(text):
        for piece in analysis.analyse(run[0], None).pieces:
            if piece.role == "word":
                yield piece.term, run.start() + piece.start, run.start() + piece.end


def _whole(lexis: Lexis, query: q.Query, limit: int) -> Iterator[Mistyped]:
    """What a query may mean that is nothing but a reference: `TSB Circular 2221`."""
    reference = plan(query, languages=lexis.languages).reference
    if any(c.isdigit() for c in reference) and lexis.bearer(reference) is None:
        asked = query.text.strip() or reference
        for meant in near_references(lexis, reference, limit):
            yield Mistyped(kind="reference", asked=asked, position=max(query.text.find(asked), 0), meant=meant)


# --- what is near ---


def near_words(lexis: Lexis, fields: tuple[str, ...], word: str, *, having: int, limit: int) -> list[str]:
    """The words of some fields nearest to a folded word that `having` letters have: by changes, then by letters.

    One change is allowed to words of three and four characters, two to longer ones if one leads nowhere; only one, and to
    a much more common word, where letters have the word itself. Of words with one stem the most common is given.
    """
    for distance in (1,) if having or len(word) < 5 else (1, 2):
        near = lexis.near(fields, word, distance) if len(word) > 2 else set()
        ranked = _by_letters(lexis, fields, near - {word})
        chosen: list[str] = []
        stems: set[tuple[str, str]] = set()
        for letters, term in ranked:
            own = {(language, stem) for language, stem, _ in analysis.stems(term, lexis.languages)}
            if letters >= COMMONER * having and not own & stems:
                chosen.append(term)
                stems |= own
        if chosen:
            return list(dict.fromkeys(lexis.printed(term, letters=SHOWN) for term in chosen[:limit]))
    return []


def _by_letters(lexis: Lexis, fields: tuple[str, ...], terms: Iterable[str]) -> list[tuple[int, str]]:
    """Plain words that letters have, with how many do; most first."""
    some = sorted(t for t in terms if t.isalpha())[:MAX_NEAR]
    counted = lexis.having(fields, some)
    return sorted(((n, t) for t, n in counted.items() if n), key=lambda pair: (-pair[0], pair[1]))


def near_references(lexis: Lexis, asked: str, limit: int) -> list[str]:
    """The references that letters bear and that are nearest to one, as printed; among equals, the same digits first.

    Where none is near, those that texts name.
    """
    reference = analysis.parts(asked)
    bare = reference.replace(" ", "")
    for distance in (1, 2) if len(bare) > 4 else (1,):
        near = [term for term in lexis.references(reference, distance) if term != reference]
        if near:
            near.sort(key=lambda term: (Counter(term.replace(" ", "")) != Counter(bare), schema.order(term)))
            return list(dict.fromkeys(_reference(lexis, term) for term in near[:limit]))
    whole = analysis.fold(asked)
    near = [t for t in lexis.near((schema.TEXT,), whole, 1) if t != whole and not t.isalnum()]
    near = [t for t, n in lexis.having((schema.TEXT,), near).items() if n]
    return [lexis.printed(term, letters=SHOWN) for term in sorted(near, key=schema.order)[:limit]]


def _reference(lexis: Lexis, term: str) -> str:
    """A reference as the letter that bears it prints it; by its parts where it is not the letter's first one."""
    ref = lexis.bearer(term)
    return ref if ref and analysis.parts(ref) == term else term


def near_values(lexis: Lexis, field: str, asked: str, limit: int) -> list[str]:
    """The values of a field nearest to one: by changes, one in three characters at most; else those that hold it."""
    wanted = analysis.keyword(asked)
    distances = range(1, min(3, max(1, len(wanted) // 3)) + 1)
    if not BY_NAME[field].facet:
        return _near_terms(lexis, field, wanted, distances)[:limit]
    values = {analysis.keyword(v): (n, v) for v, n in lexis.values(field, None).items() if n}
    values.pop(wanted, None)
    found: Iterable[str] = ()
    for distance in distances:
        found = found or nearly(values, wanted, distance)
    found = found or [v for v in values if wanted in v and len(wanted) > 1]
    ranked = sorted(found, key=lambda v: (not v.startswith(wanted), -values[v][0], schema.order(v)))
    return [values[v][1] for v in ranked[:limit]]


def _near_terms(lexis: Lexis, field: str, wanted: str, distances: Iterable[int]) -> list[str]:
    """The same among values that are kept as terms alone, folded; those that begin so where none is near."""
    for distance in distances:
        near = lexis.having((field,), sorted(lexis.near((field,), wanted, distance) - {wanted}))
        if any(near.values()):
            return sorted((t for t, n in near.items() if n), key=lambda t: (-near[t], schema.order(t)))
    return sorted(lexis.beginning(field, wanted, None, MAX_NEAR), key=schema.order)


# --- a query with another part ---


def _rebuilt(root: q.Tree, leaves: list[tuple[q.AnyLeaf, bool]], spots: list[Spot], choice: tuple[int, ...]) -> q.Tree:
    """The query with what is meant in the place of what was asked."""
    new: dict[int, q.Tree] = {}
    for spot, chosen in sorted(zip(spots, choice, strict=True), key=lambda s: s[0].span or (0, 0), reverse=True):
        leaf, meant = leaves[spot.leaf][0], spot.meant[chosen]
        if spot.span is not None:
            base = new.get(spot.leaf, leaf)
            if isinstance(base, q.Term | q.Phrase):
                start, end = spot.span
                new[spot.leaf] = msgspec.structs.replace(base, text=base.text[:start] + meant + base.text[end:])
        elif isinstance(leaf, q.Keyword):
            new[spot.leaf] = msgspec.structs.replace(leaf, value=meant)
        else:
            new[spot.leaf] = _as_query(meant, leaf.field)
    return _replaced(root, iter(range(len(leaves))), new)


def _replaced(node: q.Tree, numbers: Iterator[int], new: dict[int, q.Tree]) -> q.Tree:
    if isinstance(node, q.Not):
        return q.Not(child=_replaced(node.child, numbers, new))
    if isinstance(node, q.And | q.Or):
        children: list[q.Tree] = []
        for child in node.children:
            made = _replaced(child, numbers, new)
            children += made.children if isinstance(made, type(node)) else (made,)
        return type(node)(children=tuple(children))
    return new.get(next(numbers), node)


def _as_query(reference: str, field: str | None) -> q.Tree:
    """A reference as a person would type it; in quotes where its signs would mean something, or where a field is named."""
    plain = re.sub(r'["\s]+', " ", reference).strip()
    try:
        root = q.parse_query(plain).root
    except QueryError:
        root = q.Not(child=q.Term(text=plain))
    if field is not None and isinstance(root, q.Term) and root.field is None:
        return q.Term(text=root.text, field=field)
    terms = root.children if isinstance(root, q.And) else (root,)
    if field is None and all(isinstance(t, q.Term) and t.field is None for t in terms):
        return root
    return q.Phrase(text=plain, field=field)
