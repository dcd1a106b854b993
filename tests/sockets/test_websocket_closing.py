"""Closing a socket: from either side, cleanly or not, and never waiting for ever."""

from __future__ import annotations

import asyncio

import pytest
from websockets.frames import Opcode

from socketstore import (
    CloseEvent,
    ConnectionEvent,
    ConnectionLost,
    ErrorEvent,
    MessageEvent,
    ReadyState,
    UsageError,
    WebSocket,
)
from socketstore.testing import EchoServer
from tests.sockets.peers import Ear, Peer, closing, frame, raw_client, raw_server, text


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1000, "bye"), (4000, "é" * 61), (1011, "oops"), (3000, "")])
async def test_both_sides_hear_the_code_and_the_reason_of_the_one_that_closes(code: int, reason: str) -> None:
    async with EchoServer() as server:
        for side in (0, 1):
            async with WebSocket(server.url) as socket:
                both = socket, server.clients[0]
                ears = [Ear(end) for end in both]
                await both[side].close(code, reason)
                await both[1 - side].wait_closed()
                assert [ear.events for ear in ears] == [[CloseEvent(code, reason, clean=True)]] * 2


@pytest.mark.parametrize(
    ("code", "reason"),
    [(999, ""), (1005, ""), (1006, ""), (2999, ""), (5000, ""), ("1000", ""), (None, ""), (1000, "x" * 124),
     (1000, "é" * 62), (1000, b"x"), (1000, None), (1000, "\ud800")],
)  # fmt: skip
async def test_closing_words_that_may_not_be_sent_are_refused_and_nothing_is_closed(code: int, reason: str) -> None:
    async with EchoServer() as server, WebSocket(server.url) as socket:
        for closable in (socket, server):
            with pytest.raises(UsageError, match=r"got .*; expected"):
                closable.close(code, reason)
        assert socket.ready_state is ReadyState.OPEN


async def test_a_close_frame_without_a_code_is_1005() -> None:
    async def leaves(peer: Peer) -> None:
        await peer.accept(closing(None))
        assert await peer.until_closing() == (None, "")

    async with raw_server(leaves) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        async with socket:
            await socket.wait_closed()
    assert ear.events[1:] == [CloseEvent(1005, "", clean=True)]


async def hangs_up(peer: Peer) -> None:
    await peer.accept()


async def breaks_off(peer: Peer) -> None:
    await peer.accept()
    await peer.writer.drain()
    peer.vanish()


@pytest.mark.parametrize("behave", [hangs_up, breaks_off])
async def test_a_server_that_goes_without_a_word_is_1006(behave: object) -> None:
    async with raw_server(behave) as url:  # type: ignore[arg-type]
        socket = WebSocket(url)
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    assert ear.names == ["open", "error", "close"]
    assert ear.the(CloseEvent) == CloseEvent(1006, "", clean=False)
    error = ear.the(ErrorEvent).error
    assert isinstance(error, ConnectionLost)
    assert error.code == 1006
    assert f"the connection to {url} broke (1006)" in str(error)


@pytest.mark.parametrize("leave", [Peer.vanish, lambda peer: peer.writer.close()])
async def test_a_client_that_goes_without_a_word_is_1006(leave: object) -> None:
    async with EchoServer() as server:
        heard = asyncio.get_running_loop().create_future()
        server.add_listener("connection", lambda event: heard.set_result(Ear(event.socket)))
        async with raw_client(server) as peer:
            ear = await heard
            leave(peer)  # type: ignore[operator]
            await ear.next(CloseEvent)
        assert ear.names == ["error", "close"]
        assert ear.the(CloseEvent) == CloseEvent(1006)


async def keeps_silent(peer: Peer) -> None:
    await peer.accept()
    await asyncio.Event().wait()


async def test_a_peer_that_never_answers_the_close_is_cut_off_in_time() -> None:
    async with raw_server(keeps_silent) as url:
        socket = WebSocket(url, close_timeout=0.1)
        ear = Ear(socket)
        await socket.open()
        async with asyncio.timeout(5):
            await socket.close(4000, "bye")
    assert ear.names == ["open", "error", "close"]
    assert ear.the(CloseEvent) == CloseEvent(1006)


async def test_a_peer_that_closes_and_keeps_the_line_is_cut_off_in_time() -> None:
    async def keeps_the_line(peer: Peer) -> None:
        await peer.accept(closing(1000, "bye"))
        await asyncio.Event().wait()

    async with raw_server(keeps_the_line) as url:
        socket = WebSocket(url, close_timeout=0.1)
        ear = Ear(socket)
        await socket.open()
        async with asyncio.timeout(5):
            await socket.wait_closed()
    assert ear.events[1:] == [CloseEvent(1000, "bye", clean=True)]


@pytest.mark.parametrize("messages", [1, 20])
async def test_a_peer_that_reads_nothing_cannot_keep_us_from_closing(messages: int) -> None:
    async with raw_server(keeps_silent) as url:
        socket = WebSocket(url, close_timeout=0.1, compression=None)
        ear = Ear(socket)
        await socket.open()
        for _ in range(messages):
            socket.send(bytes(2**20))
        async with asyncio.timeout(5):
            await socket.close()
    assert ear.names == ["open", "error", "close"]
    assert socket.buffered_amount == 0


async def test_messages_sent_before_the_peers_close_frame_still_arrive() -> None:
    async def has_more_to_say(peer: Peer) -> None:
        await peer.accept()
        assert await peer.until_closing() == (1000, "")
        peer.write(text("one more"), closing(1000))

    async with raw_server(has_more_to_say) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        async with socket:
            pass
    assert ear.events[1:] == [MessageEvent("one more"), CloseEvent(1000, "", clean=True)]


async def test_frames_behind_a_close_frame_are_not_heard() -> None:
    async def goes_on(peer: Peer) -> None:
        await peer.accept(text("one"), closing(1000), text("two"))
        await peer.until_closing()

    async with raw_server(goes_on) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    assert ear.names == ["open", "message", "close"]


async def test_close_may_be_called_in_a_listener_twice_and_at_once_and_when_closed() -> None:
    async with EchoServer() as server:
        socket = WebSocket(server.url)
        ear = Ear(socket)
        socket.add_listener("open", lambda _: socket.close(4000, "first"))
        socket.add_listener("open", lambda _: socket.close(4001, "second"))
        socket.add_listener("close", lambda _: socket.close())
        await socket.open()
        await asyncio.gather(socket.close(), socket.close(), socket.wait_closed())
        await socket.close()
    assert ear.names == ["open", "close"]
    assert ear.the(CloseEvent) == CloseEvent(4000, "first", clean=True)


async def test_closing_from_both_sides_at_once_is_clean() -> None:
    async with EchoServer() as server:
        async with WebSocket(server.url) as socket:
            there = server.clients[0]
            ears = [Ear(socket), Ear(there)]
            await asyncio.gather(socket.close(4001), there.close(4002))
        assert [ear.the(CloseEvent).code for ear in ears] == [4002, 4001]
        assert [ear.names for ear in ears] == [["close"]] * 2


async def test_cancelling_the_wait_for_a_close_does_not_stop_the_closing() -> None:
    async with EchoServer() as server:
        socket = WebSocket(server.url)
        await socket.open()
        waiting = asyncio.ensure_future(socket.close(4000))
        await asyncio.sleep(0)
        waiting.cancel()
        ear = Ear(socket)
        await socket.wait_closed()
        assert ear.the(CloseEvent).code == 4000


async def test_abort_cuts_the_line_and_is_harmless_afterwards() -> None:
    async with EchoServer() as server:
        socket = WebSocket(server.url)
        ear = Ear(socket)
        await socket.open()
        there = Ear(server.clients[0])
        socket.abort()
        await socket.wait_closed()
        socket.abort()
        await there.next(CloseEvent)
    assert ear.names == ["open", "error", "close"]


async def test_a_peer_that_ignores_pings_is_given_up() -> None:
    async with raw_server(keeps_silent) as url:
        socket = WebSocket(url, ping_interval=0.02, ping_timeout=0.02, close_timeout=0.02)
        ear = Ear(socket)
        await socket.open()
        async with asyncio.timeout(5):
            await socket.wait_closed()
    assert ear.names == ["open", "error", "close"]
    assert ear.the(CloseEvent) == CloseEvent(1011, "keepalive ping timeout", clean=False)


async def test_a_peer_that_answers_pings_is_kept() -> None:
    async with EchoServer() as server, WebSocket(server.url, ping_interval=0.01, ping_timeout=5) as socket:
        there = Ear(server.clients[0])
        while len(there.names) < 3:
            await there._more.wait()
            there._more.clear()
        assert socket.ready_state is ReadyState.OPEN
        assert set(there.names) == {"ping"}


async def test_an_invalid_close_frame_is_a_protocol_error() -> None:
    async def stammers(peer: Peer) -> None:
        await peer.accept(frame(Opcode.CLOSE, b"\x03"))
        assert (await peer.until_closing())[0] == 1002

    async with raw_server(stammers) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    assert ear.the(CloseEvent).code == 1002
    assert ear.names == ["open", "error", "close"]


async def test_an_echo_server_bears_a_client_that_closes_right_behind_its_message() -> None:
    async with EchoServer() as server, raw_client(server) as peer:
        peer.write(text("hello", mask=True), closing(1000, mask=True))
        assert await peer.until_closing() == (1000, "")


async def test_a_server_listener_that_raises_does_not_close_the_socket(reported: list[BaseException | str]) -> None:
    async with EchoServer() as server:

        def fail(event: ConnectionEvent) -> None:
            message = "mine"
            raise ValueError(message)

        server.add_listener("connection", fail)
        async with WebSocket(server.url) as socket:
            ear = Ear(socket)
            await socket.send("x")
            await ear.next(MessageEvent)
        assert str(reported.pop()) == "mine"
