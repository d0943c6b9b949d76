"""What the page's tests share: an archive of letters of the corpus in six languages, and clients of its page.

Tests of the browser use the archive as well. Nothing may write to the shared one; a test that corrects or adds asks for
`own_archive`.
"""

from __future__ import annotations

import datetime as dt
import queue
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from itudocs.archive.archive import Archive, open_archive
from tests.web.web_letters import letters

if TYPE_CHECKING:
    from litestar.testing import TestClient

Connect = Callable[..., "TestClient[Any]"]

TODAY = dt.date(2004, 1, 15)
"""The day by which deadlines are open in these tests."""


@pytest.fixture(scope="session")
def archive_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the shared archive: parsed in earnest, indexed."""
    folder = tmp_path_factory.mktemp("web") / "a"
    with open_archive(folder, create=True) as archive:
        assert archive.add(letters()).failed == ()
        assert archive.search(limit=0).total == len(archive) >= 40
    return folder


@pytest.fixture(scope="session")
def archive(archive_folder: Path) -> Iterator[Archive]:
    """The shared archive, open; not to be written to."""
    with open_archive(archive_folder) as opened:
        yield opened


@pytest.fixture
def own_archive(archive_folder: Path, tmp_path: Path) -> Iterator[Archive]:
    """A copy of it that a test may write to."""
    folder = shutil.copytree(archive_folder, tmp_path / "own")
    with open_archive(folder) as opened:
        yield opened


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connects a client to the page of an archive; keyword arguments are those of `Settings`.

    The client asks for `http://127.0.0.1:8000`, as a browser on this machine would, and follows no redirects.
    """
    pytest.importorskip("litestar", reason="install the server: pip install --group test")
    with ExitStack() as stack:

        def connect_(archive: Archive, **settings: Any) -> TestClient[Any]:
            return stack.enter_context(_client(archive, **settings))

        yield connect_


@pytest.fixture(scope="session")
def client(archive: Archive) -> Iterator[TestClient[Any]]:
    """A client of the shared archive's page, served as by default, on `TODAY`."""
    pytest.importorskip("litestar", reason="install the server: pip install --group test")
    with _client(archive) as client:
        yield client


@pytest.fixture
def served() -> Iterator[Callable[..., str]]:
    """Serves the page of an archive from a thread, on a port of its own; gives its address. Arguments: as of `serve`."""
    pytest.importorskip("uvicorn", reason="install the server: pip install --group test")
    pytest.importorskip("litestar", reason="install the server: pip install --group test")
    import uvicorn

    from itudocs.web import server

    running: list[tuple[threading.Thread, uvicorn.Server]] = []

    def serve_(archive: Archive, **options: Any) -> str:
        ready: queue.Queue[str] = queue.Queue()
        made: list[uvicorn.Server] = []
        thread = threading.Thread(
            target=lambda: server.serve(archive, port=0, on_ready=ready.put, on_made=made.append, **options)
        )
        thread.start()
        address = ready.get(timeout=30)
        running.append((thread, made[0]))
        return address

    yield serve_
    for thread, one in running:
        one.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def _client(archive: Archive, **settings: Any) -> TestClient[Any]:
    from litestar.testing import TestClient

    from itudocs.web.app import create_app
    from itudocs.web.settings import Settings

    app = create_app(archive, settings=Settings(**{"today": TODAY, "seconds": 30.0, **settings}))
    made: TestClient[Any] = TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
    made.follow_redirects = False
    return made
