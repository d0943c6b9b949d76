"""A small heat map as SVG, without any drawing library: scores after a damage, coloured by how far they fell."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

Value = tuple[float, float] | None
"""F1 after the damage and its fall; `None` where there is nothing to measure."""

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 40, 22, 210, 92, 14
_FONT = "font-family='Helvetica, Arial, sans-serif'"
_CALM, _ALARM = (247, 247, 243), (190, 60, 40)
_RISE = (214, 232, 218)


def heatmap(rows: Sequence[Sequence[Value]], *, down: Sequence[str], across: Sequence[str], gap: int) -> str:
    """The picture; columns from `gap` on stand apart."""

    def left(k: int) -> int:
        return _LEFT + k * _WIDTH + (_GAP if k >= gap else 0)

    width, height = left(len(across)) + 60, _TOP + len(down) * _HEIGHT + 54
    out = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' {_FONT}>",
        f"<rect width='{width}' height='{height}' fill='white'/>",
    ]
    for k, name in enumerate(across):
        x, y = left(k) + _WIDTH // 2, _TOP - 8
        out.append(f"<text x='{x}' y='{y}' font-size='12' transform='rotate(-45 {x} {y})'>{escape(name)}</text>")
    for i, (name, row) in enumerate(zip(down, rows, strict=True)):
        y = _TOP + i * _HEIGHT
        out.append(f"<text x='{_LEFT - 8}' y='{y + 15}' font-size='12' text-anchor='end'>{escape(name)}</text>")
        for k, value in enumerate(row):
            out += _cell(left(k), y, value)
    y = _TOP + len(down) * _HEIGHT + 18
    out.append(f"<text x='{_LEFT}' y='{y + 12}' font-size='12'>soft F1 when damaged; fall from undamaged:</text>")
    for k, fall in enumerate((-0.05, 0.0, 0.05, 0.1, 0.2, 0.3)):
        x = _LEFT + 290 + k * 64
        out.append(f"<rect x='{x}' y='{y}' width='16' height='16' fill='{_colour(fall)}' stroke='#bbb'/>")
        words = "rise" if fall < 0 else f"{fall:.2f}"
        out.append(f"<text x='{x + 21}' y='{y + 12}' font-size='12'>{words}</text>")
    return "\n".join([*out, "</svg>"]) + "\n"


def _cell(x: int, y: int, value: Value) -> list[str]:
    if value is None:
        return [f"<text x='{x + _WIDTH // 2}' y='{y + 15}' font-size='11' fill='#999' text-anchor='middle'>–</text>"]
    score, fall = value
    ink = "white" if fall > 0.2 else "#222"
    weight = " font-weight='bold'" if fall > 0.1 else ""
    return [
        f"<rect x='{x}' y='{y}' width='{_WIDTH - 1}' height='{_HEIGHT - 1}' fill='{_colour(fall)}'/>",
        f"<text x='{x + _WIDTH // 2}' y='{y + 15}' font-size='11' fill='{ink}'{weight} text-anchor='middle'>{score:.2f}</text>",
    ]


def _colour(fall: float) -> str:
    """From calm to alarming over a fall of 0.3; a rise of more than 0.02 is greenish."""
    if fall < -0.02:
        red, green, blue = _RISE
    else:
        share = min(max(fall, 0.0) / 0.3, 1.0)
        red, green, blue = (round(a + (b - a) * share) for a, b in zip(_CALM, _ALARM, strict=True))
    return f"#{red:02x}{green:02x}{blue:02x}"
