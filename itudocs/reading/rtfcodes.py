"""RTF's own words: its code pages, the characters that it names, the groups that hold no text.

Used by `rtf`. Source: Microsoft, Rich Text Format Specification 1.9.1.
"""

from __future__ import annotations

import codecs

SYMBOL = "symbol"
"""Stands for the code page of symbol fonts, which is none."""

CHARSETS = {
    0: "cp1252", 2: SYMBOL, 77: "mac-roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5hkscs",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 179: "cp1256", 180: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
"""Windows' numbers of character sets, as fonts have them; 1 is the document's own."""

WORDS = {
    "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•",
    "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005", "zwj": "\u200d", "zwnj": "\u200c", "ltrmark": "\u200e",
    "rtlmark": "\u200f", "tab": "\t", "line": "\n", "lbr": "\n",
}  # fmt: skip
SIGNS = {b"~": "\u00a0", b"_": "\u2011", b"-": "\u00ad", b"\\": "\\", b"{": "{", b"}": "}"}

HEADERS = {
    "header": ("header", ""), "headerr": ("header", ""), "headerf": ("header", "first"), "headerl": ("header", "left"),
    "footer": ("footer", ""), "footerr": ("footer", ""), "footerf": ("footer", "first"), "footerl": ("footer", "left"),
}  # fmt: skip

SKIPPED = frozenset({
    "colortbl", "stylesheet", "info", "pict", "filetbl", "revtbl", "nonshppict", "shprslt", "nonesttables", "xe", "tc", "rxe",
    "txe", "bkmkstart", "bkmkend", "annotation", "atnid", "atnauthor", "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc",
    "aftncn", "pnseclvl", "pntxta", "pntxtb", "themedata", "colorschememapping", "datastore", "latentstyles", "listtable",
    "listoverridetable", "rsidtbl", "generator", "objdata", "objclass", "sp", "sn", "sv", "background", "private", "comment",
    "template", "fname", "falt", "panose", "datafield", "formfield", "docvar", "userprops", "xmlnstbl", "mmathPr", "upr",
})  # fmt: skip
"""Groups that hold no text of the letter. Those marked `\\*` and known neither here nor in `KNOWN` hold none either."""

KNOWN = frozenset({
    "fldinst", "shpinst", "shptxt", "do", "dptxbxtext", "nesttableprops", "ud", "listtext", "pntext", "footnote", "fldrslt",
})  # fmt: skip
"""Groups that may be marked `\\*` and are read."""


def code_page(number: int) -> str | None:
    """Python's name for a code page of Windows; None where it has none."""
    name = {10000: "mac-roman", 10007: "mac-cyrillic", 936: "gb18030", 950: "big5hkscs", 65001: "utf-8"}.get(
        number, f"cp{number}"
    )
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None
