"""The door: whatever changes the state, or tells of it, passes here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import get_ident
from typing import Any, Generic, ParamSpec

from socketstore.errors import ReducerError
from socketstore.store.checking import name_of
from socketstore.store.passage import ENTERING, LEAVING, TELLING, Passage
from socketstore.store.routes import Routed, routes_of
from socketstore.store.slices import Slice
from socketstore.store.subscribers import Subscribers, Subscription, what_was_raised
from socketstore.store.types import Dispatch, Reducer, S

P = ParamSpec("P")


class Door(Passage, Generic[S]):
    """The state, the reducer and the subscribers of a store, and how an action passes from the one to the other."""

    def __init__(self, reducer: Reducer[S], state: S) -> None:
        super().__init__()
        self._use(reducer)
        self._state: S = state
        self._none_is_a_state = state is None or (isinstance(reducer, Slice) and reducer.initial is None)
        self._pipeline: Dispatch | None = None  # through the middleware, if there is any
        self._subscribers = Subscribers()
        self._jump_watchers: tuple[Callable[[S], object], ...] = ()

    def dispatch(self, action: Any) -> Any:  # noqa: C901 - written out, see below
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
        # `_alone` and `_reduce`, written out for the common case that nothing else is under way and no middleware is
        # in between: three calls less, half of the whole.
        turn, me, kind = self._turn, get_ident(), type(action)
        try:
            del turn.free.token
        except AttributeError:  # another thread has it, or we have it already
            pass
        else:
            turn.owner = me
            try:
                if self._more or self._pipeline is not None:
                    self._phase = ENTERING
                    return self._pass(self._pipeline or self._reduce, action)
                try:
                    self._phase = reduce = self._known[kind]
                except KeyError:
                    self._phase = ENTERING  # what a finalizer dispatches while we look is applied first
                    self._phase = reduce = self._routes.find(kind)
                state = self._state  # read last: now nothing else can be applied before we are
                try:
                    reduced = reduce(state, action)
                    if reduced is not state:
                        if reduced is None:
                            self._refuse_none(reduce, action)
                        self._state = reduced
                        self._phase = TELLING
                        tell = self._subscribers.tell
                        tell(reduced)
                except BaseException as error:  # noqa: BLE001 - raised by _drain; an interrupt is raised on
                    self._note_failure(error)
                if self._more:
                    self._drain()
                return action
            finally:
                turn.owner = None
                turn.back.token = True
                if turn.wanted:
                    turn.ring()
        return self._alone(self._run, self._pipeline or self._reduce, action)

    def before_jump(self, watcher: Callable[[S], object]) -> None:
        """Call `watcher(state)` whenever the state is about to change without an action; for middleware that records.

        That is by `restore`, and by `replace_reducer` (also if the state stays the same: other actions led to it than
        the new reducer would make of it). If the watcher raises, nothing has happened.
        """
        self._jump_watchers = (*self._jump_watchers, watcher)

    def _next(self, below: Dispatch, action: Any) -> Any:
        """Hand one action to what stands below a middleware, or let it wait: called now or later, from anywhere."""
        if (self._phase is ENTERING or self._phase is LEAVING) and self._turn.owner == get_ident():
            return below(action)
        return self._alone(self._run, below, action)

    def _reduce(self, action: Any) -> Any:
        # `_become`, written out: with a middleware in between, four calls less are a sixth of a dispatch.
        kind = type(action)
        self._phase = reduce = self._known.get(kind) or self._routes.find(kind)
        state = self._state  # read last, see dispatch()
        try:
            reduced = reduce(state, action)
            if reduced is not state:
                if reduced is None:
                    self._refuse_none(reduce, action)
                self._state = reduced
                self._phase = TELLING
                self._subscribers.tell(reduced)
        except BaseException as error:
            if self._phase is not TELLING:  # it is for the middleware, which may take it
                raise
            self._blame(what_was_raised(error))
        finally:
            self._phase = LEAVING
        return action

    def _note_failure(self, error: BaseException) -> None:
        if self._phase is TELLING:
            self._blame(what_was_raised(error))
        else:
            self._note(error)

    def _preview(self, action: Any) -> S:
        self._refuse_inside_a_reducer("preview() was called")
        reduce = self._routes.of(type(action))
        phase, self._phase = self._phase, reduce
        try:
            return reduce(self._state, action)
        finally:
            self._phase = phase

    def _become(self, state: S) -> None:
        if state is self._state:
            return
        self._state = state
        self._phase = TELLING
        self._tell(self._subscribers.tell, state)

    def _tell(self, tell: Callable[P, object], *arguments: P.args, **named: P.kwargs) -> None:
        try:
            tell(*arguments, **named)
        except BaseException as error:  # noqa: BLE001 - an interrupt is raised on
            self._blame(what_was_raised(error))

    def _hold(self, batch: object) -> None:
        self._subscribers.hold(batch, self._state)

    def _leave(self, batch: object) -> None:
        try:
            if self._turn.is_mine() and callable(self._phase):
                self._put_off(partial(self._release, batch))  # a generator, dropped inside a batch, is collected
            else:
                self._alone(self._run, self._release, batch)
        except BaseException:  # an interrupt, whose traceback may keep the batch for long, may have come too early
            self._subscribers.forget(batch)
            raise

    def _release(self, batch: object) -> None:
        self._phase = TELLING
        self._tell(self._subscribers.release, batch, self._state)

    def _exchange(self, reducer: Reducer[S]) -> None:
        self._phase = TELLING  # what a finalizer, or the handler of a signal, dispatches meanwhile comes after it
        state = _completed(reducer, self._state)
        self._announce(state)
        self._use(reducer)
        self._become(state)

    def _jump(self, state: S) -> None:
        check_state(self._reducer, state)
        self._announce(state)
        self._none_is_a_state = self._none_is_a_state or state is None
        self._become(state)

    def _announce(self, state: S) -> None:
        for watcher in self._jump_watchers:
            watcher(state)

    def _use(self, reducer: Reducer[S]) -> None:
        self._reducer = reducer
        self._routes = routes_of(reducer)
        self._known = self._routes.known

    def _subscribe(self, subscription: Callable[[S], Subscription]) -> Subscription:
        self._refuse_inside_a_reducer("subscribe() was called")
        made = subscription(self._state)
        self._subscribers.add(made, self._state)
        return made

    def _unsubscribe(self, subscription: Subscription) -> None:
        """Never waits, as the garbage collector may be the caller: if another has the turn, the next to tell sweeps."""
        self._subscribers.leave(subscription)
        self._if_nobody_else(self._subscribers.sweep)

    def _refuse_none(self, reduce: Reducer[S], action: object) -> None:
        if not self._none_is_a_state:
            message = (
                f"the reducer {name_of(reduce)} returned None for {action!r}; expected a state. "
                "Return the state it was given when nothing changes."
            )
            raise ReducerError(message)


def _completed(reducer: Reducer[S], state: S) -> S:
    """Return the state that a reducer begins with where another has left it."""
    completed = reducer.completed(state) if isinstance(reducer, Routed) else state
    check_state(reducer, completed)
    return completed


def check_state(reducer: Reducer[S], state: S) -> None:
    """Return if a state is of the shape that a reducer is for, as far as the reducer knows.

    Raises:
        UsageError: it is not.
    """
    if isinstance(reducer, Routed):
        reducer.check(state)
