"""Names in a query, in any language: `CMR-12` also finds the letters that say WRC-12 or ВКР-12.

Words side by side that are a name of a body, conference or study group, with nothing else said, also match letters
in which the normal name of that body was recorded (`mentions:WRC-12`); a name of an elected official also matches
letters signed under the normal name. The tree that results holds both, what was typed and what follows from it, so
that `explain` tells all that is searched. Quotations and words with a field stay as typed, but `body:CMR` means
`body:WRC` and `from:Ранси` François Rancy. Knows the lexicon and no engine; every engine compiles the tree it gives.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from itudocs.lexicon import names
from itudocs.search import query as q

_LONGEST = 10
"""Words of a name: `Всемирная встреча на высшем уровне по вопросам информационного общества` has nine."""


@lru_cache(maxsize=256)
def with_names(tree: q.Tree) -> q.Tree:
    """The tree with what its names stand for; the same tree where it holds none."""
    if isinstance(tree, q.Not):
        return q.Not(child=with_names(tree.child), position=tree.position)
    if isinstance(tree, q.Or):
        return _any(tuple(with_names(c) for c in tree.children), tree.position)
    children = tree.children if isinstance(tree, q.And) else (tree,)
    # one look at all words spares most queries the looks at each run of them
    longest = _LONGEST if names.names_any(" ".join(c.text for c in children if isinstance(c, q.Term))) else 0
    out: list[q.Tree] = []
    at = 0
    while at < len(children):
        width, implied = _name_at(children, at, longest)
        if implied is None:
            child = children[at]
            out.append(with_names(child) if isinstance(child, q.Not | q.Or | q.And) else child)
        else:
            typed = children[at : at + width]
            said = typed[0] if width == 1 else q.And(children=typed, position=typed[0].position)
            out.append(_any((said, *implied), said.position))
        at += width
    return out[0] if len(out) == 1 else q.And(children=tuple(out), position=tree.position)


def _any(children: tuple[q.Tree, ...], position: int) -> q.Or:
    flat = [leaf for c in children for leaf in (c.children if isinstance(c, q.Or) else (c,))]
    return q.Or(children=tuple(flat), position=position)


def _name_at(children: tuple[q.Tree, ...], at: int, longest: int) -> tuple[int, tuple[q.AnyLeaf, ...] | None]:
    """How many words from `at` on are a name, at most `longest`, and what it stands for."""
    first = children[at]
    if isinstance(first, q.Keyword) and first.field == "body":
        return 1, _meant(first)
    if isinstance(first, q.Term) and first.field == "signatory":
        return 1, _signed(first.text, first.position)
    end = at
    while end < len(children) and end - at < longest and _plain(children[end]):
        end += 1
    if end - at > 1 and not names.names_any(" ".join(c.text for c in children[at:end] if isinstance(c, q.Term))):
        return 1, None
    for stop in range(end, at, -1):
        typed = [c.text for c in children[at:stop] if isinstance(c, q.Term)]
        implied = _implied(" ".join(typed), first.position)
        if implied is not None:
            return stop - at, implied
    return 1, None


def _plain(node: q.Tree) -> bool:
    return isinstance(node, q.Term) and node.field is None


def _implied(text: str, position: int) -> tuple[q.AnyLeaf, ...] | None:
    body = names.whole_body(text)
    if body is not None:
        return (q.Keyword(value=body, field="mentions", implied=True, position=position),)
    return _signed(text, position)


def _signed(text: str, position: int) -> tuple[q.AnyLeaf, ...] | None:
    """Whoever signed under that name; nothing follows from words of the normal name, since it is indexed too."""
    person = names.normal_person(text)
    if person is None or names.says(text, person):
        return None
    return (q.Phrase(text=person, field="signatory", implied=True, position=position),)


def _meant(node: q.Keyword) -> tuple[q.AnyLeaf, ...] | None:
    """`body:CMR` is `body:WRC`, which all its conferences are: WRC-12, WRC-15."""
    body = names.whole_body(node.value)
    if body is None:
        return None
    out: list[q.AnyLeaf] = []
    if body.casefold() != node.value.casefold():
        out.append(msgspec.structs.replace(node, value=body, implied=True))
    if names.is_dated(body):
        out.append(q.Prefix(text=f"{body}-", field="body", implied=True, position=node.position))
    return tuple(out) or None
