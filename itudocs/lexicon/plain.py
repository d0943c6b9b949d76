"""Plain text: what names and ordinals are compared in, whatever accents, marks, variants or gaps a print has.

Other than folded text it does not keep offsets: it is for values, not for letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from itudocs.lexicon.folding import fold

_MARKS = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670]")
HAN = "\u3400-\u4dbf\u4e00-\u9fff"
"""Chinese characters, for a class of a pattern."""
_HAN_GAP = re.compile(rf"(?<=[{HAN}\d]) (?=[{HAN}])|(?<=[{HAN}]) (?=\d)")
_ARABIC = "\u0621-\u064a"
_ARABIC_GAP = re.compile(rf"(?<=[{_ARABIC}])-(?=[{_ARABIC}])")
_SAME = str.maketrans({"ى": "ي", "ة": "ه", "•": "-", "·": "-", "‧": "-", "・": "-", "ª": "a", "º": "o", "'": " "})


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Text as names are compared in: no accents, vowel marks or Arabic letter variants, single spaces, none in Chinese."""
    text = fold(text).translate(_SAME)
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text)).translate(_SAME)
        # lam-alef, turned by conversions that wrote Arabic backwards
        text = _ARABIC_GAP.sub("", text).replace("اال", "الا")
        text = _HAN_GAP.sub("", " ".join(text.split()))
        return _HAN_GAP.sub("", text)
    return " ".join(text.split())
