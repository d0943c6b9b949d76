"""Letters whose files are gone go when that is asked for, and only then."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from itudocs.archive.pruning import Pruned
from itudocs.errors import ArchiveError
from tests.archive.archive_fakes import letter, write_letters
from tests.archive.conftest import Open
from tests.reading.made_containers import zipped


def test_letters_whose_files_are_gone_go_and_no_others(opened: Open, tmp_path: Path) -> None:
    paths = write_letters(tmp_path / "in", range(4))
    write_letters(tmp_path / "in-other", [5])
    archive = opened()
    archive.add([tmp_path / "in", tmp_path / "in-other"])
    paths[0].unlink()
    paths[1].unlink()
    (tmp_path / "in-other" / "000005.txt").unlink()
    assert archive.add(tmp_path / "in").removed == 0
    assert archive.prune(tmp_path / "in", pretend=True).names == (str(paths[0]), str(paths[1]))
    assert len(archive) == 5
    pruned = archive.prune(tmp_path / "in")
    assert pruned.names == (str(paths[0]), str(paths[1]))
    assert len(pruned.keys) == 2
    assert {r.id for r in archive} == {"cr/2", "cr/3", "cr/5"}
    assert archive.search("body").total == 3
    assert archive.log()[0].verb == "prune"
    assert archive.prune(tmp_path / "in") == Pruned()
    assert archive.verify() == []


def test_a_letter_with_another_name_stays(opened: Open, tmp_path: Path) -> None:
    (path,) = write_letters(tmp_path / "in", [1])
    write_letters(tmp_path / "other", [1])
    write_letters(tmp_path / "in", [2])
    archive = opened()
    archive.add([tmp_path / "in", tmp_path / "other"])
    path.unlink()
    assert archive.prune(tmp_path / "in") == Pruned(names=(str(path),))
    assert [s.name for s in archive.sources("cr/1")] == [str(tmp_path / "other" / path.name)]


def test_a_folder_that_is_missing_or_empty_is_taken_for_an_unmounted_disk(opened: Open, tmp_path: Path) -> None:
    write_letters(tmp_path / "in", [1, 2])
    archive = opened()
    archive.add(tmp_path / "in")
    shutil.rmtree(tmp_path / "in")
    with pytest.raises(ArchiveError, match=r"does not exist, as a disk is that is not mounted\. Nothing was deleted"):
        archive.prune(tmp_path / "in")
    (tmp_path / "in").mkdir()
    with pytest.raises(ArchiveError, match=r"in: is empty.*--force"):
        archive.prune([tmp_path, tmp_path / "in"])
    with pytest.raises(ArchiveError, match="is a file"):
        archive.prune(tmp_path / "a" / "archive.db", force=True)
    assert len(archive) == 2
    assert len(archive.prune(tmp_path / "in", force=True).keys) == 2
    assert len(archive) == 0


def test_members_that_left_a_container_go_and_those_of_unknown_bytes_stay(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "in" / "b.zip"
    path.parent.mkdir()
    path.write_bytes(zipped([(f"{n}.txt", letter(n)) for n in range(4)]))
    archive = opened()
    archive.add(path)
    path.write_bytes(zipped([(f"{n}.txt", letter(n)) for n in range(1, 4)]))
    assert archive.prune(tmp_path / "in") == Pruned()  # these bytes have not been looked into
    archive.add(path)
    assert archive.prune(tmp_path / "in").names == (f"{path}!/0.txt",)
    path.write_bytes(zipped([("1.txt", letter(1)), ("2.txt", b"unreadable")]))
    archive.add(path)
    assert archive.prune(tmp_path / "in") == Pruned()  # what failed may be what is missing
    path.unlink()
    (tmp_path / "in" / "x.txt").write_bytes(letter(9))
    assert len(archive.prune(tmp_path / "in").names) == 3
    assert len(archive) == 0
    assert archive.failing() == ()


def test_names_that_are_no_utf8_are_found_on_the_disk(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = os.fsencode(tmp_path / "in") + b"/r\xe9union.txt"
    Path(os.fsdecode(path)).write_bytes(letter(1))
    write_letters(tmp_path / "in", [2])
    archive = opened()
    archive.add(tmp_path / "in")
    assert archive.prune(tmp_path / "in") == Pruned()
    os.unlink(path)
    assert len(archive.prune(tmp_path / "in").names) == 1


def test_what_cannot_be_looked_at_is_there(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_letters(tmp_path / "in", [1])
    archive = opened()
    archive.add(tmp_path / "in")

    def failing(_: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("itudocs.archive.intake.os.lstat", failing)
    assert archive.prune(tmp_path / "in") == Pruned()


def test_failures_of_files_that_are_gone_are_forgotten(opened: Open, tmp_path: Path) -> None:
    write_letters(tmp_path / "in", [1])
    bad = tmp_path / "in" / "bad.txt"
    bad.write_bytes(b"unreadable")
    archive = opened()
    archive.add(tmp_path / "in")
    archive.prune(tmp_path / "in")
    assert [one.name for one in archive.failing()] == [str(bad)]
    bad.unlink()
    archive.prune(tmp_path / "in")
    assert archive.failing() == ()
