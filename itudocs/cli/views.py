"""Records, letters, results and reports as people read them: laid out for a terminal, or for a pipe.

On a terminal colours carry meaning; elsewhere brackets do. All that comes from letters passes `screen.plain` on its
way. Computes nothing: what is shown was found by the library.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, chain, pairwise, repeat
from typing import TYPE_CHECKING

from itudocs import fields
from itudocs.cli.terminal import coloured, data_console, line, out, plain, show
from itudocs.model import CORRECTED, Circular, Citation, Contact, Deadline, Event, Evidence, Failure
from itudocs.paths import joined

if TYPE_CHECKING:
    from rich.text import Text

    from itudocs.archive.ingest import Report
    from itudocs.search.engine import Alike, Facet, Hit, Reason, Results, Snippet

WIDE = 100  # columns from which facets stand beside the hits
_FACETS_WIDTH = 28
_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "red", "bright_cyan", "bright_green", "bright_magenta")


# -- a record ----------------------------------------------------------------------------------------------------------


def record_lines(record: Circular) -> Iterator[tuple[str, str]]:
    """A record as labels and values, one line each; further values of a field have an empty label.

    Values of formats that have places end in theirs: `CR/387 · page 1, table 1, row 2, column 2`.
    """
    from itudocs.export.citing import cite

    source = record.source
    first = _first_words(record) if record.places else {}
    yield "Key", record.key
    yield "Cite as", line(cite(record))
    yield "Source", line(f"{source.name} ({source.format}, {source.encoding})")
    for field in fields.FIELDS:
        if field.extractor:  # the others are derived from these
            values = _OF[field.name](record) if field.name in _OF else map(str, field.of(record))
            label = field.label
            for value, place in zip(values, chain(_places(record, field, first), repeat("")), strict=False):
                yield label, line(f"{value} · {place}" if place else value)
                label = ""
    put = [path for path, pieces in record.evidence.items() if any(p.rule.startswith(CORRECTED) for p in pieces)]
    if put:
        yield "Corrected", ", ".join(put)
    label = "Issues"
    for issue in record.issues:
        yield label, line(f"{issue.severity}: {issue.message}")
        label = ""


def _first_words(record: Circular) -> dict[str, Evidence]:
    """Of every value, and of what has values in it, the first words of the text that it stands on."""
    found: dict[str, Evidence] = {}
    for path, pieces in record.evidence.items():
        for piece in pieces:
            if piece.quote and piece.origin != "name":
                for above in accumulate(path.split("/"), joined):
                    if above not in found or piece.start < found[above].start:
                        found[above] = piece
    return found


def _places(record: Circular, field: fields.Field, first: dict[str, Evidence]) -> Iterator[str]:
    """Where in their file a field's values stood, in the order in which they are shown; empty where that is not known."""
    top = field.attribute or field.name
    value = getattr(record, top, None)
    if isinstance(value, tuple):
        paths = [joined(top, n) for n in range(len(value))]
    elif isinstance(value, Contact):
        paths = [joined(top, part, n) for part in _CONTACT for n in range(len(getattr(value, part)))]
    else:
        paths = [top]
    for path in paths:
        yield str((path in first and record.stood([first[path]])) or "")


_CONTACT = {"names": "", "tel": "tel ", "fax": "fax ", "emails": ""}
"""The parts of a contact, and what stands before their values."""


def _contact(record: Circular) -> Iterator[str]:
    for part, label in _CONTACT.items():
        yield from (label + value for value in getattr(record.contact, part))


def _signatory(record: Circular) -> Iterator[str]:
    if record.signatory:
        yield ", ".join((record.signatory.name, *record.signatory.titles))


def _event(event: Event) -> str:
    days = f"{event.start}" if event.start == event.end else f"{event.start}..{event.end}"
    words = ", ".join(part for part in (event.name, event.place, event.time) if part)
    return f"{days} {words}" + ("" if event.status == "announced" else f" ({event.status})")


def _deadline(deadline: Deadline) -> str:
    words = ", ".join(part for part in (deadline.what, deadline.time) if part)
    return f"{deadline.date} {words}" + (" (computed)" if deadline.computed else "")


def _citation(citation: Citation) -> str:
    does = f"{citation.relation}: " if citation.relation else ""
    return f"{does}{citation.text} ({citation.id or citation.kind})"


_OF: dict[str, Callable[[Circular], Iterable[str]]] = {
    "contact": _contact,
    "signatory": _signatory,
    "event": lambda record: map(_event, record.events),
    "deadline": lambda record: map(_deadline, record.deadlines),
    "citation": lambda record: map(_citation, record.citations),
}


def print_record(record: Circular) -> None:
    """The record, a line a value."""
    from rich.text import Text

    for label, value in record_lines(record):
        show(Text.assemble((f"{label:<16}", "bold"), value))


# -- a letter with its evidence ----------------------------------------------------------------------------------------

Span = tuple[int, int, str]
"""First character, end, and the paths without their numbers of the values that stand there (`events.start`)."""


def spans(record: Circular, length: int) -> list[Span]:
    """Where a record's values stand in its text, each place once, outer before inner."""
    names: dict[tuple[int, int], set[str]] = {}
    for path, pieces in record.evidence.items():
        for piece in pieces:
            if piece.origin == "text" and 0 <= piece.start < piece.end <= length:
                name = ".".join(part for part in path.split("/") if not part.isdigit())
                names.setdefault((piece.start, piece.end), set()).add(name)
    order = sorted(names, key=lambda place: (place[0], -place[1]))
    return [(start, end, ", ".join(sorted(names[start, end]))) for start, end in order]


def bracketed(text: str, marks: Iterable[Span]) -> str:
    """The letter with `[field: ...]` around every value. A value that crosses another's end is marked in two pieces."""
    waiting = [(start, -end, name) for start, end, name in marks]
    heapq.heapify(waiting)
    pieces: list[str] = []
    open_ends: list[int] = []
    at = 0

    def close_until(limit: int) -> None:
        nonlocal at
        while open_ends and open_ends[-1] <= limit:
            end = open_ends.pop()
            pieces.extend((plain(text[at:end]), "]"))
            at = end

    while waiting:
        start, negative_end, name = heapq.heappop(waiting)
        end = -negative_end
        close_until(start)
        if open_ends and open_ends[-1] < end:
            heapq.heappush(waiting, (open_ends[-1], -end, name))
            end = open_ends[-1]
        pieces.extend((plain(text[at:start]), f"[{name}: "))
        at = start
        open_ends.append(end)
    close_until(len(text))
    return "".join([*pieces, plain(text[at:])])


def painted(text: str, marks: list[Span]) -> Text:
    """The letter with every value in its field's colour; of values within values the inner one's, underlined."""
    from rich.text import Text

    letter = Text()
    edges = sorted({0, len(text), *(edge for start, end, _ in marks for edge in (start, end))})
    begun = 0
    covering: list[Span] = []
    for first, last in pairwise(edges):
        covering = [mark for mark in covering if mark[1] > first]
        while begun < len(marks) and marks[begun][0] == first:
            covering.append(marks[begun])
            begun += 1
        style = ""
        if covering:
            inner = min(covering, key=lambda mark: mark[1] - mark[0])
            style = _colour(inner[2]) + (" underline" if len(covering) > 1 else "")
        letter.append(plain(text[first:last]), style)
    return letter


def _top(name: str) -> str:
    """The record's key in a span's name: `events` of `events.start, citations.date`."""
    return re.split(r"[.,]", name, maxsplit=1)[0]


def _colour(name: str) -> str:
    order = [field.attribute or field.name for field in fields.FIELDS if field.extractor]
    top = _top(name)
    return _COLOURS[order.index(top) % len(_COLOURS)] if top in order else "white"


def print_letter(record: Circular, text: str) -> None:
    """The letter with its evidence marked."""
    from rich.text import Text

    marks = spans(record, len(text))
    if not coloured(data_console()):
        out(bracketed(text, marks))
        return
    tops = dict.fromkeys(_top(name) for _, _, name in marks)
    show(Text(" ").join(Text(name, _colour(name)) for name in tops), painted(text, marks))


# -- results -----------------------------------------------------------------------------------------------------------


def print_results(results: Results, *, first: int) -> None:
    """Hits, numbered from `first`, with the facets beside them on a wide terminal, else under them."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = data_console()
    hits = [_hit(hit, number) for number, hit in enumerate(results.hits, first)]
    if not console.is_terminal:
        for head, body in hits:
            show(head, *(Text("   ").append_text(part) for part in body), Text())
        show(*(Text(f"{facet.field:<12}").append_text(_facet(facet)) for facet in results.facets if facet.values))
        return
    found = Group(*(part for head, body in hits for part in (head, Padding(Group(*body), (0, 0, 1, 3)))))
    beside = console.width >= WIDE and bool(hits)
    page = Table.grid(padding=(0, 2), expand=beside)
    if beside:
        page.add_column(ratio=1)
        page.add_column(width=_FACETS_WIDTH)
        page.add_row(found, Group(*map(_facet_beside, results.facets)))
    else:
        show(found)
        for facet in results.facets:
            if facet.values:
                page.add_row(Text(facet.field, "bold"), _facet(facet))
    show(page)


def _hit(hit: Hit, number: int) -> tuple[Text, list[Text]]:
    """A hit's first line, and those that are indented."""
    from rich.text import Text

    about = [hit.ref or hit.id or hit.name, hit.date, hit.bureau, " ".join(hit.languages) or hit.language]
    about += [" ".join(hit.formats)] if len(hit.formats) > 1 else []
    head = Text.assemble((f"{number}. ", "dim"), (" · ".join(line(part) for part in about if part), "bold"))
    body = [Text(line(hit.subject, longest=240))] if hit.subject else []
    body += [_snippet(snippet) for snippet in hit.snippets]
    names = [part for part in (hit.id, hit.key[:12], hit.name) if part]
    return head, [*body, Text(" · ".join(line(name) for name in names), "dim")]


def print_alike(letters: Iterable[Alike]) -> None:
    """Letters like another one, numbered, each with what it shares with that one."""
    from rich.text import Text

    for number, alike in enumerate(letters, 1):
        head, body = _hit(alike.hit, number)
        why = Text("; ".join(_reason(reason) for reason in alike.reasons))
        show(head, *(Text("   ").append_text(part) for part in (*body, why)), Text())


def _reason(reason: Reason) -> str:
    value = line(reason.value, longest=60)
    said = {
        "cites": f"cites it as {value}", "cited": f"is cited by it as {value}", "term": f"“{value}”",
        "value": f"{reason.field} {value}",
    }  # fmt: skip
    return f"{said[reason.kind]} ({reason.weight:.1f})"


def _snippet(snippet: Snippet) -> Text:
    from rich.text import Text

    marked = coloured(data_console())
    passage = Text()
    at = 0
    for start, end in snippet.marks:
        passage.append(_spaced(snippet.text[at:start]))
        word = _spaced(snippet.text[start:end])
        passage.append(word if marked else f"[{word}]", "bold yellow")
        at = end
    return passage.append(_spaced(snippet.text[at:]))


def _spaced(text: str) -> str:
    """`plain` with every run of white space as one space: pieces of a line keep the spaces at their ends."""
    words = line(text)
    return f"{' ' * (text[:1].isspace())}{words}{' ' * (bool(words) and text[-1:].isspace())}"


def _facet_beside(facet: Facet) -> Text:
    """A facet as a column: a line a value."""
    from rich.text import Text

    width = _FACETS_WIDTH - 9
    column = Text.assemble((facet.field, "bold"), "\n")
    for value in facet.values:
        name = line(value.value, longest=width)
        column.append(f"{'>' if value.chosen else ' '} {name:<{width}} {value.count:>6}\n")
    if facet.distinct > len(facet.values):
        column.append(f"  and {facet.distinct - len(facet.values)} more\n", "dim")
    return column


def _facet(facet: Facet) -> Text:
    """A facet's values in a row; those chosen behind a `>`."""
    from rich.text import Text

    values = [f"{'>' if value.chosen else ''}{line(value.value)} {value.count}" for value in facet.values]
    if facet.distinct > len(facet.values):
        values.append(f"and {facet.distinct - len(facet.values)} more")
    return Text(", ".join(values))


# -- reports -----------------------------------------------------------------------------------------------------------


def report_line(report: Report) -> str:
    """What became of the files, on one line."""
    counts = {
        "added": report.added, "updated": report.updated, "duplicates": report.duplicates,
        "unchanged": report.unchanged, "gone": len(report.pruned), "removed": report.removed,
        "failed": len(report.failed), "skipped": report.skipped,
    }  # fmt: skip
    always = {"added", "unchanged", "failed"}
    told = ", ".join(
        f"{name} {count:,}{_by_format(report, name)}" for name, count in counts.items() if count or name in always
    )
    return f"{told} ({report.took:.1f} s)"


def _by_format(report: Report, name: str) -> str:
    """How many of each format, where there is more to tell than that they are texts."""
    if name not in ("added", "updated", "failed"):
        return ""
    counts = {tally.format: getattr(tally, name) for tally in report.formats if getattr(tally, name)}
    if counts.keys() <= {"text"}:
        return ""
    return f" ({', '.join(f'{line(form)} {count:,}' for form, count in counts.items())})"


def failure_line(failure: Failure) -> str:
    """Why something failed, on one line that names it."""
    message = failure.message if failure.name in failure.message else f"{failure.name}: {failure.message}"
    return line(message)
