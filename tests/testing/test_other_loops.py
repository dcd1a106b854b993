"""The tools of tests in the fast event loop, whose transports are of classes of their own."""

from __future__ import annotations

import asyncio

import pytest

from socketstore import Backoff, Connection, GotMessage, Store
from socketstore.testing import Cut, FaultProxy, ScriptedClient, ScriptedServer, in_virtual_time, loop_time


def texts(state: tuple[str, ...], action: object) -> tuple[str, ...]:
    return (*state, action.data) if isinstance(action, GotMessage) else state


async def says_two_words(client: ScriptedClient) -> None:
    await client.accept("one", "two")
    await client.gone()


async def session() -> tuple[str, ...]:
    store = Store(texts, ())
    faults = [Cut(connection=1, after_messages=1)]
    async with (
        ScriptedServer(then=says_two_words) as server,
        FaultProxy(server.url, faults) as proxy,
        Connection(proxy.url, store, reconnect=Backoff(initial=0)),
    ):
        return await store.wait_for(lambda state: len(state) == 3, timeout=10)


def test_a_scripted_server_and_a_fault_proxy_work_under_uvloop() -> None:
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not to be had on Windows")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(session()) == ("one", "one", "two")


def test_virtual_time_does_not_mind_that_other_loops_are_of_uvloop() -> None:
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not to be had on Windows")

    @in_virtual_time
    async def an_hour() -> float:
        await asyncio.sleep(3600)
        return loop_time()

    before = asyncio.get_event_loop_policy()
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    try:
        assert an_hour() == 3600
    finally:
        asyncio.set_event_loop_policy(before)
