"""A real OpenSearch cluster for the tests: three processes on the loopback address, each of which can be killed.

The server's jars come from Maven Central, once, into `.cluster/` beside the project. Nothing else is downloaded, and no node
listens on any other address.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
CACHE = ROOT / ".cluster"
ASKED = "ITUDOCS_CLUSTER"
"""Environment: 1 fetches what is missing and runs the tests, 0 leaves them out; else they run where the jars are there."""
HEAP = "512m"
NODES = 3
_READY = "ready-2.19.1.0"
_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


def why_not() -> str | None:
    """Why no cluster can be started here; `None` where one can. Fetches the jars if that is asked for."""
    asked = os.environ.get(ASKED, "")
    if asked == "0":
        return f"{ASKED}=0 leaves out the tests on a real cluster (make test-cluster runs them)"
    missing = [program for program in ("java", "javac") if shutil.which(program) is None]
    if missing:
        return f"a cluster needs Java 11 or later, with its compiler; {' and '.join(missing)} not found"
    if (CACHE / _READY).exists():
        return None
    if asked != "1":
        return f"the cluster's jars are not there: make test-cluster fetches them (or {ASKED}=1)"
    if shutil.which("mvn") is None:
        return "a cluster needs Maven to fetch its jars; mvn not found (Debian: apt-get install maven)"
    return _fetch()


def _fetch() -> str | None:
    shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir()
    maven = ["mvn", "-B", "-q", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    for command in (
        [*maven, f"-DoutputDirectory={CACHE / 'lib'}"],
        ["javac", "-cp", f"{CACHE / 'lib'}/*", "-d", str(CACHE), str(HERE / "Node.java")],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            return f"the cluster's jars cannot be had: {command[0]} says {(done.stdout + done.stderr).strip()[-500:]}"
    (CACHE / _READY).touch()
    return None


class Nodes:
    """A cluster: started, stopped, and a node of it killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        ports = _free_ports(2 * NODES)
        self.ports, self._transport = ports[:NODES], ports[NODES:]
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def hosts(self) -> str:
        """The hosts, as an address has them."""
        return ",".join(f"127.0.0.1:{port}" for port in self.ports)

    def address(self, index: str, store: Path | None = None, **options: int) -> str:
        """The address of an archive on this cluster."""
        given: dict[str, object] = {"store": store} if store is not None else {}
        chosen = "&".join(f"{name}={value}" for name, value in {**given, **options}.items())
        return f"opensearch://{self.hosts}/{index}" + (f"?{chosen}" if chosen else "")

    def start(self, *numbers: int) -> None:
        """Start nodes, all if none is named, and wait until all that run have found each other."""
        for number in numbers or range(NODES):
            self._launch(number)
        self.settle()

    def _launch(self, number: int) -> None:
        home = self._folder / f"node{number}"
        (home / "config").mkdir(parents=True, exist_ok=True)
        (home / "log4j2.properties").write_text(_LOGGING)
        names = [f"node{n}" for n in range(NODES)]
        settings = {
            "cluster.name": "itudocs-tests",
            "node.name": names[number],
            "network.host": "127.0.0.1",
            "http.port": self.ports[number],
            "http.type": "netty4",
            "transport.port": self._transport[number],
            "transport.type": "netty4",
            "discovery.seed_hosts": ",".join(f"127.0.0.1:{port}" for port in self._transport),
            "cluster.initial_cluster_manager_nodes": ",".join(names),
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            "action.auto_create_index": "false",
        }
        with open(home / "log", "ab") as log:
            self._running[number] = subprocess.Popen(
                [
                    "java", f"-Xms{HEAP}", f"-Xmx{HEAP}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                    f"-Dlog4j2.configurationFile={home / 'log4j2.properties'}",
                    "-cp", f"{CACHE}:{CACHE / 'lib'}/*", "Node", str(home),
                    *(f"{name}={value}" for name, value in settings.items()),
                ],
                stdin=subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip

    def settle(self, *, seconds: float = 120) -> None:
        """Wait until all running nodes have found each other and every part of every index has its copies, if it can."""
        until = time.monotonic() + seconds
        health: dict[str, Any] = {}
        while time.monotonic() < until:
            for number, process in self._running.items():
                if process.poll() is not None:
                    raise RuntimeError(f"node {number} ended:\n{self._log(number)}")
            with contextlib.suppress(OSError, ValueError, KeyError):  # no answer, or that there is no manager
                health = self.ask(f"/_cluster/health?wait_for_nodes={len(self._running)}&timeout=2s")
                calm = not health["relocating_shards"] and not health["initializing_shards"]
                whole = health["status"] == "green" or len(self._running) < NODES
                if health["number_of_nodes"] == len(self._running) and calm and whole:
                    return
            time.sleep(0.3)
        raise RuntimeError(f"the cluster did not come to rest: {health}\n{self._log(next(iter(self._running)))}")

    def ask(self, path: str) -> dict[str, Any]:
        """What the first running node answers."""
        port = self.ports[next(iter(self._running))]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
                told: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as fault:  # health that was waited for in vain
            with fault:
                told = json.load(fault)
        return told

    def kill(self, number: int) -> None:
        """Kill a node, as a failing machine would."""
        process = self._running.pop(number)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stdin:
            process.stdin.close()

    def manager(self) -> int:
        """The node that manages the cluster."""
        state = self.ask("/_cluster/state/cluster_manager_node,nodes")
        return int(state["nodes"][state["cluster_manager_node"]]["name"].removeprefix("node"))

    def holding(self, index: str) -> list[int]:
        """The nodes that have the copies of the first part of an index."""
        state = self.ask(f"/_cluster/state/nodes,routing_table/{index}")
        copies = next(iter(state["routing_table"]["indices"].values()))["shards"]["0"]
        return sorted(int(state["nodes"][copy["node"]]["name"].removeprefix("node")) for copy in copies)

    def running(self) -> list[int]:
        """The nodes that run."""
        return sorted(self._running)

    def cpu(self) -> float:
        """Seconds of processor time that the running nodes have used so far."""
        used = 0
        for process in self._running.values():
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            used += int(fields[11]) + int(fields[12])
        return used / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """Kill what runs."""
        for number in self.running():
            self.kill(number)

    def _log(self, number: int) -> str:
        return (self._folder / f"node{number}" / "log").read_text(errors="replace")[-3000:]


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in taken]
