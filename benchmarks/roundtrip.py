"""Letter -> file -> record: what is lost on the way through each format, field by field.

    python -m benchmarks.roundtrip                    # the table of the README, on stdout
    python -m benchmarks.roundtrip --write            # into README.md, and docs/formats-benchmark.md
    python -m benchmarks.roundtrip --show rtf         # what came out worse in the open letters
    python -m benchmarks.roundtrip --every 10 --kinds docx html

    corpus letter ─ benchmarks.filemaker ─▶ files ─ itudocs ─▶ records ─ itudocs.evaluate ─▶ F1 by format and field

Files of all kinds that are made and can be read are measured; a kind that is not has its reason told. The text row is the
same letters as they stand in the corpus. Letters of `heldout` are scored and never shown. Scanned letters take long to read:
`benchmarks.recognition` measures some, and its part of the page is kept.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.damaging import Letter, load
from benchmarks.filemaker import WITH_TEXT, make
from itudocs.assemble import circular
from itudocs.errors import ReadError
from itudocs.evaluate import evaluate
from itudocs.evaluate.measures import CORE
from itudocs.evaluate.scores import Evaluation
from itudocs.model import Circular, Record
from itudocs.reading import Document, read
from itudocs.reading.formats import FORMATS
from itudocs.reading.source import DEFAULT_LIMITS, Limits

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "formats-benchmark.md"
PARTS = ("open", "heldout")
LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh")
TEXT = "text"
FIELDS = (*(measure.name for measure in CORE), "id", "language", "series")

SAID = {
    TEXT: ("as it stands in the corpus", "text"),
    "docx": ("python-docx", "docx"),
    "odt": ("LibreOffice, from .docx", "odt"),
    "rtf": ("LibreOffice, from .docx", "rtf"),
    "doc": ("LibreOffice, from .docx", "doc"),
    "html": ("pages of our own, in a site of either of two ages", "html"),
    "html-libreoffice": ("LibreOffice, from .docx", "html"),
    "pdf": ("LibreOffice, from .docx", "pdf"),
    "pdf-chromium": ("Chromium, printed from a page", "pdf"),
}
"""Who made a kind, and the name of the format that reads it."""

WHY = """\
What Word, OpenDocument, RTF and web pages lose is the same in all of them, so it is not their readers' loss: mostly addressees and copies
of letters whose table the corpus has drawn with bars, its cells torn line by line, and subjects that only an empty line parted from the
body. PDF files lose more where the page shows less: the order of Arabic words, cells that nearly touch.
"""
"""What `--show` shows of the losses."""

SCANS = re.compile(r"(?<=<!-- scans -->\n)[\s\S]*?(?=<!-- /scans -->)")
_TABLE = re.compile(r"(?<=<!-- formats -->\n)[\s\S]*?(?=<!-- /formats -->)")


class Trip(Record, frozen=True, kw_only=True):
    """One kind of file over one part of the corpus; `failed` are the letters that could not be read, and why."""

    part: str
    kind: str
    scores: Evaluation
    letters: int
    failed: tuple[str, ...] = ()


def trip(
    part: str,
    kind: str,
    folder: Path,
    files: Mapping[str, Path],
    letters: Sequence[Letter],
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> Trip:
    """Read, parse and score the files of one kind, by the names of their letters."""
    records: list[Circular] = []
    failed: list[str] = []
    for letter in letters:
        data = files[letter.name].read_bytes() if files else letter.text.encode()
        try:
            # Under the name of the text: gold is found by it, and formats are told by their content.
            source = read(Document(name=f"{letter.name}.txt", data=data), limits=limits)
        except ReadError as error:
            failed.append(f"{letter.name}: {error.reason}")
            continue
        records.append(circular(source))
    return Trip(
        part=part,
        kind=kind,
        scores=scored(folder, letters, records),
        letters=len(letters),
        failed=tuple(failed),
    )


def scored(folder: Path, letters: Sequence[Letter], records: Sequence[Circular]) -> Evaluation:
    """The scores of some letters of a folder."""
    whole = evaluate(folder, records)
    wanted = {f"{letter.name}.txt" for letter in letters}
    return Evaluation(
        letters=tuple(score for score in whole.letters if score.name in wanted),
        unparsed=tuple(name for name in whole.unparsed if name in wanted),
    )


def trips(corpus: Path, kinds: Sequence[str], *, every: int, parts: Sequence[str]) -> tuple[list[Trip], dict[str, str]]:
    """All kinds over all parts, the text first; and why kinds were left out."""
    read_here = {form.name for form in FORMATS}
    missing = {kind: "no reader is installed" for kind in kinds if SAID[kind][1] not in read_here}
    done: list[Trip] = []
    for part in parts:
        folder = corpus / part
        letters = load(folder)[::every]
        done.append(trip(part, TEXT, folder, {}, letters))
        with tempfile.TemporaryDirectory() as made_in:
            made = make(letters, Path(made_in), kinds=[kind for kind in kinds if kind not in missing])
            missing |= made.missing
            done += [trip(part, kind, folder, files, letters) for kind, files in made.files.items()]
    return done, missing


# -- telling -----------------------------------------------------------------------------------------------------------


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"


def _of(done: Iterable[Trip], part: str) -> dict[str, Trip]:
    return {one.kind: one for one in done if one.part == part}


def table(done: Sequence[Trip]) -> str:
    """The table of the README: formats down, soft and strict F1 across."""
    opened, held = _of(done, "open"), _of(done, "heldout")

    def cells(kind: str) -> Iterator[str]:
        for trips_of in (opened, held):
            if kind in trips_of:
                micro = trips_of[kind].scores.micro
                yield from (f"{micro.soft.f1:.3f}", f"{micro.strict.f1:.3f}")
            else:
                yield from ("–", "–")

    heads = ("file", "made by", "open, soft F1", "strict", "held out, soft F1", "strict")
    return markdown(heads, ((kind, SAID[kind][0], *cells(kind)) for kind in opened))


def page(done: Sequence[Trip], missing: Mapping[str, str], scans: str = "") -> str:
    """The published page, in Markdown; `scans` is what it says of scanned letters."""
    opened, held = _of(done, "open"), _of(done, "heldout")
    counts = {part: next(iter(_of(done, part).values())).letters for part in PARTS}
    lines = [
        "# Round trips: letter -> file -> record",
        "",
        f"{counts['open']} open and {counts['heldout']} held-out letters of the corpus were made into files by the programs that",
        "offices use, and the files parsed and scored against the letters' gold. The text row is the same letters as they stand",
        "in the corpus: what is below it was lost on the way, by the maker, the format or its reader. How each format is read:",
        "[formats.md](formats.md), where the speed of reading stands too. Written by",
        "",
        "    python -m benchmarks.roundtrip --write",
        "",
        "## All fields",
        "",
        table(done),
        f"Not read: {'; '.join(failed)}." if (failed := _failed(done)) else "All files were read.",
        "",
        WHY,
    ]
    if missing:
        lines += ["Left out: " + "; ".join(f"{kind} ({why})" for kind, why in missing.items()) + ".", ""]
    lines += ["## By field, open letters, soft F1", "", _fields(opened)]
    lines += ["## By field, held-out letters, soft F1", "", _fields(held)]
    for title, trips_of in (("open letters", opened), ("held-out letters", held)):
        lines += [f"## By language, {title}, soft F1", "", markdown(("file", *LANGUAGES), _languages(trips_of))]
    return "\n".join(lines).rstrip() + f"\n\n<!-- scans -->\n{scans}<!-- /scans -->\n"


def _failed(done: Iterable[Trip]) -> list[str]:
    """What was not read of each kind; letters of `heldout` are only counted."""
    told = []
    for one in done:
        if one.failed:
            told.append(f"{one.kind}, {one.part}: {', '.join(one.failed) if one.part == 'open' else len(one.failed)}")
    return told


def _fields(trips_of: Mapping[str, Trip]) -> str:
    told = (
        (name.replace("_", " "), *(f"{one.scores.field(name).soft.f1:.3f}" for one in trips_of.values()))
        for name in FIELDS
    )
    return markdown(("field", *trips_of), told)


def _languages(trips_of: Mapping[str, Trip]) -> Iterator[tuple[str, ...]]:
    for kind, one in trips_of.items():
        scores = one.scores.languages
        yield kind, *(f"{scores[code].f1:.3f}" if code in scores else "–" for code in LANGUAGES)


def differences(done: Sequence[Trip], kind: str) -> Iterator[str]:
    """What came out worse than from the text, open letters only."""
    opened = _of(done, "open")
    before = {score.name: score for score in opened[TEXT].scores.letters}
    for score in opened[kind].scores.letters:
        for name, outcome in score.fields.items():
            was = before[score.name].fields.get(name)
            if was and outcome.soft.errors > was.soft.errors:
                yield f"{score.name} {name}"
                yield from (f"  gold   {value}" for value in outcome.gold or ("-",))
                yield from (f"  text   {value}" for value in was.found or ("-",))
                yield from (f"  file   {value}" for value in outcome.found or ("-",))


def shown(markdown: str) -> str:
    """The table that the README shows.

    Raises:
        ValueError: it has none.
    """
    found = _TABLE.search(markdown)
    if not found:
        raise ValueError("README.md has no table of formats between <!-- formats --> and <!-- /formats -->")
    return found[0]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument(
        "--kinds",
        nargs="+",
        choices=WITH_TEXT,
        default=WITH_TEXT,
        metavar="KIND",
        help=f"some of: {', '.join(WITH_TEXT)}",
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth letter only")
    parser.add_argument(
        "--write", action="store_true", help="write docs/formats-benchmark.md and the table in README.md"
    )
    parser.add_argument(
        "--show", choices=WITH_TEXT, metavar="KIND", help="what came out worse than from the text, open letters only"
    )
    chosen = parser.parse_args(arguments)
    if chosen.write and (chosen.every > 1 or tuple(chosen.kinds) != WITH_TEXT):
        parser.error("--write takes all letters and all kinds")
    kinds = [chosen.show] if chosen.show else list(chosen.kinds)
    done, missing = trips(chosen.corpus, kinds, every=chosen.every, parts=("open",) if chosen.show else PARTS)
    if chosen.show:
        print("\n".join(differences(done, chosen.show)) if chosen.show not in missing else missing[chosen.show])
        return 0
    if chosen.write:
        readme = ROOT / "README.md"
        text = readme.read_text("utf-8")
        shown(text)  # raises where there is none
        readme.write_text(_TABLE.sub(lambda _: table(done), text), "utf-8")
        scans = SCANS.search(PAGE.read_text("utf-8"))
        PAGE.write_text(page(done, missing, scans[0] if scans else ""), "utf-8")
    else:
        print(table(done), end="")
    for kind, why in missing.items():
        print(f"{kind}: left out, {why}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
