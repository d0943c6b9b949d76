"""What can go wrong that is the caller's or the machine's fault.

A letter's own faults are `Issue`s on its record and a file that cannot be read among many is a `Failure`;
neither raises. Every message names the thing and the next step.
"""

from __future__ import annotations


class ItuDocsError(Exception):
    """The parent of all errors raised by itudocs."""


class ReadError(ItuDocsError):
    """A source that cannot become text: missing, unreadable, too large, binary, of an unknown format.

    Attributes:
        name: the file's name or `<bytes>`.
        reason: a short code (`missing`, `unreadable`, `too-large`, `binary`, `directory`, `format`, `empty`; `damaged` for
            a file that is not what its format demands, `encrypted`, `bomb` for one that unpacks to far more than its
            size, `entities` for markup that defines its own, `library` where one is not installed;
            `scanned` for pictures of pages; `timeout`, `memory`, `reader-died`, `internal-error` where a process that
            read it did not come to its end).
    """

    def __init__(self, message: str, *, name: str, reason: str) -> None:
        super().__init__(message)
        self.name = name
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return _read_error, (str(self), self.name, self.reason)


def _read_error(message: str, name: str, reason: str) -> ReadError:
    return ReadError(message, name=name, reason=reason)


class QueryError(ItuDocsError):
    """A search query that cannot be understood.

    Attributes:
        position: 0-based offset into the query string.
        hint: what to write instead; may be empty.
    """

    def __init__(self, message: str, *, position: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.position = position
        self.hint = hint


class QueryTimeout(QueryError):
    """A search that would cost more time than it was given."""


class LexiconError(ItuDocsError):
    """A lexicon file that breaks its own rules (a pattern that does not compile, a label twice)."""


class CorrectionError(ItuDocsError):
    """A correction that cannot be made: its field or value does not exist, does not fit, or its words stand elsewhere.

    Attributes:
        path: the record path as it was given.
    """

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path


class ArchiveError(ItuDocsError):
    """An archive that cannot be used as asked; the parent of the archive's errors."""


class NotAnArchive(ArchiveError):
    """A folder that holds no archive, or something else."""


class ArchiveLocked(ArchiveError):
    """Another process is writing to the archive."""


class ArchiveDamaged(ArchiveError):
    """A store or index whose bytes are not those that were written; names the file and what can repair it."""


class ArchiveVersion(ArchiveError):
    """An archive written by a newer itudocs than this one."""


class ClusterUnavailable(ArchiveError):
    """A search cluster that does not answer, answers in part or not in time, or refuses; names the host and what to do."""


class NotInArchive(ArchiveError, LookupError):
    """No letter of the archive, or more than one, answers to a key, a prefix of one, or an id.

    Attributes:
        told: the same for a reader who is in the archive already, and at no command line.
    """

    def __init__(self, message: str, *, told: str = "") -> None:
        super().__init__(message)
        self.told = told or message


class MissingLibrary(ItuDocsError):
    """A library that an optional part of itudocs needs is not installed; names it and the command that installs it."""


class DistributedError(ItuDocsError):
    """A cluster that cannot parse: no workers, other versions on them, the scheduler lost; or an unusable manifest."""
