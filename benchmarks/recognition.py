"""Scanned letters -> text recognition -> record: what is lost where pages are pictures.

    python -m benchmarks.recognition                    # the part of docs/formats-benchmark.md, on stdout
    python -m benchmarks.recognition --write            # into it
    python -m benchmarks.recognition --letters 2 1      # of each language, open and held out
    python -m benchmarks.recognition --show             # what came out worse than from the text, open letters only

    corpus letter ─ filemaker ─▶ PDF of pictures ─ itudocs, tesseract ─▶ record ─ itudocs.evaluate ─▶ F1

Recognising takes seconds a page: a sample of letters is measured, drawn by language and always the same. The same letters
as text, and as the PDF that the pictures are of, stand beside. Letters of `heldout` are scored and never shown.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.damaging import Letter, load
from benchmarks.filemaker import SCAN, make
from benchmarks.roundtrip import FIELDS, PAGE, PARTS, ROOT, SCANS, TEXT, Trip, differences, markdown, trip
from itudocs.evaluate.scores import Evaluation
from itudocs.model import Language, Record
from itudocs.reading.pdf import PdfDocument
from itudocs.reading.recognition import PROGRAM
from itudocs.reading.source import Limits

TRAINED: Mapping[Language, str] = {
    "en": "eng", "fr": "fra+eng", "es": "spa+eng", "ru": "rus+eng", "ar": "ara+eng", "zh": "chi_sim+eng",
}  # fmt: skip
"""The languages that a letter of each language is recognised in."""

LETTERS = (10, 4)
"""Of each language: open ones, held-out ones."""

PDF = "pdf"
_SECONDS = 600.0
_TIMED = 3  # letters of each language whose reading is timed


class Scanned(Record, frozen=True, kw_only=True):
    """Letters of one language and one part of the corpus, as text, as PDF and scanned.

    Attributes:
        pages: of the scanned letters whose reading was timed.
        seconds: of processor time, that these took to be read.
    """

    part: str
    language: Language
    trips: dict[str, Trip]
    pages: int
    seconds: float


def sample(letters: Iterable[Letter], language: Language, count: int) -> list[Letter]:
    """Some letters of a language, by name; always the same ones."""
    its = [letter for letter in letters if letter.lang == language]
    drawn = random.Random(f"scan {language}").sample(its, min(count, len(its)))
    return sorted(drawn, key=lambda letter: letter.name)


def scanned(part: str, folder: Path, language: Language, letters: Sequence[Letter]) -> Scanned:
    """Make, read, parse and score letters of one language.

    Raises:
        RuntimeError: the files cannot be made here.
    """
    limits = Limits(ocr=TRAINED[language], seconds=_SECONDS)
    with tempfile.TemporaryDirectory() as made_in:
        made = make(letters, Path(made_in), kinds=[PDF, SCAN])
        if made.missing:
            raise RuntimeError("; ".join(f"{kind}: {why}" for kind, why in made.missing.items()))
        trips = {TEXT: trip(part, TEXT, folder, {}, letters)}
        trips |= {kind: trip(part, kind, folder, files, letters, limits=limits) for kind, files in made.files.items()}
        pages, seconds = _timed([made.files[SCAN][letter.name] for letter in letters[:_TIMED]], limits)
    return Scanned(part=part, language=language, trips=trips, pages=pages, seconds=seconds)


def _timed(paths: Sequence[Path], limits: Limits) -> tuple[int, float]:
    """How many pages files have, and the processor time that reading them takes, in this process and the program's."""
    pages, begun = 0, os.times()
    for path in paths:
        read = PdfDocument().to_text(path.read_bytes(), name=path.name, limits=limits)
        pages += max(place.page or 0 for place in read.places)
    ended = os.times()
    return pages, sum(ended[:4]) - sum(begun[:4])


def measured(corpus: Path, counts: Mapping[str, int]) -> Iterator[Scanned]:
    """Every language of every part that letters are wanted of."""
    for part, count in counts.items():
        letters = load(corpus / part) if count else []
        for language in TRAINED:
            if chosen := sample(letters, language, count):
                yield scanned(part, corpus / part, language, chosen)


# -- telling -----------------------------------------------------------------------------------------------------------


def together(some: Sequence[Scanned], kind: str) -> Evaluation:
    """The scores of one kind over several languages."""
    scores = [one.trips[kind].scores for one in some]
    return Evaluation(
        letters=tuple(letter for score in scores for letter in score.letters),
        unparsed=tuple(name for score in scores for name in score.unparsed),
    )


def section(done: Sequence[Scanned]) -> str:
    """The part of the published page, in Markdown."""
    lines = [
        "## Scanned pages, recognised",
        "",
        "A sample of letters, always the same: their LibreOffice PDF drawn page by page with 200 or 300 dots an inch, up to 0.4 degrees crooked,",
        "with a scanner's softness and noise, as JPEG, in PDF files that hold no text. Read with `Limits(ocr=...)`: the letter's language and",
        "English. Text and pdf are the same letters as they stand in the corpus and as the PDF that was drawn. Seconds are of processor",
        f"time, over the first {_TIMED} letters of each language. Written by",
        "",
        "    python -m benchmarks.recognition --write",
        "",
    ]
    for part in PARTS:
        its = [one for one in done if one.part == part]
        if its:
            lines += [f"{'Open' if part == 'open' else 'Held-out'} letters:", "", _by_language(its)]
    failed = [why for one in done for why in one.trips[SCAN].failed if one.part == "open"]
    failed += [
        f"{len(one.trips[SCAN].failed)} of {one.part}" for one in done if one.part != "open" and one.trips[SCAN].failed
    ]
    lines += [
        f"Not read: {'; '.join(failed)}." if failed else "All files were read.",
        "",
        "By field, soft F1:",
        "",
        _by_field(done),
    ]
    return "\n".join(lines)


def _by_language(its: Sequence[Scanned]) -> str:
    heads = ("", "letters", "text, soft F1", "strict", "pdf, soft", "strict", "scan, soft", "strict", "seconds a page")
    told = [(one.language, [one]) for one in its] + [("all", list(its))]
    return markdown(heads, ((name, *_cells(some)) for name, some in told))


def _cells(some: Sequence[Scanned]) -> Iterator[str]:
    yield str(sum(one.trips[TEXT].letters for one in some))
    for kind in (TEXT, PDF, SCAN):
        micro = together(some, kind).micro
        yield from (f"{micro.soft.f1:.3f}", f"{micro.strict.f1:.3f}")
    yield f"{sum(one.seconds for one in some) / max(sum(one.pages for one in some), 1):.1f}"


def _by_field(done: Sequence[Scanned]) -> str:
    """Text and scan of each part side by side."""
    parts = [part for part in PARTS if any(one.part == part for one in done)]
    scores = [together([one for one in done if one.part == part], kind) for part in parts for kind in (TEXT, PDF, SCAN)]
    said = {"open": "open", "heldout": "held out"}
    heads = ("field", *(f"{said[part]}, {kind}" for part in parts for kind in (TEXT, PDF, SCAN)))
    return markdown(
        heads, ((name.replace("_", " "), *(f"{one.field(name).soft.f1:.3f}" for one in scores)) for name in FIELDS)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument(
        "--letters", type=int, nargs=2, default=LETTERS, metavar=("OPEN", "HELDOUT"), help="letters of each language"
    )
    parser.add_argument("--write", action="store_true", help="write the part of docs/formats-benchmark.md")
    parser.add_argument("--show", action="store_true", help="what came out worse than from the text, open letters only")
    chosen = parser.parse_args(arguments)
    if chosen.write and tuple(chosen.letters) != LETTERS:
        parser.error("--write takes the whole sample")
    if shutil.which(PROGRAM) is None:
        print(f"{PROGRAM} is not installed (Debian: tesseract-ocr, tesseract-ocr-fra ...)", file=sys.stderr)
        return 1
    counts = dict(zip(PARTS, chosen.letters, strict=True))
    if chosen.show:
        for one in measured(chosen.corpus, counts | {"heldout": 0}):
            print("\n".join(differences(list(one.trips.values()), SCAN)))
        return 0
    told = section(list(measured(chosen.corpus, counts)))
    if chosen.write:
        page = PAGE.read_text("utf-8")
        if not SCANS.search(page):
            parser.error(f"{PAGE.name} has no place for it, between <!-- scans --> and <!-- /scans -->")
        PAGE.write_text(SCANS.sub(lambda _: told, page), "utf-8")
    else:
        print(told, end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
