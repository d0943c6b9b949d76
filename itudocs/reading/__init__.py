"""Reading: a text, bytes or a file becomes a `Source`, the text that all offsets count in.

    bytes ─ containers: what is in them ─ formats: which format ─ decoding: which encoding ─ cleaning: one newline ─▶ Source

Files and folders are `files`; plain text is `plain`; formats that a hostile file may harm are read in processes of their
own (`isolated`). Knows nothing about letters: that begins with zoning.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from itudocs.errors import ReadError
from itudocs.model import Failure, Issue, Provenance
from itudocs.reading.building import too_long
from itudocs.reading.cleaning import clean
from itudocs.reading.containers import called, expand, may_be_container, sole
from itudocs.reading.decoding import Decoded
from itudocs.reading.files import printable, read_bytes, too_large, walk
from itudocs.reading.formats import Format, choose
from itudocs.reading.source import DEFAULT_LIMITS, Document, Limits, Source

__all__ = [
    "DEFAULT_LIMITS", "Document", "Limits", "Readable", "Source", "expand", "opened", "read", "read_bytes", "walk",
]  # fmt: skip

Readable = str | bytes | os.PathLike[str] | Document
"""What can be read: a text, its bytes, the path of its file, or bytes with a name."""

_FILE_NAME = re.compile(r"[^\n<>|\"?*]{1,250}\.(?:txt|text|pdf|docx?|rtf|odt|html?|zip|tgz|gz|eml|msg)", re.IGNORECASE)


def read(source: Readable, *, name: str | None = None, limits: Limits = DEFAULT_LIMITS) -> Source:
    """Read one letter. A container that holds a single letter (`letter.txt.gz`, a mail) is read as that letter.

    Args:
        source: a `str` is the letter's text itself; a path is its file; bytes are a file's content.
        name: what the record shall call the source; by default the name of the file or document without its folder,
            else `<text>` or `<bytes>`. A reference that stands only in a file's name is found there.
        limits: bytes and files beyond `limits.max_bytes`, and those whose text is beyond `limits.max_text`, are refused. A
            `str` is not limited.

    Returns:
        The text as all offsets count it. A text without a word gives a source too, with the issue `empty`. The
        provenance's `sha256` is that of the bytes; of a `str`, that of its UTF-8.

    Raises:
        ReadError: a file that is missing, unreadable, a folder; too large; binary; of a format that cannot be read; that
            is damaged or encrypted, or takes more time or memory than the limits allow; a container of several letters
            (`container`: see `opened`). Never for a `str`.
    """
    if isinstance(source, str):
        return _of_text(source, _storable(name or "<text>"))
    # `full` is what errors speak of, `name` what the record keeps: the same file gives the same record anywhere.
    if isinstance(source, Document):
        data, full = source.data, _storable(source.name)
    elif isinstance(source, os.PathLike):
        data, full = read_bytes(source, limits=limits), printable(source)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        data, full = bytes(source), _storable(name or "<bytes>")
    else:
        raise TypeError(f"a str, bytes, a path or a Document can be read, not {type(source).__name__}")
    if len(data) > limits.max_bytes:
        raise ReadError(f"{full} {too_large(limits)}", name=full, reason="too-large")
    found = sole(Document(name=full, data=data), limits=limits)
    if found.data is not data:  # it was packed
        data, full, name = found.data, _storable(found.name), None
    form = choose(data, full)
    decoded = _to_text(form, data, full, limits)
    text, issues = clean(decoded.text, losses_known=decoded.lost > 0, keep_length=bool(decoded.places))
    if len(text) > limits.max_text:  # formats that grow a text stop sooner
        raise too_long(full, limits)
    provenance = Provenance(
        name=_storable(name or os.path.basename(full) or full),
        sha256=hashlib.sha256(data).hexdigest(),
        format=form.name,
        encoding=decoded.encoding,
        encoding_confidence=decoded.confidence,
    )
    return Source(
        text=text, provenance=provenance, issues=(*decoded.issues, *issues, *_empty(text)), places=decoded.places
    )


def opened(sources: Iterable[Readable | Failure], *, limits: Limits = DEFAULT_LIMITS) -> Iterator[Readable | Failure]:
    """Sources as they are, with containers among them opened: the documents in them, and what cannot be had."""
    for source in sources:
        if isinstance(source, (bytes, bytearray, memoryview)):
            whole = Document(name="<bytes>", data=bytes(source))
        elif isinstance(source, Document):
            whole = source
        elif isinstance(source, os.PathLike) and may_be_container(Path(source)):
            try:
                whole = Document(name=printable(source), data=read_bytes(source, limits=limits))
            except ReadError as error:
                yield Failure(name=error.name, reason=error.reason, message=str(error))
                continue
        else:
            yield source
            continue
        for found in expand(whole, limits=limits):
            yield source if found is whole else found


def _to_text(form: Format, data: bytes, name: str, limits: Limits) -> Decoded:
    if not form.isolated:
        try:
            return form.to_text(data, name=name, limits=limits)
        except ReadError as error:
            if error.reason != "binary" or not (kind := called(name)):
                raise
            raise ReadError(
                f"{name} is no {kind} file although it is called one, nor is it text: get it anew.",
                name=name,
                reason="binary",
            ) from error
    from itudocs.reading import isolated  # late: readers of plain text start no processes

    return isolated.to_text(form, data, name=name, limits=limits)


def _of_text(source: str, name: str) -> Source:
    text, issues = clean(source)
    if _FILE_NAME.fullmatch(text.strip()):
        message = "This text looks like the name of a file; to read the file, pass pathlib.Path(...)."
        issues = (*issues, Issue(code="file-name", message=message, end=len(text), severity="error"))
    sha256 = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
    return Source(text=text, provenance=Provenance(name=name, sha256=sha256), issues=(*issues, *_empty(text)))


def _storable(name: str) -> str:
    """A name that JSON can hold."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _empty(text: str) -> tuple[Issue, ...]:
    if text.strip():
        return ()
    return (Issue(code="empty", message="There is no text in this source.", severity="error"),)
