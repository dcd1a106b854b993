"""Listeners that are slower than the peer: order, bounds, and an event loop that goes round all the same."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections import Counter
from contextlib import suppress
from statistics import median
from typing import Any, cast

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.frames import Opcode

from socketstore import (
    CloseEvent,
    ConnectionEvent,
    MessageEvent,
    NotOpen,
    PingEvent,
    PongEvent,
    ReadyState,
    UsageError,
    WebSocket,
    WebSocketServer,
)
from socketstore.sockets import flow, pacing, shortcut
from tests.sockets.peers import Ear, Peer, client_handshake, closing, frame, raw_client, raw_server, rounds, text
from tests.sockets.test_frames import fragmented, in_pieces, messages


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of a single message: what every message does that takes longer than a slice."""
    monkeypatch.setattr(pacing, "SLICE", 0.0)


def numbers(count: int) -> bytes:
    return b"".join(text(str(number)) for number in range(count))


def heard(ear: Ear) -> list[Any]:
    return [event.data for event in ear.all(MessageEvent)]


@pytest.mark.usefixtures("hasty")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(sent=messages, cuts=st.lists(st.integers(0, 10_000), max_size=8), data=st.data())
async def test_messages_that_wait_arrive_in_order_and_before_the_close(
    sent: list[str | bytes], cuts: list[int], data: st.DataObject
) -> None:
    inner = data.draw(st.lists(st.integers(0, 300), max_size=4))
    stream = b"".join(fragmented(message, inner) for message in sent) + closing(1000)

    async def speak(peer: Peer) -> None:
        await peer.accept()
        for piece in in_pieces(stream, cuts):
            peer.write(piece)
            await asyncio.sleep(0)
        await peer.until_closing()

    async with raw_server(speak) as url:
        socket = WebSocket(url, max_inbox=data.draw(st.sampled_from([1, 500, 100_000])))
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    assert heard(ear) == sent
    assert ear.names[-1] == "close"
    assert (ear.the(CloseEvent).clean, ear.the(CloseEvent).dropped) == (True, 0)


@pytest.mark.usefixtures("hasty")
async def test_the_event_loop_goes_round_between_slices_and_each_slice_is_one_reading() -> None:
    notes: list[str] = []

    class Reading:
        def __enter__(self) -> None:
            notes.append("(")

        def __exit__(self, *_: object) -> None:
            notes.append(")")

    def note(event: MessageEvent) -> None:
        notes.append(str(event.data))
        asyncio.get_running_loop().call_soon(notes.append, "-")

    async def speak(peer: Peer) -> None:
        await peer.accept()
        peer.write(numbers(4), closing(1000))
        await peer.until_closing()

    async with raw_server(speak) as url:
        socket = WebSocket(url, reading=Reading)
        socket.add_listener("message", note)
        async with socket:
            await socket.wait_closed()
    assert "".join(notes).replace("()", "") == "(0)-(1)-(2)-(3)-"


@pytest.mark.usefixtures("hasty")
async def test_pings_are_answered_and_told_before_the_messages_that_wait() -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept()
        peer.write(numbers(50), frame(Opcode.PING, b"now?"))
        assert (await peer.frame()).opcode is Opcode.PONG
        answered_after.append(len(heard(ear)))
        peer.write(closing(1000))
        await peer.until_closing()

    answered_after: list[int] = []
    async with raw_server(speak) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        async with socket:
            await socket.wait_closed()
    assert answered_after[0] < 50
    assert ear.events.index(PingEvent(b"now?")) < ear.events.index(MessageEvent("49"))
    assert heard(ear) == [str(number) for number in range(50)]


@pytest.mark.usefixtures("hasty")
async def test_a_full_inbox_holds_the_peer_up_until_half_of_it_has_been_told() -> None:
    told: list[tuple[bool, int]] = []
    limit, count = 100_000, 6000

    async with WebSocketServer(max_inbox=limit) as server:
        server.add_listener("connection", lambda event: ears.put_nowait(listen(event.socket)))

        def listen(there: WebSocket) -> Ear:
            there.add_listener("message", lambda _: told.append((there._wire.held_up, there.inbox_size)))  # type: ignore[union-attr]
            return Ear(there)

        ears: asyncio.Queue[Ear] = asyncio.Queue()
        async with WebSocket(server.url, compression=None) as socket:
            for _ in range(count):
                socket.send("x" * 500)
            ear = await ears.get()
            await ear.next(MessageEvent, count)
    assert len(heard(ear)) == count
    assert max(size for _, size in told) < limit + 2 * flow.PIECE
    assert all(held_up for held_up, size in told if size >= limit)
    assert any(not held_up for held_up, size in told if size < limit / 2)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("end", ["close frame", "FIN", "RST"])
async def test_whatever_the_peer_does_all_that_came_before_is_told_first(end: str) -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept()
        peer.write(numbers(200))
        await come.wait()
        if end == "close frame":
            peer.write(closing(1000))
            await peer.until_closing()
        elif end == "RST":
            peer.vanish()

    come = asyncio.Event()
    async with raw_server(speak) as url:
        socket = WebSocket(url)
        socket.add_listener("message", lambda _: come.set())
        ear = Ear(socket)
        async with socket:
            await socket.wait_closed()
    assert heard(ear) == [str(number) for number in range(200)]
    assert ear.names[-1] == "close"
    assert ear.the(CloseEvent).dropped == 0


@pytest.mark.usefixtures("hasty")
@pytest.mark.usefixtures("hasty")
async def test_what_lies_unparsed_when_the_connection_breaks_is_told_although_the_inbox_is_full() -> None:
    async def breaks(peer: Peer) -> None:
        await peer.accept()
        peer.write(numbers(20_000))
        await read.wait()
        peer.vanish()

    async with raw_server(breaks) as url:
        read = asyncio.Event()
        socket = WebSocket(url, max_inbox=1000)
        ear = Ear(socket)
        await socket.open()
        await ear.next(MessageEvent)
        read.set()
        while socket.ready_state is ReadyState.OPEN and socket.inbox_size:
            with suppress(NotOpen):
                socket.send("are you there?")  # a socket that is read no further breaks at the next word
            await asyncio.sleep(0)
        await socket.wait_closed()
    told = heard(ear)
    assert told == [str(number) for number in range(len(told))]
    assert len(told) > 1_000  # all of what had been read, if not of what was on its way
    assert ear.the(CloseEvent).dropped == 0


@pytest.mark.usefixtures("hasty")
async def test_closing_lasts_no_longer_than_close_timeout_and_says_what_was_dropped() -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept()
        peer.write(numbers(1000), closing(1000))
        await peer.until_gone()

    async with raw_server(speak) as url:
        socket = WebSocket(url, close_timeout=0.05)
        ear = Ear(socket)
        await socket.open()
        await ear.next(MessageEvent)
        again = asyncio.get_running_loop().call_soon

        def dawdle(event: MessageEvent) -> None:
            """Take the time of the closing for a few messages, and be a slow listener without sleeping."""
            end = asyncio.get_running_loop().time() + 0.01
            while asyncio.get_running_loop().time() < end:
                pass

        socket.add_listener("message", dawdle)
        again(socket.close)
        await socket.wait_closed()
        told = len(heard(ear))
        assert socket.inbox_size == 0
        await asyncio.sleep(0)
    assert len(heard(ear)) == told < 1000
    assert told + ear.the(CloseEvent).dropped == 1000
    assert ear.names[-1] == "close"


@pytest.mark.parametrize("slice_", [0.0, 10.0])
async def test_a_socket_that_is_aborted_tells_nothing_more(slice_: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "SLICE", slice_)

    async def speak(peer: Peer) -> None:
        await peer.accept()
        peer.write(numbers(20))
        await peer.until_gone()

    async with raw_server(speak) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        socket.add_listener("message", lambda event: socket.abort() if event.data == "7" else None)
        async with socket:
            await socket.wait_closed()
    assert heard(ear) == [str(number) for number in range(8)]
    assert ear.the(CloseEvent) == CloseEvent(1006, dropped=12)


@pytest.mark.usefixtures("hasty")
async def test_a_socket_that_is_aborted_after_the_peer_has_gone_drops_what_waits() -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept()
        peer.write(numbers(100), closing(1000))

    async with raw_server(speak) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        await socket.open()
        assert socket._wire is not None
        while socket._wire.is_open:  # noqa: ASYNC110 - of which no event tells
            await asyncio.sleep(0)
        assert socket.ready_state is ReadyState.CLOSING
        socket.abort()
        assert "close" not in ear.names
        await socket.wait_closed()
    assert len(heard(ear)) + ear.the(CloseEvent).dropped == 100
    assert ear.the(CloseEvent).dropped > 0


@pytest.mark.usefixtures("hasty")
async def test_messages_from_before_the_peers_close_frame_arrive_after_this_side_has_begun_to_close() -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept()
        peer.write(numbers(30))
        await peer.until_closing()
        peer.write(text("last"), closing(1000))

    async with raw_server(speak) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        socket.add_listener("message", lambda event: socket.close() if event.data == "3" else None)
        async with socket:
            await socket.wait_closed()
    assert heard(ear) == [*(str(number) for number in range(30)), "last"]
    assert ear.the(CloseEvent).clean


@pytest.mark.usefixtures("hasty")
async def test_a_listener_that_raises_leaves_what_waits_in_order(reported: list[BaseException | str]) -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept()
        peer.write(numbers(20), closing(1000))
        await peer.until_closing()

    async with raw_server(speak) as url:
        socket = WebSocket(url)
        socket.add_listener("message", lambda event: 1 / (int(event.data) % 5))
        ear = Ear(socket)
        async with socket:
            await socket.wait_closed()
    assert heard(ear) == [str(number) for number in range(20)]
    assert [type(error) for error in reported] == [ZeroDivisionError] * 4
    reported.clear()


@pytest.mark.only_websockets("nothing is compressed")
async def test_bombs_unpack_no_faster_than_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "SLICE", 0.0)
    sizes: list[int] = []
    async with WebSocketServer(compression="deflate") as server:
        socket = WebSocket(server.url, max_inbox=1_000_000)
        socket.add_listener("message", lambda _: sizes.append(socket.inbox_size))
        ear = Ear(socket)
        await socket.open()
        for _ in range(60):
            server.broadcast("x" * 1_000_000)
        await ear.next(MessageEvent, 60)
        await socket.close()
    assert max(sizes) < 1_000_000 + flow.PIECE * 1_100
    assert {len(data) for data in heard(ear)} == {1_000_000}


async def test_a_flood_of_tiny_frames_lets_the_loop_go_round() -> None:
    turns = 0

    def turn() -> None:
        nonlocal turns
        turns += 1
        if socket.ready_state is not ReadyState.CLOSED:
            asyncio.get_running_loop().call_soon(turn)

    async def speak(peer: Peer) -> None:
        await peer.accept()
        peer.write(text("") * 60_000, closing(1000))
        await peer.until_closing()

    async with raw_server(speak) as url:
        socket = WebSocket(url)
        count = 0

        def hear(_: MessageEvent) -> None:
            nonlocal count
            count += 1

        socket.add_listener("message", hear)
        turn()
        async with socket:
            await socket.wait_closed()
    assert count == 60_000
    assert turns > 60_000 * 2 / flow.PIECE


@pytest.mark.parametrize("reads", [1, 50, 200])
@pytest.mark.parametrize(
    "frames", [text("x" * 3000), frame(Opcode.PING), text("x", fin=False) + frame(Opcode.CONT)], ids=len
)
async def test_one_round_of_the_event_loop_has_one_slice_whatever_waited_and_whatever_comes(
    frames: bytes, reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, rounds, told = 0.0, 0, Counter[int]()

    def take_two_fifths_of_a_slice(_: object) -> None:
        nonlocal now
        told[rounds] += 1
        now += pacing.SLICE * 0.4

    def go_round() -> None:
        nonlocal rounds
        rounds += 1
        if socket.ready_state is not ReadyState.CLOSED:
            asyncio.get_running_loop().call_soon(go_round)

    async def speak(peer: Peer) -> None:
        await peer.accept()
        for _ in range(reads):
            peer.write(frames * (200 // reads))
            await asyncio.sleep(0)
        peer.write(closing(1000))
        await peer.until_closing()

    for module in (pacing, shortcut):
        monkeypatch.setattr(module, "monotonic", lambda: now)
    async with raw_server(speak) as url:
        socket = WebSocket(url)
        socket.add_listener("message", take_two_fifths_of_a_slice)
        socket.add_listener("ping", take_two_fifths_of_a_slice)
        await socket.open()
        go_round()
        await socket.wait_closed()
    assert told.total() == 200
    assert max(told.values()) <= 3


async def test_sockets_for_which_messages_wait_share_the_slice_of_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    now, rounds, told, speaking = 0.0, 0, Counter[int](), asyncio.Event()

    def take_a_twentieth_of_a_slice(_: MessageEvent) -> None:
        nonlocal now
        told[rounds] += 1
        now += pacing.SLICE / 20

    def go_round() -> None:
        nonlocal rounds
        rounds += 1
        if any(socket.ready_state is not ReadyState.CLOSED for socket in sockets):
            asyncio.get_running_loop().call_soon(go_round)

    async def speak(peer: Peer) -> None:
        await peer.accept()
        await speaking.wait()
        peer.write(numbers(300), closing(1000))
        await peer.until_closing()

    monkeypatch.setattr(pacing, "monotonic", lambda: now)
    async with raw_server(speak) as url:
        sockets = [WebSocket(url) for _ in range(5)]
        for socket in sockets:
            socket.add_listener("message", take_a_twentieth_of_a_slice)
            await socket.open()
        go_round()
        speaking.set()
        for socket in sockets:
            await socket.wait_closed()
    assert told.total() == 1500
    assert median(told.values()) <= 20 + len(sockets)


async def test_what_comes_before_anyone_listens_is_not_unpacked_without_bound() -> None:
    async def asks_first(*_: object) -> None:
        asked.set()
        await go_on.wait()

    asked, go_on = asyncio.Event(), asyncio.Event()
    ears: asyncio.Queue[Ear] = asyncio.Queue()
    async with WebSocketServer(process_request=asks_first) as server:
        server.add_listener("connection", lambda event: ears.put_nowait(Ear(event.socket)))
        async with raw_client(server, handshake=False) as peer:
            peer.write(client_handshake(), text("x" * 100, mask=True) * 1000)
            await asked.wait()
            for _ in range(50):
                await asyncio.sleep(0)
            (wire,) = server._door._inside
            assert len(wire._early) <= flow.PIECE / 100
            assert wire.held_up
            go_on.set()
            await peer.request()
            ear = await ears.get()
            await ear.next(MessageEvent, 1000)
            peer.write(closing(1000, mask=True))
            await peer.until_gone()


@pytest.mark.parametrize("size", [10, 10_000])
async def test_a_socket_that_is_put_off_takes_no_turns_and_tells_of_messages_and_end_afterwards(size: int) -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept(text("first"))
        await said.wait()
        peer.write(b"".join(text("x" * size) for _ in range(20)), closing(1000))
        await peer.until_closing()

    said = asyncio.Event()
    told: list[str] = []
    async with raw_server(speak) as url:
        socket = WebSocket(url, max_inbox=100_000)

        def puts_off(event: MessageEvent) -> None:
            told.append(str(event.data)[:1])
            if len(told) == 1:
                cast(Any, socket)._wire.put_off()
                said.set()

        socket.add_listener("message", puts_off)
        socket.add_listener("close", lambda _: told.append("closed"))
        await socket.open()
        wire: Any = socket._wire
        while not (wire._lost or wire.held_up):
            await rounds(1)
        await rounds(20)
        assert told == ["f"]
        assert wire._turn is None
        wire.be_heard()
        await socket.wait_closed()
    assert told == ["f", *["x"] * 20, "closed"]


@pytest.mark.parametrize("max_inbox", [0, -1, 1.5, "1", True, None])
async def test_a_bound_that_is_no_number_of_bytes_is_refused(max_inbox: Any) -> None:
    with pytest.raises(UsageError, match="max_inbox"):
        WebSocket("ws://localhost", max_inbox=max_inbox)
    with pytest.raises(UsageError, match="max_inbox"):
        WebSocketServer(max_inbox=max_inbox)


async def test_a_pong_tells_the_time_since_its_ping_and_one_that_nobody_asked_for_does_not() -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept(frame(Opcode.PONG, b"unasked"))
        ping = await peer.frame()
        peer.write(frame(Opcode.PONG, ping.data))
        await peer.until_gone()

    async with raw_server(speak) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        await socket.open()
        took = await socket.ping(os.urandom(4))
        socket.abort()
        await socket.wait_closed()
    unasked, asked = ear.all(PongEvent)
    assert unasked.round_trip is None
    assert asked.round_trip == took > 0


@pytest.mark.parametrize("last", [b"\x83\x00", b""], ids=["a bad frame", "its last byte"])
async def test_a_peer_that_reads_nothing_does_not_keep_a_connection_that_is_over(last: bytes) -> None:
    async def deaf(peer: Peer) -> None:
        await peer.accept()
        await full.wait()
        peer.write(last)
        if not last:
            peer.writer.write_eof()
        await over.wait()

    async with raw_server(deaf) as url:
        full, over = asyncio.Event(), asyncio.Event()
        socket = WebSocket(url, ping_interval=None, close_timeout=0.05)
        ear = Ear(socket)
        await socket.open()
        while socket.buffered_amount < 1_000_000:
            socket.send(b"x" * 100_000)
        full.set()
        try:
            await asyncio.wait_for(socket.wait_closed(), 5)
        finally:
            socket.abort()
            over.set()
    assert ear.the(CloseEvent).code == (1002 if last else 1006)


@pytest.mark.usefixtures("hasty")
async def test_over_tls_too_all_that_came_is_told_before_the_end() -> None:
    authority = trustme.CA()
    there, here = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(there)
    authority.configure_trust(here)
    async with WebSocketServer(ssl=there, compression=None) as server:
        socket = WebSocket(f"wss://localhost:{server.port}", ssl=here, max_inbox=20_000)
        ear = Ear(socket)
        await socket.open()
        for number in range(1500):
            server.broadcast(f"{number} {'x' * 100}")
        server.close()
        await socket.wait_closed()
    assert [data.split()[0] for data in heard(ear)] == [str(number) for number in range(1500)]
    assert ear.the(CloseEvent) == CloseEvent(1001, clean=True)


async def test_a_socket_that_was_aborted_before_it_was_started_tells_nothing() -> None:
    ears: asyncio.Queue[Ear] = asyncio.Queue()

    def abort(event: ConnectionEvent) -> None:
        ears.put_nowait(Ear(event.socket))
        event.socket.abort()

    async with WebSocketServer() as server:
        server.add_listener("connection", abort)
        async with raw_client(server, handshake=False) as peer:
            peer.write(client_handshake(), text("early", mask=True))
            await peer.until_gone()
            ear = await ears.get()
            await ear.next(CloseEvent)
    assert "message" not in ear.names


async def test_starting_a_socket_again_in_a_listener_changes_nothing() -> None:
    async def speaks_at_once(peer: Peer) -> None:
        await peer.accept(text("a"), text("b"))

    async with raw_server(speaks_at_once) as url:
        socket = WebSocket(url)
        socket.add_listener("message", lambda _: socket.start())
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    assert ear.names == ["open", "message", "message", "error", "close"]
