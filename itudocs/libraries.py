"""Libraries that only some parts need: loaded when they are needed, named with their command when they are missing."""

from __future__ import annotations

import importlib
from typing import Any

from itudocs.errors import MissingLibrary, ReadError


def library(name: str, extra: str) -> Any:
    """A library of one of itudocs' extras.

    Raises:
        MissingLibrary: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingLibrary(
            f"{name.partition('.')[0]} is not installed. Install it with: pip install 'itudocs[{extra}]'"
        ) from error


def for_reading(name: str, *, source: str) -> Any:
    """A library of the extra `formats`, needed to read a source.

    Raises:
        ReadError: it is not installed (`library`).
    """
    try:
        return library(name, "formats")
    except MissingLibrary as error:
        raise ReadError(f"{source} cannot be read: {error}", name=source, reason="library") from error
