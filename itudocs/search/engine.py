"""What a search engine must do, in words and types; every engine passes the same contract tests.

An engine keeps a disposable index of records in a folder (or on a host) and answers queries of `itudocs.search.query`.
It decides nothing about truth: the archive's store does, and can rebuild any index. Generations, checksums and the
switch from one index to the next belong to `itudocs.archive`; an engine only writes and reads the folder it is given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from itudocs.model import Circular, Record
from itudocs.search.query import Query

Sort = Literal["relevance", "date", "-date", "ref"]


class Entry(Record, frozen=True, kw_only=True):
    """What is indexed of one letter: its record and the text it was read from."""

    record: Circular
    text: str


class Request(Record, frozen=True, kw_only=True):
    """One search.

    Attributes:
        query: what to look for; `None` means everything.
        filters: facet field -> values chosen in it; values of one field widen (OR), fields narrow (AND).
        facets: the facet fields to count.
        facet_size: how many values of each facet are returned, most frequent first (years and months: newest first).
        facet_find: facet field -> what its values must contain to be listed, case and accents aside: a search among the
            values of a long facet.
        sort: `date` is oldest first, `-date` newest first, letters without a date last in both.
        offset, limit: the page; `limit=0` counts only.
        snippets: passages a hit.
        suggestions: what else to ask is worked out for a query that finds few letters or none; at most so many.
        collapse: one hit a work: the versions of a letter (those of one id) are folded into the one that sorts first,
            and total and facets count works. Exact, as without it.
        seconds: what the search may cost, waiting for its turn aside; without it, whatever it takes.
    """

    query: Query | None = None
    filters: Mapping[str, tuple[str, ...]] = {}
    facets: tuple[str, ...] = ()
    facet_size: int = 10
    facet_find: Mapping[str, str] = {}
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = 10
    snippets: int = 1
    suggestions: int = 0
    collapse: bool = False
    seconds: float | None = None


class Snippet(Record, frozen=True, kw_only=True):
    """A passage of a letter. `start` is its offset in the letter's text; `marks` are ranges within `text`."""

    text: str
    start: int
    marks: tuple[tuple[int, int], ...] = ()


class Hit(Record, frozen=True, kw_only=True):
    """One letter found; enough to show it in a list. The whole record is in the archive under `key`.

    Where versions are collapsed, `versions` counts all that the archive has of this letter, those included that do not
    match, and `languages` lists their languages; `formats`, which an archive adds, those of the renditions of this very
    letter, the chosen one's first.
    """

    key: str
    score: float
    id: str | None = None
    ref: str | None = None
    date: dt.date | None = None
    bureau: str | None = None
    series: str | None = None
    language: str | None = None
    subject: str | None = None
    name: str = ""
    snippets: tuple[Snippet, ...] = ()
    versions: int = 1
    languages: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


class FacetValue(Record, frozen=True, kw_only=True):
    """A value of a facet and the number of letters that have it."""

    value: str
    count: int
    chosen: bool = False


class Facet(Record, frozen=True, kw_only=True):
    """Counts of one field. Exact; they obey every filter but the field's own; chosen values are always listed.

    `distinct` counts all values that letters have, whatever `facet_find` leaves of them.
    """

    field: str
    values: tuple[FacetValue, ...]
    distinct: int


class Mistyped(Record, frozen=True, kw_only=True):
    """A part of a query that may be mistyped.

    Attributes:
        kind: a `word`, a `reference` of a letter (`CR/387`, or an identity such as `cr/387`), or the `value` of a field.
        asked: the part as it was typed; `position` is its 0-based offset in the query.
        meant: what letters have instead, as they print it.
    """

    kind: Literal["word", "reference", "value"]
    asked: str
    position: int
    meant: str


class Suggestion(Record, frozen=True, kw_only=True):
    """What to ask instead: a whole query, the letters it finds (more than the one asked), and what differs in it."""

    query: str
    letters: int
    mistyped: tuple[Mistyped, ...]


class Results(Record, frozen=True, kw_only=True):
    """The answer: `total` letters match, `hits` is the page asked for.

    `explanation` says in words what was searched, `notices` what the searcher should know (a word that no letter has),
    `suggestions` what may have been meant, the likeliest first; `took` is in seconds. Where versions are
    collapsed, `total` counts works and `letters` the letters that match.
    """

    total: int
    hits: tuple[Hit, ...]
    letters: int | None = None
    facets: tuple[Facet, ...] = ()
    explanation: str = ""
    notices: tuple[str, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    took: float = msgspec.field(default=0.0)


class Reason(Record, frozen=True, kw_only=True):
    """Something that two letters have in common.

    Attributes:
        kind: a `value` that both have in a field, a `term` of both texts, or one letter `cites` the other or is `cited`.
        field: the field; that of the text is `text`.
        value: the value, the word as the first letter prints it, or the identity that is cited.
        weight: its part in the score: the rarer, the more.
    """

    kind: Literal["value", "term", "cites", "cited"]
    field: str
    value: str
    weight: float


class Alike(Record, frozen=True, kw_only=True):
    """A letter like another one, and why: the weightiest reasons first; all of them together make the hit's score."""

    hit: Hit
    reasons: tuple[Reason, ...]


class Likeness(Record, frozen=True, kw_only=True):
    """The letters most like one, best first. `key` is that letter's, `notices` as in `Results`; `took` is in seconds."""

    key: str
    letters: tuple[Alike, ...]
    notices: tuple[str, ...] = ()
    took: float = 0.0


class News(Record, frozen=True, kw_only=True):
    """What a saved search finds and has not shown yet: newest date first, then by key; letters without a date last.

    `search` is its number, `since` when its owner was last told (UTC, ISO 8601); `notices` and `took` as in `Results`.
    """

    name: str
    search: int
    query: str
    since: str
    hits: tuple[Hit, ...]
    notices: tuple[str, ...] = ()
    took: float = 0.0


class Completion(Record, frozen=True, kw_only=True):
    """A way to go on with a query that is being typed.

    Attributes:
        kind: the name of a `field`, a `value` of a field or a `word`.
        value: what is completed, in full: `bureau:`, `TSB`, `numbering`.
        query: the whole query with it.
        letters: how many letters have the value or the word: a value, among those that the rest of the query finds;
            `None` for the name of a field.
    """

    kind: Literal["field", "value", "word"]
    value: str
    query: str
    letters: int | None = None


class Searcher(Protocol):
    """A consistent view of one index, for any number of searches; later writes do not show in it."""

    def search(self, request: Request) -> Results:
        """Answer one request.

        Raises:
            QueryError: the query needs more than its budget (too many expansions of a wildcard), or a filter or facet
                is no facet field.
            QueryTimeout: it costs more than `seconds`.
            ArchiveDamaged: bytes of the index are not those that were written.
        """
        ...

    def matching(self, request: Request) -> tuple[str, ...]:
        """The keys of all letters that match, sorted: of the request, query and filters count. Raises as `search` does."""
        ...

    def like(self, letter: Entry, *, limit: int, reasons: int, seconds: float | None = None) -> tuple[Alike, ...]:
        """The letters most like another one (itself left out), which need not be in the index; best first.

        Args:
            reasons: how many are given of each letter.

        Raises:
            QueryTimeout: it costs more than `seconds`, as of `Request`.
            ArchiveDamaged: bytes of the index are not those that were written.
        """
        ...

    def complete(self, text: str, *, limit: int, seconds: float | None = None) -> tuple[Completion, ...]:
        """Ways to complete the last word, value or field of a query being typed; the likeliest first.

        Raises:
            QueryTimeout: it costs more than `seconds`, as of `Request`.
            ArchiveDamaged: bytes of the index are not those that were written.
        """
        ...

    def count(self) -> int:
        """How many letters the index holds."""
        ...

    def close(self) -> None:
        """Release files and memory."""
        ...


class Engine(Protocol):
    """How an archive drives an engine."""

    name: str
    version: str
    """Changes whenever an index written before can no longer be read; the archive then rebuilds by itself."""

    def update(self, folder: Path, *, add: Iterable[Entry], remove: Iterable[str], workers: int = 1) -> None:
        """Write to the index in `folder`, creating it where the folder is empty.

        `remove` names keys to drop first; `add` holds each key at most once and replaces letters of the same key.
        Files that exist already are never modified in place (they may be hard links of another generation); they may
        be unlinked or replaced. On return all data has been handed to the operating system; syncing is the archive's.

        Args:
            workers: processes that may index, this one among them; an engine may make do with fewer.
        """
        ...

    def open(self, folder: Path) -> Searcher:
        """Open the index in `folder` for reading.

        Raises:
            ArchiveDamaged: the folder holds no readable index.
        """
        ...

    def retain(self, folders: Iterable[Path]) -> None:
        """Give back what is kept elsewhere than in folders for indices that are no more.

        Called after a switch by the one who writes; an engine whose files are all in its folders has nothing to do.

        Args:
            folders: those of all indices that there are.
        """
        ...
