"""Characters of symbol fonts, which have no letters but pictures at the places of letters.

Those that letters of the Union have become characters of Unicode, by their place in Symbol and Wingdings; others stay where
word processors put them, at U+F000 to U+F0FF. Used by `docx` and `rtf`.
"""

from __future__ import annotations

_KNOWN = {
    0xB7: "•", 0xA7: "▪", 0xD8: "➢", 0xFC: "✓", 0xFE: "☑", 0xA8: "□", 0x28: "☎", 0x2A: "✉", 0xE0: "→", 0x20: " ", 0x2D: "–",
}  # fmt: skip


def symbol(code: int) -> str:
    """The character for a code of a symbol font, be it 0 to 255 or U+F000 to U+F0FF."""
    place = code & 0xFF
    return _KNOWN.get(place, chr(0xF000 | place))
