"""Text recognition (OCR) of pictures of pages, by tesseract where it is installed and asked for.

Nothing else is run by a reader. The program gets a picture on its standard input and gives words on its standard output,
without a shell, in the reader's own process group and within its limits: it is ended with the reader.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from itudocs.errors import ReadError

PROGRAM = "tesseract"
DOTS = 300
"""Of an inch: what recognition was made for."""
MOST_DOTS = 25_000_000
"""Of a page: A4 has 8.7 million."""
_LANGUAGES = re.compile(r"[A-Za-z]\w{1,30}(?:\+[A-Za-z]\w{1,30}){0,9}", re.ASCII)


def recognised(width: int, height: int, grey: bytes, *, languages: str, name: str) -> str:
    """The words of a picture, a line each of its lines.

    Args:
        grey: a byte a dot, row by row, white is 255.
        languages: as tesseract names them, `eng+fra`.
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
        [program, "stdin", "stdout", "-l", languages],
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
    lines = (" ".join(line.split()) for line in done.stdout.decode("utf-8", "replace").splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n\f ")
