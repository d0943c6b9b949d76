"""What a worker does: reads the files of a batch and parses them. Needs no Dask.

Batches come and answers go as MessagePack, so that nothing from a worker is ever unpickled by the archive's process
beyond Dask's own messages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from itudocs.distributed.listing import Batch, File, is_url
from itudocs.errors import ReadError
from itudocs.libraries import library
from itudocs.model import Failure, Record
from itudocs.parse import Parsed, parse_documents, parser_version
from itudocs.reading import Document, Limits, read_bytes


class Letter(Record, frozen=True, kw_only=True):
    """What the archive takes in: where a letter comes from, its bytes, its record and text."""

    name: str
    data: bytes
    parsed: Parsed


class Outcome(Record, frozen=True, kw_only=True):
    """What became of a file: one of the two."""

    letter: Letter | None = None
    failure: Failure | None = None

    @property
    def either(self) -> Letter | Failure:
        one = self.letter or self.failure
        assert one is not None
        return one


class Answer(Record, frozen=True, kw_only=True):
    """What became of a batch, in the order of its files."""

    outcomes: tuple[Outcome, ...]


class _Read(Record, frozen=True, kw_only=True):
    name: str
    document: Document


def version() -> str:
    """The parser's version here."""
    return parser_version()


def parse_batch(packed: bytes, limits: bytes, options: Mapping[str, Any], apart: bool) -> bytes:
    """Read and parse a batch.

    Args:
        packed, limits: a `Batch` and `Limits` as MessagePack.
        options: of fsspec, for URLs.
        apart: parse in processes of its own: a letter that kills one becomes a `Failure`, and the worker lives.

    Returns:
        An `Answer` as MessagePack.
    """
    batch = msgspec.msgpack.decode(packed, type=Batch)
    bounds = msgspec.msgpack.decode(limits, type=Limits)
    read = [_read(file, bounds, options) for file in batch.files]
    parsed = parse_documents(
        (one if isinstance(one, Failure) else one.document for one in read), workers=2 if apart else 1, limits=bounds
    )
    return msgspec.msgpack.encode(Answer(outcomes=tuple(_outcomes(read, parsed))))


def _read(file: File, limits: Limits, options: Mapping[str, Any]) -> _Read | Failure:
    try:
        data = _remote(file.name, limits, options) if is_url(file.name) else read_bytes(file.name, limits=limits)
    except ReadError as error:
        return Failure(name=file.name, reason=error.reason, message=str(error))
    return _Read(name=file.name, document=Document(name=os.path.basename(file.name), data=data))


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


def _outcomes(read: list[_Read | Failure], answers: Iterator[Parsed | Failure]) -> Iterator[Outcome]:
    for one, answer in zip(read, answers, strict=True):
        if isinstance(one, Failure):
            yield Outcome(failure=one)
        elif isinstance(answer, Failure):
            yield Outcome(failure=Failure(name=one.name, reason=answer.reason, message=answer.message))
        else:
            yield Outcome(letter=Letter(name=one.name, data=one.document.data, parsed=answer))
