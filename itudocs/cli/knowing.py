"""The verbs of what letters say of each other: graph, gaps, versions. `app` gives them their names."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from itudocs.cli.frame import NOTHING, leave
from itudocs.cli.options import IN, Archive, Json
from itudocs.cli.terminal import line, out, out_pretty, out_table, say

if TYPE_CHECKING:
    from itudocs.archive.gaps import Gaps
    from itudocs.archive.graph import Graph, Mention, Status, Unresolved
    from itudocs.archive.versions import Difference

_SHOWN = 100


def graph(
    ref: Annotated[
        str | None,
        typer.Argument(
            metavar="[REF]", help="A letter by id, key or reference (CR/387); without one, the whole archive."
        ),
    ] = None,
    depth: Annotated[int, typer.Option(min=0, metavar="N", help="How many steps away a letter may be.")] = 1,
    on: Annotated[
        str | None, typer.Option(metavar="DATE", help="What is in force on that day; by default, all that is known.")
    ] = None,
    form: Annotated[
        Literal["text", "json", "graphml"], typer.Option("--format", help="graphml: for Gephi, yEd, networkx.")
    ] = "text",
    archive: Archive = IN,
) -> None:
    """Show whom a letter cites, corrects or replaces, who does so to it, and whether it is in force."""
    from itudocs.archive.archive import open_archive

    day = _day(on)
    with open_archive(archive) as opened:
        whole = opened.graph()
    status = whole.status(ref, on=day) if ref is not None else None
    part = whole.neighbourhood(ref, depth=depth) if ref is not None else whole
    if form == "graphml":
        _print_graphml(part)
    elif form == "json":
        out_pretty(({"status": status} if status else {}) | part.to_dict())
    elif status is None:
        _print_whole(whole)
    else:
        _print_status(status, whole)
        _print_steps(part, status.id)
        _print_unresolved(whole.unresolved(status.id))
    if not len(part):
        leave("No letters.", NOTHING)


def _print_graphml(graph: Graph) -> None:
    """UTF-8, as the document says, whatever the terminal's encoding."""
    from itudocs.archive.graphml import lines

    sys.stdout.flush()
    for row in lines(graph):
        sys.stdout.buffer.write(row.encode() + b"\n")


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"{line(text)!r}: write a day as 2004-07-13", param_hint="--on") from None


def _print_status(status: Status, graph: Graph) -> None:
    from itudocs.archive.graph import PASSIVE

    work = graph.work(status.id)
    first = work.versions[0] if work.versions else None
    about = [work.id, first.ref if first else None, work.date, " ".join(v.language or "" for v in work.versions)]
    out(line(" · ".join(str(part) for part in about if part)))
    if first and first.subject:
        out(line(first.subject, longest=160))
    when = f" on {status.on}" if status.on else ""
    after = f"; {status.successor} stands in its place" if status.successor else ""
    out(line(f"{status.state.replace('-', ' ')}{when}{after}"))
    for edge in status.by:
        out(f"  {line(f'{PASSIVE[edge.kind]} {edge.source}{_dated(graph, edge.source)}')}")
    for doubt in status.doubts:
        out(f"  left out: {line(doubt)}")
    out("")


def _print_steps(part: Graph, ident: str) -> None:
    """The edges, those of the letter first, then those of its neighbours."""
    from itudocs.archive.graph import PASSIVE

    own = [(e, e.target) for e in part.cites(ident)] + [
        (e, e.source) for e in part.cited_by(ident) if e.source != ident
    ]
    rows = [
        (e.kind if e.source == ident else PASSIVE[e.kind], other, _when(part, other), _first(e.said))
        for e, other in own
    ]
    if rows:
        out_table(("Does", "Letter", "Date", "In words"), rows)
    further = [e for e in part.edges if ident not in (e.source, e.target)]
    if further:
        out("")
        out_table(("Letter", "Does", "To", "In words"), ((e.source, e.kind, e.target, _first(e.said)) for e in further))


def _when(graph: Graph, ident: str) -> str:
    work = graph.work(ident)
    return str(work.date or "no date") if work.held else "absent"


def _dated(graph: Graph, ident: str) -> str:
    return f" of {graph.work(ident).date}" if graph.work(ident).date else ""


def _first(said: tuple[Mention, ...]) -> str:
    more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    return f"{line(said[0].text, longest=_SHOWN)}{more}" if said else ""


def _print_unresolved(unresolved: tuple[Unresolved, ...]) -> None:
    some = [u for u in unresolved if u.why != "absent"]
    if some:
        out("")
        out_table(
            ("Unresolved", "In words", "May be"), ((u.why, _first(u.said), ", ".join(u.candidates)) for u in some)
        )


def _print_whole(graph: Graph) -> None:
    """Counts, and every citation that leads nowhere."""
    from collections import Counter

    kinds = Counter(e.kind for e in graph.edges)
    held = sum(work.held for work in graph.works)
    out(f"{held:,} letters, {len(graph) - held:,} more cited")
    out(", ".join(f"{kind} {count:,}" for kind, count in kinds.most_common()) or "no citations")
    rows = [(u.source, u.why, u.id or _first(u.said), ", ".join(u.candidates)) for u in graph.unresolved()]
    if rows:
        out("")
        out_table(("Letter", "Unresolved", "Cites", "May be"), rows)


def gaps(
    series: Annotated[
        str | None,
        typer.Argument(metavar="[SERIES]", help="cr, tsb-circular, tsb-circular/2001-2004 ...; all without."),
    ] = None,
    archive: Archive = IN,
    as_json: Json = False,
) -> None:
    """List what an archive lacks: letters cited, missing numbers, dates that do not fit, conflicting fields."""
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        found = opened.gaps(series)
    if as_json:
        out_pretty(found)
    else:
        out_table(("Gap", "Letter", "Known"), _gap_rows(found))
    say(
        f"{len(found.absent):,} letters cited and absent, {sum(h.count for h in found.holes):,} numbers missing, "
        f"{len(found.misdated):,} dates that do not fit, {len(found.conflicts):,} conflicts."
    )
    if not found:
        raise typer.Exit(NOTHING)


def _gap_rows(found: Gaps) -> Iterator[tuple[str, str, str]]:
    for absent in found.absent:
        dates = f", with the date {' or '.join(map(str, absent.dates))}" if absent.dates else ""
        yield "absent", absent.id, f"cited by {_some(absent.cited_by)}{dates}"
    for hole in found.holes:
        numbers = str(hole.first) if hole.count == 1 else f"{hole.first}-{hole.last}"
        known = [f"after {hole.earliest} ({hole.after or 'the run begins'})"] if hole.earliest else []
        known += [f"before {hole.latest} ({hole.before})"] if hole.latest else []
        known += [f"cited: {_some(hole.cited)}"] if hole.cited else []
        yield "missing", hole.run.replace("*", numbers), ", ".join(known)
    for off in found.misdated:
        bounds = [f"from {off.earliest}"] if off.earliest else []
        bounds += [f"to {off.latest}"] if off.latest else []
        fits = f"; by its number it should be {' '.join(bounds)}" if bounds else ""
        either = f"; or {_some(off.against)} is wrong" if off.against else ""
        yield "date does not fit", off.id, f"{off.date}{fits}{either}"
    for conflict in found.conflicts:
        claims = "; ".join(f"{line(c.value, longest=60)} ({_some([k[:12] for k in c.keys])})" for c in conflict.claims)
        yield f"conflict: {conflict.field}", conflict.id, claims


def _some(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def versions(
    letter: Annotated[
        str | None, typer.Argument(metavar="[ID|KEY]", help="A letter; without one, every letter that differs.")
    ] = None,
    archive: Archive = IN,
    as_json: Json = False,
) -> None:
    """List a letter's language versions, and where they do not say the same."""
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        records = opened.versions(opened.get(letter).id or letter) if letter is not None else ()
        found = list(opened.differences(letter))
    if as_json:
        rows = [
            {"key": r.key, "language": r.language, "date": r.date, "ref": r.ref, "name": r.source.name} for r in records
        ]
        out_pretty({"versions": rows, "differences": found})
    else:
        if records:
            table = ((r.language or "", r.key[:12], str(r.date or ""), r.ref or "", r.source.name) for r in records)
            out_table(("Language", "Key", "Date", "Reference", "Name"), table)
        if records and found:
            out("")
        if found:
            out_table(("Letter", "Field", "Version", "Says", "In words"), _sides(found))
    say(f"{len(found):,} difference{'s' * (len(found) != 1)}.")
    if not found and not records:
        raise typer.Exit(NOTHING)


def _sides(found: list[Difference]) -> Iterator[tuple[str, str, str, str, str]]:
    for one in found:
        for side in one.sides:
            words = " | ".join(" ".join(dict.fromkeys(p.quote for p in pieces)) for pieces in side.evidence)
            version = f"{side.language or ''} {side.key[:12]}"
            says = ", ".join(side.values) or "nothing"
            yield one.id, one.field, version, line(says, longest=_SHOWN), line(words, longest=_SHOWN)
