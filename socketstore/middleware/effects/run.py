"""What an effect is handed besides the action: the state before and after, and what it can wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from socketstore.errors import UsageError
from socketstore.middleware.effects.taking import ActionStream, take
from socketstore.middleware.effects.triggers import Trigger, Wanted
from socketstore.store.store import Store
from socketstore.store.types import S

if TYPE_CHECKING:
    from socketstore.middleware.effects.session import Runs, Session

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")


class EffectRun(Generic[S]):
    """One run of an effect: what it was started with, and what it can do.

    Attributes:
        store: the store.
        before: the state before the action.
        after: the state right after it; by the time an ``async def`` runs, `state` may be another.

    What is awaited here raises ``CancelledError`` once the context is being left, also for an effect that has swallowed
    an earlier one; it is safe to cancel.
    """

    def __init__(self, store: Store[S], action: Any, before: S, after: S, runs: Runs[S] | None = None) -> None:
        self.store = store
        self.before = before
        self.after = after
        self._action = action
        self._runs = runs
        self._forks: set[Fork[Any]] = set()
        self._ended = False

    @property
    def state(self) -> S:
        """The current state."""
        return self.store.state

    def dispatch(self, action: Any) -> Any:
        """Dispatch an action; see `Store.dispatch`. That of a sync effect is queued, first in first out."""
        return self.store.dispatch(action)

    async def delay(self, seconds: float) -> None:
        """Wait, by the event loop's clock."""
        self._usable()
        await asyncio.sleep(seconds)

    @overload
    def take(self, kind: type[A], /, *, timeout: float | None = None) -> Coroutine[Any, Any, A]: ...

    @overload
    def take(
        self, first: type[A], second: type[B], /, *, timeout: float | None = None
    ) -> Coroutine[Any, Any, A | B]: ...

    @overload
    def take(self, *triggers: Trigger, timeout: float | None = None) -> Coroutine[Any, Any, Any]: ...

    def take(self, *triggers: Any, timeout: float | None = None) -> Coroutine[Any, Any, Any]:
        """Wait for the next action of these classes, or of which one of these predicates holds, and return it.

        At the beginning of an effect, that is any action after its own; right after another `take`, any after the one
        that was taken; otherwise any from now on. So two in a row lose nothing in between, but what comes while
        something else is awaited is not heard: use `actions` there.

        Args:
            triggers: classes and predicates. What a predicate raises is raised here.
            timeout: seconds; ``None`` waits for ever.

        Raises:
            WaitTimeout: none came in time.
            UsageError: there is nothing to wait for, or the timeout is not a number.
        """
        session = self._usable()
        return take(session.hearing, session.post, Wanted(triggers, "take()"), _seconds(timeout))

    def condition(self, predicate: Callable[[S], object], *, timeout: float | None = None) -> Coroutine[Any, Any, S]:
        """Wait for the first state that satisfies `predicate`, and return it; the current one counts.

        Raises:
            WaitTimeout: no such state came in time.
        """
        self._usable()
        return self.store.wait_for(predicate, timeout=timeout)

    @overload
    def actions(self, kind: type[A], /, *, limit: int = 65_536) -> ActionStream[A]: ...

    @overload
    def actions(self, first: type[A], second: type[B], /, *, limit: int = 65_536) -> ActionStream[A | B]: ...

    @overload
    def actions(self, *triggers: Trigger, limit: int = 65_536) -> ActionStream[Any]: ...

    def actions(self, *triggers: Any, limit: int = 65_536) -> ActionStream[Any]:
        """Iterate asynchronously over the actions that `take` would return, and lose none in between.

        Args:
            triggers: classes and predicates.
            limit: how many are kept for a slow reader; beyond it the reader gets them and then a `WatchOverflow`.
        """
        if not isinstance(limit, int) or limit < 1:
            message = f"limit={limit!r}; expected how many actions to keep, 1 or more"
            raise UsageError(message)
        session = self._usable()
        wanted = Wanted(triggers, "actions()")
        return ActionStream(session.hearing, session.post, wanted, limit, check=session.refuse_when_leaving)

    def fork(self, coroutine: Coroutine[Any, Any, T]) -> Fork[T]:
        """Run a coroutine beside this run, as a part of it.

        It is cancelled when this run is cancelled, and when this run ends: await the handle to keep it until it is
        done. What it raises is raised to the one who awaits it; if by the end of the run nobody has, it goes to the
        error handler.

        Raises:
            UsageError: it is no coroutine, or the effect is no ``async def``.
        """
        if not asyncio.iscoroutine(coroutine):
            message = f"fork() got {coroutine!r:.200}; expected a coroutine, as in run.fork(work())"
            raise UsageError(message)
        try:
            session = self._in_loop()
        except UsageError:
            coroutine.close()  # or Python would warn that nobody has awaited it
            raise
        fork = Fork(session.spawn(coroutine), self._forks)
        if self._ended or session.leaving:
            fork.cancel()
        return fork

    def cancel_active(self) -> None:
        """Cancel the other runs of this effect."""
        if self._runs is not None:
            self._runs.cancel(besides=self)

    def _usable(self) -> Session[S]:
        session = self._in_loop()
        session.refuse_when_leaving()
        return session

    def _in_loop(self) -> Session[S]:
        if self._runs is None or not self._runs.session.here():
            message = (
                "a sync effect can neither wait nor fork, and the run of another only in the event loop of its "
                "effects; expected an async def effect, and a call in its loop"
            )
            raise UsageError(message)
        return self._runs.session

    def _end(self, report: Callable[[BaseException], None]) -> None:
        """Cancel the forks; report what goes, or has gone, wrong in them while nobody awaits it."""
        self._ended = True
        for fork in tuple(self._forks):
            fork.cancel()
            fork._report_to(report)


class Fork(Generic[T]):
    """A part of an effect that runs beside it; made by `EffectRun.fork`. Await it for its result."""

    def __init__(self, task: asyncio.Task[T], unsettled: set[Fork[Any]]) -> None:
        self._task = task
        self._awaited = False
        self._unsettled = unsettled
        unsettled.add(self)
        task.add_done_callback(self._settle)

    def __await__(self) -> Generator[Any, None, T]:
        """Wait for its result, or raise what it raised; ``CancelledError`` if it was cancelled."""
        self._awaited = True
        return self._task.__await__()

    def cancel(self) -> None:
        """Cancel it; once it is done, nothing happens."""
        self._task.cancel()

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._task.done()

    def _settle(self, task: asyncio.Task[T]) -> None:
        if self._awaited or error_of(task) is None:
            self._unsettled.discard(self)

    def _report_to(self, report: Callable[[BaseException], None]) -> None:
        def tell(task: asyncio.Task[T]) -> None:
            error = error_of(task)
            if error is not None and not self._awaited:
                report(error)

        self._task.add_done_callback(tell)


def _seconds(timeout: float | None) -> float | None:
    if timeout is None or isinstance(timeout, (int, float)):
        return timeout
    message = f"timeout={timeout!r}; expected seconds, or None to wait for ever"
    raise UsageError(message)


def error_of(task: asyncio.Task[Any]) -> BaseException | None:
    """Return what a task that is done has raised; to be cancelled, or to be interrupted, is no error."""
    error = None if task.cancelled() else task.exception()
    return None if isinstance(error, (KeyboardInterrupt, SystemExit)) else error
