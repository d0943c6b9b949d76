"""Talking to a cluster: requests with a time limit, patience where a cluster is busy, and errors in our words.

All that leaves for a host goes through `Cluster.call`. An answer that is partial or late is an error, never an answer with
fewer hits. Every request is such that sending it twice does no more than sending it once, so that a lost answer is
asked for again. What is asked is for `writing` and `searcher`; the official client is imported here alone.
"""

from __future__ import annotations

import ipaddress
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from itudocs.errors import (
    ArchiveDamaged,
    ArchiveError,
    ClusterUnavailable,
    MissingLibrary,
    QueryError,
    QueryTimeout,
)
from itudocs.search.opensearch.address import CREDENTIALS, PASSWORD, USER, Address, authorities, credentials

Body = Mapping[str, Any]
BUSY = frozenset({429, 502, 503, 504})
"""What a cluster says that is busy, or where a node has just gone: it is asked again."""
UNANSWERED = 5.0
"""Seconds for which hosts are asked again that refuse a connection, or are not there."""
SILENT, QUIET = 2.0, 5.0
"""Seconds after which a host that does not answer the shortest question is passed over; it is asked that when nothing has
been heard of it for so many."""
_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_LITTLE = 0.25  # seconds left of a search's own time in which nothing more can be asked


class Cluster:
    """A connection to the hosts of an address; opened when first needed, shared by threads.

    Raises:
        MissingLibrary: the extra `itudocs[opensearch]` is not installed.
        ArchiveError: user and password cannot be read, or would travel in clear to another machine.
    """

    def __init__(self, address: Address) -> None:
        try:
            import opensearchpy
        except ImportError as fault:
            raise MissingLibrary(
                "OpenSearch needs a library that is not installed. Run: pip install 'itudocs[opensearch]'"
            ) from fault
        self.address = address
        self._bounds = threading.local()  # what the search of a thread may take, and when that is over
        logging.getLogger("opensearch").addHandler(logging.NullHandler())  # or it tells standard error of each refusal
        self._errors = opensearchpy.exceptions
        known = credentials()
        if known and not address.tls and not all(map(_is_here, (host for host, _ in address.hosts))):
            raise ArchiveError(
                f"{address}: user and password are not sent to another machine in clear. Name it opensearchs://, or reach it "
                "through a tunnel on this machine."
            )
        options: dict[str, Any] = {"ca_certs": authorities()} if address.tls else {}
        self._client = opensearchpy.OpenSearch(
            hosts=[{"host": host, "port": port} for host, port in address.hosts],
            http_auth=known,
            use_ssl=address.tls,
            verify_certs=address.tls,
            http_compress=True,
            max_retries=0,  # `call` has patience of its own
            connection_class=_probed(opensearchpy),
            **options,
        )

    @contextmanager
    def within(self, seconds: float | None) -> Iterator[None]:
        """All that this thread asks takes so long at most, by the clock; without a number, each request its own time.

        Raises:
            QueryTimeout: it would take longer.
        """
        self._bounds.seconds = seconds
        self._bounds.end = None if seconds is None else time.monotonic() + seconds
        try:
            yield
        finally:
            self._bounds.seconds = self._bounds.end = None

    def _allowed(self) -> float:
        """Seconds that a request of this thread may take now."""
        end: float | None = getattr(self._bounds, "end", None)
        if end is None:
            return self.address.timeout
        if end <= time.monotonic():
            raise self._spent()
        return min(self.address.timeout, end - time.monotonic())

    def _late(self, why: str) -> QueryTimeout | ClusterUnavailable:
        """The error for an answer that did not come in time: whose time it was decides."""
        end: float | None = getattr(self._bounds, "end", None)
        return self._spent() if end is not None and end - time.monotonic() < _LITTLE else self.unavailable(why)

    def _spent(self) -> QueryTimeout:
        return QueryTimeout(
            f"the search took more than {round(self._bounds.seconds, 1):g} s and was given up",
            hint="search for fewer words, or write more letters of those with * or ~",
        )

    def call(
        self,
        method: str,
        path: str,
        body: Body | bytes | None = None,
        *,
        params: Mapping[str, str] | None = None,
        missing: str = "",
        patience: float | None = None,
    ) -> dict[str, Any]:
        """Ask and wait for the answer, at most as long as the address allows.

        Args:
            missing: what to say where the cluster does not have what is asked for.
            patience: seconds for which a busy cluster is asked again; the address's own where none are given.

        Raises:
            ClusterUnavailable: no host answers, not in time, or none that may be asked.
            ArchiveDamaged: what is asked for is not there.
            QueryError: a query is too large for the cluster.
            ArchiveError: the cluster refuses what is asked.
        """
        limit = self._allowed()
        started = time.monotonic()
        pause = _PAUSE
        while True:
            remaining = max(0.1, started + limit - time.monotonic())
            try:
                found: dict[str, Any] = self._client.transport.perform_request(
                    method, path, params={**(params or {}), "request_timeout": remaining}, body=body
                )
                return found
            except self._errors.SSLError as fault:
                certificate = "CERTIFICATE" in str(fault.error)
                what = "has no certificate that is trusted" if certificate else "does not speak TLS with us"
                raise self.unavailable(f"{what} ({fault.error})") from fault
            except self._errors.ConnectionTimeout as fault:
                raise self._late(f"did not answer within {limit:g} s") from fault
            except self._errors.ConnectionError as fault:
                allowed, why = min(limit, UNANSWERED), "cannot be reached"
                cause: Exception = fault
            except self._errors.TransportError as fault:
                if fault.status_code not in BUSY:
                    raise self._refused(fault, missing) from fault
                allowed, why = limit if patience is None else patience, f"is busy or lacks nodes ({_reason(fault)})"
                cause = fault
            if time.monotonic() - started + pause > allowed:
                raise self._late(why) from cause
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def search(self, index: str, body: Body, *, missing: str = "") -> dict[str, Any]:
        """Search an index; the answer is whole, or there is none.

        Raises:
            ClusterUnavailable: as `call`, and where a part of the index did not answer, or not in time.
        """
        found = self.call(
            "POST",
            f"/{index}/_search",
            {**body, "timeout": f"{max(1, int(self._allowed() * 1000))}ms"},
            params={"allow_partial_search_results": "false"},
            missing=missing,
        )
        shards = found["_shards"]
        if found["timed_out"]:
            raise self._late(f"did not finish a search within {self.address.timeout:g} s")
        if shards["failed"] or shards["successful"] < shards["total"]:
            raise self.unavailable(f"answered from {shards['successful']} of {shards['total']} parts of the index only")
        return found

    def bulk(self, index: str, lines: bytes) -> list[dict[str, Any]]:
        """Send many writes at once; what the cluster says of each, in order."""
        # Less than a request may take, so that it is the cluster that says which writes had to wait too long
        limit = f"{int(self.address.timeout * 500)}ms"
        found = self.call("POST", f"/{index}/_bulk", lines, params={"timeout": limit})
        items: list[dict[str, Any]] = [next(iter(item.values())) for item in found["items"]]
        return items

    def exists(self, path: str) -> bool:
        """Whether the cluster has something."""
        try:
            self.call("GET", path)
        except ArchiveDamaged:
            return False
        return True

    def unavailable(self, why: str) -> ClusterUnavailable:
        """An error that says so, and what to do."""
        return ClusterUnavailable(
            f"{self.address}: the search cluster {why}. Letters and records are safe in {self.address.store}; see that the "
            "cluster runs (GET /_cluster/health), then try again."
        )

    def _refused(self, fault: Any, missing: str) -> ArchiveError | QueryError:
        reason = _reason(fault)
        if fault.status_code == 404:
            return ArchiveDamaged(f"{self.address}: {missing or reason}. The index is made anew by `itudocs rebuild`.")
        if fault.status_code in (401, 403):
            return ClusterUnavailable(
                f"{self.address}: the search cluster refuses this user. Set {USER} and {PASSWORD}, or {CREDENTIALS}."
            )
        if "too_many" in str(fault.info) and "clause" in str(fault.info):
            return QueryError("the query has more parts than the cluster looks up", hint="search for fewer words")
        if isinstance(fault.status_code, int) and fault.status_code >= 500:
            return self.unavailable(f"failed ({reason})")
        return ArchiveError(f"{self.address}: the search cluster refuses what it is asked: {reason}")


def _is_here(host: str) -> bool:
    """Whether a host is this machine, by its name alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _probed(opensearchpy: Any) -> Any:
    """A class of connections, each to a host, that find out whether it is there before they wait for it.

    A machine that hangs takes requests and answers none. What is long under way is not told from that by waiting: so a host that
    was quiet is asked for a sign of life first, and the next one takes its place.
    """
    faults = opensearchpy.exceptions

    class Probed(opensearchpy.Urllib3HttpConnection):  # type: ignore[misc]  # imported only when needed
        _heard = -QUIET

        def perform_request(
            self, method: str, url: str, *args: Any, timeout: float | None = None, **options: Any
        ) -> Any:
            if time.monotonic() - self._heard > QUIET:
                self._probe(SILENT if timeout is None else min(SILENT, timeout))
            answer = super().perform_request(method, url, *args, timeout=timeout, **options)
            self._heard = time.monotonic()
            return answer

        def _probe(self, seconds: float) -> None:
            try:
                super().perform_request("HEAD", "/", timeout=seconds)
            except faults.ConnectionTimeout as fault:
                raise faults.ConnectionError("N/A", f"no answer within {seconds:g} s", fault) from fault
            except faults.ConnectionError:
                raise
            except faults.TransportError:
                pass  # it says no, but it says something

    return Probed


def _reason(fault: Any) -> str:
    """What a cluster gives as its reason, on one line: the innermost, which says most."""
    info = fault.info
    error = info.get("error") if isinstance(info, dict) else None
    if not isinstance(error, dict):
        return " ".join(str(error or fault.error).split())[:300]
    shards = error.get("failed_shards")
    cause = shards[0].get("reason", {}) if shards else error
    while isinstance(cause.get("caused_by"), dict):
        cause = cause["caused_by"]
    return " ".join(str(cause.get("reason") or cause.get("type") or error.get("type")).split())[:300]
