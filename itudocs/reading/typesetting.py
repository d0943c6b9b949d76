"""Paragraphs and tables of a document -> lines of text, with the place of each: the same layout for every format.

A paragraph is a line. A row of a table is a line too where its cells hold a line each; cells that hold several stand one
below the other, unless all of them hold equally many, which are then labels beside their values and are set side by side.
What a document's elements are is left to the formats; used by `docx`, `odt`, `html` and `rtf`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from itudocs.model import Issue, Part
from itudocs.reading.building import TextBuilder, too_long
from itudocs.reading.decoding import Decoded
from itudocs.reading.source import Limits

DEEPEST = 16
"""Tables within tables beyond this are taken for lines: each level costs a copy of its lines."""
_MOST_FLOWS = 200  # boxes within cells within boxes
BETWEEN_CELLS = "\t"

CellAt = tuple[int, int, int]


class Piece(NamedTuple):
    """Words of a line, and where they stand."""

    text: str
    page: int | None
    cell: CellAt | None
    part: Part


Line = list[Piece]


class _Flow:
    """Lines of a story, a cell or a text box, and the one being written."""

    def __init__(self, part: Part) -> None:
        self.lines: list[Line] = []
        self.line: Line = []
        self.part = part


class _Table:
    def __init__(self, number: int) -> None:
        self.number = number
        self.row = 0
        self.column = 0
        self.cells: list[list[Line]] = []


class Typesetter:
    """Takes a document in its order and sets it.

    A document consists of stories (its body, a header, the notes); `decoded` puts them in order. `page` is where what
    comes next stands; the format sets it.

    Args:
        name, limits: as for `TextBuilder`.
    """

    def __init__(self, *, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._flows = [_Flow("body")]
        self._tables: list[_Table | None] = []
        self._cells: list[CellAt | None] = [None]
        self._count = 0
        self._flat = 0  # boxes that were open when there were too many
        self._said = 0
        self.page: int | None = None

    # -- stories -------------------------------------------------------------------------------------------------------

    def story(self, part: Part) -> list[Line]:
        """Begin a story. Returns its lines, which grow as it is written; `end` completes them."""
        self._flows = [_Flow(part)]
        self._tables = []
        self._cells = [None]
        return self._flows[0].lines

    def end(self) -> None:
        """The end of a story. What was opened and never closed is closed."""
        while len(self._flows) > 1:
            if self._tables and len(self._cells) > 1:
                self.close_cell()
                self.close_row()
                self.close_table()
            else:
                self.close_box()
        while self._tables:  # with cells whose row was never closed
            self.close_table()
        self.close_line()

    def decoded(
        self, stories: Iterable[list[Line]], *, encoding: str = "utf-8", issues: tuple[Issue, ...] = ()
    ) -> Decoded:
        """All stories in their order, but of headers and footers with the same words one; never two empty lines.

        Raises:
            ReadError: the text is larger than the limits allow.
        """
        builder = TextBuilder(name=self._name, limits=self._limits)
        seen: set[str] = set()
        blank = True
        for lines in stories:
            words = "\n".join("".join(piece.text for piece in line) for line in lines).strip()
            part = next((line[0].part for line in lines if line), "body")
            if not words or (part != "body" and words in seen):
                continue
            seen.add(words)
            for line in lines:
                if not _filled(line):
                    if not blank:
                        builder.write("\n")
                    blank = True
                    continue
                blank = False
                for piece in line:
                    builder.write(piece.text, page=piece.page, cell=piece.cell, part=piece.part)
                builder.write("\n", page=line[-1].page, part=line[-1].part)
        return builder.decoded(encoding=encoding, issues=issues)

    # -- words ---------------------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """More of the line being written; newlines in it end it."""
        head, *rest = text.split("\n") if "\n" in text else (text,)
        self._add(head)
        for more in rest:
            self.line()
            self._add(more)

    def _add(self, text: str) -> None:
        if text:
            self._said += len(text)
            if self._said > self._limits.max_text:
                raise too_long(self._name, self._limits)
            flow = self._flows[-1]
            flow.line.append(Piece(text, self.page, self._cells[-1], flow.part))

    @property
    def empty(self) -> bool:
        """Whether the line being written has nothing in it yet."""
        return not self._flows[-1].line

    def line(self) -> None:
        """The end of a line, empty or not."""
        flow = self._flows[-1]
        flow.lines.append(flow.line)
        flow.line = []

    def close_line(self) -> None:
        """The end of a line that has something in it."""
        if not self.empty:
            self.line()

    # -- text boxes ----------------------------------------------------------------------------------------------------

    def open_box(self, part: Part = "text-box") -> None:
        """What comes next stands apart from the line being written, and is set above it."""
        if len(self._flows) > _MOST_FLOWS:
            self._flat += 1
            self.close_line()
            return
        self._flows.append(_Flow(part if self._flows[-1].part == "body" else self._flows[-1].part))

    def close_box(self, into: list[Line] | None = None) -> None:
        """The end of a box; its lines are set where it hangs, or go `into` a story of their own."""
        self.close_line()
        if self._flat:
            self._flat -= 1
            return
        if len(self._flows) < 2:
            return
        lines = self._flows.pop().lines
        if into is None:
            into = self._flows[-1].lines
        into += lines

    # -- tables --------------------------------------------------------------------------------------------------------

    def open_table(self) -> None:
        self.close_line()
        if len(self._tables) < DEEPEST:
            self._count += 1
            self._tables.append(_Table(self._count))
        else:
            self._tables.append(None)

    def open_row(self) -> None:
        if self._tables and (table := self._tables[-1]):
            self.close_row()
            table.row += 1
            table.column = 0

    def open_cell(self, *, skip: int = 0) -> None:
        """A cell begins, `skip` columns after the last one's end."""
        table = self._tables[-1] if self._tables else None
        if table is None:
            self.close_line()
            return
        self._flows.append(_Flow(self._flows[-1].part))
        table.column += skip + 1
        self._cells.append((table.number, table.row, table.column))

    def close_cell(self, *, span: int = 1, keep: bool = True) -> None:
        """A cell ends that runs over `span` columns; without `keep` it is left out, as the rest of a merged one is."""
        self.close_line()
        table = self._tables[-1] if self._tables else None
        if table is None or len(self._cells) < 2 or len(self._flows) < 2:
            return
        lines = self._flows.pop().lines
        self._cells.pop()
        table.column += span - 1
        while lines and not _filled(lines[-1]):
            lines.pop()
        table.cells.append(lines if keep else [])

    def close_row(self, *, keep: bool = True) -> None:
        if self._tables and (table := self._tables[-1]):
            if keep:
                self._flows[-1].lines += _row(table.cells)
            table.cells = []

    def close_table(self) -> None:
        self.close_line()
        self.close_row()
        if self._tables:
            self._tables.pop()


def _filled(line: Line) -> bool:
    return any(piece.text.strip() for piece in line)


def _row(cells: list[list[Line]]) -> list[Line]:
    """The lines of a row."""
    filled = [lines for lines in cells if any(map(_filled, lines))]
    if len(filled) > 1 and len({len(lines) for lines in filled}) == 1:
        return [_joined(list(side)) for side in zip(*filled, strict=True)]
    return [line for lines in filled for line in lines]


def _joined(lines: list[Line]) -> Line:
    out: Line = []
    for line in filter(_filled, lines):
        if out:
            out.append(Piece(BETWEEN_CELLS, out[-1].page, None, out[-1].part))
        out.extend(line)
    return out
