"""Effects with a store, for tests that look at what they dispatch."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from socketstore import Effects, Store
from tests.store.folding import PATIENCE, Actions, collect


class Place:
    """Effects with their store, and what went wrong."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.effects: Effects[Actions] = Effects(on_error=lambda error, action, effect: self.failures.append(error))
        self.store: Store[Actions] = Store(collect, (), middleware=[self.effects])

    async def until(self, *actions: Any) -> None:
        await self.store.wait_for(lambda state: state[-len(actions) :] == actions, timeout=PATIENCE)


@asynccontextmanager
async def entered_place() -> AsyncIterator[Place]:
    """Enter one; nothing may go wrong in it."""
    place = Place()
    async with place.effects:
        yield place
    assert place.failures == []


async def turns(count: int = 5) -> None:
    """Let the event loop turn."""
    for _ in range(count):
        await asyncio.sleep(0)


def actions_are_kept(effects: Effects[Any]) -> bool:
    """Whether anybody holds on to the actions that come."""
    session = effects._session
    assert session is not None
    newest = weakref.ref(session.hearing.last)
    session.hearing.hear(None)
    gc.collect()
    return newest() is not None


def somebody_listens(effects: Effects[Any]) -> bool:
    """Whether anybody is told of actions."""
    session = effects._session
    assert session is not None
    return any(session.hearing._listeners._groups.values())
