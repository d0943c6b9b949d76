"""Small Word 97-2003 files for tests, written by hand: a compound file, a piece table, property pages."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SMALLEST = 4096  # streams below this would live elsewhere: they are padded


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file (OLE) with these streams."""
    sectors: list[bytes] = [b""]  # the first is the table of sectors
    chain = [_FAT]

    def store(data: bytes) -> int:
        start = len(sectors)
        pieces = [data[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(data), SECTOR)]
        for n, piece in enumerate(pieces):
            sectors.append(piece)
            chain.append(start + n + 1 if n + 1 < len(pieces) else _END)
        return start

    entries = []
    names = list(streams)
    for n, (name, data) in enumerate(streams.items()):
        data = data.ljust(_SMALLEST, b"\0")
        following = n + 2 if n + 1 < len(names) else 0xFFFFFFFF
        entries.append(entry(name, 2, right=following, start=store(data), size=len(data)))
    root = entry("Root Entry", 5, child=1 if names else 0xFFFFFFFF, start=_END, size=0)
    directory = store(b"".join((root, *entries)))
    if len(chain) > SECTOR // 4:
        raise ValueError("too much for one table of sectors")
    sectors[0] = struct.pack(f"<{SECTOR // 4}I", *chain, *[_FREE] * (SECTOR // 4 - len(chain)))
    head = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6),
        0, 1, directory, 0, _SMALLEST, _END, 0, _END, 0,
    )  # fmt: skip
    return head + struct.pack("<109I", 0, *[_FREE] * 108) + b"".join(sectors)


def entry(name: str, kind: int, *, right: int = _FREE, child: int = _FREE, start: int, size: int) -> bytes:
    """An entry of the directory."""
    label = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sI8s8sIQ", label, len(label) + 2, kind, 1, _FREE, right, child, bytes(16), 0, bytes(8), bytes(8),
        start, size,
    )  # fmt: skip


Run = tuple[int, int, Sequence[tuple[int, int]]]
"""From which character to which what modifiers with numbers as operands hold."""


def word(
    body: str, *, notes: str = "", headers: Sequence[str] = (), paragraphs: Sequence[Run] = (),
    characters: Sequence[Run] = (), single_bytes: bool = False, flags: int = 0x0200, ident: int = 0xA5EC,
    boxes: Sequence[tuple[int | None, str]] = (),
) -> bytes:  # fmt: skip
    """A document. Text boxes are given with the character of the body that they hang on. `headers` are stories in the file's order (even, odd; the same for footers; the first page's two)."""
    header = "".join(headers)
    boxed = "".join(words for _, words in boxes)
    text = body + notes + header + boxed
    width = 1 if single_bytes else 2
    data = text.encode("cp1252") if single_bytes else text.encode("utf-16-le")
    at = 2048
    main = bytearray(at) + data
    main += bytes(-len(main) % SECTOR)
    struct.pack_into("<HH", main, 0, ident, 193)
    struct.pack_into("<H", main, 0x0A, flags)
    for n, length in enumerate((len(body), len(notes), len(header), 0, 0, 0, len(boxed))):
        struct.pack_into("<I", main, 0x4C + 4 * n, length)
    table = bytearray()

    def add(which: int, part: bytes) -> None:
        struct.pack_into("<II", main, 154 + 8 * which, len(table), len(part))
        table.extend(part)

    where = at * 2 | 0x40000000 if single_bytes else at
    pieces = struct.pack("<IIHIH", 0, len(text), 0, where, 0)
    add(33, b"\x02" + struct.pack("<I", len(pieces)) + pieces)
    if headers:
        bounds = [0] * 7
        for story in headers:
            bounds.append(bounds[-1] + len(story))
        add(11, struct.pack(f"<{len(bounds)}I", *bounds))
    if boxes:
        hung = [(at, n) for n, (at, _) in enumerate(boxes, 1) if at is not None]
        shapes = [struct.pack("<I22x", n) for _, n in hung]
        add(40, struct.pack(f"<{len(hung) + 1}I", *(at for at, _ in hung), len(body)) + b"".join(shapes))
        bounds = [sum(len(words) for _, words in boxes[:n]) for n in range(len(boxes) + 1)]
        texts = [struct.pack("<14xI4x", n) for n in range(1, len(boxes) + 1)]
        add(56, struct.pack(f"<{len(bounds)}I", *bounds) + b"".join(texts))
    for which, runs in ((12, characters), (13, paragraphs)):
        if runs:
            page = page_of(
                [(at + width * start, at + width * end, what) for start, end, what in runs], wide=which == 13
            )
            add(which, struct.pack("<III", at, at + len(data), len(main) // SECTOR))
            main += page
    return compound({"WordDocument": bytes(main), "1Table": bytes(table)})


def page_of(runs: Sequence[Run], *, wide: bool) -> bytes:
    """A page of properties; runs lie in a row, gaps between them are filled."""
    bounds, places = [runs[0][0]], []
    page = bytearray(SECTOR)
    free = SECTOR - 1
    for start, end, what in runs:
        if start > bounds[-1]:
            places.append(0)
            bounds.append(start)
        # three bits of the code say how long its operand is: here four bytes or one
        modifiers = b"".join(struct.pack("<HI" if code >> 13 == 3 else "<HB", code, operand) for code, operand in what)
        told = (b"\0\0" + modifiers) if wide else modifiers
        if wide:
            told = bytes([(len(told) + 2) // 2]) + told if len(told) % 2 else bytes([0, len(told) // 2]) + told
        else:
            told = bytes([len(told)]) + told
        free = (free - len(told)) & ~1
        page[free : free + len(told)] = told
        places.append(free // 2)
        bounds.append(end)
    struct.pack_into(f"<{len(bounds)}I", page, 0, *bounds)
    at = 4 * len(bounds)
    for place in places:
        page[at] = place
        at += 13 if wide else 1
    page[-1] = len(places)
    return bytes(page)
