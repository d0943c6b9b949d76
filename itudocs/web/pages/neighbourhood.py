"""Neighbourhood: a letter in the middle, whom it cites and who cites it, as a picture and as a table.

Edges are the graph's (docs/graph.md), the picture is drawn by `itudocs.web.picture`. A letter that half the archive cites
has a neighbourhood nobody can look at: what is nearest is shown, and how much is not.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.params import PathParameter, QueryParameter

from itudocs.archive.graph import CHANGES, ENDS, PASSIVE, Edge, EdgeKind, Graph, How, Work
from itudocs.archive.graph import State as Standing
from itudocs.export.harmless import line
from itudocs.model import Language, Record
from itudocs.web.handed import TheAside, TheSettings
from itudocs.web.picture import Box, Picture, picture, standalone
from itudocs.web.render import render

NODES = 60
"""Letters that are shown at most."""
WORDS = 160
"""Characters of a citation's words."""


class Neighbour(Record, frozen=True, kw_only=True):
    """A letter of the neighbourhood, as a work.

    Attributes:
        name: its reference as printed, else its identity.
        subject: in the language `words`.
        date: its own or, where the archive lacks it (`held` is false), None.
        steps: how far it is from the letter in the middle, which has 0.
    """

    id: str
    name: str
    subject: str | None
    words: Language | None
    date: dt.date | None
    held: bool
    languages: tuple[Language, ...]
    steps: int


class Step(Record, frozen=True, kw_only=True):
    """An edge: `source` does something to `target`. `does` says it from the source, `suffers` from the target; `words` is
    the first place that says so, in the language `language`, in the letter `key`; `places` counts all.
    """

    source: str
    target: str
    kind: EdgeKind
    does: str
    suffers: str
    how: How
    words: str
    key: str | None
    language: Language | None
    places: int


class NeighbourhoodPage(Record, frozen=True, kw_only=True):
    """The neighbourhood of a letter.

    Attributes:
        id: of the letter in the middle; `names` by id what all are called.
        state: whether it is in force by all that the archive knows; `successor` stands in its place.
        letters: the nearest first, then by date; `total` counts them all, `shown` those given.
        steps: all edges between letters shown, those of the letter in the middle first, by date.
        unresolved: citations of the letter in the middle that lead to no letter of the archive and name none.
        picture: where the letters and edges lie in the picture (`.svg` draws it).
    """

    id: str
    depth: int
    state: Standing
    successor: str | None
    letters: tuple[Neighbour, ...]
    shown: int
    total: int
    steps: tuple[Step, ...]
    unresolved: tuple[str, ...]
    picture: Picture

    @property
    def middle(self) -> Neighbour:
        """The letter in the middle."""
        return self.letters[0]

    @property
    def by_id(self) -> dict[str, Neighbour]:
        """All letters shown."""
        return {one.id: one for one in self.letters}


def neighbourhood_page(graph: Graph, letter: str, *, depth: int = 1, nodes: int = NODES) -> NeighbourhoodPage:
    """What is around a letter in `depth` steps.

    Raises:
        NotInArchive: no letter, held or cited, answers to the name, or several do.
    """
    middle = graph.resolve(letter)
    around = graph.neighbourhood(middle, depth=depth)
    steps = _steps_from(around, middle)
    near = sorted(around.works, key=lambda w: (steps[w.id], _weight(around, w, middle), w.date or dt.date.max, w.id))
    shown = near[:nodes]
    letters = tuple(_neighbour(work, steps[work.id]) for work in shown)
    ids = {one.id for one in letters}
    edges = [edge for edge in around.edges if edge.source in ids and edge.target in ids]
    dates = {one.id: one.date or dt.date.max for one in letters}
    edges.sort(
        key=lambda e: (
            middle not in (e.source, e.target),
            e.source != middle,
            dates[e.source],
            dates[e.target],
            e.target,
        )
    )
    languages = {version.key: version.language for work in shown for version in work.versions}
    status = graph.status(middle)
    boxes = [
        Box(id=one.id, name=one.name, title=one.subject or "", date=one.date,
            held=one.held, middle=one.steps == 0)
        for one in letters
    ]  # fmt: skip
    return NeighbourhoodPage(
        id=middle, depth=depth, state=status.state, successor=status.successor, letters=letters, shown=len(letters),
        total=len(near), steps=tuple(_step(edge, languages) for edge in edges),
        unresolved=tuple(line(u.said[0].text)[:WORDS] for u in graph.unresolved(middle) if u.why != "absent" and u.said),
        picture=picture(boxes, [(edge.source, edge.target, edge.kind) for edge in edges]),
    )  # fmt: skip


def _steps_from(around: Graph, middle: str) -> dict[str, int]:
    """How many steps it is to each letter."""
    steps = {middle: 0}
    ring = [middle]
    while ring:
        further = []
        for here in ring:
            for edge in (*around.cites(here), *around.cited_by(here)):
                for there in (edge.source, edge.target):
                    if there not in steps:
                        steps[there] = steps[here] + 1
                        further.append(there)
        ring = further
    return steps


def _weight(around: Graph, work: Work, middle: str) -> int:
    """What changes or ends a letter, or is changed by it, is more than what cites it."""
    kinds = {e.kind for e in (*around.cites(work.id), *around.cited_by(work.id)) if middle in (e.source, e.target)}
    return 0 if kinds & ({*ENDS} | CHANGES) else 1 if kinds - {"cites"} else 2 if work.held else 3


def _neighbour(work: Work, steps: int) -> Neighbour:
    first = work.versions[0] if work.versions else None
    spoken = tuple(dict.fromkeys(v.language for v in work.versions if v.language))
    return Neighbour(
        id=work.id, name=line((first and first.ref) or "") or _short(work), subject=line((first and first.subject) or "") or None,
        words=first.language if first else None, date=work.date, held=work.held, languages=spoken, steps=steps,
    )  # fmt: skip


def _short(work: Work) -> str:
    """An identity; of a letter without one the first digits of its key."""
    return work.id[:12] if len(work.id) == 64 and work.versions and work.versions[0].key == work.id else work.id


def _step(edge: Edge, languages: dict[str, Language | None]) -> Step:
    first = edge.said[0] if edge.said else None
    return Step(
        source=edge.source, target=edge.target, kind=edge.kind, does=edge.kind.replace("-", " "), suffers=PASSIVE[edge.kind],
        how=edge.how, words=line(first.text)[:WORDS] if first else "", key=first.key if first else None,
        language=languages.get(first.key) if first else None, places=len(edge.said),
    )  # fmt: skip


Letter = Annotated[str, PathParameter(description="A letter's id, key or reference: cr/433.", max_length=200)]
Depth = Annotated[int, QueryParameter(name="depth", ge=1, le=2, description="How many steps around the letter.")]


@get(
    "/json/neighbourhood/{letter:path}", sync_to_thread=True, summary="Who cites whom around a letter",
    tags=["neighbourhood"],
)  # fmt: skip
def neighbourhood_json(aside: TheAside, letter: Letter, depth: Depth = 1) -> NeighbourhoodPage:
    """The page as JSON."""
    return neighbourhood_page(aside.graph(), letter.strip("/"), depth=depth)


@get(
    "/svg/neighbourhood/{letter:path}", sync_to_thread=True, media_type="image/svg+xml", summary="The same as a picture",
    tags=["neighbourhood"],
)  # fmt: skip
def neighbourhood_svg(aside: TheAside, letter: Letter, depth: Depth = 1) -> Response[str]:
    """The picture alone, with links."""
    made = neighbourhood_page(aside.graph(), letter.strip("/"), depth=depth)
    return Response(standalone(made.picture, f"Letters around {made.middle.name}"), media_type="image/svg+xml")


@get("/neighbourhood/{letter:path}", sync_to_thread=True, media_type=MediaType.HTML, include_in_schema=False)
def neighbourhood_html(
    request: Request[None, None, State], aside: TheAside, settings: TheSettings, letter: Letter, depth: Depth = 1
) -> Response[str]:
    """The page."""
    made = neighbourhood_page(aside.graph(), letter.strip("/"), depth=depth)
    return Response(
        render("neighbourhood.html", made, settings=settings, path=request.url.path), media_type=MediaType.HTML
    )  # fmt: skip


HANDLERS = [neighbourhood_json, neighbourhood_svg, neighbourhood_html]
