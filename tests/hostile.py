"""Files made to do harm, built when a test needs them: each with the reasons it may be refused for."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from tests.reading.docs import compound, word
from tests.reading.pdfs import HEAD, Words, assembled, pdf, stream

ENTITIES = "".join(
    f'<!ENTITY {chr(97 + n)} "{f"&{chr(96 + n)};" * 10 if n else "lol"}">' for n in range(12)
)  # 3 * 10**11 characters
_GIVEN_UP = ("timeout", "memory", "reader-died")
_CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"


class Hostile(NamedTuple):
    """A file; its name; the reasons for which it may be refused, none where it must be read."""

    name: str
    make: Callable[[], bytes]
    reasons: frozenset[str]


def package(**parts: bytes) -> bytes:
    """A zip file; `__` in a name stands for a slash, `_` for a stop."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name.replace("__", "/").replace("_", "."), data)
    return buffer.getvalue()


def docx(body: bytes) -> bytes:
    return package(word__document_xml=body)


def odt(body: bytes) -> bytes:
    return package(mimetype=b"application/vnd.oasis.opendocument.text", content_xml=body)


def page(*objects: bytes, drawn: bytes) -> bytes:
    """A PDF file of one page; objects are numbered from 5."""
    return assembled([
        _CATALOG, b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</X 5 0 R>>>>>>",
        drawn, *objects,
    ])  # fmt: skip


def flood(megabytes: int) -> bytes:
    """A PDF stream that unpacks to far more than it is: words, again and again."""
    packer = zlib.compressobj(9)
    words = b"BT /F 9 Tf 9 9 Td (harm) Tj ET\n" * 32_768
    data = b"".join([*(packer.compress(words) for _ in range(megabytes)), packer.flush()])
    return stream(data, b"/Filter/FlateDecode")


def files() -> Iterator[Hostile]:
    """All of them but those that are named by their extension alone."""

    def one(name: str, make: Callable[[], bytes], *reasons: str) -> Hostile:
        return Hostile(name, make, frozenset(reasons))

    xml = b'<?xml version="1.0"?><!DOCTYPE w [%b]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&%b;</w:t></w:r></w:p></w:body></w:document>'
    outside = b'<!ENTITY x SYSTEM "file:///etc/hostname">'
    yield one("bomb.docx", lambda: docx(b" " * 60_000_000), "bomb")
    yield one("bomb.odt", lambda: odt(b" " * 60_000_000), "bomb")
    yield one("laughs.docx", lambda: docx(xml % (ENTITIES.encode(), b"l")), "entities")
    yield one("laughs.odt", lambda: odt(xml % (ENTITIES.encode(), b"l")), "entities")
    yield one("outside.docx", lambda: docx(xml % (outside, b"x")), "entities")
    yield one("encrypted.docx", lambda: compound({"EncryptionInfo": b"\4", "EncryptedPackage": b"x"}), "encrypted")
    yield one("encrypted.doc", lambda: word("x\r", flags=0x0300), "encrypted")
    yield one("cut.doc", lambda: word("Dear Sir,\r" * 100)[:2500], "damaged")
    yield one("chain.doc", _chained, "damaged", "")
    yield one(
        "encrypted.pdf",
        lambda: assembled(
            [_CATALOG, b"<</Type/Pages/Count 0/Kids[]>>", b"<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>" % (b"ab" * 32, b"cd" * 32)],
            trailer=b"/Root 1 0 R/Encrypt 3 0 R/ID[<%b><%b>]" % (b"00" * 16, b"00" * 16),
        ),
        "encrypted",
    )  # fmt: skip
    yield one(
        "tree.pdf",
        lambda: assembled([_CATALOG, b"<</Type/Pages/Count 9999999/Kids[2 0 R 2 0 R]>>"]),
        "too-large",
        "empty",
    )
    yield one(
        "length.pdf", lambda: page(drawn=b"<</Length 4 0 R>>\nstream\nx\nendstream"), "empty", "damaged", "scanned"
    )
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>"
    yield one("forms.pdf", lambda: page(stream(b"/X Do " * 1000, form), drawn=stream(b"/X Do " * 1000)), *_GIVEN_UP)
    yield one("flood.pdf", lambda: page(_FONT, drawn=flood(400)), "too-large", *_GIVEN_UP)
    yield one("deep.pdf", lambda: HEAD + b"1 0 obj\n" + b"[" * 3_000_000, "damaged")
    yield one("deep.rtf", lambda: rb"{\rtf1" + b"{" * 3_000_000, "nesting")
    yield one("deep.html", lambda: b"<html>" + b"<div>" * 500_000 + b"Dear Sir,", "nesting", "damaged", "")


def _chained() -> bytes:
    """A compound file whose directory leads back to itself."""
    data = bytearray(word("Dear Sir,\r"))
    start = int.from_bytes(data[48:52], "little")
    data[512 + 4 * start : 516 + 4 * start] = start.to_bytes(4, "little")
    return bytes(data)


_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def noise(seed: int, size: int = 5000) -> bytes:
    """Random bytes, the same for the same seed."""
    return Random(seed).randbytes(size)


def honest() -> dict[str, bytes]:
    """Letters to stand among them."""
    text = "Geneva, 4 May 2001\nTSB Circular 68\nDear Sir/Madam,\n"
    return {
        "honest.txt": text.encode(),
        "honest.doc": word(text.replace("\n", "\r")),
        "honest.pdf": pdf([Words(72, 700 - 40 * n, line) for n, line in enumerate(text.split("\n"))]),
    }
