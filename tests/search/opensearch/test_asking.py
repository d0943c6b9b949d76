"""Asking a cluster: patience where it is busy, an error where it does not answer in time, or not in full."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from itudocs.errors import ArchiveDamaged, ArchiveError, ClusterUnavailable, QueryError, QueryTimeout
from itudocs.search.opensearch import cluster as cluster_module
from itudocs.search.opensearch.address import AUTHORITIES, CREDENTIALS, PASSWORD, USER, address
from itudocs.search.opensearch.bulk import Bulk
from itudocs.search.opensearch.cluster import Cluster

pytest.importorskip("opensearchpy")

Answer = tuple[int, Any]
WHOLE = {"timed_out": False, "_shards": {"total": 2, "successful": 2, "failed": 0}, "hits": {}}


class Asked(NamedTuple):
    """What a host was asked."""

    path: str
    body: bytes
    authorization: str


class Host:
    """An HTTP server on the loopback address that gives the answers it is told to, in turn; the last one for ever."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.answers: list[Answer] = []
        self.asked: list[Asked] = []
        self.before: Callable[[], None] = lambda: None
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                host.asked.append(Asked(self.path, body, self.headers.get("Authorization", "")))
                host.before()
                status, told = host.answers.pop(0) if len(host.answers) > 1 else host.answers[0]
                data = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST  # noqa: N815  # the server's own names
            do_PUT = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "opensearch" if tls is None else "opensearchs"
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def cluster(self, *, timeout: int = 2, hosts: str = "") -> Cluster:
        return Cluster(address(f"{self._scheme}://{hosts}127.0.0.1:{self.port}/letters?timeout={timeout}&store=/s"))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    for name in (USER, PASSWORD):
        monkeypatch.delenv(name, raising=False)
    opened = Host()
    yield opened
    opened.close()


def fault(kind: str, reason: str) -> dict[str, Any]:
    return {"error": {"type": kind, "reason": reason, "root_cause": [{"type": kind, "reason": reason}]}, "status": 0}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_cluster_is_asked_again(host: Host, status: int) -> None:
    host.answers = [(status, fault("busy", "too much")), (status, fault("busy", "too much")), (200, WHOLE)]
    assert host.cluster().search("i", {"query": {}}) == WHOLE
    assert len(host.asked) == 3


def test_a_cluster_that_stays_busy_is_unavailable_in_time(host: Host) -> None:
    host.answers = [(503, fault("no_manager", "nobody manages"))]
    began = time.monotonic()
    with pytest.raises(
        ClusterUnavailable, match=r"opensearch://127\.0\.0\.1:\d+/letters: .*nobody manages.*safe in /s"
    ):
        host.cluster(timeout=1).search("i", {})
    assert time.monotonic() - began < 2
    assert len(host.asked) > 2


def test_a_host_that_is_not_there_is_passed_over(host: Host) -> None:
    host.answers = [(200, WHOLE)]
    cluster = host.cluster(hosts="127.0.0.1:1,127.0.0.1:2,")
    assert [cluster.search("i", {}) for _ in range(4)] == [WHOLE] * 4


def test_an_answer_that_comes_too_late_is_none(host: Host) -> None:
    host.answers = [(200, WHOLE)]
    host.before = lambda: time.sleep(1.5)
    with pytest.raises(ClusterUnavailable, match="did not answer within 1 s"):
        host.cluster(timeout=1).search("i", {})


def test_a_search_that_has_used_up_its_own_time_is_given_up(host: Host) -> None:
    host.answers = [(200, WHOLE)]
    host.before = lambda: time.sleep(0.5)
    cluster = host.cluster(timeout=30)
    began = time.monotonic()
    with pytest.raises(QueryTimeout, match=r"more than 0\.9 s"), cluster.within(0.9):  # noqa: PT012  # any of them
        for _ in range(9):
            cluster.search("i", {})
    assert 0.8 < time.monotonic() - began < 2
    sent = [json.loads(one.body)["timeout"] for one in host.asked]
    assert all(int(one.removesuffix("ms")) <= 900 for one in sent)
    assert cluster.search("i", {}) == WHOLE  # the next has no bound


def test_a_cluster_that_does_not_finish_in_a_searchs_own_time_says_so(host: Host) -> None:
    host.answers = [(200, {**WHOLE, "timed_out": True})]
    cluster = host.cluster()
    with pytest.raises(QueryTimeout), cluster.within(0.1):
        cluster.search("i", {})


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({**WHOLE, "timed_out": True}, "did not finish"),
        ({**WHOLE, "_shards": {"total": 3, "successful": 2, "failed": 1}}, "from 2 of 3 parts"),
        ({**WHOLE, "_shards": {"total": 3, "successful": 2, "failed": 0}}, "from 2 of 3 parts"),
    ],
)
def test_a_partial_answer_is_none(host: Host, told: dict[str, Any], why: str) -> None:
    host.answers = [(200, told)]
    with pytest.raises(ClusterUnavailable, match=why):
        host.cluster().search("i", {})
    assert "allow_partial_search_results=false" in host.asked[0].path
    assert json.loads(host.asked[0].body)["timeout"] == "2000ms"


@pytest.mark.parametrize(
    ("status", "told", "error", "why"),
    [
        (404, fault("index_not_found_exception", "no such index"), ArchiveDamaged, r"gone for good.*itudocs rebuild"),
        (401, fault("security", "hush"), ClusterUnavailable, f"refuses this user. Set {USER}"),
        (403, fault("security", "hush"), ClusterUnavailable, "refuses this user"),
        (400, fault("parsing_exception", "what is this"), ArchiveError, "refuses what it is asked: what is this"),
        (500, fault("too_many_nested_clauses", "max"), QueryError, "more parts"),
        (500, fault("null_pointer_exception", "oops"), ClusterUnavailable, r"failed \(oops\)"),
    ],
)
def test_refusals_are_told_in_our_words(
    host: Host, status: int, told: dict[str, Any], error: type[Exception], why: str
) -> None:
    host.answers = [(status, told)]
    with pytest.raises(error, match=why):
        host.cluster().search("i", {}, missing="gone for good")
    assert len(host.asked) == 1


def test_user_and_password_are_sent_and_never_shown(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(USER, "anna")
    monkeypatch.setenv(PASSWORD, "geheim")
    host.answers = [(200, WHOLE), (401, fault("security", "no"))]
    cluster = host.cluster()
    cluster.search("i", {})
    assert base64.b64decode(host.asked[0].authorization.split()[1]) == b"anna:geheim"
    with pytest.raises(ClusterUnavailable) as refused:
        cluster.search("i", {})
    assert "geheim" not in str(refused.value)
    assert "geheim" not in host.asked[0].path


# --- many writes at once ---


def taken(status: int = 201, reason: str = "") -> dict[str, Any]:
    return {"index": {"status": status, **({"error": {"reason": reason}} if reason else {})}}


def sent(asked: Asked) -> list[str]:
    """The identities in a request."""
    return [one["index"]["_id"] for one in map(json.loads, asked.body.splitlines()) if "index" in one]


def test_writes_that_the_cluster_cannot_take_now_and_no_others_are_sent_again(host: Host) -> None:
    host.answers = [
        (200, {"items": [taken(), taken(429, "queue is full"), taken(), taken(503, "no copy")]}),
        (429, fault("busy", "too much")),
        (200, {"items": [taken(429, "queue is full"), taken()]}),
        (200, {"items": [taken()]}),
    ]
    with Bulk(host.cluster(), "i") as bulk:
        for name in "abcd":
            bulk.put(name, {"key": name})
    assert [sent(one) for one in host.asked] == [["a", "b", "c", "d"], ["b", "d"], ["b", "d"], ["b"]]


def test_a_cluster_that_takes_nothing_for_too_long_is_unavailable(host: Host) -> None:
    host.answers = [(200, {"items": [taken(429, "queue is full")]})]
    bulk = Bulk(host.cluster(timeout=1), "i")
    bulk.put("a", {})
    with pytest.raises(ClusterUnavailable, match=r"no documents for 1 s \(queue is full\)"):
        bulk.finish()


def test_a_document_that_is_refused_for_good_stops_everything(host: Host) -> None:
    host.answers = [(200, {"items": [taken(), taken(400, "no such field")]})]
    bulk = Bulk(host.cluster(), "i")
    bulk.put("a", {})
    bulk.put("b", {})
    with pytest.raises(ArchiveError, match="no such field"):
        bulk.finish()


def test_documents_are_sent_in_requests_of_bounded_size(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    from itudocs.search.opensearch import bulk as module

    monkeypatch.setattr(module, "MAX_ITEMS", 3)
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    host.before = lambda: host.answers.__setitem__(0, (200, {"items": [taken()] * len(sent(host.asked[-1]))}))
    host.answers = [(200, {})]
    with Bulk(host.cluster(), "i") as bulk:
        for name, size in zip("abcdefg", (1, 1, 1, 1, 900, 2000, 1), strict=True):
            bulk.put(name, {"text": "x" * size})
    assert [sent(one) for one in host.asked] == [["a", "b", "c"], ["d", "e"], ["f"], ["g"]]


def test_what_fails_sends_nothing_more(host: Host) -> None:
    host.answers = [(200, {"items": [taken()]})]

    def write() -> None:
        with Bulk(host.cluster(), "i") as bulk:
            bulk.put("a", {})
            raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write()
    assert host.asked == []


def test_the_library_that_is_missing_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['opensearchpy'] = None; from itudocs.search.opensearch import *; import itudocs.errors, pathlib\n"
        "try: OpenSearchEngine(address('opensearch://h/x')).update(pathlib.Path(sys.argv[1]), add=(), remove=())\n"
        "except itudocs.errors.MissingLibrary as e: print(e)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "pip install 'itudocs[opensearch]'" in done.stdout


def test_an_address_alone_loads_no_client() -> None:
    code = (
        "import sys; from itudocs.search.opensearch import *; OpenSearchEngine(address('opensearch://h/x')).version;"
        "print([m for m in ('opensearchpy', 'whoosh', 'numpy', 'spacy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- hosts that hang -----------------------------------------------------------------------------------------------------


def test_a_host_that_takes_requests_and_answers_none_is_passed_over(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "SILENT", 0.3)
    host.answers = [(200, WHOLE)]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hosts = f"127.0.0.1:{silent.getsockname()[1]},"
        for _ in range(6):  # which host comes first is chance
            cluster = host.cluster(timeout=5, hosts=hosts)
            began = time.monotonic()
            for _ in range(3):
                assert cluster.search("i", {"query": {}}) == WHOLE
            assert time.monotonic() - began < 2
    assert len(host.asked) == 18


def test_hosts_that_all_hang_are_said_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "SILENT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cluster = Cluster(address(f"opensearch://127.0.0.1:{silent.getsockname()[1]}/letters?timeout=2&store=/s"))
        began = time.monotonic()
        with pytest.raises(ClusterUnavailable, match="cannot be reached"):
            cluster.search("i", {})
        assert time.monotonic() - began < 3


def test_a_password_is_not_sent_to_another_machine_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(USER, "archivist")
    monkeypatch.setenv(PASSWORD, "s3cret-Pass")
    for hosts in ("search-1", "127.0.0.1:9200,192.0.2.7:9200", "[2001:db8::1]:9200", "localhost.example.org"):
        with pytest.raises(ArchiveError, match="in clear") as raised:
            Cluster(address(f"opensearch://{hosts}/letters?store=/s"))
        assert "s3cret" not in str(raised.value)
        Cluster(address(f"opensearchs://{hosts}/letters?store=/s"))
    for hosts in ("localhost", "127.0.0.1:9200", "[::1]:9200"):
        Cluster(address(f"opensearch://{hosts}/letters?store=/s"))


# -- TLS ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def secure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Host]:
    """A host with a certificate of an authority that is in `ca.pem`, and a user in the environment's file."""
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    (tmp_path / "credentials").write_text("archivist:s3cret-Pass\n", encoding="utf-8")
    monkeypatch.setenv(CREDENTIALS, str(tmp_path / "credentials"))
    opened = Host(tls=context)
    yield opened
    opened.close()


def test_a_host_whose_certificate_is_trusted_is_told_the_user(
    secure: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(AUTHORITIES, str(tmp_path / "ca.pem"))
    secure.answers = [(503, fault("busy", "too much")), (200, WHOLE)]
    with caplog.at_level(logging.DEBUG):
        assert secure.cluster().search("i", {"query": {}}) == WHOLE
    told = base64.b64decode(secure.asked[-1].authorization.removeprefix("Basic ")).decode()
    assert told == "archivist:s3cret-Pass"
    assert "s3cret" not in caplog.text
    assert secure.asked[-1].authorization not in caplog.text


@pytest.mark.parametrize("authorities", ["", "other"])
def test_a_host_whose_certificate_is_not_trusted_is_told_nothing(
    secure: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authorities: str
) -> None:
    if authorities:
        other = pytest.importorskip("trustme").CA()
        other.cert_pem.write_to_path(tmp_path / "other.pem")
        monkeypatch.setenv(AUTHORITIES, str(tmp_path / "other.pem"))
    secure.answers = [(200, WHOLE)]
    began = time.monotonic()
    with pytest.raises(ClusterUnavailable, match="no certificate that is trusted") as raised:
        secure.cluster().search("i", {"query": {}})
    assert time.monotonic() - began < 2
    assert secure.asked == []
    assert "s3cret" not in str(raised.value)


def test_a_host_that_speaks_no_tls_is_said(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.answers = [(200, WHOLE)]
    with pytest.raises(ClusterUnavailable, match=r"opensearchs://127\.0\.0\.1.* does not speak TLS"):
        Cluster(address(f"opensearchs://127.0.0.1:{host.port}/letters?timeout=2&store=/s")).search("i", {})
    assert host.asked == []
