"""The whole way over TLS: an archive on nodes that are reached through a gate with a certificate."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from itudocs.archive.archive import open_archive
from itudocs.errors import ClusterUnavailable
from itudocs.reading import Document
from itudocs.search.opensearch.address import AUTHORITIES
from tests.cluster.nodes import Nodes


class Gate:
    """Ends TLS on a port of the loopback address, and passes what comes on to another port."""

    def __init__(self, to: int, context: ssl.SSLContext) -> None:
        self._to = to
        self._listening = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                outer, _ = self._listening.accept()
            except ssl.SSLError:  # one who does not trust us
                continue
            except OSError:  # closed
                return
            inner = socket.create_connection(("127.0.0.1", self._to))
            for ends in ((outer, inner), (inner, outer)):
                threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def gate(nodes: Nodes, tmp_path: Path) -> Iterator[Gate]:
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    opened = Gate(nodes.ports[nodes.running()[0]], context)
    yield opened
    opened.close()


def test_an_archive_on_a_cluster_behind_tls(gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = f"opensearchs://127.0.0.1:{gate.port}/behind-tls?store={tmp_path / 'store'}&timeout=20"
    letters = [
        Document(name=f"{n}.txt", data=f"Circular Letter CR/{n}\n\nGeneva\n\nword{n} tariff".encode())
        for n in range(1, 4)
    ]
    with open_archive(place, create=True) as archive, pytest.raises(ClusterUnavailable, match="certificate"):
        archive.add_documents(letters[:1])
    monkeypatch.setenv(AUTHORITIES, str(tmp_path / "ca.pem"))
    with open_archive(place) as archive:
        archive.add_documents(letters[1:])
        found = archive.search("tariff", facets=("bureau",))
        assert (found.total, archive.search("word2").hits[0].ref) == (3, "CR/2")
        assert archive.verify() == []
