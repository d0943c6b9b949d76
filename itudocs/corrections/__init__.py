"""Corrections: what a person says of a letter, and the parser's record with it in place.

A correction gives a field of a letter, or a part of one, another value, or confirms the one it has. It is checked when
it is made, against the record's types and the letter's text, and applied to whatever the parser makes of the letter
later: an item of a list is found again by what it was, wherever it then stands, and what is not found is reported and
not guessed. Where corrections are kept, and their history, is `itudocs.archive`'s.

nouns     what a correction is
checking  what may be said of a record
applying  a record with corrections in place
"""

from itudocs.corrections.applying import apply
from itudocs.corrections.checking import checked, noted, said, words
from itudocs.corrections.nouns import FIELDS, FIRST, Applied, Corrected, Correction, State, plain_values

__all__ = [
    "FIELDS", "FIRST", "Applied", "Corrected", "Correction", "State", "apply", "checked", "noted", "plain_values", "said", "words",
]  # fmt: skip
