"""Sources -> batches of files: the same batches whenever the same files are listed.

Where a batch ends is decided by the names in it, not by counting from the first file: a file that comes or goes changes
one batch or two, and the manifest still knows the others.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from itudocs.archive.intake import is_url
from itudocs.archive.store import storable
from itudocs.errors import ReadError
from itudocs.libraries import library
from itudocs.model import Failure, Record
from itudocs.reading import Limits, walk
from itudocs.reading.files import taken

MANY = 64
"""Files a batch: a task costs the scheduler about a millisecond, a letter a worker five."""
LARGE = 8 * 1024 * 1024


class File(Record, frozen=True, kw_only=True):
    """A file to be read by whichever worker: `name` is its absolute path, or its URL; `stamp` changes with its content."""

    name: str
    size: int
    stamp: str


class Batch(Record, frozen=True, kw_only=True):
    """The files of one task. `digest` names them as they are now."""

    files: tuple[File, ...]

    @property
    def digest(self) -> str:
        told = "\n".join(f"{f.name}\0{f.size}\0{f.stamp}" for f in self.files)
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def listed(
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    limits: Limits,
    storage_options: Mapping[str, Any] | None = None,
    on_found: Callable[[str], None] | None = None,
) -> Iterator[File | Failure]:
    """The files of all sources, each once; of folders those that some format claims, in the order of their names.

    Args:
        on_found: told the names of sources that are there, as a failure to find them would name them.

    Raises:
        ReadError: a URL holds credentials, or its protocol is none that fsspec has.
        MissingLibrary: a URL is given and fsspec is not installed.
    """
    seen: set[bytes] = set()  # digests: ten million names would fill a gigabyte
    for source in [sources] if isinstance(sources, (str, os.PathLike)) else sources:
        there = True
        named = os.path.abspath(source)
        if is_url(source):
            named, system, path = _opened(str(source), storage_options or {})
            found = _remote(named, system, path, limits)
        else:
            found = _local(source, limits)
        for one in found:
            if isinstance(one, File) and (shown := storable(one.name)) != one.name:
                message = f"{shown}: its name is not UTF-8, and cannot be told to other machines. Take it in without a cluster."
                one = Failure(name=shown, reason="unreadable", message=message)
            there = there and not (isinstance(one, Failure) and one.name == named)
            mark = hashlib.blake2b(one.name.encode("utf-8", "surrogatepass"), digest_size=12).digest()
            if mark not in seen:
                seen.add(mark)
                yield one
        if there and on_found:
            on_found(named)


def _local(source: str | os.PathLike[str], limits: Limits) -> Iterator[File | Failure]:
    for path in walk(source, limits=limits):
        if isinstance(path, Failure):
            yield msgspec.structs.replace(path, name=storable(os.path.abspath(path.name)))
            continue
        name = os.path.abspath(path)
        try:
            about = os.stat(name)
        except OSError:  # whoever reads it will say why not
            yield File(name=name, size=0, stamp="")
        else:
            yield File(name=name, size=about.st_size, stamp=str(about.st_mtime_ns))


def _opened(url: str, options: Mapping[str, Any]) -> tuple[str, Any, str]:
    """A URL as its file system names it, so that a file has the same name however it was asked for; that, and the path."""
    if "@" in urlsplit(url).netloc:
        raise ReadError(
            "A URL with a user name or password in it is refused, since names of sources are stored and shown: give "
            "credentials as storage_options, or in the environment.",
            name=url.rpartition("@")[2],
            reason="credentials",
        )
    fsspec = library("fsspec", "dask")
    try:
        system, path = fsspec.core.url_to_fs(url, **options)
        return str(system.unstrip_protocol(path)), system, path
    except (OSError, ValueError, ImportError) as error:
        raise ReadError(f"{url} cannot be listed: {error}", name=url, reason="unreadable") from error


def _remote(url: str, system: Any, path: str, limits: Limits) -> Iterator[File | Failure]:
    try:
        found = system.glob(path, detail=True) if "*" in path else system.find(path, detail=True)
        if not found and system.exists(path):
            found = {path: system.info(path)}
    except (OSError, ValueError, ImportError) as error:
        raise ReadError(f"{url} cannot be listed: {error}", name=url, reason="unreadable") from error
    if not found:
        yield Failure(name=url, reason="missing", message=f"{url}: there is no file under this name.")
    single = list(found) == [path]
    for name, about in sorted(found.items()):
        if about.get("type") != "file" or (not single and not taken(Path(name).name)):
            continue
        full = system.unstrip_protocol(name)
        size = int(about.get("size") or 0)
        if size > limits.max_bytes:
            message = f"{full} is larger than {limits.max_bytes:,} bytes: split it, or raise Limits(max_bytes=...)."
            yield Failure(name=full, reason="too-large", message=message)
            continue
        stamps = (about.get(key) for key in ("ETag", "etag", "mtime", "LastModified", "last_modified", "created"))
        yield File(name=full, size=size, stamp=str(next((s for s in stamps if s is not None), "")))


def batches(files: Iterable[File | Failure], *, most: int = MANY, large: int = LARGE) -> Iterator[Batch | Failure]:
    """Files in batches of at most `most` files and `large` bytes (a larger file is alone); failures are passed on."""
    some: list[File] = []
    size = 0
    for one in files:
        if isinstance(one, Failure):
            yield one
            continue
        if some and (len(some) >= most or size + one.size > large):
            yield Batch(files=tuple(some))
            some, size = [], 0
        some.append(one)
        size += one.size
        # One name in so many ends a batch: most batches end so, and those after a change fall in step again.
        mark = hashlib.blake2b(one.name.encode("utf-8", "surrogatepass"), digest_size=4).digest()
        if int.from_bytes(mark, "big") % most == 0:
            yield Batch(files=tuple(some))
            some, size = [], 0
    if some:
        yield Batch(files=tuple(some))
