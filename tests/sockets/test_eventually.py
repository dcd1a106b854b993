"""Awaitables that may be ignored, and waits that may not be cut short."""

from __future__ import annotations

import asyncio

import pytest

from socketstore.sockets.eventually import Eventually, to_the_end
from tests.sockets.peers import rounds


async def test_what_is_not_awaited_is_not_begun_and_nothing_warns() -> None:
    begun: list[str] = []

    async def wait() -> None:
        begun.append("begun")

    eventually = Eventually(wait)
    await rounds(2)
    assert begun == []
    await eventually
    await eventually
    assert begun == ["begun", "begun"]


async def test_a_wait_to_the_end_is_over_only_then_however_often_it_is_cancelled() -> None:
    over = asyncio.Event()

    async def wait() -> None:
        await over.wait()

    waiting = asyncio.ensure_future(to_the_end(wait()))
    for _ in range(3):
        await rounds(1)
        waiting.cancel()
    await rounds(3)
    assert not waiting.done()
    over.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_wait_to_the_end_that_nobody_cancels_returns() -> None:
    waited: list[str] = []

    async def wait() -> None:
        await asyncio.sleep(0)
        waited.append("to the end")

    await to_the_end(wait())
    assert waited == ["to the end"]
