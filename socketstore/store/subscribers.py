"""Who listens to a store: subscriptions in the order in which they came, told over a snapshot."""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import ref

from socketstore.store.checking import contained
from socketstore.store.types import Equal, Listener, Select, Via

Tell = Callable[[Any], object]

A_LISTENER = "a listener"

OVERLAPS = 8
"""How often the oldest batch may end while others go on, before subscribers are told all the same: where several
threads have batches without a pause, there is always one that goes on."""


class Subscription:
    """One listener, and how it is told: directly, of a selected value, in another thread.

    Attributes:
        plain: it hears of every change of the state.
        tell: called with a new state.
    """

    __slots__ = ("_active", "_equal", "_last", "_listener", "_select", "_via", "plain", "tell")

    def __init__(
        self,
        listener: Listener[Any],
        state: object,
        *,
        select: Select[Any, Any] | None,
        equal: Equal[Any] | None,
        via: Via | None,
    ) -> None:
        self._listener = listener
        self._select = select
        self._equal = equal or operator.eq
        self._via = via
        self._active = True
        self._last = None if select is None else select(state)
        self.plain = select is None
        self.tell: Tell = self._hand_over if via else listener
        if select is not None:
            self.tell = self._tell_selected

    def end(self) -> None:
        """Stop calls that were handed to another thread and have not run yet."""
        self._active = False

    def _tell_selected(self, state: object) -> None:
        """Tell of the selected value if it is another object than last time, and not equal to it."""
        value = self._select(state)  # type: ignore[misc]
        last = self._last
        if value is last or self._equal(value, last):
            return
        self._last = value
        if self._via is None:
            self._listener(value)
        else:
            self._hand_over(value)

    def _hand_over(self, value: object) -> None:
        self._via(partial(self._tell_there, value))  # type: ignore[misc]

    def _tell_there(self, value: object) -> None:
        if self._active:
            self._listener(value)


class Subscribers:
    """Subscriptions by order of arrival.

    Only `leave` and `forget` may be called by a thread that does not have the store's turn.

    Attributes:
        tell: call it with a state that is another object than the last one. It is chosen anew whenever somebody comes
            or goes, so that telling a single plain listener costs no more than calling it. What it raises is for
            `what_was_raised`.
    """

    def __init__(self) -> None:
        self.tell: Tell = _tell_nobody
        self._all: dict[Subscription, None] = {}
        self._left: deque[Subscription] = deque()
        self._copying = False
        self._holds: dict[ref[object], None] = {}  # weak: a batch that was interrupted must not hold for ever
        self._overlaps = 0
        self._holding = False
        self._held_from: object = None
        self._joined: dict[Subscription, object] = {}

    def add(self, subscription: Subscription, state: object) -> None:
        """Put a subscription at the end; it first hears of the state that comes after this one."""
        self._all[subscription] = None
        if self._holding:
            self._joined[subscription] = state
        self.tell = self._renew_and_tell

    def leave(self, subscription: Subscription) -> None:
        """Take note that a subscription has ended; the next `sweep` or `tell` takes it out."""
        subscription.end()
        self._left.append(subscription)
        self.tell = self._renew_and_tell

    def sweep(self) -> None:
        """Take out the subscriptions that have ended."""
        while self._left and not self._copying:
            try:
                subscription = self._left.popleft()
            except IndexError:  # as the handler of a signal, which has swept, may come after the look
                return
            self._all.pop(subscription, None)
            self._joined.pop(subscription, None)
            self.tell = self._renew_and_tell  # it must not keep the listener alive

    def hold(self, batch: object, state: object) -> None:
        """Tell nobody of anything until every batch has been released, or dropped; or too many others have been."""
        if not self._holding:
            self._holding, self._held_from = True, state
        self._holds[ref(batch, self._drop)] = None
        self.tell = self._renew_and_tell

    def release(self, batch: object, state: object) -> None:
        """End a batch; the last one tells of the state, if it is another than before."""
        if len(self._holds) > 1 and self._oldest() == ref(batch):
            self._overlaps += 1
        self.forget(batch)
        if self._holding and (not self._holds or self._overlaps >= OVERLAPS):
            self._tell_what_was_held(state)

    def forget(self, batch: object) -> None:
        """End a batch without telling: the next `tell`, or the end of another batch, does. From any thread."""
        self._drop(ref(batch))

    def _drop(self, batch: ref[object]) -> None:
        self._holds.pop(batch, None)

    def _oldest(self) -> ref[object] | None:
        try:
            return next(iter(self._holds), None)
        except RuntimeError:  # another thread has dropped one in the meantime
            return None

    def _renew_and_tell(self, state: object) -> None:
        snapshot = self._snapshot()
        self.tell = tell = self._tell_if_nobody_holds if self._holding else _teller(snapshot)
        if self._left:  # ended by another thread in the meantime
            self.tell = self._renew_and_tell
        tell(state)

    def _snapshot(self) -> tuple[Subscription, ...]:
        """Copy the subscriptions: here and not in `add`, so that 10,000 of them in a row cost one copy."""
        self.sweep()
        self._copying = True  # the garbage collector may end a subscription, and sweep, in the midst of it
        try:
            return tuple(self._all)
        finally:
            self._copying = False

    def _tell_if_nobody_holds(self, state: object) -> None:
        if not self._holds:
            self._tell_what_was_held(state)

    def _tell_what_was_held(self, state: object) -> None:
        before, joined = self._held_from, self._joined
        self._holding, self._overlaps, self._joined = bool(self._holds), 0, {}
        self._held_from = state if self._holding else None
        self.tell = self._renew_and_tell
        told = (one.tell for one in self._snapshot() if not one.plain or joined.get(one, before) is not state)
        _tell_each(tuple(told), state)


class Raised(BaseException):
    """What several listeners raised, on its way from here to the door; nobody else sees it."""

    def __init__(self, errors: list[Exception]) -> None:
        super().__init__(errors)
        self.errors = errors


def what_was_raised(error: BaseException) -> ExceptionGroup[Exception]:
    """Return what `tell` raised as the group that the one who dispatches gets; an interrupt is raised on."""
    errors = error.errors if isinstance(error, Raised) else [contained(error, A_LISTENER)]
    return ExceptionGroup(f"{len(errors)} of the store's listeners raised", errors)


def _tell_nobody(_: object) -> None:
    return


def _teller(snapshot: tuple[Subscription, ...]) -> Tell:
    tells = tuple(subscription.tell for subscription in snapshot)
    if len(tells) == 1:
        return tells[0]
    return partial(_tell_each, tells) if tells else _tell_nobody


def _tell_each(tells: tuple[Tell, ...], state: object) -> None:
    """Tell all, whatever one of them raises."""
    errors: list[Exception] = []
    for tell in tells:
        try:
            tell(state)
        except BaseException as error:  # noqa: BLE001 - one failing listener must not silence the others
            errors.append(contained(error, A_LISTENER))
    if errors:
        raise Raised(errors)
