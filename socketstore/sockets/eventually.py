"""An awaitable that may as well be ignored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any


class Eventually(Awaitable[None]):
    """What `send` and `close` return: the deed is done at the call, awaiting it waits for the consequence.

    So a listener, which is no coroutine, can call ``socket.send(...)`` as in the browser, and a coroutine can write
    ``await socket.send(...)`` and be slowed down by a slow peer. Nothing warns when it is not awaited. Safe to cancel.
    """

    __slots__ = ("_wait",)

    def __init__(self, wait: Callable[[], Awaitable[None]]) -> None:
        self._wait = wait

    def __await__(self) -> Generator[Any, Any, None]:
        return self._wait().__await__()
