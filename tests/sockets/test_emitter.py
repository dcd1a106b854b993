"""Listeners: added, removed, called, and kept from harming one another."""

from __future__ import annotations

import asyncio

import pytest

from socketstore import MessageEvent, PingEvent, UsageError, WebSocket, WebSocketServer
from socketstore.testing import EchoServer


@pytest.fixture
def socket() -> WebSocket:
    return WebSocket("ws://127.0.0.1:1")


async def test_listeners_are_called_in_the_order_in_which_they_were_added(socket: WebSocket) -> None:
    calls: list[str] = []
    socket.add_listener("message", lambda event: calls.append("first"))
    socket.add_listener("message", lambda event: calls.append("second"))
    socket.messages_came(["x"])
    assert calls == ["first", "second"]


async def test_a_listener_hears_only_its_own_event(socket: WebSocket) -> None:
    heard: list[object] = []
    socket.add_listener("ping", heard.append)
    socket.messages_came(["x"])
    socket.ping_came(b"y")
    assert heard == [PingEvent(b"y")]


async def test_the_decorator_returns_the_listener_itself(socket: WebSocket) -> None:
    heard: list[object] = []

    def listener(event: MessageEvent) -> None:
        heard.append(event.data)

    assert socket.on("message")(listener) is listener
    socket.messages_came(["x"])
    assert heard == ["x"]


async def test_a_once_listener_hears_one_event(socket: WebSocket) -> None:
    heard: list[object] = []
    socket.add_listener("message", heard.append, once=True)
    socket.messages_came(["x"])
    socket.messages_came(["y"])
    assert heard == [MessageEvent("x")]


async def test_a_once_listener_may_add_itself_again(socket: WebSocket) -> None:
    heard: list[object] = []

    def listener(event: MessageEvent) -> None:
        heard.append(event.data)
        socket.add_listener("message", listener, once=True)

    socket.add_listener("message", listener, once=True)
    socket.messages_came(["x"])
    socket.messages_came(["y"])
    assert heard == ["x", "y"]


async def test_adding_the_same_listener_twice_changes_nothing(socket: WebSocket) -> None:
    heard: list[object] = []
    listener = heard.append
    socket.add_listener("message", listener)
    socket.add_listener("message", listener, once=True)
    socket.messages_came(["x"])
    socket.messages_came(["y"])
    assert heard == [MessageEvent("x"), MessageEvent("y")]


async def test_a_removed_listener_is_silent(socket: WebSocket) -> None:
    heard: list[object] = []
    listener = heard.append
    socket.add_listener("message", listener)
    socket.remove_listener("message", listener)
    socket.messages_came(["x"])
    assert heard == []


async def test_removing_a_listener_that_is_not_there_is_no_error(socket: WebSocket) -> None:
    heard: list[object] = []
    socket.add_listener("message", heard.append)
    socket.remove_listener("message", print)
    socket.messages_came(["x"])
    assert heard == [MessageEvent("x")]


async def test_listeners_removed_or_added_during_an_event_count_from_the_next(socket: WebSocket) -> None:
    heard: list[str] = []

    def second(event: MessageEvent) -> None:
        heard.append(f"second {event.data}")

    def third(event: MessageEvent) -> None:
        heard.append(f"third {event.data}")

    def first(event: MessageEvent) -> None:
        socket.remove_listener("message", second)
        socket.add_listener("message", third)

    socket.add_listener("message", first)
    socket.add_listener("message", second)
    socket.messages_came(["x"])
    assert heard == ["second x"]
    socket.messages_came(["y"])
    assert heard == ["second x", "third y"]


@pytest.mark.parametrize("error", [ValueError("mine"), asyncio.CancelledError("of some other task")])
async def test_a_listener_that_raises_does_not_silence_the_others(
    socket: WebSocket, reported: list[BaseException | str], error: BaseException
) -> None:
    heard: list[object] = []

    def fail(event: object) -> None:
        raise error

    socket.add_listener("message", fail)
    socket.add_listener("message", heard.append)
    socket.messages_came(["x"])
    assert heard == [MessageEvent("x")]
    assert reported.pop() is error


async def test_a_once_listener_that_raises_is_not_called_again(
    socket: WebSocket, reported: list[BaseException | str]
) -> None:
    def fail(event: object) -> None:
        raise ValueError

    socket.add_listener("message", fail, once=True)
    socket.messages_came(["x"])
    socket.messages_came(["y"])
    assert isinstance(reported.pop(), ValueError)


async def test_an_async_listener_runs_while_the_events_go_on(socket: WebSocket) -> None:
    go_on, done = asyncio.Event(), asyncio.Event()

    async def listener(event: MessageEvent) -> None:
        await go_on.wait()
        done.set()

    heard: list[object] = []
    socket.add_listener("message", listener, once=True)
    socket.add_listener("message", heard.append)
    socket.messages_came(["x"])
    socket.messages_came(["y"])
    assert heard == [MessageEvent("x"), MessageEvent("y")]
    go_on.set()
    await done.wait()


async def test_what_an_async_listener_raises_is_reported(
    socket: WebSocket, reported: list[BaseException | str]
) -> None:
    async def fail(event: object) -> None:
        message = "mine"
        raise ValueError(message)

    socket.add_listener("message", fail)
    socket.messages_came(["x"])
    for _ in range(3):
        await asyncio.sleep(0)
    assert str(reported.pop()) == "mine"


async def test_leaving_a_socket_waits_for_its_async_listeners() -> None:
    finished: list[str] = []

    async def listener(event: object) -> None:
        await asyncio.sleep(0)
        finished.append("close")

    async with EchoServer() as server:
        async with WebSocket(server.url) as socket:
            socket.add_listener("close", listener)
        assert finished == ["close"]


async def test_an_async_listener_that_never_ends_does_not_hold_up_the_one_who_leaves(
    monkeypatch: pytest.MonkeyPatch, reported: list[BaseException | str]
) -> None:
    monkeypatch.setattr("socketstore.sockets.emitter.GRACE", 0.0)
    async with EchoServer() as server, WebSocket(server.url) as socket:

        async def listener(event: object) -> None:
            await asyncio.Event().wait()

        socket.add_listener("close", listener)
    assert "cancelled after" in str(reported.pop())


@pytest.mark.parametrize("source", [WebSocket("ws://x"), WebSocketServer()])
def test_an_event_that_does_not_exist_is_refused_with_those_that_do(source: WebSocket | WebSocketServer) -> None:
    for use in (lambda: source.add_listener("mesage", print), lambda: source.on("mesage")):  # type: ignore[call-overload]
        with pytest.raises(UsageError, match=r"no event 'mesage'; expected one of .*error"):
            use()
    with pytest.raises(UsageError, match="no event 'mesage'"):
        source.remove_listener("mesage", print)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"no event \[\]"):
        source.add_listener([], print)  # type: ignore[call-overload]


def test_a_listener_that_cannot_be_called_is_refused(socket: WebSocket) -> None:
    with pytest.raises(UsageError, match=r"listener for 'message' is None; expected a function"):
        socket.add_listener("message", None)  # type: ignore[call-overload]
