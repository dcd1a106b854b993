"""Requests whose socket dies, whose outbox is full, whose connection closes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from socketstore import (
    Backoff,
    Connection,
    ConnectionLost,
    JustConnected,
    JustDisconnected,
    MessageDropped,
    NotOpen,
    Outbox,
    OutboxFull,
    RequestTimeout,
    Waiting,
)
from socketstore.connection.outgoing.requests import Requests
from socketstore.sockets.websocket import WebSocket
from tests.connection.diary import Diary, new_diary, until
from tests.connection.hearing import HearingServer
from tests.connection.wires import Bench, Wire
from tests.sockets.peers import rounds

SOON = Backoff(0.001, jitter=0, healthy_after=0)
NEVER = Backoff(3600, jitter=0, maximum=3600)


async def in_flight(server: HearingServer, connection: Connection, **options: Any) -> asyncio.Task[Any]:
    asking = asyncio.create_task(connection.request("x", reply=1, **options))
    await server.until(len(server.all_heard) + 1)
    return asking


async def test_a_request_in_flight_fails_at_once_when_its_socket_dies_and_is_not_sent_again() -> None:
    store = new_diary()
    async with HearingServer() as server, Connection(server.url, store, reconnect=SOON) as connection:
        asking = await in_flight(server, connection, timeout=None)
        server.sockets[0].abort()
        with pytest.raises(ConnectionLost, match=r"\(1006\) before the answer .* whether it was carried out"):
            await asking
        await until(store, JustConnected, 2)
        await connection.send("next")
        assert await server.until(2) == ["x", "next"]
        assert connection.waiting == Waiting()


async def test_it_fails_as_well_when_the_server_closes_as_it_should() -> None:
    async with HearingServer() as server, Connection(server.url, new_diary(), reconnect=None) as connection:
        asking = await in_flight(server, connection)
        server.sockets[0].close(1001, "going away")
        with pytest.raises(ConnectionLost, match="1001 going away") as caught:
            await asking
        assert caught.value.code == 1001


async def test_an_answer_that_comes_before_the_close_frame_is_an_answer() -> None:
    async with HearingServer() as server, Connection(server.url, new_diary(), reconnect=None) as connection:
        asking = await in_flight(server, connection)
        server.sockets[0].send('{"id":1}')
        server.sockets[0].close(1001)
        assert await asking == {"id": 1}


async def test_an_idempotent_request_is_sent_again_before_what_was_sent_after_it() -> None:
    class Server(HearingServer):
        def answer(self, socket: WebSocket, data: str | bytes) -> None:
            if len(self.heard) > 1:
                socket.send('{"id":1,"socket":2}')

    store = new_diary()
    async with Server() as server, Connection(server.url, store, reconnect=SOON) as connection:

        @store.subscribe
        def offline(diary: Diary) -> None:
            if isinstance(diary[-1], JustDisconnected) and connection.epoch == 1:
                connection.send("later")

        asking = await in_flight(server, connection, idempotent=True)
        server.sockets[0].abort()
        assert await asking == {"id": 1, "socket": 2}
        await server.until(3)
        assert server.heard == [["x"], ["x", "later"]]


async def test_it_is_sent_again_also_without_an_outbox_and_after_every_close() -> None:
    class Server(HearingServer):
        def answer(self, socket: WebSocket, data: str | bytes) -> None:
            if len(self.heard) == 4:
                socket.send('{"id":1}')
            else:
                socket.abort()

    async with Server() as server, Connection(server.url, new_diary(), reconnect=SOON, outbox=None) as connection:
        assert await connection.request("x", reply=1, idempotent=True) == {"id": 1}
        assert server.heard == [["x"]] * 4


async def test_its_time_runs_on_while_it_waits_for_the_next_socket() -> None:
    store = new_diary()
    async with HearingServer() as server, Connection(server.url, store, reconnect=NEVER) as connection:
        asking = await in_flight(server, connection, idempotent=True, timeout=0.2)
        server.sockets[0].abort()
        with pytest.raises(RequestTimeout, match="it was sent, and may have been carried out"):
            await asking
        assert connection.waiting == Waiting()


async def test_closing_fails_what_was_sent_with_connection_lost_and_what_was_not_with_not_open() -> None:
    store = new_diary()
    async with HearingServer() as server, Connection(server.url, store) as connection:
        sent = [await in_flight(server, connection, idempotent=idempotent) for idempotent in (False, True)]
    for asking in sent:
        with pytest.raises(ConnectionLost):
            await asking
    connection = Connection("ws://127.0.0.1:1", store, reconnect=NEVER)
    running = asyncio.create_task(connection.run())
    waiting = asyncio.create_task(connection.request("x", reply=1))
    await until(store, JustDisconnected, 2)
    await connection.close()
    with pytest.raises(NotOpen, match="was closed before the message was sent"):
        await waiting
    with pytest.raises(NotOpen):
        await connection.request("x", reply=1)
    await asyncio.gather(running, return_exceptions=True)


async def test_an_idempotent_request_between_two_sockets_hears_of_the_end() -> None:
    store = new_diary()
    async with HearingServer() as server, Connection(server.url, store, reconnect=NEVER) as connection:
        asking = await in_flight(server, connection, idempotent=True, timeout=None)
        server.sockets[0].abort()
        await until(store, JustDisconnected)
    with pytest.raises(ConnectionLost):
        await asking


async def test_a_request_for_which_there_is_no_room_fails_at_once() -> None:
    for policy in ("fail", "drop_newest"):
        connection = Connection("ws://127.0.0.1:1", new_diary(), outbox=Outbox(limit=1, when_full=policy))  # type: ignore[arg-type]
        connection.send("a")
        with pytest.raises(OutboxFull):
            await connection.request("x", reply=1, timeout=None)
        assert connection.waiting.messages == 1


async def test_a_request_that_must_make_room_fails_at_once_and_is_said_to_be_dropped() -> None:
    store = new_diary()
    connection = Connection("ws://127.0.0.1:1", store, outbox=Outbox(limit=1, when_full="drop_oldest"))
    asking = asyncio.create_task(connection.request("x", reply=1, timeout=None))
    await asyncio.sleep(0)
    connection.send("a")
    with pytest.raises(OutboxFull):
        await asking
    assert [action.data for action in store.state if isinstance(action, MessageDropped)] == ["x"]


async def test_requests_that_stand_outside_are_sent_in_their_turn() -> None:
    class Server(HearingServer):
        def answer(self, socket: WebSocket, data: str | bytes) -> None:
            socket.send(f'{{"id":{data!s}}}')

    async with Server() as server:
        connection = Connection(server.url, new_diary(), outbox=Outbox(limit=1, when_full="wait"))
        asked = [asyncio.create_task(connection.request(str(n), reply=n)) for n in range(3000)]
        await asyncio.sleep(0)
        async with connection:
            answers = await asyncio.gather(*asked)
        assert answers == [{"id": n} for n in range(3000)]
        assert server.all_heard == [str(n) for n in range(3000)]


class Room:
    """Requests on a bench."""

    def __init__(self) -> None:
        self.bench = Bench(Outbox())
        self.requests = Requests(self.bench.sender)

    async def ask(self, message: str, *, idempotent: bool = True, seconds: float | None = None) -> asyncio.Task[Any]:
        asking = asyncio.create_task(self.requests.ask(message, 1, seconds, idempotent=idempotent))
        await rounds(1)
        return asking

    def open(self, *, closing: bool = False) -> Wire:
        wire = self.bench.open(ready=False)
        wire.closing = closing
        assert self.bench.session is not None
        self.requests.opened(self.bench.session)
        self.requests.ready(self.bench.session)
        self.bench.ready()
        return wire

    async def cut(self) -> None:
        assert self.bench.session is not None
        self.requests.closed(self.bench.session)
        await self.bench.cut()


async def test_a_request_that_a_closing_socket_does_not_take_was_not_sent_and_has_no_answer_there() -> None:
    room = Room()
    room.open(closing=True)
    asking = await room.ask("x", seconds=0.01)
    assert len(room.requests) == 0
    assert not room.requests.consumes('{"id":1}')
    with pytest.raises(RequestTimeout, match="it was not sent"):
        await asking


async def test_an_idempotent_request_waits_for_a_socket_that_takes_it() -> None:
    room = Room()
    room.open()
    asking = await room.ask("x")
    await room.cut()
    room.open(closing=True)
    await room.cut()
    assert room.open().written == ["x"]
    room.requests.consumes('{"id":1}')
    assert await asking == {"id": 1}


async def test_a_request_that_was_cancelled_between_two_sockets_is_not_sent_again() -> None:
    room = Room()
    room.open()
    asking = await room.ask("x")
    await room.cut()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert room.open().written == []


async def test_a_request_that_is_cancelled_in_the_moment_in_which_it_fails_leaves_no_complaint() -> None:
    room = Room()
    room.open()
    asking = await room.ask("x", idempotent=False)
    await room.cut()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert asking.cancelled()  # and the guard of these tests hears nothing


async def test_an_answer_in_the_moment_in_which_time_runs_out_counts() -> None:
    room = Room()
    room.open()
    loop = asyncio.get_running_loop()
    asking = await room.ask("x", seconds=0.2)
    loop.call_later(0.001, room.requests.consumes, '{"id":1}')
    begin = loop.time()
    while loop.time() < begin + 0.2:  # so that both fall into one round of the event loop, the answer first
        pass
    assert await asking == {"id": 1}
