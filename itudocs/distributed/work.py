"""What a worker does: reads the files of a batch and parses them, one after the other. Needs no Dask.

Batches come and answers go as MessagePack, so that nothing from a worker is ever unpickled by the archive's process
beyond Dask's own messages. A worker has one file and one letter of it in memory beside the answer; when that is large it
is sent as it is, and says where the next task is to go on. So a batch may unpack to any size.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from typing import Any

import msgspec

from itudocs.archive.intake import is_url
from itudocs.archive.known import INSIDE, Opened
from itudocs.archive.store import storable
from itudocs.distributed.listing import Batch, File
from itudocs.errors import ReadError
from itudocs.libraries import library
from itudocs.model import Failure, Record
from itudocs.parse import Parsed, parse_documents, parser_version
from itudocs.reading import Document, Limits, expand, read_bytes
from itudocs.reading.containers import container_of

ENOUGH = 32 * 1024 * 1024
"""Bytes of an answer beyond which it holds no further letter: original bytes, texts and records, as MessagePack."""


class Letter(Record, frozen=True, kw_only=True):
    """What the archive takes in: where a letter comes from, its bytes, its record and text; the container it lies in."""

    name: str
    data: bytes
    parsed: Parsed
    container: str | None = None


class Outcome(Record, frozen=True, kw_only=True):
    """What became of a file, or of a member of one: one of the three. `opened` follows the members of a container."""

    letter: Letter | None = None
    failure: Failure | None = None
    opened: Opened | None = None

    @property
    def either(self) -> Letter | Failure | Opened:
        one = self.letter or self.failure or self.opened
        assert one is not None
        return one


class Place(Record, frozen=True, kw_only=True):
    """How far a batch is done: the number of its file to go on with, and of that the number of outcomes that were given.

    `faulty`: among them was a failure.
    """

    file: int = 0
    given: int = 0
    faulty: bool = False


class Answer(Record, frozen=True, kw_only=True):
    """What became of a batch, or of a part of it, in the order of its files; of a container, of what is in it.

    `onward` is where the next task goes on, if the batch is not done.
    """

    outcomes: tuple[Outcome, ...]
    onward: Place | None = None


class _Packed(Record, frozen=True, kw_only=True):
    """An `Answer` of outcomes that are MessagePack already."""

    outcomes: list[msgspec.Raw]
    onward: Place | None


class _Read(Record, frozen=True, kw_only=True):
    name: str
    document: Document
    container: str | None


_PASSED = Failure(name="", reason="", message="")


def version() -> str:
    """The parser's version here."""
    return parser_version()


def parse_batch(packed: bytes, limits: bytes, options: Mapping[str, Any], place: bytes, apart: bool) -> bytes:
    """Read and parse a batch, from a place on, until it is done or the answer is large.

    Args:
        packed, limits, place: a `Batch`, `Limits` and a `Place` as MessagePack.
        options: of fsspec, for URLs.
        apart: parse in processes of its own: a letter that kills one becomes a `Failure`, and the worker lives.

    Returns:
        An `Answer` as MessagePack.
    """
    batch = msgspec.msgpack.decode(packed, type=Batch)
    bounds = msgspec.msgpack.decode(limits, type=Limits)
    onward = msgspec.msgpack.decode(place, type=Place)
    outcomes: list[msgspec.Raw] = []
    size = 0
    with closing(_outcomes(batch, bounds, options, onward, workers=2 if apart else 1)) as found:
        for file, outcome in found:
            if file != onward.file:
                onward = Place(file=file)
            if size > ENOUGH:  # before this one, which the next task makes again: that there is more has to be known
                return msgspec.msgpack.encode(_Packed(outcomes=outcomes, onward=onward))
            raw = msgspec.Raw(msgspec.msgpack.encode(outcome))
            outcomes.append(raw)
            size += len(raw)
            failed = onward.faulty or outcome.failure is not None
            onward = Place(file=file, given=onward.given + 1, faulty=failed)
    return msgspec.msgpack.encode(_Packed(outcomes=outcomes, onward=None))


def _outcomes(
    batch: Batch, limits: Limits, options: Mapping[str, Any], start: Place, *, workers: int
) -> Generator[tuple[int, Outcome], None, None]:
    """What becomes of the files from a place on, each outcome with the number of its file; read as they are asked for."""
    waiting: deque[tuple[int, _Read | Failure | Opened]] = deque()

    def documents() -> Iterator[Document | Failure]:
        for number in range(start.file, len(batch.files)):
            given = start.given if number == start.file else 0
            for one in _beyond(_read(batch.files[number], limits, options), given):
                waiting.append((number, one))
                # What needs no parsing keeps its place: the parser passes failures on.
                yield one.document if isinstance(one, _Read) else _PASSED

    faulty = start.file if start.faulty else -1
    for answer in parse_documents(documents(), workers=workers, limits=limits):
        number, one = waiting.popleft()
        if isinstance(one, Opened):
            whole = one.whole and faulty != number
            yield number, Outcome(opened=msgspec.structs.replace(one, whole=whole))
        elif isinstance(one, Failure):
            yield number, Outcome(failure=one)
        elif isinstance(answer, Failure):
            faulty = number
            yield number, Outcome(failure=Failure(name=one.name, reason=answer.reason, message=answer.message))
        else:
            letter = Letter(name=one.name, data=one.document.data, parsed=answer, container=one.container)
            yield number, Outcome(letter=letter)


def _beyond(found: Iterator[_Read | Failure | Opened], given: int) -> Iterator[_Read | Failure | Opened]:
    """What was not given yet. A file that now gives less, since it cannot be read to the end again, gives its last
    failure once more."""
    count, failure = 0, None
    for count, one in enumerate(found, 1):
        if count > given:
            yield one
        elif isinstance(one, Failure):
            failure = one
    if failure is not None and count < given:
        yield failure


def _read(file: File, limits: Limits, options: Mapping[str, Any]) -> Iterator[_Read | Failure | Opened]:
    """A file, or what is in it and then itself."""
    try:
        data = _remote(file.name, limits, options) if is_url(file.name) else read_bytes(file.name, limits=limits)
    except ReadError as error:
        yield Failure(name=file.name, reason=error.reason, message=str(error))
        return
    document = Document(name=file.name, data=data)
    if container_of(data, file.name) is None:
        yield _Read(name=file.name, document=_bare(document), container=None)
        return
    key = hashlib.sha256(data).hexdigest()
    skipped: list[str] = []
    members: list[str] = []
    whole = True
    for found in expand(document, limits=limits, on_skip=skipped.append):
        name = storable(found.name)
        if isinstance(found, Failure):
            whole = False
            yield msgspec.structs.replace(found, name=name)
        else:
            members.append(name.removeprefix(f"{file.name}{INSIDE}"))
            yield _Read(name=name, document=_bare(found), container=file.name)
    yield Opened(name=file.name, key=key, members=tuple(members), skipped=len(skipped), whole=whole)


def _bare(document: Document) -> Document:
    """As the parser is given it: the record names the file without its folders."""
    return Document(name=os.path.basename(storable(document.name)), data=document.data)


def _remote(url: str, limits: Limits, options: Mapping[str, Any]) -> bytes:
    fsspec = library("fsspec", "dask")
    try:
        with fsspec.open(url, "rb", **options) as file:
            data: bytes = file.read(limits.max_bytes + 1)
    except Exception as error:  # every file system has errors of its own
        raise ReadError(f"{url} cannot be read: {error}", name=url, reason="unreadable") from error
    if len(data) > limits.max_bytes:
        message = f"{url} is larger than {limits.max_bytes:,} bytes: split it, or raise Limits(max_bytes=...)."
        raise ReadError(message, name=url, reason="too-large")
    return data
