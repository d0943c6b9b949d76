"""What is in a container comes out, however deep, and what was made to do harm is refused by name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itudocs.errors import ReadError
from itudocs.model import Circular, Failure
from itudocs.parse import parse, parse_many
from itudocs.reading import Document, Limits, expand, walk
from itudocs.reading.containers import CONTAINERS, container_of, unpack
from tests.reading.made_containers import mail, mailbox, ole, outlook, tarred, zipped

LETTER = (Path(__file__).parents[2] / "corpus" / "open" / "en-001-tsb-circular-clean.txt").read_bytes()


def told(name: str, data: bytes, **options: Limits) -> list[str]:
    """Names of documents below the container; `reason: name` of failures."""
    found = expand(Document(name=name, data=data), **options)  # type: ignore[arg-type]  # limits alone
    return [f"{f.reason}: {f.name}" if isinstance(f, Failure) else f.name.removeprefix(f"{name}!/") for f in found]


# -- what comes out ----------------------------------------------------------------------------------------------------


def test_a_file_that_is_no_container_is_itself() -> None:
    document = Document(name="a.txt", data=LETTER)
    assert list(expand(document)) == [document]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_file_gives_its_members_in_order_whatever_packs_them(method: int) -> None:
    data = zipped([("b/2.txt", LETTER), ("b/1.txt", b"x"), ("letter", b"y")], method=method)
    found = list(expand(Document(name="a.zip", data=data)))
    assert [(f.name, f.data) for f in found if isinstance(f, Document)] == [
        ("a.zip!/b/2.txt", LETTER), ("a.zip!/b/1.txt", b"x"), ("a.zip!/letter", b"y"),
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_archive_gives_its_members_however_it_is_compressed(mode: str, form: int) -> None:
    whole = io.BytesIO()
    names = ["a.txt", "folder/" + "long" * 20 + "/" + "name" * 20 + ".txt", "письмо.txt"]
    with tarfile.open(fileobj=whole, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(LETTER)
            archive.addfile(member, io.BytesIO(LETTER))
    found = list(expand(Document(name="letters", data=whole.getvalue())))
    assert [(f.name, f.data) for f in found if isinstance(f, Document)] == [(f"letters!/{n}", LETTER) for n in names]


@pytest.mark.parametrize(
    ("name", "data", "inner"),
    [
        ("cr-387.txt.gz", gzip.compress(LETTER), "cr-387.txt"),
        ("cr-387.txt.bz2", bz2.compress(LETTER), "cr-387.txt"),
        ("cr-387.txt.xz", lzma.compress(LETTER), "cr-387.txt"),
        ("misnamed.txt", gzip.compress(LETTER), "misnamed.txt"),
        ("twice.gz", gzip.compress(LETTER[:900]) + gzip.compress(LETTER[900:]) + bytes(100), "twice"),
    ],
)
def test_a_compressed_file_is_its_content(name: str, data: bytes, inner: str) -> None:
    (found,) = expand(Document(name=name, data=data))
    assert isinstance(found, Document)
    assert (found.name, found.data) == (f"{name}!/{inner}", LETTER)
    assert parse(data, name=name).key == parse(LETTER).key


def test_containers_in_containers_are_opened_in_their_place() -> None:
    inner = zipped([("deep.txt", b"1")])
    data = zipped(
        [("a.txt", b"0"), ("2003/inner.zip", inner), ("b.tgz", tarred([("t.txt", b"2")], mode="w:gz")), ("z.txt", b"3")]
    )
    assert told("o.zip", data) == ["a.txt", "2003/inner.zip!/deep.txt", "b.tgz!/t.txt", "z.txt"]


def test_content_tells_a_container_and_not_its_name() -> None:
    assert told("letters.txt", zipped([("a.txt", LETTER)])) == ["a.txt"]
    assert told("letter.zip", LETTER) == ["letter.zip"]


@pytest.mark.parametrize("member", ["[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"])
def test_a_document_that_is_a_zip_file_is_no_container(member: str) -> None:
    data = zipped([("a/first.txt", b"x"), (member, b"<Types/>"), ("word/document.xml", b"<w/>")])
    assert container_of(data, "letter.docx") is None
    assert told("all.zip", zipped([("letter", data), ("word/a.txt", b"")], method=zipfile.ZIP_STORED)) == [
        "letter",
        "word/a.txt",
    ]


def test_a_container_that_begins_with_a_document_is_none() -> None:
    pdf = b"%PDF-1.4\n" + bytes(2000)
    for data in (zipped([("a.txt", pdf)], method=zipfile.ZIP_STORED), tarred([("a.txt", pdf)])):
        assert told("o", data) == ["a.txt"]


def test_what_no_format_claims_is_skipped_and_hidden_files_are_passed_over() -> None:
    names = ["a.txt", "photo.png", "__MACOSX/._a.txt", ".DS_Store", "x/.hidden/b.txt", "~$a.txt", "Thumbs.db", "CR.387"]
    skipped: list[str] = []
    data = zipped([(name, b"x") for name in names])
    found = expand(Document(name="o.zip", data=data), on_skip=skipped.append)
    assert [f.name for f in found] == ["o.zip!/a.txt", "o.zip!/CR.387"]
    assert skipped == ["o.zip!/photo.png", "o.zip!/Thumbs.db"]


def test_a_container_without_a_letter_is_skipped_itself() -> None:
    skipped: list[str] = []
    assert list(expand(Document(name="o.zip", data=zipped([])), on_skip=skipped.append)) == []
    assert skipped == ["o.zip"]


def test_members_of_one_name_are_told_apart() -> None:
    assert told("o.zip", zipped([("a.txt", b"1"), ("a.txt", b"2"), ("b", b"3"), ("b", b"4")])) == [
        "a.txt", "a (2).txt", "b", "b (2)",
    ]  # fmt: skip


@pytest.mark.parametrize("codec", ["cp866", "cp437", "utf-8"])
def test_names_that_an_old_zip_program_wrote_are_readable(codec: str) -> None:
    names = (
        ["Циркуляр БР 387.txt", "Письмо о собрании.txt"]
        if codec != "cp437"
        else ["r\u00e9union.txt", "Fran\u00e7ais.txt"]
    )
    stand_in = [f"{number}{'x' * (len(name.encode(codec)) - 1)}" for number, name in enumerate(names)]
    data = zipped([(name, b"x") for name in stand_in])
    for old, name in zip(stand_in, names, strict=True):
        data = data.replace(old.encode(), name.encode(codec))
    assert told("o.zip", data) == names


def test_backslashes_part_folders() -> None:
    data = zipped([("2003/a.txt", b"x")]).replace(b"2003/a.txt", b"2003\\a.txt")
    assert told("o.zip", data) == ["2003/a.txt"]


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "a/../../evil.txt",
        "/etc/evil.txt",
        "C:evil.txt",
        "..\\evil.txt",
        "\\\\host\\evil.txt",
        "a" * 2000,
    ],
)
def test_a_name_that_leads_out_of_its_container_is_refused_and_the_others_are_read(name: str) -> None:
    for data in (zipped([(name, b"x"), ("good.txt", b"y")]), tarred([(name, b"x"), ("good.txt", b"y")])):
        first, second = told("o", data)
        assert first.startswith("traversal: o!/")
        assert second == "good.txt"


def test_a_name_with_a_nul_is_refused() -> None:
    data = zipped([("a_b.txt", b"x"), ("good.txt", b"y")]).replace(b"a_b.txt", b"a\0b.txt")
    assert told("o.zip", data) == ["traversal: o.zip!/a_b.txt", "good.txt"]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (tarfile.SYMTYPE, "link"),
        (tarfile.LNKTYPE, "link"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.FIFOTYPE, "device"),
        (b"S", "method"),
    ],
)
def test_links_and_devices_in_a_tar_archive_are_refused(kind: bytes, reason: str) -> None:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        odd = tarfile.TarInfo("odd.txt")
        odd.type, odd.linkname = kind, "/etc/passwd"
        archive.addfile(odd)
        good = tarfile.TarInfo("good.txt")
        archive.addfile(good)
    assert told("o.tar", whole.getvalue()) == [f"{reason}: o.tar!/odd.txt", "good.txt"]


def test_a_link_in_a_zip_file_is_refused() -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.txt", "x")
    assert told("o.zip", whole.getvalue()) == ["link: o.zip!/link.txt", "good.txt"]


def test_encrypted_members_and_unknown_methods_are_named() -> None:
    data = bytearray(zipped([("a.txt", b"1"), ("b.txt", b"2"), ("c.txt", b"3")]))
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    struct.pack_into("<H", data, first + 8, 1)
    struct.pack_into("<H", data, second + 10, 99)
    assert told("o.zip", bytes(data)) == ["encrypted: o.zip!/a.txt", "method: o.zip!/b.txt", "c.txt"]


def test_a_bomb_is_given_up_long_before_it_has_gone_off_and_the_rest_is_read() -> None:
    data = zipped([("bomb.txt", bytes(300_000_000)), ("good.txt", LETTER)])
    tracemalloc.start()
    found = [f.name for f in unpack(Document(name="o.zip", data=data), limits=Limits())]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == ["o.zip!/bomb.txt", "o.zip!/good.txt"]
    assert most < 80_000_000
    assert told("o.zip", data) == ["bomb: o.zip!/bomb.txt", "good.txt"]
    assert told("o.zip", data, limits=Limits(max_ratio=10**6, max_bytes=10**7)) == [
        "too-large: o.zip!/bomb.txt",
        "good.txt",
    ]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
def test_a_bomb_that_is_compressed_by_itself_is_refused(pack: object) -> None:
    data = pack(bytes(40_000_000))  # type: ignore[operator]
    assert told("o.gz", data) == ["bomb: o.gz"]


def test_what_a_file_unpacks_to_is_counted_over_all_its_members() -> None:
    noise = random.Random(7).randbytes(400_000)
    inner = zipped([("x.txt", noise), ("y.txt", noise)])
    data = zipped([("a.txt", noise), ("inner.zip", inner), ("z.txt", noise)])
    limits = Limits(max_unpacked=1_700_000)
    assert told("o.zip", data, limits=limits) == ["a.txt", "inner.zip!/x.txt", "too-large: o.zip"]


def test_members_are_counted_over_all_containers_within() -> None:
    inner = tarred([(f"{n}.txt", b"x") for n in range(4)])
    data = zipped([("a.png", b"x"), ("inner.tar", inner), ("z.txt", b"x")])
    assert told("o.zip", data, limits=Limits(max_members=7))[-1] == "z.txt"
    assert told("o.zip", data, limits=Limits(max_members=4)) == [
        "inner.tar!/0.txt",
        "inner.tar!/1.txt",
        "too-many: o.zip",
    ]


def test_a_directory_of_too_many_members_is_refused_unread() -> None:
    data = zipped([(f"{n}.txt", b"") for n in range(60)])
    assert told("o.zip", data, limits=Limits(max_members=50)) == ["too-many: o.zip"]


def test_an_archive_of_folders_alone_comes_to_an_end() -> None:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        for _ in range(3000):
            archive.addfile(folder)
    assert told("o.tgz", whole.getvalue(), limits=Limits(max_members=100)) == ["too-many: o.tgz"]
    assert told("o.tgz", whole.getvalue(), limits=Limits(max_ratio=10**6)) == []


def test_containers_are_opened_to_a_depth_only() -> None:
    data = zipped([("a.txt", b"x")])
    for _ in range(5):
        data = zipped([("q.zip", data)])
    assert told("o.zip", data) == ["too-deep: o.zip!/q.zip!/q.zip!/q.zip!/q.zip"]
    assert told("o.zip", data, limits=Limits(max_depth=6)) == ["q.zip!/" * 5 + "a.txt"]
    assert told("o.zip", data, limits=Limits(max_depth=1)) == ["too-deep: o.zip!/q.zip"]


def test_members_that_overlap_are_refused() -> None:
    data = bytearray(zipped([("a.txt", b"x" * 100), ("b.txt", b"x" * 100)]))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    struct.pack_into("<I", data, second + 42, 0)  # both begin where the first does
    assert told("o.zip", bytes(data)) == ["overlap: o.zip"]


@pytest.mark.parametrize("size", [3, 5000])
def test_a_member_of_another_size_than_told_is_damaged(size: int) -> None:
    data = bytearray(zipped([("a.txt", LETTER), ("b.txt", b"y")]))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, size)
    assert told("o.zip", bytes(data)) == ["damaged: o.zip!/a.txt", "b.txt"]


def test_a_member_whose_bytes_were_changed_is_damaged() -> None:
    data = zipped([("a.txt", b"circular letter"), ("b.txt", b"y")], method=zipfile.ZIP_STORED)
    assert told("o.zip", data.replace(b"circular", b"triangle", 1)) == ["damaged: o.zip!/a.txt", "b.txt"]


def test_a_container_that_is_cut_off_says_so_after_what_it_gave() -> None:
    two = [("a.txt", LETTER), ("b.txt", random.Random(1).randbytes(5000))]
    assert told("o.zip", zipped(two)[:-60]) == ["truncated: o.zip"]
    assert told("o.tar", tarred(two)[:4500]) == ["a.txt", "truncated: o.tar!/b.txt"]
    assert told("o.tar", tarred(two)[:3800]) == ["a.txt", "truncated: o.tar"]
    assert told("o.gz", gzip.compress(LETTER)[:-20]) == ["truncated: o.gz"]


EVERY = {
    "o.zip": zipped([("a.txt", LETTER), ("b.txt", b"x")]),
    "o.tar": tarred([("a.txt", LETTER), ("b.txt", b"x")]),
    "o.tgz": tarred([("a.txt", LETTER)], mode="w:gz"),
    "o.gz": gzip.compress(LETTER),
    "o.bz2": bz2.compress(LETTER),
    "o.xz": lzma.compress(LETTER),
    "o.eml": mail("Please find attached.", ("a.txt", LETTER)),
    "o.mbox": mailbox(mail("Please find attached.", ("a.txt", LETTER)), mail("See below.")),
    "o.msg": ole(outlook("Please find attached.", ("a.txt", LETTER))),
}


@pytest.mark.parametrize("name", EVERY)
@given(places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12), cut=st.floats(0.05, 1))
@settings(max_examples=60, deadline=None)
def test_whatever_is_damaged_in_a_container_nothing_is_raised(
    name: str, places: list[tuple[float, int]], cut: float
) -> None:
    data = bytearray(EVERY[name])
    for place, value in places:
        data[int(place * (len(data) - 1))] = value
    data = data[: int(cut * len(data))]
    for container in CONTAINERS:
        assert 0 <= container.sniff(bytes(data), name) <= 1
    for found in unpack(Document(name=name, data=bytes(data)), limits=Limits(max_unpacked=10**7)):
        assert found.name.startswith(name)


@given(st.binary(max_size=2000))
@settings(deadline=None)
def test_random_bytes_under_any_name_raise_nothing(data: bytes) -> None:
    for name in EVERY:
        for container in CONTAINERS:
            assert 0 <= container.sniff(data, name) <= 1
        assert list(unpack(Document(name=name, data=data), limits=Limits()))


# -- parsing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_letters_in_containers_are_parsed_in_their_place(tmp_path: Path, workers: int) -> None:
    (tmp_path / "1.txt").write_bytes(LETTER)
    (tmp_path / "2.zip").write_bytes(zipped([("x/a.txt", LETTER), ("../evil.txt", b"x"), ("b.txt", LETTER)]))
    (tmp_path / "3.txt").write_bytes(LETTER)
    (tmp_path / "4.eml").write_bytes(mail("See attached.", ("c.txt", LETTER)))
    outcomes = list(parse_many(walk(tmp_path), workers=workers))
    names = [o.source.name if isinstance(o, Circular) else o.reason for o in outcomes]
    assert names == ["1.txt", "a.txt", "traversal", "b.txt", "3.txt", "c.txt"]
    assert {o.ref for o in outcomes if isinstance(o, Circular)} == {parse(LETTER).ref}


def test_bytes_and_documents_are_opened_too() -> None:
    data = zipped([("a.txt", LETTER), ("b.txt", LETTER)])
    outcomes = parse_many([data, Document(name="o.zip", data=data), "TSB Circular 68", LETTER])
    assert [o.source.name for o in outcomes if isinstance(o, Circular)] == [
        "a.txt",
        "b.txt",
        "a.txt",
        "b.txt",
        "<text>",
        "<bytes>",
    ]


def test_a_container_of_several_letters_is_no_letter(tmp_path: Path) -> None:
    (tmp_path / "o.zip").write_bytes(zipped([("a.txt", LETTER), ("b.txt", LETTER)]))
    with pytest.raises(ReadError, match=r"o\.zip holds several letters: give it to `parse_many`") as caught:
        parse(tmp_path / "o.zip")
    assert caught.value.reason == "container"
    with pytest.raises(ReadError, match="nothing that can be read"):
        parse(zipped([("a.png", b"x")]))
    with pytest.raises(ReadError, match="leads out of its container"):
        parse(zipped([("../a.txt", b"x")]))
