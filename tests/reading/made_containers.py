"""Containers made for tests: zip and tar files, mails, and Outlook's messages by a small writer of OLE files."""

from __future__ import annotations

import io
import itertools
import re
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

Files = Sequence[tuple[str, bytes]]


def zipped(files: Files, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that come twice
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, (2004, 7, 13, 0, 0, 0)), data, compress_type=method)
    return whole.getvalue()


def tarred(files: Files, *, mode: str = "w") -> bytes:
    """A tar archive; mode `w:gz` and so on compress it."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode=mode) as archive:  # type: ignore[call-overload]  # the mode is a str here
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return whole.getvalue()


def mail(text: str, *attachments: tuple[str, bytes], html: str = "", subject: str = "Circular") -> bytes:
    """A mail with a body and attachments."""
    message = EmailMessage()
    message["From"] = "Registry <registry@example.org>"
    message["To"] = "archive@example.org"
    message["Subject"] = subject
    message["Date"] = "Tue, 13 Jul 2004 09:30:00 +0200"
    message["Message-ID"] = "<1@example.org>"
    if text or not html:
        message.set_content(text)
    if html:
        (message.add_alternative if text else message.set_content)(html, subtype="html")
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return bytes(message)


def mailbox(*mails: bytes, end: bytes = b"\n") -> bytes:
    """A file of mails, as mail programs write it."""
    quoted = (re.sub(rb"^(?=>*From )", b">", data, flags=re.MULTILINE) for data in mails)
    whole = b"".join(b"From registry@example.org Tue Jul 13 09:30:00 2004\n" + data + b"\n" for data in quoted)
    return whole.replace(b"\n", end)


Tree = Mapping[str, Any]
"""Storages (mappings) and streams (bytes) by name."""


def outlook(
    text: str = "", *attachments: tuple[str, bytes | Tree], rtf: bytes = b"", html: bytes = b"", wide: bool = True
) -> Tree:
    """A message as Outlook keeps it; an attachment that is a tree is a message within it."""

    def string(tag: str, value: str) -> dict[str, bytes]:
        if wide:
            return {f"__substg1.0_{tag}001F": value.encode("utf-16-le")}
        return {f"__substg1.0_{tag}001E": value.encode("cp1251")}

    code_page = struct.pack("<HHIII", 3, 0x3FFD, 6, 1251, 0)
    tree: dict[str, Any] = {"__properties_version1.0": bytes(32) + code_page}
    if text:
        tree |= string("1000", text)
    if rtf:
        tree["__substg1.0_10090102"] = rtf
    if html:
        tree["__substg1.0_10130102"] = html
    for number, (name, data) in enumerate(attachments):
        inner: dict[str, Any] = {"__properties_version1.0": bytes(8), **string("3707", name)}
        inner["__substg1.0_37010102" if isinstance(data, bytes) else "__substg1.0_3701000D"] = data
        tree[f"__attach_version1.0_#{number:08X}"] = inner
    return tree


_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_NONE = 0xFFFFFFFF


def ole(tree: Tree) -> bytes:
    """An OLE file (MS-CFB, version 3) that holds a tree."""
    rows: list[tuple[str, int, int, bytes]] = []  # name, kind, first child, bytes
    nexts: dict[int, int] = {}

    def enter(name: str, node: bytes | Tree, kind: int) -> int:
        row = len(rows)
        rows.append((name, kind, _NONE, node if isinstance(node, bytes) else b""))
        if not isinstance(node, bytes):
            children = [enter(n, v, 2 if isinstance(v, bytes) else 1) for n, v in node.items()]
            nexts.update(itertools.pairwise(children))
            rows[row] = (name, kind, children[0] if children else _NONE, b"")
        return row

    enter("Root Entry", tree, 5)
    table: list[int] = []
    sectors: list[bytes] = []

    def put(data: bytes) -> int:
        count = -(-len(data) // 512)
        if not count:
            return _END
        first = len(sectors)
        sectors.extend(data[at : at + 512].ljust(512, b"\0") for at in range(0, len(data), 512))
        table.extend([*range(first + 1, first + count), _END])
        return first

    small, small_table = bytearray(), []
    starts: list[tuple[int, int]] = []
    for _, kind, _, data in rows:
        if kind != 2 or not data:
            starts.append((_END, 0))
        elif len(data) >= 4096:
            starts.append((put(data), len(data)))
        else:
            first, count = len(small) // 64, -(-len(data) // 64)
            small += data.ljust(count * 64, b"\0")
            small_table += [*range(first + 1, first + count), _END]
            starts.append((first, len(data)))
    starts[0] = (put(bytes(small)), len(small))
    small_first = put(
        struct.pack(f"<{len(small_table)}I", *small_table).ljust(-(-len(small_table) // 128) * 512, b"\xff")
    )
    directory = b""
    for number, (name, kind, child, _) in enumerate(rows):
        wide = name.encode("utf-16-le") + b"\0\0"
        start, size = starts[number]
        directory += struct.pack(
            "<64sHBBIII16sI8s8sIQ",
            wide, len(wide), kind, 1, _NONE, nexts.get(number, _NONE), child, b"", 0, b"", b"", start, size,
        )  # fmt: skip
    directory += (b"\0" * 68 + b"\xff" * 12 + b"\0" * 48) * (-len(rows) % 4)
    directory_first = put(directory)
    count = -(-len(table) // 127)  # sectors of the table, which it lists too
    first = len(sectors)
    table += [_FAT] * count
    packed = struct.pack(f"<{len(table)}I", *table).ljust(count * 512, b"\xff")
    sectors += [packed[at : at + 512] for at in range(0, len(packed), 512)]
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, count, directory_first, 0, 4096,
        small_first, -(-len(small_table) // 128), _END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *range(first, first + count), *[_FREE] * (109 - count))
    return header + b"".join(sectors)
