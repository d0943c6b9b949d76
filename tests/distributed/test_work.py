"""What a worker makes of a batch, without a cluster."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest

from itudocs.distributed import work
from itudocs.distributed.listing import batches, listed
from itudocs.distributed.work import Answer, Place, parse_batch
from itudocs.model import Failure
from itudocs.reading import Limits
from tests.reading.made_containers import zipped

CORPUS = Path(__file__).parents[2] / "corpus" / "open"


def work_through(folder: Path, *, apart: bool = False) -> list[Answer]:
    """The answers to a folder's one batch, in as many tasks as it takes."""
    limits = Limits()
    (batch,) = batches(listed(folder, limits=limits))
    assert not isinstance(batch, Failure)
    answers, place = [], Place()
    while True:
        encode = msgspec.msgpack.encode
        packed = parse_batch(encode(batch), encode(limits), {}, encode(place), apart=apart)
        answers.append(msgspec.msgpack.decode(packed, type=Answer))
        if answers[-1].onward is None:
            return answers
        place = answers[-1].onward


def told(answers: list[Answer]) -> list[str]:
    every = [one.either for answer in answers for one in answer.outcomes]
    return [f"{one.reason}: {one.name}" if isinstance(one, Failure) else one.name for one in every]


def test_of_a_container_what_is_in_it_is_parsed_and_then_the_container_told(tmp_path: Path) -> None:
    data = (CORPUS / "en-001-tsb-circular-clean.txt").read_bytes()
    (tmp_path / "1.txt").write_bytes(data)
    (tmp_path / "2.zip").write_bytes(
        zipped([("x/a.txt", data), ("../evil.txt", b"x"), ("b.txt", data), ("n.exe", b"")])
    )
    (tmp_path / "3.zip").write_bytes(zipped([("c.txt", data)]))
    (answer,) = work_through(tmp_path)
    place = tmp_path / "2.zip"
    assert told([answer]) == [
        str(tmp_path / "1.txt"),
        f"{place}!/x/a.txt",
        f"traversal: {place}!/../evil.txt",
        f"{place}!/b.txt",
        str(place),
        f"{tmp_path}/3.zip!/c.txt",
        f"{tmp_path}/3.zip",
    ]
    letters = [one.letter for one in answer.outcomes if one.letter]
    assert {letter.parsed.record.key for letter in letters} == {hashlib.sha256(data).hexdigest()}
    assert [letter.container for letter in letters] == [None, str(place), str(place), f"{tmp_path}/3.zip"]
    opened = [one.opened for one in answer.outcomes if one.opened]
    assert [(o.members, o.skipped, o.whole) for o in opened] == [
        (("x/a.txt", "b.txt"), 1, False),
        (("c.txt",), 0, True),
    ]
    assert opened[0].key == hashlib.sha256(place.read_bytes()).hexdigest()


@pytest.mark.parametrize("apart", [False, True])
def test_a_large_batch_is_answered_in_parts_that_make_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    data = (CORPUS / "en-001-tsb-circular-clean.txt").read_bytes()
    (tmp_path / "0.txt").write_bytes(data)
    members = [("bad.docx", b"PK\x03\x04word/document"), *((f"{n}.txt", data + b"%d" % n) for n in range(7))]
    (tmp_path / "1.zip").write_bytes(zipped(members))
    (tmp_path / "2.txt").write_bytes(data)
    whole = work_through(tmp_path)
    assert len(whole) == 1
    monkeypatch.setattr(work, "ENOUGH", 2 * len(data))
    parts = work_through(tmp_path, apart=apart)
    assert len(parts) > 3
    assert all(sum(len(one.letter.data) for one in part.outcomes if one.letter) <= 3 * len(data) for part in parts)
    assert [one for part in parts for one in part.outcomes] == list(whole[0].outcomes)
    (opened,) = (one.opened for part in parts for one in part.outcomes if one.opened)
    assert not opened.whole  # the failure was in an earlier part
    assert len(opened.members) == 8


def test_a_file_that_has_become_unreadable_between_two_parts_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = (CORPUS / "en-001-tsb-circular-clean.txt").read_bytes()
    (tmp_path / "1.zip").write_bytes(zipped([(f"{n}.txt", data) for n in range(5)]))
    (batch,) = batches(listed(tmp_path, limits=Limits()))
    (tmp_path / "1.zip").unlink()
    encode = msgspec.msgpack.encode
    packed = parse_batch(encode(batch), encode(Limits()), {}, encode(Place(given=3)), apart=False)
    assert told([msgspec.msgpack.decode(packed, type=Answer)]) == [f"missing: {tmp_path}/1.zip"]
