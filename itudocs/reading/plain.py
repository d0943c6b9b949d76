"""Plain text: the first format, and the one that is tried when no other recognises a source.

Takes any bytes that `decoding` finds characters in. Cleaning is left to `itudocs.reading.read`, for all formats alike.
"""

from __future__ import annotations

import re

from itudocs.errors import ReadError
from itudocs.model import Issue
from itudocs.reading.decoding import Decoded, decode
from itudocs.reading.source import Limits

_MARKUP = re.compile(r"\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!doctype|html|head|body)\b", re.IGNORECASE)


class PlainText:
    """Text in any encoding."""

    name = "text"
    extensions = frozenset({".txt", ".text"})
    isolated = False

    def sniff(self, data: bytes, name: str) -> float:
        """Always a little sure: plain text is what remains."""
        return 0.1

    def to_text(self, data: bytes, *, name: str, limits: Limits) -> Decoded:
        """The characters of a text file.

        Raises:
            ReadError: the bytes are no text (`binary`).
        """
        decoded = decode(data)
        if decoded is None:
            raise ReadError(
                f"{name} is binary and of no format that is known here: save it as plain text (UTF-8) first.",
                name=name,
                reason="binary",
            )
        if _MARKUP.match(decoded.text):
            issue = Issue(code="markup", message="This is markup, read as plain text: its tags stand in the text.")
            return Decoded(
                text=decoded.text,
                encoding=decoded.encoding,
                confidence=decoded.confidence,
                lost=decoded.lost,
                issues=(*decoded.issues, issue),
            )
        return decoded
