"""What an effect is handed besides the action: the state before and after, and what it can wait for."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from socketstore.errors import UsageError
from socketstore.middleware.effects.forks import Fork
from socketstore.middleware.effects.taking import ActionStream, take
from socketstore.middleware.effects.triggers import Trigger, Wanted
from socketstore.store.store import Store
from socketstore.store.types import S

if TYPE_CHECKING:
    from socketstore.middleware.effects.runs import Runs
    from socketstore.middleware.effects.session import Session

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
T = TypeVar("T")


class EffectRun(Generic[S]):
    """One run of an effect: what it was started with, and what it can do.

    Attributes:
        store: the store.
        before: the state before the action.
        after: the state right after it; by the time an ``async def`` runs, `state` may be another.

    What is awaited here raises ``CancelledError`` once the context is being left, also for an effect that has swallowed
    an earlier one, and ``UsageError`` once it has been left; it is safe to cancel.
    """

    def __init__(self, store: Store[S], action: Any, before: S, after: S) -> None:
        self.store = store
        self.before = before
        self.after = after
        self._action = action
        self._runs: Runs[S] | None = None  # those of an async effect, once it has begun
        self._forks: set[Fork[Any]] = set()
        self._ended = False

    @property
    def state(self) -> S:
        """The current state."""
        return self.store.state

    def dispatch(self, action: Any) -> Any:
        """Dispatch an action; see `Store.dispatch`. That of a sync effect is queued, first in first out.

        A `take` right after it hears what the action has brought, also if that came at once.
        """
        if self._runs is None or not self._runs.session.here():
            return self.store.dispatch(action)
        hearing = self._runs.session.hearing
        place = hearing.last
        outcome = self.store.dispatch(action)
        hearing.go_on_after(action, place)
        return outcome

    async def delay(self, seconds: float) -> None:
        """Wait, by the event loop's clock.

        Raises:
            UsageError: `seconds` is not a number, or the context has been left for good.
        """
        self._usable()
        await asyncio.sleep(_seconds(seconds, "seconds="))

    @overload
    def take(self, kind: type[A], /, *, timeout: float | None = None) -> Coroutine[Any, Any, A]: ...

    @overload
    def take(
        self, first: type[A], second: type[B], /, *, timeout: float | None = None
    ) -> Coroutine[Any, Any, A | B]: ...

    @overload
    def take(
        self, first: type[A], second: type[B], third: type[C], /, *, timeout: float | None = None
    ) -> Coroutine[Any, Any, A | B | C]: ...

    @overload
    def take(self, *triggers: Trigger, timeout: float | None = None) -> Coroutine[Any, Any, Any]: ...

    def take(self, *triggers: Any, timeout: float | None = None) -> Coroutine[Any, Any, Any]:
        """Wait for the next action of these classes, or of which one of these predicates holds, and return it.

        At the beginning of an effect, that is any action after its own; right after another `take`, any after the one
        that was taken; right after `dispatch`, any after the one dispatched; otherwise any from now on. "Now" is when
        this is called, so that ``asyncio.gather(run.take(A), run.take(B))`` loses nothing. What comes while something
        else is awaited is not heard: use `actions` there.

        Args:
            triggers: classes and predicates. What a predicate raises is raised here.
            timeout: seconds; ``None`` waits for ever.

        Raises:
            WaitTimeout: none came in time.
            UsageError: there is nothing to wait for, or the timeout is not a number.
        """
        session = self._usable()
        wanted = Wanted(triggers, "take()")
        return take(session.hearing, session.post, wanted, session.hearing.place(), _timeout(timeout))

    def condition(self, predicate: Callable[[S], object], *, timeout: float | None = None) -> Coroutine[Any, Any, S]:
        """Wait for the first state that satisfies `predicate`, and return it; the current one counts.

        Raises:
            WaitTimeout: no such state came in time.
            UsageError: the predicate cannot be called, or the timeout is not a number.
        """
        self._usable()
        return self.store.wait_for(predicate, timeout=_timeout(timeout))

    @overload
    def actions(self, kind: type[A], /, *, limit: int = 65_536) -> ActionStream[A]: ...

    @overload
    def actions(self, first: type[A], second: type[B], /, *, limit: int = 65_536) -> ActionStream[A | B]: ...

    @overload
    def actions(
        self, first: type[A], second: type[B], third: type[C], /, *, limit: int = 65_536
    ) -> ActionStream[A | B | C]: ...

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
        done. What it raises is raised to the one who awaits it; if nobody does, it goes to the error handler at once,
        and this run is cancelled. A `take` at its beginning hears what one in its place would.

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
        task = session.spawn(coroutine)
        session.hearing.hand_on(task)
        fork = Fork(task, session.cancel, self._fork_ended)
        self._forks.add(fork)
        if self._ended or session.leaving:
            fork.cancel()
        return fork

    def cancel_active(self) -> None:
        """Cancel the other runs of this effect; those that clean up already are left in peace."""
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

    def _end(self) -> None:
        self._ended = True
        for fork in tuple(self._forks):
            fork.cancel()

    def _fork_ended(self, fork: Fork[Any]) -> None:
        self._forks.discard(fork)
        error = fork._unheard
        if error is not None and self._runs is not None:
            self._runs.report(self, error)
            self._runs.cancel_one(self)


def _timeout(timeout: float | None) -> float | None:
    return None if timeout is None else _seconds(timeout, "timeout=", " or None to wait for ever")


def _seconds(seconds: float, what: str, or_else: str = "") -> float:
    if isinstance(seconds, (int, float)) and not math.isnan(seconds):
        return seconds
    message = f"{what}{seconds!r:.200}; expected a number of seconds{or_else}"
    raise UsageError(message)
