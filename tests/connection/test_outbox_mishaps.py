"""A socket that breaks, or is not read, while messages wait."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from websockets.frames import Opcode

from socketstore import (
    Backoff,
    Connection,
    ConnectionLost,
    JustConnected,
    JustDisconnected,
    Outbox,
    OutboxFull,
)
from socketstore.connection.outgoing.writer import CHUNK
from tests.connection.diary import new_diary, until
from tests.connection.hearing import HearingServer
from tests.connection.wires import Bench
from tests.sockets.peers import Peer, raw_server, rounds

SOON = Backoff(0.001, jitter=0, healthy_after=0)
LARGE = 200_000  # bytes: more than what lies between two programs takes at once, if there are some


def large(number: int) -> str:
    return f"{number}:".ljust(LARGE, "x")


def number_of(data: bytes | bytearray | memoryview) -> int:
    return int(bytes(data[:10]).split(b":")[0])


async def test_a_socket_that_breaks_in_the_middle_takes_what_was_written_with_it_and_nothing_is_sent_twice() -> None:
    told: list[list[int]] = []

    async def serve(peer: Peer) -> None:
        peer.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        await peer.accept()  # the system takes not all of the messages in between, however late they are read
        numbers: list[int] = []
        told.append(numbers)
        breaks = len(told) == 1
        while not (breaks and len(numbers) == 3) and (got := await peer.frame()).opcode is not Opcode.CLOSE:
            numbers.append(number_of(got.data))
            more.set()
        if breaks:
            peer.vanish()

    more = asyncio.Event()
    store = new_diary()
    async with raw_server(serve) as url:
        connection = Connection(url, store, reconnect=SOON, outbox=Outbox(max_bytes=100 * LARGE))
        for number in range(40):
            connection.send(large(number))
        async with connection:
            while not told or told[-1][-1:] != [39]:
                more.clear()
                await more.wait()
            assert connection.waiting.messages == 0
    first, second = told
    assert first == [0, 1, 2]
    assert second == list(range(second[0], 40))
    assert second[0] >= 3  # whatever was written is not written again: the server may have acted upon it


async def test_while_the_other_side_reads_nothing_the_outbox_takes_over_and_memory_is_bounded() -> None:
    read = asyncio.Event()
    numbers: list[int] = []

    async def serve(peer: Peer) -> None:
        await peer.accept()
        await read.wait()
        while len(numbers) < accepted:
            numbers.append(number_of((await peer.frame()).data))
        done.set()
        await peer.until_closing()

    accepted, done = 0, asyncio.Event()
    outbox = Outbox(limit=10, max_bytes=10 * LARGE)
    async with raw_server(serve) as url, Connection(url, new_diary(), outbox=outbox, ping_interval=None) as connection:
        with suppress(OutboxFull):
            while accepted < 1000:
                connection.send(large(accepted))
                accepted += 1
        waiting = connection.waiting
        assert waiting.messages == 10
        assert waiting.bytes <= outbox.max_bytes
        assert waiting.buffered <= outbox.max_bytes + 2 * LARGE
        read.set()
        await done.wait()
        assert numbers == list(range(accepted))
        while connection.waiting.messages:
            await rounds(1)
        await connection.send("direct again")


async def test_who_awaits_is_as_fast_as_the_other_side_reads() -> None:
    bench = Bench(Outbox(limit=10, max_bytes=10))
    wire = bench.open(takes=2)

    async def produce() -> None:
        for number in range(20):
            await bench.send(str(number))

    producing = asyncio.create_task(produce())
    await rounds(20)
    assert wire.written == ["0", "1", "2"]
    for so_many in range(3, 20):
        wire.unblock(takes=0)
        await rounds(5)
        assert len(wire.written) == so_many + 1
    wire.unblock()
    await producing
    await bench.cut()


async def test_who_awaits_a_message_behind_others_waits_until_it_is_written_or_the_socket_has_closed() -> None:
    bench = Bench(Outbox(max_bytes=10))
    bench.send("a")
    wire = bench.open(takes=0)
    first, second = (asyncio.create_task(_send(bench, message)) for message in "bc")
    await rounds(5)
    assert (wire.written, first.done(), second.done()) == (["a", "b"], True, False)
    await bench.cut()
    await second
    assert bench.left == ["c"]


async def _send(bench: Bench, message: str) -> None:
    await bench.send(message)


async def test_a_large_outbox_does_not_hold_up_the_event_loop() -> None:
    bench = Bench(Outbox(limit=10 * CHUNK))
    for number in range(10 * CHUNK):
        bench.send(str(number))
    wire = bench.open()
    assert len(wire.written) == CHUNK
    others_had_a_turn = 0
    while bench.left:
        await rounds(1)
        others_had_a_turn += 1
    assert others_had_a_turn >= 9
    assert wire.written == [str(number) for number in range(10 * CHUNK)]
    await rounds(2)


async def test_what_is_sent_while_others_wait_goes_behind_them() -> None:
    bench = Bench(Outbox())
    for message in "abc":
        bench.send(message)
    wire = bench.open(takes=0)
    bench.send("d")
    assert wire.written == ["a"]
    wire.unblock()
    await rounds(5)
    bench.send("e")
    assert wire.written == ["a", "b", "c", "d", "e"]
    await bench.cut()


async def test_a_socket_that_closes_at_once_leaves_nobody_believing_that_its_messages_are_being_written() -> None:
    bench = Bench(Outbox())
    for message in "abcd":
        bench.send(message)
    assert bench.open(takes=0).written == ["a"]
    await bench.cut()  # before the task that writes the rest has begun
    wire = bench.open(takes=0)
    assert wire.written == ["b"]
    wire.unblock()
    await rounds(5)
    assert wire.written == ["b", "c", "d"]
    await bench.cut()


async def test_a_socket_that_is_closing_leaves_what_waits_to_the_next() -> None:
    bench = Bench(Outbox())
    wire = bench.open()
    wire.closing = True
    bench.send("a")
    bench.send("b")
    await rounds(3)
    assert (wire.written, bench.left) == ([], ["a", "b"])
    await bench.cut()
    assert bench.open().written == ["a", "b"]


async def test_closing_sends_first_what_waits_only_for_its_turn() -> None:
    async with HearingServer() as server, Connection(server.url, new_diary()) as connection:
        for number in range(5 * CHUNK):
            connection.send(str(number))
        await server.until(5 * CHUNK)
    bench = Bench(Outbox(limit=1000))
    for number in range(300):
        bench.send(str(number))
    wire = bench.open(takes=0)
    bench.sender.close()
    assert wire.written == [str(number) for number in range(300)]
    await bench.cut()
    bench.sender.ended()
    assert bench.dropped == []


async def test_leaving_async_with_loses_nothing_of_what_was_sent_while_open() -> None:
    async with HearingServer() as server:
        async with Connection(server.url, new_diary(), outbox=Outbox(max_bytes=100_000)) as connection:
            for number in range(100):
                connection.send(f"{number}".ljust(2_000))
        assert [int(message) for message in await server.until(100)] == list(range(100))


async def test_who_awaits_hears_of_a_socket_that_breaks_under_a_message_and_the_program_goes_on() -> None:
    async def serve(peer: Peer) -> None:
        await peer.accept()
        await full.wait()
        peer.vanish()

    full = asyncio.Event()
    store = new_diary()
    async with raw_server(serve) as url, Connection(url, store, reconnect=SOON, ping_interval=None) as connection:
        sending = [asyncio.create_task(_await(connection, large(number))) for number in range(4)]
        await rounds(3)
        while not connection.waiting.buffered:
            connection.send(large(9))
            await rounds(1)
        full.set()
        outcomes = await asyncio.gather(*sending, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} <= {type(None), ConnectionLost}
        await until(store, JustDisconnected)
        await until(store, JustConnected, 2)


async def _await(connection: Connection, message: str) -> None:
    await connection.send(message)
