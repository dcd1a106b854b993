"""The middleware that runs effects after the reducer, and the context in which they live."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from socketstore.codec import short
from socketstore.errors import UsageError
from socketstore.middleware.effects.definition import Definition, OnError, as_exception
from socketstore.middleware.effects.registering import Registry
from socketstore.middleware.effects.run import EffectRun
from socketstore.middleware.effects.session import Session
from socketstore.store.checking import check_callable, name_of
from socketstore.store.store import Store
from socketstore.store.types import Dispatch, S

logger = logging.getLogger("socketstore.effects")


class Effects(Registry[S]):
    """Side effects of actions, sync or async; a middleware.

    ::

        effects: Effects[App] = Effects()

        @effects.on(OrderPlaced)
        async def confirm(action: OrderPlaced, run: EffectRun[App]) -> None:
            await run.delay(1.0)
            run.dispatch(Confirmed(id=action.id))

        store = Store(app, App(), middleware=[effects])
        async with store:
            ...

    For one action, effects start in the order in which they were registered, after the reducer and the subscribers
    (inside a batch: before the subscribers). What they dispatch is queued, first in first out. Async effects run in the
    event loop of the context, ``async with store:`` or ``async with effects:``, whichever thread dispatches; leaving it
    cancels whatever runs and waits for its end. Effects may be registered and removed at any time.

    One `Effects` serves one store; the next store that is made with it takes it over.

    Args:
        on_error: called as ``(error, action, effect)`` with what an effect, or a predicate, raised; without it the
            error is logged, with its traceback, as ``socketstore.effects``. It never reaches the store or another
            effect. A ``CancelledError`` of an async effect is no error.

    Raises:
        UsageError: the handler is not callable, or is an ``async def``. From `dispatch`: the action has an effect that
            needs the context, which has not been entered, or has been left; the state has changed all the same.
    """

    def __init__(self, *, on_error: OnError | None = None) -> None:
        super().__init__()
        handler = log_error if on_error is None else on_error
        self._on_error = check_callable(handler, "on_error=", "a function (error, action, effect)")
        self._store: Store[S] | None = None
        self._session: Session[S] | None = None

    def __call__(self, store: Store[S], next: Dispatch) -> Dispatch:
        """Serve a store from now on.

        Raises:
            UsageError: the context is entered, with another store; or it serves this store already.
        """
        if self._store is store:
            message = f"{self!r} is in the middleware twice, and every effect would run twice; expected it once"
            raise UsageError(message)
        if self._entered() is not None:
            message = f"{self!r} is running for another store; leave its context first, or make one for each store"
            raise UsageError(message)
        self._store = store

        def dispatch(action: Any) -> Any:
            wanting = self._routes[type(action)]
            before = store.state if wanting else None
            outcome = next(action)
            session = self._entered()
            if session is not None and session.store is store:
                session.hearing.hear(action)
            if wanting:
                self._react(store, action, before, wanting)
            return outcome

        return dispatch

    async def __aenter__(self) -> Self:
        """Begin to run async effects, in this event loop.

        Raises:
            UsageError: it has been entered already, or no store has been made with it.
        """
        if self._entered() is not None:
            message = f"{self!r} has been entered already; expected to be entered once, by async with store:"
            raise UsageError(message)
        if self._store is None:
            message = f"{self!r} has no store; make it first: Store(reducer, state, middleware=[effects])"
            raise UsageError(message)
        self._session = Session(self._store, self._report)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel whatever runs and wait for its end, also when this is cancelled; nothing begins meanwhile.

        What is cancelled is left to clean up for ten seconds, then it is cancelled again, until it ends.

        Raises:
            UsageError: this is called by an effect, for whose end it would wait; nothing has changed.
        """
        session = self._session
        if session is not None:
            await self._end(session)

    def refuse_to_wait_for_the_caller(self) -> None:
        """Return if the context can be left from here: a store asks before it leaves any of its middleware.

        Raises:
            UsageError: an effect asks, for whose end leaving would wait.
        """
        if self._session is not None:
            self._session.refuse_to_wait_for_the_caller()

    def off(self, effect: Callable[..., Any]) -> None:
        """Take an effect away, wherever it was registered. A run that has begun goes on; one that waits does not begin.

        Raises:
            UsageError: it is not registered.
        """
        super().off(effect)
        session = self._entered()
        if session is not None:
            session.post(session.drop_removed)

    async def _end(self, session: Session[S]) -> None:
        try:
            await session.end()
        finally:
            if session.left and self._session is session:
                self._session = None

    def _entered(self) -> Session[S] | None:
        """Return the session; let go of one whose loop was closed without leaving it."""
        session = self._session
        if session is None or not session.closed():
            return session
        self._session = None
        return None

    def _react(self, store: Store[S], action: Any, before: Any, wanting: tuple[Definition, ...]) -> None:
        after = store.state
        wants = (definition for definition in wanting if self._wants(definition, action))
        refused = [definition for definition in wants if not self._start(definition, store, action, before, after)]
        if refused:
            raise UsageError(self._why_not(store, refused))

    def _wants(self, definition: Definition, action: Any) -> bool:
        try:
            return definition.wanted(action) and not definition.removed
        except Exception as error:  # noqa: BLE001 - a predicate's error is that of its effect
            self._report(error, action, definition.function)
            return False

    def _start(self, definition: Definition, store: Store[S], action: Any, before: S, after: S) -> bool:
        """Return whether it could be started."""
        if definition.at_once:
            definition.call(EffectRun(store, action, before, after), action, self._report)
            return True
        session = self._entered()
        if session is None or store is not self._store:
            return False
        session.trigger(definition, action, before, after)
        return True

    def _why_not(self, store: Store[S], refused: list[Definition]) -> str:
        names = ", ".join(name_of(definition.function) for definition in refused)
        if store is not self._store:
            return f"the effects {names} serve another store by now; make an Effects() for each store"
        return f"the effects {names} need an event loop; expected a dispatch inside async with store:"

    def _report(self, error: BaseException, action: Any, effect: Callable[..., Any]) -> None:
        try:
            self._on_error(as_exception(error), action, effect)
        except Exception:
            logger.exception("the handler of errors raised on %s, an error of the effect %s", error, name_of(effect))


def log_error(error: Exception, action: Any, effect: Callable[..., Any]) -> None:
    """Log what an effect raised: what happens unless `Effects` was told otherwise."""
    logger.error("the effect %s raised on %s", name_of(effect), short(action), exc_info=error)
