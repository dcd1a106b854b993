"""What the tests of effects share: effects with their store, entered or not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from socketstore import Effects, Store
from tests.middleware.place import Place, entered_place
from tests.store.folding import Actions, collect


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """One in which nothing may go wrong."""
    async with entered_place() as place:
        yield place


@pytest.fixture
async def failing() -> AsyncIterator[Place]:
    """One in which something may."""
    place = Place()
    async with place.effects:
        yield place


@pytest.fixture
def effects() -> Effects[Actions]:
    return Effects()


@pytest.fixture
def store(effects: Effects[Actions]) -> Store[Actions]:
    return Store(collect, (), middleware=[effects])
