"""A generation is sealed before it is named, and never served when a byte of it differs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from itudocs.archive import disk, generations
from itudocs.archive.generations import CURRENT, MANIFEST, Generation, Generations, Origin
from itudocs.errors import ArchiveDamaged, ArchiveError

ORIGIN = Origin(engine="e", engine_version="1", fields="f", store="s", seq=1, letters=1)


def files(**content: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for name, text in content.items():
            path = folder / name.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            fresh = path.with_name("fresh")
            fresh.write_text(text)
            os.replace(fresh, path)

    return write


def publish(
    index: Generations, write: Callable[[Path], None], *, base: Generation | None = None, keep: tuple[str, ...] = ()
) -> Generation:
    return index.publish(write, origin=ORIGIN, base=base, keep=keep, announce=lambda name: None)


@pytest.fixture
def index(tmp_path: Path) -> Generations:
    return Generations(tmp_path / "index")


def test_what_is_published_is_current_and_checks(index: Generations) -> None:
    assert index.current() is None
    made = publish(index, files(a="1", deep__b="2"))
    assert index.current() == made.name
    loaded = index.load(made.name)
    assert loaded == made
    assert sorted(loaded.manifest.files) == ["a", "deep/b"]
    Generations(index.folder).check(loaded)
    assert list(index.faults(loaded)) == []


def test_the_next_generation_shares_files_that_did_not_change(index: Generations) -> None:
    first = publish(index, files(a="1", b="2"))
    second = publish(index, files(b="3"), base=first, keep=(first.name,))
    assert (first.folder / "a").stat().st_ino == (second.folder / "a").stat().st_ino
    assert (first.folder / "b").read_text() == "2"
    assert (second.folder / "b").read_text() == "3"
    assert index.names() == (second.name, first.name)
    third = publish(index, files(), base=second, keep=(second.name,))
    assert index.names() == (third.name, second.name)
    index.check(second)


def test_without_hard_links_files_are_copied(index: Generations, monkeypatch: pytest.MonkeyPatch) -> None:
    first = publish(index, files(a="1"))

    def no_links(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    second = publish(index, files(b="3"), base=first)
    assert (second.folder / "a").read_text() == "1"


def test_everything_is_synced_before_it_is_named(index: Generations, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, str]] = []
    real_fsync, real_rename, real_replace = os.fsync, os.rename, os.replace

    def fsync(descriptor: int) -> None:
        done.append(("sync", os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))))
        real_fsync(descriptor)

    def rename(a: Path, b: Path) -> None:
        done.append(("rename", b.name))
        real_rename(a, b)

    def replace(a: Path, b: Path) -> None:
        done.append(("replace", b.name))
        real_replace(a, b)

    first = publish(index, files(a="1", deep__b="2"))
    write = files(c="3")

    def quietly(folder: Path) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", real_replace)
            write(folder)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", rename)
    monkeypatch.setattr(os, "replace", replace)
    second = publish(index, quietly, base=first, keep=(first.name,))
    fresh = next(name for kind, name in done if name.startswith(".new-"))
    assert done == [
        ("sync", "a"), ("sync", "c"), ("sync", "b"), ("sync", MANIFEST), ("sync", "deep"), ("sync", fresh),
        ("rename", second.name), ("sync", "index"), ("sync", ".CURRENT.new"), ("replace", CURRENT), ("sync", "index"),
    ]  # fmt: skip


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "grow", "gone", "link", "folder"])
@pytest.mark.parametrize("name", ["a", "deep/b", MANIFEST, CURRENT])
def test_every_damage_to_every_file_is_found_and_named(index: Generations, name: str, damage: str) -> None:
    made = publish(index, files(a="1" * 50, deep__b="2" * 50))
    path = index.folder / CURRENT if name == CURRENT else made.folder / name
    harm(path, damage)
    fresh = Generations(index.folder)

    def use() -> None:
        current = fresh.current()
        if current:
            fresh.check(fresh.load(current))

    if (name == CURRENT and damage == "gone") or (name in (CURRENT, MANIFEST) and damage == "link"):
        use()  # no CURRENT is no index; a link to the same words is as good as the file
        return
    with pytest.raises(ArchiveDamaged) as fault:
        use()
    assert str(path) in str(fault.value)
    if name not in (MANIFEST, CURRENT):
        assert [p for p, _ in fresh.faults(made)] == [path]


def harm(path: Path, damage: str) -> None:
    data = path.read_bytes()
    status = path.stat()
    if damage in ("gone", "link", "folder"):
        path.unlink()
        if damage == "folder":
            path.mkdir()
        elif damage == "link":
            elsewhere = path.parents[2] / "elsewhere"
            elsewhere.write_bytes(data)
            path.symlink_to(elsewhere)
        return
    middle = len(data) // 2
    path.write_bytes(
        {
            "flip": data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :],
            "cut": data[:-1],
            "empty": b"",
            "grow": data + b"\n",
        }[damage]
    )
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # a failing disk leaves the time as it was


def test_every_single_bit_of_manifest_and_current_counts(index: Generations) -> None:
    made = publish(index, files(a="1"))
    for path in (made.folder / MANIFEST, index.folder / CURRENT):
        data = path.read_bytes()
        for i in range(len(data)):
            path.write_bytes(data[:i] + bytes([data[i] ^ (1 << i % 8)]) + data[i + 1 :])
            with pytest.raises(ArchiveDamaged):
                index.load(index.current() or "")
        path.write_bytes(data)


def test_a_file_that_does_not_belong_is_refused(index: Generations) -> None:
    made = publish(index, files(a="1"))
    (made.folder / "planted.toc").write_text("x")
    with pytest.raises(ArchiveDamaged, match=r"planted.toc.*not in the manifest"):
        index.check(made)


def test_after_the_first_time_size_and_time_are_enough(index: Generations, monkeypatch: pytest.MonkeyPatch) -> None:
    made = publish(index, files(a="1"))
    fresh = Generations(index.folder)
    hashed: list[Path] = []
    real = disk.sha256_of

    def count(path: Path) -> str:
        hashed.append(path)
        return real(path)

    monkeypatch.setattr(disk, "sha256_of", count)
    for _ in range(3):
        fresh.check(made)
    assert len(hashed) == 1
    os.utime(made.folder / "a")
    fresh.check(made)
    fresh.forget(made.name)
    fresh.check(made)
    assert len(hashed) == 3


def test_damage_to_a_shared_file_is_not_sealed_into_the_next_generation(index: Generations) -> None:
    first = publish(index, files(a="1" * 50))

    def write(folder: Path) -> None:
        harm(first.folder / "a", "flip")

    with pytest.raises(ArchiveDamaged, match="changed while"):
        publish(index, write, base=first, keep=(first.name,))
    assert index.current() == first.name
    assert sorted(os.listdir(index.folder)) == [first.name, CURRENT]


def test_an_engine_that_alters_files_in_place_is_found_out(index: Generations) -> None:
    first = publish(index, files(a="1"))

    def write(folder: Path) -> None:
        with open(folder / "a", "a") as file:
            file.write("2")

    with pytest.raises(ArchiveDamaged, match="changed while"):
        publish(index, write, base=first, keep=(first.name,))


@pytest.mark.parametrize("step", range(12))
def test_a_fault_at_any_step_leaves_the_last_generation_in_use(
    index: Generations, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    first = publish(index, files(a="1"))
    steps = 0

    def failing(function: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*args: object, **more: object) -> object:
            nonlocal steps
            steps += 1
            if steps == step + 1:
                raise OSError(28, "No space left on device")
            return function(*args, **more)

        return wrapped

    for module, name in ((os, "fsync"), (os, "rename"), (os, "replace"), (os, "link"), (disk, "sha256_of")):
        monkeypatch.setattr(module, name, failing(getattr(module, name)))
    write = files()
    try:
        made = publish(index, write, base=first, keep=(first.name,))
    except ArchiveError:
        made = first
    monkeypatch.undo()
    fresh = Generations(index.folder)
    current = fresh.load(fresh.current() or "")
    fresh.check(current)
    assert (current.folder / "a").read_text() == "1"
    again = publish(fresh, files(b="2"), base=current, keep=(current.name,))
    assert fresh.names() == (again.name, current.name)
    assert not [name for name in os.listdir(index.folder) if name.startswith((".new", ".old"))]
    assert made.name in (current.name, first.name)


def test_what_killed_writers_left_is_swept_up(index: Generations) -> None:
    first = publish(index, files(a="1"))
    (index.folder / ".new-1-abcd").mkdir()
    (index.folder / ".new-1-abcd" / "half").write_text("x")
    shutil.copytree(first.folder, index.folder / ".old-00000000-aaaaaaaa")
    (index.folder / "notes.txt").write_text("not ours")
    index.clean()
    assert sorted(os.listdir(index.folder)) == [first.name, CURRENT, "notes.txt"]


def test_a_generation_sealed_but_never_named_does_not_disturb(
    index: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(index, files(a="1"))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(disk, "write_durably", killed)
    with pytest.raises(KeyboardInterrupt):
        publish(index, files(a="2"), base=first, keep=(first.name,))
    monkeypatch.undo()
    assert index.current() == first.name
    assert len(index.names()) == 2
    third = publish(index, files(a="3"), base=first, keep=(first.name,))
    assert index.names() == (third.name, first.name)
    assert third.name > index.names()[1]


def test_names_of_generations_are_taken_from_folders_alone() -> None:
    assert generations._NAME.fullmatch("00000001-0123abcd")
    for other in ("../00000001-0123abcd", "00000001-0123abcd/..", "CURRENT", ".new-1-0123abcd"):
        assert not generations._NAME.fullmatch(other)
