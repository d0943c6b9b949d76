"""Parts of a package are read by name, and given up as soon as they grow beyond the limits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.errors import ReadError
from itudocs.reading import Limits
from itudocs.reading.packages import FREE, Meter, Package

WHAT = "a Word document (.docx)"


def packed(parts: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def package(data: bytes, limits: Limits | None = None) -> Package:
    return Package(data, what=WHAT, name="a.docx", limits=limits or Limits())


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_part_is_read_by_its_exact_name(method: int) -> None:
    made = package(packed({"word/a.xml": b"<a/>" * 50_000, "../word/a.xml": b"<b/>"}, method=method))
    assert list(made) == ["word/a.xml", "../word/a.xml"]
    assert "word/a.xml" in made
    assert "a.xml" not in made
    assert made.part("word/a.xml") == b"<a/>" * 50_000
    assert made.part("../word/a.xml") == b"<b/>"  # a name, not a path


def test_a_missing_part_is_named() -> None:
    with pytest.raises(ReadError, match=r"a\.docx is a Word document \(\.docx\) without its part b\.xml") as caught:
        package(packed({"a.xml": b""})).part("b.xml")
    assert caught.value.reason == "damaged"


def test_a_part_that_unpacks_to_many_times_its_size_is_given_up_early() -> None:
    data = packed({"a.xml": bytes(50 * FREE)})
    read: list[int] = []
    with pytest.raises(ReadError, match="more than 200 times its size") as caught:
        read.extend(map(len, package(data).chunks("a.xml")))
    assert caught.value.reason == "bomb"
    assert sum(read) < 12 * FREE  # of fifty
    assert package(data, Limits(max_ratio=2000)).part("a.xml") == bytes(50 * FREE)


def test_a_small_part_may_have_any_ratio() -> None:
    assert len(package(packed({"a.xml": bytes(FREE)})).part("a.xml")) == FREE


def test_parts_are_counted_together() -> None:
    made = package(packed({"a.xml": bytes(600_000), "b.xml": bytes(600_000)}), Limits(max_unpacked=1_000_000))
    made.part("a.xml")
    with pytest.raises(ReadError, match="more than 1,000,000 bytes") as caught:
        made.part("b.xml")
    assert caught.value.reason == "too-large"


def test_a_part_told_to_be_packed_larger_than_the_file_gets_no_larger_ratio() -> None:
    data = bytearray(packed({"a.xml": bytes(50 * FREE)}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 20 : at + 24] = (2**31).to_bytes(4, "little")  # its packed size in the directory
    with pytest.raises(ReadError) as caught:
        package(bytes(data)).part("a.xml")
    assert caught.value.reason in {"bomb", "damaged"}


def test_too_many_parts_are_refused_before_they_are_listed() -> None:
    with pytest.raises(ReadError, match="more than 5 parts") as caught:
        package(packed({f"{n}.xml": b"" for n in range(6)}), Limits(max_members=5))
    assert caught.value.reason == "too-large"


def test_an_encrypted_part_says_so() -> None:
    data = bytearray(packed({"a.xml": b"secret"}))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 1
    with pytest.raises(ReadError, match=r"a\.docx is encrypted") as caught:
        package(bytes(data)).part("a.xml")
    assert caught.value.reason == "encrypted"


WHOLE = packed({"a.xml": b"<a>some words</a>" * 40, "b.xml": b"<b/>"})


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255), st.booleans())
def test_whatever_is_damaged_is_read_or_refused_by_name(at: int, byte: int, cut: bool) -> None:
    data = WHOLE[:at] if cut else WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]
    refused = ("a.docx", "")
    try:
        made = package(data)
        for name in made:
            made.part(name)
    except ReadError as error:
        refused = (error.name, error.reason)
    assert refused in {("a.docx", ""), ("a.docx", "damaged"), ("a.docx", "encrypted")}


def test_a_meter_measures_what_is_no_package() -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(10):
            yield bytes(FREE)

    meter = Meter(name="a.gz", limits=Limits(max_ratio=3))
    with pytest.raises(ReadError, match=r"a\.gz unpacks"):
        list(meter.measured(chunks(), packed=FREE))
    assert meter.total == 4 * FREE
