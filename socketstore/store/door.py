"""The door: whatever changes the state, or tells of it, passes here, one at a time and in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar
from weakref import ref

from socketstore.errors import DispatchError, ReducerError
from socketstore.store.checking import name_of
from socketstore.store.routes import routes_of
from socketstore.store.subscribers import Subscribers, Subscription
from socketstore.store.types import Dispatch, Reducer, S

R = TypeVar("R")

# The phases of one passage through the door, in their order. Up to ENTERED (a middleware is running, the reducer has
# not been reached: a thunk, for instance) a nested dispatch is applied at once; from REDUCING on it waits its turn.
IDLE, ENTERED, REDUCING, TELLING, REDUCED = range(5)


class Door(Generic[S]):
    """The state, the reducer and the lock of a store, and the rules by which one action after another passes."""

    def __init__(self, reducer: Reducer[S], state: S) -> None:
        self._use(reducer)
        self._pipeline: Dispatch = self._reduce
        self._state: S = state
        self._subscribers = Subscribers()
        self._lock = threading.RLock()
        self._phase = IDLE
        self._waiting: deque[Callable[[], object]] = deque()
        self._errors: list[Exception] = []
        self._holds: set[ref[object]] = set()  # weak: a batch that was interrupted must not hold for ever
        self._none_is_a_state = state is None
        self._untold = False

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
        # `_pass`, written out for the common case that nothing else is under way. The lock is taken and given back by
        # hand: `with` costs 300 ns in CPython 3.11, this 150, a quarter of the whole. Taking it inside the `try`
        # leaves no moment in which an interrupt could lose it.
        lock, pipeline = self._lock, self._pipeline
        try:
            lock.acquire()
            if self._phase or self._waiting:
                return self._pass(pipeline, action)
            self._phase = ENTERED
            try:
                result = pipeline(action)
            except Exception as error:  # noqa: BLE001 - raised again by _settle, with what else went wrong
                self._errors.append(error)
                result = action
            except BaseException:
                self._errors.clear()  # or the next dispatch would be blamed for them
                raise
            finally:
                self._phase = IDLE
            if self._waiting or self._errors:
                self._settle()
            return result
        finally:
            try:  # noqa: SIM105 - contextlib.suppress would cost what the lock does
                lock.release()
            except RuntimeError:  # an interrupt ended the wait for another thread: the lock was never ours
                pass

    def _pass(self, job: Callable[[Any], R], argument: Any) -> R | Any:
        """Run a job alone, then what it made wait; inside a listener or an effect, let it wait."""
        with self._lock:
            if self._phase > ENTERED:
                self._refuse_inside_a_reducer("dispatch(), or another change of the store, was called")
                self._waiting.append(partial(job, argument))
                return argument
            results: list[R] = []
            self._waiting.append(lambda: results.append(job(argument)))
            self._settle()  # what waits already is older: left by an interrupted passage, or behind a queued thunk
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

    def _next(self, below: Dispatch, action: Any) -> Any:
        """Hand one action to what stands below a middleware, or let it wait: called now or later, from anywhere."""
        with self._lock:
            self._refuse_inside_a_reducer("dispatch(), or another change of the store, was called")
            if self._phase in (IDLE, TELLING):
                return self._pass(below, action)
            return below(action)

    def _reduce(self, action: Any) -> Any:
        state = self._state
        reduce = self._routes[type(action)]
        self._phase = REDUCING
        try:
            reduced = reduce(state, action)
            if reduced is not state:
                if reduced is None and not self._none_is_a_state:
                    raise ReducerError(_returned_none(reduce, action))
                self._state = reduced  # from here on as _become, written out: a call less, 80 ns
                self._phase = TELLING
                if self._holds:
                    self._untold = True
                elif failed := self._subscribers.tell(reduced):
                    self._errors.append(failed)
        finally:
            self._phase = REDUCED
        return action

    def _become(self, state: S) -> None:
        self._state = state
        self._phase = TELLING
        if self._holds:
            self._untold = True
        elif failed := self._subscribers.tell(state):
            self._errors.append(failed)

    def _hold(self, batch: object) -> None:
        self._holds.add(ref(batch, self._holds.discard))

    def _leave(self, batch: object) -> None:
        with self._lock:
            if self._phase == REDUCING:  # the garbage collector ends a generator that was dropped inside a batch
                self._waiting.append(partial(self._release, batch))
            else:
                self._pass(self._release, batch)

    def _release(self, batch: object) -> None:
        self._holds.discard(ref(batch))
        if self._untold and not self._holds:
            self._untold = False
            self._become(self._state)

    def _use(self, reducer: Reducer[S]) -> None:
        self._reducer = reducer
        self._routes = routes_of(reducer)

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
                f"{what} inside the reducer {name_of(self._reducer)}; a reducer only computes the next state. "
                "Do it before the dispatch, or in a listener, an effect or a middleware."
            )
            raise DispatchError(message)


def _raise_together(errors: list[Exception]) -> None:
    if len(errors) == 1:
        raise errors[0]
    if errors:
        message = f"{len(errors)} errors while dispatching; the store is usable and every queued action was tried"
        raise ExceptionGroup(message, errors)


def _returned_none(reducer: object, action: object) -> str:
    return (
        f"the reducer {name_of(reducer)} returned None for {action!r}; expected a state. "
        "Return the state it was given when nothing changes."
    )
