"""A reader in a process of its own: whatever a file does to it, the caller gets a text or a reason in good time."""

from __future__ import annotations

import atexit
import bz2
import contextlib
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from itudocs.errors import ReadError
from itudocs.model import Failure
from itudocs.parse import parse_many
from itudocs.reading import Document, Limits, expand, formats, isolated, read
from itudocs.reading.formats import FORMATS
from tests.reading.made_containers import zipped
from tests.reading.misbehaving import Misbehaving

PATIENT = Limits(seconds=20)
QUICK = Limits(seconds=0.5)


def told(order: str, limits: Limits = PATIENT) -> str:
    return isolated.to_text(Misbehaving(), order.encode(), name="a.bad", limits=limits).text


def refused(order: str, limits: Limits = PATIENT) -> ReadError:
    with pytest.raises(ReadError) as caught:
        told(order, limits)
    assert caught.value.name == "a.bad"
    assert str(caught.value).startswith("a.bad ")
    return caught.value


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone(process: int) -> bool:
    """Whether a process ends in good time."""
    end = time.monotonic() + 10
    while alive(process) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(process)


def test_a_text_comes_back_whole_with_its_places() -> None:
    decoded = isolated.to_text(Misbehaving(), "say Женева 日内瓦 \U0001f4dd".encode(), name="a.bad", limits=Limits())
    assert decoded.text == "Женева 日内瓦 \U0001f4dd"
    assert str(decoded.places[0]) == "page 1, table 1, row 2, column 3"


def test_a_large_text_comes_back_whole() -> None:
    text = "Genève " * 1_000_000
    assert told(f"say {text}") == text


def test_one_reader_reads_file_after_file_and_is_not_this_process() -> None:
    first = told("pid")
    assert told("pid") == first != str(os.getpid())


def test_threads_read_at_once() -> None:
    started = threading.Barrier(2)

    def read_one(_: int) -> str:
        started.wait()
        return told("nap")

    with ThreadPoolExecutor(2) as threads:
        assert len(set(threads.map(read_one, range(2)))) == 2


@pytest.mark.parametrize("order", ["loop", "sleep"])
def test_a_file_that_takes_too_long_is_given_up(order: str) -> None:
    told("say warm")
    begun = time.monotonic()
    error = refused(order, QUICK)
    assert time.monotonic() - begun < 2.5
    assert error.reason == "timeout"
    assert "raise Limits(seconds=...)" in str(error)
    assert told("say next") == "next"


def test_a_file_that_takes_too_much_memory_is_given_up() -> None:
    limits = Limits(max_memory=64 * 2**20)
    error = refused(f"hog {100 * 2**20}", limits)
    assert error.reason == "memory"
    assert "raise Limits(max_memory=...)" in str(error)
    assert told(f"hog {40 * 2**20}", limits) == "had it"


def test_a_library_that_ends_its_process_for_want_of_memory_is_told_from_one_that_crashes() -> None:
    limits = Limits(max_memory=1024 * 2**20)
    assert refused(f"starve {900 * 2**20}", limits).reason == "memory"
    assert refused("starve 1000", limits).reason == "reader-died"


def test_a_reader_that_has_grown_is_replaced() -> None:
    limits = Limits(max_memory=256 * 2**20)
    first = told("pid", limits)
    assert told(f"hog {100 * 2**20}", limits) == "had it"
    assert told("pid", limits) != first
    assert gone(int(first))


@pytest.mark.parametrize(("order", "why"), [("crash", "SIGSEGV"), ("exit 7", "exit status 7")])
def test_a_reader_that_dies_takes_nothing_with_it(order: str, why: str) -> None:
    error = refused(order)
    assert error.reason == "reader-died"
    assert why in str(error)
    assert told("say next") == "next"


def test_no_file_suffers_for_one_before_it() -> None:
    told("say warm")
    assert told("frail") == "well"


def test_a_formats_own_reason_comes_through() -> None:
    error = refused("refuse")
    assert (error.reason, str(error)) == ("taste", "a.bad is not to my taste.")


def test_a_fault_of_a_reader_says_where_it_is() -> None:
    error = refused("fault")
    assert error.reason == "internal-error"
    assert "ValueError: a slip (misbehaving.py, line " in str(error)


def test_nesting_beyond_the_interpreter_is_the_files_damage() -> None:
    assert refused("recurse").reason == "damaged"


def test_a_reader_writes_no_file(tmp_path: Path) -> None:
    assert refused(f"write {tmp_path / 'x'}").reason == "internal-error"
    assert not (tmp_path / "x").exists() or not (tmp_path / "x").read_bytes()


def test_a_reader_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    told("chatter")
    assert capfd.readouterr() == ("", "")


def test_an_answer_that_makes_no_sense_is_no_answer() -> None:
    """Whatever has become of a reader, its bytes are data: a frame that is none, a message that is none."""
    for descriptor in range(3, 12):  # one of them is its end of the wire
        with contextlib.suppress(ReadError):
            told(f"babble {descriptor}", QUICK)
    assert told("say next") == "next"


def test_programs_that_a_reader_started_end_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    assert refused(f"child {note}", Limits(seconds=2)).reason == "timeout"
    assert gone(int(os.readlink(note)))


def test_readers_end_with_the_process_they_read_for() -> None:
    script = (
        "import os, sys; from tests.reading.misbehaving import Misbehaving; from itudocs.reading import Limits, isolated\n"
        "print(isolated.to_text(Misbehaving(), b'pid', name='a.bad', limits=Limits()).text, flush=True)\n"
        "if sys.argv[1] == 'killed': os.kill(os.getpid(), 9)"
    )
    path = os.pathsep.join(sys.path)
    for end in ("ended", "killed"):
        made = subprocess.run(
            [sys.executable, "-W", "error", "-c", script, end],
            env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True,
        )  # fmt: skip
        assert made.stderr == ""
        assert gone(int(made.stdout))


def test_a_fork_has_readers_of_its_own() -> None:
    first = told("pid")
    ours, theirs = os.pipe()
    if not (fork := os.fork()):
        try:
            os.write(theirs, told("pid").encode())
        finally:
            os._exit(0)
    os.waitpid(fork, 0)
    os.close(theirs)
    with open(ours) as answer:
        assert answer.read() not in {"", first}
    assert told("pid") == first


def test_a_fork_that_ends_leaves_its_parents_readers_alone() -> None:
    first = told("pid")
    if not (fork := os.fork()):
        try:
            atexit._run_exitfuncs()
        finally:
            os._exit(0)
    os.waitpid(fork, 0)
    assert told("pid") == first


def test_formats_choose_to_be_isolated_and_the_rest_of_a_batch_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "FORMATS", (*FORMATS, Misbehaving()))
    assert read(b"say CR/387", name="a.bad").text == "CR/387"
    orders = [b"say CR/387", b"crash", b"loop", b"say CR/388"]
    documents = [Document(name=f"{n}.bad", data=order) for n, order in enumerate(orders)]
    outcomes = list(parse_many(documents, limits=Limits(seconds=1)))
    assert [o.reason if isinstance(o, Failure) else o.ref for o in outcomes] == [
        "CR/387", "reader-died", "timeout", "CR/388",
    ]  # fmt: skip


# -- containers --------------------------------------------------------------------------------------------------------


def came(data: bytes, limits: Limits) -> list[str]:
    """What comes out of a container: names of members, reasons of failures."""
    return [
        f.reason if isinstance(f, Failure) else f.name for f in expand(Document(name="o.zip", data=data), limits=limits)
    ]


BOMB = bz2.compress(bytes(2 * 10**9))
"""Some kilobytes that take many seconds and gigabytes to unpack."""
LAX = Limits(max_bytes=2**40, max_unpacked=2**40, max_ratio=2**40, max_memory=2**40)


def test_a_container_that_takes_too_long_is_given_up_and_what_came_before_is_kept() -> None:
    data = zipped([("letter.txt", b"CR/387"), ("bomb.txt.bz2", BOMB), ("late.txt", b"CR/388")])
    came(zipped([("warm.txt", b"x")]), PATIENT)  # what a fresh reader has to import takes time on a busy machine
    begun = time.monotonic()
    assert came(data, msgspec.structs.replace(LAX, seconds=1)) == ["o.zip!/letter.txt", "timeout"]
    assert time.monotonic() - begun < 10


def test_a_container_that_takes_too_much_memory_is_given_up_and_this_process_needs_none() -> None:
    data = zipped([("letter.txt", b"CR/387"), ("bomb.txt.bz2", BOMB)])
    assert came(data, msgspec.structs.replace(LAX, max_memory=128 * 2**20)) == ["o.zip!/letter.txt", "memory"]


def test_the_time_that_the_caller_takes_between_members_is_not_the_containers() -> None:
    incompressible = random.Random(1).randbytes(2**20)  # more than a socket holds
    data = zipped([(f"{n}.txt", incompressible) for n in range(4)])
    names = []
    for found in expand(Document(name="o.zip", data=data), limits=Limits(seconds=2)):
        time.sleep(1.2)
        names.append(found.name)
    assert names == [f"o.zip!/{n}.txt" for n in range(4)]


def test_a_container_that_is_left_halfway_leaves_no_process_behind() -> None:
    told("say warm")
    reader = int(told("pid"))
    members = expand(Document(name="o.zip", data=zipped([("1.txt", b"x"), ("2.txt", b"y")])))
    assert isinstance(next(members), Document)
    assert isinstance(members, Generator)
    members.close()
    assert gone(reader)
    assert came(zipped([("1.txt", b"x")]), Limits()) == ["o.zip!/1.txt"]


def test_a_reader_that_died_halfway_is_replaced_and_no_member_comes_twice() -> None:
    told("say warm")
    reader = int(told("pid"))
    large = random.Random(2).randbytes(2**20)
    members = expand(Document(name="o.zip", data=zipped([(f"{n}.txt", large) for n in range(6)])))
    first = next(members)
    os.kill(reader, 9)
    assert [first.name, *(found.name for found in members)] == [f"o.zip!/{n}.txt" for n in range(6)]
