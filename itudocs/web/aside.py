"""What takes seconds to make out of a large archive, made beside the requests that ask for it.

An agenda of 100,000 letters takes about 5 s and 540 MB, a graph of them 4 s and 200 MB (docs/agenda-benchmark.md, docs/graph.md);
the archive keeps either until its letters change. Nothing is made before somebody asks: who only searches pays neither time
nor memory. Whoever asks waits for as long as one request may take and is then told to come again; the work goes on, once,
however many ask.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from itudocs.archive.agenda import Agenda
from itudocs.archive.archive import Archive
from itudocs.archive.gaps import Gaps
from itudocs.archive.graph import Graph
from itudocs.errors import ItuDocsError

Made = TypeVar("Made")

AGAIN = 3
"""Seconds after which to ask again."""


class NotYet(ItuDocsError):
    """What was asked for is still being made."""


class _Making(Generic[Made]):
    """One thing, made by one thread at a time.

    Args:
        what: is being made, in words.
        make: quick where nothing has changed.
    """

    def __init__(self, what: str, make: Callable[[], Made]) -> None:
        self._what = what
        self._make = make
        self._mutex = threading.Lock()
        self._running: Future[Made] | None = None

    def within(self, seconds: float) -> Made:
        """The thing as the archive stands now.

        Raises:
            NotYet: it takes longer.
        """
        with self._mutex:
            if self._running is None or self._running.done():
                self._running = Future()
                threading.Thread(target=self._run, args=(self._running,), name=self._what, daemon=True).start()
            running = self._running
        try:
            return running.result(timeout=seconds)
        except TimeoutError:
            if running.done():  # what was raised is the archive's own
                raise
            raise NotYet(f"{self._what[0].upper()}{self._what[1:]}. Ask again in a few seconds.") from None

    def _run(self, future: Future[Made]) -> None:
        try:
            future.set_result(self._make())
        except BaseException as fault:  # whoever asked is told
            future.set_exception(fault)


class Aside:
    """An archive's agenda and graph, for pages.

    Args:
        seconds: for which a request waits.
    """

    def __init__(self, archive: Archive, *, seconds: float) -> None:
        self._seconds = seconds
        self._agenda = _Making("the events and deadlines of all letters are being put together", archive.agenda)
        self._knowledge = _Making(
            "what the letters say of each other is being put together", lambda: (archive.graph(), archive.gaps())
        )

    def agenda(self) -> Agenda:
        """As `Archive.agenda`.

        Raises:
            NotYet: it is being made.
        """
        return self._agenda.within(self._seconds)

    def graph(self) -> Graph:
        """As `Archive.graph`.

        Raises:
            NotYet: it is being made.
        """
        return self._knowledge.within(self._seconds)[0]

    def gaps(self) -> Gaps:
        """As `Archive.gaps`.

        Raises:
            NotYet: they are being worked out.
        """
        return self._knowledge.within(self._seconds)[1]
