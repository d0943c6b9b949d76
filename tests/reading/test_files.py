"""Every file is given once, in order, or it is said why not."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from itudocs.errors import ReadError
from itudocs.model import Circular, Failure
from itudocs.parse import parse_many
from itudocs.reading import Limits, files, read, read_bytes, walk

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any user may enter (pytest's own may not be)."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Permissions do not stop root, whom tests may run as."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def names(found: Iterator[Path | Failure], below: Path) -> list[str]:
    return [str(f.relative_to(below)) if isinstance(f, Path) else f"{f.reason}: {Path(f.name).name}" for f in found]


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    data = os.urandom(300_000)
    (tmp_path / "a").write_bytes(data)
    assert read_bytes(tmp_path / "a") == data


def test_a_missing_file_is_named_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"nothing\.txt does not exist: check the path") as caught:
        read_bytes(tmp_path / "nothing.txt")
    assert (caught.value.reason, caught.value.name) == ("missing", str(tmp_path / "nothing.txt"))


def test_a_folder_is_not_read_as_a_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="is a folder") as caught:
        read(tmp_path)
    assert caught.value.reason == "directory"


def test_a_broken_link_says_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("gone.txt")
    with pytest.raises(ReadError, match=r"a\.txt is a link to gone\.txt, which does not exist") as caught:
        read(tmp_path / "a.txt")
    assert caught.value.reason == "missing"


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "file.txt/below"])
def test_impossible_paths_are_read_errors(tmp_path: Path, path: str) -> None:
    (tmp_path / "file.txt").write_text("CR/387")
    with pytest.raises(ReadError) as caught:
        read(tmp_path / path)
    assert caught.value.reason in {"missing", "unreadable"}


def test_a_link_to_itself_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("a.txt")
    with pytest.raises(ReadError) as caught:
        read(tmp_path / "a.txt")
    assert caught.value.reason == "unreadable"


def test_a_byte_more_than_64_mib_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.txt"
    path.touch()
    os.truncate(path, 64 * 1024 * 1024 + 1)
    monkeypatch.setattr(files, "_read", lambda *_: pytest.fail("it was read"))
    with pytest.raises(ReadError, match=r"larger than 67,108,864 bytes.*Limits\(max_bytes") as caught:
        read(path)
    assert caught.value.reason == "too-large"
    assert names(walk([tmp_path]), tmp_path) == ["too-large: large.txt"]


def test_exactly_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 100)
    assert read(path, limits=Limits(max_bytes=100)).text == "x" * 100
    with pytest.raises(ReadError):
        read(path, limits=Limits(max_bytes=99))


def test_bytes_beyond_the_limit_are_refused_and_texts_are_not() -> None:
    with pytest.raises(ReadError, match="<bytes> is larger than 3 bytes") as caught:
        read(b"abcd", limits=Limits(max_bytes=3))
    assert caught.value.reason == "too-large"
    assert read("abcd", limits=Limits(max_bytes=3)).text == "abcd"


def test_a_source_without_a_size_is_cut_off_at_the_limit() -> None:
    with pytest.raises(ReadError) as caught:
        read_bytes("/dev/zero", limits=Limits(max_bytes=1_000_000))
    assert caught.value.reason == "too-large"


def test_a_pipe_is_read_to_its_end() -> None:
    ours, theirs = os.pipe()
    os.write(theirs, b"CR/387")
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        assert read_bytes(f"/dev/fd/{pipe.fileno()}") == b"CR/387"


def test_a_disk_that_fails_while_reading_is_a_read_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("CR/387")

    def failing(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files, "_read", failing)
    with pytest.raises(ReadError, match=r"cannot be read \(Input/output error\)") as caught:
        read(tmp_path / "a.txt")
    assert caught.value.reason == "unreadable"


def test_files_and_folders_without_permission_are_failures_among_good_ones(folder: Path) -> None:
    for name in ("1-good.txt", "2-secret.txt", "4-good.txt"):
        (folder / name).write_text("TSB Circular 68")
    (folder / "3-closed").mkdir()
    (folder / "3-closed" / "inside.txt").touch()
    (folder / "5-gone.txt").symlink_to("nowhere")
    (folder / "2-secret.txt").chmod(0)
    (folder / "3-closed").chmod(0)
    list(parse_many(["what is imported late is imported while it may be"]))
    with unprivileged():
        outcomes = list(parse_many(walk([folder])))
    (folder / "3-closed").chmod(0o755)
    told = [o.source.name if isinstance(o, Circular) else f"{o.reason}: {Path(o.name).name}" for o in outcomes]
    assert told == [
        "1-good.txt", "unreadable: 2-secret.txt", "unreadable: 3-closed", "4-good.txt", "missing: 5-gone.txt",
    ]  # fmt: skip
    assert "change its permissions" in "".join(o.message for o in outcomes if isinstance(o, Failure))


def test_a_tree_is_walked_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.txt", "a.txt", "c.txt", "b/deeper/1.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert names(walk([tmp_path]), tmp_path) == ["a.txt", "b/1.txt", "b/2.txt", "b/deeper/1.txt", "c.txt"]


def test_only_letters_are_taken_and_the_rest_is_counted(tmp_path: Path) -> None:
    for name in ("1.txt", "1.gold.json", "README.md", "cr387", ".hidden.txt", "table.csv"):
        (tmp_path / name).touch()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").touch()
    skipped: list[Path] = []
    assert names(walk(tmp_path, on_skip=skipped.append), tmp_path) == ["1.txt", "cr387"]
    assert [p.name for p in skipped] == ["1.gold.json", "README.md", "table.csv"]


def test_a_file_that_is_named_is_always_tried(tmp_path: Path) -> None:
    for name in ("letter.md", ".hidden"):
        (tmp_path / name).touch()
    assert list(walk([tmp_path / ".hidden", str(tmp_path / "letter.md")])) == [
        tmp_path / ".hidden",
        tmp_path / "letter.md",
    ]


def test_a_path_that_is_missing_is_a_failure_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    assert names(walk([tmp_path / "gone", tmp_path / "a.txt"]), tmp_path) == ["missing: gone", "a.txt"]


def test_links_that_lead_in_circles_are_walked_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.txt").touch()
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "b.txt").symlink_to("a/1.txt")
    assert names(walk([tmp_path]), tmp_path) == ["a/1.txt", "b.txt"]


def test_sockets_and_pipes_below_a_folder_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert list(walk([tmp_path])) == []


def test_a_tree_deeper_than_the_call_stack_is_walked(tmp_path: Path) -> None:
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(300):
            os.mkdir("d")
            os.chdir("d")
        Path("1.txt").touch()
    finally:
        os.chdir(here)
    assert len(list(walk([tmp_path]))) == 1


def test_a_name_that_is_not_utf_8_can_be_stored(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    path.write_text("CR/387")
    source = read(path)
    assert source.name == "caf\\xe9.txt"
    source.name.encode("utf-8")
    gone = next(walk([tmp_path / os.fsdecode(b"gone\xff")]))
    assert isinstance(gone, Failure)
    assert gone.name.endswith("gone\\xff")
