"""An index from somebody else's hands runs no code, and a damaged one says so."""

# Whoosh's classes are typed in part only.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import importlib
import io
import os
import pickle
import pickletools
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from itudocs.errors import ArchiveDamaged
from itudocs.search.embedded import WhooshEngine, contents, storage
from itudocs.search.embedded.schema import whoosh_schema
from itudocs.search.engine import Request, Results
from itudocs.search.query import parse_query
from tests.search.search_letters import LETTERS, entry, many

QUERIES = ("number", '"informal consultation"', "CR/387", "tel*", "sumit~1", "date:2003", "-x", "bureau:TSB", "会议")


class Bomb:
    """Runs when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    if "pickle" in request.node.name or "bomb" in request.node.name:
        # Whoever plants a pickle can compute a checksum too: these tests do without any.
        request.getfixturevalue("monkeypatch").setattr(contents, "checksum", lambda data: 0)
    folder = tmp_path / "index"
    folder.mkdir()
    WhooshEngine().update(folder, add=LETTERS, remove=())
    return folder


def toc_of(folder: Path) -> Path:
    return next(folder.glob("*.toc"))


def segment_of(folder: Path) -> Path:
    return next(folder.glob("*.seg"))


def search_all(folder: Path) -> list[Results]:
    searcher = WhooshEngine().open(folder)
    try:
        return [
            searcher.search(Request(query=parse_query(q), facets=("bureau", "year", "place"), snippets=2, sort=sort))
            for q in QUERIES
            for sort in ("relevance", "-date", "ref")
        ]
    finally:
        searcher.close()


def test_an_untouched_index_answers(folder: Path) -> None:
    assert all(r.total for r in search_all(folder))


# --- pickles ---


def test_the_schema_pickled_into_the_table_of_contents_is_never_loaded(folder: Path, tmp_path: Path) -> None:
    data = toc_of(folder).read_bytes()
    start = data.index(b"\x80\x02")  # the schema comes first, after its length
    end = pickle_end(data, start)
    bomb = pickle.dumps(Bomb(tmp_path / "ran"), 2)
    planted = bomb + b" " * (end - start - len(bomb))  # what follows a pickle's end is ignored
    toc_of(folder).write_bytes(data[:start] + planted + data[end:])
    assert all(r.total for r in search_all(folder))
    assert not (tmp_path / "ran").exists()


def test_a_pickle_in_place_of_the_segments_does_not_run(folder: Path, tmp_path: Path) -> None:
    data = toc_of(folder).read_bytes()
    start = data.rindex(b"\x80\x05")
    toc_of(folder).write_bytes(data[:start] + pickle.dumps(Bomb(tmp_path / "ran")) + bytes(4))
    check_refused(folder, toc_of(folder), tmp_path / "ran")


def pickle_end(data: bytes, start: int) -> int:
    """Where the pickle that begins at `start` ends."""
    file = io.BytesIO(data)
    file.seek(start)
    for _ in pickletools.genops(file):
        pass
    return file.tell()


def pickles_in(data: bytes) -> list[tuple[int, int]]:
    """Where there are pickles among bytes: beginnings and ends."""
    found = []
    at = 0
    while (at := min((i for i in (data.find(b"\x80\x02", at), data.find(b"\x80\x05", at)) if i >= 0), default=-1)) >= 0:
        try:
            end = pickle_end(data, at)
        except (ValueError, UnicodeDecodeError):
            at += 1
            continue
        found.append((at, end))
        at = end
    return found


def test_there_is_no_pickle_in_a_segment(folder: Path) -> None:
    assert len(pickles_in(toc_of(folder).read_bytes())) == 2
    assert pickles_in(segment_of(folder).read_bytes()) == []


def test_a_segment_made_of_bombs_does_not_run(folder: Path, tmp_path: Path) -> None:
    data = segment_of(folder).read_bytes()
    bomb = pickle.dumps(Bomb(tmp_path / "ran"))
    segment_of(folder).write_bytes((bomb * (len(data) // len(bomb) + 1))[: len(data)])
    check_refused(folder, segment_of(folder), tmp_path / "ran")


def check_refused(folder: Path, file: Path, mark: Path) -> None:
    for act in (lambda: search_all(folder), lambda: WhooshEngine().update(folder, add=many(2), remove=["a"])):
        with pytest.raises(ArchiveDamaged) as damaged:
            act()
        assert str(file) in str(damaged.value)
        assert not mark.exists()


def test_whoosh_never_unpickles_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All its own doors are bricked up while an index is written, spilled to disk, merged and searched."""

    def never(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("whoosh unpickled something")

    class Bricked:
        load = loads = Unpickler = staticmethod(never)
        dumps, dump, PicklingError = pickle.dumps, pickle.dump, pickle.PicklingError

    for name, doors in {
        "codec.whoosh3": "loads", "columns": "loads", "externalsort": "load", "filedb.structfile": "load load_pickle",
        "formats": "loads",
    }.items():  # fmt: skip
        module = importlib.import_module(f"whoosh.{name}")
        found = [door for door in doors.split() if hasattr(module, door)]
        assert found, name
        for door in found:
            monkeypatch.setattr(module, door, never)
    try:
        monkeypatch.setattr("whoosh.codec.whoosh2.loads", never)
    except ImportError:  # Whoosh-Reloaded's cannot be imported, and so has no door
        assert "whoosh.codec.whoosh2" not in sys.modules
    monkeypatch.setattr("whoosh.index.pickle", Bricked)
    monkeypatch.setattr("whoosh.filedb.fileindex.pickle", Bricked)
    monkeypatch.setattr("itudocs.search.embedded.writer.MEMORY", 0.05)
    letters = many(60)
    engine = WhooshEngine()
    for start in range(0, 60, 6):
        engine.update(
            tmp_path, add=letters[start : start + 6], remove=[letters[start // 2].record.key] if start else []
        )
    engine.update(tmp_path, add=LETTERS, remove=())
    assert len(list(tmp_path.glob("*.seg"))) < 11  # some were merged
    assert all(r.total for r in search_all(tmp_path))


@pytest.mark.parametrize(
    "name", ["os.system", "builtins.eval", "builtins.getattr", "itudocs.search.embedded.codec.zlib", "codecs.encode"]
)
def test_only_the_classes_of_an_index_can_be_unpickled(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    with pytest.raises(contents.UnsafePickleError, match=attribute):
        contents.loads(f"c{module}\n{attribute}\n.".encode())


# --- damage ---


def same(one: list[Results], other: list[Results]) -> bool:
    return [(r.total, r.hits, r.facets) for r in one] == [(r.total, r.hits, r.facets) for r in other]


@pytest.mark.parametrize("which", [toc_of, segment_of])
def test_a_truncated_file_is_damage_and_is_named(folder: Path, which: Callable[[Path], Path]) -> None:
    file = which(folder)
    data = file.read_bytes()
    for length in [0, 1, 11, 13, len(data) // 3, len(data) // 2, len(data) - 200, len(data) - 2, len(data) - 1]:
        file.write_bytes(data[:length])
        with pytest.raises(ArchiveDamaged) as damaged:
            search_all(folder)
        assert str(file) in str(damaged.value)
        assert "rebuilt" in str(damaged.value)


@pytest.mark.parametrize("which", [toc_of, segment_of])
def test_a_missing_file_is_damage_and_is_named(folder: Path, which: Callable[[Path], Path]) -> None:
    which(folder).unlink()
    with pytest.raises(ArchiveDamaged) as damaged:
        search_all(folder)
    assert str(folder) in str(damaged.value)


@pytest.mark.parametrize("which", [toc_of, segment_of])
def test_no_flipped_bit_changes_an_answer_in_silence(folder: Path, which: Callable[[Path], Path]) -> None:
    file = which(folder)
    right = search_all(folder)
    data = bytearray(file.read_bytes())
    rnd = random.Random(3)
    noticed = 0
    for _ in range(150):
        at, bit = rnd.randrange(len(data)), 1 << rnd.randrange(8)
        data[at] ^= bit
        file.write_bytes(data)
        data[at] ^= bit
        found = damage_or_answers(folder)
        if isinstance(found, str):
            noticed += 1
            assert str(file) in found
        else:
            assert same(found, right)
    assert noticed > 140


def test_no_flipped_bit_of_a_worn_index_changes_an_answer_in_silence(tmp_path: Path) -> None:
    """Several segments, deleted letters in each: 150 bits, the files in turn."""
    engine = WhooshEngine()
    for letters, gone in ((LETTERS, []), (many(20), ["e"]), ([LETTERS[0]], ["f"]), (many(9, seed=3), [])):
        engine.update(tmp_path, add=letters, remove=gone)
    files = sorted(tmp_path.iterdir())
    assert len(files) >= 4
    right, rnd, noticed = search_all(tmp_path), random.Random(8), 0
    for n in range(150):
        file = files[n % len(files)]
        data = bytearray(file.read_bytes())
        sound = bytes(data)
        data[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)
        file.write_bytes(data)
        found = damage_or_answers(tmp_path)
        if isinstance(found, str):
            noticed += 1
            assert str(file) in found
        else:
            assert same(found, right)
        file.write_bytes(sound)
    assert noticed > 130


def damage_or_answers(folder: Path) -> str | list[Results]:
    try:
        return search_all(folder)
    except ArchiveDamaged as damaged:
        return str(damaged)


def test_an_update_of_a_damaged_index_is_refused(folder: Path) -> None:
    segment_of(folder).write_bytes(segment_of(folder).read_bytes()[:-50])
    with pytest.raises(ArchiveDamaged):
        WhooshEngine().update(folder, add=[entry("new", "x")], remove=())


# --- Whoosh's own readers ---


def test_whoosh_reads_the_index_with_its_own_readers_and_matchers(folder: Path) -> None:
    from whoosh.index import FileIndex
    from whoosh.query.compound import And
    from whoosh.query.positional import Phrase
    from whoosh.query.terms import Term

    index = FileIndex(storage.GuardedStorage(str(folder)), whoosh_schema(), contents.NAME)
    with index.searcher() as searcher:
        assert searcher.doc_count() == len(LETTERS)
        assert len(searcher.search(Term("text", "summit"))) == 2
        assert len(searcher.search(And([Term("text", "summit"), Term("bureau", "tsb")]))) == 1
        assert len(searcher.search(Phrase("text", ["informal", "consultation"]))) == 1
        assert len(searcher.search(Phrase("text", ["consultation", "informal"]))) == 0
        matcher = searcher.postings("text", "the")
        assert matcher.value_as("positions")
        assert matcher.copy().id() == matcher.id()


def test_a_copied_index_answers_the_same(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    assert same(search_all(folder), search_all(tmp_path / "copy"))


def test_the_folder_holds_two_files_after_a_first_update_and_no_lock(folder: Path) -> None:
    assert sorted(f.suffix for f in folder.iterdir()) == [".seg", ".toc"]
