"""The keepalive: a peer is taken for dead when it is silent, never because this side is busy."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from websockets.frames import Opcode

from socketstore import CloseEvent, ConnectionLost, ConnectionSilent, ErrorEvent, MessageEvent, PongEvent, WebSocket
from socketstore.sockets import pacing
from socketstore.sockets.pings import MAX_UNREAD_PONGS
from tests.sockets.peers import Ear, Peer, closing, frame, raw_server, text

HASTY: dict[str, Any] = {"ping_interval": 0.02, "ping_timeout": 0.08}


async def until_pinged(peer: Peer, times: int = 1) -> bytes:
    """Read until so many pings have come, and return what the last one holds."""
    data = b""
    for _ in range(times):
        while (got := await peer.frame()).opcode is not Opcode.PING:
            pass
        data = bytes(got.data)
    return data


async def test_a_peer_that_falls_silent_is_given_up_at_once_with_1011() -> None:
    async def falls_silent(peer: Peer) -> None:
        await peer.accept(text("a"))
        told.set_result(await peer.until_closing())

    told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    async with raw_server(falls_silent) as url:
        socket = WebSocket(url, **HASTY)
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()  # the default close_timeout of 10 s would be noticed
        assert ear.the(CloseEvent) == CloseEvent(1011, "keepalive ping timeout", clean=False)
        assert isinstance(ear.the(ErrorEvent).error, ConnectionSilent)
        assert await told == (1011, "keepalive ping timeout")


async def test_a_peer_that_takes_nothing_any_more_is_given_up_although_the_ping_waits_in_the_buffer() -> None:
    async def reads_nothing(peer: Peer) -> None:
        await peer.accept()
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.Event().wait()

    async with raw_server(reads_nothing) as url:
        socket = WebSocket(url, **HASTY, compression=None)
        ear = Ear(socket)
        await socket.open()
        for _ in range(40):
            socket.send(bytes(1_000_000))
        await socket.wait_closed()
    assert ear.the(CloseEvent).code == 1011


async def test_a_peer_that_pings_without_end_and_reads_no_pong_is_cut_with_1008() -> None:
    async def pings_on_and_on(peer: Peer) -> None:
        await peer.accept()
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        while True:
            peer.write(frame(Opcode.PING, bytes(125)) * 1000)
            await peer.writer.drain()

    async with raw_server(pings_on_and_on) as url:
        socket = WebSocket(url, **HASTY)
        ear = Ear(socket)
        most = 0

        @socket.on("ping")
        def look(_: object) -> None:
            nonlocal most
            most = max(most, socket.buffered_amount)

        await socket.open()
        await socket.wait_closed()
    assert ear.the(CloseEvent).code == 1008
    assert isinstance(ear.the(ErrorEvent).error, ConnectionLost)
    assert most < 2 * MAX_UNREAD_PONGS


async def test_a_peer_that_reads_its_pongs_may_ping_as_often_as_it_likes() -> None:
    pings = 3 * MAX_UNREAD_PONGS // 125

    async def pings_much(peer: Peer) -> None:
        await peer.accept(frame(Opcode.PING, bytes(125)) * pings)
        await peer.reader.readexactly(pings * (6 + 125))
        peer.write(closing(1000))
        await peer.until_closing()

    async with raw_server(pings_much) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    assert ear.the(CloseEvent) == CloseEvent(1000, clean=True)


async def test_a_peer_that_talks_but_answers_no_ping_is_alive() -> None:
    async def talks(peer: Peer) -> None:
        await peer.accept()
        await until_pinged(peer)
        for _ in range(12):
            peer.write(text("still here"))
            await asyncio.sleep(HASTY["ping_timeout"] / 4)  # the time-out is what is tested
        peer.write(closing(1000))
        await peer.until_closing()

    async with raw_server(talks) as url:
        socket = WebSocket(url, **HASTY)
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    assert ear.the(CloseEvent) == CloseEvent(1000, clean=True)


async def test_a_loop_that_stood_still_reads_the_pong_before_it_judges() -> None:
    async def answers(peer: Peer) -> None:
        await peer.accept(text("stop"))
        for _ in range(3):
            peer.write(frame(Opcode.PONG, await until_pinged(peer)))
        peer.write(closing(1000))
        await peer.until_closing()

    async with raw_server(answers) as url:
        socket = WebSocket(url, **HASTY)
        ear = Ear(socket)
        await socket.open()
        pings = 0
        send = socket._wire._send_ping  # type: ignore[union-attr]

        def send_and_stand_still() -> asyncio.Future[float]:
            nonlocal pings
            pings += 1
            pong = send()
            if pings == 1:
                asyncio.get_running_loop().call_later(0.001, time.sleep, 4 * HASTY["ping_timeout"])
            return pong

        socket._wire._send_ping = send_and_stand_still  # type: ignore[union-attr, method-assign]
        await socket.wait_closed()
    assert ear.the(CloseEvent) == CloseEvent(1000, clean=True)
    assert len(ear.all(PongEvent)) == 3


async def test_while_this_side_reads_nothing_nobody_is_taken_for_dead() -> None:
    async def answers_late(peer: Peer) -> None:
        await peer.accept()
        ping = await until_pinged(peer)
        peer.write(text("x" * 100_000), frame(Opcode.PONG, ping), closing(1000))
        await peer.until_closing()

    async with raw_server(answers_late) as url:
        socket = WebSocket(url, **HASTY)
        ear = Ear(socket)
        await socket.open()
        wire = socket._wire
        assert wire is not None
        wire._hold_up(True)
        asyncio.get_running_loop().call_later(5 * HASTY["ping_timeout"], wire._hold_up, False)
        await socket.wait_closed()
    assert ear.the(CloseEvent) == CloseEvent(1000, clean=True)
    assert len(ear.all(MessageEvent)) == 1


async def test_without_a_time_out_pings_are_sent_and_nobody_waits_for_answers() -> None:
    async def counts(peer: Peer) -> None:
        await peer.accept()
        await until_pinged(peer, 5)
        peer.write(closing(1000))
        await peer.until_closing()

    async with raw_server(counts) as url:
        socket = WebSocket(url, ping_interval=0.01, ping_timeout=None)
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    assert ear.the(CloseEvent).clean


async def test_messages_that_came_before_the_silence_are_told_before_the_end(monkeypatch: Any) -> None:
    monkeypatch.setattr(pacing, "SLICE", 0.0)

    async def falls_silent(peer: Peer) -> None:
        await peer.accept()
        peer.write(text("x") * 100)
        await peer.until_gone()

    async with raw_server(falls_silent) as url:
        socket = WebSocket(url, **HASTY)
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    assert ear.names == ["open", *["message"] * 100, "error", "close"]


async def test_a_peer_that_has_closed_and_does_not_hang_up_has_closed_all_the_same() -> None:
    async def lingers(peer: Peer) -> None:
        await peer.accept()
        await until_pinged(peer)
        peer.write(closing(1000))
        await peer.until_closing()
        await peer.until_gone()

    async with raw_server(lingers) as url:
        socket = WebSocket(url, **HASTY, close_timeout=3 * HASTY["ping_timeout"])
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    assert ear.names == ["open", "close"]
    assert ear.the(CloseEvent) == CloseEvent(1000, clean=True)
