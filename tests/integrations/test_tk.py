"""Listeners in a real Tk window, on a screen that nobody sees."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from socketstore import Store, UsageError
from tests.store.folding import PATIENCE, elsewhere, in_thread

if TYPE_CHECKING:
    import tkinter

DONT_WAIT = 2  # of _tkinter


@pytest.fixture
def root(display: str) -> Iterator[tkinter.Tk]:
    root = new_root(display)
    yield root
    close(root)


@pytest.fixture
def store() -> Store[int]:
    return Store(lambda state, action: state + action, 0)


INTERPRETERS: list[object] = []
"""Kept for ever: Tcl aborts the process if the garbage collector of another thread finds one of its interpreters."""


def new_root(display: str) -> tkinter.Tk:
    import tkinter

    root = tkinter.Tk(screenName=display)
    root.update()  # or ttk complains that the window was destroyed before it had its theme
    INTERPRETERS.append(root.tk)
    return root


def close(root: tkinter.Tk) -> None:
    import tkinter

    with suppress(tkinter.TclError):  # it is destroyed
        root.destroy()


def via_tk(widget: Any, **options: Any) -> Callable[[Callable[[], None]], object]:
    from socketstore.integrations.tk import via_tk

    return via_tk(widget, **options)


def until(root: tkinter.Tk, happened: Callable[[], object]) -> None:
    """Run the window until something has happened in it."""
    late: list[bool] = []
    timer = root.tk.createtimerhandler(PATIENCE * 1000, lambda: late.append(True))
    while not happened():
        root.tk.dooneevent(0)
        assert not late, "it never happened"
    timer.deletetimerhandler()


def idle(root: tkinter.Tk) -> None:
    """Do what the window has to do just now."""
    while root.tk.dooneevent(DONT_WAIT):
        pass


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def tcl_commands(root: tkinter.Tk) -> int:
    return len(root.tk.splitlist(root.tk.call("info", "commands")))


def test_a_listener_is_called_in_the_windows_thread_with_the_value(root: tkinter.Tk, store: Store[int]):
    told: list[tuple[int, int]] = []
    store.subscribe(lambda state: told.append((state, threading.get_ident())), via=via_tk(root))
    elsewhere(lambda: store.dispatch(1))
    assert told == []
    until(root, lambda: told)
    assert told == [(1, threading.get_ident())]


def test_the_window_sleeps_until_it_is_woken(root: tkinter.Tk, store: Store[int]):
    told: list[int] = []
    store.subscribe(told.append, via=via_tk(root))
    idle(root)
    waiting = threading.Event()

    def dispatch() -> None:
        assert waiting.wait(PATIENCE)
        store.dispatch(1)

    with in_thread(dispatch):
        waiting.set()
        until(root, lambda: told)
    assert told == [1]


def test_every_change_comes_in_order_if_that_is_wanted(root: tkinter.Tk, store: Store[int]):
    told: list[int] = []
    store.subscribe(told.append, via=via_tk(root, buffer="all"))

    def work() -> None:
        for _ in range(2_000):
            store.dispatch(1)

    with in_thread(work), in_thread(work):
        until(root, lambda: len(told) == 4_000)
    assert told == list(range(1, 4_001))


def test_a_thread_that_dispatches_does_not_wait_for_a_window_that_is_busy(root: tkinter.Tk, store: Store[int]):
    told: list[int] = []
    store.subscribe(told.append, via=via_tk(root))
    elsewhere(lambda: [store.dispatch(1) for _ in range(1000)])  # this thread, the window's, does nothing meanwhile
    until(root, lambda: told)
    assert told == [1000]


def test_the_window_may_dispatch_while_other_threads_do(root: tkinter.Tk, store: Store[int]):
    told: list[int] = []
    pressed: list[int] = []
    store.subscribe(told.append, via=via_tk(root))

    def press() -> None:
        pressed.append(1)
        store.dispatch(1)
        if len(pressed) < 300:
            root.tk.createtimerhandler(0, press)

    with in_thread(lambda: [store.dispatch(1) for _ in range(3_000)]):
        press()
        until(root, lambda: store.state == 3_300 and told[-1:] == [3_300])
    assert told == sorted(told)


def test_what_the_window_dispatches_is_told_after_the_handler(root: tkinter.Tk, store: Store[int]):
    order: list[object] = []
    store.subscribe(order.append, via=via_tk(root))

    def press() -> None:
        store.dispatch(1)
        order.append("pressed")

    root.after_idle(press)
    until(root, lambda: len(order) == 2)
    assert order == ["pressed", 1]


def test_the_window_draws_and_answers_under_a_feed_that_never_rests(root: tkinter.Tk, store: Store[int]):
    told: list[int] = []
    answered: list[int] = []
    enough = threading.Event()
    store.subscribe(told.append, via=via_tk(root))

    def answer() -> None:
        answered.append(len(told))
        if not enough.is_set():
            root.after(1, lambda: root.after_idle(answer))

    def feed() -> None:
        while not enough.is_set():
            store.dispatch(1)

    answer()
    with in_thread(feed):
        try:
            until(root, lambda: len(answered) > 20 and len(told) > 5)
        finally:
            enough.set()
    number = len(answered)
    until(root, lambda: len(answered) > number)
    assert len(told) < store.state


def test_a_listener_that_raises_is_reported_as_by_any_callback(root: tkinter.Tk, store: Store[int]):
    reported: list[Any] = []
    told: list[int] = []
    root.report_callback_exception = lambda *error: reported.append(error[1])
    store.subscribe(lambda state: 1 // 0, via=via_tk(root))
    store.subscribe(told.append, via=via_tk(root))
    store.dispatch(1)
    until(root, lambda: reported and told)
    assert [type(error) for error in reported] == [ZeroDivisionError]


def test_a_dialog_that_a_listener_opens_does_not_hold_the_others_up(root: tkinter.Tk, store: Store[int]):
    told: list[object] = []

    def dialog(state: int) -> None:
        if state == 1:
            root.after(0, store.dispatch, 1)
            until(root, lambda: 2 in told)  # the dialog's own event loop
            told.append("answered")

    def listener(state: int) -> None:
        told.append(state)

    store.subscribe(dialog, via=via_tk(root))
    store.subscribe(listener, via=via_tk(root))
    store.dispatch(1)
    until(root, lambda: "answered" in told)
    assert told[-2:] == [2, "answered"]


@pytest.mark.parametrize("end", ["destroy", "destroy .", "the program binds its own"])
def test_once_the_window_is_destroyed_calls_are_dropped_and_nothing_stays_open(
    display: str, store: Store[int], end: str, capfd: pytest.CaptureFixture[str]
):
    told: list[int] = []
    root = new_root(display)
    before = open_files()
    store.subscribe(told.append, via=via_tk(root))
    store.dispatch(1)
    until(root, lambda: told)
    assert open_files() == before + 2
    store.dispatch(1)
    if end == "the program binds its own":
        root.bind("<Destroy>", lambda _: None)
    if end == "destroy .":
        root.tk.call("destroy", ".")
    else:
        root.destroy()
    store.dispatch(1)
    elsewhere(lambda: store.dispatch(1))
    idle(root)
    assert told == [1]
    assert open_files() <= before  # the connection to the screen may be closed as well
    assert capfd.readouterr().err == ""


def test_a_widget_may_go_before_its_window(root: tkinter.Tk, store: Store[int], capfd: pytest.CaptureFixture[str]):
    import tkinter

    before, commands = open_files(), tcl_commands(root)
    page, other = tkinter.Frame(root), tkinter.Frame(root)
    told: list[int] = []
    here: list[int] = []
    store.subscribe(told.append, via=via_tk(page))
    store.subscribe(here.append, via=via_tk(other))
    store.dispatch(1)
    until(root, lambda: told and here)
    store.dispatch(1)
    page.destroy()
    until(root, lambda: here == [1, 2])
    other.destroy()
    idle(root)
    assert told == [1]
    assert open_files() == before
    assert tcl_commands(root) == commands
    root.destroy()
    assert capfd.readouterr().err == ""


def test_a_window_may_be_destroyed_while_threads_dispatch(
    display: str, store: Store[int], capfd: pytest.CaptureFixture[str]
):
    enough = threading.Event()

    def feed() -> None:
        while not enough.is_set():
            store.dispatch(1)

    with in_thread(feed), in_thread(feed):
        try:
            for _ in range(10):
                root = new_root(display)
                told: list[int] = []
                unsubscribe = store.subscribe(told.append, via=via_tk(root))
                until(root, lambda told=told: told)  # type: ignore[misc]
                root.destroy()
                unsubscribe()
        finally:
            enough.set()
    assert capfd.readouterr().err == ""


def test_a_listener_may_destroy_the_window(display: str, store: Store[int], capfd: pytest.CaptureFixture[str]):
    root = new_root(display)
    gone: list[bool] = []
    store.subscribe(lambda _: (root.destroy(), gone.append(True)), via=via_tk(root))
    store.dispatch(1)
    root.mainloop()
    assert gone == [True]
    assert capfd.readouterr().err == ""


def test_the_main_loop_can_be_left_and_entered_again(root: tkinter.Tk, store: Store[int]):
    told: list[int] = []
    store.subscribe(lambda state: (told.append(state), root.quit()), via=via_tk(root))
    for expected in ([1], [1, 2]):
        with in_thread(lambda: store.dispatch(1)):
            root.mainloop()
        assert told == expected


@pytest.mark.parametrize("running", [True, False])
def test_in_another_thread_than_the_windows_it_is_refused(root: tkinter.Tk, store: Store[int], running: bool):
    refused: list[UsageError] = []

    def attempt() -> None:
        with pytest.raises(UsageError) as caught:
            via_tk(root)
        refused.append(caught.value)

    store.subscribe(lambda _: root.quit(), via=via_tk(root))
    if running:  # then Tk would let the other thread do almost anything, and wait for it
        with in_thread(lambda: (attempt(), store.dispatch(1))):
            root.mainloop()
    else:
        elsewhere(attempt)
    assert "was called in another thread; expected the one that made the widget" in str(refused[0])


def test_what_is_no_widget_or_is_destroyed_is_refused(root: tkinter.Tk):
    import tkinter

    with pytest.raises(UsageError, match=r"got 'root' \(str\); expected the root window, or a widget in it"):
        via_tk("root")
    page = tkinter.Frame(root)
    page.destroy()
    with pytest.raises(UsageError, match="expected a widget that is not destroyed"):
        via_tk(page)
    root.destroy()
    with pytest.raises(UsageError, match="expected a widget that is not destroyed"):
        via_tk(root)


def test_where_tk_cannot_watch_a_socket_it_looks_itself(
    display: str, store: Store[int], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    from socketstore.integrations import tk

    monkeypatch.setattr(tk, "_can_watch", lambda _: False)
    root = new_root(display)
    told: list[int] = []
    store.subscribe(told.append, via=via_tk(root))
    elsewhere(lambda: [store.dispatch(1) for _ in range(100)])
    until(root, lambda: told)
    assert told == [100]
    elsewhere(lambda: store.dispatch(1))
    until(root, lambda: told == [100, 101])
    root.destroy()
    store.dispatch(1)
    idle(root)
    assert told == [100, 101]
    assert capfd.readouterr().err == ""


def test_after_idle_waits_for_the_window_which_is_why_it_is_not_used(root: tkinter.Tk, store: Store[int]):
    """The page on GUIs says so; should Tk ever learn better, this test tells us."""
    running, handed, taken = threading.Event(), threading.Event(), threading.Event()

    def hand_over(call: Callable[[], None]) -> None:
        handed.set()
        root.after_idle(call)
        taken.set()

    store.subscribe(lambda _: root.quit(), via=hand_over)

    def press() -> None:
        running.set()
        still_waiting.append(handed.wait(PATIENCE) and not taken.wait(0.1))

    still_waiting: list[bool] = []
    with in_thread(lambda: (running.wait(PATIENCE), store.dispatch(1))):
        root.after(0, press)
        root.mainloop()
    assert taken.is_set()
    assert still_waiting == [True]
