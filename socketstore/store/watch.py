"""Waiting for a state, and iterating over states: the one place in the store that knows asyncio.

Both hear the store from whichever thread dispatches and wake their reader in its own loop.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar

from socketstore.errors import UsageError, WaitTimeout, WatchOverflow

if TYPE_CHECKING:
    from socketstore.store.store import Store

S = TypeVar("S")
T = TypeVar("T")


async def wait_for(store: Store[S], predicate: Callable[[S], object], *, timeout: float | None) -> S:  # noqa: ASYNC109
    """Return the first state that satisfies `predicate`; see `Store.wait_for`."""
    found: asyncio.Future[S] = asyncio.get_running_loop().create_future()
    check = _checker(predicate, found)
    unsubscribe = store.subscribe(check)
    clock = asyncio.timeout(timeout)
    try:
        state = store.state
        if predicate(state):
            return state
        async with clock:
            return await found
    except TimeoutError as error:
        if not clock.expired():
            raise
        state = store.state if found.cancelled() else found.result()
        if predicate(state):  # it came in the very moment in which the time was over
            return state
        message = f"waited {timeout} s for a state that satisfies {predicate!r}; the state now is {state!r:.500}"
        raise WaitTimeout(message) from error
    finally:
        unsubscribe()


def _checker(predicate: Callable[[S], object], found: asyncio.Future[S]) -> Callable[[S], None]:
    """Make a listener that resolves `found` in its own loop, from whichever thread it is called."""
    loop = found.get_loop()

    def check(state: S) -> None:
        try:
            if not predicate(state):
                return
        except Exception as error:  # noqa: BLE001 - it belongs to the one who waits, not to the one who dispatches
            _call_in(loop, _settle, found, found.set_exception, _raisable(error))
        else:
            _call_in(loop, _settle, found, found.set_result, state)

    return check


def _raisable(error: Exception) -> Exception:
    """Return what a future can hold instead of `error`: it refuses a ``StopIteration`` (a bare ``next()``)."""
    if not isinstance(error, StopIteration):
        return error
    raised = RuntimeError("the predicate raised StopIteration; expected whether the state is the one")
    raised.__cause__ = error
    return raised


def _settle(future: asyncio.Future[Any], resolve: Callable[[Any], None], outcome: object) -> None:
    if not future.done():
        resolve(outcome)


def _call_in(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *arguments: object) -> None:
    """Call a function soon in a loop that may belong to another thread; a closed one waits for nothing any more."""
    try:
        loop.call_soon_threadsafe(function, *arguments)
    except RuntimeError:
        if not loop.is_closed():
            raise


class Watch(Generic[T]):
    """An asynchronous iterator over a store's value; made by `Store.watch`. One reader at a time."""

    def __init__(
        self,
        store: Store[Any],
        select: Callable[[Any], T] | None,
        *,
        equal: Callable[[T, T], bool] | None,
        buffer: Literal["latest", "all"],
        limit: int,
    ) -> None:
        if buffer not in ("latest", "all"):
            message = f"buffer={buffer!r}; expected 'latest' or 'all'"
            raise UsageError(message)
        if not isinstance(limit, int) or limit < 1:
            message = f"limit={limit!r}; expected how many changes to keep, 1 or more"
            raise UsageError(message)
        self._inbox: _Inbox[T] = _Inbox(1 if buffer == "latest" else limit, lossy=buffer == "latest")
        self._inbox.put(store.state if select is None else select(store.state))
        if select is None:
            unsubscribe = store.subscribe(self._inbox.put)
        else:
            unsubscribe = store.subscribe(self._inbox.put, select=select, equal=equal)
        self._unsubscribe = weakref.finalize(self, unsubscribe)  # the store must not keep a forgotten iterator alive
        self._unsubscribe.atexit = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        """Return the next value. Safe to cancel.

        Raises:
            WatchOverflow: changes were lost because this reader was too slow for ``buffer="all"``.
            UsageError: another task is waiting on the same iterator.
        """
        return await self._inbox.get()

    async def aclose(self) -> None:
        """End the subscription and the iteration, also for a reader that waits. Safe to cancel."""
        self._unsubscribe()
        self._inbox.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class _Inbox(Generic[T]):
    """A bounded queue that any thread may fill, one at a time, and one task empties.

    It has no lock: a finalizer, or the handler of a signal, may put something in while its own thread is taking
    something out. Each step is one operation on a `deque`, and who registers to be woken looks again afterwards.
    """

    def __init__(self, limit: int, *, lossy: bool) -> None:
        self._values: deque[T] = deque(maxlen=limit if lossy else None)
        self._limit = limit
        self._lossy = lossy
        self._lost = 0
        self._closed = False
        self._reader: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None = None

    def put(self, value: T) -> None:
        if not self._lossy and (self._lost or len(self._values) >= self._limit):
            self._lost += 1
        else:
            self._values.append(value)
        self._wake()

    def close(self) -> None:
        self._closed = True
        self._wake()

    async def get(self) -> T:
        while not self._closed:
            if self._values:
                return self._values.popleft()
            if self._lost:
                self._closed = True
                raise WatchOverflow(self._overflow())
            await self._woken()
        raise StopAsyncIteration

    async def _woken(self) -> None:
        if self._reader is not None:
            message = "this watch is being read by another task; expected one reader. Call store.watch() once for each."
            raise UsageError(message)
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        self._reader = (loop, woken)
        try:
            if not (self._values or self._lost or self._closed):
                await woken
        finally:
            self._reader = None

    def _wake(self) -> None:
        reader = self._reader
        if reader is not None:
            loop, woken = reader
            _call_in(loop, _settle, woken, woken.set_result, None)

    def _overflow(self) -> str:
        return (
            f"{self._lost} changes were lost: the reader was slower than the store for more than {self._limit} of "
            'them. Read faster, raise limit=, or watch with buffer="latest".'
        )
