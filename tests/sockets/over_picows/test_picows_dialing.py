"""How picows connects and shakes hands."""

from __future__ import annotations

import asyncio
import socket as sockets
from typing import Any

import pytest

from socketstore import Connection, ConnectionFailed, HeadersEvent, WebSocket, WebSocketServer
from socketstore.sockets.over_picows.dialing import RECEIVE_BUFFER
from socketstore.sockets.over_picows.wire import PicowsWire
from socketstore.testing import EchoServer
from tests.connection.diary import attempts, new_diary
from tests.sockets.peers import Ear, Peer, raw_server, rounds, switching_protocols, text


def over_picows(url: str, **options: Any) -> WebSocket:
    return WebSocket(url, transport="picows", **options)


@pytest.mark.parametrize("how", ["cancel", "close", "timeout"])
async def test_an_attempt_that_is_given_up_hangs_up_at_once(how: str) -> None:
    asked, gone = asyncio.Event(), asyncio.Event()

    async def says_nothing(peer: Peer) -> None:
        try:
            await peer.request()
            asked.set()
            await peer.until_gone()
        finally:
            gone.set()

    async with raw_server(says_nothing) as url:
        socket = over_picows(url, open_timeout=0.05 if how == "timeout" else None)
        opening = asyncio.ensure_future(socket.open())
        if how == "cancel":
            await asked.wait()
            opening.cancel()
        elif how == "close":
            await asked.wait()
            await socket.close()
        outcome = (await asyncio.gather(opening, return_exceptions=True))[0]
        await asyncio.wait_for(gone.wait(), 5)
    assert isinstance(outcome, asyncio.CancelledError if how == "cancel" else ConnectionFailed)


@pytest.mark.parametrize("give_up", [WebSocket.close, WebSocket.abort])
async def test_an_attempt_that_is_given_up_in_the_moment_of_the_answer_leaves_nothing_open(give_up: Any) -> None:
    async def answers(peer: Peer) -> None:
        await peer.accept(text("this has to wait"), text("and is read no further"))
        await peer.until_gone()

    opened = 0
    async with raw_server(answers) as url:
        for number in range(40):  # rounds of the event loop: some of them end between the answer and the end of open()
            socket = over_picows(url, close_timeout=0)
            opening = asyncio.ensure_future(socket.open())
            await rounds(number)
            give_up(socket)
            await asyncio.gather(opening, return_exceptions=True)
            await socket.wait_closed()
            opened += socket._wire is not None
    assert 0 < opened < 40  # that no task is left is seen at the end of each test


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (b"Sec-WebSocket-Extensions: permessage-deflate\r\n", "no extensions were offered"),
        (b"Sec-WebSocket-Protocol: other\r\n", "unsupported subprotocol: other"),
        (b"Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat\r\n", "multiple values"),
    ],
)
async def test_an_answer_that_agrees_to_what_was_not_offered_is_refused(headers: bytes, words: str) -> None:
    async def agrees(peer: Peer) -> None:
        peer.write(switching_protocols(await peer.request())[:-2] + headers + b"\r\n")
        await peer.until_gone()

    async with raw_server(agrees) as url:
        with pytest.raises(ConnectionFailed, match=words) as failed:
            await over_picows(url, subprotocols=["chat"]).open()
    assert failed.value.kind == "handshake"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"HTTP/1.1 520 Web Server Returned an Unknown Error", 520),  # of no name in Python
        (b"HTTP/1.0 503 Service Unavailable", 503),
        (b"HTTP/1.1 403 Acc\xe8s interdit", 403),
        (
            b"HTTP/1.1 503 Service Unavailable\r\nX: "
            + b"x" * 8000
            + b"\r\nY: "
            + b"y" * 8000
            + b"\r\nZ: "
            + b"z" * 999,
            503,
        ),
    ],
    ids=["unknown", "old", "latin", "long"],
)
async def test_a_status_that_picows_does_not_know_counts_as_well(head: bytes, status: int) -> None:
    async def refuses(peer: Peer) -> None:
        await peer.request()
        peer.write(head + b"\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")
        await peer.until_gone()

    async with raw_server(refuses) as url:
        with pytest.raises(ConnectionFailed) as failed:
            await over_picows(url).open()
    error = failed.value
    assert (error.kind, error.status, error.retry_after) == ("status", status, 7)


async def test_a_header_that_cannot_be_read_is_not_quoted() -> None:
    async def folds(peer: Peer) -> None:
        peer.write(switching_protocols(await peer.request())[:-2] + b"Set-Cookie: a=b;\r\n hunter2hunter2\r\n\r\n")
        await peer.until_gone()

    async with raw_server(folds) as url:
        with pytest.raises(ConnectionFailed, match="folded HTTP header") as failed:
            await over_picows(url).open()
    assert "hunter2" not in f"{failed.value} {failed.value.__cause__}"


async def test_the_subprotocol_is_the_one_that_the_server_has_chosen() -> None:
    async with (
        WebSocketServer(subprotocols=["b"]) as server,
        over_picows(server.url, subprotocols=["a", "b"]) as socket,
    ):
        assert socket.subprotocol == "b"


async def test_what_is_said_in_the_handshake() -> None:
    async with EchoServer() as server:
        ear = Ear(server)
        url = server.url.replace("//", "//me:pass%40word@") + "/path?a=b"
        headers = {"X-One": "1", "user-agent": "mine"}
        async with over_picows(url, headers=headers, origin="https://example.org"):
            request = ear.events[1].request
    assert request.path == "/path?a=b"
    assert request.headers["Host"] == f"127.0.0.1:{server.port}"
    assert request.headers["Authorization"] == "Basic bWU6cGFzc0B3b3Jk"
    assert request.headers["Origin"] == "https://example.org"
    assert (request.headers["X-One"], request.headers["User-Agent"]) == ("1", "mine")


async def test_it_says_who_it_is_unless_told_not_to() -> None:
    async with EchoServer() as server:
        ear = Ear(server)
        async with over_picows(server.url), over_picows(server.url, user_agent_header=None):
            first, second = (event.request.headers for event in ear.all(HeadersEvent))
    assert " picows/" in first["User-Agent"]
    assert "User-Agent" not in second


async def test_host_and_port_say_where_and_the_address_says_what_is_asked_for() -> None:
    async with EchoServer() as server:
        ear = Ear(server)
        async with over_picows("ws://localhost:1/there", host="127.0.0.1", port=server.port):
            assert ear.events[1].request.headers["Host"] == "localhost:1"


async def test_a_socket_of_the_caller_is_used() -> None:
    async with EchoServer() as server:
        line = sockets.create_connection(("127.0.0.1", server.port))
        async with over_picows("ws://localhost:1", sock=line) as socket:
            assert isinstance(socket._wire, PicowsWire)
            assert socket._wire._tcp.get_extra_info("sockname") == line.getsockname()


async def test_the_system_keeps_little_so_that_a_read_is_short() -> None:
    async with EchoServer() as server, over_picows(server.url) as socket:
        assert isinstance(socket._wire, PicowsWire)
        line = socket._wire._tcp.get_extra_info("socket")
        kept = line.getsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF)
    assert RECEIVE_BUFFER <= kept <= 2 * RECEIVE_BUFFER


async def test_a_connection_takes_it_and_opens_again_over_it() -> None:
    store = new_diary()
    async with EchoServer() as server:
        connection = Connection(server.url, store, transport="picows")
        async with connection:
            await connection.send("hello")
            await store.wait_for(lambda said: "hello" in str(said), timeout=5)
            connection.reconnect_now()
            await store.wait_for(lambda said: connection.epoch == 2, timeout=5)
    assert [run[0] for run in attempts(store.state)] == ["Connecting", "Connecting"]
