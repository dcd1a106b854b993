"""What a program does wrong, or at the wrong moment, and what the connection makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from socketstore import (
    Backoff,
    Connection,
    ConnectionState,
    GotError,
    GotMessage,
    JustDisconnected,
    MessageRejected,
    ReconnectScheduled,
    Store,
    UsageError,
    WebSocket,
    WebSocketServer,
    connection_state,
    open_log,
    record,
)
from socketstore.testing import EchoServer
from tests.connection.diary import attempts, contents, new_diary, the, until, words, write_down
from tests.sockets.peers import Peer, raw_server

Reported = list[BaseException | str]


async def test_leaving_while_cancelled_still_waits_for_the_last_word() -> None:
    store, inside = new_diary(), asyncio.Event()

    async def use(url: str) -> None:
        async with Connection(url, store):
            inside.set()

    async with EchoServer() as server:
        task = asyncio.create_task(use(server.url))
        await inside.wait()
        task.cancel()
        await asyncio.wait([task])
        assert words(store.state)[-1] == "JustDisconnected"


async def test_a_subscriber_that_raises_a_cancellation_does_not_end_the_connection(reported: Reported) -> None:
    store, cancelled = new_diary(), Future[None]()
    cancelled.cancel()

    def fail(diary: Any) -> None:
        if isinstance(diary[-1], GotMessage):
            raise asyncio.CancelledError

    store.subscribe(fail)
    async with EchoServer() as server, Connection(server.url, store) as connection:
        connection.send("one")
        await until(store, GotMessage)
        connection.send("two")
        await until(store, GotMessage, 2)
    assert contents(store.state) == ["one", "two"]
    assert the(store.state, JustDisconnected).clean
    assert "CancelledError" in str([error.exceptions for error in reported if isinstance(error, ExceptionGroup)])
    reported.clear()


async def test_a_message_that_cannot_be_recorded_is_rejected_with_its_raw_text(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        store = Store(write_down, (), middleware=[record(log)])
        async with EchoServer() as server, Connection(server.url, store, messages=tuple[int, int]) as connection:
            connection.send("[1,2]")
            await until(store, MessageRejected)
    rejected = the(store.state, MessageRejected)
    assert rejected.raw == "[1,2]"
    assert "come back equal" in rejected.reason


async def test_a_clock_that_raises_costs_no_word(reported: Reported) -> None:
    def broken() -> float:
        message = "no time"
        raise OSError(message)

    store = new_diary()
    async with EchoServer() as server, Connection(server.url, store, clock=broken):
        pass
    assert attempts(store.state) == [["Connecting", "JustConnected", "JustDisconnected"]]
    assert {str(error) for error in reported} == {"no time"}
    reported.clear()


async def test_an_on_open_that_fails_counts_as_a_failure_of_the_attempt() -> None:
    def refused(_: Connection) -> None:
        message = "wrong password"
        raise PermissionError(message)

    store, backoff = new_diary(), Backoff(0.001, jitter=0)
    async with EchoServer() as server:
        connection = Connection(server.url, store, on_open=refused, reconnect=backoff)
        running = asyncio.ensure_future(connection.run())
        await until(store, ReconnectScheduled, 3)
        running.cancel()
        await asyncio.wait([running])
    scheduled = [action for action in store.state if isinstance(action, ReconnectScheduled)]
    assert [action.attempt for action in scheduled] == [2, 3, 4]
    assert [action.delay for action in scheduled] == [0.001, 0.002, 0.004]


async def test_a_connection_that_gave_up_waiting_stands_as_closed_in_the_state() -> None:
    store = Store(connection_state, ConnectionState())
    async with WebSocketServer() as server:
        async with Connection(server.url, store, reconnect=Backoff(60, jitter=0)):
            server.clients[0].close(1012)
            await store.wait_for(lambda state: state.phase == "waiting", timeout=10)
        assert (store.state.phase, store.state.retry_at) == ("closed", None)


@pytest.mark.parametrize("message", [bytearray(b"abc"), memoryview(b"abc"), b"abc"])
async def test_whatever_holds_bytes_is_sent_as_a_binary_message(message: Any) -> None:
    store = new_diary()
    async with EchoServer() as server, Connection(server.url, store, encode=None) as connection:
        connection.send(message)
        await until(store, GotMessage)
    assert contents(store.state) == [b"abc"]


async def test_a_broken_protocol_is_named_although_the_peer_keeps_the_line_open() -> None:
    async def speaks_nonsense(peer: Peer) -> None:
        await peer.accept()
        peer.write(b"\x83\x03abc")
        await peer.until_gone()

    store = new_diary()
    async with raw_server(speaks_nonsense) as url:
        with pytest.raises(Exception, match="1002"):
            await Connection(url, store, reconnect=None, close_timeout=0.05).run()
    assert the(store.state, GotError).error == "ProtocolError"


async def test_leaving_a_server_waits_for_the_async_listeners_of_its_sockets() -> None:
    finished: list[str] = []

    async def slow(event: object) -> None:
        await asyncio.sleep(0)
        finished.append("close")

    async with WebSocketServer() as server:
        server.add_listener("connection", lambda event: event.socket.add_listener("close", slow))
        async with WebSocket(server.url):
            pass
    assert finished == ["close"]


def never(_: object) -> Any: ...


async def never_async(_: object) -> Any: ...


@pytest.mark.parametrize(
    "make",
    [
        lambda: Connection("ws://x", None),  # type: ignore[arg-type]
        lambda: Connection("ws://x", new_diary(), name=5),  # type: ignore[arg-type]
        lambda: Connection("ws://x", new_diary(), clock="now"),  # type: ignore[arg-type]
        lambda: Connection("ws://x", new_diary(), encode="json"),  # type: ignore[arg-type]
        lambda: Connection("ws://x", new_diary(), on_open=5),  # type: ignore[arg-type]
        lambda: Connection("ws://x", new_diary(), open_timeout="5"),  # type: ignore[arg-type]
        lambda: Connection("ws://x", new_diary(), decode=never_async),
        lambda: Connection("ws://x", new_diary(), messages="NotDefinedAnywhere"),
        lambda: Backoff("1"),  # type: ignore[arg-type]
        lambda: WebSocketServer(None),  # type: ignore[arg-type]
        lambda: WebSocketServer(8080),  # type: ignore[arg-type]
    ],
    ids=range(11),
)
def test_an_argument_of_the_wrong_kind_is_refused_at_once(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError, match="expected"):
        make()


async def test_closing_what_is_closed_does_nothing_also_when_its_loop_is_gone() -> None:
    async def use() -> tuple[WebSocket, Connection]:
        async with EchoServer() as server, WebSocket(server.url) as socket:
            connection = Connection(server.url, new_diary())
            async with connection:
                pass
        return socket, connection

    socket, connection = await asyncio.to_thread(lambda: asyncio.run(use()))
    socket.close()
    socket.abort()
    connection.close()
    assert socket.ready_state.name == "CLOSED"


async def test_a_server_is_used_in_its_own_loop_only() -> None:
    async with EchoServer() as server:
        for call in (server.close, lambda: server.broadcast("x")):
            with pytest.raises(UsageError, match="another event loop"):
                await asyncio.to_thread(call)
