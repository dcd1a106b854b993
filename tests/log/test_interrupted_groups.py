"""An interrupt while a group is handed over: it is told as such, and the lock of the log is held by who thinks so."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from socketstore import Log, open_log
from socketstore.log.groups import InGroups
from tests.log.test_groups import LONG, Memory


@pytest.fixture
def memory() -> Iterator[Memory]:
    memory = Memory()
    yield memory
    memory.may_write.set()


class InterruptedLock:
    """A lock whose taking back is interrupted once, in this thread, and which only its owner may release."""

    def __init__(self) -> None:
        self.interrupts = 0
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._owner = 0
        self._me = threading.get_ident()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self.interrupts and threading.get_ident() == self._me:
            self.interrupts -= 1
            raise KeyboardInterrupt
        taken = self._lock.acquire(blocking, timeout)
        if taken:
            self._owner = threading.get_ident()
        return taken

    def release(self) -> None:
        if self._owner != threading.get_ident():
            raise RuntimeError("released by another")
        self._owner = 0
        self._lock.release()
        if self.interrupts:
            self.released.set()

    def _is_owned(self) -> bool:
        return self._owner == threading.get_ident()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def add(writing: InGroups, number: int) -> None:
    writing.add(lambda *_: b"%d\n" % number, lambda: 0.0, None)


def flush_and_be_interrupted(writing: InGroups, lock: InterruptedLock, number: int) -> None:
    with lock:
        add(writing, number)
        lock.interrupts = 1
        writing.flush()


@pytest.mark.timeout(LONG)
def test_one_that_comes_while_the_lock_is_taken_back_is_raised_with_the_lock(memory: Memory) -> None:
    lock: Any = InterruptedLock()
    writing = InGroups(memory, lock)
    with lock:
        add(writing, 1)
    memory.wait_for_sync(1)
    with pytest.raises(KeyboardInterrupt):
        flush_and_be_interrupted(writing, lock, 2)
    with lock:
        add(writing, 3)
        writing.close()
    assert memory.texts == [b"1\n", b"2\n", b"3\n"]


@pytest.mark.timeout(LONG)
def test_so_is_one_that_comes_while_others_write(memory: Memory) -> None:
    lock: Any = InterruptedLock()
    writing = InGroups(memory, lock)
    memory.may_write.clear()
    with lock:
        add(writing, 1)
    assert memory.writing.wait(LONG)

    def let_it_be_written_once_somebody_waits() -> None:
        assert lock.released.wait(LONG)
        memory.may_write.set()

    helper = threading.Thread(target=let_it_be_written_once_somebody_waits)
    helper.start()
    with pytest.raises(KeyboardInterrupt):
        flush_and_be_interrupted(writing, lock, 2)
    helper.join()
    with lock:
        add(writing, 3)
        writing.close()
    assert memory.texts == [b"1\n", b"2\n", b"3\n"]


def flush_until_interrupted(log: Log) -> None:
    """A function, as Python 3.13 lets interrupts past the ``except`` of a loop that stands in the ``try`` itself."""
    signal.setitimer(signal.ITIMER_REAL, 0.002)
    late = time.monotonic() + 1  # an interrupt in a finalizer is lost
    while time.monotonic() < late:
        log.flush()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs signals that come by themselves")
@pytest.mark.parametrize("interrupts", [50, pytest.param(3_000, marks=pytest.mark.long)])
@pytest.mark.timeout(120)
@pytest.mark.usefixtures("untraced")
def test_at_any_moment_it_is_nothing_but_an_interrupt_and_nothing_is_lost(tmp_path: Path, interrupts: int) -> None:
    log = open_log(tmp_path / "a.jsonl", mode="x", durability="batch")
    ending, appended, seen = threading.Event(), Counter[int](), Counter[str]()

    def append() -> None:
        while not ending.is_set():
            log.append("x" * 2000)
            appended[threading.get_ident()] += 1

    threads = [threading.Thread(target=append) for _ in range(2)]
    handler = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for thread in threads:
            thread.start()
        while seen["KeyboardInterrupt"] < interrupts and seen.total() == seen["KeyboardInterrupt"]:
            try:
                flush_until_interrupted(log)
            except BaseException as error:
                seen[type(error).__name__] += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        ending.set()
        for thread in threads:
            thread.join()
    assert dict(seen) == {"KeyboardInterrupt": interrupts}
    log.close()
    with open_log(tmp_path / "a.jsonl") as written:
        assert sum(1 for _ in written.lines()) == appended.total()
