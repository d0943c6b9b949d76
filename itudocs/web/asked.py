"""What an address may ask: each page has its parameters, and refuses others; and its pages, and none beyond the last.

Passed over, a misspelt parameter would show everything as if that had been asked for: it gets a 400 (RFC 9110, 15.5.1). A
page beyond the last gets a 404, so that a program which pages on can tell the end from a search that finds nothing.
Which parameters there are is read from a handler's signature, as the OpenAPI document is; handlers that read the address
themselves name theirs as `opt={PARAMETERS: names}`.
"""

from __future__ import annotations

import difflib
import functools
from typing import Any
from urllib.parse import parse_qsl

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from itudocs.errors import ItuDocsError

PARAMETERS = "parameters"
_SHOWN = 40
"""Characters of a name that is shown."""


class UnknownParameter(ItuDocsError):
    """The address has a parameter that its page has not; `hint` names those that it has, the nearest first."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"This page has no parameter {name[:_SHOWN]!r}.")
        near = difflib.get_close_matches(name[:_SHOWN], known, n=1)
        meant = f"Did you mean {near[0]!r}? " if near else ""
        self.hint = f"{meant}It has {', '.join(known)}." if known else "It has none."


class NoSuchPage(ItuDocsError):
    """A page beyond the `last`; pages are numbered from 1."""

    def __init__(self, page: int, last: int) -> None:
        super().__init__(f"There is no page {page}.")
        self.last = last
        self.hint = f"The last is page {last}."


def known_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard that lets no unknown parameter through.

    Raises:
        UnknownParameter: there is one.
    """
    known = parameters(handler)
    for name, _ in parse_qsl(connection.scope["query_string"].decode("latin-1"), keep_blank_values=True):
        if name not in known:
            raise UnknownParameter(name, known)


@functools.cache
def parameters(handler: BaseRouteHandler) -> tuple[str, ...]:
    """The names of the parameters that a handler has."""
    named: tuple[str, ...] | None = handler.opt.get(PARAMETERS)
    if named is not None:
        return named
    fields = handler.parsed_fn_signature.parameters.items()
    asked = ((name, one.kwarg_definition) for name, one in fields)
    return tuple(one.name or name for name, one in asked if isinstance(one, QueryParameter))
