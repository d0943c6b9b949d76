"""One letter gives a record or a `ReadError`; many give one outcome each, in order, whatever they are."""

from __future__ import annotations

import importlib
import itertools
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import itudocs
from itudocs import assemble
from itudocs.errors import ReadError
from itudocs.model import Circular, Failure
from itudocs.parse import Parsed, name_of, parse, parse_documents, parse_many, parse_source, parser_version
from itudocs.reading import Document, Limits, Readable, read, walk

parsing = importlib.import_module("itudocs.parse")  # as an attribute, `itudocs.parse` is the function
LETTER = "Geneva, 25 October 2001\nRef: TSB Circular 68\nSubject: Numbering\nDear Sir/Madam,\n"


def poisoned(source: Document, **_: object) -> Circular:
    """In the place of the parser: dies of one document. Workers import it from here."""
    if source.name == "poison":
        os._exit(13)
    return parse(source)


def test_a_text_a_path_and_bytes_give_the_same_record_but_for_its_name(tmp_path: Path) -> None:
    path = tmp_path / "68.txt"
    path.write_text(LETTER)
    records = [
        parse(s, name="68.txt") for s in (LETTER, path, LETTER.encode(), Document(name="x", data=LETTER.encode()))
    ]
    assert all(r == records[0] for r in records)
    assert parse_source(read(path)) == records[0]
    assert records[0].key == records[0].source.sha256


def test_a_source_that_cannot_be_read_raises(tmp_path: Path) -> None:
    with pytest.raises(ReadError):
        parse(tmp_path / "gone.txt")
    with pytest.raises(ReadError):
        parse(b"%PDF-1.4")
    with pytest.raises(ReadError):
        parse(b"CR/387", limits=Limits(max_bytes=3))


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=300))
@settings(deadline=None, max_examples=50)
def test_parsing_never_raises_on_any_text(text: str) -> None:
    record = parse(text)
    assert Circular.from_json(record.to_json()) == record


@pytest.mark.parametrize("workers", [1, 2])
def test_every_source_has_its_outcome_in_order(tmp_path: Path, workers: int) -> None:
    path = tmp_path / "68.txt"
    path.write_text(LETTER)
    passed_on = Failure(name="folder", reason="unreadable", message="folder may not be read.")
    sources: list[Readable | Failure] = [
        path,
        tmp_path / "gone.txt",
        LETTER,
        b"\x89PNG\r\n\x1a\n",
        passed_on,
        Document(name="d.txt", data=b"CR/387"),
        b"",
        "",
    ]
    outcomes = list(parse_many(sources, workers=workers))
    told = [o.source.name if isinstance(o, Circular) else f"{o.reason}: {Path(o.name).name}" for o in outcomes]
    assert told == [
        "68.txt", "missing: gone.txt", "<text>", "binary: <bytes>", "unreadable: folder", "d.txt", "<bytes>", "<text>",
    ]  # fmt: skip
    assert outcomes[4] is passed_on or outcomes[4] == passed_on


def test_workers_give_what_this_process_gives(tmp_path: Path) -> None:
    for n in range(30):
        (tmp_path / f"{n:02}.txt").write_text(LETTER.replace("68", str(n)))
    alone = list(parse_many(walk(tmp_path)))
    assert list(parse_many(walk(tmp_path), workers=2)) == alone
    assert len({r.key for r in alone if isinstance(r, Circular)}) == 30


@pytest.mark.parametrize("workers", [1, 2])
def test_many_are_parsed_lazily(workers: int) -> None:
    pulled: list[int] = []

    def endless() -> Iterator[str]:
        for n in itertools.count():
            pulled.append(n)
            yield f"CR/{n}"

    records = parse_many(endless(), workers=workers)
    for _ in range(5):
        assert isinstance(next(records), Circular)
    assert len(pulled) <= 5 + 4 * workers


def test_zero_workers_are_one_a_processor() -> None:
    assert len(list(parse_many(["CR/1", "CR/2"], workers=0))) == 2


def test_a_negative_number_of_workers_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"0 \(one a processor\) or more"):
        parse_many([], workers=-1)


def test_documents_come_back_with_their_texts() -> None:
    documents = [Document(name="a.txt", data=b"CR/1\r\n"), Document(name="b.pdf", data=b"%PDF-1.4")]
    first, second = parse_documents(documents)
    assert isinstance(first, Parsed)
    assert (first.text, first.record.source.name) == ("CR/1\n", "a.txt")
    assert isinstance(second, Failure)
    assert second.name == "b.pdf"


def test_a_fault_of_the_parser_ends_one_letter_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    good = assemble.circular

    def faulty(source: itudocs.Source) -> Circular:
        if "68" in source.text:
            raise ZeroDivisionError("no such date")
        return good(source)

    monkeypatch.setattr(assemble, "circular", faulty)
    outcomes = list(parse_many(["CR/1", Document(name="68.txt", data=b"CR/68"), "CR/2"]))
    assert isinstance(outcomes[0], Circular)
    assert isinstance(outcomes[2], Circular)
    failure = outcomes[1]
    assert isinstance(failure, Failure)
    assert (failure.name, failure.reason) == ("68.txt", "internal-error")
    assert "ZeroDivisionError: no such date (test_parse.py, line" in failure.message
    with pytest.raises(ZeroDivisionError):  # one letter on its own: the caller wants to know
        parse("CR/68")


def test_a_letter_that_kills_its_worker_is_a_failure_and_the_others_are_parsed() -> None:
    documents = [Document(name=f"{n}.txt", data=b"CR/%d" % n) for n in range(12)]
    documents.insert(5, Document(name="poison", data=b""))
    outcomes = list(parsing._many(partial(poisoned), documents, 2))
    assert [o.source.name for o in outcomes if isinstance(o, Circular)] == [f"{n}.txt" for n in range(12)]
    failure = outcomes[5]
    assert isinstance(failure, Failure)
    assert (failure.name, failure.reason) == ("poison", "worker-died")
    assert "status 13" in failure.message


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "analysis.py"
    script.write_text(
        textwrap.dedent("""
            import itudocs
            print([r.source.name for r in itudocs.parse_many(["CR/1", b"CR/2"], workers=2)])
        """)
    )
    root = Path(itudocs.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (run.stdout, run.stderr) == ("['<text>', '<bytes>']\n", "")


def test_an_abandoned_run_leaves_no_process_behind(tmp_path: Path) -> None:
    script = tmp_path / "abandon.py"
    script.write_text(
        textwrap.dedent("""
            import itertools, itudocs
            records = itudocs.parse_many((f"CR/{n}" for n in itertools.count()), workers=2)
            print(type(next(records)).__name__)
        """)
    )
    root = Path(itudocs.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout, run.stderr) == (0, "Circular\n", "")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("a text", "<text>"),
        (b"bytes", "<bytes>"),
        (Path("letters/68.txt"), "letters/68.txt"),
        (Document(name="d", data=b""), "d"),
        (Path(os.fsdecode(b"\xff.txt")), "\\xff.txt"),
    ],
)
def test_a_failure_names_its_source(source: object, name: str) -> None:
    assert name_of(source) == name


def test_the_parsers_version_changes_with_the_lexicon_and_not_with_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("lexicon/series.toml", "extract/dates.py", "search/query.py", "newmodule.py", "_version.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("1")
    monkeypatch.setattr(parsing.importlib.resources, "files", lambda _: tmp_path)

    def version() -> str:
        parser_version.cache_clear()
        return parser_version()

    try:
        first = version()
        assert first == version()
        assert first.startswith(f"{itudocs.__version__}+")
        (tmp_path / "search" / "query.py").write_text("2")
        assert version() == first
        seen = {first}
        for name in ("lexicon/series.toml", "extract/dates.py", "newmodule.py"):
            (tmp_path / name).write_text("2")
            seen.add(version())
        assert len(seen) == 4
    finally:
        parser_version.cache_clear()


def test_the_version_is_also_a_name_of_the_module() -> None:
    assert parser_version() == parsing.PARSER_VERSION
    with pytest.raises(AttributeError):
        _ = parsing.NO_SUCH_NAME
