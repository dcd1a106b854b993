"""From frames to messages, with peers that do what they must not."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.frames import Opcode

from socketstore import CloseEvent, ErrorEvent, MessageEvent, PingEvent, WebSocket, WebSocketServer
from socketstore.sockets import frames
from tests.sockets.peers import Ear, Peer, closing, frame, raw_client, raw_server, text


async def hear(*chunks: bytes, closes: bool = True, **options: object) -> tuple[Ear, int | None]:
    """Let a server send these bytes; return what a client heard, and the code with which it closed."""
    codes: list[int | None] = []

    async def speak(peer: Peer) -> None:
        await peer.accept()
        for chunk in chunks:
            peer.write(chunk)
            await peer.writer.drain()
            await asyncio.sleep(0)
        codes.append((await peer.until_closing())[0])

    async with raw_server(speak) as url:
        socket = WebSocket(url, **options)  # type: ignore[arg-type]
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    return ear, codes[0]


async def test_fragments_with_pings_in_between_make_one_message() -> None:
    ear, _ = await hear(
        text("Ol", fin=False),
        frame(Opcode.PING, b"1"),
        frame(Opcode.CONT, "é".encode()[:1], fin=False),
        frame(Opcode.PING, b"2"),
        frame(Opcode.CONT, "é".encode()[1:], fin=False),
        frame(Opcode.CONT),
        closing(1000),
    )
    assert ear.events[1:-1] == [PingEvent(b"1"), PingEvent(b"2"), MessageEvent("Olé")]


async def test_binary_fragments_make_one_message() -> None:
    ear, _ = await hear(frame(Opcode.BINARY, b"a", fin=False), frame(Opcode.CONT, b"b"), text("c"), closing(1000))
    assert [event.data for event in ear.all(MessageEvent)] == [b"ab", "c"]


INVALID = b"\xff\xfe"
BAD_FRAMES = {
    "invalid UTF-8": (1007, [frame(Opcode.TEXT, INVALID)]),
    "invalid UTF-8 over fragments": (1007, [frame(Opcode.TEXT, b"a", fin=False), frame(Opcode.CONT, INVALID)]),
    "a message over max_size": (1009, [text("x" * 1001)]),
    "fragments over max_size": (1009, [text("x" * 600, fin=False), frame(Opcode.CONT, b"x" * 600)]),
    "a continuation of nothing": (1002, [frame(Opcode.CONT, b"x")]),
    "a message within a message": (1002, [text("x", fin=False), text("y")]),
    "a masked frame from a server": (1002, [text("x", mask=True)]),
    "reserved bits": (1002, [b"\xf1\x01x"]),
    "an unknown opcode": (1002, [b"\x83\x00"]),
    "a fragmented ping": (1002, [b"\x09\x00"]),
}


@pytest.mark.parametrize(("code", "chunks"), BAD_FRAMES.values(), ids=BAD_FRAMES)
async def test_what_a_server_must_not_send_fails_the_connection_and_nothing_behind_it_is_heard(
    code: int, chunks: list[bytes]
) -> None:
    ear, told = await hear(text("good"), b"".join([*chunks, text("never heard")]), max_size=1000)
    assert told == code
    assert ear.names == ["open", "message", "error", "close"]
    assert (ear.the(CloseEvent).code, ear.the(CloseEvent).clean) == (code, False)
    assert str(code) in str(ear.the(ErrorEvent).error)


@pytest.mark.parametrize(
    ("code", "chunk"),
    [(1007, frame(Opcode.TEXT, INVALID, mask=True)), (1009, text("x" * 1001, mask=True)), (1002, text("unmasked"))],
    ids=["no text", "too big", "unmasked"],
)
async def test_what_a_client_must_not_send_fails_the_connection(code: int, chunk: bytes) -> None:
    heard: asyncio.Queue[Ear] = asyncio.Queue()
    async with WebSocketServer(max_size=1000) as server:
        server.add_listener("connection", lambda event: heard.put_nowait(Ear(event.socket)))
        async with raw_client(server) as peer:
            peer.write(chunk)
            assert (await peer.until_closing())[0] == code
            ear = await heard.get()
        await ear.next(CloseEvent)
    assert ear.names == ["error", "close"]
    assert ear.the(CloseEvent).code == code


@pytest.mark.parametrize("sender_is_client", [True, False])
async def test_a_message_over_max_size_closes_both_sides_with_1009(sender_is_client: bool) -> None:
    limits = ({}, {"max_size": 100}) if sender_is_client else ({"max_size": 100}, {})
    async with WebSocketServer(**limits[1]) as server:
        socket = WebSocket(server.url, **limits[0])
        await socket.open()
        there = server.clients[0]
        ends = (socket, there) if sender_is_client else (there, socket)
        ears = [Ear(end) for end in ends]
        ends[0].send(bytes(101))
        await asyncio.gather(socket.wait_closed(), there.wait_closed())
    assert [ear.the(CloseEvent).code for ear in ears] == [1009, 1009]
    assert [ear.names for ear in ears] == [["close"], ["error", "close"]]


@pytest.mark.only_websockets("nothing is compressed")
async def test_max_size_counts_what_compression_hides() -> None:
    async with WebSocketServer(max_size=1000) as server:
        socket = WebSocket(server.url, compression="deflate")
        ear = Ear(socket)
        await socket.open()
        socket.send("x" * 100_000)
        await socket.wait_closed()
    assert ear.the(CloseEvent).code == 1009


async def test_a_message_of_exactly_max_size_is_heard() -> None:
    ear, _ = await hear(text("x" * 1000), closing(1000), max_size=1000)
    assert ear.the(MessageEvent).data == "x" * 1000


async def test_endless_empty_fragments_fail_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_FRAGMENTS", 1000)
    ear, told = await hear(text("", fin=False), frame(Opcode.CONT, fin=False) * 1001)
    assert told == 1009
    assert ear.the(CloseEvent) == CloseEvent(1009, "a message of more than 1000 frames", clean=False)


async def test_a_bad_message_right_before_a_close_is_still_an_error() -> None:
    ear, _ = await hear(frame(Opcode.TEXT, INVALID) + closing(1000))
    assert ear.names == ["open", "error", "close"]
    assert (ear.the(CloseEvent).code, ear.the(CloseEvent).clean) == (1007, False)


async def test_a_bad_message_in_the_packet_of_the_handshake_is_an_error_after_the_open() -> None:
    async def stammers(peer: Peer) -> None:
        await peer.accept(text("good"), frame(Opcode.TEXT, INVALID))
        assert (await peer.until_closing())[0] == 1007

    async with raw_server(stammers) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    assert ear.names == ["open", "message", "error", "close"]


async def test_one_read_surrounds_all_that_it_brings() -> None:
    notes: list[str] = []

    class Reading:
        def __enter__(self) -> None:
            notes.append("(")

        def __exit__(self, *_: object) -> None:
            notes.append(")")

    async def speak(peer: Peer) -> None:
        await peer.accept(text("a"), text("b"))
        await go_on.wait()
        peer.write(text("c"), text("d"))
        await peer.until_closing()

    go_on = asyncio.Event()
    async with raw_server(speak) as url:
        socket = WebSocket(url, reading=Reading, close_timeout=0.05)
        socket.add_listener("message", lambda event: notes.append(str(event.data)))
        ear = Ear(socket)
        await socket.open()
        await ear.next(MessageEvent, 2)
        go_on.set()
        await ear.next(MessageEvent, 4)
        assert "".join(notes).startswith("(ab)(cd)")
        socket.abort()
        await socket.wait_closed()


messages = st.lists(st.one_of(st.text(max_size=300), st.binary(max_size=300)), max_size=12)


def in_pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


def fragmented(message: str | bytes, cuts: list[int]) -> bytes:
    data = message.encode() if isinstance(message, str) else message
    first = Opcode.TEXT if isinstance(message, str) else Opcode.BINARY
    parts = in_pieces(data, cuts) or [b""]
    opcodes = [first, *[Opcode.CONT] * (len(parts) - 1)]
    last = len(parts) - 1
    return frame(Opcode.PING, b"between").join(
        frame(opcode, part, fin=index == last) for index, (opcode, part) in enumerate(zip(opcodes, parts, strict=True))
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(messages=messages, cuts=st.lists(st.integers(0, 10_000), max_size=8), data=st.data())
async def test_messages_arrive_in_order_however_they_are_cut(
    messages: list[str | bytes], cuts: list[int], data: st.DataObject
) -> None:
    inner = data.draw(st.lists(st.integers(0, 300), max_size=4))
    stream = b"".join(fragmented(message, inner) for message in messages) + closing(1000)
    ear, _ = await hear(*in_pieces(stream, cuts))
    assert [event.data for event in ear.all(MessageEvent)] == messages
    assert ear.the(CloseEvent).clean
