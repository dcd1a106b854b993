"""Calls on their way from the threads that dispatch to the thread of a window."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Literal, Protocol

from socketstore.errors import UsageError, WatchOverflow

Buffer = Literal["latest", "all"]
Call = Callable[[], None]

WORK = 0.010  # seconds of calls in a row
REST = 15  # milliseconds after them: 40 to 60 pictures a second, and never a user who is not heard
LIMIT = 65_536  # calls that wait, as many as `Store.watch` keeps


class Window(Protocol):
    """What a toolkit must be able to do."""

    def wake(self) -> None:
        """Have `Handover.run` called soon in the window's thread. From any thread; must not wait for anything."""

    def rest(self, milliseconds: int) -> None:
        """Have `Handover.go_on` called in so many milliseconds. Called in the window's thread."""

    def report(self, error: Exception) -> None:
        """Tell of an error as the toolkit tells of one in a callback. Called in the window's thread."""


class Handover:
    """Takes calls in any thread without ever waiting, and runs them in the window's.

    The window is woken once for many calls, and after each run it is left alone for a moment: a toolkit draws, and
    looks after its user, when nothing else is to be done.

    Args:
        window: the toolkit's side.
        buffer: ``"latest"`` keeps one call for each subscription, ``"all"`` every call.

    Raises:
        UsageError: `buffer` is neither.
    """

    def __init__(self, window: Window, buffer: Buffer) -> None:
        if buffer not in ("latest", "all"):
            message = f"buffer={buffer!r}; expected 'latest' or 'all'"
            raise UsageError(message)
        self._window = window
        self._lossy = buffer == "latest"
        self._calls: OrderedDict[object, Call] = OrderedDict()
        self._lock = threading.RLock()  # the garbage collector may make the thread that holds it dispatch
        self._awake = False
        self._resting = False
        self._closed = False

    def __call__(self, call: Call) -> None:
        """Take a call; drop it if the window is gone.

        Raises:
            WatchOverflow: too many of ``buffer="all"`` wait already.
        """
        with self._lock:
            if self._closed:
                return
            if len(self._calls) >= LIMIT:
                raise WatchOverflow(_overflow())
            self._calls[_source(call) if self._lossy else object()] = call
            if not self._awake:
                self._awake = True
                self._window.wake()

    def run(self) -> None:
        """Run what waits, for a short while. In the window's thread."""
        if self._resting:
            return
        self._awake = False  # before the first look: a call that comes behind the last one wakes the window again
        number = len(self._calls)
        if not number:
            return
        try:
            self._work(number, time.monotonic() + WORK)
        finally:
            self._rest()

    def go_on(self) -> None:
        """Run what came during the rest. In the window's thread."""
        self._resting = False
        self.run()

    def close(self) -> None:
        """Drop what waits, and whatever comes. Once this returns, the window is not asked for anything any more."""
        with self._lock:
            self._closed = True
            self._calls.clear()

    def _work(self, number: int, end: float) -> None:
        for _ in range(number):  # what comes meanwhile waits until the window has drawn what it was told
            call = self._take()
            if call is None:  # one before it has closed the window
                return
            try:
                call()
            except Exception as error:  # noqa: BLE001 - the window lives on, as after an error in any callback
                self._window.report(error)
            if time.monotonic() >= end:
                return

    def _rest(self) -> None:
        if not self._closed:  # by one of the calls
            self._resting = True
            self._window.rest(REST)

    def _take(self) -> Call | None:
        with self._lock:
            return self._calls.popitem(last=False)[1] if self._calls else None


def _source(call: Call) -> object:
    """Return what is the same for all calls of one subscription: they are partials of one function."""
    return call.func if isinstance(call, partial) else call


def _overflow() -> str:
    return f"{LIMIT} calls wait for the window; expected one that keeps up. Do less in it, or use buffer='latest'."
