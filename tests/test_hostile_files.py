"""Files made to do harm are refused by name, within limits of time and memory, and the letters among them are stored."""

from __future__ import annotations

import gzip
import resource
import time
from pathlib import Path

import pytest

pytest.importorskip("olefile")
pytest.importorskip("pypdfium2")

from itudocs import open_archive
from itudocs.errors import ReadError
from itudocs.reading import Limits, read
from itudocs.reading.containers import CONTAINERS
from itudocs.reading.formats import FORMATS
from tests import hostile
from tests.hostile import Hostile
from tests.reading.made_containers import mail, ole, outlook, zipped

LIMITS = Limits(seconds=10, max_memory=512 * 2**20)
FILES = {file.name: file for file in hostile.files()}


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_each_is_refused_by_name_in_good_time(file: Hostile) -> None:
    data = file.make()
    begun = time.monotonic()
    try:
        source = read(data, name=file.name, limits=LIMITS)
    except ReadError as error:
        reason, message = error.reason, str(error)
    else:
        reason, message = "empty" if not source.text.strip() else "", f"{file.name} was read"
    assert reason in file.reasons
    assert message.startswith(file.name)
    assert (
        time.monotonic() - begun < 3 * LIMITS.seconds
    )  # once in a used reader, once in a fresh one, on a busy machine


@pytest.mark.parametrize("extension", sorted(e for form in FORMATS for e in form.extensions))
@pytest.mark.parametrize("seed", range(3))
def test_random_bytes_are_refused_under_every_extension(extension: str, seed: int) -> None:
    with pytest.raises(ReadError) as caught:
        read(hostile.noise(seed), name=f"noise{extension}", limits=LIMITS)
    assert str(caught.value).startswith("noise.")


def test_formats_cut_off_and_followed_by_noise_are_read_or_refused() -> None:
    for name, data in hostile.honest().items():
        for seed in range(20):
            cut = len(data) * (seed + 1) // 21
            try:
                read(data[:cut] + hostile.noise(seed), name=name, limits=LIMITS)
            except ReadError as error:
                reason = error.reason
                assert reason != "internal-error", (name, seed, str(error))  # noqa: PT017


def test_the_letters_among_them_are_stored(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, data in hostile.honest().items():
        (folder / name).write_bytes(data)
    for file in FILES.values():
        (folder / file.name).write_bytes(file.make())
    for form in FORMATS:
        for extension in form.extensions:
            (folder / f"noise{extension}").write_bytes(hostile.noise(1))
    with (folder / "sparse.doc").open("wb") as sparse:  # 2 GB that take no room
        sparse.truncate(2 * 2**30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open_archive(tmp_path / "archive", create=True) as archive:
        report = archive.add(folder, limits=LIMITS)
        names = {Path(letter.source.name).name for letter in archive}
    assert names >= set(hostile.honest())
    failed = {Path(failure.name).name: failure.reason for failure in report.failed}
    assert failed["sparse.doc"] == "too-large"
    assert {
        name: failed.get(name, "") for name in FILES if failed.get(name, "") not in {*FILES[name].reasons, ""}
    } == {}
    assert set(failed) >= {name for name, file in FILES.items() if not file.reasons & {"", "empty"}}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 * 1024  # kilobytes, in this process


def test_hostile_containers_fail_by_name_and_the_letters_in_them_are_stored(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    letter = hostile.honest()["honest.txt"]
    evil = [("../evil.txt", b"x"), ("bomb.txt", bytes(2**24)), ("forms.pdf", FILES["forms.pdf"].make())]
    cut = ("../cut.doc", FILES["cut.doc"].make())  # in a mail a path is a name
    made = {
        "mixed.zip": zipped([*evil, ("good.txt", letter)]),
        "mail.eml": mail("Please find attached.", cut, ("good.txt", letter + b"1")),
        "mail.msg": ole(outlook("Please find attached.", cut, ("good.txt", letter + b"2"))),
        "cut.msg": ole(outlook("Note", ("good.txt", letter)))[:3000],
        "bomb.gz": gzip.compress(bytes(2**26)),
    }
    for container in CONTAINERS:
        for extension in container.extensions:
            made[f"noise{extension}"] = hostile.noise(1)
    for name, data in made.items():
        (folder / name).write_bytes(data)
    with open_archive(tmp_path / "archive", create=True) as archive:
        report = archive.add(folder, limits=LIMITS)
        names = {source.name.removeprefix(f"{folder}/") for record in archive for source in archive.sources(record.key)}
        assert archive.add(folder, limits=LIMITS).added == 0
    assert names == {f"{name}!/good.txt" for name in ("mixed.zip", "mail.eml", "mail.msg")}
    failed = {failure.name.removeprefix(f"{folder}/"): failure.reason for failure in report.failed}
    assert {name.partition("!")[0] for name in failed} == set(made)
    assert failed["mixed.zip!/../evil.txt"] == "traversal"
    assert failed["mail.msg!/cut.doc"] == failed["mail.eml!/cut.doc"] == "damaged"
    assert (failed["mixed.zip!/bomb.txt"], failed["bomb.gz"]) == ("bomb", "bomb")
    assert not (tmp_path / "evil.txt").exists()
    assert not (tmp_path / "cut.doc").exists()
