"""An event loop in a thread, for tests and scripts that have none of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def in_background(make: Callable[[], AbstractAsyncContextManager[T]]) -> Iterator[T]:
    """Enter an asynchronous context manager in a thread with an event loop of its own, and leave it at the end.

    ::

        with in_background(EchoServer) as server:
            print(server.url)

    Args:
        make: makes the context manager; called inside the loop.

    Raises:
        Exception: what entering or leaving it raised.
    """
    entered = threading.Event()
    values: list[T] = []
    errors: list[BaseException] = []
    leave: list[Callable[[], object]] = []

    async def live() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        leave.append(lambda: loop.call_soon_threadsafe(stop.set))
        async with make() as value:
            values.append(value)
            entered.set()
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(live())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)
        finally:
            entered.set()

    thread = threading.Thread(target=run, name="socketstore background", daemon=True)
    thread.start()
    entered.wait()
    try:
        if values:
            yield values[0]
    finally:
        if leave:
            with suppress(RuntimeError):  # its loop has ended already
                leave[0]()
        thread.join()
    if errors:
        raise errors[0]
