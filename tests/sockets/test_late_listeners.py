"""Messages wait for the first who listens, as long as the socket is open and there is room."""

from __future__ import annotations

import asyncio

import pytest
from websockets.frames import Opcode

from socketstore import CloseEvent, ConnectionEvent, MessageEvent, WebSocket, WebSocketServer
from tests.sockets.peers import Peer, closing, frame, raw_server, rounds, text

Heard = asyncio.Queue["str | bytes"]


def listen(socket: WebSocket) -> Heard:
    heard: Heard = asyncio.Queue()
    socket.add_listener("message", lambda event: heard.put_nowait(event.data))
    return heard


@pytest.mark.parametrize("late", [0, 20])
async def test_who_listens_only_after_the_open_hears_every_message_in_order(late: int) -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept(*(text(str(number)) for number in range(3)))
        await go_on.wait()
        peer.write(text("3"), text("4"))
        await peer.until_closing()
        peer.write(closing(1000))

    go_on = asyncio.Event()
    async with raw_server(speak) as url, WebSocket(url) as socket:
        await rounds(late)
        assert socket.inbox_size > 0
        heard = listen(socket)
        go_on.set()
        assert [await heard.get() for _ in range(5)] == ["0", "1", "2", "3", "4"]
        assert socket.inbox_size == 0


async def test_a_server_may_look_its_client_up_before_it_listens() -> None:
    looked_up, answers = asyncio.Event(), asyncio.Queue[str]()
    async with WebSocketServer() as server:

        @server.on("connection")
        async def welcome(event: ConnectionEvent) -> None:
            await looked_up.wait()

            @event.socket.on("message")
            def received(message: MessageEvent) -> None:
                answers.put_nowait(str(message.data))

        async with WebSocket(server.url) as socket:
            await socket.send("first")
            await socket.ping()  # the message before it has come
            looked_up.set()
            assert await answers.get() == "first"
            await socket.send("second")
            assert await answers.get() == "second"


async def test_where_nobody_ever_listens_little_is_kept_and_pings_are_answered() -> None:
    sizes: list[int] = []

    async def speak(peer: Peer) -> None:
        await peer.accept()
        for number in range(50):
            peer.write(text("x" * 1000), frame(Opcode.PING, str(number).encode()))
            assert (await peer.frame()).opcode is Opcode.PONG
            sizes.append(socket.inbox_size)
        peer.write(closing(1000))
        await peer.until_closing()

    ends: list[CloseEvent] = []
    async with raw_server(speak) as url:
        socket = WebSocket(url, max_inbox=10_000)
        socket.add_listener("close", ends.append)
        await socket.open()
        await socket.wait_closed()
    assert 0 < max(sizes) < 12_000
    assert sizes[-1] == 0
    assert ends == [CloseEvent(1000, "", clean=True)]


async def test_an_end_does_not_wait_for_somebody_to_listen() -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept(text("first"), closing(4000, "so there"))
        await peer.until_closing()

    ends: list[CloseEvent] = []
    async with raw_server(speak) as url:
        socket = WebSocket(url)
        socket.add_listener("close", ends.append)
        await socket.open()
        await socket.wait_closed()
        listen(socket)
    assert [(end.code, end.reason) for end in ends] == [(4000, "so there")]


async def test_closing_does_not_wait_for_somebody_to_listen() -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept(text("first"))
        await peer.until_closing()
        peer.write(text("last"), closing(1000))

    async with raw_server(speak) as url:
        socket = WebSocket(url, close_timeout=30)
        await socket.open()
        async with asyncio.timeout(10):
            await socket.close()
    assert socket.inbox_size == 0
