"""Those who wait for the answer to a subscription."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any

from socketstore.errors import SocketError, SubscriptionFailed

Failure = Callable[[], SocketError]


class Waiting:
    """One future for each key that somebody waits for; its result is ``None``, or makes the error to raise."""

    def __init__(self) -> None:
        self._futures: dict[str, asyncio.Future[Failure | None]] = {}

    def join(self, keys: Sequence[str]) -> Coroutine[Any, Any, None]:
        """Begin to wait for the answers about keys; the result waits until all have come. Safe to cancel."""
        loop = asyncio.get_running_loop()
        for key in keys:
            if key not in self._futures:
                self._futures[key] = loop.create_future()
        return _all_of([self._futures[key] for key in keys])

    def succeed(self, keys: Iterable[str]) -> None:
        """The server follows these."""
        for key in keys:
            self._settle(key, None)

    def fail(self, keys: Iterable[str], reason: str) -> None:
        """The server does not follow these."""
        for key in keys:
            message = f"the subscription {key!r:.200} failed: {reason or 'the server refused it'}"
            self._settle(key, partial(SubscriptionFailed, message, key=key, reason=reason))

    def fail_others(self, wanted: Collection[str]) -> None:
        """What is not wanted will have no answer."""
        others = [key for key in self._futures if key not in wanted]
        self.fail(others, "it is not wanted: select= does not name it")

    def fail_all(self, failure: Failure) -> None:
        """There will be no answers."""
        for key in tuple(self._futures):
            self._settle(key, failure)

    def _settle(self, key: str, failure: Failure | None) -> None:
        future = self._futures.pop(key, None)
        if future is not None and not future.done():
            future.set_result(failure)


async def _all_of(futures: list[asyncio.Future[Failure | None]]) -> None:
    if futures:
        await asyncio.wait(futures)
    for failure in (future.result() for future in futures):
        if failure is not None:
            raise failure()
