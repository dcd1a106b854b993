"""Waiting for one action, and reading many: what a run does with its ears."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, Self, TypeVar

from socketstore.errors import WaitTimeout, WatchOverflow
from socketstore.middleware.effects.hearing import Hearing
from socketstore.middleware.effects.listeners import Heard
from socketstore.middleware.effects.triggers import Wanted

A = TypeVar("A")

Post = Callable[..., None]
"""Has a function called in the event loop, from any thread and in order."""


async def take(hearing: Hearing, post: Post, wanted: Wanted, place: Heard, timeout: float | None) -> Any:  # noqa: ASYNC109
    """Return the next action after `place` that is wanted; see `EffectRun.take`."""
    taker = _Taker(post, wanted)
    try:
        found = next((heard for heard in hearing.listen(taker, place) if wanted(heard.action)), None)
        del place  # or all that comes would be kept until one is found
        if found is None:
            found = await _within(taker.found, timeout)
        hearing.go_on_from(found)
        return found.action
    finally:
        hearing.leave(taker)


async def _within(found: asyncio.Future[Heard], timeout: float | None) -> Heard:  # noqa: ASYNC109
    clock = asyncio.timeout(timeout)
    try:
        async with clock:
            return await found
    except TimeoutError as error:
        if not clock.expired():
            raise
        if not found.cancelled():  # it came in the very moment in which the time was over
            return found.result()
        message = f"waited {timeout} s for an action; none came that was wanted"
        raise WaitTimeout(message) from error


class _Taker:
    """Listens for one action and wakes its task."""

    def __init__(self, post: Post, wanted: Wanted) -> None:
        self.found: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self.wanted = wanted
        self._post = post
        self._done = False

    def __call__(self, heard: Heard) -> None:
        if self._done:
            return
        try:
            self._done = self.wanted(heard.action)
        except Exception as error:  # noqa: BLE001 - it belongs to the one who waits, not to the one who dispatches
            self._done = True
            self._post(_settle, self.found, self.found.set_exception, raisable(error))
        else:
            if self._done:
                self._post(_settle, self.found, self.found.set_result, heard)


def _settle(future: asyncio.Future[Any], resolve: Callable[[Any], None], outcome: object) -> None:
    if not future.done():
        resolve(outcome)


def raisable(error: Exception) -> Exception:
    """Return what a future can hold, and a coroutine raise, instead of `error`: neither may be a ``StopIteration``."""
    if not isinstance(error, (StopIteration, StopAsyncIteration)):
        return error
    raised = RuntimeError(f"the predicate raised {type(error).__name__}; expected whether the action is wanted")
    raised.__cause__ = error
    return raised


class ActionStream(Generic[A]):
    """An asynchronous iterator over actions; made by `EffectRun.actions`. One reader at a time."""

    def __init__(self, hearing: Hearing, post: Post, wanted: Wanted, limit: int, check: Callable[[], None]) -> None:
        self._check = check
        self._inbox = inbox = _Inbox(post, wanted, limit)
        for heard in hearing.listen(inbox, hearing.place()):
            inbox.sort(heard)
        self._end = weakref.finalize(self, hearing.leave, inbox)  # nobody must fill what nobody reads any more
        self._end.atexit = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> A:
        """Return the next action. Safe to cancel.

        Raises:
            WatchOverflow: actions were lost because this reader was too slow.
        """
        self._check()
        action: A = await self._inbox.get()
        return action


class _Inbox:
    """A bounded queue of the actions that are wanted; any thread may fill it."""

    def __init__(self, post: Post, wanted: Wanted, limit: int) -> None:
        self.wanted = wanted
        self._post = post
        self._limit = limit
        self._lost = 0
        self._queue: asyncio.Queue[Callable[[], Any]] = asyncio.Queue()

    def __call__(self, heard: Heard) -> None:
        self._sort(heard, partial(self._post, self._put))

    def sort(self, heard: Heard) -> None:
        """Take an action that was missed, at once."""
        self._sort(heard, self._put)

    def _sort(self, heard: Heard, put: Callable[[Callable[[], Any]], None]) -> None:
        try:
            if self.wanted(heard.action):
                put(lambda: heard.action)
        except Exception as error:  # noqa: BLE001 - it belongs to the reader
            put(partial(_raise, raisable(error)))

    def _put(self, outcome: Callable[[], Any]) -> None:
        if self._lost or self._queue.qsize() >= self._limit:
            self._lost += 1
        else:
            self._queue.put_nowait(outcome)

    async def get(self) -> Any:
        if self._lost and self._queue.empty():
            message = (
                f"{self._lost} actions were lost: the reader was slower than the store for more than {self._limit} of "
                "them. Read faster, raise limit=, or want fewer."
            )
            raise WatchOverflow(message)
        outcome = await self._queue.get()
        return outcome()


def _raise(error: Exception) -> Any:
    raise error
