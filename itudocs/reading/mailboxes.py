"""Mailboxes as containers: the mails of a folder of Unix and Thunderbird mail programs (RFC 4155), one after the other.

Each begins with a line `From SENDER DATE` at the beginning of the file or after an empty line; a line of a mail's own that
looks like one has a `>` before it. What is in a mail is `mails`' to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from itudocs.model import Failure
from itudocs.reading.source import Document
from itudocs.reading.unpacking import Unpacking

# "From a@example.org Tue Jul 13 09:30:00 2004", with or without seconds and a zone; old programs leave the sender out
_LINE = rb"From [^\n]{0,998}?\d{1,2}:\d{2}(?::\d{2})?[^\n]{0,40}?\b(?:19|20)\d{2}\b[^\n]{0,10}\r?\n"
_FIRST = re.compile(rb"\s{0,64}" + _LINE + rb"(?:>?[A-Za-z][A-Za-z0-9-]{1,60}:|[ \t])")
_NEXT = re.compile(rb"(?:\A\s{0,64}|(?:^|\n)\r?\n)(" + _LINE + rb")(?=>?[A-Za-z][A-Za-z0-9-]{1,60}:)")
_QUOTED = re.compile(rb"^>(?=>{0,64}From )", re.MULTILINE)


class Mailbox:
    """A file of many mails. A mail in it is called by its number: `letters.mbox!/000012.eml`."""

    name = "mailbox"
    extensions = frozenset({".mbox", ".mbx"})

    def sniff(self, data: bytes, name: str) -> float:
        """By the line that the first mail begins with."""
        return 0.95 if _FIRST.match(data) else 0.0

    def members(self, data: bytes, *, name: str, unpacking: Unpacking) -> Iterator[Document | Failure]:
        """Its mails. See `Container`."""
        number = 0
        found = _NEXT.search(data)
        while found:
            following = _NEXT.search(data, found.end(1))
            number += 1
            unpacking.count()
            full = unpacking.named(name, f"{number:06}.eml")
            if full is not None:
                mail = _QUOTED.sub(b"", data[found.end(1) : following.start() if following else len(data)])
                yield Document(name=full, data=unpacking.whole(iter([mail]), name=full, packed=len(mail)))
            found = following
