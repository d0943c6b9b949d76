"""Source -> Circular, for one letter or for many.

`parse` reads and parses one source and raises `ReadError` where it cannot be read. `parse_many` goes on: a source that
cannot be read, a letter that breaks the parser, a process that dies each become a `Failure` in the place of a record.
How text is found in bytes is `itudocs.reading`'s, what it says `itudocs.assemble`'s. The last step of parsing; archives
and the command line begin here.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.resources
import os
import traceback
from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec

from itudocs._version import __version__
from itudocs.errors import ReadError
from itudocs.model import Circular, Failure, Record
from itudocs.reading import DEFAULT_LIMITS, Document, Limits, Readable, Source, read

T = TypeVar("T")
Outcome = TypeVar("Outcome")


class Parsed(Record, frozen=True, kw_only=True):
    """A record with the text it was parsed from, which its offsets count in."""

    record: Circular
    text: str


def parse(source: Readable, *, name: str | None = None, limits: Limits = DEFAULT_LIMITS) -> Circular:
    """The record of one letter.

    Args:
        source: a `str` is the letter's text itself, a path its file, bytes a file's content.
        name: what the record shall call the source; see `itudocs.read`.
        limits: how large a file may be.

    Raises:
        ReadError: the source cannot be read. Never for a `str`: what is odd about a text is among the record's issues.
    """
    return parse_source(read(source, name=name, limits=limits))


def parse_source(source: Source) -> Circular:
    """The record of a letter that has been read already. Never raises, whatever its text."""
    from itudocs import assemble  # late: it loads the lexicon, which those who only name a type do not need

    return assemble.circular(source)


def parse_many(
    sources: Iterable[Readable | Failure], *, workers: int = 1, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Circular | Failure]:
    """The records of many letters, in the order of `sources`.

    Args:
        sources: what `parse` takes, pulled as records are consumed (with workers, four a worker ahead). `Failure`s are
            passed on in their place, so that `parse_many(walk("letters/"))` loses nothing.
        workers: 1 parses in this process, more in so many processes, 0 in one a processor.
        limits: how large a file may be.

    Yields:
        A record, or a `Failure` with one of `ReadError`'s reasons, `internal-error` (a fault of the parser) or
        `worker-died` (a process ended while it parsed this source, also when it had nothing else to do).
    """
    return _many(functools.partial(_record, limits=limits), sources, workers)


def parse_documents(
    documents: Iterable[Document | Failure], *, workers: int = 1, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Parsed | Failure]:
    """As `parse_many`, for bytes that are at hand; the texts come with the records."""
    return _many(functools.partial(_parsed, limits=limits), documents, workers)


def _many(task: functools.partial[Any], sources: Iterable[T], workers: int) -> Iterator[Any]:
    if workers < 0:
        raise ValueError(f"workers must be 0 (one a processor) or more, not {workers}")
    if not workers:
        workers = len(os.sched_getaffinity(0))
    return (task(source) for source in sources) if workers == 1 else _in_processes(task, sources, workers)


def _packed(source: Any, *, task: functools.partial[Any]) -> Any:
    """A task's outcome for the way between processes: a record as MessagePack, which takes a fifth of pickle's time."""
    outcome = task(source)
    if isinstance(outcome, (Circular, Parsed)):
        return type(outcome), msgspec.msgpack.encode(outcome)
    return outcome


def _in_processes(task: functools.partial[Any], sources: Iterable[T], workers: int) -> Iterator[Any]:
    from itudocs.workers import Died, ordered  # late: most parse in their own process

    packing = functools.partial(_packed, task=task)
    with contextlib.closing(ordered(packing, sources, workers=workers)) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, tuple):
                kind, packed = outcome
                yield msgspec.msgpack.decode(packed, type=kind)
            elif isinstance(outcome, Died):
                name = name_of(outcome.item)
                yield Failure(
                    name=name,
                    reason="worker-died",
                    message=f"The process that parsed {name} ended with status {outcome.status}: it needs too much "
                    "memory, or a library crashed. The other letters are not affected.",
                )
            else:
                yield outcome


def _record(source: Readable | Failure, *, limits: Limits) -> Circular | Failure:
    outcome = _parsed(source, limits=limits)
    return outcome if isinstance(outcome, Failure) else outcome.record


def _parsed(source: Readable | Failure, *, limits: Limits) -> Parsed | Failure:
    if isinstance(source, Failure):
        return source
    try:
        decoded = read(source, limits=limits)
        return Parsed(record=parse_source(decoded), text=decoded.text)
    except ReadError as error:
        return Failure(name=error.name, reason=error.reason, message=str(error))
    except Exception as error:  # one letter that breaks the parser must not end a run over a million
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(frame.filename)}, line {frame.lineno}, in {frame.name}"
        return Failure(
            name=name_of(source),
            reason="internal-error",
            message=f"{type(error).__name__}: {error} ({where}). This is a fault of itudocs: please report it.",
        )


def name_of(source: object) -> str:
    """What a failure calls a source that was not read."""
    if isinstance(source, (Document, Failure)):
        return source.name
    if isinstance(source, os.PathLike):
        return os.fsencode(source).decode("utf-8", "backslashreplace")
    return "<text>" if isinstance(source, str) else "<bytes>"


# What cannot change a record. All else counts, so that a new module of the parser is not forgotten.
_NOT_PARSING = frozenset({
    "__init__.py", "__main__.py", "__pycache__", "_version.py", "archive", "cli", "corrections", "demo.py", "errors.py",
    "distributed", "evaluate", "explain", "export", "libraries.py", "paths.py", "pipeline.py", "review.py", "search", "web", "workers.py",
})  # fmt: skip


@functools.cache
def parser_version() -> str:
    """The version of what decides a record's values: `0.1.0+` and a digest of the lexicon and of the parser's code.

    Records parsed under another version may gain from being parsed again; an archive stores it beside each.
    """
    digest = hashlib.sha256()
    for part in sorted(importlib.resources.files("itudocs").iterdir(), key=lambda part: part.name):
        if part.name not in _NOT_PARSING:
            for path, file in _files(part, part.name):
                digest.update(f"{path}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return f"{__version__}+{digest.hexdigest()[:12]}"


def _files(at: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    """The files of a module, package or folder in a fixed order; nothing where it does not exist."""
    if at.is_dir():
        for child in sorted(at.iterdir(), key=lambda c: c.name):
            if child.name != "__pycache__":
                yield from _files(child, f"{path}/{child.name}")
    elif at.is_file() and path.endswith((".py", ".toml", ".csv")):
        yield path, at


def __getattr__(name: str) -> str:
    if name == "PARSER_VERSION":
        return parser_version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
