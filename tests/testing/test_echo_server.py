"""A server that answers."""

from __future__ import annotations

from socketstore import CloseEvent, MessageEvent, WebSocket
from socketstore.testing import EchoServer
from tests.sockets.peers import Ear


async def test_it_says_what_happens() -> None:
    said: list[str] = []
    async with EchoServer(say=said.append) as server, WebSocket(server.url) as socket:
        ear = Ear(socket)
        socket.send("text")
        socket.send(b"bytes")
        await ear.next(MessageEvent, 2)
    assert said == ["client connecting...", "received: text", "received: 5 bytes", "Connection closed."]


async def test_it_calls_out_to_each_client_at_intervals() -> None:
    async with EchoServer(call_every=0.01) as server, WebSocket(server.url) as one, WebSocket(server.url) as two:
        for socket in (one, two):
            assert (await Ear(socket).next(MessageEvent, 2)).data == "Hello?"


async def test_it_ends_with_clients_that_are_still_called() -> None:
    server = EchoServer(call_every=0.001)
    async with server:
        socket = WebSocket(server.url)
        ear = Ear(socket)
        await socket.open()
        await ear.next(MessageEvent)
    await socket.wait_closed()
    assert ear.the(CloseEvent).code == 1001
