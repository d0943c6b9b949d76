"""Zip files as containers: members in the order of the directory, each unpacked when it is asked for.

The directory is judged before anything is unpacked: entries that overlap, as in "a better zip bomb" (Fifield, 2019), are
no honest archive's. Documents that are zip files inside (.docx, .odt, .xlsx) and programs (.jar) are no containers.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
from collections.abc import Iterator

from itudocs.errors import ReadError
from itudocs.model import Failure
from itudocs.reading.packages import DAMAGE
from itudocs.reading.source import Document
from itudocs.reading.unpacking import Exhausted, Unpacking, damaged, failure, names_of, refused

_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")
_END = b"PK\x05\x06"
_ENTRY = b"PK\x01\x02"
# Members by which a zip file is known for a document or a program.
_DOCUMENT = re.compile(
    rb"PK\x01\x02[\s\S]{42}(?:\[Content_Types\]\.xml|_rels/\.rels|word/document|mimetype|META-INF/(?:MANIFEST\.MF|manifest\.xml"
    rb"|container\.xml))"
)
_LOCAL = struct.Struct("<4s22xHH")  # signature, lengths of the name and of the extra field
_UTF8, _ENCRYPTED = 0x800, 0x41
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_CHUNK = 64 * 1024


class Zip:
    """A zip file that is not a document."""

    name = "zip"
    extensions = frozenset({".zip"})

    def sniff(self, data: bytes, name: str) -> float:
        """By its first bytes and its directory, which tells more surely than a look at all bytes what it is not."""
        if not data.startswith(_BEGINS):
            return 0.0
        end = data.rfind(_END, max(0, len(data) - 65_557))
        size = struct.unpack_from("<I", data, end + 12)[0] if 0 <= end <= len(data) - 22 else 0
        if not size:
            return 0.55  # empty, or cut off: then a format that knows its name is surer
        return 0.0 if _DOCUMENT.search(data, max(0, end - size), end) else 0.97

    def members(self, data: bytes, *, name: str, unpacking: Unpacking) -> Iterator[Document | Failure]:
        """Its files. See `Container`."""
        if data.count(_ENTRY) > unpacking.limits.max_members:  # before they become objects
            raise unpacking.too_many()
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
        except DAMAGE as error:
            raise damaged(name, error, reason="truncated" if _END not in data[-65_557:] else "damaged") from error
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        _no_overlaps(archive.infolist(), data, name)
        for entry, called in zip(entries, _names(entries), strict=True):
            unpacking.count()
            try:
                full = unpacking.named(name, called)
                if full is None:
                    continue
                member = unpacking.whole(_pieces(archive, entry, full), name=full, packed=entry.compress_size)
                if len(member) != entry.file_size:
                    raise damaged(full, f"{len(member):,} bytes, and its container says {entry.file_size:,}")
            except Exhausted:
                raise
            except ReadError as error:
                yield failure(error)
                continue
            yield Document(name=full, data=member)


def _names(entries: list[zipfile.ZipInfo]) -> list[str]:
    """What members are called. Only a flag tells UTF-8; what old programs wrote is guessed from all names together."""
    raw = [e.orig_filename.encode("cp437") for e in entries if not e.flag_bits & _UTF8]
    told = iter(names_of(raw, fallback="cp437"))
    return [e.orig_filename if e.flag_bits & _UTF8 else next(told) for e in entries]


def _no_overlaps(entries: list[zipfile.ZipInfo], data: bytes, name: str) -> None:
    """Refuse a directory whose entries share bytes, or lie outside the file."""
    end = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        start = entry.header_offset
        if not 0 <= start <= len(data) - _LOCAL.size:
            raise damaged(name, "its directory leads out of it", reason="truncated")
        signature, called, extra = _LOCAL.unpack_from(data, start)
        if signature != b"PK\x03\x04":
            raise damaged(name, "its directory leads astray")
        if start < end:
            raise refused(name, "a zip file whose members overlap", "files made to do harm are such.", reason="overlap")
        end = start + _LOCAL.size + called + extra + entry.compress_size
    if end > len(data):
        raise damaged(name, "a member is longer than the file", reason="truncated")


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, full: str) -> Iterator[bytes]:
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise refused(full, "a link", "add the file that it leads to.", reason="link")
    if entry.flag_bits & _ENCRYPTED:
        raise refused(full, "encrypted", "unpack it with its password and add the file.", reason="encrypted")
    if entry.compress_type not in _METHODS:
        raise refused(
            full, f"packed by method {entry.compress_type}", "unpack it with a newer tool and add the file.", reason="method"
        )  # fmt: skip
    try:
        with archive.open(entry) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (*DAMAGE, RuntimeError) as error:
        raise damaged(full, error) from error
