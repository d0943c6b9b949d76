"""A writer is killed again and again: what it reported as stored stays, and the next one takes up where it was.

Ten kills with a cheap engine and ten with the embedded one, or as many of each as `ITUDOCS_TORTURE` says.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from itudocs.archive.archive import Archive
from tests.archive.archive_fakes import letter, write_letters
from tests.archive.conftest import Open
from tests.reading.made_containers import zipped

KILLS = int(os.environ.get("ITUDOCS_TORTURE") or 10)
LETTERS = 240
TORTURE = Path(__file__).with_name("torture.py")


def start(archive: Path, letters: Path, engine: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(TORTURE), str(archive), str(letters), engine], stdout=subprocess.PIPE, text=True
    )


def run_and_kill(archive: Path, letters: Path, engine: str, after: float) -> tuple[list[str], bool]:
    """Let a writer run for some seconds. Returns the names that it reported, and whether it had done."""
    with start(archive, letters, engine) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(after)
        writer.kill()
        said = writer.stdout.read()
    lines = said.split("\n")[:-1]  # the last is cut off, or empty
    return [line for line in lines if line != "done"], "done" in lines


def check(archive: Archive, reported: dict[str, str]) -> None:
    assert archive.verify() == []
    for name, key in reported.items():
        assert name in {s.name for s in archive.sources(key)}
        assert hashlib.sha256(archive.data(key)).hexdigest() == key
        assert archive.get(key).key == key
    results = archive.search("body", facets=("bureau",))
    # Of an empty archive the one engine says that nothing matches, the other does not.
    assert results.notices == () or (results.notices, len(archive)) == (("no letter matches body",), 0)
    assert results.total == len(archive) == sum(1 for _ in archive)
    assert results.total == sum(v.count for f in results.facets for v in f.values)


@pytest.fixture(scope="module", params=["fake", "whoosh"])
def name(request: pytest.FixtureRequest) -> str:
    """Which engine is tortured."""
    found: str = request.param
    return found


@pytest.fixture
def tortured(name: str, opened: Open) -> Open:
    """`opened`, with that engine."""
    return opened if name == "fake" else partial(opened, engine=None)


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory, name: str) -> float:
    """Seconds that an undisturbed run takes from `ready` to its end."""
    folder = tmp_path_factory.mktemp("undisturbed")
    write_letters(folder / "in", range(LETTERS))
    with start(folder / "a", folder / "in", name) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        began = time.monotonic()
        assert writer.stdout.read().endswith("done\n")
        return time.monotonic() - began


def test_nothing_reported_as_stored_is_lost_however_often_the_writer_is_killed(
    tortured: Open, tmp_path: Path, whole_run: float, name: str
) -> None:
    chance = random.Random(2004)
    paths = write_letters(tmp_path / "in", range(LETTERS))
    expected = {str(p): p.read_bytes() for p in paths}
    reported: dict[str, str] = {}
    for _ in range(KILLS):
        names, done = run_and_kill(tmp_path / "a", tmp_path / "in", name, chance.uniform(0, whole_run))
        reported |= {name: hashlib.sha256(expected[name]).hexdigest() for name in names}
        if chance.random() < 0.5:  # sometimes the next writer comes before any reader
            with tortured() as archive:
                check(archive, reported)
        if done or len(reported) == LETTERS:
            # Begin anew, with letters that change, so that updates and removals are killed as well.
            with tortured() as archive:
                check(archive, reported)
                assert len(archive) == len(set(expected.values()))
            if chance.random() < 0.3:
                shutil.rmtree(tmp_path / "a")
                reported.clear()
            for path in chance.sample(paths, LETTERS // 2):
                path.write_bytes(letter(chance.randrange(10**6)))
                reported.pop(str(path), None)
            expected = {str(p): p.read_bytes() for p in paths}
    with tortured() as archive:
        report = archive.add(tmp_path / "in")
        assert report.failed == ()
        reported = {str(p): hashlib.sha256(data).hexdigest() for p, data in expected.items()}
        assert len(archive) == len(set(reported.values()))
        check(archive, reported)
    assert not [name for name in os.listdir(tmp_path / "a" / "index") if name.startswith(".")]


def test_nothing_is_lost_or_forgotten_of_letters_in_containers_however_often_the_writer_is_killed(
    opened: Open, tmp_path: Path
) -> None:
    """Containers that are taken for known although not all of their letters are stored would lose letters for ever."""
    chance = random.Random(7)
    expected: dict[str, str] = {}
    (tmp_path / "in").mkdir()

    def fill(number: int) -> None:
        files = [(f"{n}.txt", letter(chance.randrange(10**6))) for n in range(20)]
        path = tmp_path / "in" / f"{number}.zip"
        path.write_bytes(zipped([*files[:10], ("inner.zip", zipped(files[10:]))]))
        for n, (name, data) in enumerate(files):
            expected[f"{path}!/{name}" if n < 10 else f"{path}!/inner.zip!/{name}"] = hashlib.sha256(data).hexdigest()

    for number in range(LETTERS // 20):
        fill(number)
    reported: dict[str, str] = {}
    for _ in range(KILLS):
        names, done = run_and_kill(tmp_path / "a", tmp_path / "in", "fake", chance.uniform(0, 1))
        reported |= {name: expected[name] for name in names}
        with opened() as archive:
            check(archive, reported)
        if done or len(reported) == LETTERS:
            for number in chance.sample(range(LETTERS // 20), 6):
                fill(number)
                reported = {n: k for n, k in reported.items() if not n.startswith(f"{tmp_path}/in/{number}.zip!")}
    with opened() as archive:
        assert archive.add(tmp_path / "in").failed == ()
        check(archive, expected)
        assert len(archive) == len(set(expected.values()))


def test_readers_in_another_process_never_see_damage_while_generations_come_and_go(
    tortured: Open, tmp_path: Path, name: str
) -> None:
    """The race between reading the name of a generation and opening its files, run a few hundred times."""
    write_letters(tmp_path / "in", range(LETTERS))
    with tortured() as archive:
        archive.add(tmp_path / "in" / "000000.txt")
    totals = []
    with start(tmp_path / "a", tmp_path / "in", name) as writer, tortured() as reader:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        while writer.poll() is None:
            results = reader.search("body", facets=("bureau",))
            assert results.total == sum(v.count for v in results.facets[0].values)
            assert all("lacks the last" in notice for notice in results.notices), results.notices
            totals.append(results.total)
        assert writer.stdout.read().endswith("done\n")
        assert reader.search("body").total == LETTERS
    assert totals == sorted(totals)
