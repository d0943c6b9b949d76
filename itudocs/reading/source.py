"""What goes into reading and what comes out: a named pile of bytes, a limit, a text with the story of its origin.

Data only; `itudocs.reading` computes. First stop on the way from bytes to record.
"""

from __future__ import annotations

from itudocs.model import Issue, Provenance, Record


class Limits(Record, frozen=True, kw_only=True):
    """How much is read before giving up. `max_bytes` counts bytes of one source, before decoding."""

    max_bytes: int = 64 * 1024 * 1024


DEFAULT_LIMITS = Limits()


class Document(Record, frozen=True, kw_only=True):
    """The bytes of one source under the name it came by, as an archive keeps them."""

    name: str
    data: bytes


class Source(Record, frozen=True, kw_only=True):
    """A decoded source, ready to be parsed.

    `text` is fixed here once and for all: newlines are `\\n`, there are no NULs and no lone surrogates; every offset in
    a record counts its characters. `issues` are what decoding noticed (a guessed encoding, replaced characters).
    """

    text: str
    provenance: Provenance
    issues: tuple[Issue, ...] = ()

    @property
    def name(self) -> str:
        return self.provenance.name
