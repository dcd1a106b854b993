"""What a program sends, when the socket is open and when it is not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from socketstore import (
    Action,
    Backoff,
    Connecting,
    Connection,
    ConnectionState,
    EncodeError,
    JustConnected,
    JustDisconnected,
    MessageDropped,
    NotOpen,
    Outbox,
    OutboxFull,
    Store,
    Subscriptions,
    UsageError,
    Waiting,
    combine_reducers,
    connection_state,
)
from socketstore.testing import EchoServer, FakeSocket, FakeSockets
from tests.connection.diary import Diary, contents, new_diary, the, until, words, write_down
from tests.connection.hearing import HearingServer
from tests.sockets.peers import Peer, closing, raw_server, rounds

SOON = Backoff(0.001, jitter=0, healthy_after=0)


class Order(Action):
    id: int


def dropped(diary: Diary) -> list[Any]:
    return [action.data for action in diary if isinstance(action, MessageDropped)]


async def test_what_is_sent_while_the_socket_is_not_open_goes_out_in_order_after_the_next_open() -> None:
    store = new_diary()
    async with HearingServer() as server, Connection(server.url, store, reconnect=SOON) as connection:

        @store.subscribe
        def offline(diary: Diary) -> None:
            if isinstance(diary[-1], JustDisconnected) and connection.epoch == 1:
                for message in ("a", Order(id=1), {"b": 2}, b"c"):
                    connection.send(message)

        connection.send("before")
        await server.until(1)
        server.sockets[0].abort()
        assert await server.until(5) == ["before", "a", '{"type":"order","id":1}', '{"b":2}', b"c"]
        assert [len(messages) for messages in server.heard] == [1, 4]
        assert connection.waiting == Waiting()


async def test_a_program_may_send_before_it_connects_or_while_it_does() -> None:
    async with HearingServer() as server:
        connection = Connection(server.url, new_diary())
        connection.send("at once")
        running = asyncio.create_task(connection.run())
        await connection.send("before the task has begun")
        assert connection.waiting == Waiting(messages=2, bytes=32)
        assert await server.until(2) == ["at once", "before the task has begun"]
        await connection.close()
        await running


async def test_what_waits_is_there_when_async_with_begins_and_goes_out_before_what_follows() -> None:
    async with HearingServer() as server:
        connection = Connection(server.url, new_diary())
        connection.send("1")
        async with connection:
            connection.send("2")
            assert await server.until(2) == ["1", "2"]


async def test_awaiting_does_not_wait_for_the_next_open() -> None:
    connection = Connection("ws://127.0.0.1:1", new_diary(), reconnect=Backoff(3600, jitter=0, maximum=3600))
    running = asyncio.create_task(connection.run())
    async with asyncio.timeout(10):
        await connection.send("x")
        assert connection.waiting.messages == 1
        await connection.close()
    await asyncio.gather(running, return_exceptions=True)


async def test_who_sends_without_an_end_while_offline_stops_nobody_else() -> None:
    connection = Connection("ws://127.0.0.1:1", new_diary(), outbox=Outbox(limit=10, when_full="drop_oldest"))

    async def send_for_ever() -> None:
        while True:
            await connection.send("x")

    endless = asyncio.create_task(send_for_ever())
    await rounds(20)
    endless.cancel()
    await asyncio.gather(endless, return_exceptions=True)
    assert connection.waiting.messages == 10


async def test_what_on_open_says_comes_first_and_at_once_and_what_others_say_meanwhile_comes_after() -> None:
    greet, greeted = asyncio.Event(), asyncio.Event()

    async def on_open(connection: Connection) -> None:
        await connection.send("hello")
        greet.set()
        await greeted.wait()
        await helper(connection)

    async def helper(connection: Connection) -> None:
        await asyncio.create_task(send(connection, "login"))

    async with HearingServer() as server:
        connection = Connection(server.url, new_diary(), on_open=on_open)
        connection.send("queued")
        entering = asyncio.create_task(connection.__aenter__())
        await greet.wait()
        await connection.send("meanwhile")
        assert await server.until(1) == ["hello"]
        greeted.set()
        await entering
        connection.send("after")
        assert await server.until(5) == ["hello", "login", "queued", "meanwhile", "after"]
        await connection.close()


async def test_the_outbox_goes_out_after_on_open_and_the_subscriptions() -> None:
    subscriptions: Subscriptions[Diary] = Subscriptions(
        select=lambda _: ("news",), subscribe=lambda keys: {"subscribe": keys}, unsubscribe=lambda keys: {"end": keys}
    )
    async with HearingServer() as server:
        connection = Connection(
            server.url, new_diary(), subscriptions=subscriptions, on_open=lambda connection: connection.send("hello")
        )
        connection.send("queued")
        async with connection:
            assert await server.until(3) == ["hello", '{"subscribe":["news"]}', "queued"]


async def send(connection: Connection, message: str) -> None:
    await connection.send(message)


async def test_what_on_open_began_stands_in_line_like_all_others_once_on_open_has_ended() -> None:
    tasks: list[asyncio.Task[None]] = []
    go = asyncio.Event()
    store = new_diary()

    async def chatter(connection: Connection) -> None:
        await go.wait()
        connection.send("from the background")

    async def on_open(connection: Connection) -> None:
        if not tasks:
            tasks.append(asyncio.create_task(chatter(connection)))

    async with HearingServer() as server, Connection(server.url, store, on_open=on_open, reconnect=SOON) as connection:

        @store.subscribe
        def offline(diary: Diary) -> None:
            if isinstance(diary[-1], JustDisconnected) and connection.epoch == 1:
                connection.send("first")
                go.set()

        server.sockets[0].abort()
        assert await server.until(2) == ["first", "from the background"]
    await asyncio.gather(*tasks)


async def test_the_words_of_on_open_are_never_kept_for_another_socket() -> None:
    outcomes: list[str] = []
    begun = asyncio.Event()

    async def on_open(connection: Connection) -> None:
        if connection.epoch == 1:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                with pytest.raises(NotOpen):
                    connection.send("late")
                outcomes.append("refused")
                raise
        connection.send(f"hello {connection.epoch}")

    store = new_diary()

    async def serve(peer: Peer) -> None:
        await peer.accept()
        if not outcomes:
            await begun.wait()
            peer.vanish()
            return
        got.append(bytes((await peer.frame()).data))
        peer.write(closing(1000))
        await peer.until_closing()

    got: list[bytes] = []
    async with raw_server(serve) as url:
        connection = Connection(
            url, store, on_open=on_open, reconnect=SOON, retry=lambda _: connection.epoch < 2 and 0.001
        )
        await connection.run()
    assert (outcomes, got) == (["refused"], [b"hello 2"])


async def test_what_an_on_open_that_failed_has_begun_may_send_later_like_everybody_else() -> None:
    tasks: list[asyncio.Task[None]] = []
    go = asyncio.Event()

    async def chatter(connection: Connection) -> None:
        await go.wait()
        await connection.send("from the background")

    def on_open(connection: Connection) -> None:
        if not tasks:
            tasks.append(asyncio.create_task(chatter(connection)))
            raise ValueError("not today")

    async with HearingServer() as server, Connection(server.url, new_diary(), on_open=on_open, reconnect=SOON):
        go.set()
        assert await server.until(1) == ["from the background"]
        await asyncio.gather(*tasks)


async def test_on_open_of_one_connection_speaks_on_another_like_everybody_else() -> None:
    async with HearingServer() as server, HearingServer() as other:
        second = Connection(other.url, new_diary(), name="second")

        async def on_open(_: Connection) -> None:
            await second.send("news")

        async with Connection(server.url, new_diary(), on_open=on_open):
            assert second.waiting.messages == 1
        async with second:
            assert await other.until(1) == ["news"]


async def test_without_an_outbox_nothing_waits() -> None:
    store = new_diary()
    async with HearingServer() as server:
        connection = Connection(server.url, store, outbox=None, reconnect=SOON)
        with pytest.raises(NotOpen, match="or give it an outbox="):
            connection.send("before")
        with pytest.raises(NotOpen):
            await connection.request("before", reply=1)
        async with connection:
            await connection.send("open")
            assert await server.until(1) == ["open"]
            server.sockets[0].abort()
            await until(store, JustDisconnected)
            with pytest.raises(NotOpen):
                connection.send("closed")
    assert dropped(store.state) == []


async def test_what_still_waits_at_the_end_is_dropped_with_a_word_before_close_returns() -> None:
    reducer = combine_reducers(link=connection_state, diary=write_down)
    store: Store[Any] = Store(reducer, {"link": ConnectionState(), "diary": ()})
    connection = Connection("ws://127.0.0.1:1", store, name="feed", reconnect=Backoff(3600, maximum=3600))
    running = asyncio.create_task(connection.run())
    connection.send("a")
    connection.send(b"\xff")
    await store.wait_for(lambda state: state["link"].phase == "waiting")
    await connection.close()
    diary = store.state["diary"]
    assert words(diary)[-3:] == ["ReconnectCancelled", "MessageDropped", "MessageDropped"]
    assert dropped(diary) == ["a", b"\xff"]
    assert (diary[-1].connection, diary[-1].epoch) == ("feed", None)
    assert diary[-1].reason == "the connection was closed before it was sent"
    assert store.state["link"].dropped == 2
    assert [Action.from_json(action.to_json()) for action in diary[-2:]] == list(diary[-2:])
    await asyncio.gather(running, return_exceptions=True)
    assert store.state["diary"] == diary


async def test_what_waits_is_dropped_when_the_connection_gives_up() -> None:
    store = new_diary()
    connection = Connection("ws://127.0.0.1:1", store, retry=lambda _: False)
    connection.send("x")
    with pytest.raises(ConnectionError):
        await connection.run()
    assert words(store.state)[-2:] == ["GaveUp", "MessageDropped"]


async def test_after_the_end_nothing_is_taken_until_it_is_entered_again() -> None:
    async with HearingServer() as server:
        connection = Connection(server.url, new_diary())
        async with connection:
            closing = connection.close()
            with pytest.raises(NotOpen, match="was closed; expected a connection in use"):
                connection.send("x")
            await closing
        with pytest.raises(NotOpen):
            connection.send("x")
        async with connection:
            connection.send("again")
            assert await server.until(1) == ["again"]


async def test_a_subscriber_that_hears_of_the_end_cannot_send(reported: list[BaseException | str]) -> None:
    store = new_diary()
    connection = Connection("ws://127.0.0.1:1", store, retry=lambda _: False)

    @store.subscribe
    def once_more(diary: Diary) -> None:
        if isinstance(diary[-1], MessageDropped):
            connection.send("once more")

    connection.send("x")
    with pytest.raises(ConnectionError):
        await connection.run()
    assert dropped(store.state) == ["x"]
    assert "NotOpen" in repr(reported)
    reported.clear()


async def test_a_message_is_encoded_at_the_call() -> None:
    order, text = {"size": 1}, bytearray(b"before")
    async with HearingServer() as server:
        connection = Connection(server.url, new_diary())
        connection.send(order)
        connection.send(text)
        with pytest.raises(EncodeError):
            connection.send({"size": object()})
        order["size"], text[:] = 2, b"after!"
        async with connection:
            assert await server.until(2) == ['{"size":1}', b"before"]


@pytest.mark.parametrize("outcome", [None, 3, "\ud800"], ids=["nothing", "a number", "half a letter"])
async def test_what_no_socket_takes_is_refused_at_the_call_and_not_when_it_is_sent(outcome: Any) -> None:
    connection = Connection("ws://127.0.0.1:1", new_diary(), encode=lambda _: outcome)
    with pytest.raises(UsageError, match=r"expected text or bytes|expected a str of valid Unicode"):
        connection.send("x")
    assert connection.waiting.messages == 0


async def test_arguments_that_cannot_be_meant_are_refused() -> None:
    connection = Connection("ws://127.0.0.1:1", new_diary())
    with pytest.raises(UsageError, match="got ttl=-1"):
        connection.send("x", ttl=-1)
    with pytest.raises(UsageError, match="got key="):
        connection.send("x", key=[])
    with pytest.raises(UsageError, match="got outbox=3; expected an Outbox, or None"):
        Connection("ws://127.0.0.1:1", new_diary(), outbox=3)  # type: ignore[arg-type]


def test_without_an_event_loop_nothing_can_wait() -> None:
    connection = Connection("ws://127.0.0.1:1", new_diary())
    with pytest.raises(UsageError, match="no event loop runs"):
        connection.send("x")


def test_what_waits_in_one_event_loop_is_not_sent_in_another() -> None:
    connection = Connection("ws://127.0.0.1:1", new_diary())

    async def queue() -> None:
        connection.send("x")

    async def elsewhere() -> None:
        with pytest.raises(UsageError, match="belongs to another event loop"):
            connection.send("y")
        with pytest.raises(UsageError, match="belongs to another event loop"):
            await connection.__aenter__()

    asyncio.run(queue())
    asyncio.run(elsewhere())


def test_a_connection_may_be_used_in_one_event_loop_after_another() -> None:
    connections: list[Connection] = []

    async def use() -> None:
        async with EchoServer(port=0) as server:
            store = new_diary()
            connection = connections[0] if connections else Connection(lambda: urls[-1], store)
            connections.append(connection)
            urls.append(server.url)
            async with connection:
                await connection.send("y")

    urls: list[str] = []
    for _ in range(2):
        asyncio.run(use())
    assert connections[0].epoch == 2


async def test_a_key_and_a_ttl_reach_the_outbox() -> None:
    store = new_diary()
    async with HearingServer() as server:
        connection = Connection(server.url, store)
        for number in range(3):
            connection.send({"x": number}, key="cursor")
        connection.send("old", ttl=0)
        await until(store, MessageDropped)
        async with connection:
            assert await server.until(1) == ['{"x":2}']


async def test_a_full_outbox_is_full_also_over_the_public_name() -> None:
    store = new_diary()
    connection = Connection("ws://127.0.0.1:1", store, outbox=Outbox(limit=1))
    connection.send("a")
    with pytest.raises(OutboxFull):
        await connection.send("b")
    assert store.state == ()


async def test_what_on_open_sends_without_waiting_has_a_bound_as_well() -> None:
    accepted: list[int] = []

    def send_without_end(connection: Connection) -> None:
        for number in range(100):
            connection.send("x" * 1000)
            accepted.append(number)

    def on_open(connection: Connection) -> None:
        with pytest.raises(OutboxFull, match="Await each send in on_open"):
            send_without_end(connection)

    def never_reads(socket: FakeSocket) -> None:
        socket.accept()
        socket.freeze()

    sockets = FakeSockets(never_reads)
    connection = Connection(
        "ws://feed", new_diary(), make_socket=sockets.make, on_open=on_open, outbox=Outbox(max_bytes=10_000)
    )
    async with connection:
        assert connection.waiting.buffered < 12_000
        sockets.all[0].thaw()
    assert 10 <= len(accepted) < 20


async def test_a_drop_while_the_socket_is_open_carries_its_epoch() -> None:
    go = asyncio.Event()

    async def on_open(_: Connection) -> None:
        await go.wait()

    store = new_diary()
    async with HearingServer() as server:
        connection = Connection(server.url, store, on_open=on_open, outbox=Outbox(limit=1, when_full="drop_newest"))
        entering = asyncio.create_task(connection.__aenter__())
        await until(store, JustConnected)
        connection.send("a")
        connection.send("b")
        go.set()
        await entering
        assert the(store.state, MessageDropped).epoch == 1
        await connection.close()


async def test_a_reconnect_sends_nothing_twice() -> None:
    store = new_diary()
    async with HearingServer() as server, Connection(server.url, store, reconnect=SOON) as connection:
        for number in range(20):
            connection.send(str(number))
            if number % 5 == 4:
                await server.until(number + 1)
                connection.reconnect_now()
                await until(store, Connecting, number // 5 + 2)
        assert await server.until(20) == [str(number) for number in range(20)]
    assert contents(store.state) == []
