"""What is done to a socket whose TCP connection ended while its write buffer was full still: the peer hung up first."""

from __future__ import annotations

import pytest

from socketstore import CloseEvent, MessageEvent, ReadyState, WebSocket, WebSocketServer
from socketstore.sockets import pacing
from tests.sockets.peers import Ear, Peer, raw_client, raw_server, text

MUCH = "x" * 8_000_000
"""More than the operating system takes at once."""

MESSAGES = 2_000


async def hangs_up_and_reads_on(peer: Peer) -> None:
    await peer.accept()
    await peer.reader.readexactly(2)
    peer.write(*[text(str(number)) for number in range(MESSAGES)])
    peer.writer.write_eof()
    await peer.until_gone()


async def test_it_can_be_cut_while_messages_wait_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "SLICE", 0.0)  # one message in a round of the event loop
    async with raw_server(hangs_up_and_reads_on) as url:
        socket = WebSocket(url, compression=None)
        ear = Ear(socket)

        @socket.on("message")
        def cut_with_the_last_one(event: MessageEvent) -> None:
            if event.data == str(MESSAGES - 1):
                socket.abort()

        async with socket:
            socket.send(MUCH)
            await socket.wait_closed()
        assert ear.the(CloseEvent).code == 1006
        assert len(ear.all(MessageEvent)) == MESSAGES


async def test_a_server_has_nothing_to_complain_of() -> None:
    """Nothing is logged: see the fixture `reported`."""
    server = WebSocketServer(compression=None)
    server.add_listener("connection", lambda event: event.socket.send(MUCH))
    async with server, raw_client(server) as peer:
        ear = Ear(server.clients[0])
        await peer.reader.readexactly(1000)
        peer.writer.write_eof()
        await peer.until_gone()
        await ear.next(CloseEvent)


async def test_a_socket_that_was_cut_does_not_say_that_it_is_open() -> None:
    """What asks for the state before it sends would be told that it cannot."""
    async with WebSocketServer() as server, WebSocket(server.url) as socket:
        assert socket.ready_state is ReadyState.OPEN
        socket.abort()
        assert socket.ready_state is ReadyState.CLOSING
        await socket.wait_closed()
        assert socket.ready_state is ReadyState.CLOSED
