"""XML as a stream of elements, within limits: what a document says of itself is never believed nor fetched.

The parser is expat, of Python itself: it builds no tree, so that neither depth nor size of a document can exhaust it.
No DTD is read, no entity but XML's own five is known, nothing is fetched. What the elements mean is the formats' own.
Used by the modules of `formats` that read XML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol
from xml.parsers import expat

from itudocs.errors import ReadError

Attributes = dict[str, str]
_KEPT_NAMES = 10_000  # a document may have more, which are then worked out again


class Handler(Protocol):
    """Takes what a document consists of, in order."""

    def start(self, tag: str, attributes: Attributes) -> bool | None:
        """An element begins; `False` leaves it out, with all that is in it."""
        ...

    def end(self, tag: str) -> None:
        """An element ends; not called for those that were left out."""
        ...

    def text(self, text: str) -> None:
        """Characters between two elements, as many as there are."""
        ...


def walk(chunks: Iterable[bytes], handler: Handler, *, prefixes: Mapping[str, str], what: str, name: str) -> None:
    """Lead a handler through a document.

    Args:
        chunks: the document in pieces.
        prefixes: of the namespaces that the handler knows: `{"http://...": "w"}` gives tags and attributes such as `w:p`;
            names of other namespaces begin with a colon, those of none are bare.
        what, name: for errors: `a Word document (.docx)`, the name of the source.

    Raises:
        ReadError: the document is not well formed (`damaged`), or defines entities (`entities`).
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    short = _namer(prefixes)
    left_out = 0
    begun = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal left_out, begun
        begun = True
        if left_out:
            left_out += 1
        elif handler.start(short(tag), {short(key): value for key, value in attributes.items()}) is False:
            left_out = 1

    def end(tag: str) -> None:
        nonlocal left_out
        if left_out:
            left_out -= 1
        else:
            handler.end(short(tag))

    def text(data: str) -> None:
        if not left_out:
            handler.text(data)

    def doctype(root: str, system: str | None, public: str | None, internal: bool) -> None:
        if internal:
            raise ReadError(
                f"{name} is {what} that defines entities of its own, as files made to do harm do: open it in the program "
                "that made it and save it anew.",
                name=name,
                reason="entities",
            )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if begun and not isinstance(error, expat.ExpatError):
            raise  # the handler's fault: what expat says of an encoding that it does not know, it says before
        raise ReadError(
            f"{name} is {what} that is damaged ({error}): get it anew, or open it in the program that made it and save it.",
            name=name,
            reason="damaged",
        ) from error


def _namer(prefixes: Mapping[str, str]) -> Callable[[str], str]:
    known: dict[str, str] = {}

    def short(name: str) -> str:
        found = known.get(name)
        if found is None:
            space, _, local = name.rpartition(" ")
            found = f"{prefixes.get(space, '')}:{local}" if space else local
            if len(known) < _KEPT_NAMES:
                known[name] = found
        return found

    return short
