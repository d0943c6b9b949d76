"""Items are worked on in processes: in order, lazily, whatever happens to a process."""

from __future__ import annotations

import gc
import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from itudocs.errors import ItuDocsError
from itudocs.workers import Died, ordered

# -- what workers are given to do; they import this module -----------------------------------------------------------


def doubled(n: int) -> int:
    return 2 * n


def slow_at_first(n: int) -> int:
    time.sleep(0.2 if n == 0 else 0)
    return n


def poisoned(n: int) -> int:
    if n in {3, 4, 7}:
        os.kill(os.getpid(), signal.SIGKILL)
    return n


def exits(n: int) -> int:
    if n == 1:
        os._exit(7)
    return n


def dies_of_old_age(n: int, *, register: Path) -> int:
    """Kills a process that has worked before; a fresh one does the same item."""
    seen = register / str(os.getpid())
    if n == 2 and seen.exists():
        os.kill(os.getpid(), signal.SIGKILL)
    seen.touch()
    return n


def pid(_: int) -> int:
    return os.getpid()


def choosy(n: int) -> int:
    if n == 2:
        raise ValueError("two is too many")
    return n


def unsendable(n: int) -> object:
    return threading.Lock() if n == 1 else n


def huge(text: str) -> str:
    return text[::-1]


def anything(item: object) -> object:
    return item


def chatty(n: int) -> int:
    print("this would break the data on standard output")
    return n


def forever(n: int) -> int:
    if n:
        time.sleep(60)
    return n


def main_module(_: int) -> str | None:
    return getattr(sys.modules["__main__"], "__file__", None)


# -- the tests ---------------------------------------------------------------------------------------------------------


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    assert list(ordered(doubled, range(20), workers=workers)) == list(range(0, 40, 2))


def test_a_slow_item_keeps_its_place() -> None:
    assert list(ordered(slow_at_first, range(5), workers=2)) == [0, 1, 2, 3, 4]


def test_no_items_are_no_results() -> None:
    assert list(ordered(doubled, [], workers=2)) == []


def test_items_are_pulled_only_a_window_ahead() -> None:
    pulled: list[int] = []

    def items() -> Iterator[int]:
        for n in itertools.count():
            pulled.append(n)
            yield n

    results = ordered(doubled, items(), workers=2, ahead=5)
    assert pulled == []
    assert [next(results) for _ in range(10)] == list(range(0, 20, 2))
    assert len(pulled) <= 15
    results.close()


def test_the_items_that_kill_a_worker_are_named_and_the_others_done() -> None:
    results = list(ordered(poisoned, range(10), workers=2))
    assert [r for r in results if not isinstance(r, Died)] == [0, 1, 2, 5, 6, 8, 9]
    died = [(results.index(r), r.item, r.status) for r in results if isinstance(r, Died)]
    assert died == [(3, 3, -9), (4, 4, -9), (7, 7, -9)]


def test_the_exit_status_is_told() -> None:
    results = list(ordered(exits, range(3), workers=1))
    assert isinstance(results[1], Died)
    assert results[1].status == 7


def test_an_item_is_not_blamed_for_a_worker_that_was_at_its_end(tmp_path: Path) -> None:
    assert list(ordered(partial(dies_of_old_age, register=tmp_path), range(5), workers=1)) == [0, 1, 2, 3, 4]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_worker_killed_from_outside_costs_no_result() -> None:
    results = ordered(pid, range(50), workers=1, ahead=1)
    first = next(results)
    assert isinstance(first, int)
    os.kill(first, signal.SIGKILL)
    rest = list(results)
    assert len(rest) == 49
    assert not any(isinstance(r, Died) for r in rest)


def test_an_exception_of_the_task_is_raised_in_its_turn_with_its_own_traceback() -> None:
    results = ordered(choosy, range(5), workers=2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two is too many") as caught:
        next(results)
    assert "In a worker process" in caught.value.__notes__[0]
    assert "in choosy" in caught.value.__notes__[0]


def test_an_exception_of_the_items_is_raised_after_the_results_before_it() -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        raise OSError("the disk is gone")

    results = ordered(doubled, items(), workers=2)
    assert [next(results) for _ in range(3)] == [0, 2, 4]
    with pytest.raises(OSError, match="the disk is gone"):
        next(results)


def test_an_item_that_cannot_be_sent_is_the_callers_error() -> None:
    with pytest.raises(TypeError, match="pickle"):
        list(ordered(anything, [threading.Lock()], workers=1))


def test_a_result_that_cannot_be_sent_is_said_so() -> None:
    results = ordered(unsendable, range(3), workers=1)
    assert next(results) == 0
    with pytest.raises(ItuDocsError, match="cannot be sent"):
        next(results)


def test_items_and_results_larger_than_any_pipe_do_not_block() -> None:
    texts = [chr(65 + n) * 5_000_000 for n in range(6)]
    assert list(ordered(huge, texts, workers=2)) == texts


def test_what_a_task_prints_stays_off_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(ordered(chatty, [1], workers=1)) == [1]
    assert capfd.readouterr().out == ""


def test_workers_end_when_the_results_are_all_taken() -> None:
    processes = {p for p in ordered(pid, range(8), workers=2) if isinstance(p, int)}
    assert processes
    assert not any(map(alive, processes))


def test_leaving_early_stops_workers_in_the_middle_of_an_item() -> None:
    results = ordered(forever, range(10), workers=2)
    assert next(results) == 0
    began = time.monotonic()
    results.close()
    assert time.monotonic() - began < 5
    assert not [t for t in threading.enumerate() if t.name.startswith("itudocs-worker")]


def test_results_that_are_forgotten_stop_their_workers_without_a_word() -> None:
    results = ordered(forever, range(10), workers=2)
    assert next(results) == 0
    circle: list[object] = [results]
    circle.append(circle)
    del results, circle
    gc.collect()  # what goes wrong here is an error of the test
    assert not [t for t in threading.enumerate() if t.name.startswith("itudocs-worker")]


def test_an_interrupt_stops_the_workers(request: pytest.FixtureRequest) -> None:
    # A program started in the background may have been told to ignore it
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    results = ordered(forever, range(10), workers=2)
    assert next(results) == 0
    # To this very thread: sent to the process it may reach one of those that earlier tests have left, and wake nobody.
    timer = threading.Timer(0.3, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        next(results)
    timer.join()
    assert not [t for t in threading.enumerate() if t.name.startswith("itudocs-worker")]


def test_a_task_that_cannot_be_imported_is_an_error_not_a_death(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", [p for p in sys.path if not p.endswith("tests")])
    with pytest.raises(ItuDocsError, match="could not start"):
        list(ordered(doubled, [1], workers=1))
    assert "test_workers" in capfd.readouterr().err


def test_workers_do_not_run_the_main_program_again() -> None:
    (main,) = ordered(main_module, [1], workers=1)
    assert main is None


def test_fewer_than_one_worker_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        ordered(doubled, [1], workers=0)
