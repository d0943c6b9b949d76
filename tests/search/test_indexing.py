"""Letters on their way into an index: tokens, posting lists, segments, several processes."""

from __future__ import annotations

import random
from bisect import bisect_right
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.errors import ArchiveError
from itudocs.search.embedded import (
    WhooshEngine,
    analysis,
    batch,
    build,
    columns,
    contents,
    lists,
    pages,
    postings,
    segments,
    shard,
    writer,
)
from itudocs.search.embedded.execute import Marks
from itudocs.search.embedded.snippets import _nearby, _throughout
from itudocs.search.engine import Request, Searcher
from itudocs.search.query import parse_query
from tests.search.search_letters import LETTERS, entry, many

LANGUAGES = st.sampled_from(["en", "fr", "es", "ru", "ar", "zh", None])
TEXTS = st.text(max_size=80) | st.lists(
    st.sampled_from([
        "ITU-R", "1–7", "l’Union", "第63号通函", "numéro", "Ёлка", "4/LCCE/71", "Numbers.", "(numbering)", "a--b", "-x-", "_y_", "e.g.",
        "", "_", "a\u0301b", "2004", "x@y.int,", "don't", "'", "A" * 120, "\t", "co\u00adop",
    ])
).map(" ".join)  # fmt: skip


def open_(folder: Path) -> Searcher:
    return WhooshEngine().open(folder)


# --- tokens ---


@given(st.lists(TEXTS, min_size=1, max_size=3), LANGUAGES)
@settings(max_examples=200, deadline=None)
def test_a_batch_has_the_terms_positions_and_stems_that_analysis_gives(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], language: str | None
) -> None:
    """Batches take short ways (splitting at spaces, one look at each word); they must not show."""
    folder = tmp_path_factory.mktemp("batch")
    letters = [entry(str(i), text, language=language, subject=text[:30]) for i, text in enumerate(texts)]
    gathered = batch.Batch(folder, batch.Vocabulary())
    for letter in letters:
        gathered.add(letter)
    checksum = gathered.write(folder / "MAIN_x.seg")
    gathered.close()
    segment = segments.Segment(folder, contents.Described("MAIN_x", len(letters), frozenset(), checksum))
    found: dict[tuple[int, str], list[int]] = {}
    stems: dict[tuple[int, str], int] = {}
    for term in segment.lexicon("text"):
        some = segment.postings(segment.entries(term)[segment.fields["text"]], positions=True)
        assert some.positions is not None
        for letter, places in zip(
            some.ids.tolist(), np.split(some.positions, np.cumsum(some.counts)[:-1]), strict=True
        ):
            found[letter, term.decode()] = places.tolist()
    field = f"text_stems_{language if language in analysis.STEMMED else 'other'}"
    for term in segment.lexicon(field):
        some = segment.postings(segment.entries(term)[segment.fields[field]])
        stems.update({(i, term.decode()): n for i, n in zip(some.ids.tolist(), some.counts.tolist(), strict=True)})
    for i, text in enumerate(texts):
        expected = analysis.terms([text], language)
        assert {t: p for (letter, t), p in found.items() if letter == i} == dict(expected.exact)
        assert int(segment.lengths("text")[i]) == expected.length
        for stem, count in expected.stems.items():
            assert stems[i, stem.partition(":")[2]] >= count
    segment.close()


# --- posting lists ---


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_posting_lists_come_back_as_they_were(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 400))
    chance = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    spread = data.draw(st.sampled_from([1, 3, 126, 127, 128, 300, 40_000, 100_000]))
    ids = np.cumsum(chance.integers(1, spread + 1, size)) - 1
    counts = np.minimum(chance.geometric(data.draw(st.sampled_from([0.9, 0.5, 0.02, 0.002])), size), 3_000)
    steps = chance.integers(0, data.draw(st.sampled_from([2, 127, 200, 20_000, 3_000_000])), int(counts.sum()))
    raw, widths = postings.step_bytes(steps)
    assert len(raw) == int(widths.sum())
    assert postings.steps(raw.tobytes()).tolist() == steps.tolist()
    packed, blocks = postings.pack(ids, counts, raw.tobytes())
    assert len(packed) % 4 == 0
    view = memoryview(packed + b"more")
    opened = postings.Packed(view[: postings.Packed.length(view[: postings.Packed.HEAD])])
    again, often = opened.decode()
    assert again.tolist() == ids.tolist()
    assert often.tolist() == counts.tolist()
    ends = np.cumsum(counts)
    if opened.stride:
        edges = [*opened.marks(), len(blocks)]
        stretches = [postings.unblock(blocks[a:b]) for a, b in pairwise(edges)]
        sizes = np.add.reduceat(counts, np.arange(0, size, opened.stride)).tolist()
    else:
        stretches, sizes = [blocks], [int(ends[-1])]
        rows = np.flatnonzero(chance.random(size) < 0.3)
        some = postings.some_of(blocks, ends, counts[rows], rows)
        assert some.tolist() == [n for r in rows.tolist() for n in steps[ends[r] - counts[r] : ends[r]].tolist()]
    assert postings.unplaned(stretches, sizes).tolist() == steps.tolist()
    bases = chance.integers(0, 10_000, size)
    places = [p for own in np.split(steps, ends[:-1]) for p in np.cumsum(own).tolist()]
    assert postings.placed(steps.copy(), counts).tolist() == places
    assert postings.placed(steps, counts, bases).tolist() == (np.repeat(bases, counts) + places).tolist()


@given(st.integers(0, 10**6), st.sampled_from([10, 3_000_000]), st.sampled_from([5, 300]), st.sampled_from([5, 300]))
@settings(max_examples=60, deadline=None)
def test_what_two_lists_share_is_found_on_a_strip(seed: int, size: int, some: int, others: int) -> None:
    chance = np.random.default_rng(seed)
    wanted, among = (np.unique(chance.integers(0, size, n)) for n in (some, others))
    assert lists.on_strip(wanted, among, size).tolist() == np.isin(wanted, among).tolist()


# --- files ---


def test_every_byte_of_a_segment_is_vouched_for(tmp_path: Path) -> None:
    path = tmp_path / "x"
    file = pages.PageWriter(path)
    sections = {"a": bytes(range(256)) * 200, "b": b"", "c": b"x" * 20_000}
    for name, data in sections.items():
        file.add(name, data)
    checksum = file.finish({"note": 1})
    data = path.read_bytes()
    opened = pages.Pages(path, directory=checksum)
    assert {name: bytes(opened.view(name)) for name in sections} == sections
    opened.close()
    chance = random.Random(1)
    for _ in range(60):
        at = chance.randrange(len(data))
        path.write_bytes(data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :])
        try:
            opened = pages.Pages(path, directory=checksum)
            same = all(bytes(opened.view(name)) == value for name, value in sections.items())
            opened.close()
            assert same  # it was a byte between the sections
        except ValueError:
            continue


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"there")
    with pytest.raises(FileExistsError):
        pages.PageWriter(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"there"


# --- segments ---


def test_single_updates_leave_few_segments_and_few_deleted_letters(tmp_path: Path) -> None:
    letters, chance = many(90), random.Random(2)
    engine = WhooshEngine()
    for i in range(180):
        engine.update(
            tmp_path, add=[letters[i // 2] if i % 2 == 0 else chance.choice(letters[: i // 2 + 1])], remove=()
        )
    table = segments.table(tmp_path)
    assert table is not None
    assert sum(d.live for d in table.segments) == 90
    assert sum(d.size for d in table.segments) <= 1.4 * 90
    assert len(table.segments) <= 3 * writer.FANOUT
    assert {f.name for f in tmp_path.iterdir()} == {contents.file_name(179), *(d.file for d in table.segments)}


def test_segments_answer_alike_however_they_were_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short lists, packed ones, dense ones, positions of many blocks: all survive being laid aside and merged."""
    letters = [entry(f"{i:03d}", f"amber {'birch ' * (i % 7)}kelp{i % 50} " * 30, language="en") for i in range(600)]
    folders = [tmp_path / name for name in ("one", "many", "merged", "worn")]
    for folder in folders:
        folder.mkdir()
    WhooshEngine().update(folders[0], add=letters, remove=())
    monkeypatch.setattr(writer, "MEMORY", 0.3)
    monkeypatch.setattr(build, "AT_ONCE", 700)
    WhooshEngine().update(folders[1], add=letters, remove=())
    monkeypatch.setattr(writer, "FANOUT", 2)
    for first in range(0, 600, 120):
        WhooshEngine().update(folders[2], add=letters[first : first + 120], remove=())
    WhooshEngine().update(folders[3], add=letters, remove=())
    WhooshEngine().update(folders[3], add=letters[::3], remove=())
    for folder, count in zip(folders, (1, 1, 2, 2), strict=True):
        table = segments.table(folder)
        assert table is not None
        assert len(table.segments) <= count
    one, *others = map(open_, folders)
    for query in ("amber", "birch", '"birch birch"', '"amber kelp7"', "kelp*", "kelp1~1", '"kelp9 birch"~3', "-kelp3"):
        request = Request(query=parse_query(query), limit=1000, facets=("language",))
        expected = one.search(request)
        assert expected.hits
        for other in others:
            found = other.search(request)
            assert (found.hits, found.facets) == (expected.hits, expected.facets)
    for searcher in (one, *others):
        searcher.close()


def test_what_is_compressed_together_unpacks_alone(tmp_path: Path) -> None:
    texts = columns.Texts(tmp_path)
    rows = [f"numbering plan {i} of the union ".encode() * 5 for i in range(600)]
    for row in rows[:300]:
        texts.add(row)
    taken, sizes = b"".join(texts.packed()), np.array(texts.sizes)
    for row in rows[300:]:
        texts.add(row)
    texts.take(texts.presets[0], taken, sizes)
    texts.take(b"", b"", sizes[:0])
    texts.add(rows[0])
    texts.finish()
    assert texts.presets[0]
    packed = columns.slices(b"".join(texts.packed()), np.cumsum(np.array(texts.sizes)))
    texts.spool.close()
    presets = [texts.presets[bisect_right(texts.firsts, i) - 1] for i in range(len(packed))]
    unpacked = [columns.unpack(data, preset, limit=10_000) for data, preset in zip(packed, presets, strict=True)]
    assert unpacked == [*rows, *rows[:300], rows[0]]
    with pytest.raises(ValueError, match="end"):
        columns.unpack(packed[0], texts.presets[0], limit=20)


@pytest.mark.parametrize("key", ["ab" * 32, "AB" * 32, "a", "é", "0" * 63])
def test_keys_come_back_as_they_were(key: str) -> None:
    assert columns.unpack_key(columns.pack_key(key)) == key


# --- several processes ---


def test_a_process_that_dies_fails_the_update_and_leaves_the_index_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = WhooshEngine()
    engine.update(tmp_path, add=LETTERS, remove=())
    before = {f.name: f.read_bytes() for f in tmp_path.iterdir()}
    boot = shard._BOOT
    for dying in (
        "import os; os._exit(9)",
        "import sys, os; sys.stdin.buffer.read(9); os._exit(7)",
        "import os, signal, sys; sys.stdin.buffer.read(); os.kill(os.getpid(), signal.SIGKILL)",
        boot + "; import os; os._exit(3)",
        "import sys; sys.stdin.buffer.read(); sys.stdout.buffer.write(b'\\x90')",
    ):
        monkeypatch.setattr(shard, "_BOOT", dying)
        with pytest.raises(ArchiveError):
            engine.update(tmp_path, add=many(300), remove=(), workers=2)
        assert {f.name: f.read_bytes() for f in tmp_path.iterdir()} == before


def test_a_failing_source_stops_all_processes(tmp_path: Path) -> None:
    def failing() -> object:
        yield from many(100)
        raise KeyError("no more")

    with pytest.raises(KeyError, match="no more"):
        WhooshEngine().update(tmp_path, add=failing(), remove=(), workers=2)  # type: ignore[arg-type]  # it yields letters
    assert list(tmp_path.iterdir()) == []


# --- snippets ---


@given(
    st.lists(
        st.sampled_from(
            ["Tariff,", "tariffs", "plan.", "the\n", "réunion", "x", "CR/387", "(numbering)", "étude", "Plan"]
        )
    ),
    st.sampled_from(["en", "fr", None]),
)
@settings(max_examples=200, deadline=None)
def test_the_short_way_to_marks_finds_what_the_long_way_does(words: list[str], language: str | None) -> None:
    marks = Marks(
        {"tariff", "387", "reunion", "en:tariff", "fr:etud", "etude", "en:number"}, [(((0, "plan"), (1, "the")), 0)]
    )
    text = " ".join(words)
    short = _nearby(text, language, marks)
    assert short is not None
    assert {(s.start, s.end) for s in short} == {(s.start, s.end) for s in _throughout(text, language, marks)}
