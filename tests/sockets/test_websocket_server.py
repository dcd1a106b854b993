"""The server: its events, its clients, and how it begins and ends."""

from __future__ import annotations

import asyncio
import socket as sockets
import time

import pytest

from socketstore import (
    CloseEvent,
    ConnectionEvent,
    ConnectionFailed,
    ErrorEvent,
    HeadersEvent,
    ListenFailed,
    ListeningEvent,
    MessageEvent,
    OpenEvent,
    ReadyState,
    UsageError,
    WebSocket,
    WebSocketServer,
)
from tests.sockets.peers import Ear, Peer, client_handshake, closing, raw_client, rounds


async def test_events_come_as_listening_then_each_client_then_close() -> None:
    server = WebSocketServer()
    ear = Ear(server)
    async with server:
        assert ear.events == [ListeningEvent(server.url)]
        async with WebSocket(server.url + "/feed?symbol=ABC"):
            await ear.next(ConnectionEvent)
    assert ear.names == ["listening", "headers", "connection", "close"]
    assert ear.the(ConnectionEvent).request.path == "/feed?symbol=ABC"
    assert ear.the(ConnectionEvent).socket.url == f"{server.url}/feed?symbol=ABC"
    assert ear.the(CloseEvent) == CloseEvent(1001, "", clean=True)


async def test_it_binds_to_loopback_and_a_free_port_unless_told_otherwise() -> None:
    async with WebSocketServer() as one, WebSocketServer() as two:
        assert one.url == f"ws://127.0.0.1:{one.port}"
        assert 0 not in (one.port, two.port)
        assert one.port != two.port
    async with WebSocketServer("::1") as six, WebSocket(six.url):
        assert six.url == f"ws://[::1]:{six.port}"
    assert WebSocketServer("0.0.0.0", 80).url == "ws://127.0.0.1:80"  # noqa: S104


async def test_listeners_of_headers_add_to_the_answer_and_see_the_request() -> None:
    server = WebSocketServer()

    @server.on("headers")
    def add(event: HeadersEvent) -> None:
        event.headers["Set-Cookie"] = f"path={event.request.path}"

    async with server, raw_client(server, handshake=False) as peer:
        peer.write(b"GET /x HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        peer.write(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        assert b"Set-Cookie: path=/x\r\n" in await peer.request()


async def test_a_headers_listener_that_raises_does_not_break_the_handshake(
    reported: list[BaseException | str],
) -> None:
    server = WebSocketServer()

    @server.on("headers")
    def fail(event: HeadersEvent) -> None:
        raise ValueError

    async with server, WebSocket(server.url):
        assert isinstance(reported.pop(), ValueError)


def test_process_response_is_refused_with_what_to_use_instead() -> None:
    with pytest.raises(UsageError, match='"headers" event instead'):
        WebSocketServer(process_response=print)


async def test_clients_are_those_that_are_connected_now() -> None:
    async with WebSocketServer() as server:
        ear = Ear(server)
        assert server.clients == ()
        async with WebSocket(server.url):
            there = (await ear.next(ConnectionEvent)).socket
            seen: list[tuple[WebSocket, ...]] = []
            there.add_listener("close", lambda _: seen.append(server.clients))
            assert server.clients == (there,)
            assert "with 1 clients" in repr(server)
            async with WebSocket(server.url):
                await ear.next(ConnectionEvent, 2)
                assert len(server.clients) == 2
        await there.wait_closed()
        assert seen == [()]


async def test_a_broadcast_reaches_every_client() -> None:
    async with WebSocketServer() as server:
        server.broadcast("nobody hears it")
        async with WebSocket(server.url) as one, WebSocket(server.url) as two:
            ears = [Ear(one), Ear(two)]
            server.broadcast("to all")
            server.broadcast(b"and more")
            for ear in ears:
                await ear.next(MessageEvent, 2)
                assert [event.data for event in ear.all(MessageEvent)] == ["to all", b"and more"]
            two.close()
            server.broadcast("skips who is leaving")
            assert (await ears[0].next(MessageEvent, 3)).data == "skips who is leaving"


@pytest.mark.parametrize("message", [None, 3, {"a": 1}, "\ud800"])
async def test_a_broadcast_of_neither_text_nor_bytes_is_refused(message: str) -> None:
    async with WebSocketServer() as server, WebSocket(server.url):
        with pytest.raises(UsageError, match="expected a str"):
            server.broadcast(message)


async def test_closing_the_server_closes_every_client_with_1001() -> None:
    server = WebSocketServer()
    await server.listen()
    clients = [WebSocket(server.url) for _ in range(3)]
    ears = [Ear(client) for client in clients]
    for client in clients:
        await client.open()
    await asyncio.gather(server.close(), server.close())
    for client, ear in zip(clients, ears, strict=True):
        await client.wait_closed()
        assert ear.the(CloseEvent) == CloseEvent(1001, "", clean=True)
    with pytest.raises(ConnectionFailed) as failed:
        await WebSocket(server.url).open()
    assert failed.value.kind == "refused"


async def test_the_server_can_say_why_it_closes() -> None:
    server = WebSocketServer()
    await server.listen()
    socket = WebSocket(server.url)
    ear = Ear(socket)
    await socket.open()
    await server.close(1012, "restart")
    await socket.wait_closed()
    assert ear.the(CloseEvent) == CloseEvent(1012, "restart", clean=True)


async def test_a_client_that_asks_while_the_server_closes_is_refused() -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def take_your_time(*_: object) -> None:
        asked.set()
        await answer.wait()

    server = WebSocketServer(process_request=take_your_time)
    await server.listen()
    opening = asyncio.ensure_future(WebSocket(server.url).open())
    await asked.wait()
    closed = server.close()
    await rounds(3)
    answer.set()
    await closed
    with pytest.raises(ConnectionFailed) as failed:
        await opening
    assert failed.value.status == 503


@pytest.mark.parametrize("event", ["headers", "connection"])
async def test_a_client_that_comes_in_while_the_server_closes_is_closed(event: str) -> None:
    server = WebSocketServer()
    server.add_listener(event, lambda _: server.close())  # type: ignore[call-overload]
    await server.listen()
    socket = WebSocket(server.url)
    ear = Ear(socket)
    await socket.open()
    async with asyncio.timeout(5):
        await server.close()
        await socket.wait_closed()
    assert ear.events == [OpenEvent(server.url), CloseEvent(1001, "", clean=True)]


async def test_a_client_that_reads_nothing_cannot_keep_the_server_from_closing() -> None:
    server = WebSocketServer(close_timeout=0.1, compression=None)
    await server.listen()
    ear = Ear(server)
    async with raw_client(server):
        there = (await ear.next(ConnectionEvent)).socket
        for _ in range(20):
            there.send(bytes(2**20))
        async with asyncio.timeout(5):
            await server.close()
        assert (there.ready_state, server.clients) == (ReadyState.CLOSED, ())


async def known(server: WebSocketServer) -> None:
    """Wait until a connection is in the server's hands, no more in those of the kernel."""
    while not server._strangers:
        await rounds(1)


async def test_a_client_that_has_not_said_what_it_wants_cannot_keep_the_server_from_closing() -> None:
    server = WebSocketServer()
    ear = Ear(server)
    await server.listen()
    async with raw_client(server, handshake=False) as peer:
        peer.write(b"GET / HTTP/1.1\r\n")
        await known(server)
        async with asyncio.timeout(5):
            await server.close()
        await peer.until_gone()
    assert ear.names == ["listening", "close"]


async def test_a_program_that_cannot_decide_about_a_client_does_not_keep_the_server_from_closing() -> None:
    asked = asyncio.Event()

    async def cannot_decide(*_: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    server = WebSocketServer(process_request=cannot_decide, open_timeout=None, close_timeout=0.1)
    ear = Ear(server)
    await server.listen()
    async with raw_client(server, handshake=False) as peer:
        peer.write(client_handshake())
        await asked.wait()
        await server.close()
        await peer.until_gone()
    assert ear.names == ["listening", "close"]


async def test_a_handshake_of_garbage_is_an_error_event_and_the_server_lives_on() -> None:
    async with WebSocketServer() as server:
        ear = Ear(server)
        async with raw_client(server, handshake=False) as peer:
            peer.write(b"EHLO example.org\r\n\r\n")
            assert "valid HTTP request" in str((await ear.next(ErrorEvent)).error)
            await peer.until_gone()
        async with WebSocket(server.url):
            pass


async def test_a_connection_without_a_handshake_is_an_error_event() -> None:
    async with WebSocketServer() as server:
        ear = Ear(server)
        async with raw_client(server, handshake=False):
            pass
        await ear.next(ErrorEvent)


async def test_a_handshake_that_takes_too_long_is_an_error_event() -> None:
    async with WebSocketServer(open_timeout=0.05) as server:
        ear = Ear(server)
        async with raw_client(server, handshake=False) as peer:
            peer.write(b"GET / HTTP/1.1\r\n")
            error = (await ear.next(ErrorEvent)).error
            assert isinstance(error, TimeoutError)
            await peer.until_gone()


async def test_a_port_that_is_taken() -> None:
    async with WebSocketServer() as server:
        second = WebSocketServer(port=server.port)
        ear = Ear(second)
        with pytest.raises(ListenFailed, match="another program listens there; choose another port") as failed:
            await second.listen()
        assert ear.events == [ErrorEvent(failed.value)]


@pytest.mark.parametrize(
    ("host", "port", "advice"),
    [
        ("127.0.0.1", 99_999, "choose a port from 0 to 65535"),
        ("nowhere.invalid", 0, "check the host name"),
        ("a" * 64, 0, "check the host name"),
    ],
)
async def test_an_address_that_cannot_be_used(host: str, port: int, advice: str) -> None:
    with pytest.raises(ListenFailed, match=advice):
        await WebSocketServer(host, port).listen()


async def test_a_port_that_needs_more_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sockets.socket, "bind", refuse)
    with pytest.raises(ListenFailed, match="choose a port above 1023"):
        await WebSocketServer(port=80).listen()


@pytest.mark.parametrize("option", [{"colour": "red"}, {"compression": "zip"}])
async def test_an_option_that_does_not_exist_is_a_usage_error(option: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="cannot be used"):
        await WebSocketServer(**option).listen()  # type: ignore[arg-type]


async def test_a_server_listens_only_once() -> None:
    server = WebSocketServer()
    async with server:
        with pytest.raises(UsageError, match="expected a new WebSocketServer"):
            await server.listen()
    with pytest.raises(UsageError):
        await server.listen()
    server = WebSocketServer()
    outcomes = await asyncio.gather(server.listen(), server.listen(), return_exceptions=True)
    await server.close()
    assert [type(outcome) for outcome in outcomes] == [type(None), UsageError]


async def test_a_server_may_be_closed_before_it_listens() -> None:
    server = WebSocketServer()
    ear = Ear(server)
    await server.close()
    assert ear.names == ["close"]
    with pytest.raises(UsageError):
        await server.listen()


async def test_a_server_closed_while_it_begins_to_listen_does_not_listen() -> None:
    server = WebSocketServer()
    listening = asyncio.ensure_future(server.listen())
    await rounds(1)
    await server.close()
    with pytest.raises(ListenFailed, match="closed before it listened"):
        await listening


async def test_serving_for_ever_ends_with_close() -> None:
    server = WebSocketServer()
    ear = Ear(server)
    serving = asyncio.ensure_future(server.serve_forever())
    await ear.next(ListeningEvent)
    async with WebSocket(server.url):
        server.close()
        await serving
    assert ear.names[-1] == "close"


async def test_cancelling_serve_forever_closes_the_server() -> None:
    server = WebSocketServer()
    ear = Ear(server)
    async with server:
        serving = asyncio.ensure_future(server.serve_forever())
        socket = WebSocket(server.url)
        await socket.open()
        serving.cancel()
        await asyncio.wait([serving])
        assert serving.cancelled()
        assert ear.names[-1] == "close"
        await socket.wait_closed()


def test_an_event_loop_that_ends_waits_for_no_client() -> None:
    async def main() -> sockets.socket:
        server = WebSocketServer(close_timeout=20)
        ear = Ear(server)
        await server.listen()
        silent = sockets.create_connection(("127.0.0.1", server.port))
        silent.sendall(client_handshake())
        await ear.next(ConnectionEvent)
        server.close()
        await rounds(2)
        return silent

    began = time.monotonic()
    asyncio.run(main()).close()
    assert time.monotonic() - began < 10


async def test_the_sockets_that_a_server_hands_out_are_those_of_a_client() -> None:
    async with WebSocketServer() as server:
        ear = Ear(server)
        async with raw_client(server, path="/x") as peer:
            there = (await ear.next(ConnectionEvent)).socket
            assert type(there) is WebSocket
            there.send("hello")
            assert (await peer.frame()).data == b"hello"
            assert server.clients == (there,)
            closed = there.close(4000, "enough")
            assert await peer.until_closing() == (4000, "enough")
            peer.write(closing(4000, mask=True))
            await hang_up(peer)
            await closed


async def hang_up(peer: Peer) -> None:
    await peer.until_gone()
    peer.writer.close()
