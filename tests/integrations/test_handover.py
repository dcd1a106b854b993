"""The way of calls from the threads that dispatch to a window's, without any toolkit."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from socketstore import Store, UsageError, WatchOverflow
from socketstore.integrations import handover as module
from socketstore.integrations.handover import Handover
from tests.store.folding import Actions, collect, elsewhere


class Window:
    """A window that does what it is asked for when the test says so."""

    def __init__(self, buffer: str = "latest") -> None:
        self.asked: list[str] = []
        self.errors: list[Exception] = []
        self.handover = Handover(self, buffer)  # type: ignore[arg-type]

    def wake(self) -> None:
        self.asked.append("wake")

    def rest(self, milliseconds: int) -> None:
        assert 0 < milliseconds < 50
        self.asked.append("rest")

    def report(self, error: Exception) -> None:
        self.errors.append(error)


def counter() -> Store[int]:
    return Store(lambda state, action: state + action, 0)


def test_many_changes_wake_the_window_once_and_it_is_told_of_the_last():
    store, window, told = counter(), Window(), []
    store.subscribe(told.append, via=window.handover)
    for _ in range(1000):
        store.dispatch(1)
    assert (window.asked, told) == (["wake"], [])
    window.handover.run()
    assert (window.asked, told) == (["wake", "rest"], [1000])


def test_all_of_them_come_in_their_order_if_that_is_wanted():
    store, window, told = counter(), Window("all"), []
    store.subscribe(told.append, via=window.handover)
    for _ in range(100):
        store.dispatch(1)
    window.handover.run()
    assert (window.asked, told) == (["wake", "rest"], list(range(1, 101)))


def test_subscriptions_that_share_a_handover_each_get_their_own_latest_value():
    store: Store[Actions] = Store(collect, ())
    other: Store[Actions] = Store(collect, ())
    window, told = Window(), []
    store.subscribe(lambda state: told.append(state), via=window.handover)
    store.subscribe(lambda length: told.append(length), select=len, via=window.handover)
    other.subscribe(lambda state: told.append(state), via=window.handover)
    for action in "abc":
        store.dispatch(action)
        other.dispatch(action.upper())
    window.handover.run()
    assert told == [("a", "b", "c"), 3, ("A", "B", "C")]


def test_calls_that_come_from_no_subscription_are_all_run():
    window, ran = Window(), []
    window.handover(lambda: ran.append(1))
    window.handover(lambda: ran.append(2))
    window.handover.run()
    assert ran == [1, 2]


def test_what_comes_while_the_window_rests_is_run_after_the_rest_without_another_wake():
    store, window, told = counter(), Window(), []
    store.subscribe(told.append, via=window.handover)
    store.dispatch(1)
    window.handover.run()
    store.dispatch(1)
    store.dispatch(1)
    assert window.asked == ["wake", "rest", "wake"]
    window.handover.run()
    assert told == [1]
    window.handover.go_on()
    assert told == [1, 3]
    window.handover.go_on()
    assert window.asked == ["wake", "rest", "wake", "rest"]


def test_after_a_rest_in_which_nothing_came_the_next_change_wakes_the_window():
    store, window, told = counter(), Window(), []
    store.subscribe(told.append, via=window.handover)
    for expected in ([1], [1, 2], [1, 2, 3]):
        store.dispatch(1)
        window.handover.run()
        assert told == expected
        window.handover.go_on()
    assert window.asked == ["wake", "rest"] * 3


def test_what_a_listener_causes_is_told_after_the_rest():
    store, window, told = counter(), Window(), []

    def listener(state: int) -> None:
        told.append(state)
        if state < 3:
            store.dispatch(1)

    store.subscribe(listener, via=window.handover)
    store.dispatch(1)
    window.handover.run()
    assert told == [1]
    window.handover.run()  # the wake that the listener's dispatch asked for
    assert told == [1]
    window.handover.go_on()
    window.handover.go_on()
    assert told == [1, 2, 3]


def test_a_long_backlog_is_run_in_parts_with_rests_between_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "WORK", 0)
    store, window, told = counter(), Window("all"), []
    store.subscribe(told.append, via=window.handover)
    for _ in range(3):
        store.dispatch(1)
    window.handover.run()
    assert told == [1]
    window.handover.go_on()
    window.handover.go_on()
    assert told == [1, 2, 3]
    assert window.asked == ["wake", "rest", "rest", "rest"]


def test_a_window_that_runs_its_loop_inside_a_listener_is_told_meanwhile():
    store, window, told = counter(), Window(), []

    def dialog(state: int) -> None:
        told.append(("opened", state))
        if state == 1:
            elsewhere(lambda: store.dispatch(1))
            window.handover.run()  # as the dialog's own event loop does
            told.append("closed")

    store.subscribe(dialog, via=window.handover)
    store.dispatch(1)
    window.handover.run()
    assert told == [("opened", 1), ("opened", 2), "closed"]


def test_a_listener_that_raises_is_reported_and_the_others_are_told():
    store, window, told = counter(), Window(), []
    store.subscribe(lambda state: 1 // 0, via=window.handover)
    store.subscribe(told.append, via=window.handover)
    store.dispatch(1)
    window.handover.run()
    assert told == [1]
    assert [type(error) for error in window.errors] == [ZeroDivisionError]
    window.handover.go_on()
    store.dispatch(1)
    window.handover.run()
    assert told == [1, 2]


def test_an_interrupt_in_a_listener_is_raised_and_the_rest_is_told_later():
    def listener(_: int) -> None:
        raise KeyboardInterrupt

    store, window, told = counter(), Window(), []
    store.subscribe(listener, via=window.handover)
    store.subscribe(told.append, via=window.handover)
    store.dispatch(1)
    with pytest.raises(KeyboardInterrupt):
        window.handover.run()
    assert window.asked == ["wake", "rest"]
    window.handover.go_on()
    assert told == [1]


def test_unsubscribing_drops_what_waits():
    store, window, told = counter(), Window(), []
    unsubscribe = store.subscribe(told.append, via=window.handover)
    store.dispatch(1)
    unsubscribe()
    window.handover.run()
    assert told == []


def test_a_window_that_is_gone_is_not_asked_for_anything():
    store, window, told = counter(), Window(), []
    store.subscribe(told.append, via=window.handover)
    store.dispatch(1)
    window.handover.close()
    window.handover.run()
    store.dispatch(1)
    window.handover.run()
    assert (window.asked, told) == (["wake"], [])


def test_a_listener_that_closes_the_window_is_the_last():
    store, window, told = counter(), Window(), []
    store.subscribe(lambda _: window.handover.close(), via=window.handover)
    store.subscribe(told.append, via=window.handover)
    store.dispatch(1)
    window.handover.run()
    assert (window.asked, told) == (["wake"], [])


def test_all_is_bounded_and_the_dispatch_that_finds_no_room_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LIMIT", 3)
    store, window, told = counter(), Window("all"), []
    store.subscribe(told.append, via=window.handover)
    for _ in range(3):
        store.dispatch(1)
    with pytest.raises(ExceptionGroup) as caught:
        store.dispatch(1)
    assert caught.group_contains(WatchOverflow, match="3 calls wait for the window; expected one that keeps up")
    window.handover.run()
    window.handover.go_on()
    store.dispatch(1)
    window.handover.run()
    assert told == [1, 2, 3, 5]


def test_another_buffer_is_refused():
    with pytest.raises(UsageError, match="buffer='some'; expected 'latest' or 'all'"):
        Window("some")


@pytest.mark.parametrize("buffer", ["latest", "all"])
def test_nothing_is_lost_between_threads_that_dispatch_and_a_window_that_runs(buffer: str):
    store = counter()
    windows: list[Thread] = [Thread(buffer) for _ in range(2)]
    told: list[list[int]] = [[], []]
    for window, mine in zip(windows, told, strict=True):
        store.subscribe(mine.append, via=window.handover)

    def work() -> None:
        for _ in range(5_000):
            store.dispatch(1)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for window, mine in zip(windows, told, strict=True):
        window.finish()
        assert mine[-1] == 15_000
        assert mine == sorted(set(mine))
        assert buffer == "latest" or len(mine) == 15_000


class Thread:
    """A window that is a thread, and rests for no time at all."""

    def __init__(self, buffer: str) -> None:
        self._wanted = threading.Semaphore(0)
        self._next: list[Callable[[], None]] = []
        self._ended = False
        self.handover = Handover(self, buffer)  # type: ignore[arg-type]
        self._thread = threading.Thread(target=self._loop)
        self._thread.start()

    def wake(self) -> None:
        self._next.append(self.handover.run)
        self._wanted.release()

    def rest(self, milliseconds: int) -> None:
        self._next.append(self.handover.go_on)
        self._wanted.release()

    def report(self, error: Exception) -> None:
        raise error

    def finish(self) -> None:
        """Run what is still to be run, then end."""
        self._ended = True
        self._wanted.release()
        self._thread.join()

    def _loop(self) -> None:
        while True:
            self._wanted.acquire()
            if not self._next:
                if self._ended:
                    return
                continue
            self._next.pop(0)()
