"""Time that does not pass."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import (
    Connecting,
    Connection,
    ConnectionFailed,
    JustConnected,
    MessageEvent,
    ReconnectScheduled,
    UsageError,
    WebSocket,
)
from socketstore.connection.backoff import Backoff
from socketstore.testing import FakeSockets, ScriptedClient, ScriptedServer, in_virtual_time, loop_time, virtual_loop
from tests.connection.diary import new_diary, the
from tests.sockets.peers import Ear


def test_an_hour_passes_in_no_time() -> None:
    @in_virtual_time
    async def hour() -> float:
        await asyncio.sleep(3600)
        return loop_time()

    begun = time.monotonic()
    assert hour() == 3600
    assert time.monotonic() - begun < 60


@given(st.lists(st.floats(0, 100, width=16), max_size=8))
def test_timers_run_in_their_order_at_their_times(delays: list[float]) -> None:
    @in_virtual_time
    async def wait() -> list[float]:
        woken: list[float] = []

        async def sleep(delay: float) -> None:
            await asyncio.sleep(delay)
            woken.append(loop_time())

        await asyncio.gather(*map(sleep, delays))
        return woken

    assert wait() == pytest.approx(sorted(delays), abs=1e-5)


def test_a_backoff_of_a_minute_is_waited_for_in_no_time_and_the_actions_tell_virtual_time() -> None:
    @in_virtual_time
    async def reconnect() -> list[float]:
        store, sockets = new_diary(), FakeSockets(lambda socket: (socket.accept(), socket.end(1013)))
        backoff = Backoff(initial=60, maximum=60, jitter=0)
        async with Connection(
            "ws://feed", store, make_socket=sockets.make, reconnect=backoff, clock=loop_time, open_timeout=None
        ):
            diary = await store.wait_for(lambda diary: sum(isinstance(a, JustConnected) for a in diary) == 3)
        return [action.at for action in diary if isinstance(action, JustConnected)]

    assert reconnect() == pytest.approx([0, 60, 120], abs=1e-3)


def test_what_is_on_its_way_between_sockets_of_this_machine_arrives_before_the_clock_jumps() -> None:
    async def answer(client: ScriptedClient) -> None:
        await client.accept()
        for _ in range(50):
            await client.receive()
            await asyncio.sleep(10)
            await client.send("answer")
        await client.close()

    @in_virtual_time
    async def talk() -> float:
        async with ScriptedServer(answer) as server:
            async with WebSocket(server.url) as client:
                ear = Ear(client)
                for count in range(1, 51):
                    await client.send("ask")
                    async with asyncio.timeout(11):
                        await ear.next(MessageEvent, count)
                await client.wait_closed()
            await server.done()
            return loop_time()

    assert talk() == pytest.approx(500, abs=30)


def test_what_comes_within_the_patience_of_the_loop_is_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socketstore.testing.virtual_time.PATIENCE", 20.0)

    @in_virtual_time
    async def listen() -> bytes:
        here, there = socket.socketpair()
        with here, there:
            reader, writer = await asyncio.open_connection(sock=here)
            late = threading.Timer(0.05, there.send, [b"late"])
            late.start()
            async with asyncio.timeout(1):
                data = await reader.read(10)
            late.join()
            writer.close()
            await writer.wait_closed()
        return data

    assert listen() == b"late"


def test_threads_are_waited_for_in_real_time() -> None:
    @in_virtual_time
    async def work() -> str:
        gate = asyncio.Event()

        def elsewhere(loop: asyncio.AbstractEventLoop) -> str:
            loop.call_soon_threadsafe(gate.set)
            return "done"

        async with asyncio.timeout(5):
            result = await asyncio.to_thread(elsewhere, asyncio.get_running_loop())
            await gate.wait()
            return result

    assert work() == "done"


def test_what_the_function_raises_is_raised_and_arguments_are_passed_on() -> None:
    @in_virtual_time
    async def divide(number: int, *, by: int) -> float:
        return number / by

    assert divide(3, by=2) == 1.5
    with pytest.raises(ZeroDivisionError):
        divide(3, by=0)


def test_without_looptime_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "looptime", None)
    with pytest.raises(UsageError, match="pip install looptime"):
        virtual_loop()


@given(st.floats(0, 10_000, width=16))
@in_virtual_time
async def test_a_test_may_take_what_hypothesis_gives(delay: float) -> None:
    await asyncio.sleep(delay)
    assert loop_time() == pytest.approx(delay, abs=1e-5)


@in_virtual_time
async def test_a_test_may_take_fixtures(tmp_path: Path) -> None:
    assert await asyncio.to_thread(tmp_path.exists)


@pytest.mark.looptime
async def test_the_marker_of_looptime_goes_with_fake_sockets() -> None:
    store, sockets = new_diary(), FakeSockets(lambda socket: socket.refuse(503, retry_after=3600))
    with pytest.raises(ConnectionFailed):
        await Connection(
            "ws://feed", store, make_socket=sockets.make, max_attempts=2, open_timeout=None, clock=loop_time
        ).run()
    assert the(store.state, ReconnectScheduled).delay == 3600
    first, second = (action.at for action in store.state if isinstance(action, Connecting))
    assert second - first == pytest.approx(3600, abs=1e-3)
