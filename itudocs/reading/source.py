"""What goes into reading and what comes out: a named pile of bytes, a limit, a text with the story of its origin.

Data only; `itudocs.reading` computes. First stop on the way from bytes to record.
"""

from __future__ import annotations

from itudocs.model import Issue, Place, Provenance, Record


class Limits(Record, frozen=True, kw_only=True):
    """How much is read before giving up.

    Attributes:
        max_bytes: bytes of one source, before decoding, and of one member of a container.
        max_text: characters of one source's text.
        max_unpacked: bytes that one file unpacks to, all its parts and members together.
        max_ratio: how many times its packed size a part may unpack to; parts of less than a megabyte may do so freely.
        max_members: files in one container, those in containers within it among them.
        max_depth: containers within containers.
        seconds: processor time and time by the clock that reading one file may take.
        max_memory: bytes of memory that the process reading a file may use.
        ocr: languages in which pages that are pictures are read by text recognition, as tesseract names them (`eng+fra`);
            empty: they are not. A page takes seconds, twice as many where Arabic or Chinese comes with others: raise `seconds`
            with it.
    """

    max_bytes: int = 64 * 1024 * 1024
    max_text: int = 64 * 1024 * 1024
    max_unpacked: int = 512 * 1024 * 1024
    max_ratio: int = 200
    max_members: int = 10_000
    max_depth: int = 4
    seconds: float = 60.0
    max_memory: int = 1024 * 1024 * 1024
    ocr: str = ""


DEFAULT_LIMITS = Limits()


class Document(Record, frozen=True, kw_only=True):
    """The bytes of one source under the name it came by, as an archive keeps them."""

    name: str
    data: bytes


class Source(Record, frozen=True, kw_only=True):
    """A decoded source, ready to be parsed.

    `text` is fixed here once and for all: newlines are `\\n`, there are no NULs and no lone surrogates; every offset in
    a record counts its characters. `issues` are what decoding noticed (a guessed encoding, replaced characters), `places`
    where in the file stretches of the text stood (pages, cells), where the format tells.
    """

    text: str
    provenance: Provenance
    issues: tuple[Issue, ...] = ()
    places: tuple[Place, ...] = ()

    @property
    def name(self) -> str:
        return self.provenance.name
