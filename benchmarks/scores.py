"""The tables of scores in the README, held-out letters beside the open ones.

python -m benchmarks.scores              # on stdout
python -m benchmarks.scores --write      # into README.md
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from itudocs.evaluate import evaluate
from itudocs.evaluate.measures import CORE, FURTHER
from itudocs.evaluate.scores import Evaluation, FieldScore

ROOT = Path(__file__).parent.parent
LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh")
_TABLES = re.compile(r"(?<=F1 by language over all scored fields:\n\n).*?(?=\nBoth parts are written)", re.DOTALL)
BETWEEN = "and by field (identities, places and other fields from `id` down are scored too, but are not in the totals):"


def tables(held_out: Evaluation, opened: Evaluation) -> str:
    """Both tables as Markdown: by language, by field."""
    lines = [f"| | {' | '.join(LANGUAGES)} |", "|---" * (len(LANGUAGES) + 1) + "|"]
    for name, part in (("held out", held_out), ("open", opened)):
        scores, letters = part.languages, Counter(letter.language for letter in part.letters)
        cells = " | ".join(f"{scores[code].f1:.3f}" for code in LANGUAGES)
        lines.append(f"| {name} ({len(part.letters)} letters), soft F1 | {cells} |")
        lines.append(f"| letters | {' | '.join(str(letters[code]) for code in LANGUAGES)} |")
    lines += [
        "",
        BETWEEN,
        "",
        "| | held out, soft | strict | values | open, soft | strict | values |",
        "|---" * 7 + "|",
    ]
    lines.append(_row("**all fields**", held_out.micro, opened.micro))
    for measure in (*CORE, *FURTHER):
        if held_out.speaks(measure.name) and opened.speaks(measure.name):
            label = measure.name.replace("_", " ")
            lines.append(_row(label, held_out.field(measure.name), opened.field(measure.name)))
    return "\n".join(lines) + "\n"


def _row(label: str, *scores: FieldScore) -> str:
    def cells(score: FieldScore) -> Iterator[str]:
        yield from (f"{score.soft.f1:.3f}", f"{score.strict.f1:.3f}", f"{score.soft.right + score.soft.missed}")

    return f"| {label} | {' | '.join(cell for score in scores for cell in cells(score))} |"


def shown(readme: str) -> str:
    """The tables that a README shows.

    Raises:
        ValueError: it has none.
    """
    found = _TABLES.search(readme)
    if not found:
        raise ValueError("README.md has no tables of scores between the lines that stand around them")
    return found[0]


def measured() -> str:
    """The tables as they are now."""
    return tables(evaluate(ROOT / "corpus" / "heldout"), evaluate(ROOT / "corpus" / "open"))


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("--write", action="store_true", help="put the tables into README.md")
    given = options.parse_args(arguments)
    now = measured()
    if given.write:
        readme = ROOT / "README.md"
        text = readme.read_text("utf-8")
        readme.write_text(text.replace(shown(text), now), "utf-8")
    else:
        print(now, end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
