"""Small PDF files for tests, written by hand: words at places on pages, links, and whatever else shall be in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


class Words(NamedTuple):
    """Words that begin at a place; y counts from the bottom, in points of an A4 page (595 x 842)."""

    x: float
    y: float
    text: str
    size: float = 11
    turn: tuple[float, float, float, float] = (1, 0, 0, 1)


class Link(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float
    target: str


def assembled(objects: Sequence[bytes], *, trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A file of these objects, numbered from 1, with its table of contents."""
    out = bytearray(HEAD)
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(out) + b"trailer\n<</Size %d %b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, at)


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<</Length %d %b>>\nstream\n%b\nendstream" % (len(data), extra, data)


def pdf(*pages: Sequence[Words | Link]) -> bytes:
    """A file of pages in Helvetica and the characters of Windows-1252."""
    objects: list[bytes] = [b"", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"]
    kids = []
    for page in pages:
        drawn, links = [], []
        for piece in page:
            if isinstance(piece, Link):
                box = b"%.1f %.1f %.1f %.1f" % (piece.left, piece.bottom, piece.right, piece.top)
                links.append(
                    b"<</Type/Annot/Subtype/Link/Rect[%b]/A<</S/URI/URI(%b)>>>>" % (box, piece.target.encode())
                )
            else:
                text = piece.text.encode("cp1252").replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")
                turn = b"%.3f %.3f %.3f %.3f" % piece.turn
                drawn.append(b"BT /F1 %.1f Tf %b %.2f %.2f Tm (%b) Tj ET" % (piece.size, turn, piece.x, piece.y, text))
        objects.append(stream(b"\n".join(drawn)))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>/Annots[%b]>>"
            % (len(objects), b"".join(links))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[1] = b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(kids), b" ".join(kids))
    return assembled(objects)


def lines(x: float, top: float, *texts: str, pitch: float = 14, size: float = 11) -> list[Words]:
    """Lines one below the other."""
    return [Words(x, top - n * pitch, text, size) for n, text in enumerate(texts)]
