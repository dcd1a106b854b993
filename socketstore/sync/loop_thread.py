"""An event loop in a thread of its own, and calls into it that wait for their end."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any, TypeVar

from socketstore.errors import NotOpen, UsageError
from socketstore.sync.errands import Errand, Errands

T = TypeVar("T")

LOOK_AGAIN = 1.0  # seconds


class LoopThread:
    """A thread that runs an event loop until it is told to stop.

    It does not keep the program alive: a program that ends without stopping it ends.

    Args:
        name: of the thread, as a debugger shows it.
        loop_factory: makes the event loop.

    Attributes:
        errands: functions of the program that the loop waits for, in threads beside it.
    """

    def __init__(self, name: str, loop_factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
        self.errands = Errands(name)
        self._process = os.getpid()
        self._stopped = False
        self._pending: dict[Future[Any], _Begun] = {}  # holds the tasks, too: the loop itself only knows them weakly
        self._loop = loop_factory()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def is_here(self) -> bool:
        """Tell whether the calling code runs in this thread."""
        return threading.current_thread() is self._thread

    def is_of_this_process(self) -> bool:
        """Tell whether it runs here; a fork has no threads but the one that forked."""
        return self._process == os.getpid()

    def call(self, function: Callable[[], T]) -> T:
        """Call a plain function in the loop and return what it returns. From any thread, this one included.

        Raises:
            NotOpen: the loop has ended.
            BaseException: what the function raised.
        """
        if self.is_here():
            return function()

        async def call() -> T:
            return function()

        return self._wait(call, None)

    def wait(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine in the loop and wait for its end; interrupted (Ctrl-C), it is cancelled.

        Raises:
            UsageError: it is called in the loop's own thread, which cannot wait for itself.
            NotOpen: the loop has ended, or ends meanwhile; or the caller is an errand that is over.
            BaseException: what the coroutine raised.
        """
        if self.is_here():
            message = (
                f"{self._thread.name!r} cannot wait for itself; expected a call from another thread. A subscriber of "
                "the store runs here: let it note what to do, or subscribe with via=."
            )
            raise UsageError(message)
        return self._wait(begin, self.errands.current())

    def begin(self, begin: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Run a coroutine in the loop, if it still runs, and wait for nothing; what it raises is dropped."""
        with suppress(NotOpen):
            self._begin(begin, Future(), None)

    def _wait(self, begin: Callable[[], Coroutine[Any, Any, T]], errand: Errand | None) -> T:
        ended: Future[T] = Future()
        begun = self._begin(begin, ended, errand)
        try:
            return self._result(ended)
        except BaseException:
            self._soon(begun.cancel)
            raise

    def stop(self) -> None:
        """Cancel what still runs, end the loop, and wait for the threads to end. Not to be called in one of them."""
        self._soon(self._stop)
        self._thread.join()
        self.errands.join()

    def _stop(self) -> None:
        if not self._stopped:  # a second stop would interrupt the cleaning up
            self._stopped = True
            self._loop.stop()

    def _begin(self, begin: Callable[[], Coroutine[Any, Any, T]], ended: Future[T], errand: Errand | None) -> _Begun:
        """Start a task in the caller's own context, so that what the caller was called for is known there."""
        begun = _Begun()
        context = contextvars.copy_context()

        def start() -> None:
            if self._stopped:
                ended.set_exception(self._over())
                return
            if errand is not None and errand.over:
                ended.set_exception(NotOpen("the socket for which this function was called has closed"))
                return
            begun.task = self._loop.create_task(begin(), context=context)
            begun.task.add_done_callback(lambda task: _hand_over(task, ended))
            if errand is not None:
                errand.hold(begun.task)

        self._pending[ended] = begun
        ended.add_done_callback(self._pending.pop)
        if not self._soon(start):
            raise self._over()
        return begun

    def _soon(self, callback: Callable[[], object]) -> bool:
        """Call a function in the loop, soon; tell whether there is a loop to call it."""
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:  # it is closed
            return False
        return True

    def _result(self, ended: Future[T]) -> T:
        while not wait([ended], timeout=LOOK_AGAIN).done:  # for Ctrl-C on Windows, which waits for a lock's time to end
            pass
        return ended.result()

    def _over(self) -> NotOpen:
        return NotOpen(f"{self._thread.name!r} has ended; expected a call before close(), or after another open()")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._finish()
            for ended in tuple(self._pending):  # asked for in the last moment, when the loop did not look any more
                ended.set_exception(self._over())

    def _finish(self) -> None:
        self._loop.run_until_complete(_cancel_all())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        self._loop.close()


class _Begun:
    """A task, once it has been started."""

    def __init__(self) -> None:
        self.task: asyncio.Task[Any] | None = None

    def cancel(self) -> None:
        """Cancel it; only in the loop."""
        if self.task is not None:
            self.task.cancel()


async def _cancel_all() -> None:
    while left := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in left:
            task.cancel()
        await asyncio.wait(left)


def _hand_over(task: asyncio.Task[T], ended: Future[T]) -> None:
    if task.cancelled():
        ended.set_exception(NotOpen("the connection was closed meanwhile; expected it to stay open until the answer"))
    elif (error := task.exception()) is not None:
        ended.set_exception(error)
    else:
        ended.set_result(task.result())
