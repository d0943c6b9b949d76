"""The power goes while the index or the store is written: what was reported stays, and no index is believed that is half.

The disk is simulated from what a POSIX system promises: a file's bytes are there once it has been synced, a folder's
entries once the folder has; of everything since then any part may be there, in any order: the old bytes, the new ones, a
beginning of them, zeros; the old name, the new one, both or neither. The embedded engine writes in earnest; before each
of its steps the disk is looked at as it would be found after the power went, and a reader looks at it as it is.
"""

from __future__ import annotations

import os
import random
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from itudocs.archive import ingest
from itudocs.archive.archive import Archive, open_archive
from itudocs.archive.ingest import Progress
from itudocs.search.embedded import writer
from tests.archive.archive_fakes import documents

TIMES = int(os.environ.get("ITUDOCS_TORTURE") or 20) // 10
"""Losses at each step."""
STEPS = ("fsync", "rename", "replace", "link", "unlink", "mkdir", "rmdir")


class Disk(NamedTuple):
    """What is under a folder: for each folder (by inode) its entries, for each file its bytes."""

    root: int
    entries: dict[int, dict[str, int]]
    data: dict[int, bytes]

    @classmethod
    def of(cls, folder: Path) -> Disk:
        found = cls(folder.stat().st_ino, {}, {})
        for place, _, _ in os.walk(folder):
            inode = Path(place).stat().st_ino
            found.entries[inode] = {}
            for entry in os.scandir(place):
                found.entries[inode][entry.name] = entry.inode()
                if entry.is_file(follow_symlinks=False):
                    found.data[entry.inode()] = Path(entry.path).read_bytes()
        return found


class Watched:
    """Follows what is durable below a folder, and tells whoever wants to know before each step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.before: Callable[[], None] = lambda: None
        self.busy = False
        self.held: dict[int, int] = {}  # what is held open keeps its number, which thus means one thing only
        self.durable = self.now()

    def now(self) -> Disk:
        for place, _, names in os.walk(self.folder):
            for path in (place, *(os.path.join(place, name) for name in names)):
                descriptor = os.open(path, os.O_RDONLY)
                if self.held.setdefault(os.fstat(descriptor).st_ino, descriptor) != descriptor:
                    os.close(descriptor)
        return Disk.of(self.folder)

    def close(self) -> None:
        for descriptor in self.held.values():
            os.close(descriptor)

    def synced(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            with open(f"/proc/self/fd/{descriptor}", "rb") as file:
                self.durable.data[status.st_ino] = file.read()
        else:
            self.durable.entries[status.st_ino] = self.now().entries.get(status.st_ino, {})

    def after_power_loss(self, target: Path, chance: random.Random) -> None:
        """A folder as it may be found then."""
        self._write(target, self.now(), self.durable.root, chance)

    def _write(self, target: Path, now: Disk, inode: int, chance: random.Random) -> None:
        target.mkdir()
        old, new = self.durable.entries.get(inode, {}), now.entries.get(inode, {})
        for name in {**old, **new}:
            there = old.get(name) if chance.random() < 0.5 else new.get(name)
            if there is None:
                continue
            if there in now.entries or there in self.durable.entries:
                self._write(target / name, now, there, chance)
            else:
                before, after = (
                    self.durable.data.get(there, b""),
                    now.data.get(there, self.durable.data.get(there, b"")),
                )
                (target / name).write_bytes(before if before == after else _some(before, after, chance))


def _some(before: bytes, after: bytes, chance: random.Random) -> bytes:
    cut = chance.randrange(len(after) + 1)
    return chance.choice([before, after, after[:cut], bytes(len(after)), after[:cut] + bytes(len(after) - cut)])


@contextmanager
def watching(folder: Path, patch: pytest.MonkeyPatch, *, syncing: bool = True) -> Iterator[Watched]:
    """Everything written below the folder goes through a simulated disk; without `syncing`, it never waits for it."""
    watched = Watched(folder)
    with patch.context() as here:
        for name in STEPS:
            here.setattr(os, name, _told(watched, name, getattr(os, name), syncing))
        try:
            yield watched
        finally:
            watched.close()


def _told(watched: Watched, name: str, real: Callable[..., object], syncing: bool) -> Callable[..., object]:
    def step(*args: object, **more: object) -> object:
        if watched.busy:  # what is done to look at the disk does not count
            return real(*args, **more)
        watched.busy = True
        try:
            watched.before()
        finally:
            watched.busy = False
        done = real(*args, **more)
        if name == "fsync" and syncing and isinstance(args[0], int):
            watched.synced(args[0])
        return done

    return step


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    """Some letters, indexed in several segments that the next ones will merge."""
    monkeypatch.setattr(writer, "FANOUT", 3)
    with open_archive(tmp_path / "a", create=True) as opened:
        for n in range(0, 6, 2):
            opened.add_documents(documents(range(n, n + 2)))
        yield opened


def changes(archive: Archive) -> Iterator[str]:
    """Letters come, change and go."""
    archive.add_documents(documents(range(6, 9)))
    yield "added"
    archive.add_documents(documents([2], subject="Another"))
    yield "changed"
    archive.remove(["cr/5", "cr/7"])
    yield "removed"
    archive.rebuild()
    yield "rebuilt"


def found(folder: Path) -> tuple[set[str], tuple[str, ...]]:
    with open_archive(folder) as opened:
        results = opened.search("body", limit=100, facets=("bureau",))
        assert results.total == len(results.hits) == sum(v.count for v in results.facets[0].values)
        return {hit.key for hit in results.hits}, results.notices


def lose_power_at_every_step(
    archive: Archive, patch: pytest.MonkeyPatch, work: Path, *, times: int, syncing: bool = True
) -> list[str]:
    """The notices of the searches after each loss; each finds the very letters of the store."""
    chance = random.Random(2009)
    notices: list[str] = []
    losses = 0
    with watching(archive.folder / "index", patch, syncing=syncing) as watched:

        def lose() -> None:
            for _ in range(times):
                lose_once()

        def lose_once() -> None:
            nonlocal losses
            losses += 1
            crashed = work / f"crash{losses}"
            crashed.mkdir()
            for path in archive.folder.glob("archive.db*"):
                shutil.copy(path, crashed)
            watched.after_power_loss(crashed / "index", chance)
            letters, told = found(crashed)
            with open_archive(crashed) as opened:
                assert letters == {record.key for record in opened}
                assert opened.verify() == []
            notices.extend(told)
            shutil.rmtree(crashed)

        watched.before = lose
        for _ in changes(archive):
            pass
    assert losses > 40
    return notices


def test_after_a_loss_of_power_at_any_step_the_index_is_whole_or_made_anew(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And what CURRENT names is whole: nobody is ever told of damage."""
    assert lose_power_at_every_step(archive, monkeypatch, tmp_path, times=TIMES) == []


def test_a_disk_that_is_not_waited_for_is_noticed(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The simulation can tell: without syncing, some index is damaged, though even then no search finds less."""
    notices = lose_power_at_every_step(archive, monkeypatch, tmp_path, times=1, syncing=False)
    assert any("damaged" in notice for notice in notices)


def test_a_reader_sees_the_old_letters_or_the_new_ones_at_every_step(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = [{record.key for record in archive}]
    seen: list[set[str]] = []
    steps = 0
    with watching(archive.folder / "index", monkeypatch) as watched:

        def look() -> None:
            nonlocal steps
            steps += 1
            letters, notices = found(archive.folder)
            assert all("lacks the last" in notice for notice in notices), notices
            seen.append(letters)

        watched.before = look
        for _ in changes(archive):
            states.append({record.key for record in archive})
            assert all(letters in states[-2:] for letters in seen)
            assert states[-2] in seen
            seen.clear()
    assert steps > 40
    assert found(archive.folder) == (states[-1], ())


def test_letters_reported_as_stored_survive_whatever_becomes_of_later_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store's log (WAL) is synced at each commit; what is behind that place may be cut, zeros or rubbish."""
    monkeypatch.setattr(ingest, "BATCH", 5)
    reported: list[tuple[int, set[str]]] = []
    names: set[str] = set()
    images: list[tuple[bytes, bytes]] = []
    with open_archive(tmp_path / "a", create=True) as archive:
        log, main = tmp_path / "a" / "archive.db-wal", tmp_path / "a" / "archive.db"

        def note(progress: Progress) -> None:
            names.update(progress.names)
            if progress.names:
                reported.append((log.stat().st_size, set(names)))
                images.append((main.read_bytes(), log.read_bytes()))

        archive.add_documents(documents(range(60)), progress=note)
    assert len(reported) >= 12
    chance = random.Random(5)
    for number, (size, safe) in enumerate(reported[:-1]):
        main_bytes, log_bytes = images[-1]
        assert main_bytes == images[number][0]  # nothing was moved from the log meanwhile
        at = chance.randrange(size, len(log_bytes) + 1)
        rest = log_bytes[at:]
        for tail in (b"", bytes(len(rest)), chance.randbytes(len(rest))):
            shutil.rmtree(tmp_path / "b", ignore_errors=True)
            (tmp_path / "b").mkdir()
            (tmp_path / "b" / "archive.db").write_bytes(main_bytes)
            (tmp_path / "b" / "archive.db-wal").write_bytes(log_bytes[:at] + tail)
            with open_archive(tmp_path / "b") as after:
                held = {source.name for record in after for source in after.sources(record.key)}
                assert held >= safe
                assert after.verify() == []
