"""Ways to go on with a query that is being typed: names of fields, values with their counts, words that letters have.

What is being typed is `itudocs.search.typed`'s to say. Counts are exact, and of the letters that the rest of the query
finds: a value or word that would find nothing together with it is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from itudocs.errors import QueryError, QueryTimeout
from itudocs.fields import BY_NAME, BY_PREFIX, FIELDS, Field
from itudocs.search.embedded import analysis, schema
from itudocs.search.embedded.execute import Executor
from itudocs.search.embedded.lists import member_of
from itudocs.search.embedded.plan import plan
from itudocs.search.embedded.snapshot import Ints, Snapshot
from itudocs.search.embedded.suggest import printed
from itudocs.search.engine import Completion
from itudocs.search.query import YEAR_FIELDS
from itudocs.search.typed import Typed, typed

MAX_COUNTED = 300
"""Values and words that are counted for one answer: the commonest ones."""
_DAYS = {"date": ("year", "month"), "event": ("event_year",)}
"""Facets that tell which dates there are to ask for."""
_PLAIN = re.compile(r"\w[\w/.+@-]*")


def complete(snapshot: Snapshot, text: str, *, limit: int) -> tuple[Completion, ...]:
    """At most `limit` ways: fields first (half of them at most, where there are words), then the most frequent."""
    end = typed(text)
    if set("*?~") & set(end.word) or ".." in end.word:
        return ()
    if end.named and end.field is not None:
        return tuple(_in_field(snapshot, text, end, end.field, limit))
    if end.field is not None:
        return tuple(_in_field(snapshot, text, end, end.field, limit)) if end.word else ()
    fields = [] if end.quoted else list(_fields(text, end))
    words = list(_words(snapshot, text, end, schema.TEXT, limit)) if end.word else []
    room = max(limit - len(words), (limit + 1) // 2)
    return tuple([*fields[:room], *words][:limit])


def _fields(text: str, end: Typed) -> Iterator[Completion]:
    names = [f.name for f in FIELDS] if not end.word else [p for p in BY_PREFIX if p.startswith(end.word.lower())]
    chosen: dict[str, str] = {}
    for name in names:  # of a field's names the first
        chosen.setdefault(BY_PREFIX[name].name, name)
    for name in chosen.values():
        yield Completion(kind="field", value=f"{name}:", query=f"{text[: end.start]}{name}:")


def _in_field(snapshot: Snapshot, text: str, end: Typed, field: Field, limit: int) -> Iterator[Completion]:
    if field.kind in schema.DAYS:
        names = _DAYS.get(field.name, ())
        values = [
            v for name in names for v in _facet_values(snapshot, end, BY_NAME[name]) if end.word or name != "month"
        ]
    elif field.facet:
        values = _facet_values(snapshot, end, field)
    elif field.kind == "keyword":
        values = _listed_values(snapshot, end, field)
    else:
        yield from _words(snapshot, text, end, field.name, limit)
        return
    for value, letters in values[:limit]:
        written = value if _PLAIN.fullmatch(value) and not end.quoted else f'"{value}"'
        yield Completion(kind="value", value=value, query=text[: end.start] + written, letters=letters)


def _within(snapshot: Snapshot, end: Typed) -> Ints | None:
    """The letters that the rest of the query finds; `None` where there is none, or where it is over a budget."""
    if end.rest is None:
        return None
    try:
        return Executor(snapshot).run(plan(end.rest, languages=snapshot.languages)).letters
    except QueryTimeout:
        raise
    except QueryError:
        return None


def _facet_values(snapshot: Snapshot, end: Typed, field: Field) -> list[tuple[str, int]]:
    """Values of a facet that begin so, or of which a word does; years from the last, others from the most frequent."""
    column = snapshot.facet(field.name)
    within = _within(snapshot, end)
    counts = column.tally(snapshot.everything if within is None else within).tolist()
    wanted = analysis.keyword(end.word)
    found = []
    for value, letters in zip(column.values, counts, strict=True):
        folded = analysis.keyword(value)
        begins = folded.startswith(wanted)
        if letters and (begins or any(word.startswith(wanted) for word in re.split(r"[\W_]+", folded))):
            found.append((not begins, -letters, value))
    if field.name in YEAR_FIELDS or field.name == "month":
        return sorted(((value, -n) for _, n, value in found), reverse=True)
    return [(value, -n) for _, n, value in sorted(found)]


def _listed_values(snapshot: Snapshot, end: Typed, field: Field) -> list[tuple[str, int]]:
    """Values that are kept as terms alone, folded."""
    terms = snapshot.commonest(field.name, analysis.keyword(end.word), MAX_COUNTED)
    counted = _counted(snapshot, end, field.name, terms)
    return sorted(counted, key=lambda pair: (-pair[1], schema.order(pair[0])))


def _counted(snapshot: Snapshot, end: Typed, field: str, terms: list[str]) -> list[tuple[str, int]]:
    """Terms of a field with the letters that have them, among those that the rest of the query finds."""
    within = _within(snapshot, end)

    def letters(term: str) -> int:
        ids = snapshot.postings(field, term).ids
        return len(ids) if within is None else int(member_of(ids, within).sum())

    return [(term, n) for term in terms if (n := letters(term))]


def _words(snapshot: Snapshot, text: str, end: Typed, field: str, limit: int) -> Iterator[Completion]:
    """Words of a field that begin so; in a quotation, its last word."""
    parts = re.split(r"(\s+)", end.word) if end.quoted else [end.word]
    prefix = analysis.fold(parts[-1])
    if not prefix or (prefix.isascii() and len(prefix) < 2):
        return
    before = text[: end.start] + ('"' if end.quoted else "") + "".join(parts[:-1])
    take: Callable[[str], bool] = str.isalnum if prefix.isalnum() else bool
    # Words glued together and compounds are offered only where the compound's signs are typed
    terms = [term for term in snapshot.commonest(field, prefix, MAX_COUNTED) if take(term)]
    ranked = sorted(_counted(snapshot, end, field, terms), key=lambda pair: (-pair[1], pair[0]))
    for term, letters in ranked[:limit]:
        word = printed(snapshot, term, letters=1)
        word = word.lower() if word.isalpha() and parts[-1].islower() else word
        yield Completion(kind="word", value=word, query=before + word, letters=letters)
