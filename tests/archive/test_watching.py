"""Folders are watched: what is whole goes in, what is being written waits, what fails is tried again when it changes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from itudocs.archive.archive import Archive
from itudocs.archive.ingest import Report
from itudocs.archive.watching import Watcher, both
from itudocs.errors import ArchiveLocked
from itudocs.model import Failure
from tests.archive.archive_fakes import letter, write_letters
from tests.archive.conftest import Open
from tests.reading.made_containers import zipped


@pytest.fixture
def watcher(tmp_path: Path) -> Watcher:
    (tmp_path / "in").mkdir()
    return Watcher([tmp_path / "in"], own=(tmp_path / "a").resolve())


def looked(watcher: Watcher) -> list[str]:
    return [Path(path).name for path in watcher.look()]


def test_a_file_is_due_once_it_has_stayed_the_same_for_a_look(watcher: Watcher, tmp_path: Path) -> None:
    (path,) = write_letters(tmp_path / "in", [1])
    assert looked(watcher) == []
    assert looked(watcher) == [path.name]
    assert looked(watcher) == [path.name]  # until it has been taken
    watcher.taken(watcher.look())
    assert looked(watcher) == []


def test_a_file_that_grows_waits_until_it_no_longer_does(watcher: Watcher, tmp_path: Path) -> None:
    path = tmp_path / "in" / "slow.txt"
    data = letter(1)
    for size in range(50, len(data), 50):
        path.write_bytes(data[:size])
        assert looked(watcher) == []
    path.write_bytes(data)
    assert looked(watcher) == []
    assert looked(watcher) == ["slow.txt"]


def test_a_file_that_changed_or_came_back_is_due_again(watcher: Watcher, tmp_path: Path) -> None:
    (path,) = write_letters(tmp_path / "in", [1])
    watcher.look()
    watcher.taken(watcher.look())
    os.utime(path, ns=(1, 1))
    assert [looked(watcher), looked(watcher)] == [[], [path.name]]
    watcher.taken(watcher.look())
    replacement = tmp_path / "new"
    replacement.write_bytes(path.read_bytes())
    os.utime(replacement, ns=(1, 1))
    os.replace(replacement, path)  # another file of the same size and time
    assert [looked(watcher), looked(watcher)] == [[], [path.name]]
    watcher.taken(watcher.look())
    path.unlink()
    assert looked(watcher) == []
    write_letters(tmp_path / "in", [1])
    assert [looked(watcher), looked(watcher)] == [[], [path.name]]


@pytest.mark.parametrize(
    "name",
    [
        "a.txt.part",
        "a.crdownload",
        "a.partial",
        "letter.tmp",
        "~$letter.docx",
        ".letter.txt.swp",
        "a.txt~",
        "letter~",
        "p.png",
    ],
)
def test_unfinished_hidden_and_unclaimed_files_are_passed_over(watcher: Watcher, tmp_path: Path, name: str) -> None:
    (tmp_path / "in" / name).write_bytes(letter(1))
    (tmp_path / "in" / "good.zip").write_bytes(zipped([("1.txt", letter(1))]))
    watcher.look()
    assert looked(watcher) == ["good.zip"]


def test_folders_are_entered_once_and_the_archive_s_own_never(tmp_path: Path) -> None:
    write_letters(tmp_path / "x" / "deep" / "er", [1])
    write_letters(tmp_path / "a", [2])
    (tmp_path / "x" / "loop").symlink_to(tmp_path / "x")
    (tmp_path / "x" / "nowhere.txt").symlink_to("gone")
    watcher = Watcher([tmp_path, tmp_path / "x"], own=(tmp_path / "a").resolve())
    watcher.look()
    assert len(watcher.look()) == 1


def test_a_folder_that_is_missing_may_come(tmp_path: Path) -> None:
    watcher = Watcher([tmp_path / "in"], own=tmp_path / "a")
    assert looked(watcher) == []
    write_letters(tmp_path / "in", [1])
    watcher.look()
    assert looked(watcher) == ["000001.txt"]


def test_paths_named_that_are_not_there_are_told_and_those_below_them_are_not(watcher: Watcher, tmp_path: Path) -> None:
    (tmp_path / "in" / "nowhere.txt").symlink_to("gone")
    watcher.look()
    assert watcher.missing == {}
    both_ways = Watcher([tmp_path / "in", tmp_path / "on"], own=tmp_path / "a")
    both_ways.look()
    assert list(both_ways.missing) == [str(tmp_path / "on")]
    assert isinstance(both_ways.missing[str(tmp_path / "on")], FileNotFoundError)


# -- an archive --------------------------------------------------------------------------------------------------------


@contextmanager
def watching(archive: Archive, *paths: Path, **options: Callable[..., object]) -> Iterator[list[Report]]:
    """The reports as they come, while an archive watches."""
    stop = threading.Event()
    reports: list[Report] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            archive.watch(paths, stop=stop, pause=0.02, told=reports.append, **options)  # type: ignore[arg-type]
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield reports
    finally:
        stop.set()
        thread.join(timeout=30)
    assert not faults
    assert not thread.is_alive()


def wait_for(what: Callable[[], object], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.01)


def test_what_comes_to_a_folder_goes_in_and_the_archive_is_free_meanwhile(opened: Open, tmp_path: Path) -> None:
    write_letters(tmp_path / "in", range(5))
    archive, other = opened(), opened()
    with watching(archive, tmp_path / "in") as reports:
        wait_for(lambda: len(archive) == 5)
        wait_for(lambda: reports)
        other.remove("cr/0")  # the lock is not held
        write_letters(tmp_path / "in" / "later", [7])
        (tmp_path / "in" / "b.zip").write_bytes(zipped([("8.txt", letter(8))]))
        wait_for(lambda: len(archive) == 6)
    assert both(reports[0], reports[-1]).added >= 6
    assert archive.search("body").total == 6


def test_a_file_that_fails_is_tried_again_when_it_changes_and_not_before(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "in" / "1.txt"
    path.parent.mkdir()
    path.write_bytes(b"unreadable")
    archive = opened()
    with watching(archive, tmp_path / "in") as reports:
        wait_for(archive.failing)
        time.sleep(0.3)
        assert len(reports) == 1
        path.write_bytes(letter(1))
        wait_for(lambda: len(archive) == 1)
    assert archive.failing() == ()


def test_while_another_process_writes_what_has_come_waits(opened: Open, tmp_path: Path) -> None:
    archive, other = opened(), opened()
    locked: list[ArchiveLocked] = []
    with watching(archive, tmp_path / "in", on_locked=locked.append):
        with other._writing("a test"):
            write_letters(tmp_path / "in", [1])
            wait_for(lambda: locked)
            assert len(archive) == 0
        wait_for(lambda: len(archive) == 1)


def test_a_path_that_is_not_there_is_told_once_and_again_when_it_has_gone(opened: Open, tmp_path: Path) -> None:
    archive = opened()
    folder, misspelt = tmp_path / "in", tmp_path / "on"
    write_letters(folder, [1])
    said: list[tuple[str, str | None]] = []
    with watching(archive, folder, misspelt, on_missing=lambda path, why: said.append((path, why.strerror))):
        wait_for(lambda: len(archive) == 1)
        assert said == [(str(misspelt), "No such file or directory")]
        folder.rename(tmp_path / "elsewhere")
        wait_for(lambda: len(said) == 2)
        assert said[1][0] == str(folder)
        (tmp_path / "elsewhere").rename(folder)
        write_letters(folder, [2])
        wait_for(lambda: len(archive) == 2)
        assert len(said) == 2


def test_two_reports_are_added_up() -> None:
    failed = Failure(name="x", reason="binary", message="x is no letter")
    total = both(
        Report(added=1, failed=(failed,), added_names=("a",), took=1.0),
        Report(added=2, added_names=("b", "c"), took=0.5),
    )
    assert (total.added, total.failed, total.added_names, total.took) == (3, (failed,), ("a", "b", "c"), 1.5)
