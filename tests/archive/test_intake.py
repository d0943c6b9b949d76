"""Containers go in as the letters that are in them, once; what fails is remembered until it does not."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from itudocs.archive import ingest
from itudocs.archive.archive import Archive
from itudocs.archive.ingest import FormatTally, Progress
from itudocs.model import Failure
from itudocs.reading import Document, Limits, isolated
from tests.archive.archive_fakes import letter, write_letters
from tests.archive.conftest import Open
from tests.reading.made_containers import mail, tarred, zipped


def put(path: Path, *files: tuple[str, bytes]) -> Path:
    """A zip file; its date differs from that of the last one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped(files))
    return path


def names(archive: Archive) -> list[str]:
    return sorted(source.name for record in archive for source in archive.sources(record.key))


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are taken apart, as they are."""
    found: list[str] = []
    members = isolated.members

    def seen(document: Document, *, limits: Limits) -> Iterator[Document | Failure | str]:
        found.append(document.name)
        return members(document, limits=limits)

    monkeypatch.setattr(isolated, "members", seen)
    return found


# -- containers --------------------------------------------------------------------------------------------------------


def test_letters_in_containers_go_in_under_the_container_s_path(opened: Open, tmp_path: Path) -> None:
    write_letters(tmp_path / "in", [1])
    path = put(
        tmp_path / "in" / "b.zip", ("x/2.txt", letter(2)), ("t.tgz", tarred([("3.txt", letter(3))], mode="w:gz"))
    )
    (tmp_path / "in" / "c.eml").write_bytes(mail("See attached.", ("4.txt", letter(4))))
    (tmp_path / "in" / "d.txt.gz").write_bytes(gzip.compress(letter(5)))
    archive = opened()
    report = archive.add(tmp_path / "in")
    assert (report.added, report.failed, report.formats) == (5, (), (FormatTally(format="text", added=5),))
    assert names(archive) == [
        str(tmp_path / "in" / "000001.txt"), f"{path}!/t.tgz!/3.txt", f"{path}!/x/2.txt",
        str(tmp_path / "in" / "c.eml!/4.txt"), str(tmp_path / "in" / "d.txt.gz!/d.txt"),
    ]  # fmt: skip
    assert archive.get("cr/2").source.name == "2.txt"
    assert archive.data("cr/3") == letter(3)
    assert archive.verify() == []


def test_the_same_letter_in_a_file_and_in_a_container_is_one_letter_with_two_sources(
    opened: Open, tmp_path: Path
) -> None:
    write_letters(tmp_path / "in", [1])
    put(tmp_path / "in" / "b.zip", ("1.txt", letter(1)), ("again.txt", letter(1)))
    archive = opened()
    report = archive.add(tmp_path / "in")
    assert (report.added, report.duplicates, len(archive)) == (1, 2, 1)
    assert len(archive.sources("cr/1")) == 3


def test_a_container_that_is_in_costs_one_hash(opened: Open, tmp_path: Path, unpacked: list[str]) -> None:
    path = put(tmp_path / "b.zip", ("1.txt", letter(1)), ("2.txt", letter(2)), ("p.png", b"x"))
    archive = opened()
    assert archive.add(path).skipped == 1
    assert unpacked == [str(path)]
    again = archive.add(path)
    assert (again.unchanged, again.added, again.skipped) == (2, 0, 1)
    assert unpacked == [str(path)]


def test_a_container_that_changed_replaces_its_letters_and_loses_none(opened: Open, tmp_path: Path) -> None:
    path = put(tmp_path / "b.zip", ("1.txt", letter(1)), ("2.txt", letter(2)), ("3.txt", letter(3)))
    archive = opened()
    archive.add(path)
    put(path, ("1.txt", letter(1)), ("2.txt", letter(20)))
    report = archive.add(path)
    assert (report.unchanged, report.updated, report.removed) == (1, 1, 1)
    assert {r.id for r in archive} == {"cr/1", "cr/20", "cr/3"}
    assert archive.add(path).unchanged == 2


def test_a_letter_removed_from_the_archive_comes_back_out_of_its_container(opened: Open, tmp_path: Path) -> None:
    path = put(tmp_path / "b.zip", ("1.txt", letter(1)), ("2.txt", letter(2)))
    archive = opened()
    archive.add(path)
    archive.remove("cr/1")
    assert archive.add(path).added == 1
    assert archive.add(path).unchanged == 2


def test_another_parser_looks_into_a_container_again(
    opened: Open, tmp_path: Path, unpacked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "b.zip", ("1.txt", letter(1)))
    archive = opened()
    archive.add(path)
    monkeypatch.setattr("itudocs.archive.archive._parser_version", lambda: "fake-2")
    archive.add(path)
    assert len(unpacked) == 2


def test_documents_from_memory_are_opened_too(opened: Open) -> None:
    archive = opened()
    document = Document(name="b.zip", data=zipped([("1.txt", letter(1)), ("2.txt", letter(2))]))
    report = archive.add_documents([document, Document(name="3", data=letter(3))])
    assert report.added == 3
    assert names(archive) == ["3", "b.zip!/1.txt", "b.zip!/2.txt"]
    assert archive.add_documents([document]).unchanged == 2


def test_progress_counts_the_members_of_containers(opened: Open, tmp_path: Path) -> None:
    write_letters(tmp_path / "in", [1, 2])
    put(tmp_path / "in" / "b.zip", *((f"{n}.txt", letter(n)) for n in range(3, 8)))
    steps: list[Progress] = []
    archive = opened()
    archive.add(tmp_path / "in", progress=steps.append)
    assert (steps[-1].done, steps[-1].total) == (7, 7)
    archive.add(tmp_path / "in", progress=steps.append)
    assert (steps[-1].done, steps[-1].total) == (7, 7)


def test_limits_hold_for_containers_in_an_archive(opened: Open, tmp_path: Path) -> None:
    path = put(tmp_path / "b.zip", *((f"{n}.txt", letter(n)) for n in range(5)))
    archive = opened()
    report = archive.add(path, limits=Limits(max_members=3))
    assert (report.added, [f.reason for f in report.failed]) == (0, ["too-many"])
    assert archive.add(path).added == 5


def test_a_hostile_member_does_not_keep_the_others_out(opened: Open, tmp_path: Path) -> None:
    path = put(tmp_path / "b.zip", ("../1.txt", letter(1)), ("bomb.txt", bytes(10**7)), ("2.txt", letter(2)))
    archive = opened()
    report = archive.add(path)
    assert report.added == 1
    assert [(f.name, f.reason) for f in report.failed] == [
        (f"{path}!/../1.txt", "traversal"), (f"{path}!/bomb.txt", "bomb"),
    ]  # fmt: skip
    assert report.formats == (FormatTally(format="txt", failed=2), FormatTally(format="text", added=1))
    assert not (tmp_path.parent / "1.txt").exists()


def test_a_run_ends_where_it_is_told_to_with_what_it_has(opened: Open, tmp_path: Path) -> None:
    write_letters(tmp_path / "in", range(20))
    asked = iter([False] * 5 + [True] * 100)
    archive = opened()
    report = archive.add(tmp_path / "in", stop=lambda: next(asked))
    assert report.added == len(archive) == 5
    assert archive.log()[0].finished
    assert archive.add(tmp_path / "in").added == 15


def test_a_thousand_mixed_files_go_in_without_a_stop(opened: Open, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for n in range(1000):
        body = letter(n, subject=f"Subject {n}")
        name, data = [
            (f"{n}.txt", body), (f"{n}", body), (f"{n}.txt.gz", gzip.compress(body, mtime=0)),
            (f"{n}.zip", zipped([("a/letter.txt", body), ("photo.png", b"x")])), (f"{n}.tar", tarred([("letter.txt", body)])),
            (f"{n}.eml", mail("Please find attached.", ("letter.txt", body))), (f"{n}.txt", b"unreadable " + body),
            (f"{n}.zip", zipped([("letter.txt", body)])[:-30]), (f"{n}.tgz", b"\x1f\x8b\x08" + os.urandom(300)), (f"{n}.zip", zipped([("../x.txt", body)])),
        ][n % 10]  # fmt: skip
        (folder / str(n % 7)).mkdir(parents=True, exist_ok=True)
        (folder / str(n % 7) / name).write_bytes(data)
    archive = opened()
    report = archive.add(folder)
    assert (report.added, len(report.failed), len(archive)) == (600, 400, 600)
    assert {f.reason for f in report.failed} <= {"binary", "truncated", "damaged", "traversal"}
    again = archive.add(folder)
    assert (again.added, again.unchanged) == (0, report.added)


# -- what failed -------------------------------------------------------------------------------------------------------


def test_what_failed_is_remembered_until_it_goes_in(opened: Open, tmp_path: Path) -> None:
    write_letters(tmp_path / "in", [1])
    bad = tmp_path / "in" / "bad.txt"
    bad.write_bytes(b"unreadable")
    path = put(tmp_path / "in" / "b.zip", ("2.txt", letter(2)), ("3.txt", b"unreadable too"))
    archive = opened()
    archive.add(tmp_path / "in")
    assert [(one.name, one.reason, one.tries) for one in archive.failing()] == [
        (f"{path}!/3.txt", "binary", 1), (str(bad), "binary", 1),
    ]  # fmt: skip
    report = archive.retry()
    assert len(report.failed) == 2
    assert report.unchanged == 1  # of the container, what had gone in
    assert [one.tries for one in archive.failing()] == [2, 2]
    bad.write_bytes(letter(4))
    assert archive.retry().added == 1
    assert [one.name for one in archive.failing()] == [f"{path}!/3.txt"]
    put(path, ("2.txt", letter(2)), ("three.txt", letter(3)))
    assert archive.retry().added == 1
    assert archive.failing() == ()
    assert archive.retry().took >= 0


def test_a_file_without_a_word_is_no_letter_and_is_tried_again(opened: Open, tmp_path: Path) -> None:
    write_letters(tmp_path / "in", [1])
    first, second, blank = (tmp_path / "in" / name for name in ("e0.docx", "e1.txt", "e2.txt"))
    first.write_bytes(b"")
    second.write_bytes(b"")
    blank.write_bytes(b" \r\n\t")
    path = put(tmp_path / "in" / "f.zip", ("2.txt", letter(2)), ("3.txt", b""))
    archive = opened()
    report = archive.add(tmp_path / "in")
    assert (report.added, len(archive)) == (2, 2)
    assert [(one.name, one.reason) for one in report.failed] == [
        (str(first), "empty"), (str(second), "empty"), (str(blank), "empty"), (f"{path}!/3.txt", "empty"),
    ]  # fmt: skip
    for one in report.failed:
        assert one.message.startswith(f"{one.name} is empty, ")
        assert ("no bytes" in one.message) == (one.name != str(blank))
    first.write_bytes(letter(4))
    again = archive.retry()
    assert (again.added, len(again.failed)) == (1, 3)
    assert str(first) not in {one.name for one in archive.failing()}
    documents = archive.add_documents([Document(name="a", data=b""), Document(name="b", data=letter(5))])
    assert (documents.added, [one.name for one in documents.failed]) == (1, ["a"])


def test_a_letter_whose_file_was_emptied_stays(opened: Open, tmp_path: Path) -> None:
    (path,) = write_letters(tmp_path, [1])
    archive = opened()
    archive.add(path)
    path.write_bytes(b"")
    report = archive.add(path)
    assert (report.updated, report.removed, [one.reason for one in report.failed]) == (0, 0, ["empty"])
    assert archive.data("cr/1") == letter(1)


@pytest.mark.usefixtures("real_parser")
def test_a_form_in_which_there_is_no_word_is_no_letter(opened: Open) -> None:
    form = rb"{\rtf1{\pict 00ff}\par}"
    report = opened().add_documents([Document(name="a.rtf", data=form), Document(name="b.txt", data=b"Dear Sir,")])
    assert (report.added, [(one.name, one.reason) for one in report.failed]) == (1, [("a.rtf", "empty")])


def test_a_file_put_back_as_it_was_no_longer_fails(opened: Open, tmp_path: Path) -> None:
    (path,) = write_letters(tmp_path, [1])
    archive = opened()
    archive.add(path)
    path.write_bytes(b"unreadable")
    assert len(archive.add(path).failed) == 1
    assert [one.name for one in archive.failing()] == [str(path)]
    write_letters(tmp_path, [1])
    assert archive.add(path).unchanged == 1
    assert archive.failing() == ()


def test_a_container_with_a_letter_that_failed_is_looked_at_again(
    opened: Open, tmp_path: Path, unpacked: list[str]
) -> None:
    path = put(tmp_path / "b.zip", ("1.txt", letter(1)), ("2.txt", b"unreadable"), ("3.txt", b"unreadable"))
    archive = opened()
    for _ in range(2):
        assert len(archive.add(path).failed) == 2
    assert len(unpacked) == 2


def test_a_missing_file_fails_under_its_full_name(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    archive = opened()
    archive.add("gone.txt")
    assert [one.name for one in archive.failing()] == [str(tmp_path / "gone.txt")]


def test_what_failed_is_written_with_the_batch_that_it_belongs_to(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container is remembered no sooner than its last letter is stored."""
    monkeypatch.setattr(ingest, "BATCH", 2)
    path = put(tmp_path / "b.zip", *((f"{n}.txt", letter(n)) for n in range(5)))
    archive = opened()

    def stop_after_three(step: Progress) -> None:
        if step.done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.add(path, progress=stop_after_three)
    assert len(archive) == 4
    report = archive.add(path)
    assert (report.unchanged, report.added) == (4, 1)
