"""Records to files: any number of them, whole or not at all, and errors that say what to do."""

from __future__ import annotations

import io
import os
import stat
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from itudocs.errors import ItuDocsError, MissingLibrary
from itudocs.export.writing import FORMATS, export, format_of
from itudocs.model import Circular
from tests.made_letters import event, made


def letters(count: int) -> Iterator[Circular]:
    for n in range(count):
        yield made(f"cr/{n}", "2018-01-01", subject="Seminar " * 20, events=(event("2018-05-01", "Seminar"),))


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.csv", "csv"), ("a.JSONL", "jsonl"), ("b.c.parquet", "parquet"), ("a.bib", "bibtex"), ("a.ris", "ris"), ("a.json", "csl"), ("a.arrow", "arrow")],
)  # fmt: skip
def test_a_files_name_tells_its_format(name: str, form: str) -> None:
    assert format_of(name) == form


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_streams_any_number_of_letters(form: Any) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            with open(os.devnull, "wb") as nowhere:
                assert export(letters(count), nowhere, form=form) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    try:
        few, many = peak(2_100), peak(8_400)
    except MissingLibrary as missing:
        pytest.skip(str(missing))
    assert many < few * 1.5


def test_all_tables_go_into_a_folder(tmp_path: Path) -> None:
    assert export(letters(3), tmp_path / "new" / "folder", form="csv", table="all") == 3
    files = {p.name: len(p.read_text("utf-8").splitlines()) for p in (tmp_path / "new" / "folder").iterdir()}
    assert files == {"letters.csv": 4, "events.csv": 4, "deadlines.csv": 1, "citations.csv": 1, "addressees.csv": 1}


def test_a_file_that_cannot_be_finished_leaves_what_was_there(tmp_path: Path) -> None:
    def breaking() -> Iterator[Circular]:
        yield from letters(5_000)
        raise ItuDocsError("the archive is damaged")

    path = tmp_path / "letters.csv"
    path.write_text("before")
    with pytest.raises(ItuDocsError, match="the archive is damaged"):
        export(breaking(), path)
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["letters.csv"]


def test_a_new_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    export(letters(1), tmp_path / "letters.jsonl")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("other", "letters.jsonl")}
    assert len(modes) == 1


@pytest.mark.parametrize(
    ("output", "options", "why"),
    [
        ("letters.docx", {}, "its name tells no format"), ("letters.csv", {"form": "xml"}, "no format 'xml'"),
        ("letters.csv", {"table": "people"}, "no table 'people'"), ("letters.bib", {"table": "events"}, "bibtex holds no tables"),
        ("missing/letters.csv", {}, "cannot be written"), ("folder", {"table": "all"}, "No format is given"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_before_anything_is_written(
    output: str, options: dict[str, Any], why: str, tmp_path: Path
) -> None:
    with pytest.raises(ItuDocsError, match=why):
        export(letters(1), tmp_path / output, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_stream_takes_one_table_in_a_format_that_is_named() -> None:
    with pytest.raises(ItuDocsError, match="No format is given"):
        export(letters(1), io.BytesIO())
    with pytest.raises(ItuDocsError, match="Name a folder"):
        export(letters(1), io.BytesIO(), form="csv", table="all")
