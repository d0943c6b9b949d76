"""The query language: what a person types, as a tree of ours.

Reads `wsis summit`, `"informal consultation"`, `subject:numbering -draft`, `date:2003..2004` and the rest of
`docs/query-language.md` into a `Query`, says in words what will be searched (`explain`) and writes the canonical form
(`to_text`). It knows the fields (`itudocs.fields`) and nothing of engines: how a word is folded, stemmed or looked up
is theirs. First step of a search; `itudocs.search.engine` says what happens next.
"""

from __future__ import annotations

import calendar
import datetime as dt
import difflib
import re
from collections.abc import Iterator

import msgspec

from itudocs.errors import QueryError
from itudocs.fields import BY_PREFIX, Field

MAX_LENGTH = 2_000
MAX_DEPTH = 32
MAX_TERMS = 64
MAX_SLOP = 100
MAX_DISTANCE = 2
YEAR_FIELDS = frozenset({"year", "event_year"})
"""Keyword fields whose values are years, which may be asked for by range."""


class Node(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Parent of all nodes. `position` is the 0-based offset in the query of the first character it was read from."""

    position: int = 0


class Leaf(Node, frozen=True, kw_only=True):
    """A node that is looked up. `field` is a name of `itudocs.fields`; `None` means every field with a weight.

    `implied` ones were not typed but follow from a name (`itudocs.search.synonyms`).
    """

    field: str | None = None
    implied: bool = False


class Term(Leaf, frozen=True, kw_only=True):
    """A word as typed, found in any of its forms; a reference (`CR/387`) counts as one."""

    text: str


class Phrase(Leaf, frozen=True, kw_only=True):
    """Words in quotes, found exactly; with `slop`, in any order with at most so many other words among them."""

    text: str
    slop: int = 0


class Prefix(Leaf, frozen=True, kw_only=True):
    """Words that begin with `text` (typed `telecom*`)."""

    text: str


class Wildcard(Leaf, frozen=True, kw_only=True):
    """Words of the shape `pattern`: `*` stands for any characters, `?` for exactly one."""

    pattern: str


class Fuzzy(Leaf, frozen=True, kw_only=True):
    """Words that `distance` changes (a letter more, less, other, or two swapped) at most lead to from `text`."""

    text: str
    distance: int


class Keyword(Leaf, frozen=True, kw_only=True):
    """A whole value of a keyword field, case and hyphens aside."""

    value: str


class DateRange(Leaf, frozen=True, kw_only=True):
    """Days from `first` to `last`, both included; `None` is open. On a year field the days are whole years."""

    first: dt.date | None
    last: dt.date | None


class Not(Node, frozen=True, kw_only=True):
    """Every letter but those of `child`."""

    child: Tree


class And(Node, frozen=True, kw_only=True):
    """Letters that match all children (two or more, none of them an `And`)."""

    children: tuple[Tree, ...]


class Or(Node, frozen=True, kw_only=True):
    """Letters that match any child (two or more, none of them an `Or`)."""

    children: tuple[Tree, ...]


AnyLeaf = Term | Phrase | Prefix | Wildcard | Fuzzy | Keyword | DateRange
Tree = AnyLeaf | Not | And | Or


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A query: `text` as typed and `root`, the tree it was read as."""

    text: str
    root: Tree


def parse_query(text: str) -> Query:
    """Read a query. Takes time linear in its length and raises nothing but `QueryError`, whatever the string.

    Raises:
        QueryError: it is empty, malformed, names an unknown field or an impossible date, or is over the limits
            (2,000 characters, nesting of 32, 64 terms); with the position and a hint.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"the query has {len(text):,} characters; at most {MAX_LENGTH:,} are read",
            position=MAX_LENGTH,
            hint="search for fewer words",
        )
    surrogate = re.search("[\ud800-\udfff]", text)
    if surrogate:
        raise QueryError(
            "the query holds half a character", position=surrogate.start(), hint="type the character again"
        )
    return Query(text=text, root=_Parser(text).parse())


def explain(query: Query) -> str:
    """What will be searched, in words: `Letters with “tariff” in any form and (“CMR” in any form or body named “WRC”)`."""
    from itudocs.search.synonyms import with_names

    return "Letters with " + _words(with_names(query.root), nested=False)


def to_text(query: Query) -> str:
    """The canonical form, which parses back to the same tree (positions aside)."""
    return _text(query.root, nested=False)


def leaves(node: Tree, *, negated: bool = False) -> Iterator[tuple[AnyLeaf, bool]]:
    """The leaves below a node, left to right, each with whether it is under an odd number of `Not`s."""
    if isinstance(node, Not):
        yield from leaves(node.child, negated=not negated)
    elif isinstance(node, And | Or):
        for child in node.children:
            yield from leaves(child, negated=negated)
    else:
        yield node, negated


def also(query: Query | None, *conditions: Tree) -> Query | None:
    """A query whose letters meet conditions as well; what was typed, and where, stays as it is."""
    typed = () if query is None else query.root.children if isinstance(query.root, And) else (query.root,)
    if not conditions:
        return query
    return Query(text=query.text if query else "", root=_joined(And, [*typed, *conditions], 0))


def without_positions(node: Tree) -> Tree:
    """The same tree with all positions 0: what to compare when only the meaning counts."""
    if isinstance(node, Not):
        return Not(child=without_positions(node.child))
    if isinstance(node, And):
        return And(children=tuple(without_positions(c) for c in node.children))
    if isinstance(node, Or):
        return Or(children=tuple(without_positions(c) for c in node.children))
    return msgspec.structs.replace(node, position=0)


# --- reading -----------------------------------------------------------------------------------------------------

_OPERATORS = frozenset({"AND", "OR", "NOT"})
# What word processors and Chinese keyboards put in place of our signs; one character for one, so positions hold.
SIGNS = str.maketrans({**dict.fromkeys("“”„«»＂", '"'), "（": "(", "）": ")", "：": ":"})
_MINUS = "-‐‑‒–−"
_FIELD = re.compile(r"([A-Za-z][A-Za-z_]*):(?!//)")
_WORD = re.compile(r'[^\s()"]+')
_FUZZY = re.compile(r"(.*)~(\d*)", re.DOTALL)
_SLOP = re.compile(r"~(\d*)")
_DATE = re.compile(r"(\d{4})(?:[-‐‑–](\d{1,2})(?:[-‐‑–](\d{1,2}))?)?", re.ASCII)
_DATE_HINT = "write 2003, 2003-07, 2003-07-09, 2003..2004, 2003-07.. or ..2004"


class _Parser:
    """Recursive descent over one query: `or` of `and`s of possibly negated leaves and groups."""

    def __init__(self, text: str) -> None:
        self.text = text.translate(SIGNS)
        self.at = 0
        self.terms = 0

    def parse(self) -> Tree:
        self.skip()
        if self.at == len(self.text):
            raise QueryError("there is nothing to search for", hint="type a word, or search without a query")
        root = self.any_of(None, 0)
        if self.at < len(self.text):  # `any_of` stops at nothing else
            raise _unopened(self.at)
        return root

    def skip(self) -> None:
        """Pass white space and signs that mean nothing here."""
        text, end = self.text, len(self.text)
        while self.at < end:
            c = text[self.at]
            if c.isalnum() or c in '"()*?' or (c == "|" and self.lone(self.at)):
                return
            if c in _MINUS and (c == "-" or self.operand(self.at + 1)):
                return
            self.at += 1

    def lone(self, at: int) -> bool:
        """Whether `|` or `||` stands by itself, as another language's OR: passing it over would search for both."""
        word = _WORD.match(self.text, at)
        return word is not None and set(word[0]) == {"|"} and (at == 0 or self.text[at - 1] in ' \t\n()"')

    def operand(self, at: int) -> bool:
        """Whether something that can be searched for starts here."""
        return at < len(self.text) and (self.text[at].isalnum() or self.text[at] in '"(*?' + _MINUS)

    def operator(self) -> str:
        """`AND`, `OR`, `NOT` or `-` if one is next, else nothing."""
        if self.at < len(self.text) and self.text[self.at] in _MINUS:
            return "-"
        word = _WORD.match(self.text, self.at)
        return word[0] if word and word[0] in _OPERATORS else ""

    def any_of(self, field: Field | None, depth: int) -> Tree:
        start = self.at
        children = [self.all_of(field, depth)]
        while self.operator() == "OR":
            at = self.at
            self.at += 2
            self.skip()
            if self.finished() or self.operator() in ("OR", "AND"):
                raise QueryError("OR needs something on both sides", position=at, hint="write: a OR b")
            children.append(self.all_of(field, depth))
        return _joined(Or, children, start)

    def all_of(self, field: Field | None, depth: int) -> Tree:
        start = self.at
        children: list[Tree] = []
        while True:
            self.skip()
            operator = self.operator()
            if operator == "AND":
                at = self.at
                self.at += 3
                self.skip()
                if not children or self.finished() or self.operator() in ("AND", "OR"):
                    raise QueryError("AND needs something on both sides", position=at, hint="write a AND b")
            elif self.finished() or operator == "OR":
                break
            children.append(self.negated(field, depth))
        if not children:
            if self.operator() == "OR":
                raise QueryError("OR needs something on both sides", position=self.at, hint="write: a OR b")
            if self.at < len(self.text):
                if depth:
                    raise QueryError("there is nothing between the parentheses", position=self.at, hint="remove them")
                raise _unopened(self.at)
            if depth:
                raise QueryError("a parenthesis is never closed", position=self.at, hint="add ) where the group ends")
            raise QueryError("there is nothing to search for", position=start, hint="type a word with letters in it")
        return _joined(And, children, start)

    def finished(self) -> bool:
        return self.at >= len(self.text) or self.text[self.at] == ")"

    def deeper(self, depth: int, at: int) -> int:
        if depth >= MAX_DEPTH:
            raise QueryError(f"nested more than {MAX_DEPTH} deep", position=at, hint="use fewer parentheses")
        return depth + 1

    def negated(self, field: Field | None, depth: int) -> Tree:
        operator, start = self.operator(), self.at
        if operator not in ("-", "NOT"):
            return self.primary(field, depth)
        depth = self.deeper(depth, start)
        if operator == "-":
            self.at += 1
            if not self.operand(self.at):
                raise QueryError(
                    "a minus sign that excludes nothing", position=start, hint="write it directly before a word: -draft"
                )
        else:
            self.at += 3
            self.skip()
        if self.finished() or self.operator() in ("AND", "OR"):
            raise QueryError(f"{operator} excludes nothing", position=start, hint="write: NOT draft, or -draft")
        child = self.negated(field, depth)
        return child.child if isinstance(child, Not) else Not(child=child, position=start)

    def primary(self, field: Field | None, depth: int) -> Tree:
        start = self.at
        c = self.text[start]
        if c == "(":
            return self.group(field, depth)
        if c == '"':
            return self.phrase(field, start)
        if c == "|":
            raise QueryError(f"{c} is no operator", position=start, hint="write a OR b for either, a b for both")
        prefix = _FIELD.match(self.text, start)
        if not prefix:
            return self.word(field, start)
        if field is not None:
            raise QueryError(
                f"a field inside {field.name}:( )", position=start, hint="name the field outside, before each part"
            )
        inner = _field(prefix[1], start)
        self.at = prefix.end()
        if self.at == len(self.text) or self.text[self.at].isspace() or self.text[self.at] == ")":
            raise QueryError(
                f"nothing follows {prefix[0]}",
                position=start,
                hint=f"write the value directly after the colon, as in {inner.name}:{_example(inner)}",
            )
        if self.text[self.at] == "(":
            return self.group(inner, depth)
        if self.text[self.at] == '"':
            return self.phrase(inner, start)
        if self.text[self.at] in _MINUS:
            raise QueryError("a minus sign inside a field", position=self.at, hint=f"write -{prefix[0]}word")
        return self.word(inner, start)

    def group(self, field: Field | None, depth: int) -> Tree:
        start = self.at
        depth = self.deeper(depth, start)
        self.at += 1
        self.skip()
        node = self.any_of(field, depth)
        if self.at >= len(self.text):
            raise QueryError("a parenthesis is never closed", position=start, hint="add ) where the group ends")
        self.at += 1
        return node

    def phrase(self, field: Field | None, start: int) -> Tree:
        opening = self.at
        closing = self.text.find('"', opening + 1)
        if closing < 0:
            raise QueryError("a quotation mark is never closed", position=opening, hint='write "like this"')
        text = " ".join(self.text[opening + 1 : closing].split())
        self.at = closing + 1
        slop = 0
        tilde = _SLOP.match(self.text, self.at)
        if tilde:
            if not tilde[1] or len(tilde[1]) > 4 or int(tilde[1]) > MAX_SLOP:
                raise QueryError(
                    f"~ after a quotation takes a number of words, at most {MAX_SLOP}",
                    position=self.at,
                    hint='write "a b"~5',
                )
            slop = int(tilde[1])
            self.at = tilde.end()
        if not any(c.isalnum() for c in text):
            raise QueryError("a quotation without words", position=opening, hint="put words between the marks")
        self.count(start)
        if field is None or field.kind in ("text", "name", "reference", "address"):
            return Phrase(text=text, slop=slop, field=_name(field), position=start)
        if slop:
            raise QueryError(f"~ has no meaning for {field.name}", position=start, hint="remove it")
        if field.kind == "keyword":
            return Keyword(value=text, field=field.name, position=start)
        return _dates(text, field, start, opening + 1)

    def word(self, field: Field | None, start: int) -> Tree:
        match = _WORD.match(self.text, self.at)
        raw, at = (match[0], self.at) if match else ("", self.at)
        self.at += len(raw)
        self.count(start)
        if field is not None and field.kind in ("date", "period"):
            return _dates(raw, field, start, at)
        if field is not None and field.name in YEAR_FIELDS and ".." in raw:
            return _years(raw, field, start, at)
        word = _trimmed(raw) if field is None or field.kind != "keyword" else re.sub(r"\*+", "*", raw).rstrip(",;")
        if not any(c.isalnum() for c in word):
            hint = "to see every letter, search without a query" if field is None else "write a value after the colon"
            raise QueryError(f"{raw} holds no letters or digits", position=at, hint=hint)
        name = _name(field)
        fuzzy = _FUZZY.fullmatch(word)
        if fuzzy:
            return _fuzzy(fuzzy[1], fuzzy[2], field, start, at)
        if word.endswith("*") and not set("*?") & set(word[:-1]):
            return Prefix(text=word[:-1], field=name, position=start)
        if "*" in word or "?" in word:
            return Wildcard(pattern=word, field=name, position=start)
        if field is not None and field.kind == "keyword":
            return Keyword(value=word, field=field.name, position=start)
        return Term(text=word.lower() if word in _OPERATORS and field is None else word, field=name, position=start)

    def count(self, at: int) -> None:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise QueryError(f"more than {MAX_TERMS} terms", position=at, hint="search for fewer words")


def _unopened(at: int) -> QueryError:
    return QueryError("a closing parenthesis without an opening one", position=at, hint="remove it, or open one before")


def _name(field: Field | None) -> str | None:
    return field.name if field is not None else None


def _joined(kind: type[And] | type[Or], children: list[Tree], position: int) -> Tree:
    flat: list[Tree] = []
    for child in children:
        flat.extend(child.children if isinstance(child, kind) else (child,))
    return flat[0] if len(flat) == 1 else kind(children=tuple(flat), position=position)


def _field(prefix: str, position: int) -> Field:
    field = BY_PREFIX.get(prefix.lower())
    if field:
        return field
    close = difflib.get_close_matches(prefix.lower(), BY_PREFIX, n=1)
    meant = f"did you mean {close[0]}: ?" if close else f"the fields are {', '.join(sorted(BY_PREFIX))}"
    raise QueryError(
        f"there is no field {prefix}", position=position, hint=f"{meant} (to search for it as words, use quotes)"
    )


def _example(field: Field) -> str:
    if field.kind in ("date", "period"):
        return "2003-07"
    return {"year": "2003", "event_year": "2003", "has": "deadline", "language": "fr", "bureau": "TSB"}.get(
        field.name, "value"
    )


def _trimmed(word: str) -> str:
    """The word without the punctuation around it; a question mark at the end of a plain word is punctuation too."""

    def bare(text: str, keep: str) -> str:
        end = len(text)
        while end and not text[end - 1].isalnum() and text[end - 1] not in keep:
            end -= 1
        return text[:end]

    word = bare(re.sub(r"\*+", "*", word), "*?~")
    if word.endswith("?") and not set("*?") & set(word.rstrip("?")):
        word = bare(word, "~")
    return word


def _fuzzy(text: str, number: str, field: Field | None, start: int, at: int) -> Fuzzy:
    if field is not None and field.kind == "keyword":
        raise QueryError(f"~ has no meaning for {field.name}", position=at, hint="use * at the end, or the exact value")
    if set("*?~") & set(text) or not any(c.isalnum() for c in text):
        raise QueryError("~ takes a plain word before it", position=at, hint="write tariff~1")
    distance = int(number) if number and len(number) < 4 else 99 if number else 1
    if not 1 <= distance <= MAX_DISTANCE:
        raise QueryError(
            f"at most {MAX_DISTANCE} letters may differ", position=at + len(text), hint=f"write {text}~1 or {text}~2"
        )
    return Fuzzy(text=text, distance=distance, field=_name(field), position=start)


def _split_range(raw: str) -> tuple[str, str] | None:
    """The two sides of `a..b`, either of which may be empty."""
    return (raw.split("..", 1)[0], raw.split("..", 1)[1]) if ".." in raw else None


def _dates(raw: str, field: Field, start: int, at: int) -> DateRange:
    sides = _split_range(raw) or (raw, raw)
    if sides == ("", ""):
        raise QueryError("a range without ends", position=at, hint=f"{_DATE_HINT}; for any, has:{field.name}")
    first = _day(sides[0], at, last=False) if sides[0] else None
    last = _day(sides[1], at + len(raw) - len(sides[1]), last=True) if sides[1] else None
    return DateRange(first=_ordered(first, last, at), last=last, field=field.name, position=start)


def _ordered(first: dt.date | None, last: dt.date | None, at: int) -> dt.date | None:
    if first and last and first > last:
        raise QueryError("the range ends before it begins", position=at, hint="put the earlier date first")
    return first


def _day(text: str, at: int, *, last: bool) -> dt.date:
    match = _DATE.fullmatch(text)
    if not match:
        raise QueryError(f"{text} is no date", position=at, hint=_DATE_HINT)
    year = int(match[1])
    month = int(match[2]) if match[2] else 12 if last else 1
    try:
        day = int(match[3]) if match[3] else calendar.monthrange(year, month)[1] if last else 1
        return dt.date(year, month, day)
    except ValueError:
        raise QueryError(f"{text} is not a day of the calendar", position=at, hint=_DATE_HINT) from None


def _years(raw: str, field: Field, start: int, at: int) -> DateRange:
    low, _, high = raw.partition("..")
    for side, offset in ((low, 0), (high, len(raw) - len(high))):
        if side and (not re.fullmatch(r"\d{4}", side, re.ASCII) or side == "0000"):
            raise QueryError(f"{side} is no year", position=at + offset, hint=f"write {field.name}:2003..2004")
    if not low and not high:
        raise QueryError("a range without ends", position=at, hint=f"write {field.name}:2003..2004")
    first = dt.date(int(low), 1, 1) if low else None
    last = dt.date(int(high), 12, 31) if high else None
    return DateRange(first=_ordered(first, last, at), last=last, field=field.name, position=start)


# --- saying ------------------------------------------------------------------------------------------------------


def _words(node: Tree, *, nested: bool) -> str:
    if isinstance(node, And | Or):
        said = (" and " if isinstance(node, And) else " or ").join(_words(c, nested=True) for c in node.children)
        return f"({said})" if nested else said
    if isinstance(node, Not):
        return f"not {_words(node.child, nested=True)}"
    label = BY_PREFIX[node.field].label.lower() if node.field else ""
    where = f" in {label}" if label else ""
    if isinstance(node, Term):
        plain = node.text.isalpha()
        return f"“{node.text}”{' in any form' if plain else ''}{where}"
    if isinstance(node, Phrase):
        near = f" (in any order, at most {node.slop} other words among them)" if node.slop else ""
        return f"{'' if node.slop else 'exactly '}“{node.text}”{near}{where}"
    if isinstance(node, Prefix):
        return f"{'a word' if not _is_keyword(node) else 'a value'} that begins with “{node.text}”{where}"
    if isinstance(node, Wildcard):
        return f"{'a word' if not _is_keyword(node) else 'a value'} like “{node.pattern}”{where}"
    if isinstance(node, Fuzzy):
        return f"a word at most {node.distance} letter{'s' * (node.distance > 1)} away from “{node.text}”{where}"
    if isinstance(node, Keyword):
        return f"“{node.value}” recorded" if node.field == "has" else f"{label} “{node.value}”"
    return f"{label} {_range_words(node)}"


def _is_keyword(node: Leaf) -> bool:
    return node.field is not None and BY_PREFIX[node.field].kind == "keyword"


def _range_words(node: DateRange) -> str:
    first, last = node.first, node.last
    if node.field in YEAR_FIELDS:
        low, high = (f"{d.year:04d}" if d else "" for d in (first, last))
    else:
        low, high = (d.isoformat() if d else "" for d in (first, last))
    if low and high:
        return f"on {low}" if low == high else f"from {low} to {high}"
    return f"{low} or later" if low else f"{high} or earlier"


def _text(node: Tree, *, nested: bool) -> str:
    if isinstance(node, And | Or):
        parts = [_text(c, nested=True) for c in node.children]
        joined = (" " if isinstance(node, And) else " OR ").join(parts)
        return f"({joined})" if nested else joined
    if isinstance(node, Not):
        return f"-{_text(node.child, nested=True)}"
    prefix = f"{node.field}:" if node.field else ""
    if isinstance(node, Term):
        return prefix + node.text
    if isinstance(node, Phrase):
        return f'{prefix}"{node.text}"' + (f"~{node.slop}" if node.slop else "")
    if isinstance(node, Prefix):
        return f"{prefix}{node.text}*"
    if isinstance(node, Wildcard):
        return prefix + node.pattern
    if isinstance(node, Fuzzy):
        return f"{prefix}{node.text}~{node.distance}"
    if isinstance(node, Keyword):
        plain = re.fullmatch(r"\w[\w/.+@-]*\w|\w", node.value) and ".." not in node.value
        return prefix + (node.value if plain else f'"{node.value}"')
    if node.field in YEAR_FIELDS:
        low, high = (f"{d.year:04d}" if d else "" for d in (node.first, node.last))
        return f"{prefix}{low}..{high}"
    low, high = (d.isoformat() if d else "" for d in (node.first, node.last))
    return prefix + (low if low == high else f"{low}..{high}")
