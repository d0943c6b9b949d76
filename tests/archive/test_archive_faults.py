"""Damage, full disks, protected folders, folders that are no archives: told in words, and nothing stored is lost."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from itudocs.archive import disk
from itudocs.archive.archive import Archive, open_archive
from itudocs.errors import ArchiveDamaged, ArchiveError, ArchiveLocked, ArchiveVersion, NotAnArchive
from tests.archive.archive_fakes import FakeEngine, documents, letter
from tests.archive.conftest import ROOT, Open


def files_in_use(archive: Archive) -> list[Path]:
    """Every file of the index in use, its manifest and CURRENT."""
    index = archive.folder / "index"
    name = (index / "CURRENT").read_text().strip()
    return [index / "CURRENT", *(p for p in sorted((index / name).rglob("*")) if p.is_file())]


def flip(path: Path, *, seed: int = 0) -> None:
    status = path.stat()
    data = bytearray(path.read_bytes())
    chance = random.Random(seed)
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def truncate(path: Path, *, seed: int = 0) -> None:
    os.truncate(path, random.Random(seed).randrange(path.stat().st_size))


def unlink(path: Path, *, seed: int = 0) -> None:
    path.unlink()


# -- the index ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", [flip, truncate, unlink])
@pytest.mark.parametrize("already_open", [False, True])
def test_each_damaged_index_file_is_named_and_made_good(
    opened: Open, tmp_path: Path, harm: Callable[..., None], already_open: bool
) -> None:
    if already_open and harm is flip:
        harm = touched_flip
    with opened() as archive:
        for n in range(3):
            archive.add_documents(documents(range(n * 5, n * 5 + 5)))
        count = len(files_in_use(archive))
    shutil.copytree(tmp_path / "a", tmp_path / "sound")
    assert count >= 5
    for i in range(count):
        shutil.rmtree(tmp_path / "a")
        shutil.copytree(tmp_path / "sound", tmp_path / "a")
        with opened() as archive:
            if already_open:
                assert archive.search().notices == ()
            path = files_in_use(archive)[i]
            harm(path, seed=i)
            problems = archive.verify()
            results = archive.search("body")
            assert results.total == 15
            if path.name == "CURRENT" and harm is unlink:
                assert problems == []  # like an index not yet made: the store makes it good without a word
            else:
                assert str(path) in {p.where for p in problems}, problems
                assert any(str(path) in notice for notice in results.notices)
            assert archive.verify() == []
            assert archive.search().notices == ()


def touched_flip(path: Path, *, seed: int = 0) -> None:
    flip(path, seed=seed)
    os.utime(path)


def test_damage_falls_back_to_the_last_good_generation_and_catches_up(opened: Open, engine: FakeEngine) -> None:
    with opened() as archive:
        archive.add_documents(documents(range(5)))
        archive.add_documents(documents(range(5, 7)))
        newest = max(
            (p for p in files_in_use(archive) if p.name.startswith("letters")), key=lambda p: p.stat().st_mtime_ns
        )
    harm_only_here = newest.read_bytes()
    assert newest.stat().st_nlink == 1
    newest.write_bytes(harm_only_here[:-1] + b"?")
    engine.updates.clear()
    archive = opened()
    assert archive.search().total == 7
    assert engine.updates == [("update", 2, ())]


def test_damage_in_a_file_that_both_generations_share_goes_back_to_the_store(opened: Open, engine: FakeEngine) -> None:
    with opened() as archive:
        archive.add_documents(documents(range(5)))
        archive.add_documents(documents(range(5, 7)))
        shared = next(p for p in files_in_use(archive) if p.stat().st_nlink == 2)
    flip(shared)
    engine.updates.clear()
    archive = opened()
    assert [p.code for p in archive.verify()] == ["index-damaged", "index-damaged"]
    assert archive.search().total == 7
    assert engine.updates == [("new", 7, ())]


def test_while_another_writes_a_damaged_index_is_replaced_by_the_earlier_one(opened: Open) -> None:
    with opened() as archive:
        archive.add_documents(documents(range(5)))
        archive.add_documents(documents(range(5, 7)))
        newest = max(files_in_use(archive)[1:], key=lambda p: (p.stat().st_nlink == 1, p.name.startswith("letters")))
    flip(newest)
    archive = opened()
    with disk.WriterLock(archive.folder / "archive.lock").held("testing"):
        results = archive.search()
        assert results.total == 5
        assert [n.split(":")[0].split(",")[0] for n in results.notices] == [
            "Answered from an earlier index",
            "The index lacks the last 2 changed letters. " + str(archive.folder),
        ]
    assert archive.search().total == 7


def test_damage_that_cannot_be_made_good_is_never_no_hits(opened: Open) -> None:
    with opened() as archive:
        archive.add_documents(documents(range(5)))
        path = files_in_use(archive)[1]
    truncate(path)
    archive = opened()
    with (
        disk.WriterLock(archive.folder / "archive.lock").held("testing"),
        pytest.raises(ArchiveDamaged, match=rf"{path}.*cannot be made anew now.*another process is writing"),
    ):
        archive.search("nothing like this")
    assert archive.search("body").total == 5


def test_an_engine_that_finds_damage_itself_gets_a_new_index(opened: Open, engine: FakeEngine) -> None:
    archive = opened()
    archive.add_documents(documents(range(5)))
    bad = set(os.listdir(archive.folder / "index"))
    engine.distrust = lambda folder: folder.name in bad
    assert archive.search("body").total == 5
    assert engine.updates[-1] == ("new", 5, ())
    engine.distrust = lambda folder: True
    with pytest.raises(ArchiveDamaged, match="checksum"):
        archive.search("body")


def test_a_planted_file_is_not_opened(opened: Open) -> None:
    with opened() as archive:
        archive.add_documents(documents(range(5)))
        planted = files_in_use(archive)[-1].with_name("_MAIN_99.toc")
    planted.write_text("evil")
    archive = opened()
    assert [p.where for p in archive.verify()] == [str(planted)]
    assert archive.search("body").total == 5
    assert not planted.exists()


def test_an_index_folder_that_is_gone_is_made_anew(opened: Open) -> None:
    archive = opened()
    archive.add_documents(documents(range(5)))
    shutil.rmtree(archive.folder / "index")
    assert archive.search("body").total == 5
    shutil.rmtree(archive.folder / "index")
    archive.close()
    assert opened().search("body").total == 5


def test_an_index_of_another_archive_is_not_believed(opened: Open, tmp_path: Path) -> None:
    one, other = opened(tmp_path / "one"), opened(tmp_path / "other")
    one.add_documents(documents(range(5)))
    other.add_documents(documents(range(10, 15)))
    shutil.rmtree(one.folder / "index")
    shutil.copytree(other.folder / "index", one.folder / "index")
    assert one.search("number12").total == 0
    assert one.search("number2").total == 1


# -- the store ---------------------------------------------------------------------------------------------------------


def test_a_damaged_letter_is_named_and_the_others_stay_readable(opened: Open, tmp_path: Path) -> None:
    archive = opened()
    archive.add_documents(documents(range(5)))
    with closing(sqlite3.connect(tmp_path / "a" / "archive.db")) as other, other:
        other.execute("UPDATE contents SET data = zeroblob(8) WHERE key = (SELECT key FROM letters WHERE id = 'cr/2')")
        other.execute("UPDATE contents SET text = zeroblob(8) WHERE key = (SELECT key FROM letters WHERE id = 'cr/3')")
    two, three = archive.search("number2").hits[0].key, archive.search("number3").hits[0].key
    assert {(p.where, p.code) for p in archive.verify()} == {(two, "bytes-damaged"), (three, "record-damaged")}
    with pytest.raises(ArchiveDamaged, match=two):
        archive.data("cr/2")
    with pytest.raises(ArchiveDamaged, match=three):
        archive.text("cr/3")
    with pytest.raises(ArchiveDamaged, match=three):
        archive.rebuild()
    assert archive.search("body").total == 5
    with pytest.raises(ArchiveDamaged, match="was not copied"):
        archive.backup(tmp_path / "b")
    assert not (tmp_path / "b" / "archive.db").exists()
    report = archive.rebuild(reparse=True)  # makes good what the bytes tell, and says what they no longer can
    assert [(f.name, f.reason) for f in report.failed] == [(two, "damaged")]
    assert archive.text("cr/3") == letter(3).decode()
    archive.remove("cr/2")
    archive.add_documents(documents([2]))
    assert archive.verify() == []


@pytest.mark.parametrize("harm", ["header", "gone", "empty", "text"])
def test_a_store_damaged_beyond_reading_is_not_taken_for_an_empty_folder(
    opened: Open, tmp_path: Path, harm: str
) -> None:
    with opened() as archive:
        archive.add_documents(documents(range(5)))
    path = tmp_path / "a" / "archive.db"
    if harm == "gone":
        path.unlink()
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "text":
        path.write_text("Dear Sir/Madam,\n" * 999)
    else:
        path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])
    for create in (False, True):
        with pytest.raises(ArchiveDamaged, match="restore a backup"):
            opened(create=create)


def test_a_store_with_a_broken_page_is_told_by_verify(opened: Open, tmp_path: Path) -> None:
    with opened() as archive:
        archive.add_documents(documents(range(60)))
    path = tmp_path / "a" / "archive.db"
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 16] = b"\xff" * 16
    path.write_bytes(data)
    try:
        archive = opened()
    except ArchiveDamaged:
        return
    assert "store-damaged" in {p.code for p in archive.verify()}
    with pytest.raises(ArchiveDamaged, match="store is damaged"):
        archive.add_documents(documents([99]))


# -- folders that are no archives --------------------------------------------------------------------------------------


def test_a_folder_without_an_archive_is_told_with_the_next_step(tmp_path: Path, engine: FakeEngine) -> None:
    with pytest.raises(NotAnArchive, match="Add letters to create one"):
        open_archive(tmp_path / "none", engine=engine)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("x")
    for create in (False, True):
        with pytest.raises(NotAnArchive, match="holds no archive but other files"):
            open_archive(tmp_path / "thesis", create=create, engine=engine)
    assert os.listdir(tmp_path / "thesis") == ["chapter.txt"]
    for create in (False, True):
        with pytest.raises(NotAnArchive):
            open_archive(tmp_path / "thesis" / "chapter.txt", create=create, engine=engine)
    (tmp_path / "db").mkdir()
    with closing(sqlite3.connect(tmp_path / "db" / "archive.db")) as other:
        other.execute("CREATE TABLE t (x)")
    for create in (False, True):
        with pytest.raises(NotAnArchive, match="not the store of an archive"):
            open_archive(tmp_path / "db", create=create, engine=engine)


def test_an_interrupted_creation_is_finished(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "archive.lock").write_text("")
    with closing(sqlite3.connect(tmp_path / "a" / "archive.db")) as half:
        half.execute("PRAGMA journal_mode = WAL")
        half.execute("CREATE TABLE t (x)")
        half.execute("DROP TABLE t")
    (tmp_path / "a" / ".DS_Store").write_text("")
    with pytest.raises(NotAnArchive):
        opened(create=False)
    archive = opened()
    archive.add_documents(documents([1]))
    assert archive.verify() == []


def test_a_newer_archive_is_left_to_a_newer_itudocs(opened: Open, tmp_path: Path) -> None:
    opened().close()
    with closing(sqlite3.connect(tmp_path / "a" / "archive.db")) as other:
        other.execute("PRAGMA user_version = 99")
    for create in (False, True):
        with pytest.raises(ArchiveVersion, match="Upgrade itudocs"):
            opened(create=create)


# -- full disks --------------------------------------------------------------------------------------------------------


def test_a_disk_that_fills_while_the_index_is_written_loses_no_letter(opened: Open, engine: FakeEngine) -> None:
    archive = opened()
    archive.add_documents(documents(range(3)))

    def full(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise OSError(28, "No space left on device")

    engine.before_write = full
    with pytest.raises(ArchiveError, match=r"index: the disk is full.*The 2 letters of this run are stored and safe"):
        archive.add_documents(documents(range(3, 5)))
    assert len(archive) == 5
    results = archive.search()
    assert results.total == 3
    assert "lacks the last 2 changed letters" in results.notices[0]
    assert "disk is full" in results.notices[0]
    assert archive.verify() == []
    engine.before_write = None
    results = archive.search()
    assert (results.total, results.notices) == (5, ())


_TO_THE_LIMIT = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from itudocs.archive import archive as module, ingest
from itudocs.errors import ArchiveError
from tests.archive.archive_fakes import FakeEngine, documents, fake_parse
module._parse, module._parser_version, ingest.BATCH = fake_parse, lambda: "fake-1", 8
archive = module.open_archive(sys.argv[2], create=True, engine=FakeEngine() if sys.argv[4] == "fake" else None)
if sys.argv[4] != "fake":
    ingest.INDEX_EVERY = 40
if sys.argv[3] != "0":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    archive.add_documents(documents(range(5000)), progress=lambda s: [print(n) for n in s.names])
except ArchiveError as fault:
    print(type(fault).__name__, fault, file=sys.stderr)
"""


def fill_up(command: list[str], folder: Path, limit: int, engine: str) -> tuple[list[str], str]:
    arguments = [*command, sys.executable, "-c", _TO_THE_LIMIT, ROOT, str(folder), str(limit), engine]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    return done.stdout.split(), done.stderr


def check_after_the_limit(opened: Open, reported: list[str], message: str, engine: str) -> None:
    assert len(reported) >= 8
    assert len(reported) < 5000
    archive = opened() if engine == "fake" else opened(engine=None)
    assert archive.verify() == []
    held = {s.name for r in archive for s in archive.sources(r.key)}
    assert held >= set(reported)
    assert archive.search("body").total == len(archive)
    assert archive.add_documents(documents(range(500))).failed == ()
    assert archive.search("number499").total == 1
    assert "ArchiveError" in message
    assert "Everything reported as stored is safe" in message


@pytest.mark.parametrize("name", ["fake", "whoosh"])
def test_files_that_may_grow_no_further_stop_an_add_and_lose_nothing(opened: Open, tmp_path: Path, name: str) -> None:
    reported, message = fill_up([], tmp_path / "a", 600_000, name)
    check_after_the_limit(opened, reported, message, name)


@pytest.mark.parametrize("name", ["fake", "whoosh"])
def test_a_really_full_disk_stops_an_add_and_loses_nothing(opened: Open, tmp_path: Path, name: str) -> None:
    (tmp_path / "disk").mkdir()
    script = f'mount -t tmpfs -o size=1m tmpfs {tmp_path}/disk && "$@"; cp -r {tmp_path}/disk/a {tmp_path}/a'
    command = ["unshare", "--mount", "sh", "-c", script, "sh"]
    if os.geteuid() != 0:
        command.insert(1, "--map-root-user")
    if not shutil.which("unshare") or subprocess.run(
        [*command[: command.index("sh")], "mount", "-t", "tmpfs", "tmpfs", str(tmp_path / "disk")],
        capture_output=True, check=False,
    ).returncode:  # fmt: skip
        pytest.skip("a small file system cannot be mounted here")
    reported, message = fill_up(command, tmp_path / "disk" / "a", 0, name)
    check_after_the_limit(opened, reported, message, name)
    assert "disk is full" in message


# -- protected folders -------------------------------------------------------------------------------------------------

_PROTECTED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from itudocs.archive import archive as module
from itudocs.errors import ArchiveError
from tests.archive.archive_fakes import FakeEngine, documents, fake_parse
import itudocs.search.engine, itudocs.search.query
module._parse, module._parser_version = fake_parse, lambda: "fake-1"
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)
def attempt(what):
    try:
        return what()
    except ArchiveError as fault:
        return f"{type(fault).__name__}: {fault}"
archive = attempt(lambda: module.open_archive(sys.argv[2], create=True, engine=FakeEngine()))
if isinstance(archive, str):
    print(archive)
else:
    for what in (
        lambda: (lambda r: f"{r.total} {list(r.notices)}")(archive.search("body")),
        lambda: len(archive), lambda: archive.get("cr/1").ref, lambda: archive.verify(),
        lambda: archive.add_documents(documents([99])), lambda: archive.remove("cr/1"), lambda: archive.rebuild(),
    ):
        print(attempt(what))
"""


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that other users can enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)
        _permit(Path(name), 0o755, 0o644)


def _permit(folder: Path, for_folders: int, for_files: int) -> None:
    os.chmod(folder, for_folders | 0o700)
    for path in list(folder.rglob("*")):
        os.chmod(path, for_folders if path.is_dir() else for_files)
    os.chmod(folder, for_folders)


def as_another_user(folder: Path) -> list[str]:
    arguments = [sys.executable, "-c", _PROTECTED, ROOT, str(folder)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd="/")
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_protected_archive_can_be_searched_and_not_written_to(opened: Open, public: Path) -> None:
    with opened(public / "a") as archive:
        archive.add_documents(documents(range(3)))
    _permit(public / "a", 0o555, 0o444)
    search, length, ref, problems, *writes = as_another_user(public / "a")
    assert (search, length, ref, problems) == ("3 []", "3", "CR/1", "[]")
    assert len(writes) == 3
    assert all(w.startswith(f"ArchiveError: {public}/a: cannot be written to") for w in writes), writes
    _permit(public / "a", 0o755, 0o644)
    again = opened(public / "a")
    assert (again.verify(), len(again)) == ([], 3)


def test_a_protected_archive_whose_index_is_behind_says_so(opened: Open, public: Path, engine: FakeEngine) -> None:
    archive = opened(public / "a")
    archive.add_documents(documents(range(3)))

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    engine.before_write = full
    with pytest.raises(ArchiveError):
        archive.add_documents(documents([7]))
    archive.close()
    _permit(public / "a", 0o555, 0o444)
    search, length, *_ = as_another_user(public / "a")
    assert search.startswith("3 ['The index lacks the last 1 changed letters.")
    assert "cannot be written to" in search
    assert length == "4"


def test_a_protected_archive_with_a_damaged_index_is_damaged_not_empty(opened: Open, public: Path) -> None:
    with opened(public / "a") as archive:
        archive.add_documents(documents(range(3)))
        flip(files_in_use(archive)[-1])
    _permit(public / "a", 0o555, 0o444)
    search, length, *_ = as_another_user(public / "a")
    assert search.startswith("ArchiveDamaged:")
    assert "cannot be made anew now" in search
    assert length == "3"


def test_an_archive_cannot_be_made_in_a_protected_folder(public: Path) -> None:
    (public / "p").mkdir()
    _permit(public / "p", 0o555, 0o444)
    for folder in (public / "p", public / "p" / "a"):
        (line,) = as_another_user(folder)
        assert line.startswith("ArchiveError: ")
        assert "cannot be written to" in line
    assert os.listdir(public / "p") == []


def test_a_reader_with_fewer_rights_follows_a_writer_with_more(opened: Open, public: Path) -> None:
    """The file was opened as if nothing could change it; when something does, that must be seen."""
    with opened(public / "a") as archive:
        archive.add_documents(documents(range(3)))
    _permit(public / "a", 0o555, 0o444)
    script = _PROTECTED.split("def attempt")[0] + (
        "archive = module.open_archive(sys.argv[2], engine=FakeEngine())\n"
        "print(len(archive), archive._store._frozen is not None, flush=True); sys.stdin.readline()\n"
        "print(len(archive), archive.search('body').total, archive.get('cr/50').ref, flush=True); sys.stdin.readline()\n"
        "print(len(archive), archive.search('body').total, flush=True)\n"
    )
    if os.geteuid() != 0:
        pytest.skip("needs a second user")
    with subprocess.Popen(
        [sys.executable, "-c", script, ROOT, str(public / "a")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/",
    ) as reader:  # fmt: skip
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == "3 True\n"
        writer = opened(public / "a")
        writer.add_documents(documents(range(100)))
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "100 100 CR/50\n"
        writer.remove("cr/50")
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "99 99\n"


# -- the lock ----------------------------------------------------------------------------------------------------------


def test_the_lock_goes_with_its_process_and_is_not_kept_by_its_children(tmp_path: Path) -> None:
    code = (
        "import os, sys, time\nfrom pathlib import Path\nfrom itudocs.archive.disk import WriterLock\n"
        "with WriterLock(Path(sys.argv[1])).held('testing'):\n"
        "    if os.fork() == 0:\n        print(os.getpid(), flush=True)\n        time.sleep(60)\n"
        "    time.sleep(60)\n"
    )
    path = tmp_path / "archive.lock"
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        child = int(holder.stdout.readline())
        try:
            with (
                pytest.raises(ArchiveLocked, match=f"process {holder.pid} on"),
                disk.WriterLock(path).held("testing too"),
            ):
                pass
            holder.kill()
            holder.wait()
            os.kill(child, 0)  # still there
            with disk.WriterLock(path).held("testing too"):
                assert f"process {os.getpid()}" in disk.WriterLock(path).holder()
        finally:
            holder.kill()
            os.kill(child, 9)


def test_a_lock_that_nobody_signed_is_still_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "archive.lock"
    lock = disk.WriterLock(path)
    with lock.held("testing"):
        os.truncate(path, 0)
        with pytest.raises(ArchiveLocked, match="its process is unknown"), disk.WriterLock(path).held("x"):
            pass
    with lock.held("again"):
        pass
