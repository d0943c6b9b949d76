"""The manifest lists what is stored, whatever interrupted its writing."""

from __future__ import annotations

from pathlib import Path

import pytest

from itudocs.distributed.manifest import Manifest
from itudocs.errors import DistributedError
from itudocs.reading import Limits

ONE, TWO = "11" * 32, "22" * 32


def test_what_was_noted_is_known_to_the_next_run(tmp_path: Path) -> None:
    with Manifest(tmp_path / "m", parser="1") as manifest:
        assert ONE not in manifest
        manifest.note([ONE])
        assert ONE in manifest
    with Manifest(tmp_path / "m", parser="1") as manifest:
        assert len(manifest) == 1
        assert ONE in manifest
        assert TWO not in manifest


@pytest.mark.parametrize("kept", range(1, 66))
def test_a_line_cut_off_counts_as_not_written(tmp_path: Path, kept: int) -> None:
    with Manifest(tmp_path / "m", parser="1") as manifest:
        manifest.note([ONE])
        whole = manifest.path.read_bytes()
        manifest.note([TWO])
    (tmp_path / "m").write_bytes((whole + f"{TWO}\n".encode())[: len(whole) + kept - 1])
    with Manifest(tmp_path / "m", parser="1") as manifest:
        assert (ONE in manifest, TWO in manifest) == (True, False)
        manifest.note([TWO])
    with Manifest(tmp_path / "m", parser="1") as manifest:
        assert (ONE in manifest, TWO in manifest, len(manifest)) == (True, True, 2)


def test_another_parser_begins_anew(tmp_path: Path) -> None:
    with Manifest(tmp_path / "m", parser="1") as manifest:
        manifest.note([ONE])
    with Manifest(tmp_path / "m", parser="12") as manifest:
        assert ONE not in manifest


def test_other_limits_begin_anew(tmp_path: Path) -> None:
    with Manifest(tmp_path / "m", parser="1") as manifest:
        manifest.note([ONE])
    with Manifest(tmp_path / "m", parser="1", limits=Limits(max_text=5)) as manifest:
        assert ONE not in manifest


def test_a_manifest_of_an_earlier_form_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "m").write_text(f"itudocs manifest 1, parser 1\n{ONE}\n")
    with Manifest(tmp_path / "m", parser="1") as manifest:
        assert ONE not in manifest


def test_what_is_noted_twice_takes_one_line(tmp_path: Path) -> None:
    with Manifest(tmp_path / "m", parser="1") as manifest:
        manifest.note([ONE])
        manifest.note([ONE])
        assert manifest.path.read_text().count(ONE) == 1


def test_what_is_no_manifest_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("a letter\n")
    with pytest.raises(DistributedError, match="is no manifest"):
        Manifest(tmp_path / "m", parser="1")
    assert (tmp_path / "m").read_text() == "a letter\n"
    with Manifest(tmp_path / "n", parser="1"):
        pass
    with open(tmp_path / "n", "a") as file:
        file.write("not hexadecimal\n")
    with pytest.raises(DistributedError, match="damaged"):
        Manifest(tmp_path / "n", parser="1")
    with pytest.raises(DistributedError, match="cannot be written"):
        Manifest(tmp_path / "none" / "m", parser="1")
