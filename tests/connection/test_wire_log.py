"""The wire beside the actions: what a connection tells the log that it was given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from socketstore import (
    ActionEntry,
    Backoff,
    ClosedEntry,
    Connection,
    ConnectionEvent,
    ConnectionFailed,
    ErrorEntry,
    FrameInEntry,
    FrameOutEntry,
    Heartbeat,
    Log,
    LogUnavailable,
    NoteEntry,
    OpenedEntry,
    Store,
    UsageError,
    WebSocketServer,
    open_log,
    record,
)
from socketstore.connection.wire_log import METHODS, WireLog
from socketstore.sync import Connection as SyncConnection
from socketstore.testing import EchoServer, FakeSockets, in_background


def count(state: int, action: object) -> int:
    return state + 1


@pytest.fixture
def log(socketstore_log: Log) -> Log:
    return socketstore_log


@pytest.fixture
def store(log: Log) -> Store[int]:
    return Store(count, 0, middleware=[record(log)])


def story(log: Log) -> list[Any]:
    """What stands in a log, each in a word or two."""
    return [_word(entry) for entry in log.read()]


def _word(entry: Any) -> Any:
    match entry:
        case ActionEntry(action=action):
            return type(action).__name__
        case FrameInEntry(data=data):
            return ("in", data)
        case FrameOutEntry(data=data):
            return ("out", data)
        case ClosedEntry(code=code):
            return ("closed", code)
        case NoteEntry(text=text):
            return text
    return entry.kind


async def test_each_stands_before_the_actions_that_it_leads_to(log: Log, store: Store[int]) -> None:
    sockets = FakeSockets()
    async with Connection(
        "ws://feed", store, log=log, make_socket=sockets.make, on_open=lambda it: it.send("login")
    ) as connection:
        socket = await sockets.next()
        await socket.receive("hello", b"\x00\xff")
        await connection.send(b"bytes")
    assert story(log) == [
        "Connecting",
        "opened",
        "JustConnected",
        ("out", "login"),
        ("in", "hello"),
        "GotMessage",
        ("in", b"\x00\xff"),
        "GotMessage",
        ("out", b"bytes"),
        "the client closed the socket",
        ("closed", 1000),
        "JustDisconnected",
    ]
    wire = [entry for entry in log.read() if not isinstance(entry, (ActionEntry, NoteEntry))]
    assert {(entry.connection, entry.epoch) for entry in wire} == {("default", 1)}  # type: ignore[union-attr]


async def test_messages_of_one_read_stand_each_before_its_own_action(log: Log, store: Store[int]) -> None:
    server = WebSocketServer()

    def greet(event: ConnectionEvent) -> None:
        for number in range(20):
            event.socket.send(str(number))

    server.add_listener("connection", greet)
    async with server, Connection(server.url, store, log=log):
        await store.wait_for(lambda state: state >= 22, timeout=5)
    told = [word for word in story(log) if word == "GotMessage" or word[0] == "in"]
    assert told == [word for number in range(20) for word in (("in", str(number)), "GotMessage")]


async def test_what_was_sent_is_what_the_server_got_and_what_came_is_what_it_sent(log: Log) -> None:
    store = Store(count, 0)
    messages = ["I am LEGENDARY!", b"\x00\xff", "", "zwölf \U0001f600", "x" * 70_000]
    async with EchoServer() as server, Connection(server.url, store, name="echo", log=log) as connection:
        for message in messages:
            await connection.send(message)
        await store.wait_for(lambda state: state >= 2 + len(messages), timeout=5)
    entries = list(log.read())
    assert [entry.data for entry in entries if isinstance(entry, FrameOutEntry)] == messages
    assert [entry.data for entry in entries if isinstance(entry, FrameInEntry)] == messages
    wire = [entry for entry in entries if not isinstance(entry, NoteEntry)]
    assert {entry.connection for entry in wire} == {"echo"}  # type: ignore[union-attr]


@pytest.mark.looptime
async def test_heartbeats_and_what_waited_in_the_outbox_are_frames_as_well(log: Log, store: Store[int]) -> None:
    sockets = FakeSockets()
    beat = Heartbeat(interval=1, message="beat", is_reply=lambda data, _: data == "pulse")
    async with Connection("ws://feed", store, log=log, make_socket=sockets.make, heartbeat=beat) as connection:
        socket = await sockets.next()
        assert await socket.next_sent() == "beat"
        await socket.receive("pulse")
        await socket.cut()
        await connection.send("waits")
        connection.reconnect_now()
        again = await sockets.next()
        while await again.next_sent() != "waits":
            pass
    told = story(log)
    assert ("out", "beat") in told
    assert told[told.index(("in", "pulse")) + 1] != "GotMessage"  # an answer to a heartbeat is no message
    assert ("out", "waits") in told[told.index("opened", told.index("opened") + 1) :]


async def test_a_message_that_could_not_be_read_stands_there_as_it_came(log: Log, store: Store[int]) -> None:
    sockets = FakeSockets()
    async with Connection("ws://feed", store, log=log, make_socket=sockets.make, messages=int):
        await (await sockets.next()).receive("no number")
    told = story(log)
    assert told[3:5] == [("in", "no number"), "MessageRejected"]


async def test_an_attempt_that_never_opened_has_an_error_and_an_end(log: Log, store: Store[int]) -> None:
    server = WebSocketServer()
    async with server:
        url = server.url
    with pytest.raises(ConnectionFailed):
        async with Connection(f"{url}/?token=hunter2hunter2", store, log=log, reconnect=None):
            pass
    assert story(log)[:5] == ["Connecting", "error", "GotError", ("closed", 1006), "JustDisconnected"]
    (error,) = (entry for entry in log.read() if isinstance(entry, ErrorEntry))
    assert error.epoch is None
    assert error.error == "ConnectionRefusedError"
    assert b"hunter2" not in log.path.read_bytes()


async def test_urls_are_masked(log: Log, store: Store[int]) -> None:
    async with EchoServer() as server:
        url = server.url.replace("ws://", "ws://me:hunter2@") + "/?apiKey=hunter2"
        async with Connection(url, store, log=log):
            pass
    (opened,) = (entry for entry in log.read() if isinstance(entry, OpenedEntry))
    assert opened.url.count("***") == 2
    assert b"hunter2" not in log.path.read_bytes()


async def test_the_epochs_of_two_sockets_are_told_apart(log: Log, store: Store[int]) -> None:
    sockets = FakeSockets()
    quickly = Backoff(0.001)
    async with Connection("ws://feed", store, log=log, make_socket=sockets.make, reconnect=quickly):
        first = await sockets.next()
        await first.receive("one")
        await first.end(1012)
        second = await sockets.next()
        await second.opened()
        await second.receive("two")
    frames = [entry for entry in log.read() if isinstance(entry, (FrameInEntry, ClosedEntry))]
    assert [(entry.kind, entry.epoch) for entry in frames] == [
        ("frameIn", 1),
        ("closed", 1),
        ("frameIn", 2),
        ("closed", 2),
    ]


async def test_who_ended_a_socket_is_noted_when_it_was_this_side(log: Log, store: Store[int]) -> None:
    sockets = FakeSockets()
    async with Connection(
        "ws://feed", store, name="feed", log=log, make_socket=sockets.make, reconnect=Backoff(0.001)
    ) as connection:
        await (await sockets.next()).end(1012)
        await (await sockets.next()).opened()
        connection.reconnect_now()
        await (await sockets.next()).cut()
        await (await sockets.next()).opened()
    notes = [entry.data for entry in log.read() if isinstance(entry, NoteEntry)]
    assert notes == [{"closedBy": "client", "connection": "feed", "epoch": epoch} for epoch in (2, 4)]


class FlakyLog:
    """A log of the wire that can be made to fail."""

    def __init__(self, log: Log) -> None:
        self.fails = False
        for name in ("socket_opened", "frame_came", "frame_sent", "socket_erred", "socket_closed", "note"):
            setattr(self, name, self._unless_it_fails(getattr(log, name)))

    def _unless_it_fails(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if self.fails:
                raise LogUnavailable(28, "the disk is full")
            return write(*given, **named)

        return call


async def test_a_log_that_fails_is_reported_once_and_what_is_missing_is_noted(log: Log) -> None:
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reports.append(context))
    sockets, flaky, store = FakeSockets(), FlakyLog(log), Store(count, 0)
    async with Connection("ws://feed", store, log=flaky, make_socket=sockets.make) as connection:
        socket = await sockets.next()
        flaky.fails = True
        await socket.receive("one", "two")
        await connection.send("three")
        flaky.fails = False
        await socket.receive("four")
        assert store.state == 2 + 3
    assert story(log) == [
        "opened",
        "3 entries of the wire of 'default' could not be written, and would stand here",
        ("in", "four"),
        "the client closed the socket",
        ("closed", 1000),
    ]
    assert [type(each["exception"]) for each in reports] == [LogUnavailable]
    assert "the connection goes on without" in reports[0]["message"]


async def test_a_log_that_was_closed_does_not_end_the_connection(log: Log) -> None:
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reports.append(context))
    store = Store(count, 0)
    async with EchoServer() as server, Connection(server.url, store, log=log) as connection:
        log.close()
        await connection.send("still there?")
        await store.wait_for(lambda state: state >= 3, timeout=5)
    assert len(reports) == 1


def test_what_is_no_log_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="log="):
        Connection("ws://feed", Store(count, 0), log="session.jsonl")  # type: ignore[arg-type]


class Elsewhere:
    """What gives the methods of another object."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


async def test_what_hands_all_on_to_a_log_is_taken_as_one(log: Log) -> None:
    async with EchoServer() as server, Connection(server.url, Store(count, 0), log=Elsewhere(log)):
        pass
    assert story(log)[0] == "opened"


def test_the_methods_that_are_asked_for_are_those_of_the_protocol() -> None:
    assert set(METHODS) == {name for name, value in vars(WireLog).items() if name[0] != "_" and callable(value)}


def test_the_twin_without_async_takes_a_log_too(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.db", mode="x") as log:
        store = Store(count, 0, middleware=[record(log)])
        with in_background(EchoServer) as server, SyncConnection(server.url, store, log=log) as connection:
            connection.send("hello")
            connection.wait_for(lambda state: state >= 3, timeout=5)
        assert story(log)[3:6] == [("out", "hello"), ("in", "hello"), "GotMessage"]
