"""Libraries that only some parts need: loaded when they are needed, named with their command when they are missing."""

from __future__ import annotations

import importlib
from typing import Any

from itudocs.errors import MissingLibrary


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
