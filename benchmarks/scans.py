"""Scanned letters: the pages of a PDF drawn, as a scanner sees a sheet of paper, and put into a PDF that holds no text.

    PDF ─ pdfium ─▶ pages in grey ─ a little crooked, soft and noisy ─▶ JPEG ─ Pillow ─▶ PDF of pictures

What a scanner does is drawn from the letter's name and the number of the page: the same file always gives the same scan.
Used by `benchmarks.filemaker`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.sheets import draw

if TYPE_CHECKING:
    from PIL.Image import Image

DOTS = (200, 300)
"""Of an inch: what offices scan letters with."""
MOST_TURNED = 0.4
"""Degrees that a sheet lies crooked, either way."""
_INK, _PAPER = 35, 245  # grey
_NOISE = 6.0  # of grey, standard deviation
_SOFT = (0.3, 0.7)  # dots, at least and at most: radius of the blur
_QUALITY = 60  # of JPEG


def scanned(data: bytes, name: str) -> bytes:
    """A PDF of pictures of pages from a PDF with text.

    Args:
        data: of the PDF.
        name: of the letter; what a scanner does to it is drawn from this.
    """
    import pypdfium2

    dots = DOTS[draw(name, "dots", len(DOTS))]
    document = pypdfium2.PdfDocument(data)
    try:
        pages = [
            _seen(page.render(scale=dots / 72, grayscale=True).to_pil(), f"{name} {number}")
            for number, page in enumerate(document)
        ]
    finally:
        document.close()
    buffer = io.BytesIO()
    # Without the dates that Pillow would put in.
    pages[0].save(
        buffer, "PDF", save_all=True, append_images=pages[1:], resolution=dots, quality=_QUALITY, creationDate=None, modDate=None
    )  # fmt: skip
    return buffer.getvalue()


def _seen(page: Image, name: str) -> Image:
    """A page as a scanner sees it."""
    from PIL import Image, ImageFilter

    thousandths = draw(name, "turned", 2001) - 1000
    soft = _SOFT[0] + (_SOFT[1] - _SOFT[0]) * draw(name, "soft", 101) / 100
    turned = page.convert("L").rotate(MOST_TURNED * thousandths / 1000, Image.Resampling.BICUBIC, fillcolor=255)
    blurred = turned.filter(ImageFilter.GaussianBlur(soft))
    grey = _INK + np.asarray(blurred, dtype=np.float64) / 255 * (_PAPER - _INK)
    grey += np.random.default_rng(draw(name, "noise", 2**32)).normal(0.0, _NOISE, grey.shape)
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))
