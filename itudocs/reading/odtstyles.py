"""What the styles of an OpenDocument text say that its words do not: pages, hidden words, numbers of lists.

Counting itself is `numbering`'s. Used by `odt`. Source: OASIS OpenDocument 1.3, part 3, sections 16 and 19.
"""

from __future__ import annotations

from typing import NamedTuple

from itudocs.reading.markup import Attributes
from itudocs.reading.numbering import DEEPEST, Counter, Level

_FORMATS = {"1": "decimal", "a": "letter", "A": "LETTER", "i": "roman", "I": "ROMAN", "": "none"}
_BULLETS = frozenset("-–—•·*")
_PARENTS = 20  # styles that are based on each other
_MOST = 1000  # repetitions that a document is believed


def repeated(attributes: Attributes, name: str) -> int:
    """A count that an attribute gives; 1 without it."""
    value = attributes.get(name, "")
    return min(int(value), _MOST) if value.isascii() and value.isdigit() and 0 < len(value) < 7 else 1


class _Style(NamedTuple):
    parent: str = ""
    master: str = ""
    breaks: bool = False
    hidden: bool = False


class Styles:
    """Takes the elements of both parts that define styles."""

    def __init__(self) -> None:
        self.following: dict[str, str] = {}  # master page: that of the page after it
        self._styles: dict[str, _Style] = {}
        self._lists: dict[str, dict[int, Level]] = {}
        self._counter = Counter()
        self._opened: dict[str, str] = {}  # list's key: its style
        self._by_id: dict[str, str] = {}
        self._last: dict[str, str] = {}  # style: key of its last list
        self._style = ""
        self._list = ""

    # -- asked ---------------------------------------------------------------------------------------------------------

    def page(self, style: str) -> tuple[str, bool]:
        """The master page that begins with a style (empty: none does), and whether a page ends before it."""
        for _ in range(_PARENTS):
            told = self._styles.get(style)
            if told is None:
                break
            if told.master or told.breaks:
                return told.master, told.breaks
            style = told.parent
        return "", False

    def hidden(self, style: str) -> bool:
        """Whether words of a style are not shown."""
        for _ in range(_PARENTS):
            told = self._styles.get(style)
            if told is None:
                return False
            if told.hidden:
                return True
            style = told.parent
        return False

    def open_list(self, attributes: Attributes) -> str:
        """The key of a list that begins: that of an earlier one where it goes on."""
        style = attributes.get("text:style-name", "")
        key = self._by_id.get(attributes.get("text:continue-list", ""), "")
        if not key and attributes.get("text:continue-numbering") == "true":
            key = self._last.get(style, "")
        if not key:
            key = f"{len(self._opened)}"
            self._opened[key] = style
        self._last[style] = key
        if name := attributes.get("xml:id", ""):
            self._by_id[name] = key
        return key

    def label(self, key: str, level: int) -> str:
        """What stands before the next item of a list, at a level from 0."""
        return self._counter.label(key, self._lists.get(self._opened.get(key, ""), {}), level)

    def heading_label(self, level: int) -> str:
        """What stands before the next heading, at a level from 1."""
        return self._counter.label("outline", self._lists.get("outline", {}), level - 1)

    # -- told ----------------------------------------------------------------------------------------------------------

    def start(self, tag: str, attributes: Attributes) -> None:
        """An element outside all texts."""
        if tag == "style:style":
            self._style = attributes.get("style:name", "")
            self._styles[self._style] = _Style(
                attributes.get("style:parent-style-name", ""), attributes.get("style:master-page-name", "")
            )
        elif tag == "style:paragraph-properties" or tag == "style:table-properties":
            if self._style in self._styles and attributes.get("fo:break-before") == "page":
                self._styles[self._style] = self._styles[self._style]._replace(breaks=True)
        elif tag == "style:text-properties":
            if self._style in self._styles and attributes.get("text:display") == "none":
                self._styles[self._style] = self._styles[self._style]._replace(hidden=True)
        elif tag in ("text:list-style", "text:outline-style"):
            self._list = "outline" if tag == "text:outline-style" else attributes.get("style:name", "")
            self._lists.setdefault(self._list, {})
        elif tag in ("text:list-level-style-number", "text:outline-level-style"):
            self._level(attributes, numbered=True)
        elif tag == "text:list-level-style-bullet":
            self._level(attributes, numbered=False)

    def end(self, tag: str) -> None:
        """An element outside all texts ends."""
        if tag == "style:style":
            self._style = ""

    def _level(self, attributes: Attributes, *, numbered: bool) -> None:
        level = repeated(attributes, "text:level")
        if not self._list or level > DEEPEST:
            return
        before, after = attributes.get("style:num-prefix", ""), attributes.get("style:num-suffix", "")
        if numbered:
            style = _FORMATS.get(attributes.get("style:num-format", ""), "decimal")
            shown = min(repeated(attributes, "text:display-levels"), level)
            pattern = before + ".".join(f"%{n}" for n in range(level - shown + 1, level + 1)) + after
            start = repeated(attributes, "text:start-value")
            self._lists[self._list][level - 1] = Level(style, pattern, start)
        else:
            bullet = attributes.get("text:bullet-char", "•")
            self._lists[self._list][level - 1] = Level("bullet", bullet if bullet in _BULLETS else "•")
