"""Text recognition (OCR) of pictures of pages, by tesseract where it is installed and asked for: words with their places.

What lines, cells and paragraphs they make is `scanned`'s, as for characters that a page shows. Nothing else is run by a reader. The program gets a picture on its standard input and gives words on its standard output,
without a shell, in the reader's own process group and within its limits: it is ended with the reader.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

from itudocs.errors import ReadError

PROGRAM = "tesseract"
DOTS = 300
"""Of an inch: what recognition was made for."""
MOST_DOTS = 25_000_000
"""Of a page: A4 has 8.7 million."""
_LANGUAGES = re.compile(r"[A-Za-z]\w{1,30}(?:\+[A-Za-z]\w{1,30}){0,9}", re.ASCII)


_HOCR = re.compile(
    r"<span class='ocr(?P<line>_line|_header|_caption|_textfloat)' [^>]*?title=\"(?P<box>[^\"]*)\""
    r"|<span class='ocrx_word' [^>]*?title='bbox (?P<left>\d+) \d+ (?P<right>\d+) \d+; x_wconf (?P<sure>\d+)[^']*'[^>]*>(?P<said>.*?)</span>"
)
_BOX = re.compile(r"bbox (\d+) \d+ \d+ (\d+)")
_BASELINE = re.compile(r"baseline (-?[\d.]+) (-?[\d.]+)")
_SIZE = re.compile(r"x_size ([\d.]+)")
_TAG = re.compile(r"<[^>]*>")
_NO_LETTERS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # marks of direction, put in by the program


class Word(NamedTuple):
    """A word on a picture, from where to where it reaches, in dots; how sure of it the program is, of 100; whether it was
    read among Arabic or Chinese as if all were Latin: its characters then stand as the page shows them, left to right."""

    text: str
    left: int
    right: int
    sure: int = 100
    latin: bool = False


class Row(NamedTuple):
    """Words that the program takes for a line, from either side; where their baseline meets the left
    edge of the picture and how many dots it falls with each to the right; the size of type. In dots, downwards."""

    words: tuple[Word, ...]
    base: float
    slope: float
    size: float


def recognised(width: int, height: int, grey: bytes, *, languages: str, dots: float, name: str) -> list[Row]:
    """The words of a picture, where they stand.

    Args:
        grey: a byte a dot, row by row, white is 255.
        languages: as tesseract names them, `eng+fra`.
        dots: of the picture, to an inch of the page.
        name: of the source, for errors.

    Raises:
        ReadError: tesseract is not installed, or has none of these languages (`library`).
    """
    if not _LANGUAGES.fullmatch(languages):
        raise ReadError(
            f"{name}: {languages[:40]!r} are no languages of text recognition: write them as in ocr=eng+fra.",
            name=name,
            reason="library",
        )
    program = shutil.which(PROGRAM)
    if program is None:
        raise ReadError(
            f"{name} holds pictures of pages, and {PROGRAM} is not installed. Debian: apt-get install tesseract-ocr "
            "tesseract-ocr-fra (and so on, for each language).",
            name=name,
            reason="library",
        )
    done = subprocess.run(
        [program, "stdin", "stdout", "-l", languages, "--dpi", f"{dots:.0f}", "-c", "tessedit_create_hocr=1"],
        input=b"P5\n%d %d\n255\n" % (width, height) + grey,
        capture_output=True,
        env=os.environ | {"OMP_THREAD_LIMIT": "1"},  # its languages may lie where TESSDATA_PREFIX says
        check=False,
    )
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[:300]
        raise ReadError(
            f"{name}: {PROGRAM} cannot recognise {languages} ({said}). Debian: apt-get install tesseract-ocr-fra (and so on).",
            name=name,
            reason="library",
        )
    return list(rows_of(done.stdout.decode("utf-8", "replace")))


def rows_of(hocr: str) -> Iterator[Row]:
    """The lines that have words in what tesseract writes, which is hOCR 1.2: kba.github.io/hocr-spec."""
    box: str = ""
    words: list[Word] = []
    for match in _HOCR.finditer(hocr):
        if match["line"]:
            if words:
                yield _row(box, words)
            box, words = match["box"], []
        elif text := _NO_LETTERS.sub("", html.unescape(_TAG.sub("", match["said"]))).strip():
            words.append(Word(text, int(match["left"]), int(match["right"]), int(match["sure"])))
    if words:
        yield _row(box, words)


def _row(box: str, words: list[Word]) -> Row:
    """The baseline is told from the lower left corner of the line's box."""
    edges, baseline, size = _BOX.match(box), _BASELINE.search(box), _SIZE.search(box)
    left, bottom = (float(edges[1]), float(edges[2])) if edges else (0.0, 0.0)
    slope, above = (float(baseline[1]), float(baseline[2])) if baseline else (0.0, 0.0)
    return Row(tuple(words), bottom + above - slope * left, slope, float(size[1]) if size else 1.0)
