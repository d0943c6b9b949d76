"""Search: one box, hits, and everything that narrows them, each a link. The first page, and the one most used.

A page costs one search of the archive (`itudocs.web.asking`); a range of dates costs another that counts the years beside it, and a search
that finds nothing some counts of what would help. Facets are laid out by `itudocs.web.facets`, time by
`itudocs.web.timeline`, what is said of queries that fail by `itudocs.web.teaching`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import Any
from urllib.parse import parse_qsl

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.openapi.spec import OpenAPIType, Operation, Parameter, Schema
from litestar.params import FromQuery
from litestar.response import Redirect

from itudocs.archive.archive import Archive
from itudocs.errors import QueryError, QueryTimeout
from itudocs.export.harmless import line
from itudocs.fields import BY_NAME
from itudocs.model import Record
from itudocs.search.engine import Completion, Hit, Results, Snippet
from itudocs.search.query import explain
from itudocs.web import facets as panelling
from itudocs.web import timeline as timelines
from itudocs.web.asked import PARAMETERS, NoSuchPage
from itudocs.web.asking import SIZE, Asking, parsed
from itudocs.web.facets import Chip, Choice, Panel
from itudocs.web.handed import TheArchive, TheSettings
from itudocs.web.render import render
from itudocs.web.settings import Settings
from itudocs.web.teaching import Example, Relaxed, Stumble, examples, relaxed, stumble
from itudocs.web.timeline import Timeline
from itudocs.web.urls import (
    FIELDS,
    FIND,
    NOT,
    SORTS,
    STATE,
    SearchState,
    letter_url,
    parse_state,
    search_url,
    state_items,
    work_url,
)

LITTLE = 0.1
"""Share of its time that a page may still take for examples where its search was given up or not understood."""
COMPLETIONS = 8
MAX_TYPED = 500
"""Characters of a query that are completed."""
SUGGESTIONS = 3
FEW = 3
"""Letters up to which an engine thinks of what may have been meant."""


class Sibling(Record, frozen=True, kw_only=True):
    """A language in which the archive has a letter, and the way there; `current` where the hit itself is in it."""

    language: str
    name: str
    url: str
    current: bool


class FoundLetter(Record, frozen=True, kw_only=True):
    """A hit, for people: on one line what may be on many, with nothing in it that turns the direction of text.

    Attributes:
        number: from 1, over all pages.
        title: its subject or, where it has none, what else it can be called by.
        versions: how many letters are folded into it.
    """

    number: int
    key: str
    url: str
    title: str
    ref: str | None
    id: str | None
    date: dt.date | None
    bureau: str | None
    series: str | None
    series_name: str | None
    language: str | None
    siblings: tuple[Sibling, ...]
    versions: int
    snippets: tuple[Snippet, ...]


class Meant(Record, frozen=True, kw_only=True):
    """What may have been meant: a query, and the letters it finds; None where what narrows the search was set aside."""

    query: str
    letters: int | None
    url: str


class Pager(Record, frozen=True, kw_only=True):
    """Where a page stands. `first` and `last` are the numbers of its hits, `near` the pages that are linked."""

    page: int
    pages: int
    first: int
    last: int
    previous_url: str | None
    next_url: str | None
    near: tuple[Choice, ...]


class SearchPage(Record, frozen=True, kw_only=True):
    """The search page.

    Attributes:
        state: the search, as it was read from the address.
        url: its one address; `data_url` that of this very struct.
        start: whether nothing was asked: the newest letters are shown.
        error: why the query was not understood; then there are no hits.
        holds: how many letters the archive has.
        total: hits: works, or letters where versions are not folded.
        letters: letters that match.
        took: seconds.
        explanation: how the query was understood; empty where there is none but other things narrow the search.
        chips: what narrows the search; `clear_url` takes all of it away.
        fold: whether versions are folded, and the link that changes it.
        relaxed: what would find something, where nothing was found.
        kept: the parameters that the form with the box sends along; `dated` those of the form with the dates.
    """

    state: SearchState
    url: str
    data_url: str
    start: bool
    error: Stumble | None = None
    holds: int = 0
    total: int = 0
    letters: int = 0
    took: float = 0.0
    explanation: str = ""
    notices: tuple[str, ...] = ()
    meant: tuple[Meant, ...] = ()
    hits: tuple[FoundLetter, ...] = ()
    pager: Pager | None = None
    panels: tuple[Panel, ...] = ()
    chips: tuple[Chip, ...] = ()
    clear_url: str | None = None
    timeline: Timeline | None = None
    orders: tuple[Choice, ...] = ()
    fold: Choice | None = None
    relaxed: tuple[Relaxed, ...] = ()
    examples: tuple[Example, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    dated: tuple[tuple[str, str], ...] = ()


class CompletePage(Record, frozen=True, kw_only=True):
    """Ways to go on with a query that is being typed, the likeliest first."""

    completions: tuple[Completion, ...]


def search_page(archive: Archive, state: SearchState, *, settings: Settings) -> SearchPage:
    """The page of a search. A query that is not understood, or costs too much, is told on the page, as `error`.

    Raises:
        ArchiveDamaged: the index is damaged and could not be made anew.
    """
    asking = Asking(archive, settings)
    try:
        query = parsed(state)
        results = asking.search(state, facets=(*panelling.SHOWN, *timelines.FACETS), suggestions=SUGGESTIONS)
        years = results.facets
        if state.since or state.until:
            years = asking.search(state.between(None, None), facets=timelines.FACETS, limit=0).facets
        meant = _meant(asking, state, results)
        shown = _examples(asking, results) if state.blank or not results.total else ()
    except QueryError as error:
        return _refused(archive, state, error, settings)
    first = (state.page - 1) * SIZE
    return SearchPage(
        state=state,
        url=search_url(state),
        data_url=search_url(state, "json"),
        start=state.blank,
        holds=len(archive),
        total=results.total,
        letters=_letters(results),
        took=results.took,
        explanation=explain(query) if query else "All letters" if state.blank else "",
        notices=tuple(map(line, results.notices)),
        meant=meant,
        hits=tuple(_found(hit, first + n) for n, hit in enumerate(results.hits, 1)),
        pager=_pager(state, results),
        panels=panelling.panels(state, results.facets),
        chips=panelling.chips(state),
        clear_url=search_url(state.unnarrowed()) if state.narrowed else None,
        timeline=timelines.timeline(state, years),
        orders=panelling.orders(state),
        fold=Choice(
            name="collapse", label="Fold versions of a letter", chosen=state.collapse,
            url=search_url(state.collapsed(not state.collapse)),
        ),
        relaxed=() if results.total else relaxed(state, asking.count),
        examples=shown,
        kept=panelling.kept_items(state, without=("q",)),
        dated=panelling.kept_items(state, without=("from", "to")),
    )  # fmt: skip


def _refused(archive: Archive, state: SearchState, error: QueryError, settings: Settings) -> SearchPage:
    try:
        shown = _examples(Asking(archive, settings, share=LITTLE), None)
    except QueryTimeout:
        shown = ()
    return SearchPage(
        state=state, url=search_url(state), data_url=search_url(state, "json"), start=False,
        error=stumble(state.q, error), holds=len(archive), examples=shown, chips=panelling.chips(state),
        clear_url=search_url(state.unnarrowed()) if state.narrowed else None,
        kept=panelling.kept_items(state, without=("q",)),
    )  # fmt: skip


def _letters(results: Results) -> int:
    return results.total if results.letters is None else results.letters


def _examples(asking: Asking, results: Results | None) -> tuple[Example, ...]:
    """Examples from one of the newest letters, which the results may have already."""
    if results is None or not results.hits:
        results = asking.search(SearchState(), facets=("body", "place"))
    plain = [hit for hit in results.hits if hit.subject and hit.ref and hit.language == "en"]
    plain.sort(key=lambda hit: len(hit.ref or ""))
    return examples(next(iter((*plain, *results.hits)), None), results.facets)


def _meant(asking: Asking, state: SearchState, results: Results) -> tuple[Meant, ...]:
    """What may have been meant. Suggestions are whole queries: dates and exclusions, which are none of what was typed, are
    set aside for them.
    """
    if not state.q or _letters(results) > FEW:
        return ()
    suggestions, narrowed = results.suggestions, bool(state.excluded or state.since or state.until)
    if narrowed:
        typed = SearchState(q=state.q, chosen=state.chosen, collapse=state.collapse)
        suggestions = asking.search(typed, limit=0, suggestions=SUGGESTIONS).suggestions
    return tuple(
        Meant(query=s.query, letters=None if narrowed else s.letters, url=search_url(state.asking(s.query)))
        for s in suggestions
    )


_OVERRIDES = re.compile("[\u202d\u202e\u2066-\u2069]")


def _found(hit: Hit, number: int) -> FoundLetter:
    siblings = tuple(
        Sibling(
            language=language, name=panelling.labelled("language", language), current=language == hit.language,
            url=letter_url(hit.key) if language == hit.language or not hit.id else work_url(hit.id, language),
        )
        for language in (hit.languages or (hit.language,))
        if language
    )  # fmt: skip
    return FoundLetter(
        number=number, key=hit.key, url=letter_url(hit.key), title=_title(hit), ref=line(hit.ref) if hit.ref else None,
        id=hit.id, date=hit.date, bureau=hit.bureau, series=hit.series,
        series_name=panelling.series_name(hit.series) if hit.series else None, language=hit.language,
        siblings=siblings, versions=hit.versions,
        snippets=tuple(
            Snippet(text=_OVERRIDES.sub("\ufffd", s.text), start=s.start, marks=s.marks) for s in hit.snippets
        ),
    )  # fmt: skip


def _title(hit: Hit) -> str:
    return line(hit.subject or "") or line(hit.ref or "") or hit.id or line(hit.name) or hit.key[:16]


def _pager(state: SearchState, results: Results) -> Pager | None:
    pages = -(-results.total // SIZE)
    if not pages:
        return None
    page = state.page
    shown = sorted({1, *range(page - 2, page + 3), pages} & set(range(1, pages + 1)))
    return Pager(
        page=page,
        pages=pages,
        first=(page - 1) * SIZE + 1 if results.hits else 0,
        last=(page - 1) * SIZE + len(results.hits),
        previous_url=search_url(state.at(min(page - 1, pages))) if page > 1 else None,
        next_url=search_url(state.at(page + 1)) if page < pages else None,
        near=tuple(
            Choice(name=str(n), label=f"Page {n}", url=search_url(state.at(n)), chosen=n == page) for n in shown
        ),
    )


def complete_page(archive: Archive, q: str, *, settings: Settings) -> CompletePage:
    """Completions of what is typed; of what is longer than anybody types, or takes too long, none."""
    try:
        found = archive.complete(q, limit=COMPLETIONS, seconds=settings.seconds) if len(q) <= MAX_TYPED else ()
    except QueryTimeout:
        found = ()
    return CompletePage(completions=found)


def _items(request: Request[None, None, State]) -> list[tuple[str, str]]:
    """The parameters in the order in which they stand."""
    return parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _beyond(page: SearchPage) -> bool:
    """Whether there is no such page; the first one is always there."""
    return page.state.page > (page.pager.pages if page.pager else 1)


_OPT = {PARAMETERS: STATE}


@dataclasses.dataclass  # else what `__post_init__` does is not done
class _Searching(Operation):
    """Tells the parameters of a search, which are read from the address as they are: some have names with a full stop."""

    def __post_init__(self) -> None:
        self.parameters = _parameters()


def _parameters() -> list[Any]:
    text, texts = Schema(type=OpenAPIType.STRING), Schema(type=OpenAPIType.ARRAY, items=Schema(type=OpenAPIType.STRING))

    def told(name: str, schema: Schema, description: str) -> Parameter:
        return Parameter(name=name, param_in="query", schema=schema, description=description, required=False)

    day = "a year (2003), a month (2003-07) or a day (2003-07-09)"
    found = [told("q", text, "the query, in the query language")]
    found += [told(f, texts, f"{BY_NAME[f].label}: values of which a letter must have one") for f in FIELDS]
    found += [told(NOT + f, texts, f"{BY_NAME[f].label}: values of which a letter may have none") for f in FIELDS]
    found += [told("from", text, f"letters of this date or later: {day}"), told("to", text, f"or earlier: {day}")]
    found += [told("sort", Schema(type=OpenAPIType.STRING, enum=list(SORTS)), "by relevance where there is a query")]
    found += [told("collapse", Schema(type=OpenAPIType.STRING, enum=["0", "1"]), "0: one hit a letter, not a work")]
    found += [told("page", Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=100_000), f"{SIZE} hits each, from 1")]
    found += [told(FIND + f, text, f"{BY_NAME[f].label}: what listed values must contain") for f in FIELDS]
    return [*found, told("more", texts, "facets of which more values are listed")]


@get("/json/search", sync_to_thread=True, summary="Search", tags=["search"], operation_class=_Searching, opt=_OPT)
def search_json(request: Request[None, None, State], archive: TheArchive, settings: TheSettings) -> SearchPage:
    """The page as JSON. A query that is not understood is answered with an error, and so is a page beyond the last."""
    state = parse_state(_items(request))
    page = search_page(archive, state, settings=settings)
    if page.error is not None:
        raise QueryError(page.error.message, position=page.error.position, hint=page.error.hint)
    if _beyond(page):
        raise NoSuchPage(state.page, page.pager.pages if page.pager else 1)
    return page


@get("/", sync_to_thread=True, media_type=MediaType.HTML, include_in_schema=False, opt=_OPT)
def search_html(request: Request[None, None, State], archive: TheArchive, settings: TheSettings) -> Response[Any]:
    """The page. Another address of a search leads to its own; a page beyond the last is not there, and names the last."""
    items = _items(request)
    try:
        state = parse_state(items)
    except QueryError as error:
        state = SearchState(q=" ".join(dict(items).get("q", "").split()))
        page = _refused(archive, state, QueryError(str(error), position=len(state.q), hint=error.hint), settings)
    else:
        if items != state_items(state):
            return Redirect(search_url(state), status_code=302)
        page = search_page(archive, state, settings=settings)
    html = render("search.html", page, settings=settings, path=request.url.path)
    return Response(html, media_type=MediaType.HTML, status_code=400 if page.error else 404 if _beyond(page) else 200)


@get("/search", sync_to_thread=False, include_in_schema=False, opt=_OPT)
def search_elsewhere(request: Request[None, None, State]) -> Redirect:
    """What `search.json` is the data of is at `/`."""
    query = request.url.query
    return Redirect(f"/?{query}" if query else "/", status_code=302)


@get("/json/complete", sync_to_thread=True, summary="Complete a query", tags=["search"])
def complete_json(archive: TheArchive, settings: TheSettings, q: FromQuery[str] = "") -> CompletePage:
    """Names of fields, values of a field and words that the end of a query can become."""
    return complete_page(archive, q, settings=settings)


HANDLERS = [search_json, search_html, search_elsewhere, complete_json]
