"""The fake socket and the real one, driven through the same lives: they tell the same, in the same order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.frames import Opcode

from socketstore import (
    CloseEvent,
    ConnectionFailed,
    ConnectionLost,
    ErrorEvent,
    MessageEvent,
    NotOpen,
    OpenEvent,
    PingEvent,
    PongEvent,
    ReadyState,
    ScriptFailed,
    UsageError,
    WebSocket,
)
from socketstore.testing import FakeSocket, ScriptedServer
from tests.sockets.peers import Ear, frame, rounds, text


@dataclass
class Life:
    """One socket, whose server follows a script."""

    socket: WebSocket
    ear: Ear
    states: list[ReadyState] = field(default_factory=list)


Script = Callable[[Any], Awaitable[object]]


class FakeClient:
    """A fake socket in the words of a `ScriptedClient`, so that one script drives both."""

    def __init__(self, socket: FakeSocket) -> None:
        self.socket = socket

    async def accept(self, *messages: Any, subprotocol: str | None = None) -> None:
        await self.socket.accept(*messages, subprotocol=subprotocol)

    async def refuse(self, status: int, **more: Any) -> None:
        self.socket.refuse(status, **more)

    async def send(self, *messages: Any) -> None:
        self.socket.receive(*messages)

    async def send_raw(self, data: bytes) -> None:
        self.socket.receive_raw(data)

    async def ping(self, data: bytes) -> None:
        self.socket.receive_ping(data)

    async def receive(self) -> Any:
        return await self.socket.next_sent()

    async def expect_close(self) -> Any:
        await self.socket.wait_closed()
        return self.socket.farewell

    @property
    def request(self) -> Any:
        return self.socket.request

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self.socket.end(code, reason)

    def cut(self) -> None:
        self.socket.cut()

    def reset(self) -> None:
        self.socket.fail()

    def freeze(self) -> None:
        self.socket.freeze()


@asynccontextmanager
async def fake(script: Script, **options: Any) -> AsyncIterator[Life]:
    socket = FakeSocket("ws://127.0.0.1:1", answer=lambda _: None, **options)
    running = asyncio.create_task(_run(script, FakeClient(socket)))
    yield _life(socket)
    await running


@asynccontextmanager
async def real(script: Script, **options: Any) -> AsyncIterator[Life]:
    async with ScriptedServer(script) as server:
        yield _life(WebSocket(server.url, **options))


async def _run(script: Script, client: Any) -> None:
    await script(client)


def _life(socket: WebSocket) -> Life:
    life = Life(socket, Ear(socket))
    for name in socket.EVENTS:
        socket.add_listener(name, lambda _: life.states.append(socket.ready_state))  # type: ignore[call-overload]
    return life


both = pytest.mark.parametrize("live", [fake, real])


def errors(life: Life) -> list[tuple[Any, ...]]:
    """The errors by their classes, codes and kinds; their words differ with the address."""
    return [
        (type(event.error), getattr(event.error, "code", None), getattr(event.error, "kind", None))
        for event in life.ear.all(ErrorEvent)
    ]


async def opened_and_closed(life: Life) -> None:
    await life.socket.open()
    await life.socket.wait_closed()


@both
async def test_messages_are_told_in_order_with_the_first_in_the_packet_of_the_handshake(live: Any) -> None:
    async def script(client: Any) -> None:
        await client.accept("first", b"\x00\xff")
        await client.send("second", {"third": 3})
        await client.close(4000, "that was all")

    async with live(script) as life:
        await opened_and_closed(life)
    assert life.ear.events == [
        OpenEvent(life.socket.url),
        MessageEvent("first"),
        MessageEvent(b"\x00\xff"),
        MessageEvent("second"),
        MessageEvent('{"third":3}'),
        CloseEvent(4000, "that was all", clean=True),
    ]


@both
async def test_the_ready_states_that_listeners_see(live: Any) -> None:
    async def script(client: Any) -> None:
        await client.accept()
        await client.receive()
        await client.send("answer")
        await client.receive()
        await client.close(1000)

    async with live(script) as life:
        assert life.socket.ready_state is ReadyState.CONNECTING
        await life.socket.open()
        await life.socket.send("ask")
        await life.ear.next(MessageEvent)
        await life.socket.send("bye")
        await life.socket.wait_closed()
    assert life.states == [ReadyState.OPEN, ReadyState.OPEN, ReadyState.CLOSED]


@both
async def test_what_the_program_sends_and_how_it_closes_is_seen_by_the_server(live: Any) -> None:
    seen: list[Any] = []

    async def script(client: Any) -> None:
        await client.accept()
        seen.extend([await client.receive(), await client.receive()])
        with pytest.raises(ScriptFailed, match=r"the (client|program) closed.* \(4001 bye\); expected"):
            await client.receive()

    async with live(script) as life:
        await life.socket.open()
        await life.socket.send("text")
        await life.socket.send(b"bytes")
        await life.socket.close(4001, "bye")
    assert seen == ["text", b"bytes"]
    assert life.ear.events[1:] == [CloseEvent(4001, "bye", clean=True)]


@both
@pytest.mark.parametrize("leave", ["cut", "reset"])
async def test_a_server_that_goes_without_a_word_is_1006(live: Any, leave: str) -> None:
    async def script(client: Any) -> None:
        await client.accept("hello")
        await client.receive()
        getattr(client, leave)()

    async with live(script) as life:
        await life.socket.open()
        life.socket.send("go")
        await life.socket.wait_closed()
    assert life.ear.names == ["open", "message", "error", "close"]
    assert errors(life) == [(ConnectionLost, 1006, None)]
    assert life.ear.the(CloseEvent) == CloseEvent(1006)


@both
@pytest.mark.parametrize("status", [401, 429, 503])
async def test_a_refused_handshake(live: Any, status: int) -> None:
    async def script(client: Any) -> None:
        await client.refuse(status, retry_after=7)

    async with live(script) as life:
        with pytest.raises(ConnectionFailed) as failed:
            await life.socket.open()
    assert (failed.value.status, failed.value.kind, failed.value.retry_after) == (status, "status", 7)
    assert life.ear.events == [ErrorEvent(failed.value), CloseEvent(1006)]


@both
async def test_an_answer_to_the_handshake_that_is_none(live: Any) -> None:
    async def script(client: Any) -> None:
        await client.send_raw(b"220 smtp.example ESMTP\r\n\r\n")

    async with live(script) as life:
        with pytest.raises(ConnectionFailed) as failed:
            await life.socket.open()
    assert failed.value.kind == "handshake"


@both
async def test_a_server_that_hangs_up_instead_of_shaking_hands(live: Any) -> None:
    async def script(client: Any) -> None:
        client.cut()

    async with live(script) as life:
        with pytest.raises(ConnectionFailed) as failed:
            await life.socket.open()
    assert failed.value.kind == "handshake"
    assert life.ear.names == ["error", "close"]


@both
async def test_a_server_that_answers_no_handshake_in_time(live: Any) -> None:
    stay = asyncio.Event()

    async def script(client: Any) -> None:
        await stay.wait()

    async with live(script, open_timeout=0.05) as life:
        with pytest.raises(ConnectionFailed) as failed:
            await life.socket.open()
        stay.set()
    assert failed.value.kind == "timeout"


@both
@pytest.mark.parametrize("give_up", [WebSocket.close, WebSocket.abort])
async def test_giving_up_while_it_opens(live: Any, give_up: Callable[[WebSocket], object]) -> None:
    stay = asyncio.Event()

    async def script(client: Any) -> None:
        await stay.wait()

    async with live(script) as life:
        opening = asyncio.ensure_future(life.socket.open())
        await rounds(5)
        give_up(life.socket)
        assert life.socket.ready_state is ReadyState.CLOSING
        with pytest.raises(ConnectionFailed) as failed:
            await opening
        stay.set()
    assert failed.value.kind == "aborted"
    assert life.ear.events == [ErrorEvent(failed.value), CloseEvent(1006)]


@both
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(Opcode.TEXT, b"\xff"), 1007),
        (b"\x83\x00", 1002),  # an opcode that does not exist
        (b"\xc1\x00", 1002),  # a reserved bit
        (frame(Opcode.CLOSE, b"\x03"), 1002),
        (frame(Opcode.BINARY, bytes(2**20 + 1)), 1009),
    ],
)
async def test_bytes_that_break_the_protocol_fail_the_socket(live: Any, data: bytes, code: int) -> None:
    farewells: list[Any] = []

    async def script(client: Any) -> None:
        await client.accept("before")
        await client.send_raw(data)
        farewells.append(await client.expect_close())

    async with live(script) as life:
        await opened_and_closed(life)
    assert life.ear.names == ["open", "message", "error", "close"]
    assert life.ear.the(CloseEvent).code == code
    assert errors(life) == [(ConnectionLost, code, None)]
    assert farewells[0][0] == code


@both
async def test_fragments_are_one_message_with_a_ping_between_them(live: Any) -> None:
    async def script(client: Any) -> None:
        await client.accept()
        await client.send_raw(text("Hel", fin=False) + frame(Opcode.PING, b"now"))
        await client.send_raw(frame(Opcode.CONT, b"lo"))
        await client.close(1000)

    async with live(script) as life:
        await opened_and_closed(life)
    assert life.ear.events[1:] == [PingEvent(b"now"), MessageEvent("Hello"), CloseEvent(1000, "", clean=True)]


@both
async def test_pings_go_both_ways(live: Any) -> None:
    async def script(client: Any) -> None:
        await client.accept()
        await client.ping(b"there?")
        await client.receive()
        await client.close(1000)

    async with live(script) as life:
        await life.socket.open()
        assert await life.socket.ping(b"here") >= 0
        await life.ear.next(PingEvent)
        life.socket.send("go")
        await life.socket.wait_closed()
    assert sorted(life.ear.names) == ["close", "open", "ping", "pong"]
    assert life.ear.the(PongEvent).data == b"here"


@both
async def test_a_server_that_hangs_is_cut_off_when_the_program_closes(live: Any) -> None:
    async def script(client: Any) -> None:
        await client.accept()
        await client.receive()
        client.freeze()
        await client.send("frozen")

    async with live(script, close_timeout=0.05) as life:
        await life.socket.open()
        life.socket.send("go")
        await life.ear.next(MessageEvent)
        await life.socket.close(4000)
    assert life.ear.names == ["open", "message", "error", "close"]
    assert life.ear.the(CloseEvent) == CloseEvent(1006)


@both
async def test_a_server_that_hangs_is_given_up_when_it_answers_no_ping(live: Any) -> None:
    async def script(client: Any) -> None:
        await client.accept()
        client.freeze()

    async with live(script, ping_interval=0.02, ping_timeout=0.02, close_timeout=0.02) as life:
        await opened_and_closed(life)
    assert life.ear.the(CloseEvent) == CloseEvent(1011, "keepalive ping timeout")


@both
async def test_a_server_that_reads_nothing_slows_the_program_down(live: Any) -> None:
    async def script(client: Any) -> None:
        await client.accept()
        client.freeze()
        await client.send("frozen")

    async with live(script, close_timeout=0.05) as life:
        await life.socket.open()
        await life.ear.next(MessageEvent)
        for _ in range(8):
            sent = life.socket.send(bytes(2**20))
        waiting = asyncio.ensure_future(sent)
        await rounds(10)
        assert not waiting.done()
        assert life.socket.buffered_amount > 0
        life.socket.abort()
        with pytest.raises(ConnectionLost):
            await waiting
    assert life.socket.buffered_amount == 0


@both
async def test_the_subprotocol_that_the_server_takes(live: Any) -> None:
    async def script(client: Any) -> None:
        await client.accept(subprotocol="v2")
        await client.close(1000)

    async with live(script, subprotocols=["v1", "v2"]) as life:
        await life.socket.open()
        assert life.socket.subprotocol == "v2"
        await life.socket.wait_closed()


@both
async def test_misuse_is_refused_with_the_same_errors(live: Any) -> None:
    async def script(client: Any) -> None:
        await client.accept()
        await client.receive()
        await client.close(1000)

    async with live(script) as life:
        with pytest.raises(NotOpen, match="CONNECTING"):
            life.socket.send("x")
        await life.socket.open()
        with pytest.raises(UsageError, match="opened before"):
            await life.socket.open()
        with pytest.raises(UsageError, match=r"expected a str \(of valid Unicode\) or bytes"):
            life.socket.send(3)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="expected 1000, or 3000 to 4999"):
            life.socket.close(999)
        with pytest.raises(UsageError, match="at most 125 bytes"):
            await life.socket.ping(bytes(126))
        life.socket.send("go")
        await life.socket.wait_closed()
        with pytest.raises(NotOpen, match="CLOSED"):
            life.socket.send("x")


@both
async def test_an_abort_is_1006(live: Any) -> None:
    async def script(client: Any) -> None:
        await client.accept()
        with pytest.raises(ScriptFailed, match="went without a word"):
            await client.receive()

    async with live(script) as life:
        await life.socket.open()
        life.socket.abort()
        await life.socket.wait_closed()
    assert life.ear.names == ["open", "error", "close"]
    assert errors(life) == [(ConnectionLost, 1006, None)]


@both
async def test_headers_of_the_handshake_are_seen_by_the_server(live: Any) -> None:
    seen: list[Any] = []

    async def script(client: Any) -> None:
        await client.accept()
        seen.append(client.request)
        await client.close(1000)

    async with live(script, headers={"Authorization": "Bearer token"}) as life:
        await opened_and_closed(life)
    assert (seen[0].path, seen[0].headers["Authorization"]) == ("/", "Bearer token")
