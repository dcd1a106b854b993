"""Functions of the program in threads of their own, where they may take their time and wait."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from socketstore.connection.patience import GRACE
from socketstore.errors import NotOpen
from socketstore.sockets.emitter import report

_current: ContextVar[Errand | None] = ContextVar("errand", default=None)


class Errand:
    """One call of a function, for as long as somebody waits for its outcome. Only read outside the loop.

    Attributes:
        group: those among which it is.
        over: nobody waits for it any more: what it would wait for has lost its sense.
    """

    def __init__(self, group: Errands) -> None:
        self.group = group
        self.over = False
        self._tasks: set[asyncio.Task[Any]] = set()

    def hold(self, task: asyncio.Task[Any]) -> None:
        """Let a task, for which the function waits, end with this."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def end(self) -> None:
        """End what the function waits for. Its thread cannot be ended: it goes on until the function returns."""
        self.over = True
        for task in tuple(self._tasks):
            task.cancel()


class Errands:
    """The threads in which the functions of one connection run.

    Not an executor: the end of the program would wait for one of its threads, however long.

    Args:
        name: begins the names of the threads.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._threads: set[threading.Thread] = set()

    def current(self) -> Errand | None:
        """Return the errand, among these, that the calling code runs in."""
        errand = _current.get()
        return errand if errand is not None and errand.group is self else None

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function in a thread of its own, and return what it returns, or what that gives when awaited here.

        Safe to cancel: the function then runs on, for nothing, and what it waits for raises `NotOpen`.

        Raises:
            Exception: what the function raised.
        """
        errand = Errand(self)
        outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        context = contextvars.copy_context()
        context.run(_current.set, errand)
        call = _Call(function, arguments, errand, outcome)
        thread = threading.Thread(target=context.run, args=(call,), name=f"{self._name} {_name(function)}", daemon=True)
        self._threads = {old for old in self._threads if old.is_alive()} | {thread}
        thread.start()
        try:
            answer = await outcome
        finally:
            errand.end()  # before the loop can end
        return await answer if inspect.isawaitable(answer) else answer

    def join(self) -> None:
        """Wait until the functions have returned, for `GRACE` seconds at most; what still runs then is reported."""
        patience_ends = time.monotonic() + GRACE
        for thread in self._threads - {threading.current_thread()}:
            thread.join(max(0.0, patience_ends - time.monotonic()))
            if thread.is_alive():
                error = TimeoutError(f"{thread.name!r} still runs after {GRACE:g} s")
                report(error, "a function of the program does not end", source=self)

    def __repr__(self) -> str:
        return f"<functions of {self._name}>"


class _Call:
    """What the thread of an errand does."""

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        errand: Errand,
        outcome: asyncio.Future[Any],
    ) -> None:
        self._function = function
        self._arguments = arguments
        self._errand = errand
        self._outcome = outcome
        self._loop = outcome.get_loop()

    def __call__(self) -> None:
        answer: Any = None
        error: Exception | None = None
        try:
            answer = self._function(*self._arguments)
        except (SystemExit, KeyboardInterrupt, StopIteration) as raised:  # which would end the loop, or fit no future
            error = RuntimeError(f"{_name(self._function)} raised {type(raised).__name__}")
            error.__cause__ = raised
        except Exception as raised:  # noqa: BLE001 - handed over to who waits
            error = raised
        if self._errand.over:  # the loop may have ended, or be about to
            self._tell(error)
        else:
            self._loop.call_soon_threadsafe(self._settle, answer, error)

    def _settle(self, answer: Any, error: Exception | None) -> None:
        if self._outcome.done():
            self._tell(error)
        elif error is not None:
            self._outcome.set_exception(error)
        else:
            self._outcome.set_result(answer)

    def _tell(self, error: Exception | None) -> None:
        """Report what nobody waits for any more, unless it is only the news that its socket is gone."""
        if error is not None and not isinstance(error, NotOpen):
            report(error, "a function of the program raised too late", source=self._function)


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", type(function).__name__))
