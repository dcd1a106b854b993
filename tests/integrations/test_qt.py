"""Listeners in a thread that runs Qt's event loop; windows need no screen here, the examples have one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from socketstore import Store, UsageError
from tests.screens import missing
from tests.store.folding import PATIENCE, elsewhere, in_thread

if TYPE_CHECKING:
    from PySide6.QtCore import QCoreApplication, QObject


@pytest.fixture(scope="module")
def application() -> Iterator[QCoreApplication]:
    try:
        from PySide6.QtCore import QCoreApplication
    except ImportError as error:
        missing(f"PySide6 cannot be imported ({error})")
    application = QCoreApplication([])
    yield application
    application.shutdown()


@pytest.fixture
def receiver(application: QCoreApplication) -> QObject:
    from PySide6.QtCore import QObject

    return QObject()


@pytest.fixture
def store() -> Store[int]:
    return Store(lambda state, action: state + action, 0)


def via_qt(receiver: Any, **options: Any) -> Callable[[Callable[[], None]], object]:
    from socketstore.integrations.qt import via_qt

    return via_qt(receiver, **options)


def until(application: QCoreApplication, happened: Callable[[], object]) -> None:
    """Run the event loop until something has happened in it."""
    from PySide6.QtCore import QEventLoop, QTimer

    late: list[bool] = []
    timer = QTimer()
    timer.timeout.connect(lambda: late.append(True))
    timer.start(PATIENCE * 1000)
    while not happened():
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        assert not late, "it never happened"


def delete(receiver: QObject) -> None:
    import shiboken6

    shiboken6.delete(receiver)


def test_a_listener_is_called_in_the_objects_thread_with_the_value(application, receiver, store):
    told: list[tuple[int, int]] = []
    store.subscribe(lambda state: told.append((state, threading.get_ident())), via=via_qt(receiver))
    elsewhere(lambda: store.dispatch(1))
    assert told == []
    until(application, lambda: told)
    assert told == [(1, threading.get_ident())]


def test_every_change_comes_in_order_if_that_is_wanted(application, receiver, store):
    told: list[int] = []
    store.subscribe(told.append, via=via_qt(receiver, buffer="all"))

    def work() -> None:
        for _ in range(2_000):
            store.dispatch(1)

    with in_thread(work), in_thread(work):
        until(application, lambda: len(told) == 4_000)
    assert told == list(range(1, 4_001))


def test_a_thread_that_dispatches_does_not_wait_for_a_window_that_is_busy(application, receiver, store):
    told: list[int] = []
    store.subscribe(told.append, via=via_qt(receiver))
    elsewhere(lambda: [store.dispatch(1) for _ in range(1000)])  # this thread, the window's, does nothing meanwhile
    until(application, lambda: told)
    assert told == [1000]


def test_the_window_may_dispatch_while_other_threads_do(application, receiver, store):
    from PySide6.QtCore import QTimer

    told: list[int] = []
    pressed: list[int] = []
    store.subscribe(told.append, via=via_qt(receiver))

    def press() -> None:
        pressed.append(1)
        store.dispatch(1)
        if len(pressed) == 300:
            timer.stop()

    timer = QTimer()
    timer.timeout.connect(press)
    with in_thread(lambda: [store.dispatch(1) for _ in range(3_000)]):
        timer.start(0)
        until(application, lambda: store.state == 3_300 and told[-1:] == [3_300])
    assert told == sorted(told)


def test_what_the_window_dispatches_is_told_after_the_slot(application, receiver, store):
    from PySide6.QtCore import QTimer

    order: list[object] = []
    store.subscribe(order.append, via=via_qt(receiver))
    QTimer.singleShot(0, lambda: (store.dispatch(1), order.append("pressed")))
    until(application, lambda: len(order) == 2)
    assert order == ["pressed", 1]


def test_the_window_answers_under_a_feed_that_never_rests(application, receiver, store):
    from PySide6.QtCore import QTimer

    told: list[int] = []
    answered: list[int] = []
    enough = threading.Event()
    store.subscribe(told.append, via=via_qt(receiver))
    timer = QTimer()
    timer.timeout.connect(lambda: answered.append(len(told)))
    timer.start(1)

    def feed() -> None:
        while not enough.is_set():
            store.dispatch(1)

    with in_thread(feed):
        try:
            until(application, lambda: len(answered) > 20 and len(told) > 5)
        finally:
            enough.set()
    assert len(told) < store.state


def test_a_listener_that_raises_is_reported_and_the_others_are_told(application, receiver, store, monkeypatch):
    reported: list[type[BaseException]] = []
    told: list[int] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: reported.append(kind))
    via = via_qt(receiver)
    store.subscribe(lambda state: 1 // 0, via=via)
    store.subscribe(told.append, via=via)
    store.dispatch(1)
    until(application, lambda: told)
    assert reported == [ZeroDivisionError]


@pytest.mark.parametrize("deleted", [delete, lambda receiver: receiver.deleteLater()])
def test_once_the_object_is_deleted_calls_are_dropped(application, receiver, store, deleted, capfd):
    from PySide6.QtCore import QEvent

    told: list[int] = []
    store.subscribe(told.append, via=via_qt(receiver))
    store.dispatch(1)
    until(application, lambda: told)
    store.dispatch(1)
    deleted(receiver)
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    elsewhere(lambda: store.dispatch(1))
    application.processEvents()
    assert told == [1]
    assert capfd.readouterr().err == ""


def test_a_window_that_python_forgets_is_not_kept_alive(application, store):
    from PySide6.QtCore import QObject

    deleted: list[bool] = []
    window = QObject()
    window.destroyed.connect(lambda: deleted.append(True))
    store.subscribe(lambda _: None, via=via_qt(window))
    del window
    assert deleted == [True]
    store.dispatch(1)


def test_windows_may_be_deleted_while_threads_dispatch(application, store, capfd):
    from PySide6.QtCore import QObject

    enough = threading.Event()

    def feed() -> None:
        while not enough.is_set():
            store.dispatch(1)

    with in_thread(feed), in_thread(feed):
        try:
            for _ in range(50):
                window, told = QObject(), []
                unsubscribe = store.subscribe(told.append, via=via_qt(window))
                until(application, lambda told=told: told)
                delete(window)
                unsubscribe()
        finally:
            enough.set()
    assert capfd.readouterr().err == ""


def test_an_object_may_live_in_a_thread_of_its_own(application, store):
    from PySide6.QtCore import QObject, QThread

    told: list[int] = []
    told_there = threading.Event()

    class Worker(QThread):
        def run(self) -> None:
            home = QObject()

            def listener(state: int) -> None:
                told.append(threading.get_ident())
                self.quit()
                told_there.set()

            unsubscribe = store.subscribe(listener, via=via_qt(home))
            ready.set()
            self.exec()
            unsubscribe()
            delete(home)

    ready = threading.Event()
    worker = Worker()
    worker.start()
    assert ready.wait(PATIENCE)
    store.dispatch(1)
    assert told_there.wait(PATIENCE)
    assert worker.wait(PATIENCE * 1000)
    assert told != [threading.get_ident()]


def test_in_another_thread_than_the_objects_it_is_refused(receiver, store):
    with pytest.raises(UsageError, match="was called in another thread; expected the one that the object lives in"):
        elsewhere(lambda: via_qt(receiver))
    store.dispatch(1)


def test_what_is_no_object_or_is_deleted_is_refused(receiver):
    with pytest.raises(UsageError, match=r"got 'window' \(str\); expected a QObject, such as the window"):
        via_qt("window")
    with pytest.raises(UsageError, match="buffer='some'; expected 'latest' or 'all'"):
        via_qt(receiver, buffer="some")
    assert receiver.children() == []
    delete(receiver)
    with pytest.raises(UsageError, match="got a QObject that is deleted; expected one that lives"):
        via_qt(receiver)
