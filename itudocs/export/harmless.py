"""Text from letters made harmless for formats of lines and cells: what no reader keeps, or some would obey, goes.

Parsed letters hold no control characters but tab and newline; records from elsewhere may. Quoting and escaping are each
format's own. The command line has rules of its own for terminals (`itudocs.screen`).
"""

from __future__ import annotations

import re

_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def cell(text: str) -> str:
    """Text of one or more lines: every line break is a newline, controls and half characters are U+FFFD."""
    return _CONTROLS.sub("\ufffd", _NEWLINES.sub("\n", text))


def line(text: str) -> str:
    """Text on one line: white space runs are one space; controls, and marks that turn the direction of text, are gone."""
    return " ".join(_BIDI.sub("", _CONTROLS.sub("", _NEWLINES.sub("\n", text))).split())
