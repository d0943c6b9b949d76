"""The types of an ASGI application (asgi.readthedocs.io, version 3), as layers around one need them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Scope = Any
"""A dictionary; what is in it depends on its `type`."""
Message = Any
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
