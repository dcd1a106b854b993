"""Listeners by the name of an event: added, removed, called, and kept from harming one another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from socketstore.errors import UsageError

L = TypeVar("L", bound=Callable[[Any], object])

GRACE = 10.0
"""Seconds that async listeners have to end by themselves when an ``async with`` is left."""


class Emitter:
    """Base of whatever has events.

    Listeners are called in the order in which they were added, over a snapshot. One that raises does not silence the
    others: its error goes to the event loop's exception handler, which logs it unless told otherwise. An ``async def``
    listener is started as a task of its own at the event; the events go on meanwhile.
    """

    EVENTS: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._listeners: dict[str, dict[Callable[[Any], object], bool]] = {name: {} for name in self.EVENTS}
        self._tasks: set[asyncio.Task[Any]] = set()

    def _add(self, event: str, listener: Callable[[Any], object], *, once: bool) -> None:
        if not callable(listener):
            message = f"the listener for {event!r} is {listener!r}; expected a function of one event"
            raise UsageError(message)
        self._of(event).setdefault(listener, once)

    def _remove(self, event: str, listener: Callable[[Any], object]) -> None:
        self._of(event).pop(listener, None)

    def _decorator(self, event: str) -> Callable[[L], L]:
        self._of(event)

        def register(listener: L) -> L:
            self._add(event, listener, once=False)
            return listener

        return register

    def _of(self, event: str) -> dict[Callable[[Any], object], bool]:
        try:
            return self._listeners[event]
        except (KeyError, TypeError):
            message = f"there is no event {event!r}; expected one of {', '.join(self.EVENTS)}"
            raise UsageError(message) from None

    def _emit(self, name: str, event: object) -> None:
        listeners = self._listeners[name]
        for listener, once in tuple(listeners.items()):
            if once:
                listeners.pop(listener, None)
            try:
                outcome = listener(event)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - it must not silence the others
                report(error, f"a listener for {name!r} raised", source=self)
            else:
                if outcome is not None and isinstance(outcome, Coroutine):  # asking an abstract class is dear
                    self._start(outcome, name)

    def _start(self, coroutine: Coroutine[Any, Any, Any], name: str) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)  # the loop itself holds tasks weakly

        def done(task: asyncio.Task[Any]) -> None:
            self._tasks.discard(task)
            error = None if task.cancelled() else task.exception()
            if error is not None:
                report(error, f"an async listener for {name!r} raised", source=self)

        task.add_done_callback(done)

    async def finish_listeners(self) -> None:
        """Wait for async listeners that still run, the calling one excepted; cancel those that take too long."""
        running = {task for task in self._tasks if task is not asyncio.current_task()}
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=GRACE)
        for task in late:
            report(TimeoutError(f"it was cancelled after {GRACE} s"), "an async listener did not end", source=self)
            task.cancel()
        if late:
            await asyncio.wait(late)


def report(error: BaseException, message: str, *, source: object) -> None:
    """Hand an error that has nobody to be raised to over to the event loop's exception handler."""
    text = f"{message} ({source!r})"
    try:
        asyncio.get_running_loop().call_exception_handler({"message": text, "exception": error})
    except RuntimeError:  # no loop runs: what it would have done
        logging.getLogger("asyncio").error(text, exc_info=error)  # noqa: TRY400 - another error than the caught one
