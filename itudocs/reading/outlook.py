"""Outlook's mails (.msg) as containers: body and attachments, messages within messages.

A .msg file is an OLE file whose storages hold properties (MS-OXMSG); `olefile` reads the OLE, this module the properties
that matter. Which body is taken is `mails`' to say. Nothing in a mail is ever run or fetched.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

from itudocs.errors import ReadError
from itudocs.libraries import for_reading
from itudocs.model import Failure
from itudocs.reading.decoding import decode
from itudocs.reading.mails import Bodies, body
from itudocs.reading.source import Document, Limits
from itudocs.reading.unpacking import INSIDE, Exhausted, Unpacking, damaged, failure

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROPERTIES = "__properties_version1.0"
_ATTACHMENT = "__attach_version1.0_#"
_PLAIN, _RTF, _HTML, _SUBJECT = "1000", "1009", "1013", "0037"
_DATA, _SHORT, _LONG, _SHOWN = "3701", "3704", "3707", "3001"
_CODE_PAGES = (0x3FDE, 0x3FFD)  # of the body, of the message
_LARGEST = 32 * 1024 * 1024  # bytes of an RTF body

# What the dictionary begins with (MS-OXRTFCP 2.1.3.1.1).
_BEGIN = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans "
    b"SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


class Outlook:
    """A message in Outlook's own form."""

    name = "outlook"
    extensions = frozenset({".msg"})

    def sniff(self, data: bytes, name: str) -> float:
        """By the property storage that only messages have; what is cut off before it, by its name."""
        if not data.startswith(_OLE):
            return 0.0
        return 0.95 if _PROPERTIES.encode("utf-16-le") in data else 0.6 * name.lower().endswith(".msg")

    def members(self, data: bytes, *, name: str, unpacking: Unpacking) -> Iterator[Document | Failure]:
        """Its body and attachments. See `Container`."""
        olefile = for_reading("olefile", source=name)
        try:
            with olefile.OleFileIO(io.BytesIO(data)) as ole:
                yield from _message(_Storage(ole, [], len(data)), name, unpacking, depth=1)
        except (
            OSError,
            ValueError,
            IndexError,
            KeyError,
            TypeError,
            struct.error,
            RecursionError,
            MemoryError,
        ) as error:
            raise damaged(name, error) from error


class _Storage:
    """A message's or an attachment's storage in an OLE file of so many bytes."""

    def __init__(self, ole: Any, path: list[str], size: int) -> None:
        self._ole = ole
        self._path = path
        self._size = size

    def below(self, name: str) -> _Storage:
        return _Storage(self._ole, [*self._path, name], self._size)

    def has(self, name: str) -> bool:
        return bool(self._ole.exists([*self._path, name]))

    def stream(self, name: str) -> bytes:
        """A stream's bytes; empty where there is none.

        Raises:
            ValueError: it says that it is longer than the file.
        """
        path = [*self._path, name]
        if self._ole.get_type(path) != 2:  # olefile.STGTY_STREAM
            return b""
        if self._ole.get_size(path) > self._size:
            raise ValueError("a stream is longer than the file")
        with self._ole.openstream(path) as stream:
            return bytes(stream.read())

    def storages(self, prefix: str) -> list[str]:
        deep = len(self._path)
        found = {
            entry[deep]
            for entry in self._ole.listdir(streams=False, storages=True)
            if len(entry) == deep + 1 and entry[:deep] == self._path and entry[deep].startswith(prefix)
        }
        return sorted(found)

    def binary(self, tag: str) -> bytes:
        return self.stream(f"__substg1.0_{tag}0102")

    def text(self, tag: str) -> str:
        """A string property: in UTF-16, or in a code page."""
        if wide := self.stream(f"__substg1.0_{tag}001F"):
            return wide.decode("utf-16-le", "replace")
        return _decoded(self.stream(f"__substg1.0_{tag}001E"), self._code_page())

    def _code_page(self) -> int:
        """A code page that the message names; 0 where it names none."""
        properties = self.stream(_PROPERTIES)
        found = {}
        for head in (32, 24):  # of a message, of one within a message
            for at in range(head, len(properties) - 15, 16):
                kind, tag, _, value = struct.unpack_from("<HHII", properties, at)
                if kind == 3 and tag in _CODE_PAGES:
                    found[tag] = value
            if found:
                break
        return next((found[tag] for tag in _CODE_PAGES if tag in found), 0)


def _message(storage: _Storage, name: str, unpacking: Unpacking, *, depth: int) -> Iterator[Document | Failure]:
    found: list[tuple[str, _Storage]] = []
    for folder in storage.storages(_ATTACHMENT):
        unpacking.count()
        attachment = storage.below(folder)
        called = attachment.text(_LONG) or attachment.text(_SHORT) or attachment.text(_SHOWN)
        if attachment.storages(f"__substg1.0_{_DATA}000D"):
            called = f"{called or 'message'}.msg"
        try:
            full = unpacking.named(name, (called or "attachment.bin").rstrip("\0"), label=True)
        except ReadError as error:
            yield failure(error)
            continue
        if full is not None:
            found.append((full, attachment))
    html = storage.binary(_HTML)
    bodies = Bodies(
        plain=storage.text(_PLAIN),
        html=_decoded(html, storage._code_page()) if html else storage.text(_HTML),
        rtf=_rtf(storage.binary(_RTF)),
    )
    yield from body(bodies, name, unpacking, alone=not found)
    for full, attachment in found:
        try:
            embedded = attachment.storages(f"__substg1.0_{_DATA}000D")
            if embedded:
                if depth >= unpacking.limits.max_depth:
                    raise too_deep(full, unpacking.limits)
                yield from _message(attachment.below(embedded[0]), full, unpacking, depth=depth + 1)
                continue
            data = attachment.binary(_DATA)
            yield Document(name=full, data=unpacking.whole(iter([data]), name=full, packed=len(data)))
        except Exhausted:
            raise
        except ReadError as error:
            yield failure(error)


def too_deep(name: str, limits: Limits) -> ReadError:
    """The error for a container within too many others."""
    depth = name.count(INSIDE)
    return ReadError(
        f"{name} is a container within {depth} others: unpack it and add the folder, or raise Limits(max_depth=...), which "
        f"is {limits.max_depth}.",
        name=name,
        reason="too-deep",
    )


def _decoded(data: bytes, code_page: int) -> str:
    try:
        return data.decode("utf-8" if code_page == 65001 else f"cp{code_page}" if code_page else "ascii")
    except (UnicodeDecodeError, LookupError):
        decoded = decode(data)
        return decoded.text if decoded else data.decode("latin-1")


def _rtf(data: bytes) -> bytes:
    """An RTF body as it was before Outlook packed it (MS-OXRTFCP); empty where it is none."""
    if len(data) < 16:
        return b""
    _, size, kind = struct.unpack_from("<III", data)
    if kind == 0x414C454D:  # stored
        return data[16 : 16 + size]
    if kind != 0x75465A4C or size > _LARGEST:
        return b""
    window = bytearray(_BEGIN.ljust(4096, b"\0"))
    put, out, at = len(_BEGIN), bytearray(), 16
    while at < len(data) and len(out) < size:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data):
                break
            if not flags >> bit & 1:
                piece = data[at : at + 1]
                at += 1
            else:
                token = int.from_bytes(data[at : at + 2], "big")
                at += 2
                start, length = token >> 4, (token & 15) + 2
                if start == put:
                    return bytes(out[:size])
                piece = b""
                for step in range(length):  # a run may reach into what it writes itself
                    byte = window[(start + step) % 4096]
                    window[(put + step) % 4096] = byte
                    piece += bytes((byte,))
            for byte in piece:
                window[put] = byte
                put = (put + 1) % 4096
            out += piece
    return bytes(out[:size])
