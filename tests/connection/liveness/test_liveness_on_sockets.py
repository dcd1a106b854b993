"""Heartbeats, round trips and silence over real sockets: one of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from socketstore import (
    Connection,
    ConnectionEvent,
    ConnectionSilent,
    GotError,
    GotMessage,
    Heard,
    Heartbeat,
    JustConnected,
    JustDisconnected,
    MessageEvent,
    ReadyState,
    ReconnectScheduled,
    RoundTripMeasured,
    ServerHeartbeat,
    WebSocketServer,
    WentStale,
)
from socketstore.testing import in_background
from tests.connection.diary import contents, new_diary, the, until, words
from tests.sockets.peers import Peer, closing, raw_server

PROMPT = {"retry": lambda _: 0.0}


class Talking(WebSocketServer):
    """A server that answers each message as it is told; ``None`` is no answer."""

    def __init__(self, answer: Callable[[str | bytes], str | None], greeting: str | None = None) -> None:
        super().__init__()
        self._answer = answer
        self._greeting = greeting
        self.add_listener("connection", self._welcome)

    def _welcome(self, event: ConnectionEvent) -> None:
        socket = event.socket

        def reply(message: MessageEvent) -> None:
            answer = self._answer(message.data)
            if answer is not None and socket.ready_state is ReadyState.OPEN:
                socket.send(answer)

        socket.add_listener("message", reply)
        if self._greeting is not None:
            socket.send(self._greeting)


def beat(**options: Any) -> Heartbeat:
    return Heartbeat(0.02, "ping", lambda content, _: content == "pong", **options)


async def test_a_heartbeat_is_answered_and_measured_again_and_again() -> None:
    store = new_diary()
    async with Talking(lambda _: "pong") as server:
        connection = Connection(server.url, store, heartbeat=beat(timeout=30))
        async with connection:
            await until(store, RoundTripMeasured, 3)
            assert connection.round_trip is not None
            assert connection.round_trip > 0
    assert set(words(store.state)) == {"Connecting", "JustConnected", "RoundTripMeasured", "JustDisconnected"}


async def test_a_server_that_does_not_answer_is_left_and_called_again() -> None:
    store = new_diary()
    async with Talking(lambda _: None) as server, Connection(server.url, store, heartbeat=beat(timeout=0.05), **PROMPT):
        await until(store, JustConnected, 2)
    error = next(action for action in store.state if isinstance(action, GotError))
    first = words(store.state)[: words(store.state).index("ReconnectScheduled")]
    assert first == ["Connecting", "JustConnected", "GotError", "JustDisconnected"]
    assert (error.error, error.epoch) == ("ConnectionSilent", 1)


async def test_why_a_connection_ended_is_known_when_there_is_no_other_attempt() -> None:
    async with Talking(lambda _: None) as server:
        with pytest.raises(ConnectionSilent, match=r"no reply to a heartbeat within 0\.05 s"):
            await Connection(server.url, new_diary(), heartbeat=beat(timeout=0.05), reconnect=None).run()


async def test_a_heartbeat_of_the_server_is_answered() -> None:
    store = new_diary()
    heartbeat = ServerHeartbeat(lambda content: content == {"ping": 7}, lambda content: {"pong": content["ping"]})
    server = Talking(str, greeting='{"ping":7}')
    async with server, Connection(lambda: server.url, store, server_heartbeat=heartbeat):
        await until(store, GotMessage)
    assert contents(store.state) == ['{"pong":7}']


async def test_silence_makes_stale_then_reconnects_and_a_message_makes_live() -> None:
    store = new_diary()
    async with Talking(str) as server:
        connection = Connection(server.url, store, stale_after=0.05, decode=lambda _: None, **PROMPT)
        async with connection:
            await until(store, JustConnected, 2)
            await until(store, WentStale, 2)
            await connection.send("say something")
            await until(store, Heard)
    assert words(store.state)[:6] == [
        "Connecting", "JustConnected", "WentStale", "GotError", "JustDisconnected", "ReconnectScheduled",
    ]  # fmt: skip
    assert next(action for action in store.state if isinstance(action, GotError)).error == "ConnectionSilent"


async def test_a_server_that_does_not_answer_pings_of_the_protocol_is_silent_too() -> None:
    async def say_nothing(peer: Peer) -> None:
        await peer.accept()
        await asyncio.Event().wait()

    store = new_diary()
    async with raw_server(say_nothing) as url:
        options: dict[str, Any] = {"ping_interval": 0.02, "ping_timeout": 0.05, "close_timeout": 0.05}
        with pytest.raises(ConnectionSilent, match="no answer to a ping"):
            await Connection(url, store, reconnect=None, **options).run()
    assert the(store.state, GotError).error == "ConnectionSilent"
    assert the(store.state, JustDisconnected).code == 1011


async def test_a_server_that_says_that_it_missed_an_answer_was_not_silent() -> None:
    async def complain(peer: Peer) -> None:
        await peer.accept(closing(1011, "keepalive ping timeout"))
        await peer.until_closing()

    store = new_diary()
    async with raw_server(complain) as url:
        await Connection(url, store, reconnect=None).run()
    assert "GotError" not in words(store.state)


async def test_pings_of_the_protocol_are_measured() -> None:
    store = new_diary()
    async with Talking(str) as server:
        connection = Connection(server.url, store, ping_interval=0.02, ping_timeout=30)
        async with connection:
            await until(store, RoundTripMeasured, 2)
            assert connection.round_trip is not None
    measured = [action for action in store.state if isinstance(action, RoundTripMeasured)]
    assert {action.by for action in measured} == {"ping"}
    assert all(action.seconds > 0 and action.epoch == 1 for action in measured)


async def test_a_program_that_blocks_the_loop_does_not_take_that_for_a_missing_reply() -> None:
    store, pauses = new_diary(), iter([1.0])

    def ping() -> str:
        asyncio.get_running_loop().call_soon(time.sleep, next(pauses, 0.0))  # when it has been sent
        return "ping"

    heartbeat = Heartbeat(0.02, ping, lambda content, _: content == "pong", timeout=0.5)
    with in_background(lambda: Talking(lambda _: "pong")) as server:
        async with Connection(server.url, store, heartbeat=heartbeat):
            diary = await until(store, RoundTripMeasured)
    assert "GotError" not in words(diary)
    assert the(diary, RoundTripMeasured).seconds > 0.5  # as the program saw it


async def test_a_program_that_blocks_the_loop_does_not_take_that_for_silence() -> None:
    store = new_diary()
    with in_background(lambda: Talking(lambda _: "pong")) as server:
        async with Connection(server.url, store, stale_after=0.7) as connection:
            await connection.send("ping")
            time.sleep(1.0)  # noqa: ASYNC251 - that is what is tested
            diary = await until(store, GotMessage)
    assert words(diary) == ["Connecting", "JustConnected", "GotMessage"]


async def test_the_end_of_a_connection_ends_every_wait() -> None:
    options: dict[str, Any] = {
        "heartbeat": beat(timeout=60),
        "server_heartbeat": ServerHeartbeat(lambda _: False, timeout=60),
        "stale_after": 60,
    }
    async with Talking(lambda _: None) as server:
        store = new_diary()
        async with Connection(server.url, store, **options) as connection:
            async with asyncio.timeout(10):
                await connection.close()
        assert words(store.state)[-1] == "JustDisconnected"
        assert the(store.state, JustDisconnected).clean
        assert not any(isinstance(action, ReconnectScheduled) for action in store.state)
