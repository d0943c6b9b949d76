"""Text made harmless for whoever reads it on a terminal, in a verb's answer or in a file written for people.

A letter, a file's name or a query may hold terminal escapes that recolour, retitle or rewrite the screen, and
bidirectional marks that show words in another order than they have. `plain` and its sisters take them out of what
people read; JSON keeps them, spelt as escapes of its own. Formats of lines and cells have rules of their own
(`itudocs.export.harmless`). Imports nothing of the package.
"""

from __future__ import annotations

import re

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROLS = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}\ud800-\udfff]")
# Whole escape sequences (ECMA-48, 5.4 and 5.6), so that no remains such as `[31m` are left. Lengths are bounded: what
# opens a string and never closes it loses the opening alone, and hides no text.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x00-\x1f\x7f-\x9f]{0,256}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]{0,16}[0-Z\\`-~]"
)
_UNSAFE_IN_JSON = re.compile(rf"[\x7f-\x9f{_BIDI}\u2028\u2029]")


def plain(text: str) -> str:
    """Text without terminal escapes, control characters (but newline and tab) and bidirectional marks."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def line(text: object, *, longest: int = 0) -> str:
    """`plain` on one line; with `longest`, cut to so many characters."""
    short = " ".join(plain(str(text)).split())
    return f"{short[: longest - 1].rstrip()}…" if longest and len(short) > longest else short


def pictured(text: str) -> str:
    """Text of the same length in which pictures stand for control characters, so that offsets still count."""
    return _CONTROLS.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def harmless_json(text: str) -> str:
    """JSON with the same values that a terminal shows as it is. (Encoders escape the characters below U+0020 only.)"""
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
