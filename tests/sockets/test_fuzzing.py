"""Bytes that no peer should send, in great numbers: each socket ends, and no exception goes where it must not.

A sample runs by default; ``pytest -m long`` sends 100,000 frames and messages, most of them malformed.
"""

# ruff: noqa: S311 - these dice are thrown for tests
from __future__ import annotations

import asyncio
import random
import struct
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from websockets.frames import Opcode

from socketstore import Action, Connection, WebSocket, WebSocketServer
from socketstore.sockets import pacing
from tests.connection.diary import attempts, new_diary
from tests.sockets.peers import Ear, Peer, closing, frame, raw_client, raw_server, switching_protocols, text

SAMPLE, LONG = 1_500, 100_000
FRAMES_EACH = 25
LIMITS: dict[str, Any] = {"close_timeout": 0.2, "max_size": 20_000, "max_inbox": 30_000}


class Nonsense(Action):
    price: float
    tags: tuple[str, ...] = ()


def raw(dice: random.Random) -> bytes:
    return dice.randbytes(dice.choice((1, 2, 3, 10, 200)))


def headed(dice: random.Random) -> bytes:
    """A frame whose head says whatever it likes: opcode, reserved bits, mask, length."""
    head = bytes((dice.randrange(256), dice.randrange(256)))
    return head + dice.randbytes(dice.choice((0, 2, 8, 30)))


def long_winded(dice: random.Random) -> bytes:
    """A length that is encoded in more bytes than needed, negative, or not kept."""
    return bytes((0x81, 126)) + struct.pack("!H", dice.randrange(200)) + dice.randbytes(dice.randrange(200))


def broken_control(dice: random.Random) -> bytes:
    opcode = dice.choice((Opcode.PING, Opcode.PONG, Opcode.CLOSE))
    return bytes((0x80 * dice.randrange(2) | opcode, dice.randrange(127))) + dice.randbytes(dice.randrange(127))


def closes(dice: random.Random) -> bytes:
    data = dice.choice((b"", b"\x03", struct.pack("!H", dice.randrange(65_536)) + dice.randbytes(dice.randrange(9))))
    return frame(Opcode.CLOSE, data)


def fragment(dice: random.Random) -> bytes:
    opcode = dice.choice((Opcode.TEXT, Opcode.BINARY, Opcode.CONT, Opcode.CONT))
    return frame(opcode, dice.randbytes(dice.randrange(60)), fin=dice.random() < 0.4)


def not_utf8(dice: random.Random) -> bytes:
    return frame(Opcode.TEXT, dice.randbytes(dice.randrange(1, 20)))


def compressed(dice: random.Random) -> bytes:
    """A frame that claims to be compressed, and may be a bomb, or nothing of the kind."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = squeeze.compress(bytes(dice.choice((10, 1_000, 1_000_000)))) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    data = data[:-4] if dice.random() < 0.5 else dice.randbytes(30)
    made = frame(Opcode.BINARY, data)
    return bytes((made[0] | 0x40,)) + made[1:]  # RSV1 (RFC 7692, section 6)


def nearly_json(dice: random.Random, mask: bool) -> bytes:
    """A message that the decoder has to refuse, mostly."""
    good = '{"type": "nonsense", "price": 1.5, "tags": ["\\ud83d\\ude00", "b"]}'
    cut = dice.randrange(len(good))
    spoilt = dice.choice((
        good[:cut], good[cut:], good[:cut] + dice.choice("{}[]\",:\\e\x00𝄞") + good[cut:], "[" * 3_000, "1" * 5_000,
        '{"type": "nonsense", "price": NaN}', '{"type": "' + "x" * dice.randrange(300) + '"}', '"\\ud800"', good,
    ))  # fmt: skip
    return text(spoilt, mask=mask)


def large(dice: random.Random) -> bytes:
    return text("x" * dice.randrange(19_000, 21_000))


def several(dice: random.Random, mask: bool) -> bytes:
    """Good messages, so that the listeners are kept busy."""
    return text('{"type": "nonsense", "price": 2}', mask=mask) * dice.randrange(1, 30)


KINDS = (raw, headed, long_winded, broken_control, closes, fragment, not_utf8, compressed, large)
HARMLESS = (nearly_json, nearly_json, nearly_json, several)


def nonsense(dice: random.Random, *, mask: bool) -> list[bytes]:
    """Many harmless frames and some that are not, in any order; for a server, masked as it wants them."""
    made = [dice.choice(HARMLESS)(dice, mask) for _ in range(FRAMES_EACH - 2)]
    for _ in range(2):
        bad = dice.choice(KINDS)(dice)
        made.insert(dice.randrange(FRAMES_EACH), masked(bad, dice) if mask else bad)
    return made


def masked(data: bytes, dice: random.Random) -> bytes:
    """Set the mask bit of what may be a frame with a short length, and mask with zeros, which changes nothing else."""
    if len(data) < 2 or data[1] & 0x7F > 125 or dice.random() < 0.1:
        return data
    return data[:1] + bytes((data[1] | 0x80,)) + bytes(4) + data[2:]


def in_any_pieces(made: list[bytes], dice: random.Random) -> list[bytes]:
    stream, pieces = b"".join(made), []
    while stream:
        size = dice.choice((1, 7, 1_000, 1_000_000)) if len(pieces) < 20 else len(stream)
        pieces.append(stream[:size])
        stream = stream[size:]
    return pieces


def speaks_nonsense(dice: random.Random, extensions: bytes) -> Callable[[Peer], Awaitable[None]]:
    async def speak(peer: Peer) -> None:
        request = await peer.request()
        agreed = extensions if b"permessage-deflate" in request else b""
        peer.write(switching_protocols(request)[:-2] + agreed + b"\r\n")
        for piece in in_any_pieces(nonsense(dice, mask=False), dice):
            peer.write(piece)
            await asyncio.sleep(0)
        await leave(peer, dice)

    return speak


async def leave(peer: Peer, dice: random.Random) -> None:
    end = dice.random()
    if end < 0.3:
        peer.vanish()
        return
    if end < 0.6:
        peer.write(closing(1000, mask=dice.random() < 0.5))
    if end < 0.95:  # the others wait until this side has had enough of it
        peer.writer.write_eof()
    with suppress(TimeoutError):
        await asyncio.wait_for(peer.until_gone(), timeout=0.2)


DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"


async def fuzz_clients(count: int, seed: int, patch: pytest.MonkeyPatch) -> int:
    """Let connections meet such servers; return how many messages and bad frames they have handled."""
    handled = 0
    for number in range(count // FRAMES_EACH):
        dice = random.Random(f"{seed} {number}")
        patch.setattr(pacing, "SLICE", dice.choice((0.0, 0.005)))  # whether messages wait, or not
        store = new_diary()
        async with raw_server(speaks_nonsense(dice, dice.choice((b"", DEFLATE)))) as url:
            connection = Connection(url, store, messages=Nonsense, reconnect=None, **LIMITS)
            async with connection:
                await asyncio.wait_for(connection.wait_closed(), timeout=20)
        (run,) = attempts(store.state)
        assert run[:2] == ["Connecting", "JustConnected"], (seed, number)
        handled += 1 + run.count("Nonsense") + run.count("MessageRejected")
    return handled


async def fuzz_servers(count: int, seed: int) -> int:
    """Let a server meet such clients; return how many messages and bad frames it has handled."""
    ears: list[Ear] = []
    async with WebSocketServer(**LIMITS) as server:
        server.add_listener("connection", lambda event: ears.append(Ear(event.socket)))
        for number in range(count // FRAMES_EACH):
            dice = random.Random(f"{seed} {number}")
            async with raw_client(server) as peer:
                for piece in in_any_pieces(nonsense(dice, mask=True), dice):
                    peer.write(piece)
                    await asyncio.sleep(0)
                await leave(peer, dice)
        for socket in server.clients:
            socket.abort()
            await socket.wait_closed()
        assert all(ear.names.count("close") == 1 and ear.names[-1] == "close" for ear in ears)
        assert all(ear.names.count("error") <= 1 for ear in ears)
        assert len(ears) == count // FRAMES_EACH
        async with WebSocket(server.url) as socket:  # it still serves
            assert await socket.ping() >= 0
    return sum(1 + ear.names.count("message") for ear in ears)


async def fuzz_handshakes(count: int, seed: int, reported: list[Any]) -> None:
    """Send a server what is no request, or hardly one."""
    good = b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    async with WebSocketServer(open_timeout=5, **LIMITS) as server:
        for number in range(count):
            dice = random.Random(f"{seed} {number}")
            cut = dice.randrange(len(good))
            async with raw_client(server, handshake=False) as peer:
                peer.write(good[:cut] + dice.randbytes(dice.randrange(40)) + good[cut:], dice.choice((b"\r\n", b"")))
                peer.writer.write_eof()
                await peer.until_gone()
    assert reported == []


async def fuzz_decoders(count: int, seed: int) -> None:
    """Send messages alone, all of which arrive: each one is an action or rejected."""
    dice = random.Random(seed)
    sent = [nearly_json(dice, False) for _ in range(count)]

    async def speak(peer: Peer) -> None:
        await peer.accept()
        peer.write(*sent, closing(1000))
        await peer.until_closing()

    store = new_diary()
    outcome = {"nonsense": 0, "messageRejected": 0}
    async with raw_server(speak) as url:
        connection = Connection(url, store, messages=Nonsense, reconnect=None)
        await connection.run()
    for action in store.state:
        if action.type in outcome:
            outcome[action.type] += 1
    assert sum(outcome.values()) == count
    assert outcome["nonsense"] > 0 < outcome["messageRejected"]


async def test_a_sample_of_nonsense_harms_no_client(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await fuzz_clients(SAMPLE, random.randrange(2**32), monkeypatch) > SAMPLE / 4


async def test_a_sample_of_nonsense_harms_no_server() -> None:
    assert await fuzz_servers(SAMPLE, random.randrange(2**32)) > SAMPLE / 4


async def test_a_sample_of_bad_requests_harms_no_server(reported: list[Any]) -> None:
    await fuzz_handshakes(50, random.randrange(2**32), reported)


async def test_a_sample_of_bad_messages_is_rejected_one_by_one() -> None:
    await fuzz_decoders(500, random.randrange(2**32))


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_a_hundred_thousand_frames_of_nonsense_harm_nobody(
    reported: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = random.randrange(2**32)
    handled = 0
    while handled < LONG:
        handled += await fuzz_clients(SAMPLE, seed, monkeypatch)
        handled += await fuzz_servers(SAMPLE, seed)
        seed += 1
    await fuzz_handshakes(2_000, seed, reported)
    for part in range(10):
        await fuzz_decoders(2_000, seed + part)
