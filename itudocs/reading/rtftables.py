"""Tables of RTF and of Word 97-2003, which have none: paragraphs that say they stand in one, and marks where a cell or a row
ends.

Used by `rtf` and `doc`. Source: Microsoft, Rich Text Format Specification 1.9.1, "Table Definitions".
"""

from __future__ import annotations

from itudocs.reading.typesetting import DEEPEST, Typesetter


class _Level:
    """A table that is open, and how far."""

    def __init__(self) -> None:
        self.row = False
        self.cell = False
        self.cells = 0  # of the row, ended


class Tables:
    """Opens and closes a typesetter's tables, rows and cells as paragraphs come."""

    def __init__(self, setter: Typesetter) -> None:
        self._setter = setter
        self._levels: list[_Level] = []
        self._wanted = 0
        self._covered: list[bool] = []  # of the row's cells: the rest of a merged one
        self._next_covered = False

    # -- told ----------------------------------------------------------------------------------------------------------

    def define(self) -> None:
        """A row's definition begins."""
        self._covered = []
        self._next_covered = False

    def covered(self) -> None:
        """The next cell of the definition is the rest of a merged one."""
        self._next_covered = True

    def define_cell(self) -> None:
        if len(self._covered) < 1000:
            self._covered.append(self._next_covered)
        self._next_covered = False

    def leave(self) -> None:
        """Paragraphs stand in no table, until they say so."""
        self._wanted = 0

    def inside(self, level: int) -> None:
        """Paragraphs stand in a table, or in one within so many others."""
        self._wanted = max(self._wanted, min(level, DEEPEST))

    # -- done ----------------------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Open what the paragraph that begins stands in, and close what it does not."""
        while len(self._levels) > self._wanted:
            self._close_table()
        while len(self._levels) < self._wanted:
            self._open_cell()
            self._setter.open_table()
            self._levels.append(_Level())
        self._open_cell()

    def end_cell(self, level: int) -> None:
        """A cell ends, of the outermost table (1) or of the innermost."""
        self.inside(level)
        if level == 1:
            self._wanted = 1
        self.enter()
        self._close_cell()

    def end_row(self, level: int) -> None:
        if level == 1:
            while len(self._levels) > 1:
                self._close_table()
        elif len(self._levels) < 2:
            return
        if self._levels:
            self._close_row()

    def close(self) -> None:
        """No paragraph comes any more."""
        while self._levels:
            self._close_table()

    def _open_cell(self) -> None:
        if not self._levels or self._levels[-1].cell:
            return
        level = self._levels[-1]
        if not level.row:
            self._setter.open_row()
            level.row, level.cells = True, 0
        self._setter.open_cell()
        level.cell = True

    def _close_cell(self) -> None:
        level = self._levels[-1]
        if not level.cell:
            return
        outermost = len(self._levels) == 1
        covered = outermost and level.cells < len(self._covered) and self._covered[level.cells]
        self._setter.close_cell(keep=not covered)
        level.cell = False
        level.cells += 1

    def _close_row(self) -> None:
        self._close_cell()
        level = self._levels[-1]
        if level.row:
            self._setter.close_row()
            level.row = False

    def _close_table(self) -> None:
        self._close_row()
        self._setter.close_table()
        self._levels.pop()
