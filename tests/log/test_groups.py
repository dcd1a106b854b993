"""Group commit: entries wait together, not long, not many, and are not lost; errors are told to who comes next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from socketstore import LogCorrupted, LogUnavailable, open_log
from socketstore.log import groups
from socketstore.log.log import Log
from socketstore.log.storage import Compacted, Line, Lines

LONG = 10.0  # seconds after which a test gives up


class Memory:
    """A storage whose writes and syncs can be held back, refused and counted."""

    version = 2
    first = 1

    def __init__(self) -> None:
        self.path = Path("memory.jsonl")
        self.last = 0
        self.calls: list[tuple[str, int]] = []
        self.texts: list[bytes] = []
        self.may_write = threading.Event()
        self.may_write.set()
        self.writing = threading.Event()
        self.synced = threading.Condition()
        self.full = False
        self.broken = False
        self.interrupt: Callable[[], None] = lambda: None

    def write(self, lines: bytes, first: int, last: int) -> None:
        self.writing.set()
        assert self.may_write.wait(LONG)
        self.interrupt()
        if self.full:
            raise LogUnavailable("the disk is full; make room")
        assert first == self.last + 1
        self.texts += lines.splitlines(keepends=True)
        assert len(self.texts) == last
        self.calls.append(("write", last))
        self.last = last

    def sync(self) -> None:
        if self.broken:
            raise LogUnavailable("the disk is broken")
        with self.synced:
            self.calls.append(("sync", self.last))
            self.synced.notify_all()

    def wait_for_sync(self, last: int) -> None:
        with self.synced:
            assert self.synced.wait_for(lambda: ("sync", last) in self.calls, LONG)

    def lines(self, after: int = 0) -> Iterator[Line]:
        return (Line(number, text) for number, text in enumerate(self.texts, start=2))

    tail = lines

    def blocks(self, after: int = 0) -> Iterator[Lines]:
        return iter([Lines(2, list(self.texts))])

    def compact(self) -> Compacted:
        raise NotImplementedError

    def disown(self) -> None:
        self.calls.append(("disown", self.last))

    def close(self) -> None:
        self.calls.append(("close", self.last))


@pytest.fixture
def memory() -> Iterator[Memory]:
    memory = Memory()
    yield memory
    memory.may_write.set()
    memory.full = memory.broken = False


def opened(memory: Memory, durability: Any = "batch") -> Log:
    log = Log(memory, durability=durability, clock=lambda: 1.0)
    assert memory.calls == ([] if durability == "os" else [("sync", 0)])  # what was there before is on the disk, too
    memory.calls.clear()
    return log


def numbers(memory: Memory) -> list[int]:
    with Log(memory, mode="r") as log:
        return [entry.sequence for entry in log.read()]


def test_the_first_entry_after_a_pause_is_written_without_being_asked(memory: Memory) -> None:
    with opened(memory) as log:
        log.append(1)
        memory.wait_for_sync(1)
        log.append(2)
        memory.wait_for_sync(2)
        assert log.written in (1, 2)


def test_entries_that_come_while_others_are_written_go_together(memory: Memory) -> None:
    memory.may_write.clear()
    with opened(memory) as log:
        log.append(1)
        assert memory.writing.wait(LONG)
        for number in range(2, 101):
            assert log.append(number) == number
        assert (log.last, log.written) == (100, 0)
        memory.may_write.set()
        memory.wait_for_sync(100)
    assert memory.calls == [("write", 1), ("sync", 1), ("write", 100), ("sync", 100), ("close", 100)]


def test_what_is_appended_while_the_group_before_is_young_waits_and_not_long(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "DELAY", 0.2)
    with opened(memory) as log:
        log.append(1)
        memory.wait_for_sync(1)
        for number in range(2, 50):
            log.append(number)
        memory.wait_for_sync(49)
    assert memory.calls == [("write", 1), ("sync", 1), ("write", 49), ("sync", 49), ("close", 49)]


def test_flush_returns_when_everything_is_on_the_disk(memory: Memory) -> None:
    with opened(memory) as log:
        for number in range(1, 200):
            log.append(number)
        log.flush()
        assert log.written == log.last == 199
        assert memory.calls[-1] == ("sync", 199)


def test_flush_brings_what_was_only_written_to_the_disk(memory: Memory) -> None:
    with opened(memory, "os") as log:
        log.append(1)
        log.append(2)
        assert (log.written, memory.calls) == (0, [("write", 1), ("write", 2)])
        log.flush()
        assert (log.written, memory.calls[-1]) == (2, ("sync", 2))
        log.flush()
        assert len(memory.calls) == 3


def test_each_entry_is_on_the_disk_when_append_returns_if_that_is_wanted(memory: Memory) -> None:
    with opened(memory, "entry") as log:
        for number in (1, 2):
            log.append(number)
            assert log.written == number
    assert memory.calls == [("write", 1), ("sync", 1), ("write", 2), ("sync", 2), ("close", 2)]


def test_reading_sees_what_waits(memory: Memory) -> None:
    with opened(memory) as log:
        for number in range(1, 50):
            log.append(number)
            assert [entry.sequence for entry in log.read()] == list(range(1, number + 1))


def test_what_was_only_written_so_that_it_could_be_read_is_brought_to_the_disk_soon(memory: Memory) -> None:
    with opened(memory) as log:
        log.append(1)
        memory.wait_for_sync(1)
        log.append(2)
        assert len(list(log.read())) == 2
        memory.wait_for_sync(2)


def test_close_writes_what_waits_and_brings_it_to_the_disk(memory: Memory) -> None:
    log = opened(memory)
    for number in range(1, 1000):
        log.append(number)
    log.close()
    assert memory.calls[-2:] == [("sync", 999), ("close", 999)]
    assert (log.last, log.written) == (999, 999)
    log.close()
    log.flush()
    with pytest.raises(LogUnavailable, match=r"not open for writing any more: this log was closed"):
        log.append(1)


def test_closing_ends_the_thread(memory: Memory) -> None:
    log = opened(memory)
    log.append(1)
    log.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "socketstore log memory.jsonl"]


def test_who_adds_more_than_may_wait_waits(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "WAITING", 1_000)
    memory.may_write.clear()
    with opened(memory) as log:
        log.append(1)
        assert memory.writing.wait(LONG)
        log.append("x" * 2_000)  # too much waits from now on
        appended = threading.Event()
        thread = threading.Thread(target=lambda: (log.append(3), appended.set()))
        thread.start()
        assert not appended.wait(0.05)
        assert log.last == 2
        memory.may_write.set()
        assert appended.wait(LONG)
        thread.join()
    assert numbers(memory) == [1, 2, 3]


# Errors.


def failing(memory: Memory, log: Log) -> None:
    """Let an entry wait that cannot be written."""
    memory.full = True
    log.append(1)
    with pytest.raises(LogUnavailable, match="the disk is full"):
        log.flush()


def test_an_error_in_the_background_is_raised_by_the_next_append_which_takes_nothing(memory: Memory) -> None:
    with opened(memory) as log:
        failing(memory, log)
        for _ in range(3):
            with pytest.raises(LogUnavailable, match="the disk is full; make room"):
                log.append(2)
        assert log.last == 1
        memory.full = False
        assert log.append(2) == 2
    assert numbers(memory) == [1, 2]


def test_an_error_in_the_background_is_raised_without_a_flush(memory: Memory) -> None:
    with opened(memory) as log:
        memory.full = True
        with pytest.raises(LogUnavailable, match="the disk is full"):  # noqa: PT012 - one of them
            for number in range(1, 1_000_000):
                log.append(number)
        memory.full = False
        last = log.last
    assert numbers(memory) == list(range(1, last + 1))


def test_nothing_that_waits_is_lost_while_the_disk_is_full(memory: Memory) -> None:
    with opened(memory) as log:
        failing(memory, log)
        with pytest.raises(LogUnavailable):
            list(log.read())
        memory.full = False
        log.flush()
        assert log.written == 1
    assert numbers(memory) == [1]


def test_what_close_cannot_write_is_told_and_the_log_is_closed(memory: Memory) -> None:
    log = opened(memory)
    failing(memory, log)
    with pytest.raises(LogUnavailable, match=r"the disk is full; make room; the entries 1 to 1 are lost"):
        log.close()
    assert memory.calls == [("close", 0)]
    log.close()
    with pytest.raises(LogUnavailable, match="this log was closed"):
        log.append(2)


@pytest.mark.parametrize("durability", ["batch", "entry", "os"])
def test_after_the_disk_has_failed_nothing_more_is_taken(memory: Memory, durability: Any) -> None:
    log = opened(memory, durability)
    memory.broken = True
    with pytest.raises(LogUnavailable, match="the disk is broken"):  # noqa: PT012 - one of them
        for number in range(1, 1_000_000):
            log.append(number)
            if number == 10:
                log.flush()
    memory.broken = False
    for _ in range(2):
        with pytest.raises(LogUnavailable, match=r"the disk is broken\. Entries after 0 may be lost; close the log"):
            log.append(1)
        with pytest.raises(LogUnavailable, match="may be lost"):
            log.flush()
    assert log.written == 0
    if durability == "batch":
        with pytest.raises(LogUnavailable, match="may be lost"):
            log.close()
    else:
        log.close()


# Interrupts.


def interrupted() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("durability", ["batch", "os", "entry"])
def test_an_interrupt_while_writing_loses_and_doubles_nothing(memory: Memory, durability: Any) -> None:
    log = opened(memory, durability)
    log.append(1)
    log.flush()
    memory.interrupt = interrupted
    taken = 1
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the one or the other
        log.append(2)
        taken = 2  # a "batch" takes it; who writes it is interrupted
        log.flush()
    memory.interrupt = lambda: None
    assert log.last == taken
    log.append(3)
    log.close()
    assert numbers(memory) == list(range(1, taken + 2))


def test_an_interrupt_while_closing_leaves_the_log_open_and_nothing_lost(memory: Memory) -> None:
    memory.may_write.clear()
    log = opened(memory)
    log.append(1)
    assert memory.writing.wait(LONG)
    log.append(2)
    memory.interrupt = lambda: interrupted() if threading.current_thread() is threading.main_thread() else None
    memory.may_write.set()
    with pytest.raises(KeyboardInterrupt):
        log.close()
    memory.interrupt = lambda: None
    log.close()
    assert numbers(memory) == [1, 2]


# In files.


@pytest.mark.parametrize("name", ["a.jsonl", "a.db"])
def test_several_threads_append_in_groups(tmp_path: Path, name: str) -> None:
    start = threading.Barrier(6)
    with open_log(tmp_path / name, mode="x", durability="batch") as log:

        def write(thread: int) -> None:
            start.wait()
            for count in range(200):
                log.append([thread, count])
                if count % 60 == thread:
                    log.flush()

        threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        entries = list(log.read())
    assert [entry.sequence for entry in entries] == list(range(1, 1201))
    for number in range(6):
        mine = [entry.action[1] for entry in entries if entry.action[0] == number]  # type: ignore[union-attr]
        assert mine == list(range(200))


@pytest.mark.parametrize("name", ["a.jsonl", "a.db"])
@pytest.mark.parametrize("durability", ["batch", "entry"])
def test_the_names_of_new_files_are_brought_to_the_disk_too(
    tmp_path: Path, name: str, durability: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from socketstore.log import jsonl, sqlite

    synced: list[Path] = []
    monkeypatch.setattr(jsonl, "sync_folder", synced.append)
    monkeypatch.setattr(sqlite, "sync_folder", synced.append)
    with open_log(tmp_path / name, mode="x", durability=durability) as log:
        log.append(1)
        log.flush()
    assert synced == [tmp_path / name]


def test_damage_found_when_writing_is_told_and_leaves_no_thread(memory: Memory) -> None:
    def fail() -> None:
        message = "the file is damaged"
        raise LogCorrupted(message, line=1)

    memory.interrupt = fail
    log = opened(memory)
    log.append(1)
    with pytest.raises(LogUnavailable, match="the file is damaged; the entries 1 to 1 are lost"):
        log.close()
    assert memory.calls == [("close", 0)]
    assert not [thread for thread in threading.enumerate() if thread.name == "socketstore log memory.jsonl"]


def test_the_thread_survives_errors_of_any_kind(memory: Memory) -> None:
    errors = iter([MemoryError()])

    def fail_once() -> None:
        for error in errors:
            raise error

    memory.interrupt = fail_once
    with opened(memory) as log:
        log.append(1)
        writing: Any = log._writing
        with writing._changed:
            assert writing._changed.wait_for(lambda: writing._failed, LONG)
        log.append(2)
        memory.wait_for_sync(2)


@pytest.mark.timeout(LONG)
def test_an_interrupt_between_two_steps_of_a_write_holds_up_nobody(memory: Memory) -> None:
    log = opened(memory)
    log.append(1)
    memory.wait_for_sync(1)
    writing: Any = log._writing
    with writing._changed:
        writing._busy = threading.get_ident()  # what is left when it comes just before the write, or just behind it
    log.append(2)
    log.flush()
    assert log.written == 2
    log.close()


def test_who_writes_in_the_midst_of_a_write_of_the_same_thread_is_refused(memory: Memory) -> None:
    log = opened(memory)
    told: list[str] = []

    def handle_a_signal() -> None:
        memory.interrupt = lambda: None
        log.append("from a handler")
        with pytest.raises(LogUnavailable, match="entries 1 to 1 are not written yet"):
            log.flush()
        told.append("so")

    memory.may_write.clear()
    with log._lock:
        memory.interrupt = handle_a_signal
        memory.may_write.set()
        log._writing.add(lambda *_: b"{}\n", lambda: 0.0, None)
        log._writing.flush()
    log.flush()
    assert told
    assert memory.texts[0] == b"{}\n"
    assert len(memory.texts) == 2
    log.close()


@pytest.mark.timeout(LONG)
@pytest.mark.parametrize("when", ["while it writes", "while its thread ends"])
def test_what_a_thread_appends_that_waited_when_the_log_was_closed_is_written(
    memory: Memory, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "DELAY", LONG)
    log = opened(memory)
    writing: Any = log._writing

    def add() -> None:
        with log._lock:
            writing.add(lambda *_: b"{}\n", lambda: 0.0, None)

    def add_in_a_thread(_: Any = None) -> None:
        memory.interrupt = lambda: None
        thread = threading.Thread(target=add)
        thread.start()
        thread.join()

    log.append(1)
    memory.wait_for_sync(1)
    log.append(2)
    if when == "while it writes":
        memory.interrupt = add_in_a_thread
    else:
        monkeypatch.setattr(writing._thread, "join", add_in_a_thread)
    log.close()
    assert memory.texts[2:] == [b"{}\n"]
    assert memory.calls[-2:] == [("sync", 3), ("close", 3)]


@pytest.mark.timeout(LONG)
def test_a_thread_that_waited_until_the_log_was_closed_is_refused(memory: Memory) -> None:
    log = opened(memory)
    writing: Any = log._writing
    log.append(1)
    log.close()
    memory.full = True  # as a storage that is closed
    with log._lock, pytest.raises(LogUnavailable):
        writing.add(lambda *_: b"{}\n", lambda: 0.0, None)
