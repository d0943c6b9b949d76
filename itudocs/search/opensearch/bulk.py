"""Writing many documents: gathered into requests, and sent again, more slowly, where the cluster has too much to do.

An item has an id that says what it is, so that sending it twice leaves one document. What a cluster takes is counted by
the item: an item that is refused for good stops everything, one that is refused for now waits.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import msgspec

from itudocs.errors import ArchiveError, ClusterUnavailable
from itudocs.search.opensearch.cluster import BUSY, Cluster

MAX_BYTES = 4 << 20
"""Of a request; one document may be larger."""
MAX_ITEMS = 500
_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_encode = msgspec.json.Encoder().encode


class Bulk:
    """Documents on their way into an index: while some are sent, others are made. Of one identity the last is kept.

    Leaving the `with` block sends the rest and waits, unless by an exception.

    Raises:
        ClusterUnavailable: the cluster has not taken what it was sent within the address's `timeout`.
        ArchiveError: it refuses a document.
    """

    def __init__(self, cluster: Cluster, index: str) -> None:
        self._cluster = cluster
        self._index = index
        self._waiting: list[bytes] = []
        self._size = 0
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="itudocs-bulk")
        self._sent: Future[None] | None = None

    def put(self, identity: str, document: dict[str, Any], *, routing: int | None = None) -> None:
        """Write a document, in the place of one with the same identity."""
        self._add(_line("index", identity, routing) + _encode(document) + b"\n")

    def drop(self, identity: str, *, routing: int | None = None) -> None:
        """Remove a document, if it is there."""
        self._add(_line("delete", identity, routing))

    def _add(self, item: bytes) -> None:
        if self._waiting and (self._size + len(item) > MAX_BYTES or len(self._waiting) >= MAX_ITEMS):
            self._pass_on()
        self._waiting.append(item)
        self._size += len(item)

    def _pass_on(self) -> None:
        """Let what waits be sent, once what was passed on before has been taken: no more than that is in memory."""
        before, waiting = self._sent, self._waiting
        self._sent, self._waiting, self._size = None, [], 0
        if before is not None:
            before.result()
        self._sent = self._sender.submit(self._send, waiting)

    def finish(self) -> None:
        """Send the rest. On return the cluster has all of it, on all nodes that keep a copy."""
        try:
            self._pass_on()
            if self._sent is not None:
                self._sent.result()
        finally:
            self._sender.shutdown(cancel_futures=True)

    def _send(self, waiting: list[bytes]) -> None:
        began, pause = time.monotonic(), _PAUSE
        while waiting:
            told = self._cluster.bulk(self._index, b"".join(waiting))
            refused = [(item, said) for item, said in zip(waiting, told, strict=True) if said["status"] in BUSY]
            for said in told:
                if said["status"] >= 400 and said["status"] not in BUSY and said.get("result") != "not_found":
                    reason = said.get("error", {}).get("reason", said["status"])
                    raise ArchiveError(f"{self._cluster.address}: the search cluster refuses a document: {reason}")
            if len(refused) < len(waiting):  # it goes on
                began, pause = time.monotonic(), _PAUSE
            waiting = [item for item, _ in refused]
            if waiting:
                if time.monotonic() - began > self._cluster.address.timeout:
                    raise ClusterUnavailable(
                        f"{self._cluster.address}: the search cluster has taken no documents for "
                        f"{self._cluster.address.timeout:g} s ({refused[0][1].get('error', {}).get('reason', 'busy')}). What "
                        f"is stored is safe; see that the cluster runs, then try again."
                    )
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self._sender.shutdown(cancel_futures=True)


def _line(action: str, identity: str, routing: int | None) -> bytes:
    where = {"_id": identity} if routing is None else {"_id": identity, "routing": str(routing)}
    return _encode({action: where}) + b"\n"
