"""A proxy between a real client and a real server, that does what it is told and leaves nothing behind."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from socketstore import (
    Backoff,
    CloseEvent,
    Connection,
    ConnectionFailed,
    ConnectionLost,
    ErrorEvent,
    JustConnected,
    JustDisconnected,
    MessageEvent,
    PongEvent,
    UsageError,
    WebSocket,
)
from socketstore.testing import (
    BlackHole,
    Corrupt,
    Cut,
    Delay,
    Drop,
    Duplicate,
    EchoServer,
    Fault,
    FaultProxy,
    Refuse,
    Reorder,
    Reset,
    ScriptedClient,
    ScriptedServer,
    Throttle,
    in_virtual_time,
    loop_time,
    random_faults,
)
from tests.connection.diary import new_diary, until
from tests.sockets.peers import Ear

FIVE = [f"message {number}" for number in range(5)]


async def says_five(client: ScriptedClient) -> None:
    await client.accept()
    for message in FIVE:
        await client.send(message)
    await client.close()


async def heard(faults: list[Fault]) -> tuple[list[Any], Ear]:
    """What a socket hears of five messages, through a proxy with these faults."""
    async with ScriptedServer(says_five) as server, FaultProxy(server.url, faults) as proxy:
        socket = WebSocket(proxy.url)
        ear = Ear(socket)
        await socket.open()
        await socket.wait_closed()
        assert proxy.happened == faults
    return [event.data for event in ear.all(MessageEvent)], ear


async def test_without_faults_nothing_is_noticed() -> None:
    assert (await heard([]))[0] == FIVE


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Drop(after_messages=1), [FIVE[0], *FIVE[2:]]),
        (Duplicate(after_messages=4), [*FIVE, FIVE[4]]),
        (Reorder(after_messages=2), [*FIVE[:2], FIVE[3], FIVE[2], FIVE[4]]),
        (Corrupt(after_messages=0, bit=7), ["lessage 0", *FIVE[1:]]),
        (Delay(seconds=0.001, after_messages=2), FIVE),
        (Throttle(bytes_per_second=1_000_000), FIVE),
        (BlackHole(seconds=0.001, after_messages=1), FIVE),
    ],
)
async def test_a_fault_in_the_messages(fault: Fault, expected: list[str]) -> None:
    messages, ear = await heard([fault])
    assert messages == expected
    assert ear.the(CloseEvent).clean


@pytest.mark.parametrize("fault", [Cut(after_messages=2), Cut(after_messages=2, after_bytes=3)])
async def test_a_cut_at_a_place_in_the_stream(fault: Fault) -> None:
    messages, ear = await heard([fault])
    assert messages == FIVE[:2]
    assert ear.names[-2:] == ["error", "close"]
    assert ear.the(CloseEvent) == CloseEvent(1006)


async def test_a_reset_at_a_place_in_the_stream() -> None:
    messages, ear = await heard([Reset(after_messages=2)])
    assert messages == FIVE[: len(messages)]
    assert len(messages) <= 2  # what had not been read yet may be lost
    assert ear.the(CloseEvent) == CloseEvent(1006)


async def test_a_corrupted_header_breaks_the_protocol() -> None:
    _, ear = await heard([Corrupt(after_messages=2, bit=1, part="header")])
    assert ear.the(CloseEvent).code == 1002


async def test_faults_of_what_the_client_sends() -> None:
    seen: list[Any] = []

    async def listen(client: ScriptedClient) -> None:
        await client.accept()
        seen.extend([await client.receive(), await client.receive(), await client.receive()])
        await client.close()

    fault = Duplicate(direction="to_server", after_messages=1)
    async with (
        ScriptedServer(listen) as server,
        FaultProxy(server.url, [fault]) as proxy,
        WebSocket(proxy.url) as socket,
    ):
        socket.send("one")
        socket.send(b"two")
        await socket.wait_closed()
    assert seen == ["one", b"two", b"two"]


@pytest.mark.parametrize("break_off", [FaultProxy.cut, FaultProxy.reset])
async def test_all_connections_are_cut_now(break_off: Callable[[FaultProxy], None]) -> None:
    async with EchoServer() as server, FaultProxy(server.url) as proxy:
        sockets = [WebSocket(proxy.url) for _ in range(3)]
        ears = [Ear(socket) for socket in sockets]
        for socket in sockets:
            await socket.open()
        theirs = list(server.clients)
        break_off(proxy)
        for socket in (*sockets, *theirs):
            await socket.wait_closed()
    for ear in ears:
        assert ear.names == ["open", "error", "close"]
        assert isinstance(ear.the(ErrorEvent).error, ConnectionLost)


async def test_a_connection_goes_on_behind_a_cut_inside_a_frame() -> None:
    store = new_diary()
    cut = Cut(connection=1, after_messages=3, after_bytes=5)
    async with (
        ScriptedServer(then=says_five) as server,
        FaultProxy(server.url, [cut]) as proxy,
        Connection(proxy.url, store, reconnect=Backoff(initial=0.0)),
    ):
        await until(store, JustDisconnected, 2)
    ends = [action.clean for action in store.state if isinstance(action, JustDisconnected)]
    assert ends[:2] == [False, True]


async def test_a_black_hole_swallows_nothing_for_good() -> None:
    async with EchoServer() as server, FaultProxy(server.url) as proxy, WebSocket(proxy.url) as socket:
        ear = Ear(socket)
        proxy.black_hole("to_client")
        await socket.send("one")
        await socket.send("two")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await ear.next(MessageEvent)
        proxy.heal()
        await ear.next(MessageEvent, 2)
        assert [event.data for event in ear.all(MessageEvent)] == ["one", "two"]


async def test_a_client_in_a_black_hole_notices_by_its_pings() -> None:
    async with EchoServer() as server, FaultProxy(server.url) as proxy:
        socket = WebSocket(proxy.url, ping_interval=0.02, ping_timeout=0.5, close_timeout=0.02)
        ear = Ear(socket)
        await socket.open()
        await ear.next(PongEvent, 2)
        proxy.black_hole()
        await socket.wait_closed()
        assert ear.the(CloseEvent).code == 1011


async def test_a_handshake_in_a_black_hole_times_out() -> None:
    async with EchoServer() as server, FaultProxy(server.url) as proxy:
        proxy.black_hole()
        with pytest.raises(ConnectionFailed) as failed:
            await WebSocket(proxy.url, open_timeout=0.05).open()
        assert failed.value.kind == "timeout"
        proxy.heal()
        async with WebSocket(proxy.url):
            pass


async def test_new_connections_are_broken_for_a_while() -> None:
    async with EchoServer() as server, FaultProxy(server.url, [Refuse(connection=1, connections=2)]) as proxy:
        store = new_diary()
        async with Connection(proxy.url, store, reconnect=Backoff(initial=0.0)):
            await until(store, JustConnected, 2)
            assert sum(isinstance(action, JustDisconnected) for action in store.state) == 3
            proxy.refuse()
            proxy.cut()
            await until(store, JustConnected, 3)
            assert sum(isinstance(action, JustDisconnected) for action in store.state) == 5
        assert proxy.connections == 3


async def test_while_it_is_away_the_port_is_refused_and_afterwards_it_is_the_same() -> None:
    async with EchoServer() as server, FaultProxy(server.url) as proxy:
        url = proxy.url
        async with WebSocket(url) as socket:
            ear = Ear(socket)
            async with proxy.away():
                with pytest.raises(ConnectionFailed) as failed:
                    await WebSocket(url).open()
                assert failed.value.kind == "refused"
                await socket.send("still here")
                await ear.next(MessageEvent)
        assert proxy.url == url
        async with WebSocket(url):
            pass


async def test_a_server_that_is_away_breaks_the_clients_connection() -> None:
    async with EchoServer() as server:
        url = server.url
    async with FaultProxy(url) as proxy:
        with pytest.raises(ConnectionFailed):
            await WebSocket(proxy.url).open()
        assert proxy.connections == 0


async def test_faults_can_be_added_and_are_counted_from_there() -> None:
    async with EchoServer() as server, FaultProxy(server.url) as proxy, WebSocket(proxy.url) as socket:
        ear = Ear(socket)
        await socket.send("one")
        await ear.next(MessageEvent)
        proxy.add(Drop(after_messages=1))
        for message in ("two", "three", "four"):
            await socket.send(message)
        await ear.next(MessageEvent, 3)
        assert [event.data for event in ear.all(MessageEvent)] == ["one", "two", "four"]


async def test_refused_handshakes_pass_as_they_are() -> None:
    async def refuse(client: ScriptedClient) -> None:
        await client.refuse(429, retry_after=3, body="too many")

    async with ScriptedServer(refuse) as server, FaultProxy(server.url, [Cut()]) as proxy:
        with pytest.raises(ConnectionFailed) as failed:
            await WebSocket(proxy.url).open()
        assert (failed.value.status, failed.value.retry_after) == (429, 3)
        assert proxy.happened == []


async def test_compression_is_not_agreed_on() -> None:
    async with EchoServer() as server, FaultProxy(server.url) as proxy, WebSocket(proxy.url):
        request = server.clients[0]._wire.request  # type: ignore[union-attr]
        assert "Sec-WebSocket-Extensions" not in request.headers


async def test_the_user_name_and_password_stay() -> None:
    async with FaultProxy("ws://me:swordfish@127.0.0.1:1//path") as proxy:
        port = proxy.url.rpartition(":")[2].partition("/")[0]
        assert proxy.url == f"ws://me:swordfish@127.0.0.1:{port}//path"


async def test_path_and_query_stay() -> None:
    async with ScriptedServer(says_five) as server, FaultProxy(server.url + "/feed?depth=5") as proxy:
        assert proxy.url.endswith("/feed?depth=5")
        async with WebSocket(proxy.url) as socket:
            await socket.wait_closed()
        request = server.clients[0].request
        assert request is not None
        assert request.path == "/feed?depth=5"


def test_delays_and_throttling_take_virtual_time() -> None:
    @in_virtual_time
    async def talk() -> tuple[float, float]:
        options: dict[str, Any] = {"compression": None, "ping_interval": None}
        async with (
            EchoServer(**options) as server,
            FaultProxy(server.url) as proxy,
            WebSocket(proxy.url, **options) as socket,
        ):
            ear = Ear(socket)
            proxy.delay(30, "to_client")
            begun = loop_time()
            await socket.send("slowly")
            await ear.next(MessageEvent)
            delayed = loop_time() - begun
            proxy.heal()
            proxy.throttle(1000, "to_server")
            begun = loop_time()
            await socket.send(bytes(5000))
            await ear.next(MessageEvent, 2)
            throttled = loop_time() - begun
            proxy.heal()
        return delayed, throttled

    delayed, throttled = talk()
    assert 30 <= delayed < 40
    assert 4.5 <= throttled < 10


async def test_leaving_ends_what_is_open_held_back_or_slow() -> None:
    async with EchoServer() as server:
        before = asyncio.all_tasks()
        async with FaultProxy(server.url, [BlackHole(seconds=3600, after_messages=1)]) as proxy:
            sockets = [WebSocket(proxy.url, compression=None) for _ in range(3)]
            ears = [Ear(socket) for socket in sockets]
            for socket, ear in zip(sockets, ears, strict=True):
                await socket.open()
                await socket.send("x")
                await ear.next(MessageEvent)
                socket.send(bytes(2**20))
            proxy.throttle(10)
        for socket in sockets:
            await socket.wait_closed()
        for socket in tuple(server.clients):
            await socket.wait_closed()
        assert {task for task in asyncio.all_tasks() - before if "proxy" in repr(task)} == set()


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_happens_the_client_comes_to_an_end_and_nothing_is_left(seed: int) -> None:
    faults = random_faults(seed, messages=4, connections=2)
    store = new_diary()
    async with ScriptedServer(then=says_five) as server, FaultProxy(server.url, faults) as proxy:
        connection = Connection(
            proxy.url, store, reconnect=Backoff(initial=0.0), ping_interval=0.05, ping_timeout=0.1, close_timeout=0.05
        )
        async with connection:
            await store.wait_for(lambda diary: _clean_ends(diary) >= 1, timeout=20)


def _clean_ends(diary: tuple[Any, ...]) -> int:
    return sum(isinstance(action, JustDisconnected) and action.clean for action in diary)


@pytest.mark.parametrize("url", ["wss://127.0.0.1:1", "http://127.0.0.1:1", "ws://"])
def test_an_address_that_cannot_be_disturbed_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match=r"got .*; expected"):
        FaultProxy(url)


async def test_misuse_is_refused() -> None:
    proxy = FaultProxy("ws://127.0.0.1:1")
    with pytest.raises(UsageError, match="not in use"):
        _ = proxy.url
    with pytest.raises(UsageError, match="expected a Cut"):
        proxy.add("cut")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="expected one of to_client, to_server"):
        proxy.delay(1, "up")  # type: ignore[arg-type]
    for misuse in (proxy.delay, proxy.throttle, proxy.refuse):
        for number in (-1, math.nan, "1", None, True):
            with pytest.raises(UsageError, match=r"expected .*0"):
                misuse(number)  # type: ignore[operator]
    with pytest.raises(UsageError, match="expected more than 0"):
        proxy.throttle(0)
    assert isinstance(proxy, AbstractAsyncContextManager)
