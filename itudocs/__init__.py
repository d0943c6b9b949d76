"""itudocs reads the circular letters of the International Telecommunication Union.

    import itudocs
    letter = itudocs.parse(pathlib.Path("letter.txt"))
    letter.ref, letter.date, letter.events

The public names, each loaded when it is first used: importing itudocs loads neither spaCy nor Whoosh nor NumPy.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from itudocs._version import __version__

if TYPE_CHECKING:
    from itudocs.archive.archive import Archive as Archive
    from itudocs.archive.archive import open_archive as open_archive
    from itudocs.corrections import Correction as Correction
    from itudocs.errors import ArchiveDamaged as ArchiveDamaged
    from itudocs.errors import ArchiveError as ArchiveError
    from itudocs.errors import ArchiveLocked as ArchiveLocked
    from itudocs.errors import CorrectionError as CorrectionError
    from itudocs.errors import ItuDocsError as ItuDocsError
    from itudocs.errors import NotAnArchive as NotAnArchive
    from itudocs.errors import QueryError as QueryError
    from itudocs.errors import ReadError as ReadError
    from itudocs.evaluate import evaluate as evaluate
    from itudocs.explain import Candidate as Candidate
    from itudocs.explain import Explanation as Explanation
    from itudocs.explain import explain as explain
    from itudocs.model import Circular as Circular
    from itudocs.model import Citation as Citation
    from itudocs.model import Contact as Contact
    from itudocs.model import Deadline as Deadline
    from itudocs.model import Event as Event
    from itudocs.model import Evidence as Evidence
    from itudocs.model import Failure as Failure
    from itudocs.model import Issue as Issue
    from itudocs.model import Provenance as Provenance
    from itudocs.model import Signatory as Signatory
    from itudocs.model import Zone as Zone
    from itudocs.parse import Parsed as Parsed
    from itudocs.parse import parse as parse
    from itudocs.parse import parse_documents as parse_documents
    from itudocs.parse import parse_many as parse_many
    from itudocs.parse import parse_source as parse_source
    from itudocs.parse import parser_version as parser_version
    from itudocs.pipeline import nlp as nlp
    from itudocs.reading import Document as Document
    from itudocs.reading import Limits as Limits
    from itudocs.reading import Source as Source
    from itudocs.reading import read as read
    from itudocs.reading import walk as walk

_EXPORTS: dict[str, str] = {
    name: module
    for module, names in {
        "itudocs.archive.archive": "Archive open_archive",
        "itudocs.corrections": "Correction",
        "itudocs.errors": "ArchiveDamaged ArchiveError ArchiveLocked CorrectionError ItuDocsError NotAnArchive QueryError "
        "ReadError",
        "itudocs.evaluate": "evaluate",
        "itudocs.explain": "Candidate Explanation explain",
        "itudocs.model": "Circular Citation Contact Deadline Event Evidence Failure Issue Provenance Signatory Zone",
        "itudocs.parse": "Parsed parse parse_documents parse_many parse_source parser_version",
        "itudocs.pipeline": "nlp",
        "itudocs.reading": "Document Limits Source read walk",
    }.items()
    for name in names.split()
}

__all__ = [
    "Archive", "ArchiveDamaged", "ArchiveError", "ArchiveLocked", "Candidate", "Circular", "Citation", "Contact",
    "Correction", "CorrectionError", "Deadline", "Document", "Event", "Evidence", "Explanation", "Failure", "Issue", "ItuDocsError", "Limits",
    "NotAnArchive", "Parsed", "Provenance", "QueryError", "ReadError", "Signatory", "Source", "Zone", "__version__",
    "evaluate", "explain", "nlp", "open_archive", "parse", "parse_documents", "parse_many", "parse_source",
    "parser_version", "read", "walk",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'itudocs' has no attribute {name!r}")
    value = getattr(importlib.import_module(_EXPORTS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps `itudocs.parse` the function although there is a module of that name.

    Importing the module would set the attribute to the module, whoever imports it, and hide the function.
    `from itudocs.parse import ...` and `sys.modules["itudocs.parse"]` give the module.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _EXPORTS and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
