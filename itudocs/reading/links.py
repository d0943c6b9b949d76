"""Where a link leads, for readers of text: the address stands beside the words that do not show it.

Addresses of the web and of mail are told; what leads into the same document, into a file or into a script is not. Nothing
is ever fetched. Used by the modules of `formats` that know links.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from itudocs.model import Issue

_TOLD = re.compile(r"(?:https?|ftp)://\S{3,}", re.IGNORECASE)
_MAIL = re.compile(r"mailto:\s*([^?\s]+@[^?\s]+)", re.IGNORECASE)
NESTED = 8
"""Links within links that are told what words they show: no honest document has two."""
_FIELD = re.compile(r"\s*HYPERLINK\s+(?:\\[a-z]\s+)*\"?([^\"\s\\]+)", re.IGNORECASE)
OPEN_FIELD = Issue(
    code="open-field", message="A field of this document has no end: what follows its code is read as text."
)
"""For formats whose fields are bounded by marks. Nothing that a document shows is lost, but perhaps a link's target."""
_LONGEST = 2000  # longer ones carry a page's state, not an address


def address(target: str) -> str:
    """The address that a link's target tells a reader; empty where it tells none."""
    target = target.strip()
    if len(target) > _LONGEST:
        return ""
    if mail := _MAIL.match(target):
        return unquote(mail[1])
    # Where a word processor put characters in that no address has, it was no address.
    return target if _TOLD.fullmatch(target) and not re.search(r"[<>\"{}|\\^`]", target) else ""


def field_target(code: str) -> str:
    """Where a word processor's field leads: the target of `HYPERLINK "..."`, empty for other fields."""
    found = _FIELD.match(code)
    return found[1] if found else ""


def beside(visible: str, target: str) -> str:
    """What to write after the words of a link: ` <https://...>`, or nothing where they show the address themselves."""
    told = address(target)
    if not told or _bare(told) in _bare(visible):
        return ""
    return f" <{told}>"


def _bare(text: str) -> str:
    """An address without what its printed forms differ in."""
    return re.sub(r"https?://|mailto:|\s+|\u00ad|\u200b", "", unquote(text), flags=re.IGNORECASE).rstrip("/").casefold()
