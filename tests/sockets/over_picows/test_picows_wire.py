"""What differs in a connection of picows; what does not is in the other tests, with --transport picows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.frames import Opcode

from socketstore import CloseEvent, ConnectionLost, MessageEvent, PingEvent, UsageError, WebSocket
from socketstore.sockets.over_picows import traffic
from socketstore.sockets.over_picows.wire import PicowsWire
from tests.sockets.peers import Ear, Peer, closing, frame, raw_server, text


def over_picows(url: str, **options: Any) -> WebSocket:
    return WebSocket(url, transport="picows", **options)


async def hear(*chunks: bytes, **options: Any) -> tuple[Ear, tuple[int | None, str]]:
    """Let a server send these bytes, one write each; return what was heard, and the words it was closed with."""
    words: list[tuple[int | None, str]] = []

    async def speak(peer: Peer) -> None:
        await peer.accept()
        for chunk in chunks:
            peer.write(chunk)
            await peer.writer.drain()
            await asyncio.sleep(0)
        words.append(await peer.until_closing())

    async with raw_server(speak) as url:
        socket = over_picows(url, **options)
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
    return ear, words[0]


async def test_a_close_without_a_code_is_answered_without_a_code() -> None:
    ear, words = await hear(closing(None))
    assert words == (None, "")
    assert ear.the(CloseEvent) == CloseEvent(1005, "", clean=True)


async def test_messages_of_one_read_are_told_in_one_go_with_a_ping_in_its_place() -> None:
    goes: list[list[str]] = []

    class Reading:
        def __enter__(self) -> None:
            goes.append([])

        def __exit__(self, *_: object) -> None:
            pass

    async def speak(peer: Peer) -> None:
        await peer.accept()
        peer.write(text("a") + text("b") + frame(Opcode.PING, b"!") + text("c") + closing(1000))
        await peer.until_closing()

    async with raw_server(speak) as url:
        socket = over_picows(url, reading=Reading)
        socket.add_listener("message", lambda event: goes[-1].append(str(event.data)))
        socket.add_listener("ping", lambda event: goes[-1].append(repr(event.data)))
        await socket.open()
        await socket.wait_closed()
    assert [go for go in goes if go] == [["a", "b", "b'!'", "c"]]


BAD = {
    "an opcode that does not exist": (1002, b"\x83\x00", "invalid opcode"),
    "a frame that picows finds too long": (1009, b"\x82\x7e\x03\xea", "exceeding max allowed size"),
    "a message of several frames that is too long": (1009, b"\x02\x64" + b"x" * 100 + b"\x80\x7e\x03\xe8", "exceeds"),
    "a text that is none": (1007, frame(Opcode.TEXT, b"\xff"), "utf-8"),
    "a bit of an extension in a message": (1002, b"\xc1\x00", "reserved bits"),
    "a bit of an extension in a ping": (1002, b"\xa9\x00", "reserved bits"),
    "a continuation of nothing": (1002, frame(Opcode.CONT, b"x"), "unexpected continuation"),
    "a close code that means nothing": (1002, b"\x88\x02\x00\x00", "status code"),
}


@pytest.mark.parametrize("what", BAD)
async def test_what_is_wrong_fails_the_connection_and_says_why(what: str) -> None:
    code, wrong, words = BAD[what]
    rest = b"x" * 1000 if "several" in what else b""
    ear, said = await hear(text("good") + wrong + rest + text("never heard"), max_size=1000)
    assert [event.data for event in ear.all(MessageEvent)] == ["good"]
    assert (ear.the(CloseEvent).code, ear.the(CloseEvent).clean) == (code, False)
    assert words in ear.the(CloseEvent).reason.lower()
    assert said[0] == code
    assert ear.names[-2:] == ["error", "close"]


async def test_what_comes_after_the_peers_close_is_dropped() -> None:
    ear, _ = await hear(closing(1000) + text("too late") + frame(Opcode.PING) + b"\xff\xff")
    assert ear.all(MessageEvent) == ear.all(PingEvent) == []
    assert ear.the(CloseEvent).code == 1000


async def test_a_frame_of_which_a_part_has_come_is_a_sign_of_life() -> None:
    async def begins(peer: Peer) -> None:
        await peer.accept()
        await half.wait()
        peer.write(frame(Opcode.BINARY, b"x" * 200)[:100])
        await peer.until_gone()

    async with raw_server(begins) as url:
        half = asyncio.Event()
        socket = over_picows(url)
        ear = Ear(socket)
        await socket.open()
        wire = socket._wire
        assert isinstance(wire, PicowsWire)
        before = wire._traffic()
        half.set()
        while wire._traffic() == before:  # noqa: ASYNC110 - of which no event tells
            await asyncio.sleep(0)
        assert ear.names == ["open"]
        socket.abort()
        await socket.wait_closed()


def test_where_the_system_does_not_count_bytes_none_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic.sys, "platform", "elsewhere")
    assert traffic.bytes_received(None) == 0


async def test_a_ping_that_is_no_ping_is_refused_and_one_that_is_not_answered_ends_with_the_line() -> None:
    async def deaf(peer: Peer) -> None:
        await peer.accept()
        await peer.frame()
        peer.vanish()

    async with raw_server(deaf) as url, over_picows(url) as socket:
        for wrong in (b"x" * 126, "text"):
            with pytest.raises(UsageError, match="at most 125 bytes"):
                await socket.ping(wrong)  # type: ignore[arg-type]
        first = asyncio.ensure_future(socket.ping(b"1"))
        await asyncio.sleep(0)
        with pytest.raises(UsageError, match="other than those on their way"):
            await socket.ping(b"1")
        with pytest.raises(ConnectionLost):
            await first


async def test_nothing_is_told_that_comes_behind_a_frame_which_picows_could_not_read() -> None:
    async def goes_on(peer: Peer) -> None:
        await peer.accept(text("good"))
        await heard.wait()
        peer.write(b"\x81\x7e\x03\xea")  # the head of a frame that is too long
        await peer.until_closing()
        peer.write(b"x" * 1002 + text("never heard"))
        await peer.until_gone()

    async with raw_server(goes_on) as url:
        heard = asyncio.Event()
        socket = over_picows(url, max_size=1000)
        ear = Ear(socket)
        await socket.open()
        await ear.next(MessageEvent)
        heard.set()
        await socket.wait_closed()
    assert [event.data for event in ear.all(MessageEvent)] == ["good"]
    assert ear.the(CloseEvent).code == 1009


async def test_of_a_message_that_is_too_long_nothing_more_is_kept() -> None:
    async def never_ends(peer: Peer) -> None:
        await peer.accept(frame(Opcode.TEXT, b"x" * 900, fin=False))
        for _ in range(20):
            peer.write(frame(Opcode.CONT, b"x" * 900, fin=False))
        await peer.until_closing()
        for _ in range(20):
            peer.write(frame(Opcode.CONT, b"x" * 900, fin=False))
        peer.writer.write_eof()
        await peer.until_gone()

    async with raw_server(never_ends) as url:
        socket = over_picows(url, max_size=1000)
        ear = Ear(socket)
        await socket.open()
        wire = socket._wire
        assert isinstance(wire, PicowsWire)
        await socket.wait_closed()
    assert ear.the(CloseEvent).code == 1009
    assert len(wire._assembler._parts) <= 2
