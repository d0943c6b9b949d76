"""Mails as containers: their attachments, and their body where that is the letter.

A mail's body is taken where nothing else in the mail can be read. Beside attachments that can be read, a body is nearly
always a covering note ("please find attached"); it is taken there only if it is a letter itself: `is_letter`. Messages
within messages are mails of their own. Pictures, signatures and whatever else no format claims are passed over.

Reads MIME (.eml, .mht) by the standard library; Outlook's own files are `outlook`'s, by the same rules.
"""

from __future__ import annotations

import contextlib
import email
import mimetypes
import re
from collections.abc import Iterable, Iterator
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from functools import cache
from typing import NamedTuple

from itudocs import lexicon
from itudocs.errors import ReadError
from itudocs.model import Failure
from itudocs.reading.decoding import decode
from itudocs.reading.source import Document
from itudocs.reading.unpacking import Exhausted, Unpacking, damaged, failure, names_of

_HEAD = 64 * 1024
_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,60}):")
_KNOWN = frozenset({
    b"from", b"to", b"subject", b"date", b"cc", b"reply-to", b"sender", b"return-path", b"received", b"message-id",
    b"mime-version", b"content-type", b"content-transfer-encoding", b"delivered-to", b"dkim-signature",
})  # fmt: skip
# A letter sent by fax begins with From, To, Date and Subject as well, but never with these.
_MACHINES = frozenset({b"received", b"message-id", b"mime-version", b"return-path"})
# Python's parser takes time by the line, and by the square of how deep parts lie in parts.
_MOST_LINES, _MOST_NESTS = 2_000_000, 500
_LONG_HEADER = re.compile(rb"^content-[a-z-]{1,30}:(?:[^\n]|\n[ \t]){8192}", re.IGNORECASE | re.MULTILINE)


class Mail:
    """A message as it travels (RFC 5322), and a web page saved with its parts (RFC 2557)."""

    name = "mail"
    extensions = frozenset({".eml", ".mht", ".mhtml"})

    def sniff(self, data: bytes, name: str) -> float:
        """By its headers: those that only machines write, or with the right extension any two that are known."""
        found = _headers(data)
        if not found & _KNOWN:
            return 0.0
        if name.lower().endswith(tuple(self.extensions)):
            return 0.9 if len(found & _KNOWN) > 1 else 0.0
        return 0.8 if found & _MACHINES and b"from" in found and len(found & _KNOWN) > 3 else 0.0

    def members(self, data: bytes, *, name: str, unpacking: Unpacking) -> Iterator[Document | Failure]:
        """Its body and attachments. See `Container`."""
        if _LONG_HEADER.search(data):
            raise damaged(name, "a header of more than 8,192 characters")
        if data.count(b"\n") > _MOST_LINES:
            raise damaged(name, f"more than {_MOST_LINES:,} lines")
        nests = len(re.findall(rb"(?i)multipart/", data))
        if nests > _MOST_NESTS or data.count(b"\n--") > 2 * unpacking.limits.max_members:  # before parts become objects
            raise unpacking.too_many()
        # The older policy: the newer one's parser of headers takes time by the square of their length.
        message = email.message_from_bytes(data, policy=policy.compat32)
        plain: list[str] = []
        rich: list[str] = []
        attachments: list[tuple[str, Message]] = []
        for number, part in enumerate(_leaves(message), 1):
            unpacking.count()
            called = _file_name(part)
            kind = part.get_content_type()
            if not called and kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment":
                (plain if kind == "text/plain" else rich).append(_text(part))
                continue
            try:
                full = unpacking.named(name, called or _unnamed(part, number), label=True)
            except ReadError as error:
                yield failure(error)
                continue
            if full is not None:
                attachments.append((full, part))
        yield from body(Bodies("\n\n".join(plain), "\n".join(rich), b""), name, unpacking, alone=not attachments)
        for full, part in attachments:
            try:
                payload = _payload(part, full)
                yield Document(name=full, data=unpacking.whole(iter([payload]), name=full, packed=len(payload)))
            except Exhausted:
                raise
            except ReadError as error:
                yield failure(error)


class Bodies(NamedTuple):
    """The forms in which a mail has its body; empty where it has not."""

    plain: str
    html: str
    rtf: bytes


def body(bodies: Bodies, name: str, unpacking: Unpacking, *, alone: bool) -> Iterator[Document]:
    """A mail's body as a document, if it is to be read.

    Args:
        alone: nothing else of the mail can be read.
    """
    if bodies.plain.strip():
        called, data, text = "body.txt", bodies.plain.encode("utf-8", "replace"), bodies.plain
    elif bodies.html.strip():
        text = re.sub(r"<[^<>]{0,4096}>", " ", re.sub(r"(?is)<(style|script)\b.{0,100000}?</\1", " ", bodies.html))
        # The mark wins over whatever encoding the page says it has.
        called, data = "body.html", b"\xef\xbb\xbf" + bodies.html.encode("utf-8", "replace")
    elif bodies.rtf:
        text = re.sub(r"\\[a-z]{1,32}-?\d{0,10} ?|[{}]", " ", bodies.rtf.decode("latin-1"))
        called, data = "body.rtf", bodies.rtf
    else:
        return
    if (alone or is_letter(text)) and (full := unpacking.named(name, called)):
        yield Document(name=full, data=unpacking.whole(iter([data]), name=full, packed=len(data)))


LEAST_WORDS = 90
_FIRST = 1500
_QUOTED = re.compile(r"^[ \t]{0,8}>.*$", re.MULTILINE)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\d_]{2,}")


def is_letter(text: str) -> bool:
    """Whether a mail's body is a letter itself, and no covering note.

    It has at least 90 words (a Chinese character counts as half of one) and names a circular near its beginning; what it
    quotes, and the sender's signature, do not count. Of the 210 letters of the corpus that lie open 209 pass; the other
    bears no reference (measured 2026-11-22).
    """
    own = _SIGNATURE.split(_QUOTED.sub("", text), maxsplit=1)[0].strip()
    count = sum(0.5 if word[0] >= "\u3400" else 1.0 for word in _WORD.findall(own[:100_000]))
    if count < LEAST_WORDS:
        return False
    view = lexicon.fold(own[:_FIRST])
    return any(pattern.possible(view) and next(pattern.finditer(view), None) for pattern in _references())


@cache
def _references() -> tuple[lexicon.SeriesPattern, ...]:
    return tuple(pattern for series in lexicon.series() for pattern in series.patterns)


def _headers(data: bytes) -> set[bytes]:
    """The names of the headers that a mail begins with; none where what begins is no header."""
    found: set[bytes] = set()
    head = data[:_HEAD].lstrip(b"\r\n")
    for line in head.splitlines():
        if not line:
            break
        if line[:1] in b" \t" and found:
            continue
        match = _HEADER.match(line)
        if not match:
            return found if found & _MACHINES else set()
        found.add(match[1].lower())
    return found


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that have no parts. A message within a message is one."""
    stack: list[Message] = [message]
    while stack:
        part = stack.pop()
        inner: Iterable[object] = part.get_payload() if part.get_content_maintype() == "multipart" else ()
        if isinstance(inner, list):
            stack += [p for p in reversed(inner) if isinstance(p, Message)]
        else:
            yield part


def _file_name(part: Message) -> str | None:
    """The name that a part has, decoded; None where it has none."""
    for header in ("Content-Disposition", "Content-Type"):
        raw = next((value for key, value in part.raw_items() if key.lower() == header.lower()), "")
        with contextlib.suppress(UnicodeEncodeError):
            if isinstance(raw, str) and not raw.isascii():  # written without any encoding, as many programs do
                (told,) = names_of([raw.encode("ascii", "surrogateescape")], fallback="latin-1")
                part.replace_header(header, told)
    name = part.get_filename()
    if not name:
        return None
    try:
        return str(make_header(decode_header(name))) if "=?" in name else name
    except (HeaderParseError, UnicodeError, LookupError, ValueError):
        return name


def _unnamed(part: Message, number: int) -> str:
    if part.get_content_maintype() == "message":
        return f"message {number}.eml"
    return f"part {number}{mimetypes.guess_extension(part.get_content_type()) or '.bin'}"


def _payload(part: Message, full: str) -> bytes:
    if part.get_content_maintype() == "message":
        inner = part.get_payload()
        if not isinstance(inner, list) or not inner or not isinstance(inner[0], Message):
            raise damaged(full, "it is no message")
        try:
            return inner[0].as_bytes(policy=policy.compat32)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise damaged(full, error) from error
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _text(part: Message) -> str:
    data = _payload(part, "")
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (UnicodeDecodeError, LookupError, ValueError):
        decoded = decode(data)
        return decoded.text if decoded else data.decode("latin-1")
