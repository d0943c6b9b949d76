"""Batches hold every file once, keep their bounds, and change little when files come and go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.distributed.listing import Batch, File, batches, listed
from itudocs.errors import ReadError
from itudocs.model import Failure
from itudocs.reading import DEFAULT_LIMITS, Limits


def named(count: int, size: int = 3000) -> list[File]:
    return [File(name=f"/letters/{n:05}.txt", size=size, stamp="1") for n in range(count)]


def digests(files: list[File]) -> set[str]:
    return {one.digest for one in batches(files) if isinstance(one, Batch)}


@given(st.lists(st.integers(0, 4000), max_size=60), st.integers(1, 20), st.integers(1, 9000))
def test_every_file_is_in_one_batch_within_its_bounds(sizes: list[int], most: int, large: int) -> None:
    files = [File(name=f"/{n}", size=size, stamp="") for n, size in enumerate(sizes)]
    made = [one for one in batches(files, most=most, large=large) if isinstance(one, Batch)]
    assert [f for one in made for f in one.files] == files
    assert all(0 < len(one.files) <= most for one in made)
    assert all(sum(f.size for f in one.files) <= large or len(one.files) == 1 for one in made)


def test_a_new_file_disturbs_few_batches() -> None:
    files = named(5000)
    before = digests(files)
    after = digests([*files[:1234], File(name="/letters/01233a.txt", size=3000, stamp="1"), *files[1234:]])
    assert len(before) > 100
    assert len(before - after) <= 8


def test_a_changed_file_changes_the_digest_of_its_batch_alone() -> None:
    files = named(1000)
    before = digests(files)
    files[500] = File(name=files[500].name, size=3000, stamp="2")
    assert len(before - digests(files)) == 1


def test_folders_and_urls_list_the_same_files(tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="install it: pip install --group test")
    (tmp_path / "below").mkdir()
    for name in ("a.txt", "below/b.txt", "table.xlsx.parquet"):
        (tmp_path / name).write_text("x")
    local = [one.name for one in listed(tmp_path, limits=DEFAULT_LIMITS) if isinstance(one, File)]
    remote = [one.name for one in listed(f"file://{tmp_path}", limits=DEFAULT_LIMITS) if isinstance(one, File)]
    assert [Path(name).name for name in local] == ["a.txt", "b.txt"]
    assert remote == [f"file://{name}" for name in local]
    wild = [one.name for one in listed(f"file://{tmp_path}/*.txt", limits=DEFAULT_LIMITS) if isinstance(one, File)]
    assert wild == [f"file://{tmp_path}/a.txt"]


def test_a_file_named_twice_is_listed_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    assert len(list(listed([tmp_path, tmp_path / "a.txt"], limits=DEFAULT_LIMITS))) == 1


def test_a_name_that_is_not_utf8_is_a_failure_of_that_file_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xe9.txt")).write_text("x")
    one, other = listed(tmp_path, limits=DEFAULT_LIMITS)
    assert one.name == f"{tmp_path}/a.txt"
    assert isinstance(other, Failure)
    assert (other.name, other.reason) == (f"{tmp_path}/b\\xe9.txt", "unreadable")


def test_sources_that_are_there_are_told_by_the_name_they_would_fail_under(tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="install it: pip install --group test")
    (tmp_path / "below").mkdir()
    sources = [f"file://{tmp_path}/*.txt", f"{tmp_path}/below", f"{tmp_path}/none", f"file://{tmp_path}/below/"]
    found: list[str] = []
    (failure, other) = listed(sources, limits=DEFAULT_LIMITS, on_found=found.append)
    assert found == [str(tmp_path / "below"), f"file://{tmp_path}/below"]
    assert (failure.name, other.name) == (f"file://{tmp_path}/*.txt", str(tmp_path / "none"))


def test_what_cannot_be_listed_is_a_failure_or_an_error_that_names_it(tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="install it: pip install --group test")
    (tmp_path / "a.txt").write_text("xx")
    large, missing, gone = listed(
        [f"file://{tmp_path}/a.txt", tmp_path / "none.txt", f"file://{tmp_path}/none.txt"], limits=Limits(max_bytes=1)
    )
    assert isinstance(large, Failure)
    assert large.reason == "too-large"
    assert isinstance(missing, Failure)
    assert missing.reason == "missing"
    assert isinstance(gone, Failure)
    assert gone.reason == "missing"
    with pytest.raises(ReadError, match="nonesuch://letters cannot be listed"):
        list(listed("nonesuch://letters", limits=DEFAULT_LIMITS))
    with pytest.raises(ReadError, match="user name or password") as caught:
        list(listed("s3://me:secret@bucket/letters", limits=DEFAULT_LIMITS))
    assert "secret" not in str(caught.value) + caught.value.name
