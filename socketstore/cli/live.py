"""What commands with an open socket share: showing what happens, and knowing when to end."""

from __future__ import annotations

import asyncio
import math
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from socketstore.cli.failing import complain
from socketstore.cli.output import Output
from socketstore.connection.connection import Connection
from socketstore.errors import LogError
from socketstore.store.store import Store
from socketstore.store.types import Dispatch, Middleware

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 0.5  # seconds


class Ending:
    """The end of a command: asked for by a key or a timer, or forced by an error."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self._asked = asyncio.Event()
        self._asked_at = math.inf

    def ask(self) -> None:
        """End now."""
        self._asked_at = min(self._asked_at, time.monotonic())
        if sys.stdout.isatty():
            print("\r", end="", flush=True)  # the next line covers the terminal's ^C
        self._asked.set()

    def asked_long_ago(self) -> bool:
        """Tell whether another Ctrl-C means impatience: ``timeout`` and terminals may send the first one twice."""
        return time.monotonic() > self._asked_at + PATIENCE

    def fail(self, error: Exception) -> None:
        """End now, because of an error that nobody else can take."""
        self.error = self.error or error
        self._asked.set()

    async def wait(self, seconds: float | None = None) -> None:
        """Wait for the end, at most so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._asked.wait()

    @contextmanager
    def unless_unread(self) -> Iterator[None]:
        """Surround printing: where nobody reads any more, it is the end."""
        try:
            yield
        except OSError as error:
            self.fail(error)

    def take(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take what the event loop's exception handler is given: an error of the log ends it, others are told of."""
        error = context.get("exception")
        if isinstance(error, LogError):
            self.fail(error)
        else:
            what = str(context.get("message", "")).partition(" (")[0]
            complain(f"{what}: {type(error).__name__}: {error}" if error else what)


@contextmanager
def ending() -> Iterator[Ending]:
    """Listen to Ctrl-C while a command runs; a later one no longer waits for anything.

    Raises:
        Exception: the error that forced the end.
    """
    end, loop = Ending(), asyncio.get_running_loop()

    def stop(_: int, __: object) -> None:
        if end.asked_long_ago():
            raise KeyboardInterrupt
        loop.call_soon_threadsafe(end.ask)

    previous = {number: signal.signal(number, stop) for number in SIGNALS}
    loop.set_exception_handler(end.take)
    try:
        yield end
    finally:
        loop.set_exception_handler(None)
        for number, handler in previous.items():
            signal.signal(number, handler or signal.SIG_DFL)
    if end.error is not None:
        raise end.error


def shown(output: Output, end: Ending, clock: Callable[[], float] = time.time) -> Middleware[Any]:
    """Make the middleware that shows each action, and the state if it has changed.

    Args:
        output: where.
        end: of the command, if nobody reads that.
        clock: the Unix time in seconds of an action that holds none.
    """

    def middleware(store: Store[Any], next: Dispatch) -> Dispatch:
        def dispatch(action: Any) -> Any:
            before = store.state
            try:
                return next(action)
            finally:
                with end.unless_unread():
                    output.action(action, getattr(action, "at", None) or clock())
                    if store.state is not before:
                        output.state(store.state)

        return dispatch

    return middleware


async def run_until(end: Ending, connection: Connection, seconds: float | None = None) -> None:
    """Run a connection until it is over by itself, the end is asked for, or the seconds have passed.

    Raises:
        SocketError: it ended by itself, and not cleanly.
    """
    running = asyncio.create_task(connection.run())
    asked = asyncio.create_task(end.wait(seconds))
    await asyncio.wait([running, asked], return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if running.done():
        running.result()
        return
    await connection.close()
    await asyncio.wait([running])
    running.exception()  # that it was closed before it was open is what was asked for
