"""How the page is served: what a caller may choose, with the defaults that are safe."""

from __future__ import annotations

import datetime as dt

from itudocs.model import Record

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Settings(Record, frozen=True, kw_only=True):
    """
    Attributes:
        edit: whether values may be corrected; without it nothing writes.
        hosts: names under which the page may be asked for (the Host header, without its port).
        seconds: what one search may cost before it is given up, and said to be.
        today: the day that open deadlines are reckoned by; by default each request's own.
    """

    edit: bool = False
    hosts: tuple[str, ...] = LOOPBACK
    seconds: float = 1.0
    today: dt.date | None = None
