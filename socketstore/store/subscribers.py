"""Who listens to a store: subscriptions in the order in which they came, told over a snapshot."""

from __future__ import annotations

import operator
from collections import deque
from functools import partial
from typing import Any

from socketstore.store.types import Equal, Listener, Select, Via


class Subscription:
    """One listener, what it reads of the state, and the value it was last told."""

    __slots__ = ("_active", "_equal", "_last", "_listener", "_select", "_via")

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
        self._last = state if select is None else select(state)
        self._active = True

    def tell(self, state: object) -> None:
        """Call the listener if the value is another object than last time and, when selected, not equal to it."""
        select = self._select
        value = state if select is None else select(state)
        last = self._last
        if value is last or (select is not None and self._equal(value, last)):
            return
        self._last = value
        if self._via is None:
            self._listener(value)
        else:
            self._via(partial(self._tell_there, value))

    def end(self) -> None:
        """Stop calls that were handed to another thread and have not run yet."""
        self._active = False

    def _tell_there(self, value: object) -> None:
        if self._active:
            self._listener(value)


class Subscribers:
    """Subscriptions by order of arrival. Only `leave` may be called without the store's lock."""

    def __init__(self) -> None:
        self._all: dict[Subscription, None] = {}
        self._left: deque[Subscription] = deque()
        self._snapshot: tuple[Subscription, ...] | None = ()

    def add(self, subscription: Subscription) -> None:
        """Put a subscription at the end."""
        self._all[subscription] = None
        self._snapshot = None

    def leave(self, subscription: Subscription) -> None:
        """Take note that a subscription has ended; the next `sweep` or `tell` takes it out."""
        subscription.end()
        self._left.append(subscription)

    def sweep(self) -> None:
        """Take out the subscriptions that have ended."""
        while self._left:
            self._all.pop(self._left.popleft(), None)
            self._snapshot = None

    def tell(self, state: object) -> list[Exception]:
        """Tell every subscription of the snapshot, and return what their listeners raised."""
        if self._left:
            self.sweep()
        if self._snapshot is None:  # rebuilt here and not in add: 10,000 subscriptions in a row cost one copy
            self._snapshot = tuple(self._all)
        errors: list[Exception] = []
        for subscription in self._snapshot:
            try:
                subscription.tell(state)
            except Exception as error:  # noqa: BLE001 - one failing listener must not silence the others
                errors.append(error)
        return errors
