"""What a peer can use up: places, time and memory have bounds, on both sides."""

from __future__ import annotations

import asyncio
import zlib
from itertools import cycle
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response

from socketstore import (
    CloseEvent,
    ConnectionEvent,
    ConnectionFailed,
    ErrorEvent,
    MessageEvent,
    UsageError,
    WebSocket,
    WebSocketServer,
)
from socketstore.sockets.frames import MAX_FRAGMENTS
from socketstore.testing import EchoServer
from tests.sockets.peers import (
    Ear,
    Peer,
    client_handshake,
    frame,
    raw_client,
    raw_server,
    rounds,
    switching_protocols,
    text,
)

PATIENCE = 10


# Who is in


async def test_one_too_many_gets_503_with_retry_after_and_room_is_made_when_one_leaves() -> None:
    async with WebSocketServer(max_connections=2) as server:
        one, two = WebSocket(server.url), WebSocket(server.url)
        async with two:
            async with one:
                with pytest.raises(ConnectionFailed) as failed:
                    await WebSocket(server.url).open()
                assert (failed.value.status, failed.value.retry_after) == (503, 5.0)
                assert len(server.clients) == 2
            while len(server.clients) > 1:
                await rounds(1)
            async with WebSocket(server.url):
                pass


async def test_one_that_is_refused_is_hung_up_on() -> None:
    async with (
        WebSocketServer(max_connections=1) as server,
        WebSocket(server.url),
        raw_client(server, handshake=False) as peer,
    ):
        peer.write(client_handshake())
        assert b" 503 " in await peer.request()
        await peer.until_gone()


async def test_those_whom_the_program_is_still_thinking_about_count() -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def think(*_: object) -> None:
        asked.set()
        await answer.wait()

    async with WebSocketServer(max_connections=1, process_request=think) as server:
        first = asyncio.ensure_future(WebSocket(server.url).open())
        await asked.wait()
        with pytest.raises(ConnectionFailed) as failed:
            await WebSocket(server.url).open()
        assert failed.value.status == 503
        answer.set()
        await first
        for client in server.clients:
            client.abort()


async def test_one_that_is_refused_makes_room_although_it_has_sent_much_behind_its_request() -> None:
    left = asyncio.Event()

    async def refuse(connection: ServerConnection, _: Request) -> Response:
        connection.connection_lost_waiter.add_done_callback(lambda _: left.set())
        await asyncio.sleep(0)
        return connection.respond(401, "")

    async with WebSocketServer(process_request=refuse) as server, raw_client(server, handshake=False) as peer:
        peer.write(client_handshake(), text("x" * 1000, mask=True) * 300)
        assert b" 401 " in await peer.request()
        peer.writer.close()
        async with asyncio.timeout(5):  # half of close_timeout
            await left.wait()


@pytest.mark.parametrize("limit", [{"max_connections": 0}, {"max_connections": True}, {"max_handshakes": "many"}])
def test_a_limit_that_is_none_is_refused(limit: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="a number of at least 1, or None"):
        WebSocketServer(**limit)


# Who waits at the door


async def test_many_half_open_connections_do_not_keep_a_client_out() -> None:
    async with WebSocketServer(max_handshakes=5, open_timeout=None) as server:
        idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(20)]
        async with asyncio.timeout(PATIENCE):
            for reader, _ in idle[:15]:  # those that came first have been cut
                with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                    await reader.readexactly(1)
        async with WebSocket(server.url):
            assert len(server.clients) == 1
        for _, writer in idle:
            writer.transport.abort()


async def test_a_request_that_comes_letter_by_letter_has_only_the_time_of_a_handshake() -> None:
    async with WebSocketServer(open_timeout=0.05) as server:
        ear = Ear(server)

        async def slowly(peer: Peer) -> None:
            for letter in cycle(b"X-Slow: loris\r\n"):
                peer.write(bytes([letter]))
                await asyncio.sleep(0.001)  # the time that the server gives is real: 50 letters fit into it

        async with raw_client(server, handshake=False) as peer, asyncio.timeout(PATIENCE):
            peer.write(b"GET / HTTP/1.1\r\n")
            dripping = asyncio.ensure_future(slowly(peer))
            await peer.until_gone()
            dripping.cancel()
        assert isinstance((await ear.next(ErrorEvent)).error, TimeoutError)


@pytest.mark.parametrize(
    "flood",
    [
        b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 1000,
        b"GET / HTTP/1.1\r\nX: " + b"1" * 100_000,
        b"GET /" + b"a" * 100_000,
        b"\r\n" * 1000,
        b"\xff" * 10_000,
    ],
)
async def test_a_flood_of_headers_is_hung_up_on(flood: bytes) -> None:
    async with WebSocketServer(open_timeout=None) as server:
        ear = Ear(server)
        async with raw_client(server, handshake=False) as peer, asyncio.timeout(PATIENCE):
            peer.write(flood)
            await peer.until_gone()
            await ear.next(ErrorEvent)
        async with WebSocket(server.url):
            pass


async def test_what_comes_before_the_program_has_decided_waits_in_the_network() -> None:
    asked, answer = asyncio.Event(), asyncio.Event()
    wires: list[Any] = []

    async def think(connection: Any, _: object) -> None:
        wires.append(connection)
        asked.set()
        await answer.wait()

    async with EchoServer(process_request=think) as server, raw_client(server, handshake=False) as peer:
        count, size = 120, 50_000
        peer.write(client_handshake(), *(text("x" * size, mask=True) for _ in range(count)))
        await asked.wait()
        while wires[0].transport.is_reading():
            await rounds(1)
        for _ in range(100):
            await rounds(1)
        assert len(wires[0]._early) < 20  # what one read can bring
        answer.set()
        await peer.request()
        for _ in range(count):  # nothing is lost
            assert len((await peer.frame()).data) == size


# What messages may use


def deflated(data: bytes) -> bytes:
    """A message as permessage-deflate sends it (RFC 7692, section 7.2.1)."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    squeezed = squeezer.compress(data) + squeezer.flush(zlib.Z_SYNC_FLUSH)
    serialized = bytearray(Frame(Opcode.TEXT, squeezed[:-4]).serialize(mask=False))
    serialized[0] |= 0x40  # RSV1: compressed
    return bytes(serialized)


def accepting_deflate(request: bytes) -> bytes:
    head = switching_protocols(request)
    if b"permessage-deflate" not in request:
        return head
    return head[:-2] + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"


def too_big(kind: str) -> bytes:
    return {
        "one message": text("x" * 2000),
        "many fragments": text("x" * 400, fin=False) + frame(Opcode.CONT, b"x" * 400, fin=False) * 5,
        "empty fragments": text("", fin=False) + frame(Opcode.CONT, fin=False) * (MAX_FRAGMENTS + 1),
        "bomb": deflated(b"x" * 50_000_000),
        "promise": b"\x81\x7f" + (2**62).to_bytes(8, "big"),
    }[kind]


BOMB = pytest.param("bomb", marks=pytest.mark.only_websockets("nothing is compressed"))
KINDS = ["one message", "many fragments", "empty fragments", BOMB, "promise"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_client_closes_with_1009_on_what_is_too_big(kind: str) -> None:
    codes: list[int | None] = []

    async def flood(peer: Peer) -> None:
        peer.write(accepting_deflate(await peer.request()), too_big(kind))
        codes.append((await peer.until_closing())[0])

    async with raw_server(flood) as url:
        socket = WebSocket(url, max_size=1000)
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    assert codes == [1009]
    assert ear.all(MessageEvent) == []
    assert ear.the(CloseEvent).code == 1009


@pytest.mark.parametrize("kind", KINDS)
async def test_a_server_closes_with_1009_on_what_is_too_big(kind: str) -> None:
    async with WebSocketServer(max_size=1000) as server:
        ear = Ear(server)
        async with raw_client(server, handshake=False) as peer:
            offer = b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
            peer.write(client_handshake()[:-2] + offer)
            await peer.request()
            there = (await ear.next(ConnectionEvent)).socket
            heard = Ear(there)
            for one in masked(too_big(kind)):
                peer.write(one)
            assert (await peer.until_closing())[0] == 1009
        await there.wait_closed()
    assert heard.all(MessageEvent) == []


def masked(frames: bytes) -> list[bytes]:
    """Mask frames as a client must, with a key of zeros, which leaves the data as they are."""
    done, place = [], 0
    while place < len(frames):
        length = frames[place + 1]
        extended = {126: 2, 127: 8}.get(length, 0)
        head_end = place + 2 + extended
        size = length if not extended else int.from_bytes(frames[place + 2 : head_end], "big")
        head = bytes([frames[place], length | 0x80]) + frames[place + 2 : head_end]
        done.append(head + bytes(4) + frames[head_end : head_end + size])
        place = head_end + size
    return done


async def test_a_megabyte_is_the_limit_unless_told_otherwise() -> None:
    async with EchoServer() as server, WebSocket(server.url) as socket:
        ear = Ear(socket)
        await socket.send("x" * 2**20)
        await ear.next(MessageEvent)
        await socket.send("x" * (2**20 + 1))
        await socket.wait_closed()
    assert ear.the(CloseEvent).code == 1009


async def test_an_answer_without_an_end_is_believed_by_its_head() -> None:
    async def endless(peer: Peer) -> None:
        await peer.request()
        peer.write(b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n")
        await peer.until_gone()

    async with raw_server(endless) as url, asyncio.timeout(PATIENCE):
        with pytest.raises(ConnectionFailed) as failed:
            await WebSocket(url, open_timeout=None).open()
    assert failed.value.status == 403


async def test_headers_without_an_end_are_not_read_for_ever() -> None:
    async def endless(peer: Peer) -> None:
        await peer.request()
        peer.write(b"HTTP/1.1 101 Switching Protocols\r\n" + b"X: 1\r\n" * 10_000)
        await peer.until_gone()

    async with raw_server(endless) as url, asyncio.timeout(PATIENCE):
        with pytest.raises(ConnectionFailed) as failed:
            await WebSocket(url, open_timeout=None).open()
    assert failed.value.kind == "handshake"
