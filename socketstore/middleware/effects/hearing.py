"""Who waits for an action, and what they have missed while they were being woken.

Between the dispatch that wakes a task and the moment in which the event loop runs it, more actions may come: a socket
brings many in one read. So for as long as somebody is being woken the actions are kept, and what the woken task waits
for next is looked for among them first.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias


class Heard:
    """An action, and the one that came after it: a chain, which lives as long as somebody holds its beginning."""

    __slots__ = ("action", "following")

    def __init__(self, action: Any) -> None:
        self.action = action
        self.following: Heard | None = None


Listener: TypeAlias = Callable[[Heard], None]


class Hearing:
    """Those who wait, and the places in the chain from which those who are being woken will go on.

    `hear` is called in the dispatching thread, one action at a time; `resume`, `listen` and `go_on_from` in a task.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # the garbage collector may end a listener inside of it
        self._last = Heard(None)
        self._places: dict[object, Heard] = {}
        self._listeners: dict[Listener, None] = {}

    @property
    def busy(self) -> bool:
        """Whether anybody would notice an action."""
        return bool(self._listeners or self._places)

    def hear(self, action: Any) -> None:
        """Tell those who wait."""
        heard = Heard(action)
        with self._lock:
            self._last.following = heard
            self._last = heard
            listeners = list(self._listeners)
        for listener in listeners:
            listener(heard)

    def keep(self, who: object) -> None:
        """Keep what comes from now on for somebody who has not been woken yet."""
        self._places.setdefault(who, self._last)

    def keep_from(self, listener: Listener, heard: Heard) -> None:
        """Keep what comes after `heard` for a listener that is being woken by it, unless it has left."""
        with self._lock:
            if listener in self._listeners:
                self._places[listener] = heard

    def forget(self, who: object) -> None:
        """Keep nothing for them any more."""
        self._places.pop(who, None)

    def resume(self, who: object) -> None:
        """Give the current task, until it next lets the event loop run, what was kept for `who`."""
        task = asyncio.current_task()
        place = self._places.pop(who, None)
        if place is not None:
            self._places[task] = place
            asyncio.get_running_loop().call_soon(self.forget, task)

    def go_on_from(self, heard: Heard) -> None:
        """Let the current task miss only what came after `heard`."""
        self._places[asyncio.current_task()] = heard

    def listen(self, listener: Listener) -> Iterator[Heard]:
        """Call `listener` from now on; return what the current task has missed before."""
        with self._lock:
            self._listeners[listener] = None
            last = self._last
        return _between(self._places.get(asyncio.current_task(), last), last)

    def leave(self, listener: Listener) -> None:
        """Call it no more; from any thread."""
        with self._lock:
            self._listeners.pop(listener, None)
            self._places.pop(listener, None)


def _between(place: Heard, last: Heard) -> Iterator[Heard]:
    while place is not last and place.following is not None:
        place = place.following
        yield place
