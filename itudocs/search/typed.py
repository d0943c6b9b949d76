"""What is being typed at the end of a query: which word, in which field, and what stands before it.

The first step of completing a query; what letters have to complete it with is an engine's to say. A query that is being
typed need not parse: quotations and parentheses may be open.
"""

from __future__ import annotations

import re

import msgspec

from itudocs.errors import QueryError
from itudocs.fields import BY_PREFIX, Field
from itudocs.search.query import SIGNS, Query, parse_query

_FIELD = re.compile(r"([A-Za-z][A-Za-z_]*):(?!//)")
_WORD = re.compile(r'[^\s()":]+|:')


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a query.

    Attributes:
        word: what has been typed of a word or value; may be empty.
        start: where that begins in the query (its quotation mark included).
        field: the field it is looked up in.
        named: whether the field is named directly before it (then it begins no other field's name).
        quoted: whether it stands in an open quotation.
        rest: the query without it, where that is a query; `None` where it is empty or does not parse.
    """

    word: str
    start: int
    field: Field | None
    named: bool
    quoted: bool
    rest: Query | None


def typed(text: str) -> Typed:
    """Look at the end of a query. Raises nothing."""
    signs = text.translate(SIGNS)
    groups: list[Field | None] = []
    at = begin = 0
    field: Field | None = None
    named = False
    word, start, quoted = "", 0, False

    def fresh() -> None:
        nonlocal field, named, word, start, begin
        field, named, word, start, begin = groups[-1] if groups else None, False, "", at, at

    while at < len(text):
        c = signs[at]
        if c.isspace():
            at += 1
            fresh()
        elif c == '"':
            closing = signs.find('"', at + 1)
            if closing < 0:
                word, start, quoted, at = text[at + 1 :], at, True, len(text)
            else:
                at = closing + 1
                fresh()
        elif c == "(":
            groups.append(field)
            at += 1
            fresh()
        elif c == ")":
            if groups:
                groups.pop()
            at += 1
            fresh()
        elif c in "-+" and at == begin:
            at += 1
            start = at
        elif not named and at == start and (prefix := _FIELD.match(signs, at)) and prefix[1].lower() in BY_PREFIX:
            field, named = BY_PREFIX[prefix[1].lower()], True
            at = start = prefix.end()
        else:
            match = _WORD.match(signs, at)
            at = match.end() if match else at + 1
            word = text[start:at]
    return Typed(word=word, start=start, field=field, named=named, quoted=quoted, rest=_query(text[:begin]))


def _query(text: str) -> Query | None:
    try:
        return parse_query(text)
    except QueryError:
        return None
