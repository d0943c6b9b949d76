"""Which format a source is in: the registry, and the formats that are known but cannot be read.

A format is one module with one class of the shape of `Format`, and one line in `FORMATS`. It says how sure it is that a
source is its own; the surest reads it. A format that needs a library imports it inside `to_text`, so that readers of
plain text do not pay for it. Between the bytes and their text.
"""

from __future__ import annotations

import functools
import re
from pathlib import PurePath
from typing import Protocol

from itudocs.errors import ReadError
from itudocs.model import Record
from itudocs.reading.decoding import Decoded
from itudocs.reading.doc import OldWordDocument
from itudocs.reading.docx import WordDocument
from itudocs.reading.html import WebPage
from itudocs.reading.odt import OpenDocument
from itudocs.reading.pdf import PdfDocument
from itudocs.reading.plain import PlainText
from itudocs.reading.rtf import RichText
from itudocs.reading.source import Limits


class Format(Protocol):
    """How a format is read.

    Attributes:
        name: short and lasting; it is stored with every record (`text`).
        extensions: of the files that are taken from a folder, lower case, with their dot.
        isolated: whether it is read in a process of its own, with limits of time and memory: all that decompress, or use
            libraries that a hostile file may crash or keep busy. Its class is imported there and made without arguments.
    """

    name: str
    extensions: frozenset[str]
    isolated: bool

    def sniff(self, data: bytes, name: str) -> float:
        """How sure it is, 0 to 1, that these bytes are of this format; cheap, and never raises."""
        ...

    def to_text(self, data: bytes, *, name: str, limits: Limits) -> Decoded:
        """The text of a source, not yet cleaned.

        Raises:
            ReadError: the source is not what it seemed, or its text is larger than the limits allow.
        """
        ...


FORMATS: tuple[Format, ...] = (
    PlainText(), WordDocument(), OldWordDocument(), OpenDocument(), PdfDocument(), WebPage(), RichText(),
)  # fmt: skip

_SURE = 0.5  # a format that is less sure than this gives way to a known signature


class Signature(Record, frozen=True, kw_only=True):
    """A format that cannot be read: its first bytes, its name for people, what they can do, `ReadError`'s reason."""

    pattern: bytes
    what: str
    advice: str
    reason: str = "binary"


_SAVE = "open it and save it as plain text (UTF-8) first."
_UNPACK = "unpack it and read the files in it."
_NO_TEXT = "it holds no text of a letter."
_BEGINNINGS: tuple[tuple[bytes, str, str, str], ...] = (
    (rb"PK\x03\x04[\s\S]{0,8192}?word/", "a Word document (.docx)", _SAVE, "binary"),
    (rb"PK\x03\x04[\s\S]{0,8192}?xl/", "an Excel workbook (.xlsx)", _SAVE, "binary"),
    (rb"PK\x03\x04[\s\S]{0,8192}?ppt/", "a PowerPoint presentation (.pptx)", _SAVE, "binary"),
    (rb"PK\x03\x04[\s\S]{26}mimetypeapplication/vnd\.oasis", "an OpenDocument file", _SAVE, "binary"),
    (rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", "a ZIP archive", _UNPACK, "binary"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document (.doc, .xls, .ppt)", _SAVE, "binary"),
    (rb"\{\\rtf", "an RTF document", _SAVE, "format"),
    (rb"\xffWPC", "a WordPerfect document", _SAVE, "binary"),
    (rb"\xdb\xa5|\x9b\xa5|\x31\xbe\x00\x00", "an old Word document", _SAVE, "binary"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript file", "extract its text first: ps2ascii FILE.ps", "format"),
    (rb"\x1f\x8b|BZh[1-9]1AY&SY|\xfd7zXZ\x00|\x28\xb5\x2f\xfd", "a compressed file", "unpack it first.", "binary"),
    (rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|[\s\S]{257}ustar", "an archive of files", _UNPACK, "binary"),
    (
        rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|II\*\x00|MM\x00\*|BM[\s\S]{4}\x00{4}|RIFF[\s\S]{4}WEBP|\x00{3}\x0cjP  ",
        "a picture", "run it through text recognition (OCR) and read the result.", "binary",
    ),
    (rb"SQLite format 3\x00", "an SQLite database", _NO_TEXT, "binary"),
    (rb"\x7fELF|MZ[\s\S]{0,300}?PE\x00\x00", "a program", _NO_TEXT, "binary"),
    (rb"RIFF[\s\S]{4}(?:WAVE|AVI )|ID3[\x02-\x04]|OggS|fLaC|[\s\S]{4}ftyp", "a sound or film", _NO_TEXT, "binary"),
)  # fmt: skip
SIGNATURES: tuple[Signature, ...] = tuple(
    Signature(pattern=pattern, what=what, advice=advice, reason=reason) for pattern, what, advice, reason in _BEGINNINGS
)


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[bytes], Signature], ...]:
    return tuple((re.compile(s.pattern), s) for s in SIGNATURES)


def signature(data: bytes) -> Signature | None:
    """The unreadable format whose first bytes these are."""
    return next((s for pattern, s in _patterns() if pattern.match(data)), None)


def choose(data: bytes, name: str) -> Format:
    """The format that is surest of a source.

    Raises:
        ReadError: it is in a format that is known but cannot be read (`binary`; `format` where it is a kind of text).
    """
    sureness = [(form.sniff(data, name), form) for form in FORMATS]
    best, form = max(sureness, key=lambda pair: pair[0])
    if best < _SURE and (known := signature(data)):
        raise ReadError(f"{name} is {known.what}, which cannot be read: {known.advice}", name=name, reason=known.reason)
    return form


def claimed(name: str) -> bool:
    """Whether a file of this name is taken from a folder: its extension is some format's, or it has none.

    A name may hold a reference with a stop in it (`CR.387`, `DM-05.1171`): what
    does not begin with a letter is no extension.
    """
    extension = PurePath(name).suffix.lower()
    if not re.fullmatch(r"\.[a-z][a-z0-9]{0,9}", extension):
        return True
    return any(extension in form.extensions for form in FORMATS)
