"""Peers that speak WebSocket by hand, so that they can misbehave; and an ear for the events of a socket."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from websockets.frames import Frame, Opcode

from socketstore import WebSocket, WebSocketServer

E = TypeVar("E")

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


def frame(opcode: Opcode, data: bytes = b"", *, fin: bool = True, mask: bool = False) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=mask)


def text(words: str, *, fin: bool = True, mask: bool = False) -> bytes:
    return frame(Opcode.TEXT, words.encode(), fin=fin, mask=mask)


def closing(code: int | None, reason: str = "", *, mask: bool = False) -> bytes:
    data = b"" if code is None else struct.pack("!H", code) + reason.encode()
    return frame(Opcode.CLOSE, data, mask=mask)


def switching_protocols(request: bytes) -> bytes:
    """The answer to a handshake."""
    lines = dict(line.split(b": ", 1) for line in request.split(b"\r\n")[1:] if b": " in line)
    accept = base64.b64encode(hashlib.sha1(lines[b"Sec-WebSocket-Key"] + GUID).digest())  # noqa: S324
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


class Peer:
    """One TCP connection, from the side of a test."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def write(self, *chunks: bytes) -> None:
        """Send all of it in one piece."""
        self.writer.write(b"".join(chunks))

    async def request(self) -> bytes:
        return await self.reader.readuntil(b"\r\n\r\n")

    async def accept(self, *frames: bytes) -> None:
        """Answer a client's handshake, with frames right behind it in the same write."""
        self.write(switching_protocols(await self.request()), *frames)

    async def frame(self) -> Frame:
        """Read one frame."""
        first, length = await self.reader.readexactly(2)
        masked, length = length & 0x80, length & 0x7F
        if length >= 126:
            length = int.from_bytes(await self.reader.readexactly(2 if length == 126 else 8), "big")
        mask = await self.reader.readexactly(4) if masked else bytes(4)
        data = await self.reader.readexactly(length)
        return Frame(Opcode(first & 0x0F), _unmasked(data, mask), bool(first & 0x80))

    async def until_closing(self) -> tuple[int | None, str]:
        """Read until the other side's close frame, and return what it says."""
        while (got := await self.frame()).opcode is not Opcode.CLOSE:
            pass
        return (int.from_bytes(got.data[:2], "big"), bytes(got.data[2:]).decode()) if got.data else (None, "")

    async def until_gone(self) -> None:
        """Read until the TCP connection ends."""
        try:
            while await self.reader.read(65_536):
                pass
        except ConnectionError:
            pass

    def vanish(self) -> None:
        """Break the TCP connection (RST)."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def _unmasked(data: bytes, mask: bytes) -> bytes:
    """See RFC 6455, section 5.3; as one large number, since a loop over megabytes takes seconds."""
    masks = (mask * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data) ^ int.from_bytes(masks)).to_bytes(len(data))


@asynccontextmanager
async def raw_server(behave: Callable[[Peer], Awaitable[object]]) -> AsyncIterator[str]:
    """A TCP server that does with each connection what it is told, and hangs up when that is done."""
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await behave(Peer(reader, writer))
        except (asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            writer.transport.abort()  # the test is over, or the other side has gone
        else:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)
        await server.wait_closed()


@contextmanager
def nobody_listens() -> Iterator[str]:
    """An address where nothing listens, and where meanwhile no other test can begin to: the port is taken."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"ws://127.0.0.1:{taken.getsockname()[1]}"


@asynccontextmanager
async def raw_client(server: WebSocketServer, *, path: str = "/", handshake: bool = True) -> AsyncIterator[Peer]:
    """A client of a server: shakes hands as it should, unless told otherwise."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    peer = Peer(reader, writer)
    try:
        if handshake:
            peer.write(client_handshake(path))
            assert b" 101 " in await peer.request()
        yield peer
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


def client_handshake(path: str = "/") -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


class Ear:
    """Hears every event of a socket or server, in order."""

    def __init__(self, source: WebSocket | WebSocketServer) -> None:
        self.events: list[Any] = []
        self._more = asyncio.Event()
        for name in source.EVENTS:
            source.add_listener(name, self._hear)  # type: ignore[call-overload]

    def _hear(self, event: object) -> None:
        self.events.append(event)
        self._more.set()

    @property
    def names(self) -> list[str]:
        """The events by name: ``["open", "message", "close"]``."""
        return [type(event).__name__.removesuffix("Event").lower() for event in self.events]

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def the(self, kind: type[E]) -> E:
        """The only event of a kind."""
        (event,) = self.all(kind)
        return event

    async def next(self, kind: type[E], count: int = 1) -> E:
        """Wait until there are so many events of a kind, and return the last of them."""
        while len(self.all(kind)) < count:
            self._more.clear()
            await self._more.wait()
        return self.all(kind)[count - 1]


async def rounds(count: int) -> None:
    """Let the event loop go round so many times."""
    for _ in range(count):
        await asyncio.sleep(0)
