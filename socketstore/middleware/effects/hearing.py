"""Who waits for an action, and from where on.

Between the dispatch that wakes a task and the moment in which the event loop runs it, more actions may come: a socket
brings many in one read. So the actions are a chain, and whoever is being woken holds the place in it from which it will
go on; what nobody holds is let go of.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

from socketstore.middleware.effects.listeners import Heard, Listener, Listeners


class Hearing:
    """Those who wait, the newest place in the chain, and the places of the tasks that are running.

    `hear` is called in the dispatching thread, one action at a time; the rest in the event loop, but for `leave`.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # the garbage collector may end a listener inside of it
        self._last = Heard(None)
        self._places: dict[object, Heard] = {}
        self._listeners = Listeners()

    @property
    def last(self) -> Heard:
        """The place after the newest action; from any thread."""
        return self._last

    def hear(self, action: Any) -> None:
        """Tell those who wait."""
        heard = Heard(action)
        with self._lock:
            self._last.following = heard
            self._last = heard
            listeners = self._listeners.of(type(action))
        for listener in listeners:
            listener(heard)

    def place(self) -> Heard:
        """Return the place from which the current task goes on."""
        return self._places.get(asyncio.current_task(), self._last)

    def go_on_from(self, place: Heard, task: asyncio.Task[Any] | None = None) -> None:
        """Let a task (the current one) go on from a place, until it next lets the event loop run."""
        task = task or asyncio.current_task()
        self._places[task] = place
        asyncio.get_running_loop().call_soon(self._places.pop, task, None)

    def hand_on(self, task: asyncio.Task[Any]) -> None:
        """Let a new task begin where the current one is."""
        self.go_on_from(self.place(), task)

    def go_on_after(self, action: Any, place: Heard) -> None:
        """Let the current task hear what its own action has brought, which it dispatched when it was at `place`."""
        if place is self._last or asyncio.current_task() in self._places:
            return
        self.go_on_from(next((heard for heard in _between(place, self._last) if heard.action is action), place))

    def listen(self, listener: Listener, place: Heard) -> Iterator[Heard]:
        """Call `listener` from now on; return what came after `place` before."""
        with self._lock:
            self._listeners.add(listener)
            last = self._last
        return _between(place, last)

    def leave(self, listener: Listener) -> None:
        """Call it no more; from any thread."""
        with self._lock:
            self._listeners.remove(listener)


def _between(place: Heard, last: Heard) -> Iterator[Heard]:
    while place is not last and place.following is not None:
        place = place.following
        yield place
