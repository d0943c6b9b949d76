"""What `benchmarks.search` measured, as a page of tables and as a plot."""

from __future__ import annotations

import math
from typing import Any

from benchmarks import letters
from benchmarks.search_engines import KINDS

NAMES = {"ours": "itudocs", "tantivy": "Tantivy", "fts5": "SQLite FTS5", "whoosh": "Whoosh"}


def table(results: list[dict[str, Any]]) -> str:
    """The figures in Markdown."""
    lines = [
        "# How fast searching is",
        "",
        f"Measured by `benchmarks/search.py`. Letters are made up, about {letters.WORDS} words each. Searches are asked in "
        "turn, one engine after the other; times are CPU milliseconds, median and 95th percentile. “Full” means with four "
        "facets and ten snippets. SQLite is that of the standard library; Whoosh as it comes takes minutes to index 10,000 "
        "letters and seconds for some searches, so that it is asked few questions and left out beyond.",
    ]
    for result in results:
        engines = result["engines"]
        lines += ["", f"## {result['letters']:,} letters, {result['text'] / 2**20:.0f} MB of text", ""]
        made = sorted(
            {e[b]["date"] for e in engines.values() for b in ("build1", "build2") if b in e} - {result["date"]}
        )
        lines += [
            f"Measured {result['date']} on {result['machine']}; {result['questions']} questions a kind"
            f"{'; indexes made ' * bool(made)}{' and '.join(made)}.",
            "",
        ]
        lines += [f"| | {' | '.join(NAMES[e] for e in engines)} |", "|---|" + "---:|" * len(engines)]

        def row(label: str, cells: list[str]) -> None:
            lines.append(f"| {label} | {' | '.join(cells)} |")  # noqa: B023  # used within its turn

        for workers in (1, 2):
            key = f"build{workers}"
            row(
                f"letters a second, {workers} process{'es' * (workers > 1)}",
                [_cell(e.get(key), "rate", "{:,.0f}") for e in engines.values()],
            )
        row("CPU ms a letter, 1 process", [_cell(e.get("build1"), "cpu", "{:.2f}") for e in engines.values()])
        row("index / text", [_cell(e.get("build1"), "size", "{:.2f}") for e in engines.values()])
        row("peak memory while indexing, MB", [_cell(e.get("build1"), "peak", "{:,.0f}") for e in engines.values()])
        row("peak memory while searching, MB", [f"{e['peak']:,.0f}" for e in engines.values()])
        for how in ("plain", "full"):
            row(f"from process start to the result, {how}, s", [f"{e[f'cold {how}']:.2f}" for e in engines.values()])
        if "cli" in result:
            row(
                "`itudocs search`, from process start to its end, s",
                [f"{result['cli']:.2f}" if e == "ours" else "–" for e in engines],
            )
        for how in ("full", "plain"):
            for kind in (*KINDS, "all"):
                found = [e["search"].get(f"{kind} {how}") for e in engines.values()]
                row(f"{kind}, {how}", [f"{f['median']:.1f} / {f['p95']:.1f}" if f else "–" for f in found])
        if "tantivy" in engines:
            lines += ["", f"Multiples of Tantivy: {_ratios(result)}."]
        if "whoosh" in engines:
            ours, stock = engines["ours"], engines["whoosh"]
            lines += [
                "",
                f"Beside Whoosh as it comes, letters are indexed {ours['build1']['rate'] / stock['build1']['rate']:.1f} times as "
                f"fast by the clock ({stock['build1']['cpu'] / ours['build1']['cpu']:.1f} times by CPU time), and full searches "
                f"take 1/{stock['search']['all full']['median'] / ours['search']['all full']['median']:.0f} of the time.",
            ]
    return "\n".join(lines) + "\n"


def _cell(figures: dict[str, float] | None, name: str, shape: str) -> str:
    return shape.format(figures[name]) if figures else "–"


def _ratios(result: dict[str, Any]) -> str:
    ours, theirs = (result["engines"][e] for e in ("ours", "tantivy"))
    parts = [
        f"{k} {ours['search'][f'{k} full']['median'] / theirs['search'][f'{k} full']['median']:.2f}" for k in KINDS
    ]
    whole = [ours["search"]["all full"][m] / theirs["search"]["all full"][m] for m in ("median", "p95")]
    return (
        f"full searches {whole[0]:.2f} (median) and {whole[1]:.2f} (95th percentile) over all kinds; {', '.join(parts)}; "
        f"memory while searching {ours['peak'] / theirs['peak']:.2f}; letters a second "
        f"{ours['build1']['rate'] / theirs['build1']['rate']:.2f} with one process, "
        f"{ours['build2']['rate'] / theirs['build2']['rate']:.2f} with two; our two are "
        f"{ours['build2']['rate'] / ours['build1']['rate']:.2f} times our one"
    )


_COLOURS = {"ours": "#1f6fb4", "tantivy": "#e07b00", "fts5": "#6a9f58", "whoosh": "#a0a0a0"}


def plot(results: list[dict[str, Any]]) -> str:
    """Full searches by kind as bars on a logarithmic scale, a panel a size."""
    width, panel, left, bottom = 860, 300, 60, 40
    top = max(f["median"] for r in results for e in r["engines"].values() for f in e["search"].values())
    low = min(
        f["median"] for r in results for e in r["engines"].values() for k, f in e["search"].items() if "full" in k
    )
    floor, ceiling = math.floor(math.log10(low)), math.ceil(math.log10(top))
    height = panel * len(results) + 30
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">'
    ]
    out.append(f'<rect width="{width}" height="{height}" fill="white"/>')

    def y(base: int, value: float) -> float:
        share = (math.log10(value) - floor) / (ceiling - floor)
        return base + panel - bottom - share * (panel - bottom - 40)

    for n, result in enumerate(results):
        base = n * panel
        title = f"{result['letters']:,} letters: a search with four facets and ten snippets, CPU ms (median)"
        out.append(f'<text x="{left}" y="{base + 24}" font-weight="bold">{title}</text>')
        for power in range(floor, ceiling + 1):
            line = y(base, 10.0**power)
            out.append(f'<line x1="{left}" x2="{width - 10}" y1="{line:.1f}" y2="{line:.1f}" stroke="#ddd"/>')
            out.append(f'<text x="{left - 8}" y="{line + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
        step = (width - left - 10) / len(KINDS)
        for k, kind in enumerate(KINDS):
            engines = [e for e in result["engines"] if f"{kind} full" in result["engines"][e]["search"]]
            bar = step * 0.8 / len(result["engines"])
            for i, engine in enumerate(engines):
                value = result["engines"][engine]["search"][f"{kind} full"]["median"]
                x, at = left + k * step + i * bar + step * 0.1, y(base, value)
                out.append(
                    f'<rect x="{x:.1f}" y="{at:.1f}" width="{bar - 2:.1f}" height="{base + panel - bottom - at:.1f}" '
                    f'fill="{_COLOURS[engine]}"><title>{NAMES[engine]}, {kind}: {value:.2f} ms</title></rect>'
                )
            middle = left + (k + 0.5) * step
            out.append(f'<text x="{middle:.1f}" y="{base + panel - bottom + 16}" text-anchor="middle">{kind}</text>')
    for i, engine in enumerate(dict.fromkeys(e for r in results for e in r["engines"])):
        x = left + i * 130
        out.append(f'<rect x="{x}" y="{height - 22}" width="12" height="12" fill="{_COLOURS[engine]}"/>')
        out.append(f'<text x="{x + 18}" y="{height - 12}">{NAMES[engine]}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"
