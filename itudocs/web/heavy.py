"""Letters whose records are heavier than a page is made of while somebody waits: said to be, with the way to their data.

What a page shows of a letter is bounded (`sheet`, `marking`), but all of a record is read for it, which takes 3 s for each
million pieces of evidence.
"""

from __future__ import annotations

from itudocs.archive.archive import Archive
from itudocs.errors import ItuDocsError

HEAVIEST = 24_000_000
"""Bytes of a record, as JSON: 170,000 pieces of evidence, which are read in half a second."""


class TooHeavy(ItuDocsError):
    """A letter's record is heavier than pages are made of."""


def light(archive: Archive, key: str) -> None:
    """See to it that a letter is one that a page can be made of.

    Raises:
        NotInArchive: no letter, or more than one, answers to the key.
        TooHeavy: its record is over the bound.
    """
    weight = archive.weight(key)
    if weight > HEAVIEST:
        home = f"/letters/{archive.keys(key)[0]}"
        raise TooHeavy(
            f"The record of this letter has {weight / 1e6:,.0f} MB, more than the {HEAVIEST / 1e6:,.0f} MB that a page is "
            f"made of. All of it is at {home}.json, the text at {home}.txt, the file at {home}/original."
        )
