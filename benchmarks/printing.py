"""Pages printed by Chromium: one browser for many pages, told what to do over a pipe of its own.

    HTML file ─ Chromium, DevTools protocol ─▶ PDF

Starting a browser takes a second and more, printing a letter a tenth of one. Used by `benchmarks.filemaker`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

_SECONDS = 120.0
"""That the browser may take to answer."""


class Browser:
    """A running Chromium.

    Args:
        program: its path.
    """

    def __init__(self, program: str) -> None:
        self._stack = contextlib.ExitStack()
        profile = self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # The protocol speaks on descriptors 3 and 4; a shell puts them there.
        script = f'exec 3<&{theirs_in} 4>&{theirs_out}; exec "$0" "$@"'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", script, program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"],
            pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        self._number = 0
        self._heard = b""

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        self._stack.close()

    def pdf(self, page: Path) -> bytes:
        """A page as it prints, without headers and footers of the browser's.

        Raises:
            RuntimeError: the browser does not answer, or refuses.
        """
        target = self._ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self._ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        self._ask("Page.enable", {}, session)
        self._tell("Page.navigate", {"url": page.absolute().as_uri()}, session)
        while True:
            message = self._next()
            if message.get("method") == "Page.loadEventFired" and message.get("sessionId") == session:
                break
        printed = self._ask("Page.printToPDF", {"printBackground": True}, session)
        self._ask("Target.closeTarget", {"targetId": target})
        return base64.b64decode(printed["data"])

    def _tell(self, method: str, parameters: dict[str, Any], session: str | None = None) -> int:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        return self._number

    def _ask(self, method: str, parameters: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        number = self._tell(method, parameters, session)
        while True:
            message = self._next()
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"Chromium refuses {method}: {message['error'].get('message')}")
                result: dict[str, Any] = message["result"]
                return result

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + _SECONDS
        while b"\0" not in self._heard:
            ready, _, _ = select.select([self._in], [], [], max(until - time.monotonic(), 0.0))
            more = os.read(self._in, 1 << 20) if ready else b""
            if not more:
                raise RuntimeError("Chromium does not answer")
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message


def printed(program: str, pages: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    """The PDF of each page of HTML, by name."""
    with tempfile.TemporaryDirectory() as folder, Browser(program) as browser:
        for name, page in pages.items():
            path = Path(folder, "page.html")
            path.write_text(page, "utf-8")
            yield name, browser.pdf(path)
