"""An index from somebody else's hands runs no code, and a damaged one says so."""

# Whoosh's classes are typed in part only.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import io
import os
import pickle
import pickletools
import random
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from itudocs.errors import ArchiveDamaged
from itudocs.search.embedded import WhooshEngine, codec, segments, storage
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
        request.getfixturevalue("monkeypatch").setattr(storage, "checksum", lambda data: 0)
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
    """Where there are pickles in a segment: heads of blocks, blocks, extras of the dictionary, the directory."""
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


def test_no_pickle_anywhere_in_a_segment_runs(folder: Path, tmp_path: Path) -> None:
    """One pickle of a segment after the other is replaced by one that makes a folder."""
    data = segment_of(folder).read_bytes()
    bomb = b"cos\nmkdir\n(U\x01xtR."  # the shortest that makes a folder `x` where the process stands
    places = [(a, b) for a, b in pickles_in(data) if b - a >= len(bomb)]
    assert len(places) > 200
    chosen = random.Random(1).sample(places[:-2], 60) + places[-2:]
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        refused = 0
        for start, end in chosen:
            segment_of(folder).write_bytes(data[:start] + bomb + b" " * (end - start - len(bomb)) + data[end:])
            found = damage_or_answers(folder)
            refused += isinstance(found, str) and segment_of(folder).name in found
            assert not (tmp_path / "x").exists()
        assert refused
        with pytest.raises(storage.UnsafePickleError):
            storage.loads(bomb)
        pickle.loads(bomb)
        assert (tmp_path / "x").is_dir()  # the bomb is a real one
    finally:
        os.chdir(before)


def rewrite(folder: Path, name_ends: str, change: Callable[[bytes], bytes]) -> None:
    """Change one of the files packed into the segment, keeping all others."""
    from whoosh.filedb.compound import CompoundStorage

    files = storage.GuardedStorage(str(folder))
    toc = segments.contents(folder, files, whoosh_schema())
    segment = toc.segments[0]
    packed = segment.open_compound_file(files)
    contents = {}
    for name in packed.list():
        file = packed.open_file(name)
        contents[name] = file.read()
        file.close()
    packed.close()
    (name,) = [n for n in contents if n.endswith(name_ends)]
    contents[name] = change(contents[name])
    loose = storage.GuardedStorage(str(folder.parent / "loose"))
    loose.create()
    for name, data in contents.items():
        out = loose.create_file(name)
        out.write(data)
        out.close()
    CompoundStorage.assemble(
        files.create_file(segment_of(folder).name), loose, list(contents), checksums=dict.fromkeys(contents, 0)
    )


@pytest.mark.parametrize("where", [".trm", ".pst"])
def test_a_bomb_in_the_dictionary_or_in_a_block_does_not_run(folder: Path, tmp_path: Path, where: str) -> None:
    bomb = pickle.dumps(Bomb(tmp_path / "ran"), 2)

    def plant(data: bytes) -> bytes:
        if where == ".trm":  # the extras, before the index of keys
            start = data.rindex(b"\x80\x05", 0, data.rindex(b"fieldmap"))
            return data[:start] + bomb + data[start + len(bomb) :]
        out = bytearray()
        while len(out) < len(data):  # every posting list becomes a head that is a bomb
            out += b"W3Bl" + (-len(bomb)).to_bytes(4, "big", signed=True) + bomb
        return bytes(out[: len(data)])

    rewrite(folder, where, plant)
    check_refused(folder, segment_of(folder), tmp_path / "ran")


def test_a_bomb_in_the_data_of_every_block_does_not_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_bombs(self: Any, last: bool = False) -> None:
        self._mini_values = lambda: Bomb(tmp_path / "ran")
        original(self, last)

    original = codec.PostingsWriter._write_block
    monkeypatch.setattr(codec.PostingsWriter, "_write_block", write_bombs)
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    WhooshEngine().update(hostile, add=LETTERS, remove=())
    check_refused(hostile, segment_of(hostile), tmp_path / "ran")


def test_a_bomb_in_the_directory_of_a_segment_does_not_run(folder: Path, tmp_path: Path) -> None:
    data = segment_of(folder).read_bytes()
    start, end = int.from_bytes(data[:8], "big"), len(data)
    bomb = pickle.dumps(Bomb(tmp_path / "ran"))
    segment_of(folder).write_bytes(data[:start] + bomb + b" " * (end - start - len(bomb)))
    check_refused(folder, segment_of(folder), tmp_path / "ran")


def test_bombs_among_the_stored_rows_and_columns_are_never_read(folder: Path, tmp_path: Path) -> None:
    bomb = zlib.compress(pickle.dumps({"x": Bomb(tmp_path / "ran")}))
    rewrite(folder, "_stored.col", lambda data: bomb * 8 + bytes([len(bomb)] * 8) + b"B")
    assert all(r.total for r in search_all(folder))
    WhooshEngine().update(folder, add=many(3), remove=[e.record.key for e in LETTERS[:4]])  # merges what is left
    assert not (tmp_path / "ran").exists()


def check_refused(folder: Path, file: Path, mark: Path) -> None:
    for act in (lambda: search_all(folder), lambda: WhooshEngine().update(folder, add=many(2), remove=["a"])):
        with pytest.raises(ArchiveDamaged) as damaged:
            act()
        assert str(file) in str(damaged.value)
        assert not mark.exists()


def test_whoosh_never_unpickles_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All its own doors are bricked up while an index is written, spilled to disk, merged and searched."""
    import whoosh.codec.whoosh2
    import whoosh.codec.whoosh3
    import whoosh.columns
    import whoosh.externalsort
    import whoosh.filedb.fileindex
    import whoosh.filedb.structfile
    import whoosh.formats
    import whoosh.index

    def never(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("whoosh unpickled something")

    class Bricked:
        load = loads = Unpickler = staticmethod(never)
        dumps, dump, PicklingError = pickle.dumps, pickle.dump, pickle.PicklingError

    for module, name in (
        (whoosh.codec.whoosh2, "loads"), (whoosh.codec.whoosh3, "loads"), (whoosh.columns, "loads"),
        (whoosh.externalsort, "load"),         (whoosh.filedb.structfile, "load"), (whoosh.formats, "loads"),
    ):  # fmt: skip
        assert hasattr(module, name)
        monkeypatch.setattr(module, name, never)
    monkeypatch.setattr(whoosh.index, "pickle", Bricked)
    monkeypatch.setattr(whoosh.filedb.fileindex, "pickle", Bricked)
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
    with pytest.raises(storage.UnsafePickleError, match=attribute):
        storage.loads(f"c{module}\n{attribute}\n.".encode())


def test_the_spelling_of_bytes_cannot_name_another_codec() -> None:
    assert storage.loads(pickle.dumps(b"\xff\x00", 2)) == b"\xff\x00"
    with pytest.raises(storage.UnsafePickleError):
        storage.loads(b"c_codecs\nencode\n(Vabc\nVrot13\ntR.")


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

    index = FileIndex(storage.GuardedStorage(str(folder)), whoosh_schema(), segments.NAME)
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
