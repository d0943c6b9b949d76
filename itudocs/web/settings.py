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
        seconds: what the searches of a page may cost before they are given up, and said to be; with all else, a page then
            costs clearly less than a second (docs/web-benchmark.md).
        today: the day that open deadlines are reckoned by; by default each request's own.
    """

    edit: bool = False
    hosts: tuple[str, ...] = LOOPBACK
    seconds: float = 0.8
    today: dt.date | None = None
