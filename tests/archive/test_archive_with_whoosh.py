"""The archive with its own engine, from end to end; the rest of its tests use a cheaper one."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from itudocs.archive import disk, index
from itudocs.archive.archive import Archive, open_archive
from itudocs.errors import ArchiveDamaged, QueryError
from itudocs.reading.source import Document
from itudocs.search.embedded import schema, shard, writer
from itudocs.search.engine import Entry
from tests.archive.archive_fakes import documents, letter
from tests.archive.test_archive_faults import files_in_use, flip, truncate

DATED = {"date": "2004-07-13", "event": "2004-09-21", "language": "en", "signed": "H. Zhao"}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with open_archive(tmp_path / "a", create=True) as opened:
        yield opened


def test_words_references_facets_and_dates_find_letters(archive: Archive) -> None:
    archive.add_documents(documents(range(380, 390), **DATED))
    archive.add_documents([Document(name="fr", data=letter(387, language="fr", date="2005-01-02"))])
    assert archive.search("number385").hits[0].ref == "CR/385"
    assert archive.search("ref:CR/387").total == 2
    assert archive.search("event:2004-09-21 signatory:zhao").total == 10
    results = archive.search("body", facets=("year", "language"), filters={"year": "2004"}, limit=3)
    assert (results.total, len(results.hits)) == (10, 3)
    assert {f.field: {v.value: v.count for v in f.values} for f in results.facets} == {
        "year": {"2004": 10, "2005": 1}, "language": {"en": 10},
    }  # fmt: skip
    assert "body" in results.hits[0].snippets[0].text.lower()
    with pytest.raises(QueryError):
        archive.search('"unfinished')


def test_values_are_excluded_and_looked_for_among_the_values_of_a_facet(archive: Archive) -> None:
    archive.add_documents(documents(range(380, 384), **DATED))
    archive.add_documents([Document(name="fr", data=letter(387, language="fr", date="2005-01-02"))])
    kept = archive.search("body OR corps", exclude={"lang": "fr"}, facets=("language", "year"))
    assert kept.total == 4
    assert {f.field: {v.value: v.count for v in f.values} for f in kept.facets} == {
        "language": {"en": 4}, "year": {"2004": 4},
    }  # fmt: skip
    assert archive.search(exclude={"year": ["2004", "2005"]}).total == 0
    assert archive.search(exclude={"language": []}).total == 5
    assert archive.search("CR/382", exclude={"language": "fr"}).hits[0].ref == "CR/382"
    found = archive.search(facets=("month",), facet_find={"month": "2005"}).facets[0]
    assert [(v.value, v.count) for v in found.values] == [("2005-01", 1)]
    with pytest.raises(QueryError, match="no facet"):
        archive.search(exclude={"subject": "x"})
    with pytest.raises(QueryError, match="no facet"):
        archive.search(facet_find={"nothing": "x"})


def test_letters_come_change_and_go(archive: Archive, tmp_path: Path) -> None:
    assert archive.search("anything").total == 0
    for n in range(12):
        archive.add_documents(documents([n]))
    archive.add_documents([Document(name="3.txt", data=letter(333))])
    archive.remove("cr/4")
    assert archive.search().total == len(archive) == 11
    found = {n: archive.search(f"number{n}").total for n in (2, 3, 4, 333)}
    assert found == {2: 1, 3: 0, 4: 0, 333: 1}
    archive.add_documents(documents([4]))
    assert archive.search("number4").total == 1
    assert archive.verify() == []
    archive.rebuild()
    assert archive.search().total == 12
    with open_archive(tmp_path / "a") as other:
        assert other.search("number333").total == 1


@pytest.mark.parametrize("harm", [flip, truncate])
def test_each_file_of_the_index_may_be_damaged(tmp_path: Path, harm: object) -> None:
    with open_archive(tmp_path / "a", create=True) as archive:
        archive.add_documents(documents(range(8)))
        archive.add_documents(documents(range(8, 12)))
        files = [p.relative_to(archive.folder) for p in files_in_use(archive)]
    assert len(files) >= 5
    shutil.copytree(tmp_path / "a", tmp_path / "sound")
    for i, file in enumerate(files):
        shutil.rmtree(tmp_path / "a")
        shutil.copytree(tmp_path / "sound", tmp_path / "a")
        path = tmp_path / "a" / file
        if path.stat().st_size == 0:
            continue
        (flip if harm is flip else truncate)(path, seed=i)
        with open_archive(tmp_path / "a") as archive:
            assert str(path) in {p.where for p in archive.verify()}
            results = archive.search("body")
            assert results.total == 12
            assert str(path) in results.notices[0]
            assert archive.verify() == []


def test_no_flipped_bit_of_any_file_gives_another_answer_in_silence(tmp_path: Path) -> None:
    """150 bits, the files in turn, in an index of several segments with deleted letters.

    The archive is opened anew for each, and another process is writing, so that nothing can be made good.
    """
    with open_archive(tmp_path / "a", create=True) as archive:
        for n in range(0, 12, 4):
            archive.add_documents(documents(range(n, n + 4)))
        archive.add_documents(documents([3], subject="Another"))
        archive.remove("cr/5")
        right = answers(archive)
        files = files_in_use(archive)
    assert len(files) >= 5
    earlier = 0
    with disk.WriterLock(tmp_path / "a" / "archive.lock").held("testing"):
        for n in range(150):
            path = files[n % len(files)]
            sound = path.read_bytes()
            flip(path, seed=n)
            with open_archive(tmp_path / "a") as archive:
                try:
                    notices = archive.search("body").notices
                except ArchiveDamaged as damaged:
                    assert str(path) in str(damaged)  # noqa: PT017  (either way is right)
                else:
                    earlier += 1
                    assert notices[0].startswith("Answered from an earlier index, since the last one is damaged.")
                    assert str(path) in notices[0] or path.name == "CURRENT"
            path.write_bytes(sound)
        with open_archive(tmp_path / "a") as archive:
            assert answers(archive) == right
    assert earlier > 20


def answers(archive: Archive) -> list[object]:
    found: list[object] = []
    for query in ("body", "number7", '"body of letter"', "ref:CR/3", "another", "-number8", "numb*", "bureau:BR"):
        results = archive.search(query, facets=("bureau", "series"), limit=20)
        found.append((results.total, results.hits, results.facets))
    return found


def test_an_index_of_an_older_format_is_made_anew_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(schema, "FORMAT", "1")
        with open_archive(tmp_path / "a", create=True) as archive:
            archive.add_documents(documents(range(5)))
            before = files_in_use(archive)[1].parent.name
            assert archive.search("body").total == 5
    with open_archive(tmp_path / "a") as archive:
        results = archive.search("body")
        assert (results.total, results.notices) == (5, ())
        after = files_in_use(archive)[1].parent.name
        assert after != before
        archive.search("letter")
        assert files_in_use(archive)[1].parent.name == after  # once is enough
        assert archive.verify() == []


def test_an_open_archive_notices_what_another_process_adds(archive: Archive, tmp_path: Path) -> None:
    archive.add_documents(documents([1]))
    assert archive.search("body").total == 1
    with open_archive(tmp_path / "a") as other:
        for n in range(2, 6):
            other.add_documents(documents([n]))
    assert archive.search("body").total == 5


def test_real_letters_are_parsed_by_several_processes(real_parser: None, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    chance = random.Random(3)
    words = [
        "telecommunication",
        "frequency",
        "numbering",
        "tariff",
        "satellite",
        "workshop",
        "contribution",
        "delegate",
    ]
    for n in range(6):
        body = " ".join(chance.choices(words, k=60))
        text = f"Circular Letter\nCR/{400 + n}\n\nSubject: Letter about {words[n]}\n\nDear Sir/Madam,\n\n{body}\nxyzzy{n}\n"
        (tmp_path / "in" / f"{n}.txt").write_text(text)
    (tmp_path / "in" / "5.txt").write_bytes(b"\x7fELF" + chance.randbytes(5000))
    with open_archive(tmp_path / "a", create=True) as archive:
        report = archive.add(tmp_path / "in", workers=2)
        assert report.added == 5
        assert [Path(f.name).name for f in report.failed] == ["5.txt"]
        assert archive.search("xyzzy3").total == 1
        assert archive.get(archive.search("xyzzy3").hits[0].key).source.name == "3.txt"
        assert archive.rebuild(reparse=True, workers=2).unchanged == 5
        assert archive.verify() == []


def test_many_letters_are_indexed_by_several_processes(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    crews: list[int] = []
    index_in_processes = shard.index

    def counted(folder: Path, letters: Iterable[Entry], *, workers: int, memory: float) -> list[writer.Fresh]:
        crews.append(workers)
        return index_in_processes(folder, letters, workers=workers, memory=memory)

    monkeypatch.setattr(shard, "index", counted)
    monkeypatch.setattr(index, "MANY", 100)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    archive.add_documents(documents(range(150), **DATED))
    archive.add_documents(documents(range(150, 160), **DATED))
    archive.rebuild()
    assert crews == [2, 2]
    assert archive.search("body").total == 160
    assert {n: archive.search(f"number{n}").total for n in (0, 77, 155)} == {0: 1, 77: 1, 155: 1}
    assert archive.verify() == []


def test_searching_loads_no_parser(archive: Archive, tmp_path: Path) -> None:
    archive.add_documents(documents([1]))
    code = (
        "import sys; from itudocs.archive import open_archive; a = open_archive(sys.argv[1]); "
        "assert a.search('body', facets=('year',)).total == 1; "
        "print([m for m in ('spacy', 'dateparser', 'chardet', 'itudocs.parse', 'itudocs.assemble') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], capture_output=True, text=True, check=False)
    assert (out.stdout, out.stderr) == ("[]\n", "")
    assert sorted(os.listdir(tmp_path / "a" / "index"))[-1] == "CURRENT"
