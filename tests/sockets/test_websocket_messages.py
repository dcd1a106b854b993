"""Messages between a client and a server, both ours."""

from __future__ import annotations

import asyncio
import threading

import pytest
from websockets.frames import Opcode

from socketstore import (
    CloseEvent,
    ConnectionEvent,
    ConnectionFailed,
    ConnectionLost,
    ErrorEvent,
    MessageEvent,
    NotOpen,
    OpenEvent,
    PingEvent,
    PongEvent,
    ReadyState,
    UsageError,
    WebSocket,
    WebSocketServer,
)
from socketstore.testing import EchoServer
from tests.sockets.peers import Ear, Peer, frame, raw_client, raw_server

MESSAGES = ["Olé ✓", "", b"\x00\xff", b"", "x" * 2**20, bytes(2**20)]


@pytest.mark.parametrize(
    "compression", [pytest.param("deflate", marks=pytest.mark.only_websockets("nothing is compressed")), None]
)
async def test_each_message_comes_back_as_it_was(compression: str | None) -> None:
    async with EchoServer(compression=compression) as server, WebSocket(server.url, compression=compression) as socket:
        ear = Ear(socket)
        for message in MESSAGES:
            await socket.send(message)
        await ear.next(MessageEvent, len(MESSAGES))
        assert [event.data for event in ear.all(MessageEvent)] == MESSAGES


async def test_events_come_as_open_then_messages_then_close() -> None:
    async with EchoServer() as server:
        socket = WebSocket(server.url)
        ear = Ear(socket)
        async with socket:
            await socket.send("one")
            await socket.send("two")
            await ear.next(MessageEvent, 2)
    assert ear.events == [OpenEvent(server.url), MessageEvent("one"), MessageEvent("two"), CloseEvent(1000, "", True)]


async def test_a_listener_can_answer_without_awaiting() -> None:
    async with EchoServer() as server:
        socket = WebSocket(server.url)
        ear = Ear(socket)
        socket.add_listener("open", lambda _: socket.send("I am LEGENDARY!"))
        async with socket:
            assert (await ear.next(MessageEvent)).data == "I am LEGENDARY!"


@pytest.mark.parametrize("message", [bytearray(b"abc"), memoryview(b"abc")])
async def test_anything_like_bytes_is_sent_as_a_binary_message(message: bytearray | memoryview) -> None:
    async with EchoServer() as server, WebSocket(server.url) as socket:
        ear = Ear(socket)
        await socket.send(message)
        assert (await ear.next(MessageEvent)).data == b"abc"


@pytest.mark.parametrize("message", [None, 3, ["a"], {"a": 1}, "\ud800"])
async def test_what_is_neither_text_nor_bytes_is_refused_and_the_socket_lives_on(message: object) -> None:
    async with EchoServer() as server, WebSocket(server.url) as socket:
        ear = Ear(socket)
        with pytest.raises(UsageError, match=r"got .*; expected a str \(of valid Unicode\) or bytes"):
            socket.send(message)  # type: ignore[arg-type]
        await socket.send("still here")
        assert (await ear.next(MessageEvent)).data == "still here"


async def test_sending_needs_an_open_socket() -> None:
    async with EchoServer() as server:
        socket = WebSocket(server.url)
        with pytest.raises(NotOpen, match="CONNECTING"):
            socket.send("x")
        await socket.open()
        closed = socket.close()
        with pytest.raises(NotOpen, match="CLOSING"):
            socket.send("x")
        await closed
        with pytest.raises(NotOpen, match="CLOSED"):
            socket.send("x")
        with pytest.raises(NotOpen):
            await socket.ping()


async def test_calls_from_another_thread_are_refused_and_change_nothing() -> None:
    refused: list[UsageError] = []

    def elsewhere(socket: WebSocket) -> None:
        for call in (lambda: socket.send("x"), socket.close):
            with pytest.raises(UsageError, match="call_soon_threadsafe") as caught:
                call()
            refused.append(caught.value)

    async with EchoServer() as server, WebSocket(server.url) as socket:
        thread = threading.Thread(target=elsewhere, args=[socket])
        thread.start()
        await asyncio.to_thread(thread.join)
        assert len(refused) == 2
        assert socket.ready_state is ReadyState.OPEN
        loop, ear = asyncio.get_running_loop(), Ear(socket)
        await asyncio.to_thread(loop.call_soon_threadsafe, socket.send, "the right way")
        assert (await ear.next(MessageEvent)).data == "the right way"


async def test_the_ready_state_and_the_buffer_follow_the_life_of_a_socket() -> None:
    async with EchoServer() as server:
        socket = WebSocket(server.url)
        states = [(socket.ready_state, socket.buffered_amount)]
        for name in ("open", "error", "close"):
            socket.add_listener(name, lambda _: states.append((socket.ready_state, socket.buffered_amount)))
        await socket.open()
        closed = socket.close()
        states.append((socket.ready_state, socket.buffered_amount))
        await closed
    assert states == [(ReadyState(number), 0) for number in (0, 1, 2, 3)]


async def test_the_subprotocol_is_the_first_that_both_know() -> None:
    async with EchoServer(subprotocols=["b", "a"]) as server:
        async with WebSocket(server.url, subprotocols=["a", "b", "c"]) as socket:
            assert socket.subprotocol == server.clients[0].subprotocol
            assert socket.subprotocol in ("a", "b")
        with pytest.raises(ConnectionFailed) as refused:
            await WebSocket(server.url, subprotocols=["c"]).open()
        assert (refused.value.kind, refused.value.status) == ("status", 400)


async def test_a_server_that_speaks_no_subprotocol_agrees_on_none() -> None:
    async with EchoServer() as server:
        socket = WebSocket(server.url, subprotocols=["c"])
        ear = Ear(socket)
        async with socket:
            assert socket.subprotocol is None
    assert ear.the(OpenEvent) == OpenEvent(server.url, subprotocol=None)
    assert WebSocket("ws://x").subprotocol is None


@pytest.mark.parametrize("names", ["chat", 3, [1]])
def test_subprotocols_other_than_a_list_of_names_are_refused(names: object) -> None:
    for make in (lambda: WebSocket("ws://x", subprotocols=names), lambda: WebSocketServer(subprotocols=names)):  # type: ignore[arg-type]
        with pytest.raises(UsageError, match=r"expected a list of names"):
            make()


async def test_awaiting_send_waits_until_the_peer_reads() -> None:
    reading = asyncio.Event()

    async def slow(peer: Peer) -> None:
        await peer.accept()
        await reading.wait()
        await peer.until_gone()

    async with raw_server(slow) as url:
        socket = WebSocket(url, compression=None, close_timeout=5)
        async with socket:
            sending = asyncio.ensure_future(fill(socket))
            await asyncio.wait([sending], timeout=0.05)
            assert not sending.done()
            assert socket.buffered_amount > 0
            reading.set()
            await sending
            socket.abort()


async def fill(socket: WebSocket) -> None:
    for _ in range(24):
        await socket.send(bytes(2**20))


async def test_a_break_while_a_message_waits_is_raised_to_the_sender() -> None:
    async def never_reads(peer: Peer) -> None:
        await peer.accept()
        await broken.wait()
        peer.vanish()

    broken = asyncio.Event()
    async with raw_server(never_reads) as url:
        socket = WebSocket(url, compression=None)
        await socket.open()
        sending = asyncio.ensure_future(fill(socket))
        await asyncio.wait([sending], timeout=0.05)
        broken.set()
        with pytest.raises(ConnectionLost, match="broke while a message waited") as lost:
            await sending
        assert lost.value.code == 1006
        await socket.wait_closed()


async def test_cutting_the_connection_is_raised_to_the_sender_too() -> None:
    async with raw_server(silent) as url:
        socket = WebSocket(url, compression=None)
        await socket.open()
        sending = asyncio.ensure_future(fill(socket))
        await asyncio.wait([sending], timeout=0.05)
        socket.abort()
        with pytest.raises(ConnectionLost, match="1006"):
            await sending
        await socket.wait_closed()


async def silent(peer: Peer) -> None:
    await peer.accept()
    await asyncio.Event().wait()


async def test_cancelling_the_wait_of_a_send_does_not_take_the_message_back() -> None:
    async with EchoServer() as server, WebSocket(server.url) as socket:
        ear = Ear(socket)
        sending = asyncio.ensure_future(socket.send("x"))
        sending.cancel()
        await asyncio.wait([sending])
        assert (await ear.next(MessageEvent)).data == "x"


async def test_ping_returns_the_seconds_of_the_round_trip_and_both_sides_hear_it() -> None:
    async with EchoServer() as server, WebSocket(server.url) as socket:
        ear, ear_there = Ear(socket), Ear(server.clients[0])
        assert 0 < await socket.ping(b"are you there?") < 5
        assert ear.events == [PongEvent(b"are you there?")]
        assert 0 < (ear.the(PongEvent).round_trip or 0.0) < 5
        assert ear_there.events == [PingEvent(b"are you there?")]
        assert await socket.ping() > 0


@pytest.mark.parametrize("data", [bytes(126), 3])
async def test_a_ping_that_cannot_be_sent_is_refused(data: bytes) -> None:
    async with EchoServer() as server, WebSocket(server.url) as socket:
        with pytest.raises(UsageError, match="expected at most 125 bytes"):
            await socket.ping(data)


async def test_two_pings_alike_cannot_be_told_apart() -> None:
    async with raw_server(silent) as url:
        socket = WebSocket(url)
        await socket.open()
        first = asyncio.ensure_future(socket.ping(b"x"))
        await asyncio.sleep(0)
        with pytest.raises(UsageError, match="other than those on their way"):
            await socket.ping(b"x")
        socket.abort()
        with pytest.raises(ConnectionLost, match="closed before the pong"):
            await first


async def test_an_unasked_pong_is_heard() -> None:
    async def pongs(peer: Peer) -> None:
        await peer.accept(frame(Opcode.PONG, b"I am alive"))
        await peer.until_closing()

    async with raw_server(pongs) as url:
        socket = WebSocket(url, close_timeout=0.1)
        ear = Ear(socket)
        async with socket:
            pong = await ear.next(PongEvent)
            assert (pong.data, pong.round_trip) == (b"I am alive", None)
        assert ear.the(ErrorEvent)  # it did not answer the close


async def test_a_message_and_a_close_in_one_packet_keep_their_order() -> None:
    async with WebSocketServer() as server:
        ears: list[Ear] = []
        server.add_listener("connection", lambda event: ears.append(Ear(event.socket)))
        async with raw_client(server) as peer:
            hello = frame(Opcode.TEXT, b"last words", mask=True)
            peer.write(hello, frame(Opcode.CLOSE, b"\x03\xe8", mask=True))
            assert await peer.until_closing() == (1000, "")
            peer.writer.close()
            await ears[0].next(CloseEvent)
        assert ears[0].events == [MessageEvent("last words"), CloseEvent(1000, "", True)]


async def test_an_async_connection_listener_does_not_lose_the_first_message() -> None:
    heard: asyncio.Queue[str | bytes] = asyncio.Queue()
    async with WebSocketServer() as server:

        @server.on("connection")
        async def connected(event: ConnectionEvent) -> None:
            event.socket.add_listener("message", lambda message: heard.put_nowait(message.data))
            await asyncio.sleep(0)

        async with WebSocket(server.url) as socket:
            await socket.send("first")
            assert await heard.get() == "first"
