"""What conversions do to the header's table: labels before values, slashes, bars, cells with nothing between.

    Letter ─ benchmarks.header ─▶ rows ─▶ the same cells as another converter prints them

A text that has no lines gets none. Part of the catalogue in `benchmarks.damages`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from random import Random

from benchmarks.damaging import Letter, Unfit, frame, is_flat, needs_lines, splice
from benchmarks.header import Header, header


def labels_first(letter: Letter, rng: Random) -> Letter:
    """`Ref: Tel: Fax:` and then the values: a column of labels read before the column of values."""
    head = header(letter)
    left = [row for row in head.rows if row.left]
    labels = [row.label for row in left if row.label]
    if len(labels) < 2:
        raise Unfit("fewer than two labels beside their values")
    values = [row.value for row in left if row.value]
    style = rng.randrange(4)
    if style == 0:
        block = [" ".join(labels), " ".join(values)]
    elif style == 1:
        block = [" ".join([*labels, *values])]
    elif style == 2:
        block = [*labels, *values]
    else:
        block = ["".join(labels), *values]
    first = next(i for i, row in enumerate(head.rows) if row.left)
    rows = [r.line for r in head.rows[:first] if not r.left] + block + [r.line for r in head.rows[first:] if not r.left]
    date = next((row for row in head.rows[:first] if row.kind == "date"), None)
    if date and style == 1:  # the date's cell stands in the column of values too
        rows.remove(date.line)
        rows[rows.index(block[0])] += f" {date.line}"
    return _with_block(letter, head, rows)


def _with_block(letter: Letter, head: Header, lines: Sequence[str]) -> Letter:
    """The letter with other lines for its header block; a text without lines gets none."""
    text = splice(letter.text, [(head.start, head.end, "\n".join(lines))])
    return letter.now(" ".join(text.split()) if is_flat(letter.text) else text)


def slash_cells(letter: Letter, rng: Random) -> Letter:
    """The bar between two cells becomes ` / `; a cell that follows is appended to the line."""
    head = header(letter)
    left = [row for row in head.rows if row.left]
    dates = head.of("date")
    lines = ["/"] if rng.random() < 0.5 else []
    if any(row.labelled for row in left):
        # Addressees begin beside the reference's last line, copies beside the last line of the contact.
        anchors = [row for row in left if row.kind in ("ref", "office")] or left
        cells = {left[-1]: [row.line for row in head.of("copy")]}
        cells[anchors[-1]] = [row.line for row in head.of("addressee")] + cells.pop(anchors[-1], [])
    elif dates and head.of("ref"):
        cells = {head.of("ref")[-1]: [row.line for row in dates]}
    else:
        raise Unfit("neither labels nor a number and a date to put in cells")
    for row in head.rows:
        if row in cells or row.left:
            line = f"{row.label} / {row.value}".strip() if row.label else row.line
            beside = cells.get(row, [])
            lines += [f"{line} / {beside[0]}", *beside[1:]] if beside else [line]
        elif row.kind == "date":
            lines += [f"/ {row.line}"] if all(row.line not in beside for beside in cells.values()) else []
        elif row.kind == "subject":
            lines.append(f"{row.label} / {row.value}" if row.label else row.line)
        elif not (row.right and any(row.line in beside for beside in cells.values())):
            lines.append(row.line)
    return _with_block(letter, head, lines)


def pipe_table(letter: Letter, rng: Random) -> Letter:
    """Every printed line a row of bars; the third column runs on by itself."""
    needs_lines(letter)
    head = header(letter)
    left = [row for row in head.rows if row.left or row.kind == "other"]
    labelled = any(row.labelled for row in left)
    if not labelled and not head.of("date"):
        raise Unfit("neither labels nor a date to put in cells")
    third: list[str] = []
    for row in head.rows:
        if row.right:
            third += _cell(row.line, 40)
    pairs = [(row.label, row.value if row.label else row.line) for row in left]
    wide = [max(map(len, column), default=0) for column in zip(*pairs, strict=True)] if pairs else [0, 0]
    dates = [row.line for row in head.of("date")]
    lines: list[str] = []
    if labelled:
        lines += [_bars(("", wide[0]), ("", wide[1]), (date, 40)) for date in dates]
        lines.append("")
        pairs += [("", "")] * (len(third) - len(pairs))
        third += [""] * (len(pairs) - len(third))
        rows = zip(pairs, third, strict=True)
        lines += [_bars((label, wide[0]), (value, wide[1]), (cell, 40)) for (label, value), cell in rows]
    else:
        cells = [value for _, value in pairs] or [""]
        beside = next((i for i, row in enumerate(left) if row.kind == "ref"), 0)
        lines += [_bars((cell, 44), (dates[0] if i == beside else "", 24)) for i, cell in enumerate(cells)]
        lines += ["", *(_bars((line, 70)) for row in head.rows if row.right for line in _cell(row.line, 70))]
    lines.append("")
    subject = head.of("subject")
    cells = [line for row in subject for line in _cell(row.value if row is subject[0] else row.line, 62)]
    lines += [_bars((subject[0].label if i == 0 else "", 9), (cell, 62)) for i, cell in enumerate(cells)]
    logo = ["[pic]", ""] if rng.random() < 0.5 else []
    text = splice(letter.text, [(head.start, head.end, "\n".join([*logo, *lines]))])
    return letter.now(text, torn=letter.torn | {"addressees", "copies", "subject"})


def _cell(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _bars(*cells: tuple[str, int]) -> str:
    return "|" + "|".join(f"{text:<{width}}" for text, width in cells) + "|"


def glued_cells(letter: Letter, rng: Random) -> Letter:
    """The cells of the header one after another with nothing between, up to the salutation and the first words."""
    head = header(letter)
    found = frame(letter)
    before = "".join(line.strip() for line in letter.text[: head.start].split("\n"))
    block = ""
    for row in head.rows:
        block += f" {row.line}" if row.joined or (row.kind == "subject" and block.endswith(",")) else row.line
    end = found.salutation[1] if found.salutation != (0, 0) else head.end
    rest = letter.text[end:]
    mark = re.match(r"[:：,،]?", rest)
    block += letter.text[head.end : end].strip() + (mark[0] if mark else "")
    rest = rest[mark.end() if mark else 0 :].lstrip() if found.salutation != (0, 0) else rest
    return letter.now(before + block + rest)
