"""Whichever way an attempt ends: one `JustDisconnected`, after one `GotError` if it went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.frames import Opcode

from socketstore import (
    Backoff,
    Connecting,
    Connection,
    ConnectionFailed,
    Ended,
    GotError,
    JustConnected,
    JustDisconnected,
    NotOpen,
    ReconnectScheduled,
    SocketError,
)
from socketstore.testing import EchoServer
from tests.connection.diary import Diary, attempts, new_diary, the, until, words
from tests.sockets.peers import Peer, closing, frame, nobody_listens, raw_server, rounds, text

NEVER_OPENED = ["Connecting", "GotError", "JustDisconnected"]
BROKE = ["Connecting", "JustConnected", "GotError", "JustDisconnected"]
CLEAN = ["Connecting", "JustConnected", "JustDisconnected"]


async def says_nothing(peer: Peer) -> None:
    await peer.until_gone()


async def answers_garbage(peer: Peer) -> None:
    await peer.request()
    peer.write(b"hello\r\n\r\n")


async def answers_404(peer: Peer) -> None:
    await peer.request()
    peer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


async def hangs_up_at_once(peer: Peer) -> None:
    pass


async def vanishes_in_the_handshake(peer: Peer) -> None:
    await peer.request()
    peer.vanish()


async def hangs_up_when_open(peer: Peer) -> None:
    await peer.accept()


async def vanishes_when_open(peer: Peer) -> None:
    await peer.accept()
    await peer.writer.drain()
    peer.vanish()


async def closes(peer: Peer) -> None:
    await peer.accept(closing(4001, "go away"))
    await peer.until_closing()


async def closes_without_a_code(peer: Peer) -> None:
    await peer.accept(closing(None))
    await peer.until_closing()


async def says_too_much(peer: Peer) -> None:
    await peer.accept(text("x" * 2000))
    await peer.until_closing()


async def says_nonsense(peer: Peer) -> None:
    await peer.accept(frame(Opcode.TEXT, b"\xff"))
    await peer.until_closing()


async def breaks_the_rules(peer: Peer) -> None:
    await peer.accept(frame(Opcode.CONT, b""))
    await peer.until_closing()


WAYS: list[tuple[Callable[[Peer], Awaitable[None]], list[str], int]] = [
    (says_nothing, NEVER_OPENED, 1006),
    (answers_garbage, NEVER_OPENED, 1006),
    (answers_404, NEVER_OPENED, 1006),
    (hangs_up_at_once, NEVER_OPENED, 1006),
    (vanishes_in_the_handshake, NEVER_OPENED, 1006),
    (hangs_up_when_open, BROKE, 1006),
    (vanishes_when_open, BROKE, 1006),
    (closes, CLEAN, 4001),
    (closes_without_a_code, CLEAN, 1005),
    (says_too_much, BROKE, 1009),
    (says_nonsense, BROKE, 1007),
    (breaks_the_rules, BROKE, 1002),
]


@pytest.mark.parametrize(("behave", "story", "code"), WAYS, ids=[way[0].__name__ for way in WAYS])
async def test_each_attempt_ends_in_one_just_disconnected_whichever_way_the_server_ends_it(
    behave: Callable[[Peer], Awaitable[None]], story: list[str], code: int
) -> None:
    store = new_diary()
    async with raw_server(behave) as url:
        patience = 0.2 if behave is says_nothing else 10
        connection = Connection(url, store, reconnect=None, attempt_timeout=patience, max_size=1000)
        outcome = (await asyncio.gather(connection.run(), return_exceptions=True))[0]
    assert words(store.state) == story
    last = the(store.state, JustDisconnected)
    assert (last.code, last.clean) == (code, story is CLEAN)
    assert isinstance(outcome, SocketError) is (story is not CLEAN)
    assert isinstance(outcome, ConnectionFailed) is (story is NEVER_OPENED)
    if story is not CLEAN:
        assert the(store.state, GotError).message == str(outcome)


async def test_a_refused_port_is_one_error_and_one_end() -> None:
    store = new_diary()
    with nobody_listens() as url, pytest.raises(ConnectionFailed, match="nothing listens there"):
        await Connection(url, store, reconnect=None).run()
    assert words(store.state) == NEVER_OPENED
    assert the(store.state, GotError).error == "ConnectionRefusedError"


@pytest.mark.parametrize("code", [1000, 4000])
async def test_closing_it_ourselves_is_clean(code: int) -> None:
    store = new_diary()
    async with EchoServer() as server, Connection(server.url, store) as connection:
        await connection.close(code, "bye")
        last = the(store.state, JustDisconnected)
        assert (last.code, last.reason, last.clean) == (code, "bye", True)
        await connection.close()
    assert words(store.state) == CLEAN


async def test_leaving_with_an_error_closes_and_lets_the_error_through() -> None:
    store = new_diary()
    async with EchoServer() as server:
        with pytest.raises(ZeroDivisionError):
            async with Connection(server.url, store):
                _ = 1 / 0
    assert words(store.state) == CLEAN


# close() in every phase


@pytest.mark.parametrize(
    ("kind", "story"),
    [(Connecting, NEVER_OPENED), (JustConnected, CLEAN), (JustDisconnected, CLEAN), (ReconnectScheduled, CLEAN)],
)
async def test_a_subscriber_may_close_at_any_word(kind: type[Any], story: list[str]) -> None:
    store = new_diary()
    behave = closes if kind in (JustDisconnected, ReconnectScheduled) else keeps_silent_until_closed
    async with raw_server(behave) as url:
        connection = Connection(url, store, reconnect=Backoff(60))

        @store.subscribe
        def subscriber(diary: Diary) -> None:
            if isinstance(diary[-1], kind):
                connection.close()

        async with asyncio.timeout(5):
            await asyncio.gather(connection.run(), return_exceptions=True)
    assert attempts(store.state) == [story]
    assert connection.failure is None


async def keeps_silent_until_closed(peer: Peer) -> None:
    await peer.accept()
    await peer.until_closing()
    peer.write(closing(1000))


async def test_close_while_waiting_to_reconnect_ends_the_wait() -> None:
    store = new_diary()
    async with raw_server(closes) as url, Connection(url, store, reconnect=Backoff(60)) as connection:
        await until(store, ReconnectScheduled)
        async with asyncio.timeout(5):
            await connection.close()
    assert words(store.state) == [*CLEAN, "ReconnectScheduled", "ReconnectCancelled"]


async def test_close_while_opening_gives_up() -> None:
    store = new_diary()
    async with raw_server(says_nothing) as url:
        connection = Connection(url, store)
        running = asyncio.ensure_future(connection.run())
        await until(store, Connecting)
        await rounds(5)
        await connection.close()
        with pytest.raises(ConnectionFailed, match="closed before it was open") as failed:
            await running
        assert failed.value.kind == "aborted"
    assert words(store.state) == NEVER_OPENED


async def test_close_before_it_is_entered_changes_nothing() -> None:
    store = new_diary()
    async with EchoServer() as server:
        connection = Connection(server.url, store)
        await connection.close()
        assert store.state == ()
        async with connection:
            pass
    assert words(store.state) == CLEAN


STEPS = [*range(18), 22, 30, 45, 70]


@asynccontextmanager
async def running_for(steps: int, connection: Connection) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(connection.run())
    await rounds(steps)
    yield task
    async with asyncio.timeout(5):
        await asyncio.wait([task])


@pytest.mark.parametrize("steps", STEPS)
async def test_cancelled_at_any_moment_each_attempt_ends_once(steps: int) -> None:
    store = new_diary()
    async with EchoServer() as server:
        async with running_for(steps, Connection(server.url, store)) as running:
            running.cancel()
        assert running.cancelled()
        assert all(attempt in (NEVER_OPENED, CLEAN, BROKE) for attempt in attempts(store.state))


@pytest.mark.parametrize("steps", STEPS)
async def test_cancelled_twice_at_any_moment_each_attempt_ends_once(steps: int) -> None:
    store = new_diary()
    async with EchoServer() as server:
        connection = Connection(server.url, store)
        async with running_for(steps, connection) as running:
            running.cancel()
            await rounds(1)
            running.cancel()
        await connection.wait_closed()
        attempts(store.state)


@pytest.mark.parametrize("steps", STEPS)
async def test_closed_at_any_moment_each_attempt_ends_once(steps: int) -> None:
    store = new_diary()
    async with EchoServer() as server:
        connection = Connection(server.url, store)
        async with running_for(steps, connection) as running:
            if steps == 0:  # it has not begun
                await until(store, Connecting)
            await connection.close()
            last = store.state[-1:]
        assert running.exception() is None or isinstance(running.exception(), ConnectionFailed)
        assert last == store.state[-1:]
        assert len(attempts(store.state)) <= 1


async def test_a_program_that_ends_in_the_middle_leaves_nothing_open() -> None:
    store = new_diary()

    async def program(url: str) -> None:
        await Connection(url, store).__aenter__()

    def elsewhere(url: str) -> None:
        asyncio.run(program(url))  # cancels what is left

    async with EchoServer() as server:
        await asyncio.to_thread(elsewhere, server.url)
    assert words(store.state) == BROKE


# open_timeout


async def test_a_server_that_is_not_there_in_time_fails_the_opening() -> None:
    store = new_diary()
    last = "the last attempt failed: .*nothing listens"
    with nobody_listens() as url, pytest.raises(ConnectionFailed, match=rf"within 0\.5 s; {last}") as failed:
        async with Connection(url, store, open_timeout=0.5, reconnect=Backoff(0.01)):
            pass
    assert failed.value.kind == "timeout"
    assert len(attempts(store.state)) > 1


async def test_a_server_that_says_nothing_in_time_fails_the_opening() -> None:
    store = new_diary()
    async with raw_server(says_nothing) as url:
        with pytest.raises(ConnectionFailed, match="no attempt got an answer") as failed:
            async with Connection(url, store, open_timeout=0.05, attempt_timeout=None):
                pass
    assert failed.value.kind == "timeout"
    assert attempts(store.state) == [NEVER_OPENED]


async def test_a_timeout_around_it_is_not_taken_for_its_own() -> None:
    store = new_diary()
    async with raw_server(says_nothing) as url:
        with pytest.raises(TimeoutError) as error:
            async with asyncio.timeout(0.05), Connection(url, store, attempt_timeout=None):
                pass
    assert not isinstance(error.value, ConnectionFailed)
    assert attempts(store.state) == [NEVER_OPENED]


# on_open


async def test_on_open_is_awaited_before_async_with_begins() -> None:
    store = new_diary()

    async def log_in(connection: Connection) -> None:
        await connection.send("let me in")
        await store.wait_for(lambda diary: "GotMessage" in words(diary))

    async with EchoServer() as server, Connection(server.url, store, on_open=log_in):
        assert words(store.state) == ["Connecting", "JustConnected", "GotMessage"]


async def test_on_open_may_be_a_plain_function() -> None:
    store = new_diary()
    async with EchoServer() as server, Connection(server.url, store, on_open=lambda c: c.send("hi") and None):
        await store.wait_for(lambda diary: "GotMessage" in words(diary), timeout=5)


@pytest.mark.parametrize("asynchronous", [True, False])
async def test_an_on_open_that_raises_fails_the_attempt(asynchronous: bool) -> None:
    def fail(connection: Connection) -> None:
        message = "wrong password"
        raise ValueError(message)

    async def fail_later(connection: Connection) -> None:
        fail(connection)

    store = new_diary()
    async with EchoServer() as server:
        with pytest.raises(ConnectionFailed, match="on_open raised ValueError: wrong password") as failed:
            async with Connection(server.url, store, reconnect=None, on_open=fail_later if asynchronous else fail):
                pass
    assert isinstance(failed.value.__cause__, ValueError)
    assert words(store.state) == BROKE
    assert the(store.state, GotError).error == "ValueError"
    assert the(store.state, JustDisconnected).code == 1011


async def test_an_on_open_that_fails_once_is_tried_again() -> None:
    tries: list[int] = []

    def fail_first(connection: Connection) -> None:
        tries.append(connection.epoch)
        if len(tries) == 1:
            raise ValueError

    store = new_diary()
    async with EchoServer() as server, Connection(server.url, store, reconnect=Backoff(0), on_open=fail_first):
        assert tries == [1, 2]
    assert attempts(store.state) == [BROKE, CLEAN]


async def test_an_on_open_that_raises_on_a_server_that_vanishes_is_still_one_error() -> None:
    async def fail(connection: Connection) -> None:
        raise ValueError

    async def vanishes_when_told(peer: Peer) -> None:
        await peer.accept()
        await peer.until_closing()
        peer.vanish()

    store = new_diary()
    async with raw_server(vanishes_when_told) as url:
        await asyncio.gather(Connection(url, store, reconnect=None, on_open=fail).run(), return_exceptions=True)
    assert words(store.state) == BROKE


async def test_an_on_open_that_waits_for_ever_is_cancelled_when_the_socket_closes() -> None:
    cancelled: list[bool] = []

    async def waits(connection: Connection) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def closes_meanwhile(peer: Peer) -> None:
        await peer.accept()
        await begun.wait()
        peer.write(closing(4001))
        await peer.until_closing()

    begun, store = asyncio.Event(), new_diary()
    async with raw_server(closes_meanwhile) as url:
        with pytest.raises(ConnectionFailed, match="closed before it was open"):
            await Connection(url, store, reconnect=None, on_open=waits).run()
    assert cancelled == [True]
    assert words(store.state) == CLEAN


async def test_an_on_open_that_cannot_send_because_the_server_closes_is_not_what_went_wrong() -> None:
    async def login(connection: Connection) -> None:
        begun.set()
        try:
            while True:
                await rounds(1)
                await connection.send("x")
        finally:
            ended_badly.set()

    async def closes_slowly(peer: Peer) -> None:
        await peer.accept()
        await begun.wait()
        peer.write(closing(1008, "who are you"))
        await peer.until_closing()
        await ended_badly.wait()

    ended: list[Ended] = []
    begun, ended_badly, store = asyncio.Event(), asyncio.Event(), new_diary()
    async with raw_server(closes_slowly) as url:
        with pytest.raises(ConnectionFailed, match="at work: the server closed with 1008 who are you"):
            await Connection(url, store, retry=lambda end: bool(ended.append(end)), on_open=login).run()
    assert words(store.state) == [*CLEAN, "GaveUp"]
    assert (ended[0].code, ended[0].error) == (1008, None)


async def test_cancelling_while_on_open_waits_ends_on_open_first() -> None:
    order: list[str] = []

    async def waits(connection: Connection) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await rounds(3)
            order.append("on_open ended")

    begun, store = asyncio.Event(), new_diary()
    async with EchoServer() as server:
        running = asyncio.ensure_future(Connection(server.url, store, on_open=waits).run())
        await begun.wait()
        running.cancel()
        await asyncio.wait([running])
        assert running.cancelled()
        assert order == ["on_open ended"]
    attempts(store.state)


FACTORIES: list[Any] = [None, *(getattr(asyncio, name) for name in ("eager_task_factory",) if hasattr(asyncio, name))]


@pytest.mark.parametrize("factory", FACTORIES)
async def test_on_open_may_close_and_wait_for_it(factory: Any) -> None:
    asyncio.get_running_loop().set_task_factory(factory)  # eager tasks: from Python 3.12 on
    after: list[str] = []

    async def leave(connection: Connection) -> None:
        await connection.close(4000, "changed my mind")
        after.extend(words(store.state))

    store = new_diary()
    async with EchoServer() as server, asyncio.timeout(5):
        await asyncio.gather(Connection(server.url, store, on_open=leave).run(), return_exceptions=True)
    assert after == CLEAN
    assert words(store.state) == CLEAN
    assert the(store.state, JustDisconnected).code == 4000


async def test_an_on_open_that_cancels_itself_closes_the_socket() -> None:
    async def cancels_itself(connection: Connection) -> None:
        raise asyncio.CancelledError

    store = new_diary()
    async with EchoServer() as server, asyncio.timeout(5):
        with pytest.raises(ConnectionFailed):
            await Connection(server.url, store, reconnect=None, on_open=cancels_itself).run()
    assert words(store.state) == CLEAN


async def test_nobody_is_greeted_on_a_socket_that_is_closing() -> None:
    greeted: list[object] = []
    store = new_diary()
    async with EchoServer() as server:
        connection = Connection(server.url, store, on_open=lambda c: greeted.append(c))

        @store.subscribe
        def subscriber(diary: Diary) -> None:
            if isinstance(diary[-1], JustConnected):
                connection.close()
                with pytest.raises(NotOpen):
                    connection.send("x")

        await asyncio.gather(connection.run(), return_exceptions=True)
    assert greeted == []
    assert words(store.state) == CLEAN
