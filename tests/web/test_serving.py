"""`itudocs serve` in a process of its own: it listens, says where, keeps within bounds, and stops when told."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from itudocs.archive.archive import Archive
from itudocs.errors import ItuDocsError, MissingLibrary
from tests.cli.cli_fakes import spawn

pytest.importorskip("uvicorn", reason="install the server: pip install --group test")
pytest.importorskip("litestar", reason="install the server: pip install --group test")


@contextmanager
def serving(archive: Path, *options: object) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server on a port that is free, and its address."""
    process = spawn(
        "serve", "--archive", archive, "--port", 0, *options, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield process, urlsplit(process.stdout.readline().decode().strip()).netloc
    finally:
        process.kill()
        process.communicate()


def test_it_serves_says_where_and_stops_when_told(archive_folder: Path) -> None:
    with serving(archive_folder) as (process, where):
        assert where.startswith("127.0.0.1:")
        connection = http.client.HTTPConnection(where, timeout=30)
        connection.request("GET", "/about.json")
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.headers["server"] is None
        answer.read()
        connection.request("GET", "/", headers={"X-Long": "a" * 100_000})
        refused = connection.getresponse()
        assert refused.status == 431
        refused.read()
        connection.close()
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Ctrl-C stops it." in talk.decode()
        assert talk.decode().endswith("Stopped.\n")
        assert "WARNING" not in talk.decode()
        assert "Traceback" not in talk.decode()


def test_it_says_loudly_that_others_can_read_and_goes_by_its_names_alone(archive_folder: Path) -> None:
    with serving(archive_folder, "--host", "0.0.0.0", "--allow-host", "archive.example.org") as (process, where):
        for host, status in (("archive.example.org", 200), (where, 200), ("other.example.org", 421)):
            connection = http.client.HTTPConnection(where, timeout=30)
            connection.request("GET", "/about.json", headers={"Host": host})
            assert connection.getresponse().status == status
            connection.close()
        process.send_signal(signal.SIGTERM)
        _, talk = process.communicate(timeout=30)
        assert "WARNING: 0.0.0.0 is not loopback. Everyone who reaches this machine can read" in talk.decode()


def test_whoever_dawdles_is_cut_off(
    archive: Archive, served: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("itudocs.web.server.PATIENCE", 0.3)
    where = urlsplit(served(archive))
    with socket.create_connection((where.hostname, where.port), timeout=10) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        assert slow.recv(100) == b""
    with socket.create_connection((where.hostname, where.port), timeout=10) as again:
        whole = f"GET /about.json HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode()
        again.sendall(whole)
        assert again.recv(1_000_000).startswith(b"HTTP/1.1 200")
        again.sendall(whole[:20])
        rest = b"x"
        while rest:  # what is left of the answer, and the end
            rest = again.recv(1_000_000)


def test_a_port_that_is_taken_is_named_with_one_that_is_free(archive: Archive) -> None:
    from itudocs.web.server import serve

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ItuDocsError, match=rf"127.0.0.1:{port}: the port is taken. Use --port \d+ .*or --port 0"):
            serve(archive, port=port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "a" * 300, "\udcff"])
def test_a_host_that_is_not_here_is_named(archive: Archive, host: str) -> None:
    from itudocs.web.server import bind

    with pytest.raises(ItuDocsError, match=r"is no address of this machine\. Serve on 127\.0\.0\.1\."):
        bind(host, 0)


def test_a_name_that_is_none_is_refused_before_anything_is_served(archive: Archive) -> None:
    from itudocs.web.server import serve

    with pytest.raises(ItuDocsError, match="is no name of a host"):
        serve(archive, port=0, allow_hosts=["http://archive.example.org"])


def test_a_missing_library_is_named_with_its_command(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from itudocs import web

    monkeypatch.setitem(sys.modules, "litestar", None)
    with pytest.raises(
        MissingLibrary, match=r"litestar is not installed\. Install it with: pip install 'itudocs\[web\]'"
    ):
        web.serve(archive)


@pytest.mark.parametrize(
    ("host", "loopback", "address"),
    [
        ("127.0.0.1", True, "http://127.0.0.1:80/"), ("127.8.8.8", True, "http://127.8.8.8:80/"),
        ("::1", True, "http://[::1]:80/"), ("localhost", True, "http://localhost:80/"),
        ("0.0.0.0", False, "http://127.0.0.1:80/"), ("::", False, "http://[::1]:80/"),
        ("192.0.2.7", False, "http://192.0.2.7:80/"), ("archive.example.org", False, "http://archive.example.org:80/"),
    ],
)  # fmt: skip
def test_what_is_loopback_is_known(host: str, loopback: bool, address: str) -> None:
    from itudocs.web import server

    assert server.is_loopback(host) is loopback
    assert server.address(host, 80) == address


def test_an_archive_that_is_none_ends_it_as_it_ends_every_verb(tmp_path: Path) -> None:
    process = spawn("serve", "--archive", tmp_path / "none", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, talk = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, b"")
    assert talk.startswith(b"itudocs: ")
