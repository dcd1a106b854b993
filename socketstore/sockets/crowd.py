"""Which sockets of an event loop have a turn to come: they share the time of a round."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from weakref import WeakKeyDictionary

_CROWDS: WeakKeyDictionary[AbstractEventLoop, set[int]] = WeakKeyDictionary()


def crowd_of(loop: AbstractEventLoop) -> set[int]:
    """Return those of one event loop, each by its `id`: a socket would keep the loop alive."""
    return _CROWDS.setdefault(loop, set())
