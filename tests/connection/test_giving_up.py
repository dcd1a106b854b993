"""When there is no other attempt, when there is one at once, and what is said of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from socketstore import (
    Backoff,
    Connecting,
    Connection,
    ConnectionFailed,
    ConnectionState,
    Ended,
    GaveUp,
    JustConnected,
    NotOpen,
    ReconnectScheduled,
    Store,
    UsageError,
    WebSocketServer,
    connection_state,
)
from socketstore.connection import patience
from socketstore.testing import EchoServer, FakeSocket, FakeSockets, loop_time
from tests.connection.diary import attempts, new_diary, the, until, words

QUICK = Backoff(0.001, jitter=0)
PATIENT = Backoff(60, jitter=0)


def closing_at_once(code: int = 1013, reason: str = "") -> WebSocketServer:
    server = WebSocketServer()
    server.add_listener("connection", lambda event: event.socket.close(code, reason))
    return server


async def test_retry_is_asked_how_each_attempt_ended() -> None:
    asked: list[Ended] = []

    def retry(ended: Ended) -> bool:
        asked.append(ended)
        return len(asked) < 3

    store = new_diary()
    async with closing_at_once(4321, "later") as server:
        await Connection(server.url, store, reconnect=QUICK, retry=retry).run()
    assert [(ended.opened, ended.code, ended.reason, ended.clean) for ended in asked] == [
        (True, 4321, "later", True)
    ] * 3
    assert [ended.in_a_row for ended in asked] == [1, 2, 3]
    assert the(store.state, GaveUp) == GaveUp(
        at=the(store.state, GaveUp).at, message="the server closed with 4321 later", attempts=3
    )


async def test_retry_may_say_when() -> None:
    delays = iter([0.002, 0.003, False])
    store = new_diary()
    async with closing_at_once() as server:
        await Connection(server.url, store, reconnect=PATIENT, retry=lambda _: next(delays)).run()
    assert [action.delay for action in store.state if isinstance(action, ReconnectScheduled)] == [0.002, 0.003]


@pytest.mark.looptime
async def test_the_time_that_the_server_asks_for_is_waited_at_least() -> None:
    def busy_at_first(socket: FakeSocket) -> object:
        return socket.refuse(503, retry_after=700) if len(sockets.all) == 1 else socket.accept()

    store, sockets = new_diary(), FakeSockets(busy_at_first)
    async with Connection(
        "ws://feed", store, reconnect=QUICK, make_socket=sockets.make, open_timeout=None, clock=loop_time
    ):
        first, second = (action.at for action in store.state if isinstance(action, Connecting))
    assert the(store.state, ReconnectScheduled).delay == 700
    assert second - first == pytest.approx(700, abs=0.01)


@pytest.mark.parametrize("decision", ["yes", -1, None, ValueError("no idea")])
async def test_a_retry_that_cannot_decide_is_reported_and_counts_as_a_yes(
    decision: Any, reported: list[BaseException | str]
) -> None:
    decisions = iter([decision, False])

    def retry(_: Ended) -> Any:
        decided = next(decisions)
        if isinstance(decided, Exception):
            raise decided
        return decided

    store = new_diary()
    async with closing_at_once() as server:
        await Connection(server.url, store, reconnect=QUICK, retry=retry).run()
    assert len(attempts(store.state)) == 2
    (report,) = reported
    assert isinstance(report, (UsageError, ValueError))
    reported.clear()


async def test_there_are_at_most_max_attempts_in_a_row() -> None:
    store = new_diary()
    async with closing_at_once() as server:
        await Connection(server.url, store, reconnect=QUICK, max_attempts=3).run()
    assert [action.attempt for action in store.state if isinstance(action, Connecting)] == [1, 2, 3]
    assert the(store.state, GaveUp).attempts == 3


async def test_a_healthy_connection_begins_to_count_anew() -> None:
    store = new_diary()
    backoff = Backoff(0.001, jitter=0, healthy_after="message")
    greetings = iter([["hello"], ["hello"]])

    def greet(socket: FakeSocket) -> None:
        socket.accept(*next(greetings, []))
        socket.end(1012)

    sockets = FakeSockets(greet)
    await Connection("ws://feed", store, reconnect=backoff, max_attempts=2, make_socket=sockets.make).run()
    assert [action.attempt for action in store.state if isinstance(action, Connecting)] == [1, 1, 1, 2]


async def test_giving_up_stands_in_the_state() -> None:
    store = Store(connection_state, ConnectionState())
    async with closing_at_once(4404) as server:
        await Connection(server.url, store, reconnect=QUICK).run()
    assert (store.state.phase, store.state.retry_at) == ("failed", None)


async def test_giving_up_in_the_middle_of_a_program_is_reported(reported: list[BaseException | str]) -> None:
    answers = iter([None, 404])

    def process_request(connection: Any, _: Any) -> Any:
        status = next(answers)
        return status and connection.respond(status, "")

    store = new_diary()
    async with EchoServer(process_request=process_request) as server, Connection(server.url, store, reconnect=QUICK):
        server.clients[0].abort()
        await until(store, GaveUp)
    (report,) = reported
    assert isinstance(report, ConnectionFailed)
    assert report.status == 404
    reported.clear()


async def test_reconnect_now_ends_the_wait() -> None:
    store = new_diary()
    async with EchoServer() as server, Connection(server.url, store, reconnect=PATIENT) as connection:
        server.clients[0].abort()
        await until(store, ReconnectScheduled)
        connection.reconnect_now()
        await until(store, JustConnected, 2)


async def test_reconnect_now_drops_a_socket_that_is_open() -> None:
    store = new_diary()
    async with EchoServer() as server, Connection(server.url, store, reconnect=PATIENT) as connection:
        connection.reconnect_now()
        await until(store, JustConnected, 2)
    assert "ReconnectScheduled" not in words(store.state)


async def test_reconnect_now_gives_an_attempt_up_that_hangs() -> None:
    store, sockets = new_diary(), FakeSockets(lambda socket: None if len(sockets.all) == 1 else socket.accept())
    connection = Connection("ws://feed", store, reconnect=PATIENT, make_socket=sockets.make)
    running = asyncio.ensure_future(connection.run())
    await sockets.next()
    connection.reconnect_now()
    await until(store, JustConnected)
    await connection.close()
    await running


async def test_reconnect_now_is_a_word_of_its_own_where_nothing_else_would_connect_again() -> None:
    store = new_diary()
    async with EchoServer() as server, Connection(server.url, store, reconnect=None) as connection:
        connection.reconnect_now()
        await until(store, JustConnected, 2)
        await connection.send("x")


@pytest.mark.looptime
async def test_close_in_the_moment_in_which_the_wait_is_over_is_said_as_well() -> None:
    store, sockets = Store(connection_state, ConnectionState()), FakeSockets(lambda socket: socket.refuse(503))
    connection = Connection(
        "ws://feed", store, make_socket=sockets.make, reconnect=PATIENT, open_timeout=None, clock=loop_time
    )
    running = asyncio.ensure_future(connection.run())
    waiting = await store.wait_for(lambda state: state.phase == "waiting", timeout=5)
    assert waiting.retry_at is not None
    asyncio.get_running_loop().call_at(waiting.retry_at, connection.close)
    await asyncio.wait([running])
    assert isinstance(running.exception(), ConnectionFailed)
    assert (store.state.phase, store.state.retry_at) == ("closed", None)


async def test_reconnect_now_is_refused_where_there_is_nothing_to_reconnect() -> None:
    connection = Connection("ws://127.0.0.1:1", new_diary())
    with pytest.raises(NotOpen, match="not in use"):
        connection.reconnect_now()
    async with EchoServer() as server:
        connection = Connection(server.url, new_diary())
        async with connection:
            pass
        with pytest.raises(NotOpen, match="not in use"):
            connection.reconnect_now()


async def test_close_takes_a_bounded_time_although_on_open_does_not_end(
    reported: list[BaseException | str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "GRACE", 0.01)
    greeted, enough, over, store = asyncio.Event(), asyncio.Event(), asyncio.Event(), new_diary()

    async def stubborn(_: Connection) -> None:
        greeted.set()
        while not enough.is_set():
            with suppress(asyncio.CancelledError):
                await enough.wait()
        over.set()

    async with EchoServer() as server:
        connection = Connection(server.url, store, on_open=stubborn)
        running = asyncio.ensure_future(connection.run())
        await greeted.wait()
        await connection.close()
        with pytest.raises(ConnectionFailed, match="closed before it was open"):
            await running
    assert words(store.state) == ["Connecting", "JustConnected", "JustDisconnected"]
    assert [str(report) for report in reported] == ["on_open was cancelled, and still runs after 0.01 s"]
    reported.clear()
    enough.set()
    await over.wait()
