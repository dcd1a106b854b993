"""The container: one state, one reducer, one door through which everything that changes or tells must pass."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Generic, Literal, TypeVar, overload

from socketstore.errors import DispatchError, ReducerError, UsageError
from socketstore.store.subscribers import Subscribers, Subscription
from socketstore.store.types import Dispatch, Equal, Listener, Middleware, Reducer, S, Select, Unsubscribe, Via
from socketstore.store.watch import Watch, wait_for

T = TypeVar("T")
R = TypeVar("R")

# The phases of one passage through the door, in their order. Up to ENTERED (a middleware is running, the reducer has
# not been reached: a thunk, for instance) a nested dispatch is applied at once; from REDUCED on it waits its turn.
IDLE, ENTERED, REDUCING, TELLING, REDUCED = range(5)


class Store(Generic[S]):
    """Holds one immutable state and changes it only by folding actions into it.

    Args:
        reducer: ``(state, action) -> state``.
        initial_state: the state before the first action.
        middleware: functions ``(store, next) -> dispatch``; the first sees an action first, the last hands it to
            the reducer.

    Safe to use from any thread: a dispatch from another thread waits until the one under way is over, its listeners
    included. So a listener must not wait for a thread that dispatches; hand work over with ``via=``.

    Raises:
        UsageError: the reducer, or a middleware, is not callable.
    """

    def __init__(self, reducer: Reducer[S], initial_state: S, *, middleware: Iterable[Middleware[S]] = ()) -> None:
        self._reducer = _callable(reducer, "the reducer", "a function (state, action) -> state")
        self._state = initial_state
        self._lock = threading.RLock()
        self._phase = IDLE
        self._waiting: deque[Callable[[], object]] = deque()
        self._errors: list[Exception] = []
        self._holds = 0
        self._untold = False
        self._subscribers = Subscribers()
        self._pipeline: Dispatch = _not_built_yet
        layers = tuple(middleware)
        self._pipeline = _compose(self, layers, self._next) if layers else self._reduce

    @property
    def state(self) -> S:
        """The current state."""
        return self._state

    def dispatch(self, action: Any) -> Any:
        """Apply an action and tell the subscribers.

        From any thread; when it returns, the action has been applied. Inside a listener or an effect it is queued
        instead, first in first out, and applied before the outermost dispatch returns; the action itself is returned.

        Returns:
            What the middleware returns, by default the action.

        Raises:
            DispatchError: it was called inside a reducer.
            Exception: what the reducer raised; the state is as it was, and queued actions have been applied.
            ExceptionGroup: what listeners raised, once all of them have run.
        """
        return self._pass(self._pipeline, action)

    @overload
    def subscribe(self, listener: Listener[S], *, via: Via | None = None) -> Unsubscribe: ...

    @overload
    def subscribe(
        self, listener: Listener[T], *, select: Select[S, T], equal: Equal[T] | None = None, via: Via | None = None
    ) -> Unsubscribe: ...

    @overload
    def subscribe(self, *, via: Via | None = None) -> Callable[[Listener[S]], Unsubscribe]: ...

    @overload
    def subscribe(
        self, *, select: Select[S, T], equal: Equal[T] | None = None, via: Via | None = None
    ) -> Callable[[Listener[T]], Unsubscribe]: ...

    def subscribe(
        self,
        listener: Listener[Any] | None = None,
        *,
        select: Select[S, Any] | None = None,
        equal: Equal[Any] | None = None,
        via: Via | None = None,
    ) -> Unsubscribe | Callable[[Listener[Any]], Unsubscribe]:
        """Call `listener(value)` whenever the state, or what `select` reads of it, has changed.

        A state has changed when it is another object; a selected value when it is another object and not equal
        (``equal`` instead of ``==``). Listeners run in the order in which they subscribed, over a snapshot: one that
        subscribes during a notification first hears the next, one that unsubscribes may still hear this one.

        Also a decorator, ``@store.subscribe`` or ``@store.subscribe(select=...)``: the decorated name is then bound
        to the function that ends the subscription.

        Args:
            listener: called with the new value.
            select: reads the value out of the state.
            equal: tells whether two selected values count as the same.
            via: hands the call to another loop or thread, e.g. ``loop.call_soon_threadsafe`` or ``root.after_idle``.
                What has been handed over and has not run is dropped by unsubscribing.

        Returns:
            A function that ends the subscription.

        Raises:
            DispatchError: it was called inside a reducer.
            UsageError: the listener, or another argument, is not callable.
        """
        for name, argument in (("select", select), ("equal", equal), ("via", via)):
            _callable(argument or _nothing, f"{name}=", "a function")

        def begin(listener: Listener[Any]) -> Unsubscribe:
            _callable(listener, "the listener", "a function of one value")
            with self._lock:
                self._refuse_inside_a_reducer("subscribe")
                subscription = Subscription(listener, self._state, select=select, equal=equal, via=via)
                self._subscribers.add(subscription)
            return partial(self._unsubscribe, subscription)

        return begin if listener is None else begin(listener)

    @overload
    def watch(self, *, buffer: Literal["latest", "all"] = "latest", limit: int = 65_536) -> Watch[S]: ...

    @overload
    def watch(
        self,
        select: Select[S, T],
        *,
        equal: Equal[T] | None = None,
        buffer: Literal["latest", "all"] = "latest",
        limit: int = 65_536,
    ) -> Watch[T]: ...

    def watch(
        self,
        select: Select[S, Any] | None = None,
        *,
        equal: Equal[Any] | None = None,
        buffer: Literal["latest", "all"] = "latest",
        limit: int = 65_536,
    ) -> Watch[Any]:
        """Iterate asynchronously over the value: first the current one, then each change.

        Args:
            select: reads the value out of the state; without it, the state itself.
            equal: as in `subscribe`.
            buffer: ``"latest"`` skips what a slow reader missed; ``"all"`` keeps every change for it.
            limit: how many changes ``"all"`` keeps; beyond it the reader gets them and then a `WatchOverflow`.

        Safe to cancel: the next iteration gets what this one did not. Dropping the iterator ends the subscription.
        """
        with self._lock:  # nothing is told between reading the current value and hearing of the next
            return Watch(self, select, equal=equal, buffer=buffer, limit=limit)

    def wait_for(self, predicate: Callable[[S], object], *, timeout: float | None = None) -> Awaitable[S]:
        """Wait for the first state that satisfies `predicate`; the current one counts.

        Args:
            predicate: tells whether a state is the one. What it raises is raised here.
            timeout: seconds; ``None`` waits for ever.

        Safe to cancel.

        Raises:
            WaitTimeout: no such state came in time.
        """
        return wait_for(self, predicate, timeout=timeout)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Tell the subscribers once, at the end, of the last state; the middleware sees every action.

        Batches nest. What other threads dispatch in the meantime is applied at once and told at the end as well, so
        keep it short and do not await inside.
        """
        self._pass(self._hold, None)
        try:
            yield
        finally:
            self._pass(self._release, None)

    def replace_reducer(self, reducer: Reducer[S]) -> None:
        """Reduce with another reducer from now on (hot reload). No action is dispatched.

        Raises:
            DispatchError: it was called inside a reducer.
            UsageError: the reducer is not callable.
        """
        _callable(reducer, "the reducer", "a function (state, action) -> state")
        self._pass(partial(setattr, self, "_reducer"), reducer)

    def restore(self, state: S) -> None:
        """Jump to a state (time travel, hydration) and tell the subscribers. No action is dispatched.

        Raises:
            DispatchError: it was called inside a reducer.
            ExceptionGroup: what listeners raised, once all of them have run.
        """
        self._pass(self._become, state)

    # The door. Whatever changes the state or tells of it comes through here, one at a time.

    def _pass(self, job: Callable[[Any], R], argument: Any) -> R | Any:
        with self._lock:
            phase = self._phase
            if phase > ENTERED:
                self._refuse_inside_a_reducer("dispatch")
                self._waiting.append(partial(job, argument))
                return argument
            if self._waiting:  # left by an interrupted passage, or older than this call from a queued thunk
                return self._pass_behind(job, argument)
            self._phase = ENTERED
            try:
                result = job(argument)
            except Exception as error:  # noqa: BLE001 - raised again by _settle, with what else went wrong
                self._errors.append(error)
                result = argument
            finally:
                self._phase = phase
            if self._waiting or self._errors:
                self._settle()
            return result

    def _pass_behind(self, job: Callable[[Any], R], argument: Any) -> R:
        results: list[R] = []
        self._waiting.append(lambda: results.append(job(argument)))
        self._settle()
        return results[0]

    def _settle(self) -> None:
        """Run what waits, in order, then raise together what went wrong."""
        errors, self._errors = self._errors, []
        phase = self._phase
        while self._waiting:
            job = self._waiting.popleft()
            self._phase = ENTERED
            try:
                job()
            except Exception as error:  # noqa: BLE001 - what waits behind it still runs
                self._errors.append(error)
            finally:
                self._phase = phase
            errors += self._errors
            self._errors = []
        _raise_together(errors)

    def _next(self, action: Any) -> Any:
        """Reduce one action, or let it wait: what the last middleware calls, now or later, from anywhere."""
        with self._lock:
            self._refuse_inside_a_reducer("dispatch")
            if self._phase in (IDLE, TELLING):
                return self._pass(self._reduce, action)
            return self._reduce(action)

    def _reduce(self, action: Any) -> Any:
        state = self._state
        self._phase = REDUCING
        try:
            reduced = self._reducer(state, action)
        finally:
            self._phase = REDUCED
        if reduced is not state:
            if reduced is None:
                raise ReducerError(_returned_none(self._reducer, action))
            self._become(reduced)
        return action

    def _become(self, state: S) -> None:
        self._state = state
        self._untold = True
        if not self._holds:
            self._tell()

    def _tell(self) -> None:
        self._untold = False
        self._phase = TELLING
        try:
            errors = self._subscribers.tell(self._state)
        finally:
            self._phase = REDUCED
        if errors:
            self._errors.append(ExceptionGroup(f"{len(errors)} of the store's listeners raised", errors))

    def _hold(self, _: object) -> None:
        self._holds += 1

    def _release(self, _: object) -> None:
        self._holds -= 1
        if self._untold and not self._holds:
            self._tell()

    def _unsubscribe(self, subscription: Subscription) -> None:
        self._subscribers.leave(subscription)
        if self._lock.acquire(blocking=False):  # never waits: the garbage collector may be the caller
            try:
                self._subscribers.sweep()
            finally:
                self._lock.release()

    def _refuse_inside_a_reducer(self, what: str) -> None:
        if self._phase == REDUCING:
            message = (
                f"{what}() was called inside the reducer {_name(self._reducer)}; a reducer only computes the next "
                "state. Do it before the dispatch, or in a listener, an effect or a middleware."
            )
            raise DispatchError(message)


def _compose(store: Store[S], middleware: tuple[Middleware[S], ...], apply: Dispatch) -> Dispatch:
    pipeline = apply
    for layer in reversed(middleware):
        _callable(layer, "a middleware", "a function (store, next) -> dispatch")
        pipeline = _callable(layer(store, pipeline), f"what the middleware {_name(layer)} returned", "a function")
    return pipeline


def _raise_together(errors: list[Exception]) -> None:
    if len(errors) == 1:
        raise errors[0]
    if errors:
        message = f"{len(errors)} errors while dispatching; the store is usable and every queued action was tried"
        raise ExceptionGroup(message, errors)


def _not_built_yet(action: object) -> Any:
    message = f"got {action!r} while the middleware was being built; dispatch once Store(...) has returned"
    raise DispatchError(message)


def _returned_none(reducer: object, action: object) -> str:
    return (
        f"the reducer {_name(reducer)} returned None for {action!r}; expected a state. "
        "Return the state it was given when nothing changes."
    )


def _callable(value: T, what: str, expected: str) -> T:
    if not callable(value):
        message = f"{what} is {value!r} ({type(value).__name__}); expected {expected}"
        raise UsageError(message)
    return value


def _nothing() -> None: ...


def _name(value: object) -> str:
    return getattr(value, "__qualname__", None) or repr(value)
