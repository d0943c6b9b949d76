"""A corpus letter as the person who typed it saw it: letterhead, the table with reference and addressees, body, footers.

    Letter ─ gold, benchmarks.header ─▶ Sheet ─ benchmarks.filemaker ─▶ files

The corpus holds texts as conversions left them; a sheet goes the other way. Where the cells of the header can be told
from the gold they become a table again, in one of the ways that the templates have; lists of deadlines and rows of bars
become tables, page marks become page breaks, the Union's footer lines go into the footer. What cannot be told (a text
without lines, cells already mixed up) stays a paragraph, damage included. The same letter always gives the same sheet.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from benchmarks.damaging import Letter, Unfit, is_flat, month_words
from benchmarks.header import Header, Row, header
from itudocs.lexicon import fold
from itudocs.model import Language, Record

Cell = tuple[str, ...]
"""The paragraphs of a table's cell."""

Shape = Literal["rows", "stacked", "tabs"]
"""How the header is laid out: a row a label, addressees in a third column beside them; one row whose cells hold all
labels, all values, all addressees; no table but tab stops, as the oldest letters have."""

SHAPES: tuple[Shape, ...] = ("rows", "stacked", "tabs")


class Block(Record, frozen=True, kw_only=True):
    """A paragraph, a table or a page break of the body.

    `rows` holds a table's rows of cells; a row of fewer cells than the widest has its last cell run over the rest.
    """

    kind: Literal["paragraph", "table", "page"]
    text: str = ""
    bold: bool = False
    rows: tuple[tuple[Cell, ...], ...] = ()


class Sheet(Record, frozen=True, kw_only=True):
    """A letter ready to be typed.

    Attributes:
        name: of its file, without ending.
        lang: its language.
        letterhead: lines above the table; `letterhead_in` says whether they stand in the page's header or in a table.
        blocks: all below the letterhead.
        footer: lines of the first page's footer.
        running: what the header of later pages says.
    """

    name: str
    lang: Language
    letterhead: tuple[str, ...] = ()
    letterhead_in: Literal["header", "table"] = "header"
    blocks: tuple[Block, ...] = ()
    footer: tuple[str, ...] = ()
    running: str = ""


def draw(name: str, what: str, ways: int) -> int:
    """A number below `ways`, always the same for the same letter and question."""
    return int.from_bytes(hashlib.sha256(f"{what} {name}".encode()).digest()[:4], "big") % ways


def sheet(letter: Letter) -> Sheet:
    """The sheet of a letter."""
    try:
        head = header(letter)
    except Unfit:
        return _as_it_stands(letter)
    if any(
        row.line.count("(") + row.line.count("（") != row.line.count(")") + row.line.count("）")
        for row in head.rows
        if row.left
    ):
        return _as_it_stands(letter)  # a cell was cut in its middle
    before = _lines(letter.text[: head.start])
    if is_flat(letter.text) and not before:
        before = []
    shape = SHAPES[draw(letter.name, "shape", len(SHAPES))]
    blocks = [*_head(head, shape), *_body(_lines(letter.text[head.end :]), letter.lang)]
    body, footer, running = _without_furniture(blocks)
    return Sheet(
        name=letter.name,
        lang=letter.lang,
        letterhead=tuple(before),
        letterhead_in="header" if draw(letter.name, "letterhead", 2) else "table",
        blocks=tuple(body),
        footer=tuple(footer),
        running=running,
    )


def _as_it_stands(letter: Letter) -> Sheet:
    body, footer, running = _without_furniture(_body(_lines(letter.text), letter.lang))
    return Sheet(name=letter.name, lang=letter.lang, blocks=tuple(body), footer=tuple(footer), running=running)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


# -- the header --------------------------------------------------------------------------------------------------------


def _head(head: Header, shape: Shape) -> Iterator[Block]:
    left = [row for row in head.rows if row.left]
    right = [row.line for row in head.rows if row.right]
    dates = [row.line for row in head.of("date")]
    subject = head.of("subject")
    rest = [row for row in head.rows if not (row.left or row.right or row.kind in ("date", "subject"))]
    if shape == "tabs" or not left:
        yield from (Block(kind="paragraph", text=_tabbed(row), bold=row.kind == "subject") for row in head.rows)
        return
    labelled = any(row.labelled for row in left)
    if not labelled and dates:  # BR's form: number and date side by side, all else below
        yield _table([(tuple(row.line for row in left), tuple(dates))])
        yield from (Block(kind="paragraph", text=row.line) for row in rest)
        yield from (Block(kind="paragraph", text=line) for line in right)
    else:
        if dates:
            yield (
                _table([((), (), (line,)) for line in dates])
                if shape == "rows"
                else Block(kind="paragraph", text=dates[0])
            )
            yield from (Block(kind="paragraph", text=line) for line in dates[1:] if shape != "rows")
        yield from (Block(kind="paragraph", text=row.line) for row in rest)
        yield _rows(left, right) if shape == "rows" else _stacked(left, right)
    if subject:
        values = (subject[0].value if subject[0].label else subject[0].line, *(row.line for row in subject[1:]))
        if subject[0].label:
            yield _table([((subject[0].label,), values)])
        else:
            yield from (Block(kind="paragraph", text=value, bold=True) for value in values)


def _tabbed(row: Row) -> str:
    return f"{row.label}\t{row.value}" if row.label and row.value else row.line


def _rows(left: Sequence[Row], right: Sequence[str]) -> Block:
    """A row a label; the addressees stand in a third column beside the first row below the reference."""
    rows: list[tuple[Cell, ...]] = []
    for row in left:
        label = (row.label,) if row.label else ()
        value = (row.value,) if row.value or row.label else (row.line,)
        rows.append((label, value, ()))
    beside = next((i for i, row in enumerate(left) if row.kind in ("tel", "name")), len(rows) - 1)
    rows[beside] = (*rows[beside][:2], tuple(right))
    return _table(rows)


def _stacked(left: Sequence[Row], right: Sequence[str]) -> Block:
    """One row for the reference, one for the contact, whose cells hold all labels, all values, all addressees."""
    cut = next((i for i, row in enumerate(left) if row.kind in ("tel", "fax", "email", "name")), len(left))
    rows: list[tuple[Cell, ...]] = []
    for part, beside in ((left[:cut], ()), (left[cut:], tuple(right))):
        if part or beside:
            # an empty label keeps its line, so that label and value stand side by side
            rows.append(
                (tuple(row.label for row in part), tuple(row.value if row.label else row.line for row in part), beside)
            )
    return _table(rows)


def _table(rows: Iterable[tuple[Cell, ...]]) -> Block:
    return Block(kind="table", rows=tuple(rows))


# -- the body ----------------------------------------------------------------------------------------------------------


def _body(lines: Sequence[str], lang: Language) -> list[Block]:
    """Paragraphs, and tables of what was one: rows of bars, days with what is due on them."""
    day = re.compile(
        rf"\d{{4}}\s?年\s?\d{{1,2}}\s?月\s?\d{{1,2}}\s?日|\d{{1,2}}\W{{0,3}}(?:de )?(?:{month_words(lang)})\W{{0,3}}(?:de )?\d{{4}}(?: ?г(?:ода|\.))?",
        re.IGNORECASE,
    )
    out: list[Block] = []
    rows: list[tuple[Cell, ...]] = []
    dated = False  # whether the rows are days with what is due on them

    def flush() -> None:
        nonlocal dated
        if dated and len(rows) < 2:
            out.extend(Block(kind="paragraph", text=line) for row in rows for cell in row for line in cell)
        elif rows:
            out.append(_table(rows))
        rows.clear()
        dated = False

    for i, line in enumerate(lines):
        following = lines[i + 1] if i + 1 < len(lines) else ""
        if line.startswith("|") and line.count("|") > 1:
            if dated:
                flush()
            cells = tuple((cell.strip(),) if cell.strip() else () for cell in line.strip("|").split("|"))
            if rows and not cells[0] and len(cells) == len(rows[-1]):  # its cells go on, wrapped
                rows[-1] = tuple((*above, *cell) for above, cell in zip(rows[-1], cells, strict=True))
            else:
                rows.append(cells)
        elif day.fullmatch(fold(line)) and re.match(r"[-–—•]", following):
            if rows and not dated:
                flush()
            dated = True
            rows.append(((line,), ()))
        elif dated and re.match(r"[-–—•]", line):
            rows[-1] = (rows[-1][0], (*rows[-1][1], line))
        else:
            flush()
            out.append(Block(kind="paragraph", text=line))
    flush()
    return out


_PAGE_MARK = re.compile(r"[-–]\s?\d{1,3}\s?[-–]")
_FOOTER = re.compile(r"place des nations.*(?:itu\.int|\+41 22)", re.IGNORECASE)


def _without_furniture(blocks: Iterable[Block]) -> tuple[list[Block], list[str], str]:
    """The blocks, the Union's footer and what runs on top of later pages: marks of pages become breaks."""
    kept: list[Block] = []
    footer: list[str] = []
    running = ""
    for block in blocks:
        if block.kind == "paragraph" and _PAGE_MARK.fullmatch(block.text):
            if kept:
                kept.append(Block(kind="page"))
                running = block.text
        elif block.kind == "paragraph" and len(block.text) < 400 and _FOOTER.search(block.text):
            if block.text not in footer:
                footer.append(block.text)
        else:
            kept.append(block)
    while kept and kept[-1].kind == "page":
        kept.pop()
    return kept, footer, running
