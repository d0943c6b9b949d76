"""What one question may cost: processor time, looked at wherever work is handed out.

Python cannot stop a thread from outside, so whoever works asks: at every leaf of a query, every list that is read, every
few thousand steps of a loop. The time is the thread's own: what other searches take, or another program, is not held
against a question.
"""

from __future__ import annotations

import math
import time

from itudocs.errors import QueryTimeout

clock = time.thread_time
"""Seconds of processor time of this thread."""
STEPS = 5_000
"""Steps of loops between two looks at the clock: some 5 ms, where a step takes about a microsecond."""


class Budget:
    """Counts from when it is made; without a number of seconds there is no end to it."""

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = math.inf if seconds is None else seconds
        self._end = math.inf if seconds is None else clock() + seconds
        self._steps = 0

    def check(self) -> None:
        """
        Raises:
            QueryTimeout: the time is up.
        """
        if self._end != math.inf and clock() > self._end:
            raise QueryTimeout(
                f"the search took more than {round(self._seconds, 1):g} s of work and was given up",
                hint="search for fewer words, or write more letters of those with * or ~",
            )

    def spend(self, steps: int = 1) -> None:
        """Count steps of a loop, and look at the clock now and then. Raises as `check` does."""
        if self._end == math.inf:
            return
        self._steps += steps
        if self._steps >= STEPS:
            self._steps = 0
            self.check()


UNBOUNDED = Budget()
"""For work that nobody waits for."""
