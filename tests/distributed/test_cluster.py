"""A real Dask cluster on this machine: what comes out is what `Archive.add` gives, whatever happens to its workers."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from itudocs import distributed
from itudocs.archive.archive import Archive, open_archive
from itudocs.archive.ingest import Progress
from itudocs.errors import DistributedError
from itudocs.model import Circular
from itudocs.reading import Limits
from tests.reading.made_containers import zipped

if TYPE_CHECKING:
    from distributed import Client

ROOT = Path(__file__).parents[2]
pytest.importorskip("distributed", reason="install it: pip install --group test")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

# Read by every interpreter of the cluster when it starts: a text that no process survives.
POISON = """
import os
from itudocs.reading import formats

class Poison:
    name, extensions, isolated = "poison", frozenset(), False
    def sniff(self, data, name):
        return 1.0 if data.startswith(b"POISON") else 0.0
    def to_text(self, data, *, name, limits):
        os._exit(9)

formats.FORMATS = (*formats.FORMATS, Poison())
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    import dask
    from distributed import Client, LocalCluster

    site = tmp_path_factory.mktemp("site")
    (site / "sitecustomize.py").write_text(POISON)
    settings = {
        "distributed.scheduler.allowed-failures": 1,
        "temporary-directory": str(tmp_path_factory.mktemp("dask")),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)  # handed on to the processes that workers start
        patch.setenv("PYTHONPATH", os.pathsep.join([str(site), str(ROOT)]))  # read when an interpreter starts
        with (
            dask.config.set(settings),
            LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", silence_logs=50
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hundred letters, each with a number of its own."""
    folder = tmp_path_factory.mktemp("letters")
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "corpus" / "open").glob("en-*.txt"))[:20]]
    for n in range(400):
        (folder / f"{n:04}.txt").write_text(f"{texts[n % len(texts)]}\nCopy {n}\n", "utf-8")
    return folder


def records(archive: Archive) -> dict[str, Circular]:
    return {record.key: record for record in archive}


def pids(client: Client) -> list[int]:
    return list(client.run(os.getpid).values())


def test_the_archive_holds_what_it_holds_without_a_cluster(client: Client, letters: Path, tmp_path: Path) -> None:
    with open_archive(tmp_path / "a", create=True) as one, open_archive(tmp_path / "b", create=True) as other:
        report = distributed.add(one, letters, client)
        other.add(letters)
        assert (report.added, report.failed) == (400, ())
        assert records(one) == records(other)
        assert {s.name for r in one for s in one.sources(r.key)} == {
            s.name for r in other for s in other.sources(r.key)
        }
        assert one.search("meeting").total == other.search("meeting").total > 0


def test_a_second_run_reads_nothing_again(client: Client, letters: Path, tmp_path: Path) -> None:
    with open_archive(tmp_path / "a", create=True) as archive:
        first = distributed.add(archive, letters, client, manifest=tmp_path / "done")
        again = distributed.add(archive, letters, client, manifest=tmp_path / "done")
        assert (first.added, again.added, again.unchanged) == (400, 0, 400)


def test_what_failed_or_was_removed_is_tried_again_though_its_batch_is_finished(
    client: Client, letters: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    for path in sorted(letters.iterdir())[:20]:
        (folder / path.name).write_bytes(path.read_bytes())
    text = (folder / "0007.txt").read_bytes()
    members = [("a.txt", text + b"a"), ("b.txt", text + b"b"), ("n.exe", b"")]
    (folder / "c.zip").write_bytes(zipped(members))
    (folder / "d.zip").write_bytes(zipped([("a.docx", b"PK\x03\x04word/document"), ("b.txt", text + b"d")]))
    with open_archive(tmp_path / "a", create=True) as archive:
        first = distributed.add(archive, folder, client, limits=Limits(max_text=len(text) * 9))
        failed = [str(folder / "d.zip!/a.docx")]
        assert (first.added, [f.name for f in first.failed]) == (23, failed)
        assert [f.name for f in archive.failing()] == failed

        again = distributed.add(archive, folder, client, limits=Limits(max_text=len(text) * 9))
        assert (again.added, again.unchanged, [f.name for f in again.failed]) == (0, 23, failed)
        assert archive.failing()[0].tries == 2

        raised = distributed.add(archive, folder, client)
        assert (raised.added, raised.unchanged, len(raised.failed)) == (0, 23, 1)

        removed = [str(folder / "0003.txt"), str(folder / "c.zip!/b.txt")]
        archive.remove(record.key for record in list(archive) if archive.sources(record.key)[0].name in removed)
        back = distributed.add(archive, folder, client)
        assert (back.added, back.unchanged, sorted(back.added_names)) == (2, 21, removed)

        kept = (folder / "0004.txt").rename(tmp_path / "0004.txt")
        assert archive.prune([folder]).names == (str(folder / "0004.txt"),)
        kept.rename(folder / "0004.txt")
        last = distributed.add(archive, folder, client)
        assert last.added_names == (str(folder / "0004.txt"),)
        assert (last.unchanged, len(last.failed)) == (22, 1)
        plain = archive.add(folder)
        assert (plain.added, plain.unchanged, len(plain.failed)) == (0, 23, 1)


def test_a_manifest_of_another_archive_costs_no_letter(client: Client, letters: Path, tmp_path: Path) -> None:
    files = sorted(letters.iterdir())[:20]
    with open_archive(tmp_path / "a", create=True) as one, open_archive(tmp_path / "b", create=True) as other:
        distributed.add(one, files, client, manifest=tmp_path / "done")
        assert distributed.add(other, files, client, manifest=tmp_path / "done").added == 20


def test_what_failed_by_url_is_tried_again_on_a_cluster(client: Client, letters: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from itudocs.cli.app import app

    folder = tmp_path / "letters"
    folder.mkdir()
    text = (letters / "0001.txt").read_bytes()
    (folder / "a.txt").write_bytes(text)
    (folder / "b.zip").write_bytes(zipped([("x.docx", b"PK\x03\x04word/document")]))
    with open_archive(tmp_path / "a", create=True) as archive:
        sources = [f"file://{folder}", f"file://{tmp_path}/later/*.txt", str(tmp_path / "gone.txt")]
        report = distributed.add(archive, sources, client)
        failing = {f"file://{folder}/b.zip!/x.docx", f"file://{tmp_path}/later/*.txt", str(tmp_path / "gone.txt")}
        assert (report.added, {f.name for f in archive.failing()}) == (1, failing)

        plain = archive.retry()
        assert {f.name for f in plain.failed} == failing
        assert sum("itudocs add --retry --dask ADDRESS" in f.message for f in plain.failed) == 2
        assert {f.name: f.tries for f in archive.failing()} == {name: 1 + ("gone" in name) for name in failing}

    (folder / "b.zip").write_bytes(zipped([("y.txt", text + b"y")]))
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "z.txt").write_bytes(text + b"z")
    (tmp_path / "gone.txt").write_bytes(text + b"gone")
    scheduler = client.scheduler
    assert scheduler is not None
    result = CliRunner().invoke(app, ["add", "--retry", "--dask", scheduler.address, "-a", str(tmp_path / "a")])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("added 3, unchanged 0, failed 0")
    with open_archive(tmp_path / "a") as archive:
        assert archive.failing() == ()
        assert archive.retry().failed == ()


def test_a_batch_answered_in_parts_is_taken_in_whole(client: Client, letters: Path, tmp_path: Path) -> None:
    from itudocs.distributed import work

    def few() -> None:
        work.ENOUGH = 50_000

    def many(enough: int = work.ENOUGH) -> None:
        work.ENOUGH = enough

    (tmp_path / "all.zip").write_bytes(zipped([(path.name, path.read_bytes()) for path in sorted(letters.iterdir())]))
    client.run(few)
    try:
        with open_archive(tmp_path / "a", create=True) as archive:
            report = distributed.add(archive, [tmp_path / "all.zip", *sorted(letters.iterdir())[:3]], client)
            assert (report.added, report.duplicates, report.failed) == (400, 3, ())
            assert archive.intact([str(tmp_path / "all.zip")]) == {str(tmp_path / "all.zip"): 400}
    finally:
        client.run(many)


def test_a_run_that_was_stopped_goes_on_where_it_was(client: Client, letters: Path, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.added >= 100:
            raise Stop

    with open_archive(tmp_path / "a", create=True) as archive:
        with pytest.raises(Stop):
            distributed.add(archive, letters, client, manifest=tmp_path / "done", progress=stop)
        stored = len(archive)
        assert 100 <= stored < 400
        report = distributed.add(archive, letters, client, manifest=tmp_path / "done")
        assert stored + report.added == len(archive) == 400
        assert report.unchanged + report.added == 400


def test_workers_killed_on_the_way_cost_no_letter(client: Client, letters: Path, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if progress.added >= 100 * (len(killed) + 1) and len(killed) < 2:
            victim = pids(client)[0]
            killed.append(victim)
            threading.Thread(target=os.kill, args=(victim, signal.SIGKILL)).start()

    with open_archive(tmp_path / "a", create=True) as archive:
        report = distributed.add(archive, letters, client, progress=kill, batch=16)
        assert len(killed) == 2
        assert (report.added, report.duplicates, report.failed) == (400, 0, ())
        assert len(archive) == 400
        assert archive.search().total == 400
        assert archive.verify() == []


def test_a_file_that_kills_every_process_costs_itself_alone(client: Client, letters: Path, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    for path in sorted(letters.iterdir())[:60]:
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "0030a.txt").write_bytes(b"POISON")
    with open_archive(tmp_path / "a", create=True) as archive:
        report = distributed.add(archive, folder, client)
        assert report.added == 60
        assert [(Path(f.name).name, f.reason) for f in report.failed] == [("0030a.txt", "worker-died")]


def test_urls_and_files_that_cannot_be_read_are_told_by_name(client: Client, letters: Path, tmp_path: Path) -> None:
    with open_archive(tmp_path / "a", create=True) as archive:
        report = distributed.add(archive, [f"file://{letters}/000*.txt", tmp_path / "none.txt"], client)
        assert report.added == 10
        assert [f.reason for f in report.failed] == ["missing"]
        assert archive.sources(next(iter(archive)).key)[0].name.startswith("file:///")


def test_a_cluster_without_workers_is_told_after_a_while(letters: Path, tmp_path: Path) -> None:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0", silence_logs=50) as cluster,
        Client(cluster) as client,
        open_archive(tmp_path / "a", create=True) as archive,
        pytest.raises(DistributedError, match="no worker after"),
    ):
        distributed.add(archive, letters, client, patience=0.5)


def test_the_command_adds_on_a_cluster(client: Client, letters: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from itudocs.cli.app import app

    scheduler = client.scheduler
    assert scheduler is not None
    command = ["add", f"file://{letters}", "--dask", scheduler.address, "-a", str(tmp_path / "a")]
    first, again = (CliRunner().invoke(app, command) for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert first.stdout.startswith("added 400, unchanged 0, failed 0")
    assert again.stdout.startswith("added 0, unchanged 400")
    with open_archive(tmp_path / "a") as archive:
        assert archive.search("meeting").total > 0


def test_a_scheduler_that_is_not_there_is_named() -> None:
    with (
        pytest.raises(DistributedError, match=r"tcp://127\.0\.0\.1:1: no Dask scheduler answers"),
        distributed.connected("tcp://127.0.0.1:1", patience=0.5),
    ):
        pass
    with (
        pytest.raises(DistributedError, match="nonsense://x: no Dask scheduler answers"),
        distributed.connected("nonsense://x", patience=0.5),
    ):
        pass
