"""Decoded text -> the text that offsets count in: one newline, no NULs, no lone surrogates, no control characters.

What becomes what:

| in the source | in the text | issue |
|---|---|---|
| CR LF, CR, NEL, U+2028, U+2029, vertical tab (Word's manual line break), form feed (page break) | `\\n` | none |
| a byte order mark at the start | nothing (a space with `keep_length`) | none |
| NUL | U+FFFD | `nul-characters` |
| half a surrogate pair | U+FFFD; two halves that meet become their character | `lone-surrogates` |
| Word's non-breaking hyphen (1E) and optional hyphen (1F) | U+2011, U+00AD | `control-characters` |
| any other control of C0 or C1 but tab | a space: it may have parted words | `control-characters` |

Each issue comes once, with a count and the place of the first. U+FFFD that the source already held is reported as
`lost-characters`. Decoding bytes is left to `decoding`. Between `decoding` and the record's `Source`.
"""

from __future__ import annotations

import re

from itudocs.model import Issue

REPLACEMENT = "\ufffd"
_NEWLINE = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BREAK = re.compile("[\r\x0b\x0c\x85\u2028\u2029]")  # one class: looked for five times as fast
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x9f]")
_CONTROLS = dict.fromkeys((*range(0x01, 0x09), *range(0x0E, 0x20), *range(0x7F, 0xA0)), " ")
_CONTROLS |= {0x1E: "\u2011", 0x1F: "\u00ad"}


def clean(text: str, *, keep_length: bool = False, losses_known: bool = False) -> tuple[str, tuple[Issue, ...]]:
    """The text as offsets will count it, and what had to be replaced.

    Args:
        losses_known: U+FFFD in the text has been reported already, by whoever decoded it.
        keep_length: change no offset, so that a caller's own copy of the text stays aligned: a CR LF becomes a space
            and a newline, surrogate halves are not joined.

    Returns:
        The text, free of `\\r`, NUL, C0 and C1 controls (but tab and newline) and surrogates; the issues found.
    """
    issues: list[Issue] = []
    if text.startswith("\ufeff"):
        text = " " + text[1:] if keep_length else text[1:]
    if _BREAK.search(text):
        text = _NEWLINE.sub((lambda m: " " * (len(m[0]) - 1) + "\n") if keep_length else "\n", text)
    # Looked for before anything else is replaced by the same character.
    if REPLACEMENT in text and not losses_known:
        issues.append(_lost(text))
    if _SURROGATE.search(text):
        if not keep_length:
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        if found := _SURROGATE.search(text):
            text, count = _SURROGATE.subn(REPLACEMENT, text)
            issues.append(
                _counted(
                    "lone-surrogates", count, "half a surrogate pair", "halves of surrogate pairs",
                    f"replaced by {REPLACEMENT}", found.start(),
                )
            )  # fmt: skip
    if "\0" in text:
        at, count = text.index("\0"), text.count("\0")
        text = text.replace("\0", REPLACEMENT)
        issues.append(_counted("nul-characters", count, "a NUL", "NULs", f"replaced by {REPLACEMENT}", at))
    if found := _CONTROL.search(text):
        count = len(_CONTROL.findall(text))
        text = text.translate(_CONTROLS)
        done = "replaced by spaces" if count > 1 else "replaced by a space"
        issues.append(
            _counted("control-characters", count, "a control character", "control characters", done, found.start())
        )
    return text, tuple(issues)


def control_share(text: str) -> float:
    """The share of characters that no letter holds (controls and NULs), 0 to 1; a single one does not count."""
    count = len(_CONTROL.findall(text)) + text.count("\0")
    # Escapes colour terminals and bells mark Word's cells: both occur in honest text.
    count -= text.count("\x1b") + text.count("\x07")
    return count / len(text) if count > 1 else 0.0


def _counted(code: str, count: int, one: str, many: str, done: str, at: int) -> Issue:
    what = f"{one} was" if count == 1 else f"{count} {many} were"
    return Issue(code=code, message=f"{what[0].upper()}{what[1:]} {done}.", start=at, end=at + 1)


def _lost(text: str) -> Issue:
    at, count = text.index(REPLACEMENT), text.count(REPLACEMENT)
    what = "A character was" if count == 1 else f"{count} characters were"
    message = f"{what} lost before this text was read ({REPLACEMENT} stands for it)."
    return Issue(code="lost-characters", message=message, start=at, end=at + 1, severity="info")
