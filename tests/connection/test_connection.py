"""A connection from its first word to its last."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

import pytest
from websockets.frames import Opcode

from examples.chat.state import Chat, chat
from socketstore import (
    Action,
    Backoff,
    Connecting,
    Connection,
    ConnectionFailed,
    ConnectionState,
    GotMessage,
    JustConnected,
    JustDisconnected,
    NotOpen,
    ReconnectScheduled,
    Store,
    UsageError,
    WebSocketServer,
    combine_reducers,
    connection_state,
    connection_state_for,
)
from socketstore.testing import EchoServer
from tests.connection.diary import Diary, attempts, contents, new_diary, the, until, without_heard, words
from tests.sockets.peers import Peer, closing, frame, raw_server, rounds, text


async def test_the_chat_of_the_design() -> None:
    async with EchoServer(call_every=0.01) as server:
        store = Store(chat, Chat())
        async with Connection(server.url, store) as connection:
            assert store.state.online
            await connection.send("I am LEGENDARY!")
            await store.wait_for(lambda state: len(state.lines) >= 2, timeout=5)
            assert {"I am LEGENDARY!", "Hello?"} >= set(store.state.lines)
        assert not store.state.online


async def test_events_become_actions_with_the_name_the_time_and_the_epoch() -> None:
    store, times = new_diary(), iter(range(100))
    async with (
        EchoServer(subprotocols=["v1"]) as server,
        Connection(server.url, store, name="feed", clock=lambda: float(next(times)), subprotocols=["v1"]) as connection,
    ):
        connection.send("x")
        await until(store, GotMessage)
    assert store.state == (
        Connecting(connection="feed", at=0.0, epoch=None, url=server.url, attempt=1),
        JustConnected(connection="feed", at=1.0, epoch=1, url=server.url, subprotocol="v1"),
        GotMessage(connection="feed", at=2.0, epoch=1, data="x"),
        JustDisconnected(connection="feed", at=3.0, epoch=1, code=1000, reason="", clean=True),
    )


async def test_a_first_message_in_the_packet_of_the_handshake_is_not_lost() -> None:
    async def eager(peer: Peer) -> None:
        await peer.accept(text("one"), text("two"), closing(4000, "done"))
        await peer.until_closing()

    store = new_diary()
    async with raw_server(eager) as url:
        await Connection(url, store, reconnect=None).run()
    assert words(store.state) == ["Connecting", "JustConnected", "GotMessage", "GotMessage", "JustDisconnected"]
    assert contents(store.state) == ["one", "two"]
    assert the(store.state, JustDisconnected).code == 4000


async def test_subscribers_are_told_once_for_each_read_and_middleware_sees_every_action() -> None:
    go_on = asyncio.Event()

    async def speak(peer: Peer) -> None:
        await peer.accept(text("a"), text("b"))
        await go_on.wait()
        peer.write(text("c"), text("d"), text("e"))
        await peer.until_closing()
        peer.write(closing(1000))

    seen: list[object] = []
    told: list[list[str]] = []

    def middleware(store: Store[Diary], next: object) -> object:
        return lambda action: (seen.append(action), next(action))[1]  # type: ignore[operator]

    store = Store(lambda diary, action: (*diary, action), (), middleware=[middleware])  # type: ignore[list-item, var-annotated]
    store.subscribe(lambda diary: told.append(contents(diary)))
    async with raw_server(speak) as url, Connection(url, store):
        await until(store, GotMessage, 2)
        go_on.set()
        await until(store, GotMessage, 5)
    assert tuple(seen) == store.state
    assert [contents for contents in told if contents] == [
        ["a", "b"],
        ["a", "b", "c", "d", "e"],
        ["a", "b", "c", "d", "e"],  # disconnected
    ]


async def test_epochs_count_the_opens() -> None:
    store = new_diary()
    epochs: list[int] = []
    async with WebSocketServer() as server:
        server.add_listener("connection", lambda event: event.socket.send("hello"))
        connection = Connection(server.url, store, reconnect=Backoff(0))
        store.subscribe(lambda _: epochs.append(connection.epoch), select=lambda d: words(d).count("JustConnected"))
        async with connection:
            for count in (1, 2):
                await until(store, GotMessage, count)
                server.clients[0].close(4000)
                await until(store, JustConnected, count + 1)
            assert connection.epoch == 3
    assert epochs == [1, 2, 3]
    for kind in (JustConnected, JustDisconnected):
        assert [action.epoch for action in store.state if isinstance(action, kind)] == [1, 2, 3]
    assert {action.epoch for action in store.state if isinstance(action, (Connecting, ReconnectScheduled))} == {None}


async def test_the_connection_slice_follows_the_life_of_a_connection() -> None:
    phases: list[str] = []
    store = Store(connection_state, ConnectionState())
    store.subscribe(phases.append, select=lambda state: state.phase)
    async with (
        EchoServer() as server,
        Connection(server.url, store, reconnect=Backoff(0), messages=int) as connection,
    ):
        connection.send("1")
        connection.send("none")
        state = await store.wait_for(lambda state: state.rejected == 1, timeout=5)
        assert (state.phase, state.url, state.epoch, state.attempt) == ("open", server.url, 1, 0)
        assert state.last_message_at is not None
        server.clients[0].close(4000, "again")
        state = await store.wait_for(lambda state: state.epoch == 2, timeout=5)
        assert state.last_close is not None
        assert (state.last_close.code, state.retry_at) == (4000, None)
    assert phases == ["connecting", "open", "closed", "waiting", "connecting", "open", "closed"]


async def test_two_connections_feed_one_store_and_are_told_apart() -> None:
    @dataclass(frozen=True)
    class Both:
        left: ConnectionState
        right: ConnectionState
        diary: Diary

    reducer = combine_reducers(
        Both,
        left=connection_state_for("left"),
        right=connection_state_for("right"),
        diary=lambda diary, action: (*diary, action),
    )
    store = Store(reducer, Both(ConnectionState(), ConnectionState(), ()))
    async with (
        EchoServer() as server,
        Connection(server.url, store, name="left", reconnect=None) as left,
        Connection(server.url, store, name="right") as right,
    ):
        left.send("l")
        right.send("r")
        await left.close()
        await store.wait_for(lambda state: "r" in contents(state.diary), timeout=5)
        assert (store.state.left.phase, store.state.right.phase) == ("closed", "open")
    for name in ("left", "right"):
        assert len(attempts(tuple(action for action in store.state.diary if action.connection == name))) == 1


async def test_a_connection_is_entered_once_at_a_time_but_may_be_entered_again() -> None:
    store = new_diary()
    async with EchoServer() as server:
        connection = Connection(server.url, store)
        async with connection:
            with pytest.raises(UsageError, match="is in use; expected one `async with` at a time"):
                await connection.__aenter__()
            assert words(store.state) == ["Connecting", "JustConnected"]
        async with connection:
            connection.send("again")
            await until(store, GotMessage)
            assert connection.epoch == 2
    assert len(attempts(store.state)) == 2


async def test_without_an_outbox_sending_needs_an_open_connection() -> None:
    async with EchoServer() as server:
        connection = Connection(server.url, new_diary(), outbox=None)
        with pytest.raises(NotOpen, match="Wait until the state says it is open"):
            connection.send("x")
        async with connection:
            pass
        with pytest.raises(NotOpen):
            connection.send("x")


async def test_a_subscriber_may_send_as_soon_as_it_hears_of_the_open() -> None:
    store = new_diary()
    async with EchoServer() as server:
        connection = Connection(server.url, store)

        @store.subscribe
        def greet(diary: Diary) -> None:
            if isinstance(diary[-1], JustConnected):
                connection.send("hello")

        async with connection:
            await until(store, GotMessage)
    assert contents(store.state) == ["hello"]


async def test_calls_from_another_thread_are_refused_and_change_nothing() -> None:
    store = new_diary()
    async with EchoServer() as server, Connection(server.url, store) as connection:

        def elsewhere() -> None:
            for call in (connection.close, lambda: connection.send("x")):
                with pytest.raises(UsageError, match="call_soon_threadsafe"):
                    call()
            refused.set()

        refused = threading.Event()
        await asyncio.to_thread(elsewhere)
        assert refused.is_set()
        connection.send("still open")
        await until(store, GotMessage)


@pytest.mark.parametrize("dispatching", ["reducer", "subscriber"])
async def test_what_the_program_raises_does_not_end_the_connection(
    dispatching: str, reported: list[BaseException | str]
) -> None:
    def reducer(diary: Diary, action: object) -> Diary:
        if dispatching == "reducer" and isinstance(action, GotMessage) and action.data == "bad":
            message = "mine"
            raise ValueError(message)
        return (*diary, action)

    store = Store(reducer, ())

    @store.subscribe
    def subscriber(diary: Diary) -> None:
        if dispatching == "subscriber" and "bad" in contents(diary):
            message = "mine"
            raise ValueError(message)

    async with EchoServer() as server, Connection(server.url, store) as connection:
        for data in ("good", "bad", "better"):
            connection.send(data)
        await store.wait_for(lambda diary: "better" in contents(diary), timeout=5)
    assert attempts(store.state)[0][-1] == "JustDisconnected"
    assert len(reported) >= 1
    assert "mine" in repr(reported[0])
    reported.clear()


async def test_a_bad_message_in_the_same_read_does_not_hold_up_the_others() -> None:
    class Trade(Action):
        symbol: str

    async def speak(peer: Peer) -> None:
        good, bad = '{"symbol":"A"}', '{"symbol":1}'
        await peer.accept(text(good), text(bad), frame(Opcode.BINARY, good.encode()), text("{"), closing(1000))
        await peer.until_closing()

    store = new_diary()
    async with raw_server(speak) as url:
        await Connection(url, store, messages=Trade, reconnect=None).run()
    assert words(without_heard(store.state))[2:-1] == ["Trade", "MessageRejected", "Trade", "MessageRejected"]


@pytest.mark.parametrize(
    "options",
    [{"reconnect": 3}, {"messages": int, "decode": print}, {"messages": object()}, {"decode": 3}],
)
def test_an_argument_that_cannot_be_used_is_refused_at_once(options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"got .*; expected"):
        Connection("ws://x", new_diary(), **options)  # type: ignore[arg-type]


def test_a_url_that_is_no_text_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="got url=None; expected ws://host"):
        Connection(None, new_diary())  # type: ignore[arg-type]


@pytest.mark.only_websockets("the options of picows are known beforehand")
async def test_an_option_that_the_socket_does_not_have_is_a_usage_error() -> None:
    store = new_diary()
    with pytest.raises(UsageError, match="colour"):
        async with Connection("ws://127.0.0.1:1", store, colour="red"):
            pass
    assert attempts(store.state) == [["Connecting", "GotError", "JustDisconnected"]]


async def test_run_returns_when_the_connection_is_closed() -> None:
    store = new_diary()
    async with EchoServer() as server:
        connection = Connection(server.url, store)
        running = asyncio.ensure_future(connection.run())
        await until(store, JustConnected)
        await connection.close(4000, "enough")
        await running
    assert the(store.state, JustDisconnected).code == 4000


async def test_cancelling_run_closes_the_connection() -> None:
    store = new_diary()
    async with EchoServer() as server:
        running = asyncio.ensure_future(Connection(server.url, store).run())
        await until(store, JustConnected)
        await rounds(5)
        running.cancel()
        await asyncio.wait([running])
        assert running.cancelled()
    assert words(store.state) == ["Connecting", "JustConnected", "JustDisconnected"]


async def test_run_raises_what_ended_the_only_attempt() -> None:
    async with raw_server(Peer.accept) as url:
        with pytest.raises(ConnectionError, match="1006"):
            await Connection(url, new_diary(), reconnect=None).run()
    with pytest.raises(ConnectionFailed):
        await Connection(url, new_diary(), reconnect=None).run()


def test_the_repr_names_the_connection_and_its_socket() -> None:
    assert repr(Connection("ws://x", new_diary(), name="feed")) == "<Connection 'feed' ws://x>"
