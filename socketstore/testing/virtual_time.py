"""Virtual time: an event loop in which a minute of waiting takes no time at all."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from socketstore.errors import UsageError

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 0.002
"""Real seconds that sockets get to bring something, before the clock jumps."""


def in_virtual_time(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Make an ordinary function of an ``async`` one: it runs in an event loop of its own, in virtual time.

    ::

        @in_virtual_time
        async def test_it_waits_a_minute() -> None:
            await asyncio.sleep(60)

    See `virtual_loop` for what is virtual. It works under any test runner, and with parameters, as `hypothesis` gives.

    Raises:
        UsageError: `looptime` is not installed.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with asyncio.Runner(loop_factory=virtual_loop) as runner:
            return runner.run(function(*args, **kwargs))

    # Runners of tests look through the wrapper, and would take it for the async function that it is not; they and
    # hypothesis need its parameters all the same.
    del run.__wrapped__
    run.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return run


def virtual_loop() -> asyncio.AbstractEventLoop:
    """Make an event loop whose clock begins at 0, and jumps to the next timer whenever nothing else is to be done.

    For ``asyncio.Runner(loop_factory=virtual_loop)``. Timers run in their order, at their exact times. Time passes for
    `asyncio.sleep`, `asyncio.timeout` and ``loop.call_later``, so for all of socketstore, but not for `time.time`: give
    a connection ``clock=loop_time``.

    Sockets work, with this caveat: the loop cannot know what is on its way in them. It lets real time pass before each
    jump (`PATIENCE`), in which whatever both ends of a connection on this machine have sent arrives; what another
    process or machine takes longer to answer may come after a timeout that, to the clock, is over. Threads are waited
    for in real time. Without sockets, with a `FakeSocket`, there is no caveat.

    Raises:
        UsageError: `looptime` is not installed.
    """
    try:
        import looptime
    except ImportError as error:
        message = "virtual time needs the package looptime, which is not installed: pip install looptime"
        raise UsageError(message) from error
    loop = looptime.patch_event_loop(asyncio.SelectorEventLoop(), start=0.0, noop_cycles=0)  # whatever the policy is
    loop._selector.select = _Patience(loop).select  # type: ignore[method-assign]
    _join_threads_in_real_time(loop)
    return loop


def loop_time() -> float:
    """Return the time of the running event loop, for ``Connection(clock=loop_time)``: it is virtual where that is."""
    return asyncio.get_running_loop().time()


def _join_threads_in_real_time(loop: Any) -> None:
    """Have the end of the loop wait for its threads without a timeout, which would be over at once."""
    join = loop.shutdown_default_executor

    async def shutdown_default_executor(_: float | None = None) -> None:
        await join()

    loop.shutdown_default_executor = shutdown_default_executor


class _Patience:
    """Has the loop look at its sockets for a moment before it jumps.

    `looptime` replaces the `select` of the loop's selector by one that jumps; this stands before it. To be asked with a
    time means: there is nothing to do until then, unless a socket has something.
    """

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._selector = loop._selector
        self._jump = self._selector.select
        self._looked = False

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or timeout <= 0:
            self._looked = False
        elif not self._looked and self._has_sockets:
            ready = self._look()
            if ready:
                return ready
        before = self._loop.time()
        ready = list(self._jump(timeout))
        self._looked = self._looked and self._loop.time() == before
        return ready

    def _look(self) -> list[Any]:
        ready = list(type(self._selector).select(self._selector, PATIENCE))
        self._looked = not ready
        return ready

    @property
    def _has_sockets(self) -> bool:
        """Whether there are any but the loop's own, with which threads wake it."""
        return len(self._selector.get_map()) > 1
