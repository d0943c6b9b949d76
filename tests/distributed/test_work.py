"""What a worker makes of a batch, without a cluster."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from itudocs.distributed.listing import batches, listed
from itudocs.distributed.work import Answer, parse_batch
from itudocs.model import Failure
from itudocs.reading import Limits
from tests.reading.made_containers import zipped

CORPUS = Path(__file__).parents[2] / "corpus" / "open"


def test_of_a_container_what_is_in_it_is_parsed(tmp_path: Path) -> None:
    data = (CORPUS / "en-001-tsb-circular-clean.txt").read_bytes()
    (tmp_path / "1.txt").write_bytes(data)
    (tmp_path / "2.zip").write_bytes(zipped([("x/a.txt", data), ("../evil.txt", b"x"), ("b.txt", data)]))
    limits = Limits()
    (batch,) = batches(listed(tmp_path, limits=limits))
    assert not isinstance(batch, Failure)
    packed = parse_batch(msgspec.msgpack.encode(batch), msgspec.msgpack.encode(limits), {}, apart=False)
    found = [one.either for one in msgspec.msgpack.decode(packed, type=Answer).outcomes]
    names = [f"{one.reason}: {one.name}" if isinstance(one, Failure) else one.name for one in found]
    place = tmp_path / "2.zip"
    assert names == [
        str(tmp_path / "1.txt"),
        f"{place}!/x/a.txt",
        f"traversal: {place}!/../evil.txt",
        f"{place}!/b.txt",
    ]
    assert {one.parsed.record.key for one in found if not isinstance(one, Failure)} == {
        hashlib.sha256(data).hexdigest()
    }
