"""A WebSocket server that writes pre-encoded messages as fast as its client reads; a process of its own.

``python -m benchmarks.generator`` prints its port. A client asks for so many messages by the path: ``/20000``. It gets
small unmasked text frames, a thousand to a write, then a close frame. With a recording of cryptofeed as its argument
it sends the messages that were received there, over and over. Its own CPU time is nobody's, so it knows no more of the
protocol than that.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import random
import re
import sys
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path

BLOCK = 1_000  # frames in one write, about 67 kB
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
CLOSE = b"\x88\x02\x03\xe8"  # code 1000
SYMBOLS = ("BTC-USD", "ETH-USD", "SOL-USD", "ADA-USD")


def main(*recordings: str) -> None:
    asyncio.run(serve_forever(recorded_frames(Path(recordings[0])) if recordings else some_frames()))


async def serve_forever(frames: list[bytes]) -> None:

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        count = await shake_hands(reader, writer)
        with suppress(ConnectionError):  # a client that had enough
            await send(writer, frames, count)
            await reader.read(1)  # the client's close frame: nothing else comes from it
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Accept whatever is asked for, without extensions, and return how many messages that is."""
    request = await reader.readuntil(b"\r\n\r\n")
    key = found(rb"(?i)sec-websocket-key: *(\S+)", request)
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())  # noqa: S324 - RFC 6455 wants SHA-1
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    return int(found(rb"GET /(\d+)", request))


def found(pattern: bytes, request: bytes) -> bytes:
    match = re.search(pattern, request)
    if match is None:
        raise ValueError(f"got {request!r}; expected a WebSocket handshake for /NUMBER")
    return match[1]


async def send(writer: asyncio.StreamWriter, frames: list[bytes], count: int) -> None:
    endless = cycle(frames)
    for at in range(0, count, BLOCK):
        writer.write(b"".join(islice(endless, min(BLOCK, count - at))))
        await writer.drain()
    writer.write(CLOSE)
    await writer.drain()


def some_frames() -> list[bytes]:
    chance = random.Random(1)
    return [frame(trade(chance) if index % 2 else quote(chance)) for index in range(BLOCK)]


def recorded_frames(recording: Path) -> list[bytes]:
    """Frame every message that was received in a recording of cryptofeed: ``TIME: MESSAGE``, one a line."""
    with gzip.open(recording, "rt", encoding="utf-8") as lines:
        return [frame(line.partition(": ")[2].rstrip("\n")) for line in lines if line[0].isdigit()]


def frame(text: str) -> bytes:
    """Frame a text, unmasked as a server's frames are (RFC 6455, section 5.2)."""
    data = text.encode()
    if len(data) < 126:
        return bytes([0x81, len(data)]) + data
    if len(data) < 65_536:
        return b"\x81\x7e" + len(data).to_bytes(2) + data
    return b"\x81\x7f" + len(data).to_bytes(8) + data


def trade(chance: random.Random) -> str:
    price, size = round(chance.uniform(1, 70_000), 2), round(chance.uniform(0.01, 3), 4)
    return f'{{"type":"trade","symbol":"{chance.choice(SYMBOLS)}","price":{price},"size":{size}}}'


def quote(chance: random.Random) -> str:
    bid = round(chance.uniform(1, 70_000), 2)
    return f'{{"type":"quote","symbol":"{chance.choice(SYMBOLS)}","bid":{bid},"ask":{bid + 0.5}}}'


if __name__ == "__main__":
    main(*sys.argv[1:])
