"""The container of one state, as a program sees it; `Door` holds the rules by which an action passes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from traceback import format_exception
from typing import Any, Literal, TypeVar, overload

from socketstore.codec import short
from socketstore.errors import UsageError
from socketstore.store.chain import compose, layers_of, not_built_yet
from socketstore.store.checking import check_callable
from socketstore.store.door import Door, check_state
from socketstore.store.inputs import check_input
from socketstore.store.lifetime import Lifetime
from socketstore.store.subscribers import Subscription
from socketstore.store.types import Equal, Listener, Middleware, Reducer, S, Select, Unsubscribe, Via
from socketstore.store.watch import Watch, wait_for

T = TypeVar("T")

REDUCER = "a function (state, action) -> state"
MISSING: Any = object()  # tells subscribe(None), a mistake, from subscribe(), a decorator


class Store(Door[S], Lifetime):
    """Holds one immutable state and changes it only by folding actions into it.

    Args:
        reducer: ``(state, action) -> state``.
        initial_state: the state before the first action.
        middleware: functions ``(store, next) -> dispatch``; the first sees an action first, the last hands it to
            the reducer.

    As a context manager, ``async with store:``, it enters those of its middleware that are context managers too
    (effects, for instance, which have tasks to end), and leaves them. Without any it needs no context.

    Safe to use from any thread: a dispatch from another thread waits until the one under way is over, its listeners
    included. So a listener must not wait for a thread that dispatches; hand work over with ``via=``.

    Raises:
        UsageError: the reducer, or a middleware, is not callable.
    """

    def __init__(self, reducer: Reducer[S], initial_state: S, *, middleware: Iterable[Middleware[S]] = ()) -> None:
        layers = layers_of(middleware)
        check_state(reducer, initial_state)
        Door.__init__(self, check_callable(reducer, "the reducer", REDUCER), initial_state)
        Lifetime.__init__(self, layers)
        if layers:
            self._pipeline = not_built_yet
            self._pipeline = compose(self, layers, self._reduce, self._next)

    def __repr__(self) -> str:
        return f"<Store of {short(self._state)}>"

    @property
    def state(self) -> S:
        """The current state."""
        return self._state

    @property
    def reducer(self) -> Reducer[S]:
        """The current reducer."""
        return self._reducer

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
        listener: Listener[Any] = MISSING,
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
            via: hands the call to another loop or thread, and does not wait for it: ``loop.call_soon_threadsafe``,
                or ``via_tk(root)`` and ``via_qt(window)`` of `socketstore.integrations`.
                What has been handed over and has not run is dropped by unsubscribing.

        Returns:
            A function that ends the subscription.

        Raises:
            DispatchError: it was called inside a reducer.
            UsageError: the listener, or another argument, is not callable.
        """
        _check_reading(select, equal)
        _check_optional(via, "via=", "a function that hands a call over")

        def begin(listener: Listener[Any]) -> Unsubscribe:
            check_callable(listener, "the listener", "a function of one value")
            make = partial(Subscription, listener, select=select, equal=equal, via=via)
            return partial(self._unsubscribe, self._alone(self._subscribe, make))

        return begin if listener is MISSING else begin(listener)

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

        Raises:
            UsageError: an argument cannot be used.
        """
        _check_reading(select, equal)
        watch = partial(Watch, self, select, equal=equal, buffer=buffer, limit=limit)
        return self._alone(watch)  # so that nothing is told between reading the current value and hearing of the next

    def wait_for(self, predicate: Callable[[S], object], *, timeout: float | None = None) -> Coroutine[Any, Any, S]:
        """Wait for the first state that satisfies `predicate`; the current one counts.

        Args:
            predicate: tells whether a state is the one. What it raises is raised here.
            timeout: seconds; ``None`` waits for ever.

        It begins to listen when it is awaited, or made a task. Safe to cancel.

        Raises:
            WaitTimeout: no such state came in time.
            UsageError: the predicate is not callable, or the timeout not a number.
        """
        check_callable(predicate, "the predicate", "a function of the state")
        if timeout is not None and not isinstance(timeout, (int, float)):
            message = f"timeout={timeout!r}; expected seconds, or None to wait for ever"
            raise UsageError(message)
        return wait_for(self, predicate, timeout=timeout)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Tell the subscribers once, at the end, of the last state; the middleware sees every action.

        Batches nest. What other threads dispatch in the meantime is applied at once and told at the end as well, so
        keep it short and do not await inside. Of batches of several threads that overlap, the last to end tells; where
        there is no last, each eighth.
        """
        batch = _Batch()
        try:
            self._alone(self._run, self._hold, batch)
            yield
        except BaseException as error:
            self._leave_after(batch, error)
            raise
        self._leave(batch)

    def _leave_after(self, batch: object, error: BaseException) -> None:
        """Leave a batch whose body has raised: its error is the one that the caller looks for."""
        try:
            self._leave(batch)
        except Exception as told:  # noqa: BLE001 - it is noted
            error.add_note(f"When the batch ended, this was raised too:\n{''.join(format_exception(told))}")

    def preview(self, action: Any) -> S:
        """Return the state to which an action would lead, and change nothing. No middleware sees it.

        Raises:
            DispatchError: it was called inside a reducer, or the reducer called the store.
            Exception: what the reducer raised.
        """
        return self._alone(self._preview, action)

    def replace_reducer(self, reducer: Reducer[S]) -> None:
        """Reduce with another reducer from now on (hot reload, `Combination.with_reducer`). No action is dispatched.

        Where the state is a mapping, it gains the initial value of each slice that it lacks a value of.

        Raises:
            DispatchError: it was called inside a reducer.
            UsageError: the reducer is not callable.
        """
        self._alone(self._run, self._exchange, check_callable(reducer, "the reducer", REDUCER))

    def restore(self, state: S) -> None:
        """Jump to a state (time travel, hydration) and tell the subscribers. No action is dispatched.

        Raises:
            DispatchError: it was called inside a reducer.
            ExceptionGroup: what listeners raised, once all of them have run.
        """
        self._alone(self._run, self._jump, state)


class _Batch:
    """Stands for one batch, for as long as somebody is in it."""


def _check_reading(select: object, equal: object) -> None:
    if select is not None:
        check_input(select, "select=")
    _check_optional(equal, "equal=", "a function of two values")
    if equal is not None and select is None:
        message = f"equal={equal!r} without select=; expected both, as states themselves are compared by identity"
        raise UsageError(message)


def _check_optional(value: object, what: str, expected: str) -> None:
    if value is not None:
        check_callable(value, what, expected)
