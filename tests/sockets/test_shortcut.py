"""Messages read without the parser of `websockets`: whatever comes, both ways hear, answer and end the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.connection import Connection
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.uri import parse_uri
from websockets.utils import apply_mask

from socketstore.sockets import flow, pacing, shortcut
from socketstore.sockets.closing import connection_lost
from socketstore.sockets.frames import ClientWire, FrameReader, ServerWire
from socketstore.sockets.inbox import Inbox
from tests.sockets.peers import Peer, closing, frame, rounds, text
from tests.sockets.test_frames import in_pieces

PIECE, MAX_SIZE = 300, 500
KEY = b"\x01\x80\xfe\x00"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices that never end: what waits for its turn comes behind the pings, and how much does is chance."""
    monkeypatch.setattr(pacing, "SLICE", 1000.0)
    monkeypatch.setattr(flow, "PIECE", PIECE)
    monkeypatch.setattr(shortcut, "PIECE", PIECE)


class Line(asyncio.Transport):
    """Takes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def write_eof(self) -> None: ...

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self.closing

    def abort(self) -> None:
        self.closing = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0


class Notes:
    """A sink that writes everything down."""

    def __init__(self) -> None:
        self.notes: list[Any] = []

    def reading(self) -> AbstractContextManager[object]:
        return nullcontext()

    def messages_came(self, messages: Iterator[str | bytes]) -> None:
        self.notes.extend(messages)

    def ping_came(self, data: bytes) -> None:
        self.notes.append(("ping", data))

    def pong_came(self, data: bytes, _: float | None) -> None:
        self.notes.append(("pong", data))

    def connection_ended(self) -> None:
        self.notes.append("end")


class LongWay:
    """Takes no shortcut: every frame goes through `websockets`."""

    def _parse_bytes(self, data: bytes) -> None:
        self._leave_to_websockets(data)  # type: ignore[attr-defined]


class LongClient(LongWay, ClientWire): ...


class LongServer(LongWay, ServerWire): ...


def shaken_hands(*, deflate: bool, max_size: Any) -> tuple[ClientProtocol, bytes, ServerProtocol, Request]:
    """Both sides of a handshake, of which the client has not read the answer yet."""
    offers, accepts = ([ClientPerMessageDeflateFactory()], [ServerPerMessageDeflateFactory()]) if deflate else ([], [])
    client = ClientProtocol(parse_uri("ws://localhost"), extensions=offers, max_size=max_size)
    server = ServerProtocol(extensions=accepts, max_size=max_size)
    client.send_request(client.connect())
    server.receive_data(b"".join(client.data_to_send()))
    (request,) = server.events_received()
    assert isinstance(request, Request)
    server.send_response(server.accept(request))
    return client, b"".join(server.data_to_send()), server, request


class Bench:
    """One side of a connection on which hands have been shaken; nobody is on the other.

    Args:
        server: which side.
        shortcut: whether it takes the shortcut.
        deflate: whether messages may be packed.
        max_size: as for `websockets`.
        behind: what comes to a client in the packet of the handshake.
    """

    def __init__(
        self, *, server: bool, shortcut: bool, deflate: bool = False, max_size: Any = MAX_SIZE, behind: bytes = b""
    ) -> None:
        client, answer, accepting, request = shaken_hands(deflate=deflate, max_size=max_size)
        options: dict[str, Any] = {"ping_interval": None, "close_timeout": 0.0}
        self.line, self.sink = Line(), Notes()
        self.wire: FrameReader
        if server:
            options |= {"server": None, "on_handshake_failure": print, "strangers": set()}
            self.wire = (ServerWire if shortcut else LongServer)(accepting, **options)
            cast(Any, self.wire).request = request
        else:
            self.wire = (ClientWire if shortcut else LongClient)(client, **options)
        Connection.connection_made(self.wire, self.line)
        if not server:
            self.wire.data_received(answer + behind)
        self.wire.attach(self.sink)

    async def hear(self, *pieces: bytes) -> Any:
        """Let bytes come, and then the end; tell what was heard, how it ended, and what the peer was sent."""
        for piece in pieces:
            self.wire.data_received(piece)
        self.wire.eof_received()
        self.wire.connection_lost(None)
        await self.wire.over.wait()
        close = self.wire.how_it_ended(close_asked=False)
        return self.sink.notes, close, str(connection_lost(close, self.wire.cause, "ws://")), await self.sent()

    async def sent(self) -> list[tuple[Opcode, bytes]]:
        reader = asyncio.StreamReader()
        reader.feed_data(bytes(self.line.written))
        reader.feed_eof()
        peer, frames = Peer(reader, cast(Any, None)), []
        while not reader.at_eof():
            one = await peer.frame()
            frames.append((one.opcode, bytes(one.data)))
        return frames


def framed(first: int, data: bytes, *, mask: bool, size: int = 0) -> bytes:
    """A frame that begins with any byte, and tells its length in at least so many bytes more than one."""
    length = len(data)
    size = max(size, 0 if length < 126 else 2 if length < 65_536 else 8)
    short = length if size == 0 else 126 if size == 2 else 127
    head = bytes((first, short | 0x80 * mask)) + (length.to_bytes(size, "big") if size else b"")
    return head + KEY + apply_mask(data, KEY) if mask else head + data


payloads = st.one_of(
    st.text(max_size=20).map(str.encode),
    st.binary(max_size=20),
    st.sampled_from((b"", b"x" * 125, b"x" * 126, "é".encode() * 70, b"x" * PIECE)),
    st.sampled_from((b"x" * MAX_SIZE, b"x" * (MAX_SIZE + 1))),
)
whole = st.tuples(st.sampled_from((0x81, 0x82, 0x81, 0x82, 0xC1, 0xC2)), payloads, st.sampled_from((0, 0, 0, 2, 8)))
fragments = st.tuples(st.sampled_from((0x01, 0x02, 0x41, 0x00, 0x80, 0x80)), payloads, st.just(0))
controls = st.tuples(st.sampled_from((0x89, 0x8A, 0x88, 0x09)), payloads, st.just(0))
wrong = st.tuples(st.integers(0, 255), payloads, st.sampled_from((0, 2, 8)))
frames = st.tuples(st.booleans(), st.one_of(whole, whole, whole, fragments, controls, wrong))


class Script:
    """Makes the bytes of a peer of drawn frames: those that say they are packed mostly are."""

    def __init__(self, *, mask: bool, deflate: bool) -> None:
        self._mask = mask
        self._pack = PerMessageDeflate(True, True, 12, 12, {}) if deflate else None

    def bytes_of(self, honest: bool, one: tuple[int, bytes, int]) -> bytes:
        first, data, size = one
        if honest and first & 0x40 and self._pack is not None:
            data = bytes(self._pack.encode(Frame(Opcode.TEXT, data)).data)
        return framed(first, data, mask=self._mask if honest or first % 3 else not self._mask, size=size)


def endless(mask: bool) -> bytes:
    """The beginning of a message that would be far too long."""
    return bytes((0x82, 0x7F | 0x80 * mask)) + (1 << 40).to_bytes(8, "big")


async def compare(data: st.DataObject, *, server: bool, deflate: bool) -> None:
    script = Script(mask=server, deflate=deflate)
    stream = b"".join(script.bytes_of(*one) for one in data.draw(st.lists(frames, max_size=12)))
    stream += data.draw(st.sampled_from((b"", closing(1000, mask=server), b"\x81", b"\xff\xff\xff", endless(server))))
    cuts = data.draw(st.lists(st.integers(0, 100_000), max_size=6))
    first, *pieces = in_pieces(stream, cuts) or [b""]
    if server:
        short = Bench(server=True, shortcut=True, deflate=deflate)
        pieces.insert(0, first)
    else:
        short = Bench(server=False, shortcut=True, deflate=deflate, behind=first)
    long = Bench(server=server, shortcut=False, deflate=deflate)
    assert await short.hear(*pieces) == await long.hear(*(stream[at : at + 1] for at in range(len(stream))))


@pytest.mark.parametrize("server", [False, True])
@pytest.mark.parametrize("deflate", [False, True])
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=100)
@given(data=st.data())
async def test_any_bytes_cut_anywhere_have_the_same_outcome_as_byte_by_byte_without_the_shortcut(
    server: bool, deflate: bool, data: st.DataObject
) -> None:
    await compare(data, server=server, deflate=deflate)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("server", [False, True])
@pytest.mark.parametrize("deflate", [False, True])
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=5_000)
@given(data=st.data())
async def test_thousands_of_streams_have_the_same_outcome_both_ways(
    server: bool, deflate: bool, data: st.DataObject
) -> None:
    await compare(data, server=server, deflate=deflate)


def apart(notes: list[Any]) -> tuple[list[Any], list[Any]]:
    """Messages and the end, and pings and pongs, which overtake them."""
    return [one for one in notes if type(one) is not tuple], [one for one in notes if type(one) is tuple]


@pytest.mark.parametrize("server", [False, True])
@pytest.mark.parametrize("deflate", [False, True])
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=50)
@given(data=st.data())
async def test_any_bytes_have_the_same_outcome_however_short_the_slices_are(
    server: bool, deflate: bool, data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script(mask=server, deflate=deflate)
    stream = b"".join(script.bytes_of(*one) for one in data.draw(st.lists(frames, max_size=12)))
    pieces = in_pieces(stream, data.draw(st.lists(st.integers(0, 100_000), max_size=6)))
    pauses = data.draw(st.lists(st.integers(0, 3), min_size=len(pieces), max_size=len(pieces)))
    limit = data.draw(st.sampled_from([1, 300, 100_000]))
    long = Bench(server=server, shortcut=False, deflate=deflate)
    whole = await long.hear(*(stream[at : at + 1] for at in range(len(stream))))
    with monkeypatch.context() as hasty:
        hasty.setattr(pacing, "SLICE", 0.0)
        short = Bench(server=server, shortcut=True, deflate=deflate)
        short.wire.inbox = Inbox(limit)
        for piece, pause in zip(pieces, pauses, strict=True):
            short.wire.data_received(piece)
            await rounds(pause)
        while short.wire._turn is not None:
            await rounds(1)
        sliced = await short.hear()
    assert apart(sliced[0]) == apart(whole[0])
    assert (sliced[1], sliced[3]) == (whole[1], whole[3])


class Parser:
    """Counts the bytes that a wire leaves to `websockets`."""

    def __init__(self, wire: FrameReader, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes = 0
        self._parse = wire.protocol.receive_data
        monkeypatch.setattr(wire.protocol, "receive_data", self.receive_data)

    def receive_data(self, data: bytes | bytearray) -> None:
        self.bytes += len(data)
        self._parse(data)


@pytest.mark.parametrize("server", [False, True])
async def test_after_whatever_else_came_messages_take_the_shortcut_again(
    server: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(server=server, shortcut=True)
    parser = Parser(bench.wire, monkeypatch)
    others = (
        frame(Opcode.PING, b"x", mask=server),
        text("a", fin=False, mask=server) + frame(Opcode.CONT, b"b", mask=server),
        frame(Opcode.BINARY, bytes(PIECE + 1), mask=server),
    )
    message = text("x" * 100, mask=server)
    for cut in (1, 2, 3, 7, len(others[2]) - 1):
        stream = b"".join(other + message * 20 for other in others)
        bench.wire.data_received(stream[:cut])
        bench.wire.data_received(stream[cut:])
    assert parser.bytes == 5 * sum(map(len, others))
    assert bench.sink.notes.count("x" * 100) == 5 * 60


async def test_messages_in_the_packet_of_the_handshake_take_the_shortcut(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes | bytearray] = []
    parse = ClientProtocol.receive_data
    monkeypatch.setattr(
        ClientProtocol, "receive_data", lambda protocol, data: parsed.append(data) or parse(protocol, data)
    )  # type: ignore[func-returns-value]
    bench = Bench(server=False, shortcut=True, behind=text("one") + text("two")[:2])
    bench.wire.data_received(text("two")[2:] + text("three"))
    assert bench.sink.notes == ["one", "two", "three"]
    assert b"".join(parsed).endswith(b"\r\n\r\n")


async def test_packed_messages_take_the_shortcut(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(server=False, shortcut=True, deflate=True)
    parser, script = Parser(bench.wire, monkeypatch), Script(mask=False, deflate=True)
    sent = ("Olé", "", "x" * MAX_SIZE)
    for words in sent:
        bench.wire.data_received(script.bytes_of(True, (0xC1, words.encode(), 0)))
    assert bench.sink.notes == list(sent)
    assert parser.bytes == 0


@pytest.mark.parametrize("deflate", [False, True])
async def test_an_interrupt_among_the_listeners_loses_nothing_of_what_has_come(deflate: bool) -> None:
    class Interrupted(Notes):
        def messages_came(self, messages: Iterator[str | bytes]) -> None:
            for message in messages:
                self.notes.append(message)
                if message == "2":
                    raise KeyboardInterrupt

        def ping_came(self, data: bytes) -> None:
            super().ping_came(data)
            raise KeyboardInterrupt

    bench = Bench(server=False, shortcut=True, deflate=deflate)
    bench.wire._sink = bench.sink = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        bench.wire.data_received(b"".join(map(text, "123")) + frame(Opcode.PING, b"4") + text("56"))
    with pytest.raises(KeyboardInterrupt):
        bench.wire._take_turn()
    bench.wire._take_turn()
    expected = ["1", "2", "3", ("ping", b"4"), "56"]
    assert bench.sink.notes == expected
    notes, *_ = await bench.hear(text("8"), closing(1000))
    assert notes == [*expected, "8", "end"]


async def test_a_frame_over_the_limit_for_fragments_takes_no_shortcut() -> None:
    bench = Bench(server=False, shortcut=True, max_size=(1000, 100))
    _, close, *_ = await bench.hear(text("x" * 100), text("x" * 101))
    assert bench.sink.notes == ["x" * 100, "end"]
    assert close.code == CloseCode.MESSAGE_TOO_BIG


async def test_without_a_limit_all_lengths_are_heard() -> None:
    bench = Bench(server=False, shortcut=True, deflate=True, max_size=None)
    sent = ["x" * 125, "x" * 65_535, "x" * 65_536]
    await bench.hear(*(text(words) for words in sent), closing(1000))
    assert bench.sink.notes == [*sent, "end"]


async def test_a_long_message_is_joined_in_time_that_grows_with_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(server=False, shortcut=True, max_size=None)
    parser = Parser(bench.wire, monkeypatch)
    stream = frame(Opcode.BINARY, bytes(1_000_000))
    for at in range(0, len(stream), 1000):
        bench.wire.data_received(stream[at : at + 1000])
    assert bench.sink.notes == [bytes(1_000_000)]
    assert parser.bytes == len(stream)  # each byte once


async def test_the_log_of_the_wire_shows_every_frame(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="websockets.client"):
        bench = Bench(server=False, shortcut=True)
        await bench.hear(text("one") + text("two"), closing(1000))
    assert [name for name in ("one", "two") if any(name in line for line in caplog.messages)] == ["one", "two"]


async def test_an_extension_that_is_not_known_sees_every_frame() -> None:
    class Shouting:
        name = "x-shouting"

        def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
            return Frame(frame.opcode, bytes(frame.data).upper(), frame.fin)

        def encode(self, frame: Frame) -> Frame:
            return frame

    bench = Bench(server=False, shortcut=True)
    bench.wire.protocol.extensions = [cast(Any, Shouting())]
    bench.wire.data_received(text("quiet"))
    assert bench.sink.notes == ["QUIET"]
