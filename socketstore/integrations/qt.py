"""Listeners that live in a Qt window: ``store.subscribe(show, via=via_qt(window))``."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from socketstore.errors import UsageError
from socketstore.integrations.handover import Buffer, Handover
from socketstore.store.types import Via


def via_qt(receiver: QObject, *, buffer: Buffer = "latest") -> Via:
    """Make a ``via=`` that has listeners called in the thread of a Qt object, by that thread's event loop.

    ::

        window = QMainWindow()
        store.subscribe(show, select=prices, via=via_qt(window))

    The thread that dispatches never waits for the window, be it busy, blocked, or dispatching itself. The window is
    woken once for many changes and never shown more than about sixty a second, so it answers its user under any feed.
    What a listener raises goes to ``sys.excepthook``, as from any slot.

    Args:
        receiver: the window, or any other object of its thread. Once it is deleted, calls are dropped.
        buffer: ``"latest"`` skips, for each subscription, what a newer value has overtaken; ``"all"`` keeps every
            change. Where 65,536 of them wait, the dispatch raises `WatchOverflow`.

    Raises:
        UsageError: this is not the receiver's thread, it is no QObject, it is deleted, or `buffer` is neither.
    """
    _check(receiver)
    return _QtWindow(receiver, buffer).handover


class _QtWindow(QObject):
    """Qt's side: a child of the receiver, which lives in its thread and dies with it."""

    woken = Signal()

    def __init__(self, receiver: QObject, buffer: Buffer) -> None:
        self.handover = Handover(self, buffer)  # first: it may refuse, and then there must be no child
        super().__init__(receiver)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._go_on)
        self.woken.connect(self._run, Qt.ConnectionType.QueuedConnection)
        receiver.destroyed.connect(self.handover.close)

    def wake(self) -> None:
        self.woken.emit()

    def rest(self, milliseconds: int) -> None:
        self._timer.start(milliseconds)

    def report(self, error: Exception) -> None:
        sys.excepthook(type(error), error, error.__traceback__)

    @Slot()
    def _run(self) -> None:
        self.handover.run()

    @Slot()
    def _go_on(self) -> None:
        self.handover.go_on()


def _check(receiver: QObject) -> None:
    if not isinstance(receiver, QObject):
        message = f"got {receiver!r:.200} ({type(receiver).__name__}); expected a QObject, such as the window"
        raise UsageError(message)
    try:
        home = receiver.thread()
    except RuntimeError as error:
        message = f"got a {type(receiver).__name__} that is deleted; expected one that lives: {error}"
        raise UsageError(message) from error
    if home != QThread.currentThread():
        message = f"via_qt({receiver!r}) was called in another thread; expected the one that the object lives in"
        raise UsageError(message)
