"""A history of a log that grows, is cut and read by several at once: right, or refused aloud."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from functools import partial
from operator import le
from pathlib import Path
from typing import Any

import pytest

from socketstore import (
    FrameInEntry,
    History,
    Log,
    LogUnavailable,
    LogWarning,
    MessageRejected,
    Rotation,
    SnapshotEntry,
    open_log,
)

FORMATS = pytest.mark.parametrize("suffix", ["jsonl", "db"])

ASKED: dict[str, Callable[[History[int]], Any]] = {
    "at": lambda history: history.at(25),
    "at the end": lambda history: history.at(history.end),
    "diff": lambda history: history.diff(3, 25),
    "first": lambda history: history.first(lambda state: state >= 25),
    "search": lambda history: history.search(lambda state: state >= 25),
    "an entry": lambda history: history[25],
    "a slice": lambda history: history[5:25],
    "all": list,
    "refresh": lambda history: history.refresh(),
}


def adding(state: int, number: Any) -> int:
    return state + number


def ones(log: Log, count: int) -> None:
    for _ in range(count):
        log.append(1)


@FORMATS
@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_where_the_log_forgot_what_is_needed_it_says_so(
    tmp_path: Path, suffix: str, asked: Callable[[History[int]], Any]
) -> None:
    with open_log(tmp_path / f"a.{suffix}", "x") as log:
        ones(log, 50)
        history = History(log, adding, 0, every=10)
        log.write(SnapshotEntry(state=50))
        log.compact()
        with pytest.raises(LogUnavailable, match=r"entries \d+ to 50 were dropped"):
            asked(history)
        assert (history.end, history.last) == (50, 50)
        assert History(log, adding, 0).last == 50


@FORMATS
@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_a_log_that_was_begun_anew_is_another_one(
    tmp_path: Path, suffix: str, asked: Callable[[History[int]], Any]
) -> None:
    path = tmp_path / f"a.{suffix}"
    with open_log(path, "x") as log:
        ones(log, 50)
    with open_log(path) as log:
        history = History(log, adding, 0, every=10)
        with open_log(path, "w") as another:
            ones(another, 20)
        with pytest.raises(LogUnavailable, match="begun anew"):
            asked(history)
        assert (history.end, history.last) == (50, 50)


@FORMATS
@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_it_stays_another_one_when_others_have_read_it(
    tmp_path: Path, suffix: str, asked: Callable[[History[int]], Any]
) -> None:
    path = tmp_path / f"a.{suffix}"
    with open_log(path, "x", clock=lambda: 1.0) as log:
        ones(log, 50)
    with open_log(path) as log:
        history = History(log, adding, 0, every=10)
        with open_log(path, "w", clock=lambda: 2.0) as another:
            ones(another, 100)
        assert len(list(log.read())) == 100
        for _ in range(2):
            with pytest.raises(LogUnavailable, match="begun anew"):
                asked(history)
        assert (history.end, history.last) == (50, 50)
        assert History(log, adding, 0).last == 100


def test_a_file_that_was_cut_off_is_told_by_its_length(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with open_log(path, "x") as log:
        ones(log, 50)
    with open_log(path) as log:
        history = History(log, adding, 0, every=10)
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-10]))
        for asked in (history.refresh, lambda: history.at(50), lambda: history[48]):
            with pytest.raises(LogUnavailable, match=r"does not hold entry (50|47) any more.* make another history"):
                asked()
        assert history.at(40) == 40
        assert (history.end, history.last) == (50, 50)


@FORMATS
def test_what_a_rotation_dropped_is_gone_and_the_rest_is_there(tmp_path: Path, suffix: str) -> None:
    with open_log(tmp_path / f"a.{suffix}", "x", rotate=Rotation(max_bytes=1, keep=5)) as log:
        ones(log, 3)
        log.flush()
        history = History(log, adding, 0, every=1)
        for _ in range(6):
            ones(log, 1)
            log.flush()
            log.write(SnapshotEntry(state=log.last - 1))
            log.flush()
        with pytest.raises(LogUnavailable, match="were dropped"):
            history.at(2)
        with pytest.raises(LogUnavailable, match="were dropped"):
            history.refresh()


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, ValueError])
def test_a_refresh_that_is_cut_short_has_read_nothing(tmp_path: Path, interrupt: type[BaseException]) -> None:
    trap = 0

    def reducer(state: int, number: int) -> int:
        if trap and state + number == trap:
            raise interrupt
        return state + number

    with open_log(tmp_path / "a.jsonl", "x") as log:
        ones(log, 25)
        history = History(log, reducer, 0, every=10)
        ones(log, 100)
        trap = 90
        with pytest.raises(Exception if interrupt is ValueError else interrupt):
            history.refresh()
        assert (history.end, history.last, len(history)) == (25, 25, 25)
        found = history.first(lambda state: state >= 22)
        assert found is not None
        assert found.sequence == 22
        trap = 0
        assert history.refresh() == 100
        assert (history.end, history.last) == (125, 125)
        assert [history.at(number) for number in range(126)] == list(range(126))


class Users:
    """Threads that ask a history and refresh it, again and again; what they were told wrongly is kept."""

    def __init__(self, history: History[int]) -> None:
        self.wrong: list[Any] = []
        self._history = history
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._go_on, args=(work,)) for work in [self._ask, history.refresh] * 2
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self, work: Callable[[], object]) -> None:
        while not self._ending.is_set():
            try:
                work()
            except Exception as error:
                self.wrong.append(error)

    def _ask(self) -> None:
        numbers = [0, self._history.end // 2, self._history.end]
        found = self._history.first(partial(le, numbers[1]))
        answers = [*map(self._history.at, numbers), None if found is None else found.sequence]
        if answers != [*numbers, numbers[1]]:
            self.wrong.append((numbers, answers))


@FORMATS
def test_several_threads_may_ask_while_others_refresh(tmp_path: Path, suffix: str) -> None:
    with open_log(tmp_path / f"a.{suffix}", "x") as log:
        ones(log, 100)
        history = History(log, adding, 0, every=3, checkpoints=8)
        users = Users(history)
        for _ in range(50):
            ones(log, 1)
            history.at(history.end)
        users.end()
        assert users.wrong == []
        history.refresh()
        assert [history.at(number) for number in range(151)] == list(range(151))


def test_what_is_found_while_another_thread_refreshes_is_of_the_entries_that_were_there(tmp_path: Path) -> None:
    class Interrupted(History[int]):
        def __getattribute__(self, name: str) -> Any:
            found = super().__getattribute__(name)
            if name == "end" and interrupts:
                interrupts.pop()
                ones(log, 20)
                self.refresh()
            return found

    interrupts: list[bool] = []
    with open_log(tmp_path / "a.jsonl", "x") as log:
        ones(log, 10)
        history = Interrupted(log, adding, 0)
        interrupts.append(True)
        found = history.first(lambda state: state >= 20)
    assert found is None or found.after == 20


def test_a_message_that_a_reducer_refuses_is_told_by_its_own_entry_in_each_thread(tmp_path: Path) -> None:
    here = threading.local()
    meet = threading.Barrier(2, timeout=10)

    def refusing(state: tuple[Any, ...], action: Any) -> tuple[Any, ...]:
        if isinstance(action, MessageRejected):
            return (*state, action.raw)
        if getattr(here, "meets", False):
            meet.wait()  # both threads are at an entry now
        raise ValueError

    def ask(number: int, answers: dict[int, Any]) -> None:
        here.meets = True
        answers[number] = history[number].after[-1]

    with warnings.catch_warnings(), open_log(tmp_path / "a.jsonl", "x") as log:
        warnings.simplefilter("ignore", LogWarning)
        for data in "ab":
            log.write(FrameInEntry(data=data))
        history = History(log, refusing, (), every=1, connection="default")
        answers: dict[int, Any] = {}
        threads = [threading.Thread(target=ask, args=(number, answers)) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == {1: "a", 2: "b"}
