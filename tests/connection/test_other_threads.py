"""A connection, its socket and a server called from a thread that is not theirs: right, or refused aloud."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from socketstore import Connection, GotMessage, NotOpen, Store, UsageError, WebSocket
from socketstore.testing import EchoServer, in_background

State = tuple[Any, ...]


def collect(state: State, action: object) -> State:
    return (*state, action.data) if isinstance(action, GotMessage) else state


@pytest.fixture
def server() -> Iterator[EchoServer]:
    with in_background(EchoServer) as server:
        yield server


async def wait(call: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(5):
        await call()


REFUSED = "belongs to another event loop; expected a call from there: use loop.call_soon_threadsafe"


def test_a_connection_refuses_a_thread_that_is_not_its_own(server: EchoServer):
    with in_background(lambda: Connection(server.url, Store(collect, ()))) as connection:
        for call in (lambda: connection.send("x"), connection.close):
            with pytest.raises(UsageError, match=REFUSED):
                call()
            with pytest.raises(UsageError, match=REFUSED):
                asyncio.run(wait(call))
        with pytest.raises(UsageError, match=REFUSED):
            asyncio.run(wait(connection.wait_closed))
        with pytest.raises(UsageError, match="is in use"):
            asyncio.run(wait(connection.run))


def test_a_connection_that_is_over_may_be_asked_from_anywhere(server: EchoServer):
    with in_background(lambda: Connection(server.url, Store(collect, ()))) as connection:
        pass
    asyncio.run(wait(connection.wait_closed))
    asyncio.run(wait(connection.close))
    with pytest.raises(NotOpen):
        connection.send("x")


def test_a_socket_refuses_a_thread_that_is_not_its_own(server: EchoServer):
    with in_background(lambda: WebSocket(server.url)) as socket:
        for call in (lambda: socket.send("x"), socket.close, socket.abort, socket.ping, socket.wait_closed):
            with pytest.raises(UsageError, match=REFUSED):
                asyncio.run(wait(call))  # type: ignore[arg-type]
    asyncio.run(wait(socket.wait_closed))


def test_a_server_refuses_a_thread_that_is_not_its_own(server: EchoServer):
    for call in (lambda: server.broadcast("x"), server.close, server.wait_closed):
        with pytest.raises(UsageError, match=REFUSED):
            asyncio.run(wait(call))  # type: ignore[arg-type]


def test_what_the_refusal_recommends_works(server: EchoServer):
    store = Store(collect, ())
    loops: list[asyncio.AbstractEventLoop] = []

    class Here(Connection):
        async def __aenter__(self) -> Here:
            loops.append(asyncio.get_running_loop())
            return await super().__aenter__()

    async def said() -> None:
        await store.wait_for(lambda state: state == ("one", "two"), timeout=5)

    with in_background(lambda: Here(server.url, store)) as connection:
        loops[0].call_soon_threadsafe(connection.send, "one")
        asyncio.run_coroutine_threadsafe(wait(lambda: connection.send("two")), loops[0]).result(5)
        asyncio.run(said())
