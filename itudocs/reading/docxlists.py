"""Which of a Word document's paragraphs bear numbers, and which: its `numbering` and `styles` parts.

Counting itself is `numbering`'s. Used by `docx`. Source: ECMA-376, part 1, sections 17.7 (styles) and 17.9 (numbering).
"""

from __future__ import annotations

from itudocs.reading.markup import Attributes
from itudocs.reading.numbering import Counter, Level

_STYLES = {
    "decimal": "decimal", "decimalZero": "decimal", "lowerLetter": "letter", "upperLetter": "LETTER",
    "lowerRoman": "roman", "upperRoman": "ROMAN", "bullet": "bullet", "none": "none",
}  # fmt: skip
_BULLETS = frozenset("-–—•·*")
_DEEPEST = 20  # styles that are based on each other
# How text looks: most of either part, and nothing in it is asked for.
_LOOKS = frozenset({"w:rPr", "w:tblPr", "w:trPr", "w:tcPr", "w:tblStylePr", "w:latentStyles", "w:docDefaults"})


class Lists:
    """Handler of the `numbering` part."""

    def __init__(self) -> None:
        self._abstract: dict[str, dict[int, Level]] = {}
        self._numbers: dict[str, tuple[str, dict[int, int]]] = {}  # list: its abstract one, starts of its own
        self._definition = ""
        self._number = ""
        self._level = 0
        self._current: dict[int, Level] = {}

    def label(self, list_id: str, level: int, counter: Counter) -> str:
        """What Word prints before the next paragraph of a list, with a space behind it; empty for nothing."""
        abstract, starts = self._numbers.get(list_id, ("", {}))
        levels = self._abstract.get(abstract, {})
        if starts:
            levels = {at: told._replace(start=starts.get(at, told.start)) for at, told in levels.items()}
        # Lists of one definition go on counting, but for those with a start of their own.
        told = counter.label((list_id if starts else "", abstract), levels, level)
        return f"{told} " if told else ""

    def start(self, tag: str, attributes: Attributes) -> bool | None:
        if tag in _LOOKS:
            return False
        value = attributes.get("w:val", "")
        if tag == "w:abstractNum":
            self._current = self._abstract.setdefault(attributes.get("w:abstractNumId", ""), {})
            self._number = ""
        elif tag == "w:num":
            self._number = attributes.get("w:numId", "")
        elif tag == "w:abstractNumId":
            self._numbers[self._number] = (value, {})
        elif tag in ("w:lvl", "w:lvlOverride"):
            self._level = _small(attributes.get("w:ilvl", ""))
            if not self._number:
                self._current[self._level] = Level("decimal", "")
        elif tag == "w:startOverride" and self._number in self._numbers:
            self._numbers[self._number][1][self._level] = _small(value)
        elif self._number or self._level not in self._current:
            return None
        elif tag == "w:start":
            self._current[self._level] = self._current[self._level]._replace(start=_small(value))
        elif tag == "w:numFmt":
            self._current[self._level] = self._current[self._level]._replace(style=_STYLES.get(value, "decimal"))
        elif tag == "w:lvlText":
            level = self._current[self._level]
            bullet = value if value in _BULLETS else "•"
            self._current[self._level] = level._replace(pattern=bullet if level.style == "bullet" else value)
        return None

    def end(self, tag: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


class Styles:
    """Handler of the `styles` part: which paragraph styles belong to a list."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str | None, int | None]] = {}  # style: based on, list, level
        self._style = ""

    def list_of(self, style: str) -> tuple[str | None, int | None]:
        """The list and the level of a style, or of what it is based on."""
        for _ in range(_DEEPEST):
            based_on, list_id, level = self._known.get(style, ("", None, None))
            if list_id is not None:
                return list_id, level
            style = based_on
        return None, None

    def start(self, tag: str, attributes: Attributes) -> bool | None:
        if tag in _LOOKS:
            return False
        value = attributes.get("w:val", "")
        if tag == "w:style":
            self._style = attributes.get("w:styleId", "")
            self._known[self._style] = ("", None, None)
            return None
        based_on, list_id, level = self._known.get(self._style, ("", None, None))
        if tag == "w:basedOn":
            self._known[self._style] = (value, list_id, level)
        elif tag == "w:numId":
            self._known[self._style] = (based_on, value, level)
        elif tag == "w:ilvl":
            self._known[self._style] = (based_on, list_id, _small(value))
        return None

    def end(self, tag: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


def _small(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else 0
