"""What goes wrong with other clients, each shown not to go wrong here: on real sockets, as a program would see it."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from socketstore import (
    Acknowledged,
    Action,
    Backoff,
    Connection,
    ConnectionEvent,
    ConnectionFailed,
    ConnectionState,
    GotMessage,
    JustConnected,
    JustDisconnected,
    MessageEvent,
    MessageRejected,
    Numbers,
    Resync,
    ResyncStarted,
    Slice,
    Store,
    Streams,
    Subscriptions,
    WebSocketServer,
    combine_reducers,
    connection_state,
)
from socketstore.testing import EchoServer, FaultProxy, in_background, in_virtual_time, loop_time
from tests.connection.diary import Diary, contents, new_diary, until, words, write_down
from tests.sockets.peers import Peer, raw_server, text

QUICK = Backoff(0.001, jitter=0)
HOUR = 3600.0


@in_virtual_time
async def the_handshakes_of_an_hour() -> int:
    handshakes: list[float] = []

    def send_away(event: ConnectionEvent) -> None:
        handshakes.append(loop_time())
        event.socket.close(1013, "come back later")

    server = WebSocketServer()
    server.add_listener("connection", send_away)
    store: Store[None] = Store(lambda state, action: state, None)
    async with server:
        connection = Connection(server.url, store, open_timeout=None)
        running = asyncio.create_task(connection.run())
        await asyncio.wait([running], timeout=HOUR)
        await connection.close()
        await running
    return len(handshakes)


def test_a_server_that_accepts_and_closes_with_1013_is_called_two_times_a_minute_and_not_a_thousand_a_second() -> None:
    assert 60 <= the_handshakes_of_an_hour() <= Backoff().most_attempts(HOUR) <= 128


async def test_a_slow_reader_is_not_killed_by_a_keepalive() -> None:
    strict: dict[str, Any] = {"ping_interval": 0.1, "ping_timeout": 0.3}
    codes: list[int | None] = []

    async def speak(wire: ServerConnection) -> None:
        for number in range(20):
            await wire.send(str(number))
        await wire.wait_closed()
        codes.append(wire.close_code)

    def slow(diary: Diary, action: object) -> Diary:
        if isinstance(action, GotMessage):
            time.sleep(0.05)  # the slowness itself: 1 s altogether, three times the time-out
        return write_down(diary, action)

    store: Store[Diary] = Store(slow, ())
    with in_background(lambda: serve(speak, "127.0.0.1", 0, **strict)) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        async with Connection(url, store, reconnect=None, **strict):
            await until(store, GotMessage, 20)
            assert words(store.state).count("JustDisconnected") == 0
    assert contents(store.state) == [str(number) for number in range(20)]
    assert codes == [1000]


class Row(Action):
    book: str
    number: int


class Book(Action):
    """A snapshot."""

    book: str
    number: int


class Wanted(Action):
    books: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    rows: dict[str, tuple[int, ...]] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    connection: ConnectionState = field(default_factory=ConnectionState)


rows: Slice[dict[str, tuple[int, ...]]] = Slice({})
wanted: Slice[tuple[str, ...]] = Slice(())


@rows.on(Row)
def row_came(rows: dict[str, tuple[int, ...]], action: Row) -> dict[str, tuple[int, ...]]:
    return {**rows, action.book: (*rows.get(action.book, ()), action.number)}


@rows.on(Book)
def book_came(rows: dict[str, tuple[int, ...]], action: Book) -> dict[str, tuple[int, ...]]:
    return {**rows, action.book: (action.number,)}


@wanted.on(Wanted)
def wanted_changed(_: tuple[str, ...], action: Wanted) -> tuple[str, ...]:
    return action.books


def new_desk(actions: list[object]) -> Store[Desk]:
    def overhear(store: Any, next: Any) -> Any:
        return lambda action: (actions.append(action), next(action))[1]

    return Store(
        combine_reducers(Desk, rows=rows, wanted=wanted, connection=connection_state), Desk(), middleware=[overhear]
    )


def books(resync: Any) -> Streams:
    return Streams(
        of=lambda action: action.book if isinstance(action, Row | Book) else None,
        detect=Numbers(lambda row: row.number),
        snapshot=lambda action: action.number if isinstance(action, Book) else None,
        resync=resync,
    )


async def test_after_a_drop_old_rows_are_marked_stale_until_they_are_known_to_be_right() -> None:
    def give(event: ConnectionEvent) -> None:
        event.socket.send(Book(book="a", number=1).to_json())

    server = WebSocketServer()
    server.add_listener("connection", give)
    store = new_desk([])
    async with server, FaultProxy(server.url) as proxy:
        connection = Connection(
            proxy.url, store, messages=Row | Book, streams=books(lambda request: None), reconnect=QUICK
        )
        async with connection:
            await store.wait_for(
                lambda desk: "a" in desk.rows and desk.connection.streams["a"].phase == "live", timeout=10
            )
            async with proxy.away():
                proxy.cut()
                desk = await store.wait_for(lambda desk: desk.connection.phase == "waiting", timeout=10)
                assert desk.rows == {"a": (1,)}
                assert desk.connection.stale_since is not None
                assert desk.connection.streams["a"].phase == "stale"
            desk = await store.wait_for(lambda desk: desk.connection.stale_since is None, timeout=10)
            desk = await store.wait_for(lambda desk: desk.connection.streams["a"].phase == "live", timeout=10)
            assert desk.connection.epoch == 2


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_has_expired_is_not_sent_for_ever(status: int) -> None:
    seen: list[str | None] = []
    good = ["Bearer one"]

    def look(connection: Any, request: Any) -> Any:
        seen.append(request.headers.get("Authorization"))
        return None if seen[-1] in good else connection.respond(status, "")

    tokens = iter(["Bearer one", "Bearer one", "Bearer two"])
    store = new_diary()
    async with EchoServer(process_request=look) as server:
        async with Connection(server.url, store, headers=lambda: {"Authorization": next(tokens)}, reconnect=QUICK):
            good[0] = "Bearer two"
            server.clients[0].abort()
            await until(store, JustConnected, 2)
        assert seen == ["Bearer one", "Bearer one", "Bearer two"]
        with pytest.raises(ConnectionFailed):
            async with Connection(server.url, store, headers={"Authorization": "Bearer one"}, reconnect=QUICK):
                pass
    assert seen[3:] == ["Bearer one"]


async def test_subscriptions_survive_every_reconnect_as_they_are_wanted_by_then() -> None:
    heard: list[list[str]] = []

    def follow(event: ConnectionEvent) -> None:
        mine: list[str] = []
        heard.append(mine)

        @event.socket.on("message")
        def asked(message: MessageEvent) -> None:
            mine.append(message.data)
            event.socket.send(json.dumps({"following": json.loads(message.data).get("follow", [])}))

    subscriptions: Subscriptions[Desk] = Subscriptions(
        select=lambda desk: desk.wanted,
        subscribe=lambda keys: {"follow": keys},
        unsubscribe=lambda keys: {"leave": keys},
        acknowledged=lambda content: Acknowledged(*content["following"]),
    )
    server = WebSocketServer()
    server.add_listener("connection", follow)
    store = new_desk([])
    async with server, Connection(server.url, store, subscriptions=subscriptions, reconnect=QUICK):
        store.dispatch(Wanted(books=("a", "b")))
        await store.wait_for(lambda desk: desk.connection.subscribed == {"a", "b"}, timeout=10)
        for epoch in (2, 3):
            server.clients[0].abort()
            await store.wait_for(
                lambda desk, epoch=epoch: desk.connection.epoch == epoch and desk.connection.subscribed == {"a", "b"},
                timeout=10,
            )
    assert heard == [['{"follow":["a","b"]}']] * 3


async def test_a_gap_in_one_book_resets_that_book_alone() -> None:
    asked: list[str] = []

    def give(event: ConnectionEvent) -> None:
        for book in ("a", "b", "c"):
            event.socket.send(Book(book=book, number=1).to_json())
        for book, number in (("a", 2), ("b", 2), ("c", 2), ("b", 4), ("a", 3), ("c", 3)):  # 3 of b is missing
            event.socket.send(Row(book=book, number=number).to_json())

    async def fetch(request: Resync) -> Book | None:
        asked.append(request.stream)
        return Book(book=request.stream, number=4) if request.cause == "gap" else None

    server = WebSocketServer()
    server.add_listener("connection", give)
    actions: list[object] = []
    store = new_desk(actions)
    async with server, Connection(server.url, store, messages=Row | Book, streams=books(fetch)):
        desk = await store.wait_for(lambda desk: desk.rows.get("b") == (4,) and len(desk.rows["c"]) == 3, timeout=10)
    assert desk.rows == {"a": (1, 2, 3), "b": (4,), "c": (1, 2, 3)}
    assert asked == ["b"]
    assert [action.stream for action in actions if isinstance(action, ResyncStarted)] == ["b"]


async def test_a_handler_that_raises_does_not_kill_the_connection(reported: list[BaseException | str]) -> None:
    def decode(event: MessageEvent) -> GotMessage:
        if event.data == "bad for decode":
            raise LookupError(event.data)
        return GotMessage(data=event.data)

    def reduce(diary: Diary, action: object) -> Diary:
        if isinstance(action, GotMessage) and action.data == "bad for the reducer":
            raise ValueError(action.data)
        return write_down(diary, action)

    def listener(diary: Diary) -> None:
        if contents(diary)[-1:] == ["bad for a subscriber"]:
            raise KeyError(contents(diary)[-1])

    store: Store[Diary] = Store(reduce, ())
    store.subscribe(listener)
    bad = ["bad for decode", "bad for the reducer", "bad for a subscriber"]
    async with EchoServer() as server, Connection(server.url, store, decode=decode) as connection:
        for message in (*bad, "good"):
            await connection.send(message)
            await store.wait_for(lambda diary, m=message: m in contents(diary) or m in rejected(diary), timeout=10)
        assert connection.epoch == 1
        assert rejected(store.state) == bad[:2]
        assert contents(store.state) == ["bad for a subscriber", "good"]
        assert "JustDisconnected" not in words(store.state)
    assert len(reported) >= 2
    reported.clear()


def rejected(diary: Diary) -> list[str | bytes]:
    return [action.raw for action in diary if isinstance(action, MessageRejected)]


async def test_the_first_message_is_not_lost_although_whoever_listens_comes_late() -> None:
    """It comes in the packet of the handshake; one comes while `on_open` waits; and then somebody looks."""

    async def speak(peer: Peer) -> None:
        await peer.accept(text("first"))
        await peer.frame()
        peer.write(text("second"))
        await peer.until_gone()

    async def greet(connection: Connection) -> None:
        await until(store, GotMessage)
        await connection.send("hello")
        await until(store, GotMessage, 2)

    store = new_diary()
    async with raw_server(speak) as url, Connection(url, store, on_open=greet, close_timeout=0.1):
        heard = await store.wait_for(lambda diary: len(contents(diary)) == 2, timeout=10)
        assert contents(heard) == ["first", "second"]
    assert isinstance(store.state[-1], JustDisconnected)
